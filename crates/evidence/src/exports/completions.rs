//! Every completion of the window, whoever it is of and wherever it comes from.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Cell, Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["completion", "edition", "engagement", "profile"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("completion_id", "Completion", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text).required(),
        Column::new("course_title", "Title", Kind::Text),
        Column::new("edition", "Edition", Kind::Integer).note("Blank when it was not done in muster."),
        Column::new("edition_sha256", "Edition's SHA-256", Kind::Text).note("Of the edition's files."),
        Column::new("completed_on", "Completed on", Kind::Day)
            .required()
            .note("In the organisation's zone."),
        occurred_column(),
        recorded_column(),
        Column::new("recorded_by", "Recorded from", Kind::Text)
            .required()
            .note("muster, test-out for what was shown here by assessment without the course, import:NAME, accepted:ID for training done elsewhere, or session:ID for a live session."),
        class_column(),
        Column::new("passed", "Passed", Kind::Truth).required(),
        Column::new("score", "Score", Kind::Decimal).note("Percent."),
        Column::new("attempt_id", "Attempt", Kind::Text),
        Column::new("attestation_id", "Attestation", Kind::Text),
        Column::new("evidence_url", "Evidence", Kind::Text),
    ];
    Columns::new("completions", "Completions in the window", with_who(columns))
        .note("Every completion whose day lies in the window, passed or not, leavers included.")
        .key(&["completion_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let window = source.terms.window;
    reader.each(
        sql!(
            "select c.person_id, c.id, c.course_id, e.title, e.number, e.content_sha256, c.occurred_on, c.occurred_at,
                 c.recorded_at, c.source, c.class, c.passed, c.score, c.attempt_id, c.attestation_id, c.evidence_url
             from completion c
             left join edition e on e.id = c.edition_id
             where c.occurred_on >= $1
             and c.occurred_on < $2
             and c.recorded_at <= $3
             order by c.occurred_at, c.id"
        ),
        &params![window.from, window.to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] = who_cells(source.names, row.str(0)?.unwrap_or_default());
            let number: Option<i64> = row.get(4)?;
            let score: Option<f64> = row.get(12)?;
            rows(&[
                source_name,
                key,
                person,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                number.into(),
                row.str(5)?.into(),
                row.get::<Day>(6)?.to_string().into(),
                row.get::<Moment>(7)?.to_string().into(),
                row.get::<Moment>(8)?.to_string().into(),
                row.str(9)?.into(),
                row.str(10)?.into(),
                Cell::Truth(row.get::<i64>(11)? == 1),
                score.into(),
                row.str(13)?.into(),
                row.str(14)?.into(),
                row.str(15)?.into(),
            ])
        },
    )
}
