//! A filter as people write it (RFC 4515), turned into what a server is asked.
//!
//! What is not a filter is refused in words that say where. A filter only ever narrows what a bind account may read anyway.
//!
//! Not here: which people a filter should name; the manual has filters for the usual directories.

use db::Refusal;

use super::ber::{OCTETS, SEQUENCE, element};

/// Long enough for a list of a hundred groups.
const FILTER_CHARS_MAX: usize = 8_000;
/// Brackets within brackets; people stop understanding far earlier.
const DEPTH_MAX: usize = 20;

/// The filter as a search carries it.
///
/// # Errors
/// A refusal naming the field `filter`.
pub fn compile(text: &str) -> Result<Vec<u8>, Refusal> {
    if text.chars().count() > FILTER_CHARS_MAX {
        return Err(refused(
            "The filter has more than 8,000 characters; make a group in the directory and filter by it.",
        ));
    }
    let mut reading = Reading {
        rest: text.trim(),
        depth: 0,
    };
    let compiled = reading.filter()?;
    if !reading.rest.is_empty() {
        return Err(refused(format!(
            "The filter ends before “{}”. Put an & in front and brackets around the whole: (&(…)(…)).",
            shown(reading.rest)
        )));
    }
    Ok(compiled)
}

struct Reading<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reading<'_> {
    fn filter(&mut self) -> Result<Vec<u8>, Refusal> {
        self.take('(')?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(refused(
                "The filter has brackets more than twenty deep; write it more simply.",
            ));
        }
        let compiled = match self.rest.chars().next() {
            Some('&') => self.several(0xa0)?,
            Some('|') => self.several(0xa1)?,
            Some('!') => {
                self.take('!')?;
                element(0xa2, &self.filter()?)
            }
            _ => self.item()?,
        };
        self.depth -= 1;
        self.take(')')?;
        Ok(compiled)
    }

    fn several(&mut self, tag: u8) -> Result<Vec<u8>, Refusal> {
        self.rest = &self.rest[1..];
        let mut content = Vec::new();
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('(') {
            content.extend(self.filter()?);
            self.rest = self.rest.trim_start();
        }
        if content.is_empty() {
            return Err(refused(
                "In the filter there is nothing after & or |; put brackets with conditions there.",
            ));
        }
        Ok(element(tag, &content))
    }

    fn item(&mut self) -> Result<Vec<u8>, Refusal> {
        let end = self.rest.find(['(', ')']).unwrap_or(self.rest.len());
        let (item, rest) = self.rest.split_at(end);
        self.rest = rest;
        let no_sign = || {
            refused(format!(
                "“{}” in the filter is no condition; write (attribute=value).",
                shown(item)
            ))
        };
        let (left, value) = item.split_once('=').ok_or_else(no_sign)?;
        let (left, sign) = match left.as_bytes().last() {
            Some(b'>') => (&left[..left.len() - 1], 0xa5),
            Some(b'<') => (&left[..left.len() - 1], 0xa6),
            Some(b'~') => (&left[..left.len() - 1], 0xa8),
            Some(b':') => return matching(&left[..left.len() - 1], value, item),
            _ => (left, 0xa3),
        };
        let left = left.trim();
        if !is_attribute(left) {
            return Err(no_sign());
        }
        let attribute = element(OCTETS, left.as_bytes());
        if sign != 0xa3 || !value.contains('*') {
            return Ok(element(
                sign,
                &[attribute, element(OCTETS, &unescaped(value)?)].concat(),
            ));
        }
        if value == "*" {
            return Ok(element(0x87, left.as_bytes()));
        }
        let parts: Vec<&str> = value.split('*').collect();
        let mut pieces = Vec::new();
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            let tag = match index {
                0 => 0x80,
                _ if index + 1 == parts.len() => 0x82,
                _ => 0x81,
            };
            pieces.extend(element(tag, &unescaped(part)?));
        }
        Ok(element(0xa4, &[attribute, element(SEQUENCE, &pieces)].concat()))
    }

    fn take(&mut self, mark: char) -> Result<(), Refusal> {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(mark) else {
            let here = if self.rest.is_empty() {
                "its end"
            } else {
                shown(self.rest)
            };
            return Err(refused(format!(
                "The filter lacks a {mark} at {here}. A filter is written like (objectClass=person) or (&(…)(…))."
            )));
        };
        self.rest = rest.trim_start();
        Ok(())
    }
}

/// `attribute:rule:=value`, as Active Directory needs it to look at single bits and at groups within groups.
fn matching(left: &str, value: &str, item: &str) -> Result<Vec<u8>, Refusal> {
    let mut parts = left.split(':');
    let attribute = parts.next().unwrap_or_default().trim();
    let mut rest: Vec<&str> = parts.collect();
    let with_names = rest.first() == Some(&"dn");
    if with_names {
        rest.remove(0);
    }
    let rule = rest.first().copied().unwrap_or_default();
    let known = (attribute.is_empty() || is_attribute(attribute))
        && rest.len() <= 1
        && (rule.is_empty() || is_attribute(rule))
        && !(attribute.is_empty() && rule.is_empty());
    if !known {
        return Err(refused(format!(
            "“{}” in the filter is no condition; write (attribute=value).",
            shown(item)
        )));
    }
    let mut content = Vec::new();
    if !rule.is_empty() {
        content.extend(element(0x81, rule.as_bytes()));
    }
    if !attribute.is_empty() {
        content.extend(element(0x82, attribute.as_bytes()));
    }
    content.extend(element(0x83, &unescaped(value)?));
    if with_names {
        content.extend(element(0x84, &[0xff]));
    }
    Ok(element(0xa9, &content))
}

/// Whether this can be the name of an attribute: letters, digits, `-` and `;`, or a number with dots.
pub fn is_attribute(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';'))
}

fn unescaped(value: &str) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'\\' {
            out.push(byte);
            rest = after;
            continue;
        }
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(code.ok_or_else(|| {
            refused(format!(
                "After the backslash in “{}” stand two digits: \\28 for (, \\29 for ), \\2a for *, \\5c for a backslash.",
                shown(value)
            ))
        })?);
        rest = &after[2..];
    }
    Ok(out)
}

fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(30).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn refused(sentence: impl Into<String>) -> Refusal {
    Refusal::new("filter-unreadable", sentence).field("filter")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(list: &[&[u8]]) -> Vec<u8> {
        list.concat()
    }

    #[test]
    fn conditions_become_what_the_standard_says() {
        let person = element(
            0xa3,
            &parts(&[&element(OCTETS, b"objectClass"), &element(OCTETS, b"person")]),
        );
        assert_eq!(compile("(objectClass=person)"), Ok(person.clone()));
        assert_eq!(compile("(mail=*)"), Ok(element(0x87, b"mail")));
        assert_eq!(
            compile("(& (objectClass=person) (!(mail=*)) )"),
            Ok(element(
                0xa0,
                &parts(&[&person, &element(0xa2, &element(0x87, b"mail"))])
            ))
        );
        let pieces = parts(&[&element(0x80, b"A"), &element(0x81, b"d"), &element(0x82, b"a")]);
        assert_eq!(
            compile("(cn=A*d*a)"),
            Ok(element(
                0xa4,
                &parts(&[&element(OCTETS, b"cn"), &element(SEQUENCE, &pieces)])
            ))
        );
        assert_eq!(
            compile(r"(cn=\28x\29)"),
            Ok(element(
                0xa3,
                &parts(&[&element(OCTETS, b"cn"), &element(OCTETS, b"(x)")])
            ))
        );
    }

    #[test]
    fn active_directory_can_be_asked_for_a_bit() {
        let rule = "1.2.840.113556.1.4.803";
        let content = parts(&[
            &element(0x81, rule.as_bytes()),
            &element(0x82, b"userAccountControl"),
            &element(0x83, b"2"),
        ]);
        assert_eq!(
            compile(&format!("(userAccountControl:{rule}:=2)")),
            Ok(element(0xa9, &content))
        );
        let with_names = parts(&[
            &element(0x82, b"ou"),
            &element(0x83, b"x"),
            &element(0x84, &[0xff]),
        ]);
        assert_eq!(compile("(ou:dn:=x)"), Ok(element(0xa9, &with_names)));
    }

    #[test]
    fn what_is_no_filter_is_refused_in_a_sentence() {
        let deep = format!("{}(a=b){}", "(!".repeat(30), ")".repeat(30));
        let long = format!("(a={})", "x".repeat(9_000));
        for bad in [
            "",
            "mail=*",
            "(mail=*",
            "(mail=*))",
            "(mail)",
            "(=x)",
            "(&)",
            "(a=b)(c=d)",
            r"(a=\zz)",
            r"(a=\2)",
            "(a b=c)",
            "(:=x)",
            "(a:b:c:=x)",
            &deep,
            &long,
        ] {
            let refusal = compile(bad).expect_err(bad);
            assert_eq!(refusal.field.as_deref(), Some("filter"), "{bad}");
            assert!(refusal.sentence.ends_with('.'), "{}", refusal.sentence);
        }
    }
}
