//! Pages change nothing, answer well, have one heading, and give no key away.

use std::collections::{BTreeSet, VecDeque};

use curriculum::{Course, Kind};
use stories::cast::LENA;
use stories::{Browser, World};

use crate::{lindqvist, pupil, rows};

/// Pages that are looked at in one crawl; more would be a page that makes pages without end.
const PAGES_MAX: usize = 600;

/// Every address that can be reached by links from where the browser stands, each once. Addresses that differ in their
/// query only are looked at up to three times.
fn crawl(browser: &mut Browser) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut queries: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut waiting = VecDeque::from(["/".to_owned()]);
    while let Some(path) = waiting.pop_front() {
        let path = path.split('#').next().unwrap_or_default().to_owned();
        if path.is_empty() || !path.starts_with('/') || path.starts_with("//") || !seen.insert(path.clone()) {
            continue;
        }
        let bare = path.split('?').next().unwrap_or_default().to_owned();
        let times = queries.entry(bare).or_default();
        *times += 1;
        if path.contains('?') && *times > 3 {
            continue;
        }
        assert!(seen.len() <= PAGES_MAX, "the crawl does not end: {seen:?}");
        let page = browser.opens(&path);
        assert_eq!(
            page.status,
            200,
            "{path}: {}",
            if page.is_html() {
                page.text()
            } else {
                String::new()
            }
        );
        if page.is_html() {
            page.h1();
            waiting.extend(page.links().into_iter().map(|(_, href)| href));
        }
    }
    seen
}

#[test]
fn looking_at_every_page_changes_nothing() {
    World::story(|w| {
        w.prints();
        let mut ada = lindqvist::begin(w);
        let mut sofie = w.signs_in(lindqvist::SOFIE.email);
        pupil::completes(w, &mut sofie, "D05", lindqvist::SOFIE.name);
        w.runs_jobs();
        w.plans(&mut ada, "hr", "personio.csv", lindqvist::HR);
        let plan = ada.page().path.clone();
        let before = rows::counts(w);
        let mut seen = crawl(&mut ada);
        ada.reads(&plan);
        seen.extend(crawl(&mut sofie));
        assert_eq!(rows::counts(w), before, "a GET has changed something");
        for path in [
            "/people",
            "/programme",
            "/assignments",
            "/frameworks",
            "/packs",
            "/exports",
            "/ledger",
            "/roles",
        ] {
            assert!(seen.contains(path), "no link leads to {path}");
        }
    });
}

#[test]
fn pages_of_an_attempt_change_nothing_and_show_no_key() {
    World::story(|w| {
        w.set_up();
        for id in ["B02", "B10", "D05"] {
            let course = pupil::course(id);
            let mut lena = w.signs_in(LENA.email);
            let secrets = secrets(&course);
            // Courses and their editions can be read by everybody; their keys cannot.
            for path in [
                "/my-training".to_owned(),
                format!("/my-training/{id}"),
                "/courses".to_owned(),
                format!("/courses/{id}"),
            ] {
                lena.reads(&path);
                must_be_closed(&lena, &secrets);
            }
            for (_, href) in lena.page().links() {
                if href.starts_with("/courses/") && lena.opens(&href).status == 200 && lena.page().is_html() {
                    must_be_closed(&lena, &secrets);
                }
            }
            pupil::starts(&mut lena, id);
            let before = rows::counts(w);
            let first = lena.page().path.trim_end_matches('1').to_owned();
            for place in 1..=course.form.questions {
                lena.reads(&format!("{first}{place}"));
                must_be_closed(&lena, &secrets);
                order_tells_nothing(&lena, pupil::asked(&course, lena.page()).kind);
            }
            lena.reads(&format!("{}review", first.trim_end_matches("questions/")));
            must_be_closed(&lena, &secrets);
            assert_eq!(
                rows::counts(w),
                before,
                "looking at questions has changed something"
            );
            lena.reads(&format!("{first}1"));
            pupil::answers(w, &mut lena, &course, pupil::Manner::Wrong);
            must_be_closed(&lena, &secrets);
            // The result of a failed attempt explains what was chosen and keeps the rest for the next one.
            lena.presses("Hand in my answers", &[]);
            lena.page().must_say("Not yet");
        }
    });
}

/// Everything that tells right from wrong.
fn secrets(course: &Course) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for question in &course.questions {
        let options = question
            .options
            .iter()
            .filter_map(|option| option.feedback.as_ref());
        let lines = question.lines.iter().filter_map(|line| line.feedback.as_ref());
        let others = question.otherwise.iter().chain(&question.explanation);
        found.extend(
            options
                .chain(lines)
                .chain(others)
                .map(|text| pupil::squeezed(text)),
        );
    }
    assert!(found.len() > 20, "the course explains its answers");
    found
}

/// Nothing of it stands on the page, in its text or anywhere in its source.
fn must_be_closed(browser: &Browser, secrets: &BTreeSet<String>) {
    let source = String::from_utf8_lossy(&browser.page().bytes)
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let source = pupil::squeezed(&source.replace("&lt;", "<").replace("&gt;", ">"));
    let text = pupil::squeezed(&browser.page().text());
    for secret in secrets {
        assert!(
            !source.contains(secret) && !text.contains(secret),
            "{} says {secret}",
            browser.page().path
        );
    }
    assert!(
        !source.contains("correct="),
        "{} marks what is correct",
        browser.page().path
    );
}

/// The steps of an order are written in the course in the right order, so their numbers as written are the key.
fn order_tells_nothing(browser: &Browser, kind: Kind) {
    if kind != Kind::Order {
        return;
    }
    let is_answer = |e: &stories::html::Element| e.name == "input" && e.attribute("name") == Some("answer");
    let inputs = browser.page().tree().all(&is_answer);
    let values: Vec<&str> = inputs
        .iter()
        .filter_map(|input| input.attribute("value"))
        .collect();
    let mut places: Vec<usize> = (0..values.len()).collect();
    let shown: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.sort_by_key(|place| values[*place].to_owned());
    let sorted = places.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(
        sorted || values.iter().any(|value| !shown.contains(&(*value).to_owned())),
        "{}: the steps' values {values:?} are their places in the right order",
        browser.page().path
    );
}
