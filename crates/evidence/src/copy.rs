//! A copy of everything recorded about one person, for that person: an archive of lists, each as JSON and as CSV (GDPR articles 15 and 20).
//!
//! It is made when it is asked for and not kept. That it was made is an entry of the ledger, with its size and digest. Secrets are not in
//! it: what lets somebody in is stored as hashes, and the letters that carried it have lost their text.
//! Not here: the entries of the ledger with their proofs, which the page gives apart (`pages/proofs`).

mod parts;
mod programme;

use std::io::Cursor;

use db::{Day, Fault, Id, Moment, Reader, Result, Row, Tx, params};
use ledger::{Act, Entry};
use paper::{About, Cell, Column, Columns, Export, Format, Kind};
use roster::person::PersonKind;
use seal::archive::ArchiveWriter;
use sha2::{Digest, Sha256};

use parts::Part;

/// Rows of one list: every answer of a lifetime of courses. A list that is longer says so.
const ROWS_MAX: i64 = 20_000;

/// The copy, as the bytes of a ZIP archive.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, person: &Id<PersonKind>, run_by: &str) -> Result<Vec<u8>> {
    let mut archive = ArchiveWriter::new(Cursor::new(Vec::new()));
    let made_at = reader.now().to_string();
    let mut contents = String::new();
    for part in parts::ALL.iter().chain(programme::ALL) {
        let columns = columns(part);
        let about = About {
            title: part.what.to_owned(),
            query: part.name.to_owned(),
            run_at: made_at.clone(),
            run_by: run_by.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..About::default()
        };
        let [csv, json] = lists(reader, person, (part, &columns, &about))?;
        let rows = csv.rows;
        add(&mut archive, &format!("{}.csv", part.name), &csv.out)?;
        add(&mut archive, &format!("{}.json", part.name), &json.out)?;
        let more = if rows >= ROWS_MAX.unsigned_abs() {
            ", the first of more"
        } else {
            ""
        };
        contents.push_str(&format!("{}: {} ({rows} rows{more})\n", part.name, part.what));
    }
    let readme = format!(
        "A copy of what is recorded about {person}, made {made_at}.\n\nEach list is here twice, as CSV for a spreadsheet and as JSON for a \
         program. Instants are in UTC.\nWhat is wrong can be corrected: ask under My record.\n\n{contents}"
    );
    add(&mut archive, "README.txt", readme.as_bytes())?;
    let done = archive.finish().map_err(|e| Fault::of("closing a copy", e))?;
    Ok(done.into_inner())
}

/// Notes that a copy was made.
///
/// # Errors
/// A fault of the engine.
pub fn note(tx: &mut Tx, person: &Id<PersonKind>, copy: &[u8]) -> Result<()> {
    let payload = serde_json::json!({
        "bytes": copy.len(),
        "list": "copy",
        "sha256": hex::encode(Sha256::digest(copy)),
    });
    ledger::record(
        tx,
        Entry::about(Act::Exported, format!("person:{person}")).payload(payload),
    )?;
    Ok(())
}

type Written = paper::Finished<Vec<u8>>;

/// The list twice: CSV and JSON.
fn lists(
    reader: &mut Reader,
    person: &Id<PersonKind>,
    (part, columns, about): (&Part, &Columns, &About),
) -> Result<[Written; 2]> {
    let failed = |e| Fault::of("writing a list of a copy", e);
    let begin = |format| Export::begin(columns, format, about, Vec::new()).map_err(failed);
    let (mut csv, mut json) = (begin(Format::Csv)?, begin(Format::Json)?);
    reader.each(part.rows, &params![person, ROWS_MAX], |row| {
        let mut cells = Vec::with_capacity(part.columns.len());
        for (at, (_, kind)) in part.columns.iter().enumerate() {
            cells.push(cell(row, at, *kind)?);
        }
        csv.row(&cells).map_err(failed)?;
        json.row(&cells).map_err(failed)?;
        Ok(())
    })?;
    Ok([csv.finish().map_err(failed)?, json.finish().map_err(failed)?])
}

fn cell(row: &Row<'_>, at: usize, kind: Kind) -> Result<Cell<'static>> {
    Ok(match kind {
        Kind::Text => row.get::<Option<String>>(at)?.into(),
        Kind::Integer => row.get::<Option<i64>>(at)?.into(),
        Kind::Decimal => row.get::<Option<f64>>(at)?.into(),
        Kind::Truth => row.get::<Option<bool>>(at)?.into(),
        Kind::Day => row.get::<Option<Day>>(at)?.map(|day| day.to_string()).into(),
        Kind::Moment => row
            .get::<Option<Moment>>(at)?
            .map(|moment| moment.to_string())
            .into(),
    })
}

fn columns(part: &Part) -> Columns {
    let columns = part
        .columns
        .iter()
        .map(|(name, kind)| Column::new(name, name, *kind))
        .collect();
    Columns::new(part.name, part.what, columns)
}

fn add(archive: &mut ArchiveWriter<Cursor<Vec<u8>>>, path: &str, bytes: &[u8]) -> Result<()> {
    archive
        .add(path, bytes)
        .map_err(|e| Fault::of("putting a list into a copy", e))?;
    Ok(())
}
