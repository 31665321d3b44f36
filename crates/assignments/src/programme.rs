//! The programme a new organisation is offered: for each group of people what the strictest of the common frameworks asks.
//!
//! A line of it can bind once its course is published or shipped; until then it is shown as waiting for it. Groups other than
//! everyone become named audiences, so that who belongs to one is changed in one place. What somebody has made of such an
//! audience counts.
//!
//! Not here: the groups and their courses (`groups`), rules in general ([`crate::rule`]).

mod groups;

use std::fmt;

use db::{Day, Id, Reader, Result, Tx, sql};

use crate::audience::Audience;
use crate::expression;
use crate::named_audience::{self, NamedAudience, NewAudience};
use crate::rule::{self, Duty, NewRule, Onboarding, PRIORITY, Rule, RuleKind, Terms};

use groups::{Again, GROUPS, LONG_LEAVE_DAYS, REFRESH_DAYS};

/// More courses than any catalogue has.
const COURSES_MAX: i64 = 1_000;

/// How a line of the default programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A rule says it.
    Set,
    /// Rules ask these people for this course, and none of them by these days: the organisation's own word counts.
    Otherwise(Duty),
    /// Its course is published, or is shipped and published with the click, and no rule says it.
    Ready,
    /// There is no such course.
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

/// The courses that one group of people is asked for and that are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub who: &'static str,
    pub course_ids: Vec<&'static str>,
}

/// "Developers: D00, D01"
impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.who, self.course_ids.join(", "))
    }
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
                refresh_days: (ask.again == Again::Yearly).then_some(REFRESH_DAYS),
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
                priority: priority(self.duty.onboarding),
                ..Terms::default()
            },
        }
    }

    /// What the rules that bind make of it.
    fn state(&self, bound: &[Rule], available: &[String]) -> State {
        let asking = || {
            let same = |rule: &&Rule| rule.takes(self.course_id) && rule.audience == self.audience;
            bound.iter().filter(same).filter(|rule| !rule.duty.is_event())
        };
        if asking().any(|rule| rule.duty == self.duty) {
            return State::Set;
        }
        match asking().next() {
            Some(rule) => State::Otherwise(rule.duty),
            None if available.iter().any(|one| one == self.course_id) => State::Ready,
            None => State::Waiting,
        }
    }
}

/// What is due first is shown first.
fn priority(by: Onboarding) -> i64 {
    match by {
        Onboarding::BeforeAccess => 1,
        Onboarding::Days(..=7) | Onboarding::Event(_) => 2,
        Onboarding::Days(..=14) => 3,
        Onboarding::Days(..=30) => 4,
        Onboarding::Days(_) => PRIORITY,
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

/// The courses that are published, and those that [`adopt`] would publish.
fn available(reader: &mut Reader) -> Result<Vec<String>> {
    let mut available = published(reader)?;
    available.extend(curriculum::catalogue().into_iter().map(|(id, _)| id));
    Ok(available)
}

/// Every line of the default programme and how it stands.
///
/// # Errors
/// A fault of the engine.
pub fn defaults(reader: &mut Reader) -> Result<Vec<Default>> {
    let (available, bound, named) = (
        available(reader)?,
        rule::list(reader)?,
        named_audience::list(reader)?,
    );
    let mut lines = lines(&named)?;
    for line in &mut lines {
        line.state = line.state(&bound, &available);
    }
    Ok(lines)
}

/// What cannot bind for want of a course, by group: shown before and after the click, so that nobody takes the programme
/// for whole.
///
/// # Errors
/// As for [`defaults`].
pub fn waiting(reader: &mut Reader) -> Result<Vec<Waiting>> {
    Ok(waiting_of(&defaults(reader)?))
}

/// As [`waiting`], of lines that are known.
#[must_use]
pub fn waiting_of(lines: &[Default]) -> Vec<Waiting> {
    let groups = lines.chunk_by(|one, next| one.who == next.who);
    let waiting = groups.filter_map(|group| {
        let course_ids: Vec<&str> = group
            .iter()
            .filter(|line| line.state == State::Waiting)
            .map(|line| line.course_id)
            .collect();
        let who = group.first()?.who;
        (!course_ids.is_empty()).then_some(Waiting { who, course_ids })
    });
    waiting.collect()
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
                "B02, for everyone: within 7 days of starting, then every 365 days, and after more than 90 days away",
                "B10, for everyone: within 7 days of starting, then every 365 days, and after more than 90 days away",
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
    fn what_protects_first_is_due_first_and_privilege_waits_for_its_training() {
        let lines = lines(&[]).expect("every audience reads");
        let said = |by: Onboarding| -> String {
            let such = lines.iter().filter(|line| line.duty.onboarding == by);
            such.map(|line| line.course_id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(Onboarding::BeforeAccess), "P01 P02 P06 AI1");
        assert_eq!(said(Onboarding::Days(7)), "B02 B03 B06 B10 B11");
        assert_eq!(said(Onboarding::Days(14)), "F01 F02 F05 H01 H03 H04");
        assert_eq!(
            said(Onboarding::Days(30)),
            "B01 B04 B05 B07 B08 B09 D00 D01 D05 D07 D03 P03 P04 P05 P07 P08 P09 P10 F03 F04 F06 H02 H05 H06 H07 E01 E02 \
             E03 E04 E05 E06"
        );
        assert_eq!(said(Onboarding::Days(60)), "AI3 AI4");
        assert_eq!(
            said(Onboarding::Days(120)),
            "D02 D04 D06 D08 D09 D10 D11 D12 D13 D14 D15 D16 D17 D18 D19 D20"
        );
        let once: Vec<&str> = lines
            .iter()
            .filter(|line| !line.duty.repeats())
            .map(|line| line.course_id)
            .collect();
        assert_eq!(once, ["E01"]);
        let shown_first = |line: &&Default| priority(line.duty.onboarding) == 1;
        assert_eq!(lines.iter().filter(shown_first).count(), 4);
    }

    #[test]
    fn what_has_no_course_is_named_and_what_is_shipped_is_not_waited_for() {
        let db = people();
        let look = || db.read_blocking(defaults).expect("reading works");
        let ready = |lines: &[Default]| lines.iter().filter(|line| line.state == State::Ready).count();
        let before = look();
        assert_eq!(ready(&before), 3, "the click publishes them");
        db.write_blocking(Actor::Operator, adopt)
            .expect("it can be adopted");
        let after = look();
        assert_eq!(ready(&after), 0);
        assert_eq!(
            waiting_of(&before),
            waiting_of(&after),
            "the same before and after the click"
        );
        let said: Vec<String> = waiting_of(&after).iter().map(Waiting::to_string).collect();
        assert_eq!(said[0], "Everyone: B03, B06, B11, B01, B04, B05, B07, B08, B09");
        assert_eq!(
            said[2],
            "Privileged access: P01, P02, P06, P03, P04, P05, P07, P08, P09, P10"
        );
        assert_eq!(said.len(), GROUPS.len());
    }

    #[test]
    fn a_rule_of_ones_own_days_is_kept_and_shown_as_such() {
        let db = people();
        let own = NewRule {
            name: "Ours".to_owned(),
            audience: Audience::Everyone,
            course_id: "B02".to_owned(),
            duty: Duty::within(30),
            from_on: day("2026-01-01"),
            terms: Terms::default(),
        };
        let set = db.write_blocking(Actor::Operator, move |tx| {
            let folder = curriculum::catalogue().into_iter().find(|(id, _)| id == "B02");
            curriculum::edition::publish(tx, &folder.expect("it is shipped").1, day("2026-01-01"))?;
            rule::set(tx, &own, None)?;
            adopt(tx)
        });
        assert_eq!(set.expect("it can be adopted").len(), 2, "B10 and D05");
        let lines = db.read_blocking(defaults).expect("reading works");
        assert_eq!(lines[0].course_id, "B02");
        assert_eq!(lines[0].state, State::Otherwise(Duty::within(30)));
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
