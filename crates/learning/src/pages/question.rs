//! A question as it is shown, and a response as it is told: the same in asking, in reviewing and in the result.
//!
//! No key passes through here before the attempt was handed in: what is drawn comes from `Shown`.

use curriculum::{Kind, Question, Shown, ShownOption, render};
use maud::{Markup, html};
use web::Filled;

use super::language;

/// Options and lines are fewer; more values than this are not an answer.
const VALUES_MAX: usize = 50;

/// What was chosen in a posted form. What is no number becomes one that no question offers.
pub(super) fn response(filled: &Filled) -> Vec<usize> {
    let mut chosen: Vec<usize> = filled
        .all("answer")
        .take(VALUES_MAX)
        .map(|value| value.parse().unwrap_or(usize::MAX))
        .collect();
    let place = |text: &str| text.parse::<usize>().ok().filter(|place| *place < chosen.len());
    match filled.one("move").split_once('-') {
        Some(("up", at)) => {
            if let Some(at) = place(at).filter(|at| *at > 0) {
                chosen.swap(at, at - 1);
            }
        }
        Some(("down", at)) => {
            if let Some(at) = place(at).filter(|at| at + 1 < chosen.len()) {
                chosen.swap(at, at + 1);
            }
        }
        _ => {}
    }
    chosen
}

/// Where the moved step of an order stands now: the anchor to return to.
pub(super) fn moved_to(filled: &Filled) -> Option<usize> {
    let (way, at) = filled.one("move").split_once('-')?;
    let at: usize = at.parse().ok().filter(|at| *at < VALUES_MAX)?;
    match way {
        "up" => Some(at.saturating_sub(1)),
        "down" => Some(at + 1),
        _ => None,
    }
}

/// The first paragraph of a stem, which is the heading, and what follows it.
pub(super) fn heading(stem: &str) -> (Markup, Option<Markup>) {
    match stem.trim().split_once("\n\n") {
        Some((first, rest)) if !rest.trim().is_empty() => (render::inline(first), Some(render::text(rest))),
        _ => (render::inline(stem.trim()), None),
    }
}

/// What was chosen in the field of this name, for several questions in one form.
pub(super) fn response_named(filled: &Filled, name: &str) -> Vec<usize> {
    filled
        .all(name)
        .take(VALUES_MAX)
        .map(|value| value.parse().unwrap_or(usize::MAX))
        .collect()
}

/// The fields to answer with; `chosen` is what was answered before.
pub(super) fn fields(shown: &Shown, chosen: &[usize]) -> Markup {
    fields_named(shown, chosen, "answer")
}

/// The same with another name, for several questions in one form. An order has one name, and is not asked there.
pub(super) fn fields_named(shown: &Shown, chosen: &[usize], name: &str) -> Markup {
    match shown.kind {
        Kind::Order => steps(shown, chosen),
        Kind::FindTheLine => lines(shown, chosen, name),
        Kind::Multiple => options(shown, chosen, ("checkbox", name)),
        Kind::Single | Kind::TrueFalse | Kind::ChooseTheFix => options(shown, chosen, ("radio", name)),
    }
}

/// What to do, under the question.
pub(super) fn hint(kind: Kind) -> &'static str {
    match kind {
        Kind::Single | Kind::TrueFalse => "Choose one.",
        Kind::ChooseTheFix => "Choose one change.",
        Kind::Multiple => "Choose all that apply.",
        Kind::Order => "Move the steps until they are in order. Every move is saved.",
        Kind::FindTheLine => "Choose one line.",
    }
}

/// The response in words, for a list: one item each.
pub(super) fn told(question: &Question, response: &[usize]) -> Markup {
    html! {
        @if question.kind == Kind::Order {
            ol.plain-list { @for number in response { li { (choice(question, *number)) } } }
        } @else {
            ul.plain-list { @for number in response { li { (choice(question, *number)) } } }
        }
    }
}

/// One option, or one line of the code.
pub(super) fn choice(question: &Question, number: usize) -> Markup {
    if question.kind == Kind::FindTheLine {
        let line = number
            .checked_sub(1)
            .and_then(|n| question.code.as_deref()?.lines().nth(n));
        return html! { "Line " (number) @if let Some(line) = line { ": " code { (line.trim()) } } };
    }
    match question.options.get(number) {
        Some(option) => language::said(&question.spoken, words(&option.text, option.code)),
        None => html! {},
    }
}

fn words(text: &str, is_code: bool) -> Markup {
    if is_code { code(text) } else { render::inline(text) }
}

/// Code inside a label: it wraps, and keeps how far its lines are set in.
fn code(text: &str) -> Markup {
    html! {
        code {
            @for (n, line) in text.trim_end().lines().enumerate() {
                @if n > 0 { br; }
                (indented(line))
            }
        }
    }
}

fn indented(line: &str) -> String {
    let bare = line.trim_start_matches([' ', '\t']);
    let mut kept = String::with_capacity(line.len() * 2);
    for space in line[..line.len() - bare.len()].chars() {
        kept.push_str(if space == '\t' {
            "\u{a0}\u{a0}\u{a0}\u{a0}"
        } else {
            "\u{a0}"
        });
    }
    kept.push_str(bare);
    kept
}

/// An option is sent as its place among those shown, see [`crate::attempt::as_written`].
fn options(shown: &Shown, chosen: &[usize], (kind, name): (&str, &str)) -> Markup {
    let id = format!("field-{name}");
    html! {
        div.choices {
            @for (n, option) in shown.options.iter().enumerate() {
                label.choice {
                    input id=[(n == 0).then_some(&id)] type=(kind) name=(name) value=(n) checked[chosen.contains(&option.number)];
                    (language::said(&shown.spoken, words(&option.text, option.code)))
                }
            }
        }
    }
}

fn lines(shown: &Shown, chosen: &[usize], name: &str) -> Markup {
    let id = format!("field-{name}");
    html! {
        div.choices {
            @for (n, line) in shown.code.as_deref().unwrap_or_default().trim_end_matches('\n').lines().enumerate() {
                label.choice {
                    input id=[(n == 0).then_some(&id)] type="radio" name=(name) value=(n + 1) checked[chosen.contains(&(n + 1))];
                    span.code-line { span.soft { (n + 1) } " " code { (indented(line)) } }
                }
            }
        }
    }
}

/// A step is sent as its place among those first shown, see [`crate::attempt::as_written`].
fn steps(shown: &Shown, chosen: &[usize]) -> Markup {
    let first: Vec<(usize, &ShownOption)> = shown.options.iter().enumerate().collect();
    let find = |number: &usize| first.iter().find(|(_, option)| option.number == *number).copied();
    let answered: Vec<(usize, &ShownOption)> = chosen.iter().filter_map(find).collect();
    let steps = if answered.len() == first.len() {
        answered
    } else {
        first
    };
    let last = steps.len().saturating_sub(1);
    html! {
        ol.stack {
            @for (n, (place, step)) in steps.iter().enumerate() {
                li.choice id={ "step-" (n) } tabindex="-1" {
                    span.soft { (n + 1) "." }
                    div.stack {
                        (language::said(&shown.spoken, words(&step.text, step.code)))
                        input type="hidden" name="answer" value=(place);
                        div.row {
                            @if n > 0 { button.button type="submit" name="move" value={ "up-" (n) } { "Up" span.visually-hidden { ": step " (n + 1) } } }
                            @if n < last { button.button type="submit" name="move" value={ "down-" (n) } { "Down" span.visually-hidden { ": step " (n + 1) } } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(pairs: &[(&str, &str)]) -> Filled {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_step_moves_by_one_and_stays_within_the_list() {
        let order = [("answer", "2"), ("answer", "0"), ("answer", "1")];
        let with = |way| response(&filled(&[order.as_slice(), &[("move", way)]].concat()));
        assert_eq!(with("up-1"), [0, 2, 1]);
        assert_eq!(with("down-1"), [2, 1, 0]);
        for nowhere in ["up-0", "down-2", "up-9", "sideways-1", "up", "up--1", ""] {
            assert_eq!(with(nowhere), [2, 0, 1], "{nowhere}");
        }
        assert_eq!(moved_to(&filled(&[("move", "down-1")])), Some(2));
        assert_eq!(moved_to(&filled(&[])), None);
    }

    #[test]
    fn what_is_no_number_is_nothing_that_is_offered() {
        assert_eq!(
            response(&filled(&[("answer", "-1"), ("answer", "x"), ("answer", "")])),
            [usize::MAX; 3]
        );
        assert_eq!(response(&filled(&[("answer", "0"); 90])).len(), VALUES_MAX);
    }

    #[test]
    fn a_long_stem_has_its_first_paragraph_as_heading() {
        let (head, rest) = heading("What *now*?\n\nA mail says:\n\n- pay");
        assert_eq!((head.0.trim(), rest.is_some()), ("What <em>now</em>?", true));
        assert!(heading("One line.").1.is_none());
    }

    #[test]
    fn code_keeps_how_far_it_is_set_in() {
        assert_eq!(
            code("if a:\n  b < c").0,
            "<code>if a:<br>\u{a0}\u{a0}b &lt; c</code>"
        );
    }

    proptest! {
        #[test]
        fn any_form_is_survived(pairs in proptest::collection::vec(("(answer|move|go)", ".{0,12}"), 0..60)) {
            let filled: Filled = pairs.into_iter().collect();
            prop_assert!(response(&filled).len() <= VALUES_MAX);
            let _ = moved_to(&filled);
        }
    }
}
