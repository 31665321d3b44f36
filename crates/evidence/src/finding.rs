//! A finding is the answer to one check, in numbers and in words, with a line for everyone it does not hold for.
//!
//! The keys are the contract of `muster status --json`; keys may be added, and stay.
//!
//! Not here: the reckoning, and the lines (`exceptions`).

use controls::{Answer, Duty, Leg, Parameters, Predicate};
use db::Window;
use serde::Serialize;
use stats::Proportion;

use crate::{
    exceptions::{Exceptions, Lacks},
    facts::Facts,
    measure::{Outcome, Tally},
    measures::{
        Question,
        population::{Total, stale, totals},
    },
};

/// The answer to one check of one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The requirement's number.
    pub requirement: String,
    /// How binding the check is.
    pub duty: Duty,
    /// The question.
    pub predicate: Predicate,
    /// With what it was asked.
    pub parameters: Parameters,
    /// The answer.
    pub status: Outcome,
    /// Of how many it was asked.
    pub population: u64,
    /// For how many it holds.
    pub passing: u64,
    /// For whom it does not, and who is listed without counting.
    pub exceptions: Exceptions,
    /// What a reader should know, in sentences.
    pub note: String,
    /// The framework that asks.
    pub framework: String,
    /// Which of the three legs it shows.
    pub leg: Option<Leg>,
    /// The question in a few words.
    pub title: &'static str,
    /// Listed: left before it was due.
    pub left_before_due: u64,
    /// Listed: not due yet.
    pub not_yet_due: u64,
    /// The roster's arithmetic, kind by kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Total>,
}

/// A check as it is asked: by whom, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The framework.
    pub framework: &'a controls::Framework,
    /// The requirement.
    pub requirement: &'a controls::Requirement,
    /// The check.
    pub check: &'a controls::Check,
}

impl Asking<'_> {
    /// The answer where there is nothing to reckon: only a person can judge, or the facts are not recorded.
    #[must_use]
    pub fn unreckoned(&self) -> Finding {
        let (status, why) = match self.check.predicate.answer() {
            Answer::Manual(why) => (Outcome::Manual, why),
            Answer::FactsMissing(why) => (Outcome::NotEvaluable, why),
            Answer::Reckoned => (Outcome::NotEvaluable, "This was not reckoned."),
        };
        self.blank(status, why.to_owned())
    }

    /// The answer from what was found about people.
    #[must_use]
    pub(crate) fn answered(&self, question: &Question, tally: &Tally, lines: &Exceptions) -> Finding {
        let window = question.terms.window;
        if let Some(why) = nothing_to_reckon(self.check, question) {
            return self.blank(Outcome::NotEvaluable, why);
        }
        if tally.population == 0 {
            return self.blank(Outcome::NotEvaluable, nobody(self.check, window));
        }
        let tolerance = self.check.parameters.tolerance;
        let status = outcome(tally, tolerance);
        let mut note = counted(tally);
        let waived = lines.waived();
        if waived > 0 {
            note.push_str(&format!(
                " {waived} of the exceptions have a waiver, which is shown and changes no number."
            ));
        }
        if let Some(from) = question.layers.iter().find_map(|l| l.binds_later) {
            note.push_str(&format!(
                " No rule held yet; judged by the first there are, which bind from {from}."
            ));
        }
        Finding {
            population: tally.population,
            passing: tally.passing,
            exceptions: lines.clone(),
            left_before_due: tally.left_before_due,
            not_yet_due: tally.not_yet_due,
            ..self.blank(status, note)
        }
    }

    /// The answer about the roster itself.
    #[must_use]
    pub fn answered_by_sources(&self, facts: &Facts, window: Window) -> Finding {
        if facts.sources.is_empty() {
            return self.blank(
                Outcome::NotEvaluable,
                "No source of people has been read yet.".to_owned(),
            );
        }
        let days = self.check.parameters.days.unwrap_or(0);
        let stale = stale(facts, window, days);
        let totals = totals(facts, window);
        let fresh = facts
            .sources
            .iter()
            .filter(|s| stale.iter().all(|lack| lack.source != s.name))
            .count();
        let explained = facts.differences.iter().filter(|one| one.note.is_some()).count();
        let lacks = Lacks {
            stale: &stale,
            totals: &totals,
            unexplained: &mut facts.differences.iter().filter(|one| one.note.is_none()),
        };
        let exceptions = Exceptions::about_sources(lacks, days);
        let status = if exceptions.is_empty() {
            Outcome::Met
        } else {
            Outcome::NotMet
        };
        let note = format!(
            "{fresh} of {} sources read within {days} days of both ends; {} of {} kinds of engagement add up; {} of {} differences between a source and the roster explained.",
            facts.sources.len(),
            totals.iter().filter(|t| t.agrees()).count(),
            totals.len(),
            explained,
            facts.differences.len()
        );
        Finding {
            population: facts.sources.len() as u64,
            passing: fresh as u64,
            exceptions,
            totals,
            ..self.blank(status, note)
        }
    }

    fn blank(&self, status: Outcome, mut note: String) -> Finding {
        if let Some(more) = &self.check.note {
            note.push(' ');
            note.push_str(more);
        }
        Finding {
            requirement: self.requirement.id.clone(),
            duty: self.check.duty_in(self.requirement),
            predicate: self.check.predicate,
            parameters: self.check.parameters.clone(),
            status,
            population: 0,
            passing: 0,
            exceptions: Exceptions::none(),
            note,
            framework: self.framework.id.clone(),
            leg: self.check.leg,
            title: self.check.predicate.title(),
            left_before_due: 0,
            not_yet_due: 0,
            totals: Vec::new(),
        }
    }
}

/// The answer: met when there is somebody and no exception, partial when a stated tolerance is kept.
fn outcome(tally: &Tally, tolerance: Option<i32>) -> Outcome {
    let judged = tally.passing + tally.failing;
    let kept = |percent: i32| tally.failing * 100 <= judged * u64::from(percent.unsigned_abs());
    match tolerance {
        _ if tally.population == 0 => Outcome::NotEvaluable,
        _ if tally.failing == 0 => Outcome::Met,
        Some(percent) if kept(percent) => Outcome::Partial,
        _ => Outcome::NotMet,
    }
}

fn counted(tally: &Tally) -> String {
    let judged = tally.passing + tally.failing;
    let mut note = match Proportion::new(tally.passing, judged) {
        Some(share) if judged > 0 => format!("{share}"),
        _ => "Nobody was due".to_owned(),
    };
    if tally.left_before_due > 0 {
        note.push_str(&format!("; {} left before it was due", tally.left_before_due));
    }
    if tally.not_yet_due > 0 {
        note.push_str(&format!("; {} not due yet", tally.not_yet_due));
    }
    note.push('.');
    note
}

fn nothing_to_reckon(check: &controls::Check, question: &Question) -> Option<String> {
    match check.predicate {
        Predicate::P11 | Predicate::P12 if question.about == 0 => {
            Some("This framework asks for no training whose completions could be looked at.".to_owned())
        }
        Predicate::P11 | Predicate::P12 => None,
        _ if !question.layers.is_empty() => None,
        Predicate::P04 => {
            Some("No rule requires a course for a role, so nobody can have moved into one.".to_owned())
        }
        _ => {
            let layer = check.parameters.layer.as_deref().unwrap_or("any");
            Some(format!(
                "No rule requires a course of the {layer} layer, so there is nothing to measure people against."
            ))
        }
    }
}

fn nobody(check: &controls::Check, window: Window) -> String {
    let when = if window.days() == 1 {
        format!("on {}", window.from)
    } else {
        format!("between {} and {}", window.from, window.to - 1)
    };
    let role = check.parameters.role.as_deref().unwrap_or("any");
    match check.predicate {
        Predicate::P01 => format!("Nobody started {when}."),
        Predicate::P02 => format!("Nobody had a day that is judged {when}."),
        Predicate::P03 => format!("Nobody held the role {role} {when}, or nobody who did was due."),
        Predicate::P04 => format!("Nobody changed into a role {when}."),
        Predicate::P24 => {
            format!("Nobody from outside was here {when}, or nobody who was had to be trained yet.")
        }
        _ => format!("No completion counted {when}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passing: u64, failing: u64, waiting: u64) -> Tally {
        Tally {
            population: passing + failing + waiting,
            passing,
            failing,
            not_yet_due: waiting,
            ..Tally::default()
        }
    }

    #[test]
    fn empty_is_never_met() {
        assert_eq!(outcome(&tally(0, 0, 0), None), Outcome::NotEvaluable);
        assert_eq!(outcome(&tally(0, 0, 0), Some(100)), Outcome::NotEvaluable);
    }

    #[test]
    fn one_exception_is_not_met_unless_a_tolerance_is_kept() {
        assert_eq!(outcome(&tally(20, 0, 0), None), Outcome::Met);
        assert_eq!(outcome(&tally(19, 1, 0), None), Outcome::NotMet);
        assert_eq!(outcome(&tally(19, 1, 0), Some(5)), Outcome::Partial);
        assert_eq!(outcome(&tally(18, 2, 0), Some(5)), Outcome::NotMet);
        assert_eq!(
            outcome(&tally(18, 1, 900), Some(5)),
            Outcome::NotMet,
            "who is not due yet dilutes nothing"
        );
    }

    #[test]
    fn a_count_says_its_numbers_and_who_was_left_out() {
        assert_eq!(
            counted(&tally(231, 19, 0)),
            "231 of 250 (92 %, 95 % interval 88–95 %)."
        );
        assert_eq!(counted(&tally(0, 0, 2)), "Nobody was due; 2 not due yet.");
    }
}
