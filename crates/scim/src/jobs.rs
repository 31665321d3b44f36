//! What runs by the clock: users of large groups are heard of by the roster, and old requests are forgotten.

use db::{Actor, Db};
use jobs::{Failed, Job, Runner};

use crate::{hearing, request};

/// Lets the roster hear of those who wait.
pub const HEAR: &str = "scim-hear";
const HEAR_SECONDS: i64 = 10;
/// Forgets old requests.
pub const FORGET: &str = "scim-forget-requests";
const FORGET_SECONDS: i64 = 60 * 60;

/// Adds the jobs to the runner.
pub fn register(runner: Runner) -> Runner {
    runner
        .on(HEAR, hear)
        .every(HEAR, HEAR_SECONDS)
        .on(FORGET, forget)
        .every(FORGET, FORGET_SECONDS)
}

async fn hear(db: Db, _job: Job) -> Result<(), Failed> {
    while db.write(Actor::Job(HEAR), hearing::waiting).await? > 0 {}
    Ok(())
}

async fn forget(db: Db, _job: Job) -> Result<(), Failed> {
    while db.write(Actor::Job(FORGET), request::forget).await? > 0 {}
    Ok(())
}
