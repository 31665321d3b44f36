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
use tower_http::csrf::{CsrfLayer, ProtectionError};
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
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
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
        RequestId(format!(
            "{}-{}",
            self.boot,
            self.asked.fetch_add(1, Ordering::Relaxed)
        ))
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
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            deadline,
        ))
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
        None if answer.extensions().get::<ProtectionError>().is_some() => refusal::from_elsewhere(),
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
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::see_other_saying;
    use crate::form::Filled;
    use crate::rail::{Group, Link};
    use crate::refusal::{Answer, Error};
    use crate::screen::Place;
    use crate::visitor::admit;
    use axum::body::Body;
    use axum::routing::{get, post};
    use http_body_util::BodyExt;
    use maud::html;
    use tower::ServiceExt;

    async fn hello(place: Place) -> Answer {
        Screen::reading(&place, "Hello", html! { h1 { "All is well." } }).answer()
    }

    async fn fault() -> Answer {
        Err(Error::fault("opening the secret drawer"))
    }

    async fn panics() -> Answer {
        panic!("the secret drawer is open")
    }

    async fn takes(filled: Filled) -> Answer {
        Ok(see_other_saying("/", &format!("Hello, {}.", filled.one("name"))))
    }

    async fn program() -> Response {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (StatusCode::NOT_FOUND, kind, r#"{"error":"none"}"#).into_response()
    }

    async fn lets_in(mut request: Request, next: Next) -> Response {
        let groups = vec![Group::new("Programme", vec![Link::new("Today", "/")])];
        admit(
            request.extensions_mut(),
            None,
            Place {
                groups,
                ..Place::default()
            },
        );
        next.run(request).await
    }

    fn house(address: &str) -> Router {
        let routes = Router::new()
            .route("/", get(hello))
            .route("/fault", get(fault))
            .route("/panic", get(panics))
            .route("/take", post(takes))
            .route("/api", get(program))
            .merge(
                Router::new()
                    .route("/inside", get(fault))
                    .layer(middleware::from_fn(lets_in)),
            );
        dress(routes, &Manners::new(address, Moment(1_780_000_000_000)))
    }

    async fn ask(
        request: axum::http::request::Builder,
        body: impl Into<Body>,
    ) -> (StatusCode, HeaderMap, String) {
        let request = request
            .header(header::HOST, "muster.example")
            .body(body.into())
            .expect("the test writes whole requests");
        let answer = house("https://muster.example")
            .oneshot(request)
            .await
            .expect("routers do not fail");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("the body is whole").to_bytes();
        (
            parts.status,
            parts.headers,
            String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    fn reading(path: &str) -> axum::http::request::Builder {
        Request::get(path).header(header::ACCEPT, "text/html,*/*")
    }

    fn posting(path: &str) -> axum::http::request::Builder {
        Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    #[tokio::test]
    async fn every_answer_carries_the_headers() {
        for path in ["/", "/nothing", "/fault", "/api", &assets::style()] {
            let (_, headers, _) = ask(reading(path), "").await;
            for (name, _) in HEADERS {
                assert!(headers.contains_key(&name), "{name} on {path}");
            }
            assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
            let policy = headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .expect("plain text");
            assert!(!policy.contains("unsafe"));
        }
    }

    #[tokio::test]
    async fn pages_are_not_kept_and_assets_are_kept_for_ever() {
        let (_, headers, _) = ask(reading("/"), "").await;
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let (status, headers, style) = ask(reading(&assets::style()), "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            headers[header::CACHE_CONTROL]
                .to_str()
                .expect("plain text")
                .contains("immutable")
        );
        assert!(style.contains("@layer tokens"));
        let (_, headers, _) = ask(reading("/assets/000000000000/muster.css"), "").await;
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn a_fault_and_a_panic_look_the_same_and_tell_nothing() {
        for path in ["/fault", "/panic"] {
            let (status, _, page) = ask(reading(path), "").await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(page.contains("Something went wrong on our side."));
            assert!(
                page.contains("Reference: ") && page.contains("-1</span>"),
                "{page}"
            );
            assert!(!page.contains("drawer"));
        }
    }

    #[tokio::test]
    async fn an_error_page_keeps_the_rail_of_those_who_were_let_in() {
        let (status, _, page) = ask(reading("/inside"), "").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.contains(">Today<"));
    }

    #[tokio::test]
    async fn an_unknown_address_is_a_page_in_plain_words() {
        let (status, _, page) = ask(reading("/nothing"), "").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(page.contains("There is no such page.") && page.contains("href=\"/\""));
    }

    #[tokio::test]
    async fn an_answer_for_a_program_is_left_alone() {
        let (status, headers, text) = ask(reading("/api"), "").await;
        assert_eq!(
            (status, text.as_str()),
            (StatusCode::NOT_FOUND, "{\"error\":\"none\"}")
        );
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        let (_, _, text) = ask(Request::get("/fault"), "").await;
        assert!(!text.contains("<html") && !text.contains("drawer"));
    }

    #[tokio::test]
    async fn a_form_from_another_site_is_refused() {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            let (status, _, page) = ask(posting("/take").header(name, value), "name=Ada").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{name}");
            assert!(page.contains("another site"), "{page}");
        }
        let (status, ..) = ask(
            posting("/take").header("sec-fetch-site", "same-origin"),
            "name=Ada",
        )
        .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }

    #[tokio::test]
    async fn what_an_act_says_is_shown_once() {
        let (_, headers, _) = ask(posting("/take"), "name=Ada").await;
        let set = headers[header::SET_COOKIE].to_str().expect("plain text");
        assert!(set.contains("HttpOnly") && set.contains("Secure"));
        let pair = set.split(';').next().unwrap_or_default();
        let (_, headers, page) = ask(reading("/").header(header::COOKIE, pair), "").await;
        assert!(page.contains("Hello, Ada."));
        assert!(
            headers[header::SET_COOKIE]
                .to_str()
                .expect("plain text")
                .contains("Max-Age=0")
        );
        let (_, headers, page) = ask(reading("/"), "").await;
        assert!(!page.contains("Hello, Ada.") && !headers.contains_key(header::SET_COOKIE));
    }

    #[tokio::test]
    async fn a_form_that_is_too_large_is_refused_in_words() {
        let body = format!("name={}", "a".repeat(BODY_BYTES_MAX + 1));
        let (status, _, page) = ask(posting("/take"), body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("could not be read"));
    }

    #[tokio::test]
    async fn pages_are_squeezed_for_those_who_can_unsqueeze() {
        let (_, headers, _) = ask(reading("/").header(header::ACCEPT_ENCODING, "gzip"), "").await;
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    }

    #[test]
    fn references_do_not_repeat() {
        let manners = Manners::new("http://127.0.0.1:1", Moment(1_780_000_000_000));
        assert_ne!(manners.next_request(), manners.clone().next_request());
        assert_eq!(manners.session_cookie(), SessionCookie::PlainLoopback);
    }
}
