//! `muster ledger verify` and `muster ledger checkpoint`.

use clap::Subcommand;
use db::{Actor, Result};
use ledger::{key, proof, sequencer, verify};
use serde_json::json;

use super::Done;
use crate::config::Options;

/// The record of what happened.
#[derive(Subcommand)]
pub(super) enum Ledger {
    /// Recomputes everything from the payloads and checks every signed checkpoint.
    Verify,
    /// Places what waits, signs, and prints the newest checkpoint: keep a copy outside.
    Checkpoint,
}

impl Ledger {
    pub(super) fn run(&self, options: &Options) -> Result<Done> {
        let db = options.config()?.open()?;
        match self {
            Ledger::Verify => {
                let found = db.read_blocking(verify::verify)?;
                let json = json!(found);
                match &found.wrong {
                    Some(wrong) => Ok(Done::no(format!("The ledger does not verify. {wrong}"), json)),
                    None => Ok(Done::well(
                        format!(
                            "The ledger verifies: {} entries recomputed, {} erased, {} checkpoints, {} waiting. Root {}.",
                            found.entries, found.erased, found.checkpoints, found.waiting, found.root
                        ),
                        json,
                    )),
                }
            }
            Ledger::Checkpoint => {
                sequencer::catch_up(&db, &Actor::Operator)?;
                let (latest, vkey) = db.read_blocking(|r| Ok((proof::latest(r)?, key::vkey(r)?)))?;
                match latest {
                    None => Ok(Done::no(
                        "There is no checkpoint yet.",
                        json!({ "checkpoint": null }),
                    )),
                    Some(latest) => Ok(Done::well(
                        latest.note.trim_end().to_owned(),
                        json!({ "checkpoint": latest.note, "size": latest.size, "root": latest.root.to_string(), "vkey": vkey }),
                    )),
                }
            }
        }
    }
}
