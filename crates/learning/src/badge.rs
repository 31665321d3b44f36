//! A badge: a certificate as an Open Badges 3.0 credential, which a wallet can hold and anybody can check without asking us.
//!
//! It is a W3C verifiable credential signed as a JSON Web Token with RS256, because the validators that exist all read that. It is made
//! when its person first asks for it, with their score or without, and is the same to the byte ever after. It says who by the hash of an
//! address, salted, so that it names nobody to those who do not know whom to ask about. Whether it still stands is asked at its own address,
//! which is the check page of the certificate.
//! Not here: the certificate ([`crate::certificate`]).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use db::{Day, Fault, Id, Kind, Moment, Reader, Result, Tx, Zone, params, sql};
use ledger::{Act, Entry};
use rand_chacha::ChaCha20Rng;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::{pkcs8::EncodePrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};

use crate::certificate::{Certificate, Code};

/// What a verifier of 2026 still takes without a word.
const KEY_BITS: usize = 2_048;
/// 65537, which every key of ours has.
const EXPONENT: &[u8] = &[1, 0, 1];

/// What somebody did who holds one.
pub const CRITERIA: &str =
    "Passed the questions of this edition at its pass mark, and signed its statement after signing in.";

/// `bky_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyKind;
impl Kind for KeyKind {
    const PREFIX: &'static str = "bky";
}

/// What badges are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// PKCS #8
    private_key: Vec<u8>,
    modulus: Vec<u8>,
}

/// Who issues: the organisation, at the address people type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub address: String,
    pub name: String,
}

/// Whether the badge says how well the person did; that is theirs to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Score {
    Said,
    Unsaid,
}

/// What a badge is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts<'a> {
    pub certificate: &'a Certificate,
    pub issuer: &'a Issuer,
    /// The person's address, in lower case; only its hash goes in.
    pub email: Option<&'a str>,
    pub salt: &'a str,
    /// The last day it counts, where a rule asks for the course again.
    pub valid_until: Option<Day>,
    pub score: Score,
    pub zone: &'a Zone,
}

/// Gives `rsa` the generator we have: the same bytes, by an older trait.
struct Random(ChaCha20Rng);

impl rsa::rand_core::RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rand_core::Rng::next_u32(&mut self.0)
    }
    fn next_u64(&mut self) -> u64 {
        rand_core::Rng::next_u64(&mut self.0)
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand_core::Rng::fill_bytes(&mut self.0, bytes);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), rsa::rand_core::Error> {
        rand_core::Rng::fill_bytes(&mut self.0, bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random {}

impl Key {
    /// A new key from an unpredictable seed. Takes a second: call it where waiting is allowed.
    ///
    /// # Errors
    /// A fault when no key can be made.
    pub fn from_seed(seed: [u8; 32]) -> Result<Key> {
        let mut random = Random(rand_core::SeedableRng::from_seed(seed));
        let made = rsa::RsaPrivateKey::new(&mut random, KEY_BITS)
            .map_err(|e| Fault::of("making the key of the badges", e))?;
        let private_key = made
            .to_pkcs8_der()
            .map_err(|e| Fault::of("writing the key of the badges", e))?;
        Ok(Key {
            private_key: private_key.as_bytes().to_vec(),
            modulus: made.n().to_bytes_be(),
        })
    }

    /// The public half as a JSON Web Key.
    pub fn jwk(&self) -> Value {
        json!({ "alg": "RS256", "e": text_of(EXPONENT), "kty": "RSA", "n": text_of(&self.modulus), "use": "sig" })
    }

    /// The compact form: header, claims and signature.
    ///
    /// # Errors
    /// A fault when the key cannot sign.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let pair = RsaKeyPair::from_pkcs8(&self.private_key)
            .map_err(|e| Fault::new(format!("reading the key of the badges: {e}")))?;
        let jwk = json!({ "e": text_of(EXPONENT), "kty": "RSA", "n": text_of(&self.modulus) });
        let header = json!({ "alg": "RS256", "jwk": jwk, "typ": "JWT" });
        let signed = format!(
            "{}.{}",
            text_of(header.to_string().as_bytes()),
            text_of(claims.to_string().as_bytes())
        );
        let mut signature = vec![0; pair.public().modulus_len()];
        // PKCS #1 v1.5 needs no randomness; ring asks for a source all the same, to blind the private operation.
        pair.sign(
            &RSA_PKCS1_SHA256,
            &ring::rand::SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .map_err(|_| Fault::new("signing a badge"))?;
        Ok(format!("{signed}.{}", text_of(&signature)))
    }
}

fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    fn id(&self) -> String {
        format!("{}/badges/issuer", self.address)
    }

    /// The profile, with the key that signs.
    pub fn profile(&self, key: Option<&Key>) -> Value {
        let mut profile =
            json!({ "id": self.id(), "name": self.name, "type": ["Profile"], "url": self.address });
        if let Some(key) = key {
            profile["publicKey"] = json!([key.jwk()]);
        }
        profile
    }
}

/// The credential: what a wallet shows and a verifier reads.
pub fn credential(parts: &Parts<'_>) -> Value {
    let certificate = parts.certificate;
    let check = format!("{}{}", parts.issuer.address, certificate.code.href());
    let mut subject = json!({
        "achievement": achievement(parts),
        "id": format!("{check}#holder"),
        "type": ["AchievementSubject"],
    });
    subject["identifier"] = json!([identity(parts)]);
    if let (Score::Said, Some(score)) = (parts.score, certificate.score) {
        subject["result"] =
            json!([{ "status": "Completed", "type": ["Result"], "value": format!("{score:.0} %") }]);
    }
    let mut credential = json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            // The type of the schema below is defined here and nowhere else; 1EdTech's validator refuses words nobody defines.
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "credentialSchema": [{
            "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
            "type": "1EdTechJsonSchemaValidator2019",
        }],
        "credentialSubject": subject,
        "evidence": [{
            "description": "The check page of the certificate, which says whether it stands.",
            "genre": "Evidence class A: signed in, assessed, attested",
            "id": check,
            "name": format!("Certificate {}", certificate.code),
            "type": ["Evidence"],
        }],
        "id": check,
        "issuer": { "id": parts.issuer.id(), "name": parts.issuer.name, "type": ["Profile"], "url": parts.issuer.address },
        "name": certificate.title,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "validFrom": instant(certificate.issued_at),
    });
    if let Some(last) = parts.valid_until {
        credential["validUntil"] = instant((last + 1).start(parts.zone)).into();
    }
    credential
}

fn achievement(parts: &Parts<'_>) -> Value {
    let certificate = parts.certificate;
    let edition = certificate.edition.map_or(0, |(number, _)| number);
    json!({
        "achievementType": "CertificateOfCompletion",
        "criteria": { "narrative": CRITERIA },
        "description": format!("The course {}, edition {edition}.", certificate.title),
        "id": format!("{}/badges/achievements/{}/{edition}", parts.issuer.address, certificate.course_id),
        "name": certificate.title,
        "type": ["Achievement"],
        "version": edition.to_string(),
    })
}

/// An address that is only compared, or, of somebody without one, the name.
fn identity(parts: &Parts<'_>) -> Value {
    match parts.email {
        Some(email) => json!({
            "hashed": true,
            "identityHash": format!("sha256${}", crate::sha256(&format!("{email}{}", parts.salt))),
            "identityType": "emailAddress",
            "salt": parts.salt,
            "type": "IdentityObject",
        }),
        None => json!({
            "hashed": false,
            "identityHash": parts.certificate.name,
            "identityType": "name",
            "type": "IdentityObject",
        }),
    }
}

/// The claims that are signed: the credential itself, and what every token says.
pub fn claims(credential: &Value, (from, until): (Moment, Option<Moment>)) -> Value {
    let mut claims = credential.clone();
    claims["iss"] = credential["issuer"]["id"].clone();
    claims["jti"] = credential["id"].clone();
    claims["nbf"] = (from.0 / 1_000).into();
    claims["sub"] = credential["credentialSubject"]["id"].clone();
    if let Some(until) = until {
        claims["exp"] = (until.0 / 1_000).into();
    }
    claims
}

/// Whole seconds: some readers of credentials take no parts of them.
fn instant(moment: Moment) -> String {
    let text = moment.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// The key that signs now.
pub fn key(reader: &mut Reader) -> Result<Option<Key>> {
    reader.one(
        sql!(
            "select private_key, modulus
             from badge_key
             order by made_at desc, id desc
             limit 1"
        ),
        &[],
        |row| {
            Ok(Key {
                private_key: row.get(0)?,
                modulus: row.get(1)?,
            })
        },
    )
}

/// Keeps a key that was made, unless there is one: then that is the key.
pub fn keep_key(tx: &mut Tx, made: Key) -> Result<Key> {
    if let Some(kept) = key(tx)? {
        return Ok(kept);
    }
    let id = tx.new_id::<KeyKind>();
    tx.execute(
        sql!("insert into badge_key (id, private_key, modulus, made_at) values ($1, $2, $3, $4)"),
        &params![&id, made.private_key.clone(), made.modulus.clone(), tx.now()],
    )?;
    let payload = json!({ "key": id.as_str(), "modulus_sha256": crate::sha256(&hex::encode(&made.modulus)) });
    ledger::record(
        tx,
        Entry::about(Act::BadgeKeyMade, format!("badge-key:{id}")).payload(payload),
    )?;
    Ok(made)
}

/// The badge that was made before.
pub fn find(reader: &mut Reader, code: &Code, score: Score) -> Result<Option<String>> {
    reader.one(
        sql!("select token from badge where code = $1 and scored = $2 and token <> ''"),
        &params![code.as_str(), score == Score::Said],
        |row| row.get(0),
    )
}

/// Makes the badge of a certificate and keeps it; the first stays the badge.
pub fn issue(tx: &mut Tx, key: &Key, parts: &Parts<'_>) -> Result<String> {
    let code = &parts.certificate.code;
    if let Some(made) = find(tx, code, parts.score)? {
        return Ok(made);
    }
    let until = parts.valid_until.map(|last| (last + 1).start(parts.zone));
    let claims = claims(&credential(parts), (parts.certificate.issued_at, until));
    let token = key.sign(&claims)?;
    tx.execute(
        sql!("insert into badge (code, scored, token, made_at) values ($1, $2, $3, $4)"),
        &params![
            code.as_str(),
            parts.score == Score::Said,
            token.as_str(),
            tx.now()
        ],
    )?;
    Ok(token)
}

/// The last day a completion counts by the rules that bind now; `None` when none asks for the course again.
pub fn valid_until(reader: &mut Reader, certificate: &Certificate) -> Result<Option<Day>> {
    let rules = assignments::rule::list(reader)?;
    let days = rules
        .iter()
        .filter(|rule| rule.course_id == certificate.course_id)
        .filter_map(|rule| rule.duty.refresh_days.map(|days| days + rule.duty.grace_days));
    Ok(days.min().map(|days| certificate.completed_on + days))
}

/// Takes the badges of a person away; those they hold stay theirs.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<roster::person::PersonKind>) -> Result<u64> {
    tx.execute(
        sql!(
            "update badge
             set token = ''
             where code in (select f.code
                            from certificate f
                            join completion c on c.id = f.completion_id
                            where c.person_id = $1)"
        ),
        &params![person],
    )
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    fn certificate() -> Certificate {
        Certificate {
            code: Code::from_random([7; 10]),
            issued_at: Moment(1_780_304_400_123),
            completion: "cmp_01K00000000000000000000000".parse().expect("an id"),
            attempt: None,
            person: "per_01K00000000000000000000ADA".parse().expect("an id"),
            name: "Ada Osei".into(),
            course_id: "B02".into(),
            title: "Phishing on every channel".into(),
            edition: Some((3, Moment(1_780_304_400_000))),
            statement: None,
            completed_on: Day::ymd(2026, 6, 1),
            score: Some(90.0),
            minutes: Some(6),
        }
    }

    fn made(score: Score, email: Option<&str>) -> Value {
        let certificate = certificate();
        let issuer = Issuer {
            address: "https://muster.example".into(),
            name: "Northwind".into(),
        };
        credential(&Parts {
            certificate: &certificate,
            issuer: &issuer,
            email,
            salt: "00ff",
            valid_until: Some(Day::ymd(2027, 6, 1)),
            score,
            zone: &Zone::utc(),
        })
    }

    #[test]
    fn a_badge_names_nobody_and_says_the_score_only_when_asked_to() {
        let quiet = made(Score::Unsaid, Some("ada@example.com"));
        let text = quiet.to_string();
        assert!(!text.contains("Osei") && !text.contains("ada@") && !text.contains("90"));
        let identity = &quiet["credentialSubject"]["identifier"][0];
        assert_eq!(
            identity["identityHash"],
            format!("sha256${}", crate::sha256("ada@example.com00ff"))
        );
        assert_eq!(quiet["validFrom"], "2026-06-01T09:00:00Z");
        assert_eq!(quiet["validUntil"], "2027-06-02T00:00:00Z");
        let told = made(Score::Said, Some("ada@example.com"));
        assert_eq!(told["credentialSubject"]["result"][0]["value"], "90 %");
        let nameless = made(Score::Unsaid, None);
        assert_eq!(
            nameless["credentialSubject"]["identifier"][0]["identityType"],
            "name"
        );
    }

    #[test]
    fn what_the_key_signs_its_public_half_verifies() {
        let key = Key::from_seed([3; 32]).expect("a key");
        assert_eq!(key, Key::from_seed([3; 32]).expect("a key"), "one seed, one key");
        let token = key
            .sign(&claims(&made(Score::Unsaid, None), (Moment(1_000), None)))
            .expect("signed");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let public = RsaPublicKeyComponents {
            n: key.modulus.as_slice(),
            e: EXPONENT,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let verified = |text: &str| public.verify(&RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &signature);
        assert!(verified(signed).is_ok());
        assert!(verified(&format!("{signed}x")).is_err());
    }
}
