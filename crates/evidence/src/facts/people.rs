//! Who is on the roster, by the names their sources gave them, and a hash by which two people can tell that they
//! mean the same roster.
//!
//! The recipe: one line for each engagement that has a day in the window, its fields separated by one tab, namely
//! source, the source's id, kind, first day, last day; the last day is blank when it does not come before the
//! window's end, because that was not yet to be known. Lines end in a line feed and are sorted by their bytes.
//! `LC_ALL=C sort roster.tsv | sha256sum` gives the hash.
//!
//! Not here: names and addresses of people; they are in no hash.

use db::{Day, Window};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    facts::{Facts, KINDS},
    tenure::Span,
};

/// One engagement as its source names it.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) person: u32,
    pub(crate) source: u16,
    pub(crate) key: Box<str>,
    pub(crate) kind: u8,
    pub(crate) start: Day,
    pub(crate) end: Option<Day>,
}

/// The roster of a window: how many people were engaged on a day of it, and the hash of their engagements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roster {
    /// People, each once.
    pub count: u64,
    /// SHA-256 in hex, see the top of the file.
    pub hash: String,
}

impl Facts {
    /// The roster of a window.
    #[must_use]
    pub fn roster(&self, window: Window) -> Roster {
        let mut text = String::new();
        let mut places: Vec<(u32, u32)> = Vec::new();
        let mut seen = vec![false; self.people.len()];
        for line in &self.lines {
            let engaged = Span::inclusive(line.start, line.end).and_then(|span| span.meet(window.into()));
            if engaged.is_none() {
                continue;
            }
            seen[line.person as usize] = true;
            let start = text.len() as u32;
            let end = line
                .end
                .filter(|end| *end < window.to)
                .map(|end| end.to_string())
                .unwrap_or_default();
            let kind = KINDS[usize::from(line.kind)];
            for (field, mark) in [
                (self.source_of(line), '\t'),
                (&line.key, '\t'),
                (kind, '\t'),
                (&line.start.to_string(), '\t'),
                (&end, '\n'),
            ] {
                text.push_str(field);
                text.push(mark);
            }
            places.push((start, text.len() as u32));
        }
        let bytes = text.as_bytes();
        let of = |place: &(u32, u32)| &bytes[place.0 as usize..place.1 as usize];
        places.sort_unstable_by(|a, b| of(a).cmp(of(b)));
        let mut hash = Sha256::new();
        for place in &places {
            hash.update(of(place));
        }
        Roster {
            count: seen.iter().filter(|s| **s).count() as u64,
            hash: hex::encode(hash.finalize()),
        }
    }

    /// The source's name and its id for a person.
    #[must_use]
    pub fn name(&self, person: u32) -> (&str, &str) {
        match self
            .names
            .get(person as usize)
            .and_then(|line| self.lines.get(*line as usize))
        {
            Some(line) => (self.source_of(line), &line.key),
            None => ("", ""),
        }
    }

    /// Gives each person the name of their newest engagement that starts before the window ends, or of their first,
    /// and puts them in order.
    pub(crate) fn put_names(&mut self, window: Window) {
        let order = |line: &Line| {
            (
                line.start < window.to,
                if line.start < window.to {
                    line.start.0
                } else {
                    -line.start.0
                },
            )
        };
        let mut names = vec![u32::MAX; self.people.len()];
        for (i, line) in self.lines.iter().enumerate() {
            let name = &mut names[line.person as usize];
            let better = self.lines.get(*name as usize).is_none_or(|held| {
                (order(held), self.source_of(held), &held.key)
                    < (order(line), self.source_of(line), &line.key)
            });
            if better {
                *name = i as u32;
            }
        }
        self.names = names;
        let mut order: Vec<u32> = (0..self.people.len() as u32).collect();
        order.sort_by_key(|person| self.name(*person).1);
        let mut ranks = vec![0; order.len()];
        let mut rank = 0;
        for (place, person) in order.iter().enumerate() {
            if place > 0 && self.name(order[place - 1]).1 != self.name(*person).1 {
                rank += 1;
            }
            ranks[*person as usize] = rank;
        }
        self.order = order;
        self.ranks = ranks;
    }

    /// Everybody, in the order of their sources' ids.
    pub(crate) fn in_order(&self) -> &[u32] {
        &self.order
    }

    /// A person's place in the order of the sources' ids; those who share an id share it.
    pub(crate) fn rank(&self, person: u32) -> u32 {
        self.ranks[person as usize]
    }

    fn source_of(&self, line: &Line) -> &str {
        &self.source_names[usize::from(line.source)]
    }
}
