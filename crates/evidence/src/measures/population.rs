//! P18: the roster is the whole population, and its arithmetic comes out.
//!
//! Each source must have been read not more than N days before the window's first day and before the day it ends:
//! a file applied on a day d counts for a day D when `D − N ≤ d ≤ D`. For each kind, engaged on the eve of the
//! window, plus begun in it, minus ended in it, must equal engaged on its last day; a change of kind ends one and
//! begins another. Applying a file changes all of it or nothing, so a source and the roster differ only by what has
//! happened since the file.
//!
//! Not here: access lists of other systems.

use db::{Day, Window};
use serde::Serialize;

use crate::{
    facts::{Facts, KINDS},
    tenure::Span,
};

/// The arithmetic of one kind of engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Which kind.
    pub kind: &'static str,
    /// Engaged on the day before the window.
    pub engaged_at_start: u64,
    /// Begun in the window.
    pub begun: u64,
    /// Ended in the window: the first day they no longer worked lies in it.
    pub ended: u64,
    /// Engaged on the window's last day.
    pub engaged_at_end: u64,
}

/// A source that was not read near one end of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Its name.
    pub source: String,
    /// The day near which it should have been read.
    pub day: Day,
    /// When it was last read before that.
    pub last_read: Option<Day>,
}

impl Total {
    /// Whether the arithmetic comes out.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.engaged_at_start + self.begun == self.ended + self.engaged_at_end
    }
}

/// The sources that were not read within `days` before the window's first day or the day it ends.
#[must_use]
pub fn stale(facts: &Facts, window: Window, days: i32) -> Vec<Stale> {
    let mut found = Vec::new();
    for source in &facts.sources {
        for day in [window.from, window.to] {
            let last_read = source.snapshots.iter().copied().filter(|d| *d <= day).max();
            if last_read.is_none_or(|read| read < day - days) {
                found.push(Stale {
                    source: source.name.clone(),
                    day,
                    last_read,
                });
            }
        }
    }
    found
}

/// The arithmetic of every kind that occurs. The ends are counted day by day from the engagements, the changes
/// from the tenures, so that the one checks the other.
#[must_use]
pub fn totals(facts: &Facts, window: Window) -> Vec<Total> {
    let mut totals = KINDS.map(|kind| Total {
        kind,
        engaged_at_start: 0,
        begun: 0,
        ended: 0,
        engaged_at_end: 0,
    });
    for person in 0..facts.people.len() as u32 {
        let life = facts.life(person);
        let engaged = |kind: u8, day: Day| {
            life.engagements.iter().any(|e| {
                e.kind == kind && Span::inclusive(e.start, e.end).is_some_and(|span| span.contains(day))
            })
        };
        let mut kinds: Vec<u8> = life.engagements.iter().map(|e| e.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let total = &mut totals[usize::from(kind)];
            total.engaged_at_start += u64::from(engaged(kind, window.from - 1));
            total.engaged_at_end += u64::from(engaged(kind, window.to - 1));
            for tenure in life.in_kinds(1 << kind) {
                total.begun += u64::from(window.contains(tenure.from));
                total.ended += u64::from(window.contains(tenure.to));
            }
        }
    }
    totals
        .into_iter()
        .filter(|t| t.engaged_at_start + t.begun + t.ended + t.engaged_at_end > 0)
        .collect()
}
