//! The promises of the handle, on the embedded engine: durable, all or nothing, one snapshot, never stuck.

use db::{Actor, Clock, Db, Entropy, Error, Fault, Moment, Place, Refusal, Value, params, sql};

fn put(db: &Db, name: &'static str, value: &'static str) -> db::Result<()> {
    db.write_blocking(Actor::Operator, move |tx| {
        tx.execute(
            sql!("insert into meta (name, value) values ($1, $2)"),
            &params![name, value],
        )?;
        Ok(())
    })
}

fn value(db: &Db, name: &'static str) -> Option<String> {
    db.read_blocking(move |r| {
        r.one(
            sql!("select value from meta where name = $1"),
            &params![name],
            |row| row.get(0),
        )
    })
    .expect("reading works")
}

#[test]
fn what_was_answered_is_there() {
    let db = Db::in_memory_for_tests();
    put(&db, "a", "1").expect("an insert works");
    assert_eq!(value(&db, "a").as_deref(), Some("1"));
}

#[test]
fn a_refusal_leaves_nothing_behind() {
    let db = Db::in_memory_for_tests();
    let refused: db::Result<()> = db.write_blocking(Actor::Operator, |tx| {
        tx.execute(sql!("insert into meta (name, value) values ('b', '1')"), &[])?;
        Err(Refusal::new("no", "No.").into())
    });
    assert!(matches!(refused, Err(Error::Refused(r)) if r.code == "no"));
    assert_eq!(value(&db, "b"), None);
}

#[test]
fn a_panic_is_a_fault_and_the_lane_goes_on() {
    let db = Db::in_memory_for_tests();
    let fault: db::Result<()> = db.write_blocking(Actor::Operator, |tx| {
        tx.execute(sql!("insert into meta (name, value) values ('c', '1')"), &[])?;
        panic!("on purpose");
    });
    assert!(matches!(fault, Err(Error::Fault(_))));
    assert_eq!(value(&db, "c"), None);
    put(&db, "c", "2").expect("the lane still works");
}

#[test]
fn writers_that_wait_together_do_not_undo_each_other() {
    let db = Db::in_memory_for_tests();
    let threads: Vec<_> = (0..64)
        .map(|n: i64| {
            let db = db.clone();
            std::thread::spawn(move || {
                db.write_blocking(Actor::Operator, move |tx| {
                    tx.execute(
                        sql!("insert into meta (name, value) values ($1, 'x')"),
                        &params![format!("w{n}")],
                    )?;
                    if n % 2 == 1 {
                        Err(Fault::new("failing on purpose").into())
                    } else {
                        Ok(())
                    }
                })
            })
        })
        .collect();
    let kept = threads
        .into_iter()
        .filter_map(|t| t.join().expect("no panic").ok())
        .count();
    let count: i64 = db
        .read_blocking(|r| {
            r.one(
                sql!("select cast(count(name) as bigint) from meta where value = 'x'"),
                &[],
                |row| row.get(0),
            )
        })
        .expect("reading works")
        .expect("a count is one row");
    assert_eq!((kept, count), (32, 32));
}

#[test]
fn bulk_rows_arrive_all() {
    let db = Db::in_memory_for_tests();
    let n = db
        .write_blocking(Actor::Operator, |tx| {
            let rows = (0..2500).map(|n: i64| vec![Value::from(format!("k{n}")), Value::from("v")]);
            tx.execute_many(sql!("insert into meta (name, value) values ($1, $2)"), rows)
        })
        .expect("a bulk insert works");
    assert_eq!(n, 2500);
}

#[test]
fn the_clock_moves_only_when_told() {
    let db = Db::in_memory_for_tests();
    let then = db.now();
    db.set_now(then.plus_seconds(60));
    let now = db.read_blocking(|r| Ok(r.now())).expect("reading works");
    assert_eq!(now.0 - then.0, 60_000);
    assert_eq!(then.to_string(), "2026-06-01T09:00:00.000Z");
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_an_old_one_is_copied_first() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("muster.db");
    let open = || {
        Db::open(
            Place::File(path.clone()),
            Clock::fixed(Moment(0)),
            Entropy::Seeded(1),
        )
    };
    let db = open().expect("an empty file is migrated");
    db.write_blocking(Actor::Operator, |tx| {
        tx.execute(
            sql!(
                "insert into schema_migration (number, name, applied_at) values (9999, 'from the future', 0)"
            ),
            &[],
        )?;
        Ok(())
    })
    .expect("a row can be added");
    drop(db);
    assert!(matches!(open(), Err(Error::Refused(r)) if r.code == "newer-database"));
}

#[test]
fn values_go_where_their_numbers_say_not_in_the_order_of_appearance() {
    let db = Db::in_memory_for_tests();
    let found: Option<(i64, i64, i64)> = db
        .read_blocking(|r| {
            r.one(
                sql!("select cast($2 as bigint), cast($1 as bigint), cast($2 as bigint)"),
                &params![1_i64, 2_i64],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .expect("reading works");
    assert_eq!(found, Some((2, 1, 2)));
}
