//! Whether a letter whose turn has come may leave now: in the addressee's hours, on a working day of theirs, one a day.
//!
//! A run puts letters down at a good time, and they leave at once. After an outage of the mail they would leave when the
//! relay is back, at night perhaps, and several together; such a letter waits for the addressee's next working day.
//!
//! Not here: what it says then ([`super::digest`]); when it is no longer worth sending ([`super::run`]).

use db::{Moment, Reader, Result, Zone, params, sql};

use super::facts::{self, Somebody};
use super::{calendar, setting};
use crate::reminder::cadence::OFF_DAYS_MAX;

/// So long after it was put down the hour is still the one that was chosen.
const FRESH_SECONDS: i64 = 30 * 60;
/// It is not asked about again sooner.
const PAUSE_SECONDS: i64 = 15 * 60;

/// A letter whose turn has come, and whose it is.
pub struct Turn {
    letter: String,
    addressee: String,
    queued_at: Moment,
    /// `None` for an owner who is nobody on the roster.
    somebody: Option<Somebody>,
}

/// Reads whose letter it is.
///
/// # Errors
/// A fault of the engine, also when it is no letter of reminders.
pub fn read(reader: &mut Reader, letter: &str) -> Result<Turn> {
    let found: Option<(String, Moment)> = reader.one(
        sql!(
            "select d.addressee, l.queued_at
             from reminder_digest d
             join letter l on l.id = d.letter_id
             where d.letter_id = $1"
        ),
        &params![letter],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (addressee, queued_at) =
        found.ok_or_else(|| db::Fault::new("reading whose a letter of reminders is"))?;
    let today = reader.today()?;
    let is_person = addressee.parse::<db::Id<roster::person::PersonKind>>().is_ok();
    let somebody = match is_person {
        true => Some(facts::one(reader, &addressee, today)?),
        false => None,
    };
    Ok(Turn {
        letter: letter.to_owned(),
        addressee,
        queued_at,
        somebody,
    })
}

impl Turn {
    /// Whether whoever it is for works here, or never had to.
    pub fn is_here(&self) -> bool {
        self.somebody.as_ref().is_none_or(|somebody| somebody.here)
    }

    /// When its turn comes again, if this is no time for it.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn later(&self, reader: &mut Reader) -> Result<Option<Moment>> {
        let now = reader.now();
        let zone = self.zone(reader)?;
        let has_had = self.has_had_one_since(reader, now.day(&zone).start(&zone))?;
        if !has_had && now < self.queued_at.plus_seconds(FRESH_SECONDS) {
            return Ok(None);
        }
        let (from, to) = setting::current(reader)?.map_or((0, 24), |(setting, _)| setting.hours);
        let country = self.somebody.as_ref().and_then(|one| one.country.as_deref());
        let calendar = calendar::near(reader, country, now.day(&zone))?;
        let (today, hour) = (now.day(&zone), now.hour(&zone));
        let working = calendar.is_working(today);
        if !has_had && working && (from..to).contains(&hour) {
            return Ok(None);
        }
        let first = if !has_had && hour < from { today } else { today + 1 };
        let day = (0..=OFF_DAYS_MAX)
            .map(|n| first + n)
            .find(|day| calendar.is_working(*day));
        let begins = day
            .unwrap_or(first)
            .start(&zone)
            .plus_seconds(i64::from(from) * 3600);
        // On a day on which clocks change the hour is another than it seems.
        Ok(Some(begins.max(now.plus_seconds(PAUSE_SECONDS))))
    }

    fn zone(&self, reader: &mut Reader) -> Result<Zone> {
        let own = self
            .somebody
            .as_ref()
            .map(|one| one.preference.zone.as_str())
            .unwrap_or_default();
        match Zone::named(own).filter(|_| !own.is_empty()) {
            Some(zone) => Ok(zone),
            None => reader.zone(),
        }
    }

    /// Whether a relay has taken another letter of reminders to them since then.
    fn has_had_one_since(&self, reader: &mut Reader, since: Moment) -> Result<bool> {
        let others: Option<i64> = reader.one(
            sql!(
                "select cast(count(*) as bigint)
                 from reminder_digest d
                 join letter_try t on t.letter_id = d.letter_id
                 where d.addressee = $1
                   and d.letter_id <> $2
                   and t.outcome = 'accepted'
                   and t.tried_at >= $3"
            ),
            &params![&self.addressee, &self.letter, since],
            |row| row.get(0),
        )?;
        Ok(others.unwrap_or_default() > 0)
    }
}
