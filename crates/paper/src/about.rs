//! Where an export came from: who ran what, over which window, when, and how many rows came out.
//!
//! An auditor has to be able to say that information produced by the organisation is complete and accurate
//! (AT-C 205.36); these are the facts that are asked for. Nothing here is computed: the caller knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PaperFault;
use crate::tally::Finished;

/// The facts that go with an export, in `export.json` or on the "About" sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What the list shows, in a sentence.
    pub title: String,
    /// The name of the query or measure, as the manual has it.
    pub query: String,
    /// The tables or sources it reads.
    pub sources: Vec<String>,
    /// The filters chosen, by name.
    pub parameters: BTreeMap<String, String>,
    /// The days covered, for example `2025-07-01 to 2026-06-30`; none where the list is of one instant.
    pub window: Option<String>,
    /// RFC 3339, UTC.
    pub run_at: String,
    /// The account, token or job that ran it.
    pub run_by: String,
    /// The version of the program.
    pub version: String,
    /// The log's checkpoint at that instant: tree size and root hash.
    pub checkpoint: Option<String>,
    /// Sums that must agree with other lists, for example starters, leavers and people at the end.
    pub totals: BTreeMap<String, i64>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    pub name: String,
    pub media_type: String,
    pub rows: u64,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl About {
    /// The contents of `export.json`: these facts and the files they go with. Ends in a line feed.
    pub fn sidecar(&self, files: &[FileFacts]) -> Result<Vec<u8>, PaperFault> {
        #[derive(Serialize)]
        struct Sidecar<'a> {
            #[serde(flatten)]
            about: &'a About,
            files: &'a [FileFacts],
        }
        let mut bytes = serde_json::to_vec_pretty(&Sidecar { about: self, files })
            .map_err(PaperFault::json("writing export.json"))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The facts as label and value, in reading order.
    pub fn lines(&self, rows: u64) -> Vec<(String, String)> {
        let mut lines = vec![
            ("Shows".to_owned(), self.title.clone()),
            ("Query".to_owned(), self.query.clone()),
            ("Sources".to_owned(), self.sources.join(", ")),
        ];
        lines.extend(
            self.parameters
                .iter()
                .map(|(name, value)| (format!("Filter: {name}"), value.clone())),
        );
        lines.push((
            "Window".to_owned(),
            self.window.clone().unwrap_or_else(|| "one instant".to_owned()),
        ));
        lines.push(("Run at (UTC)".to_owned(), self.run_at.clone()));
        lines.push(("Run by".to_owned(), self.run_by.clone()));
        lines.push(("Rows".to_owned(), rows.to_string()));
        lines.extend(
            self.totals
                .iter()
                .map(|(name, total)| (format!("Total: {name}"), total.to_string())),
        );
        lines.push(("Version".to_owned(), self.version.clone()));
        lines.push((
            "Log checkpoint".to_owned(),
            self.checkpoint.clone().unwrap_or_else(|| "none".to_owned()),
        ));
        lines
    }
}

impl<W> Finished<W> {
    /// What `export.json` says of this file.
    pub fn facts(&self, name: &str, media_type: &str) -> FileFacts {
        FileFacts {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            rows: self.rows,
            bytes: self.bytes,
            sha256: self.sha256.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidecar_says_who_when_what_and_the_fingerprint() {
        let about = About {
            run_by: "person:acc_1".into(),
            run_at: "2026-06-01T09:00:00.000Z".into(),
            ..About::default()
        };
        let file = Finished {
            out: (),
            rows: 3,
            bytes: 40,
            sha256: "ab".into(),
        }
        .facts("a.csv", "text/csv");
        let value: serde_json::Value =
            serde_json::from_slice(&about.sidecar(&[file]).expect("it is written")).expect("it is JSON");
        assert_eq!(value["run_by"], "person:acc_1");
        assert_eq!(value["files"][0]["rows"], 3);
        assert_eq!(value["files"][0]["sha256"], "ab");
    }
}
