//! `muster course lint PATH`, `muster course publish PATH` and `muster course item-analysis COURSE`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use curriculum::{Edition, Folder, edition, fault::Fault, lint};
use db::{Actor, Reader, Refusal, Result, Window};
use learning::item_analysis::{self, Analysis, Item, written};
use serde_json::{Value, json};

use super::{Done, status};
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
    /// Which questions of an edition do their work, and what to mend first.
    ItemAnalysis(ItemAnalysis),
}

/// What is judged: first attempts at an edition, over all time or those handed in within a window.
#[derive(Args)]
pub(super) struct ItemAnalysis {
    /// The course's id, such as B02.
    course: String,
    /// Its edition. [default: the current one]
    #[arg(long, value_name = "N")]
    edition: Option<i64>,
    /// Handed in from this day.
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<String>,
    /// The day after the last.
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
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
            Course::ItemAnalysis(asked) => asked.run(options),
        }
    }
}

impl ItemAnalysis {
    fn run(self, options: &Options) -> Result<Done> {
        let window = match (&self.from, &self.to) {
            (Some(from), Some(to)) => Some(status::window(from, to)?),
            _ => None,
        };
        let db = options.config()?.open()?;
        let (edition, analysis) = db.read_blocking(move |r| {
            let edition = self.edition(r)?;
            let course = edition::load(r, &edition.id)?;
            let analysis = item_analysis::of_edition(r, &edition.id, &course, window)?;
            Ok((edition, analysis))
        })?;
        let mut document = written::document(&analysis);
        document["course"] = json!(edition.course_id);
        document["edition"] = json!(edition.number);
        document["from"] = json!(window.map(|w: Window| w.from));
        document["to"] = json!(window.map(|w: Window| w.to));
        Ok(Done::well(in_words(&edition, &analysis), document))
    }

    fn edition(&self, reader: &mut Reader) -> Result<Edition> {
        let found = match self.edition {
            Some(number) => edition::numbered(reader, &self.course, number)?,
            None => edition::current(reader, &self.course)?,
        };
        let missing = || {
            let sentence = match self.edition {
                Some(number) => format!("There is no edition {number} of the course {}.", self.course),
                None => format!(
                    "There is no published course {}. `muster course publish` publishes one.",
                    self.course
                ),
            };
            Refusal::new("no-such-course", sentence).field("--edition")
        };
        Ok(found.ok_or_else(missing)?)
    }
}

fn in_words(edition: &Edition, analysis: &Analysis) -> String {
    let mut text = format!(
        "{} {}, edition {}: {} first attempts, {} later ones.",
        edition.course_id, edition.title, edition.number, analysis.people, analysis.retries
    );
    if let Some(passed) = analysis.passed {
        text.push_str(&format!("\nPassed at the first attempt: {passed}."));
    }
    if let Some(reliability) = analysis.reliability {
        text.push_str(&format!(
            "\nAlpha {:.2}; a score may be off by {:.1} of {} marks.",
            reliability.alpha, reliability.standard_error, analysis.form
        ));
    }
    if analysis.left_out > 0 {
        text.push_str(&format!(
            "\nAnswers left out, because their question was withdrawn since: {}.",
            analysis.left_out
        ));
    }
    if let Some(remarked) = analysis.remarked.filter(|count| *count > 0) {
        text.push_str(&format!("\nAnswers right by a corrected key: {remarked}."));
    }
    if analysis.elsewhere > 0 {
        text.push_str(&format!(
            "\nAnswers given in another language: {}.",
            analysis.elsewhere
        ));
    }
    for item in &analysis.items {
        text.push_str(&format!("\n{}", line(item)));
    }
    text
}

fn line(item: &Item) -> String {
    let right = item.facility.map_or_else(
        || format!("{} so far", item.asked),
        |p| format!("{} of {}", p.n, p.of),
    );
    let rest = item
        .item_rest
        .map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
    let flags: Vec<&str> = item.flags.iter().map(|flag| flag.code()).collect();
    let line = format!("{:<40} {right:<12} {rest:>5}  {}", item.question, flags.join(" "));
    line.trim_end().to_owned()
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
