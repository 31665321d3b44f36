//! A token of a connection: made and shown once, and ended.

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Extension, Router};
use db::{Actor, Db, Id, Refusal};
use identity::Door;
use identity::token::{self, TokenKind};
use web::visitor::Owner;
use web::{Answer, Error, Place, see_other_saying};

use super::connection::{href, known, page};
use crate::connection::{self, ConnectionKind};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/scim/connections/{id}/tokens", post(create))
        .route("/scim/tokens/{id}/end", post(end))
}

/// Answers with the page itself, not with a redirect: the secret is in no address and no cookie.
async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    Path(id): Path<String>,
) -> Answer {
    let id: Id<ConnectionKind> = id.parse().map_err(|_| Error::Missing)?;
    let wanted = id.clone();
    let secret = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let connection = connection::find(tx, &wanted)?
                .ok_or_else(|| Refusal::new("no-connection", "There is no such connection."))?;
            Ok(connection::new_token(tx, &connection, None)?.1)
        })
        .await?;
    let known = db.read(move |r| known(r, &id)).await?.ok_or(Error::Missing)?;
    page(&place, &door, &known, Some(&secret)).answer()
}

async fn end(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<TokenKind> = id.parse().map_err(|_| Error::Missing)?;
    let bound_to = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            token::end(tx, &id)?;
            let found = token::all(tx)?.into_iter().find(|token| token.id == id);
            Ok(found.and_then(|token| token.bound_to))
        })
        .await?;
    let connection = bound_to.and_then(|id| id.parse::<Id<ConnectionKind>>().ok());
    let back = connection.map_or("/scim".to_owned(), |id| href(&id));
    Ok(see_other_saying(&back, "The token has ended."))
}
