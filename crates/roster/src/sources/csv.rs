//! Reads a file of people as any HR system writes it: bytes in, what it says of each person out.
//!
//! Encoding, delimiter and date order are found once for the whole file. A file that cannot be read is refused in a sentence;
//! a row that cannot be read is listed with its physical line. Nothing is guessed silently: what was assumed is in the notes.
//!
//! Not here: the roster as it is ([`crate::sync`]), and any database.

use std::borrow::Cow;
use std::collections::HashSet;

use csv::{ReaderBuilder, StringRecord};
use db::Refusal;

use crate::engagement::EngagementKind;
use crate::snapshot::{Cell, RefusedRow, Snapshot};
use crate::sources::cells::{CELL_CHARS_MAX, Cells, Reading, single_spaced};
use crate::sources::column::Column;
use crate::sources::date::{Decision, OrderEvidence};
use crate::sources::encoding;
use crate::sources::header::Layout;
use crate::sources::mapping::Mapping;
use crate::sources::word;

/// Half a million people with every column filled come to less.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The widest export seen has about 300 columns.
pub const COLUMNS_MAX: usize = 500;
/// Five times the largest organisation muster is measured with.
pub const ROWS_MAX: u64 = 500_000;
/// How many column names a note lists.
const NAMES_NOTED: usize = 30;

/// What the file does not say itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The kind of people whose row names none.
    pub kind: Option<EngagementKind>,
    pub mapping: Mapping,
}

/// What the file says.
///
/// # Errors
/// A refusal when the file as a whole cannot be read: too large, not text, no header, no people, dates that contradict.
pub fn read(bytes: &[u8], options: &Options) -> Result<Snapshot, Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(refused(
            "file-too-large",
            "The file is larger than 64 MB. Leave out the columns muster does not need, or send it in parts as deltas.",
        ));
    }
    let decoded = encoding::decode(bytes)?;
    let text = with_line_feeds(&decoded.text);
    let (delimiter, text_from) = delimiter(&text);
    let table = Table {
        text: &text,
        delimiter,
        text_from,
    };
    let mut layout = Layout::of(table.header()?, &options.mapping)?;
    let survey = table.survey(&layout)?;
    if survey.rows == 0 {
        return Err(refused(
            "file-has-no-people",
            "The file has a header and no people. An empty file changes nothing; export it again.",
        ));
    }
    layout.settle(survey.names_kinds);
    layout.require(options.kind)?;
    let decision = survey.dates.decide()?;

    let mut snapshot = Snapshot {
        rows: survey.rows,
        wanted: Vec::with_capacity(usize::try_from(survey.rows).unwrap_or_default()),
        ..Snapshot::default()
    };
    let mut reading = Reading {
        layout: &layout,
        mapping: &options.mapping,
        order: decision.order,
        kind: options.kind,
        manager_is_unsure: false,
    };
    let mut unsure_managers = Vec::new();
    table.each(|line, record| {
        match width_reason(&layout, record) {
            Some(reason) => snapshot.refused.push(RefusedRow {
                line,
                column: String::new(),
                reason,
            }),
            None => match reading.row(Cells { line, record }) {
                Ok(wanted) => {
                    if std::mem::take(&mut reading.manager_is_unsure) {
                        unsure_managers.push(snapshot.wanted.len());
                    }
                    snapshot.wanted.push(wanted);
                }
                Err(refused) => snapshot.refused.extend(refused),
            },
        }
        Ok(())
    })?;
    let managers_by_name = settle_managers(&mut snapshot, &unsure_managers);
    snapshot.notes = notes(&layout, decision, decoded.foreign, options);
    if managers_by_name > 0 {
        snapshot.notes.push(format!("{managers_by_name} rows give the manager by name only, which is never used to find a person; add the manager’s id or address."));
    }
    snapshot.refuse_repeats();
    snapshot.refused.sort();
    Ok(snapshot)
}

/// A column called "supervisor" holds names with some systems and ids with others: it is an id when somebody in
/// the file has it. Returns how many were names, which never find a person.
fn settle_managers(snapshot: &mut Snapshot, unsure: &[usize]) -> usize {
    if unsure.is_empty() {
        return 0;
    }
    let ids: HashSet<String> = snapshot
        .wanted
        .iter()
        .map(|wanted| wanted.source_id.clone())
        .collect();
    let mut names = 0;
    for &index in unsure {
        let manager = &mut snapshot.wanted[index].manager;
        if !manager.said().is_some_and(|said| ids.contains(said)) {
            *manager = Cell::Unsaid;
            names += 1;
        }
    }
    names
}

struct Table<'a> {
    text: &'a str,
    delimiter: u8,
    /// Where the header begins, after Excel's `sep=` line.
    text_from: usize,
}

struct Survey {
    rows: u64,
    dates: OrderEvidence,
    names_kinds: bool,
}

impl Table<'_> {
    fn header(&self) -> Result<Vec<String>, Refusal> {
        let mut headers = None;
        self.records(|_, record| {
            headers = Some(record.iter().map(single_spaced).collect::<Vec<_>>());
            Ok(Step::Stop)
        })?;
        let headers = headers.ok_or_else(|| {
            refused(
                "file-is-empty",
                "The file is empty. Export it again, with the header as the first line.",
            )
        })?;
        if headers.len() > COLUMNS_MAX {
            return Err(refused(
                "file-too-wide",
                format!(
                    "The file has {} columns and muster reads at most {COLUMNS_MAX}. Leave out those it does not need.",
                    headers.len()
                ),
            ));
        }
        if headers.iter().any(|header| header.len() > CELL_CHARS_MAX) {
            return Err(refused(
                "file-header-unreadable",
                "The header has a name of more than 10,000 characters. Look for a quotation mark that is not closed.",
            ));
        }
        Ok(headers)
    }

    /// Counts the rows and sees what only the whole file can settle.
    fn survey(&self, layout: &Layout) -> Result<Survey, Refusal> {
        let dated = [
            Column::StartDate,
            Column::EndDate,
            Column::LeaveFrom,
            Column::LeaveUntil,
        ];
        let dated: Vec<usize> = dated
            .iter()
            .flat_map(|column| layout.places(*column))
            .copied()
            .collect();
        let kind_or_status = layout.places(Column::KindOrStatus).first().copied();
        let mut survey = Survey {
            rows: 0,
            dates: OrderEvidence::default(),
            names_kinds: false,
        };
        self.each(|line, record| {
            survey.rows += 1;
            if survey.rows > ROWS_MAX {
                return Err(refused(
                    "file-too-long",
                    "The file has more than 500,000 rows. Send it in parts as deltas.",
                ));
            }
            for &place in &dated {
                survey
                    .dates
                    .note(line, record.get(place).unwrap_or_default().trim());
            }
            if let Some(place) = kind_or_status.filter(|_| !survey.names_kinds) {
                survey.names_kinds = word::kind(record.get(place).unwrap_or_default()).is_some();
            }
            Ok(())
        })?;
        Ok(survey)
    }

    /// Every data row with its physical line; rows without any text are passed over.
    fn each(&self, mut see: impl FnMut(u64, &StringRecord) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut is_header = true;
        self.records(|line, record| {
            if !std::mem::take(&mut is_header) {
                see(line, record)?;
            }
            Ok(Step::On)
        })
    }

    fn records(
        &self,
        mut see: impl FnMut(u64, &StringRecord) -> Result<Step, Refusal>,
    ) -> Result<(), Refusal> {
        let body = &self.text[self.text_from..];
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(body.as_bytes());
        let mut lines = LineCount {
            bytes: self.text.as_bytes(),
            counted_to: 0,
            line: 1,
        };
        let mut record = StringRecord::new();
        loop {
            let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(_) => {
                    return Err(refused(
                        "file-unreadable",
                        "The file cannot be read as CSV. Export it again as CSV in UTF-8.",
                    ));
                }
            }
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let line = lines.of_record_at(self.text_from.saturating_add(from));
            if let Step::Stop = see(line, &record)? {
                return Ok(());
            }
        }
    }
}

enum Step {
    On,
    Stop,
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
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') && text.contains('\r') {
        text.replace('\r', "\n").into()
    } else {
        text.into()
    }
}

/// The byte that parts the cells, and where the header begins.
fn delimiter(text: &str) -> (u8, usize) {
    let first_line = text.split('\n').next().unwrap_or_default();
    if let Some(byte) = first_line
        .trim_end()
        .strip_prefix("sep=")
        .and_then(|rest| rest.bytes().next())
        && first_line.trim_end().len() == 5
        && byte.is_ascii()
    {
        return (byte, (first_line.len() + 1).min(text.len()));
    }
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
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
    let byte = counts
        .iter()
        .find(|(_, count)| *count == most)
        .map_or(b',', |(byte, _)| *byte);
    (byte, 0)
}

/// Why a row with more or fewer cells than the header is not read; blank cells too many are forgiven.
fn width_reason(layout: &Layout, record: &StringRecord) -> Option<String> {
    let (has, wants) = (record.len(), layout.headers.len());
    if has < wants || record.iter().skip(wants).any(|cell| !cell.trim().is_empty()) {
        return Some(format!(
            "The row has {has} cells and the header has {wants}; look for a missing or an extra separator or quotation mark."
        ));
    }
    None
}

fn notes(layout: &Layout, decision: Decision, foreign: Option<&str>, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(name) = foreign {
        notes.push(format!("The file was read as {name}."));
    }
    if decision.assumed {
        notes.push("No date in the file shows whether the day or the month comes first; they were read day first. Write dates as YYYY-MM-DD to be certain.".to_owned());
    }
    if layout.is_fieldglass && !layout.has(Column::PersonType) && options.kind.is_none() {
        notes.push(
            "The file is from Fieldglass and names no kind, so everybody in it is a contractor.".to_owned(),
        );
    }
    if !layout.unread.is_empty() {
        let shown = layout
            .unread
            .iter()
            .take(NAMES_NOTED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = layout.unread.len().saturating_sub(NAMES_NOTED);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        notes.push(format!("Columns that are not read or kept: {shown}{rest}."));
    }
    notes
}

fn refused(code: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal::new(code, sentence).field("file")
}

#[cfg(test)]
mod tests {
    use db::Day;
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::{Cell, Status, Wanted};

    fn sensible(text: &str) -> Snapshot {
        read(text.as_bytes(), &Options::default()).expect("the file is readable")
    }

    fn only(text: &str) -> Wanted {
        let mut snapshot = sensible(text);
        assert_eq!(snapshot.refused, []);
        snapshot.wanted.remove(0)
    }

    fn said(text: &str) -> Cell<String> {
        Cell::Said(text.to_owned())
    }

    #[test]
    fn a_bamboohr_export_is_read() {
        let row = only(
            "Employee #,Last Name First Name,First Name,Last Name,Work Email,Home Email,Employment Status,Status,Hire Date,Termination Date,Supervisor EId,Department,Job Title\n\
             117,\"Lovelace, Ada\",Ada,Lovelace,Ada@Example.com,ada@home.example,Full-Time,Active,2024-03-01,,9,Engineering,Analyst\n",
        );
        assert_eq!(
            (row.source_id.as_str(), row.kind, row.status),
            ("117", Some(EngagementKind::Employee), Some(Status::Active))
        );
        assert_eq!(row.email, said("ada@example.com"));
        assert_eq!(row.start_on, Cell::Said(Day::ymd(2024, 3, 1)));
        assert_eq!((row.end_on, row.manager), (Cell::Unsaid, said("9")));
    }

    #[test]
    fn a_bamboohr_employment_status_of_terminated_is_a_state() {
        let snapshot = sensible(
            "Employee #,Employment Status,Termination Date\n1,Full-Time,\n2,Terminated,2026-01-31\n",
        );
        assert_eq!(snapshot.refused, []);
        assert_eq!(
            (snapshot.wanted[1].kind, snapshot.wanted[1].status),
            (None, Some(Status::Ended))
        );
    }

    #[test]
    fn a_personio_export_is_read() {
        let row = only(
            "ID;First name;Last name;Email;Employment type;Status;Hire date;Contract end date;Termination date;Supervisor;Department;Office\n\
             4711;Zoë;Müller;zoe@example.com;external;leave;01.02.2025;31.12.2026;;boss@example.com;Legal;Berlin\n",
        );
        assert_eq!(
            (row.kind, row.status),
            (Some(EngagementKind::Contractor), Some(Status::Leave))
        );
        assert_eq!(
            (row.start_on, row.end_on),
            (
                Cell::Said(Day::ymd(2025, 2, 1)),
                Cell::Said(Day::ymd(2026, 12, 31))
            )
        );
        assert_eq!(
            (row.manager, row.location),
            (said("boss@example.com"), said("Berlin"))
        );
    }

    #[test]
    fn a_fieldglass_person_with_two_work_orders_has_two_engagements() {
        let snapshot = sensible(
            "Person ID,Worker ID,Job Seeker ID,Worker Email,First Name,Last Name,Status,Start Date,End Date,Vendor Name,Site,Job Posting Title\n\
             P1,W1,J1,kim@agency.example,Kim,Lee,Closed,01/15/2025,06/30/2025,Agency Ltd,Leeds,Tester\n\
             P1,W2,J1,kim@agency.example,Kim,Lee,Active,02/01/2026,12/31/2026,Agency Ltd,Leeds,Lead tester\n",
        );
        assert_eq!(snapshot.refused, []);
        assert_eq!(snapshot.wanted.len(), 2);
        assert_eq!(snapshot.wanted[1].kind, Some(EngagementKind::Contractor));
        assert_eq!(snapshot.wanted[1].start_on, Cell::Said(Day::ymd(2026, 2, 1)));
        assert!(snapshot.notes.iter().any(|note| note.contains("Fieldglass")));
    }

    #[test]
    fn workday_contingent_workers_are_contractors() {
        let snapshot = sensible(
            "Employee_ID,Contingent_Worker_ID,Name,On_Leave\nE1,,Ada Lovelace,Yes\n,C9,\"Byron, Anne\",No\n",
        );
        assert_eq!(snapshot.wanted[0].kind, Some(EngagementKind::Employee));
        assert_eq!(snapshot.wanted[0].status, Some(Status::Leave));
        assert_eq!(
            (snapshot.wanted[1].source_id.as_str(), snapshot.wanted[1].kind),
            ("C9", Some(EngagementKind::Contractor))
        );
        assert_eq!(snapshot.wanted[1].given_name, said("Anne"));
    }

    #[test]
    fn an_adp_rehire_date_counts_before_the_hire_date() {
        let row = only(
            "Associate ID,Worker Category Description,Hire Date,Rehire Date,Termination Date\nA1,Full Time,01/15/2019,03/01/2024,06/30/2021\n",
        );
        assert_eq!(
            (row.start_on, row.end_on),
            (Cell::Said(Day::ymd(2024, 3, 1)), Cell::Unsaid)
        );
    }

    #[test]
    fn lines_are_the_files_own_also_after_quoted_newlines_and_blank_lines() {
        let snapshot = sensible(
            "source_id,person_type,department,start_date\r\n1,employee,\"Research\r\nand\r\nDevelopment\",2026-01-01\r\n\r\n,,,\r\n2,pirate,x,soon\r\n3,employee,\"a\nb\",never\r\n",
        );
        assert_eq!(snapshot.rows, 3);
        assert_eq!(snapshot.wanted[0].department, said("Research and Development"));
        let places: Vec<(u64, &str)> = snapshot
            .refused
            .iter()
            .map(|row| (row.line, row.column.as_str()))
            .collect();
        assert_eq!(places, [(7, "person_type"), (7, "start_date"), (8, "start_date")]);
        assert!(snapshot.refused.iter().all(|row| row.reason.ends_with('.')));
    }

    #[test]
    fn every_delimiter_is_found() {
        for delimiter in [",", ";", "\t", "|"] {
            let text = "source_id,person_type,\"job_title\"\n7,employee,\"Head; of, things\"\n"
                .replace(',', delimiter);
            let row = only(&text);
            assert_eq!(row.source_id, "7", "{delimiter:?}");
        }
        assert_eq!(only("sep=;\nsource_id;person_type\n7;employee\n").source_id, "7");
        assert_eq!(only("source_id,person_type\r7,employee\r").source_id, "7");
    }

    #[test]
    fn a_utf_16_export_is_read_and_named() {
        let text = "source_id\tperson_type\tgiven_name\n7\temployee\tZoë\n";
        let bytes: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let snapshot = read(&bytes, &Options::default()).expect("the file is readable");
        assert_eq!(snapshot.wanted[0].given_name, said("Zoë"));
        assert_eq!(snapshot.notes, ["The file was read as UTF-16LE."]);
    }

    #[test]
    fn blank_says_nothing_and_a_dash_clears() {
        let row = only("source_id,person_type,department,division,end_date\n7,employee,,-,-\n");
        assert_eq!(
            (row.department, row.division, row.end_on),
            (Cell::Unsaid, Cell::Cleared, Cell::Cleared)
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused_in_a_sentence() {
        let code = |text: &str| {
            let refusal = read(text.as_bytes(), &Options::default()).expect_err("the file is refused");
            assert!(refusal.sentence.ends_with('.'), "{refusal}");
            refusal.code
        };
        assert_eq!(code(""), "file-is-empty");
        assert_eq!(code("source_id,person_type\n"), "file-has-no-people");
        assert_eq!(code("source_id,person_type\n,\n\n"), "file-has-no-people");
        assert_eq!(code("name,person_type\nAda,employee\n"), "column-missing");
        assert_eq!(code("source_id,name\n1,Ada\n"), "column-missing");
        assert_eq!(
            code("source_id,person_type,start_date\n1,employee,31/01/2026\n2,employee,01/31/2026\n"),
            "dates-contradict"
        );
        assert_eq!(code(&vec!["c"; 501].join(",")), "file-too-wide");
    }

    #[test]
    fn limits_hold() {
        assert_eq!(
            read(&vec![b'a'; FILE_BYTES_MAX + 1], &Options::default())
                .expect_err("too large")
                .code,
            "file-too-large"
        );
        let long = format!(
            "source_id,person_type,department\n1,employee,{}\n2,employee,{}\n",
            "é".repeat(10_000),
            "x".repeat(10_001)
        );
        let snapshot = sensible(&long);
        assert_eq!(snapshot.wanted.len(), 1);
        assert_eq!(
            (snapshot.refused[0].line, snapshot.refused[0].column.as_str()),
            (3, "department")
        );
        let rows = "1,employee\n".repeat(500_001);
        let refusal = read(
            format!("source_id,person_type\n{rows}").as_bytes(),
            &Options::default(),
        )
        .expect_err("too long");
        assert_eq!(refusal.code, "file-too-long");
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let snapshot =
            sensible("source_id,person_type,department\n1,employee\n2,employee,x,y\n3,employee,x,,\n");
        let lines: Vec<u64> = snapshot.refused.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn one_kind_can_be_given_for_the_whole_file() {
        let options = Options {
            kind: Some(EngagementKind::VendorStaff),
            ..Options::default()
        };
        let snapshot = read(b"id,name\n1,Ada\n", &options).expect("the file is readable");
        assert_eq!(snapshot.wanted[0].kind, Some(EngagementKind::VendorStaff));
    }

    #[test]
    fn a_mapping_names_columns_and_kinds() {
        let mapping = Mapping::from_toml("[columns]\nsource_id = \"Badge\"\n[kinds]\nCrew = \"employee\"")
            .expect("the mapping is right");
        let snapshot = read(b"Badge,id,Type\n9,1,Crew\n", &Options { kind: None, mapping })
            .expect("the file is readable");
        assert_eq!(
            (snapshot.wanted[0].source_id.as_str(), snapshot.wanted[0].kind),
            ("9", Some(EngagementKind::Employee))
        );
        assert_eq!(snapshot.notes, ["Columns that are not read or kept: id."]);
    }

    #[test]
    fn an_open_date_order_is_said_in_the_notes() {
        let snapshot = sensible("source_id,person_type,start_date\n1,employee,05/01/2026\n");
        assert_eq!(snapshot.wanted[0].start_on, Cell::Said(Day::ymd(2026, 1, 5)));
        assert!(snapshot.notes[0].contains("day first"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut with_header = b"source_id,person_type,start_date,tags\n".to_vec();
            with_header.extend(&bytes);
            for bytes in [bytes, with_header] {
                if let Ok(snapshot) = read(&bytes, &Options::default()) {
                    prop_assert!(snapshot.rows > 0);
                }
            }
        }
    }

    #[test]
    fn a_supervisor_column_is_read_as_ids_where_it_holds_ids_and_never_as_names() {
        let text = "id,first_name,last_name,employment_type,supervisor\n\
                    1,Ada,Osei,internal,\n\
                    2,Ben,Falk,internal,1\n\
                    3,Cem,Rao,internal,Ada Osei\n";
        let snapshot = read(text.as_bytes(), &Options::default()).expect("a readable file");
        let managers: Vec<_> = snapshot
            .wanted
            .iter()
            .map(|row| row.manager.said().cloned())
            .collect();
        assert_eq!(managers, [None, Some("1".to_owned()), None]);
        assert!(
            snapshot
                .notes
                .iter()
                .any(|note| note.starts_with("1 rows give the manager by name only"))
        );
    }
}
