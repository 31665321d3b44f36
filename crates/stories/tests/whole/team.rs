//! A manager sees how their people stand and never what they answered, asks them kindly, and lets somebody stand in.

use stories::World;
use stories::cast::{ADA, CONNIE, ED, LENA, MAX};

use crate::{pupil, roles, rows};

#[test]
fn a_manager_sees_their_people_through_three_levels_and_nobody_else() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, MAX, "manager");
        let mut max = w.signs_in(MAX.email);
        max.reads("/");
        max.follows("My team");
        max.page()
            .must_say("Nobody in your team of 2 is overdue; 2 have something open.");
        for who in [LENA, CONNIE] {
            assert!(max.page().row(who.name).is_some(), "{} reports to Max", who.name);
        }
        for who in [ADA, ED, MAX] {
            assert!(
                max.page().row(who.name).is_none(),
                "{} does not report to Max",
                who.name
            );
        }
        let lena_page = max.page().link(LENA.name);
        let mut lena = w.signs_in(LENA.email);
        for path in ["/team", lena_page.as_str(), "/team/delegations"] {
            assert_eq!(lena.opens(path).status, 403, "{path}");
        }

        let before = rows::counts(w);
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B10", LENA.name);
        w.runs_jobs();
        assert!(rows::counts(w) != before);
        max.reads(&lena_page);
        max.page().must_say("done in time");
        for secret in ["score", "%", "marks", "attempt"] {
            assert!(
                !max.page().text().to_lowercase().contains(secret),
                "the page says {secret}"
            );
        }

        roles::gives(&mut ada, ADA, "manager");
        ada.reads("/team");
        let row = ada
            .page()
            .row(LENA.name)
            .expect("Lena reports to Ada through Max");
        assert!(row.contains("through 1 other"), "{row}");
        // An owner sees everybody elsewhere, but Max's boss is nobody in Max's team.
        let ada_page = ada.page().link(MAX.name);
        assert_eq!(max.opens(&ada_page).status, 404);
    });
}

#[test]
fn a_nudge_is_a_kind_letter_and_there_are_not_many() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, MAX, "manager");
        let mut max = w.signs_in(MAX.email);
        max.reads("/team");
        let lena_page = max.page().link(LENA.name);
        max.reads(&lena_page);
        max.presses("Nudge Lena Learner", &[]);
        max.page().must_say("A letter to Lena Learner is on its way.");
        w.runs_jobs();
        let letters = w.letters(LENA.email);
        let letter = letters.last().expect("a letter came");
        assert!(letter.contains("Max Manager asks you"), "{letter}");
        assert!(
            !letter.contains("http") && !letter.to_lowercase().contains("urgent"),
            "{letter}"
        );
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training");
        lena.page()
            .must_say("Max Manager asked you on 1 June 2026 to look at what is open.");

        // Not again for three days, whoever asks and however.
        let count = w.letters(LENA.email).len();
        max.posts(&format!("{lena_page}/nudges"), &[]);
        max.page().must_say("was asked within the last 3 days");
        roles::gives(&mut ada, ADA, "manager");
        ada.posts(&format!("{lena_page}/nudges"), &[]);
        ada.page().must_say("was asked within the last 3 days");
        w.runs_jobs();
        assert_eq!(w.letters(LENA.email).len(), count);
        w.days_pass(3);
        let mut max = w.signs_in(MAX.email);
        max.posts(&format!("{lena_page}/nudges"), &[]);
        max.page().must_say("is on its way");

        // Saturday.
        w.at("2026-06-13");
        let mut max = w.signs_in(MAX.email);
        max.posts(&format!("{lena_page}/nudges"), &[]);
        max.page()
            .must_say("Nobody is written to on a weekend or a holiday, and today is one where Lena Learner works. Ask from 15 June 2026.");

        // Nobody nudges whom they do not look after.
        let mut connie = w.signs_in(CONNIE.email);
        assert_eq!(connie.posts(&format!("{lena_page}/nudges"), &[]).status, 403);
    });
}

#[test]
fn somebody_stands_in_for_a_manager_until_the_day_and_no_longer() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, MAX, "manager");
        let mut max = w.signs_in(MAX.email);
        let mut ed = w.signs_in(ED.email);
        assert_eq!(ed.opens("/team").status, 403);
        max.reads("/team");
        max.follows("Let somebody look after my team");
        max.presses(
            "Let them look after my team",
            &[("email", "nobody@cast.example"), ("until", "2026-06-10")],
        );
        max.page()
            .must_say("Nobody who works here today has this address.");
        max.presses(
            "Let them look after my team",
            &[("email", MAX.email), ("until", "2026-06-10")],
        );
        max.page().must_say("You look after your people already.");
        max.presses(
            "Let them look after my team",
            &[("email", ED.email), ("until", "2026-05-31")],
        );
        max.page().must_say("Choose a last day");
        max.presses(
            "Let them look after my team",
            &[("email", ED.email), ("until", "2026-06-10")],
        );
        max.page().must_say("One person looks after your team with you.");
        w.runs_jobs();
        let letters = w.letters(ED.email);
        let told = letters
            .iter()
            .find(|one| one.contains("Max Manager asks you to look after"));
        let told = told.expect("a letter came").replace("=\r\n", "");
        for words in [
            "Max Manager asks you to look after",
            "Wednesday, 10 June 2026",
            "no link",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(!told.contains("http"), "{told}");
        ed.reads("/team");
        assert!(ed.page().row(LENA.name).is_some());
        assert_eq!(
            ed.opens("/team/delegations").status,
            403,
            "it cannot be handed on"
        );
        w.at("2026-06-10");
        w.signs_in(ED.email).reads("/team");
        w.at("2026-06-11");
        assert_eq!(
            w.signs_in(ED.email).opens("/team").status,
            403,
            "it ended by itself"
        );

        let mut max = w.signs_in(MAX.email);
        max.reads("/team/delegations");
        max.presses(
            "Let them look after my team",
            &[("email", ED.email), ("until", "2026-06-30")],
        );
        max.presses("Take back", &[]);
        max.page().must_say("Nobody looks after your team for you.");
        assert_eq!(w.signs_in(ED.email).opens("/team").status, 403);
    });
}
