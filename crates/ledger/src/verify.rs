//! Recomputes the whole ledger from its payloads and says the first thing that is wrong.
//!
//! Payload → commitment → leaf → tree → every signed checkpoint. Nothing that was stored in between is believed.

use db::{Fault, Moment, Reader, Result, params, sql};
use seal::{Frontier, Hash, Verifier};

use crate::sequencer::size_value;

/// Entries held in memory at a time.
const CHUNK: i64 = 20_000;
const THREADS: usize = 2;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Entries in the tree that were recomputed.
    pub entries: u64,
    /// Of these, entries whose payload has been erased: their commitment was taken as it stands.
    pub erased: u64,
    /// Entries that wait for their place.
    pub waiting: u64,
    /// Signed checkpoints that were checked.
    pub checkpoints: u64,
    /// Hex root of the tree.
    pub root: String,
    /// The first thing that is wrong, in a sentence; `None` when nothing is.
    pub wrong: Option<String>,
}

/// Verifies everything.
///
/// # Errors
/// A fault of the engine. What is wrong with the ledger is not an error but an answer.
pub fn verify(reader: &mut Reader) -> Result<Verified> {
    let mut checkpoints = checkpoints(reader)?.into_iter().peekable();
    let mut found = Verified { entries: 0, erased: 0, waiting: 0, checkpoints: 0, root: String::new(), wrong: None };
    let mut frontier = Frontier::new();
    loop {
        while let Some(signed) = checkpoints.next_if(|c| c.size == size_value(frontier.size())) {
            found.checkpoints += 1;
            found.wrong = found.wrong.or_else(|| signed.wrong(&frontier));
        }
        let most = checkpoints.peek().map_or(CHUNK, |c| (c.size - size_value(frontier.size())).clamp(1, CHUNK));
        let chunk = chunk(reader, size_value(frontier.size()), most)?;
        if chunk.is_empty() || found.wrong.is_some() {
            break;
        }
        found.wrong = check(&chunk, &mut frontier);
        found.erased += chunk.iter().filter(|row| row.opening.is_none()).count() as u64;
    }
    if let (None, Some(signed)) = (&found.wrong, checkpoints.next()) {
        found.wrong = Some(format!(
            "The checkpoint signed at {} covers {} entries, but only {} are here.",
            signed.signed_at,
            signed.size,
            frontier.size()
        ));
    }
    found.entries = frontier.size();
    found.root = frontier.root().to_string();
    found.waiting = waiting(reader)?;
    Ok(found)
}

struct Stored {
    seq: i64,
    kind: String,
    subject: String,
    actor: String,
    class: String,
    occurred_at: String,
    recorded_at: String,
    commitment: [u8; 32],
    leaf: Hash,
    opening: Option<([u8; 32], String)>,
}

impl Stored {
    /// The columns beside the payload say what the payload says.
    fn agrees(&self) -> bool {
        let Some((_, body)) = &self.opening else { return true };
        let quoted = |text: &str| seal::canonical(&serde_json::Value::from(text)).unwrap_or_default();
        body.starts_with(&format!("{{\"actor\":{},\"payload\":", quoted(&self.actor)))
            && body.ends_with(&format!(",\"subject\":{}}}", quoted(&self.subject)))
    }
}

fn check(chunk: &[Stored], frontier: &mut Frontier) -> Option<String> {
    let entries: Vec<seal::Entry<'_>> = chunk
        .iter()
        .map(|row| seal::Entry {
            seq: row.seq.unsigned_abs(),
            kind: &row.kind,
            class: &row.class,
            occurred_at: &row.occurred_at,
            recorded_at: &row.recorded_at,
            opening: match &row.opening {
                Some((key, body)) => seal::Opening::Open { key, body },
                None => seal::Opening::Erased { commit: row.commitment },
            },
        })
        .collect();
    let hashes = seal::hash_entries(&entries, THREADS);
    for (row, hash) in chunk.iter().zip(hashes) {
        let expected = size_value(frontier.size());
        if row.seq != expected {
            return Some(format!("Entry {expected} is missing: the next one here is {}.", row.seq));
        }
        if hash != row.leaf || !row.agrees() {
            return Some(format!("Entry {expected} does not say what was sealed.", ));
        }
        frontier.push(hash);
    }
    None
}

fn chunk(reader: &mut Reader, from: i64, most: i64) -> Result<Vec<Stored>> {
    reader.rows(
        sql!(
            "select e.seq, e.kind, e.subject, e.actor, e.class, e.occurred_at, e.recorded_at, e.commitment, e.leaf,
                    p.key, p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.seq >= $1
             order by e.seq
             limit $2"
        ),
        &params![from, most],
        |row| {
            let key: Option<Vec<u8>> = row.get(9)?;
            let body: Option<String> = row.get(10)?;
            Ok(Stored {
                seq: row.get(0)?,
                kind: row.get(1)?,
                subject: row.get(2)?,
                actor: row.get(3)?,
                class: row.get(4)?,
                occurred_at: row.get::<Moment>(5)?.to_string(),
                recorded_at: row.get::<Moment>(6)?.to_string(),
                commitment: bytes(row.get(7)?)?,
                leaf: Hash(bytes(row.get(8)?)?),
                opening: match (key, body) {
                    (Some(key), Some(body)) => Some((bytes(key)?, body)),
                    _ => None,
                },
            })
        },
    )
}

pub(crate) fn bytes(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Fault::new("reading 32 bytes from the ledger that are not 32").into())
}

struct Signed {
    signed_at: Moment,
    size: i64,
    note: String,
    vkeys: Vec<String>,
}

impl Signed {
    fn wrong(&self, frontier: &Frontier) -> Option<String> {
        let opened = self.vkeys.iter().find_map(|vkey| {
            let verifier = Verifier::from_vkey(vkey).ok()?;
            seal::open(&self.note, &verifier).ok()
        });
        match opened {
            None => Some(format!("The checkpoint of {} is not signed by a key of this log.", self.signed_at)),
            Some(checkpoint) if checkpoint.root != frontier.root() || checkpoint.size != frontier.size() => Some(format!(
                "The first {} entries are not those that were signed at {}.",
                self.size, self.signed_at
            )),
            Some(_) => None,
        }
    }
}

fn checkpoints(reader: &mut Reader) -> Result<Vec<Signed>> {
    let vkeys: Vec<String> =
        reader.rows(sql!("select vkey from ledger_key order by created_at limit 1000"), &[], |row| row.get(0))?;
    let mut found = Vec::new();
    reader.each(
        sql!("select signed_at, size, note from ledger_checkpoint order by size, signed_at"),
        &[],
        |row| {
            found.push(Signed {
                signed_at: row.get(0)?,
                size: row.get(1)?,
                note: row.get(2)?,
                vkeys: vkeys.clone(),
            });
            Ok(())
        },
    )?;
    Ok(found)
}

fn waiting(reader: &mut Reader) -> Result<u64> {
    let n: Option<i64> = reader.one(
        sql!("select cast(count(id) as bigint) from ledger_entry where seq is null"),
        &[],
        |row| row.get(0),
    )?;
    Ok(n.unwrap_or(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Act, Entry, record_many, sequencer::catch_up};
    use db::{Actor, Db};

    fn world(n: usize) -> Db {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Operator, move |tx| {
            let entry = |i| Entry::about(Act::PersonJoined, format!("person:{i}")).payload(serde_json::json!({"n": i}));
            record_many(tx, (0..n).map(entry).collect())
        })
        .expect("recording works");
        catch_up(&db, &Actor::Operator).expect("sequencing works");
        db
    }

    fn wrong_after(change: impl Fn(&mut db::Tx) -> Result<u64> + Send + 'static) -> Option<String> {
        let db = world(300);
        assert_eq!(db.read_blocking(verify).expect("verifying works").wrong, None);
        assert_eq!(db.write_blocking(Actor::Operator, change).expect("the change is made"), 1);
        db.read_blocking(verify).expect("verifying works").wrong
    }

    #[test]
    fn a_ledger_that_was_left_alone_verifies() {
        let db = world(700);
        let found = db.read_blocking(verify).expect("verifying works");
        assert_eq!((found.entries, found.waiting, found.wrong), (701, 0, None));
    }

    #[test]
    fn a_changed_payload_is_found() {
        let wrong = wrong_after(|tx| {
            tx.execute(
                sql!(
                    "update ledger_payload
                     set body = replace(body, '\"n\":7}', '\"n\":8}')
                     where body like '%\"n\":7}%'"
                ),
                &[],
            )
        });
        assert_eq!(wrong.as_deref(), Some("Entry 7 does not say what was sealed."));
    }

    #[test]
    fn a_changed_subject_time_or_order_is_found() {
        for statement in [
            sql!("update ledger_entry set subject = 'person:x' where seq = 9"),
            sql!("update ledger_entry set actor = 'operator2' where seq = 9"),
            sql!("update ledger_entry set occurred_at = 1 where seq = 9"),
            sql!("update ledger_entry set kind = 'person-left' where seq = 9"),
        ] {
            assert!(wrong_after(move |tx| tx.execute(statement, &[])).is_some_and(|w| w.contains("Entry 9 ")));
        }
    }

    #[test]
    fn a_removed_entry_is_found() {
        let wrong = wrong_after(|tx| tx.execute(sql!("update ledger_entry set seq = null where seq = 300"), &[]));
        assert!(wrong.is_some_and(|w| w.contains("covers 301 entries, but only 300 are here")));
    }

    #[test]
    fn a_history_rewritten_with_its_hashes_is_found_by_the_signature() {
        let wrong = wrong_after(|tx| {
            let leaf = [7_u8; 32];
            tx.execute(sql!("update ledger_checkpoint set note = 'x', root = $1"), &params![leaf])
        });
        assert!(wrong.is_some_and(|w| w.contains("not signed by a key of this log")));
    }

    #[test]
    fn an_erased_payload_breaks_nothing() {
        let db = world(10);
        db.write_blocking(Actor::Operator, |tx| crate::erase::payloads_about(tx, "person:3"))
            .expect("erasing works");
        let found = db.read_blocking(verify).expect("verifying works");
        assert_eq!((found.wrong, found.erased), (None, 1));
    }
}
