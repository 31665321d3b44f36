//! What the sign-in pages need from the edge: the public address, the cookie, and how often is too often.

use std::sync::Arc;

use web::{SessionCookie, limits::Throttle};

/// Handed to the pages as a request extension.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    public_url: String,
    cookie: SessionCookie,
    per_address: Throttle,
    per_visitor: Throttle,
}

/// Letters an address can ask for in an hour: enough for a bad day, too few to fill a mailbox.
const LETTERS_PER_HOUR: u32 = 6;
/// Attempts from one place in a minute.
const TRIES_PER_MINUTE: u32 = 20;

impl Door {
    /// `public_url` without a slash at the end, as people type it.
    pub fn new(public_url: &str) -> Door {
        Door(Arc::new(Inner {
            public_url: public_url.trim_end_matches('/').to_owned(),
            cookie: SessionCookie::for_address(public_url),
            per_address: Throttle::per_hour(LETTERS_PER_HOUR),
            per_visitor: Throttle::per_minute(TRIES_PER_MINUTE),
        }))
    }

    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    pub fn cookie(&self) -> SessionCookie {
        self.0.cookie
    }

    /// # Errors
    /// `TooOften` when this address has asked for too many letters.
    pub fn letter(&self, email: &str) -> Result<(), web::Error> {
        self.0.per_address.allow(&crate::account::normal(email))
    }

    /// # Errors
    /// `TooOften` when too many tries came from one place.
    pub fn knock(&self, from: &str) -> Result<(), web::Error> {
        self.0.per_visitor.allow(from)
    }
}
