//! Every attempt at an assessment that was begun in the window, handed in or not.

use db::{Moment, Reader, Result, params, sql};
use paper::{Cell, Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &[
        "attempt",
        "attempt_language",
        "submission",
        "regrading",
        "edition",
        "engagement",
        "profile",
    ],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("attempt_id", "Attempt", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text),
        Column::new("edition", "Edition", Kind::Integer),
        Column::new("edition_sha256", "Edition's SHA-256", Kind::Text),
        Column::new("number", "Number", Kind::Integer)
            .required()
            .note("1 for the person's first at this edition."),
        Column::new("started_at", "Started", Kind::Moment).required(),
        Column::new("submitted_at", "Handed in", Kind::Moment).note("Blank while it has not been."),
        Column::new("marks", "Marks", Kind::Integer),
        Column::new("marks_max", "Marks possible", Kind::Integer),
        Column::new("passed", "Passed", Kind::Truth),
        occurred_column().note("When it was handed in, or else started."),
        recorded_column(),
        class_column(),
        Column::new("account_id", "Account", Kind::Text)
            .required()
            .note("Who was signed in."),
        Column::new("purpose", "Purpose", Kind::Text)
            .required()
            .note("course, or test_out: shown by assessment without the course."),
        Column::new("regraded_at", "Regraded", Kind::Moment)
            .note("Since when it is passed after all, because a question was withdrawn or its key corrected. The columns before say what the first marking was."),
        Column::new("language", "Language", Kind::Text)
            .note("BCP 47, the last it was shown in. Blank where the edition has one language."),
    ];
    Columns::new("attempts", "Attempts begun in the window", with_who(columns))
        .note("Every attempt begun on a day of the window. Answers are marked on the server and kept in its database; the ledger has the marks and the hashes of what was shown and marked.")
        .key(&["attempt_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (from, to) = source.instants();
    reader.each(
        sql!(
            "select a.person_id, a.id, e.course_id, e.number, e.content_sha256, a.number, a.started_at,
                 s.submitted_at, s.marks, s.marks_max, s.passed, a.account_id, a.purpose, r.regraded_at,
                 (select l.language
                  from attempt_language l
                  where l.attempt_id = a.id
                  and l.from_at <= $3
                  order by l.from_at desc
                  limit 1)
             from attempt a
             left join edition e on e.id = a.edition_id
             left join submission s on s.attempt_id = a.id and s.submitted_at <= $3
             left join regrading r on r.attempt_id = a.id and r.regraded_at <= $3
             where a.started_at >= $1
             and a.started_at < $2
             and a.started_at <= $3
             order by a.started_at, a.id"
        ),
        &params![from, to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] =
                who_cells(source.names, row.str(0)?.unwrap_or_default());
            let edition: Option<i64> = row.get(3)?;
            let started: Moment = row.get(6)?;
            let submitted: Option<Moment> = row.get(7)?;
            let (marks, marks_max): (Option<i64>, Option<i64>) = (row.get(8)?, row.get(9)?);
            let passed: Option<i64> = row.get(10)?;
            let known = submitted.unwrap_or(started).to_string();
            rows(&[
                source_name,
                key,
                person,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                edition.into(),
                row.str(4)?.into(),
                row.get::<i64>(5)?.into(),
                started.to_string().into(),
                submitted.map(|at| at.to_string()).into(),
                marks.into(),
                marks_max.into(),
                passed.map_or(Cell::Empty, |passed| Cell::Truth(passed == 1)),
                known.clone().into(),
                known.into(),
                "A".into(),
                row.str(11)?.into(),
                row.str(12)?.into(),
                row.get::<Option<Moment>>(13)?.map(|at| at.to_string()).into(),
                row.str(14)?.into(),
            ])
        },
    )
}
