//! One roster file that was applied: what it was, what it changed, and taking it back.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Db, Id, Zone};
use web::visitor::Owner;
use web::{
    Answer, Count, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing as Mark, button,
    facts, html, note, panel, roll_call, see_other_saying, trail,
};

use super::file::way;
use crate::roster_file::{self, RosterFile, RosterFileKind};
use crate::sync::undo::{self, Undoable};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/files/{file}", get(show))
        .route("/roster/files/{file}/undo", post(create))
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(file): Path<String>) -> Answer {
    let id: Id<RosterFileKind> = file.parse().map_err(|_| Error::Missing)?;
    page(&place, &db, id, (&Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(file): Path<String>,
    filled: Filled,
) -> Answer {
    let id: Id<RosterFileKind> = file.parse().map_err(|_| Error::Missing)?;
    let (wanted, reason) = (id.clone(), filled.one("reason").to_owned());
    let undone = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            undo::undo(tx, &wanted, &reason)
        })
        .await;
    match undone {
        Ok(1) => Ok(see_other_saying(
            "/roster/files",
            "The file is taken back: 1 person is as before.",
        )),
        Ok(n) => Ok(see_other_saying(
            "/roster/files",
            &format!("The file is taken back: {n} people are as before."),
        )),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &db, id, (&filled, &problems))
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

async fn page(
    place: &Place,
    db: &Db,
    id: Id<RosterFileKind>,
    (filled, problems): (&Filled, &Problems),
) -> Result<Screen, Error> {
    let wanted = id.clone();
    let (file, undoable, zone) = db
        .read(move |r| {
            let Some(file) = roster_file::find(r, &wanted)? else {
                return Ok((None, None, r.zone()?));
            };
            let undoable = undo::last(r, &file.source)?;
            Ok((Some(file), Some(undoable), r.zone()?))
        })
        .await?;
    let (Some(file), Some(undoable)) = (file, undoable) else {
        return Err(Error::Missing);
    };
    let steps = [("People", "/people"), ("Files", "/roster/files")];
    let body = html! {
        (Opening::new(finding(&file)).over(trail(&steps, &file.file_name)).lead(html! { "From " b { (file.source) } ", " (file.applied_at.long(&zone)) "." }))
        @if file.undoes.is_none() { (counts(&file)) }
        (known(&file, &zone))
        (taking_back(&file, &undoable, &Form::new(filled, problems)))
    };
    Ok(Screen::shell(place, file.file_name.clone(), body))
}

fn finding(file: &RosterFile) -> String {
    let counts = &file.counts;
    if file.undoes.is_some() {
        return format!(
            "{} was taken back; {} people are as they were before it.",
            file.file_name, counts.changed
        );
    }
    format!(
        "{} joined, {} left, {} moved and {} changed otherwise.",
        counts.joiners, counts.leavers, counts.movers, counts.changed
    )
}

fn counts(file: &RosterFile) -> Markup {
    let counts = &file.counts;
    roll_call(
        "person",
        &[
            Count::new(Mark::Met, counts.joiners, "joined"),
            Count::new(Mark::Gap, counts.leavers, "left"),
            Count::new(Mark::Attention, counts.movers + counts.changed, "changed"),
            Count::new(Mark::None, counts.unchanged, "stayed as they were"),
        ],
    )
}

fn known(file: &RosterFile, zone: &Zone) -> Markup {
    let rows = [
        ("Source", html! { (file.source) }),
        ("Rows", html! { (file.rows) }),
        (
            "Applied",
            html! { (file.applied_at.long(zone)) ", " (way(&file.applied_by)) },
        ),
        ("SHA-256 of the file", html! { span.mono { (file.file_sha256) } }),
        ("Plan", html! { span.mono { (file.plan) } }),
    ];
    panel("Receipt", html! {}, facts(rows))
}

fn taking_back(file: &RosterFile, undoable: &Undoable, form: &Form<'_>) -> Markup {
    let body = match undoable {
        Undoable::Yes(last) if last.id == file.id => html! {
            p { "Everything this file changed becomes as it was before. Both stay on record, and the ledger says who took it back and why." }
            (form.summary())
            form.stack method="post" action={ "/roster/files/" (file.id) "/undo" } {
                (form.textarea("reason", "Why the file is taken back", 3).help("It is kept in the ledger with your name.").length_max(500))
                (button("Take this file back"))
            }
        },
        _ if file.undoes.is_some() => return html! {},
        Undoable::Yes(_) => {
            html! { (form.summary()) (note(Mark::None, "A later file of this source has been applied, so this one can no longer be taken back.")) }
        }
        Undoable::No(why) => html! { (form.summary()) (note(Mark::None, why)) },
    };
    panel("Take it back", html! {}, body)
}
