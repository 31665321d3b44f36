//! Which course counts for which other, decided by whom and why; deciding it, and ending a decision.
//!
//! Not here: what counts ([`crate::equivalence`]).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Day, Db, Id, Reader};
use web::{
    Answer, Choice, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing,
    Table, Visitor, button, day, html, panel, see_other_saying, tag, trail,
};

use super::{may_change, may_look};
use crate::equivalence::{self, Equivalence, EquivalenceKind, NewEquivalence};

const HOME: &str = "/programme/equivalences";

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(index).post(create))
        .route("/programme/equivalences/{id}/end", post(end))
}

struct Seen {
    decided: Vec<Equivalence>,
    courses: Vec<Choice>,
}

fn look(reader: &mut Reader) -> db::Result<Seen> {
    let courses = curriculum::edition::courses(reader)?;
    let courses = courses.into_iter().map(|one| {
        Choice::new(
            &one.edition.course_id,
            format!("{} {}", one.edition.course_id, one.edition.title),
        )
    });
    Ok(Seen {
        decided: equivalence::all(reader)?,
        courses: courses.collect(),
    })
}

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (seen, today) = db.read(|r| Ok((look(r)?, r.today()?))).await?;
    let filled = Filled::nothing().with("from_on", today).with("edition_min", 1);
    screen(&place, &seen, (&filled, &Problems::none()), may_change(&visitor)).answer()
}

async fn create(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let problems = match filled.one("from_on").parse::<Day>() {
        Err(_) => Problems::none().with("from_on", "Write the first day as a date, such as 2026-06-01."),
        Ok(from_on) => {
            let new = NewEquivalence {
                course_id: filled.one("course").to_owned(),
                edition_min: filled.one("edition_min").parse().unwrap_or_default(),
                counts_for: filled.one("counts_for").to_owned(),
                from_on,
                reason: filled.raw("reason").to_owned(),
            };
            let actor = Actor::Person(editor.account.clone());
            match db.write(actor, move |tx| equivalence::decide(tx, &new)).await {
                Ok(_) => {
                    return Ok(see_other_saying(
                        HOME,
                        "Decided. What people owe follows within moments.",
                    ));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    let seen = db.read(look).await?;
    screen(&place, &seen, (&filled, &problems), true)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn end(editor: Editor, State(db): State<Db>, Path(id): Path<String>, filled: Filled) -> Answer {
    let id: Id<EquivalenceKind> = id.parse().map_err(|_| Error::Missing)?;
    let reason = filled.raw("reason").to_owned();
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        equivalence::end(tx, &id, &reason)
    })
    .await?;
    Ok(see_other_saying(
        HOME,
        "Ended. What was completed before today keeps counting.",
    ))
}

fn screen(place: &Place, seen: &Seen, (filled, problems): (&Filled, &Problems), change: bool) -> Screen {
    let holding = seen.decided.iter().filter(|one| one.ended.is_none()).count();
    let finding = match holding {
        0 => "No course counts for another.".to_owned(),
        1 => "One course counts for another.".to_owned(),
        count => format!("{count} decisions say which course counts for another."),
    };
    let columns = ["Done", "Counts for", "Completed from", "Why", "Standing"].map(Column::new);
    let rows = seen.decided.iter().map(|one| row(one, change));
    let table = Table::new("Decisions", columns)
        .rows(rows)
        .labelled()
        .empty("Whoever has done one course may be let off another that teaches the same. Somebody has to decide so, and say why.");
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Rules", "/programme")], "Equivalent courses"))
            .lead("A completion that counts for another course keeps its own course, day and class; an auditor sees both."))
        (form.summary())
        (table)
        @if change {
            (panel("Decide that a course counts for another", "", html! {
                form.stack.roomy method="post" action=(HOME) {
                    (form.select("course", "Whoever has done", &seen.courses))
                    (form.number("edition_min", "In this edition or a later one").help("1 is any. What came from a file has no edition and counts as the first."))
                    (form.select("counts_for", "Has done as well", &seen.courses))
                    (form.date("from_on", "When completed from"))
                    (form.textarea("reason", "Why", 3).help("An auditor will read it.").length_max(1_000))
                    (button("Decide it"))
                }
            }))
        }
    };
    Screen::shell(place, "Equivalent courses", body)
}

fn row(one: &Equivalence, change: bool) -> [Markup; 5] {
    let edition = if one.said.edition_min > 1 {
        format!(", edition {} or later", one.said.edition_min)
    } else {
        String::new()
    };
    [
        html! { (one.said.course_id) (edition) },
        html! { (one.said.counts_for) },
        day(one.said.from_on),
        html! { (one.said.reason) },
        html! {
            @match &one.ended {
                Some((on, why)) => { (tag(Standing::None, "ended")) " for what is completed from " (day(*on)) " on: " (why) },
                None => {
                    (tag(Standing::Met, "holds"))
                    @if change {
                        details {
                            summary { "End it" }
                            form.stack method="post" action={ (HOME) "/" (one.id) "/end" } {
                                label for={ "reason-" (one.id) } { "Why it ends" }
                                input id={ "reason-" (one.id) } name="reason" required maxlength="1000";
                                (button("End it"))
                            }
                        }
                    }
                },
            }
        },
    ]
}
