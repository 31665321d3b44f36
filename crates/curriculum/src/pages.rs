//! The pages of the curriculum: what can be learnt, and in which words; and for editors, what is being written.

pub mod course;
mod draft;

use axum::Router;
use db::Db;

/// Every page of the curriculum.
pub fn routes() -> Router<Db> {
    course::routes().merge(draft::routes())
}
