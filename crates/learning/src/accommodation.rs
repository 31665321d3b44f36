//! An accommodation: what a person is given beyond what a course gives everybody, and never why.
//!
//! No course has a clock, so there is no time to extend; what a course does limit is attempts before a pause. The newest
//! row of a person counts; `course` takes an accommodation back. The reason is between the person and whoever helps
//! them: there is no field for it, so that no diagnosis can end up here.

use db::{Fault, Id, Moment, Reader, Result, Tx, params, sql};
use ledger::{Act, Entry};
use roster::person::{self, PersonKind};

/// People with an accommodation who are listed.
const LISTED_MAX: i64 = 1_000;

struct AccommodationKind;
impl db::Kind for AccommodationKind {
    const PREFIX: &'static str = "acm";
}

/// How many attempts somebody has before a pause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Attempts {
    /// As many as the course says.
    #[default]
    Course,
    /// Half as many again, rounded up.
    HalfMore,
    Twice,
    /// No pause at all.
    Any,
}

impl Attempts {
    pub const ALL: [Attempts; 4] = [
        Attempts::Course,
        Attempts::HalfMore,
        Attempts::Twice,
        Attempts::Any,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Attempts::Course => "course",
            Attempts::HalfMore => "half_more",
            Attempts::Twice => "twice",
            Attempts::Any => "any",
        }
    }

    pub fn of(text: &str) -> Option<Attempts> {
        Attempts::ALL.into_iter().find(|attempts| attempts.text() == text)
    }

    /// As it is said on a page.
    pub fn label(self) -> &'static str {
        match self {
            Attempts::Course => "As many attempts as the course gives everybody",
            Attempts::HalfMore => "Half as many attempts again before a pause",
            Attempts::Twice => "Twice as many attempts before a pause",
            Attempts::Any => "As many attempts as needed, without a pause",
        }
    }

    /// The course's rule for this person.
    pub fn applied(self, form: curriculum::Form) -> curriculum::Form {
        let attempts = match self {
            Attempts::Course | Attempts::Any => form.attempts,
            Attempts::HalfMore => form.attempts.saturating_mul(3).div_ceil(2),
            Attempts::Twice => form.attempts.saturating_mul(2),
        };
        let pause_hours = match self {
            Attempts::Any => 0,
            _ => form.pause_hours,
        };
        curriculum::Form {
            attempts,
            pause_hours,
            ..form
        }
    }
}

/// Somebody with an accommodation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub person: Id<PersonKind>,
    pub name: String,
    pub attempts: Attempts,
    pub granted_at: Moment,
}

/// Gives it to a person, or takes it back. The same again changes nothing. `None` when nobody has this id.
///
/// # Errors
/// A fault of the engine.
pub fn grant(tx: &mut Tx, person: &Id<PersonKind>, attempts: Attempts) -> Result<Option<()>> {
    if person::find(tx, person)?.is_none() {
        return Ok(None);
    }
    if of(tx, person)? == attempts {
        return Ok(Some(()));
    }
    let id = tx.new_id::<AccommodationKind>();
    let by = tx.actor().to_string();
    tx.execute(
        sql!(
            "insert into accommodation (id, person_id, attempts, granted_at, granted_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![id, person, attempts.text(), tx.now(), by],
    )?;
    let payload = serde_json::json!({ "attempts": attempts.text() });
    ledger::record(
        tx,
        Entry::about(Act::AccommodationSet, format!("person:{person}")).payload(payload),
    )?;
    Ok(Some(()))
}

/// What a person has now.
pub fn of(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Attempts> {
    let found = reader.one(
        sql!(
            "select attempts
             from accommodation
             where person_id = $1
             order by granted_at desc, id desc
             limit 1"
        ),
        &params![person],
        |row| row.get::<String>(0),
    )?;
    found.map_or(Ok(Attempts::Course), |text| known(&text))
}

/// Everybody who has one, the newest first.
pub fn all(reader: &mut Reader) -> Result<Vec<Given>> {
    let rows = reader.rows(
        sql!(
            "select a.person_id, a.attempts, a.granted_at
             from accommodation a
             where a.attempts <> 'course'
               and not exists (
                   select 1
                   from accommodation later
                   where later.person_id = a.person_id
                     and (later.granted_at > a.granted_at
                          or (later.granted_at = a.granted_at and later.id > a.id)))
             order by a.granted_at desc, a.id desc
             limit $1"
        ),
        &params![LISTED_MAX],
        |row| Ok((row.get::<Id<PersonKind>>(0)?, row.get::<String>(1)?, row.get(2)?)),
    )?;
    let mut given = Vec::with_capacity(rows.len());
    for (id, attempts, granted_at) in rows {
        let name = person::find(reader, &id)?.map_or_else(|| id.to_string(), |person| person.name());
        given.push(Given {
            person: id,
            name,
            attempts: known(&attempts)?,
            granted_at,
        });
    }
    Ok(given)
}

fn known(text: &str) -> Result<Attempts> {
    Ok(Attempts::of(text)
        .ok_or_else(|| Fault::new("reading an accommodation that this program does not know"))?)
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};

    use super::*;
    use crate::tests::{self as sample, ADA};

    fn given(db: &Db, attempts: Attempts) {
        db.set_now(db.now().plus_seconds(1));
        let granted = db.write_blocking(Actor::Operator, move |tx| {
            grant(tx, &sample::person_id(ADA), attempts)
        });
        assert_eq!(granted.expect("may be given"), Some(()));
    }

    #[test]
    fn attempts_are_added_and_never_taken() {
        let form = curriculum::Form {
            questions: 5,
            attempts: 3,
            pause_hours: 24,
        };
        let table = [
            (Attempts::Course, 3, 24),
            (Attempts::HalfMore, 5, 24),
            (Attempts::Twice, 6, 24),
            (Attempts::Any, 3, 0),
        ];
        for (attempts, before, pause) in table {
            let applied = attempts.applied(form);
            assert_eq!(
                (applied.attempts, applied.pause_hours),
                (before, pause),
                "{attempts:?}"
            );
            assert_eq!(Attempts::of(attempts.text()), Some(attempts));
        }
    }

    #[test]
    fn the_newest_counts_and_can_be_taken_back() {
        let db = sample::db();
        given(&db, Attempts::Twice);
        given(&db, Attempts::Twice);
        assert_eq!(
            sample::entries(&db, Act::AccommodationSet),
            1,
            "the same again is nothing"
        );
        given(&db, Attempts::Any);
        let listed = db.read_blocking(all).expect("read");
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (listed[0].name.as_str(), listed[0].attempts),
            ("Ada Osei", Attempts::Any)
        );
        given(&db, Attempts::Course);
        assert_eq!(db.read_blocking(all).expect("read"), []);
    }

    #[test]
    fn somebody_with_any_number_of_attempts_has_no_pause() {
        let db = sample::db();
        given(&db, Attempts::Any);
        for _ in 0..7 {
            let id = sample::started(&db, ADA);
            sample::answered(&db, ADA, &id, false);
            sample::submitted(&db, ADA, &id);
        }
    }
}
