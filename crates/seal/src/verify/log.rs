//! The part of the verdict about the ledger: the signed checkpoint, and every record traced to it.
//!
//! Invariants: each record's leaf is made anew from its line; each has exactly one proof, in the same order.
//!
//! Not here: the files and their signatures (the parent module).

use std::io::{Read, Seek};

use super::{Bag, Findings, Trust};
use crate::checkpoint::{Checkpoint, Verifier, open};
use crate::proof::Proof;
use crate::records::{Lines, PROOF_FILES_MAX, Record, proof_from_line};
use crate::tree::{Hash, check_inclusion};
use crate::{Error, Result};

/// Records in one pack: their leaf hashes, 40 bytes each, are held in memory.
const RECORDS_MAX: usize = 10_000_000;
/// Bytes of lines that are held to be read on two threads; a line of the greatest length may come on top.
const BATCH_BYTES: usize = 1024 * 1024;

/// Fewer bytes of lines are read sooner than a thread is started.
const SHARED_BYTES_MIN: usize = 64 * 1024;

/// Whole lines, one after another.
#[derive(Default)]
struct Batch {
    text: String,
    ends: Vec<usize>,
}

impl<R: Read + Seek> Bag<R> {
    pub(super) fn check_log(&mut self, trust: &Trust, found: &mut Findings) {
        if self.archive.find("log/checkpoint").is_none() {
            match self.archive.find("data/records.jsonl") {
                Some(_) => found.fail(
                    "checkpoint",
                    "log/checkpoint",
                    "There are records but no checkpoint to prove them.",
                ),
                None => found.hold("records", "pack", "The pack carries no ledger records."),
            }
            return;
        }
        let (checkpoint, verifier) = match self.checkpoint(trust) {
            Ok(opened) => opened,
            Err(error) => return found.fail("checkpoint", "log/checkpoint", error),
        };
        found.hold(
            "checkpoint",
            "log/checkpoint",
            format!(
                "{} signed a ledger of {} entries; its key is {}.",
                checkpoint.origin,
                checkpoint.size,
                verifier.vkey()
            ),
        );
        if self.archive.find("data/records.jsonl").is_none() {
            return found.hold("records", "pack", "The pack carries no ledger records.");
        }
        match self.records() {
            Err(error) => found.fail("records", "data/records.jsonl", error),
            Ok(leaves) => {
                let outcome = self.proved(&leaves, &checkpoint);
                found.settle("records", "data/records.jsonl", outcome);
                self.check_proof_files(&leaves, &verifier, found);
            }
        }
    }

    /// The checkpoint, signed by the trusted key, or else by one that `log/policy.txt` names.
    fn checkpoint(&mut self, trust: &Trust) -> Result<(Checkpoint, Verifier)> {
        let note = self.text("log/checkpoint")?;
        let policy = self.text("log/policy.txt")?;
        let mut verifiers = policy_logs(&policy)?;
        if let Some(vkey) = &trust.vkey {
            verifiers = vec![Verifier::from_vkey(vkey)?];
        }
        let mut outcome = Err(Error::Note("log/policy.txt names no log.".into()));
        for verifier in verifiers {
            outcome = open(&note, &verifier).map(|checkpoint| (checkpoint, verifier));
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The place and leaf hash of every record, made anew from its line.
    fn records(&mut self) -> Result<Vec<(u64, Hash)>> {
        let mut leaves: Vec<(u64, Hash)> = Vec::new();
        let read = |line: &str| {
            let record = Record::from_line(line)?;
            Ok((record.seq, record.leaf_hash()))
        };
        self.lines("data/records.jsonl", read, &mut |(seq, leaf)| {
            if leaves.last().is_some_and(|(last, _)| *last >= seq) {
                return Err(Error::Record(format!("Record {seq} is not in ascending order.")));
            }
            if leaves.len() == RECORDS_MAX {
                return Err(Error::Record(
                    "There are more than ten million records; split the pack.".into(),
                ));
            }
            leaves.push((seq, leaf?));
            Ok(())
        })?;
        Ok(leaves)
    }

    fn proved(&mut self, leaves: &[(u64, Hash)], checkpoint: &Checkpoint) -> Result<String> {
        let mut rest = leaves.iter();
        let read = |line: &str| {
            let (index, path) = proof_from_line(line)?;
            let leaf = leaves
                .binary_search_by_key(&index, |(seq, _)| *seq)
                .map(|at| leaves[at].1);
            let holds = leaf
                .is_ok_and(|leaf| check_inclusion(&leaf, index, checkpoint.size, &path, &checkpoint.root));
            Ok((index, holds))
        };
        self.lines("log/proofs.jsonl", read, &mut |(index, holds)| {
            let Some((seq, _)) = rest.next() else {
                return Err(Error::Proof(format!("There is a proof for entry {index}, which has no record.")));
            };
            if *seq != index {
                return Err(Error::Proof(format!("The proof of record {seq} is missing.")));
            }
            if !holds {
                return Err(Error::Proof(format!(
                    "Record {seq} is not what the ledger holds at that place: its content or its proof was altered."
                )));
            }
            Ok(())
        })?;
        match rest.next() {
            Some((seq, _)) => Err(Error::Proof(format!("The proof of record {seq} is missing."))),
            None => Ok(format!("All {} records are in the signed ledger.", leaves.len())),
        }
    }

    fn check_proof_files(&mut self, leaves: &[(u64, Hash)], verifier: &Verifier, found: &mut Findings) {
        let files: Vec<String> = self
            .digests
            .keys()
            .filter(|path| path.starts_with("log/proofs/"))
            .cloned()
            .collect();
        if files.len() > PROOF_FILES_MAX {
            let detail = format!(
                "There are more than {PROOF_FILES_MAX} proof files; log/proofs.jsonl is for that many."
            );
            return found.fail("proof-files", "log/proofs", detail);
        }
        for path in &files {
            if let Err(error) = self.check_proof_file(path, leaves, verifier) {
                found.fail("proof-files", path, error);
            }
        }
        if found.sound() && !files.is_empty() {
            found.hold(
                "proof-files",
                "log/proofs",
                format!("All {} proof files prove their record.", files.len()),
            );
        }
    }

    fn check_proof_file(&mut self, path: &str, leaves: &[(u64, Hash)], verifier: &Verifier) -> Result<()> {
        let proof = Proof::from_text(&self.text(path)?)?;
        let at = leaves.binary_search_by_key(&proof.index, |(seq, _)| *seq);
        let leaf =
            at.map_err(|_| Error::Proof(format!("{path} proves an entry that has no record in the pack.")))?;
        if path != format!("log/proofs/{}.tlog-proof", proof.index) {
            return Err(Error::Proof(format!(
                "{path} proves another record than its name says."
            )));
        }
        proof.check(&leaves[leaf].1, verifier).map(|_| ())
    }

    /// Reads every line, two at once, and hands what was read to `each` in order.
    fn lines<T: Send>(
        &mut self,
        path: &str,
        read: impl Fn(&str) -> Result<T> + Sync,
        each: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let at = self.at(path)?;
        let (mut lines, mut batch) = (Lines::default(), Batch::default());
        self.archive.unpack(at, |piece| {
            lines.feed(piece, &mut |line| {
                batch.push(line);
                if batch.text.len() < BATCH_BYTES {
                    Ok(())
                } else {
                    batch.hand_out(&read, each)
                }
            })
        })?;
        batch.hand_out(&read, each)?;
        match lines.ended() {
            true => Ok(()),
            false => Err(Error::pack(path, format!("The last line of {path} is cut off."))),
        }
    }
}

impl Batch {
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.ends.push(self.text.len());
    }

    fn hand_out<T: Send>(
        &mut self,
        read: &(impl Fn(&str) -> Result<T> + Sync),
        each: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let of = |from: usize, to: usize| -> Vec<Result<T>> {
            let start = |n: usize| n.checked_sub(1).map_or(0, |before| self.ends[before]);
            (from..to)
                .map(|n| read(&self.text[start(n)..self.ends[n]]))
                .collect()
        };
        let (half, all) = (self.ends.len() / 2, self.ends.len());
        let (first, second) = if self.text.len() < SHARED_BYTES_MIN {
            (of(0, all), Ok(Vec::new()))
        } else {
            std::thread::scope(|scope| {
                let second = scope.spawn(|| of(half, all));
                (of(0, half), second.join())
            })
        };
        let second = second.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.text.clear();
        self.ends.clear();
        first.into_iter().chain(second).try_for_each(|one| each(one?))
    }
}

/// The logs of a C2SP tlog-policy. A policy that asks for witnesses is refused, because nothing here checks them.
fn policy_logs(policy: &str) -> Result<Vec<Verifier>> {
    let mut verifiers = Vec::new();
    let mut quorum = false;
    for line in policy
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("log"), Some(vkey)) => verifiers.push(Verifier::from_vkey(vkey)?),
            (Some("quorum"), Some("none")) => quorum = true,
            (Some("witness" | "group"), _) => {}
            _ => {
                return Err(Error::Note(format!(
                    "log/policy.txt has a line that cannot be followed: {line}"
                )));
            }
        }
    }
    match quorum {
        true => Ok(verifiers),
        false => Err(Error::Note(
            "log/policy.txt must have the line quorum none.".into(),
        )),
    }
}
