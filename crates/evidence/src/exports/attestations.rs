//! Every statement that was signed in the window: the words, who signed, and how we know.

use db::{Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};
use serde_json::Value;

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["attestation", "edition", "engagement", "profile"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("attestation_id", "Attestation", Kind::Text).required(),
        Column::new("attempt_id", "Attempt", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text),
        Column::new("edition", "Edition", Kind::Integer),
        Column::new("edition_sha256", "Edition's SHA-256", Kind::Text),
        Column::new("name_typed", "Name typed", Kind::Text).required(),
        Column::new("statement", "Statement", Kind::Text)
            .required()
            .note("As it was shown, word for word."),
        Column::new("statement_sha256", "Statement's SHA-256", Kind::Text).required(),
        Column::new("bound", "Bound to", Kind::Text)
            .required()
            .note("JSON: what the signature is bound to, with hashes."),
        Column::new("presented_at", "Shown", Kind::Moment).required(),
        Column::new("signed_at", "Signed", Kind::Moment).required(),
        Column::new("sign_in_method", "Signed in by", Kind::Text),
        Column::new("authentication", "Authentication", Kind::Text)
            .required()
            .note("JSON: method, session, when."),
        Column::new("account_id", "Account", Kind::Text)
            .required()
            .note("From the session, never from a form."),
        occurred_column(),
        recorded_column(),
        class_column(),
    ];
    Columns::new(
        "attestations",
        "Attestations signed in the window",
        with_who(columns),
    )
    .note("Every attestation signed on a day of the window.")
    .key(&["attestation_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (from, to) = source.instants();
    reader.each(
        sql!(
            "select t.person_id, t.id, t.attempt_id, e.course_id, e.number, e.content_sha256, t.name_typed, t.statement,
                 t.statement_sha256, t.bound, t.presented_at, t.signed_at, t.auth, t.account_id
             from attestation t
             left join edition e on e.id = t.edition_id
             where t.signed_at >= $1
             and t.signed_at < $2
             and t.signed_at <= $3
             order by t.signed_at, t.id"
        ),
        &params![from, to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] = who_cells(source.names, row.str(0)?.unwrap_or_default());
            let edition: Option<i64> = row.get(4)?;
            let signed = row.get::<Moment>(11)?.to_string();
            let auth = row.str(12)?.unwrap_or_default();
            rows(&[
                source_name,
                key,
                person,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                edition.into(),
                row.str(5)?.into(),
                row.str(6)?.into(),
                row.str(7)?.into(),
                row.str(8)?.into(),
                row.str(9)?.into(),
                row.get::<Moment>(10)?.to_string().into(),
                signed.clone().into(),
                method(auth).into(),
                auth.into(),
                row.str(13)?.into(),
                signed.clone().into(),
                signed.into(),
                "A".into(),
            ])
        },
    )
}

/// How they had signed in, as the attestation has it.
fn method(auth: &str) -> Option<String> {
    let value: Value = serde_json::from_str(auth).ok()?;
    value.get("method")?.as_str().map(str::to_owned)
}
