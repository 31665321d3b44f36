//! How long the engine takes to decide whom to remind of twelve requirements.

use assignments::reminder::{Setting, run, setting};
use db::{Actor, Fault, Result};

use crate::{
    ground::{Ground, Wanted},
    organisation,
    stopwatch::{Measured, Target, timed},
};

const FIRST: &str = "everybody, for the first time, s";
const ORDINARY: &str = "an ordinary day, s";
const NOTHING: &str = "a look with nothing to say, s";
/// So many days later everybody's hours have come round since the look before.
const DAYS: i64 = 2;

/// Measures a run over so many people under twelve rules, letters put down and commit and all.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    for _ in 0..runs {
        let ground = wanted.ground()?;
        organisation::make(&ground.db, people)?;
        ground.db.write_blocking(Actor::Operator, |tx| {
            let relay = mail::Setting {
                relay: mail::Relay::parse("smtp://localhost:25")?,
                sender: "training@bench.example".to_owned(),
                sender_name: String::new(),
                secret: None,
            };
            mail::setting::set(tx, &relay)?;
            let on = Setting {
                on: true,
                hours: (0, 24),
                address: "https://training.bench.example".to_owned(),
                ..Setting::default()
            };
            setting::set(tx, &on)
        })?;
        let (took, counts) = timed(|| look(&ground))?;
        measured.seconds(FIRST, took);
        measured.add("letters put down for the first time", counts.letters as f64);
        for _ in 0..3 {
            ground.db.set_now(ground.db.now().plus_seconds(DAYS * 24 * 3600));
            let (took, counts) = timed(|| look(&ground))?;
            measured.seconds(ORDINARY, took);
            measured.add(
                "reminders decided on an ordinary day",
                (counts.sent + counts.suppressed) as f64,
            );
        }
        measured.seconds(NOTHING, timed(|| look(&ground))?.0);
    }
    let scale = people as f64 / 1e5;
    measured.target(ORDINARY, Target::AtMost(2.0 * scale));
    measured.target(NOTHING, Target::AtMost(2.0 * scale));
    measured.print()
}

fn look(ground: &Ground) -> Result<run::Counts> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::of("starting a runtime", e))?;
    runtime.block_on(run::run(&ground.db))
}
