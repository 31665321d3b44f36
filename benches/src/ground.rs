//! Where a benchmark stands: an empty database, on SQLite in a folder of its own or on a PostgreSQL given to it.
//!
//! A PostgreSQL database is emptied before it is used, so its name has to say that it is there for this.

use std::path::PathBuf;

use db::{Clock, Db, Entropy, Fault, Moment, Place, Refusal, Result};

use crate::{
    organisation,
    stopwatch::{say, timed},
};

/// 09:00 UTC on Tuesday 1 December 2026: data that is made has its days around this one.
pub const NOW: Moment = Moment(1_796_115_600_000);

/// The word that a database has to have in its name before it is emptied.
const WORD: &str = "bench";

/// A database to measure on.
pub struct Ground {
    pub db: Db,
    pub place: Place,
    _scratch: Option<tempfile::TempDir>,
}

/// Which engine, and which clock.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// `postgres://…`; SQLite when absent.
    pub database: Option<String>,
    /// Where SQLite files are made; the system's folder for temporary files when absent.
    pub folder: Option<PathBuf>,
}

impl Wanted {
    /// An empty database at [`NOW`], where time stands still.
    ///
    /// # Errors
    /// A fault when it cannot be made.
    pub fn ground(&self) -> Result<Ground> {
        self.with(Clock::fixed(NOW))
    }

    /// An empty database where time goes on.
    ///
    /// # Errors
    /// A fault when it cannot be made.
    pub fn live_ground(&self) -> Result<Ground> {
        self.with(Clock::System)
    }

    fn with(&self, clock: Clock) -> Result<Ground> {
        let (place, scratch) = match &self.database {
            Some(url) => {
                empty(url)?;
                (Place::Postgres(url.clone()), None)
            }
            None => {
                let scratch = self.scratch()?;
                (Place::File(scratch.path().join("muster.db")), Some(scratch))
            }
        };
        let db = Db::open(place.clone(), clock, Entropy::System)?;
        Ok(Ground {
            db,
            place,
            _scratch: scratch,
        })
    }

    /// The made-up organisation of so many people. With a folder, it is made there once and kept for next time.
    ///
    /// # Errors
    /// A fault when it cannot be made.
    pub fn organisation(&self, people: usize) -> Result<Ground> {
        let kept = self.folder.as_ref().filter(|_| self.database.is_none());
        let Some(folder) = kept.map(|folder| folder.join(format!("organisation-{people}"))) else {
            let ground = self.ground()?;
            make(&ground.db, people)?;
            return Ok(ground);
        };
        let (file, made) = (folder.join("muster.db"), folder.join("made"));
        let open = || Db::open(Place::File(file.clone()), Clock::fixed(NOW), Entropy::System);
        let failed = |e| Fault::of("keeping the made-up organisation", e);
        if !made.exists() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(failed)?;
            }
            std::fs::create_dir_all(&folder).map_err(failed)?;
            make(&open()?, people)?;
            std::fs::write(&made, "").map_err(failed)?;
        }
        Ok(Ground {
            db: open()?,
            place: Place::File(file),
            _scratch: None,
        })
    }

    /// A folder that goes when it is dropped.
    ///
    /// # Errors
    /// A fault when it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir> {
        let made = match &self.folder {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        made.map_err(|e| Fault::of("making a folder to measure in", e).into())
    }
}

fn make(db: &Db, people: usize) -> Result<()> {
    say("Making the organisation; this is not measured.")?;
    let (took, ()) = timed(|| organisation::make(db, people))?;
    say(&format!("It took {} s.", took.as_secs()))
}

fn empty(url: &str) -> Result<()> {
    let name = url
        .rsplit('/')
        .next()
        .and_then(|rest| rest.split('?').next())
        .unwrap_or_default();
    if !name.contains(WORD) {
        let sentence =
            format!("The database {name} would be emptied. Give one whose name has “{WORD}” in it.");
        return Err(Refusal::new("not-for-benchmarks", sentence)
            .field("--database")
            .into());
    }
    let mut client = postgres::Client::connect(url, postgres::NoTls)
        .map_err(|e| Fault::of("connecting to the database to measure on", e))?;
    client
        .batch_execute("drop schema public cascade; create schema public")
        .map_err(|e| Fault::of("emptying the database to measure on", e).into())
}
