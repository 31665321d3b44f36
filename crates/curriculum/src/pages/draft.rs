//! The drafts, one draft with everything that is wrong with it, and how it becomes an edition or is given up.
//!
//! For editors and owners: a draft holds the keys of its questions. What is written is in [`part`]; who proposes and who
//! publishes in [`proposal`](crate::proposal).

mod faults;
mod language;
mod part;
mod piece;
mod section;
mod sheet;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use db::{Actor, Db, Id, Reader, Refusal, Tx};
use identity::account;
use web::{
    Answer, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table, Upload,
    button, html, limits, main_link, panel, see_other_saying, trail,
};

use crate::{
    course::{COURSE_FILE, is_course_id},
    draft::{self, Draft, DraftKind},
    edition,
    folder::{Folder, shipped, unpacked},
    proposal::{self, ProposalKind},
    writing,
};
use sheet::Sheet;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/drafts", get(index).post(begin_new))
        .route("/drafts/new", get(new))
        .route("/drafts/folders", post(begin_from).layer(limits::upload()))
        .route("/courses/{id}/drafts", post(begin))
        .route("/drafts/{id}", get(show))
        .route("/drafts/{id}/differences", get(differences))
        .route("/drafts/{id}/base", post(take_base))
        .route("/drafts/{id}/end", post(discard))
        .route("/drafts/{id}/proposals", post(propose))
        .route("/drafts/{id}/proposals/{proposal}/review", post(review))
        .route("/drafts/{id}/parts/{*part}", get(part::show).post(part::keep))
        .route("/drafts/{id}/looks/{*part}", post(part::look))
        .route("/drafts/{id}/ends/{*part}", post(part::end))
        .route("/drafts/{id}/languages", post(language::begin))
        .route("/drafts/{id}/languages/{tag}", get(language::index))
        .route(
            "/drafts/{id}/languages/{tag}/{*part}",
            get(language::show).post(language::keep),
        )
        .route("/drafts/{id}/lessons", post(piece::lesson))
        .route("/drafts/{id}/questions", post(piece::question))
        .route(
            "/drafts/{id}/assets",
            post(piece::picture).layer(limits::upload()),
        )
        .route("/drafts/{id}/assets/{name}", get(piece::show_picture))
        .route("/drafts/{id}/folder.zip", get(piece::folder))
}

async fn index(place: Place, _: Editor, State(db): State<Db>) -> Answer {
    let rows = db.read(|reader| {
        let mut rows = Vec::new();
        for draft in draft::all_open(reader)? {
            let (by, zone) = (account::called(reader, &draft.begun_by)?, reader.zone()?);
            rows.push([
                html! { a href=(draft.href()) { (draft.course_id) } },
                html! { (draft.begun_at.long(&zone)) },
                html! { (by) },
                html! { (standing(reader, &draft)?) },
            ]);
        }
        Ok(rows)
    });
    let rows = rows.await?;
    let finding = match rows.len() {
        0 => "No course is being written or changed.".to_owned(),
        1 => "One course is being written or changed.".to_owned(),
        many => format!("{many} courses are being written or changed."),
    };
    let columns = [
        Column::new("Course"),
        Column::new("Begun"),
        Column::new("By"),
        Column::new("How far"),
    ];
    let table = Table::new("Drafts", columns)
        .labelled()
        .empty("Open a course and choose “Change this course”, or begin a new one.")
        .rows(rows);
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Courses", "/courses")], "Drafts"))
            .lead("Nobody learns with a draft. Somebody who wrote none of it publishes it as the next edition, and what people have completed stays completed.")
            .actions(main_link("Begin a new course", "/drafts/new")))
        (table)
    };
    Screen::shell(&place, "Drafts", body).answer()
}

fn standing(reader: &mut Reader, draft: &Draft) -> db::Result<&'static str> {
    let Some(newest) = proposal::of_draft(reader, draft)?.into_iter().next() else {
        return Ok("being written");
    };
    if newest.review.is_some() {
        return Ok("sent back");
    }
    Ok(if newest.waits(draft, &draft::folder(reader, draft)?) {
        "proposed"
    } else {
        "changed since it was proposed"
    })
}

async fn new(place: Place, _: Editor) -> Answer {
    new_page(&place, (&usual(), &Problems::none())).answer()
}

/// What most will leave as it is.
fn usual() -> Filled {
    Filled::nothing()
        .with("language", "en")
        .with("owner", "Security team")
}

fn new_page(place: &Place, (filled, problems): (&Filled, &Problems)) -> Screen {
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new("Begin a new course")
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts")], "New"))
            .lead("It begins as a draft with one lesson and one question. The list of what is wrong shows what is still missing."))
        (form.summary())
        form.stack.roomy method="post" action="/drafts" data-behaviour="leave" {
            (form.text("id", "Id").help("One to three capital letters and one or two digits. Ours begin with B, D and the like; take X01, X02 and so on and they will never meet.").short())
            (form.text("title", "Title").length_max(120))
            (form.text("owner", "Owner").help("The team that keeps it true.").length_max(120))
            (form.text("language", "Language").help("A tag such as en, de or pt-BR.").short())
            (button("Begin"))
        }
        (panel("Or begin with a folder", "", html! {
            p { "A course that is kept in files, packed as a ZIP. If it is published here already, the draft changes its current edition into what the ZIP holds." }
            form.stack.roomy method="post" action="/drafts/folders" enctype="multipart/form-data" {
                (form.file("file", "ZIP of the folder").accept(".zip,application/zip").help("With course.toml in it, or one folder that has it; at most 32 MB."))
                button.button type="submit" { "Begin with the ZIP" }
            }
        }))
    };
    Screen::shell(place, "New course", body)
}

async fn begin_new(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let typed = filled.clone();
    let begun = db.write(actor(&editor), move |tx| {
        let folder = piece::blank(&typed, tx.today()?);
        draft::begin_new(tx, typed.one("id"), &folder)
    });
    match begun.await {
        Ok(draft) => Ok(see_other_saying(&draft.href(), "The draft is begun.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            new_page(&place, (&filled, &problems))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

/// POST /drafts/folders: the files of a ZIP as a draft of the course that they name.
async fn begin_from(place: Place, editor: Editor, State(db): State<Db>, upload: Upload) -> Answer {
    let begun = match taken_in(&upload) {
        Ok((id, folder)) => {
            db.write(actor(&editor), move |tx| draft::begin_from(tx, &id, &folder))
                .await
        }
        Err(refusal) => Err(refusal.into()),
    };
    match begun {
        Ok(draft) => Ok(see_other_saying(
            &draft.href(),
            "The draft is begun with the files of the ZIP.",
        )),
        Err(db::Error::Refused(refusal)) => {
            // Whatever is wrong with the course, here it is the file that has to be another.
            let problems = Problems::from(refusal.field("file"));
            new_page(&place, (&usual(), &problems))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
        Err(db::Error::Fault(fault)) => Err(fault.into()),
    }
}

/// The id of the course in the ZIP, and its files.
fn taken_in(upload: &Upload) -> Result<(String, Folder), Refusal> {
    let file = upload
        .file("file")
        .ok_or_else(|| Refusal::new("file-missing", "Choose a ZIP first, then press the button."))?;
    let folder = unpacked(&file.bytes)?;
    let written = folder.text(COURSE_FILE).and_then(writing::parse);
    let id = written.map(|written| writing::shown(&written, "id", writing::As::Text));
    let id = id.filter(|id| is_course_id(id)).ok_or_else(no_id)?;
    Ok((id, folder))
}

/// Begins to change a course, or goes to the draft that is open.
async fn begin(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    if !is_course_id(&id) {
        return Err(Error::Missing);
    }
    let draft = db
        .write(actor(&editor), move |tx| {
            if let Some(open) = draft::open_of(tx, &id)? {
                return Ok(open);
            }
            match (edition::current(tx, &id)?, shipped(&id)) {
                (None, Some(folder)) => draft::begin_new(tx, &id, &folder),
                _ => draft::begin(tx, &id),
            }
        })
        .await?;
    Ok(see_other_saying(
        &draft.href(),
        "Nobody learns with a draft: write as you like.",
    ))
}

async fn show(place: Place, editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let sheet = seen(&db, &id).await?;
    page(&place, &editor, (&sheet, &Filled::nothing(), &Problems::none())).answer()
}

fn page(place: &Place, editor: &Editor, (sheet, filled, problems): (&Sheet, &Filled, &Problems)) -> Screen {
    let form = Form::new(filled, problems);
    let body = html! {
        (sheet.opening())
        (form.summary())
        (sheet.body(&actor(editor).to_string(), form))
    };
    Screen::shell(place, format!("Draft of {}", sheet.draft.course_id), body)
}

async fn seen(db: &Db, id: &str) -> Result<Sheet, Error> {
    let id: Id<DraftKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db.read(move |reader| match draft::find(reader, &id)? {
        Some(draft) => Sheet::read(reader, draft).map(Some),
        None => Ok(None),
    });
    found.await?.ok_or(Error::Missing)
}

async fn differences(place: Place, _: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let sheet = seen(&db, &id).await?;
    let body: Markup = sheet.differences();
    Screen::shell(
        &place,
        format!("What the draft of {} changes", sheet.draft.course_id),
        body,
    )
    .answer()
}

async fn take_base(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (draft, ()) = change(&db, &editor, &id, |tx, draft| {
        match edition::current(tx, &draft.course_id)? {
            Some(current) => draft::take_base(tx, draft, &current),
            None => Ok(()),
        }
    })
    .await?;
    Ok(see_other_saying(
        &draft.href(),
        "The edition is brought in. Files that you had changed are as you wrote them; look at what differs.",
    ))
}

async fn discard(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    change(&db, &editor, &id, draft::discard).await?;
    Ok(see_other_saying(
        "/drafts",
        "The draft is given up. The course is as it was.",
    ))
}

async fn propose(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let note = filled.raw("note").to_owned();
    let done = change(&db, &editor, &id, move |tx, draft| {
        proposal::propose(tx, draft, &note)
    })
    .await;
    after(
        (&place, &db, &id),
        (&editor, &filled),
        done.map(|(draft, _)| {
            (
                draft.href(),
                "It is proposed. Ask somebody who wrote none of it to look at it.",
            )
        }),
    )
    .await
}

async fn review(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path((id, proposed)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let proposed: Id<ProposalKind> = proposed.parse().map_err(|_| Error::Missing)?;
    let (note, publishes) = (filled.raw("note").to_owned(), filled.one("outcome") == "publish");
    let done = change(&db, &editor, &id, move |tx, draft| {
        let found = proposal::of_draft(tx, draft)?
            .into_iter()
            .find(|one| one.id == proposed);
        let Some(found) = found else { return Ok(None) };
        if publishes {
            proposal::publish(tx, (draft, &found), &note)?;
        } else {
            proposal::send_back(tx, (draft, &found), &note)?;
        }
        Ok(Some(()))
    });
    let to = |draft: Draft| {
        if publishes {
            (
                format!("/courses/{}", draft.course_id),
                "It is published. What people have completed stays completed.",
            )
        } else {
            (draft.href(), "It is sent back.")
        }
    };
    let done = match done.await {
        Ok((_, None)) => return Err(Error::Missing),
        Ok((draft, Some(()))) => Ok(to(draft)),
        Err(error) => Err(error),
    };
    after((&place, &db, &id), (&editor, &filled), done).await
}

/// On to the next page, or back to the draft with what is wrong.
async fn after(
    (place, db, id): (&Place, &Db, &str),
    (editor, filled): (&Editor, &Filled),
    done: Result<(String, &str), Error>,
) -> Answer {
    match done {
        Ok((href, said)) => Ok(see_other_saying(&href, said)),
        Err(Error::Refused(refusal)) => {
            let sheet = seen(db, id).await?;
            page(place, editor, (&sheet, filled, &Problems::from(refusal)))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
        Err(error) => Err(error),
    }
}

/// Does something with a draft as it is in the same transaction.
async fn change<T: Send + 'static>(
    db: &Db,
    editor: &Editor,
    id: &str,
    run: impl Fn(&mut Tx, &Draft) -> db::Result<T> + Send + 'static,
) -> Result<(Draft, T), Error> {
    let id: Id<DraftKind> = id.parse().map_err(|_| Error::Missing)?;
    let done = db.write(actor(editor), move |tx| {
        let Some(draft) = draft::find(tx, &id)? else {
            return Ok(None);
        };
        let made = run(tx, &draft)?;
        Ok(Some((draft, made)))
    });
    done.await?.ok_or(Error::Missing)
}

fn actor(editor: &Editor) -> Actor {
    Actor::Person(editor.account.clone())
}

/// The draft and its files.
fn opened(reader: &mut Reader, id: &Id<DraftKind>) -> db::Result<Option<(Draft, Folder)>> {
    let Some(draft) = draft::find(reader, id)? else {
        return Ok(None);
    };
    let folder = draft::folder(reader, &draft)?;
    Ok(Some((draft, folder)))
}

fn no_id() -> Refusal {
    Refusal::new(
        "course-zip-id",
        "The ZIP’s course.toml names no course. Write its id there, one to three capital letters and one or two digits: id = \"X07\".",
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
