//! Where letters go: nowhere yet, into a folder, or to a relay.

use std::fmt;

use db::{Kind, Reader, Refusal, Result, Tx, params, sql};

use crate::letter::check_address;

/// `mst_…`
pub enum SettingKind {}
impl Kind for SettingKind {
    const PREFIX: &'static str = "mst";
}

/// The lane letters are posted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relay {
    /// Letters wait.
    Off,
    /// Each letter becomes a file, for tests, demonstrations and machines without mail.
    Folder(String),
    /// `smtp://[user@]host[:port]` with STARTTLS when the relay offers it, `smtps://…` with TLS from the start.
    Smtp {
        tls: bool,
        user: Option<String>,
        host: String,
        port: u16,
    },
}

impl Relay {
    /// Reads what [`fmt::Display`] writes.
    ///
    /// # Errors
    /// A refusal naming the field `relay`.
    pub fn parse(text: &str) -> Result<Relay> {
        let text = text.trim();
        if text == "off" || text.is_empty() {
            return Ok(Relay::Off);
        }
        if let Some(path) = text.strip_prefix("folder:") {
            return Ok(Relay::Folder(path.to_owned()));
        }
        let (tls, rest) = match (text.strip_prefix("smtps://"), text.strip_prefix("smtp://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(unreadable().into()),
        };
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, rest),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| unreadable())?),
            None => (place, if tls { 465 } else { 25 }),
        };
        let fits = !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-[]:".contains(c));
        if !fits {
            return Err(unreadable().into());
        }
        Ok(Relay::Smtp {
            tls,
            user,
            host: host.to_owned(),
            port,
        })
    }
}

fn unreadable() -> Refusal {
    Refusal::new(
        "unreadable-relay",
        "Write the mail relay as smtp://mail.example.com:587, or smtps://… where it wants TLS from the start, or off.",
    )
    .field("relay")
}

impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relay::Off => f.write_str("off"),
            Relay::Folder(path) => write!(f, "folder:{path}"),
            Relay::Smtp {
                tls,
                user,
                host,
                port,
            } => {
                let scheme = if *tls { "smtps" } else { "smtp" };
                let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                write!(f, "{scheme}://{user}{host}:{port}")
            }
        }
    }
}

/// The mail setting in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub relay: Relay,
    /// The address letters come from.
    pub sender: String,
    pub secret: Option<String>,
}

/// The setting in force: off until one was made.
///
/// # Errors
/// A fault of the engine.
pub fn current(reader: &mut Reader) -> Result<Setting> {
    let found: Option<(String, String, Option<String>)> = reader.one(
        sql!(
            "select relay, sender, secret
             from mail_setting
             order by set_at desc, id desc
             limit 1"
        ),
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    match found {
        None => Ok(Setting {
            relay: Relay::Off,
            sender: String::new(),
            secret: None,
        }),
        Some((relay, sender, secret)) => Ok(Setting {
            relay: Relay::parse(&relay)?,
            sender,
            secret,
        }),
    }
}

/// Puts a new setting in force. The caller leaves the ledger entry.
///
/// # Errors
/// A refusal when the sender is not an address; a fault of the engine.
pub fn set(tx: &mut Tx, setting: &Setting) -> Result<()> {
    if setting.relay != Relay::Off {
        check_address(&setting.sender)?;
    }
    let id = tx.new_id::<SettingKind>();
    tx.execute(
        sql!(
            "insert into mail_setting (id, relay, sender, secret, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            id,
            setting.relay.to_string(),
            &setting.sender,
            &setting.secret,
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_reads_back_as_it_is_written() {
        for text in [
            "off",
            "folder:/var/mail",
            "smtp://mail.example.com:25",
            "smtps://ann@mail.example.com:465",
        ] {
            assert_eq!(Relay::parse(text).expect("a relay").to_string(), text);
        }
        for text in [
            "http://mail.example.com",
            "smtp://",
            "smtp://a b",
            "smtp://host:port",
            "mail.example.com",
        ] {
            assert!(Relay::parse(text).is_err(), "{text}");
        }
    }
}
