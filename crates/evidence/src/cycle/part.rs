//! Part of a cycle: the lines that one number of it counts, so that the number can open them.

use db::Day;

use super::{Fate, Line};

/// The lines behind one number of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Of(Fate),
    /// What the share on time is out of.
    Judged,
    /// Asked at the end of a day, as [`Cycle::days`] counts it.
    AskedBy(Day),
    DoneBy(Day),
}

impl Part {
    /// As an address has it: "late", "judged", "asked-by-2026-06-01".
    #[must_use]
    pub fn parse(name: &str) -> Option<Part> {
        if let Some(day) = name.strip_prefix("asked-by-") {
            return day.parse().ok().map(Part::AskedBy);
        }
        if let Some(day) = name.strip_prefix("done-by-") {
            return day.parse().ok().map(Part::DoneBy);
        }
        match name {
            "judged" => Some(Part::Judged),
            name => Fate::parse(name).map(Part::Of),
        }
    }

    #[must_use]
    pub fn name(self) -> String {
        match self {
            Part::Of(fate) => fate.name().to_owned(),
            Part::Judged => "judged".to_owned(),
            Part::AskedBy(day) => format!("asked-by-{day}"),
            Part::DoneBy(day) => format!("done-by-{day}"),
        }
    }

    /// As people say it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Part::Of(fate) => fate.words().to_owned(),
            Part::Judged => "on time, late or overdue".to_owned(),
            Part::AskedBy(day) => format!("asked by {}", day.long()),
            Part::DoneBy(day) => format!("done by {}", day.long()),
        }
    }

    #[must_use]
    pub fn holds(self, line: &Line) -> bool {
        match self {
            Part::Of(fate) => line.fate == fate,
            Part::Judged => matches!(line.fate, Fate::OnTime | Fate::Late | Fate::Overdue),
            Part::AskedBy(day) => line.fate != Fate::Excused && line.asked_on <= day,
            Part::DoneBy(day) => line.fate != Fate::Excused && line.done_on.is_some_and(|done| done <= day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cycle::Cycle;

    const FIRST: Day = Day(20_600);

    fn line(asked: i32, done: Option<i32>, fate: Fate) -> Line {
        Line {
            person: 0,
            asked_on: FIRST + asked,
            due_on: FIRST + 20,
            done_on: done.map(|n| FIRST + n),
            fate,
            new: false,
        }
    }

    #[test]
    fn a_part_counts_what_the_number_it_stands_behind_counts() {
        let cycle = Cycle {
            lines: vec![
                line(0, Some(3), Fate::OnTime),
                line(2, Some(25), Fate::Late),
                line(2, None, Fate::Overdue),
                line(4, None, Fate::Excused),
                line(9, None, Fate::Open),
            ],
        };
        let count = |part: Part| cycle.lines.iter().filter(|line| part.holds(line)).count() as u64;
        assert_eq!(count(Part::Judged), cycle.on_time().of);
        for fate in Fate::ALL {
            assert_eq!(count(Part::Of(fate)), cycle.count(fate));
        }
        for stood in cycle.days(FIRST + 30) {
            assert_eq!(count(Part::AskedBy(stood.day)), stood.asked, "{stood:?}");
            assert_eq!(count(Part::DoneBy(stood.day)), stood.done, "{stood:?}");
        }
    }

    #[test]
    fn an_address_names_a_part_and_nothing_else() {
        let day = Day::ymd(2026, 6, 1);
        let parts = [Part::Judged, Part::AskedBy(day), Part::DoneBy(day)];
        for part in parts.into_iter().chain(Fate::ALL.map(Part::Of)) {
            assert_eq!(Part::parse(&part.name()), Some(part));
        }
        for wrong in ["", "asked-by-", "done-by-2026-13-01", "never"] {
            assert_eq!(Part::parse(wrong), None, "{wrong}");
        }
    }
}
