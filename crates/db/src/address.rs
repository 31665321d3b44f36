//! Where PostgreSQL is, and how much it takes to believe that it is the one.
//!
//! The words are those of libpq where they mean the same. `require` checks the certificate and the name, as libpq's
//! `verify-full` does: encryption to whoever answers is no protection from whoever can answer.
//!
//! Not here: making the connection (`wire`) and securing it (`socket`).

use std::{error::Error as _, sync::Arc};

use percent_encoding::percent_decode_str;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio_postgres::{Config, config::SslMode};

use crate::{Fault, Refusal, Result};

/// Where the server is, and what it has to prove.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) guard: Guard,
}

/// What a connection over a network has to be. A socket of the machine itself is always in the clear, as in libpq.
#[derive(Clone)]
pub(crate) enum Guard {
    /// `disable`: in the clear.
    Clear,
    /// `prefer`, and when nothing is said: encrypted if the server offers it, whoever it is.
    Offered(Arc<ClientConfig>),
    /// `require` and `verify-full`: encrypted, by a server whose certificate verifies and names the host.
    Proven(Arc<ClientConfig>),
}

impl Address {
    /// # Errors
    /// A refusal when the address, or the file of certificates it names, cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Address> {
        let (text, mode, roots) = apart(text);
        let config: Config = text.parse().map_err(|e: tokio_postgres::Error| {
            let reason = e.source().map(|e| format!(": {e}")).unwrap_or_default();
            refused(format!(
                "The address of PostgreSQL cannot be read{reason}. Write it like postgres://user@host/name."
            ))
        })?;
        let mode = match (mode.as_deref(), config.get_ssl_mode()) {
            (None, _) if roots.is_some() => "require",
            (Some(mode), _) => mode,
            (None, SslMode::Disable) => "disable",
            (None, SslMode::Require) => "require",
            (None, _) => "prefer",
        };
        let guard = match mode {
            "require" | "verify-full" => Guard::Proven(Arc::new(proving(roots.as_deref())?)),
            _ if roots.is_some() => {
                return Err(refused(format!(
                    "sslrootcert says whom to believe, and sslmode={mode} does not ask. Say sslmode=require."
                ))
                .into());
            }
            "prefer" => Guard::Offered(Arc::new(believing()?)),
            "disable" => Guard::Clear,
            _ => {
                return Err(refused(format!(
                    "sslmode={mode} is not known here. Say disable, prefer, require or verify-full."
                ))
                .into());
            }
        };
        Ok(Address { config, guard })
    }
}

/// The address without what the driver does not know, `sslmode`, and `sslrootcert`.
fn apart(text: &str) -> (String, Option<String>, Option<String>) {
    let Some((place, query)) = text.split_once('?').filter(|(place, _)| place.contains("://")) else {
        return (text.to_owned(), None, None);
    };
    let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        let value = |text: &str| Some(percent_decode_str(text).decode_utf8_lossy().into_owned());
        match pair.split_once('=') {
            Some(("sslmode", named)) => mode = value(named),
            Some(("sslrootcert", named)) => roots = value(named),
            _ => rest.push(pair),
        }
    }
    let mark = if rest.is_empty() { "" } else { "?" };
    (format!("{place}{mark}{}", rest.join("&")), mode, roots)
}

/// Believes the issuers in the file, or the public ones that come with the program: the same that mail believes.
fn proving(file: Option<&str>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let unreadable = |reason: String| {
                refused(format!(
                    "The certificates in {file}, which sslrootcert names, cannot be read: {reason}."
                ))
            };
            let found = CertificateDer::pem_file_iter(file).map_err(|e| unreadable(e.to_string()))?;
            for certificate in found {
                let certificate = certificate.map_err(|e| unreadable(e.to_string()))?;
                roots.add(certificate).map_err(|e| unreadable(e.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unreadable("there is none in it".to_owned()).into());
            }
        }
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::of("setting up TLS", e))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

fn believing() -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::of("setting up TLS", e))?;
    Ok(versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth())
}

fn refused(sentence: String) -> Refusal {
    Refusal::new("database-address", sentence).field("--database")
}

/// Asks for no proof of who the server is, but that it holds the key it shows: `prefer` would go in the clear if
/// nobody offered TLS, so it keeps out who only listens, and claims no more.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn guard(query: &str) -> &'static str {
        match Address::parse(&format!("postgres://muster@db.example/muster{query}")) {
            Ok(address) => match address.guard {
                Guard::Clear => "clear",
                Guard::Offered(_) => "offered",
                Guard::Proven(_) => "proven",
            },
            Err(Error::Refused(refusal)) => {
                assert!(refusal.sentence.ends_with('.'), "{refusal}");
                "refused"
            }
            Err(Error::Fault(fault)) => panic!("{fault}"),
        }
    }

    #[test]
    fn the_words_mean_what_the_manual_says() {
        let words = [
            ("", "offered"),
            ("?sslmode=disable", "clear"),
            ("?sslmode=prefer&connect_timeout=3", "offered"),
            ("?connect_timeout=3&sslmode=require", "proven"),
            ("?sslmode=verify-full", "proven"),
            ("?sslmode=verify-ca", "refused"),
            ("?sslmode=", "refused"),
            ("?sslrootcert=%2Fnowhere", "refused"),
            ("?sslmode=prefer&sslrootcert=%2Fnowhere", "refused"),
            ("?sslcert=mine", "refused"),
        ];
        for (query, meaning) in words {
            assert_eq!(guard(query), meaning, "{query}");
        }
    }

    #[test]
    fn the_rest_of_the_address_stays() {
        let address = Address::parse("postgres://m@a.example:6432/x?sslmode=disable&application_name=b")
            .expect("an address");
        assert_eq!(address.config.get_ports(), [6432]);
        assert_eq!(address.config.get_application_name(), Some("b"));
        let keywords = Address::parse("host=a.example sslmode=require").expect("an address");
        assert!(matches!(keywords.guard, Guard::Proven(_)));
    }
}
