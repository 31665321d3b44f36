//! A spell is a stretch of days on which somebody belongs to a rule's audience while working for us.
//!
//! Engagements that touch or overlap are one tenure; a gap of a day makes a new one. Within a tenure the facts that an
//! audience may ask about change only where a profile, an engagement or access to a system begins or ends, so it is looked
//! at there.
//! Before somebody's first profile, that profile is what we know of them.
//!
//! Pure. Not here: where the facts are kept ([`crate::reconcile`]) and what follows from a spell ([`crate::due`]).

use db::Day;

use crate::audience::{Audience, Traits, systems};
use crate::rule::Rule;

/// What is believed now of one person, as far as it decides what they owe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub engagements: Vec<Engaged>,
    pub profiles: Vec<Known>,
    pub leaves: Vec<Away>,
    pub done: Vec<Done>,
    pub grants: Vec<Granted>,
}

/// Access to a system from `from_on` up to, but not with, `until_on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub system: String,
    pub privileged: bool,
    pub from_on: Day,
    pub until_on: Option<Day>,
}

/// One engagement; the last day of work counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engaged {
    pub kind: String,
    pub start_on: Day,
    pub end_on: Option<Day>,
}

/// What an audience may ask of a person from `from_on` on, until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub from_on: Day,
    pub department: Option<String>,
    pub division: Option<String>,
    pub job_title: Option<String>,
    pub location: Option<String>,
    pub country: Option<String>,
    pub access: String,
    /// As the roster stores them: `" developer finance "`.
    pub tags: String,
}

/// One leave, both days included; open while `until_on` is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    pub from_on: Day,
    pub until_on: Option<Day>,
}

/// One passing completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub course_id: String,
    pub on: Day,
    pub completion_id: String,
    /// The first day on which it no longer counts, whatever a rule says: the evidence of training done elsewhere ends.
    pub until: Option<Day>,
}

/// Engagements that touch or overlap, as one; `until` is the last day of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    pub from: Day,
    pub until: Option<Day>,
}

/// Days in an audience, within one tenure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    pub tenure: Tenure,
    pub from: Day,
    /// Since when the person is asked, when that is before the first day of the rule that asks now.
    pub asked_from: Option<Day>,
}

/// A tenure cut where something changes: the audience has one answer for each stretch.
pub(crate) struct Stretches<'a> {
    tenure: Tenure,
    parts: Vec<Stretch<'a>>,
}

struct Stretch<'a> {
    from: Day,
    /// The first day of the next stretch, or the day after the last of the tenure; `None` when it has no end.
    to: Option<Day>,
    kinds: Vec<&'a str>,
    known: Option<&'a Known>,
    systems: String,
    privileged: String,
}

impl Facts {
    /// Every tenure, in order.
    pub fn tenures(&self) -> Vec<Tenure> {
        let mut engagements: Vec<(Day, Option<Day>)> =
            self.engagements.iter().map(|e| (e.start_on, e.end_on)).collect();
        engagements.sort_unstable();
        let mut tenures: Vec<Tenure> = Vec::new();
        for (from, until) in engagements {
            match tenures.last_mut() {
                Some(last) if last.until.is_none_or(|end| from <= end + 1) => {
                    last.until = match (last.until, until) {
                        (Some(one), Some(other)) => Some(one.max(other)),
                        _ => None,
                    };
                }
                _ => tenures.push(Tenure { from, until }),
            }
        }
        tenures
    }

    /// The tenures that are not over before `today`, each cut where something changes.
    pub(crate) fn stretches(&self, today: Day) -> Vec<Stretches<'_>> {
        let current = self
            .tenures()
            .into_iter()
            .filter(|tenure| tenure.until.is_none_or(|until| today <= until));
        current
            .map(|tenure| Stretches {
                tenure,
                parts: self.cut(tenure),
            })
            .collect()
    }

    fn cut(&self, tenure: Tenure) -> Vec<Stretch<'_>> {
        let mut days = vec![tenure.from];
        days.extend(self.profiles.iter().map(|profile| profile.from_on));
        days.extend(self.engagements.iter().map(|engaged| engaged.start_on));
        days.extend(
            self.engagements
                .iter()
                .filter_map(|engaged| engaged.end_on)
                .map(|end| end + 1),
        );
        days.extend(self.grants.iter().map(|grant| grant.from_on));
        days.extend(self.grants.iter().filter_map(|grant| grant.until_on));
        days.retain(|day| tenure.from <= *day && tenure.until.is_none_or(|until| *day <= until));
        days.sort_unstable();
        days.dedup();
        let ends = days
            .iter()
            .skip(1)
            .map(|next| Some(*next))
            .chain([tenure.until.map(|until| until + 1)]);
        days.iter()
            .zip(ends)
            .map(|(from, to)| Stretch {
                from: *from,
                to,
                kinds: self.kinds_on(*from),
                known: self.known_on(*from),
                systems: self.systems_on(*from, |_| true),
                privileged: self.systems_on(*from, |grant| grant.privileged),
            })
            .collect()
    }

    fn kinds_on(&self, day: Day) -> Vec<&str> {
        let holds = |e: &&Engaged| e.start_on <= day && e.end_on.is_none_or(|end| day <= end);
        self.engagements
            .iter()
            .filter(holds)
            .map(|e| e.kind.as_str())
            .collect()
    }

    fn systems_on(&self, day: Day, counts: impl Fn(&Granted) -> bool) -> String {
        let holds = |grant: &&Granted| grant.from_on <= day && grant.until_on.is_none_or(|until| day < until);
        systems(
            self.grants
                .iter()
                .filter(holds)
                .filter(|grant| counts(grant))
                .map(|grant| grant.system.as_str()),
        )
    }

    fn known_on(&self, day: Day) -> Option<&Known> {
        let latest = self
            .profiles
            .iter()
            .filter(|profile| profile.from_on <= day)
            .max_by_key(|p| p.from_on);
        latest.or_else(|| self.profiles.iter().min_by_key(|profile| profile.from_on))
    }
}

impl Stretches<'_> {
    /// The spell in the audience that reaches `day` or begins after it, whichever comes first.
    pub(crate) fn spell(&self, audience: &Audience, day: Day) -> Option<Spell> {
        let mut from = None;
        for part in &self.parts {
            if !audience.matches(&part.traits()) {
                from = None;
                continue;
            }
            let from = *from.get_or_insert(part.from);
            if part.to.is_none_or(|to| day < to) {
                return Some(Spell {
                    tenure: self.tenure,
                    from,
                    asked_from: None,
                });
            }
        }
        None
    }

    /// Whether the person is in the audience on a day of this tenure.
    pub(crate) fn belongs_on(&self, audience: &Audience, day: Day) -> bool {
        let part = self.parts.iter().rev().find(|part| part.from <= day);
        part.is_some_and(|part| part.to.is_none_or(|to| day < to) && audience.matches(&part.traits()))
    }

    /// The first day of the chain of rules that has asked this person without a break, when it is not the rule's own.
    pub(crate) fn asked_from(&self, rule: &Rule) -> Option<Day> {
        let mut from = rule.from_on;
        for before in &rule.line {
            if !self.belongs_on(&before.audience, from) {
                break;
            }
            from = from.min(before.from_on);
        }
        (from < rule.from_on).then_some(from)
    }
}

impl Stretch<'_> {
    fn traits(&self) -> Traits<'_> {
        let (kinds, systems, privileged) = (self.kinds.as_slice(), &*self.systems, &*self.privileged);
        match self.known {
            None => Traits {
                kinds,
                systems,
                privileged,
                ..Traits::default()
            },
            Some(known) => Traits {
                kinds,
                systems,
                privileged,
                department: known.department.as_deref(),
                division: known.division.as_deref(),
                job_title: known.job_title.as_deref(),
                location: known.location.as_deref(),
                country: known.country.as_deref(),
                access: Some(&known.access),
                tags: &known.tags,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date in a test")
    }

    fn engaged(kind: &str, start: &str, end: Option<&str>) -> Engaged {
        Engaged {
            kind: kind.to_owned(),
            start_on: day(start),
            end_on: end.map(day),
        }
    }

    fn known(from: &str, title: &str) -> Known {
        Known {
            from_on: day(from),
            department: None,
            division: None,
            job_title: Some(title.to_owned()),
            location: None,
            country: None,
            access: "yes".to_owned(),
            tags: String::new(),
        }
    }

    fn engineers() -> Audience {
        Audience::parse(r#"{"any":[{"field":"job_title","contains":"engineer"}]}"#).expect("well formed")
    }

    fn spell(facts: &Facts, audience: &Audience, today: &str) -> Option<Spell> {
        facts
            .stretches(day(today))
            .iter()
            .find_map(|part| part.spell(audience, day(today)))
    }

    #[test]
    fn engagements_that_touch_are_one_tenure_and_a_gap_of_a_day_makes_two() {
        let facts = Facts {
            engagements: vec![
                engaged("employee", "2026-02-01", None),
                engaged("intern", "2025-01-01", Some("2025-06-30")),
                engaged("employee", "2025-07-01", Some("2026-01-30")),
            ],
            ..Facts::default()
        };
        assert_eq!(
            facts.tenures(),
            [
                Tenure {
                    from: day("2025-01-01"),
                    until: Some(day("2026-01-30"))
                },
                Tenure {
                    from: day("2026-02-01"),
                    until: None
                }
            ]
        );
    }

    #[test]
    fn a_short_engagement_inside_a_long_one_does_not_end_the_tenure() {
        let facts = Facts {
            engagements: vec![
                engaged("employee", "2025-01-01", None),
                engaged("board", "2025-03-01", Some("2025-04-01")),
            ],
            ..Facts::default()
        };
        assert_eq!(
            facts.tenures(),
            [Tenure {
                from: day("2025-01-01"),
                until: None
            }]
        );
    }

    #[test]
    fn a_mover_is_in_the_audience_from_the_day_of_the_move() {
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", None)],
            profiles: vec![known("2025-01-01", "Analyst"), known("2026-05-01", "Engineer")],
            ..Facts::default()
        };
        assert_eq!(
            spell(&facts, &engineers(), "2026-06-01").map(|s| s.from),
            Some(day("2026-05-01"))
        );
        assert_eq!(
            spell(&facts, &engineers(), "2026-04-01").map(|s| s.from),
            Some(day("2026-05-01")),
            "still to come"
        );
        assert_eq!(
            spell(&facts, &Audience::Everyone, "2026-06-01").map(|s| s.from),
            Some(day("2025-01-01"))
        );
    }

    #[test]
    fn access_to_a_system_is_a_spell_from_the_day_it_begins_to_the_day_it_is_gone() {
        let grant = |from: &str, until: Option<&str>, privileged| Granted {
            system: "github".to_owned(),
            privileged,
            from_on: day(from),
            until_on: until.map(day),
        };
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", None)],
            grants: vec![
                grant("2026-03-01", Some("2026-05-01"), false),
                grant("2026-05-01", None, true),
            ],
            ..Facts::default()
        };
        let audience = |json| Audience::parse(json).expect("well formed");
        let github = audience(r#"{"any":[{"field":"system_access","is":"github"}]}"#);
        let privileged = audience(r#"{"any":[{"field":"privileged_access","is":"any"}]}"#);
        let from = |audience, today| spell(&facts, audience, today).map(|s| s.from);
        assert_eq!(from(&github, "2026-06-01"), Some(day("2026-03-01")));
        assert_eq!(from(&privileged, "2026-06-01"), Some(day("2026-05-01")));
        let gone = Facts {
            grants: vec![grant("2026-03-01", Some("2026-05-01"), false)],
            ..facts.clone()
        };
        assert_eq!(spell(&gone, &github, "2026-05-01"), None);
        assert!(spell(&gone, &github, "2026-04-30").is_some());
    }

    #[test]
    fn a_promotion_within_the_audience_does_not_begin_a_new_spell() {
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", None)],
            profiles: vec![
                known("2025-01-01", "Engineer"),
                known("2026-05-01", "Senior engineer"),
            ],
            ..Facts::default()
        };
        assert_eq!(
            spell(&facts, &engineers(), "2026-06-01").map(|s| s.from),
            Some(day("2025-01-01"))
        );
    }

    #[test]
    fn out_and_in_again_are_two_spells() {
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", None)],
            profiles: vec![
                known("2025-01-01", "Engineer"),
                known("2025-09-01", "Manager"),
                known("2026-02-01", "Engineer"),
            ],
            ..Facts::default()
        };
        assert_eq!(
            spell(&facts, &engineers(), "2025-08-31").map(|s| s.from),
            Some(day("2025-01-01"))
        );
        assert_eq!(
            spell(&facts, &engineers(), "2026-06-01").map(|s| s.from),
            Some(day("2026-02-01"))
        );
    }

    #[test]
    fn a_change_of_kind_is_a_change_of_audience() {
        let contractors =
            Audience::parse(r#"{"any":[{"field":"kind","is":"contractor"}]}"#).expect("well formed");
        let facts = Facts {
            engagements: vec![
                engaged("employee", "2025-01-01", Some("2026-03-31")),
                engaged("contractor", "2026-04-01", None),
            ],
            ..Facts::default()
        };
        let found = spell(&facts, &contractors, "2026-06-01").expect("a contractor by now");
        assert_eq!(
            (found.tenure.from, found.from),
            (day("2025-01-01"), day("2026-04-01"))
        );
    }

    #[test]
    fn the_last_day_of_work_counts_and_the_next_does_not() {
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", Some("2026-06-01"))],
            ..Facts::default()
        };
        assert!(spell(&facts, &Audience::Everyone, "2026-06-01").is_some());
        assert!(spell(&facts, &Audience::Everyone, "2026-06-02").is_none());
    }

    #[test]
    fn before_the_first_profile_that_profile_is_what_is_known() {
        let facts = Facts {
            engagements: vec![engaged("employee", "2025-01-01", None)],
            profiles: vec![known("2025-02-01", "Engineer")],
            ..Facts::default()
        };
        assert_eq!(
            spell(&facts, &engineers(), "2026-06-01").map(|s| s.from),
            Some(day("2025-01-01"))
        );
    }
}
