//! The default programme: each rule it would set, why, and which wait for a course; setting what is missing in one click.
//!
//! Not here: what it holds ([`crate::programme`]).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::{Actor, Db};
use web::{
    Answer, Column, Editor, Markup, Opening, Place, Screen, Standing, Table, Visitor, act, html,
    see_other_saying, tag, trail,
};

use super::change::{LINES, shown};
use super::{may_change, may_look};
use crate::change;
use crate::programme::{self, Default, State as Stands};
use crate::rule;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new().route("/programme/default", get(show).post(adopt))
}

async fn show(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (defaults, touched) = db
        .read(|r| {
            let defaults = programme::defaults(r)?;
            let before = rule::list(r)?;
            let mut after = before.clone();
            for new in programme::missing(r)? {
                after = change::with(&after, &new, None);
            }
            Ok((defaults, change::look(r, &before, &after, LINES)?))
        })
        .await?;
    let count = |state: Stands| defaults.iter().filter(|one| one.state == state).count();
    let (set, ready, waiting) = (count(Stands::Set), count(Stands::Ready), count(Stands::Waiting));
    let finding = match ready {
        0 if waiting == 0 => "The whole default programme is set.".to_owned(),
        0 => format!("{set} rules of the default programme are set, and {waiting} wait for their courses."),
        _ => format!(
            "{ready} rules of the default programme can be set now. {set} are set, and {waiting} wait for their courses."
        ),
    };
    let columns = [
        Column::new("Course"),
        Column::new("For").wide(),
        Column::new("By when").wide(),
        Column::new("Why").wide(),
        Column::new("Stands"),
    ];
    let table = Table::new("The default programme", columns)
        .rows(defaults.iter().map(row))
        .labelled()
        .caption_hidden();
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Rules", "/programme")], "Default programme"))
            .lead("For each group of people, what the strictest of the common frameworks asks for. Every rule can be changed once it is set."))
        @if may_change(&visitor) && ready > 0 {
            (shown(&touched))
            (act("Use the default programme", "/programme/default", None))
        }
        (table)
    };
    Screen::shell(&place, "Default programme", body).answer()
}

fn row(one: &Default) -> [Markup; 5] {
    let stands = match one.state {
        Stands::Set => tag(Standing::Met, "set"),
        Stands::Ready => tag(Standing::Attention, "can be set"),
        Stands::Waiting => tag(Standing::None, "waits for its course"),
    };
    [
        html! { (one.course_id) " " (one.topic) },
        html! { (one.audience.to_string()) },
        html! { (one.duty.to_string()) },
        html! { (one.why) },
        stands,
    ]
}

async fn adopt(editor: Editor, State(db): State<Db>) -> Answer {
    let set = db
        .write(Actor::Person(editor.account.clone()), programme::adopt)
        .await?;
    let sentence = match set.len() {
        0 => "Every rule of the default programme was already set.".to_owned(),
        1 => "One rule is set. What people owe follows within moments.".to_owned(),
        count => format!("{count} rules are set. What people owe follows within moments."),
    };
    Ok(see_other_saying("/programme", &sentence))
}
