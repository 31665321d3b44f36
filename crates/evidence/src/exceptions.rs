//! The lines of a finding: everyone a check does not hold for, or who is listed without counting.
//!
//! Lines are kept as numbers and put into words one by one as they are read, because there may be millions and most
//! readers look at a few. They are sorted by the source's id of the person, then by kind and day, so equal facts give
//! equal bytes. The keys of [`Exception`] are the contract of `muster status --json`; keys may be added, and stay.
//!
//! Not here: the numbers of a finding (`finding`).

use std::{cmp::Ordering, fmt, sync::Arc};

use controls::Predicate;
use db::Day;
use serde::{Serialize, Serializer};

use crate::{
    facts::{Difference, Facts, Waiver},
    measure::{Kind, Line},
    measures::population::{Stale, Total},
    tenure::Span,
};

/// One line of a finding, in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exception {
    /// The source's id for the person, or the source itself where it is about that.
    pub person: String,
    /// What kind of line.
    pub kind: Kind,
    /// First day not covered.
    pub from: Option<Day>,
    /// First day after those not covered.
    pub to: Option<Day>,
    /// The last day on which it would have been in time.
    pub due_on: Option<Day>,
    /// The day it was done, when late.
    pub done_on: Option<Day>,
    /// Why, in a sentence.
    pub reason: String,
    /// The source that gave the id.
    pub source: String,
    /// Our own id of the person.
    pub person_id: String,
    /// What explains it without excusing it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waived>,
}

/// A waiver that holds where something is lacking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waived {
    /// For which course.
    pub course: String,
    /// Last day it holds.
    pub until: Option<Day>,
    /// Why.
    pub reason: String,
    /// What stands in for it.
    pub compensating: String,
    /// Who approved it.
    pub approved_by: String,
}

/// What is lacking about sources.
pub(crate) struct Lacks<'a> {
    pub(crate) stale: &'a [Stale],
    pub(crate) totals: &'a [Total],
    pub(crate) unexplained: &'a mut dyn Iterator<Item = &'a Difference>,
}

/// The lines of one finding, in order.
#[derive(Clone)]
pub struct Exceptions(Lines);

#[derive(Clone)]
enum Lines {
    /// About people, by number.
    People {
        lines: Arc<Vec<Line>>,
        predicate: Predicate,
        facts: Arc<Facts>,
    },
    /// About sources, in words.
    Sources(Vec<Exception>),
}

impl Exceptions {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(Lines::Sources(Vec::new()))
    }

    /// What was found about people, put in order.
    pub(crate) fn about_people(mut lines: Vec<Line>, predicate: Predicate, facts: &Arc<Facts>) -> Self {
        // People are asked in this order, so that nothing is left to do but for those who share an id.
        lines.sort_by_key(|line| facts.rank(line.person));
        for same in lines.chunk_by_mut(|a, b| facts.rank(a.person) == facts.rank(b.person)) {
            same.sort_by(|a, b| compared(a, b, predicate, facts));
        }
        Self(Lines::People {
            lines: Arc::new(lines),
            predicate,
            facts: Arc::clone(facts),
        })
    }

    /// What was found about sources: those not read in time, and kinds of engagement that do not add up.
    pub(crate) fn about_sources(lacks: Lacks<'_>, days: i32) -> Self {
        let mut exceptions: Vec<Exception> = lacks.stale.iter().map(|lack| not_read(lack, days)).collect();
        exceptions.extend(lacks.unexplained.map(differing));
        exceptions.extend(lacks.totals.iter().filter(|t| !t.agrees()).map(disagreeing));
        exceptions.sort();
        Self(Lines::Sources(exceptions))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Lines::People { lines, .. } => lines.len(),
            Lines::Sources(written) => written.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In order, in words.
    pub fn iter(&self) -> impl Iterator<Item = Exception> + '_ {
        self.worded(|_| true)
    }

    /// Those that make the answer no, in order, in words.
    pub fn counting(&self) -> impl Iterator<Item = Exception> + '_ {
        self.worded(Kind::counts)
    }

    /// How many make the answer no.
    #[must_use]
    pub fn counted(&self) -> usize {
        match &self.0 {
            Lines::People { lines, .. } => lines.iter().filter(|line| line.kind.counts()).count(),
            Lines::Sources(written) => written.iter().filter(|line| line.kind.counts()).count(),
        }
    }

    /// How many of those have a waiver.
    pub(crate) fn waived(&self) -> usize {
        match &self.0 {
            Lines::People { lines, facts, .. } => lines
                .iter()
                .filter(|line| waivers(line, facts).next().is_some())
                .count(),
            Lines::Sources(_) => 0,
        }
    }

    /// Those about people, by number.
    pub(crate) fn lines(&self) -> &[Line] {
        match &self.0 {
            Lines::People { lines, .. } => lines,
            Lines::Sources(_) => &[],
        }
    }

    /// Those about one person, by number, in words.
    pub(crate) fn of(&self, person: u32) -> Vec<Exception> {
        match &self.0 {
            Lines::People {
                lines,
                predicate,
                facts,
            } => lines
                .iter()
                .filter(|line| line.person == person)
                .map(|line| exception(line, *predicate, facts))
                .collect(),
            Lines::Sources(_) => Vec::new(),
        }
    }

    fn worded(&self, wanted: fn(Kind) -> bool) -> impl Iterator<Item = Exception> + '_ {
        let written: &[Exception] = match &self.0 {
            Lines::People { .. } => &[],
            Lines::Sources(written) => written,
        };
        let people = self.lines().iter().filter(move |line| wanted(line.kind));
        let people = people.filter_map(|line| match &self.0 {
            Lines::People { predicate, facts, .. } => Some(exception(line, *predicate, facts)),
            Lines::Sources(_) => None,
        });
        people.chain(written.iter().filter(move |line| wanted(line.kind)).cloned())
    }
}

impl Serialize for Exceptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl fmt::Debug for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Exceptions {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Exceptions {}

/// The order among people whose sources gave them one id: that of the words.
fn compared(a: &Line, b: &Line, predicate: Predicate, facts: &Facts) -> Ordering {
    let dates = |l: &Line| (l.kind, l.from, l.to, l.due_on, l.done_on);
    dates(a)
        .cmp(&dates(b))
        .then_with(|| exception(a, predicate, facts).cmp(&exception(b, predicate, facts)))
}

fn exception(line: &Line, predicate: Predicate, facts: &Facts) -> Exception {
    let (source, person) = facts.name(line.person);
    let mut courses: Vec<&str> = line
        .courses
        .iter()
        .map(|c| facts.courses[usize::from(*c)].as_str())
        .collect();
    courses.sort_unstable();
    let mut waivers: Vec<Waived> = waivers(line, facts)
        .map(|waiver| Waived {
            course: facts.courses[usize::from(waiver.course)].clone(),
            until: waiver.days.last(),
            reason: waiver.reason.clone(),
            compensating: waiver.compensating.clone(),
            approved_by: waiver.approved_by.clone(),
        })
        .collect();
    waivers.sort();
    Exception {
        person: person.to_owned(),
        kind: line.kind,
        from: line.from,
        to: line.to,
        due_on: line.due_on,
        done_on: line.done_on,
        reason: reason(line, predicate, &list(&courses)),
        source: source.to_owned(),
        person_id: facts.people[line.person as usize].to_string(),
        waivers,
    }
}

fn reason(line: &Line, predicate: Predicate, courses: &str) -> String {
    let proof = match predicate {
        Predicate::P11 => Some("carries no attestation of its edition"),
        Predicate::P12 => Some("rests on no passed assessment of its edition"),
        _ => None,
    };
    match (line.kind, proof, line.due_on, line.done_on) {
        (_, Some(lacks), _, Some(done)) => format!("The completion of {courses} on {done} {lacks}."),
        (Kind::Gap, ..) => format!("No completion of {courses} was in date."),
        (Kind::LeftBeforeDue, _, Some(due), _) => format!("Left before it was due on {due}."),
        (Kind::LeftBeforeDue, ..) => "Left while on leave, before there was a day it was due.".to_owned(),
        (Kind::NotYetDue, _, Some(due), _) => format!("Due on {due}, which is not before the window ends."),
        (Kind::NotYetDue, ..) => "On leave with no end, so there is no day it is due yet.".to_owned(),
        (Kind::Missed, _, Some(due), Some(done)) => {
            let days = done - due;
            let late = if days == 1 {
                "1 day".to_owned()
            } else {
                format!("{days} days")
            };
            format!("{courses} not completed by {due}; completed on {done}, {late} late.")
        }
        (Kind::Missed, _, Some(due), None) => format!("{courses} not completed by {due}, nor since."),
        (Kind::Missed, ..) => format!("{courses} not completed."),
    }
}

/// The waivers that hold where the line says something is lacking.
fn waivers<'a>(line: &'a Line, facts: &'a Facts) -> impl Iterator<Item = &'a Waiver> {
    let lacking = match (line.from, line.to, line.due_on) {
        (Some(from), Some(to), _) => Some(Span { from, to }),
        (_, _, Some(due)) => Some(Span {
            from: due,
            to: due + 1,
        }),
        _ => None,
    };
    let holds = move |waiver: &&Waiver| {
        line.kind.counts()
            && line.courses.contains(&waiver.course)
            && lacking.is_some_and(|days| waiver.days.meet(days).is_some())
    };
    facts.waivers.of(line.person).iter().filter(holds)
}

fn about_source(person: String, reason: String) -> Exception {
    Exception {
        person: person.clone(),
        kind: Kind::Missed,
        from: None,
        to: None,
        due_on: None,
        done_on: None,
        reason,
        source: person,
        person_id: String::new(),
        waivers: Vec::new(),
    }
}

fn not_read(lack: &Stale, days: i32) -> Exception {
    let since = match lack.last_read {
        Some(read) => format!("it was last read on {read}"),
        None => "it had never been read".to_owned(),
    };
    let reason = format!("Not read in the {days} days before {}; {since}.", lack.day);
    Exception {
        due_on: Some(lack.day),
        done_on: lack.last_read,
        ..about_source(lack.source.clone(), reason)
    }
}

fn differing(difference: &Difference) -> Exception {
    let how = match difference.what.as_str() {
        "end_held" => "has ended there and is still on the roster",
        "unrostered" => "is listed there and not on the roster",
        _ => "may be somebody on the roster; nobody has decided",
    };
    let reason = format!(
        "{} {how}, since {}, and nobody has said why.",
        difference.source_key, difference.since
    );
    about_source(difference.source.clone(), reason)
}

fn disagreeing(total: &Total) -> Exception {
    let reason = format!(
        "{} engaged at the start plus {} begun minus {} ended is not the {} engaged at the end.",
        total.engaged_at_start, total.begun, total.ended, total.engaged_at_end
    );
    about_source(format!("kind:{}", total.kind), reason)
}

/// "B01, B02 and B03"
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
