//! The roster's work that runs by the clock: directories are read, and files that were looked at and never applied are forgotten.

use std::time::Duration;

use db::{Actor, Db, Error, Fault, Tx};
use jobs::{Failed, Job, NewJob, Runner, enqueue};
use serde::{Deserialize, Serialize};

use crate::directory::{self, reading, reading::Asked};
use crate::upload;

/// Forgets old uploads.
pub const PURGE_UPLOADS: &str = "roster-purge-uploads";
/// An upload is then kept for at most a day and an hour.
const EVERY_SECONDS: i64 = 60 * 60;

/// Looks which directories it is time to read.
pub const READ_DIRECTORIES: &str = "roster-read-directories";
/// So often; a directory's own pause is in hours.
const LOOK_SECONDS: i64 = 5 * 60;
/// Reads one directory; its payload is an [`Errand`].
const READ_DIRECTORY: &str = "roster-read-directory";
/// How long other work waits for a directory. A slower one is read to its end beside them, and says itself what came of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which directory, and the account of whoever asked for it and will look at the plan.
#[derive(Serialize, Deserialize)]
struct Errand {
    source: String,
    account: Option<String>,
}

/// Adds the roster's jobs to the runner.
pub fn register(runner: Runner) -> Runner {
    runner
        .on(PURGE_UPLOADS, purge_uploads)
        .every(PURGE_UPLOADS, EVERY_SECONDS)
        .on(READ_DIRECTORIES, read_directories)
        .every(READ_DIRECTORIES, LOOK_SECONDS)
        .on(READ_DIRECTORY, read_directory)
}

/// Puts down that a directory is to be read now, for somebody who will look at the plan.
///
/// # Errors
/// A fault of the engine.
pub fn ask_for(tx: &mut Tx, source: &str, account: &str) -> db::Result<()> {
    put_down(
        tx,
        &Errand {
            source: source.to_owned(),
            account: Some(account.to_owned()),
        },
    )
}

fn put_down(tx: &mut Tx, errand: &Errand) -> db::Result<()> {
    let payload =
        serde_json::to_string(errand).map_err(|e| Fault::of("writing down which directory to read", e))?;
    let job = NewJob {
        kind: READ_DIRECTORY,
        dedup_key: errand.source.clone(),
        payload,
        run_at: tx.now(),
    };
    enqueue(tx, &job)
}

async fn read_directories(db: Db, _job: Job) -> Result<(), Failed> {
    db.write(Actor::Job(READ_DIRECTORIES), |tx| {
        let now = tx.now();
        for directory in directory::all(tx)? {
            let past = reading::recent(tx, &directory.source)?;
            if reading::is_due(directory.hours, &past, now) {
                let errand = Errand {
                    source: directory.source,
                    account: None,
                };
                put_down(tx, &errand)?;
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

async fn read_directory(db: Db, job: Job) -> Result<(), Failed> {
    let Errand { source, account } = serde_json::from_str(&job.payload)
        .map_err(|e| Failed::GiveUp(format!("reading which directory to read: {e}")))?;
    let (asked, by) = match account {
        Some(account) => (Asked::ByHand, Actor::Person(account)),
        None => (Asked::ByTheClock, Actor::Source(source.clone())),
    };
    let mut task = tokio::spawn(async move { reading::run(&db, &source, asked, by).await });
    let Ok(done) = tokio::time::timeout(PATIENCE, &mut task).await else {
        return Ok(());
    };
    match done {
        // A refusal is that somebody was quicker, or that the directory is no longer read.
        Ok(Ok(_) | Err(Error::Refused(_))) => Ok(()),
        Ok(Err(Error::Fault(fault))) => Err(Failed::Retry(fault.to_string())),
        Err(broken) => Err(Failed::GiveUp(format!("reading a directory: {broken}"))),
    }
}

async fn purge_uploads(db: Db, _job: Job) -> Result<(), Failed> {
    db.write(Actor::Job(PURGE_UPLOADS), upload::purge).await?;
    Ok(())
}
