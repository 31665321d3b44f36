//! One entry of a directory, and how its values are to be read: ids, names of entries, instants.
//!
//! Not here: what the values mean for a person ([`super`]).

use db::{Day, Moment, Zone};

/// An entry as a server sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub name: String,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub values: Vec<Vec<u8>>,
}

impl Entry {
    /// The values of the attribute as they are. Options such as `;lang-de` name other attributes; `;range=0-1499` is how
    /// Active Directory begins a long list.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let is_asked = move |attribute: &&Attribute| {
            let (base, option) = attribute.name.split_once(';').unwrap_or((&attribute.name, ""));
            base.eq_ignore_ascii_case(name) && (option.is_empty() || option.starts_with("range="))
        };
        let named = self.attributes.iter().filter(is_asked);
        named.flat_map(|attribute| attribute.values.iter().map(Vec::as_slice))
    }

    /// The values that are text, with one space between words, the empty ones left out.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.values(name).filter_map(|value| {
            let text = std::str::from_utf8(value).ok()?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        })
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.texts(name).next()
    }

    /// Whether Active Directory cut the list of values short.
    pub fn is_cut_short(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| {
            let split = attribute.name.split_once(";range=");
            split.is_some_and(|(base, range)| base.eq_ignore_ascii_case(name) && !range.ends_with('*'))
        })
    }
}

/// A GUID's sixteen bytes as they are written, the first three parts of which Microsoft turns around.
pub fn guid(bytes: &[u8]) -> Option<String> {
    let b: [u8; 16] = bytes.try_into().ok()?;
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = String::with_capacity(36);
    for (at, from) in order.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&hex::encode([b[from]]));
    }
    Some(text)
}

/// A distinguished name in the one form in which equal names are equal: lower case, no space around its signs, escapes undone.
pub fn same_name(name: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(name.len());
    let mut rest = name.trim().as_bytes();
    let trim = |out: &mut Vec<u8>| {
        while out.last() == Some(&b' ') {
            out.pop();
        }
    };
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => {
                let code = rest.get(..2).and_then(|code| std::str::from_utf8(code).ok());
                match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                    Some(code) => {
                        out.push(code);
                        rest = &rest[2..];
                    }
                    None => {
                        out.extend(rest.first());
                        rest = rest.get(1..).unwrap_or_default();
                    }
                }
            }
            // A sign that parts is told from one that was escaped.
            b',' | b';' => {
                trim(&mut out);
                out.push(1);
                rest = rest.trim_ascii_start();
            }
            b'=' | b'+' => {
                trim(&mut out);
                out.push(byte);
                rest = rest.trim_ascii_start();
            }
            _ => out.push(byte),
        }
    }
    trim(&mut out);
    String::from_utf8_lossy(&out).to_lowercase()
}

/// The tag a group becomes: the letters and digits of its own name, with dashes between.
pub fn group_tag(name: &str) -> String {
    let same = same_name(name);
    let own = same.split('\u{1}').next().unwrap_or_default();
    let value = own.split_once('=').map_or(own, |(_, value)| value);
    let words = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The last day of an account that Active Directory says expires, in hundred nanoseconds since 1601; `None` when it never does.
/// Its own window shows the day before an expiry at midnight, and so do we.
pub fn expires_on(text: &str, zone: &Zone) -> Option<Day> {
    /// Seconds from 1601 to 1970.
    const EPOCH_SECONDS: i64 = 11_644_473_600;
    /// The year 9999 and above are other ways of saying never.
    const YEAR_MAX: i32 = 9_000;
    let ticks: i64 = text.parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return None;
    }
    let before = Moment((ticks / 10_000 - EPOCH_SECONDS * 1_000).saturating_sub(1));
    let day = before.day(zone);
    (day.year() < YEAR_MAX).then_some(day)
}

/// A day as directories write it: `20240115`, `20240115083000Z`, or the way of files, which is left as it is.
pub fn day_text(text: &str, zone: &Zone) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits < 8 || text.len() == 8 && digits != 8 {
        return text.to_owned();
    }
    let rfc = |time: &str| format!("{}-{}-{}T{time}Z", &text[..4], &text[4..6], &text[6..8]);
    if digits == 8 && text.len() == 8 {
        return format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]);
    }
    if digits == 14 && text.ends_with('Z') {
        let time = format!("{}:{}:{}", &text[8..10], &text[10..12], &text[12..14]);
        if let Ok(moment) = rfc(&time).parse::<Moment>() {
            return moment.day(zone).to_string();
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_as_microsoft_writes_it() {
        let bytes = hex::decode("0f1e2d3c4b5a69788796a5b4c3d2e1f0").expect("hex");
        assert_eq!(
            guid(&bytes).as_deref(),
            Some("3c2d1e0f-5a4b-7869-8796-a5b4c3d2e1f0")
        );
        assert_eq!(guid(&bytes[1..]), None);
    }

    #[test]
    fn equal_names_are_equal_however_they_are_written() {
        let one = same_name("CN=Lovelace\\, Ada,OU=People,DC=example,DC=org");
        assert_eq!(
            one,
            same_name("cn=lovelace\\2c ada , ou = people,dc=Example, dc=org")
        );
        assert_ne!(one, same_name("CN=Lovelace,CN=Ada,OU=People,DC=example,DC=org"));
        assert_eq!(same_name("CN=M\\C3\\BCller"), same_name("cn=müller"));
        assert_eq!(same_name("a\\"), "a");
    }

    #[test]
    fn a_group_becomes_a_tag_of_one_word() {
        assert_eq!(
            group_tag("CN=SEC Production Access,OU=Groups,DC=x"),
            "sec-production-access"
        );
        assert_eq!(group_tag("cn=developers,ou=groups"), "developers");
        assert_eq!(group_tag("CN=R\\,D,DC=x"), "r-d");
    }

    #[test]
    fn an_account_expires_at_the_end_of_a_day_or_never() {
        let zone = Zone::named("Europe/Berlin").expect("bundled");
        // Midnight in Berlin as the 1st of July 2026 begins: the last day is the 30th of June.
        let ticks = (Day::ymd(2026, 7, 1).start(&zone).0 + 11_644_473_600_000) * 10_000;
        assert_eq!(expires_on(&ticks.to_string(), &zone), Some(Day::ymd(2026, 6, 30)));
        for never in ["0", "9223372036854775807", "", "soon", "-1"] {
            assert_eq!(expires_on(never, &zone), None, "{never}");
        }
    }

    #[test]
    fn days_are_read_in_the_ways_of_directories() {
        let zone = Zone::named("Europe/Berlin").expect("bundled");
        assert_eq!(day_text("20240115", &zone), "2024-01-15");
        assert_eq!(day_text("20240115233000Z", &zone), "2024-01-16");
        for left in [
            "2024-01-15",
            "15.01.2024",
            "soon",
            "2024",
            "20240115233000+0100",
            "20241315233000Z",
        ] {
            assert_eq!(day_text(left, &zone), left);
        }
    }

    #[test]
    fn options_name_other_attributes_and_a_range_is_noticed() {
        let attribute = |name: &str, value: &str| Attribute {
            name: name.to_owned(),
            values: vec![value.as_bytes().to_vec()],
        };
        let entry = Entry {
            name: String::new(),
            attributes: vec![
                attribute("givenName;lang-de", "Ada-de"),
                attribute("givenname", " Ada  M "),
                attribute("memberOf;range=0-1499", "cn=a"),
            ],
        };
        assert_eq!(entry.text("givenName").as_deref(), Some("Ada M"));
        assert!(entry.is_cut_short("memberof"));
        assert_eq!(entry.texts("memberOf").count(), 1);
    }
}
