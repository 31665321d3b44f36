//! When a plan must not be applied without somebody looking: an export that lost half its rows looks like half the staff leaving.
//!
//! The thresholds are a source's settings. Most are a share of the people this source has on the roster, and a handful never trips one: in a team of five,
//! one person is a fifth. The first file of a source is all joiners and is not held for it.
//!
//! There is no brake for bad rows: a single one already stops the whole file. Hard stops (no rows, no id column, no text) are
//! refusals of [`crate::sources::file`] and cannot be approved away.

use db::Refusal;
use serde::{Deserialize, Serialize};
use web::table::thousands;

use crate::source::Mode;

/// When a plan has to wait. A share is in percent of the source's people who are here; exceeding it trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brakes {
    /// So few of anything is ordinary life in an organisation of any size.
    pub few: u64,
    /// Okta holds at 20 %; leavers are the change that hides evidence, so half of that.
    pub ends_percent: u64,
    /// A merged team, not a merged company.
    pub joins_percent: u64,
    /// A full file this much shorter than the last one was cut off or filtered.
    pub row_drop_percent: u64,
    /// Addresses change with names and, all at once, with a broken column or a new domain.
    pub emails_percent: u64,
    /// Managers vanish all at once when the export loses the column.
    pub managers_lost_percent: u64,
    /// Employees do not become contractors by the dozen.
    pub kinds_percent: u64,
    /// Entra Connect's default for one run.
    pub touched: u64,
    /// A held plan is approved by somebody other than whoever sent it.
    pub second_approver: bool,
}

impl Default for Brakes {
    fn default() -> Brakes {
        Brakes {
            few: 3,
            ends_percent: 10,
            joins_percent: 25,
            row_drop_percent: 20,
            emails_percent: 5,
            managers_lost_percent: 20,
            kinds_percent: 10,
            touched: 500,
            second_approver: true,
        }
    }
}

/// A brake that allows more than everybody is none; these are the widest that still stop something.
const PERCENT_MAX: u64 = 100;
const TOUCHED_MAX: u64 = 1_000_000;
const FEW_MAX: u64 = 1_000;

impl Brakes {
    /// # Errors
    /// A refusal that names the brake that is out of its bounds.
    pub fn check(&self) -> Result<(), Refusal> {
        let percents = [
            ("ends_percent", self.ends_percent),
            ("joins_percent", self.joins_percent),
            ("row_drop_percent", self.row_drop_percent),
            ("emails_percent", self.emails_percent),
            ("managers_lost_percent", self.managers_lost_percent),
            ("kinds_percent", self.kinds_percent),
        ];
        if let Some((field, _)) = percents.iter().find(|(_, percent)| *percent > PERCENT_MAX) {
            return Err(Refusal::new("brake", "A share is between 0 and 100 percent.").field(*field));
        }
        if self.few > FEW_MAX {
            return Err(Refusal::new("brake", "At most 1,000 people can pass as few.").field("few"));
        }
        if self.touched == 0 || self.touched > TOUCHED_MAX {
            return Err(
                Refusal::new("brake", "Between 1 and 1,000,000 people may be touched at once.")
                    .field("touched"),
            );
        }
        Ok(())
    }

    /// Whether so many of so many are more than this share, and more than a few.
    pub fn exceeds(&self, part: u64, whole: u64, percent: u64) -> bool {
        part > self.few && part * 100 > whole * percent
    }
}

/// What a plan would do to a source's people as a whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measure {
    pub is_first: bool,
    /// People of this source who are here today.
    pub here: u64,
    /// Those of them whose manager is known.
    pub managed: u64,
    pub joins: u64,
    pub ends: u64,
    pub touched: u64,
    pub emails: u64,
    pub managers_lost: u64,
    pub kinds: u64,
    pub rows: u64,
    pub last_rows: u64,
}

/// Why the plan waits for approval: a finished sentence for each brake that trips, none when it may go ahead.
pub fn held(measure: &Measure, mode: Mode, brakes: &Brakes) -> Vec<String> {
    let m = measure;
    let share = |part: u64, whole: u64, percent: u64| brakes.exceeds(part, whole, percent).then_some(percent);
    let mut held = Vec::new();
    if let Some(most) = share(m.ends, m.here, brakes.ends_percent) {
        held.push(format!(
            "{} of {} people would leave, more than {most} %. Check that the file lists everybody.",
            thousands(m.ends),
            thousands(m.here)
        ));
    }
    if let Some(most) = share(m.joins, m.here, brakes.joins_percent).filter(|_| !m.is_first) {
        held.push(format!(
            "{} people would join {} who are here, more than {most} %. Check that the ids are the ones used before.",
            thousands(m.joins),
            thousands(m.here)
        ));
    }
    let dropped = m.last_rows.saturating_sub(m.rows);
    if let Some(most) = share(dropped, m.last_rows, brakes.row_drop_percent).filter(|_| mode == Mode::Full) {
        held.push(format!(
            "The file has {} rows and the last one had {}, a drop of more than {most} %. Check that it is complete.",
            thousands(m.rows),
            thousands(m.last_rows)
        ));
    }
    if let Some(most) = share(m.emails, m.here, brakes.emails_percent) {
        held.push(format!(
            "The addresses of {} of {} people would change, more than {most} %. Check the e-mail column.",
            thousands(m.emails),
            thousands(m.here)
        ));
    }
    if let Some(most) = share(m.managers_lost, m.managed, brakes.managers_lost_percent) {
        held.push(format!(
            "{} of {} people would lose their manager, more than {most} %. Check the manager column.",
            thousands(m.managers_lost),
            thousands(m.managed)
        ));
    }
    if let Some(most) = share(m.kinds, m.here, brakes.kinds_percent) {
        held.push(format!(
            "{} of {} people would become another kind of person, more than {most} %. Check the person_type column.",
            thousands(m.kinds),
            thousands(m.here)
        ));
    }
    if !m.is_first && m.touched > brakes.touched {
        held.push(format!(
            "{} people would be touched, more than {}. Check that the file is the one you mean.",
            thousands(m.touched),
            thousands(brakes.touched)
        ));
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm() -> Measure {
        Measure {
            here: 100,
            managed: 100,
            rows: 100,
            last_rows: 100,
            ..Measure::default()
        }
    }

    fn trips(measure: Measure) -> Option<String> {
        let mut held = held(&measure, Mode::Full, &Brakes::default());
        assert!(held.len() < 2, "{held:?}");
        held.pop()
    }

    #[test]
    fn each_brake_trips_just_over_its_threshold() {
        type Set = fn(&mut Measure, u64);
        let cases: [(Set, u64, &str); 7] = [
            (|m, n| m.ends = n, 10, "would leave"),
            (|m, n| m.joins = n, 25, "would join"),
            (|m, n| m.rows = 100 - n, 20, "a drop"),
            (|m, n| m.emails = n, 5, "addresses"),
            (|m, n| m.managers_lost = n, 20, "lose their manager"),
            (|m, n| m.kinds = n, 10, "another kind"),
            (|m, n| m.touched = n, 500, "would be touched"),
        ];
        for (set, most, words) in cases {
            let mut measure = calm();
            set(&mut measure, most);
            assert_eq!(trips(measure), None, "{words} at {most}");
            set(&mut measure, most + 1);
            let sentence = trips(measure).expect("one more trips the brake");
            assert!(sentence.contains(words) && sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn a_handful_never_trips_a_brake() {
        let few = Measure {
            here: 4,
            managed: 4,
            rows: 1,
            last_rows: 4,
            joins: 3,
            ends: 3,
            emails: 3,
            managers_lost: 3,
            kinds: 3,
            ..Measure::default()
        };
        assert_eq!(held(&few, Mode::Full, &Brakes::default()), Vec::<String>::new());
    }

    #[test]
    fn a_first_file_may_bring_everybody() {
        let first = Measure {
            is_first: true,
            joins: 100_000,
            touched: 100_000,
            rows: 100_000,
            ..Measure::default()
        };
        assert_eq!(held(&first, Mode::Full, &Brakes::default()), Vec::<String>::new());
    }

    #[test]
    fn a_delta_may_be_short() {
        let delta = Measure { rows: 5, ..calm() };
        assert_eq!(
            held(&delta, Mode::Delta, &Brakes::default()),
            Vec::<String>::new()
        );
    }
}
