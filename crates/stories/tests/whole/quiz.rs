//! Questions: doubted, withdrawn and regraded; tested out of and asked again; and what goes wrong in the middle of them.

use curriculum::{Kind, edition, shipped};
use db::{Actor, sql};
use stories::cast::{ADA, LENA, ROSTER};
use stories::{Browser, World};

use crate::pupil::{self, Manner, answers_one, asked};
use crate::rows;

const COURSE: &str = "B10";

/// Lena at the first question of the course.
fn begins(w: &mut World) -> (Browser, Browser) {
    let ada = w.set_up();
    let mut lena = w.signs_in(LENA.email);
    pupil::starts(&mut lena, COURSE);
    (ada, lena)
}

fn signs(lena: &mut Browser) {
    lena.presses("Go on to the statement", &[]);
    pupil::agrees(lena);
    pupil::signs(lena, LENA.name);
    lena.page().must_say("You have completed Report it.");
}

/// The page on which an editor rules on the question that stands on the learner's page.
fn ruling_page(w: &World, lena: &Browser) -> String {
    let question = asked(&pupil::course(COURSE), lena.page()).id.clone();
    let current = w.db().read_blocking(|r| edition::current(r, COURSE));
    let edition = current.expect("read").expect("it is published").id;
    format!("/rulings/{edition}/{question}")
}

/// The attempt's address: "/attempts/att_…".
fn attempt(lena: &Browser) -> String {
    let path = &lena.page().path;
    path.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn count(w: &World, table: &str) -> i64 {
    rows::counts(w)[table]
}

#[test]
fn a_question_that_seems_wrong_is_withdrawn_and_whoever_passes_now_is_told_and_signs() {
    World::story(|w| {
        let (mut ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        let (mut wrong, mut doubted) = (0, None);
        for place in 1..=course.form.questions {
            let question = asked(&course, lena.page()).clone();
            let manner = if wrong < 2 && !question.critical {
                wrong += 1;
                doubted = Some((place, ruling_page(w, &lena)));
                Manner::Wrong
            } else {
                Manner::Right
            };
            answers_one(w, &mut lena, &course, manner);
        }
        let attempt = attempt(&lena);
        lena.presses("Hand in my answers", &[]);
        lena.page().must_say("Not yet: 6 of 8 right, and 7 are needed.");

        let (place, ruling) = doubted.expect("two were wrong");
        lena.reads(&format!("{attempt}/questions/{place}/appeals"));
        lena.presses("Tell the editors", &[("said", "")]);
        lena.page().must_say("Write in a sentence or two");
        lena.presses(
            "Tell the editors",
            &[("said", "Two answers are right."), ("answer", "yes")],
        );
        lena.page().must_say("You told the editors on");

        w.moment_passes();
        ada.reads("/appeals")
            .must_say("One question seems wrong to somebody.");
        ada.reads(&ruling).must_say("Two answers are right.");
        ada.page().must_say("Lena Learner, who would like an answer");
        ada.presses("Decide", &[("decision", "withdrawn"), ("reason", "")]);
        ada.page().must_say("Say why");
        ada.presses(
            "Decide",
            &[("decision", "withdrawn"), ("reason", "Both were right.")],
        );
        ada.page().must_say("One person has failed and would pass.");
        ada.page().must_say("Lena Learner");
        assert_eq!(count(w, "regrading"), 0, "a plan changes nothing");
        ada.presses("Regrade 1 attempt", &[]);
        ada.page()
            .must_say("1 attempt regraded because of this question.");
        ada.reads("/appeals").must_say("No question waits for an answer.");
        w.runs_jobs();
        let letters = w.letters(LENA.email).join("\n");
        assert!(
            letters.contains("Both were right.") && letters.contains("You have passed Report it"),
            "{letters}"
        );

        lena.reads("/my-training")
            .must_say("Your answers were marked again and are enough.");
        lena.reads(&format!("{attempt}/result"))
            .must_say("You passed with 6 of 7.");
        lena.page().must_say("At first it was 6 of 8");
        signs(&mut lena);
        w.runs_jobs();
        ada.reads("/people");
        ada.follows("Lena Learner")
            .must_say("6 of 8, not passed; regraded");
    });
}

#[test]
fn a_question_withdrawn_during_an_attempt_is_passed_over_and_not_counted() {
    World::story(|w| {
        let (mut ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        let ruling = ruling_page(w, &lena);
        let first = lena.page().path.clone();
        ada.reads(&ruling);
        ada.presses(
            "Decide",
            &[
                ("decision", "withdrawn"),
                ("reason", "It asked for a rule of last year."),
            ],
        );
        ada.page().must_say("Nobody's result changes.");
        // She still has the page of before: what she presses is kept, and counts for nothing.
        answers_one(w, &mut lena, &course, Manner::Wrong);
        lena.reads(&first)
            .must_say("This question was withdrawn. It does not count.");
        lena.follows("Go on");
        for _ in 1..course.form.questions {
            answers_one(w, &mut lena, &course, Manner::Right);
        }
        lena.page().must_say("withdrawn, does not count");
        lena.presses("Hand in my answers", &[]);
        lena.page().must_say("You passed with 7 of 7.");
        signs(&mut lena);
        w.runs_jobs();
    });
}

#[test]
fn two_devices_a_lost_line_a_second_press_and_the_back_button_lose_nothing_and_count_nothing_twice() {
    World::story(|w| {
        let (_ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        let first = lena.page().path.clone();
        let mut phone = w.signs_in(LENA.email);
        phone.reads("/my-training/B10");
        phone.follows("Continue the questions");
        assert_eq!(phone.page().path, first, "one attempt on both devices");
        answers_one(w, &mut lena, &course, Manner::Right);
        let kept = count(w, "answer");
        // The answer arrived and its acknowledgement did not: the back button, and the same pressed again.
        lena.reads(&first).must_say("Saved");
        if asked(&course, lena.page()).kind != Kind::Order {
            answers_one(w, &mut lena, &course, Manner::Right);
            assert_eq!(count(w, "answer"), kept, "the same again is no second answer");
        }
        // The other device goes on where this one stopped.
        phone.reads(&format!("{}/questions/2", attempt(&lena)));
        for _ in 2..=course.form.questions {
            answers_one(w, &mut phone, &course, Manner::Right);
        }
        lena.reads(&format!("{}/review", attempt(&phone)));
        let mut stale = w.signs_in(LENA.email);
        stale.reads(&first);
        phone.presses("Hand in my answers", &[]);
        lena.presses("Hand in my answers", &[]);
        for browser in [&phone, &lena] {
            browser.page().must_say("You passed with 8 of 8.");
        }
        assert_eq!(count(w, "submission"), 1);
        let kept = count(w, "answer");
        w.moment_passes();
        stale.posts(&first, &[("answer", "0")]);
        stale.page().must_say("You passed with 8 of 8.");
        assert_eq!(count(w, "answer"), kept, "what was handed in stays as it is");
        for browser in [&mut phone, &mut lena] {
            browser.presses("Go on to the statement", &[]);
            pupil::agrees(browser);
            browser.presses("Look it over", &[("name", LENA.name)]);
        }
        for browser in [&mut phone, &mut lena] {
            browser.presses("Sign and complete", &[]);
            browser.page().must_say("You have completed Report it.");
        }
        assert_eq!((count(w, "attestation"), count(w, "completion")), (1, 1));
        w.runs_jobs();
    });
}

#[test]
fn a_clock_that_is_set_back_makes_no_answer_older_than_the_one_before() {
    World::story(|w| {
        let (_ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        let first = lena.page().path.clone();
        answers_one(w, &mut lena, &course, Manner::Wrong);
        w.minutes_pass(-30);
        lena.reads(&first);
        answers_one(w, &mut lena, &course, Manner::Right);
        for _ in 1..course.form.questions {
            answers_one(w, &mut lena, &course, Manner::Right);
        }
        lena.presses("Hand in my answers", &[]);
        lena.page().must_say("You passed with 8 of 8.");
        w.minutes_pass(60);
        w.runs_jobs();
    });
}

#[test]
fn an_edition_published_in_the_middle_resets_nobody_and_says_what_has_changed() {
    World::story(|w| {
        let (_ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        answers_one(w, &mut lena, &course, Manner::Right);
        w.days_pass(1);
        let mut folder = shipped(COURSE).expect("it is shipped");
        let text = folder.text("course.toml").expect("it has facts").to_owned();
        let change = "[[change]]\non = \"2026-06-02\"\ntext = \"Reports by chat are read at night as well.\"\nlessons = [\"02-within-minutes\"]\n\n[form]";
        let text = text.replacen("[form]", change, 1);
        folder.files.insert("course.toml".into(), text.into_bytes());
        let published = w.db().write_blocking(Actor::Operator, move |tx| {
            let today = tx.today()?;
            edition::publish(tx, &folder, today)
        });
        assert_eq!(published.expect("it is sound").number, 2);
        lena.reads(&format!("{}/questions/2", attempt(&lena)));
        for _ in 1..course.form.questions {
            answers_one(w, &mut lena, &course, Manner::Right);
        }
        lena.presses("Hand in my answers", &[]);
        signs(&mut lena);
        lena.reads("/my-training/B10").must_say("You completed this on");
        lena.page().must_say("What has changed since you did it");
        lena.page().must_say("Reports by chat are read at night as well.");
        lena.follows("Lesson 2");
        assert_eq!(count(w, "completion"), 1);
        w.runs_jobs();
    });
}

#[test]
fn somebody_who_leaves_in_the_middle_is_shut_out_with_a_sentence_and_loses_no_answer() {
    World::story(|w| {
        let (mut ada, mut lena) = begins(w);
        let course = pupil::course(COURSE);
        answers_one(w, &mut lena, &course, Manner::Right);
        let (here, kept) = (lena.page().path.clone(), count(w, "answer"));
        let gone = ROSTER.replace(
            "employee,active,2026-05-18,,4",
            "employee,active,2026-05-18,2026-05-31,4",
        );
        w.applies(&mut ada, "hr", "gone.csv", gone.as_bytes());
        w.runs_jobs();
        lena.posts(&here, &[("answer", "0")]);
        assert_eq!(lena.page().status, 401, "{}", lena.page().text());
        lena.page().must_say("You have been signed out.");
        assert_eq!(count(w, "answer"), kept);
        w.applies(&mut ada, "hr", "back.csv", ROSTER.as_bytes());
        w.runs_jobs();
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training/B10");
        lena.follows("Continue the questions");
        lena.page().must_say("1 of 8");
    });
}

#[test]
fn who_knows_it_tests_out_and_is_asked_again_a_week_later() {
    World::story(|w| {
        w.set_up();
        let mut lena = w.signs_in(LENA.email);
        let course = pupil::course(COURSE);
        lena.reads("/my-training/B10")
            .must_say("If you know this already");
        lena.presses("Test out", &[]);
        pupil::answers(w, &mut lena, &course, Manner::Right);
        lena.presses("Hand in my answers", &[]);
        signs(&mut lena);
        lena.reads("/my-training")
            .must_say("Shown here by testing out, and signed");
        lena.reads("/my-training/B10").must_say("You have used this year");
        w.runs_jobs();
        w.days_pass(7);
        w.runs_jobs();
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training").must_say("A short check, if you like");
        lena.presses("Check Report it", &[]);
        lena.page().must_say("3 questions, two minutes");
        lena.presses("See how it went", &[]);
        lena.page().must_say("0 of 3 right.");
        lena.reads("/my-training")
            .must_not_say("A short check, if you like");
        let mut ada = w.signs_in(ADA.email);
        ada.reads("/spaced-checks").must_say("fewer than 10");
        ada.presses("Do without them", &[]);
        ada.page().must_say("There are no short checks after courses.");
        ada.reads("/accommodations");
        ada.presses("Save", &[("person", LENA.email), ("attempts", "twice")]);
        ada.page()
            .must_say("One person has more attempts than a course gives.");
        lena.reads("/my-training/B02").must_say("Up to 6 attempts");
        w.runs_jobs();
    });
}

/// Bytes of a page of a course, with its pictures: what a slow phone can show within a second or two.
const PAGE_BYTES_MAX: usize = 100_000;

#[test]
fn no_page_of_a_course_is_heavier_than_a_hundred_kilobytes() {
    World::story(|w| {
        let _ada = w.set_up();
        let mut lena = w.signs_in(LENA.email);
        for id in ["B02", "B10", "D05"] {
            let course = pupil::course(id);
            let mut pages = vec![format!("/my-training/{id}")];
            pages.extend((1..=course.lessons.len()).map(|n| format!("/my-training/{id}/lessons/{n}")));
            for path in pages {
                let bytes = lena.reads(&path).bytes.len();
                assert!(bytes < PAGE_BYTES_MAX, "{path} has {bytes} bytes");
            }
            pupil::starts(&mut lena, id);
            pupil::answers(w, &mut lena, &course, Manner::Right);
            let bytes = lena.page().bytes.len();
            assert!(bytes < PAGE_BYTES_MAX, "the answers of {id} have {bytes} bytes");
            lena.presses("Hand in my answers", &[]);
            let bytes = lena.page().bytes.len();
            assert!(bytes < PAGE_BYTES_MAX, "the result of {id} has {bytes} bytes");
        }
        let left = w.db().read_blocking(|r| {
            r.one(
                sql!("select cast(count(*) as bigint) from submission"),
                &[],
                |row| row.get::<i64>(0),
            )
        });
        assert_eq!(left.expect("counted"), Some(3));
        w.runs_jobs();
    });
}
