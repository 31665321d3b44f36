//! Somebody who takes a course as people do: reads its lessons, answers its questions, hands in, signs.
//!
//! What is right comes from the course as it is shipped, found by the words on the page and not by any number in it.

use curriculum::{Course, Kind, Question, shipped};
use stories::{Browser, Page, World};

/// How well the questions are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Right,
    Wrong,
}

pub fn course(id: &str) -> Course {
    let folder = shipped(id).expect("the course is shipped");
    Course::parse(&folder).expect("a shipped course can be read")
}

/// Takes the whole course and signs; ends on the receipt.
#[track_caller]
pub fn completes(w: &World, browser: &mut Browser, id: &str, name: &str) {
    let course = course(id);
    reads_lessons(browser, &course);
    starts(browser, id);
    answers(w, browser, &course, Manner::Right);
    browser.presses("Hand in my answers", &[]);
    browser.page().must_say("You passed with");
    browser.presses("Go on to the statement", &[]);
    agrees(browser);
    browser.page().must_say(
        course
            .attestation
            .statement
            .split('.')
            .next()
            .expect("a statement has a sentence"),
    );
    signs(browser, name);
    browser
        .page()
        .must_say(&format!("You have completed {}.", course.title));
}

/// Agrees to sign electronically, where that is asked.
pub fn agrees(browser: &mut Browser) {
    if browser.page().offers("I agree to sign electronically") {
        browser.presses("I agree to sign electronically", &[]);
    }
}

/// From the statement to the receipt: types the name, looks everything over, signs.
pub fn signs(browser: &mut Browser, name: &str) {
    browser.presses("Look it over", &[("name", name)]);
    browser.page().must_say("Nothing is signed yet.");
    browser.presses("Sign and complete", &[]);
}

pub fn reads_lessons(browser: &mut Browser, course: &Course) {
    browser.reads(&format!("/my-training/{}", course.id));
    for (n, lesson) in course.lessons.iter().enumerate() {
        browser.reads(&format!("/my-training/{}/lessons/{}", course.id, n + 1));
        assert_eq!(squeezed(&browser.page().h1()), squeezed(&lesson.title));
        let last = n + 1 == course.lessons.len();
        browser.presses(if last { "To the questions" } else { "Next lesson" }, &[]);
    }
}

pub fn starts(browser: &mut Browser, id: &str) {
    browser.reads(&format!("/my-training/{id}"));
    browser.presses("Start the questions", &[]);
}

/// Answers every question and ends on the page that looks them over.
#[track_caller]
pub fn answers(w: &World, browser: &mut Browser, course: &Course, manner: Manner) {
    for _ in 0..course.form.questions {
        answers_one(w, browser, course, manner);
    }
    browser.page().must_say("Look over your answers");
}

/// Answers the question of the page and goes on.
#[track_caller]
pub fn answers_one(w: &World, browser: &mut Browser, course: &Course, manner: Manner) {
    let question = asked(course, browser.page()).clone();
    puts_in_order(w, browser, &question, manner);
    w.moment_passes();
    let on = if browser.page().offers("Save and go on") {
        "Save and go on"
    } else {
        "Save and look over"
    };
    let chosen = chosen(browser.page(), &question, manner);
    let filled: Vec<(&str, &str)> = chosen.iter().map(|value| ("answer", value.as_str())).collect();
    browser.presses(on, &filled);
    assert_eq!(
        browser.page().status,
        200,
        "the answer was not taken: {}",
        browser.page().text()
    );
}

/// The question the page asks, by its words.
pub fn asked<'a>(course: &'a Course, page: &Page) -> &'a Question {
    let heading = squeezed(&page.h1());
    let first = |question: &Question| squeezed(question.stem.trim().split("\n\n").next().unwrap_or_default());
    let text = squeezed(&page.text());
    let mut found = course
        .questions
        .iter()
        .filter(|question| first(question) == heading);
    let fits = |question: &&Question| text.contains(&squeezed(&question.stem));
    let question = found.clone().find(fits).or_else(|| found.next());
    question.unwrap_or_else(|| panic!("{} is about no question of {}", page.h1(), course.id))
}

/// Moves the steps of an order until they are right, or until the first two are not.
fn puts_in_order(w: &World, browser: &mut Browser, question: &Question, manner: Manner) {
    if question.kind != Kind::Order {
        return;
    }
    let mut wanted: Vec<String> = question
        .options
        .iter()
        .map(|option| squeezed(&option.text))
        .collect();
    if manner == Manner::Wrong {
        wanted.swap(0, 1);
    }
    for (place, words) in wanted.iter().enumerate() {
        let mut at = steps(browser.page()).iter().position(|step| step == words);
        while let Some(above) = at.filter(|at| *at > place) {
            w.moment_passes();
            browser.presses(&format!("Up: step {}", above + 1), &[]);
            at = steps(browser.page()).iter().position(|step| step == words);
        }
        assert_eq!(
            at,
            Some(place),
            "the step did not move: {}",
            browser.page().text()
        );
    }
}

/// The values to fill in; none for an order, whose steps have been moved already.
fn chosen(page: &Page, question: &Question, manner: Manner) -> Vec<String> {
    let form = page.form(
        if page.offers("Save and go on") {
            "Save and go on"
        } else {
            "Save and look over"
        },
        None,
    );
    let control = form
        .controls
        .iter()
        .find(|control| control.name == "answer")
        .expect("a question can be answered");
    let by_words = |text: &str| {
        let found = control
            .choices
            .iter()
            .find(|(_, label)| squeezed(label) == squeezed(text));
        found
            .unwrap_or_else(|| panic!("“{text}” is not offered but {:?}", control.choices))
            .0
            .clone()
    };
    let is_wanted = |correct: bool| correct == (manner == Manner::Right);
    match question.kind {
        Kind::Order => Vec::new(),
        Kind::FindTheLine => {
            let right = |line: usize| question.lines.iter().any(|key| key.number == line && key.correct);
            let line = (1..=question.line_count()).find(|line| is_wanted(right(*line)));
            vec![line.expect("some line is wanted").to_string()]
        }
        Kind::Multiple => {
            let wanted = question.options.iter().filter(|option| is_wanted(option.correct));
            wanted.map(|option| by_words(&option.text)).collect()
        }
        Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix => {
            let wanted = question.options.iter().find(|option| is_wanted(option.correct));
            vec![by_words(&wanted.expect("some option is wanted").text)]
        }
    }
}

/// The steps of an order as they stand on the page.
fn steps(page: &Page) -> Vec<String> {
    let is_step = |e: &stories::html::Element| e.attribute("id").is_some_and(|id| id.starts_with("step-"));
    let text = |step: &&stories::html::Element| {
        let stack = step.all(&|e| e.name == "div" && e.attribute("class") == Some("stack"));
        let words = stack
            .first()
            .map(|stack| stack.named("span")[0].text())
            .unwrap_or_default();
        squeezed(&words)
    };
    page.tree().all(&is_step).iter().map(text).collect()
}

/// A text without the marks and spaces that a page shows in another way.
pub fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"*_`\\".contains(*c))
        .collect()
}
