//! Every record in a pack is opened, hashed and traced to the signed root, one line at a time.
//!
//! Invariants: a record line is the RFC 8785 text of one object with either `key` and `body`, or, after erasure,
//! `commit`; proof lines stand in the order of the record lines, one each; lines have a limit.
//!
//! Not here: reading the archive (`archive`) and the verdict (`verify`).

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, write_text};
use crate::commitment::{Entry, Opening};
use crate::tree::{Hash, leaf_hash};
use crate::{Error, Result};

/// Records with a `.tlog-proof` file each; above this many only `log/proofs.jsonl`.
pub const PROOF_FILES_MAX: usize = 1_000;
/// Bytes in one line. A ledger body is a few hundred.
pub const LINE_MAX: usize = 1024 * 1024;

/// One line of `data/records.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Place in the ledger and index in the tree, from 0.
    pub seq: u64,
    /// What kind of act.
    pub kind: String,
    /// Evidence class.
    pub class: String,
    /// RFC 3339, UTC, milliseconds.
    pub occurred_at: String,
    /// RFC 3339, UTC, milliseconds.
    pub recorded_at: String,
    /// The commitment's key, 64 lower-case hex digits; absent after erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// RFC 8785 text of `{actor, payload, subject}`; absent after erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The commitment, 64 lower-case hex digits; present only after erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// One line of `log/proofs.jsonl`. Base64 is never escaped, so nothing is copied.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofLine<'a> {
    #[serde(borrow)]
    path: Vec<&'a str>,
    seq: u64,
}

/// Whole numbers from here on have no canonical form.
const SEQ_END: u64 = 1 << 53;

/// Cuts a stream of bytes into lines, whatever pieces it comes in.
#[derive(Default)]
pub(crate) struct Lines(Vec<u8>);

impl Record {
    /// The record of a ledger entry.
    pub fn of(entry: &Entry<'_>) -> Record {
        let (key, body, commit) = match entry.opening {
            Opening::Open { key, body } => (Some(hex::encode(key)), Some(body.to_owned()), None),
            Opening::Erased { commit } => (None, None, Some(hex::encode(commit))),
        };
        Record {
            seq: entry.seq,
            kind: entry.kind.to_owned(),
            class: entry.class.to_owned(),
            occurred_at: entry.occurred_at.to_owned(),
            recorded_at: entry.recorded_at.to_owned(),
            key,
            body,
            commit,
        }
    }

    /// The line for `data/records.jsonl`, ended by a line feed. Written by hand, because a pack has a million of them.
    ///
    /// # Errors
    /// A `seq` of 2^53 or more.
    pub fn line(&self) -> Result<String> {
        check_seq(self.seq)?;
        let mut out =
            String::with_capacity(320 + self.body.as_ref().map_or(0, |body| body.len() + body.len() / 4));
        let mut member = |name: &str, text: &str| {
            out.push(if out.is_empty() { '{' } else { ',' });
            write_text(&mut out, name);
            out.push(':');
            write_text(&mut out, text);
        };
        if let Some(body) = &self.body {
            member("body", body);
        }
        member("class", &self.class);
        if let Some(commit) = &self.commit {
            member("commit", commit);
        }
        if let Some(key) = &self.key {
            member("key", key);
        }
        member("kind", &self.kind);
        member("occurred_at", &self.occurred_at);
        member("recorded_at", &self.recorded_at);
        out.push_str(",\"seq\":");
        out.push_str(&self.seq.to_string());
        out.push_str("}\n");
        Ok(out)
    }

    /// Reads a line, without its line feed.
    ///
    /// # Errors
    /// Anything but the members above, each once.
    pub fn from_line(line: &str) -> Result<Record> {
        serde_json::from_str(line)
            .map_err(|source| Error::Record(format!("It is not a record line (column {}).", source.column())))
    }

    /// The leaf hash of the record, made anew from what the line says.
    ///
    /// # Errors
    /// Neither content nor commitment, or both, or one that is not what it should be.
    pub fn leaf_hash(&self) -> Result<Hash> {
        let refused = |why: &str| Error::Record(format!("Record {} {why}.", self.seq));
        let key;
        let opening = match (&self.key, &self.body, &self.commit) {
            (Some(hexed), Some(body), None) => {
                key = hexed
                    .parse::<Hash>()
                    .map_err(|_| refused("has a key that is not 64 hex digits"))?;
                check_body(body).map_err(refused)?;
                Opening::Open { key: &key.0, body }
            }
            (None, None, Some(commit)) => Opening::Erased {
                commit: commit
                    .parse::<Hash>()
                    .map_err(|_| refused("has a commitment that is not 64 hex digits"))?
                    .0,
            },
            _ => return Err(refused("must have a key and a body, or else a commitment alone")),
        };
        let entry = Entry {
            seq: self.seq,
            kind: &self.kind,
            class: &self.class,
            occurred_at: &self.occurred_at,
            recorded_at: &self.recorded_at,
            opening,
        };
        Ok(leaf_hash(entry.leaf().text().as_bytes()))
    }
}

/// The line for `log/proofs.jsonl`, ended by a line feed.
///
/// # Errors
/// A `seq` of 2^53 or more.
pub fn proof_line(seq: u64, path: &[Hash]) -> Result<String> {
    check_seq(seq)?;
    let mut out = String::with_capacity(40 + path.len() * 48);
    out.push_str("{\"path\":[");
    for (level, hash) in path.iter().enumerate() {
        out.push_str(if level == 0 { "\"" } else { ",\"" });
        STANDARD.encode_string(hash.0, &mut out);
        out.push('"');
    }
    out.push_str("],\"seq\":");
    out.push_str(&seq.to_string());
    out.push_str("}\n");
    Ok(out)
}

fn check_seq(seq: u64) -> Result<()> {
    if seq < SEQ_END {
        return Ok(());
    }
    Err(Error::Record(format!(
        "The place {seq} is too large to be written as JSON."
    )))
}

/// Reads what [`proof_line`] wrote, without its line feed: the index and the path.
///
/// # Errors
/// Anything else, or a path longer than any tree is high.
pub fn proof_from_line(line: &str) -> Result<(u64, Vec<Hash>)> {
    let refused = || Error::Proof("It is not a proof line.".into());
    let parsed: ProofLine = serde_json::from_str(line).map_err(|_| refused())?;
    if parsed.path.len() > 64 {
        return Err(refused());
    }
    let path = parsed
        .path
        .iter()
        .map(|hash| Hash::from_base64(hash))
        .collect::<Result<Vec<Hash>>>()?;
    Ok((parsed.seq, path))
}

impl Lines {
    /// Takes the next piece and hands out each line that is complete.
    pub(crate) fn feed(&mut self, mut piece: &[u8], each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        while !piece.is_empty() {
            piece
                .read_until(b'\n', &mut self.0)
                .map_err(Error::io("reading a piece in memory"))?;
            let whole = self.0.last() == Some(&b'\n');
            if self.0.len() - usize::from(whole) > LINE_MAX {
                return Err(Error::Record("A line is longer than 1 MiB.".into()));
            }
            if whole {
                self.0.pop();
                let text =
                    str::from_utf8(&self.0).map_err(|_| Error::Record("A line is not UTF-8.".into()))?;
                each(text)?;
                self.0.clear();
            }
        }
        Ok(())
    }

    /// Whether the last line was ended.
    pub(crate) fn ended(&self) -> bool {
        self.0.is_empty()
    }
}

/// The body must be the text that was committed to and say who, to whom and what: nothing less and nothing more.
fn check_body(body: &str) -> std::result::Result<(), &'static str> {
    let value: serde_json::Value = serde_json::from_str(body).map_err(|_| "has a body that is not JSON")?;
    let members = value.as_object().ok_or("has a body that is not a JSON object")?;
    let exact = members.len() == 3
        && ["actor", "payload", "subject"]
            .iter()
            .all(|name| members.contains_key(*name));
    if !exact {
        return Err("has a body with members other than actor, payload and subject");
    }
    match canonical::canonical(&value) {
        Ok(text) if text == body => Ok(()),
        _ => Err("has a body that is not in RFC 8785 form"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::commitment::commit;
    use crate::tree::empty_root;

    const BODY: &str = r#"{"actor":"job:reconcile","payload":{"days":[1,2.5]},"subject":"rule:r_1"}"#;

    fn entry(opening: Opening<'_>) -> Entry<'_> {
        let at = "2026-06-01T09:00:00.000Z";
        Entry {
            seq: 5,
            kind: "rule-applied",
            class: "A",
            occurred_at: at,
            recorded_at: at,
            opening,
        }
    }

    #[test]
    fn a_line_comes_back_and_has_the_leaf_of_its_entry() {
        for opening in [
            Opening::Open {
                key: &[7; 32],
                body: BODY,
            },
            Opening::Erased {
                commit: commit(&[7; 32], BODY),
            },
        ] {
            let record = Record::of(&entry(opening));
            let line = record.line().expect("it can be written");
            assert_eq!(
                Record::from_line(line.trim_end()).expect("it was written by us"),
                record
            );
            assert_eq!(
                record.leaf_hash().expect("it is sound"),
                entry(opening).leaf().hash()
            );
        }
    }

    #[test]
    fn a_record_says_its_content_or_its_commitment_and_nothing_else() {
        let open = Record::of(&entry(Opening::Open {
            key: &[7; 32],
            body: BODY,
        }));
        let wrong = [
            Record {
                commit: Some("00".repeat(32)),
                ..open.clone()
            },
            Record {
                key: None,
                ..open.clone()
            },
            Record {
                body: None,
                ..open.clone()
            },
            Record {
                key: Some("AB".repeat(32)),
                ..open.clone()
            },
            Record {
                key: Some("ab".repeat(31)),
                ..open.clone()
            },
            Record {
                body: Some(BODY.replace(':', ": ")),
                ..open.clone()
            },
            Record {
                body: Some(BODY.replace("payload", "payloads")),
                ..open.clone()
            },
            Record {
                body: Some(BODY.replacen("\"actor\"", "\"actor\":1,\"actor\"", 1)),
                ..open.clone()
            },
            Record {
                body: Some("[]".into()),
                ..open
            },
        ];
        for record in wrong {
            assert!(record.leaf_hash().is_err(), "{record:?}");
        }
    }

    #[test]
    fn lines_longer_than_the_limit_are_refused_before_they_are_kept() {
        let mut lines = Lines::default();
        let mut count = 0;
        let piece = vec![b'x'; LINE_MAX / 2];
        let mut each = |_: &str| {
            count += 1;
            Ok(())
        };
        assert!(lines.feed(&piece, &mut each).is_ok());
        assert!(lines.feed(&piece, &mut each).is_ok());
        assert!(lines.feed(b"x", &mut each).is_err());
        assert_eq!(count, 0);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_bytes_are_cut(text in "([a-z]{0,9}\n){0,9}", at in any::<prop::sample::Index>()) {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            let at = at.index(text.len() + 1);
            for piece in [&text[..at], &text[at..]] {
                lines
                    .feed(piece.as_bytes(), &mut |line| {
                        found.push(line.to_owned());
                        Ok(())
                    })
                    .expect("the lines are short");
            }
            prop_assert!(lines.ended());
            prop_assert_eq!(found, text.lines().map(str::to_owned).collect::<Vec<_>>());
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>(), json in r#"[{}\[\]",:a-z0-9]{0,60}"#) {
            for line in [text, json] {
                if let Ok(record) = Record::from_line(&line) {
                    prop_assert!(record.leaf_hash().is_err());
                }
                prop_assert!(proof_from_line(&line).is_err());
            }
        }

        #[test]
        fn lines_written_by_hand_are_canonical(text in any::<String>(), seq in 0_u64..(1 << 53), erased in any::<bool>()) {
            let opening = match erased {
                true => Opening::Erased { commit: [9; 32] },
                false => Opening::Open { key: &[7; 32], body: &text },
            };
            let mut record = Record::of(&Entry { seq, ..entry(opening) });
            record.kind = text.clone();
            let value = serde_json::to_value(&record).expect("a record is JSON");
            prop_assert_eq!(record.line().expect("it can be written"), canonical::canonical(&value).expect("it is canonical") + "\n");
        }

        #[test]
        fn a_proof_line_comes_back(seq in 0_u64..(1 << 53), count in 0_usize..65) {
            let path = vec![empty_root(); count];
            let line = proof_line(seq, &path).expect("it can be written");
            prop_assert_eq!(proof_from_line(line.trim_end()).expect("it was written by us"), (seq, path));
        }
    }
}
