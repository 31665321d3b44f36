//! A simulated world: people join, move, leave, come back, go on leave and do their courses over years, in several zones,
//! across leap days and changes of the clock, while the engine and the mail have their outages. What the engine decides is
//! held against a second reckoning that knows nothing of how it is done.
//!
//! A failing world names its seed; `MUSTER_WORLD=seed:people:days` replays it, or tries a larger one. Two worlds run by
//! themselves: thousands of people for a season with 29 February and a change of the clock in it, and a few for years.
//!
//! [`people`]: what happens to people. [`checks`]: whether a decision and a letter are right. [`counts`]: whether the counts
//! of each day agree, and nothing is lost. [`reckoning`]: what the cadence asks, reckoned in plain words.
//!
//! Not here: how a letter gets from us to the relay (`crates/mail/tests`).

mod checks;
mod counts;
mod people;
mod reckoning;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Actor, Day, Db, Moment, Tx, Value, Zone, params, sql};
use mail::Say;
use roster::person::PersonKind;

use super::super::digest;
use super::super::run::{self, Counts};
use super::super::setting::{self, Setting};
use crate::reconcile::{self, Changes, Scope};
use crate::rule::{self, Duty, NewRule};
use checks::Turn;
use people::Person;

const COURSES: [&str; 4] = ["B02", "B10", "D05", "B51"];
/// Where the organisation is; its clocks change.
const HOME: &str = "Europe/Berlin";
/// Looks of the engine in a day, in hours UTC; everybody's hours are met by one of them.
const LOOKS: [i64; 3] = [1, 9, 17];
/// Everybody is reconciled so often; who changed, at once.
const ALL_DAYS: i32 = 7;
/// The days off in Germany: so many, so far apart.
const HOLIDAYS: i32 = 40;
const HOLIDAYS_APART: i32 = 61;
const OWNER: &str = "acc_owner";

/// xorshift64*: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn days(&mut self, n: u64) -> i32 {
        i32::try_from(self.below(n)).expect("a few days")
    }

    fn at(&mut self, length: usize) -> usize {
        let n = self.below(u64::try_from(length).expect("a length"));
        usize::try_from(n).expect("below a length")
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Which world.
#[derive(Debug, Clone, Copy)]
struct Size {
    seed: u64,
    people: u64,
    days: i32,
}

struct World {
    db: Db,
    runtime: tokio::runtime::Runtime,
    dice: Dice,
    people: Vec<Person>,
    /// Where somebody stands in `people`.
    places: HashMap<String, usize>,
    begun: Day,
    today: Day,
    /// Completions by person and course.
    done: HashMap<(usize, usize), Vec<Moment>>,
    /// Who means to do what, at which look from the beginning.
    intended: BTreeMap<u64, Vec<(usize, usize)>>,
    look: u64,
    /// Whoever has to be reconciled.
    changed: BTreeSet<usize>,
    all_reconciled_on: Day,
    waived: HashMap<(usize, usize), (Day, Day)>,
    engine_down_until: Option<Day>,
    mail_down_until: Option<Day>,
    tally: Tally,
    /// The last day, where they are, on which a letter left for somebody.
    last_letter: HashMap<String, Day>,
    /// Letters whose sending was put off because of the hour or the day.
    put_off: u64,
}

/// How much was decided, and what came of it.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    runs: Counts,
    /// Reminders in letters that left.
    left: i64,
    letters: i64,
    expired: i64,
    /// Letters of which nothing was left, and that were no longer worth sending.
    letters_dropped: i64,
    /// Assignments, as reconciling says.
    assigned: u64,
    ended: u64,
    /// Days on which all was counted.
    counted: i32,
}

fn day(text: &str) -> Day {
    text.parse().expect("a date in a test")
}

fn home() -> Zone {
    Zone::named(HOME).expect("a bundled zone")
}

/// Whether Germany is off, on a day that is no weekend.
fn is_holiday(day_off: Day) -> bool {
    let since = day_off.0 - day("2027-10-14").0;
    since >= 0 && since % HOLIDAYS_APART == 0 && since / HOLIDAYS_APART < HOLIDAYS
}

impl World {
    fn begin(size: Size) -> World {
        let begun = day("2028-01-10");
        let db = Db::in_memory_for_tests();
        db.set_now(begun.start(&home()));
        let world = db.write_blocking(Actor::Setup, made);
        world.expect("a world can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let mut world = World {
            db,
            runtime: runtime.expect("a runtime"),
            dice: Dice(size.seed * 2 + 1),
            people: Vec::new(),
            places: HashMap::new(),
            begun,
            today: begun,
            done: HashMap::new(),
            intended: BTreeMap::new(),
            look: 0,
            changed: BTreeSet::new(),
            all_reconciled_on: begun,
            waived: HashMap::new(),
            engine_down_until: None,
            mail_down_until: None,
            tally: Tally::default(),
            last_letter: HashMap::new(),
            put_off: 0,
        };
        world.populate(size.people);
        world
    }

    fn write<T: Send + 'static>(&self, with: impl Fn(&mut Tx) -> db::Result<T> + Send + 'static) -> T {
        let written = self.db.write_blocking(Actor::Setup, with);
        written.expect("the world goes on")
    }

    fn passes(&mut self) {
        self.db.set_now(self.today.start(&home()));
        self.lives();
        self.breaks();
        self.reconciles();
        for hour in LOOKS {
            self.look += 1;
            let now = self.today.start(&Zone::utc()).plus_seconds(hour * 3600);
            if self.engine_down_until.is_none() {
                self.looks(now);
            }
            // Between the decision and the letter, people learn.
            let later = now.plus_seconds(60);
            self.db.set_now(later);
            self.learns(later);
            if self.mail_down_until.is_none() {
                self.posts(later.plus_seconds(1));
            }
            self.reconciles_changed();
        }
        self.counts_reconcile();
        self.today = self.today + 1;
    }

    /// Outages begin and end.
    fn breaks(&mut self) {
        let today = self.today;
        self.engine_down_until = self.engine_down_until.filter(|until| today < *until);
        self.mail_down_until = self.mail_down_until.filter(|until| today < *until);
        if self.engine_down_until.is_none() && self.dice.one_in(45) {
            self.engine_down_until = Some(today + 1 + self.dice.days(3));
        }
        if self.mail_down_until.is_none() && self.dice.one_in(30) {
            self.mail_down_until = Some(today + 1 + self.dice.days(4));
        }
    }

    fn reconciles(&mut self) {
        if (self.today - self.begun.0).0 % ALL_DAYS == 0 {
            self.changed.clear();
            self.all_reconciled_on = self.today;
            let changes = self.write(|tx| reconcile::reconcile(tx, &Scope::All));
            self.count(changes);
        }
        self.reconciles_changed();
    }

    fn reconciles_changed(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        if changed.is_empty() {
            return;
        }
        let ids = changed
            .iter()
            .map(|at| self.people[*at].id.parse().expect("an id"));
        let ids: Vec<db::Id<PersonKind>> = ids.collect();
        let changes = self.write(move |tx| reconcile::reconcile(tx, &Scope::People(ids.clone())));
        self.count(changes);
    }

    fn count(&mut self, changes: Changes) {
        self.tally.assigned += changes.opened;
        self.tally.ended += changes.ended;
    }

    fn looks(&mut self, now: Moment) {
        self.db.set_now(now);
        let counts = self.runtime.block_on(run::run(&self.db)).expect("it looks");
        self.tally.runs.letters += counts.letters;
        self.tally.runs.sent += counts.sent;
        self.tally.runs.suppressed += counts.suppressed;
        self.decisions_are_right(now);
    }

    /// What the poster does, without a relay: each waiting letter's turn comes.
    fn posts(&mut self, now: Moment) {
        self.db.set_now(now);
        let turns = self.write(move |tx| {
            let waiting: Vec<(String, Option<Moment>, String)> = tx.rows(
                sql!(
                    "select l.id, l.until, d.addressee
                     from job j
                     join letter l on l.id = j.payload
                     join reminder_digest d on d.letter_id = l.id
                     where j.kind = 'post-letter'
                     order by l.id
                     limit 1000000"
                ),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let mut turns = Vec::new();
            for (letter, until, addressee) in waiting {
                let said = match until {
                    Some(until) if until < now => None,
                    _ => Some(digest::write(tx, &letter)?),
                };
                // A relay takes it at once.
                if matches!(said, Some(Say::Write { .. })) {
                    let id = format!("let_try_{letter}");
                    tx.execute(
                        sql!("insert into letter_try (id, letter_id, tried_at, outcome, reply) values ($1, $2, $3, 'accepted', '')"),
                        &params![id, &letter, now],
                    )?;
                }
                if !matches!(said, Some(Say::Later(_))) {
                    tx.execute(sql!("delete from job where payload = $1"), &params![&letter])?;
                }
                turns.push(Turn {
                    lines: checks::lines(tx, &letter)?,
                    owed: checks::owed(tx, &addressee)?,
                    addressee,
                    said,
                });
            }
            Ok(turns)
        });
        self.letters_are_right(&turns, now);
    }
}

/// An organisation with rules, reminders, an owner and holidays, and nobody in it.
fn made(tx: &mut Tx) -> db::Result<()> {
    tx.set_zone(&home())?;
    tx.execute(
        sql!("insert into source (name, mode, created_at) values ('hr', 'full', 0)"),
        &[],
    )?;
    tx.execute(
        sql!(
            "insert into account (id, email, name, created_at) values ($1, 'owner@world.example', 'Olga', 0)"
        ),
        &params![OWNER],
    )?;
    tx.execute(
        sql!("insert into role_grant (id, account_id, role, granted_at, granted_by) values ('rol_o', $1, 'owner', 0, 'setup')"),
        &params![OWNER],
    )?;
    let relay = mail::Setting {
        relay: mail::Relay::Folder("nowhere".to_owned()),
        sender: "training@world.example".to_owned(),
        sender_name: String::new(),
        secret: None,
    };
    mail::setting::set(tx, &relay)?;
    let setting = Setting {
        on: true,
        address: "https://training.world.example".to_owned(),
        ..Setting::default()
    };
    setting::set(tx, &setting)?;
    for (n, course) in COURSES.into_iter().enumerate() {
        publish(tx, course)?;
        rule::set(tx, &rule_for(n, course)?, None)?;
    }
    let days = (0..HOLIDAYS).map(|n| params![day("2027-10-14") + n * HOLIDAYS_APART].to_vec());
    tx.execute_many(
        sql!("insert into holiday (country, on_day, name, imported_at) values ('DE', $1, 'Off', 0)"),
        days.collect::<Vec<Vec<Value>>>(),
    )?;
    Ok(())
}

/// Something for everyone, once a year or more often; something for one department, for which people move in and out.
fn rule_for(n: usize, course: &str) -> db::Result<NewRule> {
    let duty = Duty {
        refresh_days: Some([365, 180, 365, 90][n]),
        mover_days: Some(20),
        leave_days: (n == 0).then_some(90),
        ..Duty::within(if n == 3 { 14 } else { 30 })
    };
    let audience = match n {
        2 => crate::expression::read("department is engineering")?,
        _ => crate::Audience::Everyone,
    };
    Ok(NewRule {
        name: format!("Rule {n}"),
        audience,
        course_id: course.to_owned(),
        duty,
        from_on: day("2026-06-01"),
        terms: rule::Terms::default(),
    })
}

fn publish(tx: &mut Tx, course: &'static str) -> db::Result<()> {
    tx.execute(
        sql!("insert into course (id, created_at) values ($1, 0)"),
        &params![course],
    )?;
    tx.execute(
        sql!(
            "insert into edition (id, course_id, number, title, leg, layer, minutes, method, reviewed_on,
                 review_due_on, content_sha256, published_at, published_by)
             values ($1, $2, 1, $3, 'training', 'baseline', 11, 'online', 0, 0, $1, 0, 'setup')"
        ),
        &params![format!("edi_{course}"), course, checks::title(course)],
    )?;
    Ok(())
}

fn lived(size: Size) {
    let told = std::panic::catch_unwind(|| {
        let mut world = World::begin(size);
        while world.today < world.begun + size.days {
            world.passes();
        }
        world.is_what_was_asked();
        world.who_is_late_is_spoken_to();
        world.all_of_it_happened();
    });
    if let Err(panic) = told {
        let Size { seed, people, days } = size;
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        std::panic::panic_any(format!(
            "this world fails; replay it with MUSTER_WORLD={seed}:{people}:{days}: {}",
            why.unwrap_or_default()
        ));
    }
}

/// The world that was asked for from outside, in place of those that run by themselves.
#[expect(
    clippy::disallowed_methods,
    reason = "which world to replay is said from outside"
)]
fn asked_for() -> Option<Size> {
    let text = std::env::var("MUSTER_WORLD").ok()?;
    let numbers: Vec<u64> = text.split(':').filter_map(|part| part.parse().ok()).collect();
    let [seed, people, days] = numbers[..] else {
        panic!("MUSTER_WORLD={text} is not seed:people:days");
    };
    let days = i32::try_from(days).expect("a number of days");
    Some(Size { seed, people, days })
}

#[test]
fn in_a_world_of_thousands_nobody_is_reminded_after_completing_and_everybody_due_is() {
    lived(asked_for().unwrap_or(Size {
        seed: 7,
        people: 2_000,
        days: 92,
    }));
}

#[test]
fn over_years_with_leap_days_and_changes_of_the_clock_it_stays_so() {
    if asked_for().is_none() {
        lived(Size {
            seed: 11,
            people: 30,
            days: 1_520,
        });
    }
}
