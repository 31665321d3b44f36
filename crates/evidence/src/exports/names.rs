//! Who is who, as known at the end of a window: the source's id, a kind and a name for each person.
//!
//! Somebody with several engagements goes by the newest that starts before the window ends, as in answers
//! (`facts`), and by the name of the profile in force on the window's last day, or else their first. Held in
//! memory, some 200 bytes a person, so that lists of any length can be streamed.
//!
//! Not here: anything else that is known of a person.

use std::{collections::HashMap, sync::Arc};

use db::{Day, Reader, Result, params, sql};

use super::Terms;
use crate::facts::{KINDS, kind_number};

/// One person's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The source that knows them.
    pub source: Arc<str>,
    /// The id it gave them.
    pub key: Box<str>,
    /// What they are.
    pub kind: &'static str,
    /// What to call them; blank when nothing is known.
    pub name: Box<str>,
}

/// Everybody's names.
#[derive(Debug, Default)]
pub struct Names {
    people: HashMap<Box<str>, Who>,
}

/// How well an engagement says who somebody is: those from before the window's end by their newness, then the
/// earliest of the others; equal ones by source and id.
type Rank = (bool, i32);

impl Names {
    /// Reads them.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn load(reader: &mut Reader, terms: Terms) -> Result<Names> {
        let mut names = Names::default();
        names.read_engagements(reader, terms)?;
        names.read_profiles(reader, terms)?;
        Ok(names)
    }

    /// The names of a person.
    #[must_use]
    pub fn of(&self, person: &str) -> Option<&Who> {
        self.people.get(person)
    }

    /// What to call somebody on a page or in a list.
    #[must_use]
    pub fn call<'a>(&'a self, person: &'a str) -> &'a str {
        match self.of(person) {
            Some(who) if !who.name.is_empty() => &who.name,
            Some(who) => &who.key,
            None => person,
        }
    }

    fn read_engagements(&mut self, reader: &mut Reader, terms: Terms) -> Result<()> {
        let mut ranks: HashMap<Box<str>, Rank> = HashMap::new();
        let mut sources: HashMap<Box<str>, Arc<str>> = HashMap::new();
        reader.each(
            sql!(
                "select person_id, source, source_key, kind, start_on
                 from engagement
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)"
            ),
            &params![terms.known_at],
            |row| {
                let (person, source) = (row.str(0)?.unwrap_or_default(), row.str(1)?.unwrap_or_default());
                let (key, start) = (row.str(2)?.unwrap_or_default(), row.get::<Day>(4)?);
                let rank = if start < terms.window.to {
                    (true, start.0)
                } else {
                    (false, -start.0)
                };
                let better = match (ranks.get(person), self.people.get(person)) {
                    (Some(held), Some(who)) => (*held, &*who.source, &*who.key) < (rank, source, key),
                    _ => true,
                };
                if better {
                    let source = sources
                        .entry(source.into())
                        .or_insert_with(|| source.into())
                        .clone();
                    let kind = KINDS[usize::from(kind_number(row.str(3)?.unwrap_or_default()))];
                    let who = Who {
                        source,
                        key: key.into(),
                        kind,
                        name: Box::default(),
                    };
                    ranks.insert(person.into(), rank);
                    self.people.insert(person.into(), who);
                }
                Ok(())
            },
        )
    }

    fn read_profiles(&mut self, reader: &mut Reader, terms: Terms) -> Result<()> {
        let mut ranks: HashMap<Box<str>, Rank> = HashMap::new();
        reader.each(
            sql!(
                "select person_id, from_on, preferred_name, given_name, family_name, email
                 from profile
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)"
            ),
            &params![terms.known_at],
            |row| {
                let person = row.str(0)?.unwrap_or_default();
                let from: Day = row.get(1)?;
                let rank = if from < terms.window.to {
                    (true, from.0)
                } else {
                    (false, -from.0)
                };
                if ranks.get(person).is_some_and(|held| *held >= rank) {
                    return Ok(());
                }
                ranks.insert(person.into(), rank);
                if let Some(who) = self.people.get_mut(person) {
                    let (given, family) = (row.str(3)?.unwrap_or_default(), row.str(4)?.unwrap_or_default());
                    let name = roster::profile::display_name(row.str(2)?, given, family);
                    who.name = if name.is_empty() {
                        row.str(5)?.unwrap_or_default().into()
                    } else {
                        name.into()
                    };
                }
                Ok(())
            },
        )
    }
}
