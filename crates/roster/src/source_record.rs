//! A source record: what one source says of one person, with when we knew it so.
//!
//! Rows are never changed: what the source says next supersedes the row and keeps it. A source's key belongs to one person for
//! good, also after the source has stopped speaking of them.
//!
//! Not here: what follows from several records of one person ([`crate::precedence`]).

use db::{Id, Kind, Moment, Reader, Result, Row, params, sql};

use crate::person::PersonKind;
use crate::profile::{self, Facts};

/// The most records one person's page reads: a handful of sources, each with a change a month for twenty years.
const PER_PERSON_MAX: i64 = 2_000;

/// The id kind of a source record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRow;

impl Kind for RecordRow {
    const PREFIX: &'static str = "rec";
}

/// What a source says, or said, of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    pub id: Id<RecordRow>,
    pub source: String,
    pub source_key: String,
    pub person: Id<PersonKind>,
    /// What other sources know the person by.
    pub employee_number: Option<String>,
    /// Absent and empty is what the source does not say.
    pub facts: Facts,
    pub recorded_at: Moment,
    pub superseded_at: Option<Moment>,
}

/// Every record of a person, what is no longer said included: by source and key, and within each by time.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<SourceRecord>> {
    reader.rows(
        sql!(
            "select id, person_id, source, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags,
                    source_key, employee_number, recorded_at, superseded_at
             from source_record
             where person_id = $1
             order by source, source_key, recorded_at, id
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<SourceRecord> {
    Ok(SourceRecord {
        id: row.get(0)?,
        person: row.get(1)?,
        source: row.get(2)?,
        facts: profile::read_facts(row)?,
        source_key: row.get(17)?,
        employee_number: row.get(18)?,
        recorded_at: row.get(19)?,
        superseded_at: row.get(20)?,
    })
}
