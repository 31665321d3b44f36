//! A duty says by when a course is done the first time, and what makes it owed again.
//!
//! The first time is so many days after the start, before access, or, for an event, so many days after the event. Again is
//! so many days after the last time, or by the same day every year, whenever it was done last; and, where a duty says so,
//! after a long leave. A calendar day never asks sooner than `active_days` after the last time, so that somebody who
//! starts shortly before it is not asked twice.
//!
//! Pure. Not here: what a duty means for one person ([`crate::due`]).

use std::fmt;

use db::{Day, Refusal};
use serde::Deserialize;

/// The longest anybody can be given, in days: ten years.
const DAYS_MAX: i32 = 3_650;
/// The longest a completion may count before a calendar day asks again: half a year.
const ACTIVE_DAYS_MAX: i32 = 183;
/// What a form offers first for a calendar day.
pub const ACTIVE_DAYS: i32 = 90;

/// By when, and how often again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duty {
    pub onboarding: Onboarding,
    /// Days a completion is valid; `None` when once is enough, or the calendar says.
    pub refresh_days: Option<i32>,
    /// The same day every year, in place of `refresh_days`.
    pub calendar: Option<Calendar>,
    /// Days added to `refresh_days`, or to the calendar's day.
    pub grace_days: i32,
    /// Days for those who come into the audience later than their first day; `None` for the same as everybody.
    pub mover_days: Option<i32>,
    /// After a leave longer than this many days it is owed again; `None` when a leave changes nothing.
    pub leave_days: Option<i32>,
}

/// By when the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Onboarding {
    /// This many days after the first day, that day included.
    Days(i32),
    /// On the first day at the latest.
    BeforeAccess,
    /// This many days after the rule's first day, by whoever is in the audience on that day; nobody who comes later.
    Event(i32),
}

/// A day of the year by which it is done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// From 1.
    pub month: u8,
    /// From 1; in a shorter month its last day.
    pub day: u8,
    /// A completion counts for at least so many days.
    pub active_days: i32,
}

impl Calendar {
    /// The day by which what was done on `on` is done again.
    #[must_use]
    pub fn again(self, on: Day) -> Day {
        let least = on + self.active_days;
        let this = self.of(least.year());
        if this >= least && this > on {
            this
        } else {
            self.of(least.year() + 1)
        }
    }

    fn of(self, year: i32) -> Day {
        // 28 days are in every month.
        (28..=self.day)
            .rev()
            .find_map(|day| Day::from_ymd(year, self.month, day))
            .unwrap_or_else(|| Day::ymd(year, self.month, self.day))
    }
}

/// "30 November"
impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A leap year has every day.
        let day = Day::ymd(2024, self.month, self.day);
        write!(f, "{} {}", self.day, day.month_name())
    }
}

impl Duty {
    /// Days to start with, and nothing else.
    #[must_use]
    pub fn within(days: i32) -> Duty {
        Duty {
            onboarding: Onboarding::Days(days),
            refresh_days: None,
            calendar: None,
            grace_days: 0,
            mover_days: None,
            leave_days: None,
        }
    }

    /// Reads the JSON of a duty: `{"onboarding_days":30,"refresh_days":365,"grace_days":0,"mover_days":10}`,
    /// `{"before_access":true,"calendar":"11-30","active_days":90,"leave_days":90}` or `{"event_days":14}`.
    ///
    /// # Errors
    /// A refusal that names the part that cannot be understood.
    pub fn parse(json: &str) -> Result<Duty, Refusal> {
        let written: Written = serde_json::from_str(json).map_err(|e| {
            refusal(
                "duty",
                format!("The duty cannot be read: {e}. Write for example {{\"onboarding_days\": 30}}."),
            )
        })?;
        let onboarding = match (written.onboarding_days, written.before_access, written.event_days) {
            (Some(days), None | Some(false), None) => Onboarding::Days(days),
            (None, Some(true), None) => Onboarding::BeforeAccess,
            (None, None | Some(false), Some(days)) => Onboarding::Event(days),
            _ => {
                let sentence = "Say by when in exactly one way: \"onboarding_days\": 30, \"before_access\": true or \"event_days\": 14.";
                return Err(refusal("duty", sentence));
            }
        };
        let calendar = match (written.calendar.as_deref(), written.active_days) {
            (Some(day), active) => Some(calendar(day, active.unwrap_or(ACTIVE_DAYS))?),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(refusal(
                    "active_days",
                    "Say by which day of the year it is repeated, or leave this empty.",
                ));
            }
        };
        let duty = Duty {
            onboarding,
            refresh_days: written.refresh_days,
            calendar,
            grace_days: written.grace_days,
            mover_days: written.mover_days,
            leave_days: written.leave_days,
        };
        duty.check()?;
        Ok(duty)
    }

    /// The duty as JSON: equal duties give equal text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut parts = vec![match self.onboarding {
            Onboarding::Days(days) => format!("\"onboarding_days\":{days}"),
            Onboarding::BeforeAccess => "\"before_access\":true".to_owned(),
            Onboarding::Event(days) => format!("\"event_days\":{days}"),
        }];
        parts.extend(self.refresh_days.map(|days| format!("\"refresh_days\":{days}")));
        parts.extend(self.calendar.map(|one| {
            format!(
                "\"calendar\":\"{:02}-{:02}\",\"active_days\":{}",
                one.month, one.day, one.active_days
            )
        }));
        if self.repeats() {
            parts.push(format!("\"grace_days\":{}", self.grace_days));
        }
        parts.extend(self.mover_days.map(|days| format!("\"mover_days\":{days}")));
        parts.extend(self.leave_days.map(|days| format!("\"leave_days\":{days}")));
        format!("{{{}}}", parts.join(","))
    }

    /// Whether it is done again without anything happening.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.refresh_days.is_some() || self.calendar.is_some()
    }

    /// Whether it asks for one event only, and stands for nothing before or after.
    #[must_use]
    pub fn is_event(&self) -> bool {
        matches!(self.onboarding, Onboarding::Event(_))
    }

    /// The first day on which what was done on `on` no longer counts; `None` when it always does.
    #[must_use]
    pub fn counts_until(&self, on: Day) -> Option<Day> {
        let again = match (self.refresh_days, self.calendar) {
            (Some(days), _) => on + days,
            (None, Some(calendar)) => calendar.again(on),
            (None, None) => return None,
        };
        Some(again + self.grace_days)
    }

    /// The most days that can pass between two completions under this duty; `None` when it is done once.
    #[must_use]
    pub fn longest(&self) -> Option<i32> {
        match (self.refresh_days, self.calendar) {
            (Some(days), _) => Some(days + self.grace_days),
            (None, Some(calendar)) => Some(366 + calendar.active_days - 1 + self.grace_days),
            (None, None) => None,
        }
    }

    /// # Errors
    /// A refusal that names the first number out of bounds.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.onboarding {
            Onboarding::Days(days) => between(
                "onboarding_days",
                "The days to complete it the first time",
                days,
                0,
            )?,
            Onboarding::Event(days) => {
                between("event_days", "The days to complete it after the event", days, 0)?
            }
            Onboarding::BeforeAccess => {}
        }
        if self.is_event() && (self.repeats() || self.mover_days.is_some() || self.leave_days.is_some()) {
            let sentence = "What is owed because of an event is owed once. Leave repeating, moving and leave empty, or set a second rule.";
            return Err(refusal("by", sentence));
        }
        if let Some(days) = self.refresh_days {
            between("refresh_days", "The days after which it is repeated", days, 1)?;
        }
        if self.refresh_days.is_some() && self.calendar.is_some() {
            let sentence =
                "Say either after how many days it is repeated or by which day of the year, not both.";
            return Err(refusal("refresh_days", sentence));
        }
        if let Some(calendar) = self.calendar
            && !(0..=ACTIVE_DAYS_MAX).contains(&calendar.active_days)
        {
            let sentence = format!(
                "The days a completion counts at least must be a number from 0 to {ACTIVE_DAYS_MAX}."
            );
            return Err(refusal("active_days", sentence));
        }
        between("grace_days", "The days of grace", self.grace_days, 0)?;
        if self.grace_days > 0 && !self.repeats() {
            let sentence = "Days of grace only make sense for a course that is repeated. Say after how many days, or leave them empty.";
            return Err(refusal("grace_days", sentence));
        }
        if let Some(days) = self.leave_days {
            between("leave_days", "The days of a long leave", days, 1)?;
        }
        match self.mover_days {
            Some(days) => between(
                "mover_days",
                "The days for people who move into the audience",
                days,
                0,
            ),
            None => Ok(()),
        }
    }
}

/// "within 30 days of starting, then every 365 days"
impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.onboarding {
            Onboarding::Days(days) => write!(f, "within {} of starting", days_of(days))?,
            Onboarding::BeforeAccess => f.write_str("before the first day")?,
            Onboarding::Event(days) => return write!(f, "within {} of the event, once", days_of(days)),
        }
        if let (Some(days), Onboarding::Days(_)) = (self.mover_days, self.onboarding) {
            write!(f, " or {} of moving", days_of(days))?;
        }
        match (self.refresh_days, self.calendar) {
            (Some(days), _) => write!(f, ", then every {}", days_of(days))?,
            (None, Some(calendar)) => {
                write!(f, ", then by {calendar} every year")?;
                if calendar.active_days > 0 {
                    write!(f, " but never within {}", days_of(calendar.active_days))?;
                }
            }
            (None, None) => f.write_str(", once")?,
        }
        if self.grace_days > 0 {
            write!(f, " with {} of grace", days_of(self.grace_days))?;
        }
        match self.leave_days {
            Some(days) => write!(f, ", and after more than {} away", days_of(days)),
            None => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    onboarding_days: Option<i32>,
    before_access: Option<bool>,
    event_days: Option<i32>,
    refresh_days: Option<i32>,
    calendar: Option<String>,
    active_days: Option<i32>,
    #[serde(default)]
    grace_days: i32,
    mover_days: Option<i32>,
    leave_days: Option<i32>,
}

/// Reads "11-30".
///
/// # Errors
/// A refusal when no year has such a day.
pub fn calendar(text: &str, active_days: i32) -> Result<Calendar, Refusal> {
    let found = text.split_once('-').and_then(|(month, day)| {
        let (month, day) = (month.trim().parse().ok()?, day.trim().parse().ok()?);
        // A leap year has every day there is.
        Day::from_ymd(2024, month, day).map(|_| Calendar {
            month,
            day,
            active_days,
        })
    });
    found.ok_or_else(|| {
        refusal(
            "calendar",
            "Write the day of the year as month and day, such as 11-30.",
        )
    })
}

fn between(field: &str, what: &str, days: i32, least: i32) -> Result<(), Refusal> {
    if (least..=DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(refusal(
        field,
        format!("{what} must be a number from {least} to {DAYS_MAX}."),
    ))
}

fn days_of(days: i32) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}

fn refusal(field: &str, sentence: impl Into<String>) -> Refusal {
    Refusal::new("rule-refused", sentence).field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    #[test]
    fn a_duty_reads_back_from_its_own_text() {
        for json in [
            r#"{"onboarding_days":30}"#,
            r#"{"before_access":true,"refresh_days":365,"grace_days":30}"#,
            r#"{"onboarding_days":30,"refresh_days":365,"grace_days":0,"mover_days":10}"#,
            r#"{"onboarding_days":30,"calendar":"11-30","active_days":90,"grace_days":0,"leave_days":90}"#,
            r#"{"event_days":14}"#,
        ] {
            let duty = Duty::parse(json).expect("well formed");
            assert_eq!(Duty::parse(&duty.to_json()), Ok(duty));
        }
    }

    #[test]
    fn a_duty_reads_as_english() {
        let said = |json| Duty::parse(json).expect("well formed").to_string();
        assert_eq!(
            said(r#"{"onboarding_days":30,"refresh_days":365,"grace_days":1,"mover_days":10}"#),
            "within 30 days of starting or 10 days of moving, then every 365 days with 1 day of grace"
        );
        assert_eq!(said(r#"{"before_access":true}"#), "before the first day, once");
        assert_eq!(
            said(r#"{"onboarding_days":30,"calendar":"11-30","leave_days":90}"#),
            "within 30 days of starting, then by 30 November every year but never within 90 days, and after more than 90 days away"
        );
        assert_eq!(said(r#"{"event_days":14}"#), "within 14 days of the event, once");
    }

    #[test]
    fn a_calendar_day_asks_once_a_year_and_never_too_soon() {
        let november = calendar("11-30", 90).expect("a day");
        assert_eq!(november.again(day("2026-01-15")), day("2026-11-30"));
        assert_eq!(
            november.again(day("2026-09-01")),
            day("2026-11-30"),
            "ninety days before"
        );
        assert_eq!(
            november.again(day("2026-09-02")),
            day("2027-11-30"),
            "eighty-nine days before"
        );
        assert_eq!(november.again(day("2026-11-30")), day("2027-11-30"), "on the day");
        let leap = calendar("02-29", 0).expect("a day");
        assert_eq!(leap.again(day("2026-03-01")), day("2027-02-28"));
        assert_eq!(leap.again(day("2027-02-28")), day("2028-02-29"));
        assert_eq!(leap.again(day("2027-02-27")), day("2027-02-28"));
        let longest = Duty {
            calendar: Some(november),
            ..Duty::within(30)
        }
        .longest();
        assert_eq!(
            longest,
            Some(455),
            "from 2 September to 30 November of the next, in a leap year"
        );
        assert_eq!(november.again(day("2027-09-02")) - day("2027-09-02"), 455);
    }

    #[test]
    fn a_duty_that_says_nothing_or_two_things_or_too_much_is_refused() {
        for json in [
            "{}",
            "30",
            r#"{"onboarding_days":30,"before_access":true}"#,
            r#"{"before_access":false}"#,
            r#"{"onboarding_days":-1}"#,
            r#"{"onboarding_days":3651}"#,
            r#"{"onboarding_days":30,"refresh_days":0}"#,
            r#"{"onboarding_days":30,"grace_days":5}"#,
            r#"{"onboarding_days":30,"mover_days":-5}"#,
            r#"{"onboarding_days":30,"often":1}"#,
            r#"{"onboarding_days":30,"event_days":1}"#,
            r#"{"event_days":14,"refresh_days":365}"#,
            r#"{"onboarding_days":30,"calendar":"11-31"}"#,
            r#"{"onboarding_days":30,"calendar":"soon"}"#,
            r#"{"onboarding_days":30,"active_days":90}"#,
            r#"{"onboarding_days":30,"calendar":"11-30","active_days":300}"#,
            r#"{"onboarding_days":30,"calendar":"11-30","refresh_days":365}"#,
            r#"{"onboarding_days":30,"leave_days":0}"#,
        ] {
            assert!(Duty::parse(json).is_err(), "{json}");
        }
    }
}
