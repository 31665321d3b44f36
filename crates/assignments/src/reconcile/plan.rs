//! What has to be opened and ended for one person: a pure plan from what they are, what is open and what the rules ask.
//!
//! Invariants: an end says the truest thing: done, if it was done since; else that the person left, is no longer meant,
//! the rule was ended, or the date moved. At most one assignment of a rule is open for a person.
//!
//! Not here: how it is written (`reconcile`); the reckoning of days ([`crate::due`]).

use std::str::FromStr;

use db::{Day, Fault, Id};

use crate::assignment::AssignmentKind;
use crate::due::{self, Basis, Next};
use crate::facts::Open;
use crate::rule::{Rule, RuleKind};
use crate::spell::{Done, Facts, Stretches};

/// What to open and what to end for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub open: Vec<Opening>,
    pub end: Vec<Ending>,
}

/// An assignment to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub rule: Id<RuleKind>,
    pub course_id: String,
    pub next: Next,
}

/// An assignment to be ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub assignment: Id<AssignmentKind>,
    pub course_id: String,
    pub why: Why,
    /// The completion that met it, when `why` is [`Why::Completed`].
    pub completion_id: Option<String>,
}

/// Why an assignment is owed no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    Completed,
    /// The person works for us no longer.
    Left,
    /// The person is not in the audience any more.
    Moved,
    RuleEnded,
    /// It is still owed, by another date or for another beginning: another assignment takes its place.
    MovedDate,
}

/// What has to be opened and ended for one person on `today`.
pub fn plan(facts: &Facts, open: &[Open], rules: &[Rule], today: Day) -> Plan {
    let mut plan = Plan::default();
    let tenures = facts.stretches(today);
    for have in open.iter().filter(|have| {
        !rules
            .iter()
            .any(|rule| rule.id == have.rule && rule.binds_on(today))
    }) {
        plan.end
            .push(ending(have, &done_of(facts, &have.course_id), Why::RuleEnded));
    }
    for rule in rules.iter().filter(|rule| rule.binds_on(today)) {
        let done = done_for(facts, rule);
        let spell = tenures.iter().find_map(|tenure| spell_under(tenure, rule, today));
        let wanted = spell.and_then(|spell| due::next(rule, &spell, &done, &facts.leaves));
        let have = open.iter().find(|have| have.rule == rule.id);
        match (have, wanted) {
            (Some(have), Some(next)) if have.basis == next.basis && have.due_on == next.due_on => continue,
            (None, None) => continue,
            _ => {}
        }
        if let Some(have) = have {
            let otherwise = match (tenures.is_empty(), spell) {
                (true, _) => Why::Left,
                (false, None) => Why::Moved,
                (false, Some(_)) => superseded(have, wanted),
            };
            plan.end.push(ending(have, &done, otherwise));
        }
        plan.open.extend(wanted.map(|next| Opening {
            rule: rule.id.clone(),
            course_id: rule.course_id.clone(),
            next,
        }));
    }
    plan
}

/// What a rule asks next of one person; `None` when it asks nothing of them.
pub(crate) fn wanted(facts: &Facts, rule: &Rule, today: Day) -> Option<Next> {
    if !rule.binds_on(today) {
        return None;
    }
    let tenures = facts.stretches(today);
    let spell = tenures
        .iter()
        .find_map(|tenure| spell_under(tenure, rule, today))?;
    due::next(rule, &spell, &done_for(facts, rule), &facts.leaves)
}

fn spell_under(tenure: &Stretches<'_>, rule: &Rule, today: Day) -> Option<crate::spell::Spell> {
    let mut spell = tenure.spell(&rule.audience, today.max(rule.from_on))?;
    spell.asked_from = tenure.asked_from(rule);
    Some(spell)
}

fn done_for<'a>(facts: &'a Facts, rule: &Rule) -> Vec<&'a Done> {
    facts
        .done
        .iter()
        .filter(|done| rule.takes(&done.course_id))
        .collect()
}

fn done_of<'a>(facts: &'a Facts, course_id: &str) -> Vec<&'a Done> {
    facts
        .done
        .iter()
        .filter(|done| done.course_id == course_id)
        .collect()
}

/// Somebody still in the audience for whom something else, or nothing, is owed now.
fn superseded(have: &Open, wanted: Option<Next>) -> Why {
    match (have.basis, wanted.map(|next| next.basis)) {
        (_, None) | (Basis::Start(_) | Basis::Role(_) | Basis::Return(_), Some(Basis::After(_))) => {
            Why::Completed
        }
        _ => Why::MovedDate,
    }
}

fn ending(have: &Open, done: &[&Done], otherwise: Why) -> Ending {
    // A completion of before the beginning can meet it when it becomes known later; then the newest is the one that counts.
    let met = have
        .basis
        .met_by(done)
        .or_else(|| done.last().copied().filter(|_| otherwise == Why::Completed));
    Ending {
        assignment: have.assignment.clone(),
        course_id: have.course_id.clone(),
        why: if met.is_some() { Why::Completed } else { otherwise },
        completion_id: met.map(|done| done.completion_id.clone()),
    }
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.end.is_empty()
    }
}

impl Why {
    const ALL: [Why; 5] = [
        Why::Completed,
        Why::Left,
        Why::Moved,
        Why::RuleEnded,
        Why::MovedDate,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Why::Completed => "completed",
            Why::Left => "left",
            Why::Moved => "moved",
            Why::RuleEnded => "rule_ended",
            Why::MovedDate => "moved_date",
        }
    }
}

impl FromStr for Why {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Why, Fault> {
        let found = Why::ALL.into_iter().find(|why| why.as_str() == text);
        found.ok_or_else(|| Fault::new("reading why an assignment ended, which is not known"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Audience;
    use crate::rule::{self, Duty};
    use crate::spell::{Away, Engaged, Granted, Known};
    use crate::tests::day;
    use proptest::prelude::*;

    fn rule(number: u8, audience: &str, duty: &str) -> Rule {
        Rule {
            id: format!("rul_000000000000000000000000{number:02}")
                .parse()
                .expect("an id"),
            name: format!("Rule {number}"),
            audience: Audience::parse(audience).expect("well formed"),
            course_id: format!("B{number:02}"),
            duty: Duty::parse(duty).expect("well formed"),
            from_on: day("2020-01-01"),
            terms: rule::Terms::default(),
            line: Vec::new(),
        }
    }

    fn everyone(number: u8) -> Rule {
        rule(
            number,
            r#"{"all":true}"#,
            r#"{"onboarding_days":30,"refresh_days":365}"#,
        )
    }

    fn engineers(number: u8) -> Rule {
        let engineers = r#"{"any":[{"field":"job_title","contains":"engineer"}]}"#;
        rule(
            number,
            engineers,
            r#"{"onboarding_days":30,"refresh_days":365,"mover_days":10}"#,
        )
    }

    fn known(from: &str, title: &str) -> Known {
        Known {
            from_on: day(from),
            department: None,
            division: None,
            job_title: Some(title.to_owned()),
            location: None,
            country: None,
            access: "yes".to_owned(),
            tags: String::new(),
        }
    }

    fn since(start: &str) -> Facts {
        Facts {
            engagements: vec![Engaged {
                kind: "employee".to_owned(),
                start_on: day(start),
                end_on: None,
            }],
            profiles: vec![known(start, "Analyst")],
            ..Facts::default()
        }
    }

    fn done(course: &str, on: &str) -> Done {
        Done {
            course_id: course.to_owned(),
            on: day(on),
            completion_id: format!("com_{on}"),
            until: None,
        }
    }

    /// What is open after a plan, numbered from `first`.
    fn applied(open: &[Open], plan: &Plan, first: usize) -> Vec<Open> {
        let mut open: Vec<Open> = open
            .iter()
            .filter(|one| !plan.end.iter().any(|end| end.assignment == one.assignment))
            .cloned()
            .collect();
        open.extend(plan.open.iter().enumerate().map(|(n, new)| Open {
            assignment: format!("asg_{:026}", first + n).parse().expect("an id"),
            rule: new.rule.clone(),
            course_id: new.course_id.clone(),
            basis: new.next.basis,
            due_on: new.next.due_on,
        }));
        open
    }

    fn said(plan: &Plan) -> Vec<String> {
        let ends = plan.end.iter().map(|end| {
            let with = end
                .completion_id
                .as_ref()
                .map(|id| format!(" by {id}"))
                .unwrap_or_default();
            format!("{} ends: {}{with}", end.course_id, end.why.as_str())
        });
        let opens = plan.open.iter().map(|new| {
            let due = new.next.due_on.map_or("no day".to_owned(), |due| due.to_string());
            format!("{} opens: {} by {due}", new.course_id, new.next.basis)
        });
        ends.chain(opens).collect()
    }

    #[test]
    fn a_joiner_owes_everything_that_is_meant_for_them_and_nothing_else() {
        let found = plan(
            &since("2026-05-20"),
            &[],
            &[everyone(2), everyone(10), engineers(5)],
            day("2026-06-01"),
        );
        assert_eq!(
            said(&found),
            [
                "B02 opens: start:2026-05-20 by 2026-06-19",
                "B10 opens: start:2026-05-20 by 2026-06-19"
            ]
        );
    }

    #[test]
    fn a_completion_ends_what_is_open_and_opens_the_refresh() {
        let rules = [everyone(2)];
        let mut ada = since("2026-03-01");
        let open = applied(&[], &plan(&ada, &[], &rules, day("2026-03-01")), 1);
        ada.done.push(done("B02", "2026-04-05"));
        let found = plan(&ada, &open, &rules, day("2026-04-05"));
        assert_eq!(
            said(&found),
            [
                "B02 ends: completed by com_2026-04-05",
                "B02 opens: after:2026-04-05 by 2027-04-05"
            ]
        );
        let open = applied(&open, &found, 2);
        ada.done.push(done("B02", "2027-03-20"));
        let found = plan(&ada, &open, &rules, day("2027-03-21"));
        assert_eq!(
            said(&found),
            [
                "B02 ends: completed by com_2027-03-20",
                "B02 opens: after:2027-03-20 by 2028-03-19"
            ]
        );
    }

    #[test]
    fn a_completion_from_before_that_becomes_known_later_ends_it_too() {
        let rules = [everyone(2)];
        let mut ada = since("2026-03-01");
        let open = applied(&[], &plan(&ada, &[], &rules, day("2026-03-01")), 1);
        ada.done.push(done("B02", "2025-12-01"));
        let found = plan(&ada, &open, &rules, day("2026-03-10"));
        assert_eq!(
            said(&found),
            [
                "B02 ends: completed by com_2025-12-01",
                "B02 opens: after:2025-12-01 by 2026-12-01"
            ]
        );
    }

    #[test]
    fn a_leaver_owes_nothing_from_the_day_after_the_last_day() {
        let rules = [everyone(2)];
        let mut ada = since("2026-03-01");
        let open = applied(&[], &plan(&ada, &[], &rules, day("2026-03-01")), 1);
        ada.engagements[0].end_on = Some(day("2026-03-20"));
        assert!(
            plan(&ada, &open, &rules, day("2026-03-20")).is_empty(),
            "the last day counts"
        );
        assert_eq!(
            said(&plan(&ada, &open, &rules, day("2026-03-21"))),
            ["B02 ends: left"]
        );
        assert!(plan(&ada, &[], &rules, day("2026-03-21")).is_empty());
    }

    #[test]
    fn somebody_who_comes_back_starts_again_unless_it_is_still_valid() {
        let rules = [everyone(2), everyone(10)];
        let mut ada = since("2024-01-01");
        ada.engagements[0].end_on = Some(day("2025-10-31"));
        ada.engagements.push(Engaged {
            kind: "employee".to_owned(),
            start_on: day("2026-03-01"),
            end_on: None,
        });
        ada.done = vec![done("B02", "2024-01-10"), done("B10", "2025-09-01")];
        assert_eq!(
            said(&plan(&ada, &[], &rules, day("2026-03-01"))),
            [
                "B02 opens: start:2026-03-01 by 2026-03-31",
                "B10 opens: after:2025-09-01 by 2026-09-01"
            ]
        );
    }

    #[test]
    fn a_mover_gains_what_the_new_role_owes_and_loses_what_the_old_one_did() {
        let rules = [everyone(2), engineers(5)];
        let mut ada = since("2026-01-01");
        ada.done.push(done("B02", "2026-01-10"));
        let open = applied(&[], &plan(&ada, &[], &rules, day("2026-01-10")), 1);
        ada.profiles.push(known("2026-05-01", "Platform engineer"));
        let found = plan(&ada, &open, &rules, day("2026-05-01"));
        assert_eq!(said(&found), ["B05 opens: role:2026-05-01 by 2026-05-11"]);
        let open = applied(&open, &found, 2);
        ada.profiles.push(known("2026-06-01", "Manager"));
        assert_eq!(
            said(&plan(&ada, &open, &rules, day("2026-06-01"))),
            ["B05 ends: moved"]
        );
    }

    #[test]
    fn leave_pauses_a_deadline_and_the_return_sets_another() {
        let rules = [everyone(2)];
        let mut ada = since("2026-03-01");
        let open = applied(&[], &plan(&ada, &[], &rules, day("2026-03-01")), 1);
        ada.leaves.push(Away {
            from_on: day("2026-03-20"),
            until_on: None,
        });
        let found = plan(&ada, &open, &rules, day("2026-03-20"));
        assert_eq!(
            said(&found),
            ["B02 ends: moved_date", "B02 opens: start:2026-03-01 by no day"]
        );
        let open = applied(&open, &found, 2);
        ada.leaves[0].until_on = Some(day("2026-04-30"));
        let found = plan(&ada, &open, &rules, day("2026-05-01"));
        assert_eq!(
            said(&found),
            [
                "B02 ends: moved_date",
                "B02 opens: start:2026-03-01 by 2026-05-15"
            ]
        );
    }

    #[test]
    fn a_rule_that_was_ended_ends_what_was_open_but_what_was_done_stays_done() {
        let mut ada = since("2026-03-01");
        let open = applied(
            &[],
            &plan(&ada, &[], &[everyone(2), everyone(10)], day("2026-03-01")),
            1,
        );
        ada.done.push(done("B10", "2026-03-05"));
        assert_eq!(
            said(&plan(&ada, &open, &[], day("2026-03-06"))),
            ["B02 ends: rule_ended", "B10 ends: completed by com_2026-03-05"]
        );
    }

    #[test]
    fn somebody_who_starts_next_month_already_owes() {
        let found = plan(&since("2026-07-01"), &[], &[everyone(2)], day("2026-06-01"));
        assert_eq!(said(&found), ["B02 opens: start:2026-07-01 by 2026-07-31"]);
        assert_eq!(found.open[0].next.opens_on, day("2026-07-01"));
    }

    fn some_day() -> impl Strategy<Value = Day> {
        (0..1_200_i32).prop_map(|n| Day::ymd(2024, 1, 1) + n)
    }

    fn some_end() -> impl Strategy<Value = Option<i32>> {
        prop_oneof![Just(None), (0..500_i32).prop_map(Some)]
    }

    prop_compose! {
        fn some_facts()(
            engagements in prop::collection::vec((some_day(), some_end(), prop::bool::ANY), 0..4),
            profiles in prop::collection::vec((some_day(), prop::bool::ANY), 0..4),
            leaves in prop::collection::vec((some_day(), some_end()), 0..3),
            done in prop::collection::vec((some_day(), 0..3_u8), 0..5),
            grants in prop::collection::vec((some_day(), some_end(), prop::bool::ANY), 0..3),
        ) -> Facts {
            let mut done: Vec<Done> = done
                .into_iter()
                .map(|(on, n)| self::done(["B02", "B05", "B10"][usize::from(n)], &on.to_string()))
                .collect();
            done.sort_by_key(|one| one.on);
            Facts {
                engagements: engagements
                    .into_iter()
                    .map(|(start_on, days, board)| Engaged {
                        kind: if board { "board" } else { "employee" }.to_owned(),
                        start_on,
                        end_on: days.map(|days| start_on + days),
                    })
                    .collect(),
                profiles: profiles
                    .into_iter()
                    .map(|(on, engineer)| known(&on.to_string(), if engineer { "Engineer" } else { "Analyst" }))
                    .collect(),
                leaves: leaves
                    .into_iter()
                    .map(|(from_on, days)| Away { from_on, until_on: days.map(|days| from_on + days) })
                    .collect(),
                done,
                grants: grants
                    .into_iter()
                    .map(|(from_on, days, privileged)| Granted {
                        system: "github".to_owned(),
                        privileged,
                        from_on,
                        until_on: days.map(|days| from_on + days + 1),
                    })
                    .collect(),
            }
        }
    }

    fn known_by(facts: &Facts, today: Day) -> Facts {
        Facts {
            done: facts
                .done
                .iter()
                .filter(|done| done.on <= today)
                .cloned()
                .collect(),
            ..facts.clone()
        }
    }

    proptest! {
        #[test]
        fn a_plan_that_was_applied_leaves_nothing_to_do(
            before in some_facts(),
            after in some_facts(),
            first in some_day(),
            later in 0..400_i32,
        ) {
            let rules = [
                everyone(2),
                engineers(5),
                rule(10, r#"{"any":[{"field":"kind","is":"board"}]}"#, r#"{"before_access":true,"refresh_days":365,"grace_days":10}"#),
                rule(11, r#"{"any":[{"field":"privileged_access","is":"any"}]}"#, r#"{"onboarding_days":30}"#),
            ];
            let mut open = Vec::new();
            for (turn, (facts, rules, today)) in
                [(&before, &rules[..], first), (&after, &rules[..], first + later), (&after, &rules[1..], first + later)]
                    .into_iter()
                    .enumerate()
            {
                let facts = known_by(facts, today);
                let found = plan(&facts, &open, rules, today);
                open = applied(&open, &found, turn * 100 + 1);
                let again = plan(&facts, &open, rules, today);
                prop_assert!(again.is_empty(), "{:?}", said(&again));
                for rule in rules {
                    prop_assert!(open.iter().filter(|one| one.rule == rule.id).count() <= 1);
                }
            }
        }

        #[test]
        fn no_deadline_lies_on_a_day_of_leave(facts in some_facts(), today in some_day()) {
            let facts = known_by(&facts, today);
            for new in plan(&facts, &[], &[everyone(2)], today).open {
                let Some(due) = new.next.due_on else { continue };
                prop_assert!(!facts.leaves.iter().any(|l| l.from_on <= due && l.until_on.is_none_or(|until| due <= until)));
            }
        }
    }
}
