//! Thirty-six people over the year 2026, each reckoned by hand: 30 days to onboard, 365 days of validity, no
//! grace, 14 days after leave.

use controls::Predicate;
use evidence::{Kind, Outcome, Status};

use crate::world::{World, check, lines};

fn company() -> World {
    let w = World::new();
    // Due 31 March; five days late.
    w.employee("ada", "2026-03-01").done("ada", "B01", "2026-04-05");
    // Exactly on the deadline, and one day after it.
    w.employee("ben", "2026-03-01").done("ben", "B01", "2026-03-31");
    w.employee("cem", "2026-03-01").done("cem", "B01", "2026-04-01");
    w.employee("dia", "2026-03-01");
    // Starts on the window's first day; a completion from before the start is valid until 20 December.
    w.employee("eva", "2026-01-01").done("eva", "B01", "2025-12-20");
    // 365 days before the start is no longer valid on the start day; 364 days before is.
    w.employee("fay", "2026-03-01").done("fay", "B01", "2025-03-01");
    w.employee("gil", "2026-03-01").done("gil", "B01", "2025-03-02");
    // Starts on the day before the window.
    w.employee("hal", "2025-12-31").done("hal", "B01", "2026-01-10");
    // Refreshed in time; two days late; never again.
    w.employee("ivy", "2020-01-01")
        .done("ivy", "B01", "2025-06-01")
        .done("ivy", "B01", "2026-05-20");
    w.employee("jon", "2020-01-01")
        .done("jon", "B01", "2025-06-01")
        .done("jon", "B01", "2026-06-03");
    w.employee("kim", "2020-01-01").done("kim", "B01", "2024-01-01");
    // Left before it was due; left on the day it was due.
    w.engaged("leo", "employee", "2026-05-01", "2026-05-20");
    w.engaged("mia", "employee", "2026-05-01", "2026-05-31");
    comings_and_goings(&w);
    people_from_outside(&w);
    w
}

/// Due near the window's end, back after a gap, or on leave.
fn comings_and_goings(w: &World) {
    // Due in the next year; due on the window's last day; due on the first day after it.
    w.employee("ned", "2026-12-15");
    w.employee("oda", "2026-12-01");
    w.employee("pia", "2026-12-02");
    // Back after one day's gap, a new tenure; back without a gap, the same.
    w.engaged("quy", "employee", "2025-01-01", "2026-02-10")
        .employee("quy", "2026-02-12");
    w.done("quy", "B01", "2025-01-31");
    w.engaged("rob", "employee", "2025-01-01", "2026-02-10")
        .employee("rob", "2026-02-11");
    w.done("rob", "B01", "2025-01-20")
        .done("rob", "B01", "2026-01-15");
    // The deadline of 31 March falls on leave: back on 11 April, so due on 25 April.
    w.employee("sam", "2026-03-01")
        .away("sam", "2026-03-20", "2026-04-10")
        .done("sam", "B01", "2026-04-25");
    w.employee("tea", "2026-03-01")
        .away("tea", "2026-03-20", "2026-04-10")
        .done("tea", "B01", "2026-04-26");
    w.employee("uma", "2026-03-01").away("uma", "2026-03-20", "");
    // Runs out during leave; back on 1 July, 15 July is the last day of grace.
    w.employee("vic", "2020-01-01")
        .away("vic", "2026-04-15", "2026-06-30");
    w.done("vic", "B01", "2025-05-01")
        .done("vic", "B01", "2026-07-20");
    w.employee("wes", "2020-01-01")
        .away("wes", "2026-04-15", "2026-06-30");
    w.done("wes", "B01", "2025-05-01")
        .done("wes", "B01", "2026-07-15");
}

/// From outside, gone, and developers.
fn people_from_outside(w: &World) {
    // From outside.
    w.engaged("xan", "contractor", "2026-06-01", "")
        .done("xan", "B01", "2026-06-15");
    w.engaged("yul", "vendor_staff", "2025-01-01", "");
    // Gone on the eve of the window; gone after its first day; here from the day after it.
    w.engaged("zoe", "employee", "2024-01-01", "2025-12-31");
    w.engaged("abe", "employee", "2024-01-01", "2026-01-01");
    w.employee("bea", "2027-01-01");
    // Left while on a leave that never got an end.
    w.engaged("cyd", "employee", "2026-03-01", "2026-06-30")
        .away("cyd", "2026-03-20", "");
    // One day of leave, which is the day it was due: now due on 15 April.
    w.engaged("dov", "temp", "2026-03-01", "")
        .away("dov", "2026-03-31", "2026-03-31")
        .done("dov", "B01", "2026-04-10");
    // Two engagements that overlap are one tenure.
    w.engaged("eli", "employee", "2026-02-01", "2026-08-31")
        .engaged("eli", "board", "2026-08-01", "");
    w.done("eli", "B01", "2026-02-20");
    // Leaves before it is due, but after the window.
    w.engaged("fin", "employee", "2026-12-20", "2027-01-05");
    // Tried and did not pass.
    w.employee("gus", "2026-03-01")
        .completed("gus", "B01", "2026-03-10", 0);
    // Developers: moved on 10 May and done on the day it was due, 9 June; three days late; out and in again.
    for name in ["hana", "ian", "joy"] {
        w.employee(name, "2020-01-01")
            .done(name, "B01", "2025-07-01")
            .done(name, "B01", "2026-06-20");
    }
    w.tags("hana", "2020-01-01", "")
        .tags("hana", "2026-05-10", " developer ")
        .done("hana", "D01", "2026-06-09");
    w.tags("ian", "2020-01-01", "")
        .tags("ian", "2026-05-10", " developer ")
        .done("ian", "D01", "2026-06-12");
    w.tags("joy", "2020-01-01", " developer ")
        .tags("joy", "2026-03-01", "")
        .tags("joy", "2026-09-01", " developer ");
    w.done("joy", "D01", "2025-04-01");
}

fn year() -> Status {
    company().over("2026-01-01", "2027-01-01")
}

#[test]
fn new_people_fall_into_the_classes_reckoned_by_hand() {
    let finding = check(&year(), Predicate::P01, None);
    assert_eq!(
        lines(&finding, Kind::Missed),
        [
            "ada 2026-03-31 2026-04-05",
            "cem 2026-03-31 2026-04-01",
            "dia 2026-03-31 -",
            "fay 2026-03-31 -",
            "gus 2026-03-31 -",
            "mia 2026-05-31 -",
            "oda 2026-12-31 -",
            "quy 2026-03-14 -",
            "tea 2026-04-25 2026-04-26",
        ]
    );
    assert_eq!(
        lines(&finding, Kind::LeftBeforeDue),
        ["cyd - -", "leo 2026-05-31 -"]
    );
    assert_eq!(
        lines(&finding, Kind::NotYetDue),
        [
            "fin 2027-01-19 -",
            "ned 2027-01-14 -",
            "pia 2027-01-01 -",
            "uma - -"
        ]
    );
    // ben, dov, eli, eva, gil, sam, xan
    assert_eq!((finding.population, finding.passing), (22, 7));
    assert_eq!(finding.status, Outcome::NotMet);
    assert_eq!(
        finding.note,
        "7 of 16 (44 %, 95 % interval 23–67 %); 2 left before it was due; 4 not due yet."
    );
}

#[test]
fn days_not_covered_are_those_reckoned_by_hand() {
    let finding = check(&year(), Predicate::P02, None);
    assert_eq!(
        lines(&finding, Kind::Gap),
        [
            "abe 2026-01-01 2026-01-02",
            "ada 2026-04-01 2026-04-05",
            "dia 2026-04-01 2027-01-01",
            "eva 2026-12-20 2027-01-01",
            "fay 2026-04-01 2027-01-01",
            "gil 2026-04-01 2027-01-01",
            "gus 2026-04-01 2027-01-01",
            "jon 2026-06-01 2026-06-03",
            "kim 2026-01-01 2027-01-01",
            "quy 2026-01-31 2026-02-11",
            "quy 2026-03-15 2027-01-01",
            "vic 2026-07-16 2026-07-20",
            "yul 2026-01-01 2027-01-01",
        ]
    );
    // ben, cem, dov, eli, hal, hana, ian, ivy, joy, rob, sam, tea, wes, xan
    assert_eq!((finding.population, finding.passing), (26, 14));
}

#[test]
fn a_role_is_judged_spell_by_spell() {
    let status = year();
    let held = check(&status, Predicate::P03, Some("developer"));
    assert_eq!(
        lines(&held, Kind::Missed),
        ["ian 2026-06-09 2026-06-12", "joy 2026-10-01 -"]
    );
    assert_eq!(
        lines(&held, Kind::Gap),
        ["ian 2026-06-10 2026-06-12", "joy 2026-10-02 2027-01-01"]
    );
    // hana, and joy's first spell
    assert_eq!((held.population, held.passing), (4, 2));
    let moved = check(&status, Predicate::P04, None);
    assert_eq!(
        lines(&moved, Kind::Missed),
        ["ian 2026-06-09 2026-06-12", "joy 2026-10-01 -"]
    );
    assert_eq!((moved.population, moved.passing), (3, 1));
}

#[test]
fn people_from_outside_are_a_population_of_their_own() {
    let finding = check(&year(), Predicate::P24, None);
    assert_eq!(lines(&finding, Kind::Gap), ["yul 2026-01-01 2027-01-01"]);
    assert_eq!((finding.population, finding.passing), (3, 2));
}

#[test]
fn the_roster_counts_everyone_who_was_here_on_a_day_of_the_window() {
    // 36 people, without zoe, who had gone, and bea, who had not come.
    assert_eq!(year().roster.count, 34);
}
