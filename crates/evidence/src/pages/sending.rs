//! Sends a finished file to a browser piece by piece, so that its size costs no memory.

use std::{
    fs::File,
    io::Read,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use futures_core::Stream;
use tokio::sync::mpsc;
use web::{Answer, Error};

/// Bytes in a piece, and pieces under way.
const PIECE: usize = 64 * 1024;
const PIECES_MAX: usize = 8;

type Piece = std::io::Result<Vec<u8>>;

struct Pieces(mpsc::Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}

/// The file, from where it stands, as a download under this name.
pub(super) fn file(mut file: File, size: u64, (name, media_type): (&str, &'static str)) -> Answer {
    let (send, pieces) = mpsc::channel::<Piece>(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).map(|read| {
                piece.truncate(read);
                piece
            });
            let last = !matches!(&read, Ok(piece) if !piece.is_empty());
            if matches!(&read, Ok(piece) if piece.is_empty()) || send.blocking_send(read).is_err() || last {
                return;
            }
        }
    });
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(|_| Error::fault("naming a download"))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(Pieces(pieces))).into_response())
}

/// A short text for programs.
pub(super) fn text(body: String) -> Answer {
    Ok((
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        body,
    )
        .into_response())
}
