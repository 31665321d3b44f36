//! Who each row's manager is, once every row has been read: an id of the file's own, whatever the file names managers by.
//!
//! A name never finds a person. A manager who is not in the file stays as the file gave it: another source may know them.
//! Circles are reported and not refused, for a roster has to hold what an organisation is like today.
//!
//! Not here: which column names managers ([`crate::sources::header`]).

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::snapshot::{Cell, Wanted};

/// How many ids a note names.
const NOTED_MAX: usize = 10;

/// How a row's manager was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GivenBy {
    #[default]
    Nothing,
    Id,
    Address,
    /// A column that holds names with some systems and ids with others.
    NameOrId,
}

/// What is known of managers while rows are read.
#[derive(Debug, Default)]
pub struct Managers {
    /// Rows whose manager may be a name.
    unsure: Vec<usize>,
    /// Rows whose manager is given by the ids of [`Managers::pointed`].
    by_other_id: Vec<usize>,
    /// What managers are named by, to the row; `None` when two people have it.
    pointed: HashMap<Box<str>, Option<usize>>,
}

impl Managers {
    /// Hears of one row that was read.
    pub fn note(&mut self, row: usize, wanted: &[Wanted], given_by: GivenBy, pointed: Option<&str>) {
        match (given_by, pointed) {
            (GivenBy::NameOrId, _) => self.unsure.push(row),
            (GivenBy::Id, Some(_)) if wanted[row].manager.said().is_some() => self.by_other_id.push(row),
            _ => {}
        }
        if let Some(id) = pointed.map(str::trim).filter(|id| !id.is_empty()) {
            let same =
                |other: Option<usize>| other.filter(|one| wanted[*one].source_id == wanted[row].source_id);
            self.pointed
                .entry(id.into())
                .and_modify(|other| *other = same(*other))
                .or_insert(Some(row));
        }
    }

    /// Writes the managers' own ids, and says what the reader should know.
    pub fn settle(self, wanted: &mut [Wanted]) -> Vec<String> {
        let mut notes = Vec::new();
        let names = self.settle_names(wanted);
        if names > 0 {
            notes.push(format!("Rows that give the manager by name only: {names}. A name is never used to find a person; add the manager’s id or address."));
        }
        let strangers = self.settle_other_ids(wanted);
        if strangers > 0 {
            notes.push(format!("Rows that name a manager by an id that nobody in the file has, or more than one: {strangers}. They are read without a manager."));
        }
        notes.extend(circles(wanted));
        notes
    }

    fn settle_names(&self, wanted: &mut [Wanted]) -> usize {
        if self.unsure.is_empty() {
            return 0;
        }
        let ids: HashSet<&str> = wanted.iter().map(|row| row.source_id.as_str()).collect();
        let is_name = |row: &&usize| {
            !wanted[**row]
                .manager
                .said()
                .is_some_and(|id| ids.contains(id.as_str()))
        };
        let names: Vec<usize> = self.unsure.iter().filter(is_name).copied().collect();
        for row in &names {
            wanted[*row].manager = Cell::Unsaid;
        }
        names.len()
    }

    fn settle_other_ids(&self, wanted: &mut [Wanted]) -> usize {
        let mut strangers = 0;
        for row in &self.by_other_id {
            let pointed = wanted[*row]
                .manager
                .said()
                .and_then(|id| self.pointed.get(id.as_str()));
            let manager = pointed
                .copied()
                .flatten()
                .map(|other| wanted[other].source_id.clone());
            strangers += usize::from(manager.is_none());
            wanted[*row].manager = manager.map_or(Cell::Unsaid, Cell::Said);
        }
        strangers
    }
}

/// Notes on people who are their own manager, or answer to each other in a circle.
fn circles(wanted: &[Wanted]) -> Vec<String> {
    let mut people: HashMap<&str, usize> = HashMap::with_capacity(wanted.len());
    for (index, row) in wanted.iter().enumerate() {
        people.entry(&row.source_id).or_insert(index);
    }
    for (index, row) in wanted.iter().enumerate() {
        if let Some(email) = row.email.said() {
            people.entry(email).or_insert(index);
        }
    }
    let manager_of = |row: usize| {
        let manager = people.get(wanted[row].manager.said()?.as_str())?;
        // Of several rows of one person the first stands for all.
        people.get(wanted[*manager].source_id.as_str()).copied()
    };
    // The walk from which each row was first reached: who is met again on one's own walk is in a circle.
    let mut reached_from = vec![usize::MAX; wanted.len()];
    let (mut own, mut rounds): (BTreeSet<&str>, Vec<String>) = (BTreeSet::new(), Vec::new());
    for start in 0..wanted.len() {
        let mut at = Some(start);
        while let Some(row) = at.filter(|row| reached_from[*row] == usize::MAX) {
            reached_from[row] = start;
            at = manager_of(row);
        }
        let Some(met) = at.filter(|row| reached_from[*row] == start) else {
            continue;
        };
        match round(met, &manager_of) {
            one if one.len() == 1 => {
                own.insert(&wanted[met].source_id);
            }
            round => rounds.push(in_words(&round, wanted)),
        }
    }
    let mut notes = Vec::new();
    if !own.is_empty() {
        let named: Vec<&str> = own.iter().take(NOTED_MAX).copied().collect();
        notes.push(format!(
            "Their own manager, by the file: {}{}.",
            named.join(", "),
            more(own.len())
        ));
    }
    if !rounds.is_empty() {
        notes.push(format!(
            "Managers in a circle: {}{}.",
            rounds
                .iter()
                .take(NOTED_MAX)
                .cloned()
                .collect::<Vec<_>>()
                .join("; "),
            more(rounds.len())
        ));
    }
    notes
}

/// The rows of the circle that `met` is in.
fn round(met: usize, manager_of: &impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    let mut rows = vec![met];
    let mut at = manager_of(met);
    while let Some(row) = at.filter(|row| *row != met) {
        rows.push(row);
        at = manager_of(row);
    }
    rows
}

fn in_words(round: &[usize], wanted: &[Wanted]) -> String {
    let shown = round.iter().take(NOTED_MAX);
    let ids: Vec<&str> = shown.map(|row| wanted[*row].source_id.as_str()).collect();
    format!(
        "{}{} → {}",
        ids.join(" → "),
        if round.len() > NOTED_MAX { " → …" } else { "" },
        ids[0]
    )
}

fn more(count: usize) -> String {
    match count.saturating_sub(NOTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(managers: &[(&str, &str)]) -> Vec<Wanted> {
        let row = |(id, manager): &(&str, &str)| Wanted {
            source_id: (*id).to_owned(),
            email: Cell::Said(format!("{id}@example.com")),
            manager: if manager.is_empty() {
                Cell::Unsaid
            } else {
                Cell::Said((*manager).to_owned())
            },
            ..Wanted::default()
        };
        managers.iter().map(row).collect()
    }

    #[test]
    fn a_circle_and_a_self_manager_are_told_and_nothing_else_is() {
        assert_eq!(
            circles(&rows(&[("1", ""), ("2", "1"), ("3", "2"), ("4", "9")])),
            [""; 0]
        );
        assert_eq!(
            circles(&rows(&[
                ("1", "1"),
                ("2", "3@example.com"),
                ("3", "4"),
                ("4", "2"),
                ("5", "2")
            ])),
            [
                "Their own manager, by the file: 1.",
                "Managers in a circle: 2 → 3 → 4 → 2."
            ]
        );
    }

    #[test]
    fn a_circle_of_everybody_is_found_at_once() {
        let ids: Vec<String> = (0..100_000).map(|id| id.to_string()).collect();
        let next = |at: usize| ids[(at + 1) % ids.len()].as_str();
        let rows = rows(
            &ids.iter()
                .enumerate()
                .map(|(at, id)| (id.as_str(), next(at)))
                .collect::<Vec<_>>(),
        );
        assert_eq!(circles(&rows).len(), 1);
    }

    #[test]
    fn an_id_of_another_column_becomes_the_persons_own() {
        let mut wanted = rows(&[("E1", ""), ("E2", "7"), ("E3", "8"), ("E4", "9")]);
        let mut managers = Managers::default();
        for (row, position) in ["7", "8", "8", ""].into_iter().enumerate() {
            managers.note(row, &wanted, GivenBy::Id, Some(position));
        }
        let notes = managers.settle(&mut wanted);
        assert_eq!(wanted[1].manager, Cell::Said("E1".to_owned()));
        assert_eq!(wanted[2].manager, Cell::Unsaid, "two people have that position");
        assert!(notes[0].contains("more than one: 2."), "{notes:?}");
    }
}
