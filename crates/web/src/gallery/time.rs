//! The gallery's strips of time: five invented people and their year.
//!
//! Not here: the overview pages (`gallery`).

use db::{Day, Window};
use maud::{Markup, html};

use super::Sample;
use crate::marks::{Standing, panel, tag};
use crate::strip::Stretch::{self, Away, Covered, FirstDays, NotHere, Uncovered};
use crate::strip::{Span, axis, strip, strip_gaps, strip_legend};
use crate::table::{Column, Table};

struct Sitter {
    name: &'static str,
    about: &'static str,
    spans: Vec<Span>,
    done: Vec<Day>,
}

const JANUARY: (u8, u8) = (1, 1);
const YEAR_END: (u8, u8) = (12, 31);

pub(super) fn time(sample: Sample) -> Markup {
    let window = Window {
        from: Day::ymd(2026, 1, 1),
        to: Day::ymd(2027, 1, 1),
    };
    let people = sitters();
    let count = match sample {
        Sample::Empty => 0,
        Sample::Usual => people.len(),
        Sample::Crowded => people.len() * 8,
    };
    let columns = [
        Column::new("Person").sorted_up("/gallery/usual"),
        Column::new(axis(window)).wide(),
        Column::new("Days").number().sorts("/gallery/usual"),
        Column::new("Result"),
    ];
    let table = Table::new("People and their year", columns)
        .rows(
            people
                .iter()
                .cycle()
                .take(count)
                .map(|sitter| row(window, sitter)),
        )
        .caption_hidden()
        .empty("When people have been here for a day, their time is drawn here.")
        .of(if count == 0 { 0 } else { 250 }, "people, those with gaps first")
        .link("Show all", "/gallery/crowded")
        .link("Download (CSV)", "/gallery/crowded");
    let legend = strip_legend(&[Covered, Uncovered, FirstDays, Away, NotHere]);
    panel(
        "Who was uncovered, and when",
        "days in Europe/Berlin",
        html! { (legend) (table) },
    )
}

fn row(window: Window, sitter: &Sitter) -> [Markup; 4] {
    let days: i32 = sitter
        .spans
        .iter()
        .filter(|span| span.stretch == Uncovered)
        .map(|span| span.window.days())
        .sum();
    [
        html! { a href="/gallery/usual" { (sitter.name) } small { (sitter.about) } },
        html! { (strip(window, &sitter.spans, &sitter.done)) small { (strip_gaps(window, &sitter.spans)) } },
        html! { (days) },
        if days == 0 {
            tag(Standing::Met, "covered")
        } else {
            tag(Standing::Gap, "gap")
        },
    ]
}

fn sitters() -> Vec<Sitter> {
    vec![
        Sitter {
            name: "Ada Osei",
            about: "Platform · employee since 1 Mar",
            spans: vec![
                from(JANUARY, (2, 28), NotHere),
                from((3, 1), (3, 30), FirstDays),
                from((3, 31), (4, 4), Uncovered),
                from((4, 5), YEAR_END, Covered),
            ],
            done: vec![Day::ymd(2026, 4, 5)],
        },
        Sitter {
            name: "Bruno Keller",
            about: "Finance · employee",
            spans: vec![
                from(JANUARY, (9, 11), Covered),
                from((9, 12), (10, 2), Uncovered),
                from((10, 3), YEAR_END, Covered),
            ],
            done: vec![Day::ymd(2026, 10, 3)],
        },
        Sitter {
            name: "Chidi Nwosu",
            about: "Contractor · Vantage Ltd, since 20 Jun",
            spans: vec![
                from((6, 20), (7, 19), FirstDays),
                from((7, 20), YEAR_END, Uncovered),
            ],
            done: Vec::new(),
        },
        Sitter {
            name: "Dana Ruiz",
            about: "People · on leave 4 Feb to 31 Jul",
            spans: vec![
                from(JANUARY, (2, 3), Covered),
                from((2, 4), (7, 31), Away),
                from((8, 1), YEAR_END, Covered),
            ],
            done: vec![Day::ymd(2026, 8, 9)],
        },
        Sitter {
            name: "Emil Lund",
            about: "Platform · left 30 Sep",
            spans: vec![from(JANUARY, (9, 30), Covered), from((10, 1), YEAR_END, NotHere)],
            done: vec![Day::ymd(2026, 5, 1)],
        },
    ]
}

/// From a day of 2026 up to and including another.
fn from(first: (u8, u8), last: (u8, u8), stretch: Stretch) -> Span {
    let window = Window {
        from: Day::ymd(2026, first.0, first.1),
        to: Day::ymd(2026, last.0, last.1) + 1,
    };
    Span::new(window, stretch)
}
