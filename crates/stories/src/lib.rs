//! Tests of the whole: an organisation with its people, on both engines, as they would use it.
//!
//! Reading order: [`world`] (the organisation), [`cast`] (its people), [`browser`] and [`page`] (what they do and
//! see), [`provider`] (an identity provider), [`slapd`] (a directory), [`html`], [`postgres`] (the other engine). The stories are in
//! `tests/whole`, what the command line promises in `cli/`, what a crash may leave in `tests/faults`, what the handle promises on a real server in `tests/server`,
//! the house rules in `tests/tidy`.
//!
//! Not here: anything that ships.

pub mod browser;
pub mod cast;
mod faults;
pub mod html;
mod letter;
pub mod page;
pub mod postgres;
pub mod program;
pub mod provider;
pub mod slapd;
pub mod world;

pub use browser::{Browser, Chosen};
pub use page::Page;
pub use provider::Provider;
pub use world::{Engine, World};
