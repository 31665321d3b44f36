//! The statement: put before the person, signed with their name, and the receipt that can be kept.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Course, Edition, edition};
use db::{Db, Id, Moment, Reader, Result, Zone};
use maud::{Markup, html};
use web::{
    Answer, Filled, Form, Learner, Opening, Place, Problems, Screen, Standing, facts, note, panel, see_other,
};

use super::{attempt_href, attempt_id, main_act};
use crate::{
    attempt::{self, AttemptKind},
    attestation::{self, Attestation, MEANING, NAME_CHARS_MAX},
    completion::{self, Completed},
    marking::Marking,
    submission,
    taker::Taker,
    words,
};

/// A passed attempt, before and after its signature.
struct Signing {
    id: Id<AttemptKind>,
    course: Arc<Course>,
    edition: Edition,
    marking: Marking,
    presented_at: Option<Moment>,
    signed: Option<(Attestation, Completed)>,
    zone: Zone,
}

/// GET /attempts/{attempt}/attestation
pub(super) async fn show(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let (reading, attempt) = (taker.clone(), id.clone());
    let found = db.read(move |reader| find(reader, &reading, &attempt)).await?;
    let Some(signing) = found.ok_or(web::Error::Missing)? else {
        return Ok(see_other(&attempt_href(&id, "result")));
    };
    if signing.signed.is_some() {
        return Ok(see_other(&attempt_href(&id, "receipt")));
    }
    if signing.presented_at.is_none() {
        return Screen::reading(&place, signing.course.title.clone(), before(&signing)).answer();
    }
    sign_screen(&place, &signing, &taker, (&Filled::nothing(), &Problems::none())).answer()
}

/// POST /attempts/{attempt}/attestation/presentation
pub(super) async fn present(learner: Learner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let attempt = id.clone();
    let shown = db
        .write(taker.actor(), move |tx| {
            attestation::present(tx, &taker, &attempt)
        })
        .await?;
    shown.ok_or(web::Error::Missing)?;
    Ok(see_other(&attempt_href(&id, "attestation")))
}

/// POST /attempts/{attempt}/attestation
pub(super) async fn sign(
    (place, learner): (Place, Learner),
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let (writer, attempt, name) = (taker.clone(), id.clone(), filled.one("name").to_owned());
    let written = db
        .write(taker.actor(), move |tx| {
            attestation::sign(tx, &writer, &attempt, &name)
        })
        .await;
    let problems = match written {
        Ok(Some(_)) => return Ok(see_other(&attempt_href(&id, "receipt"))),
        Ok(None) => return Err(web::Error::Missing),
        Err(error) => Problems::or_fault(error)?,
    };
    let (reading, attempt) = (taker.clone(), id.clone());
    let found = db.read(move |reader| find(reader, &reading, &attempt)).await?;
    let Some(signing) = found.ok_or(web::Error::Missing)? else {
        return Ok(see_other(&attempt_href(&id, "result")));
    };
    if signing.presented_at.is_none() {
        return Ok(see_other(&attempt_href(&id, "attestation")));
    }
    sign_screen(&place, &signing, &taker, (&filled, &problems))
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

/// GET /attempts/{attempt}/receipt
pub(super) async fn receipt(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let attempt = id.clone();
    let found = db
        .read(move |reader| find(reader, &taker, &attempt))
        .await?
        .ok_or(web::Error::Missing)?;
    let Some(mut signing) = found else {
        return Ok(see_other(&attempt_href(&id, "result")));
    };
    let Some((attestation, completed)) = signing.signed.take() else {
        return Ok(see_other(&attempt_href(&id, "attestation")));
    };
    let body = receipt_body(&signing, &attestation, &completed);
    Screen::reading(&place, signing.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "My training" } })
        .answer()
}

/// Outer `None`: not theirs. Inner `None`: not passed.
fn find(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Option<Signing>>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    let submission = submission::find(reader, id)?.filter(|submission| submission.marking.passed);
    let (Some(submission), Some(edition)) = (submission, edition::find(reader, &attempt.edition)?) else {
        return Ok(Some(None));
    };
    let attestation = attestation::find(reader, id)?;
    Ok(Some(Some(Signing {
        id: id.clone(),
        course: edition::load(reader, &attempt.edition)?,
        edition,
        marking: submission.marking,
        presented_at: attestation::presented(reader, taker, id)?,
        signed: attestation.zip(completion::of_attempt(reader, id)?),
        zone: reader.zone()?,
    })))
}

fn before(signing: &Signing) -> Markup {
    html! {
        (Opening::new("One step is left: a statement to sign.").lead(html! {
            "You passed " b { (signing.course.title) } ". Read the statement and sign it with your name; then the course is complete."
        }))
        (main_act("Show the statement", &attempt_href(&signing.id, "attestation/presentation")))
    }
}

fn sign_screen(place: &Place, signing: &Signing, taker: &Taker, typed: (&Filled, &Problems)) -> Screen {
    let form = Form::new(typed.0, typed.1);
    let body = html! {
        (form.summary())
        (Opening::new("Read the statement, then sign it.").lead(html! {
            (signing.course.title) ", edition " (signing.edition.number) ", passed with "
            (signing.marking.marks) " of " (signing.marking.marks_max) "."
        }))
        (note(Standing::None, html! {
            div lang=(signing.course.language) { @for part in signing.course.attestation.statement.split("\n\n") { p { (part) } } }
        }))
        form.stack.roomy method="post" action=(attempt_href(&signing.id, "attestation")) {
            (form.text("name", "Your name").help(MEANING).autocomplete("name").length_max(NAME_CHARS_MAX))
            p.soft {
                "Recorded with it: the statement as it stands here, the edition of the course, your result, the time, and that you signed in by "
                (taker.method) " on " (words::when(taker.authenticated_at, &signing.zone)) ". Nobody can sign for you."
            }
            div.row.centred.actions {
                (web::button("Sign and complete"))
                a.button href=(attempt_href(&signing.id, "result")) { "Back to the result" }
            }
        }
    };
    Screen::reading(place, signing.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "Sign later" } })
}

fn receipt_body(signing: &Signing, attestation: &Attestation, completed: &Completed) -> Markup {
    let zone = &signing.zone;
    html! {
        (Opening::new(format!("You have completed {}.", signing.course.title)).lead(html! {
            "This is your receipt. Print it or save it, if you like; it stays here."
        }).actions(html! {
            (web::main_link("See your certificate", &completed.certificate.href()))
            (web::button_link("My training", "/my-training"))
        }))
        (panel("What you signed", "", html! {
            div lang=(signing.course.language) { @for part in attestation.statement.split("\n\n") { p { (part) } } }
            p { "Signed " b { (attestation.name_typed) } ", " (words::when(attestation.signed_at, zone)) "." }
        }))
        (panel("What it is bound to", "", facts([
            ("Course", html! { (signing.course.title) " (" (signing.course.id) ")" }),
            ("Edition", html! { (signing.edition.number) ", published " (signing.edition.published_at.day(zone).long()) }),
            ("Result", html! { (signing.marking.marks) " of " (signing.marking.marks_max) }),
            ("Shown to you", html! { (words::when(attestation.presented_at, zone)) }),
            ("Text of the course", html! { span.mono { (signing.edition.content_sha256) } }),
            ("Statement", html! { span.mono { (attestation.statement_sha256) } }),
            ("Certificate", html! { span.mono { (completed.certificate) } }),
        ])))
    }
}
