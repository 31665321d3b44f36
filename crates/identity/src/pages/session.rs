//! One's own sessions: see where one is signed in, and end any of them.

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use db::{Actor, Db, Id};
use maud::html;
use web::{
    Answer, Column, Opening, Place, Screen, Table, act, see_other, see_other_saying, visitor::Visitor,
};

use crate::{
    account::AccountKind,
    door::Door,
    session::{self, SessionKind},
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/sessions", get(list))
        .route("/sessions/{id}/end", post(end))
        .route("/sign-out", post(sign_out))
}

async fn list(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    let account: Id<AccountKind> = visitor.account.parse()?;
    let (open, zone) = db
        .read(move |r| Ok((session::open(r, &account)?, r.zone()?)))
        .await?;
    let count = open.len();
    let mut table = Table::new(
        "Where you are signed in",
        [
            Column::new("Since"),
            Column::new("By"),
            Column::new("Until"),
            Column::new(""),
        ],
    );
    for session in &open {
        let current = session.id.as_str() == visitor.session;
        table.row([
            html! { span.nowrap { (session.started_at.long(&zone)) } @if current { " " span.soft { "this browser" } } },
            html! { (session.method) },
            html! { span.nowrap { (session.expires_at.long(&zone)) } },
            act("End", &format!("/sessions/{}/end", session.id), None),
        ]);
    }
    Screen::shell(&place, "Your sessions", html! {
        (Opening::new(if count == 1 { "You are signed in once.".to_owned() } else { format!("You are signed in {count} times.") })
            .lead("End any you do not recognise; whoever uses it is out at once."))
        (table.of(count as u64, "sessions").labelled())
    })
    .answer()
}

async fn end(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (account, session): (Id<AccountKind>, Id<SessionKind>) = (visitor.account.parse()?, id.parse()?);
    db.write(Actor::Person(visitor.account), move |tx| {
        session::end(tx, &account, &session)
    })
    .await?;
    Ok(see_other_saying("/sessions", "The session has ended."))
}

async fn sign_out(visitor: Visitor, State(db): State<Db>, Extension(door): Extension<Door>) -> Answer {
    let (account, session): (Id<AccountKind>, Id<SessionKind>) =
        (visitor.account.parse()?, visitor.session.parse()?);
    db.write(Actor::Person(visitor.account), move |tx| {
        session::end(tx, &account, &session)
    })
    .await?;
    let mut response = see_other("/sign-in").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, door.cookie().clear());
    Ok(response)
}
