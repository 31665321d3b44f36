//! What a list holds: its columns, described once, from which every format and its metadata are made.
//!
//! - A name is a machine's (`due_on`), a title is a reader's ("Due"), a note says how the value is reckoned.
//! - Days are `YYYY-MM-DD` and moments RFC 3339 in UTC, given as text by the caller.
//!
//! Not here: writing ([`crate::export`]).

use std::borrow::Cow;

use serde_json::{Value, json};

/// One list: its name, what it shows, and its columns in order.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The file's name without its ending, for example `completions`.
    pub name: Cow<'static, str>,
    /// A reader's name for the list.
    pub title: Cow<'static, str>,
    /// What a reader has to know to use the list: the population, the window, what is left out.
    pub notes: Vec<Cow<'static, str>>,
    /// The columns that together name a row; empty where no such set exists.
    pub key: Vec<&'static str>,
    /// The columns, in the order of the cells.
    pub columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    pub title: &'static str,
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
    /// How the value is reckoned or where it comes from; may be empty.
    pub note: &'static str,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Decimal,
    /// `YYYY-MM-DD`
    Day,
    /// RFC 3339 in UTC
    Moment,
    /// true or false
    Truth,
}

/// One value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Integer(i64),
    /// Not a number and infinities are written as empty.
    Decimal(f64),
    Truth(bool),
}

impl Columns {
    /// A list with no notes and no key; add them with [`Columns::note`] and [`Columns::key`].
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        columns: Vec<Column>,
    ) -> Self {
        Columns {
            name: name.into(),
            title: title.into(),
            notes: Vec::new(),
            key: Vec::new(),
            columns,
        }
    }

    /// Adds a sentence for the reader.
    pub fn note(mut self, note: impl Into<Cow<'static, str>>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says which columns name a row.
    pub fn key(mut self, key: &[&'static str]) -> Self {
        self.key = key.to_vec();
        self
    }

    /// The W3C "CSV on the Web" metadata for `file`, to be kept beside it as `<file>-metadata.json`.
    pub fn csvw(&self, file: &str) -> Value {
        let columns: Vec<Value> = self.columns.iter().map(Column::csvw).collect();
        let notes: Vec<&str> = self
            .notes
            .iter()
            .map(Cow::as_ref)
            .chain([crate::csv::SAFETY_NOTE])
            .collect();
        let mut schema = json!({ "columns": columns });
        if !self.key.is_empty() {
            schema["primaryKey"] = json!(self.key);
        }
        json!({
            "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
            "url": file,
            "dc:title": self.title,
            "notes": notes,
            "dialect": { "encoding": "utf-8", "header": true, "delimiter": ",", "quoteChar": "\"", "doubleQuote": true, "lineTerminators": ["\r\n"] },
            "tableSchema": schema,
        })
    }
}

impl Column {
    /// A column that may be empty and needs no note.
    pub fn new(name: &'static str, title: &'static str, kind: Kind) -> Self {
        Column {
            name,
            title,
            kind,
            required: false,
            note: "",
        }
    }

    /// Every row has a value.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says how the value is reckoned.
    pub fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    fn csvw(&self) -> Value {
        // `name` is what the header row says, so it is among the titles by which a reader matches columns.
        let mut column = json!({
            "name": self.name,
            "titles": [self.name, self.title],
            "datatype": self.kind.csvw(),
            "required": self.required,
        });
        if !self.note.is_empty() {
            column["dc:description"] = json!(self.note);
        }
        column
    }
}

impl Kind {
    fn csvw(self) -> Value {
        match self {
            Kind::Text => json!("string"),
            Kind::Integer => json!("integer"),
            Kind::Decimal => json!("number"),
            Kind::Day => json!({ "base": "date", "format": "yyyy-MM-dd" }),
            Kind::Moment => json!("dateTime"),
            Kind::Truth => json!({ "base": "boolean", "format": "true|false" }),
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Cell::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(Cow::Owned(text))
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Cell::Integer(number)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Cell::Decimal(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(truth: bool) -> Self {
        Cell::Truth(truth)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csvw_metadata_names_types_requirements_notes_and_the_key() {
        let list = Columns::new(
            "completions",
            "Completions",
            vec![
                Column::new("person", "Person", Kind::Text).required(),
                Column::new("done_on", "Done", Kind::Day).note("the day in the organisation's zone"),
            ],
        )
        .key(&["person"])
        .note("Leavers are included for the days they were here.");
        let text = serde_json::to_string(&list.csvw("completions.csv")).expect("metadata is JSON");
        let value: Value = serde_json::from_str(&text).expect("metadata reads back");
        assert_eq!(value["url"], "completions.csv");
        assert_eq!(value["tableSchema"]["primaryKey"][0], "person");
        assert_eq!(value["tableSchema"]["columns"][0]["required"], true);
        assert_eq!(value["tableSchema"]["columns"][1]["datatype"]["base"], "date");
        assert_eq!(
            value["tableSchema"]["columns"][1]["dc:description"],
            "the day in the organisation's zone"
        );
        assert_eq!(value["notes"].as_array().map(Vec::len), Some(2));
    }
}
