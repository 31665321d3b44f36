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

fn groups(visitor: &Visitor) -> Vec<Group> {
    let has = |role| visitor.roles.has(role);
    let sees_all = has(Role::Owner) || has(Role::Auditor);
    let mut groups = Vec::new();
    if sees_all || has(Role::Editor) {
        let mut links = Vec::new();
        if sees_all {
            links.push(Link::new("Today", "/"));
            links.push(Link::new("People", "/people"));
            links.push(Link::new("Access", "/access"));
        }
        links.push(Link::new("Courses", "/courses"));
        if has(Role::Owner) || has(Role::Editor) {
            links.push(Link::new("Appeals", "/appeals"));
        }
        links.push(Link::new("Rules", "/programme"));
        if sees_all {
            links.push(Link::new("Assignments", "/assignments"));
            links.push(Link::new("Reminders", "/reminders"));
            links.push(Link::new("On time", "/cycles"));
        }
        links.push(Link::new("Live sessions", "/live-sessions"));
        links.push(Link::new("Sent in", "/outside-training"));
        groups.push(Group::new("Programme", links));
    }
    if sees_all {
        let links = [
            ("Suppliers", "/suppliers"),
            ("Frameworks", "/frameworks"),
            ("Packs", "/packs"),
            ("Exports", "/exports"),
            ("Ledger", "/ledger"),
        ];
        groups.push(Group::new(
            "Shown",
            links.map(|(label, href)| Link::new(label, href)).into(),
        ));
    }
    if has(Role::Manager) {
        groups.push(Group::new("Your people", vec![Link::new("My team", "/team")]));
    }
    if has(Role::Owner) {
        let links = [
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
        groups.push(Group::new(
            "Kept in order",
            links.map(|(label, href)| Link::new(label, href)).into(),
        ));
    }
    let mut own = vec![
        Link::new("Calendars", "/calendars"),
        Link::new("Sessions", "/sessions"),
        Link::new("Passkeys", "/passkeys"),
    ];
    if has(Role::Learner) {
        own.insert(0, Link::new("My training", "/my-training"));
        own.insert(1, Link::new("My record", "/my-record"));
        own.insert(2, Link::new("My reminders", "/my-reminders"));
    }
    groups.push(Group::new("Yours", own));
    groups
}
