//! Outside training: what somebody learnt elsewhere and sends in with a document, which somebody else then reviews.
//!
//! The document is kept as it came, with its digest, until the person is erased; what it is is judged by its first bytes
//! and not by its name. Nobody reviews their own. Accepted, it becomes an acceptance like any other, so a completion of
//! class D that counts no longer than the reviewer says; declined, the person reads why.
//!
//! Not here: training accepted for many people of a supplier ([`crate::acceptance`], which this goes through).

use curriculum::edition;
use db::{Day, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use roster::person::PersonKind;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::acceptance::{self, AcceptanceKind, Document, NewAcceptance};
use crate::taker::Taker;

/// The largest document: a scanned certificate of a few pages.
pub const BYTES_MAX: usize = 5 * 1024 * 1024;
/// What one person may have waiting at a time, so that nobody fills the disk.
const WAITING_MAX: usize = 10;
/// Kept of one person.
const PER_PERSON_MAX: i64 = 200;
/// Shown on the reviewers' page.
const LISTED_MAX: i64 = 500;
const PROVIDER_CHARS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 200;
const SENTENCE_CHARS_MAX: usize = 2_000;

/// `out_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutsideKind;
impl Kind for OutsideKind {
    const PREFIX: &'static str = "out";
}

/// What a document is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Pdf,
    Png,
    Jpeg,
}

/// What somebody sends in about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutside {
    pub course_id: String,
    pub done_on: Day,
    /// By whom the training was given.
    pub provider: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// What was sent in, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub id: Id<OutsideKind>,
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub done_on: Day,
    pub provider: String,
    pub file_name: String,
    pub file_kind: String,
    pub file_sha256: String,
    pub sent_at: Moment,
    pub review: Option<Reviewed>,
}

/// What somebody else made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    pub acceptance: Option<Id<AcceptanceKind>>,
    pub sentence: String,
    pub at: Moment,
}

/// What a reviewer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    Accept {
        /// The last day it counts.
        until: Day,
        /// What was seen and why it is enough.
        finding: String,
    },
    Decline {
        /// Why, to the person.
        sentence: String,
    },
}

impl FileKind {
    /// What bytes are; `None` when they are nothing that is taken.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<FileKind> {
        match bytes {
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(FileKind::Pdf),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(FileKind::Png),
            [0xff, 0xd8, 0xff, ..] => Some(FileKind::Jpeg),
            _ => None,
        }
    }

    fn text(self) -> &'static str {
        match self {
            FileKind::Pdf => "pdf",
            FileKind::Png => "png",
            FileKind::Jpeg => "jpeg",
        }
    }
}

/// Takes in what the taker sends about themselves.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn send(tx: &mut Tx, taker: &Taker, new: &NewOutside) -> Result<Id<OutsideKind>> {
    let kind = check(tx, taker, new)?;
    let provider = new.provider.trim();
    let id = tx.new_id::<OutsideKind>();
    let sha256 = hex::encode(Sha256::digest(&new.bytes));
    let file_name: String = new.file_name.chars().take(NAME_CHARS_MAX).collect();
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into outside_training (id, person_id, course_id, done_on, provider, file_name, file_kind, file_sha256,
                                           sent_by, sent_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            &id,
            &taker.person,
            &new.course_id,
            new.done_on,
            provider,
            file_name,
            kind.text(),
            sha256.as_str(),
            &taker.account,
            now
        ],
    )?;
    tx.execute(
        sql!("insert into outside_training_file (outside_id, bytes) values ($1, $2)"),
        &params![&id, new.bytes.clone()],
    )?;
    let payload = json!({
        "outside": id,
        "course": new.course_id,
        "done_on": new.done_on,
        "file_kind": kind.text(),
        "file_sha256": sha256,
    });
    let about = format!("person:{}", taker.person);
    ledger::record(
        tx,
        Entry::about(Act::OutsideTrainingSent, about)
            .class(Class::D)
            .payload(payload),
    )?;
    Ok(id)
}

/// What the document is, when all that was sent will do.
fn check(tx: &mut Tx, taker: &Taker, new: &NewOutside) -> Result<FileKind> {
    taker.acts(tx)?;
    let today = tx.today()?;
    let known = edition::courses(tx)?
        .into_iter()
        .any(|listed| listed.edition.course_id == new.course_id);
    if !known {
        return Err(refused(
            "course",
            "Choose the course that you have done elsewhere.",
        ));
    }
    if new.done_on > today {
        return Err(refused(
            "done_on",
            "The day is still to come. Send it in once you have done the training.",
        ));
    }
    let provider = new.provider.trim();
    if provider.is_empty() || provider.chars().count() > PROVIDER_CHARS_MAX {
        return Err(refused(
            "provider",
            "Say in up to 200 characters who gave the training.",
        ));
    }
    if new.bytes.is_empty() || new.bytes.len() > BYTES_MAX {
        return Err(refused(
            "document",
            "Choose the document that shows it, of up to 5 MB.",
        ));
    }
    let Some(kind) = FileKind::of(&new.bytes) else {
        return Err(refused(
            "document",
            "The document has to be a PDF, a PNG or a JPEG. Save it as one of these and choose it again.",
        ));
    };
    let waiting = of_person(tx, &taker.person)?
        .iter()
        .filter(|one| one.review.is_none())
        .count();
    if waiting >= WAITING_MAX {
        return Err(refused(
            "document",
            "Ten documents of yours are waiting to be reviewed. Send more once some have been.",
        ));
    }
    Ok(kind)
}

/// Records what the person who writes makes of it; accepted, it becomes a completion.
///
/// # Errors
/// A refusal when it is their own, was reviewed already, or a field is missing; a fault of the engine.
pub fn review(tx: &mut Tx, id: &Id<OutsideKind>, review: &Review) -> Result<()> {
    let Some(outside) = find(tx, id)? else {
        return Err(Refusal::new(
            "outside-unknown",
            "There is no such document. Look at the list of what was sent in.",
        )
        .into());
    };
    if outside.review.is_some() {
        return Err(Refusal::new("outside-reviewed", "Somebody has reviewed this already.").into());
    }
    let people = [outside.person.clone()];
    let account = acceptance::reviewer(tx, &people)?;
    let (acceptance, sentence) = match review {
        Review::Accept { until, finding } => {
            let new = NewAcceptance {
                supplier: None,
                people: people.into(),
                people_as_of: outside.done_on,
                courses: vec![outside.course_id.clone()],
                reference: format!("Sent in by the person, {id}"),
                document: Some(Document {
                    name: format!("{id}.{}", outside.file_kind),
                    sha256: outside.file_sha256.clone(),
                }),
                covers_from: outside.done_on,
                covers_to: *until,
                finding: finding.clone(),
            };
            (Some(acceptance::accept(tx, &new)?), finding.trim())
        }
        Review::Decline { sentence } => (None, sentence.trim()),
    };
    if sentence.is_empty() || sentence.chars().count() > SENTENCE_CHARS_MAX {
        return Err(refused(
            "sentence",
            "Say in up to 2,000 characters why it does not count; the person reads it.",
        ));
    }
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into outside_training_review (outside_id, acceptance_id, sentence, reviewed_by, reviewed_at)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, &acceptance, sentence, account, now],
    )?;
    let payload = json!({
        "outside": id,
        "accepted": acceptance.is_some(),
        "acceptance": acceptance,
        "sentence": sentence,
    });
    let about = format!("person:{}", outside.person);
    ledger::record(
        tx,
        Entry::about(Act::OutsideTrainingReviewed, about)
            .class(Class::D)
            .payload(payload),
    )?;
    Ok(())
}

/// What a person sent in, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Outside>> {
    reader.rows(
        sql!(
            "select o.id, o.person_id, o.course_id, o.done_on, o.provider, o.file_name, o.file_kind, o.file_sha256, o.sent_at,
                    v.acceptance_id, v.sentence, v.reviewed_at
             from outside_training o
             left join outside_training_review v on v.outside_id = o.id
             where o.person_id = $1
             order by o.sent_at desc, o.id desc
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

/// What everybody sent in: what waits first, the oldest of it first, then what was reviewed, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Vec<Outside>> {
    let mut found = reader.rows(
        sql!(
            "select o.id, o.person_id, o.course_id, o.done_on, o.provider, o.file_name, o.file_kind, o.file_sha256, o.sent_at,
                    v.acceptance_id, v.sentence, v.reviewed_at
             from outside_training o
             left join outside_training_review v on v.outside_id = o.id
             order by coalesce(v.reviewed_at, 9000000000000000) desc, o.sent_at, o.id
             limit $1"
        ),
        &params![LISTED_MAX],
        read,
    )?;
    found.sort_by_key(|one| one.review.is_some());
    Ok(found)
}

/// One of them.
///
/// # Errors
/// A fault of the engine.
pub fn find(reader: &mut Reader, id: &Id<OutsideKind>) -> Result<Option<Outside>> {
    reader.one(
        sql!(
            "select o.id, o.person_id, o.course_id, o.done_on, o.provider, o.file_name, o.file_kind, o.file_sha256, o.sent_at,
                    v.acceptance_id, v.sentence, v.reviewed_at
             from outside_training o
             left join outside_training_review v on v.outside_id = o.id
             where o.id = $1"
        ),
        &params![id],
        read,
    )
}

/// The document as it came; `None` when the person was erased.
///
/// # Errors
/// A fault of the engine.
pub fn file(reader: &mut Reader, id: &Id<OutsideKind>) -> Result<Option<Vec<u8>>> {
    reader.one(
        sql!("select bytes from outside_training_file where outside_id = $1"),
        &params![id],
        |row| row.get(0),
    )
}

/// Erases the documents of a person, their names and what was written about them; that there was something stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<u64> {
    tx.execute(
        sql!("delete from outside_training_file where outside_id in (select id from outside_training where person_id = $1)"),
        &params![person],
    )?;
    tx.execute(
        sql!(
            "update outside_training_review
             set sentence = ''
             where outside_id in (select id from outside_training where person_id = $1)"
        ),
        &params![person],
    )?;
    tx.execute(
        sql!(
            "update acceptance
             set finding = ''
             where id in (
                 select v.acceptance_id
                 from outside_training_review v
                 join outside_training o on o.id = v.outside_id
                 where o.person_id = $1)"
        ),
        &params![person],
    )?;
    tx.execute(
        sql!("update outside_training set provider = '', file_name = '' where person_id = $1"),
        &params![person],
    )
}

fn read(row: &Row) -> Result<Outside> {
    Ok(Outside {
        id: row.get(0)?,
        person: row.get(1)?,
        course_id: row.get(2)?,
        done_on: row.get(3)?,
        provider: row.get(4)?,
        file_name: row.get(5)?,
        file_kind: row.get(6)?,
        file_sha256: row.get(7)?,
        sent_at: row.get(8)?,
        review: match row.get::<Option<Moment>>(11)? {
            Some(at) => Some(Reviewed {
                acceptance: row.get(9)?,
                sentence: row.get(10)?,
                at,
            }),
            None => None,
        },
    })
}

fn refused(field: &str, sentence: &str) -> db::Error {
    Refusal::new("outside-refused", sentence).field(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{self as sample, ADA};
    use db::{Actor, Db, Error};

    const PDF: &[u8] = b"%PDF-1.7 a certificate";

    fn new() -> NewOutside {
        NewOutside {
            course_id: "T01".to_owned(),
            done_on: "2026-05-01".parse().expect("a day"),
            provider: "Academy".to_owned(),
            file_name: "certificate.pdf".to_owned(),
            bytes: PDF.to_vec(),
        }
    }

    fn sent(db: &Db, new: NewOutside) -> Result<Id<OutsideKind>> {
        let taker = sample::taker(ADA);
        db.write_blocking(taker.actor(), move |tx| send(tx, &taker, &new))
    }

    fn by(db: &Db, account: &str, id: &Id<OutsideKind>, what: Review) -> Result<()> {
        let id = id.clone();
        db.write_blocking(Actor::Person(account.to_owned()), move |tx| {
            review(tx, &id, &what)
        })
    }

    fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
        match result {
            Err(Error::Refused(refusal)) => refusal.field.unwrap_or(refusal.code.to_owned()),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn accept() -> Review {
        Review::Accept {
            until: "2027-04-30".parse().expect("a day"),
            finding: "The same topics, with a test.".to_owned(),
        }
    }

    #[test]
    fn a_document_is_judged_by_its_first_bytes_and_its_size() {
        let db = sample::db();
        let mut large = PDF.to_vec();
        large.resize(BYTES_MAX + 1, 0);
        for bytes in [b"MZ not a pdf".to_vec(), Vec::new(), large] {
            assert_eq!(field(sent(&db, NewOutside { bytes, ..new() })), "document");
        }
        for bytes in [PDF, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"] {
            let bytes = bytes.to_vec();
            sent(&db, NewOutside { bytes, ..new() }).expect("taken");
        }
    }

    #[test]
    fn what_is_sent_in_says_what_for_by_whom_and_when() {
        let db = sample::db();
        let course_id = "X".to_owned();
        assert_eq!(field(sent(&db, NewOutside { course_id, ..new() })), "course");
        let provider = " ".to_owned();
        assert_eq!(field(sent(&db, NewOutside { provider, ..new() })), "provider");
        let done_on = "2090-01-01".parse().expect("a day");
        assert_eq!(field(sent(&db, NewOutside { done_on, ..new() })), "done_on");
    }

    #[test]
    fn somebody_else_accepts_it_and_it_counts_as_class_d_or_declines_it_with_a_sentence() {
        let db = sample::db();
        sample::accounts(&db);
        let (first, second) = (sent(&db, new()).expect("taken"), sent(&db, new()).expect("taken"));
        let own = sample::taker(ADA).account;
        assert_eq!(
            field(by(&db, &own, &first, accept())),
            "people",
            "nobody reviews their own"
        );
        let other = sample::taker(sample::BEN).account;
        by(&db, &other, &first, accept()).expect("accepted");
        assert_eq!(field(by(&db, &other, &first, accept())), "outside-reviewed");
        assert_eq!(
            field(by(
                &db,
                &other,
                &second,
                Review::Decline {
                    sentence: " ".to_owned()
                }
            )),
            "sentence"
        );
        by(
            &db,
            &other,
            &second,
            Review::Decline {
                sentence: "It is of another year.".to_owned(),
            },
        )
        .expect("declined");
        let person = sample::person_id(ADA);
        let done = db
            .read_blocking(move |r| crate::completion::of_person(r, &person))
            .expect("reading works");
        assert_eq!(done.len(), 1);
        assert_eq!(
            (done[0].class, done[0].source.starts_with("accepted:acp_")),
            (Class::D, true)
        );
    }

    #[test]
    fn erasing_somebody_erases_their_documents_and_leaves_that_there_were_some() {
        let db = sample::db();
        sample::accounts(&db);
        let id = sent(&db, new()).expect("taken");
        let kept = |id: Id<OutsideKind>| db.read_blocking(move |r| file(r, &id)).expect("reading works");
        assert_eq!(kept(id.clone()).as_deref(), Some(PDF));
        let person = sample::person_id(ADA);
        db.write_blocking(Actor::Operator, move |tx| erase(tx, &person))
            .expect("erased");
        assert_eq!(kept(id.clone()), None);
        let left = db
            .read_blocking(move |r| find(r, &id))
            .expect("reading works")
            .expect("it stays");
        assert_eq!((left.provider.as_str(), left.file_name.as_str()), ("", ""));
        assert_eq!(left.file_sha256.len(), 64);
    }
}
