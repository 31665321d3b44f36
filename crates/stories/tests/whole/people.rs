//! Who comes, goes, moves and is away, and what that does to what they owe and to what can be shown.

use assignments::assignment::{Owed, owed};
use controls::Predicate;
use db::Id;
use evidence::status::Period;
use roster::person::{PersonKind, by_source_key};
use stories::cast::{CONNIE, LENA, Member, ROSTER};
use stories::{Browser, World};

use crate::pupil;
use crate::reckoning::{answered, day, finding, line, over};
use crate::{roles, rows};

/// The cast's list with one cell changed: the row of `id`, and what is in it now and then.
fn changed(id: &str, from: &str, to: &str) -> String {
    let row = ROSTER
        .lines()
        .find(|line| line.starts_with(&format!("{id},")))
        .expect("the row is there");
    assert!(row.contains(from), "{row} has no {from}");
    ROSTER.replace(row, &row.replacen(from, to, 1))
}

fn person(w: &World, source_id: &'static str) -> Id<PersonKind> {
    person_of(w, "hr", source_id)
}

pub fn person_of(w: &World, source: &'static str, source_id: &'static str) -> Id<PersonKind> {
    let found = w
        .db()
        .read_blocking(move |r| by_source_key(r, source, source_id))
        .expect("the roster can be read");
    found.expect("the person is on the roster")
}

/// What somebody owes today: course and last day.
fn owes(w: &World, source_id: &'static str) -> Vec<String> {
    owes_of(w, &person(w, source_id))
}

pub fn owes_of(w: &World, id: &Id<PersonKind>) -> Vec<String> {
    let id = id.clone();
    let owed: Vec<Owed> = w
        .db()
        .read_blocking(move |r| owed(r, &id))
        .expect("assignments can be read");
    let shown = |one: &Owed| {
        let due = one.due_on.map_or("open".to_owned(), |due| due.to_string());
        format!("{} {due}", one.course_id)
    };
    let mut shown: Vec<String> = owed.iter().map(shown).collect();
    shown.sort();
    shown
}

fn uploads(w: &World, ada: &mut Browser, list: &str) {
    w.applies(ada, "hr", "cast.csv", list.as_bytes());
    w.runs_jobs();
}

#[test]
fn a_leaver_owes_nothing_and_keeps_their_evidence() {
    World::story(|w| {
        w.set_up();
        // Lena started on 18 May. The rules bind from 1 June, when her first seven days are over: she has theirs.
        assert_eq!(owes(w, LENA.source_id), ["B02 2026-06-08", "B10 2026-06-08"]);
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B10", LENA.name);
        w.runs_jobs();
        let certificate = lena.page().link("See your certificate");
        assert_eq!(owes(w, LENA.source_id), ["B02 2026-06-08"]);

        w.at("2026-06-11");
        let mut ada = w.signs_in(stories::cast::ADA.email);
        uploads(
            w,
            &mut ada,
            &changed("3", "active,2026-05-18,", "ended,2026-05-18,2026-06-10"),
        );
        assert_eq!(owes(w, LENA.source_id), [] as [&str; 0]);
        // Her last day was before the one an auditor asks for, thirty days: she is listed, and counts neither way.
        let summer = answered(w, over("2026-05-01", "2026-07-01"));
        let newcomers = finding(&summer, Predicate::P01);
        assert!(
            newcomers
                .exceptions
                .iter()
                .any(|e| line(&e) == "3 left before 2026-06-17"),
            "{newcomers:?}"
        );
        let mut stranger = w.visitor();
        stranger
            .reads(&certificate)
            .must_say("Lena Learner has completed");
        ada.reads(&format!("/people/{}", person(w, LENA.source_id)))
            .must_say(&pupil::course("B10").title);
        // The door stays shut: no letter comes, and her session ends with her work.
        let before = w.letters(LENA.email).len();
        let mut gone = w.visitor();
        gone.reads("/sign-in");
        gone.presses("Send me a letter", &[("email", LENA.email)]);
        gone.page().must_say("If this address is known here");
        w.runs_jobs();
        assert_eq!(w.letters(LENA.email).len(), before, "who has left is not let in");
        lena.opens("/my-training");
        assert!(
            lena.page().path.starts_with("/sign-in"),
            "{} is still open to her",
            lena.page().path
        );
    });
}

#[test]
fn a_mover_gains_what_the_new_work_asks_for() {
    World::story(|w| {
        w.set_up();
        w.at("2026-07-01");
        let mut ada = w.signs_in(stories::cast::ADA.email);
        uploads(w, &mut ada, &changed("3", "Account Manager", "Software Engineer"));
        // Thirty days from the move, as for a newcomer; what she owed before stays.
        assert_eq!(
            owes(w, LENA.source_id),
            ["B02 2026-06-08", "B10 2026-06-08", "D05 2026-07-31"]
        );
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-training").must_say(&pupil::course("D05").title);
        // She moves back: what only the new work asked for ends.
        w.at("2026-07-08");
        let mut ada = w.signs_in(stories::cast::ADA.email);
        uploads(w, &mut ada, ROSTER);
        assert_eq!(owes(w, LENA.source_id), ["B02 2026-06-08", "B10 2026-06-08"]);
    });
}

#[test]
fn a_thousand_people_in_one_file_are_asked_at_once() {
    World::story(|w| {
        w.set_up();
        let mut ada = w.signs_in(stories::cast::ADA.email);
        let mut list = "source_id,email,given_name,family_name,person_type,status,start_date\n".to_owned();
        for n in 1..=1_000 {
            list.push_str(&format!(
                "{n},n{n}@many.example,N,{n},contractor,active,2026-05-18\n"
            ));
        }
        let before = rows::counts(w)["assignment"];
        w.applies(&mut ada, "many", "many.csv", list.as_bytes());
        w.runs_jobs();
        assert_eq!(
            rows::counts(w)["assignment"] - before,
            2_000,
            "two courses are for everyone"
        );
    });
}

#[test]
fn leave_moves_the_day_and_its_days_are_not_judged() {
    World::story(|w| {
        let mut ada = w.set_up();
        // Away from 5 June through 31 July. 8 June, her last day to do it, is a day of leave: it moves to the day she
        // is back, 1 August, and 14 days more. So does 17 June, by which an auditor asks for it.
        let header = ROSTER.lines().next().expect("a header");
        let mut away = String::new();
        for row in changed("3", ",active,", ",leave,").lines() {
            let cells = match row {
                _ if row == header => "leave_from,leave_until",
                _ if row.starts_with("3,") => "2026-06-05,2026-07-31",
                _ => ",",
            };
            away.push_str(&format!("{row},{cells}\n"));
        }
        uploads(w, &mut ada, &away);
        assert_eq!(owes(w, LENA.source_id), ["B02 2026-08-15", "B10 2026-08-15"]);
        let judged = |w: &World, on: &str| {
            let status = answered(w, Period::AsOf(day(on)));
            finding(&status, Predicate::P02)
                .exceptions
                .iter()
                .any(|e| e.person == LENA.source_id)
        };
        w.at("2026-08-20");
        for (on, expected) in [
            ("2026-06-18", false),
            ("2026-07-31", false),
            ("2026-08-15", false),
            ("2026-08-16", true),
        ] {
            assert_eq!(judged(w, on), expected, "on {on}");
        }
    });
}

#[test]
fn a_contractor_counts_among_people_from_outside() {
    World::story(|w| {
        w.set_up();
        // Connie started on 25 May: she has until 24 June, and is judged from the day after.
        let outside = |w: &World, on: &str| {
            let status = answered(w, Period::AsOf(day(on)));
            let found = finding(&status, Predicate::P24);
            (found.population, found.passing)
        };
        assert_eq!(outside(w, "2026-06-24"), (0, 0));
        assert_eq!(outside(w, "2026-06-25"), (1, 0));
        w.at("2026-06-23");
        let mut connie = w.signs_in(CONNIE.email);
        pupil::completes(w, &mut connie, "B02", CONNIE.name);
        pupil::completes(w, &mut connie, "B10", CONNIE.name);
        w.runs_jobs();
        assert_eq!(outside(w, "2026-06-25"), (1, 1));
        let quarter = answered(w, over("2026-04-01", "2026-07-01"));
        let found = finding(&quarter, Predicate::P24);
        assert_eq!(
            (found.population, found.passing, found.exceptions.len()),
            (1, 1, 0)
        );
    });
}

#[test]
fn a_held_file_changes_nothing_until_another_owner_approves_it_with_a_reason() {
    World::story(|w| {
        let mut ada = w.set_up();
        w.minutes_pass(1);
        // Only Ada is left in the file: four of five would leave.
        let only_ada: String = ROSTER.lines().take(2).map(|line| format!("{line}\n")).collect();
        w.plans(&mut ada, "hr", "half.csv", only_ada.as_bytes());
        ada.page().must_say("4 of 5 people would leave");
        let plan = ada.page().path.clone();
        for button in ["Apply the file", "Approve this plan and apply the file"] {
            assert!(
                !ada.page().offers(button),
                "who sent a held file does not apply it"
            );
        }
        // Ed would leave by this file, so somebody who is not in it looks.
        let outside = Member {
            source_id: "",
            name: "Olu Outside",
            email: "olu@counsel.example",
        };
        roles::gives(&mut ada, outside, "owner");
        let mut olu = w.signs_in(outside.email);
        olu.reads("/roster/files").must_say("half.csv");
        olu.reads(&plan);
        let before = rows::counts(w);
        olu.presses("Approve this plan and apply the file", &[("reason", " ")]);
        assert_eq!(olu.page().status, 422, "{}", olu.page().text());
        olu.page().must_say("why this is right");
        assert_eq!(rows::counts(w), before, "nothing was changed without a reason");
        olu.presses(
            "Approve this plan and apply the file",
            &[("reason", "The branch was closed.")],
        );
        assert_eq!(olu.page().path, "/roster/files");
        w.runs_jobs();
        w.at("2026-06-02");
        let mut ada = w.signs_in(stories::cast::ADA.email);
        ada.reads("/people").must_say("1 person is here on 2 June 2026.");
        // It was the wrong file after all.
        let files = ada.reads("/roster/files").link("half.csv");
        ada.reads(&files).must_say("4 left");
        ada.presses(
            "Take this file back",
            &[("reason", "It was the list of one branch.")],
        );
        assert_eq!(ada.page().path, "/roster/files", "{}", ada.page().text());
        ada.reads("/people").must_say("5 people are here on 2 June 2026.");
    });
}

#[test]
fn a_file_with_one_cell_that_cannot_be_read_changes_nothing() {
    World::story(|w| {
        let mut ada = w.set_up();
        let before = rows::counts(w);
        let said = w.plans(
            &mut ada,
            "hr",
            "cast.csv",
            changed("3", "2026-05-18", "soon").as_bytes(),
        );
        assert!(
            said.contains("start_date") && said.contains("soon") && said.contains('4'),
            "{said}"
        );
        assert!(!ada.page().offers("Apply the file"));
        let mut after = rows::counts(w);
        // The file itself waits to be looked at, for a day; nothing else does.
        after
            .entry("roster_upload".to_owned())
            .and_modify(|count| *count -= 1);
        assert_eq!(after, before);
    });
}
