//! One person's browser: it keeps cookies, follows redirects, and shows one page at a time.
//!
//! Requests go to the router itself, without sockets, with the headers a browser sends. What has run into a fault
//! fails the story at once: no story is about a page that cannot be given.
//!
//! Not here: what a page says and offers ([`crate::page`]).

use std::collections::BTreeMap;
use std::rc::Rc;

use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::page::{Form, Page};
use crate::world::{HOST, House};

/// Redirects followed in a row; more is a circle.
const REDIRECTS_MAX: usize = 10;
const BOUNDARY: &str = "----what-nobody-writes-into-a-file";

/// A browser with its cookies and the page it shows.
pub struct Browser {
    house: Rc<House>,
    cookies: BTreeMap<String, String>,
    page: Option<Page>,
}

/// A file chosen in a form.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub field: &'a str,
    pub name: &'a str,
    pub bytes: &'a [u8],
}

impl Browser {
    pub(crate) fn new(house: Rc<House>) -> Self {
        Self {
            house,
            cookies: BTreeMap::new(),
            page: None,
        }
    }

    /// The page it shows.
    ///
    /// # Panics
    /// When nothing has been opened yet.
    pub fn page(&self) -> &Page {
        self.page
            .as_ref()
            .expect("a page was opened before it is looked at")
    }

    /// Goes to an address and shows where it leads.
    #[track_caller]
    pub fn opens(&mut self, path: &str) -> &Page {
        let page = self.asks(Method::GET, path, None);
        self.shows(page)
    }

    /// Goes to an address, which must answer 200.
    #[track_caller]
    pub fn reads(&mut self, path: &str) -> &Page {
        let page = self.opens(path);
        assert_eq!(
            page.status,
            200,
            "{path} answers {}: {}",
            page.status,
            excerpt(page)
        );
        page
    }

    /// Follows the link with these words.
    #[track_caller]
    pub fn follows(&mut self, words: &str) -> &Page {
        let href = self.page().link(words);
        self.reads(&href)
    }

    /// Fills the form with this button and presses it. A field given twice has both values.
    #[track_caller]
    pub fn presses(&mut self, button: &str, filled: &[(&str, &str)]) -> &Page {
        let form = filled_form(self.page().form(button, None), filled);
        self.sends(&form, &[])
    }

    /// Presses the button of this name in the row, item or part of the page that says these words.
    #[track_caller]
    pub fn presses_beside(&mut self, words: &str, button: &str, filled: &[(&str, &str)]) -> &Page {
        let form = filled_form(self.page().form(button, Some(words)), filled);
        self.sends(&form, &[])
    }

    /// Fills the form with this button, chooses a file for it, and presses it.
    #[track_caller]
    pub fn uploads(&mut self, button: &str, filled: &[(&str, &str)], file: Chosen<'_>) -> &Page {
        let form = filled_form(self.page().form(button, None), filled);
        assert!(form.is_multipart, "the form with “{button}” cannot carry a file");
        assert!(
            form.controls
                .iter()
                .any(|c| c.name == file.field && c.kind == "file"),
            "there is no {}",
            file.field
        );
        self.sends(&form, &[file])
    }

    /// Sends a form that is on no page, as somebody would who makes their own requests.
    #[track_caller]
    pub fn posts(&mut self, path: &str, filled: &[(&str, &str)]) -> &Page {
        let filled = filled
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let method = "post".to_owned();
        self.sends(
            &Form {
                action: path.to_owned(),
                method,
                is_multipart: false,
                filled,
                controls: Vec::new(),
            },
            &[],
        )
    }

    /// One GET, without following anywhere, and without showing it.
    #[track_caller]
    pub fn fetches(&mut self, path: &str) -> Page {
        self.answer(Method::GET, path, None)
    }

    #[track_caller]
    fn sends(&mut self, form: &Form, files: &[Chosen<'_>]) -> &Page {
        let page = if form.method == "get" {
            let path = form.action.split('?').next().unwrap_or(&form.action);
            self.asks(Method::GET, &format!("{path}?{}", encoded(&form.filled)), None)
        } else if form.is_multipart {
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            self.asks(
                Method::POST,
                &form.action,
                Some((kind, multipart(&form.filled, files))),
            )
        } else {
            let kind = "application/x-www-form-urlencoded".to_owned();
            self.asks(
                Method::POST,
                &form.action,
                Some((kind, encoded(&form.filled).into_bytes())),
            )
        };
        self.shows(page)
    }

    fn shows(&mut self, page: Page) -> &Page {
        self.page = Some(page);
        self.page()
    }

    #[track_caller]
    fn asks(&mut self, method: Method, path: &str, body: Option<(String, Vec<u8>)>) -> Page {
        let mut page = self.answer(method, path, body);
        for _ in 0..REDIRECTS_MAX {
            if !(300..400).contains(&page.status) {
                return page;
            }
            let to = page
                .header("location")
                .unwrap_or_else(|| panic!("{path} redirects to nowhere"))
                .to_owned();
            page = self.answer(Method::GET, &to, None);
        }
        panic!("{path} redirects in a circle");
    }

    #[track_caller]
    fn answer(&mut self, method: Method, path: &str, body: Option<(String, Vec<u8>)>) -> Page {
        let path = self.resolved(path);
        let address = path.split('#').next().unwrap_or(&path);
        let mut request = Request::builder()
            .method(method.clone())
            .uri(address)
            .header(header::HOST, HOST)
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        if method == Method::POST {
            request = request
                .header(header::ORIGIN, format!("https://{HOST}"))
                .header("sec-fetch-site", "same-origin");
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let (kind, bytes) = body.map_or((None, Vec::new()), |(kind, bytes)| (Some(kind), bytes));
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request
            .body(Body::from(bytes))
            .unwrap_or_else(|e| panic!("{address} is no address: {e}"));
        let page = self.house.block_on(async |router| {
            let answer = router
                .oneshot(request)
                .await
                .expect("the router answers everything");
            read(address, answer).await
        });
        self.keeps(&page);
        assert!(
            page.status < 500,
            "{method} {address} answers {}: {:#?}\n{}",
            page.status,
            crate::faults::heard(),
            excerpt(&page)
        );
        page
    }

    /// An address as it is meant on the page that is shown.
    fn resolved(&self, path: &str) -> String {
        let base = format!("https://{HOST}");
        let path = path.strip_prefix(&base).unwrap_or(path);
        match path {
            "" => self.page().path.clone(),
            _ if path.starts_with('/') => path.to_owned(),
            _ if path.starts_with('?') => {
                let here = &self.page().path;
                format!("{}{path}", here.split('?').next().unwrap_or(here))
            }
            _ => {
                let here = self.page().path.split('?').next().unwrap_or_default().to_owned();
                format!(
                    "{}/{path}",
                    here.rsplit_once('/').map_or("", |(folder, _)| folder)
                )
            }
        }
    }

    fn keeps(&mut self, page: &Page) {
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

async fn read(path: &str, answer: Response<Body>) -> Page {
    let status = answer.status().as_u16();
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let bytes = answer
        .into_body()
        .collect()
        .await
        .expect("a body in memory is read whole")
        .to_bytes()
        .to_vec();
    Page::read(status, path, headers, bytes)
}

#[track_caller]
fn filled_form(mut form: Form, filled: &[(&str, &str)]) -> Form {
    for (name, _) in filled {
        let values: Vec<&str> = filled
            .iter()
            .filter(|(one, _)| one == name)
            .map(|(_, value)| *value)
            .collect();
        form.fill(name, &values);
    }
    form
}

fn excerpt(page: &Page) -> String {
    if page.is_html() {
        page.text()
    } else {
        String::from_utf8_lossy(&page.bytes).chars().take(400).collect()
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    parts.join("&")
}

/// A text as it stands in an address.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn multipart(pairs: &[(String, String)], files: &[Chosen<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |head: String, bytes: &[u8]| {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    for (name, value) in pairs {
        part(format!("name=\"{name}\""), value.as_bytes());
    }
    for file in files {
        let head = format!(
            "name=\"{}\"; filename=\"{}\"\r\nContent-Type: text/csv",
            file.field, file.name
        );
        part(head, file.bytes);
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
