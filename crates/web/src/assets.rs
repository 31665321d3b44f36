//! Everything a page needs besides its words (look, type, small behaviours) travels inside the binary.
//!
//! Invariants: an address contains the hash of its content, so an answer may be kept for ever; a new
//! binary means new addresses. The style sheet is one file, layered in the order of its parts' names.
//!
//! Not here: pictures that belong to content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::Embed;
use sha2::{Digest, Sha256};

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/static"]
struct Embedded;

struct Asset {
    hash: String,
    kind: &'static str,
    bytes: Cow<'static, [u8]>,
}

const FONT: &str = "atkinson-hyperlegible-next.woff2";
const STYLE: &str = "muster.css";

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(gather);

/// The address of a file in `static/`, by its bare name: `href("autosave.js")` is
/// `/assets/<hash>/autosave.js`. A name that does not exist gives an address that answers 404.
pub fn href(name: &str) -> String {
    match ASSETS.get(name) {
        Some(asset) => format!("/assets/{}/{name}", asset.hash),
        None => format!("/assets/missing/{name}"),
    }
}

/// The address of the one style sheet.
pub fn style() -> String {
    href(STYLE)
}

/// The address of the one typeface.
pub fn font() -> String {
    href(FONT)
}

/// The whole style sheet with the typeface left out, for documents that must stand alone.
pub fn style_alone() -> String {
    layered_style().replace("src: url(\"font.woff2\") format(\"woff2\");", "")
}

/// Serves `/assets/{hash}/{name}`.
pub fn routes() -> Router {
    Router::new().route("/assets/{hash}/{name}", get(serve))
}

async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // An old address (a page kept open across an upgrade) still gets today's file, but must not keep it.
    let keep = if asset.hash == hash {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut answer = asset.bytes.clone().into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    answer
}

fn gather() -> BTreeMap<String, Asset> {
    let mut assets = BTreeMap::new();
    for path in Embedded::iter() {
        let (Some(name), Some(file)) = (path.rsplit('/').next(), Embedded::get(&path)) else {
            continue;
        };
        if !path.starts_with("css/") {
            keep(&mut assets, name, file.data);
        }
    }
    let font = assets
        .get(FONT)
        .map(|asset| format!("/assets/{}/{FONT}", asset.hash))
        .unwrap_or_default();
    let style = layered_style().replace("font.woff2", &font);
    keep(&mut assets, STYLE, Cow::Owned(style.into_bytes()));
    assets
}

fn keep(assets: &mut BTreeMap<String, Asset>, name: &str, bytes: Cow<'static, [u8]>) {
    let hash = hex::encode(Sha256::digest(&bytes))[..12].to_owned();
    let kind = kind(name);
    assets.insert(name.to_owned(), Asset { hash, kind, bytes });
}

fn layered_style() -> String {
    let mut parts: Vec<_> = Embedded::iter().filter(|path| path.starts_with("css/")).collect();
    parts.sort();
    let mut style = String::new();
    for part in parts {
        if let Some(file) = Embedded::get(&part) {
            style.push_str(&String::from_utf8_lossy(&file.data));
            style.push('\n');
        }
    }
    style
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_the_hash_of_its_content() {
        let asset = ASSETS.get(STYLE).expect("the style sheet is always gathered");
        let hash = hex::encode(Sha256::digest(&asset.bytes));
        assert_eq!(style(), format!("/assets/{}/muster.css", &hash[..12]));
        assert!(href("nothing.js").contains("/missing/"));
    }

    #[test]
    fn the_style_sheet_is_layered_in_order_and_names_the_real_font() {
        let asset = ASSETS.get(STYLE).expect("the style sheet is always gathered");
        let text = String::from_utf8_lossy(&asset.bytes).into_owned();
        let reset = text.find("@layer reset {").expect("reset is there");
        let components = text.find("@layer components {").expect("components are there");
        assert!(reset < components);
        assert!(text.contains(&font()));
        assert!(!text.contains("url(\"font.woff2\")"));
        assert!(!style_alone().contains("woff2"));
    }

    #[test]
    fn the_licence_of_the_typeface_travels_with_it() {
        let asset = ASSETS.get("OFL.txt").expect("the licence is embedded");
        assert!(String::from_utf8_lossy(&asset.bytes).contains("SIL OPEN FONT LICENSE"));
    }

    #[test]
    fn behaviours_stay_small() {
        for path in Embedded::iter().filter(|path| path.ends_with(".js")) {
            let file = Embedded::get(&path).expect("listed files exist");
            let lines = String::from_utf8_lossy(&file.data).lines().count();
            assert!(lines < 60, "{path} has {lines} lines");
        }
    }
}
