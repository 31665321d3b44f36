//! The middle of some figures, how far they spread, and how they go together.
//!
//! Spread is reckoned with n − 1, as from a sample. What cannot be said of so few figures, or of figures
//! that do not differ, is `None`.

/// The middle, or `None` of nothing.
#[must_use]
pub fn mean(figures: &[f64]) -> Option<f64> {
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
}

/// The figure in the middle; between two, halfway.
#[must_use]
pub fn median(figures: &[f64]) -> Option<f64> {
    let sorted = sorted(figures);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

/// Variance with n − 1.
#[must_use]
pub fn variance(figures: &[f64]) -> Option<f64> {
    covariance(figures, figures)
}

/// Standard deviation with n − 1.
#[must_use]
pub fn deviation(figures: &[f64]) -> Option<f64> {
    variance(figures).map(f64::sqrt)
}

/// Covariance with n − 1; `None` when the lists differ in length or hold fewer than two.
#[must_use]
pub fn covariance(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (mean_a, mean_b) = (mean(a)?, mean(b)?);
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    Some(sum / (a.len() - 1) as f64)
}

/// Pearson's correlation; `None` when either list does not vary.
#[must_use]
pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let spread = varying(a)? * varying(b)?;
    Some((covariance(a, b)? / spread.sqrt()).clamp(-1.0, 1.0))
}

/// The variance of figures that do vary, beyond what rounding leaves.
pub(crate) fn varying(figures: &[f64]) -> Option<f64> {
    let largest = figures.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    variance(figures).filter(|variance| *variance > largest * largest * 1e-20)
}

pub(crate) fn sorted(figures: &[f64]) -> Vec<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_said_is_unknown() {
        assert_eq!((mean(&[]), median(&[]), variance(&[1.0])), (None, None, None));
        assert_eq!(correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(correlation(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]), None);
        assert_eq!(covariance(&[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn the_middle_of_an_even_number_is_halfway() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(
            deviation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).map(|d| (d * d * 7.0).round()),
            Some(32.0)
        );
    }
}
