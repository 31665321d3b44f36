//! A supplier on the roster that nobody registered, then registered, then covered by training of its own, for as long as that counts.

use controls::Predicate;
use db::Moment;
use evidence::status::{Asked, status};
use stories::cast::ADA;
use stories::{Browser, Chosen, World};

use crate::people::{owes_of, person_of};
use crate::reckoning::{finding, line, over};

/// Two people of a supplier, known by two of its names, and one of nobody's register.
const OUTSIDE: &str = "source_id,full_name,person_type,start_date,employer_or_vendor\n\
    f1,Uma Usher,vendor_staff,2026-06-01,Agency GmbH\n\
    f2,Vic Voss,contractor,2026-06-01,THE AGENCY\n\
    f3,Wes Wild,vendor_staff,2026-06-01,Window Cleaners\n";

fn begins(w: &mut World) -> Browser {
    let mut ada = w.set_up();
    w.applies(&mut ada, "fieldglass", "outside.csv", OUTSIDE.as_bytes());
    w.runs_jobs();
    ada
}

fn registers(ada: &mut Browser, changed: &[(&'static str, &'static str)]) {
    ada.reads("/suppliers/new");
    let mut filled = vec![
        ("name", "Agency GmbH"),
        ("names", "The Agency"),
        ("owner", ADA.email),
        ("touches", "Build servers"),
        ("access", "yes"),
        ("from_on", "2026-01-01"),
        ("to_on", "2026-12-31"),
        ("coverage", "own"),
    ];
    filled.retain(|(name, _)| !changed.iter().any(|(other, _)| name == other));
    filled.extend(changed);
    ada.presses("Save", &filled);
}

fn accepts(ada: &mut Browser, supplier: &str, covers_to: &str) {
    ada.reads(&format!("/acceptances/new?supplier={supplier}"));
    ada.uploads(
        "Accept it",
        &[
            ("people_as_of", "2026-06-10"),
            ("reference", "CONTRACTS-112"),
            ("courses", "B02"),
            ("courses", "B10"),
            ("covers_from", "2026-06-10"),
            ("covers_to", covers_to),
            ("finding", "The same topics, with a test of twenty questions."),
        ],
        Chosen {
            field: "document",
            name: "certificate.pdf",
            bytes: b"a certificate",
        },
    );
}

/// The lines of P24 about somebody, in a window, as it is known now or was known then.
fn gaps_known(w: &World, window: (&str, &str), source_id: &str, known_at: Option<Moment>) -> Vec<String> {
    let asked = Asked {
        frameworks: vec!["iso27001".to_owned()],
        period: over(window.0, window.1),
        known_at,
    };
    let status = w.db().read_blocking(move |r| status(r, &asked));
    let status = status.expect("the status can be reckoned");
    let found = finding(&status, Predicate::P24);
    let lines = found.exceptions.iter().map(|e| line(&e));
    lines
        .filter(|line| line.starts_with(&format!("{source_id} ")))
        .collect()
}

fn gaps(w: &World, window: (&str, &str), source_id: &str) -> Vec<String> {
    gaps_known(w, window, source_id, None)
}

#[test]
fn a_suppliers_own_training_counts_for_as_long_as_its_evidence() {
    World::story(|w| {
        let mut ada = begins(w);
        ada.reads("/suppliers");
        ada.page()
            .must_say("No supplier is registered. 3 employers on the roster are missing.");
        registers(&mut ada, &[]);
        ada.page()
            .must_say("Agency GmbH. 2 of its people are here today.");
        ada.page().must_say("no evidence of it was accepted yet");
        let supplier = ada.page().path.trim_start_matches("/suppliers/").to_owned();
        ada.reads("/suppliers");
        ada.page()
            .must_say("1 supplier is registered. 1 needs attention. 1 employer on the roster is missing.");
        ada.page().must_say("Window Cleaners");
        let (uma, wes) = (person_of(w, "fieldglass", "f1"), person_of(w, "fieldglass", "f3"));
        assert_eq!(owes_of(w, &uma), ["B02 2026-06-08", "B10 2026-06-08"]);

        w.at("2026-06-20");
        let mut ada = w.signs_in(ADA.email);
        accepts(&mut ada, &supplier, "2026-08-31");
        ada.page()
            .must_say("Accepted for 2 people, and counts until 31 August 2026.");
        ada.page().must_say("We did not see it.");
        let acceptance = ada.page().path.clone();
        w.runs_jobs();
        assert_eq!(owes_of(w, &uma), [] as [&str; 0], "nothing is open until it ends");
        assert_eq!(
            owes_of(w, &wes),
            ["B02 2026-06-08", "B10 2026-06-08"],
            "nobody else is covered by it"
        );
        ada.reads(&format!("/people/{uma}"));
        ada.page().must_say("accepted:");

        w.at("2026-09-20");
        w.runs_jobs();
        assert_eq!(
            gaps(w, ("2026-06-01", "2026-09-01"), "f1"),
            [] as [&str; 0],
            "it counted until its last day"
        );
        let after = gaps(w, ("2026-06-01", "2026-09-20"), "f1");
        assert!(after.len() == 1 && after[0].contains("2026-09-01"), "{after:?}");
        assert!(!gaps(w, ("2026-06-01", "2026-09-01"), "f3").is_empty());
        assert_eq!(owes_of(w, &uma), ["B02 2026-09-01", "B10 2026-09-01"]);
        let mut ada = w.signs_in(ADA.email);
        ada.reads("/suppliers");
        ada.page().must_say("evidence over");

        // It turns out to be somebody else's certificate: as it is known now, it never counted.
        let before = w.db().now();
        w.moment_passes();
        ada.reads(&acceptance);
        ada.presses(
            "End the acceptance",
            &[
                ("ended_on", "2026-06-10"),
                ("reason", "It is of another company."),
            ],
        );
        ada.page().must_say("it never counts");
        w.runs_jobs();
        assert!(!gaps(w, ("2026-06-01", "2026-09-01"), "f1").is_empty());
        let then = gaps_known(w, ("2026-06-01", "2026-09-01"), "f1", Some(before));
        assert_eq!(then, [] as [&str; 0], "as it was known then, it counted");
    });
}

#[test]
fn nobody_reviews_what_is_about_themselves_and_evidence_has_an_end() {
    World::story(|w| {
        begins(w);
        w.at("2026-06-20");
        let mut ada = w.signs_in(ADA.email);
        let mut form = |whom: &str, changed: &[(&'static str, &'static str)]| {
            let mut filled = vec![
                ("people", whom),
                ("people_as_of", "2026-06-10"),
                ("reference", "CONTRACTS-112"),
                ("courses", "B02"),
                ("covers_from", "2026-06-10"),
                ("covers_to", "2026-12-31"),
                ("finding", "Read."),
            ];
            filled.retain(|(name, _)| !changed.iter().any(|(other, _)| name == other));
            filled.extend(changed);
            ada.reads("/acceptances/new");
            ada.presses("Accept it", &filled);
            ada.page().text()
        };
        assert!(form(ADA.email, &[]).contains("nobody reviews their own training"));
        assert!(form("f1", &[("covers_to", "")]).contains("Write the day as"));
        assert!(form("f1", &[("covers_to", "2026-06-01")]).contains("before the day it was done"));
        assert!(form("f1", &[("covers_to", "2036-06-01")]).contains("three years at most"));
        assert!(form("f1", &[("covers_from", "2026-07-01")]).contains("in the future"));
        assert!(form("nobody@here.example", &[]).contains("Nobody on the roster is known by"));
        assert!(form("", &[]).contains("Nobody is named"));
        assert!(form("f1", &[]).contains("Accepted for 1 person"));
        w.runs_jobs();
    });
}

#[test]
fn the_register_finds_what_needs_attention() {
    World::story(|w| {
        let mut ada = begins(w);
        registers(&mut ada, &[("coverage", "out"), ("owner", "")]);
        ada.page().must_say("Say why its people are out of scope");
        registers(
            &mut ada,
            &[
                ("coverage", "out"),
                ("reason", "They only clean."),
                ("approver", ADA.email),
            ],
        );
        ada.page()
            .must_say("Whoever answers for the supplier cannot approve");
        registers(
            &mut ada,
            &[("to_on", "2026-05-31"), ("owner", ""), ("coverage", "courses")],
        );
        ada.page()
            .must_say("The contract was over on 31 May 2026, and 2 of its people are still here.");
        ada.page().must_say("Nobody inside answers for it.");
        registers(&mut ada, &[]);
        ada.page().must_say("is registered already");
        let mut lena = w.signs_in(stories::cast::LENA.email);
        assert_eq!(lena.opens("/suppliers").status, 403);
        assert_eq!(lena.opens("/acceptances").status, 403);
        w.runs_jobs();
    });
}
