//! Hears what a source says of one person at once: the same rules as a file, without a plan that waits.
//!
//! What an identity provider pushes is believed when it comes. Its brake is over the last day: ends beyond it are held for review,
//! and everything else it says is kept. A row whose person is not certain waits like a file's.
//!
//! Not here: whole files ([`crate::sync::apply`]).

use std::collections::BTreeSet;

use db::{Id, Reader, Refusal, Result, Tx};

use crate::held_end::{self, Outcome as Settled};
use crate::person::PersonKind;
use crate::precedence::Precedence;
use crate::snapshot::{Status, Wanted};
use crate::source::Mode;
use crate::source_setting::{self, SourceKind, SourceSetting};
use crate::sync::difference::{self, Case, Outcome};
use crate::sync::known::{self, Known};
use crate::sync::matching::{Number, Others, Verdict};
use crate::sync::{Change, Sort, Wait, write};
use crate::waiting;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// `None` while it is not certain who it is, or they are left out.
    pub person: Option<Id<PersonKind>>,
    pub became: Became,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It was known already.
    Same,
    Written(Sort),
    /// It waits until somebody has said who it is.
    Waiting,
    /// Everything but the end is written; the end waits for review.
    EndHeld,
    /// They had ended before we knew them, and nobody says when.
    LeftOut,
}

/// No row was said.
const NOTHING: Heard = Heard {
    person: None,
    became: Became::Same,
};

/// Whether an end over the brakes is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Review {
    Owed,
    Done,
}

/// Hears the rows of one person, all with the same key. The source has been added.
///
/// # Errors
/// A refusal when a row contradicts itself or the roster.
pub fn hear(tx: &mut Tx, source: &str, rows: &[Wanted]) -> Result<Heard> {
    heard(tx, source, rows, Review::Owed)
}

/// [`hear`] for a key that the source is thought never to have spoken of: what only such a one has asked is asked with the rest.
/// Where the thought is wrong, or the source is of another kind than those who push usually are, it is asked again.
///
/// # Errors
/// As for [`hear`].
pub fn hear_new(tx: &mut Tx, source: &str, row: Wanted) -> Result<Heard> {
    tx.ahead(|reader| {
        ask(reader, source, &row.source_id)?;
        ask_who(
            reader,
            source,
            &row,
            &SourceSetting::usual(SourceKind::IdentityProvider),
        )
    })?;
    hear(tx, source, &[row])
}

/// Hears rows whose end somebody has looked at.
pub(crate) fn hear_reviewed(tx: &mut Tx, source: &str, rows: &[Wanted]) -> Result<Heard> {
    heard(tx, source, rows, Review::Done)
}

/// Reads at once what hearing of each of these keys is going to read.
///
/// Whoever writes about a person has asked what is around them, and each answer is found once: who comes second about the same
/// person asks again.
///
/// # Errors
/// A fault of the engine.
pub fn foresee(tx: &mut Tx, source: &str, keys: &BTreeSet<&str>) -> Result<()> {
    let known = tx.foresee(|reader| keys.iter().map(|key| ask(reader, source, key)).collect())?;
    let known: Vec<Option<Id<PersonKind>>> = known.unwrap_or_default();
    let people: BTreeSet<Id<PersonKind>> = known.into_iter().flatten().collect();
    let today = tx.today()?;
    tx.foresee(|reader| {
        people
            .iter()
            .try_for_each(|person| known::ask_around(reader, person, today))
    })?;
    Ok(())
}

/// Asks what hearing begins with.
fn ask(reader: &mut Reader, source: &str, key: &str) -> Result<Option<Id<PersonKind>>> {
    source_setting::of(reader, source)?;
    reader.today()?;
    let person = known::ask_one(reader, source, key)?;
    held_end::find_open(reader, source, key)?;
    Ok(person)
}

/// Asks who somebody could be whom the source has never spoken of.
fn ask_who(reader: &mut Reader, source: &str, row: &Wanted, setting: &SourceSetting) -> Result<()> {
    waiting::under(reader, source, &row.source_id)?;
    Others::about(reader, source, row, Number::of(row, setting)).map(|_| ())
}

fn heard(tx: &mut Tx, source: &str, rows: &[Wanted], review: Review) -> Result<Heard> {
    let mut rows: Vec<&Wanted> = rows.iter().collect();
    rows.sort_by_key(|row| row.start_on.said());
    let Some(key) = rows.first().map(|row| row.source_id.as_str()) else {
        return Ok(NOTHING);
    };
    tx.ahead(|reader| ask(reader, source, key).map(|_| ()))?;
    let setting = source_setting::of(tx, source)?;
    let today = tx.today()?;
    let mut known = known::one(tx, source, key, today)?;
    let mut waited = Vec::new();
    if known.is_none() {
        tx.ahead(|reader| ask_who(reader, source, rows[0], &setting))?;
        if let Some(before) = waiting::under(tx, source, key)? {
            waited = before.followed_by(&rows)?;
        }
        if !waited.is_empty() {
            rows = waited.iter().collect();
        }
        match meet(tx, source, &rows, &setting)? {
            Met::Person(found) => known = found.map(|found| *found),
            Met::Waits => {
                return Ok(Heard {
                    person: None,
                    became: Became::Waiting,
                });
            }
        }
    } else {
        returned(tx, source, &rows)?;
    }
    // One voice needs no precedence, and so have most people.
    let around = known.as_ref().and_then(|known| known.around.as_ref());
    let precedence = if around.is_none_or(|around| around.others.is_empty()) {
        Precedence::default()
    } else {
        Precedence::load(tx)?
    };
    let case = Case {
        source,
        today,
        mode: Mode::Delta,
        setting: &setting,
        precedence: &precedence,
    };
    believe(tx, known.as_ref(), &rows, (case, review))
}

/// Who somebody is whom the source has never spoken of.
enum Met {
    /// Somebody on the roster, or somebody new.
    Person(Option<Box<Known>>),
    Waits,
}

fn meet(tx: &mut Tx, source: &str, rows: &[&Wanted], setting: &SourceSetting) -> Result<Met> {
    let Some(first) = rows.first().copied() else {
        return Ok(Met::Person(None));
    };
    let number = Number::of(first, setting);
    let others = Others::about(tx, source, first, number)?;
    let met = match others.judge(first, number, setting.engages) {
        Verdict::New => Met::Person(None),
        Verdict::Known(person) => {
            let mut found = Known::found(&first.source_id, person);
            let today = tx.today()?;
            known::look_around(tx, &mut found, today)?;
            Met::Person(Some(Box::new(found)))
        }
        Verdict::Uncertain { doubt, candidates } => {
            let wait = Wait {
                source_id: first.source_id.clone(),
                line: first.line,
                name: waiting::called(first),
                doubt,
                candidates,
                rows: rows.iter().map(|row| (*row).clone()).collect(),
                is_as_it_was: false,
            };
            waiting::keep(tx, source, &wait)?;
            return Ok(Met::Waits);
        }
    };
    waiting::forget(tx, source, &first.source_id)?;
    Ok(met)
}

/// Takes back an end that waits for review, when the source says that the person is here.
fn returned(tx: &mut Tx, source: &str, rows: &[&Wanted]) -> Result<()> {
    if let Some(row) = rows.iter().find(|row| row.status == Some(Status::Active))
        && let Some(held) = held_end::find_open(tx, source, &row.source_id)?
    {
        held_end::settle(tx, &held.id, Settled::Returned, "")?;
    }
    Ok(())
}

/// Writes what the rows change, but for an end over the brakes.
fn believe(
    tx: &mut Tx,
    known: Option<&Known>,
    rows: &[&Wanted],
    (case, review): (Case<'_>, Review),
) -> Result<Heard> {
    let Some(key) = rows.first().map(|row| row.source_id.as_str()) else {
        return Ok(NOTHING);
    };
    let person = known.map(|known| known.person.clone());
    let change = match settled(difference::compare(key, known, rows, case))? {
        Ok(change) => change,
        Err(became) => return Ok(Heard { person, became }),
    };
    let over =
        change.ends && review == Review::Owed && over_the_brakes(tx, case.source, &case.setting.brakes)?;
    if let Some(person) = person.filter(|_| over) {
        let open: Vec<Wanted> = rows.iter().map(|row| without_end((*row).clone())).collect();
        let open: Vec<&Wanted> = open.iter().collect();
        if let Ok(change) = settled(difference::compare(key, known, &open, case))? {
            written(tx, case.source, &change)?;
        }
        held_end::hold(tx, case.source, key, &person)?;
        return Ok(Heard {
            person: Some(person),
            became: Became::EndHeld,
        });
    }
    let person = written(tx, case.source, &change)?;
    Ok(Heard {
        person: Some(person),
        became: Became::Written(change.sort),
    })
}

fn written(tx: &mut Tx, source: &str, change: &Change) -> Result<Id<PersonKind>> {
    write::one(tx, write::Said { source, file: None }, change)
}

/// The change, or what else came of comparing.
fn settled(outcome: Outcome) -> Result<std::result::Result<Box<Change>, Became>> {
    Ok(match outcome {
        Outcome::Differs { change, .. } => Ok(change),
        Outcome::Same | Outcome::Silent | Outcome::LookAround => Err(Became::Same),
        Outcome::LeftOut => Err(Became::LeftOut),
        Outcome::Refused(row) => {
            return Err(Refusal::new("roster-row", row.reason).into());
        }
    })
}

fn over_the_brakes(tx: &mut Tx, source: &str, brakes: &crate::sync::brake::Brakes) -> Result<bool> {
    let (ended, here) = held_end::recent(tx, source)?;
    Ok(brakes.exceeds(ended + 1, here, brakes.ends_percent))
}

/// What the row says but for its end.
fn without_end(mut row: Wanted) -> Wanted {
    row.status = row.status.filter(|status| *status != Status::Ended);
    row.end_on = crate::snapshot::Cell::Unsaid;
    row
}
