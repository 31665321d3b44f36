//! The two edges where the world comes in: the clock and the source of randomness.
//!
//! Everything else is told the time by its transaction, so that stories can move it and a past can be replayed.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::{Fault, Moment};

/// Where "now" comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Stands still until it is moved: for tests and demonstrations.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn fixed(at: Moment) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    pub fn now(&self) -> Moment {
        match self {
            Clock::System => system_now(),
            Clock::Fixed(at) => Moment(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock; a system clock stays what it is.
    pub fn set(&self, to: Moment) {
        if let Clock::Fixed(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the program reads the clock"
)]
fn system_now() -> Moment {
    Moment(jiff::Timestamp::now().as_millisecond())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the program asks for randomness"
)]
fn from_system(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).map_err(|e| Fault::of("asking the system for random bytes", e))
}

/// Where ids, keys and tokens get their unpredictable bytes.
#[derive(Debug, Clone, Copy)]
pub enum Entropy {
    System,
    /// The same bytes each time: for tests and the demonstration only.
    Seeded(u64),
}

/// One lane's generator, and the last id it made.
pub(crate) struct Dice {
    rng: ChaCha20Rng,
    last_ulid: u128,
}

impl Dice {
    pub(crate) fn new(entropy: Entropy, lane: u64) -> Result<Dice, Fault> {
        let mut seed = [0u8; 32];
        match entropy {
            Entropy::System => from_system(&mut seed)?,
            Entropy::Seeded(n) => {
                seed[..8].copy_from_slice(&n.to_le_bytes());
                seed[8..16].copy_from_slice(&lane.to_le_bytes());
            }
        }
        Ok(Dice {
            rng: ChaCha20Rng::from_seed(seed),
            last_ulid: 0,
        })
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }

    /// 48 bits of milliseconds and 80 random bits; within one millisecond the last plus one, so that
    /// what one transaction makes sorts in the order of making.
    pub(crate) fn ulid(&mut self, now: Moment) -> u128 {
        let millis = u128::try_from(now.0).unwrap_or(0) & ((1 << 48) - 1);
        self.last_ulid = if self.last_ulid >> 80 == millis {
            self.last_ulid + 1
        } else {
            let random = (u128::from(self.rng.next_u64()) << 16) | u128::from(self.rng.next_u32() & 0xffff);
            (millis << 80) | (random & ((1 << 79) - 1))
        };
        self.last_ulid
    }
}
