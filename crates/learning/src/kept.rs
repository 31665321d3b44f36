//! What is kept of a signature: the record, its entry in the ledger, its receipt, and a passkey's answer where one was used.
//!
//! Insert only; erasing a person empties what says who they were. Not here: who may sign, and what ([`crate::attestation`]).

use db::{Fault, Id, Reader, Result, Tx, params, sql};
use identity::{
    passkey,
    webauthn::{Assertion, Party},
};
use ledger::{Act, Entry};
use roster::person::PersonKind;
use serde_json::Value;

use crate::{
    attestation::{AttestationKind, Draft},
    receipt,
    taker::Taker,
};

/// What is kept of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Canonical JSON; empty once the person is erased.
    pub record: String,
    pub record_sha256: String,
    /// Its place in the ledger, once it has one.
    pub place: Option<i64>,
    /// The receipt that was mailed.
    pub letter: Option<String>,
    /// The passkey that signed as well.
    pub passkey: Option<String>,
}

/// Checks the passkey's signature over the record and keeps all of it; gives the passkey's id.
pub(crate) fn by_passkey(
    tx: &mut Tx,
    taker: &Taker,
    (party, assertion): (&Party, &Assertion),
    draft: &Draft,
) -> Result<String> {
    let account = taker.account.parse()?;
    let challenge = draft.challenge();
    let used = passkey::check(tx, &account, (party, challenge.as_slice()), assertion)?;
    tx.execute(
        sql!(
            "insert into passkey_signature (attestation_id, passkey_id, credential_id, public_key, client_data,
                                            authenticator_data, signature)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            &draft.id,
            &used.id,
            used.credential_id,
            used.public_key,
            assertion.client_data.clone(),
            assertion.authenticator_data.clone(),
            assertion.signature.clone()
        ],
    )?;
    Ok(used.id.to_string())
}

/// Keeps the record, with its entry in the ledger and the letter that is its receipt.
pub(crate) fn keep(tx: &mut Tx, taker: &Taker, draft: &Draft, passkey: Option<&str>) -> Result<()> {
    let sha256 = crate::sha256(&draft.record);
    let record: Value = serde_json::from_str(&draft.record)
        .map_err(|e| Fault::of("reading the record of an attestation", e))?;
    let letter = receipt::post(tx, taker, (&record, &sha256))?;
    let payload = serde_json::json!({
        "attestation": draft.id.as_str(),
        "passkey": passkey,
        "record": record,
        "record_sha256": sha256,
    });
    let entry = ledger::record(
        tx,
        Entry::about(Act::Attested, format!("person:{}", taker.person)).payload(payload),
    )?;
    tx.execute(
        sql!(
            "insert into attestation_record (attestation_id, record, record_sha256, consent_id, entry_id, letter_id)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &draft.id,
            draft.record.as_str(),
            sha256,
            &draft.consent,
            entry,
            letter.map(|id| id.to_string())
        ],
    )?;
    Ok(())
}

/// The record that was signed, and its place in the ledger once it has one. Attestations from before 0.2 have none.
pub fn find(reader: &mut Reader, id: &Id<AttestationKind>) -> Result<Option<Kept>> {
    reader.one(
        sql!(
            "select r.record, r.record_sha256, e.seq, r.letter_id, s.passkey_id
             from attestation_record r
             left join ledger_entry e on e.id = r.entry_id
             left join passkey_signature s on s.attestation_id = r.attestation_id
             where r.attestation_id = $1"
        ),
        &params![id],
        |row| {
            Ok(Kept {
                record: row.get(0)?,
                record_sha256: row.get(1)?,
                place: row.get(2)?,
                letter: row.get(3)?,
                passkey: row.get(4)?,
            })
        },
    )
}

/// The passkey's answer over the record, with the key that checks it.
pub fn passkey_answer(reader: &mut Reader, id: &Id<AttestationKind>) -> Result<Option<(Vec<u8>, Assertion)>> {
    reader.one(
        sql!(
            "select public_key, credential_id, client_data, authenticator_data, signature
             from passkey_signature
             where attestation_id = $1"
        ),
        &params![id],
        |row| {
            let answer = Assertion {
                credential_id: row.get(1)?,
                client_data: row.get(2)?,
                authenticator_data: row.get(3)?,
                signature: row.get(4)?,
            };
            Ok((row.get(0)?, answer))
        },
    )
}

/// Empties what says who the person was. That there was a signature stays.
pub(crate) fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    let nothing = Vec::<u8>::new();
    tx.execute(
        sql!(
            "update passkey_signature
             set credential_id = '', public_key = $1, client_data = $1, authenticator_data = $1, signature = $1
             where attestation_id in (select id from attestation where person_id = $2)"
        ),
        &params![nothing, person],
    )?;
    for erase in [
        sql!(
            "update attestation_record set record = '' where attestation_id in (select id from attestation where person_id = $1)"
        ),
        sql!(
            "update attestation_draft set record = '' where attempt_id in (select id from attempt where person_id = $1)"
        ),
    ] {
        tx.execute(erase, &params![person])?;
    }
    Ok(())
}
