//! The record of a comparison: what was held against what, on which day, and what came of it.
//!
//! It is what an auditor is shown when they ask how the list of people is known to be complete: digests of the files, days,
//! counts, decisions, and a digest over every account that is not in order. It stands in the ledger, whose checkpoint signs it.

use std::collections::BTreeMap;

use db::{Day, Fault, Id, Kind, Moment, Reader, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use roster::{source, source_snapshot};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::account::Sorted;
use crate::bucket::Bucket;
use crate::list::{List, ListKind};

/// A page of records.
const LISTED_MAX: i64 = 50;

/// The id kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {}

impl Kind for RecordKind {
    const PREFIX: &'static str = "acr";
}

/// The newest file of one source of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub source: String,
    pub file_sha256: String,
    pub applied_at: Moment,
}

/// How many accounts, people and decisions there were.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub rows: u64,
    pub accounts: u64,
    /// By bucket, those without any left out.
    pub buckets: BTreeMap<String, u64>,
    /// Bucket D.
    pub people_without_access: u64,
    pub people_here: u64,
    /// Decisions that hold.
    pub decisions: u64,
}

impl Counts {
    pub fn of(&self, bucket: Bucket) -> u64 {
        self.buckets.get(bucket.as_str()).copied().unwrap_or_default()
    }

    /// How many are findings.
    pub fn findings(&self) -> u64 {
        Bucket::FINDINGS.iter().map(|bucket| self.of(*bucket)).sum()
    }
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: Id<RecordKind>,
    pub list: Id<ListKind>,
    pub file_name: String,
    pub file_sha256: String,
    pub snapshot_on: Day,
    pub roster_on: Day,
    pub inputs: Vec<Input>,
    pub counts: Counts,
    pub findings_sha256: String,
    pub reconciled_at: Moment,
    pub reconciled_by: String,
}

/// The digest over the accounts that are not in order: bucket, account and reason, a line each, by account.
pub(crate) fn digest<'a>(accounts: impl Iterator<Item = &'a Sorted>) -> String {
    let mut lines: Vec<String> = accounts
        .filter(|one| one.bucket.is_finding())
        .map(|one| format!("{}\t{}\t{}\n", one.bucket.as_str(), one.account.key, one.reason))
        .collect();
    lines.sort_unstable();
    let mut digest = Sha256::new();
    for line in lines {
        digest.update(line.as_bytes());
    }
    hex::encode(digest.finalize())
}

/// Records a comparison, unless the newest record of the system says the same.
pub(crate) fn keep(tx: &mut Tx, list: &List, counts: &Counts, findings_sha256: &str) -> Result<()> {
    let newest = recent(tx, &list.system)?.into_iter().next();
    let inputs = inputs(tx)?;
    let same = newest.is_some_and(|record| {
        record.list == list.id
            && record.findings_sha256 == findings_sha256
            && record.counts == *counts
            && record.inputs == inputs
    });
    if same {
        return Ok(());
    }
    let id = tx.new_id::<RecordKind>();
    let (today, now, by) = (tx.today()?, tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into access_reconciliation
                 (id, system, list_id, roster_on, inputs, counts, findings_sha256, reconciled_at, reconciled_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![
            &id,
            list.system.as_str(),
            &list.id,
            today,
            json!(inputs).to_string(),
            json!(counts).to_string(),
            findings_sha256,
            now,
            by
        ],
    )?;
    let payload = json!({
        "reconciliation": id,
        "list": list.id,
        "file_sha256": list.file_sha256,
        "snapshot_on": list.snapshot_on,
        "roster_on": today,
        "inputs": inputs,
        "counts": counts,
        "findings_sha256": findings_sha256,
    });
    let entry = Entry::about(Act::AccessReconciled, format!("access:{}", list.system));
    ledger::record(tx, entry.payload(payload).class(Class::C))?;
    Ok(())
}

fn inputs(reader: &mut Reader) -> Result<Vec<Input>> {
    let now = reader.now();
    let mut inputs = Vec::new();
    for source in source::all(reader)? {
        let last = source_snapshot::last_reading(reader, &source.name, now)?;
        inputs.extend(last.map(|last| Input {
            source: last.source,
            file_sha256: last.sha256,
            applied_at: last.read_at,
        }));
    }
    Ok(inputs)
}

/// The newest records of a system first.
pub fn recent(reader: &mut Reader, system: &str) -> Result<Vec<Record>> {
    reader.rows(
        sql!(
            "select r.id, r.list_id, l.file_name, l.file_sha256, l.snapshot_on, r.roster_on, r.inputs, r.counts,
                    r.findings_sha256, r.reconciled_at, r.reconciled_by
             from access_reconciliation r
             join access_list l on l.id = r.list_id
             where r.system = $1
             order by r.reconciled_at desc, r.id desc
             limit $2"
        ),
        &params![system, LISTED_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Record> {
    let unreadable = |e| Fault::of("reading the record of a comparison", e);
    Ok(Record {
        id: row.get(0)?,
        list: row.get(1)?,
        file_name: row.get(2)?,
        file_sha256: row.get(3)?,
        snapshot_on: row.get(4)?,
        roster_on: row.get(5)?,
        inputs: serde_json::from_str(row.str(6)?.unwrap_or_default()).map_err(unreadable)?,
        counts: serde_json::from_str(row.str(7)?.unwrap_or_default()).map_err(unreadable)?,
        findings_sha256: row.get(8)?,
        reconciled_at: row.get(9)?,
        reconciled_by: row.get(10)?,
    })
}
