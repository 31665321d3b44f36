//! Giving somebody more attempts than a course gives everybody, without asking why.

use axum::{extract::State, http::StatusCode};
use db::{Actor, Db, Id, Reader, Refusal, Result, Zone};
use maud::html;
use roster::person::{self, PersonKind};
use web::{
    Answer, Choice, Column, Filled, Form, Opening, Owner, Place, Problems, Screen, Table, button, panel,
    see_other_saying,
};

use crate::accommodation::{self, Attempts, Given};

/// GET /accommodations
pub(super) async fn index(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    screen(&place, &db, &Filled::nothing(), &Problems::none())
        .await?
        .answer()
}

/// POST /accommodations
pub(super) async fn grant((place, owner): (Place, Owner), State(db): State<Db>, filled: Filled) -> Answer {
    let (who, attempts) = (
        filled.one("person").to_owned(),
        Attempts::of(filled.one("attempts")),
    );
    let problems = match attempts {
        None => Problems::none().with("attempts", "Choose how many attempts there are."),
        Some(attempts) => {
            let actor = Actor::Person(owner.account.clone());
            let written = db.write(actor, move |tx| {
                let person = only(tx, &who)?;
                accommodation::grant(tx, &person, attempts)
            });
            match written.await {
                Ok(_) => {
                    return Ok(see_other_saying(
                        "/accommodations",
                        "Saved. It holds from now on.",
                    ));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    screen(&place, &db, &filled, &problems)
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn only(reader: &mut Reader, who: &str) -> Result<Id<PersonKind>> {
    let mut found = if who.is_empty() {
        Vec::new()
    } else {
        person::by_reference(reader, who)?
    };
    match (found.pop(), found.is_empty()) {
        (Some(id), true) => Ok(id),
        (Some(_), false) => Err(not_one(
            "Several people are known by this. Use the e-mail address, which is each person's own.",
        )
        .into()),
        (None, _) => Err(not_one(
            "Nobody on the roster is known by this. Write an e-mail address or a source id as the roster has it.",
        )
        .into()),
    }
}

fn not_one(sentence: &str) -> Refusal {
    Refusal::new("accommodation-person", sentence).field("person")
}

async fn screen(
    place: &Place,
    db: &Db,
    filled: &Filled,
    problems: &Problems,
) -> std::result::Result<Screen, web::Error> {
    let (given, zone) = db
        .read(|reader| Ok((accommodation::all(reader)?, reader.zone()?)))
        .await?;
    let form = Form::new(filled, problems);
    let choices = Attempts::ALL.map(|attempts| Choice::new(attempts.text(), attempts.label()));
    let finding = match given.len() {
        0 => "Everybody has the attempts that a course gives.".to_owned(),
        1 => "One person has more attempts than a course gives.".to_owned(),
        count => format!("{count} people have more attempts than a course gives."),
    };
    let body = html! {
        (form.summary())
        (Opening::new(finding).lead(
            "No question has a clock, so nobody needs more time. What a course does limit is how often one can try before a pause, and here somebody can be given more. Why is not asked and has no place here."
        ))
        (table(&given, &zone))
        (panel("Give or change", "", html! {
            form.stack.roomy method="post" {
                (form.text("person", "Person").help("Their e-mail address or source id."))
                (form.radios("attempts", "Attempts", &choices))
                (button("Save"))
            }
        }))
    };
    Ok(Screen::shell(place, "Accommodations", body))
}

fn table(given: &[Given], zone: &Zone) -> Table {
    let columns = [
        Column::new("Person"),
        Column::new("What they have").wide(),
        Column::new("Since"),
    ];
    let rows = given.iter().map(|one| {
        [
            html! { a href={ "/people/" (one.person) } { (one.name) } },
            html! { (one.attempts.label()) },
            web::day(one.granted_at.day(zone)),
        ]
    });
    Table::new("Accommodations", columns)
        .labelled()
        .rows(rows)
        .empty("Nobody has been given anything beyond what a course gives.")
}
