//! The fuzzer's way into `src/scim.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/scim.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod scim_target;

fuzz_target!(|bytes: &[u8]| scim_target::run(bytes));
