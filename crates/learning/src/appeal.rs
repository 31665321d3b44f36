//! An appeal: somebody who was asked a question says that it seems wrong, and the editors read it.
//!
//! While answering or after marking, once for each question of an attempt. The editors see what was said and not by
//! whom, unless the person wishes an answer. An appeal is open until somebody has ruled on its question.
//! Not here: what was decided ([`crate::ruling`]).

use curriculum::{edition, edition::EditionKind};
use db::{Id, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};

use crate::{
    attempt::{self, AttemptKind},
    letter,
    ruling::{self, NewRuling, Ruling},
    taker::Taker,
};

/// The longest appeal, in characters: some paragraphs.
pub const SAID_CHARS_MAX: usize = 1_000;
/// Questions with open appeals that are listed. Whoever has more rules on these first.
const OPEN_MAX: i64 = 200;
/// Appeals about one question that are shown, the newest.
const OF_QUESTION_MAX: i64 = 100;
/// A form has at most so many questions.
const OF_ATTEMPT_MAX: i64 = 100;

struct AppealKind;
impl db::Kind for AppealKind {
    const PREFIX: &'static str = "app";
}

/// What somebody says about a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppeal {
    pub said: String,
    /// Their name is shown to the editors, and they are written to.
    pub wishes_answer: bool,
}

/// A question about which appeals are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    pub edition: Id<EditionKind>,
    pub course_id: String,
    pub number: i64,
    pub title: String,
    pub question: String,
    pub appeals: i64,
    pub since: Moment,
}

/// One appeal as the editors see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Empty when the person was erased.
    pub text: String,
    /// Of those who wish an answer.
    pub by: Option<String>,
    /// The language the attempt was shown in, where the course has several.
    pub language: Option<String>,
    pub raised_at: Moment,
}

/// One's own appeal, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub question: String,
    pub raised_at: Moment,
}

/// Says that a question of the person's own attempt seems wrong. The same again changes nothing. `None` when they were
/// not asked it.
///
/// # Errors
/// Refuses an appeal without words or with too many, and a second one about the same question.
pub fn raise(
    tx: &mut Tx,
    taker: &Taker,
    (attempt, place): (&Id<AttemptKind>, usize),
    new: &NewAppeal,
) -> Result<Option<()>> {
    taker.acts(tx)?;
    let Some(attempt) = attempt::find(tx, &taker.person, attempt)? else {
        return Ok(None);
    };
    let Some(asked) = attempt.form.at(place) else {
        return Ok(None);
    };
    let said = new.said.trim();
    if said.is_empty() || said.chars().count() > SAID_CHARS_MAX {
        return Err(no_words().into());
    }
    let id = tx.new_id::<AppealKind>();
    let added = tx.execute(
        sql!(
            "insert into appeal
                 (id, person_id, attempt_id, edition_id, question, said, wishes_answer, raised_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (attempt_id, question) do nothing"
        ),
        &params![
            &id,
            &taker.person,
            &attempt.id,
            &attempt.edition,
            &asked.question,
            said,
            new.wishes_answer,
            tx.now()
        ],
    )?;
    if added == 0 {
        let before: Option<String> = tx.one(
            sql!("select said from appeal where attempt_id = $1 and question = $2"),
            &params![&attempt.id, &asked.question],
            |row| row.get(0),
        )?;
        return if before.as_deref() == Some(said) {
            Ok(Some(()))
        } else {
            Err(said_before().into())
        };
    }
    let payload = serde_json::json!({
        "appeal": id.as_str(),
        "attempt": attempt.id.as_str(),
        "edition": attempt.edition.as_str(),
        "question": asked.question,
    });
    ledger::record(
        tx,
        Entry::about(Act::QuestionAppealed, format!("person:{}", taker.person)).payload(payload),
    )?;
    Ok(Some(()))
}

/// The questions about which appeals are open, those with the most first.
pub fn doubted(reader: &mut Reader) -> Result<Vec<Doubted>> {
    reader.rows(
        sql!(
            "select p.edition_id, e.course_id, e.number, e.title, p.question, cast(count(*) as bigint) as appeals,
                    cast(min(p.raised_at) as bigint) as since
             from appeal p
             join edition e on e.id = p.edition_id
             where not exists (
                 select 1
                 from ruling r
                 where r.edition_id = p.edition_id
                   and r.question = p.question
                   and r.ruled_at >= p.raised_at)
             group by p.edition_id, e.course_id, e.number, e.title, p.question
             order by appeals desc, since, p.edition_id, p.question
             limit $1"
        ),
        &params![OPEN_MAX],
        |row| {
            Ok(Doubted {
                edition: row.get(0)?,
                course_id: row.get(1)?,
                number: row.get(2)?,
                title: row.get(3)?,
                question: row.get(4)?,
                appeals: row.get(5)?,
                since: row.get(6)?,
            })
        },
    )
}

/// What was said about a question, the newest first.
pub fn of_question(reader: &mut Reader, edition: &Id<EditionKind>, question: &str) -> Result<Vec<Said>> {
    let rows = reader.rows(
        sql!(
            "select said, raised_at, case when wishes_answer = 1 then person_id end,
                    (select l.language
                     from attempt_language l
                     where l.attempt_id = appeal.attempt_id
                       and l.from_at <= appeal.raised_at
                     order by l.from_at desc
                     limit 1)
             from appeal
             where edition_id = $1
               and question = $2
             order by raised_at desc, id desc
             limit $3"
        ),
        &params![edition, question, OF_QUESTION_MAX],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<Moment>(1)?,
                row.get::<Option<Id<PersonKind>>>(2)?,
                row.get::<Option<String>>(3)?,
            ))
        },
    )?;
    let mut said = Vec::with_capacity(rows.len());
    for (text, raised_at, by, language) in rows {
        let by = match by {
            Some(id) => person::find(reader, &id)?.map(|person| person.name()),
            None => None,
        };
        said.push(Said {
            text,
            by,
            language,
            raised_at,
        });
    }
    Ok(said)
}

/// The appeals that somebody raised in an attempt of theirs.
pub fn of_attempt(reader: &mut Reader, attempt: &Id<AttemptKind>) -> Result<Vec<Own>> {
    reader.rows(
        sql!(
            "select question, raised_at
             from appeal
             where attempt_id = $1
             order by raised_at, id
             limit $2"
        ),
        &params![attempt, OF_ATTEMPT_MAX],
        |row| {
            Ok(Own {
                question: row.get(0)?,
                raised_at: row.get(1)?,
            })
        },
    )
}

/// Who wishes an answer about a question and has had none: those whose appeals are still open.
pub fn waiting_for_answer(
    reader: &mut Reader,
    edition: &Id<EditionKind>,
    question: &str,
) -> Result<Vec<Id<PersonKind>>> {
    reader.rows(
        sql!(
            "select distinct p.person_id
             from appeal p
             where p.edition_id = $1
               and p.question = $2
               and p.wishes_answer = 1
               and not exists (
                   select 1
                   from ruling r
                   where r.edition_id = p.edition_id
                     and r.question = p.question
                     and r.ruled_at >= p.raised_at)
             order by p.person_id
             limit $3"
        ),
        &params![edition, question, OF_QUESTION_MAX],
        |row| row.get(0),
    )
}

/// Rules on a question, which settles every appeal about it, and writes to those who wish an answer. `None` when the
/// edition has no such question.
///
/// # Errors
/// As for [`ruling::rule`].
pub fn settle(
    tx: &mut Tx,
    edition: &Id<EditionKind>,
    question: &str,
    new: &NewRuling,
) -> Result<Option<Ruling>> {
    let waiting = waiting_for_answer(tx, edition, question)?;
    let Some(ruling) = ruling::rule(tx, edition, question, new)? else {
        return Ok(None);
    };
    if let Some(found) = edition::find(tx, edition)? {
        for person in &waiting {
            letter::answered(tx, person, &found.title, &ruling)?;
        }
    }
    Ok(Some(ruling))
}

/// Takes out what somebody wrote, and says of how many appeals. That there was one stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<u64> {
    tx.execute(
        sql!(
            "update appeal
             set said = ''
             where person_id = $1"
        ),
        &params![person],
    )
}

fn no_words() -> Refusal {
    Refusal::new(
        "appeal-empty",
        format!("Write in a sentence or two what seems wrong, in at most {SAID_CHARS_MAX} characters."),
    )
    .field("said")
}

fn said_before() -> Refusal {
    Refusal::new(
        "appeal-again",
        "You have told the editors about this question already. They will read it; there is no need to write again.",
    )
    .field("said")
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};

    use super::*;
    use crate::{
        ruling::Decision,
        tests::{self as sample, ADA, BEN},
    };

    fn raised(
        db: &Db,
        who: &'static str,
        attempt: &Id<AttemptKind>,
        said: &'static str,
    ) -> Result<Option<()>> {
        let attempt = attempt.clone();
        sample::as_taker(db, who, move |tx, taker| {
            let new = NewAppeal {
                said: said.into(),
                wishes_answer: said.contains("please"),
            };
            raise(tx, taker, (&attempt, 1), &new)
        })
    }

    fn open(db: &Db) -> Vec<Doubted> {
        db.read_blocking(doubted).expect("read")
    }

    #[test]
    fn an_appeal_is_open_until_somebody_has_ruled() {
        let db = sample::db();
        let attempt = sample::started(&db, ADA);
        assert_eq!(
            raised(&db, ADA, &attempt, "Two are right, please look").expect("may be"),
            Some(())
        );
        assert_eq!(
            raised(&db, ADA, &attempt, "Two are right, please look").expect("again"),
            Some(())
        );
        let found = open(&db);
        assert_eq!(
            (found.len(), found[0].appeals),
            (1, 1),
            "the same again is one appeal"
        );
        assert_eq!(sample::entries(&db, Act::QuestionAppealed), 1);
        let (edition, question) = (found[0].edition.clone(), found[0].question.clone());
        let (e, q) = (edition.clone(), question.clone());
        let said = db.read_blocking(move |r| of_question(r, &e, &q)).expect("read");
        assert_eq!(said[0].by.as_deref(), Some("Ada Osei"));
        db.write_blocking(Actor::Operator, move |tx| {
            let new = NewRuling {
                decision: Decision::Stands,
                right: Vec::new(),
                reason: "One is better.".into(),
            };
            assert_eq!(waiting_for_answer(tx, &edition, &question)?.len(), 1);
            settle(tx, &edition, &question, &new)
        })
        .expect("ruled");
        assert_eq!(open(&db), []);
        let letters = db.read_blocking(|r| {
            r.one(
                sql!("select cast(count(*) as bigint) from letter where to_address = 'ada@example.com'"),
                &[],
                |row| row.get::<i64>(0),
            )
        });
        assert_eq!(
            letters.expect("counted"),
            Some(1),
            "who wished an answer is written to"
        );
    }

    #[test]
    fn who_wishes_no_answer_has_no_name_and_who_is_erased_no_words() {
        let db = sample::db();
        let attempt = sample::started(&db, ADA);
        raised(&db, ADA, &attempt, "Two are right").expect("may be");
        let found = open(&db).remove(0);
        let look = |db: &Db| {
            let found = found.clone();
            db.read_blocking(move |r| of_question(r, &found.edition, &found.question))
                .expect("read")
                .remove(0)
        };
        assert_eq!((look(&db).by, look(&db).text.as_str()), (None, "Two are right"));
        let erased = db.write_blocking(Actor::Operator, |tx| erase(tx, &sample::person_id(ADA)));
        assert_eq!((erased.expect("erased"), look(&db).text.as_str()), (1, ""));
    }

    #[test]
    fn nobody_appeals_twice_without_words_or_for_somebody_else() {
        let db = sample::db();
        let attempt = sample::started(&db, ADA);
        assert_eq!(raised(&db, BEN, &attempt, "Wrong").expect("not theirs"), None);
        raised(&db, ADA, &attempt, "Wrong").expect("may be");
        for (said, code) in [("  ", "appeal-empty"), ("Something else", "appeal-again")] {
            match raised(&db, ADA, &attempt, said) {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.code, code),
                other => panic!("expected a refusal, got {other:?}"),
            }
        }
    }
}
