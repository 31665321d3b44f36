//! An engagement: that somebody works for us, in what capacity, and from when to when.
//!
//! The last day of work counts. Rows are never changed: a correction supersedes the row and keeps it.
//! A change of kind ends one engagement and continues it in another on the next day.
//!
//! Not here: who the person is ([`crate::profile`]) and how a source changes it ([`crate::sync`]).

use std::fmt;
use std::str::FromStr;

use db::{Day, Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, params, sql};
use serde::{Deserialize, Serialize};

use crate::person::PersonKind;

/// The most engagements one person's page reads: a lifetime of short contracts.
const PER_PERSON_MAX: i64 = 1_000;

/// The id kind of an engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngagementRow;

impl Kind for EngagementRow {
    const PREFIX: &'static str = "eng";
}

/// In what capacity somebody works for us. The order is the order of listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngagementKind {
    Employee,
    Contractor,
    Intern,
    Temp,
    VendorStaff,
    Board,
    Other,
}

impl EngagementKind {
    pub const ALL: [EngagementKind; 7] = [
        EngagementKind::Employee,
        EngagementKind::Contractor,
        EngagementKind::Intern,
        EngagementKind::Temp,
        EngagementKind::VendorStaff,
        EngagementKind::Board,
        EngagementKind::Other,
    ];

    /// As the table, the template and the command line spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            EngagementKind::Employee => "employee",
            EngagementKind::Contractor => "contractor",
            EngagementKind::Intern => "intern",
            EngagementKind::Temp => "temp",
            EngagementKind::VendorStaff => "vendor_staff",
            EngagementKind::Board => "board",
            EngagementKind::Other => "other",
        }
    }

    /// As a page says it.
    pub fn label(self) -> &'static str {
        match self {
            EngagementKind::Employee => "Employee",
            EngagementKind::Contractor => "Contractor",
            EngagementKind::Intern => "Intern",
            EngagementKind::Temp => "Temporary",
            EngagementKind::VendorStaff => "Supplier’s staff",
            EngagementKind::Board => "Board",
            EngagementKind::Other => "Other",
        }
    }
}

impl fmt::Display for EngagementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EngagementKind {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<EngagementKind, Refusal> {
        EngagementKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                Refusal::new(
                "kind-unknown",
                "The kind must be one of employee, contractor, intern, temp, vendor_staff, board and other.",
            )
            .field("kind")
            })
    }
}

/// One engagement as it is, or was, known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    pub id: Id<EngagementRow>,
    pub person: Id<PersonKind>,
    pub source: String,
    pub source_key: String,
    pub kind: EngagementKind,
    pub start_on: Day,
    /// The last day of work, that day included; open while `None`.
    pub end_on: Option<Day>,
    pub employer: Option<String>,
    pub sponsor_email: Option<String>,
    /// No file gave the end: the person was absent, or only marked as ended.
    pub end_inferred: bool,
    /// The first day of the stay it carries on under another kind; `None` when it begins one.
    pub continues: Option<Day>,
    pub recorded_at: Moment,
    /// When we knew better; the row is what we know while `None`.
    pub superseded_at: Option<Moment>,
}

impl Engagement {
    pub fn holds_on(&self, day: Day) -> bool {
        self.start_on <= day && self.end_on.is_none_or(|end| day <= end)
    }

    /// Not over before the day: it holds then, or will later.
    pub fn lasts_to(&self, day: Day) -> bool {
        self.end_on.is_none_or(|end| day <= end)
    }
}

/// Every engagement of a person, what is no longer believed included, in the order of start and then of knowing.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Engagement>> {
    reader.rows(
        sql!(
            "select id, person_id, source, source_key, kind, start_on, end_on, employer, sponsor_email,
                    end_inferred, continues, recorded_at, superseded_at
             from engagement
             where person_id = $1
             order by start_on, recorded_at, id
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

pub(crate) fn read(row: &Row) -> Result<Engagement> {
    Ok(Engagement {
        id: row.get(0)?,
        person: row.get(1)?,
        source: row.get(2)?,
        source_key: row.get(3)?,
        kind: stored_kind(&row.get::<String>(4)?)?,
        start_on: row.get(5)?,
        end_on: row.get(6)?,
        employer: row.get(7)?,
        sponsor_email: row.get(8)?,
        end_inferred: row.get(9)?,
        continues: row.get(10)?,
        recorded_at: row.get(11)?,
        superseded_at: row.get(12)?,
    })
}

/// The kind as a row holds it.
pub(crate) fn stored_kind(text: &str) -> Result<EngagementKind> {
    text.parse()
        .map_err(|_: Refusal| Error::from(Fault::new("reading an engagement: its kind is not one of ours")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_as_itself() {
        for kind in EngagementKind::ALL {
            assert_eq!(
                kind.as_str()
                    .parse::<EngagementKind>()
                    .expect("it was written by us"),
                kind
            );
        }
        assert!("Employee".parse::<EngagementKind>().is_err());
    }
}
