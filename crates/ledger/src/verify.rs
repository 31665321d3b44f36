//! Recomputes the whole ledger from its payloads and says the first thing that is wrong.
//!
//! Payload → commitment → leaf → tree → every signed checkpoint. Nothing that was stored in between is believed.

use std::{
    collections::HashMap,
    iter::Peekable,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    vec::IntoIter,
};

use db::{Fault, Moment, Reader, Result, Row, sql};
use seal::{Frontier, Hash, Verifier};

use crate::sequencer::size_value;

/// Entries handed over to be checked at a time.
const CHUNK: usize = 4_096;
/// Chunks that may wait to be checked: some megabytes of memory.
const AHEAD: usize = 4;
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

/// Verifies everything: one thread reads while others reckon.
///
/// # Errors
/// A fault of the engine. What is wrong with the ledger is not an error but an answer.
pub fn verify(reader: &mut Reader) -> Result<Verified> {
    let checkpoints = checkpoints(reader)?;
    let waiting = waiting(reader)?;
    let (send, chunks) = sync_channel(AHEAD);
    let mut found = thread::scope(|scope| {
        let checker = scope.spawn(move || Checker::new(checkpoints).run(&chunks));
        let read = read(reader, &send);
        drop(send);
        let found = checker
            .join()
            .map_err(|_| Fault::new("checking the ledger, which panicked"))?;
        // Whoever has found what is wrong listens no longer, and that ends the reading.
        if found.wrong.is_none() {
            read.map(|()| found)
        } else {
            Ok(found)
        }
    })?;
    found.waiting = waiting;
    Ok(found)
}

/// Entries as they are stored, in order, with all their text in one piece.
#[derive(Default)]
struct Chunk {
    text: String,
    entries: Vec<Stored>,
}

struct Stored {
    seq: i64,
    /// Where the kind, subject, actor, class and body end in the text.
    ends: [usize; 5],
    occurred_at: Moment,
    recorded_at: Moment,
    commitment: [u8; 32],
    leaf: Hash,
    /// `None` when the payload was erased.
    key: Option<[u8; 32]>,
}

/// An entry's texts.
struct Said<'a> {
    kind: &'a str,
    subject: &'a str,
    actor: &'a str,
    class: &'a str,
    body: &'a str,
}

impl Chunk {
    fn push(&mut self, row: &Row) -> Result<()> {
        let mut ends = [0; 5];
        for (end, column) in ends.iter_mut().zip([1, 2, 3, 4, 10]) {
            self.text.push_str(row.str(column)?.unwrap_or_default());
            *end = self.text.len();
        }
        let key = if row.str(10)?.is_some() {
            row.bytes(9)?
        } else {
            None
        };
        self.entries.push(Stored {
            seq: row.get(0)?,
            ends,
            occurred_at: row.get(5)?,
            recorded_at: row.get(6)?,
            commitment: array(row.bytes(7)?.unwrap_or_default())?,
            leaf: Hash(array(row.bytes(8)?.unwrap_or_default())?),
            key: key.map(array).transpose()?,
        });
        Ok(())
    }

    fn said(&self, n: usize) -> Said<'_> {
        let from = n
            .checked_sub(1)
            .and_then(|before| self.entries.get(before))
            .map_or(0, |before| before.ends[4]);
        let [kind, subject, actor, class, body] = self.entries[n].ends;
        Said {
            kind: &self.text[from..kind],
            subject: &self.text[kind..subject],
            actor: &self.text[subject..actor],
            class: &self.text[actor..class],
            body: &self.text[class..body],
        }
    }

    /// The leaves as they have to be.
    fn hashes(&self) -> Vec<Hash> {
        let mut times: HashMap<Moment, String> = HashMap::new();
        for moment in self
            .entries
            .iter()
            .flat_map(|entry| [entry.occurred_at, entry.recorded_at])
        {
            times.entry(moment).or_insert_with(|| moment.to_string());
        }
        let entries: Vec<seal::Entry<'_>> = (0..)
            .zip(&self.entries)
            .map(|(n, stored)| {
                let said = self.said(n);
                seal::Entry {
                    seq: stored.seq.unsigned_abs(),
                    kind: said.kind,
                    class: said.class,
                    occurred_at: &times[&stored.occurred_at],
                    recorded_at: &times[&stored.recorded_at],
                    opening: match &stored.key {
                        Some(key) => seal::Opening::Open { key, body: said.body },
                        None => seal::Opening::Erased {
                            commit: stored.commitment,
                        },
                    },
                }
            })
            .collect();
        seal::hash_entries(&entries, THREADS)
    }
}

impl Said<'_> {
    /// The columns beside the payload say what the payload says.
    fn agrees(&self) -> bool {
        let actor = self
            .body
            .strip_prefix("{\"actor\":")
            .and_then(|rest| after_quoted(rest, self.actor));
        let subject = self
            .body
            .strip_suffix('}')
            .and_then(|rest| before_quoted(rest, self.subject));
        actor.is_some_and(|rest| rest.starts_with(",\"payload\":"))
            && subject.is_some_and(|rest| rest.ends_with(",\"subject\":"))
    }
}

/// What stands behind a text in its canonical quotation. Texts that are quoted as they are cost no copy: there may be
/// millions of them.
fn after_quoted<'a>(rest: &'a str, text: &str) -> Option<&'a str> {
    if is_plain(text) {
        return rest.strip_prefix('"')?.strip_prefix(text)?.strip_prefix('"');
    }
    rest.strip_prefix(seal::canonical(&text.into()).ok()?.as_str())
}

fn before_quoted<'a>(rest: &'a str, text: &str) -> Option<&'a str> {
    if is_plain(text) {
        return rest.strip_suffix('"')?.strip_suffix(text)?.strip_suffix('"');
    }
    rest.strip_suffix(seal::canonical(&text.into()).ok()?.as_str())
}

fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

/// Reads every entry that has its place. The last thing sent is `None`, unless reading failed.
fn read(reader: &mut Reader, send: &SyncSender<Option<Chunk>>) -> Result<()> {
    let send = |part| {
        send.send(part)
            .map_err(|_| Fault::new("handing entries over to be checked, which has ended"))
    };
    let mut chunk = Chunk::default();
    reader.each(
        sql!(
            "select e.seq, e.kind, e.subject, e.actor, e.class, e.occurred_at, e.recorded_at, e.commitment, e.leaf,
                    p.key, p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.seq >= 0
             order by e.seq"
        ),
        &[],
        |row| {
            chunk.push(row)?;
            if chunk.entries.len() == CHUNK {
                send(Some(std::mem::take(&mut chunk)))?;
            }
            Ok(())
        },
    )?;
    send(Some(chunk))?;
    Ok(send(None)?)
}

/// Grows the tree again and compares it with whatever was signed on the way.
struct Checker {
    frontier: Frontier,
    checkpoints: Peekable<IntoIter<Signed>>,
    found: Verified,
}

impl Checker {
    fn new(checkpoints: Vec<Signed>) -> Checker {
        let found = Verified {
            entries: 0,
            erased: 0,
            waiting: 0,
            checkpoints: 0,
            root: String::new(),
            wrong: None,
        };
        Checker {
            frontier: Frontier::new(),
            checkpoints: checkpoints.into_iter().peekable(),
            found,
        }
    }

    fn run(mut self, chunks: &Receiver<Option<Chunk>>) -> Verified {
        self.signed_here();
        while let (None, Ok(part)) = (&self.found.wrong, chunks.recv()) {
            match part {
                Some(chunk) => self.check(&chunk),
                None => {
                    self.found.wrong = self.signed_beyond();
                    break;
                }
            }
        }
        self.found.entries = self.frontier.size();
        self.found.root = self.frontier.root().to_string();
        self.found
    }

    fn check(&mut self, chunk: &Chunk) {
        for (n, (stored, hash)) in chunk.entries.iter().zip(chunk.hashes()).enumerate() {
            let expected = size_value(self.frontier.size());
            if stored.seq != expected {
                let sentence = format!(
                    "Entry {expected} is missing: the next one here is {}.",
                    stored.seq
                );
                self.found.wrong = Some(sentence);
                return;
            }
            if hash != stored.leaf || (stored.key.is_some() && !chunk.said(n).agrees()) {
                self.found.wrong = Some(format!("Entry {expected} does not say what was sealed."));
                return;
            }
            self.found.erased += u64::from(stored.key.is_none());
            self.frontier.push(hash);
            self.signed_here();
            if self.found.wrong.is_some() {
                return;
            }
        }
    }

    /// Every checkpoint of the tree as it stands.
    fn signed_here(&mut self) {
        let size = size_value(self.frontier.size());
        while let Some(signed) = self.checkpoints.next_if(|signed| signed.size == size) {
            self.found.checkpoints += 1;
            if self.found.wrong.is_none() {
                self.found.wrong = signed.wrong(&self.frontier);
            }
        }
    }

    /// A checkpoint of more entries than there are.
    fn signed_beyond(&mut self) -> Option<String> {
        let signed = self.checkpoints.next()?;
        Some(format!(
            "The checkpoint signed at {} covers {} entries, but only {} are here.",
            signed.signed_at,
            signed.size,
            self.frontier.size()
        ))
    }
}

pub(crate) fn bytes(bytes: Vec<u8>) -> Result<[u8; 32]> {
    array(&bytes)
}

fn array(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| Fault::new("reading 32 bytes from the ledger that are not 32").into())
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
            None => Some(format!(
                "The checkpoint of {} is not signed by a key of this log.",
                self.signed_at
            )),
            Some(checkpoint) if checkpoint.root != frontier.root() || checkpoint.size != frontier.size() => {
                Some(format!(
                    "The first {} entries are not those that were signed at {}.",
                    self.size, self.signed_at
                ))
            }
            Some(_) => None,
        }
    }
}

fn checkpoints(reader: &mut Reader) -> Result<Vec<Signed>> {
    let vkeys: Vec<String> = reader.rows(
        sql!("select vkey from ledger_key order by created_at limit 1000"),
        &[],
        |row| row.get(0),
    )?;
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
    use db::{Actor, Db, params};

    fn world(n: usize) -> Db {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Operator, move |tx| {
            let entry = |i| {
                Entry::about(Act::PersonJoined, format!("person:{i}")).payload(serde_json::json!({"n": i}))
            };
            record_many(tx, (0..n).map(entry).collect())
        })
        .expect("recording works");
        catch_up(&db, &Actor::Operator).expect("sequencing works");
        db
    }

    fn wrong_after(change: impl Fn(&mut db::Tx) -> Result<u64> + Send + 'static) -> Option<String> {
        let db = world(300);
        assert_eq!(db.read_blocking(verify).expect("verifying works").wrong, None);
        assert_eq!(
            db.write_blocking(Actor::Operator, change)
                .expect("the change is made"),
            1
        );
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
            assert!(
                wrong_after(move |tx| tx.execute(statement, &[])).is_some_and(|w| w.contains("Entry 9 "))
            );
        }
    }

    #[test]
    fn a_removed_entry_is_found() {
        let wrong =
            wrong_after(|tx| tx.execute(sql!("update ledger_entry set seq = null where seq = 300"), &[]));
        assert!(wrong.is_some_and(|w| w.contains("covers 301 entries, but only 300 are here")));
    }

    #[test]
    fn a_history_rewritten_with_its_hashes_is_found_by_the_signature() {
        let wrong = wrong_after(|tx| {
            let leaf = [7_u8; 32];
            tx.execute(
                sql!("update ledger_checkpoint set note = 'x', root = $1"),
                &params![leaf],
            )
        });
        assert!(wrong.is_some_and(|w| w.contains("not signed by a key of this log")));
    }

    #[test]
    fn a_text_is_compared_as_it_is_quoted() {
        for text in ["person:7", "person:O\"Neill \\ Söhne\u{7f}\n", ""] {
            let said = Said {
                kind: "",
                class: "",
                actor: text,
                subject: text,
                body: &seal::canonical(&serde_json::json!({ "actor": text, "payload": {}, "subject": text }))
                    .expect("texts have a canonical form"),
            };
            assert!(said.agrees());
            assert!(
                !Said {
                    actor: "somebody else",
                    ..said
                }
                .agrees()
            );
        }
    }

    #[test]
    fn a_ledger_of_several_chunks_verifies_with_the_checkpoints_inside_them() {
        let db = world(CHUNK + 10);
        db.set_now(db.now().plus_seconds(3600));
        db.write_blocking(Actor::Operator, |tx| {
            let entry =
                |i| Entry::about(Act::PersonLeft, format!("person:{i}")).payload(serde_json::json!({"n": i}));
            record_many(tx, (0..CHUNK).map(entry).collect())
        })
        .expect("recording works");
        catch_up(&db, &Actor::Operator).expect("sequencing works");
        let found = db.read_blocking(verify).expect("verifying works");
        assert_eq!(
            (found.entries, found.checkpoints, found.wrong),
            (2 * CHUNK as u64 + 11, 2, None)
        );
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
