//! What happens to the people of a world, and what is true of them on a day.
//!
//! Everything is written in one transaction a day, as the sources of a roster would have it.
//!
//! Not here: whether what was decided about them is right ([`super::checks`]).

use std::collections::HashMap;

use db::{Day, Moment, Tx, Value, Zone, params, sql};

use super::super::super::{Preference, preference};
use super::{COURSES, World, home};

const ZONES: [&str; 5] = [
    "",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

pub(super) struct Person {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) email: Option<String>,
    pub(super) zone: Zone,
    pub(super) german: bool,
    /// Chose a calendar in place of letters.
    pub(super) calendar: bool,
    pub(super) manager: Option<usize>,
    pub(super) engineer: bool,
    /// First and last day of each time they work here.
    pub(super) stints: Vec<(Day, Option<Day>)>,
    /// First and last day.
    pub(super) leaves: Vec<(Day, Option<Day>)>,
    /// Who was asked to look after their team, and until when; who was asked last comes last.
    pub(super) delegates: Vec<(usize, Day)>,
    /// Whether they soon do what they are reminded of.
    diligent: bool,
}

impl Person {
    pub(super) fn is_here(&self, on: Day) -> bool {
        self.stints
            .iter()
            .any(|(from, until)| *from <= on && until.is_none_or(|until| on <= until))
    }

    pub(super) fn is_away(&self, on: Day) -> bool {
        self.leaves
            .iter()
            .any(|(from, until)| *from <= on && until.is_none_or(|until| on <= until))
    }

    /// Whether any leave lies between two days.
    pub(super) fn is_away_within(&self, first: Day, last: Day) -> bool {
        self.leaves
            .iter()
            .any(|(from, until)| *from <= last && until.is_none_or(|until| first <= until))
    }
}

/// What is written of a day.
#[derive(Debug, Clone)]
enum Act {
    Joins(Joining),
    Returns {
        person: String,
        key: String,
        from: Day,
    },
    Leaves {
        person: String,
        on: Day,
    },
    Moves(Profile),
    GoesAway {
        person: String,
        from: Day,
        until: Option<Day>,
    },
    /// Back from a leave that had no end.
    Back {
        person: String,
        last: Day,
    },
    Waived {
        person: String,
        course: &'static str,
        from: Day,
        until: Day,
    },
    HandsOver {
        manager: String,
        to: String,
        until: Day,
    },
}

#[derive(Debug, Clone)]
struct Joining {
    from: Day,
    key: String,
    preference: Option<Preference>,
    profile: Profile,
}

#[derive(Debug, Clone)]
struct Profile {
    person: String,
    from: Day,
    name: String,
    email: Option<String>,
    manager: Option<String>,
    country: &'static str,
    engineer: bool,
}

impl World {
    pub(super) fn populate(&mut self, people: u64) {
        let mut acts = Vec::new();
        for _ in 0..people {
            let start = self.today - self.dice.days(900);
            acts.push(self.joins(start));
        }
        // Whoever was there before has done most of it.
        let mut done = Vec::new();
        for at in 0..self.people.len() {
            for course in 0..COURSES.len() {
                if !self.dice.one_in(4) {
                    let ago = i64::from(self.dice.days(300)) + 1;
                    done.push((at, course, self.db.now().plus_seconds(-ago * 24 * 3600)));
                }
            }
        }
        self.happens(acts);
        self.completes(done);
    }

    /// What happens to people on a day.
    pub(super) fn lives(&mut self) {
        let mut acts = Vec::new();
        let today = self.today;
        // As many come as leave.
        if self.dice.below(900) < self.people.len() as u64 {
            acts.push(self.joins(today));
        }
        for at in 0..self.people.len() {
            if !self.people[at].is_here(today) {
                let gone = self.people[at].stints.last().and_then(|(_, until)| *until);
                if gone.is_some_and(|gone| gone + 40 < today) && self.dice.one_in(2_000) {
                    acts.push(self.returns(at));
                }
                continue;
            }
            if self.dice.one_in(900) {
                self.people[at].stints.last_mut().expect("they are here").1 = Some(today);
                let person = self.people[at].id.clone();
                acts.push(Act::Leaves { person, on: today });
                self.changed.insert(at);
                continue;
            }
            if let Some(act) = self.goes_away(at) {
                let begins = matches!(act, Act::GoesAway { .. });
                acts.push(act);
                if begins && self.dice.one_in(2) {
                    acts.push(self.hands_over(at));
                }
            }
            let is_new = self.people[at]
                .stints
                .last()
                .is_some_and(|(from, _)| *from == today);
            if !is_new && self.dice.one_in(500) {
                acts.push(self.moves(at));
            }
            if self.dice.one_in(3_000) {
                acts.push(self.is_let_off(at));
            }
        }
        self.happens(acts);
    }

    fn joins(&mut self, from: Day) -> Act {
        let n = self.people.len();
        let id = format!("per_{n:026}");
        let zone = ZONES[self.dice.at(ZONES.len())];
        let german = self.dice.one_in(2);
        let person = Person {
            id: id.clone(),
            key: format!("K{n}"),
            // One in nine has no address.
            email: (!self.dice.one_in(9)).then(|| format!("p{n}@world.example")),
            zone: Zone::named(zone).unwrap_or_else(home),
            german,
            calendar: self.dice.one_in(12),
            // Managers are people before them.
            manager: (n > 3).then(|| self.dice.at(n)),
            engineer: self.dice.one_in(3),
            stints: vec![(from, None)],
            leaves: Vec::new(),
            delegates: Vec::new(),
            diligent: !self.dice.one_in(6),
        };
        let preference = (!zone.is_empty() || person.calendar).then(|| Preference {
            zone: zone.to_owned(),
            calendar: person.calendar,
        });
        self.places.insert(id, n);
        self.changed.insert(n);
        self.people.push(person);
        Act::Joins(Joining {
            from,
            key: format!("K{n}"),
            preference,
            profile: self.profile(n, from),
        })
    }

    fn profile(&self, at: usize, from: Day) -> Profile {
        let one = &self.people[at];
        Profile {
            person: one.id.clone(),
            from,
            name: one.key.clone(),
            email: one.email.clone(),
            manager: one.manager.map(|manager| self.people[manager].key.clone()),
            country: if one.german { "DE" } else { "US" },
            engineer: one.engineer,
        }
    }

    /// Another department, and another manager.
    fn moves(&mut self, at: usize) -> Act {
        let manager = (at > 3).then(|| self.dice.at(at));
        let one = &mut self.people[at];
        one.engineer = !one.engineer;
        one.manager = manager;
        self.changed.insert(at);
        Act::Moves(self.profile(at, self.today))
    }

    fn returns(&mut self, at: usize) -> Act {
        let from = self.today;
        self.changed.insert(at);
        let one = &mut self.people[at];
        one.stints.push((from, None));
        Act::Returns {
            person: one.id.clone(),
            key: format!("{}-{}", one.key, one.stints.len()),
            from,
        }
    }

    fn goes_away(&mut self, at: usize) -> Option<Act> {
        let today = self.today;
        let person = self.people[at].id.clone();
        let last = self.people[at].leaves.last().copied();
        if let Some((_, None)) = last {
            if !self.dice.one_in(60) {
                return None;
            }
            let last = today - 1;
            self.people[at].leaves.last_mut().expect("there is one").1 = Some(last);
            self.changed.insert(at);
            return Some(Act::Back { person, last });
        }
        let is_free = last.is_none_or(|(_, until)| until.is_none_or(|until| until + 1 < today));
        if !is_free || !self.dice.one_in(250) {
            return None;
        }
        let days = if self.dice.one_in(10) { 140 } else { 21 };
        let until = (!self.dice.one_in(8)).then(|| today + self.dice.days(days));
        self.people[at].leaves.push((today, until));
        self.changed.insert(at);
        Some(Act::GoesAway {
            person,
            from: today,
            until,
        })
    }

    /// Somebody is asked to look after their people.
    fn hands_over(&mut self, at: usize) -> Act {
        let (to, until) = (self.dice.at(self.people.len()), self.today + self.dice.days(40));
        self.people[at].delegates.push((to, until));
        Act::HandsOver {
            manager: self.people[at].id.clone(),
            to: self.people[to].id.clone(),
            until,
        }
    }

    fn is_let_off(&mut self, at: usize) -> Act {
        let course = self.dice.at(COURSES.len());
        let (from, until) = (self.today, self.today + self.dice.days(60));
        // The last one counts here, so it is not to end before the one it follows.
        let until = self
            .waived
            .get(&(at, course))
            .map_or(until, |(_, old)| until.max(*old));
        self.waived.insert((at, course), (from, until));
        Act::Waived {
            person: self.people[at].id.clone(),
            course: COURSES[course],
            from,
            until,
        }
    }

    fn happens(&self, acts: Vec<Act>) {
        if acts.is_empty() {
            return;
        }
        let at = self.today.start(&home());
        self.write(move |tx| acts.iter().try_for_each(|act| act.written(tx, at)));
    }

    /// Some do what they meant to, at some hour of the day, and some what nobody asked of them.
    pub(super) fn learns(&mut self, now: Moment) {
        let mut done = self.intended.remove(&self.look).unwrap_or_default();
        for _ in 0..=self.people.len() / 200 {
            if self.dice.one_in(3) {
                done.push((self.dice.at(self.people.len()), self.dice.at(COURSES.len())));
            }
        }
        // Others at the very moment at which a letter waits for its turn.
        for person in self.waited_for() {
            if self.dice.one_in(25) {
                done.push(person);
            }
        }
        let today = now.day(&home());
        done.retain(|(at, _)| self.people[*at].is_here(today));
        self.completes(done.into_iter().map(|(at, course)| (at, course, now)).collect());
    }

    /// Whoever is reminded makes up their mind, most of them soon.
    pub(super) fn intends(&mut self, at: usize, course: usize) {
        let soon = self.people[at].diligent && !self.dice.one_in(3);
        if soon || self.dice.one_in(12) {
            let look = self.look + 1 + self.dice.below(40);
            self.intended.entry(look).or_default().push((at, course));
        }
    }

    /// Whom waiting letters speak of, and of which course.
    fn waited_for(&self) -> Vec<(usize, usize)> {
        let found: Vec<(String, String)> = self.write(|tx| {
            tx.rows(
                sql!(
                    "select distinct r.person_id, r.course_id
                     from job j
                     join reminder r on r.letter_id = j.payload
                     where j.kind = 'post-letter'
                     order by r.person_id, r.course_id
                     limit 1000000"
                ),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        });
        let place = |(person, course): (String, String)| {
            let course = COURSES.iter().position(|one| *one == course);
            (self.places[&person], course.expect("a course of this world"))
        };
        found.into_iter().map(place).collect()
    }

    fn completes(&mut self, done: Vec<(usize, usize, Moment)>) {
        if done.is_empty() {
            return;
        }
        let mut rows: HashMap<String, Vec<Value>> = HashMap::new();
        for (at, course, moment) in done {
            self.done.entry((at, course)).or_default().push(moment);
            self.changed.insert(at);
            let (person, name) = (self.people[at].id.clone(), COURSES[course]);
            let id = format!("{person}{name}{}", moment.0);
            let values = params![&id, &person, name, moment.day(&home()), moment];
            rows.insert(id.clone(), values.to_vec());
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let rows: Vec<Vec<Value>> = rows.into_iter().map(|(_, row)| row).collect();
        self.write(move |tx| {
            tx.execute_many(
                sql!(
                    "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, passed, class, source)
                     values ($1, $2, $3, $4, $5, $5, 1, 'A', 'muster')"
                ),
                rows.clone(),
            )
        });
    }
}

impl Act {
    fn written(&self, tx: &mut Tx, at: Moment) -> db::Result<()> {
        match self {
            Act::Joins(joining) => joining.written(tx, at),
            Act::Returns { person, key, from } => engaged(tx, person, (key, *from), at),
            Act::Leaves { person, on } => {
                tx.execute(
                    sql!("update engagement set end_on = $1 where person_id = $2 and end_on is null"),
                    &params![*on, person],
                )?;
                Ok(())
            }
            Act::Moves(profile) => profile.written(tx, at),
            Act::GoesAway { person, from, until } => {
                tx.execute(
                    sql!(
                        "insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at)
                         values ($1, $2, 'hr', $1, $3, $4, 0)"
                    ),
                    &params![format!("{person}{}", from.0), person, *from, *until],
                )?;
                Ok(())
            }
            Act::Back { person, last } => {
                tx.execute(
                    sql!("update leave set until_on = $1 where person_id = $2 and until_on is null"),
                    &params![*last, person],
                )?;
                Ok(())
            }
            Act::HandsOver { manager, to, until } => handed_over(tx, (manager, to), *until, at),
            Act::Waived {
                person,
                course,
                from,
                until,
            } => {
                tx.execute(
                    sql!(
                        "insert into waiver (id, person_id, course_id, reason, compensating, approved_by, from_on, until_on, recorded_at)
                         values ($1, $2, $3, 'On another project', 'None', $4, $5, $6, $7)"
                    ),
                    &params![format!("wai_{person}{course}{}", from.0), person, *course, super::OWNER, *from, *until, at],
                )?;
                Ok(())
            }
        }
    }
}

impl Joining {
    fn written(&self, tx: &mut Tx, at: Moment) -> db::Result<()> {
        let person = &self.profile.person;
        tx.execute(
            sql!("insert into person (id, created_at) values ($1, $2)"),
            &params![person, at],
        )?;
        engaged(tx, person, (&self.key, self.from), at)?;
        tx.execute(
            sql!(
                "insert into source_record (id, source, source_key, person_id, given_name, family_name, access, tags, recorded_at)
                 values ($1, 'hr', $2, $1, 'P', $2, 'yes', '', $3)"
            ),
            &params![person, &self.key, at],
        )?;
        self.profile.written(tx, at)?;
        match &self.preference {
            Some(chosen) => preference::set(tx, &person.parse()?, chosen),
            None => Ok(()),
        }
    }
}

impl Profile {
    fn written(&self, tx: &mut Tx, at: Moment) -> db::Result<()> {
        // What was said of the same day before is believed no longer.
        tx.execute(
            sql!("update profile set superseded_at = $1 where person_id = $2 and from_on = $3"),
            &params![at, &self.person, self.from],
        )?;
        let id = format!("{}{}{}", self.person, self.from.0, at.0);
        let department = if self.engineer { "Engineering" } else { "Sales" };
        tx.execute(
            sql!(
                "insert into profile (id, person_id, from_on, email, given_name, family_name, manager_key, department, country,
                     access, tags, recorded_at)
                 values ($1, $2, $3, $4, 'P', $5, $6, $7, $8, 'yes', '', $9)"
            ),
            &params![
                id,
                &self.person,
                self.from,
                &self.email,
                &self.name,
                &self.manager,
                department,
                self.country,
                at
            ],
        )?;
        Ok(())
    }
}

fn handed_over(tx: &mut Tx, (manager, to): (&str, &str), until: Day, at: Moment) -> db::Result<()> {
    let account = manager.replace("per_", "acc_");
    tx.execute(
        sql!(
            "insert into account (id, email, name, person_id, created_at)
             values ($1, $2, 'M', $3, $4)
             on conflict (id) do nothing"
        ),
        &params![&account, format!("{account}@world.example"), manager, at],
    )?;
    tx.execute(
        sql!(
            "insert into role_grant (id, account_id, role, granted_at, granted_by)
             values ($1, $2, 'manager', $3, 'setup')
             on conflict (id) do nothing"
        ),
        &params![manager.replace("per_", "rol_"), &account, at],
    )?;
    tx.execute(
        sql!("insert into team_delegation (id, account_id, person_id, until_on, made_at) values ($1, $2, $3, $4, $5)"),
        &params![format!("tdl_{manager}{}", at.0), &account, to, until, at],
    )?;
    Ok(())
}

fn engaged(tx: &mut Tx, person: &str, (key, from): (&str, Day), at: Moment) -> db::Result<()> {
    tx.execute(
        sql!(
            "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
             values ($1, $2, 'hr', $3, 'employee', $4, $5)"
        ),
        &params![format!("{person}{key}"), person, key, from, at],
    )?;
    Ok(())
}
