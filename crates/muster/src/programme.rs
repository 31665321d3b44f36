//! Starting off: the shipped courses published, the default rules set, the frameworks adopted.
//!
//! Used by `muster init`, by the set-up pages and by the demonstration, so that all three start alike.

use assignments::programme::Waiting;
use db::{Reader, Refusal, Result, Tx};
use roster::organisation::Organisation;

/// What an organisation says about itself at the start.
#[derive(Debug, Clone)]
pub struct Start {
    pub organisation: String,
    /// IANA time zone.
    pub zone: String,
    /// Ids of frameworks.
    pub frameworks: Vec<String>,
}

/// Names the organisation and adopts its frameworks.
///
/// # Errors
/// A refusal when a name, a zone or a framework will not do; a fault of the engine.
pub fn begin(tx: &mut Tx, start: &Start) -> Result<()> {
    let organisation =
        Organisation::new(&start.organisation, &start.zone).map_err(|refusal| match refusal.code {
            // The form has somebody's own name besides.
            "organisation-name" => refusal.field("organisation"),
            _ => refusal,
        })?;
    roster::organisation::set(tx, &organisation)?;
    let adopted = controls::adoption::adopted(tx)?;
    for id in &start.frameworks {
        let framework = controls::framework::framework(id).ok_or_else(|| {
            let known: Vec<&str> = controls::framework::frameworks()
                .iter()
                .map(|f| f.id.as_str())
                .collect();
            Refusal::new(
                "unknown-framework",
                format!(
                    "There is no framework called {id}. The ones here are: {}.",
                    known.join(", ")
                ),
            )
            .field("framework")
        })?;
        if !adopted.iter().any(|a| a.framework == framework.id) {
            controls::adoption::adopt(tx, framework)?;
        }
    }
    Ok(())
}

/// Publishes the shipped courses and sets the default rules where no rule binds yet. Returns how many rules were set.
///
/// # Errors
/// A fault of the engine.
pub fn adopt_default(tx: &mut Tx) -> Result<usize> {
    Ok(assignments::programme::adopt(tx)?.len())
}

/// What of the default programme nobody is asked for want of a course, by group of people.
///
/// # Errors
/// A fault of the engine.
pub fn waiting(reader: &mut Reader) -> Result<Vec<Waiting>> {
    assignments::programme::waiting(reader)
}

/// How many courses are waited for.
pub fn courses_of(waiting: &[Waiting]) -> usize {
    waiting.iter().map(|group| group.course_ids.len()).sum()
}
