//! The lists an auditor takes away, one file each: what its columns are and where its rows come from.
//!
//! A list is [`Columns`] and one streaming statement. Nobody is left out for having left. People are named as they
//! were known at the end of the window; what was recorded after the instant asked about is not there. Rows are
//! ordered by time and id, never by a text, so that both engines give the same bytes.
//!
//! Not here: formats, the facts that go with a file, and the ledger entry (`export`).

pub mod access;
pub mod assignments;
pub mod attempts;
pub mod attestations;
pub mod completeness;
pub mod completions;
pub mod differences;
pub mod entries;
pub mod names;
pub mod people;
pub mod reminders;
pub mod suppliers;
pub mod waivers;

use db::{Moment, Reader, Result, Window, Zone};
use paper::{Cell, Column, Columns, Kind};

use names::{Names, Who};

/// The days a list is about, and when it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Half-open.
    pub window: Window,
    /// What was recorded after this instant is left out.
    pub known_at: Moment,
}

/// What a list's rows are written to.
pub type Rows<'a> = &'a mut dyn FnMut(&[Cell<'_>]) -> Result<()>;

/// What every list is given.
pub struct Source<'a> {
    /// Which days, known when.
    pub terms: Terms,
    /// The organisation's zone, in which moments fall on days.
    pub zone: Zone,
    /// Who is who.
    pub names: &'a Names,
}

/// One list.
pub struct Listing {
    /// Its columns.
    pub columns: fn() -> Columns,
    /// The tables it reads.
    pub sources: &'static [&'static str],
    /// Its rows.
    pub each: fn(&mut Reader, &Source<'_>, Rows<'_>) -> Result<()>,
}

impl Source<'_> {
    /// The instants of the window: from its first day's start to the start of the day after it.
    fn instants(&self) -> (Moment, Moment) {
        let window = self.terms.window;
        (window.from.start(&self.zone), window.to.start(&self.zone))
    }
}

/// The five columns that say who.
fn who_columns() -> Vec<Column> {
    vec![
        Column::new("source", "Source", Kind::Text).note("The roster source that knows the person."),
        Column::new("source_id", "Source id", Kind::Text).note("The id the source gave the person."),
        Column::new("person_id", "Person", Kind::Text)
            .required()
            .note("The id that ledger entries use."),
        Column::new("name", "Name", Kind::Text).note("As known at the end of the window; blank once erased."),
        Column::new("kind", "Kind", Kind::Text).note(
            "employee, contractor, intern, temp, vendor_staff, board or other, at the end of the window.",
        ),
    ]
}

/// The cells that say who, in the order of [`who_columns`].
fn who_cells<'a>(names: &'a Names, person: &'a str) -> [Cell<'a>; 5] {
    match names.of(person) {
        Some(Who {
            source,
            key,
            kind,
            name,
        }) => [
            (&**source).into(),
            (&**key).into(),
            person.into(),
            (&**name).into(),
            (*kind).into(),
        ],
        None => [Cell::Empty, Cell::Empty, person.into(), Cell::Empty, Cell::Empty],
    }
}

/// The columns that say who, and then these.
fn with_who(columns: Vec<Column>) -> Vec<Column> {
    let mut all = who_columns();
    all.extend(columns);
    all
}

/// The column that says how good the evidence is.
fn class_column() -> Column {
    Column::new("evidence_class", "Evidence class", Kind::Text)
        .required()
        .note("A native, signed in and assessed; B by a connector; C from a file; D by hand.")
}

fn occurred_column() -> Column {
    Column::new("occurred_at", "Occurred", Kind::Moment)
        .required()
        .note("When it happened.")
}

fn recorded_column() -> Column {
    Column::new("recorded_at", "Recorded", Kind::Moment)
        .required()
        .note("When it was put on record here.")
}
