//! Reconciling makes what is assigned agree with what the rules ask of the people we have.
//!
//! What is open and still right is left alone; a date that changed ends the row as `moved_date` and opens another under
//! the same basis with a number behind it (`start:2026-03-01#2`), so no row is ever changed.
//!
//! Invariants: applying a plan makes the next one empty; people are independent of each other, so any part of the
//! organisation can be reconciled alone, at a cost that grows with that part.
//!
//! Not here: what has to be opened and ended for one person (`plan`); the reckoning of days ([`crate::due`]); when it
//! runs ([`crate::jobs`]).

mod plan;

use std::collections::HashMap;
use std::str::FromStr;

use db::{Id, Reader, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

use crate::assignment::AssignmentKind;
use crate::due::Basis;
use crate::facts::{self, People, Standing};
use crate::rule::{self, Rule, RuleKind};

pub(crate) use plan::wanted;
pub use plan::{Ending, Opening, Plan, Why, plan};

/// People reconciled at a time: few enough to keep in memory, enough to be quick.
const BATCH: i64 = 2_000;

/// Who is to be reconciled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    People(Vec<Id<PersonKind>>),
}

/// How much reconciling changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// People for whom anything changed.
    pub people: u64,
    pub opened: u64,
    pub ended: u64,
}

/// Reconciles the people in the scope, all in this transaction.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn reconcile(tx: &mut Tx, scope: &Scope) -> Result<Changes> {
    let rules = rule::list(tx)?;
    let mut changes = Changes::default();
    match scope {
        Scope::People(ids) => {
            for id in ids {
                changes.add(range(tx, &rules, id.as_str(), id.as_str())?);
            }
        }
        Scope::All => {
            let mut after = None;
            loop {
                let (some, last) = batch_of(tx, &rules, after.as_ref())?;
                changes.add(some);
                if last.is_none() {
                    break;
                }
                after = last;
            }
        }
    }
    Ok(changes)
}

/// Reconciles the next people after `after` in the order of ids, a few thousand, and says who was the last; `None` when
/// nobody is left. People are independent, so each lot can have its own transaction and others can write in between.
///
/// # Errors
/// As for [`reconcile`].
pub fn batch(tx: &mut Tx, after: Option<&Id<PersonKind>>) -> Result<(Changes, Option<Id<PersonKind>>)> {
    let rules = rule::list(tx)?;
    batch_of(tx, &rules, after)
}

fn batch_of(
    tx: &mut Tx,
    rules: &[Rule],
    after: Option<&Id<PersonKind>>,
) -> Result<(Changes, Option<Id<PersonKind>>)> {
    let ids = next_people(tx, after)?;
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok((Changes::default(), None));
    };
    let changes = range(tx, rules, first.as_str(), last.as_str())?;
    let more = ids.len() as i64 == BATCH;
    Ok((changes, more.then(|| last.clone())))
}

fn next_people(reader: &mut Reader, after: Option<&Id<PersonKind>>) -> Result<Vec<Id<PersonKind>>> {
    reader.rows(
        sql!(
            "select id
             from person
             where id > $1
             order by id
             limit $2"
        ),
        &params![after.map_or("", Id::as_str), BATCH],
        |row| row.get(0),
    )
}

fn range(tx: &mut Tx, rules: &[Rule], first: &str, last: &str) -> Result<Changes> {
    let today = tx.today()?;
    let people = facts::read(tx, first, last, today)?;
    let planned = people
        .iter()
        .map(|(person, Standing { facts, open })| (person, plan(facts, open, rules, today)));
    let plans: Vec<(&String, Plan)> = planned.filter(|(_, plan)| *plan != Plan::default()).collect();
    if plans.is_empty() {
        return Ok(Changes::default());
    }
    end(tx, &plans, first, last)?;
    let used = used(tx, &people, &plans)?;
    open(tx, &plans, &used)?;
    ledger::record_many(
        tx,
        plans
            .iter()
            .flat_map(|(person, plan)| entries(person, plan))
            .collect(),
    )?;
    Ok(Changes {
        people: plans.len() as u64,
        opened: plans.iter().map(|(_, plan)| plan.open.len() as u64).sum(),
        ended: plans.iter().map(|(_, plan)| plan.end.len() as u64).sum(),
    })
}

fn end(tx: &mut Tx, plans: &[(&String, Plan)], first: &str, last: &str) -> Result<()> {
    let now = tx.now();
    let ending = |one: &Ending| params![&one.assignment, now, one.why.as_str(), &one.completion_id].to_vec();
    let rows: Vec<_> = plans
        .iter()
        .flat_map(|(_, plan)| plan.end.iter().map(ending))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute_many(
        sql!("insert into assignment_end (assignment_id, ended_at, reason, completion_id) values ($1, $2, $3, $4)"),
        rows,
    )?;
    tx.execute(
        sql!(
            "delete from assignment_open
             where person_id >= $1
               and person_id <= $2
               and exists (
                   select 1
                   from assignment_end
                   where assignment_end.assignment_id = assignment_open.assignment_id)"
        ),
        &params![first, last],
    )?;
    Ok(())
}

/// How often each basis has been used before, for those for whom something is to be opened.
type Used = HashMap<(String, String, Basis), usize>;

fn used(tx: &mut Tx, people: &People, plans: &[(&String, Plan)]) -> Result<Used> {
    let openers: Vec<&str> = plans
        .iter()
        .filter(|(_, plan)| !plan.open.is_empty())
        .map(|(person, _)| person.as_str())
        .collect();
    // One look at the whole range beats many small ones once many of its people have something to open.
    let mut rows = Vec::new();
    match (openers.first(), openers.last()) {
        (Some(first), Some(last)) if openers.len() * 10 > people.len() => {
            rows = facts::used(tx, first, last)?
        }
        _ => {
            for person in openers {
                rows.extend(facts::used(tx, person, person)?);
            }
        }
    }
    let mut used = Used::with_capacity(rows.len());
    for (person, rule, basis) in rows {
        *used.entry((person, rule, Basis::from_str(&basis)?)).or_default() += 1;
    }
    Ok(used)
}

fn open(tx: &mut Tx, plans: &[(&String, Plan)], used: &Used) -> Result<()> {
    let now = tx.now();
    let (mut kept, mut open) = (Vec::new(), Vec::new());
    for (person, plan) in plans {
        for Opening {
            rule,
            course_id,
            next,
        } in &plan.open
        {
            let id = tx.new_id::<AssignmentKind>();
            let basis = numbered(used, person, rule, next.basis);
            let (reason, opens, due) = (next.reason.as_str(), next.opens_on, next.due_on);
            kept.push(params![&id, *person, rule, course_id, &basis, reason, now, opens, due].to_vec());
            open.push(params![*person, rule, id, course_id, basis, opens, due].to_vec());
        }
    }
    tx.execute_many(
        sql!(
            "insert into assignment
                 (id, person_id, rule_id, course_id, basis, reason, assigned_at, opens_on, due_on)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        kept,
    )?;
    tx.execute_many(
        sql!(
            "insert into assignment_open (person_id, rule_id, assignment_id, course_id, basis, opens_on, due_on)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        open,
    )?;
    Ok(())
}

fn numbered(used: &Used, person: &str, rule: &Id<RuleKind>, basis: Basis) -> String {
    // The first time for everybody there are a million of these, and nothing to look up.
    let before = if used.is_empty() {
        None
    } else {
        used.get(&(person.to_owned(), rule.as_str().to_owned(), basis))
    };
    before.map_or_else(|| basis.to_string(), |before| format!("{basis}#{}", before + 1))
}

/// One entry a person for what was opened and one for what was ended, not one a row.
fn entries(person: &str, plan: &Plan) -> Vec<Entry> {
    let subject = || format!("person:{person}");
    let mut entries = Vec::new();
    if !plan.end.is_empty() {
        let ended = |one: &Ending| serde_json::json!({ "course": one.course_id, "reason": one.why.as_str() });
        let payload = serde_json::json!({ "assignments": plan.end.iter().map(ended).collect::<Vec<_>>() });
        entries.push(Entry::about(Act::AssignmentEnded, subject()).payload(payload));
    }
    if !plan.open.is_empty() {
        let opened = |one: &Opening| {
            serde_json::json!({
                "course": one.course_id,
                "reason": one.next.reason.as_str(),
                "due_on": one.next.due_on,
            })
        };
        let payload = serde_json::json!({ "assignments": plan.open.iter().map(opened).collect::<Vec<_>>() });
        entries.push(Entry::about(Act::Assigned, subject()).payload(payload));
    }
    entries
}

impl Changes {
    pub(crate) fn add(&mut self, other: Changes) {
        self.people += other.people;
        self.opened += other.opened;
        self.ended += other.ended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Duty, NewRule};
    use crate::tests::{ADA, BEN, day, entries, organisation, person, reconcile_all as all};
    use db::{Actor, Db};

    fn only(db: &Db, id: &'static str) -> Changes {
        let scope = move || Scope::People(vec![person(id)]);
        db.write_blocking(Actor::Job("reconcile"), move |tx| reconcile(tx, &scope()))
            .expect("reconciling works")
    }

    fn complete(db: &Db, id: &'static str, course: &'static str, on: &'static str) {
        db.write_blocking(Actor::Setup, move |tx| {
            tx.execute(
                sql!(
                    "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class, passed)
                     values ($1, $2, $3, $4, 0, 0, 'muster', 'A', 1)"
                ),
                &params![format!("com_{on}"), id, course, day(on)],
            )
        })
        .expect("a completion can be put down");
    }

    fn bases(db: &Db, id: &'static str) -> Vec<String> {
        let read = move |r: &mut Reader| {
            r.rows(
                sql!(
                    "select a.basis || ' ' || coalesce(e.reason, 'open')
                     from assignment a
                     left join assignment_end e on e.assignment_id = a.id
                     where a.person_id = $1
                       and a.course_id = 'B02'
                     order by a.id"
                ),
                &params![id],
                |row| row.get(0),
            )
        };
        db.read_blocking(read).expect("reading works")
    }

    #[test]
    fn everybody_is_reconciled_and_the_second_time_nothing_changes() {
        let db = organisation();
        assert_eq!(
            all(&db),
            Changes {
                people: 2,
                opened: 4,
                ended: 0
            }
        );
        assert_eq!(all(&db), Changes::default());
        assert_eq!(entries(&db, Act::Assigned), 2, "one a person, not one a row");
    }

    #[test]
    fn rows_follow_a_completion_a_leave_and_a_leaver_without_ever_being_changed() {
        let db = organisation();
        all(&db);
        complete(&db, BEN, "B02", "2026-05-30");
        assert_eq!(
            only(&db, BEN),
            Changes {
                people: 1,
                opened: 1,
                ended: 1
            }
        );
        assert_eq!(
            bases(&db, BEN),
            ["start:2026-01-01 completed", "after:2026-05-30 open"]
        );
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!("insert into leave (id, person_id, source, source_key, from_on, recorded_at) values ('lea_1', $1, 'hr', 'ada', $2, 0)"),
                &params![ADA, day("2026-06-10")],
            )
        })
        .expect("a leave can be put down");
        assert_eq!(
            only(&db, ADA),
            Changes {
                people: 1,
                opened: 2,
                ended: 2
            }
        );
        assert_eq!(
            bases(&db, ADA),
            ["start:2026-05-20 moved_date", "start:2026-05-20#2 open"]
        );
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(sql!("update leave set superseded_at = 1"), &[])
        })
        .expect("a leave can be taken back");
        all(&db);
        assert_eq!(
            bases(&db, ADA),
            [
                "start:2026-05-20 moved_date",
                "start:2026-05-20#2 moved_date",
                "start:2026-05-20#3 open"
            ]
        );
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!("update engagement set end_on = $1 where person_id = $2"),
                &params![day("2026-05-31"), ADA],
            )
        })
        .expect("an engagement can end");
        assert_eq!(
            all(&db),
            Changes {
                people: 1,
                opened: 0,
                ended: 2
            }
        );
        assert_eq!(all(&db), Changes::default());
    }

    #[test]
    fn a_rule_in_the_place_of_another_moves_everybody_over() {
        let db = organisation();
        all(&db);
        db.write_blocking(Actor::Operator, |tx| {
            let old = rule::list(tx)?
                .into_iter()
                .find(|rule| rule.course_id == "B02")
                .expect("the baseline");
            let duty = Duty::parse(r#"{"onboarding_days":14,"refresh_days":365}"#)?;
            let new = NewRule {
                name: old.name,
                audience: old.audience,
                course_id: old.course_id,
                duty,
                from_on: day("2026-06-01"),
                terms: rule::Terms::default(),
            };
            rule::set(tx, &new, Some(&old.id))
        })
        .expect("a rule can be replaced");
        assert_eq!(
            all(&db),
            Changes {
                people: 2,
                opened: 2,
                ended: 2
            }
        );
        assert_eq!(
            bases(&db, ADA),
            ["start:2026-05-20 rule_ended", "start:2026-05-20 open"],
            "she has been asked since then"
        );
    }

    #[test]
    fn a_new_edition_makes_nobody_owe_anything() {
        let db = organisation();
        complete(&db, ADA, "B02", "2026-05-30");
        all(&db);
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!(
                    "insert into edition (id, course_id, number, title, leg, layer, minutes, method, reviewed_on,
                         review_due_on, content_sha256, published_at, published_by)
                     values ('edi_2', 'B02', 2, 'A course', 'training', 'baseline', 12, 'online', 0, 0, 'x', 0, 'setup')"
                ),
                &[],
            )
        })
        .expect("an edition can be published");
        assert_eq!(all(&db), Changes::default());
    }
}
