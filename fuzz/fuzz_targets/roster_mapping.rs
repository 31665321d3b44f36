//! The fuzzer's way into `src/roster_mapping.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/roster_mapping.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod roster_mapping;

fuzz_target!(|bytes: &[u8]| roster_mapping::run(bytes));
