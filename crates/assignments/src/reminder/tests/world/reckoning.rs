//! The second reckoning: day after day, what the default cadence asks, in plain words and without leave.
//!
//! For what was open while its person was on leave, the days move; that is judged by [`super::checks`].

use std::collections::{BTreeMap, BTreeSet};

use db::{Day, Moment, params, sql};

use super::{World, home, is_holiday};

#[derive(Debug)]
struct Assigned {
    id: String,
    person: String,
    opens_on: Day,
    due_on: Option<Day>,
    assigned_on: Day,
    ended_on: Option<Day>,
    joiner: bool,
    german: bool,
}

/// An assignment as it is kept.
struct Found {
    id: String,
    person: String,
    opens_on: Day,
    due_on: Option<Day>,
    at: Moment,
    ended: Option<Moment>,
    joiner: bool,
}

/// Days at the end of an assignment that are not judged: zones, and outages of the engine.
const EDGE: i32 = 10;
/// A leave that begins so long after the last day that is judged moves nothing.
const OWNER_DAYS: i32 = 31;

impl World {
    /// What was decided is what a plain reckoning asks, no more and no less.
    pub(super) fn is_what_was_asked(&self) {
        let decided = self.decided();
        let nothing = BTreeSet::new();
        let (mut compared, mut passed_over) = (0_u32, 0_u32);
        for one in self.assigned() {
            let ended = one.ended_on.unwrap_or(self.today);
            let person = &self.people[self.places[&one.person]];
            if person.is_away_within(one.first(), ended + OWNER_DAYS) {
                passed_over += 1;
                continue;
            }
            let (surely, perhaps) = (one.asked(ended - EDGE), one.asked(ended + 2));
            let was = decided.get(&one.id).unwrap_or(&nothing);
            let missing: Vec<_> = surely.difference(was).collect();
            let extra: Vec<_> = was.difference(&perhaps).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{one:?}: missing {missing:?}, not asked {extra:?}"
            );
            compared += 1;
        }
        assert!(
            compared > passed_over,
            "most were looked at: {compared}, and {passed_over} not"
        );
    }

    /// The steps that were decided, by assignment; none for the same reader twice.
    fn decided(&self) -> BTreeMap<String, BTreeSet<String>> {
        let rows: Vec<(String, String)> = self.write(|tx| {
            tx.rows(
                sql!("select assignment_id, step from reminder order by id limit 10000000"),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        });
        let mut decided: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (assignment, step) in rows {
            let steps = decided.entry(assignment.clone()).or_default();
            assert!(
                steps.insert(step.clone()),
                "{assignment} {step} was decided twice"
            );
        }
        decided
    }

    fn assigned(&self) -> Vec<Assigned> {
        let rows = self.write(|tx| {
            tx.rows(
                sql!(
                    "select a.id, a.person_id, a.opens_on, a.due_on, a.assigned_at, n.ended_at, a.basis, a.reason
                     from assignment a
                     left join assignment_end n on n.assignment_id = a.id
                     order by a.id
                     limit 10000000"
                ),
                &params![],
                |row| {
                    let came = row
                        .str(6)?
                        .is_some_and(|basis| basis.starts_with("start:") && !basis.starts_with("start:2026-06-01"));
                    Ok(Found {
                        id: row.get(0)?,
                        person: row.get(1)?,
                        opens_on: row.get(2)?,
                        due_on: row.get(3)?,
                        at: row.get(4)?,
                        ended: row.get(5)?,
                        joiner: came && row.str(7)? == Some("onboarding"),
                    })
                },
            )
        });
        let assigned = |found: Found| {
            let somebody = &self.people[self.places[&found.person]];
            Assigned {
                id: found.id,
                opens_on: found.opens_on,
                due_on: found.due_on,
                // Where somebody lives, it was assigned on their own day.
                assigned_on: found.at.day(&somebody.zone),
                ended_on: found.ended.map(|at| at.day(&home())),
                joiner: found.joiner,
                german: somebody.german,
                person: found.person,
            }
        };
        rows.into_iter().map(assigned).collect()
    }
}

impl Assigned {
    /// The first day on which it could be spoken of.
    fn first(&self) -> Day {
        self.opens_on.max(self.assigned_on)
    }

    fn asked(&self, last: Day) -> BTreeSet<String> {
        let off = |day: Day| {
            let weekend = ["Saturday", "Sunday"].contains(&day.weekday_name());
            weekend || (self.german && is_holiday(day))
        };
        let first = self.first();
        let mut asked = BTreeSet::new();
        let mut on = |step: String, mut day: Day, in_time: bool| {
            let nominal = day;
            while off(day) {
                day = day + 1;
            }
            if in_time && self.due_on.is_some_and(|due| nominal <= due && day > due) {
                day = nominal;
                while off(day) {
                    day = day - 1;
                }
                if day < first {
                    day = nominal;
                }
            }
            if day <= last {
                asked.insert(step);
            }
        };
        on("opened".to_owned(), first, true);
        let Some(due) = self.due_on else { return asked };
        for n in [14, 7, 1] {
            if due - n > first && (n == 1 || !self.joiner) {
                on(format!("before-{n}"), due - n, true);
            }
        }
        for n in [7, 21] {
            if self.joiner && self.opens_on + n > first && self.opens_on + n <= due {
                on(format!("joined+{n}"), self.opens_on + n, true);
            }
        }
        let (base, skip) = if due < self.assigned_on {
            (self.assigned_on, true)
        } else {
            (due, false)
        };
        on("manager+7".to_owned(), base + 7, false);
        on("upper+14".to_owned(), base + 14, false);
        on("owner+30".to_owned(), base + 30, false);
        let mut n = if skip { 8 } else { 1 };
        while base + n <= last {
            on(format!("after+{n}"), base + n, false);
            n += 7;
        }
        asked
    }
}
