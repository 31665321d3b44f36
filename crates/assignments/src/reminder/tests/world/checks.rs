//! Whether what was decided is right, and whether each letter that leaves may leave and says what it has to.
//!
//! Everything is held against what is true of the people in [`super::people`], never against what the engine read.
//!
//! Not here: which steps are asked on which days ([`super::reckoning`]); that nothing is lost ([`super::counts`]).

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
    /// What is open for the addressee, as it was when the letter was written.
    pub(super) owed: Vec<Owed>,
}

/// What somebody has open.
pub(super) struct Owed {
    course: String,
    opens_on: Day,
    basis: String,
}

/// What a course is called: each by itself, so that a letter shows which it speaks of.
pub(super) fn title(course: &str) -> String {
    format!("Course {course} of the world")
}

pub(super) fn owed(reader: &mut Reader, person: &str) -> db::Result<Vec<Owed>> {
    reader.rows(
        sql!("select course_id, opens_on, basis from assignment_open where person_id = $1 limit 100"),
        &params![person],
        |row| {
            Ok(Owed {
                course: row.get(0)?,
                opens_on: row.get(1)?,
                basis: unnumbered(row.str(2)?.unwrap_or_default()),
            })
        },
    )
}

/// Without how often it was owed before.
pub(super) fn unnumbered(basis: &str) -> String {
    basis.split('#').next().unwrap_or_default().to_owned()
}

/// Twice on one day is once, so what is to be repeated is met from the next day on; what somebody owes from a day on, such as
/// the one they are back from a long leave, is met from that day on.
pub(super) fn is_met(basis: &str, on: Day) -> bool {
    let (kind, day) = basis.split_once(':').expect("a basis has a day");
    let day: Day = day.parse().expect("a basis has a day");
    if kind == "after" { on > day } else { on >= day }
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
            Ok(Line {
                person: row.get(0)?,
                course: row.get(1)?,
                step: row.get(2)?,
                assigned_at: row.get(3)?,
                due_on: row.get(4)?,
                basis: unnumbered(row.str(5)?.unwrap_or_default()),
            })
        },
    )
}

fn is_learners(step: &str) -> bool {
    !["manager", "upper", "owner"]
        .iter()
        .any(|one| step.starts_with(one))
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
                None => {
                    self.tally.expired += many;
                    self.tally.letters_dropped += 1;
                }
                Some(Say::Later(_)) => self.put_off += 1,
                Some(Say::NoLonger(_)) => {
                    assert_eq!(many, 0, "something of it was still open");
                    self.tally.letters_dropped += 1;
                }
                Some(Say::AsItStands) => panic!("a reminder is written when it leaves"),
                Some(Say::Write { text, .. }) => {
                    assert!(!text.is_empty() && many > 0, "it says something");
                    self.tally.left += many;
                    self.tally.letters += 1;
                    self.comes_at_a_good_time(turn, now);
                    self.is_still_owed(turn, now);
                    self.says_what_is_owed(turn, text, now);
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

    /// It goes to somebody who works here, and names each course of theirs that is open today and has not been done, and no
    /// other.
    fn says_what_is_owed(&self, turn: &Turn, text: &str, now: Moment) {
        let Some(at) = self.places.get(&turn.addressee).copied() else {
            return;
        };
        let (addressee, today) = (&turn.addressee, now.day(&home()));
        assert!(
            self.people[at].is_here(today),
            "{addressee} is written to on {today}, and had left"
        );
        let is_own = |line: &&Line| line.person == *addressee && is_learners(&line.step);
        let own: HashSet<&str> = turn
            .lines
            .iter()
            .filter(is_own)
            .map(|line| line.course.as_str())
            .collect();
        for course in COURSES {
            let is_done = |owed: &Owed| {
                let place = COURSES.iter().position(|one| one == &course);
                let done = self.done.get(&(at, place.expect("a course of this world")));
                done.is_some_and(|done| done.iter().any(|at| is_met(&owed.basis, at.day(&home()))))
            };
            let is_owed = turn.owed.iter().any(|owed| {
                owed.course == course && (owed.opens_on <= today || own.contains(course)) && !is_done(owed)
            });
            let expected = !own.is_empty() && is_owed && !self.is_waived(at, course, today);
            // In the part about others a course stands within a line.
            let named = text.contains(&format!("\n  {}\n", title(course)));
            assert_eq!(
                named, expected,
                "whether {addressee} is told of their own {course} on {today}:\n{text}"
            );
        }
    }

    /// Nothing is in a letter that leaves which was done, waived or left behind before.
    fn is_still_owed(&mut self, turn: &Turn, now: Moment) {
        let today = now.day(&home());
        for line in &turn.lines {
            let at = self.places[&line.person];
            let course = COURSES.iter().position(|one| *one == line.course);
            let course = course.expect("a course of this world");
            let counts =
                |at: &&Moment| **at > line.assigned_at && **at <= now && is_met(&line.basis, at.day(&home()));
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
            if is_learners(&line.step) {
                self.intends(at, course);
            }
        }
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
