//! A passkey: a key that somebody's device keeps and uses after asking for their finger, face or PIN.
//!
//! It belongs to one account and signs what its person signs. It is added only soon after signing in, for a challenge that is good once,
//! in one session, for some minutes. Here is its public half alone. A passkey does not let anybody in yet; [`check`] is what that would ask.
//! Not here: what a device's answer has to say ([`crate::webauthn`]), and what is signed (`learning`).

use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use sha2::{Digest, Sha256};

use crate::{
    account::AccountKind,
    webauthn::{self, Assertion, Creation, Party},
};

/// Adding one asks that its person has signed in this recently.
pub const FRESH_SECONDS: i64 = 15 * 60;
/// A challenge is answered while its page is open.
const CHALLENGE_SECONDS: i64 = 5 * 60;
/// Devices of one person.
const PER_ACCOUNT_MAX: i64 = 20;
const NAME_CHARS_MAX: usize = 60;

/// `pky_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PasskeyKind;
impl Kind for PasskeyKind {
    const PREFIX: &'static str = "pky";
}

/// `pkc_…`
enum ChallengeKind {}
impl Kind for ChallengeKind {
    const PREFIX: &'static str = "pkc";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: Id<PasskeyKind>,
    pub name: String,
    /// base64url
    pub credential_id: String,
    /// COSE
    pub public_key: Vec<u8>,
    pub counter: u32,
    pub made_at: Moment,
    pub used_at: Option<Moment>,
}

/// Whose passkey: an account in a session, both from the session alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub account: Id<AccountKind>,
    pub session: String,
    pub authenticated_at: Moment,
}

/// Whether the holder has signed in so recently that they may add a passkey.
pub fn is_fresh(holder: &Holder, now: Moment) -> bool {
    holder.authenticated_at.plus_seconds(FRESH_SECONDS) >= now
}

/// Something for a new passkey to sign.
///
/// # Errors
/// Refuses who has not signed in recently, or has too many.
pub fn challenge(tx: &mut Tx, holder: &Holder) -> Result<Vec<u8>> {
    may_add(tx, holder)?;
    let (id, challenge) = (tx.new_id::<ChallengeKind>(), tx.random::<32>().to_vec());
    tx.execute(
        sql!("insert into passkey_challenge (id, account_id, session_id, challenge, made_at) values ($1, $2, $3, $4, $5)"),
        &params![id, &holder.account, &holder.session, challenge.clone(), tx.now()],
    )?;
    Ok(challenge)
}

/// Registers what a device has made for the newest challenge of this session.
///
/// # Errors
/// A refusal that says what does not fit.
pub fn add(
    tx: &mut Tx,
    holder: &Holder,
    party: &Party,
    (name, creation): (&str, &Creation),
) -> Result<Id<PasskeyKind>> {
    may_add(tx, holder)?;
    let name = checked_name(name)?;
    let (given, challenge) = open_challenge(tx, holder)?.ok_or_else(|| {
        Refusal::new(
            "passkey-late",
            "That took longer than five minutes. Load the page again and add the passkey anew.",
        )
    })?;
    tx.execute(
        sql!("update passkey_challenge set used_at = $1 where id = $2"),
        &params![tx.now(), given],
    )?;
    let made = webauthn::created(party, &challenge, creation)?;
    if by_credential(tx, &made.id)?.is_some() {
        return Err(Refusal::new("passkey-known", "This passkey is registered already.").into());
    }
    let id = tx.new_id::<PasskeyKind>();
    tx.execute(
        sql!(
            "insert into passkey (id, account_id, name, credential_id, public_key, counter, made_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            &id,
            &holder.account,
            name,
            made.id.as_str(),
            made.public_key,
            i64::from(made.counter),
            tx.now()
        ],
    )?;
    let payload = serde_json::json!({
        "credential_sha256": hex::encode(Sha256::digest(&made.id)),
        "passkey": id.as_str(),
        "session": holder.session,
    });
    ledger::record(
        tx,
        Entry::about(Act::PasskeyAdded, format!("account:{}", holder.account)).payload(payload),
    )?;
    Ok(id)
}

/// The passkeys of an account, the newest first.
pub fn of_account(reader: &mut Reader, account: &Id<AccountKind>) -> Result<Vec<Passkey>> {
    reader.rows(
        sql!(
            "select id, name, credential_id, public_key, counter, made_at, used_at
             from passkey
             where account_id = $1
               and ended_at is null
             order by made_at desc, id desc
             limit $2"
        ),
        &params![account, PER_ACCOUNT_MAX],
        read,
    )
}

/// Gives a passkey of this account another name; another's stays as it is.
///
/// # Errors
/// Refuses an empty name or one that is too long.
pub fn rename(tx: &mut Tx, account: &Id<AccountKind>, id: &Id<PasskeyKind>, name: &str) -> Result<()> {
    let name = checked_name(name)?;
    tx.execute(
        sql!("update passkey set name = $1 where id = $2 and account_id = $3 and ended_at is null"),
        &params![name, id, account],
    )?;
    Ok(())
}

/// Removes a passkey of this account. What was signed with it stays and can still be checked.
pub fn remove(tx: &mut Tx, account: &Id<AccountKind>, id: &Id<PasskeyKind>) -> Result<()> {
    let removed = tx.execute(
        sql!("update passkey set ended_at = $1 where id = $2 and account_id = $3 and ended_at is null"),
        &params![tx.now(), id, account],
    )?;
    if removed > 0 {
        let payload = serde_json::json!({ "passkey": id.as_str() });
        ledger::record(
            tx,
            Entry::about(Act::PasskeyRemoved, format!("account:{account}")).payload(payload),
        )?;
    }
    Ok(())
}

/// Checks a signature by one of the account's passkeys, and counts its use.
///
/// # Errors
/// Refuses a passkey that is not this account's, and a signature that does not fit.
pub fn check(
    tx: &mut Tx,
    account: &Id<AccountKind>,
    (party, challenge): (&Party, &[u8]),
    assertion: &Assertion,
) -> Result<Passkey> {
    let held = of_account(tx, account)?;
    let held = held
        .into_iter()
        .find(|one| one.credential_id == assertion.credential_id)
        .ok_or_else(|| {
            Refusal::new(
                "passkey-unknown",
                "This passkey is not registered with your account. Choose another, or sign with your name alone.",
            )
        })?;
    let counter = webauthn::asserted(party, challenge, (&held.public_key, held.counter), assertion)?;
    tx.execute(
        sql!("update passkey set counter = $1, used_at = $2 where id = $3"),
        &params![i64::from(counter), tx.now(), &held.id],
    )?;
    Ok(held)
}

/// Takes what could tell a device again out of the passkeys of an account. That there were passkeys stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, account: &Id<AccountKind>) -> Result<()> {
    tx.execute(
        sql!(
            "update passkey
             set name = '', credential_id = 'erased:' || id, public_key = $1, ended_at = coalesce(ended_at, $2)
             where account_id = $3"
        ),
        &params![Vec::<u8>::new(), tx.now(), account],
    )?;
    Ok(())
}

fn may_add(tx: &mut Tx, holder: &Holder) -> Result<()> {
    if !is_fresh(holder, tx.now()) {
        return Err(Refusal::new(
            "sign-in-again",
            "Sign out and in again first: a passkey is added only within fifteen minutes of signing in.",
        )
        .into());
    }
    if of_account(tx, &holder.account)?.len() as i64 >= PER_ACCOUNT_MAX {
        return Err(Refusal::new(
            "passkeys-many",
            format!("You have {PER_ACCOUNT_MAX} passkeys. Remove one you no longer use first."),
        )
        .into());
    }
    Ok(())
}

fn open_challenge(tx: &mut Tx, holder: &Holder) -> Result<Option<(String, Vec<u8>)>> {
    let since = tx.now().plus_seconds(-CHALLENGE_SECONDS);
    tx.one(
        sql!(
            "select id, challenge
             from passkey_challenge
             where session_id = $1
               and account_id = $2
               and used_at is null
               and made_at >= $3
             order by made_at desc, id desc
             limit 1"
        ),
        &params![&holder.session, &holder.account, since],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn by_credential(tx: &mut Tx, credential_id: &str) -> Result<Option<String>> {
    tx.one(
        sql!("select id from passkey where credential_id = $1"),
        &params![credential_id],
        |row| row.get(0),
    )
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::new(
            "passkey-name",
            format!("Give the passkey a name you will know it by, up to {NAME_CHARS_MAX} characters."),
        )
        .field("name")
        .into());
    }
    Ok(name.to_owned())
}

fn read(row: &Row) -> Result<Passkey> {
    Ok(Passkey {
        id: row.get(0)?,
        name: row.get(1)?,
        credential_id: row.get(2)?,
        public_key: row.get(3)?,
        counter: u32::try_from(row.get::<i64>(4)?)
            .map_err(|e| Fault::of("reading the counter of a passkey", e))?,
        made_at: row.get(5)?,
        used_at: row.get(6)?,
    })
}
