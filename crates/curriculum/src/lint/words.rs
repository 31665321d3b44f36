//! Whether the words are easy to read and blame nobody.

use super::{Look, structure::short};
use crate::{
    lesson::{self, Passage},
    question::Question,
};

/// Words. A longer sentence is read twice.
const SENTENCE_WORDS_MAX: usize = 30;

/// Words that make people hide what happened. Whole words, small letters.
const BLAME: &[&str] = &[
    "stupid",
    "stupidity",
    "idiot",
    "idiots",
    "dumb",
    "gullible",
    "careless",
    "carelessness",
    "foolish",
    "ignorant",
    "clueless",
    "incompetent",
    "weakest link",
    "weak link",
    "human error",
    "your fault",
    "their own fault",
    "fell for it",
    "should have known better",
];

/// Claims that OWASP itself asks not to be made, and that no course can keep.
const CLAIMS: &[&str] = &[
    "owasp compliant",
    "owasp compliance",
    "owasp certified",
    "100 secure",
    "completely secure",
    "unhackable",
];

/// One text of the course and where it stands.
pub(super) struct Said {
    pub file: String,
    pub line: usize,
    pub text: String,
    pub code: bool,
}

/// The words are English ones, and so is the length at which a sentence is long.
pub(super) fn check(look: &mut Look<'_>) {
    if look.course().language.split('-').next() != Some("en") {
        return;
    }
    for said in said(look).iter().filter(|said| !said.code) {
        for (offset, sentence) in sentences(&said.text) {
            let words = sentence
                .split_whitespace()
                .filter(|word| word.chars().any(char::is_alphanumeric))
                .count();
            if words > SENTENCE_WORDS_MAX {
                let start = sentence.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
                look.warning(
                    (&said.file, said.line + offset),
                    "long-sentence",
                    format!("A sentence has {words} words: \"{} …\".", short(&start)),
                    "Make it two.",
                );
            }
        }
        let plain = plain(&said.text);
        for phrase in BLAME
            .iter()
            .filter(|phrase| plain.contains(&format!(" {phrase} ")))
        {
            let fix = "Say what happened and what helps; people who are blamed stop reporting.";
            look.error(
                (&said.file, said.line),
                "blame",
                format!("\"{phrase}\" blames."),
                fix,
            );
        }
        for phrase in CLAIMS
            .iter()
            .filter(|phrase| plain.contains(&format!(" {phrase} ")))
        {
            let fix = "Say what was done, not that all is well.";
            look.error(
                (&said.file, said.line),
                "claim",
                format!("\"{phrase}\" is a claim nobody can keep."),
                fix,
            );
        }
    }
}

/// Sentences of a text with the number of line breaks before each.
pub(super) fn sentences(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut sentence = String::new();
    let (mut line, mut start) = (0, 0);
    let mut ended = false;
    for c in text.chars() {
        if ended && c.is_whitespace() {
            found.push((start, std::mem::take(&mut sentence)));
            ended = false;
        }
        line += usize::from(c == '\n');
        if sentence.is_empty() && c.is_whitespace() {
            continue;
        }
        if sentence.is_empty() {
            start = line;
        }
        sentence.push(c);
        let closes = matches!(c, '"' | '\'' | ')' | '”' | '’' | '*' | '_');
        ended = matches!(c, '.' | '?' | '!' | '…') || (ended && closes);
    }
    found.push((start, sentence));
    found.retain(|(_, sentence)| !sentence.trim().is_empty());
    found
}

/// Every text that somebody will read.
pub(super) fn said(look: &Look<'_>) -> Vec<Said> {
    let course = look.course();
    let mut all = Vec::new();
    let mut say = |file: &str, line: usize, text: &str, code: bool| {
        all.push(Said {
            file: file.to_owned(),
            line,
            text: text.to_owned(),
            code,
        });
    };
    let facts = [
        ("title", &course.title),
        ("summary", &course.summary),
        ("attestation", &course.attestation.statement),
    ];
    for (key, text) in facts {
        say(&look.as_read.file, look.line(key), text, false);
    }
    for objective in &course.objectives {
        let line = look.line(&format!("objective.{}", objective.id));
        say(&look.as_read.file, line, &objective.text, false);
    }
    for lesson in &course.lessons {
        let passages = lesson::passages(&lesson.body)
            .into_iter()
            .chain(lesson::inline_code(&lesson.body));
        for Passage { line, text, code } in passages {
            say(&lesson.file, line, &text, code);
        }
    }
    for question in &course.questions {
        for (line, text, code) in texts(question) {
            say(&question.file, line, text, code);
        }
    }
    all
}

fn texts(question: &Question) -> impl Iterator<Item = (usize, &str, bool)> {
    let here = question.line;
    let own = [&question.explanation, &question.otherwise].into_iter().flatten();
    let own = own
        .chain([&question.stem])
        .map(move |text| (here, text.as_str(), false));
    let code = question.code.iter().map(move |code| (here, code.as_str(), true));
    let options = question.options.iter().flat_map(|option| {
        let feedback = option
            .feedback
            .iter()
            .map(|text| (option.line, text.as_str(), false));
        feedback.chain([(option.line, option.text.as_str(), option.code)])
    });
    let lines = question
        .lines
        .iter()
        .flat_map(|line| line.feedback.iter().map(|text| (line.line, text.as_str(), false)));
    own.chain(code).chain(options).chain(lines)
}

/// Small letters, single spaces, a space at either end: to look for whole words.
fn plain(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase);
    format!(" {} ", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::sentences;
    use crate::sample::{self, does_not_find, finds};

    #[test]
    fn sentences_end_at_their_marks_and_know_their_line() {
        let found = sentences("One two. \"Three?\" he said.\nFour v1.2 five");
        let texts: Vec<&str> = found.iter().map(|(_, s)| s.as_str()).collect();
        assert_eq!(texts, ["One two.", "\"Three?\"", "he said.", "Four v1.2 five"]);
        assert_eq!(found[3].0, 1);
        assert_eq!(sentences("  \n "), []);
    }

    #[test]
    fn a_sentence_over_thirty_words_is_warned_of() {
        let words = |count: usize| format!("# One\n\n{}.\n", vec!["word"; count].join(" "));
        finds("long-sentence", &sample::with("lessons/01-first.md", &words(31)));
        does_not_find("long-sentence", &sample::with("lessons/01-first.md", &words(30)));
    }

    #[test]
    fn nobody_is_blamed() {
        finds(
            "blame",
            &sample::with(
                "lessons/01-first.md",
                "# One\n\nPeople are the Weakest\nLink here.\n",
            ),
        );
        finds(
            "blame",
            &sample::changed(
                "questions/judge.toml",
                "Look at what it asks.",
                "That was careless!",
            ),
        );
        does_not_find(
            "blame",
            &sample::with("lessons/01-first.md", "# One\n\nDumbbells are heavy.\n"),
        );
    }

    #[test]
    fn nothing_is_claimed_that_nobody_can_keep() {
        finds(
            "claim",
            &sample::with("lessons/01-first.md", "# One\n\nThen we are OWASP-compliant.\n"),
        );
        finds(
            "claim",
            &sample::changed("course.toml", "A course to test with.", "Be 100 % secure."),
        );
    }
}
