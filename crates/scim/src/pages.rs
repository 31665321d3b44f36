//! The pages for an owner: which identity providers are connected, with which tokens, and what they asked last.

pub mod connection;
pub mod token;

use axum::Router;
use db::Db;

/// `/scim…`, but not `/scim/v2`.
pub fn routes() -> Router<Db> {
    connection::routes().merge(token::routes())
}
