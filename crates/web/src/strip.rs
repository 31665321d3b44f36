//! The strip of time: when something held for somebody, when it did not, and what happened on the way.
//!
//! Invariants: days are half-open windows; what lies outside the window is cut off; every state differs
//! by hatch, outline or height as well as by colour; the same facts are said in a sentence.
//!
//! Not here: how the states are reckoned.

use db::{Day, Window};
use maud::{Markup, html};

/// What held for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stretch {
    Covered,
    Uncovered,
    /// The days a newcomer is given.
    FirstDays,
    /// Away for long, and not counted.
    Away,
    /// Not yet, or no longer, here.
    NotHere,
}

/// One state from a day up to, not including, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub window: Window,
    pub stretch: Stretch,
}

const HEIGHT: &str = "22";

impl Stretch {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Uncovered => "uncovered",
            Self::FirstDays => "first days",
            Self::Away => "away",
            Self::NotHere => "not here",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Uncovered => "uncovered",
            Self::FirstDays => "first-days",
            Self::Away => "away",
            Self::NotHere => "not-here",
        }
    }
}

impl Span {
    pub const fn new(window: Window, stretch: Stretch) -> Self {
        Self { window, stretch }
    }
}

/// The strip for one subject over a window; `done` are the days something was completed.
pub fn strip(window: Window, spans: &[Span], done: &[Day]) -> Markup {
    html! {
        svg.strip width="100%" height=(HEIGHT) role="img" aria-label=(strip_sentence(window, spans, done)) {
            rect.bed rx="2" x="0" y="3" width="100%" height="16" {}
            @for span in spans {
                @if let Some((from, width)) = place(window, span.window) { (stretch(span.stretch, from, width)) }
            }
            @for day in done.iter().filter(|day| window.contains(**day)) {
                @let at = percent(window, *day);
                line.done-edge x1=(at) x2=(at) y1="0" y2="22" {}
                line.done x1=(at) x2=(at) y1="0" y2="22" {}
            }
        }
    }
}

/// "covered 1 Jan 2026 to 11 Sep 2026 (254 days), uncovered 12 Sep 2026 to 2 Oct 2026 (21 days); completed 3 Oct 2026."
///
/// Days are shown inclusively, as people say them.
pub fn strip_sentence(window: Window, spans: &[Span], done: &[Day]) -> String {
    let mut parts = Vec::new();
    for span in spans {
        let Some(seen) = cut(window, span.window) else {
            continue;
        };
        parts.push(format!("{} {}", span.stretch.word(), days_in_words(seen)));
    }
    if parts.is_empty() {
        parts.push("nothing known in this window".to_owned());
    }
    let mut days: Vec<Day> = done.iter().copied().filter(|day| window.contains(*day)).collect();
    days.sort_unstable();
    days.dedup();
    let completed: Vec<_> = days.into_iter().map(Day::short).collect();
    if completed.is_empty() {
        format!("{}.", parts.join(", "))
    } else {
        format!("{}; completed {}.", parts.join(", "), completed.join(", "))
    }
}

/// The gaps alone, for the line under a strip: "uncovered 12 Sep 2026 to 2 Oct 2026 (21 days)", or
/// "no uncovered day".
pub fn strip_gaps(window: Window, spans: &[Span]) -> String {
    let gaps: Vec<_> = spans
        .iter()
        .filter(|span| span.stretch == Stretch::Uncovered)
        .filter_map(|span| cut(window, span.window))
        .map(days_in_words)
        .collect();
    if gaps.is_empty() {
        "no uncovered day".to_owned()
    } else {
        format!("uncovered {}", gaps.join(" and "))
    }
}

/// What the states look like, for those that occur, and the mark of completion.
pub fn strip_legend(stretches: &[Stretch]) -> Markup {
    html! {
        ul.legend.strip-legend {
            @for one in stretches {
                li {
                    svg.strip width="26" height=(HEIGHT) aria-hidden="true" focusable="false" {
                        @if *one == Stretch::NotHere { rect.bed rx="2" x="0" y="3" width="26" height="16" {} }
                        @else { (stretch(*one, "0".into(), "26".into())) }
                    }
                    (one.word())
                }
            }
            li {
                svg.strip width="10" height=(HEIGHT) aria-hidden="true" focusable="false" {
                    line.done x1="5" x2="5" y1="0" y2="22" {}
                }
                "completed"
            }
        }
    }
}

/// The names of months over a column of strips: a few, evenly chosen, at their true places.
pub fn axis(window: Window) -> Markup {
    let months = month_starts(window);
    let step = months.len().div_ceil(5).max(1);
    html! {
        svg.strip-axis width="100%" height="18" role="img" aria-label={ (window.from.long()) " to " ((window.to + -1).long()) } {
            @for day in months.iter().step_by(step) {
                // A name that would run over the right edge is left out.
                @if fraction(window, *day) < 0.92 {
                    text x=(percent(window, *day)) y="13" { (&day.month_name()[..3]) }
                }
            }
        }
    }
}

fn days_in_words(window: Window) -> String {
    let last = window.to + -1;
    match window.days() {
        1 => format!("on {} (1 day)", last.short()),
        days => format!("{} to {} ({days} days)", window.from.short(), last.short()),
    }
}

fn stretch(kind: Stretch, from: String, width: String) -> Markup {
    html! {
        @match kind {
            Stretch::NotHere => {}
            Stretch::Uncovered => {
                rect.uncovered rx="2" x=(from) y="3" width=(width) height="16" fill="url(#hatch-gap)" {}
            }
            _ => rect class=(kind.class()) rx="2" x=(from) y="3" width=(width) height="16" {}
        }
    }
}

fn place(window: Window, span: Window) -> Option<(String, String)> {
    let seen = cut(window, span)?;
    let width = f64::from(seen.days()) / f64::from(window.days());
    Some((percent(window, seen.from), as_percent(width)))
}

fn cut(window: Window, span: Window) -> Option<Window> {
    Window::new(span.from.max(window.from), span.to.min(window.to)).filter(|seen| seen.days() > 0)
}

fn percent(window: Window, day: Day) -> String {
    as_percent(fraction(window, day))
}

fn fraction(window: Window, day: Day) -> f64 {
    f64::from(day - window.from) / f64::from(window.days().max(1))
}

fn as_percent(fraction: f64) -> String {
    format!("{:.3}%", fraction * 100.0)
}

fn month_starts(window: Window) -> Vec<Day> {
    // The first of every month in the window; a month that began before it is left out unless it began close by.
    let mut starts = Vec::new();
    let mut day = window.from;
    while day < window.to {
        if day.day_of_month() == 1 || day == window.from && day.day_of_month() <= 7 {
            starts.push(day);
        }
        day = day + 1;
    }
    if starts.is_empty() {
        starts.push(window.from);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year() -> Window {
        Window::new(Day::ymd(2026, 1, 1), Day::ymd(2027, 1, 1)).expect("a year is a window")
    }

    fn span(from: (u8, u8), to: (u8, u8), stretch: Stretch) -> Span {
        let window = Window::new(Day::ymd(2026, from.0, from.1), Day::ymd(2026, to.0, to.1));
        Span::new(window.expect("from is before to"), stretch)
    }

    #[test]
    fn the_strip_says_in_words_what_it_draws() {
        let spans = [
            span((1, 1), (9, 12), Stretch::Covered),
            span((9, 12), (10, 3), Stretch::Uncovered),
            span((10, 3), (10, 4), Stretch::Covered),
        ];
        let done = [Day::ymd(2026, 10, 3), Day::ymd(2026, 2, 1), Day::ymd(2026, 10, 3)];
        let text = strip_sentence(year(), &spans, &done);
        assert_eq!(
            text,
            "covered 1 Jan 2026 to 11 Sep 2026 (254 days), uncovered 12 Sep 2026 to 2 Oct 2026 (21 days), \
             covered on 3 Oct 2026 (1 day); completed 1 Feb 2026, 3 Oct 2026."
        );
    }

    #[test]
    fn the_gaps_are_named_alone() {
        let spans = [
            span((1, 1), (9, 12), Stretch::Covered),
            span((9, 12), (9, 13), Stretch::Uncovered),
        ];
        assert_eq!(strip_gaps(year(), &spans), "uncovered on 12 Sep 2026 (1 day)");
        assert_eq!(strip_gaps(year(), &spans[..1]), "no uncovered day");
    }

    #[test]
    fn what_lies_outside_the_window_is_cut_off() {
        let window = Window::new(Day::ymd(2026, 7, 1), Day::ymd(2026, 7, 11)).expect("ten days");
        let spans = [
            span((1, 1), (7, 6), Stretch::Uncovered),
            span((8, 1), (9, 1), Stretch::Covered),
        ];
        let page = strip(window, &spans, &[Day::ymd(2026, 1, 1)]).into_string();
        assert!(page.contains("x=\"0.000%\" y=\"3\" width=\"50.000%\""), "{page}");
        assert_eq!(page.matches("<rect").count(), 2, "the bed and one span");
        assert!(!page.contains("<line"));
    }

    #[test]
    fn an_empty_strip_says_that_nothing_is_known() {
        assert_eq!(strip_sentence(year(), &[], &[]), "nothing known in this window.");
    }

    #[test]
    fn the_axis_names_at_most_six_months() {
        let page = axis(year()).into_string();
        let named = page.matches("<text").count();
        assert!((3..=6).contains(&named), "{page}");
        assert!(page.contains(">Jan<"));
    }
}
