//! Every page of every part, under one roof.

use axum::Router;
use db::Db;

use crate::{app::Purpose, pages};

/// All routes. The gallery of components is open in a demonstration only.
pub fn routes(purpose: Purpose) -> Router<Db> {
    let routes = Router::new()
        .merge(identity::pages::routes())
        .merge(roster::pages::routes())
        .merge(scim::pages::routes())
        .merge(curriculum::pages::routes())
        .merge(assignments::pages::routes())
        .merge(learning::pages::routes())
        .merge(evidence::pages::routes())
        .merge(pages::mail::routes())
        .merge(pages::organisation::routes())
        .merge(pages::set_up::routes());
    match purpose {
        Purpose::Real => routes,
        Purpose::Demonstration => routes.merge(web::gallery::gallery().with_state(())),
    }
}
