//! An attestation: a statement signed by the person who took the course, and by nobody else.
//!
//! It is its own step, after passing. The statement is put before the person by an act of theirs, which is
//! a row (`presentation`: when, in which session, which text), and signed by typing their name in the same
//! session. The signature is bound to the hashes of the statement, the edition, the form and the marking.
//! Who signs comes from the session alone: no operator, owner or job can sign for anybody.
//! Not here: what follows from it ([`crate::completion`]).

use curriculum::{Course, edition};
use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::{
    person::{self, PersonKind},
    profile::Facts,
};
use unicode_normalization::UnicodeNormalization;

use crate::{
    attempt::{self, Attempt, AttemptKind},
    completion::{self, Completed, Done},
    submission::{self, Submission},
    taker::Taker,
};

/// What signing means, as it stands above the name and in the record.
pub const MEANING: &str = "By typing my name I sign this statement. It counts as my signature.";
/// No name is longer; what is has been pasted by mistake.
pub const NAME_CHARS_MAX: usize = 200;

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
    /// Canonical JSON: `authenticated_at`, `method`, `session`.
    pub auth: String,
}

/// Everything that stands between a passed attempt and its signature.
struct ToSign {
    attempt: Attempt,
    submission: Submission,
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

/// Signs the statement and so completes the course. Signing again is the first signature.
/// `None` when there is no such attempt of the person's.
///
/// # Errors
/// Refuses anybody but the person, an attempt that was not passed, a statement that was not shown in this
/// session, and a name that is not theirs.
pub fn sign(tx: &mut Tx, taker: &Taker, id: &Id<AttemptKind>, name_typed: &str) -> Result<Option<Completed>> {
    taker.acts(tx)?;
    let Some(to_sign) = to_sign(tx, taker, id)? else {
        return Ok(None);
    };
    if let Some(done) = completion::of_attempt(tx, id)? {
        return Ok(Some(done));
    }
    let presented_at = presented(tx, taker, id)?.ok_or_else(not_presented)?;
    check_name(tx, taker, name_typed)?;
    let attestation = bind(tx, taker, &to_sign, (name_typed, presented_at))?;
    insert(tx, taker, &to_sign.attempt, &attestation)?;
    let payload = serde_json::json!({
        "attestation": attestation.id.as_str(),
        "auth": parsed(&attestation.auth)?,
        "bound": parsed(&attestation.bound)?,
        "name_typed": attestation.name_typed,
        "presented_at": presented_at.to_string(),
        "statement": attestation.statement,
    });
    ledger::record(
        tx,
        Entry::about(Act::Attested, format!("person:{}", taker.person)).payload(payload),
    )?;
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
    tx.execute(
        sql!(
            "update attestation
             set name_typed = ''
             where person_id = $1"
        ),
        &params![person],
    )
}

/// Whether a typed name is the person's: given or preferred name with the family name, in either order,
/// whatever the capitals, spaces, dashes and dots.
pub fn is_name_of(facts: &Facts, typed: &str) -> bool {
    let typed = plain(typed);
    let (given, family) = (plain(&facts.given_name), plain(&facts.family_name));
    let preferred = facts.preferred_name.as_deref().map(plain).unwrap_or_default();
    let known = [
        format!("{given}{family}"),
        format!("{family}{given}"),
        format!("{preferred}{family}"),
        format!("{family}{preferred}"),
        plain(&facts.display_name()),
    ];
    let is_named = [&given, &family, &preferred].iter().any(|name| !name.is_empty());
    is_named && !typed.is_empty() && known.contains(&typed)
}

/// Letters and digits in lower case, in one Unicode form.
fn plain(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn check_name(reader: &mut Reader, taker: &Taker, typed: &str) -> Result<()> {
    let person = person::find(reader, &taker.person)?;
    let person = person.ok_or_else(|| Fault::new("signing for a person who is not on the roster"))?;
    if typed.chars().count() <= NAME_CHARS_MAX {
        let is_theirs = is_name_of(&person.facts, typed);
        // Of some people the roster has no name: then what it calls them has to do.
        if is_theirs || (!plain(typed).is_empty() && plain(typed) == plain(&person.name())) {
            return Ok(());
        }
    }
    Err(other_name(&person.name()).into())
}

fn to_sign(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<ToSign>> {
    let Some(attempt) = attempt::find(reader, &taker.person, id)? else {
        return Ok(None);
    };
    let submission = submission::find(reader, id)?.filter(|submission| submission.marking.passed);
    let submission = submission.ok_or_else(not_passed)?;
    let course = edition::load(reader, &attempt.edition)?;
    Ok(Some(ToSign {
        attempt,
        submission,
        course,
    }))
}

fn bind(tx: &mut Tx, taker: &Taker, to_sign: &ToSign, signed: (&str, Moment)) -> Result<Attestation> {
    let ToSign {
        attempt,
        submission,
        course,
    } = to_sign;
    let (name_typed, presented_at) = signed;
    let edition = edition::find(tx, &attempt.edition)?;
    let edition = edition.ok_or_else(|| Fault::new("signing for an edition that does not exist"))?;
    let statement = &course.attestation;
    let statement_sha256 = crate::sha256(&statement.statement);
    let bound = serde_json::json!({
        "attempt": attempt.id.as_str(),
        "content_sha256": edition.content_sha256,
        "course": course.id,
        "edition": edition.id.as_str(),
        "edition_number": edition.number,
        "form_sha256": crate::sha256(&attempt.form.to_text()?),
        "language": course.language,
        "marking_sha256": crate::sha256(&submission.marking.to_text()?),
        "meaning": MEANING,
        "statement_sha256": statement_sha256,
        "statement_version": statement.version,
    });
    let auth = serde_json::json!({
        "authenticated_at": taker.authenticated_at.to_string(),
        "method": taker.method,
        "session": taker.session,
    });
    let canonical =
        |value| seal::canonical(value).map_err(|e| Fault::of("writing an attestation canonically", e));
    Ok(Attestation {
        id: tx.new_id(),
        attempt: attempt.id.clone(),
        statement: statement.statement.clone(),
        statement_sha256,
        bound: canonical(&bound)?,
        name_typed: name_typed.trim().to_owned(),
        presented_at,
        signed_at: tx.now(),
        auth: canonical(&auth)?,
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

fn parsed(text: &str) -> Result<serde_json::Value> {
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

fn other_name(name: &str) -> Refusal {
    Refusal::new(
        "name-not-theirs",
        format!("Type your name as it is known here: {name}. Capitals and spaces do not matter."),
    )
    .field("name")
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};

    use super::*;
    use crate::tests::{self as sample, ADA, BEN};

    fn show(db: &Db, id: &Id<AttemptKind>) -> Result<Option<Moment>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| present(tx, taker, &id))
    }

    fn sign_as_ada(db: &Db, id: &Id<AttemptKind>, name: &'static str) -> Result<Option<Completed>> {
        let id = id.clone();
        sample::as_taker(db, ADA, move |tx, taker| sign(tx, taker, &id, name))
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
        let bound: serde_json::Value = serde_json::from_str(&signed.bound).expect("JSON");
        for hash in [
            "content_sha256",
            "form_sha256",
            "marking_sha256",
            "statement_sha256",
        ] {
            assert_eq!(bound[hash].as_str().map(str::len), Some(64), "{hash}");
        }
        let auth: serde_json::Value = serde_json::from_str(&signed.auth).expect("JSON");
        assert_eq!(
            auth["session"].as_str(),
            Some(sample::taker(ADA).session.as_str())
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
    fn nobody_can_sign_for_another() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        show(&db, &id).expect("shown");
        let other = id.clone();
        let ben = sample::as_taker(&db, BEN, move |tx, taker| {
            Ok((
                present(tx, taker, &other)?.is_some(),
                sign(tx, taker, &other, "Ada Osei")?.is_some(),
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
            let on_behalf =
                db.write_blocking(actor, move |tx| sign(tx, &sample::taker(ADA), &id, "Ada Osei"));
            assert_eq!(code(on_behalf), "not-their-own");
        }
        assert_eq!(sample::entries(&db, Act::Attested), 0);
    }

    #[test]
    fn a_statement_is_signed_only_in_the_session_that_showed_it() {
        let db = sample::db();
        let id = sample::passed(&db, ADA);
        assert_eq!(code(sign_as_ada(&db, &id, "Ada Osei")), "statement-not-shown");
        show(&db, &id).expect("shown");
        let elsewhere = db.write_blocking(sample::taker(ADA).actor(), move |tx| {
            let taker = Taker {
                session: "ses_other".into(),
                ..sample::taker(ADA)
            };
            sign(tx, &taker, &id, "Ada Osei")
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

    fn facts(given: &str, family: &str, preferred: Option<&str>) -> Facts {
        Facts {
            given_name: given.into(),
            family_name: family.into(),
            preferred_name: preferred.map(Into::into),
            ..Facts::default()
        }
    }

    #[test]
    fn a_name_is_known_whatever_its_capitals_spaces_and_order() {
        let zoe = facts("Zoë", "Müller-Lüdenscheidt", None);
        for typed in [
            "Zoë Müller-Lüdenscheidt",
            "zoë müller lüdenscheidt",
            " ZOË  MÜLLERLÜDENSCHEIDT ",
            "Müller-Lüdenscheidt, Zoë",
            "Zoe\u{308} Mu\u{308}ller-Lu\u{308}denscheidt",
        ] {
            assert!(is_name_of(&zoe, typed), "{typed}");
        }
        for other in ["", " - ", "Zoë", "Zoe Muller", "Max Müller-Lüdenscheidt"] {
            assert!(!is_name_of(&zoe, other), "{other}");
        }
    }

    #[test]
    fn the_preferred_name_will_do_as_well() {
        let kim = facts("Kimberly", "O'Neill", Some("Kim"));
        assert!(is_name_of(&kim, "kim oneill") && is_name_of(&kim, "Kimberly O’Neill"));
        assert!(!is_name_of(&kim, "Kim"));
    }

    #[test]
    fn people_with_one_name_sign_with_one_name() {
        assert!(is_name_of(&facts("Suharto", "", None), "suharto"));
        assert!(!is_name_of(&facts("", "", None), "anything"));
    }
}
