//! Every entry of the ledger about one person, each with its proof, as a file to take away.
//!
//! Not here: who may have it (`person`).

use axum::{http::header, response::IntoResponse};
use db::{Db, Fault, Id, Reader, Result};
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
        ::ledger::proof::records_about(reader, &format!("person:{id}"), latest.size, |entry| {
            let line = record::line(&entry)?;
            let value: serde_json::Value = serde_json::from_str(&line)
                .map_err(|e| Fault::of("reading back a record of the ledger", e))?;
            let proof = record::proof(&levels, entry.seq, latest).map(|proof| proof.text());
            records.push(json!({ "record": value, "proof": proof }));
            Ok(())
        })?;
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
