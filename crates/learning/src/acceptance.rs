//! An acceptance: training done elsewhere that counts, for a while, because somebody has reviewed a document on it.
//!
//! It never looks like training by us: each person gets a completion of class D whose source is the acceptance. It counts from the
//! day the training was done to the last day the document covers, and no longer. Nobody reviews what is about themselves. The
//! document stays where it is; its name and digest are kept. Insert only; what turned out to be wrong is ended, with a reason.
//!
//! Not here: whose people it is for (`roster::supplier`), and what is reckoned with it (`evidence`).

use std::collections::BTreeSet;

use assignments::reconcile::{self, Scope};
use curriculum::edition;
use db::{Actor, Day, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, Value, params, sql};
use ledger::{Act, Class, Entry};
use roster::person::{self, PersonKind};
use roster::supplier::SupplierKind;
use serde_json::json;

use crate::completion::CompletionKind;

/// What stands before the acceptance's id in the source of a completion.
pub const SOURCE: &str = "accepted:";
/// Three years: then somebody looks again.
const DAYS_MAX: i32 = 3 * 366;
const TEXT_CHARS_MAX: usize = 2_000;
const REFERENCE_CHARS_MAX: usize = 500;
/// The people of one supplier; more come in as an import.
const PEOPLE_MAX: usize = 2_000;
/// People whose assignments are reckoned at once: a second's work.
const SETTLED_AT_ONCE_MAX: usize = 500;
/// Acceptances shown on one page.
const LISTED_MAX: i64 = 500;

/// `acp_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcceptanceKind;
impl Kind for AcceptanceKind {
    const PREFIX: &'static str = "acp";
}

/// What somebody has reviewed and accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAcceptance {
    pub supplier: Option<Id<SupplierKind>>,
    pub people: Vec<Id<PersonKind>>,
    pub people_as_of: Day,
    pub courses: Vec<String>,
    pub reference: String,
    pub document: Option<Document>,
    pub covers_from: Day,
    /// The last day, that day included.
    pub covers_to: Day,
    pub finding: String,
}

/// A file that was looked at and not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub name: String,
    /// Hex.
    pub sha256: String,
}

/// An acceptance as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    pub id: Id<AcceptanceKind>,
    pub supplier: Option<Id<SupplierKind>>,
    pub reference: String,
    pub document: Option<Document>,
    pub courses: Vec<String>,
    pub covers_from: Day,
    pub covers_to: Day,
    pub people_as_of: Day,
    pub people: i64,
    pub finding: String,
    /// The name of the account, while it is known.
    pub reviewer: Option<String>,
    pub recorded_at: Moment,
    /// From which day on it does not count, and why.
    pub ended: Option<(Day, String)>,
}

impl Acceptance {
    /// The last day on which it counts; `None` when it never does.
    pub fn counts_until(&self) -> Option<Day> {
        let last = match &self.ended {
            Some((ended_on, _)) => self.covers_to.min(*ended_on - 1),
            None => self.covers_to,
        };
        (last >= self.covers_from).then_some(last)
    }
}

/// Records what was reviewed, with a completion of each course for each person.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn accept(tx: &mut Tx, new: &NewAcceptance) -> Result<Id<AcceptanceKind>> {
    let today = tx.today()?;
    check(new, today)?;
    let known: BTreeSet<String> = edition::courses(tx)?
        .into_iter()
        .map(|listed| listed.edition.course_id)
        .collect();
    if new.courses.is_empty() || !new.courses.iter().all(|course| known.contains(course)) {
        return Err(refused(
            "courses",
            "Choose the courses whose topics the training covered.",
        ));
    }
    let reviewer = reviewer(tx, &new.people)?;
    let id: Id<AcceptanceKind> = tx.new_id();
    let courses = serde_json::to_string(&new.courses)
        .map_err(|e| Fault::of("writing the courses of an acceptance", e))?;
    let (name, sha256) = match &new.document {
        Some(document) => (Some(document.name.clone()), Some(document.sha256.clone())),
        None => (None, None),
    };
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into acceptance (id, supplier_id, reference, file_name, file_sha256, courses, covers_from, covers_to,
                                     people_as_of, people, finding, reviewed_by, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        &params![
            &id,
            &new.supplier,
            new.reference.as_str(),
            name,
            sha256.clone(),
            courses,
            new.covers_from,
            new.covers_to,
            new.people_as_of,
            i64::try_from(new.people.len()).unwrap_or(i64::MAX),
            new.finding.as_str(),
            &reviewer,
            now
        ],
    )?;
    let payload = json!({
        "supplier": new.supplier,
        "reference": new.reference,
        "file_sha256": sha256,
        "courses": new.courses,
        "covers_from": new.covers_from,
        "covers_to": new.covers_to,
        "people": new.people.len(),
        "people_as_of": new.people_as_of,
        "finding": new.finding,
    });
    let mut entries = vec![
        Entry::about(Act::TrainingAccepted, format!("acceptance:{id}"))
            .class(Class::D)
            .payload(payload),
    ];
    entries.extend(complete(tx, &id, new)?);
    ledger::record_many(tx, entries)?;
    settle(tx, &new.people)?;
    Ok(id)
}

fn check(new: &NewAcceptance, today: Day) -> Result<()> {
    let is_text = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if new.people.is_empty() {
        return Err(refused(
            "people",
            "Nobody is named. Write who they are, or choose a day on which the supplier’s people were here.",
        ));
    }
    if new.people.len() > PEOPLE_MAX {
        return Err(refused(
            "people",
            "At most 2,000 people are accepted at once. Import the completions of more from a file.",
        ));
    }
    if !is_text(&new.reference, REFERENCE_CHARS_MAX) {
        return Err(refused(
            "reference",
            "Say in up to 500 characters where the document is, by its address or its number in your files.",
        ));
    }
    if !is_text(&new.finding, TEXT_CHARS_MAX) {
        return Err(refused(
            "finding",
            "Say in up to 2,000 characters what you looked at and why it is enough.",
        ));
    }
    if new.covers_from > today {
        return Err(refused(
            "covers_from",
            "The training is in the future; it can be accepted once it was done.",
        ));
    }
    if new.covers_to < new.covers_from {
        return Err(refused(
            "covers_to",
            "The last day it counts is before the day it was done; correct one of them.",
        ));
    }
    if new.covers_to - new.covers_from > DAYS_MAX {
        return Err(refused(
            "covers_to",
            "Evidence counts for three years at most; then somebody looks again. Choose an earlier day.",
        ));
    }
    Ok(())
}

/// The account that reviews, which must be nobody's whom it is about: neither tied to them nor by the same address.
pub(crate) fn reviewer(tx: &mut Tx, people: &[Id<PersonKind>]) -> Result<String> {
    let Actor::Person(account) = tx.actor().clone() else {
        return Err(Refusal::new(
            "acceptance-needs-a-person",
            "Evidence is reviewed by a person. Sign in, and accept it on the page.",
        )
        .into());
    };
    let found = tx.one(
        sql!(
            "select person_id, email
             from account
             where id = $1"
        ),
        &params![&account],
        |row| Ok((row.get::<Option<String>>(0)?, row.get::<String>(1)?)),
    )?;
    let Some((own, email)) = found else {
        return Err(Refusal::new(
            "acceptance-needs-a-person",
            "Your account is no longer known. Sign in again, and accept it then.",
        )
        .into());
    };
    let same_address = person::by_email(tx, &email)?;
    let is_own =
        |person: &Id<PersonKind>| own.as_deref() == Some(person.as_str()) || same_address.contains(person);
    if people.iter().any(is_own) {
        return Err(refused(
            "people",
            "You are one of these people, and nobody reviews their own training. Ask another owner to review it.",
        ));
    }
    Ok(account)
}

fn complete(tx: &mut Tx, acceptance: &Id<AcceptanceKind>, new: &NewAcceptance) -> Result<Vec<Entry>> {
    let (now, zone) = (tx.now(), tx.zone()?);
    let occurred_at = new.covers_from.noon(&zone).min(now);
    let source = format!("{SOURCE}{acceptance}");
    let people: BTreeSet<&Id<PersonKind>> = new.people.iter().collect();
    let courses: BTreeSet<&String> = new.courses.iter().collect();
    let (mut rows, mut entries) = (Vec::<Vec<Value>>::new(), Vec::new());
    for person in people {
        if person::find(tx, person)?.is_none() {
            return Err(refused(
                "people",
                "Somebody of these is not on the roster. Look at the list again.",
            ));
        }
        for course in &courses {
            let id = tx.new_id::<CompletionKind>();
            let payload = json!({
                "acceptance": acceptance,
                "completion": id.as_str(),
                "course": course,
                "completed_on": new.covers_from,
                "covers_to": new.covers_to,
            });
            let about = Entry::about(Act::CompletionAccepted, format!("person:{person}"));
            entries.push(about.occurred(occurred_at).class(Class::D).payload(payload));
            rows.push(
                params![
                    id,
                    person,
                    course.as_str(),
                    new.covers_from,
                    occurred_at,
                    now,
                    source.as_str(),
                    Class::D.text(),
                    true,
                    new.reference.as_str()
                ]
                .to_vec(),
            );
        }
    }
    tx.execute_many(
        sql!(
            "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class, passed,
                                     evidence_url)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        rows,
    )?;
    Ok(entries)
}

/// Ends an acceptance that turned out to be wrong: from that day on it does not count, which may be from its first day.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn end(tx: &mut Tx, id: &Id<AcceptanceKind>, ended_on: Day, reason: &str) -> Result<()> {
    let Some(acceptance) = find(tx, id)? else {
        return Err(Refusal::new("acceptance-unknown", "There is no such acceptance.").into());
    };
    if acceptance.ended.is_some() {
        return Err(Refusal::new("acceptance-ended", "This acceptance has been ended already.").into());
    }
    if ended_on < acceptance.covers_from || ended_on > acceptance.covers_to {
        return Err(refused(
            "ended_on",
            "Choose a day on which it counts; the first, when it should never have counted.",
        ));
    }
    if reason.trim().is_empty() || reason.chars().count() > TEXT_CHARS_MAX {
        return Err(refused("reason", "Say in up to 2,000 characters what was wrong."));
    }
    let people = people(tx, id)?;
    let people: Vec<Id<PersonKind>> = people.into_iter().map(|(person, _)| person).collect();
    reviewer(tx, &people)?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!("insert into acceptance_end (acceptance_id, ended_on, reason, ended_by, ended_at) values ($1, $2, $3, $4, $5)"),
        &params![id, ended_on, reason, by, now],
    )?;
    let payload = json!({ "reason": reason, "ended_on": ended_on });
    ledger::record(
        tx,
        Entry::about(Act::AcceptanceEnded, format!("acceptance:{id}")).payload(payload),
    )?;
    settle(tx, &people)
}

fn settle(tx: &mut Tx, people: &[Id<PersonKind>]) -> Result<()> {
    if people.len() > SETTLED_AT_ONCE_MAX {
        return assignments::jobs::for_people(tx, people);
    }
    reconcile::reconcile(tx, &Scope::People(people.to_vec())).map(|_| ())
}

/// The newest first; of one supplier when it is named.
pub fn all(reader: &mut Reader, supplier: Option<&Id<SupplierKind>>) -> Result<Vec<Acceptance>> {
    reader.rows(
        sql!(
            "select a.id, a.supplier_id, a.reference, a.file_name, a.file_sha256, a.courses, a.covers_from, a.covers_to,
                    a.people_as_of, a.people, a.finding, c.name, a.recorded_at, e.ended_on, e.reason
             from acceptance as a
             left join account as c on c.id = a.reviewed_by
             left join acceptance_end as e on e.acceptance_id = a.id
             where coalesce($1, a.supplier_id, '') = coalesce(a.supplier_id, '')
             order by a.recorded_at desc, a.id desc
             limit $2"
        ),
        &params![supplier, LISTED_MAX],
        read,
    )
}

pub fn find(reader: &mut Reader, id: &Id<AcceptanceKind>) -> Result<Option<Acceptance>> {
    reader.one(
        sql!(
            "select a.id, a.supplier_id, a.reference, a.file_name, a.file_sha256, a.courses, a.covers_from, a.covers_to,
                    a.people_as_of, a.people, a.finding, c.name, a.recorded_at, e.ended_on, e.reason
             from acceptance as a
             left join account as c on c.id = a.reviewed_by
             left join acceptance_end as e on e.acceptance_id = a.id
             where a.id = $1"
        ),
        &params![id],
        read,
    )
}

/// Whom it was accepted for, with their names.
pub fn people(reader: &mut Reader, id: &Id<AcceptanceKind>) -> Result<Vec<(Id<PersonKind>, String)>> {
    let people: Vec<Id<PersonKind>> = reader.rows(
        sql!(
            "select distinct person_id
             from completion
             where source = $1
               and source <> 'muster'
             order by person_id
             limit $2"
        ),
        &params![
            format!("{SOURCE}{id}"),
            i64::try_from(PEOPLE_MAX).unwrap_or(i64::MAX)
        ],
        |row| row.get(0),
    )?;
    let mut named = Vec::with_capacity(people.len());
    for id in people {
        let name = person::find(reader, &id)?.map(|person| person.name());
        named.push((id, name.unwrap_or_default()));
    }
    Ok(named)
}

fn read(row: &Row) -> Result<Acceptance> {
    let courses: String = row.get(5)?;
    let (name, sha256): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let (ended_on, reason): (Option<Day>, Option<String>) = (row.get(13)?, row.get(14)?);
    Ok(Acceptance {
        id: row.get(0)?,
        supplier: row.get(1)?,
        reference: row.get(2)?,
        document: name.zip(sha256).map(|(name, sha256)| Document { name, sha256 }),
        courses: serde_json::from_str(&courses)
            .map_err(|e| Fault::of("reading the courses of an acceptance", e))?,
        covers_from: row.get(6)?,
        covers_to: row.get(7)?,
        people_as_of: row.get(8)?,
        people: row.get(9)?,
        finding: row.get(10)?,
        reviewer: row.get(11)?,
        recorded_at: row.get(12)?,
        ended: ended_on.zip(reason),
    })
}

fn refused(field: &str, sentence: &str) -> db::Error {
    Refusal::new("acceptance-incomplete", sentence)
        .field(field)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptance(ended_on: Option<i32>) -> Acceptance {
        Acceptance {
            id: "acp_00000000000000000000000001".parse().expect("an id"),
            supplier: None,
            reference: "CONTRACTS-112".to_owned(),
            document: None,
            courses: vec!["B02".to_owned()],
            covers_from: Day(100),
            covers_to: Day(200),
            people_as_of: Day(150),
            people: 1,
            finding: "Read.".to_owned(),
            reviewer: None,
            recorded_at: Moment(0),
            ended: ended_on.map(|day| (Day(day), "It was wrong.".to_owned())),
        }
    }

    #[test]
    fn it_counts_to_its_last_day_or_to_the_day_before_it_was_ended() {
        assert_eq!(acceptance(None).counts_until(), Some(Day(200)));
        assert_eq!(acceptance(Some(150)).counts_until(), Some(Day(149)));
        assert_eq!(acceptance(Some(101)).counts_until(), Some(Day(100)));
        assert_eq!(
            acceptance(Some(100)).counts_until(),
            None,
            "it never should have counted"
        );
    }

    #[test]
    fn what_is_accepted_has_people_a_reference_a_finding_and_an_end() {
        let person: Id<PersonKind> = "per_00000000000000000000000001".parse().expect("an id");
        let new = NewAcceptance {
            supplier: None,
            people: vec![person],
            people_as_of: Day(150),
            courses: vec!["B02".to_owned()],
            reference: "CONTRACTS-112".to_owned(),
            document: None,
            covers_from: Day(100),
            covers_to: Day(200),
            finding: "Read.".to_owned(),
        };
        let field = |change: fn(&mut NewAcceptance)| {
            let mut changed = new.clone();
            change(&mut changed);
            match check(&changed, Day(160)) {
                Ok(()) => None,
                Err(db::Error::Refused(refusal)) => refusal.field,
                Err(fault) => panic!("{fault}"),
            }
        };
        assert_eq!(field(|_| {}), None);
        assert_eq!(field(|new| new.people.clear()).as_deref(), Some("people"));
        assert_eq!(field(|new| new.reference.clear()).as_deref(), Some("reference"));
        assert_eq!(
            field(|new| new.finding = " ".to_owned()).as_deref(),
            Some("finding")
        );
        assert_eq!(
            field(|new| new.covers_from = Day(161)).as_deref(),
            Some("covers_from")
        );
        assert_eq!(field(|new| new.covers_to = Day(99)).as_deref(), Some("covers_to"));
        assert_eq!(
            field(|new| new.covers_to = Day(100 + DAYS_MAX + 1)).as_deref(),
            Some("covers_to")
        );
    }
}
