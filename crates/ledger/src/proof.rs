//! Proofs for those who take records away: the whole tree in memory, and the checkpoint it is under.

use db::{Moment, Reader, Result, Row, params, sql};
use seal::{Hash, Levels};

use crate::{sequencer::size_value, verify::bytes};

/// The newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    pub signed_at: Moment,
    pub size: u64,
    pub root: Hash,
    /// The signed note, byte for byte.
    pub note: String,
}

/// The newest checkpoint, or `None` before the first.
///
/// # Errors
/// A fault of the engine.
pub fn latest(reader: &mut Reader) -> Result<Option<Latest>> {
    latest_at(reader, Moment(i64::MAX))
}

/// The newest checkpoint signed at or before an instant.
///
/// # Errors
/// A fault of the engine.
pub fn latest_at(reader: &mut Reader, at: Moment) -> Result<Option<Latest>> {
    reader.one(
        sql!(
            "select signed_at, size, root, note
             from ledger_checkpoint
             where signed_at <= $1
             order by size desc, signed_at desc
             limit 1"
        ),
        &params![at],
        |row| {
            Ok(Latest {
                signed_at: row.get(0)?,
                size: row.get::<i64>(1)?.unsigned_abs(),
                root: Hash(bytes(row.get(2)?)?),
                note: row.get(3)?,
            })
        },
    )
}

/// The tree of the first `size` entries, for making proofs. Takes 64 bytes an entry.
///
/// # Errors
/// A fault of the engine.
pub fn levels(reader: &mut Reader, size: u64) -> Result<Levels> {
    let mut leaves = Vec::new();
    reader.each(
        sql!("select leaf from ledger_entry where seq < $1 order by seq"),
        &params![size_value(size)],
        |row| {
            leaves.push(Hash(bytes(row.get(0)?)?));
            Ok(())
        },
    )?;
    Ok(Levels::build(&leaves))
}

/// An entry with everything a stranger needs to check it.
#[derive(Debug, Clone)]
pub struct Record {
    pub seq: u64,
    pub kind: String,
    pub class: String,
    pub occurred_at: Moment,
    pub recorded_at: Moment,
    pub commitment: [u8; 32],
    /// Key and body, unless erased.
    pub opening: Option<([u8; 32], String)>,
}

/// Visits the entries below `size` in order.
///
/// # Errors
/// A fault of the engine, or whatever `visit` answers.
pub fn records(reader: &mut Reader, size: u64, mut visit: impl FnMut(Record) -> Result<()>) -> Result<()> {
    reader.each(
        sql!(
            "select e.seq, e.kind, e.class, e.occurred_at, e.recorded_at, e.commitment, p.key, p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.seq < $1
             order by e.seq"
        ),
        &params![size_value(size)],
        |row| visit(record(row)?),
    )
}

/// Visits the entries about one subject below `size` in order.
///
/// # Errors
/// As for [`records`].
pub fn records_about(
    reader: &mut Reader,
    subject: &str,
    size: u64,
    mut visit: impl FnMut(Record) -> Result<()>,
) -> Result<()> {
    reader.each(
        sql!(
            "select e.seq, e.kind, e.class, e.occurred_at, e.recorded_at, e.commitment, p.key, p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.subject = $1
             and e.seq < $2
             order by e.seq"
        ),
        &params![subject, size_value(size)],
        |row| visit(record(row)?),
    )
}

fn record(row: &Row) -> Result<Record> {
    let (key, body): (Option<Vec<u8>>, Option<String>) = (row.get(6)?, row.get(7)?);
    Ok(Record {
        seq: row.get::<i64>(0)?.unsigned_abs(),
        kind: row.get(1)?,
        class: row.get(2)?,
        occurred_at: row.get(3)?,
        recorded_at: row.get(4)?,
        commitment: bytes(row.get(5)?)?,
        opening: match (key, body) {
            (Some(key), Some(body)) => Some((bytes(key)?, body)),
            _ => None,
        },
    })
}
