//! What somebody sees after an answer, and what the page lets them do next: its heading, links and forms.
//!
//! A page is read when it arrives, so that one that is not sound fails the story at once. A form is found by what
//! stands on its button, a link by its words, a table row by what it says: as people find them.
//!
//! Not here: cookies and requests ([`crate::browser`]).

use crate::html::Element;

/// An answer to a request, after redirects.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    /// Where it is, with its query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    tree: Option<Element>,
}

/// A form as it would be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub is_multipart: bool,
    /// What would be sent if nothing was changed, in order.
    pub filled: Vec<(String, String)>,
    /// Every control that can be filled, with what it offers where it offers a choice.
    pub controls: Vec<Control>,
}

/// A control of a form; radios and checks of one name are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    pub name: String,
    pub kind: String,
    /// Value and label of each choice; empty where anything can be typed.
    pub choices: Vec<(String, String)>,
}

impl Page {
    /// Reads an answer.
    ///
    /// # Panics
    /// When it says that it is HTML and is not sound.
    pub fn read(status: u16, path: &str, headers: Vec<(String, String)>, bytes: Vec<u8>) -> Self {
        let mut page = Self {
            status,
            path: path.to_owned(),
            headers,
            bytes,
            tree: None,
        };
        if page
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
        {
            let text = std::str::from_utf8(&page.bytes).expect("a page is UTF-8");
            let tree = Element::read(text);
            page.tree =
                Some(tree.unwrap_or_else(|trouble| panic!("{path} is not sound HTML: {trouble}\n{text}")));
        }
        page
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn is_html(&self) -> bool {
        self.tree.is_some()
    }

    /// # Panics
    /// When the answer is no page.
    pub fn tree(&self) -> &Element {
        self.tree.as_ref().unwrap_or_else(|| {
            panic!(
                "{} is no page but {:?} ({} bytes)",
                self.path,
                self.header("content-type"),
                self.bytes.len()
            )
        })
    }

    /// The one heading.
    ///
    /// # Panics
    /// When there is not exactly one.
    pub fn h1(&self) -> String {
        let found = self.tree().named("h1");
        assert_eq!(found.len(), 1, "{} has {} first headings", self.path, found.len());
        found[0].text()
    }

    /// Everything a person meets on it.
    pub fn text(&self) -> String {
        self.tree().text()
    }

    /// Whether the page says these words, in any spacing.
    pub fn says(&self, words: &str) -> bool {
        self.text()
            .contains(&words.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// # Panics
    /// When the page does not say these words; shows what it says.
    #[track_caller]
    pub fn must_say(&self, words: &str) {
        assert!(
            self.says(words),
            "{} does not say “{words}” but:\n{}",
            self.path,
            self.text()
        );
    }

    /// # Panics
    /// When the page says these words.
    #[track_caller]
    pub fn must_not_say(&self, words: &str) {
        assert!(
            !self.says(words),
            "{} says “{words}”:\n{}",
            self.path,
            self.text()
        );
    }

    /// Words and target of every link, in order.
    pub fn links(&self) -> Vec<(String, String)> {
        let anchors = self.tree().named("a");
        let with_target = anchors
            .iter()
            .filter_map(|a| Some((words_of(a), a.attribute("href")?.to_owned())));
        with_target.collect()
    }

    /// The target of the first link with exactly these words, or else of the first that has them in it.
    ///
    /// # Panics
    /// When there is none; shows those there are.
    #[track_caller]
    pub fn link(&self, words: &str) -> String {
        let links = self.links();
        let exact = links.iter().find(|(label, _)| label == words);
        let found = exact.or_else(|| links.iter().find(|(label, _)| label.contains(words)));
        found
            .map(|(_, href)| href.clone())
            .unwrap_or_else(|| panic!("{} has no link “{words}” but {:?}", self.path, labels(&links)))
    }

    /// The text of the first table row that says these words.
    pub fn row(&self, words: &str) -> Option<String> {
        self.tree()
            .named("tr")
            .into_iter()
            .map(Element::text)
            .find(|text| text.contains(words))
    }

    /// The form whose button says exactly this, within the part of the page that says `beside` where that is given.
    ///
    /// # Panics
    /// When there is none; shows the buttons there are.
    #[track_caller]
    pub fn form(&self, button: &str, beside: Option<&str>) -> Form {
        let found = self.forms_of(button, beside);
        found.into_iter().next().unwrap_or_else(|| {
            let buttons: Vec<String> = self.tree().named("button").into_iter().map(words_of).collect();
            panic!(
                "{} has no button “{button}” (beside {beside:?}) but {buttons:?}:\n{}",
                self.path,
                self.text()
            )
        })
    }

    /// Whether there is such a button.
    pub fn offers(&self, button: &str) -> bool {
        !self.forms_of(button, None).is_empty()
    }

    fn forms_of(&self, button: &str, beside: Option<&str>) -> Vec<Form> {
        let is_asked = |element: &Element| is_button(element) && words_of(element) == button;
        let afar: Vec<&str> = self
            .tree()
            .all(&is_asked)
            .into_iter()
            .filter_map(|b| b.attribute("form"))
            .collect();
        let holds = |element: &Element| {
            let is_afar = element.attribute("id").is_some_and(|id| afar.contains(&id));
            element.name == "form" && (is_afar || !element.all(&is_asked).is_empty())
        };
        let is_place = |element: &Element| {
            matches!(
                element.name.as_str(),
                "tr" | "li" | "section" | "form" | "article"
            )
        };
        let places: Vec<&Element> = match beside {
            None => vec![self.tree()],
            Some(words) => self.tree().all(&|e| is_place(e) && e.text().contains(words)),
        };
        let mut forms: Vec<&Element> = places.into_iter().flat_map(|place| place.all(&holds)).collect();
        // The innermost place comes last and is the one meant.
        if beside.is_some() {
            forms.reverse();
        }
        forms
            .into_iter()
            .map(|form| self.read_form(form, button))
            .collect()
    }

    fn read_form(&self, form: &Element, button: &str) -> Form {
        let mut read = Form {
            action: form.attribute("action").unwrap_or(&self.path).to_owned(),
            method: form.attribute("method").unwrap_or("get").to_lowercase(),
            is_multipart: form.attribute("enctype") == Some("multipart/form-data"),
            filled: Vec::new(),
            controls: Vec::new(),
        };
        let is_control = |e: &Element| matches!(e.name.as_str(), "input" | "select" | "textarea" | "button");
        let own = form.attribute("id");
        let is_afar = |e: &Element| own.is_some() && is_control(e) && e.attribute("form") == own;
        for element in form.all(&is_control).into_iter().chain(self.tree().all(&is_afar)) {
            if is_button(element) {
                if words_of(element) == button {
                    read.press(element);
                }
            } else if !element.has("disabled") {
                read.take(form, element);
            }
        }
        read
    }
}

impl Form {
    /// Puts values in the place of what was there.
    ///
    /// # Panics
    /// When the form has no such control, or offers no such choice.
    #[track_caller]
    pub fn fill(&mut self, name: &str, values: &[&str]) {
        let known: Vec<&str> = self
            .controls
            .iter()
            .map(|control| control.name.as_str())
            .collect();
        let found = self.controls.iter().find(|control| control.name == name);
        let control = found.unwrap_or_else(|| panic!("the form has no field “{name}” but {known:?}"));
        let mut wanted = Vec::new();
        for value in values {
            let meant = control
                .choices
                .iter()
                .find(|(one, label)| one == value || label == value);
            assert!(
                control.choices.is_empty() || meant.is_some(),
                "“{name}” does not offer “{value}” but {:?}",
                control.choices
            );
            wanted.push((name.to_owned(), meant.map_or(*value, |(one, _)| one).to_owned()));
        }
        let place = self
            .filled
            .iter()
            .position(|(known, _)| known == name)
            .unwrap_or(self.filled.len());
        self.filled.retain(|(known, _)| known != name);
        let place = place.min(self.filled.len());
        self.filled.splice(place..place, wanted);
    }

    fn press(&mut self, button: &Element) {
        if let Some(action) = button.attribute("formaction") {
            action.clone_into(&mut self.action);
        }
        if let Some(name) = button.attribute("name") {
            let value = button.attribute("value").unwrap_or_default();
            self.filled.push((name.to_owned(), value.to_owned()));
        }
    }

    fn take(&mut self, form: &Element, element: &Element) {
        let Some(name) = element.attribute("name") else {
            return;
        };
        let value = element.attribute("value").unwrap_or_default().to_owned();
        let kind = match element.name.as_str() {
            "input" => element.attribute("type").unwrap_or("text"),
            other => other,
        };
        let mut choices = Vec::new();
        let sent = match kind {
            "radio" | "checkbox" => {
                choices.push((value.clone(), label_of(form, element)));
                element.has("checked").then_some(value)
            }
            "select" => {
                let options = element.named("option");
                let read = |o: &&Element| {
                    (
                        o.attribute("value").map_or_else(|| o.text(), str::to_owned),
                        o.text(),
                    )
                };
                choices.extend(options.iter().map(read));
                let chosen = options
                    .iter()
                    .find(|o| o.has("selected"))
                    .or_else(|| options.first());
                chosen.map(|o| read(o).0)
            }
            "textarea" => Some(raw_text(element)),
            "file" | "submit" => None,
            _ => Some(value),
        };
        self.filled.extend(sent.map(|sent| (name.to_owned(), sent)));
        match self.controls.iter_mut().find(|control| control.name == name) {
            Some(control) => control.choices.extend(choices),
            None => self.controls.push(Control {
                name: name.to_owned(),
                kind: kind.to_owned(),
                choices,
            }),
        }
    }
}

fn is_button(element: &Element) -> bool {
    element.name == "button" || (element.name == "input" && element.attribute("type") == Some("submit"))
}

/// What is said of a link or a button: its label where it has one, else its text.
fn words_of(element: &Element) -> String {
    let text = element.text();
    let spoken = element.attribute("aria-label").filter(|_| text.is_empty());
    spoken
        .or_else(|| element.attribute("value").filter(|_| element.name == "input"))
        .map_or(text, str::to_owned)
}

fn labels(links: &[(String, String)]) -> Vec<&str> {
    links.iter().map(|(label, _)| label.as_str()).collect()
}

fn label_of(form: &Element, control: &Element) -> String {
    let id = control.attribute("id");
    let is_its = |e: &Element| {
        e.name == "label"
            && ((id.is_some() && e.attribute("for") == id) || e.all(&|inner| inner == control).len() == 1)
    };
    form.all(&is_its)
        .first()
        .map(|label| label.text())
        .unwrap_or_default()
}

fn raw_text(element: &Element) -> String {
    let mut text = String::new();
    for node in &element.inside {
        if let crate::html::Node::Text(more) = node {
            text.push_str(more);
        }
    }
    text.strip_prefix('\n').map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        let headers = vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
        Page::read(
            200,
            "/things?x=1",
            headers,
            format!("<html><body>{body}</body></html>").into_bytes(),
        )
    }

    #[test]
    fn a_form_is_sent_as_it_stands_but_for_what_was_filled() {
        let page = page(
            "<h1>Things</h1><form method=\"post\" action=\"/a\"><input type=\"hidden\" name=\"to\" value=\"x\">\
             <label><input type=\"radio\" name=\"role\" value=\"o\"><span>Owner</span></label>\
             <label><input type=\"radio\" name=\"role\" value=\"e\" checked><span>Editor</span></label>\
             <select name=\"zone\"><option value=\"\">Any</option><option value=\"u\" selected>UTC</option></select>\
             <textarea name=\"why\">\nbecause</textarea><button>Save</button></form>\
             <form action=\"/b\"><button name=\"go\" value=\"1\">Show</button></form>",
        );
        let mut form = page.form("Save", None);
        form.fill("role", &["Owner"]);
        let filled: Vec<String> = form
            .filled
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(filled, ["to=x", "role=o", "zone=u", "why=because"]);
        let show = page.form("Show", None);
        assert_eq!((show.action.as_str(), show.method.as_str()), ("/b", "get"));
        assert_eq!(show.filled, [("go".to_owned(), "1".to_owned())]);
        assert_eq!(page.h1(), "Things");
    }

    #[test]
    fn a_button_is_found_beside_what_it_is_about() {
        let row = |name: &str| {
            format!(
                "<tr><td>{name}</td><td><form method=\"post\" action=\"/{name}/end\"><button>End</button></form></td></tr>"
            )
        };
        let page = page(&format!("<table>{}{}</table>", row("ada"), row("ed")));
        assert_eq!(page.form("End", Some("ed")).action, "/ed/end");
        assert_eq!(page.form("End", None).action, "/ada/end");
        assert_eq!(page.row("ada").as_deref(), Some("ada End"));
    }

    #[test]
    #[should_panic(expected = "does not offer")]
    fn what_is_not_offered_cannot_be_chosen() {
        let page = page(
            "<form><label><input type=\"radio\" name=\"r\" value=\"1\">One</label><button>Go</button></form>",
        );
        page.form("Go", None).fill("r", &["2"]);
    }
}
