//! Erasing who somebody was from the lists of accounts: that there was access stays, whose and by what name goes.
//!
//! Not here: the roster's own erasing, which is asked first.

use db::{Id, Refusal, Result, Tx, params, sql};
use roster::person::PersonKind;

/// Overwrites the names of a person's accounts wherever they stand.
///
/// # Errors
/// A refusal while the newest list of a system still has an account of theirs, which the next one would bring back.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    let standing: Option<String> = tx
        .one(
            sql!(
                "select min(system)
             from access_account
             where person_id = $1"
            ),
            &params![person],
            |row| row.get(0),
        )?
        .flatten();
    if let Some(system) = standing {
        return Err(Refusal::new(
            "person-has-access",
            format!("The newest list of {system} still has an account of theirs. Take the account away there, bring its next list in, and erase them then."),
        )
        .into());
    }
    let erased = format!("erased-{person}");
    tx.execute(
        sql!(
            "update access_decision
             set account_key = $1
             where exists (
                 select 1
                 from access_grant g
                 where g.person_id = $2
                   and g.system = access_decision.system
                   and g.account_key = access_decision.account_key)"
        ),
        &params![erased.as_str(), person],
    )?;
    tx.execute(
        sql!(
            "update access_finding
             set account_key = $1
             where exists (
                 select 1
                 from access_grant g
                 where g.person_id = $2
                   and g.system = access_finding.system
                   and g.account_key = access_finding.account_key)"
        ),
        &params![erased.as_str(), person],
    )?;
    // Ids keep rows of several accounts apart.
    tx.execute(
        sql!(
            "update access_grant
             set account_key = $1 || '-' || id, login = ''
             where person_id = $2"
        ),
        &params![erased, person],
    )?;
    Ok(())
}
