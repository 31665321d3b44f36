//! The promises of the handle on a real PostgreSQL, where writers race, connections break and answers travel.
//!
//! [`lanes`]: a write is kept whole or not at all, whatever was sent without waiting for its answer.
//! [`tls`]: a connection is as safe as its address asks, or there is none.
//!
//! Not here: the same promises on the embedded engine (`crates/db/tests/lanes.rs`).

mod lanes;
mod tls;
