//! A language by its BCP 47 tag: which tags a translation may have, what a language calls itself, which way it is written.
//!
//! Tags are kept in one writing (`de`, `pt-BR`, `zh-Hant`), so that equal languages are equal texts. Extensions and private
//! tags are left out: no text of a course needs them.

/// What languages call themselves, in the order of their tags: Unicode CLDR 48, `languages` in each language's own locale.
/// A language that is not here is shown by its tag.
const NAMES: &[(&str, &str)] = &[
    ("af", "Afrikaans"),
    ("ar", "العربية"),
    ("bg", "български"),
    ("bn", "বাংলা"),
    ("ca", "català"),
    ("cs", "čeština"),
    ("cy", "Cymraeg"),
    ("da", "dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "español"),
    ("et", "eesti"),
    ("eu", "euskara"),
    ("fa", "فارسی"),
    ("fi", "suomi"),
    ("fr", "français"),
    ("ga", "Gaeilge"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "hrvatski"),
    ("hu", "magyar"),
    ("id", "Indonesia"),
    ("it", "italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "lietuvių"),
    ("lv", "latviešu"),
    ("ms", "Melayu"),
    ("nb", "norsk bokmål"),
    ("nl", "Nederlands"),
    ("pl", "polski"),
    ("pt", "português"),
    ("ro", "română"),
    ("ru", "русский"),
    ("sk", "slovenčina"),
    ("sl", "slovenščina"),
    ("sr", "српски"),
    ("sv", "svenska"),
    ("sw", "Kiswahili"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
];

/// Languages written from right to left, where the tag names no script.
const RIGHT_TO_LEFT: &[&str] = &["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];
/// Scripts written from right to left.
const RIGHT_TO_LEFT_SCRIPTS: &[&str] = &["Adlm", "Arab", "Hebr", "Nkoo", "Syrc", "Thaa"];
/// The longest tag in use is shorter.
const TAG_BYTES_MAX: usize = 35;

/// Whether it is a tag, written as tags are written here.
pub fn is_tag(tag: &str) -> bool {
    written(tag).as_deref() == Some(tag)
}

/// The tag that somebody else's writing means: "de_AT.UTF-8", "DE-at" and "de-AT, en;q=0.8" are "de-AT", "Deutsch" is "de".
pub fn heard(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    if let Some((tag, _)) = NAMES.iter().find(|(_, name)| name.to_lowercase() == lower) {
        return Some((*tag).to_owned());
    }
    let first = text.trim().split([',', ';', '.', '@', ' ']).next()?;
    written(&first.replace('_', "-"))
}

/// What a language calls itself: "Deutsch", "português (BR)", or its tag.
pub fn name(tag: &str) -> String {
    let known = |tag: &str| {
        NAMES
            .iter()
            .find(|(known, _)| *known == tag)
            .map(|(_, name)| *name)
    };
    let mut base = tag;
    loop {
        if let Some(name) = known(base) {
            let rest = tag[base.len()..].trim_start_matches('-');
            return if rest.is_empty() {
                name.to_owned()
            } else {
                format!("{name} ({rest})")
            };
        }
        match base.rsplit_once('-') {
            Some((shorter, _)) => base = shorter,
            None => return tag.to_owned(),
        }
    }
}

/// `rtl` where the language is written so; nothing else needs saying.
pub fn direction(tag: &str) -> Option<&'static str> {
    let mut parts = tag.split('-');
    let base = parts.next().unwrap_or_default();
    let is_so = match parts.find(|part| part.len() == 4) {
        Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        None => RIGHT_TO_LEFT.contains(&base),
    };
    is_so.then_some("rtl")
}

/// The tag in its one writing: language, then script, region and variants, each at most where it belongs.
fn written(tag: &str) -> Option<String> {
    if tag.len() > TAG_BYTES_MAX {
        return None;
    }
    let mut out = String::with_capacity(tag.len());
    let mut stage = 0;
    for part in tag.split('-') {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric());
        let lower = part.to_ascii_lowercase();
        let (next, text) = match part.len() {
            2 | 3 if stage == 0 && letters => (1, lower),
            4 if stage == 1 && letters => (2, format!("{}{}", lower[..1].to_ascii_uppercase(), &lower[1..])),
            2 if (1..=2).contains(&stage) && letters => (3, part.to_ascii_uppercase()),
            3 if (1..=2).contains(&stage) && digits => (3, lower),
            5..=8 if stage > 0 && plain => (4, lower),
            4 if stage > 0 && plain && part.as_bytes()[0].is_ascii_digit() => (4, lower),
            _ => return None,
        };
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(&text);
        stage = next;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tag_has_one_writing() {
        for tag in [
            "de",
            "pt-BR",
            "zh-Hant",
            "sr-Latn-RS",
            "es-419",
            "de-CH-1996",
            "sl-rozaj",
            "gsw",
        ] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in [
            "",
            "d",
            "german",
            "DE",
            "de-at",
            "de_AT",
            "de-",
            "-de",
            "de-AT-Latn",
            "de-u-co-phonebk",
            "x-mine",
            "de-A",
            "../de",
            "dé",
        ] {
            assert!(!is_tag(tag), "{tag}");
        }
    }

    #[test]
    fn what_directories_write_is_understood() {
        for (text, tag) in [
            ("de", "de"),
            (" DE ", "de"),
            ("de_AT.UTF-8", "de-AT"),
            ("en-us, fr;q=0.8", "en-US"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("deutsch", "de"),
            ("Tiếng Việt", "vi"),
        ] {
            assert_eq!(heard(text).as_deref(), Some(tag), "{text}");
        }
        for text in ["", "German", "1031", "*", "de--AT"] {
            assert_eq!(heard(text), None, "{text}");
        }
    }

    #[test]
    fn languages_are_called_as_they_call_themselves() {
        for (tag, called) in [
            ("de", "Deutsch"),
            ("pt-BR", "português (BR)"),
            ("zh-Hant", "繁體中文"),
            ("zh-Hant-TW", "繁體中文 (TW)"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(name(tag), called);
        }
        assert!(NAMES.is_sorted_by_key(|(tag, _)| *tag) && NAMES.iter().all(|(tag, _)| is_tag(tag)));
    }

    #[test]
    fn what_is_written_from_right_to_left_says_so() {
        assert!(
            ["ar", "ar-EG", "he", "ks-Arab", "ur"]
                .iter()
                .all(|tag| direction(tag) == Some("rtl"))
        );
        assert!(
            ["de", "ur-Latn", "en-GB", "ks"]
                .iter()
                .all(|tag| direction(tag).is_none())
        );
    }

    proptest! {
        #[test]
        fn what_is_heard_is_a_tag(text in ".{0,40}|[a-zA-Z]{1,4}([-_][a-zA-Z0-9]{1,5}){0,4}") {
            if let Some(tag) = heard(&text) {
                prop_assert!(is_tag(&tag), "{} of {}", tag, text);
                prop_assert!(!name(&tag).is_empty());
            }
        }
    }
}
