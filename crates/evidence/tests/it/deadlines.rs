//! What people are told and what an auditor is told reckon from the same day; where they differ on purpose is written down
//! in `docs/decisions/0007-from-which-day-a-deadline-counts.md`.

use assignments::audience::Audience;
use assignments::due::{self, RETURN_GRACE_DAYS};
use assignments::rule::{Duty, NewRule, Rule, Terms};
use assignments::spell::{Away, Done, Spell, Tenure};
use db::Day;
use evidence::tenure::{Leave, away, deadline};
use proptest::prelude::*;

fn rule(days: i32, from_on: Day) -> Rule {
    let new = NewRule {
        name: "Baseline".to_owned(),
        audience: Audience::Everyone,
        course_id: "B02".to_owned(),
        duty: Duty {
            refresh_days: Some(365),
            ..Duty::within(days)
        },
        from_on,
        terms: Terms::default(),
    };
    new.as_rule(assignments::change::planned(1), None)
}

fn since(start: Day) -> Spell {
    Spell {
        tenure: Tenure {
            from: start,
            until: None,
        },
        from: start,
        asked_from: None,
    }
}

fn leaves() -> impl Strategy<Value = Vec<(i32, Option<i32>)>> {
    proptest::collection::vec((0_i32..200, proptest::option::weighted(0.9, 0_i32..40)), 0..4)
}

proptest! {
    #[test]
    fn whoever_starts_while_a_rule_binds_is_told_the_day_they_are_judged_by(
        start in 0_i32..100,
        days in 0_i32..60,
        before in -60_i32..60,
        leaves in leaves(),
    ) {
        let (start, from_on) = (Day(start), Day(start + before.min(days)));
        let told: Vec<Away> = leaves
            .iter()
            .map(|(from, n)| Away { from_on: Day(*from), until_on: n.map(|n| Day(from + n)) })
            .collect();
        let judged: Vec<Leave> = told.iter().map(|one| Leave { from: one.from_on, until: one.until_on }).collect();
        let next = due::next(&rule(days, from_on), &since(start), &[], &told).expect("it is owed");
        prop_assert_eq!(next.due_on, deadline(start, days, &away(&judged), RETURN_GRACE_DAYS));
    }

    #[test]
    fn whoever_refreshes_on_the_last_day_they_are_told_is_covered_without_a_gap(
        start in 0_i32..100,
        after in 0_i32..200,
    ) {
        let (start, done_on) = (Day(start), Day(start + after));
        let done = Done { course_id: "B02".to_owned(), on: done_on, completion_id: "cmp_1".to_owned(), until: None };
        let next = due::next(&rule(30, Day(0)), &since(start), &[&done], &[]).expect("it is repeated");
        let due = next.due_on.expect("nobody is away");
        prop_assert!(due <= (done_on + 365).max(start + 30), "the first day on which it is missed, or the deadline");
    }
}

#[test]
fn whoever_was_here_long_before_the_first_rule_is_told_its_days_and_judged_by_their_own() {
    let told = due::next(&rule(30, Day(1_000)), &since(Day(0)), &[], &[]).expect("it is owed");
    assert_eq!(
        told.due_on,
        Some(Day(1_030)),
        "nobody is asked to have done something yesterday"
    );
    assert_eq!(deadline(Day(0), 30, &[], RETURN_GRACE_DAYS), Some(Day(30)));
}
