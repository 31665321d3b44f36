//! The roster as it is, in the shape a plan is made from: one source's people by the source's key.
//!
//! Loaded with four streaming statements, whatever the number of people; of each person's profiles only the first and the last
//! are kept, which is all a plan can touch.

use std::collections::{BTreeMap, HashMap, HashSet};

use db::{Day, Id, Reader, Result, Row, params, sql};
use sha2::{Digest, Sha256};

use crate::engagement::{EngagementRow, stored_kind};
use crate::leave::{Leave, LeaveRow};
use crate::person::PersonKind;
use crate::profile::{Facts, Profile, ProfileRow};
use crate::sync::stay::Terms;
use crate::{leave, profile};

/// One source's view of the roster.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    pub source: String,
    /// The rows of the last file that was applied; `None` before the first.
    pub last_rows: Option<u64>,
    pub people: BTreeMap<String, Known>,
    /// Addresses of people other sources know.
    pub elsewhere: HashSet<String>,
}

/// What is believed of one person.
#[derive(Debug, Clone)]
pub struct Known {
    pub person: Id<PersonKind>,
    /// In the order of start. None when every engagement was withdrawn.
    pub engagements: Vec<KnownEngagement>,
    /// The first and the last, or the only one.
    pub profiles: Vec<KnownProfile>,
    /// In the order of day.
    pub leaves: Vec<KnownLeave>,
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

impl Known {
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
        self.profiles.last().map(|profile| &profile.facts)
    }

    /// Rows never change, so their ids stand for what they say.
    pub(crate) fn feed(&self, key: &str, digest: &mut Sha256) {
        let mut text = |text: &str| {
            digest.update(text.as_bytes());
            digest.update([0]);
        };
        text(key);
        text(self.person.as_str());
        self.engagements
            .iter()
            .for_each(|engagement| text(engagement.id.as_str()));
        self.profiles.iter().for_each(|profile| text(profile.id.as_str()));
        self.leaves.iter().for_each(|leave| text(leave.id.as_str()));
    }
}

/// The roster as this source's files have left it.
pub fn load(reader: &mut Reader, source: &str) -> Result<Roster> {
    let mut roster = Roster {
        source: source.to_owned(),
        last_rows: last_rows(reader, source)?,
        ..Roster::default()
    };
    let mut keys: HashMap<Id<PersonKind>, String> = HashMap::new();
    load_engagements(reader, &mut roster, &mut keys)?;
    load_profiles(reader, &mut roster, &keys)?;
    load_leaves(reader, &mut roster, &keys)?;
    for known in roster.people.values_mut() {
        known
            .engagements
            .sort_by(|a, b| (a.terms.start_on, &a.id).cmp(&(b.terms.start_on, &b.id)));
        known
            .leaves
            .sort_by(|a, b| (a.from_on, &a.id).cmp(&(b.from_on, &b.id)));
    }
    Ok(roster)
}

fn last_rows(reader: &mut Reader, source: &str) -> Result<Option<u64>> {
    let rows = reader.one(
        sql!(
            "select row_count
             from roster_file
             where source = $1
             order by applied_at desc, id desc
             limit 1"
        ),
        &params![source],
        |row| row.get::<i64>(0),
    )?;
    Ok(rows.and_then(|rows| u64::try_from(rows).ok()))
}

/// Superseded rows too: somebody whose only engagement was withdrawn is still the same person when they come after all.
fn load_engagements(
    reader: &mut Reader,
    roster: &mut Roster,
    keys: &mut HashMap<Id<PersonKind>, String>,
) -> Result<()> {
    let source = roster.source.clone();
    reader.each(
        sql!(
            "select id, person_id, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, continues, superseded_at
             from engagement
             where source = $1"
        ),
        &params![source],
        |row| {
            let person: Id<PersonKind> = row.get(1)?;
            let key = row.str(2)?.unwrap_or_default();
            if !roster.people.contains_key(key) {
                let known = Known { person: person.clone(), engagements: Vec::new(), profiles: Vec::new(), leaves: Vec::new() };
                roster.people.insert(key.to_owned(), known);
                keys.insert(person, key.to_owned());
            }
            if row.get::<Option<i64>>(10)?.is_none()
                && let Some(known) = roster.people.get_mut(key)
            {
                known.engagements.push(KnownEngagement { id: row.get(0)?, terms: read_terms(row)? });
            }
            Ok(())
        },
    )
}

fn read_terms(row: &Row) -> Result<Terms> {
    Ok(Terms {
        kind: stored_kind(row.str(3)?.unwrap_or_default())?,
        start_on: row.get(4)?,
        end_on: row.get(5)?,
        employer: row.get(6)?,
        sponsor_email: row.get(7)?,
        end_inferred: row.get(8)?,
        continues: row.get(9)?,
    })
}

fn load_profiles(
    reader: &mut Reader,
    roster: &mut Roster,
    keys: &HashMap<Id<PersonKind>, String>,
) -> Result<()> {
    reader.each(
        sql!(
            "select id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags,
                    recorded_at, superseded_at
             from profile
             where superseded_at is null"
        ),
        &[],
        |row| {
            let Profile {
                id,
                person,
                from_on,
                facts,
                ..
            } = profile::read(row)?;
            match keys.get(&person).and_then(|key| roster.people.get_mut(key)) {
                Some(known) => keep_first_and_last(&mut known.profiles, KnownProfile { id, from_on, facts }),
                None => roster.elsewhere.extend(facts.email),
            }
            Ok(())
        },
    )
}

fn keep_first_and_last(profiles: &mut Vec<KnownProfile>, one: KnownProfile) {
    let at = profiles.partition_point(|profile| profile.from_on < one.from_on);
    profiles.insert(at, one);
    if profiles.len() > 2 {
        profiles.remove(1);
    }
}

fn load_leaves(
    reader: &mut Reader,
    roster: &mut Roster,
    keys: &HashMap<Id<PersonKind>, String>,
) -> Result<()> {
    reader.each(
        sql!(
            "select id, person_id, from_on, until_on, recorded_at, superseded_at
             from leave
             where superseded_at is null"
        ),
        &[],
        |row| {
            let Leave {
                id,
                person,
                from_on,
                until_on,
                ..
            } = leave::read(row)?;
            if let Some(known) = keys.get(&person).and_then(|key| roster.people.get_mut(key)) {
                known.leaves.push(KnownLeave {
                    id,
                    from_on,
                    until_on,
                });
            }
            Ok(())
        },
    )
}
