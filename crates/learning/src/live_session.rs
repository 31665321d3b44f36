//! A live session: training people did together, in a classroom, at work or in a call.
//!
//! It is put down with what was taught, where, for how long and by whom; afterwards somebody who was not taught there signs
//! who came and how it was checked that they had understood. Whoever came and had understood gets a completion of class D.
//! A list of who was there proves nothing by itself, so without a check nobody completes anything.
//!
//! Not here: training done elsewhere ([`crate::outside_training`]); attempts at a course's own questions ([`crate::attempt`]).

use std::collections::BTreeSet;

use assignments::reconcile::{self, Scope};
use curriculum::edition;
use db::{Day, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, Value, params, sql};
use ledger::{Act, Class, Entry};
use roster::person::{self, PersonKind};
use serde_json::json;

use crate::acceptance;
use crate::completion::CompletionKind;
pub use crate::method::{Checked, Method};

/// What stands before the session's id in the source of a completion.
pub const SOURCE: &str = "session:";
/// People of one session: more is a lecture, and nobody's understanding was checked.
pub const PEOPLE_MAX: usize = 500;
/// People whose assignments are reckoned at once: a second's work.
const SETTLED_AT_ONCE_MAX: usize = 500;
/// Shown on one page.
const LISTED_MAX: i64 = 500;
/// A working day.
const MINUTES_MAX: i64 = 600;
/// Half a year: sessions are planned, not dreamt of.
const AHEAD_DAYS_MAX: i32 = 183;
const LINE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 2_000;

/// `liv_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKind;
impl Kind for SessionKind {
    const PREFIX: &'static str = "liv";
}

/// A session to be put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    pub course_id: String,
    pub method: Method,
    pub held_on: Day,
    pub place: String,
    pub minutes: i64,
    pub trainer: String,
    pub topics: String,
}

/// Who came, and what somebody signs about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Everybody who was invited or came.
    pub people: Vec<Present>,
    pub checked: Checked,
    /// How, in the words of whoever signs.
    pub statement: String,
    /// The name of whoever signs, as typed.
    pub signed_name: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub person: Id<PersonKind>,
    pub attended: bool,
    pub understood: bool,
}

/// A session as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: Id<SessionKind>,
    pub said: NewSession,
    pub closed: Option<Closed>,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub checked: Checked,
    pub statement: String,
    pub signed_name: String,
    pub at: Moment,
    pub invited: i64,
    pub attended: i64,
    pub understood: i64,
}

/// Puts a session down, before it is held or after.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn record(tx: &mut Tx, new: &NewSession) -> Result<Id<SessionKind>> {
    let today = tx.today()?;
    let known = edition::courses(tx)?
        .into_iter()
        .any(|listed| listed.edition.course_id == new.course_id);
    if !known {
        return Err(refused("course", "Choose the course that is taught."));
    }
    if new.held_on > today + AHEAD_DAYS_MAX {
        return Err(refused("held_on", "Choose a day within the next half year."));
    }
    if !(1..=MINUTES_MAX).contains(&new.minutes) {
        return Err(refused(
            "minutes",
            "Write how many minutes it takes, from 1 to 600.",
        ));
    }
    line(
        "place",
        &new.place,
        "Say in up to 200 characters where it is held; for a call, with what.",
    )?;
    line(
        "trainer",
        &new.trainer,
        "Say in up to 200 characters who teaches.",
    )?;
    if new.topics.trim().is_empty() || new.topics.chars().count() > TEXT_CHARS_MAX {
        return Err(refused("topics", "Say in up to 2,000 characters what is taught."));
    }
    let id = tx.new_id::<SessionKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into live_session (id, course_id, method, held_on, place, minutes, trainer, topics, recorded_by, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            &id,
            &new.course_id,
            new.method.text(),
            new.held_on,
            new.place.trim(),
            new.minutes,
            new.trainer.trim(),
            new.topics.trim(),
            by,
            now
        ],
    )?;
    let payload = json!({
        "course": new.course_id,
        "method": new.method.text(),
        "held_on": new.held_on,
        "place": new.place.trim(),
        "minutes": new.minutes,
        "trainer": new.trainer.trim(),
        "topics": new.topics.trim(),
    });
    ledger::record(
        tx,
        Entry::about(Act::LiveSessionRecorded, format!("session:{id}"))
            .class(Class::D)
            .payload(payload),
    )?;
    Ok(id)
}

/// Signs who came and how it was checked; whoever had understood completes the course on that day.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn close(tx: &mut Tx, id: &Id<SessionKind>, closing: &Closing) -> Result<usize> {
    let Some(session) = find(tx, id)? else {
        return Err(Refusal::new(
            "session-unknown",
            "There is no such session. Look at the list of sessions.",
        )
        .into());
    };
    if session.closed.is_some() {
        return Err(Refusal::new("session-closed", "Somebody has signed for this session already.").into());
    }
    let account = check(tx, &session, closing)?;
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into live_session_list (session_id, checked, statement, signed_name, signed_by, signed_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            id,
            closing.checked.text(),
            closing.statement.trim(),
            closing.signed_name.trim(),
            account,
            now
        ],
    )?;
    let row = |one: &Present| params![id, &one.person, one.attended, one.understood].to_vec();
    let rows: Vec<Vec<Value>> = closing.people.iter().map(row).collect();
    tx.execute_many(
        sql!("insert into live_session_person (session_id, person_id, attended, understood) values ($1, $2, $3, $4)"),
        rows,
    )?;
    let passed: Vec<Id<PersonKind>> = match closing.checked {
        Checked::Not => Vec::new(),
        _ => closing
            .people
            .iter()
            .filter(|one| one.understood)
            .map(|one| one.person.clone())
            .collect(),
    };
    let payload = json!({
        "checked": closing.checked.text(),
        "statement": closing.statement.trim(),
        "signed_name": closing.signed_name.trim(),
        "invited": closing.people.len(),
        "attended": closing.people.iter().filter(|one| one.attended).count(),
        "understood": passed.len(),
    });
    let mut entries = vec![
        Entry::about(Act::LiveSessionClosed, format!("session:{id}"))
            .class(Class::D)
            .payload(payload),
    ];
    entries.extend(complete(tx, &session, &passed, closing.checked)?);
    ledger::record_many(tx, entries)?;
    if passed.len() <= SETTLED_AT_ONCE_MAX {
        reconcile::reconcile(tx, &Scope::People(passed.clone()))?;
    }
    Ok(passed.len())
}

fn check(tx: &mut Tx, session: &Session, closing: &Closing) -> Result<String> {
    if session.said.held_on > tx.today()? {
        return Err(refused(
            "statement",
            "The session is still to come. Sign for it once it was held.",
        ));
    }
    if closing.people.is_empty() || closing.people.len() > PEOPLE_MAX {
        return Err(refused(
            "people",
            "Name the people who were there, 500 at the most.",
        ));
    }
    let people: BTreeSet<&Id<PersonKind>> = closing.people.iter().map(|one| &one.person).collect();
    if people.len() < closing.people.len() {
        return Err(refused(
            "people",
            "Somebody is named twice. Name each person once.",
        ));
    }
    for one in &closing.people {
        if person::find(tx, &one.person)?.is_none() {
            return Err(refused(
                "people",
                "Somebody of these is not on the roster. Look at the list again.",
            ));
        }
        if one.understood && !one.attended {
            return Err(refused(
                "people",
                "Somebody is marked as having understood without having come. Correct one of the two.",
            ));
        }
    }
    if closing.statement.trim().is_empty() || closing.statement.chars().count() > TEXT_CHARS_MAX {
        return Err(refused(
            "statement",
            "Say in up to 2,000 characters how it was checked, or why it was not.",
        ));
    }
    let own: Vec<Id<PersonKind>> = closing
        .people
        .iter()
        .filter(|one| one.attended)
        .map(|one| one.person.clone())
        .collect();
    let account = acceptance::reviewer(tx, &own)?;
    let name = tx.one(
        sql!("select name from account where id = $1"),
        &params![&account],
        |row| row.get::<String>(0),
    )?;
    let name = name.unwrap_or_default();
    if closing.signed_name.trim().to_lowercase() != name.to_lowercase() {
        return Err(refused(
            "signed_name",
            &format!("Type your own name as it is known here: {name}."),
        ));
    }
    Ok(account)
}

fn complete(
    tx: &mut Tx,
    session: &Session,
    people: &[Id<PersonKind>],
    checked: Checked,
) -> Result<Vec<Entry>> {
    let (now, zone) = (tx.now(), tx.zone()?);
    let occurred_at = session.said.held_on.noon(&zone).min(now);
    let source = format!("{SOURCE}{}", session.id);
    let (mut rows, mut entries) = (Vec::<Vec<Value>>::new(), Vec::new());
    for person in people {
        let id = tx.new_id::<CompletionKind>();
        let payload = json!({
            "session": session.id,
            "completion": id.as_str(),
            "course": session.said.course_id,
            "completed_on": session.said.held_on,
            "checked": checked.text(),
        });
        let about = Entry::about(Act::CompletionAttended, format!("person:{person}"));
        entries.push(about.occurred(occurred_at).class(Class::D).payload(payload));
        rows.push(
            params![
                id,
                person,
                session.said.course_id.as_str(),
                session.said.held_on,
                occurred_at,
                now,
                source.as_str(),
                Class::D.text(),
                true
            ]
            .to_vec(),
        );
    }
    tx.execute_many(
        sql!(
            "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class, passed)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        rows,
    )?;
    Ok(entries)
}

/// Every session, the newest day first.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Vec<Session>> {
    called(reader, "")
}

/// One of them.
///
/// # Errors
/// A fault of the engine.
pub fn find(reader: &mut Reader, id: &Id<SessionKind>) -> Result<Option<Session>> {
    Ok(called(reader, id.as_str())?.pop())
}

/// The session of this id, or all of them when none is given; there are few enough to pass over.
fn called(reader: &mut Reader, id: &str) -> Result<Vec<Session>> {
    reader.rows(
        sql!(
            "select s.id, s.course_id, s.method, s.held_on, s.place, s.minutes, s.trainer, s.topics,
                    l.checked, l.statement, l.signed_name, l.signed_at,
                    (select cast(count(*) as bigint) from live_session_person p where p.session_id = s.id),
                    (select cast(count(*) as bigint) from live_session_person p where p.session_id = s.id and p.attended = 1),
                    (select cast(count(*) as bigint) from live_session_person p where p.session_id = s.id and p.understood = 1)
             from live_session s
             left join live_session_list l on l.session_id = s.id
             where $1 = ''
                or s.id = $1
             order by s.held_on desc, s.id desc
             limit $2"
        ),
        &params![id, LISTED_MAX],
        read,
    )
}

/// Who was named for a session.
///
/// # Errors
/// A fault of the engine.
pub fn people(reader: &mut Reader, id: &Id<SessionKind>) -> Result<Vec<Present>> {
    reader.rows(
        sql!(
            "select person_id, attended, understood
             from live_session_person
             where session_id = $1
             order by person_id
             limit $2"
        ),
        &params![id, PEOPLE_MAX as i64],
        |row| {
            Ok(Present {
                person: row.get(0)?,
                attended: row.get(1)?,
                understood: row.get(2)?,
            })
        },
    )
}

/// Erases the name of a person where they signed; that somebody signed, and with which account, stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase_name(tx: &mut Tx, person: &Id<PersonKind>) -> Result<u64> {
    tx.execute(
        sql!(
            "update live_session_list
             set signed_name = ''
             where signed_by in (select id from account where person_id = $1)"
        ),
        &params![person],
    )
}

fn read(row: &Row) -> Result<Session> {
    let unknown = |what: &str| {
        db::Error::from(db::Fault::new(format!(
            "reading {what} of a live session, which is not known"
        )))
    };
    let closed = match row.get::<Option<Moment>>(11)? {
        None => None,
        Some(at) => Some(Closed {
            checked: Checked::read(row.str(8)?.unwrap_or_default()).ok_or_else(|| unknown("the check"))?,
            statement: row.get(9)?,
            signed_name: row.get(10)?,
            at,
            invited: row.get(12)?,
            attended: row.get(13)?,
            understood: row.get(14)?,
        }),
    };
    Ok(Session {
        id: row.get(0)?,
        said: NewSession {
            course_id: row.get(1)?,
            method: Method::read(row.str(2)?.unwrap_or_default()).ok_or_else(|| unknown("the method"))?,
            held_on: row.get(3)?,
            place: row.get(4)?,
            minutes: row.get(5)?,
            trainer: row.get(6)?,
            topics: row.get(7)?,
        },
        closed,
    })
}

fn line(field: &str, text: &str, ask: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > LINE_CHARS_MAX {
        return Err(refused(field, ask));
    }
    Ok(())
}

fn refused(field: &str, sentence: &str) -> db::Error {
    Refusal::new("session-refused", sentence).field(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion;
    use crate::tests::{self as sample, ADA, BEN};
    use db::{Actor, Db, Error};

    fn new() -> NewSession {
        NewSession {
            course_id: "T01".to_owned(),
            method: Method::Classroom,
            held_on: "2026-05-01".parse().expect("a day"),
            place: "Room 4".to_owned(),
            minutes: 45,
            trainer: "Tove Trainer".to_owned(),
            topics: "Telling a real message from a false one.".to_owned(),
        }
    }

    fn put(db: &Db, new: NewSession) -> Result<Id<SessionKind>> {
        db.write_blocking(Actor::Operator, move |tx| record(tx, &new))
    }

    fn ada(attended: bool, understood: bool) -> Present {
        Present {
            person: sample::person_id(ADA),
            attended,
            understood,
        }
    }

    fn closing(checked: Checked, one: Present) -> Closing {
        Closing {
            people: vec![one],
            checked,
            statement: "Each answered three questions aloud.".to_owned(),
            signed_name: " ben field ".to_owned(),
        }
    }

    fn signs(db: &Db, who: &str, id: &Id<SessionKind>, closing: Closing) -> Result<usize> {
        let (actor, id) = (sample::taker(who).actor(), id.clone());
        db.write_blocking(actor, move |tx| close(tx, &id, &closing))
    }

    fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
        match result {
            Err(Error::Refused(refusal)) => refusal.field.unwrap_or(refusal.code.to_owned()),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn done(db: &Db) -> Vec<(Class, Day)> {
        let person = sample::person_id(ADA);
        let done = db
            .read_blocking(move |r| completion::of_person(r, &person))
            .expect("reading works");
        done.into_iter().map(|one| (one.class, one.occurred_on)).collect()
    }

    #[test]
    fn whoever_came_and_had_understood_completes_the_course_as_class_d() {
        let db = sample::db();
        sample::accounts(&db);
        let id = put(&db, new()).expect("put down");
        assert_eq!(
            field(signs(&db, ADA, &id, closing(Checked::Questions, ada(true, true)))),
            "people",
            "she was taught there"
        );
        assert_eq!(
            field(signs(
                &db,
                BEN,
                &id,
                Closing {
                    signed_name: "Ada Osei".to_owned(),
                    ..closing(Checked::Test, ada(true, true))
                }
            )),
            "signed_name"
        );
        assert_eq!(
            field(signs(&db, BEN, &id, closing(Checked::Test, ada(false, true)))),
            "people"
        );
        assert_eq!(
            field(signs(
                &db,
                BEN,
                &id,
                Closing {
                    people: vec![],
                    ..closing(Checked::Test, ada(true, true))
                }
            )),
            "people"
        );
        assert_eq!(
            signs(&db, BEN, &id, closing(Checked::Questions, ada(true, true))).expect("signed"),
            1
        );
        assert_eq!(done(&db), [(Class::D, "2026-05-01".parse().expect("a day"))]);
        assert_eq!(
            field(signs(&db, BEN, &id, closing(Checked::Questions, ada(true, true)))),
            "session-closed"
        );
    }

    #[test]
    fn a_list_of_who_was_there_completes_nothing() {
        let db = sample::db();
        sample::accounts(&db);
        let id = put(&db, new()).expect("put down");
        assert_eq!(
            signs(&db, BEN, &id, closing(Checked::Not, ada(true, false))).expect("signed"),
            0
        );
        let failed = put(&db, new()).expect("put down");
        assert_eq!(
            signs(&db, BEN, &failed, closing(Checked::Test, ada(true, false))).expect("signed"),
            0
        );
        assert_eq!(done(&db), []);
        let closed = db
            .read_blocking(move |r| find(r, &id))
            .expect("reading works")
            .and_then(|one| one.closed)
            .expect("closed");
        assert_eq!((closed.invited, closed.attended, closed.understood), (1, 1, 0));
    }

    #[test]
    fn a_session_names_what_is_taught_where_and_by_whom() {
        let db = sample::db();
        sample::accounts(&db);
        assert_eq!(
            field(put(
                &db,
                NewSession {
                    course_id: "X".to_owned(),
                    ..new()
                }
            )),
            "course"
        );
        assert_eq!(field(put(&db, NewSession { minutes: 0, ..new() })), "minutes");
        assert_eq!(
            field(put(
                &db,
                NewSession {
                    place: " ".to_owned(),
                    ..new()
                }
            )),
            "place"
        );
        assert_eq!(
            field(put(
                &db,
                NewSession {
                    trainer: String::new(),
                    ..new()
                }
            )),
            "trainer"
        );
        assert_eq!(
            field(put(
                &db,
                NewSession {
                    topics: String::new(),
                    ..new()
                }
            )),
            "topics"
        );
        assert_eq!(
            field(put(
                &db,
                NewSession {
                    held_on: "2090-01-01".parse().expect("a day"),
                    ..new()
                }
            )),
            "held_on"
        );
    }
}
