//! A small course, a few people and a signed-in visitor, for tests.

use std::collections::BTreeMap;

use curriculum::{Course, Folder, Kind, Question, edition, translation};
use db::{Actor, Db, Id, Moment, Result, Tx, params, sql};
use roster::person::PersonKind;
use web::{Role, Roles, Visitor};

use crate::{
    attempt::{self, AttemptKind, Start},
    attestation,
    form::Form,
    marking::Responses,
    submission::{self, Submission, Unanswered},
    taker::Taker,
};

pub(crate) const ADA: &str = "per_01K00000000000000000000ADA";
pub(crate) const BEN: &str = "per_01K00000000000000000000BEN";

const COURSE: &str = r#"id = "T01"
title = "Judging a message"
summary = "A course to test with."
leg = "training"
layer = "baseline"
method = "online"
minutes = 4
language = "en"
topics = ["phishing"]
risks = ["Someone signs in to an impostor"]
owasp = []
owner = "Security team"
reviewed_on = "2026-05-20"
review_due_on = "2027-05-20"
pass_mark = 80
licence = "CC-BY-4.0"

[form]
questions = 5
attempts = 3
pause_hours = 24

[[objective]]
id = "judge"
text = "Judge a message by what it asks."
draw = 3

[[objective]]
id = "report"
text = "Report a message in one step."
draw = 2

[attestation]
version = 1
statement = "I have completed this course myself."

[[source]]
title = "A report"
url = "https://example.org/report"
read_on = "2026-05-20"
"#;

const FIRST: &str = "# What it asks

A message asks for something. Look at what it asks for, how it came and how it hurries you.

> **Report it.** Press the button. It takes ten seconds.
";

const SECOND: &str = "# Your own route

Open the site from your own bookmark, not from the message. Call the number you already have.
";

const SINGLE: &str = r#"stem = "A text asks you to sign in. Which is the safe first step?"

[[question.option]]
text = "Your own bookmark"
correct = true
feedback = "Yes. You take your own way there."

[[question.option]]
text = "The link in the text message"
feedback = "KEY: look at what it asks."

[[question.option]]
text = "A reply that asks who it is"
feedback = "KEY: whoever wrote it will say yes."
"#;

const MULTIPLE: &str = r#"stem = "Which of these are signs of hurry?"

[[question.option]]
text = "Within the hour"
correct = true
feedback = "Yes. A deadline hurries you."

[[question.option]]
text = "Before you lose it"
correct = true
feedback = "Yes. A threat hurries you."

[[question.option]]
text = "When you have time"
feedback = "KEY: this leaves you time."
"#;

const TRUE_FALSE: &str = r#"stem = "A padlock in the browser means that the site is honest."

[[question.option]]
text = "True"
feedback = "KEY: it means that the line is private."

[[question.option]]
text = "False"
correct = true
feedback = "Right. Crooks have padlocks as well."
"#;

const ORDER: &str = r#"stem = "Put the steps in order."

[[question.option]]
text = "Take a picture of the message"
feedback = "KEY: first, keep what the team needs to see."

[[question.option]]
text = "Send the picture to the team"
feedback = "KEY: then tell them."

[[question.option]]
text = "Delete the message"
feedback = "KEY: last, clear it away."
"#;

const LINE: &str = r#"stem = "Which line lets the caller change the query?"
language = "python"
code = """
def find(db, name):
    sql = "select id from person where name = '" + name + "'"
    return db.execute(sql)"""
otherwise = "KEY: look for the line where text is joined."
explanation = "Values go beside the text of a query."

[[question.line]]
number = 2
correct = true
feedback = "Yes. The name becomes part of the query."
"#;

const FIX: &str = r#"stem = "Which change mends it?"
language = "python"
code = """
db.execute("select id from person where name = '" + name + "'")"""

[[question.option]]
text = "db.execute('select id from person where name = ?', [name])"
code = true
correct = true
feedback = "Yes. The value stays a value."

[[question.option]]
text = "db.execute('select id from person where name = ' + quote(name))"
code = true
feedback = "KEY: this is still joined text."

[[question.option]]
text = "db.execute(clean('select id from person where name = ' + name))"
code = true
feedback = "KEY: too late, the texts are one."
"#;

/// `T01`, with a pool of nine questions for each objective; every kind is there, each difficulty three times.
pub(crate) fn folder() -> Folder {
    let judge = [
        ("single", SINGLE),
        ("multiple", MULTIPLE),
        ("true-false", TRUE_FALSE),
    ];
    let report = [("order", ORDER), ("find-the-line", LINE), ("choose-the-fix", FIX)];
    let files: BTreeMap<String, Vec<u8>> = [
        ("course.toml", COURSE.to_owned()),
        ("lessons/01-first.md", FIRST.to_owned()),
        ("lessons/02-second.md", SECOND.to_owned()),
        ("questions/judge.toml", pool("judge", judge)),
        ("questions/report.toml", pool("report", report)),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .collect();
    Folder { files }
}

fn pool(objective: &str, kinds: [(&str, &str); 3]) -> String {
    let questions = (0..9).map(|n| {
        let (kind, body) = kinds[n % 3];
        format!(
            "[[question]]\nid = \"{objective}-{n}\"\nkind = \"{kind}\"\ndifficulty = {}\n{body}\n",
            n / 3 + 1
        )
    });
    questions.collect()
}

pub(crate) fn course() -> Course {
    Course::parse(&folder()).expect("the sample is well formed")
}

/// The right response to every question of the form.
pub(crate) fn right(course: &Course, form: &Form) -> Responses {
    let key = |asked: &crate::form::Asked| {
        let question = course.question(&asked.question).expect("drawn from the course");
        (asked.question.clone(), key(question))
    };
    form.questions.iter().map(key).collect()
}

fn key(question: &Question) -> Vec<usize> {
    match question.kind {
        Kind::Order => (0..question.options.len()).collect(),
        Kind::FindTheLine => question
            .lines
            .iter()
            .filter(|line| line.correct)
            .map(|line| line.number)
            .take(1)
            .collect(),
        _ => question
            .options
            .iter()
            .enumerate()
            .filter(|(_, option)| option.correct)
            .map(|(n, _)| n)
            .collect(),
    }
}

/// A response that can be given and is wrong.
pub(crate) fn wrong(question: &Question) -> Vec<usize> {
    match question.kind {
        Kind::Order => (0..question.options.len()).rev().collect(),
        Kind::FindTheLine => vec![1],
        _ => question
            .options
            .iter()
            .position(|option| !option.correct)
            .into_iter()
            .collect(),
    }
}

/// A database with the course and two people: Ada Osei and Ben Field.
pub(crate) fn db() -> Db {
    db_with(folder())
}

/// The same; the course has a pool for testing out, with ids that begin with `out-`.
pub(crate) fn db_with_test_out() -> Db {
    let mut folder = folder();
    let text = COURSE.replacen("[form]", "[test_out]\npass_mark = 90\n\n[form]", 1);
    folder.files.insert("course.toml".into(), text.into_bytes());
    for objective in ["judge", "report"] {
        let pool = folder.text(&format!("questions/{objective}.toml"));
        let pool = pool
            .expect("the sample has this pool")
            .replace("id = \"", "id = \"out-");
        folder
            .files
            .insert(format!("test_out/{objective}.toml"), pool.into_bytes());
    }
    db_with(folder)
}

/// The same as [`db`]; the course wants spaced checks.
pub(crate) fn db_with_spaced_checks() -> Db {
    let mut folder = folder();
    let text = COURSE.replacen("[form]", "spaced_checks = true\n\n[form]", 1);
    folder.files.insert("course.toml".into(), text.into_bytes());
    db_with(folder)
}

/// The same as [`db`]; the course is in German as far as its title, its statement, its first lesson and the questions of `judge`.
pub(crate) fn db_in_german() -> Db {
    db_with(german())
}

pub(crate) fn german() -> Folder {
    let mut folder = folder();
    let course = course();
    let title = format!(
        "title = \"Eine Nachricht beurteilen\"\nsummary = \"Ein Kurs.\"\nof = \"{}\"\n",
        translation::of_title(&course)
    );
    let statement = translation::of_text(&course.attestation.statement);
    let statement = format!(
        "[attestation]\nstatement = \"Ich habe diesen Kurs selbst abgeschlossen.\"\nof = \"{statement}\"\n"
    );
    let lesson = format!(
        "[[lesson]]\nname = \"01-first\"\nof = \"{}\"\n",
        translation::of_lesson(&course.lessons[0])
    );
    let body = "# Was sie will\n\nEine Nachricht will etwas.\n".to_owned();
    let questions: String = course.pool("judge").map(in_german).collect();
    for (path, text) in [
        ("course.toml", title + &statement + &lesson),
        ("lessons/01-first.md", body),
        ("questions/judge.toml", questions),
    ] {
        folder
            .files
            .insert(format!("translations/de/{path}"), text.into_bytes());
    }
    folder
}

/// The question with "DE" before each of its texts.
fn in_german(question: &Question) -> String {
    let of = translation::of_question(question);
    let mut text = format!(
        "[[question]]\nid = \"{}\"\nof = \"{of}\"\nstem = \"DE {}\"\n",
        question.id, question.stem
    );
    for option in &question.options {
        let feedback = option.feedback.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "[[question.option]]\ntext = \"DE {}\"\nfeedback = \"DE {feedback}\"\n",
            option.text
        ));
    }
    text
}

pub(crate) fn db_with(folder: Folder) -> Db {
    let db = Db::in_memory_for_tests();
    db.write_blocking(Actor::Operator, move |tx| {
        let today = tx.today()?;
        edition::publish(tx, &folder, today)?;
        tx.execute(
            sql!("insert into source (name, mode, created_at) values ('hr', 'full', 0)"),
            &[],
        )?;
        person(tx, ADA, ("Ada", "Osei", "7"))?;
        person(tx, BEN, ("Ben", "Field", "8"))
    })
    .expect("the sample can be stored");
    db
}

fn person(tx: &mut Tx, id: &str, called: (&str, &str, &str)) -> Result<()> {
    let (given, family, key) = called;
    let email = format!("{}@example.com", given.to_lowercase());
    tx.execute(
        sql!("insert into person (id, created_at) values ($1, 0)"),
        &params![id],
    )?;
    tx.execute(
        sql!(
            "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
             values ($1, $2, 'hr', $3, 'employee', 20000, 0)"
        ),
        &params![format!("eng_{key}"), id, key],
    )?;
    tx.execute(
        sql!(
            "insert into profile (id, person_id, from_on, email, given_name, family_name, access, tags, recorded_at)
             values ($1, $2, 20000, $3, $4, $5, 'yes', '', 0)"
        ),
        &params![format!("pro_{key}"), id, email, given, family],
    )?;
    Ok(())
}

pub(crate) fn person_id(id: &str) -> Id<PersonKind> {
    id.parse().expect("written as an id")
}

pub(crate) fn visitor(person: &str) -> Visitor {
    Visitor {
        account: format!("acc_{person}"),
        person: Some(person.to_owned()),
        name: if person == ADA {
            "Ada Osei".into()
        } else {
            "Ben Field".into()
        },
        email: "someone@example.com".into(),
        roles: Roles::none().with(Role::Learner),
        session: format!("ses_{person}"),
        method: "a link by mail".into(),
        authenticated_at: Moment(1_780_304_000_000),
    }
}

pub(crate) fn taker(person: &str) -> Taker {
    let visitor = visitor(person);
    Taker {
        person: person_id(person),
        account: visitor.account,
        session: visitor.session,
        method: visitor.method,
        authenticated_at: visitor.authenticated_at,
    }
}

/// The accounts of both, as somebody who reviews and signs needs one.
pub(crate) fn accounts(db: &Db) {
    db.write_blocking(Actor::Operator, |tx| {
        for one in [visitor(ADA), visitor(BEN)] {
            tx.execute(
                sql!(
                    "insert into account (id, email, name, person_id, created_at) values ($1, $2, $3, $4, 0)"
                ),
                &params![
                    &one.account,
                    format!("{}@example.com", one.account),
                    &one.name,
                    &one.person
                ],
            )?;
        }
        Ok(())
    })
    .expect("accounts can be made");
}

/// Writes as the taker.
pub(crate) fn as_taker<T: Send + 'static>(
    db: &Db,
    person: &'static str,
    run: impl Fn(&mut Tx, &Taker) -> Result<T> + Send + 'static,
) -> Result<T> {
    let taker = taker(person);
    db.write_blocking(taker.actor(), move |tx| run(tx, &taker))
}

pub(crate) fn started(db: &Db, person: &'static str) -> Id<AttemptKind> {
    match as_taker(db, person, |tx, taker| attempt::start(tx, taker, "T01")).expect("may start") {
        Start::Answer(id) => id,
        Start::Sign(id) => panic!("{id} is to be signed first"),
    }
}

/// Answers every question right, or wrong.
pub(crate) fn answered(db: &Db, person: &'static str, id: &Id<AttemptKind>, rightly: bool) {
    let id = id.clone();
    as_taker(db, person, move |tx, taker| {
        let attempt = attempt::find(tx, &taker.person, &id)?.expect("their own attempt");
        let course = edition::load(tx, &attempt.edition)?;
        let keys = right(&course, &attempt.form);
        for (n, asked) in attempt.form.questions.iter().enumerate() {
            let question = attempt::question_of(&course, asked)?;
            let response = if rightly {
                keys[&asked.question].clone()
            } else {
                wrong(question)
            };
            attempt::answer(tx, taker, &id, n + 1, &response)?.expect("their own question");
        }
        Ok(())
    })
    .expect("answers can be given");
}

pub(crate) fn submitted(db: &Db, person: &'static str, id: &Id<AttemptKind>) -> Submission {
    let id = id.clone();
    let handed_in = as_taker(db, person, move |tx, taker| {
        submission::submit(tx, taker, &id, Unanswered::Refuse)
    });
    handed_in.expect("may be handed in").expect("their own attempt")
}

pub(crate) fn passed(db: &Db, person: &'static str) -> Id<AttemptKind> {
    let id = started(db, person);
    answered(db, person, &id, true);
    assert!(submitted(db, person, &id).marking.passed);
    id
}

/// How many entries of an act the ledger has.
pub(crate) fn entries(db: &Db, act: ledger::Act) -> i64 {
    let count = db.read_blocking(move |reader| {
        reader.one(
            sql!("select cast(count(*) as bigint) from ledger_entry where kind = $1"),
            &params![act.text()],
            |row| row.get(0),
        )
    });
    count.expect("counted").unwrap_or(0)
}

/// Types a name under the statement that was shown, looks it over, and signs.
pub(crate) fn typed(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    name: &str,
) -> Result<Option<crate::completion::Completed>> {
    let client = crate::record::Client::seen("https://muster.example", None, "A browser");
    match attestation::draft(tx, taker, id, (name, &client))? {
        Some(draft) => attestation::sign(tx, taker, id, &attestation::Signing { draft, passkey: None }),
        None => Ok(None),
    }
}

/// Agrees, is shown the statement, and signs.
pub(crate) fn signed(
    tx: &mut Tx,
    taker: &Taker,
    id: &Id<AttemptKind>,
    name: &str,
) -> Result<Option<crate::completion::Completed>> {
    crate::consent::give(tx, taker)?;
    attestation::present(tx, taker, id)?;
    typed(tx, taker, id, name)
}
