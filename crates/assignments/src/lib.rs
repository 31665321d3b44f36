//! Who owes which course, by when, and why.
//!
//! A *rule* says that an *audience* owes a course by a duty: so many days from the start, again every so often. A *spell*
//! is the time somebody is in the audience. *Reconciling* compares what the rules ask with what is open, and opens and
//! ends *assignments* until they agree. A *waiver* lets somebody off for a while; it is shown and never counted as done.
//!
//! Reading order: [`audience`], [`condition`], [`expression`] (audiences as people write them), [`named_audience`], [`duty`],
//! [`rule`], [`equivalence`] (a course that counts for another), [`programme`] (the rules a new organisation is offered), [`spell`], [`due`]
//! (what is owed next: all the reckoning of days), [`facts`] (what it is reckoned from), [`reconcile`] (plan, then apply),
//! [`change`] (whom a change would touch, before it is made),
//! [`assignment`] (who owes what),
//! [`members`] (who is in an audience today), [`waiver`], [`team`] (a manager’s people) with
//! [`delegation`] and [`nudge`], [`jobs`], [`pages`].
//!
//! Invariants: for a rule and a person at most one assignment is open; an assignment is never changed, it ends with a
//! reason and another is opened; reconciling twice changes nothing the second time; a new edition makes nobody owe anything.
//!
//! Not here: courses (crate `curriculum`), what was done about them (`learning`), whether that satisfies an auditor (`evidence`).

pub mod assignment;
pub mod audience;
pub mod change;
pub mod condition;
pub mod delegation;
pub mod due;
pub mod duty;
pub mod equivalence;
pub mod expression;
pub mod facts;
pub mod jobs;
pub mod members;
pub mod named_audience;
pub mod nudge;
pub mod pages;
pub mod programme;
pub mod reconcile;
pub mod reminder;
pub mod rule;
pub mod spell;
pub mod team;
#[cfg(test)]
mod tests;
pub mod waiver;

pub use assignment::AssignmentKind;
pub use audience::Audience;
pub use named_audience::{AudienceKind, NamedAudience};
pub use pages::routes;
pub use reconcile::Scope;
pub use rule::{Duty, NewRule, Onboarding, Rule, RuleKind};
pub use waiver::{NewWaiver, Waiver, WaiverKind};
