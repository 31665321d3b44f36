//! Whom a change would touch, as a page shows it before anything is saved, and as a file.
//!
//! Not here: the reckoning ([`crate::change`]).

use axum::http::header;
use axum::response::{IntoResponse, Response};
use db::Fault;
use paper::{Cell, Column as Field, Columns, CsvWriter, Kind};
use web::table::thousands;
use web::{Column, Markup, Standing, Table, day, html, note, tag};

use crate::change::{Change, Line, Touch};

/// Lines shown on a page.
pub(super) const LINES: usize = 50;

/// What a change would do, with the first lines.
pub(super) fn shown(change: &Change) -> Markup {
    let kind = if change.not_owed > 0 {
        Standing::Attention
    } else {
        Standing::None
    };
    let columns = ["Person", "Course", "What changes", "Due until now", "Due then"].map(Column::new);
    let rows = change.lines.iter().map(row);
    let table = Table::new("Whom it touches", columns)
        .rows(rows)
        .of(change.owed + change.not_owed + change.moved, "changes")
        .labelled();
    html! {
        (note(kind, html! { p { (sentence(change)) } }))
        @if !change.lines.is_empty() { (table) }
    }
}

/// The button that brings all lines as a file.
pub(super) fn file_form(action: &str, pairs: &[(&str, &str)]) -> Markup {
    html! {
        form method="get" action=(action) {
            @for (name, value) in pairs { input type="hidden" name=(name) value=(value); }
            button.button type="submit" { "All of it as CSV" }
        }
    }
}

/// The change in a sentence.
pub(super) fn sentence(change: &Change) -> String {
    if change.is_nothing() {
        return "Nobody owes anything else because of this than until now.".to_owned();
    }
    let courses = |count: u64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 course is {what}")),
        _ => Some(format!("{} courses are {what}", thousands(count))),
    };
    let parts: Vec<String> = [
        courses(change.owed, "owed newly"),
        courses(change.not_owed, "owed no longer"),
        courses(change.moved, "due on another day"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let people = match change.people {
        1 => "1 person".to_owned(),
        count => format!("{} people", thousands(count)),
    };
    format!("For {people} of {}: {}.", thousands(change.of), parts.join(", "))
}

fn row(line: &Line) -> [Markup; 5] {
    let kind = match line.touch {
        Touch::Owed => Standing::Attention,
        Touch::NotOwed => Standing::Gap,
        Touch::Moved => Standing::None,
    };
    let due = |due| match due {
        Some(on) => day(on),
        None => html! { span.soft { "none" } },
    };
    [
        html! { a href={ "/people/" (line.person) } { (line.name) } },
        html! { (line.course) },
        tag(kind, line.touch.label()),
        due(line.due_before),
        due(line.due_after),
    ]
}

/// Every line as a file to keep.
///
/// # Errors
/// A fault when it cannot be written, which memory can always be.
pub(super) fn file(change: &Change) -> db::Result<Response> {
    let column = |name, title| Field {
        name,
        title,
        kind: Kind::Text,
        required: true,
        note: "",
    };
    let list = Columns {
        name: "change".into(),
        title: "Whom a change of the programme touches".into(),
        notes: Vec::new(),
        key: vec!["person", "course"],
        columns: vec![
            column("person", "Person"),
            column("name", "Name"),
            column("course", "Course"),
            column("change", "What changes"),
            column("due_before", "Due until now"),
            column("due_after", "Due then"),
        ],
    };
    let broken = |e| Fault::of("writing a change as CSV", e);
    let mut writer = CsvWriter::begin(&list, Vec::new()).map_err(broken)?;
    for line in &change.lines {
        let text = |text: &str| Cell::Text(text.to_owned().into());
        let day = |day: Option<db::Day>| day.map_or(Cell::Empty, |day| Cell::Text(day.to_string().into()));
        let cells = [
            text(&line.person),
            text(&line.name),
            text(&line.course),
            text(line.touch.label()),
            day(line.due_before),
            day(line.due_after),
        ];
        writer.row(&cells).map_err(broken)?;
    }
    let bytes = writer.finish().map_err(broken)?.out;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"change.csv\""),
    ];
    Ok((headers, bytes).into_response())
}
