//! Which source said what of a person, when, and what is believed: the sources side by side, then what each said before.

use db::Zone;
use roster::{
    profile::{ATTRIBUTES, Facts},
    source_record::SourceRecord,
};
use web::{Column, Markup, Standing, Table, html, tag};

use super::when;
use crate::story::Story;

/// The two tables.
pub(super) fn said(story: &Story) -> Markup {
    let records = &story.history.records;
    let current: Vec<&SourceRecord> = records.iter().filter(|one| one.superseded_at.is_none()).collect();
    html! {
        @if !current.is_empty() { (side_by_side(&current, &story.person.facts, &story.zone)) }
        @if records.len() > current.len() { (before(records, &story.zone)) }
    }
}

fn side_by_side(current: &[&SourceRecord], believed: &Facts, zone: &Zone) -> Markup {
    let mut columns = vec![Column::new("What")];
    columns.extend(current.iter().map(|one| {
        Column::new(html! { (one.source) " " (one.source_key) br; small.soft { "since " (when(one.recorded_at, zone)) } })
    }));
    let several = current.len() > 1;
    let known = believed.texts();
    let rows = ATTRIBUTES.iter().enumerate().filter_map(|(at, attribute)| {
        let texts: Vec<&str> = current.iter().map(|one| one.facts.texts()[at]).collect();
        if texts.iter().all(|text| text.is_empty()) {
            return None;
        }
        let mut cells = vec![html! { (attribute.replace('_', " ")) }];
        cells.extend(
            texts
                .into_iter()
                .map(|text| cell(text, several && text == known[at])),
        );
        Some(cells)
    });
    html! { (Table::new("What the sources say now", columns).rows(rows)) }
}

/// With several sources, what is believed is marked.
fn cell(text: &str, is_believed: bool) -> Markup {
    html! {
        @if text.is_empty() { span.soft { "nothing" } } @else { (text) }
        @if is_believed && !text.is_empty() { " " (tag(Standing::Met, "believed")) }
    }
}

fn before(records: &[SourceRecord], zone: &Zone) -> Markup {
    let columns = ["Source", "From", "Until", "What it said otherwise"].map(Column::new);
    let rows = records.iter().enumerate().filter_map(|(at, one)| {
        let until = one.superseded_at?;
        let next = records
            .get(at + 1)
            .filter(|next| next.source == one.source && next.source_key == one.source_key);
        let told = match next {
            Some(next) => changed(&one.facts, &next.facts),
            None => "everything: it says nothing of them any more".to_owned(),
        };
        Some([
            html! { (one.source) " " (one.source_key) },
            html! { (when(one.recorded_at, zone)) },
            html! { (when(until, zone)) },
            html! { (told) },
        ])
    });
    let count = records.iter().filter(|one| one.superseded_at.is_some()).count();
    html! { (Table::new("What the sources said before", columns).rows(rows).of(count as u64, "times").labelled()) }
}

/// "department Sales, job title Clerk": what was said then and is said otherwise now.
fn changed(then: &Facts, now: &Facts) -> String {
    let (was, is) = (then.texts(), now.texts());
    let told: Vec<String> = ATTRIBUTES
        .iter()
        .enumerate()
        .filter(|(at, _)| was[*at] != is[*at])
        .map(|(at, attribute)| {
            let text = if was[at].is_empty() { "nothing" } else { was[at] };
            format!("{} {text}", attribute.replace('_', " "))
        })
        .collect();
    if told.is_empty() {
        "its number for them".to_owned()
    } else {
        told.join(", ")
    }
}
