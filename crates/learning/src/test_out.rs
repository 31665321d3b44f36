//! Testing out: somebody who knows it already shows so by an assessment, and need not take the course.
//!
//! The questions come from a pool that is used for nothing else, at a higher mark, with every critical question right.
//! There is one try within a year; whoever fails takes the course. Passed and signed it is a completion by assessment
//! ([`crate::completion::TEST_OUT`]). An attempt that is open is gone on with, also over an edition.
//! Not here: asking, answering and marking, which are as in every attempt ([`crate::attempt`]).

use curriculum::{Pool, edition};
use db::{Day, Id, Moment, Reader, Refusal, Result, Tx, params, sql};
use roster::person::PersonKind;

use crate::{
    attempt::{self, AttemptKind, Begun, Start},
    form::{self, Past},
    pause,
    purpose::Purpose,
    ruling,
    taker::Taker,
};

/// Days from one try to the next: who tests out does so once in each year's programme.
const DAYS_BETWEEN: i32 = 365;

/// What a course offers somebody who knows it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// The course has no pool for it.
    None,
    /// One try.
    Open,
    /// It is begun.
    Begun(Id<AttemptKind>),
    /// The try was used; another from this day on.
    Used(Day),
}

/// The last try of a person at a course.
struct Last {
    attempt: Id<AttemptKind>,
    started_at: Moment,
    is_open: bool,
    form: String,
}

/// What the course offers the person now.
pub fn offer(reader: &mut Reader, person: &Id<PersonKind>, course_id: &str) -> Result<Offer> {
    let Some(edition) = edition::current(reader, course_id)? else {
        return Ok(Offer::None);
    };
    let course = edition::load(reader, &edition.id)?;
    let last = last(reader, person, course_id)?;
    if let Some(last) = &last {
        if last.is_open {
            return Ok(Offer::Begun(last.attempt.clone()));
        }
        let again_on = last.started_at.day(&reader.zone()?) + DAYS_BETWEEN;
        if again_on > reader.today()? {
            return Ok(Offer::Used(again_on));
        }
    }
    Ok(match course.test_out {
        Some(_) => Offer::Open,
        None => Offer::None,
    })
}

/// Starts the person's one try, or finds the one that is open.
///
/// # Errors
/// Refuses a course that offers none, and a second try within a year.
pub fn start(tx: &mut Tx, taker: &Taker, course_id: &str) -> Result<Start> {
    taker.acts(tx)?;
    let Some(edition) = edition::current(tx, course_id)? else {
        return Err(not_offered().into());
    };
    let earlier = pause::earlier(tx, &taker.person, &edition.id)?;
    if let Some(id) = attempt::to_sign(&earlier) {
        return Ok(Start::Sign(id));
    }
    match offer(tx, &taker.person, course_id)? {
        Offer::None => return Err(not_offered().into()),
        Offer::Begun(id) => return Ok(Start::Answer(id)),
        Offer::Used(again_on) => return Err(used(again_on).into()),
        Offer::Open => {}
    }
    let course = edition::load(tx, &edition.id)?;
    let shown = match last(tx, &taker.person, course_id)? {
        Some(last) => form::Form::from_text(&last.form)?.ids(),
        None => std::collections::BTreeSet::new(),
    };
    let past = Past {
        shown,
        withdrawn: ruling::in_force(tx, &edition.id)?.withdrawn(),
        ..Past::default()
    };
    let form = form::draw(&course, Pool::TestOut, &past, tx.random());
    let begun = Begun {
        edition,
        purpose: Purpose::TestOut,
        form,
    };
    attempt::begin(tx, taker, begun).map(Start::Answer)
}

fn last(reader: &mut Reader, person: &Id<PersonKind>, course_id: &str) -> Result<Option<Last>> {
    reader.one(
        sql!(
            "select a.id, a.started_at, s.attempt_id, a.form
             from attempt a
             join edition e on e.id = a.edition_id
             left join submission s on s.attempt_id = a.id
             where a.person_id = $1
               and e.course_id = $2
               and a.purpose = 'test_out'
             order by a.started_at desc, a.id desc
             limit 1"
        ),
        &params![person, course_id],
        |row| {
            Ok(Last {
                attempt: row.get(0)?,
                started_at: row.get(1)?,
                is_open: row.get::<Option<String>>(2)?.is_none(),
                form: row.get(3)?,
            })
        },
    )
}

fn not_offered() -> Refusal {
    Refusal::new(
        "test-out-none",
        "This course cannot be tested out of. Take the course; its questions are open from the start.",
    )
    .field("course")
}

fn used(again_on: Day) -> Refusal {
    Refusal::new(
        "test-out-used",
        format!(
            "There is one try a year, and you have used it. Take the course now, or test out again from {}.",
            again_on.long()
        ),
    )
}

#[cfg(test)]
mod tests {
    use db::{Db, Error};

    use super::*;
    use crate::tests::{self as sample, ADA, BEN};

    fn begun(db: &Db, who: &'static str) -> Result<Start> {
        sample::as_taker(db, who, |tx, taker| start(tx, taker, "T01"))
    }

    fn id(start: Start) -> Id<AttemptKind> {
        match start {
            Start::Answer(id) => id,
            Start::Sign(id) => panic!("{id} is to be signed"),
        }
    }

    fn look(db: &Db, who: &'static str) -> Offer {
        db.read_blocking(move |r| offer(r, &sample::person_id(who), "T01"))
            .expect("read")
    }

    #[test]
    fn a_test_out_asks_what_no_course_attempt_asks_at_a_higher_mark() {
        let db = sample::db_with_test_out();
        let test_out = id(begun(&db, ADA).expect("may try"));
        let course = sample::started(&db, ADA);
        assert_ne!(test_out, course, "both can be open");
        assert_eq!(begun(&db, ADA).expect("goes on"), Start::Answer(test_out.clone()));
        let found = db
            .read_blocking(move |r| {
                let of = |r: &mut Reader, id| attempt::find(r, &sample::person_id(ADA), id);
                Ok((of(r, &test_out)?, of(r, &course)?))
            })
            .expect("read");
        let (Some(test_out), Some(course)) = found else {
            panic!("both are hers")
        };
        assert!(test_out.form.ids().iter().all(|id| id.starts_with("out-")));
        assert!(course.form.ids().iter().all(|id| !id.starts_with("out-")));
        assert_eq!(
            (test_out.purpose, course.purpose),
            (Purpose::TestOut, Purpose::Course)
        );
        assert_eq!((test_out.number, course.number), (1, 2));
    }

    #[test]
    fn there_is_one_try_a_year_and_it_is_no_failed_attempt_at_the_course() {
        let db = sample::db_with_test_out();
        for _ in 0..2 {
            assert_eq!(look(&db, ADA), Offer::Open);
            let attempt = id(begun(&db, ADA).expect("may try"));
            assert_eq!(look(&db, ADA), Offer::Begun(attempt.clone()));
            sample::answered(&db, ADA, &attempt, false);
            assert!(!sample::submitted(&db, ADA, &attempt).marking.passed);
            assert!(matches!(look(&db, ADA), Offer::Used(_)));
            match begun(&db, ADA) {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.code, "test-out-used"),
                other => panic!("expected a refusal, got {other:?}"),
            }
            db.set_now(db.now().plus_seconds(365 * 86_400));
        }
        sample::started(&db, ADA);
    }

    #[test]
    fn passed_and_signed_it_is_a_completion_by_assessment() {
        let db = sample::db_with_test_out();
        let attempt = id(begun(&db, BEN).expect("may try"));
        sample::answered(&db, BEN, &attempt, true);
        assert!(sample::submitted(&db, BEN, &attempt).marking.passed);
        let course = sample::as_taker(&db, BEN, |tx, taker| attempt::start(tx, taker, "T01"));
        assert_eq!(
            course.expect("leads on"),
            Start::Sign(attempt.clone()),
            "who has passed signs"
        );
        sample::as_taker(&db, BEN, move |tx, taker| {
            sample::signed(tx, taker, &attempt, "Ben Field")
        })
        .expect("may sign");
        let done = db
            .read_blocking(|r| crate::completion::latest(r, &sample::person_id(BEN), "T01"))
            .expect("read")
            .expect("completed");
        assert_eq!(done.source, crate::completion::TEST_OUT);
        assert_eq!(done.class, ledger::Class::A);
    }

    #[test]
    fn a_course_without_a_pool_offers_none() {
        let db = sample::db();
        assert_eq!(look(&db, ADA), Offer::None);
        match begun(&db, ADA) {
            Err(Error::Refused(refusal)) => assert_eq!(refusal.code, "test-out-none"),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }
}
