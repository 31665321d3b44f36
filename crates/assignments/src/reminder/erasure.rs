//! Erasing a person from what was said: to them, and of them to others.
//!
//! That there was a reminder, when, and what came of it stays; the letters' words, their address and the choices go.

use db::{Id, Result, Tx, params, sql};
use roster::person::PersonKind;

/// Letters a person can be in: ten years of everything.
const LETTERS_MAX: i64 = 20_000;

/// Erases the person from letters. To be called while the roster still knows their addresses.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    let addresses: Vec<String> = tx.rows(
        sql!("select distinct email from profile where person_id = $1 and email is not null limit 1000"),
        &params![person],
        |row| row.get(0),
    )?;
    for address in addresses {
        mail::letter::erase(tx, &address)?;
    }
    // Letters to managers name the people they are about.
    let letters: Vec<String> = tx.rows(
        sql!(
            "select distinct letter_id from reminder where person_id = $1 and letter_id is not null limit $2"
        ),
        &params![person, LETTERS_MAX],
        |row| row.get(0),
    )?;
    for letter in letters {
        mail::letter::erase_text(tx, &letter)?;
    }
    tx.execute(
        sql!("update reminder_preference set zone = '' where person_id = $1"),
        &params![person],
    )?;
    Ok(())
}
