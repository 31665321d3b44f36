//! Marks for how sure somebody was (Gardner-Medwin): for feedback only, never for passing.
//!
//! Right brings 1, 2 or 3 marks at the three levels, wrong costs 0, 2 or 6; so it pays to say how sure one is.

/// How sure somebody says they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    Hardly,
    Fairly,
    Very,
}

impl Sure {
    /// The marks of a right answer and of a wrong one.
    #[must_use]
    pub fn marks(self) -> (f64, f64) {
        match self {
            Self::Hardly => (1.0, 0.0),
            Self::Fairly => (2.0, -2.0),
            Self::Very => (3.0, -6.0),
        }
    }

    /// The level that pays best for somebody who is right with this chance.
    #[must_use]
    pub fn best(chance: f64) -> Sure {
        let worth = |sure: Sure| {
            let (right, wrong) = sure.marks();
            chance * right + (1.0 - chance) * wrong
        };
        let fairly = if worth(Self::Fairly) > worth(Self::Hardly) {
            Self::Fairly
        } else {
            Self::Hardly
        };
        if worth(Self::Very) > worth(fairly) {
            Self::Very
        } else {
            fairly
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gardner-Medwin's switch points: two thirds, and four fifths.
    #[test]
    fn it_pays_to_be_fairly_sure_from_two_thirds_and_very_sure_from_four_fifths() {
        for (chance, best) in [
            (0.5, Sure::Hardly),
            (0.666, Sure::Hardly),
            (0.667, Sure::Fairly),
            (0.799, Sure::Fairly),
            (0.801, Sure::Very),
        ] {
            assert_eq!(Sure::best(chance), best, "{chance}");
        }
    }
}
