//! The programme as its owner makes it: audiences with names, rules of every kind, what a change touches before it is
//! made, waivers that end early, and training that counts although it was done elsewhere or together.

use stories::cast::{ADA, CONNIE, ED, LENA};
use stories::{Browser, Chosen, World};

use crate::people::{owes_of, person_of};
use crate::roles::gives;

fn owes(w: &World, source_id: &'static str) -> Vec<String> {
    owes_of(w, &person_of(w, "hr", source_id))
}

fn names(ada: &mut Browser, path: &str, name: &str, said: &str) -> String {
    ada.reads(path);
    ada.presses("Look at who is in it", &[("name", name), ("said", said)]);
    ada.presses("Save this audience", &[]);
    ada.page().path.clone()
}

#[test]
fn an_audience_has_a_name_and_the_rules_that_go_by_it_follow_it() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/programme/audiences/new");
        ada.presses(
            "Add this condition to the text",
            &[
                ("name", "Sales"),
                ("add_field", "department"),
                ("add_value", "Sales"),
            ],
        );
        ada.presses("Look at who is in it", &[]);
        ada.page().must_say("3 of 5 people");
        ada.page().must_say("Lena Learner");
        ada.presses("Save this audience", &[]);
        let sales = ada.page().path.clone();
        ada.page().must_say("3 of 5 people are in it on 1 June 2026.");
        ada.reads(&format!("{sales}?as_of=2026-05-20"))
            .must_say("2 of 4 people are in it on 20 May 2026.");
        let id = sales.rsplit('/').next().expect("an id").to_owned();

        ada.reads("/programme/rules/new");
        let rule = [
            ("name", "Sales: D05"),
            ("course", "D05"),
            ("audience", "named"),
            ("named", id.as_str()),
        ];
        ada.presses("Look at who is in it", &rule);
        ada.page()
            .must_say("For 3 people of 5: 3 courses are owed newly.");
        let file = ada.page().form("All of it as CSV", None);
        assert_eq!(file.action.split('?').next(), Some("/programme/rules/change.csv"));
        ada.presses("Save this rule", &[]);
        w.runs_jobs();
        assert_eq!(
            owes(w, LENA.source_id),
            ["B02 2026-06-08", "B10 2026-06-08", "D05 2026-06-17"]
        );

        ada.reads(&format!("/programme/audiences/new?id={id}"));
        ada.presses(
            "Look at who is in it",
            &[("said", "department is sales and not kind is contractor")],
        );
        ada.page().must_say("Who would go out");
        ada.page().must_say("Connie Contractor");
        ada.page()
            .must_say("For 1 person of 5: 1 course is owed no longer.");
        assert_eq!(
            owes(w, CONNIE.source_id),
            ["B02 2026-06-01", "B10 2026-06-01", "D05 2026-06-24"],
            "looking changes nothing"
        );
        ada.presses("Save this audience", &[]);
        w.runs_jobs();
        assert_eq!(owes(w, CONNIE.source_id), ["B02 2026-06-01", "B10 2026-06-01"]);
        assert_eq!(
            owes(w, LENA.source_id),
            ["B02 2026-06-08", "B10 2026-06-08", "D05 2026-06-17"],
            "as before"
        );
    });
}

#[test]
fn what_happened_is_asked_of_those_who_were_there_and_of_nobody_who_comes_later() {
    World::story(|w| {
        let mut ada = w.set_up();
        names(
            &mut ada,
            "/programme/audiences/new",
            "Contractors",
            "kind is contractor",
        );
        ada.reads("/programme/rules/new");
        let event = [
            ("name", "After the incident"),
            ("course", "D05"),
            ("audience", "written"),
            ("written", "department is security"),
            ("by", "event"),
            ("onboarding_days", "10"),
            ("refresh_days", ""),
            ("from_on", "2026-06-01"),
            ("why", "A phishing mail got through on 28 May."),
        ];
        ada.presses("Look at who is in it", &event);
        ada.page().must_say("2 courses are owed newly");
        ada.presses("Save this rule", &[]);
        w.runs_jobs();
        let mine = owes(w, ADA.source_id);
        assert!(mine.contains(&"D05 2026-06-11".to_owned()), "{mine:?}");
        let mut ed = w.signs_in(ED.email);
        ed.reads("/my-training")
            .must_say("A phishing mail got through on 28 May.");
        assert!(!owes(w, LENA.source_id).iter().any(|one| one.starts_with("D05")));
        ada.reads("/programme");
        ada.follows("End");
        ada.page().must_say("owed no longer");
        ada.reads("/programme/default").must_say("wait for their courses");
    });
}

#[test]
fn training_done_elsewhere_is_sent_in_by_the_person_and_counts_once_somebody_else_accepted_it() {
    World::story(|w| {
        let mut ada = w.set_up();
        gives(&mut ada, ED, "editor");
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training/outside");
        let form = [
            ("course", "B02"),
            ("done_on", "2026-05-30"),
            ("provider", "Academy"),
        ];
        let document = |bytes: &'static [u8]| Chosen {
            field: "document",
            name: "certificate.pdf",
            bytes,
        };
        lena.uploads("Send it in", &form, document(b"<html>not a certificate</html>"));
        lena.page()
            .must_say("The document has to be a PDF, a PNG or a JPEG.");
        lena.uploads("Send it in", &form, document(b"%PDF-1.7 a certificate"));
        lena.page()
            .must_say("One document is waiting for somebody to look at it.");
        assert_eq!(lena.opens("/outside-training").status, 403);

        let mut ed = w.signs_in(ED.email);
        ed.reads("/outside-training")
            .must_say("One document is waiting to be reviewed.");
        ed.follows("Lena Learner");
        let shown = ed.page().path.clone();
        let file = ed.fetches(&format!("{shown}/document"));
        assert_eq!(file.header("content-type"), Some("application/octet-stream"));
        assert!(
            file.header("content-disposition")
                .is_some_and(|value| value.starts_with("attachment;"))
        );
        ed.reads(&shown);
        ed.presses(
            "Accept it",
            &[
                ("until", "2027-05-29"),
                ("finding", "The same topics, with a test."),
            ],
        );
        w.runs_jobs();
        assert_eq!(owes(w, LENA.source_id), ["B10 2026-06-08"]);
        lena.reads("/my-training/outside")
            .must_say("The same topics, with a test.");
    });
}

#[test]
fn a_live_session_completes_the_course_of_those_who_had_understood() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/live-sessions/new");
        let session = [
            ("course", "B10"),
            ("method", "classroom"),
            ("held_on", "2026-06-01"),
            ("place", "Room 4"),
            ("minutes", "30"),
            ("trainer", "Tove Trainer"),
            ("topics", "Whom to call."),
        ];
        ada.presses("Put it down", &session);
        ada.presses(
            "Show the list",
            &[("people", "lena@cast.example\nmax@cast.example")],
        );
        ada.page().must_say("Sign for it");
        let lena = person_of(w, "hr", LENA.source_id).to_string();
        let max = person_of(w, "hr", "4").to_string();
        let signed = [
            ("attended", lena.as_str()),
            ("attended", max.as_str()),
            ("understood", lena.as_str()),
            ("checked", "questions"),
            ("statement", "Each was asked whom to call."),
        ];
        ada.presses("Sign for this session", &signed);
        ada.page()
            .must_say("Type your own name as it is known here: Ada Owner.");
        let mut again = signed.to_vec();
        again.push(("signed_name", "Ada Owner"));
        ada.presses("Sign for this session", &again);
        ada.page().must_say("2 of 2 came, and 1 completed B10.");
        w.runs_jobs();
        assert_eq!(owes(w, LENA.source_id), ["B02 2026-06-08"]);
        let mut learner = w.signs_in(LENA.email);
        learner.reads("/my-training").must_say("In a live session");
    });
}

#[test]
fn a_waiver_ends_early_and_is_listed_while_it_holds() {
    World::story(|w| {
        let mut ada = w.set_up();
        let lena = person_of(w, "hr", LENA.source_id);
        ada.reads(&format!("/people/{lena}/waivers/new"));
        let waiver = [
            ("course", "B02"),
            ("reason", "At sea."),
            ("compensating", "No access."),
            ("until", "2026-06-20"),
        ];
        ada.presses("Grant the waiver", &waiver);
        ada.reads("/waivers").must_say("One waiver holds.");
        ada.page().must_say("ends soon");
        ada.follows("End");
        ada.presses("End the waiver", &[("reason", "She is back.")]);
        ada.page().must_say("No waiver holds.");
        ada.reads(&format!("/people/{lena}")).must_say("She is back.");
        ada.reads("/programme/equivalences");
        let same = [
            ("course", "D05"),
            ("edition_min", "1"),
            ("counts_for", "B02"),
            ("from_on", "2026-06-01"),
            ("reason", "It covers it."),
        ];
        ada.presses("Decide it", &same);
        ada.page().must_say("One course counts for another.");
        w.runs_jobs();
    });
}
