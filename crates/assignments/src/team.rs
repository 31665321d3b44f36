//! A manager's people: those who report to them today, directly or through up to two others.
//!
//! Who reports to whom is what the roster says of today. A manager is named by an address, or by an id of the source
//! that names them; an id that several sources use means the one of the same source, and nobody when that is not clear.
//! Whoever has left is in no team; whoever looks after a team for its manager sees the same people ([`crate::delegation`]).
//!
//! Not here: what may be seen of them (`pages/team.rs`), asking them ([`crate::nudge`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use db::{Id, Reader, Result, params, sql};
use roster::person::PersonKind;
use roster::profile;

use crate::delegation;

/// Direct reports, theirs, and theirs again.
pub const LEVELS: u8 = 3;

/// Somebody in a team, and through how many others: 1 reports directly.
pub type Team = BTreeMap<Id<PersonKind>, u8>;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub account: String,
    pub email: String,
    pub person: Option<String>,
}

impl Head {
    pub fn of(visitor: &web::Visitor) -> Head {
        Head {
            account: visitor.account.clone(),
            email: visitor.email.clone(),
            person: visitor.person.clone(),
        }
    }
}

/// What sources say of who manages whom.
#[derive(Debug, Default)]
struct Ties {
    /// By address, lower-cased; `None` when several people have it.
    addresses: HashMap<String, Option<String>>,
    /// By source and key.
    keys: HashMap<(String, String), String>,
    /// By key alone; `None` when several people have it.
    lone_keys: HashMap<String, Option<String>>,
    /// A person, the manager named, and the source that names them.
    named: Vec<(Id<PersonKind>, String, Option<String>)>,
}

/// The team of a manager as of today.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, head: &Head) -> Result<Team> {
    let ties = read(reader)?;
    let found = reports(&ties, head);
    let here = here(reader, found.len())?;
    Ok(found
        .into_iter()
        .filter(|(person, _)| here.contains(person.as_str()))
        .collect())
}

/// The teams a visitor may look after today: their own when they are a manager, and those handed to them.
///
/// # Errors
/// A fault of the engine.
pub fn seen_by(reader: &mut Reader, visitor: &web::Visitor) -> Result<Team> {
    let mut team = Team::new();
    let mut heads = Vec::new();
    if visitor.roles.has(web::Role::Manager) {
        heads.push(Head::of(visitor));
    }
    heads.extend(delegation::heads(reader, visitor)?);
    for head in heads {
        for (person, level) in of(reader, &head)? {
            team.entry(person)
                .and_modify(|known| *known = level.min(*known))
                .or_insert(level);
        }
    }
    // Nobody looks after themselves.
    team.retain(|person, _| Some(person.as_str()) != visitor.person.as_deref());
    Ok(team)
}

/// Those below a head, level by level; a circle ends where it began.
fn reports(ties: &Ties, head: &Head) -> Team {
    let mut below: HashMap<&str, Vec<&Id<PersonKind>>> = HashMap::new();
    let mut found = Team::new();
    let mut level: Vec<&Id<PersonKind>> = Vec::new();
    for (person, manager, source) in &ties.named {
        match ties.manager(manager, source.as_deref()) {
            Some(manager) => below.entry(manager).or_default().push(person),
            // A manager who is on no list is known by the address they sign in with.
            None if manager.eq_ignore_ascii_case(&head.email) => level.push(person),
            None => {}
        }
    }
    // An account made before the roster knows its person by the address.
    let by_address = || ties.addresses.get(&head.email.to_lowercase())?.as_deref();
    let own = head.person.as_deref().or_else(by_address);
    level.extend(own.and_then(|person| below.get(person)).into_iter().flatten());
    for depth in 1..=LEVELS {
        let mut next = Vec::new();
        for person in level {
            if own != Some(person.as_str()) && !found.contains_key(person) {
                found.insert(person.clone(), depth);
                next.extend(below.get(person.as_str()).into_iter().flatten());
            }
        }
        level = next;
    }
    found
}

impl Ties {
    /// Whom a source means by what it calls somebody's manager.
    fn manager(&self, named: &str, source: Option<&str>) -> Option<&str> {
        if let Some(found) = self.addresses.get(&named.to_lowercase()) {
            return found.as_deref();
        }
        let of_source = source.and_then(|source| self.keys.get(&(source.to_owned(), named.to_owned())));
        of_source
            .or_else(|| self.lone_keys.get(named)?.as_ref())
            .map(String::as_str)
    }

    fn knows(&mut self, person: &str, (source, key, email): (&str, &str, Option<&str>)) {
        self.keys
            .insert((source.to_owned(), key.to_owned()), person.to_owned());
        note(&mut self.lone_keys, key.to_owned(), person);
        if let Some(email) = email {
            note(&mut self.addresses, email.to_lowercase(), person);
        }
    }
}

/// Notes whose it is; nobody's, when it is two people's.
fn note(known: &mut HashMap<String, Option<String>>, key: String, person: &str) {
    known
        .entry(key)
        .and_modify(|owner| {
            if owner.as_deref() != Some(person) {
                *owner = None;
            }
        })
        .or_insert_with(|| Some(person.to_owned()));
}

/// One pass over what sources say now, and one over the profiles of today.
fn read(reader: &mut Reader) -> Result<Ties> {
    let today = reader.today()?;
    let mut ties = Ties::default();
    let mut sources: HashMap<(String, String), String> = HashMap::new();
    reader.each(
        sql!(
            "select source, source_key, person_id, email, manager_key
             from source_record
             where superseded_at is null"
        ),
        &[],
        |row| {
            let text = |index| row.str(index).map(Option::unwrap_or_default);
            let (source, person) = (text(0)?, text(2)?);
            ties.knows(person, (source, text(1)?, row.str(3)?));
            if let Some(manager) = row.str(4)? {
                sources.insert((person.to_owned(), manager.to_owned()), source.to_owned());
            }
            Ok(())
        },
    )?;
    profile::each_on(reader, today, |held| {
        if let Some(manager) = held.manager_key {
            let source = sources
                .get(&(held.person.to_string(), manager.to_owned()))
                .cloned();
            ties.named.push((held.person, manager.to_owned(), source));
        }
        Ok(())
    })?;
    Ok(ties)
}

/// Who works here today. Not asked when nobody is looked for.
fn here(reader: &mut Reader, wanted: usize) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    if wanted == 0 {
        return Ok(found);
    }
    let today = reader.today()?;
    reader.each(
        sql!(
            "select distinct person_id
             from engagement
             where superseded_at is null
               and start_on <= $1
               and (end_on is null or end_on >= $1)"
        ),
        &params![today],
        |row| {
            found.insert(row.get(0)?);
            Ok(())
        },
    )?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u8) -> String {
        format!("per_01K000000000000000000000{n:02}")
    }

    fn head(n: u8) -> Head {
        Head {
            account: "acc_1".into(),
            email: format!("p{n}@cast.example"),
            person: Some(person(n)),
        }
    }

    fn id(n: u8) -> Id<PersonKind> {
        person(n).parse().expect("it is an id")
    }

    /// People 1 to 6 of source hr; each is managed by what `named` says.
    fn ties(named: &[(u8, &str)]) -> Ties {
        let mut ties = Ties::default();
        for n in 1..=6 {
            ties.knows(
                &person(n),
                ("hr", &n.to_string(), Some(&format!("p{n}@cast.example"))),
            );
        }
        ties.named = named
            .iter()
            .map(|(n, manager)| (id(*n), (*manager).to_owned(), Some("hr".to_owned())))
            .collect();
        ties
    }

    fn found(ties: &Ties, head: &Head) -> Vec<(String, u8)> {
        reports(ties, head)
            .into_iter()
            .map(|(person, level)| (person.to_string(), level))
            .collect()
    }

    #[test]
    fn reports_are_found_through_three_levels_and_no_further() {
        let ties = ties(&[(2, "1"), (3, "P2@cast.example"), (4, "3"), (5, "4")]);
        assert_eq!(
            found(&ties, &head(1)),
            [(person(2), 1), (person(3), 2), (person(4), 3)]
        );
        assert_eq!(found(&ties, &head(5)), []);
    }

    #[test]
    fn a_circle_ends_and_nobody_is_their_own_report() {
        let ties = ties(&[(1, "2"), (2, "1"), (3, "3")]);
        assert_eq!(found(&ties, &head(1)), [(person(2), 1)]);
        assert_eq!(found(&ties, &head(3)), []);
    }

    #[test]
    fn an_id_of_another_source_is_somebody_else() {
        let mut ties = ties(&[]);
        ties.knows(&person(7), ("vendors", "1", None));
        ties.named = vec![
            (id(2), "1".into(), Some("hr".into())),
            (id(3), "1".into(), Some("vendors".into())),
            (id(4), "1".into(), None),
        ];
        assert_eq!(found(&ties, &head(1)), [(person(2), 1)]);
        assert_eq!(
            found(
                &ties,
                &Head {
                    person: Some(person(7)),
                    ..head(7)
                }
            ),
            [(person(3), 1)]
        );
    }

    #[test]
    fn a_manager_on_no_list_is_known_by_their_address() {
        let ties = ties(&[(2, "boss@partner.example")]);
        let boss = Head {
            account: "acc_9".into(),
            email: "Boss@partner.example".into(),
            person: None,
        };
        assert_eq!(found(&ties, &boss), [(person(2), 1)]);
        let late = Head {
            person: None,
            ..head(1)
        };
        assert_eq!(
            found(&self::ties(&[(2, "1")]), &late),
            [(person(2), 1)],
            "known by the address"
        );
        let other = Head {
            email: "other@partner.example".into(),
            ..boss
        };
        assert_eq!(found(&ties, &other), []);
    }
}
