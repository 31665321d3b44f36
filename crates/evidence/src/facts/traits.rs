//! Since when each person has which traits, as the audiences of rules ask for them: what the profile says, the kinds of work,
//! and the systems they can get into.
//!
//! Combinations of traits are few, so each is kept once and judged once. Not here: what follows from belonging (`demand`).

use std::collections::HashMap;

use assignments::audience::{Audience, Field, Traits, systems};
use db::{Day, Reader, Result, Row, Value, params, sql};

use super::load::text;
use crate::{
    facts::{Audiences, Facts, Grouped, Scope, Spell, asked, numbers::Numbers},
    tenure::{EVER, Engagement, FAR, Span},
};

/// The fields of a profile that an audience can ask about, in the order of the statement's columns; kinds last.
const FIELDS: [Field; 7] = [
    Field::Department,
    Field::Division,
    Field::JobTitle,
    Field::Location,
    Field::Country,
    Field::Access,
    Field::Tag,
];
/// One combination of traits: a number for each field, 0 for blank or not asked; then the kinds, a bit for each; then the
/// systems the person can get into and those in which they are privileged, as texts.
type Combination = [u32; 10];
const KINDS_AT: usize = 7;
const SYSTEMS_AT: usize = 8;
const PRIVILEGED_AT: usize = 9;
/// Access of one person: the system, whether privileged, and the days.
type Granted = (String, bool, Span);

/// Spells of traits, and who belongs to what. Only the fields that some audience asks about are read, so that the
/// combinations stay few.
pub(super) fn traits(
    reader: &mut Reader,
    scope: &Scope,
    facts: &mut Facts,
    (audiences, people): (&[Audience], &Numbers),
) -> Result<()> {
    if audiences.len() == 1 {
        return Ok(());
    }
    let mut texts = Numbers::default();
    texts.of("");
    let rows = profiles(reader, scope, &mut texts, (audiences, people))?;
    let mut profiles = Grouped::by_person(people.len(), rows);
    profiles.sort_each(|a, b| a.0.cmp(&b.0));
    let by_kind = asked(audiences, Field::Kind);
    let granted = match audiences.iter().any(Audience::asks_for_grants) {
        true => grants(reader, scope, people)?,
        false => Vec::new(),
    };
    let granted = Grouped::by_person(people.len(), granted);
    let mut combinations: HashMap<Combination, u32> = HashMap::new();
    let mut spells: Vec<(u32, Spell)> = Vec::with_capacity(people.len());
    for person in 0..people.len() as u32 {
        let cut = spells_of(profiles.of(person), facts.engagements.of(person), by_kind);
        for (from, combination) in with_grants(cut, granted.of(person), &mut texts) {
            let next = combinations.len() as u32;
            let traits = *combinations.entry(combination).or_insert(next);
            spells.push((person, Spell { from, traits }));
        }
    }
    facts.spells = Grouped::by_person(people.len(), spells);
    let texts = texts.texts();
    let mut listed: Vec<(Combination, u32)> = combinations.into_iter().collect();
    listed.sort_unstable_by_key(|(_, number)| *number);
    facts.audiences = Audiences::of(
        audiences,
        listed.iter().map(|(combination, _)| spelled(combination, &texts)),
    );
    Ok(())
}

fn profiles(
    reader: &mut Reader,
    scope: &Scope,
    texts: &mut Numbers,
    (audiences, people): (&[Audience], &Numbers),
) -> Result<Vec<(u32, (Day, Combination))>> {
    let wanted = FIELDS.map(|field| asked(audiences, field));
    let mut rows = Vec::new();
    let visit = |row: &Row| {
        let Some(person) = people.known(text(row, 0)?) else {
            return Ok(());
        };
        let mut combination: Combination = [0; 10];
        for (i, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            combination[i] = texts.of(row.str(i + 2)?.unwrap_or(""));
        }
        rows.push((person, (row.get(1)?, combination)));
        Ok(())
    };
    match &scope.person {
        None => reader.each(
            sql!(
                "select person_id, from_on, department, division, job_title, location, country, access, tags
                 from profile
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)"
            ),
            &[Value::from(scope.known_at)],
            visit,
        )?,
        Some(person) => reader.each(
            sql!(
                "select person_id, from_on, department, division, job_title, location, country, access, tags
                 from profile
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)
                 and person_id = $2"
            ),
            &params![scope.known_at, person.as_str()],
            visit,
        )?,
    }
    Ok(rows)
}

fn grants(reader: &mut Reader, scope: &Scope, people: &Numbers) -> Result<Vec<(u32, Granted)>> {
    let mut rows = Vec::new();
    reader.each(
        sql!(
            "select person_id, system, privileged, from_on, until_on
             from access_grant
             where person_id is not null
             and recorded_at <= $1
             and (superseded_at is null or superseded_at > $1)"
        ),
        &params![scope.known_at],
        |row| {
            let to: Option<Day> = row.get(4)?;
            let days = Span {
                from: row.get(3)?,
                to: to.unwrap_or(FAR),
            };
            if let Some(person) = people.known(text(row, 0)?) {
                rows.push((person, (row.get(1)?, row.get::<i64>(2)? == 1, days)));
            }
            Ok(())
        },
    )?;
    Ok(rows)
}

/// The same days, cut where access to a system begins and ends, with the systems of each.
fn with_grants(
    cut: Vec<(Day, Combination)>,
    granted: &[Granted],
    texts: &mut Numbers,
) -> Vec<(Day, Combination)> {
    if granted.is_empty() {
        return cut;
    }
    let mut days: Vec<Day> = cut.iter().map(|(from, _)| *from).collect();
    days.extend(granted.iter().flat_map(|(_, _, span)| [span.from, span.to]));
    days.retain(|day| *day != FAR);
    days.sort_unstable();
    days.dedup();
    let mut spells: Vec<(Day, Combination)> = Vec::with_capacity(days.len());
    for day in days {
        let after = cut.partition_point(|(from, _)| *from <= day);
        let mut combination = cut.get(after.saturating_sub(1)).map_or([0; 10], |(_, c)| *c);
        let on_day = || granted.iter().filter(|(_, _, span)| span.contains(day));
        combination[SYSTEMS_AT] = texts.of(&systems(on_day().map(|(system, ..)| system.as_str())));
        let privileged = on_day().filter(|(_, privileged, _)| *privileged);
        combination[PRIVILEGED_AT] = texts.of(&systems(privileged.map(|(system, ..)| system.as_str())));
        if spells.last().is_none_or(|(_, last)| *last != combination) {
            spells.push((day, combination));
        }
    }
    spells
}

/// The days from which a person's traits are these: profile rows, cut where engagements begin and end when some
/// audience asks about kinds.
fn spells_of(
    profiles: &[(Day, Combination)],
    engagements: &[Engagement],
    by_kind: bool,
) -> Vec<(Day, Combination)> {
    let mut days: Vec<Day> = profiles.iter().map(|(from, _)| *from).collect();
    if by_kind {
        days.extend(
            engagements
                .iter()
                .filter_map(|e| Span::inclusive(e.start, e.end))
                .flat_map(|s| [s.from, s.to]),
        );
    }
    days.push(EVER);
    days.sort_unstable();
    days.dedup();
    let mut spells: Vec<(Day, Combination)> = Vec::with_capacity(days.len());
    for day in days {
        let after = profiles.partition_point(|(from, _)| *from <= day);
        let mut combination = profiles.get(after.saturating_sub(1)).map_or([0; 10], |(_, c)| *c);
        if by_kind {
            combination[KINDS_AT] = engagements
                .iter()
                .filter(|e| Span::inclusive(e.start, e.end).is_some_and(|s| s.contains(day)))
                .fold(0, |bits, e| bits | 1 << e.kind);
        }
        if spells.last().is_none_or(|(_, last)| *last != combination) {
            spells.push((day, combination));
        }
    }
    spells
}

fn spelled<'a>(combination: &Combination, texts: &'a [Box<str>]) -> (Traits<'a>, Vec<&'a str>) {
    let text = |i: usize| texts.get(combination[i] as usize).map_or("", |t| &**t);
    let some = |i: usize| Some(text(i)).filter(|t| !t.is_empty());
    let traits = Traits {
        kinds: &[],
        department: some(0),
        division: some(1),
        job_title: some(2),
        location: some(3),
        country: some(4),
        access: some(5),
        tags: text(6),
        systems: text(SYSTEMS_AT),
        privileged: text(PRIVILEGED_AT),
    };
    let kinds = super::KINDS
        .iter()
        .enumerate()
        .filter(|(i, _)| combination[KINDS_AT] & (1 << i) != 0)
        .map(|(_, k)| *k);
    (traits, kinds.collect())
}
