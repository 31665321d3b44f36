//! A panel sets a pass mark: each judge alone, the outcome for all, a decision with a reason, and the edition as it was.

use stories::cast::{ED, LENA, MAX};
use stories::{Browser, World};

use crate::{pupil, roles};

const PANEL: &str = "/courses/B02/editions/1/panel";

fn judges(browser: &mut Browser, percent: &str) {
    browser.reads(PANEL);
    browser.follows("Judge the questions");
    let course = pupil::course("B02");
    let said: Vec<(&str, &str)> = course
        .questions
        .iter()
        .filter(|question| question.pool == curriculum::Pool::Course)
        .map(|question| (question.id.as_str(), percent))
        .collect();
    browser.presses("Keep my judgement", &said);
}

#[test]
fn judges_judge_alone_and_what_they_come_to_changes_no_edition() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, ED, "editor");
        let (mut ed, mut lena) = (w.signs_in(ED.email), w.signs_in(LENA.email));
        assert_eq!(lena.opens(PANEL).status, 403);
        ada.reads("/courses/B02");
        ada.follows("A panel on the pass mark");
        ada.presses("Open a panel", &[]);
        ada.page().must_say("The panel is open, and nobody is asked yet.");
        for who in [ED, LENA] {
            ada.presses("Ask them to judge", &[("email", who.email)]);
            ada.page().must_say("They are invited.");
        }
        ed.reads(PANEL);
        ed.presses("Ask them to judge", &[("email", MAX.email)]);
        ed.page().must_say("neither editor nor owner");

        lena.reads(PANEL);
        lena.follows("Judge the questions");
        let first = pupil::course("B02").questions[0].id.clone();
        lena.presses("Keep my judgement", &[(first.as_str(), "101")]);
        lena.page()
            .must_say("Question 1: give a whole number from 0 to 100");
        lena.presses("Keep my judgement", &[(first.as_str(), "60")]);
        lena.page().must_say("1 of ");
        judges(&mut ed, "80");
        lena.reads(PANEL);
        lena.page().must_say("1 of 2 judges are through.");
        lena.page().must_not_say("come to");
        judges(&mut lena, "60");
        lena.page().must_say("2 judges come to a pass mark of 70 %.");
        lena.page().must_not_say("Recommend a pass mark");
        assert_eq!(
            lena.posts(
                &format!("{PANEL}/decisions"),
                &[("pass_mark", "10"), ("reason", "Easier.")]
            )
            .status,
            403
        );

        ada.reads(PANEL);
        ada.page().must_say("2 judges say little.");
        ada.presses(
            "Record the recommendation",
            &[("pass_mark", "70"), ("reason", "")],
        );
        ada.page().must_say("Say in a sentence or two why");
        ada.presses(
            "Record the recommendation",
            &[
                ("pass_mark", "70"),
                ("reason", "The judges agreed after talking."),
            ],
        );
        ada.page().must_say("this edition stays as it is");
        ada.page().must_say("The judges agreed after talking.");
        ada.reads("/courses/B02/editions/1");
        ada.page()
            .must_say(&format!("{} % to pass", pupil::course("B02").pass_mark));
    });
}
