//! A cycle: what falls due of one course within one quarter, and what became of it.
//!
//! A course of a person counts once in a cycle, by its earliest due day, whichever rules ask for it. What is left undone
//! is *open* until the end of its due day and *overdue* after it. Somebody who left, moved out of the audience, or whose
//! rule ended, by the due day is *excused*, as is whoever holds a waiver while it is undone; after the due day they missed
//! it, which counts with what was done late. Nothing here is stored: it follows from assignments and completions.
//!
//! Not here: which lines a number counts ([`part`]), whether that satisfies an auditor (`measures`), how it is drawn
//! (`pages/cycle.rs`).

mod part;

use std::collections::{BTreeMap, HashMap};

use db::{Day, Moment, Reader, Result, Window, params, sql};
use stats::Proportion;

pub use part::Part;

use crate::facts::numbers::Numbers;

/// Three months of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    pub year: i32,
    /// 1 to 4.
    pub number: u8,
}

/// What became of one course of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    OnTime,
    /// Done after its day, or given up after it.
    Late,
    Overdue,
    Open,
    Excused,
}

/// One course of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub person: u32,
    pub asked_on: Day,
    pub due_on: Day,
    pub done_on: Option<Day>,
    pub fate: Fate,
    /// Asked of them because they are new.
    pub new: bool,
}

/// What falls due of a course in a quarter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cycle {
    pub lines: Vec<Line>,
}

/// Every cycle whose quarter touches a window, the newest quarter first within a course.
#[derive(Debug, Default)]
pub struct Cycles {
    pub people: Vec<Box<str>>,
    /// By course, then by quarter.
    pub found: BTreeMap<(String, Quarter), Cycle>,
}

/// How a cycle stood at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    pub day: Day,
    pub asked: u64,
    pub done: u64,
}

impl Quarter {
    #[must_use]
    pub fn of(day: Day) -> Quarter {
        Quarter {
            year: day.year(),
            number: (day.month() - 1) / 3 + 1,
        }
    }

    /// "2026-q2"
    #[must_use]
    pub fn parse(text: &str) -> Option<Quarter> {
        let (year, number) = text.split_once("-q")?;
        let quarter = Quarter {
            year: year.parse().ok()?,
            number: number.parse().ok()?,
        };
        ((2000..2200).contains(&quarter.year) && (1..=4).contains(&quarter.number)).then_some(quarter)
    }

    #[must_use]
    pub fn name(self) -> String {
        format!("{}-q{}", self.year, self.number)
    }

    /// "April to June 2026"
    #[must_use]
    pub fn words(self) -> String {
        let window = self.window();
        format!(
            "{} to {} {}",
            window.from.month_name(),
            (window.to - 1).month_name(),
            self.year
        )
    }

    #[must_use]
    pub fn window(self) -> Window {
        let first = |quarter: Quarter| Day::ymd(quarter.year, (quarter.number - 1) * 3 + 1, 1);
        Window {
            from: first(self),
            to: first(self.next()),
        }
    }

    #[must_use]
    pub fn next(self) -> Quarter {
        match self.number {
            4 => Quarter {
                year: self.year + 1,
                number: 1,
            },
            number => Quarter {
                number: number + 1,
                ..self
            },
        }
    }

    #[must_use]
    pub fn before(self) -> Quarter {
        match self.number {
            1 => Quarter {
                year: self.year - 1,
                number: 4,
            },
            number => Quarter {
                number: number - 1,
                ..self
            },
        }
    }
}

impl Fate {
    pub const ALL: [Fate; 5] = [Fate::OnTime, Fate::Late, Fate::Overdue, Fate::Open, Fate::Excused];

    /// As addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fate::OnTime => "on-time",
            Fate::Late => "late",
            Fate::Overdue => "overdue",
            Fate::Open => "open",
            Fate::Excused => "excused",
        }
    }

    /// As people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Fate::OnTime => "on time",
            Fate::Late => "late",
            Fate::Overdue => "overdue",
            Fate::Open => "open",
            Fate::Excused => "excused",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Fate> {
        Fate::ALL.into_iter().find(|fate| fate.name() == name)
    }
}

impl Cycle {
    #[must_use]
    pub fn count(&self, fate: Fate) -> u64 {
        self.lines.iter().filter(|line| line.fate == fate).count() as u64
    }

    /// On time, of what could have been: neither excused nor still open.
    #[must_use]
    pub fn on_time(&self) -> Proportion {
        let n = self.count(Fate::OnTime);
        Proportion {
            n,
            of: n + self.count(Fate::Late) + self.count(Fate::Overdue),
        }
    }

    /// How it stood at the end of each day up to `today`, from the first on which anything was asked. Whoever is excused
    /// is left out.
    #[must_use]
    pub fn days(&self, today: Day) -> Vec<Stood> {
        let counted: Vec<&Line> = self
            .lines
            .iter()
            .filter(|line| line.fate != Fate::Excused)
            .collect();
        let (Some(first), Some(due)) = (
            counted.iter().map(|line| line.asked_on).min(),
            counted.iter().map(|line| line.due_on).max(),
        ) else {
            return Vec::new();
        };
        let done_last = counted
            .iter()
            .filter_map(|line| line.done_on)
            .max()
            .unwrap_or(due);
        // What is undone goes on being undone to this day.
        let all_done = counted.iter().all(|line| line.done_on.is_some());
        let last = if all_done {
            today.min(due.max(done_last))
        } else {
            today
        };
        let mut asked: BTreeMap<Day, u64> = BTreeMap::new();
        let mut done: BTreeMap<Day, u64> = BTreeMap::new();
        for line in counted {
            *asked.entry(line.asked_on).or_default() += 1;
            if let Some(day) = line.done_on {
                *done.entry(day.max(first)).or_default() += 1;
            }
        }
        let mut stood = Stood {
            day: first,
            asked: 0,
            done: 0,
        };
        (0..=(last - first).max(0))
            .map(|n| {
                let day = first + n;
                stood = Stood {
                    day,
                    asked: stood.asked + asked.get(&day).copied().unwrap_or(0),
                    done: stood.done + done.get(&day).copied().unwrap_or(0),
                };
                stood
            })
            .collect()
    }
}

/// What is known of one course of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    person: u32,
    asked_on: Day,
    due_on: Day,
    done_on: Option<Day>,
    /// The day it ended for another reason than being done.
    ended_on: Option<Day>,
    waived: bool,
    new: bool,
}

impl Known {
    /// The same course asked by two rules: by the earlier day, done when either is, given up when both are.
    fn with(self, other: Known) -> Known {
        let earliest = |a: Option<Day>, b: Option<Day>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Known {
            asked_on: self.asked_on.min(other.asked_on),
            due_on: self.due_on.min(other.due_on),
            done_on: earliest(self.done_on, other.done_on),
            new: self.new || other.new,
            ended_on: self.ended_on.zip(other.ended_on).map(|(a, b)| a.max(b)),
            ..self
        }
    }
}

fn fate(known: &Known, today: Day) -> Fate {
    match (known.done_on, known.ended_on) {
        (Some(done), _) if done <= known.due_on => Fate::OnTime,
        (Some(_), _) => Fate::Late,
        (None, Some(ended)) if ended <= known.due_on => Fate::Excused,
        (None, Some(_)) => Fate::Late,
        (None, None) if known.waived => Fate::Excused,
        (None, None) if known.due_on < today => Fate::Overdue,
        (None, None) => Fate::Open,
    }
}

/// Reads the cycles whose quarters lie between two, both included, in one pass.
///
/// # Errors
/// A fault of the engine.
pub fn load(reader: &mut Reader, from: Quarter, to: Quarter) -> Result<Cycles> {
    let (today, zone) = (reader.today()?, reader.zone()?);
    let waived = assignments::waiver::waived(reader, today)?;
    let (mut people, mut courses) = (Numbers::default(), Numbers::default());
    let mut found: HashMap<(u32, Quarter), HashMap<u32, Known>> = HashMap::new();
    reader.each(
        sql!(
            "select a.person_id, a.course_id, a.opens_on, a.due_on, n.reason, n.ended_at, c.occurred_on,
                    a.reason
             from assignment a
             left join assignment_end n on n.assignment_id = a.id
             left join completion c on c.id = n.completion_id
             where a.due_on >= $1
               and a.due_on < $2
               and coalesce(n.reason, '') <> 'moved_date'"
        ),
        &params![from.window().from, to.window().to],
        |row| {
            let (person, course) = (row.str(0)?.unwrap_or_default(), row.str(1)?.unwrap_or_default());
            let completed = row.str(4)? == Some("completed");
            let ended: Option<Moment> = row.get(5)?;
            let ended_on = ended.map(|at| at.day(&zone));
            let known = Known {
                person: people.of(person),
                asked_on: row.get(2)?,
                due_on: row.get(3)?,
                done_on: if completed {
                    row.get::<Option<Day>>(6)?.or(ended_on)
                } else {
                    None
                },
                ended_on: ended_on.filter(|_| !completed),
                new: row.str(7)? == Some("onboarding"),
                waived: !waived.is_empty() && waived.contains(&(person.to_owned(), course.to_owned())),
            };
            let cycle = found
                .entry((courses.of(course), Quarter::of(known.due_on)))
                .or_default();
            cycle
                .entry(known.person)
                .and_modify(|other| *other = known.with(*other))
                .or_insert(known);
            Ok(())
        },
    )?;
    let courses = courses.texts();
    let named = found.into_iter().map(|((course, quarter), known)| {
        let mut lines: Vec<Line> = known.into_values().map(|known| line(&known, today)).collect();
        lines.sort_unstable_by_key(|line| (line.due_on, line.person));
        ((courses[course as usize].to_string(), quarter), Cycle { lines })
    });
    Ok(Cycles {
        found: named.collect(),
        people: people.texts(),
    })
}

fn line(known: &Known, today: Day) -> Line {
    Line {
        person: known.person,
        asked_on: known.asked_on,
        due_on: known.due_on,
        done_on: known.done_on,
        fate: fate(known, today),
        new: known.new,
    }
}

/// By when how many would be done if it went on as over the last days: from the slowest and the fastest of the last
/// weeks. `None` for fewer than [`FORECAST_DAYS`] days, and when it is done or due.
#[must_use]
pub fn forecast(days: &[Stood], due_on: Day) -> Option<(f64, f64)> {
    let last = *days.last()?;
    if days.len() < FORECAST_DAYS || last.day >= due_on || last.done >= last.asked {
        return None;
    }
    let pace = |back: usize| {
        let before = days[days.len() - 1 - back.min(days.len() - 1)];
        (last.done - before.done) as f64 / f64::from((last.day - before.day).max(1))
    };
    let paces = [pace(5), pace(14), pace(days.len() - 1)];
    let left = f64::from(due_on - last.day);
    let end = |pace: f64| (last.done as f64 + pace * left).min(last.asked as f64);
    let low = paces.iter().copied().fold(f64::INFINITY, f64::min);
    let high = paces.iter().copied().fold(0.0, f64::max);
    Some((end(low), end(high)))
}

/// Days that have to be known before anything is said of those to come.
pub const FORECAST_DAYS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(20_605);

    fn known(due: i32, done: Option<i32>, ended: Option<i32>, waived: bool) -> Known {
        Known {
            person: 0,
            asked_on: TODAY - 30,
            due_on: TODAY + due,
            done_on: done.map(|n| TODAY + n),
            ended_on: ended.map(|n| TODAY + n),
            waived,
            new: false,
        }
    }

    #[test]
    fn what_became_of_it_follows_from_its_days() {
        let table = [
            (known(-10, Some(-10), None, false), Fate::OnTime),
            (known(-10, Some(-9), None, false), Fate::Late),
            (known(-10, None, Some(-10), false), Fate::Excused),
            (known(-10, None, Some(-9), false), Fate::Late),
            (known(-1, None, None, false), Fate::Overdue),
            (known(-1, None, None, true), Fate::Excused),
            (known(0, None, None, false), Fate::Open),
        ];
        for (n, (known, expected)) in table.iter().enumerate() {
            assert_eq!(fate(known, TODAY), *expected, "line {n}");
        }
    }

    #[test]
    fn a_course_asked_by_two_rules_is_one() {
        let (early, late) = (
            known(-20, None, Some(-25), false),
            known(-10, Some(-22), None, false),
        );
        for merged in [early.with(late), late.with(early)] {
            assert_eq!((merged.due_on, fate(&merged, TODAY)), (TODAY - 20, Fate::OnTime));
        }
        let undone = known(-10, None, None, false);
        assert_eq!(
            fate(&early.with(undone), TODAY),
            Fate::Overdue,
            "one rule still asks"
        );
    }

    #[test]
    fn quarters_have_names_and_follow_each_other() {
        let last = Quarter {
            year: 2026,
            number: 4,
        };
        assert_eq!(Quarter::of(Day::ymd(2026, 6, 30)).name(), "2026-q2");
        assert_eq!(Quarter::parse("2026-q4"), Some(last));
        assert_eq!(last.words(), "October to December 2026");
        assert_eq!(last.next().before(), last);
        assert_eq!(
            last.window(),
            Window {
                from: Day::ymd(2026, 10, 1),
                to: Day::ymd(2027, 1, 1)
            }
        );
        for wrong in ["2026-q5", "2026-q0", "26-q1", "2026", "x-q1"] {
            assert_eq!(Quarter::parse(wrong), None, "{wrong}");
        }
    }

    fn line(asked: i32, due: i32, done: Option<i32>, fate: Fate) -> Line {
        Line {
            person: 0,
            asked_on: TODAY + asked,
            due_on: TODAY + due,
            done_on: done.map(|n| TODAY + n),
            fate,
            new: false,
        }
    }

    #[test]
    fn days_are_counted_from_the_first_asked_to_today_without_the_excused() {
        let cycle = Cycle {
            lines: vec![
                line(-4, 5, Some(-2), Fate::OnTime),
                line(-4, 5, None, Fate::Open),
                line(-1, 5, None, Fate::Open),
                line(-9, 5, None, Fate::Excused),
            ],
        };
        let days: Vec<(i32, u64, u64)> = cycle
            .days(TODAY)
            .iter()
            .map(|d| (d.day - TODAY, d.asked, d.done))
            .collect();
        assert_eq!(days, [(-4, 2, 0), (-3, 2, 0), (-2, 2, 1), (-1, 3, 1), (0, 3, 1)]);
        assert_eq!((cycle.on_time().n, cycle.on_time().of), (1, 1));
        assert!(Cycle::default().days(TODAY).is_empty());
    }

    #[test]
    fn a_forecast_needs_five_days_and_stays_between_nothing_and_all() {
        let days = |n: i32| -> Vec<Stood> {
            (0..n)
                .map(|i| Stood {
                    day: TODAY + i,
                    asked: 100,
                    done: 10 * i.unsigned_abs() as u64,
                })
                .collect()
        };
        assert_eq!(forecast(&days(4), TODAY + 30), None);
        assert_eq!(forecast(&days(5), TODAY + 30), Some((100.0, 100.0)));
        assert_eq!(forecast(&days(5), TODAY + 6), Some((60.0, 60.0)));
        assert_eq!(forecast(&days(5), TODAY + 4), None, "it is due");
        assert_eq!(forecast(&[], TODAY), None);
    }
}
