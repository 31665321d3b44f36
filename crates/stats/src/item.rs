//! How hard one question is, and whether it tells those who know from those who do not.
//!
//! Marks run from 0 to the question's highest; lists hold one figure for each person, in the same order.
//! Correlations are taken with the *rest* of the test, never with a total that holds the question itself,
//! except where the name says so. Nothing that does not vary has a correlation.
//!
//! Not here: which options were chosen ([`crate::distractor`]), the test as a whole ([`crate::reliability`]).

use crate::moments::{correlation, covariance, deviation, mean, sorted, varying};

/// Kelley's tails: the best and the worst 27 in a hundred.
const TAIL: f64 = 0.27;

/// The share of the marks that was reached.
#[must_use]
pub fn facility(marks: &[f64], highest: f64) -> Option<f64> {
    mean(marks).filter(|_| highest > 0.0).map(|mean| mean / highest)
}

/// Facility with blind guessing among so many options taken out; below zero when guessing would do better.
#[must_use]
pub fn guess_corrected(facility: f64, options: usize) -> Option<f64> {
    let chance = 1.0 / options as f64;
    (options > 1).then(|| (facility - chance) / (1.0 - chance))
}

/// The correlation of a question with the whole test, itself included: always flattering, and most so in short tests.
#[must_use]
pub fn point_biserial(marks: &[f64], totals: &[f64]) -> Option<f64> {
    correlation(marks, totals)
}

/// The correlation of a question with the rest of the test: the one to judge by. Moodle's discrimination index is
/// a hundred times this.
#[must_use]
pub fn item_rest(marks: &[f64], rest: &[f64]) -> Option<f64> {
    correlation(marks, rest)
}

/// Moodle's discriminative efficiency as a share: the covariance with the rest, of the highest that these very marks
/// could have reached.
#[must_use]
pub fn efficiency(marks: &[f64], rest: &[f64]) -> Option<f64> {
    varying(marks)?;
    varying(rest)?;
    let best = covariance(&sorted(marks), &sorted(rest)).filter(|best| *best > 0.0)?;
    Some(covariance(marks, rest)? / best)
}

/// Moodle's effective weights as shares that add up to 1: how much of the spread of totals each question brings.
/// `None` for a question that works against the rest.
#[must_use]
pub fn effective_weights(people: &[Vec<f64>]) -> Vec<Option<f64>> {
    let totals: Vec<f64> = people.iter().map(|marks| marks.iter().sum()).collect();
    let count = people.first().map_or(0, Vec::len);
    let weights: Vec<Option<f64>> = (0..count)
        .map(|j| {
            covariance(&column(people, j), &totals)
                .filter(|c| *c >= 0.0)
                .map(f64::sqrt)
        })
        .collect();
    let sum: f64 = weights.iter().flatten().sum();
    weights
        .into_iter()
        .map(|weight| weight.filter(|_| sum > 0.0).map(|w| w / sum))
        .collect()
}

/// Standard deviation of a question's marks, n − 1.
#[must_use]
pub fn spread(marks: &[f64]) -> Option<f64> {
    deviation(marks)
}

/// How much of each person stands in the upper and in the lower 27 %.
///
/// People with the same total share the places their group takes: of three who tie for two places each stands there
/// for two thirds. So the answer does not hang on the order in which people were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Tails {
    /// One figure from 0 to 1 for each person.
    pub upper: Vec<f64>,
    /// One figure from 0 to 1 for each person.
    pub lower: Vec<f64>,
    /// How many people each tail holds.
    pub size: f64,
}

impl Tails {
    /// The tails of these totals; `None` for fewer than two people.
    #[must_use]
    pub fn of(totals: &[f64]) -> Option<Tails> {
        if totals.len() < 2 {
            return None;
        }
        let size = (totals.len() as f64 * TAIL).round().max(1.0);
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by(|a, b| totals[*a].total_cmp(&totals[*b]));
        let lower = shared_places(&order, totals, size);
        order.reverse();
        let upper = shared_places(&order, totals, size);
        Some(Tails { upper, lower, size })
    }

    /// The middle of these figures in the upper and in the lower tail.
    #[must_use]
    pub fn means(&self, figures: &[f64]) -> (f64, f64) {
        let within =
            |weights: &[f64]| weights.iter().zip(figures).map(|(w, x)| w * x).sum::<f64>() / self.size;
        (within(&self.upper), within(&self.lower))
    }

    /// Kelley's discrimination: how much more of the upper tail has it right.
    #[must_use]
    pub fn discrimination(&self, marks: &[f64]) -> f64 {
        let (upper, lower) = self.means(marks);
        upper - lower
    }
}

fn shared_places(order: &[usize], totals: &[f64], size: f64) -> Vec<f64> {
    let mut weights = vec![0.0; totals.len()];
    let mut left = size;
    let mut rest = order;
    while left > 0.0
        && let Some(first) = rest.first()
    {
        let tied = rest
            .iter()
            .take_while(|i| totals[**i].total_cmp(&totals[*first]).is_eq())
            .count();
        let each = (left / tied as f64).min(1.0);
        for i in &rest[..tied] {
            weights[*i] = each;
        }
        left -= tied as f64;
        rest = &rest[tied..];
    }
    weights
}

pub(crate) fn column(people: &[Vec<f64>], j: usize) -> Vec<f64> {
    people.iter().filter_map(|marks| marks.get(j).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, lsat6};

    fn rest(people: &[Vec<f64>], j: usize) -> Vec<f64> {
        people
            .iter()
            .map(|marks| marks.iter().sum::<f64>() - marks[j])
            .collect()
    }

    /// LSAT section 6 (Bock & Lieberman 1970), the figures R's psych::alpha(lsat6) gives.
    #[test]
    fn lsat6_gives_the_published_figures_of_its_questions() {
        let people = lsat6();
        let totals: Vec<f64> = people.iter().map(|marks| marks.iter().sum()).collect();
        let published = [
            (0.924, 0.3620, 0.1128),
            (0.709, 0.5668, 0.1532),
            (0.553, 0.6184, 0.1728),
            (0.763, 0.5344, 0.1444),
            (0.870, 0.4354, 0.1216),
        ];
        for (j, (p, whole, corrected)) in published.into_iter().enumerate() {
            let marks = column(&people, j);
            close(facility(&marks, 1.0), p, 1e-9);
            close(point_biserial(&marks, &totals), whole, 5.1e-5);
            close(item_rest(&marks, &rest(&people, j)), corrected, 5.1e-5);
        }
    }

    #[test]
    fn efficiency_is_whole_when_the_marks_lie_as_well_as_they_can() {
        close(
            efficiency(&[0.0, 0.0, 1.0, 1.0], &[1.0, 2.0, 3.0, 4.0]),
            1.0,
            1e-12,
        );
        close(
            efficiency(&[1.0, 1.0, 0.0, 0.0], &[1.0, 2.0, 3.0, 4.0]),
            -1.0,
            1e-12,
        );
        // By hand: the covariance is 1/2, the best that the same marks could reach 2/3.
        close(
            efficiency(&[0.0, 1.0, 0.0, 1.0], &[1.0, 2.0, 3.0, 4.0]),
            0.5,
            1e-12,
        );
        assert_eq!(efficiency(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn effective_weights_add_up_and_leave_out_what_works_against_the_rest() {
        let people = vec![
            vec![0.0, 0.0, 1.0],
            vec![1.0, 1.0, 0.5],
            vec![2.0, 3.0, 0.0],
            vec![3.0, 3.0, 0.0],
        ];
        let weights = effective_weights(&people);
        close(Some(weights.iter().flatten().sum()), 1.0, 1e-12);
        assert_eq!(weights[2], None);
    }

    #[test]
    fn guessing_is_taken_out() {
        close(guess_corrected(0.25, 4), 0.0, 1e-12);
        close(guess_corrected(1.0, 3), 1.0, 1e-12);
        close(guess_corrected(0.7, 4), 0.6, 1e-12);
        assert_eq!(guess_corrected(0.7, 1), None);
    }

    #[test]
    fn people_who_tie_share_the_places_of_a_tail() {
        // Ten people, tails of three; two stand alone on top and four tie for the last place.
        let totals = [9.0, 8.0, 7.0, 7.0, 7.0, 7.0, 3.0, 2.0, 1.0, 1.0];
        let tails = Tails::of(&totals).expect("ten people");
        assert_eq!(
            tails.upper,
            [1.0, 1.0, 0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0]
        );
        assert_eq!(tails.lower, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        let right = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        close(Some(tails.discrimination(&right)), (2.25 - 1.0) / 3.0, 1e-12);
        assert_eq!(Tails::of(&[1.0]), None);
        let hundred: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(Tails::of(&hundred).map(|tails| tails.size), Some(27.0));
    }

    proptest::proptest! {
        #[test]
        fn tails_hold_as_many_as_they_say_in_any_order(totals in proptest::collection::vec(0_u8..6, 2..60)) {
            let totals: Vec<f64> = totals.into_iter().map(f64::from).collect();
            let tails = Tails::of(&totals).expect("two people at least");
            proptest::prop_assert!((tails.upper.iter().sum::<f64>() - tails.size).abs() < 1e-9);
            proptest::prop_assert!((tails.lower.iter().sum::<f64>() - tails.size).abs() < 1e-9);
            let (upper, lower) = tails.means(&totals);
            proptest::prop_assert!(upper >= lower - 1e-9);
            let turned: Vec<f64> = totals.iter().rev().copied().collect();
            let (again, below) = Tails::of(&turned).expect("the same people").means(&turned);
            proptest::prop_assert!((again - upper).abs() < 1e-9 && (below - lower).abs() < 1e-9);
        }
    }
}
