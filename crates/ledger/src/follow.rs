//! Those who react to what happened read from here, each from its own mark, and miss nothing.

use db::{Reader, Result, Tx, params, sql};

use crate::entry::Act;

/// An entry as a follower sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub seq: i64,
    pub act: Act,
    pub subject: String,
}

/// The next entries after the follower's mark, oldest first.
///
/// # Errors
/// A fault of the engine.
pub fn next(reader: &mut Reader, name: &str, most: i64) -> Result<Vec<Followed>> {
    let mark: Option<i64> = reader.one(
        sql!("select seq from ledger_cursor where name = $1"),
        &params![name],
        |row| row.get(0),
    )?;
    reader.rows(
        sql!(
            "select seq, kind, subject
             from ledger_entry
             where seq > $1
             order by seq
             limit $2"
        ),
        &params![mark.unwrap_or(-1), most],
        |row| {
            let kind: String = row.get(1)?;
            Ok(Followed {
                seq: row.get(0)?,
                act: kind.parse()?,
                subject: row.get(2)?,
            })
        },
    )
}

/// Moves the follower's mark to `seq`, in the transaction that did what follows.
///
/// # Errors
/// A fault of the engine.
pub fn mark(tx: &mut Tx, name: &str, seq: i64) -> Result<()> {
    tx.execute(
        sql!(
            "insert into ledger_cursor (name, seq)
             values ($1, $2)
             on conflict (name) do update set seq = excluded.seq"
        ),
        &params![name, seq],
    )?;
    Ok(())
}
