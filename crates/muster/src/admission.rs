//! Who is asking, and what surrounds the page they get: found out once for every request.
//!
//! Not here: the menu (`menu`).

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use db::{Reader, Result};
use identity::session::Caller;
use web::{
    Banner, Place, Standing, admit, refusal,
    visitor::{Role, Visitor},
};

use crate::app::{App, Purpose};
use crate::menu;

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
    let groups = visitor.map(|one| menu::of(one.roles)).unwrap_or_default();
    Place {
        organisation,
        groups,
        banners,
        ..Place::default()
    }
}
