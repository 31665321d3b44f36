//! How long the owner's and a manager's pages take over a whole organisation, asked for over HTTP one after another.
//!
//! The server is the real one; the one browser is a keep-alive connection that takes pages as they are, not compressed.
//! The manager has some eleven hundred people in three levels. Every page is asked for once before anything is measured.

use db::{Actor, Db, Fault, Result};
use identity::{account, role, session};
use muster::app::App;

use crate::{
    answers::{Served, runtime},
    client::Client,
    ground::Wanted,
    stopwatch::{Measured, Target, say, start, timed},
};

const PAGES: [&str; 10] = [
    "/",
    "/frameworks/iso27001",
    "/overdue",
    "/cycles",
    "/coverage",
    "/assignments",
    "/programme",
    "/people",
    "/roster/completeness",
    "/team",
];
/// First on the roster: nobody's report, and at the head of the largest team.
const WHO: &str = "person.000000@bench.example";

/// Measures each page so many times.
///
/// # Errors
/// A fault of the engine or of the connection; any answer but the page.
pub fn run(wanted: &Wanted, (people, runs): (usize, usize)) -> Result<()> {
    let ground = wanted.organisation(people)?;
    say("Doing what is waiting to be done; this is not measured.")?;
    let (took, ()) = timed(|| App::settle(&ground.db))?;
    say(&format!("It took {} s.", took.as_secs()))?;
    let secret = signed_in(&ground.db)?;
    let served = Served::begin(&ground.db)?;
    let mut measured = Measured::default();
    runtime(1)?.block_on(async {
        let mut browser = Client::open(served.address).await?;
        for run in 0..=runs {
            for page in PAGES {
                let request = format!(
                    "GET {page} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nCookie: muster={secret}\r\n\r\n",
                    served.address
                );
                let started = start();
                browser.exchange(request.as_bytes(), 200).await?;
                if run > 0 {
                    measured.seconds(&name(page), started.elapsed());
                }
            }
        }
        Ok::<(), db::Error>(())
    })?;
    for page in PAGES {
        measured.target(&name(page), Target::AtMost(people as f64 / 1e5));
    }
    measured.print()
}

fn name(page: &str) -> String {
    format!("{page}, s")
}

/// An owner who is a manager too, and their session.
fn signed_in(db: &Db) -> Result<String> {
    db.write_blocking(Actor::Operator, |tx| {
        let account = account::admit(tx, WHO)?
            .ok_or_else(|| Fault::new("signing in somebody who is not on the roster"))?;
        role::grant(tx, &account.id, web::Role::Owner)?;
        role::grant(tx, &account.id, web::Role::Manager)?;
        session::start(tx, &account, session::Method::Link)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_small_organisation_can_be_measured() {
        let wanted = Wanted {
            database: None,
            folder: None,
        };
        run(&wanted, (200, 1)).expect("two hundred people can be measured");
    }
}
