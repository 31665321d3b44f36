//! Whether the roster adds up: for every source and kind of engagement, start plus joiners minus leavers is end.

use db::{Reader, Result};
use paper::{Cell, Column, Columns, Kind};

use super::{Listing, Rows, Source};
use crate::{
    facts::{KINDS, Scope, load},
    measures::population::by_source,
};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["engagement"],
    each,
};

/// The columns, which the pack has too.
pub(crate) fn columns() -> Columns {
    let columns = vec![
        Column::new("source", "Source", Kind::Text).required(),
        Column::new("kind", "Kind", Kind::Text).required(),
        Column::new("engaged_at_start", "Engaged at the start", Kind::Integer)
            .required()
            .note("On the day before the window."),
        Column::new("joiners", "Joiners", Kind::Integer)
            .required()
            .note("Whose first day lies in the window."),
        Column::new("leavers", "Leavers", Kind::Integer)
            .required()
            .note("Whose first day away lies in the window."),
        Column::new("engaged_at_end", "Engaged at the end", Kind::Integer)
            .required()
            .note("On the window's last day."),
        Column::new("agrees", "Agrees", Kind::Truth)
            .required()
            .note("start + joiners - leavers = end."),
    ];
    Columns::new("reconciliation", "The roster's arithmetic, by source and kind", columns)
        .note("Somebody who changes from one kind or source to another leaves the one and joins the other. Somebody in two at once is counted in both.")
        .key(&["source", "kind"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let scope = Scope {
        window: source.terms.window,
        known_at: source.terms.known_at,
        person: None,
    };
    let facts = load(reader, &scope)?;
    for ((source, kind), [start, begun, ended, end]) in by_source(&facts, scope.window.into()) {
        rows(&[
            source.as_str().into(),
            KINDS[usize::from(kind)].into(),
            start.into(),
            begun.into(),
            ended.into(),
            end.into(),
            Cell::Truth(start + begun - ended == end),
        ])?;
    }
    Ok(())
}
