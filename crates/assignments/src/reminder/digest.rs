//! The letter: written in the transaction that hands it over, from what is owed then.
//!
//! It must not look like the letters our courses warn of. So it says who asks and what for, how long it takes, why, and
//! whom to ask; it names the address to type and has no other; it does not hurry anybody; and it says how to get fewer.
//!
//! What has been completed, waived or ended since the run is taken out and noted; when nothing is left, no letter leaves.
//! A completion counts at once here, before what follows from it has been reconciled. After an outage of the mail the hour
//! may be wrong, or the addressee may have had a letter today: then it waits for their next working day ([`super::turn`]).
//!
//! Not here: who gets one ([`super::plan`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use db::{Day, Id, Moment, Reader, Result, Tx, params, sql};
use mail::Say;
use roster::person::PersonKind;

use super::cadence::{Line, Step};
use super::setting::{self, Setting};
use super::stand_in::{Place, StandsIn};
use super::turn;
use crate::assignment;
use crate::delegation;
use crate::due::Basis;

/// Reminders in one letter: more than a team or an owner can have.
const LINES_MAX: i64 = 20_000;
/// People named in a manager's letter; the rest are counted.
const NAMED_MAX: usize = 40;

/// Everything a letter says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    pub organisation: String,
    /// As they are called; empty when not known.
    pub name: String,
    pub address: String,
    pub contact: String,
    /// What the reader owes, the most pressing first.
    pub own: Vec<Own>,
    /// When the reader's manager is told, if it stays open.
    pub told_on: Option<Day>,
    /// People whose manager the reader is.
    pub team: Vec<Late>,
    /// People of the reader's managers, or of nobody.
    pub beyond: Vec<Late>,
    /// What managers would have read who are on leave.
    pub instead: Vec<Instead>,
    /// The reader owns the programme: people are counted, not named.
    pub owner: bool,
}

/// A course the reader owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub title: String,
    pub minutes: i64,
    pub due_on: Option<Day>,
    pub overdue: bool,
    pub reason: String,
}

/// A course somebody else has not done in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Late {
    pub name: String,
    pub title: String,
    pub due_on: Option<Day>,
}

/// What a manager would have read who is on leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instead {
    /// As they are called; empty when not known.
    pub manager: String,
    /// The last day of looking after the team; `None` for the manager's own manager.
    pub until_on: Option<Day>,
    pub team: Vec<Late>,
    pub beyond: Vec<Late>,
}

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
                     from waiver w
                     where w.person_id = r.person_id
                       and w.course_id = r.course_id
                       and w.from_on <= $2
                       and w.until_on >= $2
                       and not exists (select 1 from waiver_end x where x.waiver_id = w.id and x.ended_on <= $2)),
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
             left join profile p on p.person_id = r.person_id
                 and p.superseded_at is null
                 and p.from_on = (
                     select max(q.from_on)
                     from profile q
                     where q.person_id = r.person_id
                       and q.superseded_at is null
                       and q.from_on <= $2)
             where r.letter_id = $1
             order by a.due_on, r.assignment_id, r.step
             limit $3"
        ),
        &params![letter, today, LINES_MAX],
        |row| {
            let basis: Basis = row.str(8)?.unwrap_or_default().parse()?;
            let ended: Option<String> = row.get(9)?;
            let open = row.str(10)?.is_some();
            let done: Option<Day> = row.get(11)?;
            let waived: Option<Day> = row.get(12)?;
            let withdrawn: Option<String> = row.get(14)?;
            let here = row.get::<i64>(15)? > 0;
            let over = match (withdrawn.or(ended), done.is_some_and(|day| basis.met_on(day)), waived) {
                (Some(why), _, _) => Some(why),
                (None, true, _) => Some("completed".to_owned()),
                (None, false, Some(_)) => Some("waived".to_owned()),
                (None, false, None) if !open => Some("ended".to_owned()),
                (None, false, None) => (!here).then(|| "left".to_owned()),
            };
            let stands_in = row.str(17)?.map(str::parse::<StandsIn>).transpose()?;
            let of: Option<String> = row.get(16)?;
            let name = format!("{} {}", row.str(5)?.unwrap_or_default(), row.str(6)?.unwrap_or_default());
            Ok(Stands {
                assignment: row.get(0)?,
                step: row.str(1)?.unwrap_or_default().parse()?,
                addressee: row.get(2)?,
                course_id: row.get(3)?,
                title: row.get(4)?,
                name: name.trim().to_owned(),
                due_on: row.get(7)?,
                assigned_on: row.get::<Moment>(13)?.day(&zone),
                place: of
                    .zip(stands_in)
                    .map(|(of, stands_in)| (Place { of, stands_in }, None)),
                over,
            })
        },
    )
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
        if left.iter().any(|one| one.step.line() == Line::Learner) {
            let courses: BTreeSet<&str> = left.iter().map(|one| one.course_id.as_str()).collect();
            digest.own = own(reader, person, &courses)?;
            digest.told_on = told_on(reader, left, &setting)?;
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
fn told_on(reader: &mut Reader, left: &[Stands], setting: &Setting) -> Result<Option<Day>> {
    let today = reader.today()?;
    let late = left
        .iter()
        .filter(|one| one.due_on.is_some_and(|due| due < today));
    let told = late.filter_map(|one| Some(one.due_on?.max(one.assigned_on) + setting.cadence.manager));
    Ok(told.filter(|day| *day > today).min())
}

impl Digest {
    /// What it is about, without hurry.
    pub fn subject(&self) -> String {
        let at = format!("Security training at {}", self.organisation);
        match self.own.as_slice() {
            [] if self.owner => format!("{at}: who is late, in numbers"),
            [] if self.team.is_empty() && self.beyond.is_empty() => {
                format!("{at}: a team you look after")
            }
            [] => format!("{at}: your team"),
            [one] => match (one.due_on, one.overdue) {
                (Some(due), true) => format!("{at}: “{}” was due on {}", one.title, due.long()),
                (Some(due), false) => format!("{at}: “{}”, by {}", one.title, due.long()),
                (None, _) => format!("{at}: “{}”", one.title),
            },
            several => format!("{at}: {} courses to do", several.len()),
        }
    }

    /// The letter, in plain text.
    pub fn text(&self) -> String {
        let mut text = match self.name.as_str() {
            "" => "Hello,\n".to_owned(),
            name => format!("Hello {name},\n"),
        };
        if !self.own.is_empty() {
            text.push_str(&self.of_own());
        }
        if !self.team.is_empty() {
            text.push_str("\nIn your team, this was to be done and is still open:\n\n");
            text.push_str(&named(&self.team));
            text.push_str("\nIt often helps to ask whether they need time for it. They have been reminded themselves.\n");
        }
        if !self.beyond.is_empty() && self.owner {
            text.push_str("\nThis is still open long after it was due, and no manager’s manager is known who could be told:\n\n");
            text.push_str(&counted(&self.beyond));
        } else if !self.beyond.is_empty() {
            text.push_str("\nAmong the people of the managers who report to you, this is still open, and their managers have been told:\n\n");
            text.push_str(&named(&self.beyond));
        }
        for one in &self.instead {
            text.push_str(&one.text());
        }
        text.push_str(&self.way());
        text
    }

    fn of_own(&self) -> String {
        let mut text = format!("\n{} asks you to do this security training:\n", self.organisation);
        for one in &self.own {
            let minutes = match one.minutes {
                0 => String::new(),
                1 => "About a minute. ".to_owned(),
                n => format!("About {n} minutes. "),
            };
            let by = match (one.due_on, one.overdue) {
                (Some(due), true) => format!("It was due on {}, {}", due.weekday_name(), due.long()),
                (Some(due), false) => format!("You have until {}, {}", due.weekday_name(), due.long()),
                (None, _) => "No day is set".to_owned(),
            };
            // Writing to a String cannot fail.
            let written = write!(
                text,
                "\n  {}\n  {minutes}{by}.\n  Why you: {}\n",
                one.title, one.reason
            );
            debug_assert!(written.is_ok());
        }
        if let Some(day) = self.told_on {
            let written = write!(
                text,
                "\nIf what is late is still open on {}, {}, your manager is told that it is, and nothing else.\n",
                day.weekday_name(),
                day.long()
            );
            debug_assert!(written.is_ok());
        }
        text
    }

    /// How to get there, whom to ask, and how to get fewer of these.
    fn way(&self) -> String {
        let (what, after) = if self.own.is_empty() {
            ("To see how it stands", "")
        } else {
            (
                "To get there",
                "You can stop at any time and go on later where you were.\n",
            )
        };
        let mut text = format!(
            "\n{what}, type this address into your browser, or use your own bookmark:\n\n  {}\n\n{after}",
            self.address
        );
        if !self.contact.is_empty() {
            let written = writeln!(
                text,
                "If something is wrong or you have a question: {}",
                self.contact
            );
            debug_assert!(written.is_ok());
        }
        text.push_str(
            "\nThis letter asks for no password and holds no link that signs you in.\n\
             There is at most one a day, and none about what has been done. Under\n\
             “My reminders” you can choose your time zone, or a calendar in place\n\
             of letters.\n",
        );
        text
    }
}

impl Instead {
    /// Why the reader is told, and what.
    fn text(&self) -> String {
        let manager = match self.manager.as_str() {
            "" => "A manager",
            name => name,
        };
        let mut text = match self.until_on {
            Some(day) => format!(
                "\n{manager} is on leave, and asked you to look after their team until {}, {}.\n",
                day.weekday_name(),
                day.long()
            ),
            None => format!(
                "\n{manager} is on leave, and nobody looks after their team. You are told because you manage {manager}.\n"
            ),
        };
        if !self.team.is_empty() {
            text.push_str("In that team, this was to be done and is still open:\n\n");
            text.push_str(&named(&self.team));
        }
        if !self.beyond.is_empty() {
            text.push_str("Among the people of the managers there, this is still open, and their managers have been told:\n\n");
            text.push_str(&named(&self.beyond));
        }
        text
    }
}

/// `  Ada Osei: “Phishing”, due on 1 June 2026`, as many as fit.
fn named(late: &[Late]) -> String {
    let mut text = String::new();
    for one in late.iter().take(NAMED_MAX) {
        let due = one
            .due_on
            .map(|due| format!(", due on {}", due.long()))
            .unwrap_or_default();
        let written = writeln!(text, "  {}: “{}”{due}", one.name, one.title);
        debug_assert!(written.is_ok());
    }
    if late.len() > NAMED_MAX {
        let written = writeln!(text, "  and {} more", late.len() - NAMED_MAX);
        debug_assert!(written.is_ok());
    }
    text
}

/// `  “Phishing”: 3 people`, the most first.
fn counted(late: &[Late]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in late {
        *counts.entry(&one.title).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(title, count)| (std::cmp::Reverse(*count), *title));
    let lines = counts.into_iter().map(|(title, count)| match count {
        1 => format!("  “{title}”: 1 person\n"),
        n => format!("  “{title}”: {n} people\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    fn own(title: &str, due: &str, overdue: bool) -> Own {
        Own {
            title: title.to_owned(),
            minutes: 11,
            due_on: Some(day(due)),
            overdue,
            reason: "You started on 20 May 2026. It is for everyone.".to_owned(),
        }
    }

    fn to(name: &str) -> Digest {
        Digest {
            organisation: "Lindqvist GmbH".to_owned(),
            name: name.to_owned(),
            address: "https://training.lindqvist.example".to_owned(),
            contact: "Sofie Brandt, security@lindqvist.example".to_owned(),
            ..Digest::default()
        }
    }

    fn late(name: &str, title: &str) -> Late {
        Late {
            name: name.to_owned(),
            title: title.to_owned(),
            due_on: Some(day("2026-06-01")),
        }
    }

    fn read(digest: &Digest) -> String {
        format!("{}\n\n{}", digest.subject(), digest.text())
    }

    #[test]
    fn a_learners_letter() {
        let one = Digest {
            own: vec![own("Phishing: spot it, report it", "2026-06-12", false)],
            ..to("Ada")
        };
        insta::assert_snapshot!(read(&one));
    }

    #[test]
    fn a_letter_about_what_is_late_says_who_hears_of_it_when() {
        let several = Digest {
            own: vec![
                own("Phishing: spot it, report it", "2026-06-12", true),
                own("Secrets in code", "2026-07-01", false),
            ],
            told_on: Some(day("2026-06-19")),
            ..to("Ada")
        };
        insta::assert_snapshot!(read(&several));
    }

    #[test]
    fn a_managers_letter_names_who_is_late_and_nothing_more() {
        let manager = Digest {
            team: vec![
                late("Ada Osei", "Phishing: spot it, report it"),
                late("Ben Adler", "Secrets in code"),
            ],
            beyond: vec![late("Cem Kaya", "Secrets in code")],
            ..to("Mara")
        };
        insta::assert_snapshot!(read(&manager));
    }

    #[test]
    fn a_letter_in_a_managers_place_says_whose_and_until_when() {
        let instead = |until_on| Instead {
            manager: "Max Moor".to_owned(),
            until_on,
            team: vec![late("Ada Osei", "Phishing: spot it, report it")],
            beyond: vec![],
        };
        let delegate = Digest {
            instead: vec![instead(Some(day("2026-06-30")))],
            ..to("Ed")
        };
        insta::assert_snapshot!(read(&delegate));
        let upper = Digest {
            instead: vec![instead(None)],
            team: vec![late("Ben Adler", "Secrets in code")],
            ..to("Mara")
        };
        let text = read(&upper);
        assert!(text.contains("because you manage Max Moor"), "{text}");
        assert!(
            text.contains("your team\n") && text.contains("Ben Adler"),
            "{text}"
        );
    }

    #[test]
    fn an_owners_letter_counts_and_names_nobody() {
        let owner = Digest {
            beyond: vec![
                late("Ada Osei", "Phishing"),
                late("Ben Adler", "Phishing"),
                late("Ben Adler", "Secrets in code"),
            ],
            owner: true,
            ..to("Olga")
        };
        let text = read(&owner);
        assert!(!text.contains("Ada") && !text.contains("Ben"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_letter_looks_like_what_our_courses_warn_of() {
        let all = Digest {
            own: vec![own("Phishing", "2026-06-12", true)],
            told_on: Some(day("2026-06-19")),
            team: (0..60)
                .map(|n| late(&format!("Person {n}"), "Phishing"))
                .collect(),
            ..to("Ada")
        };
        let text = read(&all);
        let hasty = [
            "urgent",
            "immediately",
            "now!",
            "click",
            "verify",
            "suspend",
            "last chance",
            "!",
            "act now",
        ];
        for word in hasty {
            assert!(!text.to_lowercase().contains(word), "{word}: {text}");
        }
        assert_eq!(
            text.matches("http").count(),
            1,
            "one address, the one to type: {text}"
        );
        assert!(text.contains("and 20 more"));
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
    }
}
