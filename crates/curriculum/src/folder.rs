//! A course as its author keeps it: a folder of text files, read from a disk or shipped inside the program.
//!
//! Bounded: at most [`FILES_MAX`] files of [`FILE_BYTES_MAX`] bytes; links are refused, never followed.
//! What the files mean is in `course`; whether they are any good is in `lint`.

mod archive;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use db::{Fault, Refusal, Result};
use sha2::{Digest, Sha256};

pub use archive::{packed, unpacked};

/// A course is one or two dozen files, and so is each of at most thirty translations; more means the wrong folder was named.
pub const FILES_MAX: usize = 1_000;
/// Bytes. Pictures are the largest files; video does not belong in a course.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A course folder is two levels deep, four with its translations; more means the wrong folder was named.
const DEPTH_MAX: usize = 4;

/// Files by their path inside the folder, with `/` between names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    pub files: BTreeMap<String, Vec<u8>>,
}

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../catalogue/courses"]
struct Shipped;

/// The courses inside this program, by id, in order of id.
pub fn catalogue() -> Vec<(String, Folder)> {
    let mut courses: BTreeMap<String, Folder> = BTreeMap::new();
    for path in Shipped::iter() {
        let (Some((id, rest)), Some(file)) = (path.split_once('/'), Shipped::get(&path)) else {
            continue;
        };
        if is_hidden(rest) {
            continue;
        }
        courses
            .entry(id.to_owned())
            .or_default()
            .files
            .insert(rest.to_owned(), file.data.into_owned());
    }
    courses.into_iter().collect()
}

/// One shipped course.
pub fn shipped(id: &str) -> Option<Folder> {
    let prefix = format!("{id}/");
    let mut folder = Folder::default();
    for path in Shipped::iter() {
        let Some(rest) = path.strip_prefix(&prefix).filter(|rest| !is_hidden(rest)) else {
            continue;
        };
        if let Some(file) = Shipped::get(&path) {
            folder.files.insert(rest.to_owned(), file.data.into_owned());
        }
    }
    (!folder.files.is_empty()).then_some(folder)
}

/// SHA-256 in hex of the files: for each path in byte order, the path, a zero byte, the length of
/// the body in decimal, a zero byte, the body. Bodies count byte for byte, so that any tool can
/// reckon it again without knowing what is text.
pub fn content_sha256(folder: &Folder) -> String {
    let mut hash = Sha256::new();
    for (path, body) in &folder.files {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(body.len().to_string().as_bytes());
        hash.update([0]);
        hash.update(body);
    }
    hex::encode(hash.finalize())
}

impl Folder {
    /// Reads a folder from the disk. Hidden files (`.DS_Store`, `.git`) are left out.
    ///
    /// # Errors
    /// Refuses links, more than [`FILES_MAX`] files, a file over [`FILE_BYTES_MAX`], a name that is not UTF-8.
    pub fn read(path: &Path) -> Result<Folder> {
        let mut folder = Folder::default();
        let mut waiting = vec![(path.to_path_buf(), String::new(), 0)];
        while let Some((dir, prefix, depth)) = waiting.pop() {
            if depth > DEPTH_MAX {
                return Err(too_deep(&prefix).into());
            }
            for (path, name, kind) in entries(&dir)? {
                let inside = format!("{prefix}{name}");
                if is_hidden(&inside) {
                    continue;
                }
                if kind.is_symlink() {
                    return Err(is_a_link(&inside).into());
                }
                if kind.is_dir() {
                    waiting.push((path, format!("{inside}/"), depth + 1));
                    continue;
                }
                folder.files.insert(inside.clone(), read_file(&path, &inside)?);
                if folder.files.len() > FILES_MAX {
                    return Err(too_many().into());
                }
            }
        }
        Ok(folder)
    }

    /// The file as text, when it is there and is UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files
            .get(path)
            .and_then(|body| std::str::from_utf8(body).ok())
    }

    /// Paths that start and end so, in order.
    pub(crate) fn paths<'a>(&'a self, prefix: &'a str, suffix: &'a str) -> impl Iterator<Item = &'a str> {
        self.files
            .keys()
            .map(String::as_str)
            .filter(move |p| p.starts_with(prefix) && p.ends_with(suffix))
    }
}

fn entries(dir: &Path) -> Result<Vec<(PathBuf, String, fs::FileType)>> {
    let failed = |e| Fault::of("reading a course folder", e);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().into_string().map_err(|_| not_a_name())?;
        found.push((entry.path(), name, entry.file_type().map_err(failed)?));
        if found.len() > FILES_MAX * 2 {
            return Err(too_many().into());
        }
    }
    Ok(found)
}

fn read_file(path: &Path, inside: &str) -> Result<Vec<u8>> {
    let failed = |e| Fault::of("reading a file of a course", e);
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX as u64 {
        return Err(too_big(inside).into());
    }
    Ok(fs::read(path).map_err(failed)?)
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|name| name.starts_with('.'))
}

fn too_many() -> Refusal {
    Refusal::new(
        "course-too-many-files",
        format!("A course holds at most {FILES_MAX} files. Name the folder of one course."),
    )
}

fn too_big(path: &str) -> Refusal {
    Refusal::new(
        "course-file-too-big",
        format!("The file {path} is larger than 2 MB. Make it smaller, or leave it out."),
    )
}

fn too_deep(path: &str) -> Refusal {
    Refusal::new(
        "course-too-deep",
        format!("The folder {path} is too deep for a course. Name the folder of one course."),
    )
}

fn is_a_link(path: &str) -> Refusal {
    Refusal::new(
        "course-link",
        format!("{path} is a link. Put the file itself into the course folder."),
    )
}

fn not_a_name() -> Refusal {
    Refusal::new(
        "course-file-name",
        "A file in the course folder has a name that is not text. Rename it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> Folder {
        Folder {
            files: files
                .iter()
                .map(|(p, b)| ((*p).to_owned(), b.as_bytes().to_vec()))
                .collect(),
        }
    }

    #[test]
    fn the_hash_is_the_documented_one() {
        // printf 'a.md\0002\000hib/c\0000\000' | sha256sum
        assert_eq!(
            content_sha256(&folder(&[("b/c", ""), ("a.md", "hi")])),
            hex::encode(Sha256::digest(b"a.md\x002\x00hib/c\x000\x00"))
        );
    }

    #[test]
    fn moving_bytes_between_a_name_and_a_body_changes_the_hash() {
        assert_ne!(
            content_sha256(&folder(&[("a", "bc")])),
            content_sha256(&folder(&[("ab", "c")]))
        );
        assert_ne!(
            content_sha256(&folder(&[("a", "1"), ("b", "2")])),
            content_sha256(&folder(&[("a", "2"), ("b", "1")]))
        );
    }

    #[test]
    fn a_folder_is_read_without_what_is_hidden() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(dir.path().join("lessons")).expect("writable");
        fs::create_dir_all(dir.path().join(".git")).expect("writable");
        fs::write(dir.path().join("course.toml"), "x").expect("writable");
        fs::write(dir.path().join("lessons/01.md"), "y").expect("writable");
        fs::write(dir.path().join(".git/config"), "z").expect("writable");
        let read = Folder::read(dir.path()).expect("readable");
        assert_eq!(
            read.files.keys().collect::<Vec<_>>(),
            ["course.toml", "lessons/01.md"]
        );
    }

    #[test]
    fn a_file_over_two_megabytes_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("film.svg"), vec![b' '; FILE_BYTES_MAX + 1]).expect("writable");
        let error = Folder::read(dir.path()).expect_err("too big");
        assert!(
            error.to_string().contains("film.svg is larger than 2 MB"),
            "{error}"
        );
    }

    #[test]
    fn more_than_a_thousand_files_are_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for n in 0..=FILES_MAX {
            fs::write(dir.path().join(format!("{n}.md")), "").expect("writable");
        }
        assert!(Folder::read(dir.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_refused_and_never_followed() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("course.toml")).expect("writable");
        let error = Folder::read(dir.path()).expect_err("a link");
        assert!(error.to_string().contains("is a link"), "{error}");
    }

    #[test]
    fn a_shipped_course_is_found_by_its_id() {
        for (id, files) in catalogue() {
            assert_eq!(shipped(&id), Some(files));
        }
        assert_eq!(shipped("B99"), None);
        assert_eq!(shipped(""), None);
    }
}
