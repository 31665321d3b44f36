//! A calendar that other programs read: what is due on which day, for a learner, a manager, or the programme.
//!
//! The address is the secret: it is shown once, stored as a hash, and good until its owner ends it. What it shows follows
//! from who they are at the moment it is read: somebody who has left, or no longer holds the role, has an empty hand. A
//! learner's calendar names their courses; the others count people and name nobody, because addresses of calendars are
//! pasted into programs we know nothing of. Reading one changes nothing.
//!
//! The format is iCalendar (RFC 5545): whole days, in lines of 75 bytes at most.
//!
//! Not here: reminders by letter ([`super::digest`]).

use base64::Engine as _;
use db::{Day, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use identity::account::{self, AccountKind};
use identity::role;
use ledger::{Act, Entry};
use roster::person::PersonKind;
use sha2::{Digest as _, Sha256};
use web::Role;

use crate::assignment;

/// Days of a calendar, before and after today, on which something is shown.
const PAST_DAYS: i32 = 90;
const AHEAD_DAYS: i32 = 400;
/// Lines of a calendar: days times courses.
const EVENTS_MAX: i64 = 2_000;
/// Live calendars of one account.
const LIVE_MAX: i64 = 10;
/// Bytes of a line, its end not counted.
const LINE_BYTES_MAX: usize = 75;

/// `cal_…`
pub enum FeedKind {}
impl Kind for FeedKind {
    const PREFIX: &'static str = "cal";
}

/// What a calendar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Own,
    Team,
    Programme,
}

/// A calendar that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub id: Id<FeedKind>,
    pub shows: Shows,
    pub made_at: Moment,
}

/// Something on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    key: String,
    on: Day,
    what: String,
}

impl Shows {
    pub const ALL: [Shows; 3] = [Shows::Own, Shows::Team, Shows::Programme];

    pub fn as_str(self) -> &'static str {
        match self {
            Shows::Own => "own",
            Shows::Team => "team",
            Shows::Programme => "programme",
        }
    }

    pub fn named(name: &str) -> Option<Shows> {
        Shows::ALL.into_iter().find(|shows| shows.as_str() == name)
    }

    /// What it shows, in words.
    pub fn words(self) -> &'static str {
        match self {
            Shows::Own => "What you have to do, on the day it is due",
            Shows::Team => "How many in your team have what due on which day",
            Shows::Programme => "How many people have what due on which day",
        }
    }

    /// Whether somebody with these roles may have it.
    pub fn is_for(self, roles: &[Role]) -> bool {
        match self {
            Shows::Own => roles.contains(&Role::Learner),
            Shows::Team => roles.contains(&Role::Manager),
            Shows::Programme => [Role::Owner, Role::Editor, Role::Auditor]
                .iter()
                .any(|role| roles.contains(role)),
        }
    }
}

/// Makes a calendar and returns its secret, which is shown once.
///
/// # Errors
/// A refusal when it is not for this account, or too many are live; a fault of the engine.
pub fn make(tx: &mut Tx, account: &Id<AccountKind>, shows: Shows) -> Result<String> {
    if !may_have(tx, account, shows)? {
        return Err(Refusal::new(
            "calendar-not-yours",
            "This calendar is for those whose role it is about.",
        )
        .into());
    }
    if live(tx, account)?.len() as i64 >= LIVE_MAX {
        let sentence = format!("There are {LIVE_MAX} addresses already. End one that is no longer read.");
        return Err(Refusal::new("calendars-many", sentence).into());
    }
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tx.random::<32>());
    let id = tx.new_id::<FeedKind>();
    let now = tx.now();
    tx.execute(
        sql!("insert into calendar_feed (id, account_id, shows, secret_hash, made_at) values ($1, $2, $3, $4, $5)"),
        &params![&id, account, shows.as_str(), hash(&secret), now],
    )?;
    let payload = serde_json::json!({ "calendar": id, "shows": shows.as_str() });
    ledger::record(
        tx,
        Entry::about(Act::CalendarMade, format!("account:{account}")).payload(payload),
    )?;
    Ok(secret)
}

/// Ends a calendar of the account; its address then leads nowhere.
///
/// # Errors
/// A refusal when the account has no such calendar; a fault of the engine.
pub fn end(tx: &mut Tx, account: &Id<AccountKind>, id: &Id<FeedKind>) -> Result<()> {
    let now = tx.now();
    let ended = tx.execute(
        sql!("update calendar_feed set ended_at = $1 where id = $2 and account_id = $3 and ended_at is null"),
        &params![now, id, account],
    )?;
    if ended == 0 {
        return Err(Refusal::new(
            "no-calendar",
            "There is no such calendar, or it has ended already.",
        )
        .into());
    }
    let payload = serde_json::json!({ "calendar": id });
    ledger::record(
        tx,
        Entry::about(Act::CalendarEnded, format!("account:{account}")).payload(payload),
    )?;
    Ok(())
}

/// The calendars of an account that can be read.
///
/// # Errors
/// A fault of the engine.
pub fn live(reader: &mut Reader, account: &Id<AccountKind>) -> Result<Vec<Feed>> {
    let found = reader.rows(
        sql!(
            "select id, shows, made_at
             from calendar_feed
             where account_id = $1
               and ended_at is null
             order by made_at, id
             limit $2"
        ),
        &params![account, LIVE_MAX],
        |row| {
            Ok((
                row.get(0)?,
                Shows::named(row.str(1)?.unwrap_or_default()),
                row.get(2)?,
            ))
        },
    )?;
    let known = found.into_iter().filter_map(|(id, shows, made_at)| {
        Some(Feed {
            id,
            shows: shows?,
            made_at,
        })
    });
    Ok(known.collect())
}

/// The calendar behind a secret, as a file; `None` when there is none, or its owner may not have it any more.
///
/// # Errors
/// A fault of the engine.
pub fn read(reader: &mut Reader, secret: &str) -> Result<Option<String>> {
    let found: Option<(Id<AccountKind>, String)> = reader.one(
        sql!("select account_id, shows from calendar_feed where secret_hash = $1 and ended_at is null"),
        &params![hash(secret)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((account, Some(shows))) = found.map(|(account, shows)| (account, Shows::named(&shows))) else {
        return Ok(None);
    };
    if !may_have(reader, &account, shows)? {
        return Ok(None);
    }
    let today = reader.today()?;
    let window = (today - PAST_DAYS, today + AHEAD_DAYS);
    let events = match shows {
        Shows::Own => own(reader, &account, window)?,
        Shows::Team => team(reader, &account, window)?,
        Shows::Programme => programme(reader, window)?,
    };
    let organisation = roster::organisation::find(reader)?
        .map(|one| one.name)
        .unwrap_or_default();
    Ok(Some(file(
        &format!("Security training at {organisation}"),
        &events,
        reader.now(),
    )))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Whether the account's owner works here, or never had to, and holds the role.
fn may_have(reader: &mut Reader, account: &Id<AccountKind>, shows: Shows) -> Result<bool> {
    let Some(found) = account::find(reader, account)? else {
        return Ok(false);
    };
    let today = reader.today()?;
    let here = match &found.person {
        Some(person) => account::is_here(reader, person.as_str(), today)?,
        None => true,
    };
    let mut roles = role::held(reader, account)?;
    if found.person.is_some() {
        roles.push(Role::Learner);
    }
    Ok(here && shows.is_for(&roles))
}

fn own(reader: &mut Reader, account: &Id<AccountKind>, (from, to): (Day, Day)) -> Result<Vec<Event>> {
    let person = account::find(reader, account)?.and_then(|one| one.person);
    let Some(person) = person.and_then(|id| id.as_str().parse::<Id<PersonKind>>().ok()) else {
        return Ok(Vec::new());
    };
    let mut owed = assignment::owed(reader, &person)?;
    owed.extend(assignment::upcoming(reader, &person)?);
    let shown = owed.into_iter().filter_map(|one| {
        let on = one.due_on.filter(|day| from <= *day && *day <= to)?;
        let minutes = if one.minutes == 0 {
            String::new()
        } else {
            format!(" ({} minutes)", one.minutes)
        };
        Some(Event {
            key: one.assignment.as_str().to_owned(),
            on,
            what: format!("Last day for “{}”{minutes}", one.title),
        })
    });
    Ok(shown.collect())
}

fn programme(reader: &mut Reader, (from, to): (Day, Day)) -> Result<Vec<Event>> {
    reader.rows(
        sql!(
            "select o.due_on, o.course_id, coalesce(max(e.title), o.course_id), cast(count(*) as bigint)
             from assignment_open o
             left join edition e on e.course_id = o.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = o.course_id)
             where o.due_on >= $1
               and o.due_on <= $2
             group by o.due_on, o.course_id
             order by o.due_on, o.course_id
             limit $3"
        ),
        &params![from, to, EVENTS_MAX],
        |row| counted(row.get(0)?, row.str(1)?.unwrap_or_default(), row.str(2)?.unwrap_or_default(), row.get(3)?),
    )
}

fn team(reader: &mut Reader, account: &Id<AccountKind>, (from, to): (Day, Day)) -> Result<Vec<Event>> {
    let today = reader.today()?;
    let found = account::find(reader, account)?;
    let (email, person) = found
        .map(|one| (one.email, one.person.map(|id| id.as_str().to_owned())))
        .unwrap_or_default();
    reader.rows(
        sql!(
            "select o.due_on, o.course_id, coalesce(max(e.title), o.course_id), cast(count(*) as bigint)
             from profile_held p
             join assignment_open o on o.person_id = p.person_id
             left join edition e on e.course_id = o.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = o.course_id)
             where p.from_on <= $5
               and p.to_on > $5
               and (lower(p.manager_key) = lower($1)
                 or p.manager_key in (
                     select g.source_key
                     from engagement g
                     where g.person_id = $2
                       and g.superseded_at is null))
               and o.due_on >= $3
               and o.due_on <= $4
             group by o.due_on, o.course_id
             order by o.due_on, o.course_id
             limit $6"
        ),
        &params![email, person, from, to, today, EVENTS_MAX],
        |row| counted(row.get(0)?, row.str(1)?.unwrap_or_default(), row.str(2)?.unwrap_or_default(), row.get(3)?),
    )
}

fn counted(on: Day, course: &str, title: &str, people: i64) -> Result<Event> {
    let who = if people == 1 {
        "1 person".to_owned()
    } else {
        format!("{people} people")
    };
    Ok(Event {
        key: format!("{course}-{on}"),
        on,
        what: format!("“{title}” is due: {who}"),
    })
}

fn file(name: &str, events: &[Event], now: Moment) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//muster//training calendar//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        format!("X-WR-CALNAME:{}", escaped(name)),
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H".to_owned(),
        "X-PUBLISHED-TTL:PT12H".to_owned(),
    ];
    let stamp: String = now
        .to_string()
        .chars()
        .filter(|c| !"-:".contains(*c))
        .take(15)
        .collect();
    for event in events {
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}@training", event.key),
            format!("DTSTAMP:{stamp}Z"),
            format!("DTSTART;VALUE=DATE:{}", basic(event.on)),
            format!("DTEND;VALUE=DATE:{}", basic(event.on + 1)),
            format!("SUMMARY:{}", escaped(&event.what)),
            "TRANSP:TRANSPARENT".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn basic(day: Day) -> String {
    day.to_string().replace('-', "")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line with its end; what is longer than a line may be goes on in the next, behind a space.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut bytes = 0;
    for c in line.chars() {
        if bytes + c.len_utf8() > LINE_BYTES_MAX {
            out.push_str("\r\n ");
            bytes = 1;
        }
        out.push(c);
        bytes += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ADA, account, day, organisation, reconcile_all};
    use db::{Actor, Db};

    fn office() -> (Db, Id<AccountKind>) {
        let db = organisation();
        account(
            &db,
            "acc_0000000000000000000000000A",
            "ada@northwind.example",
            Some(ADA),
        );
        reconcile_all(&db);
        (db, "acc_0000000000000000000000000A".parse().expect("an id"))
    }

    fn made(db: &Db, account: &Id<AccountKind>, shows: Shows) -> Result<String> {
        let account = account.clone();
        db.write_blocking(Actor::Operator, move |tx| make(tx, &account, shows))
    }

    fn seen(db: &Db, secret: &str) -> Option<String> {
        let secret = secret.to_owned();
        db.read_blocking(move |r| read(r, &secret))
            .expect("reading works")
    }

    #[test]
    fn another_parser_reads_what_is_due_when() {
        let (db, ada) = office();
        let secret = made(&db, &ada, Shows::Own).expect("a calendar");
        let text = seen(&db, &secret).expect("it can be read");
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX), "{text}");
        let calendar: icalendar::Calendar = text.parse().expect("a calendar to another's parser");
        use icalendar::Component as _;
        let events: Vec<(String, String)> = calendar
            .components
            .iter()
            .filter_map(|part| part.as_event())
            .map(|event| {
                let on = match event.get_start() {
                    Some(icalendar::DatePerhapsTime::Date(date)) => date.to_string(),
                    other => format!("{other:?}"),
                };
                (on, event.get_summary().unwrap_or_default().to_owned())
            })
            .collect();
        let expected = (
            "2026-06-19".to_owned(),
            "Last day for “Phishing” (11 minutes)".to_owned(),
        );
        assert_eq!(events, [expected.clone(), expected]);
    }

    #[test]
    fn an_ended_calendar_another_secret_and_somebody_elses_lead_nowhere() {
        let (db, ada) = office();
        let secret = made(&db, &ada, Shows::Own).expect("a calendar");
        assert!(seen(&db, "x").is_none() && seen(&db, "").is_none());
        assert!(made(&db, &ada, Shows::Team).is_err(), "she manages nobody");
        let stored: Option<i64> = db
            .read_blocking({
                let secret = secret.clone();
                move |r| {
                    r.one(
                        sql!("select cast(count(*) as bigint) from calendar_feed where secret_hash = $1"),
                        &params![secret.as_bytes().to_vec()],
                        |row| row.get(0),
                    )
                }
            })
            .expect("reading works");
        assert_eq!(stored, Some(0), "the secret itself is not kept");
        let feed = db.read_blocking({
            let ada = ada.clone();
            move |r| live(r, &ada)
        });
        let feed = feed.expect("reading works").remove(0).id;
        let stranger: Id<AccountKind> = "acc_0000000000000000000000000B".parse().expect("an id");
        let ends = |who: Id<AccountKind>| {
            let feed = feed.clone();
            db.write_blocking(Actor::Operator, move |tx| end(tx, &who, &feed))
        };
        assert!(ends(stranger).is_err());
        assert!(seen(&db, &secret).is_some());
        assert!(ends(ada.clone()).is_ok() && ends(ada).is_err());
        assert!(seen(&db, &secret).is_none());
    }

    #[test]
    fn somebody_who_has_left_sees_nothing() {
        let (db, ada) = office();
        let secret = made(&db, &ada, Shows::Own).expect("a calendar");
        db.write_blocking(Actor::Operator, |tx| {
            tx.execute(
                sql!("update engagement set end_on = $1 where person_id = $2"),
                &params![day("2026-05-31"), ADA],
            )
        })
        .expect("she can leave");
        assert!(seen(&db, &secret).is_none());
    }

    #[test]
    fn text_that_could_end_a_line_is_escaped() {
        assert_eq!(escaped("a,b;c\\d\ne\r"), "a\\,b\\;c\\\\d\\ne");
        let long = folded(&"ä".repeat(80));
        assert!(long.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX));
    }
}
