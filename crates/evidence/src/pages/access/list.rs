//! Bringing a list of accounts in: a file or pasted rows, whose accounts they are, and the day the list was made.

use access::list::NewList;
use access::sources::{file, mapping::Mapping};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use db::{Actor, Day, Db};
use sha2::{Digest, Sha256};
use web::{
    Answer, Filled, Form, Opening, Owner, Place, Problems, Screen, Upload, button, html, see_other_saying,
    trail,
};

use crate::access::{import, system_named};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/access/lists/new", get(new))
        .route("/access/lists", post(create).layer(web::limits::upload()))
}

async fn new(
    place: Place,
    _: Owner,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let today = db.read(|reader| reader.today()).await?;
    let filled = Filled::nothing()
        .with("system", asked.one("system"))
        .with("as_of", today);
    screen(&place, &db, (&filled, &Problems::none())).await?.answer()
}

async fn screen(
    place: &Place,
    db: &Db,
    (filled, problems): (&Filled, &Problems),
) -> Result<Screen, web::Error> {
    let known: Vec<String> = db
        .read(access::system::all)
        .await?
        .into_iter()
        .map(|system| system.name)
        .collect();
    let help = if known.is_empty() {
        "A short name, for example github or aws-production.".to_owned()
    } else {
        format!("A short name. Known so far: {}.", known.join(", "))
    };
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new("Bring a list of accounts in.")
            .over(trail(&[("Access", "/access")], "New list"))
            .lead("Exports of GitHub organisation members, GitLab members, Okta assignments, the AWS credential report, Google users, Entra users and Entra sign-ins are known by their header. Any other list needs to be told which column is which."))
        (form.summary())
        form.stack.roomy method="post" action="/access/lists" enctype="multipart/form-data" {
            (form.text("system", "System").help(help).length_max(40).short())
            (form.file("file", "File").accept(".csv,.txt,.tsv,.json,text/csv,application/json").help("CSV or JSON of up to 64 MB, as the system exports it. The file itself is not kept.").optional())
            (form.textarea("text", "Or paste the rows here, with the header", 5).optional())
            (form.date("as_of", "The day it was exported"))
            (form.textarea("map", "Which column is which", 4).help("Only for lists whose columns muster does not know, as in the manual: lines such as login = \"User name\" under [columns].").optional())
            (button("Compare it with the roster"))
        }
    };
    Ok(Screen::shell(place, "New list of accounts", body))
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, sent: Upload) -> Answer {
    let problems = match taken(&db, &owner, &sent).await? {
        Ok(system) => {
            let sentence = "The list has been compared with the roster.";
            return Ok(see_other_saying(&format!("/access/{system}"), sentence));
        }
        Err(problems) => problems,
    };
    screen(&place, &db, (&sent.filled, &problems))
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

/// The system whose list was taken in, or what is wrong with the form.
async fn taken(db: &Db, owner: &Owner, sent: &Upload) -> Result<Result<String, Problems>, web::Error> {
    let mut problems = Problems::none();
    let name = access::system::named(sent.filled.one("system")).unwrap_or_else(|refusal| {
        problems.add("system", refusal.sentence);
        String::new()
    });
    let snapshot_on = sent.filled.one("as_of").parse::<Day>();
    if snapshot_on.is_err() {
        problems.add("as_of", "Write the day as a date, such as 2026-06-01.");
    }
    let typed = sent.filled.one("text");
    let (file_name, bytes) = match sent.file("file") {
        Some(file) => (file.name.clone(), file.bytes.clone()),
        None => ("pasted rows".to_owned(), typed.as_bytes().to_vec()),
    };
    if bytes.is_empty() {
        problems.add("file", "Choose a file, or paste its rows below.");
    } else if sent.file("file").is_some() && !typed.is_empty() {
        problems.add("text", "Send a file or paste rows, not both.");
    }
    let mapping = match sent.filled.one("map") {
        "" => Mapping::default(),
        text => Mapping::from_toml(text).unwrap_or_else(|refusal| {
            problems.add("map", refusal.sentence);
            Mapping::default()
        }),
    };
    let (Ok(snapshot_on), true) = (snapshot_on, problems.is_empty()) else {
        return Ok(Err(problems));
    };
    let actor = Actor::Person(owner.account.clone());
    let system = name.clone();
    let imported = db
        .write(actor, move |tx| {
            let new = NewList {
                system: system_named(tx, &name)?,
                file_name: file_name.clone(),
                file_sha256: hex::encode(Sha256::digest(&bytes)),
                snapshot_on: Some(snapshot_on),
                snapshot: file::read(&bytes, &mapping)?,
            };
            import(tx, new)
        })
        .await;
    match imported {
        Ok(_) => Ok(Ok(system)),
        Err(db::Error::Refused(refusal)) if refusal.field.as_deref() == Some("--as-of") => {
            Ok(Err(Problems::from(refusal.field("as_of"))))
        }
        Err(error) => Ok(Err(Problems::or_fault(error)?)),
    }
}
