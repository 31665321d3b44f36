//! No mapping and no file make each other panic; a mapping that is written is read as the same; and what somebody is shown
//! of a file never holds what a roster must not.
//!
//! An input is a mapping, a zero byte, and a file.

use roster::sources::file::{self, Options};
use roster::sources::look::{Look, Said};
use roster::sources::mapping::Mapping;

const MAPPINGS: [&str; 3] = [
    "unread = [\"Type\"]\n[columns]\nsource_id = \"Badge\"\nperson_type = \"Sort\"\n[kinds]\nCrew = \"temp\"\n[statuses]\n\"Garden leave\" = \"leave\"\n",
    "[columns]\ndepartment = \"Salary\"\n",
    "",
];
const FILES: [&[u8]; 3] = [
    b"Site list\n\nBadge;Type;Sort;Salary;Status\nB-1;x;Crew;9000;Garden leave\nB-2;y;Office;;gone\n",
    b"source_id,person_type,status\n1,crew,Active\n2,-,-\n",
    include_bytes!("../../crates/stories/fixtures/sources/gusto_contractors.csv"),
];

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (Some(text), Some(file)) = (parts.next(), parts.next()) else {
        return;
    };
    let Ok(mapping) = Mapping::from_toml(&String::from_utf8_lossy(text)) else {
        return;
    };
    let written = mapping.to_toml().expect("a mapping can be written");
    assert_eq!(Mapping::from_toml(&written).expect("and read"), mapping);
    let options = Options { kind: None, mapping };
    if let Ok(snapshot) = file::read(file, &options) {
        assert!(snapshot.rows > 0);
    }
    let Ok(look) = Look::at(file, &options) else {
        return;
    };
    assert!(
        look.columns
            .iter()
            .all(|column| !column.is_forbidden || column.values.is_empty())
    );
    // Who says what the page shows already has said something that can be kept.
    let said = Said {
        columns: look.columns.iter().map(|column| column.taken_for).collect(),
        ..Said::default()
    };
    if let Ok(mapping) = look.mapping(&said) {
        mapping.to_toml().expect("a mapping can be written");
    }
}

/// What a fuzzer begins with: every mapping with every file.
pub fn seeds() -> Vec<Vec<u8>> {
    let pairs = MAPPINGS
        .iter()
        .flat_map(|mapping| FILES.iter().map(move |file| (mapping, file)));
    pairs
        .map(|(mapping, file)| [mapping.as_bytes(), &[0], file].concat())
        .collect()
}
