//! The pages at the door: signing in and out, one's own sessions, and who holds which role.

pub mod passkey;
pub mod role;
pub mod session;
pub mod sign_in;

use axum::Router;
use db::Db;

/// `/sign-in…`, `/sign-out`, `/sessions…`, `/passkeys…`, `/roles…`
pub fn routes() -> Router<Db> {
    sign_in::routes()
        .merge(session::routes())
        .merge(passkey::routes())
        .merge(role::routes())
}
