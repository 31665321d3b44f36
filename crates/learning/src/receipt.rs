//! The receipt of a signature: a letter to the person with everything they signed, so that they hold it too.
//!
//! It goes to the address of the account that signed, and only where mail is set up; the page has the same. It carries no secret and asks
//! for nothing.
//! Not here: how a letter leaves (`mail`).

use db::{Id, Reader, Result, Tx};
use mail::{
    letter::{self, Letter, LetterKind},
    setting::{self, Relay},
};
use serde_json::Value;

use crate::taker::Taker;

/// Why the letter is sent, as the list of letters says it.
pub const PURPOSE: &str = "receipt";

/// Posts the receipt; `None` where there is no mail, or no address.
pub(crate) fn post(tx: &mut Tx, taker: &Taker, signed: (&Value, &str)) -> Result<Option<Id<LetterKind>>> {
    let Some(to) = address(tx, taker)? else {
        return Ok(None);
    };
    let zone = tx.zone()?;
    let text = text(signed, &tx.now().long(&zone));
    let course = signed.0["bound"]["course"].as_str().unwrap_or_default();
    let letter = Letter {
        to,
        purpose: PURPOSE,
        subject: format!("Your receipt: what you signed for course {course}"),
        text,
        until: None,
        secret: false,
    };
    letter::post(tx, &letter).map(Some)
}

fn address(reader: &mut Reader, taker: &Taker) -> Result<Option<String>> {
    if setting::current(reader)?.relay == Relay::Off {
        return Ok(None);
    }
    let Ok(id) = taker.account.parse() else {
        return Ok(None);
    };
    let account = identity::account::find(reader, &id)?;
    let address = account.map(|account| account.email);
    Ok(address.filter(|address| letter::check_address(address).is_ok()))
}

fn text((record, sha256): (&Value, &str), signed: &str) -> String {
    let of = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bound = &record["bound"];
    format!(
        "You signed this statement on {signed}:\n\n{statement}\n\nName typed: {name}\n{meaning}\n\n\
         Course: {course}, edition {edition}\nAttestation: {id}\nRecord (SHA-256): {sha256}\n\n\
         The whole record is yours to see and to download. Type {issuer} into the address bar of your browser, sign in and open My record.\n\
         If you did not sign this, tell whoever runs the training.\n",
        statement = of(&record["statement"]["text"]),
        name = of(&record["name_typed"]),
        meaning = of(&record["meaning"]),
        course = of(&bound["course"]),
        edition = of(&bound["edition_number"]),
        id = of(&record["attestation"]),
        issuer = of(&record["auth"]["issuer"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_what_was_signed_and_names_the_address_to_type() {
        let record = serde_json::json!({
            "attestation": "ats_1",
            "auth": { "issuer": "https://muster.example" },
            "bound": { "course": "B02", "edition_number": 3 },
            "meaning": "I sign.",
            "name_typed": "Ada Osei",
            "statement": { "text": "I have completed this course myself." },
        });
        let text = text((&record, "ab12"), "1 June 2026");
        for told in [
            "I have completed this course myself.",
            "Ada Osei",
            "B02, edition 3",
            "ab12",
            "Type https://muster.example into the address bar",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}
