//! What the frameworks ask of a training programme, and which of them the organisation answers for.
//!
//! Reading order: [`predicate`] (the thirty questions), [`framework`] (who asks which of them, and with what),
//! [`adoption`] (for whom we answer).
//!
//! Invariants: a framework's file never holds the standard's own sentences; every check shows every parameter it
//! is asked with; a question that cannot be answered from recorded facts says so.
//!
//! The next framework: add a file to catalogue/frameworks, named after its id, and its name to the test in
//! `framework.rs`.
//!
//! Not here: the answers, which are `evidence`'s.

pub mod adoption;
pub mod framework;
pub mod predicate;

pub use adoption::{Adoption, AdoptionKind, adopt, adopted, end};
pub use framework::{Check, Duty, Framework, Leg, Requirement, framework, frameworks};
pub use predicate::{Answer, Parameters, Predicate};
