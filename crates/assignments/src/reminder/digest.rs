//! The letter: written in the transaction that hands it over, from what is owed then.
//!
//! What has been completed, waived or ended since the run is taken out and noted; when nothing is left, no letter leaves.
//! A completion counts at once here, before what follows from it has been reconciled. After an outage of the mail the hour
//! may be wrong, or the addressee may have had a letter today: then it waits for their next working day ([`super::turn`]).
//!
//! Not here: who gets one ([`super::plan`]), and how it is worded ([`super::words`]).

use std::collections::{BTreeMap, BTreeSet};

use db::{Day, Id, Moment, Reader, Result, Row, Tx, Zone, params, sql};
use mail::Say;
use roster::person::PersonKind;

use super::cadence::{Line, Step};
use super::setting::{self, Setting};
use super::stand_in::{Place, StandsIn};
use super::turn;
use super::words::{Digest, Instead, Late, Own};
use crate::assignment;
use crate::delegation;
use crate::due::Basis;

/// Reminders in one letter: more than a team or an owner can have.
const LINES_MAX: i64 = 20_000;

/// A reminder of the letter, and how it stands now.
struct Stands {
    assignment: String,
    step: Step,
    addressee: String,
    course_id: String,
    title: String,
    name: String,
    due_on: Option<Day>,
    assigned_on: Day,
    /// Whose place the addressee takes, and until when they were asked to.
    place: Option<(Place, Option<Day>)>,
    /// Why it is not to be spoken of any more.
    over: Option<String>,
}

/// Says whether the letter is still wanted, and what it says now.
///
/// # Errors
/// A fault of the engine.
pub fn write(tx: &mut Tx, letter: &str) -> Result<Say> {
    let turn = turn::read(tx, letter)?;
    if let Some(moment) = turn.later(tx)? {
        return Ok(Say::Later(moment));
    }
    let mut all = standing(tx, letter)?;
    stand_in(tx, &mut all)?;
    if !turn.is_here() {
        let open = all.iter_mut().filter(|one| one.over.is_none());
        open.for_each(|one| one.over = Some("left".to_owned()));
    }
    // After an outage yesterday's letter and today's leave together; today's says all that is owed.
    if is_overtaken(tx, letter)? {
        let own = all
            .iter_mut()
            .filter(|one| one.over.is_none() && one.step.line() == Line::Learner);
        own.for_each(|one| one.over = Some("overtaken".to_owned()));
    }
    let now = tx.now();
    for one in &all {
        if let Some(why) = &one.over {
            tx.execute(
                sql!(
                    "insert into reminder_withdrawal (assignment_id, step, addressee, reason, withdrawn_at)
                     values ($1, $2, $3, $4, $5)
                     on conflict (assignment_id, step, addressee) do nothing"
                ),
                &params![&one.assignment, one.step.to_string(), &one.addressee, why, now],
            )?;
        }
    }
    let left: Vec<Stands> = all.into_iter().filter(|one| one.over.is_none()).collect();
    let Some(addressee) = left.first().map(|one| one.addressee.clone()) else {
        return Ok(Say::NoLonger("nothing in it was open any more".to_owned()));
    };
    let digest = compose(tx, &addressee, &left)?;
    Ok(Say::Write {
        subject: digest.subject(),
        text: digest.text(),
    })
}

/// Whether the reader has a newer letter about their own courses, sent or waiting.
fn is_overtaken(reader: &mut Reader, letter: &str) -> Result<bool> {
    let newer: Option<i64> = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from reminder_digest d
             join reminder_digest n on n.addressee = d.addressee and n.on_day > d.on_day
             join reminder r on r.letter_id = n.letter_id and r.person_id = n.addressee
             where d.letter_id = $1"
        ),
        &params![letter],
        |row| row.get(0),
    )?;
    Ok(newer.unwrap_or_default() > 0)
}

/// Until when the addressee was asked to look after whose team; what was taken back meanwhile is theirs no longer.
fn stand_in(reader: &mut Reader, all: &mut [Stands]) -> Result<()> {
    if all.iter().all(|one| one.place.is_none()) {
        return Ok(());
    }
    let live = delegation::live(reader)?;
    for one in all {
        let Some((place, until_on)) = &mut one.place else {
            continue;
        };
        let theirs = live.get(&place.of).and_then(|delegations| {
            let theirs = delegations
                .iter()
                .filter(|live| live.person.as_str() == one.addressee);
            theirs.map(|live| live.until_on).max()
        });
        *until_on = theirs.filter(|_| place.stands_in == StandsIn::Delegate);
        if place.stands_in == StandsIn::Delegate && theirs.is_none() && one.over.is_none() {
            one.over = Some("taken_back".to_owned());
        }
    }
    Ok(())
}

fn standing(reader: &mut Reader, letter: &str) -> Result<Vec<Stands>> {
    let (today, zone) = (reader.today()?, reader.zone()?);
    reader.rows(
        sql!(
            "select r.assignment_id, r.step, r.addressee, r.course_id, coalesce(e.title, r.course_id),
                    coalesce(p.preferred_name, p.given_name, ''), coalesce(p.family_name, ''), a.due_on, a.basis,
                    n.reason, o.assignment_id,
                    (select max(c.occurred_on)
                     from completion c
                     where c.person_id = r.person_id
                       and c.course_id = r.course_id
                       and c.passed = 1),
                    (select max(w.until_on)
                     from waiver_held w
                     where w.person_id = r.person_id
                       and w.course_id = r.course_id
                       and w.from_on <= $2
                       and w.until_on >= $2),
                    a.assigned_at, x.reason,
                    (select cast(count(*) as bigint)
                     from engagement g
                     where g.person_id = r.person_id
                       and g.superseded_at is null
                       and g.start_on <= $2
                       and (g.end_on is null or g.end_on >= $2)),
                    r.in_place_of, r.stands_in
             from reminder r
             join assignment a on a.id = r.assignment_id
             left join reminder_withdrawal x
               on x.assignment_id = r.assignment_id and x.step = r.step and x.addressee = r.addressee
             left join assignment_end n on n.assignment_id = r.assignment_id
             left join assignment_open o on o.person_id = r.person_id and o.assignment_id = r.assignment_id
             left join edition e on e.course_id = r.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = r.course_id)
             left join profile_held p on p.person_id = r.person_id
                 and p.from_on <= $2
                 and p.to_on > $2
             where r.letter_id = $1
             order by a.due_on, r.assignment_id, r.step
             limit $3"
        ),
        &params![letter, today, LINES_MAX],
        |row| stands(row, &zone),
    )
}

/// A reminder as it stands: done, waived, ended or left behind is over.
fn stands(row: &Row, zone: &Zone) -> Result<Stands> {
    let basis: Basis = row.str(8)?.unwrap_or_default().parse()?;
    let ended: Option<String> = row.get(9)?;
    let open = row.str(10)?.is_some();
    let done: Option<Day> = row.get(11)?;
    let waived: Option<Day> = row.get(12)?;
    let withdrawn: Option<String> = row.get(14)?;
    let here = row.get::<i64>(15)? > 0;
    let over = match (
        withdrawn.or(ended),
        done.is_some_and(|day| basis.met_on(day)),
        waived,
    ) {
        (Some(why), _, _) => Some(why),
        (None, true, _) => Some("completed".to_owned()),
        (None, false, Some(_)) => Some("waived".to_owned()),
        (None, false, None) if !open => Some("ended".to_owned()),
        (None, false, None) => (!here).then(|| "left".to_owned()),
    };
    let stands_in = row.str(17)?.map(str::parse::<StandsIn>).transpose()?;
    let of: Option<String> = row.get(16)?;
    let name = format!(
        "{} {}",
        row.str(5)?.unwrap_or_default(),
        row.str(6)?.unwrap_or_default()
    );
    Ok(Stands {
        assignment: row.get(0)?,
        step: row.str(1)?.unwrap_or_default().parse()?,
        addressee: row.get(2)?,
        course_id: row.get(3)?,
        title: row.get(4)?,
        name: name.trim().to_owned(),
        due_on: row.get(7)?,
        assigned_on: row.get::<Moment>(13)?.day(zone),
        place: of
            .zip(stands_in)
            .map(|(of, stands_in)| (Place { of, stands_in }, None)),
        over,
    })
}

fn compose(reader: &mut Reader, addressee: &str, left: &[Stands]) -> Result<Digest> {
    let setting = setting::current(reader)?
        .map(|(setting, _)| setting)
        .unwrap_or_default();
    let organisation = roster::organisation::find(reader)?
        .map(|one| one.name)
        .unwrap_or_default();
    let person: Option<Id<PersonKind>> = addressee.parse().ok();
    let owner = super::facts::owners(reader)?
        .iter()
        .any(|owner| owner.addressee == addressee);
    let mut digest = Digest {
        organisation,
        address: setting.address.clone(),
        contact: setting.contact.clone(),
        team: late(left, Line::Manager, None),
        beyond: late(left, Line::Upper, None),
        instead: instead(reader, left)?,
        owner,
        ..Digest::default()
    };
    if let Some(person) = &person {
        let found = roster::person::find(reader, person)?;
        digest.name = found.map(|one| first_name(&one.facts)).unwrap_or_default();
        // What their team owes, or is late with, stands in the same letter and is not theirs.
        let theirs: Vec<&Stands> = left
            .iter()
            .filter(|one| one.step.line() == Line::Learner)
            .collect();
        if !theirs.is_empty() {
            let courses: BTreeSet<&str> = theirs.iter().map(|one| one.course_id.as_str()).collect();
            digest.own = own(reader, person, &courses)?;
            digest.told_on = told_on(reader, &theirs, &setting)?;
        }
    }
    Ok(digest)
}

/// What is late on a line of the reader's own, or of the manager whose place they take.
fn late(left: &[Stands], line: Line, of: Option<&str>) -> Vec<Late> {
    let ours = left.iter().filter(|one| {
        let place = one.place.as_ref().map(|(place, _)| place.of.as_str());
        one.step.line() == line && place == of
    });
    let late: BTreeSet<Late> = ours
        .map(|one| Late {
            name: one.name.clone(),
            title: one.title.clone(),
            due_on: one.due_on,
        })
        .collect();
    late.into_iter().collect()
}

/// What managers who are on leave would have read, each by themselves.
fn instead(reader: &mut Reader, left: &[Stands]) -> Result<Vec<Instead>> {
    let mut places: BTreeMap<&Place, Option<Day>> = BTreeMap::new();
    for (place, until_on) in left.iter().filter_map(|one| one.place.as_ref()) {
        places.insert(place, *until_on);
    }
    let mut instead = Vec::with_capacity(places.len());
    for (place, until_on) in places {
        let id: Id<PersonKind> = place.of.parse()?;
        instead.push(Instead {
            manager: roster::person::find(reader, &id)?
                .map(|found| found.name())
                .unwrap_or_default(),
            until_on,
            team: late(left, Line::Manager, Some(&place.of)),
            beyond: late(left, Line::Upper, Some(&place.of)),
        });
    }
    Ok(instead)
}

/// What colleagues call them.
fn first_name(facts: &roster::profile::Facts) -> String {
    facts
        .preferred_name
        .clone()
        .unwrap_or_else(|| facts.given_name.clone())
}

/// Everything the person owes today: they are told of all of it in one letter. What they completed a moment ago is left out.
fn own(reader: &mut Reader, person: &Id<PersonKind>, courses: &BTreeSet<&str>) -> Result<Vec<Own>> {
    let mut owed = assignment::owed(reader, person)?;
    // What opens on the person's own day may open tomorrow where the organisation is.
    owed.extend(
        assignment::upcoming(reader, person)?
            .into_iter()
            .filter(|one| courses.contains(one.course_id.as_str())),
    );
    let mut own = Vec::new();
    for one in owed {
        if one.waived_until.is_some() || assignment::is_met(reader, &one.assignment)? {
            continue;
        }
        own.push(Own {
            title: one.title,
            minutes: one.minutes,
            due_on: one.due_on,
            overdue: one.overdue,
            reason: one.reason,
        });
    }
    Ok(own)
}

/// While something is late and the manager has not been told, it is said when they will be.
fn told_on(reader: &mut Reader, theirs: &[&Stands], setting: &Setting) -> Result<Option<Day>> {
    let today = reader.today()?;
    let late = theirs
        .iter()
        .filter(|one| one.due_on.is_some_and(|due| due < today));
    let told = late.filter_map(|one| Some(one.due_on?.max(one.assigned_on) + setting.cadence.manager));
    Ok(told.filter(|day| *day > today).min())
}
