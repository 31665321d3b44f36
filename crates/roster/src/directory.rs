//! A directory that is read for its people (LDAP, Active Directory): where it is, whom to believe, and how often.
//!
//! muster only ever reads. The password of the bind account is kept apart from the settings, shown to nobody, and asked for again
//! when it would be sent somewhere else. What was read is a list like any file: it is planned, held and applied by the same rules.
//!
//! Reading order: this (the settings), [`reading`] (each time it was read, and what came of it), [`connection`] (the network).
//!
//! Not here: what an entry means ([`crate::sources::ldap`]).

pub mod connection;
pub mod reading;

use std::fmt;

use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sources::ldap::{Terms, filter};

/// An organisation has a handful of directories.
const DIRECTORIES_MAX: i64 = 100;
/// The longest pause: a list that is a week old is no longer who is here.
pub const HOURS_MAX: i64 = 7 * 24;
/// Names of entries and accounts.
const NAME_BYTES_MAX: usize = 1_000;
/// A handful of certificates.
const ISSUERS_BYTES_MAX: usize = 64 * 1024;
/// Groups that become tags.
const GROUPS_MAX: usize = 200;

/// The id kind of a directory's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryKind;

impl Kind for DirectoryKind {
    const PREFIX: &'static str = "dir";
}

/// What keeps others from listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Nothing: the password and everybody's data can be read on the way.
    Nothing,
    /// Encryption that is asked for on the ordinary port.
    StartTls,
    /// Encryption from the first byte.
    Tls,
}

impl Protection {
    pub const ALL: [Protection; 3] = [Protection::Tls, Protection::StartTls, Protection::Nothing];

    pub fn as_str(self) -> &'static str {
        match self {
            Protection::Nothing => "nothing",
            Protection::StartTls => "start_tls",
            Protection::Tls => "tls",
        }
    }

    pub fn port(self) -> u16 {
        match self {
            Protection::Tls => 636,
            Protection::StartTls | Protection::Nothing => 389,
        }
    }
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: String,
    pub port: Option<u16>,
}

impl Host {
    /// `dc1.example.com`, `dc1.example.com:1636` or `[::1]:389`.
    ///
    /// # Errors
    /// A refusal naming the field `host`.
    pub fn parse(text: &str) -> std::result::Result<Host, Refusal> {
        let unreadable = || {
            Refusal::new(
                "host-unreadable",
                "Write the server as dc1.example.com, or as dc1.example.com:1636 where it has a port of its own.",
            )
            .field("host")
        };
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, rest) = rest.split_once(']').ok_or_else(unreadable)?;
                (name, rest.strip_prefix(':'))
            }
            None => match text.rsplit_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => Some(port.parse().map_err(|_| unreadable())?),
            None => None,
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if name.is_empty() || name.len() > 253 || !name.chars().all(fits) || port == Some(0) {
            return Err(unreadable());
        }
        Ok(Host {
            name: name.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.name),
            (true, None) => write!(f, "[{}]", self.name),
            (false, Some(port)) => write!(f, "{}:{port}", self.name),
            (false, None) => f.write_str(&self.name),
        }
    }
}

/// How a directory is read; everything but the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub host: Host,
    pub protection: Protection,
    /// The owner has said that nobody can listen on the way.
    pub plain_accepted: bool,
    /// Certificates (PEM) of the issuers to believe; empty for the public ones.
    pub issuers: String,
    /// The account that reads.
    pub account: String,
    pub base: String,
    pub filter: String,
    pub terms: Terms,
}

impl Settings {
    /// # Errors
    /// A refusal that names the field.
    pub fn check(&self) -> std::result::Result<(), Refusal> {
        let refused =
            |field: &str, sentence: &str| Err(Refusal::new("directory-settings", sentence).field(field));
        let is_name = |text: &str| !text.is_empty() && text.len() <= NAME_BYTES_MAX;
        if !is_name(&self.account) {
            return refused(
                "account",
                "Name the account that reads, for example cn=muster,ou=services,dc=example,dc=com. It needs no right but to read.",
            );
        }
        if !is_name(&self.base) {
            return refused(
                "base",
                "Say below which entry the people are, for example ou=people,dc=example,dc=com.",
            );
        }
        filter::compile(&self.filter)?;
        if self.issuers.len() > ISSUERS_BYTES_MAX {
            return refused(
                "issuers",
                "The certificates are larger than 64 KB; leave only those of your own issuers.",
            );
        }
        connection::roots(&self.issuers)?;
        let groups = &self.terms.groups;
        if groups.len() > GROUPS_MAX || groups.iter().any(|name| !is_name(name) || !name.contains('=')) {
            return refused(
                "groups",
                "Write up to 200 groups, one in each line, by their whole name: cn=developers,ou=groups,dc=example,dc=com.",
            );
        }
        let own = &self.terms.attributes;
        let named = [
            ("employee_number", &own.employee_number),
            ("kind_attribute", &own.kind),
            ("department", &own.department),
            ("employer", &own.employer),
            ("start", &own.start),
            ("end", &own.end),
        ];
        match named
            .iter()
            .find(|(_, name)| !name.is_empty() && !filter::is_attribute(name))
        {
            Some((field, _)) => refused(
                field,
                "The name of an attribute has letters, digits and dashes only.",
            ),
            None => Ok(()),
        }
    }

    /// Whether what opens this one's door would be shown to somebody else, or where more can listen.
    fn exposes_more_than(&self, before: &Settings) -> bool {
        self.host != before.host
            || self.account != before.account
            || self.issuers != before.issuers
            || self.protection < before.protection
    }
}

/// A directory as it is read now.
#[derive(Debug, Clone)]
pub struct Directory {
    pub source: String,
    pub settings: Settings,
    /// 0 when it is read by hand only.
    pub hours: i64,
    pub set_at: Moment,
}

/// Every directory by name, as last set.
pub fn all(reader: &mut Reader) -> Result<Vec<Directory>> {
    reader.rows(
        sql!(
            "select source, settings, hours, set_at
             from directory as this
             where not exists (
                 select 1
                 from directory as later
                 where later.source = this.source
                   and (later.set_at > this.set_at or (later.set_at = this.set_at and later.id > this.id))
             )
             order by source
             limit $1"
        ),
        &params![DIRECTORIES_MAX],
        read,
    )
}

pub fn find(reader: &mut Reader, source: &str) -> Result<Option<Directory>> {
    reader.one(
        sql!(
            "select source, settings, hours, set_at
             from directory
             where source = $1
             order by set_at desc, id desc
             limit 1"
        ),
        &params![source],
        read,
    )
}

pub(crate) fn password(reader: &mut Reader, source: &str) -> Result<Option<String>> {
    reader.one(
        sql!("select password from directory_password where source = $1"),
        &params![source],
        |row| row.get(0),
    )
}

/// Reads the directory like this from now on; without a password the one that is known stays.
///
/// # Errors
/// A refusal that names the field.
pub fn set(tx: &mut Tx, directory: &Directory, new_password: Option<&str>) -> Result<()> {
    let Directory {
        source,
        settings,
        hours,
        ..
    } = directory;
    settings.check()?;
    if !(0..=HOURS_MAX).contains(hours) {
        return Err(Refusal::new(
            "directory-hours",
            "Read the directory every 1 to 168 hours, or write 0 to read it by hand.",
        )
        .field("hours")
        .into());
    }
    let before = find(tx, source)?;
    permit_password(tx, directory, before.as_ref(), new_password)?;
    if let Some(password) = new_password {
        tx.execute(
            sql!(
                "insert into directory_password (source, password)
                 values ($1, $2)
                 on conflict (source) do update set password = excluded.password"
            ),
            &params![source, password],
        )?;
    }
    let id: Id<DirectoryKind> = tx.new_id();
    let text = serde_json::to_string(settings).map_err(|e| Fault::of("writing a directory's settings", e))?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!("insert into directory (id, source, settings, hours, set_at, set_by) values ($1, $2, $3, $4, $5, $6)"),
        &params![id, source, text, *hours, now, by],
    )?;
    let payload = json!({
        "source": source,
        "host": settings.host.to_string(),
        "protection": settings.protection,
        "account": settings.account,
        "base": settings.base,
        "filter": settings.filter,
        "groups": settings.terms.groups,
        "hours": hours,
        "new_password": new_password.is_some(),
    });
    ledger::record(
        tx,
        Entry::about(Act::DirectorySet, format!("source:{source}")).payload(payload),
    )?;
    Ok(())
}

fn permit_password(
    tx: &mut Tx,
    directory: &Directory,
    before: Option<&Directory>,
    new_password: Option<&str>,
) -> Result<()> {
    let refused = |sentence: &str| {
        Err(Refusal::new("directory-password", sentence)
            .field("password")
            .into())
    };
    if new_password.is_some_and(|password| password.len() > NAME_BYTES_MAX) {
        return refused("The password is longer than 1,000 bytes.");
    }
    if new_password.is_some() {
        return Ok(());
    }
    if password(tx, &directory.source)?.is_none() {
        return refused("Give the password of the account. It is kept on the server and never shown.");
    }
    match before {
        Some(before) if directory.settings.exposes_more_than(&before.settings) => refused(
            "Give the password again, because it would be sent elsewhere than before, or less well protected.",
        ),
        _ => Ok(()),
    }
}

fn read(row: &Row) -> Result<Directory> {
    let settings: String = row.get(1)?;
    Ok(Directory {
        source: row.get(0)?,
        settings: serde_json::from_str(&settings)
            .map_err(|e| Fault::of("reading a directory's settings", e))?,
        hours: row.get(2)?,
        set_at: row.get(3)?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use db::{Actor, Db, Error};

    use super::*;
    use crate::engagement::EngagementKind;
    use crate::sources::ldap::{Attributes, Flavour};

    pub(crate) fn directory(host: &str) -> Directory {
        Directory {
            source: "hr".to_owned(),
            settings: Settings {
                host: Host::parse(host).expect("a host"),
                protection: Protection::Tls,
                plain_accepted: false,
                issuers: String::new(),
                account: "cn=reader,dc=x".to_owned(),
                base: "dc=x".to_owned(),
                filter: "(objectClass=person)".to_owned(),
                terms: Terms {
                    flavour: Flavour::Ldap,
                    kind: Some(EngagementKind::Employee),
                    kinds: std::collections::BTreeMap::new(),
                    groups: Vec::new(),
                    attributes: Attributes::default(),
                },
            },
            hours: 6,
            set_at: Moment(0),
        }
    }

    fn put(db: &Db, directory: Directory, password: Option<&'static str>) -> Result<()> {
        db.set_now(db.now().plus_seconds(1));
        db.write_blocking(Actor::Operator, move |tx| set(tx, &directory, password))
    }

    fn field(result: Result<()>) -> Option<String> {
        match result.expect_err("it is refused") {
            Error::Refused(refusal) => refusal.field,
            Error::Fault(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_host_is_a_name_and_perhaps_a_port() {
        for text in ["dc1.example.com", "dc1.example.com:1636", "[::1]:389", "10.0.0.1"] {
            assert_eq!(Host::parse(text).expect(text).to_string(), text);
        }
        for bad in ["", "ldaps://dc1", "a b", "dc1:port", "dc1:0", "dc1:70000", "[::1"] {
            assert!(Host::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_password_is_asked_for_again_when_it_would_go_elsewhere() {
        let db = Db::in_memory_for_tests();
        assert_eq!(
            field(put(&db, directory("dc1.example.com"), None)).as_deref(),
            Some("password")
        );
        put(&db, directory("dc1.example.com"), Some("secret")).expect("it is set");
        put(&db, directory("dc1.example.com"), None).expect("the password stays");
        let mut weaker = directory("dc1.example.com");
        weaker.settings.protection = Protection::StartTls;
        let mut account = directory("dc1.example.com");
        account.settings.account = "cn=other,dc=x".to_owned();
        for changed in [directory("dc2.example.com"), weaker, account] {
            assert_eq!(field(put(&db, changed, None)).as_deref(), Some("password"));
        }
        let (found, kept) = db
            .read_blocking(|r| Ok((all(r)?, password(r, "hr")?)))
            .expect("reading works");
        assert_eq!(
            (found.len(), found[0].settings.host.name.as_str()),
            (1, "dc1.example.com")
        );
        assert_eq!(kept.as_deref(), Some("secret"));
    }

    #[test]
    fn settings_that_cannot_work_are_refused_at_their_field() {
        let changed = |change: fn(&mut Settings)| {
            let mut directory = directory("dc1.example.com");
            change(&mut directory.settings);
            directory.settings.check().expect_err("it is refused").field
        };
        assert_eq!(changed(|s| s.account.clear()).as_deref(), Some("account"));
        assert_eq!(changed(|s| s.base.clear()).as_deref(), Some("base"));
        assert_eq!(
            changed(|s| s.filter = "mail=*".to_owned()).as_deref(),
            Some("filter")
        );
        assert_eq!(
            changed(|s| s.issuers = "-----".to_owned()).as_deref(),
            Some("issuers")
        );
        assert_eq!(
            changed(|s| s.terms.groups.push("developers".to_owned())).as_deref(),
            Some("groups")
        );
        assert_eq!(
            changed(|s| s.terms.attributes.start = "hire date".to_owned()).as_deref(),
            Some("start")
        );
        let mut too_seldom = directory("dc1.example.com");
        too_seldom.hours = 1_000;
        assert_eq!(
            field(put(&Db::in_memory_for_tests(), too_seldom, Some("x"))).as_deref(),
            Some("hours")
        );
    }
}
