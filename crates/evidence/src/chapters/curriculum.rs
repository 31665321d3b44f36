//! What people were taught: the course folders of every edition that counted, byte for byte.
//!
//! An edition is in when it was the newest of its course on a day of the window, or when a completion that reaches into
//! the window is of it. The folder is whole, questions with their keys included: only so can the edition's SHA-256 be
//! made again, and an auditor may see what was asked. The pack says that it must not reach learners.

use std::collections::BTreeSet;

use db::{Day, Id, Moment, Reader, Result, params, sql};
use paper::{Cell, Column, Columns, Kind};

use super::{Binder, Subject};

/// Editions in one pack: a hundred courses with a change a month for ten years.
const EDITIONS_MAX: i64 = 12_000;

struct Edition {
    id: Id<::curriculum::edition::EditionKind>,
    course: String,
    number: i64,
    title: String,
    leg: String,
    layer: String,
    minutes: i64,
    method: String,
    reviewed_on: Day,
    review_due_on: Day,
    sha256: String,
    published_at: Moment,
    published_by: String,
}

/// Adds the list of editions and their folders.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let editions = editions(reader, subject)?;
    let columns = columns();
    let about = subject.about(&columns.title, "curriculum", &["edition", "completion"]);
    binder.csv(("data/curriculum/editions.csv", &columns, about), |export| {
        for edition in &editions {
            let cells: [Cell<'_>; 12] = [
                edition.course.as_str().into(),
                edition.number.into(),
                edition.title.as_str().into(),
                edition.leg.as_str().into(),
                edition.layer.as_str().into(),
                edition.minutes.into(),
                edition.method.as_str().into(),
                edition.reviewed_on.to_string().into(),
                edition.review_due_on.to_string().into(),
                edition.sha256.as_str().into(),
                edition.published_at.to_string().into(),
                edition.published_by.as_str().into(),
            ];
            export
                .row(&cells)
                .map_err(|e| db::Fault::of("writing the editions of a pack", e))?;
        }
        Ok(())
    })?;
    for edition in editions {
        let folder = format!("data/curriculum/{}/edition-{}", edition.course, edition.number);
        reader.each(
            sql!(
                "select path, body
                 from edition_file
                 where edition_id = $1
                 order by path"
            ),
            &params![&edition.id],
            |row| {
                binder.quietly(
                    &format!("{folder}/{}", row.get::<String>(0)?),
                    row.get::<Vec<u8>>(1)?,
                )
            },
        )?;
    }
    Ok(())
}

fn editions(reader: &mut Reader, subject: &Subject<'_>) -> Result<Vec<Edition>> {
    let completed = completed(reader, subject)?;
    let (from, to) = (
        subject.window.from.start(subject.zone),
        subject.window.to.start(subject.zone),
    );
    let mut editions = reader.rows(
        sql!(
            "select id, course_id, number, title, leg, layer, minutes, method, reviewed_on, review_due_on,
                 content_sha256, published_at, published_by
             from edition
             where published_at <= $1
             limit $2"
        ),
        &params![subject.run_at, EDITIONS_MAX],
        |row| {
            Ok(Edition {
                id: row.get(0)?,
                course: row.get(1)?,
                number: row.get(2)?,
                title: row.get(3)?,
                leg: row.get(4)?,
                layer: row.get(5)?,
                minutes: row.get(6)?,
                method: row.get(7)?,
                reviewed_on: row.get(8)?,
                review_due_on: row.get(9)?,
                sha256: row.get(10)?,
                published_at: row.get(11)?,
                published_by: row.get(12)?,
            })
        },
    )?;
    editions.sort_by(|a, b| (&a.course, a.number).cmp(&(&b.course, b.number)));
    let replaced_at = |place: usize, edition: &Edition| {
        editions
            .get(place + 1)
            .filter(|next| next.course == edition.course)
            .map(|next| next.published_at)
    };
    let wanted: Vec<bool> = editions
        .iter()
        .enumerate()
        .map(|(place, edition)| {
            let in_force = edition.published_at < to
                && replaced_at(place, edition).is_none_or(|replaced| replaced > from);
            in_force || completed.contains(edition.id.as_str())
        })
        .collect();
    let mut wanted = wanted.into_iter();
    editions.retain(|_| wanted.next().unwrap_or(false));
    Ok(editions)
}

/// The editions of the completions that reach into the window.
fn completed(reader: &mut Reader, subject: &Subject<'_>) -> Result<BTreeSet<String>> {
    let ids = reader.rows(
        sql!(
            "select distinct edition_id
             from completion
             where edition_id is not null
             and occurred_on >= $1
             and occurred_on < $2
             and recorded_at <= $3
             limit $4"
        ),
        &params![subject.reach.from, subject.reach.to, subject.run_at, EDITIONS_MAX],
        |row| row.get::<String>(0),
    )?;
    Ok(ids.into_iter().collect())
}

fn columns() -> Columns {
    let columns = vec![
        Column::new("course", "Course", Kind::Text).required(),
        Column::new("edition", "Edition", Kind::Integer).required(),
        Column::new("title", "Title", Kind::Text).required(),
        Column::new("leg", "Leg", Kind::Text).required(),
        Column::new("layer", "Layer", Kind::Text).required(),
        Column::new("minutes", "Minutes", Kind::Integer).required(),
        Column::new("method", "Method", Kind::Text).required(),
        Column::new("reviewed_on", "Reviewed", Kind::Day).required(),
        Column::new("review_due_on", "Review due", Kind::Day).required(),
        Column::new("sha256", "SHA-256", Kind::Text)
            .required()
            .note("Over the edition's files."),
        Column::new("published_at", "Published", Kind::Moment).required(),
        Column::new("published_by", "Published by", Kind::Text).required(),
    ];
    Columns::new(
        "editions",
        "Editions in force in the window, or completed by those it counts",
        columns,
    )
    .note("Each edition's folder is beside this list, byte for byte as it was published.")
    .key(&["course", "edition"])
}
