//! The programme: every rule in a plain sentence with how many people are in it today, and setting and ending rules.
//!
//! A rule is looked at before it is saved or ended: the page says who is in it and whom it touches. Owners and editors
//! change rules; auditors read them.
//!
//! Not here: writing a rule (`writing`), and how the form becomes one (`draft`).

mod draft;
mod writing;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use db::{Actor, Db, Id, Reader};
use web::table::thousands;
use web::{
    Answer, Column, Editor, Error, Markup, Opening, Place, Screen, Table, Visitor, actions, button,
    button_link, day, html, main_link, note, see_other_saying, trail,
};

use super::change::{LINES, shown};
use super::{may_change, may_look};
use crate::change;
use crate::members::{self, Members};
use crate::named_audience::{self, NamedAudience};
use crate::programme::{self, Default, State as Stands};
use crate::rule::{self, Rule, RuleKind};

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/programme", get(index))
        .route("/programme/rules", post(writing::create))
        .route("/programme/rules/new", get(writing::new))
        .route("/programme/rules/change.csv", get(writing::file))
        .route("/programme/rules/{id}/end", get(ending).post(end))
}

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (rules, members, titles, defaults, audiences) = db
        .read(|r| {
            let rules = rule::list(r)?;
            let audiences: Vec<_> = rules.iter().map(|rule| &rule.audience).collect();
            let members = members::of(r, &audiences, 0)?;
            let named = named_audience::list(r)?;
            Ok((rules, members, published(r)?, programme::defaults(r)?, named))
        })
        .await?;
    let finding = match (rules.len(), members.first()) {
        (0, _) => "Nobody owes anything yet: the programme has no rules.".to_owned(),
        (1, Some(first)) => format!("One rule says what {}.", owe(first.of)),
        (count, Some(first)) => format!("{count} rules say what {}.", owe(first.of)),
        (count, None) => format!("{count} rules say who owes what."),
    };
    let change = may_change(&visitor);
    let columns = [
        Column::new("Rule"),
        Column::new("Course"),
        Column::new("By when").wide(),
        Column::new("People today").number(),
        Column::new("Change"),
    ];
    let rows = rules
        .iter()
        .zip(&members)
        .map(|(rule, members)| row(rule, members, (&titles, &audiences), change));
    let table = Table::new("Rules", columns)
        .labelled()
        .rows(rows)
        .empty("A rule says who owes which course, and by when. Publish a course, then add a rule.");
    let opening = Opening::new(finding).lead(
        "A rule is never changed: a new one takes its place, and what was owed until then stays on record.",
    );
    let opening = opening.actions(html! {
        @if change { (main_link("Add a rule", "/programme/rules/new")) }
        (button_link("Audiences", "/programme/audiences"))
        (button_link("Equivalent courses", "/programme/equivalences"))
        (button_link("Default programme", "/programme/default"))
    });
    let body = html! {
        (opening)
        @if let Some(sentence) = not_set(&defaults) {
            (note(web::Standing::None, html! {
                p { (sentence) " " a href="/programme/default" { "Look at the default programme" } "." }
            }))
        }
        (table)
    };
    Screen::shell(&place, "Rules", body).answer()
}

/// Whom ending a rule would touch, before it is ended.
async fn ending(place: Place, _: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<RuleKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let before = rule::list(r)?;
            let Some(old) = before.iter().find(|rule| rule.id == id).cloned() else {
                return Ok(None);
            };
            let after: Vec<Rule> = before.iter().filter(|rule| rule.id != id).cloned().collect();
            Ok(Some((change::look(r, &before, &after, LINES)?, old)))
        })
        .await?;
    let (change, rule) = found.ok_or(Error::Missing)?;
    let title = format!("End “{}”?", rule.name);
    let body = html! {
        (Opening::new(&title)
            .over(trail(&[("Rules", "/programme")], "End"))
            .lead("What is owed because of a rule ends with it. What was done and what was late stay on record."))
        (shown(&change))
        form method="post" { (button("End this rule")) }
    };
    Screen::shell(&place, title, body).answer()
}

async fn end(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<RuleKind> = id.parse().map_err(|_| Error::Missing)?;
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        rule::end(tx, &id)
    })
    .await?;
    Ok(see_other_saying(
        "/programme",
        "The rule has ended. What was owed because of it ends within moments.",
    ))
}

fn owe(people: u64) -> String {
    match people {
        0 => "people owe".to_owned(),
        1 => "one person owes".to_owned(),
        _ => format!("{} people owe", thousands(people)),
    }
}

/// The published courses: id and title.
fn published(reader: &mut Reader) -> db::Result<Vec<(String, String)>> {
    let listed = curriculum::edition::courses(reader)?;
    Ok(listed
        .into_iter()
        .map(|one| (one.edition.course_id, one.edition.title))
        .collect())
}

/// What of the default programme does not bind; nothing when it is whole.
fn not_set(defaults: &[Default]) -> Option<String> {
    let count = |state: Stands| defaults.iter().filter(|line| line.state == state).count();
    let rules = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("One rule of the default programme {one}.")),
        _ => Some(format!("{count} rules of the default programme {more}.")),
    };
    let ready = rules(count(Stands::Ready), "is not set", "are not set");
    let waiting = rules(
        count(Stands::Waiting),
        "waits for its course, so nobody is asked for it",
        "wait for their courses, so nobody is asked for them",
    );
    let said: Vec<String> = [ready, waiting].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn row(
    rule: &Rule,
    members: &Members,
    (titles, audiences): (&[(String, String)], &[NamedAudience]),
    change: bool,
) -> [Markup; 5] {
    let title = titles
        .iter()
        .find(|(id, _)| *id == rule.course_id)
        .map_or("", |(_, title)| title.as_str());
    let named = audiences
        .iter()
        .find(|one| Some(&one.id) == rule.terms.named.as_ref());
    [
        html! {
            b { (rule.name) } br;
            @match named {
                Some(named) => { a href={ "/programme/audiences/" (named.id) } { (named.name) } span.soft { ": " (rule.audience.to_string()) } },
                None => span.soft { "For " (rule.audience.to_string()) },
            }
            @if !rule.terms.why.is_empty() { br; span.soft { (rule.terms.why) } }
        },
        html! {
            a href={ "/courses/" (rule.course_id) } { (rule.course_id) " " (title) }
            @for other in &rule.terms.others { " or " a href={ "/courses/" (other) } { (other) } }
        },
        html! {
            (draft::sentence(&rule.duty)) br;
            span.soft {
                "From " (day(rule.from_on))
                @if let Some(until) = rule.terms.until_on { " to " (day(until)) }
                @if rule.terms.priority != rule::PRIORITY { ", priority " (rule.terms.priority) }
            }
        },
        html! { (thousands(members.count)) },
        html! {
            @if change {
                (actions([
                    button_link("Change", &format!("/programme/rules/new?replaces={}", rule.id)),
                    button_link("End", &format!("/programme/rules/{}/end", rule.id)),
                ]))
            }
        },
    ]
}
