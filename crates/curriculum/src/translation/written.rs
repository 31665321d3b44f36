//! The files of one translation as they are written: texts only, each with what it says it is of.
//!
//! Whether they fit the course is decided one level up.

use std::collections::BTreeMap;

use crate::{
    course::{COURSE_FILE, LESSONS, QUESTIONS, TEST_OUT, not_text},
    fault::Fault,
    folder::Folder,
    reading::{Page, Reading},
};

use super::FOLDER;

/// Everything that one folder of a translation says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub tag: String,
    /// Title and summary.
    pub title: Option<Part<(String, String)>>,
    pub objectives: Vec<Part<String>>,
    pub statement: Option<Part<String>>,
    /// Their id is the day.
    pub changes: Vec<Part<String>>,
    /// What the lessons say they are of, by name.
    pub lessons_of: Vec<Part<()>>,
    /// The Markdown, by name.
    pub lessons: BTreeMap<String, String>,
    pub questions: Vec<Asked>,
}

/// One text of `course.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Part<T> {
    pub id: String,
    pub of: String,
    pub text: T,
    pub line: usize,
}

/// A question's texts.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub id: String,
    pub of: String,
    pub stem: String,
    pub code: Option<String>,
    pub options: Vec<Said>,
    /// By line of the code.
    pub lines: Vec<(usize, Option<String>)>,
    pub otherwise: Option<String>,
    pub explanation: Option<String>,
    pub file: String,
    pub line: usize,
}

/// An option's texts. Code is the original's where it is not written.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub text: Option<String>,
    pub feedback: Option<String>,
    pub line: usize,
}

impl Written {
    /// A translation of which nothing is written yet.
    pub fn of(tag: &str) -> Written {
        Written {
            tag: tag.to_owned(),
            ..Written::default()
        }
    }

    pub fn course_file(&self) -> String {
        format!("{FOLDER}{}/{COURSE_FILE}", self.tag)
    }
}

/// Reads the folder of one language. A missing file is an empty one.
pub(super) fn read(folder: &Folder, tag: &str) -> (Written, Vec<Fault>) {
    let mut written = Written::of(tag);
    let mut faults = Vec::new();
    let file = written.course_file();
    if let Some(text) = text(folder, &file, &mut faults) {
        let page = Page::new(&file, text);
        read_texts(&page, text, &mut written);
        faults.extend(page.into_faults());
    }
    let inside = |name: &str| format!("{FOLDER}{tag}/{name}");
    let lessons = inside(LESSONS);
    for path in folder.paths(&lessons, ".md") {
        if let Some(body) = text(folder, path, &mut faults) {
            let name = path.trim_start_matches(lessons.as_str()).trim_end_matches(".md");
            written.lessons.insert(name.to_owned(), body.to_owned());
        }
    }
    for prefix in [inside(QUESTIONS), inside(TEST_OUT)] {
        for path in folder.paths(&prefix, ".toml") {
            let Some(text) = text(folder, path, &mut faults) else {
                continue;
            };
            let page = Page::new(path, text);
            written.questions.extend(read_questions(&page, text));
            faults.extend(page.into_faults());
        }
    }
    (written, faults)
}

fn text<'f>(folder: &'f Folder, path: &str, faults: &mut Vec<Fault>) -> Option<&'f str> {
    if !folder.files.contains_key(path) {
        return None;
    }
    let text = folder.text(path);
    if text.is_none() {
        faults.push(not_text(path));
    }
    text
}

fn read_texts<'t>(page: &Page<'t>, text: &'t str, written: &mut Written) {
    let table = page.parse(text);
    let root = page.root(&table);
    let title = root.maybe_text("title").zip(root.maybe_text("summary"));
    written.title = title.map(|texts| Part {
        id: String::new(),
        of: of(&root),
        text: texts,
        line: root.line_of("title"),
    });
    root.maybe_text("of");
    written.objectives = listed(&root, "objective", "id");
    written.changes = listed(&root, "change", "on");
    written.statement = root.maybe_table("attestation").map(|reading| {
        let statement = part(&reading, String::new(), reading.text("statement"));
        reading.finish();
        statement
    });
    for reading in root.tables("lesson") {
        let name = reading.text("name");
        written.lessons_of.push(part(&reading, name, ()));
        reading.finish();
    }
    root.finish();
}

/// The tables of this name, each with an id and a text.
fn listed(root: &Reading<'_, '_>, table: &'static str, id: &'static str) -> Vec<Part<String>> {
    let mut all = Vec::new();
    for reading in root.tables(table) {
        let id = if id == "on" {
            reading.day(id).to_string()
        } else {
            reading.text(id)
        };
        all.push(part(&reading, id, reading.text("text")));
        reading.finish();
    }
    all
}

fn part<T>(reading: &Reading<'_, '_>, id: String, text: T) -> Part<T> {
    Part {
        id,
        of: of(reading),
        text,
        line: reading.line,
    }
}

/// What the part says it is of; without it, it is of nothing that is known.
fn of(reading: &Reading<'_, '_>) -> String {
    reading.maybe_text("of").unwrap_or_default()
}

fn read_questions<'t>(page: &Page<'t>, text: &'t str) -> Vec<Asked> {
    let table = page.parse(text);
    let root = page.root(&table);
    let tables = root.tables("question");
    let questions = tables
        .iter()
        .map(|reading| read_question(page, reading))
        .collect();
    root.finish();
    questions
}

fn read_question(page: &Page<'_>, reading: &Reading<'_, '_>) -> Asked {
    let options = reading.tables("option");
    let lines = reading.tables("line");
    let asked = Asked {
        id: reading.text("id"),
        of: of(reading),
        stem: reading.text("stem"),
        code: reading.maybe_text("code").map(|code| code.trim_end().to_owned()),
        options: options.iter().map(|reading| read_option(page, reading)).collect(),
        lines: lines.iter().map(|reading| read_line(page, reading)).collect(),
        otherwise: reading.maybe_text("otherwise"),
        explanation: reading.maybe_text("explanation"),
        file: page.file.to_owned(),
        line: reading.line,
    };
    reading.finish();
    asked
}

fn read_option(page: &Page<'_>, reading: &Reading<'_, '_>) -> Said {
    let said = Said {
        text: reading.maybe_text("text"),
        feedback: reading.maybe_text("feedback"),
        line: reading.line,
    };
    no_key(page, reading);
    reading.finish();
    said
}

fn read_line(page: &Page<'_>, reading: &Reading<'_, '_>) -> (usize, Option<String>) {
    let line = (
        reading.number("number", 1..=1_000) as usize,
        reading.maybe_text("feedback"),
    );
    no_key(page, reading);
    reading.finish();
    line
}

/// Two keys could differ, and then one question would be two.
fn no_key(page: &Page<'_>, reading: &Reading<'_, '_>) {
    if reading.flag("correct").is_some() {
        let message = "A translation does not say what is correct.";
        let fault = page.error(reading.line_of("correct"), "key-in-translation", message);
        page.note(fault.fix("Take out `correct`; the key is the original's."));
    }
}
