//! Who is at the door: accounts, what they may do, and how they are let in.
//!
//! Reading order: [`account`] (who can sign in), [`role`] (what they may do), [`link`] (letting somebody in
//! by mail), [`session`] (staying in), [`passkey`] and [`webauthn`] (signing with a device), [`suspension`] (being kept out), [`token`] (programs), [`setup`] (the one-time token of a new installation), [`door`] (what
//! the pages need from the edge), [`pages`].
//!
//! Invariants: tokens and codes are kept as hashes and work once; opening a link changes nothing, the button
//! on its page does; whether an address is known here cannot be learnt from an answer; who has left and
//! holds no role is not let in.
//!
//! Not here: the extractors that pages use to know their visitor (crate `web`).

pub mod account;
pub mod door;
pub mod link;
pub mod pages;
pub mod passkey;
pub mod role;
pub mod session;
pub mod setup;
pub mod suspension;
pub mod token;
pub mod webauthn;

pub use account::{Account, AccountKind};
pub use door::Door;
