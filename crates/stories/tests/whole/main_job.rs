//! The main job, whole: two lists and a history become an answer to an auditor that a stranger can check.

use std::io::Cursor;

use controls::Predicate;
use evidence::status::Period;
use evidence::{Finding, Outcome};
use seal::Trust;
use stories::{Browser, World};

use crate::lindqvist::{self, SOFIE};
use crate::pupil;
use crate::reckoning::{answered, day, line, over};

#[test]
fn two_lists_and_a_history_become_two_packs_that_verify() {
    World::story(|w| {
        let mut ada = lindqvist::begin(w);
        ada.reads("/people")
            .must_say("11 people are here on 1 June 2026.");
        ada.reads("/programme").must_say("3 rules say what");
        sofie_learns(w);

        w.minutes_pass(10);
        w.runs_jobs();
        let year = answered(w, over("2026-01-01", "2027-01-01"));
        must_be_reckoned(&year.checks);
        let today = answered(w, Period::AsOf(day("2026-06-01")));
        assert_eq!(
            developers(&today.checks, "soc2").passing,
            3,
            "Jürgen, Sofie and Priya are in date today"
        );
        ada.reads("/");
        ada.page().h1();

        let fingerprints = two_packs_verify(w, &mut ada);
        assert_eq!(
            fingerprints[0], fingerprints[1],
            "one key signs for the organisation"
        );
        w.runs_jobs();
    });
}

#[test]
fn a_program_that_is_older_than_the_review_of_its_courses_still_starts_an_organisation_off() {
    World::story(|w| {
        w.at("2028-01-10");
        let mut ada = w.set_up();
        ada.reads("/programme").must_say("3 rules say what");
        ada.reads("/courses").must_say("was due 23 Nov 2027");
    });
}

/// Ada takes a pack for each framework away in her browser, and somebody else checks them, with the keys that came with
/// them and with the key the organisation publishes.
fn two_packs_verify(w: &World, ada: &mut Browser) -> Vec<String> {
    let mut published = w.visitor();
    let vkey = String::from_utf8(published.reads("/log/vkey").bytes.clone()).expect("a key is text");
    let by = |bytes: &[u8], trust: Trust| seal::verify(Cursor::new(bytes), &trust);
    let mut signers = Vec::new();
    for framework in ["iso27001", "soc2"] {
        ada.reads("/packs");
        let window = [
            ("framework", framework),
            ("from", "2026-01-01"),
            ("to", "2027-01-01"),
        ];
        let pack = ada.presses("Build and download", &window).clone();
        assert_eq!(
            pack.header("content-type"),
            Some("application/zip"),
            "{framework}"
        );
        let verdict = by(&pack.bytes, Trust::default());
        assert!(
            verdict.is_verified(),
            "{framework}: {:#?}",
            verdict.claims.first()
        );
        let trust = Trust {
            vkey: Some(vkey.trim().to_owned()),
            fingerprint: None,
        };
        assert!(
            by(&pack.bytes, trust).is_verified(),
            "{framework}: by the published key"
        );
        // Whoever expects another key is told that this is not it.
        let other = Trust {
            fingerprint: Some("SHA256:AAAA".to_owned()),
            vkey: None,
        };
        assert!(
            !by(&pack.bytes, other).is_verified(),
            "{framework}: by a wrong key"
        );
        let signer = verdict.claims.iter().find(|claim| claim.claim == "signer");
        signers.push(signer.expect("the signer is a claim").detail.clone());
    }
    ada.reads("/packs").must_say("2 evidence packs have been built.");
    signers
}

/// Sofie Brandt signs in by a letter, takes the developers' course she owes, signs, and is given a certificate that
/// anybody can check.
fn sofie_learns(w: &World) {
    let mut sofie = w.signs_in(SOFIE.email);
    sofie.reads("/my-training").must_say(&pupil::course("D05").title);
    pupil::completes(w, &mut sofie, "D05", SOFIE.name);
    w.runs_jobs();
    let code = sofie.page().link("See your certificate");
    sofie.reads(&code).must_say("Sofie Brandt has completed");
    let mut stranger = w.visitor();
    stranger.reads(&code).must_say("Sofie Brandt has completed");
    stranger.page().must_say("1 June 2026");
    stranger.page().must_not_say(SOFIE.email);
    assert_eq!(
        stranger.opens("/certificates/AAAA-AAAA-AAAA").status,
        404,
        "there is no such certificate"
    );
    sofie.reads("/my-training");
    assert!(
        !sofie.page().says("overdue"),
        "what was owed is owed no longer: {}",
        sofie.page().text()
    );
}

/// D05 is for those whose title has engineer or developer in it: Jürgen, Sofie, Amadou, Tom, Priya, Oskar. Jürgen's, of
/// 20 November 2025, runs out on its anniversary. Sofie, who owed it by 3 March, did it today, on 1 June. Tom left
/// without. Only Priya was in time and stays in date.
fn must_be_reckoned(checks: &[Finding]) {
    for framework in ["iso27001", "soc2"] {
        let developers = developers(checks, framework);
        let lines: Vec<String> = developers.exceptions.iter().map(|e| line(&e)).collect();
        assert_eq!(
            lines,
            [
                "4102 not covered 2026-11-20 to 2027-01-01",
                "4103 not covered 2026-03-04 to 2026-06-01",
                "4103 due 2026-03-03 done 2026-06-01",
                "4104 not covered 2026-05-14 to 2027-01-01",
                "4104 due 2026-05-13 done never",
                "4108 not covered 2026-01-01 to 2026-02-01",
                "C-202 not covered 2026-06-25 to 2027-01-01",
                "C-202 due 2026-06-24 done never",
            ]
        );
        assert_eq!(
            (developers.population, developers.passing, developers.status),
            (6, 1, Outcome::NotMet)
        );
    }
}

fn developers<'a>(checks: &'a [Finding], framework: &str) -> &'a Finding {
    let is_asked = |f: &&Finding| {
        f.framework == framework
            && f.predicate == Predicate::P03
            && f.parameters.role.as_deref() == Some("developer")
            && f.parameters.days == Some(30)
    };
    checks
        .iter()
        .find(is_asked)
        .expect("the framework asks about developers")
}
