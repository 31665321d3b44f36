//! A rule says who owes which course, by when, and how often again.
//!
//! A rule is never changed: a new one is set and the old one ended, so that what was owed when stays known.
//! Whatever happens to a rule puts down the work of reconciling everybody with it.
//!
//! Not here: what a rule means for one person ([`crate::due`]).

use std::fmt;

use db::{Day, Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde::{Deserialize, Serialize};

use crate::audience::Audience;
use crate::jobs;

/// The most rules that can bind at one time: more than any course catalogue needs, and every one is looked at for everybody.
pub const RULES_MAX: usize = 200;

/// The longest anybody can be given, in days: ten years.
const DAYS_MAX: i32 = 3_650;

/// The longest name of a rule, in characters.
const NAME_LENGTH_MAX: usize = 120;

/// `rul_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleKind;

impl Kind for RuleKind {
    const PREFIX: &'static str = "rul";
}

/// A rule that binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: Id<RuleKind>,
    pub name: String,
    pub audience: Audience,
    pub course_id: String,
    pub duty: Duty,
    /// The first day it binds.
    pub from_on: Day,
}

/// A rule to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    pub name: String,
    pub audience: Audience,
    pub course_id: String,
    pub duty: Duty,
    pub from_on: Day,
}

/// By when, and how often again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duty {
    pub onboarding: Onboarding,
    /// Days a completion is valid; `None` when once is enough.
    pub refresh_days: Option<i32>,
    /// Days added to `refresh_days`.
    pub grace_days: i32,
    /// Days for those who come into the audience later than their first day; `None` for the same as everybody.
    pub mover_days: Option<i32>,
}

/// By when the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Onboarding {
    /// This many days after the first day, that day included.
    Days(i32),
    /// On the first day at the latest.
    BeforeAccess,
}

impl Duty {
    /// Reads the JSON of a duty: `{"onboarding_days":30,"refresh_days":365,"grace_days":0,"mover_days":10}` or
    /// `{"before_access":true}`.
    ///
    /// # Errors
    /// A refusal that names the part that cannot be understood.
    pub fn parse(json: &str) -> std::result::Result<Duty, Refusal> {
        let written: Written = serde_json::from_str(json).map_err(|e| {
            refusal(
                "duty",
                format!("The duty cannot be read: {e}. Write for example {{\"onboarding_days\": 30}}."),
            )
        })?;
        let onboarding = match (written.onboarding_days, written.before_access) {
            (Some(days), None | Some(false)) => Onboarding::Days(days),
            (None, Some(true)) => Onboarding::BeforeAccess,
            _ => {
                let sentence =
                    "Say by when in exactly one way: \"onboarding_days\": 30 or \"before_access\": true.";
                return Err(refusal("duty", sentence));
            }
        };
        let duty = Duty {
            onboarding,
            refresh_days: written.refresh_days,
            grace_days: written.grace_days,
            mover_days: written.mover_days,
        };
        duty.check()?;
        Ok(duty)
    }

    /// The duty as JSON: equal duties give equal text.
    pub fn to_json(&self) -> String {
        let mut parts = vec![match self.onboarding {
            Onboarding::Days(days) => format!("\"onboarding_days\":{days}"),
            Onboarding::BeforeAccess => "\"before_access\":true".to_owned(),
        }];
        parts.extend(self.refresh_days.map(|days| format!("\"refresh_days\":{days}")));
        if self.refresh_days.is_some() {
            parts.push(format!("\"grace_days\":{}", self.grace_days));
        }
        parts.extend(self.mover_days.map(|days| format!("\"mover_days\":{days}")));
        format!("{{{}}}", parts.join(","))
    }

    /// # Errors
    /// A refusal that names the first number out of bounds.
    pub fn check(&self) -> std::result::Result<(), Refusal> {
        if let Onboarding::Days(days) = self.onboarding {
            between(
                "onboarding_days",
                "The days to complete it the first time",
                days,
                0,
            )?;
        }
        if let Some(days) = self.refresh_days {
            between("refresh_days", "The days after which it is repeated", days, 1)?;
        }
        between("grace_days", "The days of grace", self.grace_days, 0)?;
        if self.grace_days > 0 && self.refresh_days.is_none() {
            let sentence = "Days of grace only make sense for a course that is repeated. Say after how many days, or leave them empty.";
            return Err(refusal("grace_days", sentence));
        }
        match self.mover_days {
            Some(days) => between(
                "mover_days",
                "The days for people who move into the audience",
                days,
                0,
            ),
            None => Ok(()),
        }
    }
}

/// "within 30 days of starting, then every 365 days"
impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.onboarding {
            Onboarding::Days(days) => write!(f, "within {} of starting", days_of(days))?,
            Onboarding::BeforeAccess => f.write_str("before the first day")?,
        }
        if let (Some(days), Onboarding::Days(_)) = (self.mover_days, self.onboarding) {
            write!(f, " or {} of moving", days_of(days))?;
        }
        match self.refresh_days {
            None => f.write_str(", once"),
            Some(days) => {
                write!(f, ", then every {}", days_of(days))?;
                if self.grace_days > 0 {
                    write!(f, " with {} of grace", days_of(self.grace_days))?;
                }
                Ok(())
            }
        }
    }
}

/// Sets a rule, and ends the one it takes the place of, if any.
///
/// # Errors
/// A refusal when the name is blank, a number is out of bounds, the course has no edition, the rule to be replaced does
/// not bind, the same people owe the course already, or there are too many rules; a fault of the engine.
pub fn set(tx: &mut Tx, new: &NewRule, replaces: Option<&Id<RuleKind>>) -> Result<Id<RuleKind>> {
    check(tx, new)?;
    if let Some(old) = replaces {
        end(tx, old)?;
    }
    let binding = list(tx)?;
    if binding
        .iter()
        .any(|rule| rule.course_id == new.course_id && rule.audience == new.audience)
    {
        let sentence = "There is already a rule for this course and these people. Change that one, or choose another course.";
        return Err(refusal("course", sentence).into());
    }
    if binding.len() >= RULES_MAX {
        let sentence = format!(
            "There are already {RULES_MAX} rules, which is the most. End one that is no longer needed."
        );
        return Err(refusal("name", sentence).into());
    }
    let id = tx.new_id::<RuleKind>();
    let (audience, duty) = (new.audience.to_json(), new.duty.to_json());
    tx.execute(
        sql!(
            "insert into rule (id, name, audience, course_id, duty, from_on, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            new.name.trim(),
            &audience,
            &new.course_id,
            &duty,
            new.from_on,
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    let payload = serde_json::json!({
        "name": new.name.trim(),
        "audience": json(&audience)?,
        "course": new.course_id,
        "duty": json(&duty)?,
        "from_on": new.from_on,
        "replaces": replaces,
    });
    ledger::record(
        tx,
        Entry::about(Act::RuleSet, format!("rule:{id}")).payload(payload),
    )?;
    jobs::for_all(tx)?;
    Ok(id)
}

/// Ends a rule from now on: what is open because of it ends when everybody is reconciled.
///
/// # Errors
/// A refusal when the rule does not bind; a fault of the engine.
pub fn end(tx: &mut Tx, id: &Id<RuleKind>) -> Result<()> {
    let changed = tx.execute(
        sql!(
            "update rule
             set ended_at = $1
             where id = $2
               and ended_at is null"
        ),
        &params![tx.now(), id],
    )?;
    if changed == 0 {
        let sentence = "This rule has already been ended, or never was. Look at the programme as it is now.";
        return Err(Refusal::new("rule-not-binding", sentence).into());
    }
    ledger::record(tx, Entry::about(Act::RuleEnded, format!("rule:{id}")))?;
    jobs::for_all(tx)
}

/// The rules that bind, or will from a day to come, by name.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn list(reader: &mut Reader) -> Result<Vec<Rule>> {
    reader.rows(
        sql!(
            "select id, name, audience, course_id, duty, from_on
             from rule
             where ended_at is null
             order by name, id
             limit $1"
        ),
        &params![RULES_MAX as i64],
        read,
    )
}

/// A rule, whether or not it still binds, and when it was ended.
///
/// # Errors
/// As for [`list`].
pub fn find(reader: &mut Reader, id: &Id<RuleKind>) -> Result<Option<(Rule, Option<Moment>)>> {
    reader.one(
        sql!(
            "select id, name, audience, course_id, duty, from_on, ended_at
             from rule
             where id = $1"
        ),
        &params![id],
        |row| Ok((read(row)?, row.get(6)?)),
    )
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    onboarding_days: Option<i32>,
    before_access: Option<bool>,
    refresh_days: Option<i32>,
    #[serde(default)]
    grace_days: i32,
    mover_days: Option<i32>,
}

fn check(tx: &mut Tx, new: &NewRule) -> Result<()> {
    let name = new.name.trim();
    if name.is_empty() {
        return Err(refusal("name", "Give the rule a name, such as “Everyone: report it”.").into());
    }
    if name.chars().count() > NAME_LENGTH_MAX {
        return Err(refusal(
            "name",
            format!("Shorten the name to at most {NAME_LENGTH_MAX} characters."),
        )
        .into());
    }
    new.duty.check()?;
    let published = tx.one(
        sql!(
            "select cast(count(*) as bigint)
             from edition
             where course_id = $1"
        ),
        &params![&new.course_id],
        |row| row.get::<i64>(0),
    )?;
    if published.unwrap_or_default() == 0 {
        let sentence = "This course has not been published, so nobody could complete it. Publish it first, or choose another.";
        return Err(refusal("course", sentence).into());
    }
    Ok(())
}

fn read(row: &Row) -> Result<Rule> {
    let broken = |refusal: Refusal| Error::from(Fault::of("reading a rule as it was stored", refusal));
    Ok(Rule {
        id: row.get(0)?,
        name: row.get(1)?,
        audience: Audience::parse(&row.get::<String>(2)?).map_err(broken)?,
        course_id: row.get(3)?,
        duty: Duty::parse(&row.get::<String>(4)?).map_err(broken)?,
        from_on: row.get(5)?,
    })
}

fn json(text: &str) -> Result<serde_json::Value> {
    serde_json::from_str(text).map_err(|e| Fault::of("writing a rule as JSON", e).into())
}

fn between(field: &str, what: &str, days: i32, least: i32) -> std::result::Result<(), Refusal> {
    if (least..=DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(refusal(
        field,
        format!("{what} must be a number from {least} to {DAYS_MAX}."),
    ))
}

fn days_of(days: i32) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}

fn refusal(field: &str, sentence: impl Into<String>) -> Refusal {
    Refusal::new("rule-refused", sentence).field(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{day, entries, organisation, people};
    use db::{Actor, Db};

    fn new(course: &str) -> NewRule {
        NewRule {
            name: " Everyone: report it ".to_owned(),
            audience: Audience::Everyone,
            course_id: course.to_owned(),
            duty: Duty::parse(r#"{"onboarding_days":30,"refresh_days":365}"#).expect("well formed"),
            from_on: day("2026-06-01"),
        }
    }

    fn put(db: &Db, new: NewRule) -> Result<Id<RuleKind>> {
        db.write_blocking(Actor::Operator, move |tx| set(tx, &new, None))
    }

    fn refused(result: Result<Id<RuleKind>>) -> Option<String> {
        match result {
            Err(Error::Refused(refusal)) => refusal.field,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_duty_reads_back_from_its_own_text() {
        for json in [
            r#"{"onboarding_days":30}"#,
            r#"{"before_access":true,"refresh_days":365,"grace_days":30}"#,
            r#"{"onboarding_days":30,"refresh_days":365,"grace_days":0,"mover_days":10}"#,
        ] {
            let duty = Duty::parse(json).expect("well formed");
            assert_eq!(Duty::parse(&duty.to_json()), Ok(duty));
        }
    }

    #[test]
    fn a_duty_reads_as_english() {
        let said = |json| Duty::parse(json).expect("well formed").to_string();
        assert_eq!(
            said(r#"{"onboarding_days":30,"refresh_days":365,"grace_days":1,"mover_days":10}"#),
            "within 30 days of starting or 10 days of moving, then every 365 days with 1 day of grace"
        );
        assert_eq!(said(r#"{"before_access":true}"#), "before the first day, once");
    }

    #[test]
    fn a_duty_that_says_nothing_or_two_things_or_too_much_is_refused() {
        for json in [
            "{}",
            "30",
            r#"{"onboarding_days":30,"before_access":true}"#,
            r#"{"before_access":false}"#,
            r#"{"onboarding_days":-1}"#,
            r#"{"onboarding_days":3651}"#,
            r#"{"onboarding_days":30,"refresh_days":0}"#,
            r#"{"onboarding_days":30,"grace_days":5}"#,
            r#"{"onboarding_days":30,"mover_days":-5}"#,
            r#"{"onboarding_days":30,"often":1}"#,
        ] {
            assert!(Duty::parse(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_rule_that_is_set_binds_until_it_is_ended_and_both_are_on_record() {
        let db = people();
        let id = put(&db, new("B02")).expect("the rule can be set");
        let listed = db.read_blocking(list).expect("reading works");
        assert_eq!(
            (listed.len(), listed[0].name.as_str()),
            (1, "Everyone: report it")
        );
        let ended = id.clone();
        db.write_blocking(Actor::Operator, move |tx| end(tx, &ended))
            .expect("it can be ended");
        assert_eq!(db.read_blocking(list).expect("reading works"), []);
        assert_eq!((entries(&db, Act::RuleSet), entries(&db, Act::RuleEnded)), (1, 1));
        let kept = id.clone();
        let found = db.read_blocking(move |r| find(r, &kept)).expect("reading works");
        assert!(
            found.is_some_and(|(_, ended_at)| ended_at.is_some()),
            "it is kept"
        );
        assert!(
            db.write_blocking(Actor::Operator, move |tx| end(tx, &id))
                .is_err(),
            "not twice"
        );
    }

    #[test]
    fn a_rule_needs_a_name_a_published_course_and_people_who_do_not_owe_it_already() {
        let db = organisation();
        assert_eq!(
            refused(put(
                &db,
                NewRule {
                    name: " ".to_owned(),
                    ..new("B02")
                }
            ))
            .as_deref(),
            Some("name")
        );
        assert_eq!(refused(put(&db, new("B10"))).as_deref(), Some("course"));
        assert_eq!(
            refused(put(&db, new("B02"))).as_deref(),
            Some("course"),
            "the default programme has it"
        );
    }

    #[test]
    fn a_rule_takes_the_place_of_another_for_the_same_people() {
        let db = people();
        let old = put(&db, new("B02")).expect("the rule can be set");
        let put = db.write_blocking(Actor::Operator, move |tx| set(tx, &new("B02"), Some(&old)));
        let put = put.expect("it takes the place of the other");
        let listed = db.read_blocking(list).expect("reading works");
        assert_eq!(listed.into_iter().map(|rule| rule.id).collect::<Vec<_>>(), [put]);
    }
}
