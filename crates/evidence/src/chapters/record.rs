//! The ledger's part: records that anybody can open, the proof of each, and the signed checkpoint they hang from.
//!
//! In are the entries about the programme that were recorded, or are about something that happened, in the days the
//! pack reaches. Left out are the acts below: they say who signed in, who was away and who was written to, which no
//! auditor needs in order to check training, and the proofs stand without them.
//!
//! Not here: the formats (`seal`), which also checks them.

use std::io::Write;

use db::{Fault, Reader, Result};
use ledger::Act;
use seal::{Entry, Opening, Proof, Record, records::PROOF_FILES_MAX};

use super::{Binder, Subject};

/// Acts whose entries stay at home.
pub(crate) const LEFT_OUT: [Act; 12] = [
    Act::AccountErased,
    Act::AccountMade,
    Act::AttemptStarted,
    Act::CorrectionAnswered,
    Act::CorrectionAsked,
    Act::LeaveRecorded,
    Act::MailSet,
    Act::PasskeyAdded,
    Act::PasskeyRemoved,
    Act::PersonChanged,
    Act::SignedIn,
    Act::SignedOut,
];

/// Adds records, proofs, the checkpoint and the policy; nothing when the ledger has no checkpoint yet. Says how many
/// records there are.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<u64> {
    let (Some(checkpoint), Some(vkey)) = (subject.checkpoint, ledger::key::vkey(reader)?) else {
        return Ok(0);
    };
    let levels = ledger::proof::levels(reader, checkpoint.size)?;
    let mut places: Vec<u64> = Vec::new();
    binder.spooled("data/records.jsonl", |spool| {
        let mut out = std::io::BufWriter::new(spool);
        ledger::proof::records(reader, checkpoint.size, |entry| {
            if !wanted(&entry, subject) {
                return Ok(());
            }
            places.push(entry.seq);
            let line = line(&entry)?;
            out.write_all(line.as_bytes())
                .map_err(|e| Fault::of("writing the records of a pack", e).into())
        })?;
        out.flush()
            .map_err(|e| Fault::of("writing the records of a pack", e).into())
    })?;
    binder.spooled("log/proofs.jsonl", |spool| {
        let mut out = std::io::BufWriter::new(spool);
        for seq in &places {
            let path = inclusion(&levels, *seq, checkpoint.size)?;
            let line = seal::records::proof_line(*seq, &path).map_err(|e| Fault::of("writing a proof", e))?;
            out.write_all(line.as_bytes())
                .map_err(|e| Fault::of("writing the proofs of a pack", e))?;
        }
        out.flush()
            .map_err(|e| Fault::of("writing the proofs of a pack", e).into())
    })?;
    if places.len() <= PROOF_FILES_MAX {
        for seq in &places {
            let path = inclusion(&levels, *seq, checkpoint.size)?;
            let proof = Proof {
                index: *seq,
                path,
                checkpoint: checkpoint.note.clone(),
            };
            binder.quietly(&format!("log/proofs/{seq}.tlog-proof"), proof.text())?;
        }
    }
    binder.quietly("log/checkpoint", checkpoint.note.as_str())?;
    binder.quietly("log/vkey", format!("{vkey}\n"))?;
    binder.quietly("log/policy.txt", format!("log {vkey}\nquorum none\n"))?;
    Ok(places.len() as u64)
}

/// One entry's proof on its own, or `None` when it has no place under the checkpoint.
pub(crate) fn proof(levels: &seal::Levels, seq: u64, checkpoint: &ledger::proof::Latest) -> Option<Proof> {
    let path = levels.inclusion(seq, checkpoint.size)?;
    Some(Proof {
        index: seq,
        path,
        checkpoint: checkpoint.note.clone(),
    })
}

/// The line of `records.jsonl` for an entry.
pub(crate) fn line(entry: &ledger::proof::Record) -> Result<String> {
    let (occurred_at, recorded_at) = (entry.occurred_at.to_string(), entry.recorded_at.to_string());
    let opening = match &entry.opening {
        Some((key, body)) => Opening::Open { key, body },
        None => Opening::Erased {
            commit: entry.commitment,
        },
    };
    let sealed = Entry {
        seq: entry.seq,
        kind: &entry.kind,
        class: &entry.class,
        occurred_at: &occurred_at,
        recorded_at: &recorded_at,
        opening,
    };
    Record::of(&sealed)
        .line()
        .map_err(|e| Fault::of("writing a record of the ledger", e).into())
}

fn wanted(entry: &ledger::proof::Record, subject: &Subject<'_>) -> bool {
    let (from, to) = (
        subject.reach.from.start(subject.zone),
        subject.reach.to.start(subject.zone),
    );
    let within = |at| from <= at && at < to;
    (within(entry.occurred_at) || within(entry.recorded_at))
        && !LEFT_OUT.iter().any(|act| act.text() == entry.kind)
}

fn inclusion(levels: &seal::Levels, seq: u64, size: u64) -> Result<Vec<seal::Hash>> {
    levels
        .inclusion(seq, size)
        .ok_or_else(|| Fault::new("proving an entry that is not under the checkpoint").into())
}
