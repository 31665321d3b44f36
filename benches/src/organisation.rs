//! A made-up organisation: a roster file of any length, twelve courses, twelve rules, a year of completions.
//!
//! Everything goes in through the functions that real files go through, in transactions of the sizes they have.
//! The same numbers give the same organisation. Not here: what is measured on it.

use assignments::{
    audience::{Audience, Condition, Field, Part, Test},
    reconcile::{Scope, reconcile},
    rule::{self, Duty, NewRule, Onboarding},
};
use curriculum::{edition, folder};
use db::{Actor, Day, Db, Fault, Result};
use learning::import;
use roster::{
    organisation::Organisation,
    sources::file,
    sync::{
        Plan, Settings,
        apply::{Application, apply, plan_now},
    },
};

/// The roster's source.
pub const SOURCE: &str = "hr";

/// Courses that everybody has to take, and some have to take: twelve in all.
pub const COURSES: [&str; 12] = [
    "B02", "B10", "D05", "B51", "B52", "B53", "B54", "B55", "B56", "B57", "B58", "B59",
];

const DEPARTMENTS: [&str; 8] = [
    "Sales",
    "Operations",
    "Finance",
    "Engineering",
    "Support",
    "People",
    "Legal",
    "Logistics",
];
const TITLES: [&str; 5] = ["Specialist", "Software engineer", "Lead", "Analyst", "Manager"];
const COUNTRIES: [&str; 5] = ["DE", "AT", "NL", "IE", "PL"];

/// The day the data is made around.
pub fn today() -> Day {
    Day::ymd(2026, 12, 1)
}

/// The first day of somebody: over six years, the last of them a month ago.
fn start_of(number: usize) -> Day {
    today() - 30 - i32::try_from(number * 7919 % 2190).unwrap_or(0)
}

/// A file of people as an HR system writes it. The first `promoted` have another job title than usual.
pub fn roster_file(people: usize, promoted: usize) -> String {
    let mut text = String::from(
        "source_id,email,given_name,family_name,person_type,start_date,manager_source_id,department,job_title,location,country\r\n",
    );
    for n in 0..people {
        let title = if n < promoted {
            "Head of something"
        } else {
            TITLES[n % TITLES.len()]
        };
        text += &format!(
            "E{n:06},person.{n:06}@bench.example,Given{},Family{n:06},employee,{},E{:06},{},{title},Site {},{}\r\n",
            n % 997,
            start_of(n),
            n / 10,
            DEPARTMENTS[n % DEPARTMENTS.len()],
            n % 40,
            COUNTRIES[n % COUNTRIES.len()],
        );
    }
    text
}

/// Reads the file and applies it, as `muster roster apply` does.
///
/// # Errors
/// A refusal of the file; a fault of the engine.
pub fn apply_roster(db: &Db, file: &str) -> Result<Plan> {
    let snapshot = file::read(file.as_bytes(), &file::Options::default())?;
    db.write_blocking(Actor::Operator, move |tx| {
        let application = Application {
            source: SOURCE,
            settings: Settings::default(),
            snapshot: &snapshot,
            file_name: "people.csv",
            file_sha256: "",
            approval: None,
        };
        Ok(apply(tx, &application)?.plan)
    })
}

/// What a roster file would change; nothing is written.
///
/// # Errors
/// A refusal of a file that cannot be read.
pub fn plan_roster(db: &Db, file: &str) -> Result<Plan> {
    let snapshot = file::read(file.as_bytes(), &file::Options::default())?;
    db.read_blocking(move |reader| plan_now(reader, SOURCE, &snapshot, Settings::default()))
}

/// The organisation, the frameworks it adopts, and twelve published courses.
///
/// # Errors
/// A fault of the engine.
pub fn set_up(db: &Db) -> Result<()> {
    db.write_blocking(Actor::Setup, |tx| {
        let organisation = Organisation {
            name: "Bench Ltd".to_owned(),
            zone: "UTC".to_owned(),
        };
        roster::organisation::set(tx, &organisation)?;
        for framework in controls::frameworks() {
            controls::adoption::adopt(tx, framework)?;
        }
        for course in COURSES {
            let day = tx.today()?;
            edition::publish(tx, &course_folder(course)?, day)?;
        }
        Ok(())
    })
}

/// A shipped course, or a copy of one under another id.
fn course_folder(id: &str) -> Result<folder::Folder> {
    if let Some(shipped) = folder::shipped(id) {
        return Ok(shipped);
    }
    let mut copy =
        folder::shipped("B10").ok_or_else(|| Fault::new("copying a course that is not shipped"))?;
    if let Some(body) = copy.files.get_mut("course.toml") {
        *body = String::from_utf8_lossy(body)
            .replace("id = \"B10\"", &format!("id = \"{id}\""))
            .into_bytes();
    }
    Ok(copy)
}

/// Sets twelve rules: six for everybody, six for those of some departments, titles and countries.
///
/// # Errors
/// A fault of the engine.
pub fn set_rules(db: &Db) -> Result<()> {
    db.write_blocking(Actor::Operator, |tx| {
        for (n, course) in COURSES.into_iter().enumerate() {
            let new = NewRule {
                name: format!("Rule {n}"),
                audience: audience(n),
                course_id: course.to_owned(),
                duty: Duty {
                    onboarding: Onboarding::Days(30),
                    refresh_days: Some(365),
                    grace_days: 0,
                    mover_days: Some(30),
                    calendar: None,
                    leave_days: None,
                },
                from_on: today() - 500,
                terms: rule::Terms::default(),
            };
            rule::set(tx, &new, None)?;
        }
        Ok(())
    })
}

fn audience(rule: usize) -> Audience {
    let when = |field, test| {
        Audience::AnyOf(vec![Part::One(Condition {
            field,
            test,
            not: false,
        })])
    };
    let those = |words: &[&str]| Test::In(words.iter().map(|word| word.to_lowercase()).collect());
    match rule {
        2 => when(Field::JobTitle, Test::Contains("engineer".to_owned())),
        7 => when(
            Field::Department,
            those(&["Sales", "Finance", "Legal", "People", "Support"]),
        ),
        8 => when(Field::Country, those(&["DE", "AT", "NL"])),
        9 => when(Field::Kind, Test::Is("employee".to_owned())),
        10 => when(
            Field::Department,
            those(&["Engineering", "Operations", "Logistics", "Support"]),
        ),
        11 => when(Field::JobTitle, Test::Contains("e".to_owned())),
        _ => Audience::Everyone,
    }
}

/// A file in which everybody but one in forty completed the course within the last year.
pub fn completions_file(people: usize, course: usize) -> String {
    let mut text = String::from("source_id,course,completed_on,score,passed,evidence_url\r\n");
    for n in (0..people).filter(|n| !(n + course * 3).is_multiple_of(40)) {
        let day =
            (today() - 1 - i32::try_from((n * 31 + course * 17) % 360).unwrap_or(0)).max(start_of(n) + 5);
        text += &format!("E{n:06},{},{day},{},yes,\r\n", COURSES[course], 80 + n % 21);
    }
    text
}

/// Brings a year of completions in, a file for each of the first so many courses.
///
/// # Errors
/// A fault of the engine, or a file that does not fit the roster.
pub fn complete(db: &Db, people: usize, courses: usize) -> Result<()> {
    for course in 0..courses {
        let text = completions_file(people, course);
        let source = format!("lms-{course}");
        db.write_blocking(Actor::Source(source.clone()), move |tx| {
            let plan = import::plan(tx, &source, text.as_bytes())?;
            import::apply(tx, &source, text.as_bytes(), &plan.id)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Everything: people, rules, completions, assignments, and the ledger placed and signed.
///
/// # Errors
/// A fault of the engine.
pub fn make(db: &Db, people: usize) -> Result<()> {
    set_up(db)?;
    apply_roster(db, &roster_file(people, 0))?;
    set_rules(db)?;
    complete(db, people, COURSES.len())?;
    db.write_blocking(Actor::Operator, |tx| reconcile(tx, &Scope::All))?;
    ledger::sequencer::catch_up(db, &Actor::Operator)?;
    Ok(())
}
