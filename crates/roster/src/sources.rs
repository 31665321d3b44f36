//! Foreign tongues: each file here turns one source's bytes into a [`crate::snapshot::Snapshot`], and knows no database.
//!
//! Reading order: [`csv`] (the file as a whole), then what it leans on: [`encoding`], [`header`], [`column`], [`word`], [`date`], [`mapping`].

pub mod cells;
pub mod column;
pub mod csv;
pub mod date;
pub mod encoding;
pub mod header;
pub mod ldap;
pub mod mapping;
pub mod word;
