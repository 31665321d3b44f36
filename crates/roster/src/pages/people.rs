//! The list of people as of a day, with a search and filters that stand in the address and can be kept.

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use db::{Day, Db};
use web::visitor::{Auditor, Role};
use web::{
    Answer, Choice, Column, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing as Mark, Table,
    button, day, html, main_link, tag,
};

use crate::engagement::EngagementKind;
use crate::people::{self, Filter, Listed, Page, Standing, Whom};

/// A screenful or two; the rest is a click away.
const PAGE_SIZE: usize = 100;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/people", get(list))
}

async fn list(
    place: Place,
    auditor: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let (filter, number) = (
        filter(&asked),
        asked.one("page").parse().unwrap_or(1_usize).max(1),
    );
    let wanted: Option<Day> = asked.one("as_of").parse().ok();
    let shown = filter.clone();
    let (as_of, listed, total, departments) = db
        .read(move |r| {
            let as_of = wanted.map_or_else(|| r.today(), Ok)?;
            let (listed, total) = people::people(
                r,
                as_of,
                &filter,
                Page {
                    number,
                    size: PAGE_SIZE,
                },
            )?;
            Ok((as_of, listed, total, people::departments(r, as_of)?))
        })
        .await?;
    let mut problems = Problems::none();
    if wanted.is_none() && !asked.one("as_of").is_empty() {
        problems.add("as_of", "Write the day as YYYY-MM-DD, for example 2026-06-01.");
    }
    let finding = finding(total, shown.whom, as_of);
    let lead = if listed.is_empty() {
        ""
    } else {
        "By family name, as far as is known now."
    };
    let may_add = auditor.roles.has(Role::Owner);
    let table = table(&listed, total).empty(nobody(&asked, may_add));
    let table = paged(table, &asked, number, total);
    let body = html! {
        (Opening::new(&finding).lead(lead).actions(html! { (web::button_link("Is this everybody?", "/roster/completeness")) @if may_add { (main_link("Add people from a file", "/roster/files/new")) } }))
        (filters(&asked, &problems, as_of, &departments))
        (table)
    };
    Screen::shell(&place, "People", body).answer()
}

/// What to do when nobody is listed: look for others, or bring the first people in.
fn nobody(asked: &Filled, may_add: bool) -> Markup {
    let searched = asked.pairs().any(|(_, value)| !value.is_empty());
    html! {
        @if searched { "Nobody is found. " a href="/people" { "Show everybody who is here today" } }
        @else { "Nobody is listed yet" }
        @if may_add && searched { " or " a href="/roster/files/new" { "add people from a file" } }
        @if may_add && !searched { ". " a href="/roster/files/new" { "Add people from a file" } }
        "."
    }
}

fn filter(asked: &Filled) -> Filter {
    let department = asked.one("department");
    Filter {
        text: asked.one("q").to_owned(),
        kind: asked.one("kind").parse().ok(),
        department: (!department.is_empty()).then(|| department.to_owned()),
        whom: match asked.one("whom") {
            "on_leave" => Whom::OnLeave,
            "joining" => Whom::Joining,
            "left" => Whom::Left,
            "everybody" => Whom::Everybody,
            _ => Whom::Engaged,
        },
    }
}

fn finding(total: u64, whom: Whom, as_of: Day) -> String {
    let people = match total {
        0 => "Nobody".to_owned(),
        1 => "1 person".to_owned(),
        _ => format!("{} people", web::table::thousands(total)),
    };
    let (is, has) = if total > 1 { ("are", "have") } else { ("is", "has") };
    let day = as_of.long();
    match whom {
        Whom::Engaged => format!("{people} {is} here on {day}."),
        Whom::OnLeave => format!("{people} {is} on leave on {day}."),
        Whom::Joining => format!("{people} {has} yet to start after {day}."),
        Whom::Left => format!("{people} {has} left before {day}."),
        Whom::Everybody => format!("{people} {is} on the roster, past and to come."),
    }
}

fn filters(asked: &Filled, problems: &Problems, as_of: Day, departments: &[String]) -> Markup {
    let whom = [
        Choice::new("engaged", "Here"),
        Choice::new("on_leave", "On leave"),
        Choice::new("joining", "Yet to start"),
        Choice::new("left", "Left"),
        Choice::new("everybody", "Everybody"),
    ];
    let kinds: Vec<Choice> = EngagementKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), kind.label()))
        .collect();
    let departments: Vec<Choice> = departments
        .iter()
        .map(|name| Choice::new(name.as_str(), name.as_str()))
        .collect();
    let mut filled = Filled::nothing();
    for name in ["q", "kind", "department"] {
        filled = filled.with(name, asked.one(name));
    }
    let whom_now = Some(asked.one("whom"))
        .filter(|whom| !whom.is_empty())
        .unwrap_or("engaged");
    let filled = filled.with("whom", whom_now).with("as_of", as_of);
    let form = Form::new(&filled, problems);
    html! {
        (form.summary())
        form.filter method="get" action="/people" {
            (form.search("q", "Name, address or id").optional())
            (form.select("whom", "Who", &whom))
            (form.select("kind", "Kind", &kinds).optional())
            @if !departments.is_empty() { (form.select("department", "Department", &departments).optional()) }
            (form.date("as_of", "As of"))
            (button("Show"))
        }
    }
}

fn table(listed: &[Listed], total: u64) -> Table {
    let columns = ["Person", "Kind", "Department", "Job title", "From", "Standing"].map(Column::new);
    let rows = listed.iter().map(|one| {
        [
            html! {
                a href={ "/people/" (one.person) } { (one.name) }
                br; small.soft { (one.facts.email.as_deref().unwrap_or(&one.source_id)) }
            },
            html! { (one.kind.label()) @if let Some(employer) = &one.employer { br; small.soft { (employer) } } },
            html! { (one.facts.department.as_deref().unwrap_or_default()) },
            html! { (one.facts.job_title.as_deref().unwrap_or_default()) },
            html! { (day(one.start_on)) @if let Some(end) = one.end_on { " to " (day(end)) } },
            standing(one.standing),
        ]
    });
    Table::new("People", columns)
        .rows(rows)
        .of(total, "people")
        .caption_hidden()
        .labelled()
}

fn standing(standing: Standing) -> Markup {
    match standing {
        Standing::Here => tag(Mark::Met, "here"),
        Standing::OnLeave => tag(Mark::Attention, "on leave"),
        Standing::Joining => tag(Mark::None, "yet to start"),
        Standing::Left => tag(Mark::None, "left"),
    }
}

fn paged(table: Table, asked: &Filled, number: usize, total: u64) -> Table {
    let mut table = table;
    if number > 1 {
        table = table.link("Previous page", address(asked, number - 1));
    }
    if (number.saturating_mul(PAGE_SIZE) as u64) < total {
        table = table.link("Next page", address(asked, number + 1));
    }
    table
}

/// The same question, another page of the answer.
fn address(asked: &Filled, page: usize) -> String {
    let mut address = format!("/people?page={page}");
    for (name, value) in asked
        .pairs()
        .filter(|(name, value)| *name != "page" && !value.is_empty())
    {
        address.push_str(&format!("&{}={}", encoded(name), encoded(value)));
    }
    address
}

/// Percent-encoding of everything but RFC 3986's unreserved characters.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_asks_the_same_question() {
        let asked = Filled::nothing()
            .with("q", "Zoë & Co")
            .with("page", "2")
            .with("kind", "");
        assert_eq!(address(&asked, 3), "/people?page=3&q=Zo%C3%AB%20%26%20Co");
    }

    #[test]
    fn the_finding_is_a_sentence_for_nobody_one_and_many() {
        let day = Day::ymd(2026, 6, 1);
        assert_eq!(finding(0, Whom::Engaged, day), "Nobody is here on 1 June 2026.");
        assert_eq!(finding(1, Whom::Engaged, day), "1 person is here on 1 June 2026.");
        assert_eq!(
            finding(1_200, Whom::Left, day),
            "1,200 people have left before 1 June 2026."
        );
    }
}
