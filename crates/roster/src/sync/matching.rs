//! Who a row of a source is about when the source has never spoken of them: somebody on the roster, somebody new, or not certain.
//!
//! What somebody has decided holds. An employee number finds its person when the names or the addresses agree. An address alone
//! never does, and a name never: such a row waits, with everybody it could be, until somebody has decided.
//!
//! Reading order: [`Candidate`] (who it could be), [`judge`] (pure), then the rows.

use std::collections::HashMap;

use db::{Id, Reader, Result, Row, params, sql};
use serde::Serialize;

use crate::person::PersonKind;
use crate::snapshot::{Cell, Wanted};
use crate::source_setting::SourceSetting;

/// More could not be told apart on a page.
const CANDIDATES_MAX: usize = 10;
/// Rows read for one address or number: a shared mailbox in every source.
const SAME_MAX: i64 = 200;

/// Why it is not certain who a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The address is somebody's already.
    Address,
    /// The number is somebody's whose name is another, or several people's.
    Number,
    /// The source does not say who works here, and nobody else lists this person.
    Unrostered,
}

impl Doubt {
    pub fn as_str(self) -> &'static str {
        match self {
            Doubt::Address => "address",
            Doubt::Number => "number",
            Doubt::Unrostered => "unrostered",
        }
    }

    pub fn named(text: &str) -> Option<Doubt> {
        [Doubt::Address, Doubt::Number, Doubt::Unrostered]
            .into_iter()
            .find(|doubt| doubt.as_str() == text)
    }
}

/// Somebody another source speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub person: Id<PersonKind>,
    pub employee_number: Option<String>,
    pub email: Option<String>,
    /// Given and family name, folded.
    pub name: String,
}

/// Who a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    New,
    Known(Id<PersonKind>),
    Uncertain {
        doubt: Doubt,
        candidates: Vec<Id<PersonKind>>,
    },
}

/// The number by which a row's person could be known elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number<'a> {
    None,
    /// The row says so.
    Said(&'a str),
    /// The row's own key: two HR systems may well count from one.
    Key(&'a str),
}

impl<'a> Number<'a> {
    pub fn of(row: &'a Wanted, setting: &SourceSetting) -> Number<'a> {
        match &row.employee_number {
            Cell::Said(number) => Number::Said(number),
            Cell::Unsaid if setting.kind.numbers_people() => Number::Key(&row.source_id),
            Cell::Unsaid | Cell::Cleared => Number::None,
        }
    }

    pub fn text(self) -> Option<&'a str> {
        match self {
            Number::None => None,
            Number::Said(text) | Number::Key(text) => Some(text),
        }
    }
}

/// Judges a row whose key the source has never used. `engages` says whether the source lists who works here.
pub fn judge(row: &Wanted, number: Number<'_>, candidates: &[&Candidate], engages: bool) -> Verdict {
    let name = folded(
        row.given_name.said().map_or("", String::as_str),
        row.family_name.said().map_or("", String::as_str),
    );
    let email = row.email.said();
    let by_number: Vec<&Candidate> = candidates
        .iter()
        .copied()
        .filter(|one| number.text().is_some() && one.employee_number.as_deref() == number.text())
        .collect();
    let agrees = |one: &&Candidate| {
        let same_address = email.is_some() && one.email.as_ref() == email;
        let unnamed = one.name.is_empty() || name.is_empty();
        same_address || (!unnamed && one.name == name) || (unnamed && matches!(number, Number::Said(_)))
    };
    let counts = |one: &&&Candidate| matches!(number, Number::Said(_)) || agrees(one);
    let mut people: Vec<&Id<PersonKind>> = by_number.iter().filter(counts).map(|one| &one.person).collect();
    people.sort();
    people.dedup();
    match people.as_slice() {
        [] => {}
        [one] if by_number.iter().any(agrees) => return Verdict::Known((*one).clone()),
        several => return uncertain(Doubt::Number, several.iter().map(|id| (*id).clone()).collect()),
    }
    let by_address: Vec<Id<PersonKind>> = candidates
        .iter()
        .filter(|one| email.is_some() && one.email.as_ref() == email)
        .map(|one| one.person.clone())
        .collect();
    if !by_address.is_empty() {
        return uncertain(Doubt::Address, by_address);
    }
    if engages {
        Verdict::New
    } else {
        uncertain(Doubt::Unrostered, Vec::new())
    }
}

fn uncertain(doubt: Doubt, mut candidates: Vec<Id<PersonKind>>) -> Verdict {
    candidates.sort();
    candidates.dedup();
    candidates.truncate(CANDIDATES_MAX);
    Verdict::Uncertain { doubt, candidates }
}

/// Names as they are compared to confirm a number: without letter case and spaces at the ends.
pub fn folded(given: &str, family: &str) -> String {
    format!("{} {}", given.trim(), family.trim())
        .trim()
        .to_lowercase()
}

/// Everybody other sources speak of, by address and by number: what many new rows are judged by.
#[derive(Debug, Default)]
pub struct Others {
    all: Vec<Candidate>,
    by_email: HashMap<String, Vec<usize>>,
    by_number: HashMap<String, Vec<usize>>,
    /// By the source's key; the person, or nobody who was on the roster.
    decided: HashMap<String, Option<Id<PersonKind>>>,
}

impl Others {
    /// Everybody but this source's, in two statements.
    pub fn load(reader: &mut Reader, source: &str) -> Result<Others> {
        let mut others = Others::default();
        reader.each(
            sql!(
                "select person_id, employee_number, email, given_name, family_name
                 from source_record
                 where source <> $1
                   and superseded_at is null"
            ),
            &params![source],
            |row| {
                others.add(candidate(row)?);
                Ok(())
            },
        )?;
        reader.each(
            sql!(
                "select source_key, person_id
                 from match_decision
                 where source = $1
                 order by decided_at, id"
            ),
            &params![source],
            |row| {
                others.decided.insert(row.get(0)?, row.get(1)?);
                Ok(())
            },
        )?;
        Ok(others)
    }

    /// What one row is judged by.
    pub fn about(reader: &mut Reader, source: &str, row: &Wanted, number: Number<'_>) -> Result<Others> {
        let mut others = Others::default();
        let found = reader.rows(
            sql!(
                "select person_id, employee_number, email, given_name, family_name
                 from source_record
                 where source <> $1
                   and superseded_at is null
                   and email = $2
                 union
                 select person_id, employee_number, email, given_name, family_name
                 from source_record
                 where source <> $1
                   and superseded_at is null
                   and employee_number = $3
                 limit $4"
            ),
            &params![source, row.email.said(), number.text(), SAME_MAX],
            candidate,
        )?;
        found.into_iter().for_each(|one| others.add(one));
        let decided = reader.one(
            sql!(
                "select person_id
                 from match_decision
                 where source = $1
                   and source_key = $2
                 order by decided_at desc, id desc
                 limit 1"
            ),
            &params![source, row.source_id.as_str()],
            |row| row.get::<Option<Id<PersonKind>>>(0),
        )?;
        if let Some(person) = decided {
            others.decided.insert(row.source_id.clone(), person);
        }
        Ok(others)
    }

    fn add(&mut self, one: Candidate) {
        let at = self.all.len();
        if let Some(email) = &one.email {
            self.by_email.entry(email.clone()).or_default().push(at);
        }
        if let Some(number) = &one.employee_number {
            self.by_number.entry(number.clone()).or_default().push(at);
        }
        self.all.push(one);
    }

    /// Who the row is about.
    pub fn judge(&self, row: &Wanted, number: Number<'_>, engages: bool) -> Verdict {
        match self.decided.get(&row.source_id) {
            Some(Some(person)) => return Verdict::Known(person.clone()),
            Some(None) if engages => return Verdict::New,
            Some(None) => return uncertain(Doubt::Unrostered, Vec::new()),
            None => {}
        }
        let places = |found: Option<&Vec<usize>>| found.cloned().unwrap_or_default();
        let mut at = places(row.email.said().and_then(|email| self.by_email.get(email)));
        at.extend(places(
            number.text().and_then(|number| self.by_number.get(number)),
        ));
        at.sort_unstable();
        at.dedup();
        let candidates: Vec<&Candidate> = at.into_iter().filter_map(|at| self.all.get(at)).collect();
        judge(row, number, &candidates, engages)
    }
}

fn candidate(row: &Row) -> Result<Candidate> {
    Ok(Candidate {
        person: row.get(0)?,
        employee_number: row.get(1)?,
        email: row.get(2)?,
        name: folded(row.str(3)?.unwrap_or_default(), row.str(4)?.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Id<PersonKind> {
        format!("per_{:0>26}", n).parse().expect("an id")
    }

    fn known(n: u8, number: &str, email: &str, name: &str) -> Candidate {
        Candidate {
            person: id(n),
            employee_number: Some(number.to_owned()),
            email: Some(email.to_owned()),
            name: name.to_owned(),
        }
    }

    fn row(email: &str, given: &str, family: &str) -> Wanted {
        Wanted {
            email: Cell::Said(email.to_owned()),
            given_name: Cell::Said(given.to_owned()),
            family_name: Cell::Said(family.to_owned()),
            ..Wanted::default()
        }
    }

    #[test]
    fn a_number_finds_its_person_when_the_names_or_the_addresses_agree() {
        let ada = known(1, "7", "ada@example.com", "ada king");
        let found = |row: &Wanted| judge(row, Number::Said("7"), &[&ada], true);
        assert_eq!(
            found(&row("other@example.com", "Ada", "King")),
            Verdict::Known(id(1))
        );
        assert_eq!(
            found(&row("ada@example.com", "Ada", "Lovelace")),
            Verdict::Known(id(1))
        );
        assert_eq!(
            found(&row("bo@example.com", "Bo", "Ek")),
            Verdict::Uncertain {
                doubt: Doubt::Number,
                candidates: vec![id(1)]
            },
            "two numberings that collide are two people until somebody has looked"
        );
        let by_key = |row: &Wanted| judge(row, Number::Key("7"), &[&ada], true);
        assert_eq!(
            by_key(&row("other@example.com", "Ada", "King")),
            Verdict::Known(id(1))
        );
        assert_eq!(
            by_key(&row("bo@example.com", "Bo", "Ek")),
            Verdict::New,
            "two HR systems may well count from one"
        );
    }

    #[test]
    fn an_address_alone_never_finds_anybody() {
        let ada = known(1, "7", "ada@example.com", "ada king");
        assert_eq!(
            judge(
                &row("ada@example.com", "Ada", "King"),
                Number::None,
                &[&ada],
                true
            ),
            Verdict::Uncertain {
                doubt: Doubt::Address,
                candidates: vec![id(1)]
            }
        );
        assert_eq!(
            judge(&row("x@example.com", "Ada", "King"), Number::None, &[], true),
            Verdict::New
        );
    }

    #[test]
    fn a_list_of_accounts_makes_nobody_new() {
        assert_eq!(
            judge(&row("x@example.com", "Bo", "Ek"), Number::None, &[], false),
            Verdict::Uncertain {
                doubt: Doubt::Unrostered,
                candidates: Vec::new()
            }
        );
    }
}
