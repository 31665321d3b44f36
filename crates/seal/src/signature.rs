//! A pack is signed so that the `ssh-keygen` on anybody's laptop can check it.
//!
//! Invariants: signatures are OpenSSH SSHSIG, Ed25519, SHA-512, namespace `evidence-pack@muster`; an allowed-signers
//! file is one line for each identity.
//!
//! Not here: deciding whether a key is really the organisation's. That takes a fingerprint from somewhere else.

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::{Error, Result};

/// What the signature is for; a signature made for anything else does not count.
pub const NAMESPACE: &str = "evidence-pack@muster";

/// The key that signs packs, with the identity it is known by.
pub struct PackSigner {
    identity: String,
    key: PrivateKey,
}

/// Who signed, according to an allowed-signers file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// The identity in the allowed-signers file.
    pub identity: String,
    /// `SHA256:…`, as `ssh-keygen -lf` prints it.
    pub fingerprint: String,
}

impl PackSigner {
    /// A signer from 32 secret bytes and an identity such as `evidence@example.org`.
    ///
    /// # Errors
    /// An identity that an allowed-signers file cannot hold.
    pub fn from_seed(identity: &str, seed: &[u8; 32]) -> Result<PackSigner> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+');
        if identity.is_empty() || !identity.chars().all(allowed) {
            return Err(Error::Signature(
                "The signer's identity must be letters, digits and @ . - _ + only, for instance evidence@example.org."
                    .into(),
            ));
        }
        let key = PrivateKey::new(KeypairData::from(Ed25519Keypair::from_seed(seed)), "")
            .map_err(|source| Error::Signature(format!("The signing key cannot be used: {source}.")))?;
        Ok(PackSigner {
            identity: identity.to_owned(),
            key,
        })
    }

    /// The identity the key is known by.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// `SHA256:…`: what an organisation publishes so that others can tell its key from a forger's.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The line for an allowed-signers file, ended by a line feed.
    ///
    /// # Errors
    /// A key that cannot be written, which does not happen with Ed25519.
    pub fn allowed_signers_line(&self) -> Result<String> {
        let key = self.key.public_key().to_openssh().map_err(unreadable)?;
        Ok(format!(
            "{} namespaces=\"{NAMESPACE}\" {}\n",
            self.identity,
            key.trim_end()
        ))
    }

    /// The armoured signature over a file's bytes. Ed25519 takes no randomness: the same bytes give the same signature.
    ///
    /// # Errors
    /// A key that cannot sign, which does not happen with Ed25519.
    pub fn sign(&self, message: &[u8]) -> Result<String> {
        let signature = SshSig::sign(&self.key, NAMESPACE, HashAlg::Sha512, message).map_err(unreadable)?;
        let mut armoured = signature.to_pem(LineEnding::LF).map_err(unreadable)?;
        if !armoured.ends_with('\n') {
            armoured.push('\n');
        }
        Ok(armoured)
    }
}

/// Who of the allowed signers signed these bytes.
///
/// # Errors
/// A file that is not well formed, or a signature that none of the allowed signers made over these bytes.
pub fn verify(allowed_signers: &str, message: &[u8], armoured: &str) -> Result<Signatory> {
    let signature = SshSig::from_pem(armoured).map_err(unreadable)?;
    if signature.namespace() != NAMESPACE {
        return Err(Error::Signature(format!(
            "The signature was not made for {NAMESPACE}."
        )));
    }
    for line in allowed_signers
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (identity, key) = allowed_signer(line)?;
        if key.key_data() != signature.public_key() {
            continue;
        }
        return match key.verify(NAMESPACE, message, &signature) {
            Ok(()) => Ok(Signatory {
                identity,
                fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            }),
            Err(_) => Err(Error::Signature(
                "The signature does not belong to these bytes.".into(),
            )),
        };
    }
    Err(Error::Signature(
        "The signature was made with a key that is not among the allowed signers.".into(),
    ))
}

/// `identity [options] ssh-ed25519 <base64>`: the identity and the key.
fn allowed_signer(line: &str) -> Result<(String, PublicKey)> {
    let refused =
        || Error::Signature("A line of allowed_signers is not an identity with an ssh-ed25519 key.".into());
    let (identity, rest) = line.split_once(' ').ok_or_else(refused)?;
    let at = rest.find("ssh-ed25519 ").ok_or_else(refused)?;
    let options = rest[..at].trim_end();
    if !options.is_empty() && options != format!("namespaces=\"{NAMESPACE}\"") {
        return Err(refused());
    }
    let key = PublicKey::from_openssh(&rest[at..]).map_err(|_| refused())?;
    Ok((identity.to_owned(), key))
}

fn unreadable(source: ssh_key::Error) -> Error {
    Error::Signature(format!("The signature cannot be read or made: {source}."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> PackSigner {
        PackSigner::from_seed("evidence@example.org", &[8; 32]).expect("the identity is allowed")
    }

    #[test]
    fn the_signatory_is_named_and_altered_bytes_are_not_believed() {
        let (allowed, signature) = (
            signer().allowed_signers_line().expect("a line"),
            signer().sign(b"manifest").expect("signed"),
        );
        let signatory = verify(&allowed, b"manifest", &signature).expect("it holds");
        assert_eq!(signatory.identity, "evidence@example.org");
        assert_eq!(signatory.fingerprint, signer().fingerprint());
        assert!(verify(&allowed, b"manifests", &signature).is_err());
        assert_eq!(
            signature,
            signer().sign(b"manifest").expect("again"),
            "signing takes no randomness"
        );
    }

    #[test]
    fn a_key_that_is_not_allowed_does_not_count() {
        let other = PackSigner::from_seed("evidence@example.org", &[9; 32]).expect("the identity is allowed");
        let allowed = signer().allowed_signers_line().expect("a line");
        assert!(verify(&allowed, b"m", &other.sign(b"m").expect("signed")).is_err());
        assert!(verify("", b"m", &signer().sign(b"m").expect("signed")).is_err());
        let both = allowed.clone() + &other.allowed_signers_line().expect("a line");
        assert!(verify(&both, b"m", &other.sign(b"m").expect("signed")).is_ok());
        assert!(
            verify(
                &allowed.replace("evidence-pack", "git"),
                b"m",
                &signer().sign(b"m").expect("signed")
            )
            .is_err()
        );
    }

    #[test]
    fn identities_that_would_break_the_line_are_refused() {
        for identity in ["", "a b", "a\"b", "a,b", "*"] {
            assert!(PackSigner::from_seed(identity, &[8; 32]).is_err(), "{identity:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(allowed in any::<String>(), armoured in any::<String>()) {
            prop_assert!(verify(&allowed, b"m", &armoured).is_err());
            let signature = signer().sign(b"m").expect("signed");
            prop_assert!(verify(&allowed, b"m", &signature).is_err());
        }
    }
}
