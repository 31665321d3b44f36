//! Hears what a source says of one person at once: the same rules as a file, without a plan that waits.
//!
//! What an identity provider pushes is believed when it comes. Its brake is over the last day: ends beyond it are held for review,
//! and everything else it says is kept. A row whose person is not certain waits like a file's.
//!
//! Not here: whole files ([`crate::sync::apply`]).

use db::{Id, Refusal, Result, Tx};

use crate::held_end::{self, Outcome as Settled};
use crate::person::PersonKind;
use crate::precedence::Precedence;
use crate::snapshot::{Status, Wanted};
use crate::source::Mode;
use crate::source_setting;
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

/// Hears rows whose end somebody has looked at.
pub(crate) fn hear_reviewed(tx: &mut Tx, source: &str, rows: &[Wanted]) -> Result<Heard> {
    heard(tx, source, rows, Review::Done)
}

fn heard(tx: &mut Tx, source: &str, rows: &[Wanted], review: Review) -> Result<Heard> {
    let mut rows: Vec<&Wanted> = rows.iter().collect();
    rows.sort_by_key(|row| row.start_on.said());
    let Some(first) = rows.first().copied() else {
        return Ok(NOTHING);
    };
    let setting = source_setting::of(tx, source)?;
    let today = tx.today()?;
    let mut known = known::one(tx, source, &first.source_id, today)?;
    let mut waited = Vec::new();
    if known.is_none()
        && let Some(before) = waiting::under(tx, source, &first.source_id)?
    {
        waited = before.followed_by(&rows)?;
    }
    let rows: Vec<&Wanted> = if waited.is_empty() {
        rows
    } else {
        waited.iter().collect()
    };
    let Some(first) = rows.first().copied() else {
        return Ok(NOTHING);
    };
    if known.is_none() {
        let number = Number::of(first, &setting);
        let others = Others::about(tx, source, first, number)?;
        match others.judge(first, number, setting.engages) {
            Verdict::New => {}
            Verdict::Known(person) => {
                let mut found = Known::found(&first.source_id, person);
                known::look_around(tx, &mut found, today)?;
                known = Some(found);
            }
            Verdict::Uncertain { doubt, candidates } => {
                let wait = Wait {
                    source_id: first.source_id.clone(),
                    line: first.line,
                    name: waiting::called(first),
                    doubt,
                    candidates,
                    rows: rows.into_iter().cloned().collect(),
                    is_as_it_was: false,
                };
                waiting::keep(tx, source, &wait)?;
                return Ok(Heard {
                    person: None,
                    became: Became::Waiting,
                });
            }
        }
        waiting::forget(tx, source, &first.source_id)?;
    }
    let is_here = rows.iter().any(|row| row.status == Some(Status::Active));
    if known.is_some()
        && is_here
        && let Some(held) = held_end::find_open(tx, source, &first.source_id)?
    {
        held_end::settle(tx, &held.id, Settled::Returned, "")?;
    }
    // One voice needs no precedence, and so have most people.
    let is_alone = known
        .as_ref()
        .and_then(|known| known.around.as_ref())
        .is_none_or(|around| around.others.is_empty());
    let precedence = if is_alone {
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
    let person = known.as_ref().map(|known| known.person.clone());
    let compared = |rows: &[&Wanted]| difference::compare(&first.source_id, known.as_ref(), rows, case);
    let change = match settled(compared(&rows))? {
        Ok(change) => change,
        Err(became) => return Ok(Heard { person, became }),
    };
    if review == Review::Owed && change.ends && over_the_brakes(tx, source, &setting.brakes)? {
        let Some(person) = person else {
            return Ok(Heard {
                person,
                became: Became::LeftOut,
            });
        };
        let open: Vec<Wanted> = rows.into_iter().cloned().map(without_end).collect();
        let open: Vec<&Wanted> = open.iter().collect();
        if let Ok(change) = settled(compared(&open))? {
            written(tx, source, &change)?;
        }
        held_end::hold(tx, source, &first.source_id, &person)?;
        return Ok(Heard {
            person: Some(person),
            became: Became::EndHeld,
        });
    }
    let person = written(tx, source, &change)?;
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
