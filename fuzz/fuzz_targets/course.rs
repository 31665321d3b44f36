//! No bytes in a course folder make reading, judging or showing it panic.
//!
//! The input is cut at zero bytes into the files of a small course, in a fixed order. What must hold
//! besides: a course that reads shows its lessons without a script or a style.

#![no_main]

use std::collections::BTreeMap;

use curriculum::{Course, Folder, content_sha256, lint, render};
use db::Day;
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 5] = [
    "course.toml",
    "lessons/01-first.md",
    "questions/judge.toml",
    "assets/door.svg",
    "questions/report.toml",
];

fuzz_target!(|data: &[u8]| {
    let parts = data.splitn(PATHS.len(), |byte| *byte == 0);
    let files: BTreeMap<String, Vec<u8>> = PATHS
        .iter()
        .zip(parts)
        .map(|(path, body)| ((*path).to_owned(), body.to_vec()))
        .collect();
    let folder = Folder { files };
    let faults = lint(&folder, Day(20_000));
    assert_eq!(
        faults,
        lint(&folder, Day(20_000)),
        "the same folder has the same faults"
    );
    assert_eq!(content_sha256(&folder).len(), 64);
    if let Some(lesson) = folder.text("lessons/01-first.md") {
        let shown = render::lesson(lesson, "/assets/", 1).into_string();
        assert!(
            !shown.contains("<script") && !shown.contains("<style") && !shown.contains("<h1"),
            "{shown}"
        );
    }
    let Ok(course) = Course::parse(&folder) else {
        return;
    };
    for question in &course.questions {
        let first: Vec<usize> = data.iter().take(4).map(|byte| usize::from(*byte)).collect();
        question.shown(&first);
        question.feedback(&first);
        assert!(!question.is_right(&first) || question.check_response(&first).is_ok());
    }
});
