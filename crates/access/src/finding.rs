//! A finding: an account that is not in order, with who has to see to it and by when, until it is in order or decided about.
//!
//! It lasts from list to list; the same account in another bucket is another finding. Rows are insert-only, and an end says why.
//!
//! Not here: why an account is not in order ([`crate::bucket`]).

use std::collections::HashMap;

use db::{Day, Id, Kind, Reader, Result, Tx, params, sql};

use crate::bucket::Bucket;

/// The id kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {}

impl Kind for FindingKind {
    const PREFIX: &'static str = "acf";
}

/// Days to see to it: access of somebody who has left is for the next day, a robot's owner can take a month to find.
const DAYS: [(Bucket, i32); 5] = [
    (Bucket::A, 14),
    (Bucket::B, 1),
    (Bucket::C, 14),
    (Bucket::E, 30),
    (Bucket::F, 14),
];

/// What is open about one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: Id<FindingKind>,
    pub bucket: Bucket,
    pub owner_email: Option<String>,
    pub found_on: Day,
    pub due_on: Day,
}

/// Open findings of a system by account.
pub type Open = HashMap<String, Finding>;

/// Everything open in a system; one finding an account.
pub fn open(reader: &mut Reader, system: &str) -> Result<Open> {
    let mut open = Open::new();
    reader.each(
        sql!(
            "select f.account_key, f.id, f.bucket, f.owner_email, f.found_on, f.due_on
             from access_finding f
             left join access_finding_end e on e.finding_id = f.id
             where f.system = $1
               and e.finding_id is null"
        ),
        &params![system],
        |row| {
            let finding = Finding {
                id: row.get(1)?,
                bucket: row.str(2)?.unwrap_or_default().parse()?,
                owner_email: row.get(3)?,
                found_on: row.get(4)?,
                due_on: row.get(5)?,
            };
            open.insert(row.get(0)?, finding);
            Ok(())
        },
    )?;
    Ok(open)
}

/// Ends what is a finding no longer and opens what has become one. `now` says of each account of the list where it stands.
pub(crate) fn follow(
    tx: &mut Tx,
    (system, owner_email): (&str, Option<&str>),
    now: &HashMap<&str, Bucket>,
) -> Result<()> {
    let mut open = open(tx, system)?;
    let (today, at) = (tx.today()?, tx.now());
    let mut ends: Vec<(Id<FindingKind>, &str)> = Vec::new();
    open.retain(|account, finding| {
        let bucket = now.get(account.as_str()).copied();
        if bucket == Some(finding.bucket) {
            return true;
        }
        ends.push((finding.id.clone(), why(bucket)));
        false
    });
    ends.sort();
    let rows = ends.iter().map(|(id, why)| params![id, *why, at].to_vec());
    tx.execute_many(
        sql!("insert into access_finding_end (finding_id, why, ended_at) values ($1, $2, $3)"),
        rows,
    )?;
    let mut found: Vec<(&str, Bucket)> = now
        .iter()
        .filter(|(account, bucket)| bucket.is_finding() && !open.contains_key(**account))
        .map(|(account, bucket)| (*account, *bucket))
        .collect();
    found.sort_unstable();
    let mut rows = Vec::with_capacity(found.len());
    for (account, bucket) in found {
        let id = tx.new_id::<FindingKind>();
        rows.push(
            params![
                &id,
                system,
                account,
                bucket.as_str(),
                owner_email,
                today,
                due(bucket, today),
                at
            ]
            .to_vec(),
        );
    }
    tx.execute_many(
        sql!(
            "insert into access_finding (id, system, account_key, bucket, owner_email, found_on, due_on, found_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        rows,
    )?;
    Ok(())
}

/// The last day to see to a finding of that day.
pub fn due(bucket: Bucket, found_on: Day) -> Day {
    let days = DAYS.iter().find(|(one, _)| *one == bucket);
    found_on + days.map_or(0, |(_, days)| *days)
}

fn why(bucket: Option<Bucket>) -> &'static str {
    match bucket {
        None | Some(Bucket::Inactive) => "gone",
        Some(Bucket::Excluded) => "decided",
        Some(Bucket::InOrder) => "in_order",
        Some(_) => "other",
    }
}
