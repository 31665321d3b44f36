//! Documents people can keep: certificates and reports as PDF, lists as CSV, JSON and spreadsheets.
//!
//! - The same input gives the same bytes: no clock, no randomness, no file and no network is reached for.
//! - Text from people is data. It is never typeset as markup, and never opens as a formula.
//! - Lists stream: a hundred thousand rows take the memory of one.
//!
//! Reading order: [`document`] (what a PDF says), [`child`] (how a server makes one), [`pdf`] (how it is typeset),
//! [`columns`] and [`export`] (a list, written once for every format), [`about`] (where an export came from).
//!
//! Not here: what a certificate or a report claims, who may see it, archives (`seal`), and the database.

pub mod about;
pub mod child;
pub mod columns;
pub mod csv;
pub mod document;
pub mod export;
pub mod fonts;
pub mod json;
pub mod pdf;
pub mod sheet;
mod tally;

pub use about::{About, FileFacts};
pub use child::{render_in_child, serve_render};
pub use columns::{Cell, Column, Columns, Kind};
pub use csv::CsvWriter;
pub use document::{
    Block, Certificate, Check, Document, Fact, Grid, GridColumn, Report, Roll, Span, Strip, Tone, Words,
};
pub use export::{Export, Format};
pub use json::JsonWriter;
pub use pdf::{Stamp, render};
pub use sheet::SheetWriter;
pub use tally::Finished;

/// Why a document could not be made. It never quotes the text of the document, which may be personal.
#[derive(Debug, thiserror::Error)]
pub enum PaperFault {
    /// The template or the PDF standard refused the document; the text is the typesetter's own.
    #[error("typesetting a document: {0}")]
    Typeset(String),
    /// The document is larger than a page reader would read; offer the list as a spreadsheet instead.
    #[error("typesetting a document: {what} is over the limit of {limit}")]
    TooLarge { what: &'static str, limit: usize },
    /// Other documents kept the renderer busy for the whole of the wait.
    #[error("waiting for the renderer: it was busy for {seconds} seconds")]
    Busy { seconds: u64 },
    /// The renderer did not answer in time and was stopped.
    #[error("rendering a document: stopped after {seconds} seconds")]
    TimedOut { seconds: u64 },
    /// The renderer ended without a document; the text is its last words.
    #[error("rendering a document in a child process: {0}")]
    Child(String),
    /// A row does not have one cell for each column.
    #[error("writing row {row} of an export: {cells} cells for {columns} columns")]
    RowShape { row: u64, cells: usize, columns: usize },
    /// A spreadsheet holds 1,048,575 rows under its header; offer CSV instead.
    #[error("writing a spreadsheet: more than {limit} rows")]
    TooManyRows { limit: u64 },
    /// The spreadsheet writer refused.
    #[error("writing a spreadsheet: {0}")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
    /// Reading or writing bytes failed.
    #[error("{doing}: {source}")]
    Io {
        doing: &'static str,
        source: std::io::Error,
    },
    /// A document description is not the JSON it should be.
    #[error("{doing}: {source}")]
    Json {
        doing: &'static str,
        source: serde_json::Error,
    },
}

impl PaperFault {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> PaperFault {
        move |source| PaperFault::Io { doing, source }
    }

    pub(crate) fn json(doing: &'static str) -> impl FnOnce(serde_json::Error) -> PaperFault {
        move |source| PaperFault::Json { doing, source }
    }
}
