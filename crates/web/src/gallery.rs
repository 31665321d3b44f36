//! Every part of the look on one page each: empty, usual, crowded.
use axum::Router;
/// The routes under `/gallery`.
pub fn gallery() -> Router { Router::new() }
