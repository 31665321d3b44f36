//! A manager is on leave when somebody of theirs is late for a week.

use db::{Actor, params, sql};

use super::super::kept;
use super::super::stand_in::StandsIn;
use super::Office;
use crate::tests::{ADA, BEN, day, person};

const CEM: &str = "per_00000000000000000000000CEM";

/// Ben manages Ada, Cem manages Ben, and Ben is away from 20 June to 5 July.
fn office() -> Office {
    let office = Office::open();
    let made = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(sql!("insert into person (id, created_at) values ($1, 0)"), &params![CEM])?;
        tx.execute(
            sql!(
                "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
                 values ($1, $1, 'hr', $1, 'employee', $2, 0)"
            ),
            &params![CEM, day("2020-01-01")],
        )?;
        tx.execute(
            sql!(
                "insert into profile (id, person_id, from_on, email, given_name, family_name, access, tags, recorded_at)
                 values ($1, $1, $2, 'cem@northwind.example', 'Cem', 'Kaya', 'yes', '', 0)"
            ),
            &params![CEM, day("2020-01-01")],
        )?;
        tx.execute(
            sql!("update profile set manager_key = 'cem@northwind.example' where person_id = $1"),
            &params![BEN],
        )?;
        tx.execute(
            sql!(
                "insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at)
                 values ('lea_1', $1, 'hr', 'b', $2, $3, 0)"
            ),
            &params![BEN, day("2026-06-20"), day("2026-07-05")],
        )
    });
    made.expect("people can be put down");
    office
}

/// Ben asked somebody to look after his team until the end of June.
fn asks(office: &Office, whom: &'static str) {
    let asked = office.db.write_blocking(Actor::Setup, move |tx| {
        tx.execute(
            sql!("insert into account (id, email, name, person_id, created_at) values ('acc_b', 'ben@northwind.example', 'Ben', $1, 0)"),
            &params![BEN],
        )?;
        tx.execute(
            sql!("insert into role_grant (id, account_id, role, granted_at, granted_by) values ('rol_b', 'acc_b', 'manager', 0, 'setup')"),
            &[],
        )?;
        tx.execute(
            sql!("insert into team_delegation (id, account_id, person_id, until_on, made_at) values ('tdl_b', 'acc_b', $1, $2, 0)"),
            &params![whom, day("2026-06-30")],
        )
    });
    asked.expect("somebody can be asked");
}

/// What was decided of the step to Ada's manager.
fn decided(office: &Office) -> Vec<kept::Reminder> {
    let mut kept = office
        .db
        .read_blocking(|r| kept::of_person(r, &person(ADA)))
        .expect("reading works");
    kept.retain(|one| one.step.to_string() == "manager+7");
    kept
}

fn told(office: &Office, whom: &str) -> Vec<String> {
    let to = format!("To: {whom}@");
    let letters = office.letters().into_iter();
    letters
        .filter(|one| one.contains(&to) && one.contains("Ada Osei"))
        .map(|one| one.replace("=\r\n", ""))
        .collect()
}

#[test]
fn whom_the_manager_asked_is_told_whose_place_they_take_and_until_when() {
    let office = office();
    asks(&office, CEM);
    office.day("2026-06-26");
    let letters = told(&office, "cem");
    assert!(
        letters[0].contains(
            "Ben Adler is on leave, and asked you to look after their team until Tuesday, 30 June 2026"
        ),
        "{letters:?}"
    );
    assert_eq!(told(&office, "ben"), [] as [String; 0]);
    let rows = decided(&office);
    let place = rows[0].place.clone().expect("the row says whose place it was");
    assert_eq!((place.of.as_str(), place.stands_in), (BEN, StandsIn::Delegate));
    assert!(rows.iter().all(|row| row.addressee == CEM));
}

#[test]
fn where_nobody_was_asked_the_managers_manager_is_told_why() {
    let office = office();
    office.day("2026-06-26");
    let letters = told(&office, "cem");
    assert!(
        letters[0].contains("You are told because you manage Ben Adler"),
        "{letters:?}"
    );
    let place = decided(&office)[0]
        .place
        .clone()
        .expect("the row says whose place it was");
    assert_eq!(place.stands_in, StandsIn::Manager);
}

#[test]
fn nobody_is_asked_about_themselves_and_where_nobody_is_left_the_row_says_so() {
    let office = office();
    asks(&office, ADA);
    let cem = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("update profile set email = null where person_id = $1"),
            &params![CEM],
        )
    });
    cem.expect("an address can go");
    office.day("2026-06-26");
    assert!(
        office
            .fates(ADA)
            .iter()
            .any(|fate| fate.ends_with("manager+7 manager_away")),
        "{:?}",
        office.fates(ADA)
    );
}

#[test]
fn what_was_taken_back_before_the_letter_left_is_not_in_it() {
    let office = office();
    asks(&office, CEM);
    office.db.set_now(super::at("2026-06-26T09:00"));
    crate::tests::reconcile_all(&office.db);
    office.runs();
    let back = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("insert into team_delegation_end (delegation_id, ended_at) values ('tdl_b', 0)"),
            &[],
        )
    });
    back.expect("it can be taken back");
    office.posts();
    assert_eq!(told(&office, "cem"), [] as [String; 0]);
    assert!(
        office
            .fates(ADA)
            .iter()
            .any(|fate| fate.ends_with("manager+7 withdrawn, taken_back")),
        "{:?}",
        office.fates(ADA)
    );
}

#[test]
fn whoever_has_left_while_a_letter_to_them_waited_is_not_written_to() {
    let office = office();
    asks(&office, CEM);
    office.db.set_now(super::at("2026-06-26T09:00"));
    crate::tests::reconcile_all(&office.db);
    office.runs();
    let left = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("update engagement set end_on = $1 where person_id = $2"),
            &params![day("2026-06-25"), CEM],
        )
    });
    left.expect("somebody can leave");
    office.posts();
    assert_eq!(told(&office, "cem"), [] as [String; 0]);
    let waiting = office.db.read_blocking(mail::letter::waiting_count);
    assert_eq!(waiting.expect("reading works"), 0, "nothing waits for ever");
    assert!(
        office
            .fates(ADA)
            .iter()
            .any(|fate| fate.contains("manager+7 withdrawn")),
        "{:?}",
        office.fates(ADA)
    );
}

#[test]
fn whoever_is_back_is_told_themselves() {
    let office = office();
    asks(&office, CEM);
    let soon = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("update leave set until_on = $1 where id = 'lea_1'"),
            &params![day("2026-06-25")],
        )
    });
    soon.expect("a leave can end sooner");
    office.day("2026-06-26");
    assert_eq!(
        (told(&office, "cem").len(), !told(&office, "ben").is_empty()),
        (0, true)
    );
}
