//! Runs what is due, wakes when something was committed, and starts what runs by the clock.
//!
//! Any number of nodes may run at once: a job is leased to one of them at a time.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use db::{Actor, Db, Result};
use tokio::sync::watch;

use crate::{
    job::{Failed, Job, NewJob},
    queue,
};

/// Jobs leased at a time.
const CLAIM_MAX: i64 = 32;
/// How long the runner sleeps when nothing wakes it.
const POLL: Duration = Duration::from_secs(1);

type Done = Pin<Box<dyn Future<Output = std::result::Result<(), Failed>> + Send>>;
type Handler = Arc<dyn Fn(Db, Job) -> Done + Send + Sync>;

/// Who runs which kind of job, and when.
#[derive(Clone)]
pub struct Runner {
    db: Db,
    handlers: HashMap<&'static str, Handler>,
    schedule: Vec<(&'static str, i64)>,
}

impl Runner {
    pub fn new(db: Db) -> Runner {
        Runner {
            db,
            handlers: HashMap::new(),
            schedule: Vec::new(),
        }
    }

    /// Says who runs jobs of this kind.
    pub fn on<F, Fut>(mut self, kind: &'static str, run: F) -> Runner
    where
        F: Fn(Db, Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::result::Result<(), Failed>> + Send + 'static,
    {
        self.handlers
            .insert(kind, Arc::new(move |db, job| Box::pin(run(db, job))));
        self
    }

    /// Runs a kind of job every so many seconds, once for all nodes.
    pub fn every(mut self, kind: &'static str, seconds: i64) -> Runner {
        self.schedule.push((kind, seconds));
        self
    }

    /// Runs until told to stop; a job that is running is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut commits = self.db.commits();
        let mut ticks = HashMap::new();
        while !*stop.borrow() {
            if let Err(error) = self.tick(&mut ticks).await {
                tracing::error!(%error, "putting down scheduled work");
            }
            match self.run_due().await {
                Ok(0) => {
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        _ = commits.changed() => tokio::time::sleep(Duration::from_millis(20)).await,
                        _ = stop.changed() => {}
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "running jobs");
                    tokio::time::sleep(POLL).await;
                }
            }
        }
    }

    async fn tick(&self, ticks: &mut HashMap<&'static str, i64>) -> Result<()> {
        let now = self.db.now();
        for (kind, seconds) in self.schedule.clone() {
            let slot = now.0.div_euclid(seconds * 1000);
            if ticks.insert(kind, slot) == Some(slot) {
                continue;
            }
            let job = NewJob {
                kind,
                dedup_key: "tick".to_owned(),
                payload: String::new(),
                run_at: now,
            };
            self.db
                .write(Actor::Job("schedule"), move |tx| queue::enqueue(tx, &job))
                .await?;
        }
        Ok(())
    }

    /// Runs one lot of what is due now and says how many jobs that were.
    ///
    /// # Errors
    /// A fault of the engine; a job's own failure is noted on the job.
    pub async fn run_due(&self) -> Result<usize> {
        let due = self.db.read(queue::depth).await?;
        if due.waiting == 0 {
            return Ok(0);
        }
        let jobs = self
            .db
            .write(Actor::Job("runner"), |tx| queue::claim(tx, CLAIM_MAX))
            .await?;
        let count = jobs.len();
        for job in jobs {
            let outcome = match self.handlers.get(job.kind.as_str()) {
                Some(handler) => handler(self.db.clone(), job.clone()).await,
                None => Err(Failed::GiveUp(format!(
                    "No part of this program runs jobs of the kind {}.",
                    job.kind
                ))),
            };
            if let Err(Failed::Retry(why) | Failed::GiveUp(why)) = &outcome {
                tracing::warn!(job.kind, job.attempts, why, "a job failed");
            }
            self.db
                .write(Actor::Job("runner"), move |tx| queue::finish(tx, &job, &outcome))
                .await?;
        }
        Ok(count)
    }

    /// Runs until nothing is due: for tests and the command line.
    ///
    /// # Errors
    /// As for [`Runner::run_due`].
    pub async fn run_all(&self) -> Result<usize> {
        let mut total = 0;
        loop {
            match self.run_due().await? {
                0 => return Ok(total),
                n => total += n,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::Moment;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn put(db: &Db, kind: &'static str, key: &'static str) -> impl Future<Output = Result<()>> {
        let job = NewJob {
            kind,
            dedup_key: key.to_owned(),
            payload: "x".to_owned(),
            run_at: db.now(),
        };
        let db = db.clone();
        async move {
            db.write(Actor::Operator, move |tx| queue::enqueue(tx, &job))
                .await
        }
    }

    #[tokio::test]
    async fn a_job_runs_once_and_leaves_no_row() {
        let db = Db::in_memory_for_tests();
        let ran = Arc::new(AtomicI64::new(0));
        let seen = ran.clone();
        let runner = Runner::new(db.clone()).on("count", move |_, job| {
            let seen = seen.clone();
            async move {
                assert_eq!(job.payload, "x");
                seen.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        put(&db, "count", "a").await.expect("a job can be put down");
        put(&db, "count", "a").await.expect("the same again is no error");
        put(&db, "count", "b").await.expect("another key is another job");
        assert_eq!(runner.run_all().await.expect("the queue works"), 2);
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        assert_eq!(db.read(queue::depth).await.expect("reading works").waiting, 0);
    }

    #[tokio::test]
    async fn a_failure_waits_and_is_tried_again_and_a_hopeless_one_stays_visible() {
        let db = Db::in_memory_for_tests();
        let runner = Runner::new(db.clone())
            .on("later", |_, job| async move {
                if job.attempts == 0 {
                    Err(Failed::Retry("not yet".to_owned()))
                } else {
                    Ok(())
                }
            })
            .on("never", |_, _| async {
                Err(Failed::GiveUp("no such thing".to_owned()))
            });
        put(&db, "later", "a").await.expect("a job can be put down");
        put(&db, "never", "a").await.expect("a job can be put down");
        put(&db, "unknown", "a").await.expect("a job can be put down");
        runner.run_all().await.expect("the queue works");
        let depth = db.read(queue::depth).await.expect("reading works");
        assert_eq!((depth.waiting, depth.given_up), (1, 2));
        db.set_now(Moment(db.now().0 + 2_000));
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(queue::depth).await.expect("reading works").waiting, 0);
    }

    #[tokio::test]
    async fn a_job_whose_runner_died_is_leased_again() {
        let db = Db::in_memory_for_tests();
        put(&db, "count", "a").await.expect("a job can be put down");
        let lost = db
            .write(Actor::Job("runner"), |tx| queue::claim(tx, 10))
            .await
            .expect("a lease");
        assert_eq!(lost.len(), 1);
        let none = db
            .write(Actor::Job("runner"), |tx| queue::claim(tx, 10))
            .await
            .expect("a lease");
        assert_eq!(none.len(), 0, "it is leased to the first");
        db.set_now(db.now().plus_seconds(301));
        let again = db
            .write(Actor::Job("runner"), |tx| queue::claim(tx, 10))
            .await
            .expect("a lease");
        assert_eq!(again.len(), 1);
    }
}
