//! Who passes because a question was withdrawn or its key corrected: shown first, then done.
//!
//! An owner sees who it is; an editor, who writes courses and does not run the programme, sees how many.

use axum::extract::{Path, State};
use db::{Actor, Db};
use maud::{Markup, html};
use web::{
    Answer, Column, Editor, Filled, Opening, Place, Role, Screen, Standing, Table, note, see_other_saying,
    trail,
};

use super::{ruled_href, ruling};
use crate::{
    regrading::{self, Plan, Regraded},
    words,
};

/// Rows of the list; the sentence above says how many there are.
const SHOWN_MAX: usize = 200;

/// GET /regradings/{edition}/{question}
pub(super) async fn show(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path((edition, question)): Path<(String, String)>,
) -> Answer {
    let doubted = ruling::look(&db, &edition, &question).await?;
    let sees_names = editor.visitor().roles.has(Role::Owner);
    let (id, asked) = (doubted.edition.id.clone(), question.clone());
    let found = db
        .read(move |reader| {
            let Some(plan) = regrading::plan(reader, &id, &asked)? else {
                return Ok(None);
            };
            let mut names = Vec::new();
            for regraded in plan.passes.iter().take(SHOWN_MAX).filter(|_| sees_names) {
                names.push(regrading::name(reader, &regraded.person)?);
            }
            Ok(Some((plan, names)))
        })
        .await?;
    let (plan, names) = found.ok_or(web::Error::Missing)?;
    let body = html! {
        (opening(&doubted, &plan))
        @if plan.passes.is_empty() {
            (note(Standing::None, html! { p { "There is nothing to regrade. Whoever passed stays passed; whoever failed failed by other questions as well." } }))
        } @else {
            (act(&doubted, &plan))
            @if names.is_empty() { p.soft { "Owners of the programme see who it is." } }
            @else { (list(&doubted, &plan, &names)) }
        }
    };
    Screen::shell(&place, "Regrading", body).answer()
}

/// POST /regradings/{edition}/{question}
pub(super) async fn apply(
    editor: Editor,
    State(db): State<Db>,
    Path((edition, question)): Path<(String, String)>,
    filled: Filled,
) -> Answer {
    let doubted = ruling::look(&db, &edition, &question).await?;
    let (id, asked, plan) = (
        doubted.edition.id.clone(),
        question.clone(),
        filled.one("plan").to_owned(),
    );
    let actor = Actor::Person(editor.account.clone());
    let passed = db
        .write(actor, move |tx| regrading::apply(tx, &id, &asked, &plan))
        .await?;
    let passed = passed.ok_or(web::Error::Missing)?;
    Ok(see_other_saying(
        &ruled_href("rulings", &doubted.edition.id, &question),
        &format!(
            "{} regraded. Whoever passes now is written to, and signs.",
            words::counted(passed as u64, "attempt")
        ),
    ))
}

fn opening(doubted: &ruling::Doubted, plan: &Plan) -> Opening {
    let finding = match plan.passes.len() as u64 + plan.left {
        0 => "Nobody's result changes.".to_owned(),
        1 => "One person has failed and would pass.".to_owned(),
        count => format!("{count} people have failed and would pass."),
    };
    let question = ruled_href("rulings", &doubted.edition.id, &doubted.question.id);
    let over = [
        ("Questions that seem wrong", "/appeals"),
        (doubted.question.id.as_str(), question.as_str()),
    ];
    Opening::new(finding).over(trail(&over, "Regrading")).lead(html! {
        (words::counted(plan.looked_at, "failed attempt")) " at edition " (doubted.edition.number) " of " (doubted.edition.title)
        " had this question. Nobody loses a mark or a pass, and every first marking stays on record."
    })
}

fn act(doubted: &ruling::Doubted, plan: &Plan) -> Markup {
    html! {
        form.stack method="post" action=(ruled_href("regradings", &doubted.edition.id, &doubted.question.id)) {
            input type="hidden" name="plan" value=(plan.id);
            @if plan.left > 0 { p { "The first " (plan.passes.len()) " are regraded now; the other " (plan.left) " come with the next step." } }
            p.row.actions { (web::button(&format!("Regrade {}", words::counted(plan.passes.len() as u64, "attempt")))) }
        }
    }
}

fn list(doubted: &ruling::Doubted, plan: &Plan, names: &[String]) -> Markup {
    let columns = [
        Column::new("Person"),
        Column::new("Handed in"),
        Column::new("Marked"),
        Column::new("Would be"),
    ];
    let row = |(regraded, name): (&Regraded, &String)| {
        [
            html! { a href={ "/people/" (regraded.person) } { (name) } },
            web::day(regraded.submitted_at.day(&doubted.zone)),
            html! { (regraded.before.marks) " of " (regraded.before.marks_max) },
            html! { (regraded.after.marks) " of " (regraded.after.marks_max) ", passed" },
        ]
    };
    let table = Table::new("Who would pass", columns)
        .labelled()
        .rows(plan.passes.iter().zip(names).map(row))
        .of(plan.passes.len() as u64 + plan.left, "people");
    html! { (table) }
}
