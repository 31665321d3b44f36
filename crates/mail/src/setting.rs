//! Where letters go: nowhere yet, into a folder, or to a relay.

use std::fmt;

use db::{Kind, Moment, Reader, Refusal, Result, Tx, params, sql};

use crate::letter::check_address;

/// Longer names are cut by every mailbox.
const NAME_CHARS_MAX: usize = 100;

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
    /// Who letters say they are from; `muster` when empty.
    pub sender_name: String,
    pub secret: Option<String>,
}

/// The setting in force: off until one was made.
///
/// # Errors
/// A fault of the engine.
pub fn current(reader: &mut Reader) -> Result<Setting> {
    Ok(in_force(reader)?.0)
}

/// The setting in force, and since when.
pub(crate) fn in_force(reader: &mut Reader) -> Result<(Setting, Moment)> {
    let found = reader.one(
        sql!(
            "select relay, sender, sender_name, secret, set_at
             from mail_setting
             order by set_at desc, id desc
             limit 1"
        ),
        &[],
        |row| {
            let setting = Setting {
                relay: Relay::parse(row.str(0)?.unwrap_or_default())?,
                sender: row.get(1)?,
                sender_name: row.get(2)?,
                secret: row.get(3)?,
            };
            Ok((setting, row.get(4)?))
        },
    )?;
    let off = || Setting {
        relay: Relay::Off,
        sender: String::new(),
        sender_name: String::new(),
        secret: None,
    };
    Ok(found.unwrap_or_else(|| (off(), Moment(0))))
}

impl Setting {
    /// The host that letters come from: the part of the sender's address behind the `@`. `None` until one is set.
    pub(crate) fn host(&self) -> Option<&str> {
        self.sender.rsplit_once('@').map(|(_, host)| host)
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
    let odd = |c: char| c.is_control() || "<>\"@,;:\\".contains(c);
    if setting.sender_name.chars().count() > NAME_CHARS_MAX || setting.sender_name.contains(odd) {
        return Err(Refusal::new(
            "sender-name",
            format!("Write the name in at most {NAME_CHARS_MAX} characters, without quotation marks, commas, colons or @."),
        )
        .field("sender_name")
        .into());
    }
    let id = tx.new_id::<SettingKind>();
    tx.execute(
        sql!(
            "insert into mail_setting (id, relay, sender, sender_name, secret, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            id,
            setting.relay.to_string(),
            &setting.sender,
            &setting.sender_name,
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
