//! The register of suppliers: who they are, who answers for them, how their people are covered, and what needs attention.
//!
//! Owners and auditors read it; owners write it. Not here: accepting evidence, which is a page of crate `learning`.

mod terms;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use db::{Day, Db, Id, Reader, Zone};
use web::visitor::{Auditor, Role};
use web::{
    Answer, Column, Error, Markup, Opening, Place, Screen, Standing as Mark, Table, button_link, day, facts,
    html, main_link, note, panel, tag, to_do, trail,
};

use crate::person::{self, PersonKind};
use crate::supplier::{self, Concern, Register, Seen, Supplier, SupplierKind, Unregistered, concerns};

const HOME: &str = "/suppliers";
/// People of one supplier that its page lists; the count is whole.
const PEOPLE_SHOWN: usize = 200;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(list).post(terms::create))
        .route("/suppliers/new", get(terms::new))
        .route("/suppliers/{id}", get(show))
        .route("/suppliers/{id}/terms", get(terms::edit).post(terms::set))
}

async fn list(place: Place, auditor: Auditor, State(db): State<Db>) -> Answer {
    let (register, today) = db.read(|r| Ok((supplier::register(r)?, r.today()?))).await?;
    let may_write = auditor.roles.has(Role::Owner);
    let columns = [
        "Supplier",
        "People here",
        "How they are covered",
        "Contract",
        "What needs attention",
    ]
    .map(Column::new);
    let rows = register.suppliers.iter().map(|(supplier, seen)| {
        [
            html! { a href={ (HOME) "/" (supplier.id) } { (supplier.terms.name) } },
            html! { (seen.people) },
            html! { (supplier.terms.coverage.label()) },
            contract(supplier.terms.from_on, supplier.terms.to_on),
            attention(&concerns(&supplier.terms, seen, today)),
        ]
    });
    let table = Table::new("Suppliers", columns)
        .rows(rows)
        .of(register.suppliers.len() as u64, "suppliers")
        .caption_hidden()
        .labelled()
        .empty("No supplier is registered yet.");
    let body = html! {
        (Opening::new(finding(&register, today))
            .lead("Suppliers whose people work here: the list of relevant interested parties, as far as they are suppliers.")
            .actions(html! {
                @if may_write { (main_link("Register a supplier", "/suppliers/new")) }
                " " (button_link("Take the list away", "/exports"))
            }))
        @if !register.unregistered.is_empty() { (missing(&register.unregistered, may_write)) }
        (table)
    };
    Screen::shell(&place, "Suppliers", body).answer()
}

fn finding(register: &Register, today: Day) -> String {
    let wanting = |(supplier, seen): &&(Supplier, Seen)| !concerns(&supplier.terms, seen, today).is_empty();
    let all = register.suppliers.len();
    let attention = register.suppliers.iter().filter(wanting).count();
    let known = match all {
        0 => "No supplier is registered.".to_owned(),
        1 => "1 supplier is registered.".to_owned(),
        n => format!("{n} suppliers are registered."),
    };
    let needs = match attention {
        0 => String::new(),
        1 => " 1 needs attention.".to_owned(),
        n => format!(" {n} need attention."),
    };
    let missing = match register.unregistered.len() {
        0 => String::new(),
        1 => " 1 employer on the roster is missing.".to_owned(),
        n => format!(" {n} employers on the roster are missing."),
    };
    format!("{known}{needs}{missing}")
}

fn missing(unregistered: &[Unregistered], may_write: bool) -> Markup {
    let items = unregistered.iter().map(|one| {
        let people = match one.people {
            1 => "1 person from outside is here".to_owned(),
            n => format!("{n} people from outside are here"),
        };
        let name: String =
            percent_encoding::utf8_percent_encode(&one.employer, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        let way =
            html! { @if may_write { (button_link("Register", &format!("/suppliers/new?name={name}"))) } };
        (
            html! { b { (one.employer) } ": " (people) ", and nobody has registered it." },
            way,
        )
    });
    panel(
        "On the roster, and not in the register",
        html! {},
        to_do(items.collect::<Vec<_>>()),
    )
}

fn attention(concerns: &[Concern]) -> Markup {
    html! {
        @if concerns.is_empty() { (tag(Mark::Met, "nothing")) }
        @for concern in concerns {
            (tag(if concern.is_gap() { Mark::Gap } else { Mark::Attention }, concern.label())) " "
        }
    }
}

fn contract(from: Option<Day>, to: Option<Day>) -> Markup {
    html! {
        @match (from, to) {
            (None, None) => "not said",
            (Some(from), None) => { "since " (day(from)) }
            (None, Some(to)) => { "until " (day(to)) }
            (Some(from), Some(to)) => { (day(from)) " to " (day(to)) }
        }
    }
}

struct Shown {
    supplier: Supplier,
    seen: Seen,
    versions: Vec<Supplier>,
    people: Vec<(Id<PersonKind>, String)>,
    owner: Option<String>,
    approver: Option<String>,
    today: Day,
    zone: Zone,
}

async fn show(place: Place, auditor: Auditor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<SupplierKind> = id.parse().map_err(|_| Error::Missing)?;
    let shown = db.read(move |r| look(r, &id)).await?.ok_or(Error::Missing)?;
    let may_write = auditor.roles.has(Role::Owner);
    let here = format!("{HOME}/{}", shown.supplier.id);
    let accept = format!("/acceptances/new?supplier={}", shown.supplier.id);
    let found = concerns(&shown.supplier.terms, &shown.seen, shown.today);
    let people = match shown.people.len() {
        0 => "Nobody of them is here today.".to_owned(),
        1 => "1 of its people is here today.".to_owned(),
        n => format!("{n} of its people are here today."),
    };
    let body = html! {
        (Opening::new(format!("{}. {people}", shown.supplier.terms.name.trim_end_matches('.')))
            .over(trail(&[("Suppliers", HOME)], &shown.supplier.terms.name))
            .actions(html! {
                @if may_write { (button_link("Change", &format!("{here}/terms"))) " " (button_link("Accept training done elsewhere", &accept)) }
                " " (button_link("What was accepted", &format!("/acceptances?supplier={}", shown.supplier.id)))
            }))
        @for concern in &found { (note(if concern.is_gap() { Mark::Gap } else { Mark::Attention }, concern.sentence())) }
        (panel("As registered", html! {}, registered(&shown)))
        (theirs(&shown))
        (history(&shown))
    };
    Screen::shell(&place, shown.supplier.terms.name.clone(), body).answer()
}

fn look(reader: &mut Reader, id: &Id<SupplierKind>) -> db::Result<Option<Shown>> {
    let register = supplier::register(reader)?;
    let Some((supplier, seen)) = register
        .suppliers
        .into_iter()
        .find(|(supplier, _)| supplier.id == *id)
    else {
        return Ok(None);
    };
    let today = reader.today()?;
    let named = |reader: &mut Reader, id: &Option<Id<PersonKind>>| match id {
        Some(id) => Ok::<_, db::Error>(person::find(reader, id)?.map(|person| person.name())),
        None => Ok(None),
    };
    Ok(Some(Shown {
        versions: supplier::versions(reader, id)?,
        people: supplier::people(reader, &supplier, today)?,
        owner: named(reader, &supplier.terms.owner)?,
        approver: named(reader, &supplier.terms.approver)?,
        zone: reader.zone()?,
        supplier,
        seen,
        today,
    }))
}

fn registered(shown: &Shown) -> Markup {
    let terms = &shown.supplier.terms;
    let mut pairs = vec![
        (
            "Sources also call it",
            html! { (if terms.names.is_empty() { "nothing else".to_owned() } else { terms.names.join(", ") }) },
        ),
        (
            "Answers for it inside",
            html! { (shown.owner.as_deref().unwrap_or("nobody")) },
        ),
        ("What its people touch", html! { (terms.touches) }),
        ("Can they sign in to it", html! { (terms.access.as_str()) }),
        ("Contract", contract(terms.from_on, terms.to_on)),
        ("How its people are covered", html! { (terms.coverage.label()) }),
    ];
    if let Some(reason) = &terms.reason {
        pairs.push(("Why", html! { (reason) }));
    }
    if let Some(approver) = &shown.approver {
        pairs.push(("Approved by", html! { (approver) }));
    }
    if let Some(until) = shown.seen.evidence_until {
        pairs.push(("Accepted evidence counts until", day(until)));
    }
    facts(pairs)
}

fn theirs(shown: &Shown) -> Table {
    let rows = shown
        .people
        .iter()
        .take(PEOPLE_SHOWN)
        .map(|(id, name)| [html! { a href={ "/people/" (id) } { (name) } }]);
    Table::new("Its people who are here", [Column::new("Person").wide()])
        .rows(rows)
        .of(shown.people.len() as u64, "people")
        .empty("Nobody on the roster has it as an employer today.")
}

fn history(shown: &Shown) -> Table {
    let columns = ["Registered", "As", "Covered by", "Contract"].map(Column::new);
    let rows = shown.versions.iter().map(|version| {
        [
            html! { span.nowrap { (version.set_at.long(&shown.zone)) } },
            html! { (version.terms.name) },
            html! { (version.terms.coverage.label()) },
            contract(version.terms.from_on, version.terms.to_on),
        ]
    });
    Table::new("Every version", columns)
        .rows(rows)
        .of(shown.versions.len() as u64, "versions")
        .labelled()
}
