//! A piece of work to be done later, and the two ways in which it can fail.

use db::{Error, Kind, Moment};

/// `job_…`
pub enum JobKind {}
impl Kind for JobKind {
    const PREFIX: &'static str = "job";
}

/// Work to be put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: &'static str,
    /// Of two waiting jobs of one kind with the same key only the first is kept.
    pub dedup_key: String,
    /// What the handler needs to know; identifiers, no personal data.
    pub payload: String,
    /// Not before this instant.
    pub run_at: Moment,
}

/// Work that has been leased to this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: db::Id<JobKind>,
    pub kind: String,
    pub payload: String,
    /// How often it has failed before.
    pub attempts: i64,
}

/// Why a job is not done, and what then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The world may be better later.
    Retry(String),
    /// It never will.
    GiveUp(String),
    /// It is not time yet; this does not count as a failure.
    NotBefore(Moment),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        match error {
            Error::Refused(refusal) => Failed::GiveUp(refusal.to_string()),
            Error::Fault(fault) => Failed::Retry(fault.to_string()),
        }
    }
}
