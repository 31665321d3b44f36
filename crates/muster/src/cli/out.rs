//! How a command ends: what is printed, and the exit code.

use std::{
    io::{self, BufWriter, Write as _},
    process::ExitCode,
};

use db::Error;
use serde::Serialize;
use serde_json::{Value, json};

/// What a command has to say.
#[derive(Debug)]
pub struct Done {
    /// 0 done and well, 1 the answer is no.
    pub code: u8,
    /// For people; lines without the last line feed.
    pub text: String,
    /// For programs.
    pub json: Document,
}

/// What a command has to say to programs.
#[derive(Debug)]
pub enum Document {
    /// Nothing more.
    None,
    /// A few values.
    Values(Value),
    /// The answers to every check, which are put into words as they are printed.
    Status(Box<evidence::Status>),
}

impl From<Value> for Document {
    fn from(values: Value) -> Document {
        Document::Values(values)
    }
}

impl Done {
    pub fn well(text: impl Into<String>, json: impl Into<Document>) -> Done {
        Done {
            code: 0,
            text: text.into(),
            json: json.into(),
        }
    }

    /// The answer is no.
    pub fn no(text: impl Into<String>, json: impl Into<Document>) -> Done {
        Done {
            code: 1,
            text: text.into(),
            json: json.into(),
        }
    }

    /// Everything was printed on the way.
    pub fn silent() -> Done {
        Done {
            code: 0,
            text: String::new(),
            json: Document::None,
        }
    }
}

/// Refusals that mean the input could not be used at all, rather than that the answer is no.
const BAD_INPUT: &[&str] = &[
    "no-data",
    "not-a-time",
    "not-a-date",
    "not-a-window",
    "unreadable-config",
    "unreadable-file",
    "unknown-framework",
    "not-an-address",
    "unknown-export",
    "unknown-format",
    "no-such-course",
    "no-such-format",
    "no-such-framework",
    "no-such-list",
    "organisation-name",
    "organisation-zone",
    "scope-later",
    "scope-unknown",
    "scim-profile",
    "token-expiry",
    "newcomers",
];

/// Prints the end of a command and says how the process exits.
pub(super) fn finish(done: Result<Done, Error>, json_wanted: bool) -> ExitCode {
    let (code, printed) = match done {
        Ok(done) if json_wanted => (
            done.code,
            match &done.json {
                Document::None => Ok(()),
                Document::Values(values) => pretty(values),
                Document::Status(status) => pretty(status),
            },
        ),
        Ok(done) if done.text.is_empty() => (done.code, Ok(())),
        Ok(done) => (done.code, line(&done.text)),
        Err(Error::Refused(refusal)) => {
            let code = if BAD_INPUT.contains(&refusal.code) || is_usage(&refusal) {
                2
            } else {
                1
            };
            let error = json!({ "code": refusal.code, "sentence": refusal.sentence, "field": refusal.field });
            let printed = if json_wanted {
                pretty(&json!({ "error": error }))
            } else {
                Ok(())
            };
            (code, printed.and_then(|()| problem(&refusal.sentence)))
        }
        Err(Error::Fault(fault)) => (3, problem(&format!("Something failed while {fault}."))),
    };
    // A reader that went away (`muster … | head`) is no fault of ours.
    match printed {
        Ok(()) => ExitCode::from(code),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(_) => ExitCode::from(3),
    }
}

fn is_usage(refusal: &db::Refusal) -> bool {
    refusal
        .field
        .as_deref()
        .is_some_and(|field| field.starts_with("--") || field == "file")
}

fn pretty(document: &impl Serialize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, document)?;
    writeln!(out)?;
    out.flush()
}

fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Says something on standard error.
pub(super) fn problem(text: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

/// Says something on standard output while the command is still running.
pub(super) fn say(text: &str) -> db::Result<()> {
    line(text).map_err(|e| db::Fault::of("printing", e).into())
}
