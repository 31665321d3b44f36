//! Consent to sign electronically: given once, to a notice in words, and withdrawn at any time.
//!
//! It is asked before the first signature and again when the notice changes. Withdrawing it leaves what was signed as it is; from
//! then on the person signs nothing here until they agree again. Insert only.
//! Not here: the signature itself ([`crate::attestation`]).

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

use crate::taker::Taker;

/// The version of [`NOTICE`]; a change of its meaning is a new version, to which everybody agrees anew.
pub const NOTICE_VERSION: i64 = 1;

/// What somebody agrees to, a paragraph a line.
pub const NOTICE: &[&str] = &[
    "When you complete a course here, you sign a statement by typing your name. That counts as your signature, in place of ink on paper.",
    "What is kept: the statement as you saw it, your name as you typed it, when you saw and signed it, how you had signed in, a part of your network address, and the name of your browser. You get a receipt, by mail too where mail is set up, and you can see and download all of it at any time under My record.",
    "You need a browser and the mailbox you sign in with. Nothing else.",
    "You may say no. Then ask whoever runs the training for a way to sign on paper; the course itself stays open to you.",
    "You may withdraw this at any time under My record. What you signed before stays valid; from then on nothing can be signed here until you agree again.",
];

/// Consents shown of one person: somebody who changes their mind every month for ten years.
const PER_PERSON_MAX: i64 = 240;

/// `csn_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsentKind;
impl Kind for ConsentKind {
    const PREFIX: &'static str = "csn";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub id: Id<ConsentKind>,
    pub notice_version: i64,
    pub notice_sha256: String,
    pub given_at: Moment,
    pub withdrawn_at: Option<Moment>,
}

/// The SHA-256 of the notice as it is shown: its paragraphs, each ended by a line feed.
pub fn notice_sha256() -> String {
    let text: String = NOTICE.iter().map(|paragraph| format!("{paragraph}\n")).collect();
    crate::sha256(&text)
}

/// Agrees to the notice of today. Agreeing again while that holds changes nothing.
///
/// # Errors
/// Refuses anybody but the person.
pub fn give(tx: &mut Tx, taker: &Taker) -> Result<()> {
    taker.acts(tx)?;
    if current(tx, &taker.person)?.is_some() {
        return Ok(());
    }
    let (id, sha256) = (tx.new_id::<ConsentKind>(), notice_sha256());
    tx.execute(
        sql!(
            "insert into consent (id, person_id, account_id, session_id, notice_version, notice_sha256, given_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            &id,
            &taker.person,
            &taker.account,
            &taker.session,
            NOTICE_VERSION,
            sha256.as_str(),
            tx.now()
        ],
    )?;
    let payload = serde_json::json!({
        "consent": id.as_str(),
        "notice_sha256": sha256,
        "notice_version": NOTICE_VERSION,
        "session": taker.session,
    });
    ledger::record(
        tx,
        Entry::about(Act::ConsentGiven, format!("person:{}", taker.person)).payload(payload),
    )?;
    Ok(())
}

/// Withdraws the consent that holds; with none, nothing changes.
///
/// # Errors
/// Refuses anybody but the person.
pub fn withdraw(tx: &mut Tx, taker: &Taker) -> Result<()> {
    taker.acts(tx)?;
    let standing = of_person(tx, &taker.person)?;
    for consent in standing.iter().filter(|one| one.withdrawn_at.is_none()) {
        tx.execute(
            sql!("insert into consent_withdrawal (consent_id, withdrawn_at) values ($1, $2)"),
            &params![&consent.id, tx.now()],
        )?;
        let payload = serde_json::json!({ "consent": consent.id.as_str() });
        ledger::record(
            tx,
            Entry::about(Act::ConsentWithdrawn, format!("person:{}", taker.person)).payload(payload),
        )?;
    }
    Ok(())
}

/// The consent that holds: to the notice of today, and not withdrawn.
pub fn current(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Option<Consent>> {
    let all = of_person(reader, person)?;
    Ok(all
        .into_iter()
        .find(|one| one.withdrawn_at.is_none() && one.notice_version == NOTICE_VERSION))
}

/// Every consent of a person, the newest first.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Consent>> {
    reader.rows(
        sql!(
            "select c.id, c.notice_version, c.notice_sha256, c.given_at, w.withdrawn_at
             from consent c
             left join consent_withdrawal w on w.consent_id = c.id
             where c.person_id = $1
             order by c.given_at desc, c.id desc
             limit $2"
        ),
        &params![person, PER_PERSON_MAX],
        |row| {
            Ok(Consent {
                id: row.get(0)?,
                notice_version: row.get(1)?,
                notice_sha256: row.get(2)?,
                given_at: row.get(3)?,
                withdrawn_at: row.get(4)?,
            })
        },
    )
}

/// What somebody is told who has not agreed.
pub(crate) fn missing() -> Refusal {
    Refusal::new(
        "consent-missing",
        "You have not agreed to sign electronically. Read what that means and agree, or ask whoever runs the training to let you sign on paper.",
    )
}

#[cfg(test)]
mod tests {
    use db::{Actor, Error};

    use super::*;
    use crate::tests::{self as sample, ADA};

    #[test]
    fn consent_is_given_once_withdrawn_once_and_given_again() {
        let db = sample::db();
        let held = || {
            db.read_blocking(|r| current(r, &sample::person_id(ADA)))
                .expect("read")
                .is_some()
        };
        assert!(!held());
        for _ in 0..2 {
            sample::as_taker(&db, ADA, give).expect("given");
        }
        assert!(held());
        assert_eq!(sample::entries(&db, Act::ConsentGiven), 1);
        for _ in 0..2 {
            sample::as_taker(&db, ADA, withdraw).expect("withdrawn");
        }
        assert!(!held());
        assert_eq!(sample::entries(&db, Act::ConsentWithdrawn), 1);
        sample::as_taker(&db, ADA, give).expect("given again");
        assert!(held());
        assert_eq!(sample::entries(&db, Act::ConsentGiven), 2);
    }

    #[test]
    fn nobody_agrees_for_somebody_else() {
        let db = sample::db();
        for actor in [Actor::Operator, Actor::Person("acc_other".into())] {
            let taker = sample::taker(ADA);
            match db.write_blocking(actor, move |tx| give(tx, &taker)) {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.code, "not-their-own"),
                other => panic!("expected a refusal, got {other:?}"),
            }
        }
    }
}
