//! Judging: every question with its options and without its key, and one number for each.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Question, render};
use db::Db;
use maud::{Markup, html};
use web::{
    Answer, Error, Filled, Form, Opening, Place, Problems, Screen, Visitor, button, panel, see_other_saying,
    trail,
};

use super::{Seen, change, look};
use crate::angoff;

pub(super) async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
) -> Answer {
    let seen = look(&db, path).await?;
    let own = seen
        .panel
        .as_ref()
        .and_then(|panel| panel.judge(&visitor.account))
        .ok_or_else(not_asked)?;
    let filled = own
        .judged
        .iter()
        .fold(Filled::nothing(), |filled, (question, percent)| {
            filled.with(question, percent)
        });
    page(&place, &seen, &filled, &Problems::none()).answer()
}

pub(super) async fn keep(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let seen = look(&db, path.clone()).await?;
    seen.panel
        .as_ref()
        .and_then(|panel| panel.judge(&visitor.account))
        .ok_or_else(not_asked)?;
    let mut problems = Problems::none();
    let mut said = BTreeMap::new();
    for (n, question) in angoff::asked(&seen.course).enumerate() {
        match filled.one(&question.id) {
            "" => {}
            text => match text
                .parse::<i64>()
                .ok()
                .filter(|percent| (0..=100).contains(percent))
            {
                Some(percent) => {
                    said.insert(question.id.clone(), percent);
                }
                None => problems.add(
                    &question.id,
                    format!(
                        "Question {}: give a whole number from 0 to 100, so many of a hundred people.",
                        n + 1
                    ),
                ),
            },
        }
    }
    if !problems.is_empty() {
        return page(&place, &seen, &filled, &problems)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer();
    }
    let count = said.len();
    change(&db, &visitor, path, move |tx, panel, course| {
        angoff::judge(tx, panel, course, &said)
    })
    .await?;
    let of = angoff::asked(&seen.course).count();
    let sentence = format!("{count} of {of} questions are judged. What you said is kept.");
    Ok(see_other_saying(&seen.href(), &sentence))
}

fn not_asked() -> Error {
    Error::forbidden("You were not asked to judge this edition. An editor can invite you.")
}

fn page(place: &Place, seen: &Seen, filled: &Filled, problems: &Problems) -> Screen {
    let of = angoff::asked(&seen.course).count();
    // Which question a field is about stands in its name, for whoever hears the fields one after another.
    let labels: Vec<String> = (1..=of)
        .map(|n| format!("Question {n}: so many of a hundred get it right"))
        .collect();
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new("Of a hundred people who just know enough, how many get it right?")
            .over(trail(&[(&seen.course.title, &seen.href())], "Judge the questions"))
            .lead("Think of somebody who knows barely enough to do the job safely, not of the average. Leave empty what you come back to; you can change everything later."))
        (form.summary())
        form.stack.roomy method="post" action={ (seen.href()) "/judgement" } {
            @for (n, (question, label)) in angoff::asked(&seen.course).zip(&labels).enumerate() {
                (panel(&format!("Question {}", n + 1), format!("of {of}"), html! {
                    (asked(question))
                    (form.number(&question.id, label).optional())
                }))
            }
            (button("Keep my judgement"))
        }
    };
    Screen::shell(place, "Judge the questions", body)
}

/// The question as a learner meets it: the options by their text, so that their order says nothing.
fn asked(question: &Question) -> Markup {
    let shown = question.shown(&[]);
    html! {
        (render::text(&shown.stem))
        @if let Some(code) = &shown.code { (render::numbered_code(code, shown.language.as_deref())) }
        @if !shown.options.is_empty() {
            ul {
                @for option in &shown.options {
                    li { @if option.code { (render::code(&option.text, shown.language.as_deref())) } @else { (render::inline(&option.text)) } }
                }
            }
        }
    }
}
