//! Why bytes could not be made or believed, in a sentence a person can act on.
//!
//! Invariant: a message never repeats a record's content, only names of files, positions and rules.
//!
//! Not here: the verdict on a pack, which is a list of claims rather than one error.

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What was wrong, by the kind of bytes it was wrong with. Each message is a finished sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A JSON value that RFC 8785 cannot spell.
    #[error("{0}")]
    Canonical(String),
    /// A signed note, checkpoint or verifier key.
    #[error("{0}")]
    Note(String),
    /// An inclusion or consistency proof.
    #[error("{0}")]
    Proof(String),
    /// A record line or a leaf.
    #[error("{0}")]
    Record(String),
    /// An SSH signature or its key.
    #[error("{0}")]
    Signature(String),
    /// The pack as a whole, or one file in it.
    #[error("{sentence}")]
    Pack {
        /// The file in the pack, or `pack` when it is not about one file.
        subject: String,
        /// The finished sentence.
        sentence: String,
    },
    /// The disk, or whatever the bytes came from or went to.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn pack(subject: impl Into<String>, sentence: impl Into<String>) -> Error {
        Error::Pack {
            subject: subject.into(),
            sentence: sentence.into(),
        }
    }

    pub(crate) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Error {
        move |source| Error::Io { doing, source }
    }

    /// The file in the pack that the error is about, or `pack`.
    pub fn subject(&self) -> &str {
        match self {
            Error::Pack { subject, .. } => subject,
            _ => "pack",
        }
    }
}
