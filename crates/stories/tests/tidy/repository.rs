//! The repository as the rules see it: every file that is ours, read once.
//!
//! Left out is what a build or an installation makes. The walk does not ask git, so that the rules also
//! hold for a file that is not added yet, and in an unpacked archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Folders that tools make, never people.
const MADE: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "muster-data",
    "shots",
    "fuzz/corpus",
    "fuzz/artifacts",
];

/// One file of ours.
#[derive(Debug)]
pub struct Source {
    /// From the root, with forward slashes: `crates/db/src/lib.rs`.
    pub path: String,
    pub bytes: u64,
    /// Empty when the file is not UTF-8 text.
    pub text: String,
}

impl Source {
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    /// The crate whose shipped source this is: `crates/<name>/src/**.rs`, without files of tests alone.
    pub fn shipped_by(&self) -> Option<&str> {
        let (name, inside) = self.path.strip_prefix("crates/")?.split_once("/src/")?;
        let tests = inside.ends_with("tests.rs") || inside.contains("tests/");
        (self.is_rust() && !tests).then_some(name)
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of ours, ordered by path.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut found = Vec::new();
        walk(&root(), "", &mut found);
        found.sort_by(|a: &Source, b: &Source| a.path.cmp(&b.path));
        found
    })
}

/// The file at exactly this path.
pub fn source(path: &str) -> Option<&'static Source> {
    sources().iter().find(|source| source.path == path)
}

fn walk(folder: &Path, inside: &str, found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("a folder of the repository can be read");
    for entry in entries {
        let entry = entry.expect("a folder of the repository can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if inside.is_empty() {
            name.clone()
        } else {
            format!("{inside}/{name}")
        };
        // Other people save files while we look: one that has gone since is no finding.
        let Ok(about) = fs::symlink_metadata(entry.path()) else {
            continue;
        };
        if MADE.contains(&name.as_str()) || MADE.contains(&path.as_str()) || name.ends_with(".snap.new") {
            continue;
        }
        if about.is_dir() {
            walk(&entry.path(), &path, found);
        } else if about.is_file()
            && let Ok(bytes) = fs::read(entry.path())
        {
            found.push(Source {
                path,
                bytes: about.len(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            });
        }
    }
}

#[test]
fn the_repository_is_found_with_its_own_rules_in_it() {
    let here = source("crates/stories/tests/tidy/repository.rs").expect("this file is in the repository");
    assert!(here.is_rust() && here.shipped_by().is_none() && here.name() == "repository.rs");
    assert!(sources().iter().all(|source| !source.path.starts_with("target/")));
}

#[test]
fn a_file_of_tests_alone_is_not_shipped() {
    let source = |path: &str| Source {
        path: path.to_owned(),
        bytes: 0,
        text: String::new(),
    };
    assert_eq!(source("crates/db/src/tx.rs").shipped_by(), Some("db"));
    assert_eq!(source("crates/db/src/tx/tests.rs").shipped_by(), None);
    assert_eq!(source("crates/db/tests/tx.rs").shipped_by(), None);
    assert_eq!(source("crates/web/src/assets/look.css").shipped_by(), None);
}
