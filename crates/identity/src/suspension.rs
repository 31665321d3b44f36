//! A suspension: a source of the roster says that a person may not sign in, until it says otherwise.
//!
//! Their sessions end with it. It is a fact of its own beside the roster, because taking somebody off the roster may have to
//! wait for a second look, and access may not. The last owner who can sign in is never locked out: that is written down
//! instead.
//!
//! Not here: who is on the roster, and who says so (crates `roster` and `scim`).

use db::{Id, Kind, Reader, Result, Tx, params, sql};
use ledger::{Act, Entry};

/// `sus_…`
pub enum SuspensionKind {}
impl Kind for SuspensionKind {
    const PREFIX: &'static str = "sus";
}

/// Suspensions of one person that hold at once: one for each source.
const PER_PERSON_MAX: i64 = 500;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Suspended,
    /// The source had said so before.
    Already,
    /// Nobody else who can sign in is an owner.
    Kept,
}

/// Whether any source says that the person may not sign in.
///
/// # Errors
/// A fault of the engine.
pub fn holds(reader: &mut Reader, person: &str) -> Result<bool> {
    let found: Vec<Id<SuspensionKind>> = reader.rows(
        sql!(
            "select s.id
             from suspension s
             where s.person_id = $1
               and not exists (select 1 from suspension_end e where e.suspension_id = s.id)
             limit 1"
        ),
        &params![person],
        |row| row.get(0),
    )?;
    Ok(!found.is_empty())
}

fn of_source(reader: &mut Reader, person: &str, source: &str) -> Result<Vec<Id<SuspensionKind>>> {
    reader.rows(
        sql!(
            "select s.id
             from suspension s
             where s.person_id = $1
               and s.source = $2
               and not exists (select 1 from suspension_end e where e.suspension_id = s.id)
             limit $3"
        ),
        &params![person, source, PER_PERSON_MAX],
        |row| row.get(0),
    )
}

/// Ends the person's sessions and lets them in no more, because the source says so.
///
/// # Errors
/// A fault of the engine.
pub fn suspend(tx: &mut Tx, person: &str, source: &str) -> Result<Outcome> {
    if !of_source(tx, person, source)?.is_empty() {
        return Ok(Outcome::Already);
    }
    let subject = format!("person:{person}");
    if is_last_owner(tx, person)? {
        let payload = serde_json::json!({ "source": source });
        ledger::record(tx, Entry::about(Act::AccessKept, subject).payload(payload))?;
        return Ok(Outcome::Kept);
    }
    let id = tx.new_id::<SuspensionKind>();
    tx.insert(
        sql!(
            "insert into suspension (id, person_id, source, suspended_at, suspended_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![&id, person, source, tx.now(), tx.actor().to_string()],
    )?;
    let sessions = tx.execute(
        sql!(
            "update session
             set ended_at = $1
             where ended_at is null
               and account_id in (select id from account where person_id = $2)"
        ),
        &params![tx.now(), person],
    )?;
    tx.execute(
        sql!(
            "update sign_in_link
             set used_at = $1
             where used_at is null
               and account_id in (select id from account where person_id = $2)"
        ),
        &params![tx.now(), person],
    )?;
    let payload = serde_json::json!({ "source": source, "suspension": id, "sessions": sessions });
    ledger::record(tx, Entry::about(Act::AccessSuspended, subject).payload(payload))?;
    Ok(Outcome::Suspended)
}

/// Takes back what the source said; says whether there was anything.
///
/// # Errors
/// A fault of the engine.
pub fn lift(tx: &mut Tx, person: &str, source: &str) -> Result<bool> {
    let held = of_source(tx, person, source)?;
    for id in &held {
        tx.insert(
            sql!(
                "insert into suspension_end (suspension_id, ended_at, ended_by)
                 values ($1, $2, $3)"
            ),
            &params![id, tx.now(), tx.actor().to_string()],
        )?;
        let payload = serde_json::json!({ "source": source, "suspension": id });
        ledger::record(
            tx,
            Entry::about(Act::AccessRestored, format!("person:{person}")).payload(payload),
        )?;
    }
    Ok(!held.is_empty())
}

/// Whether the person is an owner, and every other owner is suspended or has left.
fn is_last_owner(reader: &mut Reader, person: &str) -> Result<bool> {
    let today = reader.today()?;
    let (mut theirs, mut others) = (false, false);
    reader.each(
        sql!(
            "select a.person_id,
                    cast((select count(*)
                          from suspension s
                          where s.person_id = a.person_id
                            and not exists (select 1 from suspension_end e where e.suspension_id = s.id)) as bigint),
                    cast((select count(*)
                          from engagement n
                          where n.person_id = a.person_id
                            and n.superseded_at is null) as bigint),
                    cast((select count(*)
                          from engagement n
                          where n.person_id = a.person_id
                            and n.superseded_at is null
                            and (n.end_on is null or n.end_on >= $1)) as bigint)
             from role_grant g
             join account a on a.id = g.account_id
             where g.role = 'owner'
               and g.ended_at is null"
        ),
        &params![today],
        |row| {
            let is_theirs = row.str(0)? == Some(person);
            theirs = theirs || is_theirs;
            let has_left = row.get::<i64>(2)? > 0 && row.get::<i64>(3)? == 0;
            others = others || (!is_theirs && row.get::<i64>(1)? == 0 && !has_left);
            Ok(())
        },
    )?;
    Ok(theirs && !others)
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};
    use web::visitor::Role;

    use super::*;
    use crate::{account, role};

    fn owner(tx: &mut Tx, n: u8) -> Result<()> {
        let account = account::make(tx, &format!("o{n}@example.com"), "Owner")?;
        role::grant(tx, &account.id, Role::Owner)?;
        tx.execute(
            sql!("update account set person_id = $1 where id = $2"),
            &params![format!("per_{n}"), &account.id],
        )?;
        Ok(())
    }

    #[test]
    fn the_last_owner_stays_and_a_suspension_is_lifted_by_who_made_it() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Operator, |tx| {
            owner(tx, 1)?;
            owner(tx, 2)?;
            assert_eq!(suspend(tx, "per_1", "entra")?, Outcome::Suspended);
            assert_eq!(suspend(tx, "per_1", "entra")?, Outcome::Already);
            assert_eq!(
                suspend(tx, "per_2", "entra")?,
                Outcome::Kept,
                "nobody else is left"
            );
            assert!(holds(tx, "per_1")? && !holds(tx, "per_2")?);
            assert!(!lift(tx, "per_1", "okta")?, "another source did not say so");
            assert!(lift(tx, "per_1", "entra")? && !holds(tx, "per_1")?);
            assert_eq!(suspend(tx, "per_2", "entra")?, Outcome::Suspended);
            Ok(())
        })
        .expect("suspending works");
    }
}
