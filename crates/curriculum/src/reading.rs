//! Reads one TOML file of a course and says of every slip where it is and how to mend it.
//!
//! Reading never stops at the first slip: a missing or wrong value is noted and read as empty,
//! so that the author sees everything at once. What the values mean is for the caller.

use std::cell::RefCell;

use db::Day;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    fault::Fault,
    lesson::LineCounter,
    taxonomy::{Word, nearest},
};

/// Characters. The longest text of a course file is a piece of code; more belongs in a lesson.
const TEXT_MAX: usize = 8_000;
/// Entries of any list in a course file.
const LIST_MAX: usize = 500;

/// A file under the reader's finger: where lines start, and what was found wrong so far.
pub(crate) struct Page<'t> {
    pub file: &'t str,
    lines: LineCounter,
    faults: RefCell<Vec<Fault>>,
}

/// One table of the file.
pub(crate) struct Reading<'p, 't> {
    page: &'p Page<'t>,
    table: &'p DeTable<'t>,
    pub line: usize,
    known: RefCell<Vec<&'static str>>,
}

impl<'t> Page<'t> {
    pub fn new(file: &'t str, text: &str) -> Page<'t> {
        Page {
            file,
            lines: LineCounter::new(text),
            faults: RefCell::default(),
        }
    }

    /// Line of a byte offset, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.lines.line(offset)
    }

    pub fn note(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    pub fn error(&self, line: usize, code: &'static str, message: impl Into<String>) -> Fault {
        Fault::error((self.file, line), code, message)
    }

    pub fn into_faults(self) -> Vec<Fault> {
        self.faults.into_inner()
    }

    /// Parses the file, noting what is not TOML.
    pub fn parse(&self, text: &'t str) -> DeTable<'t> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors.iter().take(5) {
            let line = error.span().map_or(1, |span| self.line(span.start));
            self.note(
                self.error(
                    line,
                    "toml-syntax",
                    format!("This is not TOML: {}.", error.message().trim_end_matches('.')),
                )
                .fix("Check quotes, brackets and equals signs on this line."),
            );
        }
        table.into_inner()
    }

    pub fn root<'p>(&'p self, table: &'p DeTable<'t>) -> Reading<'p, 't> {
        Reading {
            page: self,
            table,
            line: 1,
            known: RefCell::default(),
        }
    }
}

impl<'p, 't> Reading<'p, 't> {
    pub fn text(&self, key: &'static str) -> String {
        let text = self.maybe_text(key);
        if self.find(key).is_none() {
            self.missing(key);
        }
        text.unwrap_or_default()
    }

    /// A text that may be left out, but not left empty.
    pub fn maybe_text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text in quotes");
            return None;
        };
        let text = text.replace("\r\n", "\n");
        if text.trim().is_empty() {
            self.page.note(
                self.page
                    .error(self.line_of(key), "empty-value", format!("`{key}` is empty."))
                    .fix(format!(
                        "Write the {key}, or leave the line out if it is optional."
                    )),
            );
            return None;
        }
        if text.chars().count() > TEXT_MAX {
            self.page.note(
                self.page
                    .error(
                        self.line_of(key),
                        "text-too-long",
                        format!("`{key}` is longer than {TEXT_MAX} characters."),
                    )
                    .fix("Shorten it, or move it into a lesson."),
            );
            return None;
        }
        Some(text)
    }

    /// A whole number within the range.
    pub fn number(&self, key: &'static str, range: std::ops::RangeInclusive<u32>) -> u32 {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return *range.start();
        };
        match whole(value.get_ref()) {
            Some(number) if range.contains(&number) => number,
            _ => {
                self.wrong(
                    key,
                    value,
                    &format!("a whole number from {} to {}", range.start(), range.end()),
                );
                *range.start()
            }
        }
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, value, "true or false");
        }
        flag
    }

    pub fn day(&self, key: &'static str) -> Day {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return Day(0);
        };
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        written.parse().unwrap_or_else(|_| {
            self.wrong(key, value, "a day written \"2026-11-20\"");
            Day(0)
        })
    }

    /// A word out of a closed list. The first of the list stands in for one that is missing or wrong.
    pub fn word<T: Word>(&self, key: &'static str) -> T {
        let written = self.text(key);
        if let Some(word) = T::of(&written) {
            return word;
        }
        if !written.is_empty() {
            let known = || T::ALL.iter().map(|known| known.word());
            let fix = match nearest(&written, known()) {
                Some(word) => format!("Did you mean `{word}`?"),
                None => format!("Write one of: {}.", known().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("`{written}` is not a {key} we know.");
            self.page.note(
                self.page
                    .error(self.line_of(key), "unknown-word", message)
                    .fix(fix),
            );
        }
        T::ALL[0]
    }

    /// A list of texts; nothing written is an empty list.
    pub fn texts(&self, key: &'static str) -> Vec<String> {
        self.list(key, "texts in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// A list of whole numbers; nothing written is an empty list.
    pub fn numbers(&self, key: &'static str) -> Vec<u32> {
        self.list(key, "whole numbers", whole)
    }

    fn list<T>(&self, key: &'static str, what: &str, read: impl Fn(&DeValue<'_>) -> Option<T>) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let array = value.get_ref().as_array().filter(|array| array.len() <= LIST_MAX);
        let read: Option<Vec<T>> =
            array.and_then(|array| array.iter().map(|item| read(item.get_ref())).collect());
        read.unwrap_or_else(|| {
            self.wrong(key, value, &format!("a list of {what}, at most {LIST_MAX}"));
            Vec::new()
        })
    }

    pub fn table(&self, key: &'static str) -> Option<Reading<'p, 't>> {
        if self.value(key).is_none() {
            self.missing(key);
        }
        self.maybe_table(key)
    }

    pub fn maybe_table(&self, key: &'static str) -> Option<Reading<'p, 't>> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, &format!("a table headed [{key}]"));
            return None;
        };
        Some(self.inner(table, self.line_of(key)))
    }

    /// The tables headed `[[key]]`, in the order written.
    pub fn tables(&self, key: &'static str) -> Vec<Reading<'p, 't>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let array = value.get_ref().as_array().filter(|array| array.len() <= LIST_MAX);
        let read = |item: &'p Spanned<DeValue<'t>>| {
            item.get_ref()
                .as_table()
                .map(|table| self.inner(table, self.page.line(item.span().start)))
        };
        array
            .and_then(|array| array.iter().map(read).collect())
            .unwrap_or_else(|| {
                self.wrong(
                    key,
                    value,
                    &format!("tables headed [[{key}]], at most {LIST_MAX}"),
                );
                Vec::new()
            })
    }

    /// Line of the key, or of its table when it is not written.
    pub fn line_of(&self, key: &str) -> usize {
        self.find(key).map_or(self.line, |(line, _)| line)
    }

    /// Notes every key that nobody asked for.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for key in self.table.keys() {
            let written = key.get_ref().as_ref();
            if known.contains(&written) {
                continue;
            }
            let shown: String = written.chars().take(60).collect();
            let fix = match nearest(written, known.iter().copied()) {
                Some(word) => format!("Did you mean `{word}`?"),
                None => format!("Take it out, or use one of: {}.", known.join(", ")),
            };
            let line = self.page.line(key.span().start);
            self.page.note(
                self.page
                    .error(
                        line,
                        "unknown-key",
                        format!("`{shown}` is not a key we know here."),
                    )
                    .fix(fix),
            );
        }
    }

    fn inner(&self, table: &'p DeTable<'t>, line: usize) -> Reading<'p, 't> {
        Reading {
            page: self.page,
            table,
            line,
            known: RefCell::default(),
        }
    }

    fn value(&self, key: &'static str) -> Option<&'p Spanned<DeValue<'t>>> {
        self.known.borrow_mut().push(key);
        self.find(key).map(|(_, value)| value)
    }

    fn find(&self, key: &str) -> Option<(usize, &'p Spanned<DeValue<'t>>)> {
        let found = self.table.iter().find(|(written, _)| written.get_ref() == key);
        found.map(|(written, value)| (self.page.line(written.span().start), value))
    }

    fn missing(&self, key: &str) {
        self.page.note(
            self.page
                .error(self.line, "missing-key", format!("`{key}` is missing."))
                .fix(format!("Add `{key}` here; the course format says what it holds.")),
        );
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let line = self.page.line(value.span().start);
        self.page.note(
            self.page
                .error(line, "wrong-value", format!("`{key}` is not {wanted}."))
                .fix(format!("Write {wanted}.")),
        );
    }
}

fn whole(value: &DeValue<'_>) -> Option<u32> {
    value
        .as_integer()
        .and_then(|written| u32::from_str_radix(written.as_str(), written.radix()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Leg;

    const TEXT: &str =
        "title = \"A\"\nleg = \"traning\"\nminuts = 4\nday = 2026-02-30\n\n[form]\nquestions = \"ten\"\n";

    fn faults() -> Vec<Fault> {
        let page = Page::new("course.toml", TEXT);
        let table = page.parse(TEXT);
        let root = page.root(&table);
        root.text("title");
        root.word::<Leg>("leg");
        root.number("minutes", 1..=600);
        let form = root.table("form").expect("written");
        form.number("questions", 1..=50);
        form.finish();
        root.maybe_text("day");
        root.finish();
        drop(form);
        drop(root);
        page.into_faults()
    }

    #[test]
    fn every_slip_is_named_with_its_line() {
        let found: Vec<_> = faults().iter().map(|f| (f.code, f.line)).collect();
        assert!(found.contains(&("unknown-word", 2)), "{found:?}");
        assert!(found.contains(&("missing-key", 1)), "{found:?}");
        assert!(found.contains(&("wrong-value", 7)), "{found:?}");
        assert!(found.contains(&("unknown-key", 3)), "{found:?}");
    }

    #[test]
    fn an_unknown_key_comes_with_the_one_that_was_meant() {
        let unknown = faults()
            .into_iter()
            .find(|f| f.code == "unknown-key")
            .expect("noted");
        assert_eq!(unknown.fix, "Did you mean `minutes`?");
    }

    #[test]
    fn lines_are_counted_from_one() {
        let page = Page::new("x", "a\nb\n");
        assert_eq!(
            [page.line(0), page.line(1), page.line(2), page.line(4)],
            [1, 1, 2, 3]
        );
    }
}
