//! How sure one can be of a share when only some people were counted.
//!
//! Wilson's score interval is the house's usual one: it keeps its promise for small numbers and never
//! leaves 0 to 1. Clopper–Pearson is the exact, wider one that auditors' tables use. Newcombe's method 10
//! compares two shares.
//!
//! Not here: trends over time.

use std::fmt;

/// The two-sided 95 % point of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// The lower and upper end of an interval, as fractions (or differences of fractions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A share that keeps both its numbers: `n` of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    /// How many were counted; never more than `of`.
    pub n: u64,
    /// Out of how many.
    pub of: u64,
}

impl Proportion {
    /// `n` of `of`; `None` when more were counted than there are.
    #[must_use]
    pub fn new(n: u64, of: u64) -> Option<Self> {
        (n <= of).then_some(Self { n, of })
    }

    /// The share as a fraction, or `None` out of nobody.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.n as f64 / self.of as f64)
    }

    /// Wilson's 95 % interval, or `None` out of nobody.
    #[must_use]
    pub fn interval95(self) -> Option<Interval> {
        wilson95(self)
    }
}

/// "231 of 250 (92 %, 95 % interval 88–95 %)"; "0 of 0" when there is nobody to speak of.
impl fmt::Display for Proportion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.n, self.of)?;
        let (Some(share), Some(interval)) = (self.share(), self.interval95()) else {
            return Ok(());
        };
        write!(
            f,
            " ({} %, 95 % interval {}–{} %)",
            whole_percent(share),
            whole_percent(interval.low),
            whole_percent(interval.high)
        )
    }
}

/// Wilson's score interval without continuity correction (Wilson 1927), 95 %.
#[must_use]
pub fn wilson95(share: Proportion) -> Option<Interval> {
    let p = share.share()?;
    let n = share.of as f64;
    let z2 = Z95 * Z95;
    let middle = p + z2 / (2.0 * n);
    let reach = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // The ends are exact at 0 and 1, where rounding would leave a crumb.
    Some(Interval {
        low: if share.n == 0 {
            0.0
        } else {
            ((middle - reach) / scale).max(0.0)
        },
        high: if share.n == share.of {
            1.0
        } else {
            ((middle + reach) / scale).min(1.0)
        },
    })
}

/// The exact interval of Clopper and Pearson (1934), 95 %: the shares for which a result as extreme as this
/// one would not be too surprising.
#[must_use]
pub fn clopper_pearson95(share: Proportion) -> Option<Interval> {
    share.share()?;
    let tail = 0.025;
    let low = if share.n == 0 {
        0.0
    } else {
        // P(X ≥ n) grows with p; find where it is the tail.
        solve(|p| 1.0 - binomial_at_most(share.n - 1, share.of, p) < tail)
    };
    let high = if share.n == share.of {
        1.0
    } else {
        // P(X ≤ n) falls with p.
        solve(|p| binomial_at_most(share.n, share.of, p) > tail)
    };
    Some(Interval { low, high })
}

/// Newcombe's method 10 (1998): a 95 % interval for `first − second`, from the two Wilson intervals.
#[must_use]
pub fn newcombe95(first: Proportion, second: Proportion) -> Option<Interval> {
    let (p1, p2) = (first.share()?, second.share()?);
    let (i1, i2) = (wilson95(first)?, wilson95(second)?);
    let difference = p1 - p2;
    Some(Interval {
        low: difference - (p1 - i1.low).hypot(i2.high - p2),
        high: difference + (i1.high - p1).hypot(p2 - i2.low),
    })
}

/// Half up, as people do it, and never 0 % or 100 % for what is neither.
fn whole_percent(fraction: f64) -> u32 {
    let percent = (fraction * 100.0).round();
    if fraction > 0.0 && percent < 1.0 {
        1
    } else if fraction < 1.0 && percent > 99.0 {
        99
    } else {
        percent as u32
    }
}

/// The point where `below` stops being true, by halving 0 to 1 until nothing is left to halve.
fn solve(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// P(X ≤ k) for X binomial(n, p), summed in logarithms so that large n does not underflow.
fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    let (log_p, log_q) = (p.ln(), (-p).ln_1p());
    let mut log_choose = 0.0_f64;
    let mut sum = 0.0_f64;
    for i in 0..=k {
        if i > 0 {
            log_choose += ((n - i + 1) as f64).ln() - (i as f64).ln();
        }
        sum += (log_choose + i as f64 * log_p + (n - i) as f64 * log_q).exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: u64, of: u64) -> Proportion {
        Proportion::new(n, of).expect("n is not above of in these tables")
    }

    fn close(interval: Option<Interval>, low: f64, high: f64) {
        let interval = interval.expect("there is somebody to count");
        assert!(
            (interval.low - low).abs() < 5.1e-5 && (interval.high - high).abs() < 5.1e-5,
            "{interval:?} is not {low} to {high}"
        );
    }

    /// Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857–872, table I,
    /// method 3; R's prop.test(correct = FALSE) agrees.
    #[test]
    fn wilson_gives_newcombes_published_intervals() {
        close(wilson95(of(81, 263)), 0.2553, 0.3662);
        close(wilson95(of(15, 148)), 0.0624, 0.1605);
        close(wilson95(of(0, 20)), 0.0, 0.1611);
        close(wilson95(of(1, 29)), 0.0061, 0.1718);
    }

    /// Newcombe 1998, the same table, method 5.
    #[test]
    fn clopper_pearson_gives_newcombes_published_interval() {
        close(clopper_pearson95(of(81, 263)), 0.2527, 0.3676);
    }

    /// With nothing found the exact upper end has a closed form, 1 − 0.025^(1/n).
    #[test]
    fn clopper_pearson_agrees_with_the_closed_form_at_zero() {
        for n in [1_u64, 5, 25, 60, 400] {
            let upper = 1.0 - 0.025_f64.powf(1.0 / n as f64);
            close(clopper_pearson95(of(0, n)), 0.0, upper);
            close(clopper_pearson95(of(n, n)), 1.0 - upper, 1.0);
        }
    }

    /// Newcombe RG. Interval estimation for the difference between independent proportions. Stat Med
    /// 1998;17:873–890, table II, method 10.
    #[test]
    fn newcombe_gives_the_published_differences() {
        close(newcombe95(of(56, 70), of(48, 80)), 0.0524, 0.3339);
        close(newcombe95(of(9, 10), of(3, 10)), 0.1705, 0.8090);
        close(newcombe95(of(6, 7), of(2, 7)), 0.0582, 0.8062);
        close(newcombe95(of(5, 56), of(0, 29)), -0.0381, 0.1926);
        close(newcombe95(of(0, 10), of(0, 20)), -0.1611, 0.2775);
        close(newcombe95(of(0, 10), of(0, 10)), -0.2775, 0.2775);
        close(newcombe95(of(10, 10), of(0, 20)), 0.6791, 1.0);
        close(newcombe95(of(10, 10), of(0, 10)), 0.6075, 1.0);
    }

    #[test]
    fn a_share_says_both_its_numbers_and_how_sure_it_is() {
        assert_eq!(
            of(231, 250).to_string(),
            "231 of 250 (92 %, 95 % interval 88–95 %)"
        );
        assert_eq!(of(12, 12).to_string(), "12 of 12 (100 %, 95 % interval 76–100 %)");
    }

    #[test]
    fn almost_all_is_never_written_as_all() {
        assert!(of(9_999, 10_000).to_string().starts_with("9999 of 10000 (99 %, "));
        assert!(of(1, 10_000).to_string().starts_with("1 of 10000 (1 %, "));
    }

    #[test]
    fn a_share_of_nobody_is_unknown() {
        assert_eq!(of(0, 0).to_string(), "0 of 0");
        assert_eq!(of(0, 0).interval95(), None);
        assert_eq!(newcombe95(of(0, 0), of(1, 2)), None);
        assert_eq!(Proportion::new(3, 2), None);
    }

    proptest::proptest! {
        #[test]
        fn an_interval_holds_its_share_and_stays_between_none_and_all(of_all in 1_u64..2_000, part in 0.0_f64..=1.0) {
            let share = of((part * of_all as f64) as u64, of_all);
            let p = share.share().expect("somebody is counted");
            for interval in [wilson95(share), clopper_pearson95(share)] {
                let interval = interval.expect("somebody is counted");
                proptest::prop_assert!(interval.low >= 0.0 && interval.high <= 1.0);
                proptest::prop_assert!(interval.low <= p + 1e-12 && p <= interval.high + 1e-12);
            }
        }
    }
}
