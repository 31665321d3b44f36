//! The attempts at an edition that were handed in, read in one pass each over submissions and answers.
//!
//! Attempts to show that one knows it already ask other questions and are left out. What was marked is taken as it was
//! marked first; a ruling on a question comes after the analysis, not into it.
//!
//! No person's id leaves this file: a sitting is what was answered, and whether it was the person's first.

use std::collections::HashMap;

use curriculum::{Course, edition::EditionKind};
use db::{Id, Moment, Reader, Result, Window, params, sql};

use super::{Choices, Given, Sitting};
use crate::marking::Marking;

/// The newest attempts that are judged. More change no figure by a hundredth.
const SITTINGS_MAX: i64 = 100_000;
/// Longer than this between two answers is a break, not thought. Answers of one instant were brought in together: nobody
/// knows how long they took.
const BREAK_SECONDS: i64 = 3_600;

/// When an answer was first given, by the place of its question.
type Times = HashMap<u16, f32>;

/// Reads them; `window` is of the days on which they were handed in.
///
/// # Errors
/// A fault of the engine, or a marking that cannot be read.
pub fn load(
    reader: &mut Reader,
    edition: &Id<EditionKind>,
    course: &Course,
    window: Option<Window>,
) -> Result<Vec<Sitting>> {
    let places: HashMap<&str, u16> = course
        .questions
        .iter()
        .enumerate()
        .filter_map(|(j, q)| Some((q.id.as_str(), u16::try_from(j).ok()?)))
        .collect();
    let zone = reader.zone()?;
    let (from, to) = window.map_or((Moment(0), Moment(i64::MAX)), |w| {
        (w.from.start(&zone), w.to.start(&zone))
    });
    let times = times(reader, edition, &places, (from, to))?;
    let mut sittings = Vec::new();
    reader.each(
        sql!(
            "select a.id,
                    cast(case when exists (
                        select 1
                        from attempt earlier
                        where earlier.person_id = a.person_id
                          and earlier.edition_id = a.edition_id
                          and earlier.purpose = 'course'
                          and earlier.number < a.number) then 0 else 1 end as bigint),
                    s.passed, s.marking
             from submission s
             join attempt a on a.id = s.attempt_id
             where a.edition_id = $1
               and a.purpose = 'course'
               and s.submitted_at >= $2
               and s.submitted_at < $3
             order by s.submitted_at desc, s.attempt_id desc
             limit $4"
        ),
        &params![edition, from, to, SITTINGS_MAX],
        |row| {
            let marking = Marking::from_text(&row.get::<String>(3)?)?;
            let times = times.get(row.str(0)?.unwrap_or_default());
            sittings.push(Sitting {
                first: row.get(1)?,
                passed: row.get(2)?,
                given: given(course, &places, &marking, times),
            });
            Ok(())
        },
    )?;
    Ok(sittings)
}

fn given(
    course: &Course,
    places: &HashMap<&str, u16>,
    marking: &Marking,
    times: Option<&Times>,
) -> Vec<Given> {
    let one = |mark: &crate::marking::Mark| {
        let place = *places.get(mark.question.as_str())?;
        let question = course.questions.get(usize::from(place))?;
        Some(Given {
            question: place,
            right: mark.right,
            chosen: Choices::of(question.kind, &mark.response),
            seconds: times.and_then(|times| times.get(&place).copied()),
        })
    };
    marking.questions.iter().filter_map(one).collect()
}

/// How long each question took in each attempt: from the answer before it, or the start, to its first answer.
fn times(
    reader: &mut Reader,
    edition: &Id<EditionKind>,
    places: &HashMap<&str, u16>,
    (from, to): (Moment, Moment),
) -> Result<HashMap<String, Times>> {
    let mut found: HashMap<String, Times> = HashMap::new();
    let mut before: Option<(String, Moment)> = None;
    reader.each(
        sql!(
            "select w.attempt_id, w.question, w.given_at, a.started_at
             from answer w
             join attempt a on a.id = w.attempt_id
             join submission s on s.attempt_id = w.attempt_id
             where a.edition_id = $1
               and a.purpose = 'course'
               and s.submitted_at >= $2
               and s.submitted_at < $3
             order by w.attempt_id, w.given_at, w.id"
        ),
        &params![edition, from, to],
        |row| {
            let attempt = row.str(0)?.unwrap_or_default();
            let (given_at, started_at): (Moment, Moment) = (row.get(2)?, row.get(3)?);
            let since = before
                .take()
                .filter(|(id, _)| id == attempt)
                .map_or(started_at, |(_, at)| at);
            let seconds = (given_at.0 - since.0) as f32 / 1_000.0;
            if let Some(place) = places.get(row.str(1)?.unwrap_or_default())
                && (1..=BREAK_SECONDS * 1_000).contains(&(given_at.0 - since.0))
            {
                found
                    .entry(attempt.to_owned())
                    .or_default()
                    .entry(*place)
                    .or_insert(seconds);
            }
            before = Some((attempt.to_owned(), given_at));
            Ok(())
        },
    )?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        item_analysis::analyse,
        tests::{self as sample, ADA, BEN},
    };

    #[test]
    fn first_and_later_attempts_are_read_with_what_counted() {
        let db = sample::db();
        let course = sample::course();
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, false);
        sample::submitted(&db, ADA, &id);
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, true);
        sample::submitted(&db, ADA, &id);
        // Begun and not handed in: not judged.
        sample::started(&db, BEN);
        let sittings = db
            .read_blocking(move |r| {
                let edition = curriculum::edition::current(r, "T01")?.expect("the sample is published");
                load(r, &edition.id, &sample::course(), None)
            })
            .expect("read");
        assert_eq!(sittings.len(), 2);
        let first: Vec<_> = sittings.iter().filter(|sitting| sitting.first).collect();
        assert_eq!(first.len(), 1);
        assert!(!first[0].passed && first[0].given.iter().all(|given| !given.right));
        let found = analyse(&course, &sittings);
        assert_eq!((found.people, found.retries), (1, 1));
    }

    #[test]
    fn a_window_holds_what_was_handed_in_within_it() {
        let db = sample::db();
        sample::passed(&db, ADA);
        let counted = |days: i32| {
            db.read_blocking(move |r| {
                let edition = curriculum::edition::current(r, "T01")?.expect("the sample is published");
                let from = r.today()? + days;
                load(r, &edition.id, &sample::course(), Window::new(from, from + 1))
                    .map(|sittings| sittings.len())
            })
            .expect("read")
        };
        assert_eq!((counted(0), counted(1), counted(-1)), (1, 0, 0));
    }
}
