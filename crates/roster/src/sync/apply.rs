//! Applies a plan in one transaction: everything it says is written, with an entry for each person, or nothing is.
//!
//! The plan is made again from the rows as they are in the transaction. What was approved is its id, so a roster or a file that
//! changed since is refused. A held plan is approved by somebody other than whoever sent it, and no plan takes away the last owner.
//!
//! Not here: what the plan says ([`crate::sync::walk`]) and the rows it writes ([`crate::sync::write`]).

#[cfg(test)]
mod tests;

use db::{Id, Refusal, Result, Tx};

use crate::person::PersonKind;
use crate::roster_file::{self, NewFile, RosterFileKind};
use crate::snapshot::Snapshot;
use crate::source;
use crate::source_setting;
use crate::sync::{Plan, Settings, write};
use crate::waiting;

pub use crate::sync::walk::plan_now;

/// People written at a time: bounds memory, and few enough statements not to matter.
const CHUNK: usize = 2_000;
/// Held reasons a refusal names; the plan lists them all.
const NAMED_MAX: usize = 3;

/// A file that is to be applied.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    pub source: &'a str,
    pub settings: Settings,
    pub snapshot: &'a Snapshot,
    pub file_name: &'a str,
    /// Hex SHA-256 of the file's bytes.
    pub file_sha256: &'a str,
    pub approval: Option<Approval<'a>>,
}

/// That somebody has looked at exactly this plan.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    pub plan: &'a str,
    /// Why a held plan is right nevertheless; empty on the command line.
    pub reason: &'a str,
    /// Who sent the file, as the ledger names them; `None` when it was not sent from a page.
    pub sent_by: Option<&'a str>,
}

/// What was applied.
#[derive(Debug, Clone)]
pub struct Applied {
    pub plan: Plan,
    pub file: Id<RosterFileKind>,
}

/// Writes what the file changes.
///
/// # Errors
/// A refusal when a row is refused, when the plan is not the approved one, when it is held and not approved by somebody else, or
/// when it would end every owner's access.
pub fn apply(tx: &mut Tx, application: &Application<'_>) -> Result<Applied> {
    let plan = plan_now(tx, application.source, application.snapshot, application.settings)?;
    permit(tx, &plan, application.approval)?;
    keep_an_owner(tx, &plan)?;
    source::ensure(tx, application.source, application.settings.mode)?;
    let file = tx.new_id::<RosterFileKind>();
    let said = write::Said {
        source: application.source,
        file: Some(&file),
    };
    for changes in plan.changes.chunks(CHUNK) {
        write::many(tx, said, changes)?;
    }
    waiting::write(tx, application.source, &plan.waits, &plan.settled)?;
    if !plan.changes_nothing() {
        waiting::hear_again(tx, application.source)?;
    }
    let new = NewFile {
        id: &file,
        file_name: application.file_name,
        file_sha256: application.file_sha256,
        plan: &plan,
    };
    roster_file::add(tx, &new, application.approval)?;
    Ok(Applied { plan, file })
}

fn permit(tx: &mut Tx, plan: &Plan, approval: Option<Approval<'_>>) -> Result<()> {
    if let Some(first) = plan.refused.first() {
        let column = if first.column.is_empty() {
            String::new()
        } else {
            format!(", {}", first.column)
        };
        let more = plan.refused.len() - 1;
        let rest = if more > 0 {
            format!(" {more} more cells are listed in the plan.")
        } else {
            String::new()
        };
        let sentence = format!(
            "Nothing was changed, because a row cannot be read. Line {}{column}: {}{rest}",
            first.line, first.reason
        );
        return Err(Refusal::new("roster-rows-refused", sentence).field("file").into());
    }
    match approval {
        Some(approval) if approval.plan != plan.id => Err(Refusal::new(
            "plan-changed",
            "The roster, the file or the day has changed since this plan was made. Look at the new plan and approve that one.",
        )
        .field("approve")
        .into()),
        None if !plan.held.is_empty() => Err(Refusal::new(
            "plan-held",
            format!(
                "Nothing was changed, because the plan is held. {} To apply it nevertheless, approve the plan {}.",
                plan.held.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(" "),
                plan.id
            ),
        )
        .field("approve")
        .into()),
        Some(approval) if !plan.held.is_empty() => second(tx, plan, approval),
        _ => Ok(()),
    }
}

/// Nobody approves their own held plan, unless the source's brakes say that one is enough.
fn second(tx: &mut Tx, plan: &Plan, approval: Approval<'_>) -> Result<()> {
    let wants_second = source_setting::of(tx, &plan.source)?.brakes.second_approver;
    let by = tx.actor().to_string();
    if wants_second && approval.sent_by == Some(by.as_str()) {
        return Err(Refusal::new(
            "second-approver",
            "You sent this file, so somebody else has to approve it. Ask another owner to open this page within a day.",
        )
        .field("approve")
        .into());
    }
    Ok(())
}

/// A roster that lets everybody in charge go leaves nobody who could put it right.
fn keep_an_owner(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let leaving: Vec<&Id<PersonKind>> = plan
        .changes
        .iter()
        .filter(|change| change.sort == crate::sync::Sort::Leaves)
        .filter_map(|change| change.person.as_ref())
        .collect();
    if leaving.is_empty() {
        return Ok(());
    }
    let owners = identity::role::owners(tx)?;
    let stays = |person: &Option<String>| {
        person
            .as_ref()
            .is_none_or(|person| !leaving.iter().any(|leaving| leaving.as_str() == person))
    };
    if owners.is_empty() || owners.iter().any(stays) {
        return Ok(());
    }
    Err(Refusal::new(
        "last-owner",
        "Nothing was changed: every owner of this installation would leave. Make somebody who stays an owner first, or correct the file.",
    )
    .field("file")
    .into())
}
