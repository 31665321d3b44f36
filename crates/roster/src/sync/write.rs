//! Writes the rows of a plan's changes: what is no longer believed is superseded, what is believed now is inserted, and the ledger
//! says so of each person. Nothing is deleted or overwritten.
//!
//! Not here: what changes ([`crate::sync::difference`]).

use db::{Id, Kind, Moment, Result, Sql, Tx, Value, Zone, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::engagement::EngagementRow;
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::profile::{self, ProfileRow};
use crate::roster_file::RosterFileKind;
use crate::source_record::RecordRow;
use crate::sync::{Change, Sort};

/// Who says it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub source: &'a str,
    /// `None` when it came one person at a time.
    pub file: Option<&'a Id<RosterFileKind>>,
}

const PERSON: Sql = sql!("insert into person (id, created_at) values ($1, $2)");
pub(super) const ENGAGEMENT: Sql = sql!(
    "insert into engagement (id, person_id, source, source_key, kind, start_on, end_on, employer, sponsor_email,
                             end_inferred, continues, recorded_at, file_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);
pub(super) const LEAVE: Sql = sql!(
    "insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at, file_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)"
);
pub(super) const RECORD: Sql = sql!(
    "insert into source_record (id, person_id, source, source_key, employee_number, email, given_name, family_name,
                                preferred_name, manager_key, department, division, cost_center, job_title, location,
                                country, language, access, tags, recorded_at, file_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
);

/// The rows of some changes, table by table.
#[derive(Default)]
struct Rows {
    people: Vec<Vec<Value>>,
    engagements: Vec<Vec<Value>>,
    profiles: Vec<Vec<Value>>,
    leaves: Vec<Vec<Value>>,
    records: Vec<Vec<Value>>,
}

/// Writes any number of changes, with one statement or few a table, and says whom they are about.
pub fn many(tx: &mut Tx, said: Said<'_>, changes: &[Change]) -> Result<Vec<Id<PersonKind>>> {
    supersede(tx, said, changes)?;
    let mut rows = Rows::default();
    let people: Vec<Id<PersonKind>> = changes.iter().map(|change| rows.add(tx, said, change)).collect();
    tx.execute_many(PERSON, rows.people)?;
    tx.execute_many(ENGAGEMENT, rows.engagements)?;
    tx.execute_many(profile::INSERT, rows.profiles)?;
    tx.execute_many(LEAVE, rows.leaves)?;
    tx.execute_many(RECORD, rows.records)?;
    let (now, zone) = (tx.now(), tx.zone()?);
    let at = At { now, zone: &zone };
    let entries = changes
        .iter()
        .zip(&people)
        .flat_map(|(change, person)| entries(said.source, change, person, at));
    ledger::record_many(tx, entries.collect())?;
    Ok(people)
}

/// Writes the change of one person, with as little waiting for the engine as can be.
pub fn one(tx: &mut Tx, said: Said<'_>, change: &Change) -> Result<Id<PersonKind>> {
    let (now, by) = (tx.now(), said.file.cloned());
    for id in &change.stale_engagements {
        tx.insert(
            sql!("update engagement set superseded_at = $1, superseded_by = $2 where id = $3"),
            &params![now, by.clone(), id],
        )?;
    }
    for id in &change.stale_profiles {
        tx.insert(
            sql!("update profile set superseded_at = $1, superseded_by = $2 where id = $3"),
            &params![now, by.clone(), id],
        )?;
    }
    for id in &change.stale_leaves {
        tx.insert(
            sql!("update leave set superseded_at = $1, superseded_by = $2 where id = $3"),
            &params![now, by.clone(), id],
        )?;
    }
    if let Some(id) = &change.stale_record {
        tx.insert(
            sql!("update source_record set superseded_at = $1, superseded_by = $2 where id = $3"),
            &params![now, by.clone(), id],
        )?;
    }
    let mut rows = Rows::default();
    let person = rows.add(tx, said, change);
    let tables = [
        (PERSON, rows.people),
        (ENGAGEMENT, rows.engagements),
        (profile::INSERT, rows.profiles),
        (LEAVE, rows.leaves),
        (RECORD, rows.records),
    ];
    for (insert, rows) in tables {
        for row in rows {
            tx.insert(insert, &row)?;
        }
    }
    let (now, zone) = (tx.now(), tx.zone()?);
    for entry in entries(said.source, change, &person, At { now, zone: &zone }) {
        ledger::record(tx, entry)?;
    }
    Ok(person)
}

/// Any number of rows takes one statement a table: their ids go into a table that is empty before and after.
fn supersede(tx: &mut Tx, said: Said<'_>, changes: &[Change]) -> Result<()> {
    let stale = || changes.iter();
    if mark_stale(tx, stale().flat_map(|change| &change.stale_engagements))? {
        sweep(
            tx,
            said,
            sql!(
                "update engagement
                 set superseded_at = $1, superseded_by = $2
                 where id in (select id from roster_stale)"
            ),
        )?;
    }
    if mark_stale(tx, stale().flat_map(|change| &change.stale_profiles))? {
        sweep(
            tx,
            said,
            sql!(
                "update profile
                 set superseded_at = $1, superseded_by = $2
                 where id in (select id from roster_stale)"
            ),
        )?;
    }
    if mark_stale(tx, stale().flat_map(|change| &change.stale_leaves))? {
        sweep(
            tx,
            said,
            sql!(
                "update leave
                 set superseded_at = $1, superseded_by = $2
                 where id in (select id from roster_stale)"
            ),
        )?;
    }
    if mark_stale(tx, stale().flat_map(|change| &change.stale_record))? {
        sweep(
            tx,
            said,
            sql!(
                "update source_record
                 set superseded_at = $1, superseded_by = $2
                 where id in (select id from roster_stale)"
            ),
        )?;
    }
    Ok(())
}

/// Supersedes the rows that are marked, and takes the marks away.
fn sweep(tx: &mut Tx, said: Said<'_>, supersede: Sql) -> Result<()> {
    let now = tx.now();
    tx.execute(supersede, &params![now, said.file.cloned()])?;
    tx.execute(sql!("delete from roster_stale"), &[])?;
    Ok(())
}

/// Whether there was any.
fn mark_stale<'a, K: Kind + 'a>(tx: &mut Tx, ids: impl Iterator<Item = &'a Id<K>>) -> Result<bool> {
    let rows = ids.map(|id| vec![Value::from(id)]);
    let marked = tx.execute_many(sql!("insert into roster_stale (id) values ($1)"), rows)?;
    Ok(marked > 0)
}

impl Rows {
    /// Adds the rows of one change and says whom it is about.
    fn add(&mut self, tx: &mut Tx, said: Said<'_>, change: &Change) -> Id<PersonKind> {
        let now = tx.now();
        let (source, key) = (said.source, change.source_id.as_str());
        let file = || said.file.cloned();
        let person = match &change.person {
            Some(person) => person.clone(),
            None => {
                let person = tx.new_id::<PersonKind>();
                self.people.push(params![&person, now].to_vec());
                person
            }
        };
        for terms in &change.engagements {
            let id = tx.new_id::<EngagementRow>();
            self.engagements.push(
                params![
                    id,
                    &person,
                    source,
                    key,
                    terms.kind.as_str(),
                    terms.start_on,
                    terms.end_on,
                    terms.employer.clone(),
                    terms.sponsor_email.clone(),
                    terms.end_inferred,
                    terms.continues,
                    now,
                    file()
                ]
                .to_vec(),
            );
        }
        for (from_on, facts) in &change.profiles {
            let said = change.record.as_ref().map(|(_, facts)| facts);
            // Nothing is left out only where the record says the same (`difference::say_once`).
            let facts = facts
                .as_deref()
                .or(said)
                .expect("a profile is written out, or its record is there");
            let id = tx.new_id::<ProfileRow>();
            let mut row = params![id, &person, *from_on].to_vec();
            row.extend(profile::values(facts));
            row.extend(params![now, file()]);
            self.profiles.push(row);
        }
        for (from_on, until_on) in &change.leaves {
            let id = tx.new_id::<LeaveRow>();
            self.leaves
                .push(params![id, &person, source, key, *from_on, *until_on, now, file()].to_vec());
        }
        if let Some((number, facts)) = &change.record {
            let id = tx.new_id::<RecordRow>();
            let mut row = params![id, &person, source, key, number.clone()].to_vec();
            row.extend(profile::values(facts));
            row.extend(params![now, file()]);
            self.records.push(row);
        }
        person
    }
}

#[derive(Clone, Copy)]
struct At<'a> {
    now: Moment,
    zone: &'a Zone,
}

/// What the ledger says of one person: the change, and the leave if it changed.
fn entries(source: &str, change: &Change, person: &Id<PersonKind>, at: At<'_>) -> Vec<Entry> {
    let about = |act| Entry::about(act, format!("person:{person}")).class(Class::C);
    let mut entries = Vec::new();
    if change.columns != ["leave"] {
        let (act, day) = match change.sort {
            Sort::Joins => (
                Act::PersonJoined,
                change.terms.as_ref().map(|terms| terms.start_on),
            ),
            Sort::Leaves => (
                Act::PersonLeft,
                change.terms.as_ref().and_then(|terms| terms.end_on),
            ),
            Sort::Moves => (Act::PersonMoved, None),
            Sort::Changes => (Act::PersonChanged, None),
        };
        let occurred = day.map_or(at.now, |day| day.noon(at.zone).min(at.now));
        let terms = change.terms.as_ref();
        entries.push(about(act).occurred(occurred).payload(json!({
            "source": source,
            "source_id": change.source_id,
            "kind": terms.map(|terms| terms.kind),
            "start_on": terms.map(|terms| terms.start_on),
            "end_on": terms.and_then(|terms| terms.end_on),
            "columns": change.columns,
        })));
    }
    if !change.leaves.is_empty() || !change.stale_leaves.is_empty() {
        let leaves: Vec<_> = change
            .leaves
            .iter()
            .map(|(from, until)| json!({ "from": from, "until": until }))
            .collect();
        entries.push(about(Act::LeaveRecorded).payload(json!({
            "source": source,
            "source_id": change.source_id,
            "leaves": leaves,
            "withdrawn": change.stale_leaves.len().saturating_sub(change.leaves.len()),
        })));
    }
    entries
}
