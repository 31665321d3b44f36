//! What a file of source looks like before anybody reads it: its head, its length, its name, its weight.

use crate::repository::{Source, sources};
use crate::{Finding, assert_tidy, tokens};

/// A file longer than this holds more than one noun.
const LINES_MAX: usize = 500;

/// A bigger file does not belong in a repository that everybody copies; fonts are what they are.
const BYTES_MAX: u64 = 200_000;

/// Names that say nothing about what is inside, so that everything ends up inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "types", "manager", "service", "services",
    "stuff",
];

/// Where the world comes in. Everywhere else time, settings and chance are arguments.
/// A file is added here together with the `#[expect(clippy::disallowed_methods, reason = "…")]` it needs.
const EDGES: &[&str] = &[
    "crates/db/src/clock.rs",
    "crates/db/src/postgres.rs", // pauses before it tries a transaction again
    "crates/muster/build.rs",
    "crates/muster/src/config.rs",
    "crates/muster/src/main.rs",
];

/// What only an edge may say, as tokens.
const OUTSIDE_WORLD: &[&str] = &[
    "SystemTime : : now",
    "Instant : : now",
    "Timestamp : : now",
    "Zoned : : now",
    "env : : var",
    "env : : var_os",
    "env : : vars",
    "getrandom : : fill",
    "OsRng",
    "thread_rng",
    "thread : : sleep",
];

fn head(path: &str, text: &str) -> Vec<Finding> {
    let first = text.lines().next().unwrap_or_default();
    let sentence = first.strip_prefix("//! ").unwrap_or_default();
    if sentence.split_whitespace().count() >= 3 {
        return Vec::new();
    }
    vec![Finding::new(
        path,
        1,
        "opens with `//!` and one sentence that could be read aloud in a meeting",
    )]
}

fn length(path: &str, text: &str) -> Vec<Finding> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod "));
    // A file of tests has nothing but tests; it is long when there is much to promise.
    let only_tests = path.contains("/tests/") || path.ends_with("/tests.rs");
    let shipped = if only_tests {
        0
    } else {
        tests.unwrap_or(lines.len())
    };
    if shipped <= LINES_MAX {
        return Vec::new();
    }
    vec![Finding::new(
        path,
        0,
        format!("has {shipped} lines without its tests; {LINES_MAX} is the most, split it by noun"),
    )]
}

fn name(path: &str) -> Vec<Finding> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file).to_lowercase();
    let folders = path.split('/').rev().skip(1);
    let empty = |name: &str| EMPTY_NAMES.contains(&name);
    if empty(&stem)
        || stem
            .split(['_', '-'])
            .any(|part| part.starts_with("helper") || part == "utils")
        || folders.into_iter().any(empty)
    {
        return vec![Finding::new(
            path,
            0,
            "is named for nothing in particular; name it for the noun it holds",
        )];
    }
    Vec::new()
}

fn weight(path: &str, bytes: u64) -> Vec<Finding> {
    let font = [".woff2", ".ttf", ".otf"].iter().any(|end| path.ends_with(end));
    let lock = path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
    if font || lock || bytes <= BYTES_MAX {
        return Vec::new();
    }
    vec![Finding::new(
        path,
        0,
        format!("is {bytes} bytes; more than {BYTES_MAX} is for a download, not a repository"),
    )]
}

fn outside_world(path: &str, text: &str) -> Vec<Finding> {
    let tokens = match tokens::shipped(text) {
        Ok(tokens) => tokens,
        Err(trouble) => return vec![Finding::new(path, 0, trouble)],
    };
    let mut findings = Vec::new();
    for at in tokens::occurrences(&tokens, "unsafe") {
        findings.push(Finding::new(
            path,
            tokens[at].line,
            "says unsafe; nothing here needs it",
        ));
    }
    if EDGES.contains(&path) {
        return findings;
    }
    for pattern in OUTSIDE_WORLD {
        for at in tokens::occurrences(&tokens, pattern) {
            let message = format!(
                "asks the world by `{}`; take it as an argument, or ask tx or reader",
                pattern.replace(' ', "")
            );
            findings.push(Finding::new(path, tokens[at].line, message));
        }
    }
    findings
}

fn rust() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.is_rust())
}

#[test]
fn a_file_without_a_head_is_found() {
    assert_eq!(head("a.rs", "use std::fs;\n").len(), 1);
    assert_eq!(head("a.rs", "//! db\n").len(), 1, "a name is not a sentence");
    assert_eq!(
        head("a.rs", "//! Approvals: who agreed to a version of a policy.\n"),
        []
    );
}

#[test]
fn every_file_opens_with_what_it_is() {
    assert_tidy(
        rust()
            .flat_map(|source| head(&source.path, &source.text))
            .collect(),
    );
}

#[test]
fn a_long_file_is_found_and_tests_do_not_count() {
    let long = "x\n".repeat(LINES_MAX + 1);
    assert_eq!(length("a.rs", &long).len(), 1);
    assert_eq!(
        length("a.rs", &format!("x\n#[cfg(test)]\nmod tests {{\n{long}")),
        []
    );
    assert_eq!(
        length("a.rs", &format!("#[cfg(test)]\nuse x;\n{long}")).len(),
        1,
        "an import is not the tests"
    );
}

#[test]
fn every_file_holds_one_noun() {
    assert_tidy(
        rust()
            .flat_map(|source| length(&source.path, &source.text))
            .collect(),
    );
}

#[test]
fn an_empty_name_is_found() {
    for path in [
        "crates/db/src/utils.rs",
        "crates/web/src/common/mod.rs",
        "docs/test-helpers.md",
        "crates/db/src/types.rs",
    ] {
        assert_eq!(name(path).len(), 1, "{path}");
    }
    assert_eq!(name("crates/roster/src/person.rs"), []);
}

#[test]
fn every_name_says_what_is_inside() {
    assert_tidy(sources().iter().flat_map(|source| name(&source.path)).collect());
}

#[test]
fn a_heavy_file_is_found() {
    assert_eq!(weight("catalogue/photo.png", BYTES_MAX + 1).len(), 1);
    assert_eq!(weight("catalogue/fonts/serif.woff2", BYTES_MAX + 1), []);
}

#[test]
fn every_file_is_light_enough_to_copy() {
    assert_tidy(
        sources()
            .iter()
            .flat_map(|source| weight(&source.path, source.bytes))
            .collect(),
    );
}

#[test]
fn asking_the_world_is_found_outside_tests_and_edges() {
    let text = "fn f() { let a = std::time::SystemTime::now(); let b = std::env::var(\"HOME\"); }";
    assert_eq!(outside_world("crates/roster/src/person.rs", text).len(), 2);
    assert_eq!(outside_world(EDGES[0], text), []);
    let test = format!("#[cfg(test)] mod tests {{ {text} }}");
    assert_eq!(outside_world("crates/roster/src/person.rs", &test), []);
    assert_eq!(outside_world(EDGES[0], "fn f() { unsafe { g() } }").len(), 1);
}

#[test]
fn only_edges_ask_the_world() {
    let shipped = rust().filter(|source| source.shipped_by().is_some());
    assert_tidy(
        shipped
            .flat_map(|source| outside_world(&source.path, &source.text))
            .collect(),
    );
}
