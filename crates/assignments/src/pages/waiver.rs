//! Granting somebody a waiver, with the reason, what is done in its place, and the last day.
//!
//! Owners grant waivers, and never to themselves.
//!
//! Not here: where waivers are shown (the person's page and the list of assignments).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Day, Db, Id, Reader};
use roster::person::{self, PersonKind};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Owner, Place, Problems, Screen, Table,
    button, day, html, note, see_other_saying, trail,
};

use crate::assignment;
use crate::waiver::{self, NewWaiver, Waiver};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new().route("/people/{id}/waivers/new", get(new).post(create))
}

struct Seen {
    person: Id<PersonKind>,
    name: String,
    courses: Vec<Choice>,
    waivers: Vec<Waiver>,
}

async fn new(place: Place, _: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let seen = look(&db, &id).await?;
    page(&place, &seen, &Filled::nothing(), &Problems::none()).answer()
}

async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let seen = look(&db, &id).await?;
    let problems = match filled.one("until").parse::<Day>() {
        Err(_) => Problems::none().with("until", "Write the last day as a date, such as 2026-12-31."),
        Ok(until_on) => {
            let new = NewWaiver {
                person: seen.person.clone(),
                course_id: filled.one("course").to_owned(),
                reason: filled.raw("reason").to_owned(),
                compensating: filled.raw("compensating").to_owned(),
                until_on,
            };
            let actor = Actor::Person(owner.account.clone());
            match db.write(actor, move |tx| waiver::grant(tx, &new)).await {
                Ok(_) => {
                    let sentence = format!("Waived until {}. It is still shown as owed.", until_on.long());
                    return Ok(see_other_saying(&format!("/people/{}", seen.person), &sentence));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    page(&place, &seen, &filled, &problems)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn look(db: &Db, id: &str) -> Result<Seen, Error> {
    let id: Id<PersonKind> = id.parse().map_err(|_| Error::Missing)?;
    let seen = db.read(move |r| seen(r, id)).await?;
    seen.ok_or(Error::Missing)
}

fn seen(reader: &mut Reader, id: Id<PersonKind>) -> db::Result<Option<Seen>> {
    let Some(person) = person::find(reader, &id)? else {
        return Ok(None);
    };
    let mut owed = assignment::owed(reader, &id)?;
    owed.extend(assignment::upcoming(reader, &id)?);
    let courses = owed
        .iter()
        .map(|one| Choice::new(&one.course_id, format!("{} {}", one.course_id, one.title)));
    Ok(Some(Seen {
        name: person.name(),
        courses: courses.collect(),
        waivers: waiver::of_person(reader, &id)?,
        person: id,
    }))
}

fn page(place: &Place, seen: &Seen, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let person = format!("/people/{}", seen.person);
    let body = html! {
        (Opening::new(format!("Waive a course for {}", seen.name))
            .over(trail(&[("People", "/people"), (&seen.name, &person)], "Waive a course"))
            .lead("A waiver is shown wherever it counts, and never counts as done. Nobody can grant one to themselves."))
        (form.summary())
        @if seen.courses.is_empty() {
            (note(web::Standing::None, html! { p { (seen.name) " owes no course, so there is nothing to waive." } }))
        } @else {
            form.stack.roomy method="post" {
                (form.select("course", "Course", &seen.courses))
                (form.textarea("reason", "Why it need not be done for now", 3).length_max(2_000))
                (form.textarea("compensating", "What is done in its place", 3).help("The compensating control: an auditor will ask for it.").length_max(2_000))
                (form.date("until", "Last day it is waived").help("A year from today at most."))
                (button("Grant the waiver"))
            }
        }
        @if !seen.waivers.is_empty() { (granted(&seen.waivers)) }
    };
    Screen::shell(place, "Waive a course", body)
}

fn granted(waivers: &[Waiver]) -> Markup {
    let columns = [
        Column::new("Course"),
        Column::new("From"),
        Column::new("Until"),
        Column::new("Why").wide(),
        Column::new("In its place").wide(),
    ];
    let rows = waivers.iter().map(|one| {
        [
            html! { (one.course_id) },
            day(one.from_on),
            day(one.until_on),
            html! { (one.reason) },
            html! { (one.compensating) },
        ]
    });
    html! { (Table::new("Waivers granted before", columns).rows(rows)) }
}
