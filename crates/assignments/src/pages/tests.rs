//! The pages as a browser gets them: what they say, who may see them, and what posting does.

use web::Role;

use crate::rule;
use crate::tests::{ADA, BEN, account, ask, organisation, people, reconcile_all};
use axum::http::StatusCode;

const DEVELOPERS: &str = "name=Developers&course=D05&audience=any&tag=developer&job_title=engineer&by=days\
     &onboarding_days=30&refresh_days=365&from_on=2026-06-01";

#[test]
fn the_programme_says_every_rule_and_how_many_are_in_it() {
    let db = organisation();
    let page = ask(&db, Role::Auditor, "/programme", None);
    assert_eq!(page.status, StatusCode::OK);
    for text in [
        "2 rules say what 2 people owe.",
        "For everyone",
        "Within 30 days of starting, then every 365 days",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(!page.body.contains("Add a rule"), "an auditor changes nothing");
    assert!(
        ask(&db, Role::Owner, "/programme", None)
            .body
            .contains("Add a rule")
    );
    assert_eq!(
        ask(&db, Role::Learner, "/programme", None).status,
        StatusCode::FORBIDDEN
    );
}

#[test]
fn an_empty_programme_offers_the_default_one() {
    let db = people();
    let page = ask(&db, Role::Owner, "/programme", None);
    assert!(
        page.body.contains("Nobody owes anything yet") && page.body.contains("Look at the default programme")
    );
    let offered = ask(&db, Role::Owner, "/programme/default", None);
    assert!(
        offered.body.contains("Use the default programme") && offered.body.contains("waits for its course")
    );
    assert!(
        !ask(&db, Role::Auditor, "/programme/default", None)
            .body
            .contains("Use the default programme")
    );
    assert_eq!(
        ask(&db, Role::Auditor, "/programme/default", Some("")).status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        ask(&db, Role::Owner, "/programme/default", Some("")).location,
        "/programme"
    );
    assert_eq!(db.read_blocking(rule::list).expect("reading works").len(), 3);
    assert!(
        !ask(&db, Role::Owner, "/programme/default", None)
            .body
            .contains("Use the default programme")
    );
}

#[test]
fn a_rule_is_looked_at_before_it_is_saved_and_looking_changes_nothing() {
    let db = people();
    let blank = ask(&db, Role::Editor, "/programme/rules/new", None);
    assert!(blank.status == StatusCode::OK && blank.body.contains("value=\"365\""));
    let look = ask(
        &db,
        Role::Editor,
        &format!("/programme/rules/new?look=yes&{DEVELOPERS}"),
        None,
    );
    assert!(
        look.body.contains("2 of 2 people") && look.body.contains("Ben Adler"),
        "{}",
        look.body
    );
    assert_eq!(db.read_blocking(rule::list).expect("reading works"), []);
    let wrong = ask(&db, Role::Editor, "/programme/rules/new?look=yes&name=x", None);
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY
            && wrong.body.contains("Choose who the rule is for.")
    );
    assert_eq!(
        ask(&db, Role::Editor, "/programme/rules", Some(DEVELOPERS)).location,
        "/programme"
    );
    let again = ask(&db, Role::Editor, "/programme/rules", Some(DEVELOPERS));
    assert!(
        again.status == StatusCode::UNPROCESSABLE_ENTITY
            && again.body.contains("already a rule for this course")
    );
    let set = db.read_blocking(rule::list).expect("reading works");
    assert_eq!(set.len(), 1);
    let change = ask(
        &db,
        Role::Editor,
        &format!("/programme/rules/new?replaces={}", set[0].id),
        None,
    );
    assert!(change.body.contains("value=\"Developers\"") && change.body.contains("value=\"engineer\""));
    let end = format!("/programme/rules/{}/end", set[0].id);
    assert_eq!(ask(&db, Role::Editor, &end, Some("")).location, "/programme");
    assert_eq!(
        ask(&db, Role::Editor, "/programme/rules/nonsense/end", Some("")).status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(db.read_blocking(rule::list).expect("reading works"), []);
}

#[test]
fn assignments_are_listed_as_the_address_asks() {
    let db = organisation();
    let empty = ask(&db, Role::Owner, "/assignments", None);
    assert!(empty.body.contains("Nothing is overdue."));
    reconcile_all(&db);
    let overdue = ask(&db, Role::Owner, "/assignments", None);
    for text in [
        "2 assignments are overdue.",
        "121 days overdue",
        "2 of 2 assignments",
        &format!("/people/{BEN}"),
    ] {
        assert!(overdue.body.contains(text), "{text}");
    }
    assert!(!overdue.body.contains(&format!("/people/{ADA}")));
    let young = ask(&db, Role::Owner, "/assignments?show=overdue_1&course=B02", None);
    assert!(young.body.contains("That is as it should be."));
    let in_time = ask(
        &db,
        Role::Owner,
        "/assignments?show=in_time&course=B02&page=1",
        None,
    );
    assert!(in_time.body.contains("18 days left") && in_time.body.contains("1 of 1 assignment"));
    assert_eq!(
        ask(
            &db,
            Role::Owner,
            "/assignments?page=99999999999999999999&show=x",
            None
        )
        .status,
        StatusCode::OK
    );
    assert_eq!(
        ask(&db, Role::Learner, "/assignments", None).status,
        StatusCode::FORBIDDEN
    );
}

#[test]
fn an_owner_grants_a_waiver_and_the_list_says_until_when() {
    let db = organisation();
    account(&db, "acc_1", "olga@northwind.example", None);
    reconcile_all(&db);
    let path = format!("/people/{BEN}/waivers/new");
    let form = ask(&db, Role::Owner, &path, None);
    assert!(form.status == StatusCode::OK && form.body.contains("Waive a course for Ben Adler"));
    let short = ask(
        &db,
        Role::Owner,
        &path,
        Some("course=B02&reason=At+sea&compensating=&until=2026-06-10"),
    );
    assert!(
        short.status == StatusCode::UNPROCESSABLE_ENTITY
            && short.body.contains("Say what is done in its place.")
    );
    assert!(short.body.contains("At sea"), "nothing typed is lost");
    let granted = ask(
        &db,
        Role::Owner,
        &path,
        Some("course=B02&reason=At+sea&compensating=No+access&until=2026-06-10"),
    );
    assert_eq!(granted.location, format!("/people/{BEN}"));
    assert!(
        ask(&db, Role::Owner, "/assignments?show=waived", None)
            .body
            .contains("waived until 10 Jun 2026")
    );
    assert_eq!(ask(&db, Role::Editor, &path, None).status, StatusCode::FORBIDDEN);
    assert_eq!(
        ask(&db, Role::Owner, "/people/per_x/waivers/new", None).status,
        StatusCode::NOT_FOUND
    );
}
