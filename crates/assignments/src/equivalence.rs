//! An equivalence: a course that counts for another, because somebody decided so and said why.
//!
//! It holds for completions from its first day on, of a certain edition or a later one; what has no edition, because it
//! came from a file, counts as the first. What is completed from the day it was ended on counts no longer; what was
//! completed before keeps counting, so that ending one takes nothing away from anybody.
//!
//! Not here: courses any one of which a rule takes ([`crate::rule::Terms`]).

use std::collections::HashMap;

use db::{Actor, Day, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};

use crate::jobs;

/// More decisions than any catalogue needs.
const EQUIVALENCES_MAX: i64 = 500;
/// More editions than were ever published.
const EDITIONS_MAX: i64 = 100_000;
const REASON_CHARS_MAX: usize = 1_000;

/// `eqv_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EquivalenceKind;
impl Kind for EquivalenceKind {
    const PREFIX: &'static str = "eqv";
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEquivalence {
    /// What was done.
    pub course_id: String,
    /// In this edition or a later one.
    pub edition_min: i64,
    /// The course it counts for.
    pub counts_for: String,
    /// Completions from this day on.
    pub from_on: Day,
    pub reason: String,
}

/// What was decided, by whom, and whether it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivalence {
    pub id: Id<EquivalenceKind>,
    pub said: NewEquivalence,
    /// The account.
    pub decided_by: String,
    pub recorded_at: Moment,
    /// The first day whose completions count no longer, and why.
    pub ended: Option<(Day, String)>,
}

impl Equivalence {
    /// Whether a completion of this course, edition and day counts for the other.
    #[must_use]
    pub fn counts(&self, course_id: &str, edition: i64, on: Day) -> bool {
        self.said.course_id == course_id
            && edition >= self.said.edition_min
            && on >= self.said.from_on
            && self.ended.as_ref().is_none_or(|(ended_on, _)| on < *ended_on)
    }
}

/// Records the decision of the person who writes.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn decide(tx: &mut Tx, new: &NewEquivalence) -> Result<Id<EquivalenceKind>> {
    let account = account(tx)?;
    if new.course_id == new.counts_for {
        return Err(refused(
            "counts_for",
            "A course counts for itself already. Choose another.",
        ));
    }
    for (field, course) in [("course", &new.course_id), ("counts_for", &new.counts_for)] {
        let known = tx.one(
            sql!("select id from course where id = $1"),
            &params![course],
            |row| row.get::<String>(0),
        )?;
        if known.is_none() {
            return Err(refused(field, "Choose a course from the list."));
        }
    }
    if new.edition_min < 1 {
        return Err(refused(
            "edition_min",
            "Write the number of the first edition that counts; 1 is any.",
        ));
    }
    reason(&new.reason)?;
    let same = all(tx)?.into_iter().any(|old| {
        old.ended.is_none() && old.said.course_id == new.course_id && old.said.counts_for == new.counts_for
    });
    if same {
        return Err(refused(
            "course",
            "This was decided already. End that decision first if it is to change.",
        ));
    }
    let id = tx.new_id::<EquivalenceKind>();
    tx.execute(
        sql!(
            "insert into equivalence (id, course_id, edition_min, counts_for, from_on, reason, decided_by, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            &new.course_id,
            new.edition_min,
            &new.counts_for,
            new.from_on,
            new.reason.trim(),
            account,
            tx.now()
        ],
    )?;
    let payload = serde_json::json!({
        "course": new.course_id,
        "edition_min": new.edition_min,
        "counts_for": new.counts_for,
        "from_on": new.from_on,
        "reason": new.reason.trim(),
    });
    ledger::record(
        tx,
        Entry::about(Act::EquivalenceDecided, format!("equivalence:{id}")).payload(payload),
    )?;
    jobs::for_all(tx)?;
    Ok(id)
}

/// Ends a decision for what is completed from today on.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn end(tx: &mut Tx, id: &Id<EquivalenceKind>, why: &str) -> Result<()> {
    account(tx)?;
    reason(why)?;
    let open = all(tx)?
        .into_iter()
        .any(|one| one.id == *id && one.ended.is_none());
    if !open {
        return Err(Refusal::new(
            "equivalence-ended",
            "This decision has been ended already, or never was.",
        )
        .into());
    }
    let (today, now, by) = (tx.today()?, tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into equivalence_end (equivalence_id, ended_on, reason, ended_by, ended_at)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, today, why.trim(), by, now],
    )?;
    let payload = serde_json::json!({ "ended_on": today, "reason": why.trim() });
    ledger::record(
        tx,
        Entry::about(Act::EquivalenceEnded, format!("equivalence:{id}")).payload(payload),
    )?;
    jobs::for_all(tx)
}

/// Every decision, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Vec<Equivalence>> {
    reader.rows(
        sql!(
            "select q.id, q.course_id, q.edition_min, q.counts_for, q.from_on, q.reason, q.decided_by, q.recorded_at,
                    x.ended_on, x.reason
             from equivalence q
             left join equivalence_end x on x.equivalence_id = q.id
             order by q.recorded_at desc, q.id desc
             limit $1"
        ),
        &params![EQUIVALENCES_MAX],
        |row| {
            Ok(Equivalence {
                id: row.get(0)?,
                said: NewEquivalence {
                    course_id: row.get(1)?,
                    edition_min: row.get(2)?,
                    counts_for: row.get(3)?,
                    from_on: row.get(4)?,
                    reason: row.get(5)?,
                },
                decided_by: row.get(6)?,
                recorded_at: row.get(7)?,
                ended: match row.get::<Option<Day>>(8)? {
                    Some(on) => Some((on, row.get(9)?)),
                    None => None,
                },
            })
        },
    )
}

/// Which courses a completion counts for besides its own.
#[derive(Debug, Default)]
pub struct Counted {
    decided: Vec<Equivalence>,
    /// The number of each edition; empty when nothing was decided.
    editions: HashMap<String, i64>,
}

impl Counted {
    /// Reads what was decided.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn read(reader: &mut Reader) -> Result<Counted> {
        let decided = all(reader)?;
        if decided.is_empty() {
            return Ok(Counted::default());
        }
        let editions = reader.rows(
            sql!("select id, number from edition order by id limit $1"),
            &params![EDITIONS_MAX],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Counted {
            decided,
            editions: editions.into_iter().collect(),
        })
    }

    /// The courses a completion of this course, edition and day counts for besides its own.
    pub fn also(&self, course_id: &str, edition: Option<&str>, on: Day) -> Vec<String> {
        if self.decided.is_empty() {
            return Vec::new();
        }
        let number = edition.and_then(|id| self.editions.get(id)).copied().unwrap_or(1);
        self.decided
            .iter()
            .filter(|one| one.counts(course_id, number, on))
            .map(|one| one.said.counts_for.clone())
            .collect()
    }

    /// The same, as it was known at an instant.
    #[must_use]
    pub fn known_at(mut self, known_at: Moment) -> Counted {
        self.decided.retain(|one| one.recorded_at <= known_at);
        self
    }
}

fn account(tx: &Tx) -> Result<String> {
    match tx.actor() {
        Actor::Person(account) => Ok(account.clone()),
        _ => Err(Refusal::new(
            "equivalence-needs-a-person",
            "Whether one course counts for another is decided by a person. Sign in, and decide it on the page.",
        )
        .into()),
    }
}

fn reason(text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > REASON_CHARS_MAX {
        return Err(refused("reason", "Say why in up to 1,000 characters."));
    }
    Ok(())
}

fn refused(field: &str, sentence: &str) -> db::Error {
    Refusal::new("equivalence-refused", sentence).field(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ADA, account, day, entries, organisation, person, reconcile_all};
    use db::Db;

    fn by_olga<T: Send + 'static>(
        db: &Db,
        f: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        db.write_blocking(Actor::Person("acc_1".to_owned()), f)
    }

    fn new() -> NewEquivalence {
        NewEquivalence {
            course_id: "D05".to_owned(),
            edition_min: 1,
            counts_for: "B02".to_owned(),
            from_on: day("2026-05-01"),
            reason: "It covers the same objectives and more.".to_owned(),
        }
    }

    fn owes(db: &Db) -> Vec<String> {
        reconcile_all(db);
        let owed = db
            .read_blocking(|r| crate::assignment::owed(r, &person(ADA)))
            .expect("reading works");
        owed.into_iter().map(|one| one.course_id).collect()
    }

    #[test]
    fn a_course_counts_for_another_once_somebody_has_decided_so_and_from_that_day_on() {
        let db = organisation();
        account(&db, "acc_1", "olga@northwind.example", None);
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!(
                    "insert into completion (id, person_id, course_id, edition_id, occurred_on, occurred_at, recorded_at, source, class, passed)
                     values ('com_1', $1, 'D05', 'edi_D05', $2, 0, 0, 'muster', 'A', 1)"
                ),
                &params![ADA, day("2026-05-25")],
            )
        })
        .expect("a completion can be put down");
        assert_eq!(owes(&db), ["B02"], "nothing was decided");
        by_olga(&db, |tx| {
            decide(
                tx,
                &NewEquivalence {
                    edition_min: 2,
                    ..new()
                },
            )
        })
        .expect("decided");
        assert_eq!(owes(&db), ["B02"], "it was the first edition");
        let id = db.read_blocking(all).expect("reading works")[0].id.clone();
        by_olga(&db, move |tx| end(tx, &id, "Too strict.")).expect("ended");
        by_olga(&db, |tx| decide(tx, &new())).expect("decided");
        assert_eq!(owes(&db), [] as [String; 0]);
        let id = db
            .read_blocking(all)
            .expect("reading works")
            .into_iter()
            .find(|one| one.ended.is_none())
            .expect("one")
            .id;
        by_olga(&db, move |tx| end(tx, &id, "It was rewritten.")).expect("ended");
        assert_eq!(
            owes(&db),
            [] as [String; 0],
            "what was completed before keeps counting"
        );
        assert_eq!(
            (
                entries(&db, Act::EquivalenceDecided),
                entries(&db, Act::EquivalenceEnded)
            ),
            (2, 2)
        );
    }

    #[test]
    fn an_equivalence_needs_a_person_two_courses_and_a_reason() {
        let db = organisation();
        account(&db, "acc_1", "olga@northwind.example", None);
        let refused = |new: NewEquivalence| match by_olga(&db, move |tx| decide(tx, &new)) {
            Err(db::Error::Refused(refusal)) => refusal.field.unwrap_or_default(),
            other => panic!("expected a refusal, got {other:?}"),
        };
        assert_eq!(
            refused(NewEquivalence {
                counts_for: "D05".to_owned(),
                ..new()
            }),
            "counts_for"
        );
        assert_eq!(
            refused(NewEquivalence {
                course_id: "X99".to_owned(),
                ..new()
            }),
            "course"
        );
        assert_eq!(
            refused(NewEquivalence {
                reason: " ".to_owned(),
                ..new()
            }),
            "reason"
        );
        assert_eq!(
            refused(NewEquivalence {
                edition_min: 0,
                ..new()
            }),
            "edition_min"
        );
        assert!(
            db.write_blocking(Actor::Operator, |tx| decide(tx, &new()))
                .is_err()
        );
    }
}
