//! A translation: the texts of a course in another language, part by part, each saying what it was translated from.
//!
//! It lives in the course's folder, `translations/<BCP 47>/`, so that an edition holds every language under one hash, and
//! an answer, a ruling or a figure is about one question whatever language it was read in. Keys, marks, order, draw and
//! difficulty come from the original alone. A part that is missing, or was translated from another text than the original
//! has now, is the original's: a test must say what it marks, and somebody who signs must read what is meant.
//! Pure. Not here: what is wrong with a translation (`lint/translation`), who reads which language (`learning`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    course::Course,
    fault::Fault,
    folder::Folder,
    language,
    lesson::{self, Lesson},
    question::Question,
};

mod written;

pub(crate) use written::{Asked, Part as Said, Written};

/// Languages of one course beside its own. More than the largest programme we have seen needs.
pub const LANGUAGES_MAX: usize = 30;
/// Hex digits of a hash that a part is held against. A slip is noticed; nobody is kept from meaning harm to their own course.
const OF_DIGITS: usize = 16;

pub(crate) const FOLDER: &str = "translations/";

/// A course in one of its other languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// Whole, with the original's text wherever there is no translation that fits. It has no translations of its own.
    pub course: Arc<Course>,
    /// Every part of the original, in the order of a course: title, objectives, statement, changes, lessons, questions.
    pub parts: Vec<Part>,
}

/// One part of a course as far as a language has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub what: What,
    /// What its translation has to say in `of`.
    pub of: String,
    pub state: State,
    /// Where it is written, or would be.
    pub file: String,
    /// 0 where nothing is written yet.
    pub line: usize,
}

/// What a translation is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The course's title and summary.
    Title,
    /// By its id.
    Objective(String),
    Statement,
    /// By its place among the changes, from 0, as written.
    Change(usize),
    /// By its name.
    Lesson(String),
    /// By its id.
    Question(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is shown.
    Fits,
    Missing,
    /// The original has changed since, or it does not say what it is of.
    Behind,
    /// It is of this very text and is no translation of it; why, as a sentence.
    Unfit(&'static str),
}

/// A language a course can be read in, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub tag: String,
    /// What it calls itself.
    pub name: String,
    pub lessons: usize,
    pub questions: usize,
}

impl Course {
    /// The course in the language nearest to the one wanted: the very tag, then the tag without its last parts, else the
    /// original (RFC 4647, lookup).
    pub fn spoken(self: &Arc<Course>, wanted: &str) -> Arc<Course> {
        let mut tag = wanted;
        loop {
            if let Some(found) = self.translations.get(tag) {
                return found.course.clone();
            }
            match tag.rsplit_once('-').filter(|_| tag != self.language) {
                Some((shorter, _)) => tag = shorter,
                None => return self.clone(),
            }
        }
    }

    /// Every language the course can be read in, its own first.
    pub fn languages(&self) -> Vec<Spoken> {
        let own = Spoken {
            tag: self.language.clone(),
            name: language::name(&self.language),
            lessons: self.lessons.len(),
            questions: self.questions.len(),
        };
        let others = self.translations.iter().map(|(tag, translated)| Spoken {
            tag: tag.clone(),
            name: language::name(tag),
            lessons: translated.count(|what| matches!(what, What::Lesson(_))),
            questions: translated.count(|what| matches!(what, What::Question(_))),
        });
        std::iter::once(own).chain(others).collect()
    }
}

impl Translated {
    /// How many parts of this sort are shown in the language.
    pub fn count(&self, is_so: impl Fn(&What) -> bool) -> usize {
        let fits = self.parts.iter().filter(|part| part.state == State::Fits);
        fits.filter(|part| is_so(&part.what)).count()
    }
}

/// Every part of the course in a language, also in one that nobody has begun: what is missing, and what each has to be of.
pub fn parts(course: &Course, tag: &str) -> Vec<Part> {
    match course.translations.get(tag) {
        Some(translated) => translated.parts.clone(),
        None => apply(course, &Written::of(tag)).parts,
    }
}

/// What a translation of the title and the summary is of.
pub fn of_title(course: &Course) -> String {
    of_texts(&(&course.title, &course.summary))
}

/// What a translation of one text is of: an objective, the statement, a change.
pub fn of_text(text: &str) -> String {
    of_texts(&(text,))
}

/// What a translation of a lesson is of: for a file with plain line ends, the beginning of its `sha256sum`.
pub fn of_lesson(lesson: &Lesson) -> String {
    of_bytes(lesson.body.as_bytes())
}

/// What a translation of a question is of: everything a reader reads of it, in the order written. The key is not in it.
pub fn of_question(question: &Question) -> String {
    let options: Vec<_> = question
        .options
        .iter()
        .map(|option| (&option.text, &option.feedback))
        .collect();
    let lines: Vec<_> = question
        .lines
        .iter()
        .map(|line| (line.number, &line.feedback))
        .collect();
    of_texts(&(
        &question.stem,
        &question.code,
        options,
        lines,
        &question.otherwise,
        &question.explanation,
    ))
}

/// A hash of texts, for whoever has to know whether they are still the same.
pub(crate) fn of_texts(texts: &impl Serialize) -> String {
    let json = serde_json::to_vec(texts).expect("texts and numbers always have a JSON form");
    of_bytes(&json)
}

fn of_bytes(bytes: &[u8]) -> String {
    let mut hex = hex::encode(Sha256::digest(bytes));
    hex.truncate(OF_DIGITS);
    hex
}

/// Reads every translation of the folder and fits each to the original. Slips of form are faults.
pub(crate) fn read(folder: &Folder, original: &Course) -> (Vec<Written>, Vec<Fault>) {
    let mut faults = Vec::new();
    let tags: BTreeSet<&str> = folder
        .paths(FOLDER, "")
        .filter_map(|path| path.strip_prefix(FOLDER)?.split_once('/'))
        .map(|(tag, _)| tag)
        .collect();
    let mut all = Vec::new();
    for tag in tags {
        if let Some(fault) = refused(tag, original, all.len()) {
            faults.push(fault);
            continue;
        }
        let (written, found) = written::read(folder, tag);
        faults.extend(found);
        all.push(written);
    }
    (all, faults)
}

/// What is wrong with a folder of a translation before anything in it is read.
fn refused(tag: &str, original: &Course, before: usize) -> Option<Fault> {
    let folder = format!("{FOLDER}{}/", tag.chars().take(60).collect::<String>());
    if !language::is_tag(tag) {
        let fault = Fault::error(
            (&folder, 0),
            "language-tag",
            "The folder is not named after a language.",
        );
        return Some(fault.fix("Use a BCP 47 tag in its usual writing, like de, pt-BR or zh-Hant."));
    }
    if tag == original.language {
        let fault = Fault::error(
            (&folder, 0),
            "translation-of-itself",
            "This is the language the course is written in.",
        );
        return Some(fault.fix("Name the folder after another language, or take it out."));
    }
    if before >= LANGUAGES_MAX {
        let message = format!("A course has at most {LANGUAGES_MAX} translations.");
        let fault = Fault::error((&folder, 0), "too-many-translations", message);
        return Some(fault.fix("Take out those that nobody reads."));
    }
    None
}

/// The course in the language, and what of it there is.
pub(crate) fn apply(original: &Course, written: &Written) -> Translated {
    let mut course = Course {
        language: written.tag.clone(),
        translations: BTreeMap::new(),
        ..original.clone()
    };
    let mut fitting = Fitting {
        written,
        parts: Vec::new(),
    };
    if let Some(title) = fitting.text((What::Title, of_title(original)), written.title.as_ref()) {
        (course.title, course.summary) = title.text.clone();
        course.spoken.clone_from(&written.tag);
    }
    for objective in &mut course.objectives {
        let what = (What::Objective(objective.id.clone()), of_text(&objective.text));
        let found = written.objectives.iter().find(|said| said.id == objective.id);
        if let Some(said) = fitting.text(what, found) {
            objective.text.clone_from(&said.text);
            objective.spoken.clone_from(&written.tag);
        }
    }
    let statement = &mut course.attestation;
    let what = (What::Statement, of_text(&statement.statement));
    if let Some(said) = fitting.text(what, written.statement.as_ref()) {
        statement.statement.clone_from(&said.text);
        statement.spoken.clone_from(&written.tag);
    }
    changes(&mut course, &mut fitting);
    lessons(&mut course, &mut fitting);
    questions(&mut course, &mut fitting);
    Translated {
        course: Arc::new(course),
        parts: fitting.parts,
    }
}

/// Changes have no ids: the translation of the second of a day is the second of that day.
fn changes(course: &mut Course, fitting: &mut Fitting<'_>) {
    let written = fitting.written;
    let days: Vec<_> = course.changes.iter().map(|change| change.on).collect();
    for (n, change) in course.changes.iter_mut().enumerate() {
        let before = days[..n].iter().filter(|day| **day == change.on).count();
        let day = change.on.to_string();
        let found = written.changes.iter().filter(|said| said.id == day).nth(before);
        if let Some(said) = fitting.text((What::Change(n), of_text(&change.text)), found) {
            change.text.clone_from(&said.text);
            change.spoken.clone_from(&written.tag);
        }
    }
}

fn lessons(course: &mut Course, fitting: &mut Fitting<'_>) {
    let written = fitting.written;
    for lesson in &mut course.lessons {
        let file = format!("{FOLDER}{}/{}", written.tag, lesson.file);
        let body = written.lessons.get(&lesson.name);
        let of = written.lessons_of.iter().find(|said| said.id == lesson.name);
        let part = Part {
            what: What::Lesson(lesson.name.clone()),
            of: of_lesson(lesson),
            state: State::Missing,
            line: usize::from(body.is_some()),
            file: file.clone(),
        };
        let state = match (body, of) {
            (None, _) => State::Missing,
            (Some(_), Some(of)) if of.of == part.of => State::Fits,
            (Some(_), _) => State::Behind,
        };
        if let (State::Fits, Some(body)) = (state, body) {
            *lesson = Lesson {
                spoken: written.tag.clone(),
                ..lesson::read(&file, body)
            };
        }
        fitting.parts.push(Part { state, ..part });
    }
}

fn questions(course: &mut Course, fitting: &mut Fitting<'_>) {
    let written = fitting.written;
    for question in &mut course.questions {
        let of = of_question(question);
        let found = written.questions.iter().find(|asked| asked.id == question.id);
        let state = match found {
            None => State::Missing,
            Some(asked) if asked.of != of => State::Behind,
            Some(asked) => unfit(question, asked).map_or(State::Fits, State::Unfit),
        };
        fitting.parts.push(Part {
            what: What::Question(question.id.clone()),
            of,
            state,
            file: found.map_or_else(
                || format!("{FOLDER}{}/{}", written.tag, question.file),
                |asked| asked.file.clone(),
            ),
            line: found.map_or(0, |asked| asked.line),
        });
        if let (State::Fits, Some(asked)) = (state, found) {
            translate(question, asked, &written.tag);
        }
    }
}

/// Why it is no translation of this question, although it says that it is.
fn unfit(question: &Question, asked: &Asked) -> Option<&'static str> {
    let lines = |code: &Option<String>| code.as_deref().map_or(0, |code| code.trim_end().lines().count());
    let numbers = |q: &Question| -> Vec<usize> { q.lines.iter().map(|line| line.number).collect() };
    let says = |ours: &Option<String>, theirs: &Option<String>| ours.is_some() == theirs.is_some();
    let options = question.options.iter().zip(&asked.options);
    let mut unsaid = options
        .clone()
        .filter(|(own, said)| said.text.is_none() && !own.code);
    let mut silent = options.filter(|(own, said)| !says(&own.feedback, &said.feedback));
    let named: Vec<usize> = asked.lines.iter().map(|(number, _)| *number).collect();
    let mut lines_silent = question
        .lines
        .iter()
        .zip(&asked.lines)
        .filter(|(own, (_, said))| !says(&own.feedback, said));
    if question.options.len() != asked.options.len() {
        Some("It has another number of options than the original.")
    } else if unsaid.next().is_some() {
        Some("An option has no text.")
    } else if numbers(question) != named {
        Some("It speaks of other lines of the code than the original.")
    } else if asked.code.is_some() && lines(&asked.code) != lines(&question.code) {
        Some("Its code has another number of lines than the original's.")
    } else if silent.next().is_some()
        || lines_silent.next().is_some()
        || !says(&question.otherwise, &asked.otherwise)
        || !says(&question.explanation, &asked.explanation)
    {
        Some(
            "It explains more or less than the original: a feedback, an explanation or `otherwise` is on one side only.",
        )
    } else {
        None
    }
}

fn translate(question: &mut Question, asked: &Asked, tag: &str) {
    question.spoken = tag.to_owned();
    question.stem.clone_from(&asked.stem);
    if question.code.is_some() && asked.code.is_some() {
        question.code.clone_from(&asked.code);
    }
    for (option, said) in question.options.iter_mut().zip(&asked.options) {
        if let Some(text) = &said.text {
            option.text.clone_from(text);
        }
        option.feedback.clone_from(&said.feedback);
        option.line = said.line;
    }
    for (line, (_, feedback)) in question.lines.iter_mut().zip(&asked.lines) {
        line.feedback.clone_from(feedback);
        line.line = asked.line;
    }
    question.otherwise.clone_from(&asked.otherwise);
    question.explanation.clone_from(&asked.explanation);
    question.file.clone_from(&asked.file);
    question.line = asked.line;
}

/// The parts so far, of one language.
struct Fitting<'a> {
    written: &'a Written,
    parts: Vec<Part>,
}

impl Fitting<'_> {
    /// Notes how far a text of `course.toml` is translated, and gives it when it fits.
    fn text<'s, T>(&mut self, (what, of): (What, String), found: Option<&'s Said<T>>) -> Option<&'s Said<T>> {
        let state = match found {
            None => State::Missing,
            Some(said) if said.of == of => State::Fits,
            Some(_) => State::Behind,
        };
        self.parts.push(Part {
            what,
            of,
            state,
            file: self.written.course_file(),
            line: found.map_or(0, |said| said.line),
        });
        found.filter(|_| state == State::Fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, german, german_with};

    fn course(folder: &Folder) -> Arc<Course> {
        Arc::new(Course::parse(folder).expect("well formed"))
    }

    fn states(course: &Course) -> Vec<State> {
        parts(course, "de").iter().map(|part| part.state).collect()
    }

    #[test]
    fn a_translated_course_has_other_texts_and_the_same_key() {
        let original = course(&german());
        let german = original.spoken("de");
        assert_eq!(
            (german.language.as_str(), german.title.as_str()),
            ("de", "Eine Nachricht beurteilen")
        );
        assert!(
            german
                .lessons
                .iter()
                .all(|lesson| lesson.spoken == "de" && lesson.words > 5)
        );
        assert_eq!(
            german.attestation.statement,
            "Ich habe diesen Kurs selbst abgeschlossen."
        );
        assert_eq!(
            (german.attestation.version, german.attestation.spoken.as_str()),
            (1, "de")
        );
        assert_eq!(german.changes[0].text, "Die Tabelle ist neu.");
        for (own, theirs) in original.questions.iter().zip(&german.questions) {
            assert_eq!(
                (&own.id, own.kind, own.difficulty),
                (&theirs.id, theirs.kind, theirs.difficulty)
            );
            assert!(own.stem != theirs.stem && theirs.spoken == "de" && own.spoken == "en");
            for response in 0..own.options.len() {
                assert_eq!(own.is_right(&[response]), theirs.is_right(&[response]));
            }
        }
        assert!(german.translations.is_empty());
        assert!(states(&original).iter().all(|state| *state == State::Fits));
    }

    #[test]
    fn the_nearest_language_is_given_and_else_the_original() {
        let course = course(&german());
        for (wanted, got) in [
            ("de", "de"),
            ("de-AT", "de"),
            ("de-Latn-CH", "de"),
            ("en", "en"),
            ("en-GB", "en"),
            ("fr", "en"),
            ("", "en"),
        ] {
            assert_eq!(course.spoken(wanted).language, got, "{wanted}");
        }
        let offered: Vec<_> = course
            .languages()
            .into_iter()
            .map(|one| (one.name, one.lessons, one.questions))
            .collect();
        assert_eq!(offered, [("English".into(), 2, 6), ("Deutsch".into(), 2, 6)]);
    }

    #[test]
    fn what_is_behind_is_the_originals_and_says_so() {
        let behind = course(&german_with(
            "lessons/01-first.md",
            "A message asks",
            "A mail asks",
        ))
        .spoken("de");
        assert_eq!(
            (
                behind.lessons[0].spoken.as_str(),
                behind.lessons[1].spoken.as_str()
            ),
            ("en", "de")
        );
        assert!(behind.lessons[0].body.contains("A mail asks"));
        let behind = course(&german_with(
            "questions/report.toml",
            "The link in the text message",
            "A link",
        ))
        .spoken("de");
        let question = behind.question("report-1").expect("it is there");
        assert_eq!(
            (question.spoken.as_str(), question.options[1].text.as_str()),
            ("en", "A link")
        );
        assert_eq!(behind.question("judge-1").map(|q| q.spoken.as_str()), Some("de"));
        let behind = course(&german_with("course.toml", "I have completed", "I completed")).spoken("de");
        assert_eq!(
            (behind.attestation.spoken.as_str(), behind.spoken.as_str()),
            ("en", "de")
        );
        assert!(behind.attestation.statement.starts_with("I completed"));
    }

    #[test]
    fn a_corrected_key_leaves_the_translation_as_it_is() {
        let swapped = german_with("questions/judge.toml", "correct = true\n", "");
        assert_eq!(
            states(&course(&swapped)),
            states(&course(&german())),
            "texts are translated, not keys"
        );
    }

    #[test]
    fn an_order_of_options_that_changed_is_behind() {
        let folder = german();
        let text = folder.text("questions/judge.toml").expect("it is there");
        let (first, second) = (
            "\"The link in the text message\"",
            "\"A reply that asks who it is\"",
        );
        let swapped = text
            .replace(first, "\"-\"")
            .replace(second, first)
            .replace("\"-\"", second);
        let mut folder = folder.clone();
        folder
            .files
            .insert("questions/judge.toml".into(), swapped.into_bytes());
        let german = course(&folder).spoken("de");
        assert!(german.pool("judge").all(|question| question.spoken == "en"));
    }

    #[test]
    fn a_translation_of_another_shape_is_not_shown() {
        let questions = "translations/de/questions/judge.toml";
        let more = "[[question.option]]\ntext = \"Noch eine\"\nfeedback = \"Nein.\"\n\n[[question.option]]\n";
        let odd = course(&german_with(questions, "[[question.option]]\n", more));
        let part = parts(&odd, "de")
            .into_iter()
            .find(|part| part.what == What::Question("judge-1".into()));
        assert!(matches!(part.map(|part| part.state), Some(State::Unfit(_))));
        assert_eq!(
            odd.spoken("de")
                .question("judge-1")
                .map(|q| (q.spoken.as_str(), q.options.len())),
            Some(("en", 3))
        );
    }

    #[test]
    fn of_a_language_nobody_has_begun_everything_is_missing_with_what_it_has_to_be_of() {
        let course = course(&sample::folder());
        let parts = parts(&course, "fr");
        assert_eq!(parts.len(), 1 + 2 + 1 + 2 + 6);
        assert!(
            parts
                .iter()
                .all(|part| part.state == State::Missing && part.of.len() == OF_DIGITS)
        );
        assert_eq!(parts[4].file, "translations/fr/lessons/01-first.md");
    }

    #[test]
    fn what_a_part_is_of_can_be_reckoned_with_common_tools() {
        let course = course(&sample::folder());
        // sha256sum lessons/02-second.md | cut -c1-16
        let body = sample::folder().files["lessons/02-second.md"].clone();
        assert_eq!(
            of_lesson(&course.lessons[1]),
            hex::encode(Sha256::digest(body))[..OF_DIGITS]
        );
        let json = r#"["Judging a message","A course to test with."]"#;
        assert_eq!(of_title(&course), hex::encode(Sha256::digest(json))[..OF_DIGITS]);
        let json = concat!(
            r#"["A text asks you to sign in. Which is the safe first step?",null,"#,
            r#"[["Your own bookmark","Yes. You take your own way there."],["The link in the text message","Look at what it asks."],"#,
            r#"["A reply that asks who it is","Whoever wrote it will say yes."]],[],null,null]"#
        );
        assert_eq!(
            of_question(&course.questions[0]),
            hex::encode(Sha256::digest(json))[..OF_DIGITS]
        );
    }

    #[test]
    fn windows_line_ends_leave_nothing_behind() {
        let mut folder = german();
        let lesson = folder
            .text("lessons/01-first.md")
            .expect("it is there")
            .replace('\n', "\r\n");
        folder
            .files
            .insert("lessons/01-first.md".into(), lesson.into_bytes());
        assert!(states(&course(&folder)).iter().all(|state| *state == State::Fits));
    }
}
