//! How long it takes to write the list of completions as CSV, and how much memory that takes.

use std::io::Write;

use db::{Result, Window};
use evidence::export::{List, Order, write};
use paper::Format;

use crate::{
    ground::Wanted,
    memory,
    organisation::today,
    stopwatch::{Measured, Target, timed},
};

/// Counts bytes and keeps none.
#[derive(Default)]
struct Away(u64);

impl Write for Away {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Measures the export of a month and of a year.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.organisation(people)?;
    for _ in 0..runs {
        for (name, days) in [("a month", 31), ("a year", 365)] {
            let order = Order {
                list: List::Completions,
                window: Window {
                    from: today() - days,
                    to: today(),
                },
                format: Format::Csv,
                run_by: "operator".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            memory::forget_peak();
            let before = memory::now();
            let (took, (made, away)) = timed(|| {
                ground
                    .db
                    .read_blocking(move |reader| write(reader, &order, Away::default()))
            })?;
            let rows = made.file.rows as f64;
            measured.seconds(&format!("completions of {name} as CSV, s"), took);
            measured.add(&format!("rows of {name}"), rows);
            measured.add(&format!("size of {name}, MB"), away.0 as f64 / 1e6);
            measured.target(
                &format!("completions of {name} as CSV, s"),
                Target::AtMost(rows / 1e5),
            );
            if let (Some(before), Some(peak)) = (before, memory::peak()) {
                measured.add(&format!("memory that {name} took at its most, MB"), peak - before);
            }
        }
    }
    measured.print()
}
