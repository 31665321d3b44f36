//! Whether the program is alive and ready, for those who watch it.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use db::{Db, sql};

/// `/health/live` and `/health/ready`.
pub fn routes(db: Db) -> Router {
    Router::new()
        .route("/health/live", get(async || "alive\n"))
        .route("/health/ready", get(ready))
        .with_state(db)
}

async fn ready(State(db): State<Db>) -> (StatusCode, &'static str) {
    if db.is_full() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "storage is full: reading works, nothing can be saved\n",
        );
    }
    let asked = db
        .read(|r| {
            r.one(
                sql!("select cast(1 as bigint) from meta limit 1"),
                &[],
                |_| Ok(()),
            )?;
            assignments::reminder::silent_since(r)
        })
        .await;
    match asked {
        Ok(None) => (StatusCode::OK, "ready\n"),
        // People can learn, so whoever balances load need not turn away; whoever watches can read it.
        Ok(Some(_)) => (
            StatusCode::OK,
            "ready, but nobody has been reminded for more than two hours\n",
        ),
        Err(error) => {
            tracing::error!(%error, "asking the database whether it is ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
