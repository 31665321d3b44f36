//! An attestation: a statement signed by the person who took the course, and by nobody else.
//!
//! It is its own step, after passing. The statement is put before the person by an act of theirs, which is
//! a row (`presentation`: when, in which session, which text); they type their name in the same session, which
//! makes a draft of the whole record; they look it over and sign it. The signature is bound to the hashes of the statement, the edition, the form and the marking.
//! Who signs comes from the session alone: no operator, owner or job can sign for anybody.
//! Not here: what follows from it ([`crate::completion`]).

use curriculum::{Course, edition};
use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use identity::webauthn::{Assertion, Party};
use roster::person::PersonKind;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    attempt::{self, Attempt, AttemptKind},
    completion::{self, Completed, Done},
    consent::{self, ConsentKind},
    kept, language, name,
    record::{self, Client, Parts},
    submission::{self, Submission},
    taker::Taker,
};

/// What signing means, as it stands above the name and in the record.
pub const MEANING: &str = "By typing my name I sign this statement. It counts as my signature.";

/// `ats_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttestationKind;
impl Kind for AttestationKind {
    const PREFIX: &'static str = "ats";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    pub id: Id<AttestationKind>,
    pub attempt: Id<AttemptKind>,
    pub statement: String,
    pub statement_sha256: String,
    /// Canonical JSON: what the signature is bound to.
    pub bound: String,
    pub name_typed: String,
    pub presented_at: Moment,
    pub signed_at: Moment,
    /// Canonical JSON: how and when they had signed in, docs/attestation-record.md.
    pub auth: String,
}

/// What somebody is about to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: Id<AttestationKind>,
    pub consent: Id<ConsentKind>,
    /// Canonical JSON, docs/attestation-record.md.
    pub record: String,
}

/// The act of signing: which draft, and a passkey's answer where one was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    pub draft: Id<AttestationKind>,
    pub passkey: Option<(Party, Assertion)>,
}

impl Draft {
    /// What a passkey signs: the SHA-256 of the record.
    pub fn challenge(&self) -> Vec<u8> {
        Sha256::digest(&self.record).to_vec()
    }
}

/// Everything that stands between a passed attempt and its signature.
struct ToSign {
    attempt: Attempt,
    submission: Submission,
    /// In the language the attempt was shown in.
    course: std::sync::Arc<Course>,
}

/// Puts the statement before the person, and says when. Again in the same session is the first time.
/// `None` when there is no such attempt of theirs.
///
/// # Errors
/// Refuses an attempt that was not passed.
pub fn present(tx: &mut Tx, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Moment>> {
    taker.acts(tx)?;
    let Some(to_sign) = to_sign(tx, taker, id)? else {
        return Ok(None);
    };
    let hash = crate::sha256(&to_sign.course.attestation.statement);
    tx.execute(
        sql!(
            "insert into presentation (attempt_id, session_id, statement_sha256, presented_at)
             values ($1, $2, $3, $4)
             on conflict (attempt_id, session_id) do nothing"
        ),
        &params![id, &taker.session, hash, tx.now()],
    )?;
    presented(tx, taker, id)
}

/// When the statement was put before the person in this session.
pub fn presented(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Moment>> {
    reader.one(
        sql!(
            "select presented_at
             from presentation
             where attempt_id = $1
               and session_id = $2"
        ),
        &params![id, &taker.session],
        |row| row.get(0),
    )
}

/// Writes down what the person is about to sign, so that they can look it over: the name they typed with everything it stands for.
/// `None` when there is no such attempt of theirs.
///
/// # Errors
/// Refuses anybody but the person, somebody who has not agreed to sign electronically, an attempt that was not passed, a statement
/// that was not shown in this session, and a name that is not theirs.
pub fn draft(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    (name_typed, client): (&str, &Client),
) -> Result<Option<Id<AttestationKind>>> {
    taker.acts(tx)?;
    let Some(to_sign) = to_sign(tx, taker, id)? else {
        return Ok(None);
    };
    if let Some(signed) = find(tx, id)? {
        return Ok(Some(signed.id));
    }
    let consent = consent::current(tx, &taker.person)?.ok_or_else(consent::missing)?;
    let presented_at = presented(tx, taker, id)?.ok_or_else(not_presented)?;
    name::check(tx, taker, name_typed)?;
    let (attestation, statement) = (tx.new_id::<AttestationKind>(), &to_sign.course.attestation);
    let record = record::write(&Parts {
        id: attestation.as_str(),
        taker,
        name_typed: name_typed.trim(),
        statement: (&statement.statement, statement.version.into()),
        language: &statement.spoken,
        bound: &bound(tx, &to_sign)?,
        presented_at,
        drafted_at: tx.now(),
        consent: &consent,
        client,
    })?;
    tx.execute(
        sql!(
            "insert into attestation_draft (id, attempt_id, session_id, consent_id, record, drafted_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![&attestation, id, &taker.session, &consent.id, record, tx.now()],
    )?;
    Ok(Some(attestation))
}

/// The newest draft of this attempt in this session. Whose it is has been asked before.
pub fn drafted(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Draft>> {
    reader.one(
        sql!(
            "select id, consent_id, record
             from attestation_draft
             where attempt_id = $1
               and session_id = $2
             order by drafted_at desc, id desc
             limit 1"
        ),
        &params![id, &taker.session],
        |row| {
            Ok(Draft {
                id: row.get(0)?,
                consent: row.get(1)?,
                record: row.get(2)?,
            })
        },
    )
}

/// Signs what was looked over and so completes the course. Signing again is the first signature.
/// `None` when there is no such attempt of the person's.
///
/// # Errors
/// Refuses anybody but the person, an attempt that was not passed, anything but the newest draft of this session, and a passkey's
/// signature that is not over this record.
pub fn sign(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    signing: &Signing,
) -> Result<Option<Completed>> {
    taker.acts(tx)?;
    let Some(to_sign) = to_sign(tx, taker, id)? else {
        return Ok(None);
    };
    if let Some(done) = completion::of_attempt(tx, id)? {
        return Ok(Some(done));
    }
    if consent::current(tx, &taker.person)?.is_none() {
        return Err(consent::missing().into());
    }
    let draft = drafted(tx, taker, id)?.filter(|draft| draft.id == signing.draft);
    let draft = draft.ok_or_else(not_drafted)?;
    let record: Value = parsed(&draft.record)?;
    if record["bound"] != bound(tx, &to_sign)? {
        return Err(not_drafted().into());
    }
    let attestation = of_record(&draft, &record, tx.now())?;
    insert(tx, taker, &to_sign.attempt, &attestation)?;
    let passkey = match &signing.passkey {
        Some((party, assertion)) => Some(kept::by_passkey(tx, taker, (party, assertion), &draft)?),
        None => None,
    };
    kept::keep(tx, taker, &draft, passkey.as_deref())?;
    let done = Done {
        attempt: &to_sign.attempt,
        course: &to_sign.course,
        marking: &to_sign.submission.marking,
        attestation: &attestation.id,
    };
    completion::complete(tx, &done).map(Some)
}

/// The attestation of an attempt. Whose it is has been asked before.
pub fn find(reader: &mut Reader, id: &Id<AttemptKind>) -> Result<Option<Attestation>> {
    reader.one(
        sql!(
            "select id, attempt_id, statement, statement_sha256, bound, name_typed, presented_at, signed_at, auth
             from attestation
             where attempt_id = $1"
        ),
        &params![id],
        |row| {
            Ok(Attestation {
                id: row.get(0)?,
                attempt: row.get(1)?,
                statement: row.get(2)?,
                statement_sha256: row.get(3)?,
                bound: row.get(4)?,
                name_typed: row.get(5)?,
                presented_at: row.get(6)?,
                signed_at: row.get(7)?,
                auth: row.get(8)?,
            })
        },
    )
}

/// Takes the person's name out of what they signed, and says of how many. That they signed, what, and when stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase_name(tx: &mut Tx, person: &Id<PersonKind>) -> Result<u64> {
    kept::erase(tx, person)?;
    tx.execute(
        sql!(
            "update attestation
             set name_typed = ''
             where person_id = $1"
        ),
        &params![person],
    )
}

fn to_sign(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<ToSign>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    let submission = submission::find(reader, id)?.filter(|submission| submission.marking.passed);
    let submission = submission.ok_or_else(not_passed)?;
    let course = language::course_of(reader, &attempt)?;
    Ok(Some(ToSign {
        attempt,
        submission,
        course,
    }))
}

/// What a signature is bound to.
fn bound(reader: &mut Reader, to_sign: &ToSign) -> Result<Value> {
    let ToSign {
        attempt,
        submission,
        course,
    } = to_sign;
    let edition = edition::find(reader, &attempt.edition)?;
    let edition = edition.ok_or_else(|| Fault::new("signing for an edition that does not exist"))?;
    Ok(serde_json::json!({
        "attempt": attempt.id.as_str(),
        "content_sha256": edition.content_sha256,
        "course": course.id,
        "edition": edition.id.as_str(),
        "edition_number": edition.number,
        "form_sha256": crate::sha256(&attempt.form.to_text()?),
        "language": course.language,
        "marking_sha256": crate::sha256(&submission.marking.to_text()?),
        "meaning": MEANING,
        "statement_sha256": crate::sha256(&course.attestation.statement),
        "statement_version": course.attestation.version,
    }))
}

/// The attestation that a draft becomes.
fn of_record(draft: &Draft, record: &Value, signed_at: Moment) -> Result<Attestation> {
    let text = |value: &Value| {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| Fault::new("reading the record of an attestation, where a text is missing"))
    };
    let canonical =
        |value| seal::canonical(value).map_err(|e| Fault::of("writing an attestation canonically", e));
    let presented_at: Moment = text(&record["presented_at"])?
        .parse()
        .map_err(|_| Fault::new("reading when a statement was shown"))?;
    Ok(Attestation {
        id: draft.id.clone(),
        attempt: text(&record["bound"]["attempt"])?.parse()?,
        statement: text(&record["statement"]["text"])?,
        statement_sha256: text(&record["statement"]["sha256"])?,
        bound: canonical(&record["bound"])?,
        name_typed: text(&record["name_typed"])?,
        presented_at,
        signed_at,
        auth: canonical(&record["auth"])?,
    })
}

fn insert(tx: &mut Tx, taker: &Taker, attempt: &Attempt, attestation: &Attestation) -> Result<()> {
    tx.execute(
        sql!(
            "insert into attestation (id, person_id, account_id, attempt_id, edition_id, statement, statement_sha256,
                                      bound, name_typed, presented_at, signed_at, auth)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        ),
        &params![
            &attestation.id,
            &taker.person,
            &taker.account,
            &attempt.id,
            &attempt.edition,
            &attestation.statement,
            &attestation.statement_sha256,
            &attestation.bound,
            &attestation.name_typed,
            attestation.presented_at,
            attestation.signed_at,
            &attestation.auth
        ],
    )?;
    Ok(())
}

fn parsed(text: &str) -> Result<Value> {
    Ok(serde_json::from_str(text).map_err(|e| Fault::of("reading what was just written", e))?)
}

fn not_passed() -> Refusal {
    Refusal::new(
        "attempt-not-passed",
        "This attempt has not been passed, so there is nothing to sign yet. Look at its result to see how to go on.",
    )
}

fn not_presented() -> Refusal {
    Refusal::new(
        "statement-not-shown",
        "The statement has not been shown since you signed in. Open it, read it, then sign.",
    )
}

fn not_drafted() -> Refusal {
    Refusal::new(
        "not-looked-over",
        "What you are about to sign has not been looked over as it stands now. Type your name again and look it over.",
    )
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};
    use ledger::Act;

    use super::*;
    use crate::tests::{self as sample, ADA, BEN};

    fn show(db: &Db, id: &Id<AttemptKind>) -> Result<Option<Moment>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| present(tx, taker, &id))
    }

    fn sign_as_ada(db: &Db, id: &Id<AttemptKind>, name: &'static str) -> Result<Option<Completed>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| {
            consent::give(tx, taker)?;
            sample::typed(tx, taker, &id, name)
        })
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_signature_is_bound_to_what_was_signed_and_completes_the_course() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        let shown = show(&db, &id).expect("shown").expect("their own");
        db.set_now(shown.plus_seconds(90));
        let done = sign_as_ada(&db, &id, " ada  OSEI ")
            .expect("signed")
            .expect("their own");
        let signed = db
            .read_blocking(move |r| find(r, &id))
            .expect("read")
            .expect("stored");
        assert_eq!(
            (signed.presented_at, signed.signed_at),
            (shown, shown.plus_seconds(90))
        );
        assert_eq!(
            signed.statement_sha256,
            crate::sha256("I have completed this course myself.")
        );
        let bound: Value = serde_json::from_str(&signed.bound).expect("JSON");
        for hash in [
            "content_sha256",
            "form_sha256",
            "marking_sha256",
            "statement_sha256",
        ] {
            assert_eq!(bound[hash].as_str().map(str::len), Some(64), "{hash}");
        }
        let auth: Value = serde_json::from_str(&signed.auth).expect("JSON");
        assert_eq!(
            auth["session_sha256"].as_str(),
            Some(crate::sha256(&sample::taker(ADA).session).as_str())
        );
        let latest = db
            .read_blocking(|r| completion::latest(r, &sample::person_id(ADA), "T01"))
            .expect("read");
        let latest = latest.expect("completed");
        assert_eq!(
            (latest.id, latest.certificate),
            (done.completion, Some(done.certificate))
        );
        assert_eq!(
            (latest.class, latest.score, latest.attestation),
            (ledger::Class::A, Some(100.0), Some(signed.id))
        );
        for act in [Act::Attested, Act::CompletionRecorded, Act::CertificateIssued] {
            assert_eq!(sample::entries(&db, act), 1, "{act}");
        }
    }

    #[test]
    fn signing_twice_is_one_signature_and_one_certificate() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        let first = sign_as_ada(&db, &id, "Ada Osei").expect("signed");
        assert_eq!(
            sign_as_ada(&db, &id, "Somebody Else").expect("signed before"),
            first
        );
        assert_eq!(sample::entries(&db, Act::CertificateIssued), 1);
    }

    #[test]
    fn the_whole_record_is_kept_and_hashed() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        sign_as_ada(&db, &id, "Ada Osei").expect("signed");
        let kept = db.read_blocking(move |r| {
            let signed = find(r, &id)?.expect("signed");
            kept::find(r, &signed.id)
        });
        let kept = kept.expect("read").expect("kept");
        assert_eq!(kept.record_sha256, crate::sha256(&kept.record));
        let record: Value = serde_json::from_str(&kept.record).expect("JSON");
        assert_eq!(seal::canonical(&record).expect("canonical"), kept.record);
        let told = ["meaning", "name_typed"].map(|key| record[key].as_str().unwrap_or_default());
        assert_eq!(told, [MEANING, "Ada Osei"]);
        assert_eq!(record["consent"]["notice_version"], consent::NOTICE_VERSION);
        assert_eq!(record["auth"]["issuer"], "https://muster.example");
    }

    #[test]
    fn nothing_is_signed_without_consent_or_after_it_was_withdrawn() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        let without = id.clone();
        let done = sample::as_taker(&db, ADA, move |tx, taker| {
            sample::typed(tx, taker, &without, "Ada Osei")
        });
        assert_eq!(code(done), "consent-missing");
        let done = sample::as_taker(&db, ADA, move |tx, taker| {
            consent::give(tx, taker)?;
            let client = Client::default();
            let drafted = draft(tx, taker, &id, ("Ada Osei", &client))?.expect("their own");
            consent::withdraw(tx, taker)?;
            sign(
                tx,
                taker,
                &id,
                &Signing {
                    draft: drafted,
                    passkey: None,
                },
            )
        });
        assert_eq!(code(done), "consent-missing");
    }

    #[test]
    fn only_what_was_looked_over_last_is_signed() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        let done = sample::as_taker(&db, ADA, move |tx, taker| {
            consent::give(tx, taker)?;
            let client = Client::default();
            let first = draft(tx, taker, &id, ("Ada Osei", &client))?.expect("their own");
            draft(tx, taker, &id, ("Osei, Ada", &client))?;
            sign(
                tx,
                taker,
                &id,
                &Signing {
                    draft: first,
                    passkey: None,
                },
            )
        });
        assert_eq!(code(done), "not-looked-over");
    }

    #[test]
    fn nobody_can_sign_for_another() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        let other = id.clone();
        let ben = sample::as_taker(&db, BEN, move |tx, taker| {
            Ok((
                present(tx, taker, &other)?.is_some(),
                sample::typed(tx, taker, &other, "Ada Osei")?.is_some(),
            ))
        });
        assert_eq!(
            ben.expect("no fault"),
            (false, false),
            "to Ben the attempt does not exist"
        );
        for actor in [
            Actor::Operator,
            Actor::Setup,
            Actor::Person("acc_owner".into()),
            Actor::Token("tok_1".into()),
        ] {
            let id = id.clone();
            let on_behalf = db.write_blocking(actor, move |tx| {
                sample::typed(tx, &sample::taker(ADA), &id, "Ada Osei")
            });
            assert_eq!(code(on_behalf), "not-their-own");
        }
        assert_eq!(sample::entries(&db, Act::Attested), 0);
    }

    #[test]
    fn a_statement_is_signed_only_in_the_session_that_showed_it() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        assert_eq!(code(sign_as_ada(&db, &id, "Ada Osei")), "statement-not-shown");
        sample::as_taker(&db, ADA, consent::give).expect("agreed");
        show(&db, &id).expect("shown");
        let elsewhere = db.write_blocking(sample::taker(ADA).actor(), move |tx| {
            let taker = Taker {
                session: "ses_other".into(),
                ..sample::taker(ADA)
            };
            sample::typed(tx, &taker, &id, "Ada Osei")
        });
        assert_eq!(code(elsewhere), "statement-not-shown");
    }

    #[test]
    fn another_name_is_refused_with_the_name_to_type() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        match sign_as_ada(&db, &id, "Ben Field") {
            Err(Error::Refused(refusal)) => {
                assert_eq!(
                    refusal.sentence,
                    "Type your name as it is known here: Ada Osei. Capitals and spaces do not matter."
                );
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn erasing_a_name_leaves_the_signature() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        sign_as_ada(&db, &id, "Ada Osei").expect("signed");
        let erased = db.write_blocking(Actor::Operator, |tx| erase_name(tx, &sample::person_id(ADA)));
        assert_eq!(erased.expect("erased"), 1);
        let left = db
            .read_blocking(move |r| find(r, &id))
            .expect("read")
            .expect("stays");
        assert_eq!((left.name_typed.as_str(), left.statement_sha256.len()), ("", 64));
    }

    #[test]
    fn what_was_not_passed_cannot_be_signed() {
        let db = sample::db();
        let id = sample::started(&db, ADA);
        assert_eq!(code(show(&db, &id)), "attempt-not-passed");
        sample::answered(&db, ADA, &id, false);
        sample::submitted(&db, ADA, &id);
        assert_eq!(code(sign_as_ada(&db, &id, "Ada Osei")), "attempt-not-passed");
    }
}
