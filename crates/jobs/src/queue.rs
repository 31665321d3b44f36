//! The rows of waiting work. Done work leaves no row; work that was given up keeps its row and its reason.

use std::borrow::Cow;

use db::{Id, Moment, Reader, Result, Tx, params, sql};
use sha2::{Digest, Sha256};

use crate::job::{Failed, Job, JobKind, NewJob};

/// How long a lease lasts. A job that takes longer may run twice, so jobs are short or safe to repeat.
const LEASE_SECONDS: i64 = 300;
/// The longest pause between two tries: after an outage of a day, work goes on within a quarter of an hour.
const PAUSE_SECONDS_MAX: i64 = 900;
/// Tries before a job that always fails is given up: with the pauses, about a week.
const ATTEMPTS_MAX: i64 = 700;
/// Bytes of a key that is kept as it is. An index of PostgreSQL takes no more than 2,704 a row.
const KEY_BYTES_MAX: usize = 200;

/// Puts work down in the caller's transaction. Work of the same kind and key that already waits is left as it is.
///
/// # Errors
/// A fault of the engine.
pub fn enqueue(tx: &mut Tx, job: &NewJob) -> Result<()> {
    let id = tx.new_id::<JobKind>();
    tx.execute(
        sql!(
            "insert into job (id, kind, dedup_key, payload, run_at, attempts, locked_until)
             values ($1, $2, $3, $4, $5, 0, 0)
             on conflict (kind, dedup_key) where given_up_at is null do nothing"
        ),
        &params![id, job.kind, &*kept(&job.dedup_key), &job.payload, job.run_at],
    )?;
    Ok(())
}

/// Puts much work down at once, by the same rule.
///
/// # Errors
/// A fault of the engine.
pub fn enqueue_many(tx: &mut Tx, jobs: &[NewJob]) -> Result<()> {
    let mut rows = Vec::with_capacity(jobs.len());
    for job in jobs {
        let id = tx.new_id::<JobKind>();
        rows.push(
            params![
                id,
                job.kind,
                &*kept(&job.dedup_key),
                &job.payload,
                job.run_at,
                0_i64,
                0_i64
            ]
            .to_vec(),
        );
    }
    tx.insert_many(
        sql!(
            "insert into job (id, kind, dedup_key, payload, run_at, attempts, locked_until)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (kind, dedup_key) where given_up_at is null do nothing"
        ),
        rows,
    )
}

/// The key, or its SHA-256 where it is longer than an index takes.
fn kept(key: &str) -> Cow<'_, str> {
    if key.len() <= KEY_BYTES_MAX {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(hex::encode(Sha256::digest(key)))
    }
}

/// Leases up to `most` jobs that are due.
///
/// # Errors
/// A fault of the engine.
pub fn claim(tx: &mut Tx, most: i64) -> Result<Vec<Job>> {
    let jobs = tx.claimable(
        sql!(
            "select id, kind, payload, attempts
             from job
             where run_at <= $1
               and locked_until <= $1
               and given_up_at is null
             order by run_at
             limit $2"
        ),
        &params![tx.now(), most],
        |row| {
            Ok(Job {
                id: row.get(0)?,
                kind: row.get(1)?,
                payload: row.get(2)?,
                attempts: row.get(3)?,
            })
        },
    )?;
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    for job in &jobs {
        tx.execute(
            sql!("update job set locked_until = $1 where id = $2"),
            &params![until, &job.id],
        )?;
    }
    Ok(jobs)
}

/// Notes how a leased job ended.
///
/// # Errors
/// A fault of the engine.
pub fn finish(tx: &mut Tx, job: &Job, outcome: &std::result::Result<(), Failed>) -> Result<()> {
    match outcome {
        Ok(()) => {
            tx.execute(sql!("delete from job where id = $1"), &params![&job.id])?;
        }
        Err(Failed::NotBefore(moment)) => again(tx, &job.id, *moment, None)?,
        Err(Failed::Retry(why)) if job.attempts + 1 < ATTEMPTS_MAX => {
            let pause = (1_i64 << job.attempts.min(20)).min(PAUSE_SECONDS_MAX);
            again(tx, &job.id, tx.now().plus_seconds(pause), Some(why))?;
        }
        Err(Failed::Retry(why) | Failed::GiveUp(why)) => {
            tx.execute(
                sql!(
                    "update job
                     set given_up_at = $1, last_error = $2, attempts = attempts + 1
                     where id = $3"
                ),
                &params![tx.now(), why, &job.id],
            )?;
        }
    }
    Ok(())
}

fn again(tx: &mut Tx, id: &Id<JobKind>, at: Moment, failed: Option<&String>) -> Result<()> {
    tx.execute(
        sql!(
            "update job
             set run_at = $1, locked_until = 0, attempts = attempts + $2, last_error = coalesce($3, last_error)
             where id = $4"
        ),
        &params![at, i64::from(failed.is_some()), failed, id],
    )?;
    Ok(())
}

/// How much work waits, how much of it is late by more than a minute, and how much was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Depth {
    pub waiting: i64,
    pub late: i64,
    pub given_up: i64,
}

/// The state of the queue now.
///
/// # Errors
/// A fault of the engine.
pub fn depth(reader: &mut Reader) -> Result<Depth> {
    let late_before = reader.now().plus_seconds(-60);
    let found = reader.one(
        sql!(
            "select cast(count(case when given_up_at is null then 1 end) as bigint),
                    cast(count(case when given_up_at is null and run_at < $1 then 1 end) as bigint),
                    cast(count(given_up_at) as bigint)
             from job"
        ),
        &params![late_before],
        |row| {
            Ok(Depth {
                waiting: row.get(0)?,
                late: row.get(1)?,
                given_up: row.get(2)?,
            })
        },
    )?;
    Ok(found.unwrap_or(Depth {
        waiting: 0,
        late: 0,
        given_up: 0,
    }))
}
