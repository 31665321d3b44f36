//! A held end: a source said of one person at a time that they have left, more often than its brakes allow. Access has ended
//! already; the roster keeps the person until somebody has looked, so that no population shrinks by a mistake elsewhere.
//!
//! Not here: ending access (crate `scim`), and plans of whole files ([`crate::sync::brake`]).

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::person::PersonKind;
use crate::snapshot::{Status, Wanted};
use crate::sync::one;

/// A page of people; more than that is a broken source.
pub const LISTED_MAX: i64 = 500;
/// The brakes look back over a day.
const WINDOW_SECONDS: i64 = 24 * 60 * 60;
const REASON_CHARS_MAX: usize = 500;

/// The id kind of a held end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeldEndKind;

impl Kind for HeldEndKind {
    const PREFIX: &'static str = "hel";
}

/// An end that waits for review.
#[derive(Debug, Clone)]
pub struct HeldEnd {
    pub id: Id<HeldEndKind>,
    pub source: String,
    pub source_key: String,
    pub person: Id<PersonKind>,
    pub said_at: Moment,
}

/// What became of a held end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody has looked: the person has left.
    Ended,
    /// Somebody has looked: the source is wrong, the person stays on the roster.
    Kept,
    /// The source said later that the person is here.
    Returned,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Ended => "ended",
            Outcome::Kept => "kept",
            Outcome::Returned => "returned",
        }
    }
}

/// The ends that wait, the longest waiting first, and how many there are in all.
pub fn open(reader: &mut Reader) -> Result<(Vec<HeldEnd>, u64)> {
    let ends = reader.rows(
        sql!(
            "select id, source, source_key, person_id, said_at
             from held_end
             where settled_at is null
             order by said_at, id
             limit $1"
        ),
        &params![LISTED_MAX],
        |row| {
            Ok(HeldEnd {
                id: row.get(0)?,
                source: row.get(1)?,
                source_key: row.get(2)?,
                person: row.get(3)?,
                said_at: row.get(4)?,
            })
        },
    )?;
    let total = reader.one(
        sql!("select cast(count(*) as bigint) from held_end where settled_at is null"),
        &[],
        |row| row.get::<i64>(0),
    )?;
    Ok((ends, total.unwrap_or_default().unsigned_abs()))
}

/// The end of this key that waits.
pub fn find_open(reader: &mut Reader, source: &str, source_key: &str) -> Result<Option<HeldEnd>> {
    reader.one(
        sql!(
            "select id, person_id, said_at
             from held_end
             where source = $1
               and source_key = $2
               and settled_at is null"
        ),
        &params![source, source_key],
        |row| {
            Ok(HeldEnd {
                id: row.get(0)?,
                source: source.to_owned(),
                source_key: source_key.to_owned(),
                person: row.get(1)?,
                said_at: row.get(2)?,
            })
        },
    )
}

/// How many people the source has ended one at a time within a day, those that are held included, and how many it has here.
pub(crate) fn recent(reader: &mut Reader, source: &str) -> Result<(u64, u64)> {
    let since = reader.now().plus_seconds(-WINDOW_SECONDS);
    let today = reader.today()?;
    let count = |value: Option<i64>| value.unwrap_or_default().unsigned_abs();
    let ended = reader.one(
        sql!(
            "select cast(count(distinct person_id) as bigint)
             from engagement
             where source = $1
               and recorded_at > $2
               and end_inferred = 1
               and superseded_at is null
               and file_id is null"
        ),
        &params![source, since],
        |row| row.get::<i64>(0),
    )?;
    let held = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from held_end
             where source = $1
               and said_at > $2
               and settled_at is null"
        ),
        &params![source, since],
        |row| row.get::<i64>(0),
    )?;
    let here = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from engagement
             where source = $1
               and superseded_at is null
               and start_on <= $2
               and (end_on is null or end_on >= $2)"
        ),
        &params![source, today],
        |row| row.get::<i64>(0),
    )?;
    let ended = count(ended) + count(held);
    Ok((ended, count(here) + ended))
}

/// Puts an end down for review.
pub(crate) fn hold(tx: &mut Tx, source: &str, source_key: &str, person: &Id<PersonKind>) -> Result<()> {
    if find_open(tx, source, source_key)?.is_some() {
        return Ok(());
    }
    let id = tx.new_id::<HeldEndKind>();
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into held_end (id, source, source_key, person_id, said_at)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, source, source_key, person, now],
    )?;
    let entry = Entry::about(Act::EndHeld, format!("person:{person}")).class(Class::C);
    ledger::record(
        tx,
        entry.payload(json!({ "source": source, "source_id": source_key })),
    )?;
    Ok(())
}

/// Says what became of a held end; an end that is right is written now.
///
/// # Errors
/// A refusal when it no longer waits, or no reason is given.
pub fn settle(tx: &mut Tx, id: &Id<HeldEndKind>, outcome: Outcome, reason: &str) -> Result<()> {
    let reason = reason.trim();
    let said = !reason.is_empty() || outcome == Outcome::Returned;
    if !said || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::new(
            "end-reason",
            "Say in up to 500 characters why; it is kept in the ledger.",
        )
        .field("reason")
        .into());
    }
    let found = tx.one(
        sql!(
            "select source, source_key, person_id
             from held_end
             where id = $1
               and settled_at is null"
        ),
        &params![id],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<Id<PersonKind>>(2)?,
            ))
        },
    )?;
    let gone = || Refusal::new("end-gone", "This end no longer waits for review.");
    let (source, source_key, person) = found.ok_or_else(gone)?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "update held_end
             set settled_at = $1, settled_by = $2, outcome = $3
             where id = $4"
        ),
        &params![now, by, outcome.as_str(), id],
    )?;
    let entry = Entry::about(Act::EndSettled, format!("person:{person}")).class(Class::C);
    let payload =
        json!({ "source": source, "source_id": source_key, "outcome": outcome.as_str(), "reason": reason });
    ledger::record(tx, entry.payload(payload))?;
    if outcome == Outcome::Ended {
        let row = Wanted {
            source_id: source_key,
            status: Some(Status::Ended),
            ..Wanted::default()
        };
        one::hear_reviewed(tx, &source, &[row])?;
    }
    Ok(())
}
