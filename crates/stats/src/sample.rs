//! Published figures that several tests read.

/// LSAT section 6 (Bock RD, Lieberman M. Psychometrika 1970;35:179–197): a thousand people, five questions, by the
/// counts of the thirty-two patterns from 00000 to 11111.
pub(crate) fn lsat6() -> Vec<Vec<f64>> {
    let counts = [
        3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173,
        11, 61, 28, 298,
    ];
    let marks = |pattern: usize| {
        (0..5)
            .map(|j| f64::from(u8::from(pattern >> (4 - j) & 1 == 1)))
            .collect()
    };
    counts
        .into_iter()
        .enumerate()
        .flat_map(|(pattern, count)| vec![marks(pattern); count])
        .collect()
}

pub(crate) fn close(found: Option<f64>, expected: f64, within: f64) {
    let found = found.expect("a figure");
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}
