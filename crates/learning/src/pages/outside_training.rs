//! Training done elsewhere: what a person sends in about themselves, and what somebody else makes of it.
//!
//! A document is only ever handed out as a file to keep, never shown in the page, because it comes from outside.
//!
//! Not here: what is accepted for the people of a supplier (`acceptance`).

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use curriculum::edition;
use db::{Actor, Day, Db, Id, Reader, Refusal};
use web::visitor::{Editor, Role, Visitor};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Learner, Markup, Opening, Place, Problems, Screen, Standing,
    Table, button, day, facts, html, note, panel, see_other_saying, tag, trail,
};

use crate::outside_training::{self, BYTES_MAX, NewOutside, Outside, OutsideKind, Review};
use crate::taker::Taker;

const OWN: &str = "/my-training/outside";
const ALL: &str = "/outside-training";
/// What a form holds besides its document.
const FORM_BYTES_MAX: usize = 64 * 1024;

pub(super) fn routes() -> Router<Db> {
    let limit = DefaultBodyLimit::max(BYTES_MAX + FORM_BYTES_MAX);
    Router::new()
        .route(OWN, get(own).post(send).layer(limit))
        .route(ALL, get(list))
        .route("/outside-training/{id}", get(show))
        .route("/outside-training/{id}/review", post(review))
        .route("/outside-training/{id}/document", get(document))
}

async fn own(place: Place, learner: Learner, State(db): State<Db>) -> Answer {
    let taker = Taker::of(&learner)?;
    own_page(&place, &db, &taker, (&Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn own_page(
    place: &Place,
    db: &Db,
    taker: &Taker,
    (filled, problems): (&Filled, &Problems),
) -> Result<Screen, Error> {
    let person = taker.person.clone();
    let (courses, sent) = db
        .read(move |r| Ok((courses(r)?, outside_training::of_person(r, &person)?)))
        .await?;
    let form = Form::new(filled, problems);
    let columns = ["Course", "Done on", "By", "What became of it"].map(Column::new);
    let rows = sent.iter().map(|one| {
        [
            html! { (one.course_id) },
            day(one.done_on),
            html! { (one.provider) },
            html! { (standing(one)) @if let Some(review) = &one.review { " " (review.sentence) } },
        ]
    });
    let waiting = sent.iter().filter(|one| one.review.is_none()).count();
    let finding = match (sent.len(), waiting) {
        (0, _) => "You have not sent in any training done elsewhere.".to_owned(),
        (_, 0) => "Everything you sent in has been looked at.".to_owned(),
        (_, 1) => "One document is waiting for somebody to look at it.".to_owned(),
        (_, count) => format!("{count} documents are waiting for somebody to look at them."),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("My training", "/my-training")], "Done elsewhere"))
            .lead("Send in the document, and somebody else looks at whether it covers the course. What is accepted counts; what is not, you are told why."))
        (form.summary())
        @if !sent.is_empty() { (Table::new("What you sent in", columns).rows(rows).labelled()) }
        (panel("Send in a document", "", html! {
            form.stack.roomy method="post" action=(OWN) enctype="multipart/form-data" {
                (form.select("course", "Course it is for", &courses))
                (form.date("done_on", "The day you did it"))
                (form.text("provider", "Who gave the training").length_max(200))
                (form.file("document", "The document").accept(".pdf,.png,.jpg,.jpeg").help("A PDF, PNG or JPEG of up to 5 MB. It is kept until your data is erased."))
                (button("Send it in"))
            }
        }))
    };
    Ok(Screen::shell(place, "Training done elsewhere", body))
}

async fn send(place: Place, learner: Learner, State(db): State<Db>, sent: web::Upload) -> Answer {
    let taker = Taker::of(&learner)?;
    let problems = match read(&sent) {
        Err(problems) => problems,
        Ok(new) => {
            let who = taker.clone();
            match db
                .write(taker.actor(), move |tx| outside_training::send(tx, &who, &new))
                .await
            {
                Ok(_) => return Ok(see_other_saying(OWN, "Sent in. You see here what becomes of it.")),
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    own_page(&place, &db, &taker, (&sent.filled, &problems))
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn read(sent: &web::Upload) -> Result<NewOutside, Problems> {
    let done_on = sent.filled.one("done_on").parse::<Day>().ok();
    let (Some(done_on), Some(file)) = (done_on, sent.file("document")) else {
        let mut problems = Problems::none();
        if done_on.is_none() {
            problems.add("done_on", "Write the day as YYYY-MM-DD, for example 2026-06-01.");
        }
        if sent.file("document").is_none() {
            problems.add("document", "Choose the document that shows it, of up to 5 MB.");
        }
        return Err(problems);
    };
    Ok(NewOutside {
        course_id: sent.filled.one("course").to_owned(),
        done_on,
        provider: sent.filled.one("provider").to_owned(),
        file_name: file.name.clone(),
        bytes: file.bytes.clone(),
    })
}

fn courses(reader: &mut Reader) -> db::Result<Vec<Choice>> {
    let courses = edition::courses(reader)?.into_iter();
    let courses = courses.map(|one| {
        Choice::new(
            &one.edition.course_id,
            format!("{} {}", one.edition.course_id, one.edition.title),
        )
    });
    Ok(courses.collect())
}

fn standing(one: &Outside) -> Markup {
    match &one.review {
        None => tag(Standing::Attention, "waiting"),
        Some(review) if review.acceptance.is_some() => tag(Standing::Met, "accepted"),
        Some(_) => tag(Standing::Gap, "declined"),
    }
}

fn may_look(visitor: &Visitor) -> bool {
    [Role::Owner, Role::Editor, Role::Auditor]
        .into_iter()
        .any(|role| visitor.roles.has(role))
}

async fn list(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    if !may_look(&visitor) {
        return Err(Error::forbidden(
            "This page is for those who run the programme, and for auditors.",
        ));
    }
    let found = db
        .read(|r| {
            let found = outside_training::all(r)?;
            found
                .into_iter()
                .map(|one| Ok((super::called(r, &one.person)?, one)))
                .collect::<db::Result<Vec<_>>>()
        })
        .await?;
    let waiting = found.iter().filter(|(_, one)| one.review.is_none()).count();
    let finding = match waiting {
        0 => "No document is waiting to be reviewed.".to_owned(),
        1 => "One document is waiting to be reviewed.".to_owned(),
        count => format!("{count} documents are waiting to be reviewed."),
    };
    let columns = ["Person", "Course", "Done on", "By", "Stands"].map(Column::new);
    let rows = found.iter().map(|(name, one)| {
        [
            html! { a href={ (ALL) "/" (one.id) } { (name) } },
            html! { (one.course_id) },
            day(one.done_on),
            html! { (one.provider) },
            standing(one),
        ]
    });
    let table = Table::new("Sent in", columns)
        .rows(rows)
        .of(found.len() as u64, "documents")
        .labelled()
        .caption_hidden()
        .empty("People send in training done elsewhere from their own page.");
    let body = html! {
        (Opening::new(finding).lead("Training people did elsewhere and sent in. Nobody reviews their own."))
        (table)
    };
    Screen::shell(&place, "Sent in", body).answer()
}

async fn show(place: Place, visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let seen = look(&db, &visitor, &id).await?;
    screen(&place, &seen, &visitor, (&Filled::nothing(), &Problems::none())).answer()
}

async fn look(db: &Db, visitor: &Visitor, id: &str) -> Result<(Outside, String), Error> {
    if !may_look(visitor) {
        return Err(Error::forbidden(
            "This page is for those who run the programme, and for auditors.",
        ));
    }
    let id: Id<OutsideKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(one) = outside_training::find(r, &id)? else {
                return Ok(None);
            };
            let name = super::called(r, &one.person)?;
            Ok(Some((one, name)))
        })
        .await?;
    found.ok_or(Error::Missing)
}

fn screen(
    place: &Place,
    (one, name): &(Outside, String),
    visitor: &Visitor,
    (filled, problems): (&Filled, &Problems),
) -> Screen {
    let form = Form::new(filled, problems);
    let finding = match &one.review {
        None => format!(
            "{name} has done {} elsewhere, and asks to have it counted.",
            one.course_id
        ),
        Some(review) if review.acceptance.is_some() => {
            format!("What {name} sent in was accepted for {}.", one.course_id)
        }
        Some(_) => format!("What {name} sent in for {} was declined.", one.course_id),
    };
    let document = format!("{ALL}/{}/document", one.id);
    let pairs = [
        ("Person", html! { a href={ "/people/" (one.person) } { (name) } }),
        (
            "Course",
            html! { a href={ "/courses/" (one.course_id) } { (one.course_id) } },
        ),
        ("Done on", day(one.done_on)),
        ("Given by", html! { (one.provider) }),
        (
            "Document",
            html! { a href=(document) { "Keep the " (one.file_kind.to_uppercase()) } br; small.soft.mono { (one.file_sha256) } },
        ),
    ];
    let own = visitor.person.as_deref() == Some(one.person.as_str());
    let may = visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Editor);
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Sent in", ALL)], name))
            .lead("Open the document with care: it comes from outside. Look for the person’s name, the day, the topics and how it was tested."))
        (form.summary())
        (panel("What was sent in", "", facts(pairs)))
        @if let Some(review) = &one.review {
            (note(Standing::None, html! {
                p { (review.sentence) }
                @if let Some(id) = &review.acceptance { p { a href={ "/acceptances/" (id) } { "The acceptance" } } }
            }))
        } @else if own {
            (note(Standing::Attention, html! { p { "This is your own. Somebody else has to review it." } }))
        } @else if may {
            (panel("Accept it", "counts as class D", html! {
                form.stack.roomy method="post" action={ (ALL) "/" (one.id) "/review" } {
                    (form.date("until", "The last day it counts").help("Three years after it was done at most."))
                    (form.textarea("finding", "What you looked at, and why it is enough", 3).help("The person and an auditor read it.").length_max(2_000))
                    button.button.main type="submit" name="decision" value="accept" { "Accept it" }
                }
            }))
            (panel("Decline it", "", html! {
                form.stack.roomy method="post" action={ (ALL) "/" (one.id) "/review" } {
                    (form.textarea("sentence", "Why it does not count", 3).help("The person reads it.").length_max(2_000))
                    button.button type="submit" name="decision" value="decline" { "Decline it" }
                }
            }))
        }
    };
    Screen::shell(place, "Training done elsewhere", body)
}

async fn review(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let seen = look(&db, editor.visitor(), &id).await?;
    let which = seen.0.id.clone();
    let said = said(&filled);
    let done = match said {
        Ok(review) => {
            db.write(Actor::Person(editor.account.clone()), move |tx| {
                outside_training::review(tx, &which, &review)
            })
            .await
        }
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(()) => Ok(see_other_saying(ALL, "Reviewed. The person sees what you wrote.")),
        Err(error) => screen(
            &place,
            &seen,
            editor.visitor(),
            (&filled, &Problems::or_fault(renamed(error))?),
        )
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer(),
    }
}

/// The fields of an acceptance, as this form calls them.
fn renamed(error: db::Error) -> db::Error {
    match error {
        db::Error::Refused(refusal) if refusal.field.as_deref() == Some("covers_to") => {
            refusal.field("until").into()
        }
        other => other,
    }
}

fn said(filled: &Filled) -> Result<Review, Refusal> {
    match filled.one("decision") {
        "accept" => {
            let until = filled.one("until").parse().map_err(|_| {
                Refusal::new(
                    "outside-form",
                    "Write the day as YYYY-MM-DD, for example 2027-06-01.",
                )
                .field("until")
            })?;
            Ok(Review::Accept {
                until,
                finding: filled.raw("finding").trim().to_owned(),
            })
        }
        _ => Ok(Review::Decline {
            sentence: filled.raw("sentence").to_owned(),
        }),
    }
}

/// The document, to whoever sent it and to those who review or audit.
async fn document(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<OutsideKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(one) = outside_training::find(r, &id)? else {
                return Ok(None);
            };
            let bytes = outside_training::file(r, &id)?;
            Ok(bytes.map(|bytes| (one, bytes)))
        })
        .await?;
    let (one, bytes) = found.ok_or(Error::Missing)?;
    if !may_look(&visitor) && visitor.person.as_deref() != Some(one.person.as_str()) {
        return Err(Error::Missing);
    }
    let headers = [
        // Nothing a browser would open by itself, whatever is in it.
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.{}\"", one.id, one.file_kind),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    Ok((headers, bytes).into_response())
}
