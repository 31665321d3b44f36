//! Somebody is erased while reminders about them wait, have been sent, and could not be delivered.

use db::{Actor, Db, params, sql};

use super::super::feed::{self, Shows};
use super::super::{Preference, erasure, kept, preference};
use super::{Office, at};
use crate::tests::{ADA, BEN, account, day, person, reconcile_all};

/// What says who Ada is, and where she lives.
const HERS: [&str; 4] = ["ada@", "Ada", "Osei", "America/Chicago"];

/// Everything of reminders and letters in which words can stand.
fn words(db: &Db) -> Vec<String> {
    let found = db.read_blocking(|r| {
        r.rows(
            sql!(
                "select 'letter ' || to_address || ' ' || subject || ' ' || text_body from letter
                 union all
                 select 'try ' || reply from letter_try
                 union all
                 select 'reminder ' || step || ' ' || addressee || ' ' || coalesce(reason, '') from reminder
                 union all
                 select 'withdrawal ' || addressee || ' ' || reason from reminder_withdrawal
                 union all
                 select 'preference ' || zone from reminder_preference
                 union all
                 select 'channel ' || name || ' ' || address from channel
                 union all
                 select 'notice ' || reply from channel_notice
                 union all
                 select 'job ' || dedup_key || ' ' || payload || ' ' || coalesce(last_error, '') from job
                 union all
                 select 'entry ' || p.body from ledger_entry e join ledger_payload p on p.entry_id = e.id
                 where e.kind like 'reminder%' or e.kind like 'calendar%' or e.kind like 'nudge%'
                 limit 10000"
            ),
            &[],
            |row| row.get(0),
        )
    });
    found.expect("reading works")
}

fn said_of_her(db: &Db) -> Vec<String> {
    let mut words = words(db);
    words.retain(|line| HERS.iter().any(|hers| line.contains(hers)));
    words
}

/// Ada has had letters, one of them in vain; Ben, her manager, has read of her; both wait for one more.
fn office() -> (Office, String) {
    let office = Office::open();
    account(
        &office.db,
        "acc_00000000000000000000000ADA",
        "ada@northwind.example",
        Some(ADA),
    );
    let secret = office
        .db
        .write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!("insert into role_grant (id, account_id, role, granted_at, granted_by) values ('rol_a', 'acc_00000000000000000000000ADA', 'learner', 0, 'setup')"),
                &[],
            )?;
            let chosen = Preference {
                zone: "America/Chicago".to_owned(),
                calendar: false,
            };
            preference::set(tx, &person(ADA), &chosen)?;
            feed::make(tx, &"acc_00000000000000000000000ADA".parse()?, Shows::Own)
        })
        .expect("Ada can choose");
    for at in [
        "2026-06-01T15:00",
        "2026-06-10T15:00",
        "2026-06-22T15:00",
        "2026-06-26T15:00",
    ] {
        office.db.set_now(super::at(at));
        reconcile_all(&office.db);
        office.runs();
        office.posts();
    }
    let told = office.letters();
    assert!(
        told.iter()
            .any(|one| one.contains("To: ben@") && one.contains("Ada Osei")),
        "her manager has been told"
    );
    (office, secret)
}

/// The relay says no to what it is given, and repeats the address.
fn relay_refuses(office: &Office) {
    let noted = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!(
                "insert into letter_try (id, letter_id, tried_at, outcome, reply)
                 select 'let_no', min(id), 0, 'refused', '550 <ada@northwind.example> is unknown'
                 from letter
                 where to_address = 'ada@northwind.example'"
            ),
            &[],
        )
    });
    noted.expect("a refusal can be noted");
}

fn leaves_and_is_erased(office: &Office) {
    let erased = office.db.write_blocking(Actor::Setup, |tx| {
        tx.execute(
            sql!("update engagement set end_on = $1 where person_id = $2"),
            &params![day("2026-06-28"), ADA],
        )?;
        tx.execute(sql!("update role_grant set ended_at = 1 where id = 'rol_a'"), &[])?;
        erasure::erase(tx, &person(ADA))?;
        roster::erasure::erase(tx, &person(ADA), "She asked for it.")?;
        identity::account::erase(tx, ADA)
    });
    erased.expect("she can be erased");
}

#[test]
fn nothing_of_somebody_erased_stays_in_what_waits_was_sent_or_failed_and_the_counts_do() {
    let (office, secret) = office();
    relay_refuses(&office);
    // On Monday a letter to her is put down, and one to Ben; the mail is slow.
    office.db.set_now(at("2026-06-29T15:00"));
    reconcile_all(&office.db);
    assert!(office.runs().letters > 0, "letters wait");
    assert!(said_of_her(&office.db).len() > 5, "{:?}", said_of_her(&office.db));
    let count = |office: &Office| office.db.read_blocking(kept::count).expect("reading works");
    let about_her = |office: &Office| {
        let lines = office.db.read_blocking(|r| kept::of_person(r, &person(ADA)));
        lines.expect("reading works").len()
    };
    let (before, lines, letters) = (count(&office), about_her(&office), office.letters().len());

    leaves_and_is_erased(&office);
    assert_eq!(said_of_her(&office.db), [] as [String; 0]);
    assert_eq!((count(&office).all, about_her(&office)), (before.all, lines));
    let calendar = office.db.read_blocking(move |r| feed::read(r, &secret));
    assert_eq!(calendar.expect("reading works"), None, "her calendar has ended");

    // What waited comes to its end without her, before what follows from her leaving was reckoned.
    office.posts();
    let new: Vec<String> = office.letters().split_off(letters);
    assert!(
        new.iter().all(|one| !HERS.iter().any(|hers| one.contains(hers))),
        "{new:?}"
    );
    assert_eq!(said_of_her(&office.db), [] as [String; 0]);
    let waiting = office.db.read_blocking(mail::letter::waiting_count);
    assert_eq!(waiting.expect("reading works"), 0, "nothing waits for ever");
    assert_eq!(count(&office).all, before.all);
    let fates = office.fates(BEN);
    assert!(!fates.is_empty(), "what others were told of themselves stays");
}

#[test]
fn no_hash_is_left_by_which_the_address_of_a_calendar_could_be_known() {
    let (office, _) = office();
    let hash = |office: &Office| {
        let found = office.db.read_blocking(|r| {
            r.one(sql!("select secret_hash from calendar_feed"), &[], |row| {
                row.get::<Vec<u8>>(0)
            })
        });
        found.expect("reading works").expect("a calendar")
    };
    let before = hash(&office);
    office.db.set_now(at("2026-06-29T15:00"));
    leaves_and_is_erased(&office);
    assert_eq!(before.len(), 32);
    assert!(hash(&office) != before);
}
