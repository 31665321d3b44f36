//! A data folder of the real program, commands on it, a server over it, and what must hold of it at any time.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use db::{Moment, Place};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use stories::Engine;
use stories::postgres::{self, Database};

/// People on the list; so many that applying it takes a while, even on a fast machine.
pub const PEOPLE: i64 = 1_000;

pub struct House {
    folder: PathBuf,
    /// Where the rows are when they are not in the folder.
    database: Option<Database>,
    /// Kept for as long as the house stands.
    _scratch: Option<tempfile::TempDir>,
}

/// A server that runs until it is killed.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl House {
    /// A folder in which an organisation is set up.
    pub fn build() -> Self {
        Self::build_on(Engine::Sqlite)
    }

    /// The same with its rows on either engine.
    pub fn build_on(engine: Engine) -> Self {
        let scratch = tempfile::tempdir().expect("the system has a folder for temporary files");
        let house = Self {
            folder: scratch.path().to_owned(),
            database: (engine == Engine::Postgres).then(|| postgres::Server::shared().empty()),
            _scratch: Some(scratch),
        };
        house.set_up();
        house
    }

    /// As [`House::build`], in a folder that is there.
    pub fn in_folder(folder: &Path) -> Self {
        let house = Self {
            folder: folder.to_owned(),
            database: None,
            _scratch: None,
        };
        house.set_up();
        house
    }

    /// Another with the same in it. Nothing may be running on this one.
    pub fn copy(&self) -> Self {
        assert!(self.database.is_none(), "what is in the folder is all there is");
        let scratch = tempfile::tempdir().expect("the system has a folder for temporary files");
        copy(&self.folder, scratch.path());
        Self {
            folder: scratch.path().to_owned(),
            database: None,
            _scratch: Some(scratch),
        }
    }

    fn set_up(&self) {
        let list = self.path("people.csv");
        std::fs::write(&list, list_of(PEOPLE)).expect("the list can be written");
        let owner = ["--owner-email", "ada@cast.example", "--owner-name", "Ada Owner"];
        self.must(
            &[
                &["init", "--org", "Cast Ltd", "--framework", "iso27001"],
                owner.as_slice(),
            ]
            .concat(),
        );
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The program in this folder, by the real clock.
    pub fn muster(&self, arguments: &[&str]) -> Command {
        let mut command = stories::program::muster("");
        command
            .env_remove("MUSTER_NOW")
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        if let Some(database) = &self.database {
            command.env("MUSTER_DATABASE_URL", database.url());
        }
        command
    }

    /// Where the rows are.
    pub fn place(&self) -> Place {
        match &self.database {
            Some(database) => Place::Postgres(database.url()),
            None => Place::File(self.path("muster-data/muster.db")),
        }
    }

    /// Runs a command to its end and gives its JSON.
    #[track_caller]
    pub fn must(&self, arguments: &[&str]) -> Value {
        let done = self
            .muster(arguments)
            .arg("--json")
            .output()
            .expect("muster can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            done.status.success(),
            "muster {arguments:?}: {}{}",
            text(&done.stderr),
            text(&done.stdout)
        );
        serde_json::from_slice(&done.stdout).unwrap_or(Value::Null)
    }

    /// Starts a command and kills it after a while; whether it had ended well by then.
    pub fn cut_short(&self, arguments: &[&str], after: Duration) -> bool {
        let mut command = self.muster(arguments);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("muster can be started");
        pause(after);
        // It may have ended by itself, which is as good.
        drop(child.kill());
        child.wait().expect("the child is ours").success()
    }

    /// The whole database, looked at from outside.
    pub fn rows(&self) -> Connection {
        // Writing is allowed so that what a killed program left in the log beside the file can be read.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        Connection::open_with_flags(self.path("muster-data/muster.db"), flags).expect("the database opens")
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.rows()
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// What holds after every kill, whatever was being done.
    #[track_caller]
    pub fn must_be_sound(&self) {
        let ledger = self.must(&["ledger", "verify"]);
        assert_eq!(ledger["wrong"], Value::Null, "the ledger does not verify");
        for (what, sql) in SOUND {
            assert_eq!(self.count(sql), 0, "{what}");
        }
        let whole: String = self
            .rows()
            .query_row("pragma integrity_check", [], |row| row.get(0))
            .expect("it answers");
        assert_eq!(whole, "ok");
    }

    pub fn serve(&self) -> Server {
        start(self.muster(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// A server for which it is always that moment.
    pub fn serve_at(&self, now: Moment) -> Server {
        let mut command = self.muster(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("MUSTER_NOW", now.to_string());
        start(command)
    }

    /// A sign-in link, made beside the server as an operator does.
    pub fn link(&self, email: &str) -> String {
        self.must(&["link", email])["url"]
            .as_str()
            .expect("a link")
            .to_owned()
    }
}

/// Starts a server and hears where it is.
fn start(mut command: Command) -> Server {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("muster can be started");
    let mut said = String::new();
    let stdout = child.stdout.take().expect("stdout was asked to be a pipe");
    BufReader::new(stdout)
        .read_line(&mut said)
        .expect("the server says where it is");
    let (_, address) = said
        .trim()
        .split_once("http://")
        .unwrap_or_else(|| panic!("the server says “{said}”"));
    let address = address.split('/').next().unwrap_or_default();
    Server {
        child,
        address: address.parse().expect("an address and a port"),
    }
}

impl Server {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a word; it may be dead already.
    pub fn kill(mut self) {
        drop(self.child.kill());
        self.child.wait().expect("the child is ours");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Rows that must not be there: each half of something without its other half.
const SOUND: &[(&str, &str)] = &[
    (
        "people without an engagement",
        "select count(*) from person p where not exists (select 1 from engagement e where e.person_id = p.id)",
    ),
    (
        "people without a profile",
        "select count(*) from person p where not exists (select 1 from profile f where f.person_id = p.id)",
    ),
    (
        "engagements of nobody",
        "select count(*) from engagement e where not exists (select 1 from person p where p.id = e.person_id)",
    ),
    (
        "people whose joining nobody recorded",
        "select count(*) from person p where not exists
         (select 1 from ledger_entry l where l.kind = 'person-joined' and l.subject = 'person:' || p.id)",
    ),
    (
        "people, and no file they came from",
        "select count(*) from person where not exists (select 1 from roster_file)",
    ),
    (
        "rows that a plan was about to supersede",
        "select count(*) from roster_stale",
    ),
    (
        "editions without files",
        "select count(*) from edition e where not exists (select 1 from edition_file f where f.edition_id = e.id)",
    ),
    (
        "files of no edition",
        "select count(*) from edition_file f where not exists (select 1 from edition e where e.id = f.edition_id)",
    ),
    (
        "editions whose publication nobody recorded",
        "select (select count(*) from edition) - (select count(*) from ledger_entry where kind = 'edition-published')",
    ),
    (
        "signatures without a completion",
        "select count(*) from attestation a where not exists (select 1 from completion c where c.attestation_id = a.id)",
    ),
    (
        "completions made here without a certificate",
        "select count(*) from completion c where c.attempt_id is not null
         and not exists (select 1 from certificate f where f.completion_id = c.id)",
    ),
    (
        "signatures nobody recorded",
        "select (select count(*) from attestation) - (select count(*) from ledger_entry where kind = 'attested')",
    ),
    (
        "submissions nobody recorded",
        "select (select count(*) from submission) - (select count(*) from ledger_entry where kind = 'attempt-submitted')",
    ),
    (
        "entries without content",
        "select count(*) from ledger_entry l where not exists (select 1 from ledger_payload p where p.entry_id = l.id)",
    ),
    (
        "content of no entry",
        "select count(*) from ledger_payload p where not exists (select 1 from ledger_entry l where l.id = p.entry_id)",
    ),
    (
        "entries with a place and no leaf",
        "select count(*) from ledger_entry where (seq is null) <> (leaf is null)",
    ),
    (
        "a tree of another size than its entries",
        "select coalesce((select size from ledger_tree), 0) - (select count(*) from ledger_entry where seq is not null)",
    ),
    (
        "assignments both open and ended, or neither",
        "select count(*) from assignment a
         where exists (select 1 from assignment_end n where n.assignment_id = a.id)
             = exists (select 1 from assignment_open o where o.assignment_id = a.id)",
    ),
    (
        "packs nobody recorded",
        "select (select count(*) from pack) - (select count(*) from ledger_entry where kind = 'pack-built')",
    ),
];

/// Copies a folder and everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// A list of so many people, the first of whom are the cast of these tests.
fn list_of(people: i64) -> String {
    let mut list = "source_id,email,given_name,family_name,person_type,start_date,job_title\n".to_owned();
    for n in 1..=people {
        let title = if n % 5 == 0 { "Software Engineer" } else { "Clerk" };
        list.push_str(&format!(
            "{n},p{n}@cast.example,Given{n},Family{n},employee,2026-10-01,{title}\n"
        ));
    }
    list
}

/// Waits, where what is waited for is only that time passes: the moment of a kill.
pub fn pause(time: Duration) {
    let (_kept, never) = channel::<()>();
    assert_eq!(never.recv_timeout(time), Err(RecvTimeoutError::Timeout));
}
