//! How many durable writes a second the lanes take, from writers who each wait for their answer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use std::time::Duration;

use db::{Actor, Db, Fault, Result};
use ledger::{Act, Entry, record};

use crate::{
    ground::Wanted,
    stopwatch::{Measured, start},
};

/// How long each run writes.
const RUN: Duration = Duration::from_secs(5);

/// Measures writes a second with 1, 8 and 64 writers; a write is one ledger entry, which is two inserts.
///
/// # Errors
/// A fault of the engine.
pub fn run(wanted: &Wanted, runs: usize) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.live_ground()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::of("starting the writers", e))?;
    for _ in 0..runs {
        for writers in [1, 8, 64] {
            let rate = runtime.block_on(write(&ground.db, writers))?;
            measured.add(&format!("durable writes of {writers} writers, 1/s"), rate);
        }
    }
    measured.print()
}

async fn write(db: &Db, writers: usize) -> Result<f64> {
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let started = start();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(one(db.clone(), writer, stop.clone(), done.clone())))
        .collect();
    tokio::time::sleep(RUN).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.map_err(|e| Fault::of("waiting for a writer", e))??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

async fn one(db: Db, writer: usize, stop: Arc<AtomicBool>, done: Arc<AtomicU64>) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        db.write(Actor::Job("bench"), move |tx| {
            let entry = Entry::about(
                Act::AttemptStarted,
                format!("person:per_01K000000000000000000{writer:05}"),
            );
            record(
                tx,
                entry
                    .payload(serde_json::json!({ "attempt": "att_01K00000000000000000000000", "number": 1 })),
            )
        })
        .await?;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
