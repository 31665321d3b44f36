//! What an account may do beyond learning: owner, editor, manager, auditor, each held from a day until ended.
//!
//! There is always an owner: the last one cannot be ended.

use db::{Id, Kind, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use web::visitor::Role;

use crate::account::AccountKind;

/// `rol_…`
pub enum GrantKind {}
impl Kind for GrantKind {
    const PREFIX: &'static str = "rol";
}

/// A role that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: Id<GrantKind>,
    pub account: Id<AccountKind>,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub granted_at: db::Moment,
}

/// More accounts with a role than this are not listed on one page; nobody has so many.
const GRANTS_MAX: i64 = 1_000;

/// Reads a role that can be granted; learners need no grant.
pub fn grantable(text: &str) -> Option<Role> {
    Role::ALL
        .into_iter()
        .find(|role| role.as_str() == text && *role != Role::Learner)
}

/// Gives an account a role; giving it again changes nothing.
///
/// # Errors
/// A fault of the engine.
pub fn grant(tx: &mut Tx, account: &Id<AccountKind>, role: Role) -> Result<()> {
    if held(tx, account)?.contains(&role) {
        return Ok(());
    }
    let id = tx.new_id::<GrantKind>();
    tx.execute(
        sql!(
            "insert into role_grant (id, account_id, role, granted_at, granted_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, account, role.as_str(), tx.now(), tx.actor().to_string()],
    )?;
    let payload = serde_json::json!({ "role": role.as_str() });
    ledger::record(
        tx,
        Entry::about(Act::RoleGranted, format!("account:{account}")).payload(payload),
    )?;
    Ok(())
}

/// Ends a grant.
///
/// # Errors
/// A refusal when it is the last owner's; a fault of the engine.
pub fn end(tx: &mut Tx, grant: &Id<GrantKind>) -> Result<()> {
    let grants = current(tx)?;
    let Some(ending) = grants.iter().find(|g| g.id == *grant) else {
        return Ok(());
    };
    if ending.role == Role::Owner && grants.iter().filter(|g| g.role == Role::Owner).count() == 1 {
        return Err(Refusal::new(
            "last-owner",
            "This is the only owner left. Make somebody else an owner first, then end this one.",
        )
        .into());
    }
    tx.execute(
        sql!("update role_grant set ended_at = $1, ended_by = $2 where id = $3 and ended_at is null"),
        &params![tx.now(), tx.actor().to_string(), grant],
    )?;
    let payload = serde_json::json!({ "role": ending.role.as_str() });
    ledger::record(
        tx,
        Entry::about(Act::RoleEnded, format!("account:{}", ending.account)).payload(payload),
    )?;
    Ok(())
}

/// The roles an account holds now.
///
/// # Errors
/// A fault of the engine.
pub fn held(reader: &mut Reader, account: &Id<AccountKind>) -> Result<Vec<Role>> {
    let roles = reader.rows(
        sql!(
            "select role
             from role_grant
             where account_id = $1
               and ended_at is null
             limit 10"
        ),
        &params![account],
        |row| row.get::<String>(0),
    )?;
    Ok(roles.iter().filter_map(|role| grantable(role)).collect())
}

/// The people behind the owners' accounts; `None` for an account that belongs to nobody on the roster.
///
/// # Errors
/// A fault of the engine.
pub fn owners(reader: &mut Reader) -> Result<Vec<Option<String>>> {
    reader.rows(
        sql!(
            "select a.person_id
             from role_grant g
             join account a on a.id = g.account_id
             where g.ended_at is null
               and g.role = 'owner'
             order by a.id
             limit $1"
        ),
        &params![GRANTS_MAX],
        |row| row.get(0),
    )
}

/// Every role held now, owners first.
///
/// # Errors
/// A fault of the engine.
pub fn current(reader: &mut Reader) -> Result<Vec<Grant>> {
    let mut grants = reader.rows(
        sql!(
            "select g.id, g.account_id, a.name, a.email, g.role, g.granted_at
             from role_grant g
             join account a on a.id = g.account_id
             where g.ended_at is null
             order by a.name, g.id
             limit $1"
        ),
        &params![GRANTS_MAX],
        |row| {
            let role: String = row.get(4)?;
            Ok(Grant {
                id: row.get(0)?,
                account: row.get(1)?,
                name: row.get(2)?,
                email: row.get(3)?,
                role: grantable(&role).unwrap_or(Role::Auditor),
                granted_at: row.get(5)?,
            })
        },
    )?;
    grants.sort_by_key(|grant| grant.role);
    Ok(grants)
}
