//! Erasing a person from what was said: to them, and of them to others.
//!
//! That there was a reminder, when, and what came of it stays; the letters' words, their address and the choices go. What
//! still waits is taken out before it leaves; calendars end, and nothing is left by which their address could be known.
//!
//! Not here: the account and its letters (crate `identity`), who they were (`roster`).

use db::{Id, Result, Tx, params, sql};
use roster::person::PersonKind;

/// Letters a person can be in: ten years of everything.
const LETTERS_MAX: i64 = 20_000;
/// Calendars of a person's accounts, ended ones too.
const CALENDARS_MAX: i64 = 10_000;

/// Erases the person from letters. To be called while the roster still knows their addresses.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    take_out(tx, person)?;
    let addresses: Vec<String> = tx.rows(
        sql!("select distinct email from profile where person_id = $1 and email is not null limit 1000"),
        &params![person],
        |row| row.get(0),
    )?;
    for address in addresses {
        mail::letter::erase(tx, &address)?;
    }
    for letter in naming(tx, person)? {
        mail::letter::erase_text(tx, &letter)?;
    }
    end_calendars(tx, person)?;
    tx.execute(
        sql!("update reminder_preference set zone = '' where person_id = $1"),
        &params![person],
    )?;
    Ok(())
}

/// What stands about them in letters that have not come to their end.
fn take_out(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into reminder_withdrawal (assignment_id, step, addressee, reason, withdrawn_at)
             select r.assignment_id, r.step, r.addressee, 'erased', cast($2 as bigint)
             from reminder r
             where r.person_id = $1
               and r.letter_id is not null
               and not exists (
                   select 1
                   from letter_try t
                   where t.letter_id = r.letter_id
                     and t.outcome <> 'deferred')
             on conflict (assignment_id, step, addressee) do nothing"
        ),
        &params![person, now],
    )?;
    Ok(())
}

/// Letters in which others read their name: a manager's about them, those they had sent, and what was said of a team that
/// one of them looked after for the other.
fn naming(tx: &mut Tx, person: &Id<PersonKind>) -> Result<Vec<String>> {
    tx.rows(
        sql!(
            "select letter_id from reminder where person_id = $1 and letter_id is not null
             union
             select letter_id from reminder where in_place_of = $1 and letter_id is not null
             union
             select letter_id from nudge where person_id = $1
             union
             select n.letter_id from nudge n join account a on a.id = n.account_id where a.person_id = $1
             union
             select letter_id from team_delegation where person_id = $1 and letter_id is not null
             union
             select d.letter_id
             from team_delegation d
             join account a on a.id = d.account_id
             where a.person_id = $1
               and d.letter_id is not null
             limit $2"
        ),
        &params![person, LETTERS_MAX],
        |row| row.get(0),
    )
}

/// Ends their calendars, and puts what is no secret's hash in the place of each.
fn end_calendars(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    let calendars: Vec<String> = tx.rows(
        sql!(
            "select f.id
             from calendar_feed f
             join account a on a.id = f.account_id
             where a.person_id = $1
             limit $2"
        ),
        &params![person, CALENDARS_MAX],
        |row| row.get(0),
    )?;
    let now = tx.now();
    for id in calendars {
        tx.execute(
            sql!(
                "update calendar_feed set ended_at = coalesce(ended_at, $1), secret_hash = $2 where id = $3"
            ),
            &params![now, id.clone().into_bytes(), &id],
        )?;
    }
    Ok(())
}
