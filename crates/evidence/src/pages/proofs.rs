//! Every entry of the ledger about one person, each with its proof, as a file to take away.
//!
//! Not here: who may have it (`person`).

use axum::{http::header, response::IntoResponse};
use db::{Db, Fault, Id, Reader, Result, params, sql};
use roster::person::PersonKind;
use serde_json::json;
use web::Answer;

use crate::chapters::record;

/// Every entry about a person with its proof, under the newest checkpoint.
pub(super) async fn proven(db: &Db, id: Id<PersonKind>) -> Answer {
    let bytes = db.read(move |reader| record_of(reader, &id)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"record.json\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn record_of(reader: &mut Reader, id: &Id<PersonKind>) -> Result<Vec<u8>> {
    let checkpoint = ::ledger::proof::latest(reader)?;
    let vkey = ::ledger::key::vkey(reader)?;
    let mut records = Vec::new();
    if let Some(latest) = &checkpoint {
        let levels = ::ledger::proof::levels(reader, latest.size)?;
        for entry in entries_about(reader, id, latest.size)? {
            let line = record::line(&entry)?;
            let value: serde_json::Value = serde_json::from_str(&line)
                .map_err(|e| Fault::of("reading back a record of the ledger", e))?;
            let proof = record::proof(&levels, entry.seq, latest).map(|proof| proof.text());
            records.push(json!({ "record": value, "proof": proof }));
        }
    }
    let document = json!({
        "person": id,
        "known_at": reader.now(),
        "log": vkey,
        "checkpoint": checkpoint.map(|latest| latest.note),
        "how": "Each record is a line of a pack's records.jsonl; each proof is a C2SP tlog-proof. VERIFY.md of any pack says how to check both.",
        "records": records,
    });
    serde_json::to_vec_pretty(&document).map_err(|e| Fault::of("writing a person's record", e).into())
}

/// The sealed entries about a person, in order. A person's own are few: thousands at most.
fn entries_about(
    reader: &mut Reader,
    id: &Id<PersonKind>,
    size: u64,
) -> Result<Vec<::ledger::proof::Record>> {
    let bytes = |blob: Vec<u8>| -> Result<[u8; 32]> {
        blob.try_into()
            .map_err(|_| Fault::new("reading a ledger entry whose hash is not 32 bytes").into())
    };
    let mut found = Vec::new();
    reader.each(
        sql!(
            "select e.seq, e.kind, e.class, e.occurred_at, e.recorded_at, e.commitment, p.key, p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.subject = $1
             and e.seq < $2
             order by e.seq"
        ),
        &params![format!("person:{id}"), i64::try_from(size).unwrap_or(i64::MAX)],
        |row| {
            let (key, body): (Option<Vec<u8>>, Option<String>) = (row.get(6)?, row.get(7)?);
            found.push(::ledger::proof::Record {
                seq: row.get::<i64>(0)?.unsigned_abs(),
                kind: row.get(1)?,
                class: row.get(2)?,
                occurred_at: row.get(3)?,
                recorded_at: row.get(4)?,
                commitment: bytes(row.get(5)?)?,
                opening: match (key, body) {
                    (Some(key), Some(body)) => Some((bytes(key)?, body)),
                    _ => None,
                },
            });
            Ok(())
        },
    )?;
    Ok(found)
}
