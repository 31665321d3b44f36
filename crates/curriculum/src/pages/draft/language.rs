//! A course of a draft in another language: which parts are missing or behind, and each beside its original.
//!
//! Saving a part writes down what it was translated from; when the original changes, the part is behind, and is read in the
//! original's language until somebody has looked at it again. What is right is the original's alone: no key is asked here.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Db, Id, Refusal};
use toml_edit::{DocumentMut, Table as TomlTable, value};
use web::{
    Answer, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Render, Screen, Standing,
    Table, button, html, panel, see_other_saying, tag, trail,
};

use super::{change, opened};
use crate::{
    course::{self, Course},
    draft::{self, Draft, DraftKind, Save},
    folder::Folder,
    language,
    pages::course::with_key,
    question::{Pool, Question},
    render,
    translation::{self, Part, State as Fitting, What},
    writing::{self, As},
};

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

/// What is written now.
fn filled(seen: &Seen, part: &Part) -> Filled {
    let parsed = |path: &str| {
        seen.folder
            .text(path)
            .and_then(writing::parse)
            .unwrap_or_default()
    };
    let shown = |table: Option<&TomlTable>, key| {
        table.map_or_else(String::new, |table| writing::shown(table, key, As::Text))
    };
    match &part.what {
        What::Title => {
            let file = parsed(&seen.file());
            Filled::nothing()
                .with("title", shown(Some(&file), "title"))
                .with("summary", shown(Some(&file), "summary"))
        }
        What::Statement => Filled::nothing().with(
            "text",
            shown(Some(&parsed(&seen.file())), "attestation.statement"),
        ),
        What::Lesson(name) => {
            let path = lesson_file(seen, name);
            Filled::nothing().with("text", seen.folder.text(&path).unwrap_or_default())
        }
        What::Objective(_) | What::Change(_) => {
            let file = parsed(&seen.file());
            Filled::nothing().with("text", shown(row(&file, seen, &part.what), "text"))
        }
        What::Question(_) => {
            let file = parsed(&question_file(seen, &part.what));
            let Some(table) = row(&file, seen, &part.what) else {
                return Filled::nothing();
            };
            let mut filled = Filled::nothing();
            for key in ["stem", "otherwise", "explanation"] {
                filled = filled.with(key, shown(Some(table), key));
            }
            for (n, option) in writing::rows(table, "option").into_iter().enumerate() {
                for key in ["text", "feedback"] {
                    filled = filled.with(&format!("option.{n}.{key}"), shown(Some(option), key));
                }
            }
            for line in writing::rows(table, "line") {
                let number = writing::shown(line, "number", As::Number);
                filled = filled.with(&format!("line.{number}.feedback"), shown(Some(line), "feedback"));
            }
            filled
        }
    }
}

/// The files with what was typed, and with what it was translated from.
fn files(seen: &Seen, part: &Part, typed: &Filled) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let parsed = |path: &str| {
        let text = seen.folder.text(path).unwrap_or_default();
        writing::parse(text).ok_or_else(|| not_toml(path))
    };
    let done = |path: String, file: DocumentMut| (path, file.to_string().into_bytes());
    let path = seen.file();
    let mut file = parsed(&path)?;
    match &part.what {
        What::Title => {
            for key in ["title", "summary"] {
                writing::put(&mut file, (key, As::Text), needed(typed, key)?);
            }
            file["of"] = value(&part.of);
        }
        What::Statement => {
            writing::put(
                &mut file,
                ("attestation.statement", As::Text),
                needed(typed, "text")?,
            );
            writing::put(&mut file, ("attestation.of", As::Text), &part.of);
        }
        What::Objective(_) | What::Change(_) => {
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            writing::put(row, ("text", As::Text), needed(typed, "text")?);
            row["of"] = value(&part.of);
        }
        What::Lesson(name) => {
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            row["of"] = value(&part.of);
            let text = needed(typed, "text")?.replace("\r\n", "\n");
            let lesson = (lesson_file(seen, name), text.into_bytes());
            return Ok(vec![lesson, done(path, file)]);
        }
        What::Question(id) => {
            let path = question_file(seen, &part.what);
            let mut file = parsed(&path)?;
            let question = seen.course.question(id).ok_or_else(gone)?;
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            write_question(row, (question, &part.of), typed)?;
            return Ok(vec![done(path, file)]);
        }
    }
    Ok(vec![done(path, file)])
}

fn write_question(
    row: &mut TomlTable,
    (question, of): (&Question, &str),
    typed: &Filled,
) -> Result<(), Refusal> {
    row["of"] = value(of);
    writing::put(row, ("stem", As::Text), needed(typed, "stem")?);
    for (key, has) in [
        ("otherwise", &question.otherwise),
        ("explanation", &question.explanation),
    ] {
        if has.is_some() {
            writing::put(row, (key, As::Text), needed(typed, key)?);
        }
    }
    let options = writing::rows_mut(row, "option").ok_or_else(|| not_toml(&question.file))?;
    while options.len() < question.options.len() {
        options.push(writing::fresh());
    }
    while options.len() > question.options.len() {
        options.remove(options.len() - 1);
    }
    for (n, option) in question.options.iter().enumerate() {
        let Some(row) = options.get_mut(n) else { continue };
        for (key, has) in [("text", !option.code), ("feedback", option.feedback.is_some())] {
            if has {
                writing::put(row, (key, As::Text), needed(typed, &format!("option.{n}.{key}"))?);
            }
        }
    }
    if question.options.is_empty() {
        row.remove("option");
    }
    if question.lines.iter().any(|line| line.feedback.is_some()) {
        row.remove("line");
        let lines = writing::rows_mut(row, "line").ok_or_else(|| not_toml(&question.file))?;
        for line in question.lines.iter().filter(|line| line.feedback.is_some()) {
            let mut table = writing::fresh();
            table["number"] = value(i64::try_from(line.number).unwrap_or(i64::MAX));
            writing::put(
                &mut table,
                ("feedback", As::Text),
                needed(typed, &format!("line.{}.feedback", line.number))?,
            );
            lines.push(table);
        }
    }
    Ok(())
}

/// Where the part stands: the name of its tables, and the key and the value by which it is found.
fn stands(seen: &Seen, what: &What) -> Option<(&'static str, &'static str, String)> {
    Some(match what {
        What::Objective(id) => ("objective", "id", id.clone()),
        What::Change(n) => ("change", "on", seen.course.changes.get(*n)?.on.to_string()),
        What::Lesson(name) => ("lesson", "name", name.clone()),
        What::Question(id) => ("question", "id", id.clone()),
        What::Title | What::Statement => return None,
    })
}

/// Which of several with one key it is: two changes of one day are told apart by their order.
fn nth(seen: &Seen, what: &What) -> usize {
    match what {
        What::Change(n) => {
            let on = seen.course.changes.get(*n).map(|change| change.on);
            let before = seen.course.changes.iter().take(*n);
            before.filter(|change| Some(change.on) == on).count()
        }
        _ => 0,
    }
}

fn row<'t>(file: &'t DocumentMut, seen: &Seen, what: &What) -> Option<&'t TomlTable> {
    let (tables, key, id) = stands(seen, what)?;
    let is_it = |row: &&TomlTable| writing::shown(row, key, As::Text) == id;
    writing::rows(file, tables)
        .into_iter()
        .filter(is_it)
        .nth(nth(seen, what))
}

fn row_mut<'t>(file: &'t mut DocumentMut, seen: &Seen, what: &What) -> Option<&'t mut TomlTable> {
    let (tables, key, id) = stands(seen, what)?;
    let rows = writing::rows_mut(file, tables)?;
    let is_it = |row: &TomlTable| writing::shown(row, key, As::Text) == id;
    let found = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| is_it(row))
        .map(|(at, _)| at)
        .nth(nth(seen, what));
    let at = found.unwrap_or_else(|| {
        let mut table = writing::fresh();
        table[key] = value(&id);
        rows.push(table);
        rows.len() - 1
    });
    rows.get_mut(at)
}

fn lesson_file(seen: &Seen, name: &str) -> String {
    format!("{}{}/lessons/{name}.md", translation::FOLDER, seen.tag)
}

fn question_file(seen: &Seen, what: &What) -> String {
    let What::Question(id) = what else {
        return String::new();
    };
    let question = seen.course.question(id);
    let (pool, objective) = question.map_or((Pool::Course, ""), |one| (one.pool, one.objective.as_str()));
    let pool = if pool == Pool::Course {
        "questions"
    } else {
        "test_out"
    };
    format!("{}{}/{pool}/{objective}.toml", translation::FOLDER, seen.tag)
}

fn needed<'f>(typed: &'f Filled, key: &str) -> Result<&'f str, Refusal> {
    let text = typed.raw(key);
    if text.trim().is_empty() {
        return Err(Refusal::new(
            "translation-empty",
            "Translate this too: a part counts when all of it is there.",
        )
        .field(key));
    }
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::catalogue;
    use db::Moment;

    fn seen(folder: Folder, tag: &str) -> Seen {
        Seen {
            course: course::read(&folder).course,
            draft: Draft {
                id: "dra_01KT16JKM05T6MWQ8CVC5E26MW".parse().expect("an id"),
                course_id: "T01".to_owned(),
                begun_at: Moment(0),
                begun_by: "operator".to_owned(),
                ended_at: None,
            },
            folder,
            tag: tag.to_owned(),
        }
    }

    /// Everything the form of the part asks, answered with the original's own words.
    fn typed(seen: &Seen, part: &Part) -> Filled {
        let course = &seen.course;
        let text = |text: &str| Filled::nothing().with("text", text);
        match &part.what {
            What::Title => Filled::nothing()
                .with("title", &course.title)
                .with("summary", &course.summary),
            What::Objective(id) => text(&course.objective(id).expect("there").text),
            What::Statement => text(&course.attestation.statement),
            What::Change(n) => text(&course.changes[*n].text),
            What::Lesson(name) => text(&course.lesson(name).expect("there").body),
            What::Question(id) => {
                let question = course.question(id).expect("there");
                let mut filled = Filled::nothing().with("stem", &question.stem);
                for (n, option) in question.options.iter().enumerate() {
                    filled = filled.with(&format!("option.{n}.text"), &option.text);
                    filled = filled.with(
                        &format!("option.{n}.feedback"),
                        option.feedback.clone().unwrap_or_default(),
                    );
                }
                for line in &question.lines {
                    filled = filled.with(
                        &format!("line.{}.feedback", line.number),
                        line.feedback.clone().unwrap_or_default(),
                    );
                }
                let said = |text: &Option<String>| text.clone().unwrap_or_default();
                filled
                    .with("otherwise", said(&question.otherwise))
                    .with("explanation", said(&question.explanation))
            }
        }
    }

    #[test]
    fn a_course_that_was_translated_part_by_part_is_all_there() {
        for (id, folder) in catalogue() {
            let mut now = seen(folder, "fr");
            let mut count = 0;
            while let Some(part) = translation::parts(&now.course, "fr")
                .into_iter()
                .find(|part| part.state != Fitting::Fits)
            {
                let written = files(&now, &part, &typed(&now, &part)).expect("everything is typed");
                let mut folder = now.folder.clone();
                folder.files.extend(written);
                now = seen(folder, "fr");
                let after = now.part(&address(&part.what)).expect("it is still there");
                assert_eq!(after.state, Fitting::Fits, "{id} {:?}", part.what);
                assert_eq!(
                    filled(&now, &after).one("stem"),
                    typed(&now, &after).one("stem"),
                    "{id} {:?}",
                    part.what
                );
                count += 1;
            }
            assert!(count > 20, "{id} has more parts than {count}");
            let course = crate::Course::parse(&now.folder).expect("it reads");
            assert_eq!(
                course.translations["fr"].parts.len(),
                course.translations["fr"].count(|_| true),
                "{id}"
            );
        }
    }

    #[test]
    fn half_a_part_is_refused_and_names_the_field() {
        let (_, folder) = catalogue().remove(0);
        let now = seen(folder, "fr");
        let part = now.part("title").expect("every course has a title");
        let refusal = files(&now, &part, &Filled::nothing().with("title", "Titre"))
            .expect_err("the summary is missing");
        assert_eq!(refusal.field.as_deref(), Some("summary"));
    }
}
