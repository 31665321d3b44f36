//! The normal curve and the fair coin, as far as tests of significance need them.

/// The share of the normal curve further out than `z`, on both sides.
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The point below which `share` of the normal curve lies; `None` outside 0 to 1.
#[must_use]
pub fn quantile(share: f64) -> Option<f64> {
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let (mut low, mut high) = (-40.0_f64, 40.0_f64);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if erfc(-middle / std::f64::consts::SQRT_2) / 2.0 < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

/// The chance of `k` heads or fewer in `n` throws of a fair coin, summed in logarithms.
pub(crate) fn fair_coin_at_most(k: u64, n: u64) -> f64 {
    let mut log_choose = 0.0_f64;
    let mut sum = 0.0_f64;
    for i in 0..=k.min(n) {
        if i > 0 {
            log_choose += ((n - i + 1) as f64).ln() - (i as f64).ln();
        }
        sum += (log_choose - n as f64 * std::f64::consts::LN_2).exp();
    }
    sum.min(1.0)
}

/// The complementary error function: its power series near the middle, a continued fraction further out, so
/// that small tails keep their digits.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200_u32 {
            term *= -x * x / f64::from(n);
            let next = term / f64::from(2 * n + 1);
            sum += next;
            if next.abs() < 1e-17 * sum.abs() {
                break;
            }
        }
        return 1.0 - sum * std::f64::consts::FRAC_2_SQRT_PI;
    }
    let fraction = (1..=120_u32)
        .rev()
        .fold(0.0_f64, |below, n| f64::from(n) / 2.0 / (x + below));
    (-x * x).exp() / ((x + fraction) * std::f64::consts::PI.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two-sided points every table of the normal distribution prints.
    #[test]
    fn the_usual_points_of_the_normal_table() {
        for (z, p) in [
            (1.959_963_984_540_054, 0.05),
            (2.575_829_303_548_901, 0.01),
            (3.290_526_731_491_93, 0.001),
            (4.891_638_475_698_59, 1e-6),
        ] {
            assert!((two_sided(z) / p - 1.0).abs() < 1e-9, "{z}: {}", two_sided(z));
            assert!((quantile(1.0 - p / 2.0).expect("within 0 and 1") - z).abs() < 1e-7);
        }
        assert!((two_sided(0.0) - 1.0).abs() < 1e-15);
        assert_eq!(quantile(1.0), None);
    }

    #[test]
    fn a_fair_coin_adds_up() {
        assert!((fair_coin_at_most(1, 4) - 5.0 / 16.0).abs() < 1e-12);
        assert!((fair_coin_at_most(500, 500) - 1.0).abs() < 1e-9);
    }
}
