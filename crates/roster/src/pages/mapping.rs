//! The mapping of a file that was sent: each column with its first values, what muster takes it for, and what it is.
//!
//! Saving it leads to the plan, and the source's next files are read by it. For owners.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Db, Id, Refusal};
use web::visitor::Owner;
use web::{
    Answer, Choice, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing as Mark, button,
    html, note, see_other, trail,
};

use crate::engagement::EngagementKind;
use crate::mapping;
use crate::snapshot::Status;
use crate::sources::column::{Column, NAMES};
use crate::sources::file::{self, Options};
use crate::sources::look::{Look, Said, Seen};
use crate::sources::mapping::Mapping;
use crate::upload::{self, Upload, UploadKind};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/roster/mappings/{upload}", get(show).post(create))
}

/// A file that waits, as its source's mapping shows it.
struct Looked {
    upload: Upload,
    look: Look,
    saved: Mapping,
    /// Why the saved mapping, or muster alone, cannot read the file.
    unfit: Option<Refusal>,
}

async fn looked(db: &Db, id: Id<UploadKind>) -> Result<Looked, Error> {
    let looked = db
        .read(move |r| {
            let upload = upload::find(r, &id)?;
            let options = mapping::options(r, &upload.source, upload.kind)?;
            let unfit = file::read(&upload.bytes, &options).err();
            let look = match Look::at(&upload.bytes, &options) {
                Ok(look) => look,
                // The mapping is of another file than this one: begin from what muster knows by itself.
                Err(_) => Look::at(&upload.bytes, &Options::default())?,
            };
            Ok(Looked {
                upload,
                look,
                saved: options.mapping,
                unfit,
            })
        })
        .await?;
    Ok(looked)
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(upload): Path<String>) -> Answer {
    let id: Id<UploadKind> = upload.parse::<Id<UploadKind>>().map_err(|_| Error::Missing)?;
    let looked = looked(&db, id.clone()).await?;
    let filled = taken(&looked.look);
    page(&place, (&id, &looked), &filled, &Problems::none()).answer()
}

async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(upload): Path<String>,
    filled: Filled,
) -> Answer {
    let id: Id<UploadKind> = upload.parse::<Id<UploadKind>>().map_err(|_| Error::Missing)?;
    let looked = looked(&db, id.clone()).await?;
    let mapping = match said(&looked, &filled) {
        Ok(mapping) => mapping,
        Err(problems) => {
            return page(&place, (&id, &looked), &filled, &problems)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer();
        }
    };
    let source = looked.upload.source.clone();
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        mapping::save(tx, &source, &mapping)
    })
    .await?;
    Ok(see_other(&format!("/roster/plans/{id}")))
}

/// The mapping the form describes, if the file can be read by it.
fn said(looked: &Looked, filled: &Filled) -> Result<Mapping, Problems> {
    let words = |name: &'static str, count: usize| (0..count).map(move |index| format!("{name}-{index}"));
    let look = &looked.look;
    let said = Said {
        columns: words("column", look.columns.len())
            .map(|name| Column::named(filled.one(&name)))
            .collect(),
        kinds: words("kind", look.kinds.len())
            .zip(&look.kinds)
            .filter_map(|(name, (word, _))| Some((word.clone(), filled.one(&name).parse().ok()?)))
            .collect(),
        statuses: words("status", look.statuses.len())
            .zip(&look.statuses)
            .filter_map(|(name, (word, _))| Some((word.clone(), Status::named(filled.one(&name))?)))
            .collect(),
    };
    let mut mapping = look.mapping(&said)?;
    // Words of earlier files hold on, unless this form says something else of them.
    for (word, kind) in &looked.saved.kinds {
        mapping.kinds.entry(word.clone()).or_insert(*kind);
    }
    for (word, status) in &looked.saved.statuses {
        mapping.statuses.entry(word.clone()).or_insert(*status);
    }
    let options = Options {
        kind: looked.upload.kind,
        mapping,
    };
    file::read(&looked.upload.bytes, &options)?;
    Ok(options.mapping)
}

/// The form as it stands before anybody has said anything.
fn taken(look: &Look) -> Filled {
    let mut filled = Filled::nothing();
    for (index, column) in look.columns.iter().enumerate() {
        let taken = column.taken_for.map_or("", Column::name);
        filled = filled.with(&format!("column-{index}"), taken);
    }
    for (index, (_, kind)) in look.kinds.iter().enumerate() {
        filled = filled.with(&format!("kind-{index}"), kind.map_or("", EngagementKind::as_str));
    }
    for (index, (_, status)) in look.statuses.iter().enumerate() {
        filled = filled.with(&format!("status-{index}"), status.map_or("", Status::as_str));
    }
    filled
}

fn page(
    place: &Place,
    (id, looked): (&Id<UploadKind>, &Looked),
    filled: &Filled,
    problems: &Problems,
) -> Screen {
    let form = Form::new(filled, problems);
    let steps = [("People", "/people"), ("Files", "/roster/files")];
    let source = &looked.upload.source;
    let body = html! {
        (Opening::new("Say what the columns are.")
            .over(trail(&steps, "Columns"))
            .lead(html! { (looked.upload.file_name) " from " b { (source) } ". Change only what is taken for the wrong thing. What you say is kept for the next files of " b { (source) } "." }))
        @if let Some(unfit) = &looked.unfit { (note(Mark::Attention, &unfit.sentence)) }
        (form.summary())
        form.stack.roomy method="post" action={ "/roster/mappings/" (id) } {
            (columns(&looked.look, &form))
            (words("Kinds of people", &looked.look.kinds, &form, &KINDS))
            (words("States", &looked.look.statuses, &form, &STATES))
            (button("Save and show what would change"))
        }
    };
    Screen::shell(place, "Columns of a file", body)
}

fn columns(look: &Look, form: &Form<'_>) -> Markup {
    let choices: Vec<Choice> = NAMES
        .iter()
        .map(|(_, name, _)| Choice::new(name, in_words(name)))
        .collect();
    html! {
        @for (index, column) in look.columns.iter().enumerate() {
            @if column.is_forbidden {
                p { b { (column.header) } " " span.soft { "is what a roster must not hold. It is dropped, and its values are not shown." } }
            } @else if !column.header.is_empty() {
                @let name = format!("column-{index}");
                (form.select(&name, &column.header, &choices).help(shown(column)).optional().unset("Not read"))
            }
        }
    }
}

/// What somebody who knows the file needs to see of a column.
fn shown(column: &Seen) -> String {
    if column.values.is_empty() {
        return "Blank in the rows that were looked at.".to_owned();
    }
    format!("Begins with {}.", column.values.join(" · "))
}

/// The words of one sort that muster does not know.
struct Words<T: 'static> {
    field: &'static str,
    meanings: &'static [T],
    choice: fn(&T) -> Choice,
}

const KINDS: Words<EngagementKind> = Words {
    field: "kind",
    meanings: &EngagementKind::ALL,
    choice: |kind| Choice::new(kind.as_str(), kind.label()),
};
const STATES: Words<Status> = Words {
    field: "status",
    meanings: &Status::ALL,
    choice: |status| Choice::new(status.as_str(), in_words(status.as_str())),
};

fn words<T>(title: &str, unknown: &[(String, Option<T>)], form: &Form<'_>, sort: &Words<T>) -> Markup {
    let choices: Vec<Choice> = sort.meanings.iter().map(sort.choice).collect();
    html! {
        @if !unknown.is_empty() {
            h2 { (title) }
            p.soft { "Words of the file that muster does not know." }
            @for (index, (word, _)) in unknown.iter().enumerate() {
                @let name = format!("{}-{index}", sort.field);
                (form.select(&name, word, &choices).optional().unset("Not known"))
            }
        }
    }
}

/// A column's name as a page says it: "Source id".
fn in_words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
