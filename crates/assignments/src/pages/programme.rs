//! The default programme: each rule it would set, why, and which wait for a course; setting what is missing in one click.
//!
//! Not here: what it holds ([`crate::programme`]).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::{Actor, Db};
use web::{
    Answer, Editor, Markup, Opening, Place, Screen, Standing, Visitor, act, html, note, panel,
    see_other_saying, tag, to_do, trail,
};

use super::change::{LINES, shown};
use super::{may_change, may_look};
use crate::change;
use crate::programme::{self, Default, State as Stands, Waiting};
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
    let waiting = programme::waiting_of(&defaults);
    let ready = defaults.iter().filter(|one| one.state == Stands::Ready).count();
    let body = html! {
        (Opening::new(finding(&defaults))
            .over(trail(&[("Rules", "/programme")], "Default programme"))
            .lead("For each group of people, what the strictest of the common frameworks asks for. Every rule can be changed once it is set."))
        @if !waiting.is_empty() { (missing_courses(&waiting)) }
        @if may_change(&visitor) && ready > 0 {
            (shown(&touched))
            (act("Use the default programme", "/programme/default", None))
        }
        @for group in defaults.chunk_by(is_alike) { (panel_of(group)) }
    };
    Screen::shell(&place, "Default programme", body).answer()
}

/// How much of it binds, can bind, and waits.
fn finding(defaults: &[Default]) -> String {
    let count = |holds: fn(Stands) -> bool| defaults.iter().filter(|one| holds(one.state)).count();
    let set = count(|state| matches!(state, Stands::Set | Stands::Otherwise(_)));
    let (ready, waiting) = (
        count(|state| state == Stands::Ready),
        count(|state| state == Stands::Waiting),
    );
    match ready {
        0 if waiting == 0 => "The whole default programme is set.".to_owned(),
        0 => format!("{set} rules of the default programme are set, and {waiting} wait for their courses."),
        1 => format!(
            "One rule of the default programme can be set now. {set} are set, and {waiting} wait for their courses."
        ),
        _ => format!(
            "{ready} rules of the default programme can be set now. {set} are set, and {waiting} wait for their courses."
        ),
    }
}

/// What nobody is asked although it belongs to the programme, and the way out.
fn missing_courses(waiting: &[Waiting]) -> Markup {
    let count: usize = waiting.iter().map(|group| group.course_ids.len()).sum();
    let sentence = match count {
        1 => "One course of it is not here yet, so nobody is asked for it:".to_owned(),
        _ => format!("{count} courses of it are not here yet, so nobody is asked for them:"),
    };
    note(
        Standing::Attention,
        html! {
            p { (sentence) }
            ul.plain-list { @for group in waiting { li { (group.to_string()) } } }
            p { "Write or bring in a course under one of these ids and publish it, and its rule can be set here." }
        },
    )
}

/// Whether two stand for the same people, by the same days, for the same reason.
fn is_alike(one: &Default, next: &Default) -> bool {
    (&one.audience, &one.duty, &one.why) == (&next.audience, &next.duty, &next.why)
}

/// The courses of one group of people: who, by when and why are said once.
fn panel_of(group: &[Default]) -> Markup {
    let Some(first) = group.first() else {
        return html! {};
    };
    let items = group.iter().map(|one| {
        let stands = match one.state {
            Stands::Set => tag(Standing::Met, "set"),
            Stands::Ready => tag(Standing::Attention, "can be set"),
            Stands::Otherwise(_) => tag(Standing::Met, "set otherwise"),
            Stands::Waiting => tag(Standing::None, "waits for its course"),
        };
        let said = html! {
            (one.course_id) " " (one.topic)
            @if let Stands::Otherwise(duty) = one.state { br; span.soft { "Your rule: " (duty.to_string()) } }
        };
        (said, stands)
    });
    let body = html! {
        p { "For " (first.audience.to_string()) ". " (first.why) }
        (to_do(items))
    };
    panel(first.who, html! { (first.duty.to_string()) }, body)
}

async fn adopt(editor: Editor, State(db): State<Db>) -> Answer {
    let (set, waiting) = db
        .write(Actor::Person(editor.account.clone()), |tx| {
            Ok((programme::adopt(tx)?.len(), programme::waiting(tx)?))
        })
        .await?;
    let mut sentence = match set {
        0 => "Every rule of the default programme that has a course was already set.".to_owned(),
        1 => "One rule is set. What people owe follows within moments.".to_owned(),
        count => format!("{count} rules are set. What people owe follows within moments."),
    };
    match waiting.iter().map(|group| group.course_ids.len()).sum() {
        0 => {}
        1 => sentence.push_str(" One more waits for its course; the default programme names it."),
        more => sentence.push_str(&format!(
            " {more} more wait for their courses; the default programme names them."
        )),
    }
    Ok(see_other_saying("/programme", &sentence))
}
