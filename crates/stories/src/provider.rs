//! One identity provider: it shows its token and sends people and groups by SCIM, as programs do and browsers do not.
//!
//! Requests go to the router itself, without sockets. Whatever is answered is handed back, errors too.

use std::rc::Rc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::world::{HOST, House};

/// Where SCIM is.
const AT: &str = "/scim/v2";

/// An identity provider with its token.
pub struct Provider {
    house: Rc<House>,
    pub token: String,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// `Null` when there was no body.
    pub body: Value,
}

impl Said {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The text at a path such as "name.givenName"; empty when there is none.
    pub fn text(&self, path: &str) -> &str {
        let mut at = &self.body;
        for part in path.split('/') {
            at = match part.parse::<usize>() {
                Ok(index) => &at[index],
                Err(_) => &at[part],
            };
        }
        at.as_str().unwrap_or_default()
    }

    /// The id of the resource.
    pub fn id(&self) -> String {
        self.text("id").to_owned()
    }

    /// Fails unless it was answered so.
    ///
    /// # Panics
    /// When it was answered otherwise.
    #[track_caller]
    pub fn must(self, status: u16) -> Said {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// Fails unless it is an error of this type, whole in the words of RFC 7644.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn must_be_wrong(self, status: u16, scim_type: &str) -> Said {
        let said = self.must(status);
        assert_eq!(said.header("content-type"), Some("application/scim+json"));
        assert_eq!(
            said.body["schemas"][0],
            "urn:ietf:params:scim:api:messages:2.0:Error"
        );
        assert_eq!(said.body["status"], status.to_string());
        assert_eq!(said.text("scimType"), scim_type, "{:#}", said.body);
        assert!(said.text("detail").ends_with('.'), "{:#}", said.body);
        said
    }
}

impl Provider {
    pub(crate) fn new(house: Rc<House>, token: String) -> Provider {
        Provider { house, token }
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Said {
        self.asks(Method::GET, path, &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Said {
        self.asks(Method::POST, path, &[], Some(body.to_string()))
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Said {
        self.asks(Method::PUT, path, &[], Some(body.to_string()))
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Said {
        self.asks(Method::PATCH, path, &[], Some(body.to_string()))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Said {
        self.asks(Method::DELETE, path, &[], None)
    }

    /// The resources that a filter finds.
    #[track_caller]
    pub fn finds(&self, endpoint: &str, filter: &str) -> Vec<Value> {
        let said = self
            .get(&format!("/{endpoint}?filter={}", encoded(filter)))
            .must(200);
        let found = said.body["Resources"].as_array().cloned().unwrap_or_default();
        assert_eq!(said.body["totalResults"], found.len(), "{:#}", said.body);
        found
    }

    /// Sends paths with their bodies all at once, so that they come together; the answers are in the same order.
    #[track_caller]
    pub fn sends_together(&self, method: &Method, bodies: &[(String, Value)]) -> Vec<Said> {
        let requests: Vec<Request<Body>> = bodies
            .iter()
            .map(|(path, body)| self.request(method.clone(), path, &[], Some(body.to_string())))
            .collect();
        self.house.block_on(async |router| {
            let asked = requests
                .into_iter()
                .map(|request| tokio::spawn(answered(router.clone(), request)));
            let mut said = Vec::new();
            for task in asked.collect::<Vec<_>>() {
                said.push(task.await.expect("routers do not panic"));
            }
            said
        })
    }

    /// Any request, with headers of its own.
    #[track_caller]
    pub fn asks(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Said {
        let request = self.request(method, path, headers, body);
        self.house
            .block_on(async |router| answered(router, request).await)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{AT}{path}"))
            .header(header::HOST, HOST);
        let says = |name: &str| headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(name));
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if body.is_some() && !says("content-type") {
            request = request.header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
            .body(body.map_or_else(Body::empty, Body::from))
            .expect("a story writes whole requests")
    }
}

async fn answered(router: Router, request: Request<Body>) -> Said {
    let answer = router.oneshot(request).await.expect("routers do not fail");
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.expect("an answer ends").to_bytes();
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Said {
        status: parts.status.as_u16(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        },
    }
}

/// A text as it stands in a query.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
