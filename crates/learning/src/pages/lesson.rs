//! A course as its learner sees it: what it is for, its lessons, and the way to the questions.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use curriculum::{Change, Course, Edition, Lesson, course::is_course_id, edition, render};
use db::{Day, Db, Moment, Reader, Result, Zone};
use maud::{Markup, html};
use web::{
    Answer, Learner, Opening, Place, Screen, Standing, facts, note, panel, progress, see_other, tag, trail,
};

use super::{attempt_href, course_href, language, place_of, question_href};
use crate::{
    attempt::{self, Waiting},
    completion::{self, Completion},
    lesson, pause,
    purpose::Purpose,
    taker::Taker,
    test_out::{self, Offer},
    words,
};

/// What the overview of a course rests on.
struct Overview {
    edition: Edition,
    /// In the language the person reads in.
    course: Arc<Course>,
    original: Arc<Course>,
    /// The language of the attempt that is begun.
    begun_in: Option<String>,
    read: BTreeSet<String>,
    begun: Option<Waiting>,
    paused_until: Option<Moment>,
    /// The course's, with what this person is given beyond it.
    rule: curriculum::Form,
    done: Option<Completion>,
    /// What has changed since the edition that was completed, the newest first; `None` when that is the current one.
    changed: Option<Vec<Change>>,
    test_out: Offer,
    due_on: Option<Option<Day>>,
    today: Day,
    zone: Zone,
}

/// GET /my-training/{course}
pub(super) async fn overview(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(course_id): Path<String>,
) -> Answer {
    let taker = Taker::of(&learner)?;
    let found = db.read(move |reader| find(reader, &taker, &course_id)).await?;
    let overview = found.ok_or(web::Error::Missing)?;
    Screen::reading(&place, overview.course.title.clone(), overview_body(&overview)).answer()
}

/// GET /my-training/{course}/lessons/{place}
pub(super) async fn show(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path((course_id, at)): Path<(String, String)>,
) -> Answer {
    let (taker, at) = (Taker::of(&learner)?, place_of(&at)?);
    let found = db.read(move |reader| find(reader, &taker, &course_id)).await?;
    let overview = found.ok_or(web::Error::Missing)?;
    let lesson = overview.course.lessons.get(at - 1).ok_or(web::Error::Missing)?;
    let corner = html! { a href="/my-training" { "Save and leave" } };
    Screen::reading(&place, lesson.title.clone(), lesson_body(&overview, lesson, at))
        .corner(corner)
        .answer()
}

/// POST /my-training/{course}/lessons/{place}/read
pub(super) async fn read(
    learner: Learner,
    State(db): State<Db>,
    Path((course_id, at)): Path<(String, String)>,
) -> Answer {
    let (taker, at) = (Taker::of(&learner)?, place_of(&at)?);
    let id = course_id.clone();
    let written = db.write(taker.actor(), move |tx| {
        let Some((edition, course)) = current(tx, &id)? else {
            return Ok(None);
        };
        let Some(read) = course.lessons.get(at - 1) else {
            return Ok(None);
        };
        lesson::read(tx, &taker, &edition.id, &read.name)?;
        Ok(Some(course.lessons.len()))
    });
    let lessons = written.await?.ok_or(web::Error::Missing)?;
    let next = if at < lessons {
        lesson_href(&course_id, at + 1)
    } else {
        format!("{}#questions", course_href(&course_id))
    };
    Ok(see_other(&next))
}

fn lesson_href(course_id: &str, place: usize) -> String {
    format!("{}/lessons/{place}", course_href(course_id))
}

fn current(reader: &mut Reader, course_id: &str) -> Result<Option<(Edition, Arc<Course>)>> {
    if !is_course_id(course_id) {
        return Ok(None);
    }
    let Some(edition) = edition::current(reader, course_id)? else {
        return Ok(None);
    };
    let course = edition::load(reader, &edition.id)?;
    Ok(Some((edition, course)))
}

fn find(reader: &mut Reader, taker: &Taker, course_id: &str) -> Result<Option<Overview>> {
    let Some((edition, original)) = current(reader, course_id)? else {
        return Ok(None);
    };
    let person = &taker.person;
    let course = crate::language::course_for(reader, person, &original)?;
    let begun = attempt::waiting(reader, person)?
        .into_iter()
        .find(|begun| begun.edition == edition.id && (begun.purpose == Purpose::Course || begun.to_sign));
    let done = completion::latest(reader, person, course_id)?;
    let owed = assignments::assignment::owed(reader, person)?;
    Ok(Some(Overview {
        read: lesson::of_person(reader, person, &edition.id)?,
        begun_in: match &begun {
            Some(begun) => crate::language::of_attempt(reader, &begun.attempt)?,
            None => None,
        },
        begun,
        rule: pause::rule(reader, person, &course)?,
        paused_until: pause::wait(reader, person, &edition.id)?,
        changed: changed(reader, done.as_ref(), (&edition, &course))?,
        test_out: test_out::offer(reader, person, course_id)?,
        done,
        due_on: owed
            .into_iter()
            .find(|owed| owed.course_id == course_id)
            .map(|owed| owed.due_on),
        today: reader.today()?,
        zone: reader.zone()?,
        edition,
        course,
        original,
    }))
}

/// What is new for somebody who has completed another edition than the current one.
fn changed(
    reader: &mut Reader,
    done: Option<&Completion>,
    (current, course): (&Edition, &Course),
) -> Result<Option<Vec<Change>>> {
    let Some(done) = done else { return Ok(None) };
    let since = match &done.edition {
        Some(edition) if *edition == current.id => return Ok(None),
        // Who learnt elsewhere knows what was so on the day they did.
        None => done.occurred_on,
        Some(edition) => match edition::find(reader, edition)? {
            Some(earlier) => earlier.published_at.day(&reader.zone()?),
            None => done.occurred_on,
        },
    };
    Ok(Some(course.changes_since(since).into_iter().cloned().collect()))
}

fn overview_body(overview: &Overview) -> Markup {
    let course = &overview.course;
    html! {
        (Opening::new(course.title.clone())
            .spoken(&course.spoken, curriculum::language::direction(&course.spoken))
            .over(trail(&[("My training", "/my-training")], &course.id))
            .lead(html! {
                (language::said(&course.spoken, &course.summary))
                @if let Some(due_on) = overview.due_on { " " b { (words::until(due_on, overview.today)) } }
            }))
        @if let Some(done) = &overview.done {
            (note(Standing::Met, html! { p {
                "You completed this on " (words::day(done.occurred_on)) "."
                @if let Some(code) = &done.certificate { " " a href=(code.href()) { "See your certificate" } "." }
            } }))
        }
        (language::choices(&overview.original, &course.language, &format!("{}/language", course_href(&course.id)), None))
        (changes_panel(overview))
        (panel("What you can do afterwards", "", html! {
            ul.stack { @for objective in &course.objectives { li { (language::said(&objective.spoken, &objective.text)) } } }
        }))
        (lessons_panel(overview))
        (questions_panel(overview))
    }
}

/// Instead of the whole course: what is new, where it stands, and then the questions.
fn changes_panel(overview: &Overview) -> Markup {
    let course = &overview.course;
    let Some(changes) = &overview.changed else {
        return html! {};
    };
    let place = |name: &str| course.lessons.iter().position(|lesson| lesson.name == name);
    panel(
        "What has changed since you did it",
        "",
        html! {
            @if changes.is_empty() {
                p { "The text is newer, and says nothing that you have to learn anew." }
            } @else {
                ul.stack {
                    @for change in changes {
                        li {
                            (language::said(&change.spoken, &change.text))
                            @for (n, lesson) in change.lessons.iter().filter_map(|name| place(name)).map(|n| (n + 1, &course.lessons[n])) {
                                " " a href=(lesson_href(&course.id, n)) { "Lesson " (n) ": " (language::said(&lesson.spoken, &lesson.title)) } "."
                            }
                        }
                    }
                }
            }
            p { "Read that, then go on to " a href="#questions" { "the questions" } ". The other lessons are there if you want them; what you completed stays completed." }
        },
    )
}

fn lessons_panel(overview: &Overview) -> Markup {
    let course = &overview.course;
    let left = lesson::minutes_left(course, &overview.read) as u64;
    let next = course
        .lessons
        .iter()
        .position(|lesson| !overview.read.contains(&lesson.name))
        .filter(|_| overview.changed.is_none());
    let aside = if left == 0 {
        "all read".to_owned()
    } else {
        format!("about {} left", words::minutes(left))
    };
    panel(
        "Lessons",
        aside,
        html! {
            ol.stack {
                @for (n, lesson) in course.lessons.iter().enumerate() {
                    li {
                        (n + 1) ". " a href=(lesson_href(&course.id, n + 1)) { (language::said(&lesson.spoken, &lesson.title)) }
                        @if overview.read.contains(&lesson.name) { " " (tag(Standing::Met, "read")) }
                    }
                }
            }
            @if let Some(next) = next {
                p.row.actions {
                    a.button.main href=(lesson_href(&course.id, next + 1)) { @if next == 0 { "Read the first lesson" } @else { "Read on" } }
                }
            }
        },
    )
}

fn questions_panel(overview: &Overview) -> Markup {
    let course = &overview.course;
    let count = course.form.questions as usize;
    let pass = course.pass_mark;
    let all_read = course
        .lessons
        .iter()
        .all(|lesson| overview.read.contains(&lesson.name));
    html! {
        section.panel #questions {
            header { h2 { "Questions" } div.soft { "about " (words::minutes(attempt::minutes_for(count) as u64)) } }
            (facts([
                ("Questions", words::counted(count as u64, "question")),
                ("To pass", format!("{pass} % right")),
                ("Time", "As long as you like; there is no clock.".to_owned()),
                ("If it does not work out", retries(overview.rule)),
            ]))
            @match (&overview.begun, overview.paused_until) {
                (Some(begun), _) if begun.to_sign => {
                    p { "You have passed. Sign the statement, and the course is complete." }
                    p.row.actions { a.button.main href=(attempt_href(&begun.attempt, "attestation")) { "Sign the statement" } }
                }
                (Some(begun), _) => p.row.actions { a.button.main href=(question_href(&begun.attempt, 1)) { "Continue the questions" } },
                (None, Some(until)) => (note(Standing::Attention, html! { p {
                    "You can try again from " (words::when(until, &overview.zone)) ". Until then, read the lessons again, or ask the security team for help."
                } })),
                (None, None) => {
                    form method="post" action={ (course_href(&course.id)) "/attempts" } {
                        // The lessons come first for whoever has not read them; the questions stay open to all.
                        button.button.main[all_read || overview.changed.is_some()] type="submit" { "Start the questions" }
                    }
                }
            }
            (other_language(overview))
            @if overview.done.is_none() { p.soft { "You may start with the questions if you know this already." } }
        }
        (test_out_panel(overview))
    }
}

/// What was begun in another language goes on in it.
fn other_language(overview: &Overview) -> Markup {
    let begun_in = overview
        .begun_in
        .as_ref()
        .filter(|tag| **tag != overview.course.language);
    html! {
        @if let Some(tag) = begun_in {
            p.soft { "You began the questions in " (language::named(tag)) ", and they stay so until you switch on their page." }
        }
    }
}

fn retries(rule: curriculum::Form) -> String {
    if rule.pause_hours == 0 {
        return "As many attempts as you need.".to_owned();
    }
    format!(
        "Up to {} attempts, then a pause of {} hours.",
        rule.attempts, rule.pause_hours
    )
}

/// One try to show that one knows it already.
fn test_out_panel(overview: &Overview) -> Markup {
    let course = &overview.course;
    let pass_mark = Purpose::TestOut.pass_mark(course);
    let way = match &overview.test_out {
        Offer::None => return html! {},
        _ if overview.begun.as_ref().is_some_and(|begun| begun.to_sign) => return html! {},
        Offer::Begun(attempt) => html! {
            p { "You have begun. The questions wait for you, for as long as you like." }
            p.row.actions { (web::button_link("Continue testing out", &question_href(attempt, 1))) }
        },
        Offer::Used(again_on) => html! {
            p { "You have used this year's try. There is another from " (words::day(*again_on)) "; until then there is the course." }
        },
        Offer::Open => html! {
            p { "Answer " (course.form.questions) " other questions instead of taking the course. There is one try a year. If it does not work out, nothing is lost: the course is open to you as before." }
            form method="post" action={ (course_href(&course.id)) "/test-outs" } { button.button type="submit" { "Test out" } }
        },
    };
    panel("If you know this already", format!("{pass_mark} % right"), way)
}

fn lesson_body(overview: &Overview, lesson: &Lesson, place: usize) -> Markup {
    let course = &overview.course;
    let of = course.lessons.len();
    let left: usize = course.lessons[place - 1..]
        .iter()
        .map(|lesson| lesson.words)
        .sum();
    let left = words::minutes(left.div_ceil(200) as u64);
    let direction = curriculum::language::direction(&lesson.spoken);
    let sentence = format!("Lesson {place} of {of}");
    html! {
        header.stack {
            (progress(place - 1, of, &sentence))
            p.soft { a href=(course_href(&course.id)) { (language::said(&course.spoken, &course.title)) } " · lesson " (place) " of " (of) " · about " (left) " left to read" }
            h1 lang=(lesson.spoken) dir=[direction] { (lesson.title) }
        }
        (language::fallback(course, &lesson.spoken, "page"))
        article.stack.roomy lang=(lesson.spoken) dir=[direction] {
            (render::lesson(&lesson.body, &overview.edition.assets_href(), 1))
        }
        form.row.centred.actions method="post" action={ (lesson_href(&course.id, place)) "/read" } {
            (web::button(if place < of { "Next lesson" } else { "To the questions" }))
            @if place > 1 { a.button href=(lesson_href(&course.id, place - 1)) { "Back" } }
        }
    }
}
