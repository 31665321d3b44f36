//! stories

pub mod postgres;
