//! What a row says of being away, and what would have to be written for the leaves of its source to agree.
//!
//! Each source has leaves of its own: an account that is active ends no leave that the HR system has told of.

use db::{Day, Id};

use crate::leave::LeaveRow;
use crate::snapshot::{Cell, Status, Wanted};
use crate::sync::Change;
use crate::sync::known::{Known, KnownLeave};

/// Adds to the change what differs.
pub(super) fn write_leaves(change: &mut Change, known: Option<&Known>, row: &Wanted, today: Day) {
    let mut leaves: Vec<DraftLeave> = known
        .map_or(&[][..], |known| &known.leaves)
        .iter()
        .map(DraftLeave::of)
        .collect();
    hear_leave(&mut leaves, row, today);
    write_differing(change, leaves);
}

/// Ends the leaves of somebody of whom the source says nothing any more.
pub(super) fn cease_leaves(change: &mut Change, known: &Known, today: Day) {
    let mut leaves: Vec<DraftLeave> = known.leaves.iter().map(DraftLeave::of).collect();
    leaves
        .iter_mut()
        .filter(|leave| leave.lasts_to(today))
        .for_each(|leave| leave.cease(today));
    write_differing(change, leaves);
}

fn write_differing(change: &mut Change, leaves: Vec<DraftLeave>) {
    for leave in leaves
        .into_iter()
        .filter(|leave| leave.was.as_ref().map(|was| (was.from_on, was.until_on)) != leave.now)
    {
        let stale: Option<Id<LeaveRow>> = leave.was.map(|was| was.id);
        change.stale_leaves.extend(stale);
        change.leaves.extend(leave.now);
    }
}

struct DraftLeave {
    was: Option<KnownLeave>,
    /// `None` when it is withdrawn.
    now: Option<(Day, Option<Day>)>,
}

impl DraftLeave {
    fn of(leave: &KnownLeave) -> DraftLeave {
        DraftLeave {
            was: Some(leave.clone()),
            now: Some((leave.from_on, leave.until_on)),
        }
    }

    fn lasts_to(&self, day: Day) -> bool {
        self.now
            .is_some_and(|(_, until)| until.is_none_or(|until| day <= until))
    }

    fn holds_on(&self, day: Day) -> bool {
        self.lasts_to(day) && self.now.is_some_and(|(from, _)| from <= day)
    }

    fn is_open(&self) -> bool {
        self.now.is_some_and(|(_, until)| until.is_none())
    }

    /// Over since yesterday, or never begun.
    fn cease(&mut self, today: Day) {
        self.now = self
            .now
            .filter(|(from, _)| *from < today)
            .map(|(from, _)| (from, Some(today - 1)));
    }
}

fn hear_leave(leaves: &mut Vec<DraftLeave>, row: &Wanted, today: Day) {
    match (&row.leave_from, row.status) {
        (Cell::Said(from), _) => hear_dated_leave(leaves, *from, &row.leave_until),
        (Cell::Cleared, _) => leaves
            .iter_mut()
            .filter(|leave| leave.lasts_to(today))
            .for_each(|leave| leave.cease(today)),
        (Cell::Unsaid, Some(Status::Leave)) => {
            let until = row.leave_until.said().copied().filter(|until| *until >= today);
            match leaves.iter_mut().find(|leave| leave.holds_on(today)) {
                None => leaves.push(DraftLeave {
                    was: None,
                    now: Some((today, until)),
                }),
                Some(leave) if until.is_some() => leave.now = leave.now.map(|(from, _)| (from, until)),
                Some(leave) if row.leave_until == Cell::Cleared => {
                    leave.now = leave.now.map(|(from, _)| (from, None))
                }
                Some(_) => {}
            }
        }
        // An end that was stated is left to pass; only a leave without one is ended by coming back.
        (Cell::Unsaid, Some(Status::Active)) => {
            leaves
                .iter_mut()
                .filter(|leave| leave.is_open() && leave.holds_on(today))
                .for_each(|leave| leave.cease(today));
        }
        (Cell::Unsaid, _) => {
            let Some(until) = row.leave_until.said() else {
                return;
            };
            let begun_by_then = |leave: &&mut DraftLeave| leave.now.is_some_and(|(from, _)| from <= *until);
            if let Some(leave) = leaves
                .iter_mut()
                .filter(|leave| leave.is_open())
                .find(begun_by_then)
            {
                leave.now = leave.now.map(|(from, _)| (from, Some(*until)));
            }
        }
    }
}

/// The same first day is the same leave; else the one it overlaps, whose first day it corrects.
fn hear_dated_leave(leaves: &mut Vec<DraftLeave>, from: Day, until: &Cell<Day>) {
    let same = leaves
        .iter()
        .position(|leave| leave.now.is_some_and(|(begins, _)| begins == from));
    let last_day = until.said().copied();
    let overlaps = |leave: &DraftLeave| {
        leave.lasts_to(from)
            && leave
                .now
                .is_some_and(|(begins, _)| last_day.is_none_or(|last| begins <= last))
    };
    match same.or_else(|| leaves.iter().position(overlaps)) {
        Some(index) => {
            let leave = &mut leaves[index];
            let before = leave.now.and_then(|(_, until)| until);
            leave.now = Some((from, until.onto(before.as_ref()).filter(|until| *until >= from)));
        }
        None => leaves.push(DraftLeave {
            was: None,
            now: Some((from, last_day)),
        }),
    }
}
