//! A page's HTML as a tree, read strictly enough that a tag left open is found.
//!
//! Reads what our own pages are made of: elements, attributes, text, the five named entities and numeric ones.
//! Text is what a person meets, a screen reader's included: scripts, styles and hidden parts are left out, and
//! blocks are set apart by a space.
//!
//! Not here: what a page lets somebody do ([`crate::page`]).

/// What never has an inside.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
];
/// What is text up to its own end.
const RAW: &[&str] = &["script", "style"];
/// What stands inside a line and sets no space around itself.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "var",
];
/// What nobody meets as text.
const UNSEEN: &[&str] = &["head", "script", "style", "template", "noscript"];

/// One element, its attributes and what is inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub inside: Vec<Node>,
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Reads a page. The element returned has no name and holds the page.
    ///
    /// # Errors
    /// A sentence about the first tag that is not as it should be.
    pub fn read(html: &str) -> Result<Self, String> {
        let mut open = vec![Self::default()];
        let mut rest = html;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("<!--") {
                rest = after.split_once("-->").ok_or("A comment is not closed.")?.1;
            } else if rest.starts_with("<!") {
                rest = rest.split_once('>').ok_or("The doctype is not closed.")?.1;
            } else if let Some(after) = rest.strip_prefix("</") {
                let (name, after) = after.split_once('>').ok_or("An end tag is not closed.")?;
                close(&mut open, name.trim())?;
                rest = after;
            } else if rest.starts_with('<') {
                rest = start(&mut open, rest)?;
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                let (text, after) = rest.split_at(end);
                innermost(&mut open).inside.push(Node::Text(decoded(text)));
                rest = after;
            }
        }
        match open.len() {
            1 => Ok(open.remove(0)),
            _ => Err(format!("<{}> is never closed.", open[open.len() - 1].name)),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// This element and every one inside it for which the question is answered with yes, in order.
    pub fn all<'a>(&'a self, is: &dyn Fn(&Self) -> bool) -> Vec<&'a Self> {
        let mut found = Vec::new();
        if is(self) {
            found.push(self);
        }
        for node in &self.inside {
            if let Node::Element(element) = node {
                found.extend(element.all(is));
            }
        }
        found
    }

    /// Every element of this name.
    pub fn named<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        self.all(&|element| element.name == name)
    }

    /// The text a person meets, with one space where there is any.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.say(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn say(&self, text: &mut String) {
        if UNSEEN.contains(&self.name.as_str()) || self.has("hidden") {
            return;
        }
        let apart = !INLINE.contains(&self.name.as_str());
        if apart {
            text.push(' ');
        }
        for node in &self.inside {
            match node {
                Node::Element(element) => element.say(text),
                Node::Text(more) => text.push_str(more),
            }
        }
        if apart {
            text.push(' ');
        }
    }
}

fn innermost(open: &mut [Element]) -> &mut Element {
    open.last_mut()
        .expect("the nameless element is never closed, see `close`")
}

fn close(open: &mut Vec<Element>, name: &str) -> Result<(), String> {
    if open.len() < 2 || open[open.len() - 1].name != name {
        let inside = innermost(open).name.clone();
        return Err(format!("</{name}> stands inside <{inside}>."));
    }
    let done = open.pop().expect("there are two at least");
    innermost(open).inside.push(Node::Element(done));
    Ok(())
}

/// Reads a start tag, and the inside of what is text up to its end; returns what comes after.
fn start<'a>(open: &mut Vec<Element>, text: &'a str) -> Result<&'a str, String> {
    let (element, rest) = tag(text)?;
    if VOID.contains(&element.name.as_str()) {
        innermost(open).inside.push(Node::Element(element));
        return Ok(rest);
    }
    if RAW.contains(&element.name.as_str()) {
        let end = format!("</{}>", element.name);
        let (inside, after) = rest
            .split_once(&end)
            .ok_or_else(|| format!("{end} is missing."))?;
        let inside = vec![Node::Text(inside.to_owned())];
        innermost(open)
            .inside
            .push(Node::Element(Element { inside, ..element }));
        return Ok(after);
    }
    open.push(element);
    Ok(rest)
}

fn tag(text: &str) -> Result<(Element, &str), String> {
    let mut rest = &text[1..];
    let end = rest
        .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .ok_or("A tag is not closed.")?;
    let mut element = Element {
        name: rest[..end].to_lowercase(),
        ..Element::default()
    };
    if element.name.is_empty() {
        return Err("A < stands alone; it has to be written as &lt;.".to_owned());
    }
    rest = &rest[end..];
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            if text[..text.len() - after.len()].ends_with("/>") && !VOID.contains(&element.name.as_str()) {
                return Err(format!(
                    "<{}/> closes itself, which HTML does not know.",
                    element.name
                ));
            }
            return Ok((element, after));
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=' || c == '>')
            .ok_or_else(|| format!("<{}> is not closed.", element.name))?;
        let name = rest[..end].to_lowercase();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix("=\"") {
            let (quoted, after) = after
                .split_once('"')
                .ok_or_else(|| format!("{name}=\" is not closed."))?;
            value = decoded(quoted);
            rest = after;
        } else if rest.starts_with('=') {
            return Err(format!("The value of {name} is not in quotation marks."));
        }
        element.attributes.push((name, value));
    }
}

fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = rest[1..]
            .split_once(';')
            .and_then(|(name, after)| Some((entity(name)?, after)));
        match found {
            Some((letter, after)) => {
                decoded.push(letter);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number
                .strip_prefix(['x', 'X'])
                .map(|hex| u32::from_str_radix(hex, 16));
            char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        Element::read(html).expect("the page is sound").text()
    }

    #[test]
    fn text_is_what_a_person_meets() {
        let page = "<!DOCTYPE html><html><head><title>no</title></head><body><p>One <b>tw</b>o</p><p>three&amp;&#39;&quot;</p>\
                    <script>if (a < b) { no() }</script><p hidden>no</p><ul><li>four</li><li>five</li></ul></body></html>";
        assert_eq!(text(page), "One two three&'\" four five");
    }

    #[test]
    fn a_tag_left_open_is_found() {
        for html in [
            "<p>one",
            "<p><b>one</p>",
            "one</p>",
            "<p class=x>one</p>",
            "<p/>",
            "<p class=\"x>one</p>",
            "1 < 2",
        ] {
            assert!(Element::read(html).is_err(), "{html}");
        }
    }

    #[test]
    fn attributes_come_back_as_they_were_meant() {
        let page = Element::read("<input name=\"a\" value=\"x &lt;y&gt; &quot;z&quot;\" checked><br>")
            .expect("sound");
        let input = page.named("input")[0];
        assert_eq!(input.attribute("value"), Some("x <y> \"z\""));
        assert!(input.has("checked") && !input.has("disabled"));
    }
}
