//! The pages on which the programme is set, watched and, where there is reason, waived.
//!
//! Not here: what a learner sees of what they owe (crate `learning`).

use axum::Router;
use db::Db;
use web::{Error, Role, Visitor};

pub mod assignment;
pub mod audience;
mod change;
pub mod equivalence;
pub mod programme;
pub mod reminder;
pub mod rule;
pub mod team;
pub mod waiver;

#[cfg(test)]
mod tests;

/// Every page of this crate.
pub fn routes() -> Router<Db> {
    Router::new()
        .merge(rule::routes())
        .merge(audience::routes())
        .merge(equivalence::routes())
        .merge(programme::routes())
        .merge(assignment::routes())
        .merge(waiver::routes())
        .merge(reminder::routes())
        .merge(team::routes())
}

/// Editors and owners run the programme, auditors look at it; nobody else does.
fn may_look(visitor: &Visitor) -> Result<(), Error> {
    if [Role::Owner, Role::Editor, Role::Auditor]
        .into_iter()
        .any(|role| visitor.roles.has(role))
    {
        return Ok(());
    }
    Err(Error::forbidden(
        "This page is for those who run the programme, and for auditors.",
    ))
}

fn may_change(visitor: &Visitor) -> bool {
    visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Editor)
}
