//! A part while it is written: its form, with what is wrong and how it looks beside it.
//!
//! Both are shown again while somebody types, where scripts run ([`look`], which saves nothing), and after saving everywhere.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Day, Db, Id, Refusal};
use web::{
    Answer, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, button, html,
    note, panel, see_other_saying, trail,
};

use super::{Part, without};
use crate::{
    course::COURSE_FILE,
    draft::{self, Draft, DraftKind, Save},
    folder::Folder,
    pages::draft::{change, faults},
    render, writing,
};

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
pub(in crate::pages::draft) async fn show(
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
    page(&place, (&seen, &part), (&filled, &Problems::none()), None).answer()
}

/// POST /drafts/{id}/parts/{*part}
pub(in crate::pages::draft) async fn keep(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path((id, written)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let part = Part::of(&written).ok_or(Error::Missing)?;
    let to = part.renamed(&filled);
    match save(&db, &editor, (&id, &part), &filled).await {
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
        Err(Error::Refused(refusal)) => {
            let now = seen(&db, (&id, &part)).await?;
            let is_changed = refusal.code == draft::CHANGED;
            let (filled, theirs) = match is_changed {
                true => (filled.instead("seen", now.number), Some(saved(&now, &part))),
                false => (filled, None),
            };
            page(&place, (&now, &part), (&filled, &Problems::from(refusal)), theirs)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
        Err(error) => Err(error),
    }
}

/// What somebody else has saved meanwhile.
fn saved(now: &Seen, part: &Part) -> Markup {
    let text = now.folder.text(part.path()).unwrap_or_default();
    panel("What is saved now", "", render::code(text, None))
}

fn filled_seen(filled: &Filled) -> i64 {
    filled.one("seen").parse().unwrap_or(-1)
}

async fn save(db: &Db, editor: &Editor, (id, part): (&str, &Part), filled: &Filled) -> Result<(), Error> {
    let (part, filled) = (part.clone(), filled.clone());
    let done = change(db, editor, id, move |tx, draft| {
        let folder = draft::folder(tx, draft)?;
        let (body, to) = (part.body(&folder, &filled)?, part.renamed(&filled));
        let seen = filled_seen(&filled);
        if to.path() != part.path() {
            if folder.files.contains_key(to.path()) {
                return Err(name_taken().into());
            }
            let number = draft::saved(tx, draft)?
                .get(to.path())
                .map_or(0, |saved| saved.number);
            let new = Save {
                path: to.path().to_owned(),
                body: Some(body),
                seen: number,
            };
            draft::save(tx, draft, &new)?;
            let old = Save {
                path: part.path().to_owned(),
                body: None,
                seen,
            };
            draft::save(tx, draft, &old)?;
            return Ok(());
        }
        let save = Save {
            path: part.path().to_owned(),
            body: Some(body),
            seen,
        };
        draft::save(tx, draft, &save)?;
        Ok(())
    });
    done.await.map(|_| ())
}

/// POST /drafts/{id}/looks/{*part}: what is wrong with what is typed and how it looks, and nothing is saved.
pub(in crate::pages::draft) async fn look(
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
pub(in crate::pages::draft) async fn end(
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
    let number = filled_seen(&filled);
    let (draft, _) = change(&db, &editor, &id, move |tx, draft| {
        let save = Save {
            path: part.path().to_owned(),
            body: without(&draft::folder(tx, draft)?, &part)?,
            seen: number,
        };
        draft::save(tx, draft, &save)
    })
    .await?;
    Ok(see_other_saying(&draft.href(), "It is taken out of the draft."))
}

fn page(
    place: &Place,
    (seen, part): (&Seen, &Part),
    (filled, problems): (&Filled, &Problems),
    theirs: Option<Markup>,
) -> Screen {
    let (draft, form) = (&seen.draft, Form::new(filled, problems));
    let title = part.title(&seen.folder);
    let lead = match part {
        Part::Section(section) => section.lead,
        Part::File(_) => "The file as it is kept. The forms write the same file.",
        _ => "",
    };
    let body = html! {
        (Opening::new(title.clone())
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts"), (&draft.course_id, &draft.href())], &title))
            .lead(lead))
        div.two {
            div.stack.roomy {
                (form.summary())
                @if let Some(theirs) = theirs { (theirs) }
                form.stack.roomy method="post" novalidate action=(part.href(draft)) data-behaviour="leave" data-unsaved[form.is_refused()] data-look={ (draft.href()) "/looks/" (part.address()) } {
                    (form.hidden("seen"))
                    (part.fields(filled, form))
                    div.row.centred.actions { (button("Save")) a.button href=(draft.href()) { "Back to the draft" } }
                }
                @if is_removable(part) { (removal(seen, part)) }
            }
            div.stack.roomy data-behaviour="live" { (beside(seen, part)) }
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

fn name_taken() -> Refusal {
    Refusal::new("name-taken", "Another lesson has this name. Choose another.").field("name")
}
