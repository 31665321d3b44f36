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
    Answer, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    button, html, panel, see_other_saying, tag, trail,
};

mod texts;

use super::{change, gone, opened};
use crate::{
    course::{self, Course},
    draft::{self, CHANGED, Draft, DraftKind, Save},
    fault::Fault,
    folder::Folder,
    language,
    pages::course::with_key,
    render,
    translation::{self, Part, State as Fitting, What},
};
use texts::{asked, files, filled, seen_as};

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
        href(&self.draft, &self.tag)
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
    let filled = filled(&seen, &part)
        .with("of", &part.of)
        .with("seen", seen_as(&seen, &part));
    page(&place, (&seen, &part), (&filled, &Problems::none()), None).answer()
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
        let files = files(&now, &part, &typed)?;
        let is_there = |(path, body): &(String, Vec<u8>)| now.folder.files.get(path) == Some(body);
        if seen_as(&now, &part) != typed.one("seen") && !files.iter().all(is_there) {
            return Err(was_changed().into());
        }
        let saved = draft::saved(tx, draft)?;
        for (path, body) in files {
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
            // What somebody has not been told of, they have not seen: each is said before it is taken as seen.
            let (filled, theirs) = match refusal.code {
                ORIGINAL_CHANGED => (filled.instead("of", &part.of), None),
                CHANGED => (
                    filled.instead("seen", seen_as(&now, &part)),
                    Some(saved(&now, &part)),
                ),
                _ => (filled, None),
            };
            page(&place, (&now, &part), (&filled, &Problems::from(refusal)), theirs)
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

fn page(
    place: &Place,
    (seen, part): (&Seen, &Part),
    (filled, problems): (&Filled, &Problems),
    theirs: Option<Markup>,
) -> Screen {
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
            div.stack.roomy {
                (form.summary())
                @if let Some(theirs) = theirs { (theirs) }
                form.stack.roomy method="post" action={ (seen.href()) "/" (address(&part.what)) } data-behaviour="leave" data-unsaved[form.is_refused()] {
                    (form.hidden("of"))
                    (form.hidden("seen"))
                    div.stack.roomy lang=(seen.tag) dir=[language::direction(&seen.tag)] { (fields(seen, part, form)) }
                    div.row.centred.actions { (button("Save and go on")) a.button href=(seen.href()) { "All parts" } }
                }
            }
            (panel("The original", language::name(&seen.course.language), html! { div lang=(seen.course.language) { (original(seen, &part.what)) } }))
        }
    };
    Screen::shell(place, title, body)
}

fn fields(seen: &Seen, part: &Part, form: Form<'_>) -> Markup {
    html! {
        @for asked in asked(&seen.course, &part.what) {
            @match asked.rows {
                0 => (form.text(&asked.name, &asked.label)),
                rows => {
                    @let field = form.textarea(&asked.name, &asked.label, rows);
                    (if asked.help.is_empty() { field } else { field.help(asked.help) })
                },
            }
        }
    }
}

/// What somebody else has saved of the part meanwhile.
fn saved(seen: &Seen, part: &Part) -> Markup {
    let now = filled(seen, part);
    let texts = html! {
        @for asked in asked(&seen.course, &part.what) {
            @let id = format!("now-{}", asked.name);
            div.field {
                label for=(id) { (asked.label) span.visually-hidden { ", as it is saved now" } }
                textarea id=(id) rows=(asked.rows.max(2)) readonly lang=(seen.tag) dir=[language::direction(&seen.tag)] { "\n" (now.raw(&asked.name)) }
            }
        }
    };
    panel("What is saved now", "", texts)
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

fn href(draft: &Draft, tag: &str) -> String {
    format!("{}/languages/{tag}", draft.href())
}

/// The form in which a fault of a translation can be mended; the page of the language when something is missing in it.
/// None for what no form asks for: it is mended as text.
pub(super) fn of_fault((draft, course): (&Draft, &Course), fault: &Fault) -> Option<String> {
    let (tag, _) = fault.file.strip_prefix(translation::FOLDER)?.split_once('/')?;
    let translated = course.translations.get(tag)?;
    if fault.code == "translation-missing" {
        return Some(href(draft, tag));
    }
    if UNASKED.contains(&fault.code) {
        return None;
    }
    // A lesson is a file of its own, whose faults may name no line.
    let is_before = |part: &&Part| {
        let is_whole = matches!(part.what, What::Lesson(_));
        part.file == fault.file && part.line > 0 && (is_whole || part.line <= fault.line)
    };
    let parts = translated.parts.iter().filter(is_before);
    let part = parts.max_by_key(|part| part.line)?;
    Some(format!("{}/{}", href(draft, tag), address(&part.what)))
}

/// Faults of what stands in a file of a translation and in none of its forms.
const UNASKED: &[&str] = &[
    "toml-syntax",
    "translation-twice",
    "translation-unknown",
    "unknown-key",
];

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

const ORIGINAL_CHANGED: &str = "original-changed";

fn original_changed() -> Refusal {
    Refusal::new(
        ORIGINAL_CHANGED,
        "Somebody has changed the original since you opened it. It stands beside your text as it is now; look at it again, then save.",
    )
}

fn was_changed() -> Refusal {
    Refusal::new(
        CHANGED,
        "Somebody has saved this translation since you opened it. Below is what is saved now, and what you wrote. Put into yours what you want to keep of theirs, then save again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::catalogue;
    use db::Moment;

    #[test]
    fn a_fault_leads_to_the_form_of_its_part_and_what_has_none_to_no_form() {
        let folder = catalogue()
            .into_iter()
            .find_map(|(id, folder)| (id == "B02").then_some(folder))
            .expect("it is shipped, in German too");
        let course = course::read(&folder).course;
        let draft = Draft {
            id: "dra_01KT16JKM05T6MWQ8CVC5E26MW".parse().expect("an id"),
            course_id: "B02".to_owned(),
            begun_at: Moment(0),
            begun_by: "operator".to_owned(),
            ended_at: None,
        };
        let leads = |code, at: (&str, usize)| of_fault((&draft, &course), &Fault::error(at, code, "Wrong."));
        for part in &course.translations["de"].parts {
            let href = format!("{}/{}", href(&draft, "de"), address(&part.what));
            assert_eq!(leads("translation-unfit", (&part.file, part.line)), Some(href));
        }
        let lesson = "translations/de/lessons/01-three-questions.md";
        assert!(leads("link", (lesson, 0)).is_some_and(|href| href.ends_with("/lesson/01-three-questions")));
        let file = "translations/de/course.toml";
        assert_eq!(leads("translation-missing", (file, 0)), Some(href(&draft, "de")));
        assert_eq!(leads("translation-unknown", (file, 20)), None);
        assert_eq!(leads("translation-unfit", ("questions/judge.toml", 3)), None);
    }
}
