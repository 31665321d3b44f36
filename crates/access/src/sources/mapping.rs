//! An organisation's own words for a list's columns, kinds and states, in a small TOML file.
//!
//! ```toml
//! [columns]
//! login = "Benutzer"
//! last_seen = "Letzte Anmeldung"
//!
//! [kinds]
//! "Robot" = "service"
//!
//! [statuses]
//! "Gesperrt" = "inactive"
//! ```
//!
//! Not here: the words every organisation uses ([`crate::sources::profile`]).

use std::collections::BTreeMap;

use db::Refusal;
use roster::sources::word::plain;
use serde::Deserialize;

use crate::account::AccountKind;
use crate::sources::profile::{COLUMNS, Column};

/// A mapping file is a page of text; more is a mistake.
const MAPPING_BYTES_MAX: usize = 256 * 1024;

/// Asked before muster's own words.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Our column to the header's text as the file spells it.
    pub columns: BTreeMap<Column, String>,
    kinds: BTreeMap<String, AccountKind>,
    inactive: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    kinds: BTreeMap<String, String>,
    #[serde(default)]
    statuses: BTreeMap<String, String>,
}

impl Mapping {
    /// # Errors
    /// A refusal when the text is not such a file, or names a column, kind or state muster has not.
    pub fn from_toml(text: &str) -> Result<Mapping, Refusal> {
        if text.len() > MAPPING_BYTES_MAX {
            return Err(refused(
                "The mapping file is larger than 256 kB; it needs only the columns and words that differ.",
            ));
        }
        let written: Written = toml::from_str(text).map_err(|e| {
            refused(format!(
                "The mapping file cannot be read: {}. It has the tables [columns], [kinds] and [statuses], and lines like login = \"User name\".",
                e.message().trim_end_matches('.')
            ))
        })?;
        let mut mapping = Mapping::default();
        for (ours, theirs) in written.columns {
            let column = Column::named(&ours).ok_or_else(|| {
                let known: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
                refused(format!(
                    "The mapping file names the column “{ours}”, which an access list has not. There are {}.",
                    known.join(", ")
                ))
            })?;
            mapping.columns.insert(column, theirs);
        }
        for (theirs, ours) in written.kinds {
            let kind = ours.parse().map_err(|_: Refusal| {
                refused(format!(
                    "The mapping file maps “{theirs}” to the kind “{ours}”; use person, service or shared."
                ))
            })?;
            mapping.kinds.insert(plain(&theirs), kind);
        }
        for (theirs, ours) in written.statuses {
            let inactive = match ours.as_str() {
                "active" => false,
                "inactive" => true,
                _ => {
                    return Err(refused(format!(
                        "The mapping file maps “{theirs}” to the status “{ours}”; use active or inactive."
                    )));
                }
            };
            mapping.inactive.insert(plain(&theirs), inactive);
        }
        Ok(mapping)
    }

    pub(crate) fn kind(&self, word: &str) -> Option<AccountKind> {
        let word = plain(word);
        self.kinds.get(&word).copied().or(match word.as_str() {
            "person" | "user" | "human" | "member" | "guest" => Some(AccountKind::Person),
            "service" | "serviceaccount" | "serviceprincipal" | "bot" | "robot" | "machine"
            | "application" | "app" | "projectbot" => Some(AccountKind::Service),
            "shared" | "sharedmailbox" | "group" | "room" => Some(AccountKind::Shared),
            _ => None,
        })
    }

    /// Whether a word of a status column says that nobody gets in.
    pub(crate) fn is_inactive(&self, word: &str) -> Option<bool> {
        let word = plain(word);
        self.inactive.get(&word).copied().or(match word.as_str() {
            "active" | "enabled" | "true" | "yes" | "approved" | "accepted" | "1" => Some(false),
            "inactive" | "disabled" | "false" | "no" | "suspended" | "deactivated" | "deprovisioned"
            | "blocked" | "banned" | "archived" | "deleted" | "locked" | "invited" | "pending" | "staged"
            | "awaiting" | "0" => Some(true),
            _ => None,
        })
    }
}

fn refused(sentence: impl Into<String>) -> Refusal {
    Refusal::new("mapping-unreadable", sentence).field("map")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisations_own_words_come_first() {
        let text = "[columns]\nlogin = \"Benutzer\"\n[kinds]\nUser = \"shared\"\n[statuses]\nGesperrt = \"inactive\"\nPending = \"active\"";
        let mapping = Mapping::from_toml(text).expect("the file is right");
        assert_eq!(
            mapping.columns.get(&Column::Login).map(String::as_str),
            Some("Benutzer")
        );
        assert_eq!(mapping.kind("user"), Some(AccountKind::Shared));
        assert_eq!(mapping.is_inactive("GESPERRT"), Some(true));
        assert_eq!(mapping.is_inactive("pending"), Some(false));
        assert_eq!(mapping.is_inactive("Suspended"), Some(true));
    }

    #[test]
    fn a_mapping_that_names_what_is_not_is_refused() {
        for text in [
            "[columns]\nshoe_size = \"Shoes\"",
            "[kinds]\nX = \"pirate\"",
            "[statuses]\nX = \"gone\"",
            "columns",
        ] {
            let refusal = Mapping::from_toml(text).expect_err("it names what is not");
            assert!(refusal.sentence.ends_with('.'), "{refusal}");
        }
    }
}
