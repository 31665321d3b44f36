//! Who each row's manager is: an id of the file's own, whatever the file names managers by.
//!
//! A name never finds a person. A manager who is not in the file stays as the file gave it: another source may know them.
//! Circles are reported and not refused, for a roster has to hold what an organisation is like today.
//!
//! Not here: which column names managers ([`crate::sources::header`]).

use std::collections::{HashMap, HashSet};

use db::Refusal;

use crate::snapshot::rows::Rows;
use crate::snapshot::{Cell, Wanted};
use crate::sources::cells::single_spaced;
use crate::sources::column::Column;
use crate::sources::header::Layout;
use crate::sources::table::Table;

/// How many ids or circles a note names.
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

/// What has to be known of all rows before the managers of any can be.
#[derive(Debug, Default)]
pub struct Managers {
    /// Every id, where a column holds names with some systems and ids with others.
    ids: HashSet<Box<str>>,
    /// What managers are named by, where that is not the id, to the id; `None` when two people have it.
    pointed: Option<HashMap<Box<str>, Option<Box<str>>>>,
    names: u64,
    strangers: u64,
}

impl Managers {
    /// Looks through the file once more, where its columns ask for that.
    ///
    /// # Errors
    /// That of the rows.
    pub fn of(table: &Table<'_>, layout: &Layout) -> Result<Managers, Refusal> {
        let mut managers = Managers {
            pointed: layout.manager_names.map(|_| HashMap::new()),
            ..Managers::default()
        };
        let wants_ids = layout.has(Column::Manager);
        if !wants_ids && managers.pointed.is_none() {
            return Ok(managers);
        }
        let places =
            [Column::SourceId, Column::ContingentId].map(|column| layout.places(column).first().copied());
        table.each(|_, record| {
            let said = |place: usize| {
                let text = single_spaced(record.get(place).unwrap_or_default());
                (!matches!(text.as_str(), "" | "-")).then(|| text.into_boxed_str())
            };
            let Some(id) = places.into_iter().flatten().find_map(said) else {
                return Ok(());
            };
            let name = layout.manager_names.and_then(said);
            if let (Some(pointed), Some(name)) = (&mut managers.pointed, name) {
                let other = pointed.entry(name).or_insert_with(|| Some(id.clone()));
                *other = other.take().filter(|other| *other == id);
            }
            if wants_ids {
                managers.ids.insert(id);
            }
            Ok(())
        })?;
        Ok(managers)
    }

    /// Writes the manager's own id in the place of what the row gave.
    pub fn settle(&mut self, row: &mut Wanted, given_by: GivenBy) {
        let Cell::Said(given) = &row.manager else { return };
        match (given_by, &self.pointed) {
            (GivenBy::NameOrId, _) if !self.ids.contains(given.as_str()) => {
                self.names += 1;
                row.manager = Cell::Unsaid;
            }
            (GivenBy::Id, Some(pointed)) => {
                let found = pointed.get(given.as_str()).cloned().flatten();
                self.strangers += u64::from(found.is_none());
                row.manager = found.map_or(Cell::Unsaid, |id| Cell::Said(id.into()));
            }
            _ => {}
        }
    }

    /// What the reader should know of the managers of all rows.
    pub fn notes(&self, rows: &Rows) -> Vec<String> {
        let mut notes = Vec::new();
        if self.names > 0 {
            notes.push(format!("Rows that give the manager by name only: {}. A name is never used to find a person; add the manager’s id or address.", self.names));
        }
        if self.strangers > 0 {
            notes.push(format!("Rows that name a manager by an id that nobody in the file has, or more than one: {}. They are read without a manager.", self.strangers));
        }
        notes.extend(circles(rows));
        notes
    }
}

/// A note on people who answer to each other in a circle. Who is their own manager is told with the plan.
fn circles(rows: &Rows) -> Option<String> {
    let by_address = rows
        .headings()
        .any(|row| row.manager.is_some_and(|manager| manager.contains('@')));
    let mut people: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    for row in rows.headings() {
        people.entry(row.source_id).or_insert(row.place);
    }
    for row in rows.headings().filter(|_| by_address) {
        if let Some(email) = row.email {
            people.entry(email).or_insert(row.place);
        }
    }
    let manager_of = |row: usize| {
        let manager = people.get(rows.heading(row).manager?)?;
        // Of several rows of one person the first stands for all.
        people.get(rows.heading(*manager).source_id).copied()
    };
    // The walk on which each row was first reached: who is met again on one's own walk is in a circle.
    let mut reached_on = vec![usize::MAX; rows.len()];
    let mut rounds: Vec<String> = Vec::new();
    for start in 0..rows.len() {
        let mut at = Some(start);
        while let Some(row) = at.filter(|row| reached_on[*row] == usize::MAX) {
            reached_on[row] = start;
            at = manager_of(row);
        }
        let met = at.filter(|row| reached_on[*row] == start);
        let round = met.map(|met| round(met, &manager_of)).unwrap_or_default();
        if round.len() > 1 {
            rounds.push(in_words(&round, rows));
        }
    }
    let more = match rounds.len().saturating_sub(NOTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    rounds.truncate(NOTED_MAX);
    (!rounds.is_empty()).then(|| format!("Managers in a circle: {}{more}.", rounds.join("; ")))
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

fn in_words(round: &[usize], rows: &Rows) -> String {
    let shown = round.iter().take(NOTED_MAX);
    let ids: Vec<&str> = shown.map(|row| rows.heading(*row).source_id).collect();
    let rest = if round.len() > NOTED_MAX { " → …" } else { "" };
    format!("{}{rest} → {}", ids.join(" → "), ids[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, manager: &str) -> Wanted {
        Wanted {
            source_id: id.to_owned(),
            email: Cell::Said(format!("{id}@example.com")),
            manager: if manager.is_empty() {
                Cell::Unsaid
            } else {
                Cell::Said(manager.to_owned())
            },
            ..Wanted::default()
        }
    }

    fn rows(managers: &[(&str, &str)]) -> Rows {
        managers.iter().map(|(id, manager)| row(id, manager)).collect()
    }

    #[test]
    fn a_circle_is_told_and_nothing_else_is() {
        assert_eq!(
            circles(&rows(&[
                ("1", ""),
                ("2", "1"),
                ("3", "2"),
                ("4", "9"),
                ("5", "5")
            ])),
            None
        );
        assert_eq!(
            circles(&rows(&[
                ("1", "1"),
                ("2", "3@example.com"),
                ("3", "4"),
                ("4", "2"),
                ("5", "2")
            ])),
            Some("Managers in a circle: 2 → 3 → 4 → 2.".to_owned())
        );
    }

    #[test]
    fn a_circle_of_everybody_is_found_at_once() {
        let ids: Vec<String> = (0..100_000).map(|id| id.to_string()).collect();
        let next = |at: usize| ids[(at + 1) % ids.len()].as_str();
        let managers: Vec<_> = ids
            .iter()
            .enumerate()
            .map(|(at, id)| (id.as_str(), next(at)))
            .collect();
        assert!(circles(&rows(&managers)).is_some());
    }

    #[test]
    fn an_id_of_another_column_becomes_the_persons_own() {
        let file = b"Associate ID,Position ID,Reports To Position ID\nE1,7,\nE2,8,7\nE3,8,8\n";
        let table = Table::of(file, &Default::default()).expect("the file is readable");
        let layout = Layout::of(table.headers.clone(), &Default::default()).expect("the header is right");
        let mut managers = Managers::of(&table, &layout).expect("the rows are readable");
        let mut settled = |id, manager| {
            let mut row = row(id, manager);
            managers.settle(&mut row, GivenBy::Id);
            row.manager
        };
        assert_eq!(settled("E2", "7"), Cell::Said("E1".to_owned()));
        assert_eq!(settled("E3", "8"), Cell::Unsaid, "two people have that position");
        assert!(managers.notes(&Rows::default())[0].contains("more than one: 1."));
    }
}
