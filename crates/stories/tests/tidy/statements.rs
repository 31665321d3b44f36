//! Every SQL statement in the source, prepared by both engines before anybody runs it.
//!
//! PostgreSQL also says which types go in and come out. Only bigint, text, bytea and double precision are
//! in the portable subset: `sum(bigint)` is numeric there and an integer literal is int4, which compiles,
//! prepares, and then fails in front of somebody; a cast in the statement cures it.
//!
//! Not here: what a statement answers. Rules and stories hold that, on both engines.

use postgres::types::Type;
use postgres::{Client, NoTls};
use stories::postgres::Server;

use crate::repository::sources;
use crate::tokens::{Statement, shipped, statements};
use crate::{Finding, assert_tidy};

/// The files that speak to one engine only, and which.
const ONE_ENGINE: &[(&str, Engine)] = &[
    ("crates/db/src/sqlite.rs", Engine::Sqlite),
    ("crates/db/src/postgres.rs", Engine::Postgres),
];

/// Made by `crates/db/src/migrate.rs` before any schema file can be applied.
const BOOKKEEPING: &str = "create table schema_migration (number bigint primary key, name text not null, applied_at bigint not null)";

/// What may go in and come out on PostgreSQL.
const PORTABLE: &[Type] = &[Type::INT8, Type::TEXT, Type::BYTEA, Type::FLOAT8];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// The migrations in order, as text for one engine. `blob` is the only word that differs.
fn schema(engine: Engine, folder: &str) -> Vec<(&'static str, String)> {
    let files = sources().iter().filter(|source| {
        source
            .path
            .strip_prefix(folder)
            .is_some_and(|name| name.ends_with(".sql") && !name.contains('/'))
    });
    files
        .map(|source| match engine {
            Engine::Sqlite => (source.path.as_str(), source.text.clone()),
            Engine::Postgres => (source.path.as_str(), in_postgres(&source.text)),
        })
        .collect()
}

fn in_postgres(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        match piece.strip_prefix("blob") {
            Some(rest) if rest.chars().all(|c| !c.is_alphanumeric() && c != '_') => {
                out.push_str("bytea");
                out.push_str(rest);
            }
            _ => out.push_str(piece),
        }
    }
    out
}

fn sqlite() -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().expect("SQLite opens a database in memory");
    connection
        .execute_batch(BOOKKEEPING)
        .expect("the table of migrations is sound");
    for (path, text) in schema(Engine::Sqlite, "schema/") {
        connection
            .execute_batch(&text)
            .unwrap_or_else(|error| panic!("{path} on SQLite: {error}"));
    }
    connection
}

fn migrate(url: &str) {
    let mut client = Client::connect(url, NoTls).expect("the harness's server accepts us");
    client
        .batch_execute(BOOKKEEPING)
        .expect("the table of migrations is sound");
    for (path, text) in schema(Engine::Postgres, "schema/") {
        client
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{path} on PostgreSQL: {error:?}"));
    }
}

fn on_sqlite(connection: &rusqlite::Connection, path: &str, statement: &Statement) -> Vec<Finding> {
    match connection.prepare(&statement.text) {
        Ok(_) => Vec::new(),
        Err(error) => vec![Finding::new(path, statement.line, format!("SQLite: {error}"))],
    }
}

fn on_postgres(client: &mut Client, path: &str, statement: &Statement) -> Vec<Finding> {
    let prepared = match client.prepare(&statement.text) {
        Ok(prepared) => prepared,
        Err(error) => {
            let said = error
                .as_db_error()
                .map_or_else(|| error.to_string(), |error| error.message().to_owned());
            return vec![Finding::new(path, statement.line, format!("PostgreSQL: {said}"))];
        }
    };
    let mut findings = Vec::new();
    for column in prepared
        .columns()
        .iter()
        .filter(|column| !PORTABLE.contains(column.type_()))
    {
        let message = format!(
            "PostgreSQL answers `{}` as {}; cast it to bigint, text or double precision",
            column.name(),
            column.type_()
        );
        findings.push(Finding::new(path, statement.line, message));
    }
    for (index, type_) in prepared
        .params()
        .iter()
        .enumerate()
        .filter(|(_, type_)| !PORTABLE.contains(type_))
    {
        let message = format!(
            "PostgreSQL takes ${} as {type_}; cast it to bigint, text or double precision",
            index + 1
        );
        findings.push(Finding::new(path, statement.line, message));
    }
    findings
}

/// Every statement in shipped source that `engine` has to understand.
fn every(engine: Engine) -> Vec<(&'static str, Statement)> {
    let mut all = Vec::new();
    for source in sources().iter().filter(|source| source.shipped_by().is_some()) {
        if ONE_ENGINE
            .iter()
            .any(|(path, only)| *path == source.path && *only != engine)
        {
            continue;
        }
        let Ok(tokens) = shipped(&source.text) else {
            continue;
        };
        all.extend(
            statements(&tokens)
                .0
                .into_iter()
                .map(|statement| (source.path.as_str(), statement)),
        );
    }
    all
}

fn statement(text: &str) -> Statement {
    Statement {
        text: text.to_owned(),
        line: 1,
        listed: false,
    }
}

#[test]
fn a_statement_that_sqlite_does_not_understand_is_found() {
    let connection = rusqlite::Connection::open_in_memory().expect("SQLite opens a database in memory");
    assert_eq!(
        on_sqlite(&connection, "a.rs", &statement("select id from nowhere")).len(),
        1
    );
    assert_eq!(on_sqlite(&connection, "a.rs", &statement("select $1")), []);
}

#[test]
fn sqlite_understands_every_statement() {
    let connection = sqlite();
    assert_tidy(
        every(Engine::Sqlite)
            .iter()
            .flat_map(|(path, statement)| on_sqlite(&connection, path, statement))
            .collect(),
    );
}

#[test]
fn a_statement_that_postgresql_reads_otherwise_is_found() {
    let database = Server::shared().empty();
    let mut client = Client::connect(&database.url(), NoTls).expect("the harness's server accepts us");
    client
        .batch_execute("create table t (n bigint, name text, bytes bytea, share double precision)")
        .expect("the sample is sound");
    let mut check = |sql: &str| on_postgres(&mut client, "a.rs", &statement(sql)).len();
    assert_eq!(check("select id from nowhere"), 1);
    assert_eq!(check("select sum(n), 1 from t"), 2, "numeric and int4");
    assert_eq!(check("select exists (select n from t)"), 1, "boolean");
    assert_eq!(
        check("select name from t where substr(name, $1) = $2"),
        1,
        "an int4 parameter"
    );
    assert_eq!(
        check("select cast(n as bigint), name, bytes, share, count(*) over () from t where n = $1 limit $2"),
        0
    );
}

#[test]
fn postgresql_understands_every_statement_and_answers_in_portable_types() {
    let database = Server::shared().copy_of("plain", migrate);
    let mut client = Client::connect(&database.url(), NoTls).expect("the harness's server accepts us");
    assert_tidy(
        every(Engine::Postgres)
            .iter()
            .flat_map(|(path, statement)| on_postgres(&mut client, path, statement))
            .collect(),
    );
}

/// What is put together at run time out of pieces: each piece is in the source, and every way to join them is made here.
fn composed() -> Vec<Statement> {
    let shapes = scim::filter::sql::every_shape();
    assert!(
        shapes.len() > 300,
        "filters and orders of every shape: {}",
        shapes.len()
    );
    shapes.iter().map(|shape| statement(shape.text())).collect()
}

#[test]
fn both_engines_understand_every_statement_that_is_put_together() {
    let connection = sqlite();
    let database = Server::shared().copy_of("plain", migrate);
    let mut client = Client::connect(&database.url(), NoTls).expect("the harness's server accepts us");
    let mut findings = Vec::new();
    for mut shape in composed() {
        let text = std::mem::take(&mut shape.text);
        shape.text = text.replace("collate bytes", "collate binary");
        findings.extend(on_sqlite(&connection, "crates/scim/src/filter/sql.rs", &shape));
        shape.text = text.replace("collate bytes", "collate \"C\"");
        findings.extend(on_postgres(&mut client, "crates/scim/src/filter/sql.rs", &shape));
    }
    assert_tidy(findings);
}

#[test]
fn sample_rows_fit_the_schema_on_both_engines() {
    let connection = sqlite();
    connection
        .execute_batch("pragma foreign_keys = on")
        .expect("SQLite checks references when asked");
    for (path, text) in schema(Engine::Sqlite, "schema/samples/") {
        connection
            .execute_batch(&text)
            .unwrap_or_else(|error| panic!("{path} on SQLite: {error}"));
    }
    let database = Server::shared().copy_of("plain", migrate);
    let mut client = Client::connect(&database.url(), NoTls).expect("the harness's server accepts us");
    for (path, text) in schema(Engine::Postgres, "schema/samples/") {
        client
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{path} on PostgreSQL: {error:?}"));
    }
}

#[test]
fn only_the_whole_word_blob_is_translated() {
    assert_eq!(
        in_postgres("leaf blob, blob_name text, x blob"),
        "leaf bytea, blob_name text, x bytea"
    );
}
