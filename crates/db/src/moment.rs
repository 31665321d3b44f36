//! An instant, in UTC milliseconds, and the zone in which instants become days.
//!
//! Nothing here reads the clock: see `clock.rs`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Day, Fault};

/// UTC milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub i64);

impl Moment {
    pub fn day(self, zone: &Zone) -> Day {
        let zoned = self.timestamp().to_zoned(zone.0.clone());
        Day::from_date(zoned.date())
    }

    /// The hour of the day in the zone, from 0 to 23.
    pub fn hour(self, zone: &Zone) -> u8 {
        self.timestamp().to_zoned(zone.0.clone()).hour().unsigned_abs()
    }

    pub fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// "1 June 2026, 09:00" in the zone.
    pub fn long(self, zone: &Zone) -> String {
        let zoned = self.timestamp().to_zoned(zone.0.clone());
        format!(
            "{}, {:02}:{:02}",
            self.day(zone).long(),
            zoned.hour(),
            zoned.minute()
        )
    }

    /// Years 1 to 9999 fit; anything else is clamped to the edge.
    fn timestamp(self) -> jiff::Timestamp {
        let clamped = self.0.clamp(-62_135_596_800_000, 253_402_200_000_000);
        jiff::Timestamp::from_millisecond(clamped).expect("clamped into jiff's range")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl FromStr for Moment {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Moment, Fault> {
        let stamp: jiff::Timestamp = text
            .parse()
            .map_err(|e| Fault::of("reading an RFC 3339 time", e))?;
        Ok(Moment(stamp.as_millisecond()))
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Moment, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An IANA time zone, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub(crate) jiff::tz::TimeZone);

impl Zone {
    pub fn utc() -> Zone {
        Zone(jiff::tz::TimeZone::UTC)
    }

    /// "Europe/Berlin", "UTC", …; `None` when there is no such zone.
    pub fn named(name: &str) -> Option<Zone> {
        jiff::tz::TimeZone::get(name).ok().map(Zone)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_and_reads_as_rfc_3339_with_milliseconds() {
        let text = "2026-06-01T09:00:00.000Z";
        let moment: Moment = text.parse().expect("a valid time");
        assert_eq!(moment.to_string(), text);
    }

    #[test]
    fn the_day_depends_on_the_zone() {
        let late: Moment = "2026-06-01T23:30:00.000Z".parse().expect("a valid time");
        let berlin = Zone::named("Europe/Berlin").expect("bundled zone");
        assert_eq!(late.day(&Zone::utc()).to_string(), "2026-06-01");
        assert_eq!(late.day(&berlin).to_string(), "2026-06-02");
        assert_eq!((late.hour(&Zone::utc()), late.hour(&berlin)), (23, 1));
    }
}
