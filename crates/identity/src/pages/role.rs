//! Who holds which role: seen by owners, given and ended by owners.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use db::{Actor, Db, Id, Refusal};
use maud::html;
use web::{
    Answer, Choice, Column, Filled, Form, Opening, Place, Problems, Screen, Table, act, button, day, panel,
    see_other_saying, visitor::Owner,
};

use crate::{
    account,
    role::{self, GrantKind},
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roles", get(list).post(create))
        .route("/roles/{id}/end", post(end))
}

async fn list(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    page(&place, &db, &Filled::nothing(), &Problems::none())
        .await?
        .answer()
}

async fn page(place: &Place, db: &Db, filled: &Filled, problems: &Problems) -> Result<Screen, web::Error> {
    let (grants, zone) = db.read(|r| Ok((role::current(r)?, r.zone()?))).await?;
    let count = grants.len();
    let mut table = Table::new(
        "Roles held now",
        [
            Column::new("Who"),
            Column::new("Role"),
            Column::new("Since"),
            Column::new(""),
        ],
    );
    for grant in &grants {
        table.row([
            html! { (grant.name) br; small { (grant.email) } },
            html! { (grant.role.as_str()) },
            day(grant.granted_at.day(&zone)),
            act("End", &format!("/roles/{}/end", grant.id), Some("End this role?")),
        ]);
    }
    let form = Form::new(filled, problems);
    let choices = [
        Choice::new("owner", "Owner").why("Sets up everything and gives roles."),
        Choice::new("editor", "Editor").why("Publishes courses and writes the rules."),
        Choice::new("manager", "Manager").why("Sees how their team stands."),
        Choice::new("auditor", "Auditor").why("Sees everything, changes nothing."),
    ];
    let finding = if count == 1 {
        "One role is held.".to_owned()
    } else {
        format!("{count} roles are held.")
    };
    Ok(Screen::shell(
        place,
        "Roles",
        html! {
            (Opening::new(&finding).lead("Learners need no role: whoever is on the roster can sign in and learn."))
            (table.of(count as u64, "roles").labelled())
            (panel("Give a role", html! {}, html! {
                (form.summary())
                form.stack.roomy method="post" action="/roles" {
                    (form.text("name", "Name").autocomplete("off").length_max(200))
                    (form.email("email", "E-mail address").help("They sign in with a letter to this address."))
                    (form.radios("role", "Role", &choices))
                    (button("Give the role"))
                }
            }))
        },
    ))
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let (name, email, wanted) = (
        filled.one("name").to_owned(),
        filled.one("email").to_owned(),
        filled.one("role").to_owned(),
    );
    let granted = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let role = role::grantable(&wanted)
                .ok_or_else(|| Refusal::new("no-role", "Choose one of the roles.").field("role"))?;
            let account = account::make(tx, &email, &name)?;
            role::grant(tx, &account.id, role)
        })
        .await;
    match granted {
        Ok(()) => Ok(see_other_saying("/roles", "The role is given.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &db, &filled, &problems)
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

async fn end(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let grant: Id<GrantKind> = id.parse()?;
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        role::end(tx, &grant)
    })
    .await?;
    Ok(see_other_saying("/roles", "The role has ended."))
}
