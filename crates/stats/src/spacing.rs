//! When something learnt is best asked again.
//!
//! Leitner's boxes: right moves a box up, wrong goes back to the first; each box waits longer. The days of the boxes
//! are the caller's.

/// Boxes with their days, the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leitner<'a> {
    /// Days to wait in each box.
    pub days: &'a [u16],
}

impl Leitner<'_> {
    /// The box after an answer, from 0; the last is not left by being right.
    #[must_use]
    pub fn after(self, from: usize, right: bool) -> usize {
        if right {
            (from + 1).min(self.days.len().saturating_sub(1))
        } else {
            0
        }
    }

    /// The days to wait in a box; `None` without boxes. Beyond the last it is the last.
    #[must_use]
    pub fn wait(self, place: usize) -> Option<u16> {
        self.days.get(place).or(self.days.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_moves_up_and_wrong_goes_back_to_the_first() {
        let boxes = Leitner {
            days: &[1, 3, 7, 21, 60, 120],
        };
        let mut place = 0;
        let mut waits = Vec::new();
        for right in [true, true, false, true, true, true, true, true, true] {
            place = boxes.after(place, right);
            waits.extend(boxes.wait(place));
        }
        assert_eq!(waits, [3, 7, 1, 3, 7, 21, 60, 120, 120]);
        assert_eq!(Leitner { days: &[] }.wait(0), None);
        assert_eq!(Leitner { days: &[] }.after(3, true), 0);
    }
}
