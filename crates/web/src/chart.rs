//! A trend: a line over time with the band it may lie in, a sentence that says it, and the table behind it.
//!
//! Invariants: pure; two series at most differ by dash as well as by colour; whoever cannot see the
//! drawing gets the sentence and the figures.
//!
//! Not here: how the bands are reckoned (`stats`); [`bars`] and [`burn_up`] draw other questions.

pub mod bars;
pub mod burn_up;

use std::fmt::Write as _;

use maud::{Markup, Render, html};

/// One figure of a series: when, how much, and the band it may lie in.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub label: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    pub points: Vec<Point>,
}

/// A small chart; it draws itself when it is put into `html!`. The series share their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    pub title: String,
    /// What there is to see, for everybody: "Reports rose from 22 to 52 per cent over eight campaigns."
    pub sentence: String,
    /// Written after each figure: " %". Say "" for none.
    pub unit: String,
    /// At most two; a third would need a third way to tell them apart.
    pub series: Vec<Series>,
}

const TOP: f64 = 8.0;
const BOTTOM: f64 = 132.0;
const SERIES_MAX: usize = 2;

impl Point {
    /// A figure known exactly.
    pub fn exact(label: impl Into<String>, value: f64) -> Self {
        Self {
            label: label.into(),
            value,
            low: value,
            high: value,
        }
    }

    pub fn between(label: impl Into<String>, value: f64, band: (f64, f64)) -> Self {
        Self {
            label: label.into(),
            value,
            low: band.0,
            high: band.1,
        }
    }
}

impl Series {
    pub fn new(name: impl Into<String>, points: Vec<Point>) -> Self {
        Self {
            name: name.into(),
            points,
        }
    }
}

impl Render for Trend {
    fn render(&self) -> Markup {
        let shown: Vec<_> = self.series.iter().take(SERIES_MAX).collect();
        let empty = shown.iter().all(|series| series.points.is_empty());
        html! {
            figure.trend {
                @if empty {
                    p.empty { (self.title) ": no figures yet." }
                } @else {
                    (self.legend(&shown))
                    (self.drawing(&shown))
                    figcaption {
                        p.soft { (self.sentence) }
                        details { summary { "Show the figures" } (self.figures(&shown)) }
                    }
                }
            }
        }
    }
}

impl Trend {
    fn legend(&self, shown: &[&Series]) -> Markup {
        html! {
            ul.legend {
                @for (index, series) in shown.iter().enumerate() {
                    li {
                        svg width="26" height="10" aria-hidden="true" focusable="false" {
                            line class={ "line " (letter(index)) } x1="0" x2="26" y1="5" y2="5" {}
                        }
                        (series.name)
                        @if let Some(last) = series.points.last() {
                            " " b { (figure(last.value)) (self.unit) }
                        }
                    }
                }
            }
        }
    }

    fn drawing(&self, shown: &[&Series]) -> Markup {
        let top = ceiling(shown);
        let label = format!("{}. {}", self.title, self.sentence);
        let labels = shown
            .iter()
            .map(|series| &series.points)
            .max_by_key(|points| points.len());
        html! {
            // Words stand beside the drawing, not in it: they keep their size when it shrinks.
            div.plot {
                div.scale aria-hidden="true" {
                    @for share in [1.0, 0.5, 0.0] { span { (figure(share * top)) (self.unit) } }
                }
                svg width="100%" height="140" role="img" aria-label=(label) {
                    @for share in [0.0, 0.5, 1.0] {
                        @let y = decimal(height(share * top, top));
                        line.rule x1="0" x2="100%" y1=(y) y2=(y) {}
                    }
                    // The inner drawing stretches with the page; the circles, outside it, stay round.
                    svg x="0" y="0" width="100%" height="140" viewBox="0 0 100 140" preserveAspectRatio="none" {
                        @for (index, series) in shown.iter().enumerate().rev() {
                            polygon class={ "band " (letter(index)) } points=(band(series, top)) {}
                            polyline class={ "line " (letter(index)) } points=(line(series, top)) vector-effect="non-scaling-stroke" {}
                        }
                    }
                    @for (index, series) in shown.iter().enumerate().rev() {
                        @for (at, point) in series.points.iter().enumerate() {
                            circle class=(letter(index)) r="3.5" cy=(decimal(height(point.value, top)))
                                cx={ (decimal(across(at, series.points.len()))) "%" } {}
                        }
                    }
                }
                @if let Some(points) = labels {
                    div.dates aria-hidden="true" {
                        @if let Some(first) = points.first() { span { (first.label) } }
                        @if let Some(last) = points.last().filter(|_| points.len() > 1) { span { (last.label) } }
                    }
                }
            }
        }
    }

    fn figures(&self, shown: &[&Series]) -> Markup {
        let rows = shown.iter().map(|series| series.points.len()).max().unwrap_or(0);
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.title) {
                table.grid {
                    caption.visually-hidden { (self.title) }
                    thead {
                        tr {
                            th scope="col" { "When" }
                            @for series in shown { th.num scope="col" { (series.name) } th.num scope="col" { "Between" } }
                        }
                    }
                    tbody {
                        @for row in 0..rows {
                            tr {
                                th scope="row" {
                                    @if let Some(point) = shown.iter().find_map(|series| series.points.get(row)) { (point.label) }
                                }
                                @for series in shown {
                                    @match series.points.get(row) {
                                        Some(point) => {
                                            td.num { (figure(point.value)) (self.unit) }
                                            td.num { (figure(point.low)) "–" (figure(point.high)) (self.unit) }
                                        }
                                        None => { td.num { "–" } td.num { "–" } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn letter(index: usize) -> &'static str {
    if index == 0 { "a" } else { "b" }
}

/// A round number no figure rises above.
fn ceiling(shown: &[&Series]) -> f64 {
    let highest = shown
        .iter()
        .flat_map(|series| &series.points)
        .map(|point| point.high.max(point.value))
        .filter(|high| high.is_finite())
        .fold(0.0_f64, f64::max);
    if highest <= 0.0 {
        return 1.0;
    }
    let power = 10.0_f64.powf(highest.log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|round| *round >= highest)
        .unwrap_or(10.0 * power)
}

fn height(value: f64, top: f64) -> f64 {
    let value = if value.is_finite() {
        value.clamp(0.0, top)
    } else {
        0.0
    };
    BOTTOM - (BOTTOM - TOP) * value / top
}

/// In per cent of the width; a margin keeps the first and last circle whole.
fn across(at: usize, of: usize) -> f64 {
    if of < 2 {
        50.0
    } else {
        2.0 + 96.0 * at as f64 / (of - 1) as f64
    }
}

fn line(series: &Series, top: f64) -> String {
    let count = series.points.len();
    joined(
        series
            .points
            .iter()
            .enumerate()
            .map(|(at, point)| (across(at, count), height(point.value, top))),
    )
}

fn band(series: &Series, top: f64) -> String {
    let count = series.points.len();
    let over = series
        .points
        .iter()
        .enumerate()
        .map(|(at, point)| (across(at, count), height(point.high, top)));
    let under = series
        .points
        .iter()
        .enumerate()
        .rev()
        .map(|(at, point)| (across(at, count), height(point.low, top)));
    joined(over.chain(under))
}

fn joined(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (x, y) in points {
        if write!(text, "{x:.2},{y:.2} ").is_err() {
            break;
        }
    }
    text
}

fn decimal(number: f64) -> String {
    format!("{number:.2}")
}

/// Whole where it is whole, otherwise one decimal place.
fn figure(number: f64) -> String {
    if (number - number.round()).abs() < 0.05 {
        format!("{number:.0}")
    } else {
        format!("{number:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(points: Vec<Point>) -> Trend {
        Trend {
            title: "Reporting".into(),
            sentence: "Reports rose from 22 to 52 per cent.".into(),
            unit: " %".into(),
            series: vec![Series::new("reported", points)],
        }
    }

    #[test]
    fn a_trend_says_its_sentence_and_keeps_its_figures() {
        let points = vec![
            Point::between("Jan", 22.0, (18.0, 27.5)),
            Point::exact("Feb", 52.0),
        ];
        let page = trend(points).render().into_string();
        assert!(page.contains("aria-label=\"Reporting. Reports rose from 22 to 52 per cent.\""));
        assert!(page.contains("18–27.5 %"));
        assert_eq!(page.matches("<circle").count(), 2);
    }

    #[test]
    fn no_figures_is_a_sentence() {
        let page = trend(Vec::new()).render().into_string();
        assert!(page.contains("no figures yet"));
        assert!(!page.contains("<svg"));
    }

    #[test]
    fn the_scale_is_round_and_holds_everything() {
        for (high, top) in [
            (0.0, 1.0),
            (0.4, 0.4),
            (52.0, 60.0),
            (100.0, 100.0),
            (101.0, 200.0),
        ] {
            let series = Series::new("a", vec![Point::exact("Jan", high)]);
            assert!(
                (ceiling(&[&series]) - top).abs() < 1e-9,
                "{high}: {}",
                ceiling(&[&series])
            );
        }
    }

    #[test]
    fn a_figure_that_is_not_a_number_draws_nothing_odd() {
        let page = trend(vec![Point::exact("Jan", f64::NAN), Point::exact("Feb", 4.0)])
            .render()
            .into_string();
        assert!(!page.contains("NaN,") && !page.contains(",NaN"));
    }
}
