//! Whether a lesson points at somebody real: host names and telephone numbers outside those set aside for examples.
//!
//! Sources are real and are allowed: a host that `course.toml` cites may be named in the lessons.

use std::collections::BTreeSet;

use super::{
    Look,
    structure::short,
    words::{Said, said},
};
use crate::{course::ASSETS, lesson};

/// Endings that people register names under. Endings that are also file names or methods
/// (`.py`, `.app`, `.io`) are left out in code.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "edu", "gov", "mil", "info", "biz", "uk", "de", "fr", "eu", "nl", "ch", "at", "us",
    "ca", "au", "co", "xyz", "online", "site", "shop", "top",
];
/// Endings looked for only where the text is plainly an address.
const ENDINGS_OF_ADDRESSES: &[&str] = &[
    "io", "app", "dev", "ai", "cloud", "me", "tv", "in", "it", "is", "to", "ly",
];

/// RFC 2606 and RFC 6761.
const ENDINGS_FOR_EXAMPLES: &[&str] = &["test", "example", "invalid", "localhost"];
const HOSTS_FOR_EXAMPLES: &[&str] = &["example.com", "example.org", "example.net", "example.edu"];

/// Digits of telephone numbers set aside for films and examples, without leading zeros and country
/// codes: 555-01xx (North America); Ofcom's 01632 960xxx, 07700 900xxx, 020 7946 0xxx.
const PHONES_FOR_EXAMPLES: &[&str] = &["55501", "1632960", "7700900", "2079460"];

pub(super) fn check(look: &mut Look<'_>) {
    drawings(look);
    texts(look);
}

/// What holds for the texts in any language.
pub(super) fn texts(look: &mut Look<'_>) {
    let cited: BTreeSet<String> = look
        .course()
        .sources
        .iter()
        .filter_map(|source| host_of(&source.url))
        .collect();
    let mut all = said(look);
    for lesson in &look.course().lessons {
        all.extend(links(&lesson.file, &lesson.body));
    }
    for said in &all {
        let named = if said.code {
            addresses(&said.text)
        } else {
            hosts(&said.text)
        };
        for host in named {
            if !is_for_examples(&host)
                && !cited
                    .iter()
                    .any(|cited| *cited == host || cited.ends_with(&format!(".{host}")))
            {
                look.warning(
                    (&said.file, said.line),
                    "real-domain",
                    format!("`{}` may belong to somebody.", short(&host)),
                    "Use example.com, or an ending of .example, .test or .invalid; cite a source in course.toml.",
                );
            }
        }
        for phone in phones(&said.text) {
            look.warning(
                (&said.file, said.line),
                "real-phone",
                format!("`{}` may ring at somebody's.", short(&phone)),
                "Use 555-0100 to 555-0199, or 01632 960000 to 960999.",
            );
        }
    }
}

/// A drawing that runs or fetches something is a program, not a picture.
fn drawings(look: &mut Look<'_>) {
    let folder = look.folder;
    for path in folder.paths(ASSETS, ".svg") {
        let text = folder.text(path).unwrap_or_default().to_lowercase();
        let plain: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace(" =", "=")
            .replace("= ", "=");
        let runs = ["<script", "<foreignobject", "javascript:", "<!entity", "@import"]
            .iter()
            .any(|part| plain.contains(part));
        let reacts = plain
            .split([' ', '/', '"', '\''])
            .any(|word| word.starts_with("on") && word.contains('='));
        let fetches = plain
            .match_indices("href=")
            .any(|(at, _)| !plain[at + 5..].starts_with(['"', '\'']) || !plain[at + 6..].starts_with('#'));
        if !plain.contains("<svg") || runs || reacts || fetches {
            look.error(
                (path, 0),
                "picture-active",
                "The drawing is no plain SVG: it runs or fetches something.",
                "Take out scripts, handlers and links to anything but its own parts.",
            );
        }
    }
}

fn links(file: &str, body: &str) -> Vec<Said> {
    let lines = lesson::LineCounter::new(body);
    let events = lesson::parser(body).into_offset_iter();
    events
        .filter_map(|(event, range)| match event {
            pulldown_cmark::Event::Start(pulldown_cmark::Tag::Link { dest_url, .. }) => Some(Said {
                file: file.to_owned(),
                line: lines.line(range.start),
                text: dest_url.to_string(),
                code: false,
            }),
            _ => None,
        })
        .collect()
}

fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// What looks like a host name in a sentence, in small letters.
fn hosts(text: &str) -> BTreeSet<String> {
    let found = dotted(text)
        .into_iter()
        .filter_map(|(before, host)| match before {
            Before::Address => is_address(&host).then_some(host),
            Before::Word => is_host(&host).then_some(host),
        });
    found.collect()
}

/// What looks like a host name in code: only what follows `//` or `@`, because `config.net` there is a field.
fn addresses(text: &str) -> BTreeSet<String> {
    let found = dotted(text)
        .into_iter()
        .filter(|(before, host)| *before == Before::Address && is_address(host));
    found.map(|(_, host)| host).collect()
}

/// What stands before a dotted name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// `//` or `@`: it is meant as an address.
    Address,
    Word,
}

/// Names with dots in them, in small letters. A part of a path is none.
fn dotted(text: &str) -> Vec<(Before, String)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(from) = text[start..].find(is_part).map(|i| start + i) {
        let to = text[from..]
            .find(|c| !is_part(c))
            .map_or(text.len(), |i| from + i);
        let before = &text[..from];
        let name = text[from..to].trim_matches(['.', '-']).to_lowercase();
        if before.ends_with("//") || before.ends_with('@') {
            found.push((Before::Address, name));
        } else if !before.ends_with('/') {
            found.push((Before::Word, name));
        }
        start = to;
    }
    found.retain(|(_, name)| name.contains('.'));
    found
}

fn is_host(name: &str) -> bool {
    has_ending(name, ENDINGS)
}

fn is_address(name: &str) -> bool {
    has_ending(name, ENDINGS) || has_ending(name, ENDINGS_OF_ADDRESSES)
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let Some((rest, ending)) = name.rsplit_once('.') else {
        return false;
    };
    endings.contains(&ending)
        && rest.split('.').all(|label| !label.is_empty())
        && rest.chars().any(|c| c.is_ascii_alphabetic())
}

fn is_for_examples(host: &str) -> bool {
    let ending = host.rsplit('.').next().unwrap_or_default();
    ENDINGS_FOR_EXAMPLES.contains(&ending)
        || HOSTS_FOR_EXAMPLES
            .iter()
            .any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

/// What looks like a telephone number that is not set aside: 9 to 15 digits, grouped or with a plus.
fn phones(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '+' | '/');
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(from) = text[start..].find(is_part).map(|i| start + i) {
        let to = text[from..]
            .find(|c| !is_part(c))
            .map_or(text.len(), |i| from + i);
        let inside_a_word =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '#' | '%'));
        let raw = &text[from..to];
        let touches = (!raw.starts_with(' ') && inside_a_word(text[..from].chars().next_back()))
            || (!raw.ends_with([' ', '.', ')']) && inside_a_word(text[to..].chars().next()));
        let run = raw.trim_matches([' ', '-', '.', '/']);
        if !touches && looks_like_a_phone(run) {
            found.push(run.to_owned());
        }
        start = to;
    }
    found
}

fn looks_like_a_phone(run: &str) -> bool {
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<&str> = run
        .split([' ', '-', '.', '/', '(', ')'])
        .filter(|group| !group.is_empty())
        .collect();
    let is_date = groups.len() >= 3 && groups[0].len() == 4 && groups[1].len() == 2 && groups[2].len() == 2;
    let is_address = run.contains('.') && !run.contains([' ', '-', '(']) && groups.len() == 4;
    let is_short_list = groups.iter().all(|group| group.len() < 3);
    (9..=15).contains(&digits.len())
        && (run.starts_with('+') || groups.len() >= 3 || run.starts_with('('))
        && !is_date
        && !is_address
        && !is_short_list
        && !PHONES_FOR_EXAMPLES.iter().any(|known| digits.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, does_not_find, finds};

    #[test]
    fn real_looking_hosts_are_found_and_examples_are_not() {
        let found = |text: &str| {
            hosts(text)
                .into_iter()
                .filter(|host| !is_for_examples(host))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("See paypal.com, or www.bank.co.uk."),
            ["paypal.com", "www.bank.co.uk"]
        );
        assert_eq!(found("it@corp.io and https://a.app/x"), ["a.app", "corp.io"]);
        assert_eq!(
            found("pay.example.com, a.test, mail@northwind.example, x.invalid"),
            Vec::<String>::new()
        );
        assert_eq!(
            found("main.rs, app.py, index.app, v1.2, 3.com, .com, e.g. this"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_field_in_code_is_no_host_but_an_address_is() {
        assert!(addresses("let c = config.net.org;").is_empty());
        assert_eq!(
            addresses("fetch('https://evil.com/x')")
                .into_iter()
                .collect::<Vec<_>>(),
            ["evil.com"]
        );
    }

    #[test]
    fn real_looking_phones_are_found_and_dates_and_examples_are_not() {
        assert_eq!(phones("Call +44 20 8123 4567 now."), ["+44 20 8123 4567"]);
        assert_eq!(phones("Ring (212) 736-5000"), ["(212) 736-5000"]);
        for fine in [
            "On 2026-11-20 09:00, and 2026-11-20 10 people.",
            "Call 212-555-0143.",
            "Call +44 1632 960123.",
            "CVE-2025-55182 and CVE-2025-55182 12",
            "192.168.100.200",
            "4111 1111 1111 1111",
            "1 2 3 4 5 6 7 8 9 10",
            "1839701000",
        ] {
            assert_eq!(phones(fine), Vec::<String>::new(), "{fine}");
        }
    }

    #[test]
    fn a_drawing_neither_runs_nor_fetches() {
        let drawing = |inside: &str| {
            sample::with(
                "assets/door.svg",
                &format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inside}</svg>"),
            )
        };
        for active in [
            "<script>x</script>",
            "<g  onload = 'x'/>",
            "<g\nonload='x'/>",
            "<a href=\"https://a.example\"/>",
            "<use href=x />",
            "<foreignObject/>",
        ] {
            finds("picture-active", &drawing(active));
        }
        finds("picture-active", &sample::with("assets/door.svg", "no drawing"));
        does_not_find(
            "picture-active",
            &drawing("<path id=\"a\" d=\"M0 0\"/><use href=\"#a\"/>"),
        );
    }

    #[test]
    fn a_lesson_names_only_hosts_for_examples_or_cited_ones() {
        finds(
            "real-domain",
            &sample::with("lessons/01-first.md", "# One\n\nGo to bank.com now.\n"),
        );
        finds(
            "real-domain",
            &sample::with("lessons/01-first.md", "# One\n\n[Go](https://bank.com/).\n"),
        );
        finds(
            "real-domain",
            &sample::with(
                "lessons/01-first.md",
                "# One\n\n```sh\ncurl https://bank.com\n```\n",
            ),
        );
        finds(
            "real-phone",
            &sample::with("lessons/01-first.md", "# One\n\nCall (212) 736-5000.\n"),
        );
        let cited = sample::changed(
            "course.toml",
            "https://example.org/report",
            "https://www.ncsc.gov.uk/report",
        );
        let mut cited = cited;
        cited.files.insert(
            "lessons/01-first.md".into(),
            b"# One\n\n[It](https://www.ncsc.gov.uk/other).\n".to_vec(),
        );
        does_not_find("real-domain", &cited);
    }
}
