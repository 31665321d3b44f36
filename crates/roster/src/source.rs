//! A source: a system that says who works for us, and whether its silence about somebody means that they have left.
//!
//! Not here: what it says ([`crate::snapshot`]).

use std::fmt;
use std::str::FromStr;

use db::{Error, Fault, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde::Serialize;

/// Long enough for "SAP Fieldglass (UK and Ireland)".
const NAME_CHARS_MAX: usize = 60;
/// An organisation has a handful of sources.
const SOURCES_MAX: i64 = 500;

/// What it means that somebody is not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The file lists everybody; who is absent has left.
    #[default]
    Full,
    /// The file lists only what is new; absence means nothing.
    Delta,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Full => "full",
            Mode::Delta => "delta",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<Mode, Refusal> {
        match text {
            "full" => Ok(Mode::Full),
            "delta" => Ok(Mode::Delta),
            _ => Err(Refusal::new(
                "mode-unknown",
                "The mode must be full (who is absent has left) or delta.",
            )
            .field("mode")),
        }
    }
}

/// A source as last used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub mode: Mode,
}

/// The name as it is kept: trimmed, one space between words.
///
/// # Errors
/// A refusal when it is empty, too long, or holds anything but letters, digits, spaces and `. _ - ( )`.
pub fn named(text: &str) -> std::result::Result<String, Refusal> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | '(' | ')');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(allowed) {
        return Err(Refusal::new(
            "source-name",
            "Name the source in 1 to 60 letters, digits, spaces, dots, dashes and brackets, for example hr or SAP Fieldglass.",
        )
        .field("source"));
    }
    Ok(name)
}

pub fn find(reader: &mut Reader, name: &str) -> Result<Option<Source>> {
    reader.one(
        sql!(
            "select name, mode
             from source
             where name = $1"
        ),
        &params![name],
        read,
    )
}

/// Every source, by name.
pub fn all(reader: &mut Reader) -> Result<Vec<Source>> {
    reader.rows(
        sql!(
            "select name, mode
             from source
             order by name
             limit $1"
        ),
        &params![SOURCES_MAX],
        read,
    )
}

/// Adds the source when it is new.
pub fn ensure_known(tx: &mut Tx, name: &str) -> Result<()> {
    match find(tx, name)? {
        Some(_) => Ok(()),
        None => ensure(tx, name, Mode::Full),
    }
}

/// Adds the source when it is new, and keeps the mode it is now used in.
pub fn ensure(tx: &mut Tx, name: &str, mode: Mode) -> Result<()> {
    match find(tx, name)? {
        Some(source) if source.mode == mode => Ok(()),
        Some(_) => {
            tx.execute(
                sql!(
                    "update source
                     set mode = $1
                     where name = $2"
                ),
                &params![mode.as_str(), name],
            )?;
            Ok(())
        }
        None => {
            let now = tx.now();
            tx.execute(
                sql!(
                    "insert into source (name, mode, created_at)
                     values ($1, $2, $3)"
                ),
                &params![name, mode.as_str(), now],
            )?;
            let entry = Entry::about(Act::SourceAdded, format!("source:{name}"));
            ledger::record(tx, entry.payload(serde_json::json!({ "mode": mode })))?;
            Ok(())
        }
    }
}

fn read(row: &Row) -> Result<Source> {
    let mode = row
        .get::<String>(1)?
        .parse()
        .map_err(|_: Refusal| Error::from(Fault::new("reading a source: its mode is not one of ours")))?;
    Ok(Source {
        name: row.get(0)?,
        mode,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_plain_name() {
        assert_eq!(
            named("  SAP   Fieldglass (UK) ").expect("it is plain"),
            "SAP Fieldglass (UK)"
        );
        for bad in ["", "a/b", "<b>", &"x".repeat(61)] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }
}
