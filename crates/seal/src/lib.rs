//! Bytes that a stranger can check in ten years, with tools we did not write.
//!
//! Reading order: [`canonical`] (one spelling for a JSON value), [`commitment`] (what a ledger leaf says and what
//! it keeps secret), [`tree`] (RFC 6962), [`checkpoint`] and [`proof`] (C2SP notes), [`signature`] (SSHSIG),
//! [`archive`] (a ZIP with no freedom in it), [`pack`] (BagIt over that ZIP), [`verify()`] (the verdict on a pack).
//!
//! Invariants: the same input gives the same bytes; nothing read from outside can make this crate panic or take
//! memory without a limit; a format once written stays readable, so a change means a new version number.
//!
//! Not here: the database, the clock, randomness, the network, where keys are kept, and what a record means.

pub mod archive;
pub mod canonical;
pub mod checkpoint;
pub mod commitment;
mod error;
pub mod pack;
pub mod proof;
pub mod records;
pub mod signature;
pub mod tree;
pub mod verify;

pub use canonical::canonical;
pub use checkpoint::{Checkpoint, Signer, Verifier, open};
pub use commitment::{Entry, Leaf, Opening, commit, hash_entries, verify_entries};
pub use error::{Error, Result};
pub use pack::{BagInfo, Writer};
pub use proof::Proof;
pub use records::Record;
pub use signature::PackSigner;
pub use tree::{Frontier, Hash, Levels, Tile, check_consistency, check_inclusion, leaf_hash, node_hash};
pub use verify::{Claim, Trust, Verdict, verify};
