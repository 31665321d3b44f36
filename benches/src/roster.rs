//! How long it takes to bring in a roster file: new, unchanged, and with ten changes in it.

use db::Result;

use crate::{
    ground::Wanted,
    organisation::{apply_roster, roster_file},
    stopwatch::{Measured, Target, timed},
};

/// People with another title in the third file.
const CHANGED: usize = 10;

const NEW: &str = "everybody new, s";
const UNCHANGED: &str = "nobody changed, s";
const SOME: &str = "ten changed, s";

/// Measures reading and applying a file of so many people, commit and all.
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
        for (name, file) in [(NEW, &file), (UNCHANGED, &file), (SOME, &changed)] {
            let (took, _) = timed(|| apply_roster(&ground.db, file))?;
            measured.seconds(name, took);
        }
    }
    let scale = people as f64 / 1e5;
    measured.target(NEW, Target::AtMost(3.0 * scale));
    measured.target(UNCHANGED, Target::AtMost(scale));
    measured.print()
}
