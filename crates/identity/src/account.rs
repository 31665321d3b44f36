//! Accounts: who can sign in, by the address they read mail at.
//!
//! An address on the roster becomes an account the first time its owner asks for a link, and only when one
//! person alone has it. A role is never given by an address.

use db::{Day, Id, Kind, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};

/// `acc_…`
pub enum AccountKind {}
impl Kind for AccountKind {
    const PREFIX: &'static str = "acc";
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Id<AccountKind>,
    pub email: String,
    pub name: String,
    /// The person on the roster, once known.
    pub person: Option<String>,
}

/// Newcomers can sign in this long before their first day.
const EARLY_DAYS: i32 = 14;
/// More engagements than anybody has.
const ENGAGEMENTS_MAX: i64 = 1_000;

/// The address as it is compared and stored.
pub fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The account of this address.
///
/// # Errors
/// A fault of the engine.
pub fn by_email(reader: &mut Reader, email: &str) -> Result<Option<Account>> {
    reader.one(
        sql!("select id, email, name, person_id from account where email = $1"),
        &params![normal(email)],
        read,
    )
}

/// The account with this id.
///
/// # Errors
/// A fault of the engine.
pub fn find(reader: &mut Reader, id: &Id<AccountKind>) -> Result<Option<Account>> {
    reader.one(
        sql!("select id, email, name, person_id from account where id = $1"),
        &params![id],
        read,
    )
}

/// What to call whoever did something, by their name in the ledger ([`db::Actor`]).
///
/// # Errors
/// A fault of the engine.
pub fn called(reader: &mut Reader, actor: &str) -> Result<String> {
    let name = match actor.split_once(':') {
        Some(("person", id)) => match id.parse() {
            Ok(id) => find(reader, &id)?.map(|account| account.name),
            Err(_) => None,
        },
        Some(("source", name)) => Some(format!("the source {name}")),
        Some(("token", _)) => Some("a program with a token".to_owned()),
        Some(("job", _)) => Some("muster itself".to_owned()),
        _ => Some("an operator".to_owned()),
    };
    Ok(name.unwrap_or_else(|| "somebody who was erased".to_owned()))
}

fn read(row: &db::Row) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        person: row.get(3)?,
    })
}

/// Makes an account, or names and returns the one that has the address.
///
/// # Errors
/// A refusal when the address cannot be one or the name is empty; a fault of the engine.
pub fn make(tx: &mut Tx, email: &str, name: &str) -> Result<Account> {
    let (email, name) = (normal(email), name.trim());
    mail::letter::check_address(&email)?;
    if name.is_empty() || name.chars().count() > 200 {
        return Err(
            Refusal::new("no-name", "Type the person's name, up to 200 characters.")
                .field("name")
                .into(),
        );
    }
    if let Some(account) = by_email(tx, &email)? {
        return Ok(account);
    }
    let person = person_with(tx, &email)?.map(|person| person.id);
    let account = Account {
        id: tx.new_id(),
        email,
        name: name.to_owned(),
        person,
    };
    insert(tx, &account)?;
    Ok(account)
}

/// The account behind an address that asks to be let in: an existing one, or a new one for the only person
/// on the roster who has this address. `None` when nobody, or several people, have it.
///
/// # Errors
/// A fault of the engine.
pub fn admit(tx: &mut Tx, email: &str) -> Result<Option<Account>> {
    let email = normal(email);
    let person = person_with(tx, &email)?;
    let mut account = match by_email(tx, &email)? {
        Some(account) => account,
        None => {
            let Some(person) = &person else { return Ok(None) };
            let account = Account {
                id: tx.new_id(),
                email,
                name: person.name.clone(),
                person: Some(person.id.clone()),
            };
            insert(tx, &account)?;
            account
        }
    };
    if let (None, Some(person)) = (&account.person, person) {
        tx.execute(
            sql!("update account set person_id = $1 where id = $2"),
            &params![&person.id, &account.id],
        )?;
        account.person = Some(person.id);
    }
    Ok(Some(account))
}

fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    tx.execute(
        sql!("insert into account (id, email, name, person_id, created_at) values ($1, $2, $3, $4, $5)"),
        &params![
            &account.id,
            &account.email,
            &account.name,
            &account.person,
            tx.now()
        ],
    )?;
    let payload =
        serde_json::json!({ "email": account.email, "name": account.name, "person": account.person });
    ledger::record(
        tx,
        Entry::about(Act::AccountMade, format!("account:{}", account.id)).payload(payload),
    )?;
    Ok(())
}

/// Erases who was behind a person's account: address and name go, open sessions and links end, the payloads of
/// the account's entries go. That there was an account stays.
///
/// # Errors
/// A refusal while the account holds a role; a fault of the engine.
pub fn erase(tx: &mut Tx, person: &str) -> Result<()> {
    let found = tx.rows(
        sql!("select id, email, name, person_id from account where person_id = $1 limit 100"),
        &params![person],
        read,
    )?;
    for account in found {
        if !crate::role::held(tx, &account.id)?.is_empty() {
            return Err(Refusal::new(
                "holds-a-role",
                "This person still holds a role. End the role first.",
            )
            .into());
        }
        mail::letter::erase(tx, &account.email)?;
        tx.execute(
            sql!("update account set email = $1, name = '' where id = $2"),
            &params![format!("erased:{}", account.id), &account.id],
        )?;
        tx.execute(
            sql!("update session set ended_at = $1 where account_id = $2 and ended_at is null"),
            &params![tx.now(), &account.id],
        )?;
        tx.execute(
            sql!("update sign_in_link set used_at = $1 where account_id = $2 and used_at is null"),
            &params![tx.now(), &account.id],
        )?;
        crate::passkey::erase(tx, &account.id)?;
        let subject = format!("account:{}", account.id);
        ledger::erase::payloads_about(tx, &subject)?;
        ledger::record(tx, Entry::about(Act::AccountErased, subject))?;
    }
    Ok(())
}

struct Found {
    id: String,
    name: String,
}

/// The one person now on the roster with this address; `None` when there is none or more than one.
fn person_with(reader: &mut Reader, email: &str) -> Result<Option<Found>> {
    let today = reader.today()?;
    let mut found = reader.rows(
        sql!(
            "select p.person_id, p.given_name, p.family_name, p.preferred_name
             from profile p
             where lower(p.email) = $1
               and p.superseded_at is null
               and p.from_on = (
                   select max(q.from_on)
                   from profile q
                   where q.person_id = p.person_id
                     and q.superseded_at is null
               )
               and exists (
                   select 1
                   from engagement e
                   where e.person_id = p.person_id
                     and e.superseded_at is null
                     and e.start_on <= $3
                     and (e.end_on is null or e.end_on >= $2)
               )
             limit 2"
        ),
        &params![email, today, today + EARLY_DAYS],
        |row| {
            let preferred: Option<String> = row.get(3)?;
            let given: String = row.get(1)?;
            let family: String = row.get(2)?;
            let name = format!("{} {family}", preferred.unwrap_or(given))
                .trim()
                .to_owned();
            Ok(Found {
                id: row.get(0)?,
                name,
            })
        },
    )?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Whether an engagement lets its person in on a day: from two weeks before its first day to its last.
pub fn is_current(start_on: Day, end_on: Option<Day>, today: Day) -> bool {
    start_on <= today + EARLY_DAYS && end_on.is_none_or(|end| end >= today)
}

/// Whether the person is here today, or starts soon.
///
/// # Errors
/// A fault of the engine.
pub fn is_here(reader: &mut Reader, person: &str, today: Day) -> Result<bool> {
    let engagements: Vec<(Day, Option<Day>)> = reader.rows(
        sql!(
            "select start_on, end_on
             from engagement
             where person_id = $1
               and superseded_at is null
             limit $2"
        ),
        &params![person, ENGAGEMENTS_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(engagements
        .into_iter()
        .any(|(start_on, end_on)| is_current(start_on, end_on, today)))
}
