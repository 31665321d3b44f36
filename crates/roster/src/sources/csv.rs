//! Rows of a CSV file as any system writes it: its encoding, its delimiter, its own lines.
//!
//! Encoding and delimiter are found once for the whole file. A line is the file's own, also below quoted line breaks.
//!
//! Not here: which row is the header ([`crate::sources::table`]) and what the rows say ([`crate::sources::file`]).

use std::borrow::Cow;
use std::io;

use csv::{ReaderBuilder, StringRecord};
use db::Refusal;

use crate::sources::bounded::{Bounded, Progress};
use crate::sources::encoding;
use crate::sources::table::{Step, refused};

/// Half a million people with every column filled come to less.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Five hundred columns of two thousand characters: what is longer is a quotation mark that was not closed.
const ROW_BYTES_MAX: u64 = 1024 * 1024;
/// What parts cells, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

#[derive(Debug)]
pub struct CsvTable<'a> {
    text: Cow<'a, str>,
    delimiter: u8,
    /// What may part the cells, the likeliest first.
    delimiters: Vec<u8>,
    /// Where the rows begin, after Excel's `sep=` line.
    text_from: usize,
    /// The encoding's name when it was not UTF-8.
    pub foreign: Option<&'static str>,
}

impl CsvTable<'_> {
    /// # Errors
    /// A refusal when the file is no text.
    pub fn of(bytes: &[u8]) -> Result<CsvTable<'_>, Refusal> {
        let decoded = encoding::decode(bytes)?;
        let text = with_line_feeds(decoded.text);
        let (delimiters, text_from) = match said_delimiter(&text) {
            Some((said, text_from)) => (vec![said], text_from),
            None => (likeliest_first(counted_delimiter(&text)), 0),
        };
        Ok(CsvTable {
            text,
            delimiter: delimiters[0],
            delimiters,
            text_from,
            foreign: decoded.foreign,
        })
    }

    pub fn delimiters(&self) -> &[u8] {
        &self.delimiters
    }

    /// Reads by the delimiter of that place in [`CsvTable::delimiters`].
    pub fn part_at(&mut self, place: usize) {
        self.delimiter = self.delimiters[place];
    }

    /// Every row that holds any text, with the line it begins on.
    ///
    /// # Errors
    /// The refusal of `see`, or of a row without end.
    pub fn records(
        &self,
        mut see: impl FnMut(u64, &StringRecord) -> Result<Step, Refusal>,
    ) -> Result<(), Refusal> {
        let body = &self.text[self.text_from..];
        let progress = Progress::default();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(Bounded::new(body.as_bytes(), &progress, ROW_BYTES_MAX, u64::MAX));
        let mut lines = LineCount {
            bytes: self.text.as_bytes(),
            counted_to: 0,
            line: 1,
        };
        let mut record = StringRecord::new();
        loop {
            let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            let read = reader.read_record(&mut record);
            let from = self.text_from.saturating_add(from);
            match read {
                Ok(true) => progress.mark(),
                Ok(false) => return Ok(()),
                Err(error) => return Err(unreadable(&error, lines.of_record_at(from))),
            }
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if let Step::Stop = see(lines.of_record_at(from), &record)? {
                return Ok(());
            }
        }
    }
}

fn unreadable(error: &csv::Error, line: u64) -> Refusal {
    let is_too_long = match error.kind() {
        csv::ErrorKind::Io(cause) => cause.kind() == io::ErrorKind::FileTooLarge,
        _ => false,
    };
    if is_too_long {
        return refused(
            "file-row-too-long",
            format!(
                "The row that begins on line {line} is longer than 1 MB. Look there for a quotation mark that is not closed, or for line breaks that were lost."
            ),
        );
    }
    refused(
        "file-unreadable",
        "The file cannot be read as CSV. Export it again as CSV in UTF-8.",
    )
}

/// Counts physical lines up to a record: the reader's own count stops at the blank lines before one.
struct LineCount<'a> {
    bytes: &'a [u8],
    counted_to: usize,
    line: u64,
}

impl LineCount<'_> {
    fn of_record_at(&mut self, from: usize) -> u64 {
        let from = from.min(self.bytes.len());
        let blank = self.bytes[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        let begins = from + blank;
        let passed = self.bytes[self.counted_to.min(begins)..begins]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        self.line += u64::try_from(passed).unwrap_or(u64::MAX);
        self.counted_to = begins;
        self.line
    }
}

/// Files of old Macintosh programs end lines with a carriage return alone.
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\n') && text.contains('\r') {
        text.replace('\r', "\n").into()
    } else {
        text
    }
}

/// What Excel's first line says parts the cells, and where the rows begin.
fn said_delimiter(text: &str) -> Option<(u8, usize)> {
    let first_line = text.split('\n').next().unwrap_or_default();
    let said = first_line.trim_end().strip_prefix("sep=")?;
    let byte = said.bytes().next().filter(u8::is_ascii)?;
    (said.len() == 1).then_some((byte, (first_line.len() + 1).min(text.len())))
}

fn likeliest_first(first: u8) -> Vec<u8> {
    let others = DELIMITERS.into_iter().filter(|byte| *byte != first);
    [first].into_iter().chain(others).collect()
}

/// The byte that parts most cells of the first row.
fn counted_delimiter(text: &str) -> u8 {
    let mut counts = DELIMITERS.map(|byte| (byte, 0_u32));
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(one, _)| *one == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
    counts
        .iter()
        .find(|(_, count)| *count == most)
        .map_or(b',', |(byte, _)| *byte)
}
