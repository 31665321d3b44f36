//! Lists as a spreadsheet: typed cells, a header that stays in view, and a sheet that says where it came from.
//!
//! - Text is stored as text, so nothing in it can run, and it needs no apostrophe.
//! - Rows go to a temporary file as they come; memory does not grow with them.
//! - The creation date is the caller's, so the same rows give the same bytes.

use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet};

use crate::PaperFault;
use crate::about::About;
use crate::columns::{Cell, Columns, Kind};
use crate::csv::check_shape;
use crate::tally::{Finished, Tally};

/// Rows a sheet can hold under its header.
pub const ROWS_MAX: u64 = 1_048_575;
/// UTF-16 units a cell can hold.
const CELL_MAX: usize = 32_767;
const CUT_MARK: &str = " … (cut; the JSON export has the whole text)";
const LIST: usize = 0;
const ABOUT: usize = 1;

/// Writes rows as a workbook of two sheets, the list and "About".
pub struct SheetWriter<W: Write + Send> {
    book: Workbook,
    out: W,
    kinds: Vec<Kind>,
    about: About,
    day: Format,
    rows: u64,
}

impl<W: Write + Send> SheetWriter<W> {
    /// Makes the workbook and writes the header.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to.
    pub fn begin(list: &Columns, about: &About, out: W) -> Result<Self, PaperFault> {
        let mut book = Workbook::new();
        // The archive's own dates are fixed by the library; this one would otherwise be the clock's.
        let made = ExcelDateTime::parse_from_str(about.run_at.get(..19).unwrap_or_default())
            .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
        book.set_properties(
            &DocProperties::new()
                .set_title(list.title.as_ref())
                .set_creation_datetime(&made),
        );
        let header = Format::new()
            .set_bold()
            .set_border_bottom(FormatBorder::Thin)
            .set_text_wrap();
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name("List")?;
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_repeat_rows(0, 0)?;
        for (index, column) in (0u16..).zip(&list.columns) {
            sheet.set_column_width(index, width(column.kind, column.title))?;
            sheet.write_string_with_format(0, index, column.title, &header)?;
        }
        book.add_worksheet_with_constant_memory()?.set_name("About")?;
        Ok(SheetWriter {
            book,
            out,
            kinds: list.columns.iter().map(|column| column.kind).collect(),
            about: about.clone(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            rows: 0,
        })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the row has not one cell for each column, or the sheet is full.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), PaperFault> {
        check_shape(self.rows, cells, self.kinds.len())?;
        if self.rows >= ROWS_MAX {
            return Err(PaperFault::TooManyRows { limit: ROWS_MAX });
        }
        self.rows += 1;
        let row = u32::try_from(self.rows).expect("ROWS_MAX, checked above, fits 32 bits");
        let sheet = self.book.worksheet_from_index(LIST)?;
        for ((index, cell), kind) in (0u16..).zip(cells).zip(&self.kinds) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => write_text(sheet, (row, index), (text, *kind), &self.day)?,
                // A spreadsheet keeps 15 digits; a longer number is text rather than another number.
                Cell::Integer(number) if number.unsigned_abs() > 999_999_999_999_999 => {
                    sheet.write_string(row, index, number.to_string())?;
                }
                Cell::Integer(number) => {
                    sheet.write_number(row, index, *number as f64)?;
                }
                Cell::Decimal(number) if number.is_finite() => {
                    sheet.write_number(row, index, *number)?;
                }
                Cell::Decimal(_) => {}
                Cell::Truth(truth) => {
                    sheet.write_boolean(row, index, *truth)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the "About" sheet and the file, and says how many rows and bytes it has and their SHA-256.
    pub fn finish(mut self) -> Result<Finished<W>, PaperFault> {
        let label = Format::new().set_bold();
        let sheet = self.book.worksheet_from_index(ABOUT)?;
        sheet.set_column_width(0, 24)?.set_column_width(1, 90)?;
        for (row, (name, value)) in (0u32..).zip(self.about.lines(self.rows)) {
            sheet.write_string_with_format(row, 0, cut(&name), &label)?;
            sheet.write_string(row, 1, cut(&value))?;
        }
        let mut tally = Tally::new(self.out);
        self.book.save_to_writer(&mut tally)?;
        tally
            .finish(self.rows)
            .map_err(PaperFault::io("writing a spreadsheet"))
    }
}

fn write_text(
    sheet: &mut Worksheet,
    at: (u32, u16),
    text: (&str, Kind),
    day: &Format,
) -> Result<(), PaperFault> {
    let (row, column) = at;
    let (text, kind) = text;
    if kind == Kind::Day
        && let Ok(date) = ExcelDateTime::parse_from_str(text)
    {
        sheet.write_datetime_with_format(row, column, &date, day)?;
        return Ok(());
    }
    sheet.write_string(row, column, cut(text))?;
    Ok(())
}

fn cut(text: &str) -> String {
    let mut units = 0;
    let room = CELL_MAX - CUT_MARK.len();
    let mut end = text.len();
    for (index, letter) in text.char_indices() {
        if units <= room {
            end = index;
        }
        units += letter.len_utf16();
        if units > CELL_MAX {
            return format!("{}{CUT_MARK}", &text[..end]);
        }
    }
    text.to_owned()
}

fn width(kind: Kind, title: &str) -> f64 {
    let usual: f64 = match kind {
        Kind::Text => 28.0,
        Kind::Integer | Kind::Decimal | Kind::Truth => 10.0,
        Kind::Day => 12.0,
        Kind::Moment => 26.0,
    };
    usual.max(title.chars().count() as f64 + 2.0)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::columns::Column;

    fn written() -> Finished<Vec<u8>> {
        let list = Columns::new(
            "people",
            "People",
            vec![
                Column::new("name", "Name", Kind::Text),
                Column::new("done_on", "Done", Kind::Day),
                Column::new("score", "Score", Kind::Integer),
            ],
        );
        let about = About {
            query: "completions".into(),
            run_at: "2026-06-01T09:00:00.000Z".into(),
            ..About::default()
        };
        let mut writer = SheetWriter::begin(&list, &about, Vec::new()).expect("a workbook is made");
        writer
            .row(&[
                "=HYPERLINK(\"http://x\")".into(),
                "2026-03-01".into(),
                Cell::Integer(90),
            ])
            .expect("it fits");
        writer
            .row(&[
                "Zoë <&> 😀\u{1}".into(),
                "not a day".into(),
                Cell::Integer(i64::MAX),
            ])
            .expect("it fits");
        writer
            .row(&["x".repeat(70_000).into(), Cell::Empty, Cell::Decimal(f64::NAN)])
            .expect("it is cut");
        writer.finish().expect("it is written")
    }

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("a workbook is an archive");
        let mut text = String::new();
        archive
            .by_name(name)
            .expect("the part exists")
            .read_to_string(&mut text)
            .expect("it is text");
        text
    }

    #[test]
    fn text_is_text_days_are_days_and_the_header_stays() {
        let file = written().out;
        let list = part(&file, "xl/worksheets/sheet1.xml");
        assert!(
            list.contains("<is><t>=HYPERLINK(\"http://x\")</t></is>"),
            "{}",
            &list[..2000]
        );
        assert!(!list.contains("<f>"), "no cell is a formula");
        assert!(list.contains("state=\"frozen\""));
        assert!(list.contains("<v>46082</v>"), "1 March 2026 is day 46,082");
        assert!(list.contains(&i64::MAX.to_string()));
        assert!(list.contains("(cut; the JSON export has the whole text)"));
        assert!(!list.contains('\u{1}'), "XML has no room for control characters");
        assert!(part(&file, "xl/worksheets/sheet2.xml").contains("completions"));
        assert!(part(&file, "docProps/core.xml").contains("2026-06-01T09:00:00Z"));
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        assert_eq!(written().sha256, written().sha256);
    }
}
