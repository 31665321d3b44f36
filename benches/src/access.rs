//! How long it takes to hold a list of accounts against the roster: brought in for the first time, again, and compared again.

use access::{list::NewList, sources::file, sources::mapping::Mapping};
use db::{Actor, Db, Result};

use crate::{
    ground::Wanted,
    memory,
    organisation::{apply_roster, roster_file, set_up},
    stopwatch::{Measured, Target, timed},
};

const SYSTEM: &str = "github";
const READING: &str = "of each of these, reading the file, s";
const NEW: &str = "every account new, s";
const SAME: &str = "the next list, the same accounts, s";
const AGAIN: &str = "compared again without a list, s";
const MEMORY: &str = "memory that this took at its most, MB";

/// A list of so many accounts: of a hundred, ninety-six are somebody's by address, one is a robot's, one is only called like
/// somebody, and two are nobody's.
fn list(accounts: usize, active: &str) -> String {
    let mut text = String::from("login,name,role,two_factor_enabled,saml_name_id,last_active\r\n");
    for n in 0..accounts {
        let role = if n % 50 == 0 { "owner" } else { "member" };
        let line = match n % 100 {
            0..=95 => format!(
                "user{n},Given{} Family{n:06},{role},true,person.{n:06}@bench.example,{active}\r\n",
                n % 997
            ),
            96 => format!("deploy{n}-bot,,{role},false,,{active}\r\n"),
            97 => format!(
                "handle{n},Given{} Family{n:06},{role},false,,{active}\r\n",
                n % 997
            ),
            _ => format!("stranger{n},,{role},false,elsewhere{n}@other.example,{active}\r\n"),
        };
        text += &line;
    }
    text
}

/// Measures reading, comparing and keeping a list of so many accounts, commit and all.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    let (first, second) = (list(people, "2026-11-30"), list(people, "2026-12-01"));
    for _ in 0..runs {
        let (took, _) = timed(|| Ok(file::read(first.as_bytes(), &Mapping::default())?))?;
        measured.seconds(READING, took);
        let ground = wanted.ground()?;
        set_up(&ground.db)?;
        apply_roster(&ground.db, &roster_file(people, 0))?;
        memory::forget_peak();
        let before = memory::now();
        for (name, text) in [(NEW, &first), (SAME, &second)] {
            let (took, _) = timed(|| bring(&ground.db, text))?;
            measured.seconds(name, took);
        }
        let (took, _) = timed(|| {
            ground.db.write_blocking(Actor::Operator, |tx| {
                let system = evidence::access::system_named(tx, SYSTEM)?;
                evidence::access::again(tx, &system)
            })
        })?;
        measured.seconds(AGAIN, took);
        if let (Some(before), Some(peak)) = (before, memory::peak()) {
            measured.add(MEMORY, peak - before);
        }
    }
    let scale = people as f64 / 1e5;
    measured.target(NEW, Target::AtMost(2.0 * scale));
    measured.target(SAME, Target::AtMost(2.0 * scale));
    measured.print()
}

fn bring(db: &Db, text: &str) -> Result<()> {
    let snapshot = file::read(text.as_bytes(), &Mapping::default())?;
    db.write_blocking(Actor::Operator, move |tx| {
        let new = NewList {
            system: evidence::access::system_named(tx, SYSTEM)?,
            file_name: "members.csv".to_owned(),
            // The digest would take a thousandth of the time of the rest.
            file_sha256: snapshot.accounts.len().to_string(),
            snapshot_on: None,
            snapshot: snapshot.clone(),
        };
        evidence::access::import(tx, new)?;
        Ok(())
    })
}
