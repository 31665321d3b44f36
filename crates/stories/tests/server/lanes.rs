//! A write on PostgreSQL is kept whole or not at all, whatever was sent without waiting for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use db::{Actor, Clock, Db, Entropy, Error, Fault, Moment, Place, Refusal, Result, Value, params, sql};
use stories::postgres::{Database, Server};

fn open() -> (Db, Database) {
    let database = Server::shared().empty();
    let place = Place::Postgres(database.url());
    let db = Db::open(place, Clock::fixed(Moment(0)), Entropy::Seeded(7)).expect("the server takes us");
    (db, database)
}

fn put(tx: &mut db::Tx, name: &str, value: &str) -> Result<()> {
    tx.insert(
        sql!("insert into meta (name, value) values ($1, $2)"),
        &params![name, value],
    )
}

fn value(db: &Db, name: &'static str) -> Option<String> {
    db.read_blocking(move |reader| {
        reader.one(
            sql!("select value from meta where name = $1"),
            &params![name],
            |row| row.get(0),
        )
    })
    .expect("reading works")
}

fn write<T: Send + 'static>(db: &Db, run: impl Fn(&mut db::Tx) -> Result<T> + Send + 'static) -> Result<T> {
    db.write_blocking(Actor::Operator, run)
}

#[test]
fn an_insert_nobody_waits_for_is_there_after_the_write() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "a", "1")).expect("one insert and nothing else");
    write(&db, |tx| (0..40).try_for_each(|n| put(tx, &format!("b{n}"), "1")))
        .expect("more than are left unsent at once");
    let seen: Option<i64> = write(&db, |tx| {
        put(tx, "c", "1")?;
        tx.one(sql!("select cast(count(*) as bigint) from meta"), &[], |row| {
            row.get(0)
        })
    })
    .expect("a statement behind an insert");
    assert_eq!(seen, Some(42), "what comes behind an insert sees it");
}

#[test]
fn an_insert_nobody_waits_for_fails_its_write_and_no_other() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "a", "first")).expect("the first has the name");
    let again = write(&db, |tx| {
        put(tx, "b", "1")?;
        put(tx, "a", "second")
    });
    assert!(matches!(again, Err(Error::Fault(_))), "{again:?}");
    let before = write(&db, |tx| {
        put(tx, "a", "third")?;
        tx.execute(sql!("insert into meta (name, value) values ('c', '1')"), &[])
    });
    assert!(matches!(before, Err(Error::Fault(_))), "{before:?}");
    write(&db, |tx| put(tx, "d", "1")).expect("the lane goes on");
    let left = ["a", "b", "c", "d"].map(|name| value(&db, name));
    let there = |text: &str| Some(text.to_owned());
    assert_eq!(left, [there("first"), None, None, there("1")]);
}

#[test]
fn a_fault_that_was_ignored_keeps_the_write_from_being_called_done() {
    let (db, _database) = open();
    let done = write(&db, |tx| {
        tx.execute(sql!("insert into meta (name, value) values ('a', '1')"), &[])?;
        let twice = tx.execute(sql!("insert into meta (name, value) values ('a', '2')"), &[]);
        Ok(twice.is_err())
    });
    assert!(matches!(done, Err(Error::Fault(_))), "{done:?}");
    assert_eq!(value(&db, "a"), None);
}

#[test]
fn a_refusal_leaves_nothing_of_what_was_not_even_sent() {
    let (db, _database) = open();
    let refused: Result<()> = write(&db, |tx| {
        put(tx, "a", "1")?;
        Err(Refusal::new("no", "No.").into())
    });
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    write(&db, |tx| put(tx, "b", "1")).expect("the lane goes on");
    assert_eq!(value(&db, "a"), None);
}

#[test]
fn writers_that_read_before_they_write_lose_no_update() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "count", "0")).expect("a start");
    let add = |tx: &mut db::Tx| {
        let now: Option<String> =
            tx.one(sql!("select value from meta where name = 'count'"), &[], |row| {
                row.get(0)
            })?;
        let now: i64 = now
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Fault::new("reading the count"))?;
        tx.execute(
            sql!("update meta set value = $1 where name = 'count'"),
            &params![(now + 1).to_string()],
        )
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(|_| assert_eq!(write(&db, add).expect("it wins in the end"), 1)));
        }
    });
    assert_eq!(value(&db, "count").as_deref(), Some("40"));
}

/// How often the first of two writers runs, when the second reads what it changes, and adds to what it has read.
fn runs_beside_another(is_alone: fn(&mut db::Tx) -> Result<()>) -> usize {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "tree", "0")).expect("a start");
    let runs = Arc::new(AtomicUsize::new(0));
    let (counted, beside) = (runs.clone(), db.clone());
    let done = write(&db, move |tx| {
        is_alone(tx)?;
        let seen = tx.rows(sql!("select name from meta order by name limit 9"), &[], |row| {
            row.get::<String>(0)
        })?;
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            let other = beside.clone();
            let busy = move || {
                write(&other, |tx| {
                    tx.rows(sql!("select value from meta order by name limit 9"), &[], |row| {
                        row.get::<String>(0)
                    })?;
                    put(tx, "entry", "1")
                })
            };
            std::thread::scope(|scope| scope.spawn(busy).join().expect("it ends"))?;
        }
        tx.execute(
            sql!("update meta set value = $1 where name = 'tree'"),
            &params![seen.len().to_string()],
        )
    });
    assert_eq!(done.expect("it wins in the end"), 1);
    runs.load(Ordering::SeqCst)
}

#[test]
fn who_works_alone_does_not_lose_to_others_who_are_busy_beside_it() {
    assert_eq!(runs_beside_another(|tx| tx.alone(7)), 1);
    assert_eq!(runs_beside_another(|_| Ok(())), 2, "everybody else is watched");
}

#[test]
fn two_who_work_alone_take_turns_and_the_second_sees_what_the_first_did() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "count", "0")).expect("a start");
    let add = |tx: &mut db::Tx| {
        tx.alone(7)?;
        let now: Option<i64> = tx.one(
            sql!("select cast(value as bigint) from meta where name = 'count'"),
            &[],
            |row| row.get(0),
        )?;
        tx.execute(
            sql!("update meta set value = $1 where name = 'count'"),
            &params![(now.unwrap_or(0) + 1).to_string()],
        )
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(|_| assert_eq!(write(&db, add).expect("its turn comes"), 1)));
        }
    });
    assert_eq!(value(&db, "count").as_deref(), Some("40"));
    let late = write(&db, |tx| {
        put(tx, "late", "1")?;
        tx.rows(sql!("select name from meta limit 1"), &[], |row| {
            row.get::<String>(0)
        })?;
        tx.alone(7)
    });
    assert!(
        matches!(late, Err(Error::Fault(_))),
        "being alone is asked for first: {late:?}"
    );
}

#[test]
fn a_read_is_one_snapshot_and_a_glance_one_statement_and_neither_writes() {
    let (db, _database) = open();
    let count = |reader: &mut db::Reader| {
        reader.one(sql!("select cast(count(*) as bigint) from meta"), &[], |row| {
            row.get::<i64>(0)
        })
    };
    let writer = db.clone();
    let (before, after) = db
        .read_blocking(move |reader| {
            let before = count(reader)?;
            std::thread::scope(|scope| scope.spawn(|| write(&writer, |tx| put(tx, "a", "1"))).join())
                .expect("no panic")?;
            Ok((before, count(reader)?))
        })
        .expect("reading works");
    assert_eq!(before, after);
    let change = |reader: &mut db::Reader| {
        reader.each(
            sql!("insert into meta (name, value) values ('b', '1')"),
            &[],
            |_| Ok(()),
        )
    };
    assert!(db.read_blocking(change).is_err());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    assert!(runtime.block_on(db.glance(change)).is_err());
    let once = runtime.block_on(db.glance(count)).expect("one statement");
    assert_eq!(once, Some(1), "what was committed, and no more");
    let twice = runtime.block_on(db.glance(move |reader| {
        count(reader)?;
        count(reader)
    }));
    assert!(matches!(twice, Err(Error::Fault(_))), "{twice:?}");
}

#[test]
fn a_lost_connection_costs_the_write_that_met_it_and_is_made_anew() {
    let (db, database) = open();
    // A lane connects when it first has something to do.
    std::thread::scope(|scope| {
        for n in 0..30 {
            let db = &db;
            scope.spawn(move || write(db, move |tx| put(tx, &format!("before{n}"), "1")).expect("a write"));
        }
    });
    let mut outside =
        postgres::Client::connect(&database.url(), postgres::NoTls).expect("the server takes us");
    let ended = outside
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
            &[],
        )
        .expect("the server lets us");
    assert!(ended > 1, "several lanes had something to do");
    let mut kept: Vec<String> = (0..30).map(|n| format!("before{n}")).collect();
    for n in 0..50 {
        let name = format!("n{n}");
        let written = name.clone();
        if write(&db, move |tx| put(tx, &written, "1")).is_ok() {
            kept.push(name);
        }
    }
    assert!(
        kept.len() >= 80 - usize::try_from(ended).expect("a few"),
        "{kept:?}"
    );
    let found: Vec<String> = loop {
        let read = db.read_blocking(|reader| {
            reader.rows(
                sql!("select name from meta order by name limit 100"),
                &[],
                |row| row.get(0),
            )
        });
        if let Ok(found) = read {
            break found;
        }
    };
    kept.sort();
    assert_eq!(found, kept, "what was called done is there, and nothing else");
}

#[test]
fn big_rows_and_broken_off_visits_leave_the_lane_in_step() {
    let (db, _database) = open();
    let big = "x".repeat(3_000_000);
    let sent = big.clone();
    write(&db, move |tx| {
        put(tx, "big", &sent)?;
        let rows = (0..2500).map(|n: i64| vec![Value::from(format!("k{n:04}")), Value::from("v")]);
        tx.execute_many(sql!("insert into meta (name, value) values ($1, $2)"), rows)
    })
    .expect("more than a socket holds");
    for _ in 0..8 {
        let broken_off: Result<()> = db.read_blocking(|reader| {
            reader.each(sql!("select name, value from meta order by name"), &[], |_| {
                Err(Fault::new("enough").into())
            })
        });
        assert!(broken_off.is_err());
        assert_eq!(value(&db, "k2499").as_deref(), Some("v"));
    }
    assert_eq!(value(&db, "big"), Some(big));
}

#[test]
fn what_is_asked_ahead_is_answered_once_and_asked_again_after_a_write() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "a", "1")).expect("one insert");
    let of = |reader: &mut db::Reader, name: &str| {
        reader.one(
            sql!("select value from meta where name = $1"),
            &params![name],
            |row| row.get::<String>(0),
        )
    };
    let seen = write(&db, move |tx| {
        put(tx, "b", "2")?;
        tx.ahead(|reader| {
            assert_eq!(of(reader, "a")?, None, "here no row is found");
            of(reader, "b").map(|_| ())
        })?;
        let before = (of(tx, "a")?, of(tx, "b")?, of(tx, "c")?);
        tx.ahead(|reader| of(reader, "c").map(|_| ()))?;
        put(tx, "c", "3")?;
        Ok((before, of(tx, "c")?))
    })
    .expect("reading works");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(seen, ((text("1"), text("2"), None), text("3")));
    let refused = write(&db, move |tx| {
        tx.ahead(|_| Err(Refusal::new("none", "No.").into()))?;
        of(tx, "a")
    });
    assert_eq!(
        refused.expect("what goes wrong there counts for nothing"),
        text("1")
    );
}

#[test]
fn what_is_foreseen_is_read_at_once_and_outlives_what_is_written_until_it_is_asked() {
    let (db, _database) = open();
    write(&db, |tx| put(tx, "a", "1")).expect("one insert");
    let of = |reader: &mut db::Reader| {
        let sql = sql!("select value from meta where name = 'a'");
        reader.one(sql, &[], |row| row.get::<String>(0))
    };
    let seen = write(&db, move |tx| {
        let foreseen = tx.foresee(|reader| of(reader))?;
        tx.ahead(|reader| of(reader).map(|_| ()))?;
        tx.execute(sql!("update meta set value = '2' where name = 'a'"), &[])?;
        Ok((foreseen, of(tx)?, of(tx)?))
    })
    .expect("reading works");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(seen, (Some(text("1")), text("1"), text("2")));
    let next = write(&db, move |tx| of(tx)).expect("reading works");
    assert_eq!(next, text("2"), "another transaction is foretold nothing");
}
