//! The fuzzer's way into `src/roster_xlsx.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/roster_xlsx.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod roster_xlsx;

fuzz_target!(|bytes: &[u8]| roster_xlsx::run(bytes));
