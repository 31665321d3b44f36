//! Who owes which course, by when, and why.

pub mod audience;
