//! A rule says who owes which course, by when, and how often again.
//!
//! A rule is never changed: a new one is set and the old one ended, so that what was owed when stays known.
//! Whatever happens to a rule puts down the work of reconciling everybody with it.
//!
//! Not here: what a rule means for one person ([`crate::due`]).

use db::{Day, Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};

use crate::audience::Audience;
pub use crate::duty::{Calendar, Duty, Onboarding};
use crate::jobs;
use crate::named_audience::AudienceKind;

/// The most rules that can bind at one time: more than any course catalogue needs, and every one is looked at for everybody.
pub const RULES_MAX: usize = 200;

/// The most courses that may do in place of a rule's own: more is a choice nobody can make.
const OTHERS_MAX: usize = 10;

/// The longest reason, in characters.
const WHY_LENGTH_MAX: usize = 1_000;

/// Rules whose place others took that are looked back upon: ten changes of every rule there can be.
const BEFORE_MAX: i64 = 2_000;

/// The priority of a rule that says nothing of it.
pub const PRIORITY: i64 = 5;

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
    pub terms: Terms,
    /// The rules for the same course whose place it took, the newest first: whom one of them asked is asked since then.
    pub line: Vec<Before>,
}

/// What a rule says besides who owes what by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The audience by name; what it said when the rule was set is the rule's own audience.
    pub named: Option<Id<AudienceKind>>,
    /// Courses that do as well as the rule's own: any one is enough.
    pub others: Vec<String>,
    /// From 1, which is shown first, to 9.
    pub priority: i64,
    /// The last day it binds.
    pub until_on: Option<Day>,
    /// Why there is this rule: a framework, a customer, or the event it is about.
    pub why: String,
}

/// A rule whose place another took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub audience: Audience,
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
    pub terms: Terms,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            named: None,
            others: Vec::new(),
            priority: PRIORITY,
            until_on: None,
            why: String::new(),
        }
    }
}

impl Rule {
    /// Whether it asks anything on a day.
    pub fn binds_on(&self, day: Day) -> bool {
        self.terms.until_on.is_none_or(|until| day <= until)
    }

    /// Whether a completion of this course does.
    pub fn takes(&self, course_id: &str) -> bool {
        self.course_id == course_id || self.terms.others.iter().any(|other| other == course_id)
    }

    /// The rule as it would be set again.
    pub fn to_new(&self) -> NewRule {
        NewRule {
            name: self.name.clone(),
            audience: self.audience.clone(),
            course_id: self.course_id.clone(),
            duty: self.duty,
            from_on: self.from_on,
            terms: self.terms.clone(),
        }
    }
}

impl NewRule {
    /// As it would bind once it is set in the place of another.
    pub fn as_rule(&self, id: Id<RuleKind>, replaces: Option<&Rule>) -> Rule {
        let old = replaces
            .filter(|old| old.course_id == self.course_id && !old.duty.is_event() && !self.duty.is_event());
        let line = old.map(|old| {
            let before = Before {
                audience: old.audience.clone(),
                from_on: old.from_on,
            };
            std::iter::once(before).chain(old.line.iter().cloned()).collect()
        });
        Rule {
            id,
            name: self.name.clone(),
            audience: self.audience.clone(),
            course_id: self.course_id.clone(),
            duty: self.duty,
            from_on: self.from_on,
            terms: self.terms.clone(),
            line: line.unwrap_or_default(),
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
    if binding.iter().any(|rule| {
        rule.course_id == new.course_id
            && rule.audience == new.audience
            && !rule.duty.is_event()
            && !new.duty.is_event()
    }) {
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
            "insert into rule (id, name, audience, course_id, duty, from_on, created_at, created_by, audience_id, others, priority,
                               until_on, why, replaces)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        &params![
            &id,
            new.name.trim(),
            &audience,
            &new.course_id,
            &duty,
            new.from_on,
            tx.now(),
            tx.actor().to_string(),
            &new.terms.named,
            serde_json::json!(new.terms.others).to_string(),
            new.terms.priority,
            new.terms.until_on,
            new.terms.why.trim(),
            replaces
        ],
    )?;
    let payload = serde_json::json!({
        "name": new.name.trim(),
        "audience": json(&audience)?,
        "course": new.course_id,
        "duty": json(&duty)?,
        "from_on": new.from_on,
        "replaces": replaces,
        "audience_id": new.terms.named,
        "others": new.terms.others,
        "priority": new.terms.priority,
        "until_on": new.terms.until_on,
        "why": new.terms.why.trim(),
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
    let mut rules = reader.rows(
        sql!(
            "select id, name, audience, course_id, duty, from_on, audience_id, others, priority, until_on, why, replaces
             from rule
             where ended_at is null
             order by priority, name, id
             limit $1"
        ),
        &params![RULES_MAX as i64],
        |row| Ok((read(row)?, row.get::<Option<Id<RuleKind>>>(11)?)),
    )?;
    let before = if rules.iter().any(|(_, replaces)| replaces.is_some()) {
        replaced(reader)?
    } else {
        Vec::new()
    };
    for (rule, replaces) in &mut rules {
        rule.line = line(&before, rule, replaces.take());
    }
    Ok(rules.into_iter().map(|(rule, _)| rule).collect())
}

/// Rules whose place others took, with their own predecessors.
fn replaced(reader: &mut Reader) -> Result<Vec<(Rule, Option<Id<RuleKind>>)>> {
    reader.rows(
        sql!(
            "select id, name, audience, course_id, duty, from_on, audience_id, others, priority, until_on, why, replaces
             from rule
             where ended_at is not null
               and id in (select replaces from rule where replaces is not null)
             order by created_at desc, id desc
             limit $1"
        ),
        &params![BEFORE_MAX],
        |row| Ok((read(row)?, row.get(11)?)),
    )
}

/// The rules for the same course that led to this one, the newest first. A chain cannot be longer than there are rules.
fn line(before: &[(Rule, Option<Id<RuleKind>>)], rule: &Rule, replaces: Option<Id<RuleKind>>) -> Vec<Before> {
    let mut found = Vec::new();
    let mut next = replaces;
    while let Some((old, earlier)) = next.and_then(|id| before.iter().find(|(old, _)| old.id == id)) {
        if old.course_id != rule.course_id
            || old.duty.is_event()
            || rule.duty.is_event()
            || found.len() >= before.len()
        {
            break;
        }
        found.push(Before {
            audience: old.audience.clone(),
            from_on: old.from_on,
        });
        next = earlier.clone();
    }
    found
}

/// A rule, whether or not it still binds, and when it was ended.
///
/// # Errors
/// As for [`list`].
pub fn find(reader: &mut Reader, id: &Id<RuleKind>) -> Result<Option<(Rule, Option<Moment>)>> {
    reader.one(
        sql!(
            "select id, name, audience, course_id, duty, from_on, audience_id, others, priority, until_on, why, ended_at
             from rule
             where id = $1"
        ),
        &params![id],
        |row| Ok((read(row)?, row.get(11)?)),
    )
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
    terms(&new.terms, new)?;
    for (field, course) in std::iter::once(("course", &new.course_id))
        .chain(new.terms.others.iter().map(|other| ("others", other)))
    {
        if !is_published(tx, course)? {
            let sentence = "This course has not been published, so nobody could complete it. Publish it first, or choose another.";
            return Err(refusal(field, sentence).into());
        }
    }
    Ok(())
}

fn terms(terms: &Terms, new: &NewRule) -> std::result::Result<(), Refusal> {
    if terms.others.len() > OTHERS_MAX || terms.others.contains(&new.course_id) {
        return Err(refusal(
            "others",
            "Choose at most ten other courses that do as well, and not the rule’s own.",
        ));
    }
    if !(1..=9).contains(&terms.priority) {
        return Err(refusal(
            "priority",
            "Choose a priority from 1, which is shown first, to 9.",
        ));
    }
    if terms.until_on.is_some_and(|until| until < new.from_on) {
        return Err(refusal(
            "until_on",
            "The last day is before the first. Correct one of them, or leave the last day empty.",
        ));
    }
    if terms.why.chars().count() > WHY_LENGTH_MAX {
        return Err(refusal(
            "why",
            format!("Shorten the reason to at most {WHY_LENGTH_MAX} characters."),
        ));
    }
    if new.duty.is_event() && terms.why.trim().is_empty() {
        return Err(refusal(
            "why",
            "Say what happened: everybody who owes the course because of it will read this.",
        ));
    }
    Ok(())
}

fn is_published(tx: &mut Tx, course_id: &str) -> Result<bool> {
    let published = tx.one(
        sql!(
            "select cast(count(*) as bigint)
             from edition
             where course_id = $1"
        ),
        &params![course_id],
        |row| row.get::<i64>(0),
    )?;
    Ok(published.unwrap_or_default() > 0)
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
        terms: Terms {
            named: row.get(6)?,
            others: serde_json::from_str(row.str(7)?.unwrap_or_default())
                .map_err(|e| Fault::of("reading the courses of a rule", e))?,
            priority: row.get(8)?,
            until_on: row.get(9)?,
            why: row.get(10)?,
        },
        line: Vec::new(),
    })
}

fn json(text: &str) -> Result<serde_json::Value> {
    serde_json::from_str(text).map_err(|e| Fault::of("writing a rule as JSON", e).into())
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
            terms: Terms::default(),
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
