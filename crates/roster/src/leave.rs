//! A leave: days on which somebody who works for us is away, both days included.
//!
//! It is open while its last day is not known. Rows are never changed: a correction supersedes the row and keeps it.
//!
//! Not here: what a leave does to a due date (crate `assignments`).

use db::{Day, Id, Kind, Moment, Reader, Result, Row, params, sql};

use crate::person::PersonKind;

/// The most leaves one person's page reads.
const PER_PERSON_MAX: i64 = 1_000;

/// The id kind of a leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaveRow;

impl Kind for LeaveRow {
    const PREFIX: &'static str = "lea";
}

/// One leave as it is, or was, known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    pub id: Id<LeaveRow>,
    pub person: Id<PersonKind>,
    pub from_on: Day,
    /// The last day away, that day included; open while `None`.
    pub until_on: Option<Day>,
    pub recorded_at: Moment,
    pub superseded_at: Option<Moment>,
}

impl Leave {
    pub fn holds_on(&self, day: Day) -> bool {
        self.from_on <= day && self.until_on.is_none_or(|until| day <= until)
    }
}

/// Every leave of a person, what is no longer believed included, in the order of day and then of knowing.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Leave>> {
    reader.rows(
        sql!(
            "select id, person_id, from_on, until_on, recorded_at, superseded_at
             from leave
             where person_id = $1
             order by from_on, recorded_at, id
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Leave> {
    Ok(Leave {
        id: row.get(0)?,
        person: row.get(1)?,
        from_on: row.get(2)?,
        until_on: row.get(3)?,
        recorded_at: row.get(4)?,
        superseded_at: row.get(5)?,
    })
}
