//! Reads a file of people, whatever system wrote it: bytes in, what it says of each person out.
//!
//! Delimiter, header and date order are found once for the whole file. A file that cannot be read is refused in a sentence;
//! a row that cannot be read is listed with its physical line. Nothing is guessed silently: what was assumed is in the notes.
//!
//! Not here: the roster as it is ([`crate::sync`]), and any database.

use db::Refusal;

use crate::engagement::EngagementKind;
use crate::snapshot::{RefusedRow, Snapshot};
use crate::sources::cells::{Cells, Reading};
use crate::sources::column::Column;
use crate::sources::date::{Decision, OrderEvidence};
use crate::sources::header::Layout;
use crate::sources::managers::Managers;
use crate::sources::mapping::Mapping;
use crate::sources::table::{Table, refused};
use crate::sources::word;

/// Five times the largest organisation muster is measured with.
pub const ROWS_MAX: u64 = 500_000;
/// A workbook can say one long text in every cell; so many bytes hold half a million people twice over.
const TEXT_BYTES_MAX: usize = 256 * 1024 * 1024;
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
    let table = Table::of(bytes, &options.mapping)?;
    let mut layout = Layout::of(table.headers.clone(), &options.mapping)?;
    let survey = Survey::of(&table, &layout)?;
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
        notes: notes(&table, &layout, decision, options),
        ..Snapshot::default()
    };
    let reading = Reading {
        layout: &layout,
        mapping: &options.mapping,
        order: decision.order,
        kind: options.kind,
    };
    read_rows(&table, &reading, &mut snapshot)?;
    if layout.origin.repeats_rows() {
        snapshot.pass_over_repeats();
    }
    snapshot.refuse_repeats();
    snapshot.refused.sort();
    if snapshot.unlisted > 0 {
        snapshot.notes.push(format!(
            "Only the first {} cells that cannot be read are listed; there are {} more.",
            snapshot.refused.len(),
            snapshot.unlisted
        ));
    }
    Ok(snapshot)
}

fn read_rows(table: &Table<'_>, reading: &Reading<'_>, snapshot: &mut Snapshot) -> Result<(), Refusal> {
    let mut managers = Managers::of(table, reading.layout)?;
    let mut organisations = 0_usize;
    table.each(|line, record| {
        let read = match table.width_reason(record) {
            Some(reason) => Err(vec![RefusedRow {
                line,
                column: String::new(),
                reason,
            }]),
            None => reading.row(Cells { line, record }),
        };
        match read {
            Ok((wanted, _)) if reading.layout.origin.is_organisation(&wanted) => organisations += 1,
            Ok((mut wanted, given_by)) => {
                managers.settle(&mut wanted, given_by);
                snapshot.wanted.push(&wanted);
            }
            Err(refused) => refused.into_iter().for_each(|row| snapshot.refuse(row)),
        }
        if snapshot.wanted.bytes() > TEXT_BYTES_MAX {
            return Err(refused(
                "file-too-large",
                "The rows of the file hold more than 256 MB of text. Leave out the columns muster does not need, or send it in parts as deltas.",
            ));
        }
        Ok(())
    })?;
    if organisations > 0 {
        snapshot.notes.push(format!("Rows that are businesses and name no person, passed over: {organisations}. List the people who work for you there as a supplier’s staff."));
    }
    snapshot.wanted.shrink();
    snapshot.notes.extend(managers.notes(&snapshot.wanted));
    Ok(())
}

/// What only the whole file can settle.
pub(crate) struct Survey {
    rows: u64,
    dates: OrderEvidence,
    /// The column that can be a kind or a state holds kinds.
    pub names_kinds: bool,
}

impl Survey {
    pub fn of(table: &Table<'_>, layout: &Layout) -> Result<Survey, Refusal> {
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
        table.each(|line, record| {
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
}

fn notes(table: &Table<'_>, layout: &Layout, decision: Decision, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(table.read_as());
    if table.has_title {
        notes.push(format!(
            "The header is on line {}; what stands above it is not read.",
            table.header_line
        ));
    }
    if decision.assumed {
        notes.push("No date in the file shows whether the day or the month comes first; they were read day first. Write dates as YYYY-MM-DD to be certain.".to_owned());
    }
    let is_kind_open = layout.origin.is_directory() || !layout.has(Column::PersonType);
    if is_kind_open && options.kind.is_none() {
        notes.extend(layout.origin.kind_note().map(str::to_owned));
    }
    if layout
        .headers
        .iter()
        .any(|header| word::plain(header) == "effectivedate")
    {
        notes.push("The column of effective dates is not read: what a row says holds from the day the file is applied, and start and end dates from their own day. Send what holds later when it does.".to_owned());
    }
    if !layout.forbidden.is_empty() {
        notes.push(format!(
            "Columns that a roster must not hold, dropped unread: {}. Leave them out of the export.",
            listed(&layout.forbidden)
        ));
    }
    if !layout.unread.is_empty() {
        notes.push(format!(
            "Columns that are not read or kept: {}.",
            listed(&layout.unread)
        ));
    }
    notes
}

fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(NAMES_NOTED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMES_NOTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use db::Day;
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::{Cell, Status, Wanted};
    use crate::sources::csv::FILE_BYTES_MAX;

    fn sensible(text: &str) -> Snapshot {
        read(text.as_bytes(), &Options::default()).expect("the file is readable")
    }

    fn only(text: &str) -> Wanted {
        let snapshot = sensible(text);
        assert_eq!(snapshot.refused, []);
        snapshot.wanted.get(0)
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
            (snapshot.wanted.get(1).kind, snapshot.wanted.get(1).status),
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
        assert_eq!(snapshot.wanted.get(1).kind, Some(EngagementKind::Contractor));
        assert_eq!(snapshot.wanted.get(1).start_on, Cell::Said(Day::ymd(2026, 2, 1)));
        assert!(snapshot.notes.iter().any(|note| note.contains("Fieldglass")));
    }

    #[test]
    fn workday_contingent_workers_are_contractors() {
        let snapshot = sensible(
            "Employee_ID,Contingent_Worker_ID,Name,On_Leave\nE1,,Ada Lovelace,Yes\n,C9,\"Byron, Anne\",No\n",
        );
        assert_eq!(snapshot.wanted.get(0).kind, Some(EngagementKind::Employee));
        assert_eq!(snapshot.wanted.get(0).status, Some(Status::Leave));
        assert_eq!(
            (
                snapshot.wanted.get(1).source_id.as_str(),
                snapshot.wanted.get(1).kind
            ),
            ("C9", Some(EngagementKind::Contractor))
        );
        assert_eq!(snapshot.wanted.get(1).given_name, said("Anne"));
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
        assert_eq!(
            snapshot.wanted.get(0).department,
            said("Research and Development")
        );
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
        assert_eq!(snapshot.wanted.get(0).given_name, said("Zoë"));
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
        assert_eq!(snapshot.wanted.get(0).kind, Some(EngagementKind::VendorStaff));
    }

    #[test]
    fn a_mapping_names_columns_and_kinds() {
        let mapping = Mapping::from_toml("[columns]\nsource_id = \"Badge\"\n[kinds]\nCrew = \"employee\"")
            .expect("the mapping is right");
        let snapshot = read(b"Badge,id,Type\n9,1,Crew\n", &Options { kind: None, mapping })
            .expect("the file is readable");
        assert_eq!(
            (
                snapshot.wanted.get(0).source_id.as_str(),
                snapshot.wanted.get(0).kind
            ),
            ("9", Some(EngagementKind::Employee))
        );
        assert_eq!(snapshot.notes, ["Columns that are not read or kept: id."]);
    }

    #[test]
    fn an_open_date_order_is_said_in_the_notes() {
        let snapshot = sensible("source_id,person_type,start_date\n1,employee,05/01/2026\n");
        assert_eq!(snapshot.wanted.get(0).start_on, Cell::Said(Day::ymd(2026, 1, 5)));
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
                .any(|note| note.starts_with("Rows that give the manager by name only: 1."))
        );
    }
}
