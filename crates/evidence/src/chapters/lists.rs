//! The lists of the pack: the same as can be exported one by one.
//!
//! Completions, attempts and attestations reach back to what still counted in the window, so that every answer can be
//! reckoned again from the files alone. Each different statement that was signed is also there as a text of its own,
//! named by the SHA-256 that the list gives.

use db::{Fault, Reader, Result, params, sql};
use paper::Format;
use serde_json::json;

use super::{Binder, Bound, Subject, binder::spool};
use crate::{
    export::{self, List},
    exports::Terms,
};

/// Different statements in one pack; a statement changes with an edition at most.
const STATEMENTS_MAX: i64 = 10_000;

/// Adds them.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let wide = Terms {
        window: subject.reach,
        known_at: subject.run_at,
    };
    for (list, path, terms) in [
        (List::People, "data/roster/people.csv", subject.terms()),
        (List::Assignments, "data/assignments.csv", subject.terms()),
        (List::Completions, "data/completions.csv", wide),
        (List::Attempts, "data/attempts.csv", wide),
        (List::Attestations, "data/attestations/attestations.csv", wide),
        (List::Waivers, "data/waivers.csv", subject.terms()),
    ] {
        let mut about = export::about(reader, list, terms)?;
        about.run_by = "evidence pack".to_owned();
        subject.version.clone_into(&mut about.version);
        let (file, spool) = export::list(
            reader,
            (list, Format::Csv),
            (terms, subject.names, &about),
            spool(),
        )?;
        binder.listed((path, &list.columns(), about), file, spool)?;
    }
    statements(reader, binder, subject)
}

/// Where every list that is bound comes from, as JSON.
pub(crate) fn origins(subject: &Subject<'_>, bound: &[Bound]) -> Result<Vec<u8>> {
    let lists: Vec<_> = bound
        .iter()
        .filter_map(|b| b.list.as_ref())
        .map(|(about, file)| json!({ "about": about, "file": file }))
        .collect();
    let value = json!({
        "pack": {
            "framework": subject.framework.id,
            "framework_version": subject.framework.version,
            "organisation": subject.organisation,
            "zone": subject.zone.name(),
            "from": subject.window.from,
            "to": subject.window.to,
            "reaches_back_to": subject.reach.from,
            "known_at": subject.run_at,
            "version": subject.version,
            "roster": subject.status.roster,
            "checkpoint": subject.checkpoint.map(|c| json!({ "size": c.size, "root": c.root.base64(), "signed_at": c.signed_at })),
        },
        "lists": lists,
    });
    let mut bytes = serde_json::to_vec_pretty(&value).map_err(|e| Fault::of("writing export.json", e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn statements(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let (from, to) = (
        subject.reach.from.start(subject.zone),
        subject.reach.to.start(subject.zone),
    );
    let found: Vec<(String, String)> = reader.rows(
        sql!(
            "select statement_sha256, min(statement)
             from attestation
             where signed_at >= $1
             and signed_at < $2
             and signed_at <= $3
             group by statement_sha256
             order by statement_sha256
             limit $4"
        ),
        &params![from, to, subject.run_at, STATEMENTS_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (sha256, statement) in found {
        // Only what can be a file's name: a hash that is not hex would be a row nobody here wrote.
        if !sha256.is_empty() && sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            binder.quietly(&format!("data/attestations/statements/{sha256}.txt"), statement)?;
        }
    }
    Ok(())
}
