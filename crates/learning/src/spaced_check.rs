//! A spaced check: three questions some time after a course, about what the person answered worst.
//!
//! What is asked again after a while is remembered for longer. The boxes are Leitner's: the first check comes 7 days
//! after completing, the next ones 30 and 120 days after the one before; a wrong answer leads back to the first box, and
//! a year after completing there is no more. It counts for nobody and against nobody, is owed to nobody, and only the
//! person sees how it went; others see sums. A course has to say that it wants them, and the organisation can do without.
//! Not here: attempts ([`crate::attempt`]); a check is none, and no statistic of attempts counts it.

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Course, Kind, Pool, Question, edition, edition::EditionKind};
use db::{Day, Fault, Id, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

use crate::{
    completion,
    form::{self, Form},
    marking::Marking,
    ruling,
    taker::Taker,
};

/// Days after completing, and then after the check before.
pub const DAYS: [i32; 3] = [7, 30, 120];
/// Two minutes.
pub const QUESTIONS: usize = 3;
/// After so many days the course itself comes again in most programmes.
const ENDS_AFTER_DAYS: i32 = 365;
/// Checks of a course that are looked back on: one a week for a year.
const LOOKED_BACK_MAX: i64 = 60;
/// Markings that tell what somebody answered worst.
const MARKINGS_MAX: i64 = 20;
/// Courses that have sums.
const TALLIES_MAX: i64 = 1_000;

/// `spc_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpacedCheckKind;
impl db::Kind for SpacedCheckKind {
    const PREFIX: &'static str = "spc";
}

struct SettingKind;
impl db::Kind for SettingKind {
    const PREFIX: &'static str = "sps";
}

/// A check that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub course_id: String,
    pub title: String,
    pub since: Day,
}

/// A check that was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub on: Day,
    pub place: i64,
    pub all_right: bool,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub id: Id<SpacedCheckKind>,
    pub edition: Id<EditionKind>,
    pub course_id: String,
    pub form: Form,
    /// By question: what was answered and whether that is right. Empty while it is open.
    pub answers: BTreeMap<String, (Vec<usize>, bool)>,
}

/// What all checks of a course come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub course_id: String,
    pub people: i64,
    pub answers: i64,
    pub right: i64,
}

/// The box of the next check and the day from which it waits; `None` when there is no more. Checks in the order made.
pub fn next(completed_on: Day, made: &[Made]) -> Option<(i64, Day)> {
    let (mut place, mut from) = (1, completed_on);
    for check in made {
        place = if check.all_right { check.place + 1 } else { 1 };
        from = check.on;
    }
    let days = DAYS.get(usize::try_from(place - 1).ok()?)?;
    let on = from + *days;
    (on - completed_on <= ENDS_AFTER_DAYS).then_some((place, on))
}

/// What the person answered worst, then what they were never asked, without those that no longer count and those that
/// take several presses; which of equals is chance. `worse` is wrong answers less right ones.
fn worst<'a>(
    course: &'a Course,
    worse: &BTreeMap<String, i64>,
    withdrawn: &BTreeSet<String>,
    seed: [u8; 32],
) -> Vec<&'a Question> {
    let pool: Vec<&Question> = course
        .questions
        .iter()
        .filter(|question| question.pool == Pool::Course && question.kind != Kind::Order)
        .filter(|question| !withdrawn.contains(&question.id))
        .collect();
    let mut pool = form::shuffled(pool, seed);
    pool.sort_by_key(|question| std::cmp::Reverse(worse.get(&question.id).copied().unwrap_or(0)));
    pool.truncate(QUESTIONS);
    pool
}

/// The checks that wait for a person today.
pub fn due(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Due>> {
    if !active(reader)? {
        return Ok(Vec::new());
    }
    let today = reader.today()?;
    let mut seen = BTreeSet::new();
    let mut due = Vec::new();
    for done in completion::of_person(reader, person)? {
        if !done.passed || !seen.insert(done.course_id.clone()) {
            continue;
        }
        let Some(edition) = edition::current(reader, &done.course_id)? else {
            continue;
        };
        if !edition::load(reader, &edition.id)?.spaced_checks {
            continue;
        }
        let made = made(reader, person, &done.course_id, done.occurred_on)?;
        if let Some((_, since)) = next(done.occurred_on, &made).filter(|(_, on)| *on <= today) {
            due.push(Due {
                course_id: done.course_id,
                title: edition.title,
                since,
            });
        }
    }
    Ok(due)
}

/// Starts the check that is due, or finds the one that is open.
///
/// # Errors
/// Refuses when none is due.
pub fn start(tx: &mut Tx, taker: &Taker, course_id: &str) -> Result<Id<SpacedCheckKind>> {
    taker.acts(tx)?;
    let person = &taker.person;
    if let Some(open) = open(tx, person, course_id)? {
        return Ok(open);
    }
    let today = tx.today()?;
    let wanted = active(tx)?;
    let (done, edition) = (
        completion::latest(tx, person, course_id)?,
        edition::current(tx, course_id)?,
    );
    let (Some(done), Some(edition)) = (done.filter(|_| wanted), edition) else {
        return Err(not_due().into());
    };
    let course = edition::load(tx, &edition.id)?;
    let made = made(tx, person, course_id, done.occurred_on)?;
    let next = next(done.occurred_on, &made).filter(|(_, on)| *on <= today && course.spaced_checks);
    let Some((place, _)) = next else {
        return Err(not_due().into());
    };
    let worse = worse(tx, person, course_id)?;
    let withdrawn = ruling::in_force(tx, &edition.id)?.withdrawn();
    let asked = worst(&course, &worse, &withdrawn, tx.random());
    let form = form::of(&asked, tx.random());
    if form.questions.is_empty() {
        return Err(not_due().into());
    }
    let id = tx.new_id::<SpacedCheckKind>();
    let text = form.to_text()?;
    tx.execute(
        sql!(
            "insert into spaced_check (id, person_id, edition_id, course_id, box, form, started_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![&id, person, &edition.id, course_id, place, text, tx.now()],
    )?;
    Ok(id)
}

/// Keeps the answers to all questions of a check, told as shown, in the order asked; nothing chosen is no answer. Again
/// is the first time. `None` when the person has no such check.
///
/// # Errors
/// Refuses an answer that is not one of those offered.
pub fn answer(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<SpacedCheckKind>,
    told: &[Vec<usize>],
) -> Result<Option<()>> {
    taker.acts(tx)?;
    let Some(check) = find(tx, &taker.person, id)? else {
        return Ok(None);
    };
    if !check.answers.is_empty() {
        return Ok(Some(()));
    }
    let course = edition::load(tx, &check.edition)?;
    let rulings = ruling::in_force(tx, &check.edition)?;
    for (n, asked) in check.form.questions.iter().enumerate() {
        let question = crate::attempt::question_of(&course, asked)?;
        let told = told.get(n).map(Vec::as_slice).unwrap_or_default();
        let response = crate::attempt::as_written(question, asked, told);
        if !response.is_empty() {
            question.check_response(&response)?;
        }
        let right = rulings.is_right(question, &response);
        let text = serde_json::to_string(&response).map_err(|e| Fault::of("writing an answer", e))?;
        tx.execute(
            sql!(
                "insert into spaced_answer (check_id, question, response, correct, given_at)
                 values ($1, $2, $3, $4, $5)"
            ),
            &params![id, &asked.question, text, right, tx.now()],
        )?;
    }
    Ok(Some(()))
}

/// The person's own check.
pub fn find(reader: &mut Reader, person: &Id<PersonKind>, id: &Id<SpacedCheckKind>) -> Result<Option<Check>> {
    let found = reader.one(
        sql!(
            "select edition_id, course_id, form
             from spaced_check
             where id = $1
               and person_id = $2"
        ),
        &params![id, person],
        |row| Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)?)),
    )?;
    let Some((edition, course_id, form)) = found else {
        return Ok(None);
    };
    let answers = reader.rows(
        sql!(
            "select question, response, correct
             from spaced_answer
             where check_id = $1
             order by question
             limit 100"
        ),
        &params![id],
        |row| {
            let response = serde_json::from_str(&row.get::<String>(1)?)
                .map_err(|e| Fault::of("reading an answer", e))?;
            Ok((row.get(0)?, (response, row.get(2)?)))
        },
    )?;
    Ok(Some(Check {
        id: id.clone(),
        edition,
        course_id,
        form: Form::from_text(&form)?,
        answers: answers.into_iter().collect(),
    }))
}

/// Whether the organisation wants spaced checks; it does until somebody says otherwise.
pub fn active(reader: &mut Reader) -> Result<bool> {
    let found = reader.one(
        sql!("select active from spaced_setting order by set_at desc, id desc limit 1"),
        &[],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(true))
}

/// Whether the organisation wants spaced checks from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Yes,
    No,
}

/// Says whether the organisation wants them. The same again changes nothing.
pub fn set(tx: &mut Tx, wanted: Wanted) -> Result<()> {
    let wanted = wanted == Wanted::Yes;
    if active(tx)? == wanted {
        return Ok(());
    }
    let id = tx.new_id::<SettingKind>();
    let by = tx.actor().to_string();
    tx.execute(
        sql!("insert into spaced_setting (id, active, set_at, set_by) values ($1, $2, $3, $4)"),
        &params![id, wanted, tx.now(), by],
    )?;
    let entry = Entry::about(Act::SpacedChecksSet, "organisation");
    ledger::record(tx, entry.payload(serde_json::json!({ "active": wanted })))?;
    Ok(())
}

/// Sums over everybody, by course.
pub fn tallies(reader: &mut Reader) -> Result<Vec<Tally>> {
    reader.rows(
        sql!(
            "select c.course_id, cast(count(distinct c.person_id) as bigint), cast(count(*) as bigint),
                    cast(sum(a.correct) as bigint)
             from spaced_check c
             join spaced_answer a on a.check_id = c.id
             group by c.course_id
             order by c.course_id
             limit $1"
        ),
        &params![TALLIES_MAX],
        |row| {
            Ok(Tally {
                course_id: row.get(0)?,
                people: row.get(1)?,
                answers: row.get(2)?,
                right: row.get(3)?,
            })
        },
    )
}

fn open(
    reader: &mut Reader,
    person: &Id<PersonKind>,
    course_id: &str,
) -> Result<Option<Id<SpacedCheckKind>>> {
    reader.one(
        sql!(
            "select c.id
             from spaced_check c
             where c.person_id = $1
               and c.course_id = $2
               and not exists (select 1 from spaced_answer a where a.check_id = c.id)
             order by c.started_at desc, c.id desc
             limit 1"
        ),
        &params![person, course_id],
        |row| row.get(0),
    )
}

/// The checks made since a course was completed, in order.
fn made(reader: &mut Reader, person: &Id<PersonKind>, course_id: &str, since: Day) -> Result<Vec<Made>> {
    let zone = reader.zone()?;
    let mut made = reader.rows(
        sql!(
            "select c.started_at, c.box, cast(min(a.correct) as bigint)
             from spaced_check c
             join spaced_answer a on a.check_id = c.id
             where c.person_id = $1
               and c.course_id = $2
               and c.started_at >= $3
             group by c.id, c.started_at, c.box
             order by c.started_at desc
             limit $4"
        ),
        &params![person, course_id, since.start(&zone), LOOKED_BACK_MAX],
        |row| {
            Ok(Made {
                on: row.get::<Moment>(0)?.day(&zone),
                place: row.get(1)?,
                all_right: row.get(2)?,
            })
        },
    )?;
    made.reverse();
    Ok(made)
}

/// Wrong answers less right ones, by question, in the attempts and checks of a course.
fn worse(reader: &mut Reader, person: &Id<PersonKind>, course_id: &str) -> Result<BTreeMap<String, i64>> {
    let markings = reader.rows(
        sql!(
            "select s.marking
             from submission s
             join attempt a on a.id = s.attempt_id
             join edition e on e.id = a.edition_id
             where a.person_id = $1
               and e.course_id = $2
             order by s.submitted_at desc
             limit $3"
        ),
        &params![person, course_id, MARKINGS_MAX],
        |row| Marking::from_text(&row.get::<String>(0)?),
    )?;
    let answers: Vec<(String, bool)> = reader.rows(
        sql!(
            "select a.question, a.correct
             from spaced_answer a
             join spaced_check c on c.id = a.check_id
             where c.person_id = $1
               and c.course_id = $2
             order by a.given_at desc, a.question
             limit 200"
        ),
        &params![person, course_id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let marked = markings.into_iter().flat_map(|marking| marking.questions);
    let marked = marked.map(|mark| (mark.question, mark.right));
    let mut worse: BTreeMap<String, i64> = BTreeMap::new();
    for (question, right) in marked.chain(answers) {
        *worse.entry(question).or_default() += if right { -1 } else { 1 };
    }
    Ok(worse)
}

fn not_due() -> Refusal {
    Refusal::new(
        "spaced-check-none",
        "No check waits for you in this course. The next one shows itself on My training when its day has come.",
    )
}

#[cfg(test)]
mod tests {
    use db::{Db, Error};

    use super::*;
    use crate::tests::{self as sample, ADA, BEN};

    fn made(on: Day, place: i64, all_right: bool) -> Made {
        Made { on, place, all_right }
    }

    #[test]
    fn boxes_go_up_when_all_is_right_and_back_to_the_first_when_not() {
        let done = Day::ymd(2026, 6, 1);
        assert_eq!(next(done, &[]), Some((1, done + 7)));
        let first = made(done + 8, 1, true);
        assert_eq!(next(done, &[first]), Some((2, done + 38)));
        let second = made(done + 40, 2, true);
        assert_eq!(next(done, &[first, second]), Some((3, done + 160)));
        let slipped = made(done + 40, 2, false);
        assert_eq!(next(done, &[first, slipped]), Some((1, done + 47)));
        let third = made(done + 161, 3, true);
        assert_eq!(
            next(done, &[first, second, third]),
            None,
            "three boxes, and that is it"
        );
        let late = made(done + 360, 1, false);
        assert_eq!(next(done, &[late]), None, "not for more than a year");
    }

    fn completed(db: &Db) {
        let id = sample::passed(db, ADA);
        sample::as_taker(db, ADA, move |tx, taker| {
            sample::signed(tx, taker, &id, "Ada Osei")
        })
        .expect("may sign");
    }

    fn begun(db: &Db, who: &'static str) -> Result<Id<SpacedCheckKind>> {
        sample::as_taker(db, who, |tx, taker| start(tx, taker, "T01"))
    }

    fn waiting(db: &Db) -> usize {
        db.read_blocking(|r| due(r, &sample::person_id(ADA)))
            .expect("read")
            .len()
    }

    #[test]
    fn a_check_comes_after_a_week_is_answered_once_and_counts_for_nothing() {
        let db = sample::db_with_spaced_checks();
        completed(&db);
        assert_eq!(waiting(&db), 0);
        match begun(&db, ADA) {
            Err(Error::Refused(refusal)) => assert_eq!(refusal.code, "spaced-check-none"),
            other => panic!("expected a refusal, got {other:?}"),
        }
        db.set_now(db.now().plus_seconds(7 * 86_400));
        assert_eq!(waiting(&db), 1);
        let id = begun(&db, ADA).expect("is due");
        assert_eq!(begun(&db, ADA).expect("goes on"), id);
        let told = |db: &Db, who: &'static str| {
            let id = id.clone();
            sample::as_taker(db, who, move |tx, taker| {
                answer(tx, taker, &id, &[vec![0], vec![], vec![0]])
            })
        };
        assert_eq!(told(&db, BEN).expect("not theirs"), None);
        for _ in 0..2 {
            assert_eq!(told(&db, ADA).expect("kept"), Some(()));
        }
        assert_eq!(waiting(&db), 0);
        let sums = db.read_blocking(tallies).expect("read");
        assert_eq!((sums[0].people, sums[0].answers), (1, 3));
        db.set_now(db.now().plus_seconds(7 * 86_400));
        assert_eq!(waiting(&db), 1, "a slip leads back to the first box");
        db.write_blocking(db::Actor::Operator, |tx| set(tx, Wanted::No))
            .expect("set");
        assert_eq!(waiting(&db), 0, "the organisation can do without");
    }

    #[test]
    fn what_was_answered_worst_is_asked_first() {
        let course = sample::course();
        let pool: Vec<&str> = course
            .questions
            .iter()
            .filter(|question| question.kind != Kind::Order)
            .map(|question| question.id.as_str())
            .collect();
        let (bad, good) = (pool[pool.len() - 1], pool[0]);
        let worse = BTreeMap::from([(bad.to_owned(), 2), (good.to_owned(), -1)]);
        let asked = |withdrawn: &BTreeSet<String>| -> Vec<String> {
            let asked = worst(&course, &worse, withdrawn, [5; 32]);
            asked.iter().map(|question| question.id.clone()).collect()
        };
        let first = asked(&BTreeSet::new());
        assert_eq!((first.len(), first[0].as_str()), (QUESTIONS, bad));
        assert!(!first.contains(&good.to_owned()));
        assert!(!asked(&BTreeSet::from([bad.to_owned()])).contains(&bad.to_owned()));
    }
}
