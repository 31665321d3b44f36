//! P24: contractors, temporary staff and suppliers' people are trained like everyone else.
//!
//! Population: tenures that start in the window in one of the kinds, or in which a day worked in one of them is
//! judged; one tenure counts once, with its onboarding and its days.
//!
//! Not here: training done elsewhere, which is a completion like any other once somebody has accepted it.

use crate::{
    demand::Layer,
    facts::Life,
    measures::{Book, Question, Stretch, ask_stretch},
    tenure::both,
};

/// Adds one person's tenures.
pub(super) fn ask(question: &Question, layer: &Layer, life: &Life, (tally, marks): Book) {
    if !life
        .engagements
        .iter()
        .any(|e| question.kinds & (1 << e.kind) != 0)
    {
        return;
    }
    let outside = life.in_kinds(question.kinds);
    for tenure in &life.tenures {
        let held = both(&outside, std::slice::from_ref(tenure));
        let starts_outside = held.first().is_some_and(|days| days.from == tenure.from);
        let begins = starts_outside && question.terms.window.contains(tenure.from);
        let stretch = Stretch {
            unit: *tenure,
            held: &held,
            begins,
        };
        ask_stretch(question, layer, life, &stretch, (tally, marks));
    }
}
