//! SCIM over HTTP: who asks, what for, and the answer in the words of RFC 7644, an error too.
//!
//! Every request is kept ([`crate::request`]): one that changes something in the transaction of the change, any other in one
//! of its own before it is answered. Nothing here knows a cookie: a token says which connection it is, and nothing else does.
//!
//! Not here: what a request does ([`crate::act`], [`crate::list`]) and who may make tokens ([`crate::pages`]).

mod place;
mod together;
mod told;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts as _, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::Response;
use axum::routing::any;
use db::{Actor, Db};
use identity::token::{self, Scope};
use serde_json::Value;
use web::Throttle;

use crate::act::{self, Wish};
use crate::connection::{self, Bearer};
use crate::discovery;
use crate::list::{self, Asked, Listing};
use crate::quirk::Quirks;
use crate::request::{self, Request as Kept};
use crate::resource;
use crate::schema::Kind;
use crate::wrong::{self, Wrong};
use place::Place;
use together::{Job, Together};
use told::{Told, failed, respond, shown};

/// What identity providers send is far below; a certificate or two fit.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Requests of one token in a minute. Entra asks for 25 a second; a first synchronisation may go as fast as we can.
pub const PER_MINUTE: u32 = 120_000;
/// Requests without a token of ours, from everybody together.
const STRANGERS_PER_MINUTE: u32 = 120;
const MEDIA: &str = "application/scim+json";
/// Where SCIM is, below the public address.
pub const AT: &str = "/scim/v2";

/// What the requests need. Cheap to clone.
#[derive(Clone)]
pub struct Scim(Arc<Inner>);

struct Inner {
    db: Db,
    base: Arc<str>,
    together: Together,
    tokens: Throttle,
    strangers: Throttle,
}

impl Scim {
    /// `public_url` without a slash at the end; `per_minute` for each token.
    pub fn new(db: Db, public_url: &str, per_minute: u32) -> Scim {
        Scim(Arc::new(Inner {
            db,
            base: format!("{}{AT}", public_url.trim_end_matches('/')).into(),
            together: Together::default(),
            tokens: Throttle::per_minute(per_minute),
            strangers: Throttle::per_minute(STRANGERS_PER_MINUTE),
        }))
    }

    /// Everything below [`AT`].
    pub fn router(&self) -> Router {
        Router::new()
            .route(AT, any(serve))
            .route(&format!("{AT}/"), any(serve))
            .route(&format!("{AT}/{{*path}}"), any(serve))
            .with_state(self.clone())
    }
}

/// A request, read: its body has a bound by now.
struct Ask {
    place: Place,
    method: Method,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

async fn serve(State(scim): State<Scim>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = match Path::<String>::from_request_parts(&mut parts, &()).await {
        Ok(Path(path)) => path,
        Err(_) => String::new(),
    };
    let place = Place::read(&path);
    let mut quirks = Quirks::default();
    let (told, kept) = match read(place.clone(), parts, body).await {
        Ok(ask) => answer(&scim, ask, &mut quirks).await,
        Err((method, wrong)) => {
            let kept = Kept::stranger(&method, place.name());
            (wrong.into(), Some(kept))
        }
    };
    finish(&scim, (told, kept), quirks).await
}

async fn read(place: Place, parts: Parts, body: Body) -> Result<Ask, (Method, Wrong)> {
    let method = parts.method.clone();
    let too_large = || {
        Wrong::new(
            413,
            format!("The body is larger than {BODY_BYTES_MAX} bytes. Send it in parts."),
        )
    };
    let body = match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(_) => return Err((method, too_large())),
    };
    let query = match Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) {
        Ok(Query(query)) => query,
        Err(_) => {
            return Err((
                method,
                Wrong::syntax("What follows the ? in the address cannot be read."),
            ));
        }
    };
    Ok(Ask {
        place,
        method,
        query,
        headers: parts.headers,
        body,
    })
}

/// The answer, and what is still to be kept of the request: nothing when it was kept with what it changed.
async fn answer(scim: &Scim, ask: Ask, quirks: &mut Quirks) -> (Told, Option<Kept>) {
    let mut kept = Kept::stranger(&ask.method, ask.place.name());
    kept.bytes = ask.body.len();
    let bearer = match bearer(scim, &ask.headers).await {
        Ok(bearer) => bearer,
        Err(wrong) => return (wrong.into(), Some(kept)),
    };
    let Some(bearer) = bearer else {
        if !ask.place.is_open() {
            let wrong = Wrong::new(
                401,
                "Show the token of a connection in the header Authorization: Bearer.",
            );
            return (wrong.into(), Some(kept));
        }
        let told = discover(scim, &ask).unwrap_or_else(Told::from);
        return (told, Some(kept));
    };
    kept.connection = Some(bearer.connection.id.as_str().to_owned());
    kept.token = Some(bearer.token.as_str().to_owned());
    if let Err(web::Error::TooOften(wait)) = scim.0.tokens.allow(bearer.token.as_str()) {
        let wrong = Wrong {
            wait: Some(wait),
            ..Wrong::new(429, "This token asks too often. Wait, then go on.")
        };
        return (wrong.into(), Some(kept));
    }
    let changes = matches!(ask.place, Place::List(_) | Place::One(_, _))
        && matches!(
            ask.method,
            Method::POST | Method::PUT | Method::PATCH | Method::DELETE
        );
    if changes && ask.place.takes(&ask.method) {
        return change(scim, (ask, bearer, kept), quirks).await;
    }
    let told = look(scim, &ask, bearer, quirks).await.unwrap_or_else(Told::from);
    (told, Some(kept))
}

async fn bearer(scim: &Scim, headers: &HeaderMap) -> wrong::Result<Option<Bearer>> {
    let Some(said) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let refused = || Wrong::new(401, "This token is not one of ours, has expired, or was ended.");
    let secret = said
        .to_str()
        .ok()
        .and_then(|said| said.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| secret.trim().to_owned())
        .filter(|secret| token::is_whole(Scope::ScimWrite, secret))
        .ok_or_else(refused)?;
    let found = scim.0.db.glance(move |r| connection::bearer(r, &secret)).await;
    match found {
        Ok(Some(bearer)) => Ok(Some(bearer)),
        Ok(None) => Err(refused()),
        Err(error) => Err(failed(error)),
    }
}

fn not_that(ask: &Ask) -> Told {
    let mut told = Told::from(Wrong::new(
        405,
        format!("Nothing here takes {}.", ask.method.as_str()),
    ));
    told.headers.push((header::ALLOW, ask.place.allows().to_owned()));
    told
}

fn discover(scim: &Scim, ask: &Ask) -> wrong::Result<Told> {
    if !ask.place.takes(&ask.method) {
        return Ok(not_that(ask));
    }
    if ask
        .query
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"))
    {
        return Err(Wrong::new(
            403,
            "What the server says of itself cannot be filtered.",
        ));
    }
    let base = &*scim.0.base;
    let found = match &ask.place {
        Place::Provider => Some(discovery::provider(base)),
        Place::ResourceTypes => Some(discovery::resource_types(base)),
        Place::ResourceType(name) => discovery::resource_type_named(name, base),
        Place::Schemas => Some(discovery::schemas(base)),
        Place::Schema(urn) => discovery::schema_named(urn, base),
        _ => None,
    };
    found.map(shown).ok_or_else(Wrong::missing)
}

/// What changes nothing.
async fn look(scim: &Scim, ask: &Ask, bearer: Bearer, quirks: &mut Quirks) -> wrong::Result<Told> {
    if !ask.place.takes(&ask.method) {
        return Ok(not_that(ask));
    }
    match ask.place.clone() {
        Place::Nothing => Err(Wrong::new(404, "There is nothing at this address.")),
        Place::Unsupported => Err(Wrong::new(501, "This is not supported here.")),
        Place::Root => listed(scim, (&Kind::ALL, Asked::of_query(&ask.query)?), bearer, quirks).await,
        Place::List(kind) => listed(scim, (&[kind], Asked::of_query(&ask.query)?), bearer, quirks).await,
        Place::Search(kind) => {
            let asked = Asked::of_body(&json(ask)?)?;
            match kind {
                Some(kind) => listed(scim, (&[kind], asked), bearer, quirks).await,
                None => listed(scim, (&Kind::ALL, asked), bearer, quirks).await,
            }
        }
        Place::One(kind, id) => one(scim, ask, bearer, (kind, id)).await,
        _ => discover(scim, ask),
    }
}

async fn listed(
    scim: &Scim,
    (kinds, asked): (&[Kind], Asked),
    bearer: Bearer,
    quirks: &mut Quirks,
) -> wrong::Result<Told> {
    let (kinds, inner) = (kinds.to_vec(), scim.0.clone());
    let found = scim
        .0
        .db
        .read(move |r| {
            let mut met = Quirks::default();
            let listing = Listing {
                connection: &bearer.connection,
                kinds: &kinds,
                asked: &asked,
                base: &inner.base,
            };
            Ok((listing.read(r, &mut met)?, met))
        })
        .await;
    let (found, met) = found.map_err(failed)?;
    *quirks = met;
    Ok(shown(found?))
}

async fn one(scim: &Scim, ask: &Ask, bearer: Bearer, (kind, id): (Kind, String)) -> wrong::Result<Told> {
    let picked = Asked::of_query(&ask.query)?.picked;
    let known = text_of(&ask.headers, &header::IF_NONE_MATCH);
    let inner = scim.0.clone();
    let found = scim
        .0
        .db
        .read(move |r| {
            let Some(found) = resource::find(r, &bearer.connection, (kind, &id))? else {
                return Ok(None);
            };
            let shown = list::one(r, &found, (&bearer.connection, &picked, &inner.base))?;
            Ok(Some((found.tag(), found.location(&inner.base), shown)))
        })
        .await;
    let (tag, location, shown) = found.map_err(failed)?.ok_or_else(Wrong::missing)?;
    let unchanged = known.is_some_and(|tags| act::matches(&tags, &tag));
    Ok(Told {
        status: if unchanged { 304 } else { 200 },
        body: (!unchanged).then_some(Value::Object(shown)),
        scim_type: None,
        headers: vec![(header::ETAG, tag), (header::LOCATION, location)],
    })
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The body, if it is JSON and says so.
fn json(ask: &Ask) -> wrong::Result<Value> {
    let said = text_of(&ask.headers, &header::CONTENT_TYPE).unwrap_or_default();
    let kind = said
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if kind != MEDIA && kind != "application/json" {
        return Err(Wrong::new(415, format!("Send {MEDIA}.")));
    }
    serde_json::from_slice(&ask.body).map_err(|error| {
        Wrong::syntax(format!(
            "The body is not JSON that can be read (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })
}

fn wish(ask: &Ask) -> wrong::Result<Wish> {
    match (&ask.place, &ask.method) {
        (Place::List(kind), _) => Ok(Wish::Create(*kind, json(ask)?)),
        (Place::One(kind, id), &Method::PUT) => Ok(Wish::Replace(*kind, id.clone(), json(ask)?)),
        (Place::One(kind, id), &Method::PATCH) => Ok(Wish::Patch(*kind, id.clone(), json(ask)?)),
        (Place::One(kind, id), _) => Ok(Wish::Delete(*kind, id.clone())),
        _ => Err(Wrong::missing()),
    }
}

async fn change(
    scim: &Scim,
    (ask, bearer, kept): (Ask, Bearer, Kept),
    quirks: &mut Quirks,
) -> (Told, Option<Kept>) {
    let ready = wish(&ask).and_then(|wish| Ok((wish, Asked::of_query(&ask.query)?.picked)));
    let (wish, picked) = match ready {
        Ok(ready) => ready,
        Err(wrong) => return (wrong.into(), Some(kept)),
    };
    let job = Job {
        if_match: text_of(&ask.headers, &header::IF_MATCH),
        kept: kept.clone(),
        bearer,
        wish,
        picked,
    };
    let done = scim.0.together.run((&scim.0.db, &scim.0.base), job).await;
    match done {
        Ok((told, met)) => {
            *quirks = met;
            (told, None)
        }
        Err(error) => (failed(error).into(), Some(kept)),
    }
}

impl Kept {
    fn stranger(method: &Method, place: &'static str) -> Kept {
        Kept {
            connection: None,
            token: None,
            method: method.as_str().chars().take(10).collect(),
            place,
            status: 0,
            scim_type: None,
            quirks: String::new(),
            bytes: 0,
        }
    }

    fn answered(&self, told: &Told, quirks: &Quirks) -> Kept {
        Kept {
            status: told.status,
            scim_type: told.scim_type,
            quirks: quirks.text(),
            ..self.clone()
        }
    }
}

/// Keeps what is still to be kept of the request, then answers it.
async fn finish(scim: &Scim, (told, kept): (Told, Option<Kept>), quirks: Quirks) -> Response {
    let Some(kept) = kept else { return respond(told) };
    if kept.connection.is_none()
        && let Err(web::Error::TooOften(wait)) = scim.0.strangers.allow("")
    {
        let wrong = Wrong {
            wait: Some(wait),
            ..Wrong::new(429, "Too many ask without a token. Wait, then try again.")
        };
        return respond(wrong.into());
    }
    let row = kept.answered(&told, &quirks);
    let actor = match &row.token {
        Some(token) => Actor::Token(token.clone()),
        None => Actor::Job("scim"),
    };
    match scim.0.db.write(actor, move |tx| request::keep(tx, &row)).await {
        Ok(()) => respond(told),
        // What cannot be kept is not answered: there would be no trace of it.
        Err(error) => respond(failed(error).into()),
    }
}
