//! What is true of every answer, whichever page gives it: its headers, its limits, how it fails.
//!
//! Invariants: no inline script or style can run; a form from another site is refused; a body has a
//! bound and an answer a deadline; a panic and a fault look the same to the person and are logged once,
//! beside the reference they see; personal data is not logged (the route's pattern is, never its values).
//!
//! Not here: sessions and roles (the app's own middleware, inside this).

use std::any::Any;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use db::{Fault, Moment};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::assets;
use crate::cookie::{self, SessionCookie};
use crate::limits::{ANSWER_SECONDS_MAX, BODY_BYTES_MAX};
use crate::refusal::{self, Trouble};
use crate::screen::{PlaceSlot, Said, Screen};

/// How this process behaves at its door.
#[derive(Clone)]
pub struct Manners {
    session: SessionCookie,
    boot: String,
    asked: Arc<AtomicU64>,
}

/// Identifies a request in the log and on error pages: `boot-number`, no meaning beyond that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// No inline script or style, nothing from elsewhere, framed by nobody, forms sent only here.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not "no-referrer": browsers would then post forms with `Origin: null`, and older ones would be refused.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

impl Manners {
    /// `address` is what the site is known by (`https://muster.example`); `started` tells one run's
    /// references from the next.
    pub fn new(address: &str, started: Moment) -> Self {
        Self {
            session: SessionCookie::for_address(address),
            boot: format!("{:x}", started.0 / 1000),
            asked: Arc::new(AtomicU64::new(1)),
        }
    }

    pub fn session_cookie(&self) -> SessionCookie {
        self.session
    }

    fn next_request(&self) -> RequestId {
        RequestId(format!("{}-{}", self.boot, self.asked.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Puts the manners around all of the app's routes, and adds the assets and the 404 page.
///
/// The app's middleware (which calls [`crate::admit`]) belongs on `routes`, inside this.
pub fn dress(routes: Router, manners: &Manners) -> Router {
    let squeeze = DefaultPredicate::new().and(NotForContentType::new("font/"));
    let deadline = Duration::from_secs(ANSWER_SECONDS_MAX);
    routes
        .fallback(async || refusal::bare(StatusCode::NOT_FOUND))
        .merge(assets::routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, deadline))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(manners.clone(), mind))
        .layer(CompressionLayer::new().compress_when(squeeze))
}

async fn mind(State(manners): State<Manners>, mut request: Request, next: Next) -> Response {
    let id = manners.next_request();
    let slot = PlaceSlot::default();
    let said = cookie::said(request.headers());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let seen = Seen {
        id: id.clone(),
        slot: slot.clone(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        route: request
            .extensions()
            .get::<MatchedPath>()
            .map_or_else(|| "(no route)".to_owned(), |path| path.as_str().to_owned()),
        wants_page: wants_page(request.headers()),
    };
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(slot);
    if let Some(said) = said.clone() {
        request.extensions_mut().insert(said);
    }
    let mut answer = give_error_page(&seen, next.run(request).await);
    let saying = answer.extensions_mut().remove::<Said>();
    let heard = said.is_some() && reads && is_page(&answer) && answer.status().is_success();
    let headers = answer.headers_mut();
    match saying {
        Some(saying) => {
            headers.append(header::SET_COOKIE, cookie::say(&saying, manners.session));
        }
        None if heard => {
            headers.append(header::SET_COOKIE, cookie::unsay(manners.session));
        }
        None => {}
    }
    set_headers(headers, manners.session);
    answer
}

struct Seen {
    id: RequestId,
    slot: PlaceSlot,
    method: Method,
    path: String,
    route: String,
    wants_page: bool,
}

/// Turns a failure into its page. Answers that already are pages, or were not asked for as pages
/// (an API's, a download's), are left as they are.
fn give_error_page(seen: &Seen, mut answer: Response) -> Response {
    let trouble = match answer.extensions_mut().remove::<Trouble>() {
        Some(trouble) => trouble,
        None if is_plain_failure(&answer) => refusal::bare(answer.status()),
        None => return answer,
    };
    if trouble.status.is_server_error() {
        log(seen, &trouble);
    }
    if !seen.wants_page {
        return answer;
    }
    let mut place = seen.slot.place();
    place.path.clone_from(&seen.path);
    let body = refusal::body(&trouble, &seen.id.0);
    let (title, _) = refusal::words(trouble.status);
    let title = title.trim_end_matches('.');
    let screen = if place.groups.is_empty() {
        Screen::reading(&place, title, body)
    } else {
        Screen::shell(&place, title, body)
    };
    let mut page = screen.status(trouble.status).into_response();
    for (name, value) in answer.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    page
}

fn log(seen: &Seen, trouble: &Trouble) {
    let text = match &trouble.fault {
        Some(fault) => chain(fault),
        None => "no answer in time".to_owned(),
    };
    tracing::error!(
        reference = seen.id.0,
        method = seen.method.as_str(),
        route = seen.route,
        fault = text,
        "a page could not be given"
    );
}

/// A fault says its first cause itself; the causes behind that one are added here.
fn chain(fault: &Fault) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source().and_then(|source| source.source());
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a page panicked");
    Trouble {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        sentence: None,
        fault: Some(Arc::new(Fault::new("a page panicked"))),
    }
    .into_response()
}

fn set_headers(headers: &mut HeaderMap, session: SessionCookie) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if session == SessionCookie::Https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn is_page(answer: &Response) -> bool {
    content_type(answer).is_some_and(|kind| kind.starts_with("text/html"))
}

fn is_plain_failure(answer: &Response) -> bool {
    let failed = answer.status().is_client_error() || answer.status().is_server_error();
    failed && content_type(answer).is_none_or(|kind| kind.starts_with("text/plain"))
}

fn content_type(answer: &Response) -> Option<&str> {
    answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok())
}
