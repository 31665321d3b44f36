//! The roster's pages: the list of people, the files that were applied, and the plan of a file before it is. For owners.

mod directory;
mod end;
mod file;
mod mapping;
mod people;
mod plan;
mod receipt;
pub mod source;
mod supplier;
mod waiting;

use axum::Router;
use db::Db;

/// `/people` and everything below `/roster` but what is judged from it.
pub fn routes() -> Router<Db> {
    Router::new()
        .merge(people::routes())
        .merge(directory::routes())
        .merge(supplier::routes())
        .merge(file::routes())
        .merge(plan::routes())
        .merge(mapping::routes())
        .merge(receipt::routes())
        .merge(source::routes())
        .merge(waiting::routes())
        .merge(end::routes())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use web::{Place, Role, Roles, Visitor};

    use super::*;

    struct Answered {
        status: StatusCode,
        location: String,
        text: String,
    }

    async fn ask(db: &Db, role: Role, request: Request<Body>) -> Answered {
        ask_as(db, ("acc_1", role), request).await
    }

    async fn ask_as(db: &Db, (account, role): (&str, Role), mut request: Request<Body>) -> Answered {
        let visitor = Visitor {
            account: account.to_owned(),
            person: None,
            name: "Olga Owner".to_owned(),
            email: "olga@example.com".to_owned(),
            roles: Roles::none().with(role),
            session: "ses_1".to_owned(),
            method: "a link by mail".to_owned(),
            authenticated_at: db.now(),
        };
        web::admit(request.extensions_mut(), Some(visitor), Place::default());
        let answer = routes()
            .with_state(db.clone())
            .oneshot(request)
            .await
            .expect("routers do not fail");
        let status = answer.status();
        let location = answer
            .headers()
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = answer
            .into_body()
            .collect()
            .await
            .expect("the body is whole")
            .to_bytes();
        Answered {
            status,
            location,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn see(db: &Db, path: &str) -> Answered {
        ask(
            db,
            Role::Owner,
            Request::get(path)
                .body(Body::empty())
                .expect("the request is whole"),
        )
        .await
    }

    async fn send(db: &Db, fields: &[(&str, &str)], file: Option<&str>) -> Answered {
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(&format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        let name = if file.is_some() { "people.csv" } else { "" };
        let rows = file.unwrap_or_default();
        body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{rows}\r\n--b--\r\n"));
        let request = Request::post("/roster/plans")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .expect("the request is whole");
        ask(db, Role::Owner, request).await
    }

    async fn apply(db: &Db, page: &Answered, reason: &str) -> Answered {
        apply_as(db, "acc_1", page, reason).await
    }

    async fn apply_as(db: &Db, account: &str, page: &Answered, reason: &str) -> Answered {
        let value = |name: &str| {
            let from = page
                .text
                .find(&format!("name=\"{name}\""))
                .expect("the form has the field");
            let rest = &page.text[from..];
            let value = rest.split("value=\"").nth(1).expect("the field has a value");
            value.split('"').next().expect("the value ends").to_owned()
        };
        let body = format!(
            "upload={}&plan={}&reason={}",
            value("upload"),
            value("plan"),
            reason.replace(' ', "+")
        );
        let request = Request::post("/roster/files")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("the request is whole");
        ask_as(db, (account, Role::Owner), request).await
    }

    const FULL: &[(&str, &str)] = &[("source", "hr"), ("mode", "full"), ("kind", ""), ("text", "")];

    fn rows(ids: std::ops::Range<u32>) -> String {
        let rows: String = ids
            .map(|id| format!("{id},Person {id},employee,2024-01-15\n"))
            .collect();
        format!("source_id,name,person_type,start_date\n{rows}")
    }

    #[tokio::test]
    async fn a_file_is_looked_at_applied_and_listed() {
        let db = Db::in_memory_for_tests();
        assert!(
            see(&db, "/people")
                .await
                .text
                .contains("Nobody is here on 1 June 2026.")
        );
        assert_eq!(see(&db, "/roster/files/new").await.status, StatusCode::OK);
        let sent = send(&db, FULL, Some(&rows(1..3))).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let plan = see(&db, &sent.location).await;
        assert!(plan.text.contains("2 would join, 0 leave"), "{}", plan.text);
        assert!(
            see(&db, "/people").await.text.contains("Nobody is here"),
            "looking changes nothing"
        );
        let applied = apply(&db, &plan, "").await;
        assert_eq!(
            (applied.status, applied.location.as_str()),
            (StatusCode::SEE_OTHER, "/roster/files")
        );
        let people = see(&db, "/people?q=person").await;
        assert!(
            people.text.contains("2 people are here") && people.text.contains("Person 1"),
            "{}",
            people.text
        );
        assert!(
            see(&db, "/people?as_of=2024-01-14")
                .await
                .text
                .contains("Nobody is here on 14 January 2024.")
        );
        assert!(see(&db, "/roster/files").await.text.contains("people.csv"));
        let gone = see(&db, &sent.location).await;
        assert_eq!(
            gone.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "the upload is forgotten"
        );
    }

    #[tokio::test]
    async fn a_held_plan_wants_a_reason_and_somebody_else() {
        let db = Db::in_memory_for_tests();
        let first = send(&db, FULL, Some(&rows(0..30))).await;
        let page = see(&db, &first.location).await;
        apply(&db, &page, "").await;
        let second = send(&db, FULL, Some(&rows(0..15))).await;
        let own = see(&db, &second.location).await;
        assert!(
            own.text.contains("people would leave") && !own.text.contains("Approve this plan"),
            "{}",
            own.text
        );
        assert!(
            see(&db, "/roster/files")
                .await
                .text
                .contains("waits for another owner")
        );
        let looked = || {
            Request::get(&second.location)
                .body(Body::empty())
                .expect("the request is whole")
        };
        let page = ask_as(&db, ("acc_2", Role::Owner), looked()).await;
        assert!(page.text.contains("Approve this plan"), "{}", page.text);
        let refused = apply(&db, &page, "The Leeds office has closed.").await;
        assert!(
            refused.text.contains("somebody else has to approve it"),
            "{}",
            refused.text
        );
        let refused = apply_as(&db, "acc_2", &page, "").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text.contains("Say in up to 500 characters"),
            "{}",
            refused.text
        );
        let applied = apply_as(&db, "acc_2", &page, "The Leeds office has closed.").await;
        assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
        assert!(see(&db, "/people").await.text.contains("15 people are here"));
    }

    #[tokio::test]
    async fn pasted_rows_are_a_file_and_bad_cells_are_listed() {
        let db = Db::in_memory_for_tests();
        let fields = [
            ("source", "hr"),
            ("mode", "delta"),
            ("kind", "employee"),
            ("text", "source_id,start_date\n7,soon"),
        ];
        let sent = send(&db, &fields, None).await;
        let page = see(&db, &sent.location).await;
        assert!(
            page.text.contains("line 2 cannot be read") && page.text.contains("“soon” is not a date"),
            "{}",
            page.text
        );
        assert!(!page.text.contains("Apply the file"));
    }

    #[tokio::test]
    async fn a_form_that_is_wrong_keeps_what_was_typed() {
        let db = Db::in_memory_for_tests();
        let nothing = send(
            &db,
            &[("source", "a/b"), ("mode", "full"), ("kind", ""), ("text", "")],
            None,
        )
        .await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            nothing.text.contains("Choose a file")
                && nothing.text.contains("Name the source")
                && nothing.text.contains("a/b")
        );
        let unreadable = send(&db, FULL, Some("source_id,person_type\n")).await;
        assert!(
            unreadable.text.contains("a header and no people"),
            "{}",
            unreadable.text
        );
    }

    async fn say(db: &Db, path: &str, body: &str) -> Answered {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .expect("the request is whole");
        ask(db, Role::Owner, request).await
    }

    #[tokio::test]
    async fn a_file_whose_columns_are_not_known_is_asked_about_and_then_read() {
        let db = Db::in_memory_for_tests();
        let file = "Badge,Who,Sort,Salary,Note\n7,Ada <b>Lovelace</b>,Crew,9000,x\n";
        let sent = send(&db, FULL, Some(file)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        assert!(
            sent.location.starts_with("/roster/mappings/"),
            "{}",
            sent.location
        );
        let page = see(&db, &sent.location).await;
        assert!(
            page.text.contains("no column with each person’s id"),
            "{}",
            page.text
        );
        assert!(
            page.text.contains("Ada &lt;b&gt;Lovelace&lt;/b&gt;"),
            "{}",
            page.text
        );
        assert!(!page.text.contains("9000"), "pay is not shown");
        let twice = say(&db, &sent.location, "column-0=source_id&column-1=source_id").await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(twice.text.contains("cannot both be source_id"), "{}", twice.text);
        let columns = "column-0=source_id&column-1=full_name&column-2=person_type&column-4=";
        let first = say(&db, &sent.location, columns).await;
        let plan = see(&db, &first.location).await;
        assert!(
            plan.text.contains("“Crew” is not a kind of person"),
            "{}",
            plan.text
        );
        assert!(
            plan.text.contains(&sent.location),
            "the plan leads back to the columns"
        );
        let second = say(&db, &sent.location, &format!("{columns}&kind-0=temp")).await;
        let plan = see(&db, &second.location).await;
        assert!(plan.text.contains("1 would join"), "{}", plan.text);
        apply(&db, &plan, "").await;
        let again = send(
            &db,
            FULL,
            Some("Badge,Who,Sort\n7,Ada Lovelace,crew\n8,Bo Holm,CREW\n"),
        )
        .await;
        assert!(
            again.location.starts_with("/roster/plans/"),
            "the next file is read by it"
        );
    }

    #[tokio::test]
    async fn only_owners_see_the_roster() {
        let db = Db::in_memory_for_tests();
        for path in [
            "/people",
            "/roster/files",
            "/roster/files/new",
            "/roster/directories",
            "/roster/directories/new",
        ] {
            let request = Request::get(path)
                .body(Body::empty())
                .expect("the request is whole");
            assert_eq!(
                ask(&db, Role::Manager, request).await.status,
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
    }
}
