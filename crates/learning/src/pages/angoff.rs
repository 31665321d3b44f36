//! The panel of an edition: who judges and how far they are, what they come to, and the pass mark that is recommended.
//!
//! Editors and owners open it and invite; whoever judges sees nothing of the others before having judged every question.
//! Judging itself is in [`judgement`].

mod judgement;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use curriculum::{
    Course,
    edition::{self, Edition},
};
use db::{Actor, Db, Reader, Refusal, Tx, Zone};
use identity::{account, role};
use maud::{Markup, html};
use web::{
    Answer, Bar, Bars, Column, Editor, Error, Filled, Form, Opening, Place, Problems, Role, Screen, Standing,
    Table, Visitor, act, button, button_link, facts, main_link, panel, see_other_saying, tag, trail,
};

use crate::angoff::{self, JUDGES_MIN, JUDGES_WELL, Judge, Outcome, Panel, outcome};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/courses/{id}/editions/{number}/panel", get(show).post(open))
        .route("/courses/{id}/editions/{number}/panel/judges", post(invite))
        .route("/courses/{id}/editions/{number}/panel/decisions", post(decide))
        .route(
            "/courses/{id}/editions/{number}/panel/judgement",
            get(judgement::show).post(judgement::keep),
        )
}

/// An edition and its panel, if there is one.
struct Seen {
    edition: Edition,
    course: Arc<Course>,
    panel: Option<Panel>,
    zone: Zone,
}

impl Seen {
    fn href(&self) -> String {
        format!(
            "/courses/{}/editions/{}/panel",
            self.edition.course_id, self.edition.number
        )
    }
}

fn seen(reader: &mut Reader, (id, number): &(String, i64)) -> db::Result<Option<Seen>> {
    let Some(edition) = edition::numbered(reader, id, *number)? else {
        return Ok(None);
    };
    Ok(Some(Seen {
        course: edition::load(reader, &edition.id)?,
        panel: angoff::of_edition(reader, &edition.id)?,
        zone: reader.zone()?,
        edition,
    }))
}

async fn look(db: &Db, path: (String, String)) -> Result<Seen, Error> {
    let named = named(path)?;
    db.read(move |reader| seen(reader, &named))
        .await?
        .ok_or(Error::Missing)
}

fn named((id, number): (String, String)) -> Result<(String, i64), Error> {
    Ok((id, number.parse().map_err(|_| Error::Missing)?))
}

/// Does something with the panel as it is in the same transaction.
async fn change(
    db: &Db,
    visitor: &Visitor,
    path: (String, String),
    run: impl FnMut(&mut Tx, &Panel, &Course) -> db::Result<()> + Send + Clone + 'static,
) -> Result<(), Error> {
    let named = named(path)?;
    let found = db
        .write(Actor::Person(visitor.account.clone()), move |tx| {
            let Some(seen) = seen(tx, &named)? else {
                return Ok(None);
            };
            let Some(panel) = &seen.panel else { return Ok(None) };
            run.clone()(tx, panel, &seen.course).map(Some)
        })
        .await?;
    found.ok_or(Error::Missing)
}

fn edits(visitor: &Visitor) -> bool {
    visitor.roles.has(Role::Editor) || visitor.roles.has(Role::Owner)
}

async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
) -> Answer {
    let seen = look(&db, path).await?;
    let judges = seen
        .panel
        .as_ref()
        .is_some_and(|panel| panel.judge(&visitor.account).is_some());
    if !edits(&visitor) && !judges && !visitor.roles.has(Role::Auditor) {
        return Err(Error::forbidden(
            "This page is for editors, owners and auditors, and for those who are asked to judge.",
        ));
    }
    page(&place, &visitor, &seen, (&Filled::nothing(), &Problems::none())).answer()
}

async fn open(editor: Editor, State(db): State<Db>, Path(path): Path<(String, String)>) -> Answer {
    let seen = look(&db, path).await?;
    let href = seen.href();
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        angoff::open(tx, &seen.edition.id)
    })
    .await?;
    Ok(see_other_saying(
        &href,
        "The panel is open. Invite those who know what the job takes.",
    ))
}

async fn invite(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let (email, owner) = (filled.one("email").to_owned(), editor.roles.has(Role::Owner));
    let done = change(&db, &editor, path.clone(), move |tx, panel, _| {
        let account = account::admit(tx, &email)?
            .ok_or_else(|| stranger("Nobody on the roster and no account has this address."))?;
        let writes = role::held(tx, &account.id)?
            .iter()
            .any(|role| matches!(role, Role::Editor | Role::Owner));
        if !writes && !owner {
            return Err(
                stranger("This person is neither editor nor owner. Ask an owner to invite them.").into(),
            );
        }
        angoff::invite(tx, panel, &account.id)
    });
    after(
        (&place, &db, path),
        &editor,
        (done.await, filled),
        "They are invited. Tell them to open this page in muster and judge.",
    )
    .await
}

async fn decide(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let (mark, reason) = (
        filled.one("pass_mark").parse().unwrap_or(0_i64),
        filled.raw("reason").to_owned(),
    );
    let account = editor.account.clone();
    let done = change(&db, &editor, path.clone(), move |tx, panel, course| {
        if !panel.may_see(&account, course) || outcome(panel, course).is_none() {
            return Err(Refusal::new(
                "panel-not-through",
                "Decide once two judges are through, and you too if you judge.",
            )
            .field("pass_mark")
            .into());
        }
        angoff::decide(tx, panel, mark, &reason)
    });
    after(
        (&place, &db, path),
        &editor,
        (done.await, filled),
        "Recorded. Put it into the next edition’s pass_mark; this edition stays as it is.",
    )
    .await
}

fn stranger(sentence: &str) -> Refusal {
    Refusal::new("no-such-judge", sentence).field("email")
}

/// Back to the panel: with a word when it is done, with what is wrong when it is not.
async fn after(
    (place, db, path): (&Place, &Db, (String, String)),
    editor: &Editor,
    (done, filled): (Result<(), Error>, Filled),
    said: &str,
) -> Answer {
    let seen = look(db, path).await?;
    match done {
        Ok(()) => Ok(see_other_saying(&seen.href(), said)),
        Err(Error::Refused(refusal)) => {
            let problems = Problems::from(refusal);
            page(place, editor, &seen, (&filled, &problems))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
        Err(error) => Err(error),
    }
}

fn page(place: &Place, visitor: &Visitor, seen: &Seen, (filled, problems): (&Filled, &Problems)) -> Screen {
    let course = &seen.course;
    let course_href = format!(
        "/courses/{}/editions/{}",
        seen.edition.course_id, seen.edition.number
    );
    let form = Form::new(filled, problems);
    let over = trail(
        &[("Courses", "/courses"), (&course.title, &course_href)],
        "Pass mark",
    );
    let body = match &seen.panel {
        None => html! {
            (Opening::new(format!("No panel has judged the pass mark of {} yet.", course.title))
                .over(over)
                .lead(html! { "It is " (course.pass_mark) "\u{a0}% now. A panel asks people who know the job: of a hundred who just know enough, how many get each question right?" })
                .actions(html! { @if edits(visitor) { (act("Open a panel", &seen.href(), None)) } }))
        },
        Some(panel) => {
            let found = outcome(panel, course).filter(|_| panel.may_see(&visitor.account, course));
            html! {
                (Opening::new(finding(panel, course, found.as_ref()))
                    .over(over)
                    .lead(html! { "The pass mark of edition " (seen.edition.number) " is " (course.pass_mark) "\u{a0}%. Each judges alone; nobody sees what others said before having judged every question." })
                    .actions(html! { @if let Some(judge) = panel.judge(&visitor.account) { (way(judge, seen)) } }))
                (form.summary())
                div.stack.roomy {
                    (judges(panel, course))
                    @if let Some(found) = &found { (web::panel("What they come to", "", result(found))) }
                    @if edits(visitor) { (invitation(seen, &form)) }
                    @if edits(visitor) && found.is_some() { (decision(seen, &form)) }
                    @if !panel.decisions.is_empty() { (decided(panel, &seen.zone)) }
                }
            }
        }
    };
    Screen::shell(place, format!("Pass mark of {}", course.title), body)
}

/// To the questions: the thing to do until one is through.
fn way(judge: &Judge, seen: &Seen) -> Markup {
    let href = format!("{}/judgement", seen.href());
    if judge.is_through(&seen.course) {
        return button_link("Look at my judgement again", &href);
    }
    main_link("Judge the questions", &href)
}

fn finding(panel: &Panel, course: &Course, found: Option<&Outcome>) -> String {
    let through = panel
        .judges
        .iter()
        .filter(|judge| judge.is_through(course))
        .count();
    match (found, panel.judges.len()) {
        (Some(found), _) => format!(
            "{} judges come to a pass mark of {} %.",
            found.judges,
            percent(found.cut)
        ),
        (None, 0) => "The panel is open, and nobody is asked yet.".to_owned(),
        (None, of) => format!("{through} of {of} judges are through."),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

fn judges(panel: &Panel, course: &Course) -> Table {
    let of = angoff::asked(course).count();
    let columns = [
        Column::new("Judge"),
        Column::new("Questions judged").number(),
        Column::new("How far"),
    ];
    let rows = panel.judges.iter().map(|judge| {
        let mark = if judge.is_through(course) {
            tag(Standing::Met, "through")
        } else {
            tag(Standing::None, "not yet")
        };
        [
            html! { (judge.name) },
            html! { (judge.judged.len()) " of " (of) },
            mark,
        ]
    });
    Table::new("Judges", columns)
        .labelled()
        .empty("Invite the first below.")
        .rows(rows)
}

fn result(found: &Outcome) -> Markup {
    let advice = match found.judges {
        few if few < JUDGES_MIN => {
            format!("{few} judges say little. Ask {JUDGES_MIN} at least, even for a course of little weight.")
        }
        some if some < JUDGES_WELL => format!(
            "Enough for a course of little weight, with the reason recorded. About {JUDGES_WELL} from different work are better for one that much hangs on."
        ),
        _ => "As many as are usually asked.".to_owned(),
    };
    let mut lines: Vec<(&str, Markup)> = vec![
        ("Pass mark", html! { b { (percent(found.cut)) " %" } }),
        (
            "It may be off by",
            html! { @match found.standard_error { Some(error) => { (format!("{:.1}", error * 100.0)) " points (standard error)" }, None => "–" } },
        ),
        (
            "How far they agree",
            html! { @match found.agreement { Some(icc) => { (agreement(icc)) span.soft { " (ICC(2,k) " (two_places(icc)) "; 0.75 and more is good)" } }, None => "–" } },
        ),
        ("Judges", html! { (advice) }),
    ];
    let mut apart: Vec<(&String, &(i64, i64))> = found.apart.iter().collect();
    apart.sort_by_key(|(question, (low, high))| (std::cmp::Reverse(high - low), *question));
    if let Some((question, (low, high))) = apart.first().filter(|(_, (low, high))| high > low) {
        lines.push((
            "Furthest apart",
            html! { (question) ": from " (low) " to " (high) " of a hundred. Worth talking about." },
        ));
    }
    let columns = [Column::new("Judge"), Column::new("Middle").number()];
    let row = |(n, middle): (usize, &f64)| [html! { "Judge " (n + 1) }, html! { (percent(*middle)) " %" }];
    let bars = Bars {
        name: "judges",
        title: "Each judge’s middle".into(),
        sentence: "One bar for each judge who is through, the lowest first, without names.".into(),
        whole: 1.0,
        legend: Vec::new(),
        bars: found
            .middles
            .iter()
            .enumerate()
            .map(|(n, middle)| Bar {
                label: format!("Judge {}", n + 1),
                figure: format!("{} %", percent(*middle)),
                parts: vec![(Standing::Met, *middle)],
                between: None,
            })
            .collect(),
        table: Table::new("Each judge’s middle", columns).rows(found.middles.iter().enumerate().map(row)),
    };
    html! { (facts(lines)) (bars) }
}

/// In words, by the usual bounds of test practice.
fn agreement(icc: f64) -> &'static str {
    match icc {
        high if high >= 0.75 => "Well",
        some if some >= 0.6 => "Fairly well",
        little if little >= 0.4 => "A little",
        _ => "Hardly: talk about the questions, and let each judge again",
    }
}

/// With a true minus, and nothing below zero that rounds to zero.
fn two_places(figure: f64) -> String {
    let text = format!("{figure:.2}");
    match text.as_str() {
        "-0.00" => "0.00".to_owned(),
        text => text.replace('-', "−"),
    }
}

fn invitation(seen: &Seen, form: &Form) -> Markup {
    panel(
        "Ask somebody to judge",
        "",
        html! {
            form.stack.roomy method="post" action={ (seen.href()) "/judges" } {
                (form.email("email", "Their e-mail address").help("An editor or an owner; an owner may ask anybody. They see the questions, not the key."))
                (button("Ask them to judge"))
            }
        },
    )
}

fn decision(seen: &Seen, form: &Form) -> Markup {
    panel(
        "Recommend a pass mark",
        "for the next edition",
        html! {
            form.stack.roomy method="post" action={ (seen.href()) "/decisions" } {
                (form.number("pass_mark", "Pass mark, in percent"))
                (form.textarea("reason", "Why", 3).length_max(2_000))
                (button("Record the recommendation"))
            }
        },
    )
}

fn decided(panel: &Panel, zone: &Zone) -> Table {
    let columns = [
        Column::new("Pass mark"),
        Column::new("Why").wide(),
        Column::new("By"),
        Column::new("When"),
    ];
    let rows = panel.decisions.iter().map(|one| {
        [
            html! { (one.pass_mark) " %" },
            html! { (one.reason) },
            html! { (one.by) },
            web::day(one.at.day(zone)),
        ]
    });
    Table::new("Recommended", columns).labelled().rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_judges_agree_is_said_in_words_and_never_as_minus_nothing() {
        let said = [-0.002, 0.41, 0.6, 0.75].map(agreement);
        assert!(said[0].starts_with("Hardly"));
        assert_eq!(said[1..], ["A little", "Fairly well", "Well"]);
        assert_eq!(two_places(-0.002), "0.00");
        assert_eq!(two_places(-0.25), "−0.25");
    }
}
