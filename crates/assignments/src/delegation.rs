//! Somebody looks after a manager's people until a day: while the manager is away, or because there are many.
//!
//! They see what the manager sees and may nudge, no more; the manager goes on seeing it too. It ends by itself after its
//! last day, when the manager takes it back, when the role of the manager ends, or when who stands in has left. What was
//! handed over cannot be handed on. Who stands in is told by one letter what they were asked, by whom and until when.
//!
//! Not here: who the people are ([`crate::team`]).

use std::collections::HashMap;

use db::{Actor, Day, Id, Kind, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use mail::letter::{self, Letter, LetterKind};
use roster::person::{self, PersonKind};

use crate::team::Head;

/// Somebody stands in for so many days at most; then it is to be thought about again.
const DAYS_MAX: i32 = 184;
/// A manager has no more people standing in, and nobody stands in for more.
const LIVE_MAX: i64 = 20;
/// Those that hold, of all managers together.
const ALL_MAX: i64 = 10_000;

/// `tdl_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelegationKind;

impl Kind for DelegationKind {
    const PREFIX: &'static str = "tdl";
}

/// One that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    pub id: Id<DelegationKind>,
    pub person: Id<PersonKind>,
    /// The last day.
    pub until_on: Day,
}

/// The managers whose people the visitor looks after today.
///
/// # Errors
/// A fault of the engine.
pub fn heads(reader: &mut Reader, visitor: &web::Visitor) -> Result<Vec<Head>> {
    let Some(person) = &visitor.person else {
        return Ok(Vec::new());
    };
    let today = reader.today()?;
    reader.rows(
        sql!(
            "select distinct a.id, a.email, a.person_id
             from team_delegation d
             join account a on a.id = d.account_id
             join role_grant g on g.account_id = a.id and g.role = 'manager' and g.ended_at is null
             left join team_delegation_end e on e.delegation_id = d.id
             where d.person_id = $1
               and d.until_on >= $2
               and e.delegation_id is null
             order by a.id
             limit $3"
        ),
        &params![person, today, LIVE_MAX],
        |row| {
            Ok(Head {
                account: row.get(0)?,
                email: row.get(1)?,
                person: row.get(2)?,
            })
        },
    )
}

/// Who stands in for whom today, by the manager's person; who was asked last comes first.
///
/// # Errors
/// A fault of the engine.
pub fn live(reader: &mut Reader) -> Result<HashMap<String, Vec<Delegation>>> {
    let today = reader.today()?;
    let all = reader.rows(
        sql!(
            "select d.id, d.person_id, d.until_on, a.person_id, a.email
             from team_delegation d
             join account a on a.id = d.account_id
             join role_grant g on g.account_id = a.id and g.role = 'manager' and g.ended_at is null
             left join team_delegation_end e on e.delegation_id = d.id
             where d.until_on >= $1
               and e.delegation_id is null
             order by d.made_at desc, d.id desc
             limit $2"
        ),
        &params![today, ALL_MAX],
        |row| {
            let delegation = Delegation {
                id: row.get(0)?,
                person: row.get(1)?,
                until_on: row.get(2)?,
            };
            Ok((delegation, row.get::<Option<String>>(3)?, row.get::<String>(4)?))
        },
    )?;
    let mut live: HashMap<String, Vec<Delegation>> = HashMap::new();
    for (delegation, person, email) in all {
        let manager = match person {
            Some(person) => Some(person),
            // An account made before the roster knows its person by the address.
            None => match person::by_email(reader, &email)?.as_slice() {
                [one] => Some(one.to_string()),
                _ => None,
            },
        };
        if let Some(manager) = manager {
            live.entry(manager).or_default().push(delegation);
        }
    }
    Ok(live)
}

/// Who stands in for a manager today.
///
/// # Errors
/// A fault of the engine.
pub fn of_manager(reader: &mut Reader, account: &str) -> Result<Vec<Delegation>> {
    let today = reader.today()?;
    reader.rows(
        sql!(
            "select d.id, d.person_id, d.until_on
             from team_delegation d
             left join team_delegation_end e on e.delegation_id = d.id
             where d.account_id = $1
               and d.until_on >= $2
               and e.delegation_id is null
             order by d.until_on, d.id
             limit $3"
        ),
        &params![account, today, LIVE_MAX],
        |row| {
            Ok(Delegation {
                id: row.get(0)?,
                person: row.get(1)?,
                until_on: row.get(2)?,
            })
        },
    )
}

/// Hands the people of the manager who writes to somebody else as well, until a day.
///
/// # Errors
/// A refusal that names the field: nobody or several people have the address, it is the manager's own, the day is over or
/// too far away, or too many stand in already.
pub fn hand_over(tx: &mut Tx, manager: &web::Manager, email: &str, until_on: Day) -> Result<Delegation> {
    let today = tx.today()?;
    if until_on < today || until_on > today + DAYS_MAX {
        let last = (today + DAYS_MAX).long();
        return Err(refusal(
            "until",
            format!("Choose a last day from today to {last}. It ends by itself after that day."),
        )
        .into());
    }
    let person = who(tx, manager, email)?;
    if of_manager(tx, &manager.account)?.len() as i64 >= LIVE_MAX {
        return Err(refusal(
            "email",
            format!("{LIVE_MAX} people look after your team already. Take one back first."),
        )
        .into());
    }
    let id = tx.new_id::<DelegationKind>();
    let letter = tell(tx, manager, (&person, until_on))?;
    tx.execute(
        sql!(
            "insert into team_delegation (id, account_id, person_id, until_on, made_at, letter_id)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![&id, &manager.account, &person, until_on, tx.now(), letter],
    )?;
    let payload = serde_json::json!({ "delegation": id, "manager": manager.account, "until_on": until_on });
    ledger::record(
        tx,
        Entry::about(Act::TeamDelegated, format!("person:{person}")).payload(payload),
    )?;
    Ok(Delegation { id, person, until_on })
}

/// The one letter about it; `None` when they cannot be written to.
fn tell(
    tx: &mut Tx,
    manager: &web::Manager,
    (person, until_on): (&Id<PersonKind>, Day),
) -> Result<Option<Id<LetterKind>>> {
    let Some(found) = person::find(tx, person)? else {
        return Ok(None);
    };
    let Some(to) = found.facts.email.clone() else {
        return Ok(None);
    };
    let organisation = roster::organisation::find(tx)?
        .map(|one| one.name)
        .unwrap_or_default();
    let letter = Letter {
        to,
        purpose: "delegation",
        subject: format!("{} asks you to look after their team", manager.name),
        text: words(&found.name(), &manager.name, &organisation, until_on),
        until: None,
        secret: false,
    };
    letter::post(tx, &letter).map(Some)
}

/// What was handed over, by whom, until when. No link, as in every letter to people about their training.
fn words(name: &str, manager: &str, organisation: &str, until_on: Day) -> String {
    format!(
        "Hello {name},\n\n\
         {manager} asks you to look after their team in the security training of {organisation}, until {}, {}.\n\n\
         Until then you see who has something open or overdue, and can ask them by letter. You see no answers and no\n\
         scores. While {manager} is on leave, what they would be told about people who are late is told to you.\n\n\
         There is no link in this letter, on purpose. Open muster the way you always do, and choose “My team”.\n\n\
         It ends by itself after that day. If it is a mistake, tell {manager}, who can take it back at any time.\n",
        until_on.weekday_name(),
        until_on.long()
    )
}

/// Takes it back; what has ended already stays as it is.
///
/// # Errors
/// A fault of the engine.
pub fn take_back(tx: &mut Tx, id: &Id<DelegationKind>) -> Result<()> {
    let Actor::Person(account) = tx.actor().clone() else {
        return Ok(());
    };
    let Some(found) = of_manager(tx, &account)?.into_iter().find(|one| one.id == *id) else {
        return Ok(());
    };
    tx.execute(
        sql!("insert into team_delegation_end (delegation_id, ended_at) values ($1, $2)"),
        &params![id, tx.now()],
    )?;
    let payload = serde_json::json!({ "delegation": id, "manager": account });
    let about = Entry::about(Act::TeamDelegationEnded, format!("person:{}", found.person));
    ledger::record(tx, about.payload(payload))?;
    Ok(())
}

/// The person who is to stand in.
fn who(tx: &mut Tx, manager: &web::Manager, email: &str) -> Result<Id<PersonKind>> {
    let today = tx.today()?;
    let mut here = Vec::new();
    for id in person::by_email(tx, email.trim())? {
        let is_here = person::find(tx, &id)?.is_some_and(|p| p.engagements.iter().any(|e| e.holds_on(today)));
        if is_here {
            here.push(id);
        }
    }
    match here.as_slice() {
        [one] if manager.person.as_deref() == Some(one.as_str()) => {
            Err(refusal("email", "You look after your people already. Give somebody else’s address.").into())
        }
        [one] => Ok(one.clone()),
        [] => Err(refusal("email", "Nobody who works here today has this address. Look it up under People, or ask whoever runs the programme.").into()),
        _ => Err(refusal("email", "Several people share this address. Choose somebody with an address of their own.").into()),
    }
}

fn refusal(field: &str, sentence: impl Into<String>) -> Refusal {
    Refusal::new("delegation", sentence).field(field)
}
