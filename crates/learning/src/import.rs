//! An import: completions from another system's file, planned first, then applied as a whole or not at all.
//!
//! What comes in is marked with its source and as class C, with the noon of its day as the time it happened and
//! now as the time we learnt of it. The plan is bound to the file and to what was known when it was made; one
//! row that cannot be taken keeps out the whole file. The same completion twice is there once.
//! Not here: reading the bytes ([`crate::sources::completions`]).

use std::collections::{BTreeSet, HashMap, HashSet};

use assignments::reconcile::{self, Scope};
use curriculum::edition;
use db::{Day, Id, Reader, Refusal, Result, Tx, Value, params, sql};
use ledger::{Act, Class, Entry};
use roster::{person::PersonKind, snapshot::RefusedRow};
use sha2::{Digest, Sha256};

use crate::{
    completion::CompletionKind,
    sources::completions::{self, Said, Who},
    words,
};

/// Longer names of sources are typing mistakes.
const NAME_CHARS_MAX: usize = 40;
/// People whose assignments are reckoned within the import itself: a second's work.
const SETTLED_AT_ONCE_MAX: usize = 500;

/// What applying the file would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Hex SHA-256 of the file, the source and what would be recorded.
    pub id: String,
    pub source: String,
    pub file_sha256: String,
    pub rows: u64,
    pub added: Vec<Added>,
    /// Rows that are here already, or stand twice in the file.
    pub unchanged: u64,
    /// In the order of the lines. One is enough to keep the file out.
    pub refused: Vec<RefusedRow>,
    pub notes: Vec<String>,
}

/// A completion that would be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    pub line: u64,
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub completed_on: Day,
    pub passed: bool,
    /// Percent.
    pub score: Option<f64>,
    pub evidence_url: Option<String>,
}

/// Nobody, or more than one, is known by it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    One(Id<PersonKind>),
    Several,
}

/// What a completion is known by within a source.
type Key = (Id<PersonKind>, String, Day, bool);

/// Plans what the file would change. Changes nothing.
///
/// # Errors
/// Refuses a file that cannot be read at all, and a source name that is not one.
pub fn plan(reader: &mut Reader, source: &str, bytes: &[u8]) -> Result<Plan> {
    check_name(source)?;
    let file = completions::read(bytes)?;
    let people = people(reader, &file.said)?;
    let courses: BTreeSet<String> = edition::courses(reader)?
        .into_iter()
        .map(|listed| listed.edition.course_id)
        .collect();
    let mut seen = recorded(reader, source)?;
    let today = reader.today()?;
    let mut plan = Plan {
        id: String::new(),
        source: source.to_owned(),
        file_sha256: hex::encode(Sha256::digest(bytes)),
        rows: file.rows,
        added: Vec::new(),
        unchanged: 0,
        refused: file.refused,
        notes: file.notes,
    };
    for said in file.said {
        match resolve(&said, &people, &courses, today) {
            Err(refused) => plan.refused.push(refused),
            Ok(added) => {
                let key = (
                    added.person.clone(),
                    added.course_id.clone(),
                    added.completed_on,
                    added.passed,
                );
                if seen.insert(key) {
                    plan.added.push(added)
                } else {
                    plan.unchanged += 1
                }
            }
        }
    }
    plan.refused.sort();
    plan.id = plan.reckon_id();
    Ok(plan)
}

/// Applies the plan with this id, all of it in this transaction, and says what it was.
///
/// # Errors
/// Refuses a plan that is no longer what the file would do, and a file with a row that cannot be taken.
pub fn apply(tx: &mut Tx, source: &str, bytes: &[u8], plan_id: &str) -> Result<Plan> {
    let plan = plan(tx, source, bytes)?;
    if let Some(first) = plan.refused.first() {
        return Err(has_refused_rows(plan.refused.len(), first).into());
    }
    if plan.id != plan_id {
        return Err(plan_is_stale().into());
    }
    if plan.added.is_empty() {
        return Ok(plan);
    }
    let recorded = insert(tx, &plan)?;
    let mut entries = vec![
        Entry::about(Act::ImportApplied, format!("import:{source}"))
            .class(Class::C)
            .payload(serde_json::json!({
                "added": plan.added.len(),
                "file_sha256": plan.file_sha256,
                "plan": plan.id,
                "rows": plan.rows,
                "source": plan.source,
                "unchanged": plan.unchanged,
                "what": "completions",
            })),
    ];
    entries.extend(recorded);
    ledger::record_many(tx, entries)?;
    settle(tx, &plan)?;
    Ok(plan)
}

impl Plan {
    /// What the command line prints.
    pub fn json(&self) -> serde_json::Value {
        let refused: Vec<serde_json::Value> = self
            .refused
            .iter()
            .map(|row| serde_json::json!({ "line": row.line, "column": row.column, "reason": row.reason }))
            .collect();
        serde_json::json!({
            "plan": self.id,
            "source": self.source,
            "rows": self.rows,
            "joiners": 0,
            "leavers": 0,
            "movers": 0,
            "changed": self.added.len(),
            "added": self.added.len(),
            "unchanged": self.unchanged,
            "refused": refused,
            "held": [],
            "notes": self.notes,
        })
    }

    fn reckon_id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!(
            "completions\n{}\n{}\n{}\n",
            self.source, self.file_sha256, self.unchanged
        ));
        for added in &self.added {
            hash.update(format!(
                "{} {} {} {} {} {}\n",
                added.person,
                added.course_id,
                added.completed_on,
                added.passed,
                added.score.map(|score| score.to_string()).unwrap_or_default(),
                added.evidence_url.as_deref().unwrap_or_default()
            ));
        }
        hex::encode(hash.finalize())
    }
}

fn resolve(
    said: &Said,
    people: &HashMap<Who, Known>,
    courses: &BTreeSet<String>,
    today: Day,
) -> std::result::Result<Added, RefusedRow> {
    let wrong = |column: &str, reason: String| RefusedRow {
        line: said.line,
        column: column.to_owned(),
        reason,
    };
    let (column, name) = match &said.who {
        Who::Key(key) => ("source_id", key),
        Who::Email(email) => ("email", email),
    };
    let person = match people.get(&said.who) {
        Some(Known::One(person)) => person.clone(),
        Some(Known::Several) => {
            return Err(wrong(
                column,
                format!("More than one person is known by “{name}”; name the person another way."),
            ));
        }
        None => {
            return Err(wrong(
                column,
                format!(
                    "Nobody on the roster is known by “{name}”; bring in the roster first, or correct it."
                ),
            ));
        }
    };
    if !courses.contains(&said.course) {
        return Err(wrong(
            "course",
            format!(
                "There is no course “{}” here; write the id of a published course.",
                said.course
            ),
        ));
    }
    if said.completed_on > today {
        return Err(wrong(
            "completed_on",
            format!(
                "{} is in the future; a completion has happened.",
                said.completed_on
            ),
        ));
    }
    Ok(Added {
        line: said.line,
        person,
        course_id: said.course.clone(),
        completed_on: said.completed_on,
        passed: said.passed.unwrap_or(true),
        score: said.score,
        evidence_url: said.evidence_url.clone(),
    })
}

/// The people the file names. One pass over each table costs less than a question for every row.
fn people(reader: &mut Reader, said: &[Said]) -> Result<HashMap<Who, Known>> {
    let wanted: HashSet<&Who> = said.iter().map(|said| &said.who).collect();
    let mut known: HashMap<Who, Known> = HashMap::with_capacity(wanted.len());
    let mut note = |who: Who, person: Id<PersonKind>| {
        if !wanted.contains(&who) {
            return;
        }
        let found = known.entry(who).or_insert_with(|| Known::One(person.clone()));
        if *found != Known::One(person) {
            *found = Known::Several;
        }
    };
    if wanted.iter().any(|who| matches!(who, Who::Key(_))) {
        let keys = sql!("select distinct source_key, person_id from engagement");
        reader.each(keys, &[], |row| {
            note(Who::Key(row.get(0)?), row.get(1)?);
            Ok(())
        })?;
    }
    if wanted.iter().any(|who| matches!(who, Who::Email(_))) {
        let today = reader.today()?;
        let addresses = sql!(
            "select p.email, p.person_id
             from profile_held p
             where p.email is not null
               and p.to_on > $1"
        );
        reader.each(addresses, &params![today], |row| {
            note(Who::Email(row.get(0)?), row.get(1)?);
            Ok(())
        })?;
    }
    Ok(known)
}

/// What the source has brought in before.
fn recorded(reader: &mut Reader, source: &str) -> Result<HashSet<Key>> {
    let mut keys = HashSet::new();
    reader.each(
        sql!(
            "select person_id, course_id, occurred_on, passed
             from completion
             where source = $1
               and source <> 'muster'"
        ),
        &params![format!("import:{source}")],
        |row| {
            keys.insert((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            Ok(())
        },
    )?;
    Ok(keys)
}

/// Inserts the completions and gives the entries about them.
fn insert(tx: &mut Tx, plan: &Plan) -> Result<Vec<Entry>> {
    let (now, zone) = (tx.now(), tx.zone()?);
    let source = format!("import:{}", plan.source);
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(plan.added.len());
    let mut entries = Vec::with_capacity(plan.added.len());
    for added in &plan.added {
        let id = tx.new_id::<CompletionKind>();
        // In the morning of the day itself, noon has not come yet.
        let occurred_at = added.completed_on.noon(&zone).min(now);
        let payload = serde_json::json!({
            "completed_on": added.completed_on.to_string(),
            "completion": id.as_str(),
            "course": added.course_id,
            "evidence_url": added.evidence_url,
            "line": added.line,
            "passed": added.passed,
            "plan": plan.id,
            "score": added.score,
            "source": source,
        });
        let about = Entry::about(Act::CompletionImported, format!("person:{}", added.person));
        entries.push(about.occurred(occurred_at).class(Class::C).payload(payload));
        rows.push(
            params![
                id,
                &added.person,
                &added.course_id,
                added.completed_on,
                occurred_at,
                now,
                &source,
                Class::C.text(),
                added.passed,
                added.score,
                &added.evidence_url
            ]
            .to_vec(),
        );
    }
    tx.execute_many(
        sql!(
            "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at,
                                     source, class, passed, score, evidence_url)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        rows,
    )?;
    Ok(entries)
}

/// Ends what is owed no longer: of a few people now, of many as a job, so that no page waits for it.
fn settle(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let people: BTreeSet<&Id<PersonKind>> = plan.added.iter().map(|added| &added.person).collect();
    let people: Vec<Id<PersonKind>> = people.into_iter().cloned().collect();
    if people.len() > SETTLED_AT_ONCE_MAX {
        return assignments::jobs::for_people(tx, &people);
    }
    reconcile::reconcile(tx, &Scope::People(people)).map(|_| ())
}

fn check_name(source: &str) -> std::result::Result<(), Refusal> {
    let plain = source
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if plain && (1..=NAME_CHARS_MAX).contains(&source.len()) {
        return Ok(());
    }
    Err(Refusal::new(
        "source-name",
        "Name the source in small letters, digits and dashes, at most 40 of them, for example academy.",
    )
    .field("source"))
}

fn has_refused_rows(count: usize, first: &RefusedRow) -> Refusal {
    let rows = words::counted(count as u64, "row");
    Refusal::new(
        "import-has-refused-rows",
        format!(
            "The file was not taken, and nothing was changed: {rows} cannot be read. Line {}: {}",
            first.line, first.reason
        ),
    )
    .field("file")
}

fn plan_is_stale() -> Refusal {
    Refusal::new("plan-stale", "The file, the roster or the courses have changed since this plan was made, so nothing was changed. Plan again, look at it, then apply that plan.")
        .field("plan")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use db::{Actor, Db, Error};

    use super::*;
    use crate::{
        completion,
        tests::{self as sample, ADA},
    };

    const HEADER: &str = "source_id,course,completed_on,score,passed,evidence_url\n";

    fn planned(db: &Db, text: &str) -> Result<Plan> {
        let bytes = text.as_bytes().to_vec();
        db.read_blocking(move |reader| plan(reader, "academy", &bytes))
    }

    fn applied(db: &Db, text: &str, plan: &str) -> Result<Plan> {
        let (bytes, plan) = (Arc::new(text.as_bytes().to_vec()), plan.to_owned());
        db.write_blocking(Actor::Operator, move |tx| apply(tx, "academy", &bytes, &plan))
    }

    fn code(result: Result<Plan>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => {
                assert!(refusal.sentence.ends_with('.'), "{refusal}");
                refusal.code
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn what_comes_in_is_marked_and_dated_by_its_own_day() {
        let db = sample::db();
        let text = format!(
            "{HEADER}7,T01,2026-03-01,92.5,yes,https://academy.example/7\n7,t01,2026-06-01,,,\n8,T01,2026-05-05,40,no,\n"
        );
        let plan = planned(&db, &text).expect("planned");
        assert_eq!(
            (plan.rows, plan.added.len(), plan.unchanged, plan.refused.len()),
            (3, 3, 0, 0)
        );
        applied(&db, &text, &plan.id).expect("applied");
        let found = db
            .read_blocking(|r| completion::of_person(r, &sample::person_id(ADA)))
            .expect("read");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].occurred_at, found[0].recorded_at,
            "noon of today has not come yet"
        );
        assert_eq!(found[1].occurred_at.to_string(), "2026-03-01T12:00:00.000Z");
        assert_eq!(
            (found[1].source.as_str(), found[1].class, found[1].score),
            ("import:academy", Class::C, Some(92.5))
        );
        assert_eq!(found[1].recorded_at.to_string(), "2026-06-01T09:00:00.000Z");
        assert_eq!(
            (
                sample::entries(&db, Act::ImportApplied),
                sample::entries(&db, Act::CompletionImported)
            ),
            (1, 3)
        );
        let ben = db
            .read_blocking(|r| completion::latest(r, &sample::person_id(sample::BEN), "T01"))
            .expect("read");
        assert_eq!(ben, None, "what was failed is kept and never counts as passed");
    }

    #[test]
    fn the_same_file_again_changes_nothing() {
        let db = sample::db();
        let text = format!("{HEADER}7,T01,2026-03-01,,,\n7,T01,2026-03-01,,,\n7,T01,2026-03-01,,no,\n");
        let first = planned(&db, &text).expect("planned");
        assert_eq!((first.added.len(), first.unchanged), (2, 1));
        applied(&db, &text, &first.id).expect("applied");
        let again = planned(&db, &text).expect("planned");
        assert_eq!((again.added.len(), again.unchanged), (0, 3));
        applied(&db, &text, &again.id).expect("applied");
        assert_eq!(
            (
                sample::entries(&db, Act::ImportApplied),
                sample::entries(&db, Act::CompletionImported)
            ),
            (1, 2)
        );
    }

    #[test]
    fn one_row_that_cannot_be_taken_keeps_out_the_whole_file() {
        let db = sample::db();
        let text = format!(
            "{HEADER}7,T01,2026-03-01,,,\n99,T01,2026-03-01,,,\n7,X99,2026-03-01,,,\n7,T01,2026-06-02,,,\n"
        );
        let plan = planned(&db, &text).expect("planned");
        let places: Vec<(u64, &str)> = plan
            .refused
            .iter()
            .map(|row| (row.line, row.column.as_str()))
            .collect();
        assert_eq!(places, [(3, "source_id"), (4, "course"), (5, "completed_on")]);
        assert_eq!(code(applied(&db, &text, &plan.id)), "import-has-refused-rows");
        assert_eq!(sample::entries(&db, Act::CompletionImported), 0);
        let json = plan.json();
        assert_eq!(
            (json["rows"].as_u64(), json["refused"][0]["line"].as_u64()),
            (Some(4), Some(3))
        );
    }

    #[test]
    fn a_plan_for_another_file_or_another_day_is_not_applied() {
        let db = sample::db();
        let (one, two) = (
            format!("{HEADER}7,T01,2026-03-01,,,\n"),
            format!("{HEADER}7,T01,2026-03-02,,,\n"),
        );
        let plan = planned(&db, &one).expect("planned");
        assert_eq!(code(applied(&db, &two, &plan.id)), "plan-stale");
        applied(&db, &one, &plan.id).expect("applied");
        assert_eq!(code(applied(&db, &one, &plan.id)), "plan-stale");
    }

    #[test]
    fn people_are_known_by_address_too_and_a_shared_one_is_nobodys() {
        let db = sample::db();
        let text = "email,course,completed_on\nADA@example.com,T01,2026-03-01\n";
        assert_eq!(
            planned(&db, text).expect("planned").added[0].person,
            sample::person_id(ADA)
        );
        db.write_blocking(Actor::Operator, |tx| {
            tx.execute(sql!("update profile set email = 'ada@example.com'"), &[])
        })
        .expect("changed");
        assert!(
            planned(&db, text).expect("planned").refused[0]
                .reason
                .starts_with("More than one person")
        );
    }

    #[test]
    fn a_source_has_a_plain_name() {
        for name in ["academy", "knowbe4", "old-lms-2"] {
            assert!(check_name(name).is_ok());
        }
        for name in ["", "Academy", "a b", "a:b", "ä", &"a".repeat(41)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
