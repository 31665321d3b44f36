//! What can honestly be said about a share of a small number of people, a question of a test, or a row of figures.
//!
//! Every function is pure and is tested against published figures, named in the test.
//! An interval always lies within 0 and 1, and what cannot be said of so few is unknown, never zero.
//!
//! `proportion` is how sure one can be of a share; `item`, `distractor`, `reliability` and `effort` judge the questions of
//! a test; `agreement` its judges; `comparison`, `trend` and `cusum` what changes. `spacing` says when to ask again.
//!
//! Not here: where the counts come from, and what is good enough.

pub mod agreement;
pub mod comparison;
pub mod confidence;
pub mod cusum;
pub mod distractor;
pub mod effort;
pub mod item;
pub mod moments;
pub mod normal;
mod proportion;
pub mod reliability;
#[cfg(test)]
mod sample;
pub mod spacing;
pub mod trend;

pub use proportion::{Interval, Proportion, clopper_pearson95, newcombe95, wilson95};
