//! What a certificate and a report say, as plain values that travel to the renderer as JSON.
//!
//! - Every word is the caller's, so a document can be in any language; text is cut to what the page can hold.
//! - Colour never carries a meaning alone: a tone is also a shape and a word.
//!
//! Not here: the look (`templates/*.typ`) and the typesetting ([`crate::pdf`]).

use fast_qr::{ECL, QRBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PaperFault;
use crate::fonts::{latin, printable};
use crate::pdf::{Stamp, Typeset, typeset};

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "snake_case")]
pub enum Document {
    Certificate(Certificate),
    Report(Report),
}

/// One page that says that somebody did something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    pub stamp: Stamp,
    /// ISO 639, for example `en`; anything else is read as English.
    pub language: String,
    pub organisation: String,
    /// For example "Certificate of completion".
    pub heading: String,
    pub name: String,
    /// Between the name and the subject, for example "has completed".
    pub lead: String,
    pub subject: String,
    /// Below the subject, for example the edition and its date.
    pub edition: String,
    /// What was attested, as it was worded; may be empty.
    pub statement: String,
    /// Date, score, duration…: at most five are shown.
    pub facts: Vec<Fact>,
    /// The certificate's number, in the corner.
    pub number: Fact,
    /// Where anybody can check it, also as a QR code.
    pub check: Option<Check>,
}

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// An address at which a document can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub label: String,
    pub address: String,
}

/// A report of some pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub stamp: Stamp,
    /// ISO 639, for example `en`; anything else is read as English.
    pub language: String,
    pub organisation: String,
    /// The finding, in a sentence.
    pub title: String,
    /// Below the title; may be empty.
    pub lead: String,
    pub facts: Vec<Fact>,
    pub blocks: Vec<Block>,
    /// At the foot of every page, for example when and by whom it was made.
    pub foot: String,
    /// How pages are numbered, with `{page}` and `{pages}`, for example "Page {page} of {pages}".
    pub page_words: String,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Heading { text: String },
    Paragraph { text: String },
    Note { tone: Tone, text: String },
    Facts { facts: Vec<Fact> },
    Table(Grid),
    Roll(Roll),
    Strips { title: String, strips: Vec<Strip> },
    PageBreak,
}

/// A table; its header repeats on every page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Above the table; may be empty.
    pub caption: String,
    pub columns: Vec<GridColumn>,
    /// One [`Words`] for each column; missing ones are empty.
    pub rows: Vec<Vec<Words>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridColumn {
    pub title: String,
    /// The column's share of the width; 0 means as wide as its text.
    pub share: u32,
    /// Numbers are aligned to the end.
    pub number: bool,
}

/// Words in a table, perhaps with a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub text: String,
    pub tone: Option<Tone>,
}

/// The three meanings, and what is outside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Met,
    Attention,
    Gap,
    Out,
}

/// The roll call: one mark for each, in groups of a tone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    pub title: String,
    /// How many of each tone, and the word for it ("231", "covered"). At most 2,000 marks are drawn.
    pub groups: Vec<(Tone, u32, String)>,
}

/// A strip of time with a label before it and a sentence after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    pub label: String,
    pub spans: Vec<Span>,
    /// What the strip shows, for those who cannot see it; printed below it.
    pub sentence: String,
}

/// A part of a strip, from 0 (the start) to 1 (the end).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub from: f64,
    pub to: f64,
    pub tone: Tone,
}

/// Rows over all tables of one report. A list of more is read as a spreadsheet, and costs 100 kB a row to typeset.
pub const ROWS_MAX: usize = 2_000;
const BLOCKS_MAX: usize = 2_000;
const ROLL_MAX: u32 = 2_000;
const TITLE_MAX: usize = 160;

impl Document {
    /// Typesets the document in this process.
    ///
    /// # Errors
    /// When it is too large, or cannot be typeset to the standards.
    pub fn render(&self) -> Result<Vec<u8>, PaperFault> {
        self.typeset().map(|made| made.bytes)
    }

    /// A file name without an ending: letters, digits and hyphens of the title.
    pub fn file_stem(&self) -> String {
        let title = &self.stamp().title;
        let words: Vec<String> = title
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let stem: String = words.join("-").chars().take(80).collect();
        if stem.is_empty() {
            "document".to_owned()
        } else {
            stem
        }
    }

    pub(crate) fn typeset(&self) -> Result<Typeset, PaperFault> {
        // A cluster can ask for letters that no single face has together; the second try has no such clusters.
        self.typeset_as(printable).or_else(|fault| match fault {
            PaperFault::Typeset(_) => self.typeset_as(latin),
            other => Err(other),
        })
    }

    fn typeset_as(&self, letters: fn(&str) -> String) -> Result<Typeset, PaperFault> {
        let (source, limit): (&str, fn(&str) -> usize) = match self {
            Document::Certificate(_) => (include_str!("../templates/certificate.typ"), certificate_limit),
            Document::Report(report) => {
                report.check_size()?;
                (include_str!("../templates/report.typ"), report_limit)
            }
        };
        let mut value = serde_json::to_value(self).map_err(PaperFault::json("describing a document"))?;
        clean(&mut value, "", letters, limit);
        value["language"] = language(value["language"].as_str().unwrap_or_default()).into();
        let stamp = self.stamp();
        let mut title = shortened(&letters(&stamp.title), TITLE_MAX);
        if title.trim().is_empty() {
            title = "Document".to_owned();
        }
        let stamp = Stamp {
            title,
            author: shortened(&letters(&stamp.author), TITLE_MAX),
            made_at: stamp.made_at,
        };
        let code = match self {
            Document::Certificate(Certificate {
                check: Some(check), ..
            }) => qr(&check.address).unwrap_or_default(),
            _ => String::new(),
        };
        let data = value.to_string();
        typeset(
            &format!("{}\n{source}", include_str!("../templates/house.typ")),
            &[("data", &data), ("qr", &code)],
            &stamp,
        )
    }

    fn stamp(&self) -> &Stamp {
        match self {
            Document::Certificate(certificate) => &certificate.stamp,
            Document::Report(report) => &report.stamp,
        }
    }
}

impl Report {
    fn check_size(&self) -> Result<(), PaperFault> {
        let mut rows = 0;
        for block in &self.blocks {
            match block {
                Block::Table(grid) => rows += grid.rows.len(),
                Block::Strips { strips, .. } => rows += strips.len(),
                Block::Facts { facts } => rows += facts.len(),
                Block::Roll(roll)
                    if roll.groups.iter().map(|group| u64::from(group.1)).sum::<u64>()
                        > u64::from(ROLL_MAX) =>
                {
                    return Err(PaperFault::TooLarge {
                        what: "a roll call",
                        limit: ROLL_MAX as usize,
                    });
                }
                _ => {}
            }
        }
        if rows > ROWS_MAX {
            return Err(PaperFault::TooLarge {
                what: "the number of rows",
                limit: ROWS_MAX,
            });
        }
        if self.blocks.len() > BLOCKS_MAX {
            return Err(PaperFault::TooLarge {
                what: "the number of parts",
                limit: BLOCKS_MAX,
            });
        }
        Ok(())
    }
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact {
            label: label.into(),
            value: value.into(),
        }
    }
}

impl GridColumn {
    /// A column of words that takes `share` of the width (0: as wide as its text).
    pub fn words(title: impl Into<String>, share: u32) -> GridColumn {
        GridColumn {
            title: title.into(),
            share,
            number: false,
        }
    }

    /// A column of numbers, as wide as its text.
    pub fn numbers(title: impl Into<String>) -> GridColumn {
        GridColumn {
            title: title.into(),
            share: 0,
            number: true,
        }
    }
}

impl Span {
    /// A part of a strip; what lies outside 0 to 1 is cut, and what is not a number is 0.
    pub fn new(from: f64, to: f64, tone: Tone) -> Span {
        let within = |place: f64| {
            if place.is_nan() {
                0.0
            } else {
                place.clamp(0.0, 1.0)
            }
        };
        Span {
            from: within(from),
            to: within(to),
            tone,
        }
    }
}

impl Words {
    /// Words with a meaning.
    pub fn toned(tone: Tone, text: impl Into<String>) -> Words {
        Words {
            text: text.into(),
            tone: Some(tone),
        }
    }
}

impl<T: Into<String>> From<T> for Words {
    fn from(text: T) -> Words {
        Words {
            text: text.into(),
            tone: None,
        }
    }
}

/// Replaces letters and cuts text, in every string of `value`; `name` is the member that it is.
fn clean(value: &mut Value, name: &str, letters: fn(&str) -> String, limit: fn(&str) -> usize) {
    match value {
        Value::String(text) => *text = shortened(&letters(text), limit(name)),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| clean(item, name, letters, limit)),
        Value::Object(members) => {
            members
                .iter_mut()
                .for_each(|(name, member)| clean(member, name, letters, limit));
        }
        _ => {}
    }
}

/// What one page holds in its smallest letters.
fn certificate_limit(name: &str) -> usize {
    match name {
        "label" => 40,
        "value" => 64,
        "heading" | "lead" | "organisation" => 80,
        "address" => 300,
        "statement" => 900,
        _ => 160,
    }
}

fn report_limit(_: &str) -> usize {
    4_000
}

fn shortened(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}

fn language(given: &str) -> &str {
    let known = (2..=3).contains(&given.len()) && given.bytes().all(|letter| letter.is_ascii_lowercase());
    if known { given } else { "en" }
}

/// The address as an SVG drawing, one path of modules; none when it is too long for a code.
fn qr(address: &str) -> Option<String> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok()?;
    let size = code.size;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && code[y][x].value() {
                x += 1;
            }
            if x > start {
                path.push_str(&format!("M{start} {y}h{0}v1h-{0}z", x - start));
            }
            x += 1;
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\"><path fill=\"#1b2330\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(title: &str) -> Stamp {
        Stamp {
            title: title.into(),
            author: "Harlow & Pike".into(),
            made_at: 1_780_304_400_000,
        }
    }

    fn certificate(name: &str) -> Certificate {
        Certificate {
        stamp: stamp("Certificate of completion, Farah Idris"),
        language: "en".into(),
        organisation: "Harlow & Pike".into(),
        heading: "Certificate of completion".into(),
        name: name.into(),
        lead: "has completed".into(),
        subject: "Security baseline: the ten things everybody does".into(),
        edition: "Edition 3, published 4 May 2026".into(),
        statement: "“I have read and understood this material, I did the exercises myself, and I will follow it in my work.” \
            Attested 1 June 2026 at 09:41 UTC, signed in with a passkey."
            .into(),
        facts: vec![
            Fact::new("Completed", "1 June 2026"),
            Fact::new("Score", "92 %"),
            Fact::new("Time taken", "38 minutes"),
            Fact::new("Valid until", "1 June 2027"),
        ],
        number: Fact::new("No.", "crt_01JX2Y7M0Q4Z8T5R"),
        check: Some(Check {
            label: "Check this certificate at".into(),
            address: "https://training.harlowpike.example/check/crt_01JX2Y7M0Q4Z8T5R".into(),
        }),
    }
    }

    fn report(rows: usize) -> Report {
        Report {
        stamp: stamp("Yearly refresh, 2026"),
        language: "en".into(),
        organisation: "Harlow & Pike".into(),
        title: "Everyone refreshed the baseline every year, except three people for parts of it.".into(),
        lead: "1 January to 31 December 2026. 247 of 250 people had no uncovered day; 3 had, 189 person-days in all.".into(),
        facts: vec![
            Fact::new("Population", "250 people, HR and contractor lists of 31 December, reconciled"),
            Fact::new("Rule", "365 days, no grace (policy 2.0, section 4)"),
            Fact::new("Checkpoint", "7be1".repeat(16)),
        ],
        blocks: finding().into_iter().chain([everybody(rows)]).collect(),
        foot: "Made 1 June 2026 09:00 UTC by Jonas Weil".into(),
        page_words: "Page {page} of {pages}".into(),
    }
    }

    fn finding() -> Vec<Block> {
        vec![
            Block::Roll(Roll {
                title: "One mark per person".into(),
                groups: vec![
                    (Tone::Met, 231, "covered".into()),
                    (Tone::Attention, 8, "due within 14 days".into()),
                    (Tone::Gap, 11, "uncovered".into()),
                    (Tone::Out, 6, "on leave".into()),
                ],
            }),
            Block::Heading { text: "In words an auditor uses".into() },
            Block::Paragraph {
                text: "For 3 of 250 people in the population, completion of baseline training within 365 days was not evidenced \
                    for the whole period. Each is listed with the dates."
                    .into(),
            },
            Block::Note { tone: Tone::Gap, text: "Chidi Nwosu has been uncovered since 21 July.".into() },
            Block::Strips {
                title: "Those with gaps".into(),
                strips: vec![
                    Strip {
                        label: "Ada Osei".into(),
                        spans: vec![
                            Span::new(0.16, 0.245, Tone::Attention),
                            Span::new(0.245, 0.256, Tone::Gap),
                            Span::new(0.256, 1.0, Tone::Met),
                        ],
                        sentence: "uncovered 1–4 April (4 days): finished 5 days after the 30-day limit".into(),
                    },
                    Strip {
                        label: "Dana Ruiz".into(),
                        spans: vec![
                            Span::new(0.0, 0.1, Tone::Met),
                            Span::new(0.1, 0.58, Tone::Out),
                            Span::new(0.58, 0.8, Tone::Met),
                            Span::new(0.8, 1.0, Tone::Gap),
                        ],
                        sentence: "on leave 4 February to 1 August; uncovered since 19 October".into(),
                    },
                ],
            },
            Block::Heading { text: "Everybody in the population".into() },
    ]
    }

    fn everybody(rows: usize) -> Block {
        let tones = [Tone::Met, Tone::Met, Tone::Gap, Tone::Attention];
        Block::Table(Grid {
            caption: "Sorted by name".into(),
            columns: vec![
                GridColumn::words("Person", 3),
                GridColumn::words("Owed", 4),
                GridColumn::words("Done", 0),
                GridColumn::numbers("Score"),
                GridColumn::words("Result", 0),
            ],
            rows: (0..rows)
                .map(|row| {
                    vec![
                        Words::from(format!("Person {row}")),
                        "Baseline, edition 3".into(),
                        "22 Oct 2025".into(),
                        format!("{} %", 70 + row % 31).into(),
                        Words::toned(
                            tones[row % 4],
                            ["on time", "on time", "4 days late", "due soon"][row % 4],
                        ),
                    ]
                })
                .collect(),
        })
    }

    #[test]
    fn a_certificate_is_one_page_and_the_same_twice() {
        let document = Document::Certificate(certificate("Farah Idris"));
        let made = document.typeset().expect("it is typeset");
        assert_eq!(made.pages, 1);
        assert!(made.bytes.starts_with(b"%PDF-"));
        assert_eq!(made.bytes, document.render().expect("it is typeset again"));
    }

    #[test]
    fn a_certificate_stays_one_page_whatever_the_name() {
        let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(300);
        for name in [
            "#import \"x\": *",
            "$ \\alpha $",
            "*_`<@",
            "\"';--",
            "محمد بن عبد الله",
            "王小明 さくら 김민준",
            "👩🏽‍💻 Ada 🏴‍☠️",
            "Z\u{35f}a\u{489}lgo\u{301}",
            "\u{0}\u{7}\u{202e}live\u{feff}",
            "अनिता ক தமிழ் ไทย ស្រី",
            "",
            "🦄🫠𓀀",
            &long,
        ] {
            let mut hostile = certificate(name);
            hostile.organisation = name.into();
            hostile.subject = name.into();
            hostile.heading = name.into();
            hostile.statement = name.into();
            hostile.stamp.title = name.into();
            hostile.language = name.chars().take(3).collect();
            hostile.facts = vec![Fact::new(name, name); 9];
            hostile.number = Fact::new(name, name);
            hostile.check = Some(Check {
                label: name.into(),
                address: name.into(),
            });
            let made = Document::Certificate(hostile).typeset();
            let made =
                made.unwrap_or_else(|fault| panic!("{}: {fault}", name.chars().take(20).collect::<String>()));
            assert_eq!(made.pages, 1, "{}", name.chars().take(20).collect::<String>());
        }
    }

    #[test]
    fn a_report_has_pages_and_is_the_same_twice() {
        let document = Document::Report(report(120));
        let made = document.typeset().expect("it is typeset");
        assert!(made.pages >= 4, "{} pages", made.pages);
        assert_eq!(made.bytes, document.render().expect("it is typeset again"));
    }

    #[test]
    fn an_empty_report_and_a_ragged_table_are_printed() {
        let mut empty = report(0);
        empty.facts.clear();
        empty.lead.clear();
        empty.title.clear();
        let columns = vec![GridColumn::words("A", 1), GridColumn::words("B", 0)];
        let ragged = Grid {
            caption: String::new(),
            columns,
            rows: vec![vec![], vec!["#a".into(), "b".into(), "c".into()]],
        };
        empty.blocks = vec![
            Block::Table(ragged),
            Block::Table(Grid {
                caption: String::new(),
                columns: Vec::new(),
                rows: Vec::new(),
            }),
            Block::Roll(Roll {
                title: String::new(),
                groups: Vec::new(),
            }),
            Block::Heading { text: String::new() },
            Block::Strips {
                title: String::new(),
                strips: vec![Strip {
                    label: String::new(),
                    spans: vec![Span::new(f64::NAN, 9.0, Tone::Met)],
                    sentence: String::new(),
                }],
            },
            Block::Facts { facts: Vec::new() },
            Block::PageBreak,
        ];
        Document::Report(empty)
            .render()
            .expect("nothing in it is an error");
    }

    #[test]
    fn a_report_over_the_limit_is_refused_before_it_is_typeset() {
        let fault = Document::Report(report(ROWS_MAX + 1))
            .render()
            .expect_err("it is too long");
        assert!(matches!(fault, PaperFault::TooLarge { limit: ROWS_MAX, .. }));
    }

    #[test]
    fn a_description_travels_as_json() {
        let document = Document::Report(report(2));
        let text = serde_json::to_string(&document).expect("it is JSON");
        assert_eq!(
            serde_json::from_str::<Document>(&text).expect("it reads back"),
            document
        );
        let mut output = Vec::new();
        crate::serve_render(text.as_bytes(), &mut output).expect("it is rendered");
        assert!(output.starts_with(b"%PDF-"));
    }

    #[test]
    fn a_file_name_is_plain() {
        assert_eq!(Document::Report(report(0)).file_stem(), "yearly-refresh-2026");
        let mut nameless = report(0);
        nameless.stamp.title = "報告".into();
        assert_eq!(Document::Report(nameless).file_stem(), "document");
    }
}
