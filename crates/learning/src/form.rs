//! A form: the questions one attempt asks, drawn from the pool of an edition.
//!
//! Every objective is asked as often as the course says; on another attempt a failed objective is asked
//! once more where the pool allows, and first. Difficulties are mixed, and what was asked last time comes
//! again only when the pool has nothing else. The same seed draws the same form.
//! Not here: keeping it ([`crate::attempt`]), judging what was answered ([`crate::marking`]).

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Course, Kind, Pool, Question};
use db::{Fault, Result};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// What one attempt asks, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub questions: Vec<Asked>,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The question's id within the course.
    pub question: String,
    /// Option numbers as written in the course, in the order shown; empty where there are no options.
    pub options: Vec<usize>,
}

/// What happened before that the next form depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Ids of the questions asked last time.
    pub shown: BTreeSet<String>,
    /// Ids of the objectives with a wrong answer last time.
    pub failed: BTreeSet<String>,
    /// Ids of the questions that nobody is asked any more.
    pub withdrawn: BTreeSet<String>,
}

impl Form {
    /// The text that is stored, and whose hash a signature is bound to.
    ///
    /// # Errors
    /// Never in practice: strings and numbers always have a JSON form.
    pub fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string(self).map_err(|e| Fault::of("writing a form", e))?)
    }

    /// # Errors
    /// A fault when the text is not a form.
    pub fn from_text(text: &str) -> Result<Form> {
        Ok(serde_json::from_str(text).map_err(|e| Fault::of("reading a form", e))?)
    }

    /// The ids of its questions.
    pub fn ids(&self) -> BTreeSet<String> {
        self.questions
            .iter()
            .map(|asked| asked.question.clone())
            .collect()
    }

    /// The question at a place, counted from 1.
    pub fn at(&self, place: usize) -> Option<&Asked> {
        self.questions.get(place.checked_sub(1)?)
    }
}

/// Draws a form from a pool.
pub fn draw(course: &Course, pool: Pool, past: &Past, seed: [u8; 32]) -> Form {
    let mut dice = ChaCha20Rng::from_seed(seed);
    let pools: Pools = course
        .objectives
        .iter()
        .map(|objective| (objective.id.as_str(), left(course, pool, &objective.id, past)))
        .collect();
    let counts = counts(course, &pools, past);
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for objective in &course.objectives {
        let count = counts.get(objective.id.as_str()).copied().unwrap_or(0);
        let pool = pools.get(objective.id.as_str()).cloned().unwrap_or_default();
        let drawn = from_pool(pool, count, past, &mut dice);
        let part = if past.failed.contains(&objective.id) {
            &mut first
        } else {
            &mut then
        };
        part.extend(drawn);
    }
    shuffle(&mut first, &mut dice);
    shuffle(&mut then, &mut dice);
    let questions = first
        .into_iter()
        .chain(then)
        .map(|question| ask(question, &mut dice))
        .collect();
    Form { questions }
}

/// A form of just these questions, with their options shuffled.
pub fn of(questions: &[&Question], seed: [u8; 32]) -> Form {
    let mut dice = ChaCha20Rng::from_seed(seed);
    let asked = questions.iter().map(|question| ask(question, &mut dice));
    Form {
        questions: asked.collect(),
    }
}

/// The questions in an order that the seed decides.
pub(crate) fn shuffled(mut questions: Vec<&Question>, seed: [u8; 32]) -> Vec<&Question> {
    shuffle(&mut questions, &mut ChaCha20Rng::from_seed(seed));
    questions
}

/// The questions of each objective that may be asked.
type Pools<'a> = BTreeMap<&'a str, Vec<&'a Question>>;

fn left<'a>(course: &'a Course, pool: Pool, objective: &'a str, past: &Past) -> Vec<&'a Question> {
    course
        .pool_of(pool, objective)
        .filter(|question| !past.withdrawn.contains(&question.id))
        .collect()
}

/// How many questions each objective gets. A failed one gets one more, taken from the objective that was
/// passed and has the most; none goes below one, and the sum stays what the course says.
fn counts<'a>(course: &'a Course, pools: &Pools<'_>, past: &Past) -> BTreeMap<&'a str, usize> {
    let size = |objective: &str| pools.get(objective).map_or(0, Vec::len);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for objective in &course.objectives {
        counts.insert(&objective.id, (objective.draw as usize).min(size(&objective.id)));
    }
    for failed in course
        .objectives
        .iter()
        .filter(|objective| past.failed.contains(&objective.id))
    {
        let has = counts.get(failed.id.as_str()).copied().unwrap_or(0);
        if has >= size(&failed.id) {
            continue;
        }
        let giver = course
            .objectives
            .iter()
            .filter(|objective| !past.failed.contains(&objective.id));
        let giver = giver
            .map(|objective| objective.id.as_str())
            .max_by_key(|id| counts.get(id).copied());
        let Some(giver) = giver.filter(|id| counts.get(id).is_some_and(|count| *count > 1)) else {
            continue;
        };
        counts.entry(giver).and_modify(|count| *count -= 1);
        counts.entry(&failed.id).and_modify(|count| *count += 1);
    }
    counts
}

/// So many of the pool: those not asked last time before the others, one of each difficulty in turn.
fn from_pool<'a>(
    pool: Vec<&'a Question>,
    count: usize,
    past: &Past,
    dice: &mut ChaCha20Rng,
) -> Vec<&'a Question> {
    let (shown, fresh): (Vec<_>, Vec<_>) = pool
        .into_iter()
        .partition(|question| past.shown.contains(&question.id));
    let mut drawn = in_turn(fresh, dice);
    drawn.extend(in_turn(shown, dice));
    drawn.truncate(count);
    drawn
}

/// The questions shuffled, one of each difficulty in turn as long as there are some.
fn in_turn<'a>(mut questions: Vec<&'a Question>, dice: &mut ChaCha20Rng) -> Vec<&'a Question> {
    shuffle(&mut questions, dice);
    let mut stacks: BTreeMap<u8, Vec<&Question>> = BTreeMap::new();
    for question in questions {
        stacks.entry(question.difficulty).or_default().push(question);
    }
    let mut stacks: Vec<Vec<&Question>> = stacks.into_values().collect();
    shuffle(&mut stacks, dice);
    let mut turned = Vec::new();
    while stacks.iter().any(|stack| !stack.is_empty()) {
        turned.extend(stacks.iter_mut().filter_map(Vec::pop));
    }
    turned
}

fn ask(question: &Question, dice: &mut ChaCha20Rng) -> Asked {
    let mut options: Vec<usize> = (0..question.options.len()).collect();
    let is_order = question.kind == Kind::Order;
    // "True" and "False" in another order than everybody's would only confuse.
    let as_written = !is_order && (question.fixed_order || question.kind == Kind::TrueFalse);
    if !as_written {
        shuffle(&mut options, dice);
    }
    if is_order && options.is_sorted() && !options.is_empty() {
        options.rotate_left(1); // what is shown first must not be the answer
    }
    Asked {
        question: question.id.clone(),
        options,
    }
}

/// Fisher and Yates.
fn shuffle<T>(things: &mut [T], dice: &mut ChaCha20Rng) {
    for last in (1..things.len()).rev() {
        things.swap(last, below(last + 1, dice));
    }
}

/// A number from 0 up to, but not with, `end`. The bias of the multiplication is under 2^-50 here.
fn below(end: usize, dice: &mut ChaCha20Rng) -> usize {
    let scaled = (u128::from(dice.next_u64()) * end as u128) >> 64;
    usize::try_from(scaled).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tests as sample;

    fn ids(form: &Form) -> BTreeSet<String> {
        form.questions
            .iter()
            .map(|asked| asked.question.clone())
            .collect()
    }

    fn of_objective(course: &Course, form: &Form, objective: &str) -> usize {
        let belongs = |asked: &&Asked| {
            course
                .question(&asked.question)
                .is_some_and(|q| q.objective == objective)
        };
        form.questions.iter().filter(belongs).count()
    }

    #[test]
    fn a_form_survives_being_stored() {
        let form = draw(&sample::course(), Pool::Course, &Past::default(), [7; 32]);
        assert_eq!(
            Form::from_text(&form.to_text().expect("written")).expect("read"),
            form
        );
        assert!(Form::from_text("[]").is_err());
        assert_eq!(form.at(0), None);
        assert_eq!(form.at(1), form.questions.first());
        assert_eq!(form.at(form.questions.len() + 1), None);
    }

    #[test]
    fn difficulties_are_mixed() {
        let course = sample::course();
        for seed in 0..50 {
            let form = draw(&course, Pool::Course, &Past::default(), [seed; 32]);
            let hardness: BTreeSet<u8> = form
                .questions
                .iter()
                .filter_map(|asked| course.question(&asked.question))
                .filter(|question| question.objective == "judge")
                .map(|question| question.difficulty)
                .collect();
            assert_eq!(
                hardness.len(),
                3,
                "three questions of a pool with three difficulties"
            );
        }
    }

    proptest! {
        #[test]
        fn a_first_form_respects_the_strata_and_repeats_nothing(seed in any::<[u8; 32]>()) {
            let course = sample::course();
            let form = draw(&course, Pool::Course, &Past::default(), seed);
            prop_assert_eq!(form.questions.len(), course.form.questions as usize);
            prop_assert_eq!(ids(&form).len(), form.questions.len());
            for objective in &course.objectives {
                prop_assert_eq!(of_objective(&course, &form, &objective.id), objective.draw as usize);
            }
            prop_assert_eq!(draw(&course, Pool::Course, &Past::default(), seed), form);
        }

        #[test]
        fn options_are_all_there_once_and_an_order_is_never_given_away(seed in any::<[u8; 32]>()) {
            let course = sample::course();
            for asked in draw(&course, Pool::Course, &Past::default(), seed).questions {
                let question = course.question(&asked.question).expect("drawn from the pool");
                let mut sorted = asked.options.clone();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..question.options.len()).collect::<Vec<_>>());
                if question.kind == Kind::Order {
                    prop_assert!(!question.is_right(&asked.options));
                }
                if question.kind == Kind::TrueFalse || (question.fixed_order && question.kind != Kind::Order) {
                    prop_assert!(asked.options.is_sorted());
                }
            }
        }

        #[test]
        fn another_form_asks_nothing_again_and_more_of_what_failed_first(seed in any::<[u8; 32]>(), again in any::<[u8; 32]>()) {
            let course = sample::course();
            let first = draw(&course, Pool::Course, &Past::default(), seed);
            let past = Past { shown: ids(&first), failed: BTreeSet::from(["report".to_owned()]), ..Past::default() };
            let next = draw(&course, Pool::Course, &past, again);
            prop_assert_eq!(next.questions.len(), first.questions.len());
            prop_assert!(ids(&next).is_disjoint(&past.shown), "the pool is three times the form");
            prop_assert_eq!(of_objective(&course, &next, "report"), 3);
            prop_assert_eq!(of_objective(&course, &next, "judge"), 2);
            let head = Form { questions: next.questions[..3].to_vec() };
            prop_assert_eq!(of_objective(&course, &head, "report"), 3);
        }

        #[test]
        fn when_everything_failed_the_strata_stay(seed in any::<[u8; 32]>()) {
            let course = sample::course();
            let failed = course.objectives.iter().map(|objective| objective.id.clone()).collect();
            let form = draw(&course, Pool::Course, &Past { failed, ..Past::default() }, seed);
            for objective in &course.objectives {
                prop_assert_eq!(of_objective(&course, &form, &objective.id), objective.draw as usize);
            }
        }
    }

    #[test]
    fn what_was_withdrawn_is_drawn_for_nobody() {
        let course = sample::course();
        let withdrawn: BTreeSet<String> = course
            .pool("judge")
            .take(8)
            .map(|question| question.id.clone())
            .collect();
        let past = Past {
            withdrawn: withdrawn.clone(),
            ..Past::default()
        };
        for seed in 0..20 {
            let drawn = ids(&draw(&course, Pool::Course, &past, [seed; 32]));
            assert!(drawn.is_disjoint(&withdrawn));
            assert_eq!(drawn.len(), 3, "one is left of judge, and two of report");
        }
    }
}
