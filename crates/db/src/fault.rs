//! A refusal is the program saying no to a person; a fault is the machine failing.
//!
//! A refusal is a finished sentence that names the field and says what to do, and is shown.
//! A fault says what was being done, is logged once at the edge, and is never shown.

use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

/// Why a read or a write did not happen. Either way nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// No, in a finished sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, kebab case, for programs.
    pub code: &'static str,
    /// For the person: a full sentence with its full stop.
    pub sentence: String,
    /// The form field or column it is about.
    pub field: Option<String>,
}

impl Refusal {
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Refusal {
        Refusal {
            code,
            sentence: sentence.into(),
            field: None,
        }
    }

    pub fn field(mut self, field: impl Into<String>) -> Refusal {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

/// What kind of failure, where the caller can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Another transaction got in the way: running it again will do.
    Busy,
    /// No room on the disk: reading works, writing waits for room.
    Full,
    Other,
}

/// The machine failed while this was being done.
#[derive(Debug, thiserror::Error)]
#[error("{doing}{}", source.as_ref().map(|s| format!(": {s}")).unwrap_or_default())]
pub struct Fault {
    pub doing: String,
    pub kind: FaultKind,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    pub fn new(doing: impl Into<String>) -> Fault {
        Fault {
            doing: doing.into(),
            kind: FaultKind::Other,
            source: None,
        }
    }

    pub fn of(doing: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> Fault {
        Fault {
            doing: doing.into(),
            kind: FaultKind::Other,
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn kind(mut self, kind: FaultKind) -> Fault {
        self.kind = kind;
        self
    }

    /// The same fault for one of several callers whose work was committed together.
    pub(crate) fn shared(&self) -> Fault {
        Fault::new(self.to_string()).kind(self.kind)
    }
}
