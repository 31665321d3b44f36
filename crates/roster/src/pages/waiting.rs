//! The rows whose person is not certain: each with everybody it could be, side by side, until somebody has decided.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Db, Id, Reader, Result, Zone};
use web::visitor::Owner;
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table, button,
    html, panel, see_other_saying, trail,
};

use super::plan::doubt;
use crate::person::{self, Person, PersonKind};
use crate::profile::ATTRIBUTES;
use crate::snapshot::{Cell, Wanted};
use crate::waiting::{self, Decision, WaitingKind, WaitingRow};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/waiting", get(list))
        .route("/roster/waiting/evident", post(confirm))
        .route("/roster/waiting/{row}", get(show).post(decide))
}

struct Listed {
    row: WaitingRow,
    /// The only person it could be, whose whole name and address are the row's.
    evident: Option<Id<PersonKind>>,
}

fn read(reader: &mut Reader) -> Result<(Vec<Listed>, u64, Zone)> {
    let (rows, total) = waiting::all(reader)?;
    let mut listed = Vec::new();
    for row in rows {
        let evident = waiting::evident(reader, &row)?;
        listed.push(Listed { row, evident });
    }
    Ok((listed, total, reader.zone()?))
}

async fn list(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    page(&place, &db, (&Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn page(
    place: &Place,
    db: &Db,
    (filled, problems): (&Filled, &Problems),
) -> std::result::Result<Screen, Error> {
    let (listed, total, zone) = db.read(read).await?;
    let columns = ["Row", "Source", "Id", "Why it waits", "Since"].map(Column::new);
    let rows = listed.iter().map(|one| {
        let row = &one.row;
        [
            html! { a href={ "/roster/waiting/" (row.id) } { (row.rows.first().map(waiting::called).unwrap_or_default()) } },
            html! { (row.source) },
            html! { (row.source_key) },
            html! { (doubt(row.doubt)) },
            html! { span.nowrap { (web::day(row.recorded_at.day(&zone))) } },
        ]
    });
    let table = Table::new("Rows that wait", columns)
        .rows(rows)
        .of(total, "rows")
        .caption_hidden()
        .labelled()
        .empty("No row waits: it is certain who everybody is.");
    let evident = listed.iter().filter(|one| one.evident.is_some()).count();
    let finding = match total {
        0 => "It is certain who everybody is.".to_owned(),
        1 => "1 row waits until somebody has said who it is about.".to_owned(),
        n => format!(
            "{} rows wait until somebody has said who they are about.",
            web::table::thousands(n)
        ),
    };
    let steps = [("People", "/people"), ("Sources", "/roster/sources")];
    let body = html! {
        (Opening::new(finding).over(trail(&steps, "Waiting")).lead("Nobody is taken for somebody else because of an address or a name alone."))
        @if evident > 1 { (together(evident, &Form::new(filled, problems))) }
        (table)
    };
    Ok(Screen::shell(place, "Rows that wait", body))
}

fn together(evident: usize, form: &Form<'_>) -> Markup {
    let body = html! {
        p { (evident) " of these rows have the address and the whole name of exactly one person. If you know that the two systems speak of the same people, confirm them together." }
        (form.summary())
        form.stack method="post" action="/roster/waiting/evident" {
            (form.textarea("reason", "How you know", 2).help("It is kept in the ledger with your name.").length_max(500))
            (button(&format!("Confirm these {evident}")))
        }
    };
    panel("The same name and address", html! {}, body)
}

async fn confirm(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let reason = filled.one("reason").to_owned();
    let confirmed = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let (listed, ..) = read(tx)?;
            let mut count = 0;
            for one in listed {
                if let Some(person) = one.evident {
                    waiting::decide(tx, &one.row.id, &Decision::Person(person), &reason)?;
                    count += 1;
                }
            }
            Ok(count)
        })
        .await;
    match confirmed {
        Ok(count) => Ok(see_other_saying(
            "/roster/waiting",
            &format!("{count} rows are confirmed."),
        )),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &db, (&filled, &problems))
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(row): Path<String>) -> Answer {
    let id: Id<WaitingKind> = row.parse().map_err(|_| Error::Missing)?;
    one_page(&place, &db, id, (&Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn one_page(
    place: &Place,
    db: &Db,
    id: Id<WaitingKind>,
    (filled, problems): (&Filled, &Problems),
) -> std::result::Result<Screen, Error> {
    let found = db
        .read(move |r| {
            let Some(row) = waiting::find(r, &id)? else {
                return Ok(None);
            };
            let mut people = Vec::new();
            for candidate in &row.candidates {
                people.extend(person::find(r, candidate)?);
            }
            Ok(Some((row, people)))
        })
        .await?;
    let (row, people) = found.ok_or(Error::Missing)?;
    let first = row.rows.first().cloned().unwrap_or_default();
    let name = waiting::called(&first);
    let steps = [
        ("People", "/people"),
        ("Sources", "/roster/sources"),
        ("Waiting", "/roster/waiting"),
    ];
    let body = html! {
        (Opening::new(format!("Who is {name} from {}?", row.source)).over(trail(&steps, &name)).lead(doubt(row.doubt)))
        (side_by_side(&row, &first, &people))
        (deciding(&row, &people, &Form::new(filled, problems)))
    };
    Ok(Screen::shell(place, name, body))
}

/// What the source says, and what is known of everybody it could be.
fn side_by_side(row: &WaitingRow, first: &Wanted, people: &[Person]) -> Markup {
    let mut columns = vec![
        Column::new(""),
        Column::new(html! { (row.source) " " (row.source_key) }),
    ];
    columns.extend(people.iter().map(|person| {
        let known = person.engagements.last().map(|last| format!("{} {}", last.source, last.source_key));
        Column::new(html! { a href={ "/people/" (person.id) } { (person.name()) } br; small.soft { (known.unwrap_or_default()) } })
    }));
    let said = said(first);
    let is_said = |at: usize, said: &str| {
        !said.is_empty() || people.iter().any(|person| !person.facts.texts()[at].is_empty())
    };
    let rows = ATTRIBUTES
        .into_iter()
        .zip(said)
        .enumerate()
        .filter(|(at, (_, said))| is_said(*at, said));
    let rows = rows.map(|(at, (attribute, said))| {
        let mut cells = vec![html! { (attribute.replace('_', " ")) }, html! { (said) }];
        cells.extend(people.iter().map(|person| html! { (person.facts.texts()[at]) }));
        cells
    });
    html! { (Table::new("What is said and what is known", columns).rows(rows)) }
}

fn said(row: &Wanted) -> [String; 14] {
    let text = |cell: &Cell<String>| cell.said().cloned().unwrap_or_default();
    [
        text(&row.email),
        text(&row.given_name),
        text(&row.family_name),
        text(&row.preferred_name),
        text(&row.manager),
        text(&row.department),
        text(&row.division),
        text(&row.cost_center),
        text(&row.job_title),
        text(&row.location),
        text(&row.country),
        text(&row.language),
        row.access.said().map_or("", |access| access.as_str()).to_owned(),
        text(&row.tags).trim().to_owned(),
    ]
}

fn deciding(row: &WaitingRow, people: &[Person], form: &Form<'_>) -> Markup {
    let mut choices: Vec<Choice> = people
        .iter()
        .map(|person| {
            Choice::new(
                person.id.as_str(),
                format!("The same person as {}", person.name()),
            )
        })
        .collect();
    choices.push(
        Choice::new("nobody", "Somebody else")
            .why("A person of their own, who is not on the roster from another source."),
    );
    choices.push(
        Choice::new("other", "Somebody who is not shown here")
            .why("Give the source’s id or the address below."),
    );
    let body = html! {
        (form.summary())
        form.stack method="post" action={ "/roster/waiting/" (row.id) } {
            (form.radios("person", "It is", &choices))
            (form.text("reference", "Id or address of somebody not shown").optional())
            (form.textarea("reason", "How you know", 2).help("It is kept in the ledger with your name.").length_max(500))
            (button("Decide"))
        }
    };
    panel("Decide", html! {}, body)
}

async fn decide(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(row): Path<String>,
    filled: Filled,
) -> Answer {
    let id: Id<WaitingKind> = row.parse().map_err(|_| Error::Missing)?;
    let (wanted, chosen) = (id.clone(), filled.one("person").to_owned());
    let (reference, reason) = (
        filled.one("reference").to_owned(),
        filled.one("reason").to_owned(),
    );
    let decided = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let decision = decision(tx, &chosen, &reference)?;
            waiting::decide(tx, &wanted, &decision, &reason)
        })
        .await;
    match decided {
        Ok(_) => Ok(see_other_saying("/roster/waiting", "Decided.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            one_page(&place, &db, id, (&filled, &problems))
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

fn decision(reader: &mut Reader, chosen: &str, reference: &str) -> Result<Decision> {
    let refused = |field: &'static str, sentence: &'static str| {
        Err(db::Refusal::new("match-person", sentence).field(field).into())
    };
    match chosen {
        "nobody" => Ok(Decision::Nobody),
        "other" => match person::by_reference(reader, reference)?.as_slice() {
            [one] => Ok(Decision::Person(one.clone())),
            [] => refused("reference", "Nobody on the roster has this id or address."),
            _ => refused(
                "reference",
                "Several people have this address; give the id of one of them.",
            ),
        },
        id => match id.parse() {
            Ok(id) => Ok(Decision::Person(id)),
            Err(_) => refused("person", "Choose who it is."),
        },
    }
}
