//! No bytes in a course folder make reading, judging or showing it panic, and judging it stays in proportion to it.
//!
//! After the first byte, the input is cut at zero bytes into files: a path, a line feed, and what is in the file. The
//! first byte says how often each lesson is repeated, so that work that grows faster than a lesson runs into the
//! fuzzer's limit. What must hold besides: a lesson that is shown has neither a script nor a style.

use std::collections::BTreeMap;

use curriculum::{Course, Folder, catalogue, content_sha256, lint, render};
use db::Day;

/// Bytes of a lesson that was repeated.
const REPEATED_MAX: usize = 128 * 1024;

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    let folder = folder(rest, if door % 8 == 7 { usize::from(*door) } else { 1 });
    let faults = lint(&folder, Day(20_000));
    assert_eq!(
        faults,
        lint(&folder, Day(20_000)),
        "the same folder has the same faults"
    );
    assert_eq!(content_sha256(&folder).len(), 64);
    for path in folder.files.keys().filter(|path| path.ends_with(".md")) {
        let Some(lesson) = folder.text(path) else {
            continue;
        };
        let shown = [
            render::lesson(lesson, "/assets/", 1).into_string(),
            render::text(lesson).into_string(),
            render::inline(lesson).into_string(),
        ];
        for shown in shown {
            assert!(
                !shown.contains("<script") && !shown.contains("<style") && !shown.contains("<h1"),
                "{shown}"
            );
        }
    }
    let Ok(course) = Course::parse(&folder) else {
        return;
    };
    for question in &course.questions {
        let first: Vec<usize> = rest.iter().take(4).map(|byte| usize::from(*byte)).collect();
        question.shown(&first);
        question.feedback(&first);
        assert!(!question.is_right(&first) || question.check_response(&first).is_ok());
    }
}

/// What a fuzzer begins with: each shipped course whole, and cut down to what is quick to change.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (_, course) in catalogue() {
        seeds.push(input(0, &course));
        let mut small = course.clone();
        small
            .files
            .retain(|path, _| path == "course.toml" || path.contains("/01-"));
        seeds.push(input(0, &small));
        seeds.push(input(7, &small));
        for (path, body) in &course.files {
            let files = BTreeMap::from([(path.clone(), body.clone())]);
            seeds.push(input(0, &Folder { files }));
        }
    }
    seeds
}

fn folder(bytes: &[u8], times: usize) -> Folder {
    let mut folder = Folder::default();
    for file in bytes.split(|byte| *byte == 0) {
        let (path, body) = match file.iter().position(|byte| *byte == b'\n') {
            Some(end) => (&file[..end], &file[end + 1..]),
            None => (file, &[][..]),
        };
        // A folder that was read from a disk or an archive has no other names.
        let Ok(path) = str::from_utf8(path) else { continue };
        let times = if path.ends_with(".md") {
            times.min(REPEATED_MAX / body.len().max(1)).max(1)
        } else {
            1
        };
        folder.files.insert(path.to_owned(), body.repeat(times));
    }
    folder
}

fn input(door: u8, folder: &Folder) -> Vec<u8> {
    let mut bytes = vec![door];
    for (n, (path, body)) in folder.files.iter().enumerate() {
        if n > 0 {
            bytes.push(0);
        }
        bytes.extend_from_slice(path.as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
    }
    bytes
}
