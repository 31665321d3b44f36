//! The cadence: on which days what somebody owes is spoken of, and to whom.
//!
//! An assignment asks for *steps*. Steps of one *line* go to the same reader: the learner, their manager, the manager's
//! manager, the owners. Each has a day by the calendar of days alone; it is moved off weekends and holidays by
//! [`Cadence::asked`]. A later step of a line overtakes those before it, so nobody hears the same thing twice in a letter.
//!
//! What is overdue is counted from the due day, or from the day it was assigned when that was later, and the count stands
//! still while the person is on leave and for the fourteen days after it that the evidence does not judge either: nobody comes
//! back to find that it was told upwards while they were away, and what was late before stays late by as many days.
//!
//! Pure. Not here: leave, waivers and whatever else holds a step back ([`super::plan`]).

use std::fmt;
use std::str::FromStr;

use db::{Day, Fault};

use super::calendar::Calendar;
use crate::due::RETURN_GRACE_DAYS;
use crate::spell::Away;

/// Further ahead no step is moved: no country has more days off in a row.
pub const OFF_DAYS_MAX: i32 = 14;

/// What is asked for, counted in days.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cadence {
    /// Before it is due, the largest first.
    pub before: Vec<i32>,
    /// After it was due, the first time.
    pub after: i32,
    /// And again every so often.
    pub again: i32,
    /// After somebody new has started, in place of all of `before` but the last.
    pub joined: Vec<i32>,
    /// After it was due.
    pub manager: i32,
    pub upper: i32,
    pub owner: i32,
}

impl Default for Cadence {
    fn default() -> Cadence {
        Cadence {
            before: vec![14, 7, 1],
            after: 1,
            again: 7,
            joined: vec![7, 21],
            manager: 7,
            upper: 14,
            owner: 30,
        }
    }
}

/// One occasion to speak of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is owed from now on.
    Opened,
    /// So many days after a newcomer's first.
    Joined(i32),
    Before(i32),
    After(i32),
    /// The person is back from the leave that held something back; the day of return.
    Back(Day),
    Manager(i32),
    Upper(i32),
    /// It becomes a task of the owners.
    Owner(i32),
}

/// Who hears of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    Learner,
    Manager,
    /// The manager's manager, or the owners when there is none.
    Upper,
    Owner,
}

/// What somebody owes, as far as reminding goes.
#[derive(Debug, Clone, Copy)]
pub struct Owing<'a> {
    pub opens_on: Day,
    pub due_on: Option<Day>,
    pub assigned_on: Day,
    /// Somebody new, who owes it because they came.
    pub joiner: bool,
    pub leaves: &'a [Away],
}

/// A step whose day has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub step: Step,
    /// The working day it is for.
    pub on: Day,
    /// A later step of the same line has come too.
    pub overtaken: bool,
}

impl Cadence {
    /// The steps whose day, moved off days on which nobody is written to, lies from `since` to `today`. Without `since`, the
    /// last of each line, however long ago it was.
    pub fn asked(
        &self,
        owing: &Owing<'_>,
        calendar: &Calendar,
        since: Option<Day>,
        today: Day,
    ) -> Vec<Asked> {
        let mut asked: Vec<Asked> = self
            .steps(owing, calendar, since, today + OFF_DAYS_MAX)
            .into_iter()
            .map(|(step, day)| Asked {
                step,
                on: moved(step, day, owing, calendar),
                overtaken: false,
            })
            .filter(|asked| asked.on <= today && since.is_none_or(|since| since <= asked.on))
            .collect();
        // They stand in the order of their days.
        for at in 0..asked.len() {
            let line = asked[at].step.line();
            asked[at].overtaken = asked[at + 1..].iter().any(|later| later.step.line() == line);
        }
        if since.is_none() {
            asked.retain(|asked| !asked.overtaken);
        }
        asked
    }

    /// Every step and its day, as far as `until`, in order. Of what is said again and again, what can matter since `since`.
    fn steps(
        &self,
        owing: &Owing<'_>,
        calendar: &Calendar,
        since: Option<Day>,
        until: Day,
    ) -> Vec<(Step, Day)> {
        let opened = owing.opens_on.max(owing.assigned_on);
        let mut steps = vec![(Step::Opened, opened)];
        let in_time = |day: Day| day > opened && owing.due_on.is_none_or(|due| day <= due);
        if owing.joiner {
            let joined = self
                .joined
                .iter()
                .map(|n| (Step::Joined(*n), owing.opens_on + *n));
            steps.extend(joined.filter(|(_, day)| in_time(*day)));
        }
        if let Some(due) = owing.due_on {
            let before = if owing.joiner {
                self.before.len().saturating_sub(1)
            } else {
                0
            };
            let before = self.before[before..].iter().map(|n| (Step::Before(*n), due - *n));
            steps.extend(before.filter(|(_, day)| in_time(*day)));
        }
        let held: Vec<Day> = steps
            .iter()
            .map(|(step, day)| moved(*step, *day, owing, calendar))
            .collect();
        let back = owing.leaves.iter().filter_map(|away| {
            let until = away.until_on?;
            let held_back = held.iter().any(|day| away.from_on <= *day && *day <= until);
            held_back.then_some((Step::Back(until + 1), until + 1))
        });
        steps.extend(back.collect::<Vec<_>>());
        if let Some(base) = self.counted_from(owing) {
            steps.extend([
                (Step::Manager(self.manager), base + self.manager),
                (Step::Upper(self.upper), base + self.upper),
                (Step::Owner(self.owner), base + self.owner),
            ]);
            let first = base + self.after;
            let again = self.again.max(1);
            let from = since.unwrap_or(until - OFF_DAYS_MAX) - OFF_DAYS_MAX;
            // What was late when it was assigned has just been spoken of.
            let at_least = if owing.due_on.is_some_and(|due| due < opened) {
                1
            } else {
                0
            };
            let skipped = ((from - first) / again - 1).max(at_least);
            let mut number = self.after + skipped * again;
            while base + number <= until {
                steps.push((Step::After(number), base + number));
                number += again;
            }
        }
        steps.retain(|(_, day)| *day <= until);
        steps.sort_by_key(|(step, day)| (*day, *step));
        steps
    }

    /// The day from which overdue days are counted, moved on by the days that are not; `None` while there is none.
    ///
    /// Days of leave, and those after it that nobody is judged on, are not counted; what was counted before stays counted.
    pub fn counted_from(&self, owing: &Owing<'_>) -> Option<Day> {
        let base = owing.due_on?.max(owing.assigned_on);
        let mut leaves: Vec<&Away> = owing.leaves.iter().collect();
        leaves.sort_by_key(|away| away.from_on);
        // The first day that has not been looked at, and how many before it were counted.
        let (mut at, mut counted) = (base + 1, 0);
        for away in leaves {
            let counted_before = counted + (away.from_on - at).max(0);
            // When all has been said to everybody, a leave moves nothing.
            if counted_before >= self.owner || away.until_on.is_some_and(|until| until <= base) {
                continue;
            }
            counted = counted_before;
            at = at.max(away.until_on? + 1 + RETURN_GRACE_DAYS + 1);
        }
        Some(at - 1 - counted)
    }
}

/// The next working day; yet what would then come after the due day comes on the working day before, and when there is
/// none since it was assigned, on the day itself.
fn moved(step: Step, day: Day, owing: &Owing<'_>, calendar: &Calendar) -> Day {
    let next = calendar.next(day);
    let in_time = matches!(
        step,
        Step::Opened | Step::Joined(_) | Step::Before(_) | Step::Back(_)
    );
    match owing.due_on {
        Some(due) if in_time && day <= due && due < next => {
            let opened = owing.opens_on.max(owing.assigned_on);
            let before = calendar.last(day);
            if opened <= before { before } else { day }
        }
        _ => next,
    }
}

impl Step {
    pub fn line(self) -> Line {
        match self {
            Step::Opened | Step::Joined(_) | Step::Before(_) | Step::After(_) | Step::Back(_) => {
                Line::Learner
            }
            Step::Manager(_) => Line::Manager,
            Step::Upper(_) => Line::Upper,
            Step::Owner(_) => Line::Owner,
        }
    }

    /// Whether it speaks of something that is overdue.
    pub fn is_late(self) -> bool {
        matches!(
            self,
            Step::After(_) | Step::Manager(_) | Step::Upper(_) | Step::Owner(_)
        )
    }

    /// What it is, in words.
    pub fn words(self) -> String {
        let days = |n: i32| {
            if n == 1 {
                "1 day".to_owned()
            } else {
                format!("{n} days")
            }
        };
        match self {
            Step::Opened => "When it was assigned".to_owned(),
            Step::Joined(n) => format!("{} after the start", days(n)),
            Step::Before(n) => format!("{} before it is due", days(n)),
            Step::After(n) => format!("{} after it was due", days(n)),
            Step::Back(day) => format!("Back from leave on {}", day.long()),
            Step::Manager(n) => format!("To the manager, {} after it was due", days(n)),
            Step::Upper(n) => format!("To the manager’s manager, {} after it was due", days(n)),
            Step::Owner(n) => format!("To the owners’ list, {} after it was due", days(n)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Opened => f.write_str("opened"),
            Step::Joined(n) => write!(f, "joined+{n}"),
            Step::Before(n) => write!(f, "before-{n}"),
            Step::After(n) => write!(f, "after+{n}"),
            Step::Back(day) => write!(f, "back:{day}"),
            Step::Manager(n) => write!(f, "manager+{n}"),
            Step::Upper(n) => write!(f, "upper+{n}"),
            Step::Owner(n) => write!(f, "owner+{n}"),
        }
    }
}

impl FromStr for Step {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Step, Fault> {
        let unknown = || Fault::new("reading a step of the cadence, which is not known");
        if text == "opened" {
            return Ok(Step::Opened);
        }
        let (name, rest) = text.split_once(['+', '-', ':']).ok_or_else(unknown)?;
        if name == "back" {
            return Ok(Step::Back(rest.parse()?));
        }
        let days = rest.parse().map_err(|_| unknown())?;
        match name {
            "joined" => Ok(Step::Joined(days)),
            "before" => Ok(Step::Before(days)),
            "after" => Ok(Step::After(days)),
            "manager" => Ok(Step::Manager(days)),
            "upper" => Ok(Step::Upper(days)),
            "owner" => Ok(Step::Owner(days)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    fn owing(opens: &str, due: &str) -> Owing<'static> {
        Owing {
            opens_on: day(opens),
            due_on: Some(day(due)),
            assigned_on: day(opens),
            joiner: false,
            leaves: &[],
        }
    }

    /// Runs the cadence day by day and says what was asked when.
    fn said(owing: &Owing<'_>, calendar: &Calendar, last: &str) -> Vec<String> {
        let mut seen = std::collections::BTreeSet::new();
        let mut said = Vec::new();
        let mut today = owing.assigned_on;
        while today <= day(last) {
            for asked in Cadence::default().asked(owing, calendar, Some(today - 5), today) {
                if seen.insert(asked.step) {
                    let overtaken = if asked.overtaken { " overtaken" } else { "" };
                    said.push(format!("{today} {}{overtaken}", asked.step));
                }
            }
            today = today + 1;
        }
        said
    }

    #[test]
    fn the_default_cadence_day_by_day() {
        // Due on a Friday.
        assert_eq!(
            said(
                &owing("2026-05-13", "2026-06-12"),
                &Calendar::weekends(),
                "2026-07-20"
            ),
            [
                "2026-05-13 opened",
                "2026-05-29 before-14",
                "2026-06-05 before-7",
                "2026-06-11 before-1",
                "2026-06-15 after+1",
                "2026-06-19 manager+7",
                "2026-06-22 after+8",
                "2026-06-26 upper+14",
                "2026-06-29 after+15",
                "2026-07-06 after+22",
                "2026-07-13 after+29",
                "2026-07-13 owner+30",
                "2026-07-20 after+36",
            ]
        );
    }

    #[test]
    fn a_newcomer_has_the_series_of_newcomers_and_the_last_day() {
        let new = Owing {
            joiner: true,
            ..owing("2026-06-01", "2026-07-01")
        };
        assert_eq!(
            said(&new, &Calendar::weekends(), "2026-07-01"),
            [
                "2026-06-01 opened",
                "2026-06-08 joined+7",
                "2026-06-22 joined+21",
                "2026-06-30 before-1"
            ]
        );
    }

    #[test]
    fn a_reminder_is_moved_off_a_holiday_and_never_past_the_due_day() {
        // Due on Easter Monday; the day before it is a Sunday, and the working day before that a Thursday.
        let calendar = Calendar::weekends().with([day("2026-04-03"), day("2026-04-06")]);
        assert_eq!(
            said(&owing("2026-03-07", "2026-04-06"), &calendar, "2026-04-07"),
            [
                "2026-03-09 opened",
                "2026-03-23 before-14",
                "2026-03-30 before-7",
                "2026-04-02 before-1",
                "2026-04-07 after+1",
            ]
        );
        // Assigned on a Saturday for that Sunday: there is no working day, and silence would be worse.
        assert_eq!(
            said(
                &owing("2026-06-06", "2026-06-07"),
                &Calendar::weekends(),
                "2026-06-07"
            ),
            ["2026-06-06 opened"]
        );
    }

    #[test]
    fn steps_that_fall_together_are_one() {
        let calendar = Calendar::weekends().with((0..12).map(|n| day("2026-12-23") + n));
        let steps = said(&owing("2026-11-29", "2026-12-29"), &calendar, "2027-01-15");
        assert!(
            steps.contains(&"2026-12-22 before-7 overtaken".to_owned()),
            "{steps:?}"
        );
        assert!(steps.contains(&"2026-12-22 before-1".to_owned()), "{steps:?}");
        assert!(steps.contains(&"2027-01-04 after+1".to_owned()), "{steps:?}");
    }

    #[test]
    fn what_is_assigned_late_gives_the_days_from_then() {
        let late = Owing {
            assigned_on: day("2026-06-01"),
            ..owing("2026-01-01", "2026-02-01")
        };
        let steps = said(&late, &Calendar::weekends(), "2026-06-09");
        assert_eq!(
            steps,
            ["2026-06-01 opened", "2026-06-08 manager+7", "2026-06-09 after+8"]
        );
    }

    #[test]
    fn the_count_stands_still_during_leave_and_the_return_is_spoken_of() {
        let leaves = [Away {
            from_on: day("2026-06-03"),
            until_on: Some(day("2026-06-30")),
        }];
        let away = Owing {
            leaves: &leaves,
            ..owing("2026-05-01", "2026-06-01")
        };
        // Late on 2 June, then not counted through 15 July, fourteen days after the day of return: on the 16th for the
        // second time.
        assert_eq!(Cadence::default().counted_from(&away), Some(day("2026-07-14")));
        let again = [
            leaves[0],
            Away {
                from_on: day("2026-07-10"),
                until_on: Some(day("2026-07-12")),
            },
            Away {
                from_on: day("2026-08-01"),
                until_on: Some(day("2026-08-05")),
            },
        ];
        let often = Owing {
            leaves: &again,
            ..owing("2026-05-01", "2026-06-01")
        };
        // 2 June, 28 to 31 July, and from 21 August on: the sixth time.
        assert_eq!(Cadence::default().counted_from(&often), Some(day("2026-08-15")));
        let late = [Away {
            from_on: day("2026-07-05"),
            until_on: Some(day("2026-07-20")),
        }];
        let told = Owing {
            leaves: &late,
            ..owing("2026-05-01", "2026-06-01")
        };
        assert_eq!(
            Cadence::default().counted_from(&told),
            Some(day("2026-06-01")),
            "the owners were told before"
        );
        let still = Owing {
            leaves: &leaves,
            ..owing("2026-06-01", "2026-07-10")
        };
        let steps = said(&still, &Calendar::weekends(), "2026-07-09");
        assert!(
            steps.contains(&"2026-07-01 back:2026-07-01".to_owned()),
            "{steps:?}"
        );
        let open = [Away {
            from_on: day("2026-05-20"),
            until_on: None,
        }];
        let gone = Owing {
            leaves: &open,
            ..owing("2026-05-01", "2026-05-10")
        };
        assert_eq!(Cadence::default().counted_from(&gone), None);
    }

    #[test]
    fn without_a_day_to_look_back_to_only_the_last_of_each_line_is_asked() {
        let old = owing("2025-12-01", "2026-01-01");
        let asked = Cadence::default().asked(&old, &Calendar::weekends(), None, day("2026-06-01"));
        let steps: Vec<String> = asked.iter().map(|asked| asked.step.to_string()).collect();
        assert_eq!(steps, ["manager+7", "upper+14", "owner+30", "after+148"]);
    }

    #[test]
    fn a_step_reads_back_as_it_is_written() {
        for step in [
            "opened",
            "joined+7",
            "before-14",
            "after+1",
            "back:2026-06-01",
            "manager+7",
            "upper+14",
            "owner+30",
        ] {
            assert_eq!(step.parse::<Step>().expect("a step").to_string(), step);
        }
        assert!("before".parse::<Step>().is_err() && "often+3".parse::<Step>().is_err());
    }
}
