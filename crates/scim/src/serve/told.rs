//! An answer: a status, a JSON body or none, and headers; a failure of ours too.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use db::{Error, Fault, FaultKind};
use serde_json::Value;

use super::MEDIA;
use crate::act::Done;
use crate::wrong::{Type, Wrong};

/// What is answered, before it is bytes.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) scim_type: Option<&'static str>,
    pub(super) headers: Vec<(HeaderName, String)>,
}

impl From<Wrong> for Told {
    fn from(wrong: Wrong) -> Told {
        let mut headers = Vec::new();
        if let Some(wait) = wrong.wait {
            headers.push((header::RETRY_AFTER, wait.to_string()));
        }
        if wrong.status == 401 {
            headers.push((header::WWW_AUTHENTICATE, "Bearer realm=\"scim\"".to_owned()));
        }
        Told {
            status: wrong.status,
            body: Some(wrong.body()),
            scim_type: wrong.kind.map(Type::text),
            headers,
        }
    }
}

impl From<Done> for Told {
    fn from(done: Done) -> Told {
        let mut headers = Vec::new();
        headers.extend(done.location.map(|location| (header::LOCATION, location)));
        headers.extend(done.tag.map(|tag| (header::ETAG, tag)));
        Told {
            status: done.status,
            body: done.body.map(Value::Object),
            scim_type: None,
            headers,
        }
    }
}

pub(super) fn shown(body: Value) -> Told {
    Told {
        status: 200,
        body: Some(body),
        scim_type: None,
        headers: Vec::new(),
    }
}

/// A failure of ours, or what the roster refuses, as the client is told it.
pub(super) fn failed(error: Error) -> Wrong {
    match error {
        Error::Refused(refusal) => Wrong::value(refusal.sentence),
        Error::Fault(fault) => match fault.kind {
            FaultKind::Busy => Wrong {
                wait: Some(1),
                ..Wrong::new(
                    503,
                    "Too much is being saved at once. Nothing was changed; send it again.",
                )
            },
            FaultKind::Full => Wrong {
                wait: Some(60),
                ..Wrong::new(507, "There is no room on the server's disk. Nothing was changed.")
            },
            FaultKind::Other => {
                tracing::error!(%fault, "a SCIM request could not be answered");
                Wrong::new(500, "Something went wrong on our side. It has been logged.")
            }
        },
    }
}

pub(super) fn respond(told: Told) -> Response {
    let bytes = told.body.as_ref().map(serde_json::to_vec).transpose();
    let (status, body) = match bytes {
        Ok(bytes) => (told.status, bytes),
        Err(error) => {
            let fault = Fault::of("writing a SCIM answer", error);
            tracing::error!(%fault, "a SCIM request could not be answered");
            (500, None)
        }
    };
    let has_body = body.is_some();
    let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    }
    for (name, value) in told.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
