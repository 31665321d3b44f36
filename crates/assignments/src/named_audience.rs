//! A named audience: who is meant, said once with a name and a reason, and used by any number of rules.
//!
//! Setting it anew sets every rule that goes by it anew in the same transaction, so a rule always says for itself whom it
//! asks, and what was asked of whom on a past day stays known. Insert only: the newest version counts.
//!
//! Not here: what an audience can say ([`crate::audience`]); who is in it ([`crate::members`]).

use db::{Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};

use crate::audience::Audience;
use crate::rule::{self, NewRule, Rule};

/// The most names there can be: one for each rule.
const AUDIENCES_MAX: i64 = rule::RULES_MAX as i64;
/// Versions of one audience that are shown.
const VERSIONS_MAX: i64 = 100;
const NAME_CHARS_MAX: usize = 80;
const WHY_CHARS_MAX: usize = 1_000;

/// `aud_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AudienceKind;
impl Kind for AudienceKind {
    const PREFIX: &'static str = "aud";
}

/// `auv_…`, one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionKind;
impl Kind for VersionKind {
    const PREFIX: &'static str = "auv";
}

/// An audience with its name, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAudience {
    pub id: Id<AudienceKind>,
    pub name: String,
    pub audience: Audience,
    pub why: String,
    pub set_at: Moment,
}

/// An audience to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudience {
    /// The one that is set anew; `None` for a new one.
    pub id: Option<Id<AudienceKind>>,
    pub name: String,
    pub audience: Audience,
    pub why: String,
}

/// Sets an audience, and every rule that goes by it.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn set(tx: &mut Tx, new: &NewAudience) -> Result<Id<AudienceKind>> {
    let known = list(tx)?;
    check(new, &known)?;
    let id = match &new.id {
        Some(id) => id.clone(),
        None => tx.new_id(),
    };
    let (version, now, by) = (tx.new_id::<VersionKind>(), tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into audience (id, audience_id, name, said, why, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            version,
            &id,
            new.name.trim(),
            new.audience.to_json(),
            new.why.trim(),
            now,
            by
        ],
    )?;
    let said = serde_json::from_str::<serde_json::Value>(&new.audience.to_json())
        .map_err(|e| Fault::of("writing an audience as JSON", e))?;
    let payload = serde_json::json!({ "name": new.name.trim(), "audience": said, "why": new.why.trim() });
    ledger::record(
        tx,
        Entry::about(Act::AudienceSet, format!("audience:{id}")).payload(payload),
    )?;
    let today = tx.today()?;
    for (old, new) in follow(&rule::list(tx)?, &id, &new.audience, today) {
        rule::set(tx, &new, Some(&old.id))?;
    }
    Ok(id)
}

/// The rules that go by an audience and do not say the same yet, with what takes their place.
#[must_use]
pub fn follow(
    rules: &[Rule],
    id: &Id<AudienceKind>,
    audience: &Audience,
    today: db::Day,
) -> Vec<(Rule, NewRule)> {
    let theirs = rules
        .iter()
        .filter(|rule| rule.terms.named.as_ref() == Some(id) && rule.audience != *audience);
    theirs
        .map(|rule| {
            let new = NewRule {
                audience: audience.clone(),
                // An event stays where it was; everything else starts anew today, and goes on from what was before.
                from_on: if rule.duty.is_event() {
                    rule.from_on
                } else {
                    rule.from_on.max(today)
                },
                ..rule.to_new()
            };
            (rule.clone(), new)
        })
        .collect()
}

/// Every audience as it stands, by name.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn list(reader: &mut Reader) -> Result<Vec<NamedAudience>> {
    reader.rows(
        sql!(
            "select a.audience_id, a.name, a.said, a.why, a.set_at
             from audience a
             where not exists (
                 select 1
                 from audience later
                 where later.audience_id = a.audience_id
                   and (later.set_at > a.set_at or (later.set_at = a.set_at and later.id > a.id)))
             order by lower(a.name), a.audience_id
             limit $1"
        ),
        &params![AUDIENCES_MAX],
        read,
    )
}

/// Every version of an audience, the newest first; nothing when there is none.
///
/// # Errors
/// As for [`list`].
pub fn versions(reader: &mut Reader, id: &Id<AudienceKind>) -> Result<Vec<NamedAudience>> {
    reader.rows(
        sql!(
            "select audience_id, name, said, why, set_at
             from audience
             where audience_id = $1
             order by set_at desc, id desc
             limit $2"
        ),
        &params![id, VERSIONS_MAX],
        read,
    )
}

fn check(new: &NewAudience, known: &[NamedAudience]) -> Result<()> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(refused(
            "name",
            "Give the audience a name of up to 80 characters, such as Developers.",
        ));
    }
    let lower = name.to_lowercase();
    if known
        .iter()
        .any(|one| one.name.to_lowercase() == lower && Some(&one.id) != new.id.as_ref())
    {
        return Err(refused(
            "name",
            "There is an audience of this name already. Choose another name, or change that one.",
        ));
    }
    if new.why.chars().count() > WHY_CHARS_MAX {
        return Err(refused("why", "Shorten the reason to at most 1,000 characters."));
    }
    if let Some(id) = &new.id
        && !known.iter().any(|one| one.id == *id)
    {
        return Err(Refusal::new(
            "audience-unknown",
            "There is no such audience. Look at the list of audiences.",
        )
        .into());
    }
    if new.id.is_none() && known.len() as i64 >= AUDIENCES_MAX {
        return Err(refused(
            "name",
            "There are as many audiences as there can be rules. Use one of them.",
        ));
    }
    Ok(())
}

fn read(row: &Row) -> Result<NamedAudience> {
    Ok(NamedAudience {
        id: row.get(0)?,
        name: row.get(1)?,
        audience: Audience::parse(row.str(2)?.unwrap_or_default())
            .map_err(|e| Fault::of("reading an audience as it was stored", e))?,
        why: row.get(3)?,
        set_at: row.get(4)?,
    })
}

fn refused(field: &str, sentence: &str) -> db::Error {
    Refusal::new("audience-refused", sentence).field(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression;
    use crate::rule::{Duty, Terms};
    use crate::tests::{ADA, BEN, day, entries, people, person, reconcile_all};
    use db::{Actor, Db};

    fn new(id: Option<Id<AudienceKind>>, text: &str) -> NewAudience {
        NewAudience {
            id,
            name: "Engineers".to_owned(),
            audience: expression::read(text).expect("well formed"),
            why: "They write code.".to_owned(),
        }
    }

    fn put(db: &Db, new: NewAudience) -> Result<Id<AudienceKind>> {
        db.write_blocking(Actor::Operator, move |tx| set(tx, &new))
    }

    fn due(db: &Db, id: &'static str) -> Vec<Option<db::Day>> {
        let owed = db
            .read_blocking(move |r| crate::assignment::owed(r, &person(id)))
            .expect("reading works");
        owed.into_iter().map(|one| one.due_on).collect()
    }

    #[test]
    fn a_rule_follows_its_audience_and_whoever_was_asked_keeps_their_day() {
        let db = people();
        let id = put(&db, new(None, "job_title contains engineer")).expect("set");
        let named = id.clone();
        db.write_blocking(Actor::Operator, move |tx| {
            let rule = NewRule {
                name: "Engineers: D05".to_owned(),
                audience: expression::read("job_title contains engineer")?,
                course_id: "D05".to_owned(),
                duty: Duty::within(30),
                from_on: day("2026-01-01"),
                terms: Terms {
                    named: Some(named.clone()),
                    ..Terms::default()
                },
            };
            rule::set(tx, &rule, None)
        })
        .expect("a rule can be set");
        reconcile_all(&db);
        assert_eq!(
            (due(&db, ADA), due(&db, BEN)),
            (vec![Some(day("2026-06-19"))], vec![Some(day("2026-01-31"))])
        );
        put(
            &db,
            new(
                Some(id.clone()),
                "job_title contains engineer and kind is employee",
            ),
        )
        .expect("set anew");
        reconcile_all(&db);
        assert_eq!(
            (due(&db, ADA), due(&db, BEN)),
            (vec![Some(day("2026-06-19"))], vec![Some(day("2026-01-31"))]),
            "Ben is as late as he was"
        );
        let rules = db.read_blocking(rule::list).expect("reading works");
        assert_eq!(
            (rules.len(), rules[0].line.len(), rules[0].from_on),
            (1, 1, day("2026-06-01"))
        );
        put(&db, new(Some(id.clone()), "tag is nobody")).expect("set anew");
        reconcile_all(&db);
        assert_eq!((due(&db, ADA), due(&db, BEN)), (vec![], vec![]));
        put(&db, new(Some(id.clone()), "kind is employee")).expect("set anew");
        reconcile_all(&db);
        assert_eq!(
            due(&db, BEN),
            [Some(day("2026-07-01"))],
            "who comes in by a change has the days from the change"
        );
        assert_eq!(
            db.read_blocking(move |r| versions(r, &id))
                .expect("reading works")
                .len(),
            4
        );
        assert_eq!(entries(&db, Act::AudienceSet), 4);
    }

    #[test]
    fn an_audience_needs_a_name_of_its_own() {
        let db = people();
        put(&db, new(None, "everyone")).expect("set");
        for (name, field) in [(" ", "name"), ("ENGINEERS", "name")] {
            match put(
                &db,
                NewAudience {
                    name: name.to_owned(),
                    ..new(None, "everyone")
                },
            ) {
                Err(db::Error::Refused(refusal)) => assert_eq!(refusal.field.as_deref(), Some(field)),
                other => panic!("expected a refusal, got {other:?}"),
            }
        }
    }
}
