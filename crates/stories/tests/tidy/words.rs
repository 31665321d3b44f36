//! Words that have no place in what we keep: notes to self, and paths that exist on one machine only.

use crate::repository::{Source, sources};
use crate::{Finding, assert_tidy};

/// Written in two halves, so that this file may stand under its own rule.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("sha", "red/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

fn notes_and_places(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in NOTES {
            if stands_alone(line, word) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("says {word}; do it, or write an issue"),
                ));
            }
        }
        for place in PLACES {
            if begins(line, place) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("names `{place}`, a place no reader has"),
                ));
            }
        }
    }
    findings
}

/// A lock file names only the public registries, so that it means the same on every machine.
fn lock(path: &str, text: &str) -> Vec<Finding> {
    let allowed = [
        "registry+https://github.com/rust-lang/crates.io-index",
        "https://registry.npmjs.org/",
    ];
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let value = line
            .strip_prefix("source = \"")
            .or_else(|| line.strip_prefix("\"resolved\": \""));
        if let Some(value) = value
            && !allowed.iter().any(|start| value.starts_with(start))
        {
            findings.push(Finding::new(
                path,
                index + 1,
                format!("was locked against `{value}`, not a public registry"),
            ));
        }
    }
    findings
}

fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let outside = |character: Option<char>| !character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        outside(line[..at].chars().next_back()) && outside(line[at + word.len()..].chars().next())
    })
}

fn begins(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        !line[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || "_-./~".contains(c))
    })
}

fn is_lock(source: &Source) -> bool {
    matches!(source.name(), "Cargo.lock" | "package-lock.json")
}

/// Other people's text, kept to the byte.
fn is_foreign(source: &Source) -> bool {
    source.name().starts_with("LICENSE") || source.path.contains("/vendor/") || source.path.contains(".min.")
}

#[test]
fn a_note_to_self_and_a_private_place_are_found() {
    let note = format!("// {}: later\n", NOTES[0]);
    assert_eq!(
        notes_and_places("a.rs", &note),
        [Finding::new(
            "a.rs",
            1,
            format!("says {}; do it, or write an issue", NOTES[0])
        )]
    );
    assert_eq!(
        notes_and_places("a.rs", &format!("see {}plan.md", PLACES[1])).len(),
        1
    );
    assert_eq!(
        notes_and_places("a.rs", &format!("see {}main", PLACES[0])).len(),
        1
    );
    assert_eq!(
        notes_and_places("a.rs", "METODOLOGY, src/shared/x, a network/x, todo"),
        []
    );
}

#[test]
fn nothing_is_left_for_later_and_no_private_place_is_named() {
    let ours = sources()
        .iter()
        .filter(|source| !is_lock(source) && !is_foreign(source));
    assert_tidy(
        ours.flat_map(|source| notes_and_places(&source.path, &source.text))
            .collect(),
    );
}

#[test]
fn a_private_registry_in_a_lock_file_is_found() {
    assert_eq!(
        lock(
            "Cargo.lock",
            "source = \"registry+https://mirror.example/index\"\n"
        )
        .len(),
        1
    );
    assert_eq!(
        lock(
            "package-lock.json",
            "  \"resolved\": \"https://mirror.example/a.tgz\",\n"
        )
        .len(),
        1
    );
    assert_eq!(
        lock(
            "package-lock.json",
            "  \"resolved\": \"https://registry.npmjs.org/a/-/a-1.tgz\",\n"
        ),
        []
    );
}

#[test]
fn lock_files_name_public_registries_only() {
    assert_tidy(
        sources()
            .iter()
            .filter(|source| is_lock(source))
            .flat_map(|source| lock(&source.path, &source.text))
            .collect(),
    );
}
