//! The list of courses, one course, one of its editions, and publishing a shipped one.
//!
//! Everybody who is signed in may read courses; the questions and their keys are shown to editors,
//! auditors and owners alone. A learner learns elsewhere (`learning`), one question at a time.
//! What a course looks like in parts is in `sheet`.

mod sheet;
mod translation;

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use db::{Actor, Day, Db, Reader, Zone};
use identity::account;
use web::{
    Answer, Column, Editor, Error, Markup, Opening, Place, Role, Screen, Standing, Table, Visitor, act,
    button_link, html, panel, see_other_saying, tag, to_do,
};

use crate::{
    course::{Course, is_course_id},
    draft,
    edition::{self, Edition, Listed},
    folder::{catalogue, content_sha256, shipped},
    proposal,
    render::asset_name,
    taxonomy::Word,
};
pub(super) use sheet::with_key;
use sheet::{Origin, Questions, Sheet};

/// Days before a review is due in which the list says so.
const REVIEW_NOTICE_DAYS: i32 = 30;
/// A picture of an edition never changes: a browser may keep it for a year.
const PICTURE_CACHE: &str = "private, max-age=31536000, immutable";
/// A drawing may style itself and nothing more, should somebody open it by itself.
pub(super) const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/courses", get(index))
        .route("/courses/{id}", get(show))
        .route("/courses/{id}/editions", post(publish))
        .route("/courses/{id}/editions/{number}", get(show_edition))
        .route(
            "/courses/{id}/editions/{number}/translations/{tag}",
            get(translation::show),
        )
        .route("/courses/{id}/editions/{number}/assets/{name}", get(picture))
}

/// A course inside this program, parsed once.
struct Offer {
    course: Arc<Course>,
    content_sha256: String,
}

static OFFERS: LazyLock<Vec<Offer>> = LazyLock::new(|| {
    let read = |(_, folder)| {
        let course = Course::parse(&folder).ok()?;
        Some(Offer {
            course: Arc::new(course),
            content_sha256: content_sha256(&folder),
        })
    };
    catalogue().into_iter().filter_map(read).collect()
});

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    let (listed, today) = db
        .read(|reader| Ok((edition::courses(reader)?, reader.today()?)))
        .await?;
    let offers = OFFERS
        .iter()
        .filter(|_| may_publish(&visitor))
        .filter_map(|offer| offer.to_publish(&listed));
    let offers: Vec<(Markup, Markup)> = offers.collect();
    let finding = match (listed.len(), offers.is_empty()) {
        (0, true) => "No course is published yet.".to_owned(),
        (0, false) => "No course is published yet; publish the first one below.".to_owned(),
        (1, _) => "One course is published.".to_owned(),
        (count, _) => format!("{count} courses are published."),
    };
    let columns = [
        Column::new("Course"),
        Column::new("Leg"),
        Column::new("Layer"),
        Column::new("Minutes").number(),
        Column::new("Edition").number(),
        Column::new("Review due"),
    ];
    let table = Table::new("Courses", columns)
        .labelled()
        .empty("There is nothing to learn yet. An editor publishes a course; then it can be assigned.")
        .rows(listed.iter().map(|course| row(&course.edition, today)));
    let body = html! {
        (Opening::new(finding)
            .lead("What people learn with is an edition: a text that never changes once it is published.")
            .actions(html! { @if may_publish(&visitor) { (button_link("Courses being written", "/drafts")) } }))
        (table)
        @if !offers.is_empty() { (panel("Ready to publish", "comes with this version of muster", to_do(offers))) }
    };
    Screen::shell(&place, "Courses", body).answer()
}

fn row(edition: &Edition, today: Day) -> [Markup; 6] {
    [
        html! { a href={ "/courses/" (edition.course_id) } { (edition.course_id) " " (edition.title) } },
        html! { (edition.leg.word()) },
        html! { (edition.layer.word()) },
        html! { (edition.minutes) },
        html! { (edition.number) },
        review(edition.review_due_on, today),
    ]
}

/// When the review is due, and what that means today.
fn review(due: Day, today: Day) -> Markup {
    match due - today {
        ..0 => tag(Standing::Gap, format!("was due {}", due.short())),
        0..=REVIEW_NOTICE_DAYS => tag(Standing::Attention, format!("due {}", due.short())),
        _ => web::day(due),
    }
}

impl Offer {
    /// The way to publish it, when its text is not the current edition.
    fn to_publish(&self, listed: &[Listed]) -> Option<(Markup, Markup)> {
        let course = &self.course;
        let current = listed
            .iter()
            .find(|listed| listed.edition.course_id == course.id)
            .map(|listed| &listed.edition);
        if current.is_some_and(|edition| edition.content_sha256 == self.content_sha256) {
            return None;
        }
        let sentence = html! {
            a href={ "/courses/" (course.id) } { (course.id) " " (course.title) }
            @match current {
                Some(edition) => { ": a newer text than edition " (edition.number) "." },
                None => { ": " (course.minutes) " minutes, " (course.layer.word()) "." },
            }
        };
        Some((sentence, publish_button(course, current)))
    }
}

fn publish_button(course: &Course, current: Option<&Edition>) -> Markup {
    let number = current.map_or(1, |edition| edition.number + 1);
    let question = format!(
        "Publish {} as edition {number}? An edition is never changed or removed.",
        course.title
    );
    act(
        &format!("Publish edition {number}"),
        &format!("/courses/{}/editions", course.id),
        Some(&question),
    )
}

async fn show(place: Place, visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id = checked(id)?;
    let wanted = id.clone();
    let found = db
        .read(move |reader| match edition::current(reader, &wanted)? {
            Some(current) => Ok(Some(sheet(reader, current)?)),
            None => Ok(None),
        })
        .await?;
    let offer = OFFERS
        .iter()
        .find(|offer| offer.course.id == id && may_publish(&visitor));
    let sheet = match (found, offer) {
        (Some(sheet), _) => sheet,
        (None, Some(offer)) => {
            db.read(|reader| unpublished(reader, offer.course.clone()))
                .await?
        }
        (None, None) => return Err(Error::Missing),
    };
    let current = sheet.edition.as_ref();
    let is_newer =
        |offer: &&Offer| current.is_none_or(|edition| edition.content_sha256 != offer.content_sha256);
    let button = offer
        .filter(is_newer)
        .map(|offer| publish_button(&offer.course, current));
    let actions = html! {
        @if let Some(button) = button { (button) }
        @if may_publish(&visitor) { (act("Change this course", &format!("/courses/{}/drafts", sheet.course.id), None)) }
    };
    let body = html! { (sheet.opening(Some(actions))) (sheet.body(questions(&visitor))) };
    Screen::shell(&place, &sheet.course.title, body).answer()
}

async fn show_edition(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path((id, number)): Path<(String, String)>,
) -> Answer {
    let (id, number) = (checked(id)?, edition_number(&number)?);
    let found = db
        .read(move |reader| match edition::numbered(reader, &id, number)? {
            Some(edition) => Ok(Some(sheet(reader, edition)?)),
            None => Ok(None),
        })
        .await?;
    let sheet = found.ok_or(Error::Missing)?;
    let body = html! { (sheet.opening(None)) (sheet.body(questions(&visitor))) };
    Screen::shell(&place, format!("{}, edition {number}", sheet.course.title), body).answer()
}

async fn publish(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let folder = shipped(&checked(id)?).ok_or(Error::Missing)?;
    let actor = Actor::Person(editor.account.clone());
    let edition = db
        .write(actor, move |tx| {
            let today = tx.today()?;
            edition::publish(tx, &folder, today)
        })
        .await?;
    let said = format!("Edition {} of {} is published.", edition.number, edition.title);
    Ok(see_other_saying(
        &format!("/courses/{}", edition.course_id),
        &said,
    ))
}

async fn picture(
    _: Visitor,
    State(db): State<Db>,
    Path((id, number, name)): Path<(String, String, String)>,
) -> Answer {
    let (id, number) = (checked(id)?, edition_number(&number)?);
    let name = asset_name(&format!("assets/{name}"))
        .ok_or(Error::Missing)?
        .to_owned();
    let kind = picture_kind(&name);
    let found = db
        .read(move |reader| match edition::numbered(reader, &id, number)? {
            Some(edition) => edition::asset(reader, &edition.id, &name),
            None => Ok(None),
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, PICTURE_CACHE),
        (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY),
    ];
    Ok((headers, found.ok_or(Error::Missing)?).into_response())
}

pub(super) fn picture_kind(name: &str) -> &'static str {
    if name.ends_with(".svg") {
        "image/svg+xml"
    } else {
        "image/png"
    }
}

/// Everything a page of one edition shows.
fn sheet(reader: &mut Reader, edition: Edition) -> db::Result<Sheet> {
    Ok(Sheet {
        course: edition::load(reader, &edition.id)?,
        editions: edition::editions(reader, &edition.course_id)?,
        today: reader.today()?,
        zone: reader.zone()?,
        origin: origin(reader, &edition)?,
        edition: Some(edition),
    })
}

/// Who wrote, proposed and published it, when that was done here.
fn origin(reader: &mut Reader, edition: &Edition) -> db::Result<Option<Origin>> {
    let Some(proposal) = proposal::of_edition(reader, &edition.id)? else {
        return Ok(None);
    };
    let Some(draft) = draft::find(reader, &proposal.draft)? else {
        return Ok(None);
    };
    let mut written_by = Vec::new();
    for writer in draft::writers(reader, &draft)? {
        written_by.push(account::called(reader, &writer)?);
    }
    Ok(Some(Origin {
        written_by: written_by.join(", "),
        proposed_by: account::called(reader, &proposal.by)?,
        published_by: account::called(reader, &edition.published_by)?,
        note: proposal.note,
    }))
}

/// A shipped course before its first edition.
fn unpublished(reader: &mut Reader, course: Arc<Course>) -> db::Result<Sheet> {
    let (today, zone): (Day, Zone) = (reader.today()?, reader.zone()?);
    Ok(Sheet {
        course,
        editions: Vec::new(),
        today,
        zone,
        origin: None,
        edition: None,
    })
}

fn checked(id: String) -> Result<String, Error> {
    if is_course_id(&id) {
        Ok(id)
    } else {
        Err(Error::Missing)
    }
}

fn edition_number(written: &str) -> Result<i64, Error> {
    written.parse().map_err(|_| Error::Missing)
}

fn may_publish(visitor: &Visitor) -> bool {
    [Role::Editor, Role::Owner]
        .into_iter()
        .any(|role| visitor.roles.has(role))
}

fn questions(visitor: &Visitor) -> Questions {
    let sees_keys = may_publish(visitor) || visitor.roles.has(Role::Auditor);
    if sees_keys {
        Questions::WithKeys
    } else {
        Questions::Hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folder, sample};
    use axum::{
        body::Body,
        http::{Request, StatusCode},
        middleware::{self, Next},
    };
    use db::Moment;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use web::Roles;

    const KEY: &str = "Whoever wrote it will say yes.";

    fn visitor(role: Role) -> Visitor {
        Visitor {
            account: "acc_1".into(),
            person: None,
            name: "Edda Editor".into(),
            email: "edda@northwind.example".into(),
            roles: Roles::none().with(role),
            session: "ses_1".into(),
            method: "a link by mail".into(),
            authenticated_at: Moment(0),
        }
    }

    async fn published(folder: Folder) -> Db {
        let db = Db::in_memory_for_tests();
        publish_folder(&db, folder).await;
        db
    }

    async fn publish_folder(db: &Db, folder: Folder) {
        let write = db.write(Actor::Operator, move |tx| {
            let today = tx.today()?;
            edition::publish(tx, &folder, today)
        });
        write.await.expect("the sample publishes");
    }

    async fn ask(db: &Db, role: Role, method: &str, path: &str) -> (StatusCode, String) {
        let admit = move |mut request: axum::extract::Request, next: Next| async move {
            web::admit(request.extensions_mut(), Some(visitor(role)), Place::default());
            next.run(request).await
        };
        let app = routes().with_state(db.clone()).layer(middleware::from_fn(admit));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        let answer = app.oneshot(request).await.expect("routers do not fail");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn the_list_names_every_course_with_its_edition_and_review() {
        let db = published(sample::folder()).await;
        let (status, page) = ask(&db, Role::Learner, "GET", "/courses").await;
        assert_eq!(status, StatusCode::OK);
        for part in [
            "One course is published.",
            "T01 Judging a message",
            "baseline",
            "20 May 2027",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("Ready to publish"), "a learner cannot publish");
    }

    #[tokio::test]
    async fn an_overdue_review_is_a_gap_in_words() {
        let db = published(sample::folder()).await;
        db.set_now(Day::ymd(2027, 6, 1).start(&Zone::utc()));
        let (_, page) = ask(&db, Role::Auditor, "GET", "/courses").await;
        assert!(page.contains("was due 20 May 2027"), "{page}");
    }

    #[tokio::test]
    async fn keys_are_shown_to_editors_auditors_and_owners_alone() {
        let db = published(sample::folder()).await;
        for (role, sees) in [
            (Role::Owner, true),
            (Role::Editor, true),
            (Role::Auditor, true),
            (Role::Manager, false),
            (Role::Learner, false),
        ] {
            for path in ["/courses/T01", "/courses/T01/editions/1"] {
                let (status, page) = ask(&db, role, "GET", path).await;
                assert_eq!(status, StatusCode::OK);
                assert_eq!(page.contains(KEY), sees, "{role:?} at {path}");
                assert_eq!(page.contains("Your own bookmark"), sees, "{role:?} at {path}");
                assert!(
                    page.contains("Look at what it asks for, how it came"),
                    "lessons are for everybody"
                );
            }
        }
    }

    #[tokio::test]
    async fn an_edition_shows_its_hash_and_an_old_one_says_that_it_is_old() {
        let db = published(sample::folder()).await;
        let next = sample::changed("lessons/02-second.md", "never from", "not from");
        let hash = content_sha256(&next);
        publish_folder(&db, next).await;
        let (_, page) = ask(&db, Role::Auditor, "GET", "/courses/T01").await;
        assert!(page.contains(&hash) && page.contains(&content_sha256(&sample::folder())));
        let (_, old) = ask(&db, Role::Auditor, "GET", "/courses/T01/editions/1").await;
        assert!(old.contains("Edition 2 replaced this one"), "{old}");
        assert!(
            old.contains("never from the message"),
            "the words of the edition itself"
        );
    }

    #[tokio::test]
    async fn what_is_not_there_is_missing() {
        let db = published(sample::folder()).await;
        for path in [
            "/courses/T02",
            "/courses/t01",
            "/courses/T01/editions/2",
            "/courses/T01/editions/x",
            "/courses/T01/editions/1/assets/none.svg",
            "/courses/T01/editions/1/assets/..%2Fcourse.toml",
        ] {
            assert_eq!(
                ask(&db, Role::Owner, "GET", path).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        assert_eq!(
            ask(&db, Role::Editor, "POST", "/courses/T01/editions").await.0,
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn an_editor_publishes_a_shipped_course_once() {
        let Some((id, _)) = catalogue().into_iter().next() else {
            return;
        };
        let db = Db::in_memory_for_tests();
        let (_, before) = ask(&db, Role::Editor, "GET", "/courses").await;
        assert!(before.contains("Ready to publish") && before.contains("Publish edition 1"));
        let (status, preview) = ask(&db, Role::Editor, "GET", &format!("/courses/{id}")).await;
        assert!(status == StatusCode::OK && preview.contains("Not published yet"));
        for _ in 0..2 {
            assert_eq!(
                ask(&db, Role::Editor, "POST", &format!("/courses/{id}/editions"))
                    .await
                    .0,
                StatusCode::SEE_OTHER
            );
        }
        let wanted = id.clone();
        let editions = db
            .read(move |reader| edition::editions(reader, &wanted))
            .await
            .expect("read");
        assert_eq!(editions.len(), 1);
        assert_eq!(editions[0].published_by, "person:acc_1");
    }

    #[tokio::test]
    async fn nobody_but_an_editor_or_owner_publishes() {
        let db = Db::in_memory_for_tests();
        for role in [Role::Auditor, Role::Manager, Role::Learner] {
            assert_eq!(
                ask(&db, role, "POST", "/courses/B02/editions").await.0,
                StatusCode::FORBIDDEN,
                "{role:?}"
            );
        }
        assert_eq!(
            ask(&db, Role::Learner, "GET", "/courses/B02").await.0,
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn a_picture_is_served_with_its_kind() {
        let mut folder = sample::with("assets/door.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        let lesson = b"# Your own route\n\n![A door with a bell](../assets/door.svg)\n".to_vec();
        folder.files.insert("lessons/02-second.md".into(), lesson);
        let db = published(folder).await;
        let (status, picture) = ask(
            &db,
            Role::Learner,
            "GET",
            "/courses/T01/editions/1/assets/door.svg",
        )
        .await;
        assert!(status == StatusCode::OK && picture.starts_with("<svg"));
        let (_, page) = ask(&db, Role::Learner, "GET", "/courses/T01").await;
        assert!(
            page.contains("src=\"/courses/T01/editions/1/assets/door.svg\" alt=\"A door with a bell\""),
            "{page}"
        );
    }
}
