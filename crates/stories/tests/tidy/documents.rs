//! Documents that speak of the code: what they name exists, and what must be named is.
//!
//! A document rots where it names a thing that has moved. What is in backticks and looks like a path or a
//! file is looked up; prose is not.

use std::collections::BTreeSet;

use crate::repository::{source, sources};
use crate::tokens::{Token, shipped, string};
use crate::{Finding, assert_tidy};

/// The documents whose backticks are held to the tree.
const HELD: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/ledger-format.md",
    "docs/pack-format.md",
    "docs/benchmarks.md",
];

const ENTRY: &str = "crates/ledger/src/entry.rs";
const LEDGER_FORMAT: &str = "docs/ledger-format.md";

/// Every path that exists: files, and the folders that hold them.
fn tree() -> BTreeSet<String> {
    let mut tree = BTreeSet::new();
    for source in sources() {
        let mut path = source.path.as_str();
        tree.insert(path.to_owned());
        while let Some((folder, _)) = path.rsplit_once('/') {
            tree.insert(folder.to_owned());
            path = folder;
        }
    }
    tree
}

fn names(path: &str, text: &str, tree: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let named: Vec<String> = if fenced {
            branch(line).into_iter().collect()
        } else {
            backticked(line)
        };
        for name in named {
            if looks_like_a_place(&name, tree) && !exists(&name, tree) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("names `{name}`, which does not exist"),
                ));
            }
        }
    }
    findings
}

fn backticked(line: &str) -> Vec<String> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect()
}

/// The folder on a branch of a drawn tree: `├─ seal/   bytes …`.
fn branch(line: &str) -> Option<String> {
    let (drawn, rest) = line.split_once("─ ")?;
    let name = rest.split_whitespace().next()?;
    let tree_mark = drawn.contains('├') || drawn.contains('└');
    (tree_mark && name.ends_with('/')).then(|| name.trim_end_matches('/').to_owned())
}

/// A path below a folder or crate of ours, or a file by its ending. Patterns (`NNNN`, `<noun>`, `…`, `*`)
/// and commands are not places.
fn looks_like_a_place(name: &str, tree: &BTreeSet<String>) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if name.is_empty()
        || !name.chars().all(plain)
        || name.contains("NNNN")
        || name.starts_with(['/', '-'])
        || name.contains("//")
    {
        return false;
    }
    let ending = name
        .rsplit_once('.')
        .filter(|(stem, _)| !stem.is_empty())
        .map(|(_, ending)| ending);
    if ending.is_some_and(|ending| matches!(ending, "md" | "rs" | "sql" | "toml" | "sh" | "mjs")) {
        return true;
    }
    let Some((first, _)) = name.split_once('/') else {
        return false;
    };
    tree.contains(first) || tree.contains(&format!("crates/{first}"))
}

/// A path from the root, a path inside a crate (`roster/sync` is `crates/roster/src/sync.rs`), or the end
/// of a path (`entry.rs`).
fn exists(name: &str, tree: &BTreeSet<String>) -> bool {
    let name = name.trim_start_matches("./");
    if tree.contains(name) || tree.contains(&format!("crates/{name}")) {
        return true;
    }
    if let Some((first, rest)) = name.split_once('/') {
        let inside = format!("crates/{first}/src/{rest}");
        if tree.contains(&inside) || tree.contains(&format!("{inside}.rs")) {
            return true;
        }
    }
    let tail = format!("/{name}");
    tree.iter().any(|path| path.ends_with(&tail))
}

/// The kebab texts of `Act`, where a variant stands before its text: `PersonJoined "person-joined"`, with
/// or without `=>` between.
fn acts(tokens: &[Token]) -> Vec<(String, usize)> {
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(text) = string(token) else { continue };
        let kebab = !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let before = tokens[..at]
            .iter()
            .rev()
            .find(|token| !matches!(token.text.as_str(), "=" | ">"));
        let variant = before.is_some_and(|before| {
            before.text.starts_with(char::is_uppercase) && before.text.contains(char::is_lowercase)
        });
        if kebab && variant {
            found.insert((text, token.line));
        }
    }
    found.into_iter().collect()
}

fn described(entry: &str, format: &str) -> Vec<Finding> {
    let acts = match shipped(entry) {
        Ok(tokens) => acts(&tokens),
        Err(trouble) => return vec![Finding::new(ENTRY, 0, trouble)],
    };
    if acts.is_empty() {
        return vec![Finding::new(
            ENTRY,
            0,
            "has no text for any Act that tidy/documents.rs can read",
        )];
    }
    let missing = |(text, _): &(String, usize)| !format.contains(&format!("`{text}`"));
    acts.into_iter()
        .filter(missing)
        .map(|(text, line)| {
            Finding::new(
                ENTRY,
                line,
                format!("records `{text}`, which {LEDGER_FORMAT} does not describe"),
            )
        })
        .collect()
}

fn changelog(text: &str) -> Vec<Finding> {
    if text.lines().any(|line| line.trim_end() == "## Unreleased") {
        return Vec::new();
    }
    vec![Finding::new("CHANGELOG.md", 0, "has no section `## Unreleased`")]
}

#[test]
fn a_place_that_does_not_exist_is_found() {
    let tree: BTreeSet<String> = [
        "crates",
        "crates/db",
        "crates/db/src",
        "crates/db/src/tx.rs",
        "docs",
        "docs/words.md",
    ]
    .map(str::to_owned)
    .into();
    let check = |text: &str| names("ARCHITECTURE.md", text, &tree).len();
    assert_eq!(check("see `crates/billing`, `db/lane` and `words.sql`"), 3);
    assert_eq!(
        check(
            "see `crates/db`, `db/tx`, `tx.rs`, `docs/`, `db.write(…)`, `and/or`, `docs/NNNN-*.md`, `GET /people`"
        ),
        0
    );
    assert_eq!(
        check("```\n├─ db/   one handle\n└─ billing/x/\n```\n"),
        0,
        "a tree names folders by their last word only"
    );
    assert_eq!(check("```\n└─ db/lane/   gone\n```\n"), 1);
}

#[test]
fn what_the_documents_name_exists() {
    let tree = tree();
    let held = HELD.iter().filter_map(|path| source(path));
    assert_tidy(
        held.flat_map(|source| names(&source.path, &source.text, &tree))
            .collect(),
    );
}

#[test]
fn an_act_that_is_not_described_is_found() {
    let entry = "impl Act { fn text(self) -> &'static str { match self { Self::PersonJoined => \"person-joined\", Self::CourseEnded => \"course-ended\" } } }";
    assert_eq!(described(entry, "`person-joined`: somebody came").len(), 1);
    assert_eq!(
        described("fn f() {}", "").len(),
        1,
        "a rule that sees nothing says so"
    );
}

#[test]
fn the_ledger_format_describes_every_act() {
    if let (Some(entry), Some(format)) = (source(ENTRY), source(LEDGER_FORMAT)) {
        assert_tidy(described(&entry.text, &format.text));
    }
}

#[test]
fn a_changelog_without_room_for_the_next_change_is_found() {
    assert_eq!(changelog("# Changelog\n\n## 1.0.0\n").len(), 1);
}

#[test]
fn the_changelog_has_room_for_the_next_change() {
    assert_tidy(changelog(
        source("CHANGELOG.md").map_or("", |changelog| &changelog.text),
    ));
}
