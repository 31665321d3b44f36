//! Everything the reckoning needs to know of everybody, read once and kept small.
//!
//! Rows are numbers grouped by person; texts are kept once. Nothing is judged here: a [`Life`] is what happened to
//! one person, and the measures say what follows from it.
//!
//! Two edges. Before somebody's first profile row we know nothing else of them, so that row is read as having
//! always held. A person's name in answers is the source's id from their newest engagement that starts before the
//! window ends.
//!
//! Not here: the statements that read the rows (`facts/load.rs` and its neighbours).

mod completions;
mod load;
pub(crate) mod numbers;
mod people;
mod takes;
mod traits;

use assignments::audience::{Audience, Field, Traits};
use db::Day;

use crate::{
    demand::{EVERYONE, Rule},
    tenure::{EVER, Engagement, FAR, Leave, Span, away, tenures},
};

pub use load::{Scope, load};
pub use people::Roster;

/// The kinds of engagement, as the roster names them; a place here is a kind's number.
pub const KINDS: [&str; 7] = [
    "employee",
    "contractor",
    "intern",
    "temp",
    "vendor_staff",
    "board",
    "other",
];

/// A completion that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    /// Which course, by number.
    pub course: u16,
    /// The day it was done.
    pub day: Day,
    /// [`ATTESTED`] and [`ASSESSED`].
    pub proof: u8,
    /// The first day on which it no longer counts, however long it is valid otherwise; [`FAR`] for what was done here.
    pub until: Day,
}

impl Done {
    /// The days it covers.
    #[must_use]
    pub fn covers(&self, valid_days: i32) -> Span {
        Span {
            from: self.day,
            to: self.until.min(self.day + valid_days),
        }
    }
}

/// The completion carries an attestation bound to its edition.
pub const ATTESTED: u8 = 1;
/// The completion rests on a passed assessment of its edition.
pub const ASSESSED: u8 = 2;

/// From this day until the next spell's, somebody has these traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// First day.
    pub from: Day,
    /// Which traits, by number in [`Audiences`].
    pub traits: u32,
}

/// Somebody need not, for a time; shown, and never counted as done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Which course, by number.
    pub course: u16,
    /// The days it holds.
    pub days: Span,
    /// Why.
    pub reason: String,
    /// What stands in for it.
    pub compensating: String,
    /// Who approved it.
    pub approved_by: String,
}

/// Where the roster comes from, and when it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The days on which a file of it was applied, in order.
    pub snapshots: Vec<Day>,
}

/// Where a source and the roster differed at the end of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which source.
    pub source: String,
    /// By its key.
    pub source_key: String,
    /// How: address, number, unrostered or end_held.
    pub what: String,
    /// Since when.
    pub since: Day,
    /// Why, in somebody's words.
    pub note: Option<String>,
}

/// Rows grouped by person, in the order they were read.
#[derive(Debug, Clone)]
pub struct Grouped<T> {
    rows: Vec<T>,
    starts: Vec<u32>,
}

/// Who belongs to which audience, for every combination of traits that occurs.
#[derive(Debug, Clone, Default)]
pub struct Audiences {
    words: usize,
    bits: Vec<u64>,
}

/// The facts of one window.
#[derive(Debug, Default)]
pub struct Facts {
    /// Ids of people, in no order that means anything.
    pub people: Vec<Box<str>>,
    pub(crate) engagements: Grouped<Engagement>,
    pub(crate) leaves: Grouped<Leave>,
    pub(crate) spells: Grouped<Spell>,
    pub(crate) done: Grouped<Done>,
    pub(crate) waivers: Grouped<Waiver>,
    pub(crate) audiences: Audiences,
    /// Ids of the courses rules ask for.
    pub courses: Vec<String>,
    /// Each rule with the layer of its course.
    pub rules: Vec<(String, Rule)>,
    /// Sources, by name.
    pub sources: Vec<Source>,
    /// Where they and the roster differed at the end of the window.
    pub differences: Vec<Difference>,
    pub(crate) source_names: Vec<Box<str>>,
    pub(crate) lines: Vec<people::Line>,
    pub(crate) names: Vec<u32>,
    order: Vec<u32>,
    ranks: Vec<u32>,
}

/// What happened to one person.
#[derive(Debug)]
pub struct Life<'a> {
    /// Which person, by number.
    pub person: u32,
    /// As the sources gave them.
    pub engagements: &'a [Engagement],
    /// When they worked here.
    pub tenures: Vec<Span>,
    /// When they were on leave.
    pub away: Vec<Span>,
    /// What was known of them, in order of time.
    pub spells: &'a [Spell],
    /// What they completed, by course and then day.
    pub done: &'a [Done],
    /// Who belongs to what.
    pub audiences: &'a Audiences,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            starts: Vec::new(),
        }
    }
}

impl<T: Clone> Grouped<T> {
    /// Groups rows by the number of their person, of which there are `people`.
    #[must_use]
    pub fn by_person(people: usize, rows: Vec<(u32, T)>) -> Self {
        let mut starts = vec![0_u32; people + 1];
        for (person, _) in &rows {
            starts[*person as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut order = vec![0_u32; rows.len()];
        let mut next = starts.clone();
        for (i, (person, _)) in rows.iter().enumerate() {
            let place = &mut next[*person as usize];
            order[*place as usize] = i as u32;
            *place += 1;
        }
        let rows = order.into_iter().map(|i| rows[i as usize].1.clone()).collect();
        Self { rows, starts }
    }

    /// One person's rows.
    #[must_use]
    pub fn of(&self, person: u32) -> &[T] {
        let person = person as usize;
        match self.starts.get(person..person + 2) {
            Some([from, to]) => &self.rows[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// Puts each person's rows in order.
    pub fn sort_each(&mut self, compare: impl Fn(&T, &T) -> std::cmp::Ordering) {
        for pair in self.starts.windows(2) {
            let rows = &mut self.rows[pair[0] as usize..pair[1] as usize];
            if rows.len() > 1 {
                rows.sort_by(&compare);
            }
        }
    }
}

impl Audiences {
    /// Asks every audience about every combination of traits. Audience 0 is everyone.
    #[must_use]
    pub fn of<'a>(audiences: &[Audience], traits: impl Iterator<Item = (Traits<'a>, Vec<&'a str>)>) -> Self {
        let words = audiences.len().div_ceil(64).max(1);
        let mut bits = Vec::new();
        for (traits, kinds) in traits {
            let traits = Traits {
                kinds: &kinds,
                ..traits
            };
            let start = bits.len();
            bits.resize(start + words, 0_u64);
            for (i, audience) in audiences.iter().enumerate() {
                if audience.matches(&traits) {
                    bits[start + i / 64] |= 1 << (i % 64);
                }
            }
        }
        Self { words, bits }
    }

    /// Whether people with these traits belong to this audience.
    #[must_use]
    pub fn holds(&self, audience: u16, traits: u32) -> bool {
        let (word, bit) = (usize::from(audience) / 64, usize::from(audience) % 64);
        audience == EVERYONE
            || self
                .bits
                .get(traits as usize * self.words + word)
                .is_some_and(|w| w & (1 << bit) != 0)
    }
}

impl Facts {
    /// What happened to one person.
    #[must_use]
    pub fn life(&self, person: u32) -> Life<'_> {
        let engagements = self.engagements.of(person);
        Life {
            person,
            engagements,
            tenures: tenures(engagements),
            away: away(self.leaves.of(person)),
            spells: self.spells.of(person),
            done: self.done.of(person),
            audiences: &self.audiences,
        }
    }

    /// The rules for courses of one layer.
    #[must_use]
    pub fn rules_of(&self, layer: &str) -> Vec<Rule> {
        self.rules
            .iter()
            .filter(|(name, _)| name == layer)
            .map(|(_, rule)| *rule)
            .collect()
    }

    /// The layers that rules ask anything of, by name.
    #[must_use]
    pub fn layers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.rules.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Life<'_> {
    /// Whether the person belongs to the audience on a day.
    #[must_use]
    pub fn belongs_on(&self, audience: u16, day: Day) -> bool {
        if audience == EVERYONE {
            return true;
        }
        let after = self.spells.partition_point(|s| s.from <= day);
        self.spells
            .get(after.saturating_sub(1))
            .is_some_and(|s| self.audiences.holds(audience, s.traits))
    }

    /// Adds the days within a span on which the person belongs to the audience.
    pub fn belongs(&self, audience: u16, within: Span, days: &mut Vec<Span>) {
        if audience == EVERYONE {
            days.push(within);
            return;
        }
        for (i, spell) in self.spells.iter().enumerate() {
            let from = if i == 0 { EVER } else { spell.from };
            let to = self.spells.get(i + 1).map_or(FAR, |next| next.from);
            if self.audiences.holds(audience, spell.traits) {
                days.extend(Span { from, to }.meet(within));
            }
        }
    }

    /// The days worked in one of these kinds, given as a bit for each.
    #[must_use]
    pub fn in_kinds(&self, kinds: u8) -> Vec<Span> {
        let of_kind: Vec<Engagement> = self
            .engagements
            .iter()
            .filter(|e| kinds & (1 << e.kind) != 0)
            .copied()
            .collect();
        tenures(&of_kind)
    }

    /// The completions of one course, by day, and the place of the first in `done`.
    #[must_use]
    pub fn done_of(&self, course: u16) -> (usize, &[Done]) {
        let start = self.done.partition_point(|d| d.course < course);
        let count = self.done[start..]
            .iter()
            .take_while(|d| d.course == course)
            .count();
        (start, &self.done[start..start + count])
    }
}

/// The number of a kind; what the roster does not name is `other`.
#[must_use]
pub fn kind_number(name: &str) -> u8 {
    KINDS.iter().position(|k| *k == name).map_or(6, |i| i as u8)
}

/// Whether any of these audiences looks at the field.
fn asked(audiences: &[Audience], field: Field) -> bool {
    audiences.iter().any(|a| a.asks(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_by_person_and_keep_their_order() {
        let grouped = Grouped::by_person(3, vec![(2, 'a'), (0, 'b'), (2, 'c')]);
        assert_eq!(grouped.of(0), ['b']);
        assert_eq!(grouped.of(1), [] as [char; 0]);
        assert_eq!(grouped.of(2), ['a', 'c']);
        assert_eq!(grouped.of(3), [] as [char; 0]);
    }

    #[test]
    fn the_first_known_traits_have_always_held() {
        let developer =
            Audience::parse(r#"{"any":[{"field":"tag","is":"developer"}]}"#).expect("well formed");
        let traits = [("", vec![]), (" developer ", vec![])];
        let audiences = Audiences::of(
            &[Audience::Everyone, developer],
            traits.iter().map(|(tags, kinds)| {
                (
                    Traits {
                        tags,
                        ..Traits::default()
                    },
                    kinds.clone(),
                )
            }),
        );
        let spells = [
            Spell {
                from: Day(10),
                traits: 1,
            },
            Spell {
                from: Day(20),
                traits: 0,
            },
        ];
        let life = Life {
            person: 0,
            engagements: &[],
            tenures: vec![],
            away: vec![],
            spells: &spells,
            done: &[],
            audiences: &audiences,
        };
        let mut days = Vec::new();
        life.belongs(1, Span { from: EVER, to: FAR }, &mut days);
        assert_eq!(
            days,
            [Span {
                from: EVER,
                to: Day(20)
            }]
        );
        assert!(life.belongs_on(1, Day(3)) && life.belongs_on(1, Day(19)) && !life.belongs_on(1, Day(20)));
    }
}
