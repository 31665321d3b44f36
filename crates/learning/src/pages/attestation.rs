//! The statement: put before the person, who types their name under it.
//!
//! Not here: looking it over, signing it and the receipt (`signature`).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Course, Edition, edition};
use db::{Db, Id, Moment, Reader, Result, Zone};
use maud::{Markup, html};
use web::{Answer, Filled, Form, Learner, Opening, Place, Problems, Screen, Standing, note, see_other};

use super::{attempt_href, attempt_id, from::From, language, main_act};
use crate::{
    attempt::{self, AttemptKind},
    attestation::{self, Attestation},
    completion::{self, Completed},
    consent,
    marking::Marking,
    name::NAME_CHARS_MAX,
    submission,
    taker::Taker,
};

/// A passed attempt, before and after its signature.
pub(super) struct Signing {
    pub(super) id: Id<AttemptKind>,
    /// In the language the attempt was shown in.
    pub(super) course: Arc<Course>,
    pub(super) edition: Edition,
    pub(super) marking: Marking,
    pub(super) presented_at: Option<Moment>,
    pub(super) signed: Option<(Attestation, Completed)>,
    /// Whether the person has agreed to sign electronically.
    pub(super) consented: bool,
    pub(super) zone: Zone,
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
    if !signing.consented {
        return Ok(see_other(&super::consent::href(&attempt_href(
            &id,
            "attestation",
        ))));
    }
    if signing.presented_at.is_none() {
        return Screen::reading(&place, signing.course.title.clone(), before(&signing)).answer();
    }
    name_screen(&place, &signing, (&Filled::nothing(), &Problems::none())).answer()
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
pub(super) async fn draft(
    (place, learner, from): (Place, Learner, From),
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let (writer, attempt, name) = (taker.clone(), id.clone(), filled.one("name").to_owned());
    let written = db
        .write(taker.actor(), move |tx| {
            attestation::draft(tx, &writer, &attempt, (&name, &from.client))
        })
        .await;
    let problems = match written {
        Ok(Some(_)) => return Ok(see_other(&attempt_href(&id, "signature"))),
        Ok(None) => return Err(web::Error::Missing),
        Err(error) => Problems::or_fault(error)?,
    };
    let (reading, attempt) = (taker.clone(), id.clone());
    let found = db.read(move |reader| find(reader, &reading, &attempt)).await?;
    let Some(signing) = found.ok_or(web::Error::Missing)? else {
        return Ok(see_other(&attempt_href(&id, "result")));
    };
    if signing.presented_at.is_none() || !signing.consented {
        return Ok(see_other(&attempt_href(&id, "attestation")));
    }
    name_screen(&place, &signing, (&filled, &problems))
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

/// Outer `None`: not theirs. Inner `None`: not passed.
pub(super) fn find(
    reader: &mut Reader,
    taker: &Taker,
    id: &Id<AttemptKind>,
) -> Result<Option<Option<Signing>>> {
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
        course: crate::language::course_of(reader, &attempt)?,
        edition,
        marking: submission.marking,
        presented_at: attestation::presented(reader, taker, id)?,
        signed: attestation.zip(completion::of_attempt(reader, id)?),
        consented: consent::current(reader, &taker.person)?.is_some(),
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

fn name_screen(place: &Place, signing: &Signing, typed: (&Filled, &Problems)) -> Screen {
    let form = Form::new(typed.0, typed.1);
    let body = html! {
        (form.summary())
        (Opening::new("Read the statement, then sign it.").lead(html! {
            (signing.course.title) ", edition " (signing.edition.number) ", passed with "
            (signing.marking.marks) " of " (signing.marking.marks_max) "."
        }))
        (statement(signing))
        form.stack.roomy method="post" action=(attempt_href(&signing.id, "attestation")) {
            (form.text("name", "Your name").help("Type it yourself. On the next page you look everything over before you sign.").autocomplete("off").length_max(NAME_CHARS_MAX))
            div.row.centred.actions {
                (web::button("Look it over"))
                a.button href=(attempt_href(&signing.id, "result")) { "Back to the result" }
            }
        }
    };
    Screen::reading(place, signing.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "Sign later" } })
}

/// The statement in full, in its own language.
pub(super) fn statement(signing: &Signing) -> Markup {
    let statement = &signing.course.attestation;
    let text = html! { @for part in statement.statement.split("\n\n") { p { (part) } } };
    html! {
        (language::fallback(&signing.course, &statement.spoken, "statement"))
        (note(Standing::None, language::block(&statement.spoken, text)))
    }
}
