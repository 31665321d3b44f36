//! The bytes of the ZIP that are not the files themselves: made here, and compared with what is made here.
//!
//! Invariants: the length and every byte of a header follow from a path, a checksum, two lengths and an offset.
//!
//! Not here: reading and writing (the parent module).

use crate::{Error, Result};

/// Files in one pack. The ZIP format without its 64-bit extension stops at 65,535.
pub const FILES_MAX: usize = 60_000;
/// Bytes of the archive and of any one file: the format without its 64-bit extension stops at 4 GiB.
pub const BYTES_MAX: u64 = u32::MAX as u64 - 1;
/// Characters in a path: what every file system takes below a folder of some depth.
pub const PATH_MAX: usize = 200;
/// Unpacked bytes that any archive may hold …
const UNPACKED_FREE: u64 = 64 * 1024 * 1024;
/// … and beyond those, how many for each byte of the archive. Evidence shrinks 5 to 40 times; a bomb, 1,000 times.
const RATIO_MAX: u64 = 200;
const UNPACKED_MAX: u64 = 16 * 1024 * 1024 * 1024;

pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// One file in an archive, as its headers describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Relative path with forward slashes.
    pub path: String,
    /// Unpacked length in bytes.
    pub length: u32,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u32,
    pub(super) offset: u32,
}

impl Member {
    /// The 30 bytes and the name before a file's contents.
    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        self.common_fields(&mut bytes);
        bytes.extend_from_slice(self.path.as_bytes());
        bytes
    }

    /// The 46 bytes and the name in the directory.
    pub(super) fn central_record(&self) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend_from_slice(&[20, 3]); // made by: Unix, version 2.0
        self.common_fields(&mut bytes);
        bytes.extend_from_slice(&[0; 6]); // no comment, first disk, no internal attributes
        bytes.extend_from_slice(&(0o100_644_u32 << 16).to_le_bytes());
        bytes.extend_from_slice(&self.offset.to_le_bytes());
        bytes.extend_from_slice(self.path.as_bytes());
        bytes
    }

    /// What both headers share, from "version needed" to "extra field length".
    fn common_fields(&self, bytes: &mut Vec<u8>) {
        for field in [20, 0, self.method, 0, 0x0021] {
            bytes.extend_from_slice(&field.to_le_bytes()); // version 2.0, no flags, method, 00:00:00, 1980-01-01
        }
        for field in [self.crc, self.packed, self.length] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for field in [self.path.len() as u16, 0] {
            bytes.extend_from_slice(&field.to_le_bytes()); // name, no extra field
        }
    }

    pub(super) fn from_central(bytes: &[u8]) -> Option<Member> {
        let head = bytes.get(..46)?;
        let method = u16_at(head, 10);
        let name = bytes.get(46..46 + usize::from(u16_at(head, 28)))?;
        let member = Member {
            path: String::from_utf8(name.to_vec()).ok()?,
            length: u32_at(head, 24),
            method,
            crc: u32_at(head, 16),
            packed: u32_at(head, 20),
            offset: u32_at(head, 42),
        };
        let known = method == DEFLATED || (method == STORED && member.packed == member.length);
        known.then_some(member)
    }
}

/// Whether a path may be in a pack: letters, digits and `. _ - @ + = , ( )` in parts joined by slashes.
///
/// No spelling that one file system reads differently from another: no spaces, no accents, no dots alone.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_path(path: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-@+=,()".contains(c);
    let sound = |part: &str| !part.is_empty() && !part.ends_with('.') && part.chars().all(allowed);
    if path.len() <= PATH_MAX && path.split('/').all(sound) {
        return Ok(());
    }
    Err(Error::pack(
        path,
        format!(
            "A file in a pack cannot be called {path:?}: use at most {PATH_MAX} letters, digits and . _ - @ + = , ( )."
        ),
    ))
}

pub(super) fn check_ratio(unpacked: u64, packed: u64) -> Result<()> {
    if unpacked <= UNPACKED_MAX && unpacked <= UNPACKED_FREE + packed.saturating_mul(RATIO_MAX) {
        return Ok(());
    }
    Err(Error::pack(
        "pack",
        "The archive says it unpacks to far more than evidence ever does; it is refused as a possible zip bomb.",
    ))
}

/// The 22 bytes at the end.
pub(super) fn end_record(count: usize, size: u32, start: u32) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend_from_slice(&(count as u16).to_le_bytes());
    bytes.extend_from_slice(&(count as u16).to_le_bytes());
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
