//! One try to say something to a channel: resolved, looked at, connected, sent, and its answer read.
//!
//! The connection goes to the very IP address that was looked at, so a name that changes between the two gains nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::address::{Address, is_public};

/// For everything: resolving, connecting, sending and the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 8 * 1024;
/// Characters of an answer that are kept.
const REPLY_CHARS_MAX: usize = 200;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted(String),
    /// It may be taken later.
    Deferred(String),
    /// It never will.
    Refused(String),
}

/// Whom to believe, and which IP addresses may be spoken to.
struct Terms {
    roots: RootCertStore,
    may_speak_to: fn(IpAddr) -> bool,
    /// Where the name leads, when that is known already.
    leads_to: Option<SocketAddr>,
}

/// Posts the body once.
pub async fn post(address: &Address, body: &str) -> Outcome {
    let terms = Terms {
        roots: RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        may_speak_to: is_public,
        leads_to: None,
    };
    post_by(&terms, address, body).await
}

async fn post_by(terms: &Terms, address: &Address, body: &str) -> Outcome {
    match timeout(PATIENCE, converse(terms, address, body)).await {
        Err(_) => Outcome::Deferred("it did not answer in time".to_owned()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
            Outcome::Refused(error.to_string())
        }
        Ok(Err(error)) => Outcome::Deferred(error.to_string()),
        Ok(Ok(answer)) => judged(&answer),
    }
}

async fn converse(terms: &Terms, address: &Address, body: &str) -> io::Result<Vec<u8>> {
    let found: Vec<SocketAddr> = match terms.leads_to {
        Some(known) => vec![known],
        None => lookup_host((address.host(), address.port())).await?.collect(),
    };
    if !found.iter().all(|one| (terms.may_speak_to)(one.ip())) {
        let why = "its name leads into a network that is not public, so nothing was sent";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let first = found
        .first()
        .ok_or_else(|| io::Error::other("its name leads nowhere"))?;
    let stream = TcpStream::connect(first).await?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(terms.roots.clone())
        .with_no_client_auth();
    let name = ServerName::try_from(address.host().to_owned()).map_err(io::Error::other)?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nUser-Agent: muster\r\nConnection: close\r\n\r\n{body}",
        address.path(),
        address.host(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let read = (&mut stream)
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut answer)
        .await;
    // Some end the line without the farewell of TLS; what they had said counts.
    match read {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(answer),
    }
}

fn judged(answer: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(answer);
    let status = text
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5)?.parse::<u16>().ok());
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: String = body
        .chars()
        .filter(|c| !c.is_control())
        .take(REPLY_CHARS_MAX)
        .collect();
    match status {
        None => Outcome::Deferred("its answer is none".to_owned()),
        Some(status @ 200..=299) => Outcome::Accepted(format!("{status} {body}")),
        Some(status @ (408 | 425 | 429 | 500..=599)) => Outcome::Deferred(format!("{status} {body}")),
        Some(status) => Outcome::Refused(format!("{status} {body}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::ServerConfig;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    use std::process::Command;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// A service on this machine that gives one answer and tells what it was sent.
    async fn service(answer: &'static str) -> (Terms, Address, tokio::task::JoinHandle<String>) {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let made = Command::new("openssl")
            .current_dir(folder.path())
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ])
            .args([
                "-subj",
                "/CN=localhost.example",
                "-addext",
                "subjectAltName=DNS:localhost.example",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .output()
            .expect("openssl is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let cert = CertificateDer::from_pem_file(folder.path().join("cert.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(folder.path().join("key.pem")).expect("a key");
        let mut roots = RootCertStore::empty();
        roots.add(cert.clone()).expect("it can be believed");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert], key)
            .expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("somebody comes");
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
                return String::new();
            };
            let mut heard = vec![0; 4096];
            let n = stream.read(&mut heard).await.expect("they speak");
            stream.write_all(answer.as_bytes()).await.expect("they listen");
            stream.shutdown().await.expect("they part");
            String::from_utf8_lossy(&heard[..n]).into_owned()
        });
        let terms = Terms {
            roots,
            may_speak_to: |_| true,
            leads_to: Some(SocketAddr::from(([127, 0, 0, 1], port))),
        };
        let address: Address = format!("https://localhost.example:{port}/services/x")
            .parse()
            .expect("an address");
        (terms, address, heard)
    }

    #[test]
    fn every_answer_is_judged() {
        let judge = |answer: &str| judged(answer.as_bytes());
        assert_eq!(
            judge("HTTP/1.1 200 OK\r\n\r\nok"),
            Outcome::Accepted("200 ok".to_owned())
        );
        assert_eq!(
            judge("HTTP/1.1 202 Accepted\r\n\r\n"),
            Outcome::Accepted("202 ".to_owned())
        );
        assert!(matches!(
            judge("HTTP/1.1 429 Slow\r\n\r\nlater"),
            Outcome::Deferred(_)
        ));
        assert!(matches!(judge("HTTP/1.1 503 No\r\n\r\n"), Outcome::Deferred(_)));
        assert!(
            matches!(
                judge("HTTP/1.1 302 Found\r\nLocation: https://else\r\n\r\n"),
                Outcome::Refused(_)
            ),
            "nothing is followed"
        );
        assert_eq!(
            judge("HTTP/1.1 404 No\r\n\r\nno_service"),
            Outcome::Refused("404 no_service".to_owned())
        );
        assert!(matches!(judge(""), Outcome::Deferred(_)));
    }

    #[tokio::test]
    async fn words_arrive_over_tls_and_the_answer_is_heard() {
        let (terms, address, heard) = service("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        let outcome = post_by(&terms, &address, "{\"text\":\"hello\"}").await;
        assert_eq!(outcome, Outcome::Accepted("200 ok".to_owned()));
        let heard = heard.await.expect("the service ran");
        assert!(
            heard.starts_with("POST /services/x HTTP/1.1\r\nHost: localhost.example\r\n"),
            "{heard}"
        );
        assert!(heard.ends_with("{\"text\":\"hello\"}"), "{heard}");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_gets_nothing() {
        let (mut terms, address, heard) = service("HTTP/1.1 200 OK\r\n\r\n").await;
        terms.may_speak_to = is_public;
        let outcome = post_by(&terms, &address, "{}").await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        assert!(!heard.is_finished(), "nobody came");
        heard.abort();
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_vouches_for_gets_nothing() {
        let (mut terms, address, heard) = service("HTTP/1.1 200 OK\r\n\r\n").await;
        terms.roots = RootCertStore::empty();
        let outcome = post_by(&terms, &address, "{}").await;
        assert!(matches!(outcome, Outcome::Deferred(_)), "{outcome:?}");
        assert_eq!(heard.await.expect("the service ran"), "", "no word was said");
    }
}
