//! An edition: one course as it was published, kept byte for byte and never changed.
//!
//! The number counts within the course; the newest is the current one. What is stored is the folder,
//! and it is trusted only while it hashes to what was recorded, so that an auditor sees years later
//! what a learner saw. An edition is not withdrawn; a better one is published over it.
//! Who learns with which edition is in `learning`.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use db::{Day, Fault, Id, Moment, Reader, Refusal, Result, Row, Tx, Value, params, sql};
use ledger::{Act, Entry};

use crate::{
    course::Course,
    fault,
    folder::{Folder, content_sha256},
    lint::lint,
    taxonomy::{Layer, Leg, Method, Word},
};

/// Parsed courses kept in memory. A programme has a few dozen; each is some hundred kilobytes.
const PARSED_MAX: usize = 64;
/// Errors quoted when a course is refused.
const QUOTED_MAX: usize = 3;

pub struct EditionKind;
impl db::Kind for EditionKind {
    const PREFIX: &'static str = "edi";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    pub id: Id<EditionKind>,
    /// "B02".
    pub course_id: String,
    /// 1, 2, 3 … within the course.
    pub number: i64,
    pub title: String,
    pub leg: Leg,
    pub layer: Layer,
    pub method: Method,
    pub minutes: i64,
    pub reviewed_on: Day,
    /// The last day on which the review is good.
    pub review_due_on: Day,
    /// [`content_sha256`] of the folder.
    pub content_sha256: String,
    pub published_at: Moment,
    /// The actor's name in the ledger: "person:acc_…", "operator".
    pub published_by: String,
}

/// A course in the list of courses: its current edition and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub edition: Edition,
    pub editions: i64,
}

/// Publishes a course as its next edition, and says which that is.
///
/// The same content as the current edition is that edition again, and nothing is recorded.
///
/// # Errors
/// Refuses a course that has errors on that day, and content that an older edition already holds.
pub fn publish(tx: &mut Tx, folder: &Folder, today: Day) -> Result<Edition> {
    let errors: Vec<fault::Fault> = lint(folder, today)
        .into_iter()
        .filter(fault::Fault::is_error)
        .collect();
    if !errors.is_empty() {
        return Err(has_errors(&errors).into());
    }
    let course = Course::parse(folder).map_err(|errors| has_errors(&errors))?;
    let content_sha256 = content_sha256(folder);
    let current = current(tx, &course.id)?;
    if let Some(same) = with_content(tx, &course.id, &content_sha256)? {
        return match &current {
            Some(current) if current.id != same.id => Err(was_replaced(&same, current).into()),
            _ => Ok(same),
        };
    }
    let edition = Edition {
        id: tx.new_id(),
        number: current.map_or(0, |edition| edition.number) + 1,
        title: course.title,
        leg: course.leg,
        layer: course.layer,
        method: course.method,
        minutes: i64::from(course.minutes),
        reviewed_on: course.reviewed_on,
        review_due_on: course.review_due_on,
        content_sha256,
        published_at: tx.now(),
        published_by: tx.actor().to_string(),
        course_id: course.id,
    };
    insert(tx, &edition, folder)?;
    let payload = serde_json::json!({
        "content_sha256": edition.content_sha256,
        "edition": edition.id.as_str(),
        "number": edition.number,
        "title": edition.title,
    });
    let about = Entry::about(Act::EditionPublished, format!("course:{}", edition.course_id));
    ledger::record(tx, about.payload(payload))?;
    Ok(edition)
}

/// The edition that is learnt with now.
pub fn current(reader: &mut Reader, course_id: &str) -> Result<Option<Edition>> {
    let sql = sql!(
        "select id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                content_sha256, published_at, published_by
         from edition
         where course_id = $1
         order by number desc
         limit 1"
    );
    reader.one(sql, &params![course_id], edition)
}

/// Every edition of a course, newest first. At most 1 000: at one a week that is twenty years.
pub fn editions(reader: &mut Reader, course_id: &str) -> Result<Vec<Edition>> {
    let sql = sql!(
        "select id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                content_sha256, published_at, published_by
         from edition
         where course_id = $1
         order by number desc
         limit 1000"
    );
    reader.rows(sql, &params![course_id], edition)
}

pub fn find(reader: &mut Reader, id: &Id<EditionKind>) -> Result<Option<Edition>> {
    let sql = sql!(
        "select id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                content_sha256, published_at, published_by
         from edition
         where id = $1"
    );
    reader.one(sql, &params![id], edition)
}

/// An edition by its number within the course.
pub fn numbered(reader: &mut Reader, course_id: &str, number: i64) -> Result<Option<Edition>> {
    let sql = sql!(
        "select id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                content_sha256, published_at, published_by
         from edition
         where course_id = $1
           and number = $2"
    );
    reader.one(sql, &params![course_id, number], edition)
}

/// Every published course, by id. At most 1 000: ids have three letters and two digits, programmes have dozens.
pub fn courses(reader: &mut Reader) -> Result<Vec<Listed>> {
    let sql = sql!(
        "select e.id, e.course_id, e.number, e.title, e.leg, e.layer, e.method, e.minutes, e.reviewed_on,
                e.review_due_on, e.content_sha256, e.published_at, e.published_by
         from edition e
         where e.number = (select max(newer.number) from edition newer where newer.course_id = e.course_id)
         order by e.course_id
         limit 1000"
    );
    // Editions are never removed, so the newest number is also how many there are.
    reader.rows(sql, &[], |row| {
        edition(row).map(|edition| Listed {
            editions: edition.number,
            edition,
        })
    })
}

/// The course of an edition. Parsed once a process: an answer costs no parsing.
///
/// # Errors
/// A fault when there is no such edition, or its files no longer hash to what was recorded.
pub fn load(reader: &mut Reader, id: &Id<EditionKind>) -> Result<Arc<Course>> {
    let sql = sql!(
        "select content_sha256
         from edition
         where id = $1"
    );
    let recorded: Option<String> = reader.one(sql, &params![id], |row| row.get(0))?;
    let recorded =
        recorded.ok_or_else(|| Fault::new(format!("loading the edition {id}, which does not exist")))?;
    load_recorded(reader, id, recorded)
}

/// [`load`] for who has already read what was recorded as its `content_sha256`.
///
/// # Errors
/// As for [`load`].
pub fn load_recorded(reader: &mut Reader, id: &Id<EditionKind>, recorded: String) -> Result<Arc<Course>> {
    if let Some(course) = PARSED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .find(&recorded)
    {
        return Ok(course);
    }
    let folder = files(reader, id)?;
    if content_sha256(&folder) != recorded {
        return Err(Fault::new(format!(
            "loading the edition {id}, whose stored files are not those that were published"
        ))
        .into());
    }
    let course = Course::parse(&folder).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        Fault::new(format!("reading the course of the edition {id}: {first}"))
    })?;
    let course = Arc::new(course);
    PARSED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .keep(recorded, course.clone());
    Ok(course)
}

/// The folder of an edition as it is stored, unchecked. At most as many files as a folder may have.
pub fn files(reader: &mut Reader, id: &Id<EditionKind>) -> Result<Folder> {
    let sql = sql!(
        "select path, body
         from edition_file
         where edition_id = $1
         order by path
         limit 1000"
    );
    let files = reader.rows(sql, &params![id], |row| {
        Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?))
    })?;
    Ok(Folder {
        files: BTreeMap::from_iter(files),
    })
}

/// One picture of an edition: "door.svg".
pub fn asset(reader: &mut Reader, id: &Id<EditionKind>, name: &str) -> Result<Option<Vec<u8>>> {
    let sql = sql!(
        "select body
         from edition_file
         where edition_id = $1
           and path = $2"
    );
    reader.one(sql, &params![id, format!("assets/{name}")], |row| row.get(0))
}

impl Edition {
    /// Where the pictures of its lessons are fetched from; what [`crate::render::lesson`] asks for.
    pub fn assets_href(&self) -> String {
        format!("{}/assets/", self.href())
    }

    /// "/courses/B02/editions/3"
    pub fn href(&self) -> String {
        format!("/courses/{}/editions/{}", self.course_id, self.number)
    }
}

fn with_content(reader: &mut Reader, course_id: &str, content_sha256: &str) -> Result<Option<Edition>> {
    let sql = sql!(
        "select id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                content_sha256, published_at, published_by
         from edition
         where course_id = $1
           and content_sha256 = $2"
    );
    reader.one(sql, &params![course_id, content_sha256], edition)
}

fn insert(tx: &mut Tx, edition: &Edition, folder: &Folder) -> Result<()> {
    tx.execute(
        sql!(
            "insert into course (id, created_at)
             values ($1, $2)
             on conflict (id) do nothing"
        ),
        &params![&edition.course_id, edition.published_at],
    )?;
    tx.execute(
        sql!(
            "insert into edition (id, course_id, number, title, leg, layer, method, minutes, reviewed_on,
                                  review_due_on, content_sha256, published_at, published_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        &params![
            &edition.id,
            &edition.course_id,
            edition.number,
            &edition.title,
            edition.leg.word(),
            edition.layer.word(),
            edition.method.word(),
            edition.minutes,
            edition.reviewed_on,
            edition.review_due_on,
            &edition.content_sha256,
            edition.published_at,
            &edition.published_by
        ],
    )?;
    let rows: Vec<Vec<Value>> = folder
        .files
        .iter()
        .map(|(path, body)| params![&edition.id, path, body.clone()].to_vec())
        .collect();
    tx.execute_many(
        sql!(
            "insert into edition_file (edition_id, path, body)
             values ($1, $2, $3)"
        ),
        rows,
    )?;
    Ok(())
}

fn edition(row: &Row) -> Result<Edition> {
    Ok(Edition {
        id: row.get(0)?,
        course_id: row.get(1)?,
        number: row.get(2)?,
        title: row.get(3)?,
        leg: word(row, 4)?,
        layer: word(row, 5)?,
        method: word(row, 6)?,
        minutes: row.get(7)?,
        reviewed_on: row.get(8)?,
        review_due_on: row.get(9)?,
        content_sha256: row.get(10)?,
        published_at: row.get(11)?,
        published_by: row.get(12)?,
    })
}

fn word<T: Word>(row: &Row, index: usize) -> Result<T> {
    let written: String = row.get(index)?;
    Ok(T::of(&written)
        .ok_or_else(|| Fault::new(format!("reading an edition: {written:?} is no word of its list")))?)
}

fn has_errors(errors: &[fault::Fault]) -> Refusal {
    let quoted: Vec<String> = errors
        .iter()
        .take(QUOTED_MAX)
        .map(|error| {
            format!(
                "{} line {}: {} {}",
                error.file, error.line, error.message, error.fix
            )
        })
        .collect();
    let more = match errors.len().saturating_sub(QUOTED_MAX) {
        0 => String::new(),
        more => format!(" There are {more} more."),
    };
    Refusal::new(
        "course-has-errors",
        format!("The course cannot be published yet. {}{more}", quoted.join(" ")),
    )
    .field("course")
}

fn was_replaced(same: &Edition, current: &Edition) -> Refusal {
    Refusal::new(
        "edition-was-replaced",
        format!(
            "This is the content of edition {}, which edition {} replaced. Review it anew, write the day into course.toml, and publish that.",
            same.number, current.number
        ),
    )
    .field("course")
}

/// Courses by the hash of their content, the one used last at the back.
struct Parsed(VecDeque<(String, Arc<Course>)>);

static PARSED: Mutex<Parsed> = Mutex::new(Parsed(VecDeque::new()));

impl Parsed {
    fn find(&mut self, content_sha256: &str) -> Option<Arc<Course>> {
        let at = self.0.iter().position(|(known, _)| known == content_sha256)?;
        let found = self.0.remove(at)?;
        let course = found.1.clone();
        self.0.push_back(found);
        Some(course)
    }

    fn keep(&mut self, content_sha256: String, course: Arc<Course>) {
        if self.find(&content_sha256).is_some() {
            return; // another thread was quicker
        }
        if self.0.len() >= PARSED_MAX {
            self.0.pop_front();
        }
        self.0.push_back((content_sha256, course));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{folder::catalogue, sample};
    use db::{Actor, Db, Error};

    fn published(db: &Db, folder: Folder) -> Result<Edition> {
        db.write_blocking(Actor::Operator, move |tx| {
            let today = tx.today()?;
            publish(tx, &folder, today)
        })
    }

    fn entries(db: &Db) -> i64 {
        let sql = sql!("select cast(count(*) as bigint) from ledger_entry where kind = 'edition-published'");
        let count = db
            .read_blocking(move |reader| reader.one(sql, &[], |row| row.get(0)))
            .expect("counted");
        count.unwrap_or(0)
    }

    /// The sample with other words, so that tests do not share what the process has parsed.
    fn second() -> Folder {
        sample::changed(
            "lessons/02-second.md",
            "never from the message",
            "not from the message",
        )
    }

    #[test]
    fn a_published_course_is_read_back_as_it_was_written() {
        let db = Db::in_memory_for_tests();
        let edition = published(&db, sample::folder()).expect("published");
        assert_eq!(
            (
                edition.number,
                edition.course_id.as_str(),
                edition.published_by.as_str()
            ),
            (1, "T01", "operator")
        );
        let id = edition.id.clone();
        let (found, course, folder) = db
            .read_blocking(move |r| Ok((find(r, &id)?, load(r, &id)?, files(r, &id)?)))
            .expect("read");
        assert_eq!(found.as_ref(), Some(&edition));
        assert_eq!(*course, Course::parse(&sample::folder()).expect("well formed"));
        assert_eq!(folder, sample::folder());
        assert_eq!(content_sha256(&folder), edition.content_sha256);
    }

    #[test]
    fn the_same_content_twice_is_one_edition_and_one_entry() {
        let db = Db::in_memory_for_tests();
        let first = published(&db, sample::folder()).expect("published");
        assert_eq!(published(&db, sample::folder()).expect("published"), first);
        assert_eq!(entries(&db), 1);
    }

    #[test]
    fn changed_content_is_the_next_edition_and_the_old_one_stays() {
        let db = Db::in_memory_for_tests();
        let first = published(&db, sample::folder()).expect("published");
        let next = published(&db, second()).expect("published");
        assert_eq!(next.number, 2);
        let (now, all, listed, old) = db
            .read_blocking(|r| {
                Ok((
                    current(r, "T01")?,
                    editions(r, "T01")?,
                    courses(r)?,
                    numbered(r, "T01", 1)?,
                ))
            })
            .expect("read");
        assert_eq!(now.as_ref(), Some(&next));
        assert_eq!(all, [next.clone(), first.clone()]);
        assert_eq!(
            listed,
            [Listed {
                edition: next,
                editions: 2
            }]
        );
        assert_eq!(old, Some(first));
        assert_eq!(entries(&db), 2);
    }

    #[test]
    fn content_that_was_replaced_is_not_published_as_if_it_were_new() {
        let db = Db::in_memory_for_tests();
        published(&db, sample::folder()).expect("published");
        published(&db, second()).expect("published");
        let error = published(&db, sample::folder()).expect_err("replaced");
        assert!(
            matches!(&error, Error::Refused(r) if r.code == "edition-was-replaced"),
            "{error}"
        );
        assert_eq!(entries(&db), 2);
    }

    #[test]
    fn a_course_with_errors_is_refused_with_the_first_of_them() {
        let db = Db::in_memory_for_tests();
        let error = published(&db, sample::changed("course.toml", "minutes = 2", "minutes = 40"))
            .expect_err("dishonest");
        assert!(
            error
                .to_string()
                .starts_with("The course cannot be published yet. course.toml line 7:"),
            "{error}"
        );
        assert_eq!(entries(&db), 0);
    }

    #[test]
    fn a_course_whose_review_is_past_is_refused() {
        let db = Db::in_memory_for_tests();
        db.set_now(Moment(Day::ymd(2027, 6, 1).start(&db::Zone::utc()).0));
        let error = published(&db, sample::folder()).expect_err("overdue");
        assert!(
            error.to_string().contains("The review was due on 20 May 2027."),
            "{error}"
        );
    }

    #[test]
    fn files_changed_behind_our_back_are_not_loaded() {
        let db = Db::in_memory_for_tests();
        // Content of its own: what another test has parsed would be found without reading files.
        let edition = published(
            &db,
            sample::changed(
                "course.toml",
                "A course to test with.",
                "A course to tamper with.",
            ),
        )
        .expect("published");
        let id = edition.id.clone();
        db.write_blocking(Actor::Operator, move |tx| {
            let sql = sql!(
                "update edition_file set body = $1 where edition_id = $2 and path = 'lessons/01-first.md'"
            );
            tx.execute(sql, &params![b"# Other\n".to_vec(), &id])
        })
        .expect("the test can do what nobody should");
        let error = db
            .read_blocking(move |r| load(r, &edition.id))
            .expect_err("tampered");
        assert!(
            error.to_string().contains("not those that were published"),
            "{error}"
        );
    }

    #[test]
    fn a_course_is_parsed_once() {
        let db = Db::in_memory_for_tests();
        let id = published(
            &db,
            sample::changed("course.toml", "A course to test with.", "A course to keep."),
        )
        .expect("published")
        .id;
        let (first, again) = db
            .read_blocking(move |r| Ok((load(r, &id)?, load(r, &id)?)))
            .expect("read");
        assert!(Arc::ptr_eq(&first, &again));
    }

    #[test]
    fn what_is_kept_in_memory_is_bounded() {
        let course = Arc::new(Course::parse(&sample::folder()).expect("well formed"));
        let mut parsed = Parsed(VecDeque::new());
        for n in 0..PARSED_MAX + 3 {
            parsed.keep(n.to_string(), course.clone());
        }
        assert_eq!(parsed.0.len(), PARSED_MAX);
        assert!(parsed.find("0").is_none() && parsed.find("66").is_some());
    }

    #[test]
    fn every_shipped_course_publishes() {
        let db = Db::in_memory_for_tests();
        for (id, folder) in catalogue() {
            let edition = published(&db, folder).expect("a shipped course publishes");
            assert_eq!(edition.course_id, id);
        }
    }

    #[test]
    fn an_edition_that_is_not_there_is_a_fault() {
        let db = Db::in_memory_for_tests();
        let id: Id<EditionKind> = "edi_00000000000000000000000000"
            .parse()
            .expect("the shape of an id");
        assert!(db.read_blocking(move |r| load(r, &id)).is_err());
    }
}
