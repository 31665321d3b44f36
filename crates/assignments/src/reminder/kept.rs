//! What was decided about reminders, as it is shown: to whom, about what, when, and what became of it.
//!
//! Not here: deciding ([`super::plan`]).

use db::{Id, Moment, Reader, Result, Row, params, sql};
use roster::person::PersonKind;

use super::cadence::Step;
use super::plan::Suppressed;
use super::stand_in::{Place, StandsIn};

/// Reminders shown of one person: ten years of a dozen courses.
const OF_PERSON_MAX: i64 = 2_000;

/// What became of a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It stands in a letter that has not left yet.
    Waiting,
    /// The relay took the letter, and what it said.
    Sent(Moment, String),
    /// Nobody took the letter.
    Undelivered(Moment, String),
    /// It was taken out before the letter left, because of this.
    Withdrawn(Moment, String),
    Suppressed(Suppressed),
}

/// A reminder that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub assignment: String,
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub step: Step,
    /// A person's or an account's id, or a word for nobody.
    pub addressee: String,
    /// Whose place the addressee took.
    pub place: Option<Place>,
    pub decided_at: Moment,
    pub fate: Fate,
}

/// Which reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Show {
    All,
    /// In a letter, whatever became of it.
    Written,
    Suppressed,
    Withdrawn,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub all: i64,
    pub suppressed: i64,
    pub withdrawn: i64,
}

impl Show {
    pub const ALL: [Show; 4] = [Show::All, Show::Written, Show::Suppressed, Show::Withdrawn];

    pub fn as_str(self) -> &'static str {
        match self {
            Show::All => "all",
            Show::Written => "written",
            Show::Suppressed => "suppressed",
            Show::Withdrawn => "withdrawn",
        }
    }

    pub fn named(name: &str) -> Show {
        Show::ALL
            .into_iter()
            .find(|show| show.as_str() == name)
            .unwrap_or(Show::All)
    }
}

/// Which part of the list, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub show: Show,
    pub skip: i64,
    pub most: i64,
}

/// What was decided, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn list(reader: &mut Reader, part: Part) -> Result<Vec<Reminder>> {
    reader.rows(
        sql!(
            "select r.assignment_id, r.person_id, r.course_id, r.step, r.addressee, r.decided_at, r.reason,
                    w.reason, w.withdrawn_at, t.outcome, t.reply, t.tried_at, r.in_place_of, r.stands_in
             from reminder r
             left join reminder_withdrawal w
               on w.assignment_id = r.assignment_id and w.step = r.step and w.addressee = r.addressee
             left join letter_try t on t.letter_id = r.letter_id and t.outcome <> 'deferred'
             where $1 = 'all'
                or ($1 = 'written' and r.reason is null)
                or ($1 = 'suppressed' and r.reason is not null)
                or ($1 = 'withdrawn' and w.reason is not null)
             order by r.decided_at desc, r.id desc
             limit $2 offset $3"
        ),
        &params![part.show.as_str(), part.most, part.skip],
        read,
    )
}

/// Everything that was decided about what a person owes, or told to them of others, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Reminder>> {
    reader.rows(
        sql!(
            "select r.assignment_id, r.person_id, r.course_id, r.step, r.addressee, r.decided_at, r.reason,
                    w.reason, w.withdrawn_at, t.outcome, t.reply, t.tried_at, r.in_place_of, r.stands_in
             from reminder r
             left join reminder_withdrawal w
               on w.assignment_id = r.assignment_id and w.step = r.step and w.addressee = r.addressee
             left join letter_try t on t.letter_id = r.letter_id and t.outcome <> 'deferred'
             where r.person_id = $1
             order by r.decided_at desc, r.id desc
             limit $2"
        ),
        &params![person, OF_PERSON_MAX],
        read,
    )
}

/// How many there are of each.
///
/// # Errors
/// A fault of the engine.
pub fn count(reader: &mut Reader) -> Result<Count> {
    let found = reader.one(
        sql!(
            "select cast(count(*) as bigint), cast(count(reason) as bigint),
                    (select cast(count(*) as bigint) from reminder_withdrawal)
             from reminder"
        ),
        &[],
        |row| {
            Ok(Count {
                all: row.get(0)?,
                suppressed: row.get(1)?,
                withdrawn: row.get(2)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// The owners' list: what was put on it and is still open, the oldest first.
///
/// # Errors
/// A fault of the engine.
pub fn tasks(reader: &mut Reader) -> Result<Vec<Reminder>> {
    reader.rows(
        sql!(
            "select r.assignment_id, r.person_id, r.course_id, r.step, r.addressee, r.decided_at, r.reason,
                    cast(null as text), cast(null as bigint), cast(null as text), cast(null as text), cast(null as bigint),
                    r.in_place_of, r.stands_in
             from reminder r
             join assignment_open o on o.person_id = r.person_id and o.assignment_id = r.assignment_id
             where r.addressee = 'task'
             order by r.decided_at, r.id
             limit $1"
        ),
        &params![TASKS_MAX],
        read,
    )
}

/// Tasks shown at once; whoever has more has another problem.
const TASKS_MAX: i64 = 200;

fn read(row: &Row) -> Result<Reminder> {
    let suppressed = row.str(6)?.map(str::parse::<Suppressed>).transpose()?;
    let withdrawn: Option<String> = row.get(7)?;
    let outcome: Option<String> = row.get(9)?;
    let reply = || row.get::<Option<String>>(10).map(Option::unwrap_or_default);
    let at = |column: usize| {
        row.get::<Option<Moment>>(column)
            .map(|at| at.unwrap_or(Moment(0)))
    };
    let fate = match (suppressed, withdrawn, outcome.as_deref()) {
        (Some(why), _, _) => Fate::Suppressed(why),
        (None, Some(why), _) => Fate::Withdrawn(at(8)?, why),
        (None, None, None) => Fate::Waiting,
        (None, None, Some("accepted")) => Fate::Sent(at(11)?, reply()?),
        (None, None, Some("withdrawn")) => Fate::Withdrawn(at(11)?, reply()?),
        (None, None, Some(_)) => Fate::Undelivered(at(11)?, reply()?),
    };
    let stands_in = row.str(13)?.map(str::parse::<StandsIn>).transpose()?;
    let of: Option<String> = row.get(12)?;
    Ok(Reminder {
        place: of.zip(stands_in).map(|(of, stands_in)| Place { of, stands_in }),
        assignment: row.get(0)?,
        person: row.get(1)?,
        course_id: row.get(2)?,
        step: row.str(3)?.unwrap_or_default().parse()?,
        addressee: row.get(4)?,
        decided_at: row.get(5)?,
        fate,
    })
}
