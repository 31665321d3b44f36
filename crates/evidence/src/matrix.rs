//! Where we stand: of those whom rules ask for a course today, how many owe nothing of it, by what is known of them.
//!
//! Counted is whoever works here today and belongs to the audience of a rule in force. They are up to date when nothing of
//! the course is open for them; a waiver leaves it open. So each cell is the same as what those people see themselves.
//!
//! Not here: what auditors make of days past (`status`), how it is drawn (`pages/matrix.rs`).

use std::collections::{BTreeMap, HashMap, HashSet};

use db::{Day, Moment, Reader, Result, Window, params, sql};
use roster::profile;

use crate::facts::{Facts, KINDS, Scope, load, numbers::Numbers};

/// What people are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Department,
    JobTitle,
    Location,
    Kind,
}

/// How many of how many are up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    pub n: u64,
    pub of: u64,
}

/// One person and one course that is asked of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// By id.
    pub person: String,
    /// The department, the title, the place or the kind; blank when not known.
    pub row: String,
    pub course: String,
    pub up_to_date: bool,
}

/// Cells by row and course.
pub type Cells = BTreeMap<String, BTreeMap<String, Cell>>;

impl By {
    pub const ALL: [By; 4] = [By::Department, By::JobTitle, By::Location, By::Kind];

    /// As addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::Department => "department",
            By::JobTitle => "title",
            By::Location => "location",
            By::Kind => "kind",
        }
    }

    /// As people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            By::Department => "Department",
            By::JobTitle => "Job title",
            By::Location => "Place",
            By::Kind => "Kind of person",
        }
    }

    /// Of this name; by department when there is none such.
    #[must_use]
    pub fn parse(name: &str) -> By {
        By::ALL
            .into_iter()
            .find(|by| by.name() == name)
            .unwrap_or(By::Department)
    }
}

/// Puts them together.
#[must_use]
pub fn cells(asked: &[Asked]) -> Cells {
    let mut cells = Cells::new();
    for one in asked {
        let cell = cells
            .entry(one.row.clone())
            .or_default()
            .entry(one.course.clone())
            .or_default();
        cell.of += 1;
        cell.n += u64::from(one.up_to_date);
    }
    cells
}

/// Who is asked for what today, and who is up to date.
///
/// # Errors
/// A fault of the engine.
pub fn asked(reader: &mut Reader, by: By) -> Result<Vec<Asked>> {
    let today = reader.today()?;
    let scope = Scope {
        window: Window::on(today),
        known_at: Moment(i64::MAX),
        person: None,
    };
    let facts = load(reader, &scope)?;
    let rows = rows(reader, by, today)?;
    let open = open(reader, today)?;
    let mut asked = Vec::new();
    for person in 0..facts.people.len() as u32 {
        let id = &*facts.people[person as usize];
        for course in courses(&facts, person, today) {
            let course = &facts.courses[usize::from(course)];
            asked.push(Asked {
                person: id.to_owned(),
                row: match by {
                    By::Kind => kind(&facts, person, today).to_owned(),
                    _ => rows.get(id).cloned().unwrap_or_default(),
                },
                up_to_date: !open.holds(id, course),
                course: course.clone(),
            });
        }
    }
    Ok(asked)
}

/// The courses rules ask of somebody today; none of somebody who is not here.
fn courses(facts: &Facts, person: u32, today: Day) -> Vec<u16> {
    let life = facts.life(person);
    if !life.tenures.iter().any(|tenure| tenure.contains(today)) {
        return Vec::new();
    }
    let in_force = facts
        .rules
        .iter()
        .map(|(_, rule)| rule)
        .filter(|rule| rule.from <= today && today < rule.ended);
    let mut courses: Vec<u16> = in_force
        .filter(|rule| life.belongs_on(rule.audience, today))
        .map(|rule| rule.course)
        .collect();
    courses.sort_unstable();
    courses.dedup();
    courses
}

fn kind(facts: &Facts, person: u32, today: Day) -> &'static str {
    let life = facts.life(person);
    let here = life
        .engagements
        .iter()
        .filter(|e| e.start <= today && e.end.is_none_or(|end| today <= end));
    here.map(|e| KINDS[usize::from(e.kind)]).next().unwrap_or("other")
}

/// What each person is put together by, as known today.
fn rows(reader: &mut Reader, by: By, today: Day) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    if by == By::Kind {
        return Ok(found);
    }
    profile::each_on(reader, today, |held| {
        let text = match by {
            By::Department | By::Kind => held.department,
            By::JobTitle => held.job_title,
            By::Location => held.location,
        };
        if let Some(text) = text {
            found.insert(held.person.to_string(), text.trim().to_owned());
        }
        Ok(())
    })?;
    Ok(found)
}

/// What is open today, kept small.
struct Open {
    people: Numbers,
    courses: Numbers,
    pairs: HashSet<(u32, u32)>,
}

impl Open {
    fn holds(&self, person: &str, course: &str) -> bool {
        let pair = self.people.known(person).zip(self.courses.known(course));
        pair.is_some_and(|pair| self.pairs.contains(&pair))
    }
}

fn open(reader: &mut Reader, today: Day) -> Result<Open> {
    let mut open = Open {
        people: Numbers::default(),
        courses: Numbers::default(),
        pairs: HashSet::new(),
    };
    reader.each(
        sql!(
            "select person_id, course_id
             from assignment_open
             where opens_on <= $1"
        ),
        &params![today],
        |row| {
            let person = open.people.of(row.str(0)?.unwrap_or_default());
            let course = open.courses.of(row.str(1)?.unwrap_or_default());
            open.pairs.insert((person, course));
            Ok(())
        },
    )?;
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_count_who_is_asked_and_who_is_up_to_date() {
        let one = |row: &str, course: &str, up_to_date| Asked {
            person: "per_1".into(),
            row: row.into(),
            course: course.into(),
            up_to_date,
        };
        let cells = cells(&[
            one("Sales", "B02", true),
            one("Sales", "B02", false),
            one("Sales", "D05", true),
            one("", "B02", false),
        ]);
        assert_eq!(cells["Sales"]["B02"], Cell { n: 1, of: 2 });
        assert_eq!(cells["Sales"]["D05"], Cell { n: 1, of: 1 });
        assert_eq!(cells[""]["B02"], Cell { n: 0, of: 1 });
    }
}
