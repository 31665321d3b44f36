//! A letter, put down in the transaction that wants it sent, and posted later by whichever lane is set.
//!
//! Reading order: [`letter`] (what is to be sent, and what became of it), [`setting`] (off, a folder, or a
//! relay), [`post`] (the job that posts).
//!
//! Invariants: with mail off, letters wait and are counted, never dropped; every try leaves a row with what
//! the relay said; a letter that carries a secret loses its text once it is sent or stale.
//!
//! Not here: who is written to, and why.

pub mod letter;
pub mod post;
pub mod setting;

pub use letter::{Letter, LetterKind};
pub use setting::{Relay, Setting};
