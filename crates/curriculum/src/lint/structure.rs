//! Whether the parts of a course fit together: ids, objectives, pools, lessons, pictures, minutes.

use std::collections::BTreeSet;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::Look;
use crate::{
    course::{ASSETS, COURSE_FILE, is_course_id, is_kebab},
    lesson::{self, Lesson, LineCounter},
    render,
};

/// A pool this many times the draw keeps two draws from being alike.
const POOL_PER_DRAW: usize = 3;
/// Words a minute that an adult reads with care.
const WORDS_PER_MINUTE: f64 = 200.0;
/// Minutes for one question: 45 seconds.
const MINUTES_PER_QUESTION: f64 = 0.75;

pub(super) fn check(look: &mut Look<'_>) {
    ids(look);
    objectives(look);
    minutes(look);
    if look.course().lessons.is_empty() {
        look.error(
            (COURSE_FILE, 0),
            "no-lesson",
            "The course has no lesson.",
            "Write lessons/01-name.md.",
        );
    }
    lessons(look);
    unused_pictures(look);
}

/// What holds for the lessons in any language.
pub(super) fn lessons(look: &mut Look<'_>) {
    for lesson in &look.course().lessons {
        headings_and_links(look, lesson);
    }
}

fn ids(look: &mut Look<'_>) {
    let course = look.course();
    if !course.id.is_empty() && !is_course_id(&course.id) {
        let line = look.line("id");
        look.error(
            (COURSE_FILE, line),
            "id-shape",
            format!("`{}` is not a course id.", short(&course.id)),
            "Write one to three capitals and one or two digits, like B02.",
        );
    }
    let mut seen = BTreeSet::new();
    for objective in &course.objectives {
        let line = look.line(&format!("objective.{}", objective.id));
        if !is_kebab(&objective.id) {
            look.error(
                (COURSE_FILE, line),
                "id-shape",
                format!("`{}` is not an objective id.", short(&objective.id)),
                "Use lower-case letters, digits and dashes.",
            );
        }
        if !seen.insert(&objective.id) {
            look.error(
                (COURSE_FILE, line),
                "duplicate-id",
                format!("The objective `{}` is there twice.", short(&objective.id)),
                "Give each objective its own id.",
            );
        }
    }
    let mut seen = BTreeSet::new();
    for question in &course.questions {
        let at = (question.file.as_str(), question.line);
        if !question.id.is_empty() && !is_kebab(&question.id) {
            look.error(
                at,
                "id-shape",
                format!("`{}` is not a question id.", short(&question.id)),
                "Use lower-case letters, digits and dashes.",
            );
        }
        if !seen.insert(&question.id) {
            look.error(
                at,
                "duplicate-id",
                format!("The question `{}` is there twice.", short(&question.id)),
                "Give each question of the course its own id.",
            );
        }
    }
}

fn objectives(look: &mut Look<'_>) {
    let course = look.course();
    if course.objectives.is_empty() {
        look.error(
            (COURSE_FILE, 0),
            "no-objective",
            "The course has no objective.",
            "Add an [[objective]] with id, text and draw.",
        );
    }
    for objective in &course.objectives {
        let at = (COURSE_FILE, look.line(&format!("objective.{}", objective.id)));
        let pool = course.pool(&objective.id).count();
        let wanted = POOL_PER_DRAW.saturating_mul(objective.draw as usize);
        let id = short(&objective.id);
        if pool == 0 {
            look.error(
                at,
                "objective-without-question",
                format!("No question tests the objective `{id}`."),
                format!("Write questions/{id}.toml."),
            );
        } else if pool < wanted {
            look.error(
                at,
                "pool-too-small",
                format!(
                    "The objective `{id}` has {pool} questions for a draw of {}.",
                    objective.draw
                ),
                format!(
                    "Write {} more, or draw fewer: the pool holds at least three for each one drawn.",
                    wanted - pool
                ),
            );
        }
    }
    let drawn: u32 = course.objectives.iter().map(|objective| objective.draw).sum();
    if !course.objectives.is_empty() && drawn != course.form.questions {
        let at = (COURSE_FILE, look.line("form"));
        look.error(
            at,
            "draw-sum",
            format!(
                "The objectives draw {drawn} questions, the form asks for {}.",
                course.form.questions
            ),
            "Make the draws add up to form.questions.",
        );
    }
    for question in &course.questions {
        if course.objective(&question.objective).is_none() {
            look.error(
                (&question.file, question.line),
                "question-without-objective",
                format!(
                    "The question `{}` tests the objective `{}`, which the course does not have.",
                    short(&question.id),
                    short(&question.objective)
                ),
                "Name the file after an objective of course.toml.",
            );
        }
    }
}

fn minutes(look: &mut Look<'_>) {
    let course = look.course();
    let words: usize = course.lessons.iter().map(|lesson| lesson.words).sum();
    let estimate = words as f64 / WORDS_PER_MINUTE + MINUTES_PER_QUESTION * f64::from(course.form.questions);
    if (f64::from(course.minutes) - estimate).abs() > 0.25 * estimate {
        let at = (COURSE_FILE, look.line("minutes"));
        look.error(
            at,
            "minutes-off",
            format!(
                "The course says {} minutes; {words} words and {} questions take about {estimate:.1}.",
                course.minutes, course.form.questions
            ),
            format!(
                "Write minutes = {}, or change the length.",
                estimate.round().max(1.0)
            ),
        );
    }
}

fn headings_and_links(look: &mut Look<'_>, lesson: &Lesson) {
    let file = lesson.file.as_str();
    if lesson::title(&lesson.body).is_none() {
        look.error(
            (file, 1),
            "title-missing",
            "The lesson does not begin with a title.",
            "Write `# Title` on the first line.",
        );
    }
    let lines = LineCounter::new(&lesson.body);
    let mut before = 0;
    for (event, range) in lesson::parser(&lesson.body).into_offset_iter() {
        let at = (file, lines.line(range.start));
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading(look, at, (before, level));
                before = level as usize;
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                look.error(
                    at,
                    "raw-html",
                    "There is HTML in the lesson; a reader would see its source.",
                    "Write it in Markdown, or as `code`.",
                );
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if language.trim().is_empty() => {
                look.warning(
                    at,
                    "code-language",
                    "The code block does not name its language.",
                    "Write the language after the fence, or `text`.",
                );
            }
            Event::Start(Tag::Link { dest_url, .. }) if !render::is_safe_link(&dest_url) => {
                look.error(
                    at,
                    "dead-link",
                    format!("The link to `{}` leads nowhere.", short(&dest_url)),
                    "Link only to https:, mailto: or #.",
                );
            }
            _ => {}
        }
    }
    pictures(look, lesson);
}

/// Whether every picture is there and is put into words.
fn pictures(look: &mut Look<'_>, lesson: &Lesson) {
    let lines = LineCounter::new(&lesson.body);
    let mut alt: Option<String> = None;
    for (event, range) in lesson::parser(&lesson.body).into_offset_iter() {
        let at = (lesson.file.as_str(), lines.line(range.start));
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                alt = Some(String::new());
                let name = render::asset_name(&dest_url);
                if name.is_none_or(|name| !look.folder.files.contains_key(&format!("{ASSETS}{name}"))) {
                    look.error(
                        at,
                        "picture-missing",
                        format!("There is no picture `{}` in the course.", short(&dest_url)),
                        "Put it in assets/ and write ../assets/name.svg.",
                    );
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(alt) = &mut alt {
                    alt.push_str(&text);
                }
            }
            Event::End(TagEnd::Image) if alt.take().is_some_and(|alt| alt.trim().is_empty()) => {
                look.error(
                    at,
                    "alt-missing",
                    "A picture has no words for those who cannot see it.",
                    "Write what it shows between the square brackets.",
                );
            }
            _ => {}
        }
    }
}

/// `before` is the level of the heading before this one; 0 when it is the first.
fn heading(look: &mut Look<'_>, at: (&str, usize), (before, level): (usize, HeadingLevel)) {
    let level = level as usize;
    if before > 0 && level == 1 {
        look.error(
            at,
            "heading-order",
            "There is a second title.",
            "A lesson has one `# Title`; use `##` below it.",
        );
    } else if level > before + 1 {
        look.error(
            at,
            "heading-order",
            format!("A heading of level {level} follows one of level {before}."),
            "Go down one level at a time.",
        );
    }
}

fn unused_pictures(look: &mut Look<'_>) {
    let course = look.course();
    let translated = course.translations.values().flat_map(|one| &one.course.lessons);
    let used: BTreeSet<String> = course
        .lessons
        .iter()
        .chain(translated)
        .flat_map(|lesson| lesson::parser(&lesson.body))
        .filter_map(|event| match event {
            Event::Start(Tag::Image { dest_url, .. }) => render::asset_name(&dest_url).map(str::to_owned),
            _ => None,
        })
        .collect();
    let folder = look.folder;
    for path in folder.files.keys() {
        if path.strip_prefix(ASSETS).is_some_and(|name| !used.contains(name)) {
            look.warning(
                (path, 0),
                "picture-unused",
                "No lesson shows this picture.",
                "Show it or take it out.",
            );
        }
    }
}

/// What is quoted back to the author, not more than a line of it.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use crate::sample::{self, finds};

    #[test]
    fn ids_are_well_shaped_and_their_own() {
        finds(
            "id-shape",
            &sample::changed("course.toml", "id = \"T01\"", "id = \"t-1\""),
        );
        finds(
            "id-shape",
            &sample::changed("course.toml", "id = \"judge\"", "id = \"Judge it\""),
        );
        finds(
            "id-shape",
            &sample::changed("questions/judge.toml", "judge-1", "Judge 1"),
        );
        finds(
            "duplicate-id",
            &sample::changed("questions/judge.toml", "judge-2", "judge-1"),
        );
        finds(
            "duplicate-id",
            &sample::changed("course.toml", "id = \"report\"", "id = \"judge\""),
        );
    }

    #[test]
    fn objectives_and_questions_need_each_other() {
        let folder = sample::changed("course.toml", "id = \"judge\"", "id = \"weigh\"");
        finds("objective-without-question", &folder);
        finds("question-without-objective", &folder);
        finds("no-objective", &sample::with("course.toml", "id = \"T01\"\n"));
    }

    #[test]
    fn the_pool_holds_three_for_each_one_drawn_and_draws_add_up() {
        let folder = sample::changed("course.toml", "draw = 1", "draw = 2");
        finds("pool-too-small", &folder);
        finds("draw-sum", &folder);
    }

    #[test]
    fn declared_minutes_are_honest() {
        finds(
            "minutes-off",
            &sample::changed("course.toml", "minutes = 2", "minutes = 9"),
        );
        finds(
            "minutes-off",
            &sample::changed("course.toml", "minutes = 2", "minutes = 1"),
        );
    }

    #[test]
    fn a_course_without_lessons_is_none() {
        let mut folder = sample::folder();
        folder.files.retain(|path, _| !path.starts_with("lessons/"));
        finds("no-lesson", &folder);
    }

    #[test]
    fn a_lesson_has_one_title_and_headings_in_order() {
        finds(
            "title-missing",
            &sample::with("lessons/01-first.md", "## Two\n\nWords.\n"),
        );
        finds(
            "heading-order",
            &sample::with("lessons/01-first.md", "# One\n\n### Three\n"),
        );
        finds(
            "heading-order",
            &sample::with("lessons/01-first.md", "# One\n\n# Two\n"),
        );
    }

    #[test]
    fn html_links_and_pictures_are_checked() {
        finds(
            "raw-html",
            &sample::with("lessons/01-first.md", "# One\n\n<script>alert(1)</script>\n"),
        );
        finds(
            "raw-html",
            &sample::with("lessons/01-first.md", "# One\n\nA <b>bold</b> word.\n"),
        );
        finds(
            "dead-link",
            &sample::with("lessons/01-first.md", "# One\n\n[x](javascript:alert(1))\n"),
        );
        finds(
            "dead-link",
            &sample::with("lessons/01-first.md", "# One\n\n[x](02-second.md)\n"),
        );
        finds(
            "picture-missing",
            &sample::with("lessons/01-first.md", "# One\n\n![A door](../assets/door.svg)\n"),
        );
        finds(
            "alt-missing",
            &sample::with("lessons/01-first.md", "# One\n\n![](../assets/door.svg)\n"),
        );
        finds("picture-unused", &sample::with("assets/door.svg", "<svg/>"));
        finds(
            "code-language",
            &sample::with("lessons/01-first.md", "# One\n\n```\nx\n```\n"),
        );
    }
}
