//! How people are taught together, and how it is checked that they had understood.
//!
//! Pure. Not here: sessions ([`crate::live_session`]).

/// How people are taught together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Classroom,
    OnTheJob,
    Webinar,
}

/// How it was checked that people had understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Each did a written test.
    Test,
    /// Each showed it at work or in an exercise.
    Practice,
    /// Each answered questions.
    Questions,
    /// It was not: a list of who was there, and nothing else.
    Not,
}

impl Method {
    pub const ALL: [Method; 3] = [Method::Classroom, Method::OnTheJob, Method::Webinar];

    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Method::Classroom => "classroom",
            Method::OnTheJob => "on_the_job",
            Method::Webinar => "webinar",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Method::Classroom => "In a classroom",
            Method::OnTheJob => "At work",
            Method::Webinar => "In a call",
        }
    }

    #[must_use]
    pub fn read(text: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|one| one.text() == text)
    }
}

impl Checked {
    pub const ALL: [Checked; 4] = [Checked::Test, Checked::Practice, Checked::Questions, Checked::Not];

    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Checked::Test => "test",
            Checked::Practice => "practice",
            Checked::Questions => "questions",
            Checked::Not => "none",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Checked::Test => "Each did a written test",
            Checked::Practice => "Each showed it at work or in an exercise",
            Checked::Questions => "Each answered questions",
            Checked::Not => "It was not checked",
        }
    }

    #[must_use]
    pub fn read(text: &str) -> Option<Checked> {
        Checked::ALL.into_iter().find(|one| one.text() == text)
    }
}
