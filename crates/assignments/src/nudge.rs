//! A nudge: a manager asks one of their people, by a kind letter, to look at what they owe.
//!
//! At most one letter a person in three days, whoever asks, and ten a day from one manager; nobody on leave, nobody on a
//! weekend or a holiday of theirs, and nobody who owes nothing. The letter has no link, threatens nothing, and says who asked. Each is a row and an entry, and the
//! person sees it beside what they owe.
//!
//! Not here: reminders that the programme sends by itself, and how letters leave (`mail`).

use db::{Actor, Day, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use mail::letter::{self, Letter};
use roster::{
    leave,
    person::{self, Person, PersonKind},
};

use crate::assignment::{self, Owed};
use crate::reminder::calendar;

/// Days from one nudge of a person to the next, whoever asks.
pub const DAYS_BETWEEN: i32 = 3;
/// Letters one manager causes on a day.
const A_DAY_MAX: i64 = 10;
/// Courses a letter names; the rest is counted.
const NAMED_MAX: usize = 12;
/// Nudges shown of one person.
const SHOWN_MAX: i64 = 100;

/// `nud_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NudgeKind;

impl Kind for NudgeKind {
    const PREFIX: &'static str = "nud";
}

/// One that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nudge {
    /// Who asked, as they are called now.
    pub by: String,
    pub nudged_at: Moment,
}

/// The nudges of a person, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Nudge>> {
    reader.rows(
        sql!(
            "select a.name, n.nudged_at
             from nudge n
             join account a on a.id = n.account_id
             where n.person_id = $1
             order by n.nudged_at desc, n.id desc
             limit $2"
        ),
        &params![person, SHOWN_MAX],
        |row| {
            Ok(Nudge {
                by: row.get(0)?,
                nudged_at: row.get(1)?,
            })
        },
    )
}

/// The day from which the person may be nudged again; `None` when that is now.
///
/// # Errors
/// A fault of the engine.
pub fn rests_until(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Option<Day>> {
    let (today, zone) = (reader.today()?, reader.zone()?);
    let last = of_person(reader, person)?
        .first()
        .map(|nudge| nudge.nudged_at.day(&zone) + DAYS_BETWEEN);
    Ok(last.filter(|again| *again > today))
}

/// Nudges the person in the name of the signed-in person who writes, called `by`. Whose people they are has been asked
/// before.
///
/// # Errors
/// A refusal that says why nobody is written to now.
pub fn send(tx: &mut Tx, id: &Id<PersonKind>, by: &str) -> Result<()> {
    let Actor::Person(account) = tx.actor().clone() else {
        return Err(Refusal::new(
            "nudge-needs-a-person",
            "A nudge is sent by a person. Sign in, and send it from your team’s page.",
        )
        .into());
    };
    let person = person::find(tx, id)?.ok_or_else(|| {
        Refusal::new(
            "person-unknown",
            "This person is not on the roster. Go back to your team.",
        )
    })?;
    let owed: Vec<Owed> = assignment::owed(tx, id)?
        .into_iter()
        .filter(|one| one.waived_until.is_none())
        .collect();
    let to = reachable(tx, &person, &owed)?;
    bounded(tx, &account, &person)?;
    let letter = letter::post(
        tx,
        &Letter {
            to,
            purpose: "nudge",
            subject: format!("{by} asks you to look at your training"),
            text: text(&person, by, &owed),
            secret: false,
            until: None,
        },
    )?;
    let nudge = tx.new_id::<NudgeKind>();
    tx.execute(
        sql!(
            "insert into nudge (id, person_id, account_id, letter_id, owed, nudged_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![&nudge, id, &account, &letter, owed.len() as i64, tx.now()],
    )?;
    let courses: Vec<&str> = owed.iter().map(|one| one.course_id.as_str()).collect();
    let payload = serde_json::json!({ "nudge": nudge, "letter": letter, "courses": courses });
    ledger::record(
        tx,
        Entry::about(Act::Nudged, format!("person:{id}")).payload(payload),
    )?;
    Ok(())
}

/// The address to write to; refuses where a letter would help nobody.
fn reachable(tx: &mut Tx, person: &Person, owed: &[Owed]) -> Result<String> {
    let name = person.name();
    if owed.is_empty() {
        return Err(Refusal::new(
            "nudge-nothing-owed",
            format!("{name} owes nothing now, so there is nothing to ask for."),
        )
        .into());
    }
    let today = tx.today()?;
    let away = leave::of_person(tx, &person.id)?;
    if away
        .iter()
        .any(|leave| leave.superseded_at.is_none() && leave.holds_on(today))
    {
        return Err(Refusal::new(
            "nudge-on-leave",
            format!("{name} is on leave. Their days move on by themselves; ask when they are back."),
        )
        .into());
    }
    on_a_working_day(tx, person)?;
    let to = person.facts.email.clone();
    Ok(to.ok_or_else(|| {
        Refusal::new(
            "nudge-no-address",
            format!("The roster has no address for {name}. Speak to them instead."),
        )
    })?)
}

/// Nobody is written to about training on a weekend or on a holiday of their country, whoever asks.
fn on_a_working_day(tx: &mut Tx, person: &Person) -> Result<()> {
    let today = tx.today()?;
    let calendar = calendar::near(tx, person.facts.country.as_deref(), today)?;
    if calendar.is_working(today) {
        return Ok(());
    }
    let sentence = format!(
        "Nobody is written to on a weekend or a holiday, and today is one where {} works. Ask from {}.",
        person.name(),
        calendar.next(today).long()
    );
    Err(Refusal::new("nudge-day-off", sentence).into())
}

fn bounded(tx: &mut Tx, account: &str, person: &Person) -> Result<()> {
    if let Some(again) = rests_until(tx, &person.id)? {
        let sentence = format!(
            "{} was asked within the last {DAYS_BETWEEN} days. Ask again from {}, or speak to them.",
            person.name(),
            again.long()
        );
        return Err(Refusal::new("nudge-too-soon", sentence).into());
    }
    let zone = tx.zone()?;
    let since = tx.today()?.start(&zone);
    let sent: Option<i64> = tx.one(
        sql!("select cast(count(*) as bigint) from nudge where account_id = $1 and nudged_at >= $2"),
        &params![account, since],
        |row| row.get(0),
    )?;
    if sent.unwrap_or(0) >= A_DAY_MAX {
        let sentence = format!(
            "You have asked {A_DAY_MAX} people today. Ask the others tomorrow; the programme reminds everybody by itself as well."
        );
        return Err(Refusal::new("nudge-too-many", sentence).into());
    }
    Ok(())
}

/// What is written. No link: whoever gets it goes to muster the way they always do.
fn text(person: &Person, by: &str, owed: &[Owed]) -> String {
    let mut text = format!(
        "Hello {},\n\n{by} asks you to look at your training when you have a moment. Waiting for you:\n\n",
        person.name()
    );
    for one in owed.iter().take(NAMED_MAX) {
        let due = one
            .due_on
            .map(|day| format!(", until {}", day.long()))
            .unwrap_or_default();
        text.push_str(&format!("- {} ({} minutes){due}\n", one.title, one.minutes));
    }
    if owed.len() > NAMED_MAX {
        text.push_str(&format!("- and {} more\n", owed.len() - NAMED_MAX));
    }
    text.push_str(&format!(
        "\nThere is no link in this letter, on purpose. Open muster the way you always do, and choose “My training”.\n\n\
         If something is in your way, or the list is wrong, tell {by}. They see what is open and what is done, and never your answers.\n"
    ));
    text
}
