//! What would change if a source were believed: a plan, made without touching anything, that can be shown, asserted and refused.
//!
//! The plan's id is a digest of what it would write and of the roster it was made against: if either is no longer so, so is the id.
//! A source finds its people by its own key, and others by what [`matching`] allows; a row whose person is not certain waits.
//! A refused row empties the plan; a held plan waits for approval.
//!
//! Reading order: [`known`] (the roster as it is), [`matching`] (who a new row is about), [`stay`] and [`difference`] (one person),
//! [`walk`] (everybody), [`brake`] (when to stop), [`apply`], [`one`] (a single person, at once), [`undo`].

pub mod apply;
pub mod away;
pub mod brake;
pub mod difference;
pub mod known;
pub mod matching;
pub mod one;
pub mod stay;
pub mod undo;
pub mod walk;
pub mod write;

use db::{Day, Id};
use serde::Serialize;
use serde_json::{Value, json};

use crate::engagement::EngagementRow;
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::profile::{Facts, ProfileRow};
use crate::snapshot::{RefusedRow, Wanted};
use crate::source::Mode;
use crate::source_record::RecordRow;
use crate::waiting::WaitingKind;
use matching::Doubt;
use stay::Terms;

/// How many people of each sort a plan's JSON lists; the counts are always whole.
pub const LISTED_MAX: usize = 200;
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
    /// From which day what holds; `None` is what [`Change::record`] says, which it nearly always is.
    pub profiles: Vec<(Day, Option<Box<Facts>>)>,
    pub stale_leaves: Vec<Id<LeaveRow>>,
    pub leaves: Vec<(Day, Option<Day>)>,
    pub stale_record: Option<Id<RecordRow>>,
    /// What the source says from now on: the employee number and the facts.
    pub record: Option<(Option<String>, Facts)>,
    /// The terms that hold, or held last, once this is applied; `None` when the person never came.
    #[serde(skip)]
    pub terms: Option<Terms>,
    /// The manager who was known is no longer.
    #[serde(skip)]
    pub loses_manager: bool,
    /// Their last engagement from this source ends.
    #[serde(skip)]
    pub ends: bool,
}

/// A row that changes nothing until somebody has said who it is about.
#[derive(Debug, Clone, Serialize)]
pub struct Wait {
    pub source_id: String,
    #[serde(skip)]
    pub line: u64,
    #[serde(skip)]
    pub name: String,
    pub doubt: Doubt,
    pub candidates: Vec<Id<PersonKind>>,
    pub rows: Vec<Wanted>,
    /// It waits already, and for the same reason.
    #[serde(skip)]
    pub is_as_it_was: bool,
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
    /// In the order of source_id.
    pub waits: Vec<Wait>,
    /// Rows that waited and no longer do.
    pub settled: Vec<Id<WaitingKind>>,
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
            "waiting": self.waits.iter().take(LISTED_MAX).map(Wait::to_json).collect::<Vec<_>>(),
        })
    }

    /// The people of one sort, in the order of source_id.
    pub fn of(&self, sort: Sort) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.sort == sort)
    }

    pub fn changes_nothing(&self) -> bool {
        self.changes.is_empty() && self.settled.is_empty() && self.waits.iter().all(|wait| wait.is_as_it_was)
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

impl Wait {
    fn to_json(&self) -> Value {
        json!({
            "source_id": self.source_id,
            "name": self.name,
            "line": self.line,
            "doubt": self.doubt,
            "candidates": self.candidates,
        })
    }
}
