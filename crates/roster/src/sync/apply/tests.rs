//! Files applied one after the other, and what the history of a person says of it.

use db::{Actor, Day, Db, Error, Zone, params, sql};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::engagement::EngagementKind;
use crate::person::{self, History};
use crate::profile;
use crate::source::Mode;
use crate::sources::file;
use crate::sync::{Sort, brake};

const HEAD: &str = "source_id,email,given_name,family_name,person_type,status,start_date,end_date,leave_from,leave_until,manager_source_id,department\n";

fn full(text: &str) -> (Snapshot, Settings) {
    let text = if text.starts_with("source_id") {
        text.to_owned()
    } else {
        format!("{HEAD}{text}")
    };
    (
        file::read(text.as_bytes(), &file::Options::default()).expect("the file is readable"),
        Settings { mode: Mode::Full },
    )
}

fn planned(db: &Db, (snapshot, settings): (Snapshot, Settings)) -> Plan {
    db.read_blocking(move |r| plan_now(r, "hr", &snapshot, settings))
        .expect("a plan can always be made")
}

fn applied_as(db: &Db, (snapshot, settings): (Snapshot, Settings), approve: Option<String>) -> Result<Plan> {
    db.write_blocking(Actor::Operator, move |tx| {
        let approval = approve.as_deref().map(|plan| Approval {
            plan,
            reason: "The department has closed.",
            sent_by: None,
        });
        let application = Application {
            source: "hr",
            settings,
            snapshot: &snapshot,
            file_name: "hr.csv",
            file_sha256: "00",
            approval,
        };
        Ok(apply(tx, &application)?.plan)
    })
}

fn applied(db: &Db, text: &str) -> Plan {
    applied_as(db, full(text), None).expect("the plan is not held")
}

fn counts(plan: &Plan) -> [u64; 5] {
    [
        plan.joiners,
        plan.leavers,
        plan.movers,
        plan.changed,
        plan.unchanged,
    ]
}

fn history(db: &Db, key: &str) -> History {
    let key = key.to_owned();
    db.read_blocking(move |r| {
        let id = person::by_source_key(r, "hr", &key)?.expect("the person is on the roster");
        person::history(r, &id)
    })
    .expect("the rows are readable")
}

fn on(db: &Db, day: Day) {
    db.set_now(day.noon(&Zone::utc()));
}

fn june(day: u8) -> Day {
    Day::ymd(2026, 6, day)
}

fn refusal(result: Result<Plan>) -> Refusal {
    match result.expect_err("it is refused") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a refusal, not a fault: {fault}"),
    }
}

fn acts(db: &Db) -> Vec<String> {
    db.read_blocking(|r| {
        r.rows(
            sql!("select kind from ledger_entry order by id limit 100"),
            &[],
            |row| row.get(0),
        )
    })
    .expect("the ledger is readable")
}

#[test]
fn somebody_joins_moves_and_leaves_and_the_history_says_when() {
    let db = Db::in_memory_for_tests();
    on(&db, june(1));
    let first = applied(
        &db,
        "1,ada@example.com,Ada,King,employee,active,2024-01-15,,,,,Engineering\n2,bo@example.com,Bo,Ek,employee,active,2024-01-15,,,,1,Sales\n",
    );
    assert_eq!(counts(&first), [2, 0, 0, 0, 0]);
    on(&db, june(2));
    let second = applied(
        &db,
        "1,ada@example.com,Ada,King,employee,active,2024-01-15,,,,,Finance\n2,bo@example.com,Bo,Ek,employee,active,2024-01-15,,,,1,Sales\n",
    );
    assert_eq!(counts(&second), [0, 0, 1, 0, 1]);
    on(&db, june(3));
    let third = applied(
        &db,
        "1,ada@example.com,Ada,King,employee,active,2024-01-15,,,,,Finance\n",
    );
    assert_eq!(counts(&third), [0, 1, 0, 0, 1]);

    let ada = history(&db, "1");
    let departments: Vec<_> = ada
        .profiles
        .iter()
        .map(|profile| (profile.from_on, profile.facts.department.as_deref()))
        .collect();
    assert_eq!(
        departments,
        [
            (Day::ymd(2024, 1, 15), Some("Engineering")),
            (june(2), Some("Finance"))
        ]
    );
    let bo = history(&db, "2");
    let ends: Vec<_> = bo
        .engagements
        .iter()
        .map(|one| (one.end_on, one.superseded_at.is_some(), one.end_inferred))
        .collect();
    assert_eq!(ends, [(None, true, false), (Some(june(2)), false, true)]);
    assert_eq!(
        acts(&db),
        [
            "source-added",
            "person-joined",
            "person-joined",
            "roster-applied",
            "person-moved",
            "roster-applied",
            "person-left",
            "roster-applied"
        ]
    );
}

#[test]
fn the_profile_of_a_day_is_the_same_for_everybody_and_for_one() {
    let db = Db::in_memory_for_tests();
    on(&db, june(1));
    let line = |department: &str| {
        format!("1,ada@example.com,Ada,King,employee,active,2024-01-15,,,,9,{department}\n")
    };
    applied(&db, &line("Engineering"));
    on(&db, june(2));
    applied(&db, &line("Finance"));
    let departments = |day: Day| {
        db.read_blocking(move |r| {
            let mut all = Vec::new();
            profile::each_on(r, day, |held| {
                assert_eq!(held.manager_key, Some("9"));
                all.push(held.department.unwrap_or_default().to_owned());
                Ok(())
            })?;
            let of_one = r.one(
                sql!(
                    "select p.department
                     from profile_held h
                     join profile p on p.person_id = h.person_id
                         and p.from_on = h.from_on
                         and p.superseded_at is null
                     where h.email = 'ada@example.com'
                       and h.from_on <= $1
                       and h.to_on > $1"
                ),
                &params![day],
                |row| row.get::<String>(0),
            )?;
            assert_eq!(of_one, all.first().cloned());
            Ok(all)
        })
        .expect("the rows are readable")
    };
    assert_eq!(departments(Day::ymd(2024, 1, 14)), [""; 0]);
    assert_eq!(departments(Day::ymd(2024, 1, 15)), ["Engineering"]);
    assert_eq!(departments(june(1)), ["Engineering"]);
    assert_eq!(departments(june(2)), ["Finance"]);
    assert_eq!(departments(Day::ymd(2099, 1, 1)), ["Finance"]);
}

#[test]
fn applying_a_plan_again_changes_nothing() {
    let db = Db::in_memory_for_tests();
    let text = "1,a@example.com,A,A,employee,leave,2024-01-15,,,,9,X\n2,,B,B,contractor,ended,2023-01-01,2024-01-01,,,,\n3,,C,C,board,active,2027-01-01,,,,,\n4,,D,D,intern,,,,,,,\n";
    assert_eq!(counts(&applied(&db, text)), [4, 0, 0, 0, 0]);
    assert_eq!(counts(&applied(&db, text)), [0, 0, 0, 0, 4]);
}

#[test]
fn somebody_wrongly_left_out_of_a_file_is_taken_back() {
    let db = Db::in_memory_for_tests();
    let both = "1,,A,A,employee,,2024-01-15,,,,,X\n2,,B,B,employee,,2024-01-15,,,,,X\n";
    applied(&db, both);
    on(&db, june(2));
    assert_eq!(applied(&db, "1,,A,A,employee,,2024-01-15,,,,,X\n").leavers, 1);
    on(&db, june(3));
    assert_eq!(applied(&db, both).joiners, 1);
    let current: Vec<_> = history(&db, "2")
        .engagements
        .into_iter()
        .filter(|one| one.superseded_at.is_none())
        .collect();
    assert_eq!(current.len(), 1);
    assert_eq!(
        (current[0].start_on, current[0].end_on),
        (Day::ymd(2024, 1, 15), None)
    );
}

#[test]
fn a_rehire_is_a_new_engagement_of_the_same_person() {
    let db = Db::in_memory_for_tests();
    applied(&db, "1,,A,A,employee,active,2024-01-15,2025-06-30,,,,X\n");
    let plan = applied(&db, "1,,A,A,employee,active,2026-05-01,,,,,X\n");
    assert_eq!(counts(&plan), [1, 0, 0, 0, 0]);
    let spans: Vec<_> = history(&db, "1")
        .engagements
        .iter()
        .map(|one| (one.start_on, one.end_on))
        .collect();
    assert_eq!(
        spans,
        [
            (Day::ymd(2024, 1, 15), Some(Day::ymd(2025, 6, 30))),
            (Day::ymd(2026, 5, 1), None)
        ]
    );
    assert_eq!(
        counts(&applied(&db, "1,,A,A,employee,active,2026-05-01,,,,,X\n")),
        [0, 0, 0, 0, 1]
    );
}

#[test]
fn a_corrected_start_supersedes_and_keeps_what_was_believed() {
    let db = Db::in_memory_for_tests();
    applied(&db, "1,,A,A,employee,active,2024-01-15,,,,,X\n");
    on(&db, june(2));
    let plan = applied(&db, "1,,A,A,employee,active,2023-12-01,,,,,X\n");
    assert_eq!(
        (counts(&plan), plan.changes[0].columns.as_slice()),
        ([0, 0, 0, 1, 0], &["start_date"][..])
    );
    let history = history(&db, "1");
    assert_eq!(history.engagements.len(), 2);
    let first = history
        .profiles
        .iter()
        .filter(|profile| profile.superseded_at.is_none())
        .map(|profile| profile.from_on)
        .min();
    assert_eq!(
        first,
        Some(Day::ymd(2023, 12, 1)),
        "the facts hold from the first day"
    );
}

#[test]
fn a_change_of_kind_ends_one_engagement_and_continues_in_another() {
    let db = Db::in_memory_for_tests();
    applied(&db, "1,,A,A,contractor,active,2024-01-15,,,,,X\n");
    on(&db, june(10));
    let text = "1,,A,A,employee,active,2024-01-15,,,,,X\n";
    assert_eq!(counts(&applied(&db, text)), [0, 0, 1, 0, 0]);
    on(&db, june(11));
    assert_eq!(counts(&applied(&db, text)), [0, 0, 0, 0, 1]);
    let now: Vec<_> = history(&db, "1")
        .engagements
        .into_iter()
        .filter(|one| one.superseded_at.is_none())
        .map(|one| (one.kind, one.start_on, one.end_on))
        .collect();
    assert_eq!(
        now,
        [
            (EngagementKind::Contractor, Day::ymd(2024, 1, 15), Some(june(9))),
            (EngagementKind::Employee, june(10), None)
        ]
    );
}

#[test]
fn a_leave_begins_and_ends_with_the_status_and_by_its_dates() {
    let db = Db::in_memory_for_tests();
    applied(&db, "1,,A,A,employee,leave,2024-01-15,,,,,X\n");
    on(&db, june(5));
    let back = applied(&db, "1,,A,A,employee,active,2024-01-15,,,,,X\n");
    assert_eq!(
        (counts(&back), back.changes[0].columns.as_slice()),
        ([0, 0, 0, 1, 0], &["leave"][..])
    );
    applied(
        &db,
        "1,,A,A,employee,active,2024-01-15,,2026-07-01,2026-07-31,,X\n",
    );
    applied(
        &db,
        "1,,A,A,employee,active,2024-01-15,,2026-07-01,2026-08-15,,X\n",
    );
    let leaves: Vec<_> = history(&db, "1")
        .leaves
        .into_iter()
        .filter(|leave| leave.superseded_at.is_none())
        .map(|leave| (leave.from_on, leave.until_on))
        .collect();
    assert_eq!(
        leaves,
        [
            (june(1), Some(june(4))),
            (Day::ymd(2026, 7, 1), Some(Day::ymd(2026, 8, 15)))
        ]
    );
    assert_eq!(acts(&db).iter().filter(|act| *act == "leave-recorded").count(), 4);
}

#[test]
fn a_future_hire_who_never_comes_is_withdrawn() {
    let db = Db::in_memory_for_tests();
    applied(
        &db,
        "1,,A,A,employee,active,2024-01-15,,,,,X\n2,,B,B,employee,active,2026-09-01,,,,,X\n",
    );
    assert_eq!(
        counts(&applied(&db, "1,,A,A,employee,active,2024-01-15,,,,,X\n")),
        [0, 1, 0, 0, 1]
    );
    assert!(
        history(&db, "2")
            .engagements
            .iter()
            .all(|one| one.superseded_at.is_some())
    );
    assert_eq!(
        counts(&applied(
            &db,
            "1,,A,A,employee,active,2024-01-15,,,,,X\n2,,B,B,employee,active,2026-09-01,,,,,X\n"
        )),
        [1, 0, 0, 0, 1]
    );
}

#[test]
fn absence_from_a_delta_means_nothing() {
    let db = Db::in_memory_for_tests();
    applied(
        &db,
        "1,,A,A,employee,active,2024-01-15,,,,,X\n2,,B,B,employee,active,2024-01-15,,,,,X\n",
    );
    let (snapshot, _) = full("2,,B,B,employee,active,2024-01-15,,,,,Y\n");
    let plan = applied_as(&db, (snapshot, Settings { mode: Mode::Delta }), None).expect("nothing holds it");
    assert_eq!(counts(&plan), [0, 0, 1, 0, 0]);
}

#[test]
fn one_bad_row_changes_nothing() {
    let db = Db::in_memory_for_tests();
    let (snapshot, settings) =
        full("1,,A,A,employee,active,2024-01-15,,,,,X\n2,,B,B,pirate,active,soon,,,,,X\n");
    let plan = planned(&db, (snapshot.clone(), settings));
    assert_eq!(counts(&plan), [0; 5]);
    assert_eq!(
        plan.refused
            .iter()
            .map(|row| (row.line, row.column.as_str()))
            .collect::<Vec<_>>(),
        [(3, "person_type"), (3, "start_date")]
    );
    let refusal = refusal(applied_as(&db, (snapshot, settings), Some(plan.id)));
    assert_eq!(refusal.code, "roster-rows-refused");
    assert_eq!(acts(&db), Vec::<String>::new());
}

fn crowd(ids: std::ops::Range<u32>) -> String {
    ids.map(|id| format!("{id},,P,{id},employee,active,2024-01-15,,,,,X\n"))
        .collect()
}

#[test]
fn a_held_plan_is_applied_only_with_the_approval_of_exactly_that_plan() {
    let db = Db::in_memory_for_tests();
    applied(&db, &crowd(0..30));
    let shrunk = || full(&crowd(0..20));
    assert_eq!(refusal(applied_as(&db, shrunk(), None)).code, "plan-held");
    assert_eq!(
        refusal(applied_as(&db, shrunk(), Some("0".repeat(64)))).code,
        "plan-changed"
    );
    let plan = planned(&db, shrunk());
    assert_eq!(
        plan.held.len(),
        2,
        "people would leave and rows are missing: {:?}",
        plan.held
    );
    let applied = applied_as(&db, shrunk(), Some(plan.id.clone())).expect("it is approved");
    assert_eq!(applied.id, plan.id);
    assert_eq!(
        refusal(applied_as(&db, shrunk(), Some(plan.id))).code,
        "plan-changed",
        "the roster has moved on"
    );
}

#[test]
fn an_approval_ends_with_the_day() {
    let db = Db::in_memory_for_tests();
    applied(&db, &crowd(0..30));
    let plan = planned(&db, full(&crowd(0..20)));
    on(&db, june(2));
    assert_eq!(
        refusal(applied_as(&db, full(&crowd(0..20)), Some(plan.id))).code,
        "plan-changed"
    );
}

#[test]
fn a_first_file_is_not_held_and_a_second_that_doubles_it_is() {
    let db = Db::in_memory_for_tests();
    assert_eq!(applied(&db, &crowd(0..600)).joiners, 600);
    let held = planned(&db, full(&crowd(0..1200))).held;
    assert_eq!(held.len(), 2, "{held:?}");
    assert!(
        held.iter()
            .any(|reason| reason.contains(&brake::Brakes::default().touched.to_string()))
    );
}

#[test]
fn a_plan_prints_the_contracts_keys() {
    let db = Db::in_memory_for_tests();
    let json = planned(&db, full("1,,Ada,King,employee,active,2024-01-15,,,,,X\n")).to_json();
    for key in [
        "plan",
        "source",
        "rows",
        "joiners",
        "leavers",
        "movers",
        "changed",
        "unchanged",
        "refused",
        "held",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(
        (json["joiners"].as_u64(), json["joining"][0]["name"].as_str()),
        (Some(1), Some("Ada King"))
    );
}

#[test]
fn a_row_of_another_source_with_somebodys_address_waits_until_somebody_has_decided() {
    let db = Db::in_memory_for_tests();
    applied(
        &db,
        "1,ada@example.com,Ada,King,employee,active,2024-01-15,,,,,X\n",
    );
    let vms = || full("77,ADA@example.com,Ada,King,contractor,active,2024-01-15,,,,,Y\n");
    let plan = of_source(&db, "vms", vms());
    assert_eq!((counts(&plan), plan.waits.len()), ([0, 0, 0, 0, 0], 1));
    let waiting = waiting_now(&db);
    let ada = crate_id(&db, "hr", "1");
    assert_eq!(waiting.candidates, std::slice::from_ref(&ada));
    let again = of_source(&db, "vms", vms());
    assert!(again.changes_nothing(), "the same row waits once: {again:?}");

    let (id, decision) = (waiting.id, waiting::Decision::Person(ada.clone()));
    db.write_blocking(Actor::Operator, move |tx| {
        waiting::decide(tx, &id, &decision, "Her manager says so.")
    })
    .expect("somebody has decided");
    assert_eq!(crate_id(&db, "vms", "77"), ada);
    let kinds: Vec<_> = history(&db, "1").engagements.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [EngagementKind::Employee, EngagementKind::Contractor]);
    let last = history(&db, "1").profiles.pop().expect("she has a profile");
    assert_eq!(
        last.facts.department.as_deref(),
        Some("X"),
        "both are HR systems until said otherwise, and hr comes first by name"
    );
    assert!(of_source(&db, "vms", vms()).changes_nothing());
}

fn of_source(db: &Db, source: &'static str, (snapshot, settings): (Snapshot, Settings)) -> Plan {
    db.write_blocking(Actor::Operator, move |tx| {
        let application = Application {
            source,
            settings,
            snapshot: &snapshot,
            file_name: "f.csv",
            file_sha256: "00",
            approval: None,
        };
        Ok(apply(tx, &application)?.plan)
    })
    .expect("the plan is not held")
}

fn waiting_now(db: &Db) -> waiting::WaitingRow {
    let (mut rows, total) = db.read_blocking(waiting::all).expect("the rows are readable");
    assert_eq!(total, 1);
    rows.remove(0)
}

fn crate_id(db: &Db, source: &'static str, key: &'static str) -> Id<PersonKind> {
    db.read_blocking(move |r| person::by_source_key(r, source, key))
        .expect("the rows are readable")
        .expect("the source knows the person")
}

#[test]
fn the_last_file_is_taken_back_as_a_new_fact() {
    let db = Db::in_memory_for_tests();
    applied(
        &db,
        "1,a@example.com,A,A,employee,active,2024-01-15,,,,,X\n2,b@example.com,B,B,employee,active,2024-01-15,,,,,X\n",
    );
    on(&db, june(2));
    applied(
        &db,
        "1,a@example.com,A,A,employee,leave,2024-01-15,,,,,Y\n3,c@example.com,C,C,employee,active,2024-01-15,,,,,X\n",
    );
    on(&db, june(3));
    let undo = |db: &Db| {
        db.write_blocking(Actor::Operator, |tx| {
            let last = roster_file::last_of(tx, "hr")?.expect("a file was applied");
            crate::sync::undo::undo(tx, &last.id, "It was the file of another month.")
        })
    };
    assert_eq!(undo(&db).expect("nothing later touched it"), 3);
    let now = |key: &str| {
        let history = history(&db, key);
        let engaged = history
            .engagements
            .iter()
            .filter(|one| one.superseded_at.is_none());
        let away = history.leaves.iter().any(|one| one.superseded_at.is_none());
        let profile = history.profiles.iter().rfind(|one| one.superseded_at.is_none());
        (
            engaged.map(|one| one.end_on).collect::<Vec<_>>(),
            away,
            profile.and_then(|one| one.facts.department.clone()),
        )
    };
    assert_eq!(now("1"), (vec![None], false, Some("X".to_owned())));
    assert_eq!(now("2"), (vec![None], false, Some("X".to_owned())));
    assert_eq!(now("3").0, Vec::new(), "C never came");
    assert_eq!(
        history(&db, "1").profiles.len(),
        2,
        "and what was believed is kept"
    );
    assert_eq!(refused(undo(&db)).code, "undo-not-possible");
    let again = applied(
        &db,
        "1,a@example.com,A,A,employee,active,2024-01-15,,,,,X\n2,b@example.com,B,B,employee,active,2024-01-15,,,,,X\n",
    );
    assert!(again.changes_nothing(), "{again:?}");
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result.expect_err("it is refused") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a refusal, not a fault: {fault}"),
    }
}

#[test]
fn what_a_later_file_touched_is_not_taken_back() {
    let db = Db::in_memory_for_tests();
    applied(&db, "1,,A,A,employee,active,2024-01-15,,,,,X\n");
    let first = db
        .read_blocking(|r| roster_file::last_of(r, "hr"))
        .expect("the rows are readable")
        .expect("a file was applied")
        .id;
    on(&db, june(2));
    applied(&db, "1,,A,A,employee,active,2024-01-15,,,,,Y\n");
    let undone = db.write_blocking(Actor::Operator, move |tx| {
        crate::sync::undo::undo(tx, &first, "Wrong.")
    });
    assert_eq!(refused(undone).code, "undo-not-last");
}

#[test]
fn nobody_approves_their_own_held_plan() {
    let db = Db::in_memory_for_tests();
    applied(&db, &crowd(0..30));
    let plan = planned(&db, full(&crowd(0..20))).id;
    let approve = |by: &'static str| {
        let (plan, (snapshot, settings)) = (plan.clone(), full(&crowd(0..20)));
        db.write_blocking(Actor::Person(by.to_owned()), move |tx| {
            let approval = Some(Approval {
                plan: &plan,
                reason: "The department has closed.",
                sent_by: Some("person:acc_one"),
            });
            let application = Application {
                source: "hr",
                settings,
                snapshot: &snapshot,
                file_name: "hr.csv",
                file_sha256: "00",
                approval,
            };
            Ok(apply(tx, &application)?.plan)
        })
    };
    assert_eq!(refusal(approve("acc_one")).code, "second-approver");
    assert_eq!(approve("acc_two").expect("another looked").leavers, 10);
}

fn row() -> impl Strategy<Value = String> {
    // Ends lie after starts, or nearly every file would be refused; both lie on either side of today.
    let day = |blank: u32, years: [i32; 2]| {
        let written =
            (years[0]..=years[1], 5..8_u8, 1..10_u8).prop_map(|(y, m, d)| Day::ymd(y, m, d).to_string());
        prop_oneof![blank => Just(String::new()), 3 => written]
    };
    let (from, to) = ([2024, 2025], [2026, 2027]);
    let kind = prop_oneof![Just("employee"), Just("contractor"), Just("board")];
    let status = prop_oneof![Just(""), Just("active"), Just("leave"), Just("ended")];
    let word = prop_oneof![Just(""), Just("-"), Just("X"), Just("Y")];
    (
        kind,
        status,
        day(1, from),
        day(4, to),
        day(4, [2025, 2026]),
        day(4, [2026, 2026]),
        word,
    )
        .prop_map(|(kind, status, start, end, from, until, word)| {
            format!("{kind},{status},{start},{end},{from},{until},,{word}")
        })
}

fn file(rows: &[(u8, String)], reversed: bool) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(id, row)| format!("{id},p{id}@example.com,P,{id},{row}\n"))
        .collect();
    if reversed {
        lines.reverse();
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_once_applied_leaves_nothing_to_do(files in proptest::collection::vec(proptest::collection::vec((0..6_u8, row()), 1..6), 1..5)) {
        let db = Db::in_memory_for_tests();
        for (index, rows) in (1_u8..).zip(&files) {
            on(&db, june(index));
            let want = full(&file(rows, false));
            let plan = planned(&db, want.clone());
            let turned = planned(&db, full(&file(rows, true)));
            prop_assert_eq!(plan.refused.is_empty(), turned.refused.is_empty());
            if !plan.refused.is_empty() {
                continue;
            }
            prop_assert_eq!(&plan.id, &turned.id, "the order of rows is no fact");
            prop_assert_eq!(&plan.id, &planned(&db, want.clone()).id, "the same question has the same answer");
            applied_as(&db, want.clone(), Some(plan.id)).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let again = planned(&db, want.clone());
            prop_assert!(again.changes_nothing(), "{:?}", again.changes);
            on(&db, june(index + 1));
            let later = planned(&db, want);
            prop_assert!(later.of(Sort::Moves).next().is_none(), "nobody moves by the passing of a day: {:?}", later.changes);
        }
    }
}
