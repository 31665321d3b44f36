//! The pages on which the programme is set, watched and, where there is reason, waived.
//!
//! Not here: what a learner sees of what they owe (crate `learning`).

use axum::Router;
use db::Db;

/// Every page of this crate.
pub fn routes() -> Router<Db> {
    Router::new()
}
