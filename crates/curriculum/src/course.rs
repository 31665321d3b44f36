//! A course: what it is for, what it teaches and how it is assessed, read from its folder.
//!
//! `course.toml` holds the facts, `lessons/*.md` the text, `questions/<objective>.toml` the pool,
//! `test_out/<objective>.toml` the pool of its own for whoever knows it already, `assets/*` the pictures,
//! `translations/<language>/` the same texts in other languages. Reading finds slips of form; whether the course is any good
//! is in `lint`, and what has been published is in `edition`.

mod place;

use std::collections::BTreeMap;

use db::Day;

pub(crate) use place::belongs;

use crate::{
    fault::Fault,
    folder::Folder,
    lesson::{self, Lesson},
    question::{self, Pool, Question},
    reading::{Page, Reading},
    taxonomy::{Layer, Leg, Method},
    translation::{self, Translated, Written},
};

/// One course, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// "B02": one to three capitals, then one or two digits.
    pub id: String,
    pub title: String,
    /// One sentence for the list of courses.
    pub summary: String,
    pub leg: Leg,
    pub layer: Layer,
    pub method: Method,
    /// What a learner is told it takes.
    pub minutes: u32,
    /// BCP 47: "en".
    pub language: String,
    /// The language of the title and the summary: `language`, but in a translation that lacks them.
    pub spoken: String,
    /// Words of [`crate::TOPICS`].
    pub topics: Vec<String>,
    /// The risks it treats, in words.
    pub risks: Vec<String>,
    /// "A05:2025".
    pub owasp: Vec<String>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// ASVS 5.0.0 ids: "1.2.4".
    pub asvs: Vec<String>,
    /// Who keeps it true.
    pub owner: String,
    pub reviewed_on: Day,
    /// The last day on which the review is good.
    pub review_due_on: Day,
    /// Percent of marks.
    pub pass_mark: u32,
    pub licence: String,
    pub form: Form,
    /// Whether one can show by an assessment that one knows it already, and at which mark.
    pub test_out: Option<TestOut>,
    /// A few questions come again some time after completing.
    pub spaced_checks: bool,
    /// What is new, for those who have done an earlier edition. As written.
    pub changes: Vec<Change>,
    pub objectives: Vec<Objective>,
    pub attestation: Statement,
    pub sources: Vec<Source>,
    /// In reading order.
    pub lessons: Vec<Lesson>,
    /// By objective, then as written.
    pub questions: Vec<Question>,
    /// By BCP 47 tag: the whole course in its other languages.
    pub translations: BTreeMap<String, Translated>,
}

/// How one attempt is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Drawn for one attempt.
    pub questions: u32,
    /// Before the pause.
    pub attempts: u32,
    pub pause_hours: u32,
}

/// How somebody shows that they know it already: each objective is asked as often as in the course, from a pool of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestOut {
    /// Percent of marks.
    pub pass_mark: u32,
}

/// Something that is new in the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The day on which it was written: whoever has completed an edition from before is told of it.
    pub on: Day,
    /// A sentence to the learner.
    pub text: String,
    /// Names of the lessons in which it stands.
    pub lessons: Vec<String>,
    /// The language of its text.
    pub spoken: String,
}

/// What the learner can do afterwards, and how many questions test it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    pub id: String,
    pub text: String,
    pub draw: u32,
    /// The language of its text.
    pub spoken: String,
}

/// What the learner signs at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub version: u32,
    pub statement: String,
    /// The language of its text.
    pub spoken: String,
}

/// Where a fact of the course comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub title: String,
    pub url: String,
    pub read_on: Day,
}

/// A course as far as it could be read, where its parts are written, and what was wrong in form.
pub(crate) struct AsRead {
    pub course: Course,
    /// Line in `course.toml` of a key: "minutes", "objective.judge", "source.0".
    pub at: BTreeMap<String, usize>,
    /// Where its title, objectives and statement are written.
    pub file: String,
    /// The translations before they were fitted to it.
    pub written: Vec<Written>,
    pub faults: Vec<Fault>,
}

pub(crate) const COURSE_FILE: &str = "course.toml";
pub(crate) const LESSONS: &str = "lessons/";
pub(crate) const QUESTIONS: &str = "questions/";
pub(crate) const TEST_OUT: &str = "test_out/";
pub(crate) const ASSETS: &str = "assets/";

/// Keys of `course.toml` whose lines `lint` asks for.
const PLACED: &[&str] = &[
    "id",
    "title",
    "summary",
    "minutes",
    "language",
    "topics",
    "owasp",
    "cwe",
    "asvs",
    "reviewed_on",
    "review_due_on",
    "pass_mark",
    "form",
    "test_out",
    "attestation",
];

impl Course {
    /// Reads a course.
    ///
    /// # Errors
    /// The slips of form that leave a part of the course unknown.
    pub fn parse(folder: &Folder) -> Result<Course, Vec<Fault>> {
        let as_read = read(folder);
        let errors: Vec<Fault> = as_read.faults.into_iter().filter(Fault::is_error).collect();
        if errors.is_empty() {
            Ok(as_read.course)
        } else {
            Err(errors)
        }
    }

    pub fn objective(&self, id: &str) -> Option<&Objective> {
        self.objectives.iter().find(|objective| objective.id == id)
    }

    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    pub fn lesson(&self, name: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.name == name)
    }

    /// The pool of one objective, as written.
    pub fn pool<'a>(&'a self, objective: &'a str) -> impl Iterator<Item = &'a Question> {
        self.pool_of(Pool::Course, objective)
    }

    /// The same of another pool.
    pub fn pool_of<'a>(&'a self, pool: Pool, objective: &'a str) -> impl Iterator<Item = &'a Question> {
        self.questions
            .iter()
            .filter(move |question| question.pool == pool && question.objective == objective)
    }

    /// How many questions a pool has.
    pub fn pool_size(&self, pool: Pool) -> usize {
        self.questions
            .iter()
            .filter(|question| question.pool == pool)
            .count()
    }

    /// What is new for somebody whose edition was published on this day, the newest first.
    pub fn changes_since(&self, day: Day) -> Vec<&Change> {
        let mut changes: Vec<&Change> = self.changes.iter().filter(|change| change.on > day).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.on));
        changes
    }
}

/// "B02", "AI1".
pub fn is_course_id(id: &str) -> bool {
    let letters = id.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = id.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&letters) && (1..=2).contains(&digits) && letters + digits == id.len()
}

/// Lower-case letters, digits and single dashes.
pub(crate) fn is_kebab(id: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 80 && id.split('-').all(part)
}

pub(crate) fn read(folder: &Folder) -> AsRead {
    let mut faults = Vec::new();
    let text = folder.text(COURSE_FILE).unwrap_or_default();
    if text.is_empty() {
        faults.push(
            Fault::error(
                (COURSE_FILE, 0),
                "course-file-missing",
                "There is no course.toml in this folder.",
            )
            .fix("Name the folder of one course, or write its course.toml."),
        );
        return AsRead {
            course: blank(),
            at: BTreeMap::new(),
            file: COURSE_FILE.to_owned(),
            written: Vec::new(),
            faults,
        };
    }
    let page = Page::new(COURSE_FILE, text);
    let table = page.parse(text);
    let root = page.root(&table);
    let (mut course, at) = read_facts(&root);
    root.finish();
    drop(root);
    faults.extend(page.into_faults());
    for path in folder.paths(LESSONS, ".md") {
        match folder.text(path) {
            Some(body) => course.lessons.push(lesson::read(path, body)),
            None => faults.push(not_text(path)),
        }
    }
    for (prefix, pool) in [(QUESTIONS, Pool::Course), (TEST_OUT, Pool::TestOut)] {
        for path in folder.paths(prefix, ".toml") {
            let Some(text) = folder.text(path) else {
                faults.push(not_text(path));
                continue;
            };
            let page = Page::new(path, text);
            let objective = path.trim_start_matches(prefix).trim_end_matches(".toml");
            course
                .questions
                .extend(question::read(&page, text, (pool, objective)));
            faults.extend(page.into_faults());
        }
    }
    faults.extend(
        folder
            .files
            .keys()
            .filter(|path| !belongs(path))
            .map(|path| place::astray(path)),
    );
    speak(&mut course);
    let (written, found) = translation::read(folder, &course);
    faults.extend(found);
    let translated = written
        .iter()
        .map(|one| (one.tag.clone(), translation::apply(&course, one)));
    course.translations = translated.collect();
    AsRead {
        course,
        at,
        file: COURSE_FILE.to_owned(),
        written,
        faults,
    }
}

/// Every part of an original is in the language of the course.
fn speak(course: &mut Course) {
    let language = course.language.clone();
    let objectives = course
        .objectives
        .iter_mut()
        .map(|objective| &mut objective.spoken);
    let changes = course.changes.iter_mut().map(|change| &mut change.spoken);
    let lessons = course.lessons.iter_mut().map(|lesson| &mut lesson.spoken);
    let questions = course.questions.iter_mut().map(|question| &mut question.spoken);
    let own = [&mut course.spoken, &mut course.attestation.spoken].into_iter();
    for spoken in own
        .chain(objectives)
        .chain(changes)
        .chain(lessons)
        .chain(questions)
    {
        spoken.clone_from(&language);
    }
}

fn read_facts(root: &Reading<'_, '_>) -> (Course, BTreeMap<String, usize>) {
    let mut at: BTreeMap<String, usize> = PLACED
        .iter()
        .map(|key| ((*key).to_owned(), root.line_of(key)))
        .collect();
    let mut objectives = Vec::new();
    for reading in root.tables("objective") {
        let objective = Objective {
            id: reading.text("id"),
            text: reading.text("text"),
            draw: reading.number("draw", 1..=50),
            spoken: String::new(),
        };
        reading.finish();
        at.insert(format!("objective.{}", objective.id), reading.line);
        objectives.push(objective);
    }
    let mut sources = Vec::new();
    for (n, reading) in root.tables("source").iter().enumerate() {
        sources.push(Source {
            title: reading.text("title"),
            url: reading.text("url"),
            read_on: reading.day("read_on"),
        });
        reading.finish();
        at.insert(format!("source.{n}"), reading.line);
    }
    let changes = read_changes(root, &mut at);
    let course = Course {
        id: root.text("id"),
        title: root.text("title"),
        summary: root.text("summary"),
        leg: root.word("leg"),
        layer: root.word("layer"),
        method: root.word("method"),
        minutes: root.number("minutes", 1..=600),
        language: root.text("language"),
        spoken: String::new(),
        topics: root.texts("topics"),
        risks: root.texts("risks"),
        owasp: root.texts("owasp"),
        cwe: root.numbers("cwe"),
        asvs: root.texts("asvs"),
        owner: root.text("owner"),
        reviewed_on: root.day("reviewed_on"),
        review_due_on: root.day("review_due_on"),
        pass_mark: root.number("pass_mark", 0..=100),
        licence: root.text("licence"),
        form: read_form(root),
        test_out: read_test_out(root),
        spaced_checks: root.flag("spaced_checks").unwrap_or(false),
        changes,
        objectives,
        attestation: read_statement(root),
        sources,
        lessons: Vec::new(),
        questions: Vec::new(),
        translations: BTreeMap::new(),
    };
    (course, at)
}

fn read_form(root: &Reading<'_, '_>) -> Form {
    let Some(reading) = root.table("form") else {
        return blank().form;
    };
    let form = Form {
        questions: reading.number("questions", 1..=100),
        attempts: reading.number("attempts", 1..=20),
        pause_hours: reading.number("pause_hours", 0..=720),
    };
    reading.finish();
    form
}

/// Who leaves the lessons out shows more than who has read them.
fn read_test_out(root: &Reading<'_, '_>) -> Option<TestOut> {
    let reading = root.maybe_table("test_out")?;
    let test_out = TestOut {
        pass_mark: reading.number("pass_mark", 0..=100),
    };
    reading.finish();
    Some(test_out)
}

fn read_changes(root: &Reading<'_, '_>, at: &mut BTreeMap<String, usize>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (n, reading) in root.tables("change").iter().enumerate() {
        changes.push(Change {
            on: reading.day("on"),
            text: reading.text("text"),
            lessons: reading.texts("lessons"),
            spoken: String::new(),
        });
        reading.finish();
        at.insert(format!("change.{n}"), reading.line);
    }
    changes
}

fn read_statement(root: &Reading<'_, '_>) -> Statement {
    let Some(reading) = root.table("attestation") else {
        return blank().attestation;
    };
    let statement = Statement {
        version: reading.number("version", 1..=10_000),
        statement: reading.text("statement"),
        spoken: String::new(),
    };
    reading.finish();
    statement
}

/// What stands in for a course that could not be read.
fn blank() -> Course {
    Course {
        id: String::new(),
        title: String::new(),
        summary: String::new(),
        leg: Leg::Training,
        layer: Layer::Baseline,
        method: Method::Online,
        minutes: 1,
        language: String::new(),
        spoken: String::new(),
        topics: Vec::new(),
        risks: Vec::new(),
        owasp: Vec::new(),
        cwe: Vec::new(),
        asvs: Vec::new(),
        owner: String::new(),
        reviewed_on: Day(0),
        review_due_on: Day(0),
        pass_mark: 80,
        licence: String::new(),
        form: Form {
            questions: 1,
            attempts: 1,
            pause_hours: 0,
        },
        test_out: None,
        spaced_checks: false,
        changes: Vec::new(),
        objectives: Vec::new(),
        attestation: Statement {
            version: 1,
            statement: String::new(),
            spoken: String::new(),
        },
        sources: Vec::new(),
        lessons: Vec::new(),
        questions: Vec::new(),
        translations: BTreeMap::new(),
    }
}

pub(crate) fn not_text(path: &str) -> Fault {
    Fault::error((path, 0), "not-text", "This file is not UTF-8 text.").fix("Save it again as UTF-8.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_course_is_read_with_its_lessons_and_questions_in_order() {
        let course = Course::parse(&sample::folder()).expect("the sample is well formed");
        assert_eq!(
            (course.id.as_str(), course.minutes, course.leg),
            ("T01", 2, Leg::Training)
        );
        assert_eq!(
            course.lessons.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
            ["01-first", "02-second"]
        );
        assert_eq!(course.pool("judge").count(), 3);
        assert_eq!(course.question("judge-1").map(|q| q.options.len()), Some(3));
        assert_eq!(
            course.form,
            Form {
                questions: 2,
                attempts: 3,
                pause_hours: 24
            }
        );
    }

    #[test]
    fn an_empty_folder_is_one_fault_and_no_panic() {
        let faults = Course::parse(&Folder::default()).expect_err("nothing there");
        assert_eq!(
            faults.iter().map(|f| f.code).collect::<Vec<_>>(),
            ["course-file-missing"]
        );
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_file_line_and_mending() {
        let folder = sample::changed("course.toml", "pass_mark", "pass_marks");
        let faults = Course::parse(&folder).expect_err("a misspelt key");
        let fault = faults.iter().find(|f| f.code == "unknown-key").expect("named");
        assert_eq!(
            (fault.file.as_str(), fault.fix.as_str()),
            ("course.toml", "Did you mean `pass_mark`?")
        );
        assert!(fault.line > 1);
    }

    #[test]
    fn a_file_without_a_place_is_a_fault() {
        let mut folder = sample::folder();
        folder.files.insert("lessons/film.mp4".into(), vec![0, 159]);
        folder.files.insert("questions/broken.toml".into(), vec![0xff]);
        let codes: Vec<_> = read(&folder).faults.iter().map(|f| f.code).collect();
        assert!(
            codes.contains(&"file-astray") && codes.contains(&"not-text"),
            "{codes:?}"
        );
    }

    #[test]
    fn course_ids_have_one_shape() {
        assert!(["B02", "AI1", "D10"].iter().all(|id| is_course_id(id)));
        assert!(
            ["b02", "B", "B002", "ABCD1", "02", "B02 ", ""]
                .iter()
                .all(|id| !is_course_id(id))
        );
        assert!(is_kebab("judge-qr-2") && !is_kebab("Judge") && !is_kebab("a--b") && !is_kebab(""));
    }
}
