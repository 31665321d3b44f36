//! Whether those who have done the course, or know it already, are served: the test-out and what has changed.

use super::{Look, structure::short};
use crate::{
    course::{COURSE_FILE, Course},
    question::Pool,
};

/// Half as many again as are drawn, so that next year asks others; each person has one try a year.
fn wanted(draw: u32) -> usize {
    (draw as usize).saturating_mul(3).div_ceil(2)
}

pub(super) fn check(look: &mut Look<'_>) {
    test_out(look);
    changes(look);
}

fn test_out(look: &mut Look<'_>) {
    let course = look.course();
    let at = (COURSE_FILE, look.line("test_out"));
    let Some(test_out) = course.test_out else {
        if let Some(question) = course.questions.iter().find(|q| q.pool == Pool::TestOut) {
            look.error(
                (&question.file, question.line),
                "test-out-unannounced",
                "There are questions for testing out, and course.toml does not say at which mark.",
                "Write [test_out] with pass_mark = 90.",
            );
        }
        return;
    };
    if test_out.pass_mark < course.pass_mark || test_out.pass_mark > 100 {
        look.error(
            at,
            "test-out-mark",
            format!(
                "Who tests out needs {} %, and who takes the course {} %.",
                test_out.pass_mark, course.pass_mark
            ),
            "Write a mark that is at least that of the course; 90 is usual.",
        );
    }
    pools(look, course);
}

fn pools(look: &mut Look<'_>, course: &Course) {
    let at = (COURSE_FILE, look.line("test_out"));
    for objective in &course.objectives {
        let (has, wanted) = (
            course.pool_of(Pool::TestOut, &objective.id).count(),
            wanted(objective.draw),
        );
        if has < wanted {
            let id = short(&objective.id);
            look.error(
                at,
                "test-out-pool-too-small",
                format!(
                    "For testing out, the objective `{id}` has {has} questions for a draw of {}.",
                    objective.draw
                ),
                format!("Write {} more in test_out/{id}.toml.", wanted - has),
            );
        }
    }
}

fn changes(look: &mut Look<'_>) {
    let course = look.course();
    for (n, change) in course.changes.iter().enumerate() {
        let at = (COURSE_FILE, look.line(&format!("change.{n}")));
        for name in &change.lessons {
            if course.lesson(name).is_none() {
                look.error(
                    at,
                    "change-lesson",
                    format!("There is no lesson `{}`.", short(name)),
                    "Name the lesson as its file, without .md.",
                );
            }
        }
        if change.on > look.today {
            look.error(
                at,
                "change-day",
                "The day of this change is still to come.",
                "Write the day on which the text was changed.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{self, does_not_find, finds};

    const TEST_OUT: &str = "[test_out]\npass_mark = 90\n\n[form]";

    /// The sample's questions as a pool for testing out, with ids of their own.
    fn with_pool(course: &str) -> crate::Folder {
        let mut folder = sample::changed("course.toml", "[form]", course);
        for objective in ["judge", "report"] {
            let text = folder
                .text(&format!("questions/{objective}.toml"))
                .expect("the sample has this file")
                .replace("id = \"", "id = \"out-");
            folder
                .files
                .insert(format!("test_out/{objective}.toml"), text.into_bytes());
        }
        folder
    }

    #[test]
    fn a_pool_for_testing_out_is_announced_large_enough_and_has_a_higher_mark() {
        assert_eq!(
            crate::lint(&with_pool(TEST_OUT), sample::today()),
            [],
            "the sample is sound"
        );
        finds("test-out-unannounced", &with_pool("[form]"));
        finds(
            "test-out-mark",
            &with_pool("[test_out]\npass_mark = 70\n\n[form]"),
        );
        finds(
            "test-out-pool-too-small",
            &sample::changed("course.toml", "[form]", TEST_OUT),
        );
        let mut twice = with_pool(TEST_OUT);
        let text = twice
            .text("test_out/judge.toml")
            .expect("just written")
            .replace("out-judge-1", "judge-1");
        twice
            .files
            .insert("test_out/judge.toml".into(), text.into_bytes());
        finds("duplicate-id", &twice);
    }

    #[test]
    fn a_change_names_lessons_that_exist_and_a_day_that_was() {
        let change = |on: &str, lesson: &str| {
            let text = format!(
                "[[change]]\non = \"{on}\"\ntext = \"More on calls.\"\nlessons = [\"{lesson}\"]\n\n[form]"
            );
            sample::changed("course.toml", "[form]", &text)
        };
        does_not_find("change-lesson", &change("2026-05-20", "01-first"));
        finds("change-lesson", &change("2026-05-20", "09-none"));
        finds("change-day", &change("2027-05-20", "01-first"));
    }
}
