//! No bytes in a roster file make reading or planning it panic, and the same bytes always give the same plan.
//!
//! The first byte chooses the mode and whether a header the reader knows is put before the rest, which random bytes
//! seldom have.

use std::sync::OnceLock;

use db::Db;
use roster::engagement::EngagementKind;
use roster::source::Mode;
use roster::sources::file::{self, Options};
use roster::sync::{Settings, apply::plan_now};

const HEADER: &[u8] =
    b"source_id,email,name,person_type,status,start_date,end_date,leave_from,leave_until,manager,tags\n";

const FILES: &[&[u8]] = &[
    include_bytes!("../../crates/stories/fixtures/bamboohr.csv"),
    include_bytes!("../../crates/stories/fixtures/personio.csv"),
    include_bytes!("../../crates/stories/fixtures/history.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/adp.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/bamboohr.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/deel.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/entra_users.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/fieldglass.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/fieldglass_rates.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/google_users.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/gusto_contractors.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/gusto_employees.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/hibob.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/okta_people.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/personio.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/remote.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/rippling.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/successfactors.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/ukg.csv"),
    include_bytes!("../../crates/stories/fixtures/sources/workday.csv"),
    b"sep=;\r\nEmployee ID;Work Email;Supervisor;Hire Date\r\n1;a@example.com;2;13/01/2026\r\n2;b@example.com;;1/2/26\r\n",
];

/// Rows below [`HEADER`].
const ROWS: &[u8] =
    b"1,ada@example.com,Ada L,employee,active,2026-01-02,,2026-03-01,2026-04-01,,\"Eng;Sales\"\n\
      2,bo@example.com,Bo B,contractor,left,01.02.2026,31/12/2026,,,1,\n";

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    let file = if door % 2 == 0 {
        [HEADER, rest].concat()
    } else {
        rest.to_vec()
    };
    let kind = (door % 4 < 2).then_some(EngagementKind::Employee);
    let mode = if door % 8 < 4 { Mode::Full } else { Mode::Delta };
    let options = Options {
        kind,
        ..Options::default()
    };
    let Ok(snapshot) = file::read(&file, &options) else {
        return;
    };
    assert!(snapshot.rows > 0);
    static EMPTY: OnceLock<Db> = OnceLock::new();
    let db = EMPTY.get_or_init(Db::in_memory_for_tests);
    let plan = || {
        let snapshot = snapshot.clone();
        db.read_blocking(move |r| plan_now(r, "hr", &snapshot, Settings { mode }))
            .expect("a plan has a canonical form")
    };
    let (one, other) = (plan(), plan());
    assert_eq!(one.id, other.id);
    assert!(one.refused.is_empty() || one.changes_nothing());
}

/// What a fuzzer begins with: a file for every door that it opens.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0..8).step_by(2).map(|door| [&[door], ROWS].concat()).collect();
    for door in (1..8).step_by(2) {
        seeds.extend(FILES.iter().map(|file| [&[door], *file].concat()));
        seeds.push([&[door], HEADER, ROWS].concat());
    }
    seeds
}
