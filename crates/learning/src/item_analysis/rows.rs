//! The attempts at an edition that were handed in, read in one pass each over submissions and answers.
//!
//! Attempts to show that one knows it already ask other questions and are left out. A ruling on a question counts as it does
//! in a regrading: an answer to a question withdrawn since is left out, and counted apart; an answer that a corrected key
//! has right is right, and what was right stays right; whoever passes by a regrading has passed.
//!
//! No person's id leaves this file: a sitting is what was answered, and whether it was the person's first.

use std::collections::HashMap;

use curriculum::{Course, edition::EditionKind};
use db::{Id, Moment, Reader, Result, Window, params, sql};

use super::{Choices, Given, Sitting};
use crate::{
    marking::{Mark, Marking},
    ruling::Rulings,
};

/// The newest attempts that are judged. More change no figure by a hundredth.
const SITTINGS_MAX: i64 = 100_000;
/// Longer than this between two answers is a break, not thought. Answers of one instant were brought in together: nobody
/// knows how long they took.
const BREAK_SECONDS: i64 = 3_600;

/// When an answer was first given, by the place of its question.
type Times = HashMap<u16, f32>;

/// What an analysis is made of: the course as it was published, and what was ruled on its questions since.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub edition: &'a Id<EditionKind>,
    pub course: &'a Course,
    pub rulings: &'a Rulings,
}

/// Reads them; `window` is of the days on which they were handed in.
///
/// # Errors
/// A fault of the engine, or a marking that cannot be read.
pub fn load(reader: &mut Reader, asked: Asked<'_>, window: Option<Window>) -> Result<Vec<Sitting>> {
    let Asked { edition, course, .. } = asked;
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
                    cast(case when s.passed = 1 or r.passed = 1 then 1 else 0 end as bigint), s.marking
             from submission s
             join attempt a on a.id = s.attempt_id
             left join regrading r on r.attempt_id = a.id
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
            let withdrawn = |mark: &&Mark| mark.withdrawn || asked.rulings.is_withdrawn(&mark.question);
            sittings.push(Sitting {
                first: row.get(1)?,
                passed: row.get(2)?,
                given: given(asked, &places, &marking, times),
                left_out: marking.questions.iter().filter(withdrawn).count() as u64,
            });
            Ok(())
        },
    )?;
    Ok(sittings)
}

fn given(
    asked: Asked<'_>,
    places: &HashMap<&str, u16>,
    marking: &Marking,
    times: Option<&Times>,
) -> Vec<Given> {
    let one = |mark: &Mark| {
        if mark.withdrawn || asked.rulings.is_withdrawn(&mark.question) {
            return None;
        }
        let place = *places.get(mark.question.as_str())?;
        let question = asked.course.questions.get(usize::from(place))?;
        let corrected =
            asked.rulings.is_corrected(&mark.question) && asked.rulings.is_right(question, &mark.response);
        Some(Given {
            question: place,
            right: mark.right || corrected,
            remarked: corrected && !mark.right,
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
        ruling::{self, Decision, NewRuling},
        tests::{self as sample, ADA, BEN},
    };

    fn all(reader: &mut Reader) -> Result<Vec<Sitting>> {
        let edition = curriculum::edition::current(reader, "T01")?.expect("the sample is published");
        let rulings = ruling::in_force(reader, &edition.id)?;
        let asked = Asked {
            edition: &edition.id,
            course: &sample::course(),
            rulings: &rulings,
        };
        load(reader, asked, None)
    }

    fn ruled(db: &db::Db, question: &str, decision: Decision, right: &[usize]) {
        let (question, right) = (question.to_owned(), right.to_vec());
        db.write_blocking(db::Actor::Operator, move |tx| {
            let edition = curriculum::edition::current(tx, "T01")?.expect("published").id;
            let new = NewRuling {
                decision,
                right: right.clone(),
                reason: "It had two right answers.".into(),
            };
            ruling::rule(tx, &edition, &question, &new).map(drop)
        })
        .expect("may be ruled");
    }

    #[test]
    fn a_ruling_counts_as_it_does_in_a_regrading() {
        let db = sample::db();
        let course = sample::course();
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, false);
        sample::submitted(&db, ADA, &id);
        let before = db.read_blocking(all).expect("read").remove(0);
        let singles: Vec<(u16, usize)> = before
            .given
            .iter()
            .filter(|given| {
                course.questions[usize::from(given.question)]
                    .kind
                    .is_one_of_several()
            })
            .filter_map(|given| {
                let kind = course.questions[usize::from(given.question)].kind;
                Some((given.question, *given.chosen.list(kind).first()?))
            })
            .collect();
        let (withdrawn, (corrected, chosen)) = (before.given[0].question, singles[singles.len() - 1]);
        assert_ne!(withdrawn, corrected, "the sample asks several questions");
        let name = |place: u16| course.questions[usize::from(place)].id.clone();
        ruled(&db, &name(withdrawn), Decision::Withdrawn, &[]);
        ruled(&db, &name(corrected), Decision::Corrected, &[chosen]);
        let after = db.read_blocking(all).expect("read").remove(0);
        assert_eq!((after.left_out, after.given.len()), (1, before.given.len() - 1));
        assert!(after.given.iter().all(|given| given.question != withdrawn));
        let remarked: Vec<u16> = after
            .given
            .iter()
            .filter(|g| g.remarked)
            .map(|g| g.question)
            .collect();
        assert_eq!(remarked, [corrected]);
        assert!(
            after
                .given
                .iter()
                .all(|given| given.right == (given.question == corrected))
        );
    }

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
        let sittings = db.read_blocking(all).expect("read");
        assert_eq!(sittings.len(), 2);
        let first: Vec<_> = sittings.iter().filter(|sitting| sitting.first).collect();
        assert_eq!(first.len(), 1);
        assert!(!first[0].passed && first[0].given.iter().all(|given| !given.right));
        let found = analyse(&course, &sittings, &Rulings::default());
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
                let rulings = ruling::in_force(r, &edition.id)?;
                let asked = Asked {
                    edition: &edition.id,
                    course: &sample::course(),
                    rulings: &rulings,
                };
                load(r, asked, Window::new(from, from + 1)).map(|sittings| sittings.len())
            })
            .expect("read")
        };
        assert_eq!((counted(0), counted(1), counted(-1)), (1, 0, 0));
    }
}
