//! A waiver: somebody need not do a course for a while, for a reason, with something else in its place.
//!
//! It is granted by a signed-in person other than the one it is for, holds from today to a last day not more than a year
//! away, and is recorded. It is shown wherever it counts and never counts as done: what is waived stays owed.
//!
//! Not here: what an auditor makes of it (crate `evidence`).

use std::collections::HashSet;

use db::{Actor, Day, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};

/// The longest a waiver can hold, in days: then it is to be looked at again.
const DAYS_MAX: i32 = 366;

/// The longest reason or compensating control, in characters.
const TEXT_LENGTH_MAX: usize = 2_000;

/// The most waivers that are listed at a time: more at once are a rule that nobody keeps.
const HOLDING_MAX: i64 = 1_000;

/// The most waivers that are read of one person.
const PER_PERSON_MAX: i64 = 200;

/// `wai_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaiverKind;

impl Kind for WaiverKind {
    const PREFIX: &'static str = "wai";
}

/// A waiver as granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    pub id: Id<WaiverKind>,
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub reason: String,
    /// The compensating control: what is done instead.
    pub compensating: String,
    /// The account that granted it.
    pub approved_by: String,
    pub from_on: Day,
    /// The last day it holds, unless it was ended before.
    pub until_on: Day,
    pub recorded_at: Moment,
    /// The first day on which it holds no longer, and why, when it was ended early.
    pub ended: Option<(Day, String)>,
}

impl Waiver {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        self.from_on <= day
            && day <= self.until_on
            && self.ended.as_ref().is_none_or(|(ended_on, _)| day < *ended_on)
    }
}

/// A waiver to be granted, from today on, by whoever writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWaiver {
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub reason: String,
    pub compensating: String,
    pub until_on: Day,
}

/// Grants a waiver in the name of the signed-in person who writes.
///
/// # Errors
/// A refusal when nobody is signed in, the waiver would be for themselves, a text is missing, the last day is in the past
/// or more than a year away, or the person or the course is not known; a fault of the engine.
pub fn grant(tx: &mut Tx, new: &NewWaiver) -> Result<Id<WaiverKind>> {
    let approver = approver(tx, &new.person)?;
    let today = tx.today()?;
    check(tx, new, today)?;
    let id = tx.new_id::<WaiverKind>();
    let (reason, compensating) = (new.reason.trim(), new.compensating.trim());
    tx.execute(
        sql!(
            "insert into waiver
                 (id, person_id, course_id, reason, compensating, approved_by, from_on, until_on, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![
            &id,
            &new.person,
            &new.course_id,
            reason,
            compensating,
            &approver,
            today,
            new.until_on,
            tx.now()
        ],
    )?;
    let payload = serde_json::json!({
        "waiver": id,
        "course": new.course_id,
        "reason": reason,
        "compensating": compensating,
        "approved_by": approver,
        "from_on": today,
        "until_on": new.until_on,
    });
    ledger::record(
        tx,
        Entry::about(Act::WaiverGranted, format!("person:{}", new.person)).payload(payload),
    )?;
    Ok(id)
}

/// The waivers that hold for a person on a day.
///
/// # Errors
/// A fault of the engine.
pub fn active(reader: &mut Reader, person: &Id<PersonKind>, on: Day) -> Result<Vec<Waiver>> {
    let mut waivers = of_person(reader, person)?;
    waivers.retain(|waiver| waiver.holds_on(on));
    Ok(waivers)
}

/// Who need not do which course on a day: people and courses by id.
///
/// # Errors
/// A fault of the engine.
pub fn waived(reader: &mut Reader, on: Day) -> Result<HashSet<(String, String)>> {
    let mut found = HashSet::new();
    reader.each(
        sql!(
            "select person_id, course_id
             from waiver_held
             where from_on <= $1
               and until_on >= $1"
        ),
        &params![on],
        |row| {
            found.insert((row.get(0)?, row.get(1)?));
            Ok(())
        },
    )?;
    Ok(found)
}

/// Every waiver a person was ever granted, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Waiver>> {
    reader.rows(
        sql!(
            "select w.id, w.person_id, w.course_id, w.reason, w.compensating, w.approved_by, w.from_on, w.until_on, w.recorded_at,
                    x.ended_on, x.reason
             from waiver w
             left join waiver_end x on x.waiver_id = w.id
             where w.person_id = $1
             order by w.recorded_at desc, w.id desc
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

/// A waiver, whether or not it still holds.
///
/// # Errors
/// A fault of the engine.
pub fn find(reader: &mut Reader, id: &Id<WaiverKind>) -> Result<Option<Waiver>> {
    reader.one(
        sql!(
            "select w.id, w.person_id, w.course_id, w.reason, w.compensating, w.approved_by, w.from_on, w.until_on, w.recorded_at,
                    x.ended_on, x.reason
             from waiver w
             left join waiver_end x on x.waiver_id = w.id
             where w.id = $1"
        ),
        &params![id],
        read,
    )
}

/// The waivers that hold on a day or later, the one that ends first first.
///
/// # Errors
/// A fault of the engine.
pub fn holding(reader: &mut Reader, on: Day) -> Result<Vec<Waiver>> {
    reader.rows(
        sql!(
            "select w.id, w.person_id, w.course_id, w.reason, w.compensating, w.approved_by, w.from_on, w.until_on, w.recorded_at,
                    x.ended_on, x.reason
             from waiver w
             left join waiver_end x on x.waiver_id = w.id
             where w.until_on >= $1
               and (x.ended_on is null or x.ended_on > $1)
             order by w.until_on, w.id
             limit $2"
        ),
        &params![on, HOLDING_MAX],
        read,
    )
}

/// Ends a waiver from today on, in the name of the signed-in person who writes.
///
/// # Errors
/// A refusal when nobody is signed in, the waiver is their own, it holds no longer or the reason is missing; a fault of
/// the engine.
pub fn end(tx: &mut Tx, id: &Id<WaiverKind>, reason: &str) -> Result<()> {
    let today = tx.today()?;
    let Some(waiver) = find(tx, id)? else {
        return Err(Refusal::new(
            "waiver-unknown",
            "There is no such waiver. Look at the list of waivers.",
        )
        .into());
    };
    if waiver.ended.is_some() || waiver.until_on < today {
        return Err(Refusal::new(
            "waiver-over",
            "This waiver holds no longer, so there is nothing to end.",
        )
        .into());
    }
    approver(tx, &waiver.person)?;
    written("reason", reason, "Say why the waiver ends early.")?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!("insert into waiver_end (waiver_id, ended_on, reason, ended_by, ended_at) values ($1, $2, $3, $4, $5)"),
        &params![id, today, reason.trim(), by, now],
    )?;
    let payload = serde_json::json!({
        "waiver": id,
        "course": waiver.course_id,
        "ended_on": today,
        "reason": reason.trim(),
    });
    let about = format!("person:{}", waiver.person);
    ledger::record(tx, Entry::about(Act::WaiverEnded, about).payload(payload))?;
    Ok(())
}

/// The account that grants it, which must not be the person's own: neither tied to them nor by the same address.
fn approver(tx: &mut Tx, beneficiary: &Id<PersonKind>) -> Result<String> {
    let Actor::Person(account) = tx.actor().clone() else {
        let sentence = "A waiver is granted by a person. Sign in, and grant it from the person’s page.";
        return Err(Refusal::new("waiver-needs-a-person", sentence).into());
    };
    let found = tx.one(
        sql!(
            "select person_id, email
             from account
             where id = $1"
        ),
        &params![&account],
        |row| Ok((row.get::<Option<String>>(0)?, row.get::<String>(1)?)),
    )?;
    let Some((person, email)) = found else {
        let sentence = "Your account is no longer known. Sign in again, and grant the waiver then.";
        return Err(Refusal::new("waiver-needs-a-person", sentence).into());
    };
    let own = match person {
        Some(person) => person == beneficiary.as_str(),
        None => person::by_email(tx, &email)?.contains(beneficiary),
    };
    if own {
        let sentence = "Nobody grants a waiver to themselves. Ask another owner to grant it.";
        return Err(Refusal::new("waiver-for-oneself", sentence).into());
    }
    Ok(account)
}

fn check(tx: &mut Tx, new: &NewWaiver, today: Day) -> Result<()> {
    if person::find(tx, &new.person)?.is_none() {
        return Err(refusal(
            "person",
            "This person is not on the roster. Choose somebody from the list of people.",
        ));
    }
    let known = tx.one(
        sql!("select id from course where id = $1"),
        &params![&new.course_id],
        |row| row.get::<String>(0),
    )?;
    if known.is_none() {
        return Err(refusal("course", "Choose the course that need not be done."));
    }
    written("reason", &new.reason, "Say why the course need not be done.")?;
    written(
        "compensating",
        &new.compensating,
        "Say what is done in its place.",
    )?;
    if new.until_on < today {
        return Err(refusal(
            "until",
            "The last day is over already. Choose today or a day to come.",
        ));
    }
    if new.until_on > today + DAYS_MAX {
        let sentence = format!(
            "A waiver holds for a year at most. Choose a day up to {}.",
            (today + DAYS_MAX).long()
        );
        return Err(refusal("until", sentence));
    }
    Ok(())
}

fn written(field: &str, text: &str, ask: &str) -> Result<()> {
    match text.trim().chars().count() {
        0 => Err(refusal(field, ask)),
        1..=TEXT_LENGTH_MAX => Ok(()),
        _ => Err(refusal(
            field,
            format!("Shorten this to at most {TEXT_LENGTH_MAX} characters."),
        )),
    }
}

fn read(row: &Row) -> Result<Waiver> {
    Ok(Waiver {
        id: row.get(0)?,
        person: row.get(1)?,
        course_id: row.get(2)?,
        reason: row.get(3)?,
        compensating: row.get(4)?,
        approved_by: row.get(5)?,
        from_on: row.get(6)?,
        until_on: row.get(7)?,
        recorded_at: row.get(8)?,
        ended: match row.get::<Option<Day>>(9)? {
            Some(on) => Some((on, row.get(10)?)),
            None => None,
        },
    })
}

fn refusal(field: &str, sentence: impl Into<String>) -> db::Error {
    Refusal::new("waiver-refused", sentence).field(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment;
    use crate::tests::{ADA, BEN, account, day, entries, organisation, person, reconcile_all};
    use db::{Db, Error, Moment};

    fn new(until: &str) -> NewWaiver {
        NewWaiver {
            person: person(BEN),
            course_id: "B02".to_owned(),
            reason: "Away at sea".to_owned(),
            compensating: "No access while away".to_owned(),
            until_on: day(until),
        }
    }

    fn by(db: &Db, actor: Actor, new: NewWaiver) -> Result<Id<WaiverKind>> {
        db.write_blocking(actor, move |tx| grant(tx, &new))
    }

    fn refused(result: Result<Id<WaiverKind>>) -> Refusal {
        match result {
            Err(Error::Refused(refusal)) => refusal,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn owner() -> Actor {
        Actor::Person("acc_1".to_owned())
    }

    #[test]
    fn nobody_grants_a_waiver_to_themselves() {
        let db = organisation();
        account(&db, "acc_1", "ben@elsewhere.example", Some(BEN));
        assert_eq!(
            refused(by(&db, owner(), new("2026-12-31"))).code,
            "waiver-for-oneself"
        );
        account(&db, "acc_2", "ben@northwind.example", None);
        let untied = Actor::Person("acc_2".to_owned());
        assert_eq!(
            refused(by(&db, untied, new("2026-12-31"))).code,
            "waiver-for-oneself",
            "the address is his"
        );
        account(&db, "acc_3", "ada@northwind.example", Some(ADA));
        by(&db, Actor::Person("acc_3".to_owned()), new("2026-12-31")).expect("somebody else may");
        assert_eq!(entries(&db, Act::WaiverGranted), 1);
    }

    #[test]
    fn a_waiver_is_ended_early_by_somebody_else_and_with_a_reason() {
        let db = organisation();
        account(&db, "acc_1", "olga@northwind.example", None);
        account(&db, "acc_2", "ben@northwind.example", Some(BEN));
        let id = by(&db, owner(), new("2026-12-31")).expect("granted");
        let ends = |actor: &'static str, reason: &'static str| {
            let id = id.clone();
            db.write_blocking(Actor::Person(actor.to_owned()), move |tx| end(tx, &id, reason))
        };
        assert!(ends("acc_2", "I am back.").is_err(), "it is his own");
        assert!(ends("acc_1", " ").is_err());
        ends("acc_1", "He is back.").expect("ended");
        assert!(ends("acc_1", "Again.").is_err());
        let left = db.read_blocking(|r| {
            Ok((
                active(r, &person(BEN), day("2026-06-01"))?,
                holding(r, day("2026-06-01"))?,
            ))
        });
        assert_eq!(left.expect("reading works"), (vec![], vec![]));
        reconcile_all(&db);
        let owed = db
            .read_blocking(|r| assignment::owed(r, &person(BEN)))
            .expect("reading works");
        assert_eq!(owed[0].waived_until, None);
        assert_eq!(entries(&db, Act::WaiverEnded), 1);
    }

    #[test]
    fn only_a_person_grants_a_waiver() {
        let db = organisation();
        for actor in [
            Actor::Operator,
            Actor::Job("x"),
            Actor::Person("acc_gone".to_owned()),
        ] {
            assert_eq!(
                refused(by(&db, actor, new("2026-12-31"))).code,
                "waiver-needs-a-person"
            );
        }
    }

    #[test]
    fn a_waiver_needs_its_reason_its_compensating_control_and_a_day_within_a_year() {
        let db = organisation();
        account(&db, "acc_1", "olga@northwind.example", None);
        let field = |new| refused(by(&db, owner(), new)).field.unwrap_or_default();
        assert_eq!(
            field(NewWaiver {
                reason: " ".to_owned(),
                ..new("2026-12-31")
            }),
            "reason"
        );
        assert_eq!(
            field(NewWaiver {
                compensating: String::new(),
                ..new("2026-12-31")
            }),
            "compensating"
        );
        assert_eq!(
            field(NewWaiver {
                course_id: "X99".to_owned(),
                ..new("2026-12-31")
            }),
            "course"
        );
        assert_eq!(field(new("2026-05-31")), "until");
        assert_eq!(field(new("2027-06-03")), "until");
        by(&db, owner(), new("2027-06-02")).expect("366 days is a year at most");
    }

    #[test]
    fn what_is_waived_stays_owed_and_overdue_and_says_until_when() {
        let db = organisation();
        account(&db, "acc_1", "olga@northwind.example", None);
        reconcile_all(&db);
        by(&db, owner(), new("2026-06-10")).expect("a waiver can be granted");
        let owed = db
            .read_blocking(|r| assignment::owed(r, &person(BEN)))
            .expect("reading works");
        assert_eq!(
            (owed.len(), owed[0].overdue, owed[0].waived_until),
            (2, true, Some(day("2026-06-10")))
        );
        let ageing = db
            .read_blocking(|r| assignment::ageing(r, None))
            .expect("reading works");
        assert_eq!((ageing.overdue_in_all(), ageing.waived), (2, 1));
        let holds = |on: &'static str| {
            db.read_blocking(move |r| active(r, &person(BEN), day(on)))
                .expect("reading works")
                .len()
        };
        assert_eq!(
            (
                holds("2026-05-31"),
                holds("2026-06-01"),
                holds("2026-06-10"),
                holds("2026-06-11")
            ),
            (0, 1, 1, 0)
        );
        db.set_now(Moment(db.now().0 + 10 * 86_400_000));
        let ageing = db
            .read_blocking(|r| assignment::ageing(r, None))
            .expect("reading works");
        assert_eq!(ageing.waived, 0, "it is over");
    }
}
