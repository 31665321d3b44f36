//! A certificate: a code by which anybody who holds it can check a completion, and a page to print.
//!
//! The code has 80 unpredictable bits, so whoever holds it was given it; the check shows what muster
//! recorded and nothing more. Letters that look like digits are read as those digits.
//! Not here: when one is issued ([`crate::completion`]), and how a page becomes a PDF (`paper`).

use std::path::{Path, PathBuf};

use curriculum::edition;
use db::{Day, Id, Moment, Reader, Result, Tx, Zone, params, sql};
use roster::{person, person::PersonKind};

use crate::{attempt::AttemptKind, completion::CompletionKind, words};

/// Crockford's: no I, L, O or U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS: usize = 16;
const GROUP_LETTERS: usize = 4;

/// "7K3M-9QXA-4DVE-02HJ"
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

/// What a certificate says.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    pub code: Code,
    pub issued_at: Moment,
    pub completion: Id<CompletionKind>,
    pub attempt: Option<Id<AttemptKind>>,
    pub person: Id<PersonKind>,
    /// As the roster calls the person now.
    pub name: String,
    pub course_id: String,
    pub title: String,
    /// Number and day of publication of the edition, where the course was taken here.
    pub edition: Option<(i64, Moment)>,
    pub statement: Option<String>,
    pub completed_on: Day,
    /// Percent.
    pub score: Option<f64>,
    pub minutes: Option<i64>,
}

/// What makes a certificate into a file; the app puts one into each request as an extension.
#[derive(Debug, Clone)]
pub struct Printer {
    /// This program, run as `muster render` in a process of its own.
    pub program: PathBuf,
    /// Where muster is reached: "https://muster.example", without a slash at the end.
    pub address: String,
}

impl Code {
    /// A new code from unpredictable bytes.
    pub fn from_random(bytes: [u8; 10]) -> Code {
        let mut bits = bytes
            .iter()
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut letters = [0; CODE_LETTERS];
        for letter in letters.iter_mut().rev() {
            *letter = LETTERS[(bits & 31) as usize];
            bits >>= 5;
        }
        Code::grouped(&letters)
    }

    /// The code somebody typed or followed: capitals, spaces and dashes do not matter.
    pub fn read(text: &str) -> Option<Code> {
        let mut letters = Vec::with_capacity(CODE_LETTERS);
        for typed in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let letter = match typed.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let letter = u8::try_from(letter)
                .ok()
                .filter(|letter| LETTERS.contains(letter))?;
            letters.push(letter);
            if letters.len() > CODE_LETTERS {
                return None;
            }
        }
        (letters.len() == CODE_LETTERS).then(|| Code::grouped(&letters))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is checked: "/certificates/7K3M-…".
    pub fn href(&self) -> String {
        format!("/certificates/{}", self.0)
    }

    fn grouped(letters: &[u8]) -> Code {
        let groups: Vec<String> = letters
            .chunks(GROUP_LETTERS)
            .map(|group| group.iter().map(|letter| char::from(*letter)).collect())
            .collect();
        Code(groups.join("-"))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Issues the certificate of a completion.
pub fn issue(tx: &mut Tx, completion: &Id<CompletionKind>) -> Result<Code> {
    let code = Code::from_random(tx.random());
    tx.execute(
        sql!(
            "insert into certificate (code, completion_id, issued_at)
             values ($1, $2, $3)"
        ),
        &params![code.as_str(), completion, tx.now()],
    )?;
    Ok(code)
}

/// What the certificate with this code says.
pub fn find(reader: &mut Reader, code: &Code) -> Result<Option<Certificate>> {
    let found = reader.one(
        sql!(
            "select f.issued_at, c.id, c.attempt_id, c.person_id, c.course_id, c.edition_id, c.occurred_on, c.score,
                    t.statement
             from certificate f
             join completion c on c.id = f.completion_id
             left join attestation t on t.id = c.attestation_id
             where f.code = $1"
        ),
        &params![code.as_str()],
        |row| {
            let certificate = Certificate {
                code: code.clone(),
                issued_at: row.get(0)?,
                completion: row.get(1)?,
                attempt: row.get(2)?,
                person: row.get(3)?,
                name: String::new(),
                course_id: row.get(4)?,
                title: String::new(),
                edition: None,
                statement: row.get(8)?,
                completed_on: row.get(6)?,
                score: row.get(7)?,
                minutes: None,
            };
            Ok((certificate, row.get::<Option<Id<edition::EditionKind>>>(5)?))
        },
    )?;
    let Some((mut certificate, edition)) = found else {
        return Ok(None);
    };
    certificate.title.clone_from(&certificate.course_id);
    if let Some(id) = edition
        && let Some(edition) = edition::find(reader, &id)?
    {
        certificate.title = edition.title;
        certificate.edition = Some((edition.number, edition.published_at));
        certificate.minutes = Some(edition.minutes);
    }
    certificate.name =
        person::find(reader, &certificate.person)?.map_or_else(String::new, |person| person.name());
    Ok(Some(certificate))
}

impl Certificate {
    /// "Edition 3, published 4 May 2026"
    pub fn edition_words(&self, zone: &Zone) -> Option<String> {
        self.edition
            .map(|(number, at)| format!("Edition {number}, published {}", at.day(zone).long()))
    }

    /// The page to print.
    pub fn document(&self, organisation: &str, address: &str, zone: &Zone) -> paper::Document {
        let mut facts = vec![paper::Fact::new("Completed", self.completed_on.long())];
        facts.extend(
            self.score
                .map(|score| paper::Fact::new("Score", words::percent(score))),
        );
        facts.extend(
            self.minutes
                .map(|count| paper::Fact::new("Length", words::minutes(count.unsigned_abs()))),
        );
        facts.push(paper::Fact::new("Course", self.course_id.clone()));
        paper::Document::Certificate(paper::Certificate {
            stamp: paper::Stamp {
                title: format!("Certificate of completion, {}", self.name),
                author: organisation.to_owned(),
                made_at: self.issued_at.0,
            },
            language: "en".to_owned(),
            organisation: organisation.to_owned(),
            heading: "Certificate of completion".to_owned(),
            name: self.name.clone(),
            lead: "has completed".to_owned(),
            subject: self.title.clone(),
            edition: self.edition_words(zone).unwrap_or_default(),
            statement: self.statement.clone().unwrap_or_default(),
            facts,
            number: paper::Fact::new("Certificate", self.code.to_string()),
            check: Some(paper::Check {
                label: "Check this certificate".to_owned(),
                address: format!("{address}{}", self.code.href()),
            }),
        })
    }
}

/// The PDF, rendered by `program` in a process of its own. Waits: call it where waiting is allowed.
///
/// # Errors
/// A fault when the renderer is busy for too long or fails.
pub fn print(program: &Path, document: &paper::Document) -> Result<Vec<u8>> {
    let printed = paper::render_in_child(program, document);
    Ok(printed.map_err(|e| db::Fault::of("printing a certificate", e))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_page_to_print_says_what_was_recorded_and_where_to_check_it() {
        let certificate = Certificate {
            code: Code::from_random([7; 10]),
            issued_at: Moment(1_780_304_400_000),
            completion: "cmp_01K00000000000000000000000".parse().expect("an id"),
            attempt: None,
            person: "per_01K00000000000000000000ADA".parse().expect("an id"),
            name: "Ada Osei".into(),
            course_id: "B02".into(),
            title: "Phishing on every channel".into(),
            edition: Some((3, Moment(1_780_304_400_000))),
            statement: Some("I have completed this course myself.".into()),
            completed_on: Day::ymd(2026, 6, 1),
            score: Some(90.0),
            minutes: Some(6),
        };
        let paper::Document::Certificate(page) =
            certificate.document("Northwind", "https://muster.example", &Zone::utc())
        else {
            panic!("a certificate is a certificate");
        };
        assert_eq!(
            (page.name.as_str(), page.edition.as_str()),
            ("Ada Osei", "Edition 3, published 1 June 2026")
        );
        let told: Vec<&str> = page.facts.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(told, ["1 June 2026", "90\u{a0}%", "6 minutes", "B02"]);
        let check = page.check.expect("can be checked");
        assert_eq!(
            check.address,
            format!("https://muster.example/certificates/{}", certificate.code)
        );
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = Code::read("7k3m9qxa 4dve-o2hj").expect("a code");
        assert_eq!(code.as_str(), "7K3M-9QXA-4DVE-02HJ");
        assert_eq!(
            Code::read("ILO0-0000-0000-0000").map(|code| code.to_string()),
            Some("1100-0000-0000-0000".into())
        );
        for wrong in [
            "",
            "7K3M",
            "7K3M-9QXA-4DVE-02HU",
            "7K3M-9QXA-4DVE-02HJ-1",
            "7K3M-9QXA-4DVE-02H%",
            "٧K3M-9QXA-4DVE-02HJ",
        ] {
            assert_eq!(Code::read(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_read_back_and_no_two_are_alike(a in any::<[u8; 10]>(), b in any::<[u8; 10]>()) {
            let code = Code::from_random(a);
            prop_assert_eq!(Code::read(code.as_str()), Some(code.clone()));
            prop_assert_eq!(a == b, code == Code::from_random(b));
        }

        #[test]
        fn any_text_is_survived(text in ".{0,40}") {
            if let Some(code) = Code::read(&text) {
                prop_assert_eq!(code.as_str().len(), 19);
            }
        }
    }
}
