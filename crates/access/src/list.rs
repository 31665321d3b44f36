//! A list of a system's accounts that was read: what it was called, its digest, the day it was true, its counts.
//!
//! Lists of one system come in the order of their days. Not here: the file itself, which is not kept; what it says
//! ([`crate::snapshot`]).

use db::{Day, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::reconcile::{self, Outcome};
use crate::snapshot::{RefusedRow, Snapshot};
use crate::sources::profile::Profile;
use crate::system::{self, System};
use crate::training::Training;

/// A page of lists: a year of weekly ones.
const LISTED_MAX: i64 = 60;
/// Rows that a refusal names.
const NAMED_MAX: usize = 3;

/// The id kind of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {}

impl Kind for ListKind {
    const PREFIX: &'static str = "acl";
}

/// A list as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    pub id: Id<ListKind>,
    pub system: String,
    pub file_name: String,
    pub file_sha256: String,
    pub profile: Profile,
    pub snapshot_on: Day,
    pub rows: u64,
    pub accounts: u64,
    pub inactive: u64,
    pub imported_at: Moment,
    pub imported_by: String,
}

/// A list to be taken in.
#[derive(Debug, Clone)]
pub struct NewList {
    pub system: System,
    pub file_name: String,
    pub file_sha256: String,
    /// The day the list was true; today when nobody says otherwise.
    pub snapshot_on: Option<Day>,
    pub snapshot: Snapshot,
}

/// Takes a list in and compares it with the roster, all in this transaction.
///
/// # Errors
/// A refusal when a row cannot be read, or the list is from before the one that is known or from a day to come.
pub fn import(tx: &mut Tx, new: NewList, training: &Training) -> Result<Outcome> {
    permit_rows(&new.snapshot.refused)?;
    let today = tx.today()?;
    let snapshot_on = new.snapshot_on.unwrap_or(today);
    let before = newest(tx, &new.system.name)?;
    permit_day(snapshot_on, today, before.as_ref())?;
    system::ensure(tx, &new.system.name)?;
    let known = before.filter(|list| list.file_sha256 == new.file_sha256 && list.snapshot_on == snapshot_on);
    let list = match known {
        Some(list) => list,
        None => add(tx, &new, snapshot_on)?,
    };
    reconcile::with_accounts(tx, (&new.system, &list), new.snapshot.accounts, training)
}

fn permit_rows(refused: &[RefusedRow]) -> std::result::Result<(), Refusal> {
    if refused.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = refused
        .iter()
        .take(NAMED_MAX)
        .map(|row| format!("Line {}, {}: {}", row.line, row.column, row.reason))
        .collect();
    let more = match refused.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        1 => " One more cell cannot be read.".to_owned(),
        n => format!(" {n} more cells cannot be read."),
    };
    Err(Refusal::new(
        "access-rows",
        format!(
            "{}{more} Nothing was changed: half a list shows nothing.",
            named.join(" ")
        ),
    )
    .field("file"))
}

fn permit_day(snapshot_on: Day, today: Day, before: Option<&List>) -> std::result::Result<(), Refusal> {
    if snapshot_on > today {
        return Err(Refusal::new(
            "list-of-tomorrow",
            "The list cannot be from a day to come. Give the day it was exported.",
        )
        .field("--as-of"));
    }
    match before {
        Some(list) if snapshot_on < list.snapshot_on => Err(Refusal::new(
            "list-too-old",
            format!(
                "A list of {} is known already, so one of {} comes too late. Export it again.",
                list.snapshot_on.long(),
                snapshot_on.long()
            ),
        )
        .field("--as-of")),
        _ => Ok(()),
    }
}

fn add(tx: &mut Tx, new: &NewList, snapshot_on: Day) -> Result<List> {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let accounts = &new.snapshot.accounts;
    let list = List {
        id: tx.new_id::<ListKind>(),
        system: new.system.name.clone(),
        file_name: new.file_name.clone(),
        file_sha256: new.file_sha256.clone(),
        profile: new.snapshot.profile,
        snapshot_on,
        rows: new.snapshot.rows,
        accounts: count(accounts.len()),
        inactive: count(accounts.iter().filter(|account| account.inactive).count()),
        imported_at: tx.now(),
        imported_by: tx.actor().to_string(),
    };
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(
        sql!(
            "insert into access_list
                 (id, system, file_name, file_sha256, profile, snapshot_on, row_count, accounts, inactive, imported_at, imported_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            &list.id,
            list.system.as_str(),
            list.file_name.as_str(),
            list.file_sha256.as_str(),
            list.profile.as_str(),
            snapshot_on,
            number(list.rows),
            number(list.accounts),
            number(list.inactive),
            list.imported_at,
            list.imported_by.as_str()
        ],
    )?;
    let payload = json!({
        "list": list.id,
        "file_name": list.file_name,
        "file_sha256": list.file_sha256,
        "profile": list.profile.as_str(),
        "snapshot_on": snapshot_on,
        "rows": list.rows,
        "accounts": list.accounts,
        "inactive": list.inactive,
    });
    let entry = Entry::about(Act::AccessListImported, format!("access:{}", list.system));
    ledger::record(tx, entry.payload(payload).class(Class::C))?;
    Ok(list)
}

/// The newest list of a system.
pub fn newest(reader: &mut Reader, system: &str) -> Result<Option<List>> {
    Ok(recent(reader, system)?.into_iter().next())
}

/// A system's lists, the newest first.
pub fn recent(reader: &mut Reader, system: &str) -> Result<Vec<List>> {
    reader.rows(
        sql!(
            "select id, system, file_name, file_sha256, profile, snapshot_on, row_count, accounts, inactive, imported_at, imported_by
             from access_list
             where system = $1
             order by imported_at desc, id desc
             limit $2"
        ),
        &params![system, LISTED_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<List> {
    let count = |index| row.get::<i64>(index).map(i64::unsigned_abs);
    Ok(List {
        id: row.get(0)?,
        system: row.get(1)?,
        file_name: row.get(2)?,
        file_sha256: row.get(3)?,
        profile: row.str(4)?.unwrap_or_default().parse()?,
        snapshot_on: row.get(5)?,
        rows: count(6)?,
        accounts: count(7)?,
        inactive: count(8)?,
        imported_at: row.get(9)?,
        imported_by: row.get(10)?,
    })
}
