//! P03 and P04: people in a role are trained for it, those who come to it later included.
//!
//! Population of P03: spells in the role that begin in the window or have a day in it that is judged; one spell
//! counts once, with its onboarding and its days. Population of P04: spells that begin in the window and after
//! the first day of the tenure; only their onboarding is judged.
//!
//! Not here: who is in a role (`demand`).

use crate::{
    demand::Layer,
    facts::Life,
    measure::onboarding,
    measures::{Book, Question, Stretch, ask_stretch},
};

/// Adds one person's spells.
pub(super) fn ask(question: &Question, layer: &Layer, life: &Life, (tally, marks): Book) {
    for spell in layer.held(life) {
        let begins = question.terms.window.contains(spell.from);
        let stretch = Stretch {
            unit: spell,
            held: &[spell],
            begins,
        };
        ask_stretch(question, layer, life, &stretch, (tally, marks));
    }
}

/// Adds one person's spells that began by a move.
pub(super) fn ask_movers(question: &Question, layer: &Layer, life: &Life, (tally, marks): Book) {
    for spell in layer.held(life) {
        let moved = !life.tenures.iter().any(|tenure| tenure.from == spell.from);
        if moved && question.terms.window.contains(spell.from) {
            let courses = layer.courses_on(life, spell.from);
            let class = onboarding(life, spell, &courses, question.terms, marks);
            tally.count(life.person, Some(class), Vec::new());
        }
    }
}
