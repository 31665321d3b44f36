//! The language somebody reads in, and the one an attempt is shown in.
//!
//! A person reads in the language they chose, else in the one the roster gives, else in the course's own. An attempt keeps
//! the language it was begun in; only its own person changes that, on purpose, and what is asked, answered and marked stays
//! the same. Every language an attempt was shown in stays on record, so that what somebody saw can be told years later.
//! Not here: the texts, and which language is nearest to one that a course does not have (`curriculum::translation`).

use std::sync::Arc;

use curriculum::{Course, edition, edition::EditionKind, language};
use db::{Id, Moment, Reader, Refusal, Result, Tx, Window, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};

use crate::{
    attempt::{self, Attempt, AttemptKind},
    taker::Taker,
};

/// Answers to an edition, by question and the language they were given in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub question: String,
    pub language: String,
    pub answers: i64,
}

/// Keeps the language the person reads in from now on. The same again changes nothing. `None` when there is no such course.
///
/// # Errors
/// Refuses a language that the course is not in.
pub fn choose(tx: &mut Tx, taker: &Taker, course_id: &str, tag: &str) -> Result<Option<()>> {
    taker.acts(tx)?;
    let Some(edition) = edition::current(tx, course_id)? else {
        return Ok(None);
    };
    offered(&*edition::load(tx, &edition.id)?, tag)?;
    tx.execute(
        sql!(
            "insert into language_choice (person_id, language, chosen_at)
             values ($1, $2, $3)
             on conflict (person_id) do update
             set language = excluded.language,
                 chosen_at = excluded.chosen_at
             where language_choice.language <> excluded.language"
        ),
        &params![&taker.person, tag, tx.now()],
    )?;
    Ok(Some(()))
}

/// The course in the language the person reads in.
pub fn course_for(reader: &mut Reader, person: &Id<PersonKind>, course: &Arc<Course>) -> Result<Arc<Course>> {
    if course.translations.is_empty() {
        return Ok(course.clone());
    }
    let wanted = of_person(reader, person)?;
    Ok(wanted.map_or_else(|| course.clone(), |tag| course.spoken(&tag)))
}

/// The course of an attempt in the language it is shown in.
pub fn course_of(reader: &mut Reader, attempt: &Attempt) -> Result<Arc<Course>> {
    let course = edition::load_recorded(reader, &attempt.edition, attempt.content_sha256.clone())?;
    if course.translations.is_empty() {
        return Ok(course);
    }
    let shown = of_attempt(reader, &attempt.id)?;
    Ok(shown.map_or_else(|| course.clone(), |tag| course.spoken(&tag)))
}

/// Notes the language a new attempt begins in, and says which.
pub(crate) fn begin(tx: &mut Tx, attempt: &Attempt) -> Result<String> {
    let course = edition::load_recorded(tx, &attempt.edition, attempt.content_sha256.clone())?;
    let shown = course_for(tx, &attempt.person, &course)?;
    if !course.translations.is_empty() {
        insert(tx, &attempt.id, &shown.language)?;
    }
    Ok(shown.language.clone())
}

/// Goes on in another language. What is asked and what was answered stays; the same language again changes nothing. `None`
/// when the person has no such attempt.
///
/// # Errors
/// Refuses a language that the course is not in, and an attempt that was handed in.
pub fn switch(tx: &mut Tx, taker: &Taker, id: &Id<AttemptKind>, tag: &str) -> Result<Option<()>> {
    taker.acts(tx)?;
    let Some(attempt) = attempt::find(tx, &taker.person, id)? else {
        return Ok(None);
    };
    if attempt.submitted_at.is_some() {
        return Err(attempt::handed_in().into());
    }
    let course = edition::load_recorded(tx, &attempt.edition, attempt.content_sha256.clone())?;
    offered(&course, tag)?;
    let before = of_attempt(tx, id)?.unwrap_or_else(|| course.language.clone());
    if before == tag {
        return Ok(Some(()));
    }
    insert(tx, id, tag)?;
    let payload = serde_json::json!({
        "attempt": id.as_str(),
        "before": before,
        "course": course.id,
        "edition": attempt.edition.as_str(),
        "language": tag,
    });
    let about = Entry::about(Act::AttemptLanguageSwitched, format!("person:{}", taker.person));
    ledger::record(tx, about.payload(payload))?;
    Ok(Some(()))
}

/// The language the attempt is shown in; `None` for the edition's own.
pub fn of_attempt(reader: &mut Reader, id: &Id<AttemptKind>) -> Result<Option<String>> {
    reader.one(
        sql!(
            "select language
             from attempt_language
             where attempt_id = $1
             order by from_at desc
             limit 1"
        ),
        &params![id],
        |row| row.get(0),
    )
}

/// The language the person asks for: what they chose, else what the roster says of them. No course need be in it.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Option<String>> {
    let chosen = reader.one(
        sql!("select language from language_choice where person_id = $1"),
        &params![person],
        |row| row.get(0),
    )?;
    if chosen.is_some() {
        return Ok(chosen);
    }
    let known = person::find(reader, person)?.and_then(|person| person.facts.language);
    Ok(known.as_deref().and_then(language::heard))
}

/// How many answers to each question of an edition were given in which language, of attempts handed in in these days, as far
/// as a language was noted. What counts of an attempt is the last answer to each question. At most as many rows as an
/// edition can have questions and languages.
pub fn given(reader: &mut Reader, edition: &Id<EditionKind>, window: Option<Window>) -> Result<Vec<Given>> {
    let zone = reader.zone()?;
    let (from, to) = window.map_or((Moment(0), Moment(i64::MAX)), |w| {
        (w.from.start(&zone), w.to.start(&zone))
    });
    reader.rows(
        sql!(
            "select n.question, l.language, cast(count(*) as bigint)
             from attempt a
             join submission s on s.attempt_id = a.id
             join answer n on n.attempt_id = a.id
             join attempt_language l on l.attempt_id = a.id
             where a.edition_id = $1
               and a.purpose = 'course'
               and s.submitted_at >= $2
               and s.submitted_at < $3
               and l.from_at = (
                   select max(shown.from_at)
                   from attempt_language shown
                   where shown.attempt_id = a.id
                     and shown.from_at <= n.given_at)
               and not exists (
                   select 1
                   from answer later
                   where later.attempt_id = n.attempt_id
                     and later.question = n.question
                     and (later.given_at > n.given_at
                          or (later.given_at = n.given_at and later.id > n.id)))
             group by n.question, l.language
             order by n.question, l.language
             limit 15000"
        ),
        &params![edition, from, to],
        |row| {
            Ok(Given {
                question: row.get(0)?,
                language: row.get(1)?,
                answers: row.get(2)?,
            })
        },
    )
}

/// Of those, how many were given to a question that was shown in another language than the course's own.
pub fn elsewhere(course: &Course, given: &[Given]) -> i64 {
    let is_translated = |one: &&Given| {
        let translated = course.translations.get(&one.language);
        let question = translated.and_then(|found| found.course.question(&one.question));
        question.is_some_and(|question| question.spoken == one.language)
    };
    given.iter().filter(is_translated).map(|one| one.answers).sum()
}

/// Forgets what the person chose. The languages of their attempts stay, as the attempts do.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<u64> {
    tx.execute(
        sql!("delete from language_choice where person_id = $1"),
        &params![person],
    )
}

/// A clock that was set back makes no language older than the one before it.
fn insert(tx: &mut Tx, id: &Id<AttemptKind>, tag: &str) -> Result<()> {
    tx.execute(
        sql!(
            "insert into attempt_language (attempt_id, language, from_at)
             select $1, $2, case when last.from_at >= cast($3 as bigint) then last.from_at + 1 else cast($3 as bigint) end
             from (select 1 as one) as this
             left join (
                 select max(from_at) as from_at
                 from attempt_language
                 where attempt_id = $1) as last on 1 = 1"
        ),
        &params![id, tag, tx.now()],
    )?;
    Ok(())
}

fn offered(course: &Course, tag: &str) -> std::result::Result<(), Refusal> {
    if tag == course.language || course.translations.contains_key(tag) {
        return Ok(());
    }
    Err(Refusal::new(
        "language-not-offered",
        "This course is not in that language. Choose one from the list.",
    )
    .field("language"))
}

#[cfg(test)]
mod tests {
    use db::{Db, Error};

    use super::*;
    use crate::{
        form::Form,
        tests::{self as sample, ADA},
    };

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn choose_as_ada(db: &Db, tag: &'static str) -> Result<Option<()>> {
        sample::as_taker(db, ADA, move |tx, taker| choose(tx, taker, "T01", tag))
    }

    fn switch_as_ada(db: &Db, id: &Id<AttemptKind>, tag: &'static str) -> Result<Option<()>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| switch(tx, taker, &id, tag))
    }

    fn shown(db: &Db, id: &Id<AttemptKind>) -> (String, Form) {
        let id = id.clone();
        db.read_blocking(move |r| {
            let attempt = attempt::find(r, &sample::person_id(ADA), &id)?.expect("their own");
            Ok((course_of(r, &attempt)?.language.clone(), attempt.form))
        })
        .expect("read")
    }

    fn roster_says(db: &Db, language: &'static str) {
        db.write_blocking(db::Actor::Operator, move |tx| {
            tx.execute(sql!("update profile set language = $1"), &params![language])
        })
        .expect("written");
    }

    #[test]
    fn the_choice_comes_before_the_roster_and_the_roster_before_the_course() {
        let db = sample::db_in_german();
        assert_eq!(shown(&db, &sample::started(&db, ADA)).0, "en");
        let read_in = |db: &Db| {
            db.read_blocking(|r| {
                let edition = edition::current(r, "T01")?.expect("published");
                let course = edition::load(r, &edition.id)?;
                Ok(course_for(r, &sample::person_id(ADA), &course)?.language.clone())
            })
            .expect("read")
        };
        roster_says(&db, "de_AT.UTF-8");
        assert_eq!(read_in(&db), "de");
        choose_as_ada(&db, "en").expect("offered");
        assert_eq!(read_in(&db), "en");
        choose_as_ada(&db, "de").expect("offered");
        assert_eq!(read_in(&db), "de");
        assert_eq!(code(choose_as_ada(&db, "fr")), "language-not-offered");
        let gone = db.write_blocking(db::Actor::Operator, |tx| erase(tx, &sample::person_id(ADA)));
        assert_eq!(
            (gone.expect("erased"), read_in(&db).as_str()),
            (1, "de"),
            "the roster says so still"
        );
        roster_says(&db, "fr");
        assert_eq!(read_in(&db), "en");
    }

    #[test]
    fn an_attempt_keeps_its_language_until_it_is_switched_and_what_it_asks_for_good() {
        let db = sample::db_in_german();
        choose_as_ada(&db, "de").expect("offered");
        let id = sample::started(&db, ADA);
        let (language, form) = shown(&db, &id);
        assert_eq!(language, "de");
        choose_as_ada(&db, "en").expect("offered");
        assert_eq!(
            shown(&db, &id).0,
            "de",
            "a choice for reading leaves the attempt alone"
        );
        // Twice within one instant, and back: the newest counts.
        switch_as_ada(&db, &id, "en").expect("offered");
        switch_as_ada(&db, &id, "de").expect("offered");
        switch_as_ada(&db, &id, "en").expect("offered");
        switch_as_ada(&db, &id, "en").expect("the same again");
        assert_eq!(shown(&db, &id), ("en".into(), form));
        assert_eq!(sample::entries(&db, Act::AttemptLanguageSwitched), 3);
        assert_eq!(code(switch_as_ada(&db, &id, "fr")), "language-not-offered");
        sample::answered(&db, ADA, &id, true);
        sample::submitted(&db, ADA, &id);
        assert_eq!(code(switch_as_ada(&db, &id, "de")), "attempt-handed-in");
    }

    #[test]
    fn answers_are_counted_by_the_language_they_were_given_in() {
        let db = sample::db_in_german();
        choose_as_ada(&db, "de").expect("offered");
        let id = sample::started(&db, ADA);
        sample::answered(&db, ADA, &id, true);
        switch_as_ada(&db, &id, "en").expect("offered");
        sample::submitted(&db, ADA, &id);
        let (given, course) = db
            .read_blocking(|r| {
                let edition = edition::current(r, "T01")?.expect("published");
                Ok((given(r, &edition.id, None)?, edition::load(r, &edition.id)?))
            })
            .expect("read");
        assert!(
            given.iter().all(|one| one.language == "de" && one.answers == 1),
            "{given:?}"
        );
        // Only the questions of `judge` are translated.
        let translated = given
            .iter()
            .filter(|one| one.question.starts_with("judge"))
            .count();
        assert_eq!(elsewhere(&course, &given), translated as i64);
        assert!(translated > 0 && translated < given.len());
    }
}
