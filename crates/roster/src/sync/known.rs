//! The roster as it is, in the shape a plan is made from: one source's people by the source's key.
//!
//! Loaded with four streaming statements, whatever the number of people; of each person's profiles only the first and the last
//! are kept, which is all a plan can touch.

use std::collections::{HashMap, HashSet};

use db::{Day, Id, Reader, Result, Row, params, sql};
use sha2::{Digest, Sha256};

use crate::engagement::{EngagementRow, stored_kind};
use crate::leave::LeaveRow;
use crate::person::PersonKind;
use crate::profile::{self, Facts, ProfileRow};
use crate::sync::stay::Terms;

/// One source's view of the roster.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    pub source: String,
    /// The rows of the last file that was applied; `None` before the first.
    pub last_rows: Option<u64>,
    /// In the order of the source's key.
    pub people: Vec<Known>,
    /// Addresses of people other sources know.
    pub elsewhere: HashSet<String>,
}

/// What is believed of one person.
#[derive(Debug, Clone)]
pub struct Known {
    pub source_key: String,
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

impl Roster {
    pub fn knows(&self, source_key: &str) -> bool {
        self.people
            .binary_search_by(|known| known.source_key.as_str().cmp(source_key))
            .is_ok()
    }
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
    pub(crate) fn feed(&self, digest: &mut Sha256) {
        let mut text = |text: &str| {
            digest.update(text.as_bytes());
            digest.update([0]);
        };
        text(&self.source_key);
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
    let last_rows = last_rows(reader, source)?;
    let mut loading = Loading::default();
    loading.engagements(reader, source)?;
    loading.profiles(reader)?;
    loading.leaves(reader)?;
    let mut people = loading.people;
    people.sort_unstable_by(|a, b| a.source_key.cmp(&b.source_key));
    for known in &mut people {
        known
            .engagements
            .sort_by(|a, b| (a.terms.start_on, &a.id).cmp(&(b.terms.start_on, &b.id)));
        known
            .leaves
            .sort_by(|a, b| (a.from_on, &a.id).cmp(&(b.from_on, &b.id)));
    }
    Ok(Roster {
        source: source.to_owned(),
        last_rows,
        people,
        elsewhere: loading.elsewhere,
    })
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

/// The source's people in the order in which the rows name them.
#[derive(Default)]
struct Loading {
    people: Vec<Known>,
    /// A person's id to their place in `people`.
    places: HashMap<String, usize>,
    elsewhere: HashSet<String>,
}

impl Loading {
    /// Superseded rows too: somebody whose only engagement was withdrawn is still the same person when they come after all.
    fn engagements(&mut self, reader: &mut Reader, source: &str) -> Result<()> {
        reader.each(
            sql!(
                "select id, person_id, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, continues, superseded_at
                 from engagement
                 where source = $1"
            ),
            &params![source],
            |row| {
                let place = match self.place(row)? {
                    Some(place) => place,
                    None => self.begin(row)?,
                };
                if row.get::<Option<i64>>(10)?.is_none() {
                    let engagements = &mut self.people[place].engagements;
                    // Nearly everybody has one, and a list that grows by itself begins with room for four.
                    engagements.reserve_exact(1);
                    engagements.push(KnownEngagement { id: row.get(0)?, terms: read_terms(row)? });
                }
                Ok(())
            },
        )
    }

    fn begin(&mut self, row: &Row) -> Result<usize> {
        let place = self.people.len();
        self.people.push(Known {
            source_key: row.get(2)?,
            person: row.get(1)?,
            engagements: Vec::new(),
            profiles: Vec::new(),
            leaves: Vec::new(),
        });
        self.places.insert(row.get(1)?, place);
        Ok(place)
    }

    /// The place of the person a row is about, whose id is in each statement's second column.
    fn place(&self, row: &Row) -> Result<Option<usize>> {
        let person = row.str(1)?.unwrap_or_default();
        Ok(self.places.get(person).copied())
    }

    fn profiles(&mut self, reader: &mut Reader) -> Result<()> {
        reader.each(
            sql!(
                "select id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key,
                        department, division, cost_center, job_title, location, country, language, access, tags
                 from profile
                 where superseded_at is null"
            ),
            &[],
            |row| {
                match self.place(row)? {
                    Some(place) => {
                        let profile = KnownProfile {
                            id: row.get(0)?,
                            from_on: row.get(2)?,
                            facts: profile::read_facts(row)?,
                        };
                        keep_first_and_last(&mut self.people[place].profiles, profile);
                    }
                    None => self.elsewhere.extend(row.get::<Option<String>>(3)?),
                }
                Ok(())
            },
        )
    }

    fn leaves(&mut self, reader: &mut Reader) -> Result<()> {
        reader.each(
            sql!(
                "select id, person_id, from_on, until_on
                 from leave
                 where superseded_at is null"
            ),
            &[],
            |row| {
                if let Some(place) = self.place(row)? {
                    self.people[place].leaves.push(KnownLeave {
                        id: row.get(0)?,
                        from_on: row.get(2)?,
                        until_on: row.get(3)?,
                    });
                }
                Ok(())
            },
        )
    }
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

fn keep_first_and_last(profiles: &mut Vec<KnownProfile>, one: KnownProfile) {
    let at = profiles.partition_point(|profile| profile.from_on < one.from_on);
    profiles.reserve_exact(1);
    profiles.insert(at, one);
    if profiles.len() > 2 {
        profiles.remove(1);
    }
}
