//! A course's folder as one file: a ZIP, given out and taken in again.
//!
//! What is taken in is read as from a stranger: by the sizes its files turn out to have, whatever they declare, at most
//! [`FOLDER_BYTES_MAX`] in all. A ZIP may hold the files or one folder with them; what is hidden is left out.
//! Not here: whether a course has a place for each file (`course/place`), what becomes of them (`draft`).

use std::io::{Cursor, Read, Write};

use db::{Fault, Refusal, Result};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{FILE_BYTES_MAX, FILES_MAX, Folder, is_a_link, is_hidden, too_big, too_many};
use crate::course::COURSE_FILE;

/// Bytes of a ZIP, and of everything in it. The largest course we ship has a hundredth; a film does not belong in one.
pub const FOLDER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Folders are entries too, and so is what a Mac hides beside each file.
const ENTRIES_MAX: usize = 3 * FILES_MAX;
/// The two records that end a ZIP of more than four gigabytes, one 20 bytes after the other (APPNOTE 6.3.10, 4.3.15 and
/// 4.3.16). Only in such a one can a few bytes declare millions of files, for which room would be made before any is read.
const LARGE: (&[u8], usize, &[u8]) = (b"PK\x06\x07", 20, b"PK\x05\x06");

/// The files in a folder of that name, as `muster course lint` and `muster course publish` take them once unpacked.
pub fn packed(name: &str, folder: &Folder) -> Result<Vec<u8>> {
    let failed = |e| Fault::of("packing a course", e);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, body) in &folder.files {
        archive
            .start_file(format!("{name}/{path}"), SimpleFileOptions::default())
            .map_err(failed)?;
        archive
            .write_all(body)
            .map_err(|e| Fault::of("packing a course", e))?;
    }
    Ok(archive.finish().map_err(failed)?.into_inner())
}

/// The files of a ZIP.
///
/// # Errors
/// Refuses what is no ZIP, is locked or damaged, holds links, names a file twice, has no `course.toml`, or is too large.
pub fn unpacked(bytes: &[u8]) -> std::result::Result<Folder, Refusal> {
    let is_large = |at: &[u8]| at.starts_with(LARGE.0) && at[LARGE.1..].starts_with(LARGE.2);
    if bytes.len() > FOLDER_BYTES_MAX || bytes.windows(LARGE.1 + LARGE.2.len()).any(is_large) {
        return Err(too_large());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| not_a_zip())?;
    if archive.has_duplicate_names() {
        return Err(twice());
    }
    if archive.len() > ENTRIES_MAX {
        return Err(too_many());
    }
    let mut folder = Folder::default();
    let mut left = FOLDER_BYTES_MAX;
    for n in 0..archive.len() {
        let file = archive.by_index(n).map_err(|_| damaged())?;
        let path = file.name().map_err(|_| damaged())?.replace('\\', "/");
        if file.is_dir() || is_hidden(&path) {
            continue;
        }
        if file.is_symlink() {
            return Err(is_a_link(&shown(&path)));
        }
        let body = read(file, &path)?;
        left = left.checked_sub(body.len()).ok_or_else(too_large)?;
        if folder.files.insert(path, body).is_some() {
            return Err(twice());
        }
        if folder.files.len() > FILES_MAX {
            return Err(too_many());
        }
    }
    inside(folder)
}

/// Reads no further than a file may go, whatever it declares.
fn read(file: impl Read, path: &str) -> std::result::Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|_| damaged())?;
    if body.len() > FILE_BYTES_MAX {
        return Err(too_big(&shown(path)));
    }
    Ok(body)
}

/// Without the one folder that everything may stand in.
fn inside(folder: Folder) -> std::result::Result<Folder, Refusal> {
    if folder.files.contains_key(COURSE_FILE) {
        return Ok(folder);
    }
    let outer = folder.files.keys().find_map(|path| {
        let outer = path.strip_suffix(COURSE_FILE)?;
        (outer.matches('/').count() == 1 && outer.ends_with('/')).then(|| outer.to_owned())
    });
    let outer = outer.ok_or_else(no_course)?;
    let stripped = folder.files.into_iter().map(|(path, body)| {
        let inner = path.strip_prefix(&outer).map(str::to_owned);
        inner
            .map(|inner| (inner, body))
            .ok_or_else(|| beside(&shown(&path)))
    });
    Ok(Folder {
        files: stripped.collect::<std::result::Result<_, _>>()?,
    })
}

/// A name in a stranger's ZIP may be of any length.
fn shown(path: &str) -> String {
    path.chars().take(100).collect()
}

fn refused(code: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal::new(code, sentence.into()).field("file")
}

fn not_a_zip() -> Refusal {
    refused(
        "course-zip",
        "This is no ZIP that can be read. Pack the course’s folder as a ZIP and choose that.",
    )
}

fn damaged() -> Refusal {
    refused(
        "course-zip-damaged",
        "A file in the ZIP cannot be read: it is damaged, locked by a password or packed in a rare way. Pack the folder anew as a plain ZIP.",
    )
}

fn too_large() -> Refusal {
    refused(
        "course-zip-too-large",
        "The ZIP is larger than a course can be: at most 32 MB, packed and unpacked. Make its pictures smaller.",
    )
}

fn twice() -> Refusal {
    refused(
        "course-zip-twice",
        "The ZIP holds two files of one name. Pack the folder anew.",
    )
}

fn no_course() -> Refusal {
    refused(
        "course-zip-empty",
        "There is no course.toml in the ZIP. Pack the folder of one course.",
    )
}

fn beside(path: &str) -> Refusal {
    refused(
        "course-zip-beside",
        format!("{path} stands beside the course’s folder. Pack the folder of one course and nothing else."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, body) in files {
            archive
                .start_file(*path, SimpleFileOptions::default())
                .expect("begun");
            archive.write_all(body).expect("written");
        }
        archive.finish().expect("finished").into_inner()
    }

    fn code(bytes: &[u8]) -> &'static str {
        unpacked(bytes).expect_err("refused").code
    }

    #[test]
    fn the_folder_comes_back_byte_for_byte() {
        let folder = sample::folder();
        assert_eq!(unpacked(&packed("T01", &folder).expect("packed")), Ok(folder));
    }

    #[test]
    fn a_folder_of_any_name_or_none_and_what_a_mac_hides_beside_it_will_do() {
        for outer in ["", "Our course/", "Our course\\"] {
            let path = |name: &str| format!("{outer}{name}");
            let (course, lesson) = (path("course.toml"), path("lessons/01-a.md"));
            let hidden = format!("__MACOSX/{}", path("._course.toml"));
            let made = zip(&[
                (&course, b"x"),
                (&lesson, b"y"),
                (&path(".DS_Store"), b"z"),
                (&hidden, b"z"),
            ]);
            let files = unpacked(&made).expect("a course").files;
            assert_eq!(
                files.keys().collect::<Vec<_>>(),
                ["course.toml", "lessons/01-a.md"]
            );
        }
    }

    #[test]
    fn what_is_no_course_in_a_zip_is_refused() {
        assert_eq!(code(b"PK but no more"), "course-zip");
        assert_eq!(code(&zip(&[])), "course-zip-empty");
        assert_eq!(code(&zip(&[("a/b/course.toml", b"")])), "course-zip-empty");
        let beside = zip(&[("a/course.toml", b""), ("b/course.toml", b"")]);
        assert_eq!(code(&beside), "course-zip-beside");
        let mut linked = ZipWriter::new(Cursor::new(Vec::new()));
        linked
            .add_symlink("course.toml", "/etc/passwd", SimpleFileOptions::default())
            .expect("added");
        assert_eq!(code(&linked.finish().expect("done").into_inner()), "course-link");
        let mut cut = zip(&[("course.toml", &[b'x'; 5_000])]);
        let at = cut
            .windows(11)
            .position(|at| at == b"course.toml")
            .expect("named")
            + 11;
        cut[at] ^= 0xff;
        assert_eq!(code(&cut), "course-zip-damaged");
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let film = vec![0; FILE_BYTES_MAX + 1];
        assert_eq!(code(&zip(&[("course.toml", &film)])), "course-file-too-big");
        let most = &film[..FILE_BYTES_MAX];
        let names: Vec<String> = (0..20).map(|n| format!("assets/{n}.svg")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), most)).collect();
        let bomb = zip(&many);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(code(&bomb), "course-zip-too-large");
        let names: Vec<String> = (0..=FILES_MAX).map(|n| format!("lessons/{n}.md")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(code(&zip(&many)), "course-too-many-files");
        assert_eq!(code(&vec![0; FOLDER_BYTES_MAX + 1]), "course-zip-too-large");
    }

    #[test]
    fn a_file_is_read_no_further_than_one_may_go() {
        let refused = read(std::io::repeat(0), "course.toml").expect_err("it never ends");
        assert_eq!(refused.code, "course-file-too-big");
    }

    #[test]
    fn a_zip_that_declares_millions_of_files_is_refused_before_room_is_made_for_them() {
        let mut zip64 = b"PK\x06\x06".to_vec();
        zip64.extend(44_u64.to_le_bytes());
        zip64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        zip64.extend(u64::from(u32::MAX).to_le_bytes());
        zip64.extend(u64::from(u32::MAX).to_le_bytes());
        zip64.extend([0; 16]);
        zip64.extend(b"PK\x06\x07");
        zip64.extend([0; 16]);
        zip64.extend(b"PK\x05\x06");
        zip64.extend([0xff; 16]);
        zip64.extend([0, 0]);
        assert_eq!(code(&zip64), "course-zip-too-large");
    }
}
