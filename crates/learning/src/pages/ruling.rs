//! One question with its key, what people say about it, and the editor's decision.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use curriculum::{Course, Edition, Kind, Question, edition, render};
use db::{Actor, Db, Id, Reader, Result, Zone};
use identity::account;
use maud::{Markup, html};
use web::{
    Answer, Choice, Column, Editor, Filled, Form, Opening, Place, Problems, Screen, Standing, Table, button,
    note, panel, see_other_saying, tag, trail,
};

use super::{language, question, ruled_href};
use crate::{
    appeal::{self, Said},
    regrading,
    ruling::{self, Decision, NewRuling, REASON_CHARS_MAX, Ruling, Rulings},
    words,
};

/// Options and lines are fewer.
const RIGHT_MAX: usize = 200;

/// A question and everything that was said about it.
pub(super) struct Doubted {
    pub edition: Edition,
    pub course: Arc<Course>,
    pub question: Question,
    rulings: Rulings,
    said: Vec<Said>,
    /// Each with the name of whoever ruled.
    ruled: Vec<(Ruling, String)>,
    regraded: i64,
    pub zone: Zone,
}

/// GET /rulings/{edition}/{question}
pub(super) async fn show(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Path((edition, question)): Path<(String, String)>,
) -> Answer {
    let doubted = look(&db, &edition, &question).await?;
    screen(&place, &doubted, &Filled::nothing(), &Problems::none()).answer()
}

/// POST /rulings/{edition}/{question}
pub(super) async fn rule(
    (place, editor): (Place, Editor),
    State(db): State<Db>,
    Path((edition, question)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let doubted = look(&db, &edition, &question).await?;
    let Some(decision) = Decision::of(filled.one("decision")) else {
        let problems = Problems::none().with("decision", "Choose one of the four decisions.");
        return screen(&place, &doubted, &filled, &problems)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer();
    };
    let right = filled.all("right").take(RIGHT_MAX);
    let new = NewRuling {
        decision,
        right: right.map(|value| value.parse().unwrap_or(usize::MAX)).collect(),
        reason: filled.raw("reason").to_owned(),
    };
    let (id, asked) = (doubted.edition.id.clone(), question.clone());
    let actor = Actor::Person(editor.account.clone());
    let written = db
        .write(actor, move |tx| appeal::settle(tx, &id, &asked, &new))
        .await;
    match written {
        Ok(Some(ruling)) if ruling.decision.changes_marks() => Ok(see_other_saying(
            &ruled_href("regradings", &doubted.edition.id, &question),
            "Decided. See below who passes because of it.",
        )),
        Ok(Some(_)) => Ok(see_other_saying(
            "/appeals",
            "Decided. Those who wished an answer have one.",
        )),
        Ok(None) => Err(web::Error::Missing),
        Err(error) => screen(&place, &doubted, &filled, &Problems::or_fault(error)?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

pub(super) async fn look(db: &Db, edition: &str, question: &str) -> std::result::Result<Doubted, web::Error> {
    let edition: Id<edition::EditionKind> = edition.parse().map_err(|_| web::Error::Missing)?;
    let question = question.to_owned();
    let found = db.read(move |reader| find(reader, &edition, &question)).await?;
    found.ok_or(web::Error::Missing)
}

fn find(reader: &mut Reader, id: &Id<edition::EditionKind>, question: &str) -> Result<Option<Doubted>> {
    let Some(edition) = edition::find(reader, id)? else {
        return Ok(None);
    };
    let course = edition::load(reader, id)?;
    let Some(asked) = course.question(question).cloned() else {
        return Ok(None);
    };
    let ruled = ruling::of_question(reader, id, question)?;
    let ruled = named(reader, ruled)?;
    Ok(Some(Doubted {
        rulings: ruling::in_force(reader, id)?,
        said: appeal::of_question(reader, id, question)?,
        ruled,
        regraded: regrading::count(reader, id, question)?,
        zone: reader.zone()?,
        question: asked,
        edition,
        course,
    }))
}

fn screen(place: &Place, doubted: &Doubted, filled: &Filled, problems: &Problems) -> Screen {
    let question = &doubted.question;
    let finding = match doubted.said.len() {
        0 => format!("Nobody doubts the question {}.", question.id),
        1 => format!("The question {} seems wrong to somebody.", question.id),
        count => format!("The question {} seems wrong {count} times.", question.id),
    };
    let over = format!(
        "{}, edition {}",
        doubted.edition.course_id, doubted.edition.number
    );
    let body = html! {
        (Form::new(filled, problems).summary())
        (Opening::new(finding).over(trail(&[("Questions that seem wrong", "/appeals")], &over)).lead(html! {
            "Of the course " a href=(doubted.edition.href()) { (doubted.edition.title) } ". Whatever you decide, the edition stays as it was published."
        }))
        (panel("The question", kind(question), asked(doubted, question)))
        (translated(doubted))
        (said(doubted))
        @if doubted.rulings.is_withdrawn(&question.id) { (withdrawn(doubted)) }
        @else { (decide(doubted, filled, problems)) }
        (ruled(doubted))
    };
    Screen::shell(place, format!("Question {}", question.id), body)
}

fn kind(question: &Question) -> String {
    let critical = if question.critical {
        ", must be right to pass"
    } else {
        ""
    };
    format!("difficulty {} of 3{critical}", question.difficulty)
}

/// The question with its key, as the edition has it or as it was corrected.
fn asked(doubted: &Doubted, question: &Question) -> Markup {
    html! {
        div lang=(question.spoken) dir=[curriculum::language::direction(&question.spoken)] {
            (render::text(&question.stem))
            @if let Some(code) = &question.code { (render::numbered_code(code, question.language.as_deref())) }
            ul.stack {
                @for said in doubted.rulings.feedback(question, &[]) {
                    li {
                        (question::choice(question, said.option)) " "
                        @if said.right && question.kind != Kind::Order { (tag(Standing::Met, "right")) }
                        @if !said.text.is_empty() { br; span.soft { (render::inline(&said.text)) } }
                    }
                }
                @if question.kind == Kind::Order {
                    @for number in 0..question.options.len() { li { (question::choice(question, number)) } }
                }
            }
        }
    }
}

/// The question as those read it who doubt it in another language.
fn translated(doubted: &Doubted) -> Markup {
    let tags: BTreeSet<&str> = doubted
        .said
        .iter()
        .filter_map(|said| said.language.as_deref())
        .collect();
    let shown = tags.into_iter().map(|tag| doubted.course.spoken(tag));
    let shown: Vec<_> = shown
        .filter(|course| course.language != doubted.course.language)
        .collect();
    html! {
        @for course in &shown {
            @if let Some(question) = course.question(&doubted.question.id) {
                @let name = curriculum::language::name(&course.language);
                @if question.spoken == course.language { (panel(&format!("As it is read in {name}"), "the key is the same", asked(doubted, question))) }
                @else { p { "Whoever reads " (language::named(&course.language)) " was shown the question as it stands above." } }
            }
        }
    }
}

fn said(doubted: &Doubted) -> Markup {
    html! {
        @if !doubted.said.is_empty() {
            (panel("What people write", words::counted(doubted.said.len() as u64, "time"), html! {
                ul.stack {
                    @for said in &doubted.said {
                        li {
                            @if said.text.is_empty() { span.soft { "Erased with the person who wrote it." } } @else { (said.text) }
                            br;
                            span.soft {
                                (words::when(said.raised_at, &doubted.zone))
                                @if let Some(tag) = &said.language { ", reading " (language::named(tag)) }
                                @match &said.by { Some(name) => { ", " (name) ", who would like an answer" }, None => { ", without a name" } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn decide(doubted: &Doubted, filled: &Filled, problems: &Problems) -> Markup {
    let form = Form::new(filled, problems);
    let decisions = [
        Choice::new("stands", "The question stands"),
        Choice::new(
            "mended",
            "It will be mended in the next edition, and counts until then",
        ),
        Choice::new(
            "withdrawn",
            "Withdraw it: it is asked of nobody and counts for nobody, for good",
        ),
        Choice::new("corrected", "Correct its key: other answers are right"),
    ];
    let right = choices(&doubted.question);
    html! {
        form.panel.stack.roomy method="post" action=(ruled_href("rulings", &doubted.edition.id, &doubted.question.id)) {
            h2 { "Decide" }
            (form.radios("decision", "What is to be done", &decisions))
            @if doubted.question.kind != Kind::Order {
                (form.checks("right", right.0, &right.1)
                    .help("Only for correcting the key: tick every answer that is right from now on."))
            }
            (form.textarea("reason", "Why", 3)
                .help("Those who wished an answer read it, and it stays on record.")
                .length_max(REASON_CHARS_MAX))
            (button("Decide"))
        }
    }
}

/// What can be ticked as right.
fn choices(question: &Question) -> (&'static str, Vec<Choice>) {
    let short = |text: &str| text.chars().take(160).collect::<String>();
    if question.kind == Kind::FindTheLine {
        let code = question.code.as_deref().unwrap_or_default();
        let lines = code.trim_end_matches('\n').lines().enumerate();
        let line =
            |(n, line): (usize, &str)| Choice::new(n + 1, format!("Line {}: {}", n + 1, short(line.trim())));
        return ("Which lines are right", lines.map(line).collect());
    }
    let legend = match question.kind {
        Kind::Multiple => "Which answers, together, are right",
        _ => "Which answers are right, each by itself",
    };
    let options = question.options.iter().enumerate();
    (
        legend,
        options
            .map(|(n, option)| Choice::new(n, short(&option.text)))
            .collect(),
    )
}

fn withdrawn(doubted: &Doubted) -> Markup {
    let href = ruled_href("regradings", &doubted.edition.id, &doubted.question.id);
    note(
        Standing::None,
        html! { p {
            b { "Withdrawn." } " It is asked of nobody any more and stays withdrawn; the next edition can have a better one. "
            a href=(href) { "See who passes because of it" } "."
        } },
    )
}

/// Each with the name of whoever ruled.
fn named(reader: &mut Reader, ruled: Vec<Ruling>) -> Result<Vec<(Ruling, String)>> {
    let mut found = Vec::new();
    for ruling in ruled {
        let by = account::called(reader, &ruling.ruled_by)?;
        found.push((ruling, by));
    }
    Ok(found)
}

fn ruled(doubted: &Doubted) -> Markup {
    let columns = [
        Column::new("Decided"),
        Column::new("Decision"),
        Column::new("Why").wide(),
        Column::new("By"),
    ];
    let rows = doubted.ruled.iter().map(|(ruling, by)| {
        [
            web::day(ruling.ruled_at.day(&doubted.zone)),
            html! { (ruling.decision.sentence()) },
            html! { (ruling.reason) },
            html! { (by) },
        ]
    });
    html! {
        @if !doubted.ruled.is_empty() {
            (Table::new("Decisions", columns).rows(rows))
            @if doubted.ruled.iter().any(|(ruling, _)| ruling.decision.changes_marks()) {
                p {
                    (words::counted(doubted.regraded.unsigned_abs(), "attempt")) " regraded because of this question. "
                    a href=(ruled_href("regradings", &doubted.edition.id, &doubted.question.id)) { "See who passes now" } "."
                }
            }
        }
    }
}
