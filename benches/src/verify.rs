//! How long it takes to recompute a whole ledger: from the database, and from memory with `seal` alone.

use db::{Actor, Fault, Result};
use ledger::{Act, Class, Entry, record_many, sequencer};
use seal::{Frontier, Hash, Opening};

use crate::{
    ground::{Ground, Wanted},
    stopwatch::{Measured, Target, timed},
};

/// Entries put down in one transaction.
const LOT: usize = 20_000;
const THREADS: usize = 2;

/// Measures verification of a ledger of so many entries.
///
/// # Errors
/// A fault of the engine, or a ledger that does not verify.
pub fn run(wanted: &Wanted, (entries, runs): (usize, usize)) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.ground()?;
    let (took, ()) = timed(|| fill(&ground, entries))?;
    measured.seconds("putting the entries down, s", took);
    let (took, _) = timed(|| sequencer::catch_up(&ground.db, &Actor::Operator))?;
    measured.seconds("placing them in the tree and signing, s", took);
    for _ in 0..runs {
        let (took, verified) = timed(|| ground.db.read_blocking(ledger::verify::verify))?;
        if let Some(wrong) = verified.wrong {
            return Err(Fault::new(format!("verifying what was just made: {wrong}")).into());
        }
        measured.seconds("ledger::verify from the database, s", took);
    }
    let memory = Memory::of(entries);
    let mut leaves = Vec::new();
    for run in 0..=runs {
        let (took, hashes) = timed(|| Ok(memory.hash()))?;
        if run > 0 && hashes != leaves {
            return Err(Fault::new("hashing the same entries to something else").into());
        }
        leaves = hashes;
        if run > 0 {
            measured.seconds("seal: hashing entries and tree from memory, s", took);
        }
    }
    let scale = entries as f64 / 1e6;
    measured.target("ledger::verify from the database, s", Target::AtMost(2.0 * scale));
    measured.target(
        "seal: hashing entries and tree from memory, s",
        Target::AtMost(2.0 * scale),
    );
    measured.print()
}

/// Entries such as completions leave: the commonest sort.
fn fill(ground: &Ground, entries: usize) -> Result<()> {
    let mut from = 0;
    while from < entries {
        let to = (from + LOT).min(entries);
        ground
            .db
            .write_blocking(Actor::Source("old-lms".to_owned()), move |tx| {
                record_many(tx, (from..to).map(entry).collect())
            })?;
        from = to;
    }
    Ok(())
}

fn entry(number: usize) -> Entry {
    let payload = serde_json::json!({
        "completion": format!("cmp_01K0000000000000000{number:07}"),
        "course": "B02",
        "occurred_on": "2026-03-14",
        "passed": true,
        "score": 80 + number % 21,
        "source": "import:old-lms",
    });
    Entry::about(
        Act::CompletionImported,
        format!("person:per_01K0000000000000000{number:07}"),
    )
    .class(Class::C)
    .payload(payload)
}

/// What `hash_entries` is given, held in memory.
struct Memory {
    keys: Vec<[u8; 32]>,
    bodies: Vec<String>,
}

impl Memory {
    fn of(entries: usize) -> Memory {
        let key = |n: usize| {
            let mut key = [7; 32];
            key[..8].copy_from_slice(&n.to_le_bytes());
            key
        };
        let body = |n: usize| {
            format!(
                "{{\"actor\":\"source:old-lms\",\"payload\":{{\"completion\":\"cmp_01K0000000000000000{n:07}\",\
                 \"course\":\"B02\",\"occurred_on\":\"2026-03-14\",\"passed\":true,\"score\":{},\
                 \"source\":\"import:old-lms\"}},\"subject\":\"person:per_01K0000000000000000{n:07}\"}}",
                80 + n % 21
            )
        };
        Memory {
            keys: (0..entries).map(key).collect(),
            bodies: (0..entries).map(body).collect(),
        }
    }

    /// Every leaf, and the root over all of them.
    fn hash(&self) -> Vec<Hash> {
        let mut frontier = Frontier::new();
        let mut all = Vec::with_capacity(self.keys.len());
        for (lot, (keys, bodies)) in self.keys.chunks(LOT).zip(self.bodies.chunks(LOT)).enumerate() {
            let entries: Vec<seal::Entry<'_>> = keys
                .iter()
                .zip(bodies)
                .zip((lot * LOT) as u64..)
                .map(|((key, body), seq)| seal::Entry {
                    seq,
                    kind: "completion-imported",
                    class: "C",
                    occurred_at: "2026-03-14T12:00:00.000Z",
                    recorded_at: "2026-06-01T09:00:00.000Z",
                    opening: Opening::Open { key, body },
                })
                .collect();
            for hash in seal::hash_entries(&entries, THREADS) {
                frontier.push(hash);
                all.push(hash);
            }
        }
        all.push(frontier.root());
        all
    }
}
