//! Serves the gallery on this machine, for looking at: `cargo run -p web --example gallery -- 8099`.
//!
//! Without a port it takes one that is free. The address is printed.

use std::io::Write as _;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args()
        .nth(1)
        .and_then(|port| port.parse().ok())
        .unwrap_or(0_u16);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    writeln!(std::io::stdout(), "{address}/gallery")?;
    let manners = web::Manners::new(&address, db::Moment(0));
    axum::serve(listener, web::dress(web::gallery::gallery(), &manners)).await
}
