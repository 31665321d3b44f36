//! What follows from what happened: the one table that looks upwards.
//!
//! Read from the ledger by a mark that moves in the same transaction in which the work is put down, so
//! nothing is missed and nothing follows twice.

use std::collections::BTreeSet;

use db::{Actor, Db, Id, Result};
use ledger::{Act, follow};
use roster::person::PersonKind;

/// Entries read at a time.
const BATCH: i64 = 5_000;
const FOLLOWER: &str = "reactions";

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// The person's assignments are reconciled.
    Person,
    /// Everybody's are.
    Everybody,
}

const REACTIONS: &[(Act, Follows)] = &[
    (Act::PersonJoined, Follows::Person),
    (Act::PersonLeft, Follows::Person),
    (Act::PersonMoved, Follows::Person),
    (Act::PersonChanged, Follows::Person),
    (Act::LeaveRecorded, Follows::Person),
    (Act::CompletionRecorded, Follows::Person),
    (Act::CompletionImported, Follows::Person),
    (Act::RuleSet, Follows::Everybody),
    (Act::RuleEnded, Follows::Everybody),
];

/// After these the lists of who can get in are held against the roster again.
const CHANGES_WHO_IS_HERE: &[Act] = &[Act::PersonJoined, Act::PersonLeft, Act::PersonChanged];

/// Does what follows from the entries since the last time; says how many entries were read.
///
/// # Errors
/// A fault of the engine.
pub async fn run(db: &Db) -> Result<usize> {
    let mut total = 0;
    loop {
        let read = db.write(Actor::Job(FOLLOWER), batch).await?;
        total += read;
        if read < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(total);
        }
    }
}

fn batch(tx: &mut db::Tx) -> Result<usize> {
    let entries = follow::next(tx, FOLLOWER, BATCH)?;
    let Some(last) = entries.last() else { return Ok(0) };
    let mut people = BTreeSet::new();
    let (mut everybody, mut roster) = (false, false);
    for entry in &entries {
        match REACTIONS.iter().find(|(act, _)| *act == entry.act) {
            Some((act, Follows::Person)) => {
                roster |= CHANGES_WHO_IS_HERE.contains(act);
                people.extend(
                    entry
                        .subject
                        .strip_prefix("person:")
                        .and_then(|id| id.parse().ok()),
                );
            }
            Some((_, Follows::Everybody)) => everybody = true,
            None => {}
        }
    }
    if everybody {
        assignments::jobs::for_all(tx)?;
    } else {
        assignments::jobs::for_people(tx, &people.into_iter().collect::<Vec<Id<PersonKind>>>())?;
    }
    if roster {
        evidence::access::after_the_roster_changed(tx)?;
    }
    follow::mark(tx, FOLLOWER, last.seq)?;
    Ok(entries.len())
}
