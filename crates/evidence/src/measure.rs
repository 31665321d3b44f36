//! A measure is a predicate reckoned over everybody: how many it holds for, and exactly for whom it does not.
//!
//! `population = passing + left before due + not yet due + those with exceptions`, always. The middle two are
//! listed and do not count. Empty is never met. A waiver is shown with the exception it explains and changes
//! nothing.
//!
//! Not here: each predicate's own population (`measures/`), the words (`finding`).

use controls::Parameters;
use db::{Day, Window};
use serde::Serialize;

use crate::{
    demand::Layer,
    facts::{Done, Life},
    tenure::{Span, deadline, join},
};

/// The answer to one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds for everyone it is asked of, and that is somebody.
    Met,
    /// It does not.
    NotMet,
    /// It does not, within what the requirement tolerates.
    Partial,
    /// There is nobody to ask it of, or the facts were not recorded.
    NotEvaluable,
    /// Only a person can judge.
    Manual,
}

impl Outcome {
    /// What needs somebody first, first.
    pub const ALL: [Outcome; 5] = [
        Outcome::NotMet,
        Outcome::Partial,
        Outcome::Met,
        Outcome::NotEvaluable,
        Outcome::Manual,
    ];

    /// As addresses have it, and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Met => "met",
            Outcome::NotMet => "not_met",
            Outcome::Partial => "partial",
            Outcome::NotEvaluable => "not_evaluable",
            Outcome::Manual => "manual",
        }
    }
}

/// What kind of line an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Days not covered. Counts.
    Gap,
    /// Not done by the day it was due. Counts.
    Missed,
    /// Left, or left the role, before it was due. Listed only.
    LeftBeforeDue,
    /// Not due before the window ends. Listed only.
    NotYetDue,
}

/// The window and the numbers of days a check is reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The days that are asked about.
    pub window: Window,
    /// Allowed after the start, that day included; 0 is before access.
    pub days: i32,
    /// For how long a completion counts, with its grace.
    pub valid_days: i32,
    /// Allowed after leave, the last day included.
    pub return_grace_days: i32,
}

/// One line found, before names are put to numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who, by number.
    pub person: u32,
    /// What kind of line.
    pub kind: Kind,
    /// First day not covered.
    pub from: Option<Day>,
    /// First day after.
    pub to: Option<Day>,
    /// The last day on which it would have been in time.
    pub due_on: Option<Day>,
    /// The day it was done, when late.
    pub done_on: Option<Day>,
    /// What was lacking, by number.
    pub courses: Vec<u16>,
}

/// What one measure has found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of how many it is asked.
    pub population: u64,
    /// For how many it holds.
    pub passing: u64,
    /// Left before it was due.
    pub left_before_due: u64,
    /// Not due yet.
    pub not_yet_due: u64,
    /// For how many it does not hold; one may have several lines.
    pub failing: u64,
    /// The lines.
    pub lines: Vec<Line>,
}

/// How somebody's onboarding came out: the first of these that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Every required course was done in time.
    Passing,
    /// The last day of work came before the deadline and before the window's end.
    LeftBeforeDue(Option<Day>),
    /// The deadline is not before the window's end, or there is none yet.
    NotYetDue(Option<Day>),
    /// Everyone else.
    Missed {
        /// The deadline.
        due: Day,
        /// When the last missing course was done, if before the window's end.
        done: Option<Day>,
        /// The courses not done in time.
        courses: Vec<u16>,
    },
}

/// Which completions were counted as passing, by which measures: a bit for each measure.
#[derive(Debug, Default)]
pub struct Marks {
    /// One for each of the person's completions.
    pub bits: Vec<u64>,
    /// The bit of the measure at work; 0 when nobody asks.
    pub bit: u64,
}

/// Days not covered, and for want of which courses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// The days.
    pub days: Span,
    /// The courses, by number.
    pub courses: Vec<u16>,
}

impl Terms {
    /// Reads them from parameters that have been filled in.
    #[must_use]
    pub fn of(parameters: &Parameters, window: Window) -> Self {
        Self {
            window,
            days: if parameters.before_access == Some(true) {
                0
            } else {
                parameters.days.unwrap_or(0)
            },
            valid_days: parameters
                .max_days
                .unwrap_or(0)
                .saturating_add(parameters.grace_days.unwrap_or(0)),
            return_grace_days: parameters.return_grace_days.unwrap_or(0),
        }
    }

    /// The deadline of what starts on a day.
    #[must_use]
    pub fn due(&self, start: Day, away: &[Span]) -> Option<Day> {
        deadline(start, self.days, away, self.return_grace_days)
    }
}

impl Kind {
    /// Whether such a line makes the answer no.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Gap | Self::Missed)
    }
}

impl Marks {
    /// Starts on the next person, who has this many completions.
    pub fn start(&mut self, completions: usize) {
        self.bits.clear();
        self.bits.resize(completions, 0);
    }

    fn set(&mut self, place: usize) {
        if let Some(bits) = self.bits.get_mut(place) {
            *bits |= self.bit;
        }
    }
}

impl Tally {
    /// Adds what was found for other people.
    pub fn add(&mut self, other: Self) {
        self.population += other.population;
        self.passing += other.passing;
        self.left_before_due += other.left_before_due;
        self.not_yet_due += other.not_yet_due;
        self.failing += other.failing;
        self.lines.extend(other.lines);
    }

    /// Counts one of the population, with how the onboarding came out, if it fell in the window, and the days
    /// not covered.
    pub fn count(&mut self, person: u32, class: Option<Class>, uncovered: Vec<Uncovered>) {
        self.population += 1;
        let line = |kind, due_on| Line {
            person,
            kind,
            from: None,
            to: None,
            due_on,
            done_on: None,
            courses: vec![],
        };
        let missed = match class {
            None | Some(Class::Passing) => false,
            Some(Class::LeftBeforeDue(due)) => {
                self.left_before_due += 1;
                self.lines.push(line(Kind::LeftBeforeDue, due));
                return;
            }
            Some(Class::NotYetDue(due)) => {
                self.not_yet_due += 1;
                self.lines.push(line(Kind::NotYetDue, due));
                return;
            }
            Some(Class::Missed { due, done, courses }) => {
                self.lines.push(Line {
                    done_on: done,
                    courses,
                    ..line(Kind::Missed, Some(due))
                });
                true
            }
        };
        if missed || !uncovered.is_empty() {
            self.failing += 1;
        } else {
            self.passing += 1;
        }
        self.lines.extend(uncovered.into_iter().map(|u| Line {
            from: Some(u.days.from),
            to: Some(u.days.to),
            courses: u.courses,
            ..line(Kind::Gap, None)
        }));
    }
}

/// How the onboarding of what starts with `unit` came out: every one of `courses` by the deadline. Only
/// completions from before the window's end are in `life`.
pub fn onboarding(life: &Life, unit: Span, courses: &[u16], terms: Terms, marks: &mut Marks) -> Class {
    let due = terms.due(unit.from, &life.away);
    let in_time = |day: Day| due.is_none_or(|due| day <= due);
    let (mut late, mut last_done) = (Vec::new(), Some(unit.from));
    for &course in courses {
        // One from before the start counts when it is still valid on the start day.
        let first =
            life.done_of(course).1.iter().find(|d| {
                unit.from < d.covers(terms.valid_days).to || (unit.from <= d.day && d.day < d.until)
            });
        if !first.is_some_and(|d| in_time(d.day)) {
            late.push(course);
        }
        last_done = last_done.and_then(|day| first.map(|d| day.max(d.day)));
    }
    if late.is_empty() {
        for &course in courses {
            let (start, done) = life.done_of(course);
            let counted = |d: &Done| in_time(d.day) && unit.from < d.covers(terms.valid_days).to;
            done.iter()
                .enumerate()
                .filter(|(_, d)| counted(d))
                .for_each(|(i, _)| marks.set(start + i));
        }
        return Class::Passing;
    }
    if unit
        .last()
        .is_some_and(|last| last < terms.window.to && due.is_none_or(|due| last < due))
    {
        return Class::LeftBeforeDue(due);
    }
    match due {
        Some(due) if due < terms.window.to => Class::Missed {
            due,
            done: last_done,
            courses: late,
        },
        _ => Class::NotYetDue(due),
    }
}

/// The maximal spans of judged days on which some required course was not in date.
pub fn uncovered(
    life: &Life,
    layer: &Layer,
    judged: &[Span],
    terms: Terms,
    marks: &mut Marks,
) -> Vec<Uncovered> {
    if judged.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(Span, u16)> = Vec::new();
    for demand in &layer.demands {
        let (place, done) = life.done_of(demand.course);
        let needed;
        let days = if layer.always {
            judged
        } else {
            needed = layer.needed(demand, life, judged);
            &needed
        };
        for span in days {
            let mut next = span.from;
            for (i, completion) in done.iter().enumerate() {
                let covers = completion.covers(terms.valid_days);
                if covers.meet(*span).is_none() {
                    continue;
                }
                if next < covers.from {
                    found.push((
                        Span {
                            from: next,
                            to: covers.from,
                        },
                        demand.course,
                    ));
                }
                next = next.max(covers.to);
                marks.set(place + i);
            }
            if next < span.to {
                found.push((
                    Span {
                        from: next,
                        to: span.to,
                    },
                    demand.course,
                ));
            }
        }
    }
    gathered(found)
}

fn gathered(found: Vec<(Span, u16)>) -> Vec<Uncovered> {
    let mut spans: Vec<Span> = found.iter().map(|(span, _)| *span).collect();
    join(&mut spans);
    spans
        .into_iter()
        .map(|days| {
            let mut courses: Vec<u16> = found
                .iter()
                .filter(|(span, _)| span.meet(days).is_some())
                .map(|(_, course)| *course)
                .collect();
            courses.sort_unstable();
            courses.dedup();
            Uncovered { days, courses }
        })
        .collect()
}
