//! What is known of people's training, as told by whoever knows.
//!
//! Pure; not here: where completions and deadlines come from (crate `evidence`).

use std::collections::HashMap;

use db::Day;

use crate::system::By;

/// What decides whether somebody's access came before their training.
#[derive(Debug, Clone, Default)]
pub struct Training {
    /// The courses that the system's layer asks for.
    pub courses: Vec<String>,
    /// For each person the first day on which each of these courses was passed, in the order of `courses`.
    pub done: HashMap<String, Vec<Option<Day>>>,
    /// Whatever is overdue, by person: the course, and the last day there was for it.
    pub overdue: HashMap<String, (String, Day)>,
    /// Courses somebody is let off today, by person: shown elsewhere, and no finding here.
    pub waived: HashMap<String, Vec<String>>,
}

/// What somebody with access lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Had to be done before access began, and never was.
    BeforeAccess { course: String, began: Day },
    /// Had to be done by then because of access, and never was.
    Late { course: String, due: Day },
    /// Owed for any reason, and overdue.
    Overdue { course: String, due: Day },
}

impl Training {
    /// What the person lacks on `today`, when their access began on `began` and `need` holds: the first, in the order above.
    pub fn lack(&self, person: &str, need: Option<By>, (began, today): (Day, Day)) -> Option<Lack> {
        let waived = self.waived.get(person);
        let done = self.done.get(person);
        for (index, course) in self.courses.iter().enumerate() {
            let passed = done.and_then(|days| days.get(index).copied().flatten()).is_some();
            let let_off = waived.is_some_and(|courses| courses.contains(course));
            match need {
                _ if passed || let_off => {}
                Some(By::BeforeAccess) if began <= today => {
                    return Some(Lack::BeforeAccess {
                        course: course.clone(),
                        began,
                    });
                }
                Some(By::Days(days)) if began + days < today => {
                    return Some(Lack::Late {
                        course: course.clone(),
                        due: began + days,
                    });
                }
                _ => {}
            }
        }
        let (course, due) = self.overdue.get(person)?;
        Some(Lack::Overdue {
            course: course.clone(),
            due: *due,
        })
    }
}

impl Lack {
    /// Why this is a finding, in a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Lack::BeforeAccess { course, began } => format!(
                "{course} has to be done before access; access began on {} and it has not been done.",
                began.long()
            ),
            Lack::Late { course, due } => format!(
                "{course} was due on {} because of this access and has not been done.",
                due.long()
            ),
            Lack::Overdue { course, due } => {
                format!("{course} was due on {} and has not been done.", due.long())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn training() -> Training {
        Training {
            courses: vec!["D05".to_owned()],
            done: HashMap::from([("ada".to_owned(), vec![Some(Day(90))])]),
            overdue: HashMap::from([("cy".to_owned(), ("B02".to_owned(), Day(80)))]),
            waived: HashMap::from([("di".to_owned(), vec!["D05".to_owned()])]),
        }
    }

    #[test]
    fn what_is_done_or_let_off_is_not_lacking_and_time_is_left_until_the_day_is_over() {
        let training = training();
        let lack = |person, by, today| training.lack(person, Some(by), (Day(100), Day(today)));
        assert_eq!(lack("ada", By::BeforeAccess, 200), None);
        assert_eq!(lack("di", By::BeforeAccess, 200), None);
        assert_eq!(
            lack("bo", By::BeforeAccess, 100),
            Some(Lack::BeforeAccess {
                course: "D05".to_owned(),
                began: Day(100)
            })
        );
        assert_eq!(lack("bo", By::Days(30), 130), None, "the last day counts");
        assert_eq!(
            lack("bo", By::Days(30), 131),
            Some(Lack::Late {
                course: "D05".to_owned(),
                due: Day(130)
            })
        );
        assert_eq!(training.lack("bo", None, (Day(100), Day(500))), None);
        assert_eq!(
            training.lack("cy", None, (Day(100), Day(500))),
            Some(Lack::Overdue {
                course: "B02".to_owned(),
                due: Day(80)
            })
        );
    }
}
