//! The few pages that belong to the whole: set-up, organisation, mail, health.

pub mod health;
pub mod mail;
pub mod organisation;
pub mod set_up;
