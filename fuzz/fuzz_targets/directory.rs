//! The fuzzer's way into `src/directory.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/directory.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod directory;

fuzz_target!(|bytes: &[u8]| directory::run(bytes));
