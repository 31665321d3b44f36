//! Filters as clients write them, put into the grammar of the RFC before they are read.
//!
//! Entra asks `emails[type eq "work"].value eq "x"`, which only a PATCH path may say; it means
//! `emails[(type eq "work") and value eq "x"]`. Some write True and False with a capital letter.

use crate::quirk::{Quirk, Quirks};

/// The same filter in the RFC's words.
pub fn rewritten(text: &str, quirks: &mut Quirks) -> String {
    let pieces = pieces(text);
    let mut out: Vec<String> = Vec::with_capacity(pieces.len());
    let mut opened: Option<usize> = None;
    let mut at = 0;
    while at < pieces.len() {
        match pieces[at] {
            "[" => {
                opened = Some(out.len());
                out.push("[".to_owned());
            }
            "]" => match (opened.take(), after_brackets(&pieces[at + 1..])) {
                (Some(start), Some((said, taken))) => {
                    quirks.met(Quirk::FilterAfterBrackets);
                    out.insert(start + 1, "(".to_owned());
                    out.push(format!(") and {said}]"));
                    at += taken;
                }
                _ => out.push("]".to_owned()),
            },
            word if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") => {
                out.push(word.to_ascii_lowercase());
            }
            piece => out.push(piece.to_owned()),
        }
        at += 1;
    }
    out.concat()
}

/// True and False outside texts in the grammar's small letters.
pub fn lower_truth(text: &str) -> String {
    let lower = |piece: &str| match piece {
        word if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") => {
            word.to_ascii_lowercase()
        }
        piece => piece.to_owned(),
    };
    pieces(text).into_iter().map(lower).collect()
}

/// `.value eq "x"` right behind a bracket: what it says, and how many pieces it takes.
fn after_brackets(pieces: &[&str]) -> Option<(String, usize)> {
    let name = pieces.first()?.strip_prefix('.')?;
    let is_space = |piece: &&str| piece.chars().all(char::is_whitespace);
    if name.is_empty() || !pieces.get(1).is_some_and(is_space) {
        return None;
    }
    let op = pieces.get(2)?;
    if op.eq_ignore_ascii_case("pr") {
        return Some((format!("{name} pr"), 3));
    }
    if !pieces.get(3).is_some_and(is_space) {
        return None;
    }
    let value = pieces.get(4)?;
    let value = if value.starts_with('"') {
        (*value).to_owned()
    } else {
        value.to_ascii_lowercase()
    };
    Some((format!("{name} {op} {value}"), 5))
}

/// Strings, brackets, runs of white space, and what stands between them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '[' | ']' | '(' | ')' => 1,
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            _ => rest
                .find(|c: char| c.is_whitespace() || "\"[]()".contains(c))
                .unwrap_or(rest.len()),
        };
        let (piece, more) = rest.split_at(length);
        pieces.push(piece);
        rest = more;
    }
    pieces
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_behind_brackets_moves_into_them_and_texts_stay() {
        let mut quirks = Quirks::default();
        for (sent, meant) in [
            (
                r#"emails[type eq "work"].value eq "x""#,
                r#"emails[(type eq "work") and value eq "x"]"#,
            ),
            (
                r#"emails[type eq "work" or type eq "home"].value pr and active eq True"#,
                r#"emails[(type eq "work" or type eq "home") and value pr] and active eq true"#,
            ),
            (
                r#"displayName eq "a].b eq \"c\" True""#,
                r#"displayName eq "a].b eq \"c\" True""#,
            ),
            (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#),
            ("title eq \"unclosed", "title eq \"unclosed"),
        ] {
            assert_eq!(rewritten(sent, &mut quirks), meant);
        }
        assert!(quirks.has(Quirk::FilterAfterBrackets));
    }
}
