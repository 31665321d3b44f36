//! `muster token create | list | end`: what programs show instead of a session.
//!
//! A token for SCIM belongs to a connection, which is a source of the roster; it is made with the first token.

use clap::Subcommand;
use db::{Actor, Day, Id, Refusal, Result};
use identity::token::{self, Scope, TokenKind};
use roster::engagement::EngagementKind;
use scim::connection::{self, NewConnection, Newcomers};
use scim::quirk::Profile;
use serde_json::json;

use super::Done;
use crate::config::Options;

/// Tokens for programs.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it, once.
    Create {
        /// The name of the connection, which is that of the source on the roster.
        #[arg(long)]
        name: String,
        /// What it may do: scim:write.
        #[arg(long)]
        scope: String,
        /// Its last day; a year from now unless said otherwise.
        #[arg(long, value_name = "YYYY-MM-DD")]
        expires: Option<String>,
        /// How the other side speaks: entra, okta or strict. Only a new connection needs it.
        #[arg(long)]
        profile: Option<String>,
        /// The kind of people whose kind the other side does not say.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Whether somebody whom no other source lists joins the roster or waits until an owner has looked: join or wait.
        #[arg(long)]
        newcomers: Option<String>,
    },
    /// Lists tokens; never their secrets.
    List,
    /// Ends a token.
    End {
        /// Its id, tok_….
        token: String,
    },
}

impl Token {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let db = options.config()?.open()?;
        match self {
            Token::Create {
                name,
                scope,
                expires,
                profile,
                kind,
                newcomers,
            } => {
                let Scope::ScimWrite = scope.parse::<Scope>()?;
                let expires = expires.as_deref().map(day).transpose()?;
                let profile = profile.map(|text| text.parse::<Profile>()).transpose()?;
                let kind = kind.map(|text| text.parse::<EngagementKind>()).transpose()?;
                let newcomers = newcomers.as_deref().map(wait_or_join).transpose()?;
                let (token, secret) = db.write_blocking(Actor::Operator, move |tx| {
                    let have = connection::by_source(tx, &name)?;
                    let profile = profile
                        .or(have.as_ref().map(|have| have.profile))
                        .unwrap_or(Profile::Okta);
                    let kind = kind
                        .or(have.as_ref().map(|have| have.kind))
                        .unwrap_or(EngagementKind::Employee);
                    let connection = connection::set(
                        tx,
                        &NewConnection {
                            name: name.clone(),
                            profile,
                            kind,
                            newcomers,
                        },
                    )?;
                    let until = match expires {
                        Some(day) => Some((day + 1).start(&tx.zone()?)),
                        None => None,
                    };
                    connection::new_token(tx, &connection, until)
                })?;
                Ok(Done::well(
                    secret.clone(),
                    json!({ "token": secret, "id": token.id, "name": token.name, "expires_at": token.expires_at }),
                ))
            }
            Token::List => {
                let (tokens, now) = db.read_blocking(|r| Ok((token::all(r)?, r.now())))?;
                let lines: Vec<String> = tokens.iter().map(|token| line(token, now)).collect();
                let listed: Vec<_> = tokens
                    .iter()
                    .map(|token| {
                        json!({
                            "id": token.id, "name": token.name, "made_at": token.made_at, "expires_at": token.expires_at,
                            "used_at": token.used_at, "ended_at": token.ended_at,
                        })
                    })
                    .collect();
                Ok(Done::well(lines.join("\n"), json!({ "tokens": listed })))
            }
            Token::End { token } => {
                let id: Id<TokenKind> = token.parse()?;
                let ending = id.clone();
                db.write_blocking(Actor::Operator, move |tx| token::end(tx, &ending))?;
                Ok(Done::well(format!("{id} has ended."), json!({ "ended": id })))
            }
        }
    }
}

fn wait_or_join(text: &str) -> Result<Newcomers> {
    match text {
        "join" => Ok(Newcomers::Join),
        "wait" => Ok(Newcomers::Wait),
        _ => Err(Refusal::new("newcomers", "Newcomers join or wait.")
            .field("newcomers")
            .into()),
    }
}

fn day(text: &str) -> Result<Day> {
    let wrong = |_| Refusal::new("token-expiry", "Write the day as 2026-06-01.").field("expires");
    Ok(text.parse::<Day>().map_err(wrong)?)
}

fn line(token: &token::Token, now: db::Moment) -> String {
    let state = match (token.ended_at, token.is_live(now)) {
        (Some(at), _) => format!("ended {at}"),
        (None, true) => format!("works until {}", token.expires_at),
        (None, false) => format!("expired {}", token.expires_at),
    };
    let used = token
        .used_at
        .map_or("never used".to_owned(), |at| format!("last used {at}"));
    format!("{}  {}  {state}, {used}", token.id, token.name)
}
