//! Erasing what an entry says, never that it was made.
//!
//! The payload and its key go; the commitment stays and means nothing without them, so every proof still holds.

use db::{Result, Tx, params, sql};

/// Erases the payloads of all entries about the subject and says how many.
///
/// # Errors
/// A fault of the engine.
pub fn payloads_about(tx: &mut Tx, subject: &str) -> Result<u64> {
    tx.execute(
        sql!(
            "delete from ledger_payload
             where entry_id in (select id from ledger_entry where subject = $1)"
        ),
        &params![subject],
    )
}
