//! A real PostgreSQL for tests: one server per test binary, one database per test.
//!
//! The server is made by `initdb` the first time a test asks, listens on a socket only, and keeps nothing
//! across a crash. A test of encryption starts one of its own, which also listens on loopback. It ends with the test process, even a killed one, because its keeper (`postgres.sh`)
//! waits on a pipe that only this process holds open. A database is copied from a template that is
//! migrated once, which takes about 65 ms where migrating afresh takes seconds.
//!
//! A machine without PostgreSQL fails these tests and says what to install: a test that quietly passes
//! on one engine proves nothing about the other.
//!
//! Not here: what the template holds. The caller migrates it, so that the harness knows no schema.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

const KEEPER: &str = include_str!("postgres.sh");

/// Part of the name of the server's socket, and where one that listens on loopback is not to be.
const PORT: u16 = 5432;

/// A running server. Most tests share one in a process; [`Server::shared`] starts it when first asked.
#[derive(Debug)]
pub struct Server {
    folder: String,
    port: u16,
    templates: Mutex<BTreeSet<String>>,
    copies: AtomicU64,
    /// Closing this is what stops the server, so it is held for as long as the process lives.
    _lifeline: ChildStdin,
}

/// A database of one test's own, dropped when this is.
#[derive(Debug)]
pub struct Database {
    server: &'static Server,
    name: String,
}

impl Server {
    /// The server of this process.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start; the message says what to do.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(PORT, &[]).unwrap_or_else(|trouble| panic!("{}", trouble.trim())))
    }

    /// A server of the caller's own, which also listens on 127.0.0.1 and shows this certificate (PEM).
    ///
    /// # Panics
    /// As [`Server::shared`].
    pub fn with_certificate(certificate: &str, key: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.expect("loopback has a free port").port();
        let given = [
            ("MUSTER_POSTGRES_PORT", port.to_string()),
            ("MUSTER_POSTGRES_CERTIFICATE", certificate.to_owned()),
            ("MUSTER_POSTGRES_KEY", key.to_owned()),
        ];
        Self::start(port, &given).unwrap_or_else(|trouble| panic!("{}", trouble.trim()))
    }

    /// Where it listens on loopback, if it does.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new database with nothing in it.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn empty(&'static self) -> Database {
        let name = self.fresh_name();
        self.administer(&format!("create database {name}"));
        Database { server: self, name }
    }

    /// A new database that is a copy of `template`, a plain lower-case name. The first caller to name a
    /// template makes it: `migrate` is given the template's URL and must close its connections before it
    /// returns, because PostgreSQL does not copy a database that is in use.
    ///
    /// # Panics
    /// When the server refuses, or `migrate` panics.
    pub fn copy_of(&'static self, template: &str, migrate: impl FnOnce(&str)) -> Database {
        let mut made = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.contains(template) {
            self.administer(&format!("drop database if exists {template}"));
            self.administer(&format!("create database {template}"));
            migrate(&self.url(template));
            made.insert(template.to_owned());
        }
        drop(made);
        let name = self.fresh_name();
        self.administer(&format!("create database {name} template {template}"));
        Database { server: self, name }
    }

    fn start(port: u16, given: &[(&str, String)]) -> Result<Self, String> {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "postgres.sh", &std::process::id().to_string()])
            .env("MUSTER_POSTGRES_SCRIPT", KEEPER)
            .envs(given.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("starting the shell that keeps PostgreSQL: {error}"))?;
        let lifeline = keeper.stdin.take().expect("stdin was asked to be a pipe");
        let stdout = keeper.stdout.take().expect("stdout was asked to be a pipe");
        let mut folder = String::new();
        BufReader::new(stdout)
            .read_line(&mut folder)
            .map_err(|error| format!("waiting for PostgreSQL to start: {error}"))?;
        if folder.trim().is_empty() {
            let mut said = String::new();
            let mut stderr = keeper.stderr.take().expect("stderr was asked to be a pipe");
            stderr
                .read_to_string(&mut said)
                .map_err(|error| format!("reading why PostgreSQL did not start: {error}"))?;
            return Err(format!("PostgreSQL did not start. {said}"));
        }
        Ok(Self {
            folder: folder.trim().to_owned(),
            port,
            templates: Mutex::new(BTreeSet::new()),
            copies: AtomicU64::new(0),
            _lifeline: lifeline,
        })
    }

    fn url(&self, database: &str) -> String {
        let mut host = String::new();
        for byte in self.folder.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                host.push(char::from(byte));
            } else {
                write!(host, "%{byte:02X}").expect("a String takes whatever is written to it");
            }
        }
        format!("postgresql://postgres@{host}:{}/{database}", self.port)
    }

    fn fresh_name(&self) -> String {
        format!("story_{}", self.copies.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs one statement of the server's own, on a thread of its own because the driver may not be
    /// entered from inside an async runtime, where a test may well be.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn administer(&self, statement: &str) {
        let url = self.url("postgres");
        std::thread::scope(|scope| {
            let done = scope.spawn(|| {
                ::postgres::Client::connect(&url, ::postgres::NoTls)
                    .and_then(|mut client| client.batch_execute(statement))
                    .unwrap_or_else(|error| panic!("PostgreSQL did not do '{statement}': {error:?}"));
            });
            if let Err(panic) = done.join() {
                std::panic::resume_unwind(panic);
            }
        });
    }
}

impl Database {
    /// Where it is, as a connection URL over the server's socket.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A panic while panicking would abort the run; the server's end removes the database anyway.
        if !std::thread::panicking() {
            self.server
                .administer(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(url: &str, statement: &str) -> i64 {
        let mut client =
            ::postgres::Client::connect(url, ::postgres::NoTls).expect("the harness's server accepts us");
        client
            .query_one(statement, &[])
            .expect("the statement is sound")
            .get(0)
    }

    fn run(url: &str, statement: &str) {
        let mut client =
            ::postgres::Client::connect(url, ::postgres::NoTls).expect("the harness's server accepts us");
        client.batch_execute(statement).expect("the statement is sound");
    }

    #[test]
    fn two_copies_of_a_template_do_not_see_each_other() {
        let migrate = |url: &str| {
            run(
                url,
                "create table note (id bigint primary key); insert into note values (7)",
            )
        };
        let first = Server::shared().copy_of("notes", migrate);
        let second = Server::shared().copy_of("notes", |_| panic!("a template is made once"));
        run(&first.url(), "insert into note values (8)");
        assert_eq!(query(&first.url(), "select count(*) from note"), 2);
        assert_eq!(query(&second.url(), "select count(*) from note"), 1);
    }

    #[test]
    fn an_empty_database_is_empty_and_gone_when_dropped() {
        let database = Server::shared().empty();
        let (url, name) = (database.url(), database.name.clone());
        assert_eq!(query(&url, "select count(*) from pg_stat_user_tables"), 0);
        drop(database);
        let left = format!("select count(*) from pg_database where datname = '{name}'");
        assert_eq!(query(&Server::shared().url("postgres"), &left), 0);
    }
}
