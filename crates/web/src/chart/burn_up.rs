//! Whether it will be finished in time: what was asked, what is done, the straight way between, and where it leads.
//!
//! Invariants: pure; the three lines differ by dash and by name as well as by colour; the drawing says as of when.
//!
//! Not here: what counts as asked and done, and when a forecast may be made.

use std::fmt::Write as _;

use db::Day;
use maud::{Markup, Render, html};

use super::{BOTTOM, TOP, decimal, height};
use crate::table::{Table, thousands};

/// How much of it stood so at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    pub day: Day,
    pub asked: u64,
    pub done: u64,
}

/// What is likely to be done by the last day shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    pub low: f64,
    pub high: f64,
}

/// The drawing; it draws itself when it is put into `html!`.
pub struct BurnUp {
    /// What tells this drawing from others on the page.
    pub name: &'static str,
    pub title: String,
    pub sentence: String,
    /// In order.
    pub days: Vec<DayCount>,
    /// The day on which the last of it is due.
    pub due_on: Day,
    pub as_of: Day,
    pub forecast: Option<Forecast>,
    /// The same figures.
    pub table: Table,
}

/// The scale of one drawing.
struct Plot {
    from: Day,
    to: Day,
    top: f64,
}

impl Plot {
    fn point(&self, day: Day, count: f64) -> (f64, f64) {
        let across = f64::from(day - self.from) / f64::from((self.to - self.from).max(1)) * 100.0;
        (across.clamp(0.0, 100.0), height(count, self.top))
    }

    fn path(&self, points: impl Iterator<Item = (Day, f64)>) -> String {
        let mut text = String::new();
        for (day, count) in points {
            let (x, y) = self.point(day, count);
            if write!(text, "{x:.2},{y:.2} ").is_err() {
                break;
            }
        }
        text
    }
}

impl BurnUp {
    fn plot(&self) -> Option<Plot> {
        let (first, last) = (self.days.first()?, self.days.last()?);
        let most = self.days.iter().map(|day| day.asked.max(day.done)).max()?;
        Some(Plot {
            from: first.day,
            to: self.due_on.max(last.day),
            top: (most as f64).max(1.0),
        })
    }

    fn drawing(&self, plot: &Plot, last: DayCount) -> Markup {
        let (title, said) = (format!("{}-title", self.name), format!("{}-said", self.name));
        html! {
            div.plot {
                div.scale aria-hidden="true" {
                    span { (thousands(plot.top as u64)) } span { "0" }
                }
                svg width="100%" height="140" role="img" aria-labelledby={ (title) " " (said) } {
                    title id=(title) { (self.title) }
                    desc id=(said) { (self.sentence) }
                    @for y in [TOP, BOTTOM] { line.rule x1="0" x2="100%" y1=(decimal(y)) y2=(decimal(y)) {} }
                    svg x="0" y="0" width="100%" height="140" viewBox="0 0 100 140" preserveAspectRatio="none" {
                        @if let Some(forecast) = self.forecast {
                            polygon.band points=(plot.path([(last.day, last.done as f64), (plot.to, forecast.high), (plot.to, forecast.low)].into_iter())) {}
                        }
                        polyline.line.ideal vector-effect="non-scaling-stroke"
                            points=(plot.path([(plot.from, 0.0), (self.due_on, last.asked as f64)].into_iter())) {}
                        polyline.line.b vector-effect="non-scaling-stroke" points=(plot.path(self.steps().into_iter())) {}
                        polyline.line.a vector-effect="non-scaling-stroke"
                            points=(plot.path(self.days.iter().map(|day| (day.day, day.done as f64)))) {}
                    }
                }
                div.dates aria-hidden="true" { span { (plot.from.short()) } span { (plot.to.short()) } }
            }
        }
    }

    /// What was asked goes up in steps: it stays until the day it changes.
    fn steps(&self) -> Vec<(Day, f64)> {
        let mut points = Vec::with_capacity(self.days.len() * 2);
        let mut before: Option<u64> = None;
        for day in &self.days {
            if let Some(asked) = before.filter(|asked| *asked != day.asked) {
                points.push((day.day, asked as f64));
            }
            points.push((day.day, day.asked as f64));
            before = Some(day.asked);
        }
        points
    }
}

impl Render for BurnUp {
    fn render(&self) -> Markup {
        html! {
            figure.trend {
                @match (self.plot(), self.days.last()) {
                    (Some(plot), Some(last)) => {
                        ul.legend {
                            @for (class, words, count) in [("a", "done", Some(last.done)), ("b", "asked", Some(last.asked)), ("ideal", "the even way", None)] {
                                li {
                                    svg width="26" height="10" aria-hidden="true" focusable="false" { line class={ "line " (class) } x1="0" x2="26" y1="5" y2="5" {} }
                                    (words) @if let Some(count) = count { " " b { (thousands(count)) } }
                                }
                            }
                        }
                        (self.drawing(&plot, *last))
                        figcaption {
                            p.soft { (self.sentence) " As of " (self.as_of.long()) "." }
                            details { summary { "Show the figures" } (self.table) }
                        }
                    }
                    _ => p.empty { (self.title) ": no figures yet." },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn burn_up(counts: &[(u64, u64)], forecast: Option<Forecast>) -> String {
        let day = |n: usize| Day::ymd(2026, 6, 1) + n as i32;
        let days = counts.iter().enumerate();
        BurnUp {
            name: "cycle",
            title: "B02".into(),
            sentence: "Half is done.".into(),
            days: days
                .map(|(n, (asked, done))| DayCount {
                    day: day(n),
                    asked: *asked,
                    done: *done,
                })
                .collect(),
            due_on: day(4),
            as_of: day(counts.len().saturating_sub(1)),
            forecast,
            table: Table::new("Days", [Column::new("Day")]),
        }
        .render()
        .into_string()
    }

    #[test]
    fn it_says_as_of_when_and_steps_up_when_more_is_asked() {
        let page = burn_up(&[(10, 0), (10, 3), (20, 6)], None);
        assert!(page.contains("Half is done. As of 3 June 2026."), "{page}");
        // 10 of 20 stays half-way until the third day, then goes up at once.
        assert!(
            page.contains("0.00,70.00 25.00,70.00 50.00,70.00 50.00,8.00 "),
            "{page}"
        );
        assert!(!page.contains("<polygon"));
    }

    #[test]
    fn a_forecast_is_a_band_to_the_last_day() {
        let page = burn_up(&[(10, 0), (10, 5)], Some(Forecast { low: 5.0, high: 10.0 }));
        assert!(
            page.contains("points=\"25.00,70.00 100.00,8.00 100.00,70.00 \""),
            "{page}"
        );
    }

    #[test]
    fn no_days_is_a_sentence() {
        assert!(burn_up(&[], None).contains("no figures yet"));
    }
}
