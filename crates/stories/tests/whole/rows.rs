//! What is in the tables, looked at from outside: how many rows each has, and the same rows on the other engine.

use std::collections::BTreeMap;

use db::Place;
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls};
use rusqlite::types::ValueRef;
use stories::World;

/// The number of rows of every table, and a digest of none: a story that changes a row also adds one to the ledger.
pub fn counts(w: &World) -> BTreeMap<String, i64> {
    match w.db().place() {
        Place::File(path) => {
            let conn = rusqlite::Connection::open(path).expect("the database opens");
            let names = sqlite_tables(&conn);
            let count = |name: &String| {
                let sql = format!("select count(*) from \"{name}\"");
                conn.query_row(&sql, [], |row| row.get(0))
                    .expect("a table can be counted")
            };
            names.iter().map(|name| (name.clone(), count(name))).collect()
        }
        Place::Postgres(url) => {
            let mut client = Client::connect(url, NoTls).expect("the server accepts us");
            let names = client.query("select tablename from pg_tables where schemaname = 'public'", &[]);
            let names: Vec<String> = names
                .expect("tables can be listed")
                .iter()
                .map(|row| row.get(0))
                .collect();
            let mut counts = BTreeMap::new();
            for name in names {
                let row = client.query_one(&format!("select count(*) from \"{name}\""), &[]);
                counts.insert(name, row.expect("a table can be counted").get(0));
            }
            counts
        }
    }
}

/// Puts every row of an embedded database into an empty, migrated PostgreSQL one.
pub fn copy(from: &Place, to: &Place) {
    let (Place::File(path), Place::Postgres(url)) = (from, to) else {
        panic!("rows are copied from SQLite to PostgreSQL")
    };
    let from = rusqlite::Connection::open(path).expect("the database opens");
    let mut to = Client::connect(url, NoTls).expect("the server accepts us");
    // Rows come in the order of tables' names, so what refers to a later table is not checked on the way.
    to.batch_execute("set session_replication_role = replica")
        .expect("the harness's user may do that");
    for table in sqlite_tables(&from)
        .iter()
        .filter(|name| *name != "schema_migration")
    {
        to.batch_execute(&format!("delete from \"{table}\""))
            .expect("a table can be emptied");
        let mut rows = from
            .prepare(&format!("select * from \"{table}\""))
            .expect("a table can be read");
        let columns: Vec<String> = rows
            .column_names()
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let insert = format!(
            "insert into \"{table}\" ({}) values ({})",
            columns.join(", "),
            places.join(", ")
        );
        let insert = to
            .prepare(&insert)
            .expect("the tables are the same on both engines");
        let mut rows = rows.query([]).expect("a table can be read");
        while let Some(row) = rows.next().expect("a row can be read") {
            let value = |n: usize| value(row.get_ref(n).expect("a column can be read"), &insert.params()[n]);
            let values: Vec<Box<dyn ToSql + Sync>> = (0..columns.len()).map(value).collect();
            let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
            to.execute(&insert, &values).expect("a row fits");
        }
    }
}

fn value(found: ValueRef<'_>, wanted: &Type) -> Box<dyn ToSql + Sync> {
    match (found, wanted) {
        (ValueRef::Null, &Type::INT8) => Box::new(None::<i64>),
        (ValueRef::Null, &Type::FLOAT8) => Box::new(None::<f64>),
        (ValueRef::Null, &Type::BYTEA) => Box::new(None::<Vec<u8>>),
        (ValueRef::Null, _) => Box::new(None::<String>),
        (ValueRef::Integer(n), &Type::FLOAT8) => Box::new(n as f64),
        (ValueRef::Integer(n), _) => Box::new(n),
        (ValueRef::Real(x), _) => Box::new(x),
        (ValueRef::Text(text), _) => Box::new(String::from_utf8(text.to_vec()).expect("text is UTF-8")),
        (ValueRef::Blob(bytes), _) => Box::new(bytes.to_vec()),
    }
}

fn sqlite_tables(conn: &rusqlite::Connection) -> Vec<String> {
    let sql =
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name";
    let mut names = conn.prepare(sql).expect("tables can be listed");
    let names = names
        .query_map([], |row| row.get(0))
        .expect("tables can be listed");
    names.map(|name| name.expect("a name can be read")).collect()
}
