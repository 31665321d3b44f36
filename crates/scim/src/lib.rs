//! People and groups from an identity provider, as they come and go: a SCIM 2.0 server (RFC 7643, 7644, 9865).
//!
//! Each [`connection`] is a source of the roster. A resource is kept as it was sent and read back as it was sent; what it
//! says of a person is heard by the roster in the same transaction, under the same rules as a file. Whoever is no longer
//! active loses access at once. Nobody gets a role by SCIM, and nobody is taken for somebody else because of an address.
//!
//! Reading order: [`schema`] (what a resource may hold), [`body`] (what one holds), [`quirk`] (what clients do otherwise),
//! [`wrong`] · [`filter`] and [`patch`] (pure) · [`connection`], [`resource`], [`value`], [`member`], [`request`] (rows) ·
//! [`hearing`] (what it means), [`erasure`] · [`serve`] (over HTTP) and [`pages`] (for an owner).
//!
//! Not here: tokens and sessions (crate `identity`), people (crate `roster`), other sources (`roster::sources`).

pub mod act;
pub mod body;
pub mod connection;
pub mod discovery;
pub mod erasure;
pub mod filter;
pub mod hearing;
pub mod jobs;
pub mod list;
pub mod member;
pub mod pages;
pub mod patch;
pub mod pick;
pub mod quirk;
pub mod request;
pub mod resource;
pub mod schema;
pub mod serve;
pub mod snapshot;
pub mod value;
pub mod wrong;

pub use serve::Scim;
