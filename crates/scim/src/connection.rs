//! A connection: an identity provider that sends people and groups, and the source of the roster that it is.
//!
//! Each has tokens of its own, and a token leads to its connection and to nothing else.

use std::str::FromStr as _;

use db::{Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use identity::token::{self, NewToken, Scope, Token, TokenKind};
use ledger::{Act, Entry};
use roster::engagement::EngagementKind;
use roster::source::{self, Mode};
use roster::source_setting::{self, SourceKind, SourceSetting};

use crate::quirk::Profile;

/// `con_…`
#[derive(Debug)]
pub enum ConnectionKind {}
impl Kind for ConnectionKind {
    const PREFIX: &'static str = "con";
}

/// An organisation has one or two.
const CONNECTIONS_MAX: i64 = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: Id<ConnectionKind>,
    /// The name of the source on the roster.
    pub source: String,
    pub profile: Profile,
    /// The kind of people whose kind is not said.
    pub kind: EngagementKind,
    pub made_at: Moment,
}

/// What somebody whom no other source lists is, when this one speaks of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomers {
    /// On the roster: the provider says who works here.
    Join,
    /// Nobody yet: they wait until an owner has looked.
    Wait,
}

/// What a connection is to be.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub name: String,
    pub profile: Profile,
    pub kind: EngagementKind,
    /// Asked of a new connection only. Unless said otherwise newcomers join where the provider is the first source, and
    /// wait where another says who works here.
    pub newcomers: Option<Newcomers>,
}

/// Makes a connection, or changes how the one of this source is spoken.
///
/// # Errors
/// A refusal when the name will not do or is that of a source of files; a fault of the engine.
pub fn set(tx: &mut Tx, new: &NewConnection) -> Result<Connection> {
    let (profile, kind) = (new.profile, new.kind);
    let source = source::named(&new.name)?;
    let connection = match by_source(tx, &source)? {
        Some(have) if have.profile == profile && have.kind == kind => return Ok(have),
        Some(have) => {
            tx.execute(
                sql!("update scim_connection set profile = $1, kind = $2 where id = $3"),
                &params![profile.as_str(), kind.as_str(), &have.id],
            )?;
            Connection {
                profile,
                kind,
                ..have
            }
        }
        None => {
            if source::find(tx, &source)?.is_some() {
                return Err(Refusal::new(
                    "source-taken",
                    "A source of this name sends files already. Give the connection another name.",
                )
                .field("source")
                .into());
            }
            describe(tx, &source, new.newcomers)?;
            insert(tx, source, profile, kind)?
        }
    };
    let payload = serde_json::json!({
        "source": connection.source, "profile": profile.as_str(), "kind": kind.as_str(),
    });
    let subject = format!("connection:{}", connection.id);
    ledger::record(tx, Entry::about(Act::ScimConnected, subject).payload(payload))?;
    Ok(connection)
}

/// Adds the source to the roster, as an identity provider.
fn describe(tx: &mut Tx, source: &str, newcomers: Option<Newcomers>) -> Result<()> {
    let first = source::all(tx)?.is_empty();
    let usual = if first { Newcomers::Join } else { Newcomers::Wait };
    let setting = SourceSetting {
        engages: newcomers.unwrap_or(usual) == Newcomers::Join,
        ..SourceSetting::usual(SourceKind::IdentityProvider)
    };
    source::ensure(tx, source, Mode::Delta)?;
    source_setting::set(tx, source, &setting)
}

fn insert(tx: &mut Tx, source: String, profile: Profile, kind: EngagementKind) -> Result<Connection> {
    let connection = Connection {
        id: tx.new_id(),
        source,
        profile,
        kind,
        made_at: tx.now(),
    };
    tx.execute(
        sql!(
            "insert into scim_connection (id, source, profile, kind, made_at, made_by)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &connection.id,
            &connection.source,
            profile.as_str(),
            kind.as_str(),
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    Ok(connection)
}

/// A token for the connection; its secret is shown once.
///
/// # Errors
/// A refusal when two are alive already or the expiry will not do; a fault of the engine.
pub fn new_token(
    tx: &mut Tx,
    connection: &Connection,
    expires_at: Option<Moment>,
) -> Result<(Token, String)> {
    let new = NewToken {
        name: connection.source.clone(),
        scope: Scope::ScimWrite,
        bound_to: Some(connection.id.as_str().to_owned()),
        expires_at,
    };
    token::create(tx, &new)
}

/// The connection of this source.
///
/// # Errors
/// A fault of the engine.
pub fn by_source(reader: &mut Reader, source: &str) -> Result<Option<Connection>> {
    reader.one(
        sql!("select id, source, profile, kind, made_at from scim_connection where source = $1"),
        &params![source],
        read,
    )
}

/// The connection with this id.
///
/// # Errors
/// A fault of the engine.
pub fn find(reader: &mut Reader, id: &Id<ConnectionKind>) -> Result<Option<Connection>> {
    reader.one(
        sql!("select id, source, profile, kind, made_at from scim_connection where id = $1"),
        &params![id],
        read,
    )
}

/// Every connection, by name.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Vec<Connection>> {
    reader.rows(
        sql!("select id, source, profile, kind, made_at from scim_connection order by source limit $1"),
        &params![CONNECTIONS_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Connection> {
    Ok(Connection {
        id: row.get(0)?,
        source: row.get(1)?,
        profile: Profile::from_str(row.str(2)?.unwrap_or_default()).map_err(|_| unknown())?,
        kind: EngagementKind::from_str(row.str(3)?.unwrap_or_default()).map_err(|_| unknown())?,
        made_at: row.get(4)?,
    })
}

fn unknown() -> Error {
    Fault::new("reading a SCIM connection: its profile or kind is not one of ours").into()
}

/// Whoever shows a token: which one, of which connection.
#[derive(Debug, Clone)]
pub struct Bearer {
    pub token: Id<TokenKind>,
    /// The last use that was written down.
    pub used_at: Option<Moment>,
    pub connection: Connection,
}

/// Who shows this token, if it is alive. One statement, because every request asks it.
///
/// # Errors
/// A fault of the engine.
pub fn bearer(reader: &mut Reader, secret: &str) -> Result<Option<Bearer>> {
    let now = reader.now();
    reader.one(
        sql!(
            "select c.id, c.source, c.profile, c.kind, c.made_at, t.id, t.used_at
             from token t
             join scim_connection c on c.id = t.bound_to
             where t.secret_hash = $1
               and t.scope = 'scim:write'
               and t.ended_at is null
               and t.expires_at > $2"
        ),
        &params![token::fingerprint(secret), now],
        |row| {
            Ok(Bearer {
                token: row.get(5)?,
                used_at: row.get(6)?,
                connection: read(row)?,
            })
        },
    )
}
