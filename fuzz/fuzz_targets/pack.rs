//! The fuzzer's way into `src/pack.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/pack.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod pack;

fuzz_target!(|bytes: &[u8]| pack::run(bytes));
