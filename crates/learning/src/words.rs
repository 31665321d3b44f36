//! How the pages say days, times and lengths, so that all of them say it alike.
//!
//! Not here: the dates themselves (`db`).

use db::{Day, Moment, Zone};

/// "Friday 12 June 2026"
pub fn day(day: Day) -> String {
    format!("{} {}", day.weekday_name(), day.long())
}

/// "Tuesday 2 June 2026 at 09:00"
pub fn when(moment: Moment, zone: &Zone) -> String {
    let long = moment.long(zone);
    let clock = long.rsplit(", ").next().unwrap_or_default();
    format!("{} at {clock}", day(moment.day(zone)))
}

/// "You have until Friday 12 June 2026.", as it stands on `today`.
pub fn until(due_on: Option<Day>, today: Day) -> String {
    match due_on {
        None => "There is no date for this while you are away.".to_owned(),
        Some(due) if due < today => format!("This was due on {}. Please do it now.", day(due)),
        Some(due) if due == today => "You have until the end of today.".to_owned(),
        Some(due) if due - today == 1 => format!("You have until tomorrow, {}.", day(due)),
        Some(due) => format!("You have until {}.", day(due)),
    }
}

/// "1 minute", "12 minutes"
pub fn minutes(count: u64) -> String {
    counted(count, "minute")
}

/// "1 question", "3 questions"
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// "90 %", "66.7 %", which no line breaks
pub fn percent(score: f64) -> String {
    let rounded = (score * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 {
        format!("{rounded:.0}\u{a0}%")
    } else {
        format!("{rounded:.1}\u{a0}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_is_said_in_words() {
        let today = Day::ymd(2026, 6, 1);
        assert_eq!(
            until(Some(Day::ymd(2026, 6, 12)), today),
            "You have until Friday 12 June 2026."
        );
        assert_eq!(until(Some(today), today), "You have until the end of today.");
        assert_eq!(
            until(Some(today + 1), today),
            "You have until tomorrow, Tuesday 2 June 2026."
        );
        assert_eq!(
            until(Some(today + -1), today),
            "This was due on Sunday 31 May 2026. Please do it now."
        );
        assert!(until(None, today).ends_with("while you are away."));
    }

    #[test]
    fn times_and_counts_read_like_speech() {
        let moment: Moment = "2026-06-02T09:00:00.000Z".parse().expect("a valid time");
        assert_eq!(when(moment, &Zone::utc()), "Tuesday 2 June 2026 at 09:00");
        assert_eq!(
            (minutes(1), minutes(0), counted(3, "question")),
            ("1 minute".into(), "0 minutes".into(), "3 questions".into())
        );
        assert_eq!(
            (percent(90.0), percent(200.0 / 3.0)),
            ("90\u{a0}%".into(), "66.7\u{a0}%".into())
        );
    }
}
