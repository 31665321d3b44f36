//! Reminders as people meet them: switched on after looking, one letter a day, told to a manager, held back with a reason.

use stories::cast::{ADA, AUDE, LENA, MAX};
use stories::{Browser, World};

use crate::{pupil, roles, rows};

/// Switches reminders on, by way of what they would do.
fn switches_on(w: &World, ada: &mut Browser) {
    ada.reads("/reminders/setting");
    let before = rows::counts(w);
    ada.presses(
        "Show what it would do today",
        &[("contact", "Ada, ada@cast.example")],
    );
    ada.page().must_say("people would get a letter");
    assert_eq!(rows::counts(w), before, "looking changes nothing");
    ada.presses("Save it as it stands", &[]);
    ada.page().must_say("Saved.");
}

fn day_at_nine(w: &mut World, day: &str) {
    w.at(day);
    w.minutes_pass_with_jobs(1);
}

fn about_training(w: &World, email: &str) -> Vec<String> {
    let mut letters = w.letters(email);
    letters.retain(|letter| letter.contains("Security training"));
    letters
}

#[test]
fn an_owner_looks_switches_it_on_and_everybody_gets_one_letter() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/reminders").must_say("Nobody is reminded yet.");
        w.minutes_pass_with_jobs(30);
        assert!(about_training(w, LENA.email).is_empty(), "nobody asked for it");

        ada.reads("/reminders/setting");
        let wrong = ada.presses(
            "Show what it would do today",
            &[("before", "soon"), ("contact", "")],
        );
        assert_eq!(wrong.status, 422);
        wrong.must_say("Write whole numbers of days");
        // Whoever says where they live has not asked for silence.
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-reminders");
        lena.presses("Save", &[("zone", "Europe/Berlin")]);
        switches_on(w, &mut ada);
        w.minutes_pass_with_jobs(30);
        let letters = about_training(w, LENA.email);
        assert_eq!(letters.len(), 1, "{letters:?}");
        for words in [
            "Hello Lena",
            "https://",
            "minutes",
            "Ada, ada@cast.example",
            "no password",
        ] {
            assert!(letters[0].contains(words), "{words}: {}", letters[0]);
        }
        w.minutes_pass_with_jobs(60);
        assert_eq!(about_training(w, LENA.email).len(), 1, "one a day");

        ada.reads("/reminders").must_say("The relay said");
        roles::gives(&mut ada, AUDE, "auditor");
        let mut aude = w.signs_in(AUDE.email);
        aude.reads("/reminders?show=written").must_say("Lena Learner");
        assert!(
            !aude
                .page()
                .links()
                .iter()
                .any(|(_, href)| href == "/reminders/setting")
        );
        assert_eq!(aude.opens("/reminders/setting").status, 403);
        let mut lena = w.signs_in(LENA.email);
        assert_eq!(lena.opens("/reminders").status, 403);
        lena.reads("/my-reminders").must_say("When it was assigned");
    });
}

#[test]
fn what_is_done_is_not_spoken_of_and_what_is_late_is_told_to_the_manager() {
    World::story(|w| {
        let mut ada = w.set_up();
        switches_on(w, &mut ada);
        w.minutes_pass_with_jobs(30);
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B02", LENA.name);
        w.runs_jobs();
        // Lena began on 18 May, and the rules on 1 June: the other course is due on 8 June.
        for day in ["2026-06-03", "2026-06-05", "2026-06-08", "2026-06-09"] {
            day_at_nine(w, day);
        }
        let letters = about_training(w, LENA.email);
        assert!(
            letters[1..].iter().all(|letter| !letter.contains("Phishing")),
            "{letters:?}"
        );
        let late = letters.last().expect("a letter");
        assert!(
            late.contains(" 8 June 2026") && late.contains("15 June 2026"),
            "when the manager is told: {late}"
        );
        for day in ["2026-06-12", "2026-06-15"] {
            day_at_nine(w, day);
        }
        let told = about_training(w, MAX.email);
        let told = told
            .iter()
            .find(|letter| letter.contains("Lena Learner"))
            .expect("her manager is told");
        assert!(told.contains("In your team"), "{told}");
        let before = about_training(w, LENA.email).len();
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B10", LENA.name);
        // Its turn would be the next day, and the assignment has not been reconciled yet.
        day_at_nine(w, "2026-06-16");
        day_at_nine(w, "2026-06-23");
        assert_eq!(about_training(w, LENA.email).len(), before);
    });
}

#[test]
fn a_person_chooses_and_what_is_held_back_says_why() {
    World::story(|w| {
        let mut ada = w.set_up();
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-reminders");
        let wrong = lena.presses("Save", &[("zone", "Nowhere/At_All")]);
        assert_eq!(wrong.status, 422);
        lena.presses("Save", &[("zone", "America/New_York"), ("calendar", "yes")]);
        lena.page().must_say("Saved.");
        switches_on(w, &mut ada);
        w.minutes_pass_with_jobs(30);
        assert!(about_training(w, LENA.email).is_empty());
        ada.reads("/reminders?show=suppressed")
            .must_say("chose a calendar in place of letters");
        lena.reads("/my-reminders")
            .must_say("chose a calendar in place of letters");
    });
}

fn ready(w: &World) -> String {
    String::from_utf8_lossy(&w.visitor().fetches("/health/ready").bytes).into_owned()
}

#[test]
fn a_silent_engine_is_seen_by_owners_and_by_whoever_watches() {
    World::story(|w| {
        let mut ada = w.set_up();
        switches_on(w, &mut ada);
        w.minutes_pass_with_jobs(30);
        assert_eq!(ready(w), "ready\n");
        w.minutes_pass(150);
        assert_eq!(
            ready(w),
            "ready, but nobody has been reminded for more than two hours\n"
        );
        ada.reads("/").must_say("Nobody has been reminded since");
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training")
            .must_not_say("Nobody has been reminded since");
        w.minutes_pass_with_jobs(1);
        ada.reads("/").must_not_say("Nobody has been reminded since");
        let told = w.letters(ADA.email);
        assert!(told.iter().any(|letter| letter.contains("reminders were silent")));
    });
}
