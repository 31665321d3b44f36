//! A question, what of it a learner is shown, and when a response is right.
//!
//! A response is a list of numbers. For every kind but find-the-line they are option numbers as
//! written in the course, from 0 (the index into [`Question::options`]); for find-the-line, line
//! numbers from 1. The key leaves this file only through [`Question::feedback`]; [`Shown`] has none.
//! Drawing a form, shuffling and scoring an attempt are in crate `learning`.

use db::Refusal;

use crate::{
    reading::{Page, Reading},
    taxonomy::Word,
};

/// Options of one question. More cannot be compared with care.
pub const OPTIONS_MAX: usize = 12;

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One option.
    Single,
    /// Exactly the right set of options.
    Multiple,
    /// "True" or "False".
    TrueFalse,
    /// All options, in the right order.
    Order,
    /// One line of the code; any of the right lines will do.
    FindTheLine,
    /// One option, about the code above it.
    ChooseTheFix,
}

/// What a question is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Drawn for attempts at the course: `questions/`.
    Course,
    /// Drawn for showing that one knows it already, and for nothing else: `test_out/`.
    TestOut,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Unique in the course, kebab case.
    pub id: String,
    pub pool: Pool,
    /// The objective it tests: the name of its file.
    pub objective: String,
    pub kind: Kind,
    /// Must be right to pass, whatever the score.
    pub critical: bool,
    /// 1 easy, 2, 3 hard.
    pub difficulty: u8,
    pub stem: String,
    pub code: Option<String>,
    /// Language of the code, as a fence would name it.
    pub language: Option<String>,
    /// For [`Kind::Order`], in the right order.
    pub options: Vec<Choice>,
    /// For [`Kind::FindTheLine`].
    pub lines: Vec<KeyLine>,
    /// For [`Kind::FindTheLine`]: what to say of any other line.
    pub otherwise: Option<String>,
    /// Shown to everyone after marking.
    pub explanation: Option<String>,
    /// The options are shown as written.
    pub fixed_order: bool,
    /// The language of its text, BCP 47.
    pub spoken: String,
    /// Where it is written, for whoever has to mend it.
    pub file: String,
    pub line: usize,
}

/// One option with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub text: String,
    pub correct: bool,
    pub feedback: Option<String>,
    /// The text is code.
    pub code: bool,
    pub line: usize,
}

/// A line of the code about which the course has something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// From 1.
    pub number: usize,
    pub correct: bool,
    pub feedback: Option<String>,
    pub line: usize,
}

/// What a learner sees before answering: no key, no feedback, no explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub kind: Kind,
    pub critical: bool,
    pub stem: String,
    pub code: Option<String>,
    pub language: Option<String>,
    /// In the order shown. Empty for find-the-line, whose answers are the lines of the code.
    pub options: Vec<ShownOption>,
    /// The language of its text, BCP 47.
    pub spoken: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownOption {
    /// The number to send back: as written in the course, from 0.
    pub number: usize,
    pub text: String,
    pub code: bool,
}

/// What to say about one option (or one line) after marking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Empty where the course says nothing about it.
    pub text: String,
    /// Option number from 0, or line number from 1.
    pub option: usize,
    /// The learner chose it.
    pub chosen: bool,
    /// It belongs to the key; for an order, it stands in its right place.
    pub right: bool,
}

impl Word for Kind {
    const ALL: &'static [Kind] = &[
        Kind::Single,
        Kind::Multiple,
        Kind::TrueFalse,
        Kind::Order,
        Kind::FindTheLine,
        Kind::ChooseTheFix,
    ];
    fn word(self) -> &'static str {
        match self {
            Kind::Single => "single",
            Kind::Multiple => "multiple",
            Kind::TrueFalse => "true-false",
            Kind::Order => "order",
            Kind::FindTheLine => "find-the-line",
            Kind::ChooseTheFix => "choose-the-fix",
        }
    }
}

impl Kind {
    /// One option is chosen out of several.
    pub fn is_one_of_several(self) -> bool {
        matches!(self, Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix)
    }
}

impl Question {
    /// What a learner sees, options in the given order of option numbers. Numbers that name no
    /// option are passed over; options left out follow by their text, never by the key.
    pub fn shown(&self, order: &[usize]) -> Shown {
        let mut numbers: Vec<usize> = Vec::with_capacity(self.options.len());
        for number in order {
            if *number < self.options.len() && !numbers.contains(number) {
                numbers.push(*number);
            }
        }
        let mut left_out: Vec<usize> = (0..self.options.len())
            .filter(|number| !numbers.contains(number))
            .collect();
        left_out.sort_by_key(|number| &self.options[*number].text);
        numbers.extend(left_out);
        let show = |number: usize| ShownOption {
            number,
            text: self.options[number].text.clone(),
            code: self.options[number].code,
        };
        Shown {
            id: self.id.clone(),
            kind: self.kind,
            critical: self.critical,
            stem: self.stem.clone(),
            code: self.code.clone(),
            language: self.language.clone(),
            options: numbers.into_iter().map(show).collect(),
            spoken: self.spoken.clone(),
        }
    }

    /// Lines of the code: what find-the-line can be answered with. 0 without code.
    pub fn line_count(&self) -> usize {
        self.code
            .as_deref()
            .map_or(0, |code| code.trim_end_matches('\n').lines().count())
    }

    /// Whether the response can be marked at all. Check before [`Question::is_right`] and before storing it.
    pub fn check_response(&self, response: &[usize]) -> Result<(), Refusal> {
        let options = self.options.len();
        let count = response.len();
        if count == 0 {
            return Err(nothing_chosen(self.kind));
        }
        match self.kind {
            Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix if count != 1 => Err(one_only("answer")),
            Kind::FindTheLine if count != 1 => Err(one_only("line")),
            Kind::Order if count != options => Err(not_all_ordered(options)),
            Kind::FindTheLine if !(1..=self.line_count()).contains(&response[0]) => Err(not_offered()),
            Kind::FindTheLine => Ok(()),
            _ if count > options || response.iter().any(|number| *number >= options) => Err(not_offered()),
            _ if (1..count).any(|i| response[..i].contains(&response[i])) => Err(chosen_twice()),
            _ => Ok(()),
        }
    }

    /// Full mark or none. A response that [`Question::check_response`] refuses is never right.
    pub fn is_right(&self, response: &[usize]) -> bool {
        if self.check_response(response).is_err() {
            return false;
        }
        match self.kind {
            Kind::Order => response
                .iter()
                .enumerate()
                .all(|(place, number)| place == *number),
            Kind::FindTheLine => self
                .lines
                .iter()
                .any(|line| line.correct && line.number == response[0]),
            _ => self
                .options
                .iter()
                .enumerate()
                .all(|(number, option)| option.correct == response.contains(&number)),
        }
    }

    /// What to say about each option after marking, in the order written (for an order, as answered;
    /// for find-the-line, the line chosen and then the right ones). Everything the key holds is in here:
    /// show only what is `chosen` while the learner may still try again.
    pub fn feedback(&self, response: &[usize]) -> Vec<Feedback> {
        match self.kind {
            Kind::Order => self.feedback_on_order(response),
            Kind::FindTheLine => self.feedback_on_lines(response),
            _ => self
                .options
                .iter()
                .enumerate()
                .map(|(n, o)| Feedback {
                    chosen: response.contains(&n),
                    right: o.correct,
                    ..o.feedback(n)
                })
                .collect(),
        }
    }

    fn feedback_on_order(&self, response: &[usize]) -> Vec<Feedback> {
        let answered = response.iter().enumerate().take(self.options.len());
        answered
            .filter_map(|(place, n)| {
                self.options.get(*n).map(|o| Feedback {
                    chosen: true,
                    right: place == *n,
                    ..o.feedback(*n)
                })
            })
            .collect()
    }

    fn feedback_on_lines(&self, response: &[usize]) -> Vec<Feedback> {
        let chosen = response.first().copied();
        let known = |number: usize| self.lines.iter().find(|line| line.number == number);
        let of_chosen = chosen.map(|number| Feedback {
            text: known(number)
                .map_or(&self.otherwise, |line| &line.feedback)
                .clone()
                .unwrap_or_default(),
            option: number,
            chosen: true,
            right: known(number).is_some_and(|line| line.correct),
        });
        let others = self
            .lines
            .iter()
            .filter(|line| line.correct && Some(line.number) != chosen)
            .map(|line| Feedback {
                text: line.feedback.clone().unwrap_or_default(),
                option: line.number,
                chosen: false,
                right: true,
            });
        of_chosen.into_iter().chain(others).collect()
    }
}

impl Choice {
    /// What to say about it, before it is known whether it was chosen and right.
    fn feedback(&self, option: usize) -> Feedback {
        Feedback {
            text: self.feedback.clone().unwrap_or_default(),
            option,
            chosen: false,
            right: false,
        }
    }
}

/// Reads questions/<objective>.toml or its like of another pool. Slips are noted on the page.
pub(crate) fn read<'t>(page: &Page<'t>, text: &'t str, (pool, objective): (Pool, &str)) -> Vec<Question> {
    let table = page.parse(text);
    let root = page.root(&table);
    let questions = root
        .tables("question")
        .iter()
        .map(|reading| Question {
            pool,
            ..read_one(reading, page.file, objective)
        })
        .collect();
    root.finish();
    questions
}

fn read_one(reading: &Reading<'_, '_>, file: &str, objective: &str) -> Question {
    let question = Question {
        id: reading.text("id"),
        pool: Pool::Course,
        objective: objective.to_owned(),
        kind: reading.word("kind"),
        critical: reading.flag("critical").unwrap_or(false),
        difficulty: u8::try_from(reading.number("difficulty", 1..=3)).unwrap_or(1),
        stem: reading.text("stem"),
        code: reading.maybe_text("code").map(|code| code.trim_end().to_owned()),
        language: reading.maybe_text("language"),
        options: reading.tables("option").iter().map(read_option).collect(),
        lines: reading.tables("line").iter().map(read_line).collect(),
        otherwise: reading.maybe_text("otherwise"),
        explanation: reading.maybe_text("explanation"),
        fixed_order: reading.flag("fixed_order").unwrap_or(false),
        spoken: String::new(),
        file: file.to_owned(),
        line: reading.line,
    };
    reading.finish();
    question
}

fn read_option(reading: &Reading<'_, '_>) -> Choice {
    let choice = Choice {
        text: reading.text("text"),
        correct: reading.flag("correct").unwrap_or(false),
        feedback: reading.maybe_text("feedback"),
        code: reading.flag("code").unwrap_or(false),
        line: reading.line,
    };
    reading.finish();
    choice
}

fn read_line(reading: &Reading<'_, '_>) -> KeyLine {
    let line = KeyLine {
        number: reading.number("number", 1..=1_000) as usize,
        correct: reading.flag("correct").unwrap_or(false),
        feedback: reading.maybe_text("feedback"),
        line: reading.line,
    };
    reading.finish();
    line
}

fn nothing_chosen(kind: Kind) -> Refusal {
    let sentence = match kind {
        Kind::Multiple => "Choose at least one answer, then go on.",
        Kind::FindTheLine => "Choose a line of the code, then go on.",
        Kind::Order => "Put the steps in order, then go on.",
        _ => "Choose an answer, then go on.",
    };
    Refusal::new("answer-empty", sentence).field("answer")
}

fn one_only(what: &str) -> Refusal {
    Refusal::new(
        "answer-too-many",
        format!("This question takes one {what}. Choose one, then go on."),
    )
    .field("answer")
}

fn not_all_ordered(options: usize) -> Refusal {
    Refusal::new(
        "answer-order",
        format!("Give each of the {options} steps its place, then go on."),
    )
    .field("answer")
}

fn not_offered() -> Refusal {
    Refusal::new(
        "answer-unknown",
        "That answer is not one of those offered. Load the page again and choose from it.",
    )
    .field("answer")
}

fn chosen_twice() -> Refusal {
    Refusal::new(
        "answer-twice",
        "One answer is given twice. Give each of them once, then go on.",
    )
    .field("answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice((text, correct): (&str, bool)) -> Choice {
        Choice {
            text: text.into(),
            correct,
            feedback: Some(format!("About {text}.")),
            code: false,
            line: 1,
        }
    }

    fn question(kind: Kind, options: &[(&str, bool)]) -> Question {
        Question {
            id: "q".into(),
            pool: Pool::Course,
            objective: "o".into(),
            kind,
            critical: false,
            difficulty: 1,
            stem: "What now?".into(),
            code: None,
            language: None,
            options: options.iter().map(|option| choice(*option)).collect(),
            lines: Vec::new(),
            otherwise: None,
            explanation: Some("Because.".into()),
            fixed_order: false,
            spoken: "en".into(),
            file: "questions/o.toml".into(),
            line: 1,
        }
    }

    fn find_the_line() -> Question {
        let line = |number, correct| KeyLine {
            number,
            correct,
            feedback: Some(format!("line {number}")),
            line: 1,
        };
        Question {
            code: Some("a\nb\nc\nd".into()),
            lines: vec![line(2, true), line(3, true), line(4, false)],
            otherwise: Some("not there".into()),
            ..question(Kind::FindTheLine, &[])
        }
    }

    #[test]
    fn one_option_is_right_and_only_alone() {
        let q = question(Kind::Single, &[("a", false), ("b", true), ("c", false)]);
        assert!(q.is_right(&[1]));
        for wrong in [&[][..], &[0], &[1, 2], &[3], &[1, 1], &[usize::MAX]] {
            assert!(!q.is_right(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn several_are_right_only_as_the_exact_set_in_any_order() {
        let q = question(Kind::Multiple, &[("a", true), ("b", false), ("c", true)]);
        assert!(q.is_right(&[0, 2]) && q.is_right(&[2, 0]));
        for wrong in [&[0][..], &[0, 1, 2], &[0, 0, 2], &[0, 0]] {
            assert!(!q.is_right(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn an_order_is_right_only_in_full() {
        let q = question(Kind::Order, &[("a", false), ("b", false), ("c", false)]);
        assert!(q.is_right(&[0, 1, 2]));
        for wrong in [&[1, 0, 2][..], &[0, 1], &[0, 1, 1], &[0, 1, 2, 3]] {
            assert!(!q.is_right(wrong), "{wrong:?}");
        }
        let right: Vec<bool> = q.feedback(&[0, 2, 1]).iter().map(|f| f.right).collect();
        assert_eq!(right, [true, false, false]);
    }

    #[test]
    fn any_of_the_right_lines_is_right() {
        let q = find_the_line();
        assert!(q.is_right(&[2]) && q.is_right(&[3]));
        assert!(!q.is_right(&[1]) && !q.is_right(&[4]) && !q.is_right(&[2, 3]));
        assert!(q.check_response(&[5]).is_err() && q.check_response(&[0]).is_err());
    }

    #[test]
    fn a_line_that_is_not_listed_gets_the_otherwise_feedback() {
        let feedback = find_the_line().feedback(&[1]);
        assert_eq!(
            feedback[0],
            Feedback {
                text: "not there".into(),
                option: 1,
                chosen: true,
                right: false
            }
        );
        assert_eq!(feedback[1..].iter().map(|f| f.option).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn feedback_names_what_was_chosen_and_what_was_right() {
        let q = question(Kind::Single, &[("a", false), ("b", true), ("c", false)]);
        let marks: Vec<_> = q
            .feedback(&[2])
            .iter()
            .map(|f| (f.option, f.chosen, f.right))
            .collect();
        assert_eq!(marks, [(0, false, false), (1, false, true), (2, true, false)]);
    }

    #[test]
    fn what_is_shown_holds_no_key() {
        let q = find_the_line();
        let shown = format!("{:?}", q.shown(&[]));
        assert!(
            !shown.contains("not there") && !shown.contains("line 2") && !shown.contains("Because"),
            "{shown}"
        );
        let q = question(Kind::Single, &[("a", false), ("b", true), ("c", false)]);
        let shown = format!("{:?}", q.shown(&[2, 0, 1]));
        assert!(!shown.contains("correct") && !shown.contains("About"), "{shown}");
    }

    #[test]
    fn options_are_shown_in_the_order_asked_and_each_once() {
        let q = question(Kind::Order, &[("z", false), ("m", false), ("a", false)]);
        let numbers = |order: &[usize]| {
            q.shown(order)
                .options
                .iter()
                .map(|o| o.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(&[1, 2, 0]), [1, 2, 0]);
        assert_eq!(numbers(&[1, 1, 9]), [1, 2, 0]);
        assert_eq!(
            numbers(&[]),
            [2, 1, 0],
            "left to itself the order of an order question is by text"
        );
    }
}
