//! A whole organisation for the length of a story: muster on one engine, its clock, its mail and its people.
//!
//! [`World::story`] tells a story twice, on SQLite and on PostgreSQL. It is nine in the morning of Monday 1 June 2026
//! in UTC and stays so until the story says otherwise. Randomness is seeded. Jobs run only when the story says so. At
//! the end a story fails unless no job is due, none was given up, the ledger verifies from its first entry, and
//! nothing was logged as a fault.
//!
//! Not here: what people see and do ([`crate::browser`]); the server, its sockets and its death (`tests/faults.rs`).

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use axum::Router;
use db::{Actor, Clock, Day, Db, Entropy, Moment, Place, Zone};
use identity::Door;
use muster::app::{App, Purpose};
use roster::engagement::EngagementKind;
use scim::connection::{self, NewConnection, Newcomers};
use scim::quirk::Profile;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::browser::{Browser, Chosen};
use crate::cast::{ADA, Member, ROSTER};
use crate::faults;
use crate::letter;
use crate::postgres::{Database, Server};
use crate::provider::Provider;

/// The address people type, without `https://`.
pub const HOST: &str = "training.cast.example";
/// Monday 1 June 2026, 09:00 UTC.
pub const START: Moment = Moment(1_780_304_400_000);
const NINE_HOURS: i64 = 9 * 3600;
const SEED: u64 = 20_260_601;

/// Which engine a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What the browsers of a story share.
pub(crate) struct House {
    runtime: Runtime,
    router: RefCell<Router>,
}

/// An organisation and everybody in it.
pub struct World {
    engine: Engine,
    app: App,
    house: Rc<House>,
    scratch: TempDir,
    _database: Option<Database>,
}

impl World {
    /// Tells the story on both engines.
    ///
    /// # Panics
    /// When the story does, or when it leaves something behind that no story may leave; the thread's name says on
    /// which engine.
    pub fn story(story: impl Fn(&mut World) + Sync) {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            Self::story_on(engine, &story);
        }
    }

    /// Tells the story on one engine.
    ///
    /// # Panics
    /// As for [`World::story`].
    pub fn story_on(engine: Engine, story: impl Fn(&mut World) + Sync) {
        let told = std::thread::scope(|scope| {
            let teller = std::thread::Builder::new().name(format!("the story on {engine:?}"));
            let told = teller.spawn_scoped(scope, || {
                faults::listen();
                let mut world = Self::begin(engine);
                story(&mut world);
            });
            told.expect("the system starts a thread").join()
        });
        if let Err(panic) = told {
            std::panic::resume_unwind(panic);
        }
    }

    fn begin(engine: Engine) -> World {
        let scratch = tempfile::tempdir().expect("the system has a folder for temporary files");
        let database = (engine == Engine::Postgres).then(|| Server::shared().copy_of("migrated", migrate));
        let place = match &database {
            Some(database) => Place::Postgres(database.url()),
            None => Place::File(scratch.path().join("muster.db")),
        };
        let db =
            Db::open(place, Clock::fixed(START), Entropy::Seeded(SEED)).expect("an empty database opens");
        Self::around(engine, db, scratch, database)
    }

    fn around(engine: Engine, db: Db, scratch: TempDir, database: Option<Database>) -> World {
        let app = App::new(db, &format!("https://{HOST}"), Purpose::Real);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the system starts a runtime");
        let router = RefCell::new(app.router());
        World {
            engine,
            app,
            house: Rc::new(House { runtime, router }),
            scratch,
            _database: database,
        }
    }

    /// A world on the other engine at the same moment, opened once `fill` has put the same rows there.
    ///
    /// # Panics
    /// When the other engine cannot be started.
    pub fn twin(&self, fill: impl FnOnce(&Place, &Place)) -> World {
        let engine = match self.engine {
            Engine::Sqlite => Engine::Postgres,
            Engine::Postgres => Engine::Sqlite,
        };
        let mut twin = Self::begin(engine);
        let place = twin.db().place().clone();
        fill(self.db().place(), &place);
        let db =
            Db::open(place, Clock::fixed(self.db().now()), Entropy::Seeded(SEED)).expect("the twin opens");
        twin.app = App::new(db, &format!("https://{HOST}"), Purpose::Real);
        *twin.house.router.borrow_mut() = twin.app.router();
        twin
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// A folder of the story's own.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path().to_owned()
    }

    /// Moves the clock to nine in the morning of a day.
    ///
    /// # Panics
    /// When the day is not written like 2026-07-01.
    pub fn at(&mut self, day: &str) {
        let day: Day = day.parse().expect("a day of a story is written like 2026-07-01");
        self.moves_to(day.start(&Zone::utc()).plus_seconds(NINE_HOURS));
    }

    pub fn days_pass(&mut self, days: i32) {
        self.moves_to(self.db().now().plus_seconds(i64::from(days) * 24 * 3600));
    }

    pub fn minutes_pass(&mut self, minutes: i64) {
        self.moves_to(self.db().now().plus_seconds(minutes * 60));
    }

    /// Time for one press of a button: two acts of one person do not happen at the same instant.
    pub fn moment_passes(&self) {
        self.db().set_now(self.db().now().plus_seconds(1));
    }

    /// The limits on tries at the door count real minutes, so they begin anew whenever the story's clock moves.
    fn moves_to(&mut self, moment: Moment) {
        self.app.door = Door::new(&format!("https://{HOST}"));
        self.app.db.set_now(moment);
        *self.house.router.borrow_mut() = self.app.router();
    }

    /// From here on certificates and reports are printed by the real program, which is built first.
    pub fn prints(&mut self) {
        self.app = self
            .app
            .clone()
            .printing_with(crate::program::program().to_owned());
        *self.house.router.borrow_mut() = self.app.router();
    }

    pub fn today(&self) -> Day {
        self.db().read_blocking(|r| r.today()).expect("the day is known")
    }

    /// Runs what is due and what follows from it, until nothing is left.
    ///
    /// # Panics
    /// When the engine has a fault.
    pub fn runs_jobs(&self) {
        let settled = self.house.runtime.block_on(muster::schedule::settle(self.db()));
        settled.expect("jobs run to their end");
    }

    /// Minutes pass, and what runs by the clock runs.
    ///
    /// # Panics
    /// When the engine has a fault.
    pub fn minutes_pass_with_jobs(&mut self, minutes: i64) {
        self.minutes_pass(minutes);
        for kind in [
            scim::jobs::HEAR,
            scim::jobs::FORGET,
            scim::jobs::SNAPSHOT,
            assignments::reminder::run::JOB,
        ] {
            let job = jobs::NewJob {
                kind,
                dedup_key: "tick".to_owned(),
                payload: String::new(),
                run_at: self.db().now(),
            };
            let put = self
                .db()
                .write_blocking(Actor::Operator, move |tx| jobs::enqueue(tx, &job).map(|_| ()));
            put.expect("a job can be put down");
        }
        self.runs_jobs();
    }

    /// Somebody nobody knows yet.
    pub fn visitor(&self) -> Browser {
        Browser::new(Rc::clone(&self.house))
    }

    /// An identity provider with a token for a connection of its own, made as the operator makes it.
    ///
    /// # Panics
    /// When the connection cannot be made.
    pub fn provider(&self, source: &str, profile: Profile) -> Provider {
        let new = NewConnection {
            name: source.to_owned(),
            profile,
            kind: EngagementKind::Employee,
            newcomers: Some(Newcomers::Join),
        };
        let made = self.db().write_blocking(Actor::Operator, move |tx| {
            let connection = connection::set(tx, &new)?;
            connection::new_token(tx, &connection, None)
        });
        let (_, secret) = made.expect("a token can be made");
        Provider::new(Rc::clone(&self.house), secret)
    }

    /// The address that a first start prints.
    ///
    /// # Panics
    /// When somebody owns the installation already.
    pub fn set_up_address(&self) -> String {
        let token = self
            .db()
            .write_blocking(Actor::Setup, identity::setup::token)
            .expect("a token can be made");
        format!("/set-up/{}", token.expect("nobody owns the installation yet"))
    }

    /// Asks for a letter, waits for it, opens its link and presses its button, as anybody signs in.
    ///
    /// # Panics
    /// When no letter comes, or the door stays shut.
    #[track_caller]
    pub fn signs_in(&self, email: &str) -> Browser {
        let mut browser = self.visitor();
        let before = self.letters(email);
        browser.reads("/sign-in");
        browser.presses("Send me a letter", &[("email", email)]);
        self.runs_jobs();
        let mut came = self.letters(email);
        let start = format!("https://{HOST}/sign-in/");
        // Other letters may have waited for the jobs too.
        came.retain(|letter| !before.contains(letter) && letter.contains(&start));
        let letter = came.pop().unwrap_or_else(|| panic!("no letter came for {email}"));
        let link = letter
            .split_whitespace()
            .find(|word| word.starts_with(&start))
            .map(str::to_owned);
        browser.reads(&link.unwrap_or_else(|| panic!("the letter has no link:\n{letter}")));
        browser.presses("Sign in", &[]);
        assert_eq!(
            browser.page().status,
            200,
            "{email} was not let in: {}",
            browser.page().text()
        );
        browser
    }

    /// The letters that have left for an address; those of one instant in any order.
    ///
    /// # Panics
    /// When the folder they are posted into cannot be read.
    pub fn letters(&self, email: &str) -> Vec<String> {
        letter::to(&self.mail_folder(), email)
    }

    /// Where letters are posted, once [`World::set_up`] or the story has said so.
    pub fn mail_folder(&self) -> PathBuf {
        self.scratch.path().join("letters")
    }

    /// Everything an organisation needs for a start, done by Ada in her browser: the set-up page, mail into a folder,
    /// the default programme, and the cast on the roster.
    ///
    /// # Panics
    /// When any of the pages does not let her.
    pub fn set_up(&mut self) -> Browser {
        let mut ada = self.begins("Cast Ltd", "UTC", ADA);
        ada.reads("/set-up");
        ada.presses("Use this programme", &[]);
        self.applies(&mut ada, "hr", "cast.csv", ROSTER.as_bytes());
        self.runs_jobs();
        ada
    }

    /// The set-up page and mail into a folder.
    ///
    /// # Panics
    /// When the pages do not let the owner.
    pub fn begins(&mut self, organisation: &str, zone: &str, owner: Member) -> Browser {
        let mut browser = self.visitor();
        browser.reads(&self.set_up_address());
        browser.presses(
            "Begin",
            &[
                ("organisation", organisation),
                ("zone", zone),
                ("name", owner.name),
                ("email", owner.email),
            ],
        );
        assert_eq!(browser.page().path, "/set-up", "{}", browser.page().text());
        let relay = format!("folder:{}", self.mail_folder().display());
        browser.reads("/mail");
        browser.presses("Save", &[("relay", &relay), ("sender", "training@cast.example")]);
        browser.page().must_say("Saved.");
        browser
    }

    /// Uploads a list of people, looks at the plan, and applies it; returns what the plan said.
    ///
    /// # Panics
    /// When the pages do not let the visitor.
    #[track_caller]
    pub fn applies(&self, owner: &mut Browser, source: &str, file_name: &str, bytes: &[u8]) -> String {
        let said = self.plans(owner, source, file_name, bytes);
        owner.presses("Apply the file", &[]);
        assert_eq!(
            owner.page().status,
            200,
            "the plan was not applied: {}",
            owner.page().text()
        );
        said
    }

    /// Uploads a list of people and shows the plan; returns what it says.
    ///
    /// # Panics
    /// When the pages do not let the visitor.
    #[track_caller]
    pub fn plans(&self, owner: &mut Browser, source: &str, file_name: &str, bytes: &[u8]) -> String {
        owner.reads("/roster/files/new");
        owner.uploads(
            "Show what would change",
            &[("source", source)],
            Chosen {
                field: "file",
                name: file_name,
                bytes,
            },
        );
        assert_eq!(
            owner.page().status,
            200,
            "there is no plan: {}",
            owner.page().text()
        );
        owner.page().text()
    }

    fn must_end_well(&self) {
        let due = self.db().read_blocking(|reader| {
            let now = reader.now();
            reader.rows(
                db::sql!(
                    "select kind, last_error
                     from job
                     where given_up_at is not null
                        or run_at <= $1
                     order by kind
                     limit 20"
                ),
                &db::params![now],
                |row| {
                    Ok(format!(
                        "{} {:?}",
                        row.get::<String>(0)?,
                        row.get::<Option<String>>(1)?
                    ))
                },
            )
        });
        let due = due.expect("the queue can be read");
        assert!(
            due.is_empty(),
            "jobs are due or were given up when the story ends: {due:?}"
        );
        self.runs_jobs();
        let found = self
            .db()
            .read_blocking(ledger::verify::verify)
            .expect("the ledger can be read");
        assert_eq!(found.wrong, None, "the ledger does not verify");
        assert_eq!(
            found.waiting, 0,
            "entries wait for their place although the sequencer has run"
        );
        let heard = faults::heard();
        assert!(heard.is_empty(), "faults were logged: {heard:#?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A story that has failed has said why; a second panic would hide it.
        if !std::thread::panicking() {
            self.must_end_well();
        }
    }
}

impl House {
    pub(crate) fn block_on<T>(&self, ask: impl AsyncFnOnce(Router) -> T) -> T {
        let router = self.router.borrow().clone();
        self.runtime.block_on(ask(router))
    }
}

/// PostgreSQL waits some seconds for the connections of a template to end before it refuses to copy it, which is
/// longer than the lanes take.
fn migrate(url: &str) {
    let place = Place::Postgres(url.to_owned());
    drop(Db::open(place, Clock::fixed(START), Entropy::Seeded(SEED)).expect("an empty database is migrated"));
}
