//! The taker: who sits at the keyboard, as their own session says.
//!
//! It comes from the session and from nowhere else, so nobody can answer or sign for another by naming them.
//! Not here: how somebody signed in (`identity`), which addresses they may open (`web::Learner`).

use db::{Actor, Id, Moment, Refusal, Tx};
use roster::person::PersonKind;

/// Somebody on the roster who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taker {
    pub person: Id<PersonKind>,
    /// The account's id: the actor of everything the taker does.
    pub account: String,
    /// The session's id, never its secret.
    pub session: String,
    /// How they signed in.
    pub method: String,
    pub authenticated_at: Moment,
}

impl Taker {
    /// # Errors
    /// [`web::Error::Missing`] when the session names no person.
    pub fn of(learner: &web::Learner) -> Result<Taker, web::Error> {
        Ok(Taker {
            person: learner.person().parse().map_err(|_| web::Error::Missing)?,
            account: learner.account.clone(),
            session: learner.session.clone(),
            method: learner.method.clone(),
            authenticated_at: learner.authenticated_at,
        })
    }

    pub fn actor(&self) -> Actor {
        Actor::Person(self.account.clone())
    }

    /// Whether the taker is the one who acts. An operator, a job or another account never is.
    ///
    /// # Errors
    /// The refusal that says so.
    pub fn acts(&self, tx: &Tx) -> Result<(), Refusal> {
        if tx.actor() == &self.actor() {
            Ok(())
        } else {
            Err(not_their_own())
        }
    }
}

fn not_their_own() -> Refusal {
    Refusal::new(
        "not-their-own",
        "Nobody can take a course or sign for somebody else. Let the person sign in and do it themselves.",
    )
}
