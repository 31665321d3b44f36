//! The reckoning of time: when somebody was here, when away, by when they were due, and which days count.
//!
//! A span is half-open and never empty; lists of spans are sorted and neither touch nor overlap. Days are the
//! organisation's calendar days. The last day of work and the last day of leave belong to the work and the leave.
//!
//! Pure. Not here: what has to be learnt, and by whom.

use db::{Day, Window};

/// The day that never comes: the end of what has no end.
pub const FAR: Day = Day(i32::MAX);
/// Before every day.
pub const EVER: Day = Day(i32::MIN);

/// The days from `from` up to, but not with, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First day.
    pub from: Day,
    /// First day after; [`FAR`] when there is no end.
    pub to: Day,
}

/// Somebody works here in one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engagement {
    /// First day of work.
    pub start: Day,
    /// Last day of work, that day included.
    pub end: Option<Day>,
    /// Which kind, as a place in [`crate::facts::KINDS`].
    pub kind: u8,
}

/// Somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// First day away.
    pub from: Day,
    /// Last day away, that day included; open while absent.
    pub until: Option<Day>,
}

impl Span {
    /// The days from a first to a last day, both included; `None` when the last comes before the first.
    #[must_use]
    pub fn inclusive(first: Day, last: Option<Day>) -> Option<Self> {
        let to = last.map_or(FAR, |d| d + 1);
        (first < to).then_some(Self { from: first, to })
    }

    /// Whether the day lies in it.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day < self.to
    }

    /// The days in both.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from < to).then_some(Self { from, to })
    }

    /// The last day in it, when it has one.
    #[must_use]
    pub fn last(self) -> Option<Day> {
        (self.to != FAR).then(|| self.to - 1)
    }
}

impl From<Window> for Span {
    fn from(window: Window) -> Self {
        Self {
            from: window.from,
            to: window.to,
        }
    }
}

/// Sorts spans and joins those that touch or overlap.
pub fn join(spans: &mut Vec<Span>) {
    if spans.len() < 2 {
        return;
    }
    spans.sort_unstable();
    let mut kept = 0;
    for i in 1..spans.len() {
        let next = spans[i];
        if next.from <= spans[kept].to {
            spans[kept].to = spans[kept].to.max(next.to);
        } else {
            kept += 1;
            spans[kept] = next;
        }
    }
    spans.truncate(kept + 1);
}

/// The days in both lists.
#[must_use]
pub fn both(a: &[Span], b: &[Span]) -> Vec<Span> {
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        found.extend(x.meet(*y));
        if x.to <= y.to {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// The days of `a` that are not in `b`.
#[must_use]
pub fn without(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut found = Vec::with_capacity(a.len());
    let mut j = 0;
    for span in a {
        let mut from = span.from;
        while b.get(j).is_some_and(|cut| cut.to <= from) {
            j += 1;
        }
        let mut k = j;
        while let Some(cut) = b.get(k).filter(|cut| cut.from < span.to) {
            if from < cut.from {
                found.push(Span { from, to: cut.from });
            }
            from = from.max(cut.to);
            k += 1;
        }
        if from < span.to {
            found.push(Span { from, to: span.to });
        }
    }
    found
}

/// Engagements as tenures: those that touch or overlap are one, a day's gap makes a new one.
#[must_use]
pub fn tenures(engagements: &[Engagement]) -> Vec<Span> {
    let mut spans: Vec<Span> = engagements
        .iter()
        .filter_map(|e| Span::inclusive(e.start, e.end))
        .collect();
    join(&mut spans);
    spans
}

/// Leaves as days away: those that touch or overlap are one, with one return.
#[must_use]
pub fn away(leaves: &[Leave]) -> Vec<Span> {
    let mut spans: Vec<Span> = leaves
        .iter()
        .filter_map(|l| Span::inclusive(l.from, l.until))
        .collect();
    join(&mut spans);
    spans
}

/// The last day on which being done is in time: `start + days`, moved to the return day plus the return grace
/// when it falls on leave, and again when that does. `None` while the leave it falls on has no end.
#[must_use]
pub fn deadline(start: Day, days: i32, away: &[Span], return_grace: i32) -> Option<Day> {
    let mut due = start + days;
    for leave in away {
        if leave.contains(due) {
            if leave.to == FAR {
                return None;
            }
            due = leave.to + return_grace;
        }
    }
    Some(due)
}

/// The days of `held` that are judged: in the window, after the deadline, neither on leave nor within the return
/// grace.
#[must_use]
pub fn judged(
    held: &[Span],
    due: Option<Day>,
    away: &[Span],
    return_grace: i32,
    window: Window,
) -> Vec<Span> {
    let Some(due) = due else { return Vec::new() };
    let Some(frame) = Span::from(window).meet(Span {
        from: due + 1,
        to: FAR,
    }) else {
        return Vec::new();
    };
    let mut days = Vec::with_capacity(1);
    days.extend(held.iter().filter_map(|span| span.meet(frame)));
    if away.is_empty() || days.is_empty() {
        return days;
    }
    let mut excused: Vec<Span> = away
        .iter()
        .map(|leave| Span {
            from: leave.from,
            to: leave.to + return_grace + 1,
        })
        .collect();
    join(&mut excused);
    without(&days, &excused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i32, to: i32) -> Span {
        Span {
            from: Day(from),
            to: Day(to),
        }
    }

    fn engagement(start: i32, end: Option<i32>) -> Engagement {
        Engagement {
            start: Day(start),
            end: end.map(Day),
            kind: 0,
        }
    }

    #[test]
    fn engagements_that_touch_or_overlap_are_one_tenure_and_a_day_between_makes_two() {
        assert_eq!(
            tenures(&[engagement(1, Some(9)), engagement(10, Some(20))]),
            [span(1, 21)]
        );
        assert_eq!(
            tenures(&[engagement(5, None), engagement(1, Some(9))]),
            [Span {
                from: Day(1),
                to: FAR
            }]
        );
        assert_eq!(
            tenures(&[engagement(1, Some(9)), engagement(11, Some(20))]),
            [span(1, 10), span(11, 21)]
        );
    }

    #[test]
    fn an_engagement_that_ends_before_it_starts_never_was() {
        assert_eq!(tenures(&[engagement(5, Some(4))]), []);
        assert_eq!(tenures(&[engagement(5, Some(5))]), [span(5, 6)]);
    }

    #[test]
    fn a_deadline_includes_its_day() {
        let start = Day::ymd(2026, 3, 1);
        assert_eq!(deadline(start, 30, &[], 14), Some(Day::ymd(2026, 3, 31)));
    }

    #[test]
    fn a_deadline_on_leave_moves_to_the_return_and_its_grace() {
        let away = away(&[Leave {
            from: Day(25),
            until: Some(Day(40)),
        }]);
        assert_eq!(deadline(Day(0), 30, &away, 14), Some(Day(55)));
        assert_eq!(deadline(Day(0), 24, &away, 14), Some(Day(24)));
        assert_eq!(
            deadline(Day(0), 40, &away, 14),
            Some(Day(55)),
            "the last day of leave is leave"
        );
        assert_eq!(deadline(Day(0), 41, &away, 14), Some(Day(41)));
    }

    #[test]
    fn a_moved_deadline_that_falls_on_the_next_leave_moves_again() {
        let leaves = [
            Leave {
                from: Day(25),
                until: Some(Day(40)),
            },
            Leave {
                from: Day(50),
                until: Some(Day(59)),
            },
        ];
        assert_eq!(deadline(Day(0), 30, &away(&leaves), 14), Some(Day(74)));
    }

    #[test]
    fn while_a_leave_has_no_end_there_is_no_deadline() {
        let away = away(&[Leave {
            from: Day(25),
            until: None,
        }]);
        assert_eq!(deadline(Day(0), 30, &away, 14), None);
        assert_eq!(deadline(Day(0), 24, &away, 14), Some(Day(24)));
    }

    #[test]
    fn neither_leave_nor_the_grace_after_it_is_judged() {
        let away = away(&[Leave {
            from: Day(50),
            until: Some(Day(59)),
        }]);
        let window = Window {
            from: Day(0),
            to: Day(100),
        };
        assert_eq!(
            judged(&[span(0, 90)], Some(Day(30)), &away, 14, window),
            [span(31, 50), span(75, 90)]
        );
    }

    proptest::proptest! {
        #[test]
        fn sets_of_days_agree_with_counting_them(
            a in proptest::collection::vec((0_i32..40, 1_i32..9), 0..6),
            b in proptest::collection::vec((0_i32..40, 1_i32..9), 0..6),
        ) {
            let list = |parts: &[(i32, i32)]| {
                let mut spans: Vec<Span> = parts.iter().map(|(f, n)| span(*f, f + n)).collect();
                join(&mut spans);
                spans
            };
            let (x, y) = (list(&a), list(&b));
            let raw = |parts: &[(i32, i32)], d: i32| parts.iter().any(|(f, n)| *f <= d && d < f + n);
            let within = |spans: &[Span], d: i32| spans.iter().any(|s| s.contains(Day(d)));
            for d in -1..60 {
                proptest::prop_assert_eq!(within(&x, d), raw(&a, d));
                proptest::prop_assert_eq!(within(&both(&x, &y), d), raw(&a, d) && raw(&b, d));
                proptest::prop_assert_eq!(within(&without(&x, &y), d), raw(&a, d) && !raw(&b, d));
            }
            for list in [&x, &both(&x, &y), &without(&x, &y)] {
                proptest::prop_assert!(list.windows(2).all(|w| w[0].to < w[1].from));
            }
        }
    }
}
