//! Choosing a language for one's lessons and for an attempt, and saying so where a text is not in it.
//!
//! The pages around a course are in English; every text of a course says which language it is in.

use axum::extract::{Path, State};
use curriculum::{Course, Spoken, language};
use db::Db;
use maud::{Markup, Render, html};
use web::{Answer, Filled, Learner, Standing, note, see_other};

use super::{attempt_id, course_href, question_href};
use crate::{language as spoken, taker::Taker};

/// POST /my-training/{course}/language
pub(super) async fn choose(
    learner: Learner,
    State(db): State<Db>,
    Path(course_id): Path<String>,
    filled: Filled,
) -> Answer {
    let taker = Taker::of(&learner)?;
    let (id, tag) = (course_id.clone(), filled.one("language").to_owned());
    let chosen = db
        .write(taker.actor(), move |tx| spoken::choose(tx, &taker, &id, &tag))
        .await?;
    chosen.ok_or(web::Error::Missing)?;
    Ok(see_other(&course_href(&course_id)))
}

/// POST /attempts/{attempt}/language
pub(super) async fn switch(
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let (attempt, tag) = (id.clone(), filled.one("language").to_owned());
    let switched = db
        .write(taker.actor(), move |tx| {
            spoken::switch(tx, &taker, &attempt, &tag)
        })
        .await?;
    switched.ok_or(web::Error::Missing)?;
    // Back to the question from which it was asked for, else to the first.
    let place = filled.one("place").parse().ok().filter(|place| *place > 0);
    Ok(see_other(&question_href(&id, place.unwrap_or(1))))
}

/// A language by what it calls itself.
pub(super) fn named(tag: &str) -> Markup {
    said(tag, language::name(tag))
}

/// A text of a course inside a sentence, in its own language.
pub(super) fn said(tag: &str, text: impl Render) -> Markup {
    html! { span lang=(tag) dir=[language::direction(tag)] { (text) } }
}

/// Paragraphs and lists of a course, in their own language.
pub(super) fn block(tag: &str, text: impl Render) -> Markup {
    html! { div.stack lang=(tag) dir=[language::direction(tag)] { (text) } }
}

/// The ways to read a course in its other languages; nothing where it has none. `hidden` goes along with what is pressed.
pub(super) fn choices(original: &Course, now: &str, action: &str, hidden: Option<usize>) -> Markup {
    let languages = original.languages();
    if languages.len() < 2 {
        return html! {};
    }
    html! {
        form.row method="post" action=(action) {
            span.soft { "Read it in:" }
            @if let Some(place) = hidden { input type="hidden" name="place" value=(place); }
            @for one in &languages {
                @if one.tag == now {
                    span { b { (named(&one.tag)) } span.visually-hidden { ", which you read now" } (partly(original, one)) }
                } @else {
                    button.button type="submit" name="language" value=(one.tag) { (named(&one.tag)) (partly(original, one)) }
                }
            }
        }
    }
}

/// How much of a course there is in a language that does not have all of it.
fn partly(original: &Course, one: &Spoken) -> Markup {
    let (lessons, questions) = (original.lessons.len(), original.questions.len());
    html! {
        @if one.lessons < lessons { " (" (one.lessons) " of " (lessons) " lessons)" }
        @else if one.questions < questions { " (not all questions)" }
    }
}

/// Says of a text that it is not in the language asked for.
pub(super) fn fallback(course: &Course, tag: &str, what: &str) -> Markup {
    if tag == course.language {
        return html! {};
    }
    note(
        Standing::None,
        html! { p {
            "This " (what) " is not translated into " (named(&course.language)) " yet, or its translation is older than its text. So you read it in "
            (named(tag)) "."
        } },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_its_language_and_which_way_it_runs() {
        assert_eq!(said("de", "Ja").0, "<span lang=\"de\">Ja</span>");
        assert_eq!(
            block("ar", "x").0,
            "<div class=\"stack\" lang=\"ar\" dir=\"rtl\">x</div>"
        );
    }

    #[test]
    fn a_course_in_one_language_offers_no_choice_and_excuses_nothing() {
        let course = crate::tests::course();
        assert_eq!(choices(&course, "en", "/x", None).0, "");
        assert_eq!(fallback(&course, "en", "page").0, "");
    }
}
