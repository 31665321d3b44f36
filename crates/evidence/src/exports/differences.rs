//! Where a source and the roster differed at the end of the window, and why, in somebody's words.

use db::{Reader, Result};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["waiting_row", "held_end", "difference_note"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("source", "Source", Kind::Text).required(),
        Column::new("source_id", "Source id", Kind::Text)
            .required()
            .note("The id the source gave the person."),
        Column::new("what", "How they differ", Kind::Text)
            .required()
            .note("address or number: it may be somebody who is on the roster; unrostered: listed there and not on the roster; end_held: ended there and still on the roster."),
        Column::new("since", "Since", Kind::Moment).required(),
        Column::new("note", "Explained by", Kind::Text).note("Blank while nobody has said why."),
        Column::new("noted_at", "Explained", Kind::Moment),
    ];
    Columns::new("differences", "Where a source and the roster differ", columns)
        .note("As of the end of the window, with notes made up to now. Everything else a source says is on the roster.")
        .key(&["source", "source_id", "what"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (_, end) = source.instants();
    for one in roster::difference_note::open_at(reader, end, source.terms.known_at)? {
        let (note, noted_at) = one.note.map_or((String::new(), String::new()), |(note, at)| {
            (note, at.to_string())
        });
        rows(&[
            one.source.as_str().into(),
            one.source_key.as_str().into(),
            one.what.as_str().into(),
            one.since.to_string().into(),
            if note.is_empty() {
                paper::Cell::Empty
            } else {
                note.as_str().into()
            },
            if noted_at.is_empty() {
                paper::Cell::Empty
            } else {
                noted_at.into()
            },
        ])?;
    }
    Ok(())
}
