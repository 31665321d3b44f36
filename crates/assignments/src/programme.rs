//! The programme a new organisation is offered: the baseline for everyone, and secure coding for those who write code.
//!
//! Thirty days to complete a course the first time and a year between completions is what the strictest of the common
//! frameworks ask for. Only courses that have been published are in it.
//!
//! Not here: rules in general ([`crate::rule`]).

use db::{Day, Id, Reader, Result, Tx, sql};

use crate::audience::{Audience, Condition, Field, Test};
use crate::rule::{self, Duty, NewRule, Onboarding, RuleKind};

/// Courses for everyone, by id.
const BASELINE: [&str; 2] = ["B02", "B10"];

/// Courses for those who write code, by id.
const DEVELOPERS: [&str; 1] = ["D05"];

/// More courses than any catalogue has.
const COURSES_MAX: i64 = 1_000;

/// The rules of the default programme for those of its courses that are available.
pub fn default_programme(available: &[String], from_on: Day) -> Vec<NewRule> {
    let offered = |course: &&str| available.iter().any(|one| one == course);
    let rule = |who: &str, audience: Audience, course: &str| NewRule {
        name: format!("{who}: {course}"),
        audience,
        course_id: course.to_owned(),
        duty: Duty {
            onboarding: Onboarding::Days(30),
            refresh_days: Some(365),
            grace_days: 0,
            mover_days: None,
        },
        from_on,
    };
    let baseline = BASELINE
        .into_iter()
        .filter(offered)
        .map(|course| rule("Everyone", Audience::Everyone, course));
    let developers = DEVELOPERS
        .into_iter()
        .filter(offered)
        .map(|course| rule("Developers", developers(), course));
    baseline.chain(developers).collect()
}

/// The courses that have been published.
///
/// # Errors
/// A fault of the engine.
pub fn published(reader: &mut Reader) -> Result<Vec<String>> {
    reader.rows(
        sql!(
            "select distinct course_id
             from edition
             order by course_id
             limit $1"
        ),
        &[COURSES_MAX.into()],
        |row| row.get(0),
    )
}

/// The rules of the default programme that do not bind yet, from today on.
///
/// # Errors
/// A fault of the engine.
pub fn missing(reader: &mut Reader) -> Result<Vec<NewRule>> {
    let today = reader.today()?;
    let available = published(reader)?;
    let bound = rule::list(reader)?;
    let mut offered = default_programme(&available, today);
    offered.retain(|new| {
        !bound
            .iter()
            .any(|old| old.course_id == new.course_id && old.audience == new.audience)
    });
    Ok(offered)
}

/// Publishes the shipped courses and sets every rule of the default programme that does not bind yet.
///
/// # Errors
/// As for [`rule::set`] and [`curriculum::edition::publish`].
pub fn adopt(tx: &mut Tx) -> Result<Vec<Id<RuleKind>>> {
    let today = tx.today()?;
    let published = published(tx)?;
    for (id, folder) in curriculum::catalogue() {
        if !published.contains(&id) {
            // A program that is older than the review of its courses still starts an organisation off: that the
            // review is due is said wherever the course is shown. Judged by today, none could be published at all.
            let due = curriculum::Course::parse(&folder).map_or(today, |course| course.review_due_on);
            curriculum::edition::publish(tx, &folder, today.min(due))?;
        }
    }
    let missing = missing(tx)?;
    missing.iter().map(|new| rule::set(tx, new, None)).collect()
}

fn developers() -> Audience {
    let title = |part: &str| Condition {
        field: Field::JobTitle,
        test: Test::Contains(part.to_owned()),
        not: false,
    };
    Audience::AnyOf(vec![
        Condition {
            field: Field::Tag,
            test: Test::Is("developer".to_owned()),
            not: false,
        },
        title("engineer"),
        title("developer"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{day, people};
    use db::Actor;

    #[test]
    fn only_published_courses_are_offered() {
        let all = ["B02", "B10", "D05"].map(str::to_owned);
        let said = |available: &[String]| -> Vec<String> {
            let offered = default_programme(available, day("2026-06-01"));
            offered
                .iter()
                .map(|new| format!("{}, for {}: {}", new.course_id, new.audience, new.duty))
                .collect()
        };
        assert_eq!(
            said(&all),
            [
                "B02, for everyone: within 30 days of starting, then every 365 days",
                "B10, for everyone: within 30 days of starting, then every 365 days",
                "D05, for people tagged developer or whose job title contains engineer or whose job title contains \
                 developer: within 30 days of starting, then every 365 days",
            ]
        );
        assert_eq!(said(&all[..1]).len(), 1);
        assert!(said(&[]).is_empty());
    }

    #[test]
    fn the_default_programme_is_adopted_once() {
        let db = people();
        let adopted = || {
            db.write_blocking(Actor::Operator, adopt)
                .expect("it can be adopted")
                .len()
        };
        assert_eq!((adopted(), adopted()), (3, 0));
    }
}
