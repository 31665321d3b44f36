//! Reads the dates of a file, having decided once for the whole file whether the day or the month comes first.
//!
//! One value over 12 settles it; two that contradict each other are refused with both lines; a file that leaves it open is read
//! day first, and says so.
//!
//! Not here: whether a date makes sense for a person ([`crate::sources::cells`]).

use db::{Day, Refusal};

/// The years a roster can be about. Anything else is a slip of the pen or a spreadsheet's placeholder.
pub const YEAR_MIN: i32 = 1950;
pub const YEAR_MAX: i32 = 2100;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Which number of `05/01/2024` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// What the dates of a file have shown so far.
#[derive(Debug, Default)]
pub struct OrderEvidence {
    day_first_line: Option<u64>,
    month_first_line: Option<u64>,
    ambiguous: bool,
}

/// How a file's dates are read, and whether that had to be assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub order: DateOrder,
    /// Some date could be read either way and no other settled it.
    pub assumed: bool,
}

impl OrderEvidence {
    /// Looks at one date cell.
    pub fn note(&mut self, line: u64, text: &str) {
        let Some([first, second, _]) = numbers(text).filter(|numbers| !is_year_first(numbers)) else {
            return;
        };
        let (first, second) = (first.value, second.value);
        if first > 12 && second <= 12 {
            self.day_first_line.get_or_insert(line);
        } else if second > 12 && first <= 12 {
            self.month_first_line.get_or_insert(line);
        } else if first != second {
            self.ambiguous = true;
        }
    }

    /// # Errors
    /// A refusal naming one line of each order when the file holds both.
    pub fn decide(&self) -> Result<Decision, Refusal> {
        match (self.day_first_line, self.month_first_line) {
            (Some(day_first), Some(month_first)) => Err(Refusal::new(
                "dates-contradict",
                format!(
                    "The dates contradict each other: line {day_first} can only be day first and line {month_first} can only be month first. Write every date as YYYY-MM-DD and send the file again."
                ),
            )
            .field("file")),
            (Some(_), None) => Ok(Decision { order: DateOrder::DayFirst, assumed: false }),
            (None, Some(_)) => Ok(Decision { order: DateOrder::MonthFirst, assumed: false }),
            (None, None) => Ok(Decision { order: DateOrder::DayFirst, assumed: self.ambiguous }),
        }
    }
}

/// The day a cell names, or why it names none: the end of a sentence that began with the cell.
///
/// # Errors
/// The reason, as "is not …".
pub fn read(text: &str, order: DateOrder) -> Result<Day, String> {
    let unreadable = || "is not a date; write it as YYYY-MM-DD".to_owned();
    let (year, month, day) = match numbers(text) {
        Some(parts) if is_year_first(&parts) => (parts[0].value, parts[1].value, parts[2].value),
        Some([first, second, year]) if year.digits == 4 => match order {
            DateOrder::DayFirst => (year.value, second.value, first.value),
            DateOrder::MonthFirst => (year.value, first.value, second.value),
        },
        Some(_) => return Err("has a year of two digits; write it as YYYY-MM-DD".to_owned()),
        None => named_month(text)
            .or_else(|| compact(text))
            .ok_or_else(unreadable)?,
    };
    let year = i32::try_from(year).map_err(|_| unreadable())?;
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(format!(
            "is not between the years {YEAR_MIN} and {YEAR_MAX}; correct the year or leave the cell blank"
        ));
    }
    let small = |number: u32| u8::try_from(number).map_err(|_| unreadable());
    Day::from_ymd(year, small(month)?, small(day)?)
        .ok_or_else(|| "is no day of the calendar; correct it or leave the cell blank".to_owned())
}

#[derive(Clone, Copy)]
struct Number {
    value: u32,
    digits: usize,
}

/// Three numbers parted by one kind of separator, with a time of day after them ignored.
fn numbers(text: &str) -> Option<[Number; 3]> {
    let date = text.split(['T', ' ']).next()?;
    if date.len() != text.len()
        && !text[date.len() + 1..]
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let separator = date.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = date.trim_end_matches('.').split(separator).map(number);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn number(text: &str) -> Option<Number> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| Number {
        value: text.parse().unwrap_or_default(),
        digits: text.len(),
    })
}

fn is_year_first(numbers: &[Number; 3]) -> bool {
    numbers[0].digits == 4
}

/// "1 Jun 2026", "1-Jun-2026", "June 1, 2026", "1. June 2026".
fn named_month(text: &str) -> Option<(u32, u32, u32)> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | ',' | '.'))
        .filter(|word| !word.is_empty())
        .collect();
    let [first, second, year] = words.as_slice() else {
        return None;
    };
    let (day, name) = if first.starts_with(|c: char| c.is_ascii_digit()) {
        (first, second)
    } else {
        (second, first)
    };
    let name = name.to_ascii_lowercase();
    let month = MONTHS
        .iter()
        .position(|month| name.starts_with(month) && is_month_name(&name))?;
    let year = number(year).filter(|year| year.digits == 4)?;
    Some((year.value, u32::try_from(month).ok()? + 1, number(day)?.value))
}

fn is_month_name(name: &str) -> bool {
    const FULL: [&str; 13] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "sept",
        "october",
        "november",
        "december",
    ];
    name.len() == 3 || FULL.contains(&name)
}

/// "20260601", as SAP writes it.
fn compact(text: &str) -> Option<(u32, u32, u32)> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((
        text[..4].parse().ok()?,
        text[4..6].parse().ok()?,
        text[6..].parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(cells: &[&str]) -> Result<Decision, Refusal> {
        let mut evidence = OrderEvidence::default();
        for (line, cell) in (2..).zip(cells) {
            evidence.note(line, cell);
        }
        evidence.decide()
    }

    #[test]
    fn one_value_over_twelve_settles_the_whole_file() {
        let us = decide(&["05/01/2024", "5/31/2024"]).expect("nothing contradicts");
        assert_eq!(
            us,
            Decision {
                order: DateOrder::MonthFirst,
                assumed: false
            }
        );
        let eu = decide(&["05/01/2024", "31/5/2024"]).expect("nothing contradicts");
        assert_eq!(
            eu,
            Decision {
                order: DateOrder::DayFirst,
                assumed: false
            }
        );
    }

    #[test]
    fn a_contradiction_is_refused_and_names_both_lines() {
        let refusal = decide(&["31/05/2024", "01/02/2024", "05/31/2024"]).expect_err("the orders contradict");
        assert!(
            refusal.sentence.contains("line 2") && refusal.sentence.contains("line 4"),
            "{refusal}"
        );
    }

    #[test]
    fn an_open_question_is_read_day_first_and_said() {
        assert_eq!(
            decide(&["05/01/2024"]).expect("nothing contradicts"),
            Decision {
                order: DateOrder::DayFirst,
                assumed: true
            }
        );
        assert!(
            !decide(&["2024-05-01", "05/05/2024"])
                .expect("nothing contradicts")
                .assumed
        );
    }

    #[test]
    fn every_way_of_writing_a_day_is_read() {
        let day = Day::ymd(2026, 6, 1);
        for text in [
            "2026-06-01",
            "2026/06/01",
            "1/6/2026",
            "01.06.2026",
            "1-6-2026",
            "1 Jun 2026",
            "1-Jun-2026",
            "June 1, 2026",
            "20260601",
            "2026-06-01T00:00:00Z",
            "2026-06-01 00:00:00",
            "01/06/2026 00:00",
        ] {
            assert_eq!(read(text, DateOrder::DayFirst), Ok(day), "{text}");
        }
        assert_eq!(read("6/1/2026", DateOrder::MonthFirst), Ok(day));
    }

    #[test]
    fn what_is_no_day_is_refused_with_the_reason() {
        for text in [
            "",
            "soon",
            "2026-02-30",
            "1/6/26",
            "0000-00-00",
            "1949-12-31",
            "2101-01-01",
            "46174",
            "1/2",
            "Juno 1 2026",
            "1/6/2026 abc",
        ] {
            assert!(read(text, DateOrder::DayFirst).is_err(), "{text}");
        }
    }
}
