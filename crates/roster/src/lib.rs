//! Who is here: people, their engagements, profiles and leaves, and the sources that say so.

pub mod engagement;
pub mod leave;
pub mod person;
pub mod profile;
pub mod snapshot;
pub mod sources;
