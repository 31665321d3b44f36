//! `kill -9` while entries that are recorded get their place, and what others have seen of the ledger by then.
//!
//! Whatever was killed and when: no entry is lost, none gets another place or another leaf than it had, every
//! checkpoint that was ever seen is still there to the byte, and the last one is shown to contain it.
//!
//! Not here: entries that are being recorded while the program dies ([`crate::killed`]).

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::time::Duration;

use db::{Actor, Clock, Db, Entropy, sql};
use ledger::{Act, Entry};
use seal::{Hash, Levels, Verifier};
use serde_json::Value;
use stories::Engine;

use crate::house::{House, pause};
use crate::killed::{share, time_of};

/// Entries that wait in an ordinary round: enough for the work to be longer than the noise of a busy machine.
const WAITING: usize = 1_500;
/// More than the sequencer places in one transaction, so that it can die between two.
const WAITING_IN_TWO: usize = 21_000;
/// Moments at which it dies, from before it has opened anything to after it has ended.
const ROUNDS: u32 = 12;

/// What somebody outside has seen of the ledger.
#[derive(Default)]
struct Seen {
    /// Ids of everything whose recording was acknowledged.
    recorded: BTreeSet<String>,
    /// By id: the place and the leaf.
    placed: BTreeMap<String, (i64, Vec<u8>)>,
    /// By the instant of signing: the size and the note.
    checkpoints: BTreeMap<i64, (i64, String)>,
}

/// A ledger as it is stored.
struct Stored {
    entries: BTreeMap<String, Option<(i64, Vec<u8>)>>,
    checkpoints: BTreeMap<i64, (i64, String)>,
    tiles: Vec<(i64, i64, Vec<u8>)>,
    vkey: String,
    size: i64,
}

impl Stored {
    fn of(db: &Db) -> Stored {
        let entries = |r: &mut db::Reader| -> db::Result<_> {
            let mut found = BTreeMap::new();
            r.each(sql!("select id, seq, leaf from ledger_entry"), &[], |row| {
                let place: Option<i64> = row.get(1)?;
                let leaf: Option<Vec<u8>> = row.get(2)?;
                assert_eq!(place.is_some(), leaf.is_some(), "a place goes with a leaf");
                found.insert(row.get(0)?, place.zip(leaf));
                Ok(())
            })?;
            Ok(found)
        };
        let checkpoints = |r: &mut db::Reader| {
            r.rows(
                sql!("select signed_at, size, note from ledger_checkpoint limit 10000"),
                &[],
                |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))),
            )
        };
        let tiles = |r: &mut db::Reader| {
            r.rows(
                sql!("select level, n, hashes from ledger_tile order by level, n limit 10000"),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        };
        let stored = db.read_blocking(move |r| {
            let size = r.one(sql!("select size from ledger_tree"), &[], |row| row.get(0))?;
            Ok(Stored {
                entries: entries(r)?,
                checkpoints: checkpoints(r)?.into_iter().collect(),
                tiles: tiles(r)?,
                vkey: ledger::key::vkey(r)?.unwrap_or_default(),
                size: size.unwrap_or(0),
            })
        });
        stored.expect("the ledger can be read")
    }

    fn leaves(&self) -> Vec<Hash> {
        let mut placed: Vec<&(i64, Vec<u8>)> = self.entries.values().flatten().collect();
        placed.sort();
        for (n, (place, _)) in (0..).zip(&placed) {
            assert_eq!(
                *place, n,
                "the places are dense, and no two entries have the same"
            );
        }
        let hash = |leaf: &[u8]| Hash(leaf.try_into().expect("a leaf is 32 bytes"));
        placed.iter().map(|(_, leaf)| hash(leaf)).collect()
    }
}

impl Seen {
    /// Looks again, and holds what is there against what was.
    #[track_caller]
    fn again(&mut self, house: &House) {
        let verified = house.must(&["ledger", "verify"]);
        assert_eq!(verified["wrong"], Value::Null, "the ledger does not verify");
        let now = Stored::of(&open(house));
        for id in &self.recorded {
            assert!(now.entries.contains_key(id), "an entry was lost");
        }
        for (id, before) in &self.placed {
            assert_eq!(
                now.entries.get(id).and_then(Option::as_ref),
                Some(before),
                "an entry that had its place has another, or none"
            );
        }
        for (at, before) in &self.checkpoints {
            assert_eq!(
                now.checkpoints.get(at),
                Some(before),
                "what was signed at {at} is gone"
            );
        }
        let levels = Levels::build(&now.leaves());
        assert_eq!(
            now.size.unsigned_abs(),
            levels.size(),
            "the tree has the size of its entries"
        );
        assert_eq!(now.tiles, tiles(&levels), "the tiles are those of the tree");
        must_only_grow(&now, &levels);
        let placed = now.entries.into_iter();
        self.placed = placed.filter_map(|(id, place)| Some((id, place?))).collect();
        self.checkpoints = now.checkpoints;
    }

    /// Puts entries down that nobody has given a place.
    fn record(&mut self, house: &House, count: usize) {
        let recorded = open(house).write_blocking(Actor::Operator, move |tx| {
            let entry = |n| Entry::about(Act::Exported, format!("list:{n}"));
            ledger::record_many(tx, (0..count).map(entry).collect())
        });
        recorded.expect("entries can be recorded");
        self.recorded = Stored::of(&open(house)).entries.into_keys().collect();
    }

    fn waiting(&self) -> usize {
        let is_waiting = |id: &&String| !self.placed.contains_key(*id);
        self.recorded.iter().filter(is_waiting).count()
    }
}

/// Every checkpoint is the root of as many entries as it says, and the last one contains each that was signed before.
#[track_caller]
fn must_only_grow(now: &Stored, levels: &Levels) {
    let verifier = Verifier::from_vkey(&now.vkey).expect("the log has a key");
    let mut before: Option<seal::Checkpoint> = None;
    let last = now.checkpoints.values().next_back();
    let last = last.map(|(_, note)| seal::open(note, &verifier).expect("the log signed it"));
    for (at, (size, note)) in &now.checkpoints {
        let signed = seal::open(note, &verifier).expect("the log signed it");
        assert_eq!(
            signed.size,
            size.unsigned_abs(),
            "the note says what the row says"
        );
        assert_eq!(
            Some(signed.root),
            levels.root(signed.size),
            "at {at} another tree was signed"
        );
        if let Some(before) = before {
            assert!(
                before.size <= signed.size,
                "at {at} fewer entries were signed than before"
            );
            assert!(
                before.size < signed.size || before == signed,
                "two checkpoints of one size"
            );
        }
        let last = last.as_ref().expect("there is at least this one");
        let path = levels
            .consistency(signed.size, last.size)
            .expect("the sizes are in order");
        assert!(
            seal::check_consistency((signed.size, &signed.root), (last.size, &last.root), &path),
            "what was signed at {at} is not in what was signed last"
        );
        before = Some(signed);
    }
}

fn tiles(levels: &Levels) -> Vec<(i64, i64, Vec<u8>)> {
    let tile = |tile: &seal::Tile| {
        let bytes = levels.tile(tile).expect("it is within the tree");
        let n = i64::try_from(tile.n).expect("there are few tiles");
        (i64::from(tile.level), n, bytes)
    };
    let mut tiles: Vec<_> = seal::tree::tiles_for(0, levels.size()).iter().map(tile).collect();
    tiles.sort();
    tiles
}

/// The database beside the program. It is dropped before the next program is started, so that what a killed one left
/// is mended by a program and not by this test.
fn open(house: &House) -> Db {
    Db::open(house.place(), Clock::System, Entropy::System).expect("the database opens")
}

fn start(house: &House) -> Child {
    let mut command = house.muster(&["ledger", "checkpoint", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("muster can be started")
}

/// Ends it without a word, and gives the size of the checkpoint that it had told by then.
fn end(mut child: Child) -> Option<u64> {
    // It may have ended by itself, which is as good.
    drop(child.kill());
    let done = child.wait_with_output().expect("the child is ours");
    let told: Option<Value> = serde_json::from_slice(&done.stdout).ok();
    told.and_then(|told| told["size"].as_u64())
}

/// Rounds of one sequencer that is killed, and every third time of two at once of which one is.
fn killed_at_many_moments(house: &House) {
    let mut seen = Seen::default();
    seen.record(house, 1);
    let idle = time_of(|| drop(house.must(&["ledger", "checkpoint"])));
    seen.record(house, WAITING);
    let busy = time_of(|| drop(house.must(&["ledger", "checkpoint"])));
    seen.again(house);
    assert_eq!(seen.waiting(), 0);
    let mut cut_short = 0;
    for round in 0..ROUNDS {
        if seen.waiting() < WAITING / 2 {
            seen.record(house, WAITING);
        }
        let first = start(house);
        let second = (round % 3 == 2).then(|| start(house));
        pause(idle / 2 + share(busy.saturating_sub(idle / 2), round * 110 / ROUNDS));
        let told = end(first);
        if let Some(second) = second {
            let told = second.wait_with_output().expect("the child is ours");
            assert!(told.status.success(), "whoever is left finishes the work");
        }
        seen.again(house);
        cut_short += u32::from(seen.waiting() > 0);
        if let Some(size) = told {
            let last = seen.checkpoints.values().next_back();
            assert!(
                last.is_some_and(|(kept, _)| kept.unsigned_abs() >= size),
                "what was told is gone"
            );
            assert_eq!(seen.waiting(), 0);
        }
    }
    assert!(
        cut_short > 2,
        "the kills came too late: {cut_short} of {ROUNDS} found it at work"
    );
    house.must(&["ledger", "checkpoint"]);
    seen.again(house);
    assert_eq!(seen.waiting(), 0, "an entry was never placed");
}

/// It dies between the transaction that places the first entries and the one that places the rest and signs; then the
/// server's own sequencer does, and the next one finishes.
fn killed_between_two_transactions(house: &House) {
    let mut seen = Seen::default();
    for by_server in [false, true] {
        seen.record(house, WAITING_IN_TWO);
        seen.again(house);
        let before = seen.placed.len();
        assert!(seen.waiting() >= WAITING_IN_TWO, "nobody has placed them yet");
        let (command, server) = match by_server {
            true => (None, Some(house.serve())),
            false => (Some(start(house)), None),
        };
        let db = open(house);
        while size(&db) <= before {
            pause(Duration::from_millis(1));
        }
        command.map(end);
        if let Some(server) = server {
            server.kill();
        }
        drop(db);
        seen.again(house);
        assert!(seen.placed.len() > before);
    }
    house.must(&["ledger", "checkpoint"]);
    seen.again(house);
    assert_eq!(seen.waiting(), 0, "an entry was never placed");
}

/// Entries in the tree.
fn size(db: &Db) -> usize {
    let size = db.read_blocking(|r| r.one(sql!("select size from ledger_tree"), &[], |row| row.get(0)));
    let size: Option<i64> = size.expect("the tree can be read");
    usize::try_from(size.unwrap_or(0)).expect("a size is not negative")
}

#[test]
fn a_killed_sequencer_loses_no_entry_and_signs_no_second_history_on_sqlite() {
    killed_at_many_moments(&House::build());
}

#[test]
fn a_killed_sequencer_loses_no_entry_and_signs_no_second_history_on_postgres() {
    killed_at_many_moments(&House::build_on(Engine::Postgres));
}

#[test]
fn a_sequencer_killed_half_way_is_taken_up_by_the_next_on_sqlite() {
    killed_between_two_transactions(&House::build());
}

#[test]
fn a_sequencer_killed_half_way_is_taken_up_by_the_next_on_postgres() {
    killed_between_two_transactions(&House::build_on(Engine::Postgres));
}
