//! Judges a course before anyone is asked to take it: structure, answers, refresh, words, facts, safety and translations.
//!
//! Pure: a folder and a day in, faults out, in the order of the files. An error stops publication,
//! a warning does not. Every rule has a code, a sentence and a way to mend it, and a test that breaks it.

mod answers;
mod facts;
mod refresh;
mod safety;
mod structure;
mod translation;
mod words;

use db::Day;

use crate::{
    course::{self, AsRead, COURSE_FILE, Course},
    fault::Fault,
    folder::Folder,
};

/// Faults reported of one course. Who has more mends these first.
const FAULTS_MAX: usize = 1_000;

/// Everything wrong with the course on that day, by file and line.
pub fn lint(folder: &Folder, today: Day) -> Vec<Fault> {
    let as_read = course::read(folder);
    if !folder.files.contains_key(COURSE_FILE) {
        return as_read.faults;
    }
    let mut look = Look {
        as_read: &as_read,
        folder,
        today,
        faults: as_read.faults.clone(),
    };
    structure::check(&mut look);
    answers::check(&mut look);
    refresh::check(&mut look);
    facts::check(&mut look);
    words::check(&mut look);
    safety::check(&mut look);
    translation::check(&mut look);
    let mut faults = look.faults;
    faults.sort();
    faults.dedup();
    faults.truncate(FAULTS_MAX);
    faults
}

/// What a rule looks at and where it puts what it finds.
struct Look<'a> {
    as_read: &'a AsRead,
    folder: &'a Folder,
    today: Day,
    faults: Vec<Fault>,
}

impl<'a> Look<'a> {
    fn course(&self) -> &'a Course {
        &self.as_read.course
    }

    /// Line in `course.toml` of a key.
    fn line(&self, key: &str) -> usize {
        self.as_read.at.get(key).copied().unwrap_or(1)
    }

    fn error(
        &mut self,
        at: (&str, usize),
        code: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.faults.push(Fault::error(at, code, message).fix(fix));
    }

    fn warning(
        &mut self,
        at: (&str, usize),
        code: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.faults.push(Fault::warning(at, code, message).fix(fix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{folder::catalogue, sample};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_sample_course_is_clean() {
        assert_eq!(lint(&sample::folder(), sample::today()), []);
    }

    #[test]
    fn every_shipped_course_can_be_published_under_its_own_name() {
        for (id, folder) in catalogue() {
            let course = Course::parse(&folder).expect("a shipped course reads");
            assert_eq!(course.id, id);
            let faults = lint(&folder, course.reviewed_on);
            let listed: Vec<String> = faults.iter().map(Fault::to_string).collect();
            assert!(faults.is_empty(), "{id} is not clean:\n{}", listed.join("\n"));
        }
    }

    #[test]
    fn every_fault_says_how_to_mend_it_in_sentences() {
        let broken = sample::changed("course.toml", "draw = 1", "draw = 40\nfoo = 1");
        for fault in lint(&broken, sample::today() + 900) {
            assert!(fault.message.ends_with('.') && !fault.fix.is_empty(), "{fault}");
        }
    }

    #[test]
    fn faults_come_in_the_order_of_files_and_lines() {
        let faults = lint(
            &sample::changed("course.toml", "draw = 1", "draw = 9"),
            sample::today(),
        );
        assert!(faults.len() > 1 && faults.is_sorted(), "{faults:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn no_bytes_make_it_panic(
            toml in "\\PC{0,200}|(\\[\\[[a-z]{1,9}\\]\\]\n|[a-z_]{1,9} = ([0-9\"\\[\\]{}a-z,. ]){0,20}\n){0,20}",
            lesson in proptest::collection::vec(any::<u8>(), 0..300),
            question in "(\\[\\[question(.option|.line)?\\]\\]\n|(id|kind|stem|text|code|number) = \"[a-z#>*`|\\-]{0,9}\"\n){0,20}",
        ) {
            let folder = Folder { files: BTreeMap::from([
                ("course.toml".to_owned(), toml.into_bytes()),
                ("lessons/01-a.md".to_owned(), lesson),
                ("questions/judge.toml".to_owned(), question.into_bytes()),
            ]) };
            lint(&folder, Day(20_000));
        }

        #[test]
        fn no_cut_or_overwritten_sample_makes_it_panic(cut in 0usize..1500, byte in any::<u8>()) {
            for path in ["course.toml", "questions/judge.toml", "lessons/01-first.md"] {
                let mut folder = sample::folder();
                if let Some(body) = folder.files.get_mut(path) {
                    let at = cut % body.len();
                    body[at] = byte;
                }
                lint(&folder, Day(20_000));
                if let Some(body) = folder.files.get_mut(path) {
                    body.truncate(cut % body.len());
                }
                lint(&folder, Day(20_000));
            }
        }
    }
}
