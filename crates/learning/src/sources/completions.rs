//! Reads a file of completions: `source_id` or `email`, `course`, `completed_on`, `score`, `passed`, `evidence_url`.
//!
//! Encoding, delimiter and date order are found once for the whole file, as for the roster. A file that cannot
//! be read is refused in a sentence; a row that cannot be read is listed with its line, column and reason.
//! Not here: whether the person and the course are known ([`crate::import`]).

use csv::{ReaderBuilder, StringRecord};
use db::{Day, Refusal};
use roster::{
    snapshot::RefusedRow,
    sources::{
        cells::{CELL_CHARS_MAX, lowered},
        csv::FILE_BYTES_MAX,
        date::{self, DateOrder, OrderEvidence},
        encoding,
        file::ROWS_MAX,
        table::COLUMNS_MAX,
    },
};

/// Addresses of evidence longer than this are not addresses.
const URL_CHARS_MAX: usize = 2_000;

/// How the file names a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// The key by which any source of the roster knows them.
    Key(String),
    /// Trimmed, lower case.
    Email(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Physical line, from 1.
    pub line: u64,
    pub who: Who,
    /// In capitals.
    pub course: String,
    pub completed_on: Day,
    /// Percent.
    pub score: Option<f64>,
    /// What the file says; nothing means a completion is a pass.
    pub passed: Option<bool>,
    pub evidence_url: Option<String>,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct File {
    pub rows: u64,
    pub said: Vec<Said>,
    /// In the order of the lines.
    pub refused: Vec<RefusedRow>,
    /// What was assumed.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    SourceId,
    Email,
    Course,
    CompletedOn,
    Score,
    Passed,
    EvidenceUrl,
}

/// Where each column stands.
struct Layout {
    columns: Vec<Option<Column>>,
}

/// # Errors
/// A refusal when the file as a whole cannot be read: too large, not text, no header, no rows, dates that contradict.
pub fn read(bytes: &[u8]) -> Result<File, Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(refused(
            "file-too-large",
            "The file is larger than 64 MB. Send it in parts.",
        ));
    }
    let decoded = encoding::decode(bytes)?;
    let text = if decoded.text.contains('\n') {
        decoded.text
    } else {
        decoded.text.replace('\r', "\n").into()
    };
    let mut records = records(&text)?.into_iter();
    let (_, header) = records.next().ok_or_else(|| {
        refused(
            "file-is-empty",
            "The file is empty. Export it again, with the header as the first line.",
        )
    })?;
    let layout = Layout::of(&header)?;
    let mut dates = OrderEvidence::default();
    for (line, record) in records.as_slice() {
        dates.note(*line, layout.cell(record, Column::CompletedOn));
    }
    let decision = dates.decide()?;
    let mut file = File {
        rows: records.len() as u64,
        ..File::default()
    };
    if file.rows == 0 {
        return Err(refused(
            "file-has-no-rows",
            "The file has a header and no rows. An empty file changes nothing; export it again.",
        ));
    }
    for (line, record) in records {
        match layout.row(line, &record, decision.order) {
            Ok(said) => file.said.push(said),
            Err(row) => file.refused.push(row),
        }
    }
    if let Some(name) = decoded.foreign {
        file.notes.push(format!("The file was read as {name}."));
    }
    if decision.assumed {
        file.notes.push("No date in the file shows whether the day or the month comes first; they were read day first. Write dates as YYYY-MM-DD to be certain.".to_owned());
    }
    let unsaid = file.said.iter().filter(|said| said.passed.is_none()).count();
    if unsaid > 0 {
        file.notes.push(format!("{unsaid} rows do not say whether the course was passed; a completion without that is taken as passed."));
    }
    Ok(file)
}

/// Every record that is not blank, with the physical line it begins on.
fn records(text: &str) -> Result<Vec<(u64, StringRecord)>, Refusal> {
    let (delimiter, from) = delimiter(text);
    let body = &text[from..];
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let (mut counted_to, mut line) = (0, 1 + newlines(&text[..from]));
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let at = usize::try_from(reader.position().byte())
            .unwrap_or(usize::MAX)
            .min(body.len());
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(records),
            Err(_) => {
                return Err(refused(
                    "file-unreadable",
                    "The file cannot be read as CSV. Export it again as CSV in UTF-8.",
                ));
            }
        }
        // The reader's own count of lines stops at the blank lines before a record.
        let begins = at
            + body[at..]
                .bytes()
                .take_while(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
        line += newlines(&body[counted_to..begins]);
        counted_to = begins;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if records.len() as u64 > ROWS_MAX {
            return Err(refused(
                "file-too-long",
                "The file has more than 500,000 rows. Send it in parts.",
            ));
        }
        records.push((line, record.clone()));
    }
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

/// The byte that parts the cells, and where the header begins after Excel's `sep=` line.
fn delimiter(text: &str) -> (u8, usize) {
    let first = text.split('\n').next().unwrap_or_default();
    if let Some(byte) = first
        .trim_end()
        .strip_prefix("sep=")
        .and_then(|rest| rest.bytes().next())
        .filter(u8::is_ascii)
    {
        return (byte, (first.len() + 1).min(text.len()));
    }
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |byte: u8| header.bytes().filter(|b| *b == byte).count();
    let most = [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|byte| count(*byte));
    (most.unwrap_or(b','), 0)
}

impl Layout {
    fn of(header: &StringRecord) -> Result<Layout, Refusal> {
        if header.len() > COLUMNS_MAX || header.iter().any(|name| name.len() > CELL_CHARS_MAX) {
            return Err(refused(
                "file-header-unreadable",
                "The header cannot be read. Look for a quotation mark that is not closed.",
            ));
        }
        let columns: Vec<Option<Column>> = header.iter().map(column).collect();
        let named = |column| columns.iter().filter(|known| **known == Some(column)).count();
        for (column, name) in [
            (Column::SourceId, "source_id"),
            (Column::Email, "email"),
            (Column::Course, "course"),
            (Column::CompletedOn, "completed_on"),
            (Column::Score, "score"),
            (Column::Passed, "passed"),
            (Column::EvidenceUrl, "evidence_url"),
        ] {
            if named(column) > 1 {
                return Err(refused(
                    "column-twice",
                    format!("The header names {name} twice. Leave one of the columns out."),
                ));
            }
        }
        if named(Column::SourceId) + named(Column::Email) == 0 {
            return Err(refused(
                "column-missing",
                "The header names no person. Add a column source_id or email.",
            ));
        }
        for (column, name) in [(Column::Course, "course"), (Column::CompletedOn, "completed_on")] {
            if named(column) == 0 {
                return Err(refused(
                    "column-missing",
                    format!("The header has no column {name}. Add it and send the file again."),
                ));
            }
        }
        Ok(Layout { columns })
    }

    fn cell<'a>(&self, record: &'a StringRecord, column: Column) -> &'a str {
        let place = self.columns.iter().position(|known| *known == Some(column));
        place
            .and_then(|place| record.get(place))
            .unwrap_or_default()
            .trim()
    }

    fn row(&self, line: u64, record: &StringRecord, order: DateOrder) -> Result<Said, RefusedRow> {
        let wrong = |column: &str, reason: String| RefusedRow {
            line,
            column: column.to_owned(),
            reason,
        };
        let (has, wants) = (record.len(), self.columns.len());
        if has < wants || record.iter().skip(wants).any(|cell| !cell.trim().is_empty()) {
            return Err(wrong(
                "",
                format!(
                    "The row has {has} cells and the header has {wants}; look for a missing or an extra separator or quotation mark."
                ),
            ));
        }
        if record.iter().any(|cell| cell.len() > CELL_CHARS_MAX) {
            return Err(wrong(
                "",
                "A cell has more than 10,000 characters; look for a quotation mark that is not closed."
                    .into(),
            ));
        }
        let (key, email) = (
            self.cell(record, Column::SourceId),
            self.cell(record, Column::Email),
        );
        let who = match (key, email) {
            ("", "") => {
                return Err(wrong(
                    "source_id",
                    "The row names no person; fill in source_id or email.".into(),
                ));
            }
            ("", email) => Who::Email(lowered(email)),
            (key, _) => Who::Key(key.to_owned()),
        };
        let course = self.cell(record, Column::Course).to_uppercase();
        if course.is_empty() {
            return Err(wrong(
                "course",
                "The row names no course; write its id, for example B02.".into(),
            ));
        }
        let written = self.cell(record, Column::CompletedOn);
        if written.is_empty() {
            return Err(wrong(
                "completed_on",
                "The row has no date; write it as YYYY-MM-DD.".into(),
            ));
        }
        let completed_on =
            date::read(written, order).map_err(|why| wrong("completed_on", format!("“{written}” {why}.")))?;
        let score = score(self.cell(record, Column::Score)).map_err(|why| wrong("score", why))?;
        let passed = passed(self.cell(record, Column::Passed)).map_err(|why| wrong("passed", why))?;
        let evidence_url =
            url(self.cell(record, Column::EvidenceUrl)).map_err(|why| wrong("evidence_url", why))?;
        Ok(Said {
            line,
            who,
            course,
            completed_on,
            score,
            passed,
            evidence_url,
        })
    }
}

fn column(name: &str) -> Option<Column> {
    let plain: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    Some(match plain.as_str() {
        "source_id" | "employee_id" | "person_id" | "person" => Column::SourceId,
        "email" | "e_mail" | "work_email" | "email_address" => Column::Email,
        "course" | "course_id" => Column::Course,
        "completed_on" | "completed" | "completion_date" | "date_completed" => Column::CompletedOn,
        "score" | "score_percent" => Column::Score,
        "passed" | "result" => Column::Passed,
        "evidence_url" | "evidence" | "url" => Column::EvidenceUrl,
        _ => return None,
    })
}

fn score(cell: &str) -> Result<Option<f64>, String> {
    let plain = cell.trim_end_matches('%').trim_end().replace(',', ".");
    if plain.is_empty() {
        return Ok(None);
    }
    let score: f64 = plain
        .parse()
        .map_err(|_| format!("“{cell}” is not a score; write percent from 0 to 100, or leave it blank."))?;
    if (0.0..=100.0).contains(&score) {
        Ok(Some(score))
    } else {
        Err(format!(
            "“{cell}” is not from 0 to 100; write the score in percent."
        ))
    }
}

fn passed(cell: &str) -> Result<Option<bool>, String> {
    match cell.to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "1" | "pass" | "passed" | "completed" => Ok(Some(true)),
        "no" | "n" | "false" | "0" | "fail" | "failed" => Ok(Some(false)),
        _ => Err(format!(
            "“{cell}” does not say whether it was passed; write yes or no."
        )),
    }
}

fn url(cell: &str) -> Result<Option<String>, String> {
    let is_web = cell.starts_with("https://") || cell.starts_with("http://");
    match cell {
        "" => Ok(None),
        _ if is_web
            && cell.len() <= URL_CHARS_MAX
            && !cell.chars().any(|c| c.is_control() || c.is_whitespace()) =>
        {
            Ok(Some(cell.to_owned()))
        }
        _ => Err(
            "The address is not one; begin it with https://, without spaces, or leave it blank.".to_owned(),
        ),
    }
}

fn refused(code: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal::new(code, sentence).field("file")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_template_is_read() {
        let file = read(
            "source_id,course,completed_on,score,passed,evidence_url\r\n7,b02,2026-03-01,92.5,yes,https://academy.example/7\r\n\r\n8,B02,2026-03-02,,,\r\n".as_bytes(),
        )
        .expect("readable");
        assert!(file.refused.is_empty());
        assert_eq!(file.rows, 2);
        let first = &file.said[0];
        assert_eq!(
            (first.line, &first.who, first.course.as_str()),
            (2, &Who::Key("7".into()), "B02")
        );
        assert_eq!(
            (first.completed_on, first.score, first.passed),
            (Day::ymd(2026, 3, 1), Some(92.5), Some(true))
        );
        assert_eq!((file.said[1].line, file.said[1].passed), (4, None));
        assert!(file.notes[0].contains("taken as passed"), "{:?}", file.notes);
    }

    #[test]
    fn other_programs_write_it_otherwise() {
        let file = read(
            "E-Mail;Course ID;Completion date;Score;Result\n Ada@Example.com ;B02;13.02.2026;80,5 %;Passed\n"
                .as_bytes(),
        )
        .expect("readable");
        assert_eq!(file.said[0].who, Who::Email("ada@example.com".into()));
        assert_eq!(
            (file.said[0].completed_on, file.said[0].score),
            (Day::ymd(2026, 2, 13), Some(80.5))
        );
    }

    #[test]
    fn every_slip_is_named_with_its_line_and_column() {
        let file = read(
            "source_id,course,completed_on,score,passed,evidence_url\n,B02,2026-01-01,,,\n1,,2026-01-01,,,\n1,B02,,,,\n1,B02,soon,,,\n1,B02,2026-02-30,,,\n1,B02,2026-01-01,101,,\n1,B02,2026-01-01,many,,\n1,B02,2026-01-01,,maybe,\n1,B02,2026-01-01,,,javascript:alert(1)\n1,B02\n1,B02,2026-01-01,NaN,,\n".as_bytes(),
        )
        .expect("readable");
        let places: Vec<(u64, &str)> = file
            .refused
            .iter()
            .map(|row| (row.line, row.column.as_str()))
            .collect();
        assert_eq!(
            places,
            [
                (2, "source_id"),
                (3, "course"),
                (4, "completed_on"),
                (5, "completed_on"),
                (6, "completed_on"),
                (7, "score"),
                (8, "score"),
                (9, "passed"),
                (10, "evidence_url"),
                (11, ""),
                (12, "score")
            ]
        );
        assert!(
            file.refused.iter().all(|row| row.reason.ends_with('.')),
            "{:?}",
            file.refused
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused_in_a_sentence() {
        let code = |text: &str| read(text.as_bytes()).expect_err("refused").code;
        assert_eq!(code(""), "file-is-empty");
        assert_eq!(code("source_id,course,completed_on\n"), "file-has-no-rows");
        assert_eq!(
            code("name,course,completed_on\nAda,B02,2026-01-01\n"),
            "column-missing"
        );
        assert_eq!(
            code("email,completed_on\na@example.com,2026-01-01\n"),
            "column-missing"
        );
        assert_eq!(code("email,course,course_id,completed_on\n"), "column-twice");
        assert_eq!(
            code("email,course,completed_on\na@x.example,B02,31/01/2026\nb@x.example,B02,01/31/2026\n"),
            "dates-contradict"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut with_header = b"source_id,course,completed_on,score\n".to_vec();
            with_header.extend(&bytes);
            for bytes in [bytes, with_header] {
                if let Ok(file) = read(&bytes) {
                    prop_assert_eq!(file.rows as usize, file.said.len() + file.refused.len());
                }
            }
        }
    }
}
