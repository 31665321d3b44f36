//! The pages as a browser gets them: what they say, who may see them, what posting does, and that GET changes nothing.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use db::{Actor, params, sql};
use http_body_util::BodyExt;
use ledger::Act;
use tower::ServiceExt;
use web::{Place, Role, Visitor};

use super::*;
use crate::{
    attempt, completion,
    tests::{self as sample, ADA, BEN},
};

struct Got {
    status: StatusCode,
    location: String,
    text: String,
}

struct House {
    db: Db,
    app: Router,
}

impl House {
    fn new() -> House {
        let db = sample::db();
        House {
            app: routes().with_state(db.clone()),
            db,
        }
    }

    fn call(&self, who: Option<Visitor>, request: axum::http::request::Builder, body: String) -> Got {
        let mut request = request.body(Body::from(body)).expect("a request");
        web::admit(request.extensions_mut(), who, Place::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let answer = self
                .app
                .clone()
                .oneshot(request)
                .await
                .expect("routers do not fail");
            let location = answer
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok());
            let (status, location) = (answer.status(), location.unwrap_or_default().to_owned());
            let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if status == StatusCode::OK && text.starts_with("<!DOCTYPE") {
                assert_eq!(text.matches("<h1").count(), 1, "one h1");
            }
            Got {
                status,
                location,
                text,
            }
        })
    }

    fn get(&self, who: &str, path: &str) -> Got {
        self.call(Some(sample::visitor(who)), Request::get(path), String::new())
    }

    fn post(&self, who: &str, path: &str, pairs: &[(&str, &str)]) -> Got {
        self.call(Some(sample::visitor(who)), form(path), encoded(pairs))
    }

    /// Follows a page that is to be found.
    fn page(&self, who: &str, path: &str) -> String {
        let got = self.get(who, path);
        assert_eq!(
            got.status,
            StatusCode::OK,
            "{path}: {} {}",
            got.location,
            got.text
        );
        got.text
    }

    /// Starts as Ada and answers everything over HTTP.
    fn answered(&self, rightly: bool) -> String {
        let first = self.post(ADA, "/my-training/T01/attempts", &[]).location;
        let id = attempt_id(first.split('/').nth(2).expect("an attempt")).expect("an id");
        let responses = responses(&self.db, &id, rightly);
        let mut next = first;
        for (n, response) in responses.iter().enumerate() {
            assert_eq!(next, question_href(&id, n + 1));
            let page = self.page(ADA, &next);
            assert!(
                !page.contains("KEY") && !page.contains("Yes."),
                "a question gives its key away: {page}"
            );
            let pairs: Vec<(&str, &str)> = response.iter().map(|value| ("answer", value.as_str())).collect();
            next = self.post(ADA, &next, &pairs).location;
        }
        assert_eq!(next, attempt_href(&id, "review"));
        let review = self.page(ADA, &next);
        assert!(review.contains("All 5 questions are answered") && !review.contains("KEY"));
        let handed_in = self.post(ADA, &attempt_href(&id, "submission"), &[]);
        assert_eq!(handed_in.location, attempt_href(&id, "result"));
        id.to_string()
    }

    fn signed(&self) -> (String, String) {
        let id = self.answered(true);
        self.post(ADA, "/consent", &[("to", "/my-training")]);
        self.post(ADA, &format!("/attempts/{id}/attestation/presentation"), &[]);
        self.post(
            ADA,
            &format!("/attempts/{id}/attestation"),
            &[("name", "Ada Osei")],
        );
        let receipt = self.signs(ADA, &id).location;
        assert_eq!(receipt, format!("/attempts/{id}/receipt"));
        let completed = self
            .db
            .read_blocking(|r| completion::latest(r, &sample::person_id(ADA), "T01"))
            .expect("read");
        (
            id,
            completed
                .and_then(|done| done.certificate)
                .expect("certified")
                .href(),
        )
    }

    /// Presses the button of the page on which everything is looked over.
    fn signs(&self, who: &str, id: &str) -> Got {
        let address = format!("/attempts/{id}/signature");
        let page = self.page(who, &address);
        let draft = page
            .split("name=\"draft\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a draft")
            .to_owned();
        self.post(who, &address, &[("draft", &draft)])
    }

    /// From a passed attempt to its receipt, with a wrong name on the way.
    fn sign_over_http(&self, id: &str) {
        let statement = format!("/attempts/{id}/attestation");
        let asked = self.get(ADA, &statement).location;
        assert_eq!(asked, format!("/consent?to=%2Fattempts%2F{id}%2Fattestation"));
        assert!(self.page(ADA, &asked).contains("I agree to sign electronically"));
        assert_eq!(
            self.post(ADA, "/consent", &[("to", &statement)]).location,
            statement
        );
        assert!(
            !self
                .page(ADA, &statement)
                .contains("I have completed this course myself."),
            "a GET presents nothing"
        );
        assert_eq!(
            self.post(ADA, &format!("{statement}/presentation"), &[]).location,
            statement
        );
        assert!(
            self.page(ADA, &statement)
                .contains("I have completed this course myself.")
        );
        let wrong = self.post(ADA, &statement, &[("name", "Ben Field")]);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            wrong
                .text
                .contains("Type your name as it is known here: Ada Osei.")
                && wrong.text.contains("value=\"Ben Field\"")
        );
        let typed = self.post(ADA, &statement, &[("name", "ada osei")]);
        assert_eq!(typed.location, format!("/attempts/{id}/signature"));
        let review = self.page(ADA, &typed.location);
        assert!(
            review.contains("I have completed this course myself.") && review.contains("ada osei"),
            "{review}"
        );
        assert!(!review.contains("checked"), "nothing is ticked beforehand");
        let signed = self.signs(ADA, id);
        assert_eq!(signed.location, format!("/attempts/{id}/receipt"));
        assert!(
            self.page(ADA, &signed.location)
                .contains("You have completed Judging a message.")
        );
    }

    /// Rows of every table this crate writes.
    fn rows(&self) -> i64 {
        let count = self.db.read_blocking(|r| {
            r.one(
                sql!(
                    "select (select cast(count(*) as bigint) from lesson_read) + (select cast(count(*) as bigint) from attempt)
                          + (select cast(count(*) as bigint) from answer) + (select cast(count(*) as bigint) from submission)
                          + (select cast(count(*) as bigint) from presentation) + (select cast(count(*) as bigint) from attestation)
                          + (select cast(count(*) as bigint) from completion) + (select cast(count(*) as bigint) from certificate)
                          + (select cast(count(*) as bigint) from consent) + (select cast(count(*) as bigint) from attestation_draft)
                          + (select cast(count(*) as bigint) from correction) + (select cast(count(*) as bigint) from badge_key)
                          + (select cast(count(*) as bigint) from ledger_entry)"
                ),
                &[],
                |row| row.get(0),
            )
        });
        count.expect("counted").unwrap_or(0)
    }
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let plain = |text: &str| text.replace('%', "%25").replace('&', "%26").replace(' ', "+");
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn responses(db: &Db, id: &Id<AttemptKind>, rightly: bool) -> Vec<Vec<String>> {
    let id = id.clone();
    db.read_blocking(move |r| {
        let attempt = attempt::find(r, &sample::person_id(ADA), &id)?.expect("her own");
        let course = curriculum::edition::load(r, &attempt.edition)?;
        let right = sample::right(&course, &attempt.form);
        let mut all = Vec::new();
        for asked in &attempt.form.questions {
            let question = attempt::question_of(&course, asked)?;
            let response = if rightly {
                right[&asked.question].clone()
            } else {
                sample::wrong(question)
            };
            let steps = question.shown(&asked.options).options;
            let told = |number: &usize| match question.kind {
                curriculum::Kind::FindTheLine => Some(*number),
                _ => steps.iter().position(|step| step.number == *number),
            };
            let told = response.iter().filter_map(told);
            all.push(told.map(|place| place.to_string()).collect());
        }
        Ok(all)
    })
    .expect("read")
}

fn owe(db: &Db) {
    db.write_blocking(Actor::Operator, |tx| {
        let rule = assignments::rule::NewRule {
            name: "Everyone".into(),
            audience: assignments::audience::Audience::Everyone,
            course_id: "T01".into(),
            duty: assignments::rule::Duty {
                refresh_days: Some(365),
                ..assignments::rule::Duty::within(30)
            },
            from_on: db::Day::ymd(2026, 6, 1),
            terms: assignments::rule::Terms::default(),
        };
        assignments::rule::set(tx, &rule, None)?;
        assignments::reconcile::reconcile(tx, &assignments::reconcile::Scope::All)?;
        Ok(())
    })
    .expect("a rule can be set");
}

#[test]
fn a_learner_reads_answers_signs_and_is_done() {
    let house = House::new();
    owe(&house.db);
    let to_do = house.page(ADA, "/my-training");
    assert!(
        to_do.contains("You have 1 course to do") && to_do.contains("Judging a message"),
        "{to_do}"
    );
    let overview = house.page(ADA, "/my-training/T01");
    assert!(overview.contains("Start the questions") && overview.contains("Read the first lesson"));
    assert!(
        house
            .page(ADA, "/my-training/T01/lessons/1")
            .contains("Lesson 1 of 2")
    );
    assert_eq!(
        house.post(ADA, "/my-training/T01/lessons/1/read", &[]).location,
        "/my-training/T01/lessons/2"
    );
    assert_eq!(
        house.post(ADA, "/my-training/T01/lessons/2/read", &[]).location,
        "/my-training/T01#questions"
    );
    assert!(house.page(ADA, "/my-training/T01").contains("all read"));

    let id = house.answered(true);
    let result = house.page(ADA, &format!("/attempts/{id}/result"));
    assert!(result.contains("You passed with 5 of 5.") && result.contains("Go on to the statement"));
    assert!(house.page(ADA, "/my-training").contains("Sign"));

    house.sign_over_http(&id);

    let done = house.page(ADA, "/my-training");
    assert!(
        done.contains("Nothing is waiting for you.") && done.contains("Taken and signed here"),
        "{done}"
    );
    let code = done
        .split("href=\"/certificates/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a certificate");
    let stranger = house.call(
        None,
        Request::get(format!("/certificates/{}", code.to_lowercase())),
        String::new(),
    );
    assert_eq!(stranger.status, StatusCode::OK);
    assert!(
        stranger
            .text
            .contains("Ada Osei has completed Judging a message.")
    );
    assert!(!stranger.text.contains("Download"));
}

#[test]
fn after_failing_only_what_was_chosen_is_explained() {
    let house = House::new();
    let id = house.answered(false);
    let result = house.page(ADA, &format!("/attempts/{id}/result"));
    assert!(
        result.contains("Not yet: 0 of 5 right, and 4 are needed."),
        "{result}"
    );
    assert!(result.contains("What to practise") && result.contains("Try again with other questions"));
    assert!(result.contains("KEY: "), "what was chosen is explained");
    for key in [
        "Yes. You take your own way there.",
        "Right. Crooks have padlocks as well.",
        "Yes. The value stays a value.",
    ] {
        assert!(
            !result.contains(key),
            "{key} stays a secret while there is another attempt"
        );
    }
    assert_eq!(
        house.get(ADA, &format!("/attempts/{id}/attestation")).location,
        format!("/attempts/{id}/result")
    );
}

#[test]
fn to_anybody_else_an_attempt_does_not_exist() {
    let house = House::new();
    let (id, _) = house.signed();
    let owner = Visitor {
        roles: sample::visitor(BEN).roles.with(Role::Owner).with(Role::Auditor),
        ..sample::visitor(BEN)
    };
    for who in [sample::visitor(BEN), owner] {
        for page in ["questions/1", "review", "result", "attestation", "receipt"] {
            let got = house.call(
                Some(who.clone()),
                Request::get(format!("/attempts/{id}/{page}")),
                String::new(),
            );
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{page}");
        }
        for page in [
            "questions/1",
            "submission",
            "attestation",
            "attestation/presentation",
        ] {
            let body = encoded(&[
                ("answer", "0"),
                ("name", "Ada Osei"),
                ("unanswered", "yes"),
                ("person", ADA),
            ]);
            let got = house.call(Some(who.clone()), form(&format!("/attempts/{id}/{page}")), body);
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{page}");
        }
    }
}

#[test]
fn somebody_who_is_not_on_the_roster_has_no_training_and_nobody_is_asked_to_sign_in() {
    let house = House::new();
    let outsider = Visitor {
        person: None,
        ..sample::visitor(BEN)
    };
    let got = house.call(Some(outsider), Request::get("/my-training"), String::new());
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    let got = house.call(None, Request::get("/my-training"), String::new());
    assert_eq!(
        (got.status, got.location.as_str()),
        (StatusCode::SEE_OTHER, "/sign-in?to=%2Fmy-training")
    );
    assert_eq!(
        house
            .call(None, form("/my-training/T01/attempts"), String::new())
            .status,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn addresses_that_name_nothing_are_missing_and_never_a_fault() {
    let house = House::new();
    let first = house.post(ADA, "/my-training/T01/attempts", &[]).location;
    let id = first.split('/').nth(2).expect("an attempt");
    for path in [
        format!("/attempts/{id}/questions/0"),
        format!("/attempts/{id}/questions/6"),
        format!("/attempts/{id}/questions/99999999999999999999999"),
        format!("/attempts/{id}/questions/-1"),
        "/attempts/att_1/questions/1".into(),
        "/attempts/att_01K00000000000000000000000/review".into(),
        "/attempts/per_01K00000000000000000000ADA/result".into(),
        "/my-training/X99".into(),
        "/my-training/%00".into(),
        "/my-training/T01/lessons/3".into(),
        "/my-training/T01/lessons/x".into(),
        "/certificates/nothing".into(),
        "/certificates/0000-0000-0000-0000/document".into(),
    ] {
        assert_eq!(house.get(ADA, &path).status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        house.post(ADA, "/my-training/X99/attempts", &[]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        house.post(ADA, "/my-training/T01/lessons/9/read", &[]).status,
        StatusCode::NOT_FOUND
    );
}

#[test]
fn a_bad_answer_comes_back_with_its_question_and_a_sentence() {
    let house = House::new();
    let first = house.post(ADA, "/my-training/T01/attempts", &[]).location;
    for pairs in [
        vec![],
        vec![("answer", "77")],
        vec![("answer", "<script>")],
        vec![("answer", "0"); 40],
    ] {
        let got = house.post(ADA, &first, &pairs);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{pairs:?}");
        assert!(
            got.text.contains("role=\"alert\"") && got.text.matches("<h1").count() == 1,
            "{}",
            got.text
        );
        assert!(!got.text.contains("<script>\""));
    }
    assert_eq!(sample::entries(&house.db, Act::AttemptSubmitted), 0);
    let back = house.post(ADA, &first, &[("go", "leave")]);
    assert_eq!(
        back.location, "/my-training",
        "leaving without a choice is no mistake"
    );
}

#[test]
fn a_script_saves_without_leaving_the_page() {
    let house = House::new();
    let first = house.post(ADA, "/my-training/T01/attempts", &[]).location;
    let id = attempt_id(first.split('/').nth(2).expect("an attempt")).expect("an id");
    let answer: Vec<String> = responses(&house.db, &id, true).remove(0);
    let body = answer
        .iter()
        .map(|value| format!("answer={value}"))
        .collect::<Vec<_>>()
        .join("&");
    let saved = house.call(
        Some(sample::visitor(ADA)),
        form(&first).header(header::ACCEPT, "application/json"),
        body,
    );
    assert_eq!(
        (saved.status, saved.location.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert!(house.page(ADA, &first).contains(">Saved<"));
}

#[test]
fn steps_are_moved_with_buttons_and_each_move_is_kept() {
    let house = House::new();
    let first = house.post(ADA, "/my-training/T01/attempts", &[]).location;
    let id = first.split('/').nth(2).expect("an attempt").to_owned();
    let pages = (1..=5).map(|n| format!("/attempts/{id}/questions/{n}"));
    // The draw of the seeded sample holds an order, or this finds none and says so.
    let order = pages
        .clone()
        .find(|path| house.page(ADA, path).contains("name=\"move\""));
    let Some(path) = order else {
        panic!("the seeded draw has no order; seed another one")
    };
    let shown = |page: String| -> Vec<String> {
        page.split("name=\"answer\" value=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next().map(str::to_owned))
            .collect()
    };
    let before = shown(house.page(ADA, &path));
    let mut pairs: Vec<(&str, &str)> = before.iter().map(|value| ("answer", value.as_str())).collect();
    pairs.push(("move", "down-0"));
    assert_eq!(house.post(ADA, &path, &pairs).location, format!("{path}#step-1"));
    let after = shown(house.page(ADA, &path));
    assert_eq!(
        before,
        ["0", "1", "2"],
        "a step is known by where it was shown and not by where it belongs"
    );
    assert_eq!(after, [before[1].clone(), before[0].clone(), before[2].clone()]);
}

#[test]
fn looking_changes_nothing() {
    let house = House::new();
    let (id, certificate) = house.signed();
    let before = house.rows();
    for path in [
        "/my-training".into(),
        "/my-training/T01".into(),
        "/my-training/T01/lessons/1".into(),
        certificate,
    ] {
        house.page(ADA, &path);
    }
    for page in ["questions/1", "review", "result", "attestation", "receipt"] {
        house.get(ADA, &format!("/attempts/{id}/{page}"));
    }
    assert_eq!(house.rows(), before);
}

#[test]
fn what_is_unanswered_is_handed_in_only_knowingly() {
    let house = House::new();
    let first = house.post(ADA, "/my-training/T01/attempts", &[]).location;
    let id = first.split('/').nth(2).expect("an attempt");
    assert!(
        house
            .page(ADA, &format!("/attempts/{id}/review"))
            .contains("no answer yet")
    );
    let refused = house.post(ADA, &format!("/attempts/{id}/submission"), &[]);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .text
            .contains("Questions 1, 2, 3, 4 and 5 have no answer."),
        "{}",
        refused.text
    );
    let handed_in = house.post(
        ADA,
        &format!("/attempts/{id}/submission"),
        &[("unanswered", "yes")],
    );
    assert_eq!(handed_in.status, StatusCode::SEE_OTHER);
    let late = house.post(ADA, &format!("/attempts/{id}/questions/1"), &[("answer", "0")]);
    assert_eq!(late.location, format!("/attempts/{id}/result"));
}

#[test]
fn a_certificate_is_printed_for_its_person_and_codes_cannot_be_tried() {
    let house = House::new();
    let (_, href) = house.signed();
    assert!(house.page(ADA, &href).contains("Download (PDF)"));
    assert_eq!(
        house.get(BEN, &format!("{href}/document")).status,
        StatusCode::NOT_FOUND
    );
    let nobody = house.call(None, Request::get(format!("{href}/document")), String::new());
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    let tried = (0..70).map(|_| {
        house
            .call(
                None,
                Request::builder()
                    .method(Method::GET)
                    .uri("/certificates/0000-0000-0000-0000"),
                String::new(),
            )
            .status
    });
    assert!(tried.collect::<Vec<_>>().contains(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(
        house.call(None, Request::get(&href), String::new()).status,
        StatusCode::OK,
        "who holds a code is not slowed down"
    );
}

#[test]
fn what_came_in_from_a_file_is_shown_as_brought_in() {
    let house = House::new();
    house
        .db
        .write_blocking(Actor::Operator, |tx| {
            tx.execute(
                sql!(
                    "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class, passed)
                     values ('cmp_1', $1, 'T01', 20500, 0, 0, 'import:academy', 'C', 1)"
                ),
                &params![ADA],
            )
        })
        .expect("stored");
    assert!(
        house
            .page(ADA, "/my-training")
            .contains("Brought in from academy")
    );
}
