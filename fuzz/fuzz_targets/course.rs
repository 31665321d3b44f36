//! The fuzzer's way into `src/course.rs`, which says what must hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/course.rs"]
#[expect(dead_code, reason = "the seeds are written by src/main.rs")]
mod course;

fuzz_target!(|bytes: &[u8]| course::run(bytes));
