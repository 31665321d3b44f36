//! Training done elsewhere: what was accepted on reviewed evidence, and the form in which somebody says what they reviewed.
//!
//! A document that is sent is digested and not kept. Not here: the suppliers (`roster`).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use curriculum::edition;
use db::{Actor, Day, Db, Id, Reader, Refusal, Result as Done, Zone};
use roster::person::PersonKind;
use roster::supplier::{self, Supplier, SupplierKind};
use sha2::{Digest, Sha256};
use web::visitor::{Auditor, Owner, Role};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    button, day, facts, html, main_link, note, panel, see_other_saying, tag, trail,
};

use crate::acceptance::{self, Acceptance, AcceptanceKind, Document, NewAcceptance};

const HOME: &str = "/acceptances";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(list).post(create).layer(web::limits::upload()))
        .route("/acceptances/new", get(new))
        .route("/acceptances/{id}", get(show))
        .route("/acceptances/{id}/end", post(end))
}

async fn list(
    place: Place,
    auditor: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let of = wanted(&asked);
    let (accepted, supplier, today) = db
        .read(move |r| {
            let supplier = find(r, of.as_ref())?;
            Ok((acceptance::all(r, of.as_ref())?, supplier, r.today()?))
        })
        .await?;
    let columns = ["Document", "Courses", "Counts", "People", "Reviewed by"].map(Column::new);
    let rows = accepted.iter().map(|one| {
        [
            html! { a href={ (HOME) "/" (one.id) } { (one.reference) } },
            html! { (one.courses.join(", ")) },
            html! { (standing(one, today)) " " (day(one.covers_from)) " to " (day(one.covers_to)) },
            html! { (one.people) },
            html! { (one.reviewer.as_deref().unwrap_or("")) },
        ]
    });
    let table = Table::new("Accepted", columns)
        .rows(rows)
        .of(accepted.len() as u64, "documents")
        .caption_hidden()
        .labelled()
        .empty("Nothing has been accepted yet.");
    let counting = accepted
        .iter()
        .filter(|one| one.counts_until().is_some_and(|last| last >= today))
        .count();
    let whose = supplier
        .as_ref()
        .map(|supplier| format!(" of {}", supplier.terms.name))
        .unwrap_or_default();
    let finding = match (accepted.len(), counting) {
        (0, _) => format!("No training{whose} done elsewhere was accepted yet."),
        (_, 1) => format!("1 document on training{whose} done elsewhere counts today."),
        (_, n) => format!("{n} documents on training{whose} done elsewhere count today."),
    };
    let may_write = auditor.roles.has(Role::Owner);
    let new = match &supplier {
        Some(supplier) => format!("{HOME}/new?supplier={}", supplier.id),
        None => format!("{HOME}/new"),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Suppliers", "/suppliers")], "Training done elsewhere"))
            .lead("Accepted on reviewed evidence, for as long as that covers; shown as accepted and never as training by us.")
            .actions(html! { @if may_write { (main_link("Accept training done elsewhere", &new)) } }))
        (table)
    };
    Screen::shell(&place, "Training done elsewhere", body).answer()
}

fn wanted(asked: &Filled) -> Option<Id<SupplierKind>> {
    asked.one("supplier").parse().ok()
}

fn find(reader: &mut Reader, id: Option<&Id<SupplierKind>>) -> Done<Option<Supplier>> {
    match id {
        Some(id) => supplier::find(reader, id),
        None => Ok(None),
    }
}

fn standing(one: &Acceptance, today: Day) -> Markup {
    match one.counts_until() {
        None => tag(Standing::Gap, "never counts"),
        Some(last) if last < today => tag(Standing::Gap, "over"),
        Some(last) if last < today + supplier::SOON_DAYS => tag(Standing::Attention, "ends soon"),
        Some(_) => tag(Standing::Met, "counts"),
    }
}

async fn new(
    place: Place,
    _: Owner,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let today = db.read(|r| r.today()).await?;
    let filled = Filled::nothing()
        .with("supplier", asked.one("supplier"))
        .with("people", asked.one("people"))
        .with("people_as_of", today);
    page(&place, &db, &filled, &Problems::none()).await?.answer()
}

async fn page(place: &Place, db: &Db, filled: &Filled, problems: &Problems) -> Result<Screen, Error> {
    let (courses, suppliers) = db.read(|r| Ok((edition::courses(r)?, supplier::all(r)?))).await?;
    let courses: Vec<Choice> = courses
        .iter()
        .map(|listed| {
            Choice::new(
                &listed.edition.course_id,
                format!("{} {}", listed.edition.course_id, listed.edition.title),
            )
        })
        .collect();
    let suppliers: Vec<Choice> = suppliers
        .iter()
        .map(|one| Choice::new(one.id.to_string(), &one.terms.name))
        .collect();
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new("Accept training done elsewhere.")
            .over(trail(&[("Suppliers", "/suppliers"), ("Training done elsewhere", HOME)], "New"))
            .lead("You say what you have reviewed. Each person gets a completion that is marked as accepted, and that counts no longer than the document covers."))
        (form.summary())
        form.stack.roomy method="post" action=(HOME) enctype="multipart/form-data" {
            (form.select("supplier", "Supplier", &suppliers).optional().unset("None: the people named below"))
            (form.date("people_as_of", "Its people as of").help("Everybody of the supplier who was here on that day, unless you name people below."))
            (form.textarea("people", "Or these people", 3).help("Addresses or ids, one in each line.").optional())
            (form.text("reference", "Where the document is").help("Its address, or its number in your files.").length_max(500))
            (form.file("document", "The document").help("Its name and SHA-256 are kept, the document is not.").optional())
            (form.checks("courses", "It covers the topics of", &courses).required())
            (form.date("covers_from", "The day the training was done"))
            (form.date("covers_to", "The last day it counts").help("As the document says; three years at most."))
            (form.textarea("finding", "What you looked at, and why it is enough", 4).help("Topics, test, who was there. An auditor will read it.").length_max(2_000))
            (button("Accept it"))
        }
    };
    Ok(Screen::shell(place, "Accept training done elsewhere", body))
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, sent: web::Upload) -> Answer {
    let document = sent.file("document").map(|file| Document {
        name: file.name.chars().take(200).collect(),
        sha256: hex::encode(Sha256::digest(&file.bytes)),
    });
    let filled = sent.filled.clone();
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let new = read(tx, &filled, document.clone())?;
            acceptance::accept(tx, &new)
        })
        .await;
    match done {
        Ok(id) => Ok(see_other_saying(&format!("{HOME}/{id}"), "Accepted.")),
        Err(error) => page(&place, &db, &sent.filled, &Problems::or_fault(error)?)
            .await?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

fn read(reader: &mut Reader, filled: &Filled, document: Option<Document>) -> Done<NewAcceptance> {
    let supplier = wanted(filled);
    let people_as_of = date(filled, "people_as_of")?;
    let lines = filled
        .raw("people")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let mut people: Vec<Id<PersonKind>> = Vec::new();
    for line in lines {
        people.push(supplier::meant(reader, line, "people")?);
    }
    if people.is_empty()
        && let Some(supplier) = find(reader, supplier.as_ref())?
    {
        let theirs = supplier::people(reader, &supplier, people_as_of)?;
        people = theirs.into_iter().map(|(person, _)| person).collect();
    }
    people.sort();
    people.dedup();
    Ok(NewAcceptance {
        supplier,
        people,
        people_as_of,
        courses: filled.all("courses").map(str::to_owned).collect(),
        reference: filled.one("reference").to_owned(),
        document,
        covers_from: date(filled, "covers_from")?,
        covers_to: date(filled, "covers_to")?,
        finding: filled.one("finding").to_owned(),
    })
}

fn date(filled: &Filled, field: &str) -> Done<Day> {
    filled.one(field).parse().map_err(|_| {
        Refusal::new(
            "acceptance-form",
            "Write the day as YYYY-MM-DD, for example 2026-06-01.",
        )
        .field(field)
        .into()
    })
}

struct Shown {
    acceptance: Acceptance,
    supplier: Option<Supplier>,
    people: Vec<(Id<PersonKind>, String)>,
    today: Day,
    zone: Zone,
}

async fn show(place: Place, auditor: Auditor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let shown = look(&db, &id).await?;
    let may_write = auditor.roles.has(Role::Owner);
    screen(&place, &shown, may_write, (&Filled::nothing(), &Problems::none())).answer()
}

async fn look(db: &Db, id: &str) -> Result<Shown, Error> {
    let id: Id<AcceptanceKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(acceptance) = acceptance::find(r, &id)? else {
                return Ok(None);
            };
            Ok(Some(Shown {
                supplier: find(r, acceptance.supplier.as_ref())?,
                people: acceptance::people(r, &id)?,
                today: r.today()?,
                zone: r.zone()?,
                acceptance,
            }))
        })
        .await?;
    found.ok_or(Error::Missing)
}

fn screen(place: &Place, shown: &Shown, may_write: bool, (filled, problems): (&Filled, &Problems)) -> Screen {
    let one = &shown.acceptance;
    let last = one.counts_until();
    let whom = if one.people == 1 {
        "1 person".to_owned()
    } else {
        format!("{} people", one.people)
    };
    let finding = match last {
        None => "Accepted, and found to be wrong: it never counts.".to_owned(),
        Some(last) if last < shown.today => {
            format!("Accepted for {whom} until {}.", last.long())
        }
        Some(last) => format!("Accepted for {whom}, and counts until {}.", last.long()),
    };
    let rows = shown
        .people
        .iter()
        .map(|(id, name)| [html! { a href={ "/people/" (id) } { (name) } }]);
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Suppliers", "/suppliers"), ("Training done elsewhere", HOME)], &one.reference))
            .lead("Training done elsewhere, accepted on reviewed evidence. We did not see it."))
        @if let Some((on, reason)) = &one.ended {
            (note(Standing::Gap, html! { "It does not count from " (day(*on)) " on: " (reason) }))
        }
        (panel("What was reviewed", html! {}, reviewed(shown)))
        (Table::new("Whom it was accepted for", [Column::new("Person").wide()]).rows(rows).of(shown.people.len() as u64, "people"))
        @if may_write && one.ended.is_none() { (panel("If it turns out to be wrong", html! {}, ending(shown, &Form::new(filled, problems)))) }
    };
    Screen::shell(place, "Training done elsewhere", body)
}

fn reviewed(shown: &Shown) -> Markup {
    let one = &shown.acceptance;
    let mut pairs = vec![
        ("Document", html! { (one.reference) }),
        (
            "Courses whose topics it covers",
            html! { (one.courses.join(", ")) },
        ),
        ("Done on", day(one.covers_from)),
        ("Counts until", day(one.covers_to)),
        ("Finding", html! { (one.finding) }),
        (
            "Reviewed by",
            html! { (one.reviewer.as_deref().unwrap_or("an account that is no longer known")) },
        ),
        ("Reviewed", html! { (one.recorded_at.long(&shown.zone)) }),
        ("People as of", day(one.people_as_of)),
    ];
    if let Some(document) = &one.document {
        pairs.insert(
            1,
            (
                "File",
                html! { (document.name) br; small.soft.mono { (document.sha256) } },
            ),
        );
    }
    if let Some(supplier) = &shown.supplier {
        pairs.insert(
            0,
            (
                "Supplier",
                html! { a href={ "/suppliers/" (supplier.id) } { (supplier.terms.name) } },
            ),
        );
    }
    facts(pairs)
}

fn ending(shown: &Shown, form: &Form<'_>) -> Markup {
    html! {
        (form.summary())
        form.stack.roomy method="post" action={ (HOME) "/" (shown.acceptance.id) "/end" } {
            (form.date("ended_on", "From which day on it does not count").help("The day it was done, when it should never have counted."))
            (form.textarea("reason", "What was wrong", 2).length_max(2_000))
            (button("End the acceptance"))
        }
    }
}

async fn end(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let shown = look(&db, &id).await?;
    let (wanted, sent) = (shown.acceptance.id.clone(), filled.clone());
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            acceptance::end(tx, &wanted, date(&sent, "ended_on")?, sent.one("reason"))
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying(
            &format!("{HOME}/{}", shown.acceptance.id),
            "The acceptance is ended.",
        )),
        Err(error) => screen(&place, &shown, true, (&filled, &Problems::or_fault(error)?))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}
