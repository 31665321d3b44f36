//! How long it takes to bring in a roster file: new, unchanged, and with ten changes in it.

use db::Result;

use crate::{
    ground::Wanted,
    memory,
    organisation::{apply_roster, plan_roster, roster_file},
    stopwatch::{Measured, Target, timed},
};

/// People with another title in the third file.
const CHANGED: usize = 10;

const PLAN: &str = "plan, everybody new, s";
const PLAN_MEMORY: &str = "the whole process while that plan is made, MB";
const PLAN_SAME: &str = "plan, nobody changed, s";
const SAME_MEMORY: &str = "the whole process while that plan is made again, MB";
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
        planned(&ground.db, &file, (PLAN, PLAN_MEMORY), &mut measured)?;
        for (name, file) in [(NEW, &file), (UNCHANGED, &file), (SOME, &changed)] {
            let (took, _) = timed(|| apply_roster(&ground.db, file))?;
            measured.seconds(name, took);
            if name == UNCHANGED {
                planned(&ground.db, file, (PLAN_SAME, SAME_MEMORY), &mut measured)?;
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
    for name in [PLAN_MEMORY, SAME_MEMORY] {
        measured.target(name, Target::AtMost(200.0));
    }
    measured.print()
}

fn planned(db: &db::Db, file: &str, names: (&'static str, &'static str), measured: &mut Measured) -> Result<()> {
    memory::forget_peak();
    let (took, plan) = timed(|| plan_roster(db, file))?;
    if let Some(peak) = memory::peak() {
        measured.add(names.1, peak);
    }
    drop(plan);
    measured.seconds(names.0, took);
    Ok(())
}
