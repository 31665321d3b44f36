//! No bytes make the pack reader panic, hang or take memory without a limit.
//!
//! Run: `cargo +nightly fuzz run pack`. A good seed is pack.zip of `cargo run -p seal --example sample -- FOLDER`.
//!
//! The first byte chooses the door: a whole pack, or the text formats behind it, which a random ZIP seldom reaches.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use seal::{Frontier, Hash, Proof, Record, Signer, Trust, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let Some((door, rest)) = bytes.split_first() else { return };
    if door % 4 == 0 {
        seal::verify(Cursor::new(rest), &Trust::default());
        return;
    }
    if let Ok(frontier) = Frontier::from_bytes(rest) {
        assert_eq!(frontier.to_bytes(), rest);
    }
    let Ok(text) = str::from_utf8(rest) else { return };
    if let Ok(verifier) = Verifier::from_vkey(text) {
        assert_eq!(verifier.vkey(), text);
    }
    if let Ok(signer) = Signer::from_seed("fuzz.example", &[1; 32]) {
        let verifier = signer.verifier();
        if let Ok(checkpoint) = seal::open(text, &verifier) {
            assert!(text.starts_with(&checkpoint.text()));
        }
        if let Ok(proof) = Proof::from_text(text) {
            assert!(proof.check(&Hash([0; 32]), &verifier).is_err());
        }
    }
    if let Ok(record) = Record::from_line(text) {
        let line = record.line();
        if record.leaf_hash().is_ok() {
            assert!(line.is_ok(), "a record with a leaf can be written");
        }
    }
    if let Ok((seq, path)) = seal::records::proof_from_line(text) {
        assert!(path.len() <= 64, "the path of {seq} has a limit");
    }
    if let Err(error) = seal::signature::verify(text, b"", text) {
        assert!(!error.to_string().is_empty());
    }
});
