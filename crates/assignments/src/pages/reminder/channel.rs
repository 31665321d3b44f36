//! Channels of Slack and Teams that are told how the programme stands: added, looked at, ended.
//!
//! Owners only. An address is taken and never shown again.
//!
//! Not here: what is said ([`crate::reminder::channel`]).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use chat::Service;
use db::{Actor, Db};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Owner, Place, Problems, Screen, Standing,
    Table, button, html, see_other_saying, tag, trail,
};

use crate::reminder::channel::{self, Channel, NewChannel};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/reminders/channels", get(index).post(create))
        .route("/reminders/channels/{id}/end", post(end))
}

async fn index(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    page(&place, &db, &Filled::nothing(), &Problems::none())
        .await?
        .answer()
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let Some(service) = Service::named(filled.one("service")) else {
        let problems = Problems::none().with("service", "Choose whose channel it is.");
        return refused(&place, &db, &filled, &problems).await;
    };
    let new = NewChannel {
        name: filled.one("name").to_owned(),
        service,
        address: filled.raw("address").to_owned(),
    };
    match db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            channel::add(tx, &new)
        })
        .await
    {
        Ok(_) => Ok(see_other_saying(
            "/reminders/channels",
            "Added. It is told on the next working day, or today if it is one.",
        )),
        Err(error) => refused(&place, &db, &filled, &Problems::or_fault(error)?).await,
    }
}

async fn end(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id = id.parse().map_err(|_| Error::Missing)?;
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        channel::end(tx, &id)
    })
    .await?;
    Ok(see_other_saying(
        "/reminders/channels",
        "It is told nothing more, and its address is forgotten.",
    ))
}

async fn refused(place: &Place, db: &Db, filled: &Filled, problems: &Problems) -> Answer {
    page(place, db, filled, problems)
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn page(place: &Place, db: &Db, filled: &Filled, problems: &Problems) -> Result<Screen, Error> {
    let (live, zone) = db.read(|r| Ok((channel::live(r)?, r.zone()?))).await?;
    let form = Form::new(filled, problems);
    let services = [
        Choice::new("slack", "Slack"),
        Choice::new("teams", "Microsoft Teams"),
    ];
    let body = html! {
        (Opening::new("Channels that are told how it stands")
            .over(trail(&[("Reminders", "/reminders")], "Channels"))
            .lead("Once a working day, in numbers, while reminders are on. Nobody is named, whoever reads the channel."))
        (channels(&live, &zone))
        (form.summary())
        form.stack.roomy method="post" action="/reminders/channels" {
            (form.text("name", "Name of the channel").autocomplete("off"))
            (form.radios("service", "Whose it is", &services))
            (form.password("address", "Address for incoming messages").help("In Slack it is that of an incoming webhook, in Teams that of a workflow that posts to a channel when a webhook request is received. It begins with https:// and is kept like a password."))
            (button("Add the channel"))
        }
    };
    Ok(Screen::shell(place, "Channels", body))
}

fn channels(live: &[Channel], zone: &db::Zone) -> Markup {
    let columns = [
        Column::new("Channel"),
        Column::new("At"),
        Column::new("The last time").wide(),
        Column::new("No longer wanted"),
    ];
    let rows = live.iter().map(|one| {
        [
            html! { (one.name) },
            html! { (one.address.host()) },
            last(one, zone),
            html! {
                form.act method="post" action=(format!("/reminders/channels/{}/end", one.id)) {
                    button.button type="submit" { "End " (one.name) }
                }
            },
        ]
    });
    html! { (Table::new("Channels", columns).rows(rows).empty("No channel is told.").labelled()) }
}

fn last(one: &Channel, zone: &db::Zone) -> Markup {
    match &one.last {
        None => html! { "Not yet." },
        Some((at, outcome, reply)) => {
            let (standing, words) = match outcome.as_str() {
                "accepted" => (Standing::Met, "Taken"),
                "deferred" => (Standing::Attention, "Put off"),
                _ => (Standing::Gap, "Refused"),
            };
            html! { (tag(standing, words)) " " (at.long(zone)) ". It said: " (reply) }
        }
    }
}
