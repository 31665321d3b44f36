//! Whether the translations of a course fit it: nothing unknown, nothing left behind, and how much is missing.
//!
//! What a translation lacks or has outdated is shown in the course's own language, so it is a warning. What can only be a
//! slip stops publication. Rules about places, pictures and addresses hold in every language; rules about words in English.

use std::collections::{BTreeMap, BTreeSet};

use super::{Look, safety, structure, structure::short};
use crate::{
    course::{AsRead, COURSE_FILE, Course},
    language,
    translation::{Part, State, Translated, What, Written},
};

pub(super) fn check(look: &mut Look<'_>) {
    let as_read = look.as_read;
    for written in &as_read.written {
        unknown(look, written);
        twice(look, written);
    }
    for (tag, translated) in &as_read.course.translations {
        for part in &translated.parts {
            state(look, part);
        }
        missing(look, tag, translated);
        again(look, tag, translated);
    }
}

/// Texts of something that the course does not have.
fn unknown(look: &mut Look<'_>, written: &Written) {
    let course = look.course();
    let file = written.course_file();
    let days: BTreeSet<String> = course
        .changes
        .iter()
        .map(|change| change.on.to_string())
        .collect();
    let objectives = written
        .objectives
        .iter()
        .filter(|said| course.objective(&said.id).is_none());
    let changes = written.changes.iter().filter(|said| !days.contains(&said.id));
    let lessons = written
        .lessons_of
        .iter()
        .filter(|said| course.lesson(&said.id).is_none());
    let mut found: Vec<(String, usize, &str, &str)> = Vec::new();
    found.extend(objectives.map(|said| (file.clone(), said.line, "objective", said.id.as_str())));
    found.extend(changes.map(|said| (file.clone(), said.line, "change of the day", said.id.as_str())));
    found.extend(lessons.map(|said| (file.clone(), said.line, "lesson", said.id.as_str())));
    for name in written
        .lessons
        .keys()
        .filter(|name| course.lesson(name).is_none())
    {
        found.push((
            format!("translations/{}/lessons/{name}.md", written.tag),
            0,
            "lesson",
            name,
        ));
    }
    for asked in written
        .questions
        .iter()
        .filter(|asked| course.question(&asked.id).is_none())
    {
        found.push((asked.file.clone(), asked.line, "question", &asked.id));
    }
    for (file, line, what, id) in found {
        look.error(
            (&file, line),
            "translation-unknown",
            format!("The course has no {what} `{}`.", short(id)),
            "Write it as the original does, or take the translation out.",
        );
    }
}

/// One thing translated in two ways: nobody could say which is read.
fn twice(look: &mut Look<'_>, written: &Written) {
    let mut seen = BTreeSet::new();
    let file = written.course_file();
    let objectives = written
        .objectives
        .iter()
        .map(|said| ("objective", &said.id, file.as_str(), said.line));
    let lessons = written
        .lessons_of
        .iter()
        .map(|said| ("lesson", &said.id, file.as_str(), said.line));
    let questions = written
        .questions
        .iter()
        .map(|asked| ("question", &asked.id, asked.file.as_str(), asked.line));
    for (what, id, file, line) in objectives.chain(lessons).chain(questions) {
        if !seen.insert((what, id)) {
            look.error(
                (file, line),
                "translation-twice",
                format!("The {what} `{}` is translated twice.", short(id)),
                "Keep one of the two.",
            );
        }
    }
}

fn state(look: &mut Look<'_>, part: &Part) {
    let at = (part.file.as_str(), part.line);
    match part.state {
        State::Fits | State::Missing => {}
        State::Unfit(why) => look.error(
            at,
            "translation-unfit",
            why,
            "Bring it in line with the original.",
        ),
        State::Behind => {
            let of = &part.of;
            let fix = match &part.what {
                What::Lesson(name) => format!(
                    "Compare it with the original, then write [[lesson]] with name = \"{name}\" and of = \"{of}\" in the translation's {COURSE_FILE}."
                ),
                _ => format!("Compare it with the original, then write of = \"{of}\" with it."),
            };
            look.warning(
                at,
                "translation-behind",
                format!(
                    "The original of {} has changed since, or the translation does not say what it is of; readers get the original.",
                    named(&part.what)
                ),
                fix,
            );
        }
    }
}

fn named(what: &What) -> String {
    match what {
        What::Title => "the title and the summary".to_owned(),
        What::Objective(id) => format!("the objective `{}`", short(id)),
        What::Statement => "the statement".to_owned(),
        What::Change(n) => format!("change {}", n + 1),
        What::Lesson(name) => format!("the lesson `{}`", short(name)),
        What::Question(id) => format!("the question `{}`", short(id)),
    }
}

/// One warning for each language, with the counts.
fn missing(look: &mut Look<'_>, tag: &str, translated: &Translated) {
    let mut counts: BTreeMap<usize, (&str, usize, usize)> = BTreeMap::new();
    for part in &translated.parts {
        let (place, noun) = match part.what {
            What::Title => (0, "titles"),
            What::Objective(_) => (1, "objectives"),
            What::Statement => (2, "statements"),
            What::Change(_) => (3, "changes"),
            What::Lesson(_) => (4, "lessons"),
            What::Question(_) => (5, "questions"),
        };
        let count = counts.entry(place).or_insert((noun, 0, 0));
        count.1 += usize::from(part.state == State::Missing);
        count.2 += 1;
    }
    let lacking = counts.values().filter(|(_, missing, _)| *missing > 0);
    let lacking: Vec<String> = lacking
        .map(|(noun, missing, of)| format!("{missing} of {of} {noun}"))
        .collect();
    if lacking.is_empty() {
        return;
    }
    let file = format!("translations/{tag}/{COURSE_FILE}");
    look.warning(
        (&file, 0),
        "translation-missing",
        format!(
            "The translation into {} lacks {}; readers get the original.",
            language::name(tag),
            lacking.join(", ")
        ),
        "Translate the rest, or leave it: what is missing is shown in the course's own language.",
    );
}

/// What holds in every language, looked for in this one.
fn again(look: &mut Look<'_>, tag: &str, translated: &Translated) {
    let file = format!("translations/{tag}/{COURSE_FILE}");
    let as_read = AsRead {
        course: Course::clone(&translated.course),
        at: BTreeMap::new(),
        file,
        written: Vec::new(),
        faults: Vec::new(),
    };
    let mut inner = Look {
        as_read: &as_read,
        folder: look.folder,
        today: look.today,
        faults: Vec::new(),
    };
    structure::lessons(&mut inner);
    safety::texts(&mut inner);
    // What falls back to the original has been judged there.
    let own = format!("translations/{tag}/");
    look.faults.extend(
        inner
            .faults
            .into_iter()
            .filter(|fault| fault.file.starts_with(&own)),
    );
}

#[cfg(test)]
mod tests {
    use crate::sample::{self, does_not_find, finds, german, german_with};

    #[test]
    fn a_complete_translation_is_clean() {
        assert_eq!(crate::lint(&german(), sample::today()), []);
    }

    #[test]
    fn a_folder_is_named_after_a_language_that_is_not_the_courses_own() {
        let named = |tag: &str| {
            let mut folder = sample::folder();
            folder.files.insert(
                format!("translations/{tag}/course.toml"),
                b"title = 'T'\nsummary = 'S'\n".to_vec(),
            );
            folder
        };
        finds("language-tag", &named("german"));
        finds("language-tag", &named("DE"));
        finds("translation-of-itself", &named("en"));
        does_not_find("language-tag", &named("pt-BR"));
    }

    #[test]
    fn there_are_not_more_translations_than_anybody_needs() {
        let mut folder = sample::folder();
        for n in 0..=crate::translation::LANGUAGES_MAX {
            let letters = [b'a' + (n / 26) as u8, b'a' + (n % 26) as u8];
            let tag = String::from_utf8_lossy(&letters).into_owned();
            folder.files.insert(
                format!("translations/{tag}/lessons/01-first.md"),
                b"# X\n".to_vec(),
            );
        }
        finds("too-many-translations", &folder);
    }

    #[test]
    fn what_the_course_does_not_have_cannot_be_translated() {
        let de = "translations/de/course.toml";
        finds(
            "translation-unknown",
            &german_with(de, "id = \"judge\"", "id = \"juge\""),
        );
        finds(
            "translation-unknown",
            &german_with(de, "name = \"01-first\"", "name = \"01-erste\""),
        );
        finds(
            "translation-unknown",
            &german_with(de, "on = \"2026-05-20\"", "on = \"2026-05-21\""),
        );
        finds(
            "translation-unknown",
            &german_with(
                "translations/de/questions/judge.toml",
                "id = \"judge-1\"",
                "id = \"judge-9\"",
            ),
        );
        let mut folder = german();
        folder
            .files
            .insert("translations/de/lessons/03-more.md".into(), b"# Mehr\n".to_vec());
        finds("translation-unknown", &folder);
    }

    #[test]
    fn nothing_is_translated_in_two_ways() {
        let questions = "translations/de/questions/judge.toml";
        finds(
            "translation-twice",
            &german_with(questions, "id = \"judge-1\"", "id = \"judge-2\""),
        );
    }

    #[test]
    fn a_translation_marks_nothing_as_correct() {
        let questions = "translations/de/questions/judge.toml";
        finds(
            "key-in-translation",
            &german_with(
                questions,
                "[[question.option]]\n",
                "[[question.option]]\ncorrect = true\n",
            ),
        );
        finds(
            "unknown-key",
            &german_with(questions, "stem", "difficulty = 1\nstem"),
        );
    }

    #[test]
    fn options_are_as_many_as_the_originals_and_explained_alike() {
        let questions = "translations/de/questions/judge.toml";
        let more = "[[question.option]]\ntext = \"Noch eine\"\n\n[[question.option]]\n";
        finds(
            "translation-unfit",
            &german_with(questions, "[[question.option]]\n", more),
        );
        finds(
            "translation-unfit",
            &german_with(questions, "feedback = \"Ja.", "# \"Ja."),
        );
        finds(
            "translation-unfit",
            &german_with(questions, "text = \"Ihr", "# \"Ihr"),
        );
    }

    #[test]
    fn a_part_whose_original_has_changed_is_behind_and_the_warning_says_what_to_write() {
        for (path, from, to) in [
            ("lessons/01-first.md", "A message asks", "A mail asks"),
            ("questions/report.toml", "A text asks", "A mail asks"),
            ("course.toml", "I have completed", "I completed"),
            ("course.toml", "A course to test with.", "A course to try."),
            ("course.toml", "Report a message", "Report a mail"),
            ("course.toml", "The table is new.", "The list is new."),
        ] {
            finds("translation-behind", &german_with(path, from, to));
        }
        let without = german_with("translations/de/course.toml", "of = ", "# of = ");
        finds("translation-behind", &without);
        let faults = crate::lint(&without, sample::today());
        let of = crate::translation::of_title(&crate::Course::parse(&german()).expect("well formed"));
        assert!(faults.iter().any(|fault| fault.fix.contains(&of)), "{faults:?}");
    }

    #[test]
    fn what_is_missing_is_counted_once_for_each_language() {
        let mut folder = german();
        folder.files.remove("translations/de/lessons/01-first.md");
        folder.files.remove("translations/de/questions/judge.toml");
        let faults = crate::lint(&folder, sample::today());
        let missing: Vec<_> = faults
            .iter()
            .filter(|fault| fault.code == "translation-missing")
            .collect();
        assert_eq!(missing.len(), 1);
        assert!(
            missing[0]
                .message
                .contains("Deutsch lacks 1 of 2 lessons, 3 of 6 questions;"),
            "{}",
            missing[0]
        );
    }

    #[test]
    fn a_translated_lesson_has_a_title_and_no_markup_and_names_nobody_real() {
        let lesson = "translations/de/lessons/01-first.md";
        finds("title-missing", &german_with(lesson, "# Was", "Was"));
        finds("raw-html", &german_with(lesson, "## Drei Fragen", "<b>Drei</b>"));
        finds(
            "real-domain",
            &german_with(lesson, "## Drei Fragen", "## Auf bank.de"),
        );
    }

    #[test]
    fn rules_about_english_words_are_for_english() {
        let long = format!("{}. Ende", vec!["Wort"; 40].join(" "));
        does_not_find(
            "long-sentence",
            &german_with("translations/de/lessons/01-first.md", "Drei Fragen", &long),
        );
        let mut own = sample::changed("course.toml", "language = \"en\"", "language = \"de\"");
        own.files.insert(
            "lessons/02-second.md".into(),
            format!("# Weg\n\n{long}.\n").into_bytes(),
        );
        does_not_find("long-sentence", &own);
    }
}
