//! What a list says, whatever system it comes from: accounts, rows that cannot be read, and what was assumed.
//!
//! Rows of one account are one: a person has a row for each group, application or sign-in in some exports.
//!
//! Not here: bytes ([`crate::sources`]), and whose the accounts are ([`crate::link`]).

use std::collections::HashMap;

use serde::Serialize;

use crate::account::{Account, AccountKind};
use crate::sources::profile::Profile;

/// Roles of one account that are kept apart; more are counted, not named.
const ROLES_KEPT: usize = 5;

/// A list as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    pub profile: Profile,
    /// Data rows of the file.
    pub rows: u64,
    /// One for each key, in the order in which they first stand in the file.
    pub accounts: Vec<Account>,
    pub refused: Vec<RefusedRow>,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
}

/// Why a row cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RefusedRow {
    pub line: u64,
    pub column: String,
    pub reason: String,
}

/// Accounts as rows come in.
#[derive(Debug, Default)]
pub struct Gathering {
    accounts: Vec<Account>,
    places: HashMap<String, usize>,
    roles: HashMap<usize, Vec<String>>,
}

impl Gathering {
    /// Takes one row; a further row of an account adds to what is known of it.
    pub fn take(&mut self, account: Account) {
        let Some(&place) = self.places.get(&account.key) else {
            self.places.insert(account.key.clone(), self.accounts.len());
            self.accounts.push(account);
            return;
        };
        let known = &mut self.accounts[place];
        // Access began with the first row and is there while any row is.
        known.created_on = match (known.created_on, account.created_on) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        known.last_seen_on = known.last_seen_on.max(account.last_seen_on);
        known.inactive &= account.inactive;
        known.mfa = known.mfa.or(account.mfa);
        known.email = known.email.take().or(account.email);
        known.name_id = known.name_id.take().or(account.name_id);
        known.number = known.number.take().or(account.number);
        known.name = known.name.take().or(account.name);
        if known.kind == AccountKind::Unsaid {
            known.kind = account.kind;
        }
        if let Some(role) = account.role {
            let first = known.role.clone();
            let roles = self
                .roles
                .entry(place)
                .or_insert_with(|| first.into_iter().collect());
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
    }

    /// Everybody, once.
    pub fn finish(mut self) -> Vec<Account> {
        for (place, roles) in self.roles {
            let more = roles.len().saturating_sub(ROLES_KEPT);
            let mut text = roles[..roles.len().min(ROLES_KEPT)].join(", ");
            if more > 0 {
                text.push_str(&format!(" and {more} more"));
            }
            self.accounts[place].role = Some(text);
        }
        self.accounts
    }
}

#[cfg(test)]
mod tests {
    use db::Day;

    use super::*;

    #[test]
    fn rows_of_one_account_are_one_and_access_began_with_the_first() {
        let mut gathering = Gathering::default();
        let row = |role: &str, created: i32, inactive| Account {
            key: "ada".to_owned(),
            role: Some(role.to_owned()),
            created_on: Some(Day(created)),
            last_seen_on: Some(Day(created + 5)),
            inactive,
            ..Account::default()
        };
        for (role, created, inactive) in [
            ("developer", 200, true),
            ("owner", 100, false),
            ("owner", 300, true),
        ] {
            gathering.take(row(role, created, inactive));
        }
        let accounts = gathering.finish();
        assert_eq!(accounts.len(), 1);
        assert_eq!(accounts[0].role.as_deref(), Some("developer, owner"));
        assert_eq!(
            (
                accounts[0].created_on,
                accounts[0].last_seen_on,
                accounts[0].inactive
            ),
            (Some(Day(100)), Some(Day(305)), false)
        );
    }
}
