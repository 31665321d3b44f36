//! The embedded engine: one writer that commits in groups, a few readers, all on one file.
//!
//! WAL with synchronous=FULL: a commit that was answered is on disk. Everything that waits when the
//! writer is free is run in one transaction, each piece under its own savepoint, and shares one fsync.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, ffi, types::ToSqlOutput, types::ValueRef};

use crate::{
    Fault, FaultKind, Result, Row, Value,
    lane::{Outcome, Work},
    row::Inner,
    tx::{Conn, Tx},
};

/// Statements kept prepared per connection; the program has a few hundred in all.
const STATEMENTS_MAX: usize = 512;

pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path).map_err(|e| fault("opening the database file", e))?;
    conn.execute_batch(
        "pragma journal_mode = wal;
         pragma synchronous = full;
         pragma foreign_keys = on;
         pragma busy_timeout = 30000;
         pragma temp_store = memory;
         pragma cache_size = -65536;",
    )
    .map_err(|e| fault("setting up the database file", e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(conn)
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|e| fault("opening the database file to read", e))?;
    conn.execute_batch(
        "pragma query_only = on;
         pragma busy_timeout = 30000;
         pragma temp_store = memory;
         pragma mmap_size = 268435456;
         pragma cache_size = -16384;",
    )
    .map_err(|e| fault("setting up a reader", e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(conn)
}

pub(crate) fn fault(doing: &str, source: rusqlite::Error) -> Fault {
    let kind = match &source {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ffi::ErrorCode::DiskFull => FaultKind::Full,
            ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked => FaultKind::Busy,
            ffi::ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_WRITE => {
                FaultKind::Full
            }
            _ => FaultKind::Other,
        },
        _ => FaultKind::Other,
    };
    Fault::of(doing, source).kind(kind)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Real(v) => ValueRef::Real(*v),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Blob(v) => ValueRef::Blob(v),
        }))
    }
}

pub(crate) fn each(
    conn: &mut Connection,
    text: &str,
    values: &[Value],
    visit: &mut dyn FnMut(&Row) -> Result<()>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(text).map_err(|e| fault(text, e))?;
    bind(&mut statement, values).map_err(|e| fault(text, e))?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|e| fault(text, e))? {
        visit(&Row(Inner::Sqlite(row)))?;
    }
    Ok(())
}

pub(crate) fn execute(conn: &mut Connection, text: &'static str, values: &[Value]) -> Result<u64> {
    let mut statement = conn.prepare_cached(text).map_err(|e| fault(text, e))?;
    bind(&mut statement, values).map_err(|e| fault(text, e))?;
    let changed = statement.raw_execute().map_err(|e| fault(text, e))?;
    Ok(changed as u64)
}

pub(crate) fn execute_many(
    conn: &mut Connection,
    text: &'static str,
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> Result<u64> {
    let mut statement = conn.prepare_cached(text).map_err(|e| fault(text, e))?;
    let places = places(&statement);
    let mut changed = 0;
    for values in rows {
        bind_at(&mut statement, &places, &values).map_err(|e| fault(text, e))?;
        changed += statement.raw_execute().map_err(|e| fault(text, e))? as u64;
    }
    Ok(changed)
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    let places = places(statement);
    bind_at(statement, &places, values)
}

/// For each of the engine's parameters the `k` of its `$k`. SQLite takes `$k` for a name and numbers names as they
/// appear, so the name has to be read back: once for any number of rows.
fn places(statement: &rusqlite::Statement<'_>) -> Vec<usize> {
    let place = |index| {
        let name = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$'))
            .unwrap_or_default();
        name.parse().unwrap_or_default()
    };
    (1..=statement.parameter_count()).map(place).collect()
}

/// Binds `$k` to the k-th value.
fn bind_at(
    statement: &mut rusqlite::Statement<'_>,
    places: &[usize],
    values: &[Value],
) -> rusqlite::Result<()> {
    let wrong = || rusqlite::Error::InvalidParameterCount(values.len(), places.len());
    if places.len() != values.len() {
        return Err(wrong());
    }
    for (index, place) in (1..).zip(places) {
        let value = values.get(place.wrapping_sub(1)).ok_or_else(wrong)?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

/// Runs a group of waiting pieces of work in one transaction and answers each after the commit.
///
/// Returns the fault that kept the group from being committed, if one did.
pub(crate) fn run_group(tx: &mut Tx, mut group: Vec<Box<dyn Work>>) -> Option<Fault> {
    if let Err(fault) = batch(tx, "begin immediate") {
        answer_all(group, Some(&fault));
        return Some(fault);
    }
    let mut lost = None;
    for work in &mut group {
        if let Err(fault) = run_one(tx, work.as_mut()) {
            lost = Some(fault);
            break;
        }
    }
    let committed = match lost {
        None => batch(tx, "commit"),
        Some(fault) => Err(fault),
    };
    match committed {
        Ok(()) => {
            answer_all(group, None);
            None
        }
        Err(fault) => {
            if !autocommit(tx)
                && let Err(again) = batch(tx, "rollback")
            {
                tracing::error!(fault = %again, "rolling back a group of writes");
            }
            answer_all(group, Some(&fault));
            Some(fault)
        }
    }
}

/// One piece under its savepoint. An error means that the whole group is lost.
fn run_one(tx: &mut Tx, work: &mut dyn Work) -> std::result::Result<(), Fault> {
    batch(tx, "savepoint piece")?;
    match work.run(tx) {
        Outcome::Keep => batch(tx, "release piece"),
        Outcome::Undo | Outcome::Again => {
            // A full disk can make SQLite roll everything back by itself.
            if autocommit(tx) {
                return Err(
                    Fault::new("writing, when the engine gave the transaction up").kind(FaultKind::Full)
                );
            }
            batch(tx, "rollback to piece; release piece")
        }
    }
}

fn autocommit(tx: &Tx) -> bool {
    matches!(&tx.reader.conn, Conn::Sqlite(conn) if conn.is_autocommit())
}

fn batch(tx: &mut Tx, text: &'static str) -> std::result::Result<(), Fault> {
    match &tx.reader.conn {
        Conn::Sqlite(conn) => conn.execute_batch(text).map_err(|e| fault(text, e)),
        Conn::Postgres(_) => Err(Fault::new("running a group on an engine that has none")),
    }
}

fn answer_all(group: Vec<Box<dyn Work>>, fault: Option<&Fault>) {
    for work in group {
        work.answer(fault.map(Fault::shared));
    }
}
