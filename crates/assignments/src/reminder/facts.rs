//! Reads what decides whom to remind: what is open and may have a step now, whose it is, and what was decided before.
//!
//! What is open is read in one pass with its days compared by the engine, so a run costs what there is to say and one look
//! at everything that is owed, never a statement a person.
//!
//! Not here: what follows from it ([`super::plan`]); nothing here writes.

use std::collections::{HashMap, HashSet};

use db::{Day, Id, Moment, Reader, Result, Row, Value, Zone, params, sql};
use roster::person;

use super::cadence::OFF_DAYS_MAX;
use super::calendar::{self, Calendars};
use super::preference::{self, Preference};
use super::setting::Setting;
use crate::assignment::AssignmentKind;
use crate::due::{Basis, RETURN_GRACE_DAYS};
use crate::spell::Away;

/// Leaves that ended longer ago move nothing that is still counted.
const LEAVES_DAYS: i32 = 500;

/// Something open that may have a step now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub assignment: Id<AssignmentKind>,
    pub person: String,
    pub course_id: String,
    pub opens_on: Day,
    pub due_on: Option<Day>,
    pub assigned_at: Moment,
    pub joiner: bool,
}

/// Whoever is written to or about, as they are today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Somebody {
    pub email: Option<String>,
    pub country: Option<String>,
    pub manager_key: Option<String>,
    /// Works for us today.
    pub here: bool,
    pub preference: Preference,
}

/// An owner of the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerAddress {
    /// The person's id, or the account's when they are nobody on the roster.
    pub addressee: String,
    pub email: String,
}

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Whose hours it is, since what was decided last.
    Now,
    /// Everybody, as if nothing had been looked at before: what a setting would do today.
    Everything,
}

/// All of it.
pub struct Facts {
    pub setting: Setting,
    pub look: Look,
    pub now: Moment,
    pub today: Day,
    pub zone: Zone,
    /// The first day whose steps may be undecided; `None` when nothing was decided under this setting.
    pub since: Option<Day>,
    pub mail: bool,
    pub calendars: Calendars,
    /// By person.
    pub candidates: Vec<Candidate>,
    pub people: HashMap<String, Somebody>,
    pub leaves: HashMap<String, Vec<Away>>,
    /// Person and course.
    pub waived: HashSet<(String, String)>,
    /// Assignment and step.
    pub decided: HashSet<(String, String)>,
    /// Who has had a letter on which day.
    pub written: HashSet<(String, Day)>,
    pub owners: Vec<OwnerAddress>,
    /// Whom a manager's key means; `None` when nobody.
    pub managers: HashMap<String, Option<String>>,
    /// Who looks after whose team today, by the manager; who was asked last comes first.
    pub delegates: HashMap<String, Vec<String>>,
}

impl Facts {
    /// Where somebody is.
    pub(super) fn zone_of(&self, somebody: Option<&Somebody>) -> Zone {
        let own = somebody
            .map(|one| one.preference.zone.as_str())
            .filter(|zone| !zone.is_empty());
        own.and_then(Zone::named).unwrap_or_else(|| self.zone.clone())
    }
}

impl Somebody {
    /// An address that can be written to.
    pub(super) fn email(&self) -> Option<&str> {
        let email = self.email.as_deref()?;
        mail::letter::check_address(email).is_ok().then_some(email)
    }
}

/// Reads everything but who manages whom.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn read(reader: &mut Reader, setting: Setting, since: Option<Day>, look: Look) -> Result<Facts> {
    let (now, zone) = (reader.now(), reader.zone()?);
    let today = now.day(&zone);
    let calendars = calendar::all(reader)?;
    let mut facts = Facts {
        look,
        now,
        today,
        since,
        mail: mail::setting::current(reader)?.relay != mail::Relay::Off,
        candidates: Vec::new(),
        people: HashMap::new(),
        leaves: leaves(reader, today)?,
        waived: crate::waiver::waived(reader, today)?,
        decided: HashSet::new(),
        written: written(reader, today)?,
        owners: owners(reader)?,
        managers: HashMap::new(),
        delegates: HashMap::new(),
        setting,
        calendars,
        zone,
    };
    facts.candidates = match since {
        Some(since) => recent(reader, &facts, since)?,
        None => everything(reader, today)?,
    };
    facts.decided = decided(reader, &facts)?;
    people(reader, &mut facts)?;
    Ok(facts)
}

const ONE_DAY: i32 = 1;

fn recent(reader: &mut Reader, facts: &Facts, since: Day) -> Result<Vec<Candidate>> {
    // Somewhere it is a day later already, and what is moved off days off falls within these.
    let (first, last) = facts.calendars.span(since, facts.today + ONE_DAY);
    let offset = |offsets: &[i32], at: usize| offsets.get(at).or(offsets.last()).copied().unwrap_or_default();
    let (before, joined) = (&facts.setting.cadence.before, &facts.setting.cadence.joined);
    let mut values: Vec<Value> = params![first, last].to_vec();
    values.extend((0..5).map(|at| Value::from(i64::from(offset(before, at)))));
    values.extend((0..5).map(|at| Value::from(i64::from(offset(joined, at)))));
    // What was assigned lately, whenever it was to be owed from: ids sort by the time of making. It is one more condition of
    // the one pass, since after everybody was reconciled for the first time it is a million rows, nearly all of them owed
    // later, and finding each of them by its key took longer than everything else together.
    values.push(Id::<AssignmentKind>::first_at((since - ONE_DAY).start(&facts.zone)).into());
    let mut found = HashMap::new();
    reader.each(
        sql!(
            "select o.person_id, o.assignment_id, o.course_id, o.opens_on, o.due_on, a.assigned_at, o.basis, a.reason, r.from_on
             from assignment_open o
             join assignment a on a.id = o.assignment_id
             join rule r on r.id = o.rule_id
             where o.opens_on <= $2
               and (o.opens_on >= $1
                 or o.due_on <= $2
                 or o.due_on - $3 between $1 and $2
                 or o.due_on - $4 between $1 and $2
                 or o.due_on - $5 between $1 and $2
                 or o.due_on - $6 between $1 and $2
                 or o.due_on - $7 between $1 and $2
                 or o.opens_on + $8 between $1 and $2
                 or o.opens_on + $9 between $1 and $2
                 or o.opens_on + $10 between $1 and $2
                 or o.opens_on + $11 between $1 and $2
                 or o.opens_on + $12 between $1 and $2
                 or o.assignment_id >= $13)"
        ),
        &values,
        |row| keep(row, &mut found),
    )?;
    reader.each(
        sql!(
            "select o.person_id, o.assignment_id, o.course_id, o.opens_on, o.due_on, a.assigned_at, o.basis, a.reason, r.from_on
             from leave l
             join assignment_open o on o.person_id = l.person_id
             join assignment a on a.id = o.assignment_id
             join rule r on r.id = o.rule_id
             where l.superseded_at is null
               and l.until_on + 1 >= $1
               and l.until_on <= $2
               and o.opens_on <= $2"
        ),
        &params![first, last],
        |row| keep(row, &mut found),
    )?;
    Ok(sorted(found))
}

fn everything(reader: &mut Reader, today: Day) -> Result<Vec<Candidate>> {
    let mut found = HashMap::new();
    reader.each(
        sql!(
            "select o.person_id, o.assignment_id, o.course_id, o.opens_on, o.due_on, a.assigned_at, o.basis, a.reason, r.from_on
             from assignment_open o
             join assignment a on a.id = o.assignment_id
             join rule r on r.id = o.rule_id
             where o.opens_on <= $1"
        ),
        &params![today + ONE_DAY],
        |row| keep(row, &mut found),
    )?;
    Ok(sorted(found))
}

fn sorted(found: HashMap<String, Candidate>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = found.into_values().collect();
    found.sort_unstable_by(|a, b| (&a.person, &a.assignment).cmp(&(&b.person, &b.assignment)));
    found
}

fn keep(row: &Row, found: &mut HashMap<String, Candidate>) -> Result<()> {
    let basis: Basis = row.str(6)?.unwrap_or_default().parse()?;
    let rule_from: Day = row.get(8)?;
    let came = matches!(basis, Basis::Start(day) if day != rule_from);
    let candidate = Candidate {
        person: row.get(0)?,
        assignment: row.get(1)?,
        course_id: row.get(2)?,
        opens_on: row.get(3)?,
        due_on: row.get(4)?,
        assigned_at: row.get(5)?,
        joiner: came && row.str(7)? == Some("onboarding"),
    };
    found.insert(candidate.assignment.as_str().to_owned(), candidate);
    Ok(())
}

fn decided(reader: &mut Reader, facts: &Facts) -> Result<HashSet<(String, String)>> {
    let mut decided = HashSet::new();
    let mut keep = |row: &Row| {
        decided.insert((row.get(0)?, row.get(1)?));
        Ok(())
    };
    match facts.since {
        Some(since) => {
            // A step is never decided before its day, and somewhere that day began a day earlier.
            reader.each(
                sql!("select assignment_id, step from reminder where decided_at >= $1"),
                &params![(since - 2 * ONE_DAY).start(&facts.zone)],
                &mut keep,
            )?;
            // Yet a leave moves the days of what is late, also of what was said before it began.
            reader.each(
                sql!(
                    "select r.assignment_id, r.step
                     from leave l
                     join reminder r on r.person_id = l.person_id
                     where l.superseded_at is null
                       and (l.until_on is null or l.until_on >= $1)"
                ),
                &params![since - facts.setting.cadence.owner - RETURN_GRACE_DAYS - 2 * OFF_DAYS_MAX],
                &mut keep,
            )?;
        }
        None => reader.each(
            sql!(
                "select r.assignment_id, r.step
                 from reminder r
                 join assignment_open o on o.person_id = r.person_id and o.assignment_id = r.assignment_id"
            ),
            &[],
            &mut keep,
        )?,
    }
    Ok(decided)
}

fn people(reader: &mut Reader, facts: &mut Facts) -> Result<()> {
    if facts.candidates.is_empty() {
        return Ok(());
    }
    let mut preferences = preference::all(reader)?;
    let today = facts.today;
    for candidate in &facts.candidates {
        if !facts.people.contains_key(&candidate.person) {
            facts.people.insert(candidate.person.clone(), Somebody::default());
        }
    }
    let people = &mut facts.people;
    reader.each(
        sql!(
            "select person_id, email, country, manager_key
             from profile
             where superseded_at is null
               and from_on <= $1
             order by person_id, from_on"
        ),
        &params![today],
        |row| {
            if let Some(somebody) = row.str(0)?.and_then(|id| people.get_mut(id)) {
                (somebody.email, somebody.country, somebody.manager_key) =
                    (row.get(1)?, row.get(2)?, row.get(3)?);
            }
            Ok(())
        },
    )?;
    reader.each(
        sql!(
            "select person_id
             from engagement
             where superseded_at is null
               and start_on <= $1
               and (end_on is null or end_on >= $1)"
        ),
        &params![today],
        |row| {
            if let Some(somebody) = row.str(0)?.and_then(|id| people.get_mut(id)) {
                somebody.here = true;
            }
            Ok(())
        },
    )?;
    for (id, somebody) in people.iter_mut() {
        somebody.preference = preferences.remove(id).unwrap_or_default();
    }
    Ok(())
}

fn leaves(reader: &mut Reader, today: Day) -> Result<HashMap<String, Vec<Away>>> {
    let mut leaves: HashMap<String, Vec<Away>> = HashMap::new();
    reader.each(
        sql!(
            "select person_id, from_on, until_on
             from leave
             where superseded_at is null
               and (until_on is null or until_on >= $1)"
        ),
        &params![today - LEAVES_DAYS],
        |row| {
            let away = Away {
                from_on: row.get(1)?,
                until_on: row.get(2)?,
            };
            leaves.entry(row.get(0)?).or_default().push(away);
            Ok(())
        },
    )?;
    Ok(leaves)
}

fn written(reader: &mut Reader, today: Day) -> Result<HashSet<(String, Day)>> {
    let mut written = HashSet::new();
    reader.each(
        sql!("select addressee, on_day from reminder_digest where on_day >= $1"),
        &params![today - ONE_DAY],
        |row| {
            written.insert((row.get(0)?, row.get(1)?));
            Ok(())
        },
    )?;
    Ok(written)
}

/// The owners that can be written to.
///
/// # Errors
/// A fault of the engine.
pub fn owners(reader: &mut Reader) -> Result<Vec<OwnerAddress>> {
    reader.rows(
        sql!(
            "select distinct coalesce(a.person_id, a.id), a.email
             from role_grant g
             join account a on a.id = g.account_id
             where g.ended_at is null
               and g.role = 'owner'
             order by a.email
             limit 100"
        ),
        &[],
        |row| {
            Ok(OwnerAddress {
                addressee: row.get(0)?,
                email: row.get(1)?,
            })
        },
    )
}

/// Reads whom these keys mean, and those people themselves. There are as many keys as managers to be written to now.
///
/// # Errors
/// A fault of the engine.
pub fn managers(reader: &mut Reader, facts: &mut Facts, keys: &HashSet<String>) -> Result<()> {
    let today = facts.today;
    for key in keys {
        if facts.managers.contains_key(key) {
            continue;
        }
        let id = person::by_reference(reader, key)?.into_iter().next();
        if let Some(id) = &id
            && !facts.people.contains_key(id.as_str())
        {
            let somebody = one(reader, id.as_str(), today)?;
            facts.people.insert(id.as_str().to_owned(), somebody);
        }
        facts
            .managers
            .insert(key.clone(), id.map(|id| id.as_str().to_owned()));
    }
    Ok(())
}

/// Somebody as they are today; a stranger who does not work here when there is no such person.
///
/// # Errors
/// A fault of the engine.
pub fn one(reader: &mut Reader, person: &str, today: Day) -> Result<Somebody> {
    let found = reader.one(
        sql!(
            "select p.email, p.country, p.manager_key,
                    (select cast(count(*) as bigint)
                     from engagement e
                     where e.person_id = p.person_id
                       and e.superseded_at is null
                       and e.start_on <= $2
                       and (e.end_on is null or e.end_on >= $2))
             from profile p
             where p.person_id = $1
               and p.superseded_at is null
               and p.from_on <= $2
             order by p.from_on desc
             limit 1"
        ),
        &params![person, today],
        |row| {
            Ok(Somebody {
                email: row.get(0)?,
                country: row.get(1)?,
                manager_key: row.get(2)?,
                here: row.get::<i64>(3)? > 0,
                preference: Preference::default(),
            })
        },
    )?;
    let mut found = found.unwrap_or_default();
    found.preference = preference::of(reader, person)?;
    Ok(found)
}
