//! `muster import completions FILE --source NAME`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use db::{Actor, Refusal, Result};
use learning::import;
use serde_json::{Value, json};

use super::{Done, roster::read_bytes};
use crate::{app::App, config::Options};

/// History from other systems, marked as imported.
#[derive(Args)]
pub(super) struct Import {
    /// What the file holds.
    what: What,
    /// The CSV file: source_id or email, course, completed_on, score, passed, evidence_url.
    file: PathBuf,
    /// The system it comes from.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Shows what would be recorded; records nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum What {
    Completions,
    Phishing,
    Incidents,
    Risks,
    Policy,
}

impl Import {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        if self.what != What::Completions {
            return Err(Refusal::new(
                "not-recorded-yet",
                "muster does not record this yet; the only history it takes in is completions.",
            )
            .field("--what")
            .into());
        }
        let bytes = read_bytes(&self.file)?;
        let db = options.config()?.open()?;
        let (source, file) = (self.source.clone(), bytes.clone());
        let plan = db.read_blocking(move |r| import::plan(r, &source, &file))?;
        let document = document(&plan);
        if self.dry_run || !plan.refused.is_empty() {
            let text = in_words(&plan, "would be recorded");
            return Ok(if plan.refused.is_empty() {
                Done::well(text, document)
            } else {
                Done::no(text, document)
            });
        }
        let source = self.source;
        let id = plan.id.clone();
        let applied = db.write_blocking(Actor::Source(source.clone()), move |tx| {
            import::apply(tx, &source, &bytes, &id)
        })?;
        App::settle(&db)?;
        let mut document = document;
        if let Value::Object(map) = &mut document {
            map.insert("applied".to_owned(), json!(true));
        }
        Ok(Done::well(in_words(&applied, "recorded"), document))
    }
}

fn document(plan: &import::Plan) -> Value {
    json!({
        "plan": plan.id,
        "source": plan.source,
        "rows": plan.rows,
        "added": plan.added.len(),
        "unchanged": plan.unchanged,
        "refused": plan.refused,
        "notes": plan.notes,
    })
}

fn in_words(plan: &import::Plan, verb: &str) -> String {
    let mut text = format!(
        "{} rows from {}: {} completions {verb}, {} known already.\nPlan {}",
        plan.rows,
        plan.source,
        plan.added.len(),
        plan.unchanged,
        plan.id
    );
    for refused in &plan.refused {
        text.push_str(&format!(
            "\nRefused, line {}, {}: {}",
            refused.line, refused.column, refused.reason
        ));
    }
    for note in &plan.notes {
        text.push_str(&format!("\nNote: {note}"));
    }
    text
}
