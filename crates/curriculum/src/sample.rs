//! A small course without a fault, for tests to break.

use std::collections::BTreeMap;

use db::Day;

use crate::{
    course::Course,
    folder::Folder,
    lint::lint,
    translation::{self, What},
};

const COURSE: &str = r#"id = "T01"
title = "Judging a message"
summary = "A course to test with."
leg = "training"
layer = "baseline"
method = "online"
minutes = 2
language = "en"
topics = ["phishing"]
risks = ["Someone signs in to an impostor"]
owasp = []
owner = "Security team"
reviewed_on = "2026-05-20"
review_due_on = "2027-05-20"
pass_mark = 80
licence = "CC-BY-4.0"

[form]
questions = 2
attempts = 3
pause_hours = 24

[[objective]]
id = "judge"
text = "Judge a message by what it asks."
draw = 1

[[objective]]
id = "report"
text = "Report a message in one step."
draw = 1

[attestation]
version = 1
statement = "I have completed this course myself."

[[source]]
title = "A report"
url = "https://example.org/report"
read_on = "2026-05-20"
"#;

const FIRST: &str = "# What it asks

A message asks for something. Look at what it asks for, how it came and how it hurries you.

## Three questions

| Ask | Slow down when |
| --- | --- |
| What does it want? | It wants money or a code. |

> **Report it.** Press the button. It takes ten seconds.
";

const SECOND: &str = "# Your own route

Open the site from your own bookmark, never from the message. Call the number you already have.
";

pub(crate) fn today() -> Day {
    Day::ymd(2026, 6, 1)
}

pub(crate) fn review_due_on() -> Day {
    Day::ymd(2027, 5, 20)
}

pub(crate) fn folder() -> Folder {
    let files: BTreeMap<String, Vec<u8>> = [
        ("course.toml", COURSE.to_owned()),
        ("lessons/01-first.md", FIRST.to_owned()),
        ("lessons/02-second.md", SECOND.to_owned()),
        ("questions/judge.toml", pool("judge")),
        ("questions/report.toml", pool("report")),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .collect();
    Folder { files }
}

fn pool(objective: &str) -> String {
    (1..=3)
        .map(|n| {
            format!(
                r#"[[question]]
id = "{objective}-{n}"
kind = "single"
difficulty = 2
stem = "A text asks you to sign in. Which is the safe first step?"

[[question.option]]
text = "Your own bookmark"
correct = true
feedback = "Yes. You take your own way there."

[[question.option]]
text = "The link in the text message"
feedback = "Look at what it asks."

[[question.option]]
text = "A reply that asks who it is"
feedback = "Whoever wrote it will say yes."

"#
            )
        })
        .collect()
}

/// The sample with one file written anew.
pub(crate) fn with(path: &str, text: &str) -> Folder {
    let mut folder = folder();
    folder.files.insert(path.to_owned(), text.as_bytes().to_vec());
    folder
}

/// The sample with the first place where `from` stands changed.
pub(crate) fn changed(path: &str, from: &str, to: &str) -> Folder {
    let whole = folder();
    let text = whole.text(path).expect("the sample has this file");
    assert!(text.contains(from), "the sample's {path} has {from:?}");
    with(path, &text.replacen(from, to, 1))
}

/// The sample with one question of its own making added: `kind` is TOML up to its options.
pub(crate) fn question(kind: &str, options: &[(&str, bool)]) -> Folder {
    // Keys of the question come first: a table header inside `kind` ends them.
    let mut text = format!("[[question]]\nid = 'extra'\ndifficulty = 1\nstem = 'Which is it?'\n{kind}\n");
    for (option, correct) in options {
        text.push_str(&format!(
            "[[question.option]]\ntext = \"{option}\"\ncorrect = {correct}\n"
        ));
    }
    with("questions/judge.toml", &format!("{}{text}", pool("judge")))
}

const GERMAN: &str = r#"title = "Eine Nachricht beurteilen"
summary = "Ein Kurs zum Testen."
of = "OF-TITLE"

[[objective]]
id = "judge"
text = "Eine Nachricht danach beurteilen, was sie will."
of = "OF-JUDGE"

[[objective]]
id = "report"
text = "Eine Nachricht in einem Schritt melden."
of = "OF-REPORT"

[attestation]
statement = "Ich habe diesen Kurs selbst abgeschlossen."
of = "OF-STATEMENT"

[[change]]
on = "2026-05-20"
text = "Die Tabelle ist neu."
of = "OF-CHANGE"

[[lesson]]
name = "01-first"
of = "OF-01-first"

[[lesson]]
name = "02-second"
of = "OF-02-second"
"#;

const ERSTE: &str = "# Was sie will

Eine Nachricht will etwas. Sehen Sie, was sie will, wie sie kam und wie sie drängt.

## Drei Fragen

> **Melden Sie es.** Ein Knopf genügt.
";

const ZWEITE: &str = "# Ihr eigener Weg

Öffnen Sie die Seite über Ihr eigenes Lesezeichen, nie aus der Nachricht.
";

fn german_pool(objective: &str) -> String {
    (1..=3)
        .map(|n| {
            format!(
                r#"[[question]]
id = "{objective}-{n}"
of = "OF-{objective}-{n}"
stem = "Eine SMS verlangt, dass Sie sich anmelden. Was ist der sichere erste Schritt?"

[[question.option]]
text = "Ihr eigenes Lesezeichen"
feedback = "Ja. Sie gehen Ihren eigenen Weg."

[[question.option]]
text = "Der Link in der SMS"
feedback = "Sehen Sie, was sie will."

[[question.option]]
text = "Eine Antwort mit der Frage, wer das ist"
feedback = "Wer das schrieb, sagt immer ja."

"#
            )
        })
        .collect()
}

/// The sample with a complete German translation, and a change to translate.
pub(crate) fn german() -> Folder {
    let change = "[[change]]\non = \"2026-05-20\"\ntext = \"The table is new.\"\nlessons = [\"01-first\"]\n\n[[source]]";
    let mut folder = changed("course.toml", "[[source]]", change);
    let course = Course::parse(&folder).expect("the sample is well formed");
    let mut files = vec![
        ("course.toml", GERMAN.to_owned()),
        ("lessons/01-first.md", ERSTE.to_owned()),
        ("lessons/02-second.md", ZWEITE.to_owned()),
        ("questions/judge.toml", german_pool("judge")),
        ("questions/report.toml", german_pool("report")),
    ];
    for part in translation::parts(&course, "de") {
        let mark = match part.what {
            What::Title => "TITLE".to_owned(),
            What::Statement => "STATEMENT".to_owned(),
            What::Change(_) => "CHANGE".to_owned(),
            What::Objective(id) => id.to_uppercase(),
            What::Lesson(name) | What::Question(name) => name,
        };
        for (_, text) in &mut files {
            *text = text.replace(&format!("\"OF-{mark}\""), &format!("\"{}\"", part.of));
        }
    }
    let files = files
        .into_iter()
        .map(|(path, text)| (format!("translations/de/{path}"), text.into_bytes()));
    folder.files.extend(files);
    folder
}

/// That, with the first place where `from` stands changed.
pub(crate) fn german_with(path: &str, from: &str, to: &str) -> Folder {
    let mut folder = german();
    let text = folder.text(path).expect("the sample has this file");
    assert!(text.contains(from), "the sample's {path} has {from:?}");
    let text = text.replacen(from, to, 1);
    folder.files.insert(path.to_owned(), text.into_bytes());
    folder
}

/// Asserts that the fault is found, with a place and a way to mend it.
pub(crate) fn finds(code: &str, folder: &Folder) {
    let faults = lint(folder, today());
    let found = faults.iter().find(|fault| fault.code == code);
    let fault = found.unwrap_or_else(|| panic!("{code} not found in {faults:#?}"));
    assert!(
        !fault.file.is_empty() && !fault.message.is_empty() && !fault.fix.is_empty(),
        "{fault}"
    );
}

pub(crate) fn does_not_find(code: &str, folder: &Folder) {
    let faults = lint(folder, today());
    assert!(faults.iter().all(|fault| fault.code != code), "{faults:#?}");
}
