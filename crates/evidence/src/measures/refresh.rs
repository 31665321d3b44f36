//! P02: everyone's training is in date on every day that is judged.
//!
//! Population: people with at least one such day; each is counted once, whatever number of tenures they have.
//!
//! Not here: the days up to the deadline (P01).

use crate::{
    demand::Layer,
    facts::Life,
    measure::uncovered,
    measures::{Book, Question, judged_days},
};

/// Adds one person.
pub(super) fn ask(question: &Question, layer: &Layer, life: &Life, (tally, marks): Book) {
    let mut days = Vec::new();
    for tenure in &life.tenures {
        days.extend(judged_days(
            question.terms,
            *tenure,
            std::slice::from_ref(tenure),
            life,
        ));
    }
    if !days.is_empty() {
        let gaps = uncovered(life, layer, &days, question.terms, marks);
        tally.count(life.person, None, gaps);
    }
}
