//! Reads what decides what people owe: their engagements, profiles, leaves, access, completions, and what is open now.
//!
//! People are read by a range of ids, ends included, so that one statement serves one person and two thousand.
//! Only what is believed now is read; a completion of a day to come is not known yet.
//!
//! Not here: what follows from it ([`crate::reconcile`]); nothing here writes.

use std::collections::BTreeMap;

use db::{Day, Id, Reader, Result, Row, Value, params, sql};

use crate::assignment::AssignmentKind;
use crate::due::Basis;
use crate::equivalence::Counted;
use crate::rule::RuleKind;
use crate::spell::{Away, Done, Engaged, Facts, Granted, Known};

/// An assignment that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub assignment: Id<AssignmentKind>,
    pub rule: Id<RuleKind>,
    pub course_id: String,
    pub basis: Basis,
    pub due_on: Option<Day>,
}

/// What decides what one person owes, and what they owe now.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub facts: Facts,
    pub open: Vec<Open>,
}

/// The people of a range of ids, by id.
pub type People = BTreeMap<String, Standing>;

/// Reads everybody whose id is from `first` to `last`; `today` is the last day whose completions are known.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn read(reader: &mut Reader, first: &str, last: &str, today: Day) -> Result<People> {
    let mut people = People::new();
    let range = params![first, last];
    reader.each(
        sql!("select id from person where id >= $1 and id <= $2"),
        &range,
        |row| {
            people.insert(row.get(0)?, Standing::default());
            Ok(())
        },
    )?;
    engagements(reader, &range, &mut people)?;
    profiles(reader, &range, &mut people)?;
    leaves(reader, &range, &mut people)?;
    grants(reader, &range, &mut people)?;
    let counted = Counted::read(reader)?;
    completions(reader, (&params![first, last, today], &counted), &mut people)?;
    open(reader, &range, &mut people)?;
    for standing in people.values_mut() {
        standing
            .facts
            .done
            .sort_by(|a, b| (a.on, &a.completion_id).cmp(&(b.on, &b.completion_id)));
    }
    Ok(people)
}

/// The bases that have been used for somebody in the range, by person and rule, as the table spells them.
///
/// # Errors
/// A fault of the engine.
pub fn used(reader: &mut Reader, first: &str, last: &str) -> Result<Vec<(String, String, String)>> {
    let mut used = Vec::new();
    reader.each(
        sql!(
            "select person_id, rule_id, basis
             from assignment
             where person_id >= $1
               and person_id <= $2"
        ),
        &params![first, last],
        |row| {
            used.push((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok(())
        },
    )?;
    Ok(used)
}

fn engagements(reader: &mut Reader, range: &[Value], people: &mut People) -> Result<()> {
    reader.each(
        sql!(
            "select person_id, kind, start_on, end_on
             from engagement
             where person_id >= $1
               and person_id <= $2
               and superseded_at is null"
        ),
        range,
        |row| {
            if let Some(standing) = whose(row, people)? {
                let engaged = Engaged {
                    kind: row.get(1)?,
                    start_on: row.get(2)?,
                    end_on: row.get(3)?,
                };
                standing.facts.engagements.push(engaged);
            }
            Ok(())
        },
    )
}

fn profiles(reader: &mut Reader, range: &[Value], people: &mut People) -> Result<()> {
    reader.each(
        sql!(
            "select person_id, from_on, department, division, job_title, location, country, access, tags
             from profile
             where person_id >= $1
               and person_id <= $2
               and superseded_at is null"
        ),
        range,
        |row| {
            if let Some(standing) = whose(row, people)? {
                standing.facts.profiles.push(Known {
                    from_on: row.get(1)?,
                    department: row.get(2)?,
                    division: row.get(3)?,
                    job_title: row.get(4)?,
                    location: row.get(5)?,
                    country: row.get(6)?,
                    access: row.get(7)?,
                    tags: row.get(8)?,
                });
            }
            Ok(())
        },
    )
}

fn leaves(reader: &mut Reader, range: &[Value], people: &mut People) -> Result<()> {
    reader.each(
        sql!(
            "select person_id, from_on, until_on
             from leave
             where person_id >= $1
               and person_id <= $2
               and superseded_at is null"
        ),
        range,
        |row| {
            if let Some(standing) = whose(row, people)? {
                standing.facts.leaves.push(Away {
                    from_on: row.get(1)?,
                    until_on: row.get(2)?,
                });
            }
            Ok(())
        },
    )
}

fn grants(reader: &mut Reader, range: &[Value], people: &mut People) -> Result<()> {
    reader.each(
        sql!(
            "select person_id, system, privileged, from_on, until_on
             from access_grant
             where person_id >= $1
               and person_id <= $2
               and superseded_at is null"
        ),
        range,
        |row| {
            if let Some(standing) = whose(row, people)? {
                standing.facts.grants.push(Granted {
                    system: row.get(1)?,
                    privileged: row.get::<i64>(2)? == 1,
                    from_on: row.get(3)?,
                    until_on: row.get(4)?,
                });
            }
            Ok(())
        },
    )
}

fn completions(
    reader: &mut Reader,
    (range_and_day, counted): (&[Value], &Counted),
    people: &mut People,
) -> Result<()> {
    reader.each(
        sql!(
            "select c.person_id, c.course_id, c.occurred_on, c.id, a.covers_to, e.ended_on, c.edition_id
             from completion as c
             left join acceptance as a on a.id = substr(c.source, 10) and c.source like 'accepted:%'
             left join acceptance_end as e on e.acceptance_id = a.id
             where c.person_id >= $1
               and c.person_id <= $2
               and c.occurred_on <= $3
               and c.passed = 1"
        ),
        range_and_day,
        |row| {
            if let Some(standing) = whose(row, people)? {
                let (covers_to, ended_on): (Option<Day>, Option<Day>) = (row.get(4)?, row.get(5)?);
                let done = Done {
                    course_id: row.get(1)?,
                    on: row.get(2)?,
                    completion_id: row.get(3)?,
                    until: covers_to.map(|last| ended_on.map_or(last + 1, |ended| ended.min(last + 1))),
                };
                for course_id in counted.also(&done.course_id, row.str(6)?, done.on) {
                    standing.facts.done.push(Done {
                        course_id,
                        ..done.clone()
                    });
                }
                standing.facts.done.push(done);
            }
            Ok(())
        },
    )
}

fn open(reader: &mut Reader, range: &[Value], people: &mut People) -> Result<()> {
    reader.each(
        sql!(
            "select person_id, assignment_id, rule_id, course_id, basis, due_on
             from assignment_open
             where person_id >= $1
               and person_id <= $2"
        ),
        range,
        |row| {
            if let Some(standing) = whose(row, people)? {
                standing.open.push(Open {
                    assignment: row.get(1)?,
                    rule: row.get(2)?,
                    course_id: row.get(3)?,
                    basis: row.str(4)?.unwrap_or_default().parse()?,
                    due_on: row.get(5)?,
                });
            }
            Ok(())
        },
    )
}

fn whose<'a>(row: &Row, people: &'a mut People) -> Result<Option<&'a mut Standing>> {
    Ok(row.str(0)?.and_then(|person| people.get_mut(person)))
}
