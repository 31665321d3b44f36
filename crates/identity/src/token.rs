//! A token: what a program shows instead of a session. Made once, shown once, kept as a hash, good for one thing and not for ever.
//!
//! It looks like `mst_scim_…`: the beginning says whose it is, and the end is a checksum, so that whoever searches code for
//! secrets finds it and knows it for one. A program that is given a second token before the first has ended can be moved
//! over without a gap; a third is refused.
//!
//! Not here: what a program may do with it (crate `scim`).

use std::fmt;
use std::str::FromStr;

use db::{Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use sha2::{Digest, Sha256};

use crate::link::hash;

/// `tok_…`
#[derive(Debug)]
pub enum TokenKind {}
impl Kind for TokenKind {
    const PREFIX: &'static str = "tok";
}

/// A year and a day's grace for leap years: what is older is forgotten about.
const DAYS_MAX: i32 = 366;
const NAME_CHARS_MAX: usize = 60;
/// One in use and one to move to.
const LIVE_MAX: usize = 2;
const LISTED_MAX: i64 = 500;
/// 32 random bytes in hex, and eight digits of checksum.
const SECRET_CHARS: usize = 64;
const CHECK_CHARS: usize = 8;
/// The last use is written down once a minute, not once a request.
const USE_MS: i64 = 60_000;

/// What a token lets a program do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Send people and groups by SCIM.
    ScimWrite,
}

/// Scopes that are promised and not there yet.
const LATER: &[&str] = &["api:read", "api:write", "metrics:read"];

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::ScimWrite => "scim:write",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Scope::ScimWrite => "mst_scim_",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<Scope, Refusal> {
        match text {
            "scim:write" => Ok(Scope::ScimWrite),
            later if LATER.contains(&later) => Err(Refusal::new(
                "scope-later",
                format!("The scope {later} is not there yet. scim:write is."),
            )
            .field("scope")),
            _ => Err(Refusal::new("scope-unknown", "The scope must be scim:write.").field("scope")),
        }
    }
}

/// A token as it is known: never its secret.
#[derive(Debug, Clone)]
pub struct Token {
    pub id: Id<TokenKind>,
    pub name: String,
    pub bound_to: Option<String>,
    pub made_at: Moment,
    pub expires_at: Moment,
    pub used_at: Option<Moment>,
    pub ended_at: Option<Moment>,
}

impl Token {
    pub fn is_live(&self, now: Moment) -> bool {
        self.ended_at.is_none() && self.expires_at > now
    }
}

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub scope: Scope,
    /// What it is good for alone.
    pub bound_to: Option<String>,
    /// The last moment; a year from now unless said otherwise.
    pub expires_at: Option<Moment>,
}

/// Makes a token and returns its secret, which is shown once.
///
/// # Errors
/// A refusal when the name or the expiry will not do, or two are alive already; a fault of the engine.
pub fn create(tx: &mut Tx, new: &NewToken) -> Result<(Token, String)> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(
            Refusal::new("token-name", "Name the token in up to 60 characters.")
                .field("name")
                .into(),
        );
    }
    let longest = tx.now().plus_seconds(i64::from(DAYS_MAX) * 24 * 3600);
    let expires_at = new.expires_at.unwrap_or(longest);
    if expires_at <= tx.now() || expires_at > longest {
        return Err(
            Refusal::new("token-expiry", "A token expires after today and within a year.")
                .field("expires")
                .into(),
        );
    }
    let now = tx.now();
    if let Some(bound_to) = &new.bound_to
        && of(tx, bound_to)?
            .iter()
            .filter(|token| token.is_live(now))
            .count()
            >= LIVE_MAX
    {
        return Err(Refusal::new(
            "two-tokens",
            "Two tokens are alive: one in use and one to move to. End one of them first.",
        )
        .field("name")
        .into());
    }
    let secret = secret(new.scope, &tx.random::<32>());
    let token = Token {
        id: tx.new_id(),
        name,
        bound_to: new.bound_to.clone(),
        made_at: now,
        expires_at,
        used_at: None,
        ended_at: None,
    };
    tx.execute(
        sql!(
            "insert into token (id, secret_hash, name, scope, bound_to, made_at, made_by, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &token.id,
            hash(&secret),
            &token.name,
            new.scope.as_str(),
            &token.bound_to,
            now,
            tx.actor().to_string(),
            expires_at
        ],
    )?;
    let payload = serde_json::json!({
        "name": token.name, "scope": new.scope.as_str(), "bound_to": token.bound_to, "expires_at": expires_at,
    });
    ledger::record(
        tx,
        Entry::about(Act::TokenMade, format!("token:{}", token.id)).payload(payload),
    )?;
    Ok((token, secret))
}

fn secret(scope: Scope, random: &[u8; 32]) -> String {
    let body = format!("{}{}", scope.prefix(), hex::encode(random));
    let check = check(&body);
    format!("{body}{check}")
}

fn check(body: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(format!("muster token {body}")));
    digest.truncate(CHECK_CHARS);
    digest
}

/// Whether a text can be a token of this scope: whatever it is, the database need not be asked about anything else.
pub fn is_whole(scope: Scope, text: &str) -> bool {
    let length = scope.prefix().len() + SECRET_CHARS + CHECK_CHARS;
    if text.len() != length || !text.is_ascii() || !text.starts_with(scope.prefix()) {
        return false;
    }
    let (body, said) = text.split_at(length - CHECK_CHARS);
    check(body) == said
}

/// What the rows of a token are found by.
pub fn fingerprint(secret: &str) -> Vec<u8> {
    hash(secret)
}

/// Every token bound to something, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, bound_to: &str) -> Result<Vec<Token>> {
    reader.rows(
        sql!(
            "select id, name, bound_to, made_at, expires_at, used_at, ended_at
             from token
             where bound_to = $1
             order by made_at desc, id desc
             limit $2"
        ),
        &params![bound_to, LISTED_MAX],
        read,
    )
}

/// Every token, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Vec<Token>> {
    reader.rows(
        sql!(
            "select id, name, bound_to, made_at, expires_at, used_at, ended_at
             from token
             order by made_at desc, id desc
             limit $1"
        ),
        &params![LISTED_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        name: row.get(1)?,
        bound_to: row.get(2)?,
        made_at: row.get(3)?,
        expires_at: row.get(4)?,
        used_at: row.get(5)?,
        ended_at: row.get(6)?,
    })
}

/// Whether a use is worth writing down: the last that was is a minute ago.
pub fn is_news(last: Option<Moment>, now: Moment) -> bool {
    last.is_none_or(|last| now.0 - last.0 >= USE_MS)
}

/// Writes down that it was used now.
///
/// # Errors
/// A fault of the engine.
pub fn used(tx: &mut Tx, id: &Id<TokenKind>) -> Result<()> {
    tx.execute(
        sql!("update token set used_at = $1 where id = $2"),
        &params![tx.now(), id],
    )?;
    Ok(())
}

/// Ends a token; ending it again changes nothing.
///
/// # Errors
/// A refusal when there is no such token; a fault of the engine.
pub fn end(tx: &mut Tx, id: &Id<TokenKind>) -> Result<()> {
    let ended = tx.execute(
        sql!("update token set ended_at = $1, ended_by = $2 where id = $3 and ended_at is null"),
        &params![tx.now(), tx.actor().to_string(), id],
    )?;
    if ended > 0 {
        ledger::record(tx, Entry::about(Act::TokenEnded, format!("token:{id}")))?;
        return Ok(());
    }
    if all(tx)?.iter().any(|token| token.id == *id) {
        return Ok(());
    }
    Err(Refusal::new("no-token", "There is no such token.")
        .field("token")
        .into())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};

    use super::*;

    fn new(bound_to: &str) -> NewToken {
        NewToken {
            name: "entra".to_owned(),
            scope: Scope::ScimWrite,
            bound_to: Some(bound_to.to_owned()),
            expires_at: None,
        }
    }

    #[test]
    fn a_token_carries_its_checksum_and_one_letter_changed_is_none() {
        let secret = secret(Scope::ScimWrite, &[7; 32]);
        assert!(secret.starts_with("mst_scim_") && is_whole(Scope::ScimWrite, &secret));
        let mut other = secret.clone();
        other.replace_range(12..13, if &secret[12..13] == "a" { "b" } else { "a" });
        for text in [other.as_str(), "", "mst_scim_", &secret[..40], "mst_scim_ä"] {
            assert!(!is_whole(Scope::ScimWrite, text), "{text}");
        }
    }

    #[test]
    fn two_tokens_live_and_a_third_waits_for_an_end() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Operator, |tx| {
            let (first, _) = create(tx, &new("con_1"))?;
            create(tx, &new("con_1"))?;
            assert!(matches!(create(tx, &new("con_1")), Err(Error::Refused(r)) if r.code == "two-tokens"));
            create(tx, &new("con_2"))?;
            end(tx, &first.id)?;
            end(tx, &first.id)?;
            create(tx, &new("con_1"))?;
            let late = NewToken {
                expires_at: Some(tx.now().plus_seconds(400 * 24 * 3600)),
                ..new("con_3")
            };
            assert!(matches!(create(tx, &late), Err(Error::Refused(r)) if r.code == "token-expiry"));
            Ok(())
        })
        .expect("tokens can be made");
    }

    #[test]
    fn scopes_that_are_promised_say_so() {
        assert_eq!("scim:write".parse(), Ok(Scope::ScimWrite));
        for (text, code) in [("api:read", "scope-later"), ("root", "scope-unknown")] {
            assert_eq!(text.parse::<Scope>().expect_err(text).code, code);
        }
    }
}
