//! Getting in: what must work, and what must not.

use db::{Actor, Db, Error, params, sql};
use identity::{account, link, role, session, setup};
use web::visitor::Role;

fn person(db: &Db, key: &'static str, email: &'static str, end_on: Option<i64>) {
    db.write_blocking(Actor::Operator, move |tx| {
        let today = tx.today()?;
        tx.execute(
            sql!("insert into source (name, mode, created_at) values ('hr', 'full', 0) on conflict (name) do nothing"),
            &[],
        )?;
        tx.execute(sql!("insert into person (id, created_at) values ($1, 0)"), &params![key])?;
        tx.execute(
            sql!(
                "insert into engagement (id, person_id, source, source_key, kind, start_on, end_on, recorded_at)
                 values ($1, $1, 'hr', $1, 'employee', $2, $3, 0)"
            ),
            &params![key, today - 100, end_on.map(|days| today + i32::try_from(days).expect("small"))],
        )?;
        tx.execute(
            sql!(
                "insert into profile (id, person_id, from_on, email, given_name, family_name, access, tags, recorded_at)
                 values ($1, $1, 0, $2, 'Lena', 'Field', 'unknown', '', 0)"
            ),
            &params![key, email],
        )?;
        Ok(())
    })
    .expect("a person can be put in");
}

fn letters(db: &Db) -> Vec<String> {
    db.read_blocking(|r| {
        r.rows(
            sql!("select text_body from letter order by id limit 100"),
            &[],
            |row| row.get(0),
        )
    })
    .expect("reading works")
}

fn ask(db: &Db, email: &'static str) {
    db.write_blocking(Actor::Job("sign-in"), move |tx| {
        link::mail_to(tx, email, "https://m.example", "Acme")
    })
    .expect("asking is never an error for a well-formed address");
}

fn token(letter: &str) -> String {
    let after = letter.split("/sign-in/").nth(1).expect("the letter holds a link");
    after.split_whitespace().next().expect("the link ends").to_owned()
}

fn code(letter: &str) -> String {
    let after = letter
        .split("you asked: ")
        .nth(1)
        .expect("the letter holds a code");
    after[..6].to_owned()
}

#[test]
fn a_learner_gets_in_once_with_the_link_and_never_again_with_it() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "Lena@Example.com", None);
    ask(&db, " lena@example.com ");
    let token = token(&letters(&db)[0]);
    let asked = token.clone();
    assert!(
        db.read_blocking(move |r| link::is_good(r, &asked))
            .expect("reading works"),
        "opening uses nothing"
    );
    let used = token.clone();
    let secret = db
        .write_blocking(Actor::Job("sign-in"), move |tx| {
            let (account, method) = link::use_token(tx, &used)?;
            session::start(tx, &account, method)
        })
        .expect("the link works");
    let visitor = db
        .read_blocking(move |r| session::visitor(r, &secret))
        .expect("reading works")
        .expect("signed in");
    assert_eq!(
        (visitor.name.as_str(), visitor.person.as_deref()),
        ("Lena Field", Some("per_1"))
    );
    assert!(visitor.roles.has(Role::Learner) && !visitor.roles.has(Role::Owner));
    let again = db.write_blocking(Actor::Job("sign-in"), move |tx| link::use_token(tx, &token));
    assert!(matches!(again, Err(Error::Refused(r)) if r.code == "spent-link"));
}

#[test]
fn nobody_gets_a_letter_by_guessing_by_sharing_an_address_or_after_leaving() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "shared@example.com", None);
    person(&db, "per_2", "shared@example.com", None);
    person(&db, "per_3", "left@example.com", Some(-1));
    for email in ["nobody@example.com", "shared@example.com", "left@example.com"] {
        ask(&db, email);
    }
    assert_eq!(letters(&db).len(), 0);
}

#[test]
fn five_wrong_codes_end_the_link() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "lena@example.com", None);
    ask(&db, "lena@example.com");
    let right = code(&letters(&db)[0]);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let attempt = |typed: String| {
        db.write_blocking(Actor::Job("sign-in"), move |tx| {
            link::use_code(tx, "lena@example.com", &typed)
        })
        .expect("a wrong code is an answer")
    };
    for _ in 0..5 {
        assert!(attempt(wrong.to_owned()).is_err_and(|r| r.code == "wrong-code"));
    }
    assert!(
        attempt(right).is_err_and(|r| r.code == "spent-link"),
        "the right code comes too late"
    );
}

#[test]
fn a_code_works_once_with_spaces_and_not_after_half_an_hour() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "lena@example.com", None);
    ask(&db, "lena@example.com");
    let right = code(&letters(&db)[0]);
    let spaced = format!("{} {}", &right[..3], &right[3..]);
    let attempt = |typed: String| {
        db.write_blocking(Actor::Job("sign-in"), move |tx| {
            link::use_code(tx, "lena@example.com", &typed)
        })
        .expect("an answer")
    };
    assert!(attempt(spaced.clone()).is_ok());
    assert!(attempt(spaced).is_err());
    ask(&db, "lena@example.com");
    let late = code(&letters(&db)[1]);
    db.set_now(db.now().plus_seconds(1801));
    assert!(attempt(late).is_err());
}

#[test]
fn a_session_ends_with_its_person_and_when_it_is_ended() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "lena@example.com", Some(10));
    let secret = db
        .write_blocking(Actor::Operator, |tx| {
            let link = link::for_operator(tx, "lena@example.com")?;
            let (account, method) = link::use_token(tx, &link.token)?;
            assert_eq!(method, session::Method::OperatorLink);
            session::start(tx, &account, method)
        })
        .expect("the operator's link works");
    let look = |secret: String| {
        db.read_blocking(move |r| session::visitor(r, &secret))
            .expect("reading works")
    };
    assert!(look(secret.clone()).is_some());
    db.set_now(db.now().plus_seconds(11 * 86_400));
    assert!(look(secret).is_none(), "who has left is out");
    assert!(look("made-up".to_owned()).is_none());
}

#[test]
fn the_setup_token_makes_one_owner_and_the_last_owner_stays() {
    let db = Db::in_memory_for_tests();
    let token = db
        .write_blocking(Actor::Setup, setup::token)
        .expect("a token")
        .expect("nobody owns it yet");
    let used = token.clone();
    let owner = db
        .write_blocking(Actor::Setup, move |tx| {
            setup::first_owner(tx, &used, "ada@example.com", "Ada Osei")
        })
        .expect("the token works");
    let again = db.write_blocking(Actor::Setup, move |tx| {
        setup::first_owner(tx, &token, "eve@example.com", "Eve")
    });
    assert!(matches!(again, Err(Error::Refused(r)) if r.code == "spent-setup-token"));
    assert_eq!(
        db.write_blocking(Actor::Setup, setup::token).expect("no fault"),
        None
    );
    let grants = db.read_blocking(role::current).expect("reading works");
    assert_eq!(grants[0].account, owner.id);
    let ended = db.write_blocking(Actor::Operator, move |tx| role::end(tx, &grants[0].id));
    assert!(matches!(ended, Err(Error::Refused(r)) if r.code == "last-owner"));
}

#[test]
fn a_role_is_never_given_by_an_address() {
    let db = Db::in_memory_for_tests();
    person(&db, "per_1", "ada@example.com", None);
    let account = db
        .write_blocking(Actor::Operator, |tx| account::admit(tx, "ada@example.com"))
        .expect("no fault")
        .expect("on the roster");
    assert_eq!(
        db.read_blocking(move |r| role::held(r, &account.id))
            .expect("reading works"),
        []
    );
}
