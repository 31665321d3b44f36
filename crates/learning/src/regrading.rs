//! A regrading: an attempt that was failed because of a question that has since been ruled on, and is passed now.
//!
//! It is a new fact. The first marking stays where it is and is shown beside it; nobody loses a mark or a pass. What
//! would change is a plan that can be looked at, and applying asks for its id, so that nothing else is applied. Who
//! passes by it is written to, and signs as everybody does: the course counts from that day on.
//! Not here: why a question was ruled on ([`crate::ruling`]).

use std::collections::BTreeSet;

use curriculum::{Course, edition, edition::EditionKind};
use db::{Id, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};
use sha2::{Digest, Sha256};

use crate::{
    attempt::AttemptKind,
    letter,
    marking::{Mark, Marking},
    purpose::Purpose,
    ruling::{self, Ruling, RulingKind, Rulings},
};

/// Attempts regraded in one transaction; of more, the rest comes with the next plan.
const TOGETHER_MAX: usize = 1_000;

/// An attempt that is passed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regraded {
    pub attempt: Id<AttemptKind>,
    pub person: Id<PersonKind>,
    pub submitted_at: Moment,
    pub before: Marking,
    pub after: Marking,
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The ruling it follows from.
    pub ruling: Id<RulingKind>,
    /// Hash of what would change: what is applied is what was looked at.
    pub id: String,
    /// Failed attempts that had the question.
    pub looked_at: u64,
    /// At most a thousand; `left` more come with the next plan.
    pub passes: Vec<Regraded>,
    pub left: u64,
}

/// The regrading of an attempt, when there was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regrading {
    pub marking: Marking,
    pub regraded_at: Moment,
    /// Why, in the words of the ruling.
    pub reason: String,
}

/// What a failed marking is worth now, if that is a pass. What was right stays right.
pub fn regrade(course: &Course, before: &Marking, rulings: &Rulings, pass_mark: u32) -> Option<Marking> {
    if before.passed {
        return None;
    }
    let mut marks = Vec::with_capacity(before.questions.len());
    for mark in &before.questions {
        let withdrawn = mark.withdrawn || rulings.is_withdrawn(&mark.question);
        let now_right = course
            .question(&mark.question)
            .is_some_and(|question| rulings.is_right(question, &mark.response));
        marks.push(Mark {
            right: !withdrawn && (mark.right || now_right),
            withdrawn,
            ..mark.clone()
        });
    }
    let after = Marking::of(marks, pass_mark);
    after.passed.then_some(after)
}

/// Who would pass now because of the newest ruling on the question. `None` when nothing was ruled that changes marks.
pub fn plan(reader: &mut Reader, edition: &Id<EditionKind>, question: &str) -> Result<Option<Plan>> {
    let Some(ruling) = latest(reader, edition, question)? else {
        return Ok(None);
    };
    let course = edition::load(reader, edition)?;
    let rulings = ruling::in_force(reader, edition)?;
    let mut plan = Plan {
        ruling: ruling.id,
        id: String::new(),
        looked_at: 0,
        passes: Vec::new(),
        left: 0,
    };
    let mut people: BTreeSet<String> = BTreeSet::new();
    // Whoever has passed another attempt at this edition needs nothing; of several failed ones the newest will do.
    reader.each(
        sql!(
            "select a.id, a.person_id, a.purpose, s.submitted_at, s.marking
             from attempt a
             join submission s on s.attempt_id = a.id
             where a.edition_id = $1
               and s.passed = 0
               and not exists (
                   select 1
                   from attempt other
                   join submission t on t.attempt_id = other.id
                   left join regrading r on r.attempt_id = other.id
                   where other.edition_id = a.edition_id
                     and other.person_id = a.person_id
                     and (t.passed = 1 or r.passed = 1))
             order by a.person_id, a.number desc"
        ),
        &params![edition],
        |row| {
            let before = Marking::from_text(&row.get::<String>(4)?)?;
            if !before.questions.iter().any(|mark| mark.question == question) {
                return Ok(());
            }
            plan.looked_at += 1;
            let person: Id<PersonKind> = row.get(1)?;
            if people.contains(person.as_str()) {
                return Ok(());
            }
            let pass_mark = Purpose::of(&row.get::<String>(2)?)?.pass_mark(&course);
            let Some(after) = regrade(&course, &before, &rulings, pass_mark) else {
                return Ok(());
            };
            people.insert(person.to_string());
            if plan.passes.len() == TOGETHER_MAX {
                plan.left += 1;
                return Ok(());
            }
            plan.passes.push(Regraded {
                attempt: row.get(0)?,
                person,
                submitted_at: row.get(3)?,
                before,
                after,
            });
            Ok(())
        },
    )?;
    plan.id = plan_id(&plan)?;
    Ok(Some(plan))
}

/// Does what a plan says, if it is still what would change, and tells those who pass. Says how many that are.
///
/// # Errors
/// Refuses when something has changed since the plan was shown.
pub fn apply(tx: &mut Tx, edition: &Id<EditionKind>, question: &str, plan_id: &str) -> Result<Option<usize>> {
    let Some(found) = edition::find(tx, edition)? else {
        return Ok(None);
    };
    let Some(plan) = plan(tx, edition, question)? else {
        return Ok(None);
    };
    if plan.id != plan_id {
        return Err(has_changed().into());
    }
    for regraded in &plan.passes {
        write(tx, &plan.ruling, regraded)?;
        letter::passed_since(tx, &regraded.person, &found.title)?;
    }
    Ok(Some(plan.passes.len()))
}

/// The regrading of an attempt. Whose it is has been asked before.
pub fn of_attempt(reader: &mut Reader, attempt: &Id<AttemptKind>) -> Result<Option<Regrading>> {
    reader.one(
        sql!(
            "select g.marking, g.regraded_at, r.reason
             from regrading g
             join ruling r on r.id = g.ruling_id
             where g.attempt_id = $1"
        ),
        &params![attempt],
        |row| {
            Ok(Regrading {
                marking: Marking::from_text(&row.get::<String>(0)?)?,
                regraded_at: row.get(1)?,
                reason: row.get(2)?,
            })
        },
    )
}

/// How many attempts were regraded because of rulings on a question.
pub fn count(reader: &mut Reader, edition: &Id<EditionKind>, question: &str) -> Result<i64> {
    let count: Option<i64> = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from regrading g
             join ruling r on r.id = g.ruling_id
             where r.edition_id = $1
               and r.question = $2"
        ),
        &params![edition, question],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

/// The name of somebody in a plan.
pub fn name(reader: &mut Reader, person: &Id<PersonKind>) -> Result<String> {
    Ok(person::find(reader, person)?.map_or_else(|| person.to_string(), |person| person.name()))
}

fn latest(reader: &mut Reader, edition: &Id<EditionKind>, question: &str) -> Result<Option<Ruling>> {
    let rulings = ruling::of_question(reader, edition, question)?;
    Ok(rulings.into_iter().find(|ruling| ruling.decision.changes_marks()))
}

fn plan_id(plan: &Plan) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(plan.ruling.as_str());
    for regraded in &plan.passes {
        hash.update([0]);
        hash.update(regraded.attempt.as_str());
        hash.update(regraded.after.to_text()?);
    }
    Ok(hex::encode(hash.finalize()))
}

fn write(tx: &mut Tx, ruling: &Id<RulingKind>, regraded: &Regraded) -> Result<()> {
    let (before, after) = (regraded.before.to_text()?, regraded.after.to_text()?);
    let by = tx.actor().to_string();
    tx.execute(
        sql!(
            "insert into regrading
                 (attempt_id, ruling_id, marks, marks_max, passed, marking, regraded_at, regraded_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &regraded.attempt,
            ruling,
            regraded.after.marks,
            regraded.after.marks_max,
            true,
            &after,
            tx.now(),
            by
        ],
    )?;
    let payload = serde_json::json!({
        "attempt": regraded.attempt.as_str(),
        "before_sha256": crate::sha256(&before),
        "marking_sha256": crate::sha256(&after),
        "marks": regraded.after.marks,
        "marks_max": regraded.after.marks_max,
        "passed": true,
        "ruling": ruling.as_str(),
        "submitted_at": regraded.submitted_at.to_string(),
    });
    ledger::record(
        tx,
        Entry::about(Act::AttemptRegraded, format!("person:{}", regraded.person)).payload(payload),
    )?;
    Ok(())
}

fn has_changed() -> Refusal {
    Refusal::new(
        "regrading-changed",
        "Something has changed since this was shown. Look at it again, then regrade.",
    )
}

#[cfg(test)]
mod tests {
    use curriculum::Pool;
    use db::{Actor, Db, Error};

    use super::*;
    use crate::{
        attempt::{self, Start},
        form, marking,
        ruling::{Decision, NewRuling},
        submission,
        tests::{self as sample, ADA},
    };

    /// Ada fails by two questions; says which.
    fn failed_by_two(db: &Db) -> (Id<AttemptKind>, Vec<String>) {
        let id = sample::started(db, ADA);
        let attempt = id.clone();
        let wrong = sample::as_taker(db, ADA, move |tx, taker| {
            let found = attempt::find(tx, &taker.person, &attempt)?.expect("their own");
            let course = edition::load(tx, &found.edition)?;
            let keys = sample::right(&course, &found.form);
            let mut missed = Vec::new();
            for (n, asked) in found.form.questions.iter().enumerate() {
                let question = attempt::question_of(&course, asked)?;
                let response = if n < 2 {
                    missed.push(asked.question.clone());
                    sample::wrong(question)
                } else {
                    keys[&asked.question].clone()
                };
                attempt::answer(tx, taker, &attempt, n + 1, &response)?;
            }
            Ok(missed)
        });
        assert!(!sample::submitted(db, ADA, &id).marking.passed);
        (id, wrong.expect("answered"))
    }

    fn withdrawn(db: &Db, question: &str) -> Id<EditionKind> {
        let question = question.to_owned();
        db.write_blocking(Actor::Operator, move |tx| {
            let edition = edition::current(tx, "T01")?.expect("published").id;
            let new = NewRuling {
                decision: Decision::Withdrawn,
                right: Vec::new(),
                reason: "It had two right answers.".into(),
            };
            ruling::rule(tx, &edition, &question, &new)?;
            Ok(edition)
        })
        .expect("may be withdrawn")
    }

    fn planned(db: &Db, edition: &Id<EditionKind>, question: &str) -> Plan {
        let (edition, question) = (edition.clone(), question.to_owned());
        db.read_blocking(move |r| plan(r, &edition, &question))
            .expect("read")
            .expect("ruled on")
    }

    #[test]
    fn who_passes_now_is_planned_applied_once_told_and_can_sign() {
        let db = sample::db();
        let (id, missed) = failed_by_two(&db);
        let edition = withdrawn(&db, &missed[0]);
        let plan = planned(&db, &edition, &missed[0]);
        assert_eq!(
            (plan.looked_at, plan.passes.len()),
            (1, 0),
            "three of four is not yet 80 %"
        );
        withdrawn(&db, &missed[1]);
        let plan = planned(&db, &edition, &missed[1]);
        assert_eq!(plan.passes.len(), 1);
        assert_eq!(
            (plan.passes[0].before.marks_max, plan.passes[0].after.marks_max),
            (5, 3)
        );
        let apply_it = |plan_id: String| {
            let (edition, question) = (edition.clone(), missed[1].clone());
            db.write_blocking(Actor::Operator, move |tx| {
                apply(tx, &edition, &question, &plan_id)
            })
        };
        assert!(matches!(apply_it("another".into()), Err(Error::Refused(_))));
        assert_eq!(apply_it(plan.id.clone()).expect("applied"), Some(1));
        assert!(
            matches!(apply_it(plan.id), Err(Error::Refused(_))),
            "what was applied is no plan any more"
        );
        assert_eq!(planned(&db, &edition, &missed[1]).passes, []);
        assert_eq!(sample::entries(&db, Act::AttemptRegraded), 1);
        let look = id.clone();
        let now = db
            .read_blocking(move |r| submission::find(r, &look))
            .expect("read")
            .expect("handed in");
        assert!(now.marking.passed && now.first.is_some_and(|first| !first.passed));
        let again = sample::as_taker(&db, ADA, |tx, taker| attempt::start(tx, taker, "T01"));
        assert_eq!(again.expect("may go on"), Start::Sign(id));
    }

    #[test]
    fn nobody_loses_a_mark_or_a_pass() {
        let course = sample::course();
        let form = form::draw(&course, Pool::Course, &form::Past::default(), [3; 32]);
        let all = sample::right(&course, &form);
        let terms = marking::Terms {
            pass_mark: 80,
            rulings: &Rulings::default(),
        };
        let passed = marking::mark(&course, &form, &all, terms).expect("marked");
        assert_eq!(regrade(&course, &passed, &Rulings::default(), 100), None);
        let mut one_wrong = all;
        one_wrong.remove(&form.questions[0].question);
        let failed = marking::mark(
            &course,
            &form,
            &one_wrong,
            marking::Terms {
                pass_mark: 100,
                ..terms
            },
        )
        .expect("marked");
        let better = regrade(&course, &failed, &Rulings::default(), 80).expect("enough for 80 %");
        assert!(better.marks >= failed.marks);
    }
}
