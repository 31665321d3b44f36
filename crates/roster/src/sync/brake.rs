//! When a plan must not be applied without somebody looking: an export that lost half its rows looks like half the staff leaving.
//!
//! Every threshold is a share of the people this source has on the roster, and a handful never trips one: in a team of five,
//! one person is a fifth. The first file of a source is all joiners and is not held for it.
//!
//! There is no brake for bad rows: a single one already stops the whole file. Hard stops (no rows, no id column, no text) are
//! refusals of [`crate::sources::csv`] and cannot be approved away.

use db::Day;
use web::table::thousands;

use crate::snapshot::Snapshot;
use crate::source::Mode;
use crate::sync::known::Roster;
use crate::sync::{Change, Sort};

/// So few of anything is ordinary life in an organisation of any size.
pub const FEW: u64 = 3;
/// Okta holds at 20 %; leavers are the change that hides evidence, so half of that.
pub const ENDS_PERCENT_MAX: u64 = 10;
/// A merged team, not a merged company.
pub const JOINS_PERCENT_MAX: u64 = 25;
/// A full file this much shorter than the last one was cut off or filtered.
pub const ROW_DROP_PERCENT_MAX: u64 = 20;
/// Addresses change with names and, all at once, with a broken column or a new domain.
pub const EMAIL_PERCENT_MAX: u64 = 5;
/// Managers vanish all at once when the export loses the column.
pub const MANAGERS_LOST_PERCENT_MAX: u64 = 20;
/// Employees do not become contractors by the dozen.
pub const KIND_PERCENT_MAX: u64 = 10;
/// Entra Connect's default for one run.
pub const TOUCHED_MAX: u64 = 500;

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

impl Measure {
    pub(crate) fn of(have: &Roster, want: &Snapshot, changes: &[Change], today: Day) -> Measure {
        let here = || have.people.iter().filter(|known| known.holds_on(today));
        let is_managed = |known: &&crate::sync::known::Known| {
            known.facts().is_some_and(|facts| facts.manager_key.is_some())
        };
        let count = |is: &dyn Fn(&&Change) -> bool| changes.iter().filter(is).count() as u64;
        let stays = |change: &&Change| matches!(change.sort, Sort::Moves | Sort::Changes);
        Measure {
            is_first: have.last_rows.is_none(),
            here: here().count() as u64,
            managed: here().filter(is_managed).count() as u64,
            joins: count(&|change| change.sort == Sort::Joins),
            ends: count(&|change| change.sort == Sort::Leaves),
            touched: changes.len() as u64,
            emails: count(&|change| change.columns.contains(&"email")),
            managers_lost: count(&|change| change.loses_manager),
            kinds: count(&|change| stays(change) && change.columns.contains(&"person_type")),
            rows: want.rows,
            last_rows: have.last_rows.unwrap_or_default(),
        }
    }
}

/// Why the plan waits for approval: a finished sentence for each brake that trips, none when it may go ahead.
pub fn held(measure: &Measure, mode: Mode) -> Vec<String> {
    let m = measure;
    let mut held = Vec::new();
    let mut hold = |trips: bool, sentence: String| {
        if trips {
            held.push(sentence);
        }
    };
    hold(
        exceeds(m.ends, m.here, ENDS_PERCENT_MAX),
        format!(
            "{} of {} people would leave, more than {ENDS_PERCENT_MAX} %. Check that the file lists everybody.",
            thousands(m.ends),
            thousands(m.here)
        ),
    );
    hold(
        !m.is_first && exceeds(m.joins, m.here, JOINS_PERCENT_MAX),
        format!(
            "{} people would join {} who are here, more than {JOINS_PERCENT_MAX} %. Check that the ids are the ones used before.",
            thousands(m.joins),
            thousands(m.here)
        ),
    );
    let dropped = m.last_rows.saturating_sub(m.rows);
    hold(
        mode == Mode::Full && exceeds(dropped, m.last_rows, ROW_DROP_PERCENT_MAX),
        format!(
            "The file has {} rows and the last one had {}, a drop of more than {ROW_DROP_PERCENT_MAX} %. Check that it is complete.",
            thousands(m.rows),
            thousands(m.last_rows)
        ),
    );
    hold(
        exceeds(m.emails, m.here, EMAIL_PERCENT_MAX),
        format!(
            "The addresses of {} of {} people would change, more than {EMAIL_PERCENT_MAX} %. Check the e-mail column.",
            thousands(m.emails),
            thousands(m.here)
        ),
    );
    hold(
        exceeds(m.managers_lost, m.managed, MANAGERS_LOST_PERCENT_MAX),
        format!(
            "{} of {} people would lose their manager, more than {MANAGERS_LOST_PERCENT_MAX} %. Check the manager column.",
            thousands(m.managers_lost),
            thousands(m.managed)
        ),
    );
    hold(
        exceeds(m.kinds, m.here, KIND_PERCENT_MAX),
        format!(
            "{} of {} people would become another kind of person, more than {KIND_PERCENT_MAX} %. Check the person_type column.",
            thousands(m.kinds),
            thousands(m.here)
        ),
    );
    hold(
        !m.is_first && m.touched > TOUCHED_MAX,
        format!(
            "{} people would be touched, more than {TOUCHED_MAX}. Check that the file is the one you mean.",
            thousands(m.touched)
        ),
    );
    held
}

fn exceeds(part: u64, whole: u64, percent: u64) -> bool {
    part > FEW && part * 100 > whole * percent
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
        let mut held = held(&measure, Mode::Full);
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
        assert_eq!(held(&few, Mode::Full), Vec::<String>::new());
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
        assert_eq!(held(&first, Mode::Full), Vec::<String>::new());
    }

    #[test]
    fn a_delta_may_be_short() {
        let delta = Measure { rows: 5, ..calm() };
        assert_eq!(held(&delta, Mode::Delta), Vec::<String>::new());
    }
}
