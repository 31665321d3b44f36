//! Whether something rises or falls over time, beyond chance.
//!
//! Shares in ordered groups: Cochran and Armitage. A row of figures: Mann and Kendall, with Sen's slope; for few
//! figures without ties the chance is counted exactly. Four points can never show a trend; five can.

use crate::{comparison::Tested, moments::median, normal::two_sided, proportion::Proportion};

/// The fewest points of which a trend may be claimed.
pub const POINTS_MIN: usize = 5;
/// Up to so many figures without ties the chance is counted rather than approximated.
const EXACT_MAX: usize = 40;
/// More figures than fifty years of weeks; the pairs among more are too many to look at one by one.
const FIGURES_MAX: usize = 2_600;

/// The Cochran–Armitage test for a trend in shares over groups with these scores; the statistic is a z.
#[must_use]
pub fn cochran_armitage(groups: &[Proportion], scores: &[f64]) -> Option<Tested> {
    if groups.len() != scores.len() || groups.len() < 2 {
        return None;
    }
    let all: f64 = groups.iter().map(|group| group.of as f64).sum();
    let p = groups.iter().map(|group| group.n as f64).sum::<f64>() / all;
    let sum = |term: &dyn Fn(&Proportion, f64) -> f64| {
        groups.iter().zip(scores).map(|(g, s)| term(g, *s)).sum::<f64>()
    };
    let above = sum(&|g, s| s * (g.n as f64 - g.of as f64 * p));
    let spread =
        p * (1.0 - p) * (sum(&|g, s| g.of as f64 * s * s) - sum(&|g, s| g.of as f64 * s).powi(2) / all);
    (spread > 0.0).then(|| {
        let statistic = above / spread.sqrt();
        Tested {
            statistic,
            p: two_sided(statistic),
        }
    })
}

/// Mann and Kendall's test of a row of figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: i64,
    pub variance: f64,
    /// With continuity correction.
    pub z: f64,
    pub p: f64,
    /// Counted over all orders; `None` with ties, or for a long row.
    pub exact_p: Option<f64>,
    pub tau_b: f64,
    /// Sen's slope: the middle of the slopes between all pairs.
    pub slope: f64,
}

impl MannKendall {
    /// The chance to judge by: the exact one where there is one.
    #[must_use]
    pub fn chance(&self) -> f64 {
        self.exact_p.unwrap_or(self.p)
    }
}

/// The test; `None` for fewer than three figures, too many, or figures that are all the same.
#[must_use]
pub fn mann_kendall(figures: &[f64]) -> Option<MannKendall> {
    let n = figures.len();
    if !(3..=FIGURES_MAX).contains(&n) {
        return None;
    }
    let pairs = || (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let s: i64 = pairs()
        .map(|(i, j)| figures[j].total_cmp(&figures[i]) as i64)
        .sum();
    let slopes: Vec<f64> = pairs()
        .map(|(i, j)| (figures[j] - figures[i]) / (j - i) as f64)
        .collect();
    let ties = ties(figures);
    let size = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let variance = (size(n as f64) - ties.iter().map(|t| size(*t)).sum::<f64>()) / 18.0;
    if variance <= 0.0 {
        return None;
    }
    let z = (s as f64 - s.signum() as f64) / variance.sqrt();
    let all = (n * (n - 1)) as f64 / 2.0;
    let tied: f64 = ties.iter().map(|t| t * (t - 1.0) / 2.0).sum();
    Some(MannKendall {
        s,
        variance,
        z,
        p: two_sided(z),
        exact_p: (ties.is_empty() && n <= EXACT_MAX).then(|| exact(n, s)),
        tau_b: s as f64 / (all * (all - tied)).sqrt(),
        slope: median(&slopes)?,
    })
}

/// The sizes of groups of equal figures.
fn ties(figures: &[f64]) -> Vec<f64> {
    let sorted = crate::moments::sorted(figures);
    let groups = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq());
    groups
        .filter(|group| group.len() > 1)
        .map(|group| group.len() as f64)
        .collect()
}

/// The chance of an S at least so far from 0 when all orders of `n` figures are alike: counts orders by inversions.
fn exact(n: usize, s: i64) -> f64 {
    let most = n * (n - 1) / 2;
    let mut chances = vec![0.0_f64; most + 1];
    chances[0] = 1.0;
    for placed in 2..=n {
        let mut next = vec![0.0_f64; most + 1];
        for (inversions, chance) in chances.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
            for more in 0..placed {
                next[inversions + more] += chance / placed as f64;
            }
        }
        chances = next;
    }
    // S is the number of pairs less twice the inversions.
    let least = (most - s.unsigned_abs() as usize) / 2;
    (2.0 * chances[..=least].iter().sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::close;

    fn groups(of: &[(u64, u64)]) -> Vec<Proportion> {
        of.iter()
            .map(|(n, of)| Proportion::new(*n, *of).expect("n is not above of"))
            .collect()
    }

    /// The smokers of R's help page for prop.trend.test (Fleiss 1981), with scores 1 to 4 and 0, 0, 1, 2.
    #[test]
    fn fleisss_smokers_show_a_trend() {
        let smokers = groups(&[(83, 86), (90, 93), (129, 136), (70, 82)]);
        let found = cochran_armitage(&smokers, &[1.0, 2.0, 3.0, 4.0]).expect("four groups");
        close(Some(found.statistic.powi(2)), 8.2249, 5.1e-5);
        close(Some(found.p), 0.004_132, 5.1e-7);
        let found = cochran_armitage(&smokers, &[0.0, 0.0, 1.0, 2.0]).expect("four groups");
        close(Some(found.statistic.powi(2)), 10.471, 5.1e-4);
        close(Some(found.p), 0.001_213, 5.1e-7);
    }

    /// Agresti's malformations by alcohol.
    #[test]
    fn agrestis_malformations_show_a_trend() {
        let found = cochran_armitage(
            &groups(&[(48, 17_114), (38, 14_502), (5, 793), (1, 127), (1, 38)]),
            &[0.0, 0.5, 1.5, 4.0, 7.0],
        );
        let found = found.expect("five groups");
        close(Some(found.statistic), 2.5632, 5.1e-5);
        close(Some(found.statistic.powi(2)), 6.5701, 5.1e-5);
        close(Some(found.p), 0.010_37, 5.1e-6);
        assert_eq!(cochran_armitage(&groups(&[(0, 4), (0, 5)]), &[0.0, 1.0]), None);
    }

    fn row(figures: &[f64], (s, variance, z, p, slope): (i64, f64, f64, f64, f64)) -> MannKendall {
        let found = mann_kendall(figures).expect("a row");
        assert_eq!(found.s, s);
        close(Some(found.variance), variance, 5.1e-4);
        close(Some(found.z), z, 5.1e-6);
        close(Some(found.p), p, 5.1e-6);
        close(Some(found.slope), slope, 5.1e-9);
        found
    }

    /// Rows with and without ties; pymannkendall and R's cor.test give the same.
    #[test]
    fn rows_of_figures_rise_fall_or_do_neither() {
        let found = row(
            &[23.0, 24.0, 29.0, 6.0, 29.0, 24.0, 24.0, 29.0, 23.0],
            (3, 83.667, 0.218_65, 0.826_92, 0.0),
        );
        close(Some(found.tau_b), 0.092_848, 5.1e-7);
        assert_eq!(found.exact_p, None);
        row(
            &[5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 1.0],
            (-18, 43.333, -2.582_49, 0.009_809_2, -1.0),
        );
        let figures = [0.142, 0.131, 0.128, 0.117, 0.104, 0.109, 0.091, 0.083];
        let found = row(&figures, (-26, 65.333, -3.092_95, 0.001_981_8, -0.008_380_95));
        close(found.exact_p, 0.000_396_83, 5.1e-9);
        close(Some(found.tau_b), -0.928_571, 5.1e-7);
    }

    #[test]
    fn four_points_can_never_show_a_trend_and_five_can() {
        close(
            mann_kendall(&[1.0, 2.0, 3.0, 4.0]).and_then(|found| found.exact_p),
            0.083_333,
            5.1e-7,
        );
        let five = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("five points");
        close(five.exact_p, 0.016_667, 5.1e-7);
        assert!(five.chance() < 0.05 && five.s == 10);
        assert_eq!(mann_kendall(&[1.0, 1.0, 1.0]), None);
        assert_eq!(mann_kendall(&[1.0, 2.0]), None);
    }
}
