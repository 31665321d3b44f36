//! A predicate is one question about training that has the same answer whoever reckons it.
//!
//! The thirty questions are fixed; a framework's requirement asks some of them with its own parameters.
//! How each is reckoned to the day is written beside the code that reckons it, in `evidence`. What cannot be
//! reckoned from recorded facts yet says which facts are missing: silence would look like a yes.
//!
//! Not here: the reckoning, and any fact.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the thirty questions, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the table below says what each code asks")]
pub enum Predicate {
    P01,
    P02,
    P03,
    P04,
    P05,
    P06,
    P07,
    P08,
    P09,
    P10,
    P11,
    P12,
    P13,
    P14,
    P15,
    P16,
    P17,
    P18,
    P19,
    P20,
    P21,
    P22,
    P23,
    P24,
    P25,
    P26,
    P27,
    P28,
    P29,
    P30,
}

/// How an answer can come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Reckoned from recorded facts.
    Reckoned,
    /// The facts it needs are not recorded: a finished sentence that names them.
    FactsMissing(&'static str),
    /// Only a person can judge: a finished sentence that says what to look at.
    Manual(&'static str),
}

impl Predicate {
    /// The question in a few words, as a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().0
    }

    /// How its answer comes about.
    #[must_use]
    pub fn answer(self) -> Answer {
        self.row().1
    }

    /// The parameters that mean something to it.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        self.row().2
    }

    fn row(self) -> (&'static str, Answer, &'static [&'static str]) {
        match self {
            Self::P01 | Self::P02 | Self::P03 | Self::P04 | Self::P11 | Self::P12 | Self::P18 | Self::P24 => {
                self.reckoned()
            }
            Self::P25 => (
                "People are competent for what they do",
                Answer::Manual(
                    "Whether somebody's education, training and experience are enough for the work is for a person to judge; look at the role's stated competence and at the evidence for three to six holders.",
                ),
                &["role"],
            ),
            _ => {
                let (title, missing, parameters) = self.missing();
                (title, Answer::FactsMissing(missing), parameters)
            }
        }
    }

    fn reckoned(self) -> (&'static str, Answer, &'static [&'static str]) {
        let (title, parameters): (_, &'static [&'static str]) = match self {
            Self::P01 => (
                "New people are trained in time",
                &[
                    "before_access",
                    "days",
                    "grace_days",
                    "layer",
                    "max_days",
                    "return_grace_days",
                    "tolerance",
                ],
            ),
            Self::P02 => (
                "Everyone's training is in date on every day",
                &[
                    "days",
                    "grace_days",
                    "layer",
                    "max_days",
                    "return_grace_days",
                    "tolerance",
                ],
            ),
            Self::P03 => (
                "People in a role are trained for it",
                &[
                    "before_access",
                    "days",
                    "grace_days",
                    "layer",
                    "max_days",
                    "return_grace_days",
                    "role",
                    "tolerance",
                ],
            ),
            Self::P04 => (
                "People who change role are trained for the new one",
                &[
                    "before_access",
                    "days",
                    "grace_days",
                    "layer",
                    "max_days",
                    "return_grace_days",
                    "role",
                    "tolerance",
                ],
            ),
            Self::P11 => ("Each completion carries a signed attestation", &["tolerance"]),
            Self::P12 => ("Each completion rests on a passed assessment", &["tolerance"]),
            Self::P18 => ("The roster is the whole population", &["days"]),
            _ => (
                "People from outside are trained like everyone else",
                &[
                    "days",
                    "grace_days",
                    "kinds",
                    "layer",
                    "max_days",
                    "return_grace_days",
                    "tolerance",
                ],
            ),
        };
        (title, Answer::Reckoned, parameters)
    }

    fn missing(self) -> (&'static str, &'static str, &'static [&'static str]) {
        let row = MISSING.iter().find(|(predicate, ..)| *predicate == self);
        row.map_or(("", "", &[]), |(_, title, missing, parameters)| {
            (title, missing, parameters)
        })
    }
}

/// The questions whose facts are not recorded: heading, which facts are missing, and the parameters.
type Missing = (Predicate, &'static str, &'static str, &'static [&'static str]);
const MISSING: [Missing; 21] = [
    (
        Predicate::P05,
        "The courses cover the topics",
        "muster does not yet compare the topics of the editions in force with this list.",
        &["layer", "topics"],
    ),
    (
        Predicate::P06,
        "Training is given in more than one way",
        "muster does not record awareness activities yet, so the ways in which people were reached cannot be counted.",
        &["min_n"],
    ),
    (
        Predicate::P07,
        "Awareness activities go out all year and arrive",
        "muster does not record awareness activities yet: what was sent, to whom, and whether it arrived.",
        &["max_gap_days", "min_n", "min_reach_percent"],
    ),
    (
        Predicate::P08,
        "Courses are reviewed",
        "muster does not record reviews of courses yet.",
        &["max_days"],
    ),
    (
        Predicate::P09,
        "An approved policy names its controls",
        "muster does not record policies and their approvals yet.",
        &["max_days", "refs"],
    ),
    (
        Predicate::P10,
        "People acknowledge the policy in force",
        "muster does not record policy versions and their acknowledgements yet.",
        &["days", "document", "max_days", "version_grace_days"],
    ),
    (
        Predicate::P13,
        "It is measured whether training works",
        "muster does not record measurements with a target and an analysis yet.",
        &["metric", "min_points"],
    ),
    (
        Predicate::P14,
        "Results are reported to a named role",
        "muster does not record reports of results and their receipt yet.",
        &["max_days", "role"],
    ),
    (
        Predicate::P15,
        "Records are kept as long as they must be",
        "muster does not record a retention rule and its purges yet.",
        &["days"],
    ),
    (
        Predicate::P16,
        "Risks and courses point at each other",
        "muster does not record risks and what treats them yet.",
        &["max_days"],
    ),
    (
        Predicate::P17,
        "Reviews are held and signed",
        "muster does not record reviews, their inputs, decisions and signatures yet.",
        &["inputs", "max_days", "review"],
    ),
    (
        Predicate::P19,
        "Somebody owns the programme",
        "muster does not yet record who was appointed to own the programme, and from when until when.",
        &["role"],
    ),
    (
        Predicate::P20,
        "Waivers are approved and end",
        "muster does not yet judge waivers as a whole; each is shown where it counts.",
        &[],
    ),
    (
        Predicate::P21,
        "Overdue training is chased",
        "muster does not yet record reminders, escalations and consequences as facts that can be judged.",
        &["days"],
    ),
    (
        Predicate::P22,
        "Incidents change what is taught",
        "muster does not record incidents and what was changed because of them yet.",
        &["days"],
    ),
    (
        Predicate::P23,
        "The governing body is trained",
        "muster does not yet judge the governing body apart from everyone else.",
        &["layer", "max_days"],
    ),
    (
        Predicate::P26,
        "Events lead to training",
        "muster does not record events that call for training yet.",
        &["days"],
    ),
    (
        Predicate::P27,
        "Findings are corrected and stay corrected",
        "muster does not record findings, causes and corrective actions yet.",
        &[],
    ),
    (
        Predicate::P28,
        "The record is whole",
        "muster does not yet judge the ledger inside a status; `muster ledger verify` does.",
        &[],
    ),
    (
        Predicate::P29,
        "People have practised",
        "muster does not record exercises and simulations yet.",
        &["min_n"],
    ),
    (
        Predicate::P30,
        "What must be told was told to all",
        "muster does not record messages to everyone with proof that they arrived yet.",
        &["items"],
    ),
];

/// `P01`.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// With what a requirement asks its question. What does not apply is absent; days are calendar days.
///
/// The fields are in the order of the alphabet, and so is the JSON: equal parameters are equal text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Due on the very day the person starts, or the role or access begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_access: Option<bool>,
    /// Days allowed after the start, that day included; for P18 how old a snapshot may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// The document people acknowledge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Days a completion is still counted after it has run out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<i32>,
    /// What a review has to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<String>>,
    /// What people have to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<String>>,
    /// Kinds of engagement, as the roster names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// The layer of courses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Days for which a completion counts, its own day being the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_days: Option<i32>,
    /// Days that may pass between two activities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_gap_days: Option<i32>,
    /// What is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// How many there must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_n: Option<i32>,
    /// How many measurements there must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_points: Option<i32>,
    /// Percent of the roster that must be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_reach_percent: Option<i32>,
    /// Controls a policy has to name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refs: Option<Vec<String>>,
    /// Days allowed after coming back from leave, the last of them included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_grace_days: Option<i32>,
    /// Which review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// The role: the audience of the rules whose courses are of its layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Percent of those judged that may be exceptions while the answer is still `partial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<i32>,
    /// What the courses have to cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<String>>,
    /// Days an acknowledgement of the version before still counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_grace_days: Option<i32>,
}

/// What holds where a framework does not say otherwise: 30 days to onboard, a year of validity, no grace, and a
/// fortnight after leave.
const DAYS: i32 = 30;
const MAX_DAYS: i32 = 365;
const RETURN_GRACE_DAYS: i32 = 14;
const SNAPSHOT_DAYS: i32 = 31;

impl Parameters {
    /// Fills in what the predicate needs and the requirement left to the usual, so that every answer shows
    /// everything it was reckoned with.
    #[must_use]
    pub fn completed_for(mut self, predicate: Predicate) -> Self {
        match predicate {
            Predicate::P01 | Predicate::P02 | Predicate::P03 | Predicate::P04 | Predicate::P24 => {
                if self.before_access != Some(true) {
                    self.days.get_or_insert(DAYS);
                }
                self.max_days.get_or_insert(MAX_DAYS);
                self.grace_days.get_or_insert(0);
                self.return_grace_days.get_or_insert(RETURN_GRACE_DAYS);
            }
            Predicate::P18 => {
                self.days.get_or_insert(SNAPSHOT_DAYS);
            }
            _ => {}
        }
        match predicate {
            Predicate::P01 | Predicate::P02 | Predicate::P24 => {
                self.layer.get_or_insert_with(|| "baseline".to_owned());
            }
            Predicate::P03 | Predicate::P04 => {
                self.layer = self.layer.or_else(|| self.role.clone());
                self.role = self.role.or_else(|| self.layer.clone());
            }
            _ => {}
        }
        if predicate == Predicate::P24 {
            self.kinds
                .get_or_insert_with(|| ["contractor", "temp", "vendor_staff"].map(str::to_owned).to_vec());
        }
        self
    }

    /// The names of the parameters that are given.
    #[must_use]
    pub fn given(&self) -> Vec<String> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => map.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_a_heading_and_says_how_it_is_answered() {
        for number in 1..=30 {
            let code = format!("\"P{number:02}\"");
            let predicate: Predicate = serde_json::from_str(&code).expect("the thirty codes are P01 to P30");
            assert!(!predicate.title().is_empty(), "{predicate}");
            match predicate.answer() {
                Answer::Reckoned => {}
                Answer::FactsMissing(why) | Answer::Manual(why) => {
                    assert!(why.ends_with('.'), "{predicate}: {why}")
                }
            }
        }
    }
}
