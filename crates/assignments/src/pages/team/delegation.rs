//! Letting somebody look after one's team until a day, and taking that back.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Actor, Day, Db, Id, Reader, Result};
use roster::person;
use web::{
    Answer, Column, Error, Filled, Form, Manager, Opening, Place, Problems, Screen, Table, act, button, day,
    html, see_other_saying, trail,
};

use crate::delegation::{self, Delegation, DelegationKind};

const HREF: &str = "/team/delegations";

pub(super) async fn show(place: Place, manager: Manager, State(db): State<Db>) -> Answer {
    page(&db, &place, &manager, (&Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

pub(super) async fn hand_over(
    place: Place,
    manager: Manager,
    State(db): State<Db>,
    filled: Filled,
) -> Answer {
    let problems = match filled.one("until").parse::<Day>() {
        Err(_) => Problems::none().with("until", "Write the last day as a date, such as 2026-12-31."),
        Ok(until_on) => {
            let (email, by) = (filled.one("email").to_owned(), manager.clone());
            let actor = Actor::Person(manager.account.clone());
            match db
                .write(actor, move |tx| delegation::hand_over(tx, &by, &email, until_on))
                .await
            {
                Ok(_) => {
                    let said = format!(
                        "They look after your team until {}. It ends by itself. A letter tells them.",
                        until_on.long()
                    );
                    return Ok(see_other_saying(HREF, &said));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    let screen = page(&db, &place, &manager, (&filled, &problems)).await?;
    screen.status(StatusCode::UNPROCESSABLE_ENTITY).answer()
}

pub(super) async fn end(manager: Manager, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<DelegationKind> = id.parse().map_err(|_| Error::Missing)?;
    db.write(Actor::Person(manager.account.clone()), move |tx| {
        delegation::take_back(tx, &id)
    })
    .await?;
    Ok(see_other_saying(HREF, "Your team is yours alone again."))
}

async fn page(
    db: &Db,
    place: &Place,
    manager: &Manager,
    (filled, problems): (&Filled, &Problems),
) -> std::result::Result<Screen, Error> {
    let account = manager.account.clone();
    let live = db.read(move |reader| named(reader, &account)).await?;
    let form = Form::new(filled, problems);
    let columns = [Column::new("Who"), Column::new("Until"), Column::new("Take back")];
    let rows = live.iter().map(|(one, name)| {
        [
            html! { (name) },
            day(one.until_on),
            act("Take back", &format!("{HREF}/{}/end", one.id), None),
        ]
    });
    let finding = match live.len() {
        0 => "Nobody looks after your team for you.".to_owned(),
        1 => "One person looks after your team with you.".to_owned(),
        count => format!("{count} people look after your team with you."),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("My team", "/team")], "Looked after"))
            .lead("They see what you see of your people and may nudge them, until the day you choose, and are told in your place while you are on leave. You go on seeing it too."))
        @if !live.is_empty() { (Table::new("Who looks after your team", columns).labelled().rows(rows)) }
        (form.summary())
        form.stack.roomy method="post" action=(HREF) {
            (form.email("email", "Their e-mail address"))
            (form.date("until", "Last day").help("Half a year at most. It ends by itself after that day."))
            (button("Let them look after my team"))
        }
    };
    Ok(Screen::shell(place, "Looking after my team", body))
}

fn named(reader: &mut Reader, account: &str) -> Result<Vec<(Delegation, String)>> {
    let live = delegation::of_manager(reader, account)?;
    let named = live.into_iter().map(|one| {
        let name = person::find(reader, &one.person)?
            .map(|found| found.name())
            .unwrap_or_default();
        Ok((one, name))
    });
    named.collect()
}
