//! How long it takes to build an evidence pack over a year, and to check it as a stranger would.

use std::{fs::File, io::BufReader, path::PathBuf};

use db::{Actor, Fault, Result, Window};
use evidence::pack::{PackOrder, build_file};
use seal::Trust;

use crate::{
    ground::Wanted,
    memory,
    organisation::today,
    stopwatch::{Measured, Target, timed},
};

const BUILD: &str = "building the pack, s";

/// Measures building and checking; `program` typesets the report in a process of its own.
///
/// # Errors
/// A fault of the engine, or a pack that does not verify.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize), program: Option<PathBuf>) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.organisation(people)?;
    let scratch = wanted.scratch()?;
    let order = PackOrder {
        framework: "iso27001".to_owned(),
        window: Window {
            from: today() - 365,
            to: today(),
        },
        program,
    };
    for run in 0..runs {
        let path = scratch.path().join(format!("pack-{run}.zip"));
        memory::forget_peak();
        let (took, built) = timed(|| build_file(&ground.db, &Actor::Operator, &order, &path))?;
        measured.seconds(BUILD, took);
        if let Some(peak) = memory::peak() {
            measured.add("memory of the process at its most, MB", peak);
        }
        measured.add("records in it", built.records as f64);
        measured.add("its size, MB", built.size as f64 / 1e6);
        let (took, verdict) = timed(|| {
            let file = File::open(&path).map_err(|e| Fault::of("opening the pack that was built", e))?;
            Ok(seal::verify(BufReader::new(file), &Trust::default()))
        })?;
        if !verdict.is_verified() {
            let why = verdict
                .claims
                .first()
                .map(|claim| claim.detail.clone())
                .unwrap_or_default();
            return Err(Fault::new(format!("checking the pack that was built: {why}")).into());
        }
        measured.seconds("seal::verify of the pack, s", took);
        measured.target(
            "seal::verify of the pack, s",
            Target::AtMost(2.0 * built.records as f64 / 1e6),
        );
    }
    measured.target(BUILD, Target::AtMost(30.0 * people as f64 / 1e5));
    measured.print()
}
