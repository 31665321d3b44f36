//! The parts put together: a database, a door, and the pages around them.

use std::path::PathBuf;

use axum::{Extension, Router, middleware};
use db::{Db, Result};
use identity::Door;
use learning::certificate::Printer;
use scim::Scim;
use web::Manners;

use crate::{admission, routes};

/// Whether this installation is a demonstration: it says so on every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Real,
    Demonstration,
}

/// Everything a request needs.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub door: Door,
    pub purpose: Purpose,
    /// This program, for rendering documents in a process of its own.
    pub program: Option<PathBuf>,
}

impl App {
    pub fn new(db: Db, public_url: &str, purpose: Purpose) -> App {
        App {
            db,
            door: Door::new(public_url),
            purpose,
            program: None,
        }
    }

    /// Says where this program is, so that certificates and reports can be printed.
    #[must_use]
    pub fn printing_with(mut self, program: PathBuf) -> App {
        self.program = Some(program);
        self
    }

    /// Every page, with who is asking found out first and the manners around it.
    pub fn router(&self) -> Router {
        let manners = Manners::new(self.door.public_url(), self.db.now());
        let inner = routes::routes(self.purpose)
            .with_state(self.db.clone())
            .layer(middleware::from_fn_with_state(self.clone(), admission::admission))
            .layer(Extension(self.door.clone()));
        let inner = match &self.program {
            Some(program) => {
                let address = self.door.public_url().to_owned();
                inner.layer(Extension(Printer {
                    program: program.clone(),
                    address,
                }))
            }
            None => inner,
        };
        let scim = Scim::new(self.db.clone(), self.door.public_url(), scim::serve::PER_MINUTE);
        // Outside admission: what watches us and what sends us people have no session.
        let outside = crate::pages::health::routes(self.db.clone()).merge(scim.router());
        web::dress(inner.merge(outside), &manners)
    }

    /// Gives entries their place, does what follows from them, and runs what is due, until nothing is left:
    /// what a running server does all the time, for the command line and for tests.
    ///
    /// # Errors
    /// A fault of the engine; a job's own failure is noted on the job.
    pub fn settle(db: &Db) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| db::Fault::of("starting the runner", e))?;
        runtime.block_on(crate::schedule::settle(db))
    }
}
