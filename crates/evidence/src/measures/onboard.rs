//! P01: everyone who starts in the window is trained by the day it is due.
//!
//! Population: every tenure that starts in the window, so somebody who left and came back may be in it twice.
//!
//! Not here: the days after the deadline (P02).

use crate::{
    demand::Layer,
    facts::Life,
    measure::onboarding,
    measures::{Book, Question},
};

/// Adds one person's new tenures.
pub(super) fn ask(question: &Question, layer: &Layer, life: &Life, (tally, marks): Book) {
    for tenure in &life.tenures {
        if question.terms.window.contains(tenure.from) {
            let courses = layer.courses_on(life, tenure.from);
            let class = onboarding(life, *tenure, &courses, question.terms, marks);
            tally.count(life.person, Some(class), Vec::new());
        }
    }
}
