//! An organisation small enough to reckon by hand, for the tests of this crate.
//!
//! It is Monday 1 June 2026. Ada started on 20 May 2026, Ben on 1 January 2025; both are engineers. B02 and D05 are
//! published, and the default programme has bound since 1 January 2026.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::middleware::{self, Next};
use db::{Actor, Day, Db, Id, Moment, params, sql};
use http_body_util::BodyExt;
use roster::person::PersonKind;
use tower::ServiceExt;
use web::{Place, Role, Roles, Visitor};

use crate::programme;
use crate::reconcile::{self, Changes, Scope};
use crate::rule::{self, Onboarding};

pub(crate) const ADA: &str = "per_00000000000000000000000ADA";
pub(crate) const BEN: &str = "per_00000000000000000000000BEN";

pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("a date in a test")
}

pub(crate) fn person(id: &str) -> Id<PersonKind> {
    id.parse().expect("an id")
}

/// The people and the courses, without any rule.
pub(crate) fn people() -> Db {
    let db = Db::in_memory_for_tests();
    db.write_blocking(Actor::Setup, |tx| {
        tx.execute(sql!("insert into source (name, mode, created_at) values ('hr', 'full', 0)"), &[])?;
        for course in ["B02", "D05"] {
            tx.execute(sql!("insert into course (id, created_at) values ($1, 0)"), &params![course])?;
            tx.execute(
                sql!(
                    "insert into edition (id, course_id, number, title, leg, layer, minutes, method, reviewed_on,
                         review_due_on, content_sha256, published_at, published_by)
                     values ($1, $2, 1, 'Phishing', 'training', 'baseline', 11, 'online', 0, 0, $1, 0, 'setup')"
                ),
                &params![format!("edi_{course}"), course],
            )?;
        }
        for (id, start, given, family) in
            [(ADA, "2026-05-20", "Ada", "Osei"), (BEN, "2025-01-01", "Ben", "Adler")]
        {
            tx.execute(sql!("insert into person (id, created_at) values ($1, 0)"), &params![id])?;
            tx.execute(
                sql!(
                    "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
                     values ($1, $1, 'hr', $1, 'employee', $2, 0)"
                ),
                &params![id, day(start)],
            )?;
            tx.execute(
                sql!(
                    "insert into profile (id, person_id, from_on, email, given_name, family_name, job_title, access, tags, recorded_at)
                     values ($1, $1, $2, $3, $4, $5, 'Engineer', 'yes', '', 0)"
                ),
                &params![id, day(start), format!("{}@northwind.example", given.to_lowercase()), given, family],
            )?;
        }
        Ok(())
    })
    .expect("the people can be put down");
    db
}

/// The people, and the default programme with thirty days for everything, so that every reminder there is has its day
/// before what is owed is due; nobody has been reconciled.
pub(crate) fn organisation() -> Db {
    let db = people();
    db.write_blocking(Actor::Setup, |tx| {
        for mut new in programme::default_programme(&["B02".to_owned(), "D05".to_owned()], day("2026-01-01"))?
        {
            new.duty.onboarding = Onboarding::Days(30);
            rule::set(tx, &new, None)?;
        }
        Ok(())
    })
    .expect("the programme can be set");
    db
}

pub(crate) fn reconcile_all(db: &Db) -> Changes {
    db.write_blocking(Actor::Job("reconcile"), |tx| {
        reconcile::reconcile(tx, &Scope::All)
    })
    .expect("reconciling works")
}

/// An account, tied to a person or not.
pub(crate) fn account(db: &Db, id: &'static str, email: &'static str, person: Option<&'static str>) {
    db.write_blocking(Actor::Setup, move |tx| {
        tx.execute(
            sql!("insert into account (id, email, name, person_id, created_at) values ($1, $2, 'N', $3, 0)"),
            &params![id, email, person],
        )
    })
    .expect("an account can be made");
}

pub(crate) fn entries(db: &Db, act: ledger::Act) -> i64 {
    let count = db.read_blocking(move |r| {
        r.one(
            sql!("select cast(count(*) as bigint) from ledger_entry where kind = $1"),
            &params![act.text()],
            |row| row.get(0),
        )
    });
    count.expect("reading works").unwrap_or_default()
}

pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) body: String,
}

/// Asks for a page, or posts a form when there is one, as account `acc_1` with this role.
pub(crate) fn ask(db: &Db, role: Role, path: &str, form: Option<&str>) -> Answered {
    let visitor = Visitor {
        account: "acc_1".to_owned(),
        person: None,
        name: "Olga Owner".to_owned(),
        email: "olga@northwind.example".to_owned(),
        roles: Roles::none().with(role),
        session: "ses_1".to_owned(),
        method: "a link by mail".to_owned(),
        authenticated_at: Moment(0),
    };
    let admit = move |mut request: axum::extract::Request, next: Next| {
        let visitor = visitor.clone();
        async move {
            web::admit(request.extensions_mut(), Some(visitor), Place::default());
            next.run(request).await
        }
    };
    let app = crate::routes()
        .with_state(db.clone())
        .layer(middleware::from_fn(admit));
    let request = Request::builder()
        .method(if form.is_some() { "POST" } else { "GET" })
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.unwrap_or_default().to_owned()))
        .expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let answer = app.oneshot(request).await.expect("routers do not fail");
        let status = answer.status();
        let location = answer
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        Answered {
            status,
            location,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    })
}
