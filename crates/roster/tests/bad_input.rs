//! What a source should not send, and sends: each is refused in a sentence or told in a note, and nothing of it is guessed.
//!
//! Not here: how much memory it takes (`memory.rs`), and inputs that a fuzzer makes up (`fuzz/`).

use std::io::{Cursor, Write};

use db::Day;
use roster::engagement::EngagementKind;
use roster::snapshot::{Cell, Snapshot};
use roster::sources::file::{self, Options};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn read(bytes: &[u8]) -> Snapshot {
    file::read(bytes, &Options::default()).expect("the file is readable")
}

/// The code of the refusal, which is a sentence.
fn refused(bytes: &[u8]) -> &'static str {
    let refusal = file::read(bytes, &Options::default()).expect_err("the file is refused");
    assert!(refusal.sentence.ends_with('.'), "{refusal}");
    assert!(refusal.sentence.len() < 600, "it quotes no file");
    refusal.code
}

const BOOK: &str =
    r#"<workbook><workbookPr/><sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships>
    <Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/>
    <Relationship Id="r3" Type="http://x/styles" Target="/xl/styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
const TEXTS: &str = r#"<sst><si><t>source_id</t></si><si><r><t>person</t></r><r><t>_type</t></r><rPh><t>x</t></rPh></si><si><t>start_date</t></si><si><t>department</t></si><si/></sst>"#;
/// A header of shared texts, and what comes below it.
fn sheet(rows: &str) -> String {
    format!(
        r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>{rows}</sheetData></worksheet>"#
    )
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in parts {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .expect("a part begins");
        writer.write_all(text.as_bytes()).expect("a part is written");
    }
    writer.finish().expect("the archive ends").into_inner()
}

fn workbook(sheet: &str) -> Vec<u8> {
    workbook_of(BOOK, sheet, TEXTS)
}

fn workbook_of(book: &str, sheet: &str, texts: &str) -> Vec<u8> {
    archive(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", texts),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// The archive with another size declared for its largest part, in both places.
fn declaring(mut archive: Vec<u8>, part_bytes: usize, declared: u32) -> Vec<u8> {
    let real = u32::try_from(part_bytes).expect("a small part").to_le_bytes();
    let places: Vec<usize> = (0..archive.len() - 4)
        .filter(|at| archive[*at..*at + 4] == real)
        .collect();
    assert!(
        places.len() >= 2,
        "the size stands before the part and in the list of parts"
    );
    for at in places {
        archive[at..at + 4].copy_from_slice(&declared.to_le_bytes());
    }
    archive
}

#[test]
fn a_workbook_says_what_its_cells_show() {
    let rows = r#"<row r="3"><c r="A3" s="2"><v>42</v></c><c r="B3" t="inlineStr"><is><t>employee</t></is></c><c r="C3" s="1"><f>TODAY()</f><v>46174</v></c><c r="D3" t="str"><f>A1&amp;B1</f><v>R &amp; D &#252;ber</v></c></row>
        <row><c><v>7.0</v></c><c t="s"><v>4</v></c></row>"#;
    let options = Options {
        kind: Some(EngagementKind::Temp),
        ..Options::default()
    };
    let snapshot = file::read(&workbook(&sheet(rows)), &options).expect("the file is readable");
    let row = snapshot.wanted.get(0);
    assert_eq!(
        (row.line, row.source_id.as_str(), row.kind),
        (3, "00042", Some(EngagementKind::Employee))
    );
    assert_eq!(row.start_on, Cell::Said(Day::ymd(2026, 6, 1)));
    assert_eq!(row.department, Cell::Said("R & D über".to_owned()));
    let row = snapshot.wanted.get(1);
    assert_eq!(
        (row.line, row.source_id.as_str(), row.kind),
        (4, "7", Some(EngagementKind::Temp))
    );
}

#[test]
fn a_workbook_of_1904_counts_from_there() {
    let book = BOOK.replace("<workbookPr/>", r#"<workbookPr date1904="1"/>"#);
    let rows = r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>employee</v></c><c r="C2" s="1"><v>44712</v></c></row>"#;
    let snapshot = read(&workbook_of(&book, &sheet(rows), TEXTS));
    assert_eq!(snapshot.wanted.get(0).start_on, Cell::Said(Day::ymd(2026, 6, 1)));
}

#[test]
fn a_formula_without_a_result_is_refused_where_it_stands() {
    let rows = r##"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>employee</v></c><c r="D2"><f>VLOOKUP(A2,X!A:B,2)</f></c></row>
        <row r="3"><c r="A3"><v>2</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>"##;
    let snapshot = read(&workbook(&sheet(rows)));
    let places: Vec<_> = snapshot
        .refused
        .iter()
        .map(|row| (row.line, row.column.as_str()))
        .collect();
    assert_eq!(places, [(2, "department"), (3, "person_type")]);
    assert!(snapshot.wanted.is_empty());
}

#[test]
fn formulas_in_csv_are_texts_and_are_never_reckoned() {
    let snapshot = read(
        b"source_id,person_type,given_name,department\n1,employee,=1+3,\"=HYPERLINK(\"\"http://x\"\")\"\n",
    );
    assert_eq!(snapshot.wanted.get(0).given_name, Cell::Said("=1+3".to_owned()));
    assert_eq!(
        snapshot.wanted.get(0).department,
        Cell::Said("=HYPERLINK(\"http://x\")".to_owned())
    );
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_by_what_it_declares() {
    let sheet = sheet("<row/>");
    let bomb = declaring(workbook(&sheet), sheet.len(), 3_000_000_000);
    assert_eq!(refused(&bomb), "workbook-too-large");
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_by_what_it_holds() {
    let texts = format!("<sst><si><t>{}</t></si></sst>", " ".repeat(3 * 1024 * 1024));
    let one_element = workbook_of(BOOK, &sheet(""), &texts);
    assert_eq!(refused(&one_element), "workbook-too-large");
    let many = format!(
        "<workbook>{}</workbook>",
        "<a>bcdefghijklmnopqrstuvwxyz</a>".repeat(300_000)
    );
    let liar = declaring(workbook_of(&many, &sheet(""), TEXTS), many.len(), 100);
    assert_eq!(
        refused(&liar),
        "workbook-damaged",
        "the archive is held to what it declares"
    );
    let cell = format!(
        r#"<row r="2"><c r="A2" t="str"><v>{}</v></c></row>"#,
        "x&amp;".repeat(100_000)
    );
    assert_eq!(refused(&workbook(&sheet(&cell))), "workbook-damaged");
}

#[test]
fn a_workbook_of_countless_parts_is_refused_before_they_are_listed() {
    let names: Vec<String> = (0..2_001).map(|n| format!("xl/{n}.xml")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(refused(&archive(&parts)), "workbook-too-large");
}

#[test]
fn a_workbook_with_entities_of_its_own_is_refused() {
    let texts = r#"<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>"#;
    assert_eq!(refused(&workbook_of(BOOK, &sheet(""), texts)), "workbook-damaged");
}

#[test]
fn a_workbook_cut_short_at_any_place_is_refused() {
    let rows = r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>employee</v></c></row>"#;
    let whole = workbook(&sheet(rows));
    assert_eq!(read(&whole).wanted.len(), 1);
    for end in (4..whole.len()).step_by(7) {
        let code = refused(&whole[..end]);
        assert!(
            matches!(code, "workbook-damaged" | "workbook-too-large"),
            "{code} at {end}"
        );
    }
    let open = sheet(rows).replace("</sheetData></worksheet>", "");
    assert_eq!(refused(&workbook(&open)), "workbook-damaged");
}

#[test]
fn what_is_no_workbook_and_no_text_is_refused_by_what_it_is() {
    assert_eq!(
        refused(&archive(&[("word/document.xml", "<x/>")])),
        "file-is-an-archive"
    );
    assert_eq!(
        refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 an old or a locked workbook"),
        "file-is-a-workbook"
    );
    assert_eq!(refused(b"%PDF-1.7\n\x81\x8D\x00"), "file-is-not-text");
    assert_eq!(
        refused(b"\xEF\xBB\xBFsource_id,person_type\n1,\xFF\n"),
        "file-is-not-text"
    );
}

#[test]
fn a_sheet_that_is_too_wide_is_refused() {
    let rows = r#"<row r="2"><c r="SG2"><v>1</v></c></row>"#;
    assert_eq!(refused(&workbook(&sheet(rows))), "file-too-wide");
    let blank =
        r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>employee</v></c><c r="XFD2" s="1"/></row>"#;
    assert_eq!(
        read(&workbook(&sheet(blank))).wanted.len(),
        1,
        "a cell without a value is no column"
    );
}

#[test]
fn a_file_cut_short_names_the_line_where_it_ends() {
    let snapshot = read(b"source_id,person_type,start_date\n1,employee,2026-01-01\n2,empl");
    assert_eq!((snapshot.refused[0].line, snapshot.refused.len()), (3, 1));
}

#[test]
fn a_header_below_a_title_is_found_whatever_parts_the_title() {
    let snapshot = read("Harrow, Finch, and Sons, of Utrecht, Netherlands\n\nsource_id;person_type;given_name\n1;employee;Noor\n".as_bytes());
    assert_eq!((snapshot.wanted.get(0).line, snapshot.wanted.len()), (4, 1));
    assert!(
        snapshot.notes[0].contains("The header is on line 3"),
        "{:?}",
        snapshot.notes
    );
}

#[test]
fn a_header_that_is_too_far_down_or_missing_is_asked_for() {
    let far = format!("{}source_id,person_type\n1,employee\n", "A title\n".repeat(30));
    assert_eq!(refused(far.as_bytes()), "column-missing");
    assert_eq!(
        refused(b"7,Ada,Owner,employee\n8,Ed,Editor,employee\n"),
        "column-missing"
    );
}

#[test]
fn ten_thousand_rows_of_one_id_are_refused_and_counted() {
    let rows: String = (0..10_000).map(|n| format!("7,employee,Person {n}\n")).collect();
    let snapshot = read(format!("source_id,person_type,given_name\n{rows}").as_bytes());
    assert_eq!((snapshot.refused.len(), snapshot.unlisted), (1_000, 8_999));
    assert!(
        snapshot
            .notes
            .iter()
            .any(|note| note.contains("there are 8999 more")),
        "{:?}",
        snapshot.notes
    );
    let starts: String = (0..10_000)
        .map(|n| format!("7,employee,{}\n", Day(10_000 + n)))
        .collect();
    let snapshot = read(format!("source_id,person_type,start_date\n{starts}").as_bytes());
    assert!(
        !snapshot.refused.is_empty(),
        "nobody has ten thousand engagements"
    );
}

#[test]
fn managers_in_a_circle_are_told_and_not_refused() {
    let snapshot = read(
        b"source_id,person_type,manager_source_id\n1,employee,2\n2,employee,3\n3,employee,1\n4,employee,4\n",
    );
    assert_eq!(snapshot.refused, []);
    assert_eq!(snapshot.wanted.len(), 4);
    assert!(
        snapshot
            .notes
            .contains(&"Managers in a circle: 1 → 2 → 3 → 1.".to_owned()),
        "{:?}",
        snapshot.notes
    );
}

#[test]
fn days_of_1900_and_9999_are_refused_and_days_to_come_are_kept() {
    let snapshot = read(b"source_id,person_type,start_date,end_date\n1,employee,1900-01-01,\n2,employee,2026-01-01,9999-12-31\n3,employee,2027-03-01,2028-02-29\n");
    let places: Vec<_> = snapshot
        .refused
        .iter()
        .map(|row| (row.line, row.column.as_str()))
        .collect();
    assert_eq!(places, [(2, "start_date"), (3, "end_date")]);
    assert_eq!(snapshot.wanted.get(0).start_on, Cell::Said(Day::ymd(2027, 3, 1)));
    assert_eq!(snapshot.wanted.get(0).end_on, Cell::Said(Day::ymd(2028, 2, 29)));
}
