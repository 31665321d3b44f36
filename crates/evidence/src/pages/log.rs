//! The log as C2SP tlog-tiles has it, for anyone who wants to keep a copy of what was signed: no sign-in, no names.
//!
//! Checkpoint, key and hash tiles say how many entries there are and nothing of what they say. Entry bundles are not
//! served; the records of a pack are for those who may read them.

use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::get,
};
use db::{Db, params, sql};
use web::{Answer, Error};

use super::sending;

/// Hashes in a whole tile, and bytes of a hash.
const WIDTH: usize = 256;
const HASH: usize = 32;
/// No tree is higher.
const LEVEL_MAX: i64 = 7;
/// A whole tile never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/vkey", get(vkey))
        .route("/log/pack-key", get(pack_key))
        .route("/log/tile/{level}/{*place}", get(tile))
}

async fn checkpoint(State(db): State<Db>) -> Answer {
    let latest = db.read(::ledger::proof::latest).await?;
    sending::text(latest.ok_or(Error::Missing)?.note)
}

async fn vkey(State(db): State<Db>) -> Answer {
    let vkey = db.read(::ledger::key::vkey).await?;
    sending::text(vkey.ok_or(Error::Missing)? + "\n")
}

/// The line by which `ssh-keygen -Y verify` knows the key that signs packs.
async fn pack_key(State(db): State<Db>) -> Answer {
    let signer = db.read(crate::pack::signer).await?;
    let line = signer.ok_or(Error::Missing)?.allowed_signers_line();
    sending::text(line.map_err(|_| Error::fault("naming the key that signs packs"))?)
}

async fn tile(State(db): State<Db>, Path((level, place)): Path<(String, String)>) -> Answer {
    let level: i64 = level
        .parse()
        .ok()
        .filter(|level| (0..=LEVEL_MAX).contains(level))
        .ok_or(Error::Missing)?;
    let (n, width) = read_place(&place).ok_or(Error::Missing)?;
    let hashes: Option<Vec<u8>> = db
        .read(move |reader| {
            reader.one(
                sql!(
                    "select hashes
                     from ledger_tile
                     where level = $1
                     and n = $2"
                ),
                &params![level, n],
                |row| row.get(0),
            )
        })
        .await?;
    let hashes = hashes
        .filter(|hashes| hashes.len() >= width * HASH)
        .ok_or(Error::Missing)?;
    let body = hashes[..width * HASH].to_vec();
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, FOREVER),
        ],
        body,
    )
        .into_response())
}

/// `x001/x234/067` or `x001/x234/067.p/8`: which tile, and how many of its hashes.
fn read_place(place: &str) -> Option<(i64, usize)> {
    let (path, width) = match place.split_once(".p/") {
        Some((path, width)) => {
            let number: usize = width.parse().ok().filter(|w| (1..WIDTH).contains(w))?;
            (path, (number.to_string() == width).then_some(number)?)
        }
        None => (place, WIDTH),
    };
    let mut n: i64 = 0;
    let parts: Vec<&str> = path.split('/').collect();
    let (last, before) = parts.split_last()?;
    for part in before {
        n = n
            .checked_mul(1_000)?
            .checked_add(three(part.strip_prefix('x')?)?)?;
    }
    n = n.checked_mul(1_000)?.checked_add(three(last)?)?;
    Some((n, width))
}

fn three(digits: &str) -> Option<i64> {
    (digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_spelling() {
        assert_eq!(read_place("067"), Some((67, 256)));
        assert_eq!(read_place("x001/x234/067"), Some((1_234_067, 256)));
        assert_eq!(read_place("x001/234.p/8"), Some((1_234, 8)));
        for wrong in [
            "",
            "67",
            "0067",
            "001/234",
            "x001",
            "067.p/0",
            "067.p/256",
            "067.p/08",
            "067.p/+8",
            "../067",
            "x-01/000",
        ] {
            assert_eq!(read_place(wrong), None, "{wrong}");
        }
    }
}
