//! One edition in one of its other languages: as its readers see it, and what of it they read in the original's.
//!
//! For authors and auditors, and for everybody who wants to know what there is. Keys are shown to whoever sees them anywhere.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use db::Db;
use web::{Answer, Column, Error, Markup, Place, Screen, Standing, Table, Visitor, html, note, panel, tag};

use crate::{
    course::Course,
    edition::{self, Edition},
    language,
    translation::{State as Fitting, Translated, What},
};

/// GET /courses/{id}/editions/{number}/translations/{tag}
pub(super) async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path((id, number, tag)): Path<(String, String, String)>,
) -> Answer {
    let (id, number) = (super::checked(id)?, super::edition_number(&number)?);
    let found = db
        .read(move |reader| match edition::numbered(reader, &id, number)? {
            Some(edition) => Ok(Some(super::sheet(reader, edition)?)),
            None => Ok(None),
        })
        .await?;
    let mut sheet = found.ok_or(Error::Missing)?;
    let original = sheet.course.clone();
    let translated = original.translations.get(&tag).ok_or(Error::Missing)?;
    sheet.course = translated.course.clone();
    let body = html! {
        (sheet.opening(None))
        (standing(&original, translated))
        (sheet.body(super::questions(&visitor)))
    };
    let title = format!(
        "{}, edition {number}, {}",
        sheet.course.title,
        language::name(&tag)
    );
    Screen::shell(&place, title, body).answer()
}

/// The other languages of an edition, with how much of it there is in each; nothing where there are none.
pub(super) fn table(course: &Course, edition: &Edition) -> Markup {
    if course.translations.is_empty() {
        return html! {};
    }
    let columns = [
        Column::new("Language"),
        Column::new("Lessons"),
        Column::new("Questions"),
        Column::new("What is left to do"),
    ];
    let (lessons, questions) = (course.lessons.len(), course.questions.len());
    let rows = course.translations.iter().map(|(tag, translated)| {
        let href = format!("{}/translations/{tag}", edition.href());
        [
            html! { a href=(href) lang=(tag) dir=[language::direction(tag)] { (language::name(tag)) } },
            html! { (translated.count(|what| matches!(what, What::Lesson(_)))) " of " (lessons) },
            html! { (translated.count(|what| matches!(what, What::Question(_)))) " of " (questions) },
            left(translated),
        ]
    });
    html! { (Table::new("In other languages", columns).labelled().rows(rows)) }
}

/// How many parts are missing and how many behind.
fn left(translated: &Translated) -> Markup {
    let count = |is_so: fn(Fitting) -> bool| translated.parts.iter().filter(|part| is_so(part.state)).count();
    let (missing, behind) = (
        count(|state| state == Fitting::Missing),
        count(|state| state != Fitting::Missing && state != Fitting::Fits),
    );
    html! {
        @if missing + behind == 0 { (tag(Standing::Met, "complete")) }
        @if missing > 0 { (tag(Standing::Attention, format!("{missing} missing"))) " " }
        @if behind > 0 { (tag(Standing::Gap, format!("{behind} behind"))) }
    }
}

fn standing(original: &Course, translated: &Translated) -> Markup {
    let mut by_state: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in &translated.parts {
        let why = match part.state {
            Fitting::Fits => continue,
            Fitting::Missing => "Not translated yet",
            Fitting::Behind | Fitting::Unfit(_) => "Behind: the original has changed since",
        };
        by_state.entry(why).or_default().push(named(&part.what));
    }
    let own = language::name(&original.language);
    html! {
        (note(Standing::None, html! { p {
            "This is the edition as it is read in " b lang=(translated.course.language) { (language::name(&translated.course.language)) }
            ". What is marked, and how, is the same in every language."
        } }))
        @if !by_state.is_empty() {
            (panel(&format!("Read in {own}"), "because there is no translation that fits", html! {
                @for (why, parts) in &by_state { p { b { (why) ": " } (parts.join(", ")) "." } }
            }))
        }
    }
}

fn named(what: &What) -> String {
    match what {
        What::Title => "title and summary".to_owned(),
        What::Objective(id) => format!("objective {id}"),
        What::Statement => "statement".to_owned(),
        What::Change(n) => format!("change {}", n + 1),
        What::Lesson(name) => format!("lesson {name}"),
        What::Question(id) => format!("question {id}"),
    }
}
