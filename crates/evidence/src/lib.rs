//! What can be shown: every answer an auditor asks for, reckoned from recorded facts, for any day or window.
//!
//! Reading order: [`tenure`] (time), [`demand`] (what is asked of whom), [`facts`] (what happened), [`measure`] and
//! [`measures`] (the reckoning), [`finding`] and [`exceptions`] (the words), [`status`] (the document), [`strip`] (one
//! person's days). Beside them, for those who run the programme: [`coverage`] and [`matrix`] (today), [`cycle`] (on time).
//!
//! Invariants: nothing here decides what is true but the facts; a past window gives the same answer later; a number
//! comes with the people behind it; this crate reads every table and writes only `pack`.
//!
//! The next measure: a file in `measures/`, an arm in `Question::ask`, its row in `controls::Predicate`, and its days
//! in the reference reckoning of `tests/`.

pub mod access;
mod chapters;
pub mod copy;
pub mod coverage;
pub mod cycle;
pub mod demand;
pub mod exceptions;
pub mod export;
pub mod exports;
pub mod facts;
pub mod finding;
pub mod matrix;
pub mod measure;
pub mod measures;
pub mod pack;
pub mod pages;
pub mod status;
pub mod story;
pub mod strip;
pub mod tenure;
pub mod wording;

pub use exceptions::{Exception, Exceptions};
pub use finding::Finding;
pub use measure::{Kind, Outcome};
pub use status::{Asked, Period, Status, status};
pub use strip::{Shade, Stretch, spans_for};
