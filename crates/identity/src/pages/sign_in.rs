//! Signing in: ask for a letter, follow its link or type its code, press the button.

use axum::{
    Extension, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use db::{Actor, Db};
use maud::html;
use serde::Deserialize;
use web::{
    Answer, Error, Filled, Form, Opening, Place, Problems, Screen, button, see_other, visitor::safe_return,
};

use crate::{
    door::Door,
    link,
    session::{self, Method},
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/sign-in", get(ask).post(send))
        .route("/sign-in/code", get(code).post(enter_by_code))
        .route("/sign-in/{token}", get(confirm).post(enter))
}

#[derive(Deserialize)]
struct Way {
    #[serde(default)]
    to: String,
}

async fn ask(place: Place, Query(way): Query<Way>) -> Answer {
    ask_page(
        &place,
        &Filled::nothing().with("to", safe_return(&way.to)),
        &Problems::none(),
    )
    .answer()
}

fn ask_page(place: &Place, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    Screen::reading(
        place,
        "Sign in",
        html! {
            (Opening::new("Sign in").lead("We send you a letter with a link and a code. There is no password to remember."))
            (form.summary())
            form.stack.roomy method="post" action="/sign-in" {
                (form.hidden("to"))
                (form.email("email", "Your work e-mail address").help("The one your organisation has for you.").autocomplete("email"))
                (button("Send me a letter"))
            }
            p.soft { "Already have a code? " a href="/sign-in/code" { "Type it here" } "." }
        },
    )
}

async fn send(
    place: Place,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    filled: Filled,
) -> Answer {
    let email = filled.one("email").to_owned();
    door.letter(&email)?;
    let organisation = place.organisation.clone();
    let public_url = door.public_url().to_owned();
    let asked = email.clone();
    let posted = db
        .write(Actor::Job("sign-in"), move |tx| {
            link::mail_to(tx, &asked, &public_url, &organisation)
        })
        .await;
    if let Err(error) = posted {
        let problems = Problems::or_fault(error)?;
        return ask_page(&place, &filled, &problems)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer();
    }
    let kept = Filled::nothing()
        .with("email", &email)
        .with("to", safe_return(filled.one("to")));
    code_page(&place, &kept, &Problems::none(), true).answer()
}

async fn code(place: Place) -> Answer {
    code_page(&place, &Filled::nothing(), &Problems::none(), false).answer()
}

fn code_page(place: &Place, filled: &Filled, problems: &Problems, sent: bool) -> Screen {
    let form = Form::new(filled, problems);
    let lead = if sent {
        "If this address is known here, a letter is on its way. Open the link in it, or type its code below. Both work for 30 minutes."
    } else {
        "Type the six digits from the letter. They work for 30 minutes."
    };
    Screen::reading(
        place,
        "Look for our letter",
        html! {
            (Opening::new(if sent { "Look for our letter" } else { "Type your code" }).lead(lead))
            (form.summary())
            form.stack.roomy method="post" action="/sign-in/code" {
                (form.hidden("to"))
                @if sent { (form.hidden("email")) } @else { (form.email("email", "Your work e-mail address").autocomplete("email")) }
                (form.text("code", "The code").help("Six digits. You can paste it.").autocomplete("one-time-code").short())
                (button("Sign in"))
            }
            p.soft { "No letter after two minutes? Look in the junk folder, then " a href="/sign-in" { "ask again" } ", or ask whoever runs the training." }
        },
    )
}

async fn enter_by_code(
    place: Place,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    filled: Filled,
) -> Answer {
    let (email, typed) = (filled.one("email").to_owned(), filled.one("code").to_owned());
    door.knock(&crate::account::normal(&email))?;
    let entered = db
        .write(Actor::Job("sign-in"), move |tx| {
            match link::use_code(tx, &email, &typed)? {
                Ok(account) => Ok(Ok(session::start(tx, &account, Method::Code)?)),
                Err(refusal) => Ok(Err(refusal)),
            }
        })
        .await?;
    match entered {
        Ok(secret) => Ok(let_in(&door, &secret, filled.one("to"))),
        Err(refusal) => code_page(&place, &filled, &Problems::from(refusal), false)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

async fn confirm(place: Place, State(db): State<Db>, Path(token): Path<String>) -> Answer {
    let asked = token.clone();
    if !db.read(move |r| link::is_good(r, &asked)).await? {
        return spent_page(&place).answer();
    }
    Screen::reading(
        &place,
        "Sign in",
        html! {
            (Opening::new("One step left").lead("Press the button and you are in. The link works once."))
            form.stack method="post" action={ "/sign-in/" (token) } { (button("Sign in")) }
        },
    )
    .answer()
}

fn spent_page(place: &Place) -> Screen {
    Screen::reading(place, "This link is spent", html! {
        (Opening::new("This link no longer works").lead("It was used before, or more than 30 minutes have passed."))
        p { a href="/sign-in" { "Ask for a new one" } ". It takes a few seconds." }
    })
    .status(StatusCode::GONE)
}

async fn enter(
    place: Place,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    Path(token): Path<String>,
) -> Answer {
    let entered = db
        .write(Actor::Job("sign-in"), move |tx| {
            let (account, method) = link::use_token(tx, &token)?;
            session::start(tx, &account, method)
        })
        .await;
    match entered {
        Ok(secret) => Ok(let_in(&door, &secret, "/")),
        Err(db::Error::Refused(_)) => spent_page(&place).answer(),
        Err(error) => Err(Error::from(error)),
    }
}

fn let_in(door: &Door, secret: &str, to: &str) -> Response {
    let mut response = see_other(safe_return(to)).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, door.cookie().set(secret));
    response
}

/// The answer that signs a browser in: used by the set-up as well.
pub fn signed_in(door: &Door, secret: &str, to: &str) -> Response {
    let_in(door, secret, to)
}
