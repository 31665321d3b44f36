//! Who can get in, held against who is here.
//!
//! A *system* is a place people can get into. Of each, somebody brings a *list* of its *accounts*, as the system itself exports
//! it. *Reconciling* finds whose each account is, and sorts them into six buckets: access of somebody who is not on the roster
//! (A), of somebody who has left (B), of somebody without the training (C); people without any known access (D); service and
//! shared accounts without an owner (E); accounts that could be somebody's (F). What is not in order is a *finding* with an owner
//! and a due date, until it is in order or somebody *decides*. What an account could do from when to when is a *grant*.
//!
//! Reading order: [`system`], [`account`] and [`snapshot`] (what a list says), [`sources`] (bytes to a snapshot), [`list`] (the
//! lists that were read) · [`people`] and [`link`] (whose an account is), [`decision`], [`training`], [`bucket`] (the sorting; pure) ·
//! [`reconcile`] (all of it, in one transaction), [`grant`], [`finding`], [`record`] (what it leaves) · [`question`] (bucket D).
//!
//! Invariants: nobody is found by name; an account belongs to somebody by a key that exactly one person has, or by somebody's
//! word; what a service account is, is said by the system or by somebody, never assumed in silence.
//!
//! To add a system's export: a row in `sources/profile.rs`, and a fixture.
//!
//! Not here: which training somebody lacks (crate `evidence` knows, and says it to [`reconcile`]); rules that ask for training
//! because of access (crate `assignments` reads the grants).

pub mod account;
pub mod bucket;
pub mod decision;
pub mod erasure;
pub mod finding;
pub mod grant;
pub mod link;
pub mod list;
pub mod people;
pub mod question;
pub mod reconcile;
pub mod record;
pub mod snapshot;
pub mod sources;
pub mod system;
pub mod training;

pub use bucket::Bucket;
pub use reconcile::{Outcome, reconcile};
