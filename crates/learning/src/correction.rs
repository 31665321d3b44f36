//! A correction: somebody says that something recorded about them is wrong, and whoever runs the programme answers.
//!
//! Nothing recorded is changed by asking or answering. What the roster says is corrected where it comes from; what was done here is
//! corrected by a new fact beside the old one. Nobody answers what they asked themselves. Insert only; erasing a person empties the text.
//! Not here: appeals against a question, and the facts themselves.

use db::{Actor, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

use crate::taker::Taker;

/// No text is longer.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Requests of one person that wait for an answer: enough to say everything, too few to bury somebody.
const OPEN_MAX: usize = 20;
/// Requests shown of one person.
const PER_PERSON_MAX: i64 = 200;
/// Requests shown to those who answer them.
const QUEUE_MAX: i64 = 500;

/// `cor_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorrectionKind;
impl Kind for CorrectionKind {
    const PREFIX: &'static str = "cor";
}

/// What is said to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Roster,
    Training,
    Signature,
    Other,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Corrected,
    AtTheSource,
    Declined,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    pub answer: String,
    pub answered_at: Moment,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub id: Id<CorrectionKind>,
    pub person: Id<PersonKind>,
    pub about: About,
    pub asked: String,
    pub asked_at: Moment,
    pub answer: Option<Answer>,
}

impl About {
    pub const ALL: [About; 4] = [About::Roster, About::Training, About::Signature, About::Other];

    pub fn text(self) -> &'static str {
        match self {
            About::Roster => "roster",
            About::Training => "training",
            About::Signature => "signature",
            About::Other => "other",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            About::Roster => "My name, job, department, manager or dates of work",
            About::Training => "A course: owed, done, its date or its result",
            About::Signature => "Something I am said to have signed",
            About::Other => "Something else",
        }
    }

    fn read(text: &str) -> Option<About> {
        About::ALL.into_iter().find(|one| one.text() == text)
    }
}

impl Outcome {
    pub const ALL: [Outcome; 3] = [Outcome::Corrected, Outcome::AtTheSource, Outcome::Declined];

    pub fn text(self) -> &'static str {
        match self {
            Outcome::Corrected => "corrected",
            Outcome::AtTheSource => "at-the-source",
            Outcome::Declined => "declined",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Outcome::Corrected => "It was wrong and has been corrected",
            Outcome::AtTheSource => "It is corrected where it comes from",
            Outcome::Declined => "It is right as it stands",
        }
    }

    fn read(text: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|one| one.text() == text)
    }
}

/// Asks for a correction of what is recorded about the person.
///
/// # Errors
/// A refusal that names the field; a refusal of anybody but the person.
pub fn ask(tx: &mut Tx, taker: &Taker, (about, asked): (&str, &str)) -> Result<Id<CorrectionKind>> {
    taker.acts(tx)?;
    let about = About::read(about)
        .ok_or_else(|| Refusal::new("correction-about", "Choose what it is about.").field("about"))?;
    let asked = text(asked, "asked", "Say what is wrong, and what would be right.")?;
    let open = of_person(tx, &taker.person)?
        .iter()
        .filter(|one| one.answer.is_none())
        .count();
    if open >= OPEN_MAX {
        return Err(Refusal::new(
            "corrections-waiting",
            format!("{OPEN_MAX} of your requests still wait for an answer. Wait for one of them first."),
        )
        .field("asked")
        .into());
    }
    let id = tx.new_id::<CorrectionKind>();
    tx.execute(
        sql!(
            "insert into correction (id, person_id, account_id, about, asked, asked_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &id,
            &taker.person,
            &taker.account,
            about.text(),
            asked.as_str(),
            tx.now()
        ],
    )?;
    let payload = serde_json::json!({ "about": about.text(), "asked": asked, "correction": id.as_str() });
    ledger::record(
        tx,
        Entry::about(Act::CorrectionAsked, format!("person:{}", taker.person)).payload(payload),
    )?;
    Ok(id)
}

/// Answers a request, once; whoever asked it cannot.
///
/// # Errors
/// A refusal that names the field, of a second answer, or of an answer by the person it is about.
pub fn answer(tx: &mut Tx, id: &Id<CorrectionKind>, (outcome, said): (&str, &str)) -> Result<()> {
    let found = find(tx, id)?.ok_or_else(|| Fault::new("answering a request that does not exist"))?;
    if found.answer.is_some() {
        return Err(Refusal::new(
            "correction-answered",
            "Somebody has answered this request already.",
        )
        .into());
    }
    if asked_by(tx, id)? == actor(tx) || theirs(tx, &found.person)? {
        return Err(Refusal::new(
            "correction-own",
            "This request is about yourself, so somebody else has to answer it.",
        )
        .into());
    }
    let outcome = Outcome::read(outcome)
        .ok_or_else(|| Refusal::new("correction-outcome", "Choose what came of it.").field("outcome"))?;
    let said = text(
        said,
        "answer",
        "Write the answer in a sentence or two; the person reads it.",
    )?;
    tx.execute(
        sql!(
            "insert into correction_answer (correction_id, outcome, answer, answered_at, answered_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![
            id,
            outcome.text(),
            said.as_str(),
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    let payload = serde_json::json!({ "answer": said, "correction": id.as_str(), "outcome": outcome.text() });
    ledger::record(
        tx,
        Entry::about(Act::CorrectionAnswered, format!("person:{}", found.person)).payload(payload),
    )?;
    Ok(())
}

/// Takes the words out of what a person asked and was answered. That they asked stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    tx.execute(
        sql!("update correction_answer set answer = '' where correction_id in (select id from correction where person_id = $1)"),
        &params![person],
    )?;
    tx.execute(
        sql!("update correction set asked = '' where person_id = $1"),
        &params![person],
    )?;
    Ok(())
}

pub fn find(reader: &mut Reader, id: &Id<CorrectionKind>) -> Result<Option<Correction>> {
    reader.one(
        sql!(
            "select c.id, c.person_id, c.about, c.asked, c.asked_at, a.outcome, a.answer, a.answered_at
             from correction c
             left join correction_answer a on a.correction_id = c.id
             where c.id = $1"
        ),
        &params![id],
        read,
    )
}

/// The requests of a person, the newest first.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Correction>> {
    reader.rows(
        sql!(
            "select c.id, c.person_id, c.about, c.asked, c.asked_at, a.outcome, a.answer, a.answered_at
             from correction c
             left join correction_answer a on a.correction_id = c.id
             where c.person_id = $1
             order by c.asked_at desc, c.id desc
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

/// Every request: those that wait first, the oldest of them first; then those answered, the newest first.
pub fn queue(reader: &mut Reader) -> Result<Vec<Correction>> {
    reader.rows(
        sql!(
            "select c.id, c.person_id, c.about, c.asked, c.asked_at, a.outcome, a.answer, a.answered_at
             from correction c
             left join correction_answer a on a.correction_id = c.id
             order by case when a.answered_at is null then 0 else 1 end,
                      case when a.answered_at is null then c.asked_at else -c.asked_at end, c.id
             limit $1"
        ),
        &params![QUEUE_MAX],
        read,
    )
}

fn asked_by(reader: &mut Reader, id: &Id<CorrectionKind>) -> Result<Option<String>> {
    reader.one(
        sql!("select account_id from correction where id = $1"),
        &params![id],
        |row| row.get(0),
    )
}

fn actor(tx: &Tx) -> Option<String> {
    match tx.actor() {
        Actor::Person(account) => Some(account.clone()),
        _ => None,
    }
}

/// Whether the one who acts is the person, by another account.
fn theirs(tx: &mut Tx, person: &Id<PersonKind>) -> Result<bool> {
    let Some(account) = actor(tx) else {
        return Ok(false);
    };
    let Ok(id) = account.parse() else { return Ok(false) };
    let account = identity::account::find(tx, &id)?;
    Ok(account.and_then(|account| account.person).as_deref() == Some(person.as_str()))
}

fn text(typed: &str, field: &'static str, empty: &'static str) -> Result<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(Refusal::new("correction-text", empty).field(field).into());
    }
    if typed.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::new(
            "correction-text",
            format!("Write at most {TEXT_CHARS_MAX} characters."),
        )
        .field(field)
        .into());
    }
    Ok(typed.to_owned())
}

fn read(row: &Row) -> Result<Correction> {
    let about: String = row.get(2)?;
    let answer = match (
        row.get::<Option<String>>(5)?,
        row.get::<Option<String>>(6)?,
        row.get::<Option<Moment>>(7)?,
    ) {
        (Some(outcome), Some(answer), Some(answered_at)) => Some(Answer {
            outcome: Outcome::read(&outcome)
                .ok_or_else(|| Fault::new("reading an outcome of a correction that is unknown"))?,
            answer,
            answered_at,
        }),
        _ => None,
    };
    Ok(Correction {
        id: row.get(0)?,
        person: row.get(1)?,
        about: About::read(&about)
            .ok_or_else(|| Fault::new("reading what a correction is about, which is unknown"))?,
        asked: row.get(3)?,
        asked_at: row.get(4)?,
        answer,
    })
}

#[cfg(test)]
mod tests {
    use db::{Db, Error};

    use super::*;
    use crate::tests::{self as sample, ADA};

    fn asked(db: &Db) -> Id<CorrectionKind> {
        sample::as_taker(db, ADA, |tx, taker| {
            ask(tx, taker, ("roster", " My job title is another one. "))
        })
        .expect("asked")
    }

    fn answered(db: &Db, by: &str, id: &Id<CorrectionKind>, said: &'static str) -> Result<()> {
        let id = id.clone();
        db.write_blocking(Actor::Person(by.to_owned()), move |tx| {
            answer(tx, &id, ("at-the-source", said))
        })
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_request_is_answered_once_and_never_by_the_person() {
        let db = sample::db();
        let id = asked(&db);
        let own = sample::taker(ADA).account;
        assert_eq!(code(answered(&db, &own, &id, "Fine.")), "correction-own");
        assert_eq!(code(answered(&db, "acc_owner", &id, " ")), "correction-text");
        answered(&db, "acc_owner", &id, "The personnel department has been told.").expect("answered");
        assert_eq!(
            code(answered(&db, "acc_owner", &id, "Again.")),
            "correction-answered"
        );
        let seen = db
            .read_blocking(|r| of_person(r, &sample::person_id(ADA)))
            .expect("read");
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].asked, "My job title is another one.");
        assert_eq!(
            seen[0].answer.as_ref().map(|a| a.outcome),
            Some(Outcome::AtTheSource)
        );
        assert_eq!(sample::entries(&db, Act::CorrectionAsked), 1);
        assert_eq!(sample::entries(&db, Act::CorrectionAnswered), 1);
    }

    #[test]
    fn those_that_wait_come_first_and_no_more_than_can_be_read() {
        let db = sample::db();
        let first = asked(&db);
        answered(&db, "acc_owner", &first, "Done.").expect("answered");
        for _ in 0..OPEN_MAX {
            asked(&db);
        }
        let one_more = sample::as_taker(&db, ADA, |tx, taker| ask(tx, taker, ("other", "One more.")));
        assert_eq!(code(one_more), "corrections-waiting");
        let queue = db.read_blocking(queue).expect("read");
        assert_eq!(queue.len(), OPEN_MAX + 1);
        assert_eq!(queue.last().map(|one| &one.id), Some(&first));
    }

    #[test]
    fn erasing_takes_the_words_and_leaves_that_somebody_asked() {
        let db = sample::db();
        let id = asked(&db);
        answered(&db, "acc_owner", &id, "Done.").expect("answered");
        db.write_blocking(Actor::Operator, |tx| erase(tx, &sample::person_id(ADA)))
            .expect("erased");
        let left = db
            .read_blocking(move |r| find(r, &id))
            .expect("read")
            .expect("stays");
        assert_eq!(
            (left.asked.as_str(), left.answer.expect("stays").answer.as_str()),
            ("", "")
        );
    }
}
