//! What happened, by whom, in order: a log that anyone can check and nobody can quietly change.
//!
//! Reading order: [`entry`] (the kinds of act, and one entry), [`record`] (putting entries down, in the
//! transaction of the act itself), [`sequencer`] (giving them their place in the tree and signing it),
//! [`verify`] (recomputing everything), [`follow`] (who reacts reads from here).
//!
//! Invariants: an entry is never changed; its place, once given, stays; personal data stands only in the
//! payload, which can be erased without breaking a proof. Recipe for a new act: a variant in `entry.rs`,
//! a line in docs/ledger-format.md, a call of [`record()`] in the transaction that does it.
//!
//! Not here: the bytes of leaves, trees and checkpoints (crate `seal`), and what follows from an entry
//! (muster's `reactions.rs`).

pub mod entry;
pub mod erase;
pub mod follow;
pub mod key;
pub mod proof;
pub mod record;
pub mod sequencer;
pub mod verify;

pub use entry::{Act, Class, Entry, EntryKind};
pub use record::{record, record_many};
