//! A stay: engagements that carry each other on, so that a change of kind does not look like leaving and coming back.
//!
//! A row of a source speaks of one stay. Its start date finds the stay: the same date, else the stay it overlaps (whose start it
//! corrects), else a new one: a rehire. An end that no file stated is taken back as soon as the person is there again.
//!
//! Not here: what is known of the person besides ([`crate::sync::difference`]).

use std::collections::BTreeSet;

use db::Day;
use serde::Serialize;

use crate::engagement::EngagementKind;
use crate::snapshot::{Cell, RefusedRow, Status, Wanted};
use crate::source::Mode;
use crate::sync::known::KnownEngagement;

/// What one engagement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terms {
    pub kind: EngagementKind,
    pub start_on: Day,
    /// The last day of work, that day included.
    pub end_on: Option<Day>,
    pub employer: Option<String>,
    pub sponsor_email: Option<String>,
    pub end_inferred: bool,
    /// The first day of the stay it carries on under another kind.
    pub continues: Option<Day>,
}

impl Terms {
    pub fn lasts_to(&self, day: Day) -> bool {
        self.end_on.is_none_or(|end| day <= end)
    }
}

/// One engagement as it was and as it is to be.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// `None` when it is new.
    pub was: Option<&'a KnownEngagement>,
    /// `None` when it is withdrawn: it never came to be.
    pub now: Option<Terms>,
}

impl Part<'_> {
    pub fn is_as_it_was(&self) -> bool {
        self.was.map(|was| &was.terms) == self.now.as_ref()
    }
}

#[derive(Debug, Clone)]
pub struct Stay<'a> {
    /// In the order of time; each but the first continues the one before.
    pub parts: Vec<Part<'a>>,
    spoken_of: bool,
}

/// A person's stays as the rows would have them, and what had to be assumed.
#[derive(Debug)]
pub struct Drafted<'a> {
    pub stays: Vec<Stay<'a>>,
    pub start_assumed: bool,
}

/// The stays once the rows have been heard. The rows come in the order of their start dates.
///
/// # Errors
/// The row that cannot be taken.
pub fn draft<'a>(
    engagements: &'a [KnownEngagement],
    rows: &[&Wanted],
    today: Day,
    mode: Mode,
) -> Result<Drafted<'a>, RefusedRow> {
    let mut drafted = Drafted {
        stays: of(engagements, &starts_apart(rows)),
        start_assumed: false,
    };
    let mut unmatched = Vec::new();
    for row in rows {
        match drafted.stays.iter().position(|stay| {
            !stay.spoken_of && row.start_on.said().is_some_and(|start| stay.begins_on(*start))
        }) {
            Some(index) => drafted.hear(index, row, today)?,
            None => unmatched.push(*row),
        }
    }
    for row in unmatched {
        match drafted.place_of(row) {
            Some(index) => {
                if let Some(start) = row.start_on.said() {
                    drafted.stays[index].restart(*start);
                }
                drafted.hear(index, row, today)?;
            }
            None => drafted.begin(row, today)?,
        }
    }
    if mode == Mode::Full {
        drafted
            .stays
            .iter_mut()
            .filter(|stay| !stay.spoken_of)
            .for_each(|stay| stay.cease(today));
    }
    drafted.refuse_one_start_twice(rows)?;
    Ok(drafted)
}

/// The stays of somebody the file no longer lists.
pub fn absent(engagements: &[KnownEngagement], today: Day) -> Vec<Stay<'_>> {
    let mut stays = of(engagements, &BTreeSet::new());
    stays.iter_mut().for_each(|stay| stay.cease(today));
    stays
}

/// Days on which the rows themselves begin another engagement: what continues there becomes a stay of its own.
fn starts_apart(rows: &[&Wanted]) -> BTreeSet<Day> {
    if rows.len() < 2 {
        BTreeSet::new()
    } else {
        rows.iter()
            .filter_map(|row| row.start_on.said().copied())
            .collect()
    }
}

fn of<'a>(engagements: &'a [KnownEngagement], apart: &BTreeSet<Day>) -> Vec<Stay<'a>> {
    let mut stays: Vec<Stay<'a>> = Vec::new();
    for engagement in engagements {
        let mut now = engagement.terms.clone();
        now.continues = now.continues.filter(|_| !apart.contains(&now.start_on));
        let carried_on = stays
            .iter_mut()
            .find(|stay| now.continues.is_some() && stay.start_on() == now.continues);
        match carried_on {
            Some(stay) => stay.parts.push(Part {
                was: Some(engagement),
                now: Some(now),
            }),
            None => {
                now.continues = None;
                stays.push(Stay {
                    parts: vec![Part {
                        was: Some(engagement),
                        now: Some(now),
                    }],
                    spoken_of: false,
                });
            }
        }
    }
    stays
}

impl Drafted<'_> {
    /// The stay a row without an exact match speaks of.
    fn place_of(&self, row: &Wanted) -> Option<usize> {
        let candidates = self.stays.iter().enumerate().filter(|(_, stay)| !stay.spoken_of);
        let fitting = candidates.filter(|(_, stay)| match row.start_on.said() {
            Some(start) => stay.overlaps(*start, row.end_on.said().copied()),
            None => stay.start_on().is_some(),
        });
        fitting
            .max_by_key(|(_, stay)| stay.start_on())
            .map(|(index, _)| index)
    }

    fn hear(&mut self, index: usize, row: &Wanted, today: Day) -> Result<(), RefusedRow> {
        let is_latest = self
            .stays
            .iter()
            .all(|other| other.start_on() <= self.stays[index].start_on());
        let stay = &mut self.stays[index];
        stay.spoken_of = true;
        stay.hear_end(row, is_latest, today)?;
        if let Some(kind) = row.kind {
            stay.turn(kind, today);
        }
        if let Some(last) = stay.last_mut() {
            last.employer = row.employer.onto(last.employer.as_ref());
            last.sponsor_email = row.sponsor_email.onto(last.sponsor_email.as_ref());
        }
        Ok(())
    }

    fn begin(&mut self, row: &Wanted, today: Day) -> Result<(), RefusedRow> {
        let end_on = row.end_on.said().copied();
        if row.status == Some(Status::Ended) && end_on.is_none() {
            return Ok(());
        }
        let before = self
            .stays
            .iter()
            .filter_map(Stay::last)
            .max_by_key(|terms| terms.start_on)
            .map(|terms| terms.kind);
        let ended = (row.status == Some(Status::Ended)).then_some(EngagementKind::Other);
        let Some(kind) = row.kind.or(before).or(ended) else {
            return Err(RefusedRow {
                line: row.line,
                column: "person_type".to_owned(),
                reason: "The kind of person is blank and the person is new; use employee, contractor, intern, temp, vendor_staff, board or other.".to_owned(),
            });
        };
        let assumed = end_on.map_or(today, |end| end.min(today));
        self.start_assumed |= row.start_on.said().is_none();
        let now = Terms {
            kind,
            start_on: row.start_on.said().copied().unwrap_or(assumed),
            end_on,
            employer: row.employer.said().cloned(),
            sponsor_email: row.sponsor_email.said().cloned(),
            end_inferred: false,
            continues: None,
        };
        self.stays.push(Stay {
            parts: vec![Part {
                was: None,
                now: Some(now),
            }],
            spoken_of: true,
        });
        Ok(())
    }

    fn refuse_one_start_twice(&self, rows: &[&Wanted]) -> Result<(), RefusedRow> {
        let mut starts = BTreeSet::new();
        for terms in self
            .stays
            .iter()
            .flat_map(|stay| &stay.parts)
            .filter_map(|part| part.now.as_ref())
        {
            if !starts.insert(terms.start_on) {
                return Err(RefusedRow {
                    line: rows.first().map_or(0, |row| row.line),
                    column: "start_date".to_owned(),
                    reason: format!(
                        "Two engagements of this person would start on {}; give each its own start date.",
                        terms.start_on
                    ),
                });
            }
        }
        Ok(())
    }
}

impl Stay<'_> {
    pub fn last(&self) -> Option<&Terms> {
        self.parts.iter().rev().find_map(|part| part.now.as_ref())
    }

    fn last_mut(&mut self) -> Option<&mut Terms> {
        self.parts.iter_mut().rev().find_map(|part| part.now.as_mut())
    }

    pub fn start_on(&self) -> Option<Day> {
        self.parts
            .iter()
            .find_map(|part| part.now.as_ref())
            .map(|terms| terms.start_on)
    }

    fn end_on(&self) -> Option<Day> {
        self.last().and_then(|terms| terms.end_on)
    }

    fn begins_on(&self, day: Day) -> bool {
        self.parts
            .iter()
            .filter_map(|part| part.now.as_ref())
            .any(|terms| terms.start_on == day)
    }

    fn overlaps(&self, from: Day, to: Option<Day>) -> bool {
        let begins_in_time = self
            .start_on()
            .is_some_and(|start| to.is_none_or(|to| start <= to));
        begins_in_time && self.end_on().is_none_or(|end| from <= end)
    }

    fn hear_end(&mut self, row: &Wanted, is_latest: bool, today: Day) -> Result<(), RefusedRow> {
        let Some(last) = self.last() else { return Ok(()) };
        let is_over = !last.lasts_to(today);
        match (&row.end_on, row.status) {
            (Cell::Said(end), _) => {
                let begins = self.start_on().unwrap_or(*end);
                if *end < begins {
                    return Err(RefusedRow {
                        line: row.line,
                        column: "end_date".to_owned(),
                        reason: format!(
                            "The end date {end} is before the start date {begins} that is on the roster; give both dates."
                        ),
                    });
                }
                self.finish(*end, false);
            }
            (_, Some(Status::Ended)) => self.cease(today),
            (Cell::Cleared, _) => self.reopen(),
            (Cell::Unsaid, status) if is_over && is_latest && (status.is_some() || last.end_inferred) => {
                self.reopen()
            }
            (Cell::Unsaid, _) => {}
        }
        Ok(())
    }

    /// Corrects the first day.
    fn restart(&mut self, start: Day) {
        for part in &mut self.parts {
            part.now = part.now.take().filter(|terms| terms.lasts_to(start));
        }
        if let Some(first) = self.parts.iter_mut().find_map(|part| part.now.as_mut()) {
            first.start_on = start;
            first.continues = None;
        }
        for carried_on in self.parts.iter_mut().filter_map(|part| part.now.as_mut()).skip(1) {
            carried_on.continues = Some(start);
        }
    }

    /// Nobody speaks of it any more: it ended yesterday, or never came to be.
    fn cease(&mut self, today: Day) {
        if self.last().is_some_and(|last| last.lasts_to(today)) {
            self.finish(today - 1, true);
        }
    }

    fn finish(&mut self, end: Day, inferred: bool) {
        for part in &mut self.parts {
            part.now = part.now.take().filter(|terms| terms.start_on <= end);
        }
        if let Some(last) = self
            .last_mut()
            .filter(|last| last.end_on != Some(end) || !inferred)
        {
            last.end_on = Some(end);
            last.end_inferred = inferred;
        }
    }

    fn reopen(&mut self) {
        if let Some(last) = self.last_mut() {
            last.end_on = None;
            last.end_inferred = false;
        }
    }

    /// Another kind from today; a stay that is over or has yet to begin is corrected instead.
    fn turn(&mut self, kind: EngagementKind, today: Day) {
        let began = self.start_on();
        let Some(last) = self.last_mut().filter(|last| last.kind != kind) else {
            return;
        };
        if last.start_on >= today || !last.lasts_to(today) {
            last.kind = kind;
            return;
        }
        let next = Terms {
            kind,
            start_on: today,
            continues: began,
            ..last.clone()
        };
        last.end_on = Some(today - 1);
        last.end_inferred = false;
        self.parts.push(Part {
            was: None,
            now: Some(next),
        });
    }
}
