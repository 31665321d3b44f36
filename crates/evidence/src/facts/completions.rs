//! Reads the completions that passed, and whether each is attested and assessed for its own edition.
//!
//! For everybody at once the proofs are read table by table and put together in memory: asking the database to join
//! them row by row takes several times as long. For one person it joins them.
//!
//! Not here: whether a signature is genuine.

use std::collections::HashMap;

use db::{Day, Reader, Result, Row, params, sql};

use super::{
    ASSESSED, ATTESTED, Done, Scope,
    load::{small, text},
    numbers::Numbers,
    takes::Takes,
};
use crate::tenure::{EVER, FAR};

/// Which edition an attestation or a passed attempt is of.
///
/// A completion is recorded together with its proofs, so the rows of the tables stand in nearly the same order, and
/// the next proof is looked for just after the last. The table of numbers is made only once that fails.
#[derive(Default)]
struct Proofs {
    rows: Vec<(Box<str>, u32)>,
    next: usize,
    places: Option<Numbers>,
}

/// How many rows further on a proof is looked for before all are numbered.
const NEAR: usize = 8;

/// No edition has this number.
const NO_EDITION: u32 = u32::MAX;

/// The completions of the people and courses that are known, in any order.
pub(super) fn read(
    reader: &mut Reader,
    scope: &Scope,
    (people, courses, takes): (&Numbers, &Numbers, &Takes),
) -> Result<Vec<(u32, Done)>> {
    match &scope.person {
        None => of_everybody(reader, scope, (people, courses, takes)),
        Some(person) => of_one(reader, scope, person, (people, courses, takes)),
    }
}

impl Proofs {
    fn is_of(&mut self, id: Option<&str>, edition: Option<u32>) -> bool {
        let place = id.and_then(|id| self.place(id));
        place
            .and_then(|place| self.rows.get(place))
            .is_some_and(|(_, of)| Some(*of) == edition)
    }

    fn place(&mut self, id: &str) -> Option<usize> {
        let near = self
            .rows
            .iter()
            .enumerate()
            .skip(self.next)
            .take(NEAR)
            .find(|(_, (row, _))| **row == *id);
        let found = match near {
            Some((place, _)) => Some(place),
            None => {
                let rows = &self.rows;
                let places = self.places.get_or_insert_with(|| {
                    let mut places = Numbers::default();
                    rows.iter().for_each(|(row, _)| {
                        places.of(row);
                    });
                    places
                });
                places.known(id).map(|number| number as usize)
            }
        };
        self.next = found.map_or(self.next, |place| place + 1);
        found
    }
}

fn of_everybody(
    reader: &mut Reader,
    scope: &Scope,
    (people, courses, takes): (&Numbers, &Numbers, &Takes),
) -> Result<Vec<(u32, Done)>> {
    let mut editions = Numbers::default();
    let mut attested = attestations(reader, &mut editions)?;
    let mut assessed = passed_attempts(reader, &mut editions)?;
    let accepted = acceptances(reader, scope)?;
    let mut rows = Vec::new();
    reader.each(
        sql!(
            "select person_id, course_id, occurred_on, edition_id, attempt_id, attestation_id,
                    case when source like 'accepted:%' then source end
             from completion
             where passed = 1
             and occurred_on < $1
             and recorded_at <= $2"
        ),
        &params![scope.window.to, scope.known_at],
        |row| {
            let (person, course) = (people.known(text(row, 0)?), courses.known(text(row, 1)?));
            if let (Some(person), Some(course)) = (person, course) {
                let edition = row.str(3)?.and_then(|edition| editions.known(edition));
                let mut proof = 0;
                if assessed.is_of(row.str(4)?, edition) {
                    proof |= ASSESSED;
                }
                if attested.is_of(row.str(5)?, edition) {
                    proof |= ATTESTED;
                }
                let done = Done {
                    course: small(course, "courses")?,
                    day: row.get(2)?,
                    proof,
                    until: until(&accepted, row.str(6)?),
                };
                takes.also(&done, text(row, 1)?, row.str(3)?, |done| {
                    rows.push((person, done))
                });
                rows.push((person, done));
            }
            Ok(())
        },
    )?;
    Ok(rows)
}

/// The first day on which each acceptance no longer counts, as it was known, by the source of its completions.
fn acceptances(reader: &mut Reader, scope: &Scope) -> Result<HashMap<String, Day>> {
    let mut found = HashMap::new();
    reader.each(
        sql!(
            "select a.id, a.covers_to, e.ended_on
             from acceptance as a
             left join acceptance_end as e on e.acceptance_id = a.id and e.ended_at <= $1"
        ),
        &params![scope.known_at],
        |row| {
            let (last, ended_on): (Day, Option<Day>) = (row.get(1)?, row.get(2)?);
            let until = ended_on.map_or(last + 1, |ended| ended.min(last + 1));
            found.insert(format!("accepted:{}", text(row, 0)?), until);
            Ok(())
        },
    )?;
    Ok(found)
}

/// An acceptance that is not known never counts.
fn until(accepted: &HashMap<String, Day>, source: Option<&str>) -> Day {
    source.map_or(FAR, |source| accepted.get(source).copied().unwrap_or(EVER))
}

fn attestations(reader: &mut Reader, editions: &mut Numbers) -> Result<Proofs> {
    let mut found = Proofs::default();
    reader.each(
        sql!(
            "select id, edition_id
             from attestation"
        ),
        &[],
        |row| {
            found
                .rows
                .push((text(row, 0)?.into(), editions.of(text(row, 1)?)));
            Ok(())
        },
    )?;
    Ok(found)
}

fn passed_attempts(reader: &mut Reader, editions: &mut Numbers) -> Result<Proofs> {
    let mut found = Proofs::default();
    reader.each(
        sql!(
            "select attempt_id
             from submission
             where passed = 1
             union all
             select attempt_id
             from regrading
             where passed = 1"
        ),
        &[],
        |row| {
            found.rows.push((text(row, 0)?.into(), NO_EDITION));
            Ok(())
        },
    )?;
    reader.each(
        sql!(
            "select id, edition_id
             from attempt"
        ),
        &[],
        |row| {
            if let Some(place) = found.place(text(row, 0)?) {
                found.rows[place].1 = editions.of(text(row, 1)?);
            }
            Ok(())
        },
    )?;
    found.next = 0;
    Ok(found)
}

fn of_one(
    reader: &mut Reader,
    scope: &Scope,
    person: &str,
    (people, courses, takes): (&Numbers, &Numbers, &Takes),
) -> Result<Vec<(u32, Done)>> {
    let accepted = acceptances(reader, scope)?;
    let mut rows = Vec::new();
    let visit = |row: &Row| {
        let (person, course) = (people.known(text(row, 0)?), courses.known(text(row, 1)?));
        if let (Some(person), Some(course)) = (person, course) {
            let attested = if row.get(3)? { ATTESTED } else { 0 };
            let assessed = if row.get(4)? { ASSESSED } else { 0 };
            let done = Done {
                course: small(course, "courses")?,
                day: row.get(2)?,
                proof: attested | assessed,
                until: until(&accepted, row.str(5)?),
            };
            takes.also(&done, text(row, 1)?, row.str(6)?, |done| {
                rows.push((person, done))
            });
            rows.push((person, done));
        }
        Ok(())
    };
    reader.each(
        sql!(
            "select c.person_id, c.course_id, c.occurred_on,
                cast(case when t.id is null then 0 else 1 end as bigint),
                cast(case when s.attempt_id is null and r.attempt_id is null then 0 else 1 end as bigint),
                case when c.source like 'accepted:%' then c.source end, c.edition_id
             from completion c
             left join attestation t on t.id = c.attestation_id and t.edition_id = c.edition_id
             left join attempt a on a.id = c.attempt_id and a.edition_id = c.edition_id
             left join submission s on s.attempt_id = a.id and s.passed = 1
             left join regrading r on r.attempt_id = a.id and r.passed = 1
             where c.passed = 1
             and c.occurred_on < $1
             and c.recorded_at <= $2
             and c.person_id = $3"
        ),
        &params![scope.window.to, scope.known_at, person],
        visit,
    )?;
    Ok(rows)
}
