//! What a passkey says, checked: Web Authentication level 2, sections 7.1 (a new key) and 7.2 (a signature), as pure rules.
//!
//! Bytes in, a verdict out: no database, no clock. A key's maker is not asked for ("none" attestation), so nothing is believed about
//! the device but that it holds the key and that it asked for its person (user verification). Three kinds of key are taken: ES256, EdDSA
//! and, for older Windows, RS256.
//! Not here: which challenge was given to whom, and the rows ([`crate::passkey`]).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;
use db::Refusal;
use ring::signature::{self, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A browser sends some hundred bytes.
const CLIENT_DATA_MAX: usize = 4 * 1024;
const AUTHENTICATOR_DATA_MAX: usize = 4 * 1024;
const SIGNATURE_MAX: usize = 2 * 1024;
/// Without a maker's certificates it is small; those who send them all the same are read.
const ATTESTATION_MAX: usize = 64 * 1024;
/// By the standard.
const CREDENTIAL_ID_MAX: usize = 1_023;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;
/// The hash of the party, the flags and the counter.
const HEAD_BYTES: usize = 37;
/// The kind of authenticator, and the length of the credential's id.
const CREDENTIAL_HEAD_BYTES: usize = 18;

/// Who asks: the address people type, and its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub origin: String,
    pub id: String,
}

/// What a browser gives for a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

/// A key's public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// base64url
    pub id: String,
    /// COSE, byte for byte.
    pub public_key: Vec<u8>,
    pub counter: u32,
}

/// What a browser gives for a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// base64url
    pub credential_id: String,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

impl Party {
    /// Of "https://muster.example:8443": that origin, and "muster.example".
    pub fn of(public_url: &str) -> Party {
        let (scheme, rest) = public_url.split_once("://").unwrap_or(("https", public_url));
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        Party {
            origin: format!("{scheme}://{authority}").to_ascii_lowercase(),
            id: host.to_ascii_lowercase(),
        }
    }
}

/// Bytes as browsers write them.
pub fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// # Errors
/// A refusal of what is not base64url.
pub fn bytes_of(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD
        .decode(text.trim().trim_end_matches('='))
        .map_err(|_| wrong("it is not written as it should be"))
}

/// The key that a device has made for this challenge.
///
/// # Errors
/// A refusal that says what does not fit.
pub fn created(party: &Party, challenge: &[u8], creation: &Creation) -> Result<Credential, Refusal> {
    check_client(party, challenge, ("webauthn.create", &creation.client_data))?;
    if creation.attestation_object.len() > ATTESTATION_MAX {
        return Err(wrong("it is longer than any device's"));
    }
    let object: Value = ciborium::from_reader(creation.attestation_object.as_slice())
        .map_err(|_| wrong("it cannot be read"))?;
    let data = entry(&object, |key| key.as_text() == Some("authData"))
        .and_then(Value::as_bytes)
        .ok_or_else(|| wrong("it says nothing about the key"))?;
    let flags = check_authenticator(party, data)?;
    if flags & HAS_CREDENTIAL == 0 {
        return Err(wrong("there is no key in it"));
    }
    credential(data)
}

/// Checks a signature over the challenge by this key, and gives the key's new counter.
///
/// # Errors
/// A refusal that says what does not fit.
pub fn asserted(
    party: &Party,
    challenge: &[u8],
    (key, counter): (&[u8], u32),
    assertion: &Assertion,
) -> Result<u32, Refusal> {
    check_client(party, challenge, ("webauthn.get", &assertion.client_data))?;
    check_authenticator(party, &assertion.authenticator_data)?;
    if assertion.signature.len() > SIGNATURE_MAX {
        return Err(wrong("its signature is longer than any device's"));
    }
    let mut signed = assertion.authenticator_data.clone();
    signed.extend_from_slice(&Sha256::digest(&assertion.client_data));
    if !verifies(key, &signed, &assertion.signature) {
        return Err(wrong("its signature does not fit the passkey registered here"));
    }
    let counted = counter_of(&assertion.authenticator_data);
    // A counter that stands still or goes back means two devices with one key; keys that do not count say 0 for ever.
    if (counted > 0 || counter > 0) && counted <= counter {
        return Err(wrong(
            "this passkey seems to have been copied; remove it and add it anew",
        ));
    }
    Ok(counted)
}

fn check_client(party: &Party, challenge: &[u8], (kind, bytes): (&str, &[u8])) -> Result<(), Refusal> {
    if bytes.len() > CLIENT_DATA_MAX {
        return Err(wrong("it is longer than any browser's"));
    }
    let data: ClientData =
        serde_json::from_slice(bytes).map_err(|_| wrong("what the browser said cannot be read"))?;
    if data.kind != kind {
        return Err(wrong("it is an answer to something else"));
    }
    if bytes_of(&data.challenge)? != challenge {
        return Err(wrong(
            "it is about something else than this page; load the page again",
        ));
    }
    if data.origin != party.origin || data.cross_origin {
        return Err(wrong("it was made for another address than this one"));
    }
    Ok(())
}

/// The flags, when the data is about this party and the person was there and asked.
fn check_authenticator(party: &Party, data: &[u8]) -> Result<u8, Refusal> {
    if data.len() < HEAD_BYTES || data.len() > AUTHENTICATOR_DATA_MAX {
        return Err(wrong("it is not as long as a device's answer is"));
    }
    if data[..32] != Sha256::digest(party.id.as_bytes())[..] {
        return Err(wrong("it was made for another address than this one"));
    }
    let flags = data[32];
    if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
        return Err(wrong("the device did not ask for your finger, face or PIN"));
    }
    Ok(flags)
}

fn counter_of(data: &[u8]) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&data[33..HEAD_BYTES]);
    u32::from_be_bytes(bytes)
}

fn credential(data: &[u8]) -> Result<Credential, Refusal> {
    let short = || wrong("it ends too soon");
    let head = data
        .get(HEAD_BYTES..HEAD_BYTES + CREDENTIAL_HEAD_BYTES)
        .ok_or_else(short)?;
    let length = usize::from(u16::from_be_bytes([head[16], head[17]]));
    if length == 0 || length > CREDENTIAL_ID_MAX {
        return Err(wrong("its key has no usable id"));
    }
    let rest = data.get(HEAD_BYTES + CREDENTIAL_HEAD_BYTES..).ok_or_else(short)?;
    let id = rest.get(..length).ok_or_else(short)?;
    let mut after = &rest[length..];
    let before = after;
    let key: Value = ciborium::from_reader(&mut after).map_err(|_| wrong("its key cannot be read"))?;
    let public_key = before[..before.len() - after.len()].to_vec();
    if Key::of(&key).is_none() {
        return Err(wrong("its kind of key is not one that can be checked here"));
    }
    Ok(Credential {
        id: text_of(id),
        public_key,
        counter: counter_of(data),
    })
}

enum Key {
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256 { n: Vec<u8>, e: Vec<u8> },
}

impl Key {
    /// A COSE key, RFC 9053: kind (1), algorithm (3), curve (-1), coordinates (-2, -3); for RSA modulus (-1) and exponent (-2).
    fn of(cose: &Value) -> Option<Key> {
        let at = |label: i64| entry(cose, move |key| int(key) == Some(label));
        let number = |label: i64| at(label).and_then(int);
        let bytes = |label: i64| at(label).and_then(Value::as_bytes).cloned();
        let coordinate = |label: i64| bytes(label).filter(|bytes| bytes.len() == 32);
        match (number(1)?, number(3)?) {
            (2, -7) if number(-1) == Some(1) => {
                let point = [vec![4], coordinate(-2)?, coordinate(-3)?].concat();
                Some(Key::Es256(point))
            }
            (1, -8) if number(-1) == Some(6) => Some(Key::EdDsa(coordinate(-2)?)),
            (3, -257) => Some(Key::Rs256 {
                n: bytes(-1)?,
                e: bytes(-2)?,
            }),
            _ => None,
        }
    }
}

fn verifies(public_key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let Ok(cose) = ciborium::from_reader::<Value, _>(public_key) else {
        return false;
    };
    let verified = match Key::of(&cose) {
        None => return false,
        Some(Key::Es256(point)) => {
            UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
        }
        Some(Key::EdDsa(point)) => {
            UnparsedPublicKey::new(&signature::ED25519, point).verify(signed, signature)
        }
        Some(Key::Rs256 { n, e }) => signature::RsaPublicKeyComponents { n, e }.verify(
            &signature::RSA_PKCS1_2048_8192_SHA256,
            signed,
            signature,
        ),
    };
    verified.is_ok()
}

fn entry(map: &Value, is: impl Fn(&Value) -> bool) -> Option<&Value> {
    let mut entries = map.as_map()?.iter();
    entries.find(|(key, _)| is(key)).map(|(_, value)| value)
}

fn int(value: &Value) -> Option<i64> {
    value.as_integer().and_then(|integer| i64::try_from(integer).ok())
}

fn wrong(why: &str) -> Refusal {
    Refusal::new(
        "passkey-answer",
        format!("What your device answered cannot be used: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
    };

    use super::*;

    /// A device of our own, for tests.
    struct Device {
        pair: EcdsaKeyPair,
        random: SystemRandom,
    }

    impl Device {
        fn new() -> Device {
            let random = SystemRandom::new();
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.as_ref(), &random);
            Device {
                pair: pair.expect("its own key"),
                random,
            }
        }

        fn cose(&self) -> Vec<u8> {
            let point = self.pair.public_key().as_ref();
            let int = |n: i64| Value::Integer(n.into());
            let key = Value::Map(vec![
                (int(1), int(2)),
                (int(3), int(-7)),
                (int(-1), int(1)),
                (int(-2), Value::Bytes(point[1..33].to_vec())),
                (int(-3), Value::Bytes(point[33..].to_vec())),
            ]);
            let mut bytes = Vec::new();
            ciborium::into_writer(&key, &mut bytes).expect("written to memory");
            bytes
        }

        fn data(&self, (party, flags, counter): (&str, u8, u32), with_key: &[u8]) -> Vec<u8> {
            let mut data = Sha256::digest(party.as_bytes()).to_vec();
            data.push(flags);
            data.extend_from_slice(&counter.to_be_bytes());
            data.extend_from_slice(with_key);
            data
        }

        fn creation(&self, challenge: &[u8], origin: &str, flags: u8) -> Creation {
            let mut key = vec![0; 16];
            key.extend_from_slice(&[0, 3, 1, 2, 3]);
            key.extend_from_slice(&self.cose());
            let data = self.data(("muster.example", flags, 1), &key);
            let object = Value::Map(vec![
                (Value::Text("fmt".into()), Value::Text("none".into())),
                (Value::Text("attStmt".into()), Value::Map(Vec::new())),
                (Value::Text("authData".into()), Value::Bytes(data)),
            ]);
            let mut bytes = Vec::new();
            ciborium::into_writer(&object, &mut bytes).expect("written to memory");
            Creation {
                client_data: client("webauthn.create", challenge, origin),
                attestation_object: bytes,
            }
        }

        fn assertion(&self, challenge: &[u8], counter: u32) -> Assertion {
            let client_data = client("webauthn.get", challenge, "https://muster.example");
            let authenticator_data = self.data(("muster.example", 5, counter), &[]);
            let mut signed = authenticator_data.clone();
            signed.extend_from_slice(&Sha256::digest(&client_data));
            let signature = self.pair.sign(&self.random, &signed).expect("signed");
            Assertion {
                credential_id: text_of(&[1, 2, 3]),
                client_data,
                authenticator_data,
                signature: signature.as_ref().to_vec(),
            }
        }
    }

    fn client(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
        serde_json::json!({ "type": kind, "challenge": text_of(challenge), "origin": origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn party() -> Party {
        Party::of("https://muster.example")
    }

    #[test]
    fn a_party_is_its_origin_and_its_host() {
        let local = Party::of("http://localhost:8080");
        assert_eq!(
            (local.origin.as_str(), local.id.as_str()),
            ("http://localhost:8080", "localhost")
        );
        let deep = Party::of("https://Training.Example/muster");
        assert_eq!(
            (deep.origin.as_str(), deep.id.as_str()),
            ("https://training.example", "training.example")
        );
    }

    #[test]
    fn a_key_is_registered_and_what_it_signs_is_checked() {
        let device = Device::new();
        let made = created(
            &party(),
            b"once",
            &device.creation(b"once", "https://muster.example", 0x45),
        )
        .expect("a good key");
        assert_eq!((made.id.as_str(), made.counter), ("AQID", 1));
        assert_eq!(made.public_key, device.cose());
        let signed = device.assertion(b"the record", 2);
        assert_eq!(
            asserted(&party(), b"the record", (&made.public_key, 1), &signed),
            Ok(2)
        );
        assert!(
            asserted(&party(), b"another", (&made.public_key, 1), &signed).is_err(),
            "another challenge"
        );
        assert!(
            asserted(&party(), b"the record", (&made.public_key, 2), &signed).is_err(),
            "a counter that stands still"
        );
        assert!(
            asserted(&party(), b"the record", (&Device::new().cose(), 1), &signed).is_err(),
            "another key"
        );
        let elsewhere = Party::of("https://muster.example.evil");
        assert!(asserted(&elsewhere, b"the record", (&made.public_key, 1), &signed).is_err());
        let mut bent = signed.clone();
        bent.authenticator_data[36] ^= 1;
        assert!(asserted(&party(), b"the record", (&made.public_key, 0), &bent).is_err());
    }

    #[test]
    fn a_key_made_elsewhere_or_without_its_person_is_refused() {
        let device = Device::new();
        for (challenge, origin, flags) in [
            (b"once", "https://muster.example.evil", 0x45),
            (b"othr", "https://muster.example", 0x45),
            (b"once", "https://muster.example", 0x41),
            (b"once", "https://muster.example", 0x05),
        ] {
            let answer = device.creation(challenge, origin, flags);
            assert!(created(&party(), b"once", &answer).is_err(), "{origin} {flags:x}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(object in proptest::collection::vec(0_u8..=255, 0..200), tail in proptest::collection::vec(0_u8..=255, 0..120)) {
            let client_data = client("webauthn.create", b"once", "https://muster.example");
            drop(created(&party(), b"once", &Creation { client_data, attestation_object: object }));
            let mut data = Sha256::digest(b"muster.example").to_vec();
            data.push(0x45);
            data.extend_from_slice(&tail);
            drop(credential(&data));
        }
    }
}
