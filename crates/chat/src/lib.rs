//! A few words to a chat channel, by the address that the channel's service gave for it.
//!
//! Reading order: [`address`] (where it goes, and where it never does), [`post`] (one try, and what the answer means).
//!
//! Invariants: only https, only to addresses of the public network, whatever a name resolves to; nothing is followed
//! anywhere else; an answer is read to a bound and within a deadline; an address is a secret and stands in no log.
//!
//! Not here: what is said, to whom, and when it is tried again.

pub mod address;
pub mod post;

pub use address::{Address, Service};
pub use post::{Outcome, post};
