//! My training: what to do by when and why, what is begun, what is done.

use assignments::{
    assignment::{self, Owed},
    nudge::{self, Nudge},
};
use axum::extract::State;
use db::{Day, Db, Reader, Result};
use maud::{Markup, html};
use web::{
    Answer, Column, Learner, Opening, Place, Screen, Standing, Table, day, main_link, panel, tag, to_do,
};

use super::{attempt_href, course_href, question_href};
use crate::{
    acceptance,
    attempt::{self, Waiting},
    completion::{self, Completion, NATIVE, TEST_OUT},
    purpose::Purpose,
    spaced_check::{self, Due},
    taker::Taker,
    words,
};

/// What stands on the page.
#[derive(Debug, Default)]
struct Training {
    today: Option<Day>,
    owed: Vec<Owed>,
    upcoming: Vec<Owed>,
    begun: Vec<Waiting>,
    checks: Vec<Due>,
    /// The last letter of a manager who asked.
    nudge: Option<(Nudge, Day)>,
    /// With the course's title.
    done: Vec<(Completion, String)>,
}

/// GET /my-training
pub(super) async fn show(place: Place, learner: Learner, State(db): State<Db>) -> Answer {
    let taker = Taker::of(&learner)?;
    let training = db.read(move |reader| training(reader, &taker)).await?;
    Screen::shell(&place, "My training", body(&training)).answer()
}

fn training(reader: &mut Reader, taker: &Taker) -> Result<Training> {
    let titles = curriculum::edition::courses(reader)?;
    let titled = |done: Completion| {
        let listed = titles
            .iter()
            .find(|listed| listed.edition.course_id == done.course_id);
        let title = listed.map_or_else(|| done.course_id.clone(), |listed| listed.edition.title.clone());
        (done, title)
    };
    let zone = reader.zone()?;
    let nudge = nudge::of_person(reader, &taker.person)?.into_iter().next();
    Ok(Training {
        nudge: nudge.map(|nudge| (nudge.clone(), nudge.nudged_at.day(&zone))),
        today: Some(reader.today()?),
        owed: assignment::owed(reader, &taker.person)?,
        upcoming: assignment::upcoming(reader, &taker.person)?,
        begun: attempt::waiting(reader, &taker.person)?,
        checks: spaced_check::due(reader, &taker.person)?,
        done: completion::of_person(reader, &taker.person)?
            .into_iter()
            .map(titled)
            .collect(),
    })
}

fn body(training: &Training) -> Markup {
    let (waived, to_do_now): (Vec<&Owed>, Vec<&Owed>) =
        training.owed.iter().partition(|owed| owed.waived_until.is_some());
    let minutes: u64 = to_do_now.iter().map(|owed| owed.minutes.unsigned_abs()).sum();
    let is_owed = |begun: &&Waiting| to_do_now.iter().any(|owed| owed.course_id == begun.course_id);
    let others: Vec<&Waiting> = training.begun.iter().filter(|begun| !is_owed(begun)).collect();
    html! {
        (Opening::new(finding(&to_do_now)).lead(html! {
            @if to_do_now.is_empty() { "You can take any course again whenever you like." }
            @else { "It takes about " b { (words::minutes(minutes)) } ". You can stop at any time; everything you do is kept." }
        }))
        @if let Some((nudge, on)) = training.nudge.as_ref().filter(|_| !to_do_now.is_empty()) {
            p { (nudge.by) " asked you on " (on.long()) " to look at what is open." }
        }
        @if !to_do_now.is_empty() {
            (panel("To do", "", to_do(to_do_now.iter().map(|owed| { let begun = of_course(owed, &training.begun); (owed_words(owed, begun, training.today), way_on(owed, begun)) }))))
        }
        @if !others.is_empty() {
            (panel("Begun", "", to_do(others.iter().map(|begun| (
                html! { b { (begun.title) } (standing(begun)) },
                go_on(begun),
            )))))
        }
        @if !training.checks.is_empty() { (panel("A short check, if you like", "two minutes; it counts against nobody", to_do(training.checks.iter().map(check)))) }
        @if !training.upcoming.is_empty() { (panel("Later", "", later(&training.upcoming))) }
        @if !waived.is_empty() { (panel("Not asked of you for now", "", waived_list(&waived))) }
        (done_table(&training.done))
        p { "Done it somewhere else? " a href="/my-training/outside" { "Send in the document" } " and somebody will look at it." }
    }
}

/// What there is to know of something begun.
fn standing(begun: &Waiting) -> Markup {
    html! {
        @if begun.regraded { br; span.soft { "Your answers were marked again and are enough. You have passed; only your signature is missing." } }
        @else if begun.to_sign { br; span.soft { "Passed. Only your signature is missing." } }
        @else if begun.purpose == Purpose::TestOut { br; span.soft { "Testing out: your one try this year is begun." } }
    }
}

fn check(due: &Due) -> (Markup, Markup) {
    let action = format!("{}/checks", course_href(&due.course_id));
    (
        html! { b { (due.title) } br; span.soft { "Three questions about what you did before." } },
        html! { form method="post" action=(action) { button.button type="submit" { "Check" span.visually-hidden { " " (due.title) } } } },
    )
}

fn finding(owed: &[&Owed]) -> String {
    let overdue = owed.iter().filter(|owed| owed.overdue).count();
    match (owed.len(), overdue) {
        (0, _) => "Nothing is waiting for you.".to_owned(),
        (count, 0) => format!("You have {} to do.", words::counted(count as u64, "course")),
        (count, overdue) => format!(
            "You have {} to do, {overdue} overdue.",
            words::counted(count as u64, "course")
        ),
    }
}

fn owed_words(owed: &Owed, begun: Option<&Waiting>, today: Option<Day>) -> Markup {
    html! {
        a href=(course_href(&owed.course_id)) { b { (owed.title) } } " "
        span.soft { (words::minutes(owed.minutes.unsigned_abs())) }
        @if owed.overdue { " " (tag(Standing::Gap, "overdue")) }
        @if let Some(today) = today { br; (words::until(owed.due_on, today)) }
        br; span.soft { (owed.reason) }
        @if let Some(begun) = begun.filter(|begun| begun.to_sign) { (standing(begun)) }
    }
}

/// What is begun of an owed course: what only waits for a signature first.
fn of_course<'a>(owed: &Owed, begun: &'a [Waiting]) -> Option<&'a Waiting> {
    let of_course = |begun: &&Waiting| begun.course_id == owed.course_id;
    let mut all = begun.iter().filter(of_course);
    all.clone().find(|begun| begun.to_sign).or_else(|| all.next())
}

fn way_on(owed: &Owed, begun: Option<&Waiting>) -> Markup {
    match begun {
        Some(begun) => go_on(begun),
        None => main_link("Start", &course_href(&owed.course_id)),
    }
}

fn go_on(begun: &Waiting) -> Markup {
    if begun.to_sign {
        main_link("Sign", &attempt_href(&begun.attempt, "attestation"))
    } else {
        main_link("Continue", &question_href(&begun.attempt, 1))
    }
}

fn later(upcoming: &[Owed]) -> Markup {
    html! {
        ul.stack {
            @for owed in upcoming {
                li { a href=(course_href(&owed.course_id)) { (owed.title) } ", from " (words::day(owed.opens_on)) "." }
            }
        }
    }
}

fn waived_list(waived: &[&Owed]) -> Markup {
    html! {
        ul.stack {
            @for owed in waived {
                li {
                    a href=(course_href(&owed.course_id)) { (owed.title) }
                    @if let Some(until) = owed.waived_until { ": waived until " (words::day(until)) "." }
                }
            }
        }
    }
}

fn done_table(done: &[(Completion, String)]) -> Markup {
    let rows = done.iter().map(|(done, title)| {
        [
            html! { a href=(course_href(&done.course_id)) { (title) } },
            day(done.occurred_on),
            html! { @if let Some(score) = done.score { (words::percent(score)) } },
            how(done),
            html! { @if let Some(code) = &done.certificate { a href=(code.href()) { "Certificate" } } },
        ]
    });
    let columns = [
        Column::new("Course"),
        Column::new("Completed"),
        Column::new("Score").number(),
        Column::new("How we know"),
        Column::new("Certificate"),
    ];
    let table = Table::new("Done", columns)
        .labelled()
        .rows(rows)
        .empty("What you complete is listed here, with its certificate.");
    html! { (table) }
}

fn how(done: &Completion) -> Markup {
    html! {
        @if !done.passed { (tag(Standing::Attention, "not passed")) " " }
        @if done.source == NATIVE { "Taken and signed here" }
        @else if done.source == TEST_OUT { "Shown here by testing out, and signed" }
        @else if done.source.starts_with(acceptance::SOURCE) { "Done elsewhere, and accepted on evidence" }
        @else if done.source.starts_with(crate::live_session::SOURCE) { "In a live session" }
        @else { "Brought in from " (done.source.trim_start_matches("import:")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_somebody_with_nothing_to_do_says_so() {
        let shown = body(&Training::default()).0;
        assert!(
            shown.contains("Nothing is waiting for you.")
                && shown.contains("What you complete is listed here")
        );
    }
}
