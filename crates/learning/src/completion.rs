//! A completion: this person has done this course on this day, and how we know.
//!
//! Insert only. Made here it is class A: signed in, assessed, attested. Brought in from a file it is class C,
//! with the day it happened and the instant it was recorded, so that it never looks like an observation.
//! Not here: files ([`crate::import`]); whether a completion still counts (`evidence`).

use assignments::reconcile::{self, Scope};
use curriculum::{Course, edition::EditionKind};
use db::{Day, Id, Kind, Moment, Reader, Result, Row, Tx, params, sql};
use ledger::{Act, Class, Entry};
use roster::person::PersonKind;

use crate::{
    attempt::{Attempt, AttemptKind},
    attestation::AttestationKind,
    certificate::{self, Code},
    marking::Marking,
    purpose::Purpose,
};

/// What was done here; files have 'import:NAME', what was accepted 'accepted:ID', and live sessions 'session:ID'.
pub const NATIVE: &str = "muster";
/// What was shown here by an assessment, without the course.
pub const TEST_OUT: &str = "test-out";
/// Completions shown of one person: a course a week for ten years.
const PER_PERSON_MAX: i64 = 500;

/// `cmp_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompletionKind;
impl Kind for CompletionKind {
    const PREFIX: &'static str = "cmp";
}

#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub id: Id<CompletionKind>,
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub edition: Option<Id<EditionKind>>,
    pub occurred_on: Day,
    pub occurred_at: Moment,
    pub recorded_at: Moment,
    /// [`NATIVE`], [`TEST_OUT`], 'import:NAME', 'accepted:ID' or 'session:ID'.
    pub source: String,
    pub class: Class,
    pub passed: bool,
    /// Percent.
    pub score: Option<f64>,
    pub attempt: Option<Id<AttemptKind>>,
    pub attestation: Option<Id<AttestationKind>>,
    pub evidence_url: Option<String>,
    pub certificate: Option<Code>,
}

/// A passed attempt and its signature.
pub struct Done<'a> {
    pub attempt: &'a Attempt,
    pub course: &'a Course,
    pub marking: &'a Marking,
    pub attestation: &'a Id<AttestationKind>,
}

/// What completing made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    pub completion: Id<CompletionKind>,
    pub certificate: Code,
}

/// Records the completion, issues its certificate and ends what was owed, all in this transaction.
///
/// # Errors
/// A fault of the engine.
pub(crate) fn complete(tx: &mut Tx, done: &Done<'_>) -> Result<Completed> {
    let id = tx.new_id::<CompletionKind>();
    let (now, today) = (tx.now(), tx.today()?);
    let person = &done.attempt.person;
    let source = match done.attempt.purpose {
        Purpose::Course => NATIVE,
        Purpose::TestOut => TEST_OUT,
    };
    tx.execute(
        sql!(
            "insert into completion (id, person_id, course_id, edition_id, occurred_on, occurred_at, recorded_at,
                                     source, class, passed, score, attempt_id, attestation_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        &params![
            &id,
            person,
            &done.course.id,
            &done.attempt.edition,
            today,
            now,
            now,
            source,
            Class::A.text(),
            true,
            done.marking.percent(),
            &done.attempt.id,
            done.attestation
        ],
    )?;
    let code = certificate::issue(tx, &id)?;
    let subject = format!("person:{person}");
    let recorded = serde_json::json!({
        "attempt": done.attempt.id.as_str(),
        "attestation": done.attestation.as_str(),
        "completed_on": today.to_string(),
        "completion": id.as_str(),
        "course": done.course.id,
        "edition": done.attempt.edition.as_str(),
        "marks": done.marking.marks,
        "marks_max": done.marking.marks_max,
        "source": source,
    });
    let issued = serde_json::json!({ "code": code.as_str(), "completion": id.as_str() });
    ledger::record_many(
        tx,
        vec![
            Entry::about(Act::CompletionRecorded, &subject).payload(recorded),
            Entry::about(Act::CertificateIssued, &subject).payload(issued),
        ],
    )?;
    reconcile::reconcile(tx, &Scope::People(vec![person.clone()]))?;
    Ok(Completed {
        completion: id,
        certificate: code,
    })
}

/// What completing this attempt made.
pub fn of_attempt(reader: &mut Reader, attempt: &Id<AttemptKind>) -> Result<Option<Completed>> {
    let found = reader.one(
        sql!(
            "select c.id, f.code
             from completion c
             join certificate f on f.completion_id = c.id
             where c.attempt_id = $1"
        ),
        &params![attempt],
        |row| Ok((row.get(0)?, row.get::<String>(1)?)),
    )?;
    Ok(found.and_then(|(completion, code)| {
        Some(Completed {
            completion,
            certificate: Code::read(&code)?,
        })
    }))
}

/// The latest passing completion of a course.
pub fn latest(reader: &mut Reader, person: &Id<PersonKind>, course_id: &str) -> Result<Option<Completion>> {
    reader.one(
        sql!(
            "select c.id, c.person_id, c.course_id, c.edition_id, c.occurred_on, c.occurred_at, c.recorded_at, c.source,
                    c.class, c.passed, c.score, c.attempt_id, c.attestation_id, c.evidence_url, f.code
             from completion c
             left join certificate f on f.completion_id = c.id
             where c.person_id = $1
               and c.course_id = $2
               and c.passed = 1
             order by c.occurred_on desc, c.occurred_at desc, c.id desc
             limit 1"
        ),
        &params![person, course_id],
        read,
    )
}

/// Every completion of a person, the latest first.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Completion>> {
    reader.rows(
        sql!(
            "select c.id, c.person_id, c.course_id, c.edition_id, c.occurred_on, c.occurred_at, c.recorded_at, c.source,
                    c.class, c.passed, c.score, c.attempt_id, c.attestation_id, c.evidence_url, f.code
             from completion c
             left join certificate f on f.completion_id = c.id
             where c.person_id = $1
             order by c.occurred_on desc, c.occurred_at desc, c.id desc
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Completion> {
    Ok(Completion {
        id: row.get(0)?,
        person: row.get(1)?,
        course_id: row.get(2)?,
        edition: row.get(3)?,
        occurred_on: row.get(4)?,
        occurred_at: row.get(5)?,
        recorded_at: row.get(6)?,
        source: row.get(7)?,
        class: row.get::<String>(8)?.parse()?,
        passed: row.get(9)?,
        score: row.get(10)?,
        attempt: row.get(11)?,
        attestation: row.get(12)?,
        evidence_url: row.get(13)?,
        certificate: row.get::<Option<String>>(14)?.as_deref().and_then(Code::read),
    })
}
