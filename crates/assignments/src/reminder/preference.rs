//! What a person chose about their own reminders: the time zone they live in, and a calendar in place of letters.
//!
//! A calendar never stands in for what is overdue. Rows are only added; the newest of a person counts.
//!
//! Not here: the calendar itself ([`super::feed`]).

use std::collections::HashMap;

use db::{Id, Kind, Reader, Refusal, Result, Tx, Zone, params, sql};
use ledger::{Act, Entry};
use roster::person::PersonKind;

/// `rpr_…`
pub enum PreferenceKind {}
impl Kind for PreferenceKind {
    const PREFIX: &'static str = "rpr";
}

/// What a person chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preference {
    /// IANA; the organisation's when empty.
    pub zone: String,
    /// No letters as long as nothing is overdue.
    pub calendar: bool,
}

/// What this person chose; the default when they chose nothing.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, person: &str) -> Result<Preference> {
    let found = reader.one(
        sql!(
            "select zone, calendar
             from reminder_preference
             where person_id = $1
             order by set_at desc, id desc
             limit 1"
        ),
        &params![person],
        |row| {
            Ok(Preference {
                zone: row.get(0)?,
                calendar: row.get::<i64>(1)? == 1,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// What everybody chose who chose something.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<HashMap<String, Preference>> {
    let mut all = HashMap::new();
    reader.each(
        sql!("select person_id, zone, calendar from reminder_preference order by set_at, id"),
        &[],
        |row| {
            let preference = Preference {
                zone: row.get(1)?,
                calendar: row.get::<i64>(2)? == 1,
            };
            all.insert(row.get(0)?, preference);
            Ok(())
        },
    )?;
    Ok(all)
}

/// Keeps what the person chose.
///
/// # Errors
/// A refusal when there is no such zone; a fault of the engine.
pub fn set(tx: &mut Tx, person: &Id<PersonKind>, preference: &Preference) -> Result<()> {
    let zone = preference.zone.trim();
    if !zone.is_empty() && Zone::named(zone).is_none() {
        let sentence = "The time zone is not known; write it as Europe/Berlin, America/New_York or UTC.";
        return Err(Refusal::new("reminder-zone", sentence).field("zone").into());
    }
    let id = tx.new_id::<PreferenceKind>();
    let now = tx.now();
    tx.execute(
        sql!("insert into reminder_preference (id, person_id, zone, calendar, set_at) values ($1, $2, $3, $4, $5)"),
        &params![id, person, zone, i64::from(preference.calendar), now],
    )?;
    let payload = serde_json::json!({ "zone": zone, "calendar": preference.calendar });
    ledger::record(
        tx,
        Entry::about(Act::ReminderPreferenceSet, format!("person:{person}")).payload(payload),
    )?;
    Ok(())
}
