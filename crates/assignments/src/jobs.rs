//! Reconciling as work that is put down now and done a moment later, in small transactions that let others write.
//!
//! The kind of job is [`KIND`]. Its payload is `all`, or nothing, for everybody, or ids of people with spaces between.
//! It is safe to run twice. muster schedules everybody once a day, because days pass without anything being written.
//!
//! Not here: what reconciling does ([`crate::reconcile`]).

use db::{Actor, Db, Id, Result, Tx};
use jobs::{Failed, Job, NewJob};
use roster::person::PersonKind;

use crate::reconcile::{self, Changes, Scope};

/// What muster hears on and schedules.
pub const KIND: &str = "reconcile";

/// Seconds between two runs over everybody.
pub const EVERY_SECONDS: i64 = 86_400;

/// People that one job names; for more it is everybody's turn.
const NAMED_MAX: usize = 1_000;

/// People of a job who are reconciled in one transaction.
const TOGETHER: usize = 100;

/// Puts down that these people are to be reconciled; many of them, that everybody is.
///
/// # Errors
/// A fault of the engine.
pub fn for_people(tx: &mut Tx, people: &[Id<PersonKind>]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    if people.len() > NAMED_MAX {
        return for_all(tx);
    }
    let ids: Vec<&str> = people.iter().map(Id::as_str).collect();
    put_down(tx, ids.join(" "))
}

/// Puts down that everybody is to be reconciled.
///
/// # Errors
/// A fault of the engine.
pub fn for_all(tx: &mut Tx) -> Result<()> {
    put_down(tx, "all".to_owned())
}


/// Does the work of a job of this kind.
///
/// # Errors
/// Retry after a fault of the engine; give up when the payload names nobody.
pub async fn run(db: Db, job: Job) -> std::result::Result<(), Failed> {
    let changes = match job.payload.trim() {
        "" | "all" => everybody(&db).await?,
        named => {
            let ids = named.split_ascii_whitespace().map(str::parse).collect::<std::result::Result<Vec<_>, _>>();
            let ids = ids.map_err(|_| Failed::GiveUp("The job names somebody who cannot be a person.".to_owned()))?;
            these(&db, ids).await?
        }
    };
    tracing::info!(changes.people, changes.opened, changes.ended, "assignments reconciled");
    Ok(())
}

async fn everybody(db: &Db) -> Result<Changes> {
    let mut changes = Changes::default();
    let mut after: Option<Id<PersonKind>> = None;
    loop {
        let (some, last) =
            db.write(Actor::Job(KIND), move |tx| reconcile::batch(tx, after.as_ref())).await?;
        changes.add(some);
        if last.is_none() {
            return Ok(changes);
        }
        after = last;
    }
}

async fn these(db: &Db, people: Vec<Id<PersonKind>>) -> Result<Changes> {
    let mut changes = Changes::default();
    for some in people.chunks(TOGETHER) {
        let scope = Scope::People(some.to_vec());
        changes.add(db.write(Actor::Job(KIND), move |tx| reconcile::reconcile(tx, &scope)).await?);
    }
    Ok(changes)
}

/// The instant is part of the key: a job that is running may already be past what has just changed, so it must not
/// swallow the one that is put down now.
fn put_down(tx: &mut Tx, payload: String) -> Result<()> {
    let now = tx.now();
    let job = NewJob { kind: KIND, dedup_key: format!("{}:{payload}", now.0), payload, run_at: now };
    jobs::enqueue(tx, &job)
}
