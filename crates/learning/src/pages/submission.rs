//! Looking over before handing in, and the result: what was right, why, and what comes next.
//!
//! After passing every option is explained. After failing only what was chosen is, because there is another
//! attempt; the rest is in the lessons.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Course, Feedback, Question, render};
use db::{Db, Id, Moment, Reader, Result, Zone};
use maud::{Markup, html};
use web::{
    Answer, Filled, Form, Learner, Opening, Place, Problems, Screen, Standing, note, panel, see_other, tag,
};

use super::{attempt_href, attempt_id, course_href, language, main_act, question, question_href};
use crate::{
    appeal::{self, Own},
    attempt::{self, Attempt, AttemptKind, State as Answered},
    completion::{self, Completed},
    marking::{Mark, Marking},
    pause,
    purpose::Purpose,
    regrading::{self, Regrading},
    submission::{self, Unanswered},
    taker::Taker,
    words,
};

/// An attempt with everything its pages tell of it.
struct Told {
    attempt: Attempt,
    /// In the language the attempt was shown in.
    course: Arc<Course>,
    answered: Answered,
    marking: Option<Marking>,
    /// The first marking and what came of the regrading, where there was one.
    regraded: Option<(Marking, Regrading)>,
    appeals: Vec<Own>,
    completed: Option<Completed>,
    paused_until: Option<Moment>,
    zone: Zone,
}

/// GET /attempts/{attempt}/review
pub(super) async fn review(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let told = db
        .read(move |reader| find(reader, &taker, &id))
        .await?
        .ok_or(web::Error::Missing)?;
    if told.marking.is_some() {
        return Ok(see_other(&attempt_href(&told.attempt.id, "result")));
    }
    review_screen(&place, &told, &Filled::nothing(), &Problems::none())?.answer()
}

/// POST /attempts/{attempt}/submission
pub(super) async fn submit(
    (place, learner): (Place, Learner),
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let unanswered = if filled.ticked("unanswered") {
        Unanswered::Accept
    } else {
        Unanswered::Refuse
    };
    let (writer, attempt) = (taker.clone(), id.clone());
    let written = db
        .write(taker.actor(), move |tx| {
            submission::submit(tx, &writer, &attempt, unanswered)
        })
        .await;
    match written {
        Ok(Some(_)) => Ok(see_other(&attempt_href(&id, "result"))),
        Ok(None) => Err(web::Error::Missing),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            let told = db
                .read(move |reader| find(reader, &taker, &id))
                .await?
                .ok_or(web::Error::Missing)?;
            review_screen(&place, &told, &filled, &problems)?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

/// GET /attempts/{attempt}/result
pub(super) async fn result(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let told = db
        .read(move |reader| find(reader, &taker, &id))
        .await?
        .ok_or(web::Error::Missing)?;
    let Some(marking) = &told.marking else {
        return Ok(see_other(&attempt_href(&told.attempt.id, "review")));
    };
    let body = html! {
        (if marking.passed { passed(&told, marking) } else { failed(&told, marking) })
        (every_question(&told, marking)?)
    };
    Screen::reading(&place, told.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "My training" } })
        .answer()
}

fn find(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Told>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    let (marking, first) = match submission::find(reader, id)? {
        Some(submission) => (Some(submission.marking), submission.first),
        None => (None, None),
    };
    Ok(Some(Told {
        course: crate::language::course_of(reader, &attempt)?,
        answered: attempt::state(reader, &attempt)?,
        marking,
        regraded: first.zip(regrading::of_attempt(reader, id)?),
        appeals: appeal::of_attempt(reader, id)?,
        completed: completion::of_attempt(reader, id)?,
        paused_until: pause::wait(reader, &taker.person, &attempt.edition)?,
        zone: reader.zone()?,
        attempt,
    }))
}

fn review_screen(
    place: &Place,
    told: &Told,
    filled: &Filled,
    problems: &Problems,
) -> std::result::Result<Screen, web::Error> {
    let missing = told.answered.of - told.answered.answered;
    let form = Form::new(filled, problems);
    let mut listed = Vec::with_capacity(told.answered.of);
    for (n, asked) in told.attempt.form.questions.iter().enumerate() {
        let question = attempt::question_of(&told.course, asked)?;
        let response = told.answered.responses.get(&asked.question);
        listed.push((n + 1, question, response.map(Vec::as_slice)));
    }
    let without = format!(
        "Hand in with {} unanswered",
        words::counted(missing as u64, "question")
    );
    let body = html! {
        (form.summary())
        header.stack {
            (steps(told))
            (Opening::new("Look over your answers, then hand them in.").lead(html! {
                @if missing == 0 { "All " (told.answered.of) " questions are answered. After handing in they stay as they are." }
                @else { b { (words::counted(missing as u64, "question")) } " without an answer. A question without an answer counts as wrong." }
            }))
        }
        ol.stack.roomy {
            @for (place, question, response) in &listed { li.panel { (reviewed(told, *place, question, *response)) } }
        }
        form.stack.roomy method="post" action=(attempt_href(&told.attempt.id, "submission")) {
            @if missing > 0 { (form.check("unanswered", &without).required()) }
            div.row.centred.actions {
                (web::button("Hand in my answers"))
                a.button href=(question_href(&told.attempt.id, told.answered.of)) { "Back" }
            }
        }
    };
    let leave = html! { a href="/my-training" { "Save and leave" } };
    Ok(Screen::reading(place, told.course.title.clone(), body).corner(leave))
}

/// One step for each question, done where it is answered, and the same in words.
fn steps(told: &Told) -> Markup {
    let answered = &told.answered;
    let sentence = format!("{} of {} answered", answered.answered, answered.of);
    html! {
        div.progress role="img" aria-label=(sentence) {
            @for asked in &told.attempt.form.questions {
                i .done[answered.is_done(&asked.question)] {}
            }
        }
        p.soft { (sentence) }
    }
}

fn reviewed(told: &Told, place: usize, question: &Question, response: Option<&[usize]>) -> Markup {
    let href = question_href(&told.attempt.id, place);
    if told.answered.rulings.is_withdrawn(&question.id) {
        return html! {
            h2 { (place) ". " (heading(question)) }
            p { (tag(Standing::None, "withdrawn, does not count")) " " a href=(href) { "Why" span.visually-hidden { " question " (place) " was withdrawn" } } }
        };
    }
    html! {
        h2 { (place) ". " (heading(question)) }
        @match response {
            Some(response) => (question::told(question, response)),
            None => p { (tag(Standing::Attention, "no answer yet")) },
        }
        p {
            a href=(href) {
                @if response.is_some() { "Change" } @else { "Answer" } span.visually-hidden { " question " (place) }
            }
        }
    }
}

/// The first paragraph of a question, in its own language.
fn heading(question: &Question) -> Markup {
    language::said(&question.spoken, question::heading(&question.stem).0)
}

/// What the first marking was, and why it was marked again.
fn regraded(told: &Told) -> Markup {
    html! {
        @if let Some((first, regrading)) = &told.regraded {
            (note(Standing::Met, html! { p {
                "Your answers were marked again on " (words::when(regrading.regraded_at, &told.zone))
                ", because of a question that was not as it should be. At first it was " (first.marks) " of " (first.marks_max)
                ", which was not enough; that stays on record. The editors write: “" (regrading.reason) "”"
            } }))
        }
    }
}

fn passed(told: &Told, marking: &Marking) -> Markup {
    html! {
        header.stack.roomy {
            (Opening::new(format!("You passed with {} of {}.", marking.marks, marking.marks_max)).lead(html! {
                @if told.completed.is_some() { "The course is complete and signed." }
                @else { "One step is left: a statement to read and sign. Then the course is complete." }
            }))
            (regraded(told))
            @if told.completed.is_some() {
                p { a.button.main href=(attempt_href(&told.attempt.id, "receipt")) { "See the receipt" } }
            } @else {
                (main_act("Go on to the statement", &attempt_href(&told.attempt.id, "attestation/presentation")))
            }
        }
    }
}

fn failed(told: &Told, marking: &Marking) -> Markup {
    let course = &told.course;
    let pass_mark = told.attempt.purpose.pass_mark(course);
    let needed = (i64::from(pass_mark) * marking.marks_max + 99) / 100;
    let is_test_out = told.attempt.purpose == Purpose::TestOut;
    html! {
        (Opening::new(format!("Not yet: {} of {} right, and {needed} are needed.", marking.marks, marking.marks_max)).lead(html! {
            @if marking.failed_on_critical(pass_mark) {
                "You have the marks; a question that has to be right was not. "
            }
            "Your manager does not see your answers. "
            @if is_test_out { "This was the one try of the year; the course is open to you, and what is below says where to look." }
            @else { "Read what is below, and try again." }
        }))
        (panel("What to practise", "", html! {
            ul.stack { @for objective in marking.to_practise(course) { li { (language::said(&objective.spoken, &objective.text)) } } }
            p { a href=(course_href(&course.id)) { "Read the lessons again" } }
        }))
        @if is_test_out { p.row.actions { (web::main_link("Go to the course", &course_href(&course.id))) } }
        @else { @match told.paused_until {
            Some(until) => (note(Standing::Attention, html! { p {
                "You can try again from " (words::when(until, &told.zone)) ". If you would like help, ask the security team."
            } })),
            None => (main_act("Try again with other questions", &format!("{}/attempts", course_href(&course.id)))),
        } }
    }
}

fn every_question(told: &Told, marking: &Marking) -> Result<Markup> {
    let mut parts = Vec::with_capacity(marking.questions.len());
    for (n, mark) in marking.questions.iter().enumerate() {
        if let Some(question) = told.course.question(&mark.question) {
            parts.push(explained(told, n + 1, question, mark));
        }
    }
    Ok(html! { section.stack.roomy { @for part in parts { (part) } } })
}

fn explained(told: &Told, place: usize, question: &Question, mark: &Mark) -> Markup {
    let passed = told.marking.as_ref().is_some_and(|marking| marking.passed);
    let rulings = &told.answered.rulings;
    let feedback: Vec<Feedback> = rulings
        .feedback(question, &mark.response)
        .into_iter()
        .filter(|said| passed || said.chosen)
        .collect();
    let (standing, word) = match (mark.withdrawn, mark.right, mark.response.is_empty()) {
        (true, ..) => (Standing::None, "withdrawn, not counted"),
        (_, true, _) => (Standing::Met, "right"),
        (_, false, true) => (Standing::Gap, "not answered"),
        (_, false, false) => (Standing::Gap, "not right"),
    };
    html! {
        article.panel {
            header { h2 { (place) ". " (heading(question)) } div { (tag(standing, word)) } }
            @if rulings.is_corrected(&question.id) {
                p.soft { "What counts as right was corrected after this course was published; the words below are from before." }
            }
            @if !feedback.is_empty() {
                ul.stack { @for said in &feedback { li { (explained_choice(question, said, mark.right)) } } }
            }
            @if let Some(explanation) = &question.explanation { div.soft { (language::block(&question.spoken, render::text(explanation))) } }
            (doubt(told, place, mark))
        }
    }
}

/// The way to say that a question seems wrong, or what was said.
fn doubt(told: &Told, place: usize, mark: &Mark) -> Markup {
    let said = told.appeals.iter().find(|own| own.question == mark.question);
    html! {
        @if let Some(own) = said {
            p.soft { "You told the editors on " (words::when(own.raised_at, &told.zone)) " that this question seems wrong." }
        } @else if !told.answered.rulings.is_withdrawn(&mark.question) {
            p { a.soft href=(super::appeal_href(&told.attempt.id, place)) { "This question seems wrong" span.visually-hidden { ": question " (place) } } }
        }
    }
}

fn explained_choice(question: &Question, said: &Feedback, was_right: bool) -> Markup {
    let standing = if said.right {
        Standing::Met
    } else if said.chosen {
        Standing::Gap
    } else {
        Standing::None
    };
    html! {
        p {
            (question::choice(question, said.option)) " "
            @if said.chosen { (tag(standing, if was_right { "your answer, right" } else { "your answer" })) }
            @else if said.right { (tag(Standing::Met, "right")) }
        }
        @if !said.text.is_empty() { div.soft { (language::block(&question.spoken, render::text(&said.text))) } }
    }
}
