//! A screen is one finished page: a title, a place in the house, and a body with one heading that says the finding.
//!
//! Invariants: one `h1` a page (checked in debug builds); a skip link first; nothing inline that the content
//! policy would refuse.
//!
//! Not here: who the visitor is (`visitor`), the menu (`rail`), what stands on the page (`marks`, `table`, `form`).

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, Render, html};

use crate::assets;
use crate::marks::Standing;
use crate::rail::{Group, rail};
use crate::refusal::Answer;

/// A sentence across the top of every page while something is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    pub kind: Standing,
    pub sentence: String,
}

/// What surrounds a page: the organisation, the rail, banners, who is signed in, where we are.
///
/// The app fills one per request and hands it to [`crate::admit`]; pages take it as an argument.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub organisation: String,
    pub groups: Vec<Group>,
    /// A sentence at the foot of the rail: "Read-only. Your access ends 28 September 2026."
    pub aside: Option<String>,
    pub banners: Vec<Banner>,
    /// The signed-in person's name; set by [`crate::admit`].
    pub who: Option<String>,
    /// The path of this page; set on extraction, marks the current entry of the rail.
    pub path: String,
    /// What the last act said ("Saved."); set on extraction, shown once.
    pub said: Option<String>,
}

/// Lets `manners::dress`, outside the app's own middleware, know the place for its error pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceSlot(Arc<OnceLock<Place>>);

/// What the last act said, taken from its cookie by `manners::dress`.
#[derive(Clone, Debug)]
pub(crate) struct Said(pub(crate) String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Shell,
    Reading,
}

/// A page ready to be sent.
pub struct Screen {
    pub title: String,
    pub place: Place,
    pub body: Markup,
    layout: Layout,
    corner: Option<Markup>,
    status: StatusCode,
}

/// The head of a page's body: where we are, the finding as the `h1`, what it rests on, what to do.
#[derive(Default)]
pub struct Opening {
    finding: String,
    spoken: Option<(String, Option<&'static str>)>,
    over: Option<Markup>,
    lead: Option<Markup>,
    actions: Option<Markup>,
}

impl Banner {
    pub fn new(kind: Standing, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            sentence: sentence.into(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let place = parts.extensions.get::<Self>().cloned().unwrap_or_default();
        let said = parts.extensions.get::<Said>().map(|said| said.0.clone());
        Ok(Self {
            path: parts.uri.path().to_owned(),
            said,
            ..place
        })
    }
}

impl PlaceSlot {
    pub(crate) fn fill(&self, place: Place) {
        // The first middleware to admit somebody decides; a second fill would be the same request.
        self.0.get_or_init(|| place);
    }

    pub(crate) fn place(&self) -> Place {
        self.0.get().cloned().unwrap_or_default()
    }
}

impl Screen {
    /// A page of the house, with the rail beside it.
    pub fn shell(place: &Place, title: impl Into<String>, body: Markup) -> Self {
        Self::new(place, title.into(), body, Layout::Shell)
    }

    /// A quiet page for one thing at a time: a lesson, a question, the door.
    pub fn reading(place: &Place, title: impl Into<String>, body: Markup) -> Self {
        Self::new(place, title.into(), body, Layout::Reading)
    }

    /// What stands at the top right of a reading page, such as "Save and leave".
    #[must_use]
    pub fn corner(self, corner: Markup) -> Self {
        Self {
            corner: Some(corner),
            ..self
        }
    }

    /// 200 unless told: 422 for a form that comes back with problems.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The page as what page functions return.
    ///
    /// # Errors
    /// Never; it is an [`Answer`] so that a page function can end with it.
    pub fn answer(self) -> Answer {
        Ok(self.into_response())
    }

    fn new(place: &Place, title: String, body: Markup, layout: Layout) -> Self {
        debug_assert_eq!(
            body.0.matches("<h1").count(),
            1,
            "the page “{title}” needs exactly one h1"
        );
        Self {
            title,
            place: place.clone(),
            body,
            layout,
            corner: None,
            status: StatusCode::OK,
        }
    }
}

impl Render for Screen {
    fn render(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&self.title, &self.body))
                body {
                    a.skip href="#main" { "Skip to the content" }
                    (hatches())
                    @match self.layout {
                        Layout::Shell => (shell(self)),
                        Layout::Reading => (reading(self)),
                    }
                }
            }
        }
    }
}

impl IntoResponse for Screen {
    fn into_response(self) -> Response {
        (self.status, self.render()).into_response()
    }
}

impl Opening {
    pub fn new(finding: impl Into<String>) -> Self {
        Self {
            finding: finding.into(),
            ..Self::default()
        }
    }

    /// The heading is in another language than the page: its tag, and `rtl` where that is written so.
    #[must_use]
    pub fn spoken(self, tag: &str, direction: Option<&'static str>) -> Self {
        Self {
            spoken: Some((tag.to_owned(), direction)),
            ..self
        }
    }

    /// A small line over the heading: a date, a [`crate::trail`].
    #[must_use]
    pub fn over(self, over: impl Render) -> Self {
        Self {
            over: Some(over.render()),
            ..self
        }
    }

    /// One or two sentences under the heading; `b` for the numbers that matter.
    #[must_use]
    pub fn lead(self, lead: impl Render) -> Self {
        Self {
            lead: Some(lead.render()),
            ..self
        }
    }

    /// Buttons and links, the main one first.
    #[must_use]
    pub fn actions(self, actions: impl Render) -> Self {
        Self {
            actions: Some(actions.render()),
            ..self
        }
    }
}

impl Render for Opening {
    fn render(&self) -> Markup {
        html! {
            header.opening {
                @if let Some(over) = &self.over { div.over { (over) } }
                @match &self.spoken {
                    Some((tag, direction)) => h1 lang=(tag) dir=[*direction] { (self.finding) },
                    None => h1 { (self.finding) },
                }
                @if let Some(lead) = self.lead.as_ref().filter(|lead| !lead.0.is_empty()) { p.lead { (lead) } }
                @if let Some(actions) = self.actions.as_ref().filter(|actions| !actions.0.is_empty()) { div.row.centred.actions { (actions) } }
            }
        }
    }
}

/// The mark of the house: four people in a row, one of them only expected.
pub fn brand() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            rect x="1" y="3" width="4.5" height="18" rx="1.5" fill="currentColor" {}
            rect x="7" y="3" width="4.5" height="18" rx="1.5" fill="currentColor" {}
            rect.expected x="13.25" y="3.75" width="3" height="16.5" rx="1" fill="none" stroke-width="1.5" stroke-dasharray="2.4 2" {}
            rect x="18.5" y="3" width="4.5" height="18" rx="1.5" fill="currentColor" {}
        }
    }
}

fn head(title: &str, body: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · muster" }
            link rel="icon" type="image/svg+xml" href=(assets::href("icon.svg"));
            link rel="preload" as="font" type="font/woff2" href=(assets::font()) crossorigin;
            link rel="stylesheet" href=(assets::style());
            // In the head and not deferred: a chosen look must be there before the first paint.
            script src=(assets::href("look.js")) {}
            @for name in ["autosave", "confirm", "leave", "live", "passkey"] {
                @if body.0.contains(&format!("data-behaviour=\"{name}\"")) {
                    script type="module" src=(assets::href(&format!("{name}.js"))) {}
                }
            }
        }
    }
}

/// The hatches that say "attention" and "gap" without colour, for every drawing on the page.
fn hatches() -> Markup {
    html! {
        svg.defs aria-hidden="true" focusable="false" {
            defs {
                pattern #hatch-gap width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.hatch-bed width="6" height="6" {}
                    rect.hatch-line width="2.4" height="6" {}
                }
            }
        }
    }
}

fn shell(screen: &Screen) -> Markup {
    let place = &screen.place;
    html! {
        div.shell {
            div.rail {
                div.rail-inside {
                    a.brand href="/" { (brand()) "muster" }
                    a.rail-open href="#menu" { "Menu" }
                    div.rail-body #menu {
                        (rail(&place.groups, &place.path))
                        @if let Some(aside) = &place.aside { p.soft { (aside) } }
                        div.rail-foot {
                            @if let Some(who) = &place.who { (signed_in(who)) }
                            (look())
                        }
                        a.rail-close href="#main" { "Close menu" }
                    }
                }
            }
            div.page {
                (banners(&place.banners))
                main #main tabindex="-1" { (said(place)) (screen.body) }
            }
        }
    }
}

fn reading(screen: &Screen) -> Markup {
    let place = &screen.place;
    html! {
        (banners(&place.banners))
        div.reading {
            header.reading-top {
                a.brand href="/" { (brand()) "muster" }
                @if let Some(corner) = &screen.corner { div { (corner) } }
            }
            main #main tabindex="-1" { (said(place)) (screen.body) }
            footer.reading-foot {
                @if !place.organisation.is_empty() { span { (place.organisation) } }
                @if let Some(who) = &place.who { (signed_in(who)) }
                (look())
            }
        }
    }
}

fn signed_in(who: &str) -> Markup {
    html! {
        form.signed-in method="post" action="/sign-out" {
            span { span.visually-hidden { "Signed in as " } span.name { (who) } }
            button.plain type="submit" { "Sign out" }
        }
    }
}

/// Shown by `look.js` alone: without it the choice could not be kept.
fn look() -> Markup {
    let choice = |name: &str, value: &str, label: &str| {
        html! { button.plain type="button" data-look=(name) data-value=(value) aria-pressed="false" { (label) } }
    };
    html! {
        details.look hidden data-behaviour="look" {
            summary { "Appearance" }
            div.look-choices {
                (choice("theme", "", "As my device")) (choice("theme", "light", "Light"))
                (choice("theme", "dark", "Dark")) (choice("reading", "roomy", "Roomier text"))
            }
        }
    }
}

fn banners(banners: &[Banner]) -> Markup {
    html! {
        @for banner in banners {
            aside class={ "banner " (banner.kind.class()) } aria-label="Notice" { p { (banner.sentence) } }
        }
    }
}

fn said(place: &Place) -> Markup {
    html! {
        @if let Some(said) = &place.said {
            div.note.met.said role="status" { p { (said) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rail::Link;

    fn place(path: &str) -> Place {
        Place {
            groups: vec![Group::new("Programme", vec![Link::new("People", "/people")])],
            who: Some("Ada <Osei>".into()),
            path: path.into(),
            said: Some("Saved.".into()),
            banners: vec![Banner::new(Standing::Attention, "This is a demonstration.")],
            ..Place::default()
        }
    }

    fn shown(path: &str) -> String {
        Screen::shell(&place(path), "People", html! { h1 { "All here." } })
            .render()
            .into_string()
    }

    #[test]
    fn a_page_has_a_skip_link_a_language_a_title_a_status_and_a_way_out() {
        let page = shown("/people");
        for part in [
            "<!DOCTYPE html><html lang=\"en\">",
            "<title>People · muster</title>",
            "class=\"skip\" href=\"#main\"",
            "role=\"status\"><p>Saved.",
            "method=\"post\" action=\"/sign-out\"",
            "Ada &lt;Osei&gt;",
            "This is a demonstration.",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }

    #[test]
    fn a_behaviour_is_loaded_only_where_it_is_used() {
        let bare = Screen::reading(&Place::default(), "a", html! { h1 { "b" } })
            .render()
            .into_string();
        assert!(!bare.contains("autosave.js"));
        let form = html! { h1 { "b" } form data-behaviour="autosave" {} };
        let saving = Screen::reading(&Place::default(), "a", form)
            .render()
            .into_string();
        assert!(saving.contains("autosave.js"));
    }

    #[test]
    #[should_panic(expected = "exactly one h1")]
    fn a_page_without_a_heading_is_caught_while_developing() {
        Screen::reading(&Place::default(), "a", html! { p { "b" } });
    }
}
