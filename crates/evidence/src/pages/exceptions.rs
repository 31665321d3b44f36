//! The exceptions of one check as a list to take away, which leaves an entry.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::post,
};
use db::{Actor, Db, Fault, Reader, Result};
use paper::{Export, Format};
use web::{Answer, Auditor, Filled};

use super::{asked_window, check::Named};
use crate::{
    chapters::results::{exception_cells, exception_columns},
    export::{self, List, Made},
    exports::{Terms, names::Names},
    facts::{Scope, load},
};

pub(super) fn routes() -> Router<Db> {
    Router::new().route(
        "/frameworks/{framework}/requirements/{requirement}/checks/{number}/exceptions",
        post(take),
    )
}

async fn take(
    auditor: Auditor,
    State(db): State<Db>,
    Path(path): Path<(String, String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let named = Named::of(path)?;
    let asked: Filled = asked.into_iter().collect();
    let actor = Actor::Person(auditor.account.clone());
    let run_by = actor.to_string();
    let (made, bytes) = db
        .read(move |reader| exported(reader, named, (&asked, run_by)))
        .await?;
    let name = made.file.name.clone();
    db.write(actor, move |tx| export::note_export(tx, &made)).await?;
    let headers = [
        (
            axum::http::header::CONTENT_TYPE,
            Format::Csv.media_type().to_owned(),
        ),
        (
            axum::http::header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

fn exported(
    reader: &mut Reader,
    named: Named,
    (asked, run_by): (&Filled, String),
) -> Result<(Made, Vec<u8>)> {
    let (window, _) = asked_window(asked, reader.today()?);
    let terms = Terms {
        window,
        known_at: reader.now(),
    };
    let facts = Arc::new(load(
        reader,
        &Scope {
            window,
            known_at: terms.known_at,
            person: None,
        },
    )?);
    let names = Names::load(reader, terms)?;
    let mut about = export::about(reader, List::People, terms)?;
    about.title = format!(
        "Exceptions of {} {}, check {}",
        named.framework.title, named.requirement.id, named.number
    );
    "exceptions".clone_into(&mut about.query);
    about.sources = vec!["status".to_owned()];
    about.run_by = run_by;
    let failed = |e| Fault::of("writing a list of exceptions", e);
    let mut export = Export::begin(&exception_columns(), Format::Csv, &about, Vec::new()).map_err(failed)?;
    if let Some((finding, _)) = named.answered(&facts, window) {
        for exception in finding.exceptions.iter() {
            export
                .row(&exception_cells(&finding, &exception, &names))
                .map_err(failed)?;
        }
    }
    let finished = export.finish().map_err(failed)?;
    let name = format!(
        "exceptions_{}_{}_{}_{window_from}_{}.csv",
        named.framework.id,
        named.requirement.id,
        named.number,
        window.to - 1,
        window_from = window.from
    );
    let file = finished.facts(&name, Format::Csv.media_type());
    Ok((Made { about, file }, finished.out))
}
