//! Roster files: those that were applied, the form that sends one, and the act of applying the one whose plan was looked at.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::{Actor, Db, Id, Refusal, Zone};
use sha2::{Digest, Sha256};
use web::table::thousands;
use web::visitor::Owner;
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table, button,
    html, main_link, see_other_saying, trail,
};

use super::plan;
use crate::engagement::EngagementKind;
use crate::mapping;
use crate::roster_file::{self, RosterFile};
use crate::source::{self, Source};
use crate::sources::file as people_file;
use crate::sync::Settings;
use crate::sync::apply::{Application, Approval, apply};
use crate::upload::{self, UploadKind};

/// Long enough for a paragraph, short enough to be read.
const REASON_CHARS_MAX: usize = 500;
/// How much of a digest tells two files apart by eye; the whole is in the ledger.
const DIGEST_SHOWN: usize = 12;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/files", get(list).post(create))
        .route("/roster/files/new", get(new))
}

async fn list(place: Place, owner: Owner, State(db): State<Db>) -> Answer {
    let (files, total, uploads, zone) = db
        .read(|r| {
            let (files, total) = roster_file::recent(r)?;
            Ok((files, total, upload::waiting(r)?, r.zone()?))
        })
        .await?;
    let columns = [
        Column::new("File"),
        Column::new("Source"),
        Column::new("Applied"),
        Column::new("Rows").number(),
        Column::new("Joined").number(),
        Column::new("Left").number(),
        Column::new("Moved").number(),
        Column::new("Changed").number(),
    ];
    let rows = files.iter().map(|file| {
        [
            html! {
                a href={ "/roster/files/" (file.id) } { (file.file_name) } br;
                @if file.undoes.is_some() { small.soft { "taken back" } } @else { small.soft.mono { (shown_digest(file)) } }
            },
            html! { (file.source) },
            html! { span.nowrap { (file.applied_at.long(&zone)) } br; small.soft { (way(&file.applied_by)) } },
            html! { (thousands(file.rows.unsigned_abs())) },
            html! { (file.counts.joiners) },
            html! { (file.counts.leavers) },
            html! { (file.counts.movers) },
            html! { (file.counts.changed) },
        ]
    });
    let total = u64::try_from(total).unwrap_or_default();
    let table = Table::new("Files", columns)
        .rows(rows)
        .of(total, "files")
        .caption_hidden()
        .empty(html! {
            "No file has been applied yet. " a href="/roster/files/new" { "Add people from a file" } "."
        });
    let finding = match total {
        0 => "No roster file has been applied yet.".to_owned(),
        1 => "1 roster file has been applied.".to_owned(),
        n => format!("{} roster files have been applied.", thousands(n)),
    };
    let body = html! {
        (Opening::new(&finding).over(trail(&[("People", "/people")], "Files")).actions(main_link("Add people from a file", "/roster/files/new")))
        (waiting(&uploads, &owner, &zone))
        (table)
    };
    Screen::shell(&place, "Roster files", body).answer()
}

/// Files that were sent and not applied: what a second owner looks for.
fn waiting(uploads: &[upload::Waiting], owner: &Owner, zone: &Zone) -> Markup {
    if uploads.is_empty() {
        return html! {};
    }
    let me = Actor::Person(owner.account.clone()).to_string();
    let columns = ["File", "Source", "Sent", "By"].map(Column::new);
    let rows = uploads.iter().map(|upload| {
        let by = if upload.uploaded_by == me {
            "you; if the plan is held, it waits for another owner"
        } else {
            "another owner"
        };
        [
            html! { a href={ "/roster/plans/" (upload.id) } { (upload.file_name) } },
            html! { (upload.source) },
            html! { span.nowrap { (upload.uploaded_at.long(zone)) } },
            html! { (by) },
        ]
    });
    let table = Table::new("Waiting", columns)
        .rows(rows)
        .of(uploads.len() as u64, "files")
        .labelled();
    html! { (table) }
}

/// By which way a file came; who it was by name is in the ledger.
pub(super) fn way(actor: &str) -> &'static str {
    if actor.starts_with("person:") {
        "by an owner, on these pages"
    } else {
        "at the command line"
    }
}

fn shown_digest(file: &RosterFile) -> &str {
    file.file_sha256.get(..DIGEST_SHOWN).unwrap_or(&file.file_sha256)
}

async fn new(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let sources = db.read(source::all).await?;
    let last = sources.first().cloned();
    let filled = Filled::nothing()
        .with(
            "source",
            last.as_ref().map_or("hr", |source| source.name.as_str()),
        )
        .with("mode", last.map_or("full", |source| source.mode.as_str()));
    form_page(&place, &sources, &filled, &Problems::none()).answer()
}

pub(super) fn form_page(place: &Place, sources: &[Source], filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let modes = [
        Choice::new("full", "Everybody").why("Whoever of this source is not in the file has left."),
        Choice::new("delta", "Only what is new").why("Whoever is not in the file stays as they are."),
    ];
    let kinds: Vec<Choice> = EngagementKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), kind.label()))
        .collect();
    let known = sources
        .iter()
        .map(|source| source.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let body = html! {
        (Opening::new("Add people from a file.")
            .over(trail(&[("People", "/people"), ("Files", "/roster/files")], "New"))
            .lead("You see what would change before anything does. Columns called as BambooHR, Workday, Personio, HiBob, Rippling, Gusto, ADP, UKG, SuccessFactors, Deel, Remote, Fieldglass, Entra, Google and Okta call them are understood; of others you are asked what they are."))
        (form.summary())
        form.stack.roomy method="post" action="/roster/plans" enctype="multipart/form-data" {
            (source_field(&form, &known))
            (form.file("file", "File").accept(".csv,.txt,.tsv,.xlsx,text/csv").help("CSV in any usual encoding, or .xlsx, of up to 64 MB.").optional())
            (form.textarea("text", "Or paste the rows here, with the header", 6).optional())
            (form.radios("mode", "The file lists", &modes))
            (form.select("kind", "Kind of people whose row does not say", &kinds).optional().unset("As the file says"))
            (button("Show what would change"))
        }
    };
    Screen::shell(place, "Add people from a file", body)
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let id: Id<UploadKind> = filled
        .one("upload")
        .parse::<Id<UploadKind>>()
        .map_err(|_| Error::Missing)?;
    let wanted = id.clone();
    let (upload, snapshot) = db
        .read(move |r| {
            let upload = upload::find(r, &wanted)?;
            let options = mapping::options(r, &upload.source, upload.kind)?;
            let snapshot = people_file::read(&upload.bytes, &options)?;
            Ok((upload, snapshot))
        })
        .await?;
    let digest = hex::encode(Sha256::digest(&upload.bytes));
    let (plan, reason, forgotten) = (
        filled.one("plan").to_owned(),
        filled.one("reason").to_owned(),
        id.clone(),
    );
    let applied = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let application = Application {
                source: &upload.source,
                settings: Settings { mode: upload.mode },
                snapshot: &snapshot,
                file_name: &upload.file_name,
                file_sha256: &digest,
                approval: Some(Approval {
                    plan: &plan,
                    reason: &reason,
                    sent_by: Some(&upload.uploaded_by),
                }),
            };
            let applied = apply(tx, &application)?;
            // Refusing here undoes everything above.
            permit_reason(!applied.plan.held.is_empty(), &reason)?;
            upload::forget(tx, &forgotten)?;
            Ok(applied.plan.joiners + applied.plan.leavers + applied.plan.movers + applied.plan.changed)
        })
        .await;
    match applied {
        Ok(1) => Ok(see_other_saying(
            "/roster/files",
            "The file is applied: 1 person changed.",
        )),
        Ok(n) => Ok(see_other_saying(
            "/roster/files",
            &format!("The file is applied: {n} people changed."),
        )),
        Err(error) => plan::page_with(&place, &db, (id, &owner), &filled, &Problems::or_fault(error)?).await,
    }
}

fn permit_reason(is_held: bool, reason: &str) -> Result<(), Refusal> {
    let fits = !reason.is_empty() && reason.chars().count() <= REASON_CHARS_MAX;
    if is_held && !fits {
        return Err(Refusal::new(
            "approval-reason",
            "Say in up to 500 characters why this is right, so that whoever reads the ledger understands it.",
        )
        .field("reason"));
    }
    Ok(())
}

fn source_field(form: &Form<'_>, known: &str) -> Markup {
    let help = if known.is_empty() {
        "What the file comes from, for example hr. The ids in it are this source’s own.".to_owned()
    } else {
        format!("What the file comes from. Known so far: {known}.")
    };
    html! { (form.text("source", "Source").help(help).length_max(60).short()) }
}
