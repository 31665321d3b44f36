//! In whose place somebody is told, when a manager is on leave.
//!
//! Whoever the manager asked to look after the team comes first, then the manager's own manager. Who is on leave
//! themselves, cannot be written to or is late themselves is passed over. Each row says whose place was taken and why.
//!
//! Not here: letting somebody look after a team ([`crate::delegation`]); which step asks it ([`super::plan`]).

use std::fmt;
use std::str::FromStr;

use db::{Fault, Reader, Result};

use super::facts::{self, Facts, Somebody};

/// Why it was this addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StandsIn {
    /// The manager asked them to.
    Delegate,
    /// They manage the manager.
    Manager,
}

/// Whose place an addressee takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The manager who is on leave.
    pub of: String,
    pub stands_in: StandsIn,
}

/// Who is told of what a manager has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Themselves,
    Instead {
        addressee: String,
        place: Place,
    },
    /// The manager is on leave, and nobody stands in.
    Nobody,
}

impl Facts {
    /// Who is told what a manager has to know about somebody.
    pub(super) fn told(&self, manager: &str, about: &str) -> Told {
        let Some(head) = self.people.get(manager) else {
            return Told::Themselves;
        };
        if !self.is_away(manager, head) {
            return Told::Themselves;
        }
        let instead = |id: &str, stands_in: StandsIn| Told::Instead {
            addressee: id.to_owned(),
            place: Place {
                of: manager.to_owned(),
                stands_in,
            },
        };
        let delegates = self.delegates.get(manager).map_or(&[][..], Vec::as_slice);
        if let Some(one) = delegates.iter().find(|one| self.can_be_told(one, about)) {
            return instead(one, StandsIn::Delegate);
        }
        let upper = head
            .manager_key
            .as_ref()
            .and_then(|key| self.managers.get(key)?.as_deref());
        match upper {
            Some(upper) if self.can_be_told(upper, about) => instead(upper, StandsIn::Manager),
            _ => Told::Nobody,
        }
    }

    fn can_be_told(&self, id: &str, about: &str) -> bool {
        let found = self.people.get(id).filter(|one| one.here && id != about);
        found.is_some_and(|one| one.email().is_some() && !self.is_away(id, one))
    }

    /// Whether somebody is on leave, on the day it is where they are.
    pub(super) fn is_away(&self, id: &str, somebody: &Somebody) -> bool {
        let today = self.now.day(&self.zone_of(Some(somebody)));
        self.leaves.get(id).is_some_and(|leaves| {
            leaves
                .iter()
                .any(|away| away.from_on <= today && away.until_on.is_none_or(|until| today <= until))
        })
    }
}

/// Reads who looks after the teams of the managers that are known by now.
///
/// # Errors
/// A fault of the engine.
pub fn read(reader: &mut Reader, facts: &mut Facts) -> Result<()> {
    let today = facts.today;
    let managers: Vec<String> = facts.managers.values().flatten().cloned().collect();
    if managers.is_empty() {
        return Ok(());
    }
    let mut live = crate::delegation::live(reader)?;
    for manager in managers {
        let Some(delegations) = live.remove(&manager) else {
            continue;
        };
        let ids: Vec<String> = delegations.iter().map(|one| one.person.to_string()).collect();
        for id in &ids {
            if !facts.people.contains_key(id) {
                let somebody = facts::one(reader, id, today)?;
                facts.people.insert(id.clone(), somebody);
            }
        }
        facts.delegates.insert(manager, ids);
    }
    Ok(())
}

impl StandsIn {
    pub fn as_str(self) -> &'static str {
        match self {
            StandsIn::Delegate => "delegate",
            StandsIn::Manager => "manager",
        }
    }

    /// Why, to whoever asks.
    pub fn words(self) -> &'static str {
        match self {
            StandsIn::Delegate => "who was on leave and had asked them to look after the team",
            StandsIn::Manager => "who was on leave and whose manager they are",
        }
    }
}

impl fmt::Display for StandsIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StandsIn {
    type Err = Fault;

    fn from_str(text: &str) -> std::result::Result<StandsIn, Fault> {
        match text {
            "delegate" => Ok(StandsIn::Delegate),
            "manager" => Ok(StandsIn::Manager),
            _ => Err(Fault::new("reading why somebody stood in, which is not known")),
        }
    }
}
