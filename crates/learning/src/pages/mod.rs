//! The pages of somebody's own training: what to do, the lessons, the questions, the statement, the certificate.
//!
//! Everything but the check of a certificate belongs to the person who is signed in; an attempt of anybody
//! else's is a page that does not exist. Every page works without JavaScript, and GET changes nothing.
//! The address names the file.

mod acceptance;
mod accommodation;
mod angoff;
mod appeal;
mod attempt;
mod attestation;
mod badge;
mod certificate;
mod consent;
mod correction;
mod from;
mod item_analysis;
mod language;
mod lesson;
mod live_session;
mod my_training;
mod outside_training;
mod question;
mod regrading;
mod ruling;
mod signature;
mod spaced_check;
mod submission;
mod test_out;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    routing::{get, post},
};
use curriculum::edition::EditionKind;
use db::{Db, Id, Reader};
use maud::{Markup, html};
use roster::person::{self, PersonKind};

use crate::attempt::AttemptKind;

/// Everything this crate shows. The app adds a [`crate::Printer`] to each request as an extension.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/my-training", get(my_training::show))
        .route("/my-training/{course}", get(lesson::overview))
        .route("/my-training/{course}/lessons/{place}", get(lesson::show))
        .route("/my-training/{course}/lessons/{place}/read", post(lesson::read))
        .route("/my-training/{course}/language", post(language::choose))
        .route("/attempts/{attempt}/language", post(language::switch))
        .route("/my-training/{course}/attempts", post(attempt::start))
        .route(
            "/attempts/{attempt}/questions/{place}",
            get(attempt::show).post(attempt::answer),
        )
        .route("/my-training/{course}/test-outs", post(test_out::start))
        .route(
            "/attempts/{attempt}/questions/{place}/appeals",
            get(appeal::new).post(appeal::raise),
        )
        .route("/my-training/{course}/checks", post(spaced_check::start))
        .route(
            "/checks/{check}",
            get(spaced_check::show).post(spaced_check::answer),
        )
        .route("/spaced-checks", get(spaced_check::index).post(spaced_check::set))
        .route("/appeals", get(appeal::index))
        .route(
            "/rulings/{edition}/{question}",
            get(ruling::show).post(ruling::rule),
        )
        .route(
            "/regradings/{edition}/{question}",
            get(regrading::show).post(regrading::apply),
        )
        .route(
            "/accommodations",
            get(accommodation::index).post(accommodation::grant),
        )
        .route("/attempts/{attempt}/review", get(submission::review))
        .route("/attempts/{attempt}/submission", post(submission::submit))
        .route("/attempts/{attempt}/result", get(submission::result))
        .route(
            "/attempts/{attempt}/attestation",
            get(attestation::show).post(attestation::draft),
        )
        .route(
            "/attempts/{attempt}/attestation/presentation",
            post(attestation::present),
        )
        .route(
            "/attempts/{attempt}/signature",
            get(signature::show).post(signature::sign),
        )
        .route("/attempts/{attempt}/receipt", get(signature::receipt))
        .route("/attempts/{attempt}/record.json", get(signature::record))
        .route("/consent", get(consent::show).post(consent::give))
        .route("/consent/end", post(consent::end))
        .route("/certificates/{code}", get(certificate::check))
        .route("/certificates/{code}/document", get(certificate::document))
        .layer(certificate::limits())
        .merge(acceptance::routes())
        .merge(item_analysis::routes())
        .merge(angoff::routes())
        .merge(badge::routes())
        .merge(correction::routes())
        .merge(outside_training::routes())
        .merge(live_session::routes())
}

/// What to call a person; who was erased has no name any more.
fn called(reader: &mut Reader, person: &Id<PersonKind>) -> db::Result<String> {
    let found = person::find(reader, person)?;
    Ok(found.map_or_else(|| "somebody who was erased".to_owned(), |person| person.name()))
}

/// The attempt an address names; an address that cannot be one is a page that does not exist.
fn attempt_id(text: &str) -> Result<Id<AttemptKind>, web::Error> {
    text.parse().map_err(|_| web::Error::Missing)
}

/// A place in a form or a course, from 1.
fn place_of(text: &str) -> Result<usize, web::Error> {
    text.parse()
        .ok()
        .filter(|place| *place > 0)
        .ok_or(web::Error::Missing)
}

fn course_href(course_id: &str) -> String {
    format!("/my-training/{course_id}")
}

fn question_href(attempt: &Id<AttemptKind>, place: usize) -> String {
    format!("/attempts/{attempt}/questions/{place}")
}

/// Where to say that a question seems wrong.
fn appeal_href(attempt: &Id<AttemptKind>, place: usize) -> String {
    format!("{}/appeals", question_href(attempt, place))
}

/// "/rulings/edi_…/judge-1" and its sister.
fn ruled_href(noun: &str, edition: &Id<EditionKind>, question: &str) -> String {
    format!("/{noun}/{edition}/{question}")
}

/// "/attempts/att_…/review" and its sisters.
fn attempt_href(attempt: &Id<AttemptKind>, page: &str) -> String {
    format!("/attempts/{attempt}/{page}")
}

/// A form that is only its button, the first to be pressed.
fn main_act(label: &str, action: &str) -> Markup {
    html! { form method="post" action=(action) { (web::button(label)) } }
}
