//! Every part of the look on show, empty, usual and crowded, for those who build pages and for the tests.
//!
//! Invariants: no data of anybody's; every component of this crate appears; the figures are invented.
//!
//! Not here: any page of the product.

mod forms;
mod time;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use maud::{Markup, html};

use crate::chart::{Point, Series, Trend};
use crate::cookie::see_other_saying;
use crate::filled::{Filled, Problems};
use crate::marks::{
    Count, Standing, act, big, button_link, facts, figure, log, main_link, note, panel, progress, roll_call,
    tag, to_do, trail,
};
use crate::rail::{Group, Link};
use crate::refusal::{Answer, Error};
use crate::screen::{Banner, Opening, Place, Screen};
use crate::table::{Column, Table, thousands};
use forms::{form_page, question, typed, wrong};
use time::time;

/// How full the samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Empty,
    Usual,
    Crowded,
}

/// The names of the gallery's pages, under `/gallery/`.
pub const PAGES: [&str; 7] = [
    "empty", "usual", "crowded", "form", "problems", "question", "fault",
];

/// The routes of the gallery: `/gallery` and one page for each of [`PAGES`]. For development and the
/// demonstration only.
pub fn gallery() -> Router {
    Router::new()
        .route("/gallery", get(index))
        .route("/gallery/{page}", get(page).post(take))
}

async fn index() -> Answer {
    let place = place("/gallery", Sample::Usual);
    Screen::shell(
        &place,
        "Gallery",
        html! {
            (Opening::new("Everything pages are made of.").lead("Each part empty, usual and crowded."))
            ul.plain-list { @for page in PAGES { li { a href={ "/gallery/" (page) } { (page) } } } }
        },
    )
    .answer()
}

async fn page(Path(page): Path<String>, here: Place) -> Answer {
    let mut screen = match page.as_str() {
        "empty" => overview(Sample::Empty),
        "usual" => overview(Sample::Usual),
        "crowded" => overview(Sample::Crowded),
        "form" => form_page(&typed(), &Problems::none()),
        "problems" => form_page(&typed(), &wrong()),
        "question" => question(),
        "fault" => return Err(Error::fault("showing what a fault looks like")),
        _ => return Err(Error::Missing),
    };
    screen.place.said = here.said.or(screen.place.said);
    screen.answer()
}

/// Takes any form of the gallery and keeps nothing: an autosave gets its 204, a person a sentence.
async fn take(Path(page): Path<String>, headers: HeaderMap, filled: Filled) -> Answer {
    let saving = headers.contains_key("idempotency-key");
    if saving && filled.pairs().next().is_some() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let known = PAGES
        .into_iter()
        .find(|known| *known == page)
        .ok_or(Error::Missing)?;
    Ok(see_other_saying(
        &format!("/gallery/{known}"),
        "Taken, and not kept: this is a gallery.",
    ))
}

fn place(path: &str, sample: Sample) -> Place {
    let banners = match sample {
        Sample::Empty => Vec::new(),
        Sample::Usual => vec![Banner::new(
            Standing::None,
            "This is a demonstration. Nothing here is about anybody.",
        )],
        Sample::Crowded => vec![
            Banner::new(
                Standing::Attention,
                "The clock of this server is four minutes behind.",
            ),
            Banner::new(Standing::Gap, crate::refusal::STORAGE_FULL),
        ],
    };
    Place {
        organisation: "Northwind Robotics".into(),
        groups: menu(sample),
        aside: Some("Window 1 Jul 2025 to 30 Jun 2026. Read-only. Your access ends 28 Sep 2026.".into()),
        banners,
        who: Some("Ada Osei".into()),
        path: path.into(),
        said: (sample == Sample::Crowded).then(|| "Saved. 250,000 people were told.".into()),
    }
}

/// A few entries; when crowded so many that they fold.
fn menu(sample: Sample) -> Vec<Group> {
    let mut groups = vec![
        Group::new(
            "Gallery",
            vec![
                Link::new("Usual", "/gallery/usual").count(19, Standing::Gap),
                Link::new("Empty", "/gallery/empty"),
                Link::new("Crowded", "/gallery/crowded").count(thousands(250_000), Standing::None),
            ],
        ),
        Group::new(
            "Forms",
            vec![
                Link::new("Form", "/gallery/form").count(8, Standing::Attention),
                Link::new("Problems", "/gallery/problems"),
                Link::new("Question", "/gallery/question").count("3 of 6", Standing::None),
            ],
        ),
    ];
    if sample == Sample::Crowded {
        groups.insert(0, Group::untitled(vec![Link::new("All of it", "/gallery")]));
        let quarters = (1..=8).map(|n| Link::new(format!("Quarter {n}"), format!("/gallery/quarters/{n}")));
        groups.push(Group::new("Quarters of the last years", quarters.collect()));
    }
    groups
}

fn overview(sample: Sample) -> Screen {
    let (path, title, finding) = match sample {
        Sample::Empty => ("/gallery/empty", "Empty", "Nobody is on the list yet."),
        Sample::Usual => (
            "/gallery/usual",
            "Usual",
            "231 of 250 people are covered today. 11 are not, 8 will lapse within 30 days.",
        ),
        Sample::Crowded => (
            "/gallery/crowded",
            "Crowded",
            "249,981 of 250,000 people are covered today. 11 are not.",
        ),
    };
    let opening = Opening::new(finding)
        .over(trail(&[("ISO 27001", "/gallery"), ("A.6.3 Awareness, education and training", "/gallery/empty")], "P02"))
        .lead(match sample {
            Sample::Empty => html! { "Bring a list, or add the first person by hand." },
            _ => html! { "1 January to 31 December 2026. " b { "247 of 250" } " people had no uncovered day; " b { "3" } " had. Leavers are counted for the days they were here." },
        })
        .actions(html! {
            (main_link("Download with proof", "/gallery/usual")) (button_link("Change the window", "/gallery/form"))
            a href="/gallery/empty" { "How this is reckoned" }
        });
    let body = html! {
        (opening)
        (roll_call("person", &counts(sample)))
        div.two { (legs(sample)) (next_steps(sample)) }
        (time(sample))
        div.three { (trend(sample)) (numbers(sample)) }
        div.two { (happened(sample)) (small_parts()) }
    };
    Screen::shell(&place(path, sample), title, body)
}

fn counts(sample: Sample) -> Vec<Count> {
    let numbers = match sample {
        Sample::Empty => [0, 0, 0, 0],
        Sample::Usual => [231, 8, 11, 3],
        Sample::Crowded => [249_881, 8, 11, 100],
    };
    vec![
        Count::new(Standing::Met, numbers[0], "covered").href("/gallery/usual"),
        Count::new(Standing::Attention, numbers[1], "lapse within 30 days").href("/gallery/usual"),
        Count::new(Standing::Gap, numbers[2], "not covered").href("/gallery/usual"),
        Count::new(Standing::None, numbers[3], "on leave, not counted"),
    ]
}

fn legs(sample: Sample) -> Markup {
    let columns = [
        Column::new("Leg"),
        Column::new("ISO 27001 · A.6.3"),
        Column::new("SOC 2 · CC1.4, CC2.2"),
    ];
    let rows = match sample {
        Sample::Empty => Vec::new(),
        _ => vec![
            [
                html! { b { "Awareness" } },
                tag(Standing::Met, "4 of 4 in 12 months"),
                tag(Standing::Met, "4 of 4"),
            ],
            [
                html! { b { "Education" } },
                tag(Standing::Attention, "212 of 226 on time"),
                tag(Standing::Met, "226 of 226"),
            ],
            [
                html! { b { "Training" } },
                tag(Standing::Gap, "11 people uncovered"),
                tag(Standing::None, "not asked for"),
            ],
        ],
    };
    let table = Table::new("Frameworks", columns)
        .rows(rows)
        .caption_hidden()
        .empty(html! { "No framework has been chosen. " a href="/gallery/form" { "Choose one" } "." });
    panel(
        "What the auditors ask",
        html! { a href="/gallery" { "All frameworks" } },
        table,
    )
}

fn next_steps(sample: Sample) -> Markup {
    html! {
        section.stack {
            h2 { "Do next" }
            @if sample == Sample::Empty { p.empty { "Nothing waits for you." } }
            @else {
                (to_do([
                    (html! { "Nudge 5 people in Platform, overdue since 28 May" }, act("Nudge", "/gallery/usual", Some("Send a nudge to 5 people?"))),
                    (html! { "3 contractors have repository access and no developer course" }, act("Assign", "/gallery/usual", None)),
                    (html! { "Training policy 2.1 waits for an approver who did not write it" }, button_link("Ask", "/gallery/form")),
                ]))
            }
        }
    }
}

fn trend(sample: Sample) -> Markup {
    let months = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May 2026"];
    let series = |values: [f64; 8]| {
        months
            .iter()
            .zip(values)
            .map(|(month, value)| Point::between(*month, value, (value - 5.0, value + 6.0)))
            .collect()
    };
    let (reported, clicked) = match sample {
        Sample::Empty => (Vec::new(), Vec::new()),
        _ => (
            series([22.0, 27.0, 25.0, 34.0, 38.0, 41.0, 47.0, 52.5]),
            series([15.0, 13.0, 16.0, 11.0, 12.0, 9.0, 10.0, 8.0]),
        ),
    };
    let trend = Trend {
        title: "Reports and clicks".into(),
        sentence: "Over eight campaigns reports rose from 22 to 52 per cent; clicks fell from 15 to 8, within their interval since March.".into(),
        unit: " %".into(),
        series: vec![Series::new("reported", reported), Series::new("clicked", clicked)],
    };
    html! { section.stack { h2 { "Reporting comes first" } (trend) } }
}

fn numbers(sample: Sample) -> Markup {
    let (overdue, entries) = match sample {
        Sample::Empty => (0, 0),
        Sample::Usual => (11, 18_402),
        Sample::Crowded => (204_117, 18_402_771_900),
    };
    html! {
        section.stack { h2 { "Overdue by age" } (big(thousands(overdue), "1–7 days: 6 · 8–30: 4 · 31–60: 1 · over 60: 0. 3 on leave are not counted.")) }
        section.stack { h2 { "The record" } (big(thousands(entries), html! { "entries, sealed 09:00, verified 09:01. " span.mono { "north/log 18402 Qk3v…9A=" } })) }
    }
}

fn happened(sample: Sample) -> Markup {
    let link = |number: u64| html! { a href="/gallery/usual" { (thousands(number)) } };
    let mut lines = vec![
        (
            "14 Oct 2025 06:00".to_owned(),
            html! { "Joined, from the list of 13 Oct" },
            link(1_204),
        ),
        (
            "22 Oct 2025 10:44".to_owned(),
            html! { "Attested to Baseline, edition 3, signed in with a passkey" },
            link(1_302),
        ),
        (
            "8 Nov 2025 08:00".to_owned(),
            html! { "Reminder sent, accepted by the mail server" },
            html! {},
        ),
    ];
    if sample == Sample::Crowded {
        lines.push((
            "19 Nov 2025 16:05".to_owned(),
            html! { "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and " span.mono { "sha256:7be1f0c2d9a84e6b5c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a04" } },
            link(18_402_771_900),
        ));
    }
    html! {
        section.stack {
            h2 { "What happened" }
            @if sample == Sample::Empty { p.empty { "Nothing has happened yet." } } @else { (log(lines)) }
        }
    }
}

fn small_parts() -> Markup {
    html! {
        section.stack {
            h2 { "How this is known" }
            (facts([
                ("Population", html! { "250 people, lists of 31 Dec, reconciled" }),
                ("Rule", html! { "365 days, no grace (policy 2.0, section 4)" }),
                ("Reckoned", html! { "1 Jun 2026 09:02, entry " a href="/gallery/usual" { "18,402" } }),
            ]))
            (note(Standing::None, html! { p { b { "Seen something like it? " } "Forward it to " span.mono { "report@northwind.example" } "." } }))
            (note(Standing::Attention, html! { p { "The list is nine days old." } }))
            (figure(progress(2, 6, "Two of six parts are done"), "Two of six parts are done."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maud::Render;
    use std::collections::BTreeSet;

    fn pages() -> Vec<String> {
        let screens = [
            overview(Sample::Empty),
            overview(Sample::Usual),
            overview(Sample::Crowded),
            form_page(&typed(), &Problems::none()),
            form_page(&typed(), &wrong()),
            question(),
        ];
        screens
            .iter()
            .map(|screen| screen.render().into_string())
            .collect()
    }

    /// The names and values of all attributes, in order.
    fn attributes(page: &str) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for tag in page.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or("");
            let mut rest = tag;
            while let Some((before, after)) = rest.split_once("=\"") {
                let name = before.rsplit([' ', '"']).next().unwrap_or("");
                let (value, tail) = after.split_once('"').expect("maud closes its quotes");
                found.push((name, value));
                rest = tail;
            }
        }
        found
    }

    #[test]
    fn nothing_inline_that_the_content_policy_would_refuse() {
        for page in pages() {
            for (name, _) in attributes(&page) {
                assert!(name != "style" && !name.starts_with("on"), "{name}");
            }
            assert!(!page.contains("<style") && !page.contains("javascript:"));
            assert_eq!(
                page.matches("<script src=").count() + page.matches("<script type=\"module\" src=").count(),
                page.matches("<script").count()
            );
        }
    }

    #[test]
    fn every_id_is_unique_and_every_reference_finds_its_id() {
        for page in pages() {
            let attributes = attributes(&page);
            let ids: Vec<_> = attributes
                .iter()
                .filter(|(name, _)| *name == "id")
                .map(|(_, id)| *id)
                .collect();
            let known: BTreeSet<_> = ids.iter().copied().collect();
            assert_eq!(ids.len(), known.len(), "{ids:?}");
            for (name, value) in &attributes {
                let wanted: Vec<&str> = match *name {
                    "for" | "aria-describedby" | "aria-labelledby" => value.split(' ').collect(),
                    "href" => value.strip_prefix('#').into_iter().collect(),
                    "fill" => value
                        .strip_prefix("url(#")
                        .and_then(|id| id.strip_suffix(')'))
                        .into_iter()
                        .collect(),
                    _ => Vec::new(),
                };
                for id in wanted {
                    assert!(known.contains(id), "{name} names {id}, which is not on the page");
                }
            }
        }
    }

    #[test]
    fn every_page_has_one_heading_one_main_and_one_language() {
        for page in pages() {
            for part in ["<h1", "<main", "<html lang=\"en\"", "<title>"] {
                assert_eq!(page.matches(part).count(), 1, "{part}");
            }
        }
    }
}
