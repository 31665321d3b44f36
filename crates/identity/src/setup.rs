//! The one-time token that a new installation prints: whoever holds it becomes the first owner.
//!
//! There is no default password and no first-come owner: without the token nothing can be set up.

use db::{Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use web::visitor::Role;

use crate::{
    account::{self, Account},
    link::{hash, secret},
    role,
};

/// Whether anybody owns this installation yet.
///
/// # Errors
/// A fault of the engine.
pub fn is_done(reader: &mut Reader) -> Result<bool> {
    Ok(role::current(reader)?
        .iter()
        .any(|grant| grant.role == Role::Owner))
}

/// A fresh token, while nobody owns the installation; tokens printed before end.
///
/// # Errors
/// A fault of the engine.
pub fn token(tx: &mut Tx) -> Result<Option<String>> {
    if is_done(tx)? {
        return Ok(None);
    }
    tx.execute(sql!("delete from setup_token where used_at is null"), &[])?;
    let token = secret(tx);
    tx.execute(
        sql!("insert into setup_token (token_hash, made_at) values ($1, $2)"),
        &params![hash(&token), tx.now()],
    )?;
    Ok(Some(token))
}

/// Whether the token is good, without using it.
///
/// # Errors
/// A fault of the engine.
pub fn is_good(reader: &mut Reader, token: &str) -> Result<bool> {
    let found: Option<i64> = reader.one(
        sql!("select cast(1 as bigint) from setup_token where token_hash = $1 and used_at is null"),
        &params![hash(token)],
        |_| Ok(1),
    )?;
    Ok(found.is_some() && !is_done(reader)?)
}

/// Uses the token: makes the first owner.
///
/// # Errors
/// A refusal when the token is spent or the address or name will not do; a fault of the engine.
pub fn first_owner(tx: &mut Tx, token: &str, email: &str, name: &str) -> Result<Account> {
    let used = tx.execute(
        sql!("update setup_token set used_at = $1 where token_hash = $2 and used_at is null"),
        &params![tx.now(), hash(token)],
    )?;
    if used == 0 || is_done(tx)? {
        return Err(Refusal::new(
            "spent-setup-token",
            "This set-up address was used before. Start muster again to get a new one, or sign in.",
        )
        .into());
    }
    owner(tx, email, name)
}

/// Makes an owner: at the command line, where whoever holds the machine may.
///
/// # Errors
/// A refusal when the address or name will not do; a fault of the engine.
pub fn owner(tx: &mut Tx, email: &str, name: &str) -> Result<Account> {
    let account = account::make(tx, email, name)?;
    role::grant(tx, &account.id, Role::Owner)?;
    ledger::record(tx, Entry::about(Act::SetUp, format!("account:{}", account.id)))?;
    Ok(account)
}
