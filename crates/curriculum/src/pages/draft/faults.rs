//! What is wrong with a course, as a list for its author.

use web::{Markup, Standing, html, tag};

use crate::{fault::Fault, render};

/// "2 errors, 1 warning".
pub(super) fn counted(faults: &[Fault]) -> String {
    let count = faults.iter().filter(|fault| fault.is_error()).count();
    match (count, faults.len() - count) {
        (0, 0) => "nothing".to_owned(),
        (0, some) => warnings(some),
        (some, 0) => errors(some),
        (some, others) => format!("{}, {}", errors(some), warnings(others)),
    }
}

pub(super) fn errors(count: usize) -> String {
    if count == 1 {
        "1 error".to_owned()
    } else {
        format!("{count} errors")
    }
}

fn warnings(count: usize) -> String {
    if count == 1 {
        "1 warning".to_owned()
    } else {
        format!("{count} warnings")
    }
}

pub(super) fn mark(fault: &Fault) -> Markup {
    if fault.is_error() {
        tag(Standing::Gap, "error")
    } else {
        tag(Standing::Attention, "warning")
    }
}

/// Errors first; each with its line and the way to mend it.
pub(super) fn list(faults: &[Fault]) -> Markup {
    let mut sorted: Vec<&Fault> = faults.iter().collect();
    sorted.sort_by_key(|fault| !fault.is_error());
    html! {
        @if sorted.is_empty() { p.empty { "Nothing is wrong here." } }
        @else {
            ul.stack {
                @for fault in sorted {
                    li { (mark(fault)) " " @if fault.line > 0 { "Line " (fault.line) ": " } (render::inline(&fault.message)) " " span.soft { (render::inline(&fault.fix)) } }
                }
            }
        }
    }
}
