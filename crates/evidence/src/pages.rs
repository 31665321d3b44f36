//! The pages that show: how things stand today, what each framework asks and how it is answered, one person's whole
//! record, packs and lists to take away, and the ledger.
//!
//! Everything that names people is for owners and auditors; a manager sees their own people, a learner themselves.
//! Nothing is changed by looking: what is taken away is fetched with a form, which leaves an entry.
//!
//! Not here: what is true (`status`, `coverage`).

mod access;
mod check;
mod completeness;
mod coverage;
mod cycle;
mod exceptions;
mod export;
mod figures;
mod framework;
mod ledger;
mod log;
mod matrix;
mod overdue;
mod own;
mod pack;
mod person;
mod procedure;
mod proofs;
mod quarter;
mod requirement;
mod said;
mod sending;
mod today;

use axum::Router;
use controls::Framework;
use db::{Day, Db, Moment, Reader, Window, Zone};
use web::{Error, Filled, Form, Markup, Problems, Role, Standing, Visitor, button, html};

use roster::engagement::EngagementKind;

use crate::{exports::names::Names, measure::Outcome};

/// Days in the window a page shows when none is asked for: the last twelve months, today included.
const YEAR_DAYS: i32 = 365;
/// No window on a page is longer: ten years.
const WINDOW_DAYS_MAX: i32 = 3_660;

/// Every page of this crate.
pub fn routes() -> Router<Db> {
    Router::new()
        .merge(access::routes())
        .merge(today::routes())
        .merge(coverage::routes())
        .merge(cycle::routes())
        .merge(quarter::routes())
        .merge(matrix::routes())
        .merge(overdue::routes())
        .merge(framework::routes())
        .merge(requirement::routes())
        .merge(check::routes())
        .merge(exceptions::routes())
        .merge(person::routes())
        .merge(procedure::routes())
        .merge(completeness::routes())
        .merge(pack::routes())
        .merge(export::routes())
        .merge(ledger::routes())
        .merge(log::routes())
}

/// The window asked for in an address or a form, and what is wrong with it; the last twelve months when none is.
fn asked_window(asked: &Filled, today: Day) -> (Window, Problems) {
    let usual = Window {
        from: today - (YEAR_DAYS - 1),
        to: today + 1,
    };
    let mut problems = Problems::none();
    let mut day = |name: &'static str, usual: Day| match asked.one(name) {
        "" => usual,
        text => text.parse().unwrap_or_else(|_| {
            problems.add(name, "Write the day as YYYY-MM-DD, for example 2026-06-01.");
            usual
        }),
    };
    let (from, to) = (day("from", usual.from), day("to", usual.to));
    match Window::new(from, to).filter(|window| (1..=WINDOW_DAYS_MAX).contains(&window.days())) {
        Some(window) => (window, problems),
        None => {
            problems.add(
                "to",
                "The window must end after it begins, and last ten years at most.",
            );
            (usual, problems)
        }
    }
}

/// The form that chooses another window for the same page.
fn window_form(window: Window, problems: &Problems) -> Markup {
    let filled = filled_window(window);
    let form = Form::new(&filled, problems);
    html! {
        form.filter method="get" {
            (form.date("from", "From"))
            (form.date("to", "Up to, not including"))
            (button("Show"))
        }
    }
}

/// The fields of a window as a form has them.
fn filled_window(window: Window) -> Filled {
    Filled::nothing().with("from", window.from).with("to", window.to)
}

/// `from=…&to=…`
fn window_query(window: Window) -> String {
    format!("from={}&to={}", window.from, window.to)
}

/// As it stands in an address.
fn encoded(text: &str) -> String {
    let mut value = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => value.push(char::from(byte)),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    value
}

/// An instant to the minute, in the organisation's zone and on one line; exactly for programs and those who ask.
fn when(at: Moment, zone: &Zone) -> Markup {
    let long = at.long(zone);
    let minute = long.rsplit(' ').next().unwrap_or_default();
    html! { time datetime=(at) title=(at) { (on(at.day(zone))) ",\u{a0}" (minute) } }
}

/// A day, on one line.
fn on(day: Day) -> String {
    day.short().replace(' ', "\u{a0}")
}

/// Links that look like buttons, in a row.
fn button_row(links: &[(&str, &str)]) -> Markup {
    html! { @for (label, href) in links { (web::button_link(label, href)) } }
}

/// With its first letter large.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The kind of somebody's engagement as people say it; blank when it is not known.
fn kind_label(names: &Names, id: &str) -> &'static str {
    let kind = names
        .of(id)
        .and_then(|who| who.kind.parse::<EngagementKind>().ok());
    kind.map_or("", EngagementKind::label)
}

/// The framework of an address.
fn named_framework(id: &str) -> Result<&'static Framework, Error> {
    controls::framework(id).ok_or(Error::Missing)
}

/// The frameworks the organisation answers for.
fn adopted(reader: &mut Reader) -> db::Result<Vec<&'static Framework>> {
    Ok(controls::adopted(reader)?
        .iter()
        .filter_map(|a| controls::framework(&a.framework))
        .collect())
}

/// How an answer is drawn.
fn standing(outcome: Outcome) -> Standing {
    crate::chapters::readme::standing(outcome)
}

/// Whether the visitor may see everybody by name.
fn sees_all(visitor: &Visitor) -> bool {
    visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Auditor)
}

/// The ledger's checkpoint as a fact on a page.
fn checkpoint_fact(latest: Option<&::ledger::proof::Latest>, zone: &Zone) -> Markup {
    match latest {
        Some(latest) => html! {
            a href="/ledger" { (crate::wording::counted(latest.size, "entry", "entries")) } ", sealed " (when(latest.signed_at, zone))
        },
        None => html! { "The ledger has no checkpoint yet." },
    }
}
