//! Foreign tongues: each file here turns one source's bytes into a [`crate::snapshot::Snapshot`], and knows no database.
//!
//! Reading order: [`file`] (the file as a whole), [`table`], [`csv`], [`xlsx`] with [`sheet`] (its rows), [`header`] with [`column`], [`origin`] and
//! [`forbidden`] (what its columns mean), [`cells`] with [`word`] and [`date`] (what they say), [`managers`], [`mapping`]
//! and [`look`]; [`ldap`] (a directory).

pub mod bounded;
pub mod cells;
pub mod column;
pub mod csv;
pub mod date;
pub mod encoding;
pub mod file;
pub mod forbidden;
pub mod header;
pub mod ldap;
pub mod look;
pub mod managers;
pub mod mapping;
pub mod origin;
pub mod sheet;
pub mod table;
pub mod word;
pub mod xlsx;
pub mod xml;
