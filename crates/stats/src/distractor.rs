//! Which options people chose, and which people.
//!
//! A wrong option that hardly anybody chooses makes the question easier than it looks; one that those who know best
//! choose more often than those who know least is perhaps not wrong at all.

use crate::{item::Tails, moments::correlation, proportion::Proportion};

/// A wrong option that fewer than these in a hundred choose does no work.
pub const NOT_WORKING: f64 = 0.05;

/// What became of one option.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// How many chose it.
    pub share: Proportion,
    /// The share of the upper 27 % who did.
    pub upper: f64,
    /// The share of the lower 27 % who did.
    pub lower: f64,
    /// The correlation of choosing it with the rest of the test.
    pub with_rest: Option<f64>,
}

impl Chosen {
    /// Hardly anybody chooses it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.share.share().is_some_and(|share| share < NOT_WORKING)
    }

    /// Those who know best choose it more often than those who know least.
    #[must_use]
    pub fn draws_those_who_know(&self) -> bool {
        self.upper > self.lower
    }
}

/// One line for each of `options` options; `people` holds what each person chose, `rest` how they did elsewhere.
#[must_use]
pub fn table(options: usize, people: &[Vec<usize>], rest: &[f64]) -> Vec<Chosen> {
    let Some(tails) = Tails::of(rest).filter(|_| people.len() == rest.len()) else {
        return Vec::new();
    };
    (0..options)
        .filter_map(|option| {
            let chose: Vec<f64> = people
                .iter()
                .map(|chosen| f64::from(u8::from(chosen.contains(&option))))
                .collect();
            let count = people.iter().filter(|chosen| chosen.contains(&option)).count();
            let (upper, lower) = tails.means(&chose);
            Some(Chosen {
                share: Proportion::new(count as u64, people.len() as u64)?,
                upper,
                lower,
                with_rest: correlation(&chose, rest),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_for_those_who_know_and_one_for_nobody_are_told_apart() {
        // Thirty people: the best ten choose 1, the others 0; nobody chooses 2.
        let rest: Vec<f64> = (0..30).map(f64::from).collect();
        let people: Vec<Vec<usize>> = (0..30).map(|i| vec![usize::from(i >= 20)]).collect();
        let table = table(3, &people, &rest);
        assert_eq!(table.len(), 3);
        assert!(table[1].draws_those_who_know() && !table[1].is_idle());
        assert!(!table[0].draws_those_who_know());
        assert!(table[2].is_idle() && table[2].with_rest.is_none());
        assert_eq!((table[1].upper, table[1].lower), (1.0, 0.0));
        assert!(table[1].with_rest.is_some_and(|r| r > 0.7));
    }

    #[test]
    fn lists_of_different_length_give_no_table() {
        assert!(table(3, &[vec![0]], &[1.0, 2.0]).is_empty());
    }
}
