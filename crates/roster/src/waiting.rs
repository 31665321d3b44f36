//! A waiting row: what a source says of somebody when it is not certain who that is. It changes nothing until somebody decides.
//!
//! A decision belongs to the source's key and holds for good, unless a later one says otherwise. Nobody's own guess is taken:
//! who decided, when and why is in the ledger.
//!
//! Not here: when a row has to wait ([`crate::sync::matching`]).

use std::collections::BTreeMap;

use db::{Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::person::{self, PersonKind};
use crate::profile::Facts;
use crate::snapshot::Wanted;
use crate::sync::Wait;
use crate::sync::matching::{Doubt, folded};
use crate::sync::one::{self, Heard};

/// A page of rows; more than that is decided by correcting the source.
pub const LISTED_MAX: i64 = 500;
/// More waiting rows than this are a source that was wrongly described.
const HEARD_MAX: i64 = 20_000;
const REASON_CHARS_MAX: usize = 500;

/// The id kind of a waiting row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitingKind;

impl Kind for WaitingKind {
    const PREFIX: &'static str = "wai";
}

/// The id kind of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionKind;

impl Kind for DecisionKind {
    const PREFIX: &'static str = "mat";
}

/// A row that waits.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    pub id: Id<WaitingKind>,
    pub source: String,
    pub source_key: String,
    pub rows: Vec<Wanted>,
    pub doubt: Doubt,
    pub candidates: Vec<Id<PersonKind>>,
    pub recorded_at: Moment,
}

/// What a waiting row is compared by.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub id: Id<WaitingKind>,
    rows: String,
    doubt: String,
    candidates: String,
}

impl Known {
    /// The rows with what the source said before while they waited; several engagements of one person say all there is.
    pub fn followed_by(&self, rows: &[&Wanted]) -> Result<Vec<Wanted>> {
        let before: Vec<Wanted> = serde_json::from_str(&self.rows)
            .map_err(|_| Error::from(Fault::new("reading a waiting row: it is not JSON")))?;
        Ok(match (rows, before.as_slice()) {
            ([row], [before]) => vec![row.after(before)],
            _ => rows.iter().map(|row| (*row).clone()).collect(),
        })
    }

    pub fn is(&self, wait: &Wait) -> bool {
        self.doubt == wait.doubt.as_str()
            && self.candidates == spaced(&wait.candidates)
            && written(&wait.rows).is_ok_and(|rows| rows == self.rows)
    }
}

/// What to call the person a row is about.
pub fn called(row: &Wanted) -> String {
    let facts = Facts {
        email: row.email.said().cloned(),
        given_name: row.given_name.said().cloned().unwrap_or_default(),
        family_name: row.family_name.said().cloned().unwrap_or_default(),
        preferred_name: row.preferred_name.said().cloned(),
        ..Facts::default()
    };
    person::called(&facts, &row.source_id)
}

/// The rows of a source that wait, by its key.
pub(crate) fn known(reader: &mut Reader, source: &str) -> Result<BTreeMap<String, Known>> {
    let mut found = BTreeMap::new();
    reader.each(
        sql!(
            "select id, source_key, rows, reason, candidates
             from waiting_row
             where source = $1
               and superseded_at is null"
        ),
        &params![source],
        |row| {
            let known = Known {
                id: row.get(0)?,
                rows: row.get(2)?,
                doubt: row.get(3)?,
                candidates: row.get(4)?,
            };
            found.insert(row.get(1)?, known);
            Ok(())
        },
    )?;
    Ok(found)
}

/// The rows that wait, the longest waiting first, and how many there are in all.
pub fn all(reader: &mut Reader) -> Result<(Vec<WaitingRow>, u64)> {
    let rows = reader.rows(
        sql!(
            "select id, source, source_key, rows, reason, candidates, recorded_at
             from waiting_row
             where superseded_at is null
             order by recorded_at, source, source_key
             limit $1"
        ),
        &params![LISTED_MAX],
        read,
    )?;
    let total = reader.one(
        sql!("select cast(count(*) as bigint) from waiting_row where superseded_at is null"),
        &[],
        |row| row.get::<i64>(0),
    )?;
    Ok((rows, total.unwrap_or_default().unsigned_abs()))
}

/// One row that waits; `None` when it does no longer.
pub fn find(reader: &mut Reader, id: &Id<WaitingKind>) -> Result<Option<WaitingRow>> {
    reader.one(
        sql!(
            "select id, source, source_key, rows, reason, candidates, recorded_at
             from waiting_row
             where id = $1
               and superseded_at is null"
        ),
        &params![id],
        read,
    )
}

/// Writes the waiting rows of a plan, and takes away those that no longer wait.
pub(crate) fn write(tx: &mut Tx, source: &str, waits: &[Wait], settled: &[Id<WaitingKind>]) -> Result<()> {
    for id in settled {
        supersede(tx, id)?;
    }
    let now = tx.now();
    let mut rows = Vec::new();
    for wait in waits.iter().filter(|wait| !wait.is_as_it_was) {
        let id = tx.new_id::<WaitingKind>();
        let said = written(&wait.rows)?;
        rows.push(
            params![
                id,
                source,
                wait.source_id.as_str(),
                said,
                wait.doubt.as_str(),
                spaced(&wait.candidates),
                now
            ]
            .to_vec(),
        );
    }
    tx.execute_many(
        sql!(
            "insert into waiting_row (id, source, source_key, rows, reason, candidates, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        rows,
    )?;
    Ok(())
}

/// What waits under a key.
pub(crate) fn under(reader: &mut Reader, source: &str, source_key: &str) -> Result<Option<Known>> {
    reader.one(
        sql!(
            "select id, rows, reason, candidates
             from waiting_row
             where source = $1
               and source_key = $2
               and superseded_at is null"
        ),
        &params![source, source_key],
        |row| {
            Ok(Known {
                id: row.get(0)?,
                rows: row.get(1)?,
                doubt: row.get(2)?,
                candidates: row.get(3)?,
            })
        },
    )
}

/// Keeps one waiting row, unless it waits already for the same reason.
pub(crate) fn keep(tx: &mut Tx, source: &str, wait: &Wait) -> Result<()> {
    match under(tx, source, &wait.source_id)? {
        Some(before) if before.is(wait) => Ok(()),
        Some(before) => write(tx, source, std::slice::from_ref(wait), &[before.id]),
        None => write(tx, source, std::slice::from_ref(wait), &[]),
    }
}

/// Hears again what waits from other sources: this one may have brought the people it is about.
pub(crate) fn hear_again(tx: &mut Tx, but: &str) -> Result<()> {
    let rows = tx.rows(
        sql!(
            "select id, source, source_key, rows, reason, candidates, recorded_at
             from waiting_row
             where superseded_at is null
               and source <> $1
             order by source, source_key
             limit $2"
        ),
        &params![but, HEARD_MAX],
        read,
    )?;
    for waiting in rows {
        one::hear(tx, &waiting.source, &waiting.rows)?;
    }
    Ok(())
}

/// Takes away what waits under a key, when there is anything.
pub(crate) fn forget(tx: &mut Tx, source: &str, source_key: &str) -> Result<()> {
    let now = tx.now();
    tx.insert(
        sql!(
            "update waiting_row
             set superseded_at = $1
             where source = $2
               and source_key = $3
               and superseded_at is null"
        ),
        &params![now, source, source_key],
    )
}

fn supersede(tx: &mut Tx, id: &Id<WaitingKind>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "update waiting_row
             set superseded_at = $1
             where id = $2"
        ),
        &params![now, id],
    )?;
    Ok(())
}

/// Who a waiting row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Person(Id<PersonKind>),
    /// Nobody who is on the roster: somebody of their own.
    Nobody,
}

/// Keeps the decision and believes the row.
///
/// # Errors
/// A refusal when the row no longer waits, the person was not among its candidates and is not on the roster, or no reason is given.
pub fn decide(tx: &mut Tx, id: &Id<WaitingKind>, decision: &Decision, reason: &str) -> Result<Heard> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::new(
            "match-reason",
            "Say in up to 500 characters how you know who it is; it is kept in the ledger.",
        )
        .field("reason")
        .into());
    }
    let gone = || {
        Refusal::new(
            "row-gone",
            "This row no longer waits; somebody has decided, or the source has changed.",
        )
    };
    let waiting = find(tx, id)?.ok_or_else(gone)?;
    let person = match decision {
        Decision::Person(person) => {
            let unknown =
                || Refusal::new("person-unknown", "There is no such person on the roster.").field("person");
            Some(person::find(tx, person)?.ok_or_else(unknown)?.id)
        }
        Decision::Nobody => None,
    };
    let decided = tx.new_id::<DecisionKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into match_decision (id, source, source_key, person_id, reason, decided_at, decided_by)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            decided,
            waiting.source.as_str(),
            waiting.source_key.as_str(),
            person.clone(),
            reason,
            now,
            by
        ],
    )?;
    let subject = match &person {
        Some(person) => format!("person:{person}"),
        None => format!("source:{}", waiting.source),
    };
    let entry = Entry::about(Act::MatchDecided, subject)
        .class(Class::C)
        .payload(json!({
            "source": waiting.source,
            "source_id": waiting.source_key,
            "doubt": waiting.doubt,
            "person": person,
            "reason": reason,
        }));
    ledger::record(tx, entry)?;
    one::hear(tx, &waiting.source, &waiting.rows)
}

/// The only candidate, when the address and the whole name are theirs too: what a person can confirm for many rows at once.
pub fn evident(reader: &mut Reader, waiting: &WaitingRow) -> Result<Option<Id<PersonKind>>> {
    let [candidate] = waiting.candidates.as_slice() else {
        return Ok(None);
    };
    let (Some(row), Some(person)) = (waiting.rows.first(), person::find(reader, candidate)?) else {
        return Ok(None);
    };
    let said = |cell: &crate::snapshot::Cell<String>| cell.said().cloned().unwrap_or_default();
    let name = folded(&said(&row.given_name), &said(&row.family_name));
    let same_name = !name.is_empty() && name == folded(&person.facts.given_name, &person.facts.family_name);
    let same_address = row.email.said().is_some() && row.email.said() == person.facts.email.as_ref();
    Ok((same_name && same_address).then(|| candidate.clone()))
}

fn written(rows: &[Wanted]) -> Result<String> {
    Ok(serde_json::to_string(rows).map_err(|e| Fault::of("writing a waiting row", e))?)
}

fn spaced(people: &[Id<PersonKind>]) -> String {
    people.iter().map(Id::as_str).collect::<Vec<_>>().join(" ")
}

fn read(row: &Row) -> Result<WaitingRow> {
    let unreadable = |what: &str| Error::from(Fault::new(format!("reading a waiting row: {what}")));
    let candidates = row.str(5)?.unwrap_or_default();
    Ok(WaitingRow {
        id: row.get(0)?,
        source: row.get(1)?,
        source_key: row.get(2)?,
        rows: serde_json::from_str(row.str(3)?.unwrap_or_default())
            .map_err(|_| unreadable("it is not JSON"))?,
        doubt: Doubt::named(row.str(4)?.unwrap_or_default())
            .ok_or_else(|| unreadable("its doubt is not one of ours"))?,
        candidates: candidates
            .split_whitespace()
            .map(|id| id.parse().map_err(|_| unreadable("a candidate is no id")))
            .collect::<Result<_>>()?,
        recorded_at: row.get(6)?,
    })
}
