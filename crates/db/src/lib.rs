//! One handle on two database engines: every write has one actor, one instant and one durable commit.
//!
//! Reading order: [`moment`] and [`day`] (time), [`id`], [`actor`], [`fault`] (what can go wrong),
//! [`value`] and [`row`] (what goes in and comes out), [`tx`] (reading and writing), [`composed`], [`db`] (the handle),
//! then the engines: `sqlite`, `postgres` over its `wire` (a `socket` to an `address`), and `dialect`, the only file
//! that knows they differ.
//!
//! Invariants: nothing outside a [`Tx`] writes; a `Tx` cannot exist without an [`Actor`]; a closure that
//! refuses or fails leaves nothing behind; nobody is told "done" before the commit is on disk.
//!
//! Not here: any word of the domain, and any SQL but this crate's own `meta` table.

pub mod actor;
mod address;
pub mod clock;
pub mod composed;
pub mod day;
pub mod db;
pub mod dialect;
pub mod fault;
pub mod id;
mod lane;
pub mod migrate;
pub mod moment;
mod postgres;
pub mod row;
mod socket;
mod sqlite;
pub mod tx;
pub mod value;
mod wire;

pub use actor::Actor;
pub use clock::{Clock, Entropy};
pub use composed::{Composed, Piece};
pub use day::{Day, Window};
pub use db::{Db, Place};
pub use fault::{Error, Fault, FaultKind, Refusal, Result};
pub use id::{Id, Kind};
pub use moment::{Moment, Zone};
pub use row::{FromValue, Row};
pub use tx::{Reader, Tx};
pub use value::{Sql, Value};

/// A statement. Takes a literal only, so that a test can find every statement in the source,
/// prepare it on both engines, and nobody can build one from input.
#[macro_export]
macro_rules! sql {
    ($text:literal) => {
        $crate::Sql::from_literal($text)
    };
}

/// A part of a [`Composed`] statement. Takes a literal only, as [`sql!`] does.
#[macro_export]
macro_rules! piece {
    ($text:literal) => {
        $crate::Piece::from_literal($text)
    };
}

/// The values of a statement, in the order of its `$1`, `$2`, ….
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$($crate::Value::from($value)),*]
    };
}
