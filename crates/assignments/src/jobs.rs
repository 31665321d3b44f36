//! Reconciling as work that is put down now and done a moment later, in small transactions that let others write.
//!
//! The kind of job is [`KIND`]. Its payload is `all`, or nothing, for everybody, or ids of people with spaces between.
//! It is safe to run twice. Everybody's turn comes once a day, because days pass without anything being written.
//!
//! Not here: what reconciling does ([`crate::reconcile`]).

use db::{Actor, Db, Id, Result, Tx};
use jobs::{Failed, Job, NewJob, Runner};
use roster::person::PersonKind;

use crate::reconcile::{self, Changes, Scope};

/// The kind of these jobs.
pub const KIND: &str = "reconcile";

/// Seconds between two runs over everybody.
const EVERY_SECONDS: i64 = 86_400;

/// People that one job names; for more it is everybody's turn.
const NAMED_MAX: usize = 1_000;

/// People of a job who are reconciled in one transaction.
const TOGETHER: usize = 100;

/// Adds this crate's work to the runner: reconciling when asked for, and for everybody once a day; reminding by the clock.
pub fn register(runner: Runner) -> Runner {
    crate::reminder::channel::register(crate::reminder::run::register(runner))
        .on(KIND, run)
        .every(KIND, EVERY_SECONDS)
}

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
            let ids = named
                .split_ascii_whitespace()
                .map(str::parse)
                .collect::<std::result::Result<Vec<_>, _>>();
            let ids =
                ids.map_err(|_| Failed::GiveUp("The job names somebody who cannot be a person.".to_owned()))?;
            these(&db, ids).await?
        }
    };
    tracing::info!(
        changes.people,
        changes.opened,
        changes.ended,
        "assignments reconciled"
    );
    Ok(())
}

async fn everybody(db: &Db) -> Result<Changes> {
    let mut changes = Changes::default();
    let mut after: Option<Id<PersonKind>> = None;
    loop {
        let (some, last) = db
            .write(Actor::Job(KIND), move |tx| reconcile::batch(tx, after.as_ref()))
            .await?;
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
        changes.add(
            db.write(Actor::Job(KIND), move |tx| reconcile::reconcile(tx, &scope))
                .await?,
        );
    }
    Ok(changes)
}

/// The instant is part of the key: a job that is running may already be past what has just changed, so it must not
/// swallow the one that is put down now.
fn put_down(tx: &mut Tx, payload: String) -> Result<()> {
    let now = tx.now();
    let job = NewJob {
        kind: KIND,
        dedup_key: format!("{}:{payload}", now.0),
        payload,
        run_at: now,
    };
    jobs::enqueue(tx, &job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ADA, organisation, person, reconcile_all};

    fn run_all(db: &Db) -> usize {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime
            .block_on(register(Runner::new(db.clone())).run_all())
            .expect("the queue works")
    }

    #[test]
    fn setting_a_rule_puts_down_work_that_gives_everybody_what_they_owe() {
        let db = organisation();
        assert!(run_all(&db) > 0);
        assert_eq!(
            reconcile_all(&db),
            Changes::default(),
            "there is nothing left to do"
        );
        assert_eq!(run_all(&db), 0);
    }

    #[test]
    fn a_job_for_some_people_leaves_the_others_alone() {
        let db = organisation();
        db.write_blocking(Actor::Operator, |tx| tx.execute(db::sql!("delete from job"), &[]))
            .expect("a clean queue");
        db.write_blocking(Actor::Operator, |tx| for_people(tx, &[person(ADA)]))
            .expect("a job can be put down");
        assert_eq!(run_all(&db), 1);
        assert_eq!(reconcile_all(&db).people, 1, "only Ben is left");
    }

    #[test]
    fn a_job_that_names_nobody_is_given_up_and_one_for_nobody_is_not_put_down() {
        let db = organisation();
        db.write_blocking(Actor::Operator, |tx| tx.execute(db::sql!("delete from job"), &[]))
            .expect("a clean queue");
        db.write_blocking(Actor::Operator, |tx| for_people(tx, &[]))
            .expect("nothing to put down");
        assert_eq!(run_all(&db), 0);
        db.write_blocking(Actor::Operator, |tx| put_down(tx, "somebody".to_owned()))
            .expect("a job can be put down");
        run_all(&db);
        assert_eq!(
            db.read_blocking(jobs::queue::depth)
                .expect("reading works")
                .given_up,
            1
        );
    }
}
