//! An account's access from a day on, until the list in which it is no more.
//!
//! It begins on the day the list says, or else in the first list it was seen in, and is then marked as observed. Rows carry two
//! times, as in the roster: a grant that is understood otherwise is superseded, never changed, so that what was believed on any
//! day can be believed again.
//!
//! Not here: rules that ask for training because of it (crate `assignments`).

use std::collections::HashMap;

use db::{Day, Id, Kind, Reader, Result, Row, Tx, Value, params, sql};

use crate::list::ListKind;

/// A page of somebody's access.
const LISTED_MAX: i64 = 500;

/// The id kind of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantKind {}

impl Kind for GrantKind {
    const PREFIX: &'static str = "acg";
}

/// Access of one account, as it is believed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub system: String,
    pub account: String,
    pub login: String,
    pub person: Option<String>,
    pub linked_by: Option<String>,
    pub privileged: bool,
    pub role: Option<String>,
    pub from_on: Day,
    /// Whether it began on or before `from_on`: no list said when.
    pub observed: bool,
    pub until_on: Option<Day>,
}

/// What is open now in one system, and until when what was open before lasted.
#[derive(Debug, Default)]
pub(crate) struct Open {
    by_account: HashMap<String, (Id<GrantKind>, Grant)>,
    ended: HashMap<String, Day>,
}

/// An account of a list with what decides about its grant.
pub(crate) struct Wanted<'a> {
    pub(crate) account: &'a str,
    pub(crate) login: &'a str,
    pub(crate) person: Option<&'a str>,
    pub(crate) linked_by: Option<&'static str>,
    pub(crate) privileged: bool,
    pub(crate) role: Option<&'a str>,
    pub(crate) created_on: Option<Day>,
}

/// What to supersede and what to put down.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    stale: Vec<Id<GrantKind>>,
    new: Vec<Grant>,
}

impl Plan {
    /// Whether anybody's access begins, ends or becomes another's.
    pub(crate) fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.new.is_empty()
    }
}

impl Open {
    /// The day an account's access began, as it is or would be granted in a list of that day.
    pub(crate) fn began(&self, account: &str, created_on: Option<Day>, snapshot_on: Day) -> (Day, bool) {
        if let Some((_, grant)) = self.by_account.get(account) {
            return (grant.from_on, grant.observed);
        }
        let (day, observed) = match created_on.filter(|day| *day <= snapshot_on) {
            Some(day) => (day, false),
            None => (snapshot_on, true),
        };
        // What was taken away and given back began again when it was first seen again.
        match self.ended.get(account) {
            Some(ended) if day < *ended => (snapshot_on, true),
            _ => (day, observed),
        }
    }

    /// What has to change so that exactly the wanted accounts have access from this list on.
    pub(crate) fn plan<'a>(
        mut self,
        system: &str,
        snapshot_on: Day,
        wanted: impl Iterator<Item = Wanted<'a>>,
    ) -> Plan {
        let mut plan = Plan::default();
        for one in wanted {
            let (from_on, observed) = self.began(one.account, one.created_on, snapshot_on);
            let grant = Grant {
                system: system.to_owned(),
                account: one.account.to_owned(),
                login: one.login.to_owned(),
                person: one.person.map(str::to_owned),
                linked_by: one.linked_by.map(str::to_owned),
                privileged: one.privileged,
                role: one.role.map(str::to_owned),
                from_on,
                observed,
                until_on: None,
            };
            match self.by_account.remove(one.account) {
                None => plan.new.push(grant),
                Some((id, have)) => plan.compare((id, have), grant, snapshot_on),
            }
        }
        let mut gone: Vec<_> = self.by_account.into_values().collect();
        gone.sort_by(|a, b| a.1.account.cmp(&b.1.account));
        for (id, have) in gone {
            plan.end(id, have, snapshot_on);
        }
        plan
    }
}

impl Plan {
    fn compare(&mut self, (id, have): (Id<GrantKind>, Grant), grant: Grant, snapshot_on: Day) {
        let same_person = have.person == grant.person && have.linked_by == grant.linked_by;
        if have.privileged != grant.privileged && have.from_on < snapshot_on {
            // More or less may be done from this list on; before it, it was as it was, whoever's it is.
            let before = Grant {
                person: grant.person.clone(),
                linked_by: grant.linked_by.clone(),
                until_on: Some(snapshot_on),
                ..have
            };
            self.stale.push(id);
            self.new.push(before);
            self.new.push(Grant {
                from_on: snapshot_on,
                observed: true,
                ..grant
            });
        } else if !same_person || have.privileged != grant.privileged {
            self.stale.push(id);
            self.new.push(Grant {
                from_on: have.from_on,
                observed: have.observed,
                ..grant
            });
        }
    }

    fn end(&mut self, id: Id<GrantKind>, have: Grant, snapshot_on: Day) {
        self.stale.push(id);
        if have.from_on < snapshot_on {
            self.new.push(Grant {
                until_on: Some(snapshot_on),
                ..have
            });
        }
    }
}

/// What is open in a system.
pub(crate) fn open(reader: &mut Reader, system: &str) -> Result<Open> {
    let mut open = Open::default();
    reader.each(
        sql!(
            "select id, system, account_key, login, person_id, linked_by, privileged, role, from_on, observed, until_on
             from access_grant
             where system = $1
               and superseded_at is null"
        ),
        &params![system],
        |row| {
            let grant = read(row)?;
            match grant.until_on {
                None => {
                    open.by_account.insert(grant.account.clone(), (row.get(0)?, grant));
                }
                Some(until) => {
                    let ended = open.ended.entry(grant.account).or_insert(until);
                    *ended = until.max(*ended);
                }
            }
            Ok(())
        },
    )?;
    Ok(open)
}

pub(crate) fn apply(tx: &mut Tx, plan: Plan, list: &Id<ListKind>) -> Result<()> {
    let now = tx.now();
    if !plan.stale.is_empty() {
        let rows = plan.stale.iter().map(|id| vec![Value::from(id)]);
        tx.execute_many(sql!("insert into access_stale (id) values ($1)"), rows)?;
        tx.execute(
            sql!(
                "update access_grant
                 set superseded_at = $1
                 where exists (
                     select 1
                     from access_stale
                     where access_stale.id = access_grant.id)"
            ),
            &params![now],
        )?;
        tx.execute(sql!("delete from access_stale"), &[])?;
    }
    let mut rows = Vec::with_capacity(plan.new.len());
    for grant in &plan.new {
        let id = tx.new_id::<GrantKind>();
        rows.push(
            params![
                &id,
                grant.system.as_str(),
                grant.account.as_str(),
                grant.login.as_str(),
                &grant.person,
                &grant.linked_by,
                i64::from(grant.privileged),
                &grant.role,
                grant.from_on,
                i64::from(grant.observed),
                grant.until_on,
                list,
                now
            ]
            .to_vec(),
        );
    }
    tx.execute_many(
        sql!(
            "insert into access_grant (id, system, account_key, login, person_id, linked_by, privileged, role, from_on, observed,
                 until_on, list_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        rows,
    )?;
    Ok(())
}

/// Everything one person could get into, as it is believed now, the newest first.
pub fn of_person(reader: &mut Reader, person: &str) -> Result<Vec<Grant>> {
    reader.rows(
        sql!(
            "select id, system, account_key, login, person_id, linked_by, privileged, role, from_on, observed, until_on
             from access_grant
             where person_id = $1
               and superseded_at is null
             order by from_on desc, id desc
             limit $2"
        ),
        &params![person, LISTED_MAX],
        read,
    )
}

/// Everything known of one account's access, the newest first.
pub fn of_account(reader: &mut Reader, system: &str, account: &str) -> Result<Vec<Grant>> {
    reader.rows(
        sql!(
            "select id, system, account_key, login, person_id, linked_by, privileged, role, from_on, observed, until_on
             from access_grant
             where system = $1
               and account_key = $2
               and superseded_at is null
             order by from_on desc, id desc
             limit $3"
        ),
        &params![system, account, LISTED_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Grant> {
    Ok(Grant {
        system: row.get(1)?,
        account: row.get(2)?,
        login: row.get(3)?,
        person: row.get(4)?,
        linked_by: row.get(5)?,
        privileged: row.get::<i64>(6)? == 1,
        role: row.get(7)?,
        from_on: row.get(8)?,
        observed: row.get::<i64>(9)? == 1,
        until_on: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(privileged: bool, person: Option<&'static str>) -> Wanted<'static> {
        Wanted {
            account: "ada",
            login: "ada",
            person,
            linked_by: person.map(|_| "email"),
            privileged,
            role: None,
            created_on: None,
        }
    }

    /// Applies plans in memory, as the table would hold them.
    #[derive(Default)]
    struct Held(Vec<(Id<GrantKind>, Grant)>);

    impl Held {
        fn list(&mut self, on: i32, wanted: Option<Wanted<'static>>) -> Plan {
            let mut open = Open::default();
            for (id, grant) in &self.0 {
                match grant.until_on {
                    None => drop(
                        open.by_account
                            .insert(grant.account.clone(), (id.clone(), grant.clone())),
                    ),
                    Some(until) => drop(open.ended.insert(grant.account.clone(), until)),
                }
            }
            let plan = open.plan("github", Day(on), wanted.into_iter());
            self.0.retain(|(id, _)| !plan.stale.contains(id));
            for grant in &plan.new {
                let id = format!("acg_{:026}", self.0.len() + on as usize * 10)
                    .parse()
                    .expect("an id");
                self.0.push((id, grant.clone()));
            }
            plan
        }

        fn spans(&self) -> Vec<(i32, Option<i32>, bool)> {
            self.0
                .iter()
                .map(|(_, grant)| (grant.from_on.0, grant.until_on.map(|day| day.0), grant.privileged))
                .collect()
        }
    }

    #[test]
    fn access_begins_with_the_first_list_and_ends_with_the_first_without_it() {
        let mut held = Held::default();
        held.list(100, Some(wanted(false, None)));
        assert!(
            held.list(110, Some(wanted(false, None))).is_empty(),
            "nothing new"
        );
        held.list(120, None);
        assert_eq!(held.spans(), [(100, Some(120), false)]);
        held.list(130, Some(wanted(false, None)));
        assert_eq!(held.spans(), [(100, Some(120), false), (130, None, false)]);
    }

    #[test]
    fn more_rights_begin_with_the_list_that_shows_them_and_another_owner_holds_from_the_start() {
        let mut held = Held::default();
        held.list(100, Some(wanted(false, None)));
        held.list(110, Some(wanted(true, None)));
        assert_eq!(held.spans(), [(100, Some(110), false), (110, None, true)]);
        held.list(110, Some(wanted(true, Some("per_1"))));
        assert_eq!(held.spans(), [(100, Some(110), false), (110, None, true)]);
        assert_eq!(held.0[1].1.person.as_deref(), Some("per_1"));
    }

    #[test]
    fn an_account_that_was_never_there_on_a_day_leaves_nothing() {
        let mut held = Held::default();
        held.list(100, Some(wanted(false, None)));
        held.list(100, None);
        assert_eq!(held.spans(), []);
    }

    #[test]
    fn the_day_a_list_gives_counts_and_one_in_the_future_does_not() {
        let open = Open::default();
        assert_eq!(open.began("x", Some(Day(50)), Day(100)), (Day(50), false));
        assert_eq!(open.began("x", Some(Day(150)), Day(100)), (Day(100), true));
        assert_eq!(open.began("x", None, Day(100)), (Day(100), true));
    }
}
