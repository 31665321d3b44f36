//! What an edition's questions are worth: judged by first attempts, shown to those who write courses, and never anybody's.

use stories::World;
use stories::cast::{ED, LENA, MAX};

use crate::pupil;

#[test]
fn an_editor_sees_how_questions_do_and_nobody_sees_whose_answers_they_were() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/courses/B02");
        ada.follows("How the questions do, and which to mend first");
        ada.page().must_say("Nobody has handed in edition 1 of B02 yet.");

        let mut lena = w.signs_in(LENA.email);
        pupil::starts(&mut lena, "B02");
        pupil::answers(w, &mut lena, &pupil::course("B02"), pupil::Manner::Wrong);
        lena.presses("Hand in my answers", &[]);
        lena.page().must_say("Not yet");

        ada.reads("/courses/B02/editions/1/item-analysis");
        ada.page()
            .must_say("1 person has handed in; no question has 10 answers yet.");
        let text = ada.page().text();
        assert!(!text.contains("Lena") && !text.contains("0 of 1"), "{text}");
        ada.reads("/courses/B02/editions/1/item-analysis/json");
        let json = String::from_utf8_lossy(&ada.page().bytes).into_owned();
        assert!(
            json.contains("\"people\":1") && json.contains("\"facility\":null"),
            "{json}"
        );
        assert!(!json.contains("per_") && !json.contains("acc_"), "{json}");

        for path in ["", "/csv", "/json", "/questions/x"] {
            let path = format!("/courses/B02/editions/1/item-analysis{path}");
            assert_eq!(lena.opens(&path).status, 403, "{path}");
            let mut max = w.signs_in(MAX.email);
            assert_eq!(max.opens(&path).status, 403, "{path}");
        }
        assert_eq!(ada.opens("/courses/B02/editions/9/item-analysis").status, 404);
        assert_eq!(
            ada.opens("/courses/B02/editions/1/item-analysis/questions/none")
                .status,
            404
        );
        let mut ed = w.signs_in(ED.email);
        ed.opens("/courses/B02/editions/1/item-analysis?from=2026-06-02&to=2026-06-01");
        assert!(ed.page().status == 403 || ed.page().text().contains("Give both days"));
    });
}
