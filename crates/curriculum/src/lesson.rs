//! A lesson: one page of Markdown that a learner reads before the questions.
//!
//! Lessons are read in the order of their file names. How one looks is in `render`.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// One lesson as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// File name without folder and `.md`; the order and the address: "01-three-questions".
    pub name: String,
    /// Path in the course folder.
    pub file: String,
    /// The text of the first line, `# Title`.
    pub title: String,
    /// The whole Markdown, title included.
    pub body: String,
    /// Words a reader reads, code included.
    pub words: usize,
    /// The language of its text, BCP 47.
    pub spoken: String,
}

/// A run of text that stands by itself: a paragraph, a heading, a list item, a table cell, a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passage {
    /// Line of the file, from 1. Line breaks inside `text` are line breaks of the file.
    pub line: usize,
    pub text: String,
    /// The passage is code, inline or a block.
    pub code: bool,
}

/// CommonMark with tables, and nothing else.
pub(crate) fn parser(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES)
}

/// A lesson whose language the caller knows.
pub(crate) fn read(file: &str, body: &str) -> Lesson {
    let name = file
        .rsplit('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".md")
        .to_owned();
    let body = body.replace("\r\n", "\n");
    let words = passages(&body)
        .iter()
        .map(|passage| passage.text.split_whitespace().count())
        .sum();
    Lesson {
        title: title(&body).unwrap_or(&name).to_owned(),
        name,
        file: file.to_owned(),
        body,
        words,
        spoken: String::new(),
    }
}

/// The title on the first line that is not empty, when it is written `# Title`.
pub(crate) fn title(body: &str) -> Option<&str> {
    let first = body
        .trim_start_matches('\u{feff}')
        .lines()
        .find(|line| !line.trim().is_empty())?;
    first
        .strip_prefix("# ")
        .map(|title| title.trim().trim_end_matches('#').trim())
        .filter(|title| !title.is_empty())
}

/// Everything readable, passage by passage.
pub(crate) fn passages(markdown: &str) -> Vec<Passage> {
    let mut found: Vec<Passage> = Vec::new();
    let mut text = String::new();
    let mut line = 1;
    let mut in_code = false;
    let lines = LineCounter::new(markdown);
    let mut close = |text: &mut String, line: usize, code: bool| {
        if !text.trim().is_empty() {
            found.push(Passage {
                line,
                text: text.trim().to_owned(),
                code,
            });
        }
        text.clear();
    };
    for (event, range) in parser(markdown).into_offset_iter() {
        let at = lines.line(range.start);
        match event {
            Event::Start(tag) if is_block(&tag) => {
                close(&mut text, line, in_code);
                in_code = matches!(tag, Tag::CodeBlock(_));
                line = at;
            }
            Event::End(end) if ends_block(end) => {
                close(&mut text, line, in_code);
                in_code = false;
            }
            Event::Text(piece) => {
                if text.is_empty() {
                    line = at;
                }
                text.push_str(&piece);
            }
            Event::Code(piece) => {
                if text.is_empty() {
                    line = at;
                }
                text.push_str(&vec!["code"; piece.split_whitespace().count().max(1)].join(" "));
            }
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            _ => {}
        }
    }
    close(&mut text, line, in_code);
    found
}

/// The pieces of code inside sentences, which [`passages`] shows only as the word "code".
pub(crate) fn inline_code(markdown: &str) -> Vec<Passage> {
    let lines = LineCounter::new(markdown);
    let events = parser(markdown).into_offset_iter();
    events
        .filter_map(|(event, range)| match event {
            Event::Code(piece) => Some(Passage {
                line: lines.line(range.start),
                text: piece.to_string(),
                code: true,
            }),
            _ => None,
        })
        .collect()
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

fn ends_block(end: TagEnd) -> bool {
    !matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// Line numbers of offsets.
pub(crate) struct LineCounter {
    starts: Vec<usize>,
}

impl LineCounter {
    pub fn new(text: &str) -> LineCounter {
        LineCounter {
            starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(i, _)| i + 1))
                .collect(),
        }
    }

    /// From 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_named_after_its_file_and_titled_by_its_first_line() {
        let lesson = read(
            "lessons/01-why.md",
            "# Why you \n\nThree words here.\n\n```js\nlet a = 1;\n```\n",
        );
        assert_eq!(
            (lesson.name.as_str(), lesson.title.as_str()),
            ("01-why", "Why you")
        );
        assert_eq!(lesson.words, 2 + 3 + 4);
    }

    #[test]
    fn without_a_title_line_the_name_stands_in() {
        assert_eq!(title("## Not a title\n"), None);
        assert_eq!(title("#hashtag\n"), None);
        assert_eq!(read("lessons/02-x.md", "Words.\n").title, "02-x");
    }

    #[test]
    fn passages_know_their_line_and_whether_they_are_code() {
        let found =
            passages("# One\n\nTwo `let x` three\nfour\n\n- five\n\n| a | b |\n|---|---|\n| c | d |\n");
        let short: Vec<_> = found.iter().map(|p| (p.line, p.text.as_str())).collect();
        assert_eq!(
            short[..3],
            [(1, "One"), (3, "Two code code three\nfour"), (6, "five")]
        );
        assert_eq!(
            short[3..].iter().map(|p| p.1).collect::<Vec<_>>(),
            ["a", "b", "c", "d"]
        );
    }
}
