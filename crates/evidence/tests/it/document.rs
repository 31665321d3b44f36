//! The document of `muster status`: its keys, its honesty, and that it stays the same.

use controls::{Check, Parameters, Predicate};
use db::{Error, params, sql};
use evidence::{Asked, Kind, Outcome, Period, Shade, spans_for};
use serde_json::Value;

use crate::world::{World, check, day, first, lines, person};

fn ada() -> World {
    let w = World::new();
    w.employee("ada", "2026-03-01").done("ada", "B01", "2026-04-05");
    w
}

fn json(status: &evidence::Status) -> String {
    serde_json::to_string(status).expect("a status is plain data")
}

#[test]
fn ada_is_reckoned_to_the_day() {
    let status = ada().over("2026-01-01", "2027-01-01");
    assert_eq!(
        lines(&check(&status, Predicate::P01, None), Kind::Missed),
        ["ada 2026-03-31 2026-04-05"]
    );
    assert_eq!(
        lines(&check(&status, Predicate::P02, None), Kind::Gap),
        ["ada 2026-04-01 2026-04-05"]
    );
    let next = ada().over("2027-01-01", "2028-01-01");
    assert_eq!(
        lines(&check(&next, Predicate::P02, None), Kind::Gap),
        ["ada 2027-04-05 2028-01-01"]
    );
    assert_eq!(check(&next, Predicate::P01, None).status, Outcome::NotEvaluable);
}

#[test]
fn the_keys_are_those_of_the_contract() {
    let text = json(&ada().over("2026-01-01", "2027-01-01"));
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        (&document["from"], &document["to"]),
        (&"2026-01-01".into(), &"2027-01-01".into())
    );
    assert_eq!(document["framework"], "iso27001");
    assert_eq!(document["roster"]["count"], 1);
    assert_eq!(document["roster"]["hash"].as_str().map(str::len), Some(64));
    let checks = document["checks"].as_array().expect("checks are a list");
    for check in checks {
        for key in [
            "requirement",
            "duty",
            "predicate",
            "parameters",
            "status",
            "population",
            "passing",
            "exceptions",
            "note",
        ] {
            assert!(check.get(key).is_some(), "{key} is missing in {check}");
        }
    }
    let first = checks
        .iter()
        .find(|c| c["requirement"] == "A.6.3" && c["predicate"] == "P01")
        .expect("it is asked");
    assert_eq!(first["status"], "not_met");
    let line = &first["exceptions"][0];
    assert_eq!(line["person"], "ada");
    assert_eq!(line["kind"], "missed");
    assert_eq!((&line["from"], &line["to"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&line["due_on"], &line["done_on"]),
        (&"2026-03-31".into(), &"2026-04-05".into())
    );
    assert_eq!(
        line["reason"],
        "B01 not completed by 2026-03-31; completed on 2026-04-05, 5 days late."
    );
}

#[test]
fn as_of_a_day_is_the_window_of_that_day() {
    let w = ada();
    let on = w.ask(Period::AsOf(day("2026-04-04")));
    assert_eq!(
        lines(&check(&on, Predicate::P02, None), Kind::Gap),
        ["ada 2026-04-04 2026-04-05"]
    );
    let text = json(&on);
    assert!(text.starts_with(r#"{"as_of":"2026-04-04","framework""#), "{text}");
    let next = w.ask(Period::AsOf(day("2026-04-05")));
    assert_eq!(check(&next, Predicate::P02, None).status, Outcome::Met);
}

#[test]
fn what_is_not_recorded_says_so_and_what_a_person_must_judge_says_that() {
    let status = ada().over("2026-01-01", "2027-01-01");
    for finding in &status.checks {
        assert!(
            finding.note.ends_with('.'),
            "{}: {}",
            finding.predicate,
            finding.note
        );
    }
    let awareness = check(&status, Predicate::P07, None);
    assert_eq!(awareness.status, Outcome::NotEvaluable);
    assert!(awareness.note.contains("does not record awareness activities"));
    let competence = status
        .checks
        .iter()
        .find(|c| c.predicate == Predicate::P25)
        .expect("7.2 asks it");
    assert_eq!(competence.status, Outcome::Manual);
    let finance = check(&status, Predicate::P03, Some("finance"));
    assert_eq!(finance.status, Outcome::NotEvaluable);
    assert!(
        finance
            .note
            .contains("No rule requires a course of the finance layer")
    );
    assert!(
        status
            .checks
            .iter()
            .all(|c| c.population > 0 || c.status != Outcome::Met),
        "empty is never met"
    );
}

#[test]
fn a_past_window_gives_the_same_bytes_after_later_facts() {
    let w = ada();
    let before = json(&w.over("2026-01-01", "2026-05-01"));
    w.employee("ben", "2026-06-01").done("ada", "B01", "2026-07-01");
    w.rule("B01", r#"{"any":[{"field":"kind","is":"board"}]}"#, "2026-07-01");
    w.row(
        sql!("update engagement set end_on = $1 where person_id = $2"),
        &params![day("2026-08-31"), person("ada")],
    );
    let after = json(&w.over("2026-01-01", "2026-05-01"));
    assert_eq!(before, after);
}

#[test]
fn what_was_known_then_can_be_asked_for_later() {
    let w = ada();
    let known_at = Some(day("2026-06-02").noon(&db::Zone::utc()));
    let period = Period::AsOf(day("2026-04-04"));
    let asked = Asked {
        frameworks: vec!["iso27001".to_owned()],
        period,
        known_at,
    };
    let then = w.asked(asked.clone()).expect("the rows can be read");
    let late = day("2026-06-09").noon(&db::Zone::utc());
    w.row(
        sql!(
            "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class,
                passed)
             values ('com_late', 'per_ada', 'B01', $1, $2, $2, 'import:paper', 'D', 1)"
        ),
        &params![day("2026-03-02"), late],
    );
    assert_eq!(json(&w.asked(asked).expect("the rows can be read")), json(&then));
    assert_eq!(check(&w.ask(period), Predicate::P02, None).status, Outcome::Met);
}

#[test]
fn the_roster_hash_can_be_made_with_sort_and_sha256sum() {
    let w = ada();
    w.engaged("ben", "contractor", "2025-01-01", "2026-04-02");
    let roster = w.over("2026-04-01", "2026-05-01").roster;
    // printf 'hr\tada\temployee\t2026-03-01\t\nhr\tben\tcontractor\t2025-01-01\t2026-04-02\n' | sha256sum
    assert_eq!(roster.count, 2);
    assert_eq!(
        roster.hash,
        "e0bea01228f145b1bc3272dbca013801446b66238496d5ee1cbf22cd3081e26f"
    );
}

#[test]
fn a_waiver_is_shown_and_changes_no_number() {
    let w = ada();
    w.waived("ada", "B01", "2026-03-15", "2026-04-02");
    let status = w.over("2026-01-01", "2027-01-01");
    let missed = check(&status, Predicate::P01, None);
    assert_eq!((missed.status, missed.passing), (Outcome::NotMet, 0));
    assert_eq!(first(&missed).waivers[0].compensating, "No access");
    let gaps = check(&status, Predicate::P02, None);
    assert_eq!(
        first(&gaps).waivers.len(),
        1,
        "it held on the first two of the days not covered"
    );
    assert!(gaps.note.contains("1 of the exceptions have a waiver"));
}

#[test]
fn what_does_not_hold_for_most_is_not_told_as_an_exception() {
    let w = World::new();
    w.employee("ada", "2026-03-01").done("ada", "B01", "2026-03-05");
    w.employee("ben", "2026-03-01");
    let said = |w: &World| {
        let status = w.over("2026-01-01", "2027-01-01");
        evidence::wording::headline(&check(&status, Predicate::P01, None))
    };
    assert_eq!(
        said(&w),
        "Everyone who started had the baseline training in time, except 1 person."
    );
    w.employee("cem", "2026-03-01");
    assert_eq!(
        said(&w),
        "2 of 3 people who started did not have the baseline training in time."
    );
}

#[test]
fn a_completion_counts_as_attested_and_assessed_only_for_its_own_edition() {
    let w = World::new();
    w.employee("ada", "2026-03-01")
        .done_here("ada", "B01", "2026-03-05", "edi_B01");
    w.employee("ben", "2026-03-01")
        .done_here("ben", "B01", "2026-03-06", "edi_D01");
    w.employee("cem", "2026-03-01").done("cem", "B01", "2026-03-07");
    let status = w.over("2026-01-01", "2027-01-01");
    let attested = check(&status, Predicate::P11, None);
    assert_eq!((attested.population, attested.passing), (3, 1));
    assert_eq!(
        lines(&attested, Kind::Missed),
        ["ben - 2026-03-06", "cem - 2026-03-07"]
    );
    let assessed = check(&status, Predicate::P12, None);
    assert_eq!((assessed.population, assessed.passing), (3, 2));
    assert_eq!(
        first(&assessed).reason,
        "The completion of B01 on 2026-03-07 rests on no passed assessment of its edition."
    );
}

#[test]
fn the_roster_is_whole_when_each_source_was_read_near_both_ends_and_the_arithmetic_comes_out() {
    let w = World::new();
    w.employee("ada", "2025-01-01")
        .engaged("ben", "employee", "2026-02-01", "2026-03-10");
    w.engaged("cem", "contractor", "2025-01-01", "2026-01-31")
        .employee("cem", "2026-02-01");
    w.read("2025-12-15").read("2026-04-01");
    let soc2 = |w: &World| {
        let window = db::Window::new(day("2026-01-01"), day("2026-04-01")).expect("not empty");
        let asked = Asked {
            frameworks: vec!["soc2".to_owned()],
            period: Period::Over(window),
            known_at: None,
        };
        let status = w.asked(asked).expect("the rows can be read");
        status
            .checks
            .into_iter()
            .find(|c| c.predicate == Predicate::P18)
            .expect("CC1.4 asks it")
    };
    let whole = soc2(&w);
    assert_eq!(whole.status, Outcome::Met);
    let totals: Vec<(&str, [u64; 4])> = whole
        .totals
        .iter()
        .map(|t| (t.kind, [t.engaged_at_start, t.begun, t.ended, t.engaged_at_end]))
        .collect();
    assert_eq!(totals, [("employee", [1, 2, 1, 2]), ("contractor", [1, 0, 1, 0])]);
    let w = World::new();
    w.employee("ada", "2025-01-01")
        .read("2025-11-30")
        .read("2026-03-01");
    let stale = soc2(&w);
    assert_eq!(stale.status, Outcome::NotMet);
    assert_eq!(lines(&stale, Kind::Missed), ["hr 2026-01-01 2025-11-30"]);
}

#[test]
fn a_course_added_later_leaves_everyone_the_onboarding_days() {
    let w = World::new();
    w.course("B02", "baseline");
    w.rule("B02", r#"{"all":true}"#, "2026-08-01");
    w.employee("ada", "2025-01-01").done("ada", "B01", "2026-01-01");
    let finding = check(&w.over("2026-01-02", "2027-01-01"), Predicate::P02, None);
    assert_eq!(lines(&finding, Kind::Gap), ["ada 2026-09-01 2027-01-01"]);
    assert_eq!(first(&finding).reason, "No completion of B02 was in date.");
}

#[test]
fn a_strip_has_every_day_once_and_its_gaps_are_the_findings() {
    let w = World::new();
    w.employee("vic", "2026-01-10")
        .away("vic", "2026-06-01", "2026-06-30")
        .done("vic", "B01", "2026-02-20");
    let parameters = Parameters {
        max_days: Some(100),
        ..Parameters::default()
    }
    .completed_for(Predicate::P02);
    let check = Check {
        predicate: Predicate::P02,
        parameters,
        duty: None,
        leg: None,
        note: None,
    };
    let window = db::Window::new(day("2026-01-01"), day("2026-08-01")).expect("not empty");
    let strip = w.look(move |reader| spans_for(reader, &person("vic"), &check, window));
    let shown: Vec<(String, Shade)> = strip
        .iter()
        .map(|s| (format!("{} {}", s.from, s.to), s.shade))
        .collect();
    // Due 9 February, done 20 February, valid for 100 days through 30 May, back on 1 July with grace through 15 July.
    assert_eq!(
        shown,
        [
            ("2026-01-01 2026-01-10".to_owned(), Shade::NotHere),
            ("2026-01-10 2026-02-10".to_owned(), Shade::FirstDays),
            ("2026-02-10 2026-02-20".to_owned(), Shade::Uncovered),
            ("2026-02-20 2026-05-31".to_owned(), Shade::Covered),
            ("2026-05-31 2026-06-01".to_owned(), Shade::Uncovered),
            ("2026-06-01 2026-07-01".to_owned(), Shade::Away),
            ("2026-07-01 2026-07-16".to_owned(), Shade::FirstDays),
            ("2026-07-16 2026-08-01".to_owned(), Shade::Uncovered),
        ]
    );
    assert!(strip.windows(2).all(|pair| pair[0].to == pair[1].from));
}

#[test]
fn a_framework_nobody_knows_is_refused() {
    let asked = Asked {
        frameworks: vec!["iso9000".to_owned()],
        period: Period::AsOf(day("2026-06-01")),
        known_at: None,
    };
    let answer = World::new().asked(asked);
    assert!(matches!(answer, Err(Error::Refused(r)) if r.sentence.contains("Known are iso27001, soc2")));
}
