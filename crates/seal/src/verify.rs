//! Whether a pack is what was signed, told as a list of claims with the first thing that is wrong at the top.
//!
//! Invariants: verified means every claim held; the verdict depends on the pack's bytes and the given trust alone;
//! no input makes this panic or hold more than the stated limits in memory.
//!
//! Not here: whether the content is true. A false statement, properly recorded, verifies.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Digests};
use crate::pack::{
    ALLOWED_SIGNERS, BAGIT, ENTRIES, MANIFEST, MANIFEST_SIGNATURE, TAGMANIFEST, TAGMANIFEST_SIGNATURE, TAIL,
};
use crate::signature;
use crate::tree::Hash;
use crate::{Error, Result};

mod log;

/// Bytes of a manifest: 60,000 files of some 270 bytes.
const MANIFEST_MAX: usize = 32 * 1024 * 1024;
/// Bytes of any other tag file that is read whole.
const TAG_MAX: usize = 1024 * 1024;
/// Failed claims that are spelt out; more do not help anybody.
const FAILURES_MAX: usize = 100;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Every claim held.
    Verified,
    /// At least one did not; it is the first in the list.
    NotVerified,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What is claimed, in kebab case: `archive`, `structure`, `payload`, `tags`, `manifest-signature`,
    /// `tagmanifest-signature`, `signer`, `checkpoint`, `records`, `proof-files`.
    pub claim: String,
    /// The file or record it is about, or `pack`.
    pub subject: String,
    /// Whether it held.
    pub ok: bool,
    /// A finished sentence.
    pub detail: String,
}

/// The answer with its reasons: first what failed, in the order it was found, then what held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The answer.
    pub verdict: Answer,
    /// The reasons.
    pub claims: Vec<Claim>,
}

/// What the reader knows from elsewhere. Without it, the pack is checked against the keys that came with it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The log's verifier key, as the organisation publishes it.
    pub vkey: Option<String>,
    /// The pack key's fingerprint, `SHA256:…`.
    pub fingerprint: Option<String>,
}

/// Checks a pack.
pub fn verify(reader: impl Read + Seek, trust: &Trust) -> Verdict {
    let mut found = Findings::default();
    match Archive::open(reader) {
        Err(error) => found.fail("archive", error.subject(), &error),
        Ok(archive) => {
            let mut bag = Bag {
                archive,
                digests: BTreeMap::new(),
            };
            // A file that was altered explains everything after it, so each step goes on only if the last one held.
            bag.check_bytes(&mut found);
            if found.sound() {
                bag.check_structure(&mut found);
                bag.check_hashes(&mut found);
            }
            if found.sound() {
                bag.check_signatures(trust, &mut found);
                bag.check_log(trust, &mut found);
            }
        }
    }
    found.verdict()
}

#[derive(Default)]
struct Findings {
    failed: Vec<Claim>,
    held: Vec<Claim>,
    left_out: usize,
}

struct Bag<R: Read + Seek> {
    archive: Archive<R>,
    digests: BTreeMap<String, Digests>,
}

impl Verdict {
    /// Whether every claim held.
    pub fn is_verified(&self) -> bool {
        self.verdict == Answer::Verified
    }
}

impl Findings {
    fn hold(&mut self, claim: &str, subject: &str, detail: impl Into<String>) {
        self.held.push(Claim {
            claim: claim.into(),
            subject: subject.into(),
            ok: true,
            detail: detail.into(),
        });
    }

    fn fail(&mut self, claim: &str, subject: &str, detail: impl ToString) {
        if self.failed.len() == FAILURES_MAX {
            self.left_out += 1;
            return;
        }
        let detail = detail.to_string();
        self.failed.push(Claim {
            claim: claim.into(),
            subject: subject.into(),
            ok: false,
            detail,
        });
    }

    fn settle(&mut self, claim: &str, subject: &str, outcome: Result<String>) {
        match outcome {
            Ok(detail) => self.hold(claim, subject, detail),
            Err(error) => self.fail(claim, subject, error),
        }
    }

    fn sound(&self) -> bool {
        self.failed.is_empty()
    }

    fn verdict(mut self) -> Verdict {
        if self.left_out > 0 {
            let detail = format!("{} further claims failed and are not listed.", self.left_out);
            self.failed.push(Claim {
                claim: "further".into(),
                subject: "pack".into(),
                ok: false,
                detail,
            });
        }
        let verdict = if self.failed.is_empty() {
            Answer::Verified
        } else {
            Answer::NotVerified
        };
        self.failed.append(&mut self.held);
        Verdict {
            verdict,
            claims: self.failed,
        }
    }
}

impl<R: Read + Seek> Bag<R> {
    /// Reads every file once, and compares its compressed bytes with the list at the end.
    fn check_bytes(&mut self, found: &mut Findings) {
        for at in 0..self.archive.members().len() {
            let path = self.archive.members()[at].path.clone();
            match self.archive.unpack(at, |_| Ok(())) {
                Ok(digests) => {
                    self.digests.insert(path, digests);
                }
                Err(error) => found.fail("archive", &path, error),
            }
        }
        let listed = match self.listed(ENTRIES) {
            Ok(listed) => listed,
            Err(error) => return found.fail("archive", error.subject(), &error),
        };
        for (path, digests) in self.digests.iter().filter(|(path, _)| *path != ENTRIES) {
            match listed.get(path) {
                Some(packed) if *packed == digests.packed => {}
                Some(_) => found.fail(
                    "archive",
                    path,
                    format!("The compressed bytes of {path} have been altered."),
                ),
                None => found.fail(
                    "archive",
                    path,
                    format!("{path} was added: {ENTRIES} does not list it."),
                ),
            }
        }
        for path in listed.keys().filter(|path| !self.digests.contains_key(*path)) {
            found.fail(
                "archive",
                path,
                format!("{path} is listed in {ENTRIES} but missing or unreadable."),
            );
        }
        if found.sound() {
            let count = self.digests.len();
            found.hold(
                "archive",
                "pack",
                format!("{count} files lie in the archive byte for byte as written."),
            );
        }
    }

    fn check_structure(&mut self, found: &mut Findings) {
        let outcome = self.structure();
        found.settle("structure", "pack", outcome);
    }

    fn structure(&mut self) -> Result<String> {
        let members = self.archive.members();
        let tail = members
            .iter()
            .rev()
            .take(TAIL.len())
            .rev()
            .map(|member| member.path.as_str());
        if !tail.eq(TAIL) {
            return Err(Error::pack(
                "pack",
                "The pack does not end with the files that make it a bag, in their order.",
            ));
        }
        if self.text("bagit.txt")? != BAGIT {
            return Err(Error::pack(
                "bagit.txt",
                "bagit.txt does not declare a BagIt 1.0 bag in UTF-8.",
            ));
        }
        let payload = || {
            self.archive
                .members()
                .iter()
                .filter(|member| member.path.starts_with("data/"))
        };
        let bytes: u64 = payload().map(|member| u64::from(member.length)).sum();
        let expected = format!("Payload-Oxum: {bytes}.{}", payload().count());
        let info = self.text("bag-info.txt")?;
        if !info.lines().any(|line| line == expected) {
            return Err(Error::pack(
                "bag-info.txt",
                "The payload's size and count are not those in bag-info.txt.",
            ));
        }
        Ok(format!("It is a BagIt 1.0 bag; {expected}."))
    }

    fn check_hashes(&mut self, found: &mut Findings) {
        let last = [TAGMANIFEST, TAGMANIFEST_SIGNATURE, ENTRIES];
        self.check_manifest(("payload", MANIFEST), |path| path.starts_with("data/"), found);
        self.check_manifest(
            ("tags", TAGMANIFEST),
            |path| !path.starts_with("data/") && !last.contains(&path),
            found,
        );
    }

    fn check_manifest(
        &mut self,
        (claim, manifest): (&str, &str),
        covers: impl Fn(&str) -> bool,
        found: &mut Findings,
    ) {
        let listed = match self.listed(manifest) {
            Ok(listed) => listed,
            Err(error) => return found.fail(claim, manifest, error),
        };
        let mut wrong = 0;
        let covered = || self.digests.iter().filter(|(path, _)| covers(path));
        for (path, digests) in covered() {
            let detail = match listed.get(path) {
                Some(content) if *content == digests.content => continue,
                Some(_) => {
                    format!("{path} is not the file that was signed: its SHA-256 differs from {manifest}.")
                }
                None => format!("{path} was added: {manifest} does not list it."),
            };
            found.fail(claim, path, detail);
            wrong += 1;
        }
        for path in listed
            .keys()
            .filter(|path| !covers(path) || !self.digests.contains_key(*path))
        {
            found.fail(
                claim,
                path,
                format!("{path} is listed in {manifest} but is missing or does not belong there."),
            );
            wrong += 1;
        }
        if wrong == 0 {
            found.hold(
                claim,
                manifest,
                format!(
                    "All {} files have the SHA-256 that {manifest} lists.",
                    covered().count()
                ),
            );
        }
    }

    fn check_signatures(&mut self, trust: &Trust, found: &mut Findings) {
        let mut fingerprint = None;
        for (claim, file, signature) in [
            ("manifest-signature", MANIFEST, MANIFEST_SIGNATURE),
            ("tagmanifest-signature", TAGMANIFEST, TAGMANIFEST_SIGNATURE),
        ] {
            let outcome = self.signatory(file, signature).map(|signatory| {
                let detail = format!(
                    "Signed by {} with the key {}.",
                    signatory.identity, signatory.fingerprint
                );
                fingerprint = Some(signatory.fingerprint);
                detail
            });
            found.settle(claim, file, outcome);
        }
        match (fingerprint, &trust.fingerprint) {
            (Some(signed), Some(known)) if signed == *known => {
                found.hold("signer", ALLOWED_SIGNERS, "The key is the one that you gave.");
            }
            (Some(signed), None) => found.hold(
                "signer",
                ALLOWED_SIGNERS,
                format!("The key came with the pack: compare {signed} with what the organisation publishes."),
            ),
            (_, Some(_)) => found.fail(
                "signer",
                ALLOWED_SIGNERS,
                "The pack was not signed with the key that you gave.",
            ),
            (None, None) => {}
        }
    }

    fn signatory(&mut self, file: &str, signature: &str) -> Result<signature::Signatory> {
        let (allowed, armoured) = (self.text(ALLOWED_SIGNERS)?, self.text(signature)?);
        let signed = self.file(file, MANIFEST_MAX)?;
        signature::verify(&allowed, &signed, &armoured)
    }

    /// The digests a manifest lists, by path.
    fn listed(&mut self, manifest: &str) -> Result<BTreeMap<String, [u8; 32]>> {
        let refused = || {
            Error::pack(
                manifest,
                format!("{manifest} has a line that is not a SHA-256 and a path."),
            )
        };
        let bytes = self.file(manifest, MANIFEST_MAX)?;
        let text = String::from_utf8(bytes).map_err(|_| refused())?;
        let mut listed = BTreeMap::new();
        for line in text.split_terminator('\n') {
            let (digest, path) = line.split_once("  ").ok_or_else(refused)?;
            let digest: Hash = digest.parse().map_err(|_| refused())?;
            if listed.insert(path.to_owned(), digest.0).is_some() {
                return Err(Error::pack(manifest, format!("{manifest} lists {path} twice.")));
            }
        }
        Ok(listed)
    }

    fn text(&mut self, path: &str) -> Result<String> {
        let bytes = self.file(path, TAG_MAX)?;
        String::from_utf8(bytes).map_err(|_| Error::pack(path, format!("{path} is not UTF-8.")))
    }

    fn file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>> {
        let at = self.at(path)?;
        self.archive.read(at, limit)
    }

    fn at(&self, path: &str) -> Result<usize> {
        self.archive
            .find(path)
            .ok_or_else(|| Error::pack(path, format!("{path} is missing.")))
    }
}
