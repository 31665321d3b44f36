//! Which files a course has a place for, and in which folder.

use super::{ASSETS, COURSE_FILE, LESSONS, QUESTIONS, TEST_OUT};
use crate::{fault::Fault, translation};

/// Whether the format has a place for the file.
pub(crate) fn belongs(path: &str) -> bool {
    if let Some((_, inside)) = path
        .strip_prefix(translation::FOLDER)
        .and_then(|rest| rest.split_once('/'))
    {
        let is_own = [COURSE_FILE, LESSONS, QUESTIONS, TEST_OUT]
            .iter()
            .any(|own| inside.starts_with(own));
        return is_own && belongs(inside);
    }
    let inside = |folder: &str, endings: &[&str]| {
        let name = path.strip_prefix(folder).unwrap_or_default();
        !name.contains('/')
            && endings
                .iter()
                .any(|ending| name.len() > ending.len() && name.ends_with(ending))
    };
    path == COURSE_FILE
        || path == "README.md"
        || inside(LESSONS, &[".md"])
        || inside(QUESTIONS, &[".toml"])
        || inside(TEST_OUT, &[".toml"])
        || inside(ASSETS, &[".svg", ".png"])
}

pub(super) fn astray(path: &str) -> Fault {
    Fault::error((path, 0), "file-astray", "A course has no place for this file.").fix(
        "Put lessons in lessons/*.md, questions in questions/<objective>.toml or test_out/<objective>.toml, pictures (SVG, PNG) in assets/ and other languages in translations/<language>/, or take it out.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_has_texts_and_nothing_else() {
        for path in [
            "course.toml",
            "lessons/01-a.md",
            "questions/a.toml",
            "test_out/a.toml",
        ] {
            assert!(
                belongs(path) && belongs(&format!("translations/de/{path}")),
                "{path}"
            );
        }
        for path in [
            "README.md",
            "assets/a.svg",
            "translations/fr/course.toml",
            "course.toml.bak",
            "lessons/a/b.md",
            "",
        ] {
            assert!(!belongs(&format!("translations/de/{path}")), "{path}");
        }
        assert!(!belongs("translations/course.toml") && belongs("assets/a.svg"));
    }
}
