//! One person: what is known, what the source says, and what would have to be written for the two to agree.
//!
//! The first profile holds from the first day of work, later ones from the day they are applied. Writing the difference and
//! comparing again finds none.
//!
//! Not here: the roster as a whole ([`crate::sync`]).

use std::borrow::Cow;

use db::{Day, Id};

use crate::person;
use crate::precedence::{Precedence, Voice};
use crate::profile::{Access, Facts, MOVING, ProfileRow};
use crate::snapshot::{Cell, RefusedRow, Status, Wanted};
use crate::source::Mode;
use crate::source_setting::SourceSetting;
use crate::sync::known::{Around, Known, KnownProfile, KnownRecord};
use crate::sync::matching::Number;
use crate::sync::stay::{self, Stay, Terms};
use crate::sync::{Change, Sort, away};

/// On what day, and under what reading, people are compared.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub source: &'a str,
    pub today: Day,
    pub mode: Mode,
    pub setting: &'a SourceSetting,
    pub precedence: &'a Precedence,
}

/// What comes of comparing one person.
#[derive(Debug)]
pub enum Outcome {
    Same,
    /// Somebody of the past about whom the file says nothing: not counted.
    Silent,
    /// Ended before we ever knew them, and nobody says when.
    LeftOut,
    /// They differ, and what that means depends on what is around them, which has yet to be read.
    LookAround,
    Refused(RefusedRow),
    Differs {
        change: Box<Change>,
        start_assumed: bool,
    },
}

/// Compares a person with their rows, which come in the order of start dates.
pub fn compare(key: &str, known: Option<&Known>, rows: &[&Wanted], case: Case<'_>) -> Outcome {
    let engagements = known.map_or(&[][..], |known| &known.engagements);
    let engaging = if case.setting.engages { rows } else { &[] };
    let drafted = match stay::draft(engagements, engaging, case.today, hears(case)) {
        Ok(drafted) => drafted,
        Err(refused) => return Outcome::Refused(refused),
    };
    let Some(speaking) = speaking(rows, case.today) else {
        return Outcome::Silent;
    };
    let is_heard = known.is_some_and(|known| known.record.is_some());
    if !is_heard && engagements.is_empty() && drafted.stays.is_empty() && case.setting.engages {
        return Outcome::LeftOut;
    }
    let mut change = blank();
    write_stays(&mut change, &drafted.stays);
    away::write_leaves(&mut change, known, speaking, case.today);
    let record = known.and_then(|known| known.record.as_ref());
    let said = merged(record.map(|record| &record.facts), speaking, case.setting);
    let number = numbered(record, speaking, case.setting);
    let anew = record.is_none_or(|record| record.facts != *said || record.employee_number != number);
    if anew {
        change.stale_record = record.map(|record| record.id.clone());
        change.record = Some((number, said.clone().into_owned()));
    }
    if writes_nothing(&change) {
        return Outcome::Same;
    }
    conclude(
        &mut change,
        Subject { key, known },
        &drafted.stays,
        (Some(&said), case),
    )
    .map_or(Outcome::LookAround, |()| {
        change.line = Some(speaking.line);
        if change.columns.is_empty() {
            // Only this source says otherwise now, and another is believed.
            change.columns = record.map_or(vec!["source"], |record| record.facts.differing(&said));
        }
        change.loses_manager =
            record.is_some_and(|record| record.facts.manager_key.is_some()) && said.manager_key.is_none();
        Outcome::Differs {
            change: Box::new(change),
            start_assumed: drafted.start_assumed,
        }
    })
}

/// Compares somebody the full file does not list.
pub fn absent(known: &Known, case: Case<'_>) -> Outcome {
    let stays = stay::absent(&known.engagements, case.today);
    let mut change = blank();
    write_stays(&mut change, &stays);
    if !case.setting.engages {
        // It lists accounts: who is not listed has none, and it says nothing of them any more.
        change.stale_record = known.record.as_ref().map(|record| record.id.clone());
        away::cease_leaves(&mut change, known, case.today);
    }
    if writes_nothing(&change) {
        return Outcome::Silent;
    }
    let said = known.facts().filter(|_| case.setting.engages);
    let subject = Subject {
        key: &known.source_key,
        known: Some(known),
    };
    match conclude(&mut change, subject, &stays, (said, case)) {
        None => Outcome::LookAround,
        Some(()) => Outcome::Differs {
            change: Box::new(change),
            start_assumed: false,
        },
    }
}

#[derive(Clone, Copy)]
struct Subject<'a> {
    key: &'a str,
    known: Option<&'a Known>,
}

fn hears(case: Case<'_>) -> Mode {
    // A list of accounts ends no engagement by leaving somebody out: it has none.
    if case.setting.engages {
        case.mode
    } else {
        Mode::Delta
    }
}

/// Works out what the person's facts become and what sort of change it is; `None` when what is around them has yet to be read.
fn conclude(
    change: &mut Change,
    subject: Subject<'_>,
    stays: &[Stay<'_>],
    (said, case): (Option<&Facts>, Case<'_>),
) -> Option<()> {
    let none = Around::default();
    let around = match subject.known {
        Some(known) => known.around.as_ref()?,
        None => &none,
    };
    let own = said.map(|facts| Voice {
        source: case.source,
        lasts: !case.setting.engages || live(stays).any(|terms| terms.lasts_to(case.today)),
        facts,
    });
    let others = around.others.iter().map(|said| Voice {
        source: &said.source,
        lasts: said.lasts,
        facts: &said.facts,
    });
    let voices: Vec<Voice<'_>> = own.into_iter().chain(others).collect();
    let before = around.profiles.last().map(|profile| &profile.facts);
    let facts = match (voices.is_empty(), before) {
        (true, Some(before)) => before.clone(),
        _ => case.precedence.joined(&voices),
    };
    let spans = Spans {
        today: case.today,
        starts: first_day(stays),
    };
    write_profiles(change, &around.profiles, &facts, spans);
    say_once(change);
    change.name = person::called(&facts, subject.key);
    change.columns = columns(
        subject.known,
        stays,
        change,
        before.map(|before| before.differing(&facts)),
    );
    settle(change, subject, stays, (around.here_otherwise, case.today));
    Some(())
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
        stale_record: None,
        record: None,
        terms: None,
        loses_manager: false,
        ends: false,
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
        && change.leaves.is_empty()
        && change.stale_leaves.is_empty()
        && change.record.is_none()
        && change.stale_record.is_none()
}

/// Says whose change it is and of what sort, once its columns are known.
fn settle(
    change: &mut Change,
    subject: Subject<'_>,
    stays: &[Stay<'_>],
    (here_otherwise, today): (bool, Day),
) {
    let known = subject.known;
    let was_here = known.is_some_and(|known| known.lasts_to(today));
    let is_here = live(stays).any(|terms| terms.lasts_to(today));
    let comes_or_goes = was_here != is_here;
    let moves = change
        .columns
        .iter()
        .any(|column| MOVING.contains(column) || *column == "person_type");
    change.ends = was_here && !is_here;
    change.sort = match (known, was_here, is_here) {
        // Two jobs: one begins or ends, and the person was and is here.
        _ if here_otherwise && comes_or_goes => Sort::Moves,
        (None, ..) | (_, false, true) => Sort::Joins,
        (_, true, false) => Sort::Leaves,
        _ if moves => Sort::Moves,
        _ => Sort::Changes,
    };
    change.source_id = subject.key.to_owned();
    change.person = known.map(|known| known.person.clone());
    change.terms = live(stays).max_by_key(|terms| terms.start_on).cloned();
}

/// What other sources know the person by, once the row has been heard.
fn numbered(record: Option<&KnownRecord>, row: &Wanted, setting: &SourceSetting) -> Option<String> {
    let before = || record.and_then(|record| record.employee_number.clone());
    match (&row.employee_number, Number::of(row, setting).text()) {
        (Cell::Cleared, _) => None,
        (_, Some(number)) => Some(number.to_owned()),
        (_, None) => before(),
    }
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

/// What the source says once the row has been heard: what it said before, unless it says something else now.
fn merged<'a>(have: Option<&'a Facts>, row: &Wanted, setting: &SourceSetting) -> Cow<'a, Facts> {
    let access = access_of(row, setting);
    let have = match have {
        Some(have) if says_nothing_else(row, have) && access.keeps(Some(&have.access)) => {
            return Cow::Borrowed(have);
        }
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
        access: access.onto(Some(&have.access)).unwrap_or_default(),
        tags: text(&row.tags, &have.tags),
    })
}

/// A list of accounts says of who is active that they can sign in, and of who is not that they cannot.
fn access_of(row: &Wanted, setting: &SourceSetting) -> Cell<Access> {
    match (&row.access, row.status) {
        (Cell::Unsaid, Some(Status::Active | Status::Leave)) if setting.kind.lists_accounts() => {
            Cell::Said(Access::Yes)
        }
        (Cell::Unsaid, Some(Status::Ended)) if setting.kind.lists_accounts() => Cell::Said(Access::No),
        (said, _) => said.clone(),
    }
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
        && row.tags.keeps(Some(&have.tags))
}

#[derive(Clone, Copy)]
struct Spans {
    today: Day,
    /// The first day of work, when there is one.
    starts: Option<Day>,
}

fn write_profiles(change: &mut Change, profiles: &[KnownProfile], facts: &Facts, spans: Spans) {
    let (Some(first), Some(last)) = (profiles.first(), profiles.last()) else {
        // Room for one, not the four that a list which is pushed to begins with: this is everybody of a first file.
        change.profiles = vec![(spans.starts.unwrap_or(spans.today), Some(Box::new(facts.clone())))];
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
        change.profiles.push((spans.today, Some(Box::new(facts.clone()))));
    }
}

/// A first file has a hundred thousand such, and each is kept until the plan is applied.
fn say_once(change: &mut Change) {
    if let Some((_, said)) = &change.record {
        for (_, facts) in change
            .profiles
            .iter_mut()
            .filter(|(_, facts)| facts.as_deref() == Some(said))
        {
            *facts = None;
        }
    }
}

fn supersede(change: &mut Change, stale: &KnownProfile, instead: (Day, Facts)) {
    let id: &Id<ProfileRow> = &stale.id;
    change.stale_profiles.push(id.clone());
    change.profiles.push((instead.0, Some(Box::new(instead.1))));
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
    use crate::source_setting::SourceKind;

    fn hr() -> SourceSetting {
        SourceSetting::usual(SourceKind::Hris)
    }

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
        let known = merged(None, &row, &hr()).into_owned();
        assert!(matches!(merged(Some(&known), &row, &hr()), Cow::Borrowed(_)));
        for (column, set) in texts {
            for cell in [Cell::Said("new".to_owned()), Cell::Cleared] {
                let mut row = Wanted::default();
                set(&mut row, cell);
                assert_eq!(known.differing(&merged(Some(&known), &row, &hr())), [column]);
            }
        }
        for cell in [Cell::Said(Access::No), Cell::Cleared] {
            let row = Wanted {
                access: cell,
                ..Wanted::default()
            };
            assert_eq!(
                known.differing(&merged(Some(&known), &row, &hr())),
                ["logical_access"]
            );
        }
    }
}
