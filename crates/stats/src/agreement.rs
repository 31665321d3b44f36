//! How far judges agree, and the pass mark they arrive at together.
//!
//! Judges are asked, question by question, how many of a hundred people who know just enough would get it right
//! (Angoff 1971). Agreement is ICC(2,k) of Shrout and Fleiss: how well the judges' middle would hold with other judges.

use crate::moments::{deviation, mean};

/// What a panel arrived at, in shares of the marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The middle of the judges' middles.
    pub share: f64,
    /// The standard error of it; `None` from a single judge.
    pub standard_error: Option<f64>,
}

/// The cut of a panel. Each judge gives a share for every question; `None` of no judges, no questions or lists of
/// different length.
#[must_use]
pub fn angoff(judges: &[Vec<f64>]) -> Option<Cut> {
    let questions = judges.first().map(Vec::len)?;
    if judges.iter().any(|shares| shares.len() != questions) {
        return None;
    }
    let own: Vec<f64> = judges.iter().map(|shares| mean(shares)).collect::<Option<_>>()?;
    Some(Cut {
        share: mean(&own)?,
        standard_error: deviation(&own).map(|deviation| deviation / (own.len() as f64).sqrt()),
    })
}

/// ICC(2,k): two-way random effects, absolute agreement, of the judges' middle. `judges` has one list for each judge,
/// one figure for each thing judged. `None` for fewer than two of either, and when nothing differs.
#[must_use]
pub fn icc2k(judges: &[Vec<f64>]) -> Option<f64> {
    let (k, n) = (judges.len(), judges.first().map_or(0, Vec::len));
    if k < 2 || n < 2 || judges.iter().any(|figures| figures.len() != n) {
        return None;
    }
    let all: Vec<f64> = judges.iter().flatten().copied().collect();
    let middle = mean(&all)?;
    let square = |means: &[f64]| means.iter().map(|m| (m - middle).powi(2)).sum::<f64>();
    let things: Vec<f64> = (0..n)
        .map(|i| judges.iter().map(|j| j[i]).sum::<f64>() / k as f64)
        .collect();
    let own: Vec<f64> = judges
        .iter()
        .map(|figures| figures.iter().sum::<f64>() / n as f64)
        .collect();
    let (between_things, between_judges) = (square(&things) * k as f64, square(&own) * n as f64);
    let left = square(&all) - between_things - between_judges;
    let of_things = between_things / (n - 1) as f64;
    let of_judges = between_judges / (k - 1) as f64;
    let of_error = left / ((n - 1) * (k - 1)) as f64;
    let below = of_things + (of_judges - of_error) / n as f64;
    (below.abs() > 1e-12).then(|| (of_things - of_error) / below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::close;

    /// Shrout PE, Fleiss JL. Intraclass correlations. Psychol Bull 1979;86:420–428, table 2: six targets, four judges,
    /// ICC(2,4) = .62.
    #[test]
    fn shrout_and_fleisss_judges_agree_as_published() {
        let judges = [
            vec![9.0, 6.0, 8.0, 7.0, 10.0, 6.0],
            vec![2.0, 1.0, 4.0, 1.0, 5.0, 2.0],
            vec![5.0, 3.0, 6.0, 2.0, 6.0, 4.0],
            vec![8.0, 2.0, 8.0, 6.0, 9.0, 7.0],
        ];
        close(icc2k(&judges), 0.6201, 5.1e-5);
    }

    #[test]
    fn a_cut_is_the_middle_of_the_judges_with_its_error() {
        let cut = angoff(&[vec![0.8, 0.6], vec![0.9, 0.7], vec![0.7, 0.5]]).expect("three judges");
        close(Some(cut.share), 0.7, 1e-12);
        close(cut.standard_error, 0.1 / 3.0_f64.sqrt(), 1e-12);
        assert_eq!(angoff(&[vec![0.8]]).and_then(|cut| cut.standard_error), None);
        assert_eq!(angoff(&[]), None);
        assert_eq!(angoff(&[vec![0.8, 0.6], vec![0.9]]), None);
    }

    #[test]
    fn judges_who_say_the_same_of_everything_have_no_agreement_to_measure() {
        assert_eq!(icc2k(&[vec![0.5, 0.5], vec![0.5, 0.5]]), None);
        assert_eq!(icc2k(&[vec![0.5, 0.6]]), None);
    }
}
