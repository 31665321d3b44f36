//! Reads the facts of a window from the tables of other crates, in one pass over each.
//!
//! Rows are streamed, never listed, and come in any order: grouping and sorting happen in memory, so both engines
//! give the same facts. What was recorded after `known_at` is left out, and what has been superseded since then is
//! read as it was known.
//!
//! Not here: any judgement.

use std::collections::HashMap;

use assignments::{Duty, audience::Audience};
use db::{Day, Fault, Moment, Reader, Result, Row, Window, params, sql};

use crate::{
    demand::Rule,
    facts::{
        Difference, Facts, Grouped, Source, Waiver, completions, kind_number, numbers::Numbers, people::Line,
        takes::Takes, traits::traits,
    },
    tenure::{Engagement, FAR, Leave, Span},
};

/// Which facts are wanted.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The days asked about.
    pub window: Window,
    /// As it was known at this instant.
    pub known_at: Moment,
    /// One person's facts only, by id.
    pub person: Option<String>,
}

/// Reads the facts.
///
/// # Errors
/// A fault of the database, or when a rule's audience cannot be read.
pub fn load(reader: &mut Reader, scope: &Scope) -> Result<Facts> {
    let mut facts = Facts::default();
    let mut courses = Numbers::default();
    let mut takes = Takes::read(reader, scope.known_at)?;
    let audiences = rules(reader, scope, &mut facts, (&mut courses, &mut takes))?;
    takes.number(&mut courses)?;
    let mut people = Numbers::default();
    engagements(reader, scope, &mut facts, &mut people)?;
    let count = people.len();
    facts.leaves = Grouped::by_person(count, leaves(reader, scope, &people)?);
    facts.done = Grouped::by_person(
        count,
        completions::read(reader, scope, (&people, &courses, &takes))?,
    );
    facts.done.sort_each(Ord::cmp);
    facts.waivers = Grouped::by_person(count, waivers(reader, scope, &people, &courses)?);
    facts
        .waivers
        .sort_each(|a, b| (a.days, a.course, &a.reason).cmp(&(b.days, b.course, &b.reason)));
    traits(reader, scope, &mut facts, (&audiences, &people))?;
    sources(reader, scope, &mut facts)?;
    facts.people = people.texts();
    facts.courses = courses.texts().into_iter().map(String::from).collect();
    facts.put_names(scope.window);
    Ok(facts)
}

/// The text in a column that may not be null, on loan.
pub(super) fn text<'a>(row: &'a Row<'_>, index: usize) -> Result<&'a str> {
    row.str(index)?
        .ok_or_else(|| Fault::new(format!("reading column {index} of a fact, which is null")).into())
}

pub(super) fn small(number: u32, of: &'static str) -> Result<u16> {
    u16::try_from(number)
        .map_err(|e| Fault::of(format!("numbering {of}, of which there are too many"), e).into())
}

/// Rules, with the layers of their courses: a course is of the layer of its current edition, which is the newest
/// published before the window's end, or its first.
fn rules(
    reader: &mut Reader,
    scope: &Scope,
    facts: &mut Facts,
    (courses, takes): (&mut Numbers, &mut Takes),
) -> Result<Vec<Audience>> {
    let zone = reader.zone()?;
    let layers = layers(reader, scope)?;
    let mut audiences = vec![Audience::Everyone];
    let mut found: Vec<(String, Rule)> = Vec::new();
    let mut replaced: Vec<Option<String>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    reader.each(
        sql!(
            "select audience, course_id, from_on, ended_at, id, duty, others, until_on, replaces
             from rule
             where created_at <= $1
             order by course_id, from_on, id"
        ),
        &params![scope.known_at],
        |row| {
            let course_id = text(row, 1)?;
            let duty = Duty::parse(text(row, 5)?).map_err(|e| Fault::of("reading the duty of a rule", e))?;
            // What is owed because of one event stands for nothing before or after it.
            let Some(layer) = layers.get(course_id).filter(|_| !duty.is_event()) else {
                return Ok(());
            };
            let audience =
                Audience::parse(text(row, 0)?).map_err(|e| Fault::of("reading the audience of a rule", e))?;
            let number = audiences.iter().position(|a| *a == audience).unwrap_or_else(|| {
                audiences.push(audience);
                audiences.len() - 1
            });
            let others: Vec<String> = serde_json::from_str(text(row, 6)?)
                .map_err(|e| Fault::of("reading the courses of a rule", e))?;
            let ended: Option<Moment> = row.get(3)?;
            let ended = ended
                .filter(|at| *at <= scope.known_at)
                .map_or(FAR, |at| at.day(&zone));
            let until: Option<Day> = row.get(7)?;
            let number = small(number as u32, "audiences")?;
            let rule = Rule {
                audience: number,
                course: small(takes.choice(courses, course_id, &others)?.into(), "courses")?,
                from: row.get(2)?,
                ended: until.map_or(ended, |last| ended.min(last + 1)),
                before: None,
            };
            places.insert(text(row, 4)?.to_owned(), found.len());
            replaced.push(row.get(8)?);
            found.push((layer.clone(), rule));
            Ok(())
        },
    )?;
    for (place, old) in replaced.iter().enumerate() {
        let old = old
            .as_ref()
            .and_then(|id| places.get(id))
            .map(|place| found[*place].1);
        found[place].1.before = old
            .filter(|old| old.course == found[place].1.course)
            .map(|old| old.audience);
    }
    facts.rules = found;
    Ok(audiences)
}

/// The layer of each course that was published.
fn layers(reader: &mut Reader, scope: &Scope) -> Result<HashMap<String, String>> {
    let zone = reader.zone()?;
    let end = scope.window.to.start(&zone);
    let mut layers: HashMap<String, String> = HashMap::new();
    reader.each(
        sql!(
            "select course_id, layer, published_at
             from edition
             where published_at <= $1
             order by course_id, number"
        ),
        &params![scope.known_at],
        |row| {
            let (course, published): (String, Moment) = (row.get(0)?, row.get(2)?);
            if published < end || !layers.contains_key(&course) {
                layers.insert(course, row.get(1)?);
            }
            Ok(())
        },
    )?;
    Ok(layers)
}

fn engagements(reader: &mut Reader, scope: &Scope, facts: &mut Facts, people: &mut Numbers) -> Result<()> {
    let mut sources = Numbers::default();
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    let visit = |row: &Row| {
        let person = people.of(text(row, 0)?);
        let kind = kind_number(text(row, 3)?);
        let (start, end) = (row.get(4)?, row.get(5)?);
        rows.push((person, Engagement { start, end, kind }));
        let source = small(sources.of(text(row, 1)?), "sources")?;
        lines.push(Line {
            person,
            source,
            key: text(row, 2)?.into(),
            kind,
            start,
            end,
        });
        Ok(())
    };
    match &scope.person {
        None => reader.each(
            sql!(
                "select person_id, source, source_key, kind, start_on, end_on
                 from engagement
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)"
            ),
            &params![scope.known_at],
            visit,
        )?,
        Some(person) => reader.each(
            sql!(
                "select person_id, source, source_key, kind, start_on, end_on
                 from engagement
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)
                 and person_id = $2"
            ),
            &params![scope.known_at, person.as_str()],
            visit,
        )?,
    }
    facts.engagements = Grouped::by_person(people.len(), rows);
    facts
        .engagements
        .sort_each(|a, b| (a.start, a.end, a.kind).cmp(&(b.start, b.end, b.kind)));
    facts.source_names = sources.texts();
    facts.lines = lines;
    Ok(())
}

fn leaves(reader: &mut Reader, scope: &Scope, people: &Numbers) -> Result<Vec<(u32, Leave)>> {
    let mut rows = Vec::new();
    let visit = |row: &Row| {
        if let Some(person) = people.known(text(row, 0)?) {
            rows.push((
                person,
                Leave {
                    from: row.get(1)?,
                    until: row.get(2)?,
                },
            ));
        }
        Ok(())
    };
    match &scope.person {
        None => reader.each(
            sql!(
                "select person_id, from_on, until_on
                 from leave
                 where recorded_at <= $1
                 and (superseded_at is null or superseded_at > $1)"
            ),
            &params![scope.known_at],
            visit,
        )?,
        Some(person) => reader.each(
            sql!(
                "select person_id, from_on, until_on
                 from leave
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

fn waivers(
    reader: &mut Reader,
    scope: &Scope,
    people: &Numbers,
    courses: &Numbers,
) -> Result<Vec<(u32, Waiver)>> {
    let mut rows = Vec::new();
    reader.each(
        sql!(
            "select w.person_id, w.course_id, w.from_on, w.until_on, w.reason, w.compensating, w.approved_by, x.ended_on
             from waiver w
             left join waiver_end x on x.waiver_id = w.id and x.ended_at <= $1
             where w.recorded_at <= $1"
        ),
        &params![scope.known_at],
        |row| {
            let (person, course) = (people.known(text(row, 0)?), courses.known(text(row, 1)?));
            let (from, until): (Day, Day) = (row.get(2)?, row.get(3)?);
            let ended: Option<Day> = row.get(7)?;
            let until = ended.map_or(until, |ended| until.min(ended - 1));
            if let (Some(person), Some(course), Some(days)) =
                (person, course, Span::inclusive(from, Some(until)))
            {
                let course = small(course, "courses")?;
                let (reason, compensating, approved_by) = (row.get(4)?, row.get(5)?, row.get(6)?);
                rows.push((
                    person,
                    Waiver {
                        course,
                        days,
                        reason,
                        compensating,
                        approved_by,
                    },
                ));
            }
            Ok(())
        },
    )?;
    Ok(rows)
}

fn sources(reader: &mut Reader, scope: &Scope, facts: &mut Facts) -> Result<()> {
    let zone = reader.zone()?;
    let mut sources: Vec<Source> = Vec::new();
    reader.each(
        sql!(
            "select name
             from source
             where created_at <= $1"
        ),
        &params![scope.known_at],
        |row| {
            sources.push(Source {
                name: row.get(0)?,
                snapshots: Vec::new(),
            });
            Ok(())
        },
    )?;
    reader.each(
        sql!(
            "select source, applied_at as read_at, id
             from roster_file f
             where applied_at <= $1
               and undoes is null
               and not exists (
                   select 1
                   from roster_file later
                   where later.undoes = f.id
                     and later.applied_at <= $1)
             union all
             select source, taken_at, id
             from source_snapshot
             where taken_at <= $1
             order by read_at, id"
        ),
        &params![scope.known_at],
        |row| {
            let name = text(row, 0)?;
            if let Some(source) = sources.iter_mut().find(|s| s.name == name) {
                source.snapshots.push(row.get::<Moment>(1)?.day(&zone));
            }
            Ok(())
        },
    )?;
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    facts.sources = sources;
    let end = scope.window.to.start(&zone);
    let open = roster::difference_note::open_at(reader, end, scope.known_at)?;
    facts.differences = open
        .into_iter()
        .map(|one| Difference {
            source: one.source,
            source_key: one.source_key,
            what: one.what,
            since: one.since.day(&zone),
            note: one.note.map(|(note, _)| note),
        })
        .collect();
    Ok(())
}
