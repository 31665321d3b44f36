//! A file whose plan somebody is looking at: kept until it is applied, or for a day.
//!
//! Not here: reading it ([`crate::sources::file`]); and no file that was applied, of which only the digest is kept.

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};

use crate::engagement::{EngagementKind, stored_kind};
use crate::source::Mode;

/// A plan that nobody applied within a day is stale anyway: its id holds the day.
pub const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// The id kind of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadKind;

impl Kind for UploadKind {
    const PREFIX: &'static str = "upl";
}

/// A file and how it is to be understood.
#[derive(Debug, Clone)]
pub struct Upload {
    pub source: String,
    pub kind: Option<EngagementKind>,
    pub mode: Mode,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// As the ledger names them; set when the file is kept.
    pub uploaded_by: String,
}

pub fn keep(tx: &mut Tx, upload: &Upload) -> Result<Id<UploadKind>> {
    let id = tx.new_id::<UploadKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into roster_upload (id, source, kind, mode, file_name, bytes, uploaded_at, uploaded_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            upload.source.as_str(),
            upload.kind.map(EngagementKind::as_str),
            upload.mode.as_str(),
            upload.file_name.as_str(),
            upload.bytes.clone(),
            now,
            by
        ],
    )?;
    Ok(id)
}

/// # Errors
/// A refusal when it was applied or is older than a day.
pub fn find(reader: &mut Reader, id: &Id<UploadKind>) -> Result<Upload> {
    let upload = reader.one(
        sql!(
            "select source, kind, mode, file_name, bytes, uploaded_by
             from roster_upload
             where id = $1"
        ),
        &params![id],
        |row| {
            let kind: Option<String> = row.get(1)?;
            Ok(Upload {
                source: row.get(0)?,
                kind: kind.as_deref().map(stored_kind).transpose()?,
                mode: row.get::<String>(2)?.parse::<Mode>()?,
                file_name: row.get(3)?,
                bytes: row.get(4)?,
                uploaded_by: row.get(5)?,
            })
        },
    )?;
    let gone = || {
        Refusal::new(
            "upload-gone",
            "This file was applied already, or was sent more than a day ago. Send it again.",
        )
    };
    Ok(upload.ok_or_else(gone)?)
}

/// An upload in a list.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: Id<UploadKind>,
    pub source: String,
    pub file_name: String,
    pub uploaded_at: Moment,
    pub uploaded_by: String,
}

/// A day's uploads fit on a page.
const LISTED_MAX: i64 = 50;

/// Files whose plan was looked at and not applied, the newest first.
pub fn waiting(reader: &mut Reader) -> Result<Vec<Waiting>> {
    reader.rows(
        sql!(
            "select id, source, file_name, uploaded_at, uploaded_by
             from roster_upload
             order by uploaded_at desc, id desc
             limit $1"
        ),
        &params![LISTED_MAX],
        |row| {
            Ok(Waiting {
                id: row.get(0)?,
                source: row.get(1)?,
                file_name: row.get(2)?,
                uploaded_at: row.get(3)?,
                uploaded_by: row.get(4)?,
            })
        },
    )
}

pub fn forget(tx: &mut Tx, id: &Id<UploadKind>) -> Result<()> {
    tx.execute(
        sql!(
            "delete from roster_upload
             where id = $1"
        ),
        &params![id],
    )?;
    Ok(())
}

/// Forgets what was sent more than a day ago, and says how many files that were.
pub fn purge(tx: &mut Tx) -> Result<u64> {
    let oldest: Moment = tx.now().plus_seconds(-KEPT_SECONDS);
    tx.execute(
        sql!(
            "delete from roster_upload
             where uploaded_at < $1"
        ),
        &params![oldest],
    )
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};

    use super::*;

    #[test]
    fn an_upload_is_forgotten_after_a_day() {
        let db = Db::in_memory_for_tests();
        let upload = Upload {
            source: "hr".to_owned(),
            kind: Some(EngagementKind::Temp),
            mode: Mode::Delta,
            file_name: "hr.csv".to_owned(),
            bytes: vec![0, 1, 255],
            uploaded_by: String::new(),
        };
        let id = db
            .write_blocking(Actor::Operator, move |tx| keep(tx, &upload))
            .expect("it is kept");
        let purge_after = |seconds: i64| {
            db.set_now(db.now().plus_seconds(seconds));
            db.write_blocking(Actor::Job("roster-uploads"), purge)
                .expect("the purge runs")
        };
        assert_eq!(purge_after(KEPT_SECONDS), 0);
        let wanted = id.clone();
        let found = db
            .read_blocking(move |r| find(r, &wanted))
            .expect("it is still there");
        assert_eq!(
            (found.bytes, found.kind, found.mode),
            (vec![0, 1, 255], Some(EngagementKind::Temp), Mode::Delta)
        );
        assert_eq!(purge_after(1), 1);
        assert!(db.read_blocking(move |r| find(r, &id)).is_err());
    }
}
