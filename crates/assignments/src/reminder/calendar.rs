//! The days on which people are written to: not on weekends, not on the holidays of their country.
//!
//! Holidays come from a calendar file (iCalendar, RFC 5545), one list a country, because which days they are differs by
//! country and year and is nothing a program should know better than its owner. Importing a country's list replaces it.
//! Rules of repetition are taken where they are yearly; anything else in a holiday file is refused rather than guessed.
//!
//! Not here: leave, which is a person's own ([`super::cadence`]).

use std::collections::{BTreeMap, BTreeSet};

use db::{Day, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

use super::cadence::OFF_DAYS_MAX;

/// A calendar of fifty years of holidays is smaller.
pub const FILE_BYTES_MAX: usize = 1_000_000;
/// Days a country's list may hold.
const DAYS_MAX: usize = 2_000;
/// Years ahead for which a yearly day is written down.
const YEARS_AHEAD: i32 = 10;
/// All lists together.
const ALL_DAYS_MAX: i64 = 100_000;

/// The days off of one country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    off: BTreeSet<Day>,
}

/// Every country's calendar; a country without a list of its own has the list for everybody.
#[derive(Debug, Clone, Default)]
pub struct Calendars {
    everybody: Calendar,
    of: BTreeMap<String, Calendar>,
}

/// How many days a country's list holds, and the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Empty for everybody.
    pub country: String,
    pub days: i64,
    pub last: Day,
}

impl Calendar {
    /// Saturdays and Sundays only.
    pub fn weekends() -> Calendar {
        Calendar::default()
    }

    #[must_use]
    pub fn with(mut self, days: impl IntoIterator<Item = Day>) -> Calendar {
        self.off.extend(days);
        self
    }

    pub fn is_working(&self, day: Day) -> bool {
        // 1970-01-01 was a Thursday.
        let weekday = (day.0 + 3).rem_euclid(7);
        weekday < 5 && !self.off.contains(&day)
    }

    /// The first working day that is not before this one.
    pub fn next(&self, day: Day) -> Day {
        (0..=OFF_DAYS_MAX)
            .map(|n| day + n)
            .find(|day| self.is_working(*day))
            .unwrap_or(day)
    }

    /// The last working day that is not after this one.
    pub fn last(&self, day: Day) -> Day {
        (0..=OFF_DAYS_MAX)
            .map(|n| day - n)
            .find(|day| self.is_working(*day))
            .unwrap_or(day)
    }
}

impl Calendars {
    /// The days whose steps can be moved to a day from `first` to `last`, in any country.
    pub fn span(&self, first: Day, last: Day) -> (Day, Day) {
        let all = || self.of.values().chain([&self.everybody]);
        let from = all().map(|one| one.last(first - 1) + 1).min();
        let to = all().map(|one| one.next(last + 1) - 1).max();
        (from.unwrap_or(first), to.unwrap_or(last))
    }

    /// The calendar of a country as the roster spells it.
    pub fn of(&self, country: Option<&str>) -> &Calendar {
        let country = country.map(spelt).unwrap_or_default();
        self.of.get(&country).unwrap_or(&self.everybody)
    }
}

/// Every list.
///
/// # Errors
/// A fault of the engine.
pub fn all(reader: &mut Reader) -> Result<Calendars> {
    let mut calendars = Calendars::default();
    let days = reader.rows(
        sql!("select country, on_day from holiday order by country, on_day limit $1"),
        &params![ALL_DAYS_MAX],
        |row| Ok((row.get::<String>(0)?, row.get::<Day>(1)?)),
    )?;
    for (country, day) in days {
        match country.as_str() {
            "" => calendars.everybody.off.insert(day),
            _ => calendars.of.entry(country).or_default().off.insert(day),
        };
    }
    Ok(calendars)
}

/// The calendar of a country as far as it decides whether a day is a working day, and which the next one is.
///
/// # Errors
/// A fault of the engine.
pub fn near(reader: &mut Reader, country: Option<&str>, day: Day) -> Result<Calendar> {
    let country = country.map(spelt).unwrap_or_default();
    // A country without a list of its own has the list for everybody.
    let own: Option<i64> = reader.one(
        sql!("select cast(count(*) as bigint) from holiday where country = $1"),
        &params![&country],
        |row| row.get(0),
    )?;
    let country = if own.unwrap_or_default() > 0 {
        country
    } else {
        String::new()
    };
    let off = reader.rows(
        sql!(
            "select on_day
             from holiday
             where country = $1
               and on_day >= $2
               and on_day <= $3
             limit 100"
        ),
        &params![country, day, day + 2 * OFF_DAYS_MAX],
        |row| row.get::<Day>(0),
    )?;
    Ok(Calendar::weekends().with(off))
}

/// Which countries have a list.
///
/// # Errors
/// A fault of the engine.
pub fn lists(reader: &mut Reader) -> Result<Vec<List>> {
    reader.rows(
        sql!(
            "select country, cast(count(*) as bigint), max(on_day)
             from holiday
             group by country
             order by country
             limit 300"
        ),
        &[],
        |row| {
            Ok(List {
                country: row.get(0)?,
                days: row.get(1)?,
                last: row.get(2)?,
            })
        },
    )
}

/// Replaces a country's list with what the file says; an empty country is everybody.
///
/// # Errors
/// A refusal that says what is wrong with the file or the country; a fault of the engine.
pub fn import(tx: &mut Tx, country: &str, file: &[u8]) -> Result<usize> {
    let country = spelt(country);
    if country.chars().count() > 60 || country.chars().any(char::is_control) {
        let sentence = "Write the country as your roster does, such as DE.";
        return Err(Refusal::new("holiday-country", sentence).field("country").into());
    }
    let this_year = tx.today()?.year();
    let days = read(file, this_year)?;
    tx.execute(sql!("delete from holiday where country = $1"), &params![&country])?;
    let now = tx.now();
    let rows = days
        .iter()
        .map(|(day, name)| params![&country, *day, name, now].to_vec())
        .collect();
    tx.insert_many(
        sql!("insert into holiday (country, on_day, name, imported_at) values ($1, $2, $3, $4)"),
        rows,
    )?;
    let payload = json!({ "country": country, "days": days.len() });
    ledger::record(
        tx,
        Entry::about(Act::HolidaysImported, "reminders").payload(payload),
    )?;
    Ok(days.len())
}

fn spelt(country: &str) -> String {
    country.trim().to_uppercase()
}

fn unreadable(what: &str) -> Refusal {
    let sentence =
        format!("The file cannot be used: {what} Choose an iCalendar file (.ics) of public holidays.");
    Refusal::new("holiday-file", sentence).field("file")
}

/// The days of a file and their names.
fn read(file: &[u8], this_year: i32) -> std::result::Result<BTreeMap<Day, String>, Refusal> {
    if file.len() > FILE_BYTES_MAX {
        return Err(unreadable("it is larger than a megabyte."));
    }
    let text = std::str::from_utf8(file).map_err(|_| unreadable("it is not text in UTF-8."))?;
    // Long lines are folded: a line that begins with a space goes on with the one before.
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let mut days = BTreeMap::new();
    let mut event: Option<Event> = None;
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let name = name.split(';').next().unwrap_or(name).to_uppercase();
        match (name.as_str(), value, &mut event) {
            ("BEGIN", "VEVENT", _) => event = Some(Event::default()),
            ("END", "VEVENT", found) => {
                if let Some(event) = found.take() {
                    event.add_to(&mut days, this_year)?;
                }
            }
            ("DTSTART", value, Some(event)) => event.from = Some(day_of(value)?),
            ("DTEND", value, Some(event)) => event.to = Some(day_of(value)?),
            ("SUMMARY", value, Some(event)) => {
                event.name = value.replace("\\,", ",").chars().take(200).collect()
            }
            ("RRULE", value, Some(event)) => event.repeats = Some(value.to_uppercase()),
            _ => {}
        }
        if days.len() > DAYS_MAX {
            return Err(unreadable("it holds more than 2,000 days."));
        }
    }
    if days.is_empty() {
        return Err(unreadable("no day was found in it."));
    }
    Ok(days)
}

#[derive(Default)]
struct Event {
    from: Option<Day>,
    /// The day after its last.
    to: Option<Day>,
    name: String,
    repeats: Option<String>,
}

impl Event {
    fn add_to(self, days: &mut BTreeMap<Day, String>, this_year: i32) -> std::result::Result<(), Refusal> {
        let from = self.from.ok_or_else(|| unreadable("a day in it has no date."))?;
        let length = self.to.map_or(1, |to| to - from).clamp(1, OFF_DAYS_MAX);
        let yearly = match self.repeats.as_deref() {
            None => false,
            Some(rule) if is_plainly_yearly(rule) => true,
            Some(_) => {
                let what = format!(
                    "“{}” repeats in another way than every year on its date.",
                    self.name
                );
                return Err(unreadable(&what));
            }
        };
        let last_year = if yearly {
            this_year + YEARS_AHEAD
        } else {
            from.year()
        };
        for year in from.year()..=last_year {
            // There is no 29 February in most years.
            let first = Day::from_ymd(year, from.month(), from.day_of_month());
            for first in first.into_iter().filter(|_| !yearly || year >= this_year - 1) {
                days.extend((0..length).map(|n| (first + n, self.name.clone())));
            }
        }
        Ok(())
    }
}

fn is_plainly_yearly(rule: &str) -> bool {
    let plain = ["FREQ=YEARLY", "INTERVAL=1", "WKST=MO", "WKST=SU"];
    rule.contains("FREQ=YEARLY") && rule.split(';').all(|part| plain.contains(&part))
}

/// The date of `20261225` or `20261225T000000Z`.
fn day_of(value: &str) -> std::result::Result<Day, Refusal> {
    let digits = value
        .get(..8)
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let date = digits.and_then(|text| {
        let number = |part: std::ops::Range<usize>| text.get(part).and_then(|part| part.parse::<i32>().ok());
        let (month, day) = (
            u8::try_from(number(4..6)?).ok()?,
            u8::try_from(number(6..8)?).ok()?,
        );
        Day::from_ymd(number(0..4)?, month, day)
    });
    date.ok_or_else(|| unreadable("a date in it is none."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::{Actor, Db};

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
        SUMMARY:Christ\r\n mas\\, both days\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:1 May\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn a_file_of_holidays_is_read_with_its_folded_lines_and_yearly_days() {
        let days = read(FILE.as_bytes(), 2026).expect("a calendar");
        assert_eq!(days[&day("2026-12-25")], "Christmas, both days");
        assert!(days.contains_key(&day("2026-12-26")) && !days.contains_key(&day("2026-12-27")));
        assert!(days.contains_key(&day("2026-05-01")) && days.contains_key(&day("2036-05-01")));
        assert!(!days.contains_key(&day("2020-05-01")), "long past");
        for (file, what) in [
            ("", "no day"),
            ("BEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT", "none"),
            (
                "BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=WEEKLY\nSUMMARY:Sun\nEND:VEVENT",
                "repeats",
            ),
        ] {
            let refusal = read(file.as_bytes(), 2026).expect_err("it is refused");
            assert!(refusal.to_string().contains(what), "{refusal}");
        }
    }

    #[test]
    fn a_country_has_its_own_list_and_importing_again_replaces_it() {
        let db = Db::in_memory_for_tests();
        let imported = |country: &'static str, file: &'static str| {
            db.write_blocking(Actor::Operator, move |tx| import(tx, country, file.as_bytes()))
                .expect("it can be imported")
        };
        imported("de", FILE);
        imported(
            "DE",
            "BEGIN:VEVENT\nDTSTART:20261003\nSUMMARY:Unity\nEND:VEVENT\n",
        );
        imported("", "BEGIN:VEVENT\nDTSTART:20261224\nSUMMARY:Ours\nEND:VEVENT\n");
        let calendars = db.read_blocking(all).expect("reading works");
        assert!(calendars.of(Some("De")).off.contains(&day("2026-10-03")));
        assert!(!calendars.of(Some("DE")).off.contains(&day("2026-12-25")));
        assert!(calendars.of(Some("AT")).off.contains(&day("2026-12-24")));
        assert_eq!(db.read_blocking(lists).expect("reading works").len(), 2);
    }

    #[test]
    fn weekends_are_saturday_and_sunday() {
        let calendar = Calendar::weekends();
        assert_eq!(calendar.next(day("2026-06-06")), day("2026-06-08"));
        assert_eq!(calendar.last(day("2026-06-07")), day("2026-06-05"));
        assert!(calendar.is_working(day("2026-06-05")));
    }
}
