//! How much and how often anybody may ask.
//!
//! Invariants: every request body has a bound; a throttle's memory has a bound.
//!
//! Not here: quotas that are part of the domain.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::refusal::Error;

/// A form with a long text in it, and nothing larger.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// A roster of a hundred thousand people as a spreadsheet, with room to spare.
pub const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// From the first byte of a request to the first byte of its answer.
pub const ANSWER_SECONDS_MAX: u64 = 60;
/// Above this many keys, those that have recovered are forgotten.
const KEYS_MAX: usize = 20_000;

/// A layer for the few routes that take files: `.layer(web::limits::upload())`.
pub fn upload() -> DefaultBodyLimit {
    DefaultBodyLimit::max(UPLOAD_BYTES_MAX)
}

/// Lets each key (an address, an account, a token) through so many times a minute. Cheap to clone.
#[derive(Clone)]
pub struct Throttle(Arc<DefaultKeyedRateLimiter<String>>);

impl Throttle {
    /// `burst` at once, refilled evenly over a minute. Zero counts as one.
    pub fn per_minute(burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self(Arc::new(RateLimiter::keyed(Quota::per_minute(burst))))
    }

    /// `burst` at once, refilled evenly over an hour. Zero counts as one.
    pub fn per_hour(burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self(Arc::new(RateLimiter::keyed(Quota::per_hour(burst))))
    }

    /// # Errors
    /// [`Error::TooOften`] with the whole seconds to wait.
    pub fn allow(&self, key: &str) -> Result<(), Error> {
        if self.0.len() > KEYS_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&key.to_owned()).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.0.clock().now());
            Error::TooOften(wait.max(Duration::from_secs(1)).as_secs_f64().ceil() as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_allowance() {
        let throttle = Throttle::per_hour(2);
        assert!(throttle.allow("ada").is_ok());
        assert!(throttle.allow("ada").is_ok());
        let Err(Error::TooOften(seconds)) = throttle.allow("ada") else {
            panic!("the third time within an hour is too often");
        };
        assert!((1700..=1800).contains(&seconds), "{seconds}");
        assert!(throttle.allow("bruno").is_ok());
    }
}
