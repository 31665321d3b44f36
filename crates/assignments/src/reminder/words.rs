//! How a letter of reminders is worded: pure, from what is owed.
//!
//! It must not look like the letters our courses warn of. So it says who asks and what for, how long it takes, why, and
//! whom to ask; it names the address to type and has no other; it does not hurry anybody; and it says how to get fewer.
//!
//! Not here: what is still owed when it leaves ([`super::digest`]).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use db::Day;

/// People named in a manager's letter; the rest are counted.
const NAMED_MAX: usize = 40;

/// Everything a letter says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    pub organisation: String,
    /// As they are called; empty when not known.
    pub name: String,
    pub address: String,
    pub contact: String,
    /// What the reader owes, the most pressing first.
    pub own: Vec<Own>,
    /// When the reader's manager is told, if it stays open.
    pub told_on: Option<Day>,
    /// People whose manager the reader is.
    pub team: Vec<Late>,
    /// People of the reader's managers, or of nobody.
    pub beyond: Vec<Late>,
    /// What managers would have read who are on leave.
    pub instead: Vec<Instead>,
    /// The reader owns the programme: people are counted, not named.
    pub owner: bool,
}

/// A course the reader owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub title: String,
    pub minutes: i64,
    pub due_on: Option<Day>,
    pub overdue: bool,
    pub reason: String,
}

/// A course somebody else has not done in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Late {
    pub name: String,
    pub title: String,
    pub due_on: Option<Day>,
}

/// What a manager would have read who is on leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instead {
    /// As they are called; empty when not known.
    pub manager: String,
    /// The last day of looking after the team; `None` for the manager's own manager.
    pub until_on: Option<Day>,
    pub team: Vec<Late>,
    pub beyond: Vec<Late>,
}

impl Digest {
    /// What it is about, without hurry.
    pub fn subject(&self) -> String {
        let at = format!("Security training at {}", self.organisation);
        match self.own.as_slice() {
            [] if self.owner => format!("{at}: who is late, in numbers"),
            [] if self.team.is_empty() && self.beyond.is_empty() => {
                format!("{at}: a team you look after")
            }
            [] => format!("{at}: your team"),
            [one] => match (one.due_on, one.overdue) {
                (Some(due), true) => format!("{at}: “{}” was due on {}", one.title, due.long()),
                (Some(due), false) => format!("{at}: “{}”, by {}", one.title, due.long()),
                (None, _) => format!("{at}: “{}”", one.title),
            },
            several => format!("{at}: {} courses to do", several.len()),
        }
    }

    /// The letter, in plain text.
    pub fn text(&self) -> String {
        let mut text = match self.name.as_str() {
            "" => "Hello,\n".to_owned(),
            name => format!("Hello {name},\n"),
        };
        if !self.own.is_empty() {
            text.push_str(&self.of_own());
        }
        if !self.team.is_empty() {
            text.push_str("\nIn your team, this was to be done and is still open:\n\n");
            text.push_str(&named(&self.team));
            text.push_str("\nIt often helps to ask whether they need time for it. They have been reminded themselves.\n");
        }
        if !self.beyond.is_empty() && self.owner {
            text.push_str("\nThis is still open long after it was due, and no manager’s manager is known who could be told:\n\n");
            text.push_str(&counted(&self.beyond));
        } else if !self.beyond.is_empty() {
            text.push_str("\nAmong the people of the managers who report to you, this is still open, and their managers have been told:\n\n");
            text.push_str(&named(&self.beyond));
        }
        for one in &self.instead {
            text.push_str(&one.text());
        }
        text.push_str(&self.way());
        text
    }

    fn of_own(&self) -> String {
        let mut text = format!("\n{} asks you to do this security training:\n", self.organisation);
        for one in &self.own {
            let minutes = match one.minutes {
                0 => String::new(),
                1 => "About a minute. ".to_owned(),
                n => format!("About {n} minutes. "),
            };
            let by = match (one.due_on, one.overdue) {
                (Some(due), true) => format!("It was due on {}, {}", due.weekday_name(), due.long()),
                (Some(due), false) => format!("You have until {}, {}", due.weekday_name(), due.long()),
                (None, _) => "No day is set".to_owned(),
            };
            // Writing to a String cannot fail.
            let written = write!(
                text,
                "\n  {}\n  {minutes}{by}.\n  Why you: {}\n",
                one.title, one.reason
            );
            debug_assert!(written.is_ok());
        }
        if let Some(day) = self.told_on {
            let written = write!(
                text,
                "\nIf what is late is still open on {}, {}, your manager is told that it is, and nothing else.\n",
                day.weekday_name(),
                day.long()
            );
            debug_assert!(written.is_ok());
        }
        text
    }

    /// How to get there, whom to ask, and how to get fewer of these.
    fn way(&self) -> String {
        let (what, after) = if self.own.is_empty() {
            ("To see how it stands", "")
        } else {
            (
                "To get there",
                "You can stop at any time and go on later where you were.\n",
            )
        };
        let mut text = format!(
            "\n{what}, type this address into your browser, or use your own bookmark:\n\n  {}\n\n{after}",
            self.address
        );
        if !self.contact.is_empty() {
            let written = writeln!(
                text,
                "If something is wrong or you have a question: {}",
                self.contact
            );
            debug_assert!(written.is_ok());
        }
        text.push_str(
            "\nThis letter asks for no password and holds no link that signs you in.\n\
             There is at most one a day, and none about what has been done. Under\n\
             “My reminders” you can choose your time zone, or a calendar in place\n\
             of letters.\n",
        );
        text
    }
}

impl Instead {
    /// Why the reader is told, and what.
    fn text(&self) -> String {
        let manager = match self.manager.as_str() {
            "" => "A manager",
            name => name,
        };
        let mut text = match self.until_on {
            Some(day) => format!(
                "\n{manager} is on leave, and asked you to look after their team until {}, {}.\n",
                day.weekday_name(),
                day.long()
            ),
            None => format!(
                "\n{manager} is on leave, and nobody looks after their team. You are told because you manage {manager}.\n"
            ),
        };
        if !self.team.is_empty() {
            text.push_str("In that team, this was to be done and is still open:\n\n");
            text.push_str(&named(&self.team));
        }
        if !self.beyond.is_empty() {
            text.push_str("Among the people of the managers there, this is still open, and their managers have been told:\n\n");
            text.push_str(&named(&self.beyond));
        }
        text
    }
}

/// `  Ada Osei: “Phishing”, due on 1 June 2026`, as many as fit.
fn named(late: &[Late]) -> String {
    let mut text = String::new();
    for one in late.iter().take(NAMED_MAX) {
        let due = one
            .due_on
            .map(|due| format!(", due on {}", due.long()))
            .unwrap_or_default();
        let written = writeln!(text, "  {}: “{}”{due}", one.name, one.title);
        debug_assert!(written.is_ok());
    }
    if late.len() > NAMED_MAX {
        let written = writeln!(text, "  and {} more", late.len() - NAMED_MAX);
        debug_assert!(written.is_ok());
    }
    text
}

/// `  “Phishing”: 3 people`, the most first.
fn counted(late: &[Late]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in late {
        *counts.entry(&one.title).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(title, count)| (std::cmp::Reverse(*count), *title));
    let lines = counts.into_iter().map(|(title, count)| match count {
        1 => format!("  “{title}”: 1 person\n"),
        n => format!("  “{title}”: {n} people\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    fn own(title: &str, due: &str, overdue: bool) -> Own {
        Own {
            title: title.to_owned(),
            minutes: 11,
            due_on: Some(day(due)),
            overdue,
            reason: "You started on 20 May 2026. It is for everyone.".to_owned(),
        }
    }

    fn to(name: &str) -> Digest {
        Digest {
            organisation: "Lindqvist GmbH".to_owned(),
            name: name.to_owned(),
            address: "https://training.lindqvist.example".to_owned(),
            contact: "Sofie Brandt, security@lindqvist.example".to_owned(),
            ..Digest::default()
        }
    }

    fn late(name: &str, title: &str) -> Late {
        Late {
            name: name.to_owned(),
            title: title.to_owned(),
            due_on: Some(day("2026-06-01")),
        }
    }

    fn read(digest: &Digest) -> String {
        format!("{}\n\n{}", digest.subject(), digest.text())
    }

    #[test]
    fn a_learners_letter() {
        let one = Digest {
            own: vec![own("Phishing: spot it, report it", "2026-06-12", false)],
            ..to("Ada")
        };
        insta::assert_snapshot!(read(&one));
    }

    #[test]
    fn a_letter_about_what_is_late_says_who_hears_of_it_when() {
        let several = Digest {
            own: vec![
                own("Phishing: spot it, report it", "2026-06-12", true),
                own("Secrets in code", "2026-07-01", false),
            ],
            told_on: Some(day("2026-06-19")),
            ..to("Ada")
        };
        insta::assert_snapshot!(read(&several));
    }

    #[test]
    fn a_managers_letter_names_who_is_late_and_nothing_more() {
        let manager = Digest {
            team: vec![
                late("Ada Osei", "Phishing: spot it, report it"),
                late("Ben Adler", "Secrets in code"),
            ],
            beyond: vec![late("Cem Kaya", "Secrets in code")],
            ..to("Mara")
        };
        insta::assert_snapshot!(read(&manager));
    }

    #[test]
    fn a_letter_in_a_managers_place_says_whose_and_until_when() {
        let instead = |until_on| Instead {
            manager: "Max Moor".to_owned(),
            until_on,
            team: vec![late("Ada Osei", "Phishing: spot it, report it")],
            beyond: vec![],
        };
        let delegate = Digest {
            instead: vec![instead(Some(day("2026-06-30")))],
            ..to("Ed")
        };
        insta::assert_snapshot!(read(&delegate));
        let upper = Digest {
            instead: vec![instead(None)],
            team: vec![late("Ben Adler", "Secrets in code")],
            ..to("Mara")
        };
        let text = read(&upper);
        assert!(text.contains("because you manage Max Moor"), "{text}");
        assert!(
            text.contains("your team\n") && text.contains("Ben Adler"),
            "{text}"
        );
    }

    #[test]
    fn an_owners_letter_counts_and_names_nobody() {
        let owner = Digest {
            beyond: vec![
                late("Ada Osei", "Phishing"),
                late("Ben Adler", "Phishing"),
                late("Ben Adler", "Secrets in code"),
            ],
            owner: true,
            ..to("Olga")
        };
        let text = read(&owner);
        assert!(!text.contains("Ada") && !text.contains("Ben"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_letter_looks_like_what_our_courses_warn_of() {
        let all = Digest {
            own: vec![own("Phishing", "2026-06-12", true)],
            told_on: Some(day("2026-06-19")),
            team: (0..60)
                .map(|n| late(&format!("Person {n}"), "Phishing"))
                .collect(),
            ..to("Ada")
        };
        let text = read(&all);
        let hasty = [
            "urgent",
            "immediately",
            "now!",
            "click",
            "verify",
            "suspend",
            "last chance",
            "!",
            "act now",
        ];
        for word in hasty {
            assert!(!text.to_lowercase().contains(word), "{word}: {text}");
        }
        assert_eq!(
            text.matches("http").count(),
            1,
            "one address, the one to type: {text}"
        );
        assert!(text.contains("and 20 more"));
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
    }
}
