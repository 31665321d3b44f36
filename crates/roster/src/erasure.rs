//! Erasing a person: who they were goes, that somebody was here stays.
//!
//! Names, addresses and the source's key are overwritten in every row, believed or superseded, and what the ledger says about them
//! is erased. Days, kinds, departments and tags stay, so that an answer about a past window is the same afterwards.
//! It is the one act that overwrites rows of the roster.
//!
//! Not here: accounts (crate `identity`) and what other crates keep about a person.

use db::{Id, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

use crate::person::{self, PersonKind};

/// Erases who the person was.
///
/// # Errors
/// A refusal when there is no such person, they are still here or yet to come, or no reason is given.
pub fn erase(tx: &mut Tx, id: &Id<PersonKind>, reason: &str) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::new(
            "erasure-reason",
            "Say why the person is erased; the reason is kept in the ledger.",
        )
        .field("reason")
        .into());
    }
    let missing = || Refusal::new("person-unknown", "There is no such person on the roster.");
    let person = person::find(tx, id)?.ok_or_else(missing)?;
    let today = tx.today()?;
    if person
        .engagements
        .iter()
        .any(|engagement| engagement.lasts_to(today))
    {
        return Err(Refusal::new(
            "person-still-here",
            "The person is still on the roster. End the engagement in its source first; the next file would bring them back.",
        )
        .into());
    }
    overwrite(tx, id)?;
    let subject = format!("person:{id}");
    ledger::erase::payloads_about(tx, &subject)?;
    ledger::record(
        tx,
        Entry::about(Act::PersonErased, subject).payload(json!({ "reason": reason })),
    )?;
    Ok(())
}

/// Overwrites what says who somebody was, in every row of the roster.
fn overwrite(tx: &mut Tx, id: &Id<PersonKind>) -> Result<()> {
    // While the keys still say which rows were about the person.
    tx.execute(
        sql!(
            "update waiting_row
             set rows = '[]', candidates = ''
             where exists (
                 select 1
                 from source_record r
                 where r.person_id = $1
                   and r.source = waiting_row.source
                   and r.source_key = waiting_row.source_key)"
        ),
        &params![id],
    )?;
    tx.execute(
        sql!(
            "update profile
             set email = null, given_name = '', family_name = '', preferred_name = null, manager_key = null
             where person_id = $1"
        ),
        &params![id],
    )?;
    let erased = format!("erased-{id}");
    for erase in [
        sql!(
            "update engagement
             set source_key = $1
             where person_id = $2"
        ),
        sql!(
            "update leave
             set source_key = $1
             where person_id = $2"
        ),
        sql!(
            "update held_end
             set source_key = $1
             where person_id = $2"
        ),
        sql!(
            "update match_decision
             set source_key = $1, reason = ''
             where person_id = $2"
        ),
    ] {
        tx.execute(erase, &params![erased.as_str(), id])?;
    }
    // The row's own id, because a source may have known the person by two keys.
    tx.execute(
        sql!(
            "update source_record
             set source_key = 'erased-' || id, employee_number = null, email = null, given_name = '', family_name = '',
                 preferred_name = null, manager_key = null
             where person_id = $1"
        ),
        &params![id],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Day, Db, Error, Zone};

    use super::*;
    use crate::sources::file;
    use crate::sync::Settings;
    use crate::sync::apply::{Application, apply};

    fn world(end: &str) -> (Db, Id<PersonKind>) {
        let db = Db::in_memory_for_tests();
        let file = format!(
            "source_id,email,name,person_type,start_date,end_date,department\n1,ada@example.com,Ada King,employee,2024-01-15,{end},Sales\n"
        );
        let snapshot = file::read(file.as_bytes(), &file::Options::default()).expect("the file is readable");
        let id = db
            .write_blocking(Actor::Operator, move |tx| {
                let settings = Settings::default();
                let application = Application {
                    source: "hr",
                    settings,
                    snapshot: &snapshot,
                    file_name: "f",
                    file_sha256: "0",
                    approval: None,
                };
                apply(tx, &application)?;
                person::by_source_key(tx, "hr", "1")
            })
            .expect("the first file is not held")
            .expect("the file brought her");
        (db, id)
    }

    fn erased(db: &Db, id: &Id<PersonKind>, reason: &'static str) -> Result<()> {
        let id = id.clone();
        db.write_blocking(Actor::Operator, move |tx| erase(tx, &id, reason))
    }

    #[test]
    fn who_they_were_goes_and_that_somebody_was_here_stays() {
        let (db, id) = world("2026-05-01");
        erased(&db, &id, "The person asked.").expect("she has left");
        let (history, payloads, here) = db
            .read_blocking(move |r| {
                let payloads = r.rows(
                    sql!("select e.kind from ledger_entry e join ledger_payload p on p.entry_id = e.id where e.subject like 'person:%' limit 9"),
                    &[],
                    |row| row.get::<String>(0),
                )?;
                Ok((person::history(r, &id)?, payloads, crate::people::count_here(r, Day::ymd(2025, 1, 1))?))
            })
            .expect("the rows are readable");
        let facts = &history.profiles[0].facts;
        assert_eq!(
            (
                facts.email.as_deref(),
                facts.given_name.as_str(),
                facts.family_name.as_str()
            ),
            (None, "", "")
        );
        assert_eq!(facts.department.as_deref(), Some("Sales"));
        assert!(
            history
                .engagements
                .iter()
                .all(|engagement| engagement.source_key.starts_with("erased-"))
        );
        assert_eq!(
            payloads,
            ["person-erased"],
            "the entries stay, what they said is gone"
        );
        assert_eq!(here, 1);
    }

    #[test]
    fn nobody_who_is_still_here_is_erased() {
        let (db, id) = world("");
        db.set_now(Day::ymd(2026, 6, 2).noon(&Zone::utc()));
        for (reason, code) in [("Asked.", "person-still-here"), (" ", "erasure-reason")] {
            match erased(&db, &id, reason) {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.code, code),
                other => panic!("it is refused: {other:?}"),
            }
        }
    }
}
