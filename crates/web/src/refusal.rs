//! When a page cannot be given, the person is told what happened in plain words and what to do next.
//!
//! Invariants: a refusal's sentence is shown; a fault's text never is: it is logged once, in `manners`,
//! beside the reference the person sees. An [`Error`] becomes its page in `manners::dress`, where the
//! reference and the surroundings are known; without that layer it is a plain sentence.
//!
//! Not here: field errors in forms (`form::Problems`).

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{Fault, FaultKind, Refusal};
use maud::{Markup, html};

/// What every page function returns.
pub type Answer = Result<Response, Error>;

#[derive(Debug)]
pub enum Error {
    /// Something the person can put right: 422 with its sentence.
    Refused(Refusal),
    /// Something only we can put right: 500 with a reference.
    Fault(Fault),
    /// 404.
    Missing,
    /// 403 with the sentence that says whose page this is.
    Forbidden(String),
    /// 401 after a form was posted without a session.
    SignedOut,
    /// 429, with the seconds to wait.
    TooOften(u64),
}

/// Said by the banner and by the page of a write that found no room.
pub const STORAGE_FULL: &str = "Storage is full: reading works, nothing can be saved until there is room.";
const BUSY: &str = "Too much was being saved at once. Nothing was changed; send it again.";

impl Error {
    pub fn forbidden(sentence: impl Into<String>) -> Self {
        Self::Forbidden(sentence.into())
    }

    pub fn fault(doing: &'static str) -> Self {
        Self::Fault(Fault::new(doing))
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Refused(refusal) => Self::Refused(refusal),
            db::Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What went wrong, for the layer that turns it into a page.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    pub(crate) sentence: Option<String>,
    pub(crate) fault: Option<Arc<Fault>>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let trouble = match self {
            Self::Refused(refusal) => told(StatusCode::UNPROCESSABLE_ENTITY, refusal.sentence.to_string()),
            Self::Fault(fault) => failed(fault),
            Self::Missing => bare(StatusCode::NOT_FOUND),
            Self::Forbidden(sentence) => told(StatusCode::FORBIDDEN, sentence),
            Self::SignedOut => bare(StatusCode::UNAUTHORIZED),
            Self::TooOften(seconds) => told(
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "That was tried too often. Wait {}, then try again.",
                    waiting(seconds)
                ),
            ),
        };
        trouble.into_response()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (heading, way_out) = words(self.status);
        let text = self.sentence.as_deref().unwrap_or(way_out);
        let mut answer = (self.status, format!("{heading} {text}\n")).into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// The body of the page that says it. `reference` is what the person may quote to us.
pub(crate) fn body(trouble: &Trouble, reference: &str) -> Markup {
    let (heading, way_out) = words(trouble.status);
    html! {
        header.stack {
            h1 { (heading) }
            @if let Some(sentence) = &trouble.sentence { p.lead { (sentence) } }
            @if trouble.sentence.is_none() || trouble.status != StatusCode::UNPROCESSABLE_ENTITY {
                p { (way_out) }
            }
            @if trouble.status.is_server_error() {
                p.soft { "Reference: " span.mono { (reference) } }
            }
        }
        p.row.centred.actions {
            @if trouble.status == StatusCode::UNAUTHORIZED {
                a.button.main href="/sign-in" target="_blank" rel="noopener" { "Sign in (opens another window)" }
            }
            a.button href="/" { "Go to the start" }
        }
    }
}

/// The finding and the way out for a status.
pub(crate) fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (
            "You have been signed out.",
            "What you sent is not saved yet. Leave this page open and sign in again in another window; then reload this page and let your browser send it once more.",
        ),
        StatusCode::FORBIDDEN => (
            "This is not open to you.",
            "If you should be able to, ask the people who run the programme: it depends on your role, and on being on the roster.",
        ),
        StatusCode::NOT_FOUND => (
            "There is no such page.",
            "The address may be mistyped, or what it showed is no longer here.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "This address does not take that.",
            "Go back to the page you came from and use its buttons.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "That is too large to take.",
            "Send a smaller file, or split it into parts.",
        ),
        StatusCode::TOO_MANY_REQUESTS => ("Please wait a little.", "Nothing has been lost."),
        StatusCode::UNPROCESSABLE_ENTITY => (
            "That could not be done.",
            "Go back, check what you entered, and send it again.",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => (
            "That took too long.",
            "It may still have been done: look before you send it again.",
        ),
        StatusCode::INSUFFICIENT_STORAGE => (
            "That could not be saved.",
            "The people who run the programme have to make room; what you see here is still right.",
        ),
        status if status.is_client_error() => (
            "That could not be read.",
            "Go back to the page you came from and send it again.",
        ),
        _ => (
            "Something went wrong on our side.",
            "It has been logged. Try again; if it happens again, tell the people who run the \
             programme and quote the reference.",
        ),
    }
}

/// A form that another site sent in this visitor's name.
pub(crate) fn from_elsewhere() -> Trouble {
    told(
        StatusCode::FORBIDDEN,
        "That was sent from another site, so it was not done. Open the page here, and send it again."
            .to_owned(),
    )
}

pub(crate) const fn bare(status: StatusCode) -> Trouble {
    Trouble {
        status,
        sentence: None,
        fault: None,
    }
}

/// Two kinds of fault the person can do something about: wait for room, or try again.
fn failed(fault: Fault) -> Trouble {
    let (status, sentence) = match fault.kind {
        FaultKind::Full => (StatusCode::INSUFFICIENT_STORAGE, Some(STORAGE_FULL)),
        FaultKind::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(BUSY)),
        FaultKind::Other => (StatusCode::INTERNAL_SERVER_ERROR, None),
    };
    Trouble {
        status,
        sentence: sentence.map(str::to_owned),
        fault: Some(Arc::new(fault)),
    }
}

fn told(status: StatusCode, sentence: String) -> Trouble {
    Trouble {
        status,
        sentence: Some(sentence),
        fault: None,
    }
}

fn waiting(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_keeps_its_text_to_itself() {
        let answer = Error::fault("reading the secret drawer").into_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let trouble = answer
            .extensions()
            .get::<Trouble>()
            .expect("a trouble rides along");
        let page = body(trouble, "r-1").into_string();
        assert!(!page.contains("drawer"));
        assert!(page.contains("r-1"));
    }

    #[test]
    fn a_refusal_shows_its_sentence() {
        let answer = Error::from(Refusal::new("too-late", "The window has closed.")).into_response();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let trouble = answer
            .extensions()
            .get::<Trouble>()
            .expect("a trouble rides along");
        assert!(
            body(trouble, "r-1")
                .into_string()
                .contains("The window has closed.")
        );
    }

    #[test]
    fn waiting_is_said_in_words() {
        assert_eq!(waiting(1), "a second");
        assert_eq!(waiting(30), "30 seconds");
        assert_eq!(waiting(121), "3 minutes");
    }
}
