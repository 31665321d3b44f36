//! A simulated world: people join, move, leave, go on leave and do their courses over years, in several zones, across leap
//! days and changes of the clock. Every day is checked against a second reckoning that knows nothing of how it is done.
//!
//! A failing world names its seed; `MUSTER_WORLD=seed:people:days` replays it, or tries a larger one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Actor, Day, Db, Moment, Tx, Zone, params, sql};
use mail::Say;

use super::super::run::{self, Counts};
use super::super::setting::{self, Setting};
use super::super::{Preference, digest, preference};
use crate::reconcile::{self, Scope};
use crate::rule::{self, Duty, NewRule};

const COURSES: [&str; 4] = ["B02", "B10", "D05", "B51"];
const ZONES: [&str; 5] = [
    "",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];
/// Where the organisation is; its clocks change.
const HOME: &str = "Europe/Berlin";
/// Looks of the engine in a day, in hours UTC; everybody's hours are met by one of them.
const LOOKS: [i64; 3] = [1, 9, 17];

/// xorshift64*: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

struct Person {
    id: String,
    zone: Zone,
    left_on: Option<Day>,
    leave: Option<(Day, Option<Day>)>,
    /// Ever: then the days of what is late move, and the second reckoning passes them over.
    was_away: bool,
}

struct World {
    db: Db,
    dice: Dice,
    people: Vec<Person>,
    today: Day,
    begun: Day,
    /// Completions by person and course.
    done: HashMap<(String, String), Vec<Moment>>,
    counts: Counts,
    sent: u64,
    made: u64,
}

fn day(text: &str) -> Day {
    text.parse().expect("a date in a test")
}

fn home() -> Zone {
    Zone::named(HOME).expect("a bundled zone")
}

impl World {
    fn begin(seed: u64, people: u64) -> World {
        let begun = day("2027-10-11");
        let db = Db::in_memory_for_tests();
        db.set_now(begun.start(&home()));
        db.write_blocking(Actor::Setup, |tx| {
            tx.set_zone(&home())?;
            tx.execute(
                sql!("insert into source (name, mode, created_at) values ('hr', 'full', 0)"),
                &[],
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
                let duty = Duty {
                    refresh_days: Some([365, 180, 365, 90][n]),
                    mover_days: Some(20),
                    ..Duty::within(if n == 3 { 14 } else { 30 })
                };
                let new = NewRule {
                    name: format!("Rule {n}"),
                    audience: crate::Audience::Everyone,
                    course_id: course.to_owned(),
                    duty,
                    from_on: day("2026-06-01"),
                    terms: rule::Terms::default(),
                };
                rule::set(tx, &new, None)?;
            }
            for n in 0..12 {
                let holiday = day("2027-10-14") + n * 61;
                tx.execute(
                    sql!(
                        "insert into holiday (country, on_day, name, imported_at) values ('DE', $1, 'Off', 0)"
                    ),
                    &params![holiday],
                )?;
            }
            Ok(())
        })
        .expect("a world can be made");
        let mut world = World {
            db,
            dice: Dice(seed * 2 + 1),
            people: Vec::new(),
            today: begun,
            begun,
            done: HashMap::new(),
            counts: Counts::default(),
            sent: 0,
            made: 0,
        };
        for _ in 0..people {
            let start = begun - i32::try_from(world.dice.below(900)).expect("small");
            world.joins(start);
        }
        world
    }

    fn joins(&mut self, start: Day) {
        let n = self.made;
        self.made += 1;
        let id = format!("per_{n:026}");
        let zone = ZONES[usize::try_from(self.dice.below(5)).expect("small")];
        let country = if self.dice.one_in(2) { "DE" } else { "US" };
        // One in nine has no address; managers are people before them.
        let email = (!self.dice.one_in(9)).then(|| format!("p{n}@world.example"));
        let manager = (n > 3).then(|| format!("K{}", self.dice.below(n)));
        let (person, at) = (id.clone(), self.today.start(&home()));
        self.db
            .write_blocking(Actor::Setup, move |tx| {
                tx.execute(sql!("insert into person (id, created_at) values ($1, $2)"), &params![&person, at])?;
                tx.execute(
                    sql!(
                        "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
                         values ($1, $1, 'hr', $2, 'employee', $3, $4)"
                    ),
                    &params![&person, format!("K{n}"), start, at],
                )?;
                tx.execute(
                    sql!(
                        "insert into source_record (id, source, source_key, person_id, given_name, family_name, access, tags, recorded_at)
                         values ($1, 'hr', $2, $1, 'P', $2, 'yes', '', $3)"
                    ),
                    &params![&person, format!("K{n}"), at],
                )?;
                tx.execute(
                    sql!(
                        "insert into profile (id, person_id, from_on, email, given_name, family_name, manager_key, country, access, tags, recorded_at)
                         values ($1, $1, $2, $3, 'P', $4, $5, $6, 'yes', '', $7)"
                    ),
                    &params![&person, start, &email, format!("K{n}"), &manager, country, at],
                )?;
                if !zone.is_empty() {
                    let chosen = Preference {
                        zone: zone.to_owned(),
                        calendar: false,
                    };
                    preference::set(tx, &person.parse()?, &chosen)?;
                }
                Ok(())
            })
            .expect("somebody can join");
        self.people.push(Person {
            id,
            zone: Zone::named(zone).unwrap_or_else(home),
            left_on: None,
            leave: None,
            was_away: false,
        });
    }

    /// What happens to people on a day.
    fn lives(&mut self) {
        if self.dice.one_in(3) {
            self.joins(self.today);
        }
        let today = self.today;
        for at in 0..self.people.len() {
            if self.people[at].left_on.is_some() {
                continue;
            }
            if self.dice.one_in(900) {
                self.people[at].left_on = Some(today);
                let id = self.people[at].id.clone();
                self.write(move |tx| {
                    tx.execute(
                        sql!("update engagement set end_on = $1 where person_id = $2"),
                        &params![today, &id],
                    )
                });
            }
            let away = self.people[at]
                .leave
                .is_some_and(|(_, until)| until.is_none_or(|until| today <= until));
            if !away && self.dice.one_in(300) {
                let until = (!self.dice.one_in(6))
                    .then(|| today + i32::try_from(self.dice.below(60)).expect("small"));
                self.people[at].leave = Some((today, until));
                self.people[at].was_away = true;
                let id = self.people[at].id.clone();
                self.write(move |tx| {
                    tx.execute(
                        sql!(
                            "insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at)
                             values ($1, $2, 'hr', $1, $3, $4, 0)"
                        ),
                        &params![format!("{id}{}", today.0), &id, today, until],
                    )
                });
            }
        }
    }

    /// Some do what they owe, at some hour of the day.
    fn learns(&mut self, now: Moment) {
        for at in 0..self.people.len() {
            let here = self.people[at].left_on.is_none();
            if here && self.dice.one_in(200) {
                let course = COURSES[usize::try_from(self.dice.below(4)).expect("small")];
                let id = self.people[at].id.clone();
                self.done
                    .entry((id.clone(), course.to_owned()))
                    .or_default()
                    .push(now);
                self.write(move |tx| {
                    let today = tx.today()?;
                    tx.execute(
                        sql!(
                            "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, passed, class, source)
                             values ($1, $2, $3, $4, $5, $5, 1, 'A', 'muster')"
                        ),
                        &params![format!("{id}{course}{}", now.0), &id, course, today, now],
                    )
                });
            }
        }
    }

    fn write<T: Send + 'static>(&self, with: impl Fn(&mut Tx) -> db::Result<T> + Send + 'static) -> T {
        self.db
            .write_blocking(Actor::Setup, with)
            .expect("the world goes on")
    }

    fn passes(&mut self) {
        self.lives();
        self.write(|tx| reconcile::reconcile(tx, &Scope::All));
        for hour in LOOKS {
            let now = self.today.start(&Zone::utc()).plus_seconds(hour * 3600);
            self.db.set_now(now);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let counts = runtime.block_on(run::run(&self.db)).expect("it looks");
            self.counts.letters += counts.letters;
            self.counts.sent += counts.sent;
            self.counts.suppressed += counts.suppressed;
            // Between the decision and the letter, people learn.
            let later = now.plus_seconds(60);
            self.db.set_now(later);
            self.learns(later);
            self.posts(later);
        }
        self.today = self.today + 1;
    }

    /// What the poster does, without files: each waiting letter's turn comes.
    fn posts(&mut self, now: Moment) {
        let letters: Vec<(String, String)> = self.write(|tx| {
            tx.rows(
                sql!(
                    "select l.id, d.addressee
                     from job j
                     join letter l on l.id = j.payload
                     join reminder_digest d on d.letter_id = l.id
                     where j.kind = 'post-letter'
                     order by l.id
                     limit 100000"
                ),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        });
        for (letter, addressee) in letters {
            let id = letter.clone();
            let said = self.write(move |tx| digest::write(tx, &id));
            self.in_their_hours(&addressee, now);
            if let Say::Write { text, .. } = said {
                assert!(!text.is_empty());
                self.nobody_has_done_it(&letter, now);
            }
        }
        self.write(|tx| tx.execute(sql!("delete from job where kind = 'post-letter'"), &[]));
    }

    fn in_their_hours(&self, addressee: &str, now: Moment) {
        let Some(person) = self.people.iter().find(|one| one.id == addressee) else {
            return;
        };
        let hour = now.hour(&person.zone);
        assert!(
            (9..17).contains(&hour),
            "{addressee} is written to at {hour} o'clock"
        );
    }

    /// Nothing is in a letter that leaves which was done before.
    fn nobody_has_done_it(&mut self, letter: &str, now: Moment) {
        let letter = letter.to_owned();
        let said: Vec<(String, String, Moment, String)> = self.write(move |tx| {
            tx.rows(
                sql!(
                    "select r.person_id, r.course_id, a.assigned_at, a.basis
                     from reminder r
                     join assignment a on a.id = r.assignment_id
                     where r.letter_id = $1
                       and not exists (
                           select 1
                           from reminder_withdrawal w
                           where w.assignment_id = r.assignment_id and w.step = r.step and w.addressee = r.addressee)
                     limit 10000"
                ),
                &params![&letter],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.str(3)?.unwrap_or_default().split('#').next().unwrap_or_default().to_owned())),
            )
        });
        for (person, course, assigned_at, basis) in said {
            self.sent += 1;
            let done = self.done.get(&(person.clone(), course.clone()));
            // Twice on one day is once: the second does not meet what is to be repeated from that day on.
            let counts = |at: &Moment| {
                *at > assigned_at && *at <= now && basis != format!("after:{}", at.day(&home()))
            };
            let after = done.and_then(|done| done.iter().find(|at| counts(at)));
            assert_eq!(
                after, None,
                "{person} is reminded of {course} after completing it: {basis}"
            );
            let one = self
                .people
                .iter()
                .find(|one| one.id == person)
                .expect("somebody of this world");
            assert!(
                one.left_on.is_none_or(|left| self.today <= left),
                "{person} had left"
            );
        }
    }

    /// For whoever was never on leave, what was decided is what a plain reckoning asks, no more and no less.
    fn is_what_was_asked(&self) {
        let kept: BTreeSet<&str> = self
            .people
            .iter()
            .filter(|one| !one.was_away)
            .map(|one| one.id.as_str())
            .collect();
        let rows: Vec<(String, String)> = self.write(|tx| {
            tx.rows(
                sql!("select assignment_id, step from reminder order by id limit 10000000"),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        });
        let mut decided: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (assignment, step) in rows {
            let fresh = decided
                .entry(assignment.clone())
                .or_default()
                .insert(step.clone());
            let shared = step.starts_with("upper");
            assert!(fresh || shared, "{assignment} {step} was decided twice");
        }
        // Where somebody lives, it was assigned on their own day.
        let zones: HashMap<String, Zone> = self
            .people
            .iter()
            .map(|one| (one.id.clone(), one.zone.clone()))
            .collect();
        let assigned: Vec<Assigned> = self.write(move |tx| {
            let home = tx.zone()?;
            tx.rows(
                sql!(
                    "select a.id, a.person_id, a.opens_on, a.due_on, a.assigned_at, n.ended_at, a.basis, a.reason, p.country
                     from assignment a
                     join profile p on p.person_id = a.person_id
                     left join assignment_end n on n.assignment_id = a.id
                     order by a.id
                     limit 10000000"
                ),
                &[],
                |row| {
                    Ok(Assigned {
                        id: row.get(0)?,
                        person: row.get(1)?,
                        opens_on: row.get(2)?,
                        due_on: row.get(3)?,
                        assigned_on: row.get::<Moment>(4)?.day(&zones[row.str(1)?.unwrap_or_default()]),
                        ended_on: row.get::<Option<Moment>>(5)?.map(|at| at.day(&home)),
                        joiner: row.str(6)?.is_some_and(|basis| basis.starts_with("start:") && basis != "start:2026-06-01")
                            && row.str(7)? == Some("onboarding"),
                        german: row.str(8)? == Some("DE"),
                    })
                },
            )
        });
        let nothing = BTreeSet::new();
        let mut compared = 0;
        for one in assigned.iter().filter(|one| kept.contains(one.person.as_str())) {
            // Days are the person's own; the edges, a day either way, are not judged.
            let last = one.ended_on.unwrap_or(self.today) - 3;
            let (surely, perhaps) = (one.asked(last), one.asked(one.ended_on.unwrap_or(self.today) + 2));
            let was = decided.get(&one.id).unwrap_or(&nothing);
            let missing: Vec<_> = surely.difference(was).collect();
            let extra: Vec<_> = was.difference(&perhaps).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{one:?}: missing {missing:?}, not asked {extra:?}"
            );
            compared += 1;
        }
        assert!(compared > 0, "the reckoning looked at somebody");
    }

    fn counts_reconcile(&self) {
        let (rows, suppressed): (i64, i64) = self.write(|tx| {
            let found = tx.one(
                sql!("select cast(count(*) as bigint), cast(count(reason) as bigint) from reminder"),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(found.unwrap_or_default())
        });
        assert_eq!(
            rows,
            self.counts.sent + self.counts.suppressed,
            "what runs say is what is kept"
        );
        assert_eq!(suppressed, self.counts.suppressed);
        let withdrawn: i64 = self.write(|tx| {
            let found = tx.one(
                sql!("select cast(count(*) as bigint) from reminder_withdrawal"),
                &[],
                |row| row.get(0),
            )?;
            Ok(found.unwrap_or_default())
        });
        assert_eq!(
            self.counts.sent,
            self.sent.cast_signed() + withdrawn,
            "decided = sent + taken out + suppressed"
        );
        assert!(
            self.sent > 0 && withdrawn > 0 && suppressed > 0,
            "all of it happens in this world"
        );
    }
}

#[derive(Debug)]
struct Assigned {
    id: String,
    person: String,
    opens_on: Day,
    due_on: Option<Day>,
    assigned_on: Day,
    ended_on: Option<Day>,
    joiner: bool,
    german: bool,
}

impl Assigned {
    /// The second reckoning: day after day, what the default cadence says in plain words.
    fn asked(&self, last: Day) -> BTreeSet<String> {
        let off = |day: Day| {
            let weekend = ["Saturday", "Sunday"].contains(&day.weekday_name());
            let holiday = (0..12).any(|n| day == "2027-10-14".parse::<Day>().expect("a date") + n * 61);
            weekend || (self.german && holiday)
        };
        let first = if self.opens_on > self.assigned_on {
            self.opens_on
        } else {
            self.assigned_on
        };
        let mut asked = BTreeSet::new();
        let mut on = |step: String, mut day: Day, in_time: bool| {
            let nominal = day;
            while off(day) {
                day = day + 1;
            }
            if in_time && self.due_on.is_some_and(|due| nominal <= due && day > due) {
                day = nominal;
                while off(day) {
                    day = day - 1;
                }
                if day < first {
                    day = nominal;
                }
            }
            if day <= last {
                asked.insert(step);
            }
        };
        on("opened".to_owned(), first, true);
        let Some(due) = self.due_on else { return asked };
        for n in [14, 7, 1] {
            if due - n > first && (n == 1 || !self.joiner) {
                on(format!("before-{n}"), due - n, true);
            }
        }
        for n in [7, 21] {
            if self.joiner && self.opens_on + n > first && self.opens_on + n <= due {
                on(format!("joined+{n}"), self.opens_on + n, true);
            }
        }
        let (base, skip) = if due < self.assigned_on {
            (self.assigned_on, true)
        } else {
            (due, false)
        };
        on("manager+7".to_owned(), base + 7, false);
        on("upper+14".to_owned(), base + 14, false);
        on("owner+30".to_owned(), base + 30, false);
        let mut n = if skip { 8 } else { 1 };
        while base + n <= last {
            on(format!("after+{n}"), base + n, false);
            n += 7;
        }
        asked
    }
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
             values ($1, $2, 1, 'Course', 'training', 'baseline', 11, 'online', 0, 0, $1, 0, 'setup')"
        ),
        &params![format!("edi_{course}"), course],
    )?;
    Ok(())
}

fn lived(seed: u64, people: u64, days: i32) {
    let told = std::panic::catch_unwind(|| {
        let mut world = World::begin(seed, people);
        while world.today < world.begun + days {
            world.passes();
        }
        world.is_what_was_asked();
        world.counts_reconcile();
    });
    if let Err(panic) = told {
        let replay = format!("this world fails; replay it with MUSTER_WORLD={seed}:{people}:{days}");
        std::panic::panic_any(format!(
            "{replay}: {}",
            panic.downcast_ref::<String>().cloned().unwrap_or_default()
        ));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "which world to replay is said from outside"
)]
#[test]
fn in_a_world_of_years_nobody_is_reminded_after_completing_and_everybody_due_is() {
    let asked = std::env::var("MUSTER_WORLD").ok();
    let numbers: Vec<u64> = asked
        .iter()
        .flat_map(|text| text.split(':').filter_map(|part| part.parse().ok()))
        .collect();
    match numbers[..] {
        [seed, people, days] => lived(seed, people, i32::try_from(days).expect("a number of days")),
        // With 29 February 2028 in it and both changes of the clock.
        _ => lived(7, 40, 175),
    }
}
