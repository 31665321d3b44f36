//! What can be said of the questions of one objective together: how hard they are, and whether they measure one thing.
//!
//! The same limits hold as for single questions: nothing of how hard they are while none of them has
//! [`super::FACILITY_MIN`] answers, no alpha under [`super::CORRELATION_MIN`] first attempts, nor where a form asks only
//! one of them.

use curriculum::{Course, question::Pool};
use stats::{Proportion, moments::mean, reliability::Pairs};

use super::{CORRELATION_MIN, Item, Sitting};
use crate::ruling::Decision;

/// The questions of one objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    pub id: String,
    pub text: String,
    /// In the pool, those withdrawn left out.
    pub questions: usize,
    /// So many of them are drawn for a form.
    pub in_form: usize,
    /// The mean of their shares of right answers, and of how many questions that is.
    pub facility: Option<(f64, usize)>,
    pub alpha: Option<f64>,
    /// Questions that need mending.
    pub flagged: usize,
}

/// Every objective of a course, from what was found of its questions.
pub(super) fn of(course: &Course, sittings: &[Sitting], (items, pairs): (&[Item], &Pairs)) -> Vec<Objective> {
    let firsts = sittings.iter().filter(|sitting| sitting.first).count() as u64;
    let one = |objective: &curriculum::Objective| {
        let places: Vec<usize> = course
            .questions
            .iter()
            .enumerate()
            .filter(|(_, question)| question.pool == Pool::Course && question.objective == objective.id)
            .map(|(place, _)| place)
            .collect();
        let own: Vec<&Item> = items
            .iter()
            .filter(|item| item.ruled != Some(Decision::Withdrawn))
            .filter(|item| {
                places
                    .iter()
                    .any(|place| course.questions[*place].id == item.question)
            })
            .collect();
        let shares: Vec<f64> = own
            .iter()
            .filter_map(|item| item.facility.and_then(Proportion::share))
            .collect();
        let in_form = objective.draw as usize;
        let enough = firsts >= CORRELATION_MIN && in_form > 1;
        Objective {
            id: objective.id.clone(),
            text: objective.text.clone(),
            questions: own.len(),
            in_form,
            facility: mean(&shares).map(|mean| (mean, shares.len())),
            alpha: pairs
                .part(&places, in_form)
                .filter(|_| enough)
                .map(|part| part.alpha),
            flagged: own
                .iter()
                .filter(|item| item.flags.iter().any(|flag| flag.is_pressing()))
                .count(),
        }
    };
    course.objectives.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        item_analysis::{Choices, Given, analyse},
        ruling::Rulings,
        tests as sample,
    };

    /// So many first attempts at every question; the later a person, the more they know.
    fn sittings(count: usize) -> Vec<Sitting> {
        let course = sample::course();
        let of = |person: usize| {
            let given = (0..course.questions.len()).map(|question| Given {
                question: question as u16,
                right: (question * 7) % 10 < person * 10 / count,
                remarked: false,
                chosen: Choices::default(),
                seconds: None,
            });
            Sitting {
                first: true,
                passed: true,
                given: given.collect(),
                left_out: 0,
            }
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn objectives_keep_the_limits_of_their_questions() {
        let course = sample::course();
        let objectives = |count: usize| analyse(&course, &sittings(count), &Rulings::default()).objectives;
        assert!(
            objectives(9)
                .iter()
                .all(|one| one.facility.is_none() && one.alpha.is_none())
        );
        assert!(
            objectives(49)
                .iter()
                .all(|one| one.facility.is_some() && one.alpha.is_none())
        );
        let many = objectives(50);
        assert_eq!(many.len(), course.objectives.len());
        for (one, objective) in many.iter().zip(&course.objectives) {
            assert_eq!(one.alpha.is_some(), objective.draw > 1, "{one:?}");
            assert_eq!(one.facility.map(|(_, of)| of), Some(one.questions));
        }
    }
}
