//! Whether what was decided is right, whether each letter that leaves may leave, and whether the counts agree.
//!
//! Everything is held against what is true of the people in [`super::people`], never against what the engine read.
//!
//! Not here: which steps are asked on which days ([`super::reckoning`]).

use std::collections::HashSet;

use db::{Day, Moment, Reader, Zone, params, sql};
use mail::Say;

use super::{COURSES, OWNER, World, home, is_holiday};

/// A waiting letter whose turn came, with what had not been taken out of it before.
pub(super) struct Turn {
    pub(super) addressee: String,
    /// `None` when it was no longer worth sending.
    pub(super) said: Option<Say>,
    pub(super) lines: Vec<Line>,
}

/// One reminder of a letter.
pub(super) struct Line {
    person: String,
    course: String,
    step: String,
    assigned_at: Moment,
    due_on: Option<Day>,
    /// What made it due, without its number.
    basis: String,
}

impl Line {
    /// Twice on one day is once, so what is to be repeated is met from the next day on; what somebody owes from a day on,
    /// such as the one they are back from a long leave, is met from that day on.
    fn is_met_on(&self, on: Day) -> bool {
        let (kind, day) = self.basis.split_once(':').expect("a basis has a day");
        let day: Day = day.parse().expect("a basis has a day");
        if kind == "after" { on > day } else { on >= day }
    }
}

struct Decided {
    step: String,
    addressee: String,
    person: String,
    course: String,
    reason: Option<String>,
}

pub(super) fn lines(reader: &mut Reader, letter: &str) -> db::Result<Vec<Line>> {
    reader.rows(
        sql!(
            "select r.person_id, r.course_id, r.step, a.assigned_at, a.due_on, a.basis
             from reminder r
             join assignment a on a.id = r.assignment_id
             left join reminder_withdrawal w
               on w.assignment_id = r.assignment_id and w.step = r.step and w.addressee = r.addressee
             where r.letter_id = $1
               and w.reason is null
             limit 10000"
        ),
        &params![letter],
        |row| {
            let basis = row.str(5)?.unwrap_or_default();
            Ok(Line {
                person: row.get(0)?,
                course: row.get(1)?,
                step: row.get(2)?,
                assigned_at: row.get(3)?,
                due_on: row.get(4)?,
                basis: basis.split('#').next().unwrap_or_default().to_owned(),
            })
        },
    )
}

fn is_working(day: Day, german: bool) -> bool {
    let weekend = ["Saturday", "Sunday"].contains(&day.weekday_name());
    !(weekend || german && is_holiday(day))
}

impl World {
    /// What one look decided.
    pub(super) fn decisions_are_right(&self, now: Moment) {
        let decided = self.write(move |tx| {
            tx.rows(
                sql!(
                    "select step, addressee, person_id, course_id, reason
                     from reminder
                     where decided_at = $1
                     limit 1000000"
                ),
                &params![now],
                |row| {
                    Ok(Decided {
                        step: row.get(0)?,
                        addressee: row.get(1)?,
                        person: row.get(2)?,
                        course: row.get(3)?,
                        reason: row.get(4)?,
                    })
                },
            )
        });
        for one in &decided {
            let expected = self.expected(one, now);
            let was = (one.addressee.as_str(), one.reason.as_deref());
            // Which steps come together is the second reckoning's.
            let fits = was == (one.person.as_str(), Some("overtaken"))
                || expected
                    .iter()
                    .any(|(addressee, why)| (addressee.as_str(), *why) == was);
            assert!(
                fits,
                "{now}: {} of {} about {} went to {was:?}, and should have to one of {expected:?}",
                one.step, one.person, one.course
            );
        }
    }

    /// To whom this may go, or why it is held back.
    fn expected(&self, one: &Decided, now: Moment) -> Vec<(String, Option<&'static str>)> {
        let at = self.places[&one.person];
        let person = &self.people[at];
        let today = now.day(&home());
        let held = |why: &'static str| vec![(one.person.clone(), Some(why))];
        if !person.is_here(today) {
            return held("not_here");
        }
        if person.is_away(now.day(&person.zone)) {
            return held("on_leave");
        }
        if self.is_waived(at, &one.course, today) {
            return held("waived");
        }
        let nobody = || vec![("nobody".to_owned(), Some("no_manager"))];
        let told = |at: usize| vec![(self.people[at].id.clone(), None)];
        let writable = |at: &usize| self.people[*at].email.is_some();
        match one.step.split('+').next().unwrap_or_default() {
            "manager" => match self.manager(at, today) {
                Some(manager) => match self.stands_in(manager, at, now) {
                    Some(who) if writable(&who) => told(who),
                    Some(_) => nobody(),
                    None => vec![("nobody".to_owned(), Some("manager_away"))],
                },
                None => nobody(),
            },
            "upper" => {
                let manager = self.manager(at, today);
                let upper = manager.and_then(|manager| self.manager(manager, today));
                match upper.map(|upper| self.stands_in(upper, at, now)) {
                    Some(Some(who)) if writable(&who) => told(who),
                    Some(Some(_)) => nobody(),
                    Some(None) | None => vec![(OWNER.to_owned(), None)],
                }
            }
            "owner" => vec![("task".to_owned(), Some("task"))],
            _ if person.email.is_none() => held("no_address"),
            line if person.calendar && line != "after" => held("calendar"),
            _ => told(at),
        }
    }

    /// Somebody's manager, who works here.
    fn manager(&self, at: usize, today: Day) -> Option<usize> {
        let manager = self.people[at].manager?;
        self.people[manager].is_here(today).then_some(manager)
    }

    /// The manager, or who is told in their place while they are on leave: whom they asked last, else their manager.
    fn stands_in(&self, manager: usize, about: usize, now: Moment) -> Option<usize> {
        let head = &self.people[manager];
        if !head.is_away(now.day(&head.zone)) {
            return Some(manager);
        }
        let today = now.day(&home());
        let asked = head.delegates.iter().rev().filter(|(_, until)| today <= *until);
        let mut instead = asked.map(|(at, _)| *at).chain(self.manager(manager, today));
        instead.find(|at| {
            let one = &self.people[*at];
            *at != about && one.email.is_some() && one.is_here(today) && !one.is_away(now.day(&one.zone))
        })
    }

    pub(super) fn is_waived(&self, at: usize, course: &str, on: Day) -> bool {
        let course = COURSES.iter().position(|one| *one == course);
        let course = course.expect("a course of this world");
        self.waived
            .get(&(at, course))
            .is_some_and(|(from, until)| *from <= on && on <= *until)
    }

    /// What became of the letters whose turn came.
    pub(super) fn letters_are_right(&mut self, turns: &[Turn], now: Moment) {
        for turn in turns {
            let many = i64::try_from(turn.lines.len()).expect("a letter");
            match &turn.said {
                None => self.tally.expired += many,
                Some(Say::Later(_)) => self.put_off += 1,
                Some(Say::NoLonger(_)) => assert_eq!(many, 0, "something of it was still open"),
                Some(Say::AsItStands) => panic!("a reminder is written when it leaves"),
                Some(Say::Write { text, .. }) => {
                    assert!(!text.is_empty() && many > 0, "it says something");
                    self.tally.left += many;
                    self.tally.letters += 1;
                    self.comes_at_a_good_time(turn, now);
                    self.is_still_owed(turn, now);
                }
            }
        }
    }

    /// In their hours, on a working day of theirs, and one a day.
    fn comes_at_a_good_time(&mut self, turn: &Turn, now: Moment) {
        let addressee = &turn.addressee;
        let person = self.places.get(addressee).map(|at| &self.people[*at]);
        let (zone, german) = person.map_or((home(), false), |one| (one.zone.clone(), one.german));
        let (hour, today) = (now.hour(&zone), now.day(&zone));
        assert!(
            (9..17).contains(&hour),
            "{addressee} is written to at {hour} o'clock on {today}"
        );
        // Only what would come too late otherwise comes on a day off.
        let pressing = |line: &Line| {
            line.due_on
                .is_some_and(|due| today <= due && !is_working(due, german))
        };
        assert!(
            is_working(today, german) || turn.lines.iter().any(pressing),
            "{addressee} is written to on {}, {today}",
            today.weekday_name()
        );
        let before = self.last_letter.insert(addressee.clone(), today);
        assert!(
            before.is_none_or(|before| before < today),
            "{addressee} has a second letter on {today}"
        );
    }

    /// Nothing is in a letter that leaves which was done, waived or left behind before.
    fn is_still_owed(&mut self, turn: &Turn, now: Moment) {
        let today = now.day(&home());
        for line in &turn.lines {
            let at = self.places[&line.person];
            let course = COURSES.iter().position(|one| *one == line.course);
            let course = course.expect("a course of this world");
            let counts =
                |at: &&Moment| **at > line.assigned_at && **at <= now && line.is_met_on(at.day(&home()));
            let after = self
                .done
                .get(&(at, course))
                .and_then(|done| done.iter().find(counts));
            assert_eq!(
                after, None,
                "{} is reminded of {} after completing it: {}",
                line.person, line.course, line.basis
            );
            assert!(self.people[at].is_here(today), "{} had left", line.person);
            assert!(
                !self.is_waived(at, &line.course, today),
                "{} need not do {} now",
                line.person,
                line.course
            );
            let learner = !["manager", "upper", "owner"]
                .iter()
                .any(|one| line.step.starts_with(one));
            if learner {
                self.intends(at, course);
            }
        }
    }

    /// Decided = left + taken out + expired + still waiting + held back, by the rows and by the ledger.
    pub(super) fn counts_reconcile(&self) {
        let (rows, suppressed, withdrawn, waiting) = self.write(|tx| {
            let mut count =
                |sql| Ok::<i64, db::Error>(tx.one(sql, &[], |row| row.get(0))?.unwrap_or_default());
            Ok((
                count(sql!("select cast(count(*) as bigint) from reminder"))?,
                count(sql!("select cast(count(reason) as bigint) from reminder"))?,
                count(sql!("select cast(count(*) as bigint) from reminder_withdrawal"))?,
                count(sql!(
                    "select cast(count(*) as bigint) from reminder r join job j on j.payload = r.letter_id"
                ))?,
            ))
        });
        let Self { tally, .. } = self;
        assert_eq!(
            rows,
            tally.runs.sent + tally.runs.suppressed,
            "what runs say is what is kept"
        );
        assert_eq!(suppressed, tally.runs.suppressed);
        assert_eq!(
            tally.runs.sent,
            tally.left + withdrawn + tally.expired + waiting,
            "decided = left + taken out + expired + waiting"
        );
        assert_eq!(
            self.entries(),
            (tally.runs.sent, tally.runs.suppressed),
            "the ledger says the same"
        );
        assert!(
            tally.left > 0 && withdrawn > 0 && suppressed > 0 && self.put_off > 0,
            "all of it happens in this world: {tally:?}, {withdrawn}, {suppressed}, {}",
            self.put_off
        );
    }

    /// How many reminders the entries say were put into letters and held back.
    fn entries(&self) -> (i64, i64) {
        let said: Vec<serde_json::Value> = self.write(|tx| {
            tx.rows(
                sql!(
                    "select p.body
                     from ledger_entry e
                     join ledger_payload p on p.entry_id = e.id
                     where e.kind = 'reminders-decided'
                     limit 1000000"
                ),
                &[],
                |row| {
                    let body = row.str(0)?.unwrap_or_default();
                    serde_json::from_str(body).map_err(|e| db::Fault::of("reading an entry", e).into())
                },
            )
        });
        let number = |value: &serde_json::Value| value.as_i64().expect("a count");
        said.iter().fold((0, 0), |(sent, held), one| {
            let said = &one["payload"];
            let reasons = said["suppressed"].as_object().expect("reasons");
            (
                sent + number(&said["sent"]),
                held + reasons.values().map(number).sum::<i64>(),
            )
        })
    }

    /// Whoever is late and can be written to has been spoken to lately, whatever happened to them before.
    pub(super) fn who_is_late_is_spoken_to(&self) {
        let (today, since) = (self.today, self.today - 25);
        let (open, spoken): (Vec<(String, String, String)>, HashSet<String>) = self.write(move |tx| {
            let open = tx.rows(
                sql!(
                    "select o.assignment_id, o.person_id, o.course_id
                     from assignment_open o
                     join assignment a on a.id = o.assignment_id
                     where o.due_on < $1
                       and a.assigned_at < $2
                     limit 1000000"
                ),
                &params![since - 10, (since - 10).start(&Zone::utc())],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let spoken = tx.rows(
                sql!(
                    "select assignment_id
                     from reminder
                     where decided_at >= $1
                       and (step like 'after%' or step like 'back%')
                     limit 1000000"
                ),
                &params![since.start(&Zone::utc())],
                |row| row.get(0),
            )?;
            Ok((open, spoken.into_iter().collect()))
        });
        for (assignment, person, course) in open {
            let at = self.places[&person];
            let one = &self.people[at];
            let reachable = one.is_here(today - 1) && !one.is_away_within(since - 10, today);
            assert!(
                !reachable || spoken.contains(&assignment),
                "{person} is late with {course}, and nobody has said so for weeks"
            );
        }
    }
}
