//! What would change if a source were believed: a plan, made without touching anything, that can be shown, asserted and refused.
//!
//! The plan's id is a digest of what it would write and of the roster it was made against: if either is no longer so, so is the id.
//! People are matched by the source's own key and by nothing else. A refused row empties the plan; a held plan waits for approval.
//!
//! Reading order: [`known`] (the roster as it is), [`stay`] and [`difference`] (one person), [`brake`] (when to stop), [`apply`].

pub mod apply;
pub mod brake;
pub mod difference;
pub mod known;
pub mod stay;

use std::collections::{BTreeSet, HashMap, HashSet};

use db::{Day, Fault, Id, Result};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::engagement::EngagementRow;
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::profile::{Facts, ProfileRow};
use crate::snapshot::{RefusedRow, Snapshot, Wanted};
use crate::source::Mode;
use brake::Measure;
use difference::{Case, Outcome};
use known::{Known, Roster};
use stay::Terms;

/// How many people of each sort a plan's JSON lists; the counts are always whole.
pub const LISTED_MAX: usize = 200;
/// How many ids or addresses a note names.
const NOTED_MAX: usize = 10;

/// How a source is to be understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub mode: Mode,
}

/// What the change is to the roster as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Joins,
    Leaves,
    Moves,
    Changes,
}

/// Everything a plan would write about one person.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    pub source_id: String,
    /// Not part of the plan's id: the order of rows is no fact about anybody.
    #[serde(skip)]
    pub line: Option<u64>,
    pub sort: Sort,
    /// `None` when the person is new to the roster.
    pub person: Option<Id<PersonKind>>,
    #[serde(skip)]
    pub name: String,
    /// The template's columns that change, in its order.
    pub columns: Vec<&'static str>,
    pub stale_engagements: Vec<Id<EngagementRow>>,
    pub engagements: Vec<Terms>,
    pub stale_profiles: Vec<Id<ProfileRow>>,
    pub profiles: Vec<(Day, Facts)>,
    pub stale_leaves: Vec<Id<LeaveRow>>,
    pub leaves: Vec<(Day, Option<Day>)>,
    /// The terms that hold, or held last, once this is applied; `None` when the person never came.
    #[serde(skip)]
    pub terms: Option<Terms>,
    /// The manager who was known is no longer.
    #[serde(skip)]
    pub loses_manager: bool,
}

/// What would change.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Hex SHA-256.
    pub id: String,
    pub source: String,
    pub mode: Mode,
    pub rows: u64,
    pub joiners: u64,
    pub leavers: u64,
    pub movers: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// While there is one, nothing changes.
    pub refused: Vec<RefusedRow>,
    /// Why the plan needs approval: finished sentences.
    pub held: Vec<String>,
    pub notes: Vec<String>,
    /// In the order of source_id.
    pub changes: Vec<Change>,
}

/// Compares what a source says with the roster as it is.
///
/// # Errors
/// A fault when the plan has no canonical form, which no input can cause.
pub fn plan(have: &Roster, want: &Snapshot, today: Day, settings: Settings) -> Result<Plan> {
    let mut draft = Draft {
        refused: want.refused.clone(),
        ..Draft::default()
    };
    let rows = by_person(&want.wanted);
    if draft.refused.is_empty() {
        let case = Case {
            today,
            mode: settings.mode,
        };
        draft.compare(have, &rows, case);
    }
    if !draft.refused.is_empty() {
        draft = Draft {
            refused: draft.refused,
            ..Draft::default()
        };
    }
    draft.refused.sort();
    let count = |sort| draft.changes.iter().filter(|change| change.sort == sort).count() as u64;
    let measure = Measure::of(have, want, &draft.changes, today);
    let held = if draft.refused.is_empty() {
        brake::held(&measure, settings.mode)
    } else {
        Vec::new()
    };
    let mut plan = Plan {
        id: String::new(),
        source: have.source.clone(),
        mode: settings.mode,
        rows: want.rows,
        joiners: count(Sort::Joins),
        leavers: count(Sort::Leaves),
        movers: count(Sort::Moves),
        changed: count(Sort::Changes),
        unchanged: draft.unchanged,
        held,
        notes: notes(have, want, &rows, &draft),
        refused: draft.refused,
        changes: draft.changes,
    };
    plan.id = identify(&plan, have, today)?;
    Ok(plan)
}

impl Plan {
    /// The contract's keys, and added ones: `mode`, `notes`, and up to [`LISTED_MAX`] people of each sort.
    pub fn to_json(&self) -> Value {
        json!({
            "plan": self.id,
            "source": self.source,
            "mode": self.mode,
            "rows": self.rows,
            "joiners": self.joiners,
            "leavers": self.leavers,
            "movers": self.movers,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "held": self.held,
            "notes": self.notes,
            "joining": self.listed(Sort::Joins),
            "leaving": self.listed(Sort::Leaves),
            "moving": self.listed(Sort::Moves),
            "changing": self.listed(Sort::Changes),
        })
    }

    /// The people of one sort, in the order of source_id.
    pub fn of(&self, sort: Sort) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.sort == sort)
    }

    pub fn changes_nothing(&self) -> bool {
        self.changes.is_empty()
    }

    fn listed(&self, sort: Sort) -> Vec<Value> {
        self.of(sort).take(LISTED_MAX).map(Change::to_json).collect()
    }
}

impl Change {
    fn to_json(&self) -> Value {
        json!({
            "source_id": self.source_id,
            "name": self.name,
            "line": self.line,
            "person_type": self.terms.as_ref().map(|terms| terms.kind),
            "start_date": self.terms.as_ref().map(|terms| terms.start_on),
            "end_date": self.terms.as_ref().and_then(|terms| terms.end_on),
            "columns": self.columns,
        })
    }
}

#[derive(Default)]
struct Draft {
    changes: Vec<Change>,
    refused: Vec<RefusedRow>,
    unchanged: u64,
    left_out: u64,
    start_assumed: u64,
}

impl Draft {
    /// Walks through the people who are known and those of the rows in step, both in the order of source_id.
    fn compare(&mut self, have: &Roster, rows: &[&Wanted], case: Case) {
        let mut people = have.people.iter().peekable();
        for rows in rows.chunk_by(|a, b| a.source_id == b.source_id) {
            let key = &rows[0].source_id;
            while let Some(absent) = people.next_if(|known| known.source_key < *key) {
                self.miss(absent, case);
            }
            let known = people.next_if(|known| known.source_key == *key);
            self.add(difference::compare(key, known, rows, case));
        }
        for absent in people {
            self.miss(absent, case);
        }
    }

    /// Only a full file says something by leaving somebody out.
    fn miss(&mut self, known: &Known, case: Case) {
        if case.mode == Mode::Full {
            self.add(difference::absent(known, case));
        }
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Same => self.unchanged += 1,
            Outcome::Silent => {}
            Outcome::LeftOut => self.left_out += 1,
            Outcome::Refused(row) => self.refused.push(row),
            Outcome::Differs {
                change,
                start_assumed,
            } => {
                self.start_assumed += u64::from(start_assumed);
                self.changes.push(*change);
            }
        }
    }
}

/// In the order of source_id, and each person's in the order of start.
fn by_person(wanted: &[Wanted]) -> Vec<&Wanted> {
    let mut rows: Vec<&Wanted> = wanted.iter().collect();
    rows.sort_by_key(|row| (row.source_id.as_str(), row.start_on.said()));
    rows
}

fn identify(plan: &Plan, have: &Roster, today: Day) -> Result<String> {
    let mut digest = Sha256::new();
    let head = json!([
        "muster roster plan 1",
        plan.source,
        plan.mode,
        today,
        plan.refused,
        plan.held
    ]);
    let unwritable = |e| Fault::of("writing a roster plan to its digest", e);
    serde_json::to_writer(&mut digest, &head).map_err(unwritable)?;
    for known in &have.people {
        known.feed(&mut digest);
    }
    for change in &plan.changes {
        serde_json::to_writer(&mut digest, change).map_err(unwritable)?;
    }
    Ok(hex::encode(digest.finalize()))
}

fn notes(have: &Roster, want: &Snapshot, rows: &[&Wanted], draft: &Draft) -> Vec<String> {
    let mut notes = want.notes.clone();
    if draft.left_out > 0 {
        notes.push(format!("{} people who had already ended are left out: they were never on the roster and have no end date.", draft.left_out));
    }
    if draft.start_assumed > 0 {
        notes.push(format!(
            "{} people have no start date: they are taken to start on the day the file is applied.",
            draft.start_assumed
        ));
    }
    if !draft.refused.is_empty() {
        notes.push(
            "Nothing changes while a row is refused. Correct the rows and send the whole file again."
                .to_owned(),
        );
        return notes;
    }
    let mut by_email: HashMap<&str, &str> = HashMap::with_capacity(rows.len());
    let shared = sorted(rows.iter().filter_map(|row| {
        let email = row.email.said()?;
        let first = *by_email.entry(email).or_insert(&row.source_id);
        (first != row.source_id).then_some(email.as_str())
    }));
    if !shared.is_empty() {
        notes.push(format!(
            "{} addresses belong to more than one person of the file: {}.",
            shared.len(),
            named(&shared)
        ));
    }
    let elsewhere = sorted(
        by_email
            .keys()
            .copied()
            .filter(|email| have.elsewhere.contains(*email)),
    );
    if !elsewhere.is_empty() {
        notes.push(format!(
            "{} addresses are also on the roster from another source, and stay separate people: {}.",
            elsewhere.len(),
            named(&elsewhere)
        ));
    }
    notes.extend(manager_notes(have, rows, &by_email));
    notes
}

/// A manager who is not in the file is no error: exports leave managers out.
fn manager_notes(have: &Roster, rows: &[&Wanted], by_email: &HashMap<&str, &str>) -> Vec<String> {
    let is_known = |key: &str| {
        rows.binary_search_by(|row| row.source_id.as_str().cmp(key))
            .is_ok()
            || have.knows(key)
            || by_email.contains_key(key)
            || have.elsewhere.contains(key)
    };
    let managed = || rows.iter().filter_map(|row| Some((row, row.manager.said()?)));
    let is_own =
        |row: &Wanted, key: &str| key == row.source_id || row.email.said().is_some_and(|email| email == key);
    let managers: HashSet<&str> = managed().map(|(_, key)| key.as_str()).collect();
    let unknown = sorted(managers.into_iter().filter(|key| !is_known(key)));
    let own = sorted(
        managed()
            .filter(|(row, key)| is_own(row, key))
            .map(|(row, _)| row.source_id.as_str()),
    );
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        notes.push(format!(
            "{} managers are in no row and not on the roster: {}.",
            unknown.len(),
            named(&unknown)
        ));
    }
    if !own.is_empty() {
        notes.push(format!(
            "{} people are given as their own manager: {}.",
            own.len(),
            named(&own)
        ));
    }
    notes
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

fn named(texts: &[&str]) -> String {
    let shown = texts
        .iter()
        .take(NOTED_MAX)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = texts.len().saturating_sub(NOTED_MAX);
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}
