//! What is wrong with a course, where, and how to mend it.
//!
//! A fault of a course is for its author: it names a file and a line and says what to do. It is
//! no failure of the machine; that is [`db::Fault`].

use std::fmt;

/// Whether a course with this fault can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Stops publication.
    Error,
    /// Shown to the author; the course can be published.
    Warning,
}

/// One thing to mend. Ordered by file, then line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// Path inside the course folder, with `/`.
    pub file: String,
    /// Counted from 1; 0 when the fault is about the whole file.
    pub line: usize,
    pub level: Level,
    /// Stable, kebab case.
    pub code: &'static str,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, as a sentence.
    pub fix: String,
}

impl Fault {
    pub fn error(at: (&str, usize), code: &'static str, message: impl Into<String>) -> Fault {
        Fault {
            file: at.0.to_owned(),
            line: at.1,
            level: Level::Error,
            code,
            message: message.into(),
            fix: String::new(),
        }
    }

    pub fn warning(at: (&str, usize), code: &'static str, message: impl Into<String>) -> Fault {
        Fault {
            level: Level::Warning,
            ..Fault::error(at, code, message)
        }
    }

    pub fn fix(mut self, fix: impl Into<String>) -> Fault {
        self.fix = fix.into();
        self
    }

    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Error => "error",
            Level::Warning => "warning",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}[{}]: {} {}",
            self.file, self.line, self.level, self.code, self.message, self.fix
        )
    }
}
