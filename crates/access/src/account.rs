//! An account: what a system calls somebody, or something, that can get in.
//!
//! The rows here are those of each system's newest list; they come and go with it. Not here: what has come of them
//! ([`crate::reconcile`]), and since when there is access ([`crate::grant`]).

use std::str::FromStr;

use db::{Day, Fault, Reader, Refusal, Result, Row, params, sql};
use serde::Serialize;

use crate::bucket::Bucket;

/// What kind of account a system says it is, or somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Person,
    Service,
    Shared,
    /// The list does not say.
    #[default]
    Unsaid,
}

impl AccountKind {
    pub const ALL: [AccountKind; 4] = [
        AccountKind::Person,
        AccountKind::Service,
        AccountKind::Shared,
        AccountKind::Unsaid,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            AccountKind::Person => "person",
            AccountKind::Service => "service",
            AccountKind::Shared => "shared",
            AccountKind::Unsaid => "unsaid",
        }
    }
}

impl FromStr for AccountKind {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<AccountKind, Refusal> {
        let found = AccountKind::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            Refusal::new(
                "account-kind",
                "The kind of an account must be person, service or shared.",
            )
            .field("kind")
        })
    }
}

/// What a list says of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What the system calls it, lower case: by this it is known from list to list.
    pub key: String,
    /// The physical line of the file on which it is said first.
    pub line: u64,
    pub login: String,
    pub email: Option<String>,
    /// By which the identity provider knows it.
    pub name_id: Option<String>,
    /// Employee number.
    pub number: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
    pub kind: AccountKind,
    /// Suspended, not yet accepted or unassigned: nobody gets in by it.
    pub inactive: bool,
    pub created_on: Option<Day>,
    pub last_seen_on: Option<Day>,
    pub mfa: Option<bool>,
}

/// An account of the newest list with what has come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sorted {
    #[serde(flatten)]
    pub account: Account,
    pub privileged: bool,
    pub person: Option<String>,
    pub linked_by: Option<String>,
    pub bucket: Bucket,
    /// Why it is there, in a sentence; nothing when it is in order.
    pub reason: String,
    /// Ids of people it could be.
    pub candidates: Vec<String>,
}

/// Beginnings, ends and whole words that people give to accounts that are not a person's.
const SERVICE_STARTS: [&str; 6] = ["svc-", "svc_", "svc.", "service-", "srv-", "bot-"];
const SERVICE_ENDS: [&str; 6] = ["[bot]", "-bot", "_bot", "-svc", "_svc", "-ci"];
const SHARED_WORDS: [&str; 10] = [
    "root",
    "admin",
    "administrator",
    "info",
    "noreply",
    "no-reply",
    "support",
    "office",
    "it",
    "breakglass",
];

/// What the name of an account suggests; a suggestion, shown as one and never taken for a fact.
pub fn looks_like(account: &Account) -> Option<AccountKind> {
    let login = account.login.to_lowercase();
    let local = login.split('@').next().unwrap_or_default();
    if local == "<root_account>" {
        return Some(AccountKind::Shared);
    }
    let parts = || local.split(['-', '_', '.']);
    if SERVICE_STARTS.iter().any(|start| local.starts_with(start))
        || SERVICE_ENDS.iter().any(|end| local.ends_with(end))
        || parts().any(|part| matches!(part, "bot" | "serviceaccount"))
    {
        return Some(AccountKind::Service);
    }
    SHARED_WORDS.contains(&local).then_some(AccountKind::Shared)
}

/// What a page or a report needs of one account.
pub fn find(reader: &mut Reader, system: &str, key: &str) -> Result<Option<Sorted>> {
    reader.one(
        sql!(
            "select account_key, line, login, email, name_id, number, name, role, privileged, kind, status, created_on,
                    last_seen_on, mfa, person_id, linked_by, bucket, reason, candidates
             from access_account
             where system = $1
               and account_key = $2"
        ),
        &params![system, key],
        read,
    )
}

/// Visits every account of a system's newest list, by its key.
pub fn each(reader: &mut Reader, system: &str, mut visit: impl FnMut(Sorted) -> Result<()>) -> Result<()> {
    reader.each(
        sql!(
            "select account_key, line, login, email, name_id, number, name, role, privileged, kind, status, created_on,
                    last_seen_on, mfa, person_id, linked_by, bucket, reason, candidates
             from access_account
             where system = $1
             order by account_key"
        ),
        &params![system],
        |row| visit(read(row)?),
    )
}

/// The accounts in one bucket after `after` in the order of keys, no more than `most`.
pub fn in_bucket(
    reader: &mut Reader,
    (system, bucket): (&str, Bucket),
    after: &str,
    most: i64,
) -> Result<Vec<Sorted>> {
    reader.rows(
        sql!(
            "select account_key, line, login, email, name_id, number, name, role, privileged, kind, status, created_on,
                    last_seen_on, mfa, person_id, linked_by, bucket, reason, candidates
             from access_account
             where system = $1
               and bucket = $2
               and account_key > $3
             order by account_key
             limit $4"
        ),
        &params![system, bucket.as_str(), after, most],
        read,
    )
}

/// How many accounts of the newest list are in each bucket.
pub fn counts(reader: &mut Reader, system: &str) -> Result<Vec<(Bucket, i64)>> {
    // bounded: there are eight buckets
    reader.rows(
        sql!(
            "select bucket, cast(count(*) as bigint)
             from access_account
             where system = $1
             group by bucket
             order by bucket"
        ),
        &params![system],
        |row| Ok((row.str(0)?.unwrap_or_default().parse()?, row.get(1)?)),
    )
}

fn read(row: &Row) -> Result<Sorted> {
    let flag = |value: Option<String>| value.map(|text| text == "yes");
    let line: i64 = row.get(1)?;
    Ok(Sorted {
        account: Account {
            key: row.get(0)?,
            line: line.unsigned_abs(),
            login: row.get(2)?,
            email: row.get(3)?,
            name_id: row.get(4)?,
            number: row.get(5)?,
            name: row.get(6)?,
            role: row.get(7)?,
            kind: stored_kind(row.str(9)?.unwrap_or_default())?,
            inactive: row.str(10)? == Some("inactive"),
            created_on: row.get(11)?,
            last_seen_on: row.get(12)?,
            mfa: flag(row.get(13)?),
        },
        privileged: row.get::<i64>(8)? == 1,
        person: row.get(14)?,
        linked_by: row.get(15)?,
        bucket: row.str(16)?.unwrap_or_default().parse()?,
        reason: row.get(17)?,
        candidates: row
            .str(18)?
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect(),
    })
}

fn stored_kind(text: &str) -> Result<AccountKind> {
    text.parse()
        .map_err(|e: Refusal| Fault::of("reading the kind of an account", e).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_robots_and_shared_accounts_are_noticed_and_names_of_people_are_not() {
        let guess = |login: &str| {
            looks_like(&Account {
                login: login.to_owned(),
                ..Account::default()
            })
        };
        for login in [
            "svc-backup",
            "dependabot[bot]",
            "release-bot",
            "project_17_bot_ab12",
        ] {
            assert_eq!(guess(login), Some(AccountKind::Service), "{login}");
        }
        for login in [
            "<root_account>",
            "root",
            "Admin@example.com",
            "noreply@example.com",
        ] {
            assert_eq!(guess(login), Some(AccountKind::Shared), "{login}");
        }
        for login in [
            "ada",
            "abbott",
            "robot.smith@example.com",
            "botha",
            "rooth",
            "svenson",
        ] {
            assert_eq!(guess(login), None, "{login}");
        }
    }
}
