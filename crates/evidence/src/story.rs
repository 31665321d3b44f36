//! Everything recorded about one person, from every table, with both times.
//!
//! Not here: showing it (`pages/person`), and erasing it (`roster`).

use access::grant::{self, Grant};
use assignments::{Waiver, assignment::Owed, audience::Audience, waiver};
use controls::{Check, Framework, Parameters, Predicate};
use db::{Day, Id, Moment, Reader, Result, Window, Zone, params, sql};
use roster::person::{self, History, Person, PersonKind};

use crate::{
    facts::{Scope, load},
    strip::{Stretch, strip},
    wording::short_name,
};

/// Rows of one kind that a page shows; a lifetime of training has fewer.
const ROWS_MAX: i64 = 500;
/// Ledger entries a page shows; the record has them all.
const ENTRIES_MAX: i64 = 200;

/// One person's story.
pub struct Story {
    /// Who, as known today.
    pub person: Person,
    /// What was known when.
    pub history: History,
    /// What is owed today.
    pub owed: Vec<Owed>,
    /// What was ever owed, and why.
    pub assigned: Vec<Assigned>,
    /// What was done.
    pub done: Vec<Done>,
    /// What was tried, and signed.
    pub attempts: Vec<Attempt>,
    /// What was waived.
    pub waivers: Vec<Waiver>,
    /// What they could get into, the newest first.
    pub access: Vec<Grant>,
    /// The days, check by check.
    pub days: Vec<Days>,
    /// The newest entries of the ledger about them.
    pub entries: Vec<Line>,
    /// How many there are.
    pub entry_count: u64,
    /// The organisation's zone, in which instants are shown.
    pub zone: Zone,
}

/// Something owed, now or once.
pub struct Assigned {
    /// Which course.
    pub course: String,
    /// The rule that asks for it.
    pub rule: String,
    /// Whom the rule is for, as the rule's page says it.
    pub audience: String,
    /// `onboarding`, `annual`, …
    pub reason: String,
    /// What made it due: `start:2026-03-01`.
    pub basis: String,
    /// When.
    pub assigned_at: Moment,
    /// Last day in time.
    pub due_on: Option<Day>,
    /// When and why it ended.
    pub end: Option<(Moment, String)>,
}

/// A completion.
pub struct Done {
    /// Which course.
    pub course: String,
    /// Its title, when it was done here.
    pub title: Option<String>,
    /// Which edition.
    pub edition: Option<i64>,
    /// The day it was done.
    pub on: Day,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// Where it comes from.
    pub source: String,
    /// How good the evidence is.
    pub class: String,
    /// Whether it was passed.
    pub passed: bool,
    /// Percent.
    pub score: Option<f64>,
}

/// An attempt, with what was signed after it.
pub struct Attempt {
    /// Which course.
    pub course: String,
    /// Which edition.
    pub edition: Option<i64>,
    /// 1, 2, 3 …
    pub number: i64,
    /// When it began.
    pub started_at: Moment,
    /// When it was handed in, with marks and the most there are.
    pub submitted: Option<(Moment, i64, i64, bool)>,
    /// Since when it is passed by a regrading, and with which marks.
    pub regraded: Option<(Moment, i64, i64)>,
    /// The name typed and when it was signed.
    pub signed: Option<(String, Moment)>,
}

/// The days of one check.
pub struct Days {
    /// What it asks, in some words.
    pub title: String,
    /// The window.
    pub window: Window,
    /// The days.
    pub stretches: Vec<Stretch>,
    /// When something of the layer was completed.
    pub done: Vec<Day>,
}

/// An entry of the ledger.
pub struct Line {
    /// Its place, once it has one.
    pub seq: Option<i64>,
    /// Which act.
    pub act: String,
    /// Who did it.
    pub actor: String,
    /// When it happened.
    pub occurred_at: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
}

/// Reads it; `None` when there is no such person.
///
/// # Errors
/// A fault of the database.
pub fn story(
    reader: &mut Reader,
    id: &Id<PersonKind>,
    asked: (&[&'static Framework], Window),
) -> Result<Option<Story>> {
    let Some(person) = person::find(reader, id)? else {
        return Ok(None);
    };
    let (entries, entry_count) = entries(reader, id)?;
    Ok(Some(Story {
        history: person::history(reader, id)?,
        owed: ::assignments::assignment::owed(reader, id)?,
        assigned: assigned(reader, id)?,
        done: done(reader, id)?,
        attempts: attempts(reader, id)?,
        waivers: waiver::of_person(reader, id)?,
        access: grant::of_person(reader, id.as_str())?,
        days: days(reader, id, asked)?,
        entries,
        entry_count,
        zone: reader.zone()?,
        person,
    }))
}

fn assigned(reader: &mut Reader, id: &Id<PersonKind>) -> Result<Vec<Assigned>> {
    reader.rows(
        sql!(
            "select a.course_id, r.name, a.reason, a.basis, a.assigned_at, a.due_on, x.ended_at, x.reason, r.audience
             from assignment a
             join rule r on r.id = a.rule_id
             left join assignment_end x on x.assignment_id = a.id
             where a.person_id = $1
             order by a.assigned_at desc, a.id desc
             limit $2"
        ),
        &params![id, ROWS_MAX],
        |row| {
            let (ended, why): (Option<Moment>, Option<String>) = (row.get(6)?, row.get(7)?);
            Ok(Assigned {
                course: row.get(0)?,
                rule: row.get(1)?,
                reason: row.get(2)?,
                basis: row.get(3)?,
                assigned_at: row.get(4)?,
                due_on: row.get(5)?,
                end: ended.zip(why),
                audience: Audience::parse(row.str(8)?.unwrap_or_default())?.to_string(),
            })
        },
    )
}

fn done(reader: &mut Reader, id: &Id<PersonKind>) -> Result<Vec<Done>> {
    reader.rows(
        sql!(
            "select c.course_id, e.title, e.number, c.occurred_on, c.recorded_at, c.source, c.class, c.passed, c.score
             from completion c
             left join edition e on e.id = c.edition_id
             where c.person_id = $1
             order by c.occurred_at desc, c.id desc
             limit $2"
        ),
        &params![id, ROWS_MAX],
        |row| {
            Ok(Done {
                course: row.get(0)?,
                title: row.get(1)?,
                edition: row.get(2)?,
                on: row.get(3)?,
                recorded_at: row.get(4)?,
                source: row.get(5)?,
                class: row.get(6)?,
                passed: row.get::<i64>(7)? == 1,
                score: row.get(8)?,
            })
        },
    )
}

fn attempts(reader: &mut Reader, id: &Id<PersonKind>) -> Result<Vec<Attempt>> {
    reader.rows(
        sql!(
            "select e.course_id, e.number, a.number, a.started_at, s.submitted_at, s.marks, s.marks_max, s.passed,
                 t.name_typed, t.signed_at, r.regraded_at, r.marks, r.marks_max
             from attempt a
             left join edition e on e.id = a.edition_id
             left join submission s on s.attempt_id = a.id
             left join regrading r on r.attempt_id = a.id
             left join attestation t on t.attempt_id = a.id
             where a.person_id = $1
             order by a.started_at desc, a.id desc
             limit $2"
        ),
        &params![id, ROWS_MAX],
        |row| {
            let submitted = match row.get::<Option<Moment>>(4)? {
                Some(at) => Some((at, row.get(5)?, row.get(6)?, row.get::<i64>(7)? == 1)),
                None => None,
            };
            let (name, signed): (Option<String>, Option<Moment>) = (row.get(8)?, row.get(9)?);
            Ok(Attempt {
                course: row.get::<Option<String>>(0)?.unwrap_or_default(),
                edition: row.get(1)?,
                number: row.get(2)?,
                started_at: row.get(3)?,
                submitted,
                regraded: match row.get::<Option<Moment>>(10)? {
                    Some(at) => Some((at, row.get(11)?, row.get(12)?)),
                    None => None,
                },
                signed: name.zip(signed),
            })
        },
    )
}

fn entries(reader: &mut Reader, id: &Id<PersonKind>) -> Result<(Vec<Line>, u64)> {
    let subject = format!("person:{id}");
    let lines = reader.rows(
        sql!(
            "select seq, kind, actor, occurred_at, recorded_at
             from ledger_entry
             where subject = $1
             order by recorded_at desc, id desc
             limit $2"
        ),
        &params![subject.as_str(), ENTRIES_MAX],
        |row| {
            Ok(Line {
                seq: row.get(0)?,
                act: row.get(1)?,
                actor: row.get(2)?,
                occurred_at: row.get(3)?,
                recorded_at: row.get(4)?,
            })
        },
    )?;
    let count: Option<i64> = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from ledger_entry
             where subject = $1"
        ),
        &params![subject],
        |row| row.get(0),
    )?;
    Ok((lines, count.unwrap_or(0).unsigned_abs()))
}

/// The different questions about days, each with those who ask it: "ISO 27001 A.6.3".
fn questions(frameworks: &[&'static Framework]) -> Vec<(&'static Check, Vec<String>)> {
    let days = |check: &Check| {
        // How much is tolerated changes no day.
        let parameters = Parameters {
            tolerance: None,
            ..check.parameters.clone()
        };
        (check.predicate, parameters)
    };
    let mut asked: Vec<(&'static Check, Vec<String>)> = Vec::new();
    for framework in frameworks.iter().copied() {
        for requirement in &framework.requirements {
            for check in &requirement.checks {
                if !matches!(check.predicate, Predicate::P02 | Predicate::P03) {
                    continue;
                }
                let asker = format!("{} {}", short_name(framework), requirement.id);
                match asked.iter_mut().find(|(other, _)| days(other) == days(check)) {
                    Some((_, askers)) if askers.contains(&asker) => {}
                    Some((_, askers)) => askers.push(asker),
                    None => asked.push((check, vec![asker])),
                }
            }
        }
    }
    asked
}

/// The strips of the different questions about days that these frameworks ask.
fn days(
    reader: &mut Reader,
    id: &Id<PersonKind>,
    (frameworks, window): (&[&'static Framework], Window),
) -> Result<Vec<Days>> {
    let scope = Scope {
        window,
        known_at: Moment(i64::MAX),
        person: Some(id.to_string()),
    };
    let facts = load(reader, &scope)?;
    if facts.people.is_empty() {
        return Ok(Vec::new());
    }
    let life = facts.life(0);
    Ok(questions(frameworks)
        .into_iter()
        .filter_map(|(check, askers)| {
            let layer = check.parameters.layer.clone().unwrap_or_default();
            let stretches = strip(&facts, 0, check, window);
            let nothing = stretches.iter().all(|s| s.shade == crate::strip::Shade::NotHere);
            let courses: Vec<u16> = facts.rules_of(&layer).iter().map(|rule| rule.course).collect();
            let done = life
                .done
                .iter()
                .filter(|d| courses.contains(&d.course))
                .map(|d| d.day)
                .collect();
            let (first, valid) = (
                check.parameters.days.unwrap_or(0),
                check.parameters.max_days.unwrap_or(0),
            );
            let title = format!(
                "{layer}, {first} days to begin with and every {valid} days: {}",
                askers.join(", ")
            );
            (!nothing).then_some(Days {
                title,
                window,
                stretches,
                done,
            })
        })
        .collect())
}
