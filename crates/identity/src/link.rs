//! Letting somebody in: a link and a six-digit code, good once and not for long.
//!
//! Mail scanners open links. Opening one only shows a page; the button on it lets in.

use db::{Id, Kind, Reader, Refusal, Result, Tx, params, sql};
use mail::Letter;
use sha2::{Digest, Sha256};

use crate::{
    account::{self, Account, AccountKind},
    role,
    session::Method,
    suspension,
};

/// `lnk_…`
pub enum LinkKind {}
impl Kind for LinkKind {
    const PREFIX: &'static str = "lnk";
}

/// A mailed link and its code hold for half an hour.
const MAILED_SECONDS: i64 = 30 * 60;
/// A link the operator made at the command line holds for a quarter of an hour.
const OPERATOR_SECONDS: i64 = 15 * 60;
/// With six digits and five tries, one guess in two hundred thousand links gets through.
const WRONG_MAX: i64 = 5;

/// A fresh secret pair. Shown once: only hashes are kept.
pub struct Link {
    pub token: String,
    pub code: String,
    pub account: Account,
}

pub(crate) fn secret(tx: &mut Tx) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tx.random::<32>())
}

pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

fn code_hash(account: &Id<AccountKind>, code: &str) -> Vec<u8> {
    hash(&format!("{account}:{code}"))
}

/// Makes a link for the address and posts the letter; does nothing, and says nothing, when nobody alone has it.
///
/// # Errors
/// A refusal when the address cannot be one; a fault of the engine.
pub fn mail_to(tx: &mut Tx, email: &str, public_url: &str, organisation: &str) -> Result<()> {
    mail::letter::check_address(email.trim())?;
    let Some(account) = account::admit(tx, email)? else {
        return Ok(());
    };
    if !may_enter(tx, &account)? {
        return Ok(());
    }
    let link = make(tx, account, Way::Mail)?;
    let until = tx.now().plus_seconds(MAILED_SECONDS);
    let text = format!(
        "Hello {name},\n\n\
         you, or somebody who typed your address, asked to sign in to the security training of {organisation}.\n\n\
         Open this address and press the button:\n{public_url}/sign-in/{token}\n\n\
         Or type this code on the page where you asked: {code}\n\n\
         Both work once, for 30 minutes. If you did not ask, do nothing: nobody gets in without this letter.\n\
         You can also type the address {public_url} yourself and never follow a link at all.\n",
        name = link.account.name,
        token = link.token,
        code = link.code,
    );
    let letter = Letter {
        to: link.account.email.clone(),
        purpose: "sign-in",
        subject: format!("Sign in to the security training of {organisation}"),
        text,
        until: Some(until),
        secret: true,
    };
    mail::letter::post(tx, &letter)?;
    Ok(())
}

/// A link for the operator to hand over, when mail does not work. The account must exist or be on the roster.
///
/// # Errors
/// A refusal when nobody alone has this address; a fault of the engine.
pub fn for_operator(tx: &mut Tx, email: &str) -> Result<Link> {
    let account = account::admit(tx, email)?.ok_or_else(|| {
        Refusal::new(
            "unknown-address",
            format!(
                "No account has the address {}, and no one person on the roster today has it alone.",
                account::normal(email)
            ),
        )
        .field("email")
    })?;
    if !may_enter(tx, &account)? {
        return Err(Refusal::new(
            "has-left",
            "This person has left and holds no role, or a source of the roster keeps them out, so there is no way in.",
        )
        .field("email")
        .into());
    }
    make(tx, account, Way::Operator)
}

/// Whoever is on the roster, or holds a role, unless a source of the roster keeps them out.
pub(crate) fn may_enter(reader: &mut Reader, account: &Account) -> Result<bool> {
    if let Some(person) = &account.person
        && suspension::holds(reader, person)?
    {
        return Ok(false);
    }
    if !role::held(reader, &account.id)?.is_empty() {
        return Ok(true);
    }
    let today = reader.today()?;
    match &account.person {
        Some(person) => account::is_here(reader, person, today),
        None => Ok(false),
    }
}

/// How a link reaches its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Mail,
    Operator,
}

impl Way {
    fn text(self) -> &'static str {
        match self {
            Way::Mail => "mail",
            Way::Operator => "operator",
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Way::Mail => MAILED_SECONDS,
            Way::Operator => OPERATOR_SECONDS,
        }
    }
}

fn make(tx: &mut Tx, account: Account, way: Way) -> Result<Link> {
    let token = secret(tx);
    let number = u64::from_be_bytes(tx.random::<8>()) % 1_000_000;
    let code = format!("{number:06}");
    let id = tx.new_id::<LinkKind>();
    tx.execute(
        sql!(
            "insert into sign_in_link (id, account_id, token_hash, code_hash, way, wrong, made_at, expires_at)
             values ($1, $2, $3, $4, $5, 0, $6, $7)"
        ),
        &params![
            id,
            &account.id,
            hash(&token),
            code_hash(&account.id, &code),
            way.text(),
            tx.now(),
            tx.now().plus_seconds(way.seconds())
        ],
    )?;
    Ok(Link { token, code, account })
}

fn spent() -> Refusal {
    Refusal::new(
        "spent-link",
        "This link or code was used before, has expired, or was never made. Ask for a new one; it takes a few seconds.",
    )
    .field("code")
}

/// Whether a link is still good, without using it: what opening it may know.
///
/// # Errors
/// A fault of the engine.
pub fn is_good(reader: &mut Reader, token: &str) -> Result<bool> {
    let now = reader.now();
    let found: Option<i64> = reader.one(
        sql!(
            "select cast(1 as bigint)
             from sign_in_link
             where token_hash = $1
               and used_at is null
               and expires_at > $2
             limit 1"
        ),
        &params![hash(token), now],
        |_| Ok(1),
    )?;
    Ok(found.is_some())
}

/// Uses the link: lets its account in, once.
///
/// # Errors
/// A refusal when the link is spent; a fault of the engine.
pub fn use_token(tx: &mut Tx, token: &str) -> Result<(Account, Method)> {
    let used: Option<(Id<AccountKind>, String)> = tx.one(
        sql!(
            "update sign_in_link
             set used_at = $1
             where token_hash = $2
               and used_at is null
               and expires_at > $1
             returning account_id, way"
        ),
        &params![tx.now(), hash(token)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (account, way) = used.ok_or_else(spent)?;
    let method = if way == Way::Operator.text() {
        Method::OperatorLink
    } else {
        Method::Link
    };
    Ok((entering(tx, &account)?, method))
}

/// Uses the code of the newest link of this address. A wrong code is counted, and the fifth ends the link.
///
/// # Errors
/// A fault of the engine. The inner refusal says that the code is wrong; it is inside the answer so that the
/// count of wrong tries is kept.
pub fn use_code(tx: &mut Tx, email: &str, code: &str) -> Result<std::result::Result<Account, Refusal>> {
    let Some(account) = account::by_email(tx, email)? else {
        return Ok(Err(spent()));
    };
    let newest: Option<(Id<LinkKind>, Vec<u8>)> = tx.one(
        sql!(
            "select id, code_hash
             from sign_in_link
             where account_id = $1
               and used_at is null
               and expires_at > $2
               and wrong < $3
             order by made_at desc, id desc
             limit 1"
        ),
        &params![&account.id, tx.now(), WRONG_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((link, expected)) = newest else {
        return Ok(Err(spent()));
    };
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    if code_hash(&account.id, &digits) != expected {
        tx.execute(
            sql!("update sign_in_link set wrong = wrong + 1 where id = $1"),
            &params![&link],
        )?;
        return Ok(Err(Refusal::new(
            "wrong-code",
            "This is not the code in the letter. Look again, or ask for a new one.",
        )
        .field("code")));
    }
    tx.execute(
        sql!("update sign_in_link set used_at = $1 where id = $2"),
        &params![tx.now(), &link],
    )?;
    Ok(Ok(entering(tx, &account.id)?))
}

fn entering(tx: &mut Tx, id: &Id<AccountKind>) -> Result<Account> {
    let account = account::find(tx, id)?.ok_or_else(spent)?;
    if may_enter(tx, &account)? {
        Ok(account)
    } else {
        Err(spent().into())
    }
}
