//! The messages of LDAP that reading a list of people takes (RFC 4511), and the control that cuts it into pages (RFC 2696).
//!
//! Requests come out as bytes and answers go in as bytes. What we never ask for is not understood: nothing here can change
//! anything in a directory.
//!
//! Not here: the connection ([`crate::directory`]), and what an entry means ([`super`]).

use super::ber::{
    self, BOOLEAN, Broken, ENUMERATED, Elements, INTEGER, OCTETS, SEQUENCE, SET, element, number,
};
use super::entry::{Attribute, Entry};

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// The context-specific tag of a message's controls, and that of a simple password and an operation's name.
const CONTROLS: u8 = 0xa0;
const FIRST: u8 = 0x80;

/// More attributes than we ask for are not ours.
const ATTRIBUTES_MAX: usize = 200;
/// Somebody in more groups than this has a directory of their own.
const VALUES_MAX: usize = 20_000;

/// A search of a whole subtree, one page of it.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    pub base: &'a str,
    /// As [`super::filter::compile`] makes it.
    pub filter: &'a [u8],
    pub attributes: &'a [&'a str],
    pub page: u32,
    /// What the last page's answer gave; empty for the first.
    pub cookie: &'a [u8],
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    pub code: u32,
    /// What the server says about it, for whoever looks after it.
    pub diagnostic: String,
}

/// What a server can answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Bound(Outcome),
    Extended(Outcome),
    Entry(Entry),
    /// People who are in another directory.
    Reference,
    /// The page is whole; with a cookie there is another.
    Done {
        outcome: Outcome,
        cookie: Vec<u8>,
    },
    /// The server ends the connection, or says what nobody asked.
    Other,
}

pub fn bind(id: u32, name: &str, password: &str) -> Vec<u8> {
    let content = [
        number(INTEGER, 3),
        element(OCTETS, name.as_bytes()),
        element(FIRST, password.as_bytes()),
    ];
    message(id, &element(0x60, &content.concat()), &[])
}

pub fn start_tls(id: u32) -> Vec<u8> {
    message(id, &element(0x77, &element(FIRST, START_TLS.as_bytes())), &[])
}

pub fn unbind(id: u32) -> Vec<u8> {
    message(id, &element(0x42, &[]), &[])
}

pub fn search(id: u32, search: &Search<'_>) -> Vec<u8> {
    let attributes: Vec<u8> = search
        .attributes
        .iter()
        .flat_map(|name| element(OCTETS, name.as_bytes()))
        .collect();
    let content = [
        element(OCTETS, search.base.as_bytes()),
        number(ENUMERATED, 2),
        // Aliases are not followed, so that nobody comes twice.
        number(ENUMERATED, 0),
        number(INTEGER, 0),
        number(INTEGER, 0),
        element(BOOLEAN, &[0]),
        search.filter.to_vec(),
        element(SEQUENCE, &attributes),
    ];
    let page = [number(INTEGER, search.page), element(OCTETS, search.cookie)].concat();
    let control = [
        element(OCTETS, PAGED_RESULTS.as_bytes()),
        // Critical: a server without pages has to say so, rather than to stop somewhere.
        element(BOOLEAN, &[0xff]),
        element(OCTETS, &element(SEQUENCE, &page)),
    ];
    let controls = element(CONTROLS, &element(SEQUENCE, &control.concat()));
    message(id, &element(0x63, &content.concat()), &controls)
}

fn message(id: u32, operation: &[u8], controls: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&number(INTEGER, id), operation, controls].concat())
}

/// The number of the request that is answered, 0 when none is, and the answer.
///
/// # Errors
/// When the bytes are no message.
pub fn answer(bytes: &[u8]) -> Result<(u32, Answer), Broken> {
    let mut message = Elements(Elements(bytes).expect(SEQUENCE)?);
    let id = message.number(INTEGER)?;
    let (tag, content) = message.take()?.ok_or(Broken)?;
    let answer = match tag {
        0x61 => Answer::Bound(outcome(content)?),
        0x78 if id == 0 => Answer::Other,
        0x78 => Answer::Extended(outcome(content)?),
        0x64 => Answer::Entry(entry(content)?),
        0x73 => Answer::Reference,
        0x65 => Answer::Done {
            outcome: outcome(content)?,
            cookie: cookie(message)?,
        },
        _ => Answer::Other,
    };
    Ok((id, answer))
}

fn outcome(content: &[u8]) -> Result<Outcome, Broken> {
    let mut fields = Elements(content);
    let code = fields.number(ENUMERATED)?;
    fields.expect(OCTETS)?;
    let diagnostic = String::from_utf8_lossy(fields.expect(OCTETS)?).into_owned();
    Ok(Outcome { code, diagnostic })
}

fn cookie(mut rest: Elements<'_>) -> Result<Vec<u8>, Broken> {
    while let Some((tag, content)) = rest.take()? {
        let mut controls = Elements(if tag == CONTROLS { content } else { &[] });
        while let Some((_, control)) = controls.take()? {
            let mut fields = Elements(control);
            if fields.expect(OCTETS)? != PAGED_RESULTS.as_bytes() {
                continue;
            }
            // The criticality may stand between.
            while let Some((tag, value)) = fields.take()? {
                if tag == OCTETS {
                    let mut page = Elements(Elements(value).expect(SEQUENCE)?);
                    page.expect(INTEGER)?;
                    return Ok(page.expect(OCTETS)?.to_vec());
                }
            }
        }
    }
    Ok(Vec::new())
}

fn entry(content: &[u8]) -> Result<Entry, Broken> {
    let mut fields = Elements(content);
    let name = String::from_utf8(fields.expect(OCTETS)?.to_vec()).map_err(|_| Broken)?;
    let mut listed = Elements(fields.expect(SEQUENCE)?);
    let mut attributes = Vec::new();
    while let Some((tag, content)) = listed.take()? {
        if tag != SEQUENCE || attributes.len() >= ATTRIBUTES_MAX {
            return Err(Broken);
        }
        let mut parts = Elements(content);
        let name = String::from_utf8(parts.expect(OCTETS)?.to_vec()).map_err(|_| Broken)?;
        let mut given = Elements(parts.expect(SET)?);
        let mut values = Vec::new();
        while let Some((tag, value)) = given.take()? {
            if tag != OCTETS || values.len() >= VALUES_MAX {
                return Err(Broken);
            }
            values.push(value.to_vec());
        }
        attributes.push(Attribute { name, values });
    }
    Ok(Entry { name, attributes })
}

/// How many bytes the first message takes; `None` while too few have come to say.
///
/// # Errors
/// When it is no message of LDAP at all.
pub fn length(bytes: &[u8]) -> Result<Option<usize>, Broken> {
    if bytes.first().is_some_and(|tag| *tag != SEQUENCE) {
        return Err(Broken);
    }
    ber::whole(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str) -> Vec<u8> {
        element(OCTETS, text.as_bytes())
    }

    /// What a server sends for an entry: the fuzzer and the tests of the whole begin with it too.
    fn sent(name: &str, attributes: &[(&str, &[&str])]) -> Vec<u8> {
        let listed: Vec<u8> = attributes
            .iter()
            .flat_map(|(name, values)| {
                let values: Vec<u8> = values.iter().flat_map(|value| octets(value)).collect();
                element(SEQUENCE, &[octets(name), element(SET, &values)].concat())
            })
            .collect();
        message(
            7,
            &element(0x64, &[octets(name), element(SEQUENCE, &listed)].concat()),
            &[],
        )
    }

    #[test]
    fn an_entry_is_read_as_it_was_sent() {
        let (id, answer) = answer(&sent(
            "uid=ada,dc=x",
            &[("mail", &["a@x.example", "b@x.example"]), ("cn", &[])],
        ))
        .expect("it is a message");
        let Answer::Entry(entry) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((id, entry.name.as_str()), (7, "uid=ada,dc=x"));
        assert_eq!(
            entry.texts("MAIL").collect::<Vec<_>>(),
            ["a@x.example", "b@x.example"]
        );
        assert_eq!(entry.texts("cn").count(), 0);
    }

    #[test]
    fn the_end_of_a_page_says_whether_there_is_another() {
        let result = [number(ENUMERATED, 0), octets(""), octets("fine")].concat();
        let page = element(SEQUENCE, &[number(INTEGER, 0), octets("more")].concat());
        let other = element(SEQUENCE, &[octets("1.2.3"), octets("x")].concat());
        let ours = element(
            SEQUENCE,
            &[octets(PAGED_RESULTS), element(OCTETS, &page)].concat(),
        );
        let controls = element(CONTROLS, &[other, ours].concat());
        let done = |controls: &[u8]| {
            answer(&message(3, &element(0x65, &result), controls)).map(|(_, answer)| answer)
        };
        let expected = |cookie: &[u8]| Answer::Done {
            outcome: Outcome {
                code: 0,
                diagnostic: "fine".to_owned(),
            },
            cookie: cookie.to_vec(),
        };
        assert_eq!(done(&controls), Ok(expected(b"more")));
        assert_eq!(done(&[]), Ok(expected(b"")));
    }

    #[test]
    fn what_is_asked_is_well_formed() {
        let asked = search(
            2,
            &Search {
                base: "dc=x",
                filter: &element(0x87, b"objectClass"),
                attributes: &["mail", "cn"],
                page: 500,
                cookie: b"",
            },
        );
        for bytes in [asked, bind(1, "cn=reader", "secret"), start_tls(1), unbind(9)] {
            assert_eq!(length(&bytes), Ok(Some(bytes.len())));
            let (_, answer) = answer(&bytes).expect("a message has a number and an operation");
            assert_eq!(answer, Answer::Other, "no server sends it");
        }
    }

    #[test]
    fn what_is_no_message_is_broken() {
        assert_eq!(length(b"HTTP/1.1 400 Bad Request"), Err(Broken));
        let whole = sent("uid=ada", &[("mail", &["a@x.example"])]);
        for cut in 2..whole.len() {
            assert_eq!(answer(&whole[..cut]), Err(Broken), "cut after {cut} bytes");
        }
    }
}
