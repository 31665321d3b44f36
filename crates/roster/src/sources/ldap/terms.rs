//! What the owner says about a directory's entries: whose habits it has, what its words mean, and where to look.
//!
//! Not here: the entries themselves ([`super::entry`]) and what comes of them ([`super`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::{self, Entry};
use crate::engagement::EngagementKind;

/// `userAccountControl`: the account is disabled.
const DISABLED: u32 = 2;
/// `pwdAccountLockedTime` of an account that an administrator locked for good; any other time is a lock after wrong passwords.
pub(super) const LOCKED_FOR_GOOD: &str = "000001010000Z";

/// Whose habits the directory has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    ActiveDirectory,
    Ldap,
}

/// What the owner says about the directory's entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub flavour: Flavour,
    /// The kind of people who have none.
    pub kind: Option<EngagementKind>,
    /// The organisation's own words for kinds, in the form of [`word::plain`].
    pub kinds: BTreeMap<String, EngagementKind>,
    /// The groups that become tags, by name.
    pub groups: Vec<String>,
    pub attributes: Attributes,
}

/// Where to look for what directories keep in different places; empty for the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attributes {
    pub employee_number: String,
    pub kind: String,
    pub department: String,
    pub employer: String,
    pub start: String,
    pub end: String,
}

impl Terms {
    /// The attributes a search asks for.
    pub fn asked(&self) -> Vec<&str> {
        let own = &self.attributes;
        let own = [
            &own.employee_number,
            &own.kind,
            &own.department,
            &own.employer,
            &own.start,
            &own.end,
        ];
        let usual: &[&str] = match self.flavour {
            Flavour::ActiveDirectory => &[
                "objectGUID",
                "employeeID",
                "employeeNumber",
                "employeeType",
                "department",
                "company",
                "division",
                "userAccountControl",
                "accountExpires",
                "physicalDeliveryOfficeName",
                "co",
            ],
            Flavour::Ldap => &[
                "entryUUID",
                "nsUniqueId",
                "employeeNumber",
                "employeeType",
                "departmentNumber",
                "ou",
                "o",
                "pwdAccountLockedTime",
                "nsAccountLock",
                "l",
                "c",
            ],
        };
        let both = [
            "cn",
            "displayName",
            "givenName",
            "sn",
            "mail",
            "title",
            "manager",
            "preferredLanguage",
            "memberOf",
        ];
        let mut asked: Vec<&str> = both.iter().chain(usual).copied().collect();
        asked.extend(
            own.iter()
                .map(|name| name.as_str())
                .filter(|name| !name.is_empty()),
        );
        asked
    }

    pub(super) fn key(&self, entry: &Entry) -> Option<String> {
        match self.flavour {
            Flavour::ActiveDirectory => entry.values("objectGUID").next().and_then(entry::guid),
            Flavour::Ldap => entry.text("entryUUID").or_else(|| entry.text("nsUniqueId")),
        }
    }

    /// The first that is there of the owner's attribute, or of the usual ones when they named none.
    pub(super) fn one(
        &self,
        entry: &Entry,
        own: &str,
        active_directory: &[&str],
        ldap: &[&str],
    ) -> Option<String> {
        if !own.is_empty() {
            return entry.text(own);
        }
        let usual = match self.flavour {
            Flavour::ActiveDirectory => active_directory,
            Flavour::Ldap => ldap,
        };
        usual.iter().find_map(|name| entry.text(name))
    }

    pub(super) fn is_disabled(&self, entry: &Entry) -> bool {
        match self.flavour {
            Flavour::ActiveDirectory => entry
                .text("userAccountControl")
                .and_then(|flags| flags.parse::<i64>().ok())
                .is_some_and(|flags| flags & i64::from(DISABLED) != 0),
            Flavour::Ldap => {
                entry.text("pwdAccountLockedTime").as_deref() == Some(LOCKED_FOR_GOOD)
                    || entry
                        .text("nsAccountLock")
                        .is_some_and(|locked| locked.eq_ignore_ascii_case("true"))
            }
        }
    }
}
