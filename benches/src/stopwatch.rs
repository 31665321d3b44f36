//! How long something took, several times over, and the one number to remember: the median.
//!
//! Nothing here judges: a number beside its target is for the reader to compare. Not here: what is measured.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use db::{Fault, Result};

/// What a number is measured against.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// Seconds, or any other unit of which less is better.
    AtMost(f64),
    /// A rate.
    AtLeast(f64),
}

/// One measured thing: its runs, in the unit of its name.
struct Line {
    name: String,
    runs: Vec<f64>,
    target: Option<Target>,
}

/// What one subcommand measured.
#[derive(Default)]
pub struct Measured(Vec<Line>);

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures itself; this is its only stopwatch"
)]
pub fn start() -> Instant {
    Instant::now()
}

/// Runs once and says how long it took.
///
/// # Errors
/// What `run` answers.
pub fn timed<T>(run: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let started = start();
    let answer = run()?;
    Ok((started.elapsed(), answer))
}

impl Measured {
    pub fn add(&mut self, name: &str, value: f64) {
        match self.0.iter_mut().find(|line| line.name == name) {
            Some(line) => line.runs.push(value),
            None => self.0.push(Line {
                name: name.to_owned(),
                runs: vec![value],
                target: None,
            }),
        }
    }

    pub fn seconds(&mut self, name: &str, took: Duration) {
        self.add(name, took.as_secs_f64());
    }

    pub fn target(&mut self, name: &str, target: Target) {
        if let Some(line) = self.0.iter_mut().find(|line| line.name == name) {
            line.target = Some(target);
        }
    }

    /// Prints the table.
    ///
    /// # Errors
    /// A fault when nobody listens.
    pub fn print(&self) -> Result<()> {
        let mut text =
            String::from("| what | runs | median | target | share of the target |\n|---|---|---|---|---|\n");
        for line in &self.0 {
            let runs: Vec<String> = line.runs.iter().map(|run| spelt(*run)).collect();
            let middle = median(&line.runs);
            let (target, share) = match line.target {
                None => (String::new(), String::new()),
                Some(Target::AtMost(most)) => (format!("≤ {}", spelt(most)), format!("{:.2}", middle / most)),
                Some(Target::AtLeast(least)) => {
                    (format!("≥ {}", spelt(least)), format!("{:.2}", middle / least))
                }
            };
            text += &format!(
                "| {} | {} | {} | {target} | {share} |\n",
                line.name,
                runs.join(" "),
                spelt(middle)
            );
        }
        say(&text)
    }
}

/// The value in the middle; of an even number of values the mean of the two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len() / 2, sorted.len() % 2) {
        (_, _) if sorted.is_empty() => 0.0,
        (middle, 1) => sorted[middle],
        (middle, _) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Three figures that matter.
fn spelt(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 1.0 => format!("{v:.2}"),
        v => format!("{v:.4}"),
    }
}

/// Prints at once, also into a pipe.
///
/// # Errors
/// A fault when nobody listens.
pub fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let said = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    said.map_err(|e| Fault::of("printing", e).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]).to_bits(), 2.5_f64.to_bits());
        assert_eq!(median(&[]).to_bits(), 0.0_f64.to_bits());
    }
}
