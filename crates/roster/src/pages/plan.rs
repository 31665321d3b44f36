//! The plan of a roster file: what would change, what cannot be read, and why it waits for somebody to look.
//!
//! Sending a file keeps it and leads here; the plan is made afresh each time the page is shown.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Db, Error as Failure, Id};
use web::table::thousands;
use web::visitor::Owner;
use web::{
    Answer, Column, Count, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing as Mark,
    Table, button, button_link, day, html, note, panel, roll_call, see_other, trail,
};

use super::file;
use crate::mapping;
use crate::source::{self, Mode};
use crate::source_setting;
use crate::sources::file as people_file;
use crate::sync::apply::plan_now;
use crate::sync::matching::Doubt;
use crate::sync::{Change, Plan, Settings, Sort};
use crate::upload::{self, Upload, UploadKind};

/// How many of each sort the page shows; the counts are whole.
const SHOWN_MAX: usize = 50;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/plans", post(create).layer(web::limits::upload()))
        .route("/roster/plans/{upload}", get(show))
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, sent: web::Upload) -> Answer {
    let upload = match read_form(&sent) {
        Ok(upload) => upload,
        Err(problems) => return again(&place, &db, &sent.filled, problems).await,
    };
    let kept = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            // A file that cannot be read at all is refused before it is kept; one whose columns somebody can name is not.
            let options = mapping::options(tx, &upload.source, upload.kind)?;
            let next = match people_file::read(&upload.bytes, &options) {
                Ok(_) => "plans",
                Err(refusal) if mapping::cures(&refusal) => "mappings",
                Err(refusal) => return Err(refusal.into()),
            };
            Ok((upload::keep(tx, &upload)?, next))
        })
        .await;
    match kept {
        Ok((id, next)) => Ok(see_other(&format!("/roster/{next}/{id}"))),
        Err(error) => again(&place, &db, &sent.filled, Problems::or_fault(error)?).await,
    }
}

async fn again(place: &Place, db: &Db, filled: &Filled, problems: Problems) -> Answer {
    let sources = db.read(source::all).await?;
    file::form_page(place, &sources, filled, &problems)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn read_form(sent: &web::Upload) -> Result<Upload, Problems> {
    let mut problems = Problems::none();
    let source = source::named(sent.filled.one("source")).unwrap_or_else(|refusal| {
        problems.add("source", refusal.sentence);
        String::new()
    });
    let mode = sent.filled.one("mode").parse::<Mode>().unwrap_or_else(|_| {
        problems.add(
            "mode",
            "Choose whether the file lists everybody or only what is new.",
        );
        Mode::Delta
    });
    let kind = sent.filled.one("kind");
    let kind = (!kind.is_empty())
        .then(|| kind.parse())
        .transpose()
        .unwrap_or_else(|refusal: db::Refusal| {
            problems.add("kind", refusal.sentence);
            None
        });
    let typed = sent.filled.one("text");
    let (file_name, bytes) = match sent.file("file") {
        Some(file) => (file.name.clone(), file.bytes.clone()),
        None => ("pasted rows".to_owned(), typed.as_bytes().to_vec()),
    };
    if bytes.is_empty() {
        problems.add("file", "Choose a file, or paste its rows below.");
    } else if sent.file("file").is_some() && !typed.is_empty() {
        problems.add("text", "Send a file or paste rows, not both.");
    }
    if problems.is_empty() {
        Ok(Upload {
            source,
            kind,
            mode,
            file_name,
            bytes,
            uploaded_by: String::new(),
        })
    } else {
        Err(problems)
    }
}

async fn show(place: Place, owner: Owner, State(db): State<Db>, Path(upload): Path<String>) -> Answer {
    let id: Id<UploadKind> = upload.parse::<Id<UploadKind>>().map_err(|_| Error::Missing)?;
    page(&place, &db, (id, &owner), &Filled::nothing(), &Problems::none())
        .await?
        .answer()
}

pub(super) async fn page_with(
    place: &Place,
    db: &Db,
    seen: (Id<UploadKind>, &Owner),
    filled: &Filled,
    problems: &Problems,
) -> Answer {
    page(place, db, seen, filled, problems)
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn page(
    place: &Place,
    db: &Db,
    (id, owner): (Id<UploadKind>, &Owner),
    filled: &Filled,
    problems: &Problems,
) -> Result<Screen, Error> {
    let wanted = id.clone();
    let (upload, plan, wants_second) = db
        .read(move |r| {
            let upload = upload::find(r, &wanted)?;
            let options = mapping::options(r, &upload.source, upload.kind)?;
            let snapshot = people_file::read(&upload.bytes, &options).map_err(Failure::from)?;
            let plan = plan_now(r, &upload.source, &snapshot, Settings { mode: upload.mode })?;
            let wants_second = source_setting::of(r, &upload.source)?.brakes.second_approver;
            Ok((upload, plan, wants_second))
        })
        .await?;
    let sent = Actor::Person(owner.account.clone()).to_string() == upload.uploaded_by;
    let waits = !plan.held.is_empty() && wants_second && sent;
    let filled = Filled::nothing()
        .with("upload", &id)
        .with("plan", &plan.id)
        .with("reason", filled.raw("reason"));
    let steps = [("People", "/people"), ("Files", "/roster/files")];
    let body = html! {
        (Opening::new(finding(&plan)).over(trail(&steps, "Plan")).lead(html! { (upload.file_name) " from " b { (plan.source) } }))
        @if plan.refused.is_empty() { @if !plan.changes.is_empty() || plan.unchanged > 0 { (counts(&plan)) } } @else { (refused(&plan)) }
        @for reason in &plan.held { (note(Mark::Attention, reason)) }
        @if !plan.notes.is_empty() {
            (panel("Worth knowing", html! {}, html! { ul.plain-list { @for one in &plan.notes { li { (one) } } } }))
        }
        @if !plan.waits.is_empty() { (waiting(&plan)) }
        @if plan.refused.is_empty() { (approval(&plan, &Form::new(&filled, problems), waits)) }
        @for (sort, caption) in SORTS { @if plan.of(sort).next().is_some() { (changes(&plan, sort, caption)) } }
        p { a href={ "/roster/mappings/" (id) } { "Say what the columns of the file are" } }
        p.soft { "Plan " span.mono { (plan.id) } }
    };
    Ok(Screen::shell(place, "What would change", body))
}

const SORTS: [(Sort, &str); 4] = [
    (Sort::Joins, "Would join"),
    (Sort::Leaves, "Would leave"),
    (Sort::Moves, "Would move"),
    (Sort::Changes, "Would change otherwise"),
];

fn finding(plan: &Plan) -> String {
    if let Some(first) = plan.refused.first() {
        return if plan.refused.len() == 1 {
            format!("Nothing can change: line {} cannot be read.", first.line)
        } else {
            format!("Nothing can change: {} cells cannot be read.", plan.refused.len())
        };
    }
    if plan.changes_nothing() {
        return "The file changes nothing.".to_owned();
    }
    if plan.changes.is_empty() {
        return match plan.waits.len() {
            0 => "The file changes nobody.".to_owned(),
            1 => "The file changes nobody; 1 row would wait.".to_owned(),
            n => format!(
                "The file changes nobody; {} rows would wait.",
                thousands(n as u64)
            ),
        };
    }
    let held = if plan.held.is_empty() {
        ""
    } else {
        " Somebody should look first."
    };
    format!(
        "{} would join, {} leave, {} move and {} change otherwise.{held}",
        thousands(plan.joiners),
        thousands(plan.leavers),
        thousands(plan.movers),
        thousands(plan.changed)
    )
}

fn counts(plan: &Plan) -> Markup {
    roll_call(
        "person",
        &[
            Count::new(Mark::Met, plan.joiners, "would join"),
            Count::new(Mark::Gap, plan.leavers, "would leave"),
            Count::new(Mark::Attention, plan.movers + plan.changed, "would change"),
            Count::new(Mark::None, plan.unchanged, "stay as they are"),
        ],
    )
}

fn refused(plan: &Plan) -> Markup {
    let columns = [
        Column::new("Line").number(),
        Column::new("Column"),
        Column::new("Why it cannot be read").wide(),
    ];
    let rows = plan.refused.iter().take(SHOWN_MAX).map(|row| {
        [
            html! { (row.line) },
            html! { (row.column) },
            html! { (row.reason) },
        ]
    });
    let table = Table::new("Cells that cannot be read", columns)
        .rows(rows)
        .of(plan.refused.len() as u64, "cells");
    html! {
        (table)
        (button_link("Send a corrected file", "/roster/files/new"))
    }
}

/// Rows that change nothing until somebody has said who they are about.
fn waiting(plan: &Plan) -> Markup {
    let columns = ["Row", "Id", "Line", "Why"].map(Column::new);
    let rows = plan.waits.iter().take(SHOWN_MAX).map(|wait| {
        [
            html! { (wait.name) },
            html! { (wait.source_id) },
            html! { (wait.line) },
            html! { (doubt(wait.doubt)) },
        ]
    });
    let table = Table::new("Would wait until somebody has said who it is", columns)
        .rows(rows)
        .of(plan.waits.len() as u64, "rows")
        .labelled();
    html! { (table) }
}

/// Why a row waits, said to the person who decides.
pub(super) fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Address => "Somebody from another source has this address.",
        Doubt::Number => "Somebody with another name has this employee number.",
        Doubt::Unrostered => "No source that says who works here lists this person.",
    }
}

fn approval(plan: &Plan, form: &Form<'_>, waits: bool) -> Markup {
    if waits {
        return html! {
            (form.summary())
            (note(Mark::None, "You sent this file, so another owner has to approve it. Ask them to open People, then Files, within a day; the file waits there under “Waiting”."))
        };
    }
    html! {
        (form.summary())
        form.stack.roomy method="post" action="/roster/files" {
            (form.hidden("upload"))
            (form.hidden("plan"))
            @if plan.held.is_empty() {
                (button("Apply the file"))
            } @else {
                (form.textarea("reason", "Why this is right nevertheless", 3).help("It is kept in the ledger with your name.").length_max(500))
                (button("Approve this plan and apply the file"))
            }
        }
    }
}

fn changes(plan: &Plan, sort: Sort, caption: &str) -> Table {
    let columns = ["Person", "Id", "Line", "From", "Until", "Changes"].map(Column::new);
    let rows = plan.of(sort).take(SHOWN_MAX).map(row);
    Table::new(caption, columns)
        .rows(rows)
        .of(plan.of(sort).count() as u64, "people")
        .labelled()
}

fn row(change: &Change) -> [Markup; 6] {
    let terms = change.terms.as_ref();
    [
        html! { (change.name) @if let Some(terms) = terms { br; small.soft { (terms.kind.label()) } } },
        html! { (change.source_id) },
        html! { @match change.line { Some(line) => (line), None => "not in the file" } },
        html! { @if let Some(terms) = terms { (day(terms.start_on)) } @else { "never came" } },
        html! { @if let Some(end) = terms.and_then(|terms| terms.end_on) { (day(end)) } },
        html! { (change.columns.join(", ").replace('_', " ")) },
    ]
}
