//! What runs by the clock, and who runs which job.

use db::{Actor, Db, Result};
use jobs::Runner;
use ledger::sequencer::{Sign, sequence};

use crate::reactions;

/// The sequencer's job.
const SEQUENCE: &str = "sequence";
/// Entries get their place within some seconds; checkpoints have their own, slower pace.
const SEQUENCE_SECONDS: i64 = 5;

/// The runner of a server.
pub fn runner(db: &Db) -> Runner {
    handlers(db).every(SEQUENCE, SEQUENCE_SECONDS)
}

fn handlers(db: &Db) -> Runner {
    let runner = scim::jobs::register(roster::jobs::register(Runner::new(db.clone())));
    let poster = mail::Poster::new().asking(
        assignments::reminder::PURPOSE,
        assignments::reminder::digest::write,
    );
    let runner = poster.register(runner);
    assignments::jobs::register(runner)
        .on(SEQUENCE, |db, _| async move {
            place(&db, Sign::WhenDue).await?;
            reactions::run(&db).await?;
            Ok(())
        })
        .on(evidence::access::JOB, evidence::access::run)
        .every(evidence::access::JOB, evidence::access::EVERY_SECONDS)
}

async fn place(db: &Db, sign: Sign) -> Result<()> {
    while db
        .write(Actor::Job(SEQUENCE), move |tx| sequence(tx, sign))
        .await?
        .again()
    {}
    Ok(())
}

/// Everything that is due and everything that follows from it, until nothing is left.
///
/// # Errors
/// A fault of the engine.
pub async fn settle(db: &Db) -> Result<()> {
    let runner = handlers(db);
    loop {
        place(db, Sign::Now).await?;
        let followed = reactions::run(db).await?;
        let ran = runner.run_all().await?;
        if followed == 0 && ran == 0 {
            return Ok(());
        }
    }
}
