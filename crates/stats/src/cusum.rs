//! An early warning: adds up small departures until they are too many to be chance.

/// The sums above and below the target after one figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    pub high: f64,
    pub low: f64,
}

impl Sums {
    /// Either sum passed the limit.
    #[must_use]
    pub fn alarms(self, limit: f64) -> bool {
        self.high > limit || self.low > limit
    }
}

/// The tabular CUSUM of figures about a target; departures up to `slack` are let pass.
#[must_use]
pub fn tabular(figures: &[f64], target: f64, slack: f64) -> Vec<Sums> {
    let mut sums = Sums { high: 0.0, low: 0.0 };
    let next = |x: &f64| {
        sums = Sums {
            high: (sums.high + x - target - slack).max(0.0),
            low: (sums.low + target - slack - x).max(0.0),
        };
        sums
    };
    figures.iter().map(next).collect()
}

/// A CUSUM of events one by one, watching for their chance to change from one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bernoulli {
    /// Added for an event.
    pub event: f64,
    /// Added for none.
    pub none: f64,
}

impl Bernoulli {
    /// Watches for a change from `usual` to `feared`; `None` unless both lie between 0 and 1 and differ.
    #[must_use]
    pub fn new(usual: f64, feared: f64) -> Option<Bernoulli> {
        let fits = [usual, feared].iter().all(|p| *p > 0.0 && *p < 1.0) && usual != feared;
        fits.then(|| Bernoulli {
            event: (feared / usual).ln(),
            none: ((1.0 - feared) / (1.0 - usual)).ln(),
        })
    }

    /// The sum after each of these.
    #[must_use]
    pub fn sums(self, events: &[bool]) -> Vec<f64> {
        let mut sum = 0.0_f64;
        let next = |event: &bool| {
            sum = (sum + if *event { self.event } else { self.none }).max(0.0);
            sum
        };
        events.iter().map(next).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::close;

    /// Montgomery DC, Runger GC. Applied Statistics and Probability for Engineers, exercise 16-6: target 99, K 1, H 10.
    #[test]
    fn montgomery_and_rungers_viscosities_raise_no_alarm() {
        let figures = [
            102.0, 94.8, 98.3, 98.4, 102.0, 98.5, 99.0, 97.7, 100.0, 98.1, 101.3, 98.7, 101.1, 98.4, 97.0,
            96.7, 100.3, 101.4, 97.2, 101.0,
        ];
        let high = [
            2.0, 0.0, 0.0, 0.0, 2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.3, 0.0, 1.1, 0.0, 0.0, 0.0, 0.3, 1.7, 0.0,
            1.0,
        ];
        let low = [
            0.0, 3.2, 2.9, 2.5, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.3, 0.0, 0.0, 0.8,
            0.0,
        ];
        for (i, sums) in tabular(&figures, 99.0, 1.0).into_iter().enumerate() {
            close(Some(sums.high), high[i], 1e-9);
            close(Some(sums.low), low[i], 1e-9);
            assert!(!sums.alarms(10.0));
        }
        assert!(tabular(&[120.0], 99.0, 1.0)[0].alarms(10.0));
    }

    #[test]
    fn an_event_weighs_as_the_likelihoods_say() {
        let watch = Bernoulli::new(0.10, 0.15).expect("two chances");
        close(Some(watch.event), 0.405_465, 5.1e-7);
        close(Some(watch.none), -0.057_158, 5.1e-7);
        let sums = watch.sums(&[false, true, false]);
        close(Some(sums[0]), 0.0, 1e-12);
        close(Some(sums[2]), watch.event + watch.none, 1e-12);
        assert_eq!(Bernoulli::new(0.1, 0.1), None);
        assert_eq!(Bernoulli::new(0.0, 0.1), None);
    }
}
