//! The handle: give it a closure, wait for the answer.
//!
//! Cheap to clone. The connections live on their lanes; nobody else ever holds one.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Actor, Clock, Entropy, Fault, Moment, Reader, Result, Tx,
    clock::Dice,
    lane::{self, Closure, Look, Work},
    migrate, postgres, sqlite,
    tx::Conn,
};

/// Waiting writes beyond this make the callers wait their turn to wait.
const WAITING_MAX: usize = 4_096;
const SQLITE_READERS: usize = 2;
/// A writer mostly waits for the disk, and those who wait together share one flush: with eight, the disk set the pace.
const POSTGRES_WRITERS: usize = 16;
const POSTGRES_READERS: usize = 4;

/// Which engine, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    /// `postgres://user@host/database`
    Postgres(String),
}

/// The database.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    writes: mpsc::Sender<Box<dyn Work>>,
    looks: mpsc::Sender<Look>,
    clock: Clock,
    health: Arc<Health>,
    place: Place,
    _scratch: Option<tempfile::TempDir>,
}

/// The program's own small writes can fit into what little room is left; only after this long without a failure do
/// they count as a sign that there is room again. Somebody's write that succeeds counts at once.
const ROOM_SETTLES_MS: i64 = 30_000;

pub(crate) struct Health {
    full: AtomicBool,
    full_at: AtomicI64,
    pub(crate) commits: watch::Sender<u64>,
}

impl Health {
    pub(crate) fn ran_out(&self, now: Moment) {
        self.full_at.store(now.0, Ordering::Relaxed);
        self.full.store(true, Ordering::Relaxed);
    }

    pub(crate) fn had_room(&self, now: Moment, background: bool) {
        if !background || now.0 - self.full_at.load(Ordering::Relaxed) >= ROOM_SETTLES_MS {
            self.full.store(false, Ordering::Relaxed);
        }
    }
}

impl Db {
    /// Opens the database, brings its schema up to date, and starts the lanes.
    ///
    /// # Errors
    /// A refusal when the file was made by a newer muster; a fault when it cannot be opened.
    pub fn open(place: Place, clock: Clock, entropy: Entropy) -> Result<Db> {
        Db::start(place, clock, entropy, None)
    }

    /// A migrated SQLite file in a scratch folder, at 09:00 UTC on Monday 1 June 2026, with seeded entropy.
    pub fn in_memory_for_tests() -> Db {
        let scratch = tempfile::tempdir().expect("the system has a folder for temporary files");
        let place = Place::File(scratch.path().join("test.db"));
        let clock = Clock::fixed(Moment(1_780_304_400_000));
        Db::start(place, clock, Entropy::Seeded(42), Some(scratch))
            .expect("an empty file can be opened and migrated")
    }

    fn start(place: Place, clock: Clock, entropy: Entropy, scratch: Option<tempfile::TempDir>) -> Result<Db> {
        let (writes, waiting) = mpsc::channel(WAITING_MAX);
        let (looks, looking) = mpsc::channel(WAITING_MAX);
        let (waiting, looking) = (Arc::new(Mutex::new(waiting)), Arc::new(Mutex::new(looking)));
        let health = Arc::new(Health {
            full: AtomicBool::new(false),
            full_at: AtomicI64::new(0),
            commits: watch::channel(0).0,
        });
        let (writers, readers) = match &place {
            Place::File(_) => (1, SQLITE_READERS),
            Place::Postgres(_) => (POSTGRES_WRITERS, POSTGRES_READERS),
        };
        for n in 0..writers {
            let mut reader = Reader::new(open_writer(&place)?);
            reader.now = clock.now();
            if n == 0 {
                migrate::migrate(&mut reader, &place)?;
            }
            let tx = Tx {
                reader,
                actor: Actor::Setup,
                dice: Dice::new(entropy, n as u64)?,
                no_room: false,
            };
            lane::spawn_writer(format!("write-{n}"), tx, waiting.clone(), health.clone())?;
        }
        for n in 0..readers {
            let reader = Reader::new(open_reader(&place)?);
            lane::spawn_reader(format!("read-{n}"), reader, looking.clone(), clock.clone())?;
        }
        Ok(Db(Arc::new(Inner {
            writes,
            looks,
            clock,
            health,
            place,
            _scratch: scratch,
        })))
    }

    /// Runs the closure as one actor, at one instant, in one durable commit. The answer comes after the commit.
    /// On PostgreSQL the closure runs again when it lost a race, so it has no effect but on the transaction.
    ///
    /// # Errors
    /// The closure's own refusal or fault, or a fault of the commit; nothing is kept then.
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        run: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (work, answer) = self.work(actor, run);
        self.0.writes.send(work).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// [`Db::write`] for a thread that may wait. Panics on an async thread.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub fn write_blocking<T: Send + 'static>(
        &self,
        actor: Actor,
        run: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (work, answer) = self.work(actor, run);
        self.0.writes.blocking_send(work).map_err(|_| gone())?;
        answer.blocking_recv().map_err(|_| gone())?
    }

    fn work<T: Send + 'static>(
        &self,
        actor: Actor,
        run: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
    ) -> (Box<dyn Work>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (
            Box::new(Closure {
                actor,
                clock: self.0.clock.clone(),
                run,
                result: None,
                reply,
            }),
            answer,
        )
    }

    /// Runs the closure on one consistent snapshot.
    ///
    /// # Errors
    /// The closure's own refusal or fault, or a fault of the engine.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (look, answer) = looking(|reader| lane::look(reader, read));
        self.0.looks.send(look).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs a closure of one statement: what every request does before anything else. On PostgreSQL that is one round
    /// trip, where [`Db::read`] also begins and ends a transaction.
    ///
    /// # Errors
    /// As for [`Db::read`]; a fault when there is a second statement.
    pub async fn glance<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (look, answer) = looking(|reader| lane::glance(reader, read));
        self.0.looks.send(look).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// [`Db::read`] for a thread that may wait. Panics on an async thread.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub fn read_blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (look, answer) = looking(|reader| lane::look(reader, read));
        self.0.looks.blocking_send(look).map_err(|_| gone())?;
        answer.blocking_recv().map_err(|_| gone())?
    }

    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// Moves a fixed clock; does nothing to a real one.
    pub fn set_now(&self, to: Moment) {
        self.0.clock.set(to);
    }

    /// A write failed for want of room on the disk, and none of somebody's has succeeded since.
    pub fn is_full(&self) -> bool {
        self.0.health.full.load(Ordering::Relaxed)
    }

    /// Changes each time something was committed: for those who wait for work.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.health.commits.subscribe()
    }

    pub fn place(&self) -> &Place {
        &self.0.place
    }
}

fn looking<T: Send + 'static>(
    look: impl FnOnce(&mut Reader) -> Result<T> + Send + 'static,
) -> (Look, oneshot::Receiver<Result<T>>) {
    let (reply, answer) = oneshot::channel();
    // The caller may have gone away, which harms nobody.
    (
        Box::new(move |reader: &mut Reader| drop(reply.send(look(reader)))),
        answer,
    )
}

fn open_writer(place: &Place) -> Result<Conn> {
    match place {
        Place::File(path) => Ok(Conn::Sqlite(sqlite::open_writer(path)?)),
        Place::Postgres(url) => Ok(Conn::Postgres(Box::new(postgres::Session::writer(url)?))),
    }
}

fn open_reader(place: &Place) -> Result<Conn> {
    match place {
        Place::File(path) => Ok(Conn::Sqlite(sqlite::open_reader(path)?)),
        Place::Postgres(url) => Ok(Conn::Postgres(Box::new(postgres::Session::reader(url)?))),
    }
}

fn gone() -> Fault {
    Fault::new("asking a lane that has ended")
}

/// A consistent copy of the embedded database in one new file, made while others read and write.
///
/// # Errors
/// A fault when the target exists or cannot be written.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let conn =
        rusqlite::Connection::open(from).map_err(|e| sqlite::fault("opening the database to copy it", e))?;
    let target = to
        .to_str()
        .ok_or_else(|| Fault::new("copying the database to a path that is not UTF-8"))?;
    conn.execute("vacuum into $1", [target])
        .map_err(|e| sqlite::fault("copying the database", e))?;
    let copy = std::fs::File::open(to).map_err(|e| Fault::of("opening the copy of the database", e))?;
    copy.sync_all()
        .map_err(|e| Fault::of("putting the copy of the database on disk", e))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_remembered_until_somebody_writes_or_it_has_been_quiet_for_a_while() {
        let health = Health {
            full: AtomicBool::new(false),
            full_at: AtomicI64::new(0),
            commits: watch::channel(0).0,
        };
        let full = || health.full.load(Ordering::Relaxed);
        health.ran_out(Moment(1_000));
        health.had_room(Moment(2_000), true);
        assert!(full(), "a small write of the program's own proves nothing");
        health.had_room(Moment(2_001), false);
        assert!(!full());
        health.ran_out(Moment(3_000));
        health.had_room(Moment(33_000), true);
        assert!(!full());
    }
}
