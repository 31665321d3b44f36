//! A course is changed in the browser: what is wrong is said, a second person publishes it, and nobody's completion is reset.

use stories::cast::{ADA, ED, LENA};
use stories::{Browser, Chosen, World};

use crate::{pupil, roles};

const LESSON: &str = "lessons/01-three-questions.md";

/// The address of the draft that stands on the page.
fn address(browser: &Browser) -> String {
    browser
        .page()
        .path
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn text_of(browser: &mut Browser, draft: &str) -> String {
    browser.reads(&format!("{draft}/parts/{LESSON}"));
    let course = pupil::course("B02");
    course.lessons[0].body.clone()
}

#[test]
fn a_course_is_changed_by_one_person_and_published_by_another() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let (mut ed, mut lena) = (w.signs_in(ED.email), w.signs_in(LENA.email));
        pupil::completes(w, &mut lena, "B02", LENA.name);
        assert_eq!(lena.opens("/drafts").status, 403);
        assert_eq!(lena.posts("/courses/B02/drafts", &[]).status, 403);

        ed.reads("/courses/B02");
        ed.presses("Change this course", &[]);
        let draft = address(&ed);
        ed.page()
            .must_say("Nothing of Phishing on every channel is changed yet.");
        let text = text_of(&mut ed, &draft);
        ed.presses("Save", &[("text", "No title here.\n")]);
        ed.page().must_say("Saved. One error is left in this part.");
        ed.reads(&draft);
        ed.page().must_say("One error stands between");
        let refused = ed.posts(&format!("{draft}/proposals"), &[("note", "Look.")]);
        refused.must_say("One error stands in the way.");

        ed.reads(&format!("{draft}/parts/{LESSON}"));
        let better = format!("{text}\nReport it, even if you are not sure.\n");
        ed.presses("Save", &[("text", &better)]);
        ed.page().must_say("Nothing is wrong here.");
        ed.reads(&draft);
        ed.presses("Propose it", &[("note", "A sentence on reporting.")]);
        ed.page().must_say("somebody else has to publish it");
        assert!(!ed.page().offers("Publish it"), "nobody publishes their own");

        ada.reads("/drafts");
        ada.page().must_say("proposed");
        ada.follows("B02");
        ada.follows("See what it changes");
        ada.page().must_say("+Report it, even if you are not sure.");
        ada.reads(&draft);
        ada.presses("Send it back", &[("note", "")]);
        ada.page().must_say("Say in a sentence what it is about");
        let nothing = format!("{draft}/proposals/prp_01KT16JKM05T6MWQ8CVC5E26MW/review");
        assert_eq!(ada.posts(&nothing, &[("outcome", "publish")]).status, 404);
        ada.reads(&draft);
        ada.presses("Publish it", &[]);
        ada.page().must_say("What people have completed stays completed.");
        ada.page().must_say("Edition 2");
        ada.page().must_say("Looked over and published by Ada Owner");
        ada.page().must_say("Written by Ed Editor");
        ada.reads("/courses/B02/editions/1");
        ada.page().must_say("Edition 2 replaced this one");

        lena.reads("/courses/B02");
        lena.page().must_not_say("How it came about");
        lena.reads("/my-training/B02");
        lena.page().must_say("You completed this on");
        lena.reads("/my-training/B02/lessons/1");
        lena.page().must_say("Report it, even if you are not sure.");
        assert_eq!(
            ed.opens(&format!("{draft}/parts/{LESSON}")).status,
            200,
            "what was written stays to be read"
        );
        let late = ed.posts(
            &format!("{draft}/parts/{LESSON}"),
            &[("text", "late"), ("seen", "9"), ("name", "01-three-questions")],
        );
        late.must_say("published or given up meanwhile");
        nothing_is_changed_any_more(&mut ed, &draft);
        w.runs_jobs();
    });
}

/// The draft has ended.
fn nothing_is_changed_any_more(ed: &mut Browser, draft: &str) {
    for act in [
        "base",
        "lessons",
        "questions",
        "ends/questions/judge.toml/judge-supplier-bank",
    ] {
        let typed = [("title", "Late"), ("path", "questions/judge.toml"), ("seen", "0")];
        let late = ed.posts(&format!("{draft}/{act}"), &typed);
        late.must_say("published or given up meanwhile");
    }
}

#[test]
fn two_who_write_at_once_lose_nothing() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let mut ed = w.signs_in(ED.email);
        ada.reads("/courses/B10");
        ada.presses("Change this course", &[]);
        let draft = address(&ada);
        let part = format!("{draft}/parts/course/about");
        ada.reads(&part);
        ed.reads(&part);
        ada.presses("Save", &[("summary", "Hers.")]);
        ed.presses("Save", &[("summary", "His.")]);
        ed.page()
            .must_say("Somebody has saved course.toml since you opened it.");
        ed.page().must_say("summary = \"Hers.\"");
        ed.page().must_say("His.");
        ed.presses("Save", &[("summary", "Both of ours.")]);
        ed.reads(&part);
        ed.page().must_say("Both of ours.");

        // Both wrote: neither may publish, and there is nobody else.
        ed.reads(&draft);
        ed.presses("Propose it", &[("note", "A better summary.")]);
        ada.reads(&draft);
        assert!(!ada.page().offers("Publish it"), "{} wrote some of it", ADA.email);
        ada.presses("Give the draft up", &[]);
        ada.page().must_say("No course is being written or changed.");
        ada.reads("/courses/B10");
        ada.page().must_say("Edition 1");
    });
}

fn chosen(bytes: &[u8]) -> Chosen<'_> {
    Chosen {
        field: "file",
        name: "course.zip",
        bytes,
    }
}

#[test]
fn a_course_is_taken_away_as_a_zip_changed_and_taken_in_again() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/courses/B10");
        ada.presses("Change this course", &[]);
        let draft = address(&ada);
        let zip = ada.fetches(&format!("{draft}/folder.zip")).bytes;
        ada.reads("/drafts/new");
        ada.uploads("Begin with the ZIP", &[], chosen(&zip));
        ada.page().must_say("Somebody is changing B10 already.");
        ada.reads(&draft);
        ada.presses("Give the draft up", &[]);

        ada.reads("/drafts/new");
        ada.uploads("Begin with the ZIP", &[], chosen(&zip));
        ada.page().must_say("is changed yet");
        ada.presses("Give the draft up", &[]);

        let mut folder = curriculum::folder::unpacked(&zip).expect("what was given out is taken in");
        let lesson = folder.files.keys().find(|path| path.starts_with("lessons/"));
        let lesson = lesson.expect("it has lessons").clone();
        folder.files.remove("README.md");
        folder.files.insert(lesson.clone(), b"No title here.\n".to_vec());
        let zip = curriculum::folder::packed("mine", &folder).expect("packed");
        ada.reads("/drafts/new");
        ada.uploads("Begin with the ZIP", &[], chosen(&zip));
        ada.page().must_say("One error stands between");
        ada.follows("See what it changes");
        ada.page().must_say("+No title here.");
        ada.reads("/drafts");
        ada.follows("B10");
        ada.presses("Give the draft up", &[]);

        let about = folder
            .text("course.toml")
            .expect("there")
            .replace("\"B10\"", "\"X02\"");
        folder.files.insert("course.toml".to_owned(), about.into_bytes());
        let zip = curriculum::folder::packed("mine", &folder).expect("packed");
        ada.reads("/drafts/new");
        ada.uploads("Begin with the ZIP", &[], chosen(&zip));
        ada.page().must_say("as a new course");

        folder.files.insert("run.sh".to_owned(), b"rm".to_vec());
        folder
            .files
            .insert("course.toml".to_owned(), b"id = \"X03\"".to_vec());
        let zip = curriculum::folder::packed("mine", &folder).expect("packed");
        ada.reads("/drafts/new");
        for (bytes, words) in [
            (&zip[..], "A course has no place for a file run.sh."),
            (&b"id = \"X03\""[..], "This is no ZIP that can be read."),
            (&b""[..], "Choose a ZIP first"),
        ] {
            ada.uploads("Begin with the ZIP", &[], chosen(bytes));
            assert_eq!(ada.page().status, 422);
            ada.page().must_say(words);
        }
        ada.reads("/drafts");
        ada.page().must_say("One course is being written or changed.");
        w.runs_jobs();
    });
}

#[test]
fn what_is_saved_now_is_shown_to_whom_it_was_kept_from_and_to_nobody_else() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/courses/B10");
        ada.presses("Change this course", &[]);
        let draft = address(&ada);
        let lessons = pupil::course("B10").lessons;
        ada.reads(&format!("{draft}/parts/lessons/{}.md", lessons[0].name));
        ada.presses("Save", &[("name", &lessons[1].name)]);
        ada.page().must_say("Another lesson has this name.");
        ada.page().must_not_say("What is saved now");
    });
}

#[test]
fn a_proposal_that_something_was_saved_after_waits_for_nobody() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/courses/B10");
        ada.presses("Change this course", &[]);
        let draft = address(&ada);
        let part = format!("{draft}/parts/course/about");
        ada.reads(&part);
        ada.presses("Save", &[("summary", "What we hold to, in half an hour.")]);
        ada.reads(&draft);
        ada.presses("Propose it", &[("note", "A plainer summary.")]);
        ada.reads("/drafts");
        ada.page().must_say("proposed");
        ada.reads(&part);
        ada.presses("Save", &[("summary", "What we hold to, and why.")]);
        ada.reads("/drafts");
        ada.page().must_say("changed since it was proposed");
        ada.reads(&draft);
        ada.page().must_say("void: something was saved after it");
    });
}

#[test]
fn two_who_translate_at_once_lose_nothing() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let mut ed = w.signs_in(ED.email);
        ada.reads("/courses/B10");
        ada.presses("Change this course", &[]);
        let draft = address(&ada);
        let part = format!("{draft}/languages/fr/title");
        ada.reads(&part);
        ed.reads(&part);
        ada.presses(
            "Save and go on",
            &[("title", "Les règles"), ("summary", "Le sien à elle.")],
        );
        ada.page().must_say("Saved.");
        ed.presses(
            "Save and go on",
            &[("title", "Les règles"), ("summary", "Le sien à lui.")],
        );
        ed.page()
            .must_say("Somebody has saved this translation since you opened it.");
        ed.page().must_say("Le sien à elle.");
        ed.page().must_say("Le sien à lui.");
        ed.presses("Save and go on", &[("summary", "Les deux.")]);
        ed.page().must_say("Saved.");
        ed.reads(&part);
        ed.page().must_say("Les deux.");

        // Another part of the same file is in nobody's way.
        let (statement, title) = (format!("{draft}/languages/fr/statement"), part);
        ada.reads(&statement);
        ed.reads(&title);
        ada.presses("Save and go on", &[("text", "J’ai suivi ce cours.")]);
        ed.presses("Save and go on", &[("summary", "Toujours les deux.")]);
        ed.page().must_say("Saved.");
    });
}

/// Three questions for the one objective of the new course.
fn writes_questions(ed: &mut Browser, draft: &str) {
    for n in 1..=3 {
        if n > 1 {
            ed.reads(draft);
            ed.presses("Add a question on: Walk a visitor to the desk.", &[]);
        }
        ed.reads(&format!("{draft}/parts/questions/first.toml/first-{n}"));
        let stem = format!("Somebody without a badge follows you to door {n}. What do you do?");
        ed.presses(
            "Save",
            &[
                ("stem", &stem),
                ("option.0.text", "Walk them to the desk"),
                ("option.0.correct", "yes"),
                ("option.0.feedback", "Yes. There they are met."),
                ("option.1.text", "Hold the door for them"),
                ("option.1.feedback", "Then nobody knows who is inside."),
                ("option.2.text", "Walk on and say nothing"),
                ("option.2.feedback", "They will find another door."),
            ],
        );
    }
}

#[test]
fn a_new_course_grows_from_a_blank_one_to_an_edition() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let mut ed = w.signs_in(ED.email);
        ed.reads("/drafts");
        ed.follows("Begin a new course");
        ed.presses("Begin", &[("id", "b2"), ("title", "Visitors")]);
        ed.page().must_say("one to three capital letters");
        ed.presses("Begin", &[("id", "X01"), ("title", "Visitors")]);
        let draft = address(&ed);
        ed.reads(&format!("{draft}/parts/course/about"));
        ed.presses(
            "Save",
            &[
                (
                    "summary",
                    "What to do when somebody you do not know stands at a door.",
                ),
                ("minutes", "1"),
                ("topics", "tailgating, physical"),
                ("risks", "Somebody walks in behind a colleague"),
            ],
        );
        ed.reads(&format!("{draft}/parts/course/objectives"));
        ed.presses("Save", &[("objective.0.text", "Walk a visitor to the desk.")]);
        ed.reads(&format!("{draft}/parts/course/statement"));
        ed.presses(
            "Save",
            &[(
                "attestation.statement",
                "I completed this course myself. I know where to bring a visitor.",
            )],
        );
        ed.reads(&format!("{draft}/parts/course/sources"));
        ed.presses(
            "Save",
            &[
                ("source.0.title", "Our house rules"),
                ("source.0.url", "https://example.org/rules"),
                ("source.0.read_on", "2026-05-20"),
            ],
        );
        ed.reads(&format!("{draft}/parts/lessons/01-first.md"));
        ed.presses(
            "Save",
            &[("text", "# At the door\n\nSomebody stands at the door and has no badge. Ask whom they came to see. Walk them to the desk, and wait until they are met there.\n"), ("name", "01-at-the-door")],
        );
        writes_questions(&mut ed, &draft);
        ed.reads(&draft);
        ed.page().must_say("Visitors can be proposed.");
        ed.presses("Propose it", &[("note", "Our own course on visitors.")]);
        ada.reads(&draft);
        ada.presses("Publish it", &[]);
        ada.page().must_say("Visitors");
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training/X01/lessons/1");
        lena.page().must_say("Ask whom they came to see.");
        lena.page().must_not_say("There they are met");
    });
}

#[test]
fn a_translation_made_in_the_browser_is_read_by_a_learner_and_falls_behind_with_its_original() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let (mut ed, mut lena) = (w.signs_in(ED.email), w.signs_in(LENA.email));
        ed.reads("/courses/B10");
        ed.presses("Change this course", &[]);
        let draft = address(&ed);
        ed.presses("Translate", &[("tag", "en")]);
        ed.page().must_say("Name a language other than the course’s own");
        ed.reads(&draft);
        ed.presses("Translate", &[("tag", "fr")]);
        ed.page().must_say("parts are left to translate into français");
        let lesson = pupil::course("B10").lessons[0].name.clone();
        let part = format!("{draft}/languages/fr/lesson/{lesson}");
        ed.reads(&part);
        ed.presses(
            "Save and go on",
            &[("text", "# Les règles\n\nVoici les règles de la maison.\n")],
        );
        ed.page().must_say("Saved. Here is the next one.");
        ed.reads(&draft);
        ed.presses("Propose it", &[("note", "A first lesson in French.")]);
        ada.reads(&draft);
        ada.presses("Publish it", &[]);
        ada.page().must_say("Edition 2");

        lena.reads("/my-training/B10");
        lena.presses("français (1 of 3 lessons)", &[]);
        lena.reads("/my-training/B10/lessons/1");
        lena.page().must_say("Voici les règles de la maison.");
        lena.reads("/my-training/B10/lessons/2");
        lena.page().must_say("not translated");

        ed.reads("/courses/B10");
        ed.presses("Change this course", &[]);
        let draft = address(&ed);
        let body = pupil::course("B10").lessons[0].body.clone();
        ed.reads(&format!("{draft}/parts/lessons/{lesson}.md"));
        ed.presses(
            "Save",
            &[("text", &format!("{body}\nAsk when you are not sure.\n"))],
        );
        ed.reads(&format!("{draft}/languages/fr"));
        ed.page().must_say("behind: the original has changed");
        ed.reads(&draft);
        let part = format!("{draft}/languages/fr/lesson/{lesson}");
        assert!(
            ed.page().links().iter().any(|(_, href)| *href == part),
            "what is behind leads to its form"
        );
        ed.reads(&part);
        ed.page().must_say("Ask when you are not sure.");
    });
}
