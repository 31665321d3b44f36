//! Lists as CSV that opens safely: RFC 4180, CRLF, UTF-8, and no cell that a spreadsheet would run.
//!
//! - Text that starts like a formula gets a leading `'` (OWASP ASVS 5.0, 1.2.10); quoting alone does not help.
//!   The raw value is in the JSON twin, so that the mark is not a loss.
//! - The first line is the column names and nothing else: who ran it and when is in `export.json` beside it.

use std::borrow::Cow;
use std::io::Write;

use crate::PaperFault;
use crate::columns::{Cell, Columns};
use crate::tally::{Finished, Tally};

/// The sentence that goes with every CSV file, in its metadata.
pub const SAFETY_NOTE: &str = "A leading apostrophe marks text that starts with =, +, -, @, a tab, a line break, NUL \
or a full-width form of these, so that no spreadsheet runs it as a formula. The JSON export has the value without it.";

/// Writes rows to any writer, one at a time.
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<Tally<W>>,
    columns: usize,
    rows: u64,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header.
    pub fn begin(list: &Columns, out: W) -> Result<Self, PaperFault> {
        let mut inner = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Tally::new(out));
        inner
            .write_record(list.columns.iter().map(|column| column.name))
            .map_err(fault)?;
        Ok(CsvWriter {
            inner,
            columns: list.columns.len(),
            rows: 0,
        })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the row has not one cell for each column, or the writer fails.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), PaperFault> {
        check_shape(self.rows, cells, self.columns)?;
        for cell in cells {
            self.inner.write_field(plain(cell).as_bytes()).map_err(fault)?;
        }
        self.inner.write_record(None::<&[u8]>).map_err(fault)?;
        self.rows += 1;
        Ok(())
    }

    /// Flushes, and says how many rows and bytes were written and their SHA-256.
    pub fn finish(self) -> Result<Finished<W>, PaperFault> {
        let rows = self.rows;
        let tally = self.inner.into_inner().map_err(|error| PaperFault::Io {
            doing: "writing a CSV file",
            source: error.into_error(),
        })?;
        tally.finish(rows).map_err(PaperFault::io("writing a CSV file"))
    }
}

/// `text` as a cell that no spreadsheet runs.
pub fn formula_safe(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

pub(crate) fn check_shape(row: u64, cells: &[Cell<'_>], columns: usize) -> Result<(), PaperFault> {
    if cells.len() == columns {
        return Ok(());
    }
    Err(PaperFault::RowShape {
        row: row + 1,
        cells: cells.len(),
        columns,
    })
}

fn plain<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => formula_safe(text),
        Cell::Integer(number) => Cow::Owned(number.to_string()),
        Cell::Decimal(number) if number.is_finite() => Cow::Owned(number.to_string()),
        Cell::Decimal(_) => Cow::Borrowed(""),
        Cell::Truth(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
    }
}

fn fault(error: csv::Error) -> PaperFault {
    PaperFault::Io {
        doing: "writing a CSV file",
        source: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Column, Kind};

    fn list() -> Columns {
        Columns::new(
            "people",
            "People",
            vec![
                Column::new("name", "Name", Kind::Text),
                Column::new("score", "Score", Kind::Integer),
            ],
        )
    }

    fn written(rows: &[[Cell<'_>; 2]]) -> Finished<Vec<u8>> {
        let mut writer = CsvWriter::begin(&list(), Vec::new()).expect("a header is written");
        for row in rows {
            writer.row(row).expect("two cells fit two columns");
        }
        writer.finish().expect("memory takes it")
    }

    #[test]
    fn lines_end_in_crlf_and_quotes_are_doubled() {
        let file = written(&[
            ["Ada \"the\" first, of\nmany".into(), Cell::Integer(5)],
            [Cell::Empty, Cell::Empty],
        ]);
        assert_eq!(
            String::from_utf8(file.out).expect("it is text"),
            "name,score\r\n\"Ada \"\"the\"\" first, of\nmany\",5\r\n,\r\n"
        );
        assert_eq!(file.rows, 2);
    }

    #[test]
    fn no_text_starts_like_a_formula_but_a_negative_number_stays_one() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"] {
            let text = format!("{start}cmd|' /C calc'!A0");
            assert_eq!(formula_safe(&text), format!("'{text}"));
        }
        assert_eq!(formula_safe("a=b"), "a=b");
        assert_eq!(formula_safe(""), "");
        let file = written(&[["-1".into(), Cell::Integer(-1)]]);
        assert_eq!(file.out, b"name,score\r\n'-1,-1\r\n");
    }

    #[test]
    fn the_fingerprint_is_of_the_bytes_written() {
        use sha2::{Digest, Sha256};
        let file = written(&[["Ada".into(), Cell::Integer(5)]]);
        assert_eq!(file.sha256, hex::encode(Sha256::digest(&file.out)));
        assert_eq!(file.bytes, file.out.len() as u64);
    }

    #[test]
    fn a_row_of_the_wrong_length_is_refused() {
        let mut writer = CsvWriter::begin(&list(), Vec::new()).expect("a header is written");
        let fault = writer.row(&[Cell::Empty]).expect_err("one cell is not two");
        assert_eq!(
            fault.to_string(),
            "writing row 1 of an export: 1 cells for 2 columns"
        );
    }
}
