//! Work that runs later: put down in the transaction that wants it, run at least once, never lost.
//!
//! Reading order: [`job`] (a piece of work, and how it can fail), [`queue`] (rows), [`runner`] (who runs them,
//! and what runs by the clock).
//!
//! Invariants: a job is leased, not taken, so a crash delays it and never drops it; every failure decides
//! between trying again, with a growing pause, and giving up, which stays visible.
//!
//! Not here: what any job does.

pub mod job;
pub mod queue;
pub mod runner;

pub use job::{Failed, Job, NewJob};
pub use queue::enqueue;
pub use runner::Runner;
