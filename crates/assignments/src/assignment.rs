//! An assignment: this person owes this course because of this rule.
//!
//! Two rules can ask the same course of one person; whoever reads what is owed sees the course once, by the earlier day.
//! Overdue means that the due day is over. What is waived is still owed, and listed with the day until which it is waived.
//!
//! Not here: when assignments come and go ([`crate::reconcile`], which writes the tables).

mod course_count;

use db::{Day, Id, Kind, Moment, Reader, Result, Row, params, sql};
use roster::person::PersonKind;

pub use course_count::{CourseCount, courses};

use crate::audience::Audience;
use crate::due::{Basis, Reason};
use crate::reconcile::Why;

/// The most that one person can owe at a time: one for each rule that can bind.
const PER_PERSON_MAX: i64 = crate::rule::RULES_MAX as i64;

/// The most past assignments that are shown of one person: twenty years of a dozen courses.
const PAST_MAX: i64 = 400;

/// `asg_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssignmentKind;

impl Kind for AssignmentKind {
    const PREFIX: &'static str = "asg";
}

/// A course somebody owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub assignment: Id<AssignmentKind>,
    pub course_id: String,
    /// Of the newest edition.
    pub title: String,
    /// How long it takes, by the newest edition.
    pub minutes: i64,
    /// Why, in a sentence to the person.
    pub reason: String,
    /// The day it is first shown as owed.
    pub opens_on: Day,
    /// The last day to do it; `None` while a leave has no end.
    pub due_on: Option<Day>,
    pub overdue: bool,
    pub waived_until: Option<Day>,
}

/// An assignment of a person, open or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub assignment: Id<AssignmentKind>,
    pub course_id: String,
    pub title: String,
    pub reason: Reason,
    pub assigned_at: Moment,
    pub due_on: Option<Day>,
    /// When and why it ended; `None` while it is open.
    pub end: Option<(Moment, Why)>,
}

/// One line of a list over everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub person: Id<PersonKind>,
    pub course_id: String,
    pub opens_on: Day,
    pub due_on: Option<Day>,
    pub waived_until: Option<Day>,
}

/// Days by which something is overdue, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// At least 1.
    pub from: i32,
    pub to: i32,
}

/// How old what is overdue is.
pub const AGES: [Age; 4] = [
    Age { from: 1, to: 7 },
    Age { from: 8, to: 30 },
    Age { from: 31, to: 90 },
    Age {
        from: 91,
        to: Age::ANY.to,
    },
];

/// Which part of what everybody owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub show: Show,
    /// Only this course, when there is one.
    pub course_id: Option<String>,
    /// How many to pass over.
    pub skip: i64,
    /// How many to list at most.
    pub most: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Overdue(Age),
    /// Overdue and waived.
    Waived,
    /// Owed and not yet overdue, what has no day because of a leave included.
    InTime,
    /// Owed, overdue or not.
    All,
}

/// How much of what is owed today stands how; a course of a person counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ageing {
    /// As in [`AGES`]; what is waived included.
    pub overdue: [i64; 4],
    /// Overdue, and waived today.
    pub waived: i64,
    pub in_time: i64,
}

/// What a person owes today, the most pressing first.
///
/// # Errors
/// A fault of the engine.
pub fn owed(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Owed>> {
    let today = reader.today()?;
    let mut owed = of_person(reader, person)?;
    owed.retain(|one| one.opens_on <= today);
    Ok(owed)
}

/// What a person will owe on a day to come, the nearest first.
///
/// # Errors
/// A fault of the engine.
pub fn upcoming(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Owed>> {
    let today = reader.today()?;
    let mut later = of_person(reader, person)?;
    later.retain(|one| one.opens_on > today);
    Ok(later)
}

/// Whether a passing completion has met it, reconciled or not.
///
/// # Errors
/// A fault of the engine.
pub fn is_met(reader: &mut Reader, assignment: &Id<AssignmentKind>) -> Result<bool> {
    let found = reader.one(
        sql!(
            "select a.basis,
                    (select max(c.occurred_on)
                     from completion c
                     where c.person_id = a.person_id
                       and c.course_id = a.course_id
                       and c.passed = 1)
             from assignment a
             where a.id = $1"
        ),
        &params![assignment],
        |row| {
            let basis: Basis = row.str(0)?.unwrap_or_default().parse()?;
            Ok(row.get::<Option<Day>>(1)?.is_some_and(|day| basis.met_on(day)))
        },
    )?;
    Ok(found.unwrap_or(false))
}

/// Every assignment of a person, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn history(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Past>> {
    reader.rows(
        sql!(
            "select a.id, a.course_id, coalesce(e.title, a.course_id), a.reason, a.assigned_at, a.due_on,
                    n.ended_at, n.reason
             from assignment a
             left join assignment_end n on n.assignment_id = a.id
             left join edition e on e.course_id = a.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = a.course_id)
             where a.person_id = $1
             order by a.assigned_at desc, a.id desc
             limit $2"
        ),
        &params![person, PAST_MAX],
        |row| {
            let end = match (row.get::<Option<Moment>>(6)?, row.str(7)?) {
                (Some(at), Some(why)) => Some((at, why.parse()?)),
                _ => None,
            };
            Ok(Past {
                assignment: row.get(0)?,
                course_id: row.get(1)?,
                title: row.get(2)?,
                reason: row.str(3)?.unwrap_or_default().parse()?,
                assigned_at: row.get(4)?,
                due_on: row.get(5)?,
                end,
            })
        },
    )
}

/// What everybody owes, as far as the filter asks, the oldest due day first.
///
/// # Errors
/// A fault of the engine.
pub fn list(reader: &mut Reader, filter: &Filter) -> Result<Vec<Listed>> {
    let today = reader.today()?;
    match filter.show {
        Show::Overdue(age) => overdue(reader, filter, age, ""),
        Show::Waived => overdue(reader, filter, Age::ANY, "waived"),
        Show::InTime | Show::All => reader.rows(
            sql!(
                "select o.person_id, o.course_id, min(o.opens_on), min(o.due_on),
                        (select max(w.until_on)
                         from waiver_held w
                         where w.person_id = o.person_id
                           and w.course_id = o.course_id
                           and w.from_on <= $1
                           and w.until_on >= $1)
                 from assignment_open o
                 where o.opens_on <= $1
                   and ($2 = '' or o.course_id = $2)
                 group by o.person_id, o.course_id
                 having $5 = 'all' or coalesce(min(o.due_on), $1) >= $1
                 order by coalesce(min(o.due_on), 9999999), o.person_id, o.course_id
                 limit $3 offset $4"
            ),
            &params![
                today,
                filter.course(),
                filter.most,
                filter.skip,
                if filter.show == Show::All { "all" } else { "" }
            ],
            read_listed,
        ),
    }
}

/// How what is owed today stands, for one course or for all.
///
/// # Errors
/// A fault of the engine.
pub fn ageing(reader: &mut Reader, course_id: Option<&str>) -> Result<Ageing> {
    let today = reader.today()?;
    let [a, b, c, _] = AGES.map(|age| today - age.to);
    let found = reader.one(
        sql!(
            "select cast(count(case when due < $1 and due >= $2 then 1 end) as bigint),
                    cast(count(case when due < $2 and due >= $3 then 1 end) as bigint),
                    cast(count(case when due < $3 and due >= $4 then 1 end) as bigint),
                    cast(count(case when due < $4 then 1 end) as bigint),
                    cast(count(case when due < $1 and waived = 1 then 1 end) as bigint),
                    cast(count(case when due is null or due >= $1 then 1 end) as bigint)
             from (select min(o.due_on) as due, max(case when w.id is null then 0 else 1 end) as waived
                   from assignment_open o
                   left join waiver_held w on w.person_id = o.person_id
                       and w.course_id = o.course_id
                       and w.from_on <= $1
                       and w.until_on >= $1
                   where o.opens_on <= $1
                     and ($5 = '' or o.course_id = $5)
                   group by o.person_id, o.course_id) owed"
        ),
        &params![today, a, b, c, course_id.unwrap_or_default()],
        |row| {
            Ok(Ageing {
                overdue: [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?],
                waived: row.get(4)?,
                in_time: row.get(5)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

impl Age {
    /// However old.
    pub const ANY: Age = Age {
        from: 1,
        to: 1_000_000,
    };
}

impl Filter {
    fn course(&self) -> &str {
        self.course_id.as_deref().unwrap_or_default()
    }
}

impl Ageing {
    /// Everything overdue, what is waived included.
    pub fn overdue_in_all(&self) -> i64 {
        self.overdue.iter().sum()
    }

    /// How many lines a list with this `show` has in all.
    pub fn count(&self, show: Show) -> i64 {
        match show {
            Show::Overdue(age) => {
                let within = |one: &Age| age.from <= one.from && one.to <= age.to;
                AGES.iter()
                    .zip(self.overdue)
                    .filter(|(one, _)| within(one))
                    .map(|(_, count)| count)
                    .sum()
            }
            Show::Waived => self.waived,
            Show::InTime => self.in_time,
            Show::All => self.overdue_in_all() + self.in_time,
        }
    }
}

fn overdue(reader: &mut Reader, filter: &Filter, age: Age, waived: &str) -> Result<Vec<Listed>> {
    let today = reader.today()?;
    reader.rows(
        sql!(
            "select o.person_id, o.course_id, min(o.opens_on), min(o.due_on), max(w.until_on)
             from assignment_open o
             left join waiver_held w on w.person_id = o.person_id
                 and w.course_id = o.course_id
                 and w.from_on <= $1
                 and w.until_on >= $1
             where o.due_on <= $2
               and ($4 = '' or o.course_id = $4)
             group by o.person_id, o.course_id
             having min(o.due_on) >= $3
                and ($5 = '' or max(w.until_on) is not null)
             order by min(o.due_on), o.person_id, o.course_id
             limit $6 offset $7"
        ),
        &params![
            today,
            today - age.from,
            today - age.to,
            filter.course(),
            waived,
            filter.most,
            filter.skip
        ],
        read_listed,
    )
}

fn read_listed(row: &Row) -> Result<Listed> {
    Ok(Listed {
        person: row.get(0)?,
        course_id: row.get(1)?,
        opens_on: row.get(2)?,
        due_on: row.get(3)?,
        waived_until: row.get(4)?,
    })
}

/// Everything open of a person, each course once, the earliest day first.
fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Owed>> {
    let today = reader.today()?;
    let mut owed = reader.rows(
        sql!(
            "select o.assignment_id, o.course_id, coalesce(e.title, o.course_id), coalesce(e.minutes, 0),
                    o.basis, a.reason, r.audience, r.from_on, o.opens_on, o.due_on, r.why,
                    (select max(w.until_on)
                     from waiver_held w
                     where w.person_id = o.person_id
                       and w.course_id = o.course_id
                       and w.from_on <= $2
                       and w.until_on >= $2)
             from assignment_open o
             join assignment a on a.id = o.assignment_id
             join rule r on r.id = o.rule_id
             left join edition e on e.course_id = o.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = o.course_id)
             where o.person_id = $1
             limit $3"
        ),
        &params![person, today, PER_PERSON_MAX],
        |row| {
            let due_on: Option<Day> = row.get(9)?;
            let audience = Audience::parse(row.str(6)?.unwrap_or_default())
                .map_err(|e| db::Fault::of("reading the audience of a rule", e))?;
            let basis = row.str(4)?.unwrap_or_default().parse()?;
            let reason = row.str(5)?.unwrap_or_default().parse()?;
            Ok(Owed {
                assignment: row.get(0)?,
                course_id: row.get(1)?,
                title: row.get(2)?,
                minutes: row.get(3)?,
                reason: sentence((basis, reason), &audience, row.get(7)?, row.str(10)?.unwrap_or_default()),
                opens_on: row.get(8)?,
                due_on,
                overdue: due_on.is_some_and(|due| due < today),
                waived_until: row.get(11)?,
            })
        },
    )?;
    let order = |one: &Owed| {
        let (course, assignment) = (one.course_id.clone(), one.assignment.clone());
        (one.due_on.is_none(), one.due_on, course, assignment)
    };
    owed.sort_by_cached_key(order);
    let mut seen = std::collections::BTreeSet::new();
    owed.retain(|one| seen.insert(one.course_id.clone()));
    Ok(owed)
}

/// Why it is owed, to the person.
fn sentence((basis, reason): (Basis, Reason), audience: &Audience, rule_from: Day, why: &str) -> String {
    match (basis, reason) {
        (Basis::After(day), _) => {
            format!(
                "You last completed it on {}, and it is to be repeated from time to time.",
                day.long()
            )
        }
        (Basis::Role(day), Reason::AccessGrant) if audience.asks_for_grants() => {
            format!("Your access began on {}. It is for {audience}.", day.long())
        }
        (Basis::Start(day) | Basis::Role(day), Reason::AccessGrant) if !audience.asks_for_grants() => {
            format!(
                "Your access begins on {}. It is to be completed by then by {audience}.",
                day.long()
            )
        }
        (Basis::Event(day), _) => {
            format!(
                "It is to be done again because of what happened on {}: {why}",
                day.long()
            )
        }
        (Basis::Return(day), _) => format!(
            "You came back on {} from a long time away. It is for {audience}.",
            day.long()
        ),
        (Basis::Role(day), _) => format!("Your role changed on {}. It is for {audience}.", day.long()),
        (Basis::Start(day), _) if day == rule_from => {
            format!(
                "It has been part of the programme since {}. It is for {audience}.",
                day.long()
            )
        }
        (Basis::Start(day), _) => format!("You started on {}. It is for {audience}.", day.long()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{self, Duty, NewRule};
    use crate::tests::{ADA, BEN, day, organisation, person, reconcile_all};
    use db::{Actor, Db};

    fn list_of(db: &Db, show: Show, course: Option<&str>) -> Vec<(String, Option<Day>)> {
        let filter = Filter {
            show,
            course_id: course.map(str::to_owned),
            skip: 0,
            most: 100,
        };
        let lines = db
            .read_blocking(move |r| list(r, &filter))
            .expect("reading works");
        lines
            .into_iter()
            .map(|line| (format!("{} {}", line.person, line.course_id), line.due_on))
            .collect()
    }

    #[test]
    fn a_person_sees_what_they_owe_with_the_reason_and_the_day() {
        let db = organisation();
        reconcile_all(&db);
        let owed_by = |id| {
            db.read_blocking(move |r| owed(r, &person(id)))
                .expect("reading works")
        };
        let ada = owed_by(ADA);
        assert_eq!(
            (
                ada[0].title.as_str(),
                ada[0].minutes,
                ada[0].due_on,
                ada[0].overdue
            ),
            ("Phishing", 11, Some(day("2026-06-19")), false)
        );
        assert_eq!(ada[0].reason, "You started on 20 May 2026. It is for everyone.");
        let ben = owed_by(BEN);
        assert_eq!((ben[0].due_on, ben[0].overdue), (Some(day("2026-01-31")), true));
        assert_eq!(
            ben[0].reason,
            "It has been part of the programme since 1 January 2026. It is for everyone."
        );
    }

    #[test]
    fn what_two_rules_ask_is_seen_once_by_the_earlier_day() {
        let db = organisation();
        db.write_blocking(Actor::Operator, |tx| {
            let new = NewRule {
                name: "Staff".to_owned(),
                audience: Audience::parse(r#"{"any":[{"field":"kind","is":"employee"}]}"#)?,
                course_id: "B02".to_owned(),
                duty: Duty::parse(r#"{"onboarding_days":14}"#)?,
                from_on: day("2026-01-01"),
                terms: rule::Terms::default(),
            };
            rule::set(tx, &new, None)
        })
        .expect("a rule can be set");
        reconcile_all(&db);
        let ada = db
            .read_blocking(|r| owed(r, &person(ADA)))
            .expect("reading works");
        assert_eq!(
            ada.iter().map(|one| one.due_on).collect::<Vec<_>>(),
            [Some(day("2026-06-03")), Some(day("2026-06-19"))]
        );
        assert_eq!(list_of(&db, Show::InTime, None).len(), 2);
        let courses = db.read_blocking(courses).expect("reading works");
        assert_eq!(
            courses
                .iter()
                .map(|one| (one.owed, one.overdue))
                .collect::<Vec<_>>(),
            [(2, 1), (2, 1)]
        );
    }

    #[test]
    fn a_day_counts_as_overdue_when_it_is_over_and_ages_as_it_should() {
        let db = organisation();
        reconcile_all(&db);
        // Ben was due on 31 January; that is 121 days before 1 June. Ada is due on 19 June.
        let oldest = AGES[3];
        assert_eq!(
            list_of(&db, Show::Overdue(oldest), Some("B02")),
            [(format!("{BEN} B02"), Some(day("2026-01-31")))]
        );
        assert_eq!(list_of(&db, Show::Overdue(AGES[2]), None), []);
        assert_eq!(
            list_of(&db, Show::InTime, Some("B02")),
            [(format!("{ADA} B02"), Some(day("2026-06-19")))]
        );
        let at = |moment: &str| {
            db.set_now(moment.parse().expect("a moment in a test"));
            db.read_blocking(|r| ageing(r, Some("B02")))
                .expect("reading works")
        };
        assert_eq!(
            at("2026-06-19T23:59:00Z"),
            Ageing {
                overdue: [0, 0, 0, 1],
                waived: 0,
                in_time: 1
            }
        );
        assert_eq!(
            at("2026-06-20T00:00:00Z"),
            Ageing {
                overdue: [1, 0, 0, 1],
                waived: 0,
                in_time: 0
            }
        );
        assert_eq!(at("2026-06-26T12:00:00Z").overdue, [1, 0, 0, 1]);
        assert_eq!(at("2026-06-27T12:00:00Z").overdue, [0, 1, 0, 1]);
        assert_eq!(at("2026-07-20T12:00:00Z").overdue, [0, 0, 1, 1]);
        assert_eq!(at("2026-09-18T12:00:00Z").overdue, [0, 0, 0, 2]);
        let all = at("2026-06-27T12:00:00Z");
        assert_eq!(
            (
                all.count(Show::Overdue(Age::ANY)),
                all.count(Show::Overdue(AGES[1]))
            ),
            (2, 1)
        );
    }

    #[test]
    fn what_opens_later_is_not_owed_yet() {
        let db = organisation();
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!(
                    "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, source, class, passed)
                     values ('com_1', $1, 'B02', $2, 0, 0, 'muster', 'A', 1)"
                ),
                &params![ADA, day("2026-05-25")],
            )
        })
        .expect("a completion can be put down");
        reconcile_all(&db);
        let courses = |owed: Vec<Owed>| owed.into_iter().map(|one| one.course_id).collect::<Vec<_>>();
        assert_eq!(
            courses(
                db.read_blocking(|r| owed(r, &person(ADA)))
                    .expect("reading works")
            ),
            ["D05"]
        );
        let later = db
            .read_blocking(|r| upcoming(r, &person(ADA)))
            .expect("reading works");
        assert_eq!(
            later[0].reason,
            "You last completed it on 25 May 2026, and it is to be repeated from time to time."
        );
        assert_eq!(
            (later[0].opens_on, later[0].due_on),
            (day("2027-04-25"), Some(day("2027-05-25")))
        );
        let past = db
            .read_blocking(|r| history(r, &person(ADA)))
            .expect("reading works");
        assert_eq!(past.iter().filter(|one| one.end.is_none()).count(), 2);
    }
}
