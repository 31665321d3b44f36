//! Gives entries their place: dense numbers, tiles, and a signed checkpoint.
//!
//! Runs in one transaction under one lock, so on PostgreSQL whichever node is alive does it and two never
//! do. A crash anywhere leaves the tree as it was before, and the entries waiting. Signing happens at most
//! once a minute, and at least once a day even when nothing happened: an absence is then evidence too.

use std::collections::BTreeMap;

use db::{Day, Fault, Moment, Result, Tx, Value, Zone, params, sql};
use seal::{Checkpoint, Frontier, Hash, Levels};

use crate::key;

/// Entries placed in one transaction: some 100 ms of work, so that other writers are not kept waiting.
const BATCH_MAX: i64 = 20_000;
/// At most one checkpoint a minute.
const SIGN_SECONDS_MIN: i64 = 60;
/// The lock's number on PostgreSQL.
const LOCK: i64 = 0x6c65_6467;
const TILE_BYTES_MAX: usize = 256 * 32;

/// What one run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequenced {
    /// Entries placed now.
    pub placed: u64,
    /// Entries in the tree.
    pub size: u64,
    pub signed: bool,
}

impl Sequenced {
    /// More entries may be waiting.
    pub fn again(self) -> bool {
        self.placed == BATCH_MAX.unsigned_abs()
    }
}

/// When a checkpoint is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// When it is time: at most each minute, at least each day.
    WhenDue,
    /// Now, because somebody is about to rely on it.
    Now,
}

/// Places what waits and signs when it is time.
///
/// # Errors
/// A fault of the engine.
pub fn sequence(tx: &mut Tx, sign: Sign) -> Result<Sequenced> {
    tx.alone(LOCK)?;
    let signer = key::signer(tx)?;
    let mut frontier = frontier(tx)?;
    let before = frontier.size();
    let waiting = waiting(tx)?;
    let mut leaves = Vec::with_capacity(waiting.len());
    let mut places = Vec::with_capacity(waiting.len());
    for entry in waiting {
        let seq = frontier.size();
        let leaf = entry.leaf(seq);
        places.push((seq, leaf, entry.id));
        leaves.push(leaf);
        frontier.push(leaf);
    }
    for (seq, leaf, id) in places {
        // Not waited for: twenty thousand answers would be.
        tx.insert(
            sql!("update ledger_entry set seq = $1, leaf = $2 where id = $3 and seq is null"),
            &params![i64::try_from(seq).unwrap_or(i64::MAX), leaf.0, id],
        )?;
    }
    grow_tiles(tx, before, &leaves)?;
    keep_frontier(tx, &frontier)?;
    let sign_at = due(tx, sign, frontier.size())?;
    if let Some(signed_at) = sign_at {
        let checkpoint = Checkpoint {
            origin: signer.name().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
        };
        let note = signer
            .sign(&checkpoint)
            .map_err(|e| Fault::of("signing a checkpoint", e))?;
        tx.execute(
            sql!(
                "insert into ledger_checkpoint (signed_at, size, root, note)
                 values ($1, $2, $3, $4)"
            ),
            &params![signed_at, size_value(frontier.size()), checkpoint.root.0, note],
        )?;
    }
    Ok(Sequenced {
        placed: frontier.size() - before,
        size: frontier.size(),
        signed: sign_at.is_some(),
    })
}

/// Places everything that waits, in as many transactions as it takes, and signs at the end. For threads that may wait.
///
/// # Errors
/// A fault of the engine.
pub fn catch_up(db: &db::Db, actor: &db::Actor) -> Result<Sequenced> {
    loop {
        let done = db.write_blocking(actor.clone(), |tx| sequence(tx, Sign::Now))?;
        if !done.again() {
            return Ok(done);
        }
    }
}

struct Waiting {
    id: String,
    kind: String,
    class: String,
    occurred_at: Moment,
    recorded_at: Moment,
    commitment: [u8; 32],
}

impl Waiting {
    fn leaf(&self, seq: u64) -> Hash {
        let leaf = seal::Leaf {
            seq,
            kind: &self.kind,
            class: &self.class,
            occurred_at: &self.occurred_at.to_string(),
            recorded_at: &self.recorded_at.to_string(),
            commit: self.commitment,
        };
        leaf.hash()
    }
}

fn waiting(tx: &mut Tx) -> Result<Vec<Waiting>> {
    tx.rows(
        sql!(
            "select id, kind, class, occurred_at, recorded_at, commitment
             from ledger_entry
             where seq is null
             order by id
             limit $1"
        ),
        &params![BATCH_MAX],
        |row| {
            let commitment: Vec<u8> = row.get(5)?;
            Ok(Waiting {
                id: row.get(0)?,
                kind: row.get(1)?,
                class: row.get(2)?,
                occurred_at: row.get(3)?,
                recorded_at: row.get(4)?,
                commitment: commitment
                    .try_into()
                    .map_err(|_| Fault::new("reading a commitment that is not 32 bytes"))?,
            })
        },
    )
}

fn frontier(tx: &mut Tx) -> Result<Frontier> {
    let bytes: Option<Vec<u8>> = tx.one(
        sql!("select frontier from ledger_tree where id = 1"),
        &[],
        |row| row.get(0),
    )?;
    match bytes {
        None => Ok(Frontier::new()),
        Some(bytes) => {
            Frontier::from_bytes(&bytes).map_err(|e| Fault::of("reading the edge of the tree", e).into())
        }
    }
}

fn keep_frontier(tx: &mut Tx, frontier: &Frontier) -> Result<()> {
    tx.execute(
        sql!(
            "insert into ledger_tree (id, size, frontier)
             values (1, $1, $2)
             on conflict (id) do update set size = excluded.size, frontier = excluded.frontier"
        ),
        &params![size_value(frontier.size()), frontier.to_bytes()],
    )?;
    Ok(())
}

/// Appends the new leaves to the tiles; a tile that fills up gives one hash to the level above.
fn grow_tiles(tx: &mut Tx, size: u64, leaves: &[Hash]) -> Result<()> {
    let mut changed: BTreeMap<(i64, i64), Vec<u8>> = BTreeMap::new();
    let (mut hashes, mut level, mut start) = (leaves.to_vec(), 0_i64, size);
    while !hashes.is_empty() {
        let mut above = Vec::new();
        for (hash, index) in hashes.iter().zip(start..) {
            let n = size_value(index / 256);
            if index % 256 != 0 && !changed.contains_key(&(level, n)) {
                changed.insert((level, n), tile(tx, level, n)?);
            }
            let bytes = changed.entry((level, n)).or_default();
            bytes.extend_from_slice(&hash.0);
            if bytes.len() == TILE_BYTES_MAX {
                above.push(tile_root(bytes));
            }
        }
        (hashes, start, level) = (above, start / 256, level + 1);
    }
    let rows = changed
        .into_iter()
        .map(|((level, n), bytes)| vec![level.into(), n.into(), bytes.into()]);
    tx.execute_many(
        sql!(
            "insert into ledger_tile (level, n, hashes)
             values ($1, $2, $3)
             on conflict (level, n) do update set hashes = excluded.hashes"
        ),
        rows.collect::<Vec<Vec<Value>>>(),
    )?;
    Ok(())
}

fn tile_root(bytes: &[u8]) -> Hash {
    let hashes: Vec<Hash> = bytes
        .as_chunks::<32>()
        .0
        .iter()
        .map(|bytes| Hash(*bytes))
        .collect();
    Levels::build(&hashes)
        .root(hashes.len() as u64)
        .unwrap_or_else(seal::tree::empty_root)
}

pub(crate) fn tile(reader: &mut db::Reader, level: i64, n: i64) -> Result<Vec<u8>> {
    let found = reader.one(
        sql!("select hashes from ledger_tile where level = $1 and n = $2"),
        &params![level, n],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or_default())
}

/// When a checkpoint signed now is of, if one is due. A clock that was put back neither stops the signing nor makes a
/// larger tree look older than a smaller one.
fn due(tx: &mut Tx, sign: Sign, size: u64) -> Result<Option<Moment>> {
    let last: Option<(Moment, i64)> = tx.one(
        sql!(
            "select signed_at, size
             from ledger_checkpoint
             order by size desc, signed_at desc
             limit 1"
        ),
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let now = tx.now();
    let Some((signed_at, signed_size)) = last else {
        return Ok(Some(now));
    };
    let grown = size_value(size) > signed_size;
    let today: Day = now.day(&Zone::utc());
    let daily = signed_at.day(&Zone::utc()) < today;
    let minute =
        now >= signed_at.plus_seconds(SIGN_SECONDS_MIN) || now.plus_seconds(SIGN_SECONDS_MIN) <= signed_at;
    let is_due = daily || (grown && (minute || sign == Sign::Now));
    Ok(is_due.then(|| now.max(signed_at)))
}

pub(crate) fn size_value(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Act, Entry};
    use db::{Actor, Db};

    fn fill(db: &Db, n: usize) {
        db.write_blocking(Actor::Operator, move |tx| {
            crate::record_many(
                tx,
                (0..n)
                    .map(|i| Entry::about(Act::Exported, format!("x:{i}")))
                    .collect(),
            )
        })
        .expect("recording works");
    }

    #[test]
    fn the_tiles_are_those_of_the_tree_however_it_grew() {
        let db = Db::in_memory_for_tests();
        for n in [1, 254, 3, 600, 0, 42] {
            fill(&db, n);
            catch_up(&db, &Actor::Operator).expect("sequencing works");
        }
        let (leaves, tiles) = db
            .read_blocking(|r| {
                let leaves = r.rows(
                    sql!("select leaf from ledger_entry order by seq limit 100000"),
                    &[],
                    |row| Ok(Hash(row.get::<Vec<u8>>(0)?.try_into().expect("32 bytes"))),
                )?;
                let tiles = r.rows(
                    sql!("select level, n, hashes from ledger_tile order by level, n limit 1000"),
                    &[],
                    |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Vec<u8>>(2)?)),
                )?;
                Ok((leaves, tiles))
            })
            .expect("reading works");
        let levels = Levels::build(&leaves);
        let expected: Vec<(i64, i64, Vec<u8>)> = seal::tree::tiles_for(0, levels.size())
            .iter()
            .map(|t| {
                (
                    i64::from(t.level),
                    t.n as i64,
                    levels.tile(t).expect("within the tree"),
                )
            })
            .collect();
        assert_eq!(leaves.len(), 901);
        assert_eq!(tiles, expected);
    }

    #[test]
    fn a_checkpoint_is_signed_at_most_each_minute_and_at_least_each_day() {
        let db = Db::in_memory_for_tests();
        let run = |db: &Db| {
            db.write_blocking(Actor::Operator, |tx| sequence(tx, Sign::WhenDue))
                .expect("sequencing works")
        };
        fill(&db, 1);
        assert!(run(&db).signed);
        fill(&db, 1);
        assert_eq!((run(&db).signed, run(&db).placed), (false, 0));
        db.set_now(db.now().plus_seconds(60));
        assert!(run(&db).signed);
        db.set_now(db.now().plus_seconds(3600));
        assert!(!run(&db).signed);
        db.set_now(db.now().plus_seconds(86_400));
        assert!(run(&db).signed, "an absence is evidence too");
    }

    #[test]
    fn a_larger_tree_is_the_newest_whatever_the_clock_says() {
        let db = Db::in_memory_for_tests();
        let start = db.now();
        let signed = |db: &Db| {
            catch_up(db, &Actor::Operator).expect("sequencing works");
            let latest = db.read_blocking(crate::proof::latest).expect("reading works");
            latest.map(|latest| (latest.size, latest.signed_at))
        };
        fill(&db, 1);
        assert_eq!(signed(&db), Some((2, start)));
        fill(&db, 1);
        assert_eq!(signed(&db), Some((3, start)), "twice in one millisecond");
        db.set_now(start.plus_seconds(-3600));
        fill(&db, 1);
        let run = db
            .write_blocking(Actor::Operator, |tx| sequence(tx, Sign::WhenDue))
            .expect("sequencing works");
        assert!(run.signed, "an hour's wait would leave what happens unsealed");
        assert_eq!(signed(&db), Some((4, start)));
        let kept = db
            .read_blocking(|r| {
                r.rows(
                    sql!("select size from ledger_checkpoint order by size limit 10"),
                    &[],
                    |row| row.get::<i64>(0),
                )
            })
            .expect("reading works");
        assert_eq!(kept, [2, 3, 4], "none took the place of another");
    }
}
