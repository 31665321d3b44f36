//! `muster status` and `muster assign`, and the windows that other commands take.

use assignments::reconcile::{Scope, reconcile};
use clap::Args;
use db::{Actor, Day, Refusal, Result, Window};
use evidence::{
    Outcome,
    status::{Asked, Period, Status as Answered, status},
};
use serde_json::json;

use super::{Done, out::Document};
use crate::{app::App, config::Options};

/// Every check of the adopted frameworks, as of a date or over a window.
#[derive(Args)]
pub(super) struct Status {
    /// One framework; may be given again. [default: the adopted ones]
    #[arg(long = "framework", value_name = "ID")]
    frameworks: Vec<String>,
    /// As of this day. [default: today]
    #[arg(long, value_name = "DAY", conflicts_with_all = ["from", "to"])]
    as_of: Option<String>,
    /// The first day of a window.
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<String>,
    /// The day after the last of a window.
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
}

/// `--from D --to D`, half-open.
#[derive(Args)]
pub(super) struct WindowArgs {
    /// The first day.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// The day after the last.
    #[arg(long, value_name = "DAY")]
    to: String,
}

impl WindowArgs {
    pub(super) fn window(&self) -> Result<Window> {
        window(&self.from, &self.to)
    }
}

pub(super) fn day(text: &str, field: &str) -> Result<Day> {
    text.parse().map_err(|_| {
        Refusal::new("not-a-date", format!("{text} is not a date such as 2026-06-01."))
            .field(field)
            .into()
    })
}

pub(super) fn window(from: &str, to: &str) -> Result<Window> {
    let (from, to) = (day(from, "--from")?, day(to, "--to")?);
    Window::new(from, to).ok_or_else(|| {
        Refusal::new(
            "not-a-window",
            format!("The window from {from} to {to} has no day; --to is the day after the last."),
        )
        .field("--to")
        .into()
    })
}

impl Status {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let db = options.config()?.open()?;
        let period = match (&self.as_of, &self.from, &self.to) {
            (Some(text), _, _) => Period::AsOf(day(text, "--as-of")?),
            (None, Some(from), Some(to)) => Period::Over(window(from, to)?),
            _ => Period::AsOf(db.read_blocking(|r| r.today())?),
        };
        let frameworks = self.frameworks;
        let answered = db.read_blocking(move |r| {
            status(
                r,
                &Asked {
                    frameworks,
                    period,
                    known_at: None,
                },
            )
        })?;
        let no = answered
            .checks
            .iter()
            .any(|check| check.status == Outcome::NotMet);
        let text = in_words(&answered);
        let document = Document::Status(Box::new(answered));
        Ok(if no {
            Done::no(text, document)
        } else {
            Done::well(text, document)
        })
    }
}

fn in_words(answered: &Answered) -> String {
    let mut text = match (answered.as_of, answered.from, answered.to) {
        (Some(day), _, _) => format!(
            "As of {}, {} people on the roster.",
            day.long(),
            answered.roster.count
        ),
        (None, Some(from), Some(to)) => format!(
            "From {} to {}, {} people on the roster.",
            from.long(),
            (to - 1).long(),
            answered.roster.count
        ),
        _ => String::new(),
    };
    if let Some(note) = &answered.note {
        text.push_str(&format!("\n{note}"));
    }
    for check in &answered.checks {
        text.push_str(&format!(
            "\n{:<14} {:<9} {:<4} {} of {}",
            json!(check.status).as_str().unwrap_or_default(),
            check.requirement,
            check.predicate,
            check.passing,
            check.population
        ));
        if let Some(note) = Some(check.note.as_str()).filter(|note| !note.is_empty()) {
            text.push_str(&format!(". {note}"));
        }
    }
    text
}

/// `muster assign`: computes what is owed.
pub(super) fn assign(options: &Options) -> Result<Done> {
    let db = options.config()?.open()?;
    App::settle(&db)?;
    let changes = db.write_blocking(Actor::Operator, |tx| reconcile(tx, &Scope::All))?;
    App::settle(&db)?;
    let text = format!(
        "{} assignments opened, {} ended; nothing else was owed.",
        changes.opened, changes.ended
    );
    Ok(Done::well(
        text,
        json!({ "opened": changes.opened, "ended": changes.ended }),
    ))
}
