//! What runs by the clock: users of large groups are heard of by the roster, and old requests are forgotten.

use db::{Actor, Db, Tx};
use jobs::{Failed, Job, Runner};

use crate::{connection, hearing, request, snapshot};

/// Lets the roster hear of those who wait.
pub const HEAR: &str = "scim-hear";
const HEAR_SECONDS: i64 = 10;
/// Forgets old requests.
pub const FORGET: &str = "scim-forget-requests";
const FORGET_SECONDS: i64 = 60 * 60;
/// Takes the day's snapshot of what each identity provider has said.
pub const SNAPSHOT: &str = "scim-snapshot";
const SNAPSHOT_SECONDS: i64 = 60 * 60;

/// Adds the jobs to the runner.
pub fn register(runner: Runner) -> Runner {
    runner
        .on(HEAR, hear)
        .every(HEAR, HEAR_SECONDS)
        .on(FORGET, forget)
        .every(FORGET, FORGET_SECONDS)
        .on(SNAPSHOT, take_snapshots)
        .every(SNAPSHOT, SNAPSHOT_SECONDS)
}

async fn hear(db: Db, _job: Job) -> Result<(), Failed> {
    while db.write(Actor::Job(HEAR), hearing::waiting).await? > 0 {}
    Ok(())
}

async fn forget(db: Db, _job: Job) -> Result<(), Failed> {
    while db.write(Actor::Job(FORGET), request::forget).await? > 0 {}
    Ok(())
}

async fn take_snapshots(db: Db, _job: Job) -> Result<(), Failed> {
    for connection in db.read(connection::all).await? {
        let of = connection.clone();
        let taken = db.read(move |r| snapshot::take_when_due(r, &of)).await?;
        if let Some(taken) = taken {
            let keep = move |tx: &mut Tx| snapshot::keep(tx, &connection, &taken);
            db.write(Actor::Job(SNAPSHOT), keep).await?;
        }
    }
    Ok(())
}
