//! P11 and P12: what was counted as training carries a signature, and rests on an assessment.
//!
//! Population: the completions that the framework's own P01, P02 and P03 counted: those by which somebody's
//! onboarding passed, and those that covered at least one judged day.
//!
//! Not here: whether a signature is genuine (`learning`, and the pack's verifier).

use controls::Predicate;

use crate::{
    facts::{ASSESSED, ATTESTED, Life},
    measure::{Kind, Line, Marks, Tally},
    measures::Question,
};

/// Adds one person's counted completions.
pub(super) fn ask(question: &Question, life: &Life, tally: &mut Tally, marks: &Marks) {
    let wanted = if question.predicate == Predicate::P11 {
        ATTESTED
    } else {
        ASSESSED
    };
    for (done, bits) in life.done.iter().zip(&marks.bits) {
        if bits & question.about == 0 {
            continue;
        }
        tally.population += 1;
        if done.proof & wanted != 0 {
            tally.passing += 1;
        } else {
            tally.failing += 1;
            tally.lines.push(Line {
                person: life.person,
                kind: Kind::Missed,
                from: None,
                to: None,
                due_on: None,
                done_on: Some(done.day),
                courses: vec![done.course],
            });
        }
    }
}
