//! The pages of the curriculum: what can be learnt, and in which words.

pub mod course;

pub use course::routes;
