//! Takes back the last file of a source, as a new fact: what the file wrote is superseded, what it superseded is believed again, and
//! both stay on record. Only while nothing later has touched the same rows.
//!
//! Not here: applying a file ([`crate::sync::apply`]).

use std::collections::BTreeSet;

use db::{Id, Kind, Reader, Refusal, Result, Row, Sql, Tx, Value, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::engagement::EngagementRow;
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::precedence;
use crate::profile::{self, ProfileRow};
use crate::roster_file::{self, RosterFile, RosterFileKind};
use crate::source_record::RecordRow;
use crate::sync::write;

const REASON_CHARS_MAX: usize = 500;

/// The file of a source that can be taken back, or why none can.
#[derive(Debug, Clone)]
pub enum Undoable {
    Yes(Box<RosterFile>),
    No(&'static str),
}

/// What taking back the source's last file would meet.
pub fn last(reader: &mut Reader, source: &str) -> Result<Undoable> {
    let Some(file) = roster_file::last_of(reader, source)? else {
        return Ok(Undoable::No("No file of this source has been applied."));
    };
    if file.undoes.is_some() {
        return Ok(Undoable::No(
            "The last file of this source has been taken back already.",
        ));
    }
    let touched = reader.one(
        sql!(
            "select cast(
                 (select count(*) from engagement where file_id = $1 and superseded_at is not null)
                 + (select count(*) from profile where file_id = $1 and superseded_at is not null)
                 + (select count(*) from leave where file_id = $1 and superseded_at is not null)
                 + (select count(*) from source_record where file_id = $1 and superseded_at is not null)
                 as bigint)"
        ),
        &params![&file.id],
        |row| row.get::<i64>(0),
    )?;
    if touched.unwrap_or_default() > 0 {
        return Ok(Undoable::No(
            "Something later has changed people whom the last file of this source had changed. Correct the source and send it again.",
        ));
    }
    Ok(Undoable::Yes(Box::new(file)))
}

/// Takes back exactly this file, and says how many people that touched.
///
/// # Errors
/// A refusal when it is not the source's last, a later change touched its rows, or no reason is given.
pub fn undo(tx: &mut Tx, file: &Id<RosterFileKind>, reason: &str) -> Result<u64> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::new(
            "undo-reason",
            "Say in up to 500 characters why the file is taken back; it is kept in the ledger.",
        )
        .field("reason")
        .into());
    }
    let unknown = || Refusal::new("file-unknown", "There is no such roster file.");
    let wanted = roster_file::find(tx, file)?.ok_or_else(unknown)?;
    let undone = match last(tx, &wanted.source)? {
        Undoable::Yes(last) if last.id == wanted.id => last,
        Undoable::Yes(_) => {
            return Err(Refusal::new(
                "undo-not-last",
                "Only the last file of a source can be taken back, and a later one has been applied.",
            )
            .into());
        }
        Undoable::No(why) => return Err(Refusal::new("undo-not-possible", why).into()),
    };
    let by = tx.new_id::<RosterFileKind>();
    let mut people = BTreeSet::new();
    for table in TABLES {
        table.take_back(tx, (&undone.id, &by), &mut people)?;
    }
    let people: Vec<Id<PersonKind>> = people.into_iter().collect();
    roster_file::add_undo(tx, &by, &undone, (people.len() as u64, reason))?;
    let entries = people.iter().map(|person| {
        let entry = Entry::about(Act::PersonChanged, format!("person:{person}")).class(Class::C);
        entry.payload(json!({ "source": undone.source, "columns": ["undone"] }))
    });
    ledger::record_many(tx, entries.collect())?;
    precedence::rejoin(tx, &people)?;
    Ok(people.len() as u64)
}

/// How the rows of one table are taken back.
struct Table {
    /// People whose rows the file wrote or superseded.
    people: Sql,
    /// Rows that the file superseded, in the order of `insert`, from the id on.
    superseded: Sql,
    supersede: Sql,
    insert: Sql,
    width: usize,
    numbers: &'static [usize],
    id: fn(&mut Tx) -> Value,
}

const TABLES: [Table; 4] = [
    Table {
        people: sql!("select person_id from engagement where file_id = $1 or superseded_by = $1"),
        superseded: sql!(
            "select id, person_id, source, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, continues
             from engagement
             where superseded_by = $1"
        ),
        supersede: sql!(
            "update engagement
             set superseded_at = $1, superseded_by = $2
             where file_id = $3"
        ),
        insert: write::ENGAGEMENT,
        width: 11,
        numbers: &[5, 6, 9, 10],
        id: new::<EngagementRow>,
    },
    Table {
        people: sql!("select person_id from profile where file_id = $1 or superseded_by = $1"),
        superseded: sql!(
            "select id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key, department,
                    division, cost_center, job_title, location, country, language, access, tags
             from profile
             where superseded_by = $1"
        ),
        supersede: sql!(
            "update profile
             set superseded_at = $1, superseded_by = $2
             where file_id = $3"
        ),
        insert: profile::INSERT,
        width: 17,
        numbers: &[2],
        id: new::<ProfileRow>,
    },
    Table {
        people: sql!("select person_id from leave where file_id = $1 or superseded_by = $1"),
        superseded: sql!(
            "select id, person_id, source, source_key, from_on, until_on
             from leave
             where superseded_by = $1"
        ),
        supersede: sql!(
            "update leave
             set superseded_at = $1, superseded_by = $2
             where file_id = $3"
        ),
        insert: write::LEAVE,
        width: 6,
        numbers: &[4, 5],
        id: new::<LeaveRow>,
    },
    Table {
        people: sql!("select person_id from source_record where file_id = $1 or superseded_by = $1"),
        superseded: sql!(
            "select id, person_id, source, source_key, employee_number, email, given_name, family_name, preferred_name,
                    manager_key, department, division, cost_center, job_title, location, country, language, access, tags
             from source_record
             where superseded_by = $1"
        ),
        supersede: sql!(
            "update source_record
             set superseded_at = $1, superseded_by = $2
             where file_id = $3"
        ),
        insert: write::RECORD,
        width: 19,
        numbers: &[],
        id: new::<RecordRow>,
    },
];

fn new<K: Kind>(tx: &mut Tx) -> Value {
    Value::from(tx.new_id::<K>())
}

impl Table {
    fn take_back(
        &self,
        tx: &mut Tx,
        (undone, by): (&Id<RosterFileKind>, &Id<RosterFileKind>),
        people: &mut BTreeSet<Id<PersonKind>>,
    ) -> Result<()> {
        tx.each(self.people, &params![undone], |row| {
            people.insert(row.get(0)?);
            Ok(())
        })?;
        let mut rows: Vec<Vec<Value>> = Vec::new();
        tx.each(self.superseded, &params![undone], |row| {
            rows.push(values(row, self)?);
            Ok(())
        })?;
        let now = tx.now();
        tx.execute(self.supersede, &params![now, by, undone])?;
        for row in &mut rows {
            row[0] = (self.id)(tx);
            row.extend(params![now, by]);
        }
        tx.execute_many(self.insert, rows)?;
        Ok(())
    }
}

/// The first `width` columns; those in `numbers` hold numbers, the others text.
fn values(row: &Row, table: &Table) -> Result<Vec<Value>> {
    let value = |at: usize| {
        Ok(if table.numbers.contains(&at) {
            Value::from(row.get::<Option<i64>>(at)?)
        } else {
            Value::from(row.get::<Option<String>>(at)?)
        })
    };
    (0..table.width).map(value).collect()
}
