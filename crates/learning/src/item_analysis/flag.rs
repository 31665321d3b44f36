//! What is the matter with a question, in words for whoever wrote it, and what to mend first.
//!
//! The limits are those of test practice: a share of right answers over 97 or under 30 in a hundred, a correlation with
//! the rest under 0.1, an option that fewer than 5 in a hundred choose. What a wrong option or a question does against the rest
//! is flagged only where it is more than chance.

use curriculum::{Kind, Question};
use stats::Proportion;

use super::Item;

/// Nearly everybody has it right.
const EASY: f64 = 0.97;
/// Hardly anybody has it right.
const HARD: f64 = 0.30;
/// A lower correlation with the rest tells nobody apart.
const WEAK: f64 = 0.10;
/// A correlation further from 0 than this over the root of the number of people is hardly chance: one side of 5 in a hundred.
const CHANCE: f64 = 1.645;
/// So large a part of hasty answers says that the question is not read.
const HASTY: f64 = 0.10;

/// A fault, the worst kind first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// A wrong option that those who do best choose: is the key right?
    KeyDoubtful {
        option: usize,
    },
    /// Those who do well elsewhere get it wrong.
    AgainstRest,
    TooHard,
    /// It does not tell those who know from those who do not.
    Weak,
    /// Answered before it can have been read.
    NotRead,
    /// A wrong option that hardly anybody chooses.
    IdleOption {
        option: usize,
    },
    TooEasy,
}

impl Flag {
    /// For programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeyDoubtful { .. } => "key-doubtful",
            Self::AgainstRest => "against-rest",
            Self::TooHard => "too-hard",
            Self::Weak => "weak",
            Self::NotRead => "not-read",
            Self::IdleOption { .. } => "idle-option",
            Self::TooEasy => "too-easy",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyDoubtful { .. } => "Is the key right?",
            Self::AgainstRest => "Misleads those who know",
            Self::TooHard => "Too hard",
            Self::Weak => "Tells little",
            Self::NotRead => "Not read",
            Self::IdleOption { .. } => "An option nobody chooses",
            Self::TooEasy => "Too easy",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::KeyDoubtful { option } => format!(
                "Those who do best choose option {} more often than those who do worst. Check the key, and whether two answers can be right.",
                option + 1
            ),
            Self::AgainstRest => {
                "People who do well elsewhere get this one wrong. Read it as they would: a trick, a double negative, or a wrong key.".to_owned()
            }
            Self::TooHard => {
                "Fewer than 30 in a hundred have it right. Is it taught in a lesson? If so, say it more plainly there.".to_owned()
            }
            Self::Weak => {
                "Having it right says next to nothing about knowing the rest. Make the wrong options those that people really believe.".to_owned()
            }
            Self::NotRead => {
                "More than a tenth of the answers came faster than anybody reads it. Shorten it, or ask it another way.".to_owned()
            }
            Self::IdleOption { option } => format!(
                "Fewer than 5 in a hundred choose option {}. Replace it with a mistake people make, or leave it out.",
                option + 1
            ),
            Self::TooEasy => "Nearly everybody has it right, so it measures nothing. Keep it if it must be known by all: mark it critical.".to_owned(),
        }
    }

    /// Needs mending now, rather than when there is time.
    #[must_use]
    pub fn is_pressing(self) -> bool {
        self <= Self::TooHard
    }
}

/// What is the matter with a question, the worst first. What was left out for lack of answers raises no flag.
pub(super) fn flags(question: &Question, item: &Item) -> Vec<Flag> {
    let mut found = Vec::new();
    let share = item.facility.and_then(Proportion::share);
    let easy = share.is_some_and(|share| share > EASY);
    let one_of_several = matches!(question.kind, Kind::Single | Kind::Multiple | Kind::ChooseTheFix);
    for (option, chosen) in item.options.iter().filter(|_| question.kind != Kind::FindTheLine) {
        if question.options.get(*option).is_none_or(|choice| choice.correct) {
            continue;
        }
        let drawn = chosen.with_rest.is_some_and(|r| r > beyond_chance(item.asked));
        if drawn && chosen.draws_those_who_know() {
            found.push(Flag::KeyDoubtful { option: *option });
        } else if one_of_several && !easy && chosen.is_idle() {
            found.push(Flag::IdleOption { option: *option });
        }
    }
    match item.item_rest {
        Some(r) if r < -beyond_chance(item.asked) => found.push(Flag::AgainstRest),
        Some(r) if r < WEAK && !easy => found.push(Flag::Weak),
        _ => {}
    }
    if share.is_some_and(|share| share < HARD) {
        found.push(Flag::TooHard);
    }
    if easy && !question.critical {
        found.push(Flag::TooEasy);
    }
    if item
        .hasty
        .and_then(Proportion::share)
        .is_some_and(|share| share > HASTY)
    {
        found.push(Flag::NotRead);
    }
    found.sort_unstable();
    found
}

/// How far from 0 a correlation of so many people has to be.
fn beyond_chance(people: u64) -> f64 {
    CHANCE / (people.max(1) as f64).sqrt()
}

/// The worst flag, or after all of them.
pub(super) fn order(item: &Item) -> (bool, Option<Flag>) {
    (item.flags.is_empty(), item.flags.first().copied())
}

#[cfg(test)]
mod tests {
    use stats::distractor::Chosen;

    use super::*;
    use crate::tests as sample;

    fn of(n: u64, of: u64) -> Option<Proportion> {
        Proportion::new(n, of)
    }

    fn item() -> Item {
        Item {
            question: "q".into(),
            asked: 100,
            facility: of(70, 100),
            guess_corrected: None,
            later: None,
            item_rest: Some(0.3),
            discrimination: Some(0.4),
            efficiency: Some(0.5),
            options: Vec::new(),
            middle_seconds: Some(20.0),
            hasty: of(2, 100),
            ruled: None,
            flags: Vec::new(),
        }
    }

    fn single() -> Question {
        let is_single = |question: &Question| question.kind == Kind::Single;
        sample::course()
            .questions
            .into_iter()
            .find(is_single)
            .expect("the sample asks one of several")
    }

    fn chosen(n: u64, upper: f64, lower: f64) -> Chosen {
        Chosen {
            share: of(n, 100).expect("of a hundred"),
            upper,
            lower,
            with_rest: Some(upper - lower),
        }
    }

    #[test]
    fn a_good_question_has_no_flag_and_each_fault_has_its_own() {
        let question = single();
        assert!(flags(&question, &item()).is_empty());
        let table = [
            (
                Item {
                    facility: of(98, 100),
                    ..item()
                },
                vec![Flag::TooEasy],
            ),
            (
                Item {
                    facility: of(97, 100),
                    ..item()
                },
                vec![],
            ),
            (
                Item {
                    facility: of(29, 100),
                    ..item()
                },
                vec![Flag::TooHard],
            ),
            (
                Item {
                    item_rest: Some(0.09),
                    ..item()
                },
                vec![Flag::Weak],
            ),
            (
                Item {
                    item_rest: Some(-0.2),
                    ..item()
                },
                vec![Flag::AgainstRest],
            ),
            (
                Item {
                    hasty: of(11, 100),
                    ..item()
                },
                vec![Flag::NotRead],
            ),
            (
                Item {
                    facility: None,
                    item_rest: None,
                    hasty: None,
                    ..item()
                },
                vec![],
            ),
        ];
        for (item, expected) in table {
            assert_eq!(flags(&question, &item), expected, "{item:?}");
        }
    }

    #[test]
    fn options_are_flagged_by_who_chooses_them() {
        let question = single();
        let options = vec![
            (0, chosen(60, 0.5, 0.4)),
            (1, chosen(36, 0.5, 0.3)),
            (2, chosen(4, 0.0, 0.1)),
        ];
        let found = flags(
            &question,
            &Item {
                options: options.clone(),
                ..item()
            },
        );
        assert_eq!(
            found,
            [Flag::KeyDoubtful { option: 1 }, Flag::IdleOption { option: 2 }]
        );
        assert!(found[0].is_pressing() && !found[1].is_pressing());
        assert!(found[0].sentence().contains("option 2"), "people count from one");
        // A question that all get right has idle options by arithmetic; that is said once.
        let easy = Item {
            facility: of(99, 100),
            options: vec![(0, chosen(99, 1.0, 0.9)), (2, chosen(0, 0.0, 0.0))],
            ..item()
        };
        assert_eq!(flags(&question, &easy), [Flag::TooEasy]);
        assert!(
            flags(
                &Question {
                    critical: true,
                    ..question
                },
                &easy
            )
            .is_empty()
        );
    }
}
