//! The organisation's name and time zone, changed by an owner.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use db::{Actor, Db};
use maud::html;
use roster::organisation::{self, Organisation};
use web::{Answer, Filled, Form, Opening, Place, Problems, Screen, button, see_other_saying, visitor::Owner};

/// `/organisation`
pub fn routes() -> Router<Db> {
    Router::new().route("/organisation", get(show).post(set))
}

async fn show(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let now = db.read(organisation::find).await?;
    let filled = match &now {
        Some(now) => Filled::nothing().with("name", &now.name).with("zone", &now.zone),
        None => Filled::nothing().with("zone", "UTC"),
    };
    page(&place, &filled, &Problems::none()).answer()
}

fn page(place: &Place, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    Screen::shell(
        place,
        "Organisation",
        html! {
            (Opening::new("Whose training this is").lead("What was recorded before a change of zone keeps the days it was recorded with."))
            (form.summary())
            form.stack.roomy method="post" action="/organisation" {
                (form.text("name", "Name of the organisation").autocomplete("organization").length_max(200))
                (form.text("zone", "Time zone").help("Days begin and end here: Europe/Berlin, America/New_York, UTC.").autocomplete("off"))
                (button("Save"))
            }
        },
    )
}

async fn set(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let wanted = Organisation::new(filled.one("name"), filled.one("zone"));
    match db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            organisation::set(tx, &wanted.clone()?)
        })
        .await
    {
        Ok(()) => Ok(see_other_saying("/organisation", "Saved.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &filled, &problems)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}
