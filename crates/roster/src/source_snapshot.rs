//! A snapshot of a source: how many people it tells of on one day, and a digest of everything it says of them.
//!
//! A file is a snapshot by itself ([`crate::roster_file`]). A source that speaks of one person at a time has none, so one is
//! taken of what it has said so far. Somebody else can make the digest again: it is the SHA-256 of one line for each record
//! that holds, in the order of the source's keys, each a JSON list of what [`Record::lines`] names, with a line feed behind it.
//!
//! Not here: when one is due (whoever hears the source), and judging whether it is fresh (crate `evidence`).

use std::collections::BTreeMap;

use db::{Day, Id, Kind, Moment, Reader, Result, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::roster_file::RosterFileKind;

/// Records read at a time.
const PAGE: i64 = 1_000;

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

/// What a source says as a whole, at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    source: String,
    at: Moment,
    rows: u64,
    sha256: String,
}

/// Reads everything the source says. For a reader: as long as somebody who writes has read so much, a PostgreSQL server has
/// to remember what everybody else writes meanwhile, and there is only so much that it can.
///
/// # Errors
/// A fault of the engine.
pub fn take(reader: &mut Reader, source: &str) -> Result<Taken> {
    let mut digest = Sha256::new();
    let (mut rows, mut last) = (0, String::new());
    loop {
        let page = page(reader, source, &last)?;
        let Some(end) = page.last() else { break };
        rows += page.len() as u64;
        let mut engagements = engagements(reader, source, (&page[0].key, &end.key))?;
        for record in &page {
            for line in record.lines(engagements.remove(&record.key).unwrap_or_default()) {
                digest.update(line);
                digest.update(b"\n");
            }
        }
        last.clone_from(&end.key);
    }
    Ok(Taken {
        source: source.to_owned(),
        at: reader.now(),
        rows,
        sha256: hex::encode(digest.finalize()),
    })
}

/// Keeps a snapshot.
///
/// # Errors
/// A fault of the engine.
pub fn keep(tx: &mut Tx, taken: &Taken) -> Result<()> {
    let Taken {
        source, rows, sha256, ..
    } = taken;
    let id = tx.new_id::<SnapshotKind>();
    tx.execute(
        sql!(
            "insert into source_snapshot (id, source, taken_at, row_count, sha256)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![
            id,
            source,
            taken.at,
            i64::try_from(*rows).unwrap_or(i64::MAX),
            sha256
        ],
    )?;
    let entry = Entry::about(Act::SourceSnapshot, format!("source:{source}")).class(Class::C);
    ledger::record(
        tx,
        entry.payload(json!({ "source": source, "rows": rows, "sha256": sha256 })),
    )?;
    Ok(())
}

/// A record that holds: its key, and what it says.
struct Record {
    key: String,
    said: Vec<serde_json::Value>,
}

/// The kind, the first and the last day.
type Stay = [serde_json::Value; 3];

impl Record {
    /// The record's key, employee number, address, names (given, family, preferred), manager, department, division, cost centre,
    /// job title, location, country, language, access and tags; the engagement's kind, first and last day; `null` for what was
    /// not said. A record with several engagements has a line for each.
    fn lines(&self, mut stays: Vec<Stay>) -> Vec<String> {
        if stays.is_empty() {
            stays.push([const { serde_json::Value::Null }; 3]);
        }
        let line = |stay: Stay| {
            let parts = self.said.iter().cloned().chain(stay).collect();
            serde_json::Value::Array(parts).to_string()
        };
        stays.into_iter().map(line).collect()
    }
}

/// The next records by key.
fn page(reader: &mut Reader, source: &str, after: &str) -> Result<Vec<Record>> {
    reader.rows(
        sql!(
            "select source_key, employee_number, email, given_name, family_name, preferred_name, manager_key, department,
                    division, cost_center, job_title, location, country, language, access, tags
             from source_record
             where source = $1
               and superseded_at is null
               and source_key > $2
             order by source_key
             limit $3"
        ),
        &params![source, after, PAGE],
        |row| {
            let said: Result<Vec<_>> = (0..=15).map(|column| Ok(json!(row.str(column)?))).collect();
            Ok(Record {
                key: row.get(0)?,
                said: said?,
            })
        },
    )
}

fn engagements(
    reader: &mut Reader,
    source: &str,
    (first, last): (&str, &str),
) -> Result<BTreeMap<String, Vec<Stay>>> {
    let mut found: BTreeMap<String, Vec<Stay>> = BTreeMap::new();
    reader.each(
        sql!(
            "select source_key, kind, start_on, end_on
             from engagement
             where source = $1
               and superseded_at is null
               and source_key >= $2
               and source_key <= $3
             order by source_key, start_on"
        ),
        &params![source, first, last],
        |row| {
            let day = |day: Option<Day>| json!(day.map(|day| day.to_string()));
            let stay = [json!(row.str(1)?), day(row.get(2)?), day(row.get(3)?)];
            found.entry(row.get(0)?).or_default().push(stay);
            Ok(())
        },
    )?;
    Ok(found)
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
            let taken = super::take(tx, "okta")?;
            super::keep(tx, &taken)?;
            Ok(taken.rows)
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
