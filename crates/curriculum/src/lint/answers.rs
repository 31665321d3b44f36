//! Whether the questions test what was taught: one best answer, options that do not give it away, feedback for each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Look, structure::short};
use crate::question::{Choice, Kind, OPTIONS_MAX, Question};

/// Three good options beat four weak ones (Rodriguez 2005); two are a coin.
const OPTIONS_MIN: usize = 3;
/// The key may be the longest option this often before test-wise people learn to pick it.
const LONGEST_IS_KEY_MAX: f64 = 0.45;
/// Questions below which a rate says nothing.
const RATE_FROM: usize = 5;
/// Questions in fixed order below which the same place is chance.
const SAME_PLACE_FROM: usize = 3;

const ALL_OR_NONE: &[&str] = &[
    "all of the above",
    "none of the above",
    "all the above",
    "all of these",
    "none of these",
    "all of them",
    "none of them",
    "any of the above",
    "both of the above",
];

pub(super) fn check(look: &mut Look<'_>) {
    for question in &look.course().questions {
        key(look, question);
        parts(look, question);
        options(look, question);
        feedback(look, question);
        stem(look, question);
    }
    longest_is_key(look);
    key_in_the_same_place(look);
}

fn at(question: &Question) -> (&str, usize) {
    (&question.file, question.line)
}

/// Whether what is marked correct makes sense for the kind.
fn key(look: &mut Look<'_>, question: &Question) {
    let at = at(question);
    let right = question.options.iter().filter(|option| option.correct).count();
    match question.kind {
        Kind::Single | Kind::ChooseTheFix | Kind::TrueFalse if right == 0 => {
            look.error(
                at,
                "no-correct-option",
                "No option is marked correct.",
                "Write correct = true on the right one.",
            );
        }
        Kind::Single | Kind::ChooseTheFix | Kind::TrueFalse if right > 1 => {
            look.error(
                at,
                "several-correct-options",
                "Several options are marked correct.",
                "Leave one, or make the kind \"multiple\".",
            );
        }
        Kind::Multiple if right == 0 => {
            look.error(
                at,
                "no-correct-option",
                "No option is marked correct.",
                "Write correct = true on each right one.",
            );
        }
        Kind::Multiple if right == question.options.len() => {
            look.error(
                at,
                "no-wrong-option",
                "Every option is marked correct.",
                "Add an option that is wrong.",
            );
        }
        Kind::Order if right > 0 => {
            look.error(
                at,
                "order-with-key",
                "An order has no correct options; the order written is the key.",
                "Take out `correct`.",
            );
        }
        Kind::Order if question.fixed_order => {
            look.error(
                at,
                "order-fixed",
                "An order that is shown as written shows its key.",
                "Take out fixed_order.",
            );
        }
        _ => {}
    }
}

/// Whether the parts are there that the kind needs, and no others.
fn parts(look: &mut Look<'_>, question: &Question) {
    let at = at(question);
    if question.kind == Kind::TrueFalse {
        let texts: Vec<&str> = question
            .options
            .iter()
            .map(|option| option.text.as_str())
            .collect();
        if texts != ["True", "False"] && texts != ["False", "True"] {
            look.error(
                at,
                "true-false-options",
                "The options of a true-false question are not True and False.",
                "Write exactly these two.",
            );
        }
    }
    if matches!(question.kind, Kind::FindTheLine | Kind::ChooseTheFix) {
        match (&question.code, &question.language) {
            (None, _) => look.error(
                at,
                "code-missing",
                "The question is about code and shows none.",
                "Add code = \"\"\"…\"\"\".",
            ),
            (_, None) => look.error(
                at,
                "code-language",
                "The code does not name its language.",
                "Add language = \"python\" or what it is.",
            ),
            _ => {}
        }
    }
    if question.kind == Kind::FindTheLine {
        lines(look, question);
    } else if !question.lines.is_empty() || question.otherwise.is_some() {
        look.error(
            at,
            "lines-astray",
            "Only find-the-line has lines and `otherwise`.",
            "Take them out, or change the kind.",
        );
    }
}

fn lines(look: &mut Look<'_>, question: &Question) {
    let at = at(question);
    if !question.options.is_empty() {
        look.error(
            at,
            "options-astray",
            "Find-the-line is answered with a line, not with an option.",
            "Take the options out.",
        );
    }
    if !question.lines.iter().any(|line| line.correct) {
        look.error(
            at,
            "no-correct-option",
            "No line is marked correct.",
            "Add [[question.line]] with correct = true.",
        );
    }
    let mut seen = BTreeSet::new();
    for line in &question.lines {
        let here = (question.file.as_str(), line.line);
        if line.number > question.line_count() {
            look.error(
                here,
                "line-out-of-range",
                format!(
                    "The code has {} lines, not {}.",
                    question.line_count(),
                    line.number
                ),
                "Count the lines of the code from 1.",
            );
        }
        if !seen.insert(line.number) {
            look.error(
                here,
                "duplicate-option",
                format!("Line {} is listed twice.", line.number),
                "Keep one of them.",
            );
        }
    }
}

fn options(look: &mut Look<'_>, question: &Question) {
    let at = at(question);
    let count = question.options.len();
    if !matches!(question.kind, Kind::FindTheLine | Kind::TrueFalse) && count < OPTIONS_MIN {
        look.error(
            at,
            "too-few-options",
            format!("There are {count} options."),
            "Write at least three that somebody might believe.",
        );
    }
    if count > OPTIONS_MAX {
        look.error(
            at,
            "too-many-options",
            format!("There are {count} options."),
            format!("Keep the best, at most {OPTIONS_MAX}."),
        );
    }
    let mut seen = BTreeSet::new();
    for option in &question.options {
        let here = (question.file.as_str(), option.line);
        let text = normalised(option);
        if !seen.insert(text.clone()) {
            look.error(
                here,
                "duplicate-option",
                format!("The option \"{}\" is there twice.", short(&option.text)),
                "Make the options differ in meaning.",
            );
        }
        if ALL_OR_NONE.iter().any(|phrase| text == *phrase) {
            look.error(
                here,
                "all-or-none",
                format!("\"{}\" tests reading, not judgement.", short(&option.text)),
                "Write an option that says something, or make the kind \"multiple\".",
            );
        }
    }
}

fn feedback(look: &mut Look<'_>, question: &Question) {
    let missing = "Say why it is right, or what would have gone wrong.";
    match question.kind {
        Kind::Order => {
            let each_step = question.options.iter().all(|option| option.feedback.is_some());
            if question.explanation.is_none() && !each_step {
                look.error(
                    at(question),
                    "feedback-missing",
                    "The order is not explained.",
                    "Add an explanation, or feedback for every step.",
                );
            }
        }
        Kind::FindTheLine => {
            if question.otherwise.is_none() {
                look.error(
                    at(question),
                    "feedback-missing",
                    "There is no feedback for any other line.",
                    "Add `otherwise`.",
                );
            }
            for line in question.lines.iter().filter(|line| line.feedback.is_none()) {
                look.error(
                    (&question.file, line.line),
                    "feedback-missing",
                    format!("Line {} has no feedback.", line.number),
                    missing,
                );
            }
        }
        _ => {
            for option in question.options.iter().filter(|option| option.feedback.is_none()) {
                let message = format!("The option \"{}\" has no feedback.", short(&option.text));
                look.error(
                    (&question.file, option.line),
                    "feedback-missing",
                    message,
                    missing,
                );
            }
        }
    }
}

/// A negative that is read over makes a good learner wrong. A true-false stem states and does not ask.
fn stem(look: &mut Look<'_>, question: &Question) {
    if question.kind == Kind::TrueFalse {
        return;
    }
    let sentences = super::words::sentences(&question.stem);
    let asked: Vec<&String> = sentences
        .iter()
        .map(|(_, s)| s)
        .filter(|s| s.contains('?'))
        .collect();
    let asked = if asked.is_empty() {
        sentences.last().map(|(_, s)| s).into_iter().collect()
    } else {
        asked
    };
    let plain = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '*' && c != '_');
        matches!(word, "not" | "except")
    };
    if asked
        .iter()
        .any(|sentence| sentence.split_whitespace().any(plain))
    {
        look.error(
            at(question),
            "negative-stem",
            "The question asks for a negative without showing it.",
            "Turn it round, or write **not** or **except** in bold.",
        );
    }
}

fn longest_is_key(look: &mut Look<'_>) {
    let course = look.course();
    let asked: Vec<&Question> = course
        .questions
        .iter()
        .filter(|q| matches!(q.kind, Kind::Single | Kind::ChooseTheFix) && q.options.len() >= OPTIONS_MIN)
        .collect();
    let given_away: Vec<&&Question> = asked.iter().filter(|question| key_is_longest(question)).collect();
    let rate = given_away.len() as f64 / asked.len().max(1) as f64;
    if asked.len() < RATE_FROM || rate <= LONGEST_IS_KEY_MAX {
        return;
    }
    let named: Vec<&str> = given_away
        .iter()
        .take(12)
        .map(|question| question.id.as_str())
        .collect();
    let message = format!(
        "In {} of {} questions the right option is the longest ({:.0} %).",
        given_away.len(),
        asked.len(),
        rate * 100.0
    );
    let fix = format!(
        "Shorten the right option or lengthen a wrong one, until it is at most 45 %: {}.",
        named.join(", ")
    );
    look.error((&given_away[0].file, 0), "longest-is-key", message, fix);
}

fn key_is_longest(question: &Question) -> bool {
    let length = |option: &Choice| option.text.chars().count();
    let key = question
        .options
        .iter()
        .filter(|option| option.correct)
        .map(length)
        .max()
        .unwrap_or(0);
    question
        .options
        .iter()
        .filter(|option| !option.correct)
        .all(|option| length(option) < key)
}

fn key_in_the_same_place(look: &mut Look<'_>) {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut first = None;
    for question in &look.course().questions {
        if !question.fixed_order || !matches!(question.kind, Kind::Single | Kind::ChooseTheFix) {
            continue;
        }
        if let Some(place) = question.options.iter().position(|option| option.correct) {
            *places.entry(place).or_default() += 1;
            first = first.or(Some(question));
        }
    }
    if let (1, Some((place, count)), Some(question)) = (places.len(), places.first_key_value(), first)
        && *count >= SAME_PLACE_FROM
    {
        let message = format!(
            "All {count} questions in fixed order have the right option in place {}.",
            place + 1
        );
        look.error(
            at(question),
            "key-same-place",
            message,
            "Vary its place, or take out fixed_order.",
        );
    }
}

/// The option as two people would call it the same: words only, small letters; of code, without spaces.
fn normalised(option: &Choice) -> String {
    if option.code {
        return option.text.split_whitespace().collect();
    }
    let words = option
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '%' && c != '+')
        .filter(|word| !word.is_empty());
    let text = words.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        option.text.clone()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{self, finds, question};

    #[test]
    fn a_single_question_has_one_right_option() {
        finds(
            "no-correct-option",
            &question("kind = 'single'", &[("a", false), ("b", false), ("c", false)]),
        );
        finds(
            "several-correct-options",
            &question("kind = 'single'", &[("a", true), ("b", true), ("c", false)]),
        );
    }

    #[test]
    fn a_multiple_question_has_right_and_wrong_options() {
        finds(
            "no-correct-option",
            &question("kind = 'multiple'", &[("a", false), ("b", false), ("c", false)]),
        );
        finds(
            "no-wrong-option",
            &question("kind = 'multiple'", &[("a", true), ("b", true), ("c", true)]),
        );
    }

    #[test]
    fn a_true_false_question_has_exactly_true_and_false() {
        finds(
            "true-false-options",
            &question("kind = 'true-false'", &[("Yes", true), ("No", false)]),
        );
    }

    #[test]
    fn options_are_several_and_different_in_meaning() {
        finds(
            "too-few-options",
            &question("kind = 'single'", &[("a", true), ("b", false)]),
        );
        finds(
            "duplicate-option",
            &question(
                "kind = 'single'",
                &[("Call her.", true), ("call  her", false), ("Wait", false)],
            ),
        );
        let many: Vec<(String, bool)> = (0..13).map(|n| (format!("option {n}"), n == 0)).collect();
        let many: Vec<(&str, bool)> = many.iter().map(|(text, right)| (text.as_str(), *right)).collect();
        finds("too-many-options", &question("kind = 'single'", &many));
    }

    #[test]
    fn all_of_the_above_is_no_option() {
        finds(
            "all-or-none",
            &question(
                "kind = 'single'",
                &[("a", true), ("b", false), ("All of the above.", false)],
            ),
        );
        finds(
            "all-or-none",
            &question(
                "kind = 'single'",
                &[("a", true), ("b", false), ("None of these", false)],
            ),
        );
    }

    #[test]
    fn every_option_has_feedback() {
        finds(
            "feedback-missing",
            &sample::changed(
                "questions/judge.toml",
                "feedback = \"Look at what it asks.\"\n",
                "",
            ),
        );
        finds(
            "feedback-missing",
            &question("kind = 'order'", &[("a", false), ("b", false), ("c", false)]),
        );
    }

    #[test]
    fn an_order_has_no_key_beside_its_order_and_is_shuffled() {
        finds(
            "order-with-key",
            &question("kind = 'order'", &[("a", true), ("b", false), ("c", false)]),
        );
        finds(
            "order-fixed",
            &question(
                "kind = 'order'\nfixed_order = true",
                &[("a", false), ("b", false), ("c", false)],
            ),
        );
    }

    #[test]
    fn a_question_about_code_shows_code_and_its_lines_exist() {
        finds(
            "code-missing",
            &question(
                "kind = 'choose-the-fix'",
                &[("a", true), ("b", false), ("c", false)],
            ),
        );
        finds(
            "code-language",
            &question(
                "kind = 'choose-the-fix'\ncode = 'x'",
                &[("a", true), ("b", false), ("c", false)],
            ),
        );
        let line = "\n[[question.line]]\nnumber = 3\ncorrect = true\n";
        let find = format!("kind = 'find-the-line'\nlanguage = 'js'\ncode = '''\na\nb\n'''{line}");
        finds("line-out-of-range", &question(&find, &[]));
        finds("feedback-missing", &question(&find, &[]));
        finds("duplicate-option", &question(&format!("{find}{line}"), &[]));
        finds(
            "no-correct-option",
            &question(&find.replace("true", "false"), &[]),
        );
        finds("options-astray", &question(&find, &[("a", true)]));
        finds(
            "lines-astray",
            &question(
                &format!("kind = 'single'{line}"),
                &[("a", true), ("b", false), ("c", false)],
            ),
        );
    }

    #[test]
    fn a_negative_stem_shows_its_negative() {
        let stem = "Which is the safe first step?";
        finds(
            "negative-stem",
            &sample::changed("questions/judge.toml", stem, "Which is not a safe step?"),
        );
        finds(
            "negative-stem",
            &sample::changed("questions/judge.toml", stem, "All are safe, except which?"),
        );
        finds(
            "negative-stem",
            &sample::changed("questions/judge.toml", stem, "Pick the one that is not safe."),
        );
        sample::does_not_find(
            "negative-stem",
            &sample::changed("questions/judge.toml", stem, "Which is **not** a safe step?"),
        );
        sample::does_not_find(
            "negative-stem",
            &sample::changed(
                "questions/judge.toml",
                stem,
                "You did not ask for the code. What now?",
            ),
        );
    }

    #[test]
    fn the_key_is_not_the_longest_option_too_often() {
        let mut folder = sample::folder();
        for path in ["questions/judge.toml", "questions/report.toml"] {
            let text = folder
                .text(path)
                .expect("in the sample")
                .replace("Your own bookmark", "Your own bookmark, which you made yourself");
            folder.files.insert(path.into(), text.into_bytes());
        }
        finds("longest-is-key", &folder);
    }

    #[test]
    fn the_key_in_fixed_order_moves_about() {
        let mut folder = sample::folder();
        let text = folder
            .text("questions/judge.toml")
            .expect("in the sample")
            .replace("difficulty = 2", "difficulty = 2\nfixed_order = true");
        folder
            .files
            .insert("questions/judge.toml".into(), text.into_bytes());
        finds("key-same-place", &folder);
    }
}
