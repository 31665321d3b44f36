//! The set-up: the one-time address makes the first owner; then four steps, each of which can wait.

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use db::{Actor, Db, Reader, sql};
use identity::{Door, session, setup};
use maud::{Markup, html};
use web::{
    Answer, Choice, Error, Filled, Form, Opening, Place, Problems, Screen, Standing, act, button, main_link,
    see_other_saying, tag, to_do, visitor::Owner,
};

use crate::programme::{self, Start};

/// `/set-up…`
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/set-up", get(steps))
        .route("/set-up/programme", post(adopt))
        .route("/set-up/{token}", get(first).post(create))
}

async fn first(place: Place, State(db): State<Db>, Path(token): Path<String>) -> Answer {
    if !db.read(move |r| setup::is_good(r, &token)).await? {
        return spent(&place).answer();
    }
    let filled = Filled::nothing()
        .with("zone", "UTC")
        .with("framework", "iso27001")
        .with("framework", "soc2");
    form_page(&place, &filled, &Problems::none()).answer()
}

fn spent(place: &Place) -> Screen {
    Screen::reading(place, "Set-up", html! {
        (Opening::new("This set-up address no longer works.").lead("It works once. Start muster again to print a new one, or sign in."))
        p { a href="/sign-in" { "Sign in" } }
    })
    .status(StatusCode::GONE)
}

fn form_page(place: &Place, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let frameworks: Vec<Choice> = controls::framework::frameworks()
        .iter()
        .map(|framework| Choice::new(&framework.id, &framework.title))
        .collect();
    Screen::reading(
        place,
        "Set-up",
        html! {
            (Opening::new("Whose training is this?").lead("One page, then you are in. Everything here can be changed later."))
            (form.summary())
            form.stack.roomy method="post" {
                (form.text("organisation", "Name of the organisation").autocomplete("organization").length_max(200))
                (form.checks("framework", "Which audits are ahead?", &frameworks))
                (form.text("zone", "Time zone").help("Days begin and end here: Europe/Berlin, America/New_York, UTC.").autocomplete("off"))
                (form.text("name", "Your name").autocomplete("name").length_max(200))
                (form.email("email", "Your e-mail address").help("You become the owner and sign in with letters to this address.").autocomplete("email"))
                (button("Begin"))
            }
        },
    )
}

async fn create(
    place: Place,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    Path(token): Path<String>,
    filled: Filled,
) -> Answer {
    let start = Start {
        organisation: filled.one("organisation").to_owned(),
        zone: filled.one("zone").to_owned(),
        frameworks: filled.all("framework").map(str::to_owned).collect(),
    };
    let (name, email) = (filled.one("name").to_owned(), filled.one("email").to_owned());
    let done = db
        .write(Actor::Setup, move |tx| {
            let owner = setup::first_owner(tx, &token, &email, &name)?;
            programme::begin(tx, &start)?;
            session::start(tx, &owner, session::Method::Setup)
        })
        .await;
    match done {
        Ok(secret) => Ok(identity::pages::sign_in::signed_in(&door, &secret, "/set-up")),
        Err(db::Error::Refused(refusal)) if refusal.code == "spent-setup-token" => spent(&place).answer(),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            form_page(&place, &filled, &problems)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

/// How far the set-up is.
struct Progress {
    people: i64,
    rules: i64,
    mail: bool,
    /// Courses that the default programme waits for.
    waiting: usize,
}

fn progress(reader: &mut Reader) -> db::Result<Progress> {
    let people: Option<i64> =
        reader.one(sql!("select cast(count(id) as bigint) from person"), &[], |row| {
            row.get(0)
        })?;
    let rules: Option<i64> = reader.one(
        sql!("select cast(count(id) as bigint) from rule where ended_at is null"),
        &[],
        |row| row.get(0),
    )?;
    let mail = mail::setting::current(reader)?.relay != mail::Relay::Off;
    Ok(Progress {
        people: people.unwrap_or(0),
        rules: rules.unwrap_or(0),
        mail,
        waiting: programme::courses_of(&programme::waiting(reader)?),
    })
}

async fn steps(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let progress = db.read(progress).await?;
    let done =
        usize::from(progress.people > 0) + usize::from(progress.rules > 0) + usize::from(progress.mail);
    let finding = match done {
        0 => "Three steps, and the first useful screen.".to_owned(),
        3 => "Everything is set up.".to_owned(),
        n => format!("{n} of 3 steps are done."),
    };
    Screen::shell(&place, "Set-up", html! {
        (Opening::new(&finding).lead("Take them in any order. Each can wait, and each can be done again.")
            .actions(html! { (main_link("See where we stand today", "/")) }))
        (to_do([
            step(progress.people > 0, html! { b { "People." } " Upload the list from your HR system as CSV; nothing changes before you have seen the plan." },
                html! { a.button href="/roster/files/new" { "Upload a list" } }),
            step(progress.rules > 0, html! {
                    b { "Programme." } " Publish the shipped courses and let everybody owe the baseline in their first week and once a year, developers their own course within 30 days."
                    @if progress.waiting > 0 { " " a href="/programme/default" { (progress.waiting) " more courses are not here yet" } ", and nobody is asked for them." }
                },
                if progress.rules > 0 { html! { a.button href="/programme" { "See the rules" } } } else { act("Use this programme", "/set-up/programme", None) }),
            step(progress.mail, html! { b { "Mail." } " Say through which relay letters leave. Without one they wait, and you hand out sign-in links yourself." },
                html! { a.button href="/mail" { "Set up mail" } }),
        ]))
    })
    .answer()
}

fn step(done: bool, text: Markup, way: Markup) -> (Markup, Markup) {
    let state = if done {
        tag(Standing::Met, "done")
    } else {
        tag(Standing::None, "open")
    };
    (html! { (state) " " (text) }, way)
}

async fn adopt(owner: Owner, State(db): State<Db>) -> Answer {
    let (rules, waiting) = db
        .write(Actor::Person(owner.account.clone()), |tx| {
            Ok((programme::adopt_default(tx)?, programme::waiting(tx)?))
        })
        .await
        .map_err(Error::from)?;
    let mut sentence = if rules == 0 {
        "The programme was there already.".to_owned()
    } else {
        "The programme is in force.".to_owned()
    };
    let count = programme::courses_of(&waiting);
    if count > 0 {
        sentence.push_str(&format!(
            " {count} courses of it are not here yet; the default programme names them."
        ));
    }
    Ok(see_other_saying("/set-up", &sentence))
}
