//! Who is here: people, their engagements, profiles and leaves, and the sources that say so.

pub mod engagement;
pub mod leave;
pub mod person;
pub mod profile;
pub mod roster_file;
pub mod snapshot;
pub mod source;
pub mod sources;
pub mod sync;
