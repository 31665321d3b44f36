//! The pages: what they say, that their numbers are their rows, and who may see them.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
    middleware::{self, Next},
};
use db::{Actor, Db, Moment, params, sql};
use http_body_util::BodyExt;
use ledger::{Act, Entry};
use tower::ServiceExt;
use web::{Place, Role, Roles, Visitor};

use crate::world::World;

const ADA: &str = "per_00000000000000000000000ADA";

struct Seen {
    status: StatusCode,
    location: String,
    page: String,
}

fn visitor(role: Role) -> Visitor {
    Visitor {
        account: "acc_1".into(),
        person: Some(ADA.into()),
        name: "Olive Owner".into(),
        email: "olive@northwind.example".into(),
        roles: Roles::none().with(role),
        session: "ses_1".into(),
        method: "a link by mail".into(),
        authenticated_at: Moment(0),
    }
}

async fn ask(db: &Db, role: Role, (method, path, form): (&str, &str, &str)) -> Seen {
    let admit = move |mut request: axum::extract::Request, next: Next| async move {
        web::admit(request.extensions_mut(), Some(visitor(role)), Place::default());
        next.run(request).await
    };
    let app = evidence::pages::routes()
        .with_state(db.clone())
        .layer(middleware::from_fn(admit));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .expect("a request");
    let answer = app.oneshot(request).await.expect("routers do not fail");
    let status = answer.status();
    let location = answer
        .headers()
        .get(header::LOCATION)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    Seen {
        status,
        location,
        page: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

async fn look(db: &Db, role: Role, path: &str) -> Seen {
    ask(db, role, ("GET", path, "")).await
}

/// A company on 2026-12-31: one covered, one soon to lapse, one not covered, one in the first days, one away.
async fn company() -> Db {
    let db = tokio::task::spawn_blocking(|| {
        let w = World::new();
        w.employee("ann", "2026-02-01")
            .done("ann", "B01", "2026-02-20")
            .done("ann", "B01", "2026-09-01");
        w.employee("ben", "2026-01-01").done("ben", "B01", "2026-01-10");
        w.employee("cat", "2026-02-01").tags("cat", "2026-02-01", "");
        w.employee("dan", "2026-12-20");
        w.employee("eve", "2026-02-01")
            .done("eve", "B01", "2026-02-10")
            .away("eve", "2026-12-01", "");
        w.row(
            sql!("insert into person (id, created_at) values ($1, 1)"),
            &params![ADA],
        );
        let db = w.db();
        db.write_blocking(Actor::Operator, |tx| {
            let iso = controls::framework("iso27001").expect("it ships");
            controls::adoption::adopt(tx, iso).map(|_| ())
        })
        .expect("it is adopted");
        ledger::sequencer::catch_up(&db, &Actor::Operator).expect("entries can be placed");
        db
    });
    db.await.expect("the world is made")
}

#[tokio::test]
async fn today_says_the_finding_and_each_number_opens_as_many_rows() {
    let db = company().await;
    let seen = look(&db, Role::Owner, "/").await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(
        seen.page
            .contains("2 of 3 people are covered today. 1 is not, and 1 will lapse within 30 days."),
        "{}",
        seen.page
    );
    let lead = "<a href=\"/coverage/first-days\">1</a> more in their first days and <a href=\"/coverage/away\">1</a> on leave are not counted.";
    assert!(seen.page.contains(lead), "{}", seen.page);
    for standing in ["covered", "lapsing", "uncovered", "first-days", "away"] {
        assert!(seen.page.contains(&format!("/coverage/{standing}")), "{standing}");
        let list = look(&db, Role::Auditor, &format!("/coverage/{standing}")).await;
        assert!(list.page.contains("1 of 1 person"), "{standing}: {}", list.page);
        assert_eq!(
            list.page.matches("<tr").count(),
            2,
            "{standing}: a header and one row"
        );
    }
    assert!(!seen.page.contains("style=\""));
    let list = look(&db, Role::Auditor, "/coverage/uncovered").await;
    // Started on 1 February with thirty days to do it: since then, not since today.
    assert!(list.page.contains(">4 Mar 2026<"), "{}", list.page);
    assert!(list.page.contains("Employee"));
}

#[tokio::test]
async fn an_empty_house_says_the_one_next_step() {
    let seen = look(&Db::in_memory_for_tests(), Role::Owner, "/").await;
    assert!(seen.page.contains("Nobody is on the roster yet.") && seen.page.contains("/roster/files/new"));
    let world = tokio::task::spawn_blocking(|| {
        let w = World::new();
        w.employee("ann", "2026-02-01");
        w.db()
    });
    let seen = look(&world.await.expect("the world is made"), Role::Owner, "/").await;
    assert!(seen.page.contains("No framework is chosen yet"), "{}", seen.page);
}

#[tokio::test]
async fn a_learner_starts_with_their_own_training_and_sees_nobody_else() {
    let db = company().await;
    let seen = look(&db, Role::Learner, "/").await;
    assert_eq!(
        (seen.status, seen.location.as_str()),
        (StatusCode::SEE_OTHER, "/my-training")
    );
    for path in [
        "/coverage/uncovered",
        "/frameworks",
        "/packs",
        "/exports",
        "/ledger",
        "/people/per_ann",
    ] {
        assert_eq!(
            look(&db, Role::Learner, path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    assert_eq!(
        look(&db, Role::Learner, "/my-record").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_manager_sees_their_own_people_alone() {
    let db = company().await;
    let seen = look(&db, Role::Manager, "/").await;
    assert!(
        seen.page
            .contains("Nobody on the roster names you as their manager."),
        "{}",
        seen.page
    );
    db.write(Actor::Operator, |tx| {
        tx.execute(
            sql!("update profile set manager_key = 'Olive@northwind.example' where person_id = 'per_cat'"),
            &params![],
        )
    })
    .await
    .expect("the profile is there");
    let seen = look(&db, Role::Manager, "/").await;
    assert!(
        seen.page.contains("0 of 1 people are covered today. 1 is not."),
        "{}",
        seen.page
    );
    assert!(
        look(&db, Role::Manager, "/coverage/uncovered")
            .await
            .page
            .contains("per_cat")
    );
    assert!(
        !look(&db, Role::Manager, "/coverage/covered")
            .await
            .page
            .contains("per_ann")
    );
    assert_eq!(
        look(&db, Role::Manager, "/people/per_ann").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_requirement_and_its_checks_say_who_and_when() {
    let db = company().await;
    let list = look(&db, Role::Auditor, "/frameworks/iso27001").await;
    assert!(
        list.page
            .contains("/frameworks/iso27001/requirements/A.6.3/checks/2"),
        "{}",
        list.page
    );
    let one = look(
        &db,
        Role::Auditor,
        "/frameworks/iso27001/requirements/A.7.2.2?from=2026-01-01&to=2027-01-01",
    )
    .await;
    assert!(
        one.page.contains("A.6.3") && one.page.contains("checks/1?from=2026-01-01"),
        "{}",
        one.page
    );
    let check = look(
        &db,
        Role::Auditor,
        "/frameworks/iso27001/requirements/A.6.3/checks/2?from=2026-01-01&to=2027-01-01",
    )
    .await;
    assert_eq!(check.status, StatusCode::OK);
    for part in [
        "Everyone had baseline training in date on every day, except 1 person for parts of it.",
        "cat",
        "In words an auditor uses",
        "How this is reckoned",
        "uncovered",
        "1 January 2026 to 31 December 2026",
    ] {
        assert!(check.page.contains(part), "{part}: {}", check.page);
    }
    let cat = check.page.find("/people/per_cat").expect("she is listed");
    let ann = check.page.find("/people/per_ann").expect("so is she");
    assert!(cat < ann, "those with gaps come first");
}

#[tokio::test]
async fn exceptions_lists_and_packs_are_taken_away_with_an_entry() {
    let db = company().await;
    let path = "/frameworks/iso27001/requirements/A.6.3/checks/2/exceptions?from=2026-01-01&to=2027-01-01";
    let csv = ask(&db, Role::Auditor, ("POST", path, "")).await;
    assert_eq!(
        (csv.status, csv.page.lines().count()),
        (StatusCode::OK, 2),
        "{}",
        csv.page
    );
    let list = ask(
        &db,
        Role::Auditor,
        (
            "POST",
            "/exports",
            "what=completions&format=csv&from=2026-01-01&to=2027-01-01",
        ),
    )
    .await;
    assert_eq!(
        (list.status, list.page.lines().count()),
        (StatusCode::OK, 5),
        "{}",
        list.page
    );
    let wrong = ask(
        &db,
        Role::Auditor,
        ("POST", "/exports", "what=incidents&format=csv"),
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.page.contains("muster does not record incidents yet"));
    let pack = ask(
        &db,
        Role::Owner,
        (
            "POST",
            "/packs",
            "framework=iso27001&from=2026-01-01&to=2027-01-01",
        ),
    )
    .await;
    assert_eq!(pack.status, StatusCode::OK);
    assert!(pack.page.starts_with("PK"));
    assert!(
        look(&db, Role::Owner, "/packs")
            .await
            .page
            .contains("One evidence pack has been built.")
    );
    let acts: Vec<String> = db
        .read(|reader| reader.rows(sql!("select kind from ledger_entry where kind in ('exported', 'pack-built') order by id limit 10"), &[], |row| row.get(0)))
        .await
        .expect("the ledger can be read");
    assert_eq!(acts, ["exported", "exported", "pack-built"]);
}

#[tokio::test]
async fn a_persons_page_tells_their_story_and_proves_it() {
    const BEA: &str = "00000000000000000000000BEA";
    let db = tokio::task::spawn_blocking(|| {
        let w = World::new();
        w.employee(BEA, "2026-02-01")
            .done_here(BEA, "B01", "2026-02-10", "edi_B01")
            .tags(BEA, "2026-02-01", " developer ");
        w.waived(BEA, "D01", "2026-03-01", "2026-12-31");
        let db = w.db();
        db.write_blocking(Actor::Operator, |tx| {
            let iso = controls::framework("iso27001").expect("it ships");
            controls::adoption::adopt(tx, iso)?;
            ledger::record(tx, Entry::about(Act::PersonJoined, format!("person:per_{BEA}"))).map(|_| ())
        })
        .expect("it is recorded");
        ledger::sequencer::catch_up(&db, &Actor::Operator).expect("entries can be placed");
        db
    });
    let db = db.await.expect("the world is made");
    let seen = look(&db, Role::Auditor, &format!("/people/per_{BEA}")).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.page);
    for part in [
        "A B owes nothing today.",
        "9 of 10",
        "Parental leave to be entered",
        "person-joined",
        "Developer, 30 days to begin with and every 365 days: ISO\u{a0}27001 A.6.3",
        "Believed",
        "uncovered",
    ] {
        assert!(seen.page.contains(part), "{part}: {}", seen.page);
    }
    let record = look(&db, Role::Auditor, &format!("/people/per_{BEA}/record.json")).await;
    let document: serde_json::Value = serde_json::from_str(&record.page).expect("it is JSON");
    let (line, proof) = (
        &document["records"][0]["record"],
        document["records"][0]["proof"].as_str().expect("a proof"),
    );
    let line = seal::canonical(line).expect("it has one spelling");
    let leaf = seal::Record::from_line(&line)
        .and_then(|record| record.leaf_hash())
        .expect("a whole record");
    let verifier = seal::Verifier::from_vkey(document["log"].as_str().expect("a key")).expect("a key");
    seal::Proof::from_text(proof)
        .and_then(|proof| proof.check(&leaf, &verifier))
        .expect("the proof holds");
}

#[tokio::test]
async fn the_log_is_open_to_everyone_and_says_no_name() {
    let db = company().await;
    let ledger = look(&db, Role::Auditor, "/ledger").await;
    assert!(
        ledger.page.contains("entries are sealed") && ledger.page.contains("framework-adopted"),
        "{}",
        ledger.page
    );
    let app = evidence::pages::routes().with_state(db.clone());
    for path in [
        "/log/checkpoint",
        "/log/vkey",
        "/log/pack-key",
        "/log/tile/0/000.p/1",
    ] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = app.clone().oneshot(request).await.expect("routers do not fail");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn hostile_addresses_find_nothing() {
    let db = company().await;
    for path in [
        "/frameworks/nist",
        "/frameworks/iso27001/requirements/A.99",
        "/frameworks/iso27001/requirements/A.6.3/checks/0",
        "/frameworks/iso27001/requirements/A.6.3/checks/999",
        "/frameworks/iso27001/requirements/A.6.3/checks/-1",
        "/coverage/%3Cscript%3E",
        "/people/%27%20or%201=1",
        "/people/acc_1",
        "/log/tile/9/000",
        "/log/tile/0/999",
        "/log/tile/0/..%2F..%2Fetc",
    ] {
        assert_eq!(
            look(&db, Role::Owner, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let wide = look(
        &db,
        Role::Owner,
        "/frameworks/iso27001?from=0001-01-01&to=9999-12-31",
    )
    .await;
    assert_eq!(
        wide.status,
        StatusCode::OK,
        "too long a window is answered with the usual one"
    );
    let odd = look(&db, Role::Owner, "/ledger?act=%3Cscript%3Ealert&before=-5").await;
    assert!(odd.status == StatusCode::OK && !odd.page.contains("<script>alert"));
}
