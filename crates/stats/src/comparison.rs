//! Whether two shares differ by more than chance, how many it takes to see it, and what to allow for when many are compared.

use crate::{
    normal::{fair_coin_at_most, quantile, two_sided},
    proportion::Proportion,
};

/// A test's figure and the chance of one at least so large when nothing is behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    pub statistic: f64,
    pub p: f64,
}

/// McNemar's test: the same people before and after, by how many changed each way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    pub plain: Tested,
    /// With continuity correction.
    pub corrected: Tested,
    /// The exact two-sided chance.
    pub exact_p: f64,
}

/// McNemar's test; `None` when nobody changed.
#[must_use]
pub fn mcnemar(gained: u64, lost: u64) -> Option<Paired> {
    let changed = gained + lost;
    if changed == 0 {
        return None;
    }
    let apart = gained.abs_diff(lost) as f64;
    let squared = |apart: f64| {
        let statistic = apart * apart / changed as f64;
        Tested {
            statistic,
            p: two_sided(statistic.sqrt()),
        }
    };
    Some(Paired {
        plain: squared(apart),
        corrected: squared((apart - 1.0).max(0.0)),
        exact_p: (2.0 * fair_coin_at_most(gained.min(lost), changed)).min(1.0),
    })
}

/// The two-proportion test without continuity correction, as a z; `None` when either counts nobody or all are alike.
#[must_use]
pub fn two_proportions(first: Proportion, second: Proportion) -> Option<Tested> {
    let (p1, p2) = (first.share()?, second.share()?);
    let pooled = (first.n + second.n) as f64 / (first.of + second.of) as f64;
    let error = (pooled * (1.0 - pooled) * (1.0 / first.of as f64 + 1.0 / second.of as f64)).sqrt();
    (error > 0.0).then(|| Tested {
        statistic: (p1 - p2) / error,
        p: two_sided((p1 - p2) / error),
    })
}

/// How many people each of two groups needs for the difference to be seen with this power, at 5 % on both sides, by the
/// arcsine method. `None` for shares outside 0 to 1, equal ones, and a power of nothing or certainty.
#[must_use]
pub fn people_per_group(from: f64, to: f64, power: f64) -> Option<f64> {
    if ![from, to].iter().all(|share| (0.0..=1.0).contains(share)) {
        return None;
    }
    let apart = 2.0 * to.sqrt().asin() - 2.0 * from.sqrt().asin();
    let reach = quantile(0.975)? + quantile(power)?;
    (apart != 0.0).then(|| 2.0 * (reach / apart).powi(2))
}

/// Holm's adjustment: chances that may be held against one limit, however many were looked at.
#[must_use]
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let count = chances.len();
    let mut highest = 0.0_f64;
    in_order(
        chances,
        rank_up(chances).into_iter().enumerate().map(|(rank, i)| {
            highest = highest.max((count - rank) as f64 * chances[i]).min(1.0);
            (i, highest)
        }),
    )
}

/// Benjamini and Hochberg's adjustment: holds the share of false alarms among the alarms.
#[must_use]
pub fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let count = chances.len();
    let mut lowest = 1.0_f64;
    in_order(
        chances,
        rank_up(chances).into_iter().enumerate().rev().map(|(rank, i)| {
            lowest = lowest.min(count as f64 / (rank + 1) as f64 * chances[i]);
            (i, lowest)
        }),
    )
}

fn rank_up(chances: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    order
}

fn in_order(chances: &[f64], adjusted: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut list = chances.to_vec();
    for (i, value) in adjusted {
        list[i] = value;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::close;

    /// Agresti A. Categorical Data Analysis, the approval ratings [[794, 86], [150, 570]]; R's mcnemar.test agrees.
    #[test]
    fn agrestis_approval_ratings_changed() {
        let found = mcnemar(86, 150).expect("236 changed");
        close(Some(found.plain.statistic), 17.3559, 5.1e-5);
        close(Some(found.plain.p * 1e5), 3.10, 5.1e-3);
        close(Some(found.corrected.statistic), 16.8178, 5.1e-5);
        close(Some(found.corrected.p * 1e5), 4.115, 5.1e-4);
        close(Some(found.exact_p * 1e5), 3.716, 5.1e-4);
        assert_eq!(mcnemar(0, 0), None);
        assert_eq!(mcnemar(2, 2).map(|found| found.exact_p), Some(1.0));
    }

    /// Two-sided 5 %, power 80 %; statsmodels' NormalIndPower gives the same.
    #[test]
    fn how_many_it_takes_to_see_a_difference() {
        close(people_per_group(0.20, 0.35, 0.80), 136.75, 0.02);
        close(people_per_group(0.12, 0.08, 0.80), 874.6, 0.06);
        assert_eq!(people_per_group(0.2, 0.2, 0.8), None);
        assert_eq!(people_per_group(0.2, 1.2, 0.8), None);
        assert_eq!(people_per_group(0.2, 0.3, 1.0), None);
    }

    #[test]
    fn chances_are_adjusted_as_holm_and_as_benjamini_and_hochberg_do() {
        let chances = [0.01, 0.04, 0.03, 0.005];
        for (found, expected) in holm(&chances).into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            close(Some(found), expected, 1e-12);
        }
        for (found, expected) in benjamini_hochberg(&chances)
            .into_iter()
            .zip([0.02, 0.04, 0.04, 0.02])
        {
            close(Some(found), expected, 1e-12);
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn two_shares_are_compared() {
        let of = |n, of| Proportion::new(n, of).expect("n is not above of");
        // By hand: 15 of 25 against 5 of 25, pooled 0.4, z = 0.4 / sqrt(0.24 × 0.08).
        close(
            two_proportions(of(15, 25), of(5, 25)).map(|t| t.statistic),
            0.4 / (0.24_f64 * 0.08).sqrt(),
            1e-12,
        );
        assert_eq!(two_proportions(of(0, 9), of(0, 4)), None);
        assert_eq!(two_proportions(of(0, 0), of(1, 4)), None);
    }
}
