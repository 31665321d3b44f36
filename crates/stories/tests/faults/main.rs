//! What a killed program and a full disk may leave behind: everything that was acknowledged, and nothing half done.
//!
//! The real program is killed (`kill -9`) at many moments while it applies a roster, publishes a course, takes answers
//! and signatures, seals entries and builds packs. After every kill the ledger verifies, what was acknowledged is
//! there, what was not is there whole or not at all, and the same command works again.
//!
//! [`killed`]: commands and the server. [`sequencer`]: entries that get their place. [`full`]: a data folder without
//! room. [`reminding`]: reminders and their letters. [`house`]: a data folder and its checks. [`client`]: HTTP over a socket, by hand.
//!
//! Not here: a machine that loses power. What the disk was told to keep is the engine's promise (`crates/db`).

mod client;
mod full;
mod house;
mod killed;
mod reminding;
mod sequencer;
#[path = "../../../mail/tests/relay/sink.rs"]
mod sink;
