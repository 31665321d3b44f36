//! Whether somebody took long enough over a question to have read it.
//!
//! Response-time effort (Wise SL, Kong X. Appl Meas Educ 2005;18:163–183) is the share of questions answered after the
//! threshold. The threshold is NT10 (a tenth of the middle time, ten seconds at most), and never less than it takes
//! to run one's eyes over the words. It flags; it fails nobody.

use crate::proportion::Proportion;

/// Nobody chooses among options in less, however few the words.
const SECONDS_MIN: f64 = 3.0;
/// NT10's own ceiling.
const SECONDS_MAX: f64 = 10.0;
/// About twice as fast as adults read with understanding.
const WORDS_PER_SECOND: f64 = 8.0;

/// The seconds below which an answer to a question of so many words counts as hasty.
#[must_use]
pub fn threshold_seconds(mean_seconds: f64, words: usize) -> f64 {
    let nt10 = (mean_seconds / 10.0).min(SECONDS_MAX);
    nt10.max(SECONDS_MIN).max(words as f64 / WORDS_PER_SECOND)
}

/// The share of questions answered with effort, from pairs of seconds and threshold; out of none it is unknown.
#[must_use]
pub fn effort(answers: &[(f64, f64)]) -> Proportion {
    let with = answers
        .iter()
        .filter(|(seconds, threshold)| seconds >= threshold)
        .count();
    Proportion {
        n: with as u64,
        of: answers.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_a_tenth_of_the_usual_time_within_its_bounds() {
        for (mean, words, seconds) in [
            (60.0, 8, 6.0),
            (400.0, 8, 10.0),
            (10.0, 8, 3.0),
            (10.0, 80, 10.0),
            (60.0, 120, 15.0),
        ] {
            assert_eq!(threshold_seconds(mean, words), seconds, "{mean} s, {words} words");
        }
    }

    #[test]
    fn effort_counts_answers_at_or_over_the_threshold() {
        let found = effort(&[(2.0, 3.0), (3.0, 3.0), (40.0, 3.0), (9.0, 10.0)]);
        assert_eq!((found.n, found.of), (2, 4));
        assert_eq!(effort(&[]).share(), None);
    }
}
