//! A submission: an attempt handed in and marked. Its marking is never changed; a regrading stands beside it.
//!
//! Handing in twice gives the first marking. Every course has a statement, so what was passed is complete only
//! when that is signed ([`crate::attestation`]). Keys leave the server only after this.
//! Not here: how marks are reckoned ([`crate::marking`]).

use curriculum::{Course, edition};
use db::{Id, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};

use crate::{
    attempt::{self, Attempt, AttemptKind},
    marking::{self, Marking, Terms},
    ruling,
    taker::Taker,
    words,
};

/// What to do with questions that have no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// Refuse, and say which.
    Refuse,
    /// The person has been told, and hands in all the same.
    Accept,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub attempt: Id<AttemptKind>,
    pub submitted_at: Moment,
    /// What counts: the first marking, or that of a regrading.
    pub marking: Marking,
    /// The first marking, when a regrading counts instead.
    pub first: Option<Marking>,
}

/// Hands in the person's own attempt and marks it. `None` when it is not theirs.
///
/// # Errors
/// Refuses while questions are unanswered, unless that was accepted.
pub fn submit(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    unanswered: Unanswered,
) -> Result<Option<Submission>> {
    taker.acts(tx)?;
    let Some(attempt) = attempt::find(tx, &taker.person, id)? else {
        return Ok(None);
    };
    if attempt.submitted_at.is_some() {
        return find(tx, id);
    }
    let course = edition::load(tx, &attempt.edition)?;
    let responses = attempt::responses(tx, id)?;
    let rulings = ruling::in_force(tx, &attempt.edition)?;
    let missing: Vec<usize> = (1..=attempt.form.questions.len())
        .filter(|place| {
            attempt.form.at(*place).is_some_and(|asked| {
                !responses.contains_key(&asked.question) && !rulings.is_withdrawn(&asked.question)
            })
        })
        .collect();
    if !missing.is_empty() && unanswered == Unanswered::Refuse {
        return Err(not_answered(&missing).into());
    }
    let terms = Terms {
        pass_mark: attempt.purpose.pass_mark(&course),
        rulings: &rulings,
    };
    let submission = Submission {
        attempt: id.clone(),
        submitted_at: tx.now(),
        marking: marking::mark(&course, &attempt.form, &responses, terms)?,
        first: None,
    };
    insert(tx, &submission)?;
    record(tx, &attempt, &course, &submission.marking)?;
    Ok(Some(submission))
}

/// The marking of an attempt. Whose it is has been asked before.
pub fn find(reader: &mut Reader, id: &Id<AttemptKind>) -> Result<Option<Submission>> {
    reader.one(
        sql!(
            "select s.attempt_id, s.submitted_at, s.marking, r.marking
             from submission s
             left join regrading r on r.attempt_id = s.attempt_id
             where s.attempt_id = $1"
        ),
        &params![id],
        |row| {
            let first = Marking::from_text(&row.get::<String>(2)?)?;
            let regraded = row.get::<Option<String>>(3)?;
            let (marking, first) = match regraded {
                Some(text) => (Marking::from_text(&text)?, Some(first)),
                None => (first, None),
            };
            Ok(Submission {
                attempt: row.get(0)?,
                submitted_at: row.get(1)?,
                marking,
                first,
            })
        },
    )
}

fn insert(tx: &mut Tx, submission: &Submission) -> Result<()> {
    let marking = &submission.marking;
    let text = marking.to_text()?;
    tx.execute(
        sql!(
            "insert into submission (attempt_id, submitted_at, marks, marks_max, passed, marking)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &submission.attempt,
            submission.submitted_at,
            marking.marks,
            marking.marks_max,
            marking.passed,
            text
        ],
    )?;
    Ok(())
}

fn record(tx: &mut Tx, attempt: &Attempt, course: &Course, marking: &Marking) -> Result<()> {
    let payload = serde_json::json!({
        "attempt": attempt.id.as_str(),
        "course": course.id,
        "edition": attempt.edition.as_str(),
        "form_sha256": crate::sha256(&attempt.form.to_text()?),
        "marking_sha256": crate::sha256(&marking.to_text()?),
        "marks": marking.marks,
        "marks_max": marking.marks_max,
        "passed": marking.passed,
        "practise": marking.failed(),
        "purpose": attempt.purpose.text(),
        "started_at": attempt.started_at.to_string(),
    });
    ledger::record(
        tx,
        Entry::about(Act::AttemptSubmitted, format!("person:{}", attempt.person)).payload(payload),
    )?;
    Ok(())
}

fn not_answered(missing: &[usize]) -> Refusal {
    let places: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let (which, verb) = match places.as_slice() {
        [one] => (format!("Question {one}"), "has"),
        [many @ .., last] => (format!("Questions {} and {last}", many.join(", ")), "have"),
        [] => (words::counted(0, "question"), "have"),
    };
    Refusal::new(
        "answers-missing",
        format!("{which} {verb} no answer. Answer, or tick that you hand in without; a question without an answer counts as wrong."),
    )
    .field("unanswered")
}

#[cfg(test)]
mod tests {
    use db::Error;

    use super::*;
    use crate::{
        completion,
        tests::{self as sample, ADA},
    };

    fn submit_as_ada(
        db: &db::Db,
        id: &Id<AttemptKind>,
        unanswered: Unanswered,
    ) -> Result<Option<Submission>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| submit(tx, taker, &id, unanswered))
    }

    #[test]
    fn what_is_unanswered_is_named_and_may_be_handed_in_knowingly() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        match submit_as_ada(&db, &id, Unanswered::Refuse) {
            Err(Error::Refused(refusal)) => assert!(
                refusal
                    .sentence
                    .starts_with("Questions 1, 2, 3, 4 and 5 have no answer. Answer, or tick"),
                "{refusal}"
            ),
            other => panic!("expected a refusal, got {other:?}"),
        }
        let handed_in = submit_as_ada(&db, &id, Unanswered::Accept)
            .expect("accepted")
            .expect("their own");
        assert_eq!((handed_in.marking.marks, handed_in.marking.passed), (0, false));
        assert!(
            not_answered(&[2])
                .sentence
                .starts_with("Question 2 has no answer.")
        );
    }

    #[test]
    fn handing_in_twice_is_the_first_marking_and_one_entry() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, true);
        let first = sample::submitted(&db, ADA, &id);
        db.set_now(first.submitted_at.plus_seconds(60));
        assert_eq!(
            submit_as_ada(&db, &id, Unanswered::Accept).expect("again"),
            Some(first)
        );
        assert_eq!(sample::entries(&db, Act::AttemptSubmitted), 1);
    }

    #[test]
    fn passing_is_not_completing_while_the_statement_is_unsigned() {
        let db = sample::db();
        sample::passed(&db, ADA);
        let done = db
            .read_blocking(|r| completion::latest(r, &sample::person_id(ADA), "T01"))
            .expect("read");
        assert_eq!(done, None);
    }
}
