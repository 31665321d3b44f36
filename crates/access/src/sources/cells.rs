//! One row of cells as an account, or the reasons why it cannot be one.
//!
//! Blank, `N/A`, `not_supported`, `no_information` and "Never logged in" all say nothing. The address of a guest in Entra is
//! decoded from the name under which the host knows them.
//!
//! Not here: which cell is which ([`crate::sources::file`]).

use db::Day;
use roster::sources::cells::lowered;
use roster::sources::date::{self, DateOrder};

use crate::account::{Account, AccountKind};
use crate::snapshot::RefusedRow;
use crate::sources::mapping::Mapping;
use crate::sources::profile::{Column, Profile};

/// How much of a bad cell a reason quotes.
const QUOTED_CHARS: usize = 40;

/// Where each column is in a row; several places are tried in order.
pub(crate) type Places = Vec<(Column, Vec<usize>)>;

/// How the rows of one file are read.
pub(crate) struct Reading<'a> {
    pub(crate) profile: Profile,
    pub(crate) places: &'a Places,
    pub(crate) mapping: &'a Mapping,
    pub(crate) order: DateOrder,
    /// The status column is about being suspended, so yes means nobody gets in.
    pub(crate) status_is_suspended: bool,
}

struct Cells<'a> {
    reading: &'a Reading<'a>,
    record: &'a csv::StringRecord,
    line: u64,
    refused: Vec<RefusedRow>,
}

impl Reading<'_> {
    /// # Errors
    /// Every cell of the row that cannot be taken.
    pub(crate) fn row(&self, line: u64, record: &csv::StringRecord) -> Result<Account, Vec<RefusedRow>> {
        let mut cells = Cells {
            reading: self,
            record,
            line,
            refused: Vec::new(),
        };
        let login = cells.first(Column::Login);
        let email = cells
            .email(Column::Email)
            .or_else(|| login.as_deref().and_then(address));
        let known_as = cells
            .first(Column::Account)
            .or_else(|| login.clone())
            .or_else(|| email.clone());
        let Some(known_as) = known_as else {
            cells.refuse(
                Column::Login,
                "The row names no account: login, e-mail and account id are blank.".to_owned(),
            );
            return Err(cells.refused);
        };
        let name_id = cells.first(Column::NameId);
        let account = Account {
            key: decoded_guest(&known_as).unwrap_or_else(|| lowered(&known_as)),
            line,
            login: login.unwrap_or(known_as),
            email,
            name_id: name_id.map(|id| address(&id).unwrap_or(id)),
            number: cells.first(Column::Number),
            name: cells.name(),
            role: cells.first(Column::Role),
            kind: cells.kind(),
            inactive: cells.inactive(),
            created_on: cells.days(Column::Created).into_iter().min(),
            last_seen_on: cells.days(Column::LastSeen).into_iter().max(),
            mfa: cells.mfa(),
        };
        if cells.refused.is_empty() {
            Ok(account)
        } else {
            Err(cells.refused)
        }
    }
}

impl<'a> Cells<'a> {
    fn all(&self, column: Column) -> impl Iterator<Item = &'a str> + use<'a> {
        let places = self.reading.places.iter().find(|(one, _)| *one == column);
        let record = self.record;
        let places = places.map(|(_, places)| places.as_slice()).unwrap_or_default();
        places
            .iter()
            .map(move |place| record.get(*place).unwrap_or_default().trim())
            .filter(|cell| !says_nothing(cell))
    }

    fn first(&self, column: Column) -> Option<String> {
        let cell = self.all(column).next()?;
        Some(cell.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn email(&self, column: Column) -> Option<String> {
        self.all(column).find_map(address)
    }

    fn name(&self) -> Option<String> {
        self.first(Column::Name).or_else(|| {
            let parts = [self.first(Column::GivenName), self.first(Column::FamilyName)];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            (!name.is_empty()).then_some(name)
        })
    }

    fn kind(&mut self) -> AccountKind {
        let Some(word) = self.first(Column::Kind) else {
            return AccountKind::Unsaid;
        };
        self.reading.mapping.kind(&word).unwrap_or_default()
    }

    fn inactive(&mut self) -> bool {
        if self.all(Column::Removed).next().is_some() {
            return true;
        }
        let Some(word) = self.first(Column::Status) else {
            return false;
        };
        match self.reading.mapping.is_inactive(&word) {
            Some(found) => found != self.reading.status_is_suspended,
            None => {
                let short: String = word.chars().take(QUOTED_CHARS).collect();
                self.refuse(
                    Column::Status,
                    format!("“{short}” is not a status muster knows; map it to active or inactive under [statuses]."),
                );
                false
            }
        }
    }

    fn days(&mut self, column: Column) -> Vec<Day> {
        let cells: Vec<&str> = self.all(column).collect();
        let mut days = Vec::new();
        for cell in cells {
            match date::read(cell, self.reading.order) {
                Ok(day) => days.push(day),
                Err(why) => {
                    let short: String = cell.chars().take(QUOTED_CHARS).collect();
                    self.refuse(column, format!("“{short}” {why}."));
                }
            }
        }
        days
    }

    fn mfa(&self) -> Option<bool> {
        match self.first(Column::Mfa)?.to_lowercase().as_str() {
            "true" | "yes" | "1" | "enabled" | "required" | "secure" => Some(true),
            "false" | "no" | "0" | "disabled" | "insecure" => Some(false),
            _ => None,
        }
    }

    fn refuse(&mut self, column: Column, reason: String) {
        self.refused.push(RefusedRow {
            line: self.line,
            column: column.name().to_owned(),
            reason,
        });
    }
}

/// A row of sign-ins counts when somebody got in.
pub(crate) fn counts(profile: Profile, status: Option<&str>) -> bool {
    profile != Profile::EntraSignIns || status.is_none_or(|word| word.trim().eq_ignore_ascii_case("success"))
}

fn says_nothing(cell: &str) -> bool {
    matches!(
        cell.to_ascii_lowercase().as_str(),
        "" | "-"
            | "n/a"
            | "na"
            | "null"
            | "none"
            | "never"
            | "not_supported"
            | "no_information"
            | "never logged in"
    )
}

/// The address a text is, lower case, a guest's decoded; `None` when it is none.
fn address(text: &str) -> Option<String> {
    if let Some(guest) = decoded_guest(text) {
        return Some(guest);
    }
    let text = lowered(text);
    let (local, domain) = text.rsplit_once('@')?;
    let sound = !local.is_empty()
        && !local.contains('@')
        && domain.contains('.')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'));
    sound.then_some(text)
}

/// `ada_example.com#EXT#@host.onmicrosoft.com` is `ada@example.com`.
fn decoded_guest(text: &str) -> Option<String> {
    let text = lowered(text);
    let (home, _) = text.split_once("#ext#")?;
    let (local, domain) = home.rsplit_once('_')?;
    (!local.is_empty() && domain.contains('.')).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_known_by_the_address_at_home() {
        assert_eq!(
            address("Ada_Lovelace_example.com#EXT#@host.onmicrosoft.com").as_deref(),
            Some("ada_lovelace@example.com")
        );
        assert_eq!(address("ada"), None);
        assert_eq!(address(" Ada@Example.com ").as_deref(), Some("ada@example.com"));
        assert_eq!(decoded_guest("#ext#@host.example"), None);
    }

    #[test]
    fn only_sign_ins_that_got_in_count() {
        assert!(counts(Profile::EntraSignIns, Some("Success")));
        assert!(!counts(Profile::EntraSignIns, Some("Failure")));
        assert!(counts(Profile::Other, Some("Failure")));
    }
}
