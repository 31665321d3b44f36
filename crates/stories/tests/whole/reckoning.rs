//! What the answers about the company of the fixtures have to be, reckoned by hand from the rules of time.
//!
//! All of it is about the baseline, B02 and B10: 30 days to do them the first time, then once a year, no days of grace.
//! A person who starts on day s is due on s + 30; a completion on day c counts on c … c + 364. Yusra Haddad (4107) is
//! on leave from the day the list was applied, 1 June 2026, and nobody knows until when.
//!
//! | who            | here                    | due         | B02         | B10         |
//! |----------------|-------------------------|-------------|-------------|-------------|
//! | 4101 Marlene   | since 2020-03-02        | long ago    | 2025-09-10  | 2025-09-10  |
//! | 4102 Jürgen    | since 2021-09-15        | long ago    | 2025-07-01  | 2025-07-01  |
//! | 4103 Sofie     | since 2026-02-01        | 2026-03-03  | 2026-02-20  | 2026-03-10  |
//! | 4104 Amadou    | since 2026-04-13        | 2026-05-13  |             |             |
//! | 4105 Greta     | since 2019-07-01        | long ago    | 2025-05-12  | 2025-05-12  |
//! | 4106 Paul      | since 2023-10-01        | long ago    | failed      |             |
//! | 4107 Yusra     | since 2022-08-16        | long ago    |             |             |
//! | 4108 Tom       | 2021-11-01 … 2026-01-31 | long ago    | 2025-10-01  | 2025-10-01  |
//! | 4109 Nele      | since 2026-06-22        | 2026-07-22  |             |             |
//! | 4110 Ida, c.   | since 2026-01-05        | 2026-02-04  |             |             |
//! | C-201 Priya, c.| since 2026-01-19        | 2026-02-18  | 2026-02-02  | 2026-02-02  |
//! | C-202 Oskar, c.| since 2026-05-25        | 2026-06-24  |             |             |
//! | C-203 Declan,c.| 2025-03-31 … 2026-02-27 | 2025-04-30  |             |             |
//! | C-204 Mei, c.  | since 2026-02-09        | 2026-03-11  |             |             |

use controls::Predicate;
use db::{Day, Window};
use evidence::status::{Asked, Period, Status, status};
use evidence::{Exception, Finding, Kind, Outcome};
use stories::World;

use crate::lindqvist;

/// The answer to every check of the frameworks that are adopted.
pub fn answered(w: &World, period: Period) -> Status {
    let asked = Asked {
        frameworks: Vec::new(),
        period,
        known_at: None,
    };
    w.db()
        .read_blocking(move |r| status(r, &asked))
        .expect("the status can be reckoned")
}

pub fn over(from: &str, to: &str) -> Period {
    Period::Over(Window::new(day(from), day(to)).expect("the window has a day"))
}

pub fn day(text: &str) -> Day {
    text.parse().expect("a day in a test")
}

/// The finding of A.6.3, where the company's answers are read.
pub fn finding(status: &Status, predicate: Predicate) -> &Finding {
    let is_asked =
        |f: &&Finding| f.framework == "iso27001" && f.requirement == "A.6.3" && f.predicate == predicate;
    status.checks.iter().find(is_asked).expect("A.6.3 asks for it")
}

/// An exception in one line.
pub fn line(e: &Exception) -> String {
    let shown = |day: Option<Day>| day.map_or("never".to_owned(), |day| day.to_string());
    match e.kind {
        Kind::Gap => format!("{} not covered {} to {}", e.person, shown(e.from), shown(e.to)),
        Kind::Missed => format!("{} due {} done {}", e.person, shown(e.due_on), shown(e.done_on)),
        Kind::LeftBeforeDue => format!("{} left before {}", e.person, shown(e.due_on)),
        Kind::NotYetDue => format!("{} not due until {}", e.person, shown(e.due_on)),
    }
}

/// Population, passing, left before due, not yet due, and the lines.
#[track_caller]
fn must_be(finding: &Finding, numbers: [u64; 4], lines: &[&str]) {
    let found: Vec<String> = finding.exceptions.iter().map(|e| line(&e)).collect();
    assert_eq!(found, lines, "{} of {}", finding.predicate, finding.requirement);
    let counted = [
        finding.population,
        finding.passing,
        finding.left_before_due,
        finding.not_yet_due,
    ];
    assert_eq!(
        counted, numbers,
        "{} of {}: {}",
        finding.predicate, finding.requirement, finding.note
    );
}

#[test]
fn newcomers_are_judged_by_the_thirtieth_day_after_their_start() {
    World::story(|w| {
        lindqvist::begin(w);
        // Seven tenures start in 2026: Sofie, Amadou, Nele, Ida, Priya, Oskar, Mei. Only Priya did both in time.
        // Sofie's B10 came a week late. All of 2026 is asked about, so that Nele's and Oskar's days to come are over.
        let year = answered(w, over("2026-01-01", "2027-01-01"));
        must_be(
            finding(&year, Predicate::P01),
            [7, 1, 0, 0],
            &[
                "4103 due 2026-03-03 done 2026-03-10",
                "4104 due 2026-05-13 done never",
                "4109 due 2026-07-22 done never",
                "4110 due 2026-02-04 done never",
                "C-202 due 2026-06-24 done never",
                "C-204 due 2026-03-11 done never",
            ],
        );
        assert_eq!(finding(&year, Predicate::P01).status, Outcome::NotMet);
        // Up to 1 June: Nele is not here yet, and Oskar still has time.
        let spring = answered(w, over("2026-01-01", "2026-06-01"));
        must_be(
            finding(&spring, Predicate::P01),
            [6, 1, 0, 1],
            &[
                "4103 due 2026-03-03 done 2026-03-10",
                "4104 due 2026-05-13 done never",
                "4110 due 2026-02-04 done never",
                "C-202 not due until 2026-06-24",
                "C-204 due 2026-03-11 done never",
            ],
        );
        // Up to 10 March Sofie's B10 of that very day is not known, and Mei, due the day after, still has time.
        let winter = answered(w, over("2026-01-01", "2026-03-10"));
        must_be(
            finding(&winter, Predicate::P01),
            [4, 1, 0, 1],
            &[
                "4103 due 2026-03-03 done never",
                "4110 due 2026-02-04 done never",
                "C-204 not due until 2026-03-11",
            ],
        );
        // Nobody starts on 1 June itself: nothing to judge is never met.
        let today = answered(w, Period::AsOf(day("2026-06-01")));
        must_be(finding(&today, Predicate::P01), [0, 0, 0, 0], &[]);
        assert_eq!(finding(&today, Predicate::P01).status, Outcome::NotEvaluable);
    });
}

#[test]
fn every_day_without_both_courses_in_date_is_a_day_of_a_gap() {
    World::story(|w| {
        lindqvist::begin(w);
        // On 1 June nine people are judged: not Yusra (on leave), Nele (to come), Oskar (still has time), Tom and
        // Declan (gone). Marlene, Jürgen, Sofie and Priya are covered. Greta's year ended with 11 May.
        let today = answered(w, Period::AsOf(day("2026-06-01")));
        must_be(
            finding(&today, Predicate::P02),
            [9, 4, 0, 0],
            &[
                "4104 not covered 2026-06-01 to 2026-06-02",
                "4105 not covered 2026-06-01 to 2026-06-02",
                "4106 not covered 2026-06-01 to 2026-06-02",
                "4110 not covered 2026-06-01 to 2026-06-02",
                "C-204 not covered 2026-06-01 to 2026-06-02",
            ],
        );
        // Over the year all fourteen have a judged day; Tom and Priya are covered on all of theirs. Days are judged from
        // the day after the deadline: Sofie from 4 March, covered from 10 March on. What was done in 2025 runs out on its
        // anniversary. Yusra's days end with the leave, Declan's with 27 February, his last.
        let year = answered(w, over("2026-01-01", "2027-01-01"));
        must_be(
            finding(&year, Predicate::P02),
            [14, 2, 0, 0],
            &[
                "4101 not covered 2026-09-10 to 2027-01-01",
                "4102 not covered 2026-07-01 to 2027-01-01",
                "4103 not covered 2026-03-04 to 2026-03-10",
                "4104 not covered 2026-05-14 to 2027-01-01",
                "4105 not covered 2026-05-12 to 2027-01-01",
                "4106 not covered 2026-01-01 to 2027-01-01",
                "4107 not covered 2026-01-01 to 2026-06-01",
                "4109 not covered 2026-07-23 to 2027-01-01",
                "4110 not covered 2026-02-05 to 2027-01-01",
                "C-202 not covered 2026-06-25 to 2027-01-01",
                "C-203 not covered 2026-01-01 to 2026-02-28",
                "C-204 not covered 2026-03-12 to 2027-01-01",
            ],
        );
    });
}

#[test]
fn people_from_outside_are_judged_apart_and_by_the_same_rules() {
    World::story(|w| {
        lindqvist::begin(w);
        // Five work by contract: Ida on the HR list, and the four on their own. Each counts once, with the start where it
        // lies in the window and with the days after. Declan started in 2025, so only his days count.
        let year = answered(w, over("2026-01-01", "2027-01-01"));
        must_be(
            finding(&year, Predicate::P24),
            [5, 1, 0, 0],
            &[
                "4110 not covered 2026-02-05 to 2027-01-01",
                "4110 due 2026-02-04 done never",
                "C-202 not covered 2026-06-25 to 2027-01-01",
                "C-202 due 2026-06-24 done never",
                "C-203 not covered 2026-01-01 to 2026-02-28",
                "C-204 not covered 2026-03-12 to 2027-01-01",
                "C-204 due 2026-03-11 done never",
            ],
        );
        // On 1 June: Ida, Priya and Mei are judged; Oskar still has time, Declan is gone.
        let today = answered(w, Period::AsOf(day("2026-06-01")));
        must_be(
            finding(&today, Predicate::P24),
            [3, 1, 0, 0],
            &[
                "4110 not covered 2026-06-01 to 2026-06-02",
                "C-204 not covered 2026-06-01 to 2026-06-02",
            ],
        );
    });
}
