//! Counts and fingerprints what is written, so that an export can say what it is.
//!
//! The SHA-256 covers every byte that reached the writer underneath, in order.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// A finished file: the writer it went to and what an auditor asks about it.
#[derive(Debug)]
pub struct Finished<W> {
    /// The writer the caller gave, flushed.
    pub out: W,
    /// Rows of data, without the header.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

pub(crate) struct Tally<W> {
    out: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Tally<W> {
    pub(crate) fn new(out: W) -> Self {
        Tally {
            out,
            bytes: 0,
            hash: Sha256::new(),
        }
    }

    pub(crate) fn finish(mut self, rows: u64) -> io::Result<Finished<W>> {
        self.out.flush()?;
        Ok(Finished {
            out: self.out,
            rows,
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
        })
    }
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
