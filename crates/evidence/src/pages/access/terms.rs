//! What holds for getting into a system: who answers for it, the training that comes with it, and which roles are privileged.

use access::system::{self, By, Need, System, Terms};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use db::{Actor, Db, Refusal};
use web::{
    Answer, Choice, Error, Filled, Form, Opening, Owner, Place, Problems, Screen, button, html,
    see_other_saying, trail,
};

use crate::access::{again, layers, permit_layer};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/access/{system}/terms", get(show).post(create))
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(name): Path<String>) -> Answer {
    let system = find(&db, name).await?;
    let filled = filled(&system.terms);
    screen(&place, &db, &system, (&filled, &Problems::none()))
        .await?
        .answer()
}

async fn find(db: &Db, name: String) -> Result<System, Error> {
    let found = db.read(move |reader| system::find(reader, &name)).await?;
    found.ok_or(Error::Missing)
}

fn filled(terms: &Terms) -> Filled {
    let filled = Filled::nothing()
        .with("owner", terms.owner_email.as_deref().unwrap_or_default())
        .with("privileged", terms.privileged.join(" "));
    match &terms.need {
        None => filled.with("by", "days").with("days", 30),
        Some(Need {
            layer,
            by: By::BeforeAccess,
        }) => filled.with("layer", layer).with("by", "before").with("days", 30),
        Some(Need {
            layer,
            by: By::Days(days),
        }) => filled.with("layer", layer).with("by", "days").with("days", days),
    }
}

async fn screen(
    place: &Place,
    db: &Db,
    system: &System,
    (filled, problems): (&Filled, &Problems),
) -> Result<Screen, Error> {
    let layers: Vec<Choice> = db
        .read(layers)
        .await?
        .into_iter()
        .map(|layer| Choice::new(&layer, super::super::capital(&layer)))
        .collect();
    let by = [
        Choice::new("before", "Before access begins")
            .why("Whoever can get in without it is a finding from the first day."),
        Choice::new("days", "Within some days of access").why("It is a finding when the days are over."),
    ];
    let form = Form::new(filled, problems);
    let name = &system.name;
    let body = html! {
        (Opening::new(format!("What holds for getting into {name}."))
            .over(trail(&[("Access", "/access"), (name, &format!("/access/{name}"))], "What holds for it"))
            .lead("It is kept who set it and when. The newest list is compared again at once."))
        (form.summary())
        form.stack.roomy method="post" {
            (form.email("owner", "Who answers for it").help("What is found is theirs to see to.").optional())
            (form.select("layer", "Training that comes with access", &layers).help("The courses of this layer that rules ask for, or all of the layer where no rule does.").optional().unset("None of its own"))
            (form.radios("by", "When it has to be done", &by))
            (form.number("days", "Days after access begins").help("From 1 to 365. Only when it need not be done before.").optional())
            (form.text("privileged", "Words of privileged roles").help("A role that has one of these in it may do more than others. Spaces between.").length_max(400).optional())
            (button("Save"))
        }
    };
    Ok(Screen::shell(place, format!("What holds for {name}"), body))
}

async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(name): Path<String>,
    filled: Filled,
) -> Answer {
    let system = find(&db, name).await?;
    let problems = match read(&filled) {
        Err(refusal) => Problems::from(refusal),
        Ok(terms) => {
            let actor = Actor::Person(owner.account.clone());
            let name = system.name.clone();
            let set = db
                .write(actor, move |tx| {
                    if let Some(need) = &terms.need {
                        permit_layer(tx, &need.layer)?;
                    }
                    system::set(tx, &name, &terms)?;
                    again(
                        tx,
                        &System {
                            name: name.clone(),
                            terms: terms.clone(),
                        },
                    )?;
                    Ok(())
                })
                .await;
            match set {
                Ok(()) => return Ok(see_other_saying(&format!("/access/{}", system.name), "Saved.")),
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    screen(&place, &db, &system, (&filled, &problems))
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn read(filled: &Filled) -> Result<Terms, Refusal> {
    let some = |name| Some(filled.one(name).to_owned()).filter(|text| !text.is_empty());
    let by = match filled.one("by") {
        "before" => By::BeforeAccess,
        _ if some("layer").is_none() => By::BeforeAccess,
        _ => By::Days(filled.one("days").parse().map_err(|_| {
            Refusal::new(
                "system-days",
                "Give the days after access begins as a number from 1 to 365.",
            )
            .field("days")
        })?),
    };
    Ok(Terms {
        owner_email: some("owner"),
        need: some("layer").map(|layer| Need { layer, by }),
        privileged: filled
            .one("privileged")
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect(),
    })
}
