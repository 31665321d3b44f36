//! A person: an id that never changes, to which everything dated about them belongs.
//!
//! A source knows a person by its own key, and only by that: nobody is ever found by name, and an address is a way to look
//! somebody up, never proof that two records are one person.
//!
//! Not here: lists of people ([`crate::people`]) and how a source makes a person ([`crate::sync`]).

use db::{Id, Kind, Moment, Reader, Result, params, sql};

use crate::engagement::{self, Engagement};
use crate::leave::{self, Leave};
use crate::profile::{self, Facts, Profile};
use crate::source_record::{self, SourceRecord};

/// An address is shared by a mailbox's few readers; more would be a list, and lists are not people.
const SHARING_MAX: i64 = 100;

/// The id kind of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKind;

impl Kind for PersonKind {
    const PREFIX: &'static str = "per";
}

/// A person as known today.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Id<PersonKind>,
    pub created_at: Moment,
    /// The facts that hold today; of somebody who has not started, those that will.
    pub facts: Facts,
    /// What is believed now, in the order of start.
    pub engagements: Vec<Engagement>,
}

impl Person {
    /// The name to call the person by: the preferred or given name with the family name, else the address, else the source's key.
    pub fn name(&self) -> String {
        let key = self
            .engagements
            .last()
            .map_or("", |engagement| engagement.source_key.as_str());
        called(&self.facts, key)
    }
}

/// Everything recorded of a person, what is no longer believed included.
#[derive(Debug, Clone)]
pub struct History {
    pub engagements: Vec<Engagement>,
    pub profiles: Vec<Profile>,
    pub leaves: Vec<Leave>,
    /// What each source said.
    pub records: Vec<SourceRecord>,
}

/// What to call somebody, however little is known.
pub fn called(facts: &Facts, source_key: &str) -> String {
    let name = facts.display_name();
    if !name.is_empty() {
        return name;
    }
    facts.email.clone().unwrap_or_else(|| source_key.to_owned())
}

/// The person as known today.
pub fn find(reader: &mut Reader, id: &Id<PersonKind>) -> Result<Option<Person>> {
    let made = reader.one(
        sql!(
            "select created_at
             from person
             where id = $1"
        ),
        &params![id],
        |row| row.get::<Moment>(0),
    )?;
    let Some(created_at) = made else { return Ok(None) };
    let today = reader.today()?;
    let mut profiles = profile::of_person(reader, id)?;
    profiles.retain(|profile| profile.superseded_at.is_none());
    let current = profiles
        .iter()
        .rposition(|profile| profile.from_on <= today)
        .unwrap_or_default();
    let facts = profiles
        .get(current)
        .map(|profile| profile.facts.clone())
        .unwrap_or_default();
    let mut engagements = engagement::of_person(reader, id)?;
    engagements.retain(|engagement| engagement.superseded_at.is_none());
    Ok(Some(Person {
        id: id.clone(),
        created_at,
        facts,
        engagements,
    }))
}

/// The person a source knows by this key, whether or not they still work for us.
pub fn by_source_key(reader: &mut Reader, source: &str, key: &str) -> Result<Option<Id<PersonKind>>> {
    reader.one(
        sql!(
            "select person_id
             from source_record
             where source = $1
               and source_key = $2
             order by recorded_at desc, id desc
             limit 1"
        ),
        &params![source, key],
        |row| row.get(0),
    )
}

/// The people any source knows by this key.
pub fn by_key(reader: &mut Reader, key: &str) -> Result<Vec<Id<PersonKind>>> {
    reader.rows(
        sql!(
            "select distinct person_id
             from source_record
             where source_key = $1
             order by person_id
             limit $2"
        ),
        &params![key, SHARING_MAX],
        |row| row.get(0),
    )
}

/// The people whose address it is now. More than one when they share a mailbox.
pub fn by_email(reader: &mut Reader, email: &str) -> Result<Vec<Id<PersonKind>>> {
    let today = reader.today()?;
    reader.rows(
        sql!(
            "select p.person_id
             from profile_held p
             where p.email = $1
               and p.to_on > $2
             order by p.person_id
             limit $3"
        ),
        &params![crate::sources::cells::lowered(email), today, SHARING_MAX],
        |row| row.get(0),
    )
}

/// The people a reference on the command line can mean: an id, a source's key, or an address.
pub fn by_reference(reader: &mut Reader, reference: &str) -> Result<Vec<Id<PersonKind>>> {
    if let Ok(id) = reference.parse::<Id<PersonKind>>() {
        return Ok(find(reader, &id)?.map(|person| person.id).into_iter().collect());
    }
    let mut found = by_key(reader, reference)?;
    if found.is_empty() && reference.contains('@') {
        found = by_email(reader, reference)?;
    }
    Ok(found)
}

/// Everything recorded of a person with both its times.
pub fn history(reader: &mut Reader, person: &Id<PersonKind>) -> Result<History> {
    Ok(History {
        engagements: engagement::of_person(reader, person)?,
        profiles: profile::of_person(reader, person)?,
        leaves: leave::of_person(reader, person)?,
        records: source_record::of_person(reader, person)?,
    })
}
