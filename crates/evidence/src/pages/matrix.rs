//! Where we stand today: who is up to date with which course, by department, job title, place or kind of person.
//!
//! Each cell says n of N in words and opens the people behind it; its shade only helps the eye.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use db::Db;
use paper::{Columns, Kind};
use roster::engagement::EngagementKind;
use web::{
    Answer, Auditor, Choice, Column, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    button, html, table::thousands, tag, trail,
};

use super::{
    encoded,
    figures::{PAGE_SIZE, csv, names, page_number, siblings, whole},
};
use crate::{
    exports::names::Names,
    matrix::{Asked, By, Cell, Cells, asked, cells},
};

/// Rows of the table, the largest first; the file has them all.
const ROWS_MAX: usize = 100;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/coverage", get(show))
        .route("/coverage/csv", get(file))
        .route("/coverage/people", get(people))
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = query.into_iter().collect();
    let by = By::parse(filled.one("by"));
    let (found, today) = db
        .read(move |reader| Ok((asked(reader, by)?, reader.today()?)))
        .await?;
    let body = html! {
        (Opening::new(finding(&found))
            .lead(format!("As of {}. Up to date is whoever is asked for a course by a rule and has nothing of it open.", today.long()))
            .actions(siblings("/coverage")))
        (standing(&found))
        (choose(by))
        (table(&cells(&found), by))
    };
    Screen::shell(&place, "Where we stand", body).answer()
}

/// People who are asked for anything, each with the courses that are open for them.
fn behind(found: &[Asked]) -> BTreeMap<&str, Vec<&str>> {
    let mut people: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in found {
        let open = people.entry(&one.person).or_default();
        if !one.up_to_date {
            open.push(&one.course);
        }
    }
    people
}

/// How many are up to date with everything, and of how many.
fn counted(found: &[Asked]) -> (u64, u64) {
    let people = behind(found);
    let up_to_date = people.values().filter(|open| open.is_empty()).count() as u64;
    (up_to_date, people.len() as u64)
}

fn finding(found: &[Asked]) -> String {
    match counted(found) {
        (_, 0) => "Nothing is asked of anybody today.".to_owned(),
        (n, all) if n == all => format!("All {} people are up to date with everything.", thousands(all)),
        (n, all) => format!(
            "{} of {} people are up to date with everything.",
            thousands(n),
            thousands(all)
        ),
    }
}

/// The same numbers, each of which opens its people.
fn standing(found: &[Asked]) -> Markup {
    let (n, all) = counted(found);
    let counts = [
        (Standing::Met, n, "up to date with everything", "up-to-date"),
        (Standing::Attention, all - n, "with something open", "open"),
    ];
    html! {
        @if all > 0 {
            div.row { @for (mark, count, words, show) in counts {
                a href={ "/coverage/people?show=" (show) } { (tag(mark, html! { (thousands(count)) " " (words) })) }
            } }
        }
    }
}

fn choose(by: By) -> Markup {
    let filled = Filled::nothing().with("by", by.name());
    let problems = Problems::none();
    let form = Form::new(&filled, &problems);
    let choices = By::ALL.map(|by| Choice::new(by.name(), by.words()));
    html! { form.filter method="get" { (form.select("by", "By", &choices)) (button("Show")) } }
}

fn table(cells: &Cells, by: By) -> Table {
    let courses: BTreeSet<&str> = cells
        .values()
        .flat_map(|row| row.keys().map(String::as_str))
        .collect();
    let mut rows: Vec<(&String, u64)> = cells
        .iter()
        .map(|(row, of)| (row, of.values().map(|cell| cell.of).max().unwrap_or(0)))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut columns = vec![Column::new(by.words())];
    columns.extend(courses.iter().map(|course| Column::new(*course).number()));
    let row = |row: &str| {
        let mut line = vec![html! { (called(row, by)) }];
        line.extend(
            courses
                .iter()
                .map(|course| match cells.get(row).and_then(|of| of.get(*course)) {
                    Some(cell) => shaded(*cell, &href(by, row, course)),
                    None => html! { span.soft { "–" } },
                }),
        );
        line
    };
    Table::new("People up to date, of those who are asked", columns)
        .labelled()
        .empty("No rule asks anything of anybody who is here today.")
        .rows(rows.iter().take(ROWS_MAX).map(|(name, _)| row(name)))
        .of(rows.len() as u64, "rows")
        .link("Download (CSV)", format!("/coverage/csv?by={}", by.name()))
}

fn called(row: &str, by: By) -> String {
    match (by, row) {
        (_, "") => "Not known".to_owned(),
        (By::Kind, kind) => kind
            .parse::<EngagementKind>()
            .map_or_else(|_| kind.to_owned(), |kind| kind.label().to_owned()),
        (_, row) => row.to_owned(),
    }
}

/// The fuller, the darker; the words say it all.
fn shaded(cell: Cell, href: &str) -> Markup {
    let quarter = match cell {
        Cell { n, of } if n == of => 4,
        Cell { n, of } => n * 4 / of.max(1),
    };
    html! { a class={ "heat q" (quarter) } href=(href) { (thousands(cell.n)) " of " (thousands(cell.of)) } }
}

fn href(by: By, row: &str, course: &str) -> String {
    format!(
        "/coverage/people?by={}&row={}&course={course}",
        by.name(),
        encoded(row)
    )
}

async fn people(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = query.into_iter().collect();
    let by = By::parse(filled.one("by"));
    let (found, names) = db
        .read(move |reader| Ok((asked(reader, by)?, names(reader)?)))
        .await?;
    if filled.one("course").is_empty() {
        return everybody(&place, &found, (&names, &filled));
    }
    let (row, course, page) = (filled.one("row"), filled.one("course"), page_number(&filled));
    let mut chosen: Vec<(bool, &str, &Asked)> = found
        .iter()
        .filter(|one| one.row == row && one.course == course)
        .map(|one| (one.up_to_date, names.call(&one.person), one))
        .collect();
    chosen.sort_by_key(|(up_to_date, name, one)| (*up_to_date, *name, one.person.as_str()));
    let (total, done) = (
        chosen.len(),
        chosen.iter().filter(|(up_to_date, _, _)| *up_to_date).count(),
    );
    let shown = chosen.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let columns = [Column::new("Person").wide(), Column::new("How it stands")];
    let mut table = Table::new("People", columns)
        .caption_hidden()
        .labelled()
        .empty(html! { "There is nobody in this list. " a href="/coverage" { "Show everybody" } "." })
        .rows(shown.map(|(up_to_date, name, one)| {
            let mark = if up_to_date {
                tag(Standing::Met, "up to date")
            } else {
                tag(Standing::Attention, "open")
            };
            [html! { a href={ "/people/" (one.person) } { (name) } }, mark]
        }))
        .of(total as u64, "people");
    if page * PAGE_SIZE < total {
        table = table.link(
            "Show the next",
            format!("{}&page={}", href(by, row, course), page + 1),
        );
    }
    let here = format!("{}, {course}", called(row, by));
    let body = html! {
        (Opening::new(format!("{done} of {total} are up to date with {course}: {}.", called(row, by)))
            .over(trail(&[("Where we stand", &format!("/coverage?by={}", by.name()))], &here)))
        (table)
    };
    Screen::shell(&place, here, body).answer()
}

/// Everybody who is asked for anything, whatever the course: each once, with what is open.
fn everybody(place: &Place, found: &[Asked], (names, filled): (&Names, &Filled)) -> Answer {
    let (show, page) = (filled.one("show"), page_number(filled));
    let mut chosen: Vec<(&str, &str, Vec<&str>)> = behind(found)
        .into_iter()
        .filter(|(_, open)| match show {
            "up-to-date" => open.is_empty(),
            "open" => !open.is_empty(),
            _ => true,
        })
        .map(|(person, open)| (names.call(person), person, open))
        .collect();
    chosen.sort();
    let total = chosen.len();
    let heading = match show {
        "up-to-date" => format!(
            "{} people are up to date with everything.",
            thousands(total as u64)
        ),
        "open" => format!("{} people have something open.", thousands(total as u64)),
        _ => format!("{} people are asked for something.", thousands(total as u64)),
    };
    let columns = [Column::new("Person").wide(), Column::new("How it stands")];
    let shown = chosen.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut table = Table::new("People", columns)
        .caption_hidden()
        .labelled()
        .empty(html! { "There is nobody in this list. " a href="/coverage" { "Where we stand" } "." })
        .rows(shown.map(|(name, person, open)| {
            let mark = if open.is_empty() {
                tag(Standing::Met, "up to date")
            } else {
                tag(Standing::Attention, format!("open: {}", open.join(", ")))
            };
            [html! { a href={ "/people/" (person) } { (name) } }, mark]
        }))
        .of(total as u64, "people");
    if page * PAGE_SIZE < total {
        table = table.link(
            "Show the next",
            format!("/coverage/people?show={}&page={}", encoded(show), page + 1),
        );
    }
    let opening = Opening::new(heading.clone()).over(trail(&[("Where we stand", "/coverage")], "People"));
    Screen::shell(place, heading, html! { (opening) (table) }).answer()
}

async fn file(_: Auditor, State(db): State<Db>, Query(query): Query<Vec<(String, String)>>) -> Answer {
    let filled: Filled = query.into_iter().collect();
    let by = By::parse(filled.one("by"));
    let cells = cells(&db.read(move |reader| asked(reader, by)).await?);
    let columns = vec![
        paper::Column::new("row", by.words(), Kind::Text),
        paper::Column::new("course", "Course", Kind::Text).required(),
        paper::Column::new("up_to_date", "Up to date", Kind::Integer).required(),
        paper::Column::new("asked", "Asked", Kind::Integer).required(),
    ];
    let rows = cells.iter().flat_map(|(row, of)| {
        of.iter().map(|(course, cell)| {
            vec![
                paper::Cell::Text(row.clone().into()),
                paper::Cell::Text(course.clone().into()),
                whole(cell.n),
                whole(cell.of),
            ]
        })
    });
    Ok(csv(
        &Columns::new("coverage", "People up to date, of those who are asked", columns),
        rows,
    )?)
}
