//! Calendars that other programs read: their addresses made, shown once, and ended; and the calendars themselves.
//!
//! Whose a calendar is follows from who is signed in. Reading one needs no session, only its address, and changes nothing.
//!
//! Not here: what stands in one ([`crate::reminder::feed`]).

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use db::{Actor, Db, Id};
use identity::Door;
use identity::account::AccountKind;
use web::{
    Answer, Column, Error, Filled, Markup, Opening, Place, Role, Screen, Standing, Table, Visitor, html,
    note, panel, see_other_saying,
};

use crate::reminder::feed::{self, Feed, Shows};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/calendars", get(index).post(create))
        .route("/calendars/{id}/end", post(end))
        .route("/calendars/{secret}/read", get(read))
}

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    page(&place, &visitor, &db, None).await?.answer()
}

/// Answers with the page itself, not with a redirect: the secret is in no address of ours and no cookie.
async fn create(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    filled: Filled,
) -> Answer {
    let shows = Shows::named(filled.one("shows")).ok_or(Error::Missing)?;
    let account = own(&visitor)?;
    let secret = db
        .write(Actor::Person(visitor.account.clone()), move |tx| {
            feed::make(tx, &account, shows)
        })
        .await?;
    let address = format!("{}/calendars/{secret}/read", door.public_url());
    page(&place, &visitor, &db, Some(&address)).await?.answer()
}

async fn end(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id = id.parse().map_err(|_| Error::Missing)?;
    let account = own(&visitor)?;
    db.write(Actor::Person(visitor.account.clone()), move |tx| {
        feed::end(tx, &account, &id)
    })
    .await?;
    Ok(see_other_saying("/calendars", "That address leads nowhere now."))
}

async fn read(State(db): State<Db>, Path(secret): Path<String>) -> Result<Response, Error> {
    let text = db
        .read(move |r| feed::read(r, &secret))
        .await?
        .ok_or(Error::Missing)?;
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response())
}

fn own(visitor: &Visitor) -> Result<Id<AccountKind>, Error> {
    visitor.account.parse().map_err(|_| Error::Missing)
}

async fn page(place: &Place, visitor: &Visitor, db: &Db, fresh: Option<&str>) -> Result<Screen, Error> {
    let account = own(visitor)?;
    let (live, zone) = db
        .read(move |r| Ok((feed::live(r, &account)?, r.zone()?)))
        .await?;
    let roles: Vec<Role> = visitor.roles.iter().collect();
    let offered = Shows::ALL.into_iter().filter(|shows| shows.is_for(&roles));
    let body = html! {
        (Opening::new("What is due, in your own calendar.")
            .lead("A calendar program reads an address every few hours. Whoever has the address can read it, so keep it to yourself, and end it when you no longer use it."))
        @if let Some(address) = fresh { (shown(address)) }
        @for shows in offered {
            (panel(shows.words(), html! {}, html! {
                form.act method="post" action="/calendars" {
                    input type="hidden" name="shows" value=(shows.as_str());
                    button.button type="submit" { "Make an address for “" (shows.words()) "”" }
                }
            }))
        }
        (addresses(&live, &zone))
    };
    Ok(Screen::shell(place, "Calendars", body))
}

fn shown(address: &str) -> Markup {
    note(
        Standing::Met,
        html! {
            p { "This is the address. It is shown now and never again: copy it into your calendar program, where it offers to add a calendar by its address." }
            p { code { (address) } }
        },
    )
}

fn addresses(live: &[Feed], zone: &db::Zone) -> Markup {
    let columns = [
        Column::new("It shows").wide(),
        Column::new("Made"),
        Column::new("No longer used"),
    ];
    let rows = live.iter().map(|one| {
        [
            html! { (one.shows.words()) },
            html! { (one.made_at.long(zone)) },
            html! {
                form.act method="post" action=(format!("/calendars/{}/end", one.id)) {
                    button.button type="submit" { "End this address" }
                }
            },
        ]
    });
    html! { (Table::new("Addresses that can be read", columns).rows(rows).empty("There is none.").labelled()) }
}
