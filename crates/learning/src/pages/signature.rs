//! Looking over what is about to be signed, signing it by name or by name and passkey, and the receipt that can be kept.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use db::{Db, Fault, Id, Reader, Refusal, Result};
use identity::{
    passkey::{self, Passkey},
    webauthn::{Assertion, Party, bytes_of, text_of},
};
use serde_json::{Value, json};
use web::{
    Answer, Filled, Form, Learner, Markup, Opening, Place, Problems, Screen, facts, html, panel, see_other,
};

use super::{
    attempt_href, attempt_id,
    attestation::{self as statement_page, Signing, statement},
    from::From,
};
use crate::{
    attempt::AttemptKind,
    attestation::{self, Attestation, AttestationKind, Draft, MEANING},
    completion::Completed,
    kept::{self, Kept},
    taker::Taker,
    words,
};

/// GET /attempts/{attempt}/signature
pub(super) async fn show(
    (place, learner, from): (Place, Learner, From),
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let seen = look(&db, &taker, &id).await?;
    match review(&place, &seen, (&from.party, &Problems::none()))? {
        Some(screen) => screen.answer(),
        None => Ok(see_other(&attempt_href(&id, "attestation"))),
    }
}

/// POST /attempts/{attempt}/signature
pub(super) async fn sign(
    (place, learner, from): (Place, Learner, From),
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let signed = match signing(&filled, &from.party) {
        Err(refusal) => Err(refusal.into()),
        Ok(signing) => {
            let (writer, attempt) = (taker.clone(), id.clone());
            db.write(taker.actor(), move |tx| {
                attestation::sign(tx, &writer, &attempt, &signing)
            })
            .await
        }
    };
    let problems = match signed {
        Ok(Some(_)) => return Ok(see_other(&attempt_href(&id, "receipt"))),
        Ok(None) => return Err(web::Error::Missing),
        Err(error) => Problems::or_fault(error)?,
    };
    let seen = look(&db, &taker, &id).await?;
    match review(&place, &seen, (&from.party, &problems))? {
        Some(screen) => screen.status(StatusCode::UNPROCESSABLE_ENTITY).answer(),
        None => Ok(see_other(&attempt_href(&id, "attestation"))),
    }
}

/// What was sent: the draft, and a passkey's answer when there is one.
fn signing(filled: &Filled, party: &Party) -> std::result::Result<attestation::Signing, Refusal> {
    let draft: Id<AttestationKind> = filled.one("draft").parse().map_err(|_| {
        Refusal::new(
            "no-draft",
            "What is to be signed did not arrive. Load this page again and sign.",
        )
    })?;
    let passkey = match filled.one("credential_id") {
        "" => None,
        credential_id => Some((
            party.clone(),
            Assertion {
                credential_id: credential_id.to_owned(),
                client_data: bytes_of(filled.one("client_data"))?,
                authenticator_data: bytes_of(filled.one("authenticator_data"))?,
                signature: bytes_of(filled.one("signature"))?,
            },
        )),
    };
    Ok(attestation::Signing { draft, passkey })
}

struct Seen {
    signing: Signing,
    draft: Option<Draft>,
    passkeys: Vec<Passkey>,
}

async fn look(db: &Db, taker: &Taker, id: &Id<AttemptKind>) -> std::result::Result<Seen, web::Error> {
    let (taker, id) = (taker.clone(), id.clone());
    let seen = db.read(move |reader| seen(reader, &taker, &id)).await?;
    seen.ok_or(web::Error::Missing)
}

fn seen(reader: &mut Reader, taker: &Taker, id: &Id<AttemptKind>) -> Result<Option<Seen>> {
    let Some(Some(signing)) = statement_page::find(reader, taker, id)? else {
        return Ok(None);
    };
    let passkeys = match taker.account.parse() {
        Ok(account) => passkey::of_account(reader, &account)?,
        Err(_) => Vec::new(),
    };
    Ok(Some(Seen {
        draft: attestation::drafted(reader, taker, id)?,
        signing,
        passkeys,
    }))
}

/// The page, while there is something to look over.
fn review(place: &Place, seen: &Seen, (party, problems): (&Party, &Problems)) -> Result<Option<Screen>> {
    let Seen {
        signing,
        draft: Some(draft),
        passkeys,
    } = seen
    else {
        return Ok(None);
    };
    if signing.signed.is_some() || !signing.consented {
        return Ok(None);
    }
    let record = parsed(&draft.record)?;
    let nothing = Filled::nothing();
    let form = Form::new(&nothing, problems);
    let action = attempt_href(&signing.id, "signature");
    let body = html! {
        (form.summary())
        (Opening::new("Look it over, then sign.").lead("Nothing is signed yet. This is what you are about to sign, and what is kept with it."))
        (statement(signing))
        (panel("What is kept with it", "", told(signing, &record)))
        form.stack.roomy method="post" action=(action) {
            input type="hidden" name="draft" value=(draft.id);
            p { (MEANING) " Nobody can sign for you." }
            div.row.centred.actions {
                (web::button("Sign and complete"))
                a.button href=(attempt_href(&signing.id, "attestation")) { "Change the name" }
            }
        }
        @if !passkeys.is_empty() { (with_passkey(&action, draft, (party, passkeys))) }
    };
    let screen = Screen::reading(place, signing.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "Sign later" } });
    Ok(Some(screen))
}

/// Shown by the script alone: without it, the name signs.
fn with_passkey(action: &str, draft: &Draft, (party, passkeys): (&Party, &[Passkey])) -> Markup {
    let ids: Vec<&str> = passkeys.iter().map(|one| one.credential_id.as_str()).collect();
    html! {
        form.stack.roomy method="post" action=(action) hidden data-behaviour="passkey" data-act="sign"
            data-challenge=(text_of(&draft.challenge())) data-party=(party.id) data-credentials=(ids.join(",")) {
            p { "Or sign with a passkey as well: then your device adds a signature of its own over exactly this record." }
            input type="hidden" name="draft" value=(draft.id);
            @for field in ["credential_id", "client_data", "authenticator_data", "signature"] {
                input type="hidden" name=(field);
            }
            div.row.centred.actions { button.button type="submit" { "Sign with a passkey" } }
            p role="status" {}
        }
    }
}

fn told(signing: &Signing, record: &Value) -> Markup {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let when = |value: &Value| {
        let moment: Option<db::Moment> = value.as_str().and_then(|text| text.parse().ok());
        moment.map_or_else(String::new, |moment| words::when(moment, &signing.zone))
    };
    let (auth, client) = (&record["auth"], &record["client"]);
    facts(
        [
            ("Name you typed", text(&record["name_typed"])),
            (
                "Course",
                format!("{} ({})", signing.course.title, signing.course.id),
            ),
            ("Edition", signing.edition.number.to_string()),
            (
                "Result",
                format!("{} of {}", signing.marking.marks, signing.marking.marks_max),
            ),
            ("Shown to you", when(&record["presented_at"])),
            (
                "You signed in",
                format!(
                    "by {}, {}",
                    text(&auth["method"]),
                    when(&auth["authenticated_at"])
                ),
            ),
            ("Your network", text(&client["address"])),
            ("Your browser", text(&client["agent"])),
            (
                "You agreed to sign electronically",
                when(&record["consent"]["given_at"]),
            ),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty()),
    )
}

/// GET /attempts/{attempt}/receipt
pub(super) async fn receipt(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let attempt = id.clone();
    let found = db
        .read(move |reader| {
            let Some(found) = statement_page::find(reader, &taker, &attempt)? else {
                return Ok(None);
            };
            let signed = found.as_ref().and_then(|signing| signing.signed.as_ref());
            let kept = match signed {
                Some((attestation, _)) => kept::find(reader, &attestation.id)?,
                None => None,
            };
            Ok(Some((found, kept)))
        })
        .await?;
    let (found, kept) = found.ok_or(web::Error::Missing)?;
    let Some(mut signing) = found else {
        return Ok(see_other(&attempt_href(&id, "result")));
    };
    let Some((attestation, completed)) = signing.signed.take() else {
        return Ok(see_other(&attempt_href(&id, "attestation")));
    };
    let body = receipt_body(&signing, (&attestation, kept.as_ref()), &completed);
    Screen::reading(&place, signing.course.title.clone(), body)
        .corner(html! { a href="/my-training" { "My training" } })
        .answer()
}

fn receipt_body(
    signing: &Signing,
    (attestation, kept): (&Attestation, Option<&Kept>),
    completed: &Completed,
) -> Markup {
    let zone = &signing.zone;
    html! {
        (Opening::new(format!("You have completed {}.", signing.course.title)).lead(html! {
            "This is your receipt. Print it or save it, if you like; it stays here."
            @if kept.is_some_and(|kept| kept.letter.is_some()) { " It is on its way to you by mail, too." }
        }).actions(html! {
            (web::main_link("See your certificate", &completed.certificate.href()))
            @if kept.is_some() { (web::button_link("Download the record (JSON)", &attempt_href(&signing.id, "record.json"))) }
            (web::button_link("My training", "/my-training"))
        }))
        (panel("What you signed", "", html! {
            (super::language::block(&signing.course.attestation.spoken, html! { @for part in attestation.statement.split("\n\n") { p { (part) } } }))
            p { "Signed " b { (attestation.name_typed) } ", " (words::when(attestation.signed_at, zone))
                @if kept.is_some_and(|kept| kept.passkey.is_some()) { ", and with a passkey" } "." }
        }))
        (panel("What it is bound to", "", facts([
            ("Course", html! { (signing.course.title) " (" (signing.course.id) ")" }),
            ("Edition", html! { (signing.edition.number) ", published " (signing.edition.published_at.day(zone).long()) }),
            ("Result", html! { (signing.marking.marks) " of " (signing.marking.marks_max) }),
            ("Shown to you", html! { (words::when(attestation.presented_at, zone)) }),
            ("Text of the course", html! { span.mono { (signing.edition.content_sha256) } }),
            ("Statement", html! { span.mono { (attestation.statement_sha256) } }),
            ("Certificate", html! { span.mono { (completed.certificate) } }),
            ("Attestation", html! { span.mono { (attestation.id) } }),
        ])))
        @if let Some(kept) = kept {
            (panel("How it can be checked", "", facts([
                ("Record (SHA-256)", html! { span.mono { (kept.record_sha256) } }),
                ("Place in the ledger", html! { @match kept.place { Some(place) => (place), None => "It is given one within seconds." } }),
            ])))
        }
    }
}

/// GET /attempts/{attempt}/record.json
pub(super) async fn record(
    (learner, from): (Learner, From),
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let (taker, id) = (Taker::of(&learner)?, attempt_id(&id)?);
    let found = db
        .read(move |reader| {
            if crate::attempt::find(reader, &taker.person, &id)?.is_none() {
                return Ok(None);
            }
            let Some(signed) = attestation::find(reader, &id)? else {
                return Ok(None);
            };
            let Some(kept) = kept::find(reader, &signed.id)? else {
                return Ok(None);
            };
            Ok(Some((kept, kept::passkey_answer(reader, &signed.id)?)))
        })
        .await?;
    let (kept, passkey) = found.ok_or(web::Error::Missing)?;
    let passkey = passkey.map(|(public_key, answer)| {
        json!({
            "authenticator_data": text_of(&answer.authenticator_data),
            "client_data": text_of(&answer.client_data),
            "credential_id": answer.credential_id,
            "origin": from.party.origin,
            "public_key": text_of(&public_key),
            "rp_id": from.party.id,
            "signature": text_of(&answer.signature),
        })
    });
    let document = json!({
        "how": "docs/attestation-record.md says what each part is and how to check it.",
        "ledger_place": kept.place,
        "passkey": passkey,
        "record": kept.record,
        "record_sha256": kept.record_sha256,
    });
    let bytes = serde_json::to_vec_pretty(&document)
        .map_err(|e| Fault::of("writing the record of an attestation", e))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"attestation.json\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn parsed(text: &str) -> Result<Value> {
    Ok(serde_json::from_str(text).map_err(|e| Fault::of("reading the record of an attestation", e))?)
}
