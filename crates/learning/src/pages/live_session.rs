//! Live sessions: putting one down, ticking who came and who had understood, and signing for it.
//!
//! Not here: what becomes of it ([`crate::live_session`]).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use curriculum::edition;
use db::{Actor, Day, Db, Id, Reader, Refusal};
use roster::person::PersonKind;
use roster::supplier;
use web::visitor::{Editor, Role, Visitor};
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    button, day, facts, html, main_link, panel, see_other_saying, tag, trail,
};

use crate::live_session::{
    self, Checked, Closing, Method, NewSession, PEOPLE_MAX, Present, Session, SessionKind,
};

const HOME: &str = "/live-sessions";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(list).post(create))
        .route("/live-sessions/new", get(new))
        .route("/live-sessions/{id}", get(show))
        .route("/live-sessions/{id}/end", post(close))
}

fn may_look(visitor: &Visitor) -> Result<(), Error> {
    if [Role::Owner, Role::Editor, Role::Auditor]
        .into_iter()
        .any(|role| visitor.roles.has(role))
    {
        return Ok(());
    }
    Err(Error::forbidden(
        "This page is for those who run the programme, and for auditors.",
    ))
}

fn may_change(visitor: &Visitor) -> bool {
    visitor.roles.has(Role::Owner) || visitor.roles.has(Role::Editor)
}

async fn list(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let sessions = db.read(live_session::all).await?;
    let open = sessions.iter().filter(|one| one.closed.is_none()).count();
    let finding = match (sessions.len(), open) {
        (0, _) => "No live session was put down yet.".to_owned(),
        (count, 0) => format!("{count} live sessions were held and signed for."),
        (_, 1) => "One live session is not signed for yet.".to_owned(),
        (_, count) => format!("{count} live sessions are not signed for yet."),
    };
    let columns = ["Day", "Course", "How", "Taught by", "Came", "Completed"].map(Column::new);
    let rows = sessions.iter().map(|one| {
        [
            html! { a href={ (HOME) "/" (one.id) } { (day(one.said.held_on)) } },
            html! { (one.said.course_id) },
            html! { (one.said.method.label()) ", " (one.said.place) },
            html! { (one.said.trainer) },
            html! { @match &one.closed { Some(closed) => { (closed.attended) " of " (closed.invited) }, None => (tag(Standing::Attention, "to sign")) } },
            html! { @if let Some(closed) = &one.closed { (completed(closed)) } },
        ]
    });
    let table = Table::new("Live sessions", columns)
        .rows(rows)
        .of(sessions.len() as u64, "sessions")
        .labelled()
        .caption_hidden()
        .empty(
            "A session in a classroom, at work or in a call is put down here, before or after it is held.",
        );
    let body = html! {
        (Opening::new(finding)
            .lead("Training people did together. Whoever came and had understood has completed the course, as class D. A list of who was there completes nothing by itself.")
            .actions(html! { @if may_change(&visitor) { (main_link("Put down a session", "/live-sessions/new")) } }))
        (table)
    };
    Screen::shell(&place, "Live sessions", body).answer()
}

fn completed(closed: &live_session::Closed) -> i64 {
    match closed.checked {
        Checked::Not => 0,
        _ => closed.understood,
    }
}

async fn new(place: Place, _: Editor, State(db): State<Db>) -> Answer {
    let (courses, today) = db.read(|r| Ok((courses(r)?, r.today()?))).await?;
    let filled = Filled::nothing()
        .with("held_on", today)
        .with("method", "classroom");
    form_page(&place, &courses, (&filled, &Problems::none())).answer()
}

fn courses(reader: &mut Reader) -> db::Result<Vec<Choice>> {
    let courses = edition::courses(reader)?.into_iter();
    let courses = courses.map(|one| {
        Choice::new(
            &one.edition.course_id,
            format!("{} {}", one.edition.course_id, one.edition.title),
        )
    });
    Ok(courses.collect())
}

fn form_page(place: &Place, courses: &[Choice], (filled, problems): (&Filled, &Problems)) -> Screen {
    let form = Form::new(filled, problems);
    let methods = Method::ALL.map(|method| Choice::new(method.text(), method.label()));
    let body = html! {
        (Opening::new("Put down a live session.")
            .over(trail(&[("Live sessions", HOME)], "New"))
            .lead("Who came and how it was checked that they had understood is said afterwards."))
        (form.summary())
        form.stack.roomy method="post" action=(HOME) {
            (form.select("course", "Course", courses))
            (form.radios("method", "How it is held", &methods))
            (form.date("held_on", "Day"))
            (form.text("place", "Where").help("A room, or what the call is held with.").length_max(200))
            (form.number("minutes", "Minutes"))
            (form.text("trainer", "Who teaches").length_max(200))
            (form.textarea("topics", "What is taught", 3).length_max(2_000))
            (button("Put it down"))
        }
    };
    Screen::shell(place, "Put down a live session", body)
}

async fn create(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let problems = match read(&filled) {
        Err(problems) => problems,
        Ok(new) => {
            let actor = Actor::Person(editor.account.clone());
            match db.write(actor, move |tx| live_session::record(tx, &new)).await {
                Ok(id) => {
                    return Ok(see_other_saying(
                        &format!("{HOME}/{id}"),
                        "Put down. Sign for it once it was held.",
                    ));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    let courses = db.read(courses).await?;
    form_page(&place, &courses, (&filled, &problems))
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn read(filled: &Filled) -> Result<NewSession, Problems> {
    let mut problems = Problems::none();
    let held_on = filled.one("held_on").parse::<Day>().ok();
    let method = Method::read(filled.one("method"));
    if held_on.is_none() {
        problems.add("held_on", "Write the day as YYYY-MM-DD, for example 2026-06-01.");
    }
    if method.is_none() {
        problems.add("method", "Choose how it is held.");
    }
    match (held_on, method) {
        (Some(held_on), Some(method)) => Ok(NewSession {
            course_id: filled.one("course").to_owned(),
            method,
            held_on,
            place: filled.one("place").to_owned(),
            minutes: filled.one("minutes").parse().unwrap_or_default(),
            trainer: filled.one("trainer").to_owned(),
            topics: filled.raw("topics").to_owned(),
        }),
        _ => Err(problems),
    }
}

struct Shown {
    session: Session,
    /// Who was named, with names.
    people: Vec<(Present, String)>,
    today: Day,
}

async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(id): Path<String>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_look(&visitor)?;
    let filled: Filled = asked.into_iter().collect();
    let typed = filled.raw("people").to_owned();
    let (shown, problems) = look(&db, &id, typed).await?;
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    screen(&place, &shown, &visitor, (&filled, &problems))
        .status(status)
        .answer()
}

/// The session with those who are named in the address, as long as nobody has signed for it.
async fn look(db: &Db, id: &str, typed: String) -> Result<(Shown, Problems), Error> {
    let id: Id<SessionKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |r| {
            let Some(session) = live_session::find(r, &id)? else {
                return Ok(None);
            };
            let named = match &session.closed {
                Some(_) => Ok(live_session::people(r, &id)?),
                None => meant(r, &typed),
            };
            let (named, problems) = match named {
                Ok(named) => (named, Problems::none()),
                Err(db::Error::Refused(refusal)) => {
                    (Vec::new(), Problems::none().with("people", refusal.sentence))
                }
                Err(other) => return Err(other),
            };
            let mut people = Vec::with_capacity(named.len());
            for one in named {
                let name = super::called(r, &one.person)?;
                people.push((one, name));
            }
            Ok(Some((
                Shown {
                    session,
                    people,
                    today: r.today()?,
                },
                problems,
            )))
        })
        .await?;
    found.ok_or(Error::Missing)
}

/// The people of a list with one on each line, or separated by commas.
fn meant(reader: &mut Reader, typed: &str) -> db::Result<Vec<Present>> {
    let mut people: Vec<Id<PersonKind>> = Vec::new();
    for line in typed
        .split(['\n', ',', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if people.len() >= PEOPLE_MAX {
            return Err(Refusal::new("session-people", "Name at most 500 people.")
                .field("people")
                .into());
        }
        let person = supplier::meant(reader, line, "people")?;
        if !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(people
        .into_iter()
        .map(|person| Present {
            person,
            attended: true,
            understood: true,
        })
        .collect())
}

fn screen(
    place: &Place,
    shown: &Shown,
    visitor: &Visitor,
    (filled, problems): (&Filled, &Problems),
) -> Screen {
    let said = &shown.session.said;
    let finding = match &shown.session.closed {
        Some(closed) => format!(
            "{} of {} came, and {} completed {}.",
            closed.attended,
            closed.invited,
            completed(closed),
            said.course_id
        ),
        None if said.held_on > shown.today => {
            format!("{} is to be taught on {}.", said.course_id, said.held_on.long())
        }
        None => format!(
            "{} was taught on {}, and nobody has signed for it yet.",
            said.course_id,
            said.held_on.long()
        ),
    };
    let pairs = [
        (
            "Course",
            html! { a href={ "/courses/" (said.course_id) } { (said.course_id) } },
        ),
        ("How", html! { (said.method.label()) ", " (said.place) }),
        ("Day", day(said.held_on)),
        ("Minutes", html! { (said.minutes) }),
        ("Taught by", html! { (said.trainer) }),
        ("What was taught", html! { (said.topics) }),
    ];
    let form = Form::new(filled, problems);
    let sign = shown.session.closed.is_none() && may_change(visitor) && said.held_on <= shown.today;
    let body = html! {
        (Opening::new(finding).over(trail(&[("Live sessions", HOME)], &said.held_on.long())).lead("Training people did together counts as class D."))
        (form.summary())
        (panel("The session", "", facts(pairs)))
        @if let Some(closed) = &shown.session.closed { (signed(closed, &shown.people)) }
        @if sign { (naming(&form, &shown.session)) }
        @if sign && !shown.people.is_empty() { (signing(&form, shown)) }
    };
    Screen::shell(place, "Live session", body)
}

fn signed(closed: &live_session::Closed, people: &[(Present, String)]) -> Markup {
    let yes = |yes: bool| {
        if yes {
            tag(Standing::Met, "yes")
        } else {
            tag(Standing::Gap, "no")
        }
    };
    let rows = people.iter().map(|(one, name)| {
        [
            html! { a href={ "/people/" (one.person) } { (name) } },
            yes(one.attended),
            yes(one.understood),
        ]
    });
    html! {
        (panel("What was signed", "", facts([
            ("Checked", html! { (closed.checked.label()) }),
            ("How", html! { (closed.statement) }),
            ("Signed by", html! { (closed.signed_name) }),
        ])))
        (Table::new("Who was there", ["Person", "Came", "Had understood"].map(Column::new)).rows(rows).of(people.len() as u64, "people").labelled())
    }
}

fn naming(form: &Form<'_>, session: &Session) -> Markup {
    panel(
        "Who was there",
        "",
        html! {
            form.stack.roomy method="get" action={ (HOME) "/" (session.id) } {
                (form.textarea("people", "People who were invited or came", 5).help("Addresses or ids, one on each line, or with commas between."))
                (button("Show the list"))
            }
        },
    )
}

fn signing(form: &Form<'_>, shown: &Shown) -> Markup {
    let checks = Checked::ALL.map(|one| Choice::new(one.text(), one.label()));
    let came: Vec<Choice> = shown
        .people
        .iter()
        .map(|(one, name)| Choice::new(&one.person, name))
        .collect();
    let body = html! {
        form.stack.roomy method="post" action={ (HOME) "/" (shown.session.id) "/end" } {
            @for (one, _) in &shown.people { input type="hidden" name="invited" value=(one.person); }
            (form.checks("attended", "Came", &came))
            (form.checks("understood", "Had understood", &came).help("Leave out whoever had not; they do not complete the course."))
            (form.radios("checked", "How it was checked that they had understood", &checks))
            (form.textarea("statement", "In your own words", 3).help("What was asked or done, by whom, and what was enough. An auditor reads it.").length_max(2_000))
            (form.text("signed_name", "Your name").help("Typing it signs that this is true. Nobody signs for a session in which they were taught."))
            (button("Sign for this session"))
        }
    };
    panel("Sign for it", "", body)
}

async fn close(
    place: Place,
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let typed: Vec<&str> = filled.all("invited").collect();
    let (shown, _) = look(&db, &id, typed.join("\n")).await?;
    let Some(checked) = Checked::read(filled.one("checked")) else {
        let problems = Problems::none().with("checked", "Choose how it was checked, or that it was not.");
        return refused(&place, &shown, editor.visitor(), (&filled, &problems));
    };
    let people = shown.people.iter().map(|(one, _)| Present {
        person: one.person.clone(),
        attended: filled.has("attended", one.person.as_str()),
        understood: filled.has("understood", one.person.as_str()),
    });
    let closing = Closing {
        people: people.collect(),
        checked,
        statement: filled.raw("statement").to_owned(),
        signed_name: filled.one("signed_name").to_owned(),
    };
    let which = shown.session.id.clone();
    let done = db
        .write(Actor::Person(editor.account.clone()), move |tx| {
            live_session::close(tx, &which, &closing)
        })
        .await;
    match done {
        Ok(count) => {
            let sentence = match count {
                1 => "Signed. One person has completed the course.".to_owned(),
                count => format!("Signed. {count} people have completed the course."),
            };
            Ok(see_other_saying(
                &format!("{HOME}/{}", shown.session.id),
                &sentence,
            ))
        }
        Err(error) => refused(
            &place,
            &shown,
            editor.visitor(),
            (&filled, &Problems::or_fault(error)?),
        ),
    }
}

fn refused(place: &Place, shown: &Shown, visitor: &Visitor, typed: (&Filled, &Problems)) -> Answer {
    screen(place, shown, visitor, typed)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}
