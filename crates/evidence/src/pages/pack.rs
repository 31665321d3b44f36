//! Evidence packs: the ones that were built, and building another, which is sent to the browser and kept nowhere here.

use axum::{
    Extension, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use db::{Actor, Db, Reader, Zone};
use web::{
    Answer, Auditor, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table,
    button, html, panel, table::thousands,
};

use super::{asked_window, on, sending, when};
use crate::pack::{self, Built, Pack, PackOrder};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/packs", get(index).post(create))
}

async fn index(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let wanted = asked.clone();
    let (built, window) = db
        .read(move |reader| Ok((shelf(reader)?, asked_window(&wanted, reader.today()?).0)))
        .await?;
    let filled = Filled::nothing()
        .with("framework", asked.one("framework"))
        .with("from", window.from)
        .with("to", window.to);
    screen(&place, &built, (&filled, &Problems::none())).answer()
}

/// The packs that were built, and the zone their instants are shown in.
type Shelf = (Vec<Pack>, Zone);

fn shelf(reader: &mut Reader) -> db::Result<Shelf> {
    Ok((pack::built(reader)?, reader.zone()?))
}

fn screen(place: &Place, (built, zone): &Shelf, (filled, problems): (&Filled, &Problems)) -> Screen {
    let finding = match built.len() {
        0 => "No evidence pack has been built yet.".to_owned(),
        1 => "One evidence pack has been built.".to_owned(),
        count => format!("{count} evidence packs have been built."),
    };
    let lead = "A pack is one ZIP file with every answer, every list and the proofs. Anybody can check it without this program.";
    let body = html! { (Opening::new(finding).lead(lead)) (form(filled, problems)) (table(built, zone)) (checking()) };
    Screen::shell(place, "Packs", body)
}

fn form(filled: &Filled, problems: &Problems) -> Markup {
    let form = Form::new(filled, problems);
    let choices: Vec<Choice> = controls::frameworks()
        .iter()
        .map(|f| Choice::new(&f.id, &f.title))
        .collect();
    panel(
        "Build a pack",
        html! {},
        html! {
            (form.summary())
            form.stack.roomy method="post" action="/packs" {
                (form.select("framework", "Framework", &choices))
                (form.date("from", "From"))
                (form.date("to", "Up to, not including").help("The day after the last one. Where the last pack ended is where the next begins."))
                (button("Build and download"))
            }
            p.soft { "It names people, and holds the questions of the courses with their keys. It is sent to you and kept nowhere here; its SHA-256 is kept below and in the ledger." }
        },
    )
}

fn table(built: &[Pack], zone: &Zone) -> Markup {
    let columns = [
        Column::new("Framework"),
        Column::new("Days"),
        Column::new("Built"),
        Column::new("By"),
        Column::new("Bytes").number(),
        Column::new("SHA-256").wide(),
    ];
    let rows = built.iter().map(|one| {
        [
            html! { (controls::framework(&one.framework).map_or(one.framework.as_str(), |f| f.title.as_str())) },
            html! { (on(one.window.from)) " to " (on(one.window.to - 1)) },
            html! { (when(one.built_at, zone)) },
            html! { span.mono { (one.built_by) } },
            html! { (thousands(one.size.unsigned_abs())) },
            html! { span.mono { (one.sha256) } },
        ]
    });
    html! { (Table::new("Packs that were built", columns).empty("None yet. Choose a framework and a window above.").rows(rows)) }
}

fn checking() -> Markup {
    panel(
        "How a pack is checked",
        html! {},
        html! {
            p { span.mono { "muster verify FILE.zip" } " checks every byte without a network. VERIFY.md inside has the commands for those who would rather not use our program." }
            p { "The key that signs is at " a href="/log/pack-key" { "/log/pack-key" } "; give its fingerprint to your auditor by another way than the pack." }
        },
    )
}

async fn create(
    place: Place,
    auditor: Auditor,
    State(db): State<Db>,
    printer: Option<Extension<learning::Printer>>,
    filled: Filled,
) -> Answer {
    let today = db.read(|reader| reader.today()).await?;
    let (window, mut problems) = asked_window(&filled, today);
    if controls::framework(filled.one("framework")).is_none() {
        problems.add("framework", "Choose one of the frameworks.");
    }
    if !problems.is_empty() {
        let built = db.read(shelf).await?;
        return screen(&place, &built, (&filled, &problems))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer();
    }
    let program = printer.map(|Extension(printer)| printer.program);
    let order = PackOrder {
        framework: filled.one("framework").to_owned(),
        window,
        program,
    };
    let actor = Actor::Person(auditor.account.clone());
    let (built, file) = building(&db, &actor, &order).await?;
    let (noted, size, ordered) = (built.clone(), built.size, order.clone());
    db.write(actor, move |tx| pack::note_pack(tx, &ordered, &noted))
        .await?;
    sending::file(file, size, (&order.file_name(), "application/zip"))
}

async fn building(db: &Db, actor: &Actor, order: &PackOrder) -> Result<(Built, std::fs::File), Error> {
    let (db, actor, order) = (db.clone(), actor.clone(), order.clone());
    let made = tokio::task::spawn_blocking(move || pack::build_away(&db, &actor, &order)).await;
    Ok(made.map_err(|e| db::Fault::of("building an evidence pack", e))??)
}
