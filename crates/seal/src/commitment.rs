//! The ledger keeps a sealed envelope of every record, so that a record can be erased and the proof still stands.
//!
//! Invariants: `commit = HMAC-SHA-256(key, body)` with 32 random bytes of key for each record and `body` the RFC 8785
//! text of `{actor, payload, subject}`; a leaf is the RFC 8785 text of exactly `{class, commit, kind, occurred_at,
//! recorded_at, seq, v}` with `v` 1; the quick writer here and [`crate::canonical()`] agree to the byte. Without the key
//! and the body, a leaf says when and what kind, never who or what.
//!
//! Not here: making keys, keeping them, erasing them, and the tree over the leaves.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::canonical::write_text;
use crate::tree::{Hash, leaf_hash};

/// What a ledger leaf says. Times are RFC 3339, UTC, with milliseconds, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// The entry's place in the ledger, from 0: also its index in the tree. Below 2^53.
    pub seq: u64,
    /// What kind of act, in kebab case.
    pub kind: &'a str,
    /// Evidence class: `A`, `B`, `C` or `D`.
    pub class: &'a str,
    /// When it happened.
    pub occurred_at: &'a str,
    /// When it was written down.
    pub recorded_at: &'a str,
    /// The commitment to who did it, to whom, and what.
    pub commit: [u8; 32],
}

/// What is left of the content of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening<'a> {
    /// The key and the body are still there.
    Open {
        /// The key of the commitment.
        key: &'a [u8; 32],
        /// RFC 8785 text of `{actor, payload, subject}`.
        body: &'a str,
    },
    /// They were erased; only the commitment remains.
    Erased {
        /// The commitment.
        commit: [u8; 32],
    },
}

/// An entry as the ledger keeps it, ready to be hashed again. The first five fields are those of [`Leaf`].
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The entry's place in the ledger, from 0.
    pub seq: u64,
    /// What kind of act.
    pub kind: &'a str,
    /// Evidence class.
    pub class: &'a str,
    /// When it happened.
    pub occurred_at: &'a str,
    /// When it was written down.
    pub recorded_at: &'a str,
    /// The content, or the commitment that is left of it.
    pub opening: Opening<'a>,
}

/// The commitment to a body.
pub fn commit(key: &[u8; 32], body: &str) -> [u8; 32] {
    // `new` takes a whole block and cannot fail; `new_from_slice` would leave an error to argue away.
    let mut mac = <Hmac<Sha256> as Mac>::new(key_block(key).as_ref().into());
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The leaf hashes of entries, in order, on up to `threads` threads.
pub fn hash_entries(entries: &[Entry<'_>], threads: usize) -> Vec<Hash> {
    let share = entries.len().div_ceil(threads.max(1)).max(1);
    let mut hashes = vec![Hash([0; 32]); entries.len()];
    std::thread::scope(|scope| {
        for (entries, hashes) in entries.chunks(share).zip(hashes.chunks_mut(share)) {
            scope.spawn(move || {
                let mut buffer = String::with_capacity(512);
                for (entry, hash) in entries.iter().zip(hashes) {
                    *hash = entry.hash(&mut buffer);
                }
            });
        }
    });
    hashes
}

/// Hashes entries again and compares them with the leaves that were kept: the position of the first that differs.
///
/// `expected` shorter than `entries` counts as a difference at the first entry without a leaf. Hand it some ten
/// thousand at a time, and push `expected` on a [`crate::Frontier`] to check the root as well.
pub fn verify_entries(entries: &[Entry<'_>], expected: &[Hash], threads: usize) -> Option<usize> {
    let found = hash_entries(entries, threads);
    let differs = found
        .iter()
        .zip(expected)
        .position(|(found, expected)| found != expected);
    differs.or_else(|| (found.len() != expected.len()).then_some(found.len().min(expected.len())))
}

impl Leaf<'_> {
    /// The leaf's bytes: RFC 8785 text.
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(320);
        self.write(&mut out);
        out
    }

    /// The leaf's RFC 6962 hash.
    pub fn hash(&self) -> Hash {
        leaf_hash(self.text().as_bytes())
    }

    /// Appends the leaf's bytes. Written by hand because a million of these are checked at a time.
    pub fn write(&self, out: &mut String) {
        let mut hexed = [0_u8; 64];
        out.push_str("{\"class\":");
        write_text(out, self.class);
        out.push_str(",\"commit\":\"");
        if hex::encode_to_slice(self.commit, &mut hexed).is_ok() {
            out.extend(hexed.map(char::from));
        }
        out.push_str("\",\"kind\":");
        write_text(out, self.kind);
        out.push_str(",\"occurred_at\":");
        write_text(out, self.occurred_at);
        out.push_str(",\"recorded_at\":");
        write_text(out, self.recorded_at);
        out.push_str(",\"seq\":");
        out.push_str(&self.seq.to_string());
        out.push_str(",\"v\":1}");
    }
}

impl<'a> Entry<'a> {
    /// The leaf that stands for this entry.
    pub fn leaf(&self) -> Leaf<'a> {
        let commit = match self.opening {
            Opening::Open { key, body } => commit(key, body),
            Opening::Erased { commit } => commit,
        };
        Leaf {
            seq: self.seq,
            kind: self.kind,
            class: self.class,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            commit,
        }
    }

    fn hash(&self, buffer: &mut String) -> Hash {
        buffer.clear();
        self.leaf().write(buffer);
        leaf_hash(buffer.as_bytes())
    }
}

/// HMAC pads a short key with zeros to one block of SHA-256; doing it here gives a key of fixed length.
fn key_block(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::canonical;
    use crate::tree::root;

    const KEY: [u8; 32] = [7; 32];

    fn entry<'a>(seq: u64, opening: Opening<'a>) -> Entry<'a> {
        let (occurred_at, recorded_at) = ("2026-06-01T09:00:00.000Z", "2026-06-01T09:00:00.123Z");
        Entry {
            seq,
            kind: "attestation-given",
            class: "A",
            occurred_at,
            recorded_at,
            opening,
        }
    }

    /// RFC 4231 §4.2 and §4.3. HMAC fills a short key up with zeros, so these keys may be written 32 bytes long.
    #[test]
    fn commitments_are_hmac_sha_256() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            hex::encode(commit(&key, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex::encode(commit(&key, "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn an_erased_entry_keeps_its_leaf() {
        let body = r#"{"actor":"person:per_1","payload":{"score":9},"subject":"person:per_1"}"#;
        let open = entry(3, Opening::Open { key: &KEY, body });
        let erased = entry(
            3,
            Opening::Erased {
                commit: commit(&KEY, body),
            },
        );
        assert_eq!(open.leaf().text(), erased.leaf().text());
        assert!(!open.leaf().text().contains("per_1"), "the leaf must not say who");
    }

    #[test]
    fn the_entry_that_was_changed_is_found_whatever_the_number_of_threads() {
        let bodies: Vec<String> = (0..100).map(|n| format!("body {n}")).collect();
        let entries: Vec<Entry<'_>> = bodies
            .iter()
            .enumerate()
            .map(|(seq, body)| entry(seq as u64, Opening::Open { key: &KEY, body }))
            .collect();
        let hashes = hash_entries(&entries, 1);
        assert_eq!(hashes, hash_entries(&entries, 7));
        assert_eq!(root(&hashes), root(&hash_entries(&entries, 200)));
        assert_eq!(verify_entries(&entries, &hashes, 2), None);
        let mut changed = entries.clone();
        changed[63].kind = "attestation-withdrawn";
        assert_eq!(verify_entries(&changed, &hashes, 2), Some(63));
        assert_eq!(
            verify_entries(&entries[..99], &hashes, 2),
            Some(99),
            "one is missing"
        );
        assert_eq!(
            verify_entries(&entries, &hashes[..50], 2),
            Some(50),
            "one was added"
        );
        assert_eq!(verify_entries(&[], &[], 2), None);
    }

    proptest! {
        #[test]
        fn the_quick_writer_agrees_with_the_canonical_form(
            seq in 0_u64..(1 << 53), commit in any::<[u8; 32]>(),
            kind in any::<String>(), class in any::<String>(), at in any::<String>(),
        ) {
            let leaf = Leaf { seq, kind: &kind, class: &class, occurred_at: &at, recorded_at: &at, commit };
            let value = json!({
                "v": 1, "seq": seq, "kind": kind, "class": class,
                "occurred_at": at, "recorded_at": at, "commit": hex::encode(commit),
            });
            prop_assert_eq!(leaf.text(), canonical(&value).expect("a leaf has a form"));
        }
    }
}
