//! Letters about questions: to whoever passes since a regrading, and to whoever wished an answer to an appeal.
//!
//! They carry no link and no hurry: they say where to look, and that nothing has to be clicked. Somebody without an
//! address, or who is not here any more, is not written to; their page says the same.

use db::{Id, Result, Tx};
use mail::letter::{self, Letter};
use roster::{
    organisation,
    person::{self, PersonKind},
};

use crate::ruling::Ruling;

/// Why these letters are written.
const PURPOSE: &str = "learning";

/// Tells somebody that an attempt of theirs is passed since a regrading.
pub(crate) fn passed_since(tx: &mut Tx, to: &Id<PersonKind>, title: &str) -> Result<()> {
    let text = format!(
        "a question of the course \"{title}\" was not as it should be. Your answers have been marked again without it, \
         and you have passed. Your first result stays on record beside the new one.\n\n\
         One step is left: a statement to sign. Open My training and choose \"Sign\"."
    );
    post(tx, to, (&format!("You have passed {title}"), &text))
}

/// Tells somebody what was decided about a question they doubted.
pub(crate) fn answered(tx: &mut Tx, to: &Id<PersonKind>, title: &str, ruling: &Ruling) -> Result<()> {
    let text = format!(
        "you told us that a question of the course \"{title}\" seems wrong. Thank you for that.\n\n\
         {}\n\nThe editors write: {}",
        ruling.decision.sentence(),
        ruling.reason
    );
    post(tx, to, (&format!("Your question about {title}"), &text))
}

fn post(tx: &mut Tx, to: &Id<PersonKind>, (subject, text): (&str, &str)) -> Result<()> {
    let Some(person) = person::find(tx, to)? else {
        return Ok(());
    };
    let today = tx.today()?;
    let is_here = person.engagements.iter().any(|one| one.holds_on(today));
    let Some(address) = person.facts.email.clone().filter(|_| is_here) else {
        return Ok(());
    };
    let organisation =
        organisation::find(tx)?.map_or_else(|| "your organisation".to_owned(), |found| found.name);
    let letter = Letter {
        to: address,
        purpose: PURPOSE,
        subject: subject.to_owned(),
        text: format!(
            "Hello {},\n\n{text}\n\nSign in to the security training of {organisation} as you always do: type its address \
             yourself. This letter has no link, and nothing is urgent.\n",
            person.name()
        ),
        until: None,
        secret: false,
    };
    letter::post(tx, &letter)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Actor, params, sql};

    use super::*;
    use crate::tests::{self as sample, ADA, BEN};

    #[test]
    fn who_has_left_is_not_written_to_and_no_letter_has_a_link() {
        let db = sample::db();
        let texts = db.write_blocking(Actor::Operator, |tx| {
            tx.execute(
                sql!("update engagement set end_on = 20001 where person_id = $1"),
                &params![BEN],
            )?;
            for who in [ADA, BEN] {
                passed_since(tx, &sample::person_id(who), "Judging a message")?;
            }
            tx.rows(
                sql!("select text_body from letter order by id limit 9"),
                &[],
                |row| row.get::<String>(0),
            )
        });
        let texts = texts.expect("written");
        assert_eq!(texts.len(), 1);
        assert!(texts[0].starts_with("Hello Ada Osei,") && !texts[0].contains("://"));
    }
}
