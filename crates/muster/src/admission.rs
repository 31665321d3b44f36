//! Who is asking, and what surrounds the page they get: found out once for every request.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use db::{Reader, Result};
use identity::session::Caller;
use web::{
    Banner, Group, Link, Place, Standing, admit, refusal,
    visitor::{Role, Visitor},
};

use crate::app::{App, Purpose};

/// The middleware: resolves the session cookie and fills the place.
pub async fn admission(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let secret = app.door.cookie().read(request.headers());
    let found = app.db.glance(move |r| look(r, secret.as_deref())).await;
    let found = match found {
        Ok(caller) => with_alarm(&app, caller).await,
        Err(error) => Err(error),
    };
    match found {
        Ok((caller, alarm)) => {
            let organisation = caller.organisation.unwrap_or_default();
            let mut place = place(&app, caller.visitor.as_ref(), organisation);
            place.banners.extend(alarm);
            admit(request.extensions_mut(), caller.visitor, place);
            next.run(request).await
        }
        Err(error) => axum::response::IntoResponse::into_response(web::Error::from(error)),
    }
}

/// An owner sees on every page when nobody is being reminded.
async fn with_alarm(app: &App, caller: Caller) -> Result<(Caller, Option<Banner>)> {
    let is_owner = caller
        .visitor
        .as_ref()
        .is_some_and(|one| one.roles.has(Role::Owner));
    if !is_owner {
        return Ok((caller, None));
    }
    let (silent, zone) = app
        .db
        .read(|r| Ok((assignments::reminder::silent_since(r)?, r.zone()?)))
        .await?;
    let alarm = silent.map(|since| {
        let sentence = format!(
            "Nobody has been reminded since {}: the program that does it is not running.",
            since.long(&zone)
        );
        Banner::new(Standing::Gap, sentence)
    });
    Ok((caller, alarm))
}

fn look(reader: &mut Reader, secret: Option<&str>) -> Result<Caller> {
    if let Some(secret) = secret {
        return identity::session::caller(reader, secret);
    }
    Ok(Caller {
        visitor: None,
        organisation: roster::organisation::find(reader)?.map(|o| o.name),
    })
}

fn place(app: &App, visitor: Option<&Visitor>, organisation: String) -> Place {
    let mut banners = Vec::new();
    if app.purpose == Purpose::Demonstration {
        banners.push(Banner::new(
            Standing::None,
            "This is a demonstration: the company, its people and their history are invented.",
        ));
    }
    if app.db.is_full() {
        banners.push(Banner::new(Standing::Gap, refusal::STORAGE_FULL));
    }
    let groups = visitor.map(groups).unwrap_or_default();
    Place {
        organisation,
        groups,
        banners,
        ..Place::default()
    }
}

/// What owners and auditors are shown of the evidence.
const SHOWN: &[(&str, &str)] = &[
    ("Suppliers", "/suppliers"),
    ("Frameworks", "/frameworks"),
    ("Packs", "/packs"),
    ("Exports", "/exports"),
    ("Ledger", "/ledger"),
];
/// What owners keep in order.
const KEPT: &[(&str, &str)] = &[
    ("Set-up", "/set-up"),
    ("Organisation", "/organisation"),
    ("Roster files", "/roster/files"),
    ("SCIM", "/scim"),
    ("Sources", "/roster/sources"),
    ("Directories", "/roster/directories"),
    ("Roles", "/roles"),
    ("Accommodations", "/accommodations"),
    ("Short checks", "/spaced-checks"),
    ("Corrections", "/corrections"),
    ("Mail", "/mail"),
];

fn groups(visitor: &Visitor) -> Vec<Group> {
    let has = |role| visitor.roles.has(role);
    let sees_all = has(Role::Owner) || has(Role::Auditor);
    let mut groups = Vec::new();
    if sees_all || has(Role::Editor) {
        groups.push(group("Programme", &programme(visitor)));
    }
    if sees_all {
        groups.push(group("Shown", SHOWN));
    }
    if has(Role::Manager) {
        groups.push(group("Your people", &[("My team", "/team")]));
    }
    if has(Role::Owner) {
        groups.push(group("Kept in order", KEPT));
    }
    let mut own = Vec::new();
    if has(Role::Learner) {
        own.extend([
            ("My training", "/my-training"),
            ("My record", "/my-record"),
            ("My reminders", "/my-reminders"),
        ]);
    }
    own.extend([
        ("Calendars", "/calendars"),
        ("Sessions", "/sessions"),
        ("Passkeys", "/passkeys"),
    ]);
    groups.push(group("Yours", &own));
    groups
}

fn programme(visitor: &Visitor) -> Vec<(&'static str, &'static str)> {
    let sees_all = visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Auditor);
    let mut links = Vec::new();
    if sees_all {
        links.extend([("Today", "/"), ("People", "/people"), ("Access", "/access")]);
    }
    links.push(("Courses", "/courses"));
    if visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Editor) {
        links.push(("Appeals", "/appeals"));
    }
    links.push(("Rules", "/programme"));
    if sees_all {
        links.extend([
            ("Assignments", "/assignments"),
            ("Reminders", "/reminders"),
            ("On time", "/cycles"),
        ]);
    }
    links.extend([
        ("Live sessions", "/live-sessions"),
        ("Sent in", "/outside-training"),
    ]);
    links
}

fn group(name: &'static str, links: &[(&'static str, &'static str)]) -> Group {
    Group::new(
        name,
        links
            .iter()
            .map(|(label, href)| Link::new(*label, *href))
            .collect(),
    )
}
