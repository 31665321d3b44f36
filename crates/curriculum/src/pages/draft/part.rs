//! One part of a draft while it is written: a section of the course's file, a lesson, a question, or a file as it is.
//!
//! A part is asked for with what is wrong with it and how it looks beside it. Both are shown again while somebody types, where
//! scripts run ([`look`], which saves nothing), and after saving everywhere.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Actor, Day, Db, Id, Refusal};
use web::{
    Answer, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Render, Screen, Standing, button,
    html, note, panel, see_other_saying, trail,
};

use super::{
    faults,
    section::{QUESTION, Section},
};
use crate::{
    course::{COURSE_FILE, Course, belongs},
    draft::{self, Draft, DraftKind, Save},
    fault::Fault,
    folder::Folder,
    lint::lint,
    pages::course::with_key,
    question::Question,
    render, writing,
};

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
                let question = question(folder, (path, id))?;
                Some(with_key(&question))
            }
            Part::Section(section) if section.name == "statement" => {
                let course = crate::course::read(folder).course;
                Some(html! { @for part in course.attestation.statement.split("\n\n") { p { (part) } } })
            }
            Part::File(path) if path.ends_with(".md") => Some(render::lesson(folder.text(path)?, &assets, 2)),
            _ => None,
        }
    }

    /// What is wrong with it, and how many errors the course has beside that.
    fn faults(&self, folder: &Folder, today: Day) -> (Vec<Fault>, usize) {
        let all = lint(folder, today);
        let lines = match self {
            Part::Question { path, id } => match question(folder, (path, id)) {
                Some(question) => {
                    let next = pool(folder, path)
                        .into_iter()
                        .map(|one| one.line)
                        .filter(|line| *line > question.line)
                        .min();
                    question.line..next.unwrap_or(usize::MAX)
                }
                None => 0..usize::MAX,
            },
            _ => 0..usize::MAX,
        };
        let (own, others): (Vec<Fault>, Vec<Fault>) = all
            .into_iter()
            .partition(|fault| fault.file == self.path() && (fault.line == 0 || lines.contains(&fault.line)));
        (own, others.iter().filter(|fault| fault.is_error()).count())
    }
}

/// The part in which a fault can be mended.
pub(super) fn of_fault(folder: &Folder, fault: &Fault) -> Option<Part> {
    let path = fault.file.clone();
    if path.starts_with("lessons/") {
        return Some(Part::Lesson(path));
    }
    let before = |one: &Question| one.line <= fault.line;
    if let Some(question) = pool(folder, &path)
        .into_iter()
        .filter(before)
        .max_by_key(|one| one.line)
    {
        return Some(Part::Question {
            path,
            id: question.id,
        });
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
pub(super) fn pool(folder: &Folder, path: &str) -> Vec<Question> {
    let course: Course = crate::course::read(folder).course;
    course
        .questions
        .into_iter()
        .filter(|question| question.file == path)
        .collect()
}

fn question(folder: &Folder, (path, id): (&str, &str)) -> Option<Question> {
    pool(folder, path).into_iter().find(|question| question.id == id)
}

/// What a page of a part rests on.
struct Seen {
    draft: Draft,
    folder: Folder,
    /// The number of the file's newest text.
    number: i64,
    today: Day,
}

async fn seen(db: &Db, (id, part): (&str, &Part)) -> Result<Seen, Error> {
    let id: Id<DraftKind> = id.parse().map_err(|_| Error::Missing)?;
    let path = part.path().to_owned();
    let found = db.read(move |reader| {
        let Some(draft) = draft::find(reader, &id)? else {
            return Ok(None);
        };
        Ok(Some(Seen {
            folder: draft::folder(reader, &draft)?,
            number: draft::saved(reader, &draft)?
                .get(&path)
                .map_or(0, |saved| saved.number),
            today: reader.today()?,
            draft,
        }))
    });
    found.await?.ok_or(Error::Missing)
}

/// GET /drafts/{id}/parts/{*part}
pub(super) async fn show(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Path((id, written)): Path<(String, String)>,
) -> Answer {
    let part = Part::of(&written).ok_or(Error::Missing)?;
    let seen = seen(&db, (&id, &part)).await?;
    let Some(filled) = part.filled(&seen.folder) else {
        return unreadable(&place, &seen, &part);
    };
    let filled = filled.with("seen", seen.number);
    page(&place, (&seen, &part), (&filled, &Problems::none())).answer()
}

/// POST /drafts/{id}/parts/{*part}
pub(super) async fn keep(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path((id, written)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let part = Part::of(&written).ok_or(Error::Missing)?;
    let before = seen(&db, (&id, &part)).await?;
    let to = part.renamed(&filled);
    match save(&db, &editor, (&before, &part), &filled).await {
        Ok(()) => {
            let now = seen(&db, (&id, &to)).await?;
            let errors = to
                .faults(&now.folder, now.today)
                .0
                .iter()
                .filter(|fault| fault.is_error())
                .count();
            let said = match errors {
                0 => "Saved.".to_owned(),
                1 => "Saved. One error is left in this part.".to_owned(),
                _ => format!("Saved. {errors} errors are left in this part."),
            };
            Ok(see_other_saying(&to.href(&now.draft), &said))
        }
        Err(error) => {
            let is_changed = matches!(&error, db::Error::Refused(refusal) if refusal.code == draft::CHANGED);
            let problems = Problems::or_fault(error)?;
            let filled = if is_changed {
                filled.instead("seen", before.number)
            } else {
                filled
            };
            page(&place, (&before, &part), (&filled, &problems))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

fn filled_seen(filled: &Filled) -> i64 {
    filled.one("seen").parse().unwrap_or(-1)
}

async fn save(db: &Db, editor: &Editor, (seen, part): (&Seen, &Part), filled: &Filled) -> db::Result<()> {
    let (draft, part, filled) = (seen.draft.clone(), part.clone(), filled.clone());
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        let draft = draft::find(tx, &draft.id)?.ok_or_else(gone)?;
        let folder = draft::folder(tx, &draft)?;
        let (body, to) = (part.body(&folder, &filled)?, part.renamed(&filled));
        let seen = filled_seen(&filled);
        if to.path() != part.path() {
            if folder.files.contains_key(to.path()) {
                return Err(name_taken().into());
            }
            let number = draft::saved(tx, &draft)?
                .get(to.path())
                .map_or(0, |saved| saved.number);
            let new = Save {
                path: to.path().to_owned(),
                body: Some(body),
                seen: number,
            };
            draft::save(tx, &draft, &new)?;
            let old = Save {
                path: part.path().to_owned(),
                body: None,
                seen,
            };
            draft::save(tx, &draft, &old)?;
            return Ok(());
        }
        let save = Save {
            path: part.path().to_owned(),
            body: Some(body),
            seen,
        };
        draft::save(tx, &draft, &save)?;
        Ok(())
    })
    .await
}

/// POST /drafts/{id}/looks/{*part}: what is wrong with what is typed and how it looks, and nothing is saved.
pub(super) async fn look(
    _: Editor,
    State(db): State<Db>,
    Path((id, written)): Path<(String, String)>,
    filled: Filled,
) -> Result<Markup, Error> {
    let part = Part::of(&written).ok_or(Error::Missing)?;
    let mut seen = seen(&db, (&id, &part)).await?;
    let body = part.body(&seen.folder, &filled)?;
    seen.folder.files.insert(part.path().to_owned(), body);
    let as_called = match &part {
        Part::Question { .. } => part.renamed(&filled),
        other => other.clone(),
    };
    Ok(beside(&seen, &as_called))
}

/// POST /drafts/{id}/ends/{*part}: takes a lesson, a question or a file out of the draft.
pub(super) async fn end(
    editor: Editor,
    State(db): State<Db>,
    Path((id, written)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let part = match written.strip_prefix("files/assets/") {
        Some(name) => Part::File(format!("assets/{name}")),
        None => Part::of(&written).ok_or(Error::Missing)?,
    };
    if matches!(part, Part::Section(_)) || part.path() == COURSE_FILE {
        return Err(Error::Missing);
    }
    let seen = seen(&db, (&id, &part)).await?;
    let (draft, ended) = (seen.draft.clone(), part.clone());
    let number = filled_seen(&filled);
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        let folder = draft::folder(tx, &draft)?;
        let body = without(&folder, &ended)?;
        let save = Save {
            path: ended.path().to_owned(),
            body,
            seen: number,
        };
        draft::save(tx, &draft, &save)
    })
    .await?;
    Ok(see_other_saying(
        &seen.draft.href(),
        "It is taken out of the draft.",
    ))
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

fn page(place: &Place, (seen, part): (&Seen, &Part), (filled, problems): (&Filled, &Problems)) -> Screen {
    let (draft, form) = (&seen.draft, Form::new(filled, problems));
    let title = part.title(&seen.folder);
    let lead = match part {
        Part::Section(section) => section.lead,
        Part::File(_) => "The file as it is kept. The forms write the same file.",
        _ => "",
    };
    let is_changed = filled_seen(filled) == seen.number && !problems.is_empty();
    let body = html! {
        (Opening::new(title.clone())
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts"), (&draft.course_id, &draft.href())], &title))
            .lead(lead))
        div.two {
            div.stack.roomy {
                (form.summary())
                @if is_changed { (panel("What is saved now", "", html! { (render::code(seen.folder.text(part.path()).unwrap_or_default(), None)) })) }
                form.stack.roomy method="post" novalidate action=(part.href(draft)) data-behaviour="live" data-look={ (draft.href()) "/looks/" (part.address()) } {
                    (form.hidden("seen"))
                    (part.fields(filled, form))
                    div.row.centred.actions { (button("Save")) a.button href=(draft.href()) { "Back to the draft" } }
                }
                @if is_removable(part) { (removal(seen, part)) }
            }
            div.stack.roomy data-live { (beside(seen, part)) }
        }
    };
    Screen::shell(place, title, body)
}

fn is_removable(part: &Part) -> bool {
    !matches!(part, Part::Section(_)) && part.path() != COURSE_FILE
}

fn removal(seen: &Seen, part: &Part) -> Markup {
    html! {
        form.act method="post" action={ (seen.draft.href()) "/ends/" (part.address()) } data-behaviour="confirm" data-question="Take it out of the draft? Editions that are published keep it." {
            input type="hidden" name="seen" value=(seen.number);
            button.button type="submit" { "Take it out of the draft" }
        }
    }
}

/// What stands beside the form: what is wrong, and how it looks.
fn beside(seen: &Seen, part: &Part) -> Markup {
    let (own, elsewhere) = part.faults(&seen.folder, seen.today);
    html! {
        (panel("What is wrong", faults::counted(&own), html! {
            (faults::list(&own))
            @if elsewhere > 0 { p.soft { a href=(seen.draft.href()) { "Elsewhere in the course: " (faults::errors(elsewhere)) } } }
        }))
        @if let Some(preview) = part.preview((&seen.draft, &seen.folder)) { (panel("How it looks", "", preview)) }
    }
}

/// A form cannot be drawn of a file that is no TOML any more.
fn unreadable(place: &Place, seen: &Seen, part: &Part) -> Answer {
    if !seen.folder.files.contains_key(part.path()) || matches!(part, Part::Lesson(_) | Part::File(_)) {
        return Err(Error::Missing);
    }
    if writing::parse(seen.folder.text(part.path()).unwrap_or_default()).is_some() {
        return Err(Error::Missing);
    }
    let file = Part::File(part.path().to_owned());
    let body = html! {
        (Opening::new("This file has to be mended as text first.")
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts"), (&seen.draft.course_id, &seen.draft.href())], part.path())))
        (note(Standing::Gap, html! { p { (part.path()) " is not TOML any more, so no form can be drawn of it. " a href=(file.href(&seen.draft)) { "Open it as text" } "." } }))
        (beside(seen, &file))
    };
    Screen::shell(place, part.path().to_owned(), body).answer()
}

fn not_toml(path: &str) -> Refusal {
    Refusal::new(
        "toml-syntax",
        format!("{path} is not TOML any more. Mend it as text first."),
    )
}

fn gone() -> Refusal {
    Refusal::new(
        "part-gone",
        "Somebody has taken this out of the draft meanwhile. Go back to the draft.",
    )
}

fn name_taken() -> Refusal {
    Refusal::new("name-taken", "Another lesson has this name. Choose another.").field("name")
}
