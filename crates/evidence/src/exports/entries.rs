//! The ledger's entries of the window: what happened, to whom, by whom, when, and the hash it was sealed with.

use db::{Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["ledger_entry", "ledger_payload"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("seq", "Place", Kind::Integer).note("From 0; blank for the moment until it has one."),
        Column::new("entry_id", "Entry", Kind::Text).required(),
        Column::new("act", "Act", Kind::Text).required(),
        Column::new("subject", "Subject", Kind::Text).required(),
        Column::new("actor", "Actor", Kind::Text).required(),
        occurred_column(),
        recorded_column(),
        class_column(),
        Column::new("commitment", "Commitment", Kind::Text)
            .required()
            .note("Hex; HMAC-SHA-256 of the body under its key."),
        Column::new("leaf", "Leaf", Kind::Text).note("Hex; the RFC 6962 leaf hash."),
        Column::new("body", "Body", Kind::Text)
            .note("JSON of actor, payload and subject; blank once erased."),
    ];
    Columns::new("ledger", "Ledger entries recorded in the window", columns)
        .note("In the order of recording. To check them without this program, use the records and proofs of an evidence pack.")
        .key(&["entry_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (from, to) = source.instants();
    reader.each(
        sql!(
            "select e.seq, e.id, e.kind, e.subject, e.actor, e.occurred_at, e.recorded_at, e.class, e.commitment, e.leaf,
                 p.body
             from ledger_entry e
             left join ledger_payload p on p.entry_id = e.id
             where e.recorded_at >= $1
             and e.recorded_at < $2
             and e.recorded_at <= $3
             order by e.recorded_at, e.id"
        ),
        &params![from, to, source.terms.known_at],
        |row| {
            let seq: Option<i64> = row.get(0)?;
            let leaf: Option<Vec<u8>> = row.get(9)?;
            rows(&[
                seq.into(),
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                row.str(4)?.into(),
                row.get::<Moment>(5)?.to_string().into(),
                row.get::<Moment>(6)?.to_string().into(),
                row.str(7)?.into(),
                hex::encode(row.get::<Vec<u8>>(8)?).into(),
                leaf.map(hex::encode).into(),
                row.str(10)?.into(),
            ])
        },
    )
}
