//! One's own passkeys: add one, give it another name, remove it.
//!
//! Adding needs a script, because only a browser's own interface reaches the device; without one the page says so, and the name signs.

use std::net::IpAddr;

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use db::{Actor, Db, Id, Moment, Zone};
use serde_json::json;
use web::{
    Answer, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, act, html, note, panel,
    see_other_saying,
    visitor::{Visitor, sign_in_href},
};

use crate::{
    account::AccountKind,
    door::Door,
    passkey::{self, FRESH_SECONDS, Holder, Passkey, PasskeyKind},
    webauthn::{Creation, Party, bytes_of, text_of},
};

const HOME: &str = "/passkeys";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(list).post(add))
        .route("/passkeys/challenge", post(challenge))
        .route("/passkeys/{id}/name", post(rename))
        .route("/passkeys/{id}/end", post(end))
}

fn holder(visitor: &Visitor) -> Result<Holder, Error> {
    Ok(Holder {
        account: visitor.account.parse()?,
        session: visitor.session.clone(),
        authenticated_at: visitor.authenticated_at,
    })
}

async fn list(
    place: Place,
    visitor: Visitor,
    Extension(door): Extension<Door>,
    State(db): State<Db>,
) -> Answer {
    page(
        &place,
        (&visitor, &door),
        (&db, &Filled::nothing(), &Problems::none()),
    )
    .await?
    .answer()
}

async fn page(
    place: &Place,
    (visitor, door): (&Visitor, &Door),
    (db, filled, problems): (&Db, &Filled, &Problems),
) -> Result<Screen, Error> {
    let holder = holder(visitor)?;
    let party = Party::of(door.public_url());
    let account = holder.account.clone();
    let (held, zone, now) = db
        .read(move |reader| {
            Ok((
                passkey::of_account(reader, &account)?,
                reader.zone()?,
                reader.now(),
            ))
        })
        .await?;
    let finding = match held.len() {
        0 => "You have no passkey.".to_owned(),
        1 => "You have one passkey.".to_owned(),
        many => format!("You have {many} passkeys."),
    };
    let form = Form::new(filled, problems);
    let body = html! {
        (form.summary())
        (Opening::new(finding).lead("A passkey is kept by your phone, computer or security key. With one, your device adds a signature of its own when you sign a statement, which anybody can check. You can always sign with your name alone."))
        @for one in &held { (card(one, &zone)) }
        (panel("Add a passkey", "", adding(&form, (&holder, &party), now)))
    };
    Ok(Screen::shell(place, "Your passkeys", body))
}

fn card(one: &Passkey, zone: &Zone) -> Markup {
    html! {
        section.stack {
            h2 { (one.name) }
            p.soft {
                "Added " (one.made_at.long(zone)) ". "
                @match one.used_at { Some(at) => { "Last used " (at.long(zone)) "." } None => { "Not used yet." } }
            }
            details {
                summary { "Change " (one.name) }
                form.stack method="post" action={ (HOME) "/" (one.id) "/name" } {
                    label.stack { span { "Another name for it" } input type="text" name="name" value=(one.name) maxlength="60" required; }
                    button.button type="submit" { "Save the name" }
                }
                (act("Remove", &format!("{HOME}/{}/end", one.id), Some("Remove this passkey? What you signed with it stays valid.")))
            }
        }
    }
}

fn adding(form: &Form<'_>, (holder, party): (&Holder, &Party), now: Moment) -> Markup {
    if !passkey::is_fresh(holder, now) {
        return html! {
            p { "A passkey is added only within " (FRESH_SECONDS / 60) " minutes of signing in, so that nobody adds theirs at a screen you left open." }
            p.row.actions { a.button href=(sign_in_href(HOME)) { "Sign in again" } }
        };
    }
    if party.id.parse::<IpAddr>().is_ok() {
        return html! { p { "Devices keep passkeys for names, and this muster is reached by a number (" (party.id) "). Ask whoever runs it to give it a name." } };
    }
    html! {
        noscript { (note(Standing::None, html! { p { "Adding a passkey needs JavaScript, which this browser does not run. You can go on signing with your name." } })) }
        form.stack.roomy method="post" action=(HOME) hidden data-behaviour="passkey" data-act="add" {
            (form.text("name", "A name you will know it by").help("For example: work laptop.").length_max(60))
            input type="hidden" name="client_data";
            input type="hidden" name="attestation_object";
            (web::button("Add a passkey"))
            p role="status" {}
        }
    }
}

/// What the script hands to the browser. It is a row, so it is asked for with POST.
async fn challenge(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
) -> Answer {
    let holder = holder(&visitor)?;
    door.knock(&visitor.account)?;
    let (asking, account) = (holder.clone(), holder.account.clone());
    let (challenge, held) = db
        .write(Actor::Person(visitor.account.clone()), move |tx| {
            Ok((
                passkey::challenge(tx, &asking)?,
                passkey::of_account(tx, &account)?,
            ))
        })
        .await?;
    let party = Party::of(door.public_url());
    let name = if place.organisation.is_empty() {
        "muster"
    } else {
        &place.organisation
    };
    let known: Vec<&str> = held.iter().map(|one| one.credential_id.as_str()).collect();
    let options = json!({
        "challenge": text_of(&challenge),
        "exclude": known,
        "party": { "id": party.id, "name": name },
        "user": { "id": text_of(holder.account.as_str().as_bytes()), "name": visitor.email, "displayName": visitor.name },
    });
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Ok((headers, options.to_string()).into_response())
}

async fn add(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    filled: Filled,
) -> Answer {
    let holder = holder(&visitor)?;
    let party = Party::of(door.public_url());
    let name = filled.one("name").to_owned();
    let read = bytes_of(filled.one("client_data")).and_then(|client_data| {
        Ok(Creation {
            client_data,
            attestation_object: bytes_of(filled.one("attestation_object"))?,
        })
    });
    let done = match read {
        Err(refusal) => Err(refusal.into()),
        Ok(creation) => {
            db.write(Actor::Person(visitor.account.clone()), move |tx| {
                passkey::add(tx, &holder, &party, (&name, &creation))
            })
            .await
        }
    };
    match done {
        Ok(_) => Ok(see_other_saying(HOME, "The passkey is added.")),
        Err(error) => page(
            &place,
            (&visitor, &door),
            (&db, &filled, &Problems::or_fault(error)?),
        )
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer(),
    }
}

async fn rename(
    (place, visitor): (Place, Visitor),
    Extension(door): Extension<Door>,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (account, id): (Id<AccountKind>, Id<PasskeyKind>) = (visitor.account.parse()?, id.parse()?);
    let name = filled.one("name").to_owned();
    let done = db
        .write(Actor::Person(visitor.account.clone()), move |tx| {
            passkey::rename(tx, &account, &id, &name)
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying(HOME, "The name is saved.")),
        Err(error) => page(
            &place,
            (&visitor, &door),
            (&db, &Filled::nothing(), &Problems::or_fault(error)?),
        )
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer(),
    }
}

async fn end(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (account, id): (Id<AccountKind>, Id<PasskeyKind>) = (visitor.account.parse()?, id.parse()?);
    db.write(Actor::Person(visitor.account), move |tx| {
        passkey::remove(tx, &account, &id)
    })
    .await?;
    Ok(see_other_saying(
        HOME,
        "The passkey is removed here. Delete it on your device as well.",
    ))
}
