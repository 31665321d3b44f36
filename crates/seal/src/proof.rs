//! A proof file shows, on its own and without a network, that one entry is in the ledger.
//!
//! Invariants: the text is a C2SP tlog-proof (`c2sp.org/tlog-proof@v1`), written without the optional `extra` line and
//! read with or without it; what is not authenticated is not returned.
//!
//! Not here: making the path (`tree::Levels`) and opening the entry's content (`commitment`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, Verifier, decimal, open};
use crate::tree::{Hash, check_inclusion};
use crate::{Error, Result};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^64 leaves is 64 high.
const PATH_MAX: usize = 64;

/// An entry's place in a log, the path from it to the root, and the signed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The entry's index, from 0.
    pub index: u64,
    /// The sibling hashes, the leaf's own sibling first.
    pub path: Vec<Hash>,
    /// The signed note of the checkpoint, byte for byte.
    pub checkpoint: String,
}

impl Proof {
    /// The text of a `.tlog-proof` file.
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}\nindex {}\n", self.index);
        for hash in &self.path {
            text.push_str(&hash.base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a `.tlog-proof` file. Nothing in it is believed until [`Proof::check`].
    ///
    /// # Errors
    /// Anything that is not the format, or a path longer than 64 hashes.
    pub fn from_text(text: &str) -> Result<Proof> {
        let refused = |why: &str| Error::Proof(format!("The proof file is not valid: {why}."));
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| refused("there is no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(refused("the first line is not that of a tlog-proof"));
        }
        if let Some(extra) = lines.next_if(|line| line.starts_with("extra ")) {
            STANDARD.decode(&extra["extra ".len()..]).map_err(|_| refused("the extra data is not base64"))?;
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or_else(|| refused("the index line is missing or not a plain decimal number"))?;
        let path = lines.take(PATH_MAX + 1).map(Hash::from_base64).collect::<Result<Vec<Hash>>>()?;
        if path.len() > PATH_MAX {
            return Err(refused("the path is longer than any tree is high"));
        }
        Ok(Proof { index, path, checkpoint: checkpoint.to_owned() })
    }

    /// The checkpoint that this leaf is proved to be under.
    ///
    /// # Errors
    /// A checkpoint not signed by the key, or a path that does not lead from the leaf to its root.
    pub fn check(&self, leaf: &Hash, verifier: &Verifier) -> Result<Checkpoint> {
        let checkpoint = open(&self.checkpoint, verifier)?;
        if !check_inclusion(leaf, self.index, checkpoint.size, &self.path, &checkpoint.root) {
            return Err(Error::Proof(format!("Entry {} is not proved to be in the ledger.", self.index)));
        }
        Ok(checkpoint)
    }
}
