//! A lane: a thread with its own connection that runs closures one after another.
//!
//! The caller waits for a one-time answer; a closure that panics is undone and answered with a fault,
//! and the lane goes on.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    Actor, Clock, Error, Fault, FaultKind, Reader, Result, Tx, db::Health, postgres, sqlite, tx::Conn,
};

/// How many waiting writes share one commit on SQLite: past this the fsync is no longer what costs.
const GROUP_MAX: usize = 512;

pub(crate) enum Outcome {
    Keep,
    Undo,
    /// It lost a race with another lane; running it again may do.
    Again,
}

/// A write that waits for its lane.
pub(crate) trait Work: Send {
    fn run(&mut self, tx: &mut Tx) -> Outcome;
    /// It is the program's own work, not somebody's who waits.
    fn is_background(&self) -> bool;
    /// Tells the caller: the closure's own result, or the fault that kept it from being committed.
    fn answer(self: Box<Self>, fault: Option<Fault>);
}

pub(crate) struct Closure<F, T> {
    pub(crate) actor: Actor,
    pub(crate) clock: Clock,
    pub(crate) run: F,
    pub(crate) result: Option<Result<T>>,
    pub(crate) reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Work for Closure<F, T>
where
    F: Fn(&mut Tx) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx) -> Outcome {
        tx.actor = self.actor.clone();
        tx.reader.now = self.clock.now();
        tx.reader.zone = None;
        let result = catch_unwind(AssertUnwindSafe(|| (self.run)(tx)))
            .unwrap_or_else(|_| Err(Fault::new("running a write, which panicked").into()));
        let outcome = match &result {
            Ok(_) => Outcome::Keep,
            Err(Error::Fault(fault)) if fault.kind == FaultKind::Busy => Outcome::Again,
            Err(Error::Fault(fault)) if fault.kind == FaultKind::Full => {
                tx.no_room = true;
                Outcome::Undo
            }
            Err(_) => Outcome::Undo,
        };
        self.result = Some(result);
        outcome
    }

    fn is_background(&self) -> bool {
        matches!(self.actor, Actor::Job(_))
    }

    fn answer(self: Box<Self>, fault: Option<Fault>) {
        let result = match (fault, self.result) {
            (Some(fault), None | Some(Ok(_))) => Err(fault.into()),
            (_, Some(result)) => result,
            (None, None) => Err(Fault::new("running a write that was never run").into()),
        };
        // The caller may have gone away; what was written stays written.
        drop(self.reply.send(result));
    }
}

pub(crate) fn spawn_writer(
    name: String,
    tx: Tx,
    queue: Arc<Mutex<mpsc::Receiver<Box<dyn Work>>>>,
    health: Arc<Health>,
) -> Result<()> {
    let spawned = thread::Builder::new()
        .name(name)
        .spawn(move || write_loop(tx, &queue, &health));
    spawned
        .map(|_| ())
        .map_err(|e| Fault::of("starting a write lane", e).into())
}

fn write_loop(mut tx: Tx, queue: &Mutex<mpsc::Receiver<Box<dyn Work>>>, health: &Health) {
    let embedded = matches!(tx.reader.conn, Conn::Sqlite(_));
    loop {
        let group = next_group(queue, if embedded { GROUP_MAX } else { 1 });
        tx.no_room = false;
        let background = group.iter().all(|work| work.is_background());
        let fault = if group.is_empty() {
            return;
        } else if embedded {
            sqlite::run_group(&mut tx, group)
        } else {
            let mut fault = None;
            for work in group {
                fault = postgres::run(&mut tx, work);
            }
            fault
        };
        match fault {
            None if tx.no_room => health.ran_out(tx.reader.now),
            None => {
                health.had_room(tx.reader.now, background);
                health.commits.send_modify(|n| *n += 1);
            }
            Some(fault) if fault.kind == FaultKind::Full => health.ran_out(tx.reader.now),
            Some(fault) => tracing::error!(%fault, "committing"),
        }
    }
}

/// Waits for one piece of work and takes all that wait behind it; empty when the handle is gone.
fn next_group(queue: &Mutex<mpsc::Receiver<Box<dyn Work>>>, most: usize) -> Vec<Box<dyn Work>> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let mut group = Vec::new();
    group.extend(queue.blocking_recv());
    while !group.is_empty() && group.len() < most {
        match queue.try_recv() {
            Ok(work) => group.push(work),
            Err(_) => break,
        }
    }
    group
}

pub(crate) type Look = Box<dyn FnOnce(&mut Reader) + Send>;

pub(crate) fn spawn_reader(
    name: String,
    mut reader: Reader,
    queue: Arc<Mutex<mpsc::Receiver<Look>>>,
    clock: Clock,
) -> Result<()> {
    let spawned = thread::Builder::new().name(name).spawn(move || {
        loop {
            let look = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .blocking_recv();
            let Some(look) = look else { return };
            reader.now = clock.now();
            reader.zone = None;
            look(&mut reader);
        }
    });
    spawned
        .map(|_| ())
        .map_err(|e| Fault::of("starting a read lane", e).into())
}

/// Runs a reading closure in one snapshot.
pub(crate) fn look<T>(reader: &mut Reader, read: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
    match &mut reader.conn {
        Conn::Sqlite(_) => reader.batch("begin")?,
        Conn::Postgres(session) => session.begin()?,
    }
    let result = guarded(reader, read);
    match &mut reader.conn {
        Conn::Sqlite(_) => reader.batch("rollback")?,
        Conn::Postgres(session) => session.undo(),
    }
    result
}

/// Runs a reading closure of one statement, which is a snapshot by itself.
pub(crate) fn glance<T>(reader: &mut Reader, read: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
    if let Conn::Postgres(session) = &mut reader.conn {
        session.mend()?;
    }
    reader.glance = Some(false);
    let result = guarded(reader, read);
    reader.glance = None;
    result
}

fn guarded<T>(reader: &mut Reader, read: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| read(reader)))
        .unwrap_or_else(|_| Err(Fault::new("running a read, which panicked").into()))
}
