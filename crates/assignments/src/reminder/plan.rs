//! Who is to be written to now, about what, and what is held back and why: a pure function of the facts.
//!
//! Everything the cadence asks gets one decision: it goes into the addressee's letter of the day, or it is suppressed with a
//! reason, or it becomes a task of the owners. What has to wait for the addressee's hours, or for tomorrow because they have
//! had their letter today, is not decided yet, and is asked again by the next run.
//!
//! Not here: the days ([`super::cadence`]), and that it is still so when the letter leaves ([`super::digest`]).

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;

use db::{Day, Fault, Id, Zone};

use super::cadence::{Asked, Line, Owing, Step};
use super::calendar::Calendar;
use super::facts::{Candidate, Facts, Look, Somebody};
use super::stand_in::{Place, Told};
use crate::assignment::AssignmentKind;
use crate::spell::Away;

/// In place of an addressee: there is nobody to write to.
pub const NOBODY: &str = "nobody";
/// In place of an addressee: it stands on the owners' list.
pub const TASK: &str = "task";

/// Why a step was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suppressed {
    /// A later step of the same came on the same day.
    Overtaken,
    OnLeave,
    /// Has yet to start, or has left.
    NotHere,
    Waived,
    NoAddress,
    /// They chose a calendar.
    Calendar,
    /// Nobody is known to manage them, or nobody who can be written to.
    NoManager,
    /// The manager is on leave, and nobody stands in.
    ManagerAway,
    MailOff,
    /// It stands on the owners' list instead.
    Task,
}

/// What was decided of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub assignment: Id<AssignmentKind>,
    pub step: Step,
    pub person: String,
    pub course_id: String,
    /// The working day it is for.
    pub on: Day,
    /// Whose place the addressee takes.
    pub place: Option<Place>,
}

/// The one letter that somebody gets on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub addressee: String,
    pub on_day: Day,
    pub to: String,
    pub decisions: Vec<Decision>,
}

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// By addressee.
    pub digests: Vec<Digest>,
    /// With whom each would have gone to.
    pub suppressed: Vec<(Decision, String, Suppressed)>,
    /// The first day of what has to wait, and is asked again by the next run.
    pub waits_from: Option<Day>,
}

/// A step that is asked of a candidate and not yet decided.
struct Open<'a> {
    candidate: &'a Candidate,
    somebody: &'a Somebody,
    asked: Asked,
    on_leave: bool,
}

/// The keys of the managers whom a plan may write to.
pub fn manager_keys(facts: &Facts) -> HashSet<String> {
    let mut keys = HashSet::new();
    each(facts, |open| {
        if matches!(open.asked.step.line(), Line::Manager | Line::Upper) && !open.asked.overtaken {
            keys.extend(open.somebody.manager_key.clone());
        }
    });
    keys
}

/// The keys of the managers of those managers.
pub fn upper_keys(facts: &Facts) -> HashSet<String> {
    let managers = facts.managers.values().flatten();
    managers
        .filter_map(|id| facts.people.get(id)?.manager_key.clone())
        .collect()
}

/// What is to be done now.
pub fn plan(facts: &Facts) -> Plan {
    let mut planned = Planned {
        facts,
        digests: BTreeMap::new(),
        suppressed: Vec::new(),
        waits_from: None,
    };
    each(facts, |open| planned.decide(open));
    Plan {
        digests: planned.digests.into_values().collect(),
        suppressed: planned.suppressed,
        waits_from: planned.waits_from,
    }
}

/// Visits every step that is asked and not decided.
fn each<'a>(facts: &'a Facts, mut visit: impl FnMut(&Open<'a>)) {
    static NOWHERE: &[Away] = &[];
    for candidate in &facts.candidates {
        let Some(somebody) = facts.people.get(&candidate.person) else {
            continue;
        };
        let zone = facts.zone_of(Some(somebody));
        let today = facts.now.day(&zone);
        let leaves = facts.leaves.get(&candidate.person).map_or(NOWHERE, Vec::as_slice);
        let owing = Owing {
            opens_on: candidate.opens_on,
            due_on: candidate.due_on,
            assigned_on: candidate.assigned_at.day(&zone),
            joiner: candidate.joiner,
            leaves,
        };
        let calendar = facts.calendars.of(somebody.country.as_deref());
        let on_leave = facts.is_away(&candidate.person, somebody);
        for asked in facts.setting.cadence.asked(&owing, calendar, facts.since, today) {
            let key = (candidate.assignment.as_str().to_owned(), asked.step.to_string());
            if !facts.decided.contains(&key) {
                visit(&Open {
                    candidate,
                    somebody,
                    asked,
                    on_leave,
                });
            }
        }
    }
}

struct Planned<'a> {
    facts: &'a Facts,
    digests: BTreeMap<(String, Day), Digest>,
    suppressed: Vec<(Decision, String, Suppressed)>,
    waits_from: Option<Day>,
}

impl<'a> Planned<'a> {
    fn decide(&mut self, open: &Open<'a>) {
        let person = &open.candidate.person;
        if open.asked.overtaken {
            return self.suppress(open, person, Suppressed::Overtaken);
        }
        if let Some(why) = self.held(open) {
            return self.suppress(open, person, why);
        }
        match open.asked.step.line() {
            Line::Learner => self.tell_learner(open),
            Line::Manager => match self.manager_of(open.somebody) {
                Some(manager) => match self.facts.told(&manager, person) {
                    Told::Themselves => self.tell_somebody(open, &manager, None),
                    Told::Instead { addressee, place } => self.tell_somebody(open, &addressee, Some(place)),
                    Told::Nobody => self.suppress(open, NOBODY, Suppressed::ManagerAway),
                },
                None => self.suppress(open, NOBODY, Suppressed::NoManager),
            },
            Line::Upper => self.tell_upper(open),
            Line::Owner => self.suppress(open, TASK, Suppressed::Task),
        }
    }

    fn tell_upper(&mut self, open: &Open<'a>) {
        let manager = self
            .manager_of(open.somebody)
            .and_then(|id| self.facts.people.get(&id));
        let Some(upper) = manager.and_then(|manager| self.manager_of(manager)) else {
            return self.tell_owners(open);
        };
        match self.facts.told(&upper, &open.candidate.person) {
            Told::Themselves => self.tell_somebody(open, &upper, None),
            Told::Instead { addressee, place } => self.tell_somebody(open, &addressee, Some(place)),
            Told::Nobody => self.tell_owners(open),
        }
    }

    /// What holds back every line: they cannot do it now, or need not.
    fn held(&self, open: &Open<'a>) -> Option<Suppressed> {
        let waived = (open.candidate.person.clone(), open.candidate.course_id.clone());
        match () {
            () if !open.somebody.here => Some(Suppressed::NotHere),
            () if open.on_leave => Some(Suppressed::OnLeave),
            () if self.facts.waived.contains(&waived) => Some(Suppressed::Waived),
            () => None,
        }
    }

    fn tell_learner(&mut self, open: &Open<'a>) {
        let person = &open.candidate.person;
        let Some(email) = open.somebody.email() else {
            return self.suppress(open, person, Suppressed::NoAddress);
        };
        if open.somebody.preference.calendar && !open.asked.step.is_late() {
            return self.suppress(open, person, Suppressed::Calendar);
        }
        let zone = self.facts.zone_of(Some(open.somebody));
        // What was to be said on a working day, and could not be, waits for the next; a day off was chosen because waiting
        // would be worse.
        let calendar = self.facts.calendars.of(open.somebody.country.as_deref());
        let waits = calendar.is_working(open.asked.on);
        self.post(
            decision(open, None),
            (person, email),
            &zone,
            waits.then_some(calendar),
        );
    }

    fn tell_somebody(&mut self, open: &Open<'a>, addressee: &str, place: Option<Place>) {
        let facts = self.facts;
        let somebody = facts.people.get(addressee);
        match somebody.and_then(Somebody::email) {
            Some(email) => {
                let calendar = facts
                    .calendars
                    .of(somebody.and_then(|one| one.country.as_deref()));
                self.post(
                    decision(open, place),
                    (addressee, email),
                    &facts.zone_of(somebody),
                    Some(calendar),
                );
            }
            None => self.suppress(open, NOBODY, Suppressed::NoManager),
        }
    }

    fn tell_owners(&mut self, open: &Open<'a>) {
        let facts = self.facts;
        if facts.owners.is_empty() {
            return self.suppress(open, NOBODY, Suppressed::NoManager);
        }
        let calendar = facts.calendars.of(None);
        // All of them at once, or the step would be decided for those who come later.
        let had = |addressee: &str| facts.written.contains(&(addressee.to_owned(), facts.today));
        if facts.look == Look::Now && facts.owners.iter().any(|owner| had(&owner.addressee)) {
            return self.waits(open.asked.on);
        }
        for owner in &facts.owners {
            self.post(
                decision(open, None),
                (&owner.addressee, &owner.email),
                &facts.zone,
                Some(calendar),
            );
        }
    }

    /// Puts the step into the addressee's letter of the day, when it is a day and an hour for it.
    fn post(
        &mut self,
        decision: Decision,
        (addressee, email): (&str, &str),
        zone: &Zone,
        calendar: Option<&Calendar>,
    ) {
        let facts = self.facts;
        let on_day = facts.now.day(zone);
        let key = (addressee.to_owned(), on_day);
        if facts.look == Look::Now {
            let (from, to) = facts.setting.hours;
            let hour = facts.now.hour(zone);
            let at_work = calendar.is_none_or(|calendar| calendar.is_working(on_day));
            if !(from <= hour && hour < to && at_work) || facts.written.contains(&key) {
                return self.waits(decision.on);
            }
        }
        if !facts.mail && facts.look == Look::Now {
            let held = (decision, addressee.to_owned(), Suppressed::MailOff);
            return self.suppressed.push(held);
        }
        let digest = self.digests.entry(key).or_insert_with(|| Digest {
            addressee: addressee.to_owned(),
            on_day,
            to: email.to_owned(),
            decisions: Vec::new(),
        });
        digest.decisions.push(decision);
    }

    fn waits(&mut self, on: Day) {
        self.waits_from = Some(self.waits_from.map_or(on, |first| first.min(on)));
    }

    fn suppress(&mut self, open: &Open<'a>, addressee: &str, why: Suppressed) {
        self.suppressed
            .push((decision(open, None), addressee.to_owned(), why));
    }

    fn manager_of(&self, somebody: &Somebody) -> Option<String> {
        let key = somebody.manager_key.as_ref()?;
        let id = self.facts.managers.get(key)?.clone()?;
        self.facts.people.get(&id).filter(|manager| manager.here)?;
        Some(id)
    }
}

fn decision(open: &Open<'_>, place: Option<Place>) -> Decision {
    Decision {
        assignment: open.candidate.assignment.clone(),
        step: open.asked.step,
        person: open.candidate.person.clone(),
        course_id: open.candidate.course_id.clone(),
        on: open.asked.on,
        place,
    }
}

impl Suppressed {
    pub const ALL: [Suppressed; 10] = [
        Suppressed::Overtaken,
        Suppressed::OnLeave,
        Suppressed::NotHere,
        Suppressed::Waived,
        Suppressed::NoAddress,
        Suppressed::Calendar,
        Suppressed::NoManager,
        Suppressed::ManagerAway,
        Suppressed::MailOff,
        Suppressed::Task,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Suppressed::Overtaken => "overtaken",
            Suppressed::OnLeave => "on_leave",
            Suppressed::NotHere => "not_here",
            Suppressed::Waived => "waived",
            Suppressed::NoAddress => "no_address",
            Suppressed::Calendar => "calendar",
            Suppressed::NoManager => "no_manager",
            Suppressed::ManagerAway => "manager_away",
            Suppressed::MailOff => "mail_off",
            Suppressed::Task => "task",
        }
    }

    /// Why, to whoever asks.
    pub fn words(self) -> &'static str {
        match self {
            Suppressed::Overtaken => "A later reminder of the same came on the same day.",
            Suppressed::OnLeave => "The person was on leave.",
            Suppressed::NotHere => "The person was not working here that day.",
            Suppressed::Waived => "It was waived.",
            Suppressed::NoAddress => "No address of the person is known.",
            Suppressed::Calendar => "The person chose a calendar in place of letters.",
            Suppressed::NoManager => "No manager is known who can be written to.",
            Suppressed::ManagerAway => "The manager was on leave, and nobody stood in.",
            Suppressed::MailOff => "Mail was off.",
            Suppressed::Task => "It was put on the owners’ list.",
        }
    }
}

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suppressed {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Suppressed, Fault> {
        let found = Suppressed::ALL.into_iter().find(|why| why.as_str() == text);
        found.ok_or_else(|| Fault::new("reading why a reminder was suppressed, which is not known"))
    }
}
