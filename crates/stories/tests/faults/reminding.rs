//! `kill -9` while people are reminded and while letters leave, and two nodes that do the same look and the same post.
//!
//! However often it dies: everybody has one letter, every letter comes to an end, every decision is a row and stands in
//! the ledger's counts; only a letter that was being handed over may leave twice, and then under the same Message-ID.
//!
//! The relay is Debian's `smtp-sink`; the programs' clock is fixed, and moved on by the lease of a job after each death.
//!
//! Not here: what the relay may do (`crates/mail/tests`), and what is decided (`assignments`).

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use assignments::reminder::{PURPOSE, Setting, digest, run, setting};
use db::{Actor, Clock, Db, Entropy, Moment, Zone, params, sql};
use jobs::Runner;
use mail::{Poster, Relay};
use stories::Engine;

use crate::house::{House, pause};
use crate::sink::{Sink, free_port};

/// People besides those of the house: together they need more than one transaction of a run.
const MORE: usize = 1_050;
/// Milliseconds after its start at which a server is killed: while it opens, decides, and posts.
const MOMENTS: [u64; 8] = [0, 15, 40, 80, 200, 600, 1_500, 3_000];
/// After so long, work that a dead program held is taken up by the next.
const LEASE_SECONDS: i64 = 600;

/// A house with a relay and reminders that are on, at nine in the morning of a Tuesday.
struct Office {
    house: House,
    sink: Sink,
    now: Moment,
}

impl Office {
    fn open(engine: Engine) -> Office {
        let house = House::build_on(engine);
        let mut list = "source_id,email,given_name,family_name,person_type,start_date,job_title\n".to_owned();
        for n in 0..MORE {
            list.push_str(&format!(
                "m{n},m{n}@cast.example,Given{n},More{n},employee,2026-10-01,Clerk\n"
            ));
        }
        std::fs::write(house.path("more.csv"), list).expect("the list can be written");
        house.must(&["roster", "apply", "people.csv", "--source", "hr"]);
        house.must(&["roster", "apply", "more.csv", "--source", "more"]);
        house.must(&["assign"]);
        let sink = Sink::start(free_port(), &[]);
        let now = next_tuesday(Clock::System.now());
        let relay = format!("smtp://127.0.0.1:{}", sink.port);
        let on = at(&house, now).write_blocking(Actor::Operator, move |tx| {
            let mail = mail::Setting {
                relay: Relay::parse(&relay)?,
                sender: "training@cast.example".to_owned(),
                sender_name: String::new(),
                secret: None,
            };
            mail::setting::set(tx, &mail)?;
            let reminders = Setting {
                on: true,
                address: "https://training.cast.example".to_owned(),
                ..Setting::default()
            };
            setting::set(tx, &reminders)
        });
        on.expect("it can be switched on");
        Office { house, sink, now }
    }

    fn db(&self) -> Db {
        at(&self.house, self.now)
    }

    /// What holds at any time.
    #[track_caller]
    fn must_be_sound(&self) -> Tally {
        let ledger = self.house.must(&["ledger", "verify"]);
        assert_eq!(
            ledger["wrong"],
            serde_json::Value::Null,
            "the ledger does not verify"
        );
        let tally = Tally::of(&self.db());
        assert_eq!(
            tally.entries,
            (tally.rows - tally.suppressed, tally.suppressed),
            "the ledger's counts are those of the rows"
        );
        assert_eq!(tally.letters, tally.digests, "each letter is somebody's of a day");
        assert_eq!(tally.unwritten, 0, "a reminder's letter is there");
        assert_eq!(tally.lost, 0, "a letter waits, or has come to its end");
        tally
    }
}

fn at(house: &House, now: Moment) -> Db {
    Db::open(house.place(), Clock::fixed(now), Entropy::System).expect("the database opens")
}

/// The second Tuesday from now: what was assigned today is open then, and nobody is off.
fn next_tuesday(now: Moment) -> Moment {
    let mut day = now.day(&Zone::utc()) + 7;
    while day.weekday_name() != "Tuesday" {
        day = day + 1;
    }
    day.start(&Zone::utc()).plus_seconds(9 * 3600)
}

/// How many there are of what.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    rows: i64,
    suppressed: i64,
    letters: i64,
    digests: i64,
    /// Reminders whose letter is not there.
    unwritten: i64,
    /// Letters that neither wait nor have come to an end.
    lost: i64,
    waiting: i64,
    /// Letters by how often a relay took them.
    accepted: BTreeMap<i64, i64>,
    /// By the ledger: put into letters, and held back.
    entries: (i64, i64),
}

impl Tally {
    fn of(db: &Db) -> Tally {
        let read = db.read_blocking(|r| {
            let mut count = |sql| Ok::<i64, db::Error>(r.one(sql, &[], |row| row.get(0))?.unwrap_or_default());
            let rows = count(sql!("select cast(count(*) as bigint) from reminder"))?;
            let suppressed = count(sql!("select cast(count(reason) as bigint) from reminder"))?;
            let letters = count(sql!(
                "select cast(count(*) as bigint) from letter where purpose = 'reminder'"
            ))?;
            let digests = count(sql!("select cast(count(*) as bigint) from reminder_digest"))?;
            let unwritten = count(sql!(
                "select cast(count(*) as bigint)
                 from reminder r
                 where r.letter_id is not null
                   and not exists (select 1 from letter l where l.id = r.letter_id)"
            ))?;
            let lost = count(sql!(
                "select cast(count(*) as bigint)
                 from letter l
                 where not exists (select 1 from job j where j.payload = l.id)
                   and not exists (select 1 from letter_try t where t.letter_id = l.id and t.outcome <> 'deferred')"
            ))?;
            let waiting = count(sql!(
                "select cast(count(*) as bigint) from job where kind = 'post-letter'"
            ))?;
            let accepted: Vec<i64> = r.rows(
                sql!(
                    "select cast(count(t.id) as bigint)
                     from letter l
                     join letter_try t on t.letter_id = l.id and t.outcome = 'accepted'
                     where l.purpose = 'reminder'
                     group by l.id
                     limit 100000"
                ),
                &params![],
                |row| row.get(0),
            )?;
            let entries = entries(r)?;
            let mut often = BTreeMap::new();
            accepted.into_iter().for_each(|times| *often.entry(times).or_default() += 1);
            Ok(Tally {
                rows,
                suppressed,
                letters,
                digests,
                unwritten,
                lost,
                waiting,
                accepted: often,
                entries,
            })
        });
        read.expect("the rows can be read")
    }
}

fn entries(reader: &mut db::Reader) -> db::Result<(i64, i64)> {
    let bodies: Vec<String> = reader.rows(
        sql!(
            "select p.body
             from ledger_entry e
             join ledger_payload p on p.entry_id = e.id
             where e.kind = 'reminders-decided'
             limit 100000"
        ),
        &[],
        |row| row.get(0),
    )?;
    let number = |value: &serde_json::Value| value.as_i64().expect("a count");
    let mut sums = (0, 0);
    for body in bodies {
        let said: serde_json::Value = serde_json::from_str(&body).expect("an entry is JSON");
        let said = &said["payload"];
        sums.0 += number(&said["sent"]);
        let reasons = said["suppressed"].as_object().expect("reasons");
        sums.1 += reasons.values().map(number).sum::<i64>();
    }
    Ok(sums)
}

/// Why work in the queue failed the last time.
fn errors(db: &Db) -> Vec<String> {
    let read = db.read_blocking(|r| {
        r.rows(
            sql!("select last_error from job where last_error is not null limit 20"),
            &[],
            |row| row.get(0),
        )
    });
    read.expect("the rows can be read")
}

/// Waits until nothing waits in the outbox.
fn until_posted(db: &Db, letters: i64) -> Tally {
    for _ in 0..2_400 {
        let tally = Tally::of(db);
        if tally.letters >= letters && tally.waiting == 0 {
            return tally;
        }
        pause(Duration::from_millis(100));
    }
    panic!("letters still wait after four minutes: {:?}", Tally::of(db));
}

/// Everybody, the owner among them who was set up with the house, owes something and has an address.
fn people(house: &House) -> i64 {
    let db = at(house, Clock::System.now());
    let count = db.read_blocking(|r| {
        r.one(
            sql!("select cast(count(distinct person_id) as bigint) from assignment_open"),
            &[],
            |row| row.get(0),
        )
    });
    count.expect("the rows can be read").unwrap_or_default()
}

/// Each letter was taken by the relay, and by no more than one more hand-over than there were deaths.
fn must_have_arrived(office: &Office, letters: i64, deaths: usize) {
    let taken = office.sink.taken();
    assert_eq!(
        taken.len() as i64,
        letters,
        "each letter arrived, each under one id"
    );
    let twice = taken.values().filter(|times| **times > 1).count();
    let most = taken.values().copied().max().unwrap_or_default();
    assert!(
        twice <= deaths && most <= 1 + deaths,
        "{twice} letters came more than once, the most {most} times, after {deaths} deaths"
    );
}

#[test]
fn a_server_killed_while_it_reminds_and_posts_loses_no_letter_and_writes_to_nobody_twice() {
    let mut office = Office::open(Engine::Sqlite);
    let people = people(&office.house);
    let (mut deciding, mut posting) = (0, 0);
    for moment in MOMENTS {
        let server = office.house.serve_at(office.now);
        pause(Duration::from_millis(moment));
        server.kill();
        let tally = office.must_be_sound();
        deciding += u32::from(tally.letters < people);
        posting += u32::from(tally.waiting > 0);
        office.now = office.now.plus_seconds(LEASE_SECONDS);
    }
    assert!(
        deciding > 0 && posting > 2,
        "the kills came too late: {deciding}, {posting}"
    );
    let server = office.house.serve_at(office.now);
    let done = until_posted(&office.db(), people);
    server.kill();
    assert_eq!(done.letters, people, "one letter for everybody");
    assert_eq!(
        done.accepted,
        BTreeMap::from([(1, people)]),
        "each came to its end once"
    );
    office.must_be_sound();
    must_have_arrived(&office, people, MOMENTS.len());
}

/// Looks as the job does: a race that was lost is a look that is taken again.
fn looks(db: &Db) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system starts a runtime");
    let looked = (0..20).any(|_| runtime.block_on(run::run(db)).is_ok());
    assert!(looked, "a look is done in the end");
}

fn posts(db: &Db) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system starts a runtime");
    let poster = Poster::new().asking(PURPOSE, digest::write);
    let runner = poster.register(Runner::new(db.clone()));
    runtime.block_on(runner.run_all()).expect("the queue works");
}

/// Two at once.
fn both(nodes: &[Db; 2], work: fn(&Db)) {
    let start = Barrier::new(nodes.len());
    thread::scope(|scope| {
        for db in nodes {
            scope.spawn(|| {
                start.wait();
                work(db);
            });
        }
    });
}

fn two_nodes(engine: Engine) {
    let office = Office::open(engine);
    let people = people(&office.house);
    // For one in ten no address is known: what is held back is decided at the same time.
    let without = office.db().write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("update profile set email = null where email like '%7@cast.example'"),
            &[],
        )
    });
    let without = i64::try_from(without.expect("addresses can go")).expect("a few");
    let nodes = [office.db(), office.db()];
    both(&nodes, looks);
    let tally = office.must_be_sound();
    assert_eq!(
        (tally.letters, tally.waiting),
        (people - without, people - without)
    );
    both(&nodes, posts);
    // What lost a race waits a moment and is tried again.
    for _ in 0..5 {
        let later = nodes[0].now().plus_seconds(60);
        nodes.iter().for_each(|db| db.set_now(later));
        both(&nodes, posts);
    }
    let tally = office.must_be_sound();
    assert_eq!(tally.waiting, 0, "{:?}", errors(&nodes[0]));
    assert_eq!(tally.accepted, BTreeMap::from([(1, people - without)]));
    must_have_arrived(&office, people - without, 0);
    both(&nodes, looks);
    assert_eq!(office.must_be_sound(), tally, "nothing is decided twice");
}

#[test]
fn two_nodes_that_remind_at_once_write_to_everybody_once_on_postgres() {
    two_nodes(Engine::Postgres);
}

#[test]
fn two_programs_that_remind_at_once_write_to_everybody_once_on_sqlite() {
    two_nodes(Engine::Sqlite);
}
