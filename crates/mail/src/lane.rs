//! The way to one relay: a connection that is kept from letter to letter, and a pause when the relay is not there.
//!
//! What the relay says of a recipient or of a text concerns that letter; what it says of us, or not being there at all,
//! concerns every letter, so the lane waits and no letter is blamed. A line that breaks after the text has been sent leaves
//! it open whether the letter arrived: it is sent again under the same Message-ID, which is all that SMTP offers.
//!
//! Not here: when a letter is tried again ([`crate::post`]).

use std::time::Duration;

use db::Moment;
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
        response::Response,
    },
};
use tokio::{net::TcpStream, time::timeout};

use crate::{
    letter::Outcome,
    setting::{Relay, Setting},
};

/// To reach a relay and be greeted.
const CONNECT: Duration = Duration::from_secs(20);
/// For an answer to a command.
const ANSWER: Duration = Duration::from_secs(30);
/// For the answer to a whole letter, which a relay may look through first. All together stay below the lease of a job.
const TAKEN: Duration = Duration::from_secs(120);
/// A connection unused for longer is not trusted: relays close theirs after some minutes.
const IDLE_SECONDS: i64 = 20;
/// Pauses after the relay was not there, in seconds; the last one goes on.
const PAUSES: [i64; 6] = [15, 30, 60, 120, 300, 600];

/// A lane. Empty until the first letter.
#[derive(Default)]
pub struct Lane {
    open: Option<Open>,
    down: Option<Down>,
    failures: usize,
    /// A connection that is good for the next letter although this one was not taken.
    left: Option<AsyncSmtpConnection>,
}

struct Open {
    /// The setting it was opened for.
    setting: Setting,
    connection: AsyncSmtpConnection,
    used_at: Moment,
}

struct Down {
    setting: Setting,
    until: Moment,
}

/// What is to go over the line.
pub struct Parcel {
    pub from: Address,
    pub to: Address,
    pub bytes: Vec<u8>,
}

/// Why something did not work.
enum Trouble {
    /// With the line or with us: every letter would meet it.
    Relay(String),
    /// With this letter, for good or for now.
    Letter(Outcome, String),
}

impl Lane {
    /// When the relay may be asked again, while it is being left alone.
    pub fn down_until(&self, setting: &Setting, now: Moment) -> Option<Moment> {
        let down = self.down.as_ref().filter(|down| down.setting == *setting)?;
        (now < down.until).then_some(down.until)
    }

    /// Sends a letter, over the connection that is open when there is one.
    pub async fn send(&mut self, setting: &Setting, parcel: &Parcel, now: Moment) -> (Outcome, String) {
        let kept = self.kept(setting, now);
        let reused = kept.is_some();
        let mut tried = self.over(kept, setting, parcel).await;
        // A kept connection may have been closed meanwhile; nothing of this letter was taken then.
        if let (Err((Trouble::Relay(_), Stage::Begun)), true) = (&tried, reused) {
            tried = self.over(None, setting, parcel).await;
        }
        match tried {
            Ok((connection, said)) => {
                self.keep(setting, connection, now);
                (Outcome::Accepted, said)
            }
            Err((Trouble::Letter(outcome, said), _)) => {
                self.failures = 0;
                if let Some(connection) = self.left.take() {
                    self.keep(setting, connection, now);
                }
                (outcome, said)
            }
            Err((Trouble::Relay(said), _)) => {
                let pause = PAUSES[self.failures.min(PAUSES.len() - 1)];
                self.failures += 1;
                self.down = Some(Down {
                    setting: setting.clone(),
                    until: now.plus_seconds(pause),
                });
                (Outcome::Deferred, said)
            }
        }
    }

    fn kept(&mut self, setting: &Setting, now: Moment) -> Option<AsyncSmtpConnection> {
        let open = self.open.take()?;
        let fresh = now <= open.used_at.plus_seconds(IDLE_SECONDS);
        (open.setting == *setting && fresh).then_some(open.connection)
    }

    fn keep(&mut self, setting: &Setting, connection: AsyncSmtpConnection, now: Moment) {
        (self.failures, self.down) = (0, None);
        self.open = Some(Open {
            setting: setting.clone(),
            connection,
            used_at: now,
        });
    }

    async fn over(
        &mut self,
        kept: Option<AsyncSmtpConnection>,
        setting: &Setting,
        parcel: &Parcel,
    ) -> Result<(AsyncSmtpConnection, String), (Trouble, Stage)> {
        let mut connection = match kept {
            Some(connection) => connection,
            None => open(setting)
                .await
                .map_err(|said| (Trouble::Relay(said), Stage::Opening))?,
        };
        match converse(&mut connection, parcel).await {
            Ok(response) => Ok((connection, words(&response))),
            Err((trouble, stage)) => {
                if matches!(trouble, Trouble::Letter(..)) && said(&mut connection, Rset, ANSWER).await.is_ok()
                {
                    self.left = Some(connection);
                }
                Err((trouble, stage))
            }
        }
    }
}

/// How far a conversation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    /// The sender was being named.
    Begun,
    Underway,
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    parcel: &Parcel,
) -> Result<Response, (Trouble, Stage)> {
    let mut parameters = Vec::new();
    if !parcel.to.to_string().is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let said = "the relay cannot write to an address with letters beyond ASCII".to_owned();
            return Err((Trouble::Letter(Outcome::Refused, said), Stage::Begun));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    // A no to the sender concerns every letter.
    said(
        connection,
        Mail::new(Some(parcel.from.clone()), parameters),
        ANSWER,
    )
    .await
    .map_err(|said| (Trouble::Relay(said.words), Stage::Begun))?;
    said(connection, Rcpt::new(parcel.to.clone(), Vec::new()), ANSWER)
        .await
        .map_err(|said| (said.of_letter(), Stage::Underway))?;
    said(connection, Data, ANSWER)
        .await
        .map_err(|said| (said.of_letter(), Stage::Underway))?;
    let taken = match timeout(TAKEN, connection.message(&parcel.bytes)).await {
        Ok(taken) => taken.map_err(Said::from),
        Err(_) => Err(Said::nothing()),
    };
    taken.map_err(|mut said| {
        if said.code.is_none() {
            said.words = format!("{}; the text had been sent, so it may have arrived", said.words);
        }
        (said.of_letter(), Stage::Underway)
    })
}

/// What came back, when it was no yes.
struct Said {
    /// `None` when the line broke.
    code: Option<u16>,
    words: String,
}

impl Said {
    fn nothing() -> Said {
        Said {
            code: None,
            words: "the relay did not answer in time".to_owned(),
        }
    }

    fn of_letter(self) -> Trouble {
        match self.code {
            Some(500..=599) => Trouble::Letter(Outcome::Refused, self.words),
            // 421: the relay is closing the line.
            Some(400..=499) if self.code != Some(421) => Trouble::Letter(Outcome::Deferred, self.words),
            _ => Trouble::Relay(self.words),
        }
    }
}

impl From<Error> for Said {
    fn from(error: Error) -> Said {
        Said {
            code: error.status().map(u16::from),
            words: error.to_string(),
        }
    }
}

async fn said<C: std::fmt::Display>(
    connection: &mut AsyncSmtpConnection,
    command: C,
    patience: Duration,
) -> Result<Response, Said> {
    match timeout(patience, connection.command(command)).await {
        Ok(answered) => answered.map_err(Said::from),
        Err(_) => Err(Said::nothing()),
    }
}

async fn open(setting: &Setting) -> Result<AsyncSmtpConnection, String> {
    match timeout(CONNECT, connect(setting)).await {
        Ok(connected) => connected,
        Err(_) => Err("the relay did not answer in time".to_owned()),
    }
}

async fn connect(setting: &Setting) -> Result<AsyncSmtpConnection, String> {
    let Relay::Smtp {
        tls,
        user,
        host,
        port,
    } = &setting.relay
    else {
        return Err("the setting names no SMTP relay".to_owned());
    };
    let words = |error: Error| error.to_string();
    let parameters = TlsParameters::new(host.clone()).map_err(words)?;
    let me = ClientId::default();
    let mut connection = if *tls {
        AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(CONNECT),
            &me,
            Some(parameters),
            None,
        )
        .await
        .map_err(words)?
    } else {
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(|error| format!("the relay cannot be reached: {error}"))?;
        // The end of a letter is a packet of its own; waiting to fill it costs 40 ms a letter.
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &me)
            .await
            .map_err(words)?;
        if connection.can_starttls() {
            connection.starttls(parameters, &me).await.map_err(words)?;
        }
        connection
    };
    if let Some(user) = user {
        // A password is never sent over a line that anybody can read.
        if !connection.is_encrypted() {
            return Err("the relay offers no encryption, so the password was not sent".to_owned());
        }
        let credentials = Credentials::new(user.clone(), setting.secret.clone().unwrap_or_default());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .await
            .map_err(words)?;
    }
    Ok(connection)
}

fn words(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}
