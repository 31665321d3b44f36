//! One conversation with a directory: connect, protect, bind, search page by page, leave.
//!
//! Everything is bounded: the time, a message, what is kept. The search is believed only when the server says of its last page
//! that it is whole; a limit that was reached is a refusal, never a shorter list. References to other servers are not followed.
//!
//! Not here: the messages ([`crate::sources::ldap::message`]) and what came of it ([`super::reading`]).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use db::{Refusal, Zone};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Protection, Settings};
use crate::sources::ldap::message::{self, Answer, Outcome, Search};
use crate::sources::ldap::{Heard, Hearing, filter};

/// A hundred thousand people take some ten seconds; a server that needs longer than this is ill.
pub const READ_SECONDS_MAX: u64 = 240;
const CONNECT_SECONDS_MAX: u64 = 10;
/// Somebody in twenty thousand groups comes to less.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Active Directory gives at most a thousand at a time.
const PAGE: u32 = 500;
/// A server may give fewer than were asked for, but not a cookie for ever.
const PAGES_MAX: usize = 20_000;
/// How much of what a server says is repeated.
const QUOTED_CHARS: usize = 200;

/// The issuers to believe: those given (PEM), or the public ones that come with the program.
///
/// # Errors
/// A refusal naming the field `issuers`.
pub fn roots(issuers: &str) -> Result<RootCertStore, Refusal> {
    let mut roots = RootCertStore::empty();
    if issuers.trim().is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    }
    let unreadable = || {
        Refusal::new(
            "issuers-unreadable",
            "These are no certificates. Paste those of your issuer as text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
        )
        .field("issuers")
    };
    for certificate in CertificateDer::pem_slice_iter(issuers.as_bytes()) {
        let certificate = certificate.map_err(|_| unreadable())?;
        roots.add(certificate).map_err(|_| unreadable())?;
    }
    if roots.is_empty() {
        Err(unreadable())
    } else {
        Ok(roots)
    }
}

/// Everybody the search finds.
///
/// # Errors
/// A refusal in every case but a whole answer; nothing of a part is kept.
pub async fn read(settings: &Settings, password: &str, zone: &Zone) -> Result<Heard, Refusal> {
    let time = Duration::from_secs(READ_SECONDS_MAX);
    match timeout(time, talk(settings, password, zone)).await {
        Ok(heard) => heard,
        Err(_) => Err(refused(
            "The directory took more than four minutes, so the reading was broken off. Narrow the filter, or ask whoever looks after the directory.",
        )),
    }
}

async fn talk(settings: &Settings, password: &str, zone: &Zone) -> Result<Heard, Refusal> {
    let filter = filter::compile(&settings.filter)?;
    let mut line = Line::open(settings).await?;
    line.bind(settings, password).await?;
    let mut hearing = Hearing::new(&settings.terms, zone);
    line.search(settings, &filter, &mut hearing).await?;
    line.leave().await;
    hearing.finish()
}

enum Socket {
    Clear(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

struct Line {
    socket: Socket,
    host: String,
    unread: Vec<u8>,
    asked: u32,
}

impl Line {
    async fn open(settings: &Settings) -> Result<Line, Refusal> {
        let host = settings.host.name.clone();
        let stream = connect(settings).await?;
        let mut line = Line {
            socket: Socket::Clear(stream),
            host,
            unread: Vec::new(),
            asked: 0,
        };
        if settings.protection == Protection::StartTls {
            let asked = line.ask(message::start_tls).await?;
            let outcome = match line.answer(asked).await? {
                Answer::Extended(outcome) => outcome,
                _ => return Err(line.not_ldap()),
            };
            if outcome.code != 0 {
                let said = quoted(&outcome);
                return Err(refused(format!(
                    "{} does not take encryption on this port{said}. Choose encryption from the start, or turn StartTLS on there.",
                    line.host
                ))
                .field("protection"));
            }
            // Whatever came in the clear behind the answer would be read as if it had come encrypted.
            if !line.unread.is_empty() {
                return Err(line.not_ldap());
            }
        }
        if settings.protection == Protection::Nothing {
            return Ok(line);
        }
        line.secured(settings).await
    }

    async fn secured(self, settings: &Settings) -> Result<Line, Refusal> {
        let Socket::Clear(stream) = self.socket else {
            return Ok(self);
        };
        let host = self.host;
        let name = ServerName::try_from(host.clone()).map_err(|_| {
            refused(format!(
                "{host} is not the name of a host, so no certificate can be for it."
            ))
            .field("host")
        })?;
        let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| refused(format!("Encryption cannot be set up on this server: {e}.")))?;
        let config = versions
            .with_root_certificates(roots(&settings.issuers)?)
            .with_no_client_auth();
        let secured = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = secured.map_err(|error| untrusted(&host, &error))?;
        Ok(Line {
            socket: Socket::Secured(Box::new(stream)),
            host,
            ..self
        })
    }

    async fn bind(&mut self, settings: &Settings, password: &str) -> Result<(), Refusal> {
        let asked = self
            .ask(|id| message::bind(id, &settings.account, password))
            .await?;
        match self.answer(asked).await? {
            Answer::Bound(outcome) if outcome.code == 0 => Ok(()),
            Answer::Bound(outcome) => Err(not_let_in(&outcome)),
            _ => Err(self.not_ldap()),
        }
    }

    async fn search(
        &mut self,
        settings: &Settings,
        filter: &[u8],
        hearing: &mut Hearing<'_>,
    ) -> Result<(), Refusal> {
        let attributes = settings.terms.asked();
        let mut cookie = Vec::new();
        for _ in 0..PAGES_MAX {
            let search = Search {
                base: &settings.base,
                filter,
                attributes: &attributes,
                page: PAGE,
                cookie: &cookie,
            };
            let asked = self.ask(|id| message::search(id, &search)).await?;
            cookie = loop {
                match self.answer(asked).await? {
                    Answer::Entry(entry) => hearing.hear(&entry)?,
                    Answer::Reference => hearing.references += 1,
                    Answer::Done { outcome, cookie } if outcome.code == 0 => break cookie,
                    Answer::Done { outcome, .. } => return Err(not_whole(&outcome)),
                    Answer::Other => {}
                    Answer::Bound(_) | Answer::Extended(_) => return Err(self.not_ldap()),
                }
            };
            if cookie.is_empty() {
                return Ok(());
            }
        }
        Err(refused(
            "The directory gives one page after the other and never comes to an end. Narrow the filter.",
        ))
    }

    /// Saying good-bye is a courtesy: what was heard is whole already.
    async fn leave(mut self) {
        if self.ask(message::unbind).await.is_err() {
            tracing::debug!("a directory was gone before the good-bye");
        }
    }

    async fn ask(&mut self, request: impl FnOnce(u32) -> Vec<u8>) -> Result<u32, Refusal> {
        self.asked += 1;
        let bytes = request(self.asked);
        let sent = match &mut self.socket {
            Socket::Clear(stream) => stream.write_all(&bytes).await,
            Socket::Secured(stream) => match stream.write_all(&bytes).await {
                Ok(()) => stream.flush().await,
                error => error,
            },
        };
        match sent {
            Ok(()) => Ok(self.asked),
            Err(error) => Err(self.broken_off(&error)),
        }
    }

    /// The next answer to this request.
    async fn answer(&mut self, asked: u32) -> Result<Answer, Refusal> {
        loop {
            let length = message::length(&self.unread).map_err(|_| self.not_ldap())?;
            if length.is_some_and(|length| length > MESSAGE_BYTES_MAX) {
                return Err(refused(format!(
                    "{} sent a message of more than 4 MB, so the reading was broken off.",
                    self.host
                )));
            }
            let Some(length) = length.filter(|length| *length <= self.unread.len()) else {
                self.wait().await?;
                continue;
            };
            let answer = message::answer(&self.unread[..length]).map_err(|_| self.not_ldap())?;
            self.unread.drain(..length);
            match answer {
                (id, answer) if id == asked => return Ok(answer),
                (0, _) => {
                    return Err(refused(format!(
                        "{} ended the conversation. Ask whoever looks after it what its log says.",
                        self.host
                    )));
                }
                // What belongs to nothing we still wait for.
                _ => {}
            }
        }
    }

    async fn wait(&mut self) -> Result<(), Refusal> {
        let mut room = [0; 16 * 1024];
        let came = match &mut self.socket {
            Socket::Clear(stream) => stream.read(&mut room).await,
            Socket::Secured(stream) => stream.read(&mut room).await,
        };
        match came {
            Ok(0) => Err(self.broken_off(&io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                self.unread.extend_from_slice(&room[..count]);
                Ok(())
            }
            Err(error) => Err(self.broken_off(&error)),
        }
    }

    fn broken_off(&self, error: &io::Error) -> Refusal {
        match error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
            Some(_) => untrusted(&self.host, error),
            None => refused(format!(
                "{} broke off the conversation. On the port for encryption nothing else is spoken, and the other way round: check the server, the port and the encryption.",
                self.host
            ))
            .field("host"),
        }
    }

    fn not_ldap(&self) -> Refusal {
        refused(format!(
            "What answers at {} does not speak LDAP. Check the server, the port and the encryption.",
            self.host
        ))
        .field("host")
    }
}

async fn connect(settings: &Settings) -> Result<TcpStream, Refusal> {
    let host = &settings.host.name;
    let port = settings.host.port.unwrap_or(settings.protection.port());
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let places: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
    if places.is_empty() {
        return Err(refused(format!(
            "There is no server called {host}. Check the name, and that this machine can look it up."
        ))
        .field("host"));
    }
    let is_outside = places.iter().any(|place| !place.ip().is_loopback());
    if settings.protection == Protection::Nothing && is_outside && !settings.plain_accepted {
        return Err(refused(format!(
            "Without encryption the password and everybody’s data can be read on the way to {host}. Choose encryption, or say that nobody can listen there."
        ))
        .field("plain_accepted"));
    }
    let mut trouble = io::Error::from(io::ErrorKind::TimedOut);
    for place in places {
        match timeout(
            Duration::from_secs(CONNECT_SECONDS_MAX),
            TcpStream::connect(place),
        )
        .await
        {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => trouble = error,
            Err(_) => {}
        }
    }
    let why = match trouble.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        io::ErrorKind::TimedOut => "it does not answer".to_owned(),
        _ => trouble.to_string(),
    };
    Err(refused(format!(
        "{host} cannot be reached on port {port}: {why}. Check the server, the port and the firewall between."
    ))
    .field("host"))
}

fn untrusted(host: &str, error: &io::Error) -> Refusal {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(reason)) => refused(format!(
            "The certificate of {host} is not one to believe: {reason}. If an issuer of your own made it, paste that issuer’s certificate below; if the name is another, write the server as its certificate does."
        ))
        .field("issuers"),
        Some(other) => refused(format!("Encryption with {host} failed: {other}. Check the port and the encryption.")).field("protection"),
        None => refused(format!("{host} broke off before anything was encrypted. Check the port and the encryption.")).field("protection"),
    }
}

/// Why the account may not come in. Active Directory hides the reason in a number.
fn not_let_in(outcome: &Outcome) -> Refusal {
    let number = outcome
        .diagnostic
        .split_once(", data ")
        .and_then(|(_, rest)| rest.split(',').next());
    let (field, sentence) = match (outcome.code, number) {
        (49, Some("532" | "773")) => ("password", "The password of the account has expired. Set a new one there, and give it here.".to_owned()),
        (49, Some("533" | "701")) => ("account", "The account is disabled or has expired. Have it enabled, or name another.".to_owned()),
        (49, Some("775")) => ("account", "The account is locked after too many wrong passwords. Have it unlocked, then give the right one.".to_owned()),
        (49 | 32, _) => ("password", "The directory does not know this account with this password. Check both; nothing was read.".to_owned()),
        (8 | 13, _) => ("protection", "The directory lets nobody in without encryption. Choose encryption above.".to_owned()),
        _ => ("account", format!("The directory did not let the account in: code {}{}.", outcome.code, quoted(outcome))),
    };
    refused(sentence).field(field)
}

/// Why the list is not whole; nothing of it is used.
fn not_whole(outcome: &Outcome) -> Refusal {
    let code = outcome.code;
    let (field, sentence) = match code {
        4 | 11 => (
            "account",
            "The directory stopped at its limit for this account, so the list is not whole and nothing was changed. Have the limit lifted for the account (size and pages), or narrow the filter.".to_owned(),
        ),
        3 => ("filter", "The directory ran out of its own time, so the list is not whole and nothing was changed. Have the limit lifted for the account, or narrow the filter.".to_owned()),
        10 => ("base", "The base is in another directory, and references are not followed. Name the server that holds it.".to_owned()),
        12 => ("host", "The directory cannot give its answer in pages (RFC 2696), and without them a list may end anywhere. Ask whoever looks after it.".to_owned()),
        32 | 34 => ("base", "There is no entry of that name to search below, or the account may not see it. Check the base.".to_owned()),
        50 => ("account", "The account may not search there. Give it the right to read below the base.".to_owned()),
        _ => ("filter", format!("The directory did not give the list: code {code}{}.", quoted(outcome))),
    };
    refused(sentence).field(field)
}

fn quoted(outcome: &Outcome) -> String {
    let said: String = outcome
        .diagnostic
        .chars()
        .filter(|c| !c.is_control())
        .take(QUOTED_CHARS)
        .collect();
    if said.is_empty() {
        String::new()
    } else {
        format!(" (“{said}”)")
    }
}

fn refused(sentence: impl Into<String>) -> Refusal {
    Refusal::new("directory-unreadable", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: u32, diagnostic: &str) -> Outcome {
        Outcome {
            code,
            diagnostic: diagnostic.to_owned(),
        }
    }

    #[test]
    fn active_directory_is_understood_when_it_lets_nobody_in() {
        let said = |data: &str| {
            let diagnostic = format!(
                "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data {data}, v3839"
            );
            not_let_in(&outcome(49, &diagnostic)).sentence
        };
        assert!(said("52e").contains("this password"));
        assert!(said("532").contains("expired"));
        assert!(said("533").contains("disabled"));
        assert!(said("775").contains("locked"));
        assert!(not_let_in(&outcome(8, "")).sentence.contains("encryption"));
        assert!(
            not_let_in(&outcome(53, "no\u{7} way"))
                .sentence
                .contains("code 53 (“no way”)")
        );
    }

    #[test]
    fn a_list_that_is_not_whole_is_never_taken_for_one() {
        for code in [1, 3, 4, 10, 11, 12, 32, 50, 52, 80] {
            let refusal = not_whole(&outcome(code, ""));
            assert!(
                refusal.sentence.ends_with('.') && refusal.field.is_some(),
                "{code}"
            );
        }
    }

    #[test]
    fn certificates_are_read_or_refused() {
        assert!(!roots("").expect("the public ones").is_empty());
        let refusal = roots("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
            .expect_err("no certificate");
        assert_eq!(refusal.field.as_deref(), Some("issuers"));
    }
}
