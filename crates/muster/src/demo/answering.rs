//! How somebody of the fictional company answers a question: what they choose, and after how many seconds.
//!
//! Some know it, some mostly, some hardly, some rush; having read what was wrong, everybody does better. Hard questions
//! are missed more often, and of wrong options one is the tempting one. A few questions are put so that those who know
//! most read too much into them: what an analysis of questions is there to find. The same dice give the same answers.

use curriculum::{Kind, Question};

use super::company::Dice;

/// How well somebody knows what they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    Well,
    Mostly,
    Hardly,
    /// Clicks before anybody could have read.
    Rushed,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub response: Vec<usize>,
    /// From when the question was shown.
    pub seconds: i64,
}

/// One question in so many is put badly.
const BADLY_PUT_ONE_IN: u32 = 14;
/// Words a second of somebody who reads with care.
const WORDS_A_SECOND: i64 = 4;

impl Knowledge {
    pub fn draw(dice: &mut Dice) -> Knowledge {
        match dice.below(100) {
            0..46 => Knowledge::Well,
            46..81 => Knowledge::Mostly,
            81..94 => Knowledge::Hardly,
            _ => Knowledge::Rushed,
        }
    }

    /// In how many of a hundred cases a question of middling difficulty is missed at the first attempt.
    fn misses(self) -> u32 {
        match self {
            Knowledge::Well => 4,
            Knowledge::Mostly => 13,
            Knowledge::Hardly => 32,
            Knowledge::Rushed => 40,
        }
    }
}

/// What somebody answers; `earlier` is how many attempts they have behind them.
pub(super) fn answer(question: &Question, knowledge: Knowledge, earlier: u32, dice: &mut Dice) -> Given {
    let misses = if is_badly_put(question) && earlier == 0 {
        // The more one knows, the likelier one is misled.
        70_u32.saturating_sub(2 * knowledge.misses())
    } else {
        let of_difficulty = knowledge.misses() * u32::from(question.difficulty.clamp(1, 3)) / 2;
        let of_weight = if question.critical { 4 } else { 1 };
        of_difficulty / of_weight / 3_u32.pow(earlier.min(3))
    };
    let miss = dice.chance(misses);
    Given {
        response: response(question, miss.then(|| dice.below(100))),
        seconds: match knowledge {
            Knowledge::Rushed => i64::from(dice.below(3)) + 1,
            _ => words(question) / WORDS_A_SECOND + i64::from(dice.below(20)) + 3,
        },
    }
}

/// The same question always, in whatever order questions are drawn.
fn is_badly_put(question: &Question) -> bool {
    let sum: u32 = question.id.bytes().map(u32::from).sum();
    !question.critical && sum.is_multiple_of(BADLY_PUT_ONE_IN)
}

fn words(question: &Question) -> i64 {
    let texts = question.options.iter().map(|option| option.text.as_str());
    let count: usize = texts
        .chain([question.stem.as_str()])
        .chain(question.code.as_deref())
        .map(|text| text.split_whitespace().count())
        .sum();
    i64::try_from(count).unwrap_or(0)
}

/// The right response, or a wrong one: which, by a number up to 99.
pub(super) fn response(question: &Question, wrong: Option<u32>) -> Vec<usize> {
    let options = |correct: bool| -> Vec<usize> {
        let options = question.options.iter().enumerate();
        options
            .filter(|(_, o)| o.correct == correct)
            .map(|(n, _)| n)
            .collect()
    };
    match (question.kind, wrong) {
        (Kind::Order, None) => (0..question.options.len()).collect(),
        (Kind::Order, Some(_)) => (0..question.options.len()).rev().collect(),
        (Kind::FindTheLine, None) => {
            let right = question.lines.iter().find(|line| line.correct);
            right.map(|line| line.number).into_iter().collect()
        }
        (Kind::FindTheLine, Some(dice)) => {
            let is_right = |number: &usize| question.lines.iter().any(|l| l.correct && l.number == *number);
            let lines: Vec<usize> = (1..=question.line_count()).filter(|n| !is_right(n)).collect();
            tempting(&lines, dice)
        }
        (Kind::Multiple, None) => options(true),
        (Kind::Multiple, Some(dice)) => {
            // One of them is left out, or another is taken for right.
            let (mut chosen, others) = (options(true), options(false));
            if dice < 60 && chosen.len() > 1 {
                chosen.pop();
            } else {
                chosen.extend(tempting(&others, dice));
            }
            chosen
        }
        (Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix, None) => {
            options(true).into_iter().take(1).collect()
        }
        (Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix, Some(dice)) => tempting(&options(false), dice),
    }
}

/// One of the wrong ones, the first most often and never one after the third.
fn tempting(wrong: &[usize], dice: u32) -> Vec<usize> {
    let place = match dice {
        0..50 => 0,
        50..82 => 1,
        _ => 2,
    };
    wrong.get(place).or(wrong.first()).copied().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use curriculum::Course;

    use super::*;

    #[test]
    fn every_question_of_every_shipped_course_can_be_answered_right_and_wrong() {
        for (id, folder) in curriculum::catalogue() {
            let course = Course::parse(&folder).expect("a shipped course parses");
            for question in &course.questions {
                assert!(
                    question.is_right(&response(question, None)),
                    "{id} {}",
                    question.id
                );
                for dice in [0, 65, 99] {
                    let wrong = response(question, Some(dice));
                    assert!(
                        question.check_response(&wrong).is_ok(),
                        "{id} {}: {wrong:?}",
                        question.id
                    );
                    assert!(!question.is_right(&wrong), "{id} {}: {wrong:?}", question.id);
                }
            }
        }
    }

    #[test]
    fn those_who_know_miss_less_and_those_who_rush_are_fast() {
        let folder = curriculum::folder::shipped("B02").expect("it is shipped");
        let course = Course::parse(&folder).expect("a shipped course parses");
        let missed = |knowledge: Knowledge, earlier: u32| {
            let mut dice = Dice::new(7);
            let asked = course.questions.iter().cycle().take(2_000);
            asked
                .filter(|question| {
                    !question.is_right(&answer(question, knowledge, earlier, &mut dice).response)
                })
                .count()
        };
        assert!(missed(Knowledge::Well, 0) < missed(Knowledge::Mostly, 0));
        assert!(missed(Knowledge::Mostly, 0) < missed(Knowledge::Hardly, 0));
        assert!(missed(Knowledge::Hardly, 1) < missed(Knowledge::Hardly, 0) / 2);
        let mut dice = Dice::new(7);
        let mut seconds = |knowledge| answer(&course.questions[0], knowledge, 0, &mut dice).seconds;
        assert!(seconds(Knowledge::Rushed) <= 3 && seconds(Knowledge::Well) > 3);
    }
}
