//! What somebody decided about an account: whose it is, that it is a service or shared account with an owner, or that it is left
//! out for a while.
//!
//! Insert-only: the newest about an account counts, as long as it holds; taking one back is a decision too. Whoever leaves an
//! account out of the comparison does not decide about their own.
//!
//! Not here: what follows from it ([`crate::bucket`]).

use std::collections::HashMap;
use std::str::FromStr;

use db::{Day, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};
use serde_json::json;

use crate::account;

const REASON_CHARS_MAX: usize = 500;
/// Nobody vouches for an account for longer than this without looking again.
const HOLDS_DAYS_MAX: i32 = 366;
/// A page of an account's history.
const LISTED_MAX: i64 = 100;

/// The id kind of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {}

impl Kind for DecisionKind {
    const PREFIX: &'static str = "acd";
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// The account is this person's.
    Person,
    /// No person's own, and this person answers for it.
    Service,
    Shared,
    /// Left out of the comparison.
    Excluded,
    /// What was decided before holds no longer.
    Withdrawn,
}

/// A decision as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub what: What,
    pub person: Option<Id<PersonKind>>,
    pub reason: String,
    /// The last day it holds.
    pub until_on: Option<Day>,
    pub decided_at: Moment,
    pub decided_by: String,
}

/// A decision to be made.
#[derive(Debug, Clone)]
pub struct NewDecision {
    pub system: String,
    pub account: String,
    pub what: What,
    pub person: Option<Id<PersonKind>>,
    pub reason: String,
    pub until_on: Option<Day>,
    /// Who decides, when they are on the roster.
    pub decider: Option<Id<PersonKind>>,
}

impl What {
    const ALL: [What; 5] = [
        What::Person,
        What::Service,
        What::Shared,
        What::Excluded,
        What::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            What::Person => "person",
            What::Service => "service",
            What::Shared => "shared",
            What::Excluded => "excluded",
            What::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for What {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<What, Refusal> {
        let found = What::ALL.into_iter().find(|what| what.as_str() == text);
        found.ok_or_else(|| Refusal::new("decision-what", "Choose what holds for the account.").field("what"))
    }
}

impl Decision {
    pub fn holds_on(&self, day: Day) -> bool {
        self.what != What::Withdrawn && self.until_on.is_none_or(|until| day <= until)
    }
}

/// Records a decision; nothing follows from it until the list is compared again.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn decide(tx: &mut Tx, new: &NewDecision) -> Result<Id<DecisionKind>> {
    let account = account::find(tx, &new.system, &new.account)?.ok_or_else(|| {
        Refusal::new(
            "account-unknown",
            "This account is in the system’s newest list no longer.",
        )
    })?;
    let own = account.person.is_some() && account.person.as_deref() == new.decider.as_ref().map(Id::as_str);
    if own && matches!(new.what, What::Excluded | What::Service | What::Shared) {
        return Err(Refusal::new(
            "decision-own",
            "This is your own account, so another owner has to decide about it.",
        )
        .into());
    }
    let today = tx.today()?;
    permit(new, today)?;
    permit_person(tx, new, today)?;
    let id = tx.new_id::<DecisionKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    let reason = new.reason.trim();
    tx.execute(
        sql!(
            "insert into access_decision (id, system, account_key, what, person_id, reason, until_on, decided_at, decided_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![&id, &new.system, &new.account, new.what.as_str(), &new.person, reason, new.until_on, now, by],
    )?;
    let payload = json!({
        "decision": id,
        "what": new.what.as_str(),
        "person": new.person,
        "until_on": new.until_on,
        "reason": reason,
    });
    ledger::record(
        tx,
        Entry::about(Act::AccessDecided, format!("access:{}", new.system)).payload(payload),
    )?;
    Ok(id)
}

fn permit(new: &NewDecision, today: Day) -> std::result::Result<(), Refusal> {
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::new(
            "decision-reason",
            "Say why in up to 500 characters, so that whoever reads the ledger understands it.",
        )
        .field("reason"));
    }
    let ends = matches!(new.what, What::Service | What::Shared | What::Excluded);
    match new.until_on {
        None if ends => Err(Refusal::new(
            "decision-until",
            "Give the last day this holds; then somebody looks at it again.",
        )
        .field("until")),
        Some(until) if ends && (until < today || until > today + HOLDS_DAYS_MAX) => {
            Err(Refusal::new("decision-until", "Give a day from today to a year from now.").field("until"))
        }
        _ => Ok(()),
    }
}

fn permit_person(tx: &mut Tx, new: &NewDecision, today: Day) -> Result<()> {
    let wanted = matches!(new.what, What::Person | What::Service | What::Shared);
    let Some(id) = &new.person else {
        if wanted {
            let sentence = match new.what {
                What::Person => "Say whose account it is, by address or by the source’s id.",
                _ => "Say who answers for the account, by address or by the source’s id.",
            };
            return Err(Refusal::new("decision-person", sentence).field("person").into());
        }
        return Ok(());
    };
    let unknown =
        || Refusal::new("decision-person", "There is no such person on the roster.").field("person");
    let person = person::find(tx, id)?.ok_or_else(unknown)?;
    let here = person
        .engagements
        .iter()
        .any(|engagement| engagement.start_on <= today && engagement.end_on.is_none_or(|end| today <= end));
    if new.what != What::Person && !here {
        return Err(Refusal::new(
            "decision-owner",
            "Whoever answers for an account has to be here today. Choose somebody else.",
        )
        .field("person")
        .into());
    }
    Ok(())
}

/// The newest decision about each account of a system, those that hold no longer included, those taken back not.
pub fn standing(reader: &mut Reader, system: &str) -> Result<HashMap<String, Decision>> {
    let mut found: HashMap<String, Decision> = HashMap::new();
    reader.each(
        sql!(
            "select account_key, what, person_id, reason, until_on, decided_at, decided_by
             from access_decision
             where system = $1
             order by decided_at, id"
        ),
        &params![system],
        |row| {
            let decision = read(row)?;
            let account = row.get::<String>(0)?;
            if decision.what == What::Withdrawn {
                found.remove(&account);
            } else {
                found.insert(account, decision);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Everything decided about one account, the newest first.
pub fn about(reader: &mut Reader, system: &str, account: &str) -> Result<Vec<Decision>> {
    reader.rows(
        sql!(
            "select account_key, what, person_id, reason, until_on, decided_at, decided_by
             from access_decision
             where system = $1
               and account_key = $2
             order by decided_at desc, id desc
             limit $3"
        ),
        &params![system, account, LISTED_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Decision> {
    let what = row.str(1)?.unwrap_or_default().parse();
    Ok(Decision {
        what: what.map_err(|e: Refusal| Fault::of("reading a decision about an account", e))?,
        person: row.get(2)?,
        reason: row.get(3)?,
        until_on: row.get(4)?,
        decided_at: row.get(5)?,
        decided_by: row.get(6)?,
    })
}
