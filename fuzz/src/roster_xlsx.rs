//! No workbook makes reading it panic or take what its bounds do not allow, and what is read fits in those bounds.
//!
//! The first byte says what the rest is: a sheet, the shared texts, the styles, or the list of sheets of a workbook that is
//! otherwise whole; or all of its bytes, which random ones seldom are.

use std::io::{Cursor, Write};

use roster::engagement::EngagementKind;
use roster::sources::file::{self, Options};
use roster::sources::look::Look;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const PARTS: [(&str, &str); 5] = [
    (
        "xl/worksheets/sheet1.xml",
        r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>start_date</t></is></c></row>
        <row r="2"><c r="A2" s="2"><v>42</v></c><c r="B2" t="str"><f>X1</f><v>employee</v></c><c r="C2" s="1"><v>46174</v></c><c r="D2" t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row></sheetData></worksheet>"#,
    ),
    (
        "xl/sharedStrings.xml",
        r#"<sst><si><t>source_id</t></si><si><r><t>person</t></r><r><t>_type</t></r><rPh><t>x</t></rPh></si><si/><si><t>a &amp; b &#252;</t></si></sst>"#,
    ),
    (
        "xl/styles.xml",
        r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-409]d/m/yy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook><workbookPr date1904="1"/><sheets><sheet name="A" state="hidden" r:id="r9"/><sheet name="B" r:id="r1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="x/styles" Target="/xl/styles.xml"/></Relationships>"#,
    ),
];

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    let file = match PARTS.get(usize::from(door % 8)) {
        Some((path, _)) => workbook(path, rest),
        None => rest.to_vec(),
    };
    let options = Options {
        kind: (door % 16 < 8).then_some(EngagementKind::Employee),
        ..Options::default()
    };
    if let Ok(look) = Look::at(&file, &options) {
        assert!(look.columns.len() <= 500);
        assert!(
            look.columns
                .iter()
                .all(|column| !column.is_forbidden || column.values.is_empty())
        );
    }
    if let Ok(snapshot) = file::read(&file, &options) {
        assert!(snapshot.rows > 0 && snapshot.refused.len() <= 1_000);
    }
}

/// A workbook with this part in the place of a whole one.
fn workbook(other: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, text) in PARTS {
        let part = if path == other { bytes } else { text.as_bytes() };
        writer.start_file(path, stored).expect("a part begins");
        writer.write_all(part).expect("a part is written");
    }
    writer.finish().expect("the archive ends").into_inner()
}

/// What a fuzzer begins with: each part by its own door, and workbooks that other programs wrote.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for door in 0_u8..16 {
        let text = PARTS.get(usize::from(door % 8)).map(|(_, text)| text.as_bytes());
        seeds.extend(text.map(|text| [&[door], text].concat()));
    }
    let files: [&[u8]; 2] = [
        include_bytes!("../../crates/stories/fixtures/sources/workday_workbook.xlsx"),
        include_bytes!("../../crates/stories/fixtures/sources/ukg_workbook.xlsx"),
    ];
    seeds.extend(files.iter().map(|file| [&[7], *file].concat()));
    seeds.push([&[7], workbook("", &[]).as_slice()].concat());
    seeds
}
