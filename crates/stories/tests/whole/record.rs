//! My record: what somebody is told about themselves, the copy they take, the correction they ask for, and what they sign.

use std::io::{Cursor, Read};

use stories::cast::{LENA, MAX};
use stories::{Browser, World};

use crate::pupil;

#[test]
fn somebody_sees_signs_takes_and_corrects_what_is_recorded_about_them() {
    World::story(|w| {
        let mut ada = w.set_up();
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B02", LENA.name);
        lena.page().must_say("It is on its way to you by mail, too.");
        w.runs_jobs();
        let letters = w.letters(LENA.email);
        let receipt = letters
            .iter()
            .find(|letter| letter.contains("You signed this statement on"))
            .expect("a receipt");
        assert!(
            !receipt.contains("/sign-in/"),
            "a receipt lets nobody in: {receipt}"
        );

        lena.reads("/my-record").must_say("Letters sent to you");
        for told in [
            "Your certificates and receipts",
            "Who can see what about you",
            "receipt",
            "taken by the mail server",
            "You agreed on",
            "for everyone",
        ] {
            lena.page().must_say(told);
        }
        lena.presses("Take a copy of everything (ZIP)", &[]);
        let mut zip = zip::ZipArchive::new(Cursor::new(lena.page().bytes.clone())).expect("an archive");
        let mut text = |name: &str| {
            let mut text = String::new();
            zip.by_name(name)
                .expect("the list is there")
                .read_to_string(&mut text)
                .expect("a list is text");
            text
        };
        assert!(text("README.txt").contains("signatures:"));
        assert!(text("roster.csv").contains(LENA.email));
        assert!(text("signatures.json").contains("name_typed"));
        assert!(text("letters.json").contains("You signed this statement on"));
        assert!(!text("letters-with-secrets.json").contains("/sign-in/"));
        assert!(!text("roster.csv").contains(MAX.email), "nobody else is in it");

        asks_for_a_correction(&mut lena, &mut ada);
        w.runs_jobs();
    });
}

fn asks_for_a_correction(lena: &mut Browser, ada: &mut Browser) {
    lena.reads("/my-record/corrections");
    lena.presses("Ask for a correction", &[("about", "roster"), ("asked", "")]);
    assert_eq!(lena.page().status, 422);
    lena.presses(
        "Ask for a correction",
        &[("about", "roster"), ("asked", "My title is another one.")],
    );
    lena.page().must_say("waits for an answer");
    ada.reads("/corrections")
        .must_say("1 request for a correction waits for an answer.");
    let link = ada
        .page()
        .links()
        .into_iter()
        .find(|(_, to)| to.starts_with("/corrections/cor_"))
        .expect("it can be opened")
        .1;
    assert_eq!(lena.opens(&link).status, 403, "the queue is for owners");
    ada.reads(&link).must_say("My title is another one.");
    ada.presses(
        "Answer",
        &[
            ("outcome", "at-the-source"),
            ("answer", "The personnel office knows."),
        ],
    );
    lena.reads("/my-record/corrections")
        .must_say("The personnel office knows.");
}

#[test]
fn nothing_is_signed_without_consent_and_nothing_after_it_is_withdrawn() {
    World::story(|w| {
        w.set_up();
        let mut lena = w.signs_in(LENA.email);
        let course = pupil::course("B02");
        pupil::reads_lessons(&mut lena, &course);
        pupil::starts(&mut lena, "B02");
        pupil::answers(w, &mut lena, &course, pupil::Manner::Right);
        lena.presses("Hand in my answers", &[]);
        lena.presses("Go on to the statement", &[]);
        lena.page().must_say("Before you sign here for the first time.");
        pupil::agrees(&mut lena);
        let statement = lena.page().path.clone();
        let is_name = |e: &stories::html::Element| e.attribute("name") == Some("name");
        let fields = lena.page().tree().all(&is_name);
        assert_eq!(fields.len(), 1, "a name is asked for");
        assert_eq!(
            fields[0].attribute("value").unwrap_or_default(),
            "",
            "no name is filled in"
        );
        lena.presses("Look it over", &[("name", LENA.name)]);
        let review = lena.page().path.clone();
        lena.reads("/consent")
            .must_say("You have agreed to sign electronically.");
        lena.presses("Withdraw", &[]);
        lena.page().must_say("What you signed before stays valid.");
        lena.reads(&review)
            .must_say("Before you sign here for the first time.");
        lena.reads(&statement)
            .must_say("Before you sign here for the first time.");

        // Another session of the same person has to be shown everything itself; an operator's link is marked as one.
        let mut elsewhere = w.signs_in(LENA.email);
        elsewhere.reads(&statement);
        pupil::agrees(&mut elsewhere);
        elsewhere
            .page()
            .must_say("One step is left: a statement to sign.");
        elsewhere.presses("Show the statement", &[]);
        pupil::signs(&mut elsewhere, LENA.name);
        elsewhere.page().must_say("You have completed");
        w.runs_jobs();
    });
}

#[test]
fn an_owner_or_a_stranger_to_an_attempt_signs_nothing_and_takes_no_badge() {
    World::story(|w| {
        let mut ada = w.set_up();
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B02", LENA.name);
        let receipt = lena.page().path.clone();
        let code = lena.page().link("See your certificate");
        lena.reads(&code).must_say("As an Open Badge");
        let badge = lena.presses("Download (Open Badges 3.0)", &[]).clone();
        assert_eq!(badge.header("content-type"), Some("application/vc+jwt"));
        lena.reads(&code);
        let same = lena.presses("Download (Open Badges 3.0)", &[]).clone();
        assert_eq!(badge.bytes, same.bytes, "a badge is the same to the byte");
        ada.reads(&code).must_not_say("As an Open Badge");
        for path in [format!("{code}/badge"), "/my-record/copy".to_owned()] {
            assert_eq!(ada.posts(&path, &[]).status, 403, "an owner who is on no roster");
        }
        assert_eq!(ada.opens(&receipt).status, 403);
        let mut max = w.signs_in(MAX.email);
        assert_eq!(max.posts(&format!("{code}/badge"), &[]).status, 404);
        assert_eq!(max.opens(&receipt).status, 404);
        let lena_is = person(w, LENA.email);
        let by_max = max.posts(&format!("/people/{lena_is}/copy"), &[]).status;
        assert_eq!(by_max, 403, "a manager takes no copy");
        let copy = ada.posts(&format!("/people/{lena_is}/copy"), &[]).clone();
        assert_eq!(copy.header("content-type"), Some("application/zip"));
        let mut stranger = w.visitor();
        assert_eq!(stranger.opens("/badges/issuer").status, 200);
        stranger.reads(&code).must_not_say("As an Open Badge");
        w.runs_jobs();
    });
}

fn person(w: &World, email: &str) -> String {
    let email = email.to_owned();
    let found = w.db().read_blocking(move |r| roster::person::by_email(r, &email));
    found.expect("read").first().expect("on the roster").to_string()
}
