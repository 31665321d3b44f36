//! What somebody has read: a row for each lesson of an edition whose end a person reached.
//!
//! It helps a person find their place again. Nothing depends on it: nobody is kept from the questions, or
//! from the next page, for not having turned one.
//! Not here: the text of a lesson (`curriculum`).

use std::collections::BTreeSet;

use curriculum::{Course, edition::EditionKind};
use db::{Id, Reader, Result, Tx, params, sql};
use roster::person::PersonKind;

use crate::taker::Taker;

/// A course has a handful of lessons; its folder at most 200 files.
const LESSONS_MAX: i64 = 200;

/// Notes that the end of a lesson was reached. Again is the first time.
pub fn read(tx: &mut Tx, taker: &Taker, edition: &Id<EditionKind>, lesson: &str) -> Result<()> {
    taker.acts(tx)?;
    tx.execute(
        sql!(
            "insert into lesson_read (person_id, edition_id, lesson, read_at)
             values ($1, $2, $3, $4)
             on conflict (person_id, edition_id, lesson) do nothing"
        ),
        &params![&taker.person, edition, lesson, tx.now()],
    )?;
    Ok(())
}

/// The names of the lessons a person has read.
pub fn of_person(
    reader: &mut Reader,
    person: &Id<PersonKind>,
    edition: &Id<EditionKind>,
) -> Result<BTreeSet<String>> {
    let names = reader.rows(
        sql!(
            "select lesson
             from lesson_read
             where person_id = $1
               and edition_id = $2
             order by lesson
             limit $3"
        ),
        &params![person, edition, LESSONS_MAX],
        |row| row.get(0),
    )?;
    Ok(names.into_iter().collect())
}

/// Minutes to read the lessons that are left, rounded up.
pub fn minutes_left(course: &Course, read: &BTreeSet<String>) -> usize {
    let words: usize = course
        .lessons
        .iter()
        .filter(|lesson| !read.contains(&lesson.name))
        .map(|lesson| lesson.words)
        .sum();
    words.div_ceil(200)
}
