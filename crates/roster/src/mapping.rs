//! A saved mapping: what the columns and words of a source's files mean, kept with who said so and when.
//!
//! Insert only; the newest of a source counts, for every file of it that comes without one of its own.
//!
//! Not here: how a mapping is written and read ([`crate::sources::mapping`]).

use db::{Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

use crate::engagement::EngagementKind;
use crate::sources::file::Options;
use crate::sources::mapping::Mapping;

/// The id kind of a saved mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MappingKind;

impl Kind for MappingKind {
    const PREFIX: &'static str = "map";
}

/// A mapping with who saved it and when.
#[derive(Debug, Clone)]
pub struct Saved {
    pub mapping: Mapping,
    /// As it is kept.
    pub text: String,
    pub saved_at: Moment,
    pub saved_by: String,
}

/// Whether a file that is refused for this can be read once somebody has said what its columns mean.
pub fn cures(refusal: &Refusal) -> bool {
    matches!(refusal.code, "column-missing" | "column-forbidden")
}

/// How a file of this source is read when it comes without a mapping of its own.
pub fn options(reader: &mut Reader, source: &str, kind: Option<EngagementKind>) -> Result<Options> {
    let mapping = of(reader, source)?.map(|saved| saved.mapping).unwrap_or_default();
    Ok(Options { kind, mapping })
}

/// The source's newest mapping.
pub fn of(reader: &mut Reader, source: &str) -> Result<Option<Saved>> {
    let found = reader.one(
        sql!(
            "select mapping, saved_at, saved_by
             from source_mapping
             where source = $1
             order by saved_at desc, id desc
             limit 1"
        ),
        &params![source],
        |row| Ok((row.get::<String>(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((text, saved_at, saved_by)) = found else {
        return Ok(None);
    };
    Ok(Some(Saved {
        mapping: Mapping::from_toml(&text)?,
        text,
        saved_at,
        saved_by,
    }))
}

/// Keeps the mapping for the source’s next files. What is the same as before is not kept again.
pub fn save(tx: &mut Tx, source: &str, mapping: &Mapping) -> Result<()> {
    let text = mapping.to_toml()?;
    if of(tx, source)?.map_or_else(|| *mapping == Mapping::default(), |saved| saved.text == text) {
        return Ok(());
    }
    let id = tx.new_id::<MappingKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into source_mapping (id, source, mapping, saved_at, saved_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![&id, source, text.as_str(), now, by],
    )?;
    let entry = Entry::about(Act::MappingSaved, format!("source:{source}"));
    ledger::record(tx, entry.payload(json!({ "mapping": text })))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};

    use super::*;

    #[test]
    fn the_newest_mapping_of_a_source_counts_and_the_older_are_kept() {
        let db = Db::in_memory_for_tests();
        let written = [
            "[columns]\nsource_id = \"Badge\"\n",
            "unread = [\"Type\"]\n",
            "unread = [\"Type\"]\n",
        ];
        for text in written {
            let mapping = Mapping::from_toml(text).expect("the mapping is right");
            db.write_blocking(Actor::Operator, move |tx| save(tx, "hr", &mapping))
                .expect("it is saved");
        }
        let found = db.read_blocking(|r| {
            let rows = r.one(
                sql!("select cast(count(*) as bigint) from source_mapping"),
                &[],
                |row| row.get::<i64>(0),
            )?;
            Ok((of(r, "hr")?, of(r, "other")?, rows))
        });
        let (hr, other, rows) = found.expect("they can be read");
        assert_eq!(
            hr.expect("hr has one").mapping,
            Mapping::from_toml(written[1]).expect("the mapping is right")
        );
        assert!(other.is_none());
        assert_eq!(rows, Some(2), "what is the same is not kept again");
    }
}
