//! A letter, put down in the transaction that wants it sent, and posted later by whichever lane is set.
//!
//! Reading order: [`letter`] (what is to be sent, and what became of it), [`setting`] (off, a folder, or a
//! relay), [`post`] (the job that posts, and when it tries again), `lane` (the way to a relay).
//!
//! Invariants: with mail off, letters wait and are counted, never dropped; every try leaves a row with what
//! the relay said; every letter comes to an end, within five days of a relay being set; all tries of a letter have one
//! Message-ID; a letter that carries a secret loses its text once it is sent or stale.
//!
//! Not here: who is written to, and why.

mod lane;
pub mod letter;
pub mod post;
pub mod setting;

pub use letter::{Letter, LetterKind};
pub use post::{Poster, Say};
pub use setting::{Relay, Setting};
