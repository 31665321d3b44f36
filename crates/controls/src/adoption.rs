//! The organisation answers for a framework from the day somebody adopts it until somebody ends that.
//!
//! A framework is adopted at most once at a time; ending keeps the row, and adopting again makes a new one.
//!
//! Not here: what a framework asks.

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

use crate::framework::{Framework, frameworks};

/// The kind of an adoption's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdoptionKind;
impl Kind for AdoptionKind {
    const PREFIX: &'static str = "ado";
}

/// A framework the organisation answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// Its id.
    pub id: Id<AdoptionKind>,
    /// The framework's id.
    pub framework: String,
    /// Since when.
    pub adopted_at: Moment,
    /// Who decided it.
    pub adopted_by: String,
}

/// No more frameworks than this ship, or are adopted at once.
const ADOPTIONS_MAX: i64 = 100;

/// The frameworks the organisation answers for now, by id.
///
/// # Errors
/// A fault of the database.
pub fn adopted(reader: &mut Reader) -> Result<Vec<Adoption>> {
    reader.rows(
        sql!(
            "select id, framework, adopted_at, adopted_by
             from framework_adoption
             where ended_at is null
             order by framework
             limit $1"
        ),
        &params![ADOPTIONS_MAX],
        |row| {
            Ok(Adoption {
                id: row.get(0)?,
                framework: row.get(1)?,
                adopted_at: row.get(2)?,
                adopted_by: row.get(3)?,
            })
        },
    )
}

/// Starts answering for a framework.
///
/// # Errors
/// A refusal when it is adopted already; a fault of the database.
pub fn adopt(tx: &mut Tx, framework: &Framework) -> Result<Id<AdoptionKind>> {
    if adopted(tx)?.iter().any(|a| a.framework == framework.id) {
        let sentence = format!("{} is adopted already; there is nothing to do.", framework.title);
        return Err(Refusal::new("framework-adopted-already", sentence)
            .field("framework")
            .into());
    }
    let id = tx.new_id::<AdoptionKind>();
    let (now, actor) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into framework_adoption (id, framework, adopted_at, adopted_by, ended_at)
             values ($1, $2, $3, $4, null)"
        ),
        &params![&id, framework.id.as_str(), now, actor],
    )?;
    let entry = Entry::about(Act::FrameworkAdopted, format!("framework:{}", framework.id))
        .payload(json!({ "framework": framework.id, "version": framework.version }));
    ledger::record(tx, entry)?;
    Ok(id)
}

/// Stops answering for a framework; what was shown before stays.
///
/// # Errors
/// A refusal when it is not adopted; a fault of the database.
pub fn end(tx: &mut Tx, framework: &str) -> Result<()> {
    let now = tx.now();
    let ended = tx.execute(
        sql!(
            "update framework_adoption
             set ended_at = $1
             where framework = $2
             and ended_at is null"
        ),
        &params![now, framework],
    )?;
    if ended == 0 {
        let known: Vec<&str> = frameworks().iter().map(|f| f.id.as_str()).collect();
        let sentence = format!(
            "The framework “{framework}” is not adopted, so it cannot be ended. Known are {}.",
            known.join(", ")
        );
        return Err(Refusal::new("framework-not-adopted", sentence)
            .field("framework")
            .into());
    }
    let entry = Entry::about(Act::FrameworkEnded, format!("framework:{framework}"))
        .payload(json!({ "framework": framework }));
    ledger::record(tx, entry)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};

    use super::*;
    use crate::framework::framework;

    fn iso() -> &'static Framework {
        framework("iso27001").expect("it ships")
    }

    fn names(db: &Db) -> Vec<String> {
        db.read_blocking(adopted)
            .expect("rows can be read")
            .into_iter()
            .map(|a| a.framework)
            .collect()
    }

    #[test]
    fn a_framework_is_answered_for_until_it_is_ended_and_can_be_adopted_again() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Setup, |tx| adopt(tx, iso()))
            .expect("nothing is adopted yet");
        assert_eq!(names(&db), ["iso27001"]);
        db.write_blocking(Actor::Operator, |tx| end(tx, "iso27001"))
            .expect("it is adopted");
        assert_eq!(names(&db), Vec::<String>::new());
        db.write_blocking(Actor::Operator, |tx| adopt(tx, iso()))
            .expect("it was ended");
        assert_eq!(names(&db), ["iso27001"]);
    }

    #[test]
    fn a_framework_is_never_adopted_twice_at_once() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Setup, |tx| adopt(tx, iso()))
            .expect("nothing is adopted yet");
        let again = db.write_blocking(Actor::Setup, |tx| adopt(tx, iso()));
        assert!(matches!(again, Err(Error::Refused(r)) if r.code == "framework-adopted-already"));
    }

    #[test]
    fn what_is_not_adopted_cannot_be_ended() {
        let db = Db::in_memory_for_tests();
        let ended = db.write_blocking(Actor::Operator, |tx| end(tx, "soc2"));
        assert!(matches!(ended, Err(Error::Refused(r)) if r.code == "framework-not-adopted"));
    }

    #[test]
    fn adopting_and_ending_leave_an_entry_each() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Setup, |tx| {
            adopt(tx, iso())?;
            end(tx, "iso27001")
        })
        .expect("adopting and ending is allowed");
        let kinds: Vec<String> = db
            .read_blocking(|reader| {
                reader.rows(
                    sql!("select kind from ledger_entry order by id limit 10"),
                    &[],
                    |row| row.get(0),
                )
            })
            .expect("rows can be read");
        assert_eq!(kinds, ["framework-adopted", "framework-ended"]);
    }
}
