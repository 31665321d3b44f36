//! What holds when several sources speak of one person: for each attribute, the word of the source that is believed first.
//!
//! A source in which the person still works, or which only lists accounts, comes before one in which they have ended; then the
//! smaller rank for the attribute; then the name of the source, so that the answer is always the same. A source that says nothing
//! of an attribute leaves it to the next. Tags are everybody's: a person has those of all sources that still speak.
//!
//! Pure, but for writing down what follows when a rank changes.

use std::collections::{BTreeSet, HashMap};

use db::{Day, Id, Reader, Result, Tx, Value, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

use crate::person::PersonKind;
use crate::profile::{self, Access, Facts, ProfileRow};
use crate::source_setting::{Ranks, SourceKind};

/// As many sources as there can be.
const SOURCES_MAX: i64 = 500;
/// The sources that speak of one person.
const VOICES_MAX: i64 = 100;
/// People looked at between two statements.
const CHUNK: usize = 1_000;

/// The settings of every source.
#[derive(Debug, Clone, Default)]
pub struct Precedence {
    ranks: HashMap<String, Ranks>,
}

/// What one source says of a person.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    pub source: &'a str,
    /// The person works here according to it, or it says nothing about that.
    pub lasts: bool,
    pub facts: &'a Facts,
}

impl Precedence {
    pub fn load(reader: &mut Reader) -> Result<Precedence> {
        let names = reader.rows(
            sql!("select name from source order by name limit $1"),
            &params![SOURCES_MAX],
            |row| row.get::<String>(0),
        )?;
        let mut ranks = HashMap::new();
        for name in names {
            let setting = crate::source_setting::of(reader, &name)?;
            ranks.insert(name, setting.ranks);
        }
        Ok(Precedence { ranks })
    }

    /// What holds.
    pub fn joined(&self, voices: &[Voice<'_>]) -> Facts {
        if let [only] = voices {
            return only.facts.clone();
        }
        let usual = Ranks::usual(SourceKind::default());
        let order = |attribute: &str| {
            let mut order: Vec<&Voice<'_>> = voices.iter().collect();
            order.sort_by_key(|voice| {
                let ranks = self.ranks.get(voice.source).unwrap_or(&usual);
                (!voice.lasts, ranks.of(attribute), voice.source)
            });
            order
        };
        let first = |attribute: &str, of: fn(&Facts) -> Option<&String>| {
            order(attribute)
                .into_iter()
                .find_map(|voice| of(voice.facts))
                .cloned()
        };
        let some = |text: &'_ String| !text.is_empty();
        // Two halves of a name come from one source, or a person would be called by two.
        let names = order("family_name")
            .into_iter()
            .find(|voice| some(&voice.facts.family_name) || some(&voice.facts.given_name))
            .map(|voice| (voice.facts.given_name.clone(), voice.facts.family_name.clone()));
        let (given_name, family_name) = names.unwrap_or_default();
        let access = order("logical_access")
            .into_iter()
            .map(|voice| voice.facts.access)
            .find(|access| *access != Access::Unknown);
        Facts {
            email: first("email", |facts| facts.email.as_ref()),
            given_name,
            family_name,
            preferred_name: first("preferred_name", |facts| facts.preferred_name.as_ref()),
            manager_key: first("manager", |facts| facts.manager_key.as_ref()),
            department: first("department", |facts| facts.department.as_ref()),
            division: first("division", |facts| facts.division.as_ref()),
            cost_center: first("cost_center", |facts| facts.cost_center.as_ref()),
            job_title: first("job_title", |facts| facts.job_title.as_ref()),
            location: first("location", |facts| facts.location.as_ref()),
            country: first("country", |facts| facts.country.as_ref()),
            language: first("language", |facts| facts.language.as_ref()),
            access: access.unwrap_or_default(),
            tags: all_tags(voices),
        }
    }
}

/// Whether anybody still speaks decides whether those who have stopped are heard.
fn all_tags(voices: &[Voice<'_>]) -> String {
    let anybody = voices.iter().any(|voice| voice.lasts);
    let tags: BTreeSet<&str> = voices
        .iter()
        .filter(|voice| voice.lasts || !anybody)
        .flat_map(|voice| voice.facts.tags.split_whitespace())
        .collect();
    profile::tags(&tags.into_iter().collect::<Vec<_>>().join(" "))
}

/// What a source says of a person, as it is kept beside the others.
#[derive(Debug, Clone)]
pub struct Said {
    pub source: String,
    pub record: String,
    /// As [`Voice::lasts`].
    pub lasts: bool,
    /// The person works here according to it, now or later.
    pub works_here: bool,
    pub facts: Facts,
}

/// What every source says of the person now.
pub fn said_of(reader: &mut Reader, person: &Id<PersonKind>, today: Day) -> Result<Vec<Said>> {
    reader.rows(
        sql!(
            "select r.id, r.person_id, r.source, r.email, r.given_name, r.family_name, r.preferred_name, r.manager_key,
                    r.department, r.division, r.cost_center, r.job_title, r.location, r.country, r.language, r.access, r.tags,
                    (select cast(max(case when e.end_on is null or e.end_on >= $2 then 2 else 1 end) as bigint)
                     from engagement e
                     where e.person_id = r.person_id
                       and e.source = r.source
                       and e.source_key = r.source_key
                       and e.superseded_at is null)
             from source_record r
             where r.person_id = $1
               and r.superseded_at is null
             order by r.source || '', r.source_key
             limit $3"
        ),
        // In an order that no index gives: a planner that has not counted the table yet would walk through every person's.
        &params![person, today, VOICES_MAX],
        |row| {
            let stays = row.get::<Option<i64>>(17)?;
            Ok(Said {
                record: row.get(0)?,
                source: row.get(2)?,
                facts: profile::read_facts(row)?,
                lasts: stays != Some(1),
                works_here: stays == Some(2),
            })
        },
    )
}

/// Writes down what follows for the people of a source whose ranks have changed, from today.
pub(crate) fn rejoin_source(tx: &mut Tx, source: &str) -> Result<()> {
    let mut people: Vec<Id<PersonKind>> = Vec::new();
    tx.each(
        sql!(
            "select distinct r.person_id
             from source_record r
             where r.source = $1
               and r.superseded_at is null
               and exists (
                   select 1
                   from source_record other
                   where other.person_id = r.person_id
                     and other.superseded_at is null
                     and other.id <> r.id)"
        ),
        &params![source],
        |row| {
            people.push(row.get(0)?);
            Ok(())
        },
    )?;
    for people in people.chunks(CHUNK) {
        rejoin(tx, people)?;
    }
    Ok(())
}

/// Writes down what follows from what the sources say of these people, where it differs from what is believed, from today.
pub(crate) fn rejoin(tx: &mut Tx, people: &[Id<PersonKind>]) -> Result<()> {
    let precedence = Precedence::load(tx)?;
    let today = tx.today()?;
    for person in people {
        let said = said_of(tx, person, today)?;
        let voices: Vec<Voice<'_>> = said
            .iter()
            .map(|said| Voice {
                source: &said.source,
                lasts: said.lasts,
                facts: &said.facts,
            })
            .collect();
        if voices.is_empty() {
            continue;
        }
        let facts = precedence.joined(&voices);
        let mut profiles = profile::of_person(tx, person)?;
        profiles.retain(|profile| profile.superseded_at.is_none());
        let Some(last) = profiles.last().filter(|last| last.facts != facts) else {
            continue;
        };
        let columns = last.facts.differing(&facts);
        // What was to hold from today or later never held: it is corrected, not followed.
        let from_on = last.from_on.max(today);
        let now = tx.now();
        if last.from_on >= today {
            tx.execute(
                sql!("update profile set superseded_at = $1 where id = $2"),
                &params![now, &last.id],
            )?;
        }
        insert_profile(tx, person, from_on, &facts)?;
        let moves = columns.iter().any(|column| profile::MOVING.contains(column));
        let act = if moves {
            Act::PersonMoved
        } else {
            Act::PersonChanged
        };
        let entry = Entry::about(act, format!("person:{person}")).class(Class::C);
        ledger::record(tx, entry.payload(json!({ "columns": columns })))?;
    }
    Ok(())
}

fn insert_profile(tx: &mut Tx, person: &Id<PersonKind>, from_on: Day, facts: &Facts) -> Result<()> {
    let id = tx.new_id::<ProfileRow>();
    let now = tx.now();
    let mut row: Vec<Value> = params![id, person, from_on].to_vec();
    row.extend(profile::values(facts));
    row.push(now.into());
    row.push(Value::from(None::<String>));
    tx.execute(profile::INSERT, &row)?;
    Ok(())
}
