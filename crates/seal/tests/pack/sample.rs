//! A small organisation's ledger and evidence pack, the same every time, for the tests and for other people's tools.
//!
//! Invariants: no clock and no randomness; keys are fixed and worthless.
//!
//! Not here: anything that checks.

use std::io::Cursor;

use seal::archive::{Archive, ArchiveWriter};
use seal::commitment::{Entry, Opening, commit, hash_entries};
use seal::records::proof_line;
use seal::{BagInfo, Checkpoint, Hash, Levels, PackSigner, Proof, Record, Result, Signer, Writer};

/// The log's name and origin.
pub const ORIGIN: &str = "muster.example.org/ledger";
/// Who signs the pack.
pub const IDENTITY: &str = "evidence@example.org";
/// Entries in the ledger; the pack carries seven.
pub const ENTRIES: u64 = 40;
/// The entry whose content was erased.
pub const ERASED: u64 = 6;

/// One ledger entry, owned.
pub struct Held {
    key: [u8; 32],
    body: String,
    recorded_at: String,
}

/// The ledger: its entries, every subtree, and the log's key.
pub struct Ledger {
    held: Vec<Held>,
    /// Every complete subtree.
    pub levels: Levels,
    /// The log's key.
    pub signer: Signer,
}

/// The key that signs the pack.
pub fn pack_signer() -> Result<PackSigner> {
    PackSigner::from_seed(IDENTITY, &[21; 32])
}

impl Ledger {
    /// A ledger of [`ENTRIES`] entries.
    pub fn new() -> Result<Ledger> {
        let held: Vec<Held> = (0..ENTRIES).map(held).collect();
        let entries: Vec<Entry<'_>> = held
            .iter()
            .enumerate()
            .map(|(seq, held)| entry(seq as u64, held))
            .collect();
        let levels = Levels::build(&hash_entries(&entries, 2));
        Ok(Ledger {
            levels,
            signer: Signer::from_seed(ORIGIN, &[11; 32])?,
            held,
        })
    }

    /// The record of an entry; the one at [`ERASED`] has lost its content.
    pub fn record(&self, seq: u64) -> Record {
        let mut entry = entry(seq, &self.held[seq as usize]);
        if seq == ERASED {
            entry.opening = Opening::Erased {
                commit: entry.leaf().commit,
            };
        }
        Record::of(&entry)
    }

    /// The signed note of the first `size` entries.
    pub fn note(&self, size: u64) -> Result<String> {
        let root = self.levels.root(size).unwrap_or(Hash([0; 32]));
        self.signer.sign(&Checkpoint {
            origin: ORIGIN.into(),
            size,
            root,
        })
    }

    /// The proof file of an entry.
    pub fn proof(&self, seq: u64) -> Result<Proof> {
        let path = self.levels.inclusion(seq, ENTRIES).unwrap_or_default();
        Ok(Proof {
            index: seq,
            path,
            checkpoint: self.note(ENTRIES)?,
        })
    }
}

/// The pack, byte for byte.
pub fn pack() -> Result<Vec<u8>> {
    pack_signed_by(&pack_signer()?)
}

/// The same pack, signed by somebody else.
pub fn pack_signed_by(signer: &PackSigner) -> Result<Vec<u8>> {
    let ledger = Ledger::new()?;
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    let chosen = || (0..ENTRIES).step_by(3).take(7);
    let (mut records, mut proofs) = (String::new(), String::new());
    for seq in chosen() {
        records += &ledger.record(seq).line()?;
        proofs += &proof_line(seq, &ledger.proof(seq)?.path)?;
    }
    let rows: String = (0..60)
        .map(|n| format!("person {n},course {},completed\r\n", n % 7))
        .collect();
    writer.add(
        "data/00-README.html",
        b"<!doctype html><title>Evidence</title><p>Read VERIFY.md first.",
    )?;
    writer.add_from("data/completions.csv", rows.as_bytes())?;
    writer.add("data/records.jsonl", records.as_bytes())?;
    writer.add("log/checkpoint", ledger.note(ENTRIES)?.as_bytes())?;
    writer.add(
        "log/policy.txt",
        format!("log {}\nquorum none\n", ledger.signer.vkey()).as_bytes(),
    )?;
    writer.add("log/proofs.jsonl", proofs.as_bytes())?;
    for seq in chosen() {
        writer.add(
            &format!("log/proofs/{seq}.tlog-proof"),
            ledger.proof(seq)?.text().as_bytes(),
        )?;
    }
    let info = BagInfo::new()
        .with("Source-Organization", "Example Ltd")?
        .with("Bagging-Date", "2026-06-01")?
        .with("External-Identifier", "ISO 27001, 2025-06-01 to 2026-06-01")?;
    Ok(writer.finish(&info, signer)?.sink.into_inner())
}

/// A pack whose files were changed by somebody who knows the format: the ZIP is sound and lists its own bytes.
pub fn rebuilt(pack: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Result<Vec<u8>> {
    let mut archive = Archive::open(Cursor::new(pack))?;
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    let mut lines = Vec::new();
    for at in 0..archive.members().len() {
        let path = archive.members()[at].path.clone();
        let bytes = archive.read(at, usize::MAX)?;
        if path == "zip-entries-sha256.txt" {
            continue;
        }
        if let Some(bytes) = change(&path, bytes) {
            lines.push((path.clone(), writer.add(&path, bytes.as_slice())?.packed));
        }
    }
    lines.sort();
    let text: String = lines
        .iter()
        .map(|(path, digest)| format!("{}  {path}\n", Hash(*digest)))
        .collect();
    writer.add_stored("zip-entries-sha256.txt", text.as_bytes())?;
    Ok(writer.finish()?.into_inner())
}

fn held(seq: u64) -> Held {
    let body = format!(
        r#"{{"actor":"person:per_{seq}","payload":{{"course":"B02","score":{}}},"subject":"person:per_{seq}"}}"#,
        seq % 10
    );
    Held {
        key: commit(&[1; 32], &body),
        body,
        recorded_at: format!("2026-05-01T09:{seq:02}:00.000Z"),
    }
}

fn entry(seq: u64, held: &Held) -> Entry<'_> {
    Entry {
        seq,
        kind: "attempt-passed",
        class: "A",
        occurred_at: "2026-05-01T09:00:00.000Z",
        recorded_at: &held.recorded_at,
        opening: Opening::Open {
            key: &held.key,
            body: &held.body,
        },
    }
}
