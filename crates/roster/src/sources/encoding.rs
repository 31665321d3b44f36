//! Turns the bytes of a file into text, whatever program wrote them.
//!
//! A byte order mark decides; without one UTF-16 shows by its zero bytes, UTF-8 by being valid, and the rest is Windows-1252.
//! Nothing is replaced by a question mark: bytes that mean nothing are refused.
//!
//! Not here: what the text says ([`crate::sources::csv`]).

use std::borrow::Cow;

use db::Refusal;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file without a byte order mark is looked at for UTF-16's zero bytes.
const LOOKED_AT_BYTES: usize = 4_096;

/// The text, and the encoding's name when it was not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Borrowed when the bytes are UTF-8 already.
    pub text: Cow<'a, str>,
    pub foreign: Option<&'static str>,
}

/// The text of the file, without its byte order mark.
///
/// # Errors
/// A refusal when the file is a workbook or a PDF, or holds bytes that are no text.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Refusal> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Refusal::new(
            "file-is-a-workbook",
            "The file is a workbook, not CSV. In the spreadsheet program choose Save as, CSV UTF-8, and send that file.",
        )
        .field("file"));
    }
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[mark_bytes..]);
    }
    let guess = guess(bytes);
    if guess == WINDOWS_1252 && bytes.iter().any(|byte| is_undefined_in_windows_1252(*byte)) {
        return Err(undecodable());
    }
    decode_as(guess, bytes)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let zeros = |remainder: usize| {
        head.iter()
            .skip(remainder)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    // Latin text in UTF-16 has a zero in nearly every pair; a third leaves room for names in other scripts.
    let enough = (head.len() / 6).max(1);
    if odd >= enough && odd > even * 4 {
        UTF_16LE
    } else if even >= enough && even > odd * 4 {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Decoded<'a>, Refusal> {
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(undecodable)?;
    if text.contains('\0') {
        return Err(undecodable());
    }
    let foreign = (encoding != UTF_8).then(|| encoding.name());
    Ok(Decoded { text, foreign })
}

/// The five bytes without a character, and zero: no export in Windows-1252 holds them.
fn is_undefined_in_windows_1252(byte: u8) -> bool {
    matches!(byte, 0x00 | 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

fn undecodable() -> Refusal {
    Refusal::new(
        "file-is-not-text",
        "The file is not text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8 and send it again.",
    )
    .field("file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, write: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(write).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "id,name\n1,Zoë Müller\n";
        let mut with_mark = b"\xEF\xBB\xBF".to_vec();
        with_mark.extend(text.as_bytes());
        let mut little = b"\xFF\xFE".to_vec();
        little.extend(utf16(text, u16::to_le_bytes));
        let mut big = b"\xFE\xFF".to_vec();
        big.extend(utf16(text, u16::to_be_bytes));
        let western = b"id,name\n1,Zo\xEB M\xFCller\n".to_vec();
        for bytes in [
            text.as_bytes().to_vec(),
            with_mark,
            little,
            big,
            utf16(text, u16::to_le_bytes),
            western,
        ] {
            assert_eq!(decode(&bytes).expect("it is text").text, text);
        }
    }

    #[test]
    fn a_foreign_encoding_is_named() {
        assert_eq!(
            decode(b"Zo\xEB").expect("it is text").foreign,
            Some("windows-1252")
        );
        assert_eq!(decode(b"Zoe").expect("it is text").foreign, None);
    }

    #[test]
    fn bytes_that_mean_nothing_are_refused() {
        for bytes in [
            &b"\xEF\xBB\xBFid\xFF"[..],
            b"id\x00\x01name,\x81\x00\x00",
            b"a,b\n\x81\xFF",
            b"a\0\0\0\0b,c,defgh",
        ] {
            assert_eq!(decode(bytes).expect_err("it is no text").code, "file-is-not-text");
        }
        assert_eq!(
            decode(b"PK\x03\x04rest").expect_err("it is a workbook").code,
            "file-is-a-workbook"
        );
    }
}
