//! The letters we can print, carried in the program so that a document is the same on every machine.
//!
//! Latin is the house typeface; Greek, Cyrillic, Arabic, Hebrew, Indic scripts, Thai, Ethiopic, Chinese, Japanese and
//! Korean fall back to others in `catalogue/fonts`, because a certificate with boxes for a name is no certificate.
//!
//! Not here: choosing a face for a word, which is the typesetter's.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The faces and the book the typesetter finds them by.
pub(crate) struct Fonts {
    pub(crate) faces: Vec<Font>,
    pub(crate) book: LazyHash<FontBook>,
}

pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let faces: Vec<Font> = FILES
        .iter()
        .flat_map(|file| Font::iter(Bytes::new(*file)))
        .collect();
    let book = LazyHash::new(FontBook::from_fonts(&faces));
    Fonts { faces, book }
});

macro_rules! font {
    ($name:literal) => {
        include_bytes!(concat!("../../../catalogue/fonts/", $name, ".ttf")) as &[u8]
    };
}

/// In the order in which templates ask for them.
static FILES: [&[u8]; 19] = [
    font!("AtkinsonHyperlegibleNext-Regular"),
    font!("AtkinsonHyperlegibleNext-SemiBold"),
    font!("AtkinsonHyperlegibleMono-Regular"),
    font!("DejaVuSans"),
    font!("DroidSansFallback"),
    font!("NotoSansBengali-Regular"),
    font!("NotoSansDevanagari-Regular"),
    font!("NotoSansEthiopic-Regular"),
    font!("NotoSansGujarati-Regular"),
    font!("NotoSansGurmukhi-Regular"),
    font!("NotoSansKannada-Regular"),
    font!("NotoSansKhmer-Regular"),
    font!("NotoSansLao-Regular"),
    font!("NotoSansMalayalam-Regular"),
    font!("NotoSansMyanmar-Regular"),
    font!("NotoSansSinhala-Regular"),
    font!("NotoSansTamil-Regular"),
    font!("NotoSansTelugu-Regular"),
    font!("NotoSansThai-Regular"),
];

/// `text` with what cannot be printed replaced by �, and what must not be printed taken out: control characters, and
/// the marks that turn the direction of the text around them, with which a name could rewrite its line.
pub fn printable(text: &str) -> String {
    replaced(text, |letter| {
        FONTS
            .faces
            .iter()
            .any(|face| face.info().coverage.contains(letter as u32))
    })
}

/// `text` in the house typeface alone, everything else replaced by �. For a document that could not be typeset otherwise.
pub(crate) fn latin(text: &str) -> String {
    replaced(text, |letter| {
        FONTS.faces[0].info().coverage.contains(letter as u32)
    })
}

fn replaced(text: &str, known: impl Fn(char) -> bool) -> String {
    text.chars()
        .filter_map(|letter| match letter {
            '\n' | '\t' => Some(' '),
            '\u{200c}' | '\u{200d}' => Some(letter),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => None,
            '\u{fe00}'..='\u{fe0f}' | '\u{ad}' | '\u{200b}' => None,
            letter if letter.is_control() => None,
            '\u{e000}'..='\u{f8ff}' | '\u{fffe}' | '\u{ffff}' | '\u{f0000}'..='\u{10ffff}' => {
                Some('\u{fffd}')
            }
            letter if known(letter) => Some(letter),
            _ => Some('\u{fffd}'),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_of_the_world_are_printable() {
        for name in [
            "Zoë Łukasiewicz",
            "Ολυμπία",
            "Светлана",
            "محمد",
            "שרה",
            "王小明",
            "さくら",
            "김민준",
            "अनिता",
            "สมชาย",
            "ስላም",
            "தமிழ்",
            "Nguyễn",
            "Հայկ",
            "ნინო",
            "😀",
        ] {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn controls_and_turned_directions_are_taken_out() {
        assert_eq!(printable("a\u{202e}b\u{0}c\u{feff}\nd\u{e000}"), "abc d\u{fffd}");
    }
}
