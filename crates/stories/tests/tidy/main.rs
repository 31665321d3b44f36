//! The house rules, held as tests: what a reviewer would otherwise have to remember.
//!
//! A rule is a pure function from text to findings. Each has one test with a sample that must be found, so
//! that the rule is known to be able to fail, and one that runs it over the repository.
//!
//! Reading order: `repository` (what is looked at), `tokens` (Rust source without its tests), then the
//! rules: `files`, `words`, `crates`, `dependencies`, `tables`, `documents`, and `statements`, which
//! prepares every SQL literal on both engines.
//!
//! Not here: what rustfmt and clippy already hold (`rustfmt.toml`, `clippy.toml`, the lints in `Cargo.toml`).

mod crates;
mod dependencies;
mod documents;
mod files;
mod repository;
mod statements;
mod tables;
mod tokens;
mod words;

/// One departure from a rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the repository's root, with forward slashes.
    pub path: String,
    /// Counted from 1; 0 when the finding is about the whole file.
    pub line: usize,
    /// What is wrong and what would be right, in one sentence.
    pub message: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

/// Fails with every finding at once, each as `path:line: message`, so that one run shows all.
#[track_caller]
pub fn assert_tidy(mut findings: Vec<Finding>) {
    findings.sort();
    findings.dedup();
    let lines: Vec<String> = findings
        .iter()
        .map(|found| format!("{}:{}: {}", found.path, found.line, found.message))
        .collect();
    assert!(
        lines.is_empty(),
        "{} not tidy:\n{}\n",
        lines.len(),
        lines.join("\n")
    );
}
