//! Requests that change something and come at the same time are done together: one after another, in one transaction.
//!
//! They would get into each other's way otherwise: on PostgreSQL each reads what another is just writing and has to run again,
//! and each waits for a commit of its own. Here the first who comes takes everybody who waits. Who fails alone fails alone:
//! then each is done by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use db::{Actor, Db, Error, Fault, Tx};
use identity::token;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::told::Told;
use crate::act::{self, Asking, Wish};
use crate::connection::Bearer;
use crate::pick::Picked;
use crate::quirk::Quirks;
use crate::request::{self, Request as Kept};

/// Done in one transaction; some tens of milliseconds, so that nobody waits long behind others.
const TOGETHER_MAX: usize = 32;

/// A request that changes something.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) bearer: Bearer,
    pub(super) wish: Wish,
    pub(super) picked: Picked,
    pub(super) if_match: Option<String>,
    pub(super) kept: Kept,
}

impl Job {
    fn asking<'a>(&'a self, base: &'a str) -> Asking<'a> {
        Asking {
            connection: &self.bearer.connection,
            base,
            picked: &self.picked,
            if_match: self.if_match.as_deref(),
        }
    }
}

type Done = db::Result<(Told, Quirks)>;

struct Waiting {
    job: Job,
    answer: oneshot::Sender<Done>,
}

/// Those who wait, and the one who leads. Two who lead at once were tried: on PostgreSQL they lose so many races to each
/// other that they get less done than one.
#[derive(Clone, Default)]
pub(super) struct Together {
    waiting: Arc<Mutex<VecDeque<Waiting>>>,
    leader: Arc<tokio::sync::Mutex<()>>,
}

impl Together {
    /// Does the job, with others or alone, and answers once it is on disk.
    pub(super) async fn run(&self, (db, base): (&Db, &Arc<str>), job: Job) -> Done {
        let (answer, mut done) = oneshot::channel();
        self.line().push_back(Waiting { job, answer });
        let ended = |_| Err(Fault::new("doing a SCIM request whose leader has ended").into());
        loop {
            tokio::select! {
                biased;
                done = &mut done => return done.unwrap_or_else(ended),
                guard = self.leader.clone().lock_owned() => {
                    let group = self.take();
                    if group.is_empty() {
                        // Somebody has taken ours already.
                        drop(guard);
                        return done.await.unwrap_or_else(ended);
                    }
                    // On its own: whoever leads may go away, and the others' requests are not theirs to drop.
                    tokio::spawn(lead((db.clone(), base.clone()), group, guard));
                }
            }
        }
    }

    fn line(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first in line and those behind who show the same token: a transaction has one actor.
    fn take(&self) -> Vec<Waiting> {
        let mut line = self.line();
        let Some(first) = line.front().map(|waiting| waiting.job.bearer.token.clone()) else {
            return Vec::new();
        };
        let same = |waiting: &Waiting| waiting.job.bearer.token == first;
        let count = line.iter().take_while(|waiting| same(waiting)).count();
        line.drain(..count.min(TOGETHER_MAX)).collect()
    }
}

async fn lead((db, base): (Db, Arc<str>), group: Vec<Waiting>, guard: OwnedMutexGuard<()>) {
    let (jobs, answers): (Vec<Job>, Vec<_>) = group.into_iter().map(|one| (one.job, one.answer)).unzip();
    let outcomes = match write(&db, &base, jobs.clone()).await {
        Ok(done) => done.into_iter().map(Ok).collect(),
        Err(error) if jobs.len() == 1 => vec![Err(error)],
        Err(error) => {
            if let Error::Fault(fault) = &error {
                // Alone each may well do, and then nobody else would hear of it.
                tracing::error!(%fault, "doing SCIM requests together");
            }
            let mut alone = Vec::with_capacity(jobs.len());
            for job in jobs {
                let done = write(&db, &base, vec![job]).await;
                alone.push(done.and_then(|mut done| done.pop().ok_or_else(nothing)));
            }
            alone
        }
    };
    drop(guard);
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // Whoever asked may have gone away; what was done stays done.
        drop(answer.send(outcome));
    }
}

fn nothing() -> Error {
    Fault::new("doing a SCIM request that came to nothing").into()
}

async fn write(db: &Db, base: &Arc<str>, jobs: Vec<Job>) -> db::Result<Vec<(Told, Quirks)>> {
    let Some(first) = jobs.first() else {
        return Ok(Vec::new());
    };
    let actor = Actor::Token(first.bearer.token.as_str().to_owned());
    let base = base.clone();
    db.write(actor, move |tx| {
        let wishes: Vec<_> = jobs.iter().map(|job| (job.asking(&base), &job.wish)).collect();
        act::foresee(tx, &wishes)?;
        jobs.iter().map(|job| one(tx, &base, job)).collect()
    })
    .await
}

fn one(tx: &mut Tx, base: &str, job: &Job) -> Done {
    let mut met = Quirks::default();
    let done = act::run(tx, &job.asking(base), job.wish.clone(), &mut met)?;
    let told = done.map_or_else(Told::from, Told::from);
    request::keep(tx, &job.kept.answered(&told, &met))?;
    if token::is_news(job.bearer.used_at, tx.now()) {
        token::used(tx, &job.bearer.token)?;
    }
    Ok((told, met))
}
