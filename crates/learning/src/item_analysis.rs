//! Which questions of an edition do their work: how hard they are, whom they tell apart, and what to mend first.
//!
//! Judged are first attempts at the edition, by the answer that counted; later attempts are shown apart, since people
//! have seen an explanation by then. An edition's languages are judged together: its key is one. Nothing is said of
//! fewer than [`FACILITY_MIN`] people, options not under [`OPTIONS_MIN`], correlations not under [`CORRELATION_MIN`]: what
//! is left out is `None`, never zero. No answer can be told to be anybody's.
//!
//! A question that was ruled on since is judged as regrading has it: withdrawn, its answers are left out; with a corrected
//! key, by that.
//!
//! Read [`flag`] for what counts as a fault. Not here: the formulas (`stats`), where the rows come from ([`rows`]), how it
//! is shown (`pages/item_analysis.rs`).

pub mod flag;
pub mod objective;
pub mod rows;
pub mod written;

use curriculum::{Course, Kind, Question, edition::EditionKind, question::Pool};
use db::{Id, Reader, Result, Window};
use stats::{
    Proportion,
    distractor::{self, Chosen},
    effort::threshold_seconds,
    item::{Tails, efficiency, guess_corrected, item_rest},
    moments::{mean, median},
    reliability::{FormReliability, Pairs},
};

pub use flag::Flag;
pub use objective::Objective;

use crate::{
    language,
    ruling::{self, Decision, Rulings},
};

/// Fewer people than this say nothing of how hard a question is.
pub const FACILITY_MIN: u64 = 10;
/// Fewer than this say nothing of single options.
pub const OPTIONS_MIN: u64 = 30;
/// Fewer than this say nothing of whom a question tells apart.
pub const CORRELATION_MIN: u64 = 50;

/// One answer in an attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// Place of the question in [`Course::questions`].
    pub question: u16,
    pub right: bool,
    /// Right only since its key was corrected.
    pub remarked: bool,
    pub chosen: Choices,
    /// From when the one before was given to when this one first was; `None` where that is not known.
    pub seconds: Option<f32>,
}

/// What was chosen, without anybody's name: option numbers as bits, or one line number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choices(u32);

/// One attempt that was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Sitting {
    /// The person's first at this edition.
    pub first: bool,
    pub passed: bool,
    /// Without the answers to questions that were withdrawn since.
    pub given: Vec<Given>,
    /// How many of those there were.
    pub left_out: u64,
}

/// What can be said of an edition's questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// First attempts.
    pub people: u64,
    /// Later attempts.
    pub retries: u64,
    /// Of first attempts; `None` below [`FACILITY_MIN`].
    pub passed: Option<Proportion>,
    /// The middle share of right answers in first attempts.
    pub score: Option<f64>,
    /// Questions in a form.
    pub form: usize,
    pub reliability: Option<FormReliability>,
    /// Answers of first attempts that were given with time to read.
    pub effort: Option<Proportion>,
    /// Answers left out, because their question was withdrawn since.
    pub left_out: u64,
    /// Answers that are right only since a key was corrected; `None` below [`FACILITY_MIN`] people.
    pub remarked: Option<u64>,
    /// Answers to questions that were shown in another language than the edition's own.
    pub elsewhere: i64,
    /// What to mend first, first.
    pub items: Vec<Item>,
    /// In the order of the course.
    pub objectives: Vec<Objective>,
}

/// What can be said of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub question: String,
    /// First attempts that asked it.
    pub asked: u64,
    /// How many of those had it right.
    pub facility: Option<Proportion>,
    pub guess_corrected: Option<f64>,
    /// The same of later attempts.
    pub later: Option<Proportion>,
    /// Correlation with the rest of the form.
    pub item_rest: Option<f64>,
    /// How much more of the best 27 in a hundred have it right than of the last 27.
    pub discrimination: Option<f64>,
    pub efficiency: Option<f64>,
    /// One for each that can be chosen: option numbers from 0, or lines from 1.
    pub options: Vec<(usize, Chosen)>,
    pub middle_seconds: Option<f64>,
    /// Answers given faster than anybody reads it.
    pub hasty: Option<Proportion>,
    /// Withdrawn or corrected since it was published.
    pub ruled: Option<Decision>,
    pub flags: Vec<Flag>,
}

/// Everything known of one question, in the order of the sittings.
#[derive(Debug, Default)]
struct Answers {
    marks: Vec<f64>,
    rest: Vec<f64>,
    chosen: Vec<Choices>,
    seconds: Vec<f64>,
    later: (u64, u64),
}

impl Choices {
    /// Of a response as it was marked.
    #[must_use]
    pub fn of(kind: Kind, response: &[usize]) -> Choices {
        match kind {
            Kind::Order => Choices(0),
            Kind::FindTheLine => Choices(
                response
                    .first()
                    .and_then(|line| u32::try_from(*line).ok())
                    .unwrap_or(0),
            ),
            _ => Choices(
                response
                    .iter()
                    .filter(|n| **n < 32)
                    .fold(0, |bits, n| bits | 1 << n),
            ),
        }
    }

    fn list(self, kind: Kind) -> Vec<usize> {
        match kind {
            Kind::Order => Vec::new(),
            Kind::FindTheLine => vec![self.0 as usize],
            _ => (0..32).filter(|n| self.0 >> n & 1 == 1).collect(),
        }
    }
}

/// Reads the attempts at an edition and judges its questions by them, by what was ruled on them until now.
///
/// # Errors
/// A fault of the engine.
pub fn of_edition(
    reader: &mut Reader,
    edition: &Id<EditionKind>,
    course: &Course,
    window: Option<Window>,
) -> Result<Analysis> {
    let rulings = ruling::in_force(reader, edition)?;
    let asked = rows::Asked {
        edition,
        course,
        rulings: &rulings,
    };
    let sittings = rows::load(reader, asked, window)?;
    let given = language::given(reader, edition, window)?;
    Ok(Analysis {
        elsewhere: language::elsewhere(course, &given),
        ..analyse(course, &sittings, &rulings)
    })
}

/// Judges the questions of a course by the attempts at it. A sitting knows no language: [`of_edition`] does.
#[must_use]
pub fn analyse(course: &Course, sittings: &[Sitting], rulings: &Rulings) -> Analysis {
    let mut answers: Vec<Answers> = course.questions.iter().map(|_| Answers::default()).collect();
    let mut pairs = Pairs::new(course.questions.len());
    let mut scores = Vec::new();
    for sitting in sittings {
        if sitting.first {
            scores.extend(first(sitting, &mut answers, &mut pairs));
        } else {
            for given in &sitting.given {
                if let Some(answers) = answers.get_mut(usize::from(given.question)) {
                    answers.later.0 += u64::from(given.right);
                    answers.later.1 += 1;
                }
            }
        }
    }
    let people = sittings.iter().filter(|sitting| sitting.first).count() as u64;
    let passed = sittings
        .iter()
        .filter(|sitting| sitting.first && sitting.passed)
        .count() as u64;
    let form = course.form.questions as usize;
    let of_course = course
        .questions
        .iter()
        .zip(&answers)
        .filter(|(question, _)| question.pool == Pool::Course);
    let mut items: Vec<Item> = of_course
        .map(|(question, answers)| item(question, answers, rulings))
        .collect();
    let objectives = objective::of(course, sittings, (&items, &pairs));
    // What is worst first; the harder of two alike first; then as written.
    items.sort_by(|a, b| {
        flag::order(a)
            .cmp(&flag::order(b))
            .then(share(a).total_cmp(&share(b)))
    });
    Analysis {
        people,
        retries: sittings.len() as u64 - people,
        passed: enough(people, FACILITY_MIN).and_then(|()| Proportion::new(passed, people)),
        score: enough(people, FACILITY_MIN).and_then(|()| mean(&scores)),
        form,
        reliability: enough(people, CORRELATION_MIN).and_then(|()| pairs.form(form)),
        effort: effort(&items),
        left_out: sittings.iter().map(|sitting| sitting.left_out).sum(),
        remarked: enough(people, FACILITY_MIN).map(|()| remarked(sittings)),
        elsewhere: 0,
        items,
        objectives,
    }
}

fn remarked(sittings: &[Sitting]) -> u64 {
    let given = sittings.iter().flat_map(|sitting| &sitting.given);
    given.filter(|given| given.remarked).count() as u64
}

/// Takes in a first attempt and gives its share of right answers.
fn first(sitting: &Sitting, answers: &mut [Answers], pairs: &mut Pairs) -> Option<f64> {
    let marks: Vec<(usize, f64)> = sitting
        .given
        .iter()
        .map(|g| (usize::from(g.question), mark(g.right)))
        .collect();
    let sum: f64 = marks.iter().map(|(_, mark)| mark).sum();
    let others = marks.len().saturating_sub(1);
    for (given, (question, mark)) in sitting.given.iter().zip(&marks) {
        let Some(answers) = answers.get_mut(*question) else {
            continue;
        };
        answers.marks.push(*mark);
        answers.rest.push(if others == 0 {
            0.0
        } else {
            (sum - mark) / others as f64
        });
        answers.chosen.push(given.chosen);
        answers.seconds.extend(given.seconds.map(f64::from));
    }
    pairs.add(&marks);
    (!marks.is_empty()).then(|| sum / marks.len() as f64)
}

fn item(question: &Question, answers: &Answers, rulings: &Rulings) -> Item {
    let asked = answers.marks.len() as u64;
    let right = answers.marks.iter().filter(|mark| **mark > 0.5).count() as u64;
    let facility = enough(asked, FACILITY_MIN).and_then(|()| Proportion::new(right, asked));
    let correlated = enough(asked, CORRELATION_MIN);
    let share = facility.and_then(Proportion::share);
    let guesses = if question.kind.is_one_of_several() {
        question.options.len()
    } else {
        0
    };
    let mut item = Item {
        question: question.id.clone(),
        asked,
        facility,
        guess_corrected: share.and_then(|share| guess_corrected(share, guesses)),
        later: enough(answers.later.1, FACILITY_MIN)
            .and_then(|()| Proportion::new(answers.later.0, answers.later.1)),
        item_rest: correlated.and_then(|()| item_rest(&answers.marks, &answers.rest)),
        discrimination: correlated
            .and_then(|()| Some(Tails::of(&answers.rest)?.discrimination(&answers.marks))),
        efficiency: correlated.and_then(|()| efficiency(&answers.marks, &answers.rest)),
        options: enough(asked, OPTIONS_MIN)
            .map(|()| options(question, answers))
            .unwrap_or_default(),
        middle_seconds: enough(answers.seconds.len() as u64, FACILITY_MIN)
            .and_then(|()| median(&answers.seconds)),
        hasty: hasty(question, answers),
        ruled: if rulings.is_withdrawn(&question.id) {
            Some(Decision::Withdrawn)
        } else {
            rulings.is_corrected(&question.id).then_some(Decision::Corrected)
        },
        flags: Vec::new(),
    };
    item.flags = flag::flags(question, &item);
    item
}

/// The table of what can be chosen; an order has none.
fn options(question: &Question, answers: &Answers) -> Vec<(usize, Chosen)> {
    let count = match question.kind {
        Kind::Order => 0,
        Kind::FindTheLine => question.line_count() + 1,
        _ => question.options.len(),
    };
    let people: Vec<Vec<usize>> = answers
        .chosen
        .iter()
        .map(|chosen| chosen.list(question.kind))
        .collect();
    let table = distractor::table(count, &people, &answers.rest)
        .into_iter()
        .enumerate();
    // Lines count from 1; nobody chose line 0.
    table
        .skip(usize::from(question.kind == Kind::FindTheLine))
        .collect()
}

fn hasty(question: &Question, answers: &Answers) -> Option<Proportion> {
    let count = answers.seconds.len() as u64;
    enough(count, FACILITY_MIN)?;
    let threshold = threshold_seconds(mean(&answers.seconds)?, words(question));
    let hasty = answers
        .seconds
        .iter()
        .filter(|seconds| **seconds < threshold)
        .count();
    Proportion::new(hasty as u64, count)
}

/// Words somebody has to take in before they can answer.
fn words(question: &Question) -> usize {
    let options = question.options.iter().map(|option| option.text.as_str());
    options
        .chain([question.stem.as_str()])
        .chain(question.code.as_deref())
        .map(|text| text.split_whitespace().count())
        .sum()
}

fn effort(items: &[Item]) -> Option<Proportion> {
    let (hasty, of) = items
        .iter()
        .filter_map(|item| item.hasty)
        .fold((0, 0), |(n, of), p| (n + p.n, of + p.of));
    enough(of, FACILITY_MIN)?;
    Proportion::new(of - hasty, of)
}

fn enough(count: u64, least: u64) -> Option<()> {
    (count >= least).then_some(())
}

fn mark(right: bool) -> f64 {
    if right { 1.0 } else { 0.0 }
}

fn share(item: &Item) -> f64 {
    item.facility.and_then(Proportion::share).unwrap_or(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests as sample;

    /// `count` first attempts at every question of the sample course; `right` says who has which right.
    fn sittings(count: usize, right: impl Fn(usize, usize) -> bool) -> Vec<Sitting> {
        let course = sample::course();
        let given = |person: usize| {
            let one = |(j, _): (usize, &Question)| Given {
                question: j as u16,
                right: right(person, j),
                remarked: false,
                chosen: Choices::default(),
                seconds: Some(20.0),
            };
            course.questions.iter().enumerate().map(one).collect()
        };
        (0..count)
            .map(|person| Sitting {
                first: true,
                passed: true,
                given: given(person),
                left_out: 0,
            })
            .collect()
    }

    fn analysed(course: &Course, sittings: &[Sitting]) -> Analysis {
        analyse(course, sittings, &Rulings::default())
    }

    /// The better a person, the more questions they have right: person `p` of 100 knows `p / 100` of them.
    fn by_knowledge(person: usize, j: usize) -> bool {
        (j * 7) % 10 < person / 10
    }

    #[test]
    fn nothing_is_said_of_too_few() {
        let course = sample::course();
        let few = analysed(&course, &sittings(9, by_knowledge));
        assert!(
            few.passed.is_none()
                && few
                    .items
                    .iter()
                    .all(|item| item.facility.is_none() && item.flags.is_empty() && item.asked == 9)
        );
        let ten = analysed(&course, &sittings(10, by_knowledge));
        assert!(
            ten.items
                .iter()
                .all(|item| item.facility.is_some() && item.options.is_empty() && item.item_rest.is_none())
        );
        assert!(ten.reliability.is_none() && ten.passed.is_some());
        let some = analysed(&course, &sittings(30, by_knowledge));
        assert!(
            some.items.iter().any(|item| !item.options.is_empty())
                && some.items.iter().all(|item| item.discrimination.is_none())
        );
        let many = analysed(&course, &sittings(50, |p, j| by_knowledge(p * 2, j)));
        assert!(many.reliability.is_some() && many.items.iter().any(|item| item.item_rest.is_some()));
    }

    #[test]
    fn later_attempts_are_counted_apart() {
        let course = sample::course();
        let mut all = sittings(20, |_, _| false);
        all.extend(sittings(15, |_, _| true).into_iter().map(|sitting| Sitting {
            first: false,
            ..sitting
        }));
        let found = analysed(&course, &all);
        assert_eq!((found.people, found.retries), (20, 15));
        let item = &found.items[0];
        assert_eq!(item.facility.map(|p| (p.n, p.of)), Some((0, 20)));
        assert_eq!(item.later.map(|p| (p.n, p.of)), Some((15, 15)));
    }

    #[test]
    fn a_question_that_those_who_know_get_wrong_comes_first() {
        let course = sample::course();
        let turned = 3;
        let found = analysed(
            &course,
            &sittings(100, |p, j| by_knowledge(p, j) != (j == turned)),
        );
        let worst = &found.items[0];
        assert_eq!(worst.question, course.questions[turned].id);
        assert!(worst.item_rest.is_some_and(|r| r < -0.3), "{worst:?}");
        assert!(worst.discrimination.is_some_and(|d| d < 0.0));
    }

    #[test]
    fn a_question_not_of_the_course_is_passed_over() {
        let course = sample::course();
        let stray = Given {
            question: 999,
            right: true,
            remarked: false,
            chosen: Choices::default(),
            seconds: None,
        };
        let found = analysed(
            &course,
            &[Sitting {
                first: true,
                passed: true,
                given: vec![stray],
                left_out: 0,
            }],
        );
        assert!(found.items.iter().all(|item| item.asked == 0));
    }

    #[test]
    fn choices_come_back_as_they_were_made() {
        assert_eq!(Choices::of(Kind::Multiple, &[0, 3]).list(Kind::Multiple), [0, 3]);
        assert_eq!(
            Choices::of(Kind::FindTheLine, &[12]).list(Kind::FindTheLine),
            [12]
        );
        assert_eq!(
            Choices::of(Kind::Single, &[]).list(Kind::Single),
            Vec::<usize>::new()
        );
        assert_eq!(
            Choices::of(Kind::Single, &[40]).list(Kind::Single),
            Vec::<usize>::new()
        );
        assert!(Choices::of(Kind::Order, &[2, 1]).list(Kind::Order).is_empty());
    }

    #[test]
    fn hasty_answers_are_those_no_reader_could_give() {
        let course = sample::course();
        let mut all = sittings(20, by_knowledge);
        for sitting in all.iter_mut().take(5) {
            for given in &mut sitting.given {
                given.seconds = Some(0.5);
            }
        }
        let found = analysed(&course, &all);
        assert!(
            found
                .items
                .iter()
                .all(|item| item.hasty.map(|p| (p.n, p.of)) == Some((5, 20)))
        );
        let questions = course.questions.len() as u64;
        assert_eq!(
            found.effort.map(|p| (p.n, p.of)),
            Some((15 * questions, 20 * questions))
        );
    }
}
