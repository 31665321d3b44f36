//! The roster's work that runs by the clock: files that were looked at and never applied are forgotten after a day.

use db::{Actor, Db};
use jobs::{Failed, Job, Runner};

use crate::upload;

/// Forgets old uploads.
pub const PURGE_UPLOADS: &str = "roster-purge-uploads";
/// An upload is then kept for at most a day and an hour.
const EVERY_SECONDS: i64 = 60 * 60;

/// Adds the roster's jobs to the runner.
pub fn register(runner: Runner) -> Runner {
    runner
        .on(PURGE_UPLOADS, purge_uploads)
        .every(PURGE_UPLOADS, EVERY_SECONDS)
}

async fn purge_uploads(db: Db, _job: Job) -> Result<(), Failed> {
    db.write(Actor::Job(PURGE_UPLOADS), upload::purge).await?;
    Ok(())
}
