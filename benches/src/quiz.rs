//! How long each of two thousand people waits for each answer to be kept, when all of them take a quiz of 16 questions.
//!
//! Everybody has a session, an attempt and a connection of their own, and answers a question every few seconds, which is
//! several times as fast as people do; who begins when is spread evenly. Every acknowledged answer is counted again in
//! the database. Clients and server share the machine. Not here: how many answers a second there can be (`answers`).

use std::{collections::BTreeMap, time::Duration};

use curriculum::{Folder, edition};
use db::{Actor, Day, Db, Fault, Result};
use muster::app::App;

use crate::{
    answers::{Served, kept, learner, runtime},
    client::{Client, Learner},
    ground::Wanted,
    organisation::{apply_roster, roster_file, set_up},
    stopwatch::{Measured, Target},
};

const COURSE: &str = "Q16";
/// Of one attempt.
const QUESTIONS: usize = 16;
/// Milliseconds.
const P95_MAX: f64 = 50.0;

/// What to measure with.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub people: usize,
    pub takers: usize,
    /// From one answer of a person to the next.
    pub seconds: u64,
    pub runs: usize,
}

/// Measures the wait for each answer, and checks that every one that was acknowledged is in the database.
///
/// # Errors
/// A fault of the engine or of a connection; an answer that is missing.
pub fn run(wanted: &Wanted, room: Room) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.live_ground()?;
    set_up(&ground.db)?;
    apply_roster(&ground.db, &roster_file(room.people.max(room.takers), 0))?;
    App::settle(&ground.db)?;
    publish(&ground.db)?;
    let learners: Vec<Learner> = (0..room.takers)
        .map(|n| learner(&ground.db, n, COURSE))
        .collect::<Result<_>>()?;
    let served = Served::begin(&ground.db)?;
    let clients = runtime(1)?;
    for _ in 0..room.runs {
        let before = kept(&ground.db)?;
        let mut waits = clients.block_on(take(&served, &learners, room))?;
        let kept = kept(&ground.db)? - before;
        if kept != waits.len() as i64 {
            return Err(Fault::new(format!(
                "finding {kept} answers where {} were acknowledged",
                waits.len()
            ))
            .into());
        }
        waits.sort_by(f64::total_cmp);
        for (name, share) in [("p50", 50), ("p95", 95), ("p99", 99)] {
            let at = (waits.len() * share / 100).min(waits.len().saturating_sub(1));
            measured.add(
                &format!("{} people, {name} of an answer, ms", room.takers),
                waits.get(at).copied().unwrap_or(0.0),
            );
        }
    }
    measured.target(
        &format!("{} people, p95 of an answer, ms", room.takers),
        Target::AtMost(P95_MAX),
    );
    measured.print()
}

async fn take(served: &Served, learners: &[Learner], room: Room) -> Result<Vec<f64>> {
    let between = Duration::from_secs(room.seconds);
    let mut tasks = Vec::with_capacity(learners.len());
    for (n, learner) in learners.iter().enumerate() {
        let client = Client::connect(served.address, learner).await?;
        let first = between.mul_f64(n as f64 / learners.len() as f64);
        tasks.push(tokio::spawn(client.answer_paced(QUESTIONS, (first, between))));
    }
    let mut waits = Vec::with_capacity(learners.len() * QUESTIONS);
    for task in tasks {
        waits.extend(task.await.map_err(|e| Fault::of("waiting for a client", e))??);
    }
    Ok(waits)
}

fn publish(db: &Db) -> Result<()> {
    db.write_blocking(Actor::Operator, |tx| {
        let today = tx.today()?;
        edition::publish(tx, &folder(today), today).map(|_| ())
    })
}

/// A course whose form has 16 questions, out of two pools of 24.
fn folder(today: Day) -> Folder {
    let course = format!(
        "id = \"{COURSE}\"\ntitle = \"A quiz to measure with\"\nsummary = \"Sixteen questions.\"\nleg = \"training\"\n\
         layer = \"baseline\"\nmethod = \"online\"\nminutes = 12\nlanguage = \"en\"\ntopics = [\"phishing\"]\n\
         risks = [\"Somebody waits too long\"]\nowner = \"Security team\"\nreviewed_on = \"{today}\"\n\
         review_due_on = \"{}\"\npass_mark = 80\nlicence = \"CC-BY-4.0\"\n\n\
         [form]\nquestions = 16\nattempts = 3\npause_hours = 24\n\n\
         [[objective]]\nid = \"one\"\ntext = \"Answer the first half.\"\ndraw = 8\n\n\
         [[objective]]\nid = \"two\"\ntext = \"Answer the second half.\"\ndraw = 8\n\n\
         [attestation]\nversion = 1\nstatement = \"I completed this course myself.\"\n\n\
         [[source]]\ntitle = \"None\"\nurl = \"https://example.org/none\"\nread_on = \"{today}\"\n",
        today + 300
    );
    let lesson = "# A lesson\n\nIt is short, because only its questions are measured here.\n";
    let mut files = BTreeMap::from([
        ("course.toml".to_owned(), course.into_bytes()),
        ("lessons/01-lesson.md".to_owned(), lesson.as_bytes().to_vec()),
    ]);
    for objective in ["one", "two"] {
        files.insert(
            format!("questions/{objective}.toml"),
            pool(objective).into_bytes(),
        );
    }
    Folder { files }
}

fn pool(objective: &str) -> String {
    let question = |n: usize| {
        format!(
            "[[question]]\nid = \"{objective}-{n}\"\nkind = \"single\"\ndifficulty = {}\n\
             stem = \"A message asks for your code, for the time number {n}. What do you do?\"\n\n\
             [[question.option]]\ntext = \"Keep the code to myself\"\ncorrect = true\nfeedback = \"Yes. It is yours.\"\n\n\
             [[question.option]]\ntext = \"Send it to whoever asks\"\nfeedback = \"It opens your account to them.\"\n\n\
             [[question.option]]\ntext = \"Send half of it to them\"\nfeedback = \"Half of it teaches them that you share.\"\n",
            n % 3 + 1
        )
    };
    (0..24).map(question).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_that_is_measured_with_can_be_published() {
        let today = Day::ymd(2026, 6, 1);
        let faults = curriculum::lint(&folder(today), today);
        let errors: Vec<String> = faults
            .iter()
            .filter(|fault| fault.is_error())
            .map(ToString::to_string)
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
