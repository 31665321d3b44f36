//! Saying that a question seems wrong, and the list of questions about which somebody has said so.
//!
//! Anybody who was asked a question may say so, before and after handing in; editors and owners read it.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Question, language::direction};
use db::{Db, Reader, Result, Zone};
use maud::{Markup, html};
use web::{
    Answer, Column, Editor, Filled, Form, Learner, Opening, Place, Problems, Screen, Table, button,
    see_other_saying,
};

use super::{attempt_href, attempt_id, place_of, question, question_href, ruled_href};
use crate::{
    appeal::{self, Doubted, NewAppeal, SAID_CHARS_MAX},
    attempt::{self, Attempt},
    taker::Taker,
};

/// The question that somebody doubts.
struct Asked {
    attempt: Attempt,
    title: String,
    question: Question,
    place: usize,
}

/// GET /attempts/{attempt}/questions/{place}/appeals
pub(super) async fn new(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path((id, at)): Path<(String, String)>,
) -> Answer {
    let asked = look(&db, &Taker::of(&learner)?, (&id, &at)).await?;
    form_screen(&place, &asked, &Filled::nothing(), &Problems::none()).answer()
}

/// POST /attempts/{attempt}/questions/{place}/appeals
pub(super) async fn raise(
    (place, learner): (Place, Learner),
    State(db): State<Db>,
    Path((id, at)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let taker = Taker::of(&learner)?;
    let (attempt, number) = (attempt_id(&id)?, place_of(&at)?);
    let new = NewAppeal {
        said: filled.raw("said").to_owned(),
        wishes_answer: filled.ticked("answer"),
    };
    let writer = taker.clone();
    let written = db
        .write(taker.actor(), move |tx| {
            appeal::raise(tx, &writer, (&attempt, number), &new)
        })
        .await;
    let asked = look(&db, &taker, (&id, &at)).await?;
    match written {
        Ok(Some(())) => Ok(see_other_saying(
            &asked.back(),
            "Thank you. The editors will read it; your answers stay as they are.",
        )),
        Ok(None) => Err(web::Error::Missing),
        Err(error) => form_screen(&place, &asked, &filled, &Problems::or_fault(error)?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

/// GET /appeals
pub(super) async fn index(place: Place, _: Editor, State(db): State<Db>) -> Answer {
    let (doubted, zone) = db
        .read(|reader| Ok((appeal::doubted(reader)?, reader.zone()?)))
        .await?;
    Screen::shell(&place, "Questions that seem wrong", list(&doubted, &zone)).answer()
}

async fn look(db: &Db, taker: &Taker, (id, at): (&str, &str)) -> std::result::Result<Asked, web::Error> {
    let (taker, id, at) = (taker.clone(), attempt_id(id)?, place_of(at)?);
    let found = db.read(move |reader| find(reader, &taker, &id, at)).await?;
    found.ok_or(web::Error::Missing)
}

fn find(
    reader: &mut Reader,
    taker: &Taker,
    id: &db::Id<attempt::AttemptKind>,
    place: usize,
) -> Result<Option<Asked>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    let Some(asked) = attempt.form.at(place) else {
        return Ok(None);
    };
    let course = crate::language::course_of(reader, &attempt)?;
    let question = attempt::question_of(&course, asked)?.clone();
    Ok(Some(Asked {
        title: course.title.clone(),
        question,
        place,
        attempt,
    }))
}

impl Asked {
    /// Where the person came from.
    fn back(&self) -> String {
        if self.attempt.submitted_at.is_some() {
            attempt_href(&self.attempt.id, "result")
        } else {
            question_href(&self.attempt.id, self.place)
        }
    }
}

fn form_screen(place: &Place, asked: &Asked, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let (heading, rest) = question::heading(&asked.question.stem);
    let body = html! {
        (form.summary())
        (Opening::new("What seems wrong with this question?").lead(
            "Perhaps two answers are right, or none, or it says something that is not so. It changes nothing about your answers."
        ))
        blockquote lang=(asked.question.spoken) dir=[direction(&asked.question.spoken)] {
            p { (heading) }
            @if let Some(rest) = rest { (rest) }
        }
        form.stack.roomy method="post" action=(super::appeal_href(&asked.attempt.id, asked.place)) {
            (form.textarea("said", "What seems wrong", 4)
                .help("A sentence or two. The editors of the course read it without your name.")
                .length_max(SAID_CHARS_MAX))
            (form.check("answer", "I would like an answer, so show the editors my name"))
            div.row.centred.actions {
                (button("Tell the editors"))
                a.button href=(asked.back()) { "Back" }
            }
        }
    };
    Screen::reading(place, asked.title.clone(), body)
        .corner(html! { a href="/my-training" { "My training" } })
}

fn list(doubted: &[Doubted], zone: &Zone) -> Markup {
    let finding = match doubted.len() {
        0 => "No question waits for an answer.".to_owned(),
        1 => "One question seems wrong to somebody.".to_owned(),
        count => format!("{count} questions seem wrong to somebody."),
    };
    let columns = [
        Column::new("Question"),
        Column::new("Course").wide(),
        Column::new("People").number(),
        Column::new("Since"),
    ];
    let rows = doubted.iter().map(|one| {
        [
            html! { a href=(ruled_href("rulings", &one.edition, &one.question)) { (one.question) } },
            html! { (one.course_id) " " (one.title) ", edition " (one.number) },
            html! { (one.appeals) },
            web::day(one.since.day(zone)),
        ]
    });
    let table = Table::new("Waiting for a ruling", columns)
        .labelled()
        .rows(rows)
        .empty("When somebody says that a question seems wrong, it is listed here until you have decided.");
    html! {
        (Opening::new(finding).lead(
            "Whoever was asked a question can say that it seems wrong. Read what they write, then decide: the question stands, is mended in the next edition, is withdrawn, or its key is corrected."
        ))
        (table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_appeals_says_what_it_is_for() {
        let shown = list(&[], &Zone::utc()).0;
        assert!(shown.contains("No question waits for an answer.") && shown.contains("listed here"));
    }
}
