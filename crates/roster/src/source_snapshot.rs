//! A snapshot of a source: how many people it tells of on one day, and a digest of everything it says of them.
//!
//! A file is a snapshot by itself ([`crate::roster_file`]). A source that speaks of one person at a time has none, so one is
//! taken of what it has said so far. Somebody else can make the digest again: it is the SHA-256 of one line for each record
//! that holds, in the order of the source's keys, each a JSON list of what [`line`] names, with a line feed behind it.
//!
//! Not here: when one is due (whoever hears the source), and judging whether it is fresh (crate `evidence`).

use db::{Day, Id, Kind, Moment, Reader, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::roster_file::RosterFileKind;

/// The id kind of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotKind;

impl Kind for SnapshotKind {
    const PREFIX: &'static str = "sna";
}

/// What a source was last known to say as a whole: the last file that was read of it, or the last snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub source: String,
    pub read_at: Moment,
    pub rows: i64,
    /// Of the file as it was given, or of the snapshot; hex.
    pub sha256: String,
    /// The file and its name, when it was one.
    pub file: Option<(Id<RosterFileKind>, String)>,
}

/// Takes a snapshot of the source, and says how many people it tells of.
///
/// # Errors
/// A fault of the engine.
pub fn take(tx: &mut Tx, source: &str) -> Result<u64> {
    let (rows, sha256) = digest(tx, source)?;
    let id = tx.new_id::<SnapshotKind>();
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into source_snapshot (id, source, taken_at, row_count, sha256)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, source, now, i64::try_from(rows).unwrap_or(i64::MAX), &sha256],
    )?;
    let entry = Entry::about(Act::SourceSnapshot, format!("source:{source}")).class(Class::C);
    ledger::record(
        tx,
        entry.payload(json!({ "source": source, "rows": rows, "sha256": sha256 })),
    )?;
    Ok(rows)
}

/// How many records hold, and their digest.
fn digest(reader: &mut Reader, source: &str) -> Result<(u64, String)> {
    let mut digest = Sha256::new();
    let (mut rows, mut last) = (0, String::new());
    reader.each(
        sql!(
            "select r.source_key, r.employee_number, r.email, r.given_name, r.family_name, r.preferred_name,
                    r.manager_key, r.department, r.division, r.cost_center, r.job_title, r.location, r.country,
                    r.language, r.access, r.tags, e.kind, e.start_on, e.end_on
             from source_record r
             left join engagement e on e.source = r.source
                                   and e.source_key = r.source_key
                                   and e.superseded_at is null
             where r.source = $1
               and r.superseded_at is null
             order by r.source_key, e.start_on"
        ),
        &params![source],
        |row| {
            let key = row.str(0)?.unwrap_or_default();
            if key != last {
                rows += 1;
                key.clone_into(&mut last);
            }
            digest.update(line(row)?);
            digest.update(b"\n");
            Ok(())
        },
    )?;
    Ok((rows, hex::encode(digest.finalize())))
}

/// The record's key, employee number, address, names (given, family, preferred), manager, department, division, cost centre,
/// job title, location, country, language, access and tags; the engagement's kind, first and last day; `null` for what was
/// not said. A record with several engagements has a line for each.
fn line(row: &Row) -> Result<String> {
    let mut parts = Vec::with_capacity(19);
    for column in 0..=16 {
        parts.push(json!(row.str(column)?));
    }
    for column in 17..=18 {
        parts.push(json!(row.get::<Option<Day>>(column)?.map(|day| day.to_string())));
    }
    Ok(serde_json::Value::Array(parts).to_string())
}

/// Whether one was taken on this day or later.
///
/// # Errors
/// A fault of the engine.
pub fn is_taken_since(reader: &mut Reader, source: &str, since: Moment) -> Result<bool> {
    let found = reader.one(
        sql!(
            "select id
             from source_snapshot
             where source = $1
               and taken_at >= $2
             order by taken_at desc
             limit 1"
        ),
        &params![source, since],
        |row| row.get::<String>(0),
    )?;
    Ok(found.is_some())
}

/// The source's last reading up to an instant, itself included.
///
/// # Errors
/// A fault of the engine.
pub fn last_reading(reader: &mut Reader, source: &str, at: Moment) -> Result<Option<Reading>> {
    reader.one(
        sql!(
            "select read_at, row_count, sha256, file_id, file_name
             from (
                 select applied_at as read_at, row_count, file_sha256 as sha256, id as file_id, file_name, id
                 from roster_file
                 where source = $1
                   and applied_at <= $2
                 union all
                 select taken_at, row_count, sha256, null, null, id
                 from source_snapshot
                 where source = $1
                   and taken_at <= $2) readings
             order by read_at desc, id desc
             limit 1"
        ),
        &params![source, at],
        |row| {
            Ok(Reading {
                source: source.to_owned(),
                read_at: row.get(0)?,
                rows: row.get(1)?,
                sha256: row.get(2)?,
                file: row.get::<Option<_>>(3)?.zip(row.get(4)?),
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Moment};
    use sha2::{Digest, Sha256};

    use crate::engagement::EngagementKind;
    use crate::snapshot::{Cell, Status, Wanted};
    use crate::source::{self, Mode};
    use crate::sync::one;

    #[test]
    fn the_digest_can_be_made_again_by_hand() {
        let db = Db::in_memory_for_tests();
        let rows = db.write_blocking(Actor::Setup, |tx| {
            source::ensure(tx, "okta", Mode::Delta)?;
            let row = Wanted {
                source_id: "7".to_owned(),
                given_name: Cell::Said("Ada".to_owned()),
                family_name: Cell::Said("Lind \"A\"".to_owned()),
                kind: Some(EngagementKind::Employee),
                status: Some(Status::Active),
                ..Wanted::default()
            };
            one::hear(tx, "okta", &[row])?;
            super::take(tx, "okta")
        });
        assert_eq!(rows.expect("a snapshot can be taken"), 1);
        let reading = db
            .read_blocking(|r| super::last_reading(r, "okta", Moment(i64::MAX)))
            .expect("the roster can be read")
            .expect("a snapshot was taken");
        let today = db.read_blocking(|r| r.today()).expect("the day is known");
        let line = format!(
            "[\"7\",\"7\",null,\"Ada\",\"Lind \\\"A\\\"\",null,null,null,null,null,null,null,null,null,\"unknown\",\"\",\"employee\",\"{today}\",null]\n"
        );
        assert_eq!(reading.sha256, hex::encode(Sha256::digest(line)));
    }
}
