//! The programme a new organisation is offered: for each group of people what the strictest of the common frameworks asks.
//!
//! A line of it binds once its course is published; until then it is shown as waiting. Groups other than everyone become
//! named audiences, so that who belongs to one is changed in one place. What somebody has made of such an audience counts.
//!
//! Not here: rules in general ([`crate::rule`]).

use db::{Day, Id, Reader, Result, Tx, sql};

use crate::audience::Audience;
use crate::expression;
use crate::named_audience::{self, NamedAudience, NewAudience};
use crate::rule::{self, Duty, NewRule, Onboarding, RuleKind, Terms};

/// More courses than any catalogue has.
const COURSES_MAX: i64 = 1_000;

/// The strictest text counts a year as 365 days (PCI DSS 12.6.3, CIS 14.1), so no grace is added.
const REFRESH_DAYS: i32 = 365;

/// Whoever was away for longer is asked again when they are back.
const LONG_LEAVE_DAYS: i32 = 90;

/// One group of people and what they are asked.
struct Group {
    who: &'static str,
    /// As [`crate::expression`] reads it.
    audience: &'static str,
    why: &'static str,
    asks: &'static [Ask],
}

/// Some courses with the same first deadline.
struct Ask {
    by: Onboarding,
    /// Id and topic.
    courses: &'static [(&'static str, &'static str)],
}

const GROUPS: [Group; 7] = [
    Group {
        who: "Everyone",
        audience: "everyone",
        why: "ISO/IEC 27001 A.6.3, SOC 2 CC1.4 and PCI DSS 12.6.3 ask for it on hire and once a year. Thirty days is what auditors of SOC 2 expect where access to sensitive systems does not come first.",
        asks: &[Ask {
            by: Onboarding::Days(30),
            courses: &[
                ("B01", "Why you, and what we expect"),
                ("B02", "Phishing on every channel"),
                ("B03", "Signing in safely"),
                ("B04", "Never paste, never run"),
                ("B05", "Is it really them?"),
                ("B06", "Handling information"),
                ("B07", "AI tools at work"),
                ("B08", "Devices, home, travel"),
                ("B09", "The physical door"),
                ("B10", "Report it"),
                ("B11", "Acceptable use and sign-off"),
            ],
        }],
    },
    Group {
        who: "Developers",
        audience: "tag is developer or job_title contains engineer or job_title contains developer",
        why: "PCI DSS 6.2.2 asks for training of developers once a year, by language; ISO/IEC 27001 A.8.28 for secure coding. The paths most often attacked come first.",
        asks: &[
            Ask {
                by: Onboarding::Days(30),
                courses: &[
                    ("D00", "How we build securely here"),
                    ("D01", "Broken access control"),
                    ("D03", "Software supply chain failures"),
                    ("D05", "Injection"),
                    ("D07", "Authentication failures"),
                ],
            },
            Ask {
                by: Onboarding::Days(120),
                courses: &[
                    ("D02", "Security misconfiguration"),
                    ("D04", "Cryptographic failures"),
                    ("D06", "Insecure design"),
                    ("D08", "Integrity failures"),
                    ("D09", "Logging and alerting failures"),
                    ("D10", "Exceptional conditions"),
                    ("D12", "Secrets and pipelines"),
                    ("D13", "Dependencies"),
                    ("D14", "Coding with assistants and agents"),
                ],
            },
        ],
    },
    Group {
        who: "Privileged access",
        audience: "privileged_access is any or tag is admin",
        why: "NIST SP 800-53 AT-3 asks for role-based training before access is given; FedRAMP for ten days at the most.",
        asks: &[
            Ask {
                by: Onboarding::BeforeAccess,
                courses: &[
                    ("P01", "Privileged access and tiering"),
                    ("P02", "The caller who forgot the phone"),
                    ("P06", "Logs, alerts, first hour"),
                ],
            },
            Ask {
                by: Onboarding::Days(30),
                courses: &[
                    ("P03", "Hardening and drift"),
                    ("P04", "Patching by exploitation"),
                    ("P05", "Backups that survive ransomware"),
                    ("P07", "Cloud, SaaS and grants"),
                    ("P08", "Joiners, movers, leavers and reviews"),
                ],
            },
        ],
    },
    Group {
        who: "Finance and procurement",
        audience: "department in (finance, accounting, procurement, treasury) or tag is finance",
        why: "Payment fraud is aimed at them from the first day, so the first courses are due in fourteen.",
        asks: &[
            Ask {
                by: Onboarding::Days(14),
                courses: &[
                    ("F01", "Changed bank details"),
                    ("F02", "The urgent executive"),
                    ("F05", "The first hours after a bad payment"),
                ],
            },
            Ask {
                by: Onboarding::Days(30),
                courses: &[
                    ("F03", "Invoices, orders and supplier portals"),
                    ("F04", "Gift cards, payroll and refunds"),
                    ("F06", "Confidential numbers"),
                ],
            },
        ],
    },
    Group {
        who: "People and recruiting",
        audience: "department in (hr, \"human resources\", people, recruiting) or tag is hr",
        why: "They open strangers’ files and hold everybody’s data; ISO/IEC 27001 A.6.1 to A.6.6 run through them.",
        asks: &[
            Ask {
                by: Onboarding::Days(14),
                courses: &[
                    ("H01", "Candidates who are not who they say"),
                    ("H03", "Payroll diversion and requests for data"),
                    ("H04", "Personal data"),
                ],
            },
            Ask {
                by: Onboarding::Days(30),
                courses: &[
                    ("H02", "Lures in applications"),
                    ("H05", "Security through the employment cycle"),
                ],
            },
        ],
    },
    Group {
        who: "Board and executives",
        audience: "kind is board or tag in (executive, assistant)",
        why: "NIS2 Article 20 and DORA Article 5(4) ask the management body itself to be trained, regularly.",
        asks: &[Ask {
            by: Onboarding::Days(30),
            courses: &[
                ("E01", "You are the lure and the target"),
                ("E02", "What the law expects of you"),
                ("E03", "Reading the dashboard"),
                ("E04", "Ransomware morning"),
            ],
        }],
    },
    Group {
        who: "People who build or own AI",
        audience: "tag in (ai_builder, ai_owner)",
        why: "ISO/IEC 42001 7.2 and 7.3 and Article 4 of the EU AI Act ask for competence of those who build and run AI.",
        asks: &[Ask {
            by: Onboarding::Days(60),
            courses: &[
                ("AI1", "AI literacy"),
                ("AI3", "Building with language models and agents"),
                ("AI4", "Owning an AI system"),
            ],
        }],
    },
];

/// How a line of the default programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A rule says it.
    Set,
    /// Its course is published, and no rule says it.
    Ready,
    /// Its course is not published.
    Waiting,
}

/// One line of the default programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    pub who: &'static str,
    pub audience: Audience,
    pub course_id: &'static str,
    pub topic: &'static str,
    pub duty: Duty,
    pub why: &'static str,
    pub state: State,
}

/// Every line, with whom its audience means by now.
fn lines(named: &[NamedAudience]) -> Result<Vec<Default>> {
    let mut lines = Vec::new();
    for group in &GROUPS {
        let audience = match named.iter().find(|one| one.name == group.who) {
            Some(known) => known.audience.clone(),
            None => expression::read(group.audience)?,
        };
        for ask in group.asks {
            let duty = Duty {
                onboarding: ask.by,
                refresh_days: Some(REFRESH_DAYS),
                leave_days: Some(LONG_LEAVE_DAYS),
                ..Duty::within(0)
            };
            lines.extend(ask.courses.iter().map(|(course_id, topic)| Default {
                who: group.who,
                audience: audience.clone(),
                course_id,
                topic,
                duty,
                why: group.why,
                state: State::Waiting,
            }));
        }
    }
    Ok(lines)
}

impl Default {
    fn as_new(&self, named: &[NamedAudience], from_on: Day) -> NewRule {
        let known = named.iter().find(|one| one.name == self.who);
        NewRule {
            name: format!("{}: {}", self.who, self.course_id),
            audience: self.audience.clone(),
            course_id: self.course_id.to_owned(),
            duty: self.duty,
            from_on,
            terms: Terms {
                named: known.map(|one| one.id.clone()),
                ..Terms::default()
            },
        }
    }
}

/// The rules of the default programme for those of its courses that are available, as nobody has changed them.
///
/// # Errors
/// A refusal when an audience cannot be read, which a test rules out.
pub fn default_programme(available: &[String], from_on: Day) -> Result<Vec<NewRule>> {
    let mut lines = lines(&[])?;
    lines.retain(|line| available.iter().any(|one| one == line.course_id));
    Ok(lines.iter().map(|line| line.as_new(&[], from_on)).collect())
}

/// The courses that have been published.
///
/// # Errors
/// A fault of the engine.
pub fn published(reader: &mut Reader) -> Result<Vec<String>> {
    reader.rows(
        sql!(
            "select distinct course_id
             from edition
             order by course_id
             limit $1"
        ),
        &[COURSES_MAX.into()],
        |row| row.get(0),
    )
}

/// Every line of the default programme and how it stands.
///
/// # Errors
/// A fault of the engine.
pub fn defaults(reader: &mut Reader) -> Result<Vec<Default>> {
    let (available, bound, named) = (
        published(reader)?,
        rule::list(reader)?,
        named_audience::list(reader)?,
    );
    let mut lines = lines(&named)?;
    for line in &mut lines {
        let is_set = bound
            .iter()
            .any(|old| old.takes(line.course_id) && old.audience == line.audience && !old.duty.is_event());
        line.state = match (is_set, available.iter().any(|one| one == line.course_id)) {
            (true, _) => State::Set,
            (false, true) => State::Ready,
            (false, false) => State::Waiting,
        };
    }
    Ok(lines)
}

/// The rules of the default programme that could bind and do not yet, from today on.
///
/// # Errors
/// A fault of the engine.
pub fn missing(reader: &mut Reader) -> Result<Vec<NewRule>> {
    let (today, named) = (reader.today()?, named_audience::list(reader)?);
    let lines = defaults(reader)?
        .into_iter()
        .filter(|line| line.state == State::Ready);
    Ok(lines.map(|line| line.as_new(&named, today)).collect())
}

/// Publishes the shipped courses, names the audiences they are for, and sets every rule of the default programme that
/// does not bind yet.
///
/// # Errors
/// As for [`rule::set`] and [`curriculum::edition::publish`].
pub fn adopt(tx: &mut Tx) -> Result<Vec<Id<RuleKind>>> {
    let today = tx.today()?;
    let published = published(tx)?;
    for (id, folder) in curriculum::catalogue() {
        if !published.contains(&id) {
            // A program that is older than the review of its courses still starts an organisation off: that the
            // review is due is said wherever the course is shown. Judged by today, none could be published at all.
            let due = curriculum::Course::parse(&folder).map_or(today, |course| course.review_due_on);
            curriculum::edition::publish(tx, &folder, today.min(due))?;
        }
    }
    let named = named_audience::list(tx)?;
    let ready = defaults(tx)?
        .into_iter()
        .filter(|line| line.state == State::Ready);
    let mut who: Vec<(&str, Audience, &str)> =
        ready.map(|line| (line.who, line.audience, line.why)).collect();
    who.dedup_by_key(|(who, ..)| *who);
    for (name, audience, why) in who {
        if audience != Audience::Everyone && !named.iter().any(|one| one.name == name) {
            let new = NewAudience {
                id: None,
                name: name.to_owned(),
                audience,
                why: why.to_owned(),
            };
            named_audience::set(tx, &new)?;
        }
    }
    let missing = missing(tx)?;
    missing.iter().map(|new| rule::set(tx, new, None)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{day, people};
    use db::Actor;

    #[test]
    fn only_published_courses_are_offered() {
        let all = ["B02", "B10", "D05"].map(str::to_owned);
        let said = |available: &[String]| -> Vec<String> {
            let offered = default_programme(available, day("2026-06-01")).expect("well formed");
            offered
                .iter()
                .map(|new| format!("{}, for {}: {}", new.course_id, new.audience, new.duty))
                .collect()
        };
        assert_eq!(
            said(&all),
            [
                "B02, for everyone: within 30 days of starting, then every 365 days, and after more than 90 days away",
                "B10, for everyone: within 30 days of starting, then every 365 days, and after more than 90 days away",
                "D05, for people tagged developer or whose job title contains engineer or whose job title contains \
                 developer: within 30 days of starting, then every 365 days, and after more than 90 days away",
            ]
        );
        assert_eq!(said(&all[..1]).len(), 1);
        assert!(said(&[]).is_empty());
    }

    #[test]
    fn every_line_can_be_read_and_no_course_is_asked_twice_of_the_same_people() {
        let lines = lines(&[]).expect("every audience reads");
        assert!(lines.len() > 40);
        let mut ids: Vec<_> = lines.iter().map(|line| (line.course_id, line.who)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), lines.len());
        assert!(
            lines
                .iter()
                .all(|line| line.duty.check().is_ok() && !line.why.is_empty())
        );
    }

    #[test]
    fn what_somebody_made_of_an_audience_of_the_default_programme_counts() {
        let db = people();
        db.write_blocking(Actor::Operator, adopt)
            .expect("it can be adopted");
        let (named, rules) = db
            .read_blocking(|r| Ok((named_audience::list(r)?, rule::list(r)?)))
            .expect("reading works");
        assert_eq!(
            named.len(),
            1,
            "everyone needs no name, and the other groups wait for their courses"
        );
        assert_eq!(rules.iter().filter(|rule| rule.terms.named.is_some()).count(), 1);
        let changed = NewAudience {
            id: Some(named[0].id.clone()),
            name: named[0].name.clone(),
            audience: expression::read("department is platform").expect("well formed"),
            why: String::new(),
        };
        db.write_blocking(Actor::Operator, move |tx| named_audience::set(tx, &changed))
            .expect("set");
        let missing = db.read_blocking(missing).expect("reading works");
        assert_eq!(missing, [], "it is still the default programme");
    }

    #[test]
    fn the_default_programme_is_adopted_once() {
        let db = people();
        let adopted = || {
            db.write_blocking(Actor::Operator, adopt)
                .expect("it can be adopted")
                .len()
        };
        assert_eq!((adopted(), adopted()), (3, 0));
    }
}
