//! The form that registers a supplier, or its next version; what was registered before stays.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use db::{Actor, Day, Db, Id, Reader, Refusal};
use web::visitor::Owner;
use web::{
    Answer, Choice, Error, Filled, Form, Opening, Place, Problems, Screen, button, html, see_other_saying,
    trail,
};

use super::HOME;
use crate::person::{self, PersonKind};
use crate::profile::Access;
use crate::supplier::{self, Coverage, Supplier, SupplierKind, Terms};

pub(super) async fn new(place: Place, _: Owner, Query(asked): Query<Vec<(String, String)>>) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let filled = Filled::nothing()
        .with("name", asked.one("name"))
        .with("access", "unknown")
        .with("coverage", "courses");
    page(&place, None, &filled, &Problems::none()).answer()
}

pub(super) async fn edit(place: Place, _: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<SupplierKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(supplier) = supplier::find(r, &id)? else {
                return Ok(None);
            };
            let filled = filled_with(r, &supplier)?;
            Ok(Some((supplier, filled)))
        })
        .await?;
    let (supplier, filled) = found.ok_or(Error::Missing)?;
    page(&place, Some(&supplier.id), &filled, &Problems::none()).answer()
}

/// A person as the form names them: by an address only they have, or by their id.
fn reference(reader: &mut Reader, id: &Option<Id<PersonKind>>) -> db::Result<String> {
    let Some(id) = id else { return Ok(String::new()) };
    let email = person::find(reader, id)?.and_then(|person| person.facts.email);
    match email {
        Some(email) if person::by_email(reader, &email)?.len() == 1 => Ok(email),
        _ => Ok(id.to_string()),
    }
}

fn filled_with(reader: &mut Reader, supplier: &Supplier) -> db::Result<Filled> {
    let terms = &supplier.terms;
    let written = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    Ok(Filled::nothing()
        .with("name", &terms.name)
        .with("names", terms.names.join("\n"))
        .with("owner", reference(reader, &terms.owner)?)
        .with("touches", &terms.touches)
        .with("access", terms.access.as_str())
        .with("from_on", written(terms.from_on))
        .with("to_on", written(terms.to_on))
        .with("coverage", terms.coverage.as_str())
        .with("reason", terms.reason.as_deref().unwrap_or_default())
        .with("approver", reference(reader, &terms.approver)?))
}

fn page(place: &Place, id: Option<&Id<SupplierKind>>, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let access = [
        Choice::new("yes", "Yes"),
        Choice::new("no", "No"),
        Choice::new("unknown", "Not known yet"),
    ];
    let coverage = [
        Choice::new("courses", Coverage::Courses.label())
            .why("They are on the roster and owe what your rules ask."),
        Choice::new("own", Coverage::Own.label())
            .why("Somebody reviews a document on it, and it counts as long as that does."),
        Choice::new("out", Coverage::Out.label())
            .why("With a reason, approved by somebody else than who answers for the supplier."),
    ];
    let action = id.map_or(HOME.to_owned(), |id| format!("{HOME}/{id}/terms"));
    let finding = if id.is_some() {
        format!("Change what is registered of {}.", filled.one("name"))
    } else {
        "Register a supplier.".to_owned()
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Suppliers", HOME)], if id.is_some() { "Change" } else { "New" }))
            .lead("What was registered before is kept, with who and when."))
        (form.summary())
        form.stack.roomy method="post" action=(action) {
            (form.text("name", "Name").help("As in the contract.").length_max(120))
            (form.textarea("names", "What sources call it as an employer", 3).help("One in each line, where it is not its name: Agency, Agency GmbH Berlin.").optional())
            (form.text("owner", "Who answers for it inside").help("The address or id of somebody on the roster.").optional())
            (form.textarea("touches", "What its people touch", 3).help("Systems and data, in words.").length_max(2_000))
            (form.radios("access", "Can they sign in to any of it", &access))
            (form.date("from_on", "First day of the contract").optional())
            (form.date("to_on", "Last day of the contract").optional())
            (form.radios("coverage", "How its people are covered", &coverage))
            (form.textarea("reason", "Why they are out of scope", 3).help("Only when they are.").length_max(2_000).optional())
            (form.text("approver", "Who approved that").help("The address or id of somebody on the roster; not whoever answers for the supplier.").optional())
            (button("Save"))
        }
    };
    Screen::shell(place, "Supplier", body)
}

pub(super) async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    save(&place, &owner, &db, (None, &filled)).await
}

pub(super) async fn set(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let id: Id<SupplierKind> = id.parse().map_err(|_| Error::Missing)?;
    let wanted = id.clone();
    if db.read(move |r| supplier::find(r, &wanted)).await?.is_none() {
        return Err(Error::Missing);
    }
    save(&place, &owner, &db, (Some(&id), &filled)).await
}

async fn save(
    place: &Place,
    owner: &Owner,
    db: &Db,
    (id, filled): (Option<&Id<SupplierKind>>, &Filled),
) -> Answer {
    let (sent, known) = (filled.clone(), id.cloned());
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let terms = read(tx, &sent)?;
            supplier::set(tx, known.as_ref(), &terms)
        })
        .await;
    match done {
        Ok(id) => Ok(see_other_saying(&format!("{HOME}/{id}"), "Saved.")),
        Err(error) => page(place, id, filled, &Problems::or_fault(error)?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

fn read(reader: &mut Reader, filled: &Filled) -> db::Result<Terms> {
    let coverage = Coverage::ALL
        .into_iter()
        .find(|coverage| coverage.as_str() == filled.one("coverage"))
        .ok_or_else(|| refused("coverage", "Choose how its people are covered."))?;
    let access = [Access::Yes, Access::No, Access::Unknown]
        .into_iter()
        .find(|access| access.as_str() == filled.one("access"))
        .ok_or_else(|| refused("access", "Choose whether its people can sign in."))?;
    let lines = filled
        .raw("names")
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_out = coverage == Coverage::Out;
    Ok(Terms {
        name: filled
            .one("name")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        names: lines.filter(|line| !line.is_empty()).collect(),
        owner: named(reader, filled, "owner")?,
        touches: filled.one("touches").to_owned(),
        access,
        from_on: date(filled, "from_on")?,
        to_on: date(filled, "to_on")?,
        coverage,
        reason: Some(filled.one("reason").to_owned()).filter(|reason| is_out && !reason.is_empty()),
        approver: if is_out {
            named(reader, filled, "approver")?
        } else {
            None
        },
    })
}

fn named(reader: &mut Reader, filled: &Filled, field: &str) -> db::Result<Option<Id<PersonKind>>> {
    match filled.one(field) {
        "" => Ok(None),
        reference => supplier::meant(reader, reference, field).map(Some),
    }
}

fn date(filled: &Filled, field: &str) -> db::Result<Option<Day>> {
    match filled.one(field) {
        "" => Ok(None),
        text => match text.parse() {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(refused(field, "Write the day as YYYY-MM-DD, for example 2026-06-01.").into()),
        },
    }
}

fn refused(field: &str, sentence: &str) -> Refusal {
    Refusal::new("supplier-form", sentence).field(field)
}
