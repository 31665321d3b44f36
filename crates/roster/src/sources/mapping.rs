//! An organisation's own words for a source's columns and kinds, kept in a small TOML file.
//!
//! ```toml
//! unread = ["Type"]
//!
//! [columns]
//! source_id = "Employee #"
//!
//! [kinds]
//! "Full-Time" = "employee"
//!
//! [statuses]
//! "Garden leave" = "leave"
//! ```
//!
//! Not here: the words every organisation uses ([`crate::sources::header`], [`crate::sources::word`]).

use std::collections::{BTreeMap, BTreeSet};

use db::{Fault, Refusal};
use serde::{Deserialize, Serialize};

use crate::engagement::EngagementKind;
use crate::snapshot::Status;
use crate::sources::column::Column;
use crate::sources::word;

/// A mapping file is a page of text; more is a mistake.
const MAPPING_BYTES_MAX: usize = 256 * 1024;

/// Asked before muster's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Our column to the header's text as the file spells it.
    pub columns: BTreeMap<Column, String>,
    /// Headers that are not read although muster would know them, as [`word::plain`].
    pub unread: BTreeSet<String>,
    /// Keys are [`word::plain`].
    pub kinds: BTreeMap<String, EngagementKind>,
    /// Keys are [`word::plain`].
    pub statuses: BTreeMap<String, Status>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    kinds: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    statuses: BTreeMap<String, String>,
}

impl Mapping {
    /// # Errors
    /// A refusal when the text is not such a file, or names a column, kind or status muster has not.
    pub fn from_toml(text: &str) -> Result<Mapping, Refusal> {
        if text.len() > MAPPING_BYTES_MAX {
            return Err(refused(
                "The mapping file is larger than 256 kB; it needs only the columns and words that differ.",
            ));
        }
        let written: Written = toml::from_str(text).map_err(|e| {
            refused(format!(
                "The mapping file cannot be read: {}. It has the tables [columns], [kinds] and [statuses], and lines like source_id = \"Employee #\".",
                e.message().trim_end_matches('.')
            ))
        })?;
        let mut mapping = Mapping {
            unread: written.unread.iter().map(|header| word::plain(header)).collect(),
            ..Mapping::default()
        };
        for (ours, theirs) in written.columns {
            let column = Column::named(&ours).ok_or_else(|| {
                refused(format!("The mapping file names the column “{ours}”, which muster has not; see the list of columns in the manual."))
            })?;
            mapping.columns.insert(column, theirs);
        }
        for (theirs, ours) in written.kinds {
            let kind = ours.parse().map_err(|_: Refusal| {
                refused(format!("The mapping file maps “{theirs}” to the kind “{ours}”; use employee, contractor, intern, temp, vendor_staff, board or other."))
            })?;
            mapping.kinds.insert(word::plain(&theirs), kind);
        }
        for (theirs, ours) in written.statuses {
            let status = Status::named(&ours).ok_or_else(|| {
                refused(format!(
                    "The mapping file maps “{theirs}” to the status “{ours}”; use active, leave or ended."
                ))
            })?;
            mapping.statuses.insert(word::plain(&theirs), status);
        }
        Ok(mapping)
    }

    /// The mapping as [`Mapping::from_toml`] reads it. Words are in their plain form.
    ///
    /// # Errors
    /// A fault when it cannot be written, which no mapping can cause.
    pub fn to_toml(&self) -> Result<String, Fault> {
        let columns = self.columns.iter();
        let kinds = self.kinds.iter();
        let statuses = self.statuses.iter();
        let written = Written {
            unread: self.unread.iter().cloned().collect(),
            columns: columns
                .map(|(ours, theirs)| (ours.name().to_owned(), theirs.clone()))
                .collect(),
            kinds: kinds
                .map(|(word, kind)| (word.clone(), kind.as_str().to_owned()))
                .collect(),
            statuses: statuses
                .map(|(word, status)| (word.clone(), status.as_str().to_owned()))
                .collect(),
        };
        toml::to_string(&written).map_err(|e| Fault::of("writing a mapping", e))
    }

    /// Whether a column of this header is left unread.
    pub fn leaves_out(&self, header: &str) -> bool {
        !self.unread.is_empty() && self.unread.contains(&word::plain(header))
    }

    pub fn kind(&self, text: &str) -> Option<EngagementKind> {
        self.kinds
            .get(&word::plain(text))
            .copied()
            .or_else(|| word::kind(text))
    }

    pub fn status(&self, text: &str) -> Option<Status> {
        self.statuses
            .get(&word::plain(text))
            .copied()
            .or_else(|| word::status(text))
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
        let mapping = Mapping::from_toml("[columns]\nsource_id = \"Employee #\"\n[kinds]\n\"Staff\" = \"board\"\n[statuses]\nGone = \"ended\"")
            .expect("the file is right");
        assert_eq!(
            mapping.columns.get(&Column::SourceId).map(String::as_str),
            Some("Employee #")
        );
        assert_eq!(mapping.kind("staff"), Some(EngagementKind::Board));
        assert_eq!(mapping.kind("Full-Time"), Some(EngagementKind::Employee));
        assert_eq!(mapping.status("GONE"), Some(Status::Ended));
    }

    #[test]
    fn a_mapping_that_names_what_is_not_is_refused() {
        for text in [
            "[columns]\nshoe_size = \"Shoes\"",
            "[kinds]\nX = \"pirate\"",
            "[statuses]\nX = \"gone\"",
            "columns",
            "[other]\na = \"b\"",
        ] {
            let refusal = Mapping::from_toml(text).expect_err("it names what is not");
            assert!(refusal.sentence.ends_with('.'), "{refusal}");
        }
    }
}
