//! Whom a change of the programme would touch, before it is made: who would owe a course newly, who no longer, and whose
//! day would move.
//!
//! A change is the rules that bind now and the rules that would. Of each person and each course that a changed rule asks
//! for, the earliest day by the one is held against the earliest day by the other. Nothing is written, so what is shown is
//! what the next reconciling would do.
//!
//! Not here: making the change ([`crate::rule`], [`crate::named_audience`]).

use std::collections::BTreeSet;

use db::{Day, Id, Reader, Result, params, sql};
use roster::person::{self, PersonKind};
use serde::Serialize;

use crate::facts;
use crate::reconcile;
use crate::rule::{NewRule, Rule};
use crate::spell::Facts;

/// People looked at in one go.
const BATCH: i64 = 2_000;
/// Lines of a file of changes: more than this is a new programme, and is read as a list of assignments afterwards.
pub const LINES_MAX: usize = 200_000;

/// What happens to one person's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// Owed newly.
    Owed,
    /// Owed no longer.
    NotOwed,
    /// Owed as before, by another day.
    Moved,
}

/// One course of one person that a change touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub person: String,
    pub name: String,
    pub course: String,
    pub touch: Touch,
    /// The day until now; `None` when it was not owed, or a leave has no end.
    pub due_before: Option<Day>,
    pub due_after: Option<Day>,
}

/// What a change would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Courses of people: owed newly, owed no longer, moved.
    pub owed: u64,
    pub not_owed: u64,
    pub moved: u64,
    /// How many people that touches, of how many on the roster.
    pub people: u64,
    pub of: u64,
    /// The first of them, by id of the person.
    pub lines: Vec<Line>,
}

impl Change {
    /// Whether nobody is touched.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.owed + self.not_owed + self.moved == 0
    }
}

impl Touch {
    /// As a column says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Touch::Owed => "owed newly",
            Touch::NotOwed => "owed no longer",
            Touch::Moved => "another day",
        }
    }
}

/// The rules as they would be once `new` had been set, in the place of `replaces` when there is one.
#[must_use]
pub fn with(rules: &[Rule], new: &NewRule, replaces: Option<&Rule>) -> Vec<Rule> {
    let mut after: Vec<Rule> = rules
        .iter()
        .filter(|rule| Some(&rule.id) != replaces.map(|old| &old.id))
        .cloned()
        .collect();
    after.push(new.as_rule(planned(after.len()), replaces));
    after
}

/// An id for a rule that is not set yet; it only has to differ from the others.
#[must_use]
pub fn planned(number: usize) -> Id<crate::rule::RuleKind> {
    format!("rul_{number:026}")
        .parse()
        .expect("an id is its prefix and twenty-six letters or digits")
}

/// Looks at everybody and says what would change, with the first `most` lines.
///
/// # Errors
/// A fault of the engine.
pub fn look(reader: &mut Reader, before: &[Rule], after: &[Rule], most: usize) -> Result<Change> {
    let today = reader.today()?;
    let courses = touched(before, after);
    let mut change = Change::default();
    if courses.is_empty() {
        return Ok(change);
    }
    let mut last: Option<String> = None;
    loop {
        let ids = people(reader, last.as_deref())?;
        let (Some(first), Some(end)) = (ids.first(), ids.last()) else {
            break;
        };
        for (person, standing) in facts::read(reader, first, end, today)? {
            change.of += 1;
            let mut some = false;
            for course in &courses {
                let line = compare(&standing.facts, (course, before, after), today);
                let Some((touch, due_before, due_after)) = line else {
                    continue;
                };
                some = true;
                match touch {
                    Touch::Owed => change.owed += 1,
                    Touch::NotOwed => change.not_owed += 1,
                    Touch::Moved => change.moved += 1,
                }
                if change.lines.len() < most {
                    let (person, course) = (person.clone(), course.clone());
                    change.lines.push(Line {
                        person,
                        name: String::new(),
                        course,
                        touch,
                        due_before,
                        due_after,
                    });
                }
            }
            change.people += u64::from(some);
        }
        if (ids.len() as i64) < BATCH {
            break;
        }
        last = ids.into_iter().next_back();
    }
    for line in &mut change.lines {
        let id: Id<PersonKind> = line
            .person
            .parse()
            .map_err(|e| db::Fault::of("reading the id of a person", e))?;
        line.name = person::find(reader, &id)?.map_or_else(String::new, |person| person.name());
    }
    Ok(change)
}

/// The courses of the rules that are only in one of the two, those that would do as well left out.
fn touched(before: &[Rule], after: &[Rule]) -> BTreeSet<String> {
    let only = |some: &[Rule], others: &[Rule]| -> Vec<String> {
        let gone = some.iter().filter(|rule| !others.contains(rule));
        gone.map(|rule| rule.course_id.clone()).collect()
    };
    only(before, after)
        .into_iter()
        .chain(only(after, before))
        .collect()
}

type Dues = Option<Option<Day>>;

fn compare(
    facts: &Facts,
    (course, before, after): (&str, &[Rule], &[Rule]),
    today: Day,
) -> Option<(Touch, Option<Day>, Option<Day>)> {
    let earliest = |rules: &[Rule]| -> Dues {
        let asked = rules.iter().filter(|rule| rule.course_id == course);
        let wanted = asked.filter_map(|rule| reconcile::wanted(facts, rule, today));
        wanted
            .map(|next| next.due_on)
            .min_by_key(|due| (due.is_none(), *due))
    };
    match (earliest(before), earliest(after)) {
        (None, None) => None,
        (None, Some(due)) => Some((Touch::Owed, None, due)),
        (Some(due), None) => Some((Touch::NotOwed, due, None)),
        (Some(was), Some(will)) if was == will => None,
        (Some(was), Some(will)) => Some((Touch::Moved, was, will)),
    }
}

fn people(reader: &mut Reader, after: Option<&str>) -> Result<Vec<String>> {
    reader.rows(
        sql!(
            "select id
             from person
             where id > $1
             order by id
             limit $2"
        ),
        &params![after.unwrap_or_default(), BATCH],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment;
    use crate::audience::Audience;
    use crate::expression;
    use crate::rule::{self, Duty, Terms};
    use crate::tests::{ADA, BEN, day, organisation, person, reconcile_all};
    use db::Actor;

    fn new(course: &str, who: &str, duty: Duty) -> NewRule {
        NewRule {
            name: "New".to_owned(),
            audience: expression::read(who).expect("well formed"),
            course_id: course.to_owned(),
            duty,
            from_on: day("2026-06-01"),
            terms: Terms::default(),
        }
    }

    fn said(change: &Change) -> Vec<String> {
        let day = |day: Option<Day>| day.map_or("no day".to_owned(), |day| day.to_string());
        let lines = change.lines.iter();
        lines
            .map(|line| {
                format!(
                    "{} {} {}: {} to {}",
                    line.name,
                    line.course,
                    line.touch.label(),
                    day(line.due_before),
                    day(line.due_after)
                )
            })
            .collect()
    }

    #[test]
    fn what_a_change_shows_is_what_reconciling_then_does() {
        let db = organisation();
        reconcile_all(&db);
        let rules = db.read_blocking(rule::list).expect("reading works");
        let old = rules
            .iter()
            .find(|rule| rule.course_id == "B02")
            .expect("a rule")
            .clone();
        let fewer = new("B02", "not job_title contains engineer", Duty::within(14));
        let after = with(&rules, &fewer, Some(&old));
        let before = rules.clone();
        let change = db
            .read_blocking(move |r| look(r, &before, &after, 10))
            .expect("reading works");
        assert_eq!(
            (
                change.owed,
                change.not_owed,
                change.moved,
                change.people,
                change.of
            ),
            (0, 2, 0, 2, 2)
        );
        let sooner = NewRule {
            audience: Audience::Everyone,
            ..new("B02", "everyone", Duty::within(14))
        };
        let after = with(&rules, &sooner, Some(&old));
        let before = rules.clone();
        let change = db
            .read_blocking(move |r| look(r, &before, &after, 10))
            .expect("reading works");
        assert_eq!(
            said(&change),
            [
                "Ada Osei B02 another day: 2026-06-19 to 2026-06-03",
                "Ben Adler B02 another day: 2026-01-31 to 2026-01-15"
            ]
        );
        let id = old.id.clone();
        db.write_blocking(Actor::Operator, move |tx| rule::set(tx, &sooner, Some(&id)))
            .expect("it can be set");
        reconcile_all(&db);
        for (id, due) in [(ADA, "2026-06-03"), (BEN, "2026-01-15")] {
            let owed = db
                .read_blocking(move |r| assignment::owed(r, &person(id)))
                .expect("reading works");
            assert!(
                owed.iter()
                    .any(|one| one.course_id == "B02" && one.due_on == Some(day(due))),
                "{owed:?}"
            );
        }
    }

    #[test]
    fn a_rule_that_says_the_same_again_touches_nobody() {
        let db = organisation();
        let rules = db.read_blocking(rule::list).expect("reading works");
        let old = rules[0].clone();
        let again = NewRule {
            from_on: day("2026-06-01"),
            name: "Another name".to_owned(),
            ..old.to_new()
        };
        let after = with(&rules, &again, Some(&old));
        let change = db
            .read_blocking(move |r| look(r, &rules, &after, 10))
            .expect("reading works");
        assert!(change.is_nothing(), "{change:?}");
    }
}
