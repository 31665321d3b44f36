//! The measures agree with somebody who counts every single day by the definitions.
//!
//! Nothing of the interval arithmetic is used here: days are asked one by one whether a fact holds on them.

use std::ops::Range;

use assignments::audience::{Audience, Traits};
use controls::{Parameters, Predicate};
use db::{Day, Window};
use evidence::{
    Kind,
    demand::{Rule, layer},
    facts::{Audiences, Done, Life, Spell},
    measure::{Line, Marks, Tally, Terms},
    measures::Question,
    tenure::{EVER, Engagement, FAR, Leave, away, tenures},
};
use proptest::prelude::*;

/// Days counted; what is still so on the last of them is taken to have no end.
const DAYS: Range<i32> = -400..900;
const WINDOW: Window = Window {
    from: Day(100),
    to: Day(200),
};

#[derive(Debug, Clone)]
struct Case {
    engagements: Vec<Engagement>,
    leaves: Vec<Leave>,
    done: Vec<Done>,
    spells: Vec<Spell>,
    rules: Vec<Rule>,
    days: i32,
    valid_days: i32,
    return_grace_days: i32,
}

impl Case {
    fn engaged(&self, d: i32) -> bool {
        self.engagements
            .iter()
            .any(|e| e.start.0 <= d && e.end.is_none_or(|end| d <= end.0))
    }

    fn outside(&self, d: i32) -> bool {
        self.engagements
            .iter()
            .any(|e| e.kind == 1 && e.start.0 <= d && e.end.is_none_or(|end| d <= end.0))
    }

    fn on_leave(&self, d: i32) -> bool {
        self.leaves
            .iter()
            .any(|l| l.from.0 <= d && l.until.is_none_or(|until| d <= until.0))
    }

    /// Within the days after a return, that of the grace's last included.
    fn just_back(&self, d: i32) -> bool {
        (d - self.return_grace_days..=d).any(|r| self.on_leave(r - 1) && !self.on_leave(r))
    }

    fn deadline(&self, start: i32) -> Option<i32> {
        let mut due = start + self.days;
        while self.on_leave(due) {
            let back = (due..DAYS.end).find(|d| !self.on_leave(*d))?;
            due = back + self.return_grace_days;
        }
        Some(due)
    }

    fn belongs(&self, audience: u16, d: i32) -> bool {
        let spell = self
            .spells
            .iter()
            .rev()
            .find(|s| s.from.0 <= d)
            .or(self.spells.first());
        audience == 0 || spell.is_some_and(|s| s.traits == u32::from(audience))
    }

    /// The rules that count, as the top of `demand.rs` says, each with the day it is first in force.
    fn known(&self) -> Vec<(Rule, i32)> {
        let sound = |r: &&Rule| r.from < r.ended;
        let alive = || self.rules.iter().filter(sound).filter(|r| r.ended > WINDOW.from);
        let Some(first) = alive().map(|r| r.from).min() else {
            return vec![];
        };
        let chosen: Vec<Rule> = if first < WINDOW.to {
            self.rules
                .iter()
                .filter(sound)
                .filter(|r| r.from < WINDOW.to)
                .copied()
                .collect()
        } else {
            self.rules
                .iter()
                .filter(sound)
                .filter(|r| r.from == first)
                .copied()
                .collect()
        };
        let oldest = chosen.iter().map(|r| r.from).min().unwrap_or(first);
        chosen
            .into_iter()
            .map(|r| (r, if r.from == oldest { i32::MIN } else { r.from.0 }))
            .collect()
    }

    fn courses(&self) -> Vec<u16> {
        let mut courses: Vec<u16> = self.known().iter().map(|(r, _)| r.course).collect();
        courses.sort_unstable();
        courses.dedup();
        courses
    }

    fn live(&self) -> Vec<u16> {
        let live = |c: &u16| {
            self.known()
                .iter()
                .any(|(r, _)| r.course == *c && r.ended > WINDOW.from)
        };
        self.courses().into_iter().filter(live).collect()
    }

    fn asked(&self, course: u16, d: i32) -> bool {
        self.known().iter().any(|(r, from)| {
            r.course == course && *from <= d && Day(d) < r.ended && self.belongs(r.audience, d)
        })
    }

    fn asked_anything(&self, d: i32) -> bool {
        self.courses().into_iter().any(|c| self.asked(c, d))
    }

    fn required_at_start(&self, d: i32) -> Vec<u16> {
        let asked: Vec<u16> = self.courses().into_iter().filter(|c| self.asked(*c, d)).collect();
        if asked.is_empty() { self.live() } else { asked }
    }

    fn needed(&self, course: u16, d: i32) -> bool {
        let known = self.known();
        let by_rule = known.iter().any(|(r, from)| {
            let goes_on = known
                .iter()
                .any(|(o, _)| o.course == r.course && o.from < r.from && o.ended >= r.from);
            let newcomer = r
                .before
                .is_some_and(|before| *from != i32::MIN && !self.belongs(before, *from));
            let missed_from = if *from == i32::MIN || (goes_on && !newcomer) {
                *from
            } else {
                from + self.days + 1
            };
            r.course == course
                && missed_from <= d
                && *from <= d
                && Day(d) < r.ended
                && self.belongs(r.audience, d)
        });
        by_rule || (!self.asked_anything(d) && self.live().contains(&course))
    }

    fn in_date(&self, course: u16, d: i32) -> bool {
        self.done
            .iter()
            .any(|c| c.course == course && c.day.0 <= d && d < (c.day.0 + self.valid_days).min(c.until.0))
    }

    fn lacking(&self, d: i32) -> Vec<u16> {
        self.courses()
            .into_iter()
            .filter(|c| self.needed(*c, d) && !self.in_date(*c, d))
            .collect()
    }

    /// The lines and class of an onboarding that starts on `start` and whose last day is `last`.
    fn onboarding(&self, start: i32, last: Option<i32>, tally: &mut Tally) -> bool {
        let due = self.deadline(start);
        let required = self.required_at_start(start);
        let qualifies = |c: &&Done| {
            (c.day.0 >= start && c.until > c.day) || start < (c.day.0 + self.valid_days).min(c.until.0)
        };
        let first = |course: u16| {
            self.done
                .iter()
                .filter(|c| c.course == course)
                .filter(qualifies)
                .map(|c| c.day.0)
                .min()
        };
        let in_time = |day: i32| due.is_none_or(|due| day <= due);
        let late: Vec<u16> = required
            .iter()
            .copied()
            .filter(|c| !first(*c).is_some_and(in_time))
            .collect();
        let line = |kind| Line {
            person: 0,
            kind,
            from: None,
            to: None,
            due_on: due.map(Day),
            done_on: None,
            courses: vec![],
        };
        if late.is_empty() {
            return true;
        }
        if last.is_some_and(|last| last < WINDOW.to.0 && due.is_none_or(|due| last < due)) {
            tally.left_before_due += 1;
            tally.lines.push(line(Kind::LeftBeforeDue));
        } else if due.is_none_or(|due| due >= WINDOW.to.0) {
            tally.not_yet_due += 1;
            tally.lines.push(line(Kind::NotYetDue));
        } else {
            let days: Option<Vec<i32>> = required.iter().map(|c| first(*c)).collect();
            let done_on = days.and_then(|days| days.into_iter().max()).map(Day);
            tally.lines.push(Line {
                done_on,
                courses: late,
                ..line(Kind::Missed)
            });
        }
        false
    }

    /// Counts a unit: whether it begins in the window, and the days of it that are judged.
    fn unit(&self, begins: Option<(i32, Option<i32>)>, judged: &[i32], tally: &mut Tally) {
        if begins.is_none() && judged.is_empty() {
            return;
        }
        let lines = tally.lines.len();
        tally.population += 1;
        let waiting = tally.left_before_due + tally.not_yet_due;
        let passed = begins.is_none_or(|(start, last)| self.onboarding(start, last, tally));
        if tally.left_before_due + tally.not_yet_due > waiting {
            assert!(judged.is_empty(), "whoever is not due has no day that is judged");
            return;
        }
        self.gaps(judged, tally);
        if passed && tally.lines.len() == lines {
            tally.passing += 1
        } else {
            tally.failing += 1
        }
    }

    fn gaps(&self, judged: &[i32], tally: &mut Tally) {
        let mut d = WINDOW.from.0;
        while d < WINDOW.to.0 {
            let bad = |d: i32| judged.contains(&d) && !self.lacking(d).is_empty();
            if !bad(d) {
                d += 1;
                continue;
            }
            let from = d;
            let mut courses = Vec::new();
            while d < WINDOW.to.0 && bad(d) {
                courses.extend(self.lacking(d));
                d += 1;
            }
            courses.sort_unstable();
            courses.dedup();
            let (from, to) = (Some(Day(from)), Some(Day(d)));
            tally.lines.push(Line {
                person: 0,
                kind: Kind::Gap,
                from,
                to,
                due_on: None,
                done_on: None,
                courses,
            });
        }
    }

    /// The maximal runs of days on which something holds; the last day is absent when it holds for ever.
    fn runs(&self, holds: impl Fn(i32) -> bool) -> Vec<(i32, Option<i32>)> {
        let starts = DAYS.filter(|d| holds(*d) && !holds(d - 1));
        starts
            .map(|start| {
                let last = (start..DAYS.end)
                    .take_while(|d| holds(*d))
                    .last()
                    .unwrap_or(start);
                (start, (last + 1 < DAYS.end).then_some(last))
            })
            .collect()
    }

    fn judged(&self, (start, last): (i32, Option<i32>), holds: impl Fn(i32) -> bool) -> Vec<i32> {
        let Some(due) = self.deadline(start) else {
            return vec![];
        };
        (WINDOW.from.0..WINDOW.to.0)
            .filter(|d| start <= *d && last.is_none_or(|last| *d <= last) && holds(*d))
            .filter(|d| *d > due && !self.on_leave(*d) && !self.just_back(*d))
            .collect()
    }

    fn counted(&self, predicate: Predicate) -> Tally {
        let mut tally = Tally::default();
        if self.known().is_empty() {
            return tally;
        }
        let tenures = self.runs(|d| self.engaged(d));
        let roles = self.runs(|d| self.engaged(d) && self.asked_anything(d));
        let begins = |run: &(i32, Option<i32>)| WINDOW.contains(Day(run.0)).then_some(*run);
        match predicate {
            Predicate::P01 => {
                tenures
                    .iter()
                    .filter(|t| begins(t).is_some())
                    .for_each(|t| self.unit(Some(*t), &[], &mut tally));
            }
            Predicate::P02 => {
                let judged: Vec<i32> = tenures.iter().flat_map(|t| self.judged(*t, |_| true)).collect();
                self.unit(None, &judged, &mut tally);
            }
            Predicate::P03 => {
                roles
                    .iter()
                    .for_each(|r| self.unit(begins(r), &self.judged(*r, |_| true), &mut tally));
            }
            Predicate::P04 => {
                let moved = roles
                    .iter()
                    .filter(|r| self.engaged(r.0 - 1) && begins(r).is_some());
                moved.for_each(|r| self.unit(Some(*r), &[], &mut tally));
            }
            _ => tenures.iter().for_each(|t| {
                let judged = self.judged(*t, |d| self.outside(d));
                self.unit(begins(t).filter(|t| self.outside(t.0)), &judged, &mut tally);
            }),
        }
        tally
    }

    fn reckoned(&self, predicate: Predicate) -> Tally {
        let parameters = Parameters {
            days: Some(self.days),
            max_days: Some(self.valid_days),
            return_grace_days: Some(self.return_grace_days),
            ..Parameters::default()
        };
        let question = Question {
            predicate,
            terms: Terms::of(&parameters, WINDOW),
            layers: layer("any", &self.rules, WINDOW, self.days).into_iter().collect(),
            kinds: 1 << 1,
            bit: 1,
            about: 0,
        };
        let audiences = audiences();
        let life = Life {
            person: 0,
            engagements: &self.engagements,
            tenures: tenures(&self.engagements),
            away: away(&self.leaves),
            spells: &self.spells,
            done: &self.done,
            audiences: &audiences,
        };
        let (mut tally, mut marks) = (Tally::default(), Marks::default());
        marks.start(self.done.len());
        question.ask(&life, &mut tally, &mut marks);
        tally
    }
}

/// Audience 0 is everyone; 1 and 2 are those with the traits 1 and 2.
fn audiences() -> Audiences {
    let tagged = |tag: &str| {
        Audience::parse(&format!(r#"{{"any":[{{"field":"tag","is":"{tag}"}}]}}"#))
            .expect("the audience is well formed")
    };
    let tags = ["", "one", "two"];
    Audiences::of(
        &[Audience::Everyone, tagged("one"), tagged("two")],
        tags.iter().map(|tags| {
            (
                Traits {
                    tags,
                    ..Traits::default()
                },
                vec![],
            )
        }),
    )
}

fn ordered(mut tally: Tally) -> Tally {
    tally.lines.sort_by_key(|l| (l.kind, l.from, l.due_on, l.done_on));
    tally
}

/// Every third was done elsewhere, and its evidence ends.
fn completion() -> impl Strategy<Value = Done> {
    let until = proptest::option::weighted(0.3, 0_i32..120);
    (0_u16..3, 10_i32..200, until).prop_map(|(course, d, until)| Done {
        course,
        day: Day(d),
        proof: 0,
        until: until.map_or(FAR, |n| Day(d + n)),
    })
}

fn case() -> impl Strategy<Value = Case> {
    let engagement =
        (40_i32..230, proptest::option::weighted(0.7, 0_i32..90), 0_u8..2).prop_map(|(s, n, kind)| {
            Engagement {
                start: Day(s),
                end: n.map(|n| Day(s + n)),
                kind,
            }
        });
    let leave = (40_i32..230, proptest::option::weighted(0.9, 0_i32..30)).prop_map(|(s, n)| Leave {
        from: Day(s),
        until: n.map(|n| Day(s + n)),
    });
    let done = completion();
    let spell = (60_i32..210, 0_u32..3).prop_map(|(d, traits)| Spell { from: Day(d), traits });
    let rule = (
        0_u16..3,
        0_u16..3,
        20_i32..260,
        proptest::option::weighted(0.3, 0_i32..150),
        proptest::option::weighted(0.5, 0_u16..3),
    )
        .prop_map(|(audience, course, from, n, before)| Rule {
            audience,
            course,
            from: Day(from),
            ended: n.map_or(FAR, |n| Day(from + n)),
            before,
        });
    use proptest::collection::vec;
    (
        (
            vec(engagement, 0..4),
            vec(leave, 0..4),
            vec(done, 0..9),
            vec(spell, 0..4),
            vec(rule, 1..4),
        ),
        (0_i32..31, 1_i32..90, 0_i32..15, 0_u8..3),
    )
        .prop_map(
            |((engagements, leaves, mut done, mut spells, mut rules), (days, valid_days, grace, plain))| {
                done.sort_unstable();
                spells.sort_by_key(|s| s.from);
                spells.dedup_by_key(|s| s.from);
                if let Some(first) = spells.first_mut() {
                    first.from = EVER;
                }
                if plain == 0 {
                    // One rule for everyone that goes on: what most organisations have.
                    rules.truncate(1);
                    rules[0] = Rule {
                        audience: 0,
                        ended: FAR,
                        before: None,
                        ..rules[0]
                    };
                }
                Case {
                    engagements,
                    leaves,
                    done,
                    spells,
                    rules,
                    days,
                    valid_days,
                    return_grace_days: grace,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_measures_agree_with_counting_every_day(case in case()) {
        for predicate in [Predicate::P01, Predicate::P02, Predicate::P03, Predicate::P04, Predicate::P24] {
            let (reckoned, counted) = (ordered(case.reckoned(predicate)), ordered(case.counted(predicate)));
            prop_assert_eq!(reckoned, counted, "{}", predicate);
        }
    }

    #[test]
    fn nobody_in_a_population_is_lost_or_counted_twice(case in case()) {
        for predicate in [Predicate::P01, Predicate::P02, Predicate::P03, Predicate::P04, Predicate::P24] {
            let tally = case.reckoned(predicate);
            let sum = tally.passing + tally.left_before_due + tally.not_yet_due + tally.failing;
            prop_assert_eq!(tally.population, sum);
            let listed = |kind| tally.lines.iter().filter(|l| l.kind == kind).count() as u64;
            prop_assert_eq!(listed(Kind::LeftBeforeDue), tally.left_before_due);
            prop_assert_eq!(listed(Kind::NotYetDue), tally.not_yet_due);
            if predicate == Predicate::P01 {
                prop_assert_eq!(tally.population, tally.passing + tally.lines.len() as u64);
            }
        }
    }
}
