//! What pages of figures share: the file behind a chart, the way from one such page to the others, and pages of rows.
//!
//! A file of figures names nobody, so taking it away leaves no entry; lists of people are taken from the exports.

use axum::response::{IntoResponse, Response};
use db::{Fault, Moment, Reader, Result};
use paper::{About, Cell, Columns, Export, Format};
use web::{Filled, Markup, html};

use crate::exports::{Terms, names::Names};

/// Rows on one page.
pub(super) const PAGE_SIZE: usize = 200;

/// The figures of a chart as a CSV file.
pub(super) fn csv(columns: &Columns, rows: impl IntoIterator<Item = Vec<Cell<'static>>>) -> Result<Response> {
    let failed = |e| Fault::of("writing the figures of a chart", e);
    let mut export = Export::begin(columns, Format::Csv, &About::default(), Vec::new()).map_err(failed)?;
    for row in rows {
        export.row(&row).map_err(failed)?;
    }
    let finished = export.finish().map_err(failed)?;
    let headers = [
        (
            axum::http::header::CONTENT_TYPE,
            Format::Csv.media_type().to_owned(),
        ),
        (
            axum::http::header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.csv\"", columns.name),
        ),
    ];
    Ok((headers, finished.out).into_response())
}

/// A count as a cell.
pub(super) fn whole(count: u64) -> Cell<'static> {
    Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The pages of figures, the one shown without a link.
pub(super) fn siblings(here: &str) -> Markup {
    let pages = [
        ("/cycles", "On time"),
        ("/overdue", "Overdue"),
        ("/coverage", "Where we stand"),
    ];
    html! {
        @for (href, label) in pages { @if href != here { (web::button_link(label, href)) } }
    }
}

/// Everybody's names as of now.
pub(super) fn names(reader: &mut Reader) -> Result<Names> {
    let window = super::coverage::year(reader.today()?);
    Names::load(
        reader,
        Terms {
            window,
            known_at: Moment(i64::MAX),
        },
    )
}

/// The page of a list that is asked for, from 1.
pub(super) fn page_number(asked: &Filled) -> usize {
    asked.one("page").parse().unwrap_or(1_usize).clamp(1, 10_000)
}

/// A link to the people behind a count, or the count when there are none.
pub(super) fn opens(count: u64, href: &str) -> Markup {
    html! { @if count == 0 { "0" } @else { a href=(href) { (web::table::thousands(count)) } } }
}
