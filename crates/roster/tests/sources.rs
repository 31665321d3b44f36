//! Every system's export reads without a mapping, and says exactly what lies written beside it.
//!
//! Not here: what a header or a word means by itself (`src/sources`).

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use db::Day;
use roster::engagement::EngagementKind;
use roster::snapshot::{Cell, Snapshot, Status, Wanted};
use roster::sources::file::{self, Options};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../stories/fixtures/sources")
        .join(name)
}

fn day(cell: &Cell<Day>) -> String {
    match cell {
        Cell::Unsaid => "…".to_owned(),
        Cell::Cleared => "-".to_owned(),
        Cell::Said(day) => day.to_string(),
    }
}

fn status(status: Option<Status>) -> &'static str {
    match status {
        None => "no state",
        Some(Status::Active) => "active",
        Some(Status::Leave) => "on leave",
        Some(Status::Ended) => "ended",
    }
}

/// A row as a reader would tell it: what is not said is left out.
fn told(row: &Wanted) -> String {
    let kind = row.kind.map_or("no kind", EngagementKind::as_str);
    let mut text = format!(
        "{} {}: {kind}, {}, {} to {}",
        row.line,
        row.source_id,
        status(row.status),
        day(&row.start_on),
        day(&row.end_on)
    );
    let cells = [
        ("email", &row.email),
        ("given", &row.given_name),
        ("family", &row.family_name),
        ("preferred", &row.preferred_name),
        ("number", &row.employee_number),
        ("manager", &row.manager),
        ("sponsor", &row.sponsor_email),
        ("employer", &row.employer),
        ("department", &row.department),
        ("division", &row.division),
        ("cost centre", &row.cost_center),
        ("title", &row.job_title),
        ("location", &row.location),
        ("country", &row.country),
        ("language", &row.language),
        ("tags", &row.tags),
    ];
    for (name, cell) in cells {
        match cell {
            Cell::Unsaid => {}
            Cell::Cleared => write!(text, "; {name} -").expect("a text takes more text"),
            Cell::Said(value) => write!(text, "; {name} {value}").expect("a text takes more text"),
        }
    }
    text
}

fn understood(snapshot: &Snapshot) -> String {
    let rows = snapshot.wanted.iter().map(|row| told(&row));
    let refused = snapshot
        .refused
        .iter()
        .map(|row| format!("refused: line {}, {}: {}", row.line, row.column, row.reason));
    let notes = snapshot.notes.iter().map(|note| format!("note: {note}"));
    let mut lines: Vec<String> = rows.chain(refused).chain(notes).collect();
    lines.push(String::new());
    lines.join("\n")
}

/// The file says what is written beside it, and nothing else.
fn reads(name: &str) {
    let bytes = fs::read(fixture(name)).expect("the fixture is there");
    let snapshot =
        file::read(&bytes, &Options::default()).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let written = fs::read_to_string(fixture(&format!("{stem}.txt"))).unwrap_or_default();
    let found = understood(&snapshot);
    assert!(found == written, "{name} is now read as:\n{found}");
}

#[test]
fn bamboohr_reads_without_a_mapping() {
    reads("bamboohr.csv");
}

#[test]
fn workday_reads_without_a_mapping() {
    reads("workday.csv");
}

#[test]
fn personio_reads_without_a_mapping() {
    reads("personio.csv");
}

#[test]
fn hibob_reads_without_a_mapping() {
    reads("hibob.csv");
}

#[test]
fn rippling_reads_without_a_mapping() {
    reads("rippling.csv");
}

#[test]
fn gusto_employees_reads_without_a_mapping() {
    reads("gusto_employees.csv");
}

#[test]
fn gusto_contractors_reads_without_a_mapping() {
    reads("gusto_contractors.csv");
}

#[test]
fn adp_reads_without_a_mapping() {
    reads("adp.csv");
}

#[test]
fn ukg_reads_without_a_mapping() {
    reads("ukg.csv");
}

#[test]
fn successfactors_reads_without_a_mapping() {
    reads("successfactors.csv");
}

#[test]
fn deel_reads_without_a_mapping() {
    reads("deel.csv");
}

#[test]
fn remote_reads_without_a_mapping() {
    reads("remote.csv");
}

#[test]
fn fieldglass_reads_without_a_mapping() {
    reads("fieldglass.csv");
}

#[test]
fn fieldglass_rates_reads_without_a_mapping() {
    reads("fieldglass_rates.csv");
}

#[test]
fn entra_users_reads_without_a_mapping() {
    reads("entra_users.csv");
}

#[test]
fn google_users_reads_without_a_mapping() {
    reads("google_users.csv");
}

#[test]
fn okta_people_reads_without_a_mapping() {
    reads("okta_people.csv");
}

#[test]
fn workday_workbook_reads_without_a_mapping() {
    reads("workday_workbook.xlsx");
}

#[test]
fn ukg_workbook_reads_without_a_mapping() {
    reads("ukg_workbook.xlsx");
}
