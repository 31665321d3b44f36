//! Where a request comes from, as far as a signature keeps it: the address people type, a part of the network address, the browser.
//!
//! Behind a proxy the network is the proxy's; nothing a client says about itself is believed but its browser's name, which is only noted.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use identity::{Door, webauthn::Party};

use crate::record::Client;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub(super) struct From {
    pub(super) client: Client,
    pub(super) party: Party,
}

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<From, Infallible> {
        let issuer = parts
            .extensions
            .get::<Door>()
            .map_or("", |door| door.public_url());
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        Ok(From {
            client: Client::seen(
                issuer,
                address.map(|ConnectInfo(address)| address.ip()),
                agent.unwrap_or_default(),
            ),
            party: Party::of(issuer),
        })
    }
}
