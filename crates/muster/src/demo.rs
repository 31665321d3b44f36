//! The demonstration: fourteen months of a fictional company, loaded through the same code that real data takes.
//!
//! The clock is set back, then moved from event to event: lists arrive, people learn, some late, some never.
//! The same seed and day give the same company. Everybody in it is invented.

mod answering;
pub mod company;
mod history;

use db::{Clock, Db, Entropy, Place, Refusal, Result, Zone};

use crate::config::Config;
use company::HISTORY_DAYS;
pub use history::answerable;
use history::{History, at};

/// The owner's address.
pub const OWNER: &str = "marta.halden@halden.example";
/// A learner's address: new, and owing everything.
pub const LEARNER: &str = "lena.field@halden.example";
/// A manager's address: the head of a department, with team leads under them.
pub const MANAGER: &str = "noor.sato@halden.example";

/// What was made.
pub struct Made {
    pub db: Db,
    pub people: usize,
    pub completions: usize,
    pub fresh: bool,
}

impl Made {
    pub fn summary(&self) -> String {
        if self.fresh {
            format!(
                "{} people over 14 months, {} completions",
                self.people, self.completions
            )
        } else {
            "as it was left".to_owned()
        }
    }
}

/// Makes the company, or opens the one that was made before.
///
/// # Errors
/// A refusal when the folder holds something else; a fault when it cannot be made.
pub fn prepare(config: &Config, seed: u64, people: u32) -> Result<Made> {
    if let Place::File(path) = &config.place
        && path.exists()
    {
        let db = config.open()?;
        let name = db.read_blocking(roster::organisation::find)?.map(|o| o.name);
        if name.as_deref() == Some(company::NAME) {
            return Ok(Made {
                db,
                people: 0,
                completions: 0,
                fresh: false,
            });
        }
        return Err(Refusal::new(
            "not-a-demonstration",
            format!(
                "{} holds data that is not the demonstration. Name another folder with --data.",
                config.data.display()
            ),
        )
        .field("--data")
        .into());
    }
    let today = config.clock.now().day(&Zone::utc());
    let begin = today - HISTORY_DAYS;
    let past = Config {
        clock: Clock::fixed(at(begin, 8, 0)),
        ..config.clone()
    };
    let db = past.create(Entropy::Seeded(seed))?;
    let members = company::invent(seed, today, people);
    let mut history = History::new(db, members, seed);
    history.play(begin, today, config.clock.now())?;
    let (people, completions) = (history.members.len(), history.completions);
    drop(history);
    Ok(Made {
        db: config.open()?,
        people,
        completions,
        fresh: true,
    })
}
