//! Bars, one under the other: how much of each, what it is made of, and how sure one can be.
//!
//! Invariants: pure; the parts of a bar differ by hatch as well as by colour; the sentence and the table say all that
//! the drawing says; a bar never runs over its end.
//!
//! Not here: what the figures mean, and how intervals are reckoned (`stats`).

use maud::{Markup, Render, html};

use super::decimal;
use crate::{marks::Standing, table::Table};

/// Bars in one drawing; what is beyond stands in the table alone.
const BARS_MAX: usize = 60;
/// Letters of a label that fit beside its figure on the narrowest screen.
const LABEL_MAX: usize = 34;
/// Pixels from one bar to the next: a line of words and the bar under it.
const STEP: usize = 46;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: String,
    /// Written at the end of its line: "12 of 15".
    pub figure: String,
    /// From left to right.
    pub parts: Vec<(Standing, f64)>,
    /// The interval the first part may lie in.
    pub between: Option<(f64, f64)>,
}

/// A drawing of bars; it draws itself when it is put into `html!`.
pub struct Bars {
    /// What tells this drawing from others on the page: "ages".
    pub name: &'static str,
    pub title: String,
    /// What there is to see, for everybody.
    pub sentence: String,
    /// What a whole bar stands for; 0 for the longest.
    pub whole: f64,
    pub legend: Vec<(Standing, &'static str)>,
    pub bars: Vec<Bar>,
    /// The same figures, and where they lead.
    pub table: Table,
}

impl Bars {
    fn whole(&self) -> f64 {
        let sum = |bar: &Bar| bar.parts.iter().map(|(_, size)| size).sum::<f64>();
        let longest = self.bars.iter().map(sum).fold(0.0_f64, f64::max);
        let whole = if self.whole > 0.0 { self.whole } else { longest };
        if whole > 0.0 { whole } else { 1.0 }
    }

    fn drawing(&self) -> Markup {
        let whole = self.whole();
        let shown = self.bars.len().min(BARS_MAX);
        let (title, said) = (format!("{}-title", self.name), format!("{}-said", self.name));
        html! {
            svg.bars width="100%" height=(shown * STEP) role="img" aria-labelledby={ (title) " " (said) } {
                title id=(title) { (self.title) }
                desc id=(said) { (self.sentence) }
                @for (at, bar) in self.bars.iter().take(BARS_MAX).enumerate() { (bar.draw(at * STEP, whole)) }
            }
        }
    }
}

impl Bar {
    fn draw(&self, top: usize, whole: f64) -> Markup {
        let mut left = 0.0_f64;
        let placed = self
            .parts
            .iter()
            .filter(|(_, size)| *size > 0.0)
            .map(|(kind, size)| {
                let from = left;
                left = (left + size / whole * 100.0).min(100.0);
                (*kind, from, left - from)
            });
        let placed: Vec<_> = placed.collect();
        html! {
            text x="0" y=(top + 14) { (short(&self.label)) }
            text.figure x="100%" y=(top + 14) text-anchor="end" { (self.figure) }
            rect.bed x="0" y=(top + 20) width="100%" height="14" rx="2" {}
            @for (kind, from, width) in placed {
                rect class=(kind.class()) x={ (decimal(from)) "%" } y=(top + 20) width={ (decimal(width)) "%" } height="14"
                    fill=[hatch(kind)] {}
            }
            @if let Some((low, high)) = self.between {
                line.between x1={ (decimal(percent(low, whole))) "%" } x2={ (decimal(percent(high, whole))) "%" } y1=(top + 27) y2=(top + 27) {}
            }
        }
    }
}

impl Render for Bars {
    fn render(&self) -> Markup {
        html! {
            figure.trend {
                @if self.bars.is_empty() {
                    p.empty { (self.title) ": no figures yet." }
                } @else {
                    @if !self.legend.is_empty() {
                        ul.legend {
                            @for (kind, words) in &self.legend {
                                li {
                                    svg.bars.key width="14" height="14" aria-hidden="true" focusable="false" {
                                        rect class=(kind.class()) x="1" y="1" width="12" height="12" rx="2" fill=[hatch(*kind)] {}
                                    }
                                    (words)
                                }
                            }
                        }
                    }
                    (self.drawing())
                    figcaption {
                        p.soft { (self.sentence) }
                        details { summary { "Show the figures" } (self.table) }
                    }
                }
            }
        }
    }
}

/// What is wrong is hatched, so that it is not told by its colour alone.
fn hatch(kind: Standing) -> Option<&'static str> {
    (kind == Standing::Gap).then_some("url(#hatch-gap)")
}

fn percent(value: f64, whole: f64) -> f64 {
    (value / whole * 100.0).clamp(0.0, 100.0)
}

fn short(label: &str) -> String {
    if label.chars().count() <= LABEL_MAX {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LABEL_MAX - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn bars(bars: Vec<Bar>) -> String {
        let columns = [Column::new("Age"), Column::new("People").number()];
        Bars {
            name: "ages",
            title: "Overdue by age".into(),
            sentence: "Most of it is young.".into(),
            whole: 0.0,
            legend: vec![(Standing::Gap, "overdue")],
            table: Table::new("Ages", columns).rows(
                bars.iter()
                    .map(|bar| [html! { (bar.label) }, html! { (bar.figure) }]),
            ),
            bars,
        }
        .render()
        .into_string()
    }

    fn bar(label: &str, size: f64) -> Bar {
        Bar {
            label: label.into(),
            figure: format!("{size}"),
            parts: vec![(Standing::Gap, size)],
            between: None,
        }
    }

    #[test]
    fn bars_say_their_sentence_and_keep_their_table() {
        let page = bars(vec![bar("1 to 7 days", 4.0), bar("8 to 30 days", 1.0)]);
        assert!(page.contains("aria-labelledby=\"ages-title ages-said\""));
        assert!(page.contains("<desc id=\"ages-said\">Most of it is young.</desc>"));
        assert!(
            page.contains("width=\"25.00%\"") && page.contains("width=\"100.00%\""),
            "{page}"
        );
        assert!(page.contains("<th scope=\"row\">8 to 30 days</th>"));
    }

    #[test]
    fn no_bars_is_a_sentence_and_long_labels_are_cut() {
        assert!(bars(Vec::new()).contains("no figures yet"));
        let page = bars(vec![bar(&"long ".repeat(20), 1.0)]);
        assert!(page.contains("long lon…</text>"), "{page}");
    }

    #[test]
    fn a_bar_never_runs_over_its_end() {
        let over = Bar {
            parts: vec![(Standing::Met, 3.0), (Standing::Gap, 3.0)],
            between: Some((-1.0, 9.0)),
            ..bar("x", 1.0)
        };
        let page = over.draw(0, 4.0).into_string();
        assert!(
            page.contains("width=\"25.00%\"")
                && page.contains("x2=\"100.00%\"")
                && page.contains("x1=\"0.00%\""),
            "{page}"
        );
    }
}
