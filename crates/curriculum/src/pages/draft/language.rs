//! A course of a draft in another language: which parts are missing or behind, and each beside its original.
//!
//! Saving a part writes down what it was translated from; when the original changes, the part is behind, and is read in the
//! original's language until somebody has looked at it again. What is right is the original's alone: no key is asked here.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Db, Id, Refusal};
use web::{
    Answer, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Render, Screen, Standing,
    Table, button, html, panel, see_other_saying, tag, trail,
};

mod texts;

use super::{change, opened};
use crate::{
    course::{self, Course},
    draft::{self, Draft, DraftKind, Save},
    folder::Folder,
    language,
    pages::course::with_key,
    question::Question,
    render,
    translation::{self, Part, State as Fitting, What},
};
use texts::{files, filled};

/// What a page of a language rests on.
struct Seen {
    draft: Draft,
    course: Course,
    folder: Folder,
    tag: String,
}

async fn seen(db: &Db, (id, tag): (&str, &str)) -> Result<Seen, Error> {
    let id: Id<DraftKind> = id.parse().map_err(|_| Error::Missing)?;
    let (draft, folder) = db
        .read(move |reader| opened(reader, &id))
        .await?
        .ok_or(Error::Missing)?;
    let course = course::read(&folder).course;
    if !language::is_tag(tag) || tag == course.language {
        return Err(Error::Missing);
    }
    Ok(Seen {
        draft,
        course,
        folder,
        tag: tag.to_owned(),
    })
}

impl Seen {
    fn href(&self) -> String {
        format!("{}/languages/{}", self.draft.href(), self.tag)
    }

    fn part(&self, written: &str) -> Option<Part> {
        translation::parts(&self.course, &self.tag)
            .into_iter()
            .find(|part| address(&part.what) == written)
    }

    fn file(&self) -> String {
        format!("{}{}/course.toml", translation::FOLDER, self.tag)
    }
}

/// GET /drafts/{id}/languages/{tag}
pub(super) async fn index(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Path((id, tag)): Path<(String, String)>,
) -> Answer {
    let seen = seen(&db, (&id, &tag)).await?;
    let name = language::name(&seen.tag);
    let parts = translation::parts(&seen.course, &seen.tag);
    let left = parts.iter().filter(|part| part.state != Fitting::Fits).count();
    let finding = match left {
        0 => format!("The course is all there in {name}."),
        1 => format!("One part is left to translate into {name}."),
        many => format!(
            "{many} of {} parts are left to translate into {name}.",
            parts.len()
        ),
    };
    let rows = parts.iter().map(|part| {
        [
            html! { a href={ (seen.href()) "/" (address(&part.what)) } { (called(&seen.course, &part.what)) } },
            standing(part.state),
        ]
    });
    let columns = [Column::new("Part").wide(), Column::new("How far")];
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts"), (&seen.draft.course_id, &seen.draft.href())], &name))
            .lead("A part that is missing or behind is read in the course’s own language, and the page says so."))
        (Table::new("Parts", columns).labelled().rows(rows))
    };
    Screen::shell(&place, format!("{} in {name}", seen.draft.course_id), body).answer()
}

/// POST /drafts/{id}/languages: on to a language, begun or not.
pub(super) async fn begin(_: Editor, State(db): State<Db>, Path(id): Path<String>, filled: Filled) -> Answer {
    let tag = filled.one("tag");
    let found = seen(&db, (&id, tag)).await;
    match found {
        Ok(seen) => Ok(web::see_other(&seen.href())),
        Err(Error::Missing) => Err(Error::Refused(
            Refusal::new(
                "language-tag",
                "Name a language other than the course’s own by its tag: de, fr, pt-BR. Go back and write it so.",
            )
            .field("tag"),
        )),
        Err(error) => Err(error),
    }
}

/// GET /drafts/{id}/languages/{tag}/{*part}
pub(super) async fn show(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Path((id, tag, written)): Path<(String, String, String)>,
) -> Answer {
    let seen = seen(&db, (&id, &tag)).await?;
    let part = seen.part(&written).ok_or(Error::Missing)?;
    let filled = filled(&seen, &part).with("of", &part.of);
    page(&place, (&seen, &part), (&filled, &Problems::none())).answer()
}

/// POST /drafts/{id}/languages/{tag}/{*part}
pub(super) async fn keep(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path((id, tag, written)): Path<(String, String, String)>,
    filled: Filled,
) -> Answer {
    let before = seen(&db, (&id, &tag)).await?;
    let part = before.part(&written).ok_or(Error::Missing)?;
    let (asked, typed, what) = (before.tag.clone(), filled.clone(), part.what.clone());
    let done = change(&db, &editor, &id, move |tx, draft| {
        let folder = draft::folder(tx, draft)?;
        let now = Seen {
            course: course::read(&folder).course,
            draft: draft.clone(),
            folder,
            tag: asked.clone(),
        };
        let part = now.part(&address(&what)).ok_or_else(gone)?;
        if part.of != typed.one("of") {
            return Err(original_changed().into());
        }
        let saved = draft::saved(tx, draft)?;
        for (path, body) in files(&now, &part, &typed)? {
            let seen = saved.get(&path).map_or(0, |saved| saved.number);
            draft::save(
                tx,
                draft,
                &Save {
                    path,
                    body: Some(body),
                    seen,
                },
            )?;
        }
        Ok(())
    });
    match done.await {
        Ok(_) => {
            let left = next(&seen(&db, (&id, &tag)).await?, &part.what);
            match left {
                Some(next) => Ok(see_other_saying(
                    &format!("{}/{}", before.href(), address(&next)),
                    "Saved. Here is the next one.",
                )),
                None => Ok(see_other_saying(
                    &before.href(),
                    "Saved. Nothing is left to translate.",
                )),
            }
        }
        Err(Error::Refused(refusal)) => {
            let now = seen(&db, (&id, &tag)).await?;
            let part = now.part(&written).ok_or(Error::Missing)?;
            let filled = filled.instead("of", &part.of);
            page(&place, (&now, &part), (&filled, &Problems::from(refusal)))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
        Err(error) => Err(error),
    }
}

/// The next part that is missing or behind, after this one and then from the beginning.
fn next(seen: &Seen, after: &What) -> Option<What> {
    let parts = translation::parts(&seen.course, &seen.tag);
    let at = parts
        .iter()
        .position(|part| part.what == *after)
        .map_or(0, |at| at + 1);
    let (before, behind) = parts.split_at(at.min(parts.len()));
    let is_left = |part: &&Part| part.state != Fitting::Fits;
    behind
        .iter()
        .chain(before)
        .find(is_left)
        .map(|part| part.what.clone())
}

fn page(place: &Place, (seen, part): (&Seen, &Part), (filled, problems): (&Filled, &Problems)) -> Screen {
    let (form, name) = (Form::new(filled, problems), language::name(&seen.tag));
    let title = called(&seen.course, &part.what);
    let body = html! {
        (Opening::new(title.clone())
            .over(trail(
                &[("Drafts", "/drafts"), (&seen.draft.course_id, &seen.draft.href()), (&name, &seen.href())],
                "Translation",
            ))
            .lead(standing(part.state)))
        div.two {
            form.stack.roomy method="post" action={ (seen.href()) "/" (address(&part.what)) } {
                (form.summary())
                (form.hidden("of"))
                div.stack.roomy lang=(seen.tag) dir=[language::direction(&seen.tag)] { (fields(seen, part, form)) }
                div.row.centred.actions { (button("Save and go on")) a.button href=(seen.href()) { "All parts" } }
            }
            (panel("The original", language::name(&seen.course.language), html! { div lang=(seen.course.language) { (original(seen, &part.what)) } }))
        }
    };
    Screen::shell(place, title, body)
}

fn fields(seen: &Seen, part: &Part, form: Form<'_>) -> Markup {
    match &part.what {
        What::Title => html! { (form.text("title", "Title")) (form.textarea("summary", "Summary", 3)) },
        What::Objective(_) | What::Change(_) => form.textarea("text", "Text", 3).render(),
        What::Statement => form.textarea("text", "Statement", 8).render(),
        What::Lesson(_) => form
            .textarea("text", "Text", 24)
            .help("Markdown, with the title on the first line.")
            .render(),
        What::Question(id) => match seen.course.question(id) {
            Some(question) => question_fields(question, form),
            None => html! {},
        },
    }
}

fn question_fields(question: &Question, form: Form<'_>) -> Markup {
    html! {
        (form.textarea("stem", "Question", 4))
        @for (n, option) in question.options.iter().enumerate() {
            @if !option.code { (form.textarea(&format!("option.{n}.text"), &format!("Answer {}", n + 1), 2)) }
            @if option.feedback.is_some() { (form.textarea(&format!("option.{n}.feedback"), &format!("What is said about answer {}", n + 1), 2)) }
        }
        @for line in question.lines.iter().filter(|line| line.feedback.is_some()) {
            (form.textarea(&format!("line.{}.feedback", line.number), &format!("What is said about line {}", line.number), 2))
        }
        @if question.otherwise.is_some() { (form.textarea("otherwise", "Said of any other line", 2)) }
        @if question.explanation.is_some() { (form.textarea("explanation", "Explanation", 3)) }
    }
}

fn original(seen: &Seen, what: &What) -> Markup {
    let course = &seen.course;
    match what {
        What::Title => html! { h3 { (course.title) } p { (course.summary) } },
        What::Objective(id) => {
            html! { @if let Some(objective) = course.objective(id) { p { (objective.text) } } }
        }
        What::Statement => html! { @for part in course.attestation.statement.split("\n\n") { p { (part) } } },
        What::Change(n) => html! { @if let Some(change) = course.changes.get(*n) { p { (change.text) } } },
        What::Lesson(name) => {
            let assets = format!("{}/assets/", seen.draft.href());
            html! { @if let Some(lesson) = course.lesson(name) { (render::lesson(&lesson.body, &assets, 2)) } }
        }
        What::Question(id) => html! { @if let Some(question) = course.question(id) { (with_key(question)) } },
    }
}

/// "title", "objective/judge", "lesson/01-first"
fn address(what: &What) -> String {
    match what {
        What::Title => "title".to_owned(),
        What::Objective(id) => format!("objective/{id}"),
        What::Statement => "statement".to_owned(),
        What::Change(n) => format!("change/{n}"),
        What::Lesson(name) => format!("lesson/{name}"),
        What::Question(id) => format!("question/{id}"),
    }
}

fn called(course: &Course, what: &What) -> String {
    match what {
        What::Title => "Title and summary".to_owned(),
        What::Objective(id) => match course.objective(id) {
            Some(objective) => format!("Objective: {}", objective.text),
            None => format!("Objective {id}"),
        },
        What::Statement => "Statement".to_owned(),
        What::Change(n) => format!("Change {}", n + 1),
        What::Lesson(name) => match course.lesson(name) {
            Some(lesson) => format!("Lesson: {}", lesson.title),
            None => format!("Lesson {name}"),
        },
        What::Question(id) => format!("Question {id}"),
    }
}

fn standing(state: Fitting) -> Markup {
    match state {
        Fitting::Fits => tag(Standing::Met, "translated"),
        Fitting::Missing => tag(Standing::None, "missing"),
        Fitting::Behind => tag(Standing::Attention, "behind: the original has changed"),
        Fitting::Unfit(why) => html! { (tag(Standing::Gap, "does not fit")) " " (why) },
    }
}

fn original_changed() -> Refusal {
    Refusal::new(
        "original-changed",
        "Somebody has changed the original since you opened it. It stands beside your text as it is now; look at it again, then save.",
    )
}

fn gone() -> Refusal {
    Refusal::new(
        "part-gone",
        "Somebody has taken this out of the draft meanwhile. Go back to the draft.",
    )
}

fn not_toml(path: &str) -> Refusal {
    Refusal::new(
        "toml-syntax",
        format!("{path} is not TOML any more. Mend it as text first."),
    )
}
