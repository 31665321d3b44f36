//! Who did it: every write names exactly one of these.
//!
//! An actor is an identifier, never a name or an address, so that it can be kept for as long as the ledger.

use std::fmt;

/// Whoever is behind a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person, by account id.
    Person(String),
    /// Somebody at the command line of the server.
    Operator,
    /// The program itself, in this job.
    Job(&'static str),
    /// A roster source, by name.
    Source(String),
    /// An API token, by id.
    Token(String),
    /// The set-up of a new installation, before anybody can sign in.
    Setup,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(id) => write!(f, "person:{id}"),
            Actor::Operator => f.write_str("operator"),
            Actor::Job(name) => write!(f, "job:{name}"),
            Actor::Source(name) => write!(f, "source:{name}"),
            Actor::Token(id) => write!(f, "token:{id}"),
            Actor::Setup => f.write_str("setup"),
        }
    }
}
