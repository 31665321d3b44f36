//! A connection over a network is as safe as its address asks, or there is none.

use std::{path::Path, process::Command};

use db::{Actor, Clock, Db, Entropy, Moment, Place, Result, params, sql};
use stories::postgres::Server;

/// Two issuers, and a certificate for `localhost` by the first.
struct Papers {
    folder: tempfile::TempDir,
}

impl Papers {
    fn new() -> Papers {
        let papers = Papers {
            folder: tempfile::tempdir().expect("a scratch folder"),
        };
        for issuer in ["ours", "theirs"] {
            papers.issue(issuer, &["-addext", "keyUsage=critical,keyCertSign"]);
        }
        let for_localhost = [
            "-CA",
            "ours.crt",
            "-CAkey",
            "ours.key",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        papers.issue("server", &for_localhost);
        papers
    }

    fn issue(&self, name: &str, more: &[&str]) {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let subject = format!("/CN={name}");
        let made = Command::new("openssl")
            .current_dir(self.folder.path())
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "2", "-subj", &subject])
            .args(["-keyout", &key, "-out", &certificate])
            .args(more)
            .output()
            .expect("openssl is installed");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl made no {certificate}: {said}");
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("openssl wrote it")
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        assert!(Path::new(&path).exists(), "openssl wrote it");
        path.to_string_lossy().into_owned()
    }
}

fn open(server: &Server, host: &str, asked: &str) -> Result<Db> {
    let url = format!("postgres://postgres@{host}:{}/postgres?{asked}", server.port());
    Db::open(Place::Postgres(url), Clock::fixed(Moment(0)), Entropy::Seeded(9))
}

fn is_encrypted(db: &Db) -> bool {
    let found = db.read_blocking(|reader| {
        reader.one(
            sql!("select cast(count(*) as bigint) from pg_stat_ssl where ssl and pid = pg_backend_pid()"),
            &[],
            |row| row.get(0),
        )
    });
    found.expect("reading works") == Some(1_i64)
}

fn trouble(opened: Result<Db>) -> String {
    match opened {
        Ok(_) => panic!("the server was believed"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_connection_is_as_safe_as_its_address_asks_or_there_is_none() {
    let papers = Papers::new();
    let server = Server::with_certificate(&papers.text("server.crt"), &papers.text("server.key"));
    let (ours, theirs) = (papers.path("ours.crt"), papers.path("theirs.crt"));

    for mode in ["sslmode=require&", "sslmode=verify-full&", ""] {
        let db = open(&server, "localhost", &format!("{mode}sslrootcert={ours}")).expect("it proves itself");
        assert!(is_encrypted(&db), "{mode}");
    }
    let wrong_issuer = trouble(open(
        &server,
        "localhost",
        &format!("sslmode=require&sslrootcert={theirs}"),
    ));
    assert!(wrong_issuer.contains("UnknownIssuer"), "{wrong_issuer}");
    let no_issuer = trouble(open(&server, "localhost", "sslmode=require"));
    assert!(no_issuer.contains("UnknownIssuer"), "{no_issuer}");
    assert!(no_issuer.contains("sslrootcert=FILE"), "{no_issuer}");
    let wrong_name = trouble(open(
        &server,
        "127.0.0.1",
        &format!("sslmode=require&sslrootcert={ours}"),
    ));
    assert!(wrong_name.contains("not valid for name"), "{wrong_name}");

    let preferred = open(&server, "127.0.0.1", "sslmode=prefer").expect("nobody has to prove anything");
    assert!(is_encrypted(&preferred));
    let unsaid = open(&server, "127.0.0.1", "connect_timeout=5").expect("likewise");
    assert!(is_encrypted(&unsaid));
    let disabled = open(&server, "127.0.0.1", "sslmode=disable").expect("in the clear");
    assert!(!is_encrypted(&disabled));
}

#[test]
fn a_server_without_tls_is_taken_only_by_who_did_not_ask_for_it() {
    let papers = Papers::new();
    let server = Server::with_certificate(&papers.text("server.crt"), &papers.text("server.key"));
    server.administer("alter system set ssl = off");
    server.administer("select pg_reload_conf()");
    // The server reads its settings soon, not at once.
    let plain = (0..200).find_map(|_| {
        let db = open(&server, "127.0.0.1", "sslmode=prefer").expect("the server takes us");
        (!is_encrypted(&db)).then_some(db)
    });
    assert!(plain.is_some(), "the server goes on to offer TLS");
    let ours = papers.path("ours.crt");
    let refused = trouble(open(
        &server,
        "localhost",
        &format!("sslmode=require&sslrootcert={ours}"),
    ));
    assert!(refused.contains("localhost does not offer TLS"), "{refused}");
}

#[test]
fn what_is_big_arrives_whole_under_tls() {
    let papers = Papers::new();
    let server = Server::with_certificate(&papers.text("server.crt"), &papers.text("server.key"));
    let ours = papers.path("ours.crt");
    let db = open(
        &server,
        "localhost",
        &format!("sslmode=require&sslrootcert={ours}"),
    )
    .expect("it proves itself");
    let big = "äb".repeat(1_000_000);
    let sent = big.clone();
    db.write_blocking(Actor::Operator, move |tx| {
        for name in ["a", "b", "c"] {
            tx.insert(
                sql!("insert into meta (name, value) values ($1, $2)"),
                &params![name, &sent],
            )?;
        }
        Ok(())
    })
    .expect("a write of nine megabytes");
    let back: Vec<String> = db
        .read_blocking(|reader| {
            reader.rows(
                sql!("select value from meta where name in ('a', 'b', 'c')"),
                &[],
                |row| row.get(0),
            )
        })
        .expect("reading works");
    assert_eq!(back.len(), 3);
    assert!(back.iter().all(|text| *text == big));
}
