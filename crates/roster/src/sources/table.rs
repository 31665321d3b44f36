//! A file as rows of cells under a header, whatever kind of file it is.
//!
//! The kind shows by the file's first bytes. The header is the first row when it names an id and something else that muster
//! knows; else the row near the top that names most: reports put their title and their date above it. Where no row names
//! anything, it is the first of the rows with the most cells.
//!
//! Not here: what the columns mean ([`crate::sources::header`]) and what the cells say ([`crate::sources::cells`]).

use csv::StringRecord;
use db::Refusal;

use crate::sources::cells::{CELL_CHARS_MAX, single_spaced};
use crate::sources::csv::{CsvTable, FILE_BYTES_MAX};
use crate::sources::header::Layout;
use crate::sources::mapping::Mapping;
use crate::sources::xlsx::Workbook;

/// The widest export seen has about 300 columns.
pub const COLUMNS_MAX: usize = 500;
/// How many rows with text are looked at for a header; the longest title seen has six.
const HEADER_ROWS_MAX: usize = 20;

/// Rows of cells.
#[derive(Debug)]
pub enum Rows<'a> {
    Csv(CsvTable<'a>),
    Workbook(Workbook<'a>),
}

#[derive(Debug)]
pub struct Table<'a> {
    pub rows: Rows<'a>,
    pub headers: Vec<String>,
    /// The line the header begins on.
    pub header_line: u64,
    /// Whether something that is not read stands above the header.
    pub has_title: bool,
}

/// Whether to go on to the next row.
pub enum Step {
    On,
    Stop,
}

/// A row that may be the header.
struct Candidate {
    line: u64,
    cells: Vec<String>,
    known: usize,
}

impl Candidate {
    fn width(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

impl Table<'_> {
    /// # Errors
    /// A refusal when the bytes are no such file, or hold no rows, or more columns than are read.
    pub fn of<'a>(bytes: &'a [u8], mapping: &Mapping) -> Result<Table<'a>, Refusal> {
        let mut rows = Rows::of(bytes)?;
        let Some((first_line, header)) = rows.header(mapping)? else {
            return Err(refused(
                "file-is-empty",
                "The file is empty. Export it again, with the header as the first line.",
            ));
        };
        permit(&header.cells)?;
        Ok(Table {
            rows,
            has_title: header.line > first_line,
            headers: header.cells,
            header_line: header.line,
        })
    }

    /// Every row below the header that holds any text, with its line.
    ///
    /// # Errors
    /// The refusal of `see`, or of a row that cannot be read.
    pub fn each(
        &self,
        mut see: impl FnMut(u64, &StringRecord) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.rows.records(|line, record| {
            if line > self.header_line {
                see(line, record)?;
            }
            Ok(Step::On)
        })
    }

    /// How the file was read, where that should be known.
    pub fn read_as(&self) -> Option<String> {
        match &self.rows {
            Rows::Csv(table) => table.foreign.map(|name| format!("The file was read as {name}.")),
            Rows::Workbook(workbook) => workbook.read_as(),
        }
    }

    /// Why a row with more or fewer cells than the header is not read; blank cells too many are forgiven, and a workbook
    /// does not write the blank ones at a row's end.
    pub fn width_reason(&self, record: &StringRecord) -> Option<String> {
        let (has, wants) = (record.len(), self.headers.len());
        let is_cut = has < wants && matches!(self.rows, Rows::Csv(_));
        if is_cut || record.iter().skip(wants).any(|cell| !cell.trim().is_empty()) {
            return Some(format!(
                "The row has {has} cells and the header has {wants}; look for a missing or an extra separator or quotation mark."
            ));
        }
        None
    }
}

impl Rows<'_> {
    fn of(bytes: &[u8]) -> Result<Rows<'_>, Refusal> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(refused(
                "file-too-large",
                "The file is larger than 64 MB. Leave out the columns muster does not need, or send it in parts as deltas.",
            ));
        }
        if bytes.starts_with(b"PK\x03\x04") {
            Ok(Rows::Workbook(Workbook::of(bytes)?))
        } else {
            Ok(Rows::Csv(CsvTable::of(bytes)?))
        }
    }

    fn records(&self, see: impl FnMut(u64, &StringRecord) -> Result<Step, Refusal>) -> Result<(), Refusal> {
        match self {
            Rows::Csv(table) => table.records(see),
            Rows::Workbook(workbook) => workbook.records(see),
        }
    }

    /// In how many ways the file may be read: by each delimiter, or by each sheet.
    fn ways(&self) -> usize {
        match self {
            Rows::Csv(table) => table.delimiters().len(),
            Rows::Workbook(workbook) => workbook.sheets(),
        }
    }

    fn read_in(&mut self, way: usize) {
        match self {
            Rows::Csv(table) => table.part_at(way),
            Rows::Workbook(workbook) => workbook.read_sheet(way),
        }
    }

    /// The header, and the line of the first row.
    fn header(&mut self, mapping: &Mapping) -> Result<Option<(u64, Candidate)>, Refusal> {
        // The way, the line of the first row, and the header.
        let mut best: Option<(usize, u64, Candidate)> = None;
        let mut first_known = None;
        let mut widest: Option<(usize, u64, Candidate)> = None;
        for way in 0..self.ways() {
            self.read_in(way);
            let mut top = self.top(mapping)?;
            let Some(line) = top.first().map(|row| row.line) else {
                continue;
            };
            let is_usual = first_known.is_none();
            let known = *first_known.get_or_insert(top[0].known);
            let more_than = best.as_ref().map_or(1, |(_, _, best)| best.known);
            if let Some(found) = take_best(&mut top, more_than) {
                let is_first = is_usual && found.line == line;
                best = Some((way, line, found));
                if is_first {
                    break;
                }
            }
            // A list of ids alone is a list, whatever stands in its rows.
            if known > 0 && !is_usual {
                continue;
            }
            let wider_than = widest.as_ref().map_or(0, |(_, _, row)| row.width());
            let found = top.into_iter().take(if known > 0 { 1 } else { HEADER_ROWS_MAX });
            if let Some(row) = first_widest(found, wider_than) {
                widest = Some((way, line, row));
            }
        }
        let Some((way, line, header)) = best.or(widest) else {
            return Ok(None);
        };
        self.read_in(way);
        Ok(Some((line, header)))
    }

    /// The rows among which the header is.
    fn top(&self, mapping: &Mapping) -> Result<Vec<Candidate>, Refusal> {
        let mut top: Vec<Candidate> = Vec::new();
        self.records(|line, record| {
            let cells: Vec<String> = record.iter().take(COLUMNS_MAX + 1).map(single_spaced).collect();
            let known = if cells.len() > COLUMNS_MAX {
                0
            } else {
                Layout::recognised(&cells, mapping)
            };
            top.push(Candidate { line, cells, known });
            // What a file that begins as it should holds further down is no header.
            let is_enough = top.len() == HEADER_ROWS_MAX || top[0].known > 1;
            Ok(if is_enough { Step::Stop } else { Step::On })
        })?;
        Ok(top)
    }
}

/// The first of the rows that name the most columns, if that is more than so many.
fn take_best(top: &mut Vec<Candidate>, more_than: usize) -> Option<Candidate> {
    let most = top
        .iter()
        .map(|row| row.known)
        .max()
        .filter(|most| *most > more_than)?;
    let index = top.iter().position(|row| row.known == most)?;
    Some(top.swap_remove(index))
}

/// The first of the rows with the most cells, if that is more than so many.
fn first_widest(rows: impl Iterator<Item = Candidate>, wider_than: usize) -> Option<Candidate> {
    rows.filter(|row| row.width() > wider_than)
        .reduce(|widest, row| if row.width() > widest.width() { row } else { widest })
}

fn permit(headers: &[String]) -> Result<(), Refusal> {
    if headers.len() > COLUMNS_MAX {
        return Err(refused(
            "file-too-wide",
            format!(
                "The file has more than {COLUMNS_MAX} columns, which is the most that is read. Leave out those muster does not need."
            ),
        ));
    }
    if headers.iter().any(|header| header.len() > CELL_CHARS_MAX) {
        return Err(refused(
            "file-header-unreadable",
            "The header has a name of more than 10,000 characters. Look for a quotation mark that is not closed.",
        ));
    }
    Ok(())
}

pub(crate) fn refused(code: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal::new(code, sentence).field("file")
}
