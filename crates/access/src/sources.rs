//! Foreign tongues: bytes of a system's export in, a [`crate::snapshot::Snapshot`] out, no database.
//!
//! Reading order: [`file`] (the one door), [`table`] (CSV and JSON as cells under headers), [`profile`] (whose columns they are),
//! [`mapping`] (an organisation's own words), [`cells`] (a row to an account).

pub mod cells;
pub mod file;
pub mod mapping;
pub mod profile;
pub mod table;
