//! What a source says about people today, in our own words and before anything is compared.
//!
//! A blank cell says nothing and a dash clears: the two are kept apart all the way to the plan.
//! A snapshot with a refused row changes nothing at all.
//!
//! Not here: reading a file ([`crate::sources`]) and comparing with the roster ([`crate::sync`]).

pub mod rows;

use std::collections::{BTreeSet, HashMap, HashSet};

use db::Day;
use serde::{Deserialize, Serialize};

use crate::engagement::EngagementKind;
use crate::profile::Access;
use rows::Rows;

/// What one cell says: nothing, that the value is to be cleared, or a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell<T> {
    #[default]
    Unsaid,
    Cleared,
    Said(T),
}

impl<T: Clone> Cell<T> {
    /// What holds once the cell has been heard, given what held before.
    pub fn onto(&self, have: Option<&T>) -> Option<T> {
        match self {
            Cell::Unsaid => have.cloned(),
            Cell::Cleared => None,
            Cell::Said(value) => Some(value.clone()),
        }
    }

    /// Whether what held before still holds once the cell has been heard.
    pub fn keeps(&self, have: Option<&T>) -> bool
    where
        T: PartialEq,
    {
        match self {
            Cell::Unsaid => true,
            Cell::Cleared => have.is_none(),
            Cell::Said(value) => have == Some(value),
        }
    }

    pub fn said(&self) -> Option<&T> {
        match self {
            Cell::Said(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_unsaid(&self) -> bool {
        matches!(self, Cell::Unsaid)
    }
}

/// What the source calls the person's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Leave,
    Ended,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Active, Status::Leave, Status::Ended];

    /// As the template spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Leave => "leave",
            Status::Ended => "ended",
        }
    }

    pub fn named(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One row of a source: one engagement of one person, with what is known of the person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The physical line of the file, from 1.
    #[serde(skip)]
    pub line: u64,
    pub source_id: String,
    /// What other sources know the person by; trimmed. When a source gives none, its own key stands for it where its settings say so.
    pub employee_number: Cell<String>,
    pub kind: Option<EngagementKind>,
    pub status: Option<Status>,
    pub start_on: Cell<Day>,
    /// The last day of work, that day included.
    pub end_on: Cell<Day>,
    pub leave_from: Cell<Day>,
    pub leave_until: Cell<Day>,
    /// Trimmed and lower-cased.
    pub email: Cell<String>,
    pub given_name: Cell<String>,
    pub family_name: Cell<String>,
    pub preferred_name: Cell<String>,
    /// The manager's source_id, or address when the source gives no id.
    pub manager: Cell<String>,
    pub sponsor_email: Cell<String>,
    pub employer: Cell<String>,
    pub department: Cell<String>,
    pub division: Cell<String>,
    pub cost_center: Cell<String>,
    pub job_title: Cell<String>,
    pub location: Cell<String>,
    pub country: Cell<String>,
    pub language: Cell<String>,
    pub access: Cell<Access>,
    /// In the form [`crate::profile::tags`] gives.
    pub tags: Cell<String>,
}

impl Wanted {
    /// What the row says together with what the source said of the person before, while nobody was certain who it was:
    /// a blank cell leaves what was said.
    #[must_use]
    pub fn after(&self, before: &Wanted) -> Wanted {
        fn cell<T: Clone>(now: &Cell<T>, before: &Cell<T>) -> Cell<T> {
            if now.is_unsaid() {
                before.clone()
            } else {
                now.clone()
            }
        }
        Wanted {
            line: self.line,
            source_id: self.source_id.clone(),
            employee_number: cell(&self.employee_number, &before.employee_number),
            kind: self.kind.or(before.kind),
            status: self.status.or(before.status),
            start_on: cell(&self.start_on, &before.start_on),
            end_on: cell(&self.end_on, &before.end_on),
            leave_from: cell(&self.leave_from, &before.leave_from),
            leave_until: cell(&self.leave_until, &before.leave_until),
            email: cell(&self.email, &before.email),
            given_name: cell(&self.given_name, &before.given_name),
            family_name: cell(&self.family_name, &before.family_name),
            preferred_name: cell(&self.preferred_name, &before.preferred_name),
            manager: cell(&self.manager, &before.manager),
            sponsor_email: cell(&self.sponsor_email, &before.sponsor_email),
            employer: cell(&self.employer, &before.employer),
            department: cell(&self.department, &before.department),
            division: cell(&self.division, &before.division),
            cost_center: cell(&self.cost_center, &before.cost_center),
            job_title: cell(&self.job_title, &before.job_title),
            location: cell(&self.location, &before.location),
            country: cell(&self.country, &before.country),
            language: cell(&self.language, &before.language),
            access: cell(&self.access, &before.access),
            tags: cell(&self.tags, &before.tags),
        }
    }
}

/// A row that cannot be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RefusedRow {
    /// The physical line of the file, from 1.
    pub line: u64,
    pub column: String,
    /// A finished sentence. It quotes the cell, so it may hold personal data.
    pub reason: String,
}

/// How many bad cells are listed: more than anybody puts right by hand, and it bounds what a bad file can hold.
pub const REFUSED_MAX: usize = 1_000;
/// How many rows of one person are compared with each other; nobody has had so many engagements.
const ENGAGEMENTS_MAX: usize = 100;

/// Everything one source said at once.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Data rows, the refused ones included.
    pub rows: u64,
    pub wanted: Rows,
    /// The first [`REFUSED_MAX`].
    pub refused: Vec<RefusedRow>,
    /// How many more there are.
    pub unlisted: u64,
    /// What the reader should know and need not act on: finished sentences.
    pub notes: Vec<String>,
}

impl Snapshot {
    /// Lists a row that cannot be taken, or counts it once there are many.
    pub fn refuse(&mut self, row: RefusedRow) {
        if self.refused.len() < REFUSED_MAX {
            self.refused.push(row);
        } else {
            self.unlisted += 1;
        }
    }

    /// Passes over each row that says what an earlier one said, all of it, and notes how many.
    pub fn pass_over_repeats(&mut self) {
        let repeated = self.repeated();
        if repeated.is_empty() {
            return;
        }
        let mut earlier = HashSet::new();
        let is_first = |place: &usize| {
            !repeated.contains(place)
                || earlier.insert(Wanted {
                    line: 0,
                    ..self.wanted.get(*place)
                })
        };
        let kept: Vec<usize> = (0..self.wanted.len()).filter(is_first).collect();
        let passed = self.wanted.len() - kept.len();
        self.wanted = kept.into_iter().map(|place| self.wanted.get(place)).collect();
        if passed > 0 {
            self.notes.push(format!(
                "Rows that say what an earlier row says, passed over: {passed}."
            ));
        }
    }

    /// Refuses each row that says again who was said before, unless it is another engagement of the same person:
    /// a different start date, the same name and address.
    pub fn refuse_repeats(&mut self) {
        let mut earlier: HashMap<String, Vec<Wanted>> = HashMap::new();
        for place in self.repeated() {
            let row = self.wanted.get(place);
            let earlier = earlier.entry(row.source_id.clone()).or_default();
            let first = match earlier.as_slice() {
                [first, ..] if earlier.len() > ENGAGEMENTS_MAX => Some(first),
                all => all.iter().find(|first| !is_another_engagement(first, &row)),
            };
            match first.map(|first| repeat(&row, first)) {
                Some(refused) => self.refuse(refused),
                None => earlier.push(row),
            }
        }
    }

    /// The places of all rows whose id is there more than once.
    fn repeated(&self) -> BTreeSet<usize> {
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(self.wanted.len());
        let mut repeated = BTreeSet::new();
        for row in self.wanted.headings() {
            if let Some(before) = first.insert(row.source_id, row.place) {
                repeated.extend([before, row.place]);
            }
        }
        repeated
    }
}

fn is_another_engagement(a: &Wanted, b: &Wanted) -> bool {
    let starts_differ = match (a.start_on.said(), b.start_on.said()) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    starts_differ
        && a.email == b.email
        && a.given_name == b.given_name
        && a.family_name == b.family_name
        && a.preferred_name == b.preferred_name
}

fn repeat(row: &Wanted, earlier: &Wanted) -> RefusedRow {
    RefusedRow {
        line: row.line,
        column: "source_id".to_owned(),
        reason: format!(
            "The id “{}” is already on line {}; give each person one row, or one row for each engagement with its own start date and the same name and address.",
            row.source_id, earlier.line
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, id: &str, start: Option<Day>) -> Wanted {
        Wanted {
            line,
            source_id: id.to_owned(),
            start_on: start.map_or(Cell::Unsaid, Cell::Said),
            ..Wanted::default()
        }
    }

    #[test]
    fn a_repeated_id_is_refused_and_names_the_earlier_line() {
        let mut snapshot = Snapshot {
            wanted: [row(2, "7", None), row(3, "7", None)].into_iter().collect(),
            ..Snapshot::default()
        };
        snapshot.refuse_repeats();
        assert_eq!(snapshot.refused.len(), 1);
        assert_eq!(snapshot.refused[0].line, 3);
        assert!(snapshot.refused[0].reason.contains("line 2"));
    }

    #[test]
    fn several_engagements_of_one_person_are_not_a_repeat() {
        let starts = [Some(Day::ymd(2024, 1, 1)), Some(Day::ymd(2025, 1, 1))];
        let mut snapshot = Snapshot {
            wanted: [row(2, "7", starts[0]), row(3, "7", starts[1])]
                .into_iter()
                .collect(),
            ..Snapshot::default()
        };
        snapshot.refuse_repeats();
        assert!(snapshot.refused.is_empty());
        let mut other = row(4, "7", Some(Day::ymd(2026, 1, 1)));
        other.family_name = Cell::Said("Someone Else".to_owned());
        snapshot.wanted.push(&other);
        snapshot.refuse_repeats();
        assert_eq!(
            snapshot.refused.len(),
            1,
            "another name under the same id is a mistake"
        );
    }

    #[test]
    fn a_blank_leaves_and_a_dash_clears() {
        let have = "Engineering".to_owned();
        assert_eq!(Cell::Unsaid.onto(Some(&have)), Some(have.clone()));
        assert_eq!(Cell::Cleared.onto(Some(&have)), None);
        assert_eq!(
            Cell::Said("Finance".to_owned()).onto(Some(&have)),
            Some("Finance".to_owned())
        );
    }
}
