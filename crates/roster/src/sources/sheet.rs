//! The rows of a workbook's sheet as texts, in the form the same cells would have in CSV.
//!
//! A number that is shown as a day becomes that day, in the workbook's own calendar; one that is shown with zeros keeps them.
//! A cell with an error, or with a formula nobody reckoned, stays recognisable and is refused where it is read.
//!
//! Not here: the workbook around it ([`crate::sources::xlsx`]).

use std::io::Read;

use csv::StringRecord;
use db::{Day, Refusal};
use quick_xml::events::{BytesStart, Event};

use crate::sources::table::{COLUMNS_MAX, Step, refused};
use crate::sources::xlsx::{Looks, Style};
use crate::sources::xml::{Xml, add_text, attribute, damaged};

/// Excel's own bound on a cell is 32,767 characters; this many bytes hold them in any script.
const CELL_BYTES_MAX: usize = 128 * 1024;
/// What a formula without a result is read as.
pub const UNRECKONED: &str = "#UNRECKONED!";

/// The row that is being heard.
struct Row {
    line: u64,
    cells: Vec<String>,
}

/// What a cell's text stands for.
#[derive(Clone, Copy, Default)]
enum Sort {
    #[default]
    Number,
    Boolean,
    /// A place in the workbook's list of texts.
    Shared,
    /// Itself: a text, a day in figures, or the name of an error.
    Text,
}

impl Sort {
    fn of(named: Option<&str>) -> Sort {
        match named {
            None | Some("n") => Sort::Number,
            Some("b") => Sort::Boolean,
            Some("s") => Sort::Shared,
            Some(_) => Sort::Text,
        }
    }
}

/// The cell that is being heard.
#[derive(Default)]
struct Cell {
    column: usize,
    sort: Sort,
    style: Option<Style>,
    text: String,
    has_formula: bool,
    has_value: bool,
}

/// Every row that holds any text, with its number, until `see` has seen enough.
///
/// # Errors
/// The refusal of `see`; or the sheet is damaged, too wide, or has a cell larger than any program writes.
pub fn rows(
    xml: &mut Xml<'_, &mut dyn Read>,
    looks: &Looks,
    mut see: impl FnMut(u64, &StringRecord) -> Result<Step, Refusal>,
) -> Result<(), Refusal> {
    let mut row = Row {
        line: 0,
        cells: Vec::new(),
    };
    let mut cell = Cell::default();
    let (mut is_text, mut is_sound) = (false, false);
    loop {
        let event = xml.event()?;
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                "row" => row.begin(element)?,
                "c" => cell = Cell::begin(element, row.cells.len(), looks),
                "f" => cell.has_formula = true,
                "rPh" => is_sound = true,
                "v" | "t" => {
                    cell.has_value = true;
                    is_text = !is_sound && matches!(event, Event::Start(_));
                }
                _ => {}
            },
            Event::End(element) => match element.local_name().into_inner() {
                "v" | "t" => is_text = false,
                "rPh" => is_sound = false,
                "c" => row.take(&cell, looks)?,
                "row" => {
                    let record = StringRecord::from(std::mem::take(&mut row.cells));
                    if record.iter().any(|cell| !cell.trim().is_empty())
                        && let Step::Stop = see(row.line, &record)?
                    {
                        return Ok(());
                    }
                }
                "sheetData" => return Ok(()),
                _ => {}
            },
            Event::Eof => return Err(damaged()),
            _ if is_text => {
                add_text(&mut cell.text, &event)?;
                if cell.text.len() > CELL_BYTES_MAX {
                    return Err(damaged());
                }
            }
            _ => {}
        }
    }
}

impl Row {
    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), Refusal> {
        let said = attribute(element, "r").and_then(|line| line.parse().ok());
        let line = said.unwrap_or(self.line + 1);
        if line <= self.line {
            return Err(damaged());
        }
        self.line = line;
        self.cells.clear();
        Ok(())
    }

    fn take(&mut self, cell: &Cell, looks: &Looks) -> Result<(), Refusal> {
        let text = cell.says(looks)?;
        if text.is_empty() {
            return Ok(());
        }
        if cell.column >= COLUMNS_MAX {
            return Err(refused(
                "file-too-wide",
                format!(
                    "The sheet has more than {COLUMNS_MAX} columns, which is the most that is read. Leave out those muster does not need."
                ),
            ));
        }
        if self.cells.len() <= cell.column {
            self.cells.resize(cell.column + 1, String::new());
        }
        self.cells[cell.column] = text;
        Ok(())
    }
}

impl Cell {
    fn begin(element: &BytesStart<'_>, next_column: usize, looks: &Looks) -> Cell {
        let said = attribute(element, "r").and_then(|place| column(&place));
        let style = attribute(element, "s").and_then(|style| style.parse::<usize>().ok());
        Cell {
            column: said.unwrap_or(next_column),
            sort: Sort::of(attribute(element, "t").as_deref()),
            style: style.and_then(|style| looks.styles.get(style)).copied(),
            ..Cell::default()
        }
    }

    fn says(&self, looks: &Looks) -> Result<String, Refusal> {
        if self.has_formula && !self.has_value {
            return Ok(UNRECKONED.to_owned());
        }
        let text = match self.sort {
            Sort::Shared if self.has_value => {
                let index = self.text.trim().parse().map_err(|_| damaged())?;
                looks.text(index).ok_or_else(damaged)?.to_owned()
            }
            Sort::Boolean => match self.text.trim() {
                "1" => "TRUE".to_owned(),
                "0" => "FALSE".to_owned(),
                other => other.to_owned(),
            },
            Sort::Number => number(
                self.text.trim(),
                self.style.unwrap_or(Style::Plain),
                looks.is_1904,
            ),
            _ => self.text.clone(),
        };
        Ok(text)
    }
}

/// The place of a cell's column, from 0: the letters of "AB12".
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.take(4).fold(0_usize, |number, letter| {
        number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    number.checked_sub(1)
}

/// A number as its cell shows it, as far as a roster needs to know.
fn number(text: &str, style: Style, is_1904: bool) -> String {
    let Ok(value) = text.parse::<f64>() else {
        return text.to_owned();
    };
    if style == Style::Date
        && let Some(day) = day(value, is_1904)
    {
        return day.to_string();
    }
    if value.fract() != 0.0 || value.abs() >= 1e15 {
        return text.to_owned();
    }
    match style {
        Style::Padded(digits) => format!("{value:0digits$.0}"),
        _ => format!("{value:.0}"),
    }
}

/// The day a serial number stands for. In the calendar of 1900 there is a 29 February 1900, day 60, which never was.
fn day(serial: f64, is_1904: bool) -> Option<Day> {
    const FROM_1904: i32 = 1_462;
    /// 31 December 9999.
    const LAST: f64 = 2_958_465.0;
    if !(1.0..=LAST).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is between 1 and 2,958,465")]
    let whole = serial.floor() as i32 + if is_1904 { FROM_1904 } else { 0 };
    let days = if whole < 60 { whole + 1 } else { whole };
    Some(Day::ymd(1899, 12, 30) + days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_its_day_in_either_calendar() {
        let day = |serial, is_1904| day(serial, is_1904).map(|day| day.to_string());
        assert_eq!(day(46_174.0, false).as_deref(), Some("2026-06-01"));
        assert_eq!(day(46_174.75, false).as_deref(), Some("2026-06-01"));
        assert_eq!(day(44_712.0, true).as_deref(), Some("2026-06-01"));
        assert_eq!(day(1.0, false).as_deref(), Some("1900-01-01"));
        assert_eq!(day(61.0, false).as_deref(), Some("1900-03-01"));
        assert_eq!(day(2_958_465.0, false).as_deref(), Some("9999-12-31"));
        assert_eq!((day(0.5, false), day(2_958_466.0, false)), (None, None));
    }

    #[test]
    fn a_number_is_written_as_it_is_shown() {
        assert_eq!(number("4711", Style::Plain, false), "4711");
        assert_eq!(number("4.711E3", Style::Plain, false), "4711");
        assert_eq!(number("42", Style::Padded(6), false), "000042");
        assert_eq!(number("0.5", Style::Plain, false), "0.5");
        assert_eq!(number("soon", Style::Date, false), "soon");
    }

    #[test]
    fn a_column_is_found_by_its_letters() {
        assert_eq!(column("A1"), Some(0));
        assert_eq!(column("AB12"), Some(27));
        assert_eq!(column("12"), None);
    }
}
