//! A roster file that was applied: what it was called, its digest, the plan that came of it and its counts.
//!
//! Not here: the file itself, which is not kept: it holds more than the roster needs.

use db::{Error, Fault, Id, Kind, Moment, Reader, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sync::Plan;
use crate::sync::apply::Approval;

/// A page of files: half a year of daily ones.
pub const LISTED_MAX: i64 = 200;

/// The id kind of an applied file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RosterFileKind;

impl Kind for RosterFileKind {
    const PREFIX: &'static str = "rof";
}

/// How many people a plan touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub joiners: u64,
    pub leavers: u64,
    pub movers: u64,
    pub changed: u64,
    pub unchanged: u64,
}

impl Counts {
    pub fn of(plan: &Plan) -> Counts {
        Counts {
            joiners: plan.joiners,
            leavers: plan.leavers,
            movers: plan.movers,
            changed: plan.changed,
            unchanged: plan.unchanged,
        }
    }
}

#[derive(Debug, Clone)]
pub struct RosterFile {
    pub id: Id<RosterFileKind>,
    pub source: String,
    pub file_name: String,
    pub file_sha256: String,
    pub plan: String,
    pub rows: i64,
    pub counts: Counts,
    /// The file whose changes this one took back.
    pub undoes: Option<Id<RosterFileKind>>,
    pub applied_at: Moment,
    pub applied_by: String,
}

pub(crate) struct NewFile<'a> {
    pub id: &'a Id<RosterFileKind>,
    pub file_name: &'a str,
    pub file_sha256: &'a str,
    pub plan: &'a Plan,
}

/// The newest files first, and how many there are in all.
pub fn recent(reader: &mut Reader) -> Result<(Vec<RosterFile>, i64)> {
    let total = reader.one(
        sql!("select cast(count(*) as bigint) from roster_file"),
        &[],
        |row| row.get(0),
    )?;
    let files = reader.rows(
        sql!(
            "select id, source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by, undoes
             from roster_file
             order by applied_at desc, id desc
             limit $1"
        ),
        &params![LISTED_MAX],
        read,
    )?;
    Ok((files, total.unwrap_or_default()))
}

/// One file.
pub fn find(reader: &mut Reader, id: &Id<RosterFileKind>) -> Result<Option<RosterFile>> {
    reader.one(
        sql!(
            "select id, source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by, undoes
             from roster_file
             where id = $1"
        ),
        &params![id],
        read,
    )
}

/// The source's newest file.
pub fn last_of(reader: &mut Reader, source: &str) -> Result<Option<RosterFile>> {
    reader.one(
        sql!(
            "select id, source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by, undoes
             from roster_file
             where source = $1
             order by applied_at desc, id desc
             limit 1"
        ),
        &params![source],
        read,
    )
}

/// Puts down that a file was taken back. The row stands for the reading before it: its rows are those of the file before.
pub(crate) fn add_undo(
    tx: &mut Tx,
    id: &Id<RosterFileKind>,
    undone: &RosterFile,
    (people, reason): (u64, &str),
) -> Result<()> {
    let before = tx.one(
        sql!(
            "select row_count
             from roster_file
             where source = $1
               and id <> $2
             order by applied_at desc, id desc
             limit 1"
        ),
        &params![undone.source.as_str(), &undone.id],
        |row| row.get::<i64>(0),
    )?;
    let counts = Counts {
        changed: people,
        ..Counts::default()
    };
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into roster_file (id, source, file_name, file_sha256, plan, row_count, counts, undoes, applied_at, applied_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            id,
            undone.source.as_str(),
            undone.file_name.as_str(),
            undone.file_sha256.as_str(),
            undone.plan.as_str(),
            before.unwrap_or_default(),
            json!(counts).to_string(),
            &undone.id,
            now,
            by
        ],
    )?;
    let entry = Entry::about(Act::RosterUndone, format!("roster_file:{}", undone.id)).payload(json!({
        "source": undone.source,
        "file_name": undone.file_name,
        "file_sha256": undone.file_sha256,
        "people": people,
        "reason": reason,
    }));
    ledger::record(tx, entry)?;
    Ok(())
}

pub(crate) fn add(tx: &mut Tx, file: &NewFile<'_>, approval: Option<Approval<'_>>) -> Result<()> {
    let (id, plan) = (file.id, file.plan);
    let counts = json!(Counts::of(plan));
    let rows = i64::try_from(plan.rows).unwrap_or(i64::MAX);
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into roster_file (id, source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![id, plan.source.as_str(), file.file_name, file.file_sha256, plan.id.as_str(), rows, counts.to_string(), now, by],
    )?;
    let entry = Entry::about(Act::RosterApplied, format!("roster_file:{id}")).payload(json!({
        "source": plan.source,
        "mode": plan.mode,
        "file_name": file.file_name,
        "file_sha256": file.file_sha256,
        "plan": plan.id,
        "rows": plan.rows,
        "counts": counts,
        "waiting": plan.waits.len(),
        "held": plan.held,
        "approved": approval.map(|approval| approval.plan),
        "reason": approval.map(|approval| approval.reason).filter(|reason| !reason.is_empty()),
    }));
    ledger::record(tx, entry)?;
    Ok(())
}

fn read(row: &Row) -> Result<RosterFile> {
    let counts: String = row.get(6)?;
    Ok(RosterFile {
        id: row.get(0)?,
        source: row.get(1)?,
        file_name: row.get(2)?,
        file_sha256: row.get(3)?,
        plan: row.get(4)?,
        rows: row.get(5)?,
        counts: serde_json::from_str(&counts)
            .map_err(|e| Error::from(Fault::of("reading a roster file’s counts", e)))?,
        applied_at: row.get(7)?,
        applied_by: row.get(8)?,
        undoes: row.get(9)?,
    })
}
