//! Marking: what an attempt is worth, by the key of the edition it was drawn from.
//!
//! One mark a question, full or none. Passed means enough marks and every critical question right; a
//! question that was not answered is wrong. A question that was withdrawn is not counted. Pure: the same form and answers always give the same marking,
//! and its text is what a signature is bound to.

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Course, Objective};
use db::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::{form::Form, ruling::Rulings};

/// The latest response to each question, by question id. Option numbers as written, or a line number.
pub type Responses = BTreeMap<String, Vec<usize>>;

/// The marking of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marking {
    pub marks: i64,
    pub marks_max: i64,
    pub passed: bool,
    /// In the order asked.
    pub questions: Vec<Mark>,
}

/// One question's mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub question: String,
    pub objective: String,
    pub critical: bool,
    /// What was marked; empty when nothing was answered.
    pub response: Vec<usize>,
    pub right: bool,
    /// Not counted, because it was withdrawn before. Older markings do not say so, and their text stays what it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// By what is marked.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Percent.
    pub pass_mark: u32,
    pub rulings: &'a Rulings,
}

/// Marks the responses to a form.
///
/// # Errors
/// A fault when the form asks a question the course does not have.
pub fn mark(course: &Course, form: &Form, responses: &Responses, terms: Terms<'_>) -> Result<Marking> {
    let mut questions = Vec::with_capacity(form.questions.len());
    for asked in &form.questions {
        let question = course.question(&asked.question);
        let question =
            question.ok_or_else(|| Fault::new("marking a question that its edition does not have"))?;
        let response = responses.get(&asked.question).cloned().unwrap_or_default();
        let withdrawn = terms.rulings.is_withdrawn(&question.id);
        questions.push(Mark {
            question: question.id.clone(),
            objective: question.objective.clone(),
            critical: question.critical,
            right: !withdrawn && terms.rulings.is_right(question, &response),
            response,
            withdrawn,
        });
    }
    Ok(Marking::of(questions, terms.pass_mark))
}

/// Whether so many marks reach the pass mark, in percent. Reckoned in whole numbers: 4 of 5 is 80 %.
pub fn is_enough(marks: i64, marks_max: i64, pass_mark: u32) -> bool {
    marks_max > 0 && marks * 100 >= i64::from(pass_mark) * marks_max
}

impl Mark {
    /// Counted, and not right.
    pub fn is_wrong(&self) -> bool {
        !self.right && !self.withdrawn
    }
}

impl Marking {
    /// What the marks come to.
    pub(crate) fn of(questions: Vec<Mark>, pass_mark: u32) -> Marking {
        let marks = questions.iter().filter(|mark| mark.right).count() as i64;
        let marks_max = questions.iter().filter(|mark| !mark.withdrawn).count() as i64;
        let critical_right = questions.iter().all(|mark| !mark.is_wrong() || !mark.critical);
        Marking {
            marks,
            marks_max,
            passed: is_enough(marks, marks_max, pass_mark) && critical_right,
            questions,
        }
    }

    /// The text that is stored and hashed.
    ///
    /// # Errors
    /// Never in practice: strings and numbers always have a JSON form.
    pub fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string(self).map_err(|e| Fault::of("writing a marking", e))?)
    }

    /// # Errors
    /// A fault when the text is not a marking.
    pub fn from_text(text: &str) -> Result<Marking> {
        Ok(serde_json::from_str(text).map_err(|e| Fault::of("reading a marking", e))?)
    }

    /// Percent, for a score that is shown and stored.
    pub fn percent(&self) -> f64 {
        if self.marks_max == 0 {
            0.0
        } else {
            self.marks as f64 * 100.0 / self.marks_max as f64
        }
    }

    /// The objectives with a wrong answer: what to practise.
    pub fn failed(&self) -> BTreeSet<String> {
        self.questions
            .iter()
            .filter(|mark| mark.is_wrong())
            .map(|mark| mark.objective.clone())
            .collect()
    }

    /// The same as the course lists them.
    pub fn to_practise<'a>(&self, course: &'a Course) -> Vec<&'a Objective> {
        let failed = self.failed();
        course
            .objectives
            .iter()
            .filter(|objective| failed.contains(&objective.id))
            .collect()
    }

    /// A critical question was wrong although the marks would have been enough.
    pub fn failed_on_critical(&self, pass_mark: u32) -> bool {
        !self.passed && is_enough(self.marks, self.marks_max, pass_mark)
    }
}

#[cfg(test)]
mod tests {
    use curriculum::Pool;
    use proptest::prelude::*;

    use super::*;
    use crate::{form, tests as sample};

    fn drawn() -> (Course, Form) {
        let course = sample::course();
        let form = form::draw(&course, Pool::Course, &form::Past::default(), [3; 32]);
        (course, form)
    }

    fn marked(course: &Course, form: &Form, responses: &Responses) -> Result<Marking> {
        let terms = Terms {
            pass_mark: course.pass_mark,
            rulings: &Rulings::default(),
        };
        mark(course, form, responses, terms)
    }

    #[test]
    fn enough_is_reckoned_in_whole_marks() {
        let table = [
            (8, 10, 80, true),
            (7, 10, 80, false),
            (4, 5, 80, true),
            (2, 3, 66, true),
            (2, 3, 67, false),
            (0, 0, 0, false),
            (0, 5, 0, true),
            (5, 5, 100, true),
            (4, 5, 100, false),
        ];
        for (marks, max, pass, enough) in table {
            assert_eq!(
                is_enough(marks, max, pass),
                enough,
                "{marks} of {max} at {pass} %"
            );
        }
    }

    #[test]
    fn all_right_passes_and_nothing_answered_fails() {
        let (course, form) = drawn();
        let all = marked(&course, &form, &sample::right(&course, &form)).expect("marked");
        assert!(all.passed && all.failed().is_empty());
        assert_eq!((all.marks, all.percent()), (all.marks_max, 100.0));
        let none = marked(&course, &form, &Responses::new()).expect("marked");
        assert!(!none.passed);
        assert_eq!((none.marks, none.failed().len()), (0, 2));
        assert_eq!(none.to_practise(&course).len(), 2);
    }

    #[test]
    fn a_critical_question_must_be_right_whatever_the_marks() {
        let (mut course, form) = drawn();
        course.pass_mark = 50;
        let missed = form.questions[0].question.clone();
        let mut responses = sample::right(&course, &form);
        responses.remove(&missed);
        let marking = |course: &Course| marked(course, &form, &responses).expect("marked");
        assert!(marking(&course).passed);
        for question in course
            .questions
            .iter_mut()
            .filter(|question| question.id == missed)
        {
            question.critical = true;
        }
        assert!(!marking(&course).passed);
        assert!(marking(&course).failed_on_critical(50));
    }

    #[test]
    fn a_form_from_another_course_is_a_fault() {
        let (course, mut form) = drawn();
        form.questions[0].question = "from-elsewhere".into();
        assert!(marked(&course, &form, &Responses::new()).is_err());
    }

    proptest! {
        #[test]
        fn marks_count_what_is_right_and_any_response_is_survived(
            responses in proptest::collection::vec(proptest::collection::vec(0_usize..20, 0..6), 5)
        ) {
            let (course, form) = drawn();
            let given: Responses = form.questions.iter().map(|asked| asked.question.clone()).zip(responses).collect();
            let marking = marked(&course, &form, &given).expect("marked");
            prop_assert_eq!(marking.marks, marking.questions.iter().filter(|mark| mark.right).count() as i64);
            prop_assert_eq!(marking.failed().is_empty(), marking.marks == marking.marks_max);
            prop_assert_eq!(Marking::from_text(&marking.to_text().expect("written")).expect("read"), marking);
        }
    }
}
