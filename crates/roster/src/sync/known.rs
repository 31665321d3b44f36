//! The roster as it is, in the shape a plan is made from: a span of one source's people in the order of the source's key.
//!
//! A plan walks through the spans one after another, so that what is held in memory does not grow with the roster. What only a
//! change needs, the profiles and what other sources say, is read for those who change and for nobody else.

use db::{Day, Id, Reader, Result, Row, params, sql};
use sha2::{Digest, Sha256};

use crate::engagement::{EngagementRow, stored_kind};
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::precedence::{self, Said};
use crate::profile::{self, Facts, ProfileRow};
use crate::source_record::RecordRow;
use crate::sync::stay::Terms;

/// A lifetime of short contracts, or of changed profiles.
const ROWS_MAX: i64 = 1_000;

/// What is believed of one person whom the source speaks of, or spoke of.
#[derive(Debug, Clone)]
pub struct Known {
    pub source_key: String,
    pub person: Id<PersonKind>,
    /// What this source says now; `None` when it has stopped, or has yet to begin.
    pub record: Option<KnownRecord>,
    /// This source's, in the order of start. None when every engagement was withdrawn.
    pub engagements: Vec<KnownEngagement>,
    /// This source's, in the order of day.
    pub leaves: Vec<KnownLeave>,
    /// Read for those who change.
    pub around: Option<Around>,
}

#[derive(Debug, Clone)]
pub struct KnownRecord {
    pub id: Id<RecordRow>,
    pub employee_number: Option<String>,
    pub facts: Facts,
}

#[derive(Debug, Clone)]
pub struct KnownEngagement {
    pub id: Id<EngagementRow>,
    pub terms: Terms,
}

#[derive(Debug, Clone)]
pub struct KnownProfile {
    pub id: Id<ProfileRow>,
    pub from_on: Day,
    pub facts: Facts,
}

#[derive(Debug, Clone)]
pub struct KnownLeave {
    pub id: Id<LeaveRow>,
    pub from_on: Day,
    pub until_on: Option<Day>,
}

/// What is believed of a person beyond this source.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The first and the last, or the only one.
    pub profiles: Vec<KnownProfile>,
    /// What other records say, those of this source under another key included.
    pub others: Vec<Said>,
    /// Works here according to another record.
    pub here_otherwise: bool,
}

impl Known {
    /// Somebody the source has never spoken of.
    pub fn found(source_key: &str, person: Id<PersonKind>) -> Known {
        Known {
            source_key: source_key.to_owned(),
            person,
            record: None,
            engagements: Vec::new(),
            leaves: Vec::new(),
            around: None,
        }
    }

    pub fn lasts_to(&self, day: Day) -> bool {
        self.engagements
            .iter()
            .any(|engagement| engagement.terms.lasts_to(day))
    }

    pub fn holds_on(&self, day: Day) -> bool {
        self.engagements
            .iter()
            .any(|engagement| engagement.terms.lasts_to(day) && engagement.terms.start_on <= day)
    }

    pub fn facts(&self) -> Option<&Facts> {
        self.record.as_ref().map(|record| &record.facts)
    }

    /// Rows never change, so their ids stand for what they say.
    pub(crate) fn feed(&self, digest: &mut Sha256) {
        let mut text = |text: &str| {
            digest.update(text.as_bytes());
            digest.update([0]);
        };
        text(&self.source_key);
        text(self.person.as_str());
        self.record.iter().for_each(|record| text(record.id.as_str()));
        self.engagements
            .iter()
            .for_each(|engagement| text(engagement.id.as_str()));
        self.leaves.iter().for_each(|leave| text(leave.id.as_str()));
        if let Some(around) = &self.around {
            around
                .profiles
                .iter()
                .for_each(|profile| text(profile.id.as_str()));
            around.others.iter().for_each(|said| text(&said.record));
        }
    }
}

/// The source's people whose keys lie in a span.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    pub source: &'a str,
    /// The first key, itself included.
    pub from: &'a str,
    /// The first key that no longer belongs; `None` when the span has no end.
    pub to: Option<&'a str>,
}

/// Longer than any key, and after every one that begins with less.
const LAST: &str = "\u{10FFFF}\u{10FFFF}\u{10FFFF}";

/// Everybody of a span, in the order of the source's key.
pub fn load(reader: &mut Reader, span: Span<'_>) -> Result<Vec<Known>> {
    let mut people = records(reader, span)?;
    engagements(reader, span, &mut people)?;
    leaves(reader, span, &mut people)?;
    Ok(people)
}

/// One person, with what is around them.
pub fn one(reader: &mut Reader, source: &str, source_key: &str, today: Day) -> Result<Option<Known>> {
    let mut known = records_of(reader, source, source_key)?.pop();
    if let Some(known) = &mut known {
        engagements_of(reader, (source, source_key), std::slice::from_mut(known))?;
        leaves_of(reader, (source, source_key), std::slice::from_mut(known))?;
        look_around(reader, known, today)?;
    }
    Ok(known)
}

/// Asks what [`one`] begins with, for [`Reader::ahead`], and says who it is.
pub fn ask_one(reader: &mut Reader, source: &str, source_key: &str) -> Result<Option<Id<PersonKind>>> {
    let known = records_of(reader, source, source_key)?.pop();
    engagements_of(reader, (source, source_key), &mut [])?;
    leaves_of(reader, (source, source_key), &mut [])?;
    Ok(known.map(|known| known.person))
}

/// Asks what [`look_around`] reads, for [`Reader::ahead`].
pub fn ask_around(reader: &mut Reader, person: &Id<PersonKind>, today: Day) -> Result<()> {
    profiles(reader, person)?;
    precedence::said_of(reader, person, today).map(|_| ())
}

/// Superseded records too, the newest of each key: a key stays its person's when the source has stopped speaking of them.
fn records(reader: &mut Reader, span: Span<'_>) -> Result<Vec<Known>> {
    let mut people: Vec<Known> = Vec::new();
    reader.each(
        sql!(
            "select id, person_id, source_key, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags,
                    employee_number, superseded_at
             from source_record
             where source = $1
               and source_key >= $2
               and source_key < $3
             order by source_key, recorded_at, id"
        ),
        &params![span.source, span.from, span.to.unwrap_or(LAST)],
        |row| keep_record(&mut people, row),
    )?;
    Ok(people)
}

/// [`records`] of one key. PostgreSQL makes one plan of it for all keys; for a span it would make another each time.
fn records_of(reader: &mut Reader, source: &str, source_key: &str) -> Result<Vec<Known>> {
    let mut people: Vec<Known> = Vec::new();
    reader.each(
        sql!(
            "select id, person_id, source_key, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags,
                    employee_number, superseded_at
             from source_record
             where source = $1
               and source_key = $2
             order by recorded_at, id"
        ),
        &params![source, source_key],
        |row| keep_record(&mut people, row),
    )?;
    Ok(people)
}

fn keep_record(people: &mut Vec<Known>, row: &Row) -> Result<()> {
    let key = row.str(2)?.unwrap_or_default();
    let is_current = row.get::<Option<i64>>(18)?.is_none();
    if people.last().is_none_or(|last| last.source_key != key) {
        people.push(Known::found(key, row.get(1)?));
    }
    if let Some(last) = people.last_mut() {
        last.person = row.get(1)?;
        if is_current {
            last.record = Some(KnownRecord {
                id: row.get(0)?,
                employee_number: row.get(17)?,
                facts: profile::read_facts(row)?,
            });
        }
    }
    Ok(())
}

fn engagements(reader: &mut Reader, span: Span<'_>, people: &mut [Known]) -> Result<()> {
    let mut at = 0;
    reader.each(
        sql!(
            "select id, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, continues
             from engagement
             where source = $1
               and source_key >= $2
               and source_key < $3
               and superseded_at is null
             order by source_key, start_on, id"
        ),
        &params![span.source, span.from, span.to.unwrap_or(LAST)],
        |row| keep_engagement(people, &mut at, row),
    )
}

/// [`engagements`] of one key.
fn engagements_of(
    reader: &mut Reader,
    (source, source_key): (&str, &str),
    people: &mut [Known],
) -> Result<()> {
    let mut at = 0;
    reader.each(
        sql!(
            "select id, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, continues
             from engagement
             where source = $1
               and source_key = $2
               and superseded_at is null
             order by start_on, id"
        ),
        &params![source, source_key],
        |row| keep_engagement(people, &mut at, row),
    )
}

/// People and engagements come in the order of the key; `at` is the person of the last one.
fn keep_engagement(people: &mut [Known], at: &mut usize, row: &Row) -> Result<()> {
    let key = row.str(1)?.unwrap_or_default();
    while people
        .get(*at)
        .is_some_and(|known| known.source_key.as_str() < key)
    {
        *at += 1;
    }
    if let Some(known) = people.get_mut(*at).filter(|known| known.source_key == key) {
        // Nearly everybody has one, and a list that grows by itself begins with room for four.
        known.engagements.reserve_exact(1);
        known.engagements.push(KnownEngagement {
            id: row.get(0)?,
            terms: read_terms(row)?,
        });
    }
    Ok(())
}

fn leaves(reader: &mut Reader, span: Span<'_>, people: &mut [Known]) -> Result<()> {
    reader.each(
        sql!(
            "select id, from_on, until_on, source_key
             from leave
             where source = $1
               and source_key >= $2
               and source_key < $3
               and superseded_at is null
             order by source_key, from_on, id"
        ),
        &params![span.source, span.from, span.to.unwrap_or(LAST)],
        |row| keep_leave(people, row),
    )
}

/// [`leaves`] of one key.
fn leaves_of(reader: &mut Reader, (source, source_key): (&str, &str), people: &mut [Known]) -> Result<()> {
    reader.each(
        sql!(
            "select id, from_on, until_on, source_key
             from leave
             where source = $1
               and source_key = $2
               and superseded_at is null
             order by from_on, id"
        ),
        &params![source, source_key],
        |row| keep_leave(people, row),
    )
}

fn keep_leave(people: &mut [Known], row: &Row) -> Result<()> {
    let key = row.str(3)?.unwrap_or_default();
    if let Ok(at) = people.binary_search_by(|known| known.source_key.as_str().cmp(key)) {
        people[at].leaves.push(KnownLeave {
            id: row.get(0)?,
            from_on: row.get(1)?,
            until_on: row.get(2)?,
        });
    }
    Ok(())
}

/// Reads what only a change needs.
pub fn look_around(reader: &mut Reader, known: &mut Known, today: Day) -> Result<()> {
    reader.ahead(|reader| ask_around(reader, &known.person, today))?;
    let mut around = Around::default();
    let profiles = profiles(reader, &known.person)?;
    let count = profiles.len();
    around.profiles = profiles
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || at + 1 == count)
        .map(|(_, profile)| profile)
        .collect();
    around.others = precedence::said_of(reader, &known.person, today)?;
    if let Some(record) = &known.record {
        around.others.retain(|said| said.record != record.id.as_str());
    }
    around.here_otherwise = around.others.iter().any(|said| said.works_here);
    known.around = Some(around);
    Ok(())
}

fn profiles(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<KnownProfile>> {
    reader.rows(
        sql!(
            "select id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags
             from profile
             where person_id = $1
               and superseded_at is null
             order by from_on
             limit $2"
        ),
        &params![person, ROWS_MAX],
        |row| {
            Ok(KnownProfile {
                id: row.get(0)?,
                from_on: row.get(2)?,
                facts: profile::read_facts(row)?,
            })
        },
    )
}

fn read_terms(row: &Row) -> Result<Terms> {
    Ok(Terms {
        kind: stored_kind(row.str(2)?.unwrap_or_default())?,
        start_on: row.get(3)?,
        end_on: row.get(4)?,
        employer: row.get(5)?,
        sponsor_email: row.get(6)?,
        end_inferred: row.get(7)?,
        continues: row.get(8)?,
    })
}
