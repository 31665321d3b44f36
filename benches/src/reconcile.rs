//! How long it takes to make everybody's assignments agree with twelve rules.

use assignments::reconcile::{Changes, Scope, reconcile};
use db::{Actor, Fault, Id, Result};
use roster::person::{self, PersonKind};

use crate::{
    ground::{Ground, Wanted},
    organisation::{SOURCE, apply_roster, roster_file, set_rules, set_up},
    stopwatch::{Measured, Target, timed},
};

const CHANGED: usize = 10;

const NOTHING: &str = "everybody, from nothing, s";
const AGAIN: &str = "everybody, nothing changed, s";
const THOSE: &str = "the ten who changed, s";
const ALL: &str = "everybody, when ten changed, s";

/// Measures reconciling so many people under twelve rules, commit and all.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    for _ in 0..runs {
        let ground = wanted.ground()?;
        set_up(&ground.db)?;
        apply_roster(&ground.db, &roster_file(people, 0))?;
        set_rules(&ground.db)?;
        let (took, changes) = timed(|| everybody(&ground))?;
        measured.seconds(NOTHING, took);
        measured.add("assignments opened from nothing", changes.opened as f64);
        measured.seconds(AGAIN, timed(|| everybody(&ground))?.0);
        apply_roster(&ground.db, &roster_file(people, CHANGED))?;
        let ids = promoted(&ground)?;
        let those = || {
            let scope = Scope::People(ids.clone());
            ground
                .db
                .write_blocking(Actor::Job("reconcile"), move |tx| reconcile(tx, &scope))
        };
        let (took, changes) = timed(those)?;
        if changes.opened + changes.ended == 0 {
            return Err(Fault::new("reconciling ten people whose titles changed, to no effect").into());
        }
        measured.seconds(THOSE, took);
        apply_roster(&ground.db, &roster_file(people, 2 * CHANGED))?;
        measured.seconds(ALL, timed(|| everybody(&ground))?.0);
    }
    let scale = people as f64 / 1e5;
    measured.target(NOTHING, Target::AtMost(10.0 * scale));
    measured.target(THOSE, Target::AtMost(scale));
    measured.target(ALL, Target::AtMost(scale));
    measured.print()
}

fn everybody(ground: &Ground) -> Result<Changes> {
    ground
        .db
        .write_blocking(Actor::Operator, |tx| reconcile(tx, &Scope::All))
}

fn promoted(ground: &Ground) -> Result<Vec<Id<PersonKind>>> {
    ground.db.read_blocking(|reader| {
        let mut ids = Vec::new();
        for n in 0..CHANGED {
            ids.extend(person::by_source_key(reader, SOURCE, &format!("E{n:06}"))?);
        }
        Ok(ids)
    })
}
