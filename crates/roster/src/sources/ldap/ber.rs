//! The little of ASN.1 that LDAP needs: elements of one byte of tag, a definite length, and content (RFC 4511 §5.1).
//!
//! Reading never copies and never trusts a length: what does not fit is [`Broken`].
//!
//! Not here: what the elements mean ([`super::message`]).

/// What came is not what LDAP looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const OCTETS: u8 = 0x04;
pub const ENUMERATED: u8 = 0x0a;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// Four bytes of length are four gigabytes; nobody needs more, and Active Directory always writes four.
const LENGTH_BYTES_MAX: usize = 4;

/// An element around its content.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    if content.len() < 0x80 {
        out.push(u8::try_from(content.len()).unwrap_or_default());
    } else {
        let bytes = content.len().to_be_bytes();
        let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        out.push(0x80 | u8::try_from(bytes.len() - from).unwrap_or_default());
        out.extend_from_slice(&bytes[from..]);
    }
    out.extend_from_slice(content);
    out
}

/// A number that is not negative, in as few bytes as it takes.
pub fn number(tag: u8, number: u32) -> Vec<u8> {
    let bytes = [&[0], number.to_be_bytes().as_slice()].concat();
    let mut from = 0;
    // The first bit is the sign: a zero byte goes only when the next one does not begin with a one.
    while from < 4 && bytes[from] == 0 && bytes[from + 1] < 0x80 {
        from += 1;
    }
    element(tag, &bytes[from..])
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'a>(pub &'a [u8]);

impl<'a> Elements<'a> {
    /// The next element's tag and content, or `None` at the end.
    ///
    /// # Errors
    /// When the rest is not an element.
    pub fn take(&mut self) -> Result<Option<(u8, &'a [u8])>, Broken> {
        let Some(&tag) = self.0.first() else {
            return Ok(None);
        };
        let Some((header, length)) = measure(self.0)? else {
            return Err(Broken);
        };
        let content = self.0.get(header..header.saturating_add(length)).ok_or(Broken)?;
        self.0 = &self.0[header + length..];
        Ok(Some((tag, content)))
    }

    /// The content of the next element, which has to have this tag.
    ///
    /// # Errors
    /// When there is none, or it is something else.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Broken> {
        match self.take()? {
            Some((found, content)) if found == tag => Ok(content),
            _ => Err(Broken),
        }
    }

    /// # Errors
    /// When the next element is not a number of this tag that fits.
    pub fn number(&mut self, tag: u8) -> Result<u32, Broken> {
        let content = self.expect(tag)?;
        if content.is_empty() || content.len() > 5 || content[0] >= 0x80 {
            return Err(Broken);
        }
        let number = content
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        u32::try_from(number).map_err(|_| Broken)
    }
}

/// How many bytes the first element takes, its tag and length included; `None` while too few have come to say.
///
/// # Errors
/// When no element begins like this.
pub fn whole(bytes: &[u8]) -> Result<Option<usize>, Broken> {
    Ok(measure(bytes)?.map(|(header, length)| header.saturating_add(length)))
}

fn measure(bytes: &[u8]) -> Result<Option<(usize, usize)>, Broken> {
    let [tag, first, ..] = *bytes else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err(Broken);
    }
    if first < 0x80 {
        return Ok(Some((2, usize::from(first))));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > LENGTH_BYTES_MAX {
        return Err(Broken);
    }
    let Some(length) = bytes.get(2..2 + count) else {
        return Ok(None);
    };
    let length = length
        .iter()
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    Ok(Some((2 + count, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_and_read_in_every_form() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let written = element(OCTETS, &vec![7; length]);
            assert_eq!(whole(&written), Ok(Some(written.len())));
            let mut elements = Elements(&written);
            assert_eq!(elements.expect(OCTETS).map(<[u8]>::len), Ok(length));
            assert_eq!(elements.take(), Ok(None));
        }
        // Active Directory writes every length with four bytes.
        assert_eq!(
            Elements(&[OCTETS, 0x84, 0, 0, 0, 1, 9]).expect(OCTETS),
            Ok([9].as_slice())
        );
    }

    #[test]
    fn numbers_are_never_taken_for_negative_ones() {
        for n in [0, 1, 127, 128, 255, 256, 32_768, u32::MAX] {
            assert_eq!(Elements(&number(INTEGER, n)).number(INTEGER), Ok(n));
        }
        assert_eq!(number(INTEGER, 128), [INTEGER, 2, 0, 128]);
        assert_eq!(Elements(&[INTEGER, 1, 0xff]).number(INTEGER), Err(Broken));
    }

    #[test]
    fn a_length_that_lies_is_broken_and_a_short_one_waits() {
        assert_eq!(Elements(&[SEQUENCE, 5, 1]).take(), Err(Broken));
        assert_eq!(whole(&[SEQUENCE]), Ok(None));
        assert_eq!(whole(&[SEQUENCE, 0x82, 1]), Ok(None));
        assert_eq!(whole(&[SEQUENCE, 0x80]), Err(Broken), "an indefinite length");
        assert_eq!(whole(b"HTTP/1.1 400"), Ok(Some(2 + usize::from(b'T'))));
    }
}
