//! No bytes in a roster file make reading or planning it panic, and the same bytes always give the same plan.
//!
//! The first byte chooses the mode and whether a header the reader knows is put before the rest, which random bytes seldom have.
#![no_main]

use db::Day;
use libfuzzer_sys::fuzz_target;
use roster::engagement::EngagementKind;
use roster::source::Mode;
use roster::sources::csv::{self, Options};
use roster::sync::{self, Settings, known::Roster};

const HEADER: &[u8] =
    b"source_id,email,name,person_type,status,start_date,end_date,leave_from,leave_until,manager,tags\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((door, rest)) = bytes.split_first() else { return };
    let file = if door % 2 == 0 { [HEADER, rest].concat() } else { rest.to_vec() };
    let kind = (door % 4 < 2).then_some(EngagementKind::Employee);
    let mode = if door % 8 < 4 { Mode::Full } else { Mode::Delta };
    let options = Options { kind, ..Options::default() };
    let Ok(snapshot) = csv::read(&file, &options) else { return };
    assert!(snapshot.rows > 0);
    let plan = || sync::plan(&Roster::default(), &snapshot, Day(20_000), Settings { mode }).expect("a plan has a canonical form");
    let (one, other) = (plan(), plan());
    assert_eq!(one.id, other.id);
    assert!(one.refused.is_empty() || one.changes_nothing());
});
