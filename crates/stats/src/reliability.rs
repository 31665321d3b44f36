//! How far a score would come out the same if the test were taken again.
//!
//! Alpha is KR-20 where every mark is 0 or 1. A short test has a low alpha by arithmetic; its standard error in marks
//! says more. Where each person was asked other questions of the same pool, [`Pairs`] gives the alpha of a form of
//! any length; where all were asked the same, it gives alpha itself.

use crate::{
    item::column,
    moments::{deviation, mean, sorted, variance, varying},
};

/// Cronbach's alpha; KR-20 for marks of 0 and 1. `people` has one list of marks for each person.
#[must_use]
pub fn alpha(people: &[Vec<f64>]) -> Option<f64> {
    let k = people.first().map(Vec::len).filter(|k| *k > 1)?;
    if people.iter().any(|marks| marks.len() != k) {
        return None;
    }
    let totals: Vec<f64> = people.iter().map(|marks| marks.iter().sum()).collect();
    let whole = varying(&totals)?;
    let parts: f64 = (0..k).filter_map(|j| variance(&column(people, j))).sum();
    Some(k as f64 / (k - 1) as f64 * (1.0 - parts / whole))
}

/// Alpha without each question in turn.
#[must_use]
pub fn alpha_if_deleted(people: &[Vec<f64>]) -> Vec<Option<f64>> {
    let k = people.first().map_or(0, Vec::len);
    let without = |j: usize| -> Vec<Vec<f64>> {
        people
            .iter()
            .map(|marks| {
                marks
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != j)
                    .map(|(_, x)| *x)
                    .collect()
            })
            .collect()
    };
    (0..k).map(|j| alpha(&without(j))).collect()
}

/// KR-21: what KR-20 would be if all questions were equally hard. Needs only the totals out of `k`.
#[must_use]
pub fn kr21(totals: &[f64], k: usize) -> Option<f64> {
    let n = totals.len() as f64;
    let spread = varying(totals)? * (n - 1.0) / n;
    let (k, middle) = (k as f64, mean(totals)?);
    (k > 1.0).then(|| k / (k - 1.0) * (1.0 - middle * (k - middle) / (k * spread)))
}

/// The standard error of a score, in marks.
#[must_use]
pub fn standard_error(deviation: f64, alpha: f64) -> f64 {
    deviation * (1.0 - alpha).max(0.0).sqrt()
}

/// Spearman–Brown: the reliability of a test `times` as long.
#[must_use]
pub fn spearman_brown(reliability: f64, times: f64) -> f64 {
    times * reliability / (1.0 + (times - 1.0) * reliability)
}

/// Moodle's figures of a whole test; each is `None` where it cannot be reckoned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Whole {
    pub mean: f64,
    pub median: f64,
    pub deviation: Option<f64>,
    pub skewness: Option<f64>,
    pub kurtosis: Option<f64>,
    /// The coefficient of internal consistency: alpha.
    pub consistency: Option<f64>,
    /// The share of the spread that is chance.
    pub error_ratio: Option<f64>,
    /// In marks.
    pub standard_error: Option<f64>,
}

/// The figures of a test from each person's marks; `None` of nobody.
#[must_use]
pub fn whole(people: &[Vec<f64>]) -> Option<Whole> {
    let totals: Vec<f64> = people.iter().map(|marks| marks.iter().sum()).collect();
    let middle = mean(&totals)?;
    let n = totals.len() as f64;
    let moment = |power: i32| totals.iter().map(|t| (t - middle).powi(power)).sum::<f64>() / n;
    let spread = varying(&totals);
    let skewness = spread
        .filter(|_| n > 2.0)
        .map(|k2| n * n * moment(3) / ((n - 1.0) * (n - 2.0)) / k2.powf(1.5));
    let kurtosis = spread.filter(|_| n > 3.0).map(|k2| {
        let k4 = n * n * ((n + 1.0) * moment(4) - 3.0 * (n - 1.0) * moment(2).powi(2));
        k4 / ((n - 1.0) * (n - 2.0) * (n - 3.0)) / (k2 * k2)
    });
    let consistency = alpha(people);
    let error_ratio = consistency.map(|alpha| (1.0 - alpha).max(0.0).sqrt());
    let deviation = deviation(&totals);
    Some(Whole {
        mean: middle,
        median: crate::moments::median(&sorted(&totals))?,
        deviation,
        skewness,
        kurtosis,
        consistency,
        error_ratio,
        standard_error: error_ratio
            .zip(deviation)
            .map(|(ratio, deviation)| ratio * deviation),
    })
}

/// What is known of a form drawn from a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FormReliability {
    pub alpha: f64,
    /// In marks of the form.
    pub standard_error: f64,
}

/// Sums over pairs of questions that were asked together, for a test in which not everybody was asked the same.
#[derive(Debug, Clone)]
pub struct Pairs {
    questions: usize,
    /// For each ordered pair: how many people, and the sums of the first's marks and of the products.
    cells: Vec<[f64; 3]>,
}

impl Pairs {
    /// Of a pool of so many questions.
    #[must_use]
    pub fn new(questions: usize) -> Pairs {
        Pairs {
            questions,
            cells: vec![[0.0; 3]; questions * questions],
        }
    }

    /// Adds one person's marks, each with the number of its question; numbers outside the pool are passed over.
    pub fn add(&mut self, marks: &[(usize, f64)]) {
        let known = || marks.iter().filter(|(question, _)| *question < self.questions);
        let mut cells = std::mem::take(&mut self.cells);
        for (i, x) in known() {
            for (j, y) in known() {
                let cell = &mut cells[i * self.questions + j];
                cell[0] += 1.0;
                cell[1] += x;
                cell[2] += x * y;
            }
        }
        self.cells = cells;
    }

    /// Alpha and standard error of a form of `length` questions: from the middle variance of a question and the middle
    /// covariance of a pair. `None` while no two questions were asked together often enough to covary.
    #[must_use]
    pub fn form(&self, length: usize) -> Option<FormReliability> {
        self.part(&(0..self.questions).collect::<Vec<_>>(), length)
    }

    /// The same of a form drawn from some of the questions only; numbers outside the pool are passed over.
    #[must_use]
    pub fn part(&self, questions: &[usize], length: usize) -> Option<FormReliability> {
        let known: Vec<usize> = questions
            .iter()
            .copied()
            .filter(|q| *q < self.questions)
            .collect();
        let (mut within, mut between) = (Vec::new(), Vec::new());
        for (place, i) in known.iter().enumerate() {
            within.extend(self.covariance(*i, *i));
            between.extend(known[..place].iter().filter_map(|j| self.covariance(*i, *j)));
        }
        let (within, between) = (mean(&within)?, mean(&between)?);
        let k = length as f64;
        let spread = within + (k - 1.0) * between;
        (spread > 1e-12).then(|| FormReliability {
            alpha: k * between / spread,
            standard_error: (k * (within - between)).max(0.0).sqrt(),
        })
    }

    fn covariance(&self, i: usize, j: usize) -> Option<f64> {
        let [n, first, product] = self.cells[i * self.questions + j];
        let [_, second, _] = self.cells[j * self.questions + i];
        (n > 1.0).then(|| (product - first * second / n) / (n - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, lsat6};

    /// LSAT section 6: psych::alpha(lsat6) in R agrees to four places.
    #[test]
    fn lsat6_gives_the_published_reliability() {
        let people = lsat6();
        let totals: Vec<f64> = people.iter().map(|marks| marks.iter().sum()).collect();
        let found = alpha(&people);
        close(found, 0.294_997, 1e-6);
        close(kr21(&totals, 5), 0.196_44, 5.1e-6);
        let deviation = deviation(&totals).expect("a thousand people");
        close(
            found.map(|alpha| standard_error(deviation, alpha)),
            0.869_07,
            5.1e-6,
        );
        let deleted = alpha_if_deleted(&people);
        for (found, published) in deleted.into_iter().zip([0.2754, 0.2376, 0.2168, 0.2459, 0.2663]) {
            close(found, published, 5.1e-5);
        }
    }

    #[test]
    fn a_test_four_times_as_long_is_as_spearman_and_brown_say() {
        close(Some(spearman_brown(0.294_997, 4.0)), 0.625_99, 5.1e-6);
        close(Some(spearman_brown(0.5, 1.0)), 0.5, 1e-12);
    }

    #[test]
    fn pairs_of_a_whole_table_are_alpha_itself() {
        let people = lsat6();
        let mut pairs = Pairs::new(5);
        for marks in &people {
            pairs.add(&marks.iter().copied().enumerate().collect::<Vec<_>>());
        }
        let form = pairs.form(5);
        close(form.map(|form| form.alpha), 0.294_997, 1e-6);
        close(form.map(|form| form.standard_error), 0.869_07, 5.1e-6);
        // The first three questions are a test of their own.
        let three: Vec<Vec<f64>> = people.iter().map(|marks| marks[..3].to_vec()).collect();
        let part = pairs.part(&[0, 1, 2, 99], 3).map(|part| part.alpha);
        close(part, alpha(&three).expect("they vary"), 1e-9);
        close(pairs.form(20).map(|form| form.alpha), 0.625_99, 5.1e-6);
    }

    #[test]
    fn pairs_of_a_pool_come_near_the_alpha_of_its_forms() {
        // Each person is asked three of the five, in turn; the three-question alpha by Spearman–Brown is 0.2007.
        let mut pairs = Pairs::new(5);
        for (i, marks) in lsat6().iter().enumerate() {
            let asked: Vec<(usize, f64)> = [0, 1, 2, 3, 4]
                .into_iter()
                .filter(|j| (i + j) % 5 < 3)
                .map(|j| (j, marks[j]))
                .collect();
            pairs.add(&asked);
        }
        close(
            pairs.form(3).map(|form| form.alpha),
            spearman_brown(0.294_997, 0.6),
            0.05,
        );
        assert_eq!(Pairs::new(4).form(4), None);
    }

    #[test]
    fn what_does_not_vary_has_no_reliability() {
        assert_eq!(alpha(&[vec![1.0, 1.0], vec![1.0, 1.0]]), None);
        assert_eq!(alpha(&[vec![1.0]]), None);
        assert_eq!(alpha(&[vec![1.0, 0.0], vec![1.0]]), None);
        let same = whole(&[vec![1.0, 1.0], vec![1.0, 1.0]]).expect("two people");
        assert_eq!((same.mean, same.skewness, same.consistency), (2.0, None, None));
    }

    /// Skewness and kurtosis of 2 4 4 4 5 5 7 9 as any textbook's adjusted formulas (and a spreadsheet's SKEW and KURT) give them.
    #[test]
    fn skewness_and_kurtosis_are_the_adjusted_ones() {
        let people: Vec<Vec<f64>> = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]
            .into_iter()
            .map(|x| vec![x])
            .collect();
        let found = whole(&people).expect("eight people");
        close(found.skewness, 0.818_487_553, 1e-8);
        close(found.kurtosis, 0.940_625, 1e-8);
        assert_eq!((found.mean, found.median), (5.0, 4.5));
    }
}
