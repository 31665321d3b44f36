//! The roster as lists of accounts are held against it: everybody ever on it, found by address, by number, and, for a human to
//! look at, by name.
//!
//! Not here: who an account belongs to ([`crate::link`]).

use std::collections::HashMap;

use db::{Day, Id, Reader, Result, params, sql};
use roster::people::Standing;
use roster::person::PersonKind;
use roster::sources::word::plain;

/// People of one name that are shown; more is a name like Smith.
pub const CANDIDATES_MAX: usize = 10;
/// Names less alike than this are not worth a look.
const ALIKE_MIN: f64 = 0.88;

/// One person, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: Id<PersonKind>,
    pub name: String,
    pub standing: Standing,
    pub start_on: Day,
    pub end_on: Option<Day>,
}

/// Everybody ever on the roster; a person's number here is their place.
#[derive(Debug, Default)]
pub struct People {
    pub all: Vec<Known>,
    emails: Index,
    numbers: Index,
    names: Index,
    locals: Index,
    places: HashMap<Box<str>, u32>,
}

/// Texts with the people who have them, in order: some bytes an entry, and found by halving.
#[derive(Debug, Default)]
struct Index(Vec<(Box<str>, u32)>);

impl Index {
    fn settle(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    fn of(&self, text: &str) -> &[(Box<str>, u32)] {
        let from = self.0.partition_point(|(known, _)| **known < *text);
        let count = self.0[from..]
            .iter()
            .take_while(|(known, _)| **known == *text)
            .count();
        &self.0[from..from + count]
    }
}

impl People {
    /// Reads everybody as of a day.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn load(reader: &mut Reader, on: Day) -> Result<People> {
        let mut people = People::default();
        roster::people::each(reader, on, |listed| {
            let place = people.all.len() as u32;
            if let Some(email) = &listed.facts.email {
                people.emails.0.push((email.as_str().into(), place));
                if let Some((local, _)) = email.split_once('@') {
                    people.locals.0.push((plain(local).into(), place));
                }
            }
            let name = folded(&listed.name);
            if !name.is_empty() {
                people.names.0.push((name.into(), place));
            }
            people.places.insert(listed.person.as_str().into(), place);
            people.all.push(Known {
                id: listed.person,
                name: listed.name,
                standing: listed.standing,
                start_on: listed.start_on,
                end_on: listed.end_on,
            });
            Ok(())
        })?;
        people.read_keys(reader)?;
        for index in [
            &mut people.emails,
            &mut people.numbers,
            &mut people.names,
            &mut people.locals,
        ] {
            index.settle();
        }
        Ok(people)
    }

    /// The keys that every source gives, not only those of the profile: an address is somebody's when any source says so.
    fn read_keys(&mut self, reader: &mut Reader) -> Result<()> {
        reader.each(
            sql!(
                "select person_id, source_key, employee_number, email
                 from source_record
                 where superseded_at is null"
            ),
            &params![],
            |row| {
                let Some(place) = self.places.get(row.str(0)?.unwrap_or_default()) else {
                    return Ok(());
                };
                for number in [row.str(1)?, row.str(2)?].into_iter().flatten() {
                    self.numbers.0.push((number.trim().to_lowercase().into(), *place));
                }
                if let Some(email) = row.str(3)? {
                    self.emails.0.push((email.into(), *place));
                }
                Ok(())
            },
        )
    }

    pub fn place(&self, person: &str) -> Option<u32> {
        self.places.get(person).copied()
    }

    pub fn at(&self, place: u32) -> &Known {
        &self.all[place as usize]
    }

    pub fn with_email(&self, email: &str) -> impl Iterator<Item = u32> {
        self.emails.of(email).iter().map(|(_, place)| *place)
    }

    pub fn with_number(&self, number: &str) -> impl Iterator<Item = u32> {
        self.numbers
            .of(&number.trim().to_lowercase())
            .iter()
            .map(|(_, place)| *place)
    }

    /// Those called the same, or whose address begins with the same: for somebody to look at, never to be taken for them.
    pub fn resembling(&self, name: Option<&str>, login: &str) -> Vec<u32> {
        let name = name.map(folded).unwrap_or_default();
        let local = plain(login.split('@').next().unwrap_or_default());
        let mut found: Vec<u32> = Vec::new();
        if !name.is_empty() {
            found.extend(self.names.of(&name).iter().map(|(_, place)| *place));
        }
        if local.len() > 2 {
            found.extend(self.locals.of(&local).iter().map(|(_, place)| *place));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(CANDIDATES_MAX);
        found
    }

    /// The people whose names are most like this one, the most alike first. Looks at everybody: for one account on one page.
    pub fn most_alike(&self, name: &str) -> Vec<(u32, f64)> {
        let wanted = folded(name);
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u32, f64)> = (0_u32..)
            .zip(&self.all)
            .map(|(place, known)| (place, strsim::jaro_winkler(&wanted, &folded(&known.name))))
            .filter(|(_, alike)| *alike >= ALIKE_MIN)
            .collect();
        found.sort_by(|a, b| {
            b.1.total_cmp(&a.1)
                .then_with(|| self.at(a.0).id.cmp(&self.at(b.0).id))
        });
        found.truncate(CANDIDATES_MAX);
        found
    }

    /// How many are here on the day.
    pub fn here(&self) -> u64 {
        self.all.iter().filter(|known| is_here(known.standing)).count() as u64
    }
}

pub fn is_here(standing: Standing) -> bool {
    matches!(standing, Standing::Here | Standing::OnLeave)
}

/// A name without accents, case and the order of its words.
fn folded(name: &str) -> String {
    let mut words: Vec<String> = name
        .split_whitespace()
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Six people, put together without a database.
    pub(crate) fn six() -> People {
        let mut people = People::default();
        let rows = [
            ("1", "Ada King", "ada@example.com", Standing::Here),
            ("2", "Bo Ek", "shared@example.com", Standing::Here),
            ("3", "Cy Abel", "shared@example.com", Standing::Here),
            ("4", "Di Zorn", "di@example.com", Standing::Left),
            ("5", "Ed Ek", "ed@example.com", Standing::Joining),
            ("6", "Zoë Müller", "zoe.mueller@example.com", Standing::Here),
        ];
        for (place, (number, name, email, standing)) in (0_u32..).zip(rows) {
            let id: Id<PersonKind> = format!("per_0000000000000000000000000{number}")
                .parse()
                .expect("an id");
            people.places.insert(id.as_str().into(), place);
            people.emails.0.push((email.into(), place));
            people
                .locals
                .0
                .push((plain(email.split('@').next().unwrap_or_default()).into(), place));
            people.numbers.0.push((number.into(), place));
            people.names.0.push((folded(name).into(), place));
            people.all.push(Known {
                id,
                name: name.to_owned(),
                standing,
                start_on: Day::ymd(2024, 1, 15),
                end_on: (standing == Standing::Left).then(|| Day::ymd(2026, 4, 30)),
            });
        }
        for index in [
            &mut people.emails,
            &mut people.numbers,
            &mut people.names,
            &mut people.locals,
        ] {
            index.settle();
        }
        people
    }

    #[test]
    fn names_resemble_in_any_order_and_spelling_of_case_and_accents() {
        let people = six();
        assert_eq!(people.resembling(Some("KING, Ada"), "x"), [0]);
        assert_eq!(people.resembling(Some("Muller Zoe"), "x"), [5]);
        assert_eq!(people.resembling(None, "Zoe-Mueller"), [5]);
        assert_eq!(people.resembling(Some("Ada"), "a"), [] as [u32; 0]);
    }

    #[test]
    fn those_most_alike_come_first_and_strangers_not_at_all() {
        let people = six();
        let alike: Vec<u32> = people
            .most_alike("Ada Kingg")
            .into_iter()
            .map(|(place, _)| place)
            .collect();
        assert_eq!(alike, [0]);
        assert_eq!(people.most_alike("Xavier Quist"), []);
    }
}
