//! A form asks in one column: label above, help before the field, the error beside it in a sentence.
//!
//! Invariants: nothing typed is lost on error (except passwords and files, which browsers will not take
//! back); every error is tied to its field for those who cannot see it, and listed with links at the top;
//! every field is reachable by its label. What is asked is required unless it is said to be optional; boxes to tick are
//! the other way round, because leaving a box empty is an answer.
//!
//! Not here: what is valid (the domain refuses, and its refusal names the field).

use maud::{Markup, Render, html};

pub use crate::filled::{Choice, Filled, Problems};

/// Draws fields with what was typed and what was wrong with it.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    filled: &'a Filled,
    problems: &'a Problems,
}

/// A field being described; it draws itself when it is put into `html!`.
pub struct Field<'a> {
    form: Form<'a>,
    name: &'a str,
    label: &'a str,
    kind: FieldKind<'a>,
    help: Option<String>,
    need: Need,
    short: bool,
    heading: bool,
    autocomplete: Option<&'a str>,
    length_max: Option<usize>,
    accept: Option<&'a str>,
    unset: &'a str,
}

/// What was said about leaving a field empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    AsUsual,
    Optional,
    Required,
}

#[derive(Clone, Copy)]
enum FieldKind<'a> {
    Input(&'static str),
    TextArea(u8),
    Select(&'a [Choice]),
    Radios(&'a [Choice]),
    Checks(&'a [Choice]),
    Check,
    File,
}

impl<'a> Form<'a> {
    pub fn new(filled: &'a Filled, problems: &'a Problems) -> Self {
        Self { filled, problems }
    }

    /// It came back with something to put right, so what is in it is not saved: `form data-unsaved[form.is_refused()]`.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What is wrong, with links to the fields; nothing if nothing is. Put it first in the page's body.
    pub fn summary(&self) -> Markup {
        let problems = &self.problems.0;
        html! {
            @if !problems.is_empty() {
                // Where the eye and the screen reader begin after a form came back, without a script.
                div.note.gap.summary role="alert" tabindex="-1" autofocus {
                    h2 {
                        @if problems.len() == 1 { "One thing needs to be put right" }
                        @else { (problems.len()) " things need to be put right" }
                    }
                    ul.plain-list {
                        @for (field, sentence) in problems {
                            li {
                                @match field {
                                    Some(field) => a href={ "#" (id(field)) } { (sentence) },
                                    None => (sentence),
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    pub fn text(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("text"))
    }

    pub fn email(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("email"))
            .autocomplete("email")
    }

    pub fn password(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("password"))
    }

    pub fn date(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("date")).short()
    }

    pub fn number(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("number")).short()
    }

    pub fn search(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Input("search")).optional()
    }

    pub fn textarea(&self, name: &'a str, label: &'a str, rows: u8) -> Field<'a> {
        self.field(name, label, FieldKind::TextArea(rows))
    }

    pub fn select(&self, name: &'a str, label: &'a str, choices: &'a [Choice]) -> Field<'a> {
        self.field(name, label, FieldKind::Select(choices))
    }

    /// One of a few, as cards under a legend.
    pub fn radios(&self, name: &'a str, legend: &'a str, choices: &'a [Choice]) -> Field<'a> {
        self.field(name, legend, FieldKind::Radios(choices))
    }

    /// Any of a few, as cards under a legend; or none of them, unless ticking one is required.
    pub fn checks(&self, name: &'a str, legend: &'a str, choices: &'a [Choice]) -> Field<'a> {
        self.field(name, legend, FieldKind::Checks(choices))
    }

    /// A box to tick, sent as `yes`; may be left empty, unless ticking it is required.
    pub fn check(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::Check)
    }

    pub fn file(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(name, label, FieldKind::File)
    }

    pub fn hidden(&self, name: &str) -> Markup {
        html! { input type="hidden" name=(name) value=(self.filled.raw(name)); }
    }

    fn field(self, name: &'a str, label: &'a str, kind: FieldKind<'a>) -> Field<'a> {
        Field {
            form: self,
            name,
            label,
            kind,
            help: None,
            need: Need::AsUsual,
            short: false,
            heading: false,
            autocomplete: None,
            length_max: None,
            accept: None,
            unset: "Any",
        }
    }
}

impl<'a> Field<'a> {
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// May be left empty; says so. Boxes to tick may be without being told.
    #[must_use]
    pub fn optional(self) -> Self {
        Self {
            need: Need::Optional,
            ..self
        }
    }

    /// Has to be ticked: consent, or a group of which at least one is meant. Everything but boxes is required as it is.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            need: Need::Required,
            ..self
        }
    }

    /// As wide as a date or a number.
    #[must_use]
    pub fn short(self) -> Self {
        Self { short: true, ..self }
    }

    #[must_use]
    pub fn autocomplete(self, token: &'a str) -> Self {
        Self {
            autocomplete: Some(token),
            ..self
        }
    }

    /// The legend of a group is the heading of the page: a page that asks one thing.
    #[must_use]
    pub fn heading(self) -> Self {
        Self {
            heading: true,
            ..self
        }
    }

    /// In characters.
    #[must_use]
    pub fn length_max(self, characters: usize) -> Self {
        Self {
            length_max: Some(characters),
            ..self
        }
    }

    /// For files: ".csv,.xlsx".
    #[must_use]
    pub fn accept(self, kinds: &'a str) -> Self {
        Self {
            accept: Some(kinds),
            ..self
        }
    }

    /// What an optional choice says while nothing is chosen: "Any", unless told.
    #[must_use]
    pub fn unset(self, words: &'a str) -> Self {
        Self { unset: words, ..self }
    }

    fn class(&self) -> &'static str {
        match (self.error().is_some(), self.short) {
            (false, false) => "field",
            (false, true) => "field short",
            (true, false) => "field wrong",
            (true, true) => "field wrong short",
        }
    }

    fn described_by(&self) -> Option<String> {
        let id = id(self.name);
        let parts: Vec<_> = [
            self.help.as_ref().map(|_| format!("{id}-help")),
            self.error().map(|_| format!("{id}-error")),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn error(&self) -> Option<&'a str> {
        self.form.problems.of(self.name)
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error().map(|_| "true")
    }

    /// Radios and checks are required as a group, which HTML can only say for radios.
    fn is_required(&self) -> bool {
        match self.kind {
            FieldKind::Check | FieldKind::Checks(_) => self.need == Need::Required,
            _ => self.need != Need::Optional,
        }
    }

    /// What stands behind the label of a field that may be left empty. A lone box says it by being one.
    fn leeway(&self) -> Markup {
        let words = match self.kind {
            _ if self.is_required() => "",
            FieldKind::Check => "",
            FieldKind::Checks(_) => " (any, or none)",
            _ => " (optional)",
        };
        html! { @if !words.is_empty() { span.soft { (words) } } }
    }

    fn about(&self) -> Markup {
        let id = id(self.name);
        html! {
            @if let Some(help) = &self.help { p.help id={ (id) "-help" } { (help) } }
            @if let Some(error) = self.error() {
                p.error id={ (id) "-error" } {
                    svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
                        path d="M8 1.5 15 14.5H1Z M8 6v4 M8 12v.6" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" stroke-linecap="round" {}
                    }
                    span { (error) }
                }
            }
        }
    }

    fn single(&self) -> Markup {
        html! {
            div class=(self.class()) {
                label for=(id(self.name)) { (self.label) (self.leeway()) }
                (self.about())
                (self.control())
            }
        }
    }

    fn control(&self) -> Markup {
        let id = id(self.name);
        let value = self.form.filled.raw(self.name);
        html! {
            @match self.kind {
                FieldKind::TextArea(rows) => {
                    textarea id=(id) name=(self.name) rows=(rows) required[self.is_required()] maxlength=[self.length_max]
                        aria-describedby=[self.described_by()] aria-invalid=[self.invalid()] { "\n" (value) }
                }
                FieldKind::Select(choices) => {
                    select id=(id) name=(self.name) required[self.is_required()]
                        aria-describedby=[self.described_by()] aria-invalid=[self.invalid()] {
                        @if !choices.iter().any(|choice| choice.value == value) {
                            option value="" selected { @if self.is_required() { "Choose one" } @else { (self.unset) } }
                        } @else if !self.is_required() {
                            option value="" { (self.unset) }
                        }
                        @for choice in choices {
                            option value=(choice.value) selected[choice.value == value] { (choice.label) }
                        }
                    }
                }
                FieldKind::File => {
                    input id=(id) name=(self.name) type="file" required[self.is_required()] accept=[self.accept]
                        aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
                }
                FieldKind::Input(kind) => {
                    input id=(id) name=(self.name) type=(kind) required[self.is_required()] maxlength=[self.length_max]
                        autocomplete=[self.autocomplete] value=[(kind != "password").then_some(value)]
                        inputmode=[(kind == "number").then_some("numeric")]
                        aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
                }
                FieldKind::Radios(_) | FieldKind::Checks(_) | FieldKind::Check => {}
            }
        }
    }

    fn group(&self, choices: &[Choice], kind: &'static str) -> Markup {
        let id = id(self.name);
        html! {
            fieldset class=(self.class()) aria-describedby=[self.described_by()] {
                legend {
                    @if self.heading { h1 { (self.label) } } @else { (self.label) }
                    (self.leeway())
                }
                (self.about())
                div.choices {
                    @for (index, choice) in choices.iter().enumerate() {
                        label.choice {
                            // The group's id is on its first choice, so that the summary's link lands on something to press.
                            input type=(kind) name=(self.name) value=(choice.value)
                                id=[(index == 0).then_some(&id)]
                                required[kind == "radio" && self.is_required()]
                                checked[self.form.filled.has(self.name, &choice.value)];
                            span {
                                (choice.label)
                                @if let Some(why) = &choice.why { small { (why) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn lone_check(&self) -> Markup {
        html! {
            div class=(self.class()) {
                label.choice {
                    input type="checkbox" id=(id(self.name)) name=(self.name) value="yes" required[self.is_required()]
                        checked[self.form.filled.ticked(self.name)]
                        aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
                    span { (self.label) }
                }
                (self.about())
            }
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        match self.kind {
            FieldKind::Radios(choices) => self.group(choices, "radio"),
            FieldKind::Checks(choices) => self.group(choices, "checkbox"),
            FieldKind::Check => self.lone_check(),
            _ => self.single(),
        }
    }
}

/// Where an autosaving form says how it stands. Such a form is `form data-behaviour="autosave"`; each
/// save posts the whole form to its action with `Idempotency-Key` and `Accept: application/json`, and
/// takes any 2xx as saved, any 4xx as refused, anything else as "try again with the same key".
pub fn saved_state(sentence: &str) -> Markup {
    html! { span.saved data-saved role="status" { (sentence) } }
}

fn id(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    format!("field-{plain}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::Refusal;

    #[test]
    fn what_was_typed_comes_back_escaped() {
        let filled = Filled::nothing()
            .with("name", "Ada \"<b>\" Osei")
            .with("note", "\nline");
        let problems = Problems::none();
        let form = Form::new(&filled, &problems);
        let page = html! { (form.text("name", "Name")) (form.textarea("note", "Note", 3)) }.into_string();
        assert!(
            page.contains("value=\"Ada &quot;&lt;b&gt;&quot; Osei\""),
            "{page}"
        );
        assert!(
            page.contains(">\n\nline</textarea>"),
            "a first line break survives"
        );
    }

    #[test]
    fn a_password_never_comes_back() {
        let filled = Filled::nothing().with("secret", "hunter2");
        let problems = Problems::none();
        let page = Form::new(&filled, &problems)
            .password("secret", "Password")
            .render()
            .into_string();
        assert!(!page.contains("hunter2"));
    }

    #[test]
    fn an_error_is_tied_to_its_field_and_linked_from_the_summary() {
        let filled = Filled::nothing().with("email", "ada@");
        let problems = Problems::from(
            Refusal::new("email-odd", "Enter an address with something after the @.").field("email"),
        );
        let form = Form::new(&filled, &problems);
        let page = html! { (form.summary()) (form.email("email", "Email").help("Your work address.")) }
            .into_string();
        assert!(page.contains("href=\"#field-email\""));
        assert!(page.contains("aria-describedby=\"field-email-help field-email-error\""));
        assert!(page.contains("aria-invalid=\"true\""));
        assert!(page.contains("value=\"ada@\""));
    }

    #[test]
    fn a_group_has_a_legend_and_keeps_its_choice() {
        let choices = [
            Choice::new("a", "Scan it"),
            Choice::new("b", "Look").why("Safer."),
        ];
        let filled = Filled::nothing().with("answer", "b");
        let problems = Problems::none();
        let page = Form::new(&filled, &problems)
            .radios("answer", "What first?", &choices)
            .render()
            .into_string();
        assert!(page.contains("<legend>What first?</legend>"));
        assert_eq!(page.matches(" checked").count(), 1);
        assert!(page.contains("value=\"b\" required checked"));
    }

    #[test]
    fn a_box_may_be_left_empty_unless_ticking_it_is_required() {
        let choices = [Choice::new("a", "ISO 27001"), Choice::new("b", "SOC 2")];
        let (filled, problems) = (Filled::nothing(), Problems::none());
        let form = Form::new(&filled, &problems);
        let page = |field: Field<'_>| field.render().into_string();

        assert!(!page(form.check("letters", "Letters")).contains(" required"));
        assert!(page(form.check("sign", "I intend to sign").required()).contains(" required"));
        let any = page(form.checks("audit", "Which audits?", &choices));
        assert!(
            any.contains("Which audits?<span class=\"soft\"> (any, or none)</span></legend>"),
            "{any}"
        );
        let some = page(form.checks("audit", "Which audits?", &choices).required());
        assert!(some.contains("<legend>Which audits?</legend>"), "{some}");
        // A box of a group that says so itself would have to be ticked, and with it all the others.
        assert!(!some.contains(" required"), "{some}");
        assert!(page(form.text("name", "Name")).contains(" required"));
        assert!(!page(form.text("name", "Name").optional()).contains(" required"));
    }

    #[test]
    fn a_refusal_without_a_field_is_said_in_the_summary() {
        let problems = Problems::from(Refusal::new("full", "There is no room left."));
        let filled = Filled::nothing();
        let page = Form::new(&filled, &problems).summary().into_string();
        assert!(page.contains("<li>There is no room left.</li>"));
        assert!(!problems.is_empty());
    }
}
