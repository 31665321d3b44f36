//! When a snapshot of a connection's source is due: once a day, as long as its identity provider is heard from.
//!
//! A provider that has not asked anything for longer than its source may be silent has no fresh snapshot, and the check of
//! completeness says so: what we hold may be old.

use db::{Moment, Reader, Result, Tx, params, sql};
use roster::source_setting;
use roster::source_snapshot::{self, Taken};

use crate::connection::Connection;

const DAY_SECONDS: i64 = 24 * 3_600;

/// The snapshot of a connection, when it is due.
///
/// # Errors
/// A fault of the engine.
pub fn take_when_due(reader: &mut Reader, connection: &Connection) -> Result<Option<Taken>> {
    if is_taken_today(reader, connection)? || !is_heard_from(reader, connection)? {
        return Ok(None);
    }
    source_snapshot::take(reader, &connection.source).map(Some)
}

/// Keeps it, unless another node was quicker.
///
/// # Errors
/// A fault of the engine.
pub fn keep(tx: &mut Tx, connection: &Connection, taken: &Taken) -> Result<()> {
    if is_taken_today(tx, connection)? {
        return Ok(());
    }
    source_snapshot::keep(tx, taken)
}

fn is_taken_today(reader: &mut Reader, connection: &Connection) -> Result<bool> {
    let today = reader.today()?.start(&reader.zone()?);
    source_snapshot::is_taken_since(reader, &connection.source, today)
}

/// Whether the provider has asked for anything, with a token of ours, within the days its source may be silent.
fn is_heard_from(reader: &mut Reader, connection: &Connection) -> Result<bool> {
    let fresh_days = source_setting::of(reader, &connection.source)?.fresh_days;
    let since = reader.now().plus_seconds(-fresh_days * DAY_SECONDS);
    let last = reader.one(
        sql!(
            "select at
             from scim_request
             where connection = $1
               and at >= $2
             order by at desc
             limit 1"
        ),
        &params![&connection.id, since],
        |row| row.get::<Moment>(0),
    )?;
    Ok(last.is_some())
}
