//! How a signature comes about, as it is today: for everybody who signs in, to read and to take away.
//!
//! It is the same text as in a pack, without the figures of a window. Not here: the text (`chapters/procedure`).

use axum::{Router, http::header, response::IntoResponse, routing::get};
use db::Db;
use web::{Answer, Markup, Opening, Place, Screen, Visitor, button_link, html};

use crate::chapters::procedure;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/procedure", get(show))
        .route("/procedure/document", get(document))
}

async fn show(place: Place, _: Visitor) -> Answer {
    let text = procedure::text(env!("CARGO_PKG_VERSION"));
    let body = html! {
        (Opening::new("How a signature comes about.")
            .lead("An account of the steps, with the versions in force today. It is in every evidence pack.")
            .actions(button_link("Download (Markdown)", "/procedure/document")))
        div.stack.roomy { @for part in text.split("\n\n").skip(1) { (paragraph(part.trim())) } }
    };
    Screen::reading(&place, "How a signature comes about", body).answer()
}

/// As much Markdown as the text uses: headings, lists, paragraphs, and words set as code.
fn paragraph(part: &str) -> Markup {
    if let Some(heading) = part.strip_prefix("## ") {
        return html! { h2 { (heading) } };
    }
    if part.starts_with("- ") {
        let items = part.trim_start_matches("- ").split("\n- ");
        return html! { ul { @for item in items { li { (words(item)) } } } };
    }
    html! { @if !part.is_empty() { p { (words(part)) } } }
}

fn words(text: &str) -> Markup {
    html! { @for (at, piece) in text.split('`').enumerate() { @if at % 2 == 1 { code { (piece) } } @else { (piece) } } }
}

async fn document(_: Visitor) -> Answer {
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"procedure.md\"",
        ),
    ];
    Ok((headers, procedure::text(env!("CARGO_PKG_VERSION"))).into_response())
}
