//! Where we stand today: who is up to date with which course, by department, job title, place or kind of person.
//!
//! Each cell says n of N in words and opens the people behind it; its shade only helps the eye.

use std::collections::BTreeSet;

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

use super::figures::{PAGE_SIZE, csv, names, page_number, siblings, whole};
use crate::matrix::{Asked, By, Cell, Cells, asked, cells};

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
        (choose(by))
        (table(&cells(&found), by))
    };
    Screen::shell(&place, "Where we stand", body).answer()
}

fn finding(found: &[Asked]) -> String {
    let people: BTreeSet<&str> = found.iter().map(|one| one.person.as_str()).collect();
    let behind: BTreeSet<&str> = found
        .iter()
        .filter(|one| !one.up_to_date)
        .map(|one| one.person.as_str())
        .collect();
    match (people.len() as u64, behind.len() as u64) {
        (0, _) => "Nothing is asked of anybody today.".to_owned(),
        (all, 0) => format!("All {} people are up to date with everything.", thousands(all)),
        (all, behind) => format!(
            "{} of {} people are up to date with everything.",
            thousands(all - behind),
            thousands(all)
        ),
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
    let mut value = String::new();
    for byte in row.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => value.push(char::from(byte)),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("/coverage/people?by={}&row={value}&course={course}", by.name())
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
