//! Letters and a relay that is not ours: whatever it does, every letter comes to an end, and none is lost.
//!
//! The relay is Debian's `smtp-sink`, and one of our own for what that cannot do. Time is the database's, and moves when told, so an outage of a day takes seconds.

mod fussy;
mod sink;

use std::collections::BTreeMap;

use db::{Actor, Db, Moment, params, sql};
use jobs::Runner;
use mail::{Letter, Poster, Relay, Say, Setting, letter, setting};

use crate::fussy::{Fussy, Habit};
use crate::sink::{Sink, free_port};

/// How often time moves while letters wait; over days more rarely.
const STEP_SECONDS: i64 = 15 * 60;
const DAY_SECONDS: i64 = 24 * 3600;

/// A database that posts to a port, with so many letters put down.
async fn world(port: u16, letters: usize) -> (Db, Runner) {
    let db = Db::in_memory_for_tests();
    db.write(Actor::Operator, move |tx| {
        let setting = Setting {
            relay: Relay::parse(&format!("smtp://127.0.0.1:{port}"))?,
            sender: "training@lake.example".to_owned(),
            sender_name: "Lake Ltd training".to_owned(),
            secret: None,
        };
        setting::set(tx, &setting)?;
        let letters: Vec<Letter> = (0..letters)
            .map(|n| Letter {
                to: format!("person{n}@lake.example"),
                purpose: "reminder",
                subject: format!("Letter {n}"),
                text: "Nothing is urgent.\n".to_owned(),
                until: None,
                secret: false,
            })
            .collect();
        letter::post_many(tx, &letters)
    })
    .await
    .expect("letters can be put down");
    let runner = Poster::new().register(Runner::new(db.clone()));
    (db, runner)
}

async fn passes(db: &Db, runner: &Runner, seconds: i64) {
    let until = db.now().plus_seconds(seconds);
    let step = STEP_SECONDS.max(seconds / 100);
    while db.now() < until {
        db.set_now(Moment(until.0.min(db.now().plus_seconds(step).0)));
        runner.run_all().await.expect("the queue works");
    }
}

/// How many tries ended how.
async fn outcomes(db: &Db) -> BTreeMap<String, i64> {
    let found = db
        .read(|r| {
            r.rows(
                sql!("select outcome, cast(count(*) as bigint) from letter_try group by outcome limit 10"),
                &params![],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await;
    found.expect("reading works").into_iter().collect()
}

async fn waiting(db: &Db) -> i64 {
    db.read(letter::waiting_count).await.expect("reading works")
}

fn counted(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
    pairs
        .iter()
        .map(|(outcome, n)| ((*outcome).to_owned(), *n))
        .collect()
}

#[tokio::test]
async fn many_letters_go_over_one_connection_each_once_and_from_the_organisations_host() {
    let sink = Sink::start(free_port(), &["-m", "1"]);
    let (db, runner) = world(sink.port, 60).await;
    runner.run_all().await.expect("the queue works");
    assert_eq!(outcomes(&db).await, counted(&[("accepted", 60)]));
    let taken = sink.taken();
    assert_eq!(taken.len(), 60);
    assert!(taken.keys().all(|id| id.ends_with("@lake.example>")), "{taken:?}");
    let one = &sink.texts()[0];
    for line in [
        "From: \"Lake Ltd training\" <training@lake.example>",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(one.contains(line), "{one}");
    }
}

#[tokio::test]
async fn a_relay_that_puts_off_is_asked_again_after_growing_pauses_until_it_takes_each_once() {
    let port = free_port();
    let sink = Sink::start(port, &["-r", "RCPT"]);
    let (db, runner) = world(port, 5).await;
    passes(&db, &runner, 3 * 3600).await;
    let put_off = outcomes(&db).await["deferred"];
    assert!(
        (5 * 4..5 * 9).contains(&put_off),
        "{put_off} tries in three hours"
    );
    drop(sink);
    let sink = Sink::start(port, &[]);
    passes(&db, &runner, 2 * 3600).await;
    assert_eq!(outcomes(&db).await["accepted"], 5);
    assert!(sink.taken().values().all(|times| *times == 1));
    assert_eq!(waiting(&db).await, 0);
}

#[tokio::test]
async fn a_no_to_a_recipient_is_final_and_the_next_letter_goes_on() {
    for command in ["RCPT", "DATA", "."] {
        let sink = Sink::start(free_port(), &["-f", command, "-m", "1"]);
        let (db, runner) = world(sink.port, 3).await;
        runner.run_all().await.expect("the queue works");
        assert_eq!(outcomes(&db).await, counted(&[("refused", 3)]), "{command}");
        passes(&db, &runner, DAY_SECONDS).await;
        assert_eq!(outcomes(&db).await, counted(&[("refused", 3)]), "{command}");
        assert_eq!(waiting(&db).await, 0);
        let failures = db.read(letter::failures).await.expect("reading works");
        assert_eq!(failures.len(), 3);
        assert!(
            failures.iter().all(|failure| failure.reply.contains('5')),
            "{failures:?}"
        );
    }
}

#[tokio::test]
async fn a_no_to_the_sender_blames_no_letter() {
    let port = free_port();
    let sink = Sink::start(port, &["-f", "MAIL"]);
    let (db, runner) = world(port, 4).await;
    passes(&db, &runner, 3600).await;
    assert_eq!(outcomes(&db).await.get("refused"), None);
    drop(sink);
    let _sink = Sink::start(port, &[]);
    passes(&db, &runner, 3 * 3600).await;
    assert_eq!(outcomes(&db).await["accepted"], 4);
}

#[tokio::test]
async fn a_line_that_breaks_loses_nothing_and_repeats_only_what_may_have_arrived_under_the_same_id() {
    for command in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let port = free_port();
        let breaking = Sink::start(port, &["-q", command]);
        let (db, runner) = world(port, 3).await;
        passes(&db, &runner, 1_800).await;
        let before = breaking.taken();
        drop(breaking);
        let sink = Sink::start(port, &[]);
        passes(&db, &runner, 3 * 3600).await;
        let after = sink.taken();
        assert_eq!(outcomes(&db).await["accepted"], 3, "{command}");
        assert_eq!(after.len(), 3, "{command}");
        assert!(after.values().all(|times| *times == 1), "{command}: {after:?}");
        // What a relay may have kept although the line broke is known by the id it came with.
        assert!(
            before.keys().all(|id| after.contains_key(id)),
            "{command}: {before:?}"
        );
        assert_eq!(before.is_empty(), command != ".", "{command}: {before:?}");
        let unsure = db
            .read(|r| {
                r.one(
                    sql!("select cast(count(*) as bigint) from letter_try where reply like '%may have arrived%'"),
                    &params![],
                    |row| row.get::<i64>(0),
                )
            })
            .await;
        let unsure = unsure.expect("reading works").unwrap_or_default();
        assert_eq!(unsure > 0, command == ".", "{command}: it is said where it is so");
    }
}

#[tokio::test]
async fn a_relay_that_greylists_takes_each_the_second_time() {
    let relay = Fussy::start(Habit::PutsOffEachRecipient);
    let (db, runner) = world(relay.port, 20).await;
    runner.run_all().await.expect("the queue works");
    assert_eq!(
        outcomes(&db).await,
        counted(&[("deferred", 20)]),
        "each is put off by itself, and the line is kept for the next"
    );
    passes(&db, &runner, 3600).await;
    assert_eq!(
        outcomes(&db).await,
        counted(&[("accepted", 20), ("deferred", 20)])
    );
    let taken = relay.taken();
    assert_eq!(taken.len(), 20);
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    assert_eq!(waiting(&db).await, 0);
}

#[tokio::test]
async fn a_letter_that_was_kept_without_a_word_comes_again_under_the_same_id_and_no_third_time() {
    let relay = Fussy::start(Habit::KeepsAndIsGone);
    let (db, runner) = world(relay.port, 4).await;
    passes(&db, &runner, DAY_SECONDS).await;
    assert_eq!(outcomes(&db).await["accepted"], 4);
    let taken = relay.taken();
    assert_eq!(taken.len(), 4, "no letter has two ids: {taken:?}");
    assert!(taken.values().all(|times| *times == 2), "{taken:?}");
    assert_eq!(waiting(&db).await, 0);
}

#[tokio::test]
async fn an_outage_of_a_day_fails_nobody_and_the_backlog_drains_by_itself() {
    let port = free_port();
    let (db, runner) = world(port, 150).await;
    passes(&db, &runner, DAY_SECONDS).await;
    let during = outcomes(&db).await;
    assert_eq!(during.keys().collect::<Vec<_>>(), ["deferred"]);
    assert!(
        during["deferred"] <= 24 * 4 + 6,
        "the relay is left alone, not every letter knocks: {during:?}"
    );
    assert_eq!(waiting(&db).await, 150);
    let sink = Sink::start(port, &[]);
    passes(&db, &runner, 2 * 3600).await;
    let taken = sink.taken();
    assert_eq!(taken.len(), 150);
    assert!(taken.values().all(|times| *times == 1), "each once");
    assert_eq!(waiting(&db).await, 0);
}

#[tokio::test]
async fn what_nobody_takes_for_five_days_comes_to_a_visible_end() {
    let port = free_port();
    let (db, runner) = world(port, 20).await;
    passes(&db, &runner, 5 * DAY_SECONDS - 3600).await;
    assert_eq!(waiting(&db).await, 20);
    passes(&db, &runner, 7200).await;
    assert_eq!(waiting(&db).await, 0);
    assert_eq!(outcomes(&db).await["expired"], 20);
    let failures = db.read(letter::failures).await.expect("reading works");
    assert!(failures.iter().all(|failure| failure.reply.contains("five days")));
}

#[tokio::test]
async fn a_letter_that_nobody_wants_any_more_is_not_handed_over() {
    let sink = Sink::start(free_port(), &[]);
    let (db, _) = world(sink.port, 2).await;
    let writer: mail::post::Writer = |tx, id| {
        let subject = tx.one(
            sql!("select subject from letter where id = $1"),
            &params![id],
            |row| row.get::<String>(0),
        )?;
        Ok(match subject.as_deref() {
            Some("Letter 0") => Say::NoLonger("it was done meanwhile".to_owned()),
            _ => Say::Write {
                subject: "Written late".to_owned(),
                text: "From what is true now.\n".to_owned(),
            },
        })
    };
    let runner = Poster::new()
        .asking("reminder", writer)
        .register(Runner::new(db.clone()));
    runner.run_all().await.expect("the queue works");
    assert_eq!(outcomes(&db).await, counted(&[("accepted", 1), ("withdrawn", 1)]));
    assert_eq!(sink.texts().len(), 1);
    assert!(sink.texts()[0].contains("From what is true now."));
}
