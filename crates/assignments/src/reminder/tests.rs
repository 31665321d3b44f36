//! What the reminders do on an organisation small enough to reckon by hand.

mod erasure;
mod stand_in;
mod world;

use std::future::Future;

use db::{Actor, Db, Id, Moment, params, sql};
use jobs::Runner;
use mail::Poster;
use tempfile::TempDir;

use super::run::{self, Counts};
use super::setting::{self, Setting};
use super::{PURPOSE, Preference, digest, kept, preference};
use crate::tests::{ADA, BEN, day, organisation, person, reconcile_all};

/// The small organisation, with letters posted into a folder and reminders on.
struct Office {
    db: Db,
    folder: TempDir,
}

fn at(text: &str) -> Moment {
    format!("{text}:00Z").parse().expect("a time in a test")
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn sample() -> Setting {
    Setting {
        on: true,
        address: "https://training.northwind.example".to_owned(),
        ..Setting::default()
    }
}

impl Office {
    fn open() -> Office {
        let db = organisation();
        let folder = tempfile::tempdir().expect("a scratch folder");
        let relay = mail::Relay::Folder(folder.path().display().to_string());
        let setting = mail::Setting {
            relay,
            sender: "training@northwind.example".to_owned(),
            sender_name: String::new(),
            secret: None,
        };
        db.set_now(at("2026-06-01T08:00"));
        db.write_blocking(Actor::Setup, move |tx| {
            mail::setting::set(tx, &setting)?;
            setting::set(tx, &sample())?;
            tx.execute(
                sql!("update profile set manager_key = 'ben@northwind.example' where person_id = $1"),
                &params![ADA],
            )
        })
        .expect("the office can be set up");
        reconcile_all(&db);
        db.set_now(at("2026-06-01T09:00"));
        Office { db, folder }
    }

    fn has_an_owner(&self) {
        let made = self.db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!("insert into account (id, email, name, created_at) values ('acc_o', 'olga@northwind.example', 'Olga', 0)"),
                &[],
            )?;
            tx.execute(
                sql!("insert into role_grant (id, account_id, role, granted_at, granted_by) values ('rol_o', 'acc_o', 'owner', 0, 'setup')"),
                &[],
            )
        });
        made.expect("an owner can be made");
    }

    fn runs(&self) -> Counts {
        block(run::run(&self.db)).expect("reminding works")
    }

    fn posts(&self) {
        let poster = Poster::new().asking(PURPOSE, digest::write);
        let runner = poster.register(Runner::new(self.db.clone()));
        block(runner.run_all()).expect("the queue works");
    }

    /// The letters that have left, as text, the newest last.
    fn letters(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder can be listed");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read_to_string(path).expect("a letter can be read"))
            .collect()
    }

    /// A day at nine: the engine looks, and letters leave.
    fn day(&self, day: &str) -> usize {
        let before = self.letters().len();
        self.db.set_now(at(&format!("{day}T09:00")));
        reconcile_all(&self.db);
        self.runs();
        self.posts();
        self.letters().len() - before
    }

    fn completes(&self, who: &'static str, course: &'static str) {
        self.db
            .write_blocking(Actor::Setup, move |tx| {
                let (now, today) = (tx.now(), tx.today()?);
                tx.execute(
                    sql!(
                        "insert into completion (id, person_id, course_id, occurred_on, occurred_at, recorded_at, passed, class, source)
                         values ($1, $2, $3, $4, $5, $5, 1, 'A', 'native')"
                    ),
                    &params![format!("cmp_{who}{course}{}", now.0), who, course, today, now],
                )
            })
            .expect("a completion can be recorded");
    }

    fn fates(&self, who: &str) -> Vec<String> {
        let who: Id<_> = person(who);
        let mut kept = self
            .db
            .read_blocking(move |r| kept::of_person(r, &who))
            .expect("reading works");
        kept.reverse();
        kept.into_iter()
            .map(|one| {
                let fate = match one.fate {
                    kept::Fate::Waiting => "waits".to_owned(),
                    kept::Fate::Sent(..) => "sent".to_owned(),
                    kept::Fate::Undelivered(..) => "undelivered".to_owned(),
                    kept::Fate::Withdrawn(_, why) => format!("withdrawn, {why}"),
                    kept::Fate::Suppressed(why) => why.as_str().to_owned(),
                };
                format!("{} {} {fate}", one.course_id, one.step)
            })
            .collect()
    }
}

#[test]
fn a_person_gets_one_letter_with_all_courses_and_a_second_run_decides_nothing() {
    let office = Office::open();
    let counts = office.runs();
    assert_eq!(
        (counts.letters, counts.sent),
        (2, 4),
        "two people, two courses each"
    );
    assert_eq!(office.runs(), Counts::default());
    office.posts();
    let letters = office.letters();
    assert_eq!(letters.len(), 2);
    let ada = letters
        .iter()
        .find(|letter| letter.contains("ada@"))
        .expect("Ada's letter");
    assert!(
        ada.contains("https://training.northwind.example") && ada.contains("Hello Ada"),
        "{ada}"
    );
    assert_eq!(office.day("2026-06-02"), 0, "nothing new to say");
}

#[test]
fn who_has_completed_it_a_moment_ago_gets_no_letter_and_it_is_said_why() {
    let office = Office::open();
    office.runs();
    // Completed at T; the letter's turn comes one millisecond later, before anything was reconciled.
    office.completes(ADA, "B02");
    office.completes(ADA, "D05");
    office.completes(BEN, "B02");
    office.db.set_now(Moment(office.db.now().0 + 1));
    office.posts();
    let letters = office.letters();
    assert_eq!(letters.len(), 1, "only Ben's");
    assert!(letters[0].contains("To: ben@"));
    let mut adas = office.fates(ADA);
    adas.sort();
    assert_eq!(
        adas,
        [
            "B02 opened withdrawn, completed",
            "D05 opened withdrawn, completed"
        ]
    );
    let mut bens = office.fates(BEN);
    bens.sort();
    assert_eq!(bens, ["B02 opened withdrawn, completed", "D05 opened sent"]);
}

#[test]
fn nobody_is_written_to_outside_their_hours_where_they_are() {
    let office = Office::open();
    office
        .db
        .write_blocking(Actor::Setup, |tx| {
            let preference = Preference {
                zone: "America/New_York".to_owned(),
                calendar: false,
            };
            preference::set(tx, &person(ADA), &preference)
        })
        .expect("Ada can choose");
    assert_eq!(office.runs().letters, 1, "it is five in the morning where Ada is");
    office.db.set_now(at("2026-06-01T13:30"));
    assert_eq!(office.runs().letters, 1, "and half past nine now");
    office.db.set_now(at("2026-06-01T21:30"));
    assert_eq!(office.runs().letters, 0);
}

#[test]
fn the_whole_ladder_is_climbed_on_its_days_and_stops_when_it_is_done() {
    let office = Office::open();
    office.has_an_owner();
    office.day("2026-06-01");
    office.completes(ADA, "D05");
    for (at, letters) in [
        ("2026-06-05", 0),
        ("2026-06-10", 1), // three weeks after she started
        ("2026-06-18", 1), // the day before Ada is due
        ("2026-06-19", 0),
        ("2026-06-22", 1),
    ] {
        let before = office.letters().len();
        let sent = office.day(at);
        let to_ada = office.letters()[before..]
            .iter()
            .filter(|letter| letter.contains("To: ada@"))
            .count();
        assert_eq!(to_ada, letters, "{at}: {sent} in all");
    }
    let last = office
        .letters()
        .into_iter()
        .rfind(|letter| letter.contains("To: ada@"));
    let last = last.expect("a letter").replace("=\r\n", "");
    assert!(
        last.contains("26 June 2026"),
        "it says when the manager is told: {last}"
    );
    office.day("2026-06-26");
    let to_ben = office
        .letters()
        .into_iter()
        .rfind(|letter| letter.contains("To: ben@"))
        .expect("a letter");
    assert!(to_ben.contains("Ada Osei"), "her manager is told: {to_ben}");
    office.day("2026-07-03");
    let to_owner = office
        .letters()
        .into_iter()
        .rfind(|letter| letter.contains("To: olga@"))
        .expect("a letter");
    assert!(
        !to_owner.contains("Osei"),
        "the owner is told how many: {to_owner}"
    );
    office.day("2026-07-20");
    let tasks = office.db.read_blocking(kept::tasks).expect("reading works");
    assert!(
        tasks.iter().any(|task| task.person == person(ADA)),
        "it is the owners' to decide"
    );
    office.completes(ADA, "B02");
    let before = office.letters().len();
    for at in ["2026-07-21", "2026-07-24", "2026-07-27", "2026-08-03"] {
        office.day(at);
    }
    assert!(
        office.letters()[before..]
            .iter()
            .all(|letter| !letter.contains("To: ada@"))
    );
    let tasks = office.db.read_blocking(kept::tasks).expect("reading works");
    assert!(tasks.iter().all(|task| task.person != person(ADA)));
}

#[test]
fn what_is_held_back_is_a_row_with_its_reason() {
    let office = Office::open();
    office
        .db
        .write_blocking(Actor::Setup, |tx| {
            let calendar = Preference {
                zone: String::new(),
                calendar: true,
            };
            preference::set(tx, &person(ADA), &calendar)?;
            tx.execute(
                sql!("insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at) values ('lea_1', $1, 'hr', 'b', $2, $3, 0)"),
                &params![BEN, day("2026-05-20"), day("2026-06-09")],
            )
        })
        .expect("choices and a leave");
    let counts = office.runs();
    assert_eq!((counts.letters, counts.suppressed), (0, 4));
    assert!(
        office.fates(ADA).iter().all(|fate| fate.ends_with("calendar")),
        "{:?}",
        office.fates(ADA)
    );
    assert!(
        office.fates(BEN).iter().all(|fate| fate.ends_with("on_leave")),
        "{:?}",
        office.fates(BEN)
    );
    // The day Ben is back, he hears of what he missed.
    assert_eq!(office.day("2026-06-09"), 0);
    assert_eq!(office.day("2026-06-10"), 1);
    // A calendar never stands in for what is overdue.
    office.day("2026-06-22");
    let overdue = office
        .letters()
        .into_iter()
        .filter(|letter| letter.contains("To: ada@"))
        .count();
    assert_eq!(overdue, 1);
}

#[test]
fn with_mail_off_nothing_is_queued_and_it_is_said() {
    let office = Office::open();
    office
        .db
        .write_blocking(Actor::Setup, |tx| {
            let off = mail::Setting {
                relay: mail::Relay::Off,
                sender: String::new(),
                sender_name: String::new(),
                secret: None,
            };
            mail::setting::set(tx, &off)
        })
        .expect("mail can be off");
    office.db.set_now(Moment(office.db.now().0 + 1));
    let counts = office.runs();
    assert_eq!((counts.letters, counts.suppressed), (0, 4));
    assert!(office.fates(ADA).iter().all(|fate| fate.ends_with("mail_off")));
}

#[test]
fn while_nobody_has_switched_it_on_nothing_is_looked_at() {
    let db = organisation();
    reconcile_all(&db);
    assert_eq!(block(run::run(&db)).expect("it looks"), Counts::default());
    let runs = db.read_blocking(|r| {
        r.one(
            sql!("select cast(count(*) as bigint) from reminder_run"),
            &[],
            |row| row.get::<i64>(0),
        )
    });
    assert_eq!(runs.expect("reading works"), Some(0));
    assert_eq!(db.read_blocking(run::silent_since).expect("reading works"), None);
}

#[test]
fn a_silence_of_the_engine_is_seen_and_told_when_it_is_over() {
    let office = Office::open();
    office.has_an_owner();
    office.runs();
    let silent = || office.db.read_blocking(run::silent_since).expect("reading works");
    office.db.set_now(at("2026-06-01T11:00"));
    assert_eq!(silent(), None, "two hours are not yet a silence");
    office.db.set_now(at("2026-06-01T11:01"));
    assert_eq!(silent(), Some(at("2026-06-01T09:00")));
    office.runs();
    assert_eq!(silent(), None);
    office.posts();
    let alarm = office
        .letters()
        .into_iter()
        .filter(|letter| letter.contains("reminders were silent"))
        .count();
    assert_eq!(alarm, 1);
    office.runs();
    office.posts();
    let alarms = office
        .letters()
        .into_iter()
        .filter(|letter| letter.contains("reminders were silent"))
        .count();
    assert_eq!(alarms, 1, "it is told once");
}

#[test]
fn what_a_setting_would_do_is_shown_and_does_nothing() {
    let office = Office::open();
    let (plan, _) = office
        .db
        .read_blocking(|r| run::preview(r, &sample()))
        .expect("reading works");
    assert_eq!(plan.digests.len(), 2);
    assert_eq!(office.runs().letters, 2, "nothing was decided by looking");
}

#[test]
fn after_an_outage_only_the_newest_letter_leaves() {
    let office = Office::open();
    office.runs();
    office.db.set_now(at("2026-06-02T09:00"));
    office
        .db
        .write_blocking(Actor::Setup, |tx| {
            let late = params![ADA, day("2026-06-03")].to_vec();
            tx.execute(
                sql!("update assignment_open set due_on = $2 where person_id = $1"),
                &late,
            )?;
            tx.execute(
                sql!("update assignment set due_on = $2 where person_id = $1"),
                &late,
            )
        })
        .expect("it can be due tomorrow");
    assert_eq!(office.runs().letters, 1, "the day before it is due");
    office.posts();
    let to_ada = office
        .letters()
        .into_iter()
        .filter(|letter| letter.contains("To: ada@"))
        .count();
    assert_eq!(to_ada, 1);
    assert!(
        office
            .fates(ADA)
            .iter()
            .any(|fate| fate.ends_with("withdrawn, overtaken")),
        "{:?}",
        office.fates(ADA)
    );
}
