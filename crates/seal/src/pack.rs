//! An evidence pack is a folder that anybody can check with three commands, in one ZIP file.
//!
//! Invariants: the folder is a BagIt 1.0 bag (RFC 8493): what is evidence lies under `data/`, everything else is a tag
//! file. `manifest-sha256.txt` names every payload file, `tagmanifest-sha256.txt` every tag file known before it, and
//! both are signed. `zip-entries-sha256.txt` comes last and fixes the compressed bytes, so that not even a meaningless
//! bit can change. The same calls in the same order give the same bytes.
//!
//! Not here: choosing the evidence (`evidence`), keeping the seeds, the verdict (`verify`).

use std::fmt::Write as _;
use std::io::{Read, Seek, Write};

use crate::archive::{ArchiveWriter, Digests};
use crate::signature::PackSigner;
use crate::{Error, Result};

/// The declaration every bag opens with.
pub(crate) const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
pub(crate) const MANIFEST: &str = "manifest-sha256.txt";
pub(crate) const MANIFEST_SIGNATURE: &str = "manifest-sha256.txt.sig";
pub(crate) const TAGMANIFEST: &str = "tagmanifest-sha256.txt";
pub(crate) const TAGMANIFEST_SIGNATURE: &str = "tagmanifest-sha256.txt.sig";
pub(crate) const ALLOWED_SIGNERS: &str = "allowed_signers";
pub(crate) const ENTRIES: &str = "zip-entries-sha256.txt";
/// What the writer adds itself, in this order, at the end.
pub(crate) const TAIL: [&str; 9] = [
    "bagit.txt",
    "bag-info.txt",
    "VERIFY.md",
    ALLOWED_SIGNERS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    TAGMANIFEST,
    TAGMANIFEST_SIGNATURE,
    ENTRIES,
];

/// The lines of `bag-info.txt`, in order. The writer adds `Payload-Oxum`.
#[derive(Clone, Debug, Default)]
pub struct BagInfo(Vec<(String, String)>);

/// Writes a pack, one file after another.
pub struct Writer<W: Write + Seek> {
    archive: ArchiveWriter<W>,
    payload: Vec<(String, Digests)>,
    tags: Vec<(String, Digests)>,
    payload_bytes: u64,
}

/// What was written: enough to name the pack in a ledger entry.
#[derive(Debug)]
pub struct Finished<W> {
    /// The sink, flushed.
    pub sink: W,
    /// SHA-256 of `manifest-sha256.txt`, lower-case hex.
    pub manifest_sha256: String,
    /// SHA-256 of `tagmanifest-sha256.txt`, lower-case hex: it stands for the whole pack.
    pub tagmanifest_sha256: String,
    /// Number of payload files.
    pub files: usize,
    /// Bytes of payload, unpacked.
    pub bytes: u64,
}

impl BagInfo {
    /// No lines yet.
    pub fn new() -> BagInfo {
        BagInfo::default()
    }

    /// Adds a line such as `Source-Organization: Example Ltd`.
    ///
    /// # Errors
    /// A label that is not letters and hyphens, one the writer adds itself, or a value with a control character.
    pub fn with(mut self, label: &str, value: &str) -> Result<BagInfo> {
        let plain = !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain || label.eq_ignore_ascii_case("Payload-Oxum") || value.chars().any(char::is_control) {
            return Err(Error::pack(
                "bag-info.txt",
                format!(
                    "The line {label:?} cannot be in bag-info.txt: use letters and hyphens, and a value on one line."
                ),
            ));
        }
        self.0.push((label.to_owned(), value.trim().to_owned()));
        Ok(self)
    }
}

impl<W: Write + Seek> Writer<W> {
    /// A pack that begins at the start of `sink`.
    pub fn new(sink: W) -> Writer<W> {
        Writer {
            archive: ArchiveWriter::new(sink),
            payload: Vec::new(),
            tags: Vec::new(),
            payload_bytes: 0,
        }
    }

    /// Adds a file from memory. A path under `data/` is payload; any other, for instance `log/checkpoint`, is a tag file.
    ///
    /// # Errors
    /// A path that is not allowed, taken or the writer's own, a limit, or the disk.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.add_from(path, bytes)
    }

    /// Adds a file of any size, reading it once.
    ///
    /// # Errors
    /// As [`Writer::add`], and what reading reports.
    pub fn add_from(&mut self, path: &str, content: impl Read) -> Result<()> {
        if TAIL.iter().any(|own| own.eq_ignore_ascii_case(path)) {
            return Err(Error::pack(
                path,
                format!("{path} is written by the pack itself; choose another name."),
            ));
        }
        self.append(path, content)?;
        Ok(())
    }

    /// Writes what makes it a bag, signs it, and closes the archive.
    ///
    /// # Errors
    /// A pack without payload, a limit, or the disk.
    pub fn finish(mut self, info: &BagInfo, signer: &PackSigner) -> Result<Finished<W>> {
        if self.payload.is_empty() {
            return Err(Error::pack("pack", "A pack needs at least one file under data/."));
        }
        let mut lines = String::new();
        for (label, value) in &info.0 {
            line(&mut lines, format_args!("{label}: {value}\n"));
        }
        line(
            &mut lines,
            format_args!("Payload-Oxum: {}.{}\n", self.payload_bytes, self.payload.len()),
        );
        self.append("bagit.txt", BAGIT.as_bytes())?;
        self.append("bag-info.txt", lines.as_bytes())?;
        self.append("VERIFY.md", verify_text(signer).as_bytes())?;
        self.append(ALLOWED_SIGNERS, signer.allowed_signers_line()?.as_bytes())?;
        let manifest = manifest(&mut self.payload);
        let manifest_digests = self.append(MANIFEST, manifest.as_bytes())?;
        self.append(MANIFEST_SIGNATURE, signer.sign(manifest.as_bytes())?.as_bytes())?;
        let mut listed = self.tags.clone();
        let tagmanifest = crate::pack::manifest(&mut listed);
        let tagmanifest_digests = self.append(TAGMANIFEST, tagmanifest.as_bytes())?;
        self.append(
            TAGMANIFEST_SIGNATURE,
            signer.sign(tagmanifest.as_bytes())?.as_bytes(),
        )?;
        let mut packed: Vec<(String, Digests)> = self.payload.iter().chain(&self.tags).cloned().collect();
        for (_, digests) in &mut packed {
            digests.content = digests.packed;
        }
        let entries = crate::pack::manifest(&mut packed);
        self.archive.add_stored(ENTRIES, entries.as_bytes())?;
        Ok(Finished {
            sink: self.archive.finish()?,
            manifest_sha256: hex::encode(manifest_digests.content),
            tagmanifest_sha256: hex::encode(tagmanifest_digests.content),
            files: self.payload.len(),
            bytes: self.payload_bytes,
        })
    }

    fn append(&mut self, path: &str, content: impl Read) -> Result<Digests> {
        let before = self.archive.unpacked();
        let digests = self.archive.add(path, content)?;
        if path.starts_with("data/") {
            self.payload_bytes += self.archive.unpacked() - before;
            self.payload.push((path.to_owned(), digests));
        } else {
            self.tags.push((path.to_owned(), digests));
        }
        Ok(digests)
    }
}

/// `<hex>  <path>` lines in the order of the paths' bytes: what `sha256sum -c` reads.
fn manifest(files: &mut [(String, Digests)]) -> String {
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = String::new();
    for (path, digests) in files {
        line(
            &mut text,
            format_args!("{}  {path}\n", hex::encode(digests.content)),
        );
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a String does not fail");
}

fn verify_text(signer: &PackSigner) -> String {
    include_str!("VERIFY.md")
        .replace("{identity}", signer.identity())
        .replace("{fingerprint}", &signer.fingerprint())
}
