//! Everything that falls due in a quarter, whatever the course: the lines behind the numbers that count across cycles.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use db::{Day, Db, Reader, Result};
use web::{
    Answer, Auditor, Column, Error, Filled, Opening, Place, Screen, Table, html, table::thousands, trail,
};

use super::{
    cycle::standing,
    figures::{PAGE_SIZE, names, page_number},
};
use crate::cycle::{Cycle, Fate, Line, Part, Quarter, load};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/cycles/all/{quarter}", get(show))
}

/// One line with the course it is of.
struct Due {
    course: String,
    person: String,
    name: String,
    line: Line,
}

/// What the address asks for.
#[derive(Clone, Copy)]
struct Asked {
    part: Option<Part>,
    /// Only what is asked of people because they are new.
    new: bool,
}

impl Asked {
    fn holds(self, line: &Line) -> bool {
        self.part.is_none_or(|part| part.holds(line)) && (!self.new || line.new)
    }

    fn query(self) -> String {
        let part = self
            .part
            .map(|part| format!("show={}&", part.name()))
            .unwrap_or_default();
        format!("{part}{}", if self.new { "new=1&" } else { "" })
    }
}

fn due(reader: &mut Reader, quarter: Quarter, new: bool) -> Result<Vec<Due>> {
    let cycles = load(reader, quarter, quarter)?;
    let names = names(reader)?;
    let mut found = Vec::new();
    for ((course, _), cycle) in &cycles.found {
        for line in cycle.lines.iter().filter(|line| !new || line.new) {
            let person = &*cycles.people[line.person as usize];
            found.push(Due {
                course: course.clone(),
                name: names.call(person).to_owned(),
                person: person.to_owned(),
                line: *line,
            });
        }
    }
    found.sort_by(|a, b| (&a.name, a.line.due_on, &a.course).cmp(&(&b.name, b.line.due_on, &b.course)));
    Ok(found)
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path(quarter): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let quarter = Quarter::parse(&quarter).ok_or(Error::Missing)?;
    let filled: Filled = query.into_iter().collect();
    let asked = Asked {
        part: Part::parse(filled.one("show")),
        new: filled.one("new") == "1",
    };
    let (found, today) = db
        .read(move |reader| Ok((due(reader, quarter, asked.new)?, reader.today()?)))
        .await?;
    let href = format!("/cycles/all/{}", quarter.name());
    let whole = Cycle {
        lines: found.iter().map(|due| due.line).collect(),
    };
    let heading = if asked.new {
        format!("New people, {}", quarter.words())
    } else {
        quarter.words()
    };
    let all = Asked { part: None, ..asked };
    let body = html! {
        (Opening::new(finding(&whole, quarter, asked.new))
            .over(trail(&[("On time", "/cycles")], &heading))
            .lead(format!("As of {}.", today.long())))
        div.stack.roomy {
            div.row {
                @for fate in Fate::ALL {
                    @let part = Asked { part: Some(Part::Of(fate)), ..asked };
                    a href={ (href) "?" (part.query()) } { (web::tag(standing(fate), html! { (thousands(whole.count(fate))) " " (fate.words()) })) }
                }
                @if asked.part.is_some() { a href={ (href) "?" (all.query()) } { "Show everything" } }
            }
            (table(&found, asked, (&href, page_number(&filled))))
        }
    };
    Screen::shell(&place, heading, body).answer()
}

fn finding(whole: &Cycle, quarter: Quarter, new: bool) -> String {
    let (on_time, words) = (whole.on_time(), quarter.words());
    let who = if new { " of new people" } else { "" };
    match on_time.of {
        0 => format!("Nothing{who} has fallen due in {words} yet."),
        of => format!(
            "{} of {} courses{who} that fell due in {words} were done on time.",
            thousands(on_time.n),
            thousands(of)
        ),
    }
}

fn table(found: &[Due], asked: Asked, (href, page): (&str, usize)) -> Table {
    let chosen: Vec<&Due> = found.iter().filter(|due| asked.holds(&due.line)).collect();
    let total = chosen.len();
    let columns = [
        Column::new("Person").wide(),
        Column::new("Course"),
        Column::new("Asked"),
        Column::new("Due"),
        Column::new("Done"),
        Column::new("How"),
    ];
    let caption = asked
        .part
        .map_or("Everything".to_owned(), |part| super::capital(&part.words()));
    let day = |day: Option<Day>| html! { @if let Some(day) = day { (web::day(day)) } };
    let shown = chosen.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut table = Table::new(caption, columns)
        .labelled()
        .empty("There is nothing in this list.")
        .rows(shown.map(|due| {
            [
                html! { a href={ "/people/" (due.person) } { (due.name) } },
                html! { (due.course) },
                web::day(due.line.asked_on),
                web::day(due.line.due_on),
                day(due.line.done_on),
                web::tag(standing(due.line.fate), due.line.fate.words()),
            ]
        }))
        .of(total as u64, "courses");
    if page * PAGE_SIZE < total {
        table = table.link(
            "Show the next",
            format!("{href}?{}page={}", asked.query(), page + 1),
        );
    }
    table
}
