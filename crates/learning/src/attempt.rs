//! An attempt: one go at the questions of an edition, from the first page to handing it in.
//!
//! A person has one open attempt at an edition; starting again resumes it. Answers are kept as given, one
//! row each, never changed; the latest counts. Only its own person sees or answers an attempt; to anybody
//! else it does not exist. A question that was withdrawn meanwhile need not be answered.
//! Not here: what an attempt is worth ([`crate::submission`]), what is asked ([`crate::form`]), when somebody who failed
//! may try again ([`crate::pause`]), and who need not take the course ([`crate::test_out`]).

use curriculum::{Course, Edition, Pool, edition, edition::EditionKind};
use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

use crate::{
    form::{self, Asked, Form, Past},
    language,
    marking::{Marking, Responses},
    pause::{self, Earlier},
    purpose::Purpose,
    ruling::{self, Rulings},
    taker::Taker,
};

/// A form has at most 100 questions; so many latest responses can there be.
const RESPONSES_MAX: i64 = 100;
/// Attempts listed as begun: more than anybody has courses.
const OPEN_MAX: i64 = 100;
/// What a course reckons for one question.
const SECONDS_PER_QUESTION: usize = 45;

/// `att_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKind;
impl Kind for AttemptKind {
    const PREFIX: &'static str = "att";
}

struct AnswerKind;
impl Kind for AnswerKind {
    const PREFIX: &'static str = "ans";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: Id<AttemptKind>,
    pub person: Id<PersonKind>,
    pub edition: Id<EditionKind>,
    /// Of the edition, as it was recorded.
    pub content_sha256: String,
    pub purpose: Purpose,
    /// 1, 2, 3 … within person and edition, whatever the purpose.
    pub number: i64,
    pub form: Form,
    pub started_at: Moment,
    pub submitted_at: Option<Moment>,
}

/// Where starting leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// To the questions: a new attempt, or the open one again.
    Answer(Id<AttemptKind>),
    /// To the statement: this attempt was passed and is not signed yet.
    Sign(Id<AttemptKind>),
}

/// Where an answer stands in its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// From 1.
    pub place: usize,
    pub of: usize,
}

/// How far an open attempt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub responses: Responses,
    pub rulings: Rulings,
    /// Answered, or withdrawn.
    pub answered: usize,
    pub of: usize,
    /// For the questions without an answer, rounded up.
    pub minutes_left: usize,
}

impl State {
    /// Whether nothing is left to do about a question.
    pub fn is_done(&self, question: &str) -> bool {
        self.responses.contains_key(question) || self.rulings.is_withdrawn(question)
    }
}

/// An attempt that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub attempt: Id<AttemptKind>,
    pub edition: Id<EditionKind>,
    pub course_id: String,
    pub title: String,
    pub started_at: Moment,
    pub purpose: Purpose,
    /// Passed; only the signature is missing.
    pub to_sign: bool,
    /// It was failed at first, and is passed since a regrading.
    pub regraded: bool,
}

/// Starts an attempt at the current edition, or finds the one that is open.
///
/// # Errors
/// Refuses a course that has no edition, and an attempt before the pause is over.
pub fn start(tx: &mut Tx, taker: &Taker, course_id: &str) -> Result<Start> {
    taker.acts(tx)?;
    let edition = edition::current(tx, course_id)?.ok_or_else(no_such_course)?;
    let course = edition::load(tx, &edition.id)?;
    let earlier = pause::earlier(tx, &taker.person, &edition.id)?;
    if let Some(id) = to_sign(&earlier) {
        return Ok(Start::Sign(id));
    }
    let last = earlier.iter().find(|attempt| attempt.purpose == Purpose::Course);
    if let Some(open) = last.filter(|attempt| attempt.submitted.is_none()) {
        return Ok(Start::Answer(open.id.clone()));
    }
    let rule = pause::rule(tx, &taker.person, &course)?;
    if let Some(until) = pause::until(rule, &earlier, tx.now()) {
        let zone = tx.zone()?;
        return Err(pause::paused(rule, until, &zone).into());
    }
    let past = Past {
        withdrawn: ruling::in_force(tx, &edition.id)?.withdrawn(),
        ..past(tx, last)?
    };
    let form = form::draw(&course, Pool::Course, &past, tx.random());
    begin(
        tx,
        taker,
        Begun {
            edition,
            purpose: Purpose::Course,
            form,
        },
    )
    .map(Start::Answer)
}

/// An attempt that is passed and not signed, if none at this edition has been signed since.
pub(crate) fn to_sign(earlier: &[Earlier]) -> Option<Id<AttemptKind>> {
    let unsigned = earlier.iter().take_while(|attempt| !attempt.completed);
    let mut passed = unsigned.filter(|attempt| attempt.submitted.is_some_and(|(_, passed)| passed));
    passed.next().map(|attempt| attempt.id.clone())
}

/// What a new attempt begins with.
pub(crate) struct Begun {
    pub edition: Edition,
    pub purpose: Purpose,
    pub form: Form,
}

/// Writes a new attempt down.
pub(crate) fn begin(tx: &mut Tx, taker: &Taker, begun: Begun) -> Result<Id<AttemptKind>> {
    if begun.form.questions.is_empty() {
        return Err(Fault::new("drawing a form from an edition without questions").into());
    }
    let number: Option<i64> = tx.one(
        sql!(
            "select cast(coalesce(max(number), 0) as bigint)
             from attempt
             where person_id = $1
               and edition_id = $2"
        ),
        &params![&taker.person, &begun.edition.id],
        |row| row.get(0),
    )?;
    let attempt = Attempt {
        id: tx.new_id(),
        person: taker.person.clone(),
        edition: begun.edition.id,
        content_sha256: begun.edition.content_sha256,
        purpose: begun.purpose,
        number: number.unwrap_or(0) + 1,
        form: begun.form,
        started_at: tx.now(),
        submitted_at: None,
    };
    insert(tx, taker, &attempt)?;
    let language = language::begin(tx, &attempt)?;
    let payload = serde_json::json!({
        "attempt": attempt.id.as_str(),
        "content_sha256": attempt.content_sha256,
        "course": begun.edition.course_id,
        "edition": attempt.edition.as_str(),
        "language": language,
        "number": attempt.number,
        "purpose": attempt.purpose.text(),
    });
    ledger::record(
        tx,
        Entry::about(Act::AttemptStarted, format!("person:{}", taker.person)).payload(payload),
    )?;
    Ok(attempt.id)
}

/// [`answer`], told as the page shows it ([`as_written`]).
///
/// # Errors
/// As for [`answer`].
pub fn answer_as_shown(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    place: usize,
    told: &[usize],
) -> Result<Option<Answered>> {
    taker.acts(tx)?;
    let Some(attempt) = find(tx, &taker.person, id)? else {
        return Ok(None);
    };
    keep(tx, &attempt, place, |question, asked| {
        as_written(question, asked, told)
    })
}

/// A response as the page tells it, in the course's numbers. Options are told by their places as shown, lines by their
/// numbers: what stands first in the course is often the key, and of an order it always is, so its numbers stay here.
pub fn as_written(question: &curriculum::Question, asked: &Asked, told: &[usize]) -> Vec<usize> {
    if question.kind == curriculum::Kind::FindTheLine {
        return told.to_vec();
    }
    let shown = question.shown(&asked.options).options;
    // What was never shown becomes a number that no question offers.
    let number = |place: &usize| shown.get(*place).map_or(usize::MAX, |option| option.number);
    told.iter().map(number).collect()
}

/// Keeps an answer as given. The same again changes nothing. `None` when the person has no such question.
///
/// One point read and one insert: this is what everybody does at once on the day of a campaign. A clock that was set
/// back makes no answer older than the one before it.
///
/// # Errors
/// Refuses a response that is not one of those offered, and any after the attempt was handed in.
pub fn answer(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    place: usize,
    response: &[usize],
) -> Result<Option<Answered>> {
    taker.acts(tx)?;
    let Some(attempt) = find(tx, &taker.person, id)? else {
        return Ok(None);
    };
    keep(tx, &attempt, place, |_, _| response.to_vec())
}

fn keep(
    tx: &mut Tx,
    attempt: &Attempt,
    place: usize,
    response: impl Fn(&curriculum::Question, &Asked) -> Vec<usize>,
) -> Result<Option<Answered>> {
    let id = &attempt.id;
    let Some(asked) = attempt.form.at(place) else {
        return Ok(None);
    };
    if attempt.submitted_at.is_some() {
        return Err(handed_in().into());
    }
    let course = edition::load_recorded(tx, &attempt.edition, attempt.content_sha256.clone())?;
    let question = question_of(&course, asked)?;
    let response = response(question, asked);
    question.check_response(&response)?;
    let text = serde_json::to_string(&response).map_err(|e| Fault::of("writing an answer", e))?;
    let answered = Answered {
        place,
        of: attempt.form.questions.len(),
    };
    let answer = tx.new_id::<AnswerKind>();
    tx.insert(
        sql!(
            "insert into answer (id, attempt_id, question, response, given_at)
             select $1, $2, $3, $4,
                    case when last.given_at >= cast($5 as bigint) then last.given_at + 1 else cast($5 as bigint) end
             from (select 1 as one) as this
             left join (
                 select response, given_at
                 from answer
                 where attempt_id = $2
                   and question = $3
                 order by given_at desc, id desc
                 limit 1) as last on 1 = 1
             where $4 <> coalesce(last.response, '')"
        ),
        &params![answer, id, &asked.question, text, tx.now()],
    )?;
    Ok(Some(answered))
}

/// The person's own attempt.
pub fn find(reader: &mut Reader, person: &Id<PersonKind>, id: &Id<AttemptKind>) -> Result<Option<Attempt>> {
    reader.one(
        sql!(
            "select a.id, a.person_id, a.edition_id, a.number, a.form, a.started_at, s.submitted_at, e.content_sha256,
                    a.purpose
             from attempt a
             join edition e on e.id = a.edition_id
             left join submission s on s.attempt_id = a.id
             where a.id = $1
               and a.person_id = $2"
        ),
        &params![id, person],
        read,
    )
}

/// The latest response to each question.
pub fn responses(reader: &mut Reader, id: &Id<AttemptKind>) -> Result<Responses> {
    let latest = reader.rows(
        sql!(
            "select a.question, a.response
             from answer a
             where a.attempt_id = $1
               and not exists (
                   select 1
                   from answer later
                   where later.attempt_id = a.attempt_id
                     and later.question = a.question
                     and (later.given_at > a.given_at
                          or (later.given_at = a.given_at and later.id > a.id)))
             order by a.question
             limit $2"
        ),
        &params![id, RESPONSES_MAX],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
    )?;
    latest
        .into_iter()
        .map(|(question, text)| {
            let response = serde_json::from_str(&text).map_err(|e| Fault::of("reading an answer", e))?;
            Ok((question, response))
        })
        .collect()
}

/// How far the attempt is.
pub fn state(reader: &mut Reader, attempt: &Attempt) -> Result<State> {
    let of = attempt.form.questions.len();
    let mut state = State {
        responses: responses(reader, &attempt.id)?,
        rulings: ruling::in_force(reader, &attempt.edition)?,
        answered: 0,
        of,
        minutes_left: 0,
    };
    let asked = attempt.form.questions.iter();
    state.answered = asked.filter(|asked| state.is_done(&asked.question)).count();
    state.minutes_left = minutes_for(of - state.answered);
    Ok(state)
}

/// What is begun and not finished, the newest first.
pub fn waiting(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Waiting>> {
    reader.rows(
        sql!(
            "select a.id, a.edition_id, e.course_id, e.title, a.started_at, s.attempt_id, a.purpose, r.attempt_id
             from attempt a
             join edition e on e.id = a.edition_id
             left join submission s on s.attempt_id = a.id
             left join regrading r on r.attempt_id = a.id
             left join completion c on c.attempt_id = a.id
             where a.person_id = $1
               and c.id is null
               and (s.attempt_id is null or s.passed = 1 or r.passed = 1)
             order by a.started_at desc, a.id desc
             limit $2"
        ),
        &params![person, OPEN_MAX],
        |row| {
            Ok(Waiting {
                attempt: row.get(0)?,
                edition: row.get(1)?,
                course_id: row.get(2)?,
                title: row.get(3)?,
                started_at: row.get(4)?,
                to_sign: row.get::<Option<String>>(5)?.is_some(),
                purpose: Purpose::of(&row.get::<String>(6)?)?,
                regraded: row.get::<Option<String>>(7)?.is_some(),
            })
        },
    )
}

/// What so many questions take, in whole minutes.
pub fn minutes_for(questions: usize) -> usize {
    (questions * SECONDS_PER_QUESTION).div_ceil(60)
}

/// The question of the course that a form asks for.
///
/// # Errors
/// A fault when the course has none: the form was drawn from this very edition.
pub fn question_of<'a>(course: &'a Course, asked: &Asked) -> Result<&'a curriculum::Question> {
    Ok(course
        .question(&asked.question)
        .ok_or_else(|| Fault::new("finding a question that its edition does not have"))?)
}

fn past(reader: &mut Reader, last: Option<&Earlier>) -> Result<Past> {
    let Some(last) = last else {
        return Ok(Past::default());
    };
    let found = reader.one(
        sql!(
            "select a.form, s.marking
             from attempt a
             join submission s on s.attempt_id = a.id
             where a.id = $1"
        ),
        &params![&last.id],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
    )?;
    let Some((form, marking)) = found else {
        return Ok(Past::default());
    };
    let form = Form::from_text(&form)?;
    Ok(Past {
        shown: form.questions.into_iter().map(|asked| asked.question).collect(),
        failed: Marking::from_text(&marking)?.failed(),
        ..Past::default()
    })
}

fn insert(tx: &mut Tx, taker: &Taker, attempt: &Attempt) -> Result<()> {
    let form = attempt.form.to_text()?;
    tx.execute(
        sql!(
            "insert into attempt (id, person_id, account_id, edition_id, number, form, started_at, purpose)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &attempt.id,
            &attempt.person,
            &taker.account,
            &attempt.edition,
            attempt.number,
            form,
            attempt.started_at,
            attempt.purpose.text()
        ],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<Attempt> {
    Ok(Attempt {
        id: row.get(0)?,
        person: row.get(1)?,
        edition: row.get(2)?,
        number: row.get(3)?,
        form: Form::from_text(&row.get::<String>(4)?)?,
        started_at: row.get(5)?,
        submitted_at: row.get(6)?,
        content_sha256: row.get(7)?,
        purpose: Purpose::of(&row.get::<String>(8)?)?,
    })
}

fn no_such_course() -> Refusal {
    Refusal::new(
        "course-unknown",
        "There is no such course here. Go back to your training and choose one from the list.",
    )
    .field("course")
}

pub(crate) fn handed_in() -> Refusal {
    Refusal::new(
        "attempt-handed-in",
        "This attempt has been handed in, so its answers stay as they are. Look at the result instead.",
    )
}

#[cfg(test)]
mod tests {
    use db::{Actor, Error};

    use super::*;
    use crate::{
        submission,
        tests::{self as sample, ADA, BEN},
    };

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => {
                assert!(refusal.sentence.ends_with('.'), "{refusal}");
                refusal.code
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn fail(db: &db::Db) {
        let id = sample::started(db, ADA);
        sample::answered(db, ADA, &id, false);
        assert!(!sample::submitted(db, ADA, &id).marking.passed);
    }

    fn start_again(db: &db::Db) -> Result<Start> {
        sample::as_taker(db, ADA, |tx, taker| start(tx, taker, "T01"))
    }

    #[test]
    fn starting_again_resumes_the_open_attempt() {
        let db = sample::db();
        let first = sample::started(&db, ADA);
        assert_eq!(sample::started(&db, ADA), first);
        assert_ne!(sample::started(&db, BEN), first, "everybody has their own");
        assert_eq!(sample::entries(&db, Act::AttemptStarted), 2);
        let waiting = db
            .read_blocking(|r| waiting(r, &sample::person_id(ADA)))
            .expect("read");
        assert_eq!(
            waiting
                .iter()
                .map(|w| (&w.attempt, w.to_sign))
                .collect::<Vec<_>>(),
            [(&first, false)]
        );
    }

    #[test]
    fn an_unknown_course_is_refused() {
        let db = sample::db();
        assert_eq!(
            code(sample::as_taker(&db, ADA, |tx, taker| start(tx, taker, "X99"))),
            "course-unknown"
        );
    }

    #[test]
    fn after_three_failed_attempts_there_is_a_pause_said_with_its_end() {
        let db = sample::db();
        (0..3).for_each(|_| fail(&db));
        match start_again(&db) {
            Err(Error::Refused(refusal)) => assert_eq!(
                refusal.sentence,
                "You have used 3 attempts. You can try again from Tuesday 2 June 2026 at 09:00. Until then, read the lessons again, or ask the security team for help."
            ),
            other => panic!("expected a pause, got {other:?}"),
        }
        let now: Moment = "2026-06-02T09:00:00.000Z".parse().expect("a time");
        db.set_now(now);
        assert!(matches!(start_again(&db), Ok(Start::Answer(_))));
    }

    #[test]
    fn a_passed_attempt_leads_to_its_statement_and_not_to_new_questions() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        assert_eq!(start_again(&db).expect("led on"), Start::Sign(id));
    }

    #[test]
    fn another_attempt_asks_other_questions() {
        let db = sample::db();
        let asked = |id: Id<AttemptKind>| {
            let form = db
                .read_blocking(move |r| Ok(find(r, &sample::person_id(ADA), &id)?.map(|a| a.form)))
                .expect("read");
            form.expect("their own")
                .questions
                .into_iter()
                .map(|a| a.question)
                .collect::<std::collections::BTreeSet<_>>()
        };
        let first = asked(sample::started(&db, ADA));
        fail(&db);
        let second = asked(sample::started(&db, ADA));
        assert!(first.is_disjoint(&second));
    }

    #[test]
    fn the_latest_answer_counts_and_the_same_again_is_no_new_row() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, false);
        sample::answered(&db, ADA, &id, true);
        sample::answered(&db, ADA, &id, true);
        let of = id.clone();
        let (rows, state) = db
            .read_blocking(move |r| {
                let attempt = find(r, &sample::person_id(ADA), &of)?.expect("their own");
                let count = sql!("select cast(count(*) as bigint) from answer");
                Ok((r.one(count, &[], |row| row.get::<i64>(0))?, state(r, &attempt)?))
            })
            .expect("read");
        assert_eq!(rows, Some(10));
        assert_eq!((state.answered, state.of, state.minutes_left), (5, 5, 0));
        assert!(sample::submitted(&db, ADA, &id).marking.passed);
    }

    #[test]
    fn somebody_elses_attempt_does_not_exist() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        let taken = sample::as_taker(&db, BEN, move |tx, taker| {
            Ok((
                find(tx, &taker.person, &id)?.is_some(),
                answer(tx, taker, &id, 1, &[0])?.is_some(),
                submission::submit(tx, taker, &id, submission::Unanswered::Accept)?.is_some(),
            ))
        });
        assert_eq!(taken.expect("answered"), (false, false, false));
    }

    #[test]
    fn nobody_answers_under_another_actor() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        for actor in [
            Actor::Operator,
            Actor::Setup,
            Actor::Person("acc_owner".into()),
            Actor::Job("import"),
        ] {
            let id = id.clone();
            let result = db.write_blocking(actor, move |tx| answer(tx, &sample::taker(ADA), &id, 1, &[0]));
            assert_eq!(code(result), "not-their-own");
        }
    }

    #[test]
    fn hostile_answers_are_refused_or_missing_and_never_a_fault() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        for response in [vec![], vec![99], vec![usize::MAX], vec![0; 50]] {
            let id = id.clone();
            let result = sample::as_taker(&db, ADA, move |tx, taker| answer(tx, taker, &id, 1, &response));
            assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
        }
        for place in [0, 6, usize::MAX] {
            let id = id.clone();
            let result = sample::as_taker(&db, ADA, move |tx, taker| answer(tx, taker, &id, place, &[0]));
            assert_eq!(result.expect("no fault"), None);
        }
    }

    #[test]
    fn nothing_can_be_answered_after_handing_in() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, true);
        sample::submitted(&db, ADA, &id);
        let late = sample::as_taker(&db, ADA, move |tx, taker| answer(tx, taker, &id, 1, &[0]));
        assert_eq!(code(late), "attempt-handed-in");
    }
}
