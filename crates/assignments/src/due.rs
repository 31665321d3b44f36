//! What somebody owes next because of a rule, and by which day.
//!
//! Somebody who has no completion that counts owes one for the beginning of the spell; everybody else owes the next
//! refresh. A completion counts for the beginning when it lies on or after it, or is still valid on that day. A deadline
//! that falls on a day of leave moves to the day of return plus [`RETURN_GRACE_DAYS`]; while the leave has no end there
//! is no deadline. Nobody is due for a refresh before the deadline of the spell's own beginning, because the measures do
//! not look at them before that day.
//!
//! A new edition of a course changes nothing here. Pure; not here: who is in a spell ([`crate::spell`]).

use std::fmt;
use std::str::FromStr;

use db::{Day, Fault};

use crate::rule::{Onboarding, Rule};
use crate::spell::{Away, Done, Spell};

/// Days after the day of return, that day included, in which somebody back from leave is not yet late.
pub const RETURN_GRACE_DAYS: i32 = 14;

/// Days before a refresh, or before access begins, from which on it is shown as owed.
pub const NOTICE_DAYS: i32 = 30;

/// What made it due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The person started, or the rule did, whichever was later.
    Start(Day),
    /// The person came into the audience later than their first day.
    Role(Day),
    /// The completion of that day is to be repeated.
    After(Day),
    /// Something happened, and the rule is about it.
    Event(Day),
    /// The person came back from a long leave.
    Return(Day),
}

/// Why it is owed, as the table spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Onboarding,
    Annual,
    RoleChange,
    AccessGrant,
    Event,
    LongLeave,
}

/// What is owed next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub basis: Basis,
    pub reason: Reason,
    /// The day it is first shown as owed.
    pub opens_on: Day,
    /// The last day to do it; `None` while a leave has no end.
    pub due_on: Option<Day>,
}

/// What the rule asks next of somebody in this spell; `None` when it has been done and is not repeated.
/// `done` are the passing completions of the rule's course, in the order of days.
pub fn next(rule: &Rule, spell: &Spell, done: &[&Done], leaves: &[Away]) -> Option<Next> {
    if let Onboarding::Event(days) = rule.duty.onboarding {
        return event(rule, spell, done, (days, leaves));
    }
    let regular = regular(rule, spell, done, leaves);
    let back = after_leave(rule, spell, done, leaves);
    // What is due first is asked first; being back asks only for what is not asked anyway.
    let sooner = |back: &Next| {
        regular.is_none_or(|regular| match (back.due_on, regular.due_on) {
            (Some(back), Some(regular)) => back < regular,
            (back, _) => back.is_some(),
        })
    };
    back.filter(sooner).or(regular)
}

fn regular(rule: &Rule, spell: &Spell, done: &[&Done], leaves: &[Away]) -> Option<Next> {
    let begin = spell.from.max(asked_from(rule, spell));
    let ends = |one: &Done| match (rule.duty.counts_until(one.on), one.until) {
        (Some(again), Some(until)) => Some(until.min(again)),
        (again, until) => again.or(until),
    };
    // The one that counts longest; among equals the latest.
    let last = done
        .iter()
        .filter(|one| one.on >= begin || ends(one).is_none_or(|end| begin < end))
        .max_by_key(|one| (ends(one).is_none(), ends(one), one.on));
    let Some(last) = last else {
        return Some(beginning(rule, spell, leaves));
    };
    let first_deadline = spell.from + days_allowed(rule, is_mover(spell));
    let floor = moved(first_deadline, leaves).unwrap_or(first_deadline);
    let nominal = floor.max(ends(last)?);
    let due_on = moved(nominal, leaves);
    let opens_on = due_on.unwrap_or(nominal) - NOTICE_DAYS;
    Some(Next {
        basis: Basis::After(last.on),
        reason: Reason::Annual,
        opens_on,
        due_on,
    })
}

/// What somebody who was in the audience when it happened owes because of it, until they have done it since.
fn event(rule: &Rule, spell: &Spell, done: &[&Done], (days, leaves): (i32, &[Away])) -> Option<Next> {
    if spell.from > rule.from_on || done.iter().any(|one| one.on >= rule.from_on) {
        return None;
    }
    Some(Next {
        basis: Basis::Event(rule.from_on),
        reason: Reason::Event,
        opens_on: rule.from_on,
        due_on: moved(rule.from_on + days, leaves),
    })
}

/// What somebody owes who came back from a leave that was longer than the rule allows, until they have done it since.
fn after_leave(rule: &Rule, spell: &Spell, done: &[&Done], leaves: &[Away]) -> Option<Next> {
    let longest = rule.duty.leave_days?;
    let begin = spell.from.max(asked_from(rule, spell));
    let returns = joined(leaves).into_iter().filter_map(|away| {
        let back = away.until_on? + 1;
        (back - away.from_on > longest && back > begin).then_some(back)
    });
    let back = returns.max()?;
    if done.iter().any(|one| one.on >= back) {
        return None;
    }
    Some(Next {
        basis: Basis::Return(back),
        reason: Reason::LongLeave,
        opens_on: back,
        due_on: moved(back + RETURN_GRACE_DAYS, leaves),
    })
}

/// Leaves that touch or overlap as one.
fn joined(leaves: &[Away]) -> Vec<Away> {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable_by_key(|away| (away.from_on, away.until_on.is_none(), away.until_on));
    let mut joined: Vec<Away> = Vec::with_capacity(sorted.len());
    for away in sorted {
        match joined.last_mut() {
            Some(last) if last.until_on.is_none_or(|until| away.from_on <= until + 1) => {
                last.until_on = match (last.until_on, away.until_on) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
            }
            _ => joined.push(away),
        }
    }
    joined
}

/// Since when the person is asked: the rule's first day, or the first day of those whose place it took.
fn asked_from(rule: &Rule, spell: &Spell) -> Day {
    spell.asked_from.unwrap_or(rule.from_on)
}

/// The deadline, or where the person's leaves move it; `None` while the leave it falls on has no end.
pub fn moved(deadline: Day, leaves: &[Away]) -> Option<Day> {
    let mut deadline = deadline;
    let on_leave = |day: Day| {
        leaves
            .iter()
            .find(|away| away.from_on <= day && away.until_on.is_none_or(|until| day <= until))
    };
    // Each turn moves past the end of a leave, so there are no more turns than leaves. Who goes from one leave into the
    // next without a day between comes back once.
    while let Some(away) = on_leave(deadline) {
        let mut back = away.until_on? + 1;
        while let Some(next) = on_leave(back) {
            back = next.until_on? + 1;
        }
        deadline = back + RETURN_GRACE_DAYS;
    }
    Some(deadline)
}

fn beginning(rule: &Rule, spell: &Spell, leaves: &[Away]) -> Next {
    // Where the rule is younger than the spell, it is the rule that makes it due, not the move.
    let asked_from = asked_from(rule, spell);
    let by_move = is_mover(spell) && asked_from <= spell.from;
    let begin = spell.from.max(asked_from);
    let before_access = rule.duty.onboarding == Onboarding::BeforeAccess;
    let by_grant = rule.audience.asks_for_grants();
    Next {
        basis: if by_move {
            Basis::Role(begin)
        } else {
            Basis::Start(begin)
        },
        reason: match (before_access || by_grant, by_move) {
            (true, _) => Reason::AccessGrant,
            (false, true) => Reason::RoleChange,
            (false, false) => Reason::Onboarding,
        },
        opens_on: if before_access { begin - NOTICE_DAYS } else { begin },
        due_on: moved(deadline(rule, spell), leaves),
    }
}

/// The last day to do it for the first time. Somebody whose days since the beginning of the spell are not over when a
/// rule starts keeps that deadline, because that is the one the evidence is judged by; whoever was here longer has
/// the days from the rule's own first day.
fn deadline(rule: &Rule, spell: &Spell) -> Day {
    let own = spell.from + days_allowed(rule, is_mover(spell));
    let asked_from = asked_from(rule, spell);
    if own >= asked_from {
        own
    } else {
        asked_from + days_allowed(rule, false)
    }
}

fn is_mover(spell: &Spell) -> bool {
    spell.from > spell.tenure.from
}

fn days_allowed(rule: &Rule, by_move: bool) -> i32 {
    match (rule.duty.onboarding, rule.duty.mover_days) {
        (Onboarding::BeforeAccess, _) => 0,
        (Onboarding::Days(_), Some(days)) if by_move => days,
        (Onboarding::Days(days) | Onboarding::Event(days), _) => days,
    }
}

impl Basis {
    /// The completion that met an assignment with this basis: the first that was passed since.
    pub fn met_by<'a>(&self, done: &[&'a Done]) -> Option<&'a Done> {
        done.iter().copied().find(|one| self.met_on(one.on))
    }

    /// Whether a completion on this day meets it.
    pub fn met_on(&self, on: Day) -> bool {
        match *self {
            Basis::Start(day) | Basis::Role(day) | Basis::Event(day) | Basis::Return(day) => on >= day,
            Basis::After(day) => on > day,
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Basis::Start(day) => write!(f, "start:{day}"),
            Basis::Role(day) => write!(f, "role:{day}"),
            Basis::After(day) => write!(f, "after:{day}"),
            Basis::Event(day) => write!(f, "event:{day}"),
            Basis::Return(day) => write!(f, "return:{day}"),
        }
    }
}

/// Reads what the table holds; a number behind it, as in `start:2026-03-01#2`, says only that it is not the first.
impl FromStr for Basis {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Basis, Fault> {
        let stem = text.split('#').next().unwrap_or(text);
        match stem.split_once(':') {
            Some(("start", day)) => Ok(Basis::Start(day.parse()?)),
            Some(("role", day)) => Ok(Basis::Role(day.parse()?)),
            Some(("after", day)) => Ok(Basis::After(day.parse()?)),
            Some(("event", day)) => Ok(Basis::Event(day.parse()?)),
            Some(("return", day)) => Ok(Basis::Return(day.parse()?)),
            _ => Err(Fault::new(
                "reading the basis of an assignment, which has no known form",
            )),
        }
    }
}

impl Reason {
    const ALL: [Reason; 6] = [
        Reason::Onboarding,
        Reason::Annual,
        Reason::RoleChange,
        Reason::AccessGrant,
        Reason::Event,
        Reason::LongLeave,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Onboarding => "onboarding",
            Reason::Annual => "annual",
            Reason::RoleChange => "role_change",
            Reason::AccessGrant => "access_grant",
            Reason::Event => "event",
            Reason::LongLeave => "long_leave",
        }
    }
}

impl FromStr for Reason {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Reason, Fault> {
        let found = Reason::ALL.into_iter().find(|reason| reason.as_str() == text);
        found.ok_or_else(|| Fault::new("reading the reason of an assignment, which is not known"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Audience;
    use crate::rule::{Duty, Rule, Terms};
    use crate::spell::Tenure;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    fn rule(duty: &str, from_on: &str) -> Rule {
        Rule {
            id: "rul_00000000000000000000000001".parse().expect("an id"),
            name: "Baseline".to_owned(),
            audience: Audience::Everyone,
            course_id: "B02".to_owned(),
            duty: Duty::parse(duty).expect("well formed"),
            from_on: day(from_on),
            terms: Terms::default(),
            line: Vec::new(),
        }
    }

    fn yearly() -> Rule {
        rule(r#"{"onboarding_days":30,"refresh_days":365}"#, "2020-01-01")
    }

    fn since(start: &str) -> Spell {
        moving(start, start)
    }

    fn moving(start: &str, spell: &str) -> Spell {
        Spell {
            tenure: Tenure {
                from: day(start),
                until: None,
            },
            from: day(spell),
            asked_from: None,
        }
    }

    fn done(on: &str) -> Done {
        Done {
            course_id: "B02".to_owned(),
            on: day(on),
            completion_id: format!("com_{on}"),
            until: None,
        }
    }

    fn away(from: &str, until: Option<&str>) -> Away {
        Away {
            from_on: day(from),
            until_on: until.map(day),
        }
    }

    fn said(next: Option<Next>) -> String {
        next.map_or("nothing".to_owned(), |next| {
            let due = next.due_on.map_or("no day".to_owned(), |due| due.to_string());
            format!(
                "{} {} from {} by {due}",
                next.reason.as_str(),
                next.basis,
                next.opens_on
            )
        })
    }

    #[test]
    fn ada_who_starts_on_1_march_has_through_the_31st_and_refreshes_a_year_after_completing() {
        let ada = since("2026-03-01");
        assert_eq!(
            said(next(&yearly(), &ada, &[], &[])),
            "onboarding start:2026-03-01 from 2026-03-01 by 2026-03-31"
        );
        assert_eq!(
            said(next(&yearly(), &ada, &[&done("2026-04-05")], &[])),
            "annual after:2026-04-05 from 2027-03-06 by 2027-04-05"
        );
    }

    #[test]
    fn a_completion_from_before_the_start_counts_while_it_is_valid_on_the_start_day() {
        let joiner = since("2026-03-01");
        // 365 days after 2025-03-02 is 2026-03-02: still valid on the first; a day earlier is not.
        assert_eq!(
            said(next(&yearly(), &joiner, &[&done("2025-03-01")], &[])),
            said(next(&yearly(), &joiner, &[], &[]))
        );
        let valid = next(&yearly(), &joiner, &[&done("2025-03-02")], &[]).expect("a refresh");
        assert_eq!(valid.basis, Basis::After(day("2025-03-02")));
        assert_eq!(
            valid.due_on,
            Some(day("2026-03-31")),
            "no refresh is due before the first deadline"
        );
    }

    #[test]
    fn grace_days_move_the_refresh_and_the_validity() {
        let graced = rule(
            r#"{"onboarding_days":30,"refresh_days":365,"grace_days":30}"#,
            "2020-01-01",
        );
        let found = next(&graced, &since("2024-01-01"), &[&done("2025-03-01")], &[]).expect("a refresh");
        assert_eq!(
            (found.opens_on, found.due_on),
            (day("2026-03-01"), Some(day("2026-03-31")))
        );
    }

    #[test]
    fn training_done_elsewhere_counts_no_longer_than_its_evidence() {
        let until = |on: &str, until: &str| Done {
            until: Some(day(until)),
            ..done(on)
        };
        let accepted = until("2026-02-01", "2026-08-01");
        let spell = since("2026-01-01");
        let due = |done: &[&Done]| next(&yearly(), &spell, done, &[]).and_then(|next| next.due_on);
        assert_eq!(due(&[&accepted]), Some(day("2026-08-01")));
        let own = done("2026-01-15");
        assert_eq!(
            due(&[&own, &accepted]),
            Some(day("2027-01-15")),
            "our own counts longer"
        );
        let never = until("2025-02-01", "2025-02-01");
        assert_eq!(
            due(&[&never]),
            Some(day("2026-01-31")),
            "an ended one does not count"
        );
        let once = rule(r#"{"onboarding_days":30}"#, "2020-01-01");
        let next = next(&once, &spell, &[&accepted], &[]).expect("it is asked for again");
        assert_eq!(next.due_on, Some(day("2026-08-01")));
    }

    #[test]
    fn what_is_not_repeated_is_done_once() {
        let once = rule(r#"{"onboarding_days":30}"#, "2020-01-01");
        assert_eq!(
            next(&once, &since("2026-03-01"), &[&done("2019-01-01")], &[]),
            None
        );
        assert!(next(&once, &since("2026-03-01"), &[], &[]).is_some());
    }

    #[test]
    fn a_new_rule_gives_those_already_here_the_days_from_its_own_first_day() {
        let new = rule(
            r#"{"onboarding_days":30,"refresh_days":365,"mover_days":10}"#,
            "2026-06-01",
        );
        let expected = "onboarding start:2026-06-01 from 2026-06-01 by 2026-07-01";
        assert_eq!(said(next(&new, &since("2019-01-01"), &[], &[])), expected);
        assert_eq!(
            said(next(&new, &moving("2019-01-01", "2025-01-01"), &[], &[])),
            expected
        );
        assert_eq!(
            said(next(&new, &since("2019-01-01"), &[&done("2025-12-01")], &[])),
            "annual after:2025-12-01 from 2026-11-01 by 2026-12-01",
            "whoever did it lately only refreshes"
        );
    }

    #[test]
    fn who_came_shortly_before_a_rule_keeps_the_deadline_of_their_own_start() {
        let new = rule(
            r#"{"onboarding_days":30,"refresh_days":365,"mover_days":10}"#,
            "2026-06-01",
        );
        let due = |spell: &Spell| next(&new, spell, &[], &[]).expect("owed").due_on;
        assert_eq!(due(&since("2026-05-20")), Some(day("2026-06-19")));
        assert_eq!(
            due(&since("2026-05-02")),
            Some(day("2026-06-01")),
            "the days end on the rule's first"
        );
        assert_eq!(
            due(&since("2026-05-01")),
            Some(day("2026-07-01")),
            "they were over before it"
        );
        assert_eq!(due(&moving("2019-01-01", "2026-05-25")), Some(day("2026-06-04")));
    }

    #[test]
    fn a_mover_has_the_movers_days_from_the_day_of_the_move() {
        let mover = moving("2024-01-01", "2026-05-01");
        let ten = rule(
            r#"{"onboarding_days":30,"refresh_days":365,"mover_days":10}"#,
            "2020-01-01",
        );
        assert_eq!(
            said(next(&ten, &mover, &[], &[])),
            "role_change role:2026-05-01 from 2026-05-01 by 2026-05-11"
        );
        assert_eq!(
            said(next(&yearly(), &mover, &[], &[])),
            "role_change role:2026-05-01 from 2026-05-01 by 2026-05-31"
        );
    }

    #[test]
    fn before_access_is_due_on_the_day_it_begins_and_shown_before() {
        let before = rule(
            r#"{"before_access":true,"refresh_days":365,"mover_days":10}"#,
            "2020-01-01",
        );
        assert_eq!(
            said(next(&before, &moving("2024-01-01", "2026-06-20"), &[], &[])),
            "access_grant role:2026-06-20 from 2026-05-21 by 2026-06-20"
        );
    }

    #[test]
    fn a_deadline_on_a_day_of_leave_moves_to_the_return_and_fourteen_days() {
        let spell = since("2026-03-01");
        let due = |leaves: &[Away]| next(&yearly(), &spell, &[], leaves).expect("owed").due_on;
        assert_eq!(
            due(&[away("2026-03-20", Some("2026-04-30"))]),
            Some(day("2026-05-15")),
            "back on 1 May"
        );
        assert_eq!(
            due(&[away("2026-03-20", Some("2026-03-31"))]),
            Some(day("2026-04-15")),
            "the last day counts"
        );
        assert_eq!(
            due(&[away("2026-03-20", Some("2026-03-30"))]),
            Some(day("2026-03-31")),
            "back before the deadline"
        );
        assert_eq!(
            due(&[away("2026-04-01", None)]),
            Some(day("2026-03-31")),
            "away only after it"
        );
        assert_eq!(due(&[away("2026-03-20", None)]), None);
        assert_eq!(
            due(&[
                away("2026-05-10", Some("2026-05-20")),
                away("2026-03-20", Some("2026-04-30"))
            ]),
            Some(day("2026-06-04")),
            "from one leave into the next"
        );
        assert_eq!(
            due(&[away("2026-05-10", None), away("2026-03-20", Some("2026-04-30"))]),
            None
        );
    }

    #[test]
    fn a_refresh_is_moved_by_leave_too_and_has_no_day_while_it_has_no_end() {
        let spell = since("2024-03-01");
        let completed = done("2025-06-10");
        let found = next(
            &yearly(),
            &spell,
            &[&completed],
            &[away("2026-06-01", Some("2026-06-30"))],
        )
        .expect("owed");
        assert_eq!(
            (found.opens_on, found.due_on),
            (day("2026-06-15"), Some(day("2026-07-15")))
        );
        let found = next(&yearly(), &spell, &[&completed], &[away("2026-06-01", None)]).expect("owed");
        assert_eq!((found.opens_on, found.due_on), (day("2026-05-11"), None));
    }

    #[test]
    fn a_calendar_day_is_asked_again_once_a_year_and_not_too_soon_after_a_start() {
        let yearly = rule(
            r#"{"onboarding_days":30,"calendar":"11-30","active_days":90}"#,
            "2020-01-01",
        );
        let due = |start, on| next(&yearly, &since(start), &[&done(on)], &[]).and_then(|next| next.due_on);
        assert_eq!(due("2024-01-01", "2026-01-15"), Some(day("2026-11-30")));
        assert_eq!(
            due("2026-11-01", "2026-11-10"),
            Some(day("2027-11-30")),
            "a joiner in the middle of the cycle"
        );
        assert_eq!(
            due("2024-01-01", "2026-11-20"),
            Some(day("2027-11-30")),
            "done shortly before the day"
        );
    }

    #[test]
    fn an_event_is_owed_once_by_those_who_were_there() {
        let event = rule(r#"{"event_days":14}"#, "2026-06-01");
        let there = since("2024-01-01");
        assert_eq!(
            said(next(&event, &there, &[&done("2026-05-31")], &[])),
            "event event:2026-06-01 from 2026-06-01 by 2026-06-15",
            "what was done the day before does not count"
        );
        assert_eq!(next(&event, &there, &[&done("2026-06-01")], &[]), None);
        assert_eq!(
            next(&event, &since("2026-06-02"), &[], &[]),
            None,
            "who comes later"
        );
        assert!(next(&event, &since("2026-06-01"), &[], &[]).is_some());
    }

    #[test]
    fn whoever_comes_back_from_a_long_leave_owes_it_again_and_from_a_short_one_does_not() {
        let yearly = rule(
            r#"{"onboarding_days":30,"refresh_days":365,"leave_days":90}"#,
            "2020-01-01",
        );
        let (spell, before) = (since("2024-01-01"), done("2026-01-10"));
        let after = |leaves: &[Away], done: &[&Done]| said(next(&yearly, &spell, done, leaves));
        let long = away("2026-02-01", Some("2026-05-31"));
        assert_eq!(
            after(&[long], &[&before]),
            "long_leave return:2026-06-01 from 2026-06-01 by 2026-06-15"
        );
        assert_eq!(
            after(&[long], &[&before, &done("2026-06-03")]),
            "annual after:2026-06-03 from 2027-05-04 by 2027-06-03"
        );
        let short = away("2026-02-01", Some("2026-05-01"));
        assert_eq!(
            after(&[short], &[&before]),
            "annual after:2026-01-10 from 2026-12-11 by 2027-01-10",
            "ninety days"
        );
        let (one, other) = (
            away("2026-02-01", Some("2026-04-01")),
            away("2026-04-02", Some("2026-05-31")),
        );
        assert_eq!(
            after(&[one, other], &[&before]),
            "long_leave return:2026-06-01 from 2026-06-01 by 2026-06-15",
            "one after the other"
        );
    }

    #[test]
    fn a_basis_reads_back_whatever_its_number() {
        for basis in [
            Basis::Start(day("2026-03-01")),
            Basis::Role(day("2026-05-01")),
            Basis::After(day("2026-04-05")),
            Basis::Event(day("2026-04-06")),
            Basis::Return(day("2026-04-07")),
        ] {
            assert_eq!(basis.to_string().parse::<Basis>().expect("its own text"), basis);
            assert_eq!(format!("{basis}#12").parse::<Basis>().expect("numbered"), basis);
        }
        assert!("soon".parse::<Basis>().is_err());
        assert!("start:tomorrow".parse::<Basis>().is_err());
    }
}
