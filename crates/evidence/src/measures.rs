//! The measures, one file each for what they are asked of: new people, everyone, a role, people from outside,
//! completions, the roster itself.
//!
//! Each takes one person's life and adds to a tally; the roster's own measure takes all the facts.
//!
//! Not here: reading facts, and putting answers into words.

pub mod external;
pub mod onboard;
pub mod population;
pub mod proof;
pub mod refresh;
pub mod role;

use controls::{Parameters, Predicate};
use db::Window;

use crate::{
    demand::{Layer, layer},
    facts::{Facts, Life, kind_number},
    measure::{Marks, Tally, Terms, Uncovered, onboarding, uncovered},
    tenure::{Span, judged},
};

/// One question, ready to be asked of every person.
#[derive(Debug)]
pub struct Question {
    /// Which.
    pub predicate: Predicate,
    /// With what days.
    pub terms: Terms,
    /// About which layers; more than one only for movers.
    pub layers: Vec<Layer>,
    /// About which kinds, a bit for each.
    pub kinds: u8,
    /// The bit by which its counted completions are marked; 0 when nobody asks.
    pub bit: u64,
    /// The bits of the measures whose completions it is about.
    pub about: u64,
}

impl Question {
    /// Puts the facts' rules to a predicate's parameters. Without layers there is nothing to reckon.
    #[must_use]
    pub fn new(predicate: Predicate, parameters: &Parameters, facts: &Facts, window: Window) -> Self {
        let terms = Terms::of(parameters, window);
        let names: Vec<&str> = match (&parameters.layer, predicate) {
            (Some(name), _) => vec![name.as_str()],
            (None, Predicate::P04) => facts
                .layers()
                .into_iter()
                .filter(|name| *name != "baseline")
                .collect(),
            (None, _) => Vec::new(),
        };
        let layers = names
            .into_iter()
            .filter_map(|name| layer(name, &facts.rules_of(name), window, terms.days))
            .collect();
        let kinds = parameters
            .kinds
            .iter()
            .flatten()
            .fold(0, |bits, kind| bits | 1 << kind_number(kind));
        Self {
            predicate,
            terms,
            layers,
            kinds,
            bit: 0,
            about: 0,
        }
    }

    /// Asks it of one person.
    pub fn ask(&self, life: &Life, tally: &mut Tally, marks: &mut Marks) {
        marks.bit = self.bit;
        match self.predicate {
            Predicate::P11 | Predicate::P12 => proof::ask(self, life, tally, marks),
            _ => {
                for layer in &self.layers {
                    match self.predicate {
                        Predicate::P01 => onboard::ask(self, layer, life, (tally, marks)),
                        Predicate::P02 => refresh::ask(self, layer, life, (tally, marks)),
                        Predicate::P03 => role::ask(self, layer, life, (tally, marks)),
                        Predicate::P04 => role::ask_movers(self, layer, life, (tally, marks)),
                        Predicate::P24 => external::ask(self, layer, life, (tally, marks)),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// What a measure writes into.
type Book<'a> = (&'a mut Tally, &'a mut Marks);

/// One stretch of time that is judged as a whole: onboarding, if it begins in the window, and every day after.
struct Stretch<'a> {
    /// From its first day; leaving is leaving this.
    unit: Span,
    /// The days of it that are judged after the deadline.
    held: &'a [Span],
    /// Its beginning is judged.
    begins: bool,
}

/// P01 and P02 over one stretch, counted as one.
fn ask_stretch(question: &Question, layer: &Layer, life: &Life, stretch: &Stretch, (tally, marks): Book) {
    let days = judged_days(question.terms, stretch.unit, stretch.held, life);
    if !stretch.begins && days.is_empty() {
        return;
    }
    let class = stretch.begins.then(|| {
        let courses = layer.courses_on(life, stretch.unit.from);
        onboarding(life, stretch.unit, &courses, question.terms, marks)
    });
    let gaps: Vec<Uncovered> = uncovered(life, layer, &days, question.terms, marks);
    tally.count(life.person, class, gaps);
}

/// The days of `held` that are judged once what starts with `unit` is due.
pub(crate) fn judged_days(terms: Terms, unit: Span, held: &[Span], life: &Life) -> Vec<Span> {
    let due = terms.due(unit.from, &life.away);
    judged(held, due, &life.away, terms.return_grace_days, terms.window)
}
