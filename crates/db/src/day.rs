//! A calendar day, and a half-open window of days.
//!
//! A day has no zone and no time; it becomes an instant only through a [`Zone`].

use std::{
    fmt,
    ops::{Add, Sub},
    str::FromStr,
};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::{Fault, Moment, Zone};

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(pub i32);

const EPOCH: Date = Date::constant(1970, 1, 1);
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Day {
    /// The day, or `None` when there is no such date between the years 1 and 9999.
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Day> {
        let date = Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()?;
        (date.year() > 0).then(|| Day::from_date(date))
    }

    /// A date known when writing the code. Panics on a date that does not exist.
    pub fn ymd(year: i32, month: u8, day: u8) -> Day {
        Day::from_ymd(year, month, day).expect("the date is written in the source and exists")
    }

    pub(crate) fn from_date(date: Date) -> Day {
        Day((date - EPOCH).get_days())
    }

    fn date(self) -> Date {
        let clamped = self.0.clamp(-719_162, 2_932_896);
        EPOCH
            .checked_add(jiff::Span::new().days(clamped))
            .expect("clamped to the years 1 to 9999")
    }

    pub fn year(self) -> i32 {
        i32::from(self.date().year())
    }

    pub fn month(self) -> u8 {
        self.date().month().unsigned_abs()
    }

    pub fn day_of_month(self) -> u8 {
        self.date().day().unsigned_abs()
    }

    pub fn weekday_name(self) -> &'static str {
        match self.date().weekday() {
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "Tuesday",
            Weekday::Wednesday => "Wednesday",
            Weekday::Thursday => "Thursday",
            Weekday::Friday => "Friday",
            Weekday::Saturday => "Saturday",
            Weekday::Sunday => "Sunday",
        }
    }

    pub fn month_name(self) -> &'static str {
        MONTHS[usize::from(self.month()) - 1]
    }

    /// "1 June 2026"
    pub fn long(self) -> String {
        format!("{} {} {}", self.day_of_month(), self.month_name(), self.year())
    }

    /// "1 Jun 2026"
    pub fn short(self) -> String {
        format!(
            "{} {} {}",
            self.day_of_month(),
            &self.month_name()[..3],
            self.year()
        )
    }

    /// The first instant of the day in the zone.
    pub fn start(self, zone: &Zone) -> Moment {
        self.at(zone, 0)
    }

    /// Noon: the instant given to what is only known by its day.
    pub fn noon(self, zone: &Zone) -> Moment {
        self.at(zone, 12)
    }

    fn at(self, zone: &Zone, hour: i8) -> Moment {
        let zoned = self.date().at(hour, 0, 0, 0).to_zoned(zone.0.clone());
        Moment(
            zoned
                .expect("every civil time of the years 1 to 9999 maps to an instant")
                .timestamp()
                .as_millisecond(),
        )
    }
}

impl Add<i32> for Day {
    type Output = Day;
    fn add(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }
}

impl Sub<i32> for Day {
    type Output = Day;
    fn sub(self, days: i32) -> Day {
        Day(self.0.saturating_sub(days))
    }
}

impl Sub<Day> for Day {
    type Output = i32;
    fn sub(self, other: Day) -> i32 {
        self.0 - other.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

impl FromStr for Day {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Day, Fault> {
        let shape = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        if !shape {
            return Err(Fault::new("reading a date that is not YYYY-MM-DD"));
        }
        let date: Date = text.parse().map_err(|e| Fault::of("reading a date", e))?;
        Ok(Day::from_date(date))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The days from `from` up to, but not with, `to`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    pub from: Day,
    pub to: Day,
}

impl Window {
    /// `None` unless `from` is before `to`.
    pub fn new(from: Day, to: Day) -> Option<Window> {
        (from < to).then_some(Window { from, to })
    }

    /// The window of one day: what "as of" means.
    pub fn on(day: Day) -> Window {
        Window {
            from: day,
            to: day + 1,
        }
    }

    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day < self.to
    }

    pub fn days(self) -> i32 {
        self.to - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_prints_reads_and_counts() {
        let day: Day = "2024-02-28".parse().expect("a valid date");
        assert_eq!((day + 1).to_string(), "2024-02-29");
        assert_eq!((day + 2).long(), "1 March 2024");
        assert_eq!(Day::ymd(2026, 6, 1).weekday_name(), "Monday");
        assert_eq!(Day::ymd(1970, 1, 1), Day(0));
    }

    #[test]
    fn what_is_not_a_date_is_refused() {
        for text in [
            "2026-02-30",
            "2026-6-1",
            "20260601",
            "",
            "yesterday",
            "2026-06-01T00:00",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert_eq!(Day::from_ymd(2026, 13, 1), None);
    }

    #[test]
    fn a_day_starts_in_its_zone_also_when_clocks_change() {
        let berlin = Zone::named("Europe/Berlin").expect("bundled zone");
        assert_eq!(
            Day::ymd(2026, 3, 29).start(&berlin).to_string(),
            "2026-03-28T23:00:00.000Z"
        );
        assert_eq!(
            Day::ymd(2026, 3, 30).start(&berlin).to_string(),
            "2026-03-29T22:00:00.000Z"
        );
    }

    #[test]
    fn a_window_is_half_open_and_never_empty() {
        let day = Day::ymd(2026, 6, 1);
        assert_eq!(Window::new(day, day), None);
        assert!(Window::on(day).contains(day));
        assert!(!Window::on(day).contains(day + 1));
    }
}
