//! Ends that a source said over its brakes: access has ended, and the roster keeps the people until somebody has looked.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Db, Id, Reader, Refusal, Result, Zone};
use web::visitor::Owner;
use web::{
    Answer, Choice, Column, Error, Filled, Form, Opening, Place, Problems, Screen, Table, button, html,
    see_other_saying, trail,
};

use crate::held_end::{self, HeldEnd, HeldEndKind, Outcome};
use crate::person;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/roster/ends", get(list).post(settle))
}

type Named = (HeldEnd, String);

fn read(reader: &mut Reader) -> Result<(Vec<Named>, u64, Zone)> {
    let (ends, total) = held_end::open(reader)?;
    let mut named = Vec::new();
    for end in ends {
        let name =
            person::find(reader, &end.person)?.map_or_else(|| end.source_key.clone(), |person| person.name());
        named.push((end, name));
    }
    Ok((named, total, reader.zone()?))
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
    let (ends, total, zone) = db.read(read).await?;
    let finding = match total {
        0 => "No end waits for review.".to_owned(),
        1 => "1 person whom a source ended is still on the roster.".to_owned(),
        n => format!(
            "{} people whom a source ended are still on the roster.",
            web::table::thousands(n)
        ),
    };
    let form = Form::new(filled, problems);
    let choices: Vec<Choice> = ends
        .iter()
        .map(|(end, name)| {
            let said = end.said_at.day(&zone).long();
            Choice::new(end.id.as_str(), name.as_str())
                .why(format!("{} {}, ended on {said}", end.source, end.source_key))
        })
        .collect();
    let outcomes = [
        Choice::new("ended", "They have left").why("Their engagement ends today, and they owe nothing more."),
        Choice::new("kept", "They are still here")
            .why("They stay on the roster. Put the source right, or it will say so again."),
    ];
    let body = html! {
        (Opening::new(finding).over(trail(&[("People", "/people"), ("Sources", "/roster/sources")], "Ends"))
            .lead("A source ended more people within a day than its brakes allow. Their access has ended already; that they leave the roster waits for you."))
        @if ends.is_empty() {
            (Table::new("Ends", [Column::new("Person")]).caption_hidden().empty("Nothing waits here."))
        } @else {
            (form.summary())
            form.stack.roomy method="post" action="/roster/ends" {
                (form.checks("end", "Who", &choices).required())
                (form.radios("outcome", "What is so", &outcomes))
                (form.textarea("reason", "How you know", 2).help("It is kept in the ledger with your name.").length_max(500))
                (button("Settle these ends"))
            }
        }
    };
    Ok(Screen::shell(place, "Ends to review", body))
}

async fn settle(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let settled = match heard(&filled) {
        Ok((ends, outcome)) => {
            let reason = filled.one("reason").to_owned();
            db.write(Actor::Person(owner.account.clone()), move |tx| {
                for end in &ends {
                    held_end::settle(tx, end, outcome, &reason)?;
                }
                Ok(ends.len())
            })
            .await
        }
        Err(refusal) => Err(refusal.into()),
    };
    match settled {
        Ok(1) => Ok(see_other_saying("/roster/ends", "1 end is settled.")),
        Ok(n) => Ok(see_other_saying(
            "/roster/ends",
            &format!("{n} ends are settled."),
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

fn heard(filled: &Filled) -> std::result::Result<(Vec<Id<HeldEndKind>>, Outcome), Refusal> {
    let ends: Vec<Id<HeldEndKind>> = filled.all("end").filter_map(|id| id.parse().ok()).collect();
    if ends.is_empty() {
        return Err(Refusal::new("end-none", "Choose at least one person.").field("end"));
    }
    let outcome = match filled.one("outcome") {
        "ended" => Outcome::Ended,
        "kept" => Outcome::Kept,
        _ => {
            return Err(
                Refusal::new("end-outcome", "Say whether they have left or are still here.").field("outcome"),
            );
        }
    };
    Ok((ends, outcome))
}
