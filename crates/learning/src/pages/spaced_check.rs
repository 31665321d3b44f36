//! A short check on one page, how it went, and for owners whether there are checks at all and what they come to.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Course, edition, render};
use db::{Actor, Db, Reader, Result};
use maud::{Markup, html};
use web::{
    Answer, Column, Filled, Learner, Opening, Owner, Place, Problems, Screen, Standing, Table, see_other,
    see_other_saying, tag,
};

use super::{course_href, language, question};
use crate::{
    attempt,
    form::Asked,
    ruling::{self, Rulings},
    spaced_check::{self, Check, Tally, Wanted},
    taker::Taker,
    words,
};

/// Fewer people than this could be told from a sum.
const PEOPLE_MIN: i64 = 10;

/// A check with what is asked in it.
struct Asking {
    check: Check,
    course: Arc<Course>,
    rulings: Rulings,
}

/// POST /my-training/{course}/checks
pub(super) async fn start(learner: Learner, State(db): State<Db>, Path(course_id): Path<String>) -> Answer {
    let taker = Taker::of(&learner)?;
    let id = db
        .write(taker.actor(), move |tx| {
            spaced_check::start(tx, &taker, &course_id)
        })
        .await?;
    Ok(see_other(&format!("/checks/{id}")))
}

/// GET /checks/{check}
pub(super) async fn show(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let asking = look(&db, &Taker::of(&learner)?, &id).await?;
    if asking.check.answers.is_empty() {
        asked_screen(&place, &asking, &Filled::nothing(), &Problems::none())?.answer()
    } else {
        answered_screen(&place, &asking)?.answer()
    }
}

/// POST /checks/{check}
pub(super) async fn answer(
    (place, learner): (Place, Learner),
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let taker = Taker::of(&learner)?;
    let asking = look(&db, &taker, &id).await?;
    let places = 1..=asking.check.form.questions.len();
    let told: Vec<Vec<usize>> = places
        .map(|n| question::response_named(&filled, &name(n)))
        .collect();
    let (writer, check) = (taker.clone(), asking.check.id.clone());
    let written = db
        .write(taker.actor(), move |tx| {
            spaced_check::answer(tx, &writer, &check, &told)
        })
        .await;
    match written {
        Ok(Some(())) => Ok(see_other(&format!("/checks/{id}"))),
        Ok(None) => Err(web::Error::Missing),
        Err(error) => asked_screen(&place, &asking, &filled, &Problems::or_fault(error)?)?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

/// GET /spaced-checks
pub(super) async fn index(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let (active, tallies) = db
        .read(|reader| Ok((spaced_check::active(reader)?, spaced_check::tallies(reader)?)))
        .await?;
    let (finding, label, wanted) = if active {
        (
            "Short checks come after the courses that want them.",
            "Do without them",
            "no",
        )
    } else {
        (
            "There are no short checks after courses.",
            "Have them again",
            "yes",
        )
    };
    let body = html! {
        (Opening::new(finding).lead(
            "Three questions, 7, 30 and 120 days after completing, about what the person answered worst. They take two minutes, count against nobody, and only the person sees how it went."
        ))
        form method="post" {
            input type="hidden" name="wanted" value=(wanted);
            button.button type="submit" { (label) }
        }
        (sums(&tallies))
    };
    Screen::shell(&place, "Short checks", body).answer()
}

/// POST /spaced-checks
pub(super) async fn set(owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let wanted = match filled.one("wanted") {
        "yes" => Wanted::Yes,
        _ => Wanted::No,
    };
    let actor = Actor::Person(owner.account.clone());
    db.write(actor, move |tx| spaced_check::set(tx, wanted)).await?;
    Ok(see_other_saying("/spaced-checks", "Saved."))
}

async fn look(db: &Db, taker: &Taker, id: &str) -> std::result::Result<Asking, web::Error> {
    let id = id.parse().map_err(|_| web::Error::Missing)?;
    let taker = taker.clone();
    let find = move |reader: &mut Reader| -> Result<Option<Asking>> {
        let Some(check) = spaced_check::find(reader, &taker.person, &id)? else {
            return Ok(None);
        };
        let course = edition::load(reader, &check.edition)?;
        Ok(Some(Asking {
            // It counts for nobody, so it is simply in the language the person reads in now.
            course: crate::language::course_for(reader, &taker.person, &course)?,
            rulings: ruling::in_force(reader, &check.edition)?,
            check,
        }))
    };
    db.read(find).await?.ok_or(web::Error::Missing)
}

/// The field of the question at a place.
fn name(place: usize) -> String {
    format!("answer-{place}")
}

fn asked_screen(
    place: &Place,
    asking: &Asking,
    filled: &Filled,
    problems: &Problems,
) -> std::result::Result<Screen, web::Error> {
    let mut parts = Vec::new();
    for (n, asked) in asking.check.form.questions.iter().enumerate() {
        parts.push(fields(asking, n + 1, asked, filled)?);
    }
    let count = words::counted(parts.len() as u64, "question");
    let body = html! {
        (Opening::new(format!("A short check: {count}, two minutes.")).lead(html! {
            "About " b { (asking.course.title) } ", which you did some time ago. It counts against nobody, and nobody but you sees how it goes."
        }))
        @if let Some(problem) = problems.of("answer") { p.error role="alert" { (problem) } }
        form.stack.roomy method="post" {
            @for part in &parts { (part) }
            div.row.centred.actions { (web::button("See how it went")) a.button href="/my-training" { "Not now" } }
        }
    };
    Ok(Screen::reading(place, asking.course.title.clone(), body))
}

fn fields(asking: &Asking, place: usize, asked: &Asked, filled: &Filled) -> Result<Markup> {
    let question = attempt::question_of(&asking.course, asked)?;
    let drawn = question.shown(&asked.options);
    let name = name(place);
    let told = question::response_named(filled, &name);
    let chosen = attempt::as_written(question, asked, &told);
    let (heading, rest) = question::heading(&drawn.stem);
    Ok(html! {
        fieldset.stack {
            legend { h2 { (place) ". " (language::said(&drawn.spoken, heading)) } }
            @if let Some(rest) = rest { (language::block(&drawn.spoken, rest)) }
            @if let (Some(code), false) = (&drawn.code, drawn.kind == curriculum::Kind::FindTheLine) {
                (render::code(code, drawn.language.as_deref()))
            }
            (language::fallback(&asking.course, &drawn.spoken, "question"))
            p.soft { (question::hint(drawn.kind)) }
            (question::fields_named(&drawn, &chosen, &name))
        }
    })
}

fn answered_screen(place: &Place, asking: &Asking) -> std::result::Result<Screen, web::Error> {
    let (answers, of) = (&asking.check.answers, asking.check.form.questions.len());
    let right = answers.values().filter(|(_, right)| *right).count();
    let finding = if right == of {
        "All right: it has stayed with you.".to_owned()
    } else {
        format!("{right} of {of} right. Now is a good time to read on.")
    };
    let mut parts = Vec::new();
    for (n, asked) in asking.check.form.questions.iter().enumerate() {
        parts.push(told(asking, n + 1, asked)?);
    }
    let body = html! {
        (Opening::new(finding).lead("Nobody but you sees this. What was not right comes again in a week; what was comes later.").actions(html! {
            (web::main_link("My training", "/my-training"))
            (web::button_link("Read the lessons again", &course_href(&asking.check.course_id)))
        }))
        section.stack.roomy { @for part in &parts { (part) } }
    };
    Ok(Screen::reading(place, asking.course.title.clone(), body))
}

fn told(asking: &Asking, place: usize, asked: &Asked) -> Result<Markup> {
    let question = attempt::question_of(&asking.course, asked)?;
    let nothing = (Vec::new(), false);
    let (response, right) = asking.check.answers.get(&asked.question).unwrap_or(&nothing);
    let (standing, word) = match (right, response.is_empty()) {
        (true, _) => (Standing::Met, "right"),
        (false, true) => (Standing::None, "not answered"),
        (false, false) => (Standing::Attention, "not right"),
    };
    Ok(html! {
        article.panel {
            header { h2 { (place) ". " (language::said(&question.spoken, question::heading(&question.stem).0)) } div { (tag(standing, word)) } }
            ul.stack {
                @for said in asking.rulings.feedback(question, response).iter().filter(|said| said.chosen || said.right) {
                    li {
                        (question::choice(question, said.option)) " "
                        @if said.chosen { (tag(if said.right { Standing::Met } else { Standing::Attention }, "your answer")) }
                        @else { (tag(Standing::Met, "right")) }
                        @if !said.text.is_empty() { div.soft { (language::block(&question.spoken, render::text(&said.text))) } }
                    }
                }
            }
        }
    })
}

fn sums(tallies: &[Tally]) -> Markup {
    let columns = [
        Column::new("Course"),
        Column::new("People").number(),
        Column::new("Answers").number(),
        Column::new("Right").number(),
    ];
    let few = |tally: &Tally| tally.people < PEOPLE_MIN;
    let rows = tallies.iter().map(|tally| {
        [
            html! { a href={ "/courses/" (tally.course_id) } { (tally.course_id) } },
            html! { @if few(tally) { "fewer than " (PEOPLE_MIN) } @else { (tally.people) } },
            html! { @if !few(tally) { (tally.answers) } },
            html! { @if !few(tally) { (words::percent(tally.right as f64 * 100.0 / tally.answers.max(1) as f64)) } },
        ]
    });
    html! {
        (Table::new("What they come to", columns).labelled().rows(rows)
            .empty("Nobody has made a check yet. The first ones come a week after somebody completes a course that wants them."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_people_no_sum_is_shown() {
        let tally = |people| Tally {
            course_id: "B02".into(),
            people,
            answers: 33,
            right: 11,
        };
        assert!(!sums(&[tally(9)]).0.contains("33"));
        assert!(sums(&[tally(10)]).0.contains("33.3"));
    }
}
