//! The status is what every check of a framework comes to, as of a day or over a window, the same today and later.
//!
//! "As of D" is the window of that one day. Checks come in the order of the framework. A question that several
//! requirements ask with the same parameters is reckoned once. The document is the same to the byte on both
//! engines, and however the people are divided among threads.
//!
//! Not here: the page that shows it.

use std::{collections::BTreeMap, mem, sync::Arc, thread};

use controls::{Answer, Framework, Parameters, Predicate, framework, frameworks};
use db::{Day, Moment, Reader, Refusal, Result, Window};
use serde::Serialize;

use crate::{
    exceptions::Exceptions,
    facts::{Facts, Roster, Scope, load},
    finding::{Asking, Finding},
    measure::{Marks, Tally},
    measures::Question,
};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Ids of frameworks; when empty, those that are adopted, or, if none is, all.
    pub frameworks: Vec<String>,
    /// About which days.
    pub period: Period,
    /// As it was known at an instant; with everything recorded so far when absent.
    pub known_at: Option<Moment>,
}

/// One day, or a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// As of this day.
    AsOf(Day),
    /// Over these days.
    Over(Window),
}

/// The answer: the document of `muster status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The day, when asked as of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Day>,
    /// First day, when asked over a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// First day after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    /// As known at this instant, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Moment>,
    /// The framework's id; several are joined by a plus.
    pub framework: String,
    /// What the reader must know about the window as a whole: that it goes on after today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of whom all this is said.
    pub roster: Roster,
    /// Check by check.
    pub checks: Vec<Finding>,
}

impl Period {
    /// The days.
    #[must_use]
    pub fn window(self) -> Window {
        match self {
            Self::AsOf(day) => Window::on(day),
            Self::Over(window) => window,
        }
    }
}

/// What has to be said of a window that goes on after today.
pub fn goes_on(window: Window, today: Day) -> Option<String> {
    (window.to > today + 1).then(|| {
        format!(
            "The window goes on after today, {}. Days to come are judged as if nothing more were completed.",
            today.long()
        )
    })
}

/// Answers every check of the frameworks asked about.
///
/// # Errors
/// A refusal when there is no such framework; a fault of the database.
pub fn status(reader: &mut Reader, asked: &Asked) -> Result<Status> {
    let frameworks = asked_frameworks(reader, &asked.frameworks)?;
    let window = asked.period.window();
    let known_at = asked.known_at.unwrap_or(Moment(i64::MAX));
    let facts = Arc::new(load(
        reader,
        &Scope {
            window,
            known_at,
            person: None,
        },
    )?);
    let (as_of, over) = match asked.period {
        Period::AsOf(day) => (Some(day), None),
        Period::Over(window) => (None, Some(window)),
    };
    // As it was known then, the days after that day were still to come.
    let now = reader.now();
    let zone = reader.zone()?;
    let note = goes_on(window, known_at.min(now).day(&zone));
    let names: Vec<&str> = frameworks.iter().map(|f| f.id.as_str()).collect();
    let (checks, roster) = answer(&facts, &frameworks, window);
    Ok(Status {
        as_of,
        from: over.map(|w| w.from),
        to: over.map(|w| w.to),
        known_at: asked.known_at,
        note,
        framework: names.join("+"),
        roster,
        checks,
    })
}

/// Answers every check from facts that have been read, and says of which roster. Pure.
#[must_use]
pub fn answer(facts: &Arc<Facts>, frameworks: &[&Framework], window: Window) -> (Vec<Finding>, Roster) {
    let askings: Vec<Asking> = frameworks
        .iter()
        .flat_map(|framework| {
            framework
                .requirements
                .iter()
                .map(move |requirement| (*framework, requirement))
        })
        .flat_map(|(framework, requirement)| {
            requirement.checks.iter().map(move |check| Asking {
                framework,
                requirement,
                check,
            })
        })
        .collect();
    let (questions, places) = questions(&askings, facts, window);
    let (mut tallies, roster) = reckon(facts, &questions, window);
    let lines: Vec<Exceptions> = questions
        .iter()
        .zip(&mut tallies)
        .map(|(question, tally)| {
            Exceptions::about_people(mem::take(&mut tally.lines), question.predicate, facts)
        })
        .collect();
    let checks = askings
        .iter()
        .zip(places)
        .map(|(asking, place)| match (place, asking.check.predicate) {
            (Some(place), _) => asking.answered(&questions[place], &tallies[place], &lines[place]),
            (None, Predicate::P18) => asking.answered_by_sources(facts, window),
            (None, _) => asking.unreckoned(),
        })
        .collect();
    (checks, roster)
}

fn asked_frameworks(reader: &mut Reader, ids: &[String]) -> Result<Vec<&'static Framework>> {
    let adopted: Vec<String> = if ids.is_empty() {
        controls::adopted(reader)?
            .into_iter()
            .map(|adoption| adoption.framework)
            .collect()
    } else {
        ids.to_vec()
    };
    if adopted.is_empty() {
        return Ok(frameworks().iter().collect());
    }
    adopted
        .iter()
        .map(|id| {
            framework(id).ok_or_else(|| {
                let known: Vec<&str> = frameworks().iter().map(|f| f.id.as_str()).collect();
                let sentence = format!("There is no framework “{id}”. Known are {}.", known.join(", "));
                Refusal::new("no-such-framework", sentence)
                    .field("framework")
                    .into()
            })
        })
        .collect()
}

/// Each distinct question once, and for each asking the place of its question, where people are asked.
fn questions(askings: &[Asking], facts: &Facts, window: Window) -> (Vec<Question>, Vec<Option<usize>>) {
    let mut places: BTreeMap<(Predicate, Parameters, u64), usize> = BTreeMap::new();
    let mut found: Vec<Question> = Vec::new();
    let mut about: BTreeMap<&str, u64> = BTreeMap::new();
    let of_people = |p: Predicate| p.answer() == Answer::Reckoned && p != Predicate::P18;
    let of_proof = |p: Predicate| matches!(p, Predicate::P11 | Predicate::P12);
    let mut asked: Vec<Option<usize>> = vec![None; askings.len()];
    // What proof is asked of is known only once the other questions are: two passes.
    for proofs in [false, true] {
        for (asking, place) in askings.iter().zip(&mut asked) {
            let predicate = asking.check.predicate;
            if !of_people(predicate) || of_proof(predicate) != proofs {
                continue;
            }
            let parameters = Parameters {
                tolerance: None,
                ..asking.check.parameters.clone()
            };
            let mask = about
                .get(asking.framework.id.as_str())
                .copied()
                .filter(|_| proofs)
                .unwrap_or(0);
            let next = found.len();
            let number = *places
                .entry((predicate, parameters.clone(), mask))
                .or_insert(next);
            if number == next {
                let mut question = Question::new(predicate, &parameters, facts, window);
                let counts = matches!(predicate, Predicate::P01 | Predicate::P02 | Predicate::P03);
                // 64 questions of these kinds can be told apart; no framework comes near it.
                question.bit = if counts {
                    1_u64.checked_shl(next as u32).unwrap_or(1 << 63)
                } else {
                    0
                };
                question.about = mask;
                found.push(question);
            }
            *about.entry(asking.framework.id.as_str()).or_default() |= found[number].bit;
            *place = Some(number);
        }
    }
    (found, asked)
}

/// Asks every question of every person in the order of their ids, in two halves at once.
fn reckon(facts: &Facts, questions: &[Question], window: Window) -> (Vec<Tally>, Roster) {
    let (first, second) = facts.in_order().split_at(facts.people.len() / 2);
    let ask = |people: &[u32]| {
        let mut tallies: Vec<Tally> = questions.iter().map(|_| Tally::default()).collect();
        let mut marks = Marks::default();
        for &person in people {
            let life = facts.life(person);
            marks.start(life.done.len());
            for (question, tally) in questions.iter().zip(&mut tallies) {
                question.ask(&life, tally, &mut marks);
            }
        }
        tallies
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| (ask(second), facts.roster(window)));
        let mut tallies = ask(first);
        let (others, roster) = other
            .join()
            .expect("reckoning is pure and does not panic, see the tests against counting days");
        for (tally, other) in tallies.iter_mut().zip(others) {
            tally.add(other);
        }
        (tallies, roster)
    })
}
