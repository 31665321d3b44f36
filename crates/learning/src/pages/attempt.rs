//! One question a page: chosen, saved, and on to the next; back and forth is free, and leaving loses nothing.
//!
//! Saving an answer is the one page everybody uses at once, so it is one write and no read.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use curriculum::{Course, edition, language::direction, render};
use db::{Db, Id, Reader, Result, Zone};
use maud::{Markup, html};
use web::{
    Answer, Filled, Learner, Place, Problems, Screen, Standing as Meaning, form::saved_state, note, see_other,
};

use super::{attempt_href, attempt_id, language, place_of, question, question_href};
use crate::{
    attempt::{self, Attempt, AttemptKind, Start, State as Standing},
    purpose::Purpose,
    taker::Taker,
    words,
};

/// Where the person wants to be after saving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Back,
    Leave,
}

/// A question and what surrounds it.
struct Shown {
    attempt: Attempt,
    /// In the language the attempt is shown in.
    course: Arc<Course>,
    original: Arc<Course>,
    standing: Standing,
    place: usize,
    zone: Zone,
}

/// POST /my-training/{course}/attempts
pub(super) async fn start(learner: Learner, State(db): State<Db>, Path(course_id): Path<String>) -> Answer {
    let taker = Taker::of(&learner)?;
    let started = db
        .write(taker.actor(), move |tx| attempt::start(tx, &taker, &course_id))
        .await?;
    Ok(match started {
        Start::Answer(id) => see_other(&question_href(&id, 1)),
        Start::Sign(id) => see_other(&attempt_href(&id, "attestation")),
    })
}

/// GET /attempts/{attempt}/questions/{place}
pub(super) async fn show(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path((id, at)): Path<(String, String)>,
) -> Answer {
    let (taker, id, at) = (Taker::of(&learner)?, attempt_id(&id)?, place_of(&at)?);
    let found = db.read(move |reader| find(reader, &taker, &id, at)).await?;
    let shown = found.ok_or(web::Error::Missing)?;
    if shown.attempt.submitted_at.is_some() {
        return Ok(see_other(&attempt_href(&shown.attempt.id, "result")));
    }
    screen(&place, &shown, None, &Problems::none())?.answer()
}

/// POST /attempts/{attempt}/questions/{place}
pub(super) async fn answer(
    (place, learner): (Place, Learner),
    State(db): State<Db>,
    Path((id, at)): Path<(String, String)>,
    headers: HeaderMap,
    filled: Filled,
) -> Answer {
    let (taker, id, at) = (Taker::of(&learner)?, attempt_id(&id)?, place_of(&at)?);
    let (go, response) = (Go::of(&filled), question::response(&filled));
    if response.is_empty() && go != Go::On {
        return Ok(see_other(&go.href(&id, at, usize::MAX)));
    }
    let (writer, attempt, chosen) = (taker.clone(), id.clone(), response.clone());
    let written = db
        .write(taker.actor(), move |tx| {
            attempt::answer_as_shown(tx, &writer, &attempt, at, &chosen)
        })
        .await;
    let problems = match written {
        Ok(Some(_)) if is_script(&headers) => return Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Some(answered)) => {
            return Ok(match question::moved_to(&filled) {
                Some(step) => see_other(&format!("{}#step-{step}", question_href(&id, at))),
                None => see_other(&go.href(&id, at, answered.of)),
            });
        }
        Ok(None) => return Err(web::Error::Missing),
        Err(error) => Problems::or_fault(error)?,
    };
    let shown = db
        .read(move |reader| find(reader, &taker, &id, at))
        .await?
        .ok_or(web::Error::Missing)?;
    if shown.attempt.submitted_at.is_some() && !is_script(&headers) {
        return Ok(see_other(&attempt_href(&shown.attempt.id, "result")));
    }
    screen(&place, &shown, Some(&response), &problems)?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

impl Go {
    fn of(filled: &Filled) -> Go {
        match filled.one("go") {
            "back" => Go::Back,
            "leave" => Go::Leave,
            _ => Go::On,
        }
    }

    fn href(self, attempt: &Id<AttemptKind>, place: usize, of: usize) -> String {
        match self {
            Go::Leave => "/my-training".to_owned(),
            Go::Back => question_href(attempt, place.saturating_sub(1).max(1)),
            Go::On if place < of => question_href(attempt, place + 1),
            Go::On => attempt_href(attempt, "review"),
        }
    }
}

/// The autosave asks for JSON and follows no redirect.
fn is_script(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.starts_with("application/json"))
}

fn find(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>, place: usize) -> Result<Option<Shown>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    if attempt.form.at(place).is_none() {
        return Ok(None);
    }
    let course = crate::language::course_of(reader, &attempt)?;
    let standing = attempt::state(reader, &attempt)?;
    Ok(Some(Shown {
        original: edition::load_recorded(reader, &attempt.edition, attempt.content_sha256.clone())?,
        attempt,
        course,
        standing,
        place,
        zone: reader.zone()?,
    }))
}

/// `typed` is what came back with problems.
fn screen(
    place: &Place,
    shown: &Shown,
    typed: Option<&[usize]>,
    problems: &Problems,
) -> std::result::Result<Screen, web::Error> {
    let asked = shown.attempt.form.at(shown.place).ok_or(web::Error::Missing)?;
    let question = attempt::question_of(&shown.course, asked)?;
    if shown.standing.rulings.is_withdrawn(&asked.question) {
        return Ok(withdrawn_screen(place, shown, question));
    }
    let saved = shown.standing.responses.get(&asked.question).map(Vec::as_slice);
    let drawn = question.shown(&asked.options);
    let typed = typed.map(|told| attempt::as_written(question, asked, told));
    let fields = question::fields(&drawn, typed.as_deref().or(saved).unwrap_or_default());
    let (heading, rest) = question::heading(&drawn.stem);
    let is_order = drawn.kind == curriculum::Kind::Order;
    let body = html! {
        (head(shown, saved.is_some() && typed.is_none()))
        (language::fallback(&shown.course, &drawn.spoken, "question"))
        form #question.stack.roomy method="post" action=(question_href(&shown.attempt.id, shown.place))
            data-behaviour=[(!is_order).then_some("autosave")] {
            fieldset.stack aria-describedby=[problems.of("answer").map(|_| "field-answer-error")] {
                legend { h1 lang=(drawn.spoken) dir=[direction(&drawn.spoken)] { (heading) } }
                @if let Some(rest) = rest { (language::block(&drawn.spoken, rest)) }
                @if let (Some(code), false) = (&drawn.code, drawn.kind == curriculum::Kind::FindTheLine) {
                    (render::code(code, drawn.language.as_deref()))
                }
                p.soft { (question::hint(drawn.kind)) @if drawn.critical { " This one has to be right to pass." } }
                @if let Some(problem) = problems.of("answer") {
                    p.error #field-answer-error role="alert" { (problem) }
                }
                (fields)
            }
            (buttons(shown))
        }
        p { a.soft href=(super::appeal_href(&shown.attempt.id, shown.place)) { "This question seems wrong" } }
        (language::choices(&shown.original, &shown.course.language, &attempt_href(&shown.attempt.id, "language"), Some(shown.place)))
    };
    let leave =
        html! { button.plain type="submit" form="question" name="go" value="leave" { "Save and leave" } };
    Ok(Screen::reading(place, shown.course.title.clone(), body).corner(leave))
}

/// A question that was withdrawn while the attempt was open: said so, and passed over.
fn withdrawn_screen(place: &Place, shown: &Shown, question: &curriculum::Question) -> Screen {
    let (at, of) = (shown.place, shown.standing.of);
    let when = shown.standing.rulings.withdrawn_at(&question.id);
    let on = Go::On.href(&shown.attempt.id, at, of);
    let body = html! {
        header.stack {
            (steps(shown))
            p.soft { (language::said(&shown.course.spoken, &shown.course.title)) " · question " (at) " of " (of) }
        }
        h1 { "This question was withdrawn. It does not count." }
        (note(Meaning::None, html! { p {
            "It was not as it should be, so it was taken out"
            @if let Some(when) = when { " on " (words::when(when, &shown.zone)) }
            ". Nothing is asked of you here, and you lose nothing: your result is reckoned from the other questions."
        } }))
        div.row.centred.actions {
            (web::main_link(if at < of { "Go on" } else { "Look over my answers" }, &on))
            @if at > 1 { (web::button_link("Back", &question_href(&shown.attempt.id, at - 1))) }
        }
    };
    let leave = html! { a href="/my-training" { "Save and leave" } };
    Screen::reading(place, shown.course.title.clone(), body).corner(leave)
}

fn head(shown: &Shown, is_saved: bool) -> Markup {
    let (place, of) = (shown.place, shown.standing.of);
    let left = shown.standing.minutes_left as u64;
    let left = if left == 0 {
        "all answered".to_owned()
    } else {
        format!("about {} left", words::minutes(left))
    };
    html! {
        header.stack {
            (steps(shown))
            p.soft {
                (language::said(&shown.course.spoken, &shown.course.title)) @if shown.attempt.purpose == Purpose::TestOut { ", testing out" }
                " · question " (place) " of " (of) " · " (left) " · "
                @if is_saved { (saved_state("Saved")) }
                @else { span data-saved="none" role="status" { "Not answered yet" } }
            }
        }
    }
}

/// One step for each question: answered ones are done, wherever the person is.
fn steps(shown: &Shown) -> Markup {
    let (here, standing) = (shown.place, &shown.standing);
    let sentence = format!(
        "Question {here} of {}, {} answered",
        standing.of, standing.answered
    );
    html! {
        div.progress role="img" aria-label=(sentence) {
            @for (n, asked) in shown.attempt.form.questions.iter().enumerate() {
                i .here[n + 1 == here] .done[n + 1 != here && standing.is_done(&asked.question)] {}
            }
        }
    }
}

fn buttons(shown: &Shown) -> Markup {
    let (place, of) = (shown.place, shown.standing.of);
    let skip = Go::On.href(&shown.attempt.id, place, of);
    html! {
        div.row.centred.actions {
            (web::button(if place < of { "Save and go on" } else { "Save and look over" }))
            @if place > 1 { button.button type="submit" name="go" value="back" { "Back" } }
            a.soft href=(skip) { "Leave it for later" }
        }
    }
}
