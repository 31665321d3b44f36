//! Letters as they come out of the folder relay, read back to what was written.
//!
//! Not here: any other mail than muster's own, which has one part and no attachments.

use std::path::Path;

/// The letters to an address. Their files are named by ids, which sort by time, but not within one instant.
///
/// # Panics
/// When a file in the folder is no letter.
pub(crate) fn to(folder: &Path, email: &str) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = found
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    files.sort();
    let letters = files
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("a letter can be read"));
    letters.filter_map(|letter| read(&letter, email)).collect()
}

/// The subject and text of a letter, when it is to this address.
fn read(letter: &str, email: &str) -> Option<String> {
    let (head, body) = letter
        .split_once("\r\n\r\n")
        .expect("a letter has a head and a body");
    let field = |name: &str| {
        let start = format!("{name}: ");
        head.lines()
            .find_map(|line| line.strip_prefix(start.as_str()))
            .unwrap_or_default()
    };
    if !field("To").contains(email) {
        return None;
    }
    let body = match field("Content-Transfer-Encoding") {
        "7bit" | "8bit" => body.to_owned(),
        "quoted-printable" => from_quoted_printable(body),
        other => panic!("a letter is written in {other}, which this does not read"),
    };
    Some(format!("{}\n\n{}", field("Subject"), body.replace("\r\n", "\n")))
}

fn from_quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=').then(|| after.get(..2)).flatten();
        let byte = coded.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).expect("a letter is UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_comes_back_as_it_was_written() {
        let letter = "To: ada@cast.example\r\nSubject: Sign in\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                      Hello =C5=98ezn=C3=AD=\r\n=C4=8Dek,\r\na=3Db\r\n";
        assert_eq!(
            read(letter, "ada@cast.example").as_deref(),
            Some("Sign in\n\nHello Řezníček,\na=b\n")
        );
        assert_eq!(read(letter, "ed@cast.example"), None);
    }
}
