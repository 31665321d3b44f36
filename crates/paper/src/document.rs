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
const SHORT: usize = 160;
const LONG: usize = 4_000;

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
        if stem.is_empty() { "document".to_owned() } else { stem }
    }

    pub(crate) fn typeset(&self) -> Result<Typeset, PaperFault> {
        // A cluster can ask for letters that no single face has together; the second try has no such clusters.
        self.typeset_as(printable).or_else(|fault| match fault {
            PaperFault::Typeset(_) => self.typeset_as(latin),
            other => Err(other),
        })
    }

    fn typeset_as(&self, letters: fn(&str) -> String) -> Result<Typeset, PaperFault> {
        let (source, limit) = match self {
            Document::Certificate(_) => (include_str!("../templates/certificate.typ"), SHORT),
            Document::Report(report) => {
                report.check_size()?;
                (include_str!("../templates/report.typ"), LONG)
            }
        };
        let mut value = serde_json::to_value(self).map_err(PaperFault::json("describing a document"))?;
        clean(&mut value, letters, limit);
        value["language"] = language(value["language"].as_str().unwrap_or_default()).into();
        let stamp = self.stamp();
        let mut title = shortened(&letters(&stamp.title), SHORT);
        if title.trim().is_empty() {
            title = "Document".to_owned();
        }
        let stamp = Stamp { title, author: shortened(&letters(&stamp.author), SHORT), made_at: stamp.made_at };
        let code = match self {
            Document::Certificate(Certificate { check: Some(check), .. }) => qr(&check.address).unwrap_or_default(),
            _ => String::new(),
        };
        let data = value.to_string();
        typeset(&format!("{}\n{source}", include_str!("../templates/house.typ")), &[("data", &data), ("qr", &code)], &stamp)
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
                Block::Roll(roll) if roll.groups.iter().map(|group| u64::from(group.1)).sum::<u64>() > u64::from(ROLL_MAX) => {
                    return Err(PaperFault::TooLarge { what: "a roll call", limit: ROLL_MAX as usize });
                }
                _ => {}
            }
        }
        if rows > ROWS_MAX {
            return Err(PaperFault::TooLarge { what: "the number of rows", limit: ROWS_MAX });
        }
        if self.blocks.len() > BLOCKS_MAX {
            return Err(PaperFault::TooLarge { what: "the number of parts", limit: BLOCKS_MAX });
        }
        Ok(())
    }
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { label: label.into(), value: value.into() }
    }
}

impl GridColumn {
    /// A column of words that takes `share` of the width (0: as wide as its text).
    pub fn words(title: impl Into<String>, share: u32) -> GridColumn {
        GridColumn { title: title.into(), share, number: false }
    }

    /// A column of numbers, as wide as its text.
    pub fn numbers(title: impl Into<String>) -> GridColumn {
        GridColumn { title: title.into(), share: 0, number: true }
    }
}

impl Span {
    /// A part of a strip; what lies outside 0 to 1 is cut, and what is not a number is 0.
    pub fn new(from: f64, to: f64, tone: Tone) -> Span {
        let within = |place: f64| if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) };
        Span { from: within(from), to: within(to), tone }
    }
}

impl Words {
    /// Words with a meaning.
    pub fn toned(tone: Tone, text: impl Into<String>) -> Words {
        Words { text: text.into(), tone: Some(tone) }
    }
}

impl<T: Into<String>> From<T> for Words {
    fn from(text: T) -> Words {
        Words { text: text.into(), tone: None }
    }
}

fn clean(value: &mut Value, letters: fn(&str) -> String, limit: usize) {
    match value {
        Value::String(text) => *text = shortened(&letters(text), limit),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, letters, limit)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                // Attested words and addresses have to be whole; the certificate makes its letters smaller for them.
                let limit = if matches!(name.as_str(), "statement" | "address") { limit.max(900) } else { limit };
                clean(member, letters, limit);
            }
        }
        _ => {}
    }
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
#[path = "document_tests.rs"]
mod tests;
