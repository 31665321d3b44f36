//! What can honestly be said about a share of a small number of people.
//!
//! Every function is pure and is tested against published figures, named in the test.
//! An interval always lies within 0 and 1, and a share of nobody is unknown, never zero.
//!
//! Not here: where the counts come from, and what is good enough.

mod proportion;

pub use proportion::{Interval, Proportion, clopper_pearson95, newcombe95, wilson95};
