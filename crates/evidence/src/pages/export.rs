//! Lists to take away: what there is, over which days, in which format. The form is answered with the file itself.

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use db::{Actor, Db, Fault};
use web::{
    Answer, Auditor, Choice, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, button, html,
    panel,
};

use super::{asked_window, capital, sending};
use crate::export::{self, List, Made, Order};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/exports", get(index).post(create))
}

async fn index(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let today = db.read(|reader| reader.today()).await?;
    let (window, _) = asked_window(&asked, today);
    let what = if asked.one("what").is_empty() {
        List::Completions.name()
    } else {
        asked.one("what")
    };
    let filled = Filled::nothing()
        .with("what", what)
        .with("from", window.from)
        .with("to", window.to)
        .with("format", "csv");
    screen(&place, (&filled, &Problems::none())).answer()
}

fn screen(place: &Place, (filled, problems): (&Filled, &Problems)) -> Screen {
    let form = Form::new(filled, problems);
    let lists: Vec<Choice> = List::ALL
        .iter()
        .map(|list| Choice::new(list.name(), capital(list.name())).why(&*list.columns().title))
        .collect();
    let formats = [
        Choice::new("csv", "CSV").why("Any length; opens in any spreadsheet without running anything."),
        Choice::new("xlsx", "Spreadsheet").why("Says who took it away on a sheet of its own."),
        Choice::new("json", "JSON").why("For programs; values exactly as they are kept."),
    ];
    let body = html! {
        (Opening::new("Any list can be taken away, whole and with its source.").lead("Leavers are included. Both times are there: when it happened and when it was recorded."))
        (form.summary())
        form.stack.roomy method="post" action="/exports" {
            (form.radios("what", "Which list", &lists))
            (form.date("from", "From"))
            (form.date("to", "Up to, not including"))
            (form.radios("format", "Format", &formats))
            (button("Download"))
        }
        (kept())
    };
    Screen::shell(place, "Exports", body)
}

fn kept() -> Markup {
    panel(
        "What is kept about it",
        html! {},
        html! {
            p { "That you took it away, which days, how many rows, and the file's SHA-256 go into the " a href="/ledger?act=exported" { "ledger" } ", so that anybody who is given the file can see that it is what came out." }
            p { "The same from the command line, with export.json beside the file: " span.mono { "muster export completions --from 2026-01-01 --to 2027-01-01 --out completions.csv" } }
        },
    )
}

async fn create(place: Place, auditor: Auditor, State(db): State<Db>, filled: Filled) -> Answer {
    let today = db.read(|reader| reader.today()).await?;
    let (window, mut problems) = asked_window(&filled, today);
    let list = List::parse(filled.one("what")).map_err(|refusal| problems.add("what", refusal.sentence));
    let format =
        export::format(filled.one("format")).map_err(|refusal| problems.add("format", refusal.sentence));
    let (Ok(list), Ok(format), true) = (list, format, problems.is_empty()) else {
        return screen(&place, (&filled, &problems))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer();
    };
    let actor = Actor::Person(auditor.account.clone());
    let order = Order {
        list,
        window,
        format,
        run_by: actor.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let (made, file) = making(&db, order).await?;
    let (name, size) = (made.file.name.clone(), made.file.bytes);
    db.write(actor, move |tx| export::note_export(tx, &made)).await?;
    sending::file(file, size, (&name, format.media_type()))
}

async fn making(db: &Db, order: Order) -> Result<(Made, std::fs::File), Error> {
    let made = db
        .read(move |reader| {
            let failed = |e| Fault::of("making a temporary file for an export", e);
            let file = tempfile::tempfile().map_err(failed)?;
            let target = file.try_clone().map_err(failed)?;
            let (made, target) = export::write(reader, &order, std::io::BufWriter::new(target))?;
            target.into_inner().map_err(|e| failed(e.into_error()))?;
            let mut file = file;
            std::io::Seek::rewind(&mut file).map_err(failed)?;
            Ok((made, file))
        })
        .await?;
    Ok(made)
}
