//! A course in several languages: read, answered, passed and signed in German; fallen back where a text is missing; switched
//! in the middle; counted as one.

use std::sync::Arc;

use curriculum::{Course, Folder, edition, shipped};
use db::Actor;
use stories::cast::{LENA, ROSTER};
use stories::{Browser, World};

use crate::pupil::{self, Manner};
use crate::rows;

const COURSE: &str = "B02";

fn german() -> Course {
    Course::clone(&Arc::new(pupil::course(COURSE)).spoken("de"))
}

/// Lena with the language that the roster gives her.
fn speaks(w: &mut World, language: &str) -> (Browser, Browser) {
    let mut ada = w.set_up();
    let roster: String = ROSTER
        .lines()
        .enumerate()
        .map(|(n, line)| match n {
            0 => format!("{line},language\n"),
            _ if line.contains(LENA.email) => format!("{line},{language}\n"),
            _ => format!("{line},\n"),
        })
        .collect();
    w.applies(&mut ada, "hr", "people.csv", roster.as_bytes());
    w.runs_jobs();
    let lena = w.signs_in(LENA.email);
    (ada, lena)
}

fn publishes(w: &World, folder: Folder) -> i64 {
    let published = w.db().write_blocking(Actor::Operator, move |tx| {
        let today = tx.today()?;
        edition::publish(tx, &folder, today)
    });
    published.expect("it is sound").number
}

/// The shipped course with these files changed, or without them.
fn but(changes: &[(&str, Option<(&str, &str)>)]) -> Folder {
    let mut folder = shipped(COURSE).expect("it is shipped");
    for (path, change) in changes {
        let text = folder.text(path).expect("the course has this file").to_owned();
        folder.files.remove(*path);
        if let Some((from, to)) = change {
            assert!(text.contains(from), "{path} has {from:?}");
            folder
                .files
                .insert((*path).to_owned(), text.replacen(from, to, 1).into_bytes());
        }
    }
    folder
}

fn attempt(lena: &Browser) -> String {
    lena.page().path.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Hands in, agrees to sign and signs.
fn signs(lena: &mut Browser) {
    lena.presses("Hand in my answers", &[]);
    lena.page().must_say("You passed with");
    lena.presses("Go on to the statement", &[]);
    pupil::agrees(lena);
}

#[test]
fn whom_the_roster_calls_german_reads_answers_passes_and_signs_in_german() {
    World::story(|w| {
        let (mut ada, mut lena) = speaks(w, "de-AT");
        let course = german();
        lena.reads("/my-training/B02")
            .must_say("Phishing auf jedem Kanal");
        lena.page().must_say("Read it in:");
        pupil::reads_lessons(&mut lena, &course);
        pupil::starts(&mut lena, COURSE);
        pupil::answers(w, &mut lena, &course, Manner::Right);
        signs(&mut lena);
        lena.page().must_say("Ich habe diesen Kurs selbst abgeschlossen.");
        lena.page().must_not_say("I completed this course myself.");
        pupil::signs(&mut lena, LENA.name);
        lena.page().must_say("Ich habe diesen Kurs selbst abgeschlossen.");
        let record = format!("{}/record.json", attempt(&lena));
        let kept: serde_json::Value = serde_json::from_slice(&lena.fetches(&record).bytes).expect("JSON");
        let record: serde_json::Value =
            serde_json::from_str(kept["record"].as_str().expect("a text")).expect("JSON in it");
        assert_eq!(record["statement"]["language"], "de");
        assert_eq!(record["statement"]["text"], course.attestation.statement);
        assert_eq!(record["bound"]["language"], "de");
        w.runs_jobs();
        // One course, one name: the certificate and the lists call it as the edition does.
        lena.reads("/my-training").must_say("Phishing on every channel");
        ada.reads("/courses/B02/editions/1/item-analysis")
            .must_say("10 of the answers were given in another one.");
        ada.reads("/courses/B02/editions/1/item-analysis/json");
        let json = String::from_utf8_lossy(&ada.page().bytes).into_owned();
        assert!(json.contains("\"in_another_language\":10"), "{json}");
        ada.reads("/courses/B02/editions/1").must_say("complete");
        ada.follows("Deutsch")
            .must_say("What is marked, and how, is the same in every language.");
        ada.page().must_say("Drei Fragen an jede Nachricht");
    });
}

#[test]
fn what_is_not_translated_or_behind_is_read_in_english_and_the_page_says_so() {
    World::story(|w| {
        let (mut ada, mut lena) = speaks(w, "de");
        let number = publishes(
            w,
            but(&[
                ("translations/de/lessons/02-every-channel.md", None),
                (
                    "lessons/03-your-own-route.md",
                    Some(("You lose a minute at most.", "You lose a minute.")),
                ),
                (
                    "questions/judge.toml",
                    Some(("before noon today", "by noon today")),
                ),
                (
                    "course.toml",
                    Some((
                        "I completed this course myself.",
                        "I have completed this course myself.",
                    )),
                ),
            ]),
        );
        assert_eq!(number, 2);
        lena.reads("/my-training/B02")
            .must_say("Deutsch, which you read now (1 of 3 lessons)");
        lena.reads("/my-training/B02/lessons/1")
            .must_say("Drei Fragen an jede Nachricht");
        lena.page().must_not_say("is not translated");
        for (place, words) in [(2, "The same trick on every channel"), (3, "You lose a minute.")] {
            lena.reads(&format!("/my-training/B02/lessons/{place}"))
                .must_say(words);
            lena.page().must_say("This page is not translated into Deutsch yet, or its translation is older than its text. So you read it in English.");
        }
        let now = w.db().read_blocking(|r| {
            let edition = edition::current(r, COURSE)?.expect("published");
            edition::load(r, &edition.id)
        });
        let course = Course::clone(&now.expect("read").spoken("de"));
        assert_eq!(
            course.question("judge-supplier-bank").map(|q| q.spoken.as_str()),
            Some("en")
        );
        pupil::starts(&mut lena, COURSE);
        pupil::answers(w, &mut lena, &course, Manner::Right);
        signs(&mut lena);
        lena.page()
            .must_say("This statement is not translated into Deutsch yet");
        lena.page().must_say("I have completed this course myself.");
        pupil::signs(&mut lena, LENA.name);
        lena.page()
            .must_say("You have completed Phishing auf jedem Kanal.");
        w.runs_jobs();
        ada.reads("/courses/B02/editions/2").must_say("1 missing");
        ada.page().must_say("3 behind");
    });
}

#[test]
fn somebody_switches_in_the_middle_and_is_asked_the_same_with_their_answers_kept() {
    World::story(|w| {
        let (_ada, mut lena) = speaks(w, "");
        lena.reads("/my-training/B02")
            .must_say("Phishing on every channel");
        let english = pupil::course(COURSE);
        pupil::starts(&mut lena, COURSE);
        let first = lena.page().path.clone();
        let asked = pupil::asked(&english, lena.page()).id.clone();
        pupil::answers_one(w, &mut lena, &english, Manner::Right);
        let answers = rows::counts(w)["answer"];
        // What is chosen for reading changes no attempt that has begun.
        lena.reads("/my-training/B02");
        lena.presses("Deutsch", &[]);
        lena.page().must_say("Phishing auf jedem Kanal");
        lena.page()
            .must_say("You began the questions in English, and they stay so");
        lena.reads(&first);
        assert_eq!(pupil::asked(&english, lena.page()).id, asked);
        lena.presses("Deutsch", &[]);
        assert_eq!(lena.page().path, first);
        let course = german();
        assert_eq!(pupil::asked(&course, lena.page()).id, asked);
        lena.page().must_say("Saved");
        assert_eq!(rows::counts(w)["answer"], answers, "switching answers nothing");
        lena.reads(&format!("{}/questions/2", attempt(&lena)));
        for _ in 1..course.form.questions {
            pupil::answers_one(w, &mut lena, &course, Manner::Right);
        }
        lena.page().must_say("All 10 questions are answered");
        let stale = format!("{}/language", attempt(&lena));
        signs(&mut lena);
        pupil::signs(&mut lena, LENA.name);
        lena.page().must_say("Ich habe diesen Kurs selbst abgeschlossen.");
        lena.posts(&stale, &[("language", "en")]);
        lena.page().must_say("This attempt has been handed in");
        w.runs_jobs();
        assert_eq!(rows::counts(w)["attempt_language"], 2);
    });
}

#[test]
fn a_translation_added_in_a_new_edition_resets_no_completion_and_a_language_nobody_offers_is_refused() {
    World::story(|w| {
        let mut ada = w.set_up();
        let mut folder = shipped(COURSE).expect("it is shipped");
        folder.files.retain(|path, _| !path.starts_with("translations/"));
        let text =
            folder
                .text("course.toml")
                .expect("it has facts")
                .replacen("minutes = 14", "minutes = 15", 1);
        folder.files.insert("course.toml".into(), text.into_bytes());
        publishes(w, folder.clone());
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training/B02").must_not_say("Read it in:");
        lena.posts("/my-training/B02/language", &[("language", "de")]);
        lena.page().must_say("This course is not in that language.");
        pupil::completes(w, &mut lena, COURSE, LENA.name);
        w.runs_jobs();
        let translated = shipped(COURSE).expect("it is shipped");
        let german = translated
            .files
            .into_iter()
            .filter(|(path, _)| path.starts_with("translations/"));
        folder.files.extend(german);
        publishes(w, folder);
        w.runs_jobs();
        lena.reads("/my-training")
            .must_say("Phishing on every channel, from");
        lena.reads("/my-training/B02").must_say("You completed this on");
        lena.page().must_say("Read it in:");
        assert_eq!(rows::counts(w)["completion"], 1);
        ada.reads("/courses/B02").must_say("Deutsch");
    });
}

#[test]
fn no_key_leaves_with_the_translated_texts() {
    World::story(|w| {
        let (_ada, mut lena) = speaks(w, "de");
        let course = german();
        let secrets: Vec<&str> = course
            .questions
            .iter()
            .flat_map(|question| &question.options)
            .filter_map(|option| option.feedback.as_deref())
            .collect();
        let closed = |lena: &Browser| {
            let text = lena.page().text();
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        };
        for path in [
            "/my-training/B02",
            "/courses/B02",
            "/courses/B02/editions/1/translations/de",
        ] {
            lena.reads(path);
            closed(&lena);
        }
        assert_eq!(lena.opens("/courses/B02/editions/1/translations/fr").status, 404);
        pupil::starts(&mut lena, COURSE);
        for _ in 0..course.form.questions {
            closed(&lena);
            pupil::answers_one(w, &mut lena, &course, Manner::Wrong);
        }
        closed(&lena);
        lena.presses("Hand in my answers", &[]);
        lena.page().must_say("Not yet");
    });
}

#[test]
fn an_editor_who_reads_an_appeal_sees_the_text_its_writer_saw() {
    World::story(|w| {
        let (mut ada, mut lena) = speaks(w, "de");
        pupil::starts(&mut lena, COURSE);
        let question = pupil::asked(&german(), lena.page()).clone();
        let first = question
            .stem
            .split("\n\n")
            .next()
            .expect("a stem has words")
            .to_owned();
        lena.follows("This question seems wrong").must_say(&first);
        lena.presses("Tell the editors", &[("said", "Zwei Antworten stimmen.")]);
        lena.presses("English", &[]);
        lena.page().must_not_say(&first);
        w.moment_passes();
        ada.reads("/appeals")
            .must_say("One question seems wrong to somebody.");
        ada.follows(&question.id).must_say("As it is read in Deutsch");
        ada.page().must_say(&first);
        ada.page().must_say("reading Deutsch");
        w.runs_jobs();
    });
}
