//! One person: what is known, what the source says, and what would have to be written for the two to agree.
//!
//! The first profile holds from the first day of work, later ones from the day they are applied. Writing the difference and
//! comparing again finds none.
//!
//! Not here: the roster as a whole ([`crate::sync`]).

use std::borrow::Cow;

use db::{Day, Id};

use crate::leave::LeaveRow;
use crate::person;
use crate::profile::{Facts, MOVING, ProfileRow};
use crate::snapshot::{Cell, RefusedRow, Status, Wanted};
use crate::source::Mode;
use crate::sync::known::{Known, KnownLeave, KnownProfile};
use crate::sync::stay::{self, Stay, Terms};
use crate::sync::{Change, Sort};

/// On what day, and under what reading, people are compared.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub today: Day,
    pub mode: Mode,
}

/// What comes of comparing one person.
#[derive(Debug)]
pub enum Outcome {
    Same,
    /// Somebody of the past about whom the file says nothing: not counted.
    Silent,
    /// Ended before we ever knew them, and nobody says when.
    LeftOut,
    Refused(RefusedRow),
    Differs {
        change: Box<Change>,
        start_assumed: bool,
    },
}

/// Compares a person with their rows, which come in the order of start dates.
pub fn compare(key: &str, known: Option<&Known>, rows: &[&Wanted], case: Case) -> Outcome {
    let engagements = known.map_or(&[][..], |known| &known.engagements);
    let drafted = match stay::draft(engagements, rows, case) {
        Ok(drafted) => drafted,
        Err(refused) => return Outcome::Refused(refused),
    };
    let Some(speaking) = speaking(rows, case.today) else {
        return Outcome::Silent;
    };
    if known.is_none() && drafted.stays.is_empty() {
        return Outcome::LeftOut;
    }
    let mut change = blank();
    write_stays(&mut change, &drafted.stays);
    let before = known.and_then(Known::facts);
    let facts = merged(before, speaking);
    write_profiles(
        &mut change,
        known,
        &facts,
        Spans {
            today: case.today,
            starts: first_day(&drafted.stays),
        },
    );
    write_leaves(&mut change, known, speaking, case.today);
    if writes_nothing(&change) {
        return Outcome::Same;
    }
    change.line = Some(speaking.line);
    change.name = person::called(&facts, key);
    change.loses_manager =
        before.is_some_and(|before| before.manager_key.is_some()) && facts.manager_key.is_none();
    change.columns = columns(
        known,
        &drafted.stays,
        &change,
        before.map(|before| before.differing(&facts)),
    );
    settle(&mut change, (key, known), &drafted.stays, case.today);
    Outcome::Differs {
        change: Box::new(change),
        start_assumed: drafted.start_assumed,
    }
}

/// Compares somebody the full file does not list.
pub fn absent(known: &Known, case: Case) -> Outcome {
    let key = &known.source_key;
    let stays = stay::absent(&known.engagements, case.today);
    let mut change = blank();
    write_stays(&mut change, &stays);
    if writes_nothing(&change) {
        return Outcome::Silent;
    }
    change.name = known
        .facts()
        .map_or_else(|| key.to_owned(), |facts| person::called(facts, key));
    change.columns = columns(Some(known), &stays, &change, None);
    settle(&mut change, (key, Some(known)), &stays, case.today);
    Outcome::Differs {
        change: Box::new(change),
        start_assumed: false,
    }
}

/// Takes no memory: most people have not changed.
fn blank() -> Change {
    Change {
        source_id: String::new(),
        line: None,
        sort: Sort::Changes,
        person: None,
        name: String::new(),
        columns: Vec::new(),
        stale_engagements: Vec::new(),
        engagements: Vec::new(),
        stale_profiles: Vec::new(),
        profiles: Vec::new(),
        stale_leaves: Vec::new(),
        leaves: Vec::new(),
        terms: None,
        loses_manager: false,
    }
}

/// Of several rows the one whose facts hold: the latest that has begun, else the first to begin.
fn speaking<'a>(rows: &[&'a Wanted], today: Day) -> Option<&'a Wanted> {
    let begun = rows
        .iter()
        .rev()
        .find(|row| row.start_on.said().is_none_or(|start| *start <= today));
    begun.or(rows.first()).copied()
}

fn writes_nothing(change: &Change) -> bool {
    change.engagements.is_empty()
        && change.stale_engagements.is_empty()
        && change.profiles.is_empty()
        && change.leaves.is_empty()
        && change.stale_leaves.is_empty()
}

/// Says whose change it is and of what sort, once its columns are known.
fn settle(change: &mut Change, (key, known): (&str, Option<&Known>), stays: &[Stay<'_>], today: Day) {
    let was_here = known.is_some_and(|known| known.lasts_to(today));
    let is_here = live(stays).any(|terms| terms.lasts_to(today));
    let moves = change
        .columns
        .iter()
        .any(|column| MOVING.contains(column) || *column == "person_type");
    change.sort = match (known, was_here, is_here) {
        (None, ..) | (_, false, true) => Sort::Joins,
        (_, true, false) => Sort::Leaves,
        _ if moves => Sort::Moves,
        _ => Sort::Changes,
    };
    change.source_id = key.to_owned();
    change.person = known.map(|known| known.person.clone());
    change.terms = live(stays).max_by_key(|terms| terms.start_on).cloned();
}

fn live<'a>(stays: &'a [Stay<'_>]) -> impl Iterator<Item = &'a Terms> {
    stays
        .iter()
        .flat_map(|stay| &stay.parts)
        .filter_map(|part| part.now.as_ref())
}

fn first_day(stays: &[Stay<'_>]) -> Option<Day> {
    live(stays).map(|terms| terms.start_on).min()
}

fn write_stays(change: &mut Change, stays: &[Stay<'_>]) {
    for part in stays
        .iter()
        .flat_map(|stay| &stay.parts)
        .filter(|part| !part.is_as_it_was())
    {
        change
            .stale_engagements
            .extend(part.was.map(|was| was.id.clone()));
        change.engagements.extend(part.now.clone());
    }
}

/// What holds once the row has been heard: what was known, unless it says something else.
fn merged<'a>(have: Option<&'a Facts>, row: &Wanted) -> Cow<'a, Facts> {
    let have = match have {
        Some(have) if says_nothing_else(row, have) => return Cow::Borrowed(have),
        Some(have) => have,
        None => &Facts::default(),
    };
    let text = |cell: &Cell<String>, have: &String| cell.onto(Some(have)).unwrap_or_default();
    Cow::Owned(Facts {
        email: row.email.onto(have.email.as_ref()),
        given_name: text(&row.given_name, &have.given_name),
        family_name: text(&row.family_name, &have.family_name),
        preferred_name: row.preferred_name.onto(have.preferred_name.as_ref()),
        manager_key: row.manager.onto(have.manager_key.as_ref()),
        department: row.department.onto(have.department.as_ref()),
        division: row.division.onto(have.division.as_ref()),
        cost_center: row.cost_center.onto(have.cost_center.as_ref()),
        job_title: row.job_title.onto(have.job_title.as_ref()),
        location: row.location.onto(have.location.as_ref()),
        country: row.country.onto(have.country.as_ref()),
        language: row.language.onto(have.language.as_ref()),
        access: row.access.onto(Some(&have.access)).unwrap_or_default(),
        tags: text(&row.tags, &have.tags),
    })
}

fn says_nothing_else(row: &Wanted, have: &Facts) -> bool {
    row.email.keeps(have.email.as_ref())
        && row.given_name.keeps(Some(&have.given_name))
        && row.family_name.keeps(Some(&have.family_name))
        && row.preferred_name.keeps(have.preferred_name.as_ref())
        && row.manager.keeps(have.manager_key.as_ref())
        && row.department.keeps(have.department.as_ref())
        && row.division.keeps(have.division.as_ref())
        && row.cost_center.keeps(have.cost_center.as_ref())
        && row.job_title.keeps(have.job_title.as_ref())
        && row.location.keeps(have.location.as_ref())
        && row.country.keeps(have.country.as_ref())
        && row.language.keeps(have.language.as_ref())
        && row.access.keeps(Some(&have.access))
        && row.tags.keeps(Some(&have.tags))
}

#[derive(Clone, Copy)]
struct Spans {
    today: Day,
    /// The first day of work, when there is one.
    starts: Option<Day>,
}

fn write_profiles(change: &mut Change, known: Option<&Known>, facts: &Facts, spans: Spans) {
    let profiles = known.map_or(&[][..], |known| &known.profiles);
    let (Some(first), Some(last)) = (profiles.first(), profiles.last()) else {
        // Room for one, not the four that a list which is pushed to begins with: this is everybody of a first file.
        change.profiles = vec![(spans.starts.unwrap_or(spans.today), facts.clone())];
        return;
    };
    let from_on = spans
        .starts
        .map_or(first.from_on, |starts| starts.min(first.from_on));
    let differs = last.facts != *facts;
    // What was to hold from today or later never held: it is corrected, not followed.
    let corrects = differs && last.from_on >= spans.today;
    if first.id == last.id && (corrects || from_on < first.from_on) {
        let corrected = if corrects { facts } else { &first.facts };
        supersede(change, first, (from_on, corrected.clone()));
    } else {
        if from_on < first.from_on {
            supersede(change, first, (from_on, first.facts.clone()));
        }
        if corrects {
            supersede(change, last, (last.from_on, facts.clone()));
        }
    }
    if differs && !corrects {
        change.profiles.push((spans.today, facts.clone()));
    }
}

fn supersede(change: &mut Change, stale: &KnownProfile, instead: (Day, Facts)) {
    let id: &Id<ProfileRow> = &stale.id;
    change.stale_profiles.push(id.clone());
    change.profiles.push(instead);
}

fn write_leaves(change: &mut Change, known: Option<&Known>, row: &Wanted, today: Day) {
    let mut leaves: Vec<DraftLeave> = known
        .map_or(&[][..], |known| &known.leaves)
        .iter()
        .map(DraftLeave::of)
        .collect();
    hear_leave(&mut leaves, row, today);
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

/// The template's columns that change, for somebody who was known.
fn columns(
    known: Option<&Known>,
    stays: &[Stay<'_>],
    change: &Change,
    facts: Option<Vec<&'static str>>,
) -> Vec<&'static str> {
    let Some(known) = known else { return Vec::new() };
    let mut columns = facts.unwrap_or_default();
    let before = known
        .engagements
        .iter()
        .map(|engagement| &engagement.terms)
        .max_by_key(|terms| terms.start_on);
    let after = live(stays).max_by_key(|terms| terms.start_on);
    match (before, after) {
        (Some(before), Some(after)) => {
            let first = known
                .engagements
                .iter()
                .map(|engagement| engagement.terms.start_on)
                .min();
            let starts_move =
                first != first_day(stays) || (before.start_on != after.start_on && after.continues.is_none());
            let compared = [
                ("person_type", before.kind == after.kind),
                ("start_date", !starts_move),
                ("end_date", before.end_on == after.end_on),
                ("employer_or_vendor", before.employer == after.employer),
                ("sponsor_email", before.sponsor_email == after.sponsor_email),
            ];
            columns.extend(
                compared
                    .into_iter()
                    .filter(|(_, same)| !same)
                    .map(|(column, _)| column),
            );
            if columns.is_empty() && !change.engagements.is_empty() {
                columns.push("start_date");
            }
        }
        (None, None) => {}
        _ => columns.push("start_date"),
    }
    if !change.leaves.is_empty() || !change.stale_leaves.is_empty() {
        columns.push("leave");
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Access;

    /// Two lists of the facts have to agree: one that [`says_nothing_else`] forgot could never change.
    #[test]
    fn every_fact_that_a_row_says_anew_or_clears_is_heard() {
        type Set = fn(&mut Wanted, Cell<String>);
        let texts: [(&str, Set); 13] = [
            ("email", |row, cell| row.email = cell),
            ("given_name", |row, cell| row.given_name = cell),
            ("family_name", |row, cell| row.family_name = cell),
            ("preferred_name", |row, cell| row.preferred_name = cell),
            ("manager", |row, cell| row.manager = cell),
            ("department", |row, cell| row.department = cell),
            ("division", |row, cell| row.division = cell),
            ("cost_center", |row, cell| row.cost_center = cell),
            ("job_title", |row, cell| row.job_title = cell),
            ("location", |row, cell| row.location = cell),
            ("country", |row, cell| row.country = cell),
            ("language", |row, cell| row.language = cell),
            ("tags", |row, cell| row.tags = cell),
        ];
        let mut row = Wanted {
            access: Cell::Said(Access::Yes),
            ..Wanted::default()
        };
        texts
            .iter()
            .for_each(|(_, set)| set(&mut row, Cell::Said("old".to_owned())));
        let known = merged(None, &row).into_owned();
        assert!(matches!(merged(Some(&known), &row), Cow::Borrowed(_)));
        for (column, set) in texts {
            for cell in [Cell::Said("new".to_owned()), Cell::Cleared] {
                let mut row = Wanted::default();
                set(&mut row, cell);
                assert_eq!(known.differing(&merged(Some(&known), &row)), [column]);
            }
        }
        for cell in [Cell::Said(Access::No), Cell::Cleared] {
            let row = Wanted {
                access: cell,
                ..Wanted::default()
            };
            assert_eq!(known.differing(&merged(Some(&known), &row)), ["logical_access"]);
        }
    }
}
