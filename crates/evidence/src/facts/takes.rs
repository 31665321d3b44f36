//! What a completion counts for besides its own course: a choice of courses that some rule takes, and a course somebody
//! decided it is as good as.
//!
//! A choice has a number of its own, as if it were a course, and is called by its courses: "B02 or X03". A completion that
//! counts for another course counts for the choices that course is in. Each keeps its day and its proofs.
//!
//! Not here: who decided what (`assignments::equivalence`).

use assignments::equivalence::{self, Counted, Equivalence};
use db::{Fault, Moment, Reader, Result};

use super::{Done, load::small, numbers::Numbers};

/// What counts for what.
#[derive(Default)]
pub(super) struct Takes {
    counted: Counted,
    /// Courses that something was decided about.
    decided: Vec<Equivalence>,
    /// A course, by number, and a choice it is in.
    choices: Vec<(u16, u16)>,
    /// A course that something else counts for, and its number.
    named: Vec<(String, u16)>,
}

impl Takes {
    /// Reads what was decided by then.
    pub(super) fn read(reader: &mut Reader, known_at: Moment) -> Result<Takes> {
        let mut decided = equivalence::all(reader)?;
        decided.retain(|one| one.recorded_at <= known_at);
        Ok(Takes {
            counted: Counted::read(reader)?.known_at(known_at),
            decided,
            ..Takes::default()
        })
    }

    /// The number of what a rule asks for: its course, or the choice of its courses.
    pub(super) fn choice(&mut self, courses: &mut Numbers, course: &str, others: &[String]) -> Result<u16> {
        if others.is_empty() {
            return small(courses.of(course), "courses");
        }
        let mut all: Vec<&str> = std::iter::once(course)
            .chain(others.iter().map(String::as_str))
            .collect();
        all.dedup();
        let choice = small(courses.of(&all.join(" or ")), "courses")?;
        for one in all {
            let pair = (small(courses.of(one), "courses")?, choice);
            if !self.choices.contains(&pair) {
                self.choices.push(pair);
            }
        }
        Ok(choice)
    }

    /// Numbers the courses that count for one that is asked for, once every rule was read.
    pub(super) fn number(&mut self, courses: &mut Numbers) -> Result<()> {
        for one in &self.decided {
            let Some(number) = courses.known(&one.said.counts_for) else {
                continue;
            };
            courses.of(&one.said.course_id);
            let number = u16::try_from(number)
                .map_err(|e| Fault::of("numbering courses, of which there are too many", e))?;
            self.named.push((one.said.counts_for.clone(), number));
        }
        Ok(())
    }

    /// Adds what a completion counts for besides its own course.
    pub(super) fn also(
        &self,
        done: &Done,
        course_id: &str,
        edition: Option<&str>,
        mut add: impl FnMut(Done),
    ) {
        if self.choices.is_empty() && self.named.is_empty() {
            return;
        }
        let mut numbers = Vec::new();
        for other in self.counted.also(course_id, edition, done.day) {
            numbers.extend(
                self.named
                    .iter()
                    .find(|(name, _)| *name == other)
                    .map(|(_, number)| *number),
            );
        }
        for course in std::iter::once(done.course).chain(numbers.clone()) {
            let of = self.choices.iter().filter(|(one, _)| *one == course);
            numbers.extend(of.map(|(_, choice)| *choice));
        }
        numbers.sort_unstable();
        numbers.dedup();
        for course in numbers {
            add(Done { course, ..*done });
        }
    }
}
