//! What an attempt is for, and which mark is enough for that.
//!
//! Not here: the rules of testing out ([`crate::test_out`]).

use curriculum::Course;
use db::{Fault, Result};

/// What an attempt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The questions at the end of a course.
    Course,
    /// Showing that one knows it already, from a pool of its own and at a higher mark.
    TestOut,
}

impl Purpose {
    pub fn text(self) -> &'static str {
        match self {
            Purpose::Course => "course",
            Purpose::TestOut => "test_out",
        }
    }

    pub(crate) fn of(text: &str) -> Result<Purpose> {
        match text {
            "course" => Ok(Purpose::Course),
            "test_out" => Ok(Purpose::TestOut),
            _ => Err(Fault::new("reading an attempt whose purpose this program does not know").into()),
        }
    }

    /// Percent of the marks that are enough.
    pub fn pass_mark(self, course: &Course) -> u32 {
        match self {
            Purpose::Course => course.pass_mark,
            // An edition without a test-out has no such attempt; all right is never too little.
            Purpose::TestOut => course.test_out.map_or(100, |test_out| test_out.pass_mark),
        }
    }
}
