//! Reminders: who is told what about their training, when, by whom it is held back, and why.
//!
//! The *cadence* says on which days something is spoken of. A *run* decides what it asks: into the one letter that a person
//! gets on a day, or suppressed, with a reason; each is a row. A letter's text is written when it is handed over, from what
//! is owed at that instant, so nobody is reminded of what they have done.
//!
//! Reading order: [`cadence`], [`calendar`] (weekends and holidays), [`setting`], [`preference`], [`facts`] (what decides),
//! [`stand_in`] (for managers on leave), [`plan`] (pure), [`run`] (applying it, and the engine's own silence), [`turn`] (when a
//! letter may leave), [`digest`] (what is in it) with [`words`], [`kept`] (what was decided), [`feed`] (calendars in place of
//! letters), [`channel`] (Slack and Teams), [`erasure`].
//!
//! Invariants: one letter a day and addressee; a step of an assignment goes to an addressee once; what is done, waived or
//! ended is not spoken of; a run that is repeated decides nothing again.
//!
//! Not here: how a letter leaves (crate `mail`).

pub mod cadence;
pub mod calendar;
pub mod channel;
pub mod digest;
pub mod erasure;
pub mod facts;
pub mod feed;
pub mod kept;
pub mod plan;
pub mod preference;
pub mod run;
pub mod setting;
pub mod stand_in;
#[cfg(test)]
mod tests;
pub mod turn;
pub mod words;

pub use cadence::{Cadence, Line, Step};
pub use kept::of_person;
pub use plan::Suppressed;
pub use preference::Preference;
pub use run::silent_since;
pub use setting::Setting;

/// What letters of this kind say they are for.
pub const PURPOSE: &str = "reminder";
