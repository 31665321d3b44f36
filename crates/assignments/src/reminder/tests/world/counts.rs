//! Whether nothing is lost: on each day the counts agree, by the rows, by what was said of them, and by what is true of the
//! people in [`super::people`].
//!
//! Assigned = done + open + waived + ended otherwise; decided = left + taken out + expired + still waiting + held back. A row
//! that went missing, or came twice, is found on the day on which it did.
//!
//! Not here: whether each decision is the right one ([`super::checks`], [`super::reckoning`]).

use std::collections::HashMap;

use db::{Day, Reader, Sql, params, sql};

use super::checks::{is_met, unnumbered};
use super::{ALL_DAYS, COURSES, World, home};

/// The course that one department owes; everybody owes the others.
const OF_ENGINEERS: usize = 2;

/// What the rows say of a day.
#[derive(Debug, PartialEq, Eq)]
struct Assigned {
    all: i64,
    done: i64,
    ended: i64,
    open: i64,
    waived: i64,
}

/// What the rows say of reminders until now.
#[derive(Debug)]
struct Decided {
    rows: i64,
    in_letters: i64,
    suppressed: i64,
    withdrawn: i64,
    waiting: i64,
    letters: i64,
    digests: i64,
    letters_waiting: i64,
}

/// Something open.
struct Open {
    person: String,
    course: String,
    basis: String,
}

fn count(reader: &mut Reader, sql: Sql) -> db::Result<i64> {
    Ok(reader.one(sql, &[], |row| row.get(0))?.unwrap_or_default())
}

impl World {
    /// All of it, of today.
    pub(super) fn counts_reconcile(&mut self) {
        self.assignments_reconcile();
        self.reminders_reconcile();
        if (self.today - self.begun.0).0 % ALL_DAYS == 0 {
            self.everybody_owes_what_they_should();
        }
        self.tally.counted += 1;
    }

    /// Whoever works here, and whoever left since everybody was reconciled last.
    fn owes(&self, at: usize, course: usize) -> bool {
        let person = &self.people[at];
        let is_since = |until: Day| self.all_reconciled_on <= until;
        let is_ours = person
            .stints
            .last()
            .is_some_and(|(_, until)| until.is_none_or(is_since));
        is_ours && (course != OF_ENGINEERS || person.engineer)
    }

    /// Assigned = done + open + waived + ended otherwise.
    fn assignments_reconcile(&self) {
        let today = self.today;
        let rows = self.write(move |tx| {
            let waived: Option<i64> = tx.one(
                sql!(
                    "select cast(count(*) as bigint)
                     from assignment_open o
                     where exists (
                         select 1
                         from waiver w
                         where w.person_id = o.person_id
                           and w.course_id = o.course_id
                           and w.from_on <= $1
                           and w.until_on >= $1)"
                ),
                &params![today],
                |row| row.get(0),
            )?;
            let waived = waived.unwrap_or_default();
            Ok(Assigned {
                all: count(tx, sql!("select cast(count(*) as bigint) from assignment"))?,
                done: count(
                    tx,
                    sql!("select cast(count(completion_id) as bigint) from assignment_end where reason = 'completed'"),
                )?,
                ended: count(
                    tx,
                    sql!("select cast(count(*) as bigint) from assignment_end where reason <> 'completed'"),
                )?,
                open: count(tx, sql!("select cast(count(*) as bigint) from assignment_open"))? - waived,
                waived,
            })
        });
        let number = |n: u64| i64::try_from(n).expect("a count");
        assert_eq!(
            rows.all,
            rows.done + rows.open + rows.waived + rows.ended,
            "{today}: assigned = done + open + waived + ended: {rows:?}"
        );
        assert_eq!(
            (rows.all, rows.done + rows.ended),
            (number(self.tally.assigned), number(self.tally.ended)),
            "{today}: what reconciling says is what is kept"
        );
        let pairs = (0..self.people.len()).flat_map(|at| (0..COURSES.len()).map(move |course| (at, course)));
        let owed: Vec<_> = pairs.filter(|(at, course)| self.owes(*at, *course)).collect();
        let waived = owed
            .iter()
            .filter(|(at, course)| self.is_waived(*at, COURSES[*course], today))
            .count();
        assert_eq!(
            (rows.open + rows.waived, rows.waived),
            (number(owed.len() as u64), number(waived as u64)),
            "{today}: everybody here owes each course of theirs once, and some are let off"
        );
    }

    /// Each person and course once, and nothing that is done.
    fn everybody_owes_what_they_should(&self) {
        let today = self.today;
        let open: Vec<Open> = self.write(|tx| {
            tx.rows(
                sql!("select person_id, course_id, basis from assignment_open limit 1000000"),
                &[],
                |row| {
                    Ok(Open {
                        person: row.get(0)?,
                        course: row.get(1)?,
                        basis: unnumbered(row.str(2)?.unwrap_or_default()),
                    })
                },
            )
        });
        let mut found: HashMap<(usize, usize), usize> = HashMap::new();
        for one in &open {
            let at = self.places[&one.person];
            let course = COURSES.iter().position(|course| *course == one.course);
            let course = course.expect("a course of this world");
            *found.entry((at, course)).or_default() += 1;
            let done = self.done.get(&(at, course)).into_iter().flatten();
            let met: Option<Day> = done
                .map(|done| done.day(&home()))
                .find(|day| is_met(&one.basis, *day));
            assert_eq!(
                met, None,
                "{today}: {} owes {} after completing it: {}",
                one.person, one.course, one.basis
            );
        }
        for at in 0..self.people.len() {
            for (course, name) in COURSES.into_iter().enumerate() {
                let (owed, found) = (self.owes(at, course), found.get(&(at, course)).copied());
                assert_eq!(
                    found.unwrap_or_default(),
                    usize::from(owed),
                    "{today}: how often {} owes {name}",
                    self.people[at].id
                );
            }
        }
    }

    /// Decided = left + taken out + expired + still waiting + held back; and so for letters.
    fn reminders_reconcile(&self) {
        let today = self.today;
        let rows = self.write(|tx| {
            Ok(Decided {
                rows: count(tx, sql!("select cast(count(*) as bigint) from reminder"))?,
                in_letters: count(tx, sql!("select cast(count(letter_id) as bigint) from reminder"))?,
                suppressed: count(tx, sql!("select cast(count(reason) as bigint) from reminder"))?,
                withdrawn: count(tx, sql!("select cast(count(*) as bigint) from reminder_withdrawal"))?,
                waiting: count(
                    tx,
                    sql!(
                        "select cast(count(*) as bigint)
                         from job j
                         join reminder r on r.letter_id = j.payload
                         left join reminder_withdrawal w
                           on w.assignment_id = r.assignment_id and w.step = r.step and w.addressee = r.addressee
                         where w.reason is null"
                    ),
                )?,
                letters: count(tx, sql!("select cast(count(*) as bigint) from letter where purpose = 'reminder'"))?,
                digests: count(tx, sql!("select cast(count(*) as bigint) from reminder_digest"))?,
                letters_waiting: count(
                    tx,
                    sql!(
                        "select cast(count(*) as bigint)
                         from job j
                         join letter l on l.id = j.payload
                         where l.purpose = 'reminder'"
                    ),
                )?,
            })
        });
        let tally = &self.tally;
        assert_eq!(
            (rows.rows, rows.in_letters, rows.suppressed),
            (
                tally.runs.sent + tally.runs.suppressed,
                tally.runs.sent,
                tally.runs.suppressed
            ),
            "{today}: what runs say is what is kept: {rows:?}"
        );
        assert_eq!(
            rows.in_letters,
            tally.left + rows.withdrawn + tally.expired + rows.waiting,
            "{today}: decided = left + taken out + expired + waiting: {rows:?}, {tally:?}"
        );
        assert_eq!(
            (rows.letters, rows.digests),
            (tally.runs.letters, tally.runs.letters),
            "{today}: each letter is somebody's: {rows:?}"
        );
        assert_eq!(
            rows.letters,
            tally.letters + tally.letters_dropped + rows.letters_waiting,
            "{today}: letters = left + dropped + waiting: {rows:?}, {tally:?}"
        );
    }

    /// The ledger says the same, and there was something of each to count.
    pub(super) fn all_of_it_happened(&self) {
        let (tally, runs) = (&self.tally, self.tally.runs);
        assert_eq!(
            self.entries(),
            (runs.sent, runs.suppressed),
            "the ledger says the same"
        );
        let withdrawn = self.write(|tx| {
            count(
                tx,
                sql!("select cast(count(*) as bigint) from reminder_withdrawal"),
            )
        });
        assert!(
            tally.left > 0 && withdrawn > 0 && runs.suppressed > 0 && self.put_off > 0 && tally.ended > 0,
            "all of it happens in this world: {tally:?}, {withdrawn}, {}",
            self.put_off
        );
        assert_eq!(
            tally.counted,
            (self.today - self.begun.0).0,
            "each day was counted"
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
}
