//! The pages of learning.
use axum::Router;
use db::Db;
pub fn routes() -> Router<Db> { Router::new() }
