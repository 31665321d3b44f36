//! What is wrong with a request, in the words of RFC 7644 §3.12: a status, a `scimType` where there is one, and a sentence.

use std::fmt;

use serde_json::{Value, json};

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The `scimType`s of RFC 7644 table 9 and RFC 9865 that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    InvalidVers,
    InvalidCursor,
    InvalidCount,
}

impl Type {
    pub fn text(self) -> &'static str {
        match self {
            Type::InvalidFilter => "invalidFilter",
            Type::TooMany => "tooMany",
            Type::Uniqueness => "uniqueness",
            Type::Mutability => "mutability",
            Type::InvalidSyntax => "invalidSyntax",
            Type::InvalidPath => "invalidPath",
            Type::NoTarget => "noTarget",
            Type::InvalidValue => "invalidValue",
            Type::InvalidVers => "invalidVers",
            Type::InvalidCursor => "invalidCursor",
            Type::InvalidCount => "invalidCount",
        }
    }
}

/// Why a request is not done. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub status: u16,
    pub kind: Option<Type>,
    /// A finished sentence for whoever runs the client. It does not quote what was sent, which is personal data.
    pub detail: String,
    /// Seconds to wait, where the answer is "later".
    pub wait: Option<u64>,
}

impl Wrong {
    pub fn new(status: u16, detail: impl Into<String>) -> Wrong {
        Wrong {
            status,
            kind: None,
            detail: detail.into(),
            wait: None,
        }
    }

    fn of(status: u16, kind: Type, detail: impl Into<String>) -> Wrong {
        Wrong {
            kind: Some(kind),
            ..Wrong::new(status, detail)
        }
    }

    /// 400 with this type.
    pub fn bad(kind: Type, detail: impl Into<String>) -> Wrong {
        Wrong::of(400, kind, detail)
    }

    pub fn value(detail: impl Into<String>) -> Wrong {
        Wrong::bad(Type::InvalidValue, detail)
    }

    pub fn syntax(detail: impl Into<String>) -> Wrong {
        Wrong::bad(Type::InvalidSyntax, detail)
    }

    pub fn taken(detail: impl Into<String>) -> Wrong {
        Wrong::of(409, Type::Uniqueness, detail)
    }

    pub fn missing() -> Wrong {
        Wrong::new(404, "There is no such resource.")
    }

    pub fn changed_since() -> Wrong {
        Wrong::of(
            412,
            Type::InvalidVers,
            "The resource has changed since the version in If-Match. Read it again.",
        )
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body =
            json!({ "schemas": [SCHEMA], "status": self.status.to_string(), "detail": self.detail });
        if let Some(kind) = self.kind {
            body["scimType"] = kind.text().into();
        }
        body
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Wrong {}

pub type Result<T> = std::result::Result<T, Wrong>;
