//! The forms in which a course's file and a question are filled in: which fields, in which words.
//!
//! A section is a list of fields and of repeated groups of them. What is typed goes into the file through `writing`, so that
//! an author who keeps the course in files finds their order and comments again. What is right or wrong is `lint`'s to say:
//! a draft may be saved while it is wrong.

use toml_edit::Table;
use web::{Choice, Filled, Form, Markup, Render, html};

use crate::writing::{self, As};

mod forms;

pub(super) use forms::{QUESTION, SECTIONS};

pub(super) struct Section {
    /// In the address.
    pub name: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    fields: &'static [Field],
    groups: &'static [Group],
    /// After the groups.
    more: &'static [Field],
    folded: Option<Folded>,
}

/// What most do without: shut, unless something of it is filled in.
struct Folded {
    summary: &'static str,
    fields: &'static [Field],
    groups: &'static [Group],
}

struct Field {
    key: &'static str,
    label: &'static str,
    help: &'static str,
    typed: Typed,
}

/// How it is typed.
#[derive(Clone, Copy)]
enum Typed {
    Line,
    Long(u8),
    Number,
    Day,
    Word(fn() -> Vec<&'static str>),
    Tick,
    List,
    Lines,
    Numbers,
}

/// Fields that come several times: `[[option]]`.
struct Group {
    key: &'static str,
    noun: &'static str,
    least: usize,
    most: usize,
    fields: &'static [Field],
}

/// Empty groups after the last one that is filled in.
const SPARE: usize = 2;

impl Section {
    pub fn named(name: &str) -> Option<&'static Section> {
        SECTIONS.iter().find(|section| section.name == name)
    }

    /// What is written now, for the form to begin with.
    pub fn filled(&self, table: &Table) -> Filled {
        let mut filled = Filled::nothing();
        for field in self.all_fields() {
            filled = field.filled(filled, table, field.key);
        }
        for group in self.all_groups() {
            for (n, row) in writing::rows(table, group.key).into_iter().enumerate() {
                for field in group.fields {
                    filled = field.filled(filled, row, &group.name(n, field));
                }
            }
        }
        filled
    }

    /// Writes what was typed. A group that was emptied goes away.
    pub fn write(&self, table: &mut Table, filled: &Filled) {
        for field in self.all_fields() {
            field.write(table, filled, field.key);
            if let Some((outer, _)) = field.key.split_once('.') {
                writing::tidy(table, outer);
            }
        }
        for group in self.all_groups() {
            group.write(table, filled);
        }
    }

    fn all_fields(&self) -> impl Iterator<Item = &Field> {
        let folded = self.folded.iter().flat_map(|folded| folded.fields);
        self.fields.iter().chain(self.more).chain(folded)
    }

    fn all_groups(&self) -> impl Iterator<Item = &Group> {
        let folded = self.folded.iter().flat_map(|folded| folded.groups);
        self.groups.iter().chain(folded)
    }

    pub fn fields(&self, filled: &Filled, form: Form<'_>) -> Markup {
        html! {
            @for field in self.fields { (field.markup(form, (field.key, Needed::Yes))) }
            @for group in self.groups { (group.markup(filled, form)) }
            @for field in self.more { (field.markup(form, (field.key, Needed::Yes))) }
            @if let Some(folded) = &self.folded {
                details open[folded.is_filled(filled)] {
                    summary { (folded.summary) }
                    div.stack.roomy {
                        @for field in folded.fields { (field.markup(form, (field.key, Needed::No))) }
                        @for group in folded.groups { (group.markup(filled, form)) }
                    }
                }
            }
        }
    }
}

impl Folded {
    fn is_filled(&self, filled: &Filled) -> bool {
        self.fields.iter().any(|field| !filled.one(field.key).is_empty())
            || self.groups.iter().any(|group| group.sent(filled) > 0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

impl Group {
    fn name(&self, n: usize, field: &Field) -> String {
        format!("{}.{n}.{}", self.key, field.key)
    }

    fn is_sent(&self, filled: &Filled, n: usize) -> bool {
        let typed = |field: &Field| {
            !matches!(field.typed, Typed::Tick) && !filled.one(&self.name(n, field)).is_empty()
        };
        self.fields.iter().any(typed)
    }

    /// Up to the last one that says something.
    fn sent(&self, filled: &Filled) -> usize {
        (0..self.most)
            .rev()
            .find(|n| self.is_sent(filled, *n))
            .map_or(0, |n| n + 1)
    }

    fn markup(&self, filled: &Filled, form: Form<'_>) -> Markup {
        let sent = self.sent(filled);
        html! {
            @for n in 0..self.shown(filled) {
                fieldset.stack {
                    legend { b { (self.noun) " " (n + 1) } @if n >= sent { span.soft { " (optional)" } } }
                    @for field in self.fields {
                        (field.markup(form, (&self.name(n, field), if n < sent { Needed::Yes } else { Needed::No })))
                    }
                }
            }
        }
    }

    fn shown(&self, filled: &Filled) -> usize {
        (self.sent(filled) + SPARE).clamp(self.least, self.most)
    }

    fn write(&self, table: &mut Table, filled: &Filled) {
        let sent = self.sent(filled);
        if sent == 0 {
            table.remove(self.key);
            return;
        }
        let Some(rows) = writing::rows_mut(table, self.key) else {
            return;
        };
        for n in 0..sent {
            if n >= rows.len() {
                rows.push(writing::fresh());
            }
            if let Some(row) = rows.get_mut(n) {
                for field in self.fields {
                    field.write(row, filled, &self.name(n, field));
                }
            }
        }
        for n in (0..rows.len()).rev() {
            if n >= sent || !self.is_sent(filled, n) {
                rows.remove(n);
            }
        }
    }
}

impl Field {
    fn kind(&self) -> As {
        match self.typed {
            Typed::Line | Typed::Long(_) | Typed::Day => As::Text,
            Typed::Word(_) if self.key == "difficulty" => As::Number,
            Typed::Word(_) => As::Text,
            Typed::Number => As::Number,
            Typed::Tick => As::Flag,
            Typed::List => As::List,
            Typed::Lines => As::Lines,
            Typed::Numbers => As::Numbers,
        }
    }

    fn filled(&self, filled: Filled, table: &Table, name: &str) -> Filled {
        let shown = writing::shown(table, self.key, self.kind());
        if matches!(self.typed, Typed::Tick) && shown.is_empty() {
            return filled; // a box that is not ticked is not sent
        }
        filled.with(name, shown)
    }

    fn write(&self, table: &mut Table, filled: &Filled, name: &str) {
        writing::put(table, (self.key, self.kind()), filled.raw(name));
    }

    fn markup(&self, form: Form<'_>, (name, needed): (&str, Needed)) -> Markup {
        let choices: Vec<Choice> = match self.typed {
            Typed::Word(words) => words().into_iter().map(choice).collect(),
            _ => Vec::new(),
        };
        let field = match self.typed {
            Typed::Line | Typed::List | Typed::Numbers => form.text(name, self.label),
            Typed::Long(rows) => form.textarea(name, self.label, rows),
            Typed::Lines => form.textarea(name, self.label, 4),
            Typed::Number => form.number(name, self.label),
            Typed::Day => form.date(name, self.label),
            Typed::Word(_) => form.select(name, self.label, &choices),
            Typed::Tick => form.check(name, self.label),
        };
        let field = if self.help.is_empty() {
            field
        } else {
            field.help(self.help)
        };
        let field = if needed == Needed::No || self.is_optional() {
            field.optional()
        } else {
            field
        };
        field.render()
    }

    /// The course may do without it.
    fn is_optional(&self) -> bool {
        matches!(self.typed, Typed::Tick | Typed::List | Typed::Numbers)
            || matches!(
                self.key,
                "test_out.pass_mark" | "code" | "language" | "explanation" | "otherwise" | "feedback"
            )
    }
}

fn choice(word: &'static str) -> Choice {
    Choice {
        value: word.to_owned(),
        label: word.replace('_', " "),
        why: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{folder::catalogue, sample};

    #[test]
    fn a_form_that_is_sent_as_it_came_changes_no_byte() {
        let mut folders = catalogue();
        folders.push(("T01".to_owned(), sample::folder()));
        for (id, folder) in folders {
            let text = folder.text("course.toml").expect("a course has its file");
            for section in SECTIONS {
                let mut file = writing::parse(text).expect("TOML");
                let filled = section.filled(&file);
                section.write(&mut file, &filled);
                assert_eq!(file.to_string(), text, "{id} {}", section.name);
            }
        }
    }

    #[test]
    fn every_question_that_is_sent_as_it_came_means_the_same() {
        for (id, folder) in catalogue() {
            let before = crate::Course::parse(&folder).expect("a shipped course reads");
            let mut changed = folder.clone();
            for (path, body) in &folder.files {
                if !path.starts_with("questions/") {
                    continue;
                }
                let mut file = writing::parse(std::str::from_utf8(body).expect("text")).expect("TOML");
                let rows = writing::rows_mut(&mut file, "question").expect("questions");
                for n in 0..rows.len() {
                    let table = rows.get_mut(n).expect("it is there");
                    let filled = QUESTION.filled(table);
                    QUESTION.write(table, &filled);
                }
                changed.files.insert(path.clone(), file.to_string().into_bytes());
            }
            let after = crate::Course::parse(&changed).expect("it reads as before");
            for (before, after) in before.questions.iter().zip(&after.questions) {
                assert_eq!(before.stem, after.stem, "{id}");
                let key = |question: &crate::Question| -> Vec<(String, bool, Option<String>)> {
                    question
                        .options
                        .iter()
                        .map(|one| (one.text.clone(), one.correct, one.feedback.clone()))
                        .collect()
                };
                assert_eq!(key(before), key(after), "{id} {}", before.id);
                assert_eq!(before.code, after.code, "{id} {}", before.id);
            }
        }
    }

    #[test]
    fn an_answer_that_was_emptied_goes_away_and_a_new_one_comes_last() {
        let folder = sample::folder();
        let mut file = writing::parse(folder.text("questions/judge.toml").expect("there")).expect("TOML");
        let rows = writing::rows_mut(&mut file, "question").expect("questions");
        let table = rows.get_mut(0).expect("there is one");
        let filled: Filled = QUESTION
            .filled(table)
            .pairs()
            .map(|(name, value)| match name {
                "option.1.text" | "option.1.feedback" => (name.to_owned(), String::new()),
                _ => (name.to_owned(), value.to_owned()),
            })
            .chain([("option.3.text".to_owned(), "A fourth".to_owned())])
            .collect();
        QUESTION.write(table, &filled);
        let question =
            crate::Course::parse(&sample::with("questions/judge.toml", &file.to_string())).expect("it reads");
        let texts: Vec<&str> = question
            .question("judge-1")
            .expect("there")
            .options
            .iter()
            .map(|o| o.text.as_str())
            .collect();
        assert_eq!(
            texts,
            ["Your own bookmark", "A reply that asks who it is", "A fourth"]
        );
    }
}
