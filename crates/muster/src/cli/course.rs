//! `muster course lint PATH` and `muster course publish PATH`.

use std::path::PathBuf;

use clap::Subcommand;
use curriculum::{Folder, edition, fault::Fault, lint};
use db::{Actor, Result};
use serde_json::{Value, json};

use super::Done;
use crate::{app::App, config::Options};

/// Courses in folders.
#[derive(Subcommand)]
pub(super) enum Course {
    /// Lists every fault with its place and its mending.
    Lint {
        /// The course's folder.
        path: PathBuf,
    },
    /// Stores the course as an edition that never changes.
    Publish {
        /// The course's folder.
        path: PathBuf,
    },
}

impl Course {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        match self {
            Course::Lint { path } => {
                let folder = Folder::read(&path)?;
                let today = config.clock.now().day(&db::Zone::utc());
                Ok(judged(&lint(&folder, today)))
            }
            Course::Publish { path } => {
                let folder = Folder::read(&path)?;
                let db = config.open()?;
                let edition = db.write_blocking(Actor::Operator, move |tx| {
                    let today = tx.today()?;
                    edition::publish(tx, &folder, today)
                })?;
                App::settle(&db)?;
                let text = format!(
                    "{} {}, edition {}, is published. sha256 {}",
                    edition.course_id, edition.title, edition.number, edition.content_sha256
                );
                let document = json!({
                    "course": edition.course_id,
                    "title": edition.title,
                    "edition": edition.number,
                    "content_sha256": edition.content_sha256,
                });
                Ok(Done::well(text, document))
            }
        }
    }
}

fn judged(faults: &[Fault]) -> Done {
    let errors = faults.iter().filter(|fault| fault.is_error()).count();
    let listed: Vec<Value> = faults
        .iter()
        .map(|fault| {
            json!({
                "file": fault.file,
                "line": fault.line,
                "level": if fault.is_error() { "error" } else { "warning" },
                "code": fault.code,
                "message": fault.message,
                "fix": fault.fix,
            })
        })
        .collect();
    let mut text: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let warnings = faults.len() - errors;
    text.push_str(&format!("{errors} errors, {warnings} warnings."));
    let document = json!({ "errors": errors, "warnings": warnings, "faults": listed });
    if errors == 0 {
        Done::well(text, document)
    } else {
        Done::no(text, document)
    }
}
