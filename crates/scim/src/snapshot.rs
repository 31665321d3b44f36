//! When a snapshot of a connection's source is due: once a day, as long as its identity provider is heard from.
//!
//! A provider that has not asked anything for longer than its source may be silent has no fresh snapshot, and the check of
//! completeness says so: what we hold may be old.

use db::{Id, Moment, Reader, Result, Tx, params, sql};
use roster::{source_setting, source_snapshot};

use crate::connection::{self, Connection, ConnectionKind};

const DAY_SECONDS: i64 = 24 * 3_600;

/// Takes the snapshot of a connection, when it is due.
///
/// # Errors
/// A fault of the engine.
pub fn take_when_due(tx: &mut Tx, id: &Id<ConnectionKind>) -> Result<()> {
    let Some(connection) = connection::find(tx, id)? else {
        return Ok(());
    };
    let today = tx.today()?.start(&tx.zone()?);
    if source_snapshot::is_taken_since(tx, &connection.source, today)? || !is_heard_from(tx, &connection)? {
        return Ok(());
    }
    source_snapshot::take(tx, &connection.source).map(|_| ())
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
