//! Training held against access: what the people with access lack, as the comparison of access lists asks it.
//!
//! A system may ask for a layer of courses before access begins or some days after. Its courses are those that rules ask for
//! whose current edition is of that layer, and all published ones of the layer where no rule does. Whatever else is overdue
//! counts too. What somebody is let off today does not.
//!
//! Not here: the comparison itself (crate `access`), which this only feeds.

use std::collections::{BTreeMap, BTreeSet};

use access::list::NewList;
use access::system::{Need, System};
use access::training::Training;
use access::{Outcome, list, reconcile, system};
use db::{Actor, Day, Db, Reader, Refusal, Result, Tx, params, sql};
use jobs::{Failed, Job, NewJob};

/// The kind of job that compares every system’s newest list again: days pass, and people come, go and learn.
pub const JOB: &str = "access-compare";
/// Once a day.
pub const EVERY_SECONDS: i64 = 86_400;
/// How long after the roster changed, so that many changes make one comparison.
const SETTLING_SECONDS: i64 = 600;

/// Takes a list in and compares it; whoever's access begins or ends because of it is reconciled with the rules later.
///
/// # Errors
/// A refusal of the list; a fault of the engine.
pub fn import(tx: &mut Tx, new: NewList) -> Result<Outcome> {
    let training = training(tx, new.system.terms.need.as_ref())?;
    let outcome = list::import(tx, new, &training)?;
    follow(tx, &outcome)?;
    Ok(outcome)
}

/// Compares a system's newest list again; `None` when it has none.
///
/// # Errors
/// A fault of the engine.
pub fn again(tx: &mut Tx, system: &System) -> Result<Option<Outcome>> {
    let training = training(tx, system.terms.need.as_ref())?;
    let outcome = reconcile(tx, system, &training)?;
    if let Some(outcome) = &outcome {
        follow(tx, outcome)?;
    }
    Ok(outcome)
}

/// Puts down that the lists are to be compared again, now that the roster has changed.
///
/// # Errors
/// A fault of the engine.
pub fn after_the_roster_changed(tx: &mut Tx) -> Result<()> {
    if system::all(tx)?.is_empty() {
        return Ok(());
    }
    let job = NewJob {
        kind: JOB,
        dedup_key: "roster".to_owned(),
        payload: String::new(),
        run_at: tx.now().plus_seconds(SETTLING_SECONDS),
    };
    jobs::enqueue(tx, &job)
}

/// Compares every system's newest list again, each in its own transaction.
///
/// # Errors
/// Retry after a fault of the engine.
pub async fn run(db: Db, _: Job) -> std::result::Result<(), Failed> {
    for system in db.read(system::all).await? {
        db.write(Actor::Job(JOB), move |tx| again(tx, &system)).await?;
    }
    Ok(())
}

/// Rules can ask for training because of access, so a grant that begins, ends or is found to be somebody's is followed up.
fn follow(tx: &mut Tx, outcome: &Outcome) -> Result<()> {
    let asked = outcome.grants_changed
        && assignments::rule::list(tx)?
            .iter()
            .any(|rule| rule.audience.asks_for_grants());
    if asked {
        assignments::jobs::for_all(tx)?;
    }
    Ok(())
}

/// The system of this name as it is known, or as a new one would be.
///
/// # Errors
/// A refusal of the name; a fault of the engine.
pub fn system_named(reader: &mut Reader, name: &str) -> Result<System> {
    let name = system::named(name)?;
    Ok(system::find(reader, &name)?.unwrap_or_else(|| System {
        name,
        terms: system::Terms::default(),
    }))
}

/// The layers of the courses that are published, by name.
///
/// # Errors
/// A fault of the engine.
pub fn layers(reader: &mut Reader) -> Result<BTreeSet<String>> {
    Ok(layer_of_each(reader)?.into_values().collect())
}

/// Refuses a layer that no published course is of.
///
/// # Errors
/// A refusal that names the layers there are; a fault of the engine.
pub fn permit_layer(reader: &mut Reader, layer: &str) -> Result<()> {
    let known = layers(reader)?;
    if known.contains(layer) {
        return Ok(());
    }
    let known: Vec<String> = known.into_iter().collect();
    let sentence = format!(
        "No published course is of the layer {layer}. There are {}.",
        known.join(", ")
    );
    Err(Refusal::new("no-such-layer", sentence).field("layer").into())
}

/// What decides whether access came before training.
fn training(reader: &mut Reader, need: Option<&Need>) -> Result<Training> {
    let today = reader.today()?;
    let mut training = Training::default();
    if let Some(need) = need {
        training.courses = courses(reader, &need.layer)?;
        done(reader, today, &mut training)?;
    }
    waived(reader, today, &mut training)?;
    overdue(reader, today, &mut training)?;
    Ok(training)
}

fn layer_of_each(reader: &mut Reader) -> Result<BTreeMap<String, String>> {
    let mut layers = BTreeMap::new();
    reader.each(
        sql!(
            "select course_id, layer
             from edition
             order by course_id, number"
        ),
        &params![],
        |row| {
            layers.insert(row.get(0)?, row.get(1)?);
            Ok(())
        },
    )?;
    Ok(layers)
}

fn courses(reader: &mut Reader, layer: &str) -> Result<Vec<String>> {
    let of_layer: BTreeSet<String> = layer_of_each(reader)?
        .into_iter()
        .filter(|(_, one)| one == layer)
        .map(|(course, _)| course)
        .collect();
    let mut asked = BTreeSet::new();
    reader.each(
        sql!(
            "select distinct course_id
             from rule
             where ended_at is null"
        ),
        &params![],
        |row| {
            asked.insert(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    let both: Vec<String> = of_layer.intersection(&asked).cloned().collect();
    Ok(if both.is_empty() {
        of_layer.into_iter().collect()
    } else {
        both
    })
}

fn done(reader: &mut Reader, today: Day, training: &mut Training) -> Result<()> {
    let courses = training.courses.clone();
    for (place, course) in courses.iter().enumerate() {
        reader.each(
            sql!(
                "select person_id, min(occurred_on)
                 from completion
                 where course_id = $1
                   and passed = 1
                   and occurred_on <= $2
                 group by person_id"
            ),
            &params![course.as_str(), today],
            |row| {
                let days = training
                    .done
                    .entry(row.get(0)?)
                    .or_insert_with(|| vec![None; courses.len()]);
                days[place] = row.get(1)?;
                Ok(())
            },
        )?;
    }
    Ok(())
}

fn waived(reader: &mut Reader, today: Day, training: &mut Training) -> Result<()> {
    for (person, course) in assignments::waiver::waived(reader, today)? {
        training.waived.entry(person).or_default().push(course);
    }
    Ok(())
}

/// Of what is overdue, the oldest for each person; by course where several are as old.
fn overdue(reader: &mut Reader, today: Day, training: &mut Training) -> Result<()> {
    let mut oldest: Vec<(String, Day, String)> = Vec::new();
    reader.each(
        sql!(
            "select person_id, due_on, course_id
             from assignment_open
             where due_on < $1"
        ),
        &params![today],
        |row| {
            oldest.push((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok(())
        },
    )?;
    oldest.sort();
    for (person, due, course) in oldest {
        let let_off = training
            .waived
            .get(&person)
            .is_some_and(|courses| courses.contains(&course));
        if !let_off {
            training.overdue.entry(person).or_insert((course, due));
        }
    }
    Ok(())
}
