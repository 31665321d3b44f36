//! A checkpoint is the whole ledger in three lines, signed.
//!
//! Invariants: the text is a C2SP tlog-checkpoint (origin, size, root, no extension lines) inside a C2SP signed note
//! with Ed25519 signatures (type 0x01); the key's name is the origin; parsing accepts only the spelling we write,
//! plus signature lines of other keys, which witnesses may add.
//!
//! Not here: when to sign, where the seed is kept, the witnesses' own signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::tree::Hash;
use crate::{Error, Result};

/// Signature type byte of plain Ed25519 in C2SP signed-note.
const ED25519: u8 = 0x01;
/// More than any quorum of witnesses adds; a limit so that a hostile note is cheap to refuse.
const SIGNATURES_MAX: usize = 64;
/// Room for 64 post-quantum witness signatures.
const NOTE_BYTES_MAX: usize = 512 * 1024;

/// The state of a log: how many entries, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, for instance `muster.example.org/ledger`.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root over those entries.
    pub root: Hash,
}

/// A log's private key with its name.
pub struct Signer {
    name: String,
    key: SigningKey,
}

/// A log's public key with its name.
#[derive(Clone, Debug)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Checkpoint {
    /// The three lines that are signed, each ended by a line feed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }

    /// Reads exactly what [`Checkpoint::text`] writes.
    ///
    /// # Errors
    /// Any other number of lines, an origin that is not a key name, a size with leading zeros, a root that is not 32 bytes.
    pub fn from_text(text: &str) -> Result<Checkpoint> {
        let refused = |why: &str| Error::Note(format!("The checkpoint's text is not valid: {why}."));
        let mut lines = text
            .strip_suffix('\n')
            .ok_or_else(|| refused("it does not end with a line feed"))?
            .split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(refused("it must be three lines: origin, size and root"));
        };
        if !is_key_name(origin) {
            return Err(refused(
                "the origin is empty or has a space, a plus sign or a control character",
            ));
        }
        let size = decimal(size).ok_or_else(|| refused("the size is not a plain decimal number"))?;
        let root = Hash::from_base64(root).map_err(|_| refused("the root is not the base64 of 32 bytes"))?;
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

impl Signer {
    /// A signer from its name, which becomes the origin of everything it signs, and 32 secret bytes.
    ///
    /// # Errors
    /// A name that is empty or has a space, a plus sign or a control character.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Signer> {
        if !is_key_name(name) {
            return Err(Error::Note(
                "The log's name must not be empty or contain a space, a plus sign or a control character."
                    .into(),
            ));
        }
        Ok(Signer {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// The name of the key and origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as C2SP writes it: `name+hex(key id)+base64(0x01 || public key)`.
    pub fn vkey(&self) -> String {
        self.verifier().vkey()
    }

    /// The verifier that goes with this signer.
    pub fn verifier(&self) -> Verifier {
        Verifier {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// The signed note of a checkpoint.
    ///
    /// # Errors
    /// A checkpoint of another origin.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String> {
        if checkpoint.origin != self.name {
            return Err(Error::Note(
                "A log signs only checkpoints of its own origin.".into(),
            ));
        }
        let text = checkpoint.text();
        let mut blob = self.verifier().id().to_vec();
        blob.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        Ok(format!(
            "{text}\n\u{2014} {} {}\n",
            self.name,
            STANDARD.encode(blob)
        ))
    }
}

impl Verifier {
    /// Reads a verifier key.
    ///
    /// # Errors
    /// Anything but `name+key id+base64` with a matching key id and a sound Ed25519 key.
    pub fn from_vkey(vkey: &str) -> Result<Verifier> {
        let refused = |why: &str| Error::Note(format!("The verifier key is not valid: {why}."));
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(refused(
                "it must be a name, a key id and a key, joined by plus signs",
            ));
        };
        if !is_key_name(name) {
            return Err(refused("the name is empty or has a space or a control character"));
        }
        let bytes = STANDARD
            .decode(key)
            .map_err(|_| refused("the key is not base64"))?;
        let key = match bytes.split_first() {
            Some((&ED25519, key)) => {
                <[u8; 32]>::try_from(key).map_err(|_| refused("the key is not 32 bytes"))?
            }
            _ => return Err(refused("it is not an Ed25519 key")),
        };
        let key =
            VerifyingKey::from_bytes(&key).map_err(|_| refused("the key is not a point of the curve"))?;
        if key.is_weak() {
            return Err(refused("the key is weak"));
        }
        let verifier = Verifier {
            name: name.to_owned(),
            key,
        };
        if hex::encode(verifier.id()) != id {
            return Err(refused("the key id does not belong to the name and the key"));
        }
        Ok(verifier)
    }

    /// The name of the key and origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as C2SP writes it.
    pub fn vkey(&self) -> String {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        format!(
            "{}+{}+{}",
            self.name,
            hex::encode(self.id()),
            STANDARD.encode(key)
        )
    }

    /// The first four bytes of `SHA-256(name || 0x0A || 0x01 || public key)`.
    fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

/// The checkpoint in a signed note, believed because this verifier's key signed it.
///
/// # Errors
/// A note that is not well formed, is not signed by the key, or is about another origin.
pub fn open(note: &str, verifier: &Verifier) -> Result<Checkpoint> {
    let (text, signatures) = split(note)?;
    let mut signed = false;
    for line in signatures.split_terminator('\n') {
        let (name, blob) = signature_line(line)?;
        let Some((id, signature)) = blob.split_first_chunk::<4>() else {
            return Err(Error::Note("A signature line of the note is too short.".into()));
        };
        if name != verifier.name || *id != verifier.id() {
            continue; // a witness, or another key of the log
        }
        let sound = <[u8; 64]>::try_from(signature).is_ok_and(|bytes| {
            verifier
                .key
                .verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes))
                .is_ok()
        });
        if !sound {
            return Err(Error::Note(format!(
                "The signature of {} on the checkpoint is wrong.",
                verifier.name
            )));
        }
        if signed {
            return Err(Error::Note("The note is signed twice by the same key.".into()));
        }
        signed = true;
    }
    if !signed {
        return Err(Error::Note(format!(
            "The checkpoint is not signed by {}.",
            verifier.name
        )));
    }
    let checkpoint = Checkpoint::from_text(text)?;
    if checkpoint.origin != verifier.name {
        return Err(Error::Note(
            "The checkpoint's origin is not the name of the key that signed it.".into(),
        ));
    }
    Ok(checkpoint)
}

/// The text and the signature lines, which the last empty line of a note divides.
fn split(note: &str) -> Result<(&str, &str)> {
    let refused = |why: &str| Error::Note(format!("The signed note is not valid: {why}."));
    if note.len() > NOTE_BYTES_MAX {
        return Err(refused("it is longer than 512 KiB"));
    }
    if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(refused("it contains a control character"));
    }
    let at = note
        .rfind("\n\n")
        .ok_or_else(|| refused("there is no empty line before the signatures"))?;
    let (text, signatures) = (&note[..=at], &note[at + 2..]);
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(refused("the signatures are missing or cut off"));
    }
    if signatures.split_terminator('\n').count() > SIGNATURES_MAX {
        return Err(refused("it has more than 64 signatures"));
    }
    Ok((text, signatures))
}

fn signature_line(line: &str) -> Result<(&str, Vec<u8>)> {
    line.strip_prefix("\u{2014} ")
        .and_then(|rest| rest.split_once(' '))
        .filter(|(name, _)| is_key_name(name))
        .and_then(|(name, blob)| Some((name, STANDARD.decode(blob).ok()?)))
        .ok_or_else(|| Error::Note("A signature line of the note is not valid.".into()))
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// ASCII decimal without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0')))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::leaf_hash;

    fn signer() -> Signer {
        Signer::from_seed("muster.example.org/ledger", &[3; 32]).expect("the name is allowed")
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "muster.example.org/ledger".into(),
            size: 42,
            root: leaf_hash(b"x"),
        }
    }

    /// The key in the documentation of Go's golang.org/x/mod/sumdb/note.
    #[test]
    fn key_ids_are_those_of_the_go_library() {
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let verifier = Verifier::from_vkey(vkey).expect("the key is published");
        assert_eq!(
            (verifier.name(), verifier.vkey().as_str()),
            ("PeterNeumann", vkey)
        );
    }

    #[test]
    fn a_checkpoint_comes_back_from_its_note() {
        let note = signer().sign(&checkpoint()).expect("its own origin");
        let verifier = Verifier::from_vkey(&signer().vkey()).expect("it was written by us");
        assert_eq!(open(&note, &verifier).expect("signed by that key"), checkpoint());
        assert_eq!(
            note,
            signer().sign(&checkpoint()).expect("again"),
            "signing takes no randomness"
        );
    }

    #[test]
    fn signatures_of_others_are_passed_over_but_one_of_ours_is_needed() {
        let other = Signer::from_seed("witness.example", &[4; 32]).expect("the name is allowed");
        let note = signer().sign(&checkpoint()).expect("its own origin");
        let cosigned = format!("{note}\u{2014} witness.example {}\n", STANDARD.encode([9; 80]));
        assert!(open(&cosigned, &signer().verifier()).is_ok());
        assert!(open(&cosigned, &other.verifier()).is_err());
        let namesake = Signer::from_seed(signer().name(), &[5; 32]).expect("the name is allowed");
        assert!(
            open(&note, &namesake.verifier()).is_err(),
            "the same name is not the same key"
        );
        let line = note.lines().last().expect("the signature");
        assert!(
            open(&format!("{note}{line}\n"), &signer().verifier()).is_err(),
            "signed twice"
        );
        assert!(
            signer()
                .sign(&Checkpoint {
                    origin: "other".into(),
                    ..checkpoint()
                })
                .is_err()
        );
    }

    #[test]
    fn every_flipped_bit_of_a_note_is_refused() {
        let note = signer().sign(&checkpoint()).expect("its own origin").into_bytes();
        for at in 0..note.len() * 8 {
            let mut wrong = note.clone();
            wrong[at / 8] ^= 1 << (at % 8);
            if let Ok(text) = str::from_utf8(&wrong) {
                assert!(open(text, &signer().verifier()).is_err(), "bit {at}");
            }
        }
    }

    #[test]
    fn a_text_has_one_spelling() {
        let text = checkpoint().text();
        assert!(Checkpoint::from_text(&text).is_ok());
        for wrong in [
            text.replace("42", "042"),
            text.replace("42", "+42"),
            text.replace("42", "42 "),
            text.replace("42", "99999999999999999999"),
            text.replace('=', ""),
            format!("{text}extension\n"),
            text.trim_end().to_owned(),
            text.replacen("muster.example.org/ledger", "", 1),
            text.replace('\n', "\r\n"),
        ] {
            assert!(Checkpoint::from_text(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_and_keys_that_are_not_sound_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert!(Signer::from_seed(name, &[3; 32]).is_err(), "{name:?}");
        }
        let vkey = signer().vkey();
        assert!(Verifier::from_vkey(&vkey.replace("ledger", "ledgers")).is_err());
        assert!(Verifier::from_vkey("name+00000000").is_err());
        assert!(Verifier::from_vkey(&format!("x+00000000+{}", STANDARD.encode([4; 33]))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>(), lines in "([a-z\u{2014} +=/\n0-9]){0,200}") {
            let verifier = signer().verifier();
            for note in [text, lines] {
                prop_assert!(open(&note, &verifier).is_err());
                if let Ok(checkpoint) = Checkpoint::from_text(&note) {
                    prop_assert_eq!(checkpoint.text(), note.clone());
                }
                prop_assert!(Verifier::from_vkey(&note).is_err());
            }
        }
    }
}
