//! What the browser is asked to remember: which session it is in, and for one page what the last act said.
//!
//! Invariants: never readable by scripts, never sent from another site's form; over https the session's
//! name begins with `__Host-`, so that no neighbouring host can set it.
//!
//! Not here: what a session is (`identity`).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::screen::Said;

/// The cookie of a session: `__Host-muster` over https, `muster` over plain http on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionCookie {
    Https,
    PlainLoopback,
}

const SAID: &str = "muster-said";
/// Longer sentences are cut: a cookie has to stay well under 4 kB.
const SAID_LENGTH_MAX: usize = 300;

impl SessionCookie {
    /// From the address the site is known by: `https://…` or anything else.
    pub fn for_address(address: &str) -> Self {
        if address.starts_with("https://") {
            Self::Https
        } else {
            Self::PlainLoopback
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Https => "__Host-muster",
            Self::PlainLoopback => "muster",
        }
    }

    /// The session's secret, if the browser sent one.
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        CookieJar::from_headers(headers)
            .get(self.name())
            .map(|cookie| cookie.value().to_owned())
    }

    /// `Set-Cookie` for a new session. `secret` is URL-safe text; the server decides when it ends.
    pub fn set(self, secret: &str) -> HeaderValue {
        let mut cookie = keep_to_ourselves(self.name(), secret.to_owned(), self);
        cookie.make_permanent();
        value(&cookie)
    }

    /// `Set-Cookie` that makes the browser forget it.
    pub fn clear(self) -> HeaderValue {
        let mut cookie = keep_to_ourselves(self.name(), String::new(), self);
        cookie.make_removal();
        value(&cookie)
    }
}

/// 303 to another page, after a form.
pub fn see_other(to: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(to) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// 303 to another page, which will say `sentence` once, at its top. No secrets, no more than two sentences.
pub fn see_other_saying(to: &str, sentence: &str) -> Response {
    let mut answer = see_other(to);
    let kept = sentence.chars().take(SAID_LENGTH_MAX).collect();
    answer.extensions_mut().insert(Said(kept));
    answer
}

/// The sentence the last act left, if any.
pub(crate) fn said(headers: &HeaderMap) -> Option<Said> {
    let jar = CookieJar::from_headers(headers);
    let text = hex::decode(jar.get(SAID)?.value()).ok()?;
    String::from_utf8(text)
        .ok()
        .filter(|text| !text.is_empty())
        .map(Said)
}

/// `Set-Cookie` that carries the sentence to the next page. Hex, because a cookie's alphabet is small.
pub(crate) fn say(said: &Said, session: SessionCookie) -> HeaderValue {
    value(&keep_to_ourselves(SAID, hex::encode(&said.0), session))
}

pub(crate) fn unsay(session: SessionCookie) -> HeaderValue {
    let mut cookie = keep_to_ourselves(SAID, String::new(), session);
    cookie.make_removal();
    value(&cookie)
}

fn keep_to_ourselves(name: &'static str, text: String, session: SessionCookie) -> Cookie<'static> {
    let mut cookie = Cookie::new(name, text);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(session == SessionCookie::Https);
    cookie
}

fn value(cookie: &Cookie<'static>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_from_scripts_other_sites_and_neighbouring_hosts() {
        let set = SessionCookie::for_address("https://muster.example").set("abc");
        let text = set.to_str().expect("cookies are plain text");
        for part in [
            "__Host-muster=abc",
            "HttpOnly",
            "Secure",
            "SameSite=Lax",
            "Path=/",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("Domain"));
    }

    #[test]
    fn plain_http_gets_a_plain_name() {
        let cookie = SessionCookie::for_address("http://127.0.0.1:8080");
        let text = cookie.set("abc");
        assert!(!text.to_str().expect("cookies are plain text").contains("Secure"));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; muster=abc"));
        assert_eq!(cookie.read(&headers).as_deref(), Some("abc"));
        assert_eq!(SessionCookie::Https.read(&headers), None);
    }

    #[test]
    fn clearing_ends_it_at_once() {
        let clear = SessionCookie::Https.clear();
        assert!(
            clear
                .to_str()
                .expect("cookies are plain text")
                .contains("Max-Age=0")
        );
    }

    #[test]
    fn what_was_said_survives_the_journey_in_any_language() {
        let set = say(
            &Said("Gespeichert: 3 Prüfungen; fertig.".into()),
            SessionCookie::Https,
        );
        let pair = set
            .to_str()
            .expect("cookies are plain text")
            .split(';')
            .next()
            .unwrap_or("");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::try_from(pair).expect("a pair is a header"),
        );
        assert_eq!(
            said(&headers).expect("said").0,
            "Gespeichert: 3 Prüfungen; fertig."
        );
    }
}
