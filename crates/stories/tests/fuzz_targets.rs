//! What the fuzzers run still runs: every target over its seeds, and over seeds that were cut, spliced and overwritten.
//!
//! Not here: a search that takes minutes (`fuzz/README.md`).

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

#[path = "../../../fuzz/src/course.rs"]
mod course;
#[path = "../../../fuzz/src/directory.rs"]
mod directory;
#[path = "../../../fuzz/src/pack.rs"]
mod pack;
#[path = "../../../fuzz/src/roster_csv.rs"]
mod roster_csv;
#[path = "../../../fuzz/src/roster_mapping.rs"]
mod roster_mapping;
#[path = "../../../fuzz/src/roster_xlsx.rs"]
mod roster_xlsx;
#[path = "../../../fuzz/src/scim.rs"]
mod scim_target;

/// Altered seeds for each target: some seconds in a debug build.
const CASES: u32 = 150;

fn hold(seeds: &[Vec<u8>], run: fn(&[u8])) {
    assert!(seeds.len() > 8, "there is something to begin with");
    for seed in seeds {
        run(seed);
    }
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let stretch = proptest::collection::vec(any::<u8>(), 0..12);
    let altered = (any::<[Index; 4]>(), stretch, any::<bool>());
    let outcome = runner.run(&altered, |([seed, other, from, to], with, splice)| {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        let (one, two) = (from.index(bytes.len()), to.index(bytes.len()));
        let with = if splice {
            let other = &seeds[other.index(seeds.len())];
            other[one.min(other.len())
                ..two
                    .clamp(one, one + 400)
                    .min(other.len())
                    .max(one.min(other.len()))]
                .to_vec()
        } else {
            with
        };
        let end = (one + with.len()).min(bytes.len());
        bytes.splice(one..end, with);
        run(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_course_target_holds() {
    hold(&course::seeds(), course::run);
}

#[test]
fn the_pack_target_holds() {
    hold(&pack::seeds(), pack::run);
}

#[test]
fn the_scim_target_holds() {
    hold(&scim_target::seeds(), scim_target::run);
}

#[test]
fn the_roster_target_holds() {
    hold(&roster_csv::seeds(), roster_csv::run);
}

#[test]
fn the_mapping_target_holds() {
    hold(&roster_mapping::seeds(), roster_mapping::run);
}

#[test]
fn the_workbook_target_holds() {
    hold(&roster_xlsx::seeds(), roster_xlsx::run);
}

#[test]
fn the_directory_target_holds() {
    hold(&directory::seeds(), directory::run);
}
