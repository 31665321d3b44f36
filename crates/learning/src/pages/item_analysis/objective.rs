//! What can be said of each objective of a course, from its questions together.

use maud::{Markup, html};
use web::{Column, Standing, Table, tag};

use super::{Judged, percent, signed};
use crate::item_analysis::{CORRELATION_MIN, FACILITY_MIN, Objective};

pub(super) fn table(judged: &Judged) -> Table {
    let columns = [
        Column::new("Objective").wide(),
        Column::new("Questions").number(),
        Column::new("Needs mending").number(),
        Column::new("Right, in the middle"),
        Column::new("Reliability (alpha)"),
    ];
    let people = judged.analysis.people;
    let row = |one: &Objective| {
        [
            html! { (one.text) br; small.soft { (one.id) } },
            html! { (one.questions) },
            html! { @if one.flagged > 0 { (tag(Standing::Gap, one.flagged)) } @else { "0" } },
            middle(one),
            alpha(one, people),
        ]
    };
    Table::new("Objectives", columns)
        .labelled()
        .rows(judged.analysis.objectives.iter().map(row))
        .of(judged.analysis.objectives.len() as u64, "objectives")
}

fn middle(one: &Objective) -> Markup {
    match one.facility {
        Some((share, of)) if of == one.questions => html! { (percent(share)) },
        Some((share, of)) => html! { (percent(share)) span.soft { " of " (of) " with enough answers" } },
        None => html! { span.soft { "from " (FACILITY_MIN) " answers" } },
    }
}

fn alpha(one: &Objective, people: u64) -> Markup {
    match one.alpha {
        Some(alpha) => html! { (signed(alpha)) },
        None if one.in_form < 2 => html! { span.soft { "a form asks one" } },
        None if people < CORRELATION_MIN => html! { span.soft { "from " (CORRELATION_MIN) } },
        None => html! { "–" },
    }
}
