//! The check of a certificate, for anybody who holds its code, and the page to print, for its person.
//!
//! A code is shown what it stands for however often; only codes that stand for nothing are counted, so that
//! somebody who tries codes is slowed down and nobody who holds one is.

use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use db::{Db, Fault, Reader, Result, Zone};
use maud::{Markup, html};
use web::{Answer, Opening, Place, Role, Screen, Standing, Throttle, Visitor, facts, note};

use crate::{
    certificate::{self, Certificate, Code, Printer},
    words,
};

/// Codes that stand for nothing, a minute, from everybody together: typing mistakes, not a search.
const MISSES_PER_MINUTE: u32 = 60;
/// A certificate is printed once or twice.
const PRINTS_PER_HOUR: u32 = 30;

/// How often may be missed and printed.
#[derive(Clone)]
pub(super) struct Limits {
    misses: Throttle,
    prints: Throttle,
}

pub(super) fn limits() -> Extension<Limits> {
    Extension(Limits {
        misses: Throttle::per_minute(MISSES_PER_MINUTE),
        prints: Throttle::per_hour(PRINTS_PER_HOUR),
    })
}

/// GET /certificates/{code}
pub(super) async fn check(
    place: Place,
    visitor: Option<Extension<Visitor>>,
    Extension(limits): Extension<Limits>,
    State(db): State<Db>,
    Path(code): Path<String>,
) -> Answer {
    let found = match Code::read(&code) {
        Some(code) => db.read(move |reader| find(reader, &code)).await?,
        None => None,
    };
    let Some((certificate, zone)) = found else {
        limits.misses.allow("")?;
        return Err(web::Error::Missing);
    };
    let visitor = visitor.map(|Extension(visitor)| visitor);
    let is_theirs = visitor
        .as_ref()
        .is_some_and(|visitor| visitor.person.as_deref() == Some(certificate.person.as_str()));
    let body = html! {
        (body(&place, &certificate, &zone))
        @if visitor.is_some_and(|visitor| may_print(&visitor, &certificate)) {
            p.row.actions { a.button href={ (certificate.code.href()) "/document" } { "Download (PDF)" } }
        }
        @if is_theirs { (as_badge(&certificate)) }
    };
    Screen::reading(&place, "Certificate", body).answer()
}

/// GET /certificates/{code}/document
pub(super) async fn document(
    (place, visitor): (Place, Visitor),
    (Extension(limits), printer): (Extension<Limits>, Option<Extension<Printer>>),
    State(db): State<Db>,
    Path(code): Path<String>,
) -> Answer {
    let code = Code::read(&code).ok_or(web::Error::Missing)?;
    let found = db.read(move |reader| find(reader, &code)).await?;
    let (certificate, zone) = found.ok_or(web::Error::Missing)?;
    if !may_print(&visitor, &certificate) {
        return Err(web::Error::Missing);
    }
    limits.prints.allow(&visitor.account)?;
    let Some(Extension(printer)) = printer else {
        return Err(web::Error::fault(
            "printing a certificate without knowing the program that prints",
        ));
    };
    let document = certificate.document(&place.organisation, &printer.address, &zone);
    let name = format!("attachment; filename=\"certificate-{}.pdf\"", certificate.code);
    let printed = tokio::task::spawn_blocking(move || certificate::print(&printer.program, &document)).await;
    let pdf = printed.map_err(|e| Fault::of("waiting for a certificate to be printed", e))??;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, pdf).into_response())
}

fn find(reader: &mut Reader, code: &Code) -> Result<Option<(Certificate, Zone)>> {
    let certificate = certificate::find(reader, code)?;
    let zone = reader.zone()?;
    Ok(certificate.map(|certificate| (certificate, zone)))
}

/// Its own person; those who run the programme; auditors.
fn may_print(visitor: &Visitor, certificate: &Certificate) -> bool {
    visitor.person.as_deref() == Some(certificate.person.as_str())
        || visitor.roles.has(Role::Owner)
        || visitor.roles.has(Role::Auditor)
}

/// For its person alone: the same as an Open Badge.
fn as_badge(certificate: &Certificate) -> Markup {
    html! {
        section.stack {
            h2 { "As an Open Badge" }
            p { "A file for your wallet of badges. It is signed, so that anybody can check it without asking us, and it names you only by a hash of your address." }
            form.stack method="post" action={ (certificate.code.href()) "/badge" } {
                @if certificate.score.is_some() {
                    label.choice { input type="checkbox" name="score" value="yes"; span { "Say my score in it" } }
                }
                div.row.actions { button.button type="submit" { "Download (Open Badges 3.0)" } }
            }
        }
    }
}

fn body(place: &Place, certificate: &Certificate, zone: &Zone) -> Markup {
    let organisation = if place.organisation.is_empty() {
        "This organisation"
    } else {
        &place.organisation
    };
    let name = if certificate.name.is_empty() {
        "Somebody whose name has been erased"
    } else {
        &certificate.name
    };
    html! {
        (Opening::new(format!("{name} has completed {}.", certificate.title)).lead(html! {
            (organisation) " recorded this on " (words::when(certificate.issued_at, zone)) "."
        }))
        (facts([
            ("Name", Some(name.to_owned())),
            ("Course", Some(format!("{} ({})", certificate.title, certificate.course_id))),
            ("Edition", certificate.edition_words(zone)),
            ("Completed", Some(words::day(certificate.completed_on))),
            ("Score", certificate.score.map(words::percent)),
            ("Certificate", Some(certificate.code.to_string())),
        ].into_iter().filter_map(|(label, value)| value.map(|value| (label, value)))))
        @if let Some(statement) = &certificate.statement {
            (note(Standing::None, html! { p { "Signed by the person: “" (statement) "”" } }))
        }
    }
}
