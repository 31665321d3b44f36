//! Reconciling holds a system's newest list against the roster, in one transaction: whose is each account, where does it stand,
//! what is a finding, what is granted to whom; and leaves a record.
//!
//! Doing it again changes nothing while list, roster, training and decisions are the same.
//!
//! Not here: the judgement of one account ([`crate::bucket`]).

use std::collections::HashMap;

use db::{Result, Tx, Value, params, sql};
use serde::Serialize;

use crate::account::{self, Account, Sorted};
use crate::bucket::{Bench, Bucket};
use crate::decision;
use crate::finding;
use crate::grant::{self, Wanted};
use crate::list::{self, List};
use crate::people::{People, is_here};
use crate::question;
use crate::record::{self, Counts};
use crate::system::{Need, System};
use crate::training::Training;

/// Accounts that stand otherwise than before are put down one by one up to so many; more, and all are put down again.
const SINGLY_MAX: usize = 200;

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub system: String,
    pub list: String,
    pub file_name: String,
    pub file_sha256: String,
    pub snapshot_on: db::Day,
    pub counts: Counts,
    pub accounts: Vec<Sorted>,
    /// Whether anybody's access began, ended or was found to be somebody's.
    pub grants_changed: bool,
}

/// Compares a system's newest list again; `None` when it has none.
///
/// # Errors
/// A fault of the engine.
pub fn reconcile(tx: &mut Tx, system: &System, training: &Training) -> Result<Option<Outcome>> {
    let Some(list) = list::newest(tx, &system.name)? else {
        return Ok(None);
    };
    let mut before = Vec::new();
    account::each(tx, &system.name, |sorted| {
        before.push(sorted);
        Ok(())
    })?;
    let accounts = before.iter().map(|sorted| sorted.account.clone()).collect();
    let outcome = judged(tx, (system, &list), accounts, training)?;
    let changed: Vec<&Sorted> = outcome
        .accounts
        .iter()
        .zip(&before)
        .filter(|(now, then)| now != then)
        .map(|(now, _)| now)
        .collect();
    if changed.len() > SINGLY_MAX {
        put_down(tx, &system.name, outcome.accounts.iter())?;
    } else {
        for sorted in changed {
            put_singly(tx, &system.name, sorted)?;
        }
    }
    Ok(Some(outcome))
}

/// Compares the accounts of a list that has just come in.
pub(crate) fn with_accounts(
    tx: &mut Tx,
    about: (&System, &List),
    mut accounts: Vec<Account>,
    training: &Training,
) -> Result<Outcome> {
    accounts.sort_by(|a, b| a.key.cmp(&b.key));
    let outcome = judged(tx, about, accounts, training)?;
    put_down(tx, &about.0.name, outcome.accounts.iter())?;
    Ok(outcome)
}

fn judged(
    tx: &mut Tx,
    (system, list): (&System, &List),
    accounts: Vec<Account>,
    training: &Training,
) -> Result<Outcome> {
    let today = tx.today()?;
    let people = People::load(tx, today)?;
    let decisions = decision::standing(tx, &system.name)?;
    let open = grant::open(tx, &system.name)?;
    let bench = Bench {
        people: &people,
        training,
        need: system.terms.need.as_ref().map(|need: &Need| need.by),
        snapshot_on: list.snapshot_on,
        today,
    };
    let mut sorted = Vec::with_capacity(accounts.len());
    let mut links = Vec::with_capacity(accounts.len());
    for account in accounts {
        let (began, _) = open.began(&account.key, account.created_on, list.snapshot_on);
        let judged = bench.judge(&account, decisions.get(&account.key), began);
        let id = |place: u32| people.at(place).id.to_string();
        links.push(judged.person.map(|(_, by)| by.as_str()));
        sorted.push(Sorted {
            privileged: system.terms.is_privileged(account.role.as_deref()),
            person: judged.person.map(|(place, _)| id(place)),
            linked_by: judged.person.map(|(_, by)| by.as_str().to_owned()),
            bucket: judged.bucket,
            reason: judged.reason,
            candidates: judged.candidates.into_iter().map(id).collect(),
            account,
        });
    }
    let wanted = sorted
        .iter()
        .zip(&links)
        .filter(|(one, _)| !one.account.inactive)
        .map(|(one, by)| Wanted {
            account: &one.account.key,
            login: &one.account.login,
            person: one.person.as_deref(),
            linked_by: *by,
            privileged: one.privileged,
            role: one.account.role.as_deref(),
            created_on: one.account.created_on,
        });
    let plan = open.plan(&system.name, list.snapshot_on, wanted);
    let grants_changed = !plan.is_empty();
    grant::apply(tx, plan, &list.id)?;
    let now: HashMap<&str, Bucket> = sorted
        .iter()
        .map(|one| (one.account.key.as_str(), one.bucket))
        .collect();
    finding::follow(tx, (&system.name, system.terms.owner_email.as_deref()), &now)?;
    let holding = decisions
        .values()
        .filter(|decision| decision.holds_on(today))
        .count() as u64;
    let counts = counted(tx, (list, &people), &sorted, holding)?;
    record::keep(tx, list, &counts, &record::digest(sorted.iter()))?;
    Ok(Outcome {
        system: system.name.clone(),
        list: list.id.to_string(),
        file_name: list.file_name.clone(),
        file_sha256: list.file_sha256.clone(),
        snapshot_on: list.snapshot_on,
        counts,
        accounts: sorted,
        grants_changed,
    })
}

fn counted(
    tx: &mut Tx,
    (list, people): (&List, &People),
    sorted: &[Sorted],
    decisions: u64,
) -> Result<Counts> {
    let known = question::with_access(tx)?;
    let without = people
        .all
        .iter()
        .filter(|one| is_here(one.standing) && !known.contains(one.id.as_str()))
        .count();
    let mut counts = Counts {
        rows: list.rows,
        accounts: list.accounts,
        people_without_access: without as u64,
        people_here: people.here(),
        decisions,
        ..Counts::default()
    };
    for one in sorted {
        *counts.buckets.entry(one.bucket.as_str().to_owned()).or_default() += 1;
    }
    Ok(counts)
}

fn put_down<'a>(tx: &mut Tx, system: &str, accounts: impl Iterator<Item = &'a Sorted>) -> Result<()> {
    tx.execute(
        sql!("delete from access_account where system = $1"),
        &params![system],
    )?;
    tx.execute_many(
        sql!(
            "insert into access_account (system, account_key, line, login, email, name_id, number, name, role, privileged, kind,
                 status, created_on, last_seen_on, mfa, person_id, linked_by, bucket, reason, candidates)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
        ),
        accounts.map(|one| values(system, one)),
    )?;
    Ok(())
}

fn put_singly(tx: &mut Tx, system: &str, one: &Sorted) -> Result<()> {
    tx.execute(
        sql!(
            "update access_account
             set person_id = $1, linked_by = $2, bucket = $3, reason = $4, candidates = $5, privileged = $6
             where system = $7
               and account_key = $8"
        ),
        &params![
            &one.person,
            &one.linked_by,
            one.bucket.as_str(),
            one.reason.as_str(),
            one.candidates.join(" "),
            i64::from(one.privileged),
            system,
            one.account.key.as_str()
        ],
    )?;
    Ok(())
}

fn values(system: &str, one: &Sorted) -> Vec<Value> {
    let account = &one.account;
    let mfa = account.mfa.map(|on| if on { "yes" } else { "no" });
    params![
        system,
        account.key.as_str(),
        i64::try_from(account.line).unwrap_or(i64::MAX),
        account.login.as_str(),
        &account.email,
        &account.name_id,
        &account.number,
        &account.name,
        &account.role,
        i64::from(one.privileged),
        account.kind.as_str(),
        if account.inactive { "inactive" } else { "active" },
        account.created_on,
        account.last_seen_on,
        mfa,
        &one.person,
        &one.linked_by,
        one.bucket.as_str(),
        one.reason.as_str(),
        one.candidates.join(" ")
    ]
    .to_vec()
}
