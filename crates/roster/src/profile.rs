//! A profile: what is known of a person from one day on, until the next row's day.
//!
//! Rows are never changed: a correction supersedes the row and keeps it.
//! Addresses are trimmed and lower-cased, so that one mailbox is one text.
//!
//! Not here: when the person works for us ([`crate::engagement`]).

use std::collections::BTreeSet;

use db::{Day, Error, Fault, Id, Kind, Moment, Reader, Result, Row, Sql, Value, params, sql};
use serde::{Deserialize, Serialize};

use crate::person::PersonKind;

/// The most profiles one person's page reads: a change a week for twenty years.
const PER_PERSON_MAX: i64 = 1_000;

/// The id kind of a profile row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileRow;

impl Kind for ProfileRow {
    const PREFIX: &'static str = "pro";
}

/// Whether the person can sign in to our systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Yes,
    No,
    #[default]
    Unknown,
}

impl Access {
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Yes => "yes",
            Access::No => "no",
            Access::Unknown => "unknown",
        }
    }
}

/// Where somebody stands on a day, read in passing.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    pub person: Id<PersonKind>,
    pub manager_key: Option<&'a str>,
    pub department: Option<&'a str>,
    pub job_title: Option<&'a str>,
    pub location: Option<&'a str>,
}

/// What is known of a person, without the days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Facts {
    pub email: Option<String>,
    pub given_name: String,
    pub family_name: String,
    pub preferred_name: Option<String>,
    /// The manager's source_id or address, as the source gave it.
    pub manager_key: Option<String>,
    pub department: Option<String>,
    pub division: Option<String>,
    pub cost_center: Option<String>,
    pub job_title: Option<String>,
    pub location: Option<String>,
    pub country: Option<String>,
    pub language: Option<String>,
    pub access: Access,
    /// Sorted, one space between, one before and after: `" developer finance "`; empty when none.
    pub tags: String,
}

/// The names of the facts, as the template's columns, in its order.
pub const ATTRIBUTES: [&str; 14] = [
    "email",
    "given_name",
    "family_name",
    "preferred_name",
    "manager",
    "department",
    "division",
    "cost_center",
    "job_title",
    "location",
    "country",
    "language",
    "logical_access",
    "tags",
];

/// The facts whose change can change what the person owes: such a person has moved.
pub const MOVING: [&str; 5] = ["department", "job_title", "location", "logical_access", "tags"];

impl Facts {
    /// The name to call the person by: the preferred name, or the given name, and the family name.
    pub fn display_name(&self) -> String {
        display_name(
            self.preferred_name.as_deref(),
            &self.given_name,
            &self.family_name,
        )
    }

    /// The facts as texts, in the order of [`ATTRIBUTES`]; empty when nothing is known.
    pub fn texts(&self) -> [&str; ATTRIBUTES.len()] {
        [
            self.email.as_deref().unwrap_or_default(),
            &self.given_name,
            &self.family_name,
            self.preferred_name.as_deref().unwrap_or_default(),
            self.manager_key.as_deref().unwrap_or_default(),
            self.department.as_deref().unwrap_or_default(),
            self.division.as_deref().unwrap_or_default(),
            self.cost_center.as_deref().unwrap_or_default(),
            self.job_title.as_deref().unwrap_or_default(),
            self.location.as_deref().unwrap_or_default(),
            self.country.as_deref().unwrap_or_default(),
            self.language.as_deref().unwrap_or_default(),
            match self.access {
                Access::Unknown => "",
                known => known.as_str(),
            },
            self.tags.trim(),
        ]
    }

    /// The template's columns in which two sets of facts differ, in the template's order.
    pub fn differing(&self, other: &Facts) -> Vec<&'static str> {
        let compared = [
            ("email", self.email == other.email),
            ("given_name", self.given_name == other.given_name),
            ("family_name", self.family_name == other.family_name),
            ("preferred_name", self.preferred_name == other.preferred_name),
            ("manager", self.manager_key == other.manager_key),
            ("department", self.department == other.department),
            ("division", self.division == other.division),
            ("cost_center", self.cost_center == other.cost_center),
            ("job_title", self.job_title == other.job_title),
            ("location", self.location == other.location),
            ("country", self.country == other.country),
            ("language", self.language == other.language),
            ("logical_access", self.access == other.access),
            ("tags", self.tags == other.tags),
        ];
        compared
            .into_iter()
            .filter(|(_, same)| !same)
            .map(|(column, _)| column)
            .collect()
    }
}

/// What was known of a person from `from_on` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub id: Id<ProfileRow>,
    pub person: Id<PersonKind>,
    pub from_on: Day,
    pub facts: Facts,
    pub recorded_at: Moment,
    pub superseded_at: Option<Moment>,
}

/// The name to call somebody by. The preferred name stands for the given name, or for the whole when it holds the family name too.
pub fn display_name(preferred: Option<&str>, given: &str, family: &str) -> String {
    let first = preferred.unwrap_or(given);
    if family.is_empty() || (preferred.is_some() && first.ends_with(family)) {
        return first.to_owned();
    }
    if first.is_empty() {
        family.to_owned()
    } else {
        format!("{first} {family}")
    }
}

/// Tags in the form they are stored in: lower case, sorted, each once, a space on either side of each.
/// Commas, semicolons, bars and white space part them.
pub fn tags(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: BTreeSet<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return String::new();
    }
    let mut stored = String::from(" ");
    for word in words {
        stored.push_str(word);
        stored.push(' ');
    }
    stored
}

/// Writes one row: the id, the person, the day, the [`values`], when it was recorded and by which file.
pub(crate) const INSERT: Sql = sql!(
    "insert into profile (id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key,
                          department, division, cost_center, job_title, location, country, language, access, tags,
                          recorded_at, file_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
);

/// The facts in the table's order.
pub(crate) fn values(facts: &Facts) -> [Value; 14] {
    params![
        facts.email.clone(),
        facts.given_name.as_str(),
        facts.family_name.as_str(),
        facts.preferred_name.clone(),
        facts.manager_key.clone(),
        facts.department.clone(),
        facts.division.clone(),
        facts.cost_center.clone(),
        facts.job_title.clone(),
        facts.location.clone(),
        facts.country.clone(),
        facts.language.clone(),
        facts.access.as_str(),
        facts.tags.as_str(),
    ]
}

/// Every profile of a person, what is no longer believed included, in the order of day and then of knowing.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Profile>> {
    reader.rows(
        sql!(
            "select id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key,
                    department, division, cost_center, job_title, location, country, language, access, tags,
                    recorded_at, superseded_at
             from profile
             where person_id = $1
             order by from_on, recorded_at, id
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

/// Everybody's profile of a day, as it is believed now, in one pass. The view `profile_held` says the same of a few people;
/// over a whole roster PostgreSQL takes three times as long for it.
///
/// # Errors
/// A fault of the engine, or whatever `visit` answers.
pub fn each_on(reader: &mut Reader, on: Day, mut visit: impl FnMut(Held<'_>) -> Result<()>) -> Result<()> {
    reader.each(
        sql!(
            "select p.person_id, p.manager_key, p.department, p.job_title, p.location
             from profile p
             where p.superseded_at is null
               and p.from_on <= $1
               and not exists (
                   select 1
                   from profile later
                   where later.person_id = p.person_id
                     and later.superseded_at is null
                     and later.from_on > p.from_on
                     and later.from_on <= $1)"
        ),
        &params![on],
        |row| {
            visit(Held {
                person: row.get(0)?,
                manager_key: row.str(1)?,
                department: row.str(2)?,
                job_title: row.str(3)?,
                location: row.str(4)?,
            })
        },
    )
}

fn read(row: &Row) -> Result<Profile> {
    Ok(Profile {
        id: row.get(0)?,
        person: row.get(1)?,
        from_on: row.get(2)?,
        facts: read_facts(row)?,
        recorded_at: row.get(17)?,
        superseded_at: row.get(18)?,
    })
}

/// The facts of a row that has them from its fourth column on, in the table's order.
pub(crate) fn read_facts(row: &Row) -> Result<Facts> {
    Ok(Facts {
        email: row.get(3)?,
        given_name: row.get(4)?,
        family_name: row.get(5)?,
        preferred_name: row.get(6)?,
        manager_key: row.get(7)?,
        department: row.get(8)?,
        division: row.get(9)?,
        cost_center: row.get(10)?,
        job_title: row.get(11)?,
        location: row.get(12)?,
        country: row.get(13)?,
        language: row.get(14)?,
        access: stored_access(row.str(15)?.unwrap_or_default())?,
        tags: row.get(16)?,
    })
}

pub(crate) fn stored_access(text: &str) -> Result<Access> {
    [Access::Yes, Access::No, Access::Unknown]
        .into_iter()
        .find(|access| access.as_str() == text)
        .ok_or_else(|| {
            Error::from(Fault::new(
                "reading a profile: its access is not yes, no or unknown",
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_and_fenced_by_spaces() {
        assert_eq!(tags("Finance, developer;finance"), " developer finance ");
        assert_eq!(tags("  "), "");
    }

    #[test]
    fn the_preferred_name_comes_first() {
        assert_eq!(display_name(None, "Augusta Ada", "King"), "Augusta Ada King");
        assert_eq!(display_name(Some("Ada"), "Augusta Ada", "King"), "Ada King");
        assert_eq!(display_name(Some("Ada King"), "Augusta Ada", "King"), "Ada King");
        assert_eq!(display_name(None, "Pelé", ""), "Pelé");
        assert_eq!(display_name(None, "", "Lovelace"), "Lovelace");
    }

    #[test]
    fn differences_name_the_templates_columns() {
        let before = Facts {
            department: Some("Sales".to_owned()),
            ..Facts::default()
        };
        let after = Facts {
            department: None,
            tags: " finance ".to_owned(),
            ..Facts::default()
        };
        assert_eq!(before.differing(&after), ["department", "tags"]);
    }
}
