//! How everybody stands today: covered, about to lapse, not covered, still in the first days, or away.
//!
//! Asked are the questions about days that the adopted frameworks ask (P02, P03 and P24), or, while none is adopted, the
//! usual ones for every layer that rules ask anything of. Somebody is in exactly one standing, the first that holds: not
//! covered when any question judges today a gap; away when on leave; in the first days when something required is not in
//! date and not yet judged; about to lapse when a gap begins within [`SOON_DAYS`] if nothing is done; covered otherwise.
//!
//! Pure. Not here: past windows (`status`).

use std::collections::BTreeMap;

use controls::{Framework, Parameters, Predicate};
use db::{Day, Window};

use crate::{
    facts::{Facts, Life},
    measure::{Kind, Marks, Tally, uncovered},
    measures::Question,
    tenure::Span,
};

/// How far ahead lapsing is looked for, in days.
pub const SOON_DAYS: i32 = 30;

/// How far back the beginning of a gap is looked for, in days: ten years, the longest window a page shows.
const BACK_DAYS: i32 = 3_660;

/// How one person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Something required is not in date today.
    Uncovered,
    /// Covered today; a gap begins within thirty days.
    Lapsing,
    /// Covered today and for the next thirty days.
    Covered,
    /// Something is not done yet, and not yet due.
    FirstDays,
    /// On leave, and not asked.
    Away,
}

/// One person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// By number.
    pub person: u32,
    /// How they stand.
    pub standing: Standing,
    /// Since when not covered, or from when.
    pub from: Option<Day>,
}

/// Everybody who works here today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// In no order that means anything.
    pub people: Vec<Person>,
    /// Whether any rule asks anything of anybody; without one nobody can be said to be covered.
    pub asked: bool,
}

impl Standing {
    /// Every standing, the best first.
    pub const ALL: [Standing; 5] = [
        Standing::Covered,
        Standing::Lapsing,
        Standing::Uncovered,
        Standing::FirstDays,
        Standing::Away,
    ];

    /// As addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Lapsing => "lapsing",
            Self::Uncovered => "uncovered",
            Self::FirstDays => "first-days",
            Self::Away => "away",
        }
    }

    /// The standing of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Standing> {
        Self::ALL.into_iter().find(|standing| standing.name() == name)
    }
}

impl Coverage {
    /// How many stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> u64 {
        self.people.iter().filter(|p| p.standing == standing).count() as u64
    }
}

/// Reckons it for today from facts that reach up to today.
#[must_use]
pub fn coverage(facts: &Facts, frameworks: &[&Framework], today: Day) -> Coverage {
    let questions = questions(
        facts,
        frameworks,
        Window {
            from: today,
            to: today + SOON_DAYS,
        },
    );
    let past = self::questions(
        facts,
        frameworks,
        Window {
            from: today - BACK_DAYS,
            to: today + 1,
        },
    );
    let mut found = Coverage {
        people: Vec::new(),
        asked: !questions.is_empty(),
    };
    for person in 0..facts.people.len() as u32 {
        let life = facts.life(person);
        if life.tenures.iter().any(|tenure| tenure.contains(today)) {
            let (standing, mut from) = stand(&life, &questions, today);
            if standing == Standing::Uncovered {
                from = since(&life, &past, today).or(from);
            }
            found.people.push(Person {
                person,
                standing,
                from,
            });
        }
    }
    found
}

fn questions(facts: &Facts, frameworks: &[&Framework], window: Window) -> Vec<Question> {
    let mut asked: BTreeMap<(Predicate, Parameters), ()> = BTreeMap::new();
    for check in frameworks
        .iter()
        .flat_map(|f| &f.requirements)
        .flat_map(|r| &r.checks)
    {
        if matches!(check.predicate, Predicate::P02 | Predicate::P03 | Predicate::P24) {
            let parameters = Parameters {
                tolerance: None,
                ..check.parameters.clone()
            };
            asked.insert((check.predicate, parameters), ());
        }
    }
    if frameworks.is_empty() {
        for layer in facts.layers() {
            let predicate = if layer == "baseline" {
                Predicate::P02
            } else {
                Predicate::P03
            };
            let parameters = Parameters {
                layer: Some(layer.to_owned()),
                ..Parameters::default()
            };
            asked.insert((predicate, parameters.completed_for(predicate)), ());
        }
    }
    asked
        .into_keys()
        .map(|(predicate, parameters)| Question::new(predicate, &parameters, facts, window))
        .filter(|question| !question.layers.is_empty())
        .collect()
}

fn stand(life: &Life, questions: &[Question], today: Day) -> (Standing, Option<Day>) {
    let mut tally = Tally::default();
    let mut marks = Marks::default();
    for question in questions {
        question.ask(life, &mut tally, &mut marks);
    }
    let gaps = || {
        tally
            .lines
            .iter()
            .filter(|line| line.kind == Kind::Gap)
            .filter_map(|line| line.from)
    };
    if gaps().any(|from| from <= today) {
        return (Standing::Uncovered, gaps().min());
    }
    if life.away.iter().any(|away| away.contains(today)) {
        return (Standing::Away, None);
    }
    if questions.iter().any(|question| lacks(life, question, today)) {
        return (Standing::FirstDays, gaps().min());
    }
    match gaps().min() {
        Some(from) => (Standing::Lapsing, Some(from)),
        None => (Standing::Covered, None),
    }
}

/// Since when somebody who is not covered has not been: the first day of the gap that today is in.
fn since(life: &Life, past: &[Question], today: Day) -> Option<Day> {
    let mut tally = Tally::default();
    for question in past {
        question.ask(life, &mut tally, &mut Marks::default());
    }
    let gaps = tally.lines.iter().filter(|line| line.kind == Kind::Gap);
    gaps.filter(|line| line.to.is_some_and(|to| to > today))
        .filter_map(|line| line.from)
        .filter(|from| *from <= today)
        .min()
}

/// Whether something the question requires is not in date today, judged or not.
fn lacks(life: &Life, question: &Question, today: Day) -> bool {
    let day = Span {
        from: today,
        to: today + 1,
    };
    question.layers.iter().any(|layer| {
        let here = match question.predicate {
            Predicate::P03 => layer.held(life).iter().any(|spell| spell.contains(today)),
            Predicate::P24 => life
                .in_kinds(question.kinds)
                .iter()
                .any(|spell| spell.contains(today)),
            _ => true,
        };
        here && !uncovered(life, layer, &[day], question.terms, &mut Marks::default()).is_empty()
    })
}
