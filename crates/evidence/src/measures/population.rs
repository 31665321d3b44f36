//! P18: the roster is the whole population, and its arithmetic comes out.
//!
//! Each source must have been read not more than N days before the window's first day and before the day it ends:
//! a file applied on a day d counts for a day D when `D − N ≤ d ≤ D`. For each kind, engaged on the eve of the
//! window, plus begun in it, minus ended in it, must equal engaged on its last day; a change of kind ends one and
//! begins another. Applying a file changes all of it or nothing, so a source and the roster differ only by rows whose
//! person is not certain and by ends that are held for review; each of these has to be explained by somebody.
//!
//! Not here: access lists of other systems.

use std::collections::BTreeMap;

use db::{Day, Window};
use serde::Serialize;

use crate::{
    facts::{Facts, KINDS},
    tenure::{Span, join},
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

/// People of one kind from one source: at the start, begun, ended, at the end.
pub type Arithmetic = [i64; 4];

/// The arithmetic, for every source and kind that occurs. The ends are counted from engagements and the changes from
/// joined spans, so that the one checks the other.
#[must_use]
pub fn by_source(facts: &Facts, window: Span) -> BTreeMap<(String, u8), Arithmetic> {
    let mut spans: BTreeMap<(u16, u8, u32), Vec<Span>> = BTreeMap::new();
    for line in &facts.lines {
        if let Some(span) = Span::inclusive(line.start, line.end) {
            spans
                .entry((line.source, line.kind, line.person))
                .or_default()
                .push(span);
        }
    }
    let mut found: BTreeMap<(String, u8), Arithmetic> = BTreeMap::new();
    for ((source, kind, _), mut spans) in spans {
        let name = facts.source_names[usize::from(source)].to_string();
        let here = |day| i64::from(spans.iter().any(|span| span.contains(day)));
        let (start, end) = (here(window.from - 1), here(window.to - 1));
        join(&mut spans);
        let within = |day| window.contains(day);
        let counted = spans
            .iter()
            .fold([start, 0, 0, end], |[start, begun, ended, end], span| {
                [
                    start,
                    begun + i64::from(within(span.from)),
                    ended + i64::from(within(span.to)),
                    end,
                ]
            });
        if counted != [0; 4] {
            let sum = found.entry((name, kind)).or_default();
            for (sum, add) in sum.iter_mut().zip(counted) {
                *sum += add;
            }
        }
    }
    found
}

/// One number of the arithmetic, or everybody who was here on any day of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Start,
    Joined,
    Left,
    End,
    Here,
}

/// Whom a number is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Among<'a> {
    /// Of one source; of all when `None`.
    pub source: Option<&'a str>,
    /// Of one kind, as a place in [`KINDS`]; of all when `None`.
    pub kind: Option<u8>,
}

impl Which {
    pub const ALL: [Which; 5] = [Which::Start, Which::Joined, Which::Left, Which::End, Which::Here];

    /// As addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Which::Start => "start",
            Which::Joined => "joined",
            Which::Left => "left",
            Which::End => "end",
            Which::Here => "here",
        }
    }
}

/// Whom one number counts, each time with its day: the last day of work of those who left, and the first of all others.
/// Of one source and kind it is the number of [`by_source`], of one kind that of [`totals`].
#[must_use]
pub fn behind(facts: &Facts, window: Span, among: Among<'_>, which: Which) -> Vec<(u32, Day)> {
    let mut spans: BTreeMap<(u32, u8), Vec<Span>> = BTreeMap::new();
    for line in &facts.lines {
        let source = &*facts.source_names[usize::from(line.source)];
        let asked =
            among.source.is_none_or(|one| one == source) && among.kind.is_none_or(|one| one == line.kind);
        // Whoever changed kind was here once.
        let kind = if which == Which::Here { 0 } else { line.kind };
        if let Some(span) = Span::inclusive(line.start, line.end).filter(|_| asked) {
            spans.entry((line.person, kind)).or_default().push(span);
        }
    }
    let mut found = Vec::new();
    for ((person, _), mut spans) in spans {
        join(&mut spans);
        let first = |holds: &dyn Fn(&Span) -> bool| spans.iter().find(|span| holds(span)).map(|s| s.from);
        let days: Vec<Day> = match which {
            Which::Start => first(&|span| span.contains(window.from - 1))
                .into_iter()
                .collect(),
            Which::End => first(&|span| span.contains(window.to - 1)).into_iter().collect(),
            Which::Here => first(&|span| span.meet(window).is_some()).into_iter().collect(),
            Which::Joined => {
                let begun = spans.iter().filter(|span| window.contains(span.from));
                begun.map(|span| span.from).collect()
            }
            Which::Left => {
                let ended = spans.iter().filter(|span| window.contains(span.to));
                ended.map(|span| span.to - 1).collect()
            }
        };
        found.extend(days.into_iter().map(|day| (person, day)));
    }
    found
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
