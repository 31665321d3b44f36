//! How long it takes to answer every check of a framework over a year, reading the facts included.

use db::{Result, Window};
use evidence::status::{Asked, Period, status};

use crate::{
    ground::Wanted,
    organisation::today,
    stopwatch::{Measured, Target, timed},
};

/// Measures the status of so many people, over twelve months and as of a day.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.organisation(people)?;
    let year = Period::Over(Window {
        from: today() - 365,
        to: today(),
    });
    for _ in 0..runs {
        for (framework, name, period) in [
            ("iso27001", "ISO 27001, twelve months, s", year),
            ("soc2", "SOC 2, twelve months, s", year),
            ("iso27001", "ISO 27001, one day, s", Period::AsOf(today())),
        ] {
            let asked = Asked {
                frameworks: vec![framework.to_owned()],
                period,
                known_at: None,
            };
            let (took, answer) = timed(|| ground.db.read_blocking(move |reader| status(reader, &asked)))?;
            measured.seconds(name, took);
            measured.add(&format!("checks of {framework}"), answer.checks.len() as f64);
            measured.target(name, Target::AtMost(people as f64 / 1e5));
        }
    }
    let counted = |reader: &mut db::Reader| {
        reader.one(
            db::sql!("select cast(count(*) as bigint) from completion"),
            &[],
            |row| row.get::<i64>(0),
        )
    };
    measured.add(
        "completions read",
        ground.db.read_blocking(counted)?.unwrap_or(0) as f64,
    );
    measured.print()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_organisation_can_be_made_and_asked() {
        let wanted = Wanted {
            database: None,
            folder: None,
        };
        run(&wanted, (200, 1)).expect("two hundred people can be measured");
    }
}
