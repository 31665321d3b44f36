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

/// A consistency proof as a file: one base64 hash a line, in the order of RFC 6962.
pub fn consistency_text(path: &[Hash]) -> String {
    path.iter().map(|hash| hash.base64() + "\n").collect()
}

/// Reads what [`consistency_text`] wrote.
///
/// # Errors
/// A line that is not a hash, or more lines than any tree needs.
pub fn consistency_from_text(text: &str) -> Result<Vec<Hash>> {
    let path = text
        .split_terminator('\n')
        .take(PATH_MAX + 2)
        .map(Hash::from_base64)
        .collect::<Result<Vec<Hash>>>()?;
    match path.len() > PATH_MAX + 1 || !(text.is_empty() || text.ends_with('\n')) {
        true => Err(Error::Proof(
            "The consistency proof is too long or cut off.".into(),
        )),
        false => Ok(path),
    }
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
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| refused("there is no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(refused("the first line is not that of a tlog-proof"));
        }
        if let Some(extra) = lines.next_if(|line| line.starts_with("extra ")) {
            STANDARD
                .decode(&extra["extra ".len()..])
                .map_err(|_| refused("the extra data is not base64"))?;
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or_else(|| refused("the index line is missing or not a plain decimal number"))?;
        let path = lines
            .take(PATH_MAX + 1)
            .map(Hash::from_base64)
            .collect::<Result<Vec<Hash>>>()?;
        if path.len() > PATH_MAX {
            return Err(refused("the path is longer than any tree is high"));
        }
        Ok(Proof {
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The checkpoint that this leaf is proved to be under.
    ///
    /// # Errors
    /// A checkpoint not signed by the key, or a path that does not lead from the leaf to its root.
    pub fn check(&self, leaf: &Hash, verifier: &Verifier) -> Result<Checkpoint> {
        let checkpoint = open(&self.checkpoint, verifier)?;
        if !check_inclusion(leaf, self.index, checkpoint.size, &self.path, &checkpoint.root) {
            return Err(Error::Proof(format!(
                "Entry {} is not proved to be in the ledger.",
                self.index
            )));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checkpoint::Signer;
    use crate::tree::{Levels, leaf_hash};

    fn sample() -> (Proof, Hash, Verifier) {
        let leaves: Vec<Hash> = (0_u8..7).map(|n| leaf_hash(&[n])).collect();
        let levels = Levels::build(&leaves);
        let signer = Signer::from_seed("log.example", &[1; 32]).expect("the name is allowed");
        let root = levels.root(7).expect("seven leaves");
        let note = signer
            .sign(&Checkpoint {
                origin: "log.example".into(),
                size: 7,
                root,
            })
            .expect("its own origin");
        let path = levels.inclusion(4, 7).expect("there are seven");
        (
            Proof {
                index: 4,
                path,
                checkpoint: note,
            },
            leaves[4],
            signer.verifier(),
        )
    }

    #[test]
    fn a_proof_file_proves_its_leaf_and_no_other() {
        let (proof, leaf, verifier) = sample();
        let read = Proof::from_text(&proof.text()).expect("it was written by us");
        assert_eq!(read, proof);
        assert_eq!(read.check(&leaf, &verifier).expect("it holds").size, 7);
        assert!(read.check(&leaf_hash(b"another"), &verifier).is_err());
        assert!(Proof { index: 5, ..read }.check(&leaf, &verifier).is_err());
    }

    #[test]
    fn the_optional_line_of_others_is_read_and_dropped() {
        let (proof, _, _) = sample();
        let with_extra = proof.text().replacen("\nindex", "\nextra aGVsbG8=\nindex", 1);
        assert_eq!(
            Proof::from_text(&with_extra).expect("the format allows it"),
            proof
        );
        for (from, to) in [
            ("\nindex", "\nextra ?\nindex"),
            ("index 4", "index 04"),
            ("@v1", "@v2"),
            ("\n\n", "\n"),
        ] {
            assert!(
                Proof::from_text(&proof.text().replacen(from, to, 1)).is_err(),
                "{to:?}"
            );
        }
    }

    #[test]
    fn a_path_longer_than_any_tree_is_high_is_refused() {
        let (mut proof, leaf, _) = sample();
        proof.path = vec![leaf; 65];
        assert!(Proof::from_text(&proof.text()).is_err());
        assert!(consistency_from_text(&consistency_text(&[leaf; 66])).is_err());
        assert_eq!(
            consistency_from_text(&consistency_text(&[leaf; 3]))
                .expect("three are fine")
                .len(),
            3
        );
        assert_eq!(consistency_from_text("").expect("none is fine").len(), 0);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(at in 0_usize..300, with in any::<char>(), text in any::<String>()) {
            let (proof, leaf, verifier) = sample();
            let mut altered: Vec<char> = proof.text().chars().collect();
            let at = at % altered.len();
            prop_assume!(altered[at] != with);
            altered[at] = with;
            let altered: String = altered.into_iter().collect();
            prop_assert!(Proof::from_text(&altered).and_then(|proof| proof.check(&leaf, &verifier)).is_err());
            prop_assert!(Proof::from_text(&text).is_err());
        }
    }
}
