//! One part of a draft: a section of the course's file, a lesson, a question, or a file as it is.
//!
//! A part knows the file it stands in, what its form begins with, and the file with what was typed. The pages are in [`page`].

mod page;

use std::ops::Range;

use db::{Day, Refusal};
use web::{Filled, Form, Markup, Render, html};

use super::{
    gone, not_toml,
    section::{QUESTION, Section},
};
use crate::{
    course::{self, COURSE_FILE, Course, belongs},
    draft::Draft,
    fault::Fault,
    folder::Folder,
    lint::lint,
    pages::course::with_key,
    question::Question,
    render, writing,
};
pub(super) use page::{end, keep, look, show};

/// What is written at an address.
#[derive(Clone)]
pub(super) enum Part {
    /// "course/about"
    Section(&'static Section),
    /// "lessons/01-first.md"
    Lesson(String),
    /// "questions/judge.toml/judge-1"
    Question { path: String, id: String },
    /// "files/course.toml"
    File(String),
}

impl Part {
    fn of(written: &str) -> Option<Part> {
        if let Some(name) = written.strip_prefix("course/") {
            return Section::named(name).map(Part::Section);
        }
        if let Some(path) = written.strip_prefix("files/") {
            return (belongs(path) && !is_picture(path)).then(|| Part::File(path.to_owned()));
        }
        if written.starts_with("lessons/") {
            return belongs(written).then(|| Part::Lesson(written.to_owned()));
        }
        let (path, id) = written.rsplit_once('/')?;
        let is_pool = path.starts_with("questions/") || path.starts_with("test_out/");
        (is_pool && belongs(path) && !id.is_empty()).then(|| Part::Question {
            path: path.to_owned(),
            id: id.to_owned(),
        })
    }

    /// The file it stands in.
    pub fn path(&self) -> &str {
        match self {
            Part::Section(_) => COURSE_FILE,
            Part::Lesson(path) | Part::File(path) | Part::Question { path, .. } => path,
        }
    }

    pub fn address(&self) -> String {
        match self {
            Part::Section(section) => format!("course/{}", section.name),
            Part::Lesson(path) => path.clone(),
            Part::Question { path, id } => format!("{path}/{id}"),
            Part::File(path) => format!("files/{path}"),
        }
    }

    pub fn href(&self, draft: &Draft) -> String {
        format!("{}/parts/{}", draft.href(), self.address())
    }

    fn title(&self, folder: &Folder) -> String {
        match self {
            Part::Section(section) => section.title.to_owned(),
            Part::Lesson(path) => folder
                .text(path)
                .and_then(crate::lesson::title)
                .unwrap_or(path)
                .to_owned(),
            Part::Question { id, .. } => format!("Question {id}"),
            Part::File(path) => path.clone(),
        }
    }

    /// What the form begins with; `None` when the part is not there, or its file is no TOML any more.
    fn filled(&self, folder: &Folder) -> Option<Filled> {
        let text = folder.text(self.path());
        match self {
            Part::Section(section) => {
                let file = writing::parse(text?)?;
                Some(section.filled(&file))
            }
            Part::Lesson(path) => {
                let name = path.trim_start_matches("lessons/").trim_end_matches(".md");
                Some(Filled::nothing().with("text", text?).with("name", name))
            }
            Part::Question { id, .. } => {
                let file = writing::parse(text?)?;
                let rows = writing::rows(&file, "question");
                let table = rows.into_iter().find(|row| is_question(row, id))?;
                Some(QUESTION.filled(table))
            }
            Part::File(_) => Some(Filled::nothing().with("text", text?)),
        }
    }

    /// The file with what was typed in it.
    fn body(&self, folder: &Folder, filled: &Filled) -> Result<Vec<u8>, Refusal> {
        let parsed = || {
            let text = folder.text(self.path()).unwrap_or_default();
            writing::parse(text).ok_or_else(|| not_toml(self.path()))
        };
        let text = match self {
            Part::Lesson(_) | Part::File(_) => filled.raw("text").replace("\r\n", "\n"),
            Part::Section(section) => {
                let mut file = parsed()?;
                section.write(&mut file, filled);
                file.to_string()
            }
            Part::Question { path, id } => {
                let mut file = parsed()?;
                let rows = writing::rows_mut(&mut file, "question").ok_or_else(|| not_toml(path))?;
                let row = rows
                    .iter_mut()
                    .find(|row| is_question(row, id))
                    .ok_or_else(gone)?;
                QUESTION.write(row, filled);
                file.to_string()
            }
        };
        Ok(text.into_bytes())
    }

    /// The part as it is called after saving: a question or a lesson may have been given another name.
    fn renamed(&self, filled: &Filled) -> Part {
        match self {
            Part::Question { path, .. } if !filled.one("id").is_empty() => Part::Question {
                path: path.clone(),
                id: filled.one("id").to_owned(),
            },
            Part::Lesson(_) if !filled.one("name").is_empty() => {
                Part::Lesson(format!("lessons/{}.md", filled.one("name")))
            }
            same => same.clone(),
        }
    }

    fn fields(&self, filled: &Filled, form: Form<'_>) -> Markup {
        match self {
            Part::Section(section) => section.fields(filled, form),
            Part::Question { .. } => QUESTION.fields(filled, form),
            Part::Lesson(_) => html! {
                (form.textarea("text", "Text", 24).help("Markdown: # for the title, ## for headings, - for lists, | for tables, > for what must not be missed. A picture is ![what it shows](assets/name.svg)."))
                (form.text("name", "Name").help("Lessons are read in the order of their names: 01-why, 02-how."))
            },
            Part::File(_) => form.textarea("text", "Text", 30).render(),
        }
    }

    /// How it looks to a learner, or to whoever marks: `None` where there is nothing to see.
    fn preview(&self, (draft, folder): (&Draft, &Folder)) -> Option<Markup> {
        let assets = format!("{}/assets/", draft.href());
        match self {
            Part::Lesson(path) => Some(render::lesson(folder.text(path)?, &assets, 2)),
            Part::Question { id, path } => {
                let course = course::read(folder).course;
                Some(with_key(question(&course, (path, id))?))
            }
            Part::Section(section) if section.name == "statement" => {
                let course = course::read(folder).course;
                Some(html! { @for part in course.attestation.statement.split("\n\n") { p { (part) } } })
            }
            Part::File(path) if path.ends_with(".md") => Some(render::lesson(folder.text(path)?, &assets, 2)),
            _ => None,
        }
    }

    /// What is wrong with it, and how many errors the course has beside that.
    fn faults(&self, folder: &Folder, today: Day) -> (Vec<Fault>, usize) {
        let all = lint(folder, today);
        let lines = self.lines(folder);
        let (own, others): (Vec<Fault>, Vec<Fault>) = all
            .into_iter()
            .partition(|fault| fault.file == self.path() && (fault.line == 0 || lines.contains(&fault.line)));
        (own, others.iter().filter(|fault| fault.is_error()).count())
    }

    /// The lines of its file on which it stands.
    fn lines(&self, folder: &Folder) -> Range<usize> {
        let Part::Question { path, id } = self else {
            return 0..usize::MAX;
        };
        let course = course::read(folder).course;
        let Some(question) = question(&course, (path, id)) else {
            return 0..usize::MAX;
        };
        let next = pool(&course, path)
            .map(|one| one.line)
            .filter(|line| *line > question.line)
            .min();
        question.line..next.unwrap_or(usize::MAX)
    }
}

/// The part in which a fault can be mended.
pub(super) fn of_fault(course: &Course, fault: &Fault) -> Option<Part> {
    let path = fault.file.clone();
    if path.starts_with("lessons/") {
        return Some(Part::Lesson(path));
    }
    let before = pool(course, &path).filter(|one| one.line <= fault.line);
    if let Some(question) = before.max_by_key(|one| one.line) {
        let id = question.id.clone();
        return Some(Part::Question { path, id });
    }
    (belongs(&path) && !is_picture(&path)).then_some(Part::File(path))
}

pub(super) fn is_picture(path: &str) -> bool {
    path.starts_with("assets/")
}

fn is_question(row: &toml_edit::Table, id: &str) -> bool {
    row.get("id").and_then(toml_edit::Item::as_str) == Some(id)
}

/// The questions of one file as they can be read, right or wrong.
fn pool<'c>(course: &'c Course, path: &str) -> impl Iterator<Item = &'c Question> {
    course
        .questions
        .iter()
        .filter(move |question| question.file == path)
}

fn question<'c>(course: &'c Course, (path, id): (&str, &str)) -> Option<&'c Question> {
    pool(course, path).find(|question| question.id == id)
}

/// The file without the part; `None` when nothing is left of it.
fn without(folder: &Folder, part: &Part) -> Result<Option<Vec<u8>>, Refusal> {
    let Part::Question { path, id } = part else {
        return Ok(None);
    };
    let mut file = writing::parse(folder.text(path).unwrap_or_default()).ok_or_else(|| not_toml(path))?;
    let rows = writing::rows_mut(&mut file, "question").ok_or_else(|| not_toml(path))?;
    let at = rows
        .iter()
        .position(|row| is_question(row, id))
        .ok_or_else(gone)?;
    rows.remove(at);
    let is_empty = rows.is_empty();
    Ok((!is_empty).then(|| file.to_string().into_bytes()))
}
