//! A draft: a course that is being written or changed, before anybody learns with it.
//!
//! A draft is an edition's files with what was saved over them; every text that was saved stays, with who and when. A course has
//! one open draft at most, which several people may write: whoever saves says which text they began from, and never
//! overwrites what they have not seen. A draft ends by becoming an edition ([`crate::proposal`]) or by being given up.
//!
//! Not here: whether the course is any good (`lint`), changing one value inside a file (`writing`).

use std::collections::BTreeMap;

use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};

use crate::{
    course::{belongs, is_course_id},
    edition::{self, Edition, EditionKind},
    folder::{FILE_BYTES_MAX, FILES_MAX, Folder},
};

/// The code of the refusal when somebody else was quicker.
pub(crate) const CHANGED: &str = "draft-changed";
/// Texts saved in one draft. Somebody who saves every minute fills that in a week.
const SAVED_MAX: i64 = 5_000;
/// Drafts that are listed.
const LISTED_MAX: i64 = 200;

/// The id kind of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftKind;
impl Kind for DraftKind {
    const PREFIX: &'static str = "dra";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: Id<DraftKind>,
    /// "B02".
    pub course_id: String,
    pub begun_at: Moment,
    /// The actor's name in the ledger: "person:acc_…".
    pub begun_by: String,
    /// It became an edition or was given up.
    pub ended_at: Option<Moment>,
}

/// The newest saved text of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// 1, 2, 3 … within the file; a text of the base has 0.
    pub number: i64,
    pub at: Moment,
    pub by: String,
}

/// A file that is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    pub path: String,
    /// `None` takes the file out.
    pub body: Option<Vec<u8>>,
    /// The [`Saved::number`] that the writer began from.
    pub seen: i64,
}

/// Begins to change a course, from its current edition.
///
/// # Errors
/// Refuses a course that has an open draft, or no edition.
pub fn begin(tx: &mut Tx, course_id: &str) -> Result<Draft> {
    let current = edition::current(tx, course_id)?.ok_or_else(|| not_published(course_id))?;
    let draft = open(tx, course_id, Some(&current))?;
    take_base(tx, &draft, &current)?;
    Ok(draft)
}

/// Begins a course that has no edition, from these files.
///
/// # Errors
/// Refuses an id that is none or is taken, and files that a course has no place for.
pub fn begin_new(tx: &mut Tx, course_id: &str, folder: &Folder) -> Result<Draft> {
    if !is_course_id(course_id) {
        return Err(not_an_id().into());
    }
    if edition::current(tx, course_id)?.is_some() {
        return Err(is_published(course_id).into());
    }
    let draft = open(tx, course_id, None)?;
    lay(tx, &draft, (&Folder::default(), folder))?;
    Ok(draft)
}

/// Begins a draft that has these files and no others: of a new course, or of one whose current edition they change.
///
/// # Errors
/// As [`begin`] and [`begin_new`].
pub fn begin_from(tx: &mut Tx, course_id: &str, folder: &Folder) -> Result<Draft> {
    let Some(current) = edition::current(tx, course_id)? else {
        return begin_new(tx, course_id, folder);
    };
    let draft = begin(tx, course_id)?;
    let before = edition::files(tx, &current.id)?;
    lay(tx, &draft, (&before, folder))?;
    Ok(draft)
}

/// Saves every file of a draft that has just begun, where it differs from what is there.
fn lay(tx: &mut Tx, draft: &Draft, (before, after): (&Folder, &Folder)) -> Result<()> {
    if after.files.len() > FILES_MAX {
        return Err(too_many().into());
    }
    for (path, body) in &after.files {
        if before.files.get(path) != Some(body) {
            check(after, (path, Some(body)))?;
            insert(tx, draft, (path, 1, Some(body)))?;
        }
    }
    for path in before
        .files
        .keys()
        .filter(|path| !after.files.contains_key(*path))
    {
        insert(tx, draft, (path, 1, None))?;
    }
    Ok(())
}

fn open(tx: &mut Tx, course_id: &str, base: Option<&Edition>) -> Result<Draft> {
    if let Some(open) = open_of(tx, course_id)? {
        return Err(is_open(&open).into());
    }
    let draft = Draft {
        id: tx.new_id(),
        course_id: course_id.to_owned(),
        begun_at: tx.now(),
        begun_by: tx.actor().to_string(),
        ended_at: None,
    };
    tx.execute(
        sql!(
            "insert into draft (id, course_id, begun_at, begun_by)
             values ($1, $2, $3, $4)"
        ),
        &params![&draft.id, &draft.course_id, draft.begun_at, &draft.begun_by],
    )?;
    let payload =
        serde_json::json!({ "draft": draft.id.as_str(), "edition": base.map(|base| base.id.as_str()) });
    ledger::record(tx, draft.entry(Act::DraftBegun).payload(payload))?;
    Ok(draft)
}

/// Lays the edition under the draft. What was saved in the draft holds over it.
///
/// # Errors
/// Refuses a draft that has ended.
pub fn take_base(tx: &mut Tx, draft: &Draft, edition: &Edition) -> Result<()> {
    if draft.ended_at.is_some() {
        return Err(has_ended().into());
    }
    tx.execute(
        sql!(
            "insert into draft_base (draft_id, number, edition_id, taken_at, taken_by)
             select $1, coalesce(max(number), 0) + 1, $2, $3, $4
             from draft_base
             where draft_id = $1"
        ),
        &params![&draft.id, &edition.id, tx.now(), tx.actor().to_string()],
    )?;
    Ok(())
}

/// The edition whose files hold where the draft has none of its own; none for a course that was never published.
pub fn base(reader: &mut Reader, draft: &Draft) -> Result<Option<Edition>> {
    let sql = sql!(
        "select edition_id
         from draft_base
         where draft_id = $1
         order by number desc
         limit 1"
    );
    let Some(id) = reader.one(sql, &params![&draft.id], |row| row.get::<Id<EditionKind>>(0))? else {
        return Ok(None);
    };
    let found = edition::find(reader, &id)?;
    found
        .map(Some)
        .ok_or_else(|| Fault::new(format!("finding the edition {id} under a draft")).into())
}

/// Whether another edition was published since the draft was begun, or last brought one in.
pub fn is_behind(base: Option<&Edition>, current: Option<&Edition>) -> bool {
    base.map(|base| &base.id) != current.map(|current| &current.id)
}

pub fn find(reader: &mut Reader, id: &Id<DraftKind>) -> Result<Option<Draft>> {
    let sql = sql!(
        "select d.id, d.course_id, d.begun_at, d.begun_by, e.ended_at
         from draft d
         left join draft_end e on e.draft_id = d.id
         where d.id = $1"
    );
    reader.one(sql, &params![id], read)
}

/// The open draft of a course.
pub fn open_of(reader: &mut Reader, course_id: &str) -> Result<Option<Draft>> {
    let sql = sql!(
        "select d.id, d.course_id, d.begun_at, d.begun_by, e.ended_at
         from draft d
         left join draft_end e on e.draft_id = d.id
         where d.course_id = $1
           and e.draft_id is null
         limit 1"
    );
    reader.one(sql, &params![course_id], read)
}

/// Every open draft, by course. At most 200.
pub fn all_open(reader: &mut Reader) -> Result<Vec<Draft>> {
    let sql = sql!(
        "select d.id, d.course_id, d.begun_at, d.begun_by, e.ended_at
         from draft d
         left join draft_end e on e.draft_id = d.id
         where e.draft_id is null
         order by d.course_id
         limit $1"
    );
    reader.rows(sql, &params![LISTED_MAX], read)
}

/// The files of the draft as they are now.
pub fn folder(reader: &mut Reader, draft: &Draft) -> Result<Folder> {
    let mut folder = match base(reader, draft)? {
        Some(edition) => edition::files(reader, &edition.id)?,
        None => Folder::default(),
    };
    let sql = sql!(
        "select f.path, f.body
         from draft_file f
         where f.draft_id = $1
           and f.number = (select max(newer.number) from draft_file newer where newer.draft_id = f.draft_id and newer.path = f.path)
         order by f.path
         limit $2"
    );
    let own = reader.rows(sql, &params![&draft.id, SAVED_MAX], |row| {
        Ok((row.get::<String>(0)?, row.get::<Option<Vec<u8>>>(1)?))
    })?;
    for (path, body) in own {
        match body {
            Some(body) => folder.files.insert(path, body),
            None => folder.files.remove(&path),
        };
    }
    Ok(folder)
}

/// Who saved the newest text of each file that the draft has of its own.
pub fn saved(reader: &mut Reader, draft: &Draft) -> Result<BTreeMap<String, Saved>> {
    let sql = sql!(
        "select f.path, f.number, f.saved_at, f.saved_by
         from draft_file f
         where f.draft_id = $1
           and f.number = (select max(newer.number) from draft_file newer where newer.draft_id = f.draft_id and newer.path = f.path)
         order by f.path
         limit $2"
    );
    let found = reader.rows(sql, &params![&draft.id, SAVED_MAX], |row| {
        let saved = Saved {
            number: row.get(1)?,
            at: row.get(2)?,
            by: row.get(3)?,
        };
        Ok((row.get::<String>(0)?, saved))
    })?;
    Ok(found.into_iter().collect())
}

/// Everybody who wrote something of the draft, as the ledger names them.
pub fn writers(reader: &mut Reader, draft: &Draft) -> Result<Vec<String>> {
    let sql = sql!(
        "select distinct saved_by
         from draft_file
         where draft_id = $1
         order by saved_by
         limit $2"
    );
    reader.rows(sql, &params![&draft.id, SAVED_MAX], |row| row.get(0))
}

/// Saves a file, and says which number its text has. The text that is there already is not saved again.
///
/// # Errors
/// Refuses a draft that has ended, a file that a course has no place for or that is too large, and a text that was begun
/// from an older one than is there now.
pub fn save(tx: &mut Tx, draft: &Draft, save: &Save) -> Result<i64> {
    if draft.ended_at.is_some() {
        return Err(has_ended().into());
    }
    let now = folder(tx, draft)?;
    check(&now, (&save.path, save.body.as_deref()))?;
    let seen = saved(tx, draft)?;
    let newest = seen.get(&save.path);
    let number = newest.map_or(0, |saved| saved.number);
    if now.files.get(&save.path) == save.body.as_ref() {
        return Ok(number);
    }
    if number != save.seen {
        return Err(was_changed(&save.path).into());
    }
    insert(tx, draft, (&save.path, number + 1, save.body.as_deref()))?;
    if texts(tx, draft)? > SAVED_MAX {
        return Err(too_often().into());
    }
    Ok(number + 1)
}

fn insert(tx: &mut Tx, draft: &Draft, (path, number, body): (&str, i64, Option<&[u8]>)) -> Result<()> {
    tx.execute(
        sql!(
            "insert into draft_file (draft_id, path, number, body, saved_at, saved_by)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &draft.id,
            path,
            number,
            body.map(<[u8]>::to_vec),
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    Ok(())
}

/// Gives the draft up. What was written stays in the database, and nowhere else.
///
/// # Errors
/// Refuses a draft that has ended.
pub fn discard(tx: &mut Tx, draft: &Draft) -> Result<()> {
    end(tx, draft)?;
    let payload = serde_json::json!({ "draft": draft.id.as_str() });
    ledger::record(tx, draft.entry(Act::DraftDiscarded).payload(payload))?;
    Ok(())
}

pub(crate) fn end(tx: &mut Tx, draft: &Draft) -> Result<()> {
    let done = tx.execute(
        sql!(
            "insert into draft_end (draft_id, ended_at, ended_by)
             values ($1, $2, $3)
             on conflict (draft_id) do nothing"
        ),
        &params![&draft.id, tx.now(), tx.actor().to_string()],
    )?;
    if done == 0 {
        return Err(has_ended().into());
    }
    Ok(())
}

impl Draft {
    /// "/drafts/dra_…"
    pub fn href(&self) -> String {
        format!("/drafts/{}", self.id)
    }

    pub(crate) fn entry(&self, act: Act) -> Entry {
        Entry::about(act, format!("course:{}", self.course_id))
    }
}

fn read(row: &Row) -> Result<Draft> {
    Ok(Draft {
        id: row.get(0)?,
        course_id: row.get(1)?,
        begun_at: row.get(2)?,
        begun_by: row.get(3)?,
        ended_at: row.get(4)?,
    })
}

fn texts(reader: &mut Reader, draft: &Draft) -> Result<i64> {
    let sql = sql!("select cast(count(*) as bigint) from draft_file where draft_id = $1");
    Ok(reader
        .one(sql, &params![&draft.id], |row| row.get(0))?
        .unwrap_or(0))
}

fn check(now: &Folder, (path, body): (&str, Option<&[u8]>)) -> Result<()> {
    if !belongs(path) {
        return Err(no_place(path).into());
    }
    let Some(body) = body else { return Ok(()) };
    if body.len() > FILE_BYTES_MAX {
        return Err(too_large(path).into());
    }
    if now.files.len() >= FILES_MAX && !now.files.contains_key(path) {
        return Err(too_many().into());
    }
    Ok(())
}

fn not_published(course_id: &str) -> Refusal {
    Refusal::new(
        "course-not-published",
        format!("The course {course_id} has no edition yet. Begin it as a new course."),
    )
}

fn is_published(course_id: &str) -> Refusal {
    Refusal::new(
        "course-exists",
        format!("There is a course {course_id} already. Choose another id, or change that course."),
    )
    .field("id")
}

fn not_an_id() -> Refusal {
    Refusal::new(
        "course-id",
        "A course’s id has one to three capital letters and one or two digits, such as B07.",
    )
    .field("id")
}

fn is_open(open: &Draft) -> Refusal {
    Refusal::new(
        "draft-open",
        format!(
            "Somebody is changing {} already. Open their draft and write there.",
            open.course_id
        ),
    )
    .field("id")
}

pub(crate) fn has_ended() -> Refusal {
    Refusal::new(
        "draft-ended",
        "This draft has been published or given up meanwhile. Begin another to change the course.",
    )
}

fn was_changed(path: &str) -> Refusal {
    Refusal::new(
        CHANGED,
        format!(
            "Somebody has saved {path} since you opened it. Below is what you wrote, and what is saved now. Put into yours what you want to keep of theirs, then save again."
        ),
    )
}

fn too_often() -> Refusal {
    Refusal::new(
        "draft-saved-often",
        format!("This draft has {SAVED_MAX} saved texts. Publish it, or give it up and begin another."),
    )
}

fn no_place(path: &str) -> Refusal {
    Refusal::new(
        "file-astray",
        format!("A course has no place for a file {path}. Lessons and pools are named in lower-case letters, digits and dashes; pictures end in .svg or .png."),
    )
    .field("name")
}

fn too_large(path: &str) -> Refusal {
    Refusal::new(
        "course-file-too-big",
        format!("The file {path} is larger than 2 MB. Make it smaller."),
    )
    .field("file")
}

fn too_many() -> Refusal {
    Refusal::new(
        "course-files",
        format!("A course has at most {FILES_MAX} files. Take one out first."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use db::{Actor, Db, Error};

    fn actor(account: &str) -> Actor {
        Actor::Person(account.to_owned())
    }

    fn published() -> Db {
        let db = Db::in_memory_for_tests();
        let made = db.write_blocking(Actor::Operator, |tx| {
            let today = tx.today()?;
            edition::publish(tx, &sample::folder(), today)
        });
        made.expect("the sample publishes");
        db
    }

    fn begun(db: &Db) -> Draft {
        db.write_blocking(actor("acc_edda"), |tx| begin(tx, "T01"))
            .expect("begun")
    }

    fn lesson(text: &str, seen: i64) -> Save {
        Save {
            path: "lessons/01-first.md".to_owned(),
            body: Some(text.as_bytes().to_vec()),
            seen,
        }
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result.expect_err("refused") {
            Error::Refused(refusal) => refusal.code,
            Error::Fault(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_draft_is_the_edition_with_what_was_saved_over_it() {
        let db = published();
        let draft = begun(&db);
        let saved = draft.clone();
        let folder = db.write_blocking(actor("acc_edda"), move |tx| {
            save(tx, &saved, &lesson("# Anew\n", 0))?;
            save(
                tx,
                &saved,
                &Save {
                    path: "lessons/02-second.md".into(),
                    body: None,
                    seen: 0,
                },
            )?;
            folder(tx, &saved)
        });
        let folder = folder.expect("saved");
        assert_eq!(folder.text("lessons/01-first.md"), Some("# Anew\n"));
        assert!(!folder.files.contains_key("lessons/02-second.md"));
        assert_eq!(
            folder.files.get("course.toml"),
            sample::folder().files.get("course.toml")
        );
        let writers = db.read_blocking(move |r| writers(r, &draft)).expect("read");
        assert_eq!(writers, ["person:acc_edda"]);
    }

    #[test]
    fn a_text_is_never_saved_over_one_that_its_writer_has_not_seen() {
        let db = published();
        let draft = begun(&db);
        let first = draft.clone();
        let number = db.write_blocking(actor("acc_edda"), move |tx| {
            save(tx, &first, &lesson("# Hers\n", 0))
        });
        assert_eq!(number.expect("saved"), 1);
        let second = draft.clone();
        let late = db.write_blocking(actor("acc_otto"), move |tx| {
            save(tx, &second, &lesson("# His\n", 0))
        });
        assert_eq!(code(late), "draft-changed");
        let text = db.read_blocking(move |r| folder(r, &draft)).expect("read");
        assert_eq!(text.text("lessons/01-first.md"), Some("# Hers\n"));
    }

    #[test]
    fn a_course_has_one_open_draft() {
        let db = published();
        let draft = begun(&db);
        let again = db.write_blocking(actor("acc_otto"), |tx| begin(tx, "T01"));
        assert_eq!(code(again), "draft-open");
        let given_up = draft.clone();
        db.write_blocking(actor("acc_edda"), move |tx| discard(tx, &given_up))
            .expect("given up");
        let old = Draft {
            ended_at: Some(Moment(1)),
            ..draft.clone()
        };
        let late = db.write_blocking(actor("acc_edda"), move |tx| {
            save(tx, &old, &lesson("# Late\n", 0))
        });
        assert_eq!(code(late), "draft-ended");
        let twice = db.write_blocking(actor("acc_edda"), move |tx| discard(tx, &draft));
        assert_eq!(code(twice), "draft-ended");
        db.write_blocking(actor("acc_otto"), |tx| begin(tx, "T01"))
            .expect("another can be begun");
    }

    #[test]
    fn a_draft_of_a_folder_has_its_files_and_no_others() {
        let db = published();
        let mut files = sample::changed("lessons/01-first.md", "Report it.", "Report it now.");
        files.files.remove("lessons/02-second.md");
        let wanted = files.clone();
        let (folder, saved) = db
            .write_blocking(actor("acc_edda"), move |tx| {
                let draft = begin_from(tx, "T01", &files)?;
                Ok((folder(tx, &draft)?, saved(tx, &draft)?))
            })
            .expect("begun");
        assert_eq!(folder, wanted);
        assert_eq!(saved.len(), 2, "what is as it was is nobody's work");
    }

    #[test]
    fn what_an_ended_draft_shows_stays_as_it_is() {
        let db = published();
        let draft = begun(&db);
        db.write_blocking(actor("acc_edda"), move |tx| discard(tx, &draft))
            .expect("given up");
        let late = db.write_blocking(actor("acc_otto"), |tx| {
            let id = tx.one(sql!("select draft_id from draft_end limit 1"), &[], |row| {
                row.get::<Id<DraftKind>>(0)
            })?;
            let ended = find(tx, &id.expect("one has ended"))?.expect("it is still there");
            let current = edition::current(tx, "T01")?.expect("published");
            take_base(tx, &ended, &current)
        });
        assert_eq!(code(late), "draft-ended");
    }

    #[test]
    fn a_file_that_a_course_has_no_place_for_is_refused() {
        let db = published();
        let draft = begun(&db);
        for path in [
            "../etc/passwd",
            "lessons/../x.md",
            "run.sh",
            "lessons/.md",
            "assets/film.mp4",
            "",
        ] {
            let (draft, path) = (draft.clone(), path.to_owned());
            let refused = db.write_blocking(actor("acc_edda"), move |tx| {
                save(
                    tx,
                    &draft,
                    &Save {
                        path: path.clone(),
                        body: Some(b"x".to_vec()),
                        seen: 0,
                    },
                )
            });
            assert_eq!(code(refused), "file-astray");
        }
    }
}
