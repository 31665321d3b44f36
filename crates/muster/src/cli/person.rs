//! `muster person show|export|erase`: what is known about somebody, and forgetting who they were.

use std::path::PathBuf;

use clap::Subcommand;
use db::{Actor, Fault, Id, Reader, Refusal, Result};
use roster::{
    engagement::Engagement,
    leave::Leave,
    person::{self, PersonKind},
    profile::Profile,
};
use serde_json::{Value, json};

use super::Done;
use crate::{app::App, config::Options};

/// One person.
#[derive(Subcommand)]
pub(super) enum Person {
    /// Everything the roster knows and knew about them.
    Show {
        /// The source's id, the address, or the person's own id.
        reference: String,
    },
    /// A copy of everything recorded about them, as a ZIP archive, for somebody who cannot sign in to fetch it.
    Export {
        /// The source's id, the address, or the person's own id.
        reference: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Erases who somebody was, after they have left. That they were here, and every proof, stays.
    Erase {
        /// The source's id, the address, or the person's own id.
        reference: String,
        /// Why; this is kept.
        #[arg(long)]
        reason: String,
    },
}

impl Person {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let db = options.config()?.open()?;
        match self {
            Person::Show { reference } => {
                let (id, history) = db.read_blocking(move |r| {
                    let id = only(r, &reference)?;
                    let history = person::history(r, &id)?;
                    Ok((id, history))
                })?;
                let text = format!(
                    "{id}: {} engagements, {} profiles, {} leaves on record. --json shows them.",
                    history.engagements.len(),
                    history.profiles.len(),
                    history.leaves.len()
                );
                let document = document(&id, &history);
                Ok(Done::well(text, document))
            }
            Person::Export { reference, out } => {
                let (id, bytes) = db.write_blocking(Actor::Operator, move |tx| {
                    let id = only(tx, &reference)?;
                    let bytes = evidence::copy::of(tx, &id, "operator")?;
                    evidence::copy::note(tx, &id, &bytes)?;
                    Ok((id, bytes))
                })?;
                std::fs::write(&out, &bytes)
                    .map_err(|e| Fault::of(format!("writing {}", out.display()), e))?;
                App::settle(&db)?;
                Ok(Done::well(
                    format!(
                        "The copy of {id} is in {}. Hand it to them and to nobody else.",
                        out.display()
                    ),
                    json!({ "bytes": bytes.len(), "file": out, "person": id }),
                ))
            }
            Person::Erase { reference, reason } => {
                let id = db.write_blocking(Actor::Operator, move |tx| {
                    let id = only(tx, &reference)?;
                    assignments::reminder::erasure::erase(tx, &id)?;
                    access::erasure::erase(tx, &id)?;
                    scim::erasure::erase(tx, &id)?;
                    roster::erasure::erase(tx, &id, &reason)?;
                    learning::attestation::erase_name(tx, &id)?;
                    learning::appeal::erase(tx, &id)?;
                    learning::correction::erase(tx, &id)?;
                    learning::language::erase(tx, &id)?;
                    learning::badge::erase(tx, &id)?;
                    learning::outside_training::erase(tx, &id)?;
                    learning::live_session::erase_name(tx, &id)?;
                    identity::account::erase(tx, id.as_str())?;
                    Ok(id)
                })?;
                App::settle(&db)?;
                Ok(Done::well(
                    format!("{id} is erased. Copies made before, packs among them, still hold the name."),
                    json!({ "erased": id }),
                ))
            }
        }
    }
}

fn document(id: &Id<PersonKind>, history: &person::History) -> Value {
    let engagement = |e: &Engagement| {
        json!({
            "source": e.source,
            "source_id": e.source_key,
            "kind": e.kind.as_str(),
            "start_on": e.start_on,
            "end_on": e.end_on,
            "employer": e.employer,
            "recorded_at": e.recorded_at,
            "superseded_at": e.superseded_at,
        })
    };
    let profile = |p: &Profile| json!({ "from_on": p.from_on, "facts": p.facts, "recorded_at": p.recorded_at, "superseded_at": p.superseded_at });
    let leave = |l: &Leave| {
        json!({
            "from_on": l.from_on,
            "until_on": l.until_on,
            "recorded_at": l.recorded_at,
            "superseded_at": l.superseded_at,
        })
    };
    json!({
        "person": id,
        "engagements": history.engagements.iter().map(engagement).collect::<Vec<_>>(),
        "profiles": history.profiles.iter().map(profile).collect::<Vec<_>>(),
        "leaves": history.leaves.iter().map(leave).collect::<Vec<_>>(),
    })
}

fn only(reader: &mut Reader, reference: &str) -> Result<Id<PersonKind>> {
    let mut found = person::by_reference(reader, reference)?;
    match (found.pop(), found.is_empty()) {
        (Some(id), true) => Ok(id),
        (Some(_), false) => Err(Refusal::new(
            "several-people",
            "Several people are known by this. Give the person's own id, per_….",
        )
        .into()),
        (None, _) => Err(Refusal::new("nobody", "Nobody on the roster is known by this.").into()),
    }
}
