//! How long it takes to bring in a roster file: new, unchanged, and with ten changes in it.

use db::Result;

use crate::{
    ground::Wanted,
    organisation::{apply_roster, plan_roster, roster_file},
    stopwatch::{Measured, Target, timed},
};

/// People with another title in the third file.
const CHANGED: usize = 10;

const PLAN: &str = "plan, everybody new, s";
const PLAN_SAME: &str = "plan, nobody changed, s";
const NEW: &str = "applied, everybody new, s";
const UNCHANGED: &str = "applied, nobody changed, s";
const SOME: &str = "applied, ten changed, s";

/// Measures planning and applying a file of so many people, reading it included, and applying with its commit.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    let (file, changed) = (roster_file(people, 0), roster_file(people, CHANGED));
    for _ in 0..runs {
        let (took, _) = timed(|| Ok(roster::sources::file::read(file.as_bytes(), &Default::default())?))?;
        measured.seconds("of each of these, reading the file, s", took);
        let ground = wanted.ground()?;
        planned(&ground.db, &file, PLAN, &mut measured)?;
        for (name, file) in [(NEW, &file), (UNCHANGED, &file), (SOME, &changed)] {
            let (took, _) = timed(|| apply_roster(&ground.db, file))?;
            measured.seconds(name, took);
            if name == UNCHANGED {
                planned(&ground.db, file, PLAN_SAME, &mut measured)?;
            }
        }
    }
    let scale = people as f64 / 1e5;
    for name in [PLAN, NEW] {
        measured.target(name, Target::AtMost(3.0 * scale));
    }
    for name in [PLAN_SAME, UNCHANGED] {
        measured.target(name, Target::AtMost(scale));
    }
    measured.print()
}

/// Memory is not measured here: a process that has planned before keeps what it was given. `docs/benchmarks.md` says how.
fn planned(db: &db::Db, file: &str, name: &'static str, measured: &mut Measured) -> Result<()> {
    let (took, _) = timed(|| plan_roster(db, file))?;
    measured.seconds(name, took);
    Ok(())
}
