//! Asking for a correction of what is recorded about oneself, and the queue in which those who run the programme answer.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use db::{Actor, Db, Id, Zone};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Learner, Markup, Opening, Owner, Place, Problems, Screen,
    Standing, Table, button, facts, html, note, panel, see_other_saying, tag, trail,
};

use crate::{
    correction::{self, About, Correction, CorrectionKind, Outcome, TEXT_CHARS_MAX},
    taker::Taker,
    words,
};

const OWN: &str = "/my-record/corrections";
const QUEUE: &str = "/corrections";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(OWN, get(own).post(ask))
        .route(QUEUE, get(queue))
        .route("/corrections/{id}", get(show))
        .route("/corrections/{id}/answer", post(answer))
}

async fn own(place: Place, learner: Learner, State(db): State<Db>) -> Answer {
    own_page(&place, &learner, (&db, &Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn ask(place: Place, learner: Learner, State(db): State<Db>, filled: Filled) -> Answer {
    let taker = Taker::of(&learner)?;
    let (about, asked) = (filled.one("about").to_owned(), filled.raw("asked").to_owned());
    let done = db
        .write(taker.actor(), move |tx| {
            correction::ask(tx, &taker, (&about, &asked))
        })
        .await;
    match done {
        Ok(_) => Ok(see_other_saying(OWN, "Sent. The answer will stand here.")),
        Err(error) => own_page(&place, &learner, (&db, &filled, &Problems::or_fault(error)?))
            .await?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

async fn own_page(
    place: &Place,
    learner: &Learner,
    (db, filled, problems): (&Db, &Filled, &Problems),
) -> Result<Screen, Error> {
    let taker = Taker::of(learner)?;
    let (asked, zone) = db
        .read(move |reader| Ok((correction::of_person(reader, &taker.person)?, reader.zone()?)))
        .await?;
    let form = Form::new(filled, problems);
    let choices: Vec<Choice> = About::ALL
        .iter()
        .map(|one| Choice::new(one.text(), one.label()))
        .collect();
    let body = html! {
        (Opening::new("Something recorded about you is wrong?")
            .over(trail(&[("My record", "/my-record")], "Corrections"))
            .lead("Say what, and what would be right. Whoever runs the training reads it and answers here."))
        (form.summary())
        (note(Standing::None, html! { p {
            "Your name, job, department, manager and dates come from the roster. They are corrected in the system the roster comes from, and then change here by themselves. What was done is never overwritten: a correction stands beside it."
        } }))
        form.stack.roomy method="post" action=(OWN) {
            (form.radios("about", "What is it about?", &choices))
            (form.textarea("asked", "What is wrong, and what would be right?", 5).length_max(TEXT_CHARS_MAX))
            (button("Ask for a correction"))
        }
        @if !asked.is_empty() {
            (panel("What you asked", "", html! { @for one in &asked { (request(one, &zone)) } }))
        }
    };
    Ok(Screen::shell(place, "Corrections", body))
}

fn request(one: &Correction, zone: &Zone) -> Markup {
    html! {
        div.stack {
            p { b { (one.about.label()) } " " span.soft { (words::when(one.asked_at, zone)) } }
            p { (one.asked) }
            @match &one.answer {
                Some(answer) => { (note(Standing::None, html! {
                    p { b { (answer.outcome.label()) "." } " " span.soft { (words::when(answer.answered_at, zone)) } }
                    p { (answer.answer) }
                })) }
                None => { p { (tag(Standing::Attention, "waits for an answer")) } }
            }
        }
    }
}

async fn queue(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let (asked, zone) = db
        .read(|reader| {
            let mut asked = Vec::new();
            for one in correction::queue(reader)? {
                asked.push((super::called(reader, &one.person)?, one));
            }
            Ok((asked, reader.zone()?))
        })
        .await?;
    let waiting = asked.iter().filter(|(_, one)| one.answer.is_none()).count() as u64;
    let finding = match waiting {
        0 => "No request for a correction waits for an answer.".to_owned(),
        1 => "1 request for a correction waits for an answer.".to_owned(),
        many => format!("{many} requests for a correction wait for an answer."),
    };
    let rows = asked.iter().map(|(name, one)| {
        [
            html! { a href={ (QUEUE) "/" (one.id) } { (words::when(one.asked_at, &zone)) } },
            html! { (name) },
            html! { (one.about.label()) },
            match &one.answer {
                Some(answer) => html! { (answer.outcome.label()) },
                None => tag(Standing::Attention, "waits"),
            },
        ]
    });
    let columns = ["Asked", "Who", "About", "Answer"].map(Column::new);
    let body = html! {
        (Opening::new(finding).lead("People ask here when something recorded about them is wrong. A month is the longest an answer may take (GDPR article 12)."))
        (Table::new("Requests", columns).rows(rows).of(asked.len() as u64, "requests").labelled().empty("Nobody has asked for a correction yet."))
    };
    Screen::shell(&place, "Corrections", body).answer()
}

struct Shown {
    correction: Correction,
    name: String,
    zone: Zone,
}

async fn look(db: &Db, id: &str) -> Result<Shown, Error> {
    let id: Id<CorrectionKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |reader| {
            let Some(correction) = correction::find(reader, &id)? else {
                return Ok(None);
            };
            Ok(Some(Shown {
                name: super::called(reader, &correction.person)?,
                zone: reader.zone()?,
                correction,
            }))
        })
        .await?;
    found.ok_or(Error::Missing)
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let shown = look(&db, &id).await?;
    screen(&place, &shown, (&Filled::nothing(), &Problems::none())).answer()
}

async fn answer(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let shown = look(&db, &id).await?;
    let wanted = shown.correction.id.clone();
    let (outcome, said) = (filled.one("outcome").to_owned(), filled.raw("answer").to_owned());
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            correction::answer(tx, &wanted, (&outcome, &said))
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying(
            QUEUE,
            "Answered. The person sees it on their record.",
        )),
        Err(error) => screen(&place, &shown, (&filled, &Problems::or_fault(error)?))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

fn screen(place: &Place, shown: &Shown, (filled, problems): (&Filled, &Problems)) -> Screen {
    let one = &shown.correction;
    let form = Form::new(filled, problems);
    let outcomes: Vec<Choice> = Outcome::ALL
        .iter()
        .map(|outcome| Choice::new(outcome.text(), outcome.label()))
        .collect();
    let body = html! {
        (Opening::new(format!("{} asks for a correction.", shown.name)).over(trail(&[("Corrections", QUEUE)], &shown.name)))
        (form.summary())
        (facts([
            ("About", html! { (one.about.label()) }),
            ("Asked", html! { (words::when(one.asked_at, &shown.zone)) }),
            ("What they say", html! { (one.asked) }),
            ("Their record", html! { a href={ "/people/" (one.person) } { (shown.name) } }),
        ]))
        @match &one.answer {
            Some(answer) => { (panel("Answer", "", html! {
                p { b { (answer.outcome.label()) "." } " " span.soft { (words::when(answer.answered_at, &shown.zone)) } }
                p { (answer.answer) }
            })) }
            None => { form.stack.roomy method="post" action={ (QUEUE) "/" (one.id) "/answer" } {
                (form.radios("outcome", "What came of it?", &outcomes))
                (form.textarea("answer", "Your answer", 4).help("A sentence or two. The person reads it on their record.").length_max(TEXT_CHARS_MAX))
                (button("Answer"))
            } }
        }
    };
    Screen::shell(place, "Correction", body)
}
