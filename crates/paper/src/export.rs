//! One list, any format: an exporter says its columns and rows once.
//!
//! `begin`, a `row` for each row of a streaming query, `finish`; the caller keeps [`Finished::facts`] for `export.json`.

use std::io::Write;

use crate::PaperFault;
use crate::about::About;
use crate::columns::{Cell, Columns};
use crate::csv::CsvWriter;
use crate::json::JsonWriter;
use crate::sheet::SheetWriter;
use crate::tally::Finished;

/// The formats a list can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Csv,
    Json,
    Xlsx,
}

/// A list being written.
pub enum Export<W: Write + Send> {
    // Boxed because a CSV writer and a workbook carry large buffers.
    Csv(Box<CsvWriter<W>>),
    Json(JsonWriter<W>),
    Xlsx(Box<SheetWriter<W>>),
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Csv, Format::Json, Format::Xlsx];

    /// The ending of the file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Xlsx => "xlsx",
        }
    }

    /// The format of that ending.
    pub fn from_ending(ending: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.ending() == ending)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Json => "application/json",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl<W: Write + Send> Export<W> {
    /// Starts the file. `about` is written into spreadsheets; for the others it belongs in `export.json`.
    pub fn begin(list: &Columns, format: Format, about: &About, out: W) -> Result<Self, PaperFault> {
        Ok(match format {
            Format::Csv => Export::Csv(Box::new(CsvWriter::begin(list, out)?)),
            Format::Json => Export::Json(JsonWriter::begin(list, out)?),
            Format::Xlsx => Export::Xlsx(Box::new(SheetWriter::begin(list, about, out)?)),
        })
    }

    /// Writes one row, a cell for each column.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), PaperFault> {
        match self {
            Export::Csv(writer) => writer.row(cells),
            Export::Json(writer) => writer.row(cells),
            Export::Xlsx(writer) => writer.row(cells),
        }
    }

    /// Ends the file.
    pub fn finish(self) -> Result<Finished<W>, PaperFault> {
        match self {
            Export::Csv(writer) => writer.finish(),
            Export::Json(writer) => writer.finish(),
            Export::Xlsx(writer) => writer.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Column, Kind};

    #[test]
    fn one_exporter_serves_every_format() {
        let list = Columns::new(
            "n",
            "Numbers",
            vec![Column::new("n", "Number", Kind::Integer).required()],
        );
        for format in Format::ALL {
            let mut export = Export::begin(&list, format, &About::default(), std::io::sink())
                .expect("every format begins");
            for number in 0..100_000_i64 {
                export.row(&[number.into()]).expect("one cell fits one column");
            }
            let file = export.finish().expect("every format ends");
            assert_eq!(file.rows, 100_000);
            assert_eq!(Format::from_ending(format.ending()), Some(format));
        }
    }
}
