//! Turns what an author wrote in Markdown into what a page can show.
//!
//! Nothing an author writes becomes markup of its own: raw HTML is shown as text, links lead only to
//! `http:`, `https:`, `mailto:` or a place on the page, pictures come only from the course's own
//! assets, and no style attribute is ever written, so that the strictest content policy holds.
//! Which pages show it is in `pages`.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Tag, TagEnd};

use crate::{course::ASSETS, lesson::parser};

/// How the bold words end with which a block quote begins that is shown as a card: a sentence, in any script.
const SENTENCE_ENDS: &[char] = &['.', '!', '。', '।', '۔', '።'];

/// The body of a lesson, without its title, for a page (or a part of one) whose title is a heading of
/// the level `under` (1 for `h1`): a `##` becomes one level below that. Pictures are fetched from
/// `assets`, a prefix that ends with `/`.
pub fn lesson(markdown: &str, assets: &str, under: u8) -> Markup {
    let mut events: Vec<Event<'_>> = parser(markdown).collect();
    if let Some(Event::Start(Tag::Heading {
        level: HeadingLevel::H1,
        ..
    })) = events.first()
    {
        let end = events
            .iter()
            .position(|event| matches!(event, Event::End(TagEnd::Heading(_))))
            .unwrap_or(0);
        events.drain(..=end);
    }
    Writer {
        assets: Some(assets),
        under,
        ..Writer::default()
    }
    .write(&events)
}

/// A stem, an explanation or a feedback: paragraphs, lists, emphasis and code. No pictures, no links.
pub fn text(markdown: &str) -> Markup {
    let events: Vec<Event<'_>> = parser(markdown).collect();
    Writer {
        plain: true,
        under: 5,
        ..Writer::default()
    }
    .write(&events)
}

/// One line, for inside a label or a sentence: emphasis and code only, blocks run together.
pub fn inline(markdown: &str) -> Markup {
    let events: Vec<Event<'_>> = parser(markdown).collect();
    Writer {
        plain: true,
        inline: true,
        under: 5,
        ..Writer::default()
    }
    .write(&events)
}

/// A piece of code. It scrolls, so it can be focused.
pub fn code(code: &str, language: Option<&str>) -> Markup {
    framed(language, html! { (code) })
}

/// A piece of code with its lines numbered from 1.
pub fn numbered_code(code: &str, language: Option<&str>) -> Markup {
    let width = code.lines().count().to_string().len();
    let lines = html! {
        @for (n, line) in code.lines().enumerate() {
            span.soft { (format!("{:>width$}", n + 1)) } "  " (line) "\n"
        }
    };
    framed(language, lines)
}

fn framed(language: Option<&str>, content: Markup) -> Markup {
    let language = language.map(word).filter(|language| !language.is_empty());
    let label = language
        .as_ref()
        .map_or("Code".to_owned(), |language| format!("Code, {language}"));
    html! {
        pre.scroll.code tabindex="0" role="region" aria-label=(label) {
            code class=[language.map(|language| format!("language-{language}"))] { (content) }
        }
    }
}

/// Whether a link of a lesson is shown as a link.
pub(crate) fn is_safe_link(url: &str) -> bool {
    let lower = url.trim_start().to_ascii_lowercase();
    let known = ["https://", "http://", "mailto:", "#"]
        .iter()
        .any(|start| lower.starts_with(start));
    known && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The file name of a picture of the course: "../assets/door.svg" and "assets/door.svg" are "door.svg".
pub(crate) fn asset_name(url: &str) -> Option<&str> {
    let name = url.strip_prefix("../").unwrap_or(url).strip_prefix(ASSETS)?;
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    (plain && !name.starts_with('.') && (name.ends_with(".svg") || name.ends_with(".png"))).then_some(name)
}

#[derive(Default)]
struct Writer<'a> {
    out: String,
    /// Where pictures come from; without it there are none.
    assets: Option<&'a str>,
    /// Level of the heading above.
    under: u8,
    /// No links.
    plain: bool,
    /// No blocks.
    inline: bool,
    in_head: bool,
    /// Open links and block quotes: what closes each.
    closing: Vec<&'static str>,
}

impl Writer<'_> {
    fn write(mut self, events: &[Event<'_>]) -> Markup {
        let mut at = 0;
        while let Some(event) = events.get(at) {
            at += 1;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let (content, used) = until(&events[at..], |end| end == TagEnd::CodeBlock);
                    at += used;
                    self.code_block(kind, &content);
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let (alt, used) = until(&events[at..], |end| end == TagEnd::Image);
                    at += used;
                    self.picture(dest_url, &alt);
                }
                Event::Start(Tag::BlockQuote(_)) => self.quote(&events[at..]),
                Event::Start(Tag::Table(_)) => self.table(&events[at..]),
                Event::Start(tag) => self.start(tag),
                Event::End(end) => self.end(*end),
                // Block HTML arrives line by line; either way it is text to us.
                Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.escaped(text),
                Event::Code(text) => self.push(html! { code { (text) } }),
                Event::SoftBreak => self.out.push('\n'),
                Event::HardBreak => self.raw(if self.inline { " " } else { "<br>" }),
                Event::Rule => self.block("<hr>"),
                _ => {}
            }
        }
        PreEscaped(self.out)
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.block("<p>"),
            Tag::Heading { level, .. } => {
                let level = self.level(*level);
                self.block(&format!("<h{level}>"));
            }
            Tag::List(None) => self.block("<ul>"),
            Tag::List(Some(1)) => self.block("<ol>"),
            Tag::List(Some(first)) => self.block(&format!("<ol start=\"{first}\">")),
            Tag::Item => self.block("<li>"),
            Tag::Emphasis => self.raw("<em>"),
            Tag::Strong => self.raw("<strong>"),
            Tag::Link { dest_url, .. } => self.link(dest_url),
            Tag::TableHead => {
                self.in_head = true;
                self.block("<thead><tr>");
            }
            Tag::TableRow => self.block("<tr>"),
            Tag::TableCell => self.block(if self.in_head {
                "<th scope=\"col\">"
            } else {
                "<td>"
            }),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.block("</p>"),
            TagEnd::Heading(level) => {
                let level = self.level(level);
                self.block(&format!("</h{level}>"));
            }
            TagEnd::List(false) => self.block("</ul>"),
            TagEnd::List(true) => self.block("</ol>"),
            TagEnd::Item => self.block("</li>"),
            TagEnd::Emphasis => self.raw("</em>"),
            TagEnd::Strong => self.raw("</strong>"),
            TagEnd::Link | TagEnd::BlockQuote(_) => {
                let closing = self.closing.pop().unwrap_or_default();
                self.raw(closing);
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.block("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.block("</tr>"),
            TagEnd::TableCell => self.block(if self.in_head { "</th>" } else { "</td>" }),
            TagEnd::Table => self.block("</tbody></table></div>"),
            _ => {}
        }
    }

    fn link(&mut self, url: &str) {
        if self.plain || !is_safe_link(url) {
            self.closing.push("");
            return;
        }
        self.raw("<a href=\"");
        self.escaped(url);
        self.raw("\" rel=\"noopener noreferrer\">");
        self.closing.push("</a>");
    }

    fn quote(&mut self, inside: &[Event<'_>]) {
        let (open, close) = match (self.inline, is_card(inside)) {
            (true, _) => ("", " "),
            (false, true) => ("<div class=\"note\" role=\"note\">", "</div>"),
            (false, false) => ("<blockquote>", "</blockquote>"),
        };
        self.raw(open);
        self.closing.push(close);
    }

    /// Opens a table inside a region that scrolls, named after its columns.
    fn table(&mut self, inside: &[Event<'_>]) {
        if self.inline {
            return;
        }
        let mut columns: Vec<String> = Vec::new();
        for event in inside
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::TableHead)))
        {
            match event {
                Event::Start(Tag::TableCell) => columns.push(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(column) = columns.last_mut() {
                        column.push_str(text);
                    }
                }
                _ => {}
            }
        }
        columns.retain(|column| !column.trim().is_empty());
        let label = if columns.is_empty() {
            "Table".to_owned()
        } else {
            format!("Table: {}", columns.join(", "))
        };
        self.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
        self.escaped(&label);
        self.raw("\"><table class=\"grid\">");
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, content: &str) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split_whitespace().next(),
            CodeBlockKind::Indented => None,
        };
        let shown = if self.inline {
            html! { code { (content) } }
        } else {
            code(content, language)
        };
        self.push(shown);
    }

    fn picture(&mut self, url: &CowStr<'_>, alt: &str) {
        match (self.assets, asset_name(url)) {
            (Some(assets), Some(name)) => {
                let src = format!("{assets}{name}");
                self.push(html! { img src=(src) alt=(alt) loading="lazy"; });
            }
            _ => self.escaped(alt),
        }
    }

    fn level(&self, level: HeadingLevel) -> u8 {
        (self.under + (level as u8).max(2) - 1).min(6)
    }

    /// Markup of a block, which inside a line is a space.
    fn block(&mut self, markup: &str) {
        self.raw(if self.inline { " " } else { markup });
    }

    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn push(&mut self, markup: Markup) {
        self.out.push_str(&markup.0);
    }

    fn escaped(&mut self, text: &str) {
        maud::Escaper::new(&mut self.out)
            .write_str(text)
            .expect("writing to a string does not fail");
    }
}

/// The readable text up to the end of the element, and how many events that took.
fn until(events: &[Event<'_>], is_end: impl Fn(TagEnd) -> bool) -> (String, usize) {
    let mut content = String::new();
    for (n, event) in events.iter().enumerate() {
        match event {
            Event::End(end) if is_end(*end) => return (content, n + 1),
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => content.push_str(text),
            Event::SoftBreak | Event::HardBreak => content.push(' '),
            _ => {}
        }
    }
    (content, events.len())
}

/// "**Report it.** …" in whatever language it is written.
fn is_card(inside: &[Event<'_>]) -> bool {
    matches!(
        inside,
        [Event::Start(Tag::Paragraph), Event::Start(Tag::Strong), Event::Text(text), ..] if text.ends_with(SENTENCE_ENDS)
    )
}

/// A word that can stand in a class name.
fn word(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '#'))
        .take(20)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(markdown: &str) -> String {
        lesson(markdown, "/courses/T01/editions/1/assets/", 1).0
    }

    #[test]
    fn the_title_is_left_to_the_page_and_headings_follow_it() {
        assert_eq!(shown("# Title\n\n## A\n\n### B\n"), "<h2>A</h2><h3>B</h3>");
        assert_eq!(
            lesson("# Title\n\n## A\n\n###### F\n", "/", 2).0,
            "<h3>A</h3><h6>F</h6>"
        );
        assert_eq!(
            shown("## A\n\n# Late\n"),
            "<h2>A</h2><h2>Late</h2>",
            "no second h1, whatever is written"
        );
    }

    #[test]
    fn the_report_card_is_a_note() {
        assert_eq!(
            shown("> **Report it.** Press the button.\n"),
            "<div class=\"note\" role=\"note\"><p><strong>Report it.</strong> Press the button.</p></div>"
        );
        assert_eq!(
            shown("> Just a quote.\n"),
            "<blockquote><p>Just a quote.</p></blockquote>"
        );
    }

    #[test]
    fn a_table_scrolls_and_is_named_and_has_no_style() {
        let html = shown("| Ask | `Do` |\n|:---|---:|\n| a | b |\n");
        assert_eq!(
            html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: Ask, Do\"><table class=\"grid\">\
             <thead><tr><th scope=\"col\">Ask</th><th scope=\"col\"><code>Do</code></th></tr></thead>\
             <tbody><tr><td>a</td><td>b</td></tr></tbody></table></div>"
        );
    }

    #[test]
    fn code_can_be_focused_and_names_its_language() {
        assert_eq!(
            shown("```python title=\"x\"\na < b\n```\n"),
            "<pre class=\"scroll code\" tabindex=\"0\" role=\"region\" aria-label=\"Code, python\">\
             <code class=\"language-python\">a &lt; b\n</code></pre>"
        );
    }

    #[test]
    fn lines_of_code_are_numbered_from_one() {
        let code: String = (1..=10).map(|n| format!("f({n}) < 0\n")).collect();
        let html = numbered_code(&code, None).0;
        assert!(
            html.contains("aria-label=\"Code\"><code><span class=\"soft\"> 1</span>  f(1) &lt; 0\n"),
            "{html}"
        );
        assert!(
            html.contains("<span class=\"soft\">10</span>  f(10) &lt; 0\n"),
            "{html}"
        );
    }

    #[test]
    fn pictures_come_only_from_the_course() {
        assert_eq!(
            shown("![A *door*](../assets/door.svg)\n"),
            "<p><img src=\"/courses/T01/editions/1/assets/door.svg\" alt=\"A door\" loading=\"lazy\"></p>"
        );
        for away in [
            "https://example.com/a.png",
            "../assets/../../x.svg",
            "/etc/passwd",
            "data:image/png;base64,x",
            "assets/x.js",
        ] {
            assert_eq!(shown(&format!("![A door]({away})\n")), "<p>A door</p>", "{away}");
        }
    }

    #[test]
    fn hostile_markdown_stays_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>)",
            "[x](vbscript:x)",
            "<javascript:alert(1)>",
            "[x](<https://a.example/\" onclick=\"alert(1)>)",
            "![\" onerror=\"alert(1)](../assets/a.svg)",
            "```\" onload=\"alert(1)\nx\n```",
            "<style>*{display:none}</style>",
            "<p style=\"position:fixed\">x</p>",
            "<!-- x --> <svg/onload=alert(1)>",
            "| <b onclick=x> |\n|---|\n| y |",
        ] {
            assert_harmless(&shown(hostile), hostile);
            assert_harmless(&text(hostile).0, hostile);
            assert_harmless(&inline(hostile).0, hostile);
        }
    }

    /// Every tag is one we write ourselves, with the attributes we write ourselves.
    fn assert_harmless(html: &str, source: &str) {
        const NAMES: &[&str] = &[
            "p",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "em",
            "strong",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "div",
            "pre",
            "code",
            "blockquote",
            "img",
            "br",
            "hr",
        ];
        const ATTRIBUTES: &[&str] = &[
            "href",
            "rel",
            "class",
            "tabindex",
            "role",
            "aria-label",
            "src",
            "alt",
            "loading",
            "scope",
            "start",
        ];
        for tag in html.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("every tag is closed");
            let mut rest = tag.trim_start_matches('/');
            let name = rest.split(' ').next().unwrap_or_default();
            assert!(NAMES.contains(&name), "<{name}> from {source:?}: {html}");
            rest = rest[name.len()..].trim_start();
            while !rest.is_empty() {
                let (attribute, value) = rest.split_once("=\"").expect("attributes are quoted");
                assert!(
                    ATTRIBUTES.contains(&attribute),
                    "{attribute} from {source:?}: {html}"
                );
                let (value, after) = value.split_once('"').expect("attributes are closed");
                if attribute == "href" {
                    assert!(is_safe_link(value), "{value}");
                }
                rest = after.trim_start();
            }
        }
    }

    #[test]
    fn links_keep_the_page_to_themselves() {
        assert_eq!(
            shown("[Report](https://report.example/a?b=1&c=2)\n"),
            "<p><a href=\"https://report.example/a?b=1&amp;c=2\" rel=\"noopener noreferrer\">Report</a></p>"
        );
        assert_eq!(shown("[Next](02-next.md)\n"), "<p>Next</p>");
    }

    #[test]
    fn a_line_has_no_blocks_and_a_stem_no_links() {
        assert_eq!(
            inline("Use `a` and **b**").0.trim(),
            "Use <code>a</code> and <strong>b</strong>"
        );
        assert_eq!(
            text("Go [there](https://a.example)\n\n- one").0,
            "<p>Go there</p><ul><li>one</li></ul>"
        );
    }

    proptest! {
        #[test]
        fn any_markdown_is_harmless(markdown in "([a-z<>\"'`*_#|\\[\\]()!&:/\\-\n= ]|javascript:|</?[a-z]{1,6}>|https://){0,80}") {
            assert_harmless(&shown(&markdown), &markdown);
            assert_harmless(&inline(&markdown).0, &markdown);
        }
    }
}
