//! The signs of the house: three meanings, one mark per person, and the small parts that pages are made of.
//!
//! Invariants: a meaning is told by shape and word as well as colour; a drawing has a sentence for those
//! who cannot see it; a number can open its rows.
//!
//! Not here: the strip of time (`strip`), trends (`chart`).

use std::cmp::Ordering;

use db::Day;
use maud::{Markup, Render, html};

use crate::table::thousands;

/// What something means, everywhere the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    Met,
    Attention,
    Gap,
    /// Says nothing either way.
    #[default]
    None,
}

/// So many of one kind, for the roll call and its legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub kind: Standing,
    pub number: u64,
    /// What is true of them: "covered", "lapse within 30 days".
    pub word: String,
    /// Opens their rows.
    pub href: Option<String>,
}

/// Above this a mark stands for several, and the legend says for how many.
pub const ROLL_MARKS_MAX: u64 = 2_000;

impl Standing {
    pub const fn class(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Attention => "attention",
            Self::Gap => "gap",
            Self::None => "none",
        }
    }
}

impl Count {
    pub fn new(kind: Standing, number: u64, word: impl Into<String>) -> Self {
        Self {
            kind,
            number,
            word: word.into(),
            href: None,
        }
    }

    #[must_use]
    pub fn href(self, href: impl Into<String>) -> Self {
        Self {
            href: Some(href.into()),
            ..self
        }
    }
}

impl Count {
    /// Nobody in a gap is no reason for red.
    const fn tone(&self) -> Standing {
        if self.number == 0 {
            Standing::None
        } else {
            self.kind
        }
    }
}

/// One mark per person, in the order of the counts, with its legend. `noun` is one of them: "person".
pub fn roll_call(noun: &str, counts: &[Count]) -> Markup {
    let total: u64 = counts.iter().map(|count| count.number).sum();
    let each = total.div_ceil(ROLL_MARKS_MAX).max(1);
    let size = match total.div_ceil(each) {
        0..=80 => "few",
        81..=600 => "some",
        _ => "many",
    };
    html! {
        figure.roll-call {
            @if total == 0 {
                p.empty { "Nobody to show yet." }
            } @else {
                div class={ "roll " (size) } role="img" aria-label=(roll_sentence(noun, counts)) {
                    @for count in counts {
                        // A kind with anybody in it keeps at least one mark.
                        @for _ in 0..count.number.div_ceil(each) { i class=(count.kind.class()) {} }
                    }
                }
            }
            figcaption {
                ul.legend {
                    @for count in counts {
                        li {
                            @let label = html! { (icon(count.kind)) (thousands(count.number)) " " (count.word) };
                            @match &count.href {
                                Some(href) => a class={ "tag " (count.tone().class()) } href=(href) { (label) },
                                None => span class={ "tag " (count.tone().class()) } { (label) },
                            }
                        }
                    }
                    @if each > 1 { li.soft { "One mark stands for " (thousands(each)) " of them." } }
                }
            }
        }
    }
}

/// "One mark per person: 231 covered, 8 lapse within 30 days, 11 not covered."
pub fn roll_sentence(noun: &str, counts: &[Count]) -> String {
    let parts: Vec<_> = counts
        .iter()
        .map(|count| format!("{} {}", thousands(count.number), count.word))
        .collect();
    format!("One mark per {noun}: {}.", parts.join(", "))
}

/// A meaning and its words, in one line: "✓ on time".
pub fn tag(kind: Standing, words: impl Render) -> Markup {
    html! { span class={ "tag " (kind.class()) } { (icon(kind)) (words) } }
}

pub(crate) fn icon(kind: Standing) -> Markup {
    html! {
        svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            @match kind {
                Standing::Met => path d="M3 8.5 6.5 12 13 4.5" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" {},
                Standing::Attention => path d="M8 2.8v6.4M8 12.6v.5" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" {},
                Standing::Gap => circle cx="8" cy="8" r="5.4" fill="none" stroke="currentColor" stroke-width="2.2" {},
                Standing::None => path d="M4 8h8" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" {},
            }
        }
    }
}

/// How far along: `done` of `of`, with the next one marked as here. `sentence` says it in words.
pub fn progress(done: usize, of: usize, sentence: &str) -> Markup {
    html! {
        div.progress role="img" aria-label=(sentence) {
            @for step in 0..of { i class=[step_class(step, done)] {} }
        }
    }
}

fn step_class(step: usize, done: usize) -> Option<&'static str> {
    match step.cmp(&done) {
        Ordering::Less => Some("done"),
        Ordering::Equal => Some("here"),
        Ordering::Greater => None,
    }
}

/// Names and what they are, in two columns.
pub fn facts(pairs: impl IntoIterator<Item = (impl Render, impl Render)>) -> Markup {
    html! {
        dl.facts {
            @for (name, what) in pairs { div { dt { (name) } dd { (what) } } }
        }
    }
}

/// A few sentences set apart, under their meaning (`None` is plain blue).
pub fn note(kind: Standing, words: impl Render) -> Markup {
    html! { div class={ "note " (kind.class()) } { (words) } }
}

/// What happened, in order: when, what, and a link or nothing.
pub fn log(lines: impl IntoIterator<Item = (String, Markup, Markup)>) -> Markup {
    html! {
        ol.log {
            @for (when, what, link) in lines {
                li { time { (when) } span { (what) } span { (link) } }
            }
        }
    }
}

/// What to do next: a sentence and the way out beside it.
pub fn to_do(items: impl IntoIterator<Item = (Markup, Markup)>) -> Markup {
    html! {
        ul.to-do {
            @for (sentence, way_out) in items { li { span { (sentence) } (way_out) } }
        }
    }
}

/// A calendar day in a cell or a line: "1 Jun 2026", never broken in two.
pub fn day(day: Day) -> Markup {
    html! { time datetime=(day) { (day.short()) } }
}

/// A number that speaks first, and what it counts.
pub fn big(number: impl Render, words: impl Render) -> Markup {
    html! { div.big-number { p.big { (number) } p.soft { (words) } } }
}

/// A framed part of a page. `aside` stands opposite the heading: a link, a few words, or nothing.
pub fn panel(heading: &str, aside: impl Render, body: impl Render) -> Markup {
    html! {
        section.panel {
            header { h2 { (heading) } div.soft { (aside) } }
            (body)
        }
    }
}

/// A picture or drawing with its caption.
pub fn figure(picture: impl Render, caption: impl Render) -> Markup {
    html! { figure.stack { (picture) figcaption.soft { (caption) } } }
}

/// Where this page is: links down to here, the last one without an address.
pub fn trail(steps: &[(&str, &str)], here: &str) -> Markup {
    html! {
        nav.trail aria-label="You are here" {
            ol.row {
                @for (label, href) in steps { li { a href=(href) { (label) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

/// A link that looks like a button, for going somewhere; acts are a [`button`] or an [`act`].
pub fn button_link(label: &str, href: &str) -> Markup {
    html! { a.button href=(href) { (label) } }
}

/// The one link of a page that should be pressed first.
pub fn main_link(label: &str, href: &str) -> Markup {
    html! { a.button.main href=(href) { (label) } }
}

/// The button that sends the form it stands in.
pub fn button(label: &str) -> Markup {
    html! { button.button.main type="submit" { (label) } }
}

/// A form that is only its button: one act, one press. With a question it asks before it acts
/// (where scripts run; acts that matter have a page that asks, for everybody).
pub fn act(label: &str, action: &str, question: Option<&str>) -> Markup {
    html! {
        form.act method="post" action=(action) data-behaviour=[question.map(|_| "confirm")] data-question=[question] {
            button.button type="submit" { (label) }
        }
    }
}

/// Buttons and links in a row; not printed.
pub fn actions(parts: impl IntoIterator<Item = Markup>) -> Markup {
    html! { div.row.centred.actions { @for part in parts { (part) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(met: u64, attention: u64, gap: u64) -> Vec<Count> {
        vec![
            Count::new(Standing::Met, met, "covered"),
            Count::new(Standing::Attention, attention, "lapse within 30 days"),
            Count::new(Standing::Gap, gap, "not covered").href("/people?standing=gap"),
        ]
    }

    #[test]
    fn the_roll_call_has_one_mark_per_person_and_says_so() {
        let page = roll_call("person", &counts(231, 8, 11)).into_string();
        assert_eq!(page.matches("<i class=").count(), 250);
        assert_eq!(page.matches("<i class=\"gap\"").count(), 11);
        assert!(page.contains("One mark per person: 231 covered, 8 lapse within 30 days, 11 not covered."));
        assert!(page.contains("href=\"/people?standing=gap\""));
        assert!(!page.contains("stands for"));
    }

    #[test]
    fn a_crowd_shares_marks_but_nobody_is_lost() {
        let page = roll_call("person", &counts(40_000, 1, 3)).into_string();
        assert!(page.matches("<i class=").count() <= 2_002);
        assert_eq!(page.matches("<i class=\"attention\"").count(), 1);
        assert_eq!(page.matches("<i class=\"gap\"").count(), 1);
        assert!(page.contains("One mark stands for 21 of them."));
    }

    #[test]
    fn an_empty_roll_is_a_sentence() {
        let page = roll_call("person", &counts(0, 0, 0)).into_string();
        assert!(page.contains("Nobody to show yet."));
        assert!(!page.contains("role=\"img\""));
    }

    #[test]
    fn a_tag_has_a_shape_and_a_word() {
        for kind in [Standing::Met, Standing::Attention, Standing::Gap, Standing::None] {
            let page = tag(kind, "4 days late").into_string();
            assert!(page.contains("<svg") && page.contains("4 days late"));
        }
    }

    #[test]
    fn progress_marks_the_step_we_are_at() {
        let page = progress(2, 6, "Question 3 of 6").into_string();
        assert_eq!(page.matches("class=\"done\"").count(), 2);
        assert_eq!(page.matches("class=\"here\"").count(), 1);
        assert_eq!(page.matches("<i").count(), 6);
    }
}
