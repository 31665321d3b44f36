//! What a person chooses about their own reminders, and every one that was about them.
//!
//! Whose they are follows from who is signed in.
//!
//! Not here: the calendar itself, and what everybody was told ([`super`]).

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Db, Id, Zone};
use roster::person::PersonKind;
use web::{
    Answer, Column, Filled, Form, Learner, Markup, Opening, Place, Problems, Screen, Table, button, html,
    panel, see_other_saying,
};

use crate::reminder::kept::{self, Reminder};
use crate::reminder::{Preference, preference};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new().route("/my-reminders", get(show).post(choose))
}

async fn show(place: Place, learner: Learner, State(db): State<Db>) -> Answer {
    let person = learner.person().to_owned();
    let chosen = db.read(move |r| preference::of(r, &person)).await?;
    let mut filled = Filled::nothing().with("zone", &chosen.zone);
    if chosen.calendar {
        filled = filled.with("calendar", "yes");
    }
    page(&place, &learner, &db, &filled, &Problems::none())
        .await?
        .answer()
}

async fn choose(place: Place, learner: Learner, State(db): State<Db>, filled: Filled) -> Answer {
    let person: Id<PersonKind> = learner.person().parse().map_err(|_| web::Error::Missing)?;
    let chosen = Preference {
        zone: filled.one("zone").to_owned(),
        calendar: filled.ticked("calendar"),
    };
    let actor = Actor::Person(learner.account.clone());
    match db
        .write(actor, move |tx| preference::set(tx, &person, &chosen))
        .await
    {
        Ok(()) => Ok(see_other_saying(
            "/my-reminders",
            "Saved. It counts from the next reminder on.",
        )),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &learner, &db, &filled, &problems)
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

async fn page(
    place: &Place,
    learner: &Learner,
    db: &Db,
    filled: &Filled,
    problems: &Problems,
) -> Result<Screen, web::Error> {
    let person: Id<PersonKind> = learner.person().parse().map_err(|_| web::Error::Missing)?;
    let (mine, zone) = db
        .read(move |r| Ok((kept::of_person(r, &person)?, r.zone()?)))
        .await?;
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new("You get one letter a day at most.")
            .lead("Letters come in working hours, not on weekends, holidays or while you are on leave, and never about what you have done."))
        (panel("What you prefer", html! {}, html! {
            (form.summary())
            form.stack.roomy method="post" action="/my-reminders" {
                (form.text("zone", "Your time zone").optional().autocomplete("off").help(format!("Such as Europe/Berlin. Leave it empty for {}, where the organisation is.", zone.name())))
                (form.check("calendar", "No letters as long as nothing is overdue").help("For those who keep their dates in a calendar. What is overdue comes by letter all the same."))
                (button("Save"))
            }
        }))
        (panel("A calendar", html! {}, html! {
            p { "Your own calendar program can show what is due: " a href="/calendars" { "make an address for it" } "." }
        }))
        (sent(&mine, &zone))
    };
    Ok(Screen::shell(place, "My reminders", body))
}

fn sent(mine: &[Reminder], zone: &Zone) -> Markup {
    let columns = [
        Column::new("Course"),
        Column::new("When").wide(),
        Column::new("What came of it").wide(),
        Column::new("Decided"),
    ];
    let rows = mine.iter().map(|one| {
        [
            html! { (one.course_id) },
            html! { (one.step.words()) },
            super::fate(&one.fate, zone),
            html! { (one.decided_at.long(zone)) },
        ]
    });
    html! {
        (Table::new("Every reminder about what you owe, also those to others", columns)
            .rows(rows)
            .empty("There has been none.")
            .labelled())
    }
}
