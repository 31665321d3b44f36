//! The record of an attestation: everything a signature stands for, as one canonical text whose SHA-256 is what a passkey signs.
//!
//! It is written before the person signs, put before them once more, and kept byte for byte. docs/attestation-record.md says what each
//! part means, so that it can be read without this program. Pure.
//! Not here: the rows, and who may sign ([`crate::attestation`]).

use std::net::IpAddr;

use db::{Fault, Moment, Result};
use serde_json::{Value, json};

use crate::{attestation::MEANING, consent::Consent, taker::Taker};

/// The version of the record's form.
pub const VERSION: i64 = 1;
/// A browser's name for itself is cut here.
const AGENT_CHARS_MAX: usize = 200;

/// Where somebody signs from, as this server sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address people type: who let the person in.
    pub issuer: String,
    /// A part of the network address.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// What is signed.
pub(crate) struct Parts<'a> {
    pub id: &'a str,
    pub taker: &'a Taker,
    pub name_typed: &'a str,
    pub statement: (&'a str, i64),
    pub language: &'a str,
    pub bound: &'a Value,
    pub presented_at: Moment,
    pub drafted_at: Moment,
    pub consent: &'a Consent,
    pub client: &'a Client,
}

impl Client {
    /// With the address cut to its network and the browser's name to a length.
    pub fn seen(issuer: &str, address: Option<IpAddr>, agent: &str) -> Client {
        Client {
            issuer: issuer.to_owned(),
            address: address.map(truncated).unwrap_or_default(),
            agent: agent
                .chars()
                .filter(|c| !c.is_control())
                .take(AGENT_CHARS_MAX)
                .collect(),
        }
    }
}

/// The network of an address: 24 bits of 32, or 48 of 128. Enough to tell one office from another, too little to tell people apart.
pub fn truncated(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// The canonical text.
pub(crate) fn write(parts: &Parts<'_>) -> Result<String> {
    let taker = parts.taker;
    let record = json!({
        "account": taker.account,
        "attestation": parts.id,
        "auth": {
            "authenticated_at": taker.authenticated_at.to_string(),
            "issuer": parts.client.issuer,
            "method": taker.method,
            "session_sha256": crate::sha256(&taker.session),
            "subject": taker.account,
        },
        "bound": parts.bound,
        "client": { "address": parts.client.address, "agent": parts.client.agent },
        "consent": {
            "given_at": parts.consent.given_at.to_string(),
            "notice_sha256": parts.consent.notice_sha256,
            "notice_version": parts.consent.notice_version,
        },
        "drafted_at": parts.drafted_at.to_string(),
        "meaning": MEANING,
        "name_typed": parts.name_typed,
        "person": taker.person.as_str(),
        "presented_at": parts.presented_at.to_string(),
        "statement": {
            "language": parts.language,
            "sha256": crate::sha256(parts.statement.0),
            "text": parts.statement.0,
            "version": parts.statement.1,
        },
        "version": VERSION,
    });
    Ok(seal::canonical(&record).map_err(|e| Fault::of("writing the record of an attestation", e))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_to_its_network() {
        for (whole, cut) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:77:1::5", "2001:db8:77::/48"),
            ("::1", "0:0:0::/48"),
        ] {
            assert_eq!(truncated(whole.parse().expect("an address")), cut);
        }
    }

    #[test]
    fn a_browser_that_tells_stories_is_cut_short() {
        let agent = format!("Mozilla\n{}", "x".repeat(500));
        let seen = Client::seen("https://muster.example", None, &agent);
        assert_eq!(seen.agent.chars().count(), AGENT_CHARS_MAX);
        assert!(seen.agent.starts_with("Mozillax") && seen.address.is_empty());
    }
}
