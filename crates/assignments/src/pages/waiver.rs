//! Granting somebody a waiver, with the reason, what is done in its place, and the last day; ending one; and all that hold.
//!
//! Owners grant and end waivers, and never their own; editors and auditors see the list.
//!
//! Not here: where waivers are shown (the person's page and the list of assignments).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Day, Db, Id, Reader};
use roster::person::{self, PersonKind};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Owner, Place, Problems, Role, Screen,
    Standing, Table, Visitor, button, button_link, day, html, note, see_other_saying, tag, trail,
};

use super::may_look;
use crate::assignment;
use crate::waiver::{self, NewWaiver, Waiver, WaiverKind};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/people/{id}/waivers/new", get(new).post(create))
        .route("/waivers", get(index))
        .route("/waivers/{id}/end", get(ending).post(end))
}

/// A waiver that ends within so many days is pointed out: time to decide whether it is to be granted again.
const SOON_DAYS: i32 = 30;

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (waivers, names, today) = db
        .read(|r| {
            let today = r.today()?;
            let waivers = waiver::holding(r, today)?;
            let names = waivers
                .iter()
                .map(|one| name(r, &one.person))
                .collect::<db::Result<Vec<_>>>()?;
            Ok((waivers, names, today))
        })
        .await?;
    let soon = waivers
        .iter()
        .filter(|one| one.until_on < today + SOON_DAYS)
        .count();
    let finding = match (waivers.len(), soon) {
        (0, _) => "No waiver holds.".to_owned(),
        (1, _) => "One waiver holds.".to_owned(),
        (count, 0) => format!("{count} waivers hold."),
        (count, soon) => format!("{count} waivers hold, and {soon} of them end within {SOON_DAYS} days."),
    };
    let owner = visitor.roles.has(Role::Owner);
    let columns = [
        Column::new("Person"),
        Column::new("Course"),
        Column::new("Until"),
        Column::new("Why").wide(),
        Column::new("In its place").wide(),
        Column::new("Change"),
    ];
    let rows = waivers.iter().zip(&names).map(|(one, name)| {
        [
            html! { a href={ "/people/" (one.person) } { (name) } },
            html! { (one.course_id) },
            html! { (day(one.until_on)) @if one.until_on < today + SOON_DAYS { " " (tag(Standing::Attention, "ends soon")) } },
            html! { (one.reason) },
            html! { (one.compensating) },
            html! { @if owner { (button_link("End", &format!("/waivers/{}/end", one.id))) } },
        ]
    });
    let table = Table::new("Waivers that hold", columns)
        .rows(rows)
        .labelled()
        .caption_hidden()
        .empty("A waiver is granted on the page of the person it is for.");
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Assignments", "/assignments")], "Waivers"))
            .lead("What is waived stays owed, and never counts as done. The one that ends first comes first."))
        (table)
    };
    Screen::shell(&place, "Waivers", body).answer()
}

fn name(reader: &mut Reader, person: &Id<PersonKind>) -> db::Result<String> {
    Ok(person::find(reader, person)?.map_or_else(String::new, |person| person.name()))
}

async fn ending(place: Place, _: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (waiver, name) = found(&db, &id).await?;
    end_page(&place, &(waiver, name), (&Filled::nothing(), &Problems::none())).answer()
}

async fn end(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (waiver, name) = found(&db, &id).await?;
    let (which, reason) = (waiver.id.clone(), filled.raw("reason").to_owned());
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            waiver::end(tx, &which, &reason)
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying("/waivers", "The waiver has ended.")),
        Err(error) => end_page(&place, &(waiver, name), (&filled, &Problems::or_fault(error)?))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

async fn found(db: &Db, id: &str) -> Result<(Waiver, String), Error> {
    let id: Id<WaiverKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(waiver) = waiver::find(r, &id)? else {
                return Ok(None);
            };
            let name = name(r, &waiver.person)?;
            Ok(Some((waiver, name)))
        })
        .await?;
    found.ok_or(Error::Missing)
}

fn end_page(
    place: &Place,
    (waiver, name): &(Waiver, String),
    (filled, problems): (&Filled, &Problems),
) -> Screen {
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new(format!("End the waiver of {} for {name}", waiver.course_id))
            .over(trail(&[("Assignments", "/assignments"), ("Waivers", "/waivers")], "End"))
            .lead(format!("It would hold until {}. That it was granted stays on record.", waiver.until_on.long())))
        (form.summary())
        form.stack.roomy method="post" {
            (form.textarea("reason", "Why it ends early", 3).length_max(2_000))
            (button("End the waiver"))
        }
    };
    Screen::shell(place, "End a waiver", body)
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
            (note(Standing::None, html! { p { (seen.name) " owes no course, so there is nothing to waive." } }))
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
            html! { (day(one.until_on)) @if let Some((on, why)) = &one.ended { ", ended on " (day(*on)) ": " (why) } },
            html! { (one.reason) },
            html! { (one.compensating) },
        ]
    });
    html! { (Table::new("Waivers granted before", columns).rows(rows)) }
}
